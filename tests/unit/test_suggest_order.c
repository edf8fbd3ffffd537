#include "analyzer/advice/suggest_order.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/unit/cache_lab.h"

/** What the files of all trees hold, by name; others are empty. */
static const char *const contents[][2] = {
	{ "package.json", "{\"name\": \"x\"}" },
	{ "package-lock.json", "{\"lockfileVersion\": 3, \"packages\": {}}" },
	{ "named/package.json", "{\"name\": \"x\", \"config\": {\"at\": \"COMMIT\"}}" },
	{ "named/package-lock.json", "{\"lockfileVersion\": 3, \"packages\": {}}" },
};

/** ana_order_evidence.read. */
static int read_content(void *arg, const char *path, size_t max, struct ctx_buf *out, struct ctx_error *err) {
	(void)arg, (void)max, (void)err;
	for (size_t i = 0; i < CTX_COUNTOF(contents); ++i) {
		ctx_buf_adds(out, strcmp(contents[i][0], path) == 0 ? contents[i][1] : "");
	}
	return 1;
}

/** ana_order_evidence.local: everything that no commit has is ignored. */
static enum ana_order_local never(void *arg, const char *path) {
	(void)arg, (void)path;
	return ANA_ORDER_NEVER;
}

#define NODE "package.json package-lock.json src/a named/package.json named/package-lock.json"

/* A Dockerfile, what the context holds, which arguments vary; the file with most moves below its last costly RUN that anything may go
 * below, NULL if there is none; and the weakest class of proof. */
