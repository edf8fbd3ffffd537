/**
 * `ctxopt predict`: the verdict of every step of one build that follows another.
 */
#include "ctxopt/cli/history_work.h"

/** The command line. */
struct predict_args {
	struct load_args load;
	struct cmd_common common;
	struct build_args build;
	struct history_args history;
	struct opt_list operands;
	/** NULL, or a part of a step's name. */
	const char *explain;
	int format;
};

// clang-format off
static const struct opt predict_opts[] = {
	{ .kind = OPT_GROUP, .help = "How to show it" },
	{ .kind = OPT_STR, .name = "explain", .arg = "STEP", .flags = OPT_ONCE, .at = offsetof(struct predict_args, explain),
	  .help = "tell everything that enters the key of the step whose name holds this text" },
	PRESENT_FORMAT_OPT(struct predict_args, format),
	{ .kind = OPT_END },
};
// clang-format on

/** present_fn. */
static void print_prediction(struct ctx_out *out, const struct ana_renderer *renderer, const void *report) {
	renderer->predict(out, report);
}

/** One run. */
struct run {
	struct cmd_env *env;
	const struct predict_args *args;
	const char *old_name, *new_name;
	struct history history;
	struct history_work work;
};

/** Find the step to explain. */
static int find_step(struct run *r, const struct ana_sim_build *build) {
	const char *text = r->args->explain;
	r->history.report.explain = ANA_NONE;
	if (text == NULL || build->verdicts == NULL) {
		return CMD_OK;
	}
	for (uint32_t i = 0; i < build->variant->step_count; ++i) {
		struct ctx_str name = build->variant->steps[i].name;
		if (memmem(name.ptr, name.len, text, strlen(text)) != NULL) {
			r->history.report.explain = i;
			return CMD_OK;
		}
	}
	cmd_note("--explain: no step's name holds '%s'", text);
	return CMD_ERROR;
}

/** Print, and tell how it went. */
static int finish(struct run *r) {
	struct history *h = &r->history;
	const struct ana_sim_build *build = &h->sim.builds.items[h->sim.builds.count - 1];
	history_report(h, r->env, &r->args->common);
	h->report.old_name = r->old_name;
	h->report.new_name = r->new_name;
	int found = find_step(r, build);
	if (found != CMD_OK) {
		return found;
	}
	if (build->error != NULL) {
		cmd_note("%s", build->error);
	}
	const struct ana_sim_build *old = &h->sim.builds.items[0];
	if (old->damaged) {
		cmd_note("'%s': %s", r->old_name, old->error);
		return CMD_ERROR;
	}
	if (old->error != NULL && build->error == NULL) {
		cmd_note("'%s' cannot be built, so everything is new: %s", r->old_name, old->error);
	}
	int status = present_print(r->env, &r->args->common, r->args->format, print_prediction, &h->report);
	bool invalid = build->variant != NULL && build->variant->error != NULL;
	bool incomplete = build->error != NULL || h->present.partial;
	return status != CMD_OK ? status : invalid ? CMD_INVALID : incomplete ? CMD_ERROR : CMD_OK;
}

/** From the options to the printed verdicts. */
static int run_all(struct run *r) {
	const struct predict_args *args = r->args;
	struct load_args load = args->load;
	load.work = r->new_name == NULL;
	int status = history_open(&r->history, r->env, &load, &args->history, &args->build, &args->common,
		r->new_name != NULL ? r->new_name : r->old_name);
	status = status != CMD_OK ? status : history_add(&r->history, r->env, r->old_name);
	if (status == CMD_OK && r->new_name != NULL) {
		status = history_add(&r->history, r->env, r->new_name);
		status = status != CMD_OK ? status : history_run(&r->history, r->env, &args->common, NULL);
	} else if (status == CMD_OK) {
		status = history_run_work(&r->work, &r->history, r->env, &args->load, &args->common);
	}
	if (status == CMD_OK) {
		history_tell_unused(&r->history, 1, NULL);
	}
	return status != CMD_OK ? status : finish(r);
}

/** struct cmd's run. */
static int run_predict(struct cmd_env *env, const void *args_) {
	const struct predict_args *args = args_;
	const struct opt_list *operands = &args->operands;
	struct run r = { .env = env, .args = args, .history = HISTORY_INIT, .work = HISTORY_WORK_INIT };
	r.old_name = operands->values.count > 0 ? operands->values.items[0] : "HEAD";
	r.new_name = operands->values.count > 1 ? operands->values.items[1] : NULL;
	int status = run_all(&r);
	history_work_release(&r.work);
	history_release(&r.history);
	return status;
}

const struct cmd cmd_predict = {
	.name = "predict",
	.usage = "[OPTIONS] [OLD [NEW]]",
	.summary = "which steps would be made again if NEW is built after OLD, and why",
	.about =
		"The dry run: tell for every step whether a build of NEW, on a builder that has built OLD, takes it from the cache, "
		"and if not, what is to blame: the files that changed, the instruction, an argument, the base image, or a step "
		"before it.\n\n"
		"OLD is HEAD unless it is named, NEW the files as they are. Files that git knows to be unchanged are not read. A file "
		"that is not what a checkout writes is another one, also where only line ends differ and git calls it clean.",
	.examples = "predict                # what do my changes cost?\n"
		    "predict main           # and those of this branch?\n"
		    "predict v1.0 v1.1 --assume run=unchanged\n"
		    "predict --explain 'RUN make'\n",
	.sets = { { predict_opts, 0 }, { history_cache_opts, offsetof(struct predict_args, history) },
		{ history_opts, offsetof(struct predict_args, history) },
		{ history_follow_opts, offsetof(struct predict_args, history) },
		{ build_opts, offsetof(struct predict_args, build) },
		{ load_opts, offsetof(struct predict_args, load) },
		{ load_umask_opts, offsetof(struct predict_args, load) },
		{ cmd_common_opts, offsetof(struct predict_args, common) } },
	.args_size = sizeof(struct predict_args),
	.operands_at = offsetof(struct predict_args, operands),
	.max_operands = 2,
	.operand = "REV",
	.run = run_predict,
};
