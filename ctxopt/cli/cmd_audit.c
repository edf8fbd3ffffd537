/**
 * `ctxopt audit`: production mistakes in Dockerfiles, compose files and Kubernetes manifests, each with what it is known from.
 */
#include "analyzer/dockerfile/pragma.h"
#include "ctxopt/cli/audit_manifest.h"
#include "ctxopt/cli/audit_work.h"
#include "ctxopt/cli/opt_help.h"
#include "ctxopt/cli/present.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

/** Largest baseline that is read. */
#define BASELINE_MAX (64u << 20)
#define DAY_SECONDS 86400

/** The command line. */
struct audit_args {
	struct cmd_common common;
	struct build_args build;
	struct opt_list operands, only, ignore;
	const char *context, *baseline, *write_baseline, *today;
	int format, fail_on, severity;
	bool rules, suppressed, history, diff;
};

/** Is it about some findings only?  Then the rules run. */
static bool is_partial(const char *ignore) {
	return strpbrk(ignore, ";,") != NULL;
}

/** Check of --ignore. */
static int check_ignore(const char *text, struct ctx_error *err) {
	struct ana_except e;
	return ana_except_parse(&e, CTX_STR(text), err);
}

// clang-format off
static const struct opt audit_opts[] = {
	{ .kind = OPT_GROUP, .help = "What to look at" },
	{ .kind = OPT_DIR, .name = "context", .arg = "PATH", .at = offsetof(struct audit_args, context),
	  .help = "the context directory of all files (default: for each file the nearest directory that has what it copies)" },
	{ .kind = OPT_LIST, .name = "only", .arg = "RULE", .at = offsetof(struct audit_args, only),
	  .help = "run this rule, and no other that is not named so" },
	{ .kind = OPT_LIST, .name = "ignore", .arg = "RULE[;FIELD=VALUE...]", .flags = OPT_FIELDS, .at = offsetof(struct audit_args, ignore),
	  .check = check_ignore,
	  .help = "do not run this rule; with fields, do not count what it finds there: path=PATTERN, kind=image|stage|service|container, "
		  "name=NAME, reason=TEXT, until=YYYY-MM-DD" },
	{ .kind = OPT_FLAG, .name = "history", .preset = "1", .at = offsetof(struct audit_args, history),
	  .help = "ask git: how often steps ran again, how old FROM lines are, of the first files for which it matters" },
	{ .kind = OPT_STR, .name = "today", .arg = "YYYY-MM-DD", .at = offsetof(struct audit_args, today),
	  .help = "the day for which to decide what is old (default: today)" },
	{ .kind = OPT_GROUP, .help = "What counts" },
	{ .kind = OPT_CHOICE, .name = "fail-on", .arg = "SEVERITY", .choices = ana_severity_names,
	  .at = offsetof(struct audit_args, fail_on),
	  .help = "exit with status 1 if a finding is as severe as that" },
	{ .kind = OPT_CHOICE, .name = "severity", .arg = "SEVERITY", .choices = ana_severity_names,
	  .at = offsetof(struct audit_args, severity),
	  .help = "show findings from that severity on (default: warning; of json and sarif: all)" },
	{ .kind = OPT_FILE, .name = "baseline", .arg = "FILE", .at = offsetof(struct audit_args, baseline),
	  .help = "findings that do not count, as --write-baseline wrote them" },
	{ .kind = OPT_FILE, .name = "write-baseline", .arg = "FILE", .at = offsetof(struct audit_args, write_baseline),
	  .help = "write all findings to a file, so that only new ones count with --baseline" },
	{ .kind = OPT_GROUP, .help = "How to show it" },
	{ .kind = OPT_FLAG, .name = "rules", .flags = OPT_MANNER, .at = offsetof(struct audit_args, rules),
	  .help = "list the rules, or print the pages of those that the operands name" },
	{ .kind = OPT_FLAG, .name = "suppressed", .flags = OPT_MANNER, .at = offsetof(struct audit_args, suppressed),
	  .help = "show what does not count, too" },
	{ .kind = OPT_FLAG, .name = "diff", .flags = OPT_MANNER, .at = offsetof(struct audit_args, diff),
	  .help = "show a patch below each finding that has one: a change that cannot break a build or change what runs (json and sarif "
		  "always have it)" },
	{ .kind = OPT_CHOICE, .name = "format", .arg = "FORMAT", .choices = ana_audit_format_names, .preset = "text",
	  .flags = OPT_MANNER, .at = offsetof(struct audit_args, format), .help = "how to print the result" },
	{ .kind = OPT_END },
};
// clang-format on

