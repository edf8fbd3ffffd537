/*
 * The mode "graph": vertices that the result needs, inputs before what uses them.
 *
 * LLB has no two equal operations: vertices are told apart by their digest, which leaves names and places out.  So equal
 * ones become one here as well.
 */
#include "tests/helper/dump.h"

#include "analyzer/dockerfile/check_options.h"
#include "ctxopt/base/strmap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* One printed vertex. */
struct printed {
	/* What its digest covers, and the rest: the name of the last one that is equal, the place of the first. */
	struct ctx_str body, name;
	uint32_t first_line, end_line;
};

/* The work. */
struct walk {
	struct dump *d;
	const struct ana_graph *graph;
	/* Number of the printed vertex for each vertex, ANA_NONE before it is visited. */
	uint32_t *ids;
	CTX_VEC(struct printed) list;
	struct ctx_strmap bodies;
};

/* A place on the way down. */
struct step {
	uint32_t vertex, next_input;
};

/* An input as vN, "-" for an empty file system. */
static const char *input(const struct walk *w, uint32_t vertex, char text[16]) {
	if (vertex == ANA_NONE) {
		return "-";
	}
	snprintf(text, 16, "v%u", w->ids[vertex]);
	return text;
}

/* Half of --chown by the rules of client/llb/fileop.go WithUser: a number, "root", or a name. */
static void dump_user(struct dump *d, struct ctx_str text) {
	char digits[16] = "";
	if (text.len < sizeof(digits)) {
		memcpy(digits, text.ptr, text.len);
	}
	const char *first = digits + (digits[0] == '-' || digits[0] == '+');
	long long value = strtoll(digits, NULL, 10);
	bool number = *first != '\0' && strspn(first, "0123456789") == strlen(first) && value >= INT32_MIN &&
		value <= INT32_MAX;
	if (text.len == 0 || ctx_str_is(text, "root")) {
		ctx_buf_adds(&d->out, " 0");
	} else if (number) {
		ctx_buf_addf(&d->out, " %" PRIu32, (uint32_t)value);
	} else {
		ctx_buf_addc(&d->out, ' ');
		dump_quote(d, text);
	}
}

/* --chown as user and group. */
static void dump_owner(struct dump *d, struct ctx_str chown) {
	if (chown.len == 0) {
		return;
	}
	const char *colon = memchr(chown.ptr, ':', chown.len);
	size_t len = colon ? (size_t)(colon - chown.ptr) : chown.len;
	ctx_buf_adds(&d->out, "owner");
	dump_user(d, (struct ctx_str){ chown.ptr, len });
	if (colon) {
		dump_user(d, ctx_str_from(chown, len + 1));
	} else {
		ctx_buf_adds(&d->out, " -");
	}
	ctx_buf_addc(&d->out, '\n');
}

/* Mode: a number, -1 for none, or the text of a symbolic one. */
static void dump_mode_of(struct dump *d, const struct ana_action *action) {
	if (action->kind == ANA_ACTION_COPY && action->mode < 0 && action->chmod.len > 0) {
		dump_text(d, "mode", action->chmod);
	} else {
		ctx_buf_addf(&d->out, "mode %" PRId64 "\n", action->mode);
	}
}

/* What only a copy has. */
static void dump_copy_action(struct dump *d, const struct ana_action *action) {
	dump_each(d, "include", action->includes, action->include_count);
	dump_each(d, "exclude", action->excludes, action->exclude_count);
	dump_each(d, "required", action->required, action->required_count);
	dump_flag(d, "follow", action->follow_symlinks);
	dump_flag(d, "contents", action->dir_contents);
	dump_flag(d, "unpack", action->unpack);
	dump_flag(d, "wildcard", action->wildcard);
	dump_flag(d, "allow-empty", action->allow_empty_wildcard);
	dump_flag(d, "create-dest", action->create_dest);
}

