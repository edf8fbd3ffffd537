#include "ctxopt/cli/plan.h"

#include "analyzer/dockerfile/check_options.h"
#include "ctxopt/base/path.h"
#include "ctxopt/cli/plan_follow.h"
#include "ctxopt/context/ignore_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* ---- Model and graph ---- */

/** Take over what a pass found wrong. */
static bool take_errors(struct plan *plan, const struct ana_diags *diags) {
	plan->build.errors = diags->items.items;
	plan->build.error_count = diags->items.count;
	plan->build.errors_omitted = diags->omitted;
	return diags->items.count > 0;
}

/** Say in which Dockerfile, and in which line if it is known, a pass failed. */
static int name_place(const struct plan *plan, int rc, struct ctx_error *err) {
	if (rc == CTX_E_LIMIT && err->line > 0) {
		return ctx_wrap(err, rc, "%s:%u", plan->build.dockerfile, err->line);
	}
	return rc == CTX_E_LIMIT ? ctx_wrap(err, rc, "%s", plan->build.dockerfile) : rc;
}

/** Parse, and if that goes well build the graph. */
static int make(struct plan *plan, struct place *place, const struct build_args *args, struct ctx_error *err) {
	int rc = build_setup_make(&plan->setup, args, err);
	rc = rc < 0 ? rc : load_dockerfile(place, err);
	if (rc <= 0) {
		return rc;
	}
	plan->build.dockerfile = place->dockerfile_from_stdin ? "<stdin>" : place->shown.dockerfile;
	plan->build.model = &plan->model;
	const struct ctx_buf *text = &place->dockerfile_text;
	rc = ana_dockerfile_parse(&plan->model, (struct ctx_str){ ctx_buf_str(text), text->len }, err);
	rc = rc < 0 ? rc : ana_check_options_read(&plan->model, &plan->setup.opts.build_args, err);
	if (rc < 0 || take_errors(plan, &plan->model.diags)) {
		return name_place(plan, rc, err);
	}
	const char *path = ctx_buf_str(&place->dockerfile);
	plan->setup.opts.dockerfile_name = CTX_STR(path + ctx_path_base(path, strlen(path)));
	rc = ana_graph_build(&plan->graph, &plan->model, &plan->setup.opts, err);
	if (rc < 0 || take_errors(plan, &plan->graph.diags)) {
		return name_place(plan, rc, err);
	}
	rc = ana_reads_collect(&plan->reads, &plan->graph, err);
	rc = rc < 0 ? rc : ana_outline_make(&plan->outline, &plan->graph, &plan->reads, err);
	plan->build.outline = rc < 0 ? NULL : &plan->outline;
	return rc;
}

int plan_make(struct plan *plan, struct cmd_env *env, struct place *place, const struct build_args *args) {
	struct ctx_error err;
	return make(plan, place, args, &err) < 0 ? cmd_fail(env, &err) : CMD_OK;
}

void plan_note_invalid(const struct plan *plan, const struct cmd_env *env) {
	const struct ana_build *b = &plan->build;
	if (b->error_count == 0) {
		return;
	}
	ctx_auto_buf struct ctx_buf name = CTX_BUF_INIT, place = CTX_BUF_INIT;
	ctx_escape_name(&name, b->dockerfile, strlen(b->dockerfile));
	if (b->errors[0].line > 0) {
		ctx_buf_addf(&place, "%u:%u: ", b->errors[0].line, b->errors[0].column);
	}
	cmd_note("%s:%s%s%s", ctx_buf_str(&name), place.len > 0 ? "" : " ", ctx_buf_str(&place), b->errors[0].message);
	size_t more = b->error_count - 1 + b->errors_omitted;
	if (more > 0) {
		cmd_note("and %zu more: '%s graph' shows them; a build fails", more, env->prog);
	} else {
		cmd_note("the Dockerfile is not valid: a build fails; '%s graph' shows the line", env->prog);
	}
}

void plan_note_missing(const struct plan *plan) {
	for (size_t i = 0; i < plan->step_reads.count; ++i) {
		const struct ana_step_reads *reads = &plan->step_reads.items[i];
		if (reads->missing == NULL) {
			continue;
		}
		const struct ana_vertex *v = &plan->graph.vertices.items[plan->outline.steps.items[i].vertex];
		ctx_auto_buf struct ctx_buf name = CTX_BUF_INIT;
		ctx_escape_name(&name, plan->build.dockerfile, strlen(plan->build.dockerfile));
		cmd_note("%s:%u: the build fails here: %s", ctx_buf_str(&name), v->first_line, reads->missing);
		if (reads->missing_rule_line > 0) {
			cmd_note("  it exists, but line %u of the ignore file leaves it out", reads->missing_rule_line);
		}
	}
}

