/*
 * For one path, only three kinds of rules can matter: those that were hits at its directory, those whose pattern matches
 * the path itself, and broken ones.  The automaton names the second kind; all others leave the outcome and the memory as
 * they are, so they are never looked at:
 *
 *	rules    0  1  2  3  4  5  6  7  8  9        directory: hits {2, 7}
 *	            m  h              m  h           matches of the path: {1, 6}
 *	                                             walked: 1, 2, 6, 7 in order, each flips the outcome or is skipped
 *
 * Most paths match nothing.  Then nothing is walked at all: outcome and memory are those of the directory.
 */
#include "ctxopt/context/matcher.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/buf.h"
#include "ctxopt/base/vec.h"
#include "ctxopt/context/dfa.h"

#include <string.h>

/* Bytes that one thread's automaton may take: some ten thousand states of a usual list. */
#define DFA_BYTES (16u << 20)

/* A growing list of rule indices. */
struct indices {
	uint32_t *items;
	size_t count, cap;
};

struct ctx_matcher {
	/* NULL when nothing is ignored. */
	const struct ctx_ignore *ig;
	struct ctx_ignore_program program;
	struct ctx_dfa *dfa;
	/* The current directory: its scope, its path with a final '/' ("" for the root), and the automaton's state there. */
	const struct ctx_scope *scope;
	struct ctx_buf dir;
	unsigned dir_depth;
	uint32_t dir_state, dir_generation;
	/* Of the entry tested last: the automaton's state, the hits and the seen rules it would hand down. */
	uint32_t state, state_generation;
	struct indices hits, seen, matches;
	bool inherits;
	/* Path of the entry, only for rules that the automaton does not hold. */
	struct ctx_buf path;
	/* One per rule. */
	struct ctx_rule_use *use;
	bool counting;
	/* States whose unseen rules were marked, so that it is done once each; valid for `ahead_generation`. */
	struct indices ahead_done;
	uint32_t ahead_generation;
	bool *ahead;
};

const struct ctx_scope ctx_scope_root = { .excluded = false };

void ctx_matcher_free(struct ctx_matcher *m) {
	if (!m) {
		return;
	}
	ctx_dfa_free(m->dfa);
	ctx_buf_release(&m->dir);
	ctx_buf_release(&m->path);
	CTX_VEC_RELEASE(&m->hits);
	CTX_VEC_RELEASE(&m->seen);
	CTX_VEC_RELEASE(&m->matches);
	CTX_VEC_RELEASE(&m->ahead_done);
	free(m->use);
	free(m->ahead);
	free(m);
}

int ctx_matcher_new(struct ctx_matcher **out, const struct ctx_ignore *ig, struct ctx_error *err) {
	struct ctx_matcher *m = ctx_calloc(1, sizeof(*m));
	if (!m) {
		return ctx_fail_nomem(err);
	}
	m->scope = &ctx_scope_root;
	m->counting = true;
	if (ig && ctx_ignore_count(ig) > 0) {
		size_t rules = ctx_ignore_count(ig);
		m->ig = ig;
		m->program = ctx_ignore_program(ig);
		m->dfa = ctx_dfa_new(m->program.nfa, DFA_BYTES);
		m->use = ctx_calloc(rules, sizeof(*m->use));
		m->ahead = ctx_calloc(rules, sizeof(*m->ahead));
		// Room for every rule, so that nothing can fail in the middle of a decision
		bool room = CTX_VEC_RESERVE(&m->hits, rules) && CTX_VEC_RESERVE(&m->seen, rules) &&
			CTX_VEC_RESERVE(&m->matches, rules);
		if (!m->dfa || !m->use || !m->ahead || !room) {
			ctx_matcher_free(m);
			return ctx_fail_nomem(err);
		}
		m->dir_state = ctx_dfa_start(m->dfa);
		m->dir_generation = ctx_dfa_generation(m->dfa);
	}
	*out = m;
	return 0;
}

/* Bring the automaton to the current directory; CTX_DFA_FAILED when out of memory. */
static uint32_t feed_dir(struct ctx_matcher *m) {
	m->dir_state = ctx_dfa_feed(m->dfa, ctx_dfa_start(m->dfa), ctx_buf_str(&m->dir), m->dir.len);
	m->dir_generation = ctx_dfa_generation(m->dfa);
	return m->dir_state;
}

