#include "analyzer/cache/simulate_internal.h"

#include "ctxopt/base/pool.h"

#include <stdlib.h>
#include <string.h>

const char *ana_cause_name(enum ana_cause cause) {
	static const char *const names[] = {
		[ANA_CAUSE_NONE] = "",
		[ANA_CAUSE_FIRST_BUILD] = "first-build",
		[ANA_CAUSE_INSTRUCTION] = "instruction",
		[ANA_CAUSE_ARGUMENT] = "argument",
		[ANA_CAUSE_BASE] = "base",
		[ANA_CAUSE_INPUTS] = "inputs",
		[ANA_CAUSE_PARENT] = "parent",
		[ANA_CAUSE_STAGE] = "stage",
		[ANA_CAUSE_REMOTE] = "remote",
		[ANA_CAUSE_ABSENT] = "absent",
		[ANA_CAUSE_FORCED] = "forced",
	};
	return names[cause];
}

double ana_sim_step_seconds(const struct ana_sim_build *build, uint32_t step) {
	const struct ana_variant_step *it = &build->variant->steps[step];
	return build->verdicts[step].warm ? it->warm_seconds : it->seconds;
}

double ana_sim_build_cost(const struct ana_sim_build *build, enum ana_cost_model model) {
	double sum = 0;
	for (uint32_t i = 0; build->verdicts != NULL && i < build->variant->step_count; ++i) {
		const struct ana_variant_step *step = &build->variant->steps[i];
		double cost = model == ANA_COST_TIME ? ana_sim_step_seconds(build, i)
			: model == ANA_COST_STEPS    ? !step->merge
						     : (double)ana_variant_step_bytes(step);
		sum += build->verdicts[i].hit == ANA_MISS ? cost : 0;
	}
	return sum;
}

int ana_sim_take_over(struct ana_sim *out, struct ana_sim *from, struct ctx_error *err) {
	if (from->arena_count == 0) {
		return 0; // there was no such pass
	}
	struct ctx_arena *arenas = ctx_reallocarray(out->arenas, out->arena_count + from->arena_count, sizeof(*arenas));
	if (arenas == NULL || !CTX_VEC_RESERVE(&out->variants, from->variants.count)) {
		out->arenas = arenas != NULL ? arenas : out->arenas;
		return ctx_fail_nomem(err);
	}
	memcpy(arenas + out->arena_count, from->arenas, from->arena_count * sizeof(*arenas));
	out->arenas = arenas;
	out->arena_count += from->arena_count;
	from->arena_count = 0;
	for (size_t i = 0; i < from->variants.count; ++i) {
		out->variants.items[out->variants.count++] = from->variants.items[i];
	}
	from->variants.count = 0;
	return 0;
}

/** The first pass for twins: what both checkouts hold, in turn. */
static int look_twice(struct ana_sim *out, const struct ana_sim_opts *opts, const struct ana_sim_input *input,
	struct ana_look *looks, struct ctx_error *err) {
	size_t count = input->count;
	struct ana_look *apart = ctx_calloc(2 * count + 1, sizeof(*apart));
	struct ana_sim second = { 0 };
	struct ana_sim_opts other = *opts;
	other.umask_bits = opts->twin_umask;
	int rc = apart != NULL ? 0 : ctx_fail_nomem(err);
	rc = rc < 0 ? rc : ana_sim_look(out, opts, input, apart, NULL, err);
	rc = rc < 0 ? rc : ana_sim_look(&second, &other, input, apart + count, NULL, err);
	rc = rc < 0 ? rc : ana_sim_take_over(out, &second, err);
	for (size_t i = 0; rc == 0 && i < count; ++i) {
		looks[2 * i] = apart[i];
		looks[2 * i + 1] = apart[count + i];
	}
	for (size_t i = 0; rc < 0 && apart != NULL && i < 2 * count; ++i) {
		ana_sim_contents_leave(apart[i].contents);
	}
	ana_sim_release(&second);
	free(apart);
	return rc;
}

/* ---- A Dockerfile that was moved ---- */

/** Is the Dockerfile there under its name?  Where that cannot be told, the first pass will tell. */
static bool has_dockerfile(const struct ana_sim_opts *opts, const struct ctx_gitlog_commit *commit) {
	struct ctx_error ignored;
	struct ctx_gitrepo *repo = NULL;
	struct ana_filetree *store = NULL;
	struct ctx_oid oid;
	int rc = ctx_gitrepo_open(&repo, opts->repo, &ignored);
	rc = rc < 0 ? rc : ana_filetree_new(&store, repo, opts->umask_bits, &ignored);
	rc = rc < 0 ? rc : ana_filetree_blob(store, &commit->tree, opts->dockerfile, &oid, &ignored);
	ana_filetree_free(store);
	ctx_gitrepo_free(repo);
	return rc != 0;
}

/** Was a Dockerfile looked for in vain? */
static bool lacks_dockerfile(const struct ana_look *looks, size_t count) {
	for (size_t i = 0; i < count; ++i) {
		if (looks[i].dockerfile == NULL) {
			return true;
		}
	}
	return false;
}