/* ---- Contexts ---- */

/** ctx_read_fn on the file system. */
static int read_file(CTX_UNUSED void *arg, const char *path, struct ctx_buf *out, struct ctx_error *err) {
	return ctx_read_at(out, AT_FDCWD, path, CTX_IGNORE_FILE_MAX, err);
}

/** Walk a named context by the ignore file at its own root (moby/buildkit v0.32.2 frontend/dockerui/namedcontext.go). */
static int walk_context(struct plan_context *to, const char *root, const struct cmd_env *env,
	const struct cmd_common *common, struct ctx_error *err) {
	ctx_auto_ignore_source struct ctx_ignore_source source = { 0 };
	int rc = ctx_ignore_source_find(&source, CTX_ENGINE_BUILDKIT, root, NULL, read_file, NULL, err);
	if (rc == 0 && source.path != NULL) {
		rc = ctx_ignore_parse(&to->ignore, source.syntax, ctx_buf_str(&source.text), source.text.len, err);
	}
	if (rc < 0) {
		return ctx_wrap(err, rc, "context '%s'", root);
	}
	to->fd = open(root, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
	if (to->fd < 0) {
		return ctx_fail_sys(err, errno, "cannot open '%s'", root);
	}
	struct ctx_walk_opts walk = { .jobs = cmd_jobs(common), .stop = env->stop };
	return ctx_wrap(err, ctx_walk(&to->snap, to->fd, to->ignore, &walk, err), "context '%s'", root);
}

/** Open all local contexts that the build loads. */
static int open_contexts(struct plan *plan, const struct cmd_env *env, const struct cmd_common *common,
	struct place *place, struct ctx_error *err) {
	for (size_t i = 0; i < plan->graph.locals.count; ++i) {
		const struct ana_local *local = &plan->graph.locals.items[i];
		struct plan_context fresh = { .fd = -1 };
		if (local->named == ANA_NONE) {
			fresh = (struct plan_context){ .snap = place->snap, .fd = place->fd, .ignore = place->ignore };
		}
		if (!CTX_VEC_PUSH(&plan->contexts, fresh)) {
			return ctx_fail_nomem(err);
		}
		struct plan_context *context = &plan->contexts.items[i];
		int rc = 0;
		if (local->named != ANA_NONE && local->used) {
			rc = walk_context(context, plan->setup.opts.contexts[local->named].value.ptr, env, common, err);
		}
		if (rc == 0 && local->used && !local->all) {
			bool files = local->named != ANA_NONE || place->kind == PLACE_DIRECTORY;
			rc = plan_follow(&context->patterns, local, files ? context->fd : -1, context->snap,
				&plan->arena, err);
			context->narrow = rc == 0 && context->patterns.items.count > 0;
		}
		if (rc < 0) {
			return rc;
		}
	}
	return 0;
}

/* ---- What is asked for ---- */

/** ana_transfer_opts.fn: mark what is asked for. */
static int mark_wanted(CTX_UNUSED void *arg, CTX_UNUSED struct ctx_dir *dir, struct ctx_entry *entry,
	CTX_UNUSED const char *path, CTX_UNUSED size_t path_len, CTX_UNUSED bool sent) {
	entry->flags |= CTX_ENTRY_WANTED;
	return 0;
}

/** Is the context sent by what steps ask for?  An archive is sent as it is, and a saved snapshot not at all. */
static bool is_sent(const struct place *place) {
	return place->kind == PLACE_DIRECTORY || place->kind == PLACE_COMMIT;
}

/** Mark what the build asks of a context; `narrow`: no more than the patterns let through. */
static int mark_context(const struct plan_context *context, bool narrow, struct ctx_error *err) {
	if (narrow) {
		struct ana_transfer ignored = { 0 };
		struct ana_transfer_opts opts = { .patterns = context->patterns.items.items,
			.pattern_count = context->patterns.items.count,
			.root_fd = -1,
			.fn = mark_wanted };
		return ana_transfer_compute(&ignored, context->snap, &opts, err);
	}
	struct ctx_cursor c = ctx_cursor_at(context->snap->root.dir);
	for (struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		e->flags |= ctx_entry_kept(e) ? CTX_ENTRY_WANTED : 0;
	}
	return 0;
}

/** Mark what the build asks of all contexts: only that is there for its steps. */
static int mark_all_wanted(struct plan *plan, const struct place *place, struct ctx_error *err) {
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < plan->contexts.count; ++i) {
		struct plan_context *context = &plan->contexts.items[i];
		bool sent = i > 0 || is_sent(place);
		bool used = plan->graph.locals.items[i].used;
		if (context->snap == NULL || (!used && sent)) {
			continue;
		}
		struct ctx_error why = { 0 };
		rc = mark_context(context, sent && context->narrow, &why);
		if (rc == CTX_E_SYNTAX) {
			context->failure = ctx_arena_memdup0(&plan->arena, why.msg, strlen(why.msg));
			rc = context->failure != NULL ? 0 : ctx_fail_nomem(&why);
		}
		if (rc < 0) {
			*err = why;
		}
	}
	return rc;
}

