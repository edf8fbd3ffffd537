#include "analyzer/report/history.h"
#include "analyzer/report/json_parts.h"
#include "ctxopt/base/pool.h"

#include <pthread.h>

/** Containers from this depth on are written on one line: a step is one line. */
#define INLINE_DEPTH 4
/** Changed paths of one step that are named. */
#define PATHS_SHOWN 20
/** Causes of one step. */
#define CAUSES_SHOWN 10

/** A string that need not end in NUL. */
static void put_str(struct ctx_json *j, const char *key, struct ctx_str text) {
	ctx_json_string(j, key, text.ptr == NULL ? "" : text.ptr, text.len);
}

/** Paths of one kind of change. */
static void put_paths(struct ctx_json *j, const char *key, const struct ana_sim_changes *changes,
	enum ana_change_kind kind, uint32_t *shown) {
	ctx_json_array(j, key);
	for (uint32_t i = 0; i < changes->item_count && *shown < PATHS_SHOWN; ++i) {
		if (changes->items[i].kind == kind) {
			ctx_json_string(j, NULL, changes->items[i].path, strlen(changes->items[i].path));
			++*shown;
		}
	}
	ctx_json_end(j);
}

void ana_json_put_rate(struct ctx_json *j, uint64_t hits, uint64_t misses) {
	if (hits + misses == 0) {
		ctx_json_null(j, "hit_rate");
	} else {
		ctx_json_double(j, "hit_rate", (double)hits / (double)(hits + misses));
	}
}

void ana_json_put_changes(struct ctx_json *j, const struct ana_sim_changes *changes) {
	uint32_t shown = 0, total = ana_sim_changes_total(changes);
	ctx_json_object(j, "changed");
	put_paths(j, "added", changes, ANA_CHANGE_ADDED, &shown);
	put_paths(j, "removed", changes, ANA_CHANGE_REMOVED, &shown);
	put_paths(j, "modified", changes, ANA_CHANGE_MODIFIED, &shown);
	put_paths(j, "mode", changes, ANA_CHANGE_MODE, &shown);
	ctx_json_uint(j, "omitted", total - shown);
	ctx_json_end(j);
}

/** One step of one build. */
static void put_step(struct ctx_json *j, const struct ana_sim_build *build, uint32_t index) {
	const struct ana_variant_step *step = &build->variant->steps[index];
	const struct ana_sim_verdict *v = &build->verdicts[index];
	ctx_json_object(j, NULL);
	put_str(j, "name", step->name);
	put_str(j, "stage", step->stage);
	put_str(j, "instruction", step->instruction);
	ctx_json_uint(j, "line", step->line);
	ctx_json_str(j, "verdict", ana_hit_name(v->hit));
	ctx_json_str(j, "cause", v->cause == ANA_CAUSE_NONE ? NULL : ana_cause_name(v->cause));
	if (v->blame != index) {
		put_str(j, "because_of", build->variant->steps[v->blame].name);
	}
	if (v->changes != NULL) {
		ana_json_put_changes(j, v->changes);
	}
	if (v->assumed) {
		ctx_json_bool(j, "assumed", true);
	}
	ctx_json_double(j, "cost_seconds", ana_sim_step_seconds(build, index));
	ctx_json_uint(j, "cost_bytes", ana_variant_step_bytes(step));
	ctx_json_end(j);
}

/** The steps of a build; none after an error. */
static void put_steps(struct ctx_json *j, const struct ana_sim_build *build) {
	ctx_json_array(j, "steps");
	for (uint32_t i = 0; build->verdicts != NULL && i < build->variant->step_count; ++i) {
		put_step(j, build, i);
	}
	ctx_json_end(j);
}

/** One build. */
static void put_build(struct ctx_json *j, const struct ana_history *r, const struct ana_sim_build *build) {
	char time[32], id[CTX_OID_HEX_MAX];
	const struct ctx_gitlog_commit *commit = build->commit == ANA_NONE ? NULL : &r->commits[build->commit];
	ctx_json_object(j, NULL);
	ctx_json_str(j, "commit", commit == NULL ? NULL : ctx_oid_hex(id, &commit->id));
	ctx_json_str(j, "branch", commit == NULL ? NULL : ana_build_branch(r, build));
	ctx_json_str(j, "time",
		commit == NULL || !ana_time_is_valid(commit->time) ? NULL : ana_time_text(time, commit->time));
	ana_json_put_path(j, "dockerfile", build->dockerfile);
	ctx_json_bool(j, "dockerfile_valid", build->variant != NULL && build->variant->error == NULL);
	ctx_json_str(j, "error", build->error);
	put_steps(j, build);
	ctx_json_end(j);
}

/** Builds that are written together by one thread. */
#define BLOCK 32

