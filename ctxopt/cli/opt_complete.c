#include "ctxopt/cli/opt_complete.h"

const char *const opt_shells[] = { "bash", "zsh", "fish", NULL };

/** Write the choices of an option or operand, separated by blanks. */
static void put_choices(struct ctx_out *out, const char *const *choices) {
	for (size_t i = 0; choices[i] != NULL; ++i) {
		ctx_out_printf(out, "%s%s", i == 0 ? "" : " ", choices[i]);
	}
}

/** Does the option take a value? */
static bool takes_value(const struct opt *opt) {
	return opt->kind != OPT_GROUP && opt->arg != NULL;
}

/** Next row that is an option. */
static const struct opt *next_option(struct opt_iter *it) {
	const struct opt *opt = opt_next(it);
	while (opt != NULL && opt->kind == OPT_GROUP) {
		opt = opt_next(it);
	}
	return opt;
}

/** Write all long names of a command. */
static void put_names(struct ctx_out *out, const struct cmd *cmd) {
	struct opt_iter it = { .cmd = cmd };
	const char *blank = "";
	for (const struct opt *opt = next_option(&it); opt != NULL; opt = next_option(&it)) {
		ctx_out_printf(out, "%s--%s", blank, opt->name);
		blank = " ";
	}
}

/** Bash: what completes the value of an option. */
static void bash_value(struct ctx_out *out, const struct cmd *cmd, const struct opt *opt) {
	ctx_out_printf(out, "\t\t%s:--%s", cmd->name, opt->name);
	if (opt->letter != 0) {
		ctx_out_printf(out, " | %s:-%c", cmd->name, opt->letter);
	}
	if (opt->kind == OPT_CHOICE) {
		ctx_out_puts(out, ") COMPREPLY=($(compgen -W \"");
		put_choices(out, opt->choices);
		ctx_out_puts(out, "\" -- \"$cur\")); return ;;\n");
	} else if (opt->kind == OPT_FILE) {
		ctx_out_puts(out, ") compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n");
	} else if (opt->kind == OPT_DIR) {
		ctx_out_puts(out, ") compopt -o filenames; COMPREPLY=($(compgen -d -- \"$cur\")); return ;;\n");
	} else {
		ctx_out_puts(out, ") return ;;\n");
	}
}

/** Write the names of the commands that are shown. */
static void put_commands(struct ctx_out *out, const struct cmd *const *cmds) {
	const char *blank = "";
	for (size_t i = 0; cmds[i] != NULL; ++i) {
		if (!cmds[i]->hidden && cmds[i]->name[0] != '\0') {
			ctx_out_printf(out, "%s%s", blank, cmds[i]->name);
			blank = " ";
		}
	}
}

/** Bash: the words of one command. */
static void bash_words(struct ctx_out *out, const struct cmd *cmd, const struct cmd *const *cmds) {
	if (cmd->name[0] == '\0') {
		ctx_out_puts(out, "\t\t'') words=\"");
		put_commands(out, cmds);
		ctx_out_puts(out, "\"; options=\"");
	} else {
		ctx_out_printf(out, "\t\t%s) words=\"", cmd->name);
		if (cmd->operand_kind == OPT_CHOICE) {
			put_choices(out, cmd->operand_choices);
		}
		ctx_out_puts(out, "\"; options=\"");
	}
	put_names(out, cmd);
	ctx_out_puts(out, "\" ;;\n");
}

