/**
 * Between the files that find out what a RUN needs: needs.c (the state of the shell), need_commands.c (one command), and those that
 * read manifests, one for each kind of package manager.
 *
 * Functions that return int give 0; NEED_UNKNOWN, after need_unknown() said why; or a negative enum ctx_errc.
 */
#ifndef ANALYZER_ADVICE_NEED_INTERNAL_H
#define ANALYZER_ADVICE_NEED_INTERNAL_H

#include "analyzer/advice/command_table.h"
#include "analyzer/advice/needs.h"
#include "analyzer/dockerfile/script.h"
#include "ctxopt/base/strmap.h"

/** The RUN is not known. */
#define NEED_UNKNOWN 1

/** A variable of the shell. */
struct need_variable {
	struct ctx_str name, value;
	/** false: it has a value that nobody knows. */
	bool known;
};

/** What a subshell gives back at its end, and a branch is compared with. */
struct need_shell {
	struct ctx_str cwd;
	size_t variables, changes;
	unsigned loops;
};

/** One RUN while it is looked at. */
struct need_run {
	struct ana_needs *out;
	const struct ana_exec *exec;
	const struct ana_need_files *files;
	struct ctx_arena *arena;
	struct ctx_error *err;
	/** Home directory of the user. */
	struct ctx_str home;
	/** Working directory; absent where it is not known. */
	struct ctx_str cwd;
	/** Set by the shell, later ones count. */
	CTX_VEC(struct need_variable) variables;
	/** Subshells and branches that are open. */
	CTX_VEC(struct need_shell) shells;
	/** Something was downloaded. */
	bool fetched;
	/** Loops that are open in this shell. */
	unsigned loops;
	/** Counts changes of the directory and of variables. */
	struct ana_script_reader *reader;
	/** Files that were read, for ANA_NEED_MANIFESTS_MAX. */
	size_t manifests;
	/** Programs that were looked for in PATH, and where that was. */
	struct ctx_strmap programs;
	struct ctx_str path, path_cwd;
	/** Places where programs were looked for. */
	size_t places;
	/** What the RUN itself put into a "bin", unless it may have been downloaded; `linking`: it makes links to what is there already. */
	struct ctx_strmap made;
	bool linking;
	/** The rules, for `why`. */
	CTX_VEC(const char *) rules;
	/** Names of variables that were used or are looked at. */
	CTX_VEC(struct ctx_str) names;
};

/** One command with its words sorted out. */
struct need_command {
	const struct ana_command_row *row;
	/** As written, for messages. */
	struct ctx_str text;
	/** Its options with their values; `value` is NULL if there is none. */
	struct need_option {
		struct ctx_str name;
		const struct ana_script_word *value;
		char kind;
	} * options;
	size_t option_count;
	/** The other words, behind the subcommands. */
	const struct ana_script_word **operands;
	size_t operand_count;
	/** Where it works: that of the shell, or that of an option. */
	struct ctx_str dir;
	/** The program was named by this path; empty for a mere name. */
	struct ctx_str program;
};

/** Say why the RUN is not known.  NEED_UNKNOWN, or CTX_E_NOMEM. */
CTX_PRINTF(2, 3)
int need_unknown(struct need_run *r, const char *fmt, ...);
/** Text in the arena; NULL when out of memory. */
CTX_PRINTF(2, 3)
const char *need_text(struct need_run *r, const char *fmt, ...);

/** `name` in `dir`, clean, in the arena; absent when out of memory.  An absolute `name` stays. */
struct ctx_str need_join(struct need_run *r, struct ctx_str dir, struct ctx_str name);
/** The directory that holds a path. */
struct ctx_str need_parent(struct ctx_str path);

/** Note that a path is read or written.  Devices and mounts are left out. */
int need_read(struct need_run *r, struct ctx_str path, bool tree, bool optional);
int need_write(struct need_run *r, struct ctx_str path, bool tree);
/** Note a variable. */
int need_name(struct need_run *r, struct ctx_str name);
/** Value of a variable, as far as it is known; it is noted as used. */
bool need_value(struct need_run *r, struct ctx_str name, struct ctx_str *value);
/** A command gives a variable a value, known or not. */
int need_set(struct need_run *r, struct ctx_str name, struct ctx_str value, bool known);
/** Note all files of a list of the table. */
int need_list(struct need_run *r, const char *list, struct ctx_str dir, bool write);
/** Note all variables of a list. */
int need_names(struct need_run *r, const char *list);
/** A rule for `why`; static, or in the arena. */
int need_rule(struct need_run *r, const char *rule);
/** The proof can only be that of a person. */
void need_review(struct need_run *r);

