#include "ctxopt/base/path.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

// clang-format off

/** Rows printed by path.Clean of Go 1.26.8: first by hand, then every string up to five bytes of "a./". */
static const struct clean_case {
	const char *path, *clean;
} clean_cases[] = {
	{ "abc", "abc" }, { "abc/def", "abc/def" }, { "a/b/c", "a/b/c" }, { "../..", "../.." },
	{ "../../abc", "../../abc" }, { "/abc", "/abc" }, { "/", "/" }, { "abc/", "abc" }, { "abc/def/", "abc/def" },
	{ "a/b/c/", "a/b/c" }, { "./", "." }, { "../", ".." }, { "../../", "../.." }, { "/abc/", "/abc" },
	{ "abc//def//ghi", "abc/def/ghi" }, { "//abc", "/abc" }, { "///abc", "/abc" }, { "//abc//", "/abc" },
	{ "abc//", "abc" }, { "abc/./def", "abc/def" }, { "/./abc/def", "/abc/def" }, { "abc/.", "abc" },
	{ "abc/def/ghi/../jkl", "abc/def/jkl" }, { "abc/def/../ghi/../jkl", "abc/jkl" }, { "abc/def/..", "abc" },
	{ "abc/def/../..", "." }, { "/abc/def/../..", "/" }, { "abc/def/../../..", ".." },
	{ "/abc/def/../../..", "/" }, { "abc/def/../../../ghi/jkl/../../../mno", "../../mno" },
	{ "abc/./../def", "def" }, { "abc//./../def", "def" }, { "abc/../../././../def", "../../def" },
	{ "...", "..." }, { ".../..", "." }, { "/...", "/..." }, { "..a/b", "..a/b" }, { "a../b", "a../b" },
	{ ".a/..b", ".a/..b" }, { "a/...", "a/..." }, { "a/.../..", "a" },
	{ "src/app/../../../etc/passwd", "../etc/passwd" }, { "\xff/../\xfe", "\xfe" }, { "a\nb/./c", "a\nb/c" },
	{ " / ", " / " }, { "C:\\x\\..\\y", "C:\\x\\..\\y" }, { "ä/ö/../ü/", "ä/ü" }, { "/../../a", "/a" },
	{ "a/../b/../c/..", "." }, { "../a/../b", "../b" }, { "../../a/../..", "../../.." },
	{ "", "." }, { "a", "a" }, { ".", "." }, { "/", "/" }, { "aa", "aa" }, { "a.", "a." }, { "a/", "a" },
	{ ".a", ".a" }, { "..", ".." }, { "./", "." }, { "/a", "/a" }, { "/.", "/" }, { "//", "/" },
	{ "aaa", "aaa" }, { "aa.", "aa." }, { "aa/", "aa" }, { "a.a", "a.a" }, { "a..", "a.." }, { "a./", "a." },
	{ "a/a", "a/a" }, { "a/.", "a" }, { "a//", "a" }, { ".aa", ".aa" }, { ".a.", ".a." }, { ".a/", ".a" },
	{ "..a", "..a" }, { "...", "..." }, { "../", ".." }, { "./a", "a" }, { "./.", "." }, { ".//", "." },
	{ "/aa", "/aa" }, { "/a.", "/a." }, { "/a/", "/a" }, { "/.a", "/.a" }, { "/..", "/" }, { "/./", "/" },
	{ "//a", "/a" }, { "//.", "/" }, { "///", "/" }, { "aaaa", "aaaa" }, { "aaa.", "aaa." }, { "aaa/", "aaa" },
	{ "aa.a", "aa.a" }, { "aa..", "aa.." }, { "aa./", "aa." }, { "aa/a", "aa/a" }, { "aa/.", "aa" },
	{ "aa//", "aa" }, { "a.aa", "a.aa" }, { "a.a.", "a.a." }, { "a.a/", "a.a" }, { "a..a", "a..a" },
	{ "a...", "a..." }, { "a../", "a.." }, { "a./a", "a./a" }, { "a./.", "a." }, { "a.//", "a." },
	{ "a/aa", "a/aa" }, { "a/a.", "a/a." }, { "a/a/", "a/a" }, { "a/.a", "a/.a" }, { "a/..", "." },
	{ "a/./", "a" }, { "a//a", "a/a" }, { "a//.", "a" }, { "a///", "a" }, { ".aaa", ".aaa" }, { ".aa.", ".aa." },
	{ ".aa/", ".aa" }, { ".a.a", ".a.a" }, { ".a..", ".a.." }, { ".a./", ".a." }, { ".a/a", ".a/a" },
	{ ".a/.", ".a" }, { ".a//", ".a" }, { "..aa", "..aa" }, { "..a.", "..a." }, { "..a/", "..a" },
	{ "...a", "...a" }, { "....", "...." }, { ".../", "..." }, { "../a", "../a" }, { "../.", ".." },
	{ "..//", ".." }, { "./aa", "aa" }, { "./a.", "a." }, { "./a/", "a" }, { "./.a", ".a" }, { "./..", ".." },
	{ "././", "." }, { ".//a", "a" }, { ".//.", "." }, { ".///", "." }, { "/aaa", "/aaa" }, { "/aa.", "/aa." },
	{ "/aa/", "/aa" }, { "/a.a", "/a.a" }, { "/a..", "/a.." }, { "/a./", "/a." }, { "/a/a", "/a/a" },
	{ "/a/.", "/a" }, { "/a//", "/a" }, { "/.aa", "/.aa" }, { "/.a.", "/.a." }, { "/.a/", "/.a" },
	{ "/..a", "/..a" }, { "/...", "/..." }, { "/../", "/" }, { "/./a", "/a" }, { "/./.", "/" }, { "/.//", "/" },
	{ "//aa", "/aa" }, { "//a.", "/a." }, { "//a/", "/a" }, { "//.a", "/.a" }, { "//..", "/" }, { "//./", "/" },
	{ "///a", "/a" }, { "///.", "/" }, { "////", "/" }, { "aaaaa", "aaaaa" }, { "aaaa.", "aaaa." },
	{ "aaaa/", "aaaa" }, { "aaa.a", "aaa.a" }, { "aaa..", "aaa.." }, { "aaa./", "aaa." }, { "aaa/a", "aaa/a" },
	{ "aaa/.", "aaa" }, { "aaa//", "aaa" }, { "aa.aa", "aa.aa" }, { "aa.a.", "aa.a." }, { "aa.a/", "aa.a" },
	{ "aa..a", "aa..a" }, { "aa...", "aa..." }, { "aa../", "aa.." }, { "aa./a", "aa./a" }, { "aa./.", "aa." },
	{ "aa.//", "aa." }, { "aa/aa", "aa/aa" }, { "aa/a.", "aa/a." }, { "aa/a/", "aa/a" }, { "aa/.a", "aa/.a" },
	{ "aa/..", "." }, { "aa/./", "aa" }, { "aa//a", "aa/a" }, { "aa//.", "aa" }, { "aa///", "aa" },
	{ "a.aaa", "a.aaa" }, { "a.aa.", "a.aa." }, { "a.aa/", "a.aa" }, { "a.a.a", "a.a.a" }, { "a.a..", "a.a.." },
	{ "a.a./", "a.a." }, { "a.a/a", "a.a/a" }, { "a.a/.", "a.a" }, { "a.a//", "a.a" }, { "a..aa", "a..aa" },
	{ "a..a.", "a..a." }, { "a..a/", "a..a" }, { "a...a", "a...a" }, { "a....", "a...." }, { "a.../", "a..." },
	{ "a../a", "a../a" }, { "a../.", "a.." }, { "a..//", "a.." }, { "a./aa", "a./aa" }, { "a./a.", "a./a." },
	{ "a./a/", "a./a" }, { "a./.a", "a./.a" }, { "a./..", "." }, { "a././", "a." }, { "a.//a", "a./a" },
	{ "a.//.", "a." }, { "a.///", "a." }, { "a/aaa", "a/aaa" }, { "a/aa.", "a/aa." }, { "a/aa/", "a/aa" },
	{ "a/a.a", "a/a.a" }, { "a/a..", "a/a.." }, { "a/a./", "a/a." }, { "a/a/a", "a/a/a" }, { "a/a/.", "a/a" },
	{ "a/a//", "a/a" }, { "a/.aa", "a/.aa" }, { "a/.a.", "a/.a." }, { "a/.a/", "a/.a" }, { "a/..a", "a/..a" },
	{ "a/...", "a/..." }, { "a/../", "." }, { "a/./a", "a/a" }, { "a/./.", "a" }, { "a/.//", "a" },
	{ "a//aa", "a/aa" }, { "a//a.", "a/a." }, { "a//a/", "a/a" }, { "a//.a", "a/.a" }, { "a//..", "." },
	{ "a//./", "a" }, { "a///a", "a/a" }, { "a///.", "a" }, { "a////", "a" }, { ".aaaa", ".aaaa" },
	{ ".aaa.", ".aaa." }, { ".aaa/", ".aaa" }, { ".aa.a", ".aa.a" }, { ".aa..", ".aa.." }, { ".aa./", ".aa." },
	{ ".aa/a", ".aa/a" }, { ".aa/.", ".aa" }, { ".aa//", ".aa" }, { ".a.aa", ".a.aa" }, { ".a.a.", ".a.a." },
	{ ".a.a/", ".a.a" }, { ".a..a", ".a..a" }, { ".a...", ".a..." }, { ".a../", ".a.." }, { ".a./a", ".a./a" },
	{ ".a./.", ".a." }, { ".a.//", ".a." }, { ".a/aa", ".a/aa" }, { ".a/a.", ".a/a." }, { ".a/a/", ".a/a" },
	{ ".a/.a", ".a/.a" }, { ".a/..", "." }, { ".a/./", ".a" }, { ".a//a", ".a/a" }, { ".a//.", ".a" },
	{ ".a///", ".a" }, { "..aaa", "..aaa" }, { "..aa.", "..aa." }, { "..aa/", "..aa" }, { "..a.a", "..a.a" },
	{ "..a..", "..a.." }, { "..a./", "..a." }, { "..a/a", "..a/a" }, { "..a/.", "..a" }, { "..a//", "..a" },
	{ "...aa", "...aa" }, { "...a.", "...a." }, { "...a/", "...a" }, { "....a", "....a" }, { ".....", "....." },
	{ "..../", "...." }, { ".../a", ".../a" }, { ".../.", "..." }, { "...//", "..." }, { "../aa", "../aa" },
	{ "../a.", "../a." }, { "../a/", "../a" }, { "../.a", "../.a" }, { "../..", "../.." }, { ".././", ".." },
	{ "..//a", "../a" }, { "..//.", ".." }, { "..///", ".." }, { "./aaa", "aaa" }, { "./aa.", "aa." },
	{ "./aa/", "aa" }, { "./a.a", "a.a" }, { "./a..", "a.." }, { "./a./", "a." }, { "./a/a", "a/a" },
	{ "./a/.", "a" }, { "./a//", "a" }, { "./.aa", ".aa" }, { "./.a.", ".a." }, { "./.a/", ".a" },
	{ "./..a", "..a" }, { "./...", "..." }, { "./../", ".." }, { "././a", "a" }, { "././.", "." },
	{ "././/", "." }, { ".//aa", "aa" }, { ".//a.", "a." }, { ".//a/", "a" }, { ".//.a", ".a" },
	{ ".//..", ".." }, { ".//./", "." }, { ".///a", "a" }, { ".///.", "." }, { ".////", "." },
	{ "/aaaa", "/aaaa" }, { "/aaa.", "/aaa." }, { "/aaa/", "/aaa" }, { "/aa.a", "/aa.a" }, { "/aa..", "/aa.." },
	{ "/aa./", "/aa." }, { "/aa/a", "/aa/a" }, { "/aa/.", "/aa" }, { "/aa//", "/aa" }, { "/a.aa", "/a.aa" },
	{ "/a.a.", "/a.a." }, { "/a.a/", "/a.a" }, { "/a..a", "/a..a" }, { "/a...", "/a..." }, { "/a../", "/a.." },
	{ "/a./a", "/a./a" }, { "/a./.", "/a." }, { "/a.//", "/a." }, { "/a/aa", "/a/aa" }, { "/a/a.", "/a/a." },
	{ "/a/a/", "/a/a" }, { "/a/.a", "/a/.a" }, { "/a/..", "/" }, { "/a/./", "/a" }, { "/a//a", "/a/a" },
	{ "/a//.", "/a" }, { "/a///", "/a" }, { "/.aaa", "/.aaa" }, { "/.aa.", "/.aa." }, { "/.aa/", "/.aa" },
	{ "/.a.a", "/.a.a" }, { "/.a..", "/.a.." }, { "/.a./", "/.a." }, { "/.a/a", "/.a/a" }, { "/.a/.", "/.a" },
	{ "/.a//", "/.a" }, { "/..aa", "/..aa" }, { "/..a.", "/..a." }, { "/..a/", "/..a" }, { "/...a", "/...a" },
	{ "/....", "/...." }, { "/.../", "/..." }, { "/../a", "/a" }, { "/../.", "/" }, { "/..//", "/" },
	{ "/./aa", "/aa" }, { "/./a.", "/a." }, { "/./a/", "/a" }, { "/./.a", "/.a" }, { "/./..", "/" },
	{ "/././", "/" }, { "/.//a", "/a" }, { "/.//.", "/" }, { "/.///", "/" }, { "//aaa", "/aaa" },
	{ "//aa.", "/aa." }, { "//aa/", "/aa" }, { "//a.a", "/a.a" }, { "//a..", "/a.." }, { "//a./", "/a." },
	{ "//a/a", "/a/a" }, { "//a/.", "/a" }, { "//a//", "/a" }, { "//.aa", "/.aa" }, { "//.a.", "/.a." },
	{ "//.a/", "/.a" }, { "//..a", "/..a" }, { "//...", "/..." }, { "//../", "/" }, { "//./a", "/a" },
	{ "//./.", "/" }, { "//.//", "/" }, { "///aa", "/aa" }, { "///a.", "/a." }, { "///a/", "/a" },
	{ "///.a", "/.a" }, { "///..", "/" }, { "///./", "/" }, { "////a", "/a" }, { "////.", "/" },
	{ "/////", "/" },
};
// clang-format on

