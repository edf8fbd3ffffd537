/**
 * Fuzz target: what a RUN needs.  Up to the first NUL the input is the text of the RUN; what comes after is the content of each file
 * that is asked for.
 *
 * The lists are sorted, each path stands in it once, is absolute and clean; what is not known has no lists and says why.
 */
#include "analyzer/advice/needs.h"
#include "ctxopt/base/alloc.h"
#include "ctxopt/base/path.h"

#include <stdlib.h>

/** The target, as libFuzzer calls it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** An invariant: our own bug if it does not hold. */
static void must(bool ok) {
	if (!ok) {
		abort();
	}
}

/** ana_need_files: every file below /app has the same content, and there is nothing else. */
static int read_file(void *arg, const char *path, struct ctx_buf *content, struct ctx_error *err) {
	const struct ctx_str *text = arg;
	(void)err;
	must(path[0] == '/');
	if (strncmp(path, "/app/", 5) != 0) {
		return 0;
	}
	ctx_buf_add(content, text->ptr, text->len);
	return 1;
}

static int list_dir(void *arg, const char *dir, ana_need_name_fn *fn, void *fn_arg, struct ctx_error *err) {
	(void)arg;
	(void)err;
	int rc = strlen(dir) > 40 ? 0 : fn(fn_arg, CTX_STR("a"), CTX_KIND_DIR);
	rc = rc != 0 ? rc : fn(fn_arg, CTX_STR("package.json"), CTX_KIND_FILE);
	return rc != 0 ? rc : 1;
}

/** One list. */
static void check_paths(const struct ana_need_path *items, size_t count) {
	for (size_t i = 0; i < count; ++i) {
		ctx_auto_buf struct ctx_buf clean = CTX_BUF_INIT;
		ctx_path_clean(&clean, items[i].path.ptr, items[i].path.len);
		must(items[i].path.len > 0 && items[i].path.ptr[0] == '/');
		must(ctx_str_eq(items[i].path, (struct ctx_str){ ctx_buf_str(&clean), clean.len }));
		must(i == 0 || ctx_str_cmp(items[i - 1].path, items[i].path) < 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct ctx_arena arena = CTX_ARENA_INIT;
	char *copy = ctx_memdup0(data, size);
	must(copy != NULL);
	size_t end = strlen(copy);
	struct ctx_str content = { copy + end + (end < size), size - end - (end < size) };
	struct ctx_str args[] = { CTX_STR("/bin/sh"), CTX_STR("-c"), { copy, end } };
	struct ana_vertex vertex = { .op = ANA_OP_EXEC };
	vertex.exec.args = args;
	vertex.exec.arg_count = 3;
	vertex.exec.cwd = CTX_STR("/app");
	const struct ana_need_files files = { read_file, list_dir, &content };
	ana_auto_needs struct ana_needs needs = { 0 };
	int rc = ana_needs_find(&needs, &vertex, &files, &arena, NULL);
	must(rc == 0 || rc == CTX_E_NOMEM);
	must(rc != 0 || (needs.why != NULL && needs.why[0] != '\0'));
	must(needs.known || (needs.reads.count == 0 && needs.writes.count == 0 && needs.variables.count == 0));
	check_paths(needs.reads.items, needs.reads.count);
	check_paths(needs.writes.items, needs.writes.count);
	free(copy);
	ctx_arena_release(&arena);
	return 0;
}
