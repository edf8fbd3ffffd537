/*
 * go: go.mod with its local replacements, go.work with its modules.
 *
 * Source: Go 1.22 src/cmd/go/internal/modload/init.go (FindGoMod, FindGoWork), golang.org/x/mod/modfile: a line is a directive or a line
 * of a block "directive ( ... )".
 */
#include "analyzer/advice/need_internal.h"

#include "ctxopt/base/strmap.h"

/** One download. */
struct go {
	struct need_run *r;
	const struct need_command *c;
	/** Directories of modules, each once. */
	CTX_VEC(struct ctx_str) dirs;
	struct ctx_strmap seen;
	/** The directory of the file at hand. */
	struct ctx_str dir;
};

static int add_dir(struct go *g, struct ctx_str dir) {
	uint32_t fresh = (uint32_t)g->dirs.count;
	if (dir.ptr == NULL) {
		return ctx_fail_nomem(g->r->err);
	}
	uint32_t at = ctx_strmap_put(&g->seen, dir.ptr, dir.len, fresh);
	if (at != fresh) {
		return at == CTX_STRMAP_NONE ? ctx_fail_nomem(g->r->err) : 0;
	}
	return CTX_VEC_PUSH(&g->dirs, dir) ? 0 : ctx_fail_nomem(g->r->err);
}

/** Cut the first word off a line. */
static struct ctx_str take(struct ctx_str *line) {
	while (line->len > 0 && strchr(" \t\r", *line->ptr) != NULL) {
		*line = ctx_str_from(*line, 1);
	}
	size_t len = 0;
	while (len < line->len && strchr(" \t\r", line->ptr[len]) == NULL) {
		++len;
	}
	struct ctx_str word = { line->ptr, len };
	*line = ctx_str_from(*line, len);
	return word;
}

/** A path that begins with "./" or "../", or is absolute. */
static bool is_local(struct ctx_str path) {
	return ctx_str_starts(path, "./") || ctx_str_starts(path, "../") || ctx_str_starts(path, "/") ||
		ctx_str_is(path, ".") || ctx_str_is(path, "..");
}

/** What a directive says, its name cut off: "replace A => ./b", "use ./b". */
static int see_directive(struct go *g, struct ctx_str verb, struct ctx_str line) {
	bool replaces = ctx_str_is(verb, "replace"), uses = ctx_str_is(verb, "use");
	if (!replaces && !uses) {
		return 0;
	}
	if (memchr(line.ptr, '"', line.len) != NULL || memchr(line.ptr, '`', line.len) != NULL) {
		return need_unknown(g->r, "a path in quotes in '%.*s/go.mod' or its go.work", CTX_STR_ARGS(g->dir));
	}
	const char *arrow = memmem(line.ptr, line.len, "=>", 2);
	if (replaces && arrow == NULL) {
		return need_unknown(g->r, "a line of '%.*s/go.mod' is not understood", CTX_STR_ARGS(g->dir));
	}
	line = replaces ? ctx_str_from(line, (size_t)(arrow - line.ptr) + 2) : line;
	struct ctx_str path = take(&line);
	return is_local(path) || uses ? add_dir(g, need_join(g->r, g->dir, path)) : 0;
}

/** All directives of a go.mod or go.work. */
static int see_file(struct go *g, struct ctx_str text) {
	struct ctx_str block = CTX_STR("");
	int rc = 0;
	while (rc == 0 && text.len > 0) {
		size_t end = ctx_str_find(text, '\n');
		struct ctx_str line = { text.ptr, end };
		text = ctx_str_from(text, end < text.len ? end + 1 : end);
		const char *comment = memmem(line.ptr, line.len, "//", 2);
		line.len = comment == NULL ? line.len : (size_t)(comment - line.ptr);
		struct ctx_str rest = line, word = take(&rest), next = rest;
		if (word.len == 0) {
			continue;
		}
		if (ctx_str_is(word, ")")) {
			block = CTX_STR("");
		} else if (block.len == 0 && (ctx_str_is(take(&next), "(") || word.ptr[word.len - 1] == '(')) {
			block = word;
			block.len -= word.ptr[word.len - 1] == '(';
		} else {
			rc = block.len > 0 ? see_directive(g, block, line) : see_directive(g, word, rest);
		}
	}
	return rc;
}

/** go.work in the directory of the module, or above it. */
static int see_work(struct go *g) {
	struct ctx_str dir = g->dirs.items[0];
	for (;;) {
		struct ctx_str text;
		int rc = need_file(g->r, need_join(g->r, dir, CTX_STR("go.work")), true, &text);
		if (rc != 0 || text.ptr != NULL) {
			g->dir = dir;
			rc = rc != 0 ? rc : see_file(g, text);
			return rc != 0 ? rc
				       : need_read(g->r, need_join(g->r, dir, CTX_STR("go.work.sum")), false, true);
		}
		if (dir.len == 1) {
			return 0;
		}
		dir = need_join(g->r, CTX_STR("/"), need_parent(dir));
	}
}

/** go.mod and go.sum of a module. */
static int see_module(struct go *g, size_t index) {
	struct ctx_str text, sum;
	g->dir = g->dirs.items[index];
	int rc = need_file(g->r, need_join(g->r, g->dir, CTX_STR("go.mod")), false, &text);
	rc = rc != 0 ? rc : need_file(g->r, need_join(g->r, g->dir, CTX_STR("go.sum")), true, &sum);
	if (rc == 0 && index == 0 && sum.ptr == NULL && memmem(text.ptr, text.len, "require", 7) != NULL) {
		need_review(g->r);
		rc = need_write(g->r, need_join(g->r, g->dir, CTX_STR("go.sum")), false);
	}
	return rc != 0 ? rc : see_file(g, text);
}

/** A vendor directory changes what counts. */
static int check_vendor(struct go *g) {
	struct ctx_str vendor = need_join(g->r, g->dirs.items[0], CTX_STR("vendor"));
	int rc = vendor.ptr == NULL ? ctx_fail_nomem(g->r->err) : need_exists(g->r, vendor);
	return rc == 1   ? need_unknown(g->r, "'%s' may count for '%.*s'", vendor.ptr, CTX_STR_ARGS(g->c->text))
		: rc < 0 ? rc
			 : need_read(g->r, vendor, false, true);
}

int need_go(struct need_run *r, const struct need_command *c) {
	struct go g = { .r = r, .c = c };
	if (c->dir.ptr == NULL) {
		return need_unknown(r, "the directory of '%.*s' is not known", CTX_STR_ARGS(c->text));
	}
	int rc = add_dir(&g, c->dir);
	rc = rc != 0 ? rc : check_vendor(&g);
	rc = rc != 0 ? rc : see_work(&g);
	for (size_t i = 0; rc == 0 && i < g.dirs.count; ++i) {
		rc = see_module(&g, i);
	}
	CTX_VEC_RELEASE(&g.dirs);
	ctx_strmap_release(&g.seen);
	return rc;
}
