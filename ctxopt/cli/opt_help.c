#include "ctxopt/cli/opt_help.h"

/** Column where the descriptions of options start. */
#define HELP_COLUMN 27

/** What the table of costs is. */
static const char costs_text[] =
	"What it costs to make a step again, and how much it leaves, where no --costs file and no pragma says it: that of its costliest "
	"command. The seconds are rounded medians from public CI logs, right within a factor of three for a class as a whole and not for one "
	"step; the bytes are orders of magnitude. Options between the words of a command do not matter, nor does the directory that its program "
	"lies in, or an 'xx-' in front of it.";

/** What the table of kept caches is. */
static const char kept_text[] =
	"A cache mount (RUN --mount=type=cache) where the costliest commands of a step keep what they fetched or compiled makes the step cheaper "
	"when it is made again: on one builder that lives on (--cache local), in the same stage, and after a build that made it. Cache mounts are not "
	"exported: builders that are thrown away never have them. With --cache-size, one that was not used for two days is taken to be gone, since "
	"BuildKit drops these first; with --cache-ttl, one that was not used for so long. A line of --costs without the mount says what the step takes the "
	"first time; one that names the mount, or a pragma above such a step, what it takes each time. What remains of the time, measured where "
	"next to nothing had changed and rounded up, and of the bytes of the step's result, on any builder: what is in a mount is no part of it. Other "
	"tools were not measured, and nothing is taken off for them:";

/** Said once for all commands. */
static const char environment_text[] =
	"Every long option can be given a default by an environment variable: CTXOPT_ and the option's name in capitals, "
	"with _ for -, such as CTXOPT_ENGINE=podman or CTXOPT_MAX_SIZE=50MB.  Flags take 1 or 0, repeatable options one "
	"value per line.  The command line wins.";
static const char config_text[] =
	"Long options can be given defaults in .ctxopt.toml, in the working directory or above it, up to the root of the repository; "
	"the nearest file holds.  Top-level keys are for all commands, keys of the table [COMMAND] for one: jobs = 2, [check] max-context "
	"= \"50MB\".  [[audit.ignore]] with rule, path, kind, name, reason and until leaves out findings of the audit.  Flags take true or false, repeatable options an array; paths are relative to the file.  The command line and the "
	"environment win.  -v tells which file was read.";
static const char pragma_text[] =
	"A comment in a Dockerfile can say what the step below it takes: # ctxopt cost=1m30s above RUN, COPY, ADD or WORKDIR. It holds for the "
	"same step of older commits, too; --costs is stronger, the default of the class of commands (COSTS) weaker. A pragma that is wrong has no effect "
	"and is told.";
static const char exit_text[] =
	"0 all is well; 1 a gate such as --max-size failed; 2 wrong usage, an input or output error, or the job was only "
	"partly done; 3 there is nothing to analyse; 4 the Dockerfile is not valid; 130 interrupted.";

/** Print words wrapped at OPT_HELP_WIDTH, later lines indented; `column` is where the first word starts. */
static void print_wrapped(struct ctx_out *out, const char *text, size_t len, size_t column, size_t indent) {
	bool first = true;
	while (len > 0) {
		size_t word = 0;
		while (word < len && text[word] != ' ' && text[word] != '\n') {
			++word;
		}
		if (word > 0) {
			if (!first && column + 1 + word > OPT_HELP_WIDTH) {
				ctx_out_printf(out, "\n%*s", (int)indent, "");
				column = indent;
				first = true;
			}
			ctx_out_puts(out, first ? "" : " ");
			ctx_out_write(out, text, word);
			column += word + (first ? 0 : 1);
			first = false;
		}
		size_t skip = word < len ? word + 1 : word;
		text += skip;
		len -= skip;
	}
	ctx_out_puts(out, "\n");
}

/** Call `fn` for each paragraph of a text. */
static void each_paragraph(struct ctx_out *out, const char *text,
	void (*fn)(struct ctx_out *out, const char *text, size_t len)) {
	while (*text != '\0') {
		const char *end = strstr(text, "\n\n");
		size_t len = end == NULL ? strlen(text) : (size_t)(end - text);
		fn(out, text, len);
		text += len + (end == NULL ? 0 : 2);
	}
}

