/*
 * Nothing but what steps read: "*", then a '!' line for each source as it stands in the Dockerfile, so that a file that appears
 * tomorrow in a directory that is copied, or that a wildcard matches, is there.  Where a variable decides, all of the directory is.  What
 * links lead to is found out by planning, and named.
 */
#include "ctxopt/cli/ignore_whole.h"

#include <stdlib.h>

/** The lines, sorted and each once. */
struct lines {
	CTX_VEC(struct ctx_str) items;
	struct ctx_arena *arena;
};

/** Add the line in the buffer. */
static int add(struct lines *lines, const struct ctx_buf *text, struct ctx_error *err) {
	struct ctx_str line = { NULL, text->len };
	line.ptr = ctx_buf_ok(text) ? ctx_arena_memdup0(lines->arena, ctx_buf_str(text), text->len) : NULL;
	return line.ptr != NULL && CTX_VEC_PUSH(&lines->items, line) ? 0 : ctx_fail_nomem(err);
}

/** Append Go's wildcards as Docker's: two stars are one. */
static void add_wildcard(struct ctx_buf *out, struct ctx_str path) {
	for (size_t i = 0; i < path.len; ++i) {
		if (path.ptr[i] == '\\' && i + 1 < path.len) {
			ctx_buf_addc(out, path.ptr[i++]);
		} else if (path.ptr[i] == '*' && i > 0 && path.ptr[i - 1] == '*') {
			continue;
		}
		ctx_buf_addc(out, path.ptr[i]);
	}
}

/** Append a plain path. */
static void add_plain(struct ctx_buf *out, struct ctx_str path) {
	for (size_t i = 0; i < path.len; ++i) {
		ctx_buf_adds(out, memchr("*?[]\\", path.ptr[i], 5) != NULL ? "\\" : "");
		ctx_buf_addc(out, path.ptr[i]);
	}
}

/** A path below the root, as the line of a file. */
static struct ctx_str below_root(struct ctx_str path) {
	while (path.len > 0 && path.ptr[0] == '/') {
		path = ctx_str_from(path, 1);
	}
	while (path.len > 0 && path.ptr[path.len - 1] == '/') {
		--path.len;
	}
	return path;
}

/** Lines for one read. */
static int add_read(struct lines *lines, const struct ana_read *read, struct ctx_error *err) {
	const struct ana_action *a = read->action;
	struct ctx_str path = below_root(read->path);
	size_t patterns = a == NULL ? 0 : a->include_count;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < (patterns == 0 ? 1 : patterns); ++i) {
		ctx_auto_buf struct ctx_buf line = CTX_BUF_INIT;
		ctx_buf_adds(&line, "!");
		if (a != NULL && a->wildcard) {
			add_wildcard(&line, path);
		} else {
			add_plain(&line, path);
		}
		if (patterns > 0) { // --parents
			struct ctx_str include = below_root(a->includes[i]);
			ctx_buf_adds(&line, path.len > 0 ? "/" : "");
			ctx_buf_add(&line, include.ptr, include.len);
		}
		rc = add(lines, &line, err);
	}
	return rc;
}

/** The directory of a source below which a variable decides; empty if that is the whole context, or if none does. */
static struct ctx_str fixed_part(struct ctx_str word, bool *varies) {
	size_t at = ctx_str_find(word, '$');
	bool url = memchr(word.ptr, ':', word.len) != NULL;
	*varies = at < word.len && !url;
	while (at > 0 && word.ptr[at - 1] != '/') {
		--at;
	}
	while (ctx_str_starts(word, "./") && at >= 2) {
		word = ctx_str_from(word, 2);
		at -= 2;
	}
	return *varies ? below_root((struct ctx_str){ word.ptr, at }) : CTX_STR_NONE;
}

/** Lines for those sources of a COPY or ADD that a variable is part of. */
static int add_variables(struct lines *lines, const struct ana_vertex *vertex, struct ctx_error *err) {
	const struct ana_instruction *ins = vertex->instruction;
	bool copy = ins != NULL && (ins->keyword == ANA_KW_COPY || ins->keyword == ANA_KW_ADD), varies;
	int rc = 0;
	for (uint32_t i = 0; copy && rc == 0 && i < ins->copy.source_count; ++i) {
		struct ctx_str fixed = fixed_part(ins->copy.sources[i], &varies);
		ctx_auto_buf struct ctx_buf line = CTX_BUF_INIT;
		ctx_buf_adds(&line, "!");
		add_plain(&line, fixed);
		rc = varies ? add(lines, &line, err) : 0;
	}
	return rc;
}