/**
 * Read a manifest and note that it is read.
 * @text    NUL-terminated, in the arena; absent if the file is not there, or if nobody can tell, which `optional` allows: what copies
 *          put there is known, and what the base image has stays where it is.
 * @return  As above; unknown too if nobody can tell what it holds, or if it must be there and is not.
 */
int need_file(struct need_run *r, struct ctx_str path, bool optional, struct ctx_str *text);
/** Is there something of this name?  1, 0; 2 if nobody can tell; negative. */
int need_exists(struct need_run *r, struct ctx_str path);

/** The path that a word means.  Unknown parts and wildcards make it the tree above them. */
struct need_target {
	struct ctx_str path;
	bool tree;
};
/** Resolve a word in `dir`. */
int need_target(struct need_run *r, const struct ana_script_word *word, struct ctx_str dir, struct need_target *out);

/** Has the command one of these options (a list)? */
bool need_has_option(const struct need_command *c, const char *names);
/** Value of the last such option; NULL. */
const struct ana_script_word *need_option_value(const struct need_command *c, const char *names);
/** Is all of the word known, without wildcards? */
bool need_is_plain(const struct ana_script_word *word);
/** Does the word name a file or directory rather than a package? */
bool need_is_local(struct ctx_str word);

/** Is the program, which PATH finds, that of the image?  Unknown if it comes from the project. */
int need_find_program(struct need_run *r, struct ctx_str name);
/** The same of programs that install scripts start. */
int need_find_helpers(struct need_run *r);
/** The same of a program named by its absolute path. */
int need_see_program(struct need_run *r, struct ctx_str path);
/** Note what is written if it could be a program; a name of "*" is any. */
int need_made_program(struct need_run *r, struct ctx_str path);

/** Does the value of a variable that could name files name none? */
bool need_is_harmless(struct ctx_str name, struct ctx_str value);
/** Does the value of a variable that may name a server name something of the image? */
bool need_is_url_here(struct ctx_str name, struct ctx_str value);

/** Look at one command. */
int need_command(struct need_run *r, const struct ana_script_command *command);
/** The part of a row that its operands and manifests make. */
int need_operands(struct need_run *r, const struct need_command *c);

/** The same of programs with a language, and of what the shell does itself. */
int need_program(struct need_run *r, const struct need_command *c);

/** Read what a word names, with all below. */
int need_read_word(struct need_run *r, const struct need_command *c, const struct ana_script_word *word);
/** Write it. */
int need_write_word(struct need_run *r, const struct need_command *c, const struct ana_script_word *word, bool tree);
/** The same of each operand from `first` on. */
int need_each(struct need_run *r, const struct need_command *c, size_t first, bool reads, bool writes, bool tree);
/** Names of packages; those that look like a path are read if `files` is set, and make it unknown if not. */
int need_packages(struct need_run *r, const struct need_command *c, bool files);

/** The environments of Python that a program of this path may fill, and those that PATH has, are written. */
int need_environment(struct need_run *r, struct ctx_str program);
/** Readers of manifests. */
int need_npm(struct need_run *r, const struct need_command *c);
int need_pnpm_fetch(struct need_run *r, const struct need_command *c);
int need_pip(struct need_run *r, const struct need_command *c);
int need_python(struct need_run *r, const struct need_command *c);
int need_bundle(struct need_run *r, const struct need_command *c);
int need_go(struct need_run *r, const struct need_command *c);
int need_composer(struct need_run *r, const struct need_command *c);
int need_dotnet(struct need_run *r, const struct need_command *c);
int need_gradle(struct need_run *r, const struct need_command *c);
int need_maven(struct need_run *r, const struct need_command *c);
int need_mix(struct need_run *r, const struct need_command *c);
int need_cargo(struct need_run *r, const struct need_command *c);

#endif
