#include "analyzer/advice/workload_internal.h"

/** A file of manifests, and the pod that is read. */
struct manifests {
	struct ana_yaml_reader r;
	struct ana_manifest *out;
	CTX_VEC(struct ana_workload) workloads;
	CTX_VEC(struct ana_literal) literals;
	/** The pod's spec. */
	const struct ctx_yaml *pod;
	/** Its containers end by themselves. */
	bool ends;
};

/** The value of a path. */
static struct ana_value value(struct manifests *m, const struct ctx_yaml *node, const char *path) {
	return ana_yaml_value(&m->r, ana_yaml_get(&m->r, node, path));
}

/* ---- Containers ---- */

/** A switch, and where it stands. */
static enum ana_switch switch_at(struct ana_value at) {
	return at.plain || at.open || at.text.ptr == NULL ? ana_yaml_switch(&at)
							  : ANA_SWITCH_OPEN; // in quotes it is refused
}

/** Who the processes are: the container says it, or else the pod. */
static void read_user(struct manifests *m, const struct ctx_yaml *node, struct ana_container *to) {
	to->user = value(m, node, "securityContext runAsUser");
	if (to->user.text.ptr == NULL && !to->user.open) {
		to->user = value(m, m->pod, "securityContext runAsUser");
		to->user_of_pod = to->user.text.ptr != NULL;
	}
	to->non_root_at = value(m, node, "securityContext runAsNonRoot");
	if (to->non_root_at.text.ptr == NULL && !to->non_root_at.open) {
		to->non_root_at = value(m, m->pod, "securityContext runAsNonRoot");
	}
	to->non_root = switch_at(to->non_root_at);
	to->privileged = switch_at(value(m, node, "securityContext privileged"));
}

/** What a probe asks. */
static struct ana_probe read_probe(struct manifests *m, const struct ctx_yaml *node) {
	struct ana_probe probe = { .at = ana_yaml_place(node) };
	if (ctx_yaml_is_null(node)) {
		return probe;
	}
	const struct ctx_yaml *command = ana_yaml_get(&m->r, node, "exec command");
	if (command != NULL) {
		probe.kind = ANA_PROBE_COMMAND;
		probe.words = ana_yaml_values(&m->r, command);
	} else if (ana_yaml_get(&m->r, node, "httpGet") != NULL) {
		probe.kind = ANA_PROBE_HTTP;
	} else if (ana_yaml_get(&m->r, node, "tcpSocket") != NULL) {
		probe.kind = ANA_PROBE_TCP;
	} else {
		probe.kind = ana_yaml_get(&m->r, node, "grpc") != NULL ? ANA_PROBE_GRPC : ANA_PROBE_OPEN;
	}
	return probe;
}

/** Limits or requests: what a container says, and else its pod. */
static struct ana_resources read_resources(struct manifests *m, const struct ctx_yaml *node, const char *path) {
	const struct ctx_yaml *own = ana_yaml_get(&m->r, node, path), *shared = ana_yaml_get(&m->r, m->pod, path);
	struct ana_resources found = { value(m, own, "cpu"), value(m, own, "memory") };
	if (found.cpu.line == 0) {
		found.cpu = value(m, shared, "cpu");
	}
	if (found.memory.line == 0) {
		found.memory = value(m, shared, "memory");
	}
	return found;
}

/** The variables. */
static void read_env(struct manifests *m, const struct ctx_yaml *list, struct ana_container *to) {
	uint32_t count = list != NULL && list->kind == CTX_YAML_SEQUENCE ? list->count : 0;
	to->env = ana_yaml_room(&m->r, count, sizeof(to->env[0]));
	for (uint32_t i = 0; to->env != NULL && i < count; ++i) {
		struct ana_workload_env *env = &to->env[to->env_count];
		env->name = value(m, list->items[i], "name");
		env->value = value(m, list->items[i], "value");
		env->by_reference = ana_yaml_get(&m->r, list->items[i], "valueFrom") != NULL;
		to->env_count += env->name.text.ptr != NULL;
	}
}

