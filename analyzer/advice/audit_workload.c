/*
 * Compose files and manifests: the rules over each container, and over the file.
 */
#include "analyzer/advice/audit.h"

#include <ctype.h>

/** Words in paths of files that are not for production, between '.', '-', '_', '/'. */
static const char development[] =
	" dev devel development test tests testing e2e ci local override debug example examples sample samples demo demos playground "
	"devcontainer fixtures testdata tutorial tutorials integration bench benchmark benchmarks hack "
	"docs doc documentation workflows woodpecker fake mock mocks sandbox spec ";

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
