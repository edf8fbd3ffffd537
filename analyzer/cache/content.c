#include "analyzer/cache/content.h"

#include "analyzer/dockerfile/glob.h"
#include "ctxopt/base/path.h"
#include "ctxopt/base/strmap.h"

#include <stdlib.h>
#include <string.h>

// The content of a path in a result is a list of what contributed to it, the newest first: the actions of the vertex from the last
// to the first, then what it was based on, and so on.  An action that puts something below the path contributes what it
// copies; one that puts it above contributes the part of its source that lands there.  Equal lists mean equal content; that unequal
// lists may by chance mean equal content, too, is why nothing more than needed enters.

/** Deepest nesting of copies from copies. */
#define NESTING_MAX 400

/** Contributions to the content of one selection. */
struct piece {
	struct ctx_buf text;
	CTX_VEC(uint32_t) runs;
	bool assumed, missing;
};

/** A content that was composed before in the same build. */
struct known {
	uint32_t vertex;
	struct ctx_str path;
	struct ctx_digest digest;
	/** Of `runs` of the maker. */
	size_t run_from, run_count;
	bool assumed;
};

struct ana_content_maker {
	const struct ana_graph *graph;
	const struct ana_cachekeys *keys;
	struct ana_selections *selections;
	struct ana_assumptions assumptions;
	/** Of one ana_contents_make(). */
	struct ana_filetree *store;
	struct ana_dir *const *roots;
	struct ctx_error *err;
	struct ctx_strmap by_name;
	CTX_VEC(struct known) known;
	CTX_VEC(uint32_t) runs;
	struct ctx_arena arena;
	unsigned nesting;
};

int ana_content_maker_new(struct ana_content_maker **out, const struct ana_graph *graph,
	const struct ana_cachekeys *keys, struct ana_selections *selections, const struct ana_assumptions *assumptions,
	struct ctx_error *err) {
	struct ana_content_maker *m = ctx_calloc(1, sizeof(*m));
	if (m == NULL) {
		return ctx_fail_nomem(err);
	}
	m->graph = graph;
	m->keys = keys;
	m->selections = selections;
	m->assumptions = *assumptions;
	*out = m;
	return 0;
}

/** Forget what was composed. */
static void forget(struct ana_content_maker *m) {
	ctx_strmap_release(&m->by_name);
	CTX_VEC_RELEASE(&m->known);
	CTX_VEC_RELEASE(&m->runs);
	ctx_arena_release(&m->arena);
}

void ana_content_maker_free(struct ana_content_maker *maker) {
	if (maker != NULL) {
		forget(maker);
		free(maker);
	}
}

/* ---- Contributions ---- */

/** Append a delimited text. */
static void put_str(struct piece *p, struct ctx_str text) {
	uint64_t len = text.len;
	ctx_buf_add(&p->text, &len, sizeof(len));
	ctx_buf_add(&p->text, text.len > 0 ? text.ptr : "", text.len);
}

/** Append a digest under a name. */
static void put_digest(struct piece *p, const char *name, const struct ctx_digest *digest) {
	put_str(p, CTX_STR(name));
	ctx_buf_add(&p->text, digest->bytes, sizeof(digest->bytes));
}

/** Append what an action does to what it copies. */
static void put_manner(struct piece *p, const struct ana_action *a) {
	put_str(p, a->chown);
	put_str(p, a->chmod);
	ctx_buf_add(&p->text, &a->mode, sizeof(a->mode));
	ctx_buf_addc(&p->text, (char)(a->unpack << 1 | a->dir_contents));
}

/** Release. */
static void release_piece(struct piece *p) {
	ctx_buf_release(&p->text);
	CTX_VEC_RELEASE(&p->runs);
}

static int add_vertex(struct ana_content_maker *m, uint32_t vertex, const struct ana_selector *sel, struct piece *p);

