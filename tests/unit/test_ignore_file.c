#include "ctxopt/context/ignore_file.h"

#include "ctxopt/base/alloc.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/** Most files of a place. */
#define FILES_MAX 5

/** A place in memory. */
struct place {
	/** Paths that exist; the text of each is its path in brackets. */
	const char *files[FILES_MAX];
	/** What reading `broken` gives, and its errno. */
	const char *broken;
	int broken_rc, sysno;
	/** How often the reader was called. */
	unsigned calls;
};

/** Reads from a place. */
static int read_place(void *arg, const char *path, struct ctx_buf *out, struct ctx_error *err) {
	struct place *place = arg;
	++place->calls;
	if (place->broken != NULL && strcmp(path, place->broken) == 0) {
		if (place->broken_rc == CTX_E_IO) {
			return ctx_fail_sys(err, place->sysno, "cannot read '%s'", path);
		}
		return place->broken_rc == CTX_E_NOMEM ? ctx_fail_nomem(err) : ctx_fail(err, CTX_E_CORRUPT, "damaged");
	}
	for (size_t i = 0; i < FILES_MAX && place->files[i] != NULL; ++i) {
		if (strcmp(path, place->files[i]) == 0) {
			ctx_buf_addf(out, "[%s]", path);
			return ctx_buf_ok(out) ? 0 : ctx_fail_nomem(err);
		}
	}
	return ctx_fail(err, CTX_E_MISSING, "no '%s'", path);
}

/** One search. */
struct search_case {
	const char *name;
	enum ctx_engine engine;
	const char *context, *dockerfile;
	const char *files[FILES_MAX];
	const char *path, *unused;
};

// clang-format off
#define BUILDKIT CTX_ENGINE_BUILDKIT
#define DOCKER20 CTX_ENGINE_DOCKER_20_10
#define PODMAN CTX_ENGINE_PODMAN
static const struct search_case search_cases[] = {
	{ "none", BUILDKIT, ".", "Dockerfile", { NULL }, NULL, NULL },
	{ "the context's own", BUILDKIT, ".", "Dockerfile", { ".dockerignore" }, ".dockerignore", NULL },
	{ "the Dockerfile's own", BUILDKIT, ".", "Dockerfile", { "Dockerfile.dockerignore" },
	  "Dockerfile.dockerignore", NULL },
	{ "the Dockerfile's own wins", BUILDKIT, ".", "Dockerfile", { ".dockerignore", "Dockerfile.dockerignore" },
	  "Dockerfile.dockerignore", ".dockerignore" },
	{ "Dockerfile elsewhere", BUILDKIT, ".", "docker/app.Dockerfile",
	  { "docker/app.Dockerfile.dockerignore", "docker/.dockerignore", ".dockerignore" },
	  "docker/app.Dockerfile.dockerignore", ".dockerignore" },
	{ "not beside a Dockerfile elsewhere", BUILDKIT, ".", "docker/app.Dockerfile",
	  { "docker/.dockerignore", "app.Dockerfile.dockerignore" }, NULL, NULL },
	{ "context elsewhere", BUILDKIT, "services/api", "Dockerfile", { ".dockerignore", "services/api/.dockerignore" },
	  "services/api/.dockerignore", NULL },
	{ "context with a final slash", BUILDKIT, "api/", "api/Dockerfile", { "api/.dockerignore" }, "api/.dockerignore",
	  NULL },
	{ "absolute context", BUILDKIT, "/", "/Dockerfile", { "/.dockerignore" }, "/.dockerignore", NULL },
	{ "context ./", BUILDKIT, "./", "./Dockerfile", { ".dockerignore" }, ".dockerignore", NULL },
	{ "context .//./x", BUILDKIT, ".//./x", "Dockerfile", { "x/.dockerignore" }, "x/.dockerignore", NULL },
	{ "context ..", BUILDKIT, "..", "Dockerfile", { "../.dockerignore" }, "../.dockerignore", NULL },
	{ "context .x", BUILDKIT, ".x", "Dockerfile", { ".x/.dockerignore" }, ".x/.dockerignore", NULL },
	{ "root of a commit", BUILDKIT, "", "Dockerfile", { ".dockerignore" }, ".dockerignore", NULL },
	{ "Dockerfile on standard input", BUILDKIT, ".", NULL, { ".dockerignore", "Dockerfile.dockerignore" },
	  ".dockerignore", NULL },
	{ "lower-case dockerfile", BUILDKIT, ".", "dockerfile",
	  { ".dockerignore", "Dockerfile.dockerignore", "dockerfile.dockerignore" }, "dockerfile.dockerignore",
	  ".dockerignore" },
	{ "lower-case dockerfile, name not switched", DOCKER20, ".", "Dockerfile",
	  { ".dockerignore", "dockerfile.dockerignore" }, ".dockerignore", NULL },
	{ "docker 20.10", DOCKER20, ".", "Dockerfile", { "Dockerfile.dockerignore", ".dockerignore" },
	  "Dockerfile.dockerignore", ".dockerignore" },
	{ "containerignore means nothing to docker", BUILDKIT, ".", "Dockerfile",
	  { ".containerignore", "Dockerfile.containerignore" }, NULL, NULL },
	{ "podman: none", PODMAN, ".", "Containerfile", { NULL }, NULL, NULL },
	{ "podman: dockerignore of the file wins", PODMAN, ".", "Containerfile",
	  { "Containerfile.containerignore", "Containerfile.dockerignore", ".containerignore", ".dockerignore" },
	  "Containerfile.dockerignore", "Containerfile.containerignore" },
	{ "podman: containerignore of the file", PODMAN, ".", "Containerfile",
	  { "Containerfile.containerignore", ".containerignore" }, "Containerfile.containerignore", ".containerignore" },
	{ "podman: containerignore of the context", PODMAN, "ctx", "Containerfile",
	  { "ctx/.dockerignore", "ctx/.containerignore" }, "ctx/.containerignore", "ctx/.dockerignore" },
	{ "podman: dockerignore of the context", PODMAN, ".", NULL, { ".dockerignore" }, ".dockerignore", NULL },
};
// clang-format on

