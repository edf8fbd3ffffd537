#include "analyzer/dockerfile/graph_internal.h"

#include "analyzer/dockerfile/encode.h"
#include "ctxopt/base/alloc.h"
#include "ctxopt/base/utf8.h"

#include <stdlib.h>

// LLB names an operation by the digest of its definition, so that equal operations on equal inputs are one vertex, and holds
// what the result needs and nothing else.  Here each vertex gets a key that says all its definition does, with the
// representatives of its inputs; vertices of the same key are the same.  Environments are long and shared, so a key holds
// only the sum of their hashes; where that is the same for different environments, the variables are added to the key.
// A vertex that stands for several is shown as the one that BuildKit's marshalling meets last, at the lines of the first
// (client/llb/state.go marshal, mergeMetadata; sourcemap.go).

/** What the passes keep. */
struct finish {
	struct ana_builder *b;
	/** Keys and what they stand for. */
	struct ctx_arena keys;
	struct ctx_strmap by_key;
	/** For each raw vertex: its representative; which one shows, and which was met first; its final index. */
	uint32_t *same, *face, *first, *final;
	/** Was it met? */
	bool *seen;
};

/** A vertex whose inputs are being visited. */
struct frame {
	uint32_t vertex;
	size_t at;
};

/** Append the representative of an input. */
static void put_input(const struct finish *f, struct ctx_buf *key, uint32_t input) {
	ana_put_number(key, input == ANA_NONE ? UINT64_MAX : f->same[input]);
}

/** Append a mount. */
static void put_mount(const struct finish *f, struct ctx_buf *key, const struct ana_exec_mount *m) {
	put_input(f, key, m->input);
	ana_put_str(key, m->dest);
	ana_put_str(key, m->selector);
	ana_put_number(key,
		(uint64_t)m->type << 8 | (uint64_t)m->read_only << 2 | (uint64_t)m->root << 1 | m->optional);
	ana_put_str(key, m->cache_id);
	ana_put_number(key, (uint64_t)m->sharing);
	ana_put_number(key, (uint64_t)m->size_bytes);
	ana_put_str(key, m->secret_id);
	ana_put_number(key, (uint64_t)m->uid << 32 | m->gid);
	ana_put_number(key, m->mode);
}

/** Append an exec, all but the variables. */
static void put_exec(const struct finish *f, struct ctx_buf *key, const struct ana_raw *raw) {
	const struct ana_exec *e = &raw->v.exec;
	ana_put_list(key, e->args, e->arg_count);
	ana_put_number(key, raw->env_sum);
	ana_put_number(key, ana_env_count(e->env));
	ana_put_str(key, e->cwd);
	ana_put_str(key, e->user);
	ana_put_str(key, e->network);
	ana_put_str(key, e->security);
	ana_put_number(key, e->mount_count);
	for (uint32_t i = 0; i < e->mount_count; ++i) {
		put_mount(f, key, &e->mounts[i]);
	}
	ana_put_number(key, e->secret_env_count);
	for (uint32_t i = 0; i < e->secret_env_count; ++i) {
		ana_put_str(key, e->secret_envs[i].id);
		ana_put_str(key, e->secret_envs[i].name);
		ana_put_number(key, e->secret_envs[i].optional);
	}
}

/** Append a file operation. */
static void put_file(const struct finish *f, struct ctx_buf *key, const struct ana_file_op *file) {
	put_input(f, key, file->base);
	for (uint32_t i = 0; i < file->action_count; ++i) {
		const struct ana_action *a = &file->actions[i];
		ana_put_number(key, a->kind);
		const bool flags[] = { a->follow_symlinks, a->dir_contents, a->unpack, a->wildcard,
			a->allow_empty_wildcard, a->create_dest, a->make_parents };
		ctx_buf_add(key, flags, sizeof(flags));
		put_input(f, key, a->source);
		ana_put_str(key, a->src);
		ana_put_str(key, a->dest);
		ana_put_str(key, a->chown);
		ana_put_str(key, a->mode < 0 ? a->chmod : CTX_STR(""));
		ana_put_number(key, (uint64_t)a->mode);
		ana_put_number(key, (uint64_t)a->timestamp_ns);
		ana_put_str(key, a->data);
		ana_put_list(key, a->includes, a->include_count);
		ana_put_list(key, a->excludes, a->exclude_count);
		ana_put_list(key, a->required, a->required_count);
	}
}