int ctx_matcher_enter(struct ctx_matcher *m, const struct ctx_scope *scope, const char *dir, size_t dir_len,
	struct ctx_error *err) {
	m->scope = scope;
	if (!m->ig) {
		return 0;
	}
	ctx_buf_reset(&m->dir);
	ctx_buf_add(&m->dir, dir, dir_len);
	if (dir_len > 0) {
		ctx_buf_addc(&m->dir, '/');
	}
	m->dir_depth = 0;
	for (size_t i = 0; m->program.docker_20_10 && i < m->dir.len; ++i) {
		m->dir_depth += m->dir.data[i] == '/';
	}
	if (!ctx_buf_ok(&m->dir) || feed_dir(m) == CTX_DFA_FAILED) {
		return ctx_fail_nomem(err);
	}
	return 0;
}

/* Insert an index into a sorted list with room for it, unless it is there. */
static void insert_index(struct indices *list, uint32_t index) {
	size_t at = list->count;
	while (at > 0 && list->items[at - 1] > index) {
		--at;
	}
	if (at > 0 && list->items[at - 1] == index) {
		return;
	}
	memmove(list->items + at + 1, list->items + at, (list->count - at) * sizeof(*list->items));
	list->items[at] = index;
	++list->count;
}

/* Compose the path of the entry; false when out of memory. */
static bool compose_path(struct ctx_matcher *m, const char *name, size_t name_len) {
	ctx_buf_reset(&m->path);
	ctx_buf_add(&m->path, ctx_buf_str(&m->dir), m->dir.len);
	ctx_buf_add(&m->path, name, name_len);
	return ctx_buf_ok(&m->path);
}

/* Add the odd literal rules that match the path. */
static void match_odd(struct ctx_matcher *m) {
	for (size_t i = 0; i < m->program.odd_count; ++i) {
		const struct ctx_odd_rule *odd = &m->program.odd[i];
		if (!odd->broken &&
			ctx_pattern_matches_text(odd->type, odd->text, odd->text_len, ctx_buf_str(&m->path),
				m->path.len)) {
			insert_index(&m->matches, odd->index);
		}
	}
}

/* Find the rules whose pattern matches the entry itself; false when out of memory. */
static bool find_matches(struct ctx_matcher *m, const char *name, size_t name_len) {
	if (m->dir_generation != ctx_dfa_generation(m->dfa) && feed_dir(m) == CTX_DFA_FAILED) {
		return false;
	}
	struct ctx_dfa_ends ends;
	m->state = ctx_dfa_feed(m->dfa, m->dir_state, name, name_len);
	m->state_generation = ctx_dfa_generation(m->dfa);
	if (m->state == CTX_DFA_FAILED || !ctx_dfa_ends(m->dfa, m->state, &ends)) {
		return false;
	}
	m->matches.count = ends.count;
	for (uint32_t i = 0; i < ends.count; ++i) {
		m->matches.items[i] = ends.rules[i];
	}
	if (m->program.odd_count > 0 || m->program.by_text) {
		if (!compose_path(m, name, name_len)) {
			return false;
		}
		match_odd(m);
	}
	return true;
}

/* Where a rule comes from while several sorted lists are walked together. */
enum origin {
	FROM_MEMORY = 1 << 0,
	FROM_MATCH = 1 << 1,
	FROM_BROKEN = 1 << 2,
};

/* A walk over remembered, matching and broken rules in file order. */
struct merge {
	const uint32_t *memory, *memory_end;
	const uint32_t *matches, *matches_end;
	const struct ctx_odd_rule *odd, *odd_end;
};

/* Start a walk over a memory (hits or seen rules of the directory) and what the entry adds. */
static struct merge merge_start(const struct ctx_matcher *m, const uint32_t *memory, size_t count) {
	struct merge merge = {
		.memory = memory,
		.memory_end = memory ? memory + count : NULL,
		.matches = m->matches.items,
		.matches_end = m->matches.items + m->matches.count,
	};
	if (m->program.has_broken) {
		merge.odd = m->program.odd;
		merge.odd_end = m->program.odd + m->program.odd_count;
	}
	return merge;
}

