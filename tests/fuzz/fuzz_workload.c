/**
 * Fuzz target: compose files and Kubernetes manifests.
 *
 * The input is read as a compose file, whose .env file stands behind a NUL, and as manifests.  Whatever the bytes are: every value lies in
 * the text, containers have an end, and reading the same again gives the same.
 */
#include "analyzer/advice/workload.h"

#include <stdlib.h>

/** The target, as libFuzzer calls it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** An invariant: our own bug if it does not hold. */
static void must(bool ok) {
	if (!ok) {
		abort();
	}
}

/** A value lies in the text. */
static void check_value(struct ctx_str text, const struct ana_value *value) {
	must(value->from <= text.len && value->len <= text.len - value->from);
	must(value->line == 0 || value->line <= text.len + 1);
	for (size_t i = 0; i < value->text.len; ++i) {
		must(value->text.ptr[i] == '\0' || value->line > 0); // touches every byte
	}
}

/** So do all of a list. */
static void check_values(struct ctx_str text, const struct ana_values *values) {
	for (uint32_t i = 0; i < values->count; ++i) {
		check_value(text, &values->items[i]);
	}
}

/** Names and values. */
static void check_env(struct ctx_str text, const struct ana_workload_env *env, uint32_t count) {
	for (uint32_t i = 0; i < count; ++i) {
		must(env[i].name.text.ptr != NULL);
		check_value(text, &env[i].name);
		check_value(text, &env[i].value);
	}
}

/** A container. */
static void check_container(struct ctx_str text, const struct ana_container *c) {
	must(c->end_line >= c->name.line && c->name.line > 0);
	check_value(text, &c->name);
	check_value(text, &c->image);
	check_value(text, &c->user);
	check_value(text, &c->port);
	check_value(text, &c->limits.memory);
	check_values(text, &c->entrypoint);
	check_values(text, &c->command);
	check_values(text, &c->health.words);
	check_values(text, &c->env_files);
	check_env(text, c->env, c->env_count);
	for (uint32_t i = 0; i < c->mount_count; ++i) {
		check_value(text, &c->mounts[i].source);
		check_value(text, &c->mounts[i].target);
	}
	if (c->build != NULL) {
		check_value(text, &c->build->context);
		check_env(text, c->build->args, c->build->arg_count);
		check_env(text, c->build->contexts, c->build->context_count);
	}
}

/** All of a file. */
static void check(struct ctx_str text, const struct ana_manifest *manifest, int rc, const struct ctx_error *err) {
	must(rc == 0 || err->msg[0] != '\0');
	must(rc != CTX_E_SYNTAX || (err->line > 0 && err->line <= text.len + 1));
	for (size_t i = 0; i < manifest->count; ++i) {
		for (uint32_t k = 0; k < manifest->workloads[i].count; ++k) {
			check_container(text, &manifest->workloads[i].containers[k]);
		}
	}
	for (size_t i = 0; i < manifest->literal_count; ++i) {
		check_value(text, &manifest->literals[i].key);
		check_value(text, &manifest->literals[i].value);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct ctx_str text = { (const char *)data, size }, env_file = CTX_STR_NONE;
	struct ana_manifest manifest;
	struct ctx_error err = { .msg = "" };
	if (size > 1 << 16) {
		return 0;
	}
	size_t end = ctx_str_find(text, '\0');
	if (end < size) {
		env_file = ctx_str_from(text, end + 1);
		text.len = end;
	}
	struct ctx_arena arena = CTX_ARENA_INIT;
	struct ana_compose_opts opts = { .env_file = env_file };
	(void)ana_manifest_tell("a/templates/b.yaml", text);
	check(text, &manifest, ana_compose_read(&manifest, &arena, text, &opts, &err), &err);
	check(text, &manifest, ana_kubernetes_read(&manifest, &arena, text, &err), &err);
	ctx_arena_release(&arena);
	return 0;
}
