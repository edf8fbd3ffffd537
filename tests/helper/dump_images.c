/* The table of images that the oracle and we share: tests/conform/dockerfile/images.txt says how it reads. */
#include "tests/helper/dump.h"

#include "ctxopt/base/file.h"

#include <fcntl.h>
#include <stdio.h>

/* A row. */
struct row {
	struct ctx_str name;
	CTX_VEC(struct ana_var) env;
	CTX_VEC(struct ctx_str) shell;
	CTX_VEC(struct ctx_str) triggers;
	struct ana_image_config config;
};
static CTX_VEC(struct row) rows;
static struct ctx_arena arena;

/* End the program. */
static _Noreturn void fail(const char *why, struct ctx_str what) {
	fprintf(stderr, "ctxopt-dump-dockerfile: %s '%.*s'\n", why, CTX_STR_ARGS(what));
	exit(2);
}

/* A copy with "\n" decoded. */
static struct ctx_str decode(struct ctx_str text) {
	char *copy = ctx_arena_memdup0(&arena, text.ptr, text.len);
	size_t len = 0;
	for (size_t i = 0; copy && i < text.len; ++i) {
		bool feed = text.ptr[i] == '\\' && i + 1 < text.len && text.ptr[i + 1] == 'n';
		copy[len++] = feed ? '\n' : text.ptr[i];
		i += feed;
	}
	return (struct ctx_str){ copy, len };
}

/* "NAME=VALUE" split; without "=" the value is empty. */
static struct ana_var split(struct ctx_str text) {
	const char *equals = memchr(text.ptr, '=', text.len);
	if (!equals) {
		return (struct ana_var){ text, CTX_STR("") };
	}
	size_t len = (size_t)(equals - text.ptr);
	return (struct ana_var){ { text.ptr, len }, ctx_str_from(text, len + 1) };
}

/* One line behind "image NAME". */
static bool set(struct row *row, struct ctx_str key, struct ctx_str value) {
	if (ctx_str_is(key, "env")) {
		return CTX_VEC_PUSH(&row->env, split(value));
	}
	if (ctx_str_is(key, "shell")) {
		return CTX_VEC_PUSH(&row->shell, value);
	}
	if (ctx_str_is(key, "onbuild")) {
		return CTX_VEC_PUSH(&row->triggers, decode(value));
	}
	if (ctx_str_is(key, "workdir")) {
		row->config.workdir = value;
	} else if (ctx_str_is(key, "user")) {
		row->config.user = value;
	} else if (ctx_str_is(key, "digest")) {
		row->config.digest = value;
	} else if (ctx_str_is(key, "empty")) {
		row->config.empty = true;
	} else {
		fail("unknown key in the table of images", key);
	}
	return true;
}

/* One line of the table. */
static void add_line(struct ctx_str line) {
	const char *blank = line.len > 0 ? memchr(line.ptr, ' ', line.len) : NULL;
	struct ctx_str key = { line.ptr, blank ? (size_t)(blank - line.ptr) : line.len };
	struct ctx_str value = ctx_str_from(line, blank ? key.len + 1 : key.len);
	if (key.len == 0 || key.ptr[0] == '#') {
		return;
	}
	bool ok = true;
	if (ctx_str_is(key, "image")) {
		struct row fresh = { .name = value };
		ok = CTX_VEC_PUSH(&rows, fresh);
	} else if (rows.count > 0) {
		ok = set(&rows.items[rows.count - 1], key, value);
	}
	if (!ok) {
		fail("out of memory at", line);
	}
}

void dump_images_load(const char *path) {
	struct ctx_error err = { 0 };
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	if (ctx_read_at(&text, AT_FDCWD, path, 1 << 20, &err) < 0) {
		fail(err.msg, CTX_STR(path));
	}
	char *copy = ctx_arena_memdup0(&arena, ctx_buf_str(&text), text.len);
	for (char *at = copy, *end; at && *at != '\0'; at = end) {
		end = at + strcspn(at, "\n");
		add_line((struct ctx_str){ at, (size_t)(end - at) });
		end += *end == '\n';
	}
	for (size_t i = 0; i < rows.count; ++i) {
		struct row *row = &rows.items[i];
		row->config.env = row->env.items;
		row->config.env_count = row->env.count;
		row->config.shell = row->shell.items;
		row->config.shell_count = row->shell.count;
		row->config.triggers = row->triggers.items;
		row->config.trigger_count = row->triggers.count;
	}
}

void dump_images_release(void) {
	for (size_t i = 0; i < rows.count; ++i) {
		CTX_VEC_RELEASE(&rows.items[i].env);
		CTX_VEC_RELEASE(&rows.items[i].shell);
		CTX_VEC_RELEASE(&rows.items[i].triggers);
	}
	CTX_VEC_RELEASE(&rows);
	ctx_arena_release(&arena);
}

/* Does a row's name fit a repository and a tag? */
static bool fits(struct ctx_str name, struct ctx_str repository, struct ctx_str tag) {
	if (name.len > 2 && name.ptr[0] == '*') {
		return tag.len > 0 && memmem(tag.ptr, tag.len, name.ptr + 1, name.len - 2) != NULL;
	}
	return ctx_str_eq(name, repository);
}

int dump_images_config(void *arg, struct ctx_str ref, const struct ana_platform *platform, struct ana_image_config *out,
	struct ctx_error *err) {
	(void)arg;
	(void)platform;
	(void)err;
	const char *at = memchr(ref.ptr, '@', ref.len);
	struct ctx_str repository = { ref.ptr, at ? (size_t)(at - ref.ptr) : ref.len }, tag = CTX_STR_NONE;
	const char *colon = memrchr(repository.ptr, ':', repository.len);
	const char *slash = memrchr(repository.ptr, '/', repository.len);
	if (colon && (!slash || colon > slash)) {
		size_t len = (size_t)(colon - repository.ptr);
		tag = ctx_str_from(repository, len + 1);
		repository.len = len;
	}
	for (size_t i = 0; i < rows.count; ++i) {
		if (fits(rows.items[i].name, repository, tag)) {
			*out = rows.items[i].config;
			break;
		}
	}
	return 1;
}