/* The actions of a file operation. */
static void dump_file(const struct walk *w, const struct ana_file_op *file) {
	static const char *const kinds[] = { "copy", "mkfile", "mkdir" };
	struct dump *d = w->d;
	for (uint32_t i = 0; i < file->action_count; ++i) {
		const struct ana_action *action = &file->actions[i];
		char text[16];
		ctx_buf_addf(&d->out, "action %s %s", kinds[action->kind], i > 0 ? "prev" : input(w, file->base, text));
		if (action->kind == ANA_ACTION_COPY) {
			ctx_buf_addf(&d->out, " %s\n", input(w, action->source, text));
			dump_text(d, "src", action->src);
			dump_text(d, "dest", action->dest);
		} else {
			ctx_buf_addc(&d->out, '\n');
			dump_text(d, "dest", action->src.len > 0 ? action->src : action->dest);
		}
		dump_owner(d, action->chown);
		dump_mode_of(d, action);
		if (action->kind == ANA_ACTION_COPY) {
			dump_copy_action(d, action);
		} else if (action->kind == ANA_ACTION_MKFILE) {
			dump_text(d, "data", action->data);
		} else {
			dump_flag(d, "parents", action->make_parents);
			if (action->timestamp_ns != -1) {
				ctx_buf_addf(&d->out, "timestamp %" PRId64 "\n", action->timestamp_ns);
			}
		}
	}
}

/* What secrets and ssh agents have. */
static void dump_secret(struct dump *d, const struct ana_exec_mount *mount) {
	ctx_buf_adds(&d->out, " id=");
	dump_quote(d, mount->secret_id);
	ctx_buf_addf(&d->out, " uid=%u gid=%u mode=%u%s", mount->uid, mount->gid, mount->mode,
		mount->optional ? " optional" : "");
}

/* A mount of an exec. */
static void dump_exec_mount(const struct walk *w, const struct ana_exec_mount *mount) {
	static const char *const sharings[] = { "shared", "shared", "private", "locked" };
	struct dump *d = w->d;
	char text[16];
	ctx_buf_addf(&d->out, "mount %s ", ana_mount_type_name(mount->type));
	dump_quote(d, mount->dest);
	ctx_buf_addf(&d->out, " %s", input(w, mount->input, text));
	if (mount->selector.len > 0 && !ctx_str_is(mount->selector, "/")) {
		ctx_buf_adds(&d->out, " selector=");
		dump_quote(d, mount->selector);
	}
	bool secret = mount->type == ANA_MOUNT_SECRET || mount->type == ANA_MOUNT_SSH;
	ctx_buf_adds(&d->out, mount->read_only && !secret ? " ro" : "");
	ctx_buf_adds(&d->out, mount->root ? " result" : "");
	if (mount->type == ANA_MOUNT_CACHE) {
		ctx_buf_adds(&d->out, " id=");
		dump_quote(d, mount->cache_id);
		ctx_buf_addf(&d->out, " %s", sharings[mount->sharing]);
	} else if (mount->type == ANA_MOUNT_TMPFS) {
		ctx_buf_addf(&d->out, " size=%" PRId64, mount->size_bytes);
	} else if (secret) {
		dump_secret(d, mount);
	}
	ctx_buf_addc(&d->out, '\n');
}

/* An environment, one line per variable. */
static int dump_env(struct dump *d, const struct ana_env *env, struct ctx_error *err) {
	ana_auto_vars struct ana_vars vars = { 0 };
	int rc = ana_env_list(env, &vars, err);
	for (size_t i = 0; rc == 0 && i < vars.items.count; ++i) {
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		const struct ana_var *var = &vars.items.items[i];
		ctx_buf_add(&text, var->name.ptr, var->name.len);
		ctx_buf_addc(&text, '=');
		if (var->value.len > 0) {
			ctx_buf_add(&text, var->value.ptr, var->value.len);
		}
		dump_text(d, "env", (struct ctx_str){ ctx_buf_str(&text), text.len });
	}
	return rc;
}