static const struct order_case {
	const char *name, *dockerfile, *tree, *varying, *want;
	enum ana_proof proof;
} cases[] = {
	{ "a copy", "FROM b\nWORKDIR /a\nCOPY . .\nRUN npm ci\n", NODE, NULL,
		"FROM b\nWORKDIR /a\nCOPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\n",
		ANA_PROOF_EQUIVALENT },
	{ "quotes of flags", "FROM b\nARG U=1\nWORKDIR /a\nCOPY --chmod='644'  --chown=\"$U:0\" . .\nRUN npm ci\n",
		NODE, NULL,
		"FROM b\nARG U=1\nWORKDIR /a\nCOPY --chmod='644' --chown=\"$U:0\" package.json package-lock.json ./\nRUN npm ci\n"
		"COPY --chmod='644'  --chown=\"$U:0\" . .\n",
		ANA_PROOF_EQUIVALENT },
	{ "another directory in between", "FROM b\nWORKDIR /a\nCOPY . .\nWORKDIR named\nRUN npm ci\n", NODE, NULL,
		"FROM b\nWORKDIR /a\nWORKDIR named\nCOPY package.json /a/\nCOPY named/package.json named/package-lock.json /a/named/\nRUN npm ci\nCOPY . /a/\n",
		ANA_PROOF_EQUIVALENT },
	{ "of which the copy is a part",
		"FROM b\nWORKDIR /a\nCOPY src s\nCOPY src/a ./b.c\nWORKDIR /c\nRUN apt-get install -y x\n", NODE, NULL,
		"FROM b\nWORKDIR /a\nWORKDIR /c\nRUN apt-get install -y x\nCOPY src /a/s\nCOPY src/a /a/b.c\n",
		ANA_PROOF_EQUIVALENT },
	{ "at the root", "FROM b\nCOPY src/a .\nWORKDIR /c\nRUN apt-get install -y x\n", NODE, NULL,
		"FROM b\nWORKDIR /c\nRUN apt-get install -y x\nCOPY src/a /\n", ANA_PROOF_EQUIVALENT },
	{ "of another stage",
		"FROM c AS c\nRUN x\nFROM b\nWORKDIR /a\nCOPY --from=c /x ./\nWORKDIR /c\nRUN apt-get install -y x\n",
		"a", NULL,
		"FROM c AS c\nRUN x\nFROM b\nWORKDIR /a\nWORKDIR /c\nRUN apt-get install -y x\nCOPY --from=c /x /a/\n",
		ANA_PROOF_EQUIVALENT },
	{ "a file where the directory would be",
		"FROM b\nWORKDIR /a\nCOPY . .\nWORKDIR src/a\nRUN apt-get install -y x\n", NODE, NULL, NULL, 0 },
	{ "or a link", "FROM b\nWORKDIR /a\nCOPY . /a\nWORKDIR l\nRUN apt-get install -y x\n", "src/a l>src", NULL,
		NULL, 0 },
	{ "what cannot be rewritten",
		"FROM b\nWORKDIR /a\nCOPY [\"src\", \"s\"]\nWORKDIR /c\nRUN apt-get install -y x\n", NODE, NULL, NULL,
		0 },
	{ "nor by a variable", "FROM b\nENV D=s\nWORKDIR /a\nCOPY src $D\nWORKDIR /c\nRUN apt-get install -y x\n", NODE,
		NULL, NULL, 0 },
	{ "a variable that does not vary", "FROM b\nARG COMMIT\nRUN apt-get install -y x\n", "a", NULL, NULL, 0 },
	{ "one that does", "FROM b\nARG COMMIT\nRUN apt-get install -y x\nRUN y\n", "a", "COMMIT",
		"FROM b\nRUN apt-get install -y x\nARG COMMIT\nRUN y\n", ANA_PROOF_EQUIVALENT },
	{ "several of one ARG", "FROM b\nARG A_A=1 COMMIT\nRUN apt-get install -y x\n", "a", "COMMIT",
		"FROM b\nRUN apt-get install -y x\nARG A_A=1 COMMIT\n", ANA_PROOF_EQUIVALENT },
	{ "what follows it", "FROM b\nARG COMMIT\nENV VER=v$COMMIT ON=1\nENV MODE=x\nRUN apt-get install -y x\n", "a",
		"COMMIT", "FROM b\nRUN apt-get install -y x\nARG COMMIT\nENV VER=v$COMMIT ON=1\nENV MODE=x\n",
		ANA_PROOF_EQUIVALENT },
	{ "none before it", "FROM b\nENV MODE=x\nARG COMMIT\nRUN apt-get install -y x\n", "a", "COMMIT",
		"FROM b\nENV MODE=x\nRUN apt-get install -y x\nARG COMMIT\n", ANA_PROOF_EQUIVALENT },
	{ "past an ENV", "FROM b\nARG COMMIT\nENV DEBIAN_PRIORITY=low\nENV MODE=x\nRUN apt-get install -y x\n", "a",
		"COMMIT", "FROM b\nENV DEBIAN_PRIORITY=low\nENV MODE=x\nRUN apt-get install -y x\nARG COMMIT\n",
		ANA_PROOF_EQUIVALENT },
	{ "no ENV past an ENV",
		"FROM b\nARG COMMIT\nENV V_V=$COMMIT\nENV DEBIAN_PRIORITY=low\nRUN apt-get install -y x\n", "a",
		"COMMIT", NULL, 0 },
	{ "nor what another one is made of", "FROM b\nARG COMMIT\nENV DEBIAN_X=$COMMIT\nRUN apt-get install -y x\n",
		"a", "COMMIT", NULL, 0 },
	{ "nor one that is made of another",
		"FROM b\nARG DEBIAN_X=1\nARG COMMIT=$DEBIAN_X\nARG DEBIAN_X=2\nRUN apt-get install -y x\n", "a",
		"COMMIT", NULL, 0 },
	{ "not past what names it", "FROM b\nARG COMMIT\nLABEL v=$COMMIT\nRUN apt-get install -y x\n", "a", "COMMIT",
		NULL, 0 },
	{ "in a script of a RUN", "FROM b\nARG COMMIT\nRUN apt-get install -y x && echo \"$COMMIT\"\n", "a", "COMMIT",
		NULL, 0 },
	{ "not past an unknown step", "FROM b\nARG COMMIT\nRUN ./x\nRUN apt-get install -y x\n", "a", "COMMIT", NULL,
		0 },
	{ "not past who looks at it", "FROM b\nARG DEBIAN_X\nRUN apt-get install -y x\n", "a", "DEBIAN_X", NULL, 0 },
	{ "nor at all variables of a kind", "FROM b\nARG LC_ALL\nRUN apt-get install -y x\n", "a", "LC_ALL", NULL, 0 },
	{ "not PATH", "FROM b\nARG COMMIT\nENV PATH=/$COMMIT\nRUN apt-get install -y x\n", "a", "COMMIT", NULL, 0 },
	{ "past packages with scripts", "FROM b\nWORKDIR /a\nARG COMMIT\nCOPY package*.json ./\nRUN npm ci\nRUN y\n",
		NODE, "COMMIT", "FROM b\nWORKDIR /a\nCOPY package*.json ./\nRUN npm ci\nARG COMMIT\nRUN y\n",
		ANA_PROOF_REVIEW },
	{ "not if a file names it",
		"FROM b\nWORKDIR /a\nARG COMMIT\nCOPY named/package.json named/package-lock.json ./\nRUN npm ci\nRUN y\n",
		NODE, "COMMIT", NULL, 0 },
	{ "not if the package manager may", "FROM b\nWORKDIR /a\nARG NPM_TOKEN\nCOPY package*.json ./\nRUN npm ci\n",
		NODE, "NPM_TOKEN", NULL, 0 },
	{ "nor if a file is not known",
		"FROM c AS c\nRUN x\nFROM b\nWORKDIR /a\nARG COMMIT\nCOPY --from=c /x ./\nRUN npm ci\n", NODE, "COMMIT",
		NULL, 0 },
	{ "a heredoc", "FROM b\nARG COMMIT\nCOPY <<E /x\n$COMMIT\nE\nRUN apt-get install -y x\n", "a", "COMMIT", NULL,
		0 },
	{ "with a copy that names it", "FROM b\nWORKDIR /a\nARG COMMIT\nCOPY --chown=$COMMIT . .\nRUN npm ci\n", NODE,
		"COMMIT",
		"FROM b\nWORKDIR /a\nARG COMMIT\nCOPY --chown=$COMMIT package.json package-lock.json ./\nRUN npm ci\nCOPY --chown=$COMMIT . .\n",
		ANA_PROOF_EQUIVALENT },
	{ "of its stage only",
		"FROM b AS s\nARG COMMIT\nRUN x\nFROM b\nCOPY --from=s /x /x\nARG OTHER\nRUN apt-get install -y x\n",
		"a", "COMMIT",
		"FROM b AS s\nARG COMMIT\nRUN x\nFROM b\nARG OTHER\nRUN apt-get install -y x\nCOPY --from=s /x /x\n",
		ANA_PROOF_EQUIVALENT },
};

