#include "analyzer/cache/imagekey.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/cache_lab.h"

/** Make the key of a Dockerfile over a tree; what ana_imagekey_make() returned. */
static int make(struct ana_imagekey *out, const char *dockerfile, const char *tree, const struct lab_how *how,
	struct ctx_error *err) {
	static const struct lab_how usual;
	struct lab lab = { 0 };
	lab_open(&lab, NULL);
	struct ana_variant *v = lab_variant(dockerfile, how != NULL ? how : &usual);
	assert_true(CTX_VEC_PUSH(&lab.variants, v));
	struct ana_content_maker *maker = NULL;
	struct ctx_arena arena = { 0 };
	struct ana_dir **roots = ctx_calloc(v->graph.locals.count + 1, sizeof(struct ana_dir *));
	struct ana_content *contents = ctx_calloc(v->keys.input_total + 1, sizeof(*contents));
	assert_true(roots != NULL && contents != NULL);
	roots[0] = lab_tree(lab.store, tree);
	assert_int_equal(ana_content_maker_new(&maker, &v->graph, &v->keys, lab.selections,
				 &(struct ana_assumptions){ 0 }, NULL),
		0);
	assert_int_equal(ana_contents_make(maker, lab.store, roots, contents, &arena, NULL), 0);
	int rc = ana_imagekey_make(out, v, contents, err);
	// Names of parts point into the variant
	for (size_t i = 0; i < out->parts.count; ++i) {
		struct ctx_str *name = &out->parts.items[i].name;
		*name = (struct ctx_str){ ctx_arena_memdup0(&out->arena, name->ptr, name->len), name->len };
		assert_non_null(name->ptr);
	}
	ana_content_maker_free(maker);
	ctx_arena_release(&arena);
	free(roots);
	free(contents);
	lab_close(&lab);
	return rc;
}

/** The key as text. */
static struct ctx_digest digest_of(const char *dockerfile, const char *tree, const struct lab_how *how) {
	struct ana_imagekey key = { 0 };
	assert_int_equal(make(&key, dockerfile, tree, how, NULL), 0);
	struct ctx_digest digest = key.digest;
	ana_imagekey_release(&key);
	return digest;
}

#define USUAL \
	"FROM b AS s\nCOPY d /d\nRUN make\nFROM b\nARG A=1\nCOPY a /a\nCOPY --from=s /o /o\nCMD x\nLABEL l=1 m=2\n"
#define TREE "a b=2 d/x d/y=2"
/* What changes the key of USUAL, and what does not. */
static const struct key_edit {
	const char *name, *dockerfile, *tree;
	struct lab_how how;
	bool same;
} key_edits[] = {
	{ "nothing", USUAL, TREE, .same = true },
	{ "a comment", "# c\n" USUAL, TREE, .same = true },
	{ "a file that nobody reads", USUAL, "a b=3 d/x d/y=2", .same = true },
	{ "a build argument as the default", USUAL, TREE, .how.build_arg = "A=1", .same = true },
	{ "a build argument that no step uses", USUAL, TREE, .how.build_arg = "A=2", .same = true },
	{ "content", USUAL, "a=5 b=2 d/x d/y=2", .same = false },
	{ "mode", USUAL, "a! b=2 d/x d/y=2", .same = false },
	{ "content that a RUN of another stage reads", USUAL, "a b=2 d/x=7 d/y=2", .same = false },
	{ "a file added", USUAL, "a b=2 d/x d/y=2 d/z", .same = false },
	{ "a RUN of another stage",
		"FROM b AS s\nCOPY d /d\nRUN more\nFROM b\nARG A=1\nCOPY a /a\nCOPY --from=s /o /o\nCMD x\nLABEL l=1 m=2\n",
		TREE, .same = false },
	{ "the base",
		"FROM c AS s\nCOPY d /d\nRUN make\nFROM b\nARG A=1\nCOPY a /a\nCOPY --from=s /o /o\nCMD x\nLABEL l=1 m=2\n",
		TREE, .same = false },
	{ "CMD",
		"FROM b AS s\nCOPY d /d\nRUN make\nFROM b\nARG A=1\nCOPY a /a\nCOPY --from=s /o /o\nCMD y\nLABEL l=1 m=2\n",
		TREE, .same = false },
	{ "a label",
		"FROM b AS s\nCOPY d /d\nRUN make\nFROM b\nARG A=1\nCOPY a /a\nCOPY --from=s /o /o\nCMD x\nLABEL l=2 m=2\n",
		TREE, .same = false },
	{ "a variable", USUAL "ENV E=1\n", TREE, .same = false },
	{ "the target", USUAL, TREE, .how.target = "s", .same = false },
};