/* Proxy variables by lower-case name, sorted. */
static void dump_proxies(struct dump *d, const struct ana_exec *exec) {
	static const char *const names[] = { "all_proxy", "ftp_proxy", "http_proxy", "https_proxy", "no_proxy" };
	for (size_t n = 0; n < sizeof(names) / sizeof(*names); ++n) {
		for (uint32_t i = 0; i < exec->proxy_count; ++i) {
			const struct ana_var *var = &exec->proxy[i];
			if (var->value.len > 0 && var->name.len == strlen(names[n]) &&
				strncasecmp(var->name.ptr, names[n], var->name.len) == 0) {
				ctx_buf_adds(&d->out, "proxy ");
				dump_some(d, names[n], var->value);
			}
		}
	}
}

/* A RUN. */
static int dump_exec(const struct walk *w, const struct ana_exec *exec, struct ctx_error *err) {
	struct dump *d = w->d;
	dump_each(d, "arg", exec->args, exec->arg_count);
	int rc = dump_env(d, exec->env, err);
	dump_text(d, "cwd", exec->cwd);
	dump_some(d, "user", exec->user);
	dump_some(d, "hostname", exec->hostname);
	if (exec->network.len > 0 && !ctx_str_is(exec->network, "default")) {
		ctx_buf_addf(&d->out, "network %.*s\n", CTX_STR_ARGS(exec->network));
	}
	if (exec->security.len > 0 && !ctx_str_is(exec->security, "sandbox")) {
		ctx_buf_addf(&d->out, "security %.*s\n", CTX_STR_ARGS(exec->security));
	}
	for (uint32_t i = 0; i < exec->mount_count; ++i) {
		dump_exec_mount(w, &exec->mounts[i]);
	}
	for (uint32_t i = 0; i < exec->secret_env_count; ++i) {
		const struct ana_secret_env *secret = &exec->secret_envs[i];
		ctx_buf_adds(&d->out, "secret-env ");
		dump_quote(d, secret->id);
		ctx_buf_addc(&d->out, ' ');
		dump_quote(d, secret->name);
		ctx_buf_adds(&d->out, secret->optional ? " optional\n" : "\n");
	}
	dump_proxies(d, exec);
	return rc;
}

/* What else says what is fetched. */
static void dump_remote(struct dump *d, const struct ana_remote *remote) {
	dump_some(d, "url", remote->url);
	dump_some(d, "checksum", remote->checksum);
	dump_some(d, "filename", remote->filename);
	dump_flag(d, "keep-git-dir", remote->keep_git_dir);
	dump_flag(d, "skip-submodules", remote->skip_submodules);
	dump_flag(d, "fetch-by-commit", remote->fetch_by_commit);
}

/* What the digest of a vertex covers. */
static int dump_body(const struct walk *w, const struct ana_vertex *vertex, struct ctx_error *err) {
	struct dump *d = w->d;
	char text[16];
	if (vertex->platform.os.len > 0 && vertex->op != ANA_OP_FILE && vertex->op != ANA_OP_MERGE) {
		dump_text(d, "platform", ana_platform_format(&vertex->platform, &d->arena));
	}
	switch (vertex->op) {
	case ANA_OP_EXEC:
		return dump_exec(w, &vertex->exec, err);
	case ANA_OP_FILE:
		dump_file(w, &vertex->file);
		break;
	case ANA_OP_MERGE:
		for (uint32_t i = 0; i < vertex->input_count; ++i) {
			ctx_buf_addf(&d->out, "input %s\n", input(w, vertex->inputs[i], text));
		}
		break;
	case ANA_OP_LOCAL: {
		const struct ana_local *local = &w->graph->locals.items[vertex->local];
		dump_text(d, "identifier", vertex->identifier);
		dump_each(d, "path", local->paths, local->all ? 0 : local->path_count);
		break;
	}
	case ANA_OP_HTTP:
	case ANA_OP_GIT:
		dump_text(d, "identifier", vertex->identifier);
		dump_remote(d, &vertex->remote);
		break;
	default:
		dump_text(d, "identifier", vertex->identifier);
		break;
	}
	return 0;
}

