#include "ctxopt/context/gittree.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/git_fixture.h"

/** Read an object id from a file that a script wrote. */
static struct ctx_oid oid_in(const char *file) {
	struct ctx_oid oid = { .len = 20 };
	FILE *in = fopen(file, "r");
	assert_non_null(in);
	for (size_t i = 0; i < oid.len; ++i) {
		unsigned byte = 0;
		assert_int_equal(fscanf(in, "%2x", &byte), 1);
		oid.bytes[i] = (unsigned char)byte;
	}
	assert_int_equal(fclose(in), 0);
	return oid;
}

/** Read a tree, which must fail. */
static void fails(struct ctx_gitrepo *repo, const char *file, enum ctx_errc code, const char *message) {
	ctx_auto_gittree struct ctx_gittree tree = { 0 };
	struct ctx_oid oid = oid_in(file);
	struct ctx_error err = { 0 };
	assert_int_equal(ctx_gittree_read(&tree, repo, &oid, &err), code);
	assert_non_null(strstr(err.msg, message));
	assert_int_equal(tree.count, 0);
}

static void ids_are_hex(void **state) {
	(void)state;
	char hex[CTX_OID_HEX_MAX];
	struct ctx_oid a = { .bytes = { 0x01, 0xaf }, .len = 2 }, b = a, none = { .len = 0 };
	assert_string_equal(ctx_oid_hex(hex, &a), "01af");
	assert_string_equal(ctx_oid_hex(hex, &none), "");
	assert_true(ctx_oid_equal(&a, &b));
	b.bytes[1] = 0;
	assert_false(ctx_oid_equal(&a, &b));
	assert_false(ctx_oid_equal(&a, &none));
}

static void a_tree_has_its_entries_in_order(void **state) {
	(void)state;
	git_make_repo();
	git_sh("cd r; mkdir a; echo 1 >a/x; echo 2 >a.b; echo 3 >a-b; git add .; git commit -q -m three\n"
	       "git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),module; git write-tree >../tree");
	static const struct {
		const char *name;
		enum ctx_kind kind;
		bool executable, submodule;
	} rows[] = {
		{ "a", CTX_KIND_DIR, false, false },
		{ "a-b", CTX_KIND_FILE, false, false },
		{ "a.b", CTX_KIND_FILE, false, false },
		{ "empty", CTX_KIND_FILE, false, false },
		{ "file", CTX_KIND_FILE, false, false },
		{ "link", CTX_KIND_SYMLINK, false, false },
		{ "module", CTX_KIND_DIR, false, true },
		{ "sub", CTX_KIND_DIR, false, false },
		{ "sub.txt", CTX_KIND_FILE, false, false },
	};
	struct ctx_gitrepo *repo = git_open_repo("r");
	ctx_auto_gittree struct ctx_gittree tree = { 0 };
	struct ctx_oid oid = oid_in("tree");
	assert_int_equal(ctx_gittree_read(&tree, repo, &oid, NULL), 0);
	assert_int_equal(tree.count, CTX_COUNTOF(rows));
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		const struct ctx_gittree_entry *e = &tree.entries[i];
		assert_string_equal(e->name, rows[i].name);
		assert_int_equal(e->name_len, strlen(rows[i].name));
		assert_int_equal(e->kind, rows[i].kind);
		assert_int_equal(e->executable, rows[i].executable);
		assert_int_equal(e->submodule, rows[i].submodule);
		assert_ptr_equal(ctx_gittree_find(&tree, e->name, e->name_len), e);
	}
	assert_null(ctx_gittree_find(&tree, "a.", 2));
	assert_null(ctx_gittree_find(&tree, "zzz", 3));

	// The next tree is read into the same memory
	struct ctx_oid sub = ctx_gittree_find(&tree, "sub", 3)->oid;
	assert_int_equal(ctx_gittree_read(&tree, repo, &sub, NULL), 0);
	assert_int_equal(tree.count, 2);
	assert_string_equal(tree.entries[0].name, "deep");
	assert_string_equal(tree.entries[1].name, "exec");
	assert_true(tree.entries[1].executable);
	ctx_gitrepo_free(repo);
}

static void trees_in_the_wrong_order_are_sorted(void **state) {
	(void)state;
	git_make_repo();
	git_sh("cd r; x='\\1\\2\\3\\4\\5\\6\\7\\1\\2\\3\\4\\5\\6\\7\\1\\2\\3\\4\\5\\6'\n"
	       "for i in $(seq 300 -1 101); do printf \"100664 n$i\\0$x\"; done >t\n"
	       "git hash-object -w --literally -t tree t >../wrong\n"
	       "(cat t; printf \"100644 n200\\0$x\") >u; git hash-object -w --literally -t tree u >../far\n"
	       "printf \"100644 a\\0${x}100755 a\\0$x\" >u; git hash-object -w --literally -t tree u >../near");
	struct ctx_gitrepo *repo = git_open_repo("r");
	ctx_auto_gittree struct ctx_gittree tree = { 0 };
	struct ctx_oid oid = oid_in("wrong");
	assert_int_equal(ctx_gittree_read(&tree, repo, &oid, NULL), 0);
	assert_int_equal(tree.count, 200);
	for (uint32_t i = 0; i < tree.count; ++i) {
		char name[8];
		(void)snprintf(name, sizeof(name), "n%u", 101 + i);
		assert_string_equal(tree.entries[i].name, name);
	}
	fails(repo, "far", CTX_E_CORRUPT, "two entries of one name");
	fails(repo, "near", CTX_E_CORRUPT, "two entries of one name");
	ctx_gitrepo_free(repo);
}

