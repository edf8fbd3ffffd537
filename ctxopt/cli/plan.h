/**
 * From a place and the options of a build line to what the build does: model, graph, what its steps read, what is sent.
 *
 * Three steps, each needing the one before: plan_make() parses, plan_read() looks into the contexts, plan_send() computes
 * transfers.  A place without a Dockerfile, and a Dockerfile with errors, are no failures: `plan->build` says so.
 */
#ifndef CTXOPT_CLI_PLAN_H
#define CTXOPT_CLI_PLAN_H

#include "ctxopt/cli/build_opts.h"
#include "ctxopt/cli/load.h"

/** A local context. */
struct plan_context {
	/** NULL if it was not read.  Owned, but for the main context, which belongs to the place. */
	struct ctx_snapshot *snap;
	/** Its directory, -1 if it is none.  Owned, but for the main context. */
	int fd;
	/** Include patterns that the client applies, from what the steps ask for. */
	struct ana_words patterns;
	/** Its rules, by their index; only for messages.  Borrowed or owned as `snap`. */
	struct ctx_ignore *ignore;
	/** The steps ask for paths, not for everything, and `patterns` are known. */
	bool narrow;
	/** The client cannot send it, since a pattern is malformed: the words of the build that fails; else NULL.  In the plan's arena. */
	const char *failure;
};

/** A plan.  Zero-initialise, must not move after plan_make(), release with plan_release(). */
struct plan {
	struct build_setup setup;
	struct ana_dockerfile model;
	struct ana_graph graph;
	struct ana_reads reads;
	struct ana_outline outline;
	/** One for each of the graph's locals; 0 first. */
	CTX_VEC(struct plan_context) contexts;
	CTX_VEC(struct ana_step_reads) step_reads;
	CTX_VEC(struct ana_sending) sendings;
	struct ctx_groups unread;
	/** What reports borrow. */
	struct ana_build build;
	struct ctx_arena arena;
};

/**
 * Parse the Dockerfile of a place and build its graph.  Prints what is wrong with the options.
 * @return CMD_OK, also for an invalid Dockerfile; CMD_ERROR.
 */
int plan_make(struct plan *plan, struct cmd_env *env, struct place *place, const struct build_args *args);

/** Is there a valid Dockerfile? */
static inline bool plan_ready(const struct plan *plan) {
	return plan->build.outline != NULL;
}

/** Say on standard error that the Dockerfile is not valid: its first error.  Does nothing if it is, or if there is none. */
void plan_note_invalid(const struct plan *plan, const struct cmd_env *env);
/** Say which steps ask for what does not exist. */
void plan_note_missing(const struct plan *plan);

/**
 * Find what the steps read: named contexts are walked, entries get CTX_ENTRY_WANTED and CTX_ENTRY_READ.
 *
 * @place  Its entries are loaded.
 * @top    Directories in the breakdown of what nobody reads; 0 for none.
 */
CTX_NODISCARD
int plan_read(struct plan *plan, const struct cmd_env *env, const struct cmd_common *common, struct place *place,
	size_t top, struct ctx_error *err);

/**
 * Compute what a client sends, now and the next time.
 * @jobs    Threads that ask the file system for what snapshots do not hold.
 * @before  What the builder holds from the last time; NULL for what is there now.
 */
CTX_NODISCARD
int plan_send(struct plan *plan, unsigned jobs, struct place *place, struct ctx_snapshot *before,
	struct ctx_error *err);

/** Called for each entry that a read selects; see plan_select(). */
typedef int plan_select_fn(void *arg, struct ctx_dir *dir, struct ctx_entry *entry);

/**
 * Let `fn` see every entry that one read takes, directories too.  `read` must be of a context that was read.
 * A read of everything costs no path.
 */
CTX_NODISCARD
int plan_select(const struct plan *plan, const struct ana_read *read, struct ana_selection *out, plan_select_fn *fn,
	void *arg, struct ctx_error *err);

/** Free everything. */
void plan_release(struct plan *plan);
#define auto_plan CTX_CLEANUP(plan_release)

#endif
