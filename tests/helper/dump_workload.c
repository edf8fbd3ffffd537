#include "tests/helper/dump_workload.h"

/** Where it goes. */
struct dump {
	struct ctx_buf *out;
	bool places;
};

/** A value, if it is there at all. */
static void add_value(const struct dump *d, const char *label, const struct ana_value *value) {
	if (value->line == 0 && value->text.ptr == NULL) {
		return;
	}
	ctx_buf_adds(d->out, label);
	if (value->text.ptr == NULL) {
		ctx_buf_addc(d->out, '-');
	}
	for (size_t i = 0; i < value->text.len; ++i) {
		char c = value->text.ptr[i];
		ctx_buf_addc(d->out, c == '\n' ? '|' : c);
	}
	ctx_buf_adds(d->out, value->open ? "~" : "");
	if (d->places && value->line > 0) {
		ctx_buf_addf(d->out, "@%u:%u+%u", value->line, value->column, value->len);
	}
}

/** Several, in brackets. */
static void add_values(const struct dump *d, const char *label, const struct ana_values *values) {
	if (values->items == NULL) {
		return;
	}
	ctx_buf_addf(d->out, "%s[", label);
	for (uint32_t i = 0; i < values->count; ++i) {
		add_value(d, i > 0 ? "," : "", &values->items[i]);
	}
	ctx_buf_addc(d->out, ']');
}

/** Names and values. */
static void add_env(const struct dump *d, const char *label, const struct ana_workload_env *env, uint32_t count) {
	if (count == 0) {
		return;
	}
	ctx_buf_adds(d->out, label);
	for (uint32_t i = 0; i < count; ++i) {
		add_value(d, i > 0 ? "," : "", &env[i].name);
		ctx_buf_adds(d->out, env[i].by_reference ? "<-" : "=");
		add_value(d, "", &env[i].value);
	}
}

/** A check. */
static void add_probe(const struct dump *d, const char *label, const struct ana_probe *probe) {
	static const char *const kinds[] = { "absent", "disabled", "command", "http", "tcp", "grpc", "open" };
	if (probe->kind == ANA_PROBE_ABSENT && probe->at.line == 0) {
		return;
	}
	ctx_buf_addf(d->out, "%s%s%s", label, kinds[probe->kind], probe->shell ? "-shell" : "");
	add_values(d, "", &probe->words);
}

/** The section "build". */
static void add_build(const struct dump *d, const struct ana_workload_build *build) {
	if (build == NULL) {
		return;
	}
	ctx_buf_adds(d->out, " build(");
	add_value(d, "", &build->context);
	add_value(d, " dockerfile=", &build->dockerfile);
	add_value(d, " target=", &build->target);
	add_value(d, " inline=", &build->inline_text);
	add_env(d, " args=", build->args, build->arg_count);
	add_env(d, " contexts=", build->contexts, build->context_count);
	ctx_buf_addc(d->out, ')');
}

/** The mounts. */
static void add_mounts(const struct dump *d, const struct ana_container *c) {
	static const char *const kinds[] = { "volume", "host", "scratch", "config", "other" };
	for (uint32_t i = 0; i < c->mount_count; ++i) {
		const struct ana_workload_mount *mount = &c->mounts[i];
		ctx_buf_addf(d->out, " %s%s(", kinds[mount->kind], mount->read_only ? "-ro" : "");
		add_value(d, "", &mount->source);
		add_value(d, ":", &mount->target);
		ctx_buf_addc(d->out, ')');
	}
}

/** A container. */
static void add_container(const struct dump *d, const struct ana_container *c) {
	static const char *const kinds[] = { "service", "main", "init", "sidecar" };
	static const char *const switches[] = { "absent", "off", "on", "open" };
	ctx_buf_addf(d->out, " %s", kinds[c->kind]);
	add_value(d, " ", &c->name);
	ctx_buf_addf(d->out, "..%u%s%s", c->end_line, c->partial ? " partial" : "", c->ends ? " ends" : "");
	add_value(d, " image=", &c->image);
	add_build(d, c->build);
	add_value(d, " port=", &c->port);
	add_value(d, c->user_of_pod ? " pod-user=" : " user=", &c->user);
	if (c->non_root != ANA_SWITCH_ABSENT) {
		ctx_buf_addf(d->out, " non-root=%s", switches[c->non_root]);
	}
	add_value(d, " cpu<", &c->limits.cpu);
	add_value(d, " memory<", &c->limits.memory);
	add_value(d, " cpu>", &c->requests.cpu);
	add_value(d, " memory>", &c->requests.memory);
	add_probe(d, " live=", &c->live);
	add_probe(d, " ready=", &c->ready);
	add_probe(d, " startup=", &c->startup);
	add_probe(d, " health=", &c->health);
	add_values(d, " entrypoint=", &c->entrypoint);
	add_values(d, " command=", &c->command);
	add_env(d, " env=", c->env, c->env_count);
	add_values(d, " env_file=", &c->env_files);
	add_mounts(d, c);
	add_value(d, " log=", &c->log_driver);
	ctx_buf_addc(d->out, '\n');
}

void dump_workload(struct ctx_buf *out, const struct ana_manifest *manifest, bool places) {
	struct dump d = { out, places };
	for (size_t i = 0; i < manifest->count; ++i) {
		const struct ana_workload *w = &manifest->workloads[i];
		ctx_buf_addf(out, "%.*s", CTX_STR_ARGS(w->kind));
		add_value(&d, " ", &w->name);
		ctx_buf_addf(out, "%s%.*s%s\n", w->space.ptr != NULL ? " in " : "", CTX_STR_ARGS(w->space),
			w->windows ? " windows" : "");
		for (uint32_t k = 0; k < w->count; ++k) {
			add_container(&d, &w->containers[k]);
		}
	}
	for (size_t i = 0; i < manifest->literal_count; ++i) {
		const struct ana_literal *l = &manifest->literals[i];
		ctx_buf_addf(out, "%.*s", CTX_STR_ARGS(l->kind));
		add_value(&d, " ", &l->object);
		add_value(&d, " ", &l->key);
		add_value(&d, "=", &l->value);
		ctx_buf_addc(out, '\n');
	}
	add_value(&d, "limits in '", &manifest->limit_range);
	ctx_buf_adds(out, manifest->limit_range.line > 0 ? "'\n" : "");
	ctx_buf_addf(out, "%s%s", manifest->skipped != NULL ? manifest->skipped : "",
		manifest->skipped != NULL ? "\n" : "");
}
