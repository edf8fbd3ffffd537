/*
 * What a file itself says about findings: comments for this program, and in a Dockerfile for hadolint and for BuildKit.
 */
#include "analyzer/advice/audit.h"
#include "analyzer/dockerfile/pragma.h"

#include <stdio.h>

/** The pragma that speaks of a finding: of its alias, if it has one of several, of its rule, or of any alias of the rule; NULL. */
static const struct ana_pragma *pragma_of(const struct ana_pragmas *pragmas, const struct ana_finding *f,
	int64_t today) {
	const struct ana_pragma *p = ana_pragma_ignores(pragmas, CTX_STR(f->rule->id), f->line, today);
	if (p == NULL && f->alias != NULL) {
		return ana_pragma_ignores(pragmas, CTX_STR(f->alias), f->line, today);
	}
	struct ctx_str names = CTX_STR(f->rule->aliases != NULL ? f->rule->aliases : "");
	while (p == NULL && names.len > 0) {
		struct ctx_str name = { names.ptr, ctx_str_find(names, ' ') };
		p = name.len > 0 ? ana_pragma_ignores(pragmas, name, f->line, today) : NULL;
		names = ctx_str_from(names, name.len < names.len ? name.len + 1 : name.len);
	}
	return p;
}

/** Suppress a finding. */
static int suppress(struct ana_audit *audit, struct ana_finding *f, const struct ana_pragma *p, struct ctx_error *err) {
	static const char *const names[] = { "ctxopt ignore", "hadolint ignore", "check=skip" };
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_buf_addf(&text, "'# %s' in line %u", names[p->tool], p->line);
	if (p->reason.len > 0) {
		ctx_buf_addf(&text, ": %.*s", CTX_STR_ARGS(p->reason));
	}
	f->suppressed = p->tool == ANA_PRAGMA_CTXOPT ? ANA_SUPPRESSED_PRAGMA : ANA_SUPPRESSED_DIRECTIVE;
	f->suppressed_by = ctx_buf_ok(&text) ? ctx_arena_memdup0(&audit->arena, ctx_buf_str(&text), text.len) : NULL;
	return f->suppressed_by != NULL ? 0 : ctx_fail_nomem(err);
}

/** Apply the pragmas of a file to findings. */
static int apply(struct ana_audit *audit, uint32_t file, const struct ana_pragmas *pragmas, size_t first,
	struct ctx_error *err) {
	int rc = 0;
	for (size_t i = first; rc == 0 && i < audit->findings.count; ++i) {
		struct ana_finding *f = &audit->findings.items[i];
		const struct ana_pragma *p = NULL;
		if (f->file == file && f->suppressed == ANA_SUPPRESSED_NOT) {
			p = pragma_of(pragmas, f, audit->today);
		}
		rc = p != NULL ? suppress(audit, f, p, err) : 0;
	}
	return rc;
}

/** Keep what is wrong with a pragma; CTX_E_NOMEM. */
static int add_problem(struct ana_audit *audit, uint32_t file, uint32_t line, uint32_t column, const char *message,
	struct ctx_error *err) {
	struct ana_diag d = { .line = line, .column = column, .length = 1 };
	d.message = message == NULL ? NULL : ctx_arena_memdup0(&audit->arena, message, strlen(message));
	bool ok = d.message != NULL && CTX_VEC_PUSH(&audit->files.items[file].problems, d);
	return ok ? 0 : ctx_fail_nomem(err);
}

/** Is it the name of a rule of hadolint or of ShellCheck, many of which have none here: "DL3059", "SC2086"? */
static bool is_foreign(struct ctx_str id) {
	return id.len > 2 && (ctx_str_starts(id, "DL") || ctx_str_starts(id, "SC")) && id.ptr[2] >= '0' &&
		id.ptr[2] <= '9';
}

/** Keep what is wrong with the pragmas of a file; another build of it may have done so. */
static int note_problems(struct ana_audit *audit, uint32_t file, const struct ana_pragmas *pragmas,
	struct ctx_error *err) {
	int rc = 0;
	bool noted = audit->files.items[file].problems.count > 0;
	for (size_t i = 0; rc == 0 && !noted && i < pragmas->problems.items.count; ++i) {
		const struct ana_diag *d = &pragmas->problems.items.items[i];
		rc = add_problem(audit, file, d->line, d->column, d->message, err);
	}
	for (size_t i = 0; rc == 0 && !noted && i < pragmas->items.count; ++i) {
		const struct ana_pragma *p = &pragmas->items.items[i];
		for (uint32_t k = 0; rc == 0 && p->tool == ANA_PRAGMA_CTXOPT && k < p->id_count; ++k) {
			if (ana_rule_find(p->ids[k]) == NULL && !is_foreign(p->ids[k])) {
				char text[128];
				snprintf(text, sizeof(text), "there is no rule '%.*s': 'audit --rules' lists them",
					(int)(p->ids[k].len < 60 ? p->ids[k].len : 60), p->ids[k].ptr);
				rc = add_problem(audit, file, p->line, p->column, text, err);
			}
		}
	}
	return rc;
}

/** May a text have pragmas of ours, so that they are read for their own sake? */
static bool may_have(struct ctx_str text) {
	return text.len > 0 && memmem(text.ptr, text.len, "ctxopt", strlen("ctxopt")) != NULL;
}

int ana_audit_directives(struct ana_audit *audit, uint32_t file, const struct ana_rule_input *in, size_t first,
	struct ctx_error *err) {
	bool ours = may_have(in->model->syntax.text) && in->model->diags.items.count == 0;
	if (audit->findings.count == first && !ours) {
		return 0;
	}
	struct ana_pragmas pragmas = { 0 };
	int rc = ana_pragmas_read(&pragmas, &in->model->syntax, CTX_STR_NONE, err);
	rc = rc < 0 ? rc : apply(audit, file, &pragmas, first, err);
	rc = rc < 0 || !ours ? rc : note_problems(audit, file, &pragmas, err);
	ana_pragmas_release(&pragmas);
	return rc;
}

int ana_audit_pragmas_yaml(struct ana_audit *audit, uint32_t file, size_t first, struct ctx_error *err) {
	struct ctx_str text = audit->files.items[file].text;
	if (!may_have(text)) {
		return 0;
	}
	struct ana_pragmas pragmas = { 0 };
	int rc = ana_pragmas_read_yaml(&pragmas, text, err);
	rc = rc < 0 ? rc : apply(audit, file, &pragmas, first, err);
	rc = rc < 0 ? rc : note_problems(audit, file, &pragmas, err);
	ana_pragmas_release(&pragmas);
	return rc;
}
