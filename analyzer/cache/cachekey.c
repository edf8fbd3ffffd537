#include "analyzer/cache/cachekey.h"

#include "analyzer/dockerfile/encode.h"
#include "analyzer/dockerfile/values.h"
#include "ctxopt/base/path.h"

#include <stdlib.h>
#include <string.h>

/** What the passes share. */
struct maker {
	struct ana_cachekeys *out;
	const struct ana_graph *graph;
	const struct ana_cachekey_opts *opts;
	struct ctx_error *err;
	/** The encoding at hand. */
	struct ctx_buf text;
	/** Variables that were written down last; their encoding, empty for none. */
	const struct ana_env *env;
	struct ctx_buf env_text;
};

/* ---- Encoding: every field is delimited, so no two operations share one ---- */

/** Position of a vertex among the inputs; UINT64_MAX for none. */
static uint64_t input_index(const struct ana_vertex *v, uint32_t input) {
	for (uint32_t i = 0; i < v->input_count; ++i) {
		if (v->inputs[i] == input) {
			return i;
		}
	}
	return UINT64_MAX;
}

/* ---- RUN ---- */

/** Is it the mount that every RUN has, and nothing more (exec.go: the mounts are then left out)? */
static bool only_root(const struct ana_exec *e) {
	return e->mount_count == 1 && e->mounts[0].root && e->mounts[0].selector.len == 0 && !e->mounts[0].read_only;
}

bool ana_cache_id_counts(const struct ana_exec_mount *m) {
	if (m->sharing != ANA_SHARING_SHARED && m->sharing != ANA_SHARING_UNSET) {
		return false;
	}
	if (ctx_str_eq(m->cache_id, m->dest)) {
		return true;
	}
	const char *slash = m->cache_id.len > 0 ? memchr(m->cache_id.ptr, '/', m->cache_id.len) : NULL;
	return slash != NULL && ctx_str_eq(ctx_str_from(m->cache_id, (size_t)(slash - m->cache_id.ptr) + 1), m->dest);
}

/** Append a mount; what it selects of its input is part of the link, not of the operation. */
static void put_mount(struct ctx_buf *out, const struct ana_vertex *v, const struct ana_exec_mount *m, bool older) {
	ana_put_number(out, input_index(v, m->input));
	ana_put_str(out, m->dest);
	ana_put_number(out,
		(uint64_t)m->type << 8 | (uint64_t)m->read_only << 2 | (uint64_t)m->root << 1 | m->optional);
	if (m->type == ANA_MOUNT_CACHE && (older || ana_cache_id_counts(m))) {
		ana_put_str(out, m->cache_id);
		ana_put_number(out, older ? m->sharing : 0);
	}
	ana_put_number(out, (uint64_t)m->size_bytes);
	ana_put_str(out, m->secret_id);
	ana_put_number(out, (uint64_t)m->uid << 32 | m->gid);
	ana_put_number(out, m->mode);
}

/** Write down variables; those of the RUN before are kept, which most RUNs have, too. */
static int list_env(struct maker *m, const struct ana_env *env) {
	ana_auto_vars struct ana_vars vars = { 0 };
	if (env == m->env && m->env_text.len > 0) {
		return 0;
	}
	int rc = ana_env_list(env, &vars, m->err);
	if (rc < 0) {
		return rc;
	}
	m->env = env;
	ctx_buf_reset(&m->env_text);
	ana_put_number(&m->env_text, vars.items.count);
	for (size_t i = 0; i < vars.items.count; ++i) {
		ana_put_str(&m->env_text, vars.items.items[i].name);
		ana_put_str(&m->env_text, vars.items.items[i].value);
	}
	return ctx_buf_ok(&m->env_text) ? 0 : ctx_fail_nomem(m->err);
}

/** Append an exec. */
static int put_exec(struct maker *m, const struct ana_vertex *v) {
	const struct ana_exec *e = &v->exec;
	struct ctx_buf *out = &m->text;
	int rc = list_env(m, e->env);
	if (rc < 0) {
		return rc;
	}
	ana_put_list(out, e->args, e->arg_count);
	ctx_buf_add(out, ctx_buf_str(&m->env_text), m->env_text.len);
	ana_put_str(out, e->cwd);
	ana_put_str(out, e->user);
	ana_put_str(out, e->hostname);
	ana_put_str(out, e->network);
	ana_put_str(out, e->security);
	ana_put_number(out, only_root(e) ? 0 : e->mount_count);
	for (uint32_t i = 0; !only_root(e) && i < e->mount_count; ++i) {
		put_mount(out, v, &e->mounts[i], m->opts->older);
	}
	ana_put_number(out, e->secret_env_count);
	for (uint32_t i = 0; i < e->secret_env_count; ++i) {
		ana_put_str(out, e->secret_envs[i].id);
		ana_put_str(out, e->secret_envs[i].name);
		ana_put_number(out, e->secret_envs[i].optional);
	}
	ana_put_platform(out, &v->platform);
	return 0;
}