/** Append the content of a vertex as one contribution, composed once however often it is asked for. */
static int add_nested(struct ana_content_maker *m, uint32_t vertex, const struct ana_selector *sel, struct piece *p) {
	ctx_auto_buf struct ctx_buf name = CTX_BUF_INIT;
	ctx_buf_add(&name, &vertex, sizeof(vertex));
	ctx_buf_add(&name, &sel->patterns, sizeof(sel->patterns));
	ctx_buf_addc(&name, (char)(sel->wildcard << 1 | sel->follow));
	ctx_buf_add(&name, sel->path.ptr, sel->path.len);
	if (!ctx_buf_ok(&name)) {
		return ctx_fail_nomem(m->err);
	}
	uint32_t index = ctx_strmap_get(&m->by_name, name.data, name.len);
	if (index == CTX_STRMAP_NONE) {
		struct piece inner = { 0 };
		int rc = ++m->nesting > NESTING_MAX
			? ctx_fail(m->err, CTX_E_LIMIT, "copies of copies are nested too deep")
			: add_vertex(m, vertex, sel, &inner);
		--m->nesting;
		struct known fresh = { .run_from = m->runs.count,
			.run_count = inner.runs.count,
			.assumed = inner.assumed };
		fresh.digest = ctx_hash_bytes(ctx_buf_str(&inner.text), inner.text.len);
		bool ok = rc == 0 && ctx_buf_ok(&inner.text);
		for (size_t i = 0; ok && i < inner.runs.count; ++i) {
			ok = CTX_VEC_PUSH(&m->runs, inner.runs.items[i]);
		}
		release_piece(&inner);
		char *copy = ok ? ctx_arena_memdup0(&m->arena, name.data, name.len) : NULL;
		index = (uint32_t)m->known.count;
		ok = ok && copy != NULL && CTX_VEC_PUSH(&m->known, fresh) &&
			ctx_strmap_put(&m->by_name, copy, name.len, index) != CTX_STRMAP_NONE;
		if (!ok) {
			return rc < 0 ? rc : ctx_fail_nomem(m->err);
		}
	}
	const struct known *known = &m->known.items[index];
	put_digest(p, "result", &known->digest);
	p->assumed = p->assumed || known->assumed;
	for (size_t i = 0; i < known->run_count; ++i) {
		if (!CTX_VEC_PUSH(&p->runs, m->runs.items[known->run_from + i])) {
			return ctx_fail_nomem(m->err);
		}
	}
	return 0;
}

/** Append what a selection takes of a context. */
static int add_local(struct ana_content_maker *m, const struct ana_vertex *v, const struct ana_selector *sel,
	bool must_exist, struct piece *p) {
	struct ana_dir *root = m->roots[v->local];
	if (root == NULL) {
		put_str(p, v->identifier);
		put_str(p, sel->path);
		p->assumed = true;
		return 0;
	}
	struct ctx_digest digest;
	int rc = ana_selection_digest(m->selections, root, sel, &digest, m->err);
	if (rc > 0) {
		put_digest(p, "context", &digest);
	}
	p->missing = p->missing || (rc == 0 && must_exist);
	return rc < 0 ? rc : 0;
}

/* ---- Paths ---- */

/** A path without its final slashes: "/" for the root. */
static struct ctx_str trimmed(struct ctx_str path) {
	while (path.len > 1 && path.ptr[path.len - 1] == '/') {
		--path.len;
	}
	if (path.len > 2 && path.ptr[path.len - 1] == '.' && path.ptr[path.len - 2] == '/') {
		return trimmed((struct ctx_str){ path.ptr, path.len - 1 });
	}
	return path;
}

/** Is `path` the directory itself or below it?  `rest`: what follows, without a slash before it. */
static bool is_within(struct ctx_str path, struct ctx_str dir, struct ctx_str *rest) {
	size_t len = dir.len > 1 ? dir.len : 0;
	if (!ctx_path_within(path.ptr, path.len, dir.ptr, len)) {
		return false;
	}
	*rest = ctx_str_from(path, path.len > len ? len + 1 : path.len);
	return true;
}

/** The part of a path that is no pattern: what a selection with a wildcard lies below. */
static struct ctx_str fixed_part(const struct ana_selector *sel) {
	struct ctx_str path = sel->path;
	if (!sel->wildcard) {
		return path;
	}
	size_t end = 0;
	while (end < path.len) {
		const char *slash = memchr(path.ptr + end + 1, '/', path.len - end - 1);
		size_t next = slash != NULL ? (size_t)(slash - path.ptr) : path.len;
		if (ana_glob_has_wildcard((struct ctx_str){ path.ptr + end, next - end })) {
			break;
		}
		end = next;
	}
	return end == 0 ? CTX_STR("/") : (struct ctx_str){ path.ptr, end };
}

/** The selection of `rest` below another path, with all else as it is.  In the arena. */
static int selector_below(struct ana_content_maker *m, struct ctx_str above, struct ctx_str rest,
	const struct ana_selector *like, struct ana_selector *out) {
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT, clean = CTX_BUF_INIT;
	ctx_buf_addc(&path, '/');
	ctx_buf_add(&path, above.ptr, above.len);
	ctx_buf_addc(&path, '/');
	ctx_buf_add(&path, rest.len > 0 ? rest.ptr : "", rest.len);
	ctx_path_clean(&clean, ctx_buf_str(&path), path.len);
	char *copy = ctx_arena_memdup0(&m->arena, ctx_buf_str(&clean), clean.len);
	if (!ctx_buf_ok(&path) || !ctx_buf_ok(&clean) || copy == NULL) {
		return ctx_fail_nomem(m->err);
	}
	*out = *like;
	out->path = (struct ctx_str){ copy, clean.len };
	return 0;
}

/* ---- Copies ---- */