/** A paragraph of help. */
static void help_paragraph(struct ctx_out *out, const char *text, size_t len) {
	ctx_out_puts(out, "\n");
	print_wrapped(out, text, len, 0, 0);
}

/** A heading of help. */
static void help_heading(struct ctx_out *out, const char *text) {
	ctx_out_puts(out, "\n");
	ctx_out_style(out, CTX_STYLE_BOLD);
	ctx_out_printf(out, "%s:", text);
	ctx_out_style(out, CTX_STYLE_RESET);
	ctx_out_puts(out, "\n");
}

/** What an option does, with what the table knows besides: choices, default, repetition. */
static void describe(struct ctx_buf *text, const struct opt *opt) {
	ctx_buf_adds(text, opt->help);
	if (opt->kind == OPT_CHOICE) {
		for (size_t i = 0; opt->choices[i] != NULL; ++i) {
			ctx_buf_addf(text, "%s%s", i == 0 ? ": " : ", ", opt->choices[i]);
		}
	}
	if (opt->preset != NULL) {
		ctx_buf_addf(text, " (default: %s)", opt->preset);
	}
	if (opt->kind == OPT_LIST) {
		ctx_buf_adds(text, " (repeatable)");
	}
}

/** The spelling of an option: "-f, --file PATH". */
static void spell(struct ctx_buf *text, const struct opt *opt) {
	if (opt->letter != 0) {
		ctx_buf_addf(text, "-%c, ", opt->letter);
	} else {
		ctx_buf_adds(text, "    ");
	}
	ctx_buf_addf(text, "--%s", opt->name);
	if (opt->arg != NULL) {
		ctx_buf_addf(text, " %s", opt->arg);
	}
}

/** One option of the help. */
static void help_option(struct ctx_out *out, const struct opt *opt) {
	ctx_auto_buf struct ctx_buf left = CTX_BUF_INIT, right = CTX_BUF_INIT;
	spell(&left, opt);
	describe(&right, opt);
	ctx_out_printf(out, "  %s", ctx_buf_str(&left));
	if (left.len + 4 > HELP_COLUMN) {
		ctx_out_printf(out, "\n%*s", HELP_COLUMN, "");
	} else {
		ctx_out_printf(out, "%*s", (int)(HELP_COLUMN - 2 - left.len), "");
	}
	print_wrapped(out, ctx_buf_str(&right), right.len, HELP_COLUMN, HELP_COLUMN);
}

/** The options of a command, under their headings. */
static void help_options(struct ctx_out *out, const struct cmd *cmd) {
	struct opt_iter it = { .cmd = cmd };
	for (const struct opt *opt = opt_next(&it); opt != NULL; opt = opt_next(&it)) {
		if (opt->kind == OPT_GROUP) {
			help_heading(out, opt->help);
		} else {
			help_option(out, opt);
		}
	}
}

/** The line after this one. */
static const char *next_line(const char *line) {
	size_t len = strcspn(line, "\n");
	return line + len + (line[len] == '\n' ? 1 : 0);
}

/** Bytes of an example's command, without the comment behind it. */
static size_t command_len(const char *line) {
	size_t len = strcspn(line, "#\n");
	return line[len] == '#' ? len : strcspn(line, "\n");
}

/** The examples of a command: "COMMAND  # what it does", comments aligned. */
static void help_examples(struct ctx_out *out, const char *prog, const char *text) {
	size_t widest = 0;
	for (const char *line = text; *line != '\0'; line = next_line(line)) {
		size_t len = command_len(line);
		widest = line[len] == '#' && len > widest ? len : widest;
	}
	for (const char *line = text; *line != '\0'; line = next_line(line)) {
		size_t len = command_len(line), all = strcspn(line, "\n");
		ctx_out_printf(out, "  %s ", prog);
		ctx_out_write(out, line, len);
		if (len < all) {
			ctx_out_printf(out, "%*s", (int)(widest - len), "");
			ctx_out_write(out, line + len, all - len);
		}
		ctx_out_puts(out, "\n");
	}
}

