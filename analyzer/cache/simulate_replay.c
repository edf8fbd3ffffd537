#include "analyzer/cache/simulate_internal.h"

#include "analyzer/cache/classic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ana_replay {
	struct ana_sim *sim;
	const struct ana_sim_opts *opts;
	const struct ana_sim_input *input;
	struct ana_look *looks;
	struct ana_sim_row_maker *rows;
	struct ana_caches *caches;
	/** Of the classic builder in their place. */
	struct ana_classic_images *images;
	/** Of the call. */
	struct ctx_error *err;
	/** By row: 1 + the build that had it last. */
	CTX_VEC(uint32_t) last_had;
	/** 1 + the last build that was built. */
	uint32_t last_built;
	/** Room for results of the largest graph so far. */
	struct ana_vertex_result *results;
	/** What the build of `results` was made from, if the next one like it is bound to be the same; NULL. */
	const struct ana_variant *steady;
	struct ana_sim_contents *steady_contents;
	/** What the cache held after it. */
	struct tally {
		const struct ana_keystore *store;
		size_t nodes, links;
		uint64_t results, dropped;
	} tally;
	/** Cache mounts that were filled, by `kept` of their steps (borrowed from variants): when last, and 1 + the build. */
	struct ctx_strmap kept;
	CTX_VEC(struct kept_use {
		uint32_t build;
		int64_t time;
	})
	kept_uses;
	/** Sizes of results, where the deployment has a limit; NULL. */
	uint64_t *bytes;
	/** Room in both. */
	size_t room;
};

struct ana_sim_contents *ana_sim_contents_new(size_t count) {
	struct ana_sim_contents *c = NULL;
	if (count < (SIZE_MAX - sizeof(*c)) / sizeof(c->items[0])) {
		c = ctx_calloc(1, sizeof(*c) + count * sizeof(c->items[0]));
	}
	if (c != NULL) {
		atomic_init(&c->users, 1);
	}
	return c;
}

struct ana_sim_contents *ana_sim_contents_join(struct ana_sim_contents *contents) {
	// Relaxed: who joins knows of it from one who has it
	(void)atomic_fetch_add_explicit(&contents->users, 1, memory_order_relaxed);
	return contents;
}

void ana_sim_contents_leave(struct ana_sim_contents *contents) {
	// The last to leave frees after all that others did
	if (contents != NULL && atomic_fetch_sub_explicit(&contents->users, 1, memory_order_acq_rel) == 1) {
		free(contents);
	}
}

/** BuildKit's garbage collection begins with cache mounts that were not used for so long (cmd/buildkitd/config/gcpolicy.go, v0.32.2). */
#define KEPT_SECONDS (48 * 3600)

/** Note whether the cache mounts of a step were filled by an earlier build, and that they are now. */
static int use_kept(struct ana_replay *r, uint32_t index, uint32_t step, int64_t time) {
	const struct ana_sim_build *build = &r->sim->builds.items[index];
	struct ctx_str key = build->variant->steps[step].kept;
	const struct ana_deployment *where = &r->opts->deployment;
	if (key.ptr == NULL || where->kind != ANA_CACHE_LOCAL) {
		return 0;
	}
	uint32_t at = ctx_strmap_get(&r->kept, key.ptr, key.len);
	struct kept_use use = at == CTX_STRMAP_NONE ? (struct kept_use){ 0 } : r->kept_uses.items[at];
	int64_t age = time - use.time;
	build->verdicts[step].warm = use.build > 0 && use.build <= index &&
		(where->max_bytes == 0 || age <= KEPT_SECONDS) &&
		(where->ttl_seconds == 0 || age <= where->ttl_seconds);
	if (build->verdicts[step].hit != ANA_MISS) {
		return 0;
	}
	if (at == CTX_STRMAP_NONE) {
		at = ctx_strmap_put(&r->kept, key.ptr, key.len, (uint32_t)r->kept_uses.count);
		if (at == CTX_STRMAP_NONE || !CTX_VEC_PUSH(&r->kept_uses, use)) {
			return ctx_fail_nomem(r->err);
		}
	}
	r->kept_uses.items[at] = (struct kept_use){ index + 1, time };
	return 0;
}

