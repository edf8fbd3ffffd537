/**
 * `ctxopt compare`: two branches, Dockerfiles, ignore files, deployments or umasks side by side.
 */
#include "analyzer/report/history.h"
#include "ctxopt/cli/history.h"

/** What differs. */
enum difference { OF_BRANCHES, OF_FILES, OF_IGNORE_FILES, OF_CACHES, OF_UMASKS, DIFFERENCES };

/** The command line. */
struct compare_args {
	struct cmd_common common;
	struct build_args build;
	struct history_args history;
	/** NULL if not given. */
	const char *context;
	struct opt_list operands, files, ignore_files, caches, umasks;
	unsigned commits;
	bool first_parent;
	int format;
};

/** Check of --cache. */
static int check_cache(const char *text, struct ctx_error *err) {
	return history_cache_kind(text) >= 0 ? 0 : ctx_fail(err, CTX_E_USAGE, "'%s' is not " HISTORY_CACHES, text);
}

/** Check of --umask. */
static int check_umask(const char *text, struct ctx_error *err) {
	size_t len = strlen(text);
	return len > 0 && len <= 4 && strspn(text, "01234567") == len && strtoul(text, NULL, 8) <= 0777
		? 0
		: ctx_fail(err, CTX_E_USAGE, "'%s' is not an octal number from 0 to 777", text);
}

// clang-format off
static const struct opt compare_opts[] = {
	{ .kind = OPT_GROUP, .help = "What to compare: two BRANCH operands, or one of these given twice" },
	{ .kind = OPT_LIST, .name = "file", .letter = 'f', .arg = "PATH", .flags = OPT_PATHS, .at = offsetof(struct compare_args, files),
	  .help = "the Dockerfile, relative to the working directory (default: Dockerfile in the context)" },
	{ .kind = OPT_LIST, .name = "ignore-file", .arg = "FILE", .flags = OPT_PATHS, .at = offsetof(struct compare_args, ignore_files),
	  .help = "rules in place of those of each commit's own ignore file; '' for its own" },
	{ .kind = OPT_LIST, .name = "cache", .arg = "DEPLOYMENT", .at = offsetof(struct compare_args, caches),
	  .check = check_cache,
	  .help = HISTORY_CACHES ": one long-lived builder, or a new one for each build that imports the last export "
		  "(default: local)" },
	{ .kind = OPT_LIST, .name = "umask", .arg = "MASK", .at = offsetof(struct compare_args, umasks),
	  .check = check_umask,
	  .help = "umask of the checkouts that are built: two machines that share a cache (default: 022)" },
	{ .kind = OPT_GROUP, .help = "Which commits" },
	{ .kind = OPT_UINT, .name = "commits", .letter = 'n', .arg = "N", .preset = "100", .max = 10000000,
	  .at = offsetof(struct compare_args, commits),
	  .help = "at most the newest N commits of each branch; 0 for all" },
	{ .kind = OPT_FLAG, .name = "first-parent",
	  .at = offsetof(struct compare_args, first_parent),
	  .help = "follow merges along their first parent only" },
	{ .kind = OPT_DIR, .name = "context", .arg = "PATH", .at = offsetof(struct compare_args, context),
	  .help = "the context directory (default: .)" },
	PRESENT_FORMAT_OPT(struct compare_args, format),
	{ .kind = OPT_GROUP, .help = "What the cache keeps, and what is assumed" },
	{ .kind = OPT_END },
};
// clang-format on

/** One run. */
struct run {
	struct cmd_env *env;
	const struct compare_args *args;
	enum difference what;
	/** Of each side: options, and the simulation. */
	struct load_args load[2];
	struct history_args history[2];
	struct history sides[2];
	/** Both sides on one builder, if that is asked. */
	struct history both;
	struct ctx_gitlog log;
	/** Side of each build of `both`. */
	unsigned char *side_of;
	struct ana_compare compare;
	struct ana_comparison report;
};

/** Find out what is compared. */
static int choose(struct run *r, struct ctx_error *err) {
	static const char *const names[] = { "two branches", "--file", "--ignore-file", "--cache", "--umask" };
	const struct compare_args *args = r->args;
	const struct opt_list *const lists[] = { &args->operands, &args->files, &args->ignore_files, &args->caches,
		&args->umasks };
	r->what = DIFFERENCES;
	for (unsigned i = 0; i < DIFFERENCES; ++i) {
		size_t count = lists[i]->values.count;
		if (count > 2) {
			return ctx_fail(err, CTX_E_USAGE, "%s: given %zu times, two are compared", names[i], count);
		}
		if (count == 2 && r->what != DIFFERENCES) {
			return ctx_fail(err, CTX_E_USAGE, "%s and %s twice: exactly one thing may differ",
				names[r->what], names[i]);
		}
		r->what = count == 2 ? (enum difference)i : r->what;
	}
	if (r->what == DIFFERENCES) {
		return ctx_fail(err, CTX_E_USAGE,
			"nothing to compare: name two branches, or give --file, --ignore-file, --cache or --umask twice");
	}
	for (unsigned side = 0; side < 2; ++side) {
		const char *name = lists[r->what]->values.items[side];
		r->report.names[side] = r->what == OF_IGNORE_FILES && *name == '\0' ? "of each commit" : name;
	}
	if (strcmp(r->report.names[0], r->report.names[1]) == 0) {
		return ctx_fail(err, CTX_E_USAGE, "'%s' and '%s' are the same", r->report.names[0], r->report.names[1]);
	}
	return 0;
}

