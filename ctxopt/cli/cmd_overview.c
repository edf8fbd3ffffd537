/**
 * `ctxopt [PATH]`: one screen, each line naming the command that tells more.
 */
#include "ctxopt/cli/changes.h"
#include "ctxopt/cli/history_peek.h"
#include "ctxopt/cli/plan.h"
#include "ctxopt/cli/present.h"

#include <time.h>
#include <unistd.h>

#define DAY_SECONDS 86400

/** Levels and directories per level of the picture, and how small a directory may be to be in it. */
#define PICTURE_DEPTH 1
#define PICTURE_TOP 5
#define PICTURE_MIN_PERCENT 1

/** The command line. */
struct overview_args {
	struct load_args load;
	struct cmd_common common;
	struct build_args build;
	struct opt_list operands;
	int format;
};

// clang-format off
static const struct opt overview_opts[] = {
	{ .kind = OPT_GROUP, .help = "How to show it" },
	PRESENT_FORMAT_OPT(struct overview_args, format),
	{ .kind = OPT_END },
};
// clang-format on

/** One run. */
struct run {
	struct cmd_env *env;
	const struct overview_args *args;
	struct place *place;
	struct ana_overview report;
	struct present present;
	struct ctx_measure measure;
	struct ctx_rule_facts rules;
	struct ctx_tree tree;
	struct ctx_waste waste;
	struct ctx_emptied emptied;
	struct plan plan;
	struct history_peek peek;
	struct changes changes;
	struct ana_audit audit;
};

/** Does a step copy what is not there? */
static bool fails(const struct run *r) {
	const struct ana_build *b = &r->plan.build;
	for (size_t i = 0; b->reads != NULL && i < b->outline->steps.count; ++i) {
		if (b->reads[i].missing != NULL) {
			return true;
		}
	}
	return false;
}

/** Look for changes, last of all, since that spoils what the snapshot knows of the build. */
static void find_changes(struct run *r) {
	if (r->place->kind != PLACE_DIRECTORY || r->place->dockerfile_from_stdin || r->plan.build.reads == NULL ||
		fails(r)) {
		return;
	}
	const struct changes_of of = { r->place, &r->args->load, &r->args->build, r->peek.seen,
		r->measure.included.bytes };
	changes_find(&r->changes, r->env, &r->args->common, &of);
	r->report.changes = r->changes.known ? r->changes.items : NULL;
	r->report.change_count = r->changes.count;
}

/** The rules of the audit over this build, without the history. */
static int find_mistakes(struct run *r, struct ctx_error *err) {
	const struct plan *plan = &r->plan;
	const struct ctx_buf *text = &r->place->dockerfile_text;
	ana_audit_start(&r->audit, (int64_t)time(NULL) / DAY_SECONDS);
	if (!plan_ready(plan)) {
		return 0;
	}
	int64_t index = ana_audit_add_file(&r->audit, plan->build.dockerfile, ANA_AUDIT_DOCKERFILE,
		(struct ctx_str){ ctx_buf_str(text), text->len }, err);
	struct ana_rule_context context = { .shown = r->place->root,
		.snap = r->place->snap,
		.waste = &r->waste,
		.ignore_file = r->place->shown.ignore_file,
		.ignore_rules = r->place->ignore == NULL ? 0 : ctx_ignore_count(r->place->ignore),
		.root_fd = r->place->kind == PLACE_DIRECTORY ? r->place->fd : -1 };
	ana_rule_context_count(&context);
	struct ana_rule_input in = { .path = plan->build.dockerfile,
		.model = &plan->model,
		.graph = &plan->graph,
		.reads = &plan->reads,
		.context = &context,
		.today = r->audit.today };
	int rc = index < 0 ? (int)index : ana_audit_build(&r->audit, 0, &in, true, err);
	rc = rc < 0 ? rc : ana_audit_finish(&r->audit, err);
	r->report.audit = rc < 0 ? NULL : &r->audit;
	return rc;
}

