#include "analyzer/dockerfile/graph_internal.h"

#include "analyzer/dockerfile/quote.h"
#include "analyzer/dockerfile/values.h"
#include "ctxopt/base/buf.h"

#include <stdlib.h>
#include <strings.h>

// BuildKit works in passes over all stages, and stops at the first error: names and platforms of FROM, target, references
// between stages, base images, and then the instructions of what the target needs.  So do we, but later passes go on where
// the errors of an earlier one leave something to look at.

int ana_builder_report(struct ana_builder *b, const struct ana_node *node, struct ctx_str part, const char *fmt, ...) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	va_list args;
	va_start(args, fmt);
	ctx_buf_addv(&text, fmt, args);
	va_end(args);
	struct ana_position at = { 0, 0, 1 };
	if (node != NULL) {
		at = ana_node_position(&b->df->syntax, node, part);
	}
	return ana_diags_add(&b->graph->diags, ANA_PHASE_GRAPH, at.line, at.column, at.length, "%s",
		       ctx_buf_str(&text)) < 0
		? ctx_fail_nomem(b->err)
		: 0;
}

int ana_builder_catch(struct ana_builder *b, int rc, const struct ana_node *node, struct ctx_str part) {
	if (rc == CTX_E_LIMIT && node != NULL) {
		b->err->line = ana_node_position(&b->df->syntax, node, part).line;
	}
	return rc == CTX_E_SYNTAX ? ana_builder_report(b, node, part, "%s", b->err->msg) : rc;
}

int ana_builder_report_word(struct ana_builder *b, const struct ana_node *node, const char *frame,
	struct ctx_str word) {
	ctx_auto_buf struct ctx_buf quoted = CTX_BUF_INIT;
	ana_quote(&quoted, word);
	int rc = ana_builder_report(b, node, word, "%sfailed to process %s: %s", frame, ctx_buf_str(&quoted),
		b->err->msg);
	return rc < 0 ? rc : 1;
}

const struct ana_node *ana_builder_node(const struct ana_state *state, const struct ana_step *step) {
	return step == NULL || step->onbuild ? state->node : step->ins->node;
}

struct ctx_str ana_builder_keep(struct ana_builder *b, const struct ctx_buf *buf) {
	char *copy = ctx_buf_ok(buf) ? ctx_arena_memdup0(b->arena, ctx_buf_str(buf), buf->len) : NULL;
	return (struct ctx_str){ copy, copy == NULL ? 0 : buf->len };
}

struct ctx_str ana_builder_concat(struct ana_builder *b, struct ctx_str a, struct ctx_str c) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_buf_add(&text, a.ptr, a.len);
	ctx_buf_add(&text, c.ptr, c.len);
	return ana_builder_keep(b, &text);
}

/** Value of a build argument; "" if it is not given. */
static struct ctx_str arg_or_empty(const struct ana_builder *b, const char *name) {
	struct ctx_str value;
	return ana_build_arg_get(&b->args, CTX_STR(name), &value) ? value : CTX_STR("");
}

/** Find the proxy arguments; of several spellings the one that sorts last counts (proxyEnvFromBuildArgs). */
static int collect_proxy(struct ana_builder *b) {
	static const char *const names[] = { "http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy" };
	b->proxy = ctx_arena_calloc(b->arena, CTX_COUNTOF(names), sizeof(*b->proxy));
	if (b->proxy == NULL) {
		return ctx_fail_nomem(b->err);
	}
	for (size_t n = 0; n < CTX_COUNTOF(names); ++n) {
		struct ana_var best = { CTX_STR_NONE, CTX_STR_NONE };
		for (size_t i = 0; i < b->args.count; ++i) {
			const struct ana_var *arg = &b->args.items[i];
			bool same = ctx_str_same(arg->name, CTX_STR(names[n]));
			if (same && (best.name.ptr == NULL || ctx_str_cmp(arg->name, best.name) >= 0)) {
				best = *arg;
			}
		}
		if (best.name.ptr != NULL) {
			b->proxy[b->proxy_count++] = (struct ana_var){ CTX_STR(names[n]), best.value };
		}
	}
	return 0;
}

/** Read the build arguments that are options of the builder (dockerui config.go init). */
static int read_options(struct ana_builder *b) {
	b->hostname = arg_or_empty(b, "BUILDKIT_SANDBOX_HOSTNAME");
	b->cache_namespace = arg_or_empty(b, "BUILDKIT_CACHE_MOUNT_NS");
	b->multi_platform = b->opts->multi_platform;
	struct ctx_str multi = arg_or_empty(b, "BUILDKIT_MULTI_PLATFORM");
	if (multi.len > 0) {
		bool yes;
		if (!ana_bool_parse(&yes, multi)) {
			return ctx_fail(b->err, CTX_E_USAGE, "invalid boolean value for multi-platform: %.*s",
				CTX_STR_ARGS(multi));
		}
		b->multi_platform = yes;
	}
	return collect_proxy(b);
}

