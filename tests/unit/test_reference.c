#include "analyzer/dockerfile/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define HEX32 "0123456789abcdef0123456789abcdef"
#define DIGEST "sha256:" HEX32 HEX32

/* A reference, its full form and the key of a context; or the error. */
static const struct reference_case {
	const char *text, *tagged, *key;
} reference_cases[] = {
	{ "alpine", "docker.io/library/alpine:latest", "alpine" },
	{ "alpine:3", "docker.io/library/alpine:3", "alpine:3" },
	{ "alpine:latest", "docker.io/library/alpine:latest", "alpine" },
	{ "docker.io/alpine", "docker.io/library/alpine:latest", "alpine" },
	{ "index.docker.io/library/alpine", "docker.io/library/alpine:latest", "alpine" },
	{ "docker.io/library/a/b", "docker.io/library/a/b:latest", "library/a/b" },
	{ "user/app", "docker.io/user/app:latest", "user/app" },
	{ "localhost/app", "localhost/app:latest", "localhost/app" },
	{ "localhost:5000/app", "localhost:5000/app:latest", "localhost:5000/app" },
	{ "ghcr.io/a/b:TAG", "ghcr.io/a/b:TAG", "ghcr.io/a/b:TAG" },
	{ "Host/app", "Host/app:latest", "Host/app" },
	{ "[::1]:5000/a", "[::1]:5000/a:latest", "[::1]:5000/a" },
	{ "alpine@" DIGEST, "docker.io/library/alpine@" DIGEST, "alpine@" DIGEST },
	{ "alpine:3@" DIGEST, "docker.io/library/alpine:3@" DIGEST, "alpine:3@" DIGEST },
	{ "0", "docker.io/library/0:latest", "0" },
	{ "a.b_c__d---e", "docker.io/library/a.b_c__d---e:latest", "a.b_c__d---e" },
	{ "a_b.c/x", "a_b.c/x:latest", "a_b.c/x" },
	{ "", NULL, "invalid reference format" },
	{ "a___b", NULL, "invalid reference format" },
	{ "a..b", NULL, "invalid reference format" },
	{ "a-", NULL, "invalid reference format" },
	{ "-a", NULL, "invalid reference format" },
	{ "a/", NULL, "invalid reference format" },
	{ "a//b", NULL, "invalid reference format" },
	{ "a:", NULL, "invalid reference format" },
	{ "a:.x", NULL, "invalid reference format" },
	{ "a b", NULL, "invalid reference format" },
	{ "a@sha256:12", NULL, "invalid reference format" },
	{ "a.b:x/c", NULL, "invalid reference format" },
	{ "a@sha256:" HEX32, NULL, "invalid checksum digest length" },
	{ "a@md5:" HEX32, NULL, "unsupported digest algorithm" },
	{ "BadName", NULL, "invalid reference format: repository name (library/BadName) must be lowercase" },
	{ "a.b/C", NULL, "invalid reference format: repository name (C) must be lowercase" },
	{ HEX32 HEX32, NULL, "invalid repository name (" HEX32 HEX32 "), cannot specify 64-byte hexadecimal strings" },
};

static void references_are_parsed(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	for (size_t i = 0; i < CTX_COUNTOF(reference_cases); ++i) {
		const struct reference_case *c = &reference_cases[i];
		struct ana_reference ref;
		struct ctx_error err;
		int rc = ana_reference_parse(&ref, CTX_STR(c->text), &arena, &err);
		if (c->tagged == NULL) {
			assert_int_equal(rc, CTX_E_SYNTAX);
			assert_string_equal(err.msg, c->key);
			continue;
		}
		if (rc < 0) {
			fail_msg("'%s': %s", c->text, err.msg);
		}
		struct ctx_str tagged = ana_reference_tagged(&ref, &arena),
			       key = ana_reference_context_key(&ref, &arena);
		if (!ctx_str_is(tagged, c->tagged) || !ctx_str_is(key, c->key)) {
			fail_msg("'%s' is '%.*s' and '%.*s'", c->text, CTX_STR_ARGS(tagged), CTX_STR_ARGS(key));
		}
	}
}

/* The longest repository path is 255 bytes. */
static void long_names_are_refused(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	for (int extra = 0; extra < 2; ++extra) {
		char name[300];
		int len = snprintf(name, sizeof(name), "x.y/%0*d", 255 + extra, 0);
		struct ana_reference ref;
		struct ctx_error err;
		int rc = ana_reference_parse(&ref, (struct ctx_str){ name, (size_t)len }, &arena, &err);
		assert_int_equal(rc, extra == 0 ? 0 : CTX_E_SYNTAX);
	}
}