/** What kind of volume that is, and where it comes from. */
static void read_volume(struct manifests *m, const struct ctx_yaml *volume, struct ana_workload_mount *to) {
	static const struct {
		const char *key;
		enum ana_mount_source kind;
	} kinds[] = {
		{ "emptyDir", ANA_SOURCE_SCRATCH },
		{ "configMap", ANA_SOURCE_CONFIG },
		{ "secret", ANA_SOURCE_CONFIG },
		{ "projected", ANA_SOURCE_CONFIG },
		{ "downwardAPI", ANA_SOURCE_CONFIG },
		{ "persistentVolumeClaim", ANA_SOURCE_VOLUME },
		{ "ephemeral", ANA_SOURCE_VOLUME },
	};
	const struct ctx_yaml *host = ana_yaml_get(&m->r, volume, "hostPath");
	if (host != NULL) {
		to->kind = ANA_SOURCE_HOST;
		to->source = value(m, host, "path");
		return;
	}
	to->kind = ANA_SOURCE_OTHER;
	for (size_t i = 0; i < CTX_COUNTOF(kinds); ++i) {
		if (ana_yaml_get(&m->r, volume, kinds[i].key) != NULL) {
			to->kind = kinds[i].kind;
			return;
		}
	}
	if (ana_yaml_count(volume) == 1) {
		to->kind = ANA_SOURCE_SCRATCH; // nothing but its name: an emptyDir
	}
}

/** The volume of the pod with that name; NULL. */
static const struct ctx_yaml *find_volume(struct manifests *m, struct ctx_str name) {
	const struct ctx_yaml *volumes = ana_yaml_get(&m->r, m->pod, "volumes");
	for (uint32_t i = 0; volumes != NULL && volumes->kind == CTX_YAML_SEQUENCE && i < volumes->count; ++i) {
		if (ctx_str_eq(ctx_yaml_text(ana_yaml_get(&m->r, volumes->items[i], "name")), name)) {
			return volumes->items[i];
		}
	}
	return NULL;
}

/** The mounts. */
static void read_mounts(struct manifests *m, const struct ctx_yaml *list, struct ana_container *to) {
	uint32_t count = list != NULL && list->kind == CTX_YAML_SEQUENCE ? list->count : 0;
	to->mounts = ana_yaml_room(&m->r, count, sizeof(to->mounts[0]));
	for (uint32_t i = 0; to->mounts != NULL && i < count && m->r.rc == 0; ++i) {
		struct ana_workload_mount *mount = &to->mounts[to->mount_count++];
		struct ana_value read_only = value(m, list->items[i], "readOnly");
		mount->source = value(m, list->items[i], "name");
		mount->target = value(m, list->items[i], "mountPath");
		mount->read_only = ana_yaml_switch(&read_only) == ANA_SWITCH_ON;
		const struct ctx_yaml *volume = find_volume(m, mount->source.text);
		if (volume != NULL) {
			read_volume(m, volume, mount);
		} // else a claim template of a StatefulSet
	}
}