/* Give a vertex whose inputs are done its number. */
static int finish(struct walk *w, uint32_t index, struct ctx_error *err) {
	static const char *const kinds[] = { "source", "source", "source", "source", "source", "exec", "file",
		"merge" };
	const struct ana_vertex *vertex = &w->graph->vertices.items[index];
	struct dump *d = w->d;
	size_t mark = d->out.len;
	ctx_buf_addf(&d->out, "%s\n", kinds[vertex->op]);
	int rc = dump_body(w, vertex, err);
	if (rc < 0) {
		return rc;
	}
	struct printed fresh = { .first_line = vertex->first_line, .end_line = vertex->end_line };
	fresh.body.len = d->out.len - mark;
	fresh.body.ptr = ctx_arena_memdup0(&d->arena, ctx_buf_str(&d->out) + mark, fresh.body.len);
	ctx_buf_truncate(&d->out, mark);
	if (!fresh.body.ptr) {
		return ctx_fail_nomem(err);
	}
	uint32_t id = ctx_strmap_put(&w->bodies, fresh.body.ptr, fresh.body.len, (uint32_t)w->list.count);
	if (id == CTX_STRMAP_NONE || (id == w->list.count && !CTX_VEC_PUSH(&w->list, fresh))) {
		return ctx_fail_nomem(err);
	}
	w->list.items[id].name = vertex->name;
	w->ids[index] = id;
	return 0;
}

/* Visit what the result needs. */
static int visit(struct walk *w, uint32_t result, struct ctx_error *err) {
	CTX_VEC(struct step) stack = { 0 };
	int rc = 0;
	struct step first = { .vertex = result };
	bool pushed = CTX_VEC_PUSH(&stack, first);
	while (rc == 0 && pushed && stack.count > 0) {
		struct step *top = &stack.items[stack.count - 1];
		const struct ana_vertex *vertex = &w->graph->vertices.items[top->vertex];
		if (w->ids[top->vertex] != ANA_NONE) {
			--stack.count;
		} else if (top->next_input < vertex->input_count) {
			struct step down = { .vertex = vertex->inputs[top->next_input++] };
			pushed = down.vertex == ANA_NONE || CTX_VEC_PUSH(&stack, down);
		} else {
			rc = finish(w, top->vertex, err);
			--stack.count;
		}
	}
	CTX_VEC_RELEASE(&stack);
	return pushed ? rc : ctx_fail_nomem(err);
}

/* Print the vertices that were visited: kind, name, the rest of the body, lines. */
static void print(struct walk *w) {
	struct dump *d = w->d;
	for (size_t i = 0; i < w->list.count; ++i) {
		const struct printed *vertex = &w->list.items[i];
		const char *feed = memchr(vertex->body.ptr, '\n', vertex->body.len);
		size_t kind = (size_t)(feed - vertex->body.ptr) + 1;
		ctx_buf_addf(&d->out, "vertex v%zu ", i);
		ctx_buf_add(&d->out, vertex->body.ptr, kind);
		dump_some(d, "name", vertex->name);
		ctx_buf_add(&d->out, vertex->body.ptr + kind, vertex->body.len - kind);
		if (vertex->first_line > 0) {
			ctx_buf_addf(&d->out, "lines %u-%u\n", vertex->first_line, vertex->end_line);
		}
	}
}