/** Append the paths that are wanted of a local context. */
static void put_local(const struct finish *f, struct ctx_buf *key, uint32_t index) {
	const struct ana_local *local = &f->b->graph->locals.items[index];
	ana_put_number(key, local->all);
	ana_put_list(key, local->paths, local->path_count);
}

/** Write the key of a vertex. */
static void make_key(const struct finish *f, struct ctx_buf *key, const struct ana_raw *raw) {
	const struct ana_vertex *v = &raw->v;
	ctx_buf_reset(key);
	ana_put_number(key, (uint64_t)v->op);
	switch (v->op) {
	case ANA_OP_EXEC:
		ana_put_platform(key, &v->platform);
		put_exec(f, key, raw);
		break;
	case ANA_OP_FILE:
		put_file(f, key, &v->file);
		break;
	case ANA_OP_MERGE:
		put_input(f, key, v->inputs[0]);
		put_input(f, key, v->inputs[1]);
		break;
	case ANA_OP_LOCAL:
		ana_put_str(key, v->identifier);
		put_local(f, key, v->local);
		break;
	case ANA_OP_HTTP:
	case ANA_OP_GIT:
		ana_put_str(key, v->identifier);
		ana_put_str(key, v->remote.url);
		ana_put_str(key, v->remote.checksum);
		ana_put_str(key, v->remote.filename);
		ana_put_number(key, v->remote.keep_git_dir);
		ana_put_number(key, v->remote.skip_submodules);
		ana_put_number(key, v->remote.fetch_by_commit);
		break;
	default:
		ana_put_str(key, v->identifier);
		ana_put_platform(key, &v->platform);
	}
}

/** The first vertex of that key, which may be this one. */
static int look_up(struct finish *f, const struct ctx_buf *key, uint32_t index, uint32_t *found) {
	if (!ctx_buf_ok(key)) {
		return CTX_E_NOMEM;
	}
	*found = ctx_strmap_get(&f->by_key, key->data, key->len);
	if (*found != CTX_STRMAP_NONE) {
		return 0;
	}
	char *kept = ctx_arena_memdup0(&f->keys, key->data, key->len);
	*found = kept == NULL ? CTX_STRMAP_NONE : ctx_strmap_put(&f->by_key, kept, key->len, index);
	return *found == CTX_STRMAP_NONE ? CTX_E_NOMEM : 0;
}

/** The first vertex of that key and exactly these variables. */
static int look_up_env(struct finish *f, struct ctx_buf *key, const struct ana_env *env, uint32_t index,
	uint32_t *found) {
	ana_auto_vars struct ana_vars vars = { 0 };
	int rc = ana_env_list(env, &vars, f->b->err);
	size_t len = key->len;
	for (size_t i = 0; rc == 0 && i < vars.items.count; ++i) {
		ana_put_str(key, vars.items.items[i].name);
		ana_put_str(key, vars.items.items[i].value);
	}
	// Longer than any key without variables of the same exec, so the two kinds never meet
	rc = rc < 0 ? rc : look_up(f, key, index, found);
	ctx_buf_truncate(key, len);
	return rc;
}

/** Find the representative of one vertex. */
static int unify(struct finish *f, struct ctx_buf *key, uint32_t index) {
	const struct ana_raw *raws = f->b->raws.items;
	make_key(f, key, &raws[index]);
	uint32_t found;
	int rc = look_up(f, key, index, &found);
	bool exec = raws[index].v.op == ANA_OP_EXEC;
	if (rc == 0 && exec && found != index && raws[found].v.exec.env != raws[index].v.exec.env) {
		// The first of the group is entered with its variables, too; again and again does no harm
		uint32_t first;
		rc = look_up_env(f, key, raws[found].v.exec.env, found, &first);
		if (rc == 0) {
			rc = look_up_env(f, key, raws[index].v.exec.env, index, &found);
		}
	}
	f->same[index] = found;
	return rc;
}

/** Find the representatives of all vertices. */
static int unify_all(struct finish *f) {
	ctx_auto_buf struct ctx_buf key = CTX_BUF_INIT;
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < f->b->raws.count; ++i) {
		rc = unify(f, &key, i);
	}
	return rc;
}

