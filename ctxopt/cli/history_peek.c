#include "ctxopt/cli/history_peek.h"

#include "analyzer/report/history.h"
#include "ctxopt/base/path.h"
#include "ctxopt/base/thread.h"

#include <stdlib.h>

/** Commits that are looked at, and the fewest that tell something. */
#define COMMITS 30
#define COMMITS_MIN 3

bool history_paths_find(struct history_paths *out, const struct place *place, const struct ctx_gitrepo *repo) {
	if (place->kind == PLACE_COMMIT) {
		out->prefix = ctx_buf_str(&place->prefix);
		out->file = ctx_buf_str(&place->dockerfile);
		return out->file[0] != '/';
	}
	const char *workdir = ctx_gitrepo_workdir(repo);
	if (workdir == NULL || realpath(workdir, out->top) == NULL || realpath(place->root, out->root) == NULL ||
		realpath(ctx_buf_str(&place->dockerfile), out->dockerfile) == NULL) {
		return false;
	}
	out->prefix = ctx_path_below(out->root, out->top);
	out->file = ctx_path_below(out->dockerfile, out->top);
	return out->prefix != NULL && out->file != NULL;
}

/** The step that the misses begin with that cost most. */
static void find_worst(struct history_peek *peek) {
	for (size_t i = 0; i < peek->sim.rows.count; ++i) {
		const struct ana_sim_row *row = &peek->sim.rows.items[i];
		const struct ana_sim_row *worst = peek->cache.worst;
		if (row->begun_seconds > (worst == NULL ? 0 : worst->begun_seconds)) {
			peek->cache.worst = row;
		}
	}
}

/** Add up. */
static bool sum_up(struct history_peek *peek) {
	const struct ana_sim *sim = &peek->sim;
	struct ana_history_sums sums = ana_history_sum(sim);
	peek->cache.hits = sums.hits;
	peek->cache.misses = sums.misses;
	peek->cache.builds = (uint32_t)sim->builds.count - sim->failed;
	find_worst(peek);
	return sums.hits + sums.misses > 0 && peek->cache.builds >= COMMITS_MIN;
}

/** Simulate the commits. */
static bool simulate(struct history_peek *peek, const struct history_paths *paths, struct ctx_gitrepo *repo) {
	const struct place *place = peek->place;
	bool commit = place->kind == PLACE_COMMIT;
	const char *tip[] = { commit ? ctx_commit_id(place->commit) : "HEAD" };
	struct ctx_error err;
	struct ctx_gitlog_opts log = { .branches = tip,
		.branch_count = 1,
		.max = COMMITS,
		.first_parent = true,
		.stop = peek->env->stop };
	if (ctx_gitlog_list(&peek->log, repo, &log, &err) < 0 || peek->log.commits.count < COMMITS_MIN ||
		peek->log.shallow) {
		return false;
	}
	struct ana_sim_opts opts = { .repo = place->root,
		.prefix = paths->prefix,
		.dockerfile = paths->file,
		.variant = { .graph = peek->setup.opts },
		.umask_bits = commit ? peek->load->umask_bits : 022,
		.brief = true,
		.jobs = 1,
		.stop = peek->env->stop };
	return ana_simulate(&peek->sim, &opts, peek->log.commits.items, peek->log.commits.count, NULL, &err) == 0;
}

/** The thread. */
static void *look(void *arg) {
	struct history_peek *peek = arg;
	struct history_paths paths;
	struct ctx_error err;
	struct ctx_gitrepo *repo = NULL;
	if (ctx_gitrepo_open(&repo, peek->place->root, &err) == 0) {
		peek->seen = build_setup_make(&peek->setup, peek->build, &err) == 0 &&
			history_paths_find(&paths, peek->place, repo) && simulate(peek, &paths, repo) && sum_up(peek);
	}
	ctx_gitrepo_free(repo);
	return NULL;
}

void history_peek_start(struct history_peek *peek) {
	const struct place *place = peek->place;
	bool local = place->kind == PLACE_DIRECTORY || place->kind == PLACE_COMMIT;
	if (local && !place->dockerfile_from_stdin && place->dockerfile.len > 0 &&
		peek->load->engine == CTX_ENGINE_BUILDKIT) {
		peek->started = ctx_thread_start(&peek->thread, look, peek) == 0;
	}
}

bool history_peek_finish(struct history_peek *peek) {
	if (peek->started) {
		pthread_join(peek->thread, NULL);
		peek->started = false;
	}
	return peek->seen;
}

void history_peek_release(struct history_peek *peek) {
	history_peek_finish(peek);
	ana_sim_release(&peek->sim);
	ctx_gitlog_release(&peek->log);
	build_setup_release(&peek->setup);
}