/** The selection that a copy reads. */
static struct ana_selector read_by(const struct ana_action *a) {
	bool patterns = a->include_count + a->exclude_count + a->required_count > 0;
	return (struct ana_selector){ .path = a->src,
		.wildcard = a->wildcard && ana_glob_has_wildcard(a->src),
		.follow = a->follow_symlinks,
		.patterns = patterns ? a : NULL };
}

/** Everything that the action copies, as one contribution; `rest` is where it lands below the path that is asked for. */
static int add_whole_copy(struct ana_content_maker *m, const struct ana_action *a, struct ctx_str rest,
	struct piece *p) {
	put_str(p, CTX_STR("copy"));
	put_str(p, rest);
	put_str(p, CTX_STR(a->dest.ptr[a->dest.len - 1] == '/' ? "/" : ""));
	put_manner(p, a);
	struct ana_selector sel = read_by(a);
	if (a->source == ANA_NONE) {
		return 0;
	}
	const struct ana_vertex *v = &m->graph->vertices.items[a->source];
	if (v->op == ANA_OP_LOCAL) {
		return add_local(m, v, &sel, false, p);
	}
	return add_nested(m, a->source, &sel, p);
}

/** A context's file or directory that a copy takes: does `rest` lie in it, below the destination? */
static int add_top_part(struct ana_content_maker *m, const struct ana_vertex *v, const struct ana_action *a,
	const struct ana_top *top, struct ctx_str rest, const struct ana_selector *sel, struct piece *p) {
	struct ctx_str path = CTX_STR(top->path);
	struct ana_selector part;
	if (top->spot.dir == NULL) {
		struct ctx_str name = ctx_str_from(path, ctx_path_base(path.ptr, path.len));
		if (!ctx_str_eq(name, rest)) {
			return 0;
		}
		rest = CTX_STR("");
	}
	size_t before = p->text.len;
	put_str(p, CTX_STR("part"));
	put_manner(p, a);
	size_t started = p->text.len;
	int rc = selector_below(m, path, rest, sel, &part);
	part.patterns = NULL;
	rc = rc < 0 ? rc : add_local(m, v, &part, false, p);
	if (p->text.len == started) {
		ctx_buf_truncate(&p->text, before); // it is not there
	}
	return rc;
}

/** The part of what a copy takes of a context that lands at `rest` below its destination. */
static int add_local_part(struct ana_content_maker *m, const struct ana_action *a, struct ctx_str rest,
	const struct ana_selector *sel, struct piece *p) {
	const struct ana_vertex *v = &m->graph->vertices.items[a->source];
	struct ana_selector source = read_by(a);
	struct ana_dir *root = m->roots[v->local];
	if (root == NULL || source.patterns != NULL || sel->patterns != NULL) {
		return add_whole_copy(m, a, rest, p);
	}
	struct ana_tops tops = { 0 };
	int rc = ana_tops_find(&tops, m->store, root, &source, m->err);
	for (size_t i = 0; rc > 0 && i < tops.items.count; ++i) {
		int failed = add_top_part(m, v, a, &tops.items.items[i], rest, sel, p);
		rc = failed < 0 ? failed : rc;
	}
	ana_tops_release(&tops);
	return rc < 0 ? rc : 0;
}

/** The part of what a copy takes of a result that lands at `rest` below its destination. */
static int add_result_part(struct ana_content_maker *m, const struct ana_action *a, struct ctx_str rest,
	const struct ana_selector *sel, struct piece *p) {
	struct ana_selector source = read_by(a), part;
	if (source.wildcard || source.patterns != NULL || sel->patterns != NULL) {
		return add_whole_copy(m, a, rest, p);
	}
	put_str(p, CTX_STR("part"));
	put_manner(p, a);
	int rc = selector_below(m, source.path, rest, sel, &part);
	rc = rc < 0 ? rc : add_nested(m, a->source, &part, p);
	// A source that is a file lands under its own name
	struct ctx_str name = ctx_str_from(source.path, ctx_path_base(source.path.ptr, source.path.len));
	return rc < 0 || !ctx_str_eq(name, rest) ? rc : add_nested(m, a->source, &source, p);
}

/** What a copy contributes. */
static int add_copy(struct ana_content_maker *m, const struct ana_action *a, const struct ana_selector *sel,
	struct piece *p) {
	struct ctx_str dest = trimmed(a->dest), fixed = fixed_part(sel), rest;
	if (is_within(dest, fixed, &rest)) {
		return add_whole_copy(m, a, rest, p);
	}
	if (!is_within(sel->path, dest, &rest)) {
		return 0;
	}
	if (a->source == ANA_NONE) {
		return 0;
	}
	bool local = m->graph->vertices.items[a->source].op == ANA_OP_LOCAL;
	return local ? add_local_part(m, a, rest, sel, p) : add_result_part(m, a, rest, sel, p);
}