/* ---- What steps read ---- */

/** Does the read take all there is?  Then nothing has to be matched, and no path is needed. */
static bool takes_all(const struct ana_read *read) {
	const struct ana_action *a = read->action;
	bool plain = a == NULL || (a->include_count == 0 && a->exclude_count == 0 && a->required_count == 0);
	return plain && (ctx_str_is(read->path, "/") || read->path.len == 0);
}

/** An adapter for ana_select(). */
struct adapter {
	plan_select_fn *fn;
	void *arg;
};

/** ana_select_fn: leave the path out. */
static int adapt(void *arg, struct ctx_dir *dir, struct ctx_entry *entry, CTX_UNUSED const char *path,
	CTX_UNUSED size_t path_len) {
	const struct adapter *adapter = arg;
	return adapter->fn(adapter->arg, dir, entry);
}

/** All kept entries of a snapshot. */
static int select_all(struct ctx_snapshot *snap, struct ana_selection *out, plan_select_fn *fn, void *arg) {
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	int rc = 0;
	for (struct ctx_entry *e; rc == 0 && (e = ctx_cursor_next(&c)) != NULL;) {
		if (ctx_entry_kept(e)) {
			bool dir = e->kind == CTX_KIND_DIR;
			out->dirs += dir;
			out->files += !dir;
			out->bytes += ctx_entry_content_bytes(e);
			rc = fn(arg, c.dir, e);
		}
	}
	return rc;
}

int plan_select(const struct plan *plan, const struct ana_read *read, struct ana_selection *out, plan_select_fn *fn,
	void *arg, struct ctx_error *err) {
	struct ctx_snapshot *snap = plan->contexts.items[read->local].snap;
	memset(out, 0, sizeof(*out));
	if (takes_all(read)) {
		return select_all(snap, out, fn, arg);
	}
	struct adapter adapter = { fn, arg };
	return ana_select(out, read, snap, ANA_SELECT_WANTED, adapt, &adapter, err);
}

/** plan_select_fn: mark what is read. */
static int mark_read(CTX_UNUSED void *arg, CTX_UNUSED struct ctx_dir *dir, struct ctx_entry *entry) {
	entry->flags |= CTX_ENTRY_READ;
	return 0;
}

/** What was found about a missing source. */
static int note_selection(struct plan *plan, struct ana_step_reads *to, const struct ana_selection *found,
	const struct plan_context *context, struct ctx_error *err) {
	to->files += found->files;
	to->bytes += found->bytes;
	if (!found->missing || to->missing != NULL) {
		return 0;
	}
	to->missing = ctx_arena_memdup0(&plan->arena, found->message, strlen(found->message));
	if (found->ignored_by > 0 && context->ignore != NULL &&
		found->ignored_by <= ctx_ignore_count(context->ignore)) {
		to->missing_rule_line = ctx_ignore_rule(context->ignore, found->ignored_by - 1)->line;
	}
	return to->missing != NULL ? 0 : ctx_fail_nomem(err);
}

/** Everything that one step reads.  `whole` is what a read of all of the main context found, once there was one. */
static int read_step(struct plan *plan, const struct ana_outline_step *step, struct ana_selection *whole, bool *known,
	struct ctx_error *err) {
	struct ana_step_reads reads = { .known = true };
	for (uint32_t i = 0; i < step->input_count; ++i) {
		const struct ana_read *read = &plan->reads.items.items[step->inputs[i].read];
		const struct plan_context *context = &plan->contexts.items[read->local];
		struct ana_selection found;
		int rc = 0;
		if (context->snap == NULL) {
			reads.known = false;
			continue;
		}
		if (context->failure != NULL) {
			reads.missing = reads.missing != NULL ? reads.missing : context->failure;
			continue;
		}
		bool all = read->local == 0 && takes_all(read);
		if (all && *known) {
			found = *whole;
		} else {
			rc = plan_select(plan, read, &found, mark_read, NULL, err);
		}
		if (rc == 0 && all) {
			*whole = found;
			*known = true;
		}
		rc = rc < 0 ? rc : note_selection(plan, &reads, &found, context, err);
		if (rc < 0) {
			return rc;
		}
	}
	return CTX_VEC_PUSH(&plan->step_reads, reads) ? 0 : ctx_fail_nomem(err);
}

