#include "ctxopt/context/rules.h"

#include "ctxopt/base/alloc.h"

/** Add every entry to the rule that decided about it. */
static void count_entries(struct ctx_rule_facts *facts, struct ctx_snapshot *snap) {
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (const struct ctx_entry *e = ctx_cursor_next(&c); e != NULL; e = ctx_cursor_next(&c)) {
		if (e->rule == 0 || e->rule > facts->count) {
			continue;
		}
		struct ctx_rule_fact *fact = &facts->items[e->rule - 1];
		if (!ctx_entry_kept(e)) {
			ctx_totals_add_entry(&fact->excluded, e);
			fact->unopened_dirs += (e->flags & CTX_ENTRY_UNOPENED) != 0;
		} else if (fact->rule->negated) {
			ctx_totals_add_entry(&fact->kept, e);
		}
	}
}

/** What the counts say about a rule. */
static enum ctx_rule_state state_of(const struct ctx_rule_use *use) {
	if (use->decided > 0) {
		return CTX_RULE_WORKS;
	}
	if (use->hit > 0) {
		return CTX_RULE_OVERRULED;
	}
	if (use->matched > 0) {
		return CTX_RULE_SHADOWED;
	}
	return use->unseen ? CTX_RULE_UNSEEN : CTX_RULE_UNMATCHED;
}

/** Most entries, times rules, that are decided again to find out what a rule does in the look-up. */
#define CHECKED_MAX 4000000

/** A walk over the entries that decides again, without one of the rules. */
struct recheck {
	struct ctx_matcher *matcher;
	/** Scopes of the directories from the root to the current one. */
	CTX_VEC(const struct ctx_scope *) scopes;
	struct ctx_arena arena;
	struct ctx_buf path;
	const struct ctx_dir *dir;
};

/** Take position in the directory that holds the next entry. */
static int enter(struct recheck *r, const struct ctx_dir *dir, struct ctx_error *err) {
	if (r->dir == dir) {
		return 0;
	}
	r->dir = dir;
	ctx_buf_reset(&r->path);
	ctx_dir_path(&r->path, dir);
	if (!ctx_buf_ok(&r->path)) {
		return ctx_fail_nomem(err);
	}
	r->scopes.count = dir->depth + 1;
	return ctx_matcher_enter(r->matcher, r->scopes.items[dir->depth], ctx_buf_str(&r->path), r->path.len, err);
}

/** Decide about one entry again; 1 if it would be sent otherwise. */
static int differs(struct recheck *r, const struct ctx_dir *dir, const struct ctx_entry *e, struct ctx_error *err) {
	struct ctx_decision d;
	int rc = enter(r, dir, err);
	rc = rc < 0 ? rc : ctx_matcher_test(r->matcher, e->name, e->name_len, &d, err);
	if (rc < 0) {
		return rc;
	}
	bool excluded = !ctx_entry_kept(e) || (e->flags & CTX_ENTRY_PARENT) != 0;
	bool refused = (e->flags & CTX_ENTRY_REFUSED) != 0;
	if (d.excluded != excluded || (e->kind == CTX_KIND_FILE && !d.excluded && d.refused != refused)) {
		return 1;
	}
	if (e->kind == CTX_KIND_DIR && e->dir != NULL) {
		const struct ctx_scope *scope = ctx_matcher_descend(r->matcher, &d, &r->arena);
		if (scope == NULL || !CTX_VEC_PUSH(&r->scopes, scope)) {
			return ctx_fail_nomem(err);
		}
	}
	return 0;
}

/** Compile the rules without one. */
static int compile_without(struct ctx_ignore **out, const struct ctx_rule_facts *facts, size_t without,
	struct ctx_arena *arena, struct ctx_error *err) {
	CTX_VEC(const char *) patterns = { 0 };
	bool ok = true;
	for (size_t i = 0; i < facts->count && ok; ++i) {
		if (i == without) {
			continue;
		}
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		ctx_buf_adds(&text, facts->items[i].rule->negated ? "!" : "");
		ctx_buf_add(&text, facts->items[i].rule->pattern, facts->items[i].rule->pattern_len);
		char *copy = ctx_buf_ok(&text) ? ctx_arena_memdup0(arena, ctx_buf_str(&text), text.len) : NULL;
		ok = copy != NULL && CTX_VEC_PUSH(&patterns, copy);
	}
	int rc = ok ? ctx_ignore_compile(out, patterns.items, patterns.count, err) : ctx_fail_nomem(err);
	CTX_VEC_RELEASE(&patterns);
	return rc;
}

