#include "analyzer/cache/content.h"

#include "analyzer/cache/overlay.h"

#include <stdlib.h>
#include <string.h>

// Results that somebody copies from are carried out as overlays, from what they are based on up; the content of an input is what
// its selections take of them, and which unknown things may be part of it.

/** The result of a vertex. */
struct result {
	/** Somebody looks into it. */
	bool needed;
	/** It is another one than the last time. */
	bool changed;
	struct ana_overlay fs;
};

struct ana_content_maker {
	const struct ana_graph *graph;
	const struct ana_cachekeys *keys;
	struct ana_selections *selections;
	struct ana_assumptions assumptions;
	/** One for each vertex. */
	struct result *results;
	/** Contexts of one ana_contents_make(); those of the last one, and what came out of it.  None before the first. */
	struct ana_dir *const *roots;
	struct ana_dir **last_roots;
	struct ana_content *last;
	bool again;
	struct ana_overlay_env env;
	/** Lists of files: directories made of them live as long as the store. */
	struct ctx_arena arena;
};

void ana_content_maker_free(struct ana_content_maker *maker) {
	if (maker != NULL) {
		free(maker->results);
		free(maker->last_roots);
		free(maker->last);
		ctx_arena_release(&maker->arena);
		free(maker);
	}
}

/* ---- What is needed ---- */

/** Mark a vertex. */
static void need(struct ana_content_maker *m, uint32_t vertex) {
	if (vertex != ANA_NONE) {
		m->results[vertex].needed = true;
	}
}

/** Mark what the result of a vertex is made of. */
static void need_inputs(struct ana_content_maker *m, const struct ana_vertex *v) {
	bool kept = v->op == ANA_OP_EXEC && m->assumptions.run == ANA_RUN_UNCHANGED;
	if (kept && v->exec.mount_count > 0 && v->exec.mounts[0].root) {
		need(m, v->exec.mounts[0].input);
	}
	if (v->op == ANA_OP_FILE || v->op == ANA_OP_MERGE) {
		for (uint32_t i = 0; i < v->input_count; ++i) {
			need(m, v->inputs[i]);
		}
	}
}

/** Mark everything whose result is looked into. */
static void mark_needed(struct ana_content_maker *m) {
	for (uint32_t v = m->keys->count; v-- > 0;) {
		const struct ana_vertex_key *key = &m->keys->vertices[v];
		for (uint32_t i = 0; i < key->input_count; ++i) {
			if (key->inputs[i].by_content) {
				need(m, key->inputs[i].vertex);
			}
		}
	}
	for (uint32_t v = m->keys->count; v-- > 0;) { // inputs come before what is made of them
		if (m->results[v].needed) {
			need_inputs(m, &m->graph->vertices.items[v]);
		}
	}
}

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
	m->results = ctx_calloc(graph->vertices.count + 1, sizeof(*m->results));
	m->last_roots = ctx_calloc(graph->locals.count + 1, sizeof(*m->last_roots));
	m->last = ctx_calloc(keys->input_total + 1, sizeof(*m->last));
	if (m->results == NULL || m->last_roots == NULL || m->last == NULL) {
		ana_content_maker_free(m);
		return ctx_fail_nomem(err);
	}
	mark_needed(m);
	*out = m;
	return 0;
}

/* ---- Results ---- */

/** Something that nobody can look into. */
static int make_unknown(struct ana_content_maker *m, uint32_t vertex, struct ana_overlay *fs) {
	const struct ana_vertex *v = &m->graph->vertices.items[vertex];
	struct ana_unknown unknown = { .path = CTX_STR("/"), .run = ANA_NONE, .under = true };
	if (v->op == ANA_OP_EXEC) {
		unknown.run = vertex; // its digest is that of its key, which only the cache knows
		unknown.id = ctx_hash_bytes("run", 3);
	} else if (v->op == ANA_OP_LOCAL) {
		unknown.id = ctx_hash_bytes(v->identifier.ptr, v->identifier.len);
		unknown.assumed = true;
	} else if (v->op == ANA_OP_IMAGE && m->assumptions.same_images) {
		unknown.id = ctx_hash_bytes("image", 5);
		unknown.assumed = true;
	} else {
		unknown.id = m->keys->vertices[vertex].op;
		unknown.assumed = v->op != ANA_OP_IMAGE;
	}
	// Two images never hold the same in all
	unknown.whole = v->op == ANA_OP_IMAGE ? m->keys->vertices[vertex].op : unknown.id;
	unknown.origin = unknown.id;
	int rc = ana_overlay_empty(&m->env, fs);
	return rc < 0 ? rc : ana_overlay_add_unknown(&m->env, fs, &unknown);
}

