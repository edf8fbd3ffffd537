/**
 * The commands, what they are given, and the words they share.
 */
#ifndef CTXOPT_CLI_CMD_H
#define CTXOPT_CLI_CMD_H

#include "ctxopt/base/out.h"
#include "ctxopt/cli/opt.h"

/** Exit statuses: the ones of the manual, and one that only main.c sees. */
enum cmd_status {
	CMD_OK = 0,
	/** A gate failed. */
	CMD_GATE = 1,
	/** Usage, configuration or I/O error, or the job was only partly done. */
	CMD_ERROR = 2,
	/** Nothing to analyse. */
	CMD_NOTHING = 3,
	/** The Dockerfile is not valid. */
	CMD_INVALID = 4,
	/** Interrupted by a signal. */
	CMD_INTERRUPTED = 130,
	/** Whoever read our output went away: main.c ends as SIGPIPE would have. */
	CMD_PIPE = 141,
};

/** What a command gets besides its arguments. */
struct cmd_env {
	/** How the program was called: "ctxopt", or "docker ctxopt". */
	const char *prog;
	/** Set by a signal handler: stop soon and return CMD_INTERRUPTED. */
	const volatile int *stop;
	/** The command that runs, and what was asked of it. */
	const struct cmd *cmd;
	const struct opt_parsed *parsed;
};

/** All commands, ended by NULL; the one without a name comes first. */
extern const struct cmd *const cmds[];

/** One table each, in cmd_NAME.c. */
extern const struct cmd cmd_overview, cmd_context, cmd_why, cmd_ignore, cmd_reorder, cmd_graph, cmd_simulate,
	cmd_compare, cmd_key, cmd_predict, cmd_audit, cmd_check, cmd_completion, cmd_help, cmd_man;

/** The command of that name, or NULL. */
const struct cmd *cmd_find(const char *name);

/** Print an error as "ctxopt: ..." on standard error and return the exit status that belongs to it. */
int cmd_fail(const struct cmd_env *env, const struct ctx_error *err);

/** Print "ctxopt: ..." on standard error.  Control bytes in the text become visible. */
CTX_PRINTF(1, 2)
void cmd_note(const char *fmt, ...);

/** When to use colours. */
enum cmd_color {
	/** On a terminal, unless NO_COLOR is set. */
	CMD_COLOR_AUTO,
	CMD_COLOR_ALWAYS,
	CMD_COLOR_NEVER,
};

/** How to show progress. */
enum cmd_progress {
	/** A bar if standard error is a terminal, else nothing. */
	CMD_PROGRESS_AUTO,
	/** Lines. */
	CMD_PROGRESS_PLAIN,
	CMD_PROGRESS_NONE,
};

/** Options that every command has. */
struct cmd_common {
	/** enum cmd_color. */
	int color;
	/** enum cmd_progress. */
	int progress;
	/** Threads, 0 = one per CPU. */
	unsigned jobs;
	bool quiet, verbose;
	/** NULL is standard output. */
	const char *output;
	/** --config; NULL to search for one, unless `no_config`. */
	const char *config;
	bool no_config;
};

/** Rows for struct cmd_common. */
extern const struct opt cmd_common_opts[];

/** Threads to use: the wish, or one per CPU. */
unsigned cmd_jobs(const struct cmd_common *common);

/** Do colours go to `out`?  `color` is an enum cmd_color. */
bool cmd_want_color(const struct ctx_out *out, int color);

/** Open the stream for results as -o and --color say. CTX_E_IO, CTX_E_MISSING (no such directory), CTX_E_NOMEM. */
CTX_NODISCARD
int cmd_open_out(struct ctx_out *out, const struct cmd_common *common, struct ctx_error *err);

#endif