/** Add up what is asked for and what is read. */
static void add_up(struct plan *plan) {
	struct ctx_cursor c = ctx_cursor_at(plan->contexts.items[0].snap->root.dir);
	for (struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		if (!ctx_entry_kept(e)) {
			continue;
		}
		if ((e->flags & CTX_ENTRY_WANTED) != 0) {
			ctx_totals_add_entry(&plan->build.wanted, e);
		}
		if ((e->flags & CTX_ENTRY_READ) != 0) {
			ctx_totals_add_entry(&plan->build.read, e);
		}
	}
}

int plan_read(struct plan *plan, const struct cmd_env *env, const struct cmd_common *common, struct place *place,
	size_t top, struct ctx_error *err) {
	if (!plan_ready(plan)) {
		return 0;
	}
	struct ana_selection whole = { 0 };
	bool known = false;
	int rc = open_contexts(plan, env, common, place, err);
	rc = rc < 0 ? rc : mark_all_wanted(plan, place, err);
	for (size_t i = 0; rc == 0 && i < plan->outline.steps.count; ++i) {
		rc = read_step(plan, &plan->outline.steps.items[i], &whole, &known, err);
	}
	if (rc < 0) {
		return rc;
	}
	add_up(plan);
	static const struct ana_step_reads none;
	plan->build.reads = plan->step_reads.count > 0 ? plan->step_reads.items : &none;
	if (top > 0) {
		plan->build.unread = &plan->unread;
		rc = ctx_group_dirs(&plan->unread, place->snap, CTX_WHICH_UNREAD, 1, top, err);
	}
	return rc;
}

/** One local context. */
static int send_context(struct plan *plan, size_t index, unsigned jobs, const struct place *place,
	struct ctx_snapshot *before, struct ctx_error *err) {
	const struct ana_local *local = &plan->graph.locals.items[index];
	const struct plan_context *context = &plan->contexts.items[index];
	struct ana_sending sending = { .name = local->name, .root = place->root };
	if (local->named != ANA_NONE) {
		sending.root = plan->setup.opts.contexts[local->named].value.ptr;
	}
	sending.paths = local->paths;
	sending.path_count = local->all ? 0 : local->path_count;
	sending.transfer.unused = !local->used;
	sending.anew = local->used && local->built_on;
	int rc = 0;
	if (local->used && context->snap != NULL && context->failure == NULL) {
		struct ana_transfer_opts opts = { .patterns = context->narrow ? context->patterns.items.items : NULL,
			.pattern_count = context->narrow ? context->patterns.items.count : 0,
			.previous = index == 0 ? before : NULL,
			.anew = local->built_on,
			.root_fd = index > 0 || place->kind == PLACE_DIRECTORY ? context->fd : -1,
			.jobs = jobs };
		rc = ana_transfer_compute(&sending.transfer, context->snap, &opts, err);
	}
	if (rc == 0 && (local->used || index == 0) && !CTX_VEC_PUSH(&plan->sendings, sending)) {
		rc = ctx_fail_nomem(err);
	}
	return rc;
}

int plan_send(struct plan *plan, unsigned jobs, struct place *place, struct ctx_snapshot *before,
	struct ctx_error *err) {
	if (plan->build.reads == NULL || !is_sent(place)) {
		return 0;
	}
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < plan->contexts.count; ++i) {
		rc = send_context(plan, i, jobs, place, before, err);
	}
	struct ctx_pack_opts pack = { .filter = CTX_FILTER_NONE, .mtime = INT64_MIN, .walk = { .jobs = 1 } };
	struct ctx_pack_sizes sizes = { 0 };
	rc = rc < 0 ? rc : ctx_pack_write(-1, place->snap, NULL, &pack, &sizes, err);
	plan->build.sendings = plan->sendings.items;
	plan->build.sending_count = plan->sendings.count;
	plan->build.classic_tar_bytes = sizes.tar_bytes;
	plan->build.since = before != NULL;
	return rc;
}

void plan_release(struct plan *plan) {
	for (size_t i = 0; i < plan->contexts.count; ++i) {
		struct plan_context *context = &plan->contexts.items[i];
		ana_words_release(&context->patterns);
		if (plan->graph.locals.items[i].named != ANA_NONE) {
			ctx_snapshot_free(context->snap);
			ctx_ignore_free(context->ignore);
			ctx_close_fd(&context->fd);
		}
	}
	CTX_VEC_RELEASE(&plan->contexts);
	CTX_VEC_RELEASE(&plan->step_reads);
	CTX_VEC_RELEASE(&plan->sendings);
	ctx_groups_release(&plan->unread);
	ana_outline_release(&plan->outline);
	ana_reads_release(&plan->reads);
	ana_graph_release(&plan->graph);
	ana_dockerfile_release(&plan->model);
	build_setup_release(&plan->setup);
	ctx_arena_release(&plan->arena);
}