/** Blocks, which are made by any thread and put out in order. */
struct blocks {
	struct ctx_json *j;
	const struct ana_history *r;
	size_t count;
	pthread_mutex_t lock;
	pthread_cond_t turn;
	/** Under the lock: blocks that were taken, and that were put out; one of them could not be. */
	size_t taken, next;
	bool failed;
};

/** Write the builds of a block. */
static void put_block(struct ctx_json *j, const struct ana_history *r, size_t block) {
	size_t end = (block + 1) * BLOCK < r->sim->builds.count ? (block + 1) * BLOCK : r->sim->builds.count;
	for (size_t i = block * BLOCK; i < end; ++i) {
		put_build(j, r, &r->sim->builds.items[i]);
	}
}

/** Make a block in `out`, and put it out when those before it are.  Under the lock, which is left meanwhile. */
static void make_block(struct blocks *b, size_t index, struct ctx_out *out) {
	struct ctx_json part = ctx_json_part(b->j, out, index > 0);
	ctx_buf_reset(&out->buf);
	pthread_mutex_unlock(&b->lock);
	put_block(&part, b->r, index);
	pthread_mutex_lock(&b->lock);
	while (b->next < index && !b->failed) {
		pthread_cond_wait(&b->turn, &b->lock);
	}
	b->failed = b->failed || !ctx_buf_ok(&out->buf) || b->j->out->sysno != 0;
	if (!b->failed) {
		ctx_json_put_part(b->j, out);
		++b->next;
	}
	pthread_cond_broadcast(&b->turn);
}

/** ctx_index_fn: make blocks until there are no more. */
static int make_blocks(CTX_UNUSED unsigned worker, CTX_UNUSED size_t index, void *arg,
	CTX_UNUSED struct ctx_error *err) {
	struct blocks *b = arg;
	struct ctx_out out;
	ctx_out_init_mem(&out);
	pthread_mutex_lock(&b->lock);
	while (b->taken < b->count && !b->failed) {
		make_block(b, b->taken++, &out);
	}
	pthread_mutex_unlock(&b->lock);
	ctx_out_abort(&out);
	return 0;
}

/** "builds": a hundred megabytes for five thousand builds of a long Dockerfile, hence the threads. */
static void put_builds(struct ctx_json *j, const struct ana_history *r) {
	struct blocks b = { .j = j,
		.r = r,
		.count = (r->sim->builds.count + BLOCK - 1) / BLOCK,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.turn = PTHREAD_COND_INITIALIZER };
	ctx_json_array(j, "builds");
	bool alone = r->jobs < 2 || b.count < 2 || ctx_pool_each(r->jobs, NULL, r->jobs, make_blocks, &b, NULL) < 0;
	for (; (alone || b.failed) && b.next < b.count; ++b.next) { // also what there was no memory for
		put_block(j, r, b.next);
	}
	ctx_json_end(j);
	pthread_cond_destroy(&b.turn);
	pthread_mutex_destroy(&b.lock);
}

/** Why a step of the history missed. */
static void put_causes(struct ctx_json *j, const struct ana_sim_row *row) {
	ctx_json_array(j, "top_causes");
	for (uint32_t i = 0; i < row->cause_count && i < CAUSES_SHOWN; ++i) {
		const struct ana_sim_cause *cause = &row->causes[i];
		ctx_json_object(j, NULL);
		ctx_json_str(j, "cause", ana_cause_name(cause->cause));
		bool path = cause->cause == ANA_CAUSE_INPUTS;
		if (*cause->what != '\0') {
			ctx_json_string(j, path ? "path" : "step", cause->what, strlen(cause->what));
		}
		ctx_json_uint(j, "misses", cause->misses);
		ctx_json_uint(j, "alone", cause->alone);
		ctx_json_end(j);
	}
	ctx_json_end(j);
}

/** One step over the history. */
static void put_row(struct ctx_json *j, const struct ana_sim_row *row) {
	ctx_json_object(j, NULL);
	put_str(j, "name", row->name);
	put_str(j, "stage", row->stage);
	put_str(j, "instruction", row->instruction);
	ctx_json_uint(j, "line", row->line);
	ctx_json_uint(j, "hits", row->hits);
	ctx_json_uint(j, "misses", row->misses);
	ctx_json_uint(j, "unknown", row->unknown);
	ana_json_put_rate(j, row->hits, row->misses);
	ctx_json_double(j, "cost_seconds", row->miss_seconds);
	ctx_json_uint(j, "begun", row->begun);
	ctx_json_double(j, "begun_seconds", row->begun_seconds);
	put_causes(j, row);
	ctx_json_end(j);
}