/** A case being looked at. */
struct looking {
	struct ana_variant *variant;
	struct ana_filetree *store;
	struct ana_order_evidence evidence;
	struct ctx_str varying;
};

/** Open it. */
static void open_case(struct looking *l, const struct order_case *c) {
	l->variant = lab_variant(c->dockerfile, &(struct lab_how){ 0 });
	assert_int_equal(ana_filetree_new(&l->store, NULL, 022, NULL), 0);
	l->varying = CTX_STR(c->varying != NULL ? c->varying : "");
	l->evidence = (struct ana_order_evidence){ .variant = l->variant,
		.store = l->store,
		.root = lab_tree(l->store, c->tree),
		.varying = &l->varying,
		.varying_count = c->varying != NULL,
		.read = read_content,
		.local = never };
}

static void close_case(struct looking *l) {
	ana_filetree_free(l->store);
	ana_variant_free(l->variant);
}

/** The order of a case: whether anything moves. */
static bool find_order(struct ana_order *order, uint32_t *to) {
	bool moved = false;
	for (uint32_t run = ana_order_count(order); !moved && run-- > 0;) {
		for (uint32_t i = 0; i < ana_order_count(order); ++i) {
			to[i] = i;
		}
		moved = ana_order_is_costly(order, run) && ana_order_candidate(order, run, to);
	}
	return moved;
}

/** The weakest class of a story, in which the numbers must fit. */
static enum ana_proof weakest(const struct ana_order_story *story) {
	enum ana_proof proof = ANA_PROOF_IDENTICAL;
	for (size_t i = 0; i < story->changes.count; ++i) {
		const struct ana_order_change *change = &story->changes.items[i];
		proof = change->proof > proof ? change->proof : proof;
		assert_true((change->review != NULL) == (change->proof == ANA_PROOF_REVIEW));
		assert_true(change->below_line > change->line);
	}
	return proof;
}