/** Value of one side: of those that were given twice its own, else the one that was given; NULL. */
static const char *value_of(const struct opt_list *list, unsigned side) {
	size_t count = list->values.count;
	return count == 0 ? NULL : list->values.items[count == 2 ? side : 0];
}

/** Options of one side. */
static void take_side(struct run *r, unsigned side) {
	const struct compare_args *args = r->args;
	const char *cache = value_of(&args->caches, side), *umask_text = value_of(&args->umasks, side);
	r->load[side] = (struct load_args){ .context = args->context,
		.dockerfile = value_of(&args->files, side),
		.engine = CTX_ENGINE_BUILDKIT,
		.umask_bits = umask_text == NULL ? 022 : (unsigned)strtoul(umask_text, NULL, 8) };
	const char *rules = value_of(&args->ignore_files, side);
	r->history[side] = args->history;
	r->history[side].ignore_file = rules == NULL || *rules == '\0' ? NULL : rules;
	r->history[side].cache = cache == NULL ? ANA_CACHE_LOCAL : history_cache_kind(cache);
	const char *other = value_of(&args->caches, 1 - side);
	if (cache != NULL && history_has_size(history_cache_kind(other)) && !history_has_size(r->history[side].cache)) {
		r->history[side].size.set = false; // it is about the other side
	}
}

/** The newest commit of a side. */
static const char *tip_of(const struct run *r, unsigned side) {
	const struct opt_list *operands = &r->args->operands;
	const char *operand = value_of(operands, side);
	return operand == NULL ? "HEAD" : history_tip(operand);
}

/** Are both sides built on one builder, too? */
static bool is_shared(const struct run *r) {
	return r->what == OF_BRANCHES || r->what == OF_UMASKS;
}

/** Open a side, or both. */
static int open_one(struct run *r, struct history *h, unsigned side) {
	return history_open(h, r->env, &r->load[side], &r->history[side], &r->args->build, &r->args->common,
		tip_of(r, side));
}

/** Open everything. */
static int open_all(struct run *r) {
	struct ctx_error err;
	int status = CMD_OK;
	for (unsigned side = 0; status == CMD_OK && side < 2; ++side) {
		take_side(r, side);
		status = open_one(r, &r->sides[side], side);
	}
	if (status != CMD_OK || !is_shared(r)) {
		return status;
	}
	if (strcmp(r->sides[0].opts.dockerfile, r->sides[1].opts.dockerfile) != 0) {
		ctx_fail(&err, CTX_E_USAGE, "the Dockerfile is '%s' in '%s' and '%s' in '%s'; choose one with --file",
			r->sides[0].opts.dockerfile, r->report.names[0], r->sides[1].opts.dockerfile,
			r->report.names[1]);
		return cmd_fail(r->env, &err);
	}
	status = open_one(r, &r->both, 0);
	r->both.opts.twins = r->what == OF_UMASKS;
	r->both.opts.twin_umask = r->load[1].umask_bits;
	return status;
}

/** Find the commits. */
static int list_commits(struct run *r) {
	static const char *const head[] = { "HEAD" };
	const struct opt_list *operands = &r->args->operands;
	bool any = operands->values.count > 0;
	struct ctx_gitlog_opts opts = { .branches = any ? (const char *const *)operands->values.items : head,
		.branch_count = any ? operands->values.count : 1,
		.max = r->args->commits,
		.first_parent = r->args->first_parent,
		.stop = r->env->stop };
	return history_list(&r->log, &r->sides[0], r->env, &opts);
}

/** Give each side its commits, and both all of them. */
static int deal_commits(struct run *r) {
	struct ctx_error err;
	size_t count = r->log.commits.count;
	r->side_of = ctx_calloc(2 * count + 1, 1);
	bool ok = r->side_of != NULL;
	for (size_t i = 0; ok && i < count; ++i) {
		struct ctx_gitlog_commit commit = r->log.commits.items[i];
		ok = CTX_VEC_PUSH(&r->both.log.commits, commit);
		uint32_t branch = commit.branch;
		if (r->what == OF_BRANCHES) {
			r->side_of[i] = (unsigned char)branch;
		} else {
			r->side_of[2 * i + 1] = 1;
		}
		commit.branch = 0;
		for (uint32_t side = 0; ok && side < 2; ++side) {
			bool mine = r->what != OF_BRANCHES || side == branch;
			ok = !mine || CTX_VEC_PUSH(&r->sides[side].log.commits, commit);
		}
	}
	if (!ok) {
		ctx_fail_nomem(&err);
		return cmd_fail(r->env, &err);
	}
	for (unsigned side = 0; side < 2; ++side) {
		if (r->sides[side].log.commits.count == 0) {
			cmd_note("there are no commits in '%s' that are not in '%s'", r->report.names[side],
				r->report.names[1 - side]);
			return CMD_NOTHING;
		}
	}
	return CMD_OK;
}

