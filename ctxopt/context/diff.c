/*
 * Both trees are walked at once, as in a merge of two sorted lists: at each level stand the two directories of the same
 * path (either may be missing) and how far each was read.  The levels are an explicit stack, so depth is no concern.
 */
#include "ctxopt/context/diff.h"

#include <string.h>

/** Two directories of the same path. */
struct level {
	/** NULL where that side has none. */
	const struct ctx_dir *before, *after;
	/** Entries that were read. */
	uint32_t before_at, after_at;
	/** Bytes of the path of these directories. */
	size_t path_len;
};

/** A comparison on its way. */
struct differ {
	struct ctx_diff *out;
	/** Both sides have times. */
	bool times;
	CTX_VEC(struct level) levels;
	struct ctx_buf path;
};

void ctx_diff_release(struct ctx_diff *diff) {
	CTX_VEC_RELEASE(&diff->items);
	ctx_arena_release(&diff->arena);
}

/** Does a file's content differ? */
static bool content_differs(const struct differ *run, const struct ctx_entry *a, const struct ctx_entry *b) {
	if ((a->flags & b->flags & CTX_ENTRY_DIGEST) != 0) {
		return !ctx_digest_equal(&a->digest, &b->digest);
	}
	if (ctx_entry_content_bytes(a) != ctx_entry_content_bytes(b)) {
		return true;
	}
	return run->times && a->mtime_ns != b->mtime_ns;
}

/** What changed between two entries of one path; 0 for nothing. */
static unsigned compare(const struct differ *run, const struct ctx_entry *a, const struct ctx_entry *b) {
	if (a->kind != b->kind) {
		return CTX_CHANGE_KIND;
	}
	unsigned changes = 0;
	if (a->kind != CTX_KIND_SYMLINK && ((a->mode ^ b->mode) & 07777) != 0) {
		changes |= CTX_CHANGE_MODE;
	}
	if (a->kind == CTX_KIND_DIR) {
		return changes;
	}
	bool content = a->kind == CTX_KIND_SYMLINK ? strcmp(a->target, b->target) != 0
						   : a->kind == CTX_KIND_FILE && content_differs(run, a, b);
	if (content) {
		changes |= CTX_CHANGE_CONTENT;
	} else if (run->times && a->mtime_ns != b->mtime_ns) {
		changes |= CTX_CHANGE_MTIME;
	}
	return changes;
}

/** The next kept entry of one side, not read yet; NULL at the end. */
static const struct ctx_entry *peek(const struct ctx_dir *dir, uint32_t *at) {
	while (dir != NULL && *at < dir->count) {
		const struct ctx_entry *e = &dir->entries[*at];
		if (ctx_entry_kept(e)) {
			return e;
		}
		++*at;
	}
	return NULL;
}

/** Which side's entry comes first: negative before's, positive after's, 0 both (equal names). */
static int order_of(const struct ctx_entry *a, const struct ctx_entry *b) {
	if (a == NULL || b == NULL) {
		return a != NULL ? -1 : 1;
	}
	return ctx_name_cmp(a->name, a->name_len, b->name, b->name_len);
}

/** Add an item for the path in the buffer. */
static bool add_item(struct differ *run, const struct ctx_entry *a, const struct ctx_entry *b, unsigned changes) {
	struct ctx_diff_item item = {
		.path = ctx_arena_memdup0(&run->out->arena, run->path.data, run->path.len),
		.path_len = run->path.len,
		.changes = changes,
		.before = a,
		.after = b,
	};
	return item.path != NULL && CTX_VEC_PUSH(&run->out->items, item);
}

/** Compare one path, present on at least one side, and step into it where it is a directory. */
static bool visit(struct differ *run, const struct ctx_entry *a, const struct ctx_entry *b) {
	const struct ctx_entry *named = a != NULL ? a : b;
	if (run->path.len > 0) {
		ctx_buf_addc(&run->path, '/');
	}
	ctx_buf_add(&run->path, named->name, named->name_len);
	if (!ctx_buf_ok(&run->path)) {
		return false;
	}

	unsigned changes = a == NULL ? CTX_CHANGE_ADDED : b == NULL ? CTX_CHANGE_REMOVED : compare(run, a, b);
	if (changes != 0 && !add_item(run, a, b, changes)) {
		return false;
	}
	struct level level = {
		.before = a != NULL ? ctx_entry_dir(a) : NULL,
		.after = b != NULL ? ctx_entry_dir(b) : NULL,
		.path_len = run->path.len,
	};
	return (level.before == NULL && level.after == NULL) || CTX_VEC_PUSH(&run->levels, level);
}

/** Compare everything; false when out of memory. */
static bool compare_all(struct differ *run, const struct ctx_snapshot *before, const struct ctx_snapshot *after) {
	struct level root = { .before = before->root.dir, .after = after->root.dir };
	if (!CTX_VEC_PUSH(&run->levels, root)) {
		return false;
	}
	while (run->levels.count > 0) {
		struct level *level = &run->levels.items[run->levels.count - 1];
		const struct ctx_entry *a = peek(level->before, &level->before_at);
		const struct ctx_entry *b = peek(level->after, &level->after_at);
		if (a == NULL && b == NULL) {
			--run->levels.count;
			continue;
		}
		int order = order_of(a, b);
		if (order <= 0) {
			++level->before_at;
		}
		if (order >= 0) {
			++level->after_at;
		}
		if (level->path_len < run->path.len) {
			ctx_buf_truncate(&run->path, level->path_len);
		}
		if (!visit(run, order <= 0 ? a : NULL, order >= 0 ? b : NULL)) {
			return false;
		}
	}
	return true;
}

int ctx_diff_snapshots(struct ctx_diff *out, struct ctx_snapshot *before, struct ctx_snapshot *after,
	struct ctx_error *err) {
	*out = (struct ctx_diff){ 0 };
	struct differ run = {
		.out = out,
		.times = before->origin != CTX_ORIGIN_COMMIT && after->origin != CTX_ORIGIN_COMMIT,
	};
	bool ok = compare_all(&run, before, after);
	CTX_VEC_RELEASE(&run.levels);
	ctx_buf_release(&run.path);
	if (!ok) {
		ctx_diff_release(out);
		return ctx_fail_nomem(err);
	}
	return 0;
}
