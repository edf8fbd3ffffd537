#include "analyzer/advice/order_internal.h"

#include "ctxopt/base/path.h"

/** Most things that one copy may name. */
#define TOPS_MAX 4096

/** A path without what says that it is a directory: "/app/" and "/app/." are "/app". */
static struct ctx_str without_mark(struct ctx_str dest) {
	size_t dot = dest.len > 1 && ctx_str_ends(dest, "/.") ? 1 : 0;
	struct ctx_str path = { dest.ptr, dest.len - dot };
	while (path.len > 1 && path.ptr[path.len - 1] == '/') {
		--path.len;
	}
	return path;
}

/** `dir` + "/" + `name` in the arena; absent when out of memory. */
static struct ctx_str join(struct ana_order *o, struct ctx_str dir, struct ctx_str name) {
	bool root = dir.len == 1;
	const char *text = ana_order_say(o, "%.*s/%.*s", root ? 0 : CTX_STR_ARGS(dir), CTX_STR_ARGS(name));
	return CTX_STR(text);
}

/** Would ADD unpack it? */
static bool looks_like_archive(struct ctx_str name) {
	static const char *const ends[] = { ".tar", ".gz", ".tgz", ".xz", ".txz", ".bz2", ".tbz", ".tbz2", ".zst" };
	for (size_t i = 0; i < CTX_COUNTOF(ends); ++i) {
		if (ctx_str_ends(name, ends[i])) {
			return true;
		}
	}
	return false;
}

/** May the destination of a file, which does not say that it is a directory, be one all the same?  Then the file goes into it. */
static bool may_be_directory(struct ctx_str at, struct ctx_str source) {
	struct ctx_str name = ctx_str_from(at, ctx_path_base(at.ptr, at.len));
	struct ctx_str base = ctx_str_from(source, ctx_path_base(source.ptr, source.len));
	return !ctx_str_eq(name, base) &&
		ctx_str_find(ctx_str_from(name, name.len > 0), '.') == name.len - (name.len > 0);
}

/** Note one top. */
static int add_top(struct ana_order *o, struct ana_order_unit *unit, uint32_t source, const struct ana_action *a,
	const struct ana_top *top) {
	struct ctx_str path = CTX_STR(top->path), name = ctx_str_from(path, ctx_path_base(path.ptr, path.len));
	struct ctx_str at = without_mark(a->dest);
	bool directory = at.len < a->dest.len || at.len == 1;
	const char *kept = ctx_arena_memdup0(&o->arena, path.ptr, path.len);
	if (kept == NULL) {
		return ctx_fail_nomem(o->err);
	}
	if (top->followed || top->nowhere || (top->spot.file != NULL && top->spot.file->kind == CTX_KIND_SYMLINK)) {
		unit->why = "it takes a symlink";
	}
	if (top->spot.dir == NULL) {
		if (a->unpack && looks_like_archive(name)) {
			unit->why = "it may unpack an archive";
		}
		if (!directory && may_be_directory(at, path)) {
			unit->why = "its destination may be a file or a directory";
		}
		at = directory ? join(o, at, name) : at;
	}
	bool exact = !a->wildcard ||
		(ctx_str_find(a->src, '*') == a->src.len && ctx_str_find(a->src, '?') == a->src.len &&
			ctx_str_find(a->src, '[') == a->src.len);
	unit->tops[unit->top_count++] = (struct ana_order_top){ .at = at,
		.path = kept,
		.dir = top->spot.dir,
		.source = source,
		.exact = exact && top->spot.dir == NULL };
	return at.ptr == NULL ? ctx_fail_nomem(o->err) : 0;
}

/** Tops of one source. */
static int look_at_source(struct ana_order *o, struct ana_order_unit *unit, uint32_t source,
	const struct ana_action *a) {
	struct ana_tops tops = { 0 };
	struct ana_selector sel = ana_selector_of(a, false);
	int rc = ana_tops_find(&tops, o->in.store, o->in.root, &sel, o->err);
	if (rc == 0) {
		unit->why = "it reads what the newest commit does not have";
	}
	size_t total = unit->top_count + tops.items.count;
	if (rc > 0 && total > TOPS_MAX) {
		unit->why = "it names very many files";
		rc = 0;
	}
	if (rc > 0) {
		struct ana_order_top *all = ctx_arena_calloc(&o->arena, total + 1, sizeof(*all));
		if (all != NULL && unit->top_count > 0) {
			memcpy(all, unit->tops, unit->top_count * sizeof(*all));
		}
		unit->tops = all;
		rc = all == NULL ? ctx_fail_nomem(o->err) : 0;
		for (size_t i = 0; rc == 0 && i < tops.items.count; ++i) {
			rc = add_top(o, unit, source, a, &tops.items.items[i]);
		}
	}
	ana_tops_release(&tops);
	return rc;
}

