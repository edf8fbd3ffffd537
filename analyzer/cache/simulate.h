/**
 * Builds of a history against a cache: the verdict of every step at every commit, and what is to blame.
 *
 * A Dockerfile that was moved is followed (lineage.h), with the ignore file of the name that it had; and the context with it where that
 * is a directory that it lay in, and which is not there before.
 *
 * In two passes, at the same time:
 *
 *	commits, oldest first    |----------|----------|----------|----------|----------|     stretches
 *	look, in parallel          worker 1   worker 2   worker 1   worker 2   ...            what steps read, what changed: looks
 *	replay, in order                      built once the looks are there                  verdicts, rows
 *	                                                                                      causes, at the end
 *
 * The first looks into the commits, each worker with a repository and a store of trees of its own, and works out what each build's steps
 * read; a commit costs what changed in it.  The second builds one commit after the other against the cache of the deployment, which is
 * cheap and in order: whichever worker is free does it.  What comes out does not depend on how many there are.
 */
#ifndef ANALYZER_CACHE_SIMULATE_H
#define ANALYZER_CACHE_SIMULATE_H

#include "analyzer/cache/deploy.h"
#include "analyzer/cache/lineage.h"
#include "analyzer/cache/solver.h"
#include "analyzer/cache/variant.h"
#include "ctxopt/context/gitlog.h"
#include "ctxopt/context/ignore_file.h"

/** Changed paths that are kept of one step in one build; more are only counted. */
#define ANA_SIM_PATHS_MAX 64

/** Why a step was no hit (product terms). */
enum ana_cause {
	ANA_CAUSE_NONE,
	ANA_CAUSE_FIRST_BUILD,
	ANA_CAUSE_INSTRUCTION,
	ANA_CAUSE_ARGUMENT,
	ANA_CAUSE_BASE,
	ANA_CAUSE_INPUTS,
	ANA_CAUSE_PARENT,
	ANA_CAUSE_STAGE,
	ANA_CAUSE_REMOTE,
	ANA_CAUSE_ABSENT,
	ANA_CAUSE_FORCED,
	ANA_CAUSE_COUNT,
};
/** "first-build", "instruction", ...; "" for none. */
const char *ana_cause_name(enum ana_cause cause);

/** A path that differs from the build before. */
struct ana_sim_path {
	enum ana_change_kind kind;
	/** Relative to the context, NUL-terminated. */
	const char *path;
};

/** What differs in what a step reads. */
struct ana_sim_changes {
	struct ana_sim_path *items;
	uint32_t item_count;
	/** By enum ana_change_kind, also those that are not in `items`. */
	uint32_t counts[ANA_CHANGE_MODE + 1];
};

/** How many paths differ, also those that are not in `items`. */
uint32_t ana_sim_changes_total(const struct ana_sim_changes *changes);

/** One step in one build. */
struct ana_sim_verdict {
	enum ana_hit hit;
	enum ana_cause cause;
	/** Step of the same build that the misses begin with; the step itself if it is its own fault. */
	uint32_t blame;
	/** Row of the step among all of the history. */
	uint32_t row;
	/** The verdict rests on an assumption. */
	bool assumed;
	/** Its cache mounts were filled by an earlier build: it takes `warm_seconds` when it is made again. */
	bool warm;
	/** Set if the cause is INPUTS and the build before had the same step; NULL. */
	const struct ana_sim_changes *changes;
};

/** One build. */
struct ana_sim_build {
	/** Index into the commits; ANA_NONE for the working tree. */
	uint32_t commit;
	/** Path of its Dockerfile, another one than was asked for where that was moved later; NULL if there is none. */
	const char *dockerfile;
	/** NULL if there is no Dockerfile. */
	const struct ana_variant *variant;
	/** Why it could not be built; NULL.  The Dockerfile's place is in front if it is about one. */
	const char *error;
	/** The error is one of the repository: an object is missing or damaged.  What a real build would have left is not known. */
	bool damaged;
	/** By number of the input of the variant's keys, by step of its plan; NULL after an error, and unless asked for. */
	const struct ana_content *contents;
	/** One for each step of the variant; NULL after an error. */
	struct ana_sim_verdict *verdicts;
	/** Seconds of what was made again, unknown steps counted apart. */
	double seconds, unknown_seconds;
};

/** Seconds of a step in a build, if it is made again there. */
double ana_sim_step_seconds(const struct ana_sim_build *build, uint32_t step);

/** What a build costs: what it makes again, unknown steps left out; 0 for one that has an error. */
double ana_sim_build_cost(const struct ana_sim_build *build, enum ana_cost_model model);

/** A cause and how often it was one. */
struct ana_sim_cause {
	enum ana_cause cause;
	/** Path or directory ("src/") for INPUTS, name of a step for PARENT and STAGE; "" for others. */
	const char *what;
	uint32_t misses;
	/** Misses that it caused alone. */
	uint32_t alone;
};