/** The n-th input in the order in which marshalling visits them; false beyond the last.  May be ANA_NONE. */
static bool visited_input(const struct ana_vertex *v, size_t n, uint32_t *input) {
	if (v->op == ANA_OP_EXEC) {
		*input = n < v->exec.mount_count ? v->exec.mounts[n].input : ANA_NONE;
		return n < v->exec.mount_count;
	}
	if (v->op == ANA_OP_FILE) {
		// From the last action to the first
		*input = n == 0                     ? v->file.base
			: n <= v->file.action_count ? v->file.actions[v->file.action_count - n].source
						    : ANA_NONE;
		return n <= v->file.action_count;
	}
	*input = v->op == ANA_OP_MERGE && n < v->input_count ? v->inputs[n] : ANA_NONE;
	return v->op == ANA_OP_MERGE && n < v->input_count;
}

/** Visit everything that the result needs; the last visited of equal vertices shows. */
static int visit(struct finish *f, uint32_t result) {
	CTX_VEC(struct frame) path = { 0 };
	struct frame frame = { result, 0 };
	bool ok = CTX_VEC_PUSH(&path, frame);
	f->seen[result] = true;
	while (ok && path.count > 0) {
		struct frame *top = &path.items[path.count - 1];
		uint32_t input;
		if (!visited_input(&f->b->raws.items[top->vertex].v, top->at++, &input)) {
			uint32_t same = f->same[top->vertex];
			f->first[same] = f->face[same] == ANA_NONE ? top->vertex : f->first[same];
			f->face[same] = top->vertex;
			path.count--;
		} else if (input != ANA_NONE && !f->seen[input]) {
			f->seen[input] = true;
			frame = (struct frame){ input, 0 };
			ok = CTX_VEC_PUSH(&path, frame);
		}
	}
	CTX_VEC_RELEASE(&path);
	return ok ? 0 : CTX_E_NOMEM;
}

/** Are all texts valid UTF-8? */
static bool valid_list(const struct ctx_str *list, uint32_t count) {
	for (uint32_t i = 0; i < count; ++i) {
		if (!ctx_utf8_valid(list[i].ptr, list[i].len)) {
			return false;
		}
	}
	return true;
}

/** Are all texts of an exec valid UTF-8? */
static bool valid_exec(const struct ana_raw *raw) {
	const struct ana_exec *e = &raw->v.exec;
	const struct ctx_str texts[] = { e->cwd, e->user, e->hostname };
	bool valid = !raw->env_invalid && valid_list(e->args, e->arg_count) && valid_list(texts, CTX_COUNTOF(texts));
	for (uint32_t i = 0; valid && i < e->mount_count; ++i) {
		const struct ana_exec_mount *m = &e->mounts[i];
		const struct ctx_str parts[] = { m->dest, m->selector, m->cache_id, m->secret_id };
		valid = valid_list(parts, CTX_COUNTOF(parts));
	}
	for (uint32_t i = 0; valid && i < e->secret_env_count; ++i) {
		const struct ctx_str parts[] = { e->secret_envs[i].id, e->secret_envs[i].name };
		valid = valid_list(parts, CTX_COUNTOF(parts));
	}
	return valid;
}

/** Are all texts of a file operation valid UTF-8?  Contents of files may be anything. */
static bool valid_file(const struct ana_file_op *file) {
	for (uint32_t i = 0; i < file->action_count; ++i) {
		const struct ana_action *a = &file->actions[i];
		const struct ctx_str parts[] = { a->src, a->dest, a->chown };
		if (!valid_list(parts, CTX_COUNTOF(parts)) || !valid_list(a->includes, a->include_count) ||
			!valid_list(a->excludes, a->exclude_count) || !valid_list(a->required, a->required_count)) {
			return false;
		}
	}
	return true;
}

/** Are all texts of a vertex valid UTF-8? */
static bool valid_vertex(const struct ana_raw *raw) {
	const struct ana_vertex *v = &raw->v;
	if (v->op == ANA_OP_EXEC) {
		return valid_exec(raw);
	}
	if (v->op == ANA_OP_FILE) {
		return valid_file(&v->file);
	}
	const struct ctx_str parts[] = { v->identifier, v->remote.url, v->remote.checksum, v->remote.filename };
	bool remote = v->op == ANA_OP_HTTP || v->op == ANA_OP_GIT;
	return v->op == ANA_OP_MERGE || valid_list(parts, remote ? CTX_COUNTOF(parts) : 1);
}