/** One run. */
struct run {
	struct cmd_env *env;
	const struct audit_args *args;
	struct audit_files files;
	struct audit_manifests manifests;
	struct build_setup setup;
	struct ana_audit audit;
	struct present present;
	struct audit_repositories repositories;
	bool *enabled;
	/** Files that are not valid. */
	size_t invalid;
	char today[16];
};

/* ---- Rules ---- */

/** present_fn: the list of rules. */
static void print_rules(struct ctx_out *out, CTX_UNUSED const struct ana_renderer *renderer,
	CTX_UNUSED const void *report) {
	size_t count;
	const struct ana_rule *const *rules = ana_rules(&count);
	for (size_t i = 0; i < count; ++i) {
		ctx_out_printf(out, "%-32s %-8s %s\n", rules[i]->id, ana_severity_names[rules[i]->severity],
			rules[i]->summary);
	}
}

/** present_fn: pages. */
static void print_pages(struct ctx_out *out, CTX_UNUSED const struct ana_renderer *renderer, const void *report) {
	const struct opt_list *names = report;
	for (size_t i = 0; i < names->values.count; ++i) {
		ctx_out_puts(out, i > 0 ? "\n" : "");
		opt_help_rule(out, ana_rule_find(CTX_STR(names->values.items[i])));
	}
}

/** --rules. */
static int show_rules(const struct run *r) {
	const struct opt_list *names = &r->args->operands;
	for (size_t i = 0; i < names->values.count; ++i) {
		if (ana_rule_find(CTX_STR(names->values.items[i])) == NULL) {
			struct ctx_error err;
			ctx_fail(&err, CTX_E_USAGE, "there is no rule '%s'; '%s audit --rules' lists them",
				names->values.items[i], r->env->prog);
			return cmd_fail(r->env, &err);
		}
	}
	return present_print(r->env, &r->args->common, 0, names->values.count > 0 ? print_pages : print_rules, names);
}

/** Mark the rules that a list of names means.  Who does not want a rule does not want BuildKit's that says the same of less. */
static int mark_rules(struct run *r, const struct opt_list *names, bool value, struct ctx_error *err) {
	size_t count;
	const struct ana_rule *const *rules = ana_rules(&count);
	for (size_t i = 0; i < names->values.count; ++i) {
		const struct ana_rule *rule = ana_rule_find(CTX_STR(names->values.items[i]));
		if (!value && is_partial(names->values.items[i])) {
			continue; // some findings only: apply_ignores()
		}
		if (rule == NULL) {
			return ctx_fail(err, CTX_E_USAGE, "there is no rule '%s'; '%s audit --rules' lists them",
				names->values.items[i], r->env->prog);
		}
		for (size_t k = 0; k < count; ++k) {
			bool meant = rules[k] == rule || (!value && ana_rule_is(rule, CTX_STR(rules[k]->id)));
			r->enabled[k] = meant ? value : r->enabled[k];
		}
	}
	return 0;
}

/** --only, --ignore. */
static int choose_rules(struct run *r, struct ctx_error *err) {
	size_t count;
	ana_rules(&count);
	r->enabled = ctx_calloc(count, sizeof(*r->enabled));
	if (r->enabled == NULL) {
		return ctx_fail_nomem(err);
	}
	for (size_t i = 0; i < count; ++i) {
		r->enabled[i] = r->args->only.values.count == 0;
	}
	int rc = mark_rules(r, &r->args->only, true, err);
	rc = rc < 0 ? rc : mark_rules(r, &r->args->ignore, false, err);
	r->audit.enabled = r->enabled;
	return rc;
}

