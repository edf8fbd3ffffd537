/**
 * Two simulations side by side: of two branches, Dockerfiles, deployments or umasks, each on a builder of its own; and what changes if
 * both share one.
 */
#ifndef ANALYZER_CACHE_COMPARE_H
#define ANALYZER_CACHE_COMPARE_H

#include "analyzer/cache/simulate.h"

/** Verdicts of one side. */
struct ana_compare_count {
	uint32_t hits, misses, unknown;
	/** Seconds of the misses. */
	double seconds;
};

/** What sharing a builder does to one side. */
struct ana_compare_reuse {
	/** Misses of the side alone that are hits on the shared builder; and hits that are none any more. */
	uint32_t helped, hurt;
	/** Seconds of both. */
	double helped_seconds, hurt_seconds;
};

/** One step over both histories. */
struct ana_compare_row {
	/** As of the newest build that has it, of the first side if both do. */
	struct ctx_str name, stage, instruction;
	uint32_t line;
	double seconds;
	/** The newest build of a side has it. */
	bool current;
	struct ana_compare_count alone[2];
	/** Zero where nothing is shared. */
	struct ana_compare_count shared[2];
	struct ana_compare_reuse reuse[2];
};

/** The outcome.  Zero-initialised is valid and empty. */
struct ana_compare {
	CTX_VEC(struct ana_compare_row) rows;
	/** Of all rows. */
	struct ana_compare_row total;
	/** Builds of each side, and those that could not be built. */
	uint32_t builds[2], failed[2];
	/** Both were also built on one builder. */
	bool is_shared;
};

/**
 * Compare.
 *
 * @alone   Each side.  Borrowed: must outlive `out`, as `shared` must.
 * @shared  Builds of both sides on one builder; NULL.
 * @sides   0 or 1 for each build of `shared`; the builds of a side are those of its own simulation, in the same order.
 * @return  0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_compare_make(struct ana_compare *out, const struct ana_sim *const alone[2], const struct ana_sim *shared,
	const unsigned char *sides, struct ctx_error *err);
void ana_compare_release(struct ana_compare *compare);
#define ana_auto_compare CTX_CLEANUP(ana_compare_release)

#endif
