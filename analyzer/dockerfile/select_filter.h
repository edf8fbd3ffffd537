/**
 * --exclude and --parents of one copy: which entries below a source they let through.
 *
 * Internal to select.[ch].  Both take the matcher of ignore files, with paths relative to the source.  Differences to a walk: --exclude is
 * only asked about what --parents lets through, and no directory is closed.
 * Source: moby/buildkit v0.32.2 cache/contenthash/checksum.go (shouldIncludePath).
 */
#ifndef ANALYZER_DOCKERFILE_SELECT_FILTER_H
#define ANALYZER_DOCKERFILE_SELECT_FILTER_H

#include "analyzer/dockerfile/graph.h"
#include "ctxopt/context/matcher.h"

/** One list of patterns and how to ask it; NULL if there are none. */
struct ana_filter {
	struct ctx_ignore *ig;
	struct ctx_matcher *matcher;
};

/** Both lists. */
struct ana_filters {
	struct ana_filter include, exclude;
	/** Where states are made.  Borrowed. */
	struct ctx_arena *arena;
};

/** What a directory hands down to the entries below it. */
struct ana_filter_state {
	const struct ctx_scope *include, *exclude;
	/** --exclude was not asked about the directory, since --parents did not let it through. */
	bool exclude_unset;
};

/** What the patterns say about an entry. */
struct ana_verdict {
	/** --parents lets it through, and all patterns do. */
	bool matched, included;
	/** For what is below, if it is a directory.  In the arena. */
	struct ana_filter_state state;
};

/**
 * Compile the patterns of a copy.  Release also after a failure.
 * @return 0; CTX_E_SYNTAX, here and below, with BuildKit's words; CTX_E_LIMIT; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_filters_init(struct ana_filters *f, const struct ana_action *action, struct ctx_arena *arena,
	struct ctx_error *err);
void ana_filters_release(struct ana_filters *f);

/**
 * Take position in a directory; the next questions are about its entries.
 *
 * @state  Of the directory; NULL for the one where patterns begin.
 * @dir    Its path as the patterns see it, "" where they begin.
 */
CTX_NODISCARD
int ana_filters_enter(struct ana_filters *f, const struct ana_filter_state *state, const char *dir, size_t len,
	struct ctx_error *err);
/** Ask about an entry of the directory entered last, whose `state` must be the same. */
CTX_NODISCARD
int ana_filters_test(struct ana_filters *f, const struct ana_filter_state *state, struct ctx_str name, bool is_dir,
	struct ana_verdict *out, struct ctx_error *err);
/** Ask about a source itself: to the patterns it is the empty path. */
CTX_NODISCARD
int ana_filters_test_source(struct ana_filters *f, bool is_dir, struct ana_verdict *out, struct ctx_error *err);

/** Can something below a directory get through?  `path` is the directory's, as the patterns see it. */
bool ana_filters_may_pass_below(const struct ana_filters *f, const struct ana_verdict *verdict, struct ctx_str path);
/** Does everything below a directory that got through do so, too? */
bool ana_filters_pass_all_below(const struct ana_filters *f);

/** Does a pattern match component by component, each by itself? */
bool ana_pattern_is_simple(struct ctx_str pattern);
/** Does the start of a simple pattern, as many components as the path has, match the path? */
bool ana_pattern_matches_so_far(struct ctx_str pattern, struct ctx_str path);

#endif