/* ---- Files ---- */

/** Say something about a file; `line` 0 is none. */
static bool note_file(struct run *r, const char *path, uint32_t line, uint32_t column, const char *what) {
	ctx_auto_buf struct ctx_buf name = CTX_BUF_INIT;
	ctx_escape_name(&name, path, strlen(path));
	if (line > 0) {
		ctx_buf_addf(&name, ":%u:%u", line, column);
	}
	cmd_note("%s: %s", ctx_buf_str(&name), what);
	struct ana_warning warning = { .path = path, .path_len = strlen(path), .what = what };
	return CTX_VEC_PUSH(&r->present.warnings, warning);
}

/** Say what is wrong with files and with pragmas, which does not end the work. */
static int note_files(struct run *r, struct ctx_error *err) {
	bool ok = true;
	for (size_t i = 0; ok && i < r->audit.files.count; ++i) {
		const struct ana_audit_file *file = &r->audit.files.items[i];
		ok = file->error == NULL || note_file(r, file->path, file->error_line, file->error_column, file->error);
		for (size_t k = 0; ok && k < file->problems.count; ++k) {
			const struct ana_diag *d = &file->problems.items[k];
			ok = note_file(r, file->path, d->line, d->column, d->message);
		}
	}
	return ok ? 0 : ctx_fail_nomem(err);
}

/** All files of the operands. */
static int see_files(struct run *r, struct ctx_error *err) {
	const struct opt_list *operands = &r->args->operands;
	int rc = operands->values.count == 0 ? audit_files_add(&r->files, ".", err) : 0;
	for (size_t i = 0; rc == 0 && i < operands->values.count; ++i) {
		rc = audit_files_add(&r->files, operands->values.items[i], err);
	}
	struct audit_work work = { .env = r->env,
		.build = &r->args->build,
		.opts = &r->setup.opts,
		.context = r->args->context,
		.history = r->args->history,
		.jobs = cmd_jobs(&r->args->common),
		.files = &r->files,
		.audit = &r->audit,
		.repositories = &r->repositories };
	r->manifests.files = &r->files;
	r->manifests.audit = &r->audit;
	r->manifests.opts = &r->setup.opts;
	r->manifests.jobs = work.jobs;
	r->manifests.stop = r->env->stop;
	rc = rc < 0 ? rc : audit_manifests_read(&r->manifests, err);
	rc = rc < 0 ? rc : audit_work_run(&work, err);
	rc = rc < 0 ? rc : audit_manifests_judge(&r->manifests, err);
	r->invalid = work.invalid;
	r->present.partial = work.partial || r->manifests.partial;
	return rc < 0 ? rc : note_files(r, err);
}

/* ---- What does not count ---- */

/** --ignore with fields. */
static int apply_ignores(struct run *r, struct ctx_error *err) {
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < r->args->ignore.values.count; ++i) {
		struct ana_except e;
		rc = ana_except_parse(&e, CTX_STR(r->args->ignore.values.items[i]), err);
		rc = rc < 0 || !is_partial(e.text.ptr) ? rc : ana_audit_except(&r->audit, &e, err);
		if (rc == 0 && e.until < r->audit.today) {
			static const char over[] = "its last day is over: it does not count any more";
			struct ana_warning warning = { .path = e.text.ptr, .path_len = e.text.len, .what = over };
			cmd_note("ignore '%s': %s", e.text.ptr, over);
			rc = CTX_VEC_PUSH(&r->present.warnings, warning) ? 0 : ctx_fail_nomem(err);
		}
	}
	return rc;
}

