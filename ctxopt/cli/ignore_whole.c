#include "ctxopt/cli/ignore_whole.h"

#include <stdlib.h>
#include <string.h>

/** How often what instructions name is looked for again. */
#define ROUNDS_MAX 8
/** Most paths that are named one by one. */
#define PATHS_MAX 2000

#define BEGIN_MARK "# >>> ctxopt ignore"
#define END_MARK "# <<< ctxopt ignore"

void ignore_whole_release(struct ignore_whole *w) {
	ctx_buf_release(&w->block);
	ctx_buf_release(&w->text);
	ctx_buf_release(&w->own);
	ana_ignore_whole_release(&w->result);
}

/* ---- Text ---- */

bool ignore_whole_path(struct ctx_buf *out, const char *sign, const char *path) {
	size_t len = strlen(path);
	for (const char *at = path; *at != '\0'; ++at) {
		if ((unsigned char)*at < ' ' || *at == 0x7f) {
			return false;
		}
	}
	ctx_buf_adds(out, sign);
	for (size_t i = 0; i < len; ++i) {
		bool first = i == 0 && *sign == '\0' && (path[i] == '#' || path[i] == '!');
		bool edge = path[i] == ' ' && (i == 0 || i + 1 == len);
		ctx_buf_adds(out, edge ? "[" : first || strchr("*?[]\\", path[i]) != NULL ? "\\" : "");
		ctx_buf_addc(out, path[i]);
		ctx_buf_adds(out, edge ? "]" : "");
	}
	ctx_buf_addc(out, '\n');
	return true;
}

int ignore_whole_note(struct ignore_whole *w, const char *file, unsigned line, const char *pattern, const char *why,
	struct ctx_error *err) {
	struct ctx_arena *arena = &w->result.arena;
	struct ana_ignore_note note = { .line = line, .why = why };
	note.file = file == NULL ? NULL : ctx_arena_memdup0(arena, file, strlen(file));
	note.pattern = ctx_arena_memdup0(arena, pattern, strlen(pattern));
	bool ok = note.pattern != NULL && (file == NULL || note.file != NULL);
	return ok && CTX_VEC_PUSH(&w->result.notes, note) ? 0 : ctx_fail_nomem(err);
}

/** Does a line at `at` begin with the mark? */
static bool is_mark(struct ctx_str text, size_t at, const char *mark) {
	return (at == 0 || text.ptr[at - 1] == '\n') && ctx_str_starts(ctx_str_from(text, at), mark);
}

/** The user's own lines: the old file without an old block, and the empty line behind it. */
static void find_own(struct ignore_whole *w) {
	struct ctx_buf *source = &w->p->place->ignore_source.text;
	struct ctx_str old = { ctx_buf_str(source), source->len };
	size_t begin = 0, end = 0;
	while (begin < old.len && !is_mark(old, begin, BEGIN_MARK)) {
		++begin;
	}
	for (end = begin; end < old.len && !is_mark(old, end, END_MARK); ++end) {
	}
	ctx_buf_reset(&w->own);
	if (end == old.len) { // no block, or one without an end
		ctx_buf_add(&w->own, old.ptr, old.len);
		return;
	}
	end += ctx_str_find(ctx_str_from(old, end), '\n');
	for (int lines = 0; lines < 2 && end < old.len && old.ptr[end] == '\n'; ++lines) {
		++end;
	}
	ctx_buf_add(&w->own, old.ptr, begin);
	ctx_buf_add(&w->own, old.ptr + end, old.len - end);
}

/** Make the whole file. */
static void make_text(struct ignore_whole *w) {
	find_own(w);
	ctx_buf_reset(&w->text);
	ctx_buf_addf(&w->text, "%s --%s: do not edit, it is replaced as a whole\n", BEGIN_MARK, w->result.mode);
	ctx_buf_add(&w->text, ctx_buf_str(&w->block), w->block.len);
	ctx_buf_adds(&w->text, END_MARK "\n");
	ctx_buf_adds(&w->text, w->own.len > 0 ? "\n" : "");
	ctx_buf_add(&w->text, ctx_buf_str(&w->own), w->own.len);
}

/* ---- Effect ---- */

/** Parse a text as the ignore file. */
static int parse(struct ctx_ignore **out, const struct ignore_whole *w, const struct ctx_buf *text,
	struct ctx_error *err) {
	return ctx_buf_ok(text)
		? ctx_ignore_parse(out, w->p->place->ignore_source.syntax, ctx_buf_str(text), text->len, err)
		: ctx_fail_nomem(err);
}

int ignore_whole_apply(struct ignore_whole *w, bool own, struct ctx_error *err) {
	struct ctx_ignore *rules = NULL;
	if (own) {
		find_own(w);
	}
	int rc = parse(&rules, w, own ? &w->own : &w->block, err);
	rc = rc < 0 ? rc : ctx_snapshot_apply(w->p->place->snap, rules, err);
	ctx_ignore_free(rules);
	return rc;
}

