#include "analyzer/dockerfile/buildpath.h"

#include "ctxopt/base/path.h"

/** Is it a path of Windows? */
static bool windows(struct ctx_str os) {
	return ctx_str_is(os, "windows");
}

/** Contents of a buffer in the arena; absent when out of memory. */
static struct ctx_str keep(const struct ctx_buf *buf, struct ctx_arena *arena) {
	char *copy = ctx_buf_ok(buf) ? ctx_arena_memdup0(arena, ctx_buf_str(buf), buf->len) : NULL;
	return (struct ctx_str){ copy, copy == NULL ? 0 : buf->len };
}

/** Copy with every `from` replaced; the path itself if it has none or is none of Windows. */
static struct ctx_str replaced(struct ctx_str path, struct ctx_str os, char from, char to, struct ctx_arena *arena) {
	if (!windows(os) || path.len == 0 || memchr(path.ptr, from, path.len) == NULL) {
		return path;
	}
	char *copy = ctx_arena_memdup0(arena, path.ptr, path.len);
	for (size_t i = 0; copy != NULL && i < path.len; ++i) {
		copy[i] = copy[i] == from ? to : copy[i];
	}
	return (struct ctx_str){ copy, copy == NULL ? 0 : path.len };
}

struct ctx_str ana_buildpath_from_slash(struct ctx_str path, struct ctx_str os, struct ctx_arena *arena) {
	return replaced(path, os, '/', '\\', arena);
}

struct ctx_str ana_buildpath_to_slash(struct ctx_str path, struct ctx_str os, struct ctx_arena *arena) {
	return replaced(path, os, '\\', '/', arena);
}

struct ctx_str ana_buildpath_clean(struct ctx_str path, struct ctx_arena *arena) {
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	ctx_path_clean(&out, path.len == 0 ? "" : path.ptr, path.len);
	return keep(&out, arena);
}

struct ctx_str ana_buildpath_join(struct ctx_str a, struct ctx_str b, struct ctx_arena *arena) {
	ctx_auto_buf struct ctx_buf joined = CTX_BUF_INIT, out = CTX_BUF_INIT;
	ctx_buf_add(&joined, a.ptr, a.len);
	if (a.len > 0 && b.len > 0) {
		ctx_buf_addc(&joined, '/');
	}
	ctx_buf_add(&joined, b.ptr, b.len);
	if (joined.len > 0) {
		ctx_path_clean(&out, joined.data, joined.len);
	}
	return ctx_buf_ok(&joined) ? keep(&out, arena) : CTX_STR_NONE;
}

struct ctx_str ana_buildpath_dest(struct ctx_str path, struct ctx_arena *arena) {
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	ctx_path_clean(&out, path.len == 0 ? "" : path.ptr, path.len);
	bool root = out.len == 1 && out.data != NULL && out.data[0] == '/';
	if (ctx_str_ends(path, "/") && !root) {
		ctx_buf_addc(&out, '/');
	} else if (ctx_str_ends(path, "/.")) {
		ctx_buf_adds(&out, root ? "." : "/.");
	}
	return keep(&out, arena);
}

struct ctx_str ana_buildpath_base(struct ctx_str path) {
	if (path.len == 0) {
		return CTX_STR(".");
	}
	while (path.len > 0 && path.ptr[path.len - 1] == '/') {
		path.len--;
	}
	return path.len == 0 ? CTX_STR("/") : ctx_str_from(path, ctx_path_base(path.ptr, path.len));
}

/** Cleaned, with forward slashes; a final one stays if `keep_slash` (cleanPath). */
static struct ctx_str clean_windows(struct ctx_str path, bool keep_slash, struct ctx_arena *arena) {
	struct ctx_str slashed = ana_buildpath_to_slash(path, CTX_STR("windows"), arena);
	if (slashed.ptr == NULL && path.len > 0) {
		return CTX_STR_NONE;
	}
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	ctx_path_clean(&out, slashed.len == 0 ? "" : slashed.ptr, slashed.len);
	if (keep_slash && out.len > 1 && ctx_str_ends(slashed, "/")) {
		ctx_buf_addc(&out, '/');
	}
	return keep(&out, arena);
}

int ana_buildpath_no_drive(struct ctx_str *out, struct ctx_str path, struct ctx_str os, bool keep_slash,
	struct ctx_arena *arena, struct ctx_error *err) {
	*out = path;
	if (!windows(os)) {
		return 0;
	}
	if (path.len == 2 && path.ptr[1] == ':') {
		return ctx_fail(err, CTX_E_SYNTAX, "No relative path specified in \"%.*s\"", CTX_STR_ARGS(path));
	}
	if (path.len >= 2 && strchr("/\\", path.ptr[0]) != NULL && strchr("/\\", path.ptr[1]) != NULL) {
		return ctx_fail(err, CTX_E_SYNTAX, "UNC paths are not supported");
	}
	const char *colon = path.len == 0 ? NULL : memchr(path.ptr, ':', path.len);
	if (colon != NULL) {
		if (colon != path.ptr + 1 || (path.ptr[0] != 'c' && path.ptr[0] != 'C')) {
			return ctx_fail(err, CTX_E_SYNTAX, "The specified path is not on the system drive (C:)");
		}
		path = ctx_str_from(path, 2);
	}
	*out = clean_windows(path, keep_slash, arena);
	return out->ptr == NULL ? ctx_fail_nomem(err) : 0;
}

/** Absolute, drive letters aside? */
static bool is_absolute(struct ctx_str path) {
	return path.len > 0 && path.ptr[0] == '/';
}

/** Put back what cleaning took from the end. */
static int restore_slash(struct ctx_str *out, struct ctx_str original, struct ctx_arena *arena, struct ctx_error *err) {
	const char *suffix = "";
	if (ctx_str_ends(original, "/") && !ctx_str_ends(*out, "/")) {
		suffix = "/";
	} else if (ctx_str_ends(original, "/.")) {
		suffix = ctx_str_is(*out, "/") ? "." : "/.";
	}
	if (*suffix == '\0') {
		return 0;
	}
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_buf_add(&text, out->ptr, out->len);
	ctx_buf_adds(&text, suffix);
	*out = keep(&text, arena);
	return out->ptr == NULL ? ctx_fail_nomem(err) : 0;
}

int ana_buildpath_normalize(struct ctx_str *out, struct ctx_str parent, struct ctx_str path, struct ctx_str os,
	bool keep_slash, struct ctx_arena *arena, struct ctx_error *err) {
	path = ana_buildpath_to_slash(path, os, arena);
	parent = parent.len == 0 ? CTX_STR("/") : ana_buildpath_to_slash(parent, os, arena);
	struct ctx_str original = path;
	int rc = ana_buildpath_no_drive(&parent, parent, os, keep_slash, arena, err);
	if (rc == 0 && !is_absolute(parent)) {
		parent = ana_buildpath_join(CTX_STR("/"), parent, arena);
	}
	if (rc == 0) {
		rc = ana_buildpath_no_drive(&path, path.len == 0 ? parent : path, os, keep_slash, arena, err);
	}
	if (rc < 0) {
		return ctx_wrap(err, rc, "removing drive letter");
	}
	*out = is_absolute(path) ? path : ana_buildpath_join(parent, path, arena);
	if (out->ptr == NULL) {
		return ctx_fail_nomem(err);
	}
	return keep_slash ? restore_slash(out, original, arena, err) : 0;
}