/** --baseline. */
static int apply_baseline(struct run *r, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	const char *name = r->args->baseline;
	int rc = name == NULL ? 0 : ctx_read_at(&text, AT_FDCWD, name, BASELINE_MAX, err);
	return rc < 0 || name == NULL
		? rc
		: ana_baseline_apply(&r->audit, (struct ctx_str){ ctx_buf_str(&text), text.len }, name, err);
}

/** --write-baseline. */
static int write_baseline(struct run *r, struct ctx_error *err) {
	if (r->args->write_baseline == NULL) {
		return 0;
	}
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	struct ctx_replace file;
	int rc = ana_baseline_write(&text, &r->audit, err);
	rc = rc < 0 ? rc : ctx_replace_begin(&file, r->args->write_baseline, 0666, err);
	if (rc < 0) {
		return rc;
	}
	int sysno = ctx_write_all(file.fd, ctx_buf_str(&text), text.len);
	rc = sysno < 0 ? ctx_fail_sys(err, -sysno, "cannot write '%s'", r->args->write_baseline)
		       : ctx_replace_commit(&file, err);
	if (sysno < 0) {
		ctx_replace_abort(&file);
	}
	return rc;
}

/* ---- The run ---- */

/** The day, as a number and for people. */
static int set_today(struct run *r, struct ctx_error *err) {
	int64_t day = (int64_t)time(NULL) / DAY_SECONDS;
	int rc = r->args->today == NULL ? 0 : ana_day_parse(&day, CTX_STR(r->args->today), err);
	time_t seconds = (time_t)day * DAY_SECONDS;
	struct tm date;
	ana_audit_start(&r->audit, day);
	if (rc == 0 &&
		(gmtime_r(&seconds, &date) == NULL || strftime(r->today, sizeof(r->today), "%Y-%m-%d", &date) == 0)) {
		rc = ctx_fail(err, CTX_E_USAGE, "'%s' is no day", r->args->today);
	}
	return rc;
}

/** What is printed, and how. */
struct shown {
	int format;
	struct ana_audit_report report;
};

/** present_fn. */
static void print_audit(struct ctx_out *out, CTX_UNUSED const struct ana_renderer *renderer, const void *report_) {
	const struct shown *r = report_;
	ana_audit_renderers[r->format]->audit(out, &r->report);
}

/** Print, and tell how it went. */
static int finish(struct run *r) {
	const struct audit_args *args = r->args;
	static const struct place nowhere = PLACE_INIT;
	struct shown shown = { args->format,
		{ .audit = &r->audit,
			.least = args->severity < 0 ? ANA_SEVERITY_WARNING : (enum ana_severity)args->severity,
			.strict = args->severity >= 0,
			.suppressed = args->suppressed,
			.diff = args->diff,
			.today = r->today,
			.prog = r->env->prog } };
	present_head(&shown.report.head, r->env, &args->common, &nowhere, &r->present);
	int status = present_print(r->env, &args->common, 0, print_audit, &shown);
	const struct ana_finding *worst = ana_audit_worst(&r->audit);
	if (status != CMD_OK) {
		return status;
	}
	if (r->invalid > 0 && r->invalid == r->audit.files.count) {
		return CMD_INVALID;
	}
	if (r->present.partial || r->invalid > 0) {
		return CMD_ERROR;
	}
	bool fails = args->fail_on >= 0 && worst != NULL && (int)worst->severity >= args->fail_on;
	return fails ? CMD_GATE : CMD_OK;
}

/** From the options to the findings. */
static int run_all(struct run *r) {
	struct ctx_error err;
	int rc = set_today(r, &err);
	rc = rc < 0 ? rc : choose_rules(r, &err);
	rc = rc < 0 ? rc : build_setup_make(&r->setup, &r->args->build, &err);
	rc = rc < 0 ? rc : see_files(r, &err);
	if (rc == CTX_E_INTERRUPTED) {
		return CMD_INTERRUPTED;
	}
	if (rc == 0 && r->audit.files.count == 0) {
		cmd_note("no Dockerfile, compose file or manifest in '%s'",
			r->args->operands.values.count > 0 ? r->args->operands.values.items[0] : ".");
		return CMD_NOTHING;
	}
	if (rc == 0 && r->files.incomplete) {
		cmd_note("there are more files than are looked at");
		r->present.partial = true;
	}
	rc = rc < 0 ? rc : ana_audit_finish(&r->audit, &err);
	rc = rc < 0 ? rc : apply_ignores(r, &err);
	rc = rc < 0 ? rc : apply_baseline(r, &err);
	rc = rc < 0 ? rc : write_baseline(r, &err);
	return rc < 0 ? cmd_fail(r->env, &err) : finish(r);
}