/** The result of a file operation. */
static int make_file(struct ana_content_maker *m, const struct ana_file_op *file, struct ana_overlay *fs) {
	int rc = 0;
	if (file->base != ANA_NONE) {
		*fs = m->results[file->base].fs;
	} else {
		rc = ana_overlay_empty(&m->env, fs);
	}
	for (uint32_t i = 0; rc == 0 && i < file->action_count; ++i) {
		const struct ana_action *a = &file->actions[i];
		bool from = a->kind == ANA_ACTION_COPY && a->source != ANA_NONE;
		rc = ana_overlay_act(&m->env, fs, a, from ? &m->results[a->source].fs : NULL);
	}
	return rc;
}

/** The result of a vertex; those of its inputs are there. */
static int make_result(struct ana_content_maker *m, uint32_t vertex, struct ana_overlay *fs) {
	const struct ana_vertex *v = &m->graph->vertices.items[vertex];
	switch (v->op) {
	case ANA_OP_FILE:
		return make_file(m, &v->file, fs);
	case ANA_OP_MERGE:
		*fs = m->results[v->inputs[0]].fs;
		return v->input_count > 1 ? ana_overlay_merge(&m->env, fs, &m->results[v->inputs[1]].fs) : 0;
	case ANA_OP_EXEC:
		if (m->assumptions.run == ANA_RUN_UNCHANGED && v->exec.mounts[0].root) {
			if (v->exec.mounts[0].input == ANA_NONE) {
				return ana_overlay_empty(&m->env, fs);
			}
			*fs = m->results[v->exec.mounts[0].input].fs;
			return 0;
		}
		break;
	case ANA_OP_LOCAL:
		if (m->roots[v->local] != NULL) {
			*fs = (struct ana_overlay){ .root = m->roots[v->local] };
			return 0;
		}
		break;
	default:
		break;
	}
	return make_unknown(m, vertex, fs);
}

/* ---- Contents ---- */

/** The content of one input. */
struct content {
	struct ctx_buf text, gist;
	CTX_VEC(uint32_t) runs;
	uint64_t bytes;
	bool assumed, missing, open, by_run;
};

/** Add what is certain about something unknown that may be part of a selection, of which nothing is known or something is. */
static void add_gist(struct content *c, const struct ana_unknown *u, const struct ana_selector *sel, bool known) {
	const struct ctx_digest *certain = ana_unknown_certain(u, sel, known);
	if (certain != NULL) {
		ctx_buf_add(&c->gist, certain->bytes, sizeof(certain->bytes));
		c->by_run = c->by_run || u->run != ANA_NONE;
	}
	c->open = c->open || (known && u->hides);
}

/** Add the bytes of what a selection takes, patterns not looked at. */
static int add_bytes(struct ana_content_maker *m, struct ana_dir *root, const struct ana_selector *sel,
	struct content *c) {
	struct ana_tops tops = { 0 };
	int rc = ana_tops_find(&tops, m->env.store, root, sel, m->env.err);
	for (size_t i = 0; rc >= 0 && i < tops.items.count; ++i) {
		const struct ana_spot *spot = &tops.items.items[i].spot;
		uint64_t bytes = spot->dir == NULL ? spot->file->bytes : 0;
		rc = spot->dir == NULL ? rc : ana_dir_bytes(m->env.store, spot->dir, &bytes, m->env.err);
		c->bytes += bytes;
	}
	ana_tops_release(&tops);
	return rc < 0 ? rc : 0;
}

/** Add what one selection takes. */
static int add_selection(struct ana_content_maker *m, uint32_t vertex, const struct ana_selector *sel,
	struct content *c) {
	const struct ana_overlay *fs = &m->results[vertex].fs;
	bool *concerns = ctx_calloc(fs->unknown_count + 1, sizeof(*concerns));
	struct ctx_digest digest;
	int rc = concerns == NULL ? ctx_fail_nomem(m->env.err)
				  : ana_overlay_select(&m->env, fs, sel, &digest, concerns);
	if (rc > 0) {
		ctx_buf_add(&c->text, digest.bytes, sizeof(digest.bytes));
		ctx_buf_add(&c->gist, digest.bytes, sizeof(digest.bytes));
	}
	bool any = false;
	for (uint32_t i = 0; rc >= 0 && i < fs->unknown_count; ++i) {
		const struct ana_unknown *u = &fs->unknown[i];
		if (!concerns[i]) {
			continue;
		}
		any = true;
		const struct ctx_digest *id = ctx_str_is(sel->path, "/") ? &u->whole : &u->id;
		ctx_buf_add(&c->text, id->bytes, sizeof(id->bytes));
		ctx_buf_add(&c->text, u->path.ptr, u->path.len);
		ctx_buf_addc(&c->text, '\0');
		add_gist(c, u, sel, rc > 0);
		c->assumed = c->assumed || u->assumed;
		if (u->run != ANA_NONE && !CTX_VEC_PUSH(&c->runs, u->run)) {
			rc = ctx_fail_nomem(m->env.err);
		}
	}
	if (any) { // what is taken of the unknown is told by the path
		ctx_buf_add(&c->text, sel->path.ptr, sel->path.len);
		ctx_buf_addc(&c->text, '\0');
	}
	// What a RUN made cannot be known to be missing
	c->missing = c->missing || (rc == 0 && m->graph->vertices.items[vertex].op == ANA_OP_LOCAL && !any);
	free(concerns);
	return rc < 0 ? rc : 0;
}

