/**
 * Commands about the program itself: `ctxopt completion SHELL`, `ctxopt help [COMMAND]`, and `ctxopt man`, which the
 * build uses to make the manual page.
 */
#include "ctxopt/cli/cmd.h"
#include "ctxopt/cli/opt_complete.h"
#include "ctxopt/cli/opt_help.h"
#include "ctxopt/cli/opt_value.h"

/** Their command line. */
struct self_args {
	struct cmd_common common;
	struct opt_list operands;
};

/** The one operand, or NULL. */
static const char *operand(const struct self_args *args) {
	return args->operands.values.count > 0 ? args->operands.values.items[0] : NULL;
}

/** Close the stream. */
static int finish(const struct cmd_env *env, struct ctx_out *out) {
	struct ctx_error err;
	return ctx_out_close(out, &err) < 0 ? cmd_fail(env, &err) : CMD_OK;
}

/** struct cmd's run. */
static int run_completion(struct cmd_env *env, const void *args_) {
	const struct self_args *args = args_;
	struct ctx_out out;
	struct ctx_error err;
	if (cmd_open_out(&out, &args->common, &err) < 0) {
		return cmd_fail(env, &err);
	}
	for (unsigned i = 0; opt_shells[i] != NULL; ++i) {
		if (strcmp(opt_shells[i], operand(args)) == 0) {
			opt_complete(&out, (enum opt_shell)i, cmds);
		}
	}
	return finish(env, &out);
}

/** struct cmd's run. */
static int run_help(struct cmd_env *env, const void *args_) {
	const struct self_args *args = args_;
	const char *name = operand(args);
	const struct cmd *cmd = name == NULL ? &cmd_overview : cmd_find(name);
	struct ctx_out out;
	struct ctx_error err;
	if (cmd == NULL) {
		const char *names[16];
		size_t count = 0;
		for (size_t i = 0; cmds[i] != NULL && count < CTX_COUNTOF(names); ++i) {
			names[count++] = cmds[i]->hidden ? NULL : cmds[i]->name;
		}
		const char *near = opt_nearest(name, names, count);
		ctx_fail(&err, CTX_E_USAGE,
			near == NULL ? "unknown command '%s'%s" : "unknown command '%s'; did you mean '%s'?", name,
			near == NULL ? "" : near);
		return cmd_fail(env, &err);
	}
	if (cmd_open_out(&out, &args->common, &err) < 0) {
		return cmd_fail(env, &err);
	}
	opt_help_print(&out, env->prog, cmd, cmds);
	return finish(env, &out);
}

/** struct cmd's run. */
static int run_man(struct cmd_env *env, const void *args_) {
	const struct self_args *args = args_;
	struct ctx_out out;
	struct ctx_error err;
	if (cmd_open_out(&out, &args->common, &err) < 0) {
		return cmd_fail(env, &err);
	}
	opt_help_man(&out, cmds, CTXOPT_VERSION);
	return finish(env, &out);
}

const struct cmd cmd_completion = {
	.no_file = true,
	.name = "completion",
	.usage = "[OPTIONS] SHELL",
	.summary = "print a script that completes commands and options in your shell",
	.about = "Print the completion script for bash, zsh or fish.",
	.examples = "completion bash > ~/.local/share/bash-completion/completions/ctxopt\n"
		    "completion zsh  > ~/.zfunc/_ctxopt\n"
		    "completion fish > ~/.config/fish/completions/ctxopt.fish\n",
	.sets = { { cmd_common_opts, offsetof(struct self_args, common) } },
	.args_size = sizeof(struct self_args),
	.operands_at = offsetof(struct self_args, operands),
	.min_operands = 1,
	.max_operands = 1,
	.operand = "SHELL",
	.operand_kind = OPT_CHOICE,
	.operand_choices = opt_shells,
	.run = run_completion,
};

const struct cmd cmd_help = {
	.no_file = true,
	.name = "help",
	.usage = "[COMMAND]",
	.summary = "print the help of a command",
	.about = "The same as ctxopt COMMAND --help.",
	.sets = { { cmd_common_opts, offsetof(struct self_args, common) } },
	.args_size = sizeof(struct self_args),
	.operands_at = offsetof(struct self_args, operands),
	.max_operands = 1,
	.operand = "COMMAND",
	.operand_kind = OPT_STR,
	.run = run_help,
};

const struct cmd cmd_man = {
	.no_file = true,
	.name = "man",
	.usage = "[OPTIONS]",
	.summary = "print the manual page as roff",
	.about = "Print the manual page of all commands, for man -l - or installation.",
	.sets = { { cmd_common_opts, offsetof(struct self_args, common) } },
	.args_size = sizeof(struct self_args),
	.hidden = true,
	.run = run_man,
};