/** The cause of a verdict. */
static enum ana_cause cause_of(const struct ana_replay *r, const struct ana_variant *v,
	const struct ana_vertex_result *result, uint32_t row, uint32_t vertex, bool first) {
	if (first) {
		return ANA_CAUSE_FIRST_BUILD;
	}
	switch (result->reason) {
	case ANA_REASON_FORCED:
		return ANA_CAUSE_FORCED;
	case ANA_REASON_OPERATION:
		return r->last_built > 0 && r->last_had.items[row] == r->last_built ? ANA_CAUSE_ARGUMENT
										    : ANA_CAUSE_INSTRUCTION;
	case ANA_REASON_ORDER:
		return ANA_CAUSE_INSTRUCTION;
	case ANA_REASON_SOURCE: {
		if (v->classic) {
			return ANA_CAUSE_BASE;
		}
		uint32_t source = v->keys.vertices[vertex].inputs[result->input].vertex;
		return v->graph.vertices.items[source].op == ANA_OP_IMAGE ? ANA_CAUSE_BASE : ANA_CAUSE_REMOTE;
	}
	case ANA_REASON_INPUTS:
		return ANA_CAUSE_INPUTS;
	case ANA_REASON_STAGE:
		return ANA_CAUSE_STAGE;
	case ANA_REASON_PARENT:
		return ANA_CAUSE_PARENT;
	case ANA_REASON_ABSENT:
		return ANA_CAUSE_ABSENT;
	default:
		return ANA_CAUSE_NONE;
	}
}

/** Does a content rest on something that was assumed? */
static bool is_content_assumed(const struct ana_replay *r, const struct ana_content *content) {
	bool again = false;
	for (uint32_t k = 0; k < content->run_count; ++k) {
		again = again || r->results[content->runs[k]].made;
	}
	return content->assumed || (again && r->opts->assumptions.run == ANA_RUN_CHANGED);
}

/** Does a verdict? */
static bool is_assumed(const struct ana_replay *r, const struct ana_look *look, uint32_t vertex) {
	const struct ana_variant *v = look->variant;
	if (v->classic) {
		return is_content_assumed(r, &look->contents->items[vertex]);
	}
	const struct ana_vertex_key *key = &v->keys.vertices[vertex];
	for (uint32_t i = 0; i < key->input_count; ++i) {
		const struct ana_content *content = &look->contents->items[v->keys.first[vertex] + i];
		if (key->inputs[i].by_content && is_content_assumed(r, content)) {
			return true;
		}
	}
	return false;
}

/** Note the verdicts of a build. */
static int take_verdicts(struct ana_replay *r, uint32_t index, bool first, int64_t time) {
	const struct ana_look *look = &r->looks[index];
	const struct ana_variant *v = look->variant;
	struct ana_sim_build *build = &r->sim->builds.items[index];
	build->verdicts = ctx_arena_calloc(&r->sim->arenas[0], v->step_count + 1, sizeof(*build->verdicts));
	if (build->verdicts == NULL) {
		return ctx_fail_nomem(r->err);
	}
	for (uint32_t i = 0; i < v->step_count; ++i) {
		uint32_t vertex = v->steps[i].vertex;
		const struct ana_vertex_result *result = &r->results[vertex];
		struct ana_sim_verdict *verdict = &build->verdicts[i];
		*verdict = (struct ana_sim_verdict){ .hit = result->hit, .blame = i, .row = v->rows[i] };
		verdict->assumed = is_assumed(r, look, vertex);
		int rc = use_kept(r, index, i, time);
		if (rc < 0) {
			return rc;
		}
		if (result->hit == ANA_HIT) {
			continue;
		}
		verdict->cause = cause_of(r, v, result, verdict->row, vertex, first);
		uint32_t blame = v->step_of[result->blame];
		verdict->blame = blame == ANA_NONE ? i : blame;
		verdict->changes = verdict->cause == ANA_CAUSE_INPUTS && look->changes != NULL ? look->changes[i]
											       : NULL;
		double *sum = result->hit == ANA_MISS ? &build->seconds : &build->unknown_seconds;
		*sum += ana_sim_step_seconds(build, i);
	}
	return 0;
}

