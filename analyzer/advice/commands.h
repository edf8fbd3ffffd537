/**
 * Shell text as simple commands: words, assignments, redirections.
 *
 * Quotes are understood, nothing is expanded, and a substitution is part of its word.  What stands before a command without changing
 * what it does ("sudo", "exec", "if", "!") is left out.  Good enough to see what a text does on purpose; not meant for text that hides it.
 */
#ifndef ANALYZER_ADVICE_COMMANDS_H
#define ANALYZER_ADVICE_COMMANDS_H

#include "analyzer/advice/workload.h"
#include "analyzer/dockerfile/dockerfile.h"
#include "ctxopt/base/vec.h"

/** A word. */
struct ana_shell_word {
	/** As it stands in the text, quotes included; and without them, which is a part of the text unless quotes stood within. */
	struct ctx_str raw, text;
	/** Something in it is expanded: a variable or a substitution. */
	bool open;
};

/** A redirection. */
struct ana_redirect {
	/** 1 standard output, 2 standard error, 3 both, 0 input. */
	int from;
	/** Where to; "&1" for a duplicate. */
	struct ana_shell_word to;
};

/** One command.  All arrays are valid during the call only, unless ana_commands_prepare() keeps them. */
struct ana_command {
	/** See ana_command_name(); absent if nobody has asked yet. */
	struct ctx_str name;
	/** Words, the name first; none if there are only assignments. */
	const struct ana_shell_word *words;
	size_t count;
	/** NAME=VALUE before it. */
	const struct ana_shell_word *assigns;
	size_t assign_count;
	const struct ana_redirect *redirects;
	size_t redirect_count;
	/** Its output goes into the next command. */
	bool piped;
	/** The instruction that it is in; NULL for a file. */
	const struct ana_instruction *ins;
};

/** Receives each command, in order.  Anything but 0 ends the search and is returned. */
typedef int ana_command_fn(void *arg, const struct ana_command *command);

/** All commands of a shell text.  What `fn` returned; CTX_E_NOMEM. */
int ana_commands_of_text(struct ctx_str text, const struct ana_instruction *ins, struct ctx_arena *arena,
	ana_command_fn *fn, void *arg);

/** All commands of a RUN, CMD or ENTRYPOINT, heredocs included; the JSON form is one command, or what "sh -c" is given. */
int ana_commands_of(const struct ana_instruction *ins, struct ctx_arena *arena, ana_command_fn *fn, void *arg);

/** Commands of an instruction. */
struct ana_command_list {
	struct ana_command *items;
	size_t count;
};
/**
 * Read the commands of all RUN, CMD, ENTRYPOINT and HEALTHCHECK of the stages once, since each rule asks for them: ana_commands_of() then has
 * them at hand.
 * @arena  Outlives the model.
 * @return 0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_commands_prepare(struct ana_dockerfile *df, struct ctx_arena *arena, struct ctx_error *err);

/**
 * All commands of words that are run as they are: one, or what "sh -c" is given.  `more` are further words, NULL for none.
 * With `shell` the first word is a text for a shell.  What `fn` returned; CTX_E_NOMEM.
 */
int ana_commands_of_values(const struct ana_values *words, const struct ana_values *more, bool shell,
	struct ctx_arena *arena, ana_command_fn *fn, void *arg);

/** Name of the program without its directory; empty if there is none. */
struct ctx_str ana_command_name(const struct ana_command *command);
/** Is there such a word behind the name? */
bool ana_command_has(const struct ana_command *command, const char *word);
/** Do the words begin with one of these, separated by '|', options between them left out: "apt-get install|apt install"?  NULL: no. */
bool ana_command_begins(const struct ana_command *command, const char *list);

#endif
