#include "ctxopt/cli/cmd.h"

#include "ctxopt/base/pool.h"

#include <errno.h>
#include <unistd.h>

const struct cmd *const cmds[] = { &cmd_overview, &cmd_context, &cmd_why, &cmd_ignore, &cmd_reorder, &cmd_graph,
	&cmd_predict, &cmd_simulate, &cmd_compare, &cmd_key, &cmd_audit, &cmd_check, &cmd_completion, &cmd_help,
	&cmd_man, NULL };

static const char *const color_names[] = { "auto", "always", "never", NULL };
static const char *const progress_names[] = { "auto", "plain", "none", NULL };

// clang-format off
const struct opt cmd_common_opts[] = {
	{ .kind = OPT_GROUP, .help = "Common options" },
	{ .kind = OPT_FILE, .name = "output", .letter = 'o', .arg = "FILE", .flags = OPT_MANNER | OPT_ONCE,
	  .at = offsetof(struct cmd_common, output),
	  .help = "write to FILE instead of standard output" },
	{ .kind = OPT_CHOICE, .name = "color", .arg = "WHEN", .choices = color_names, .preset = "auto", .flags = OPT_MANNER,
	  .at = offsetof(struct cmd_common, color),
	  .help = "when to use colours" },
	{ .kind = OPT_CHOICE, .name = "progress", .arg = "HOW", .choices = progress_names, .preset = "auto",
	  .flags = OPT_MANNER, .at = offsetof(struct cmd_common, progress),
	  .help = "how to show progress on standard error" },
	{ .kind = OPT_UINT, .name = "jobs", .letter = 'j', .arg = "N", .max = 256, .preset = "0", .flags = OPT_MANNER,
	  .at = offsetof(struct cmd_common, jobs),
	  .help = "threads, 0 for one per CPU" },
	{ .kind = OPT_FLAG, .name = "quiet", .letter = 'q', .flags = OPT_MANNER,
	  .at = offsetof(struct cmd_common, quiet),
	  .help = "print the answer only" },
	{ .kind = OPT_FLAG, .name = "verbose", .letter = 'v', .flags = OPT_MANNER,
	  .at = offsetof(struct cmd_common, verbose),
	  .help = "print more" },
	{ .kind = OPT_FILE, .name = "config", .arg = "FILE", .flags = OPT_MANNER | OPT_ONCE,
	  .at = offsetof(struct cmd_common, config),
	  .help = "take options from FILE (default: the nearest .ctxopt.toml, up to the root of the repository)" },
	{ .kind = OPT_FLAG, .name = "no-config", .flags = OPT_MANNER | OPT_ONCE,
	  .at = offsetof(struct cmd_common, no_config),
	  .help = "take no options from a file" },
	{ .kind = OPT_HELP, .name = "help", .letter = 'h', .help = "print this help" },
	{ .kind = OPT_VERSION, .name = "version", .help = "print the version" },
	{ .kind = OPT_END },
};
// clang-format on

const struct cmd *cmd_find(const char *name) {
	for (size_t i = 0; cmds[i] != NULL; ++i) {
		if (strcmp(cmds[i]->name, name) == 0) {
			return cmds[i];
		}
	}
	return NULL;
}

void cmd_note(const char *fmt, ...) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT, line = CTX_BUF_INIT;
	va_list args;
	va_start(args, fmt);
	ctx_buf_addv(&text, fmt, args);
	va_end(args);
	ctx_buf_adds(&line, "ctxopt: ");
	for (size_t i = 0; i < text.len; ++i) {
		unsigned char c = (unsigned char)text.data[i];
		ctx_buf_addc(&line,
			(char)(c < 0x20 || c == 0x7f ? '?' : c)); // names were escaped before; this is the net below
	}
	ctx_buf_addc(&line, '\n');
	if (ctx_write_all(STDERR_FILENO, ctx_buf_str(&line), line.len) < 0) {
		return; // nobody is left to tell
	}
}

int cmd_fail(const struct cmd_env *env, const struct ctx_error *err) {
	if (err->code == CTX_E_IO && err->sysno == EPIPE) {
		return CMD_PIPE;
	}
	if (err->code == CTX_E_INTERRUPTED) {
		return CMD_INTERRUPTED;
	}
	cmd_note("%s", err->msg);
	if (err->code == CTX_E_USAGE && env->cmd != NULL) {
		bool named = env->cmd->name[0] != '\0';
		cmd_note("see '%s%s%s --help'", env->prog, named ? " " : "", env->cmd->name);
	}
	return CMD_ERROR;
}

unsigned cmd_jobs(const struct cmd_common *common) {
	return common->jobs == 0 ? ctx_cpu_count() : common->jobs;
}

bool cmd_want_color(const struct ctx_out *out, int color) {
	if (color != CMD_COLOR_AUTO) {
		return color == CMD_COLOR_ALWAYS;
	}
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	return out->tty && (no_color == NULL || *no_color == '\0') && (term == NULL || strcmp(term, "dumb") != 0);
}

int cmd_open_out(struct ctx_out *out, const struct cmd_common *common, struct ctx_error *err) {
	if (common->output != NULL && strcmp(common->output, "-") != 0) {
		int rc = ctx_out_init_file(out, common->output, err);
		if (rc < 0) {
			return rc;
		}
	} else {
		ctx_out_init_fd(out, STDOUT_FILENO);
	}
	out->color = cmd_want_color(out, common->color);
	return 0;
}