/** How files of an engine are parsed. */
static enum ctx_ignore_syntax syntax_of(enum ctx_engine engine) {
	if (engine == DOCKER20) {
		return CTX_IGNORE_DOCKER_20_10;
	}
	return engine == PODMAN ? CTX_IGNORE_PODMAN : CTX_IGNORE_DOCKER;
}

/** Equal, or both missing? */
static bool same(const char *a, const char *b) {
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void search_table(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(search_cases); ++i) {
		const struct search_case *row = &search_cases[i];
		struct place place = { 0 };
		memcpy(place.files, row->files, sizeof(place.files));
		ctx_auto_ignore_source struct ctx_ignore_source src = { 0 };
		struct ctx_error err = { 0 };
		int rc = ctx_ignore_source_find(&src, row->engine, row->context, row->dockerfile, read_place, &place,
			&err);
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		if (row->path != NULL) {
			ctx_buf_addf(&text, "[%s]", row->path);
		}
		bool ok = rc == 0 && same(src.path, row->path) && same(src.unused_path, row->unused) &&
			same(ctx_buf_str(&src.text), ctx_buf_str(&text)) && src.syntax == syntax_of(row->engine);
		if (!ok) {
			fail_msg("%s: got %s, unused %s", row->name, src.path, src.unused_path);
		}
	}
}

/** Reads empty files only. */
static int read_empty(void *arg, const char *path, struct ctx_buf *out, struct ctx_error *err) {
	(void)arg, (void)path, (void)out, (void)err;
	return 0;
}

static void an_empty_one_applies(void **state) {
	(void)state;
	ctx_auto_ignore_source struct ctx_ignore_source src = { 0 };
	assert_int_equal(ctx_ignore_source_find(&src, BUILDKIT, ".", "f", read_empty, NULL, NULL), 0);
	assert_string_equal(src.path, "f.dockerignore");
	assert_string_equal(src.unused_path, ".dockerignore");
	assert_int_equal(src.text.len, 0);
}