/** "summary". */
static void put_summary(struct ctx_json *j, const struct ana_history *r) {
	const struct ana_sim *sim = r->sim;
	struct ana_history_sums sums = ana_history_sum(sim);
	ctx_json_object(j, "summary");
	ctx_json_uint(j, "builds", sim->builds.count);
	ctx_json_uint(j, "failed_builds", sim->failed);
	ctx_json_uint(j, "hits", sums.hits);
	ctx_json_uint(j, "misses", sums.misses);
	ctx_json_uint(j, "unknown", sums.unknown);
	if (r->cache_bytes > 0) {
		ctx_json_uint(j, "dropped_results", sim->dropped);
	}
	ana_json_put_rate(j, sums.hits, sums.misses);
	ctx_json_array(j, "steps");
	for (size_t i = 0; i < sim->rows.count; ++i) {
		if (sim->rows.items[i].last_build != ANA_NONE) {
			put_row(j, &sim->rows.items[i]);
		}
	}
	ctx_json_end(j);
	ctx_json_double(j, "rebuild_seconds", sim->seconds);
	ctx_json_double(j, "unknown_seconds", sim->unknown_seconds);
	ctx_json_end(j);
}

/** What all verdicts rest on. */
static void put_assumptions(struct ctx_json *j, const struct ana_history *r) {
	char umask_text[8];
	snprintf(umask_text, sizeof(umask_text), "%03o", r->umask_bits & 0777u);
	ctx_json_object(j, "assumptions");
	ctx_json_str(j, "cache", r->cache);
	if (r->cache_bytes > 0) {
		ctx_json_uint(j, "cache_size", r->cache_bytes);
	}
	ctx_json_str(j, "run", r->run_assumption);
	ctx_json_str(j, "image", r->image_assumption);
	for (size_t i = 0; i < r->varying_count; ++i) {
		if (i == 0) {
			ctx_json_array(j, "args");
		}
		ctx_json_string(j, NULL, r->varying[i].ptr, r->varying[i].len);
	}
	if (r->varying_count > 0) {
		ctx_json_end(j);
	}
	ctx_json_str(j, "umask", umask_text);
	ctx_json_end(j);
}

void ana_json_put_moves(struct ctx_json *j, const struct ana_sim *sim) {
	char id[CTX_OID_HEX_MAX];
	ctx_json_array(j, "moves");
	for (size_t i = 0; i < sim->moves.count; ++i) {
		const struct ana_move *move = &sim->moves.items[i];
		ctx_json_object(j, NULL);
		ana_json_put_path(j, "from", move->from);
		ana_json_put_path(j, "to", move->to);
		ctx_json_str(j, "commit", move->commit.len == 0 ? NULL : ctx_oid_hex(id, &move->commit));
		ctx_json_uint(j, "similarity", move->percent);
		ctx_json_end(j);
	}
	ctx_json_end(j);
}

void ana_json_simulate(struct ctx_out *out, const struct ana_history *r) {
	struct ctx_json j;
	ctx_json_init(&j, out, INLINE_DEPTH);
	ana_json_put_head(&j, &r->head, "ctxopt.simulate/1");
	put_assumptions(&j, r);
	ana_json_put_moves(&j, r->sim);
	put_builds(&j, r);
	put_summary(&j, r);
	ana_json_put_warnings(&j, &r->head);
}

void ana_json_predict(struct ctx_out *out, const struct ana_history *r) {
	struct ctx_json j;
	const struct ana_sim_build *build = &r->sim->builds.items[r->sim->builds.count - 1];
	ctx_json_init(&j, out, INLINE_DEPTH);
	ana_json_put_head(&j, &r->head, "ctxopt.predict/1");
	put_assumptions(&j, r);
	ctx_json_str(&j, "old", r->old_name);
	ctx_json_str(&j, "new", r->new_name);
	ana_json_put_moves(&j, r->sim);
	ctx_json_bool(&j, "dockerfile_valid", build->variant != NULL && build->variant->error == NULL);
	ctx_json_str(&j, "error", build->error);
	put_steps(&j, build);
	ctx_json_double(&j, "rebuild_seconds", build->seconds);
	ctx_json_double(&j, "unknown_seconds", build->unknown_seconds);
	ana_json_put_warnings(&j, &r->head);
}

void ana_json_put_cache(struct ctx_json *j, const struct ana_overview_cache *cache) {
	if (cache == NULL) {
		ctx_json_null(j, "cache");
		return;
	}
	ctx_json_object(j, "cache");
	ctx_json_uint(j, "builds", cache->builds);
	ctx_json_uint(j, "hits", cache->hits);
	ctx_json_uint(j, "misses", cache->misses);
	ana_json_put_rate(j, cache->hits, cache->misses);
	if (cache->worst == NULL) {
		ctx_json_null(j, "worst");
	} else {
		ctx_json_object(j, "worst");
		put_str(j, "name", cache->worst->name);
		ctx_json_uint(j, "misses", cache->worst->begun);
		ctx_json_double(j, "rebuild_seconds", cache->worst->begun_seconds);
		ctx_json_end(j);
	}
	ctx_json_end(j);
}
