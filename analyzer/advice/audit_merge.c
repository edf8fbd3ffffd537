/*
 * One subject, several files: an image is built here and run there, and what it lacks may be given where it runs.
 *
 * The other way round, HEALTHCHECK and USER of an image for containers, is up to the rules: see ana_rule_manifest.built.
 */
#include "analyzer/advice/audit.h"

#include <stdlib.h>

/** What a container says to a finding about its image: nothing, since it does not matter for it; it is made good; it is not. */
enum answer { ANSWER_NONE, ANSWER_YES, ANSWER_NO };

/** Is a value there? */
static bool is_given(const struct ana_value *value) {
	return value->text.len > 0;
}

/** Has the container a check of its own?  `*at` is where, `*what` its name. */
static enum answer answer_health(const struct ana_container *c, const struct ana_value **at, const char **what) {
	const struct {
		const struct ana_probe *probe;
		const char *name;
	} probes[] = { { &c->health, "healthcheck" }, { &c->live, "livenessProbe" }, { &c->ready, "readinessProbe" } };
	for (size_t i = 0; i < CTX_COUNTOF(probes); ++i) {
		if (probes[i].probe->kind > ANA_PROBE_DISABLED && probes[i].probe->kind != ANA_PROBE_OPEN) {
			*at = &probes[i].probe->at;
			*what = probes[i].name;
			return ANSWER_YES;
		}
	}
	return c->ends || c->kind == ANA_CONTAINER_INIT ? ANSWER_NONE : ANSWER_NO;
}

/** Does it run as somebody else than root? */
static enum answer answer_user(const struct ana_container *c, const struct ana_value **at, const char **what) {
	enum ana_who who = is_given(&c->user) && !c->user.open ? ana_who_is(c->user.text) : ANA_WHO_UNKNOWN;
	*at = &c->user;
	*what = c->kind == ANA_CONTAINER_SERVICE ? "user" : "runAsUser";
	return who == ANA_WHO_NUMBER || who == ANA_WHO_NAME ? ANSWER_YES : ANSWER_NO;
}

/** Which of them the finding asks for; NULL. */
typedef enum answer answer_fn(const struct ana_container *c, const struct ana_value **at, const char **what);
static answer_fn *answer_of(const struct ana_finding *f) {
	if (f->rule == &ana_rule_no_health_check && f->severity < ANA_SEVERITY_ERROR) {
		return answer_health; // a check that cannot work stays wrong
	}
	bool named = f->message != NULL && strncmp(f->message, "USER by name", 12) == 0;
	return f->rule == &ana_rule_runs_as_root && !named ? answer_user : NULL;
}

/** Order of links. */
static int compare(const void *left, const void *right) {
	const struct ana_audit_link *a = left, *b = right;
	if (a->dockerfile != b->dockerfile) {
		return a->dockerfile < b->dockerfile ? -1 : 1;
	}
	return a->file != b->file ? (a->file < b->file ? -1 : 1)
				  : (a->container->name.line > b->container->name.line) -
			(a->container->name.line < b->container->name.line);
}

/** The first link of a file. */
static size_t first_of(const struct ana_audit_link *links, size_t count, uint32_t file) {
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		low = links[middle].dockerfile < file ? middle + 1 : low;
		high = links[middle].dockerfile < file ? high : middle;
	}
	return low;
}

/** Ask all that run the image. */
static int ask(struct ana_audit *audit, struct ana_finding *f, answer_fn *answer, const struct ana_audit_link *links,
	size_t count, struct ctx_error *err) {
	const struct ana_audit_link *by = NULL;
	const struct ana_value *at = NULL;
	const char *what = NULL;
	for (size_t i = first_of(links, count, f->file); i < count && links[i].dockerfile == f->file; ++i) {
		const struct ana_value *place = NULL;
		const char *name = NULL;
		if (f->subject != NULL && strcmp(f->subject, links[i].stage) != 0) {
			continue; // another image of the same file
		}
		enum answer said = answer(links[i].container, &place, &name);
		if (said == ANSWER_NO) {
			return 0;
		}
		if (said == ANSWER_YES && by == NULL) {
			by = &links[i];
			at = place;
			what = name;
		}
	}
	if (by == NULL) {
		return 0;
	}
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_buf_addf(&text, "%s in line %u of %s", what, at->line, audit->files.items[by->file].path);
	f->suppressed = ANA_SUPPRESSED_ANSWERED;
	f->suppressed_by = ctx_buf_ok(&text) ? ctx_arena_memdup0(&audit->arena, ctx_buf_str(&text), text.len) : NULL;
	return f->suppressed_by != NULL ? 0 : ctx_fail_nomem(err);
}

int ana_audit_merge(struct ana_audit *audit, struct ana_audit_link *links, size_t count, struct ctx_error *err) {
	int rc = 0;
	if (count > 0) {
		qsort(links, count, sizeof(*links), compare);
	}
	for (size_t i = 0; rc == 0 && count > 0 && i < audit->findings.count; ++i) {
		struct ana_finding *f = &audit->findings.items[i];
		bool docker = audit->files.items[f->file].kind == ANA_AUDIT_DOCKERFILE;
		answer_fn *answer = docker && f->suppressed == ANA_SUPPRESSED_NOT ? answer_of(f) : NULL;
		rc = answer != NULL ? ask(audit, f, answer, links, count, err) : 0;
	}
	return rc;
}