/* The next rule of a walk and where it comes from (a set of enum origin); 0 at the end. */
static unsigned merge_next(struct merge *merge, uint32_t *index) {
	while (merge->odd != merge->odd_end && !merge->odd->broken) {
		++merge->odd;
	}
	uint32_t next = UINT32_MAX;
	if (merge->memory != merge->memory_end) {
		next = *merge->memory;
	}
	if (merge->matches != merge->matches_end && *merge->matches < next) {
		next = *merge->matches;
	}
	if (merge->odd != merge->odd_end && merge->odd->index < next) {
		next = merge->odd->index;
	}
	*index = next;
	unsigned origin = 0;
	if (merge->memory != merge->memory_end && *merge->memory == next) {
		origin |= FROM_MEMORY;
		++merge->memory;
	}
	if (merge->matches != merge->matches_end && *merge->matches == next) {
		origin |= FROM_MATCH;
		++merge->matches;
	}
	if (merge->odd != merge->odd_end && merge->odd->index == next) {
		origin |= FROM_BROKEN;
		++merge->odd;
	}
	return origin;
}

/* Count one matching rule; `decided` is the rule in force before it. */
static void count_match(struct ctx_matcher *m, uint32_t index, bool hit, uint32_t decided) {
	struct ctx_rule_use *use = &m->use[index];
	++use->matched;
	use->hit += hit;
	// Not "the first that was met": the smallest, so that the order of the walk does not show
	if (!hit && decided && (use->shadowed_by == 0 || decided < use->shadowed_by)) {
		use->shadowed_by = decided;
	}
}

/* The walk's decision: MatchesUsingParentResults.  Leaves the hits to hand down in `m->hits`. */
static int decide_walk(struct ctx_matcher *m, struct ctx_decision *out, struct ctx_error *err) {
	struct merge merge = merge_start(m, m->scope->hits, m->scope->hit_count);
	bool excluded = false;
	bool own = false;
	uint32_t index;
	unsigned origin;
	out->rule = 0;
	m->hits.count = 0;
	for (origin = merge_next(&merge, &index); origin; origin = merge_next(&merge, &index)) {
		const struct ctx_rule *rule = ctx_ignore_rule(m->ig, index);
		bool hit = origin & FROM_MEMORY || rule->negated == excluded;
		if (hit && origin & FROM_BROKEN) {
			return ctx_fail_line(err, rule->line, "pattern '%s' cannot be evaluated", rule->pattern);
		}
		if (m->counting && origin & FROM_MATCH) {
			count_match(m, index, hit, out->rule);
		}
		if (hit) {
			m->hits.items[m->hits.count++] = index;
			excluded = !rule->negated;
			own = !(origin & FROM_MEMORY);
			out->rule = index + 1;
		}
	}
	out->excluded = excluded;
	if (m->counting && own) {
		++m->use[out->rule - 1].decided;
	}
	return 0;
}

/*
 * The single look-up: MatchesOrParentMatches.  Leaves the rules to hand down in `m->seen`.  A broken rule makes opening
 * fail, which to the receiver is the same as a refusal.
 */
static bool decide_look_up(struct ctx_matcher *m) {
	struct merge merge = merge_start(m, m->scope->seen, m->scope->seen_count);
	bool excluded = false;
	bool failed = false;
	uint32_t index;
	unsigned origin;
	m->seen.count = 0;
	for (origin = merge_next(&merge, &index); origin; origin = merge_next(&merge, &index)) {
		bool negated = ctx_ignore_rule(m->ig, index)->negated;
		if (origin & ~(unsigned)FROM_BROKEN) {
			m->seen.items[m->seen.count++] = index;
		}
		if (negated == excluded) {
			failed = failed || origin & FROM_BROKEN;
			excluded = !negated;
		}
	}
	return excluded || failed;
}

/*
 * Docker 20.10: every rule is tried and the last hit decides.  A directory hands down only the rules that have as many
 * components as its path, because below it they are tried against just that part of a path.
 */
static int decide_20_10(struct ctx_matcher *m, struct ctx_decision *out, struct ctx_error *err) {
	struct merge merge = merge_start(m, m->scope->hits, m->scope->hit_count);
	uint32_t index;
	unsigned origin;
	bool own = false;
	out->rule = 0;
	m->hits.count = m->seen.count = 0;
	for (origin = merge_next(&merge, &index); origin; origin = merge_next(&merge, &index)) {
		const struct ctx_rule *rule = ctx_ignore_rule(m->ig, index);
		if (origin & FROM_BROKEN) {
			return ctx_fail_line(err, rule->line, "pattern '%s' cannot be evaluated", rule->pattern);
		}
		own = (origin & FROM_MEMORY) == 0;
		if (m->counting && origin & FROM_MATCH) {
			count_match(m, index, true, 0);
		}
		if (!own || rule->components == m->dir_depth + 1) {
			m->hits.items[m->hits.count++] = index;
		}
		out->rule = index + 1;
	}
	out->excluded = out->rule && !ctx_ignore_rule(m->ig, out->rule - 1)->negated;
	out->refused = false;
	if (m->counting && own) {
		++m->use[out->rule - 1].decided;
	}
	return 0;
}

