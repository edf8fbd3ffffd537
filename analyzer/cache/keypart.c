#include "analyzer/cache/keypart.h"

#include "ctxopt/base/path.h"

#include <inttypes.h>

/** One explanation. */
struct telling {
	const struct ana_graph *graph;
	/** As BuildKit 0.8. */
	bool older;
	ana_key_part_fn *fn;
	void *arg;
	struct ctx_buf text;
	struct ctx_error *err;
};

/** Tell a part, unless it is empty. */
static int tell(struct telling *t, const char *name, struct ctx_str value) {
	return value.len == 0 ? 0 : t->fn(t->arg, name, value);
}

/** Tell the text that was composed, and start the next. */
static int tell_text(struct telling *t, const char *name) {
	int rc = ctx_buf_ok(&t->text) ? tell(t, name, (struct ctx_str){ t->text.data, t->text.len })
				      : ctx_fail_nomem(t->err);
	ctx_buf_reset(&t->text);
	return rc;
}

/** Append a text. */
static void add(struct telling *t, struct ctx_str text) {
	ctx_buf_add(&t->text, text.len > 0 ? text.ptr : "", text.len);
}

/* ---- RUN ---- */

/** The variables, in their order, which counts. */
static int tell_environment(struct telling *t, const struct ana_env *env) {
	ana_auto_vars struct ana_vars vars = { 0 };
	int rc = ana_env_list(env, &vars, t->err);
	for (size_t i = 0; rc == 0 && i < vars.items.count; ++i) {
		add(t, vars.items.items[i].name);
		ctx_buf_addc(&t->text, '=');
		add(t, vars.items.items[i].value);
		rc = tell_text(t, "environment");
	}
	return rc;
}

/** ", key value", unless the value is empty. */
static void add_some(struct telling *t, const char *key, struct ctx_str value) {
	if (value.len > 0) {
		ctx_buf_addf(&t->text, ", %s ", key);
		add(t, value);
	}
}

/** A mount that is more than the root. */
static int tell_mount(struct telling *t, const struct ana_exec_mount *m) {
	bool secret = m->type == ANA_MOUNT_SECRET || m->type == ANA_MOUNT_SSH;
	if (m->root) {
		return 0;
	}
	ctx_buf_addf(&t->text, "%s on ", ana_mount_type_name(m->type));
	add(t, m->dest);
	add_some(t, "id", m->secret_id);
	if (m->type == ANA_MOUNT_CACHE && (t->older || ana_cache_id_counts(m))) {
		add_some(t, "id", m->cache_id);
	}
	if (m->size_bytes != 0) {
		ctx_buf_addf(&t->text, ", size %" PRId64, m->size_bytes);
	}
	if (secret) {
		ctx_buf_addf(&t->text, ", owner %" PRIu32 ":%" PRIu32 ", mode %04o%s", m->uid, m->gid,
			(unsigned)m->mode, m->optional ? "" : ", required");
	}
	ctx_buf_adds(&t->text, m->read_only ? ", read-only" : "");
	return tell_text(t, "mount");
}

/** A secret in a variable. */
static int tell_secret(struct telling *t, const struct ana_secret_env *secret) {
	add(t, secret->name);
	add_some(t, "id", secret->id);
	ctx_buf_adds(&t->text, secret->optional ? "" : ", required");
	return tell_text(t, "secret");
}

/** A RUN. */
static int tell_exec(struct telling *t, const struct ana_vertex *v) {
	const struct ana_exec *e = &v->exec;
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < e->arg_count; ++i) {
		rc = tell(t, "command", e->args[i]);
	}
	rc = rc < 0 ? rc : tell_environment(t, e->env);
	rc = rc < 0 ? rc : tell(t, "directory", e->cwd);
	rc = rc < 0 ? rc : tell(t, "user", e->user);
	rc = rc < 0 ? rc : tell(t, "hostname", e->hostname);
	rc = rc < 0 ? rc : tell(t, "network", e->network);
	rc = rc < 0 ? rc : tell(t, "security", e->security);
	for (uint32_t i = 0; rc == 0 && i < e->mount_count; ++i) {
		rc = tell_mount(t, &e->mounts[i]);
	}
	for (uint32_t i = 0; rc == 0 && i < e->secret_env_count; ++i) {
		rc = tell_secret(t, &e->secret_envs[i]);
	}
	return rc;
}

/* ---- COPY, ADD, WORKDIR ---- */

/** Patterns of a copy. */
static int tell_list(struct telling *t, const char *name, const struct ctx_str *list, uint32_t count) {
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < count; ++i) {
		rc = tell(t, name, list[i]);
	}
	return rc;
}

/** One action. */
static int tell_action(struct telling *t, const struct ana_action *a) {
	static const char *const kinds[] = {
		[ANA_ACTION_COPY] = "copies",
		[ANA_ACTION_MKFILE] = "makes file",
		[ANA_ACTION_MKDIR] = "makes directory",
	};
	bool copy = a->kind == ANA_ACTION_COPY && a->src.len > 1;
	int rc = tell(t, kinds[a->kind], copy ? ctx_str_from(a->src, ctx_path_base(a->src.ptr, a->src.len)) : a->src);
	rc = rc < 0 ? rc : tell(t, "to", a->dest);
	rc = rc < 0 ? rc : tell(t, "owner", a->chown);
	rc = rc < 0 ? rc : tell(t, "mode", a->chmod);
	rc = rc < 0 ? rc : tell(t, "unpacks", CTX_STR(a->unpack ? "archives" : ""));
	rc = rc < 0 ? rc : tell(t, "content", a->data);
	rc = rc < 0 ? rc : tell_list(t, "includes", a->includes, a->include_count);
	return rc < 0 ? rc : tell_list(t, "excludes", a->excludes, a->exclude_count);
}

