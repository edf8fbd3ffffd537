/**
 * Shell completions out of the tables of opt.h.
 */
#ifndef CTXOPT_CLI_OPT_COMPLETE_H
#define CTXOPT_CLI_OPT_COMPLETE_H

#include "ctxopt/base/out.h"
#include "ctxopt/cli/opt.h"

/** Shells there are scripts for; enum opt_shell in the same order; ended by NULL. */
extern const char *const opt_shells[];
enum opt_shell { OPT_SHELL_BASH, OPT_SHELL_ZSH, OPT_SHELL_FISH };

/** Print the script for a shell. */
void opt_complete(struct ctx_out *out, enum opt_shell shell, const struct cmd *const *cmds);

#endif
