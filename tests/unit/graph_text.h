/**
 * Graphs as short texts, for tables of tests.
 */
#ifndef TESTS_UNIT_GRAPH_TEXT_H
#define TESTS_UNIT_GRAPH_TEXT_H

#include "analyzer/dockerfile/check_options.h"
#include "analyzer/dockerfile/graph.h"
#include "ctxopt/base/buf.h"

#include <inttypes.h>

/** What a text is to show. */
enum graph_text {
	/** The name of every vertex. */
	GRAPH_NAMES,
	/** What every vertex does. */
	GRAPH_OPS,
	/** Variables, directory and user that the target ends with. */
	GRAPH_FINAL,
	/** Wanted paths of each local context that is used. */
	GRAPH_PATHS,
};

/** " key=value" unless the value is empty. */
static inline void graph_some(struct ctx_buf *out, const char *key, struct ctx_str value) {
	if (value.len > 0) {
		ctx_buf_addf(out, " %s=%.*s", key, CTX_STR_ARGS(value));
	}
}

/** A vertex by its index, "-" for an empty file system. */
static inline void graph_input(struct ctx_buf *out, uint32_t input) {
	if (input == ANA_NONE) {
		ctx_buf_adds(out, " -");
	} else {
		ctx_buf_addf(out, " %" PRIu32, input);
	}
}

/** A mount but the root. */
static inline void graph_mount(struct ctx_buf *out, const struct ana_exec_mount *m) {
	static const char *const sharing[] = { "?", "shared", "private", "locked" };
	ctx_buf_addf(out, " {%s %.*s", ana_mount_type_name(m->type), CTX_STR_ARGS(m->dest));
	graph_input(out, m->input);
	graph_some(out, "selector", m->selector);
	ctx_buf_adds(out, m->read_only ? " ro" : "");
	graph_some(out, "cache", m->cache_id);
	ctx_buf_addf(out, m->cache_id.len > 0 ? " %s" : "%.0s", sharing[m->sharing]);
	graph_some(out, "id", m->secret_id);
	if (m->mode != 0) {
		ctx_buf_addf(out, " %" PRIu32 ":%" PRIu32 " %04o", m->uid, m->gid, (unsigned)m->mode);
	}
	if (m->size_bytes != 0) {
		ctx_buf_addf(out, " size=%" PRId64, m->size_bytes);
	}
	ctx_buf_adds(out, m->optional ? " optional}" : "}");
}

/** RUN. */
static inline void graph_exec(struct ctx_buf *out, const struct ana_exec *e) {
	graph_input(out, e->mounts[0].input);
	for (uint32_t i = 0; i < e->arg_count; ++i) {
		ctx_buf_addf(out, " [%.*s]", CTX_STR_ARGS(e->args[i]));
	}
	graph_some(out, "cwd", e->cwd);
	graph_some(out, "user", e->user);
	if (!ctx_str_is(e->network, "default")) {
		graph_some(out, "network", e->network);
	}
	if (!ctx_str_is(e->security, "sandbox")) {
		graph_some(out, "security", e->security);
	}
	for (uint32_t i = 1; i < e->mount_count; ++i) {
		graph_mount(out, &e->mounts[i]);
	}
	for (uint32_t i = 0; i < e->secret_env_count; ++i) {
		graph_some(out, "secret", e->secret_envs[i].id);
		graph_some(out, "as", e->secret_envs[i].name);
	}
	for (uint32_t i = 0; i < e->proxy_count; ++i) {
		ctx_buf_addf(out, " %.*s=%.*s", CTX_STR_ARGS(e->proxy[i].name), CTX_STR_ARGS(e->proxy[i].value));
	}
}

/** One action. */
static inline void graph_action(struct ctx_buf *out, const struct ana_action *a) {
	static const char *const kinds[] = { "copy", "mkfile", "mkdir" };
	ctx_buf_addf(out, " (%s", kinds[a->kind]);
	if (a->kind == ANA_ACTION_COPY) {
		graph_input(out, a->source);
	}
	ctx_buf_addf(out, " %.*s", CTX_STR_ARGS(a->src));
	ctx_buf_adds(out, a->kind == ANA_ACTION_COPY ? " > " : "");
	ctx_buf_addf(out, "%.*s", CTX_STR_ARGS(a->dest));
	graph_some(out, "chown", a->chown);
	graph_some(out, "chmod", a->chmod);
	if (a->mode >= 0) {
		ctx_buf_addf(out, " %04o", (unsigned)a->mode);
	}
	graph_some(out, "data", a->data);
	const struct ctx_str *lists[] = { a->includes, a->excludes, a->required };
	const uint32_t counts[] = { a->include_count, a->exclude_count, a->required_count };
	for (size_t n = 0; n < CTX_COUNTOF(lists); ++n) {
		for (uint32_t i = 0; i < counts[n]; ++i) {
			ctx_buf_addf(out, " %c[%.*s]", "+-!"[n], CTX_STR_ARGS(lists[n][i]));
		}
	}
	const bool local = a->follow_symlinks && a->dir_contents && a->wildcard && a->allow_empty_wildcard;
	ctx_buf_adds(out, a->kind == ANA_ACTION_COPY && !local ? " plain" : "");
	ctx_buf_adds(out, a->unpack ? " unpack" : "");
	if (a->timestamp_ns != -1) {
		ctx_buf_addf(out, " at %" PRId64, a->timestamp_ns);
	}
	ctx_buf_adds(out, ")");
}

