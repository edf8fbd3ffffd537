/**
 * What the files of simulate.h share.
 *
 *	simulate.c          the two passes
 *	simulate_look.c     the first: versions of files, contents, changes
 *	simulate_rows.c     steps over the whole history, and their causes
 */
#ifndef ANALYZER_CACHE_SIMULATE_INTERNAL_H
#define ANALYZER_CACHE_SIMULATE_INTERNAL_H

#include "analyzer/cache/simulate.h"

/** What the first pass finds out about one build. */
struct ana_look {
	/** NULL if there is no Dockerfile. */
	struct ana_variant *variant;
	/** Why it cannot be built; NULL. */
	const char *error;
	/** By number of the input of the variant's keys; by step of the plan. */
	struct ana_content *contents;
	/** By step of the variant: what differs from the build before; NULL, or NULL where nothing does or it is not known. */
	const struct ana_sim_changes **changes;
	/** Step (of the plan for the classic builder) that reads what does not exist, so that the build fails there; ANA_NONE. */
	uint32_t missing;
};

/** The first pass: `looks` as many as there are builds. */
CTX_NODISCARD
int ana_sim_look(struct ana_sim *sim, const struct ana_sim_opts *opts, const struct ctx_gitlog_commit *commits,
	size_t commit_count, const struct ana_sim_work *work, struct ana_look *looks, struct ctx_error *err);

/** Give every step of every build its row; before the second pass.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_sim_rows_make(struct ana_sim *sim, struct ctx_error *err);
/** Count verdicts and causes; after it.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_sim_rows_count(struct ana_sim *sim, struct ctx_error *err);

#endif
