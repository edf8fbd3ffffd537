/**
 * Commands and their options as tables: one row per option feeds the parser, `--help`, the man page and the
 * completions, so that none of them can fall behind.
 *
 * Parsing fills a plain struct of the command and opens nothing.  Where a value comes from, strongest first: the
 * command line, the environment (CTXOPT_NAME for a long option --name), a configuration file (opt_file.h), the row's preset.
 */
#ifndef CTXOPT_CLI_OPT_H
#define CTXOPT_CLI_OPT_H

#include "ctxopt/base/arena.h"
#include "ctxopt/base/buf.h"
#include "ctxopt/base/error.h"
#include "ctxopt/base/str.h"
#include "ctxopt/base/vec.h"

/** What an option takes, and the type of the field it is stored in. */
enum opt_kind {
	/** Ends a table. */
	OPT_END,
	/** Not an option: starts a group, `help` is its title. */
	OPT_GROUP,
	/** `bool`; `--no-NAME` clears it. */
	OPT_FLAG,
	/** `const char *`: text, a file, a directory.  The difference matters to completions only. */
	OPT_STR,
	OPT_FILE,
	OPT_DIR,
	/** `unsigned`, decimal and octal, within `min` and `max`. */
	OPT_UINT,
	OPT_OCTAL,
	/** `struct opt_size`: "1500", "10MB", "1.5GiB". */
	OPT_SIZE,
	/** `struct opt_number`: "80", "99.5%", between 0 and 100. */
	OPT_PERCENT,
	/** `struct opt_number`: "90", "1m30s", "1.5h"; in seconds. */
	OPT_SECONDS,
	/** `int`: index into `choices`; -1 when the option is not given and has no preset. */
	OPT_CHOICE,
	/** `struct opt_list`: may be repeated. */
	OPT_LIST,
	/** Nothing is stored: parsing ends with that wish. */
	OPT_HELP,
	OPT_VERSION,
};

/** Facts about an option. */
enum opt_flags {
	/** Says how to work or to print, not what to compute: left out of the record of a run. */
	OPT_MANNER = 1 << 0,
	/** About one run: writes something, or names what is compared.  Not taken from a configuration file. */
	OPT_ONCE = 1 << 1,
	/** OPT_LIST: items are paths, or NAME=PATH. */
	OPT_PATHS = 1 << 2,
	OPT_NAMED_PATH = 1 << 3,
	/** OPT_LIST: an item is "WORD;FIELD=VALUE...".  A configuration file may have it as a table, of which "rule" is the word. */
	OPT_FIELDS = 1 << 4,
};

/** A size on the command line. */
struct opt_size {
	/** Was it given? */
	bool set;
	uint64_t bytes;
};

/** A number on the command line. */
struct opt_number {
	/** Was it given? */
	bool set;
	double value;
};

/** Values of a repeatable option, in order.  Borrowed from argv, the environment or the parse's arena. */
struct opt_list {
	CTX_VEC(const char *) values;
};

/** One option, or a group heading. */
struct opt {
	enum opt_kind kind;
	/** Long name without dashes. */
	const char *name;
	/** Short name, 0 if none. */
	char letter;
	/** enum opt_flags. */
	unsigned flags;
	/** What the value is called in help, in capitals; NULL for a flag. */
	const char *arg;
	/** OPT_CHOICE: NULL-terminated names. */
	const char *const *choices;
	/** Value when nobody says otherwise, written as on the command line; NULL leaves zero. */
	const char *preset;
	/** OPT_UINT, OPT_OCTAL: inclusive limits; `max` 0 means none. */
	unsigned min, max;
	/** Further check of the text, NULL if none: 0, or CTX_E_USAGE with a message that explains the format. */
	int (*check)(const char *value, struct ctx_error *err);
	/** Offset of the field in the command's struct. */
	size_t at;
	/** One sentence, lower case, no full stop; default and choices are appended by themselves. */
	const char *help;
};

/** A table, and where the struct that it fills lies within the command's struct. */
struct opt_set {
	const struct opt *rows;
	size_t at;
};

/** Most tables of one command. */
#define OPT_SETS_MAX 8

struct cmd_env;
struct opt_file;

/** One command. */
struct cmd {
	/** "context"; "" for the command that runs when none is named. */
	const char *name;
	/** What follows the name in the usage line. */
	const char *usage;
	/** One line for lists, lower case, no full stop. */
	const char *summary;
	/** Paragraphs, separated by an empty line. */
	const char *about;
	/** Lines "COMMAND  # what it does", one per line; NULL if none. */
	const char *examples;
	/** Tables, ended by a set without rows unless full. */
	struct opt_set sets[OPT_SETS_MAX];
	/** Size of the struct that the tables fill. */
	size_t args_size;
	/** Offset of a `struct opt_list` for the operands. */
	size_t operands_at;
	/** How many operands are right. */
	unsigned min_operands, max_operands;
	/** What an operand is called in messages ("PATH"), and its kind for completions. */
	const char *operand;
	enum opt_kind operand_kind;
	/** OPT_CHOICE operands: NULL-terminated names. */
	const char *const *operand_choices;
	/** Not shown in lists. */
	bool hidden;
	/** Takes no options from a configuration file, so that it works whatever stands there. */
	bool no_file;
	/** Do the work; `args` is the filled struct.  Returns an exit status (cmd.h). */
	int (*run)(struct cmd_env *env, const void *args);
};

/** What the user wants after a successful parse. */
enum opt_wish { OPT_WISH_RUN, OPT_WISH_HELP, OPT_WISH_VERSION };

/** The outcome of a parse besides the filled struct.  Release with opt_parsed_release(). */
struct opt_parsed {
	enum opt_wish wish;
	/** Options (without OPT_MANNER ones) and operands in a normal form, in order: "--by=dir", ".". */
	CTX_VEC(const char *) record;
	/** Memory of what had to be copied. */
	struct ctx_arena arena;
};

/**
 * Parse `argv[0 .. argc-1]` (the words after the command's name) into `args`, which is `cmd->args_size` zeroed bytes.
 *
 * Strings are borrowed from argv, the environment and the file.  Release `args` with opt_args_release() in any case.
 * @file   What a configuration file says; NULL for none.
 * @return 0; CTX_E_USAGE with one line that says what is wrong; CTX_E_SYNTAX, from the file; CTX_E_NOMEM.
 */
CTX_NODISCARD
int opt_parse(const struct cmd *cmd, int argc, char *const *argv, const struct opt_file *file, void *args,
	struct opt_parsed *out, struct ctx_error *err);
/** The option of that long name, or NULL. */
const struct opt *opt_find(const struct cmd *cmd, struct ctx_str name);
/** The field of an option in the filled struct, by its long name; NULL if the command has no such option. */
const void *opt_field(const struct cmd *cmd, const void *args, const char *name);
/** Free the lists inside `args`. */
void opt_args_release(const struct cmd *cmd, void *args);
/** Free the record. */
void opt_parsed_release(struct opt_parsed *parsed);

/** Environment variable of an option: "max-size" gives "CTXOPT_MAX_SIZE". */
void opt_env_name(struct ctx_buf *out, const char *name);

/** A position in the rows of all tables of a command, for help, man page and completions. */
struct opt_iter {
	const struct cmd *cmd;
	unsigned set;
	size_t row;
};

/** Next row (headings too), or NULL at the end.  Start with a zeroed position and `cmd` set. */
const struct opt *opt_next(struct opt_iter *it);

#endif