/** What a vertex does. */
static inline void graph_op(struct ctx_buf *out, const struct ana_vertex *v) {
	static const char *const kinds[] = { "image", "local", "http", "git", "other", "exec", "file", "merge" };
	ctx_buf_adds(out, kinds[v->op]);
	if (v->op == ANA_OP_EXEC) {
		graph_exec(out, &v->exec);
	} else if (v->op == ANA_OP_FILE) {
		graph_input(out, v->file.base);
		for (uint32_t i = 0; i < v->file.action_count; ++i) {
			graph_action(out, &v->file.actions[i]);
		}
	} else if (v->op == ANA_OP_MERGE) {
		graph_input(out, v->inputs[0]);
		graph_input(out, v->inputs[1]);
	} else {
		ctx_buf_addf(out, " %.*s", CTX_STR_ARGS(v->identifier));
	}
	if (v->op == ANA_OP_HTTP || v->op == ANA_OP_GIT) {
		graph_some(out, "url", v->remote.url);
		graph_some(out, "file", v->remote.filename);
		graph_some(out, "checksum", v->remote.checksum);
		ctx_buf_adds(out, v->remote.keep_git_dir ? " keep" : "");
	}
}

/** What the target ends with. */
static inline void graph_final(struct ctx_buf *out, const struct ana_graph *graph) {
	const struct ana_graph_stage *stage = &graph->stages.items[graph->target];
	ana_auto_vars struct ana_vars vars = { 0 };
	if (ana_env_list(stage->env, &vars, NULL) == 0) {
		for (size_t i = 0; i < vars.items.count; ++i) {
			const struct ana_var *var = &vars.items.items[i];
			bool path = ctx_str_is(var->name, "PATH") &&
				var->value.len ==
					strlen("/usr/local/sbin:/usr/local/bin:"
					       "/usr/sbin:/usr/bin:/sbin:/bin");
			ctx_buf_addf(out, "%.*s=%.*s ", CTX_STR_ARGS(var->name),
				CTX_STR_ARGS(path ? CTX_STR("*") : var->value));
		}
	}
	ctx_buf_addf(out, "in %.*s", CTX_STR_ARGS(stage->workdir));
	graph_some(out, "user", stage->user);
	ctx_buf_addc(out, '\n');
}

/** Wanted paths. */
static inline void graph_paths(struct ctx_buf *out, const struct ana_graph *graph) {
	for (size_t i = 0; i < graph->locals.count; ++i) {
		const struct ana_local *local = &graph->locals.items[i];
		if (!local->used) {
			continue;
		}
		ctx_buf_addf(out, "%.*s:%s", CTX_STR_ARGS(local->name), local->all ? " all" : "");
		for (uint32_t k = 0; k < local->path_count; ++k) {
			ctx_buf_addf(out, " %.*s", CTX_STR_ARGS(local->paths[k]));
		}
		ctx_buf_addc(out, '\n');
	}
}

/** Append what becomes of a Dockerfile: errors as "LINE: text", or the lines that `show` asks for; nothing of a file is kept. */
static inline void graph_describe(struct ctx_buf *out, const char *text, const struct ana_graph_opts *opts,
	enum graph_text show) {
	ana_auto_dockerfile struct ana_dockerfile df = { 0 };
	ana_auto_graph struct ana_graph graph = { 0 };
	struct ctx_error err = { 0 };
	int rc = ana_dockerfile_parse(&df, CTX_STR(text), &err);
	rc = rc < 0 ? rc : ana_check_options_read(&df, &opts->build_args, &err);
	if (rc == 0 && df.diags.items.count == 0) {
		rc = ana_graph_build(&graph, &df, opts, &err);
	}
	if (rc < 0) {
		ctx_buf_addf(out, "%s: %s\n", ctx_errc_name((enum ctx_errc)rc), err.msg);
		return;
	}
	const struct ana_diags *diags = df.diags.items.count > 0 ? &df.diags : &graph.diags;
	for (size_t i = 0; i < diags->items.count; ++i) {
		ctx_buf_addf(out, "%" PRIu32 ": %s\n", diags->items.items[i].line, diags->items.items[i].message);
	}
	if (diags->items.count > 0) {
		return;
	}
	for (size_t i = 0; i < graph.vertices.count && show <= GRAPH_OPS; ++i) {
		const struct ana_vertex *v = &graph.vertices.items[i];
		if (show == GRAPH_NAMES) {
			ctx_buf_addf(out, "%.*s\n", CTX_STR_ARGS(v->name));
		} else {
			ctx_buf_addf(out, "%zu ", i);
			graph_op(out, v);
			ctx_buf_addc(out, '\n');
		}
	}
	if (show == GRAPH_FINAL) {
		graph_final(out, &graph);
	} else if (show == GRAPH_PATHS) {
		graph_paths(out, &graph);
	}
}

#endif