/** What LLB cannot encode; NULL if nothing (client/llb/exec.go Validate, marshal.go deterministicMarshal). */
static const char *complaint(const struct ana_raw *raw) {
	if (raw->v.op == ANA_OP_EXEC && raw->v.exec.arg_count == 0) {
		return "arguments are required";
	}
	return valid_vertex(raw) ? NULL : "string field contains invalid UTF-8";
}

/** Report what LLB cannot encode. */
static int check_vertices(struct finish *f) {
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < f->b->raws.count; ++i) {
		const char *message = f->face[i] == ANA_NONE ? NULL : complaint(&f->b->raws.items[i]);
		if (message == NULL) {
			continue;
		}
		const struct ana_vertex *v = &f->b->raws.items[f->face[i]].v;
		const struct ana_node *node = v->stage == ANA_NONE ? NULL : f->b->states.items[v->stage].node;
		if (v->instruction != NULL && !(v->flags & ANA_VERTEX_ONBUILD)) {
			node = v->instruction->node;
		}
		rc = ana_builder_report(f->b, node, CTX_STR_NONE, "%s", message);
	}
	return rc;
}

/** Final index of a raw one. */
static uint32_t final_of(const struct finish *f, uint32_t raw) {
	return raw == ANA_NONE ? ANA_NONE : f->final[f->same[raw]];
}

/** Add an input once; `last` remembers for each vertex who had it last. */
static void add_input(struct ana_vertex *v, uint32_t input, uint32_t *last, uint32_t self) {
	if (input != ANA_NONE && last[input] != self) {
		last[input] = self;
		v->inputs[v->input_count++] = input;
	}
}

/** Rewrite a vertex in terms of final indices, in the order of LLB's inputs. */
static int rewrite(struct finish *f, struct ana_vertex *v, uint32_t self, uint32_t *last) {
	size_t most = v->op == ANA_OP_EXEC ? v->exec.mount_count : v->op == ANA_OP_FILE ? v->file.action_count + 1u : 2;
	uint32_t *inputs = ctx_arena_calloc(f->b->arena, most, sizeof(*inputs));
	if (inputs == NULL) {
		return CTX_E_NOMEM;
	}
	const uint32_t *old = v->inputs;
	uint32_t old_count = v->input_count;
	v->inputs = inputs;
	v->input_count = 0;
	for (uint32_t i = 0; v->op == ANA_OP_MERGE && i < old_count; ++i) {
		v->inputs[v->input_count++] = final_of(f, old[i]); // both, also if they are one vertex (llb/merge.go)
	}
	for (uint32_t i = 0; v->op == ANA_OP_EXEC && i < v->exec.mount_count; ++i) {
		v->exec.mounts[i].input = final_of(f, v->exec.mounts[i].input);
		add_input(v, v->exec.mounts[i].input, last, self);
	}
	if (v->op == ANA_OP_FILE) {
		v->file.base = final_of(f, v->file.base);
		add_input(v, v->file.base, last, self);
		for (uint32_t i = 0; i < v->file.action_count; ++i) {
			v->file.actions[i].source = final_of(f, v->file.actions[i].source);
			add_input(v, v->file.actions[i].source, last, self);
		}
	}
	return 0;
}

/** Hand over what was visited, in the order in which it was made. */
static int collect(struct finish *f) {
	struct ana_graph *graph = f->b->graph;
	uint32_t count = 0;
	for (uint32_t i = 0; i < f->b->raws.count; ++i) {
		f->final[i] = f->face[i] == ANA_NONE ? ANA_NONE : count++;
	}
	uint32_t *last CTX_AUTO_FREE = ctx_calloc((size_t)count + 1, sizeof(*last));
	if (last == NULL || !CTX_VEC_RESERVE(&graph->vertices, count)) {
		return CTX_E_NOMEM;
	}
	memset(last, 0xff, ((size_t)count + 1) * sizeof(*last));
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < f->b->raws.count; ++i) {
		if (f->face[i] != ANA_NONE) {
			uint32_t self = (uint32_t)graph->vertices.count;
			struct ana_vertex *v = &graph->vertices.items[graph->vertices.count++];
			*v = f->b->raws.items[f->face[i]].v;
			v->first_line = f->b->raws.items[f->first[i]].v.first_line;
			v->end_line = f->b->raws.items[f->first[i]].v.end_line;
			rc = rewrite(f, v, self, last);
		}
	}
	return rc;
}

/** Order of paths, byte by byte. */
static int compare_paths(const void *a, const void *b) {
	return ctx_str_cmp(*(const struct ctx_str *)a, *(const struct ctx_str *)b);
}