static void what_changes_a_key(void **state) {
	(void)state;
	const struct ctx_digest usual = digest_of(USUAL, TREE, NULL);
	int wrong = 0;
	for (size_t i = 0; i < CTX_COUNTOF(key_edits); ++i) {
		const struct key_edit *e = &key_edits[i];
		struct ctx_digest digest = digest_of(e->dockerfile, e->tree, &e->how);
		if (ctx_digest_equal(&digest, &usual) != e->same) {
			print_error("%s\n", e->name);
			++wrong;
		}
	}
	assert_int_equal(wrong, 0);
}

/* Each is a key that people may have as a tag.  If one has to change, raise ANA_IMAGEKEY_VERSION, and tell them in CHANGELOG. */
static const struct {
	const char *dockerfile, *tree, *want;
} vectors[] = {
	{ "FROM scratch\n", "", "b85a317872b7137abef46def33fb1e4a" },
	{ "FROM b\n", "", "9f117276884c404524776f1d2587ab35" },
	{ USUAL, TREE, "66e645d1067302b570d5d0b9210466cc" },
	{ "FROM b\nENV A=1\nEXPOSE 80\nVOLUME /v\nSHELL [\"/s\"]\nENTRYPOINT [\"e\"]\nHEALTHCHECK CMD h\nONBUILD RUN o\n"
	  "MAINTAINER m\nSTOPSIGNAL 9\nUSER u\nWORKDIR /w\n",
		"", "42ec35bc65e48acaf1776c533c313557" },
};

static void vectors_of_this_version(void **state) {
	(void)state;
	int wrong = 0;
	for (size_t i = 0; i < CTX_COUNTOF(vectors); ++i) {
		struct ctx_digest digest = digest_of(vectors[i].dockerfile, vectors[i].tree, NULL);
		char hex[2 * sizeof(digest) + 1];
		for (size_t k = 0; k < sizeof(digest); ++k) {
			snprintf(hex + 2 * k, 3, "%02x", digest.bytes[k]);
		}
		if (strcmp(hex, vectors[i].want) != 0) {
			print_error("vector %zu: %s\n", i, hex);
			++wrong;
		}
	}
	assert_int_equal(wrong, 0);
	assert_int_equal(ANA_IMAGEKEY_VERSION, 1);
}

static void parts(void **state) {
	(void)state;
	struct ana_imagekey key = { 0 };
	assert_int_equal(make(&key, "FROM b\nLABEL l=1\nCOPY a /\nLABEL l=2\nCMD x\nCMD y\n", "a", NULL, NULL), 0);
	static const char *const want[] = { "source docker-image://docker.io/library/b:latest", "step [2/2] COPY a /",
		"config LABEL l", "config CMD", "config WORKDIR", "platform platform" };
	assert_int_equal(key.parts.count,
		CTX_COUNTOF(want)); // a later setting of a name takes the place of the one before
	for (size_t i = 0; i < key.parts.count; ++i) {
		char text[128];
		const struct ana_imagekey_part *p = &key.parts.items[i];
		snprintf(text, sizeof(text), "%s %.*s", ana_imagekey_kind_name(p->kind), (int)p->name.len, p->name.ptr);
		assert_string_equal(text, want[i]);
		assert_int_equal(p->step, p->kind == ANA_IMAGEKEY_STEP ? 0 : ANA_NONE);
	}
	ana_imagekey_release(&key);
}

static void errors(void **state) {
	(void)state;
	struct ana_imagekey key = { 0 };
	struct ctx_error err = { 0 };
	const struct lab_how named = { .context = "ctx" };
	int rc = make(&key, "FROM ctx\nRUN x\n", "a", &named, &err);
	if (rc != CTX_E_UNSUPPORTED) {
		fail_msg("%d: %s", rc, err.msg);
	}
	assert_non_null(strstr(err.msg, "works on a context itself"));
	ana_imagekey_release(&key);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_changes_a_key),
		cmocka_unit_test(vectors_of_this_version),
		cmocka_unit_test(parts),
		cmocka_unit_test(errors),
	};
	return cmocka_run_group_tests_name("imagekey", tests, NULL, NULL);
}