/** The script for bash. */
static void complete_bash(struct ctx_out *out, const struct cmd *const *cmds) {
	ctx_out_puts(out,
		"# bash completion for ctxopt\n"
		"_ctxopt() {\n"
		"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= words= options= i\n"
		"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		"\t\tcase ${COMP_WORDS[i]} in\n\t\t");
	const char *bar = "";
	for (size_t i = 0; cmds[i] != NULL; ++i) {
		if (!cmds[i]->hidden && cmds[i]->name[0] != '\0') {
			ctx_out_printf(out, "%s%s", bar, cmds[i]->name);
			bar = " | ";
		}
	}
	ctx_out_puts(out, ") command=${COMP_WORDS[i]}; break ;;\n\t\tesac\n\tdone\n\tcase $command:$prev in\n");
	for (size_t i = 0; cmds[i] != NULL; ++i) {
		struct opt_iter it = { .cmd = cmds[i] };
		for (const struct opt *opt = next_option(&it); opt != NULL && !cmds[i]->hidden;
			opt = next_option(&it)) {
			if (takes_value(opt)) {
				bash_value(out, cmds[i], opt);
			}
		}
	}
	ctx_out_puts(out, "\tesac\n\tcase $command in\n");
	for (size_t i = 0; cmds[i] != NULL; ++i) {
		if (!cmds[i]->hidden) {
			bash_words(out, cmds[i], cmds);
		}
	}
	ctx_out_puts(out,
		"\tesac\n"
		"\tif [[ $cur == -* ]]; then\n"
		"\t\tCOMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
		"\telse\n"
		"\t\tcompopt -o filenames\n"
		"\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\") $(compgen -f -- \"$cur\"))\n"
		"\tfi\n"
		"}\n"
		"complete -F _ctxopt ctxopt\n");
}

/** Text inside single quotes of a zsh argument spec or a fish string: quotes and brackets must not end it. */
static void put_quoted(struct ctx_out *out, const char *text, bool zsh) {
	for (const char *c = text; *c != '\0'; ++c) {
		if (*c == '\'') {
			ctx_out_puts(out, zsh ? "'\\''" : "\\'");
		} else if (zsh && (*c == '[' || *c == ']' || *c == ':')) {
			ctx_out_printf(out, "\\%c", *c);
		} else if (*c == '\\') {
			ctx_out_puts(out, "\\\\");
		} else {
			ctx_out_write(out, c, 1);
		}
	}
}

/** Zsh: the action that completes a value or an operand. */
static void zsh_action(struct ctx_out *out, enum opt_kind kind, const char *const *choices) {
	if (kind == OPT_CHOICE) {
		ctx_out_puts(out, "(");
		put_choices(out, choices);
		ctx_out_puts(out, ")");
	} else if (kind == OPT_FILE || kind == OPT_DIR) {
		ctx_out_puts(out, kind == OPT_FILE ? "_files" : "_files -/");
	} else {
		ctx_out_puts(out, " ");
	}
}

/** Zsh: one option as a spec of _arguments. */
static void zsh_option(struct ctx_out *out, const struct opt *opt) {
	ctx_out_puts(out, " \\\n\t\t\t");
	if (opt->letter != 0) {
		ctx_out_printf(out, "{-%c%s,--%s%s}", opt->letter, takes_value(opt) ? "+" : "", opt->name,
			takes_value(opt) ? "=" : "");
	} else {
		ctx_out_printf(out, "--%s%s", opt->name, takes_value(opt) ? "=" : "");
	}
	ctx_out_puts(out, "'[");
	put_quoted(out, opt->help, true);
	ctx_out_puts(out, "]");
	if (takes_value(opt)) {
		ctx_out_printf(out, ":%s:", opt->arg);
		zsh_action(out, opt->kind, opt->choices);
	}
	ctx_out_puts(out, "'");
}

/** The script for zsh. */
static void complete_zsh(struct ctx_out *out, const struct cmd *const *cmds) {
	ctx_out_puts(out,
		"#compdef ctxopt\n# zsh completion for ctxopt\n_ctxopt() {\n\tlocal -a commands\n\tcommands=(\n");
	for (size_t i = 0; cmds[i] != NULL; ++i) {
		if (!cmds[i]->hidden && cmds[i]->name[0] != '\0') {
			ctx_out_printf(out, "\t\t'%s:", cmds[i]->name);
			put_quoted(out, cmds[i]->summary, true);
			ctx_out_puts(out, "'\n");
		}
	}
	ctx_out_puts(out,
		"\t)\n\tif ((CURRENT == 2)); then\n\t\t_describe -t commands command commands\n\tfi\n\tcase $words[2] in\n");
	for (size_t n = 1; n > 0; n = cmds[n] == NULL ? 0 : n + 1) { // the nameless command last, as the default
		const struct cmd *cmd = cmds[n] == NULL ? cmds[0] : cmds[n];
		if (cmd->hidden) {
			continue;
		}
		bool named = cmd->name[0] != '\0';
		ctx_out_printf(out, "\t\t%s)\n\t\t\t%s_arguments", named ? cmd->name : "*",
			named ? "shift words; ((CURRENT--)); " : "");
		struct opt_iter it = { .cmd = cmd };
		for (const struct opt *opt = next_option(&it); opt != NULL; opt = next_option(&it)) {
			zsh_option(out, opt);
		}
		if (cmd->max_operands > 0) {
			ctx_out_printf(out, " \\\n\t\t\t'%s:%s:", cmd->max_operands > 1 ? "*" : "1", cmd->operand);
			zsh_action(out, cmd->operand_kind, cmd->operand_choices);
			ctx_out_puts(out, "'");
		}
		ctx_out_puts(out, "\n\t\t\t;;\n");
	}
	ctx_out_puts(out, "\tesac\n}\n_ctxopt \"$@\"\n");
}

/** Fish: one option. */
static void fish_option(struct ctx_out *out, const struct cmd *cmd, const struct opt *opt) {
	if (cmd->name[0] == '\0') {
		ctx_out_puts(out, "complete -c ctxopt -n __fish_use_subcommand");
	} else {
		ctx_out_printf(out, "complete -c ctxopt -n '__fish_seen_subcommand_from %s'", cmd->name);
	}
	ctx_out_printf(out, " -l %s", opt->name);
	if (opt->letter != 0) {
		ctx_out_printf(out, " -s %c", opt->letter);
	}
	if (opt->kind == OPT_CHOICE) {
		ctx_out_puts(out, " -x -a '");
		put_choices(out, opt->choices);
		ctx_out_puts(out, "'");
	} else if (opt->kind == OPT_FILE || opt->kind == OPT_DIR) {
		ctx_out_puts(out, " -r -F");
	} else if (takes_value(opt)) {
		ctx_out_puts(out, " -x");
	}
	ctx_out_puts(out, " -d '");
	put_quoted(out, opt->help, false);
	ctx_out_puts(out, "'\n");
}

/** The script for fish. */
static void complete_fish(struct ctx_out *out, const struct cmd *const *cmds) {
	ctx_out_puts(out, "# fish completion for ctxopt\n");
	for (size_t i = 0; cmds[i] != NULL; ++i) {
		if (cmds[i]->hidden) {
			continue;
		}
		if (cmds[i]->name[0] != '\0') {
			ctx_out_printf(out, "complete -c ctxopt -n __fish_use_subcommand -a %s -d '", cmds[i]->name);
			put_quoted(out, cmds[i]->summary, false);
			ctx_out_puts(out, "'\n");
		}
		if (cmds[i]->operand_kind == OPT_CHOICE) {
			ctx_out_printf(out, "complete -c ctxopt -n '__fish_seen_subcommand_from %s' -f -a '",
				cmds[i]->name);
			put_choices(out, cmds[i]->operand_choices);
			ctx_out_puts(out, "'\n");
		}
		struct opt_iter it = { .cmd = cmds[i] };
		for (const struct opt *opt = next_option(&it); opt != NULL; opt = next_option(&it)) {
			fish_option(out, cmds[i], opt);
		}
	}
}

void opt_complete(struct ctx_out *out, enum opt_shell shell, const struct cmd *const *cmds) {
	switch (shell) {
	case OPT_SHELL_BASH:
		complete_bash(out, cmds);
		break;
	case OPT_SHELL_ZSH:
		complete_zsh(out, cmds);
		break;
	case OPT_SHELL_FISH:
		complete_fish(out, cmds);
		break;
	}
}
