#include "analyzer/advice/steps_internal.h"

#include <ctype.h>

// A copy of manifests, of which a later copy of the same stage puts the same files at the same places, is there for the RUNs between both.
// They can look at the files through bind mounts instead: the copy is one step and one layer less, and each RUN depends on the files that
// it reads and on no others.  The builder takes the empty files away again on which it mounted (tests/conform/results/bind.md).

/** Most files: each is a flag of its own. */
#define FILES_MAX 6

/** One copy that is looked at. */
struct look {
	struct ana_steps *s;
	uint32_t copy;
	/** What changes: the copy, and RUNs. */
	struct ana_step_change *changes;
	uint32_t change_count;
	/** What a person must agree to; NULL. */
	const char *review;
};

/** Can a path stand in a flag as it is? */
static bool is_plain_path(struct ctx_str path) {
	bool plain = path.len > 0;
	for (size_t i = 0; plain && i < path.len; ++i) {
		plain = isalnum((unsigned char)path.ptr[i]) || strchr("/._-+@", path.ptr[i]) != NULL;
	}
	return plain;
}

/** The directory that holds a path. */
static struct ctx_str above(struct ctx_str path) {
	size_t base = ctx_path_base(path.ptr, path.len);
	return (struct ctx_str){ path.ptr, base > 1 ? base - 1 : base };
}

/** Does a copy take a few files and no directory? */
static bool takes_files(const struct ana_order *o, const struct ana_order_unit *u) {
	bool takes = u->kind == ANA_ORDER_COPY && ana_steps_is_plain(o, u) && u->top_count > 0 &&
		u->top_count <= FILES_MAX;
	for (uint32_t i = 0; takes && i < u->top_count; ++i) {
		const struct ana_order_top *top = &u->tops[i];
		takes = top->dir == NULL && is_plain_path(CTX_STR(top->path)) && is_plain_path(top->at);
	}
	return takes;
}

/**
 * Does another copy put all of the files there, too, and into directories that are the same then: something before both made them, or
 * the other copy says what they are like?  1; 0; negative.
 */
static int puts_same(struct ana_order *o, uint32_t number, const struct ana_order_unit *other) {
	const struct ana_order_unit *copy = &o->units[number];
	bool same = other->kind == ANA_ORDER_COPY && !other->patterns;
	int rc = 0;
	for (uint32_t i = 0; same && i < copy->top_count; ++i) {
		struct ana_order_hit hit;
		struct ctx_str dir = above(copy->tops[i].at);
		rc = ana_order_find(o, other, copy->tops[i].at, &hit);
		same = rc > 0 && !hit.odd && strcmp(hit.path, copy->tops[i].path) == 0;
		bool told = same && other->tops[hit.top].dir != NULL && !ctx_str_eq(other->tops[hit.top].at, dir);
		same = same && ana_order_is_made_before(o, number, told ? other->tops[hit.top].at : dir);
	}
	return rc < 0 ? rc : same;
}

/** A file of the copy by its path in the context. */
static const struct ana_order_top *top_of(const struct ana_order_unit *copy, const char *path) {
	for (uint32_t i = 0; i < copy->top_count; ++i) {
		if (strcmp(copy->tops[i].path, path) == 0) {
			return &copy->tops[i];
		}
	}
	return NULL;
}

/** The flag for a file. */
static const char *flag_for(struct ana_order *o, const struct ana_exec *exec, const struct ana_order_top *top) {
	struct ctx_str at = top->at, cwd = exec->cwd;
	if (cwd.len > 1 && ctx_path_within(at.ptr, at.len, cwd.ptr, cwd.len)) {
		at = ctx_str_from(at, cwd.len + 1);
	}
	return ana_order_say(o, "--mount=type=bind,source=%s,target=%.*s", top->path, CTX_STR_ARGS(at));
}

/** Do mounts of a RUN touch what the copy puts there? */
static bool has_mounts_there(const struct ana_exec *exec, const struct ana_order_unit *copy) {
	bool there = false;
	for (uint32_t i = 0; i < copy->top_count; ++i) {
		there = there || ana_steps_is_mounted(exec, copy->tops[i].at);
	}
	return there;
}

