/**
 * What the files of selector.h share.
 */
#ifndef ANALYZER_CACHE_SELECTOR_INTERNAL_H
#define ANALYZER_CACHE_SELECTOR_INTERNAL_H

#include "analyzer/cache/selector.h"

/** Deepest nesting that is looked into; more is CTX_E_LIMIT. */
#define ANA_SELECTION_DEPTH_MAX 4096

/** The spot of an entry. */
static inline struct ana_spot ana_spot_of(const struct ana_file *file) {
	return (struct ana_spot){ file, file->kind == CTX_KIND_DIR ? file->dir : NULL };
}

/** The store whose trees are selected from. */
struct ana_filetree *ana_selections_store(const struct ana_selections *s);

/** Find the tops of a selection, less what its patterns leave out.  As ana_tops_find(). */
CTX_NODISCARD
int ana_selection_tops(struct ana_selections *s, struct ana_dir *root, const struct ana_selector *sel,
	struct ana_tops *out, struct ctx_error *err);

#endif
