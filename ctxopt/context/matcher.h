/**
 * One thread's way to ask an ignore list: for every path of a context, does a build see it, and which rule said so?
 *
 * The automaton is built lazily and moves on from a directory to its entries, so a path costs one table look-up per
 * character of its last component, whatever the number of rules.
 *
 * Decisions follow the walk of BuildKit exactly, including the inheritance "trap": a rule that was skipped at a
 * directory, because it could not change the outcome there, is not inherited below.  Beside it the single look-up is
 * decided, which the client uses when it opens a file to send its bytes, and which can say otherwise.
 * Sources: moby/patternmatcher v0.6.1 patternmatcher.go (MatchesUsingParentResults, MatchesOrParentMatches);
 * tonistiigi/fsutil 6d9dc2eb filter.go (Walk, Open).
 *
 * Lists of Docker 20.10 are decided by its rules: no rule is skipped, the last hit decides, a parent directory counts only
 * at the depth that the pattern has components, an excluded directory is entered by text, and there is no second look-up.
 * Sources: docker/docker v20.10.24 pkg/fileutils/fileutils.go (Matches); fsutil 0834f99b walker.go (Walk).
 *
 *	ctx_matcher_enter(m, scope, "src", 3, err);
 *	for each name in src/:
 *		ctx_matcher_test(m, name, len, &decision, err);
 *		if it is a directory to open: child = ctx_matcher_descend(m, &decision, arena);
 */
#ifndef CTXOPT_CONTEXT_MATCHER_H
#define CTXOPT_CONTEXT_MATCHER_H

#include "ctxopt/base/arena.h"
#include "ctxopt/context/ignore.h"

/** What a directory hands down to its entries.  Immutable, shareable between threads. */
struct ctx_scope {
	/** Excluded by the walk, and by which rule (1-based index, 0 none). */
	bool excluded;
	uint32_t rule;
	/** Outcome of the single look-up for the directory itself. */
	bool refused;
	/** Everything below is excluded, whatever the rules say: the directory is never entered. */
	bool closed;
	/** Rules in effect at this directory, ascending indices: each is a hit for everything below. */
	uint32_t hit_count;
	const uint32_t *hits;
	/** Rules that match this directory or one of its parents, ascending: the single look-up's memory. */
	uint32_t seen_count;
	const uint32_t *seen;
};

/** The scope of the context root: nothing matched.  Static. */
extern const struct ctx_scope ctx_scope_root;

/** Outcome for one entry. */
struct ctx_decision {
	/** The walk leaves the entry out. */
	bool excluded;
	/** The single look-up says excluded: a regular file that is kept but refused arrives empty. */
	bool refused;
	/** A kept entry is possible below: false for an excluded directory that need not be opened. */
	bool may_keep_below;
	/** If the entry is a directory: present although excluded, and at once (Docker 20.10 only). */
	bool present;
	/** 1-based index of the rule that decided, 0 when none did. */
	uint32_t rule;
	/** Rules whose pattern matches this very path, ascending indices; borrowed until the next call. */
	uint32_t match_count;
	const uint32_t *matches;
};

struct ctx_matcher;

/** How often each rule came into play; one per rule. */
struct ctx_rule_use {
	/** Paths that the pattern matches by itself. */
	uint64_t matched;
	/** Of these, paths where it had an effect on the outcome so far (it was not skipped). */
	uint64_t hit;
	/** Paths where it decided, being the last hit, inherited ones not counted. */
	uint64_t decided;
	/** 1-based index of the first rule that had already decided where this one was skipped; 0 none. */
	uint32_t shadowed_by;
	/** A path below an unopened directory could match: `matched` may be too low. */
	bool unseen;
};

/** A matcher for one thread; `ig` is borrowed and must outlive it.  NULL `ig`: nothing is ignored. */
CTX_NODISCARD
int ctx_matcher_new(struct ctx_matcher **out, const struct ctx_ignore *ig, struct ctx_error *err);
void ctx_matcher_free(struct ctx_matcher *m);

/**
 * Take position in a directory: the following tests are for its entries.
 *
 * @scope  The directory's scope; borrowed until the next enter.
 * @dir    Path of the directory relative to the root, "" for the root itself.
 */
CTX_NODISCARD
int ctx_matcher_enter(struct ctx_matcher *m, const struct ctx_scope *scope, const char *dir, size_t dir_len,
	struct ctx_error *err);

/**
 * Decide for one entry of the current directory.
 *
 * @return  0; CTX_E_SYNTAX, a pattern that no build can evaluate was reached (err->line); CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_matcher_test(struct ctx_matcher *m, const char *name, size_t name_len, struct ctx_decision *out,
	struct ctx_error *err);

/**
 * Scope for the subdirectory that was just tested.
 *
 * @arena   Where a new scope is made when the parent's cannot be shared; must live as long as the scope.
 * @return  The scope, or NULL when out of memory.
 */
CTX_NODISCARD
const struct ctx_scope *ctx_matcher_descend(struct ctx_matcher *m, const struct ctx_decision *tested,
	struct ctx_arena *arena);

/**
 * Can no rule match anything below the directory just tested?  Then all of it goes the way that the directory's scope says.
 * False may also mean that it is not known.
 */
bool ctx_matcher_settled(struct ctx_matcher *m);

/** Note that the directory just tested is not opened, so that rules which could match below it are marked unseen. */
void ctx_matcher_skipped(struct ctx_matcher *m);

/** Add this matcher's counts to `use[ctx_ignore_count()]`. */
void ctx_matcher_use(const struct ctx_matcher *m, struct ctx_rule_use *use);

/** Switch the counting of rule use off (or on again, the default). */
void ctx_matcher_count_use(struct ctx_matcher *m, bool on);

/** How a rule took part in a decision. */
enum ctx_trace_how {
	/** The pattern matches the path itself and changed the outcome. */
	CTX_TRACE_MATCHED = 'm',
	/** A hit of a parent directory, in force for everything below it. */
	CTX_TRACE_INHERITED = 'i',
	/** The pattern matches, but was skipped: it could not change the outcome.  Not inherited below. */
	CTX_TRACE_SKIPPED = 's',
};

/** One rule's part in the decision about one path, for `why`. */
struct ctx_trace_step {
	/** 1-based rule index. */
	uint32_t rule;
	enum ctx_trace_how how;
	/** Outcome after this rule. */
	bool excluded;
};

/**
 * Every rule that touched the entry just tested, in file order.
 *
 * @steps  Room for ctx_ignore_count() steps.
 * @return The number of steps.
 */
size_t ctx_matcher_trace(const struct ctx_matcher *m, struct ctx_trace_step *steps);

/**
 * Does one pattern match one path, as moby/patternmatcher decides it?  For tests and single questions; slow.
 * @return 1, 0, or negative as ctx_ignore_compile() and ctx_matcher_test().
 */
CTX_NODISCARD
int ctx_pattern_matches(const char *pattern, const char *path, struct ctx_error *err);

#endif
