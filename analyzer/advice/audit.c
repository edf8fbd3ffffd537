#include "analyzer/advice/audit.h"

#include <stdlib.h>

/** All rules, in the order of the documentation. */
static const struct ana_rule *const rules[] = {
	&ana_rule_image_not_pinned, &ana_rule_runs_as_root, &ana_rule_no_resource_limits, &ana_rule_bloated_image,
	&ana_rule_secret_in_image, &ana_rule_context_not_ignored, &ana_rule_no_health_check,
	&ana_rule_cache_hostile_order, &ana_rule_stale_base, &ana_rule_logs_to_file,
// BuildKit's, from here on
// clang-format off
#define CHECK(n) &ana_rule_checks[n]
	CHECK(0), CHECK(1), CHECK(2), CHECK(3), CHECK(4), CHECK(5), CHECK(6), CHECK(7), CHECK(8), CHECK(9), CHECK(10), CHECK(11),
	CHECK(12), CHECK(13), CHECK(14), CHECK(15), CHECK(16), CHECK(17), CHECK(18), CHECK(19), CHECK(20),
#undef CHECK
	// clang-format on
};
/** How many are ours. */
#define FAMILIES (CTX_COUNTOF(rules) - ANA_CHECK_COUNT)
_Static_assert(ANA_CHECK_COUNT == 21, "each check is in the list");

const struct ana_rule *const *ana_rules(size_t *count) {
	*count = CTX_COUNTOF(rules);
	return rules;
}

bool ana_rule_is(const struct ana_rule *rule, struct ctx_str id) {
	struct ctx_str names = CTX_STR(rule->aliases != NULL ? rule->aliases : "");
	bool same = ctx_str_same(CTX_STR(rule->id), id);
	while (!same && names.len > 0) {
		struct ctx_str name = { names.ptr, ctx_str_find(names, ' ') };
		same = name.len > 0 && ctx_str_same(name, id);
		names = ctx_str_from(names, name.len < names.len ? name.len + 1 : name.len);
	}
	return same;
}

const struct ana_rule *ana_rule_find(struct ctx_str id) {
	// Names go before aliases, which may be the names of others
	for (size_t i = 0; i < CTX_COUNTOF(rules); ++i) {
		if (ctx_str_same(CTX_STR(rules[i]->id), id)) {
			return rules[i];
		}
	}
	for (size_t i = 0; i < CTX_COUNTOF(rules); ++i) {
		if (ana_rule_is(rules[i], id)) {
			return rules[i];
		}
	}
	return NULL;
}

void ana_audit_start(struct ana_audit *audit, int64_t today) {
	*audit = (struct ana_audit){ .today = today };
}

void ana_audit_release(struct ana_audit *audit) {
	for (size_t i = 0; i < audit->files.count; ++i) {
		CTX_VEC_RELEASE(&audit->files.items[i].hidden);
		CTX_VEC_RELEASE(&audit->files.items[i].line_starts);
		CTX_VEC_RELEASE(&audit->files.items[i].problems);
	}
	CTX_VEC_RELEASE(&audit->files);
	CTX_VEC_RELEASE(&audit->findings);
	ctx_arena_release(&audit->arena);
}

int64_t ana_audit_add_file(struct ana_audit *audit, const char *path, enum ana_audit_kind kind, struct ctx_str text,
	struct ctx_error *err) {
	struct ana_audit_file file = { .path = ctx_arena_memdup0(&audit->arena, path, strlen(path)),
		.kind = kind,
		.text = text };
	bool ok = file.path != NULL;
	for (size_t at = 0; ok && at < text.len;) {
		ok = CTX_VEC_PUSH(&file.line_starts, (uint32_t)at);
		at += ctx_str_find(ctx_str_from(text, at), '\n') + 1;
	}
	ok = ok && CTX_VEC_PUSH(&audit->files, file);
	if (!ok) {
		CTX_VEC_RELEASE(&file.line_starts);
	}
	return ok ? (int64_t)audit->files.count - 1 : ctx_fail_nomem(err);
}