/** The step that fails a build, in words. */
static int fail_missing(struct ana_replay *r, struct ana_sim_build *build, const struct ana_look *look) {
	const struct ana_variant *v = look->variant;
	bool classic = v->classic;
	struct ctx_str text = classic ? v->plan.steps.items[look->missing].instruction
				      : v->steps[look->missing].instruction;
	uint32_t line = classic ? v->plan.steps.items[look->missing].line : v->steps[look->missing].line;
	char message[512];
	snprintf(message, sizeof(message), "%s:%u: the build fails: '%.*s' reads what does not exist", look->dockerfile,
		line, (int)(text.len > 200 ? 200 : text.len), text.ptr);
	build->error = ctx_arena_memdup0(&r->sim->arenas[0], message, strlen(message));
	return build->error != NULL ? 0 : ctx_fail_nomem(r->err);
}

/** Size of the result of a vertex: what was measured, what is known to be copied, else what is usual. */
static uint64_t size_of(const struct ana_look *look, uint32_t vertex) {
	const struct ana_variant *v = look->variant;
	const struct ana_vertex *it = &v->graph.vertices.items[vertex];
	uint32_t step = v->step_of[vertex];
	int64_t measured = step == ANA_NONE ? -1 : v->steps[step].bytes;
	if (measured >= 0) {
		return (uint64_t)measured;
	}
	uint64_t sum = it->op == ANA_OP_EXEC ? ana_cost_class_bytes(ana_cost_classify(it)) : 0;
	const struct ana_vertex_key *key = &v->keys.vertices[vertex];
	for (uint32_t i = 0; it->op == ANA_OP_FILE && i < key->input_count; ++i) {
		if (!key->inputs[i].by_content) {
			continue;
		}
		uint64_t known = look->contents->items[v->keys.first[vertex] + i].bytes;
		bool local = v->graph.vertices.items[key->inputs[i].vertex].op == ANA_OP_LOCAL;
		sum += known > 0 || local ? known : ana_cost_class_bytes(ANA_COST_FILES);
	}
	return sum;
}

/** What a cache holds. */
static struct tally tally(const struct ana_keystore *store) {
	return (struct tally){ store, store->nodes.count, store->links.count, store->results, store->dropped };
}

/** Is nothing in the cache that was not there, and nothing missing? */
static bool same_tally(const struct tally *a, const struct tally *b) {
	return a->store == b->store && a->nodes == b->nodes && a->links == b->links && a->results == b->results &&
		a->dropped == b->dropped;
}

/** A build that found everything and changed nothing is built again: it finds the same. */
static void repeat(const struct ana_replay *r, struct ana_keystore *store, const struct ana_variant *v, int64_t time) {
	for (uint32_t i = v->keys.count; i-- > 0;) { // as the solver numbers uses
		if (r->results[i].loaded) {
			ana_keystore_use(store, r->results[i].node, time);
		}
	}
}

/** Build against a cache.  On a builder that lives on, most builds are like the one before. */
static int solve_in(struct ana_replay *r, struct ana_keystore *store, const struct ana_look *look, int64_t time) {
	const struct ana_variant *v = look->variant;
	struct tally before = tally(store);
	if (r->steady == v && r->steady_contents == look->contents && same_tally(&r->tally, &before)) {
		repeat(r, store, v, time);
		return 0;
	}
	struct ana_solve_opts opts = {
		.graph = &v->graph,
		.keys = &v->keys,
		.contents = look->contents->items,
		.run = r->opts->assumptions.run,
		.time = time,
	};
	int rc = ana_solve(store, &opts, r->results, r->err);
	r->tally = tally(store);
	r->steady = r->opts->deployment.kind == ANA_CACHE_LOCAL && same_tally(&r->tally, &before) ? v : NULL;
	ana_sim_contents_leave(r->steady_contents);
	r->steady_contents = ana_sim_contents_join(look->contents);
	return rc;
}

/** The classic builder does not know how to go on, in its words. */
static int fail_plan(struct ana_replay *r, struct ana_sim_build *build, const struct ana_classic_plan *plan) {
	char message[768], line[16] = "";
	if (plan->failure_line > 0) {
		snprintf(line, sizeof(line), ":%u", plan->failure_line);
	}
	snprintf(message, sizeof(message), "%s%s: %s", build->dockerfile, line, plan->failure);
	build->error = ctx_arena_memdup0(&r->sim->arenas[0], message, strlen(message));
	return build->error != NULL ? 0 : ctx_fail_nomem(r->err);
}