static void damage_is_told(void **state) {
	(void)state;
	git_make_repo();
	git_sh("cd r; t() { git hash-object -w --literally -t tree u >../$1; }\n"
	       "id='\\1\\2\\3\\4\\5\\6\\7\\1\\2\\3\\4\\5\\6\\7\\1\\2\\3\\4\\5\\6'\n"
	       "printf '100644 a\\0short' >u; t short; printf '100644 a' >u; t no-nul; printf 'x a\\0'$id >u; t no-mode\n"
	       "printf '777777777777 a\\0'$id >u; t long-mode; printf '100644 \\0'$id >u; t no-name\n"
	       "printf '100644 .gIt\\0'$id >u; t dot-git; printf '40000 ..\\0'$id >u; t up\n"
	       "printf '40000 .\\0'$id >u; t here; printf '40000 a/b\\0'$id >u; t slash\n"
	       "git rev-parse HEAD >../commit; echo 0123456789012345678901234567890123456789 >../missing\n"
	       "git rev-parse HEAD^{tree} >../damaged\n"
	       "f=.git/objects/$(sed 's/../&\\//' ../damaged); chmod +w $f; echo broken >$f");
	struct ctx_gitrepo *repo = git_open_repo("r");
	static const char *const damaged[] = { "short", "no-nul", "no-mode", "long-mode" };
	for (size_t i = 0; i < CTX_COUNTOF(damaged); ++i) {
		fails(repo, damaged[i], CTX_E_CORRUPT, "it is damaged");
	}
	static const char *const named[] = { "no-name", "dot-git", "up", "here", "slash" };
	for (size_t i = 0; i < CTX_COUNTOF(named); ++i) {
		fails(repo, named[i], CTX_E_CORRUPT, "which git does not check out");
	}
	fails(repo, "commit", CTX_E_CORRUPT, "of another type");
	fails(repo, "missing", CTX_E_CORRUPT, "not in the repository");
	fails(repo, "damaged", CTX_E_CORRUPT, "cannot read tree");

	ctx_auto_gittree struct ctx_gittree tree = { 0 };
	struct ctx_oid sha256 = { .len = 32 };
	assert_int_equal(ctx_gittree_read(&tree, repo, &sha256, NULL), CTX_E_CORRUPT);
	ctx_gitrepo_free(repo);
}

static void blobs_are_read_up_to_a_limit(void **state) {
	(void)state;
	git_make_repo();
	git_sh("cd r; git rev-parse v1:file >../blob; git rev-parse HEAD >../commit\n"
	       "echo 0123456789012345678901234567890123456789 >../missing");
	struct ctx_gitrepo *repo = git_open_repo("r");
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	struct ctx_oid oid = oid_in("blob");
	assert_int_equal(ctx_gitblob_read(repo, &oid, 5, &out, NULL), 0);
	assert_string_equal(ctx_buf_str(&out), "12345");
	assert_int_equal(ctx_gitblob_read(repo, &oid, 4, &out, NULL), CTX_E_LIMIT);
	oid = oid_in("commit");
	assert_int_equal(ctx_gitblob_read(repo, &oid, 5, &out, NULL), CTX_E_CORRUPT);
	oid = oid_in("missing");
	struct ctx_error err;
	assert_int_equal(ctx_gitblob_read(repo, &oid, 5, &out, &err), CTX_E_CORRUPT);
	assert_string_equal(err.msg, "blob 012345678901 is not in the repository (a partial clone?)");
	oid.len = 32;
	assert_int_equal(ctx_gitblob_read(repo, &oid, 5, &out, NULL), CTX_E_CORRUPT);
	assert_string_equal(ctx_buf_str(&out), "12345");
	ctx_gitrepo_free(repo);
}

static void every_allocation_may_fail(void **state) {
	(void)state;
	git_make_repo();
	git_sh("cd r; git rev-parse HEAD^{tree} >../tree; git rev-parse HEAD:file >../blob");
	struct ctx_gitrepo *repo = git_open_repo("r");
	struct ctx_oid tree_oid = oid_in("tree"), blob_oid = oid_in("blob");
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc != 0; ++n) {
		ctx_auto_gittree struct ctx_gittree tree = { 0 };
		ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
		ctx_alloc_fail_after(n);
		rc = ctx_gittree_read(&tree, repo, &tree_oid, NULL);
		if (rc == 0) {
			rc = ctx_gitblob_read(repo, &blob_oid, 100, &out, NULL);
		}
		ctx_alloc_fail_after(-1);
		assert_true(rc == 0 || rc == CTX_E_NOMEM);
	}
	ctx_gitrepo_free(repo);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_hex),
		cmocka_unit_test_setup_teardown(a_tree_has_its_entries_in_order, git_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(trees_in_the_wrong_order_are_sorted, git_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(damage_is_told, git_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(blobs_are_read_up_to_a_limit, git_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(every_allocation_may_fail, git_setup, scratch_teardown),
	};
	return cmocka_run_group_tests_name("gittree", tests, NULL, NULL);
}