static void clean_equals_go(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(clean_cases); ++i) {
		const struct clean_case *c = &clean_cases[i];
		ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
		ctx_path_clean(&out, c->path, strlen(c->path));
		if (strcmp(ctx_buf_str(&out), c->clean) != 0) {
			fail_msg("'%s' became '%s' instead of '%s'", c->path, ctx_buf_str(&out), c->clean);
		}
		assert_int_equal(out.len, strlen(c->clean));
	}
}

static void clean_appends(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	ctx_buf_adds(&out, "a/b/");
	ctx_path_clean(&out, "../x/..", 7);
	assert_string_equal(ctx_buf_str(&out), "a/b/..");
	ctx_path_clean(&out, "/", 1);
	assert_string_equal(ctx_buf_str(&out), "a/b/../");
}

static void clean_stops_at_the_length(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	ctx_path_clean(&out, "a/..b", 4); // a component ".." only because the text ends there
	assert_string_equal(ctx_buf_str(&out), ".");
	ctx_buf_reset(&out);
	ctx_path_clean(&out, "a/.\0b", 5);
	assert_int_equal(out.len, 5);
	assert_memory_equal(out.data, "a/.\0b", 6);
}

static void clean_may_run_out_of_memory(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	ctx_alloc_fail_after(0);
	ctx_path_clean(&out, "a/b", 3);
	ctx_path_join(&out, "a", "b");
	ctx_alloc_fail_after(-1);
	assert_false(ctx_buf_ok(&out));
	assert_string_equal(ctx_buf_str(&out), "");
}