/** What an action contributes. */
static int add_action(struct ana_content_maker *m, const struct ana_action *a, const struct ana_selector *sel,
	struct piece *p) {
	if (a->kind == ANA_ACTION_COPY) {
		return add_copy(m, a, sel, p);
	}
	struct ctx_str rest;
	if (is_within(a->src, fixed_part(sel), &rest)) {
		put_str(p, CTX_STR(a->kind == ANA_ACTION_MKDIR ? "mkdir" : "mkfile"));
		put_str(p, rest);
		put_str(p, a->data);
		put_manner(p, a);
	}
	return 0;
}

/** What a vertex contributes itself; `below`: what it is based on, ANA_NONE if nothing shows through. */
static int add_own(struct ana_content_maker *m, uint32_t vertex, const struct ana_selector *sel, uint32_t *below,
	struct piece *p) {
	const struct ana_vertex *v = &m->graph->vertices.items[vertex];
	*below = ANA_NONE;
	switch (v->op) {
	case ANA_OP_LOCAL:
		return add_local(m, v, sel, false, p);
	case ANA_OP_EXEC:
		if (m->assumptions.run == ANA_RUN_UNCHANGED) {
			*below = v->exec.mounts[0].root ? v->exec.mounts[0].input : ANA_NONE;
			return 0;
		}
		put_str(p, CTX_STR("run"));
		put_str(p, sel->path);
		return CTX_VEC_PUSH(&p->runs, vertex) ? 0 : ctx_fail_nomem(m->err);
	case ANA_OP_FILE:
		*below = v->file.base;
		for (uint32_t i = v->file.action_count; i-- > 0;) {
			int rc = add_action(m, &v->file.actions[i], sel, p);
			if (rc < 0) {
				return rc;
			}
		}
		return 0;
	case ANA_OP_MERGE:
		*below = v->inputs[0];
		return v->input_count > 1 ? add_nested(m, v->inputs[1], sel, p) : 0;
	default:
		if (v->op == ANA_OP_IMAGE && m->assumptions.same_images) {
			put_str(p, CTX_STR("image"));
			p->assumed = true;
		} else {
			put_digest(p, "source", &m->keys->vertices[vertex].op);
			p->assumed = p->assumed || v->op != ANA_OP_IMAGE;
		}
		put_str(p, sel->path);
		return 0;
	}
}

/** Everything that contributes to a selection of a vertex's result. */
static int add_vertex(struct ana_content_maker *m, uint32_t vertex, const struct ana_selector *sel, struct piece *p) {
	int rc = 0;
	while (rc == 0 && vertex != ANA_NONE) {
		uint32_t below;
		rc = add_own(m, vertex, sel, &below, p);
		vertex = below;
	}
	return rc;
}

/* ---- All inputs ---- */

/** The content of one input. */
static int make_content(struct ana_content_maker *m, const struct ana_key_input *input, struct ana_content *out,
	struct ctx_arena *arena) {
	struct piece p = { 0 };
	const struct ana_vertex *v = &m->graph->vertices.items[input->vertex];
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < input->selector_count; ++i) {
		const struct ana_selector *sel = &input->selectors[i];
		rc = v->op == ANA_OP_LOCAL ? add_local(m, v, sel, true, &p) : add_nested(m, input->vertex, sel, &p);
	}
	uint32_t *runs = ctx_arena_calloc(arena, p.runs.count + 1, sizeof(*runs));
	if (rc == 0 && (runs == NULL || !ctx_buf_ok(&p.text))) {
		rc = ctx_fail_nomem(m->err);
	}
	if (rc == 0) {
		if (p.runs.count > 0) {
			memcpy(runs, p.runs.items, p.runs.count * sizeof(*runs));
		}
		*out = (struct ana_content){ .digest = ctx_hash_bytes(ctx_buf_str(&p.text), p.text.len),
			.runs = runs,
			.run_count = (uint32_t)p.runs.count,
			.assumed = p.assumed,
			.missing = p.missing };
	}
	release_piece(&p);
	return rc;
}

int ana_contents_make(struct ana_content_maker *maker, struct ana_filetree *store, struct ana_dir *const *roots,
	struct ana_content *out, struct ctx_arena *arena, struct ctx_error *err) {
	maker->store = store;
	maker->roots = roots;
	maker->err = err;
	int rc = 0;
	for (uint32_t v = 0; rc == 0 && v < maker->keys->count; ++v) {
		const struct ana_vertex_key *key = &maker->keys->vertices[v];
		for (uint32_t i = 0; rc == 0 && i < key->input_count; ++i) {
			if (key->inputs[i].by_content) {
				rc = make_content(maker, &key->inputs[i], &out[maker->keys->first[v] + i], arena);
			}
		}
	}
	forget(maker);
	return rc;
}
