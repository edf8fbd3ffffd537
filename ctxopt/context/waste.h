/**
 * Well-known things that a build seldom needs and that are sent all the same: version control, installed dependencies,
 * build output, caches, logs, secrets.
 *
 * Facts, not advice: whether a build reads them is not decided here.  A name that could as well hold sources ("build",
 * "target", "vendor") counts only where the file beside it shows which tool made it.
 */
#ifndef CTXOPT_CONTEXT_WASTE_H
#define CTXOPT_CONTEXT_WASTE_H

#include "ctxopt/context/measure.h"

/** What kind of thing it is. */
enum ctx_waste_class {
	CTX_WASTE_VCS,
	CTX_WASTE_DEPENDENCIES,
	CTX_WASTE_OUTPUT,
	CTX_WASTE_CACHE,
	CTX_WASTE_EDITOR,
	CTX_WASTE_LOG,
	CTX_WASTE_SECRET,
	/** Settings of one person or machine. */
	CTX_WASTE_LOCAL,
	/** From here on no kinds of this module: what git tracks, and only people and services look at. */
	CTX_WASTE_SERVICE,
	CTX_WASTE_RECIPE,
	CTX_WASTE_TEXT,
};

/** How the name of a kind is compared: whole, as the end, or as the beginning of an entry's name. */
enum ctx_waste_match { CTX_WASTE_EXACT, CTX_WASTE_SUFFIX, CTX_WASTE_PREFIX };

/** One well-known name. */
struct ctx_waste_kind {
	const char *name;
	enum ctx_waste_match match;
	enum ctx_waste_class class;
	/** A directory with everything below it, or single files. */
	bool directory;
	/** One of these files lies in the same directory; none: no matter where it is. */
	const char *beside[5];
};

/** What an entry's name can be told from at once: most names are of no kind.  Fill with ctx_waste_filter_make(). */
struct ctx_waste_filter {
	bool first[256], last[256];
};
void ctx_waste_filter_make(struct ctx_waste_filter *filter);
/** The kind of an entry of `dir`, or NULL. */
const struct ctx_waste_kind *ctx_waste_kind_of(const struct ctx_waste_filter *filter, const struct ctx_dir *dir,
	const struct ctx_entry *e);
/** The kind's name as people write it: "*.log", ".env.*". */
void ctx_waste_pattern(struct ctx_buf *out, const struct ctx_waste_kind *kind);

/** All places of one name. */
struct ctx_waste_row {
	/** What the places have in common: ".git", "node_modules", "*.log".  Owned by the arena. */
	const char *name;
	enum ctx_waste_class class;
	/** A directory with everything below it, or single files. */
	bool directory;
	/** How many places there are, and what is sent for them. */
	uint64_t places;
	struct ctx_totals totals;
	/** The first place.  Owned by the arena. */
	const char *example;
	size_t example_len;
};

/** What was found, most bytes first; secrets, whose bytes do not matter, stand last. */
struct ctx_waste {
	CTX_VEC(struct ctx_waste_row) rows;
	/** Of all rows together; a place inside another one counts once. */
	struct ctx_totals totals;
	struct ctx_arena arena;
};

/** Search the kept entries; release with ctx_waste_release().  CTX_E_NOMEM. */
CTX_NODISCARD
int ctx_waste_find(struct ctx_waste *out, struct ctx_snapshot *snap, struct ctx_error *err);
void ctx_waste_release(struct ctx_waste *waste);
#define ctx_auto_waste CTX_CLEANUP(ctx_waste_release)

/** "version control", "dependencies", "build output", and so on.  Static string. */
const char *ctx_waste_class_name(enum ctx_waste_class class);

#endif
