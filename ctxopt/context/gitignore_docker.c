/*
 * Rules that match the same path keep git's order.  If an ignoring rule matches above or below what a '!' rule matches, but never the
 * same path, then it comes behind: so the '!' rule brings nothing back that it does not match itself.
 *
 *	build/   !keep.txt        ->  !keep.txt  build/         (build/keep.txt stays ignored)
 *
 * If it does both, it comes first, and what the '!' rule brings back too much is named:
 *
 *	*  !.gitkeep              ->  *  !.gitkeep  all .gitkeep below something that is ignored
 */
#include "ctxopt/context/gitignore_docker.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/context/gitglob.h"

#include <stdlib.h>
#include <string.h>

/** How a '!' rule and an ignoring rule lie to each other, in bits. */
enum relation {
	/** The same path, the ignoring rule first in git's order; or the '!' rule. */
	EARLIER = 1 << 0,
	LATER = 1 << 1,
	/** The ignoring rule above, or below. */
	ABOVE = 1 << 2,
	BELOW = 1 << 3,
	/** In the new order it comes first, though above or below. */
	VIOLATED = 1 << 4,
};

/** A rule of git. */
struct rule {
	struct git_glob glob;
	size_t source;
	unsigned line;
	const char *text;
	/** Rules that should come first and are not placed yet, and those of them that must, as they match the same path. */
	size_t waits, musts;
	/** `again`: in the last call of write_again(), was written again. */
	bool placed, dead, again;
};

/** One run. */
struct run {
	struct ctx_git_translation *out;
	CTX_VEC(struct rule) rules;
	/** enum relation of each rule, as a '!' rule, to each other one. */
	unsigned char *relations;
};

void ctx_git_translation_release(struct ctx_git_translation *t) {
	CTX_VEC_RELEASE(&t->lines);
	CTX_VEC_RELEASE(&t->notes);
	ctx_arena_release(&t->arena);
}

/* ---- Rules ---- */

/** Note a loss. */
static int note(struct run *r, const struct rule *rule, const char *why, struct ctx_error *err) {
	struct ctx_git_note fresh = { rule->source, rule->line, rule->text, why };
	for (size_t i = 0; i < r->out->notes.count; ++i) {
		const struct ctx_git_note *old = &r->out->notes.items[i];
		if (old->source == rule->source && old->line == rule->line && strcmp(old->why, why) == 0) {
			return 0;
		}
	}
	return CTX_VEC_PUSH(&r->out->notes, fresh) ? 0 : ctx_fail_nomem(err);
}

/** Add a rule for what the context sees of it, from part `from` of the rule on. */
static int add_tail(struct run *r, const struct rule *rule, size_t from, struct ctx_error *err) {
	struct rule fresh = *rule;
	if (r->rules.count >= CTX_GITIGNORE_DOCKER_MAX) {
		return ctx_fail(err, CTX_E_LIMIT, "git's ignore files have more than %d rules",
			CTX_GITIGNORE_DOCKER_MAX);
	}
	fresh.glob.parts += from;
	fresh.glob.part_count -= from;
	return CTX_VEC_PUSH(&r->rules, fresh) ? 0 : ctx_fail_nomem(err);
}

/** Add a rule, whose first components must match those of `inside`, the way to the context. */
static int add_inside(struct run *r, const struct rule *rule, size_t from, const struct git_glob *inside, size_t at,
	struct ctx_error *err) {
	const struct git_glob *glob = &rule->glob;
	if (at == inside->part_count) {
		return from < glob->part_count ? add_tail(r, rule, from, err) : 0;
	}
	if (from == glob->part_count) {
		return 0; // ends above the context
	}
	if (glob->parts[from].kind == GIT_PART_NAME) {
		bool meets = git_part_meets(&glob->parts[from], &inside->parts[at]);
		return meets ? add_inside(r, rule, from + 1, inside, at + 1, err) : 0;
	}
	if (glob->parts[from].kind == GIT_PART_SOME) {
		return note(r, rule, "it matches the directory of the context, or one above it", err);
	}
	for (size_t skip = at; skip < inside->part_count;
		++skip) { // the double star is no component, or some; then a name
		size_t next = from + 1;
		bool named = next < glob->part_count && glob->parts[next].kind == GIT_PART_NAME;
		if (named && git_part_meets(&glob->parts[next], &inside->parts[skip])) {
			int rc = next + 1 == glob->part_count
				? note(r, rule, "it matches the directory of the context, or one above it", err)
				: add_inside(r, rule, next + 1, inside, skip + 1, err);
			if (rc < 0) {
				return rc;
			}
		}
	}
	return add_tail(r, rule, from, err);
}