/** One container. */
static void read_container(struct manifests *m, const struct ctx_yaml *node, struct ana_container *to, bool init) {
	const struct ctx_yaml *ports = ana_yaml_get(&m->r, node, "ports");
	to->kind = !init ? ANA_CONTAINER_MAIN
		: ctx_str_is(ctx_yaml_text(ana_yaml_get(&m->r, node, "restartPolicy")), "Always")
		? ANA_CONTAINER_SIDECAR
		: ANA_CONTAINER_INIT;
	to->ends = to->kind == ANA_CONTAINER_INIT || m->ends;
	to->name = ana_yaml_place(node);
	to->name.text = ctx_yaml_text(ana_yaml_get(&m->r, node, "name"));
	to->end_line = node->end_line;
	to->image = value(m, node, "image");
	to->partial = to->image.line == 0;
	if (ports != NULL && ports->kind == CTX_YAML_SEQUENCE && ports->count > 0) {
		to->port = value(m, ports->items[0], "containerPort");
	}
	read_user(m, node, to);
	to->limits = read_resources(m, node, "resources limits");
	to->requests = read_resources(m, node, "resources requests");
	to->live = read_probe(m, ana_yaml_get(&m->r, node, "livenessProbe"));
	to->ready = read_probe(m, ana_yaml_get(&m->r, node, "readinessProbe"));
	to->startup = read_probe(m, ana_yaml_get(&m->r, node, "startupProbe"));
	to->entrypoint = ana_yaml_values(&m->r, ana_yaml_get(&m->r, node, "command"));
	to->command = ana_yaml_values(&m->r, ana_yaml_get(&m->r, node, "args"));
	read_env(m, ana_yaml_get(&m->r, node, "env"), to);
	read_mounts(m, ana_yaml_get(&m->r, node, "volumeMounts"), to);
}

/* ---- Objects ---- */

/** The pod's spec of an object; NULL. */
static const struct ctx_yaml *find_pod(struct manifests *m, const struct ctx_yaml *object, struct ctx_str kind) {
	if (ctx_str_is(kind, "Pod")) {
		return ana_yaml_get(&m->r, object, "spec");
	}
	if (ctx_str_is(kind, "CronJob")) {
		return ana_yaml_get(&m->r, object, "spec jobTemplate spec template spec");
	}
	if (ctx_str_is(kind, "PodTemplate")) {
		return ana_yaml_get(&m->r, object, "template spec");
	}
	return ana_yaml_get(&m->r, object, "spec template spec");
}

/** Does the pod run on Windows? */
static bool is_windows(struct manifests *m) {
	return ctx_str_is(ctx_yaml_text(ana_yaml_get(&m->r, m->pod, "os name")), "windows") ||
		ctx_str_is(ctx_yaml_text(ana_yaml_get(&m->r, m->pod, "nodeSelector kubernetes.io/os")), "windows");
}

/** Items of a list that are maps. */
static uint32_t count_maps(const struct ctx_yaml *list) {
	uint32_t count = 0;
	for (uint32_t i = 0; list != NULL && list->kind == CTX_YAML_SEQUENCE && i < list->count; ++i) {
		count += list->items[i]->kind == CTX_YAML_MAP;
	}
	return count;
}

/** Containers of one list, behind those that are there. */
static void read_containers(struct manifests *m, const struct ctx_yaml *list, struct ana_workload *to, bool init) {
	for (uint32_t i = 0;
		list != NULL && list->kind == CTX_YAML_SEQUENCE && i < list->count && ana_yaml_spend(&m->r, 1); ++i) {
		if (list->items[i]->kind == CTX_YAML_MAP) {
			read_container(m, list->items[i], &to->containers[to->count++], init);
		}
	}
}

/** Is it a patch of a workload that is elsewhere?  One that is whole must say which pods are its own. */
static bool is_patch(struct manifests *m, const struct ctx_yaml *object, struct ctx_str kind) {
	bool needs = ctx_str_is_listed(kind, " Deployment StatefulSet DaemonSet ");
	struct ctx_str version = ctx_yaml_text(ana_yaml_get(&m->r, object, "apiVersion"));
	return needs && ctx_str_is(version, "apps/v1") && ana_yaml_get(&m->r, object, "spec selector") == NULL;
}

