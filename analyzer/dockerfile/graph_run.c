#include "analyzer/dockerfile/graph_internal.h"

#include "analyzer/dockerfile/buildpath.h"
#include "ctxopt/base/alloc.h"

#include <inttypes.h>
#include <stdlib.h>

// Source: moby/buildkit v0.32.2 frontend/dockerfile/dockerfile2llb/convert.go (dispatchRun), convert_runmount.go,
// convert_secrets.go, convert_ssh.go; client/llb/exec.go (Marshal).

/** Where the script of a RUN is mounted. */
#define SCRIPT_DIR "/dev/pipes/"

/** What a RUN is made of, while it is looked at. */
struct run {
	struct ana_builder *b;
	uint32_t state;
	const struct ana_step *step;
	const struct ana_expanded *ex;
	struct ana_exec exec;
	/** Mounts of file systems; then secrets; then ssh. */
	CTX_VEC(struct ana_exec_mount) mounts, secrets, sockets;
	CTX_VEC(struct ana_secret_env) secret_envs;
};

/** A mount with nothing set. */
static struct ana_exec_mount new_mount(struct ctx_str dest, enum ana_mount_type type) {
	return (struct ana_exec_mount){ .input = ANA_NONE,
		.dest = dest,
		.selector = CTX_STR(""),
		.type = type,
		.cache_id = CTX_STR(""),
		.secret_id = CTX_STR("") };
}

/** A script that names its own interpreter becomes a file of its own. */
static int mount_script(struct run *r, const struct ana_heredoc *script, struct ctx_str data) {
	struct ana_builder *b = r->b;
	struct ana_action action = { .kind = ANA_ACTION_MKFILE,
		.source = ANA_NONE,
		.mode = 0755,
		.data = data,
		.timestamp_ns = -1,
		.dest = CTX_STR(""),
		.chown = CTX_STR(""),
		.chmod = CTX_STR("") };
	action.src = ana_buildpath_join(CTX_STR("/"), script->name, b->arena);
	struct ana_exec_mount mount = new_mount(CTX_STR(SCRIPT_DIR), ANA_MOUNT_BIND);
	mount.input = ana_vertex_make(b, r->state, r->step, ANA_NONE, &action,
		CTX_STR("[internal] preparing inline document"), ANA_VERTEX_HELPER);
	mount.selector = CTX_STR("/");
	mount.read_only = true;
	return mount.input == ANA_NONE || !CTX_VEC_PUSH(&r->mounts, mount) ? ctx_fail_nomem(b->err) : 0;
}

/** The text that the shell gets: the arguments with blanks between them, or where the script is. */
static int shell_text(struct run *r, struct ctx_str *out) {
	const struct ana_command_line *line = &r->ex->ins.run.line;
	const struct ana_state *s = &r->b->states.items[r->state];
	if (line->script != NULL && line->arg_count > 0 && ctx_str_starts(line->args[0], "#!") &&
		!ctx_str_is(s->image_os, "windows")) {
		*out = ana_buildpath_join(CTX_STR(SCRIPT_DIR), line->script->name, r->b->arena);
		return out->ptr == NULL ? ctx_fail_nomem(r->b->err) : mount_script(r, line->script, line->args[0]);
	}
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	for (uint32_t i = 0; i < line->arg_count; ++i) {
		ctx_buf_adds(&text, i > 0 ? " " : "");
		ctx_buf_add(&text, line->args[i].ptr, line->args[i].len);
	}
	*out = ana_builder_keep(r->b, &text);
	return out->ptr == NULL ? ctx_fail_nomem(r->b->err) : 0;
}

