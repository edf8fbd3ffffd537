#include "ctxopt/context/gitpack.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/file.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/git_fixture.h"

/** A repository "p" with forty versions of a file and of a tree, all in one pack; `options` are those of git repack. */
static void make_pack(const char *options) {
	git_make_repo();
	ctx_auto_buf struct ctx_buf script = CTX_BUF_INIT;
	ctx_buf_adds(&script,
		"git init -q p; cd p; seq 3000 >big; for i in $(seq 40); do echo $i >file$i; sed -i ${i}s/$/x/ big; "
		"git add .; git commit -q -m $i; done; git tag -a -m t t\n");
	ctx_buf_addf(&script, "git %s -adfq; cp .git/objects/pack/*.idx ../idx; cp .git/objects/pack/*.pack ../pack\n",
		options);
	ctx_buf_adds(&script,
		"git cat-file --batch-all-objects --batch >../all\n"
		"git cat-file --batch-all-objects --batch-check='%(deltabase)' | grep -vc '^0*$'\n");
	git_sh(ctx_buf_str(&script));
}

/** Read a file whole. */
static void read_file(struct ctx_buf *out, const char *name) {
	assert_int_equal(ctx_read_at(out, AT_FDCWD, name, 1 << 24, NULL), 0);
}

/** The type of an object by its name. */
static enum ctx_gitpack_type type_of(const char *name) {
	return strncmp(name, "commit", 6) == 0  ? CTX_GITPACK_COMMIT
		: strncmp(name, "tree", 4) == 0 ? CTX_GITPACK_TREE
		: strncmp(name, "blob", 4) == 0 ? CTX_GITPACK_BLOB
						: CTX_GITPACK_TAG;
}

/** An object as "git cat-file --batch" prints it. */
struct listed {
	unsigned char id[CTX_GITPACK_ID];
	enum ctx_gitpack_type type;
	const char *data;
	size_t len;
};

/** Take the next object of the list; false at the end. */
static bool next_listed(const char **at, const char *end, struct listed *out) {
	if (*at == end) {
		return false;
	}
	for (size_t i = 0; i < CTX_GITPACK_ID; ++i) {
		unsigned byte;
		assert_int_equal(sscanf(*at + 2 * i, "%2x", &byte), 1);
		out->id[i] = (unsigned char)byte;
	}
	const char *type = *at + 2 * CTX_GITPACK_ID + 1;
	out->type = type_of(type);
	out->len = strtoul(strchr(type, ' '), NULL, 10);
	out->data = strchr(type, '\n') + 1;
	*at = out->data + out->len + 1;
	return true;
}

/** Read all objects that git lists, twice; how many were there. */
static size_t check_all(struct ctx_gitpacks *packs) {
	ctx_auto_buf struct ctx_buf all = CTX_BUF_INIT, out = CTX_BUF_INIT;
	read_file(&all, "all");
	size_t count = 0;
	for (unsigned round = 0; round < 2; ++round) {
		struct listed object;
		for (const char *at = all.data; next_listed(&at, all.data + all.len, &object); ++count) {
			ctx_buf_reset(&out);
			assert_int_equal(ctx_gitpacks_read(packs, object.id, object.type, object.len, &out), 1);
			assert_int_equal(out.len, object.len);
			assert_memory_equal(ctx_buf_str(&out), object.data, object.len);
			bool empty = object.len == 0;
			assert_int_equal(ctx_gitpacks_read(packs, object.id, object.type, object.len - !empty, &out),
				empty);
			enum ctx_gitpack_type other = object.type == CTX_GITPACK_BLOB ? CTX_GITPACK_TREE
										      : CTX_GITPACK_BLOB;
			assert_int_equal(ctx_gitpacks_read(packs, object.id, other, SIZE_MAX, &out), 0);
			assert_int_equal(out.len, object.len);
		}
	}
	return count / 2;
}

static void all_objects_are_as_git_prints_them(void **state) {
	(void)state;
	static const char *const ways[] = { "repack --depth=40 --window=50",
		"-c repack.useDeltaBaseOffset=false repack --depth=40", "-c pack.compression=0 repack --depth=1" };
	for (size_t i = 0; i < CTX_COUNTOF(ways); ++i) {
		(void)system("rm -rf r p");
		make_pack(ways[i]);
		struct ctx_gitpacks *packs = ctx_gitpacks_open("p/.git/objects/");
		assert_non_null(packs);
		assert_int_equal(check_all(packs), 40 * 4 + 1);
		ctx_gitpacks_free(packs);
	}
}

static void alternates_are_followed(void **state) {
	(void)state;
	make_pack("repack");
	git_sh("git init -q --bare b; git init -q --bare c; echo ../../p/.git/objects >b/objects/info/alternates\n"
	       "printf '# none\\n%s/b/objects\\n/nowhere\\n../../c/objects\\n' $(pwd) >c/objects/info/alternates");
	struct ctx_gitpacks *packs = ctx_gitpacks_open("c/objects");
	assert_non_null(packs);
	assert_true(check_all(packs) > 100);
	ctx_gitpacks_free(packs);
}

static void what_is_not_there_is_not_found(void **state) {
	(void)state;
	static const unsigned char none[CTX_GITPACK_ID] = { 0 };
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	make_pack("repack");
	struct ctx_gitpacks *packs = ctx_gitpacks_open("nowhere");
	assert_non_null(packs);
	assert_int_equal(ctx_gitpacks_read(packs, none, CTX_GITPACK_BLOB, SIZE_MAX, &out), 0);
	ctx_gitpacks_free(packs);
	packs = ctx_gitpacks_open("p/.git/objects");
	assert_int_equal(ctx_gitpacks_read(packs, none, CTX_GITPACK_BLOB, SIZE_MAX, &out), 0);
	ctx_gitpacks_free(packs);
}

