/**
 * From options to a simulated history: what `simulate`, `predict` and `compare` share.
 */
#ifndef CTXOPT_CLI_HISTORY_H
#define CTXOPT_CLI_HISTORY_H

#include "ctxopt/cli/build_opts.h"
#include "ctxopt/cli/load.h"
#include "ctxopt/cli/present.h"
#include "ctxopt/context/gitwork.h"

/** Options about the cache and what is assumed. */
struct history_args {
	/** enum ana_cache_kind, enum ana_cache_scope. */
	int cache, scope;
	/** --assume. */
	struct opt_list assume;
	/** Hours. */
	unsigned ttl_hours;
	/** --cache-size. */
	struct opt_size size;
	/** A file of costs; NULL. */
	const char *costs;
	bool no_cache;
	struct opt_list no_cache_filter;
	bool no_follow;
	/** --ignore-file, --instead; NULL. */
	const char *ignore_file, *instead;
};
/** Rows for struct history_args: --cache, --no-follow, and all others. */
extern const struct opt history_cache_opts[], history_follow_opts[], history_opts[];
/** Row for --ignore-file, `history` being a struct history_args of `type`. */
#define HISTORY_IGNORE_FILE_OPT(type, history) \
	{ \
		.kind = OPT_FILE, .name = "ignore-file", .arg = "FILE", .at = offsetof(type, history.ignore_file), \
		.help = "rules in place of those of each commit's own ignore file" \
	}
/** May a cache of this enum ana_cache_kind have a size? */
bool history_has_size(int cache);
/** enum ana_cache_kind of a name for --cache; -1. */
int history_cache_kind(const char *name);
/** Names for --cache in words: "local, registry-max, ...". */
#define HISTORY_CACHES "local, registry-max, registry-min, inline, gha, none or classic"

/** The newest commit of a revision or range: what stands behind "..". */
const char *history_tip(const char *revision);

/** A history.  Initialise with HISTORY_INIT, release with history_release(). */
struct history {
	struct place place;
	struct build_setup setup;
	struct ctx_gitlog log;
	struct ana_costs *costs;
	/** Names of --no-cache-filter. */
	CTX_VEC(struct ctx_str) no_cache;
	/** Names of arguments that are assumed to vary. */
	CTX_VEC(struct ctx_str) varying;
	/** --ignore-file, --instead. */
	struct ctx_buf ignore, instead;
	struct ana_sim_opts opts;
	struct ana_sim sim;
	struct present present;
	struct ana_history report;
};

#define HISTORY_INIT \
	{ .place = PLACE_INIT }

/**
 * Find repository, context and Dockerfile as they are at `revision`, and take the options.  Prints what is wrong.
 *
 * @load    Its `commit` is replaced.  With `work` the Dockerfile is that of the working tree, also if the commit has it not.
 * @return  CMD_OK; CMD_ERROR; CMD_NOTHING, no Dockerfile there; CMD_INTERRUPTED.
 */
int history_open(struct history *h, struct cmd_env *env, const struct load_args *load, const struct history_args *args,
	const struct build_args *build, const struct cmd_common *common, const char *revision);

/** List commits into `log`, some of the repository that is open.  Prints what is wrong, also if there are none.  As history_open(). */
int history_list(struct ctx_gitlog *log, struct history *h, struct cmd_env *env, const struct ctx_gitlog_opts *opts);

/** List the commits that history_run() is to simulate into `h->log`, which begins with the newest meanwhile.  As history_list(). */
int history_begin(struct history *h, struct cmd_env *env, const struct ctx_gitlog_opts *opts);

/** Simulate the commits of `h->log`, and `work` after them unless it is NULL.  Prints what is wrong.  As history_open(). */
int history_run(struct history *h, struct cmd_env *env, const struct cmd_common *common,
	const struct ana_sim_work *work);

/** Tell that objects of the repository could not be read, if that was so.  CMD_ERROR then, as the job was only partly done; CMD_OK. */
int history_check(const struct ana_sim *sim);

/**
 * Say which arguments of --assume no Dockerfile declares, so that nothing follows from them.
 * @sides    Simulated, with the same --assume.
 * @variant  A Dockerfile beside those of the builds; NULL.
 */
void history_tell_unused(const struct history *sides, size_t count, const struct ana_variant *variant);

/** Fill the report, but for what only `predict` knows. */
void history_report(struct history *h, struct cmd_env *env, const struct cmd_common *common);

/** Free everything. */
void history_release(struct history *h);
#define auto_history CTX_CLEANUP(history_release)

#endif