int ana_audit_build(struct ana_audit *audit, uint32_t file, const struct ana_rule_input *in, bool valid,
	struct ctx_error *err) {
	int rc = 0;
	size_t before = audit->findings.count;
	for (size_t i = 0; rc == 0 && i < CTX_COUNTOF(rules); ++i) {
		bool runs = rules[i]->dockerfile != NULL && (valid || rules[i]->invalid) &&
			(audit->enabled == NULL || audit->enabled[i]);
		struct ana_rule_run run = { .audit = audit, .rule = rules[i], .in = in, .file = file };
		rc = runs ? rules[i]->dockerfile(&run, err) : 0;
	}
	struct ana_rule_run run = { .audit = audit, .in = in, .file = file };
	rc = rc < 0 ? rc
		    : ana_rule_checks_run(&run, valid, audit->enabled == NULL ? NULL : audit->enabled + FAMILIES, err);
	rc = rc < 0 || !valid ? rc : ana_audit_edits(audit, in, before, err);
	return rc < 0 ? rc : ana_audit_directives(audit, file, in, before, err);
}

/* ---- The end ---- */

/** Order of findings: file, line, column, rule, message. */
static int compare(const void *left, const void *right) {
	const struct ana_finding *a = left, *b = right;
	if (a->file != b->file) {
		return a->file < b->file ? -1 : 1;
	}
	if (a->line != b->line) {
		return a->line < b->line ? -1 : 1;
	}
	if (a->column != b->column) {
		return a->column < b->column ? -1 : 1;
	}
	int order = strcmp(a->rule->id, b->rule->id);
	return order != 0 ? order : strcmp(a->message, b->message);
}

/** Two builds of one file that say the same. */
static bool is_same(const struct ana_finding *a, const struct ana_finding *b) {
	return a->file == b->file && a->line == b->line && a->column == b->column && a->rule == b->rule &&
		strcmp(a->message, b->message) == 0;
}

/** Replace every place of a value in a text. */
static bool scrub_text(struct ctx_arena *arena, const char **text, struct ctx_str value) {
	const char *at = *text == NULL ? NULL : memmem(*text, strlen(*text), value.ptr, value.len);
	if (at == NULL) {
		return true;
	}
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	const char *from = *text, *end = from + strlen(from);
	for (; at != NULL; at = memmem(from, (size_t)(end - from), value.ptr, value.len)) {
		ctx_buf_add(&out, from, (size_t)(at - from));
		ctx_buf_adds(&out, "***");
		from = at + value.len;
	}
	ctx_buf_adds(&out, from);
	*text = ctx_buf_ok(&out) ? ctx_arena_memdup0(arena, ctx_buf_str(&out), out.len) : NULL;
	return *text != NULL;
}

/** Shorter values are words like any other. */
#define SCRUB_MIN 4

/** Is it nothing but small letters?  Then it is a word that our own texts may have. */
static bool is_word(struct ctx_str value) {
	for (size_t i = 0; i < value.len; ++i) {
		if (value.ptr[i] < 'a' || value.ptr[i] > 'z') {
			return false;
		}
	}
	return true;
}

/** So many are looked for everywhere, the rest in findings about their own lines. */
#define SCRUB_MAX 100

/** No text of a finding holds what its file hides. */
static bool scrub(struct ana_audit *audit, struct ana_finding *f) {
	const struct ana_audit_file *file = &audit->files.items[f->file];
	size_t lines = file->line_starts.count;
	size_t from = f->line > 0 && f->line <= lines ? file->line_starts.items[f->line - 1] : 0;
	size_t to = f->end_line < lines ? file->line_starts.items[f->end_line] : file->text.len;
	bool ok = true;
	for (size_t i = 0; ok && i < file->hidden.count; ++i) {
		const struct ana_hidden *hidden = &file->hidden.items[i];
		struct ctx_str value = { file->text.ptr + hidden->from, hidden->len };
		if (value.len >= SCRUB_MIN && !is_word(value) &&
			(i < SCRUB_MAX || (hidden->from >= from && hidden->from < to))) {
			ok = scrub_text(&audit->arena, &f->message, value) &&
				scrub_text(&audit->arena, &f->evidence, value) &&
				scrub_text(&audit->arena, &f->why, value) &&
				scrub_text(&audit->arena, &f->fix, value) &&
				scrub_text(&audit->arena, &f->subject, value);
		}
	}
	return ok;
}