/** The command: members of the JSON form, or the shell and one text. */
static int set_args(struct run *r) {
	static const char *const unix_shell[] = { "/bin/sh", "-c" };
	static const char *const windows_shell[] = { "cmd", "/S", "/C" };
	const struct ana_command_line *line = &r->ex->ins.run.line;
	if (!line->shell) {
		r->exec.args = line->args;
		r->exec.arg_count = line->arg_count;
		return 0;
	}
	const struct ana_state *s = &r->b->states.items[r->state];
	bool windows = ctx_str_is(s->image_os, "windows");
	const char *const *words = windows ? windows_shell : unix_shell;
	size_t count = s->shell_count > 0 ? s->shell_count
		: windows                 ? CTX_COUNTOF(windows_shell)
					  : CTX_COUNTOF(unix_shell);
	r->exec.args = ctx_arena_calloc(r->b->arena, count + 1, sizeof(*r->exec.args));
	if (r->exec.args == NULL || count >= UINT32_MAX) {
		return ctx_fail_nomem(r->b->err);
	}
	for (size_t i = 0; i < count; ++i) {
		r->exec.args[i] = s->shell_count > 0 ? s->shell[i] : CTX_STR(words[i]);
	}
	r->exec.arg_count = (uint32_t)count + 1;
	return shell_text(r, &r->exec.args[count]);
}

/** A secret: a file, a variable, or both (dispatchSecret). */
static int add_secret(struct run *r, const struct ana_mount *m) {
	struct ctx_str id = m->source.len > 0 ? m->source : m->id;
	if (id.len == 0) {
		if (m->target.len == 0) {
			return ctx_fail(r->b->err, CTX_E_SYNTAX, "one of source, target required");
		}
		id = ana_buildpath_base(m->target);
	}
	bool variable = m->env.ptr != NULL;
	if (variable) {
		struct ana_secret_env item = { id, m->env, !m->required };
		if (!CTX_VEC_PUSH(&r->secret_envs, item)) {
			return ctx_fail_nomem(r->b->err);
		}
	}
	struct ctx_str dest = m->target;
	if (!variable && dest.len == 0) {
		dest = ana_builder_concat(r->b, CTX_STR("/run/secrets/"), ana_buildpath_base(id));
	}
	if (dest.len == 0) {
		return variable ? 0 : ctx_fail_nomem(r->b->err);
	}
	struct ana_exec_mount mount = new_mount(dest, ANA_MOUNT_SECRET);
	mount.secret_id = id;
	mount.optional = !m->required;
	mount.uid = m->uid < 0 ? 0 : (uint32_t)m->uid;
	mount.gid = m->gid < 0 ? 0 : (uint32_t)m->gid;
	mount.mode = m->mode < 0 ? 0400 : (uint32_t)m->mode;
	return CTX_VEC_PUSH(&r->secrets, mount) ? 0 : ctx_fail_nomem(r->b->err);
}

/** A socket of an ssh agent (dispatchSSH). */
static int add_socket(struct run *r, const struct ana_mount *m) {
	if (m->source.len > 0) {
		return ctx_fail(r->b->err, CTX_E_SYNTAX, "ssh does not support source");
	}
	struct ctx_str dest = m->target;
	if (dest.len == 0) {
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		ctx_buf_addf(&text, "/run/buildkit/ssh_agent.%zu", r->sockets.count);
		dest = ana_builder_keep(r->b, &text);
	}
	struct ana_exec_mount mount = new_mount(dest, ANA_MOUNT_SSH);
	mount.secret_id = m->id.ptr == NULL ? CTX_STR("") : m->id;
	mount.optional = !m->required;
	mount.uid = m->uid < 0 ? 0 : (uint32_t)m->uid;
	mount.gid = m->gid < 0 ? 0 : (uint32_t)m->gid;
	mount.mode = m->mode < 0 ? 0600 : (uint32_t)m->mode;
	return dest.ptr != NULL && CTX_VEC_PUSH(&r->sockets, mount) ? 0 : ctx_fail_nomem(r->b->err);
}