/** Sort the wanted paths of each local context, each once; none if everything is wanted. */
static int set_paths(struct ana_builder *b) {
	for (size_t i = 0; i < b->graph->locals.count; ++i) {
		struct ana_local *local = &b->graph->locals.items[i];
		struct ana_wanted_paths *wanted = &b->wanted.items[i];
		local->all = wanted->all || wanted->items.count == 0;
		if (local->all) {
			continue;
		}
		struct ctx_str *items = wanted->items.items;
		qsort(items, wanted->items.count, sizeof(*items), compare_paths);
		local->paths = ctx_arena_calloc(b->arena, wanted->items.count, sizeof(*local->paths));
		if (local->paths == NULL) {
			return CTX_E_NOMEM;
		}
		for (size_t k = 0; k < wanted->items.count; ++k) {
			if (k == 0 || !ctx_str_eq(items[k - 1], items[k])) {
				local->paths[local->path_count++] = items[k];
			}
		}
	}
	return 0;
}

/** Note that a step works on a vertex. */
static void build_on(struct ana_graph *graph, uint32_t vertex) {
	if (vertex != ANA_NONE && graph->vertices.items[vertex].op == ANA_OP_LOCAL) {
		graph->locals.items[graph->vertices.items[vertex].local].built_on = true;
	}
}

/** Note which contexts a vertex works on. */
static void note_built_on(struct ana_graph *graph, const struct ana_vertex *v) {
	if (v->op == ANA_OP_FILE) {
		build_on(graph, v->file.base);
	}
	for (uint32_t i = 0; v->op == ANA_OP_EXEC && i < v->exec.mount_count; ++i) {
		const struct ana_exec_mount *mount = &v->exec.mounts[i];
		if (mount->type == ANA_MOUNT_CACHE || !mount->read_only) {
			build_on(graph, mount->input);
		}
	}
	for (uint32_t i = 0; v->op == ANA_OP_MERGE && i < v->input_count; ++i) {
		build_on(graph, v->inputs[i]);
	}
}

/** Results of stages, and which contexts are loaded. */
static void set_results(struct finish *f) {
	struct ana_graph *graph = f->b->graph;
	for (size_t i = 0; i < graph->stages.count; ++i) {
		struct ana_graph_stage *stage = &graph->stages.items[i];
		stage->result = stage->reachable ? final_of(f, stage->result) : ANA_NONE;
	}
	graph->result = graph->stages.items[graph->target].result;
	for (size_t i = 0; i < graph->vertices.count; ++i) {
		const struct ana_vertex *v = &graph->vertices.items[i];
		if (v->op == ANA_OP_LOCAL) {
			graph->locals.items[v->local].used = true;
		}
		note_built_on(graph, v);
	}
}

/** Make room for what is known about each raw vertex. */
static int reserve(struct finish *f) {
	size_t count = f->b->raws.count + 1;
	f->same = ctx_calloc(count, sizeof(*f->same));
	f->face = ctx_calloc(count, sizeof(*f->face));
	f->first = ctx_calloc(count, sizeof(*f->first));
	f->final = ctx_calloc(count, sizeof(*f->final));
	f->seen = ctx_calloc(count, sizeof(*f->seen));
	if (f->same == NULL || f->face == NULL || f->first == NULL || f->final == NULL || f->seen == NULL) {
		return CTX_E_NOMEM;
	}
	memset(f->face, 0xff, count * sizeof(*f->face));
	return 0;
}

int ana_finish(struct ana_builder *b) {
	struct finish f = { .b = b };
	uint32_t result = b->states.items[b->target_state].vertex;
	int rc = set_paths(b);
	if (rc == 0) {
		rc = reserve(&f);
	}
	if (rc == 0) {
		rc = unify_all(&f);
	}
	if (rc == 0 && result != ANA_NONE) {
		rc = visit(&f, result);
	}
	if (rc == 0) {
		rc = check_vertices(&f);
	}
	bool good = rc == 0 && b->graph->diags.items.count == 0;
	if (good) {
		rc = collect(&f);
	}
	if (good && rc == 0) {
		set_results(&f);
	}
	free(f.same);
	free(f.face);
	free(f.first);
	free(f.final);
	free(f.seen);
	ctx_strmap_release(&f.by_key);
	ctx_arena_release(&f.keys);
	return rc == CTX_E_NOMEM ? ctx_fail_nomem(b->err) : rc;
}