/** The list of commands. */
static void help_commands(struct ctx_out *out, const struct cmd *const *cmds) {
	help_heading(out, "Commands");
	for (size_t i = 0; cmds[i] != NULL; ++i) {
		if (cmds[i]->name[0] != '\0' && !cmds[i]->hidden) {
			ctx_out_printf(out, "  %-12s", cmds[i]->name);
			print_wrapped(out, cmds[i]->summary, strlen(cmds[i]->summary), 14, 14);
		}
	}
}

void opt_help_print(struct ctx_out *out, const char *prog, const struct cmd *cmd, const struct cmd *const *cmds) {
	bool overall = cmd->name[0] == '\0';
	ctx_out_printf(out, "Usage: %s%s%s %s\n", prog, overall ? "" : " ", cmd->name, cmd->usage);
	if (overall) {
		ctx_out_printf(out, "       %s COMMAND [OPTIONS] [ARGUMENTS]\n", prog);
	}
	each_paragraph(out, cmd->about, help_paragraph);
	if (overall) {
		help_commands(out, cmds);
	}
	if (cmd->examples != NULL) {
		help_heading(out, "Examples");
		help_examples(out, prog, cmd->examples);
	}
	help_options(out, cmd);
	if (overall) {
		help_heading(out, "Environment");
		print_wrapped(out, environment_text, sizeof(environment_text) - 1, 0, 0);
		help_heading(out, "Configuration");
		print_wrapped(out, config_text, sizeof(config_text) - 1, 0, 0);
		help_heading(out, "Exit status");
		print_wrapped(out, exit_text, sizeof(exit_text) - 1, 0, 0);
		ctx_out_printf(out, "\nSee '%s COMMAND --help' for the options of a command.\n", prog);
	}
}

/** Lines of an example, indented. */
static void help_lines(struct ctx_out *out, const char *heading, const char *text) {
	if (text == NULL) {
		return;
	}
	help_heading(out, heading);
	for (const char *line = text; *line != '\0'; line = next_line(line)) {
		ctx_out_printf(out, "    %.*s\n", (int)strcspn(line, "\n"), line);
	}
}

/** A paragraph with a heading. */
static void help_words(struct ctx_out *out, const char *heading, const char *text) {
	if (text != NULL) {
		help_heading(out, heading);
		print_wrapped(out, text, strlen(text), 0, 0);
	}
}

void opt_help_rule(struct ctx_out *out, const struct ana_rule *rule) {
	ctx_out_style(out, CTX_STYLE_BOLD);
	ctx_out_puts(out, rule->id);
	ctx_out_style(out, CTX_STYLE_RESET);
	ctx_out_printf(out, " (%s): %s\n", ana_severity_names[rule->severity], rule->summary);
	help_lines(out, "Wrong", rule->wrong);
	help_lines(out, "Right", rule->right);
	help_words(out, "Why", rule->why);
	help_words(out, "What it takes into account", rule->knows);
	help_words(out, "The same elsewhere", rule->aliases);
}

/** Text for roff: backslashes, hyphens and leading dots must not mean anything. */
static void man_text(struct ctx_out *out, const char *text, size_t len) {
	bool line_start = true;
	for (size_t i = 0; i < len; ++i) {
		if (line_start && (text[i] == '.' || text[i] == '\'')) {
			ctx_out_puts(out, "\\&");
		}
		line_start = text[i] == '\n';
		if (text[i] == '\\') {
			ctx_out_puts(out, "\\e");
		} else if (text[i] == '-') {
			ctx_out_puts(out, "\\-");
		} else {
			ctx_out_write(out, text + i, 1);
		}
	}
}

/** A paragraph of the manual. */
static void man_paragraph(struct ctx_out *out, const char *text, size_t len) {
	ctx_out_puts(out, ".PP\n");
	man_text(out, text, len);
	ctx_out_puts(out, "\n");
}