/** Read all rules of a file. */
static int read_source(struct run *r, const struct ctx_git_source *source, size_t index, bool fold_case,
	struct ctx_error *err) {
	struct ctx_str rest = source->text;
	struct git_glob inside = { 0 };
	int rc = 0;
	if (source->inside[0] != '\0') { // read as the directory of a rule that is never looked at
		rc = git_glob_read(&inside, &r->out->arena, CTX_STR("/x"), source->inside, false, err);
		inside.part_count -= rc == 1;
	}
	if (ctx_str_starts(rest, "\xef\xbb\xbf")) {
		rest = ctx_str_from(rest, 3);
	}
	for (unsigned line = 1; rc >= 0 && rest.len > 0; ++line) {
		size_t end = ctx_str_find(rest, '\n');
		struct ctx_str text = { rest.ptr, end };
		struct rule rule = { .source = index, .line = line };
		rest = ctx_str_from(rest, end < rest.len ? end + 1 : end);
		rc = git_glob_read(&rule.glob, &r->out->arena, text, source->dir, fold_case, err);
		if (rc <= 0) {
			continue;
		}
		rule.text = ctx_arena_memdup0(&r->out->arena, text.ptr, text.len);
		if (rule.text == NULL) {
			return ctx_fail_nomem(err);
		}
		rc = rc == GIT_GLOB_ODD ? note(r, &rule, "Docker has no such double star", err)
					: add_inside(r, &rule, 0, &inside, 0, err);
	}
	return rc < 0 ? rc : 0;
}

/* ---- Order ---- */

/** Relation of '!' rule `n` to rule `e`. */
static unsigned char *relation(const struct run *r, size_t n, size_t e) {
	return &r->relations[n * r->rules.count + e];
}

/** Must the ignoring rule stand before the '!' rule, or behind it? */
static bool is_first(unsigned char relation) {
	return (relation & EARLIER) != 0;
}
static bool is_behind(unsigned char relation) {
	return !is_first(relation) && (relation & (LATER | ABOVE | BELOW)) != 0;
}

/** Compare every '!' rule with every other rule, and count who waits for whom. */
static int relate(struct run *r, struct ctx_error *err) {
	size_t count = r->rules.count;
	r->relations = ctx_calloc(count * count + 1, 1);
	int rc = r->relations == NULL ? ctx_fail_nomem(err) : 0;
	for (size_t n = 0; rc == 0 && n < count; ++n) {
		struct rule *rule = &r->rules.items[n];
		for (size_t e = 0; rc == 0 && rule->glob.negated && e < count; ++e) {
			struct rule *other = &r->rules.items[e];
			struct git_meeting meet;
			rc = git_glob_meet(&meet, &other->glob, &rule->glob, err);
			if (rc < 0) {
				break;
			}
			unsigned char *rel = relation(r, n, e);
			*rel = (unsigned char)((meet.same ? (e < n ? EARLIER : LATER) : 0) | (meet.above ? ABOVE : 0) |
				(meet.below ? BELOW : 0));
			if (!other->glob.negated) {
				rule->waits += is_first(*rel);
				rule->musts += is_first(*rel);
				other->waits += is_behind(*rel);
				other->musts += (*rel & LATER) != 0;
			}
		}
	}
	return rc;
}

/** Does some '!' rule between both bring back what `e` ignores? */
static bool is_lifted(const struct run *r, size_t e, size_t n) {
	for (size_t k = e + 1; k < n; ++k) {
		if (r->rules.items[k].glob.negated && (*relation(r, k, e) & EARLIER) != 0) {
			return true;
		}
	}
	return false;
}

/** Does the rule ignore some directory above each path that `n` matches? */
static bool is_all_above(const struct git_glob *e, const struct git_glob *n) {
	for (size_t i = 0; i < n->part_count; ++i) {
		if (n->parts[i].kind != GIT_PART_NAME) {
			return false;
		}
	}
	if (e->part_count == 2 && e->parts[0].kind == GIT_PART_ANY && e->parts[1].kind == GIT_PART_NAME) {
		for (size_t i = 0; i + 1 < n->part_count; ++i) {
			if (git_part_meets(&e->parts[1], &n->parts[i]) && git_part_holds(&e->parts[1], &n->parts[i])) {
				return true;
			}
		}
		return false;
	}
	bool all = e->part_count < n->part_count;
	for (size_t i = 0; all && i < e->part_count; ++i) {
		all = e->parts[i].kind == GIT_PART_NAME && git_part_meets(&e->parts[i], &n->parts[i]) &&
			git_part_holds(&e->parts[i], &n->parts[i]);
	}
	return all;
}

/** Find '!' rules that change nothing, since git never looks into the directory. */
static void find_dead(struct run *r) {
	for (size_t n = 0; n < r->rules.count; ++n) {
		struct rule *rule = &r->rules.items[n];
		for (size_t e = 0; rule->glob.negated && !rule->dead && e < r->rules.count; ++e) {
			const struct rule *other = &r->rules.items[e];
			rule->dead = !other->glob.negated && (*relation(r, n, e) & ABOVE) != 0 &&
				is_all_above(&other->glob, &rule->glob) && !is_lifted(r, e, r->rules.count);
		}
	}
}