/** Reads files of one byte more than allowed. */
static int read_large(void *arg, const char *path, struct ctx_buf *out, struct ctx_error *err) {
	(void)arg, (void)path, (void)err;
	if (!ctx_buf_reserve(out, CTX_IGNORE_FILE_MAX + 1)) {
		return CTX_E_NOMEM;
	}
	memset(out->data, 'x', CTX_IGNORE_FILE_MAX + 1);
	out->len = CTX_IGNORE_FILE_MAX + 1;
	return 0;
}

static void a_directory_is_no_ignore_file(void **state) {
	(void)state;
	struct place place = {
		.files = { ".dockerignore" },
		.broken = "Dockerfile.dockerignore",
		.broken_rc = CTX_E_IO,
		.sysno = EISDIR,
	};
	ctx_auto_ignore_source struct ctx_ignore_source src = { 0 };
	assert_int_equal(ctx_ignore_source_find(&src, BUILDKIT, ".", "Dockerfile", read_place, &place, NULL), 0);
	assert_string_equal(src.path, ".dockerignore");
	assert_null(src.unused_path);
}

static void an_unreadable_one_is_passed_over_all_the_same(void **state) {
	(void)state;
	struct place place = {
		.files = { "Dockerfile.dockerignore" },
		.broken = ".dockerignore",
		.broken_rc = CTX_E_IO,
		.sysno = EACCES,
	};
	ctx_auto_ignore_source struct ctx_ignore_source src = { 0 };
	assert_int_equal(ctx_ignore_source_find(&src, BUILDKIT, ".", "Dockerfile", read_place, &place, NULL), 0);
	assert_string_equal(src.path, "Dockerfile.dockerignore");
	assert_string_equal(src.unused_path, ".dockerignore");
}

static void failures(void **state) {
	(void)state;
	struct ctx_ignore_source src;
	struct ctx_error err;
	struct place io = { .broken = "Dockerfile.dockerignore", .broken_rc = CTX_E_IO, .sysno = EACCES };
	assert_int_equal(ctx_ignore_source_find(&src, BUILDKIT, ".", "Dockerfile", read_place, &io, &err), CTX_E_IO);
	assert_int_equal(err.sysno, EACCES);
	assert_int_equal(io.calls, 1);
	struct place bad = { .broken = ".dockerignore", .broken_rc = CTX_E_CORRUPT };
	assert_int_equal(ctx_ignore_source_find(&src, BUILDKIT, ".", "Dockerfile", read_place, &bad, NULL),
		CTX_E_CORRUPT);
	assert_int_equal(ctx_ignore_source_find(&src, BUILDKIT, ".", "Dockerfile", read_large, NULL, &err),
		CTX_E_LIMIT);
	assert_string_equal(err.msg, "'Dockerfile.dockerignore' is larger than 16777216 bytes");

	// Also while looking for the file that is passed over
	struct place late = { .files = { "Dockerfile.dockerignore" },
		.broken = ".dockerignore",
		.broken_rc = CTX_E_NOMEM };
	assert_int_equal(ctx_ignore_source_find(&src, BUILDKIT, ".", "Dockerfile", read_place, &late, &err),
		CTX_E_NOMEM);
}

static void out_of_memory(void **state) {
	(void)state;
	struct place place = { .files = { "Dockerfile.dockerignore", ".dockerignore" } };
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc == CTX_E_NOMEM; ++n) {
		ctx_auto_ignore_source struct ctx_ignore_source src = { 0 };
		ctx_alloc_fail_after(n);
		rc = ctx_ignore_source_find(&src, BUILDKIT, "c", "Dockerfile", read_place, &place, NULL);
		ctx_alloc_fail_after(-1);
	}
	assert_int_equal(rc, 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(search_table),
		cmocka_unit_test(an_empty_one_applies),
		cmocka_unit_test(a_directory_is_no_ignore_file),
		cmocka_unit_test(an_unreadable_one_is_passed_over_all_the_same),
		cmocka_unit_test(failures),
		cmocka_unit_test(out_of_memory),
	};
	return cmocka_run_group_tests_name("ignore_file", tests, NULL, NULL);
}
