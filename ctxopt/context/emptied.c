#include "ctxopt/context/emptied.h"

/** Does the pattern match the path or one of its parents?  1, 0 or negative. */
static int matches_any(const char *pattern, const char *path, struct ctx_buf *prefix, struct ctx_error *err) {
	size_t len = strlen(path);
	for (size_t end = 1; end <= len; ++end) {
		if (end < len && path[end] != '/') {
			continue;
		}
		ctx_buf_reset(prefix);
		ctx_buf_add(prefix, path, end);
		int rc = ctx_buf_ok(prefix) ? ctx_pattern_matches(pattern, ctx_buf_str(prefix), err)
					    : ctx_fail_nomem(err);
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

int ctx_ignore_look_up(const struct ctx_ignore *ig, const char *path, uint32_t *rule, bool *excluded,
	struct ctx_error *err) {
	*rule = 0;
	*excluded = false;
	ctx_auto_buf struct ctx_buf prefix = CTX_BUF_INIT;
	size_t count = ig == NULL ? 0 : ctx_ignore_count(ig);
	for (size_t i = 0; i < count; ++i) {
		const struct ctx_rule *r = ctx_ignore_rule(ig, i);
		if (r->negated != *excluded) {
			continue; // could not change the outcome
		}
		int rc = matches_any(r->pattern, path, &prefix, err);
		if (rc < 0) {
			return rc;
		}
		if (rc > 0) {
			*excluded = !r->negated;
			*rule = (uint32_t)(i + 1);
		}
	}
	return 0;
}

/** Does the entry arrive empty although it is not, or is no file at all? */
static bool is_emptied(const struct ctx_entry *e) {
	if (!ctx_entry_kept(e)) {
		return false;
	}
	bool unread = e->kind == CTX_KIND_FILE && e->size_bytes > 0 &&
		(e->flags & (CTX_ENTRY_REFUSED | CTX_ENTRY_UNREADABLE)) != 0;
	return unread || e->kind == CTX_KIND_SOCKET;
}

/** Describe one file. */
static int describe(struct ctx_emptied *out, const struct ctx_dir *dir, const struct ctx_entry *e,
	const struct ctx_ignore *ig, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	ctx_entry_path(&path, dir, e);
	struct ctx_emptied_file file = { .path_len = path.len, .entry = e };
	file.path = ctx_buf_ok(&path) ? ctx_arena_memdup0(&out->arena, ctx_buf_str(&path), path.len) : NULL;
	if (file.path == NULL) {
		return ctx_fail_nomem(err);
	}
	if ((e->flags & CTX_ENTRY_REFUSED) != 0) {
		bool excluded;
		int rc = ctx_ignore_look_up(ig, file.path, &file.rule, &excluded, err);
		if (rc < 0) {
			return rc;
		}
	}
	return CTX_VEC_PUSH(&out->files, file) ? 0 : ctx_fail_nomem(err);
}

int ctx_emptied_find(struct ctx_emptied *out, struct ctx_snapshot *snap, const struct ctx_ignore *ig, size_t top,
	struct ctx_error *err) {
	*out = (struct ctx_emptied){ 0 };
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (const struct ctx_entry *e = ctx_cursor_next(&c); e != NULL; e = ctx_cursor_next(&c)) {
		if (!is_emptied(e)) {
			continue;
		}
		++out->count;
		out->bytes += e->size_bytes;
		int rc = top == 0 || out->files.count < top ? describe(out, c.dir, e, ig, err) : 0;
		if (rc < 0) {
			return rc;
		}
	}
	return 0;
}

void ctx_emptied_release(struct ctx_emptied *e) {
	CTX_VEC_RELEASE(&e->files);
	ctx_arena_release(&e->arena);
}
