#include "analyzer/advice/rule.h"

#include <stdio.h>

const char *const ana_severity_names[] = { "style", "info", "warning", "error", NULL };
const char *const ana_subject_names[] = { "none", "image", "stage", "service", "container", NULL };

/** Copy a text unless there is none; false when out of memory. */
static bool copy(struct ctx_arena *arena, const char **text) {
	if (*text != NULL) {
		*text = ctx_arena_memdup0(arena, *text, strlen(*text));
		return *text != NULL;
	}
	return true;
}

/** Copy the edits of a finding. */
static bool copy_edits(struct ctx_arena *arena, struct ana_finding *f) {
	if (f->edit_count == 0) {
		return true;
	}
	struct ana_edit *edits = ctx_arena_calloc(arena, f->edit_count, sizeof(*edits));
	bool ok = edits != NULL;
	for (uint32_t i = 0; ok && i < f->edit_count; ++i) {
		edits[i] = f->edits[i];
		ok = copy(arena, &edits[i].text);
	}
	f->edits = edits;
	return ok;
}

int ana_rule_report(struct ana_rule_run *run, const struct ana_finding *finding, struct ctx_error *err) {
	struct ana_finding f = *finding;
	struct ctx_arena *arena = &run->audit->arena;
	if (run->on != NULL && run->audit->findings.count - run->on->before >= ANA_RULE_FINDINGS_MAX) {
		return 0;
	}
	f.rule = run->rule;
	f.file = run->file;
	f.end_line = f.end_line < f.line ? f.line : f.end_line;
	bool ok = f.message != NULL && copy(arena, &f.message) && copy(arena, &f.why) && copy(arena, &f.evidence) &&
		copy(arena, &f.fix) && copy(arena, &f.subject) && copy(arena, &f.alias) && copy_edits(arena, &f);
	return ok && CTX_VEC_PUSH(&run->audit->findings, f) ? 0 : ctx_fail_nomem(err);
}

const char *ana_rule_format(struct ana_rule_run *run, const char *fmt, ...) {
	va_list args;
	va_start(args, fmt);
	const char *text = ctx_arena_vprintf(&run->audit->arena, fmt, args);
	va_end(args);
	return text;
}

struct ana_finding ana_rule_at(const struct ana_rule_run *run, const struct ana_node *node, struct ctx_str part) {
	struct ana_position at = ana_node_position(&run->in->model->syntax, node, part);
	return (struct ana_finding){ .severity = run->rule->severity,
		.line = at.line,
		.column = at.column,
		.length = at.length,
		.end_line = node->end_line };
}

/** Hide bytes of the file's text. */
static int hide(struct ana_rule_run *run, size_t from, size_t len, struct ctx_error *err) {
	struct ana_audit_file *file = &run->audit->files.items[run->file];
	struct ana_hidden hidden = { (uint32_t)from, (uint32_t)len };
	return len == 0 || CTX_VEC_PUSH(&file->hidden, hidden) ? 0 : ctx_fail_nomem(err);
}

/** Where `part` begins in `whole`; false if it is not in it. */
static bool is_inside(struct ctx_str whole, struct ctx_str part, size_t *at) {
	uintptr_t start = (uintptr_t)whole.ptr, ptr = (uintptr_t)part.ptr;
	*at = (size_t)(ptr - start);
	return whole.ptr != NULL && part.ptr != NULL && ptr >= start && *at + part.len <= whole.len;
}

/** Hide a part of the logical line, which stands in the text in pieces. */
static int hide_pieces(struct ana_rule_run *run, const struct ana_node *node, size_t at, size_t len,
	struct ctx_error *err) {
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < node->piece_count; ++i) {
		size_t from = node->pieces[i].at;
		size_t to = i + 1 < node->piece_count ? node->pieces[i + 1].at : node->logical.len;
		size_t first = at > from ? at : from, last = at + len < to ? at + len : to;
		if (first < last) {
			rc = hide(run, node->pieces[i].source + (first - from), last - first, err);
		}
	}
	return rc;
}