/** A file operation. */
static int tell_file(struct telling *t, const struct ana_vertex *v) {
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < v->file.action_count; ++i) {
		rc = tell_action(t, &v->file.actions[i]);
	}
	return rc;
}

/* ---- Inputs ---- */

/** One input: what it is, and what of it counts. */
static int tell_input(struct telling *t, const struct ana_key_input *input) {
	const struct ana_vertex *v = &t->graph->vertices.items[input->vertex];
	bool local = v->op == ANA_OP_LOCAL;
	if (input->by_key) {
		add(t, v->name);
		int rc = tell_text(t, "key of");
		if (rc < 0) {
			return rc;
		}
	}
	for (uint32_t i = 0; input->by_content && i < input->selector_count; ++i) {
		const struct ana_selector *s = &input->selectors[i];
		add(t, local && s->path.len > 1 ? ctx_str_from(s->path, 1) : s->path);
		ctx_buf_adds(&t->text, local ? " of the context" : " of ");
		add(t, local ? CTX_STR("") : v->name);
		int rc = tell_text(t, input->by_key ? "or content of" : "content of");
		if (rc < 0) {
			return rc;
		}
	}
	return 0;
}

int ana_cachekey_explain(const struct ana_graph *graph, const struct ana_cachekeys *keys, uint32_t vertex,
	ana_key_part_fn *fn, void *arg, struct ctx_error *err) {
	struct telling t = { .graph = graph, .older = keys->older, .fn = fn, .arg = arg, .err = err };
	const struct ana_vertex *v = &graph->vertices.items[vertex];
	int rc = v->op == ANA_OP_EXEC ? tell_exec(&t, v) : v->op == ANA_OP_FILE ? tell_file(&t, v) : 0;
	if (rc == 0 && v->platform.os.len > 0) {
		add(&t, v->platform.os);
		ctx_buf_addc(&t.text, '/');
		add(&t, v->platform.arch);
		ctx_buf_adds(&t.text, v->platform.variant.len > 0 ? "/" : "");
		add(&t, v->platform.variant);
		rc = tell_text(&t, "platform");
	}
	for (uint32_t i = 0; rc == 0 && i < keys->vertices[vertex].input_count; ++i) {
		rc = tell_input(&t, &keys->vertices[vertex].inputs[i]);
	}
	ctx_buf_release(&t.text);
	return rc;
}

/* ---- The classic builder ---- */

/** The arguments that a RUN gets: those that no ENV sets. */
static int tell_arguments(struct telling *t, const struct ana_classic_step *step) {
	ana_auto_vars struct ana_vars vars = { 0 };
	int rc = ana_env_list(step->given, &vars, t->err);
	for (size_t i = 0; rc == 0 && i < vars.items.count; ++i) {
		const struct ana_var *var = &vars.items.items[i];
		struct ctx_str own;
		if (var->value.ptr != NULL && !ana_env_get(step->env, var->name, &own)) {
			add(t, var->name);
			ctx_buf_addc(&t->text, '=');
			add(t, var->value);
			rc = tell_text(t, "argument");
		}
	}
	return rc;
}

/** What is copied. */
static int tell_sources(struct telling *t, const struct ana_classic_plan *plan, const struct ana_classic_step *step) {
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && step->sources != NULL && i < step->action_count; ++i) {
		struct ctx_str path = step->sources[i].path;
		bool context = step->from_stage == ANA_NONE && step->from_image.len == 0;
		add(t,
			path.len == 0                     ? CTX_STR("what is fetched")
				: path.len > 1 && context ? ctx_str_from(path, 1)
							  : path);
		if (path.len > 0) {
			ctx_buf_adds(&t->text, context ? " of the context" : " of ");
			add(t,
				step->from_stage != ANA_NONE ? plan->stages.items[step->from_stage].name
							     : step->from_image);
		}
		rc = tell_text(t, "content of");
	}
	return rc;
}

/** The image that a step is made on. */
static int tell_parent(struct telling *t, const struct ana_classic_plan *plan, uint32_t index) {
	const struct ana_classic_stage *stage = &plan->stages.items[plan->steps.items[index].stage];
	if (index > stage->first) {
		add(t, plan->steps.items[index - 1].name);
	} else if (stage->base != ANA_NONE) {
		ctx_buf_adds(&t->text, "stage ");
		add(t, plan->stages.items[stage->base].name);
	} else {
		add(t, stage->image.len > 0 ? stage->image : CTX_STR("scratch"));
	}
	return tell_text(t, "image of");
}

int ana_classic_explain(const struct ana_classic_plan *plan, uint32_t step, ana_key_part_fn *fn, void *arg,
	struct ctx_error *err) {
	struct telling t = { .fn = fn, .arg = arg, .err = err };
	const struct ana_classic_step *s = &plan->steps.items[step];
	int rc = s->arg_count == 0 ? tell(&t, "instruction", s->instruction)
				   : tell_list(&t, "command", s->args, s->arg_count);
	rc = rc < 0 ? rc : tell_arguments(&t, s);
	rc = rc < 0 ? rc : tell_sources(&t, plan, s);
	rc = rc < 0 ? rc : tell_parent(&t, plan, step);
	ctx_buf_release(&t.text);
	return rc;
}
