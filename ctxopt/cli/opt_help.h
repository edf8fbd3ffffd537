/**
 * What the tables of opt.h look like to people: `--help` and the man page.
 */
#ifndef CTXOPT_CLI_OPT_HELP_H
#define CTXOPT_CLI_OPT_HELP_H

#include "analyzer/advice/audit.h"
#include "analyzer/cache/cost.h"
#include "ctxopt/base/out.h"
#include "ctxopt/cli/opt.h"

/** Widest line of help. */
#define OPT_HELP_WIDTH 80

/**
 * Print the help of one command; for the nameless one the list of commands too.
 *
 * @prog  How the program was called.
 * @cmds  All commands, ended by NULL.
 */
void opt_help_print(struct ctx_out *out, const char *prog, const struct cmd *cmd, const struct cmd *const *cmds);

/** Print the page of a rule of the audit. */
void opt_help_rule(struct ctx_out *out, const struct ana_rule *rule);

/** Print the manual page of all commands as roff. */
void opt_help_man(struct ctx_out *out, const struct cmd *const *cmds, const char *version);

#endif