static void orders(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(cases); ++i) {
		struct looking l;
		struct ana_order *order = NULL;
		struct ctx_error err = { 0 };
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		open_case(&l, &cases[i]);
		assert_int_equal(ana_order_new(&order, &l.evidence, &err), 0);
		uint32_t *to = calloc(ana_order_count(order) + 1, sizeof(*to));
		bool moved = to != NULL && find_order(order, to);
		if (moved != (cases[i].want != NULL)) {
			fail_msg("%s: %s", cases[i].name, moved ? "something moved" : "nothing moved");
		}
		if (moved) {
			struct ana_order_story story = { 0 };
			assert_int_equal(ana_order_text(order, to, &text, &err), 0);
			assert_string_equal(ctx_buf_str(&text), cases[i].want);
			struct ana_variant *now = lab_variant(ctx_buf_str(&text), &(struct lab_how){ 0 });
			assert_true(ana_order_check(order, now));
			assert_int_equal(ana_order_explain(order, to, &story, &err), 0);
			assert_int_equal(weakest(&story), cases[i].proof);
			ana_order_story_release(&story);
			ana_variant_free(now);
		}
		ana_order_free(order);
		free(to);
		close_case(&l);
	}
}

/* Files that build something else, of which the last line must know. */
static const struct {
	const char *name, *now;
} others[] = {
	{ "a variable is gone", "FROM b\nENV MODE=x\nENV OTHER=y\nRUN apt-get install -y x\nARG UID=1\nRUN y\n" },
	{ "another one is missing",
		"FROM b\nARG COMMIT=1\nENV MODE=x\nRUN apt-get install -y x\nENV OTHER=y\nARG UID=1\nRUN y\n" },
	{ "another value",
		"FROM b\nENV MODE=y\nENV OTHER=y\nARG COMMIT=1\nRUN apt-get install -y x\nARG UID=1\nRUN y\n" },
	{ "another value of one that moves",
		"FROM b\nENV MODE=x\nENV OTHER=y\nRUN apt-get install -y x\nARG UID=1\nARG COMMIT=2\nRUN y\n" },
	{ "one more", "FROM b\nENV MODE=x\nENV OTHER=y\nARG COMMIT=1\nARG UID=1\nRUN apt-get install -y x\nRUN y\n" },
	{ "another order",
		"FROM b\nENV OTHER=y\nENV MODE=x\nRUN apt-get install -y x\nARG UID=1\nARG COMMIT=1\nRUN y\n" },
	{ "in front of all",
		"FROM b\nRUN apt-get install -y x\nENV MODE=x\nENV OTHER=y\nARG COMMIT=1\nARG UID=1\nRUN y\n" },
};

static void the_check_knows_other_files(void **state) {
	(void)state;
	const struct order_case c = {
		.dockerfile =
			"FROM b\nENV MODE=x\nENV OTHER=y\nARG COMMIT=1\nRUN apt-get install -y x\nARG UID=1\nRUN y\n",
		.tree = "a",
		.varying = "COMMIT"
	};
	struct looking l;
	struct ana_order *order = NULL;
	open_case(&l, &c);
	assert_int_equal(ana_order_new(&order, &l.evidence, NULL), 0);
	for (size_t i = 0; i < CTX_COUNTOF(others); ++i) {
		struct ana_variant *now = lab_variant(others[i].now, &(struct lab_how){ 0 });
		if (ana_order_check(order, now)) {
			fail_msg("%s", others[i].name);
		}
		ana_variant_free(now);
	}
	ana_order_free(order);
	close_case(&l);
}

/** Look at a case with some allocations that fail: 0, or CTX_E_NOMEM. */
static int look_short(const struct looking *l, uint32_t *to) {
	struct ana_order *order = NULL;
	struct ana_order_story story = { 0 };
	struct ctx_error err = { 0 };
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	int rc = ana_order_new(&order, &l->evidence, &err);
	if (rc == 0 && find_order(order, to)) { // out of memory, fewer orders are found
		rc = ana_order_text(order, to, &text, &err);
		rc = rc < 0 ? rc : ana_order_explain(order, to, &story, &err);
	}
	ana_order_story_release(&story);
	ana_order_free(order);
	return rc;
}

static void every_allocation_may_fail(void **state) {
	(void)state;
	uint32_t to[16];
	for (size_t i = 0; i < CTX_COUNTOF(cases); ++i) {
		long n = 0;
		struct looking l;
		open_case(&l, &cases[i]);
		for (int rc = CTX_E_NOMEM; rc != 0; ++n) {
			ctx_alloc_fail_after(n);
			rc = look_short(&l, to);
			ctx_alloc_fail_after(-1);
			assert_true(rc == 0 || rc == CTX_E_NOMEM);
			assert_true(n < 100000);
		}
		assert_true(n > 3);
		close_case(&l);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders),
		cmocka_unit_test(the_check_knows_other_files),
		cmocka_unit_test(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("suggest_order", tests, NULL, NULL);
}
