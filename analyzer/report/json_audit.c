#include "analyzer/report/json_parts.h"

/** Containers from this depth on are written on one line: a finding. */
#define INLINE_DEPTH 2

/** Names of kinds, in the order of their enums. */
static const char *const kind_names[] = { "dockerfile", "compose", "manifest" };
static const char *const suppression_names[] = { NULL, "pragma", "directive", "config", "baseline", "answered" };

/** Numbers. */
static void put_facts(struct ctx_json *j, const struct ana_finding *f) {
	ctx_json_object(j, "facts");
	for (uint32_t i = 0; i < f->fact_count; ++i) {
		double value = f->facts[i].value;
		if (value >= 0 && value < 9e15 && value == (double)(uint64_t)value) {
			ctx_json_uint(j, f->facts[i].name, (uint64_t)value);
		} else {
			ctx_json_double(j, f->facts[i].name, value);
		}
	}
	ctx_json_end(j);
}

/** "edits". */
static void put_edits(struct ctx_json *j, const struct ana_finding *f) {
	ctx_json_array(j, "edits");
	for (uint32_t i = 0; i < f->edit_count; ++i) {
		ctx_json_object(j, NULL);
		ctx_json_uint(j, "first_line", f->edits[i].first);
		ctx_json_uint(j, "last_line", f->edits[i].last);
		ctx_json_str(j, "text", f->edits[i].text);
		ctx_json_end(j);
	}
	ctx_json_end(j);
}

/** "subject" and "suppressed". */
static void put_relations(struct ctx_json *j, const struct ana_finding *f) {
	if (f->subject == NULL) {
		ctx_json_null(j, "subject");
	} else {
		ctx_json_object(j, "subject");
		ctx_json_str(j, "kind", ana_subject_names[f->subject_kind]);
		ana_json_put_path(j, "name", f->subject);
		ctx_json_end(j);
	}
	if (f->suppressed == ANA_SUPPRESSED_NOT) {
		ctx_json_null(j, "suppressed");
	} else {
		ctx_json_object(j, "suppressed");
		ctx_json_str(j, "by", suppression_names[f->suppressed]);
		ctx_json_str(j, "reason", f->suppressed_by);
		ctx_json_end(j);
	}
}

/** One finding. */
static void put_finding(struct ctx_json *j, const struct ana_audit_report *r, const struct ana_finding *f) {
	char text[CTX_DIGEST_TEXT_MAX];
	struct ctx_digest digest = ana_audit_fingerprint(r->audit, f);
	ctx_json_object(j, NULL);
	ctx_json_str(j, "rule", f->rule->id);
	ctx_json_str(j, "alias", f->alias);
	ctx_json_str(j, "severity", ana_severity_names[f->severity]);
	ana_json_put_path(j, "file", r->audit->files.items[f->file].path);
	ctx_json_uint(j, "line", f->line);
	ctx_json_uint(j, "column", f->column);
	ctx_json_uint(j, "length", f->length);
	ctx_json_uint(j, "end_line", f->end_line);
	ctx_json_str(j, "message", f->message);
	ctx_json_str(j, "why", f->why != NULL ? f->why : f->rule->why);
	ctx_json_str(j, "evidence", f->evidence);
	put_facts(j, f);
	ctx_json_str(j, "fix", f->fix);
	put_edits(j, f);
	put_relations(j, f);
	ctx_json_str(j, "fingerprint", strchr(ctx_digest_text(text, &digest), ':') + 1);
	ctx_json_end(j);
}

/** "files". */
static void put_files(struct ctx_json *j, const struct ana_audit *audit) {
	ctx_json_array(j, "files");
	for (size_t i = 0; i < audit->files.count; ++i) {
		const struct ana_audit_file *file = &audit->files.items[i];
		ctx_json_object(j, NULL);
		ana_json_put_path(j, "path", file->path);
		ctx_json_str(j, "kind", kind_names[file->kind]);
		ctx_json_str(j, "error", file->error);
		ctx_json_end(j);
	}
	ctx_json_end(j);
}

void ana_json_put_audit(struct ctx_json *j, const struct ana_audit *audit) {
	size_t counts[ANA_SEVERITY_ERROR + 1];
	if (audit == NULL) {
		ctx_json_null(j, "audit");
		return;
	}
	const struct ana_finding *worst = ana_audit_worst(audit);
	ana_audit_count(audit, counts);
	ctx_json_object(j, "audit");
	for (int i = ANA_SEVERITY_ERROR; i >= ANA_SEVERITY_STYLE; --i) {
		ctx_json_uint(j, ana_severity_names[i], counts[i]);
	}
	if (worst == NULL) {
		ctx_json_null(j, "worst");
	} else {
		ctx_json_object(j, "worst");
		ctx_json_str(j, "rule", worst->rule->id);
		ctx_json_str(j, "severity", ana_severity_names[worst->severity]);
		ctx_json_uint(j, "line", worst->line);
		ctx_json_str(j, "message", worst->message);
		ctx_json_end(j);
	}
	ctx_json_end(j);
}

void ana_json_audit(struct ctx_out *out, const struct ana_audit_report *r) {
	struct ctx_json j;
	size_t counts[ANA_SEVERITY_ERROR + 1];
	ana_audit_count(r->audit, counts);
	ctx_json_init(&j, out, INLINE_DEPTH);
	ctx_json_object(&j, NULL);
	ctx_json_str(&j, "schema", "ctxopt.audit/1");
	ctx_json_str(&j, "version", CTXOPT_VERSION);
	ctx_json_object(&j, "command");
	ctx_json_str(&j, "name", r->head.command);
	ctx_json_array(&j, "args");
	for (size_t i = 0; i < r->head.arg_count; ++i) {
		ctx_json_string(&j, NULL, r->head.args[i], strlen(r->head.args[i]));
	}
	ctx_json_end(&j);
	ctx_json_end(&j);
	ctx_json_str(&j, "today", r->today);
	put_files(&j, r->audit);
	ctx_json_uint(&j, "templates", r->audit->templates);
	ctx_json_object(&j, "counts");
	for (int i = ANA_SEVERITY_ERROR; i >= ANA_SEVERITY_STYLE; --i) {
		ctx_json_uint(&j, ana_severity_names[i], counts[i]);
	}
	ctx_json_end(&j);
	ctx_json_array(&j, "findings");
	for (size_t i = 0; i < r->audit->findings.count; ++i) {
		if (ana_audit_shows(r, &r->audit->findings.items[i], false)) {
			put_finding(&j, r, &r->audit->findings.items[i]);
		}
	}
	ctx_json_end(&j);
	ana_json_put_warnings(&j, &r->head);
}
