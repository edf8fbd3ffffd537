/**
 * `ctxopt key`: one digest of everything that can change the image of a target.
 */
#include "ctxopt/cli/history_work.h"

/** The command line. */
struct key_args {
	struct load_args load;
	struct cmd_common common;
	struct build_args build;
	/** NULL, or a revision to compare with. */
	const char *explain;
	int format;
};

// clang-format off
static const struct opt key_opts[] = {
	{ .kind = OPT_GROUP, .help = "How to show it" },
	{ .kind = OPT_STR, .name = "explain", .arg = "REV", .flags = OPT_ONCE, .at = offsetof(struct key_args, explain),
	  .help = "tell what differs from the key of another commit: steps, files, configuration" },
	{ .kind = OPT_STR, .name = "commit", .arg = "REV", .flags = OPT_ONCE,
	  .at = offsetof(struct key_args, load) + offsetof(struct load_args, commit),
	  .help = "the key of this commit, not of the files as they are" },
	PRESENT_FORMAT_OPT(struct key_args, format),
	{ .kind = OPT_END },
};
// clang-format on

/** One run. */
struct run {
	struct cmd_env *env;
	const struct key_args *args;
	struct history history;
	struct history_work work;
	struct ana_imagekey key, other;
	CTX_VEC(struct ana_key_difference) differences;
	struct ana_key_view report;
};

/** present_fn. */
static void print_key(struct ctx_out *out, const struct ana_renderer *renderer, const void *report) {
	renderer->key(out, report);
}

/** Part of a key with the same kind and name, and as many of the same before it; NULL. */
static const struct ana_imagekey_part *find_part(const struct ana_imagekey *in, const struct ana_imagekey *of,
	size_t index) {
	const struct ana_imagekey_part *part = &of->parts.items[index];
	size_t before = 0;
	for (size_t i = 0; i < index; ++i) {
		const struct ana_imagekey_part *p = &of->parts.items[i];
		before += p->kind == part->kind && ctx_str_eq(p->name, part->name);
	}
	for (size_t i = 0; i < in->parts.count; ++i) {
		const struct ana_imagekey_part *p = &in->parts.items[i];
		if (p->kind == part->kind && ctx_str_eq(p->name, part->name) && before-- == 0) {
			return p;
		}
	}
	return NULL;
}

/** What changed in what a step reads; NULL if that is not known. */
static const struct ana_sim_changes *changes_of(const struct run *r, const struct ana_imagekey_part *part) {
	const struct ana_sim *sim = &r->history.sim;
	const struct ana_sim_build *build = &sim->builds.items[sim->builds.count - 1];
	return part->step == ANA_NONE ? NULL : build->verdicts[part->step].changes;
}

/** Find what differs. */
static int find_differences(struct run *r) {
	struct ctx_error err;
	bool ok = true;
	for (size_t i = 0; ok && i < r->key.parts.count; ++i) {
		const struct ana_imagekey_part *now = &r->key.parts.items[i], *old = find_part(&r->other, &r->key, i);
		if (old == NULL || !ctx_digest_equal(&old->digest, &now->digest)) {
			struct ana_key_difference d = { old, now, old == NULL ? NULL : changes_of(r, now) };
			ok = CTX_VEC_PUSH(&r->differences, d);
		}
	}
	for (size_t i = 0; ok && i < r->other.parts.count; ++i) {
		if (find_part(&r->key, &r->other, i) == NULL) {
			struct ana_key_difference d = { &r->other.parts.items[i], NULL, NULL };
			ok = CTX_VEC_PUSH(&r->differences, d);
		}
	}
	if (!ok) {
		ctx_fail_nomem(&err);
		return cmd_fail(r->env, &err);
	}
	r->report.other_name = r->args->explain;
	r->report.other = &r->other;
	r->report.differences = r->differences.items;
	r->report.difference_count = r->differences.count;
	return CMD_OK;
}

