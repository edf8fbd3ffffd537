#include "analyzer/dockerfile/follow.h"

#include "ctxopt/base/path.h"
#include "ctxopt/base/strmap.h"

#include <stdlib.h>

/** State of one resolution. */
struct follow {
	const struct ana_follow_tree *tree;
	struct ctx_arena *arena;
	struct ctx_error *err;
	/** Paths still to be resolved, the next one last; clean and relative.  In `texts`. */
	struct ana_words pending;
	/** Results so far, each once: the list and its index. */
	struct ana_words resolved;
	struct ctx_strmap known;
	struct ctx_arena texts;
	/** Bytes that were put into `texts`. */
	size_t text_bytes;
};

/** What the entries of a directory are matched with, and what comes of it. */
struct wildcard {
	struct follow *follow;
	/** Directory that is listed ("" for the root), last component with wildcards, and what follows it. */
	struct ctx_str dir, base, rest;
	size_t found;
	int rc;
};

/** Queue `dir`/`target`/`rest` (each may be empty), cleaned as an absolute path; `rest` is clean already. */
static int push(struct follow *f, struct ctx_str dir, struct ctx_str target, struct ctx_str rest) {
	ctx_auto_buf struct ctx_buf joined = CTX_BUF_INIT;
	ctx_auto_buf struct ctx_buf clean = CTX_BUF_INIT;
	struct ctx_str parts[] = { dir, target, rest };
	for (size_t i = 0; i < CTX_COUNTOF(parts); ++i) {
		ctx_buf_addc(&joined, '/');
		ctx_buf_add(&joined, parts[i].len > 0 ? parts[i].ptr : "", parts[i].len);
	}
	ctx_path_clean(&clean, ctx_buf_str(&joined), joined.len);
	if (!ctx_buf_ok(&joined) || !ctx_buf_ok(&clean)) {
		return ctx_fail_nomem(f->err);
	}
	f->text_bytes += clean.len;
	if (f->text_bytes > ANA_FOLLOW_BYTES_MAX) {
		return ctx_fail(f->err, CTX_E_LIMIT, "symlinks of the context lead to more than %u bytes of paths",
			ANA_FOLLOW_BYTES_MAX);
	}
	struct ctx_str path = { ctx_arena_memdup0(&f->texts, clean.data + 1, clean.len - 1), clean.len - 1 };
	if (path.ptr == NULL || !CTX_VEC_PUSH(&f->pending.items, path)) {
		return ctx_fail_nomem(f->err);
	}
	return 0;
}

/** Queue where a link in `dir` leads to; absolute targets begin at the root. */
static int push_link(struct follow *f, struct ctx_str dir, struct ctx_str target, struct ctx_str rest) {
	if (target.len > 0 && target.ptr[0] == '/') {
		dir = CTX_STR_NONE;
	}
	return push(f, dir, target, rest);
}

/** Follow an entry of a listed directory if it is a link and matches. */
static int match_entry(void *arg, const struct ana_follow_entry *entry) {
	struct wildcard *w = arg;
	if (entry->symlink && ana_glob_match(w->base, entry->name) == 1) {
		++w->found;
		w->rc = push_link(w->follow, w->dir, entry->target, w->rest);
	}
	return w->rc;
}

/** Let the first of the paths queued since `from` be the next one. */
static void reverse_pending(struct follow *f, size_t from) {
	struct ctx_str *items = f->pending.items.items;
	for (size_t i = from, k = f->pending.items.count; i + 1 < k; ++i) {
		struct ctx_str swapped = items[i];
		items[i] = items[--k];
		items[k] = swapped;
	}
}

/** Queue what the links at `current` (a wildcard may be its last component) lead to.  The number of links, or negative. */
static int follow_component(struct follow *f, struct ctx_str current, struct ctx_str rest) {
	size_t base = ctx_path_base(current.ptr, current.len);
	struct wildcard w = {
		.follow = f,
		.dir = { current.ptr, base > 0 ? base - 1 : 0 },
		.base = ctx_str_from(current, base),
		.rest = rest,
	};
	size_t queued = f->pending.items.count;
	if (!ana_glob_has_wildcard(w.base)) {
		struct ana_follow_entry entry = { 0 };
		int rc = f->tree->lookup(f->tree->arg, current.ptr, &entry, f->err);
		if (rc <= 0 || !entry.symlink) {
			return rc < 0 ? rc : 0;
		}
		rc = push_link(f, w.dir, entry.target, rest);
		return rc < 0 ? rc : 1;
	}
	const char *dir = ctx_arena_memdup0(&f->texts, w.dir.ptr, w.dir.len);
	if (dir == NULL) {
		return ctx_fail_nomem(f->err);
	}
	int rc = f->tree->list(f->tree->arg, dir, match_entry, &w, f->err);
	if (rc < 0 || w.rc < 0) {
		return rc < 0 ? rc : w.rc;
	}
	reverse_pending(f, queued);
	return w.found > 0;
}