/** Compute everything. */
static int fill(struct run *r, struct ctx_error *err) {
	struct ctx_snapshot *snap = r->place->snap;
	const struct ctx_ignore *ig = r->place->ignore;
	int rc = ctx_measure(&r->measure, snap, ig == NULL ? 0 : ctx_ignore_count(ig), err);
	struct ctx_tree_opts tree = { .depth = PICTURE_DEPTH,
		.top = PICTURE_TOP,
		.min_bytes = r->measure.included.bytes / 100 * PICTURE_MIN_PERCENT };
	rc = rc < 0 ? rc : ctx_rule_facts_make(&r->rules, snap, ig, err);
	rc = rc < 0 ? rc : ctx_tree_make(&r->tree, snap, &tree, err);
	rc = rc < 0 ? rc : ctx_waste_find(&r->waste, snap, err);
	rc = rc < 0 ? rc : ctx_emptied_find(&r->emptied, snap, ig, 1, err);
	rc = rc < 0 ? rc : plan_read(&r->plan, r->env, &r->args->common, r->place, 0, err);
	rc = rc < 0 ? rc : present_problems(&r->present, snap, false, err);
	r->report = (struct ana_overview){ .snap = snap,
		.measure = &r->measure,
		.rules = &r->rules,
		.tree = &r->tree,
		.waste = &r->waste,
		.emptied = &r->emptied,
		.build = &r->plan.build,
		.prog = r->env->prog };
	bool seen = history_peek_finish(&r->peek);
	r->report.cache = seen && r->plan.build.outline != NULL ? &r->peek.cache : NULL;
	present_head(&r->report.head, r->env, &r->args->common, r->place, &r->present);
	rc = rc < 0 ? rc : find_mistakes(r, err);
	if (rc == 0) {
		find_changes(r);
	}
	return rc;
}

/** present_fn. */
static void print_overview(struct ctx_out *out, const struct ana_renderer *renderer, const void *report) {
	renderer->overview(out, report);
}

/** Fill, print, and tell how it went. */
static int finish(struct run *r) {
	struct ctx_error err;
	if (fill(r, &err) < 0) {
		return cmd_fail(r->env, &err);
	}
	int status = present_print(r->env, &r->args->common, r->args->format, print_overview, &r->report);
	if (status == CMD_OK && r->plan.build.error_count > 0) {
		status = CMD_INVALID;
	}
	return (status == CMD_OK || status == CMD_INVALID) && r->present.partial ? CMD_ERROR : status;
}

/** Release what the report borrowed. */
static void run_release(struct run *r) {
	ctx_measure_release(&r->measure);
	ctx_rule_facts_release(&r->rules);
	ctx_tree_release(&r->tree);
	ctx_waste_release(&r->waste);
	ctx_emptied_release(&r->emptied);
	plan_release(&r->plan);
	history_peek_release(&r->peek);
	changes_release(&r->changes);
	ana_audit_release(&r->audit);
	present_release(&r->present);
}

/** struct cmd's run. */
static int run_overview(struct cmd_env *env, const void *args_) {
	const struct overview_args *args = args_;
	auto_place struct place place = PLACE_INIT;
	const char *operand = args->operands.values.count > 0 ? args->operands.values.items[0] : NULL;
	struct load_opts load = { .common = &args->common };
	struct run r = { .env = env, .args = args, .place = &place, .changes = CHANGES_INIT };
	if (operand != NULL && cmd_find(operand) != NULL && access(operand, F_OK) != 0) {
		struct ctx_error err;
		ctx_fail(&err, CTX_E_USAGE,
			"no such directory '%s'; the command comes before its options: %s %s [OPTIONS]", operand,
			env->prog, operand);
		return cmd_fail(env, &err);
	}
	int status = load_place(env, &place, &args->load, operand);
	bool plan = !args->common.quiet || !present_is_text(args->format);
	if (status == CMD_OK && plan) {
		r.peek = (struct history_peek){ .env = env,
			.place = &place,
			.load = &args->load,
			.build = &args->build };
		history_peek_start(&r.peek);
	}
	status = status != CMD_OK ? status : load_entries(env, &place, &args->load, &load);
	status = status != CMD_OK || !plan ? status : plan_make(&r.plan, env, &place, &args->build);
	status = status != CMD_OK ? status : finish(&r);
	run_release(&r);
	return status;
}

const struct cmd cmd_overview = {
	.name = "",
	.usage = "[OPTIONS] [PATH]",
	.summary = "one screen about a build context",
	.about =
		"See what a container build is sent, where the bytes are, and which line of the ignore file is responsible "
		"for each of them, without building anything.\n\n"
		"Without a command, one screen about the context in PATH (default: .); each line names the command that "
		"tells more.",
	.examples = "                    # one screen about .\n"
		    "context             # the whole report\n"
		    "context --tree      # where the bytes are\n"
		    "why node_modules/x  # is it sent, and who decided\n",
	.sets = { { overview_opts, 0 }, { build_opts, offsetof(struct overview_args, build) },
		{ load_opts, offsetof(struct overview_args, load) },
		{ load_commit_opts, offsetof(struct overview_args, load) },
		{ cmd_common_opts, offsetof(struct overview_args, common) } },
	.args_size = sizeof(struct overview_args),
	.operands_at = offsetof(struct overview_args, operands),
	.max_operands = 1,
	.operand = "PATH",
	.operand_kind = OPT_DIR,
	.run = run_overview,
};
