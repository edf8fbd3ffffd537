#include "ctxopt/cli/present.h"

/** Do the locale's variables promise UTF-8?  The locale itself is never set: that would cost more than our whole start. */
static bool is_utf8(void) {
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	for (size_t i = 0; i < CTX_COUNTOF(names); ++i) {
		const char *value = getenv(names[i]);
		if (value != NULL && *value != '\0') {
			return strcasestr(value, "utf-8") != NULL || strcasestr(value, "utf8") != NULL;
		}
	}
	return false;
}

/** One line about one problem. */
static void note_problem(const struct ctx_problem *problem, const struct ctx_entry *e) {
	ctx_auto_buf struct ctx_buf line = CTX_BUF_INIT;
	ctx_buf_adds(&line, "'");
	ctx_escape_name(&line, problem->path_len == 0 ? "." : problem->path,
		problem->path_len == 0 ? 1 : problem->path_len);
	ctx_buf_addf(&line, "': %s", problem->what);
	if (problem->sysno != 0) {
		ctx_buf_addf(&line, ": %s", strerror(problem->sysno));
	}
	if (problem->fails_build) {
		ctx_buf_adds(&line, " (a build fails here)");
	} else if (problem->sysno != 0 && e != NULL && e->kind == CTX_KIND_FILE &&
		(e->flags & CTX_ENTRY_UNREADABLE) != 0) {
		ctx_buf_adds(&line, " (it arrives empty)");
	}
	cmd_note("%s", ctx_buf_str(&line));
}

int present_problems(struct present *p, struct ctx_snapshot *snap, bool contents, struct ctx_error *err) {
	for (size_t i = 0; i < snap->problems.count; ++i) {
		const struct ctx_problem *problem = &snap->problems.items[i];
		const struct ctx_entry *e = ctx_snapshot_find(snap, problem->path, problem->path_len);
		if (snap->origin == CTX_ORIGIN_COMMIT && e != NULL && !ctx_entry_kept(e)) {
			continue; // its size is unknown, which no build asks for
		}
		struct ana_warning warning = { .path = problem->path,
			.path_len = problem->path_len,
			.what = problem->what,
			.sysno = problem->sysno };
		if (!CTX_VEC_PUSH(&p->warnings, warning)) {
			return ctx_fail_nomem(err);
		}
		bool directory = e == NULL || e->kind == CTX_KIND_DIR;
		bool unknown = snap->origin == CTX_ORIGIN_COMMIT;
		p->partial = p->partial || contents || directory || unknown || problem->fails_build;
		note_problem(problem, e);
	}
	return 0;
}

void present_head(struct ana_head *head, const struct cmd_env *env, const struct cmd_common *common,
	const struct place *place, const struct present *p) {
	*head = (struct ana_head){
		.command = env->cmd->name,
		.args = env->parsed->record.items,
		.arg_count = env->parsed->record.count,
		.source = place->shown,
		.warnings = p->warnings.items,
		.warning_count = p->warnings.count,
		.quiet = common->quiet,
		.verbose = common->verbose,
		.utf8 = is_utf8(),
	};
}

int present_print(const struct cmd_env *env, const struct cmd_common *common, int format, present_fn *print,
	const void *report) {
	return present_print_as(env, common, ana_renderers[format], print, report);
}

int present_print_as(const struct cmd_env *env, const struct cmd_common *common, const struct ana_renderer *renderer,
	present_fn *print, const void *report) {
	struct ctx_out out;
	struct ctx_error err;
	if (cmd_open_out(&out, common, &err) < 0) {
		return cmd_fail(env, &err);
	}
	print(&out, renderer, report);
	if (*env->stop) {
		ctx_out_abort(&out);
		return CMD_INTERRUPTED;
	}
	return ctx_out_close(&out, &err) < 0 ? cmd_fail(env, &err) : CMD_OK;
}

void present_release(struct present *p) {
	CTX_VEC_RELEASE(&p->warnings);
}
