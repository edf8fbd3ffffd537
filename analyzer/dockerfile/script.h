/**
 * The text that a RUN gives to its shell, cut into commands: words without quotes, redirections, and what is done only
 * perhaps or more than once.
 *
 * POSIX sh with what people use of bash.  Nothing is run: a variable has the value that the reader gives, what stands in
 * `$(...)` is read as commands of its own and its output is not known.  What could mean something else than is understood here
 * (functions, arrays, arithmetic with commands in it, process substitution) is not understood at all.
 */
#ifndef ANALYZER_DOCKERFILE_SCRIPT_H
#define ANALYZER_DOCKERFILE_SCRIPT_H

#include "ctxopt/base/arena.h"
#include "ctxopt/base/error.h"
#include "ctxopt/base/str.h"

/** Deepest nesting of substitutions and compound commands, and most bytes that values may add; more is not understood. */
#define ANA_SCRIPT_DEPTH_MAX 64
#define ANA_SCRIPT_GROWTH_MAX ((size_t)4 << 20)

/** One word, after quotes were removed and known variables replaced. */
struct ana_script_word {
	/** Parts that are not known are left out.  NUL-terminated. */
	struct ctx_str text;
	/** Where in `text` the first part is left out; SIZE_MAX for nowhere. */
	size_t unknown_at;
	/** Where the first unquoted wildcard or brace stands; SIZE_MAX for nowhere. */
	size_t open_at;
	/** Some part of it was quoted. */
	bool quoted;
};

/** A redirection. */
struct ana_script_redirect {
	/** '<' reads, '>' writes, 'a' appends; here-documents and copies of descriptors ("2>&1") are not reported. */
	char kind;
	struct ana_script_word target;
};

/** One command without what connects it to others. */
struct ana_script_command {
	/** As written, without blanks around it.  Borrowed from the text. */
	struct ctx_str text;
	/** First `assign_count` words NAME=VALUE, then the command and its arguments. */
	const struct ana_script_word *words;
	size_t word_count, assign_count;
	const struct ana_script_redirect *redirects;
	size_t redirect_count;
	/** It reads a here-document or here-string. */
	bool fed;
};

/** What the reader is told, in the order of the text; commands within `$(...)` come before that which has it. */
enum ana_script_event {
	/** A command. */
	ANA_SCRIPT_COMMAND,
	/** ( ... ), $( ... ), what stands behind '|': changes of the directory and of variables end with it. */
	ANA_SCRIPT_SUBSHELL,
	ANA_SCRIPT_SUBSHELL_END,
	/** What is done only perhaps: parts of `if` and `case`, what stands behind "||". */
	ANA_SCRIPT_BRANCH,
	ANA_SCRIPT_BRANCH_END,
	/** What is done several times, or never. */
	ANA_SCRIPT_LOOP,
	ANA_SCRIPT_LOOP_END,
	/** The variable of a `for`, as the only word of a command. */
	ANA_SCRIPT_FOR,
};

/** Who reads. */
struct ana_script_reader {
	/** `command` is NULL unless the event has one.  Anything but 0 ends the reading and is returned. */
	int (*event)(void *arg, enum ana_script_event event, const struct ana_script_command *command);
	/** A variable is used: is its value known? */
	bool (*variable)(void *arg, struct ctx_str name, struct ctx_str *value);
	void *arg;
	/**
	 * Increased by `event` when a command changes the directory or gives a variable a known value: such a change before '|' or "||",
	 * which nobody can follow, is not understood.
	 */
	size_t changes;
};

/** What ana_script_read() returns for a text that it does not understand. */
#define ANA_SCRIPT_UNKNOWN 1

/**
 * Read a text.
 * @arena  Holds words while the call lasts, and whatever the reader keeps of them.
 * @why    Set if the text is not understood: "a function", static.
 * @return 0; ANA_SCRIPT_UNKNOWN, after some events; CTX_E_NOMEM; or what `event` returned.
 */
CTX_NODISCARD
int ana_script_read(struct ctx_str text, struct ana_script_reader *reader, struct ctx_arena *arena, const char **why,
	struct ctx_error *err);

/** The name of an assignment "NAME=..."; empty if the text is none. */
struct ctx_str ana_script_assigned(struct ctx_str text);

#endif
