/**
 * What each rule of an ignore file does to one snapshot, and which rules do nothing.
 */
#ifndef CTXOPT_CONTEXT_RULES_H
#define CTXOPT_CONTEXT_RULES_H

#include "ctxopt/context/measure.h"

/** What a rule amounts to in this snapshot. */
enum ctx_rule_state {
	/** The outcome of at least one path is its doing. */
	CTX_RULE_WORKS,
	/** It had a say, and later rules decided otherwise everywhere. */
	CTX_RULE_OVERRULED,
	/** The walk would do without it, but not the look-up that is made when a file is opened (see emptied.h). */
	CTX_RULE_LOOK_UP,
	/** Matches only where other rules had already decided the same. */
	CTX_RULE_SHADOWED,
	/** No path that was seen matches; inside directories that other rules exclude, which nobody opened, one could. */
	CTX_RULE_UNSEEN,
	/** No path matches. */
	CTX_RULE_UNMATCHED,
};

/** One rule in one snapshot. */
struct ctx_rule_fact {
	/** Borrowed from the ignore list. */
	const struct ctx_rule *rule;
	struct ctx_rule_use use;
	enum ctx_rule_state state;
	/** Leaving the rule out would give the same context today: true for the last three states. */
	bool dead;
	/** Line of the rule that shadows it, 0 when none does. */
	unsigned shadowed_by_line;
	/** What it excludes: every excluded entry that it decided, also below a directory. */
	struct ctx_totals excluded;
	/** Of these, directories that were not opened: their contents are not in `excluded`. */
	uint64_t unopened_dirs;
	/** Kept entries that are there because of it ('!' rules). */
	struct ctx_totals kept;
};

/** All rules of an ignore list, in its order. */
struct ctx_rule_facts {
	struct ctx_rule_fact *items;
	size_t count;
	/** How many are dead, and how many of these are shadowed. */
	size_t dead, shadowed;
};

/** Collect; release with ctx_rule_facts_release().  NULL `ig` gives none.  CTX_E_NOMEM. */
CTX_NODISCARD
int ctx_rule_facts_make(struct ctx_rule_facts *out, struct ctx_snapshot *snap, const struct ctx_ignore *ig,
	struct ctx_error *err);
void ctx_rule_facts_release(struct ctx_rule_facts *facts);
#define ctx_auto_rule_facts CTX_CLEANUP(ctx_rule_facts_release)

/** "works", "overruled", "look-up", "shadowed", "unseen", "unmatched".  Static string. */
const char *ctx_rule_state_name(enum ctx_rule_state state);

#endif
