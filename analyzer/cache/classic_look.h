/**
 * What the COPY and ADD steps of a classic build copy, as far as it can be known without building.
 *
 * The counterpart of content.h: results of stages that others copy from are composed, and hashed as the classic builder does.
 */
#ifndef ANALYZER_CACHE_CLASSIC_LOOK_H
#define ANALYZER_CACHE_CLASSIC_LOOK_H

#include "analyzer/cache/classic_plan.h"
#include "analyzer/cache/content.h"

struct ana_classic_looker;

/** What looks into the builds of one plan; for one thread.  All is borrowed, and must outlive it.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_classic_looker_new(struct ana_classic_looker **out, const struct ana_classic_plan *plan,
	struct ana_selections *selections, const struct ana_assumptions *assumptions, struct ctx_error *err);
void ana_classic_looker_free(struct ana_classic_looker *looker);

/**
 * Find out what is copied.
 * @root   The context.
 * @out    One for each step; `runs` are steps.  Of a step that fails, `missing` is set, and those behind it are not looked at.
 * @arena  Where `runs` go.
 * @return 0; errors as ana_contents_make().
 */
CTX_NODISCARD
int ana_classic_look(struct ana_classic_looker *looker, struct ana_dir *root, struct ana_content *out,
	struct ctx_arena *arena, struct ctx_error *err);

#endif