int ana_rule_hide(struct ana_rule_run *run, const struct ana_node *node, struct ctx_str value, struct ctx_error *err) {
	size_t at;
	if (is_inside(node->logical, value, &at)) {
		return hide_pieces(run, node, at, value.len, err);
	}
	struct ctx_str text = run->in->model->syntax.text;
	if (is_inside(text, value, &at)) {
		return hide(run, at, value.len, err);
	}
	// Decoded: it may stand anywhere in the instruction
	const uint32_t *starts = run->in->model->syntax.line_starts.items;
	size_t lines = run->in->model->syntax.line_starts.count;
	size_t from = starts[node->first_line - 1], to = node->end_line < lines ? starts[node->end_line] : text.len;
	size_t keyword = node->keyword_text.len + 1;
	return hide(run, from + keyword, to > from + keyword ? to - from - keyword : 0, err);
}

/* ---- Compose files and manifests ---- */

const char *ana_rule_container_label(struct ana_rule_run *run) {
	const struct ana_container *c = run->on->container;
	const struct ana_workload *w = run->on->workload;
	if (run->on->compose) {
		return ana_rule_format(run, "service '%.*s'", ANA_RULE_NAME(c->name.text));
	}
	return ana_rule_format(run, "%scontainer '%.*s' of %.*s '%.*s'",
		c->kind == ANA_CONTAINER_INIT              ? "init "
			: c->kind == ANA_CONTAINER_SIDECAR ? "sidecar "
							   : "",
		ANA_RULE_NAME(c->name.text), ANA_RULE_NAME(w->kind), ANA_RULE_NAME(w->name.text));
}

/** Bytes of a value in its first line. */
static uint32_t length_of(struct ctx_str text, const struct ana_value *value) {
	struct ctx_str rest = value->from <= text.len ? ctx_str_from(text, value->from) : CTX_STR("");
	size_t line = ctx_str_find(rest, '\n');
	line -= line > 0 && rest.ptr[line - 1] == '\r';
	return value->len < line ? value->len : (uint32_t)line;
}

struct ana_finding ana_rule_at_value(struct ana_rule_run *run, const struct ana_value *value) {
	struct ana_finding f = { .severity = run->rule->severity,
		.line = value->line,
		.column = value->column,
		.length = length_of(run->audit->files.items[run->file].text, value) };
	const struct ana_container *c = run->on->container;
	if (c != NULL && run->on->compose) {
		f.subject_kind = ANA_SUBJECT_SERVICE;
		f.subject = ana_rule_format(run, "%.*s", ANA_RULE_NAME(c->name.text));
	} else if (c != NULL) {
		f.subject_kind = ANA_SUBJECT_CONTAINER;
		f.subject = ana_rule_format(run, "%.*s/%.*s", ANA_RULE_NAME(run->on->workload->name.text),
			ANA_RULE_NAME(c->name.text));
	}
	return f;
}

struct ctx_str ana_rule_raw(const struct ana_rule_run *run, const struct ana_value *value) {
	struct ctx_str text = run->audit->files.items[run->file].text;
	bool inside = value->from <= text.len && value->len <= text.len - value->from;
	return inside ? (struct ctx_str){ text.ptr + value->from, value->len } : CTX_STR("");
}

bool ana_rule_is_filled_in(const struct ana_rule_run *run, const struct ana_value *value) {
	struct ctx_str raw = ana_rule_raw(run, value);
	for (size_t i = 0; run->on->compose && i + 1 < raw.len; ++i) {
		if (raw.ptr[i] != '$') {
			continue;
		}
		char next = raw.ptr[++i]; // "$$" is a dollar
		if (next == '{' || next == '_' || ((next | 32) >= 'a' && (next | 32) <= 'z')) {
			return true;
		}
	}
	return value->open;
}

int ana_rule_hide_value(struct ana_rule_run *run, const struct ana_value *value, struct ctx_error *err) {
	struct ctx_str raw = ana_rule_raw(run, value);
	bool quoted = raw.len >= 2 && (raw.ptr[0] == '"' || raw.ptr[0] == '\'') && raw.ptr[raw.len - 1] == raw.ptr[0];
	return hide(run, value->from + quoted, raw.len - 2 * (size_t)quoted, err);
}

enum ana_severity ana_rule_soften(const struct ana_rule_run *run, enum ana_severity severity) {
	return run->on->development && severity > ANA_SEVERITY_INFO ? ANA_SEVERITY_INFO : severity;
}

bool ana_rule_is_open(struct ctx_str text) {
	return text.len > 0 && memmem(text.ptr, text.len, ANA_RULE_OPEN, strlen(ANA_RULE_OPEN)) != NULL;
}
