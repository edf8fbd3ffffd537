/**
 * What compose files say, in the words of conform/compose/main.go, which explains them; a value that is not known is "OPEN".
 */
#include "analyzer/advice/workload.h"
#include "ctxopt/base/buf.h"
#include "ctxopt/base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

/** Most bytes of a file. */
#define FILE_MAX (64u << 20)

/** Bytes as two digits each. */
static void show_hex(struct ctx_str text) {
	for (size_t i = 0; i < text.len; ++i) {
		printf("%02x", (unsigned char)text.ptr[i]);
	}
}

/** Begin of a line. */
static void show_field(const struct ana_container *c, const char *field, struct ctx_str rest) {
	printf("v\t");
	show_hex(c->name.text);
	printf("\t%s%.*s\t", field, CTX_STR_ARGS(rest));
}

/** A line with a text. */
static void show_text(const struct ana_container *c, const char *field, struct ctx_str rest, const char *text) {
	show_field(c, field, rest);
	show_hex(CTX_STR(text));
	printf("\n");
}

/** A line with a value, if there is one. */
static void show(const struct ana_container *c, const char *field, struct ctx_str rest, const struct ana_value *value) {
	if (value->open) {
		show_field(c, field, rest);
		printf("OPEN\n");
	} else if (value->text.ptr != NULL) {
		show_field(c, field, rest);
		show_hex(value->text);
		printf("\n");
	}
}

/** Lines with numbers. */
static void show_list(const struct ana_container *c, const char *field, const struct ana_values *values,
	uint32_t from) {
	for (uint32_t i = 0; i < values->count; ++i) {
		char number[16];
		snprintf(number, sizeof(number), ".%u", i + from);
		show(c, field, CTX_STR(number), &values->items[i]);
	}
}

/** Lines with names. */
static void show_env(const struct ana_container *c, const char *field, const struct ana_workload_env *env,
	uint32_t count) {
	for (uint32_t i = 0; i < count; ++i) {
		if (env[i].by_reference) {
			show_text(c, field, env[i].name.text, "<nil>");
		} else {
			show(c, field, env[i].name.text, &env[i].value);
		}
	}
}

/** The check. */
static void show_health(const struct ana_container *c) {
	if (c->health.kind == ANA_PROBE_DISABLED) {
		bool tested = c->health.words.items != NULL;
		show_text(c, tested ? "health.0" : "health", CTX_STR_NONE, tested ? "NONE" : "disabled");
		return;
	}
	bool told = c->health.kind == ANA_PROBE_COMMAND;
	if (told) {
		show_text(c, "health.0", CTX_STR_NONE, c->health.shell ? "CMD-SHELL" : "CMD");
	}
	show_list(c, "health", &c->health.words, told);
}

/** Mounts; of two at one place the later one counts. */
static void show_mounts(const struct ana_container *c) {
	static const char *const kinds[] = { "volume", "bind", "tmpfs", "config", "other" };
	for (uint32_t i = 0; i < c->mount_count; ++i) {
		const struct ana_workload_mount *mount = &c->mounts[i];
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		if (mount->source.line > 0 && mount->source.from == 0 && mount->source.text.ptr == NULL &&
			mount->kind == ANA_SOURCE_SCRATCH) {
			continue; // of "tmpfs", which the other side does not show
		}
		ctx_buf_addf(&text, "%s %.*s %s", kinds[mount->kind], CTX_STR_ARGS(mount->source.text),
			mount->read_only ? "true" : "false");
		if (mount->source.open || mount->target.open) {
			show_field(c, "volume", CTX_STR_NONE);
			printf("OPEN\n");
		} else {
			show_text(c, "volume.", mount->target.text, ctx_buf_str(&text));
		}
	}
}

/** A service. */
static void show_service(const struct ana_container *c) {
	show_text(c, "service", CTX_STR_NONE, "");
	show(c, "image", CTX_STR_NONE, &c->image);
	show(c, "user", CTX_STR_NONE, &c->user);
	if (c->build != NULL) {
		show(c, "build.context", CTX_STR_NONE, &c->build->context);
		show(c, "build.dockerfile", CTX_STR_NONE, &c->build->dockerfile);
		show(c, "build.target", CTX_STR_NONE, &c->build->target);
		show(c, "build.inline", CTX_STR_NONE, &c->build->inline_text);
		show_env(c, "arg.", c->build->args, c->build->arg_count);
		show_env(c, "context.", c->build->contexts, c->build->context_count);
	}
	show_env(c, "env.", c->env, c->env_count);
	for (uint32_t i = 0; i < c->env_files.count; ++i) {
		show(c, "env_file", CTX_STR_NONE, &c->env_files.items[i]);
	}
	show_list(c, "command", &c->command, 0);
	show_list(c, "entrypoint", &c->entrypoint, 0);
	show_health(c);
	show_mounts(c);
	show(c, "log", CTX_STR_NONE, &c->log_driver);
}

/** A file. */
static void show_file(const char *path) {
	struct ctx_arena arena = CTX_ARENA_INIT;
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT, variables = CTX_BUF_INIT, beside = CTX_BUF_INIT;
	struct ana_manifest manifest = { .count = 0 };
	struct ana_compose_opts opts = { .overrides = false };
	struct ctx_error err = { .msg = "" };
	const char *slash = strrchr(path, '/');
	ctx_buf_addf(&beside, "%.*s.env", slash == NULL ? 0 : (int)(slash - path) + 1, path);
	if (ctx_read_at(&variables, AT_FDCWD, ctx_buf_str(&beside), FILE_MAX, NULL) == 0) {
		opts.env_file = (struct ctx_str){ ctx_buf_str(&variables), variables.len };
	}
	int rc = ctx_read_at(&text, AT_FDCWD, path, FILE_MAX, &err);
	if (rc == 0) {
		rc = ana_compose_read(&manifest, &arena, (struct ctx_str){ ctx_buf_str(&text), text.len }, &opts, &err);
	}
	printf("file\t%s\n", path);
	for (size_t i = 0; rc == 0 && i < manifest.count; ++i) {
		for (uint32_t k = 0; k < manifest.workloads[i].count; ++k) {
			show_service(&manifest.workloads[i].containers[k]);
		}
	}
	if (rc < 0) {
		printf("error\t%s\n", err.msg);
	}
	ctx_arena_release(&arena);
}

int main(void) {
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	while ((len = getline(&line, &room, stdin)) > 0) {
		line[len - (line[len - 1] == '\n')] = '\0';
		show_file(line);
	}
	free(line);
	return 0;
}