/* ---- Lines ---- */

/** Add a line, unless it was the last one or nothing between changed its meaning. */
static int add_line(struct run *r, const struct rule *rule, const struct ctx_buf *text, struct ctx_error *err) {
	const char *copy = ctx_buf_ok(text) ? ctx_arena_memdup0(&r->out->arena, ctx_buf_str(text), text->len) : NULL;
	struct ctx_git_line line = { copy, rule->source, rule->line };
	if (copy == NULL) {
		return ctx_fail_nomem(err);
	}
	for (size_t i = r->out->lines.count; i-- > 0;) {
		const char *old = r->out->lines.items[i].text;
		if (strcmp(old, copy) == 0) {
			return 0;
		}
		if ((old[0] == '!') != (copy[0] == '!')) {
			break;
		}
	}
	return CTX_VEC_PUSH(&r->out->lines, line) ? 0 : ctx_fail_nomem(err);
}

/** Write a rule, or a part of it. */
static int write_rule(struct run *r, const struct rule *rule, const struct git_part *parts, size_t count,
	struct ctx_error *err) {
	static const char *const words[] = {
		"a letter that is not ASCII is one character for Docker, and several bytes for git",
		"a byte that Docker's file cannot hold stands for any character",
	};
	bool all = count > 0 && (parts[count - 1].kind != GIT_PART_NAME || git_part_is_all(&parts[count - 1]));
	bool files = rule->glob.dir_only && (rule->glob.negated || all);
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_buf_adds(&text, rule->glob.negated ? "!" : "");
	unsigned loss = git_glob_write(&text, parts, count, files);
	int rc = add_line(r, rule, &text, err);
	for (unsigned i = 0; rc == 0 && i < CTX_COUNTOF(words); ++i) {
		rc = (loss >> i & 1) != 0 ? note(r, rule, words[i], err) : 0;
	}
	if (rc == 0 && rule->glob.dir_only && !files) {
		rc = note(r, rule, "for directories only; Docker also leaves out files of that name", err);
	}
	return rc;
}

/** Parts of a rule that are being put together. */
struct joint {
	CTX_VEC(struct git_part) parts;
};

/** Append parts; false when out of memory. */
static bool append(struct joint *joint, const struct git_part *parts, size_t count) {
	bool ok = true;
	for (size_t i = 0; ok && i < count; ++i) {
		ok = CTX_VEC_PUSH(&joint->parts, parts[i]);
	}
	return ok;
}

/** The names that both parts match: 1; 0, there are none; GIT_GLOB_ODD, no pattern says so. */
static int intersect(const struct git_part *a, const struct git_part *b, struct git_part *out) {
	if (a->kind != GIT_PART_NAME || b->kind != GIT_PART_NAME) {
		return GIT_GLOB_ODD;
	}
	*out = git_part_holds(a, b) ? *b : *a;
	return !git_part_meets(a, b) ? 0 : git_part_holds(a, b) || git_part_holds(b, a) ? 1 : GIT_GLOB_ODD;
}

/** Write the paths that `lower` matches below something that `upper` matches, with the sign of `rule`, which is one of both. */
static int write_below(struct run *r, const struct git_glob *upper, const struct git_glob *lower,
	const struct rule *rule, struct ctx_error *err) {
	struct joint joint = { 0 };
	struct git_part any = { .kind = GIT_PART_ANY };
	bool ok = true;
	int rc = 0, shape = 1;
	bool anywhere = lower->parts[0].kind == GIT_PART_ANY;
	bool named = upper->part_count == 2 && upper->parts[0].kind == GIT_PART_ANY;
	size_t first = named && !anywhere ? 0 : lower->part_count, last = lower->part_count;
	if (anywhere) {
		ok = append(&joint, upper->parts, upper->part_count) && CTX_VEC_PUSH(&joint.parts, any) &&
			append(&joint, lower->parts + 1, last - 1);
		rc = ok ? write_rule(r, rule, joint.parts.items, joint.parts.count, err) : ctx_fail_nomem(err);
	} else if (!named) { // both from the root: component by component
		ok = append(&joint, lower->parts, last);
		shape = upper->part_count < last ? 1 : 0;
		for (size_t i = 0; ok && shape == 1 && i < upper->part_count; ++i) {
			shape = intersect(&upper->parts[i], &lower->parts[i], &joint.parts.items[i]);
		}
		rc = !ok             ? ctx_fail_nomem(err)
			: shape == 1 ? write_rule(r, rule, joint.parts.items, joint.parts.count, err)
				     : 0;
	}
	for (size_t i = first; rc == 0 && ok && i + 1 < last; ++i) { // a name, at each place but the last
		joint.parts.count = 0;
		ok = append(&joint, lower->parts, last);
		int here = ok ? intersect(&upper->parts[1], &lower->parts[i], &joint.parts.items[i]) : 0;
		shape = here == GIT_GLOB_ODD ? here : shape;
		rc = !ok            ? ctx_fail_nomem(err)
			: here == 1 ? write_rule(r, rule, joint.parts.items, joint.parts.count, err)
				    : 0;
	}
	CTX_VEC_RELEASE(&joint.parts);
	return rc == 0 && shape == GIT_GLOB_ODD
		? note(r, rule, "where it meets a '!' rule, Docker has no pattern for both", err)
		: rc;
}