/** The directory of a cache mount that has an owner or a mode (setCacheUIDGID). */
static int cache_dir(struct run *r, const struct ana_mount *m, uint32_t *vertex) {
	ctx_auto_buf struct ctx_buf owner = CTX_BUF_INIT;
	ctx_buf_addf(&owner, "%" PRId64 ":%" PRId64, m->uid < 0 ? 0 : m->uid, m->gid < 0 ? 0 : m->gid);
	struct ana_action action = { .kind = ANA_ACTION_MKDIR,
		.source = ANA_NONE,
		.src = CTX_STR("/cache"),
		.mode = m->mode < 0 ? 0755 : m->mode & 0777,
		.timestamp_ns = -1,
		.dest = CTX_STR(""),
		.chmod = CTX_STR(""),
		.data = CTX_STR("") };
	action.chown = ana_builder_keep(r->b, &owner);
	*vertex = ana_vertex_make(r->b, r->state, r->step, *vertex, &action,
		CTX_STR("[internal] setting cache mount permissions"), ANA_VERTEX_HELPER);
	return *vertex == ANA_NONE || action.chown.ptr == NULL ? ctx_fail_nomem(r->b->err) : 0;
}

/** Where a mount goes, absolute. */
static int mount_target(struct run *r, struct ctx_str target, struct ctx_str *out) {
	struct ana_builder *b = r->b;
	*out = target;
	if (target.len == 0 || target.ptr[0] != '/') {
		struct ctx_str dir = b->states.items[r->state].dir;
		struct ctx_str joined = ana_buildpath_join(CTX_STR("/"), dir, b->arena);
		*out = joined.ptr == NULL ? joined : ana_buildpath_join(joined, target, b->arena);
	}
	if (out->ptr == NULL) {
		return ctx_fail_nomem(b->err);
	}
	return ctx_str_is(*out, "/") ? ctx_fail(b->err, CTX_E_SYNTAX, "invalid mount target \"/\"") : 0;
}

/** Id and sharing of a cache. */
static int set_cache(struct run *r, const struct ana_mount *m, struct ana_exec_mount *mount) {
	struct ana_builder *b = r->b;
	mount->sharing = m->sharing == ANA_SHARING_UNSET ? ANA_SHARING_SHARED : m->sharing;
	struct ctx_str id = m->id.len > 0 ? m->id : ana_buildpath_clean(m->target, b->arena);
	mount->cache_id = ana_builder_concat(b, ana_builder_concat(b, b->cache_namespace, CTX_STR("/")), id);
	return id.ptr == NULL || mount->cache_id.ptr == NULL ? ctx_fail_nomem(b->err) : 0;
}

/** File system that a mount starts from.  `*source` is its state, ANA_NONE for the main context. */
static int mount_input(struct run *r, uint32_t n, uint32_t *input, uint32_t *source) {
	struct ana_builder *b = r->b;
	const struct ana_mount *m = &r->ex->mounts[n];
	*input = *source = ANA_NONE;
	if (m->from.len > 0 || m->type == ANA_MOUNT_CACHE) {
		*source = r->step->sources[n];
		const struct ana_state *s = &b->states.items[*source];
		if (!s->dispatched) {
			return ctx_fail(b->err, CTX_E_SYNTAX,
				"cannot mount from stage \"%.*s\" to \"%.*s\", stage needs to be defined before current command",
				CTX_STR_ARGS(m->from), CTX_STR_ARGS(m->target));
		}
		*input = s->vertex;
	} else if (m->type == ANA_MOUNT_BIND) {
		*input = ana_vertex_main(b);
		return *input == ANA_NONE ? ctx_fail_nomem(b->err) : 0;
	}
	return 0;
}

/** One --mount (dispatchRunMounts). */
static int add_mount(struct run *r, uint32_t n) {
	struct ana_builder *b = r->b;
	const struct ana_mount *m = &r->ex->mounts[n];
	uint32_t input, source;
	int rc = mount_input(r, n, &input, &source);
	if (rc < 0) {
		return rc;
	}
	if (m->type == ANA_MOUNT_SECRET || m->type == ANA_MOUNT_SSH) {
		return m->type == ANA_MOUNT_SECRET ? add_secret(r, m) : add_socket(r, m);
	}
	struct ana_exec_mount mount = new_mount(CTX_STR(""), m->type);
	mount.input = m->type == ANA_MOUNT_TMPFS ? ANA_NONE : input;
	mount.read_only = m->read_only;
	mount.size_bytes = m->type == ANA_MOUNT_TMPFS ? m->size_bytes : 0;
	rc = m->type == ANA_MOUNT_CACHE ? set_cache(r, m, &mount) : 0;
	if (rc == 0) {
		rc = mount_target(r, m->target, &mount.dest);
	}
	if (rc < 0) {
		return rc;
	}
	struct ctx_str selector = ana_buildpath_join(CTX_STR("/"), m->source, b->arena);
	if (selector.ptr == NULL) {
		return ctx_fail_nomem(b->err);
	}
	if (selector.len > 1) {
		mount.selector = selector;
	} else if (m->uid >= 0 || m->gid >= 0 || m->mode >= 0) {
		mount.selector = CTX_STR("/cache");
		rc = cache_dir(r, m, &mount.input);
	}
	if (rc == 0 && !CTX_VEC_PUSH(&r->mounts, mount)) {
		rc = ctx_fail_nomem(b->err);
	}
	return rc < 0 ? rc : ana_want(b, source, m->source);
}