/* ---- COPY, ADD, WORKDIR ---- */

/** What of a copy's source is part of the operation: only the last component (file.go). */
static struct ctx_str copied_name(const struct ana_action *a) {
	if (a->kind != ANA_ACTION_COPY || a->source == ANA_NONE) {
		return a->src;
	}
	return a->src.len <= 1 ? a->src : ctx_str_from(a->src, ctx_path_base(a->src.ptr, a->src.len));
}

/** Is it the number of a user, or root? */
static bool is_id(struct ctx_str text, int64_t *id) {
	*id = 0;
	return ctx_str_is(text, "root") || (ana_int_parse(id, text) && *id >= INT32_MIN && *id <= INT32_MAX);
}

/** Append an owner: user and group, each a number if it is one (client/llb/fileop.go, WithUser). */
static void put_owner(struct ctx_buf *out, struct ctx_str owner) {
	const char *colon = owner.len > 0 ? memchr(owner.ptr, ':', owner.len) : NULL;
	size_t len = colon != NULL ? (size_t)(colon - owner.ptr) : owner.len;
	struct ctx_str parts[] = { { owner.ptr, len }, ctx_str_from(owner, colon != NULL ? len + 1 : owner.len) };
	ana_put_number(out, owner.len == 0 ? 0 : colon == NULL ? 1 : 2);
	for (size_t i = 0; i < CTX_COUNTOF(parts); ++i) {
		int64_t id;
		bool number = is_id(parts[i], &id);
		ana_put_number(out, number);
		ana_put_number(out, number ? (uint64_t)id : 0);
		ana_put_str(out, number ? CTX_STR("") : parts[i]);
	}
}

/** Append an action.  Older builders do not see a --chmod that is no number. */
static void put_action(struct ctx_buf *out, const struct ana_vertex *v, const struct ana_action *a, bool older) {
	const bool flags[] = { a->follow_symlinks, a->dir_contents, a->unpack, a->wildcard, a->allow_empty_wildcard,
		a->create_dest, a->make_parents };
	ana_put_number(out, a->kind);
	ctx_buf_add(out, flags, sizeof(flags));
	ana_put_number(out, a->kind == ANA_ACTION_COPY ? input_index(v, a->source) : UINT64_MAX);
	ana_put_str(out, copied_name(a));
	ana_put_str(out, a->dest);
	put_owner(out, a->chown);
	ana_put_str(out, a->mode < 0 && !older ? a->chmod : CTX_STR(""));
	ana_put_number(out, (uint64_t)a->mode);
	ana_put_number(out, (uint64_t)a->timestamp_ns);
	ana_put_str(out, a->data);
	ana_put_list(out, a->includes, a->include_count);
	ana_put_list(out, a->excludes, a->exclude_count);
	ana_put_list(out, a->required, a->required_count);
}

/** Append a file operation. */
static void put_file(struct ctx_buf *out, const struct ana_vertex *v, bool older) {
	ana_put_number(out, input_index(v, v->file.base));
	ana_put_number(out, v->file.action_count);
	for (uint32_t i = 0; i < v->file.action_count; ++i) {
		put_action(out, v, &v->file.actions[i], older);
	}
}

/* ---- Sources ---- */

/** Append a source. */
static void put_source(struct ctx_buf *out, const struct ana_vertex *v) {
	ana_put_str(out, v->identifier);
	if (v->op == ANA_OP_HTTP || v->op == ANA_OP_GIT) {
		ana_put_str(out, v->remote.filename);
		ana_put_number(out,
			(uint64_t)v->remote.keep_git_dir << 2 | (uint64_t)v->remote.skip_submodules << 1 |
				v->remote.fetch_by_commit);
	}
	ana_put_platform(out, &v->platform);
}

/** The digest of a vertex's operation. */
static int make_op(struct maker *m, const struct ana_vertex *v, struct ctx_digest *out) {
	ctx_buf_reset(&m->text);
	ana_put_number(&m->text, v->op);
	int rc = 0;
	if (v->op == ANA_OP_EXEC) {
		rc = put_exec(m, v);
	} else if (v->op == ANA_OP_FILE) {
		put_file(&m->text, v, m->opts->older);
	} else if (v->op == ANA_OP_MERGE) {
		ana_put_number(&m->text, v->input_count);
	} else {
		put_source(&m->text, v);
	}
	if (rc < 0 || !ctx_buf_ok(&m->text)) {
		return rc < 0 ? rc : ctx_fail_nomem(m->err);
	}
	*out = ctx_hash_bytes(m->text.data, m->text.len);
	return 0;
}

