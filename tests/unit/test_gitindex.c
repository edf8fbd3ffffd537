#include "ctxopt/context/gitindex.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/file.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/unit/git_fixture.h"

#define auto_index CTX_CLEANUP(ctx_gitindex_release)

/** Take in the first `max` bytes of the index of "r". */
static int parse(struct ctx_gitindex *index, size_t max) {
	assert_int_equal(ctx_read_at(&index->text, AT_FDCWD, "r/.git/index", CTX_GITINDEX_MAX, NULL), 0);
	index->text.len = index->text.len < max ? index->text.len : max;
	return ctx_gitindex_parse(index, NULL);
}

/** Every path that git tells with mode and id must be found with them, in any order, and nothing else. */
static void agrees_with_git(struct ctx_gitindex *index, size_t count) {
	assert_int_equal(index->entries.count, count);
	git_sh("cd r; git ls-files -s | sed -n 's/^\\([0-7]*\\) \\([0-9a-f]*\\) 0\t/\\1 \\2 /p' >../forth; sort -r ../forth >../back");
	static const char *const orders[] = { "forth", "back" };
	for (size_t i = 0; i < CTX_COUNTOF(orders); ++i) {
		FILE *in = fopen(orders[i], "r");
		assert_non_null(in);
		unsigned mode;
		char hex[64], path[256];
		size_t found = 0;
		for (; fscanf(in, "%o %63s %255[^\n]", &mode, hex, path) == 3; ++found) {
			struct ctx_gitindex_file file;
			assert_true(ctx_gitindex_find(index, CTX_STR(path), &file));
			assert_int_equal(file.mode, mode);
			for (size_t byte = 0; byte < 20; ++byte) {
				assert_int_equal(file.oid[byte],
					ctx_hex_value(hex[2 * byte]) << 4 | ctx_hex_value(hex[2 * byte + 1]));
			}
		}
		assert_int_equal(found, count);
		assert_int_equal(fclose(in), 0);
	}
	static const char *const absent[] = { "", "a", "file2", "sub", "zzz" };
	for (size_t i = 0; i < CTX_COUNTOF(absent); ++i) {
		struct ctx_gitindex_file file;
		assert_false(ctx_gitindex_find(index, CTX_STR(absent[i]), &file));
	}
}

static void each_version_is_read(void **state) {
	(void)state;
	git_make_repo();
	git_sh("cd r\n"
	       "for n in 1 12 123 1234 12345 123456 1234567; do echo $n >sub/$n; done; git add .");
	static const char *const versions[] = { "2", "3", "4" };
	for (size_t i = 0; i < CTX_COUNTOF(versions); ++i) {
		auto_index struct ctx_gitindex index = { 0 };
		ctx_auto_buf struct ctx_buf script = CTX_BUF_INIT;
		ctx_buf_addf(&script,
			"cd r; git update-index --index-version %s; touch -d 2001-02-03T04:05:06.000000007Z file\n"
			"git update-index --refresh; echo new >wanted; git add -N wanted",
			versions[i]);
		git_sh(ctx_buf_str(&script));
		assert_int_equal(parse(&index, SIZE_MAX), 1);
		agrees_with_git(&index, 14);
		struct ctx_gitindex_file file;
		assert_true(ctx_gitindex_find(&index, CTX_STR("file"), &file));
		assert_int_equal(file.mtime_seconds, 981173106);
		assert_int_equal(file.size_bytes, 10);
		git_sh("cd r; git rm -q --cached wanted");
	}
}