/** Simulate. */
static int simulate_all(struct run *r) {
	int status = CMD_OK;
	for (unsigned side = 0; status == CMD_OK && side < 2; ++side) {
		status = history_run(&r->sides[side], r->env, &r->args->common, NULL);
	}
	if (status == CMD_OK) {
		history_tell_unused(r->sides, 2, NULL);
	}
	return status != CMD_OK || !is_shared(r) ? status : history_run(&r->both, r->env, &r->args->common, NULL);
}

/** present_fn. */
static void print_comparison(struct ctx_out *out, const struct ana_renderer *renderer, const void *report) {
	renderer->compare(out, report);
}

/** Fill the report and print it. */
static int finish(struct run *r) {
	static const char *const names[] = { "branch", "file", "ignore-file", "cache", "umask" };
	struct ctx_error err;
	const struct ana_sim *const alone[] = { &r->sides[0].sim, &r->sides[1].sim };
	const struct ana_sim *both = is_shared(r) ? &r->both.sim : NULL;
	if (ana_compare_make(&r->compare, alone, both, r->side_of, &err) < 0) {
		return cmd_fail(r->env, &err);
	}
	struct ana_comparison *report = &r->report;
	present_head(&report->head, r->env, &r->args->common, &r->sides[0].place, &r->sides[0].present);
	report->compare = &r->compare;
	report->sims[0] = alone[0];
	report->sims[1] = alone[1];
	report->what = names[r->what];
	for (unsigned side = 0; side < 2; ++side) {
		report->dockerfiles[side] = r->sides[side].opts.dockerfile;
		report->caches[side] = r->sides[side].report.cache;
		report->umask_bits[side] = r->load[side].umask_bits;
	}
	report->run_assumption = r->sides[0].report.run_assumption;
	report->commit_count = r->log.commits.count;
	ana_time_range(r->log.commits.items, r->log.commits.count, &report->first_time, &report->last_time);
	report->shallow = r->log.shallow;
	int status = present_print(r->env, &r->args->common, r->args->format, print_comparison, report);
	status = status != CMD_OK ? status : history_check(&r->sides[0].sim);
	return status != CMD_OK ? status : history_check(&r->sides[1].sim);
}

/** struct cmd's run. */
static int run_compare(struct cmd_env *env, const void *args) {
	struct run r = { .env = env, .args = args, .sides = { HISTORY_INIT, HISTORY_INIT }, .both = HISTORY_INIT };
	struct ctx_error err;
	int status = choose(&r, &err) < 0 ? cmd_fail(env, &err) : CMD_OK;
	status = status != CMD_OK ? status : open_all(&r);
	status = status != CMD_OK ? status : list_commits(&r);
	status = status != CMD_OK ? status : deal_commits(&r);
	status = status != CMD_OK ? status : simulate_all(&r);
	status = status != CMD_OK ? status : finish(&r);
	ana_compare_release(&r.compare);
	history_release(&r.sides[0]);
	history_release(&r.sides[1]);
	history_release(&r.both);
	ctx_gitlog_release(&r.log);
	free(r.side_of);
	return status;
}

const struct cmd cmd_compare = {
	.name = "compare",
	.usage = "[OPTIONS] BRANCH BRANCH | [OPTIONS] [RANGE]",
	.summary = "hit rates and costs of two branches, Dockerfiles, ignore files, caches or umasks, side by side",
	.about =
		"Simulate a history twice, with exactly one thing that differs, and show each step's hit rate and cost side by "
		"side: A is what is named first, B the other.\n\n"
		"Two branches are built on a builder of their own each, and once more in turn on one builder by commit time: "
		"that tells how many misses of one branch become hits because the other had built the step, and whether sharing "
		"hurts. A commit that both reach is a build of the first one.\n\n"
		"Two umasks are two machines that build the same commits and share a cache: a COPY keys the permissions of its "
		"files, so a checkout with another umask misses what the first machine has just built.",
	.examples = "compare main next                           # do the branches help each other?\n"
		    "compare main next --cache registry-max      # and if the last export wins?\n"
		    "compare --cache local --cache registry-min  # what would a builder that is kept save?\n"
		    "compare --cache local --cache classic       # what did BuildKit change for us?\n"
		    "compare --ignore-file '' --ignore-file proposed    # what would other rules save?\n"
		    "compare -f Dockerfile -f Dockerfile.slim v1.0..main\n"
		    "compare --umask 022 --umask 002 -n 1        # which steps do two machines not share?\n",
	.sets = { { compare_opts, 0 }, { history_opts, offsetof(struct compare_args, history) },
		{ history_follow_opts, offsetof(struct compare_args, history) },
		{ build_opts, offsetof(struct compare_args, build) },
		{ cmd_common_opts, offsetof(struct compare_args, common) } },
	.args_size = sizeof(struct compare_args),
	.operands_at = offsetof(struct compare_args, operands),
	.max_operands = 2,
	.operand = "BRANCH",
	.run = run_compare,
};
