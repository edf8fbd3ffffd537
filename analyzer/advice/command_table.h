/**
 * Known commands: which files and variables each reads and writes, in data.
 *
 * What is not in the table, or stands in it with an option that is not listed, is not known.  Lists are texts with blanks between
 * their words.
 *
 * Files: `name` in the directory where the command works, `~/name` in the home directory, `$NAME/name` below the value of a variable that
 * the Dockerfile sets, or `/name`; a trailing '/' is a tree, a trailing '?' one that need not exist.
 *
 * Options: `-x` takes no value; `-x:K` takes one, which is: V nothing to care about, N the same but behind a ':' in the same word, R a file that is read, T a tree that is read, W a file
 * that is written, X a tree that is written, C the directory where the command works, A a value that must not begin with '@' or name a
 * file in another way.  Long ones may have their value behind a '='.  Single letters may stand together.
 */
#ifndef ANALYZER_ADVICE_COMMAND_TABLE_H
#define ANALYZER_ADVICE_COMMAND_TABLE_H

#include <stddef.h>

/** What the words that are no options are. */
enum ana_operands {
	/** There must be none. */
	ANA_OPERANDS_NONE,
	/** Text that means nothing, options included; options must be listed, for the second. */
	ANA_OPERANDS_ANY,
	ANA_OPERANDS_ANY_BUT_OPTIONS,
	/** Names of packages; those that look like a path are files that are read. */
	ANA_OPERANDS_PACKAGES,
	/** Names of packages; those that look like a path make the command unknown.  At least one, for the second; all with a version, for the third. */
	ANA_OPERANDS_NAMES,
	ANA_OPERANDS_SOME_NAMES,
	ANA_OPERANDS_VERSIONS,
	/** Read, with all below. */
	ANA_OPERANDS_READ,
	/** The first is text, the others are read; written, too, for the second. */
	ANA_OPERANDS_TEXT_READ,
	ANA_OPERANDS_TEXT_CHANGE,
	/** Written; made as directories, for the second; removed with all below, for the third. */
	ANA_OPERANDS_WRITE,
	ANA_OPERANDS_MKDIR,
	ANA_OPERANDS_REMOVE,
	/** All but the last are copied, moved, linked to the last. */
	ANA_OPERANDS_COPY,
	ANA_OPERANDS_MOVE,
	ANA_OPERANDS_LINK,
	/** Those with a function of their own, in need_operands.c and need_commands.c. */
	ANA_OPERANDS_CD,
	ANA_OPERANDS_ASSIGN,
	ANA_OPERANDS_FORGET,
	ANA_OPERANDS_SET,
	ANA_OPERANDS_SOURCE,
	ANA_OPERANDS_TEST,
	ANA_OPERANDS_TAR,
	ANA_OPERANDS_UNZIP,
	ANA_OPERANDS_CURL,
	ANA_OPERANDS_WGET,
	ANA_OPERANDS_CLONE,
	ANA_OPERANDS_FIND,
	ANA_OPERANDS_SED,
	ANA_OPERANDS_AWK,
	ANA_OPERANDS_USER,
	ANA_OPERANDS_SUM,
	ANA_OPERANDS_KEYS,
};

/** Which manifests of the project it reads: functions in need_NAME.c. */
enum ana_manifests {
	ANA_MANIFESTS_NONE,
	ANA_MANIFESTS_NPM,
	ANA_MANIFESTS_YARN,
	ANA_MANIFESTS_PNPM,
	ANA_MANIFESTS_PNPM_FETCH,
	ANA_MANIFESTS_BUN,
	ANA_MANIFESTS_PIP,
	ANA_MANIFESTS_POETRY,
	ANA_MANIFESTS_UV,
	ANA_MANIFESTS_PDM,
	ANA_MANIFESTS_PIPENV,
	ANA_MANIFESTS_GO,
	ANA_MANIFESTS_BUNDLE,
	ANA_MANIFESTS_COMPOSER,
	ANA_MANIFESTS_DOTNET,
	ANA_MANIFESTS_GRADLE,
	ANA_MANIFESTS_MAVEN,
	ANA_MANIFESTS_MIX,
	/** Only mix.exs, and only if it is there. */
	ANA_MANIFESTS_MIX_LOCAL,
	ANA_MANIFESTS_CARGO,
	/** Only which toolchain, and the configuration of the user. */
	ANA_MANIFESTS_CARGO_HOME,
};

/** Facts about a row. */
enum ana_command_flags {
	/** Scripts of what it fetches run: any variable may matter. */
	ANA_COMMAND_ANY_VARIABLE = 1 << 0,
	/** May write its lock file or manifest anew. */
	ANA_COMMAND_REWRITES = 1 << 1,
};

/** One row. */
struct ana_command_row {
	/** The program, its subcommands, and options that it must have. */
	const char *words;
	/** Options, and files it always reads and writes; NULL for none. */
	const char *options, *reads, *writes;
	/**
	 * Variables beyond those that nearly every program looks at; a final '*' stands for any end.  One with a '!' before it makes the command
	 * unknown where it is set, unless an earlier word of the list is the same variable, or its value names no file (need_values.c).
	 */
	const char *variables;
	/** In words, for people: what it reads.  NULL: just what its words name. */
	const char *rule;
	enum ana_operands operands;
	enum ana_manifests manifests;
	/** enum ana_command_flags. */
	unsigned flags;
};

/** The table; ends with a row without words. */
extern const struct ana_command_row ana_command_table[];
/** Other names of programs: "NAME=PROGRAM". */
extern const char ana_command_aliases[];
/** Variables that nearly every program looks at. */
extern const char ana_command_variables[];

#endif