/** Read all objects of what may be damaged; how many were not there. */
static size_t read_damaged(const struct ctx_buf *index, const struct ctx_buf *data, const struct ctx_buf *all) {
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	struct ctx_gitpacks *packs = ctx_gitpacks_open(NULL);
	size_t lost = 0;
	assert_non_null(packs);
	int rc = ctx_gitpacks_add(packs, (const unsigned char *)ctx_buf_str(index), index->len,
		(const unsigned char *)ctx_buf_str(data), data->len);
	assert_true(rc >= 0);
	struct listed object;
	for (const char *at = all->data; next_listed(&at, all->data + all->len, &object);) {
		ctx_buf_reset(&out);
		rc = ctx_gitpacks_read(packs, object.id, object.type, SIZE_MAX, &out);
		assert_true(rc == 0 || rc == 1);
		assert_true(rc == 1 || out.len == 0);
		lost += rc == 0;
	}
	ctx_gitpacks_free(packs);
	return lost;
}

static void damage_is_left_to_the_library(void **state) {
	(void)state;
	make_pack("repack --depth=40");
	ctx_auto_buf struct ctx_buf index = CTX_BUF_INIT, data = CTX_BUF_INIT, all = CTX_BUF_INIT;
	read_file(&index, "idx");
	read_file(&data, "pack");
	read_file(&all, "all");
	assert_int_equal(read_damaged(&index, &data, &all), 0);
	size_t lost = 0;
	for (size_t i = 0; i < data.len; i += 7) {
		data.data[i] = (char)~data.data[i];
		lost += read_damaged(&index, &data, &all);
		data.data[i] = (char)~data.data[i];
	}
	assert_true(lost > data.len / 7);
	for (size_t i = 0; i < index.len; i += 11) {
		index.data[i] = (char)~index.data[i];
		(void)read_damaged(&index, &data, &all);
		index.data[i] = (char)~index.data[i];
	}
	for (size_t len = 0; len < index.len; len += 97) { // cut off
		struct ctx_buf part = { .data = ctx_memdup0(index.data, len), .len = len };
		assert_true(read_damaged(&part, &data, &all) > 100);
		ctx_buf_release(&part);
	}
}

static void every_allocation_may_fail(void **state) {
	(void)state;
	make_pack("repack --depth=40");
	ctx_auto_buf struct ctx_buf all = CTX_BUF_INIT;
	read_file(&all, "all");
	const char *at = all.data;
	struct listed object = { .len = 0 };
	while (object.type != CTX_GITPACK_TREE || object.len < 400) {
		assert_true(next_listed(&at, all.data + all.len, &object));
	}
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc != 1; ++n) {
		ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
		ctx_alloc_fail_after(n);
		struct ctx_gitpacks *packs = ctx_gitpacks_open("p/.git/objects");
		rc = packs == NULL ? CTX_E_NOMEM : ctx_gitpacks_read(packs, object.id, object.type, SIZE_MAX, &out);
		ctx_alloc_fail_after(-1);
		ctx_gitpacks_free(packs);
		assert_true(rc == 1 || rc == CTX_E_NOMEM);
	}
}

/** How many packs this process has mapped. */
static unsigned count_maps(void) {
	ctx_auto_buf struct ctx_buf maps = CTX_BUF_INIT;
	unsigned count = 0;
	read_file(&maps, "/proc/self/maps");
	for (const char *at = ctx_buf_str(&maps); (at = strstr(at, ".pack")) != NULL; ++at) {
		++count;
	}
	return count;
}

/** A thread that reads everything, from the opening to the end, again and again. */
static void *read_all(CTX_UNUSED void *arg) {
	for (unsigned i = 0; i < 3; ++i) {
		struct ctx_gitpacks *packs = ctx_gitpacks_open("p/.git/objects");
		(void)check_all(packs);
		ctx_gitpacks_free(packs);
	}
	return NULL;
}

static void readers_share_a_map(void **state) {
	(void)state;
	make_pack("repack --depth=40");
	struct ctx_gitpacks *first = ctx_gitpacks_open("p/.git/objects"), *second = ctx_gitpacks_open("p/.git/objects");
	assert_non_null(first);
	assert_non_null(second);
	assert_int_equal(count_maps(), 1);
	ctx_gitpacks_free(first);
	assert_int_equal(count_maps(), 1);
	(void)check_all(second);
	git_sh("cd p; f=$(ls .git/objects/pack/*.pack); cp $f new; mv -f new $f"); // the same bytes, but who knows
	first = ctx_gitpacks_open("p/.git/objects");
	assert_int_equal(count_maps(), 2);
	(void)check_all(first);
	(void)check_all(second);
	ctx_gitpacks_free(second);
	assert_int_equal(count_maps(), 1);
	ctx_gitpacks_free(first);
	assert_int_equal(count_maps(), 0);

	pthread_t threads[4];
	for (size_t i = 0; i < CTX_COUNTOF(threads); ++i) {
		assert_int_equal(pthread_create(&threads[i], NULL, read_all, NULL), 0);
	}
	for (size_t i = 0; i < CTX_COUNTOF(threads); ++i) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	}
	assert_int_equal(count_maps(), 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_objects_are_as_git_prints_them, git_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(alternates_are_followed, git_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(what_is_not_there_is_not_found, git_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(damage_is_left_to_the_library, git_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(readers_share_a_map, git_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(every_allocation_may_fail, git_setup, scratch_teardown),
	};
	return cmocka_run_group_tests_name("gitpack", tests, NULL, NULL);
}
