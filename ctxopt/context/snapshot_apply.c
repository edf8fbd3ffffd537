/*
 * The same decisions as in walk.c, for a tree that is in memory: directories are taken from a stack of their own, each
 * with the scope that its parent's rules left for it.
 */
#include "ctxopt/context/snapshot.h"

#include <stdlib.h>

/** A directory to be decided. */
struct pending {
	struct ctx_dir *dir;
	const struct ctx_scope *scope;
};

/** What one run needs. */
struct apply {
	struct ctx_matcher *matcher;
	/** Directories to come. */
	CTX_VEC(struct pending) stack;
	/** Scopes. */
	struct ctx_arena arena;
	/** Path of the current directory. */
	struct ctx_buf path;
};

/** Release all of it. */
static void apply_release(struct apply *run) {
	ctx_matcher_free(run->matcher);
	CTX_VEC_RELEASE(&run->stack);
	ctx_arena_release(&run->arena);
	ctx_buf_release(&run->path);
}

/** Write a decision into an entry, whatever an earlier one said. */
static void decide(struct ctx_entry *e, const struct ctx_decision *decision) {
	unsigned flags = e->flags;
	flags &= ~(unsigned)(CTX_ENTRY_KEPT | CTX_ENTRY_PARENT | CTX_ENTRY_REFUSED | CTX_ENTRY_HARDLINK);
	if (!decision->excluded) {
		flags |= CTX_ENTRY_KEPT;
		if (decision->refused && e->kind == CTX_KIND_FILE) {
			flags |= CTX_ENTRY_REFUSED;
		}
	} else if (decision->present && e->kind == CTX_KIND_DIR) {
		flags |= CTX_ENTRY_KEPT | CTX_ENTRY_PARENT;
	}
	e->flags = (uint16_t)flags;
	e->rule = decision->rule;
}

/** Decide for the entries of one directory and push its subdirectories. */
static int apply_dir(struct apply *run, const struct pending *at, struct ctx_error *err) {
	ctx_buf_reset(&run->path);
	ctx_dir_path(&run->path, at->dir);
	if (!ctx_buf_ok(&run->path)) {
		return ctx_fail_nomem(err);
	}
	int rc = ctx_matcher_enter(run->matcher, at->scope, ctx_buf_str(&run->path), run->path.len, err);
	for (uint32_t i = 0; rc == 0 && i < at->dir->count; ++i) {
		struct ctx_entry *e = &at->dir->entries[i];
		struct ctx_decision decision;
		rc = ctx_matcher_test(run->matcher, e->name, e->name_len, &decision, err);
		if (rc < 0) {
			break;
		}
		decide(e, &decision);
		if (e->kind == CTX_KIND_DIR && e->dir == NULL && (e->flags & CTX_ENTRY_UNOPENED) != 0) {
			ctx_matcher_skipped(run->matcher);
		}
		if (ctx_entry_dir(e) == NULL) {
			continue;
		}
		struct pending child = {
			.dir = e->dir,
			.scope = ctx_matcher_descend(run->matcher, &decision, &run->arena),
		};
		if (child.scope == NULL || !CTX_VEC_PUSH(&run->stack, child)) {
			rc = ctx_fail_nomem(err);
		}
	}
	return rc;
}

/** Make room for the use counts, all 0. */
static int reset_use(struct ctx_snapshot *snap, size_t count, struct ctx_error *err) {
	free(snap->use);
	snap->use = NULL;
	snap->use_count = 0;
	if (count > 0) {
		snap->use = ctx_calloc(count, sizeof(*snap->use));
		if (snap->use == NULL) {
			return ctx_fail_nomem(err);
		}
		snap->use_count = count;
	}
	return 0;
}

/** Decide for all directories. */
static int apply_all(struct apply *run, struct ctx_snapshot *snap, const struct ctx_ignore *ig, struct ctx_error *err) {
	int rc = reset_use(snap, ig != NULL ? ctx_ignore_count(ig) : 0, err);
	if (rc == 0) {
		rc = ctx_matcher_new(&run->matcher, ig, err);
	}
	if (rc == 0 && !CTX_VEC_PUSH(&run->stack, ((struct pending){ snap->root.dir, &ctx_scope_root }))) {
		rc = ctx_fail_nomem(err);
	}
	while (rc == 0 && run->stack.count > 0) {
		struct pending next = run->stack.items[--run->stack.count];
		rc = apply_dir(run, &next, err);
	}
	if (rc == 0 && snap->use != NULL) {
		ctx_matcher_use(run->matcher, snap->use);
	}
	return rc;
}

int ctx_snapshot_apply(struct ctx_snapshot *snap, const struct ctx_ignore *ig, struct ctx_error *err) {
	struct apply run = { 0 };
	int rc = apply_all(&run, snap, ig, err);
	apply_release(&run);
	return rc < 0 ? rc : ctx_snapshot_settle(snap, err);
}