/** The digest of the instruction as it is written. */
static struct ctx_digest make_written(const struct ana_vertex *v) {
	struct ctx_str text = v->instruction == NULL ? v->identifier : v->instruction->node->line_text;
	return ctx_hash_seeded(text.len > 0 ? text.ptr : "", text.len, v->op);
}

/* ---- Inputs ---- */

/** Order of selections: by path. */
static int compare_selectors(const void *a_, const void *b_) {
	const struct ana_selector *a = a_, *b = b_;
	return ctx_str_cmp(a->path, b->path);
}

/** Is it hashed as one path with all below? */
static bool is_plain(const struct ana_selector *s) {
	return !s->wildcard && s->patterns == NULL;
}

/** Does a plain selection take all that another takes? */
static bool covers(const struct ana_selector *above, const struct ana_selector *s) {
	return above->follow == s->follow &&
		ctx_path_within(s->path.ptr, s->path.len, above->path.ptr, above->path.len);
}

/** Sort, and leave out plain selections that another one covers (dedupeSelectors, dedupePaths). */
static void reduce(struct ana_key_input *input) {
	qsort(input->selectors, input->selector_count, sizeof(*input->selectors), compare_selectors);
	uint32_t kept = 0;
	for (uint32_t i = 0; i < input->selector_count; ++i) {
		const struct ana_selector *s = &input->selectors[i];
		bool covered = false;
		for (uint32_t k = 0; is_plain(s) && !covered && k < kept; ++k) {
			covered = is_plain(&input->selectors[k]) && covers(&input->selectors[k], s);
		}
		if (!covered) {
			input->selectors[kept++] = *s;
		}
	}
	input->selector_count = kept;
}

/** Order of texts, the greatest first ("historical reasons", file.go). */
static int compare_descending(const void *a, const void *b) {
	return ctx_str_cmp(*(const struct ctx_str *)b, *(const struct ctx_str *)a);
}

/** Digest of what is used of an input. */
static int make_link(struct maker *m, struct ctx_str *paths, uint32_t count, bool sort, struct ctx_digest *out) {
	if (sort) {
		qsort(paths, count, sizeof(*paths), compare_descending);
	}
	ctx_buf_reset(&m->text);
	ana_put_list(&m->text, paths, count);
	if (!ctx_buf_ok(&m->text)) {
		return ctx_fail_nomem(m->err);
	}
	*out = ctx_hash_bytes(m->text.data, m->text.len);
	return 0;
}

/** The cleaned absolute form of a mount's selector. */
static int clean_selector(struct maker *m, struct ctx_str selector, struct ctx_str *out) {
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT, clean = CTX_BUF_INIT;
	ctx_buf_addc(&path, '/');
	ctx_buf_add(&path, selector.len > 0 ? selector.ptr : "", selector.len);
	ctx_path_clean(&clean, ctx_buf_str(&path), path.len);
	char *copy = ctx_arena_memdup0(&m->out->arena, ctx_buf_str(&clean), clean.len);
	if (!ctx_buf_ok(&path) || !ctx_buf_ok(&clean) || copy == NULL) {
		return ctx_fail_nomem(m->err);
	}
	*out = (struct ctx_str){ copy, clean.len };
	return 0;
}

/**
 * An input of an exec.  Whether content counts is decided by the last mount of it (getMountDeps): a mount without a result may be
 * matched by content, the root mount is not.  In BuildKit 0.8 the root mount decides.
 */
static int exec_input(struct maker *m, const struct ana_vertex *v, struct ana_key_input *input) {
	const struct ana_exec *e = &v->exec;
	struct ctx_str *paths = ctx_arena_calloc(&m->out->arena, e->mount_count + 1, sizeof(*paths));
	input->selectors = ctx_arena_calloc(&m->out->arena, e->mount_count + 1, sizeof(*input->selectors));
	if (paths == NULL || input->selectors == NULL) {
		return ctx_fail_nomem(m->err);
	}
	uint32_t count = 0;
	bool has_root = false;
	for (uint32_t i = 0; i < e->mount_count; ++i) {
		const struct ana_exec_mount *mount = &e->mounts[i];
		bool has_input = mount->type == ANA_MOUNT_BIND || mount->type == ANA_MOUNT_CACHE;
		if (!has_input || mount->input != input->vertex) {
			continue;
		}
		int rc = clean_selector(m, mount->selector, &paths[count]);
		if (rc < 0) {
			return rc;
		}
		bool whole = ctx_str_is(paths[count], "/");
		input->selectors[count] = (struct ana_selector){ .path = paths[count], .follow = !whole };
		has_root = has_root || mount->root;
		input->by_content = !mount->root && !(has_root && m->opts->older);
		++count;
	}
	input->selector_count = input->by_content ? count : 0;
	int rc = make_link(m, paths, count, false, &input->link);
	reduce(input);
	return rc;
}