/** May a variable decide about anything in the context, or about what a RUN mounts? */
static bool is_variable(const struct ana_vertex *vertex) {
	const struct ana_instruction *ins = vertex->instruction;
	bool copy = ins != NULL && (ins->keyword == ANA_KW_COPY || ins->keyword == ANA_KW_ADD), varies;
	for (uint32_t i = 0; copy && i < ins->copy.source_count; ++i) {
		if (fixed_part(ins->copy.sources[i], &varies).len == 0 && varies) {
			return true;
		}
	}
	for (uint32_t i = 0; ins != NULL && ins->keyword == ANA_KW_RUN && i < ins->run.mount_count; ++i) {
		if (memchr(ins->run.mounts[i].ptr, '$', ins->run.mounts[i].len) != NULL) {
			return true;
		}
	}
	return false;
}

/** Why there can be no such file: text in the arena; "" if there can; NULL when out of memory. */
static const char *find_reason(const struct ignore_whole *w, struct ctx_arena *arena) {
	const struct propose *p = w->p;
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	if (p->evidence.unknown_build != NULL) {
		ctx_buf_addf(&text, "%s may read anything, and cannot be understood", p->evidence.unknown_build);
	}
	for (size_t v = 0; text.len == 0 && v < p->views.count; ++v) {
		const struct ana_ignore_view *view = &p->views.items[v];
		for (size_t r = 0; text.len == 0 && r < view->read_count; ++r) {
			const struct ana_vertex *vertex = &view->graph->vertices.items[view->reads[r].read->vertex];
			bool wide = ana_ignore_is_wide(view->reads[r].read);
			if (wide || is_variable(vertex)) {
				ctx_buf_addf(&text, "%s:%u reads %s", view->dockerfile, vertex->first_line,
					wide ? "whatever is there" : "what a variable says");
			}
		}
	}
	return ctx_buf_ok(&text) ? ctx_arena_memdup0(arena, ctx_buf_str(&text), text.len) : NULL;
}

/** Compares two lines. */
static int compare_lines(const void *a, const void *b) {
	return ctx_str_cmp(*(const struct ctx_str *)a, *(const struct ctx_str *)b);
}

/** Is the line about something below what another line, a plain path, is about? */
static bool is_covered(const struct lines *lines, size_t index) {
	struct ctx_str line = lines->items.items[index];
	for (size_t i = 0; i < index; ++i) {
		struct ctx_str up = lines->items.items[i];
		bool plain = memchr(up.ptr, '*', up.len) == NULL && memchr(up.ptr, '?', up.len) == NULL &&
			memchr(up.ptr, '[', up.len) == NULL;
		bool same = line.len >= up.len && memcmp(line.ptr, up.ptr, up.len) == 0;
		if (same && (line.len == up.len || (plain && line.ptr[up.len] == '/'))) {
			return true;
		}
	}
	return false;
}

/** The block. */
static int make_block(struct ignore_whole *w, struct ctx_error *err) {
	struct lines lines = { .arena = &w->result.arena };
	int rc = 0;
	for (size_t v = 0; rc == 0 && v < w->p->views.count; ++v) {
		const struct ana_ignore_view *view = &w->p->views.items[v];
		for (size_t r = 0; rc == 0 && r < view->read_count; ++r) {
			const struct ana_read *read = view->reads[r].read;
			rc = add_read(&lines, read, err);
			rc = rc < 0 ? rc : add_variables(&lines, &view->graph->vertices.items[read->vertex], err);
		}
	}
	if (lines.items.count > 0) {
		qsort(lines.items.items, lines.items.count, sizeof(*lines.items.items), compare_lines);
	}
	ctx_buf_adds(&w->block, "*\n");
	for (size_t i = 0; rc == 0 && i < lines.items.count; ++i) {
		struct ctx_str line = lines.items.items[i];
		if (line.len > 1 && !is_covered(&lines, i)) {
			ctx_buf_addf(&w->block, "%.*s\n", CTX_STR_ARGS(line));
		}
	}
	CTX_VEC_RELEASE(&lines.items);
	return rc < 0 || ctx_buf_ok(&w->block) ? rc : ctx_fail_nomem(err);
}

int ignore_allow(struct ignore_whole *w) {
	struct ctx_error err;
	w->result.mode = "allowlist";
	w->result.none = find_reason(w, &w->result.arena);
	if (w->result.none == NULL) {
		ctx_fail_nomem(&err);
		return cmd_fail(w->p->env, &err);
	}
	if (w->result.none[0] != '\0') {
		w->p->after = w->p->before;
		return CMD_OK;
	}
	w->result.none = NULL;
	int status = make_block(w, &err) < 0 ? cmd_fail(w->p->env, &err) : CMD_OK;
	return status != CMD_OK ? status : ignore_whole_check(w, "# what links lead to\n", true);
}