/** Note only where something unknown goes. */
static int note_place(struct ana_order *o, struct ana_order_unit *unit, const struct ana_file_op *op) {
	unit->tops = ctx_arena_calloc(&o->arena, op->action_count + 1, sizeof(*unit->tops));
	if (unit->tops == NULL) {
		return ctx_fail_nomem(o->err);
	}
	unit->top_count = 0;
	for (uint32_t i = 0; i < op->action_count; ++i) {
		const struct ana_action *a = &op->actions[i];
		struct ctx_str dest = a->kind == ANA_ACTION_COPY ? a->dest : a->src;
		unit->tops[unit->top_count++] = (struct ana_order_top){ .at = without_mark(dest), .path = "" };
	}
	return 0;
}

int ana_order_copy_look(struct ana_order *o, struct ana_order_unit *unit) {
	const struct ana_graph *graph = &o->in.variant->graph;
	const struct ana_file_op *op = &graph->vertices.items[unit->vertex].file;
	unit->kind = ANA_ORDER_COPY;
	for (uint32_t i = 0; i < op->action_count; ++i) {
		const struct ana_action *a = &op->actions[i];
		const struct ana_vertex *source = a->source == ANA_NONE ? NULL : &graph->vertices.items[a->source];
		bool context = a->kind == ANA_ACTION_COPY && source != NULL && source->op == ANA_OP_LOCAL &&
			graph->locals.items[source->local].named == ANA_NONE;
		if (!context) {
			unit->kind = ANA_ORDER_FOREIGN;
			bool stage = source != NULL && a->kind == ANA_ACTION_COPY && unit->ins->copy.from.len > 0;
			unit->why = stage ? unit->why : "it does not copy from the context or a stage";
		}
		unit->manner = unit->manner || a->chown.len > 0 || a->chmod.len > 0;
		unit->patterns = unit->patterns || a->include_count > 0 || a->exclude_count > 0;
	}
	unit->dir = op->action_count > 0 ? without_mark(op->actions[0].dest) : CTX_STR("/");
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && unit->kind == ANA_ORDER_COPY && unit->why == NULL && i < op->action_count;
		++i) {
		rc = look_at_source(o, unit, i, &op->actions[i]);
	}
	if (rc == 0 && (unit->kind == ANA_ORDER_FOREIGN || unit->why != NULL)) {
		unit->kind = ANA_ORDER_FOREIGN;
		rc = note_place(o, unit, op);
	}
	return rc;
}

/** Walk down from the directory of a top.  1; 0; negative. */
static int descend(struct ana_order *o, const struct ana_order_top *top, struct ctx_str rest,
	struct ana_order_hit *out) {
	struct ana_dir *dir = top->dir;
	const struct ana_file *file = NULL;
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	ctx_buf_adds(&path, top->path);
	while (rest.len > 0) {
		size_t len = ctx_str_find(rest, '/');
		int rc = ana_dir_load(o->in.store, dir, o->err);
		file = rc < 0 ? NULL : ana_dir_find(dir, rest.ptr, len);
		if (file == NULL) {
			return rc;
		}
		ctx_buf_adds(&path, path.len > 0 ? "/" : "");
		ctx_buf_add(&path, rest.ptr, len);
		rest = ctx_str_from(rest, len < rest.len ? len + 1 : len);
		if (file->kind == CTX_KIND_SYMLINK || (file->kind != CTX_KIND_DIR && rest.len > 0)) {
			out->odd = true;
			break;
		}
		dir = file->kind == CTX_KIND_DIR ? file->dir : NULL;
	}
	out->file = file;
	out->path = ctx_buf_ok(&path) ? ctx_arena_memdup0(&o->arena, ctx_buf_str(&path), path.len) : NULL;
	return out->path == NULL ? ctx_fail_nomem(o->err) : 1;
}

int ana_order_find(struct ana_order *o, const struct ana_order_unit *copy, struct ctx_str path,
	struct ana_order_hit *out) {
	for (uint32_t i = copy->top_count; i-- > 0;) { // the last one wins
		const struct ana_order_top *top = &copy->tops[i];
		*out = (struct ana_order_hit){ .top = i, .path = top->path };
		if (!ctx_path_within(path.ptr, path.len, top->at.ptr, top->at.len == 1 ? 0 : top->at.len)) {
			continue;
		}
		if (top->dir == NULL) {
			out->odd = path.len > top->at.len || copy->kind == ANA_ORDER_FOREIGN;
			return 1;
		}
		size_t skip = top->at.len == 1 ? 1 : top->at.len + (path.len > top->at.len);
		int rc = descend(o, top, ctx_str_from(path, skip < path.len ? skip : path.len), out);
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}