/** A mount and where it stood, so that sorting keeps the order of equal ones. */
struct ranked {
	struct ana_exec_mount mount;
	size_t rank;
};

/** Order of destinations, byte by byte. */
static int compare_mounts(const void *a, const void *c) {
	const struct ranked *x = a, *y = c;
	size_t len = x->mount.dest.len < y->mount.dest.len ? x->mount.dest.len : y->mount.dest.len;
	int order = memcmp(x->mount.dest.ptr, y->mount.dest.ptr, len);
	if (order == 0) {
		order = (x->mount.dest.len > y->mount.dest.len) - (x->mount.dest.len < y->mount.dest.len);
	}
	return order != 0 ? order : (x->rank > y->rank) - (x->rank < y->rank);
}

/** Put all mounts into the operation, in the order in which LLB has them. */
static int set_mounts(struct run *r) {
	size_t plain = r->mounts.count;
	size_t count = plain + r->secrets.count + r->sockets.count;
	struct ranked *sorted CTX_AUTO_FREE = ctx_calloc(plain, sizeof(*sorted));
	r->exec.mounts = ctx_arena_calloc(r->b->arena, count, sizeof(*r->exec.mounts));
	if (sorted == NULL || r->exec.mounts == NULL || count >= UINT32_MAX) {
		return ctx_fail_nomem(r->b->err);
	}
	for (size_t i = 0; i < plain; ++i) {
		sorted[i] = (struct ranked){ r->mounts.items[i], i };
	}
	qsort(sorted, plain, sizeof(*sorted), compare_mounts);
	for (size_t i = 0; i < count; ++i) {
		r->exec.mounts[i] = i < plain          ? sorted[i].mount
			: i < plain + r->secrets.count ? r->secrets.items[i - plain]
						       : r->sockets.items[i - plain - r->secrets.count];
	}
	r->exec.mount_count = (uint32_t)count;
	r->exec.secret_env_count = (uint32_t)r->secret_envs.count;
	r->exec.secret_envs = ctx_arena_calloc(r->b->arena, r->secret_envs.count, sizeof(*r->exec.secret_envs));
	if (r->exec.secret_envs == NULL) {
		return ctx_fail_nomem(r->b->err);
	}
	for (size_t i = 0; i < r->secret_envs.count; ++i) {
		r->exec.secret_envs[i] = r->secret_envs.items[i];
	}
	return 0;
}

/** The name: variables are expanded, but secrets are masked and what is not set stays. */
static int run_name(struct run *r, struct ctx_str *out) {
	struct ana_builder *b = r->b;
	const struct ana_state *s = &b->states.items[r->state];
	const struct ana_env *env = s->env.env;
	for (uint32_t i = 0; i < r->ex->mount_count; ++i) {
		const struct ana_mount *m = &r->ex->mounts[i];
		if (m->type == ANA_MOUNT_SECRET && m->env.ptr != NULL) {
			env = ana_env_set(b->arena, env, m->env, CTX_STR("****"));
			if (env == NULL) {
				return ctx_fail_nomem(b->err);
			}
		}
	}
	struct ctx_str summary = CTX_STR("");
	if (r->ex->ins.run.line.script != NULL) {
		summary = ana_step_summary(b, r->ex->ins.run.line.script->body);
	}
	struct ana_shell shell = b->shell;
	shell.raw_quotes = shell.skip_unset = true;
	struct ctx_str text;
	int rc = summary.ptr == NULL ? ctx_fail_nomem(b->err)
				     : ana_step_text(b, &text, r->step->ins->node->line_text, summary, &shell, env);
	if (rc == 0) {
		*out = ana_step_prefix(b, r->state, text, true, s->has_fs_platform ? &s->fs_platform : NULL,
			s->env.env);
		rc = out->ptr == NULL ? ctx_fail_nomem(b->err) : 0;
	}
	return rc;
}