/** Note a result.  1 if it is new, 0 if it was known, or negative. */
static int resolve_to(struct follow *f, struct ctx_str path) {
	if (ctx_strmap_get(&f->known, path.ptr, path.len) != CTX_STRMAP_NONE) {
		return 0;
	}
	path.ptr = ctx_arena_memdup0(f->arena, path.ptr, path.len);
	if (path.ptr == NULL || ctx_strmap_put(&f->known, path.ptr, path.len, 0) == CTX_STRMAP_NONE ||
		!CTX_VEC_PUSH(&f->resolved.items, path)) {
		return ctx_fail_nomem(f->err);
	}
	return 1;
}

/** Go along a path until a component is a link, or to its end (symlinkResolver.append). */
static int resolve_path(struct follow *f, struct ctx_str path) {
	if (path.len == 0) {
		int rc = resolve_to(f, CTX_STR("."));
		return rc < 0 ? rc : 0;
	}
	ctx_auto_buf struct ctx_buf current = CTX_BUF_INIT;
	for (size_t end = 0; end < path.len; ++end) {
		const char *slash = memchr(path.ptr + end, '/', path.len - end);
		end = slash != NULL ? (size_t)(slash - path.ptr) : path.len;
		ctx_buf_reset(&current);
		ctx_buf_add(&current, path.ptr, end);
		if (!ctx_buf_ok(&current)) {
			return ctx_fail_nomem(f->err);
		}
		struct ctx_str here = { ctx_buf_str(&current), end };
		struct ctx_str rest = slash != NULL ? ctx_str_from(path, end + 1) : CTX_STR_NONE;
		size_t queued = f->pending.items.count;
		int links = follow_component(f, here, rest);
		if (links < 0) {
			return links;
		}
		if (links > 0 || rest.len == 0) {
			int rc = resolve_to(f, here);
			if (rc == 0) {
				f->pending.items.count = queued; // was followed before
			}
			return rc < 0 ? rc : 0;
		}
	}
	return 0;
}

/** Bytewise order of texts. */
static int compare(const void *a, const void *b) {
	return ctx_str_cmp(*(const struct ctx_str *)a, *(const struct ctx_str *)b);
}

/** Sort, and drop what lies below the entry kept last (dedupePaths: not below any entry, so "a-b" saves "a/b" from "a"). */
static int reduce(struct follow *f, struct ana_words *patterns) {
	struct ctx_str *items = f->resolved.items.items;
	size_t count = f->resolved.items.count;
	if (count == 0) {
		return 0;
	}
	qsort(items, count, sizeof(*items), compare);
	struct ctx_str last = CTX_STR_NONE;
	size_t before = patterns->items.count;
	for (size_t i = 0; i < count; ++i) {
		if (ctx_str_is(items[i], ".")) {
			patterns->items.count = before;
			return 0;
		}
		bool below = last.len > 0 && items[i].len > last.len && items[i].ptr[last.len] == '/' &&
			memcmp(items[i].ptr, last.ptr, last.len) == 0;
		if (!below) {
			last = items[i];
			if (!CTX_VEC_PUSH(&patterns->items, last)) {
				return ctx_fail_nomem(f->err);
			}
		}
	}
	return 0;
}

int ana_follow_links(struct ana_words *patterns, const struct ctx_str *paths, size_t count,
	const struct ana_follow_tree *tree, struct ctx_arena *arena, struct ctx_error *err) {
	struct follow f = { .tree = tree, .arena = arena, .err = err };
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < count; ++i) {
		rc = push(&f, CTX_STR_NONE, paths[i], CTX_STR_NONE);
		while (rc == 0 && f.pending.items.count > 0) {
			rc = resolve_path(&f, f.pending.items.items[--f.pending.items.count]);
		}
	}
	if (rc == 0) {
		rc = reduce(&f, patterns);
	}
	ana_words_release(&f.pending);
	ana_words_release(&f.resolved);
	ctx_strmap_release(&f.known);
	ctx_arena_release(&f.texts);
	return rc;
}