static void long_paths_are_whole(void **state) {
	(void)state;
	git_make_repo();
	// The entry has room for lengths up to 4094
	git_sh("cd r; d=$(printf 'd%0200d/' $(seq 30)); echo x | git hash-object -w --stdin >../blob\n"
	       "for n in 4093 4094 4095 4096 6000; do\n"
	       "git update-index --add --cacheinfo 100644,$(cat ../blob),$(printf %.$((n))s ${d}x | sed 's,/$,_,'); done");
	auto_index struct ctx_gitindex index = { 0 };
	assert_int_equal(parse(&index, SIZE_MAX), 1);
	assert_int_equal(index.entries.count, 11);
	size_t longest = 0;
	for (size_t i = 0; i < index.entries.count; ++i) {
		struct ctx_gitindex_file file;
		struct ctx_str path = index.entries.items[i].path;
		longest = path.len > longest ? path.len : longest;
		assert_true(ctx_gitindex_find(&index, path, &file));
	}
	assert_int_equal(longest, 6000);
}

static void conflicts_are_no_entries(void **state) {
	(void)state;
	git_make_repo();
	git_sh("cd r; git checkout -q -b other; echo theirs >file; git commit -q -a -m theirs\n"
	       "git checkout -q main; echo ours >file; git commit -q -a -m ours; ! git merge other");
	auto_index struct ctx_gitindex index = { 0 };
	struct ctx_gitindex_file file;
	assert_int_equal(parse(&index, SIZE_MAX), 1);
	assert_int_equal(index.entries.count, 5);
	assert_false(ctx_gitindex_find(&index, CTX_STR("file"), &file));
	assert_true(ctx_gitindex_find(&index, CTX_STR("empty"), &file));
}

static void what_needs_more_files_is_for_the_library(void **state) {
	(void)state;
	git_make_repo();
	git_sh("cd r; git update-index --split-index");
	auto_index struct ctx_gitindex index = { 0 };
	assert_int_equal(parse(&index, SIZE_MAX), 0);
}

static void damage_is_for_the_library(void **state) {
	(void)state;
	git_make_repo();
	for (int version = 2; version <= 4; version += 2) {
		git_sh(version == 2 ? "cd r; git update-index --index-version 2"
				    : "cd r; git update-index --index-version 4");
		size_t size;
		{
			auto_index struct ctx_gitindex index = { 0 };
			assert_int_equal(parse(&index, SIZE_MAX), 1);
			size = index.text.len;
			assert_int_equal(index.entries.count, 6);
		}
		for (size_t len = 0; len < size; ++len) {
			auto_index struct ctx_gitindex index = { 0 };
			// What is cut within the extensions may pass for a hash; every entry is there then
			assert_true(parse(&index, len) == 0 || index.entries.count == 6);
		}
		for (size_t at = 0; at < size; ++at) {
			auto_index struct ctx_gitindex index = { 0 };
			assert_int_equal(ctx_read_at(&index.text, AT_FDCWD, "r/.git/index", CTX_GITINDEX_MAX, NULL), 0);
			index.text.data[at] = (char)~index.text.data[at];
			int rc = ctx_gitindex_parse(&index, NULL);
			assert_true(rc == 0 || rc == 1);
			for (size_t i = 0; i < index.entries.count; ++i) {
				struct ctx_gitindex_file file;
				(void)ctx_gitindex_find(&index, index.entries.items[i].path, &file);
			}
		}
	}
}

static void every_allocation_may_fail(void **state) {
	(void)state;
	git_make_repo();
	git_sh("cd r; git update-index --index-version 4");
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc != 1; ++n) {
		auto_index struct ctx_gitindex index = { 0 };
		assert_int_equal(ctx_read_at(&index.text, AT_FDCWD, "r/.git/index", CTX_GITINDEX_MAX, NULL), 0);
		ctx_alloc_fail_after(n);
		rc = ctx_gitindex_parse(&index, NULL);
		ctx_alloc_fail_after(-1);
		assert_true(rc == 1 || rc == CTX_E_NOMEM);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_version_is_read, git_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(long_paths_are_whole, git_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(conflicts_are_no_entries, git_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(what_needs_more_files_is_for_the_library, git_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(damage_is_for_the_library, git_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(every_allocation_may_fail, git_setup, scratch_teardown),
	};
	return cmocka_run_group_tests_name("gitindex", tests, NULL, NULL);
}