/** One option of the manual. */
static void man_option(struct ctx_out *out, const struct opt *opt) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_out_puts(out, ".TP\n");
	if (opt->letter != 0) {
		ctx_out_printf(out, "\\fB\\-%c\\fR, ", opt->letter);
	}
	ctx_out_puts(out, "\\fB\\-\\-");
	man_text(out, opt->name, strlen(opt->name));
	ctx_out_puts(out, "\\fR");
	if (opt->arg != NULL) {
		ctx_out_puts(out, " \\fI");
		man_text(out, opt->arg, strlen(opt->arg));
		ctx_out_puts(out, "\\fR");
	}
	ctx_out_puts(out, "\n");
	describe(&text, opt);
	man_text(out, ctx_buf_str(&text), text.len);
	ctx_out_puts(out, ".\n");
}

/** A table of options is the same for several commands: printed with the first that has it. */
static bool man_printed_before(const struct cmd *const *cmds, size_t index, const struct opt *rows) {
	for (size_t i = 0; i < index; ++i) {
		for (size_t s = 0; s < OPT_SETS_MAX && cmds[i]->sets[s].rows != NULL; ++s) {
			if (cmds[i]->sets[s].rows == rows) {
				return true;
			}
		}
	}
	return false;
}

/** The options of one command that were not printed with an earlier one. */
static void man_options(struct ctx_out *out, const struct cmd *const *cmds, size_t index) {
	for (size_t s = 0; s < OPT_SETS_MAX && cmds[index]->sets[s].rows != NULL; ++s) {
		const struct opt *rows = cmds[index]->sets[s].rows;
		if (man_printed_before(cmds, index, rows)) {
			continue;
		}
		for (const struct opt *opt = rows; opt->kind != OPT_END; ++opt) {
			if (opt->kind == OPT_GROUP) {
				ctx_out_puts(out, ".PP\n\\fI");
				man_text(out, opt->help, strlen(opt->help));
				ctx_out_puts(out, "\\fR\n");
			} else {
				man_option(out, opt);
			}
		}
	}
}

/** The examples of one command. */
static void man_examples(struct ctx_out *out, const char *text) {
	ctx_out_puts(out, ".PP\n.nf\n");
	for (const char *line = text; *line != '\0'; line = next_line(line)) {
		ctx_out_puts(out, "    ctxopt ");
		man_text(out, line, strcspn(line, "\n"));
		ctx_out_puts(out, "\n");
	}
	ctx_out_puts(out, ".fi\n");
}

/** One command of the manual. */
static void man_command(struct ctx_out *out, const struct cmd *const *cmds, size_t index) {
	const struct cmd *cmd = cmds[index];
	ctx_out_printf(out, ".SS \"ctxopt%s%s ", cmd->name[0] == '\0' ? "" : " ", cmd->name);
	man_text(out, cmd->usage, strlen(cmd->usage));
	ctx_out_puts(out, "\"\n");
	each_paragraph(out, cmd->about, man_paragraph);
	if (cmd->examples != NULL) {
		man_examples(out, cmd->examples);
	}
	man_options(out, cmds, index);
}

/** Lines of the manual as they are. */
static void man_lines(struct ctx_out *out, const char *heading, const char *text) {
	if (text != NULL) {
		ctx_out_printf(out, ".PP\n\\fI%s\\fR\n.nf\n", heading);
		man_text(out, text, strlen(text));
		ctx_out_puts(out, ".fi\n");
	}
}

/** One rule of the audit. */
static void man_rule(struct ctx_out *out, const struct ana_rule *rule) {
	ctx_out_puts(out, ".SS \"");
	man_text(out, rule->id, strlen(rule->id));
	ctx_out_printf(out, " (%s)\"\n", ana_severity_names[rule->severity]);
	man_text(out, rule->summary, strlen(rule->summary));
	ctx_out_puts(out, ".\n");
	man_lines(out, "Wrong", rule->wrong);
	man_lines(out, "Right", rule->right);
	if (rule->why != NULL) {
		man_paragraph(out, rule->why, strlen(rule->why));
	}
	if (rule->knows != NULL) {
		man_paragraph(out, rule->knows, strlen(rule->knows));
	}
}