/** The content of one input. */
static int make_content(struct ana_content_maker *m, const struct ana_key_input *input, struct ana_content *out,
	struct ctx_arena *arena) {
	struct content c = { 0 };
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < input->selector_count; ++i) {
		rc = add_selection(m, input->vertex, &input->selectors[i], &c);
		if (rc == 0 && m->assumptions.sizes) {
			rc = add_bytes(m, m->results[input->vertex].fs.root, &input->selectors[i], &c);
		}
	}
	uint32_t *runs = NULL;
	if (rc == 0 && c.runs.count > 0) {
		runs = ctx_arena_calloc(arena, c.runs.count, sizeof(*runs));
		rc = runs != NULL ? 0 : ctx_fail_nomem(m->env.err);
	}
	if (rc == 0 && (!ctx_buf_ok(&c.text) || !ctx_buf_ok(&c.gist))) {
		rc = ctx_fail_nomem(m->env.err);
	}
	if (rc == 0) {
		if (runs != NULL) {
			memcpy(runs, c.runs.items, c.runs.count * sizeof(*runs));
		}
		*out = (struct ana_content){ .digest = ctx_hash_bytes(ctx_buf_str(&c.text), c.text.len),
			.runs = runs,
			.gist = ctx_hash_bytes(ctx_buf_str(&c.gist), c.gist.len),
			.open = c.open,
			.bytes = c.bytes,
			.by_run = c.by_run,
			.run_count = (uint32_t)c.runs.count,
			.assumed = c.assumed,
			.missing = c.missing };
	}
	ctx_buf_release(&c.text);
	ctx_buf_release(&c.gist);
	CTX_VEC_RELEASE(&c.runs);
	return rc;
}

/** Is the result of a vertex another one than the last time?  Those of its inputs are known. */
static bool is_changed(const struct ana_content_maker *m, uint32_t vertex) {
	const struct ana_vertex *v = &m->graph->vertices.items[vertex];
	if (!m->again) {
		return true;
	}
	if (v->op == ANA_OP_LOCAL) {
		return m->roots[v->local] != m->last_roots[v->local];
	}
	if (v->op == ANA_OP_EXEC && m->assumptions.run != ANA_RUN_UNCHANGED) {
		return false; // not known now as then
	}
	for (uint32_t i = 0; i < v->input_count; ++i) {
		if (v->inputs[i] != ANA_NONE && m->results[v->inputs[i]].changed) {
			return true;
		}
	}
	return false;
}

/** Make the results that somebody looks into, unless they are what they were. */
static int make_results(struct ana_content_maker *m) {
	int rc = 0;
	for (uint32_t v = 0; rc == 0 && v < m->keys->count; ++v) {
		struct result *result = &m->results[v];
		result->changed = result->needed && is_changed(m, v);
		if (result->changed) {
			result->fs = (struct ana_overlay){ 0 };
			rc = make_result(m, v, &result->fs);
		}
	}
	return rc;
}

int ana_contents_make(struct ana_content_maker *maker, struct ana_filetree *store, struct ana_dir *const *roots,
	struct ana_content *out, struct ctx_arena *arena, struct ctx_error *err) {
	maker->roots = roots;
	maker->env = (struct ana_overlay_env){ .store = store,
		.selections = maker->selections,
		.older = maker->keys->older,
		.arena = &maker->arena,
		.err = err };
	int rc = make_results(maker);
	for (uint32_t v = 0; rc == 0 && v < maker->keys->count; ++v) {
		const struct ana_vertex_key *key = &maker->keys->vertices[v];
		for (uint32_t i = 0; rc == 0 && i < key->input_count; ++i) {
			uint32_t number = maker->keys->first[v] + i;
			if (key->inputs[i].by_content && maker->results[key->inputs[i].vertex].changed) {
				rc = make_content(maker, &key->inputs[i], &maker->last[number], arena);
			}
			out[number] = maker->last[number];
		}
	}
	maker->again = rc == 0;
	memcpy(maker->last_roots, roots, maker->graph->locals.count * sizeof(struct ana_dir *));
	return rc;
}