/** Would the context be another one without the rule?  1, 0 or negative. */
static int matters(struct ctx_snapshot *snap, const struct ctx_rule_facts *facts, size_t rule, struct ctx_error *err) {
	struct recheck r = { 0 };
	struct ctx_ignore *ig = NULL;
	int rc = compile_without(&ig, facts, rule, &r.arena, err);
	rc = rc < 0 ? rc : ctx_matcher_new(&r.matcher, ig, err);
	if (rc == 0 && !CTX_VEC_PUSH(&r.scopes, &ctx_scope_root)) {
		rc = ctx_fail_nomem(err);
	}
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (const struct ctx_entry *e = ctx_cursor_next(&c); rc == 0 && e != NULL; e = ctx_cursor_next(&c)) {
		rc = differs(&r, c.dir, e, err);
	}
	ctx_matcher_free(r.matcher);
	ctx_ignore_free(ig);
	CTX_VEC_RELEASE(&r.scopes);
	ctx_buf_release(&r.path);
	ctx_arena_release(&r.arena);
	return rc;
}

/**
 * A rule that the walk always skips can still decide when files are opened, if there are exceptions: then both ways to
 * ask can disagree.  Where that would take too long to find out, nothing is claimed.
 */
static int check_shadowed(struct ctx_rule_facts *facts, struct ctx_snapshot *snap, const struct ctx_ignore *ig,
	struct ctx_error *err) {
	if (!ctx_ignore_has_negation(ig)) {
		return 0;
	}
	uint64_t checked = 0;
	for (size_t i = 0; i < facts->count; ++i) {
		if (facts->items[i].state != CTX_RULE_SHADOWED) {
			continue;
		}
		checked += snap->entry_count;
		int rc = checked > CHECKED_MAX ? 1 : matters(snap, facts, i, err);
		if (rc < 0) {
			return rc;
		}
		if (rc > 0) {
			facts->items[i].state = CTX_RULE_LOOK_UP;
		}
	}
	return 0;
}

/** Draw the conclusions for one rule. */
static void conclude(struct ctx_rule_facts *facts, struct ctx_rule_fact *fact) {
	fact->dead = fact->state >= CTX_RULE_SHADOWED;
	facts->dead += fact->dead;
	uint32_t by = fact->use.shadowed_by;
	if (fact->state == CTX_RULE_SHADOWED) {
		fact->shadowed_by_line = by > 0 && by <= facts->count ? facts->items[by - 1].rule->line : 0;
		++facts->shadowed;
	}
}

int ctx_rule_facts_make(struct ctx_rule_facts *out, struct ctx_snapshot *snap, const struct ctx_ignore *ig,
	struct ctx_error *err) {
	*out = (struct ctx_rule_facts){ 0 };
	size_t count = ig == NULL ? 0 : ctx_ignore_count(ig);
	if (count == 0) {
		return 0;
	}
	out->items = ctx_calloc(count, sizeof(*out->items));
	if (out->items == NULL) {
		return ctx_fail_nomem(err);
	}
	out->count = count;
	for (size_t i = 0; i < count; ++i) {
		struct ctx_rule_fact *fact = &out->items[i];
		fact->rule = ctx_ignore_rule(ig, i);
		if (snap->use != NULL && i < snap->use_count) {
			fact->use = snap->use[i];
		}
		fact->state = state_of(&fact->use);
	}
	count_entries(out, snap);
	int rc = check_shadowed(out, snap, ig, err);
	for (size_t i = 0; rc == 0 && i < count; ++i) {
		conclude(out, &out->items[i]);
	}
	return rc;
}

void ctx_rule_facts_release(struct ctx_rule_facts *facts) {
	free(facts->items);
	*facts = (struct ctx_rule_facts){ 0 };
}

const char *ctx_rule_state_name(enum ctx_rule_state state) {
	static const char *const names[] = { "works", "overruled", "look-up", "shadowed", "unseen", "unmatched" };
	return names[state];
}