/* Can an entry below the one just tested be kept, although it is excluded? -1 when out of memory. */
static int may_keep_below(struct ctx_matcher *m, uint32_t decided_by) {
	if (!ctx_ignore_has_negation(m->ig) || m->scope->closed) {
		return 0;
	}
	if (m->program.by_text) {
		return ctx_ignore_lies_below(m->ig, ctx_buf_str(&m->path), m->path.len);
	}
	for (size_t i = 0; i < m->program.odd_count; ++i) {
		if (ctx_ignore_rule(m->ig, m->program.odd[i].index)->negated || m->program.odd[i].broken) {
			return 1;
		}
	}
	// Below, the deciding rule stays a hit; only a negated rule after it can still change the outcome
	uint32_t below = ctx_dfa_feed(m->dfa, m->state, "/", 1);
	if (below == CTX_DFA_FAILED) {
		return -1;
	}
	return ctx_dfa_negated_ahead(m->dfa, below) > decided_by;
}

/* The matching rules of a path, as a decision reports them. */
static void report_matches(const struct ctx_matcher *m, struct ctx_decision *out) {
	out->match_count = (uint32_t)m->matches.count;
	out->matches = m->matches.items;
}

int ctx_matcher_test(struct ctx_matcher *m, const char *name, size_t name_len, struct ctx_decision *out,
	struct ctx_error *err) {
	const struct ctx_scope *scope = m->scope;
	*out = (struct ctx_decision){ .excluded = scope->excluded, .refused = scope->refused, .rule = scope->rule };
	if (!m->ig) {
		out->may_keep_below = true;
		return 0;
	}
	if (!find_matches(m, name, name_len)) {
		return ctx_fail_nomem(err);
	}
	m->inherits = m->matches.count == 0 && !m->program.has_broken;
	if (!m->inherits) {
		int rc = m->program.docker_20_10 ? decide_20_10(m, out, err) : decide_walk(m, out, err);
		if (rc < 0) {
			return rc;
		}
		if (!m->program.docker_20_10) {
			out->refused = decide_look_up(m);
		}
		report_matches(m, out);
	}
	if (scope->closed && !out->excluded) {
		out->excluded = true;
		out->rule = scope->rule;
	}
	out->may_keep_below = true;
	if (out->excluded) {
		int possible = may_keep_below(m, out->rule);
		if (possible < 0) {
			return ctx_fail_nomem(err);
		}
		out->may_keep_below = possible > 0;
		out->present = m->program.docker_20_10 && out->may_keep_below;
	}
	return 0;
}

/* Copy a list of indices into an arena; false when out of memory. */
static bool copy_indices(struct ctx_arena *arena, const struct indices *list, const uint32_t **out) {
	uint32_t *copy = ctx_arena_alloc(arena, list->count * sizeof(*copy));
	if (!copy) {
		return false;
	}
	memcpy(copy, list->items, list->count * sizeof(*copy));
	*out = copy;
	return true;
}

/* The outcome that a directory hands down where no rule matches: its own, or (Docker 20.10) that of its last hit. */
static void hand_down(const struct ctx_matcher *m, const struct ctx_decision *tested, struct ctx_scope *scope) {
	scope->excluded = tested->excluded;
	scope->rule = tested->rule;
	scope->refused = tested->refused;
	if (m->program.docker_20_10 && !scope->closed) {
		scope->rule = scope->hit_count ? scope->hits[scope->hit_count - 1] + 1 : 0;
		scope->excluded = scope->rule && !ctx_ignore_rule(m->ig, scope->rule - 1)->negated;
	}
}

const struct ctx_scope *ctx_matcher_descend(struct ctx_matcher *m, const struct ctx_decision *tested,
	struct ctx_arena *arena) {
	if (!m->ig) {
		return m->scope;
	}
	// Only where text and automaton can differ does a closed directory need a scope that says so
	bool closed = m->program.by_text && tested->excluded && !tested->may_keep_below;
	if (m->inherits && closed == m->scope->closed) {
		return m->scope;
	}
	struct ctx_scope *scope = ctx_arena_alloc(arena, sizeof(*scope));
	if (!scope) {
		return NULL;
	}
	*scope = *m->scope;
	scope->closed = closed;
	if (!m->inherits) {
		scope->hit_count = (uint32_t)m->hits.count;
		scope->seen_count = (uint32_t)m->seen.count;
		if (!copy_indices(arena, &m->hits, &scope->hits) || !copy_indices(arena, &m->seen, &scope->seen)) {
			return NULL;
		}
	}
	hand_down(m, tested, scope);
	return scope;
}