/* The vertices, the result, and what a stage on top would inherit. */
static int dump_result(struct dump *d, const struct ana_graph *graph, struct ctx_error *err) {
	size_t count = graph->vertices.count;
	struct walk w = { .d = d, .graph = graph, .ids = malloc((count + 1) * sizeof(uint32_t)) };
	if (!w.ids) {
		return ctx_fail_nomem(err);
	}
	memset(w.ids, 0xff, count * sizeof(uint32_t));
	int rc = graph->result == ANA_NONE ? 0 : visit(&w, graph->result, err);
	if (rc == 0) {
		char text[16];
		const struct ana_graph_stage *stage = &graph->stages.items[graph->target];
		print(&w);
		ctx_buf_addf(&d->out, "result %s\nfinal\n", input(&w, graph->result, text));
		rc = dump_env(d, stage->env, err);
		dump_text(d, "cwd", stage->workdir);
		dump_some(d, "user", stage->user);
	}
	free(w.ids);
	CTX_VEC_RELEASE(&w.list);
	ctx_strmap_release(&w.bodies);
	return rc;
}

/* NAME=VALUE at the first "=". */
static struct ana_var split(struct ctx_str text) {
	const char *equals = memchr(text.ptr, '=', text.len);
	size_t len = equals ? (size_t)(equals - text.ptr) : text.len;
	return (struct ana_var){ { text.ptr, len }, ctx_str_from(text, equals ? len + 1 : len) };
}

/* A --build-context as buildx understands its value. */
static struct ana_named_context context_of(struct ana_var given) {
	struct ana_named_context context = { .name = given.name, .value = given.value, .kind = ANA_CONTEXT_OTHER };
	if (ctx_str_starts(given.value, "docker-image://")) {
		context.kind = ANA_CONTEXT_IMAGE;
		context.value = ctx_str_from(given.value, strlen("docker-image://"));
	} else if (ctx_str_starts(given.value, "local:")) {
		context.kind = ANA_CONTEXT_LOCAL;
		context.value = ctx_str_from(given.value, strlen("local:"));
	}
	return context;
}

int dump_build_read(struct dump_build *build, const struct dump *d, struct ctx_error *err) {
	struct ana_graph_opts *opts = &build->opts;
	*opts = (struct ana_graph_opts){ .target = dump_last_setting(d, "target"),
		.build_platform = { .os = CTX_STR("linux"), .arch = CTX_STR("amd64") },
		.multi_platform = dump_last_setting(d, "multi").len > 0,
		.contexts = build->contexts,
		.build_args = { .items = build->args },
		.image_config = dump_images_config };
	size_t at = 0;
	for (struct ctx_str value; opts->build_args.count < 64 && (value = dump_setting(d, "arg", &at)).ptr;) {
		build->args[opts->build_args.count++] = split(value);
	}
	at = 0;
	for (struct ctx_str value; opts->context_count < 64 && (value = dump_setting(d, "context", &at)).ptr;) {
		build->contexts[opts->context_count++] = context_of(split(value));
	}
	struct ctx_str platform = dump_last_setting(d, "platform");
	return platform.len == 0
		? 0
		: ana_platform_parse(&opts->target_platform, platform, &opts->build_platform, &build->arena, err);
}

int dump_graph(struct dump *d, struct ctx_str text, struct ctx_error *err) {
	struct dump_build build = { 0 };
	ana_auto_dockerfile struct ana_dockerfile df = { 0 };
	ana_auto_graph struct ana_graph graph = { 0 };
	int rc = dump_build_read(&build, d, err);
	if (rc == 0) {
		rc = ana_dockerfile_parse(&df, text, err);
	}
	if (rc == 0) {
		rc = ana_check_options_read(&df, &build.opts.build_args, err);
	}
	if (rc == 0 && !dump_failure(d, &df.diags)) {
		rc = ana_graph_build(&graph, &df, &build.opts, err);
		rc = rc < 0 || dump_failure(d, &graph.diags) ? rc : dump_result(d, &graph, err);
	}
	ctx_arena_release(&build.arena);
	return rc;
}
