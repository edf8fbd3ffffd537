/**
 * `ctxopt predict`: the verdict of every step of one build that follows another.
 */
#include "ctxopt/cli/history.h"

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
	{ .kind = OPT_STR, .name = "explain", .arg = "STEP", .at = offsetof(struct predict_args, explain),
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
	/** The working tree. */
	struct place work;
	struct ctx_gitwork *index;
	struct ctx_buf path;
};

/** Add the commit of a revision to those that are built. */
static int add_commit(struct run *r, const char *revision) {
	struct ctx_error err;
	const char *const names[] = { revision };
	struct ctx_gitlog one = { 0 };
	struct ctx_gitlog_opts opts = { .branches = names, .branch_count = 1, .max = 1, .stop = r->env->stop };
	int rc = ctx_gitlog_list(&one, r->history.place.repo, &opts, &err);
	if (rc == 0 && one.commits.count == 0) {
		rc = ctx_fail(&err, CTX_E_MISSING, "no commit '%s'", revision);
	}
	if (rc == 0 && !CTX_VEC_PUSH(&r->history.log.commits, one.commits.items[0])) {
		rc = ctx_fail_nomem(&err);
	}
	ctx_arena_absorb(&r->history.log.arena, &one.arena);
	ctx_gitlog_release(&one);
	return rc < 0 ? cmd_fail(r->env, &err) : CMD_OK;
}

/** ana_identify_fn: the blob that a file of the working tree would be. */
static int identify(void *arg, struct ctx_dir *dir, struct ctx_entry *entry, struct ctx_digest *out,
	struct ctx_error *err) {
	struct run *r = arg;
	struct ctx_oid oid;
	ctx_buf_reset(&r->path);
	ctx_buf_add(&r->path, ctx_buf_str(&r->history.place.prefix), r->history.place.prefix.len);
	if (r->path.len > 0) {
		ctx_buf_addc(&r->path, '/');
	}
	ctx_entry_path(&r->path, dir, entry);
	if (!ctx_buf_ok(&r->path)) {
		return ctx_fail_nomem(err);
	}
	if ((entry->flags & (CTX_ENTRY_REFUSED | CTX_ENTRY_UNREADABLE)) != 0) {
		*out = ctx_hash_bytes("", 0); // arrives empty
		return 0;
	}
	int rc = ctx_gitwork_blob(r->index, ctx_buf_str(&r->path), entry, &oid, err);
	if (rc == 0) {
		*out = ana_filetree_oid(&oid);
	}
	return rc;
}

/**
 * Give the files the permissions that a checkout would give them: what git does not track is no difference between two builds on one
 * machine.  Returns how many had others.
 */
static size_t normalise_modes(struct ctx_snapshot *snap, unsigned umask_bits) {
	size_t others = 0;
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		bool dir = e->kind == CTX_KIND_DIR;
		if (!dir && e->kind != CTX_KIND_FILE) {
			continue;
		}
		unsigned all = dir || (e->mode & 0100) != 0 ? 0777 : 0666, want = all & ~umask_bits;
		others += ctx_entry_kept(e) && (e->mode & 07777) != want;
		e->mode = (e->mode & ~(uint32_t)07777) | want;
	}
	return others;
}

/** Read the working tree, and build it after the commit. */
static int build_work(struct run *r) {
	struct ctx_error err;
	int status = load_place(r->env, &r->work, &r->args->load, NULL);
	struct load_opts load = { .common = &r->args->common };
	status = status != CMD_OK ? status : load_entries(r->env, &r->work, &r->args->load, &load);
	if (status != CMD_OK) {
		return status;
	}
	int rc = load_dockerfile(&r->work, &err);
	rc = rc < 0 ? rc : ctx_gitwork_open(&r->index, r->history.place.repo, &err);
	rc = rc < 0 ? rc : present_problems(&r->history.present, r->work.snap, false, &err);
	if (rc < 0) {
		return cmd_fail(r->env, &err);
	}
	size_t others = normalise_modes(r->work.snap, r->args->load.umask_bits);
	if (others > 0 && r->args->common.verbose) {
		cmd_note("%zu files and directories have other permissions than a checkout with umask %03o gives them",
			others, r->args->load.umask_bits);
	}
	struct ana_sim_work work = { .snap = r->work.snap,
		.identify = identify,
		.identify_arg = r,
		.dockerfile = r->work.dockerfile_read ? &r->work.dockerfile_text : NULL };
	return history_run(&r->history, r->env, &r->args->common, &work);
}

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
	if (old->error != NULL && build->error == NULL) {
		cmd_note("'%s' cannot be built, so everything is new: %s", r->old_name, old->error);
	}
	int status = present_print(r->env, &r->args->common, r->args->format, print_prediction, &h->report);
	bool invalid = build->variant != NULL && build->variant->error != NULL;
	return status != CMD_OK ? status : invalid ? CMD_INVALID : build->error != NULL ? CMD_ERROR : CMD_OK;
}

/** From the options to the printed verdicts. */
static int run_all(struct run *r) {
	const struct predict_args *args = r->args;
	int status = history_open(&r->history, r->env, &args->load, &args->history, &args->build, &args->common,
		r->new_name != NULL ? r->new_name : r->old_name);
	status = status != CMD_OK ? status : add_commit(r, r->old_name);
	if (status == CMD_OK && r->new_name != NULL) {
		status = add_commit(r, r->new_name);
		status = status != CMD_OK ? status : history_run(&r->history, r->env, &args->common, NULL);
	} else if (status == CMD_OK) {
		status = build_work(r);
	}
	return status != CMD_OK ? status : finish(r);
}

/** struct cmd's run. */
static int run_predict(struct cmd_env *env, const void *args_) {
	const struct predict_args *args = args_;
	const struct opt_list *operands = &args->operands;
	struct run r = { .env = env, .args = args, .history = HISTORY_INIT, .work = PLACE_INIT };
	r.old_name = operands->values.count > 0 ? operands->values.items[0] : "HEAD";
	r.new_name = operands->values.count > 1 ? operands->values.items[1] : NULL;
	int status = run_all(&r);
	history_release(&r.history);
	ctx_gitwork_free(r.index);
	place_release(&r.work);
	ctx_buf_release(&r.path);
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
		"OLD is HEAD unless it is named, NEW the files as they are. Files that git knows to be unchanged are not read.",
	.examples = "predict                # what do my changes cost?\n"
		    "predict main           # and those of this branch?\n"
		    "predict v1.0 v1.1 --assume run=unchanged\n"
		    "predict --explain 'RUN make'\n",
	.sets = { { predict_opts, 0 }, { history_cache_opts, offsetof(struct predict_args, history) },
		{ history_opts, offsetof(struct predict_args, history) },
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
