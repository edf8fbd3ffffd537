/**
 * `ctxopt graph`: stages, steps and edges of a Dockerfile, and what each step reads from the context.
 *
 * A Dockerfile with errors is shown by its errors, all of them, as compilers do.
 */
#include "ctxopt/cli/plan.h"
#include "ctxopt/cli/present.h"

#include "analyzer/report/text.h"

#include <unistd.h>

/** The command line. */
struct graph_args {
	struct load_args load;
	struct cmd_common common;
	struct build_args build;
	struct opt_list operands;
	int format;
};

// clang-format off
static const struct opt graph_opts[] = {
	{ .kind = OPT_GROUP, .help = "How to show it" },
	{ .kind = OPT_CHOICE, .name = "format", .arg = "FORMAT", .choices = ana_graph_format_names, .preset = "text",
	  .flags = OPT_MANNER, .at = offsetof(struct graph_args, format),
	  .help = "how to print the result; dot is for Graphviz" },
	{ .kind = OPT_END },
};
// clang-format on

/** One run. */
struct run {
	struct cmd_env *env;
	const struct graph_args *args;
	struct place *place;
	struct plan plan;
	struct ana_graph_view report;
	struct present present;
};

/** present_fn. */
static void print_graph(struct ctx_out *out, const struct ana_renderer *renderer, const void *report) {
	renderer->graph(out, report);
}

/** Print every error on standard error. */
static int show_errors(const struct run *r) {
	struct ctx_out out;
	struct ctx_error err;
	ctx_out_init_fd(&out, STDERR_FILENO);
	out.color = cmd_want_color(&out, r->args->common.color);
	ana_text_diags(&out, &r->plan.build, r->report.head.utf8);
	return ctx_out_close(&out, &err) < 0 ? cmd_fail(r->env, &err) : CMD_INVALID;
}

/** Fill, print, and tell how it went. */
static int finish(struct run *r) {
	struct ctx_error err;
	int rc = plan_read(&r->plan, r->env, &r->args->common, r->place, 0, &err);
	rc = rc < 0 || r->place->snap == NULL ? rc : present_problems(&r->present, r->place->snap, false, &err);
	if (rc < 0) {
		return cmd_fail(r->env, &err);
	}
	r->report.build = &r->plan.build;
	present_head(&r->report.head, r->env, &r->args->common, r->place, &r->present);
	bool invalid = r->plan.build.error_count > 0;
	int status = invalid ? show_errors(r) : CMD_OK;
	bool document = strcmp(ana_graph_format_names[r->args->format], "json") == 0 ||
		strcmp(ana_graph_format_names[r->args->format], "markdown") == 0;
	if (!invalid || (document && status == CMD_INVALID)) {
		int printed = present_print(r->env, &r->args->common, r->args->format, print_graph, &r->report);
		status = printed != CMD_OK ? printed : status;
	}
	return status == CMD_OK && r->present.partial ? CMD_ERROR : status;
}

/** From the place to the printed graph. */
static int run_place(struct run *r, const char *operand) {
	const struct graph_args *args = r->args;
	int status = load_place(r->env, r->place, &args->load, operand);
	if (status != CMD_OK) {
		return status;
	}
	bool late = r->place->kind == PLACE_ARCHIVE || r->place->kind == PLACE_SNAPSHOT_FILE;
	if (!late) {
		status = plan_make(&r->plan, r->env, r->place, &args->build);
	}
	struct load_opts load = { .common = &args->common };
	if (status == CMD_OK && (late || plan_ready(&r->plan))) {
		status = load_entries(r->env, r->place, &args->load, &load);
	}
	if (status == CMD_OK && late) {
		status = plan_make(&r->plan, r->env, r->place, &args->build);
	}
	if (status == CMD_OK && r->plan.build.dockerfile == NULL) {
		cmd_note("there is no Dockerfile in '%s'", r->place->root);
		return CMD_NOTHING;
	}
	return status != CMD_OK ? status : finish(r);
}

/** struct cmd's run. */
static int run_graph(struct cmd_env *env, const void *args_) {
	const struct graph_args *args = args_;
	auto_place struct place place = PLACE_INIT;
	struct run r = { .env = env, .args = args, .place = &place };
	int status = run_place(&r, args->operands.values.count > 0 ? args->operands.values.items[0] : NULL);
	plan_release(&r.plan);
	present_release(&r.present);
	return status;
}

const struct cmd cmd_graph = {
	.name = "graph",
	.usage = "[OPTIONS] [PATH]",
	.summary = "stages, steps and edges of the Dockerfile, and what each step reads",
	.about =
		"Draw what a build of the Dockerfile does: its stages, their steps under the names that BuildKit prints, what "
		"each step reads from the context, and the stages, images, caches and secrets that it copies or mounts from.\n\n"
		"If the Dockerfile is not valid, every error is shown with its line, and the exit status is 4.\n\n"
		"Base images are not asked: what only they know (variables, ONBUILD triggers) is not in the graph.",
	.examples = "graph                              # a picture to paste into a review\n"
		    "graph -v --target build            # instructions without a step, too; names in full\n"
		    "graph --format dot | dot -Tsvg     # drawn by Graphviz\n"
		    "graph --format json | jq '.stages[].steps[].name'\n"
		    "graph -f - < Dockerfile            # is it valid?\n",
	.sets = { { graph_opts, 0 }, { build_opts, offsetof(struct graph_args, build) },
		{ load_opts, offsetof(struct graph_args, load) },
		{ load_commit_opts, offsetof(struct graph_args, load) },
		{ cmd_common_opts, offsetof(struct graph_args, common) } },
	.args_size = sizeof(struct graph_args),
	.operands_at = offsetof(struct graph_args, operands),
	.max_operands = 1,
	.operand = "PATH",
	.operand_kind = OPT_DIR,
	.run = run_graph,
};