/** One step over the history: steps of several builds with the same stage and the same text are one. */
struct ana_sim_row {
	/** As of the newest build that has it. */
	struct ctx_str name, stage, instruction;
	uint32_t line;
	double seconds;
	uint32_t hits, misses, unknown;
	/** Seconds of its misses. */
	double miss_seconds;
	/** Misses that are its own fault, and the seconds of all that they brought with them, first builds left out. */
	uint32_t begun;
	double begun_seconds;
	/** The worst first. */
	struct ana_sim_cause *causes;
	uint32_t cause_count;
	/** The newest build that has it. */
	uint32_t last_build;
};

/** What to build last, beside the commits: the files as they are. */
struct ana_sim_work {
	/** Ignore rules applied. */
	struct ctx_snapshot *snap;
	ana_identify_fn *identify;
	void *identify_arg;
	/** NULL if there is no Dockerfile. */
	const struct ctx_buf *dockerfile;
	/** As in ana_lineage_work. */
	bool (*is_gone)(void *arg, const char *path);
	void *is_gone_arg;
};

/** How. */
struct ana_sim_opts {
	/** Directory of the repository, opened by each worker. */
	const char *repo;
	/** Path of the Dockerfile and of the context within the tree; "" for the tree's root. */
	const char *dockerfile, *prefix;
	enum ctx_engine engine;
	struct ana_variant_opts variant;
	struct ana_assumptions assumptions;
	/** Build arguments that have another value in each build, such as a commit or a date: each gets the commit's id. */
	const struct ctx_str *varying;
	size_t varying_count;
	struct ana_deployment deployment;
	/** Take a Dockerfile only under its name: where it is missing, there is none. */
	bool no_follow;
	/** Rules in place of those of each commit, and what the file is called; NULL.  The working tree is as it was read. */
	const struct ctx_buf *ignore_text;
	const char *ignore_name;
	/** A Dockerfile in place of that of each commit, also of one that has none; NULL.  Then none is followed, and the working tree is as it was read. */
	const struct ctx_buf *dockerfile_text;
	/** Of checkouts. */
	unsigned umask_bits;
	/** Keep what the inputs of all builds hold, four fifths of all the memory. */
	bool contents;
	/** Verdicts and causes will do: do not find out which inputs changed. */
	bool brief;
	/** Build each commit twice, the second time from a checkout with `twin_umask`: two machines that share a cache. */
	bool twins;
	unsigned twin_umask;
	unsigned jobs;
	const volatile int *stop;
	/** Called after each commit of the first pass with how many are done, from any worker.  NULL. */
	void (*progress)(void *arg, size_t done);
	void *progress_arg;
	/** A repository that rests once all is read, beside what is left to do: to unmap what was read takes time.  NULL. */
	struct ctx_gitrepo *rests;
	/** From ana_sim_list(), with these options and for the commits that it listed; NULL.  Empty afterwards. */
	struct ana_sim_ahead *ahead;
};

/** The outcome. */
struct ana_sim {
	/** In the order of building. */
	CTX_VEC(struct ana_sim_build) builds;
	CTX_VEC(struct ana_variant *) variants;
	/** In the order in which the newest builds have them, older ones last. */
	CTX_VEC(struct ana_sim_row) rows;
	/** Moves of the Dockerfile, the newest first. */
	CTX_VEC(struct ana_move) moves;
	double seconds, unknown_seconds;
	/** Builds that could not be built; of these `damaged` ones. */
	uint32_t failed, damaged;
	/** Results that the cache had no room for. */
	uint64_t dropped;
	/** Memory of workers and of the rest. */
	struct ctx_arena *arenas;
	size_t arena_count;
};

/** What was looked at while commits were being listed. */
struct ana_sim_ahead;
void ana_sim_ahead_free(struct ana_sim_ahead *ahead);

/**
 * List commits as ctx_gitlog_list(), and look into the newest meanwhile: to list them is work for one thread, a fifth of all in short
 * histories.  Only a lone chain of first parents is known before its end.
 *
 * @which  Without `told`, which is needed here.
 * @opts   Borrowed for the call, but `dockerfile` and `prefix` for as long as what comes out.
 * @ahead  Becomes NULL if there was nothing to look at.  Its errors are not told: the simulation will meet them.
 */
CTX_NODISCARD
int ana_sim_list(struct ctx_gitlog *out, struct ana_sim_ahead **ahead, struct ctx_gitrepo *repo,
	const struct ctx_gitlog_opts *which, const struct ana_sim_opts *opts, struct ctx_error *err);

/**
 * Simulate.
 *
 * @commits  Oldest first, as built.  Borrowed for the call.
 * @work     NULL, or what is built after them; NULL with `twins`.
 * @out      Zero-initialised.  Release also after a failure.
 * @return   0, also if no build could be built, or objects are missing or damaged, which is an error of the builds that need them;
 *           CTX_E_USAGE, from the options; CTX_E_INTERRUPTED; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_simulate(struct ana_sim *out, const struct ana_sim_opts *opts, const struct ctx_gitlog_commit *commits,
	size_t commit_count, const struct ana_sim_work *work, struct ctx_error *err);
void ana_sim_release(struct ana_sim *sim);
#define ana_auto_sim CTX_CLEANUP(ana_sim_release)

#endif