/** Note that the steps of a build were had. */
static void note_built(struct ana_replay *r, const struct ana_variant *v, uint32_t index) {
	for (uint32_t i = 0; i < v->step_count; ++i) {
		r->last_had.items[v->rows[i]] = index + 1;
	}
	r->last_built = index + 1;
}

/** One build of the classic builder.  One that fails has no verdicts, but leaves the images that it made before. */
static int build_classic(struct ana_replay *r, uint32_t index) {
	const struct ana_look *look = &r->looks[index];
	const struct ana_classic_plan *plan = &look->variant->plan;
	bool first = ana_classic_images_empty(r->images);
	struct ana_classic_build build = { .plan = plan,
		.contents = look->contents->items,
		.run = r->opts->assumptions.run,
		.no_cache = r->opts->variant.keys.no_cache,
		.steps = look->missing != ANA_NONE ? look->missing : (uint32_t)plan->steps.count };
	int rc = ana_classic_build(r->images, &build, r->results, r->err);
	if (rc < 0 || r->sim->builds.items[index].error != NULL) {
		return rc;
	}
	rc = take_verdicts(r, index, first, 0);
	note_built(r, look->variant, index);
	return rc;
}

/** One build that goes through. */
static int solve(struct ana_replay *r, uint32_t index, uint32_t branch, int64_t time) {
	const struct ana_look *look = &r->looks[index];
	const struct ana_variant *v = look->variant;
	struct ana_keystore *store;
	int rc = ana_caches_start(r->caches, branch, time, &store, r->err);
	if (rc < 0) {
		return rc;
	}
	bool first = store->nodes.count == 0;
	rc = solve_in(r, store, look, time);
	rc = rc < 0 ? rc : take_verdicts(r, index, first, time);
	for (uint32_t i = 0; rc == 0 && r->bytes != NULL && i < v->graph.vertices.count; ++i) {
		r->bytes[i] = r->results[i].made ? size_of(look, i) : 0;
	}
	rc = rc < 0 ? rc : ana_caches_finish(r->caches, branch, &v->graph, r->results, r->bytes, r->err);
	note_built(r, v, index);
	return rc;
}

/** Keep what the inputs of a build hold. */
static int keep_contents(struct ana_replay *r, const struct ana_look *look, struct ana_sim_build *build) {
	const struct ana_variant *v = look->variant;
	size_t count = v->classic ? v->plan.steps.count : v->keys.input_total;
	struct ana_content *copy = ctx_arena_calloc(&r->sim->arenas[0], count + 1, sizeof(*copy));
	if (copy == NULL) {
		return ctx_fail_nomem(r->err);
	}
	memcpy(copy, look->contents->items, count * sizeof(*copy));
	build->contents = copy;
	return 0;
}

/** Make the next entry of the builds; the working tree comes after all commits. */
static int add_build(struct ana_replay *r, uint32_t index) {
	uint32_t commit = index / (r->opts->twins ? 2 : 1);
	const struct ana_look *look = &r->looks[index];
	struct ana_sim_build build = { .commit = commit < r->input->count ? commit : ANA_NONE,
		.dockerfile = look->dockerfile,
		.variant = look->variant,
		.error = look->error,
		.damaged = look->damaged };
	int rc = r->opts->contents && look->contents != NULL ? keep_contents(r, look, &build) : 0;
	return rc < 0 || CTX_VEC_PUSH(&r->sim->builds, build) ? rc : ctx_fail_nomem(r->err);
}