/** struct cmd's run. */
static int run_audit(struct cmd_env *env, const void *args_) {
	struct run r = { .env = env,
		.args = args_,
		.files = AUDIT_FILES_INIT,
		.repositories = AUDIT_REPOSITORIES_INIT };
	int status = r.args->rules ? show_rules(&r) : run_all(&r);
	ana_audit_release(&r.audit);
	audit_files_release(&r.files);
	audit_manifests_release(&r.manifests);
	build_setup_release(&r.setup);
	present_release(&r.present);
	audit_repositories_release(&r.repositories);
	free(r.enabled);
	return status;
}

const struct cmd cmd_audit = {
	.name = "audit",
	.usage = "[OPTIONS] [PATH...]",
	.summary = "production mistakes in Dockerfiles, compose files and Kubernetes manifests",
	.about =
		"Look for the production mistakes that cost most: images that are not pinned, containers that run as root or without "
		"resource limits, compilers and caches that ship, secrets in images and in files, contexts that carry everything, missing "
		"health checks, layer orders that defeat the cache, old base images, logs in files. Each finding says what is wrong, where, "
		"what that is known from, and what to do.\n\n"
		"A directory is searched for Dockerfiles (Dockerfile, Dockerfile.*, *.Dockerfile, Containerfile), compose files and "
		"Kubernetes manifests (*.yaml, *.yml, told by what they hold); a file is taken as it is. What a compose file builds is judged "
		"with its context, arguments and target, and what it has of a Dockerfile in dockerfile_inline where that stands. Helm templates are left out. Only what ships is judged where that makes a "
		"difference: the target stage and what it builds on. What is not known is not claimed. Values of secrets are never "
		"printed.\n\n"
		"An image that is built here and run there is one subject: a healthcheck or a probe answers a missing HEALTHCHECK, USER a "
		"missing runAsNonRoot, and --suppressed shows which file answered. In files for development and tests findings about "
		"containers are infos: by their names, by the comment in their first lines, or since a service mounts its context over what "
		"was built, or all of them publish ports on the loopback.\n\n"
		"Suppress a finding with a comment above its instruction, or in YAML above its line or the block that it is in, '# ctxopt "
		"ignore=RULE;reason=...;until=YYYY-MM-DD', with those of hadolint and BuildKit for the rules that overlap, in "
		".ctxopt.toml with a table [[audit.ignore]] that has rule, path, kind, name, reason and until, or all that is there with "
		"--write-baseline and --baseline. '*' in a path stays within a name, '**' is any number of directories, and a path without "
		"'/' in front matches at any depth. A file that is not valid does not end the work: the status is then 2, "
		"and 4 if no file is valid. Severities are error, warning, info and style. 'audit --rules RULE' explains a "
		"rule.",
	.examples = "audit                          # everything below .\n"
		    "audit --fail-on error          # for CI\n"
		    "audit --rules runs-as-root     # explain a rule\n"
		    "audit --format sarif -o a.sarif\n",
	.sets = { { audit_opts, 0 }, { build_opts, offsetof(struct audit_args, build) },
		{ cmd_common_opts, offsetof(struct audit_args, common) } },
	.args_size = sizeof(struct audit_args),
	.operands_at = offsetof(struct audit_args, operands),
	.max_operands = UINT32_MAX,
	.operand = "PATH",
	.operand_kind = OPT_FILE,
	.run = run_audit,
};