/** Note the mounts of one RUN: of the files that `pass` found, or of all. */
static int add_flags(struct look *l, uint32_t run, const struct ana_order_pass *pass) {
	struct ana_order *o = l->s->o;
	const struct ana_order_unit *copy = &o->units[l->copy];
	const struct ana_exec *exec = &o->in.variant->graph.vertices.items[o->units[run].vertex].exec;
	uint32_t count = pass->all ? copy->top_count : (uint32_t)pass->apart.count;
	const char **flags = ctx_arena_calloc(&o->arena, count + 1, sizeof(*flags));
	if (flags == NULL) {
		return ctx_fail_nomem(o->err);
	}
	for (uint32_t i = 0; i < count; ++i) {
		flags[i] = flag_for(o, exec, pass->all ? &copy->tops[i] : top_of(copy, pass->apart.items[i].path));
	}
	l->changes[l->change_count++] = (struct ana_step_change){ .unit = run, .flags = flags, .flag_count = count };
	return 0;
}

/** Note what a person must agree to. */
static void doubt(struct look *l, const char *why) {
	l->review = why == NULL ? l->review : ana_order_listed(l->s->o, l->review, "; ", why);
}

/** Look at a step between both copies: 1, it may stay there without the first one; 0; negative. */
static int look_between(struct look *l, uint32_t number) {
	struct ana_order *o = l->s->o;
	const struct ana_order_unit *u = &o->units[number], *copy = &o->units[l->copy];
	struct ana_order_pass pass = ANA_ORDER_PASS_INIT;
	if (u->kind == ANA_ORDER_FREE || u->kind == ANA_ORDER_VARIABLE) {
		return 1;
	}
	int rc = ana_order_ask(o, l->copy, number, &pass);
	bool may = rc == 0 && (pass.refusal == NULL || pass.all), reads = pass.all || pass.apart.count > 0;
	if (may && reads) {
		const struct ana_exec *exec = &o->in.variant->graph.vertices.items[u->vertex].exec;
		may = !has_mounts_there(exec, copy);
		rc = may ? add_flags(l, number, &pass) : 0;
		doubt(l, u->needs.proof == ANA_PROOF_EQUIVALENT ? NULL : u->needs.why);
		doubt(l, u->needs.grows ? "a file of the kind, if it comes later, must be mounted, too" : NULL);
	}
	doubt(l,
		pass.updated == NULL
			? NULL
			: ana_order_say(o, "the step need not change %s: it could not, a mount is read-only",
				  pass.updated));
	ana_order_pass_release(&pass);
	return rc < 0 ? rc : may;
}

/** Look for the edit of one copy. */
static int look_at(struct look *l) {
	struct ana_order *o = l->s->o;
	const struct ana_order_unit *copy = &o->units[l->copy];
	uint32_t end = o->first[copy->stage + 1], i = l->copy + 1;
	int rc = 0, same = 0;
	l->changes = ctx_arena_calloc(&o->arena, end - l->copy, sizeof(*l->changes));
	if (l->changes == NULL) {
		return ctx_fail_nomem(o->err);
	}
	l->changes[l->change_count++].unit = l->copy;
	for (uint32_t k = 0; k < copy->top_count; ++k) {
		doubt(l,
			copy->tops[k].exact
				? NULL
				: "where its pattern comes to match other files, they must be mounted, too, and no longer those that are gone");
	}
	for (bool goes_on = true; goes_on && i < end; i += goes_on) {
		same = puts_same(o, l->copy, &o->units[i]);
		rc = same == 0 ? look_between(l, i) : same;
		goes_on = same == 0 && rc > 0;
	}
	if (rc < 0 || same <= 0 || l->change_count < 2) {
		return rc < 0 ? rc : 0;
	}
	return ana_steps_add(l->s,
		(struct ana_step_edit){ .kind = ANA_STEP_BIND,
			.changes = l->changes,
			.change_count = l->change_count,
			.proof = l->review == NULL ? ANA_PROOF_EQUIVALENT : ANA_PROOF_REVIEW,
			.review = l->review,
			.why = ana_order_say(o, "%.*s puts the same files there, these steps only read them",
				CTX_STR_ARGS(o->units[i].ins->node->line_text)) });
}

int ana_steps_bind_look(struct ana_steps *s) {
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < s->o->count; ++i) {
		struct look l = { .s = s, .copy = i };
		rc = takes_files(s->o, &s->o->units[i]) ? look_at(&l) : 0;
	}
	return rc;
}