/** Make the key of a build. */
static int make_key(struct run *r, size_t index, struct ana_imagekey *out) {
	struct ctx_error err;
	const struct ana_sim_build *build = &r->history.sim.builds.items[index];
	if (build->error != NULL) {
		cmd_note("%s", build->error);
		return build->variant != NULL && build->variant->error != NULL ? CMD_INVALID
			: build->variant == NULL && !build->damaged            ? CMD_NOTHING
									       : CMD_ERROR;
	}
	int rc = ana_imagekey_make(out, build->variant, build->contents, &err);
	return rc < 0 ? cmd_fail(r->env, &err) : CMD_OK;
}

/** Make the keys and print. */
static int finish(struct run *r) {
	size_t count = r->history.sim.builds.count;
	int status = make_key(r, count - 1, &r->key);
	if (status == CMD_OK && r->args->explain != NULL) {
		status = make_key(r, 0, &r->other);
		status = status != CMD_OK ? status : find_differences(r);
	}
	if (status != CMD_OK) {
		return status;
	}
	present_head(&r->report.head, r->env, &r->args->common, &r->history.place, &r->history.present);
	r->report.key = &r->key;
	r->report.sim = &r->history.sim;
	status = present_print(r->env, &r->args->common, r->args->format, print_key, &r->report);
	return status == CMD_OK && r->history.present.partial ? CMD_ERROR : status;
}

/** From the options to the printed key. */
static int run_all(struct run *r) {
	const struct key_args *args = r->args;
	const struct history_args plain = { .cache = ANA_CACHE_LOCAL };
	const char *commit = args->load.commit;
	struct load_args load = args->load;
	load.work = commit == NULL;
	int status = history_open(&r->history, r->env, &load, &plain, &args->build, &args->common,
		commit != NULL ? commit : "HEAD");
	r->history.opts.contents = true;
	if (status == CMD_OK && args->explain != NULL) {
		status = history_add(&r->history, r->env, args->explain);
	}
	if (status == CMD_OK && commit != NULL) {
		status = history_add(&r->history, r->env, commit);
		status = status != CMD_OK ? status : history_run(&r->history, r->env, &args->common, NULL);
	} else if (status == CMD_OK) {
		status = history_run_work(&r->work, &r->history, r->env, &args->load, &args->common);
	}
	return status != CMD_OK ? status : finish(r);
}

/** struct cmd's run. */
static int run_key(struct cmd_env *env, const void *args_) {
	const struct key_args *args = args_;
	struct run r = { .env = env, .args = args, .history = HISTORY_INIT, .work = HISTORY_WORK_INIT };
	int status = run_all(&r);
	ana_imagekey_release(&r.key);
	ana_imagekey_release(&r.other);
	CTX_VEC_RELEASE(&r.differences);
	history_work_release(&r.work);
	history_release(&r.history);
	return status;
}

const struct cmd cmd_key = {
	.name = "key",
	.usage = "[OPTIONS]",
	.summary = "one digest of everything that can change the image",
	.about =
		"Print a key that is the same exactly as long as nothing changes that can change the image of the target: use it "
		"as a tag, and skip the build where an image of that tag exists.\n\n"
		"It covers the steps that the target needs, the names, modes and contents of the files that they read, build "
		"arguments that they use, the configuration (CMD, ENV, LABEL and so on, expanded), the platform, and the names "
		"of base images and remote sources. It does not cover what is behind those names (pin digests where that "
		"matters), directories given by --build-context, secrets, and files that no step reads.\n\n"
		"Files are told apart as git does, so that a commit and its clean checkout have the same key; this takes a git "
		"repository with a commit, a plain directory has no key. Permissions are those of a checkout with --umask. Keys stay "
		"the same from one ctxopt to the next unless the changelog says that their version is raised; they hold for "
		"one byte order. The digest (XXH3, 128 bits) is made against accidents, not against attackers.",
	.examples = "key                       # of the files as they are\n"
		    "key --commit HEAD         # of the last commit\n"
		    "key --target test -q      # of one stage\n"
		    "key --explain v1.0        # why is it another one?\n",
	.sets = { { key_opts, 0 }, { build_opts, offsetof(struct key_args, build) },
		{ load_opts, offsetof(struct key_args, load) }, { load_umask_opts, offsetof(struct key_args, load) },
		{ cmd_common_opts, offsetof(struct key_args, common) } },
	.args_size = sizeof(struct key_args),
	.run = run_key,
};