/** An input of a file operation: by key where something is changed in it, by content where it is only copied from. */
static int file_input(struct maker *m, const struct ana_vertex *v, struct ana_key_input *input) {
	const struct ana_file_op *file = &v->file;
	if (file->base == input->vertex) {
		return make_link(m, NULL, 0, false, &input->link);
	}
	struct ctx_str *paths = ctx_arena_calloc(&m->out->arena, file->action_count + 1, sizeof(*paths));
	input->selectors = ctx_arena_calloc(&m->out->arena, file->action_count + 1, sizeof(*input->selectors));
	if (paths == NULL || input->selectors == NULL) {
		return ctx_fail_nomem(m->err);
	}
	for (uint32_t i = 0; i < file->action_count; ++i) {
		const struct ana_action *a = &file->actions[i];
		if (a->kind == ANA_ACTION_COPY && a->source == input->vertex) {
			paths[input->selector_count] = a->src;
			input->selectors[input->selector_count++] = ana_selector_of(a, m->opts->older);
		}
	}
	input->by_content = input->selector_count > 0;
	int rc = make_link(m, paths, input->selector_count, true, &input->link);
	reduce(input);
	return rc;
}

/** All inputs of a vertex. */
static int make_inputs(struct maker *m, const struct ana_vertex *v, struct ana_vertex_key *key) {
	key->inputs = ctx_arena_calloc(&m->out->arena, v->input_count + 1, sizeof(*key->inputs));
	if (key->inputs == NULL) {
		return ctx_fail_nomem(m->err);
	}
	key->input_count = v->input_count;
	for (uint32_t i = 0; i < v->input_count; ++i) {
		struct ana_key_input *input = &key->inputs[i];
		input->vertex = v->inputs[i];
		input->by_key = m->graph->vertices.items[input->vertex].op != ANA_OP_LOCAL;
		int rc = v->op == ANA_OP_EXEC  ? exec_input(m, v, input)
			: v->op == ANA_OP_FILE ? file_input(m, v, input)
					       : make_link(m, NULL, 0, false, &input->link);
		if (rc < 0) {
			return rc;
		}
	}
	return 0;
}

/* ---- The whole ---- */

/** Is the cache not asked?  RUN, COPY and ADD of the stages that were named, and their merges (WORKDIR is not marked). */
static bool is_forced(const struct maker *m, const struct ana_vertex *v) {
	bool may = v->instruction != NULL && (v->flags & ANA_VERTEX_STEP) != 0 &&
		(v->instruction->keyword == ANA_KW_RUN || v->instruction->keyword == ANA_KW_COPY ||
			v->instruction->keyword == ANA_KW_ADD);
	if (!may || m->opts->no_cache || v->stage == ANA_NONE) {
		return may && m->opts->no_cache;
	}
	const struct ana_stage *stage = m->graph->stages.items[v->stage].stage;
	for (size_t i = 0; stage != NULL && i < m->opts->no_cache_stage_count; ++i) {
		if (stage->name.len > 0 && ctx_str_same(stage->name, m->opts->no_cache_stages[i])) {
			return true;
		}
	}
	return false;
}

int ana_cachekeys_make(struct ana_cachekeys *out, const struct ana_graph *graph, const struct ana_cachekey_opts *opts,
	struct ctx_error *err) {
	static const struct ana_cachekey_opts none;
	struct maker m = { .out = out, .graph = graph, .opts = opts != NULL ? opts : &none, .err = err };
	out->vertices = ctx_arena_calloc(&out->arena, graph->vertices.count + 1, sizeof(*out->vertices));
	out->first = ctx_arena_calloc(&out->arena, graph->vertices.count + 1, sizeof(*out->first));
	out->count = (uint32_t)graph->vertices.count;
	out->older = m.opts->older;
	int rc = out->vertices != NULL && out->first != NULL ? 0 : ctx_fail_nomem(err);
	for (uint32_t i = 0; rc == 0 && i < out->count; ++i) {
		const struct ana_vertex *v = &graph->vertices.items[i];
		struct ana_vertex_key *key = &out->vertices[i];
		rc = make_op(&m, v, &key->op);
		rc = rc < 0 ? rc : make_inputs(&m, v, key);
		out->first[i] = out->input_total;
		out->input_total += key->input_count;
		key->written = make_written(v);
		key->forced = is_forced(&m, v);
	}
	ctx_buf_release(&m.text);
	ctx_buf_release(&m.env_text);
	return rc;
}

void ana_cachekeys_release(struct ana_cachekeys *keys) {
	ctx_arena_release(&keys->arena);
	*keys = (struct ana_cachekeys){ 0 };
}