/** Hide every other place of what is hidden: a password that is given twice may be taken for a secret in one place only. */
static bool hide_copies(struct ana_audit_file *file) {
	bool ok = true;
	for (size_t i = 0, n = file->hidden.count; ok && i < n && i < SCRUB_MAX; ++i) {
		struct ctx_str value = { file->text.ptr + file->hidden.items[i].from, file->hidden.items[i].len };
		size_t from = 0;
		const char *at = NULL;
		while (ok && value.len >= SCRUB_MIN && !is_word(value) &&
			(at = memmem(file->text.ptr + from, file->text.len - from, value.ptr, value.len)) != NULL) {
			from = (size_t)(at - file->text.ptr);
			struct ana_hidden copy = { (uint32_t)from, (uint32_t)value.len };
			ok = at == value.ptr || CTX_VEC_PUSH(&file->hidden, copy);
			from += value.len;
		}
	}
	return ok;
}

/** Order of hidden parts. */
static int compare_hidden(const void *left, const void *right) {
	const struct ana_hidden *a = left, *b = right;
	return a->from != b->from ? (a->from < b->from ? -1 : 1) : 0;
}

/** A patch has whole lines: none that holds what is hidden. */
static void drop_edits(const struct ana_audit *audit, struct ana_finding *f) {
	const struct ana_audit_file *file = &audit->files.items[f->file];
	size_t lines = file->line_starts.count;
	for (uint32_t i = 0; i < f->edit_count; ++i) {
		size_t from = file->line_starts.items[f->edits[i].first - 1];
		size_t to = f->edits[i].last < lines ? file->line_starts.items[f->edits[i].last] : file->text.len;
		for (size_t k = 0; k < file->hidden.count; ++k) {
			const struct ana_hidden *hidden = &file->hidden.items[k];
			if (hidden->from < to && hidden->from + hidden->len > from) {
				f->edit_count = 0;
				return;
			}
		}
	}
}

int ana_audit_finish(struct ana_audit *audit, struct ctx_error *err) {
	size_t kept = 0;
	if (audit->findings.count > 0) {
		qsort(audit->findings.items, audit->findings.count, sizeof(*audit->findings.items), compare);
	}
	for (size_t i = 0; i < audit->findings.count; ++i) {
		struct ana_finding *f = &audit->findings.items[i];
		if (kept > 0 && is_same(&audit->findings.items[kept - 1], f)) {
			continue;
		}
		if (!scrub(audit, f)) {
			return ctx_fail_nomem(err);
		}
		audit->findings.items[kept++] = *f;
	}
	audit->findings.count = kept;
	for (size_t i = 0; i < audit->files.count; ++i) {
		struct ana_audit_file *file = &audit->files.items[i];
		if (!hide_copies(file)) {
			return ctx_fail_nomem(err);
		}
		if (file->hidden.count > 0) {
			qsort(file->hidden.items, file->hidden.count, sizeof(*file->hidden.items), compare_hidden);
		}
	}
	for (size_t i = 0; i < audit->findings.count; ++i) {
		drop_edits(audit, &audit->findings.items[i]);
	}
	return 0;
}

const struct ana_finding *ana_audit_worst(const struct ana_audit *audit) {
	const struct ana_finding *worst = NULL;
	for (size_t i = 0; i < audit->findings.count; ++i) {
		const struct ana_finding *f = &audit->findings.items[i];
		bool counts = f->suppressed == ANA_SUPPRESSED_NOT;
		worst = counts && (worst == NULL || f->severity > worst->severity) ? f : worst;
	}
	return worst;
}

void ana_audit_count(const struct ana_audit *audit, size_t counts[ANA_SEVERITY_ERROR + 1]) {
	memset(counts, 0, (ANA_SEVERITY_ERROR + 1) * sizeof(*counts));
	for (size_t i = 0; i < audit->findings.count; ++i) {
		const struct ana_finding *f = &audit->findings.items[i];
		counts[f->severity] += f->suppressed == ANA_SUPPRESSED_NOT;
	}
}