/** All rules of the audit. */
static void man_rules(struct ctx_out *out) {
	size_t count;
	const struct ana_rule *const *rules = ana_rules(&count);
	ctx_out_puts(out, ".SH RULES\nWhat the audit looks for.\n");
	for (size_t i = 0; i < count; ++i) {
		man_rule(out, rules[i]);
	}
}

/** What steps are taken to cost. */
static void man_costs(struct ctx_out *out) {
	ctx_out_puts(out, ".SH COSTS\n");
	man_text(out, costs_text, sizeof(costs_text) - 1);
	for (enum ana_cost_class class = 0; class < ANA_COST_CLASS_COUNT; ++class) {
		ctx_out_printf(out, "\n.TP\n\\fB%s\\fR, %g s, %g MB\n", ana_cost_class_name(class),
			ana_cost_class_seconds(class), (double)ana_cost_class_bytes(class) / 1e6);
		ctx_out_puts(out,
			class == ANA_COST_FILES              ? "COPY, ADD of files, WORKDIR"
				: class == ANA_COST_LIGHT    ? "any other RUN; "
				: class == ANA_COST_DOWNLOAD ? "ADD of a URL or of a git repository; "
							     : "");
		const char *words;
		for (size_t i = 0; (words = ana_cost_class_command(class, i)) != NULL; ++i) {
			ctx_out_puts(out, i > 0 ? ", " : "");
			man_text(out, words, strlen(words));
		}
	}
	ctx_out_puts(out, "\n.PP\n");
	man_text(out, kept_text, sizeof(kept_text) - 1);
	for (enum ana_kept kept = ANA_KEPT_NONE + 1; kept < ANA_KEPT_COUNT; ++kept) {
		const struct ana_kept_cache *cache = ana_kept_cache(kept);
		ctx_out_printf(out, "\n.TP\n\\fB%s\\fR, %u %% of the time, %u %% of the bytes\n", cache->name,
			cache->percent, cache->bytes_percent);
		man_text(out, cache->places, strlen(cache->places));
	}
	ctx_out_puts(out, "\n");
}

void opt_help_man(struct ctx_out *out, const struct cmd *const *cmds, const char *version) {
	ctx_out_printf(out, ".TH CTXOPT 1 \"\" \"ctxopt %s\" \"User Commands\"\n", version);
	ctx_out_puts(out, ".SH NAME\nctxopt \\- what a container build is sent, and why\n.SH SYNOPSIS\n");
	for (size_t i = 0; cmds[i] != NULL; ++i) {
		if (!cmds[i]->hidden) {
			ctx_out_printf(out, "%s\\fBctxopt%s%s\\fR ", i == 0 ? "" : ".br\n",
				cmds[i]->name[0] == '\0' ? "" : " ", cmds[i]->name);
			man_text(out, cmds[i]->usage, strlen(cmds[i]->usage));
			ctx_out_puts(out, "\n");
		}
	}
	ctx_out_puts(out, ".SH COMMANDS\nOptions that several commands share are described with the first of them.\n");
	for (size_t i = 0; cmds[i] != NULL; ++i) {
		if (!cmds[i]->hidden) {
			man_command(out, cmds, i);
		}
	}
	man_rules(out);
	man_costs(out);
	ctx_out_puts(out, ".SH FILES\n");
	man_text(out, config_text, sizeof(config_text) - 1);
	ctx_out_puts(out, "\n.SH PRAGMAS\n");
	man_text(out, pragma_text, sizeof(pragma_text) - 1);
	ctx_out_puts(out, "\n.SH ENVIRONMENT\n");
	man_text(out, environment_text, sizeof(environment_text) - 1);
	ctx_out_puts(out,
		"\n.PP\nNO_COLOR switches colours off, SOURCE_DATE_EPOCH sets the times in archives, "
		"XDG_CACHE_HOME says where digests are kept between runs.\n.SH EXIT STATUS\n");
	man_text(out, exit_text, sizeof(exit_text) - 1);
	ctx_out_puts(out, "\n");
}