/** Evaluate what is known before the first stage. */
static int read_globals(struct ana_builder *b) {
	const struct ana_dockerfile *df = b->df;
	struct ctx_str target = b->opts->target;
	if (target.len == 0) {
		target = df->stages.items[df->stages.count - 1].name;
	}
	if (target.len == 0) {
		target = CTX_STR("default");
	}
	const struct ana_instruction *failed = NULL;
	int rc = ana_globals_eval(&b->globals, df, &b->args, &b->build, &b->target, target, b->arena, &failed, b->err);
	if (rc == 0 || rc == CTX_E_SYNTAX) {
		int checked = ana_check_default_bases(b);
		if (checked < 0) {
			return checked;
		}
	}
	return ana_builder_catch(b, rc, failed == NULL ? NULL : failed->node, CTX_STR_NONE);
}

/** Fill in what is not given, and the main context. */
static int prepare(struct ana_builder *b) {
	const struct ana_graph_opts *opts = b->opts;
	b->build = opts->build_platform.os.len > 0 ? opts->build_platform : ana_platform_host();
	b->target = b->build;
	if (opts->target_platform.os.len > 0) {
		b->target = ana_platform_normalize(&opts->target_platform, &b->build,
			b->arena); // dockerui attr.go parsePlatforms
	}
	b->args = opts->build_args;
	b->shell = (struct ana_shell){ .escape = b->df->syntax.directives.escape, .older = opts->older_frontend };
	b->all_stages = opts->checks != NULL && opts->target.len == 0;
	b->main_vertex = ANA_NONE;
	b->target_state = ANA_NONE;
	struct ana_local main_context = { .name = CTX_STR("context"), .named = ANA_NONE };
	struct ana_wanted_paths wanted = { 0 };
	if (!CTX_VEC_PUSH(&b->graph->locals, main_context) || !CTX_VEC_PUSH(&b->wanted, wanted)) {
		return ctx_fail_nomem(b->err);
	}
	int rc = read_options(b);
	return rc < 0 ? rc : ana_context_index(b);
}

/** All passes.  After an error in global arguments nothing sensible can be said; a cycle has no order to lower in. */
static int build(struct ana_builder *b) {
	struct ana_diags *diags = &b->graph->diags;
	if (b->df->stages.count == 0) {
		return ana_builder_report(b, NULL, CTX_STR_NONE, "dockerfile contains no stages to build");
	}
	int rc = prepare(b);
	if (rc == 0) {
		rc = read_globals(b);
	}
	if (rc == 0 && diags->items.count == 0) {
		rc = ana_epoch_resolve(b);
	}
	if (rc < 0 || diags->items.count > 0) {
		return rc;
	}
	rc = ana_states_make(b);
	if (rc == 0) {
		rc = ana_states_target(b);
	}
	if (rc < 0 || b->target_state == ANA_NONE) {
		return rc;
	}
	rc = ana_states_link(b);
	if (rc != 0) {
		return rc < 0 ? rc : 0;
	}
	rc = ana_reach(b);
	if (rc == 0) {
		rc = ana_lower(b);
	}
	return rc < 0 || diags->items.count > 0 || b->opts->checks != NULL ? rc : ana_finish(b);
}

/** Free what only the builder needs. */
static void builder_release(struct ana_builder *b) {
	for (size_t i = 0; i < b->states.count; ++i) {
		CTX_VEC_RELEASE(&b->states.items[i].deps);
	}
	for (size_t i = 0; i < b->wanted.count; ++i) {
		CTX_VEC_RELEASE(&b->wanted.items[i].items);
	}
	CTX_VEC_RELEASE(&b->states);
	CTX_VEC_RELEASE(&b->numbered);
	CTX_VEC_RELEASE(&b->raws);
	CTX_VEC_RELEASE(&b->wanted);
	CTX_VEC_RELEASE(&b->name_states);
	CTX_VEC_RELEASE(&b->context_indices);
	ctx_strmap_release(&b->by_name);
	ctx_strmap_release(&b->by_context);
	ctx_strmap_release(&b->by_global);
	ana_words_release(&b->global_names);
	ctx_matcher_free(b->matcher);
}

int ana_graph_build(struct ana_graph *graph, const struct ana_dockerfile *df, const struct ana_graph_opts *opts,
	struct ctx_error *err) {
	struct ctx_error own;
	graph->df = df;
	graph->target = ANA_NONE;
	graph->result = ANA_NONE;
	graph->diags.arena = &graph->arena;
	struct ana_builder b = { .graph = graph,
		.arena = &graph->arena,
		.df = df,
		.opts = opts,
		.err = err == NULL ? &own : err };
	int rc = build(&b);
	if (rc < 0 && err != NULL && err->code != (enum ctx_errc)rc) {
		ctx_fail(err, (enum ctx_errc)rc, "the graph could not be built");
	}
	builder_release(&b);
	return rc;
}

void ana_graph_release(struct ana_graph *graph) {
	CTX_VEC_RELEASE(&graph->vertices);
	CTX_VEC_RELEASE(&graph->stages);
	CTX_VEC_RELEASE(&graph->locals);
	CTX_VEC_RELEASE(&graph->settings);
	ana_diags_release(&graph->diags);
	ctx_arena_release(&graph->arena);
}