/** What one read lost and gained; `lost_top` is called for each topmost entry that it lost. */
struct comparison {
	struct ignore_whole *w;
	const struct ana_ignore_read *old, *now;
	struct ana_ignore_change change;
	/** Name what is lost in the block: anything, or what the read names, which is the top of what it takes. */
	bool all, wide;
	size_t named;
};

/** Is the directory itself lost, so that one line for it is enough? */
static bool is_lost(const struct comparison *c, size_t n) {
	return ana_ignore_bit(c->old->bits, n) && !ana_ignore_bit(c->now->bits, n);
}

/** Compare a read. */
static int compare(struct comparison *c, struct ctx_error *err) {
	struct ctx_cursor at = ctx_cursor_at(c->w->p->place->snap->root.dir);
	for (const struct ctx_entry *e; (e = ctx_cursor_next(&at)) != NULL;) {
		size_t n = ana_ignore_entry(at.dir, e);
		bool had = ana_ignore_bit(c->old->bits, n), has = ana_ignore_bit(c->now->bits, n);
		if (had == has) {
			continue;
		}
		c->change.lost += had && e->kind != CTX_KIND_DIR;
		c->change.gained += has && e->kind != CTX_KIND_DIR;
		const struct ctx_dir *up = at.dir->parent;
		size_t above = up == NULL ? 0 : up->order + at.dir->parent_index;
		bool top = up == NULL || !is_lost(c, above);
		bool names = c->all || (!c->wide && (up == NULL || !ana_ignore_bit(c->old->bits, above)));
		if (!top && c->change.example != NULL) {
			continue;
		}
		ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
		ctx_entry_path(&path, at.dir, e);
		if (!ctx_buf_ok(&path)) {
			return ctx_fail_nomem(err);
		}
		if (c->change.example == NULL) {
			c->change.example = ctx_arena_memdup0(&c->w->result.arena, ctx_buf_str(&path), path.len);
		}
		if (had && top && names && c->named < PATHS_MAX) {
			ctx_buf_adds(&c->w->block, c->w->comment == NULL ? "" : c->w->comment);
			c->w->comment = NULL;
			c->named += ignore_whole_path(&c->w->block, "!", ctx_buf_str(&path));
		}
	}
	return 0;
}

/** Compare all reads of all builds.  `*named`: lines that were added to the block for them. */
static int compare_all(struct ignore_whole *w, const struct propose_views *after, bool all, size_t *named,
	struct ctx_error *err) {
	w->result.changes.count = 0;
	for (size_t v = 0; v < w->p->views.count; ++v) {
		const struct ana_ignore_view *old = &w->p->views.items[v], *now = &after->items[v];
		for (size_t r = 0; r < old->read_count && r < now->read_count; ++r) {
			const struct ana_read *read = old->reads[r].read;
			struct comparison c = { .w = w, .old = &old->reads[r], .now = &now->reads[r] };
			c.all = all;
			c.wide = ana_ignore_is_wide(read);
			c.change.dockerfile = old->dockerfile;
			c.change.line = old->graph->vertices.items[read->vertex].first_line;
			int rc = compare(&c, err);
			*named += c.named;
			if (rc < 0) {
				return rc;
			}
			if (c.change.lost + c.change.gained > 0 && !CTX_VEC_PUSH(&w->result.changes, c.change)) {
				return ctx_fail_nomem(err);
			}
		}
	}
	return 0;
}

/** One round: plan under the whole file, and compare. */
static int try_whole(struct ignore_whole *w, bool all, size_t *named) {
	struct propose_views after = { 0 };
	struct ctx_ignore *rules = NULL;
	struct ctx_error err;
	make_text(w);
	int rc = parse(&rules, w, &w->text, &err);
	int status = rc < 0 ? cmd_fail(w->p->env, &err) : propose_replan(w->p, rules, &after);
	*named = 0;
	rc = status == CMD_OK ? compare_all(w, &after, all, named, &err) : 0;
	propose_views_release(&after);
	ctx_ignore_free(rules);
	return rc < 0 ? cmd_fail(w->p->env, &err) : status;
}

int ignore_whole_check(struct ignore_whole *w, const char *comment, bool all) {
	size_t named = 0, total = 0;
	int status = CMD_OK;
	unsigned round = 0;
	w->comment = comment;
	do {
		status = try_whole(w, all, &named);
		total += named;
	} while (status == CMD_OK && named > 0 && ++round < ROUNDS_MAX);
	w->result.exceptions += total;
	make_text(w);
	const struct ctx_buf *old = &w->p->place->ignore_source.text;
	w->result.same = w->text.len == old->len && memcmp(ctx_buf_str(&w->text), ctx_buf_str(old), old->len) == 0;
	w->result.proof = w->result.changes.count > 0   ? ANA_PROOF_REVIEW
		: ana_ignore_is_copied(&w->p->evidence) ? ANA_PROOF_EQUIVALENT
							: ANA_PROOF_IDENTICAL;
	for (size_t i = 0; i < w->block.len; ++i) { // lines that are no comments
		bool begins = i == 0 || w->block.data[i - 1] == '\n';
		w->result.rules += begins && w->block.data[i] != '#' && w->block.data[i] != '\n';
	}
	return status;
}
