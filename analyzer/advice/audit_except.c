/*
 * Findings that a project has decided to live with: "RULE;path=PATTERN;reason=TEXT;until=YYYY-MM-DD".
 */
#include "analyzer/advice/audit.h"
#include "analyzer/dockerfile/glob.h"
#include "analyzer/dockerfile/pragma.h"

/** Take what stands before `end`; the text becomes the rest behind it. */
static struct ctx_str take(struct ctx_str *text, char end) {
	struct ctx_str part = { text->ptr, ctx_str_find(*text, end) };
	*text = ctx_str_from(*text, part.len < text->len ? part.len + 1 : part.len);
	return part;
}

/** Without blanks around it. */
static struct ctx_str trim(struct ctx_str text) {
	while (text.len > 0 && text.ptr[0] == ' ') {
		text = ctx_str_from(text, 1);
	}
	while (text.len > 0 && text.ptr[text.len - 1] == ' ') {
		--text.len;
	}
	return text;
}

/** The kind of subject of that name. */
static int read_kind(struct ana_except *e, struct ctx_str name, struct ctx_error *err) {
	for (int i = ANA_SUBJECT_IMAGE; ana_subject_names[i] != NULL; ++i) {
		if (ctx_str_is(name, ana_subject_names[i])) {
			e->kind = (enum ana_subject_kind)i;
			return 0;
		}
	}
	return ctx_fail(err, CTX_E_USAGE, "'%.*s' is no kind of subject: image, stage, service or container",
		CTX_STR_ARGS(name));
}

/** One NAME=VALUE. */
static int read_field(struct ana_except *e, struct ctx_str field, struct ctx_error *err) {
	struct ctx_str value = field, name = trim(take(&value, '='));
	value = trim(value);
	struct {
		const char *name;
		struct ctx_str *at;
	} texts[] = { { "path", &e->path }, { "name", &e->name }, { "reason", &e->reason } };
	if (value.len == 0) {
		return ctx_fail(err, CTX_E_USAGE, "'%.*s' is not NAME=VALUE", CTX_STR_ARGS(field));
	}
	for (size_t i = 0; i < CTX_COUNTOF(texts); ++i) {
		if (ctx_str_is(name, texts[i].name)) {
			*texts[i].at = value;
			return 0;
		}
	}
	if (ctx_str_is(name, "kind")) {
		return read_kind(e, value, err);
	}
	if (ctx_str_is(name, "until")) {
		int rc = ana_day_parse(&e->until, value, err);
		return rc < 0 ? ctx_fail(err, CTX_E_USAGE, "'%.*s' is no day: YYYY-MM-DD", CTX_STR_ARGS(value)) : 0;
	}
	return ctx_fail(err, CTX_E_USAGE, "unknown field '%.*s': path, kind, name, reason and until are known",
		CTX_STR_ARGS(name));
}

int ana_except_parse(struct ana_except *e, struct ctx_str text, struct ctx_error *err) {
	*e = (struct ana_except){ .text = text, .until = ANA_DAY_NEVER };
	e->rules = take(&text, ';');
	int rc = 0;
	for (struct ctx_str rest = e->rules; rc == 0 && (rest.len > 0 || rest.ptr == e->rules.ptr);) {
		struct ctx_str id = trim(take(&rest, ','));
		if (ana_rule_find(id) == NULL) {
			rc = ctx_fail(err, CTX_E_USAGE, "there is no rule '%.*s': 'audit --rules' lists them",
				CTX_STR_ARGS(id));
		}
	}
	while (rc == 0 && text.len > 0) {
		rc = read_field(e, trim(take(&text, ';')), err);
	}
	return rc;
}

bool ana_except_matches(struct ctx_str pattern, struct ctx_str path) {
	// Where to go on when a name does not match: one more directory belongs to the "**" before it
	bool any = pattern.len > 0 && pattern.ptr[0] != '/';
	pattern = ctx_str_from(pattern, pattern.len > 0 && !any ? 1 : 0);
	struct ctx_str behind = pattern, retry = path;
	while (pattern.len > 0) {
		struct ctx_str wants = pattern, has = path, want = take(&wants, '/'), name = take(&has, '/');
		if (ctx_str_is(want, "**")) {
			any = true;
			behind = pattern = wants;
			retry = path;
		} else if (path.len > 0 && ana_glob_match(want, name) == 1) {
			pattern = wants;
			path = has;
		} else if (!any || retry.len == 0) {
			return false;
		} else {
			take(&retry, '/');
			path = retry;
			pattern = behind;
		}
	}
	return true;
}

/** Does it speak of a finding? */
static bool speaks_of(const struct ana_except *e, const struct ana_audit *audit, const struct ana_finding *f) {
	bool named = false;
	for (struct ctx_str rest = e->rules; !named && rest.len > 0;) {
		struct ctx_str id = trim(take(&rest, ','));
		named = f->alias != NULL && ctx_str_same(id, CTX_STR(f->alias));
		named = named || ctx_str_same(id, CTX_STR(f->rule->id)) ||
			ana_rule_is(ana_rule_find(id), CTX_STR(f->rule->id));
	}
	return named && (e->path.len == 0 || ana_except_matches(e->path, CTX_STR(audit->files.items[f->file].path))) &&
		(e->kind == ANA_SUBJECT_NONE || e->kind == f->subject_kind) &&
		(e->name.len == 0 || (f->subject != NULL && ana_glob_match(e->name, CTX_STR(f->subject)) == 1));
}

int ana_audit_except(struct ana_audit *audit, const struct ana_except *e, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_buf_addf(&text, "ignore '%.*s'", CTX_STR_ARGS(e->rules));
	if (e->reason.len > 0) {
		ctx_buf_addf(&text, ": %.*s", CTX_STR_ARGS(e->reason));
	}
	const char *by = ctx_buf_ok(&text) ? ctx_arena_memdup0(&audit->arena, ctx_buf_str(&text), text.len) : NULL;
	for (size_t i = 0; by != NULL && audit->today <= e->until && i < audit->findings.count; ++i) {
		struct ana_finding *f = &audit->findings.items[i];
		if (f->suppressed == ANA_SUPPRESSED_NOT && speaks_of(e, audit, f)) {
			f->suppressed = ANA_SUPPRESSED_CONFIG;
			f->suppressed_by = by;
		}
	}
	return by != NULL ? 0 : ctx_fail_nomem(err);
}