static const struct join_case {
	const char *a, *b, *joined;
} join_cases[] = {
	{ "", "", "" },
	{ "a", "", "a" },
	{ "", "b", "b" },
	{ "", "/b", "/b" },
	{ "a/", "", "a/" },
	{ "a", "b", "a/b" },
	{ "a/", "b", "a/b" },
	{ "a", "/b", "a/b" },
	{ "a/", "/b", "a/b" },
	{ "/", "b", "/b" },
	{ "/", "/", "/" },
	{ "a//", "b", "a//b" },
	{ "a", "../b", "a/../b" },
};

static void join_puts_one_slash(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(join_cases); ++i) {
		const struct join_case *c = &join_cases[i];
		ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
		ctx_buf_adds(&out, ">");
		ctx_path_join(&out, c->a, c->b);
		assert_int_equal(ctx_buf_str(&out)[0], '>');
		assert_string_equal(ctx_buf_str(&out) + 1, c->joined);
	}
}

static const struct part_case {
	const char *path;
	size_t base;
	const char *ext; /* what is at the offset; "" = none */
} part_cases[] = {
	{ "", 0, "" },
	{ "a", 0, "" },
	{ "a.c", 0, ".c" },
	{ "/", 1, "" },
	{ "/a", 1, "" },
	{ "a/", 2, "" },
	{ "a/b.tar.gz", 2, ".gz" },
	{ "a.b/c", 4, "" },
	{ "a.b/", 4, "" },
	{ ".bashrc", 0, "" },
	{ ".bashrc.old", 0, ".old" },
	{ "x/.env", 2, "" },
	{ "x/..env", 2, "" },
	{ "x/..", 2, "" },
	{ "a.", 0, "" },
	{ "a.b.", 0, "" },
	{ "a..b", 0, ".b" },
	{ "...", 0, "" },
};

