/*
 * SARIF 2.1.0: findings for machines of others.
 */
#include "analyzer/report/report.h"
#include "ctxopt/base/json.h"
#include "ctxopt/base/utf8.h"

#define SCHEMA "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
/** Containers from this depth on are written on one line: a result. */
#define INLINE_DEPTH 4

/** What SARIF calls a severity. */
static const char *level_of(enum ana_severity severity) {
	return severity == ANA_SEVERITY_ERROR ? "error" : severity == ANA_SEVERITY_WARNING ? "warning" : "note";
}

/** "name": {"text": ...}. */
static void put_text(struct ctx_json *j, const char *name, const char *text) {
	ctx_json_object(j, name);
	ctx_json_str(j, "text", text);
	ctx_json_end(j);
}

/** A path as a URI: what has a meaning there becomes %XX. */
static void put_uri(struct ctx_json *j, const char *path) {
	ctx_auto_buf struct ctx_buf uri = CTX_BUF_INIT;
	for (const char *at = path[0] == '.' && path[1] == '/' ? path + 2 : path; *at != '\0'; ++at) {
		unsigned char c = (unsigned char)*at;
		bool plain = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
			strchr("/._-~", c) != NULL;
		ctx_buf_addf(&uri, plain ? "%c" : "%%%02X", c);
	}
	ctx_json_string(j, "uri", ctx_buf_str(&uri), uri.len);
}

/** "rules" of the tool. */
static void put_rules(struct ctx_json *j) {
	size_t count;
	const struct ana_rule *const *rules = ana_rules(&count);
	ctx_json_array(j, "rules");
	for (size_t i = 0; i < count; ++i) {
		ctx_json_object(j, NULL);
		ctx_json_str(j, "id", rules[i]->id);
		put_text(j, "shortDescription", rules[i]->summary);
		if (rules[i]->why != NULL) {
			put_text(j, "fullDescription", rules[i]->why);
		}
		ctx_json_object(j, "defaultConfiguration");
		ctx_json_str(j, "level", level_of(rules[i]->severity));
		ctx_json_end(j);
		ctx_json_end(j);
	}
	ctx_json_end(j);
}

/** Index of a rule in the tool's list. */
static size_t rule_index(const struct ana_rule *rule) {
	size_t count, i = 0;
	const struct ana_rule *const *rules = ana_rules(&count);
	while (i < count && rules[i] != rule) {
		++i;
	}
	return i;
}

/** Columns count in UTF-16, as "columnKind" says: units of the first `len` bytes of a line.  A byte that is no UTF-8 counts one. */
static uint32_t units(struct ctx_str line, size_t len) {
	uint32_t count = 0, code;
	len = len < line.len ? len : line.len;
	for (size_t i = 0; i < len;) {
		i += ctx_utf8_decode(line.ptr + i, line.len - i, &code);
		count += code > 0xFFFF && code != CTX_UTF8_BAD ? 2 : 1;
	}
	return count;
}

/** "fixes": whole lines, but for the end of the last one. */
static void put_fixes(struct ctx_json *j, const struct ana_audit *audit, const struct ana_finding *f) {
	const struct ana_audit_file *file = &audit->files.items[f->file];
	ctx_json_array(j, "fixes");
	ctx_json_object(j, NULL);
	put_text(j, "description", f->fix != NULL ? f->fix : f->message);
	ctx_json_array(j, "artifactChanges");
	ctx_json_object(j, NULL);
	ctx_json_object(j, "artifactLocation");
	put_uri(j, file->path);
	ctx_json_end(j);
	ctx_json_array(j, "replacements");
	for (uint32_t i = 0; i < f->edit_count; ++i) {
		struct ctx_str last = ana_audit_source_line(file, f->edits[i].last), text = CTX_STR(f->edits[i].text);
		text.len -= text.len > 0 && text.ptr[text.len - 1] == '\n';
		text.len -= text.len > 0 && text.ptr[text.len - 1] == '\r';
		ctx_json_object(j, NULL);
		ctx_json_object(j, "deletedRegion");
		ctx_json_uint(j, "startLine", f->edits[i].first);
		ctx_json_uint(j, "startColumn", 1);
		ctx_json_uint(j, "endLine", f->edits[i].last);
		ctx_json_uint(j, "endColumn", units(last, last.len) + 1);
		ctx_json_end(j);
		ctx_json_object(j, "insertedContent");
		ctx_json_string(j, "text", text.ptr, text.len);
		ctx_json_end(j);
		ctx_json_end(j);
	}
	for (int i = 0; i < 5; ++i) {
		ctx_json_end(j);
	}
}