/** Does the '!' rule bring something back of what was just left out again? */
static bool is_lifting(const struct run *r, size_t index) {
	for (size_t e = 0; e < index; ++e) {
		if (r->rules.items[e].again && is_first(*relation(r, index, e))) {
			return true;
		}
	}
	return false;
}

/** After a '!' rule: leave out again what it brought back above or below of what it matches. */
static int write_again(struct run *r, size_t n, struct ctx_error *err) {
	const struct rule *rule = &r->rules.items[n];
	int rc = 0;
	for (size_t j = 0; rc == 0 && j < r->rules.count; ++j) {
		struct rule *other = &r->rules.items[j];
		unsigned char rel = *relation(r, n, j);
		bool first = !other->glob.negated && (is_first(rel) || (rel & VIOLATED) != 0);
		bool lifts = other->glob.negated && j < n && !other->dead && is_lifting(r, j);
		other->again = first && (rel & (ABOVE | BELOW)) != 0;
		if (j == n || !(first || lifts)) {
			continue;
		}
		if ((rel & ABOVE) != 0) {
			rc = write_below(r, &other->glob, &rule->glob, other, err);
		}
		if (rc == 0 && (rel & BELOW) != 0) {
			rc = write_below(r, &rule->glob, &other->glob, other, err);
		}
	}
	return rc;
}

/** Place a rule, and let those go that waited for it. */
static int place(struct run *r, size_t index, struct ctx_error *err) {
	struct rule *rule = &r->rules.items[index];
	rule->placed = true;
	for (size_t i = 0; r->relations != NULL && i < r->rules.count; ++i) {
		struct rule *other = &r->rules.items[i];
		if (rule->glob.negated && !other->glob.negated) {
			unsigned char *rel = relation(r, index, i);
			other->waits -= is_behind(*rel) && !other->placed;
			other->musts -= (*rel & LATER) != 0;
			*rel |= is_behind(*rel) && other->placed ? VIOLATED : 0;
		} else if (!rule->glob.negated && other->glob.negated) {
			other->waits -= is_first(*relation(r, i, index));
			other->musts -= is_first(*relation(r, i, index));
		}
	}
	if (rule->dead) {
		return 0;
	}
	int rc = write_rule(r, rule, rule->glob.parts, rule->glob.part_count, err);
	return rc == 0 && rule->glob.negated ? write_again(r, index, err) : rc;
}

/** The next rule: the first that waits for nothing; or of those that may come now, the one that waits for least. */
static size_t next(const struct run *r) {
	size_t best = r->rules.count;
	for (size_t i = 0; i < r->rules.count; ++i) {
		const struct rule *rule = &r->rules.items[i];
		if (!rule->placed && rule->musts == 0 &&
			(best == r->rules.count || rule->waits < r->rules.items[best].waits)) {
			best = i;
		}
	}
	return best;
}

int ctx_git_translate(struct ctx_git_translation *out, const struct ctx_git_source *sources, size_t count,
	bool fold_case, struct ctx_error *err) {
	struct run r = { .out = out };
	int rc = 0;
	size_t negated = 0;
	for (size_t i = 0; rc == 0 && i < count; ++i) {
		rc = read_source(&r, &sources[i], i, fold_case, err);
	}
	for (size_t i = 0; i < r.rules.count; ++i) {
		negated += r.rules.items[i].glob.negated;
	}
	if (rc == 0 && negated > 0) {
		rc = r.rules.count > CTX_GITIGNORE_DOCKER_PAIRS_MAX / negated
			? ctx_fail(err, CTX_E_LIMIT, "%zu rules of git, %zu with '!', are too many to put into order",
				  r.rules.count, negated)
			: relate(&r, err);
		if (rc == 0) {
			find_dead(&r);
		}
	}
	for (size_t i = 0; rc == 0 && i < r.rules.count; ++i) {
		rc = place(&r, negated > 0 ? next(&r) : i, err);
	}
	CTX_VEC_RELEASE(&r.rules);
	free(r.relations);
	return rc;
}