/** Make the vertex of what was collected. */
static int make_vertex(struct run *r, struct ctx_str name) {
	struct ana_builder *b = r->b;
	struct ana_state *s = &b->states.items[r->state];
	struct ana_genv env = s->env;
	struct ctx_str socket;
	int rc = 0;
	if (r->sockets.count > 0 && !ana_env_get(env.env, CTX_STR("SSH_AUTH_SOCK"), &socket)) {
		rc = ana_genv_set(b, &env, CTX_STR("SSH_AUTH_SOCK"), r->sockets.items[0].dest);
	}
	if (rc < 0) {
		return rc;
	}
	const struct ana_run *run = &r->ex->ins.run;
	r->exec.env = env.env;
	r->exec.cwd = s->dir;
	r->exec.user = s->user;
	r->exec.hostname = b->hostname;
	r->exec.network = run->network.len == 0 ? CTX_STR("default") : run->network;
	r->exec.security = run->security.len == 0 ? CTX_STR("sandbox") : run->security;
	r->exec.proxy = b->proxy;
	r->exec.proxy_count = b->proxy_count;
	bool tainted = s->unknown && r->ex->unmatched_count > 0;
	struct ana_vertex vertex = { .op = ANA_OP_EXEC,
		.name = name,
		.exec = r->exec,
		.flags = ANA_VERTEX_STEP | (tainted ? ANA_VERTEX_UNKNOWN_VARIABLE : 0),
		.platform = s->has_fs_platform ? s->fs_platform : b->target };
	uint32_t made = ana_vertex_new(b, r->state, r->step, &vertex);
	if (made == ANA_NONE) {
		return ctx_fail_nomem(b->err);
	}
	b->raws.items[made].env_sum = env.sum;
	b->raws.items[made].env_invalid = env.invalid > 0;
	b->states.items[r->state].vertex = made;
	return 0;
}

/** Everything in BuildKit's order, so that the first of several errors is the one that it reports. */
static int lower_run(struct run *r) {
	struct ana_builder *b = r->b;
	int rc = ana_want(b, r->state, CTX_STR("/"));
	if (rc < 0) {
		return rc;
	}
	struct ana_exec_mount root = new_mount(CTX_STR("/"), ANA_MOUNT_BIND);
	root.input = b->states.items[r->state].vertex;
	root.root = true;
	if (!CTX_VEC_PUSH(&r->mounts, root)) {
		return ctx_fail_nomem(b->err);
	}
	rc = set_args(r);
	for (uint32_t i = 0; rc == 0 && i < r->ex->mount_count; ++i) {
		rc = add_mount(r, i);
	}
	if (rc == 0 && r->step->ins->run.device_count > 0) {
		return ctx_fail(b->err, CTX_E_SYNTAX,
			"device feature is only supported in Dockerfile frontend 1.14.0-labs or later");
	}
	struct ctx_str name = CTX_STR("");
	if (rc == 0) {
		rc = run_name(r, &name);
	}
	if (rc == 0) {
		rc = set_mounts(r);
	}
	return rc < 0 ? rc : make_vertex(r, name);
}

int ana_lower_run(struct ana_builder *b, uint32_t state, const struct ana_step *step, const struct ana_expanded *ex) {
	struct run r = { .b = b, .state = state, .step = step, .ex = ex };
	int rc = lower_run(&r);
	CTX_VEC_RELEASE(&r.mounts);
	CTX_VEC_RELEASE(&r.secrets);
	CTX_VEC_RELEASE(&r.sockets);
	CTX_VEC_RELEASE(&r.secret_envs);
	return rc;
}
