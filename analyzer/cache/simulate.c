#include "analyzer/cache/simulate_internal.h"

#include "analyzer/cache/classic.h"

#include <stdio.h>
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

/** The second pass. */
struct replay {
	struct ana_sim *sim;
	const struct ana_sim_opts *opts;
	const struct ctx_gitlog_commit *commits;
	struct ana_look *looks;
	struct ana_caches *caches;
	/** Of the classic builder in their place. */
	struct ana_classic_images *images;
	struct ctx_error *err;
	/** By row: 1 + the build that had it last. */
	uint32_t *last_had;
	/** 1 + the last build that was built. */
	uint32_t last_built;
	/** Room for results of the largest graph. */
	struct ana_vertex_result *results;
	/** The build that `results` are of, if the next one like it is bound to be the same; NULL. */
	const struct ana_look *steady;
	/** What the cache held after it. */
	struct tally {
		const struct ana_keystore *store;
		size_t nodes, links;
		uint64_t results, dropped;
	} tally;
	/** Sizes of results, where the deployment has a limit; NULL. */
	uint64_t *bytes;
};

/** The cause of a verdict. */
static enum ana_cause cause_of(const struct replay *r, const struct ana_variant *v,
	const struct ana_vertex_result *result, uint32_t row, uint32_t vertex, bool first) {
	if (first) {
		return ANA_CAUSE_FIRST_BUILD;
	}
	switch (result->reason) {
	case ANA_REASON_FORCED:
		return ANA_CAUSE_FORCED;
	case ANA_REASON_OPERATION:
		return r->last_built > 0 && r->last_had[row] == r->last_built ? ANA_CAUSE_ARGUMENT
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
static bool is_content_assumed(const struct replay *r, const struct ana_content *content) {
	bool again = false;
	for (uint32_t k = 0; k < content->run_count; ++k) {
		again = again || r->results[content->runs[k]].made;
	}
	return content->assumed || (again && r->opts->assumptions.run == ANA_RUN_CHANGED);
}

/** Does a verdict? */
static bool is_assumed(const struct replay *r, const struct ana_look *look, uint32_t vertex) {
	const struct ana_variant *v = look->variant;
	if (v->classic) {
		return is_content_assumed(r, &look->contents[vertex]);
	}
	const struct ana_vertex_key *key = &v->keys.vertices[vertex];
	for (uint32_t i = 0; i < key->input_count; ++i) {
		const struct ana_content *content = &look->contents[v->keys.first[vertex] + i];
		if (key->inputs[i].by_content && is_content_assumed(r, content)) {
			return true;
		}
	}
	return false;
}

/** Note the verdicts of a build. */
static int take_verdicts(struct replay *r, uint32_t index, bool first) {
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
		if (result->hit == ANA_HIT) {
			continue;
		}
		verdict->cause = cause_of(r, v, result, verdict->row, vertex, first);
		uint32_t blame = v->step_of[result->blame];
		verdict->blame = blame == ANA_NONE ? i : blame;
		verdict->changes = verdict->cause == ANA_CAUSE_INPUTS && look->changes != NULL ? look->changes[i]
											       : NULL;
		double *sum = result->hit == ANA_MISS ? &build->seconds : &build->unknown_seconds;
		*sum += v->steps[i].seconds;
	}
	return 0;
}

/** The step that fails a build, in words. */
static int fail_missing(struct replay *r, struct ana_sim_build *build, const struct ana_look *look) {
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
		uint64_t known = look->contents[v->keys.first[vertex] + i].bytes;
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
static void repeat(const struct replay *r, struct ana_keystore *store, const struct ana_variant *v, int64_t time) {
	for (uint32_t i = v->keys.count; i-- > 0;) { // as the solver numbers uses
		if (r->results[i].loaded) {
			ana_keystore_use(store, r->results[i].node, time);
		}
	}
}

/** Build against a cache.  On a builder that lives on, most builds are like the one before. */
static int solve_in(struct replay *r, struct ana_keystore *store, const struct ana_look *look, int64_t time) {
	const struct ana_variant *v = look->variant;
	struct tally before = tally(store);
	if (r->steady != NULL && r->steady->variant == v && r->steady->contents == look->contents &&
		same_tally(&r->tally, &before)) {
		repeat(r, store, v, time);
		return 0;
	}
	struct ana_solve_opts opts = {
		.graph = &v->graph,
		.keys = &v->keys,
		.contents = look->contents,
		.run = r->opts->assumptions.run,
		.time = time,
	};
	int rc = ana_solve(store, &opts, r->results, r->err);
	r->tally = tally(store);
	r->steady = r->opts->deployment.kind == ANA_CACHE_LOCAL && same_tally(&r->tally, &before) ? look : NULL;
	return rc;
}

/** The classic builder does not know how to go on, in its words. */
static int fail_plan(struct replay *r, struct ana_sim_build *build, const struct ana_classic_plan *plan) {
	char message[768], line[16] = "";
	if (plan->failure_line > 0) {
		snprintf(line, sizeof(line), ":%u", plan->failure_line);
	}
	snprintf(message, sizeof(message), "%s%s: %s", build->dockerfile, line, plan->failure);
	build->error = ctx_arena_memdup0(&r->sim->arenas[0], message, strlen(message));
	return build->error != NULL ? 0 : ctx_fail_nomem(r->err);
}

/** Note that the steps of a build were had. */
static void note_built(struct replay *r, const struct ana_variant *v, uint32_t index) {
	for (uint32_t i = 0; i < v->step_count; ++i) {
		r->last_had[v->rows[i]] = index + 1;
	}
	r->last_built = index + 1;
}

/** One build of the classic builder.  One that fails has no verdicts, but leaves the images that it made before. */
static int build_classic(struct replay *r, uint32_t index) {
	const struct ana_look *look = &r->looks[index];
	const struct ana_classic_plan *plan = &look->variant->plan;
	bool first = ana_classic_images_empty(r->images);
	struct ana_classic_build build = { .plan = plan,
		.contents = look->contents,
		.run = r->opts->assumptions.run,
		.no_cache = r->opts->variant.keys.no_cache,
		.steps = look->missing != ANA_NONE ? look->missing : (uint32_t)plan->steps.count };
	int rc = ana_classic_build(r->images, &build, r->results, r->err);
	if (rc < 0 || r->sim->builds.items[index].error != NULL) {
		return rc;
	}
	rc = take_verdicts(r, index, first);
	note_built(r, look->variant, index);
	return rc;
}

/** One build that goes through. */
static int solve(struct replay *r, uint32_t index, uint32_t branch, int64_t time) {
	const struct ana_look *look = &r->looks[index];
	const struct ana_variant *v = look->variant;
	struct ana_keystore *store;
	int rc = ana_caches_start(r->caches, branch, time, &store, r->err);
	if (rc < 0) {
		return rc;
	}
	bool first = store->nodes.count == 0;
	rc = solve_in(r, store, look, time);
	rc = rc < 0 ? rc : take_verdicts(r, index, first);
	for (uint32_t i = 0; rc == 0 && r->bytes != NULL && i < v->graph.vertices.count; ++i) {
		r->bytes[i] = r->results[i].made ? size_of(look, i) : 0;
	}
	rc = rc < 0 ? rc : ana_caches_finish(r->caches, branch, &v->graph, r->results, r->bytes, r->err);
	note_built(r, v, index);
	return rc;
}

/** One build. */
static int replay(struct replay *r, uint32_t index) {
	struct ana_sim_build *build = &r->sim->builds.items[index];
	const struct ana_look *look = &r->looks[index];
	build->error = look->error;
	build->damaged = look->damaged;
	int rc = 0;
	if (build->error == NULL && look->missing != ANA_NONE) {
		rc = fail_missing(r, build, look);
	}
	bool classic = look->variant != NULL && look->variant->classic && look->variant->error == NULL;
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
	if (!classic) {
		// The working tree is built right after the newest commit
		uint32_t at = build->commit == ANA_NONE && index > 0 ? r->sim->builds.items[index - 1].commit
								     : build->commit;
		const struct ctx_gitlog_commit *like = at == ANA_NONE ? NULL : &r->commits[at];
		rc = solve(r, index, like == NULL ? 0 : like->branch, like == NULL ? 0 : like->time);
	}
	r->sim->seconds += build->seconds;
	r->sim->unknown_seconds += build->unknown_seconds;
	return rc;
}

/** The second pass. */
static int replay_all(struct replay *r) {
	size_t largest = 0;
	for (size_t i = 0; i < r->sim->variants.count; ++i) {
		const struct ana_variant *v = r->sim->variants.items[i];
		size_t count = v->classic ? v->plan.steps.count : v->graph.vertices.count;
		largest = count > largest ? count : largest;
	}
	r->results = ctx_calloc(largest + 1, sizeof(*r->results));
	r->last_had = ctx_calloc(r->sim->rows.count + 1, sizeof(*r->last_had));
	r->images = ana_classic_images_new();
	bool limited = r->opts->deployment.max_bytes > 0;
	r->bytes = limited ? ctx_calloc(largest + 1, sizeof(*r->bytes)) : NULL;
	bool ok = r->results != NULL && r->last_had != NULL && r->images != NULL && (!limited || r->bytes != NULL);
	int rc = ok ? ana_caches_new(&r->caches, &r->opts->deployment, r->err) : ctx_fail_nomem(r->err);
	for (uint32_t i = 0; rc == 0 && i < r->sim->builds.count; ++i) {
		rc = replay(r, i);
	}
	r->sim->dropped = r->caches != NULL ? ana_caches_dropped(r->caches) : 0;
	ana_caches_free(r->caches);
	ana_classic_images_free(r->images);
	free(r->results);
	free(r->bytes);
	free(r->last_had);
	return rc;
}

/** List the builds, of which `times` are of each commit. */
static int list_builds(struct ana_sim *sim, size_t commit_count, unsigned times, bool work,
	const struct ana_look *looks, struct ctx_error *err) {
	for (uint32_t i = 0; i < commit_count * times + work; ++i) {
		uint32_t commit = i / times;
		struct ana_sim_build build = { .commit = commit < commit_count ? commit : ANA_NONE,
			.dockerfile = looks[i].dockerfile,
			.variant = looks[i].variant,
			.contents = looks[i].contents };
		if (!CTX_VEC_PUSH(&sim->builds, build)) {
			return ctx_fail_nomem(err);
		}
	}
	return 0;
}

/** Take over what a second first pass made. */
static int take_over(struct ana_sim *out, struct ana_sim *from, struct ctx_error *err) {
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
	rc = rc < 0 ? rc : ana_sim_look(out, opts, input, apart, err);
	rc = rc < 0 ? rc : ana_sim_look(&second, &other, input, apart + count, err);
	rc = rc < 0 ? rc : take_over(out, &second, err);
	for (size_t i = 0; rc == 0 && i < count; ++i) {
		looks[2 * i] = apart[i];
		looks[2 * i + 1] = apart[count + i];
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

/** The first pass, once or for twins. */
static int look(struct ana_sim *out, const struct ana_sim_opts *opts, const struct ana_sim_input *input,
	struct ana_look *looks, struct ctx_error *err) {
	return opts->twins ? look_twice(out, opts, input, looks, err) : ana_sim_look(out, opts, input, looks, err);
}

/** The first pass, again if a Dockerfile is missing somewhere in between: it may have had another name there. */
static int look_for_all(struct ana_sim *out, const struct ana_sim_opts *opts, struct ana_sim_input *input,
	struct ana_look *looks, struct ctx_error *err) {
	ana_auto_lineage struct ana_lineage lineage = { 0 };
	size_t builds = (opts->twins ? 2 : 1) * input->count + (input->work != NULL);
	bool traced = !opts->no_follow && input->count > 0 && !has_dockerfile(opts, &input->commits[0]);
	int rc = traced ? trace(&lineage, opts, input, err) : 0;
	input->paths = lineage.paths;
	rc = rc < 0 ? rc : look(out, opts, input, looks, err);
	if (rc == 0 && !traced && !opts->no_follow && lacks_dockerfile(looks, builds)) {
		rc = trace(&lineage, opts, input, err);
		if (rc == 0 && lineage.paths != NULL) {
			ana_sim_release(out);
			memset(looks, 0, builds * sizeof(*looks));
			input->paths = lineage.paths;
			rc = look(out, opts, input, looks, err);
		}
	}
	return rc < 0 ? rc : keep_lineage(out, &lineage, err);
}

int ana_simulate(struct ana_sim *out, const struct ana_sim_opts *opts, const struct ctx_gitlog_commit *commits,
	size_t commit_count, const struct ana_sim_work *work, struct ctx_error *err) {
	unsigned times = opts->twins ? 2 : 1;
	struct ana_look *looks = ctx_calloc(times * commit_count + 2, sizeof(*looks));
	if (looks == NULL) {
		return ctx_fail_nomem(err);
	}
	struct replay r = { .sim = out, .opts = opts, .commits = commits, .looks = looks, .err = err };
	struct ana_sim_input input = { .commits = commits, .count = commit_count, .work = opts->twins ? NULL : work };
	int rc = look_for_all(out, opts, &input, looks, err);
	rc = rc < 0 ? rc : list_builds(out, commit_count, times, work != NULL, looks, err);
	rc = rc < 0 ? rc : ana_sim_rows_make(out, err);
	rc = rc < 0 ? rc : replay_all(&r);
	rc = rc < 0 ? rc : ana_sim_rows_count(out, err);
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
	sim->arenas = NULL;
	sim->arena_count = 0;
}