/** "locations". */
static void put_location(struct ctx_json *j, const struct ana_audit *audit, const struct ana_finding *f) {
	ctx_json_array(j, "locations");
	ctx_json_object(j, NULL);
	ctx_json_object(j, "physicalLocation");
	ctx_json_object(j, "artifactLocation");
	put_uri(j, audit->files.items[f->file].path);
	ctx_json_end(j);
	if (f->line > 0) {
		struct ctx_str line = ana_audit_source_line(&audit->files.items[f->file], f->line);
		size_t from = f->column > 0 ? f->column - 1 : 0;
		uint32_t start = units(line, from) + 1, end = units(line, from + (f->length > 0 ? f->length : 1)) + 1;
		ctx_json_object(j, "region");
		ctx_json_uint(j, "startLine", f->line);
		ctx_json_uint(j, "startColumn", start);
		ctx_json_uint(j, "endColumn", end > start ? end : start + 1);
		ctx_json_end(j);
	}
	ctx_json_end(j);
	ctx_json_end(j);
	ctx_json_end(j);
}

/** One result. */
static void put_result(struct ctx_json *j, const struct ana_audit *audit, const struct ana_finding *f) {
	char digest_text[CTX_DIGEST_TEXT_MAX];
	struct ctx_digest digest = ana_audit_fingerprint(audit, f);
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_buf_adds(&text, f->message);
	ctx_buf_addf(&text, "%s%s", f->evidence != NULL ? ". " : "", f->evidence != NULL ? f->evidence : "");
	ctx_buf_addf(&text, "%s%s", f->fix != NULL ? ". Fix: " : "", f->fix != NULL ? f->fix : "");
	ctx_json_object(j, NULL);
	ctx_json_str(j, "ruleId", f->rule->id);
	ctx_json_uint(j, "ruleIndex", rule_index(f->rule));
	ctx_json_str(j, "level", level_of(f->severity));
	put_text(j, "message", ctx_buf_str(&text));
	put_location(j, audit, f);
	ctx_json_object(j, "partialFingerprints");
	ctx_json_str(j, "ctxopt/1", strchr(ctx_digest_text(digest_text, &digest), ':') + 1);
	ctx_json_end(j);
	if (f->edit_count > 0) {
		put_fixes(j, audit, f);
	}
	if (f->suppressed != ANA_SUPPRESSED_NOT) {
		bool inside = f->suppressed == ANA_SUPPRESSED_PRAGMA || f->suppressed == ANA_SUPPRESSED_DIRECTIVE;
		ctx_json_array(j, "suppressions");
		ctx_json_object(j, NULL);
		ctx_json_str(j, "kind", inside ? "inSource" : "external");
		ctx_json_str(j, "justification", f->suppressed_by);
		ctx_json_end(j);
		ctx_json_end(j);
	}
	ctx_json_end(j);
}

/** --format sarif. */
static void put_sarif(struct ctx_out *out, const struct ana_audit_report *r) {
	struct ctx_json j;
	ctx_json_init(&j, out, INLINE_DEPTH);
	ctx_json_object(&j, NULL);
	ctx_json_str(&j, "$schema", SCHEMA);
	ctx_json_str(&j, "version", "2.1.0");
	ctx_json_array(&j, "runs");
	ctx_json_object(&j, NULL);
	ctx_json_object(&j, "tool");
	ctx_json_object(&j, "driver");
	ctx_json_str(&j, "name", "ctxopt");
	ctx_json_str(&j, "version", CTXOPT_VERSION);
	put_rules(&j);
	ctx_json_end(&j);
	ctx_json_end(&j);
	ctx_json_str(&j, "columnKind", "utf16CodeUnits");
	ctx_json_array(&j, "results");
	for (size_t i = 0; i < r->audit->findings.count; ++i) {
		if (ana_audit_shows(r, &r->audit->findings.items[i], false)) {
			put_result(&j, r->audit, &r->audit->findings.items[i]);
		}
	}
	ctx_json_end(&j);
	ctx_json_end(&j);
	ctx_json_end(&j);
	ctx_json_end(&j);
	ctx_json_finish(&j);
}

const struct ana_renderer ana_sarif = { .name = "sarif", .audit = put_sarif };