/* What a source of ADD is: "git REMOTE HOST PATH REF SUBDIR CHECKSUM flags", "http FILE", "local", or an error. */
static const struct source_case {
	const char *text, *want;
} source_cases[] = {
	{ "a/b", "local" },
	{ "foo:bar", "local" },
	{ "./a@b:c", "local" },
	{ "github.com/o/r", "local" },
	{ "HTTPS://h/f", "local" },
	{ "ftp://h/f", "local" },
	{ "https://h/a/f.tar?x#y", "http f.tar" },
	{ "https://h", "http __unnamed__" },
	{ "https://h/a/", "http a" },
	{ "https://h/%2e%2e", "http .." },
	{ "http://h/a%zz", "http __unnamed__" },
	{ "https://h/o/r.git", "git https://h/o/r.git h /o/r.git [] [] []" },
	{ "https://u:p@h:80/%41/../b.git", "git https://u:p@h:80/%41/../b.git h:80 /b.git [] [] []" },
	{ "HTTPS://h/r.git#v1:a/../b", "git https://h/r.git h /r.git [v1] [b] []" },
	{ "https://h/r.git?ref=x&subdir=s", "git https://h/r.git h /r.git [x] [s] []" },
	{ "https://h/r.git?tag=v1", "git https://h/r.git h /r.git [refs/tags/v1] [] []" },
	{ "https://h/r.git?branch=refs/heads/b", "git https://h/r.git h /r.git [refs/heads/b] [] []" },
	{ "https://h/r.git?commit=c&keep-git-dir&submodules=0&fetch-by-commit=t",
		"git https://h/r.git h /r.git [] [] [c] keep given skip commit" },
	{ "https://h/r.git?keep-git-dir=0", "git https://h/r.git h /r.git [] [] [] given" },
	{ "https://h/r.git?a;b", "git https://h/r.git h /r.git [] [] []" },
	{ "https://h/r.git?", "git https://h/r.git? h /r.git [] [] []" },
	{ "https://[::1]/r.git", "git https://[::1]/r.git [::1] /r.git [] [] []" },
	{ "https://[::g]/r.git", "http __unnamed__" },
	{ "https://h/a b.git", "git https://h/a%20b.git h /a b.git [] [] []" },
	{ "git://h/p", "git git://h/p h /p [] [] []" },
	{ "ssh://git@h:22/p.git", "git ssh://git@h:22/p.git h:22 /p.git [] [] []" },
	{ "git@h:o/r.git#m:s", "git git@h:o/r.git h /o/r.git [m] [s] []" },
	{ "a@b:c?branch=x", "git a@b:c b /c [refs/heads/x] [] []" },
	{ "a@b:", "git a@b: b / [] [] []" },
	{ "a@b", "local" },
	{ "a@b:c?x;y", "local" },
	{ "https://h/r.git?x=1", "! unexpected query \"x\"" },
	{ "https://h/r.git?ref", "! query \"ref\" has no value" },
	{ "https://h/r.git?ref=a&ref=a", "! query \"ref\" has multiple values" },
	{ "https://h/r.git?ref=b#a", "! ref conflicts: \"a\" vs \"b\"" },
	{ "https://h/r.git?subdir=b#:a", "! subdir conflicts: \"a\" vs \"b\"" },
	{ "https://h/r.git?tag=a&branch=b", "! branch conflicts with tag" },
	{ "https://h/r.git?submodules=x", "! invalid submodules value: \"x\"" },
	{ "https://h/r.git?mtime=x", "! invalid mtime value: \"x\" (must be \"checkout\" or \"commit\")" },
	{ "github.com/o/r?x=1", "! unexpected query \"x\"" },
};

static void sources_are_told_apart(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	for (size_t i = 0; i < CTX_COUNTOF(source_cases); ++i) {
		struct ctx_str text = CTX_STR(source_cases[i].text);
		struct ana_git_ref g;
		struct ctx_error err;
		int kind = ana_source_kind_of(text, &g, &arena, &err);
		char got[600] = "local";
		if (kind < 0) {
			snprintf(got, sizeof(got), "! %s", err.msg);
		} else if (kind == ANA_SOURCE_HTTP) {
			struct ctx_str name = ana_http_filename(text, &arena);
			snprintf(got, sizeof(got), "http %.*s", CTX_STR_ARGS(name));
		} else if (kind == ANA_SOURCE_GIT) {
			snprintf(got, sizeof(got), "git %.*s %.*s %.*s [%.*s] [%.*s] [%.*s]%s%s%s%s",
				CTX_STR_ARGS(g.remote), CTX_STR_ARGS(g.host), CTX_STR_ARGS(g.path), CTX_STR_ARGS(g.ref),
				CTX_STR_ARGS(g.subdir), CTX_STR_ARGS(g.checksum), g.keep_git_dir ? " keep" : "",
				g.keep_git_dir_given ? " given" : "", g.skip_submodules ? " skip" : "",
				g.fetch_by_commit ? " commit" : "");
		}
		if (strcmp(got, source_cases[i].want) != 0) {
			fail_msg("'%s' is '%s', not '%s'", source_cases[i].text, got, source_cases[i].want);
		}
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_are_parsed),
		cmocka_unit_test(long_names_are_refused),
		cmocka_unit_test(sources_are_told_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