/** A pod, if it is one: it has containers. */
static void read_pod(struct manifests *m, const struct ctx_yaml *object, struct ctx_str kind) {
	m->pod = find_pod(m, object, kind);
	const struct ctx_yaml *list = ana_yaml_get(&m->r, m->pod, "containers");
	const struct ctx_yaml *init = ana_yaml_get(&m->r, m->pod, "initContainers");
	struct ctx_str restart = ctx_yaml_text(ana_yaml_get(&m->r, m->pod, "restartPolicy"));
	struct ana_workload pod = { .kind = kind };
	pod.containers = ana_yaml_room(&m->r, (size_t)count_maps(list) + count_maps(init), sizeof(pod.containers[0]));
	if (pod.containers == NULL) {
		return;
	}
	m->ends = ctx_str_is(kind, "Job") || ctx_str_is(kind, "CronJob") || ctx_str_is(restart, "Never") ||
		ctx_str_is(restart, "OnFailure");
	pod.name = value(m, object, "metadata name");
	pod.space = ctx_yaml_text(ana_yaml_get(&m->r, object, "metadata namespace"));
	pod.windows = is_windows(m);
	read_containers(m, init, &pod, true);
	read_containers(m, list, &pod, false);
	bool patch = is_patch(m, object, kind);
	for (uint32_t i = 0; i < pod.count; ++i) {
		pod.containers[i].partial = pod.containers[i].partial || patch;
	}
	if (!CTX_VEC_PUSH(&m->workloads, pod)) {
		ana_yaml_stop(&m->r, ctx_fail_nomem(m->r.err));
	}
}

/** Value of a digit of base64; -1. */
static int digit_of(char c) {
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c == '\0' ? NULL : strchr(digits, c);
	return at == NULL ? -1 : (int)(at - digits);
}

/** Base64 decoded; what is none ends it. */
static struct ctx_str decode(struct manifests *m, struct ctx_str text) {
	char *out = ctx_arena_alloc(m->r.arena, text.len + 1);
	size_t len = 0;
	unsigned bits = 0, have = 0;
	if (out == NULL) {
		ana_yaml_stop(&m->r, ctx_fail_nomem(m->r.err));
		return CTX_STR_NONE;
	}
	for (size_t i = 0; i < text.len; ++i) {
		int digit = digit_of(text.ptr[i]);
		if (digit < 0 && strchr(" \t\r\n", text.ptr[i]) == NULL) {
			break;
		}
		if (digit >= 0) {
			bits = (bits << 6 | (unsigned)digit) & 0xFFFF;
			have += 6;
		}
		if (have >= 8) {
			have -= 8;
			out[len++] = (char)(bits >> have & 0xFF);
		}
	}
	out[len] = '\0';
	return (struct ctx_str){ out, len };
}

/** Values of an object. */
struct literals {
	struct manifests *m;
	struct ctx_str kind;
	struct ana_value object;
	bool encoded;
};

/** One of them. */
static int add_literal(void *arg, const struct ctx_yaml *key, const struct ctx_yaml *node) {
	struct literals *l = arg;
	struct ana_literal literal = { l->kind, l->object, ana_yaml_place(key), ana_yaml_value(&l->m->r, node) };
	literal.key.text = key->text;
	if (literal.value.text.ptr == NULL) {
		return 0;
	}
	if (l->encoded && !literal.value.open) {
		literal.value.text = decode(l->m, literal.value.text);
	}
	return CTX_VEC_PUSH(&l->m->literals, literal) ? 0 : ctx_fail_nomem(l->m->r.err);
}

/** A ConfigMap or a Secret. */
static void read_literals(struct manifests *m, const struct ctx_yaml *object, struct ctx_str kind) {
	struct literals l = { m, kind, value(m, object, "metadata name"), ctx_str_is(kind, "Secret") };
	ana_yaml_each(&m->r, ana_yaml_get(&m->r, object, "data"), add_literal, &l);
	l.encoded = false;
	ana_yaml_each(&m->r, ana_yaml_get(&m->r, object, "stringData"), add_literal, &l);
}

