/*
 * no-resource-limits: one container starves its neighbours.
 */
#include "analyzer/advice/rule.h"

/** Is a value there, or may be? */
static bool is_set(const struct ana_value *value) {
	return value->text.len > 0 || value->open;
}

/** Nothing at all is said of resources. */
static bool has_none(const struct ana_container *c) {
	return !is_set(&c->limits.cpu) && !is_set(&c->limits.memory) && !is_set(&c->requests.cpu) &&
		!is_set(&c->requests.memory);
}

/** Report at the container. */
static int report(struct ana_rule_run *run, enum ana_severity severity, const char *message, const char *why,
	struct ctx_error *err) {
	struct ana_finding f = ana_rule_at_value(run, &run->on->container->name);
	f.severity = ana_rule_soften(run, severity);
	f.message = message;
	f.why = why;
	if (run->on->limit_range != NULL) {
		f.severity = ANA_SEVERITY_INFO;
		f.evidence = ana_rule_format(run, "the LimitRange in %s may give it defaults", run->on->limit_range);
	}
	f.fix = run->on->compose
		? "deploy.resources.limits with memory and cpus (or mem_limit and cpus), from what it really needs"
		: "resources with requests for cpu and memory, and a memory limit, from what it really needs";
	return ana_rule_report(run, &f, err);
}

/* ---- Compose ---- */

/** Is it one about which something is known, and that runs on? */
static bool is_judged(const struct ana_container *c) {
	return !c->partial && (c->image.line > 0 || c->build != NULL);
}

void ana_rule_limits_prepare(struct ana_rule_manifest *on) {
	const struct ana_workload *w = on->workload;
	bool none = on->compose;
	on->unlimited = 0;
	on->first_unlimited = NULL;
	for (uint32_t i = 0; none && i < w->count; ++i) {
		const struct ana_container *c = &w->containers[i];
		none = has_none(c);
		if (none && is_judged(c)) {
			on->first_unlimited = on->first_unlimited == NULL ? c : on->first_unlimited;
			++on->unlimited;
		}
	}
	on->unlimited = none ? on->unlimited : 0;
}

/** Names of services, for people. */
#define NAMES_MAX 5
static const char *names_of(struct ana_rule_run *run, const struct ana_workload *w, uint32_t count) {
	ctx_auto_buf struct ctx_buf names = CTX_BUF_INIT;
	uint32_t shown = 0;
	for (uint32_t i = 0; i < w->count && shown < NAMES_MAX; ++i) {
		if (is_judged(&w->containers[i])) {
			ctx_buf_addf(&names, "%s%.*s", shown++ > 0 ? ", " : "",
				ANA_RULE_NAME(w->containers[i].name.text));
		}
	}
	if (count > shown) {
		ctx_buf_addf(&names, " and %u more", count - shown);
	}
	return ctx_buf_ok(&names) ? ana_rule_format(run, "%s", ctx_buf_str(&names)) : NULL;
}

/** A service. */
static int look_service(struct ana_rule_run *run, struct ctx_error *err) {
	const struct ana_container *c = run->on->container;
	uint32_t count = run->on->unlimited;
	if (!is_judged(c)) {
		return 0;
	}
	if (count > 1) {
		// One finding tells it, at the first of them
		const char *names = c != run->on->first_unlimited ? "" : names_of(run, run->on->workload, count);
		return names == NULL ? ctx_fail_nomem(err)
			: *names == '\0'
			? 0
			: report(run, ANA_SEVERITY_WARNING,
				  ana_rule_format(run, "none of the %u services has resource limits: %s", count, names),
				  NULL, err);
	}
	bool memory = is_set(&c->limits.memory), cpu = is_set(&c->limits.cpu);
	const char *label = ana_rule_container_label(run);
	return memory && cpu ? 0
		: memory
		? report(run, ANA_SEVERITY_INFO, ana_rule_format(run, "%s has no limit for the processor", label), NULL,
			  err)
		: report(run, ANA_SEVERITY_WARNING,
			  ana_rule_format(run, cpu ? "%s has no memory limit" : "%s has no resource limits", label),
			  NULL, err);
}

/* ---- Kubernetes ---- */

/** A container of a pod.  A limit is also the request, unless one is given. */
static int look_pod(struct ana_rule_run *run, struct ctx_error *err) {
	const struct ana_container *c = run->on->container;
	const char *label = ana_rule_container_label(run);
	if (c->partial) {
		return 0;
	}
	if (has_none(c)) {
		return report(run, ANA_SEVERITY_WARNING,
			ana_rule_format(run, "%s has no resource requests and no limits", label),
			"the scheduler takes it for one that needs nothing, and it is the first to be killed when memory is short",
			err);
	}
	bool request = is_set(&c->requests.cpu) || is_set(&c->limits.cpu);
	if (!is_set(&c->limits.memory)) {
		return report(run, ANA_SEVERITY_WARNING,
			ana_rule_format(run,
				is_set(&c->requests.memory) ? "%s has no memory limit"
							    : "%s has no memory request and no memory limit",
				label),
			NULL, err);
	}
	if (!request) {
		return report(run, ANA_SEVERITY_WARNING,
			ana_rule_format(run, "%s has no request for the processor", label), NULL, err);
	}
	if (!is_set(&c->limits.cpu)) {
		return report(run, ANA_SEVERITY_INFO, ana_rule_format(run, "%s has no limit for the processor", label),
			"some leave it out on purpose, since a limit slows down also where the processor is idle", err);
	}
	return 0;
}

/** ana_rule_fn. */
static int look(struct ana_rule_run *run, struct ctx_error *err) {
	return run->on->compose ? look_service(run, err) : look_pod(run, err);
}

const struct ana_rule ana_rule_no_resource_limits = {
	.id = "no-resource-limits",
	.severity = ANA_SEVERITY_WARNING,
	.summary = "a container may take all memory and all processors",
	.wrong = "web:                                # a service of a compose file\n"
		 "  image: shop/api:1.4.2\n"
		 "- name: api                         # a container of a pod\n"
		 "  image: shop/api:1.4.2\n",
	.right = "web:\n"
		 "  image: shop/api:1.4.2\n"
		 "  deploy: {resources: {limits: {cpus: \"0.5\", memory: 256M}}}\n"
		 "- name: api\n"
		 "  image: shop/api:1.4.2\n"
		 "  resources:\n"
		 "    requests: {cpu: 100m, memory: 128Mi}\n"
		 "    limits: {memory: 256Mi}\n",
	.why = "One container that leaks memory or spins starves its neighbours, and without requests the scheduler puts too much on one "
	       "node.",
	.knows =
		"Compose: deploy.resources.limits, mem_limit, cpus; if no service of a file has any, one finding says so. Kubernetes: "
		"requests and limits of every container, init and sidecar containers too; a limit is also the request where none is given; "
		"no limit for the processor is an info, since some leave it out on purpose. A LimitRange for the namespace makes it an info: "
		"what it gives is not guessed. Overrides, patches and services that extend others are not judged by what they lack. In "
		"files for development and tests findings are infos.",
	.container = look,
};