/** Have rows for the steps of a variant, and room for its results. */
static int prepare(struct ana_replay *r, struct ana_variant *v) {
	int rc = ana_sim_rows_make(r->rows, v, r->err);
	size_t count = v->classic ? v->plan.steps.count : v->graph.vertices.count;
	while (rc == 0 && r->last_had.count < r->sim->rows.count) {
		rc = CTX_VEC_PUSH(&r->last_had, 0) ? 0 : ctx_fail_nomem(r->err);
	}
	if (rc < 0 || count < r->room) {
		return rc;
	}
	bool limited = r->opts->deployment.max_bytes > 0;
	struct ana_vertex_result *results = ctx_reallocarray(r->results, 2 * count + 1, sizeof(*results));
	r->results = results != NULL ? results : r->results;
	uint64_t *bytes = limited ? ctx_reallocarray(r->bytes, 2 * count + 1, sizeof(*bytes)) : NULL;
	r->bytes = bytes != NULL ? bytes : r->bytes;
	if (results == NULL || (limited && bytes == NULL)) {
		return ctx_fail_nomem(r->err);
	}
	memset(results + r->room, 0, (2 * count + 1 - r->room) * sizeof(*results));
	r->room = 2 * count + 1;
	return 0;
}

/** Solve a build of BuildKit's: the working tree right after the newest commit. */
static int solve_build(struct ana_replay *r, uint32_t index) {
	const struct ana_sim_build *build = &r->sim->builds.items[index];
	uint32_t at = build->commit == ANA_NONE && index > 0 ? build[-1].commit : build->commit;
	const struct ctx_gitlog_commit *like = at == ANA_NONE ? NULL : &r->input->commits[at];
	return solve(r, index, like == NULL ? 0 : like->branch, like == NULL ? 0 : like->time);
}

/** One build. */
static int replay(struct ana_replay *r, uint32_t index) {
	const struct ana_look *look = &r->looks[index];
	bool valid = look->variant != NULL && look->variant->error == NULL;
	int rc = add_build(r, index);
	rc = rc < 0 || !valid ? rc : prepare(r, look->variant);
	if (rc < 0) {
		return rc;
	}
	struct ana_sim_build *build = &r->sim->builds.items[index];
	if (build->error == NULL && look->missing != ANA_NONE) {
		rc = fail_missing(r, build, look);
	}
	bool classic = valid && look->variant->classic;
	if (rc == 0 && build->error == NULL && classic && look->variant->plan.failure != NULL) {
		rc = fail_plan(r, build, &look->variant->plan);
	}
	if (rc == 0 && classic && look->error == NULL) {
		rc = build_classic(r, index);
	}
	if (rc < 0 || build->error != NULL) {
		++r->sim->failed;
		r->sim->damaged += build->damaged;
		return rc;
	}
	rc = classic ? 0 : solve_build(r, index);
	r->sim->seconds += build->seconds;
	r->sim->unknown_seconds += build->unknown_seconds;
	return rc;
}

int ana_replay_new(struct ana_replay **out, struct ana_sim *sim, const struct ana_sim_opts *opts,
	const struct ana_sim_input *input, struct ana_look *looks, struct ctx_error *err) {
	struct ana_replay *r = ctx_calloc(1, sizeof(*r));
	if (r == NULL) {
		return ctx_fail_nomem(err);
	}
	r->sim = sim;
	r->opts = opts;
	r->input = input;
	r->looks = looks;
	r->rows = ana_sim_row_maker_new(sim);
	r->images = ana_classic_images_new();
	int rc = r->rows != NULL && r->images != NULL ? 0 : ctx_fail_nomem(err);
	rc = rc < 0 ? rc : ana_caches_new(&r->caches, &opts->deployment, err);
	if (rc < 0) {
		ana_replay_free(r);
		return rc;
	}
	*out = r;
	return 0;
}

int ana_replay_run(struct ana_replay *r, size_t end, struct ctx_error *err) {
	int rc = 0;
	r->err = err;
	while (rc == 0 && r->sim->builds.count < end) {
		struct ana_look *look = &r->looks[r->sim->builds.count];
		rc = replay(r, (uint32_t)r->sim->builds.count);
		ana_sim_contents_leave(look->contents);
		look->contents = NULL;
	}
	r->sim->dropped = ana_caches_dropped(r->caches);
	return rc;
}

void ana_replay_free(struct ana_replay *r) {
	if (r == NULL) {
		return;
	}
	ana_sim_contents_leave(r->steady_contents);
	ana_sim_row_maker_free(r->rows);
	ana_caches_free(r->caches);
	ana_classic_images_free(r->images);
	CTX_VEC_RELEASE(&r->last_had);
	CTX_VEC_RELEASE(&r->kept_uses);
	ctx_strmap_release(&r->kept);
	free(r->results);
	free(r->bytes);
	free(r);
}