static void base_and_extension(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(part_cases); ++i) {
		const struct part_case *c = &part_cases[i];
		size_t len = strlen(c->path);
		assert_int_equal(ctx_path_base(c->path, len), c->base);
		size_t ext = ctx_path_ext(c->path, len);
		if (ext > len || strcmp(c->path + ext, c->ext) != 0) {
			fail_msg("'%s': extension at %zu", c->path, ext);
		}
	}
	assert_int_equal(ctx_path_base("a/b", 1), 0);
	assert_int_equal(ctx_path_ext("a.c", 1), 1);
	assert_int_equal(ctx_path_ext("a.c", 2), 2);
}

static const struct within_case {
	const char *path, *dir;
	bool within;
} within_cases[] = {
	{ "", "", true },
	{ "a", "", true },
	{ "/a", "", true },
	{ "a", "a", true },
	{ "a/b", "a", true },
	{ "a/b/c", "a/b", true },
	{ "ab", "a", false },
	{ "a", "ab", false },
	{ "a", "a/b", false },
	{ "a.b", "a", false },
	{ "b/a", "a", false },
	{ "", "a", false },
	{ "/a", "/", true },
	{ "/", "/", true },
	{ "a/b", "a/", true },
	{ "a", "a/", false },
};

static void within_needs_whole_components(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(within_cases); ++i) {
		const struct within_case *c = &within_cases[i];
		if (ctx_path_within(c->path, strlen(c->path), c->dir, strlen(c->dir)) != c->within) {
			fail_msg("'%s' within '%s'", c->path, c->dir);
		}
	}
	assert_true(ctx_path_within(NULL, 0, NULL, 0));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean_equals_go),
		cmocka_unit_test(clean_appends),
		cmocka_unit_test(clean_stops_at_the_length),
		cmocka_unit_test(clean_may_run_out_of_memory),
		cmocka_unit_test(join_puts_one_slash),
		cmocka_unit_test(base_and_extension),
		cmocka_unit_test(within_needs_whole_components),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
