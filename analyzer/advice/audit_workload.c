/*
 * Compose files and manifests: the rules over each container, and over the file.
 */
#include "analyzer/advice/audit.h"

#include <ctype.h>

/** Words in paths of files that are not for production, between '.', '-', '_', '/'. */
static const char development[] =
	" dev devel develop development test tests testing e2e ci local override debug example examples sample samples demo demos playground "
	"devcontainer fixtures testdata tutorial tutorials integration bench benchmark benchmarks hack "
	"docs doc documentation workflows woodpecker fake mock mocks sandbox spec experiment experiments experimental contrib ";

bool ana_audit_is_development(struct ctx_str path) {
	while (path.len > 0) {
		size_t len = 0;
		while (len < path.len && strchr(".-_/", path.ptr[len]) == NULL) {
			++len;
		}
		char word[16];
		for (size_t i = 0; i < len && i < sizeof(word); ++i) {
			word[i] = (char)tolower((unsigned char)path.ptr[i]);
		}
		if (len > 0 && len <= sizeof(word) && ctx_str_is_listed((struct ctx_str){ word, len }, development)) {
			return true;
		}
		path = ctx_str_from(path, len < path.len ? len + 1 : len);
	}
	return false;
}

/** Lines at the beginning of a file that may say what it is for. */
#define HEAD_LINES 3

/** Do the comments that a file begins with say so? */
static bool says_development(struct ctx_str text) {
	static const char *const phrases[] = { "for development", "development setup", "development environment",
		"development only", "local development", "for testing", "internal testing", "testing purposes" };
	for (int i = 0; i < HEAD_LINES && ctx_str_starts(text, "#"); ++i) {
		struct ctx_str line = { text.ptr, ctx_str_find(text, '\n') };
		for (size_t k = 0; k < CTX_COUNTOF(phrases); ++k) {
			const char *at = memmem(line.ptr, line.len, phrases[k], strlen(phrases[k]));
			if (at != NULL && memmem(line.ptr, (size_t)(at - line.ptr), "not ", 4) == NULL) {
				return true;
			}
		}
		text = ctx_str_from(text, line.len < text.len ? line.len + 1 : line.len);
	}
	return false;
}

/** A path without "./" before and '/' behind it: "" for ".". */
static struct ctx_str plain_path(struct ctx_str path) {
	while (ctx_str_starts(path, "./")) {
		path = ctx_str_from(path, 2);
	}
	while (path.len > 0 && path.ptr[path.len - 1] == '/') {
		--path.len;
	}
	return ctx_str_is(path, ".") ? CTX_STR("") : path;
}

/** Does a service that is built here run what its context has now, since that is mounted over what was built? */
static bool mounts_context(const struct ana_container *c) {
	if (c->build == NULL || c->build->context.open || c->build->inline_text.line > 0) {
		return false;
	}
	struct ctx_str context = plain_path(c->build->context.text);
	for (uint32_t i = 0; i < c->mount_count; ++i) {
		const struct ana_workload_mount *mount = &c->mounts[i];
		if (mount->kind == ANA_SOURCE_HOST && !mount->source.open && !mount->read_only &&
			ctx_str_eq(plain_path(mount->source.text), context)) {
			return true;
		}
	}
	return false;
}

/** Do services tell that their compose file is for a machine on which somebody develops?  One is worked on where it runs; or all of them
 * serve what runs beside them, outside of containers: each has a port, on the loopback. */
static bool is_for_developers(const struct ana_manifest *manifest) {
	bool all = manifest->count > 0;
	for (size_t i = 0; i < manifest->count; ++i) {
		const struct ana_workload *w = &manifest->workloads[i];
		for (uint32_t k = 0; k < w->count; ++k) {
			if (mounts_context(&w->containers[k])) {
				return true;
			}
			all = all && ctx_str_starts(w->containers[k].port.text, "127.0.0.1:");
		}
		all = all && w->count > 0;
	}
	return all;
}

/** Run one function of all rules that have it. */
static int run_rules(struct ana_audit *audit, uint32_t file, const struct ana_rule_manifest *on,
	struct ctx_error *err) {
	size_t count;
	const struct ana_rule *const *rules = ana_rules(&count);
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < count; ++i) {
		ana_rule_fn *fn = on->container != NULL ? rules[i]->container : rules[i]->manifest;
		struct ana_rule_run run = { .audit = audit, .rule = rules[i], .on = on, .file = file };
		rc = fn != NULL && (audit->enabled == NULL || audit->enabled[i]) ? fn(&run, err) : 0;
	}
	return rc;
}

/** Are there so many findings that the rest is left out? */
static bool is_full(const struct ana_audit *audit, const struct ana_rule_manifest *on) {
	return audit->findings.count - on->before >= ANA_RULE_FINDINGS_MAX;
}

int ana_audit_manifest(struct ana_audit *audit, uint32_t file, const struct ana_rule_manifest *given,
	ana_audit_know_fn *know, void *arg, struct ctx_error *err) {
	struct ana_rule_manifest on = *given;
	on.before = audit->findings.count;
	on.compose = audit->files.items[file].kind == ANA_AUDIT_COMPOSE;
	on.development = on.development || says_development(audit->files.items[file].text) ||
		(on.compose && is_for_developers(on.manifest));
	on.workload = NULL;
	on.container = NULL;
	int rc = run_rules(audit, file, &on, err);
	for (size_t i = 0; rc == 0 && i < on.manifest->count; ++i) {
		on.workload = &on.manifest->workloads[i];
		ana_rule_limits_prepare(&on);
		ana_rule_root_prepare(&on);
		for (uint32_t k = 0; rc == 0 && k < on.workload->count && !is_full(audit, &on); ++k) {
			on.container = &on.workload->containers[k];
			if (know != NULL) {
				know(arg, &on);
			}
			rc = run_rules(audit, file, &on, err);
		}
	}
	if (is_full(audit, &on)) {
		audit->files.items[file].error = "more than 1000 findings: the rest is left out";
	}
	return rc < 0 ? rc : ana_audit_pragmas_yaml(audit, file, on.before, err);
}