bool ctx_matcher_settled(struct ctx_matcher *m) {
	if (!m->ig) {
		return true;
	}
	if (m->program.odd_count > 0 || m->state_generation != ctx_dfa_generation(m->dfa)) {
		return false;
	}
	return ctx_dfa_feed(m->dfa, m->state, "/", 1) == CTX_DFA_DEAD;
}

/* Have the rules ahead of a state been marked already?  Remembers it for the next time. */
static bool is_marked(struct ctx_matcher *m, uint32_t state) {
	if (m->ahead_generation != ctx_dfa_generation(m->dfa)) {
		m->ahead_generation = ctx_dfa_generation(m->dfa);
		m->ahead_done.count = 0;
	}
	for (size_t i = 0; i < m->ahead_done.count; ++i) {
		if (m->ahead_done.items[i] == state) {
			return true;
		}
	}
	if (!CTX_VEC_PUSH(&m->ahead_done, state)) {
		m->ahead_done.count = 0; // no room to remember: it is only marked again next time
	}
	return false;
}

void ctx_matcher_skipped(struct ctx_matcher *m) {
	if (!m->ig || !m->counting) {
		return;
	}
	uint32_t below = CTX_DFA_FAILED;
	if (m->state_generation == ctx_dfa_generation(m->dfa)) {
		below = ctx_dfa_feed(m->dfa, m->state, "/", 1);
	}
	if (below == CTX_DFA_FAILED) {
		memset(m->ahead, true, ctx_ignore_count(m->ig)); // cannot tell, so any rule might
	} else if (!is_marked(m, below)) {
		ctx_dfa_mark_ahead(m->dfa, below, m->ahead);
	}
}

void ctx_matcher_use(const struct ctx_matcher *m, struct ctx_rule_use *use) {
	for (size_t i = 0; m->ig && i < ctx_ignore_count(m->ig); ++i) {
		const struct ctx_rule_use *mine = &m->use[i];
		use[i].matched += mine->matched;
		use[i].hit += mine->hit;
		use[i].decided += mine->decided;
		use[i].unseen = use[i].unseen || m->ahead[i];
		if (mine->shadowed_by && (use[i].shadowed_by == 0 || mine->shadowed_by < use[i].shadowed_by)) {
			use[i].shadowed_by = mine->shadowed_by;
		}
	}
}

void ctx_matcher_count_use(struct ctx_matcher *m, bool on) {
	m->counting = on;
}

size_t ctx_matcher_trace(const struct ctx_matcher *m, struct ctx_trace_step *steps) {
	if (!m->ig) {
		return 0;
	}
	struct merge merge = merge_start(m, m->scope->hits, m->scope->hit_count);
	bool excluded = false;
	size_t count = 0;
	uint32_t index;
	unsigned origin;
	for (origin = merge_next(&merge, &index); origin; origin = merge_next(&merge, &index)) {
		bool negated = ctx_ignore_rule(m->ig, index)->negated;
		struct ctx_trace_step step = { .rule = index + 1, .how = CTX_TRACE_SKIPPED };
		if (origin & FROM_MEMORY) {
			step.how = CTX_TRACE_INHERITED;
		} else if (!(origin & FROM_MATCH)) {
			continue; // a broken rule that was not reached
		} else if (negated == excluded) {
			step.how = CTX_TRACE_MATCHED;
		}
		if (step.how != CTX_TRACE_SKIPPED) {
			excluded = !negated;
		}
		step.excluded = excluded;
		steps[count++] = step;
	}
	return count;
}

int ctx_pattern_matches(const char *pattern, const char *path, struct ctx_error *err) {
	struct ctx_ignore *ig;
	int rc = ctx_ignore_compile(&ig, &pattern, 1, err);
	if (rc < 0) {
		return rc;
	}
	struct ctx_matcher *m = NULL;
	struct ctx_decision decision;
	rc = ctx_matcher_new(&m, ig, err);
	if (rc == 0) {
		rc = ctx_matcher_test(m, path, strlen(path), &decision, err);
	}
	if (rc == 0) {
		rc = decision.match_count > 0;
	}
	ctx_matcher_free(m);
	ctx_ignore_free(ig);
	return rc;
}