/** Find out where it was. */
static int trace(struct ana_lineage *out, const struct ana_sim_opts *opts, const struct ana_sim_input *input,
	struct ctx_error *err) {
	const struct ana_sim_work *work = input->work;
	struct ana_lineage_work now;
	struct ana_lineage_opts how = { .path = opts->dockerfile,
		.commits = input->commits,
		.count = input->count,
		.stop = opts->stop };
	if (work != NULL && work->dockerfile != NULL && work->is_gone != NULL) {
		now = (struct ana_lineage_work){ ctx_buf_str(work->dockerfile), work->dockerfile->len, work->is_gone,
			work->is_gone_arg };
		how.work = &now;
	}
	int rc = ctx_gitrepo_open(&how.repo, opts->repo, err);
	rc = rc < 0 ? rc : ana_filetree_new(&how.store, how.repo, opts->umask_bits, err);
	rc = rc < 0 ? rc : ana_lineage_trace(out, &how, err);
	ana_filetree_free(how.store);
	ctx_gitrepo_free(how.repo);
	return rc;
}

/** Keep what was found out. */
static int keep_lineage(struct ana_sim *out, struct ana_lineage *lineage, struct ctx_error *err) {
	for (size_t i = 0; i < lineage->moves.count; ++i) {
		if (!CTX_VEC_PUSH(&out->moves, lineage->moves.items[i])) {
			return ctx_fail_nomem(err);
		}
	}
	ctx_arena_absorb(&out->arenas[0], &lineage->arena);
	return 0;
}

/** Both passes. */
static int build_all(struct ana_sim *out, const struct ana_sim_opts *opts, const struct ana_sim_input *input,
	struct ana_look *looks, struct ctx_error *err) {
	struct ana_replay *replay = NULL;
	int rc = ana_replay_new(&replay, out, opts, input, looks, err);
	if (rc == 0 && opts->twins) {
		rc = look_twice(out, opts, input, looks, err);
		rc = rc < 0 ? rc : ana_replay_run(replay, 2 * input->count, err);
	} else if (rc == 0) {
		struct ana_sim ahead = { 0 };
		if (input->paths == NULL) { // it looked for the Dockerfile where it is
			ana_sim_ahead_take(opts->ahead, &ahead, looks, input->count);
		}
		rc = ana_sim_look(out, opts, input, looks, replay, err);
		int taken = ana_sim_take_over(out, &ahead, err);
		rc = rc < 0 ? rc : taken;
		ana_sim_release(&ahead);
	}
	ana_replay_free(replay);
	return rc;
}

/** Both, again if a Dockerfile is missing somewhere in between: it may have had another name there. */
static int build_where_it_was(struct ana_sim *out, const struct ana_sim_opts *opts, struct ana_sim_input *input,
	struct ana_look *looks, struct ctx_error *err) {
	ana_auto_lineage struct ana_lineage lineage = { 0 };
	size_t builds = (opts->twins ? 2 : 1) * input->count + (input->work != NULL);
	bool follow = !opts->no_follow && opts->dockerfile_text == NULL;
	bool traced = follow && input->count > 0 && !has_dockerfile(opts, &input->commits[0]);
	int rc = traced ? trace(&lineage, opts, input, err) : 0;
	input->paths = lineage.paths;
	rc = rc < 0 ? rc : build_all(out, opts, input, looks, err);
	if (rc == 0 && !traced && follow && lacks_dockerfile(looks, builds)) {
		rc = trace(&lineage, opts, input, err);
		if (rc == 0 && lineage.paths != NULL) {
			ana_sim_release(out);
			memset(looks, 0, builds * sizeof(*looks));
			input->paths = lineage.paths;
			rc = build_all(out, opts, input, looks, err);
		}
	}
	return rc < 0 ? rc : keep_lineage(out, &lineage, err);
}

/** What is left to do when all is built. */
struct ending {
	struct ana_sim *sim;
	struct ctx_gitrepo *rests;
};

/** ctx_index_fn: one part of it. */
static int end_part(CTX_UNUSED unsigned worker, size_t index, void *arg, struct ctx_error *err) {
	const struct ending *e = arg;
	if (index == 0) {
		return ana_sim_rows_count(e->sim, err);
	}
	ctx_gitrepo_rest(e->rests);
	return 0;
}

int ana_simulate(struct ana_sim *out, const struct ana_sim_opts *opts, const struct ctx_gitlog_commit *commits,
	size_t commit_count, const struct ana_sim_work *work, struct ctx_error *err) {
	size_t count = (opts->twins ? 2 : 1) * commit_count + 2;
	struct ana_look *looks = ctx_calloc_touched(count, sizeof(*looks));
	if (looks == NULL) {
		return ctx_fail_nomem(err);
	}
	struct ana_sim_input input = { .commits = commits, .count = commit_count, .work = opts->twins ? NULL : work };
	int rc = build_where_it_was(out, opts, &input, looks, err);
	struct ending ending = { out, opts->rests };
	bool both = opts->rests != NULL && opts->jobs > 1;
	rc = rc < 0 ? rc : ctx_pool_each(both ? 2 : 1, NULL, both ? 2 : 1, end_part, &ending, err);
	for (size_t i = 0; i < count; ++i) {
		ana_sim_contents_leave(looks[i].contents);
	}
	free(looks);
	return rc;
}

void ana_sim_release(struct ana_sim *sim) {
	for (size_t i = 0; i < sim->variants.count; ++i) {
		ana_variant_free(sim->variants.items[i]);
	}
	CTX_VEC_RELEASE(&sim->variants);
	CTX_VEC_RELEASE(&sim->builds);
	CTX_VEC_RELEASE(&sim->rows);
	CTX_VEC_RELEASE(&sim->moves);
	for (size_t i = 0; i < sim->arena_count; ++i) {
		ctx_arena_release(&sim->arenas[i]);
	}
	free(sim->arenas);
	*sim = (struct ana_sim){ 0 };
}