/** A LimitRange, if it is about containers. */
static void read_limit_range(struct manifests *m, const struct ctx_yaml *object) {
	const struct ctx_yaml *limits = ana_yaml_get(&m->r, object, "spec limits");
	for (uint32_t i = 0; limits != NULL && limits->kind == CTX_YAML_SEQUENCE && i < limits->count; ++i) {
		if (ctx_str_is(ctx_yaml_text(ana_yaml_get(&m->r, limits->items[i], "type")), "Container")) {
			struct ctx_str space = ctx_yaml_text(ana_yaml_get(&m->r, object, "metadata namespace"));
			m->out->limit_range = value(m, object, "metadata name");
			m->out->limit_range.text = space.ptr == NULL ? CTX_STR("") : space;
			return;
		}
	}
}

/** One object, or a list of them. */
static void read_object(struct manifests *m, const struct ctx_yaml *object, bool in_list) { // NOLINT(misc-no-recursion)
	struct ctx_str kind = ctx_yaml_text(ana_yaml_get(&m->r, object, "kind"));
	const struct ctx_yaml *items = in_list ? NULL : ana_yaml_get(&m->r, object, "items");
	if (kind.ptr == NULL || m->r.rc < 0) {
		return;
	}
	if (items != NULL && items->kind == CTX_YAML_SEQUENCE && ctx_str_ends(kind, "List")) {
		for (uint32_t i = 0; i < items->count && ana_yaml_spend(&m->r, 1); ++i) {
			read_object(m, items->items[i], true);
		}
	} else if (ctx_str_is(kind, "ConfigMap") || ctx_str_is(kind, "Secret")) {
		read_literals(m, object, kind);
	} else if (ctx_str_is(kind, "LimitRange")) {
		read_limit_range(m, object);
	} else {
		read_pod(m, object, kind);
	}
}

/** Copy an array of the heap into the arena. */
static void *settle(struct manifests *m, const void *items, size_t count, size_t size) {
	void *copy = m->r.rc < 0 || count == 0 ? NULL : ctx_arena_alloc(m->r.arena, count * size);
	if (copy != NULL) {
		memcpy(copy, items, count * size);
	} else if (count > 0) {
		ana_yaml_stop(&m->r, ctx_fail_nomem(m->r.err));
	}
	return copy;
}

/** Has the line with an error, or the one before, braces of templates? */
static bool is_template_line(struct ctx_str text, unsigned line) {
	size_t at = 0, before = 0;
	for (; line > 1 && at < text.len; --line) {
		before = at;
		at += ctx_str_find(ctx_str_from(text, at), '\n') + 1;
	}
	at = at < text.len ? at : text.len;
	size_t end = at + ctx_str_find(ctx_str_from(text, at), '\n');
	return text.len > 0 && memmem(text.ptr + before, end - before, "{{", strlen("{{")) != NULL;
}

int ana_kubernetes_read(struct ana_manifest *out, struct ctx_arena *arena, struct ctx_str text, struct ctx_error *err) {
	struct ctx_yaml_documents documents;
	struct ctx_error why = { .msg = "" };
	struct manifests m = { .r = { .arena = arena, .source = text, .err = err }, .out = out };
	*out = (struct ana_manifest){ .count = 0 };
	int parsed = ctx_yaml_parse(&documents, arena, text, &why);
	if (parsed == CTX_E_SYNTAX && is_template_line(text, why.line)) {
		out->skipped = "a template";
		parsed = 0;
	}
	for (size_t i = 0; parsed != CTX_E_NOMEM && m.r.rc == 0 && i < documents.count; ++i) {
		read_object(&m, documents.items[i], false);
	}
	out->workloads = settle(&m, m.workloads.items, m.workloads.count, sizeof(out->workloads[0]));
	out->count = out->workloads == NULL ? 0 : m.workloads.count;
	out->literals = settle(&m, m.literals.items, m.literals.count, sizeof(out->literals[0]));
	out->literal_count = out->literals == NULL ? 0 : m.literals.count;
	CTX_VEC_RELEASE(&m.workloads);
	CTX_VEC_RELEASE(&m.literals);
	if (m.r.rc == 0 && parsed < 0 && err != NULL) {
		*err = why;
	}
	return m.r.rc < 0 ? m.r.rc : parsed;
}
