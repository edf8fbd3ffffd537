#include "analyzer/advice/suggest_steps.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/unit/cache_lab.h"

/** ana_order_evidence.read: all files are empty. */
static int read_nothing(void *arg, const char *path, size_t max, struct ctx_buf *out, struct ctx_error *err) {
	(void)arg, (void)path, (void)max, (void)out, (void)err;
	return 1;
}

/** ana_order_evidence.local: everything that no commit has is ignored. */
static enum ana_order_local never(void *arg, const char *path) {
	(void)arg, (void)path;
	return ANA_ORDER_NEVER;
}

#define TREE "a e src/b c/d"
#define APP "FROM b\nWORKDIR /root/w\n"
#define ALL "COPY --chown=1:1 . ./\n"
#define BIND(file) "--mount=type=bind,source=" file ",target=" file " "
#define STAGE "FROM b AS s\nRUN x\n"
#define GO "FROM golang AS s\n"
#define FROM_B "FROM scratch\nCOPY --from=s /b /\n"
#define GO_CACHES \
	"--mount=type=cache,target=/go/pkg/mod \\\n    --mount=type=cache,target=/root/.cache/go-build \\\n    "

/* A Dockerfile; with all edits that there are, NULL if there are none; and the weakest class of proof. */
static const struct steps_case {
	const char *name, *dockerfile, *want;
	enum ana_proof proof;
} cases[] = {
	{ "a file that is copied once more", APP "COPY a ./\nRUN cat a\n" ALL, APP "RUN " BIND("a") "cat a\n" ALL,
		ANA_PROOF_EQUIVALENT },
	{ "each RUN gets its own",
		APP "# c\nCOPY a \\\n  e ./\n\nRUN cat a\nUSER u\nRUN date\nrun [\"cat\", \"/root/w/e\"]\n" ALL,
		APP "# c\n\nRUN " BIND("a") "cat a\nUSER u\nRUN date\nrun " BIND("e") "[\"cat\", \"/root/w/e\"]\n" ALL,
		ANA_PROOF_EQUIVALENT },
	{ "from elsewhere",
		APP "COPY a ./\nWORKDIR /root/v\nRUN cat /root/w/a\n"
		    "COPY --chown=1:1 . /root/w/\n",
		APP "WORKDIR /root/v\nRUN --mount=type=bind,source=a,target=/root/w/a cat /root/w/a\n"
		    "COPY --chown=1:1 . /root/w/\n",
		ANA_PROOF_EQUIVALENT },
	{ "two copies, and a directory that only they make", APP "COPY a ./\nCOPY src/b src/\nRUN cat a src/b\n" ALL,
		APP "RUN " BIND("a") BIND("src/b") "cat a src/b\n" ALL, ANA_PROOF_EQUIVALENT },
	{ "a directory that nothing made", "FROM b\nCOPY a /root/w/\nRUN cat /root/w/a\nCOPY --chown=1:1 . /root/w/\n",
		NULL, 0 },
	{ "with an owner, and once more", APP "COPY --chown=2:2 a ./\nRUN cat a\n" ALL, NULL, 0 },
	{ "with a pattern", APP "COPY --chown=2:2 a* ./\nRUN cat a\n" ALL, NULL, 0 },
	{ "a RUN that nobody knows", APP "COPY a ./\nRUN cat a\nRUN x\n" ALL, NULL, 0 },
	{ "one that has a mount there", APP "COPY a e ./\nRUN --mount=type=bind,source=e,target=a cat e a\n" ALL, NULL,
		0 },
	{ "no RUN reads it", APP "COPY a ./\nRUN date\n" ALL, NULL, 0 },
	{ "another copy puts something there", APP "COPY a ./\nRUN cat a\nCOPY e a\n" ALL, NULL, 0 },
	{ "on nothing, below another copy", "FROM scratch\nCOPY a /x/\nCOPY c /y/\n",
		"FROM scratch\nCOPY a /x/\nCOPY --link c /y/\n", ANA_PROOF_EQUIVALENT },
	{ "of a stage", STAGE "FROM scratch\nCOPY a /x/\ncopy --from=s /p /y/\n",
		STAGE "FROM scratch\nCOPY a /x/\ncopy --link --from=s /p /y/\n", ANA_PROOF_EQUIVALENT },
	{ "nothing above", "FROM scratch\nCOPY a /x/\n", NULL, 0 },
	{ "below a RUN", "FROM b\nRUN x\nCOPY a /srv/\n", "FROM b\nRUN x\nCOPY --link a /srv/\n", ANA_PROOF_REVIEW },
	{ "into the same directory", "FROM scratch\nCOPY a /x/\nCOPY c /x/\n",
		"FROM scratch\nCOPY a /x/\nCOPY --link c /x/\n", ANA_PROOF_REVIEW },
	{ "a file or a directory, from a stage", STAGE "FROM b\nRUN y\nCOPY --from=s /p /srv\n",
		STAGE "FROM b\nRUN y\nCOPY --link --from=s /p /srv\n", ANA_PROOF_REVIEW },
	{ "to a directory that is there", STAGE "FROM b\nWORKDIR /q\nCOPY --from=s /p /q\n", NULL, 0 },
	{ "into it", STAGE "FROM b\nWORKDIR /q\nCOPY --from=s /p .\n",
		STAGE "FROM b\nWORKDIR /q\nCOPY --link --from=s /p .\n", ANA_PROOF_REVIEW },
	{ "several things, perhaps", STAGE "FROM b\nRUN y\nCOPY --from=s /p/* /srv\n", NULL, 0 },
	{ "into a directory", STAGE "FROM b\nRUN y\nCOPY --from=s /p/* /srv/\n",
		STAGE "FROM b\nRUN y\nCOPY --link --from=s /p/* /srv/\n", ANA_PROOF_REVIEW },
	{ "a file to what may be one", "FROM b\nRUN x\nCOPY a /srv\n", NULL, 0 },
	{ "by a pattern", "FROM b\nRUN x\nCOPY a* /srv/a.d\n", NULL, 0 },
	{ "a directory to what may be one", "FROM b\nRUN x\nCOPY src /srv\n", "FROM b\nRUN x\nCOPY --link src /srv\n",
		ANA_PROOF_REVIEW },
	{ "with an owner", "FROM b\nRUN x\nCOPY --chown=1:1 a /srv/\n", NULL, 0 },
	{ "with a mode", "FROM b\nRUN x\nCOPY --chmod=755 a /srv/\n", NULL, 0 },
	{ "linked already", "FROM b\nRUN x\nCOPY --link a /srv/\n", NULL, 0 },
	{ "where links are", "FROM b\nRUN x\nCOPY a /bin/\nCOPY a /lib64/x/\nCOPY a /var/run/x\n", NULL, 0 },
	{ "where other modes are", "FROM b\nRUN x\nCOPY a /tmp/\nCOPY a /root/\nCOPY a /home/u/x\n", NULL, 0 },
	{ "an ADD", "FROM b\nRUN x\nADD a /srv/\n", NULL, 0 },
	{ "a heredoc", "FROM b\nRUN x\nCOPY <<E /srv/e\n1\nE\n", NULL, 0 },
	{ "words on several lines", "FROM b\nRUN x\nCOPY \\\n  a \\\n  /srv/\n",
		"FROM b\nRUN x\nCOPY --link \\\n  a \\\n  /srv/\n", ANA_PROOF_REVIEW },
	{ "JSON, and the ends of lines", "FROM b\r\nRUN x\r\nCOPY [\"a\", \"/srv/\"]\r\n",
		"FROM b\r\nRUN x\r\nCOPY --link [\"a\", \"/srv/\"]\r\n", ANA_PROOF_REVIEW },
	{ "a frontend that knows it", "# syntax=docker/dockerfile:1.4\nFROM b\nRUN x\nCOPY a /srv/\n",
		"# syntax=docker/dockerfile:1.4\nFROM b\nRUN x\nCOPY --link a /srv/\n", ANA_PROOF_REVIEW },
	{ "the newest", "# syntax=docker.io/docker/dockerfile:1\nFROM b\nRUN x\nCOPY a /srv/\n",
		"# syntax=docker.io/docker/dockerfile:1\nFROM b\nRUN x\nCOPY --link a /srv/\n", ANA_PROOF_REVIEW },
	{ "Go: on all RUNs from the first that says it", GO "RUN x\nRUN go mod download\nRUN make\n" FROM_B,
		GO
		"RUN x\nRUN " GO_CACHES
		"go mod download\nRUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build make\n" FROM_B,
		ANA_PROOF_REVIEW },
	{ "of GOPATH", GO "ENV GOPATH=/p\nRUN [\"go\", \"mod\", \"download\"]\n" FROM_B,
		GO
		"ENV GOPATH=/p\nRUN --mount=type=cache,target=/p/pkg/mod \\\n    --mount=type=cache,target=/root/.cache/go-build \\\n"
		"    [\"go\", \"mod\", \"download\"]\n" FROM_B,
		ANA_PROOF_REVIEW },
	{ "Go in what is shipped", "FROM golang\nRUN go mod download\n", NULL, 0 },
	{ "in a stage that another one builds on", GO "RUN go mod download\nFROM s\nRUN y\n" FROM_B, NULL, 0 },
	{ "what is copied out of it", GO "RUN go mod download\nFROM scratch\nCOPY --from=s /go/pkg /p\n", NULL, 0 },
	{ "or may be", GO "RUN go mod download\nFROM scratch\nCOPY --from=s /g* /p/\n", NULL, 0 },
	{ "what is mounted from it",
		GO
		"RUN go mod download\nFROM scratch\nCOPY --from=s /b /x/\nFROM b\nRUN --mount=from=s,source=/root,target=/r x\n",
		NULL, 0 },
	{ "what is copied into it", GO "COPY a /go/pkg/mod/x/\nRUN go mod download\n" FROM_B, NULL, 0 },
	{ "a RUN that clears it", GO "RUN go mod download\nRUN x && go clean -modcache\n" FROM_B, NULL, 0 },
	{ "one that has its own", GO "RUN --mount=type=cache,target=/go go mod download\n" FROM_B, NULL, 0 },
	{ "another user", GO "USER u\nRUN go mod download\n" FROM_B, NULL, 0 },
	{ "no network", GO "RUN --network=none go mod download\n" FROM_B, NULL, 0 },
	{ "an image that nobody knows", "FROM b AS s\nRUN go mod download\n" FROM_B, NULL, 0 },
	{ "npm: in what is shipped, too", "FROM node\nCOPY a /x/\nRUN npm ci\n",
		"FROM node\nCOPY a /x/\nRUN --mount=type=cache,target=/root/.npm npm ci\n", ANA_PROOF_REVIEW },
	{ "where it is told to be", "FROM node\nENV npm_config_cache=/c\nRUN npm ci\n",
		"FROM node\nENV npm_config_cache=/c\nRUN --mount=type=cache,target=/c npm ci\n", ANA_PROOF_REVIEW },
	{ "which cannot be written", "FROM node\nENV npm_config_cache=\"/c d\"\nRUN npm ci\n", NULL, 0 },
	{ "cleaned", "FROM node\nRUN npm ci && npm cache clean --force\n", NULL, 0 },
	{ "with another command that is as costly", "FROM node\nRUN npm ci && yarn install\n", NULL, 0 },
	{ "uv, in a heredoc", "FROM python\nRUN <<E\nuv sync\nE\n",
		"FROM python\nRUN --mount=type=cache,target=/root/.cache/uv <<E\nuv sync\nE\n", ANA_PROOF_REVIEW },
	{ "pip, which was not measured", "FROM python\nRUN pip install x\n", NULL, 0 },
	{ "an old one", "# syntax=docker/dockerfile:1.3\nFROM b\nRUN x\nCOPY a /srv/\n", NULL, 0 },
	{ "the first", "# syntax=docker/dockerfile:1.0-experimental\nFROM b\nRUN x\nCOPY a /srv/\n", NULL, 0 },
	{ "that of somebody else", "# syntax=example.com/dockerfile:1\nFROM b\nRUN x\nCOPY a /srv/\n", NULL, 0 },
};

/** A case being looked at. */
struct looking {
	struct ana_variant *variant;
	struct ana_filetree *store;
	struct ana_order *order;
	struct ana_steps *steps;
	bool taken[16];
};

/** Open it, with all edits taken.  Errors as ana_steps_new(). */
static int open_case(struct looking *l, const char *dockerfile) {
	*l = (struct looking){ .variant = lab_variant(dockerfile, &(struct lab_how){ 0 }) };
	assert_int_equal(ana_filetree_new(&l->store, NULL, 022, NULL), 0);
	struct ana_order_evidence evidence = { .variant = l->variant,
		.store = l->store,
		.root = lab_tree(l->store, TREE),
		.read = read_nothing,
		.local = never };
	struct ctx_error err;
	assert_int_equal(ana_order_new(&l->order, &evidence, &err), 0);
	int rc = ana_steps_new(&l->steps, l->order, &err);
	for (uint32_t i = 0; rc == 0 && i < ana_steps_count(l->steps); ++i) {
		l->taken[i] = true;
	}
	return rc;
}

static void close_case(struct looking *l) {
	ana_steps_free(l->steps);
	ana_order_free(l->order);
	ana_filetree_free(l->store);
	ana_variant_free(l->variant);
}

/** The weakest class of all edits. */
static enum ana_proof weakest(const struct ana_steps *steps) {
	enum ana_proof proof = ANA_PROOF_IDENTICAL;
	for (uint32_t i = 0; i < ana_steps_count(steps); ++i) {
		const struct ana_step_edit *edit = ana_steps_at(steps, i);
		proof = edit->proof > proof ? edit->proof : proof;
		assert_true((edit->review != NULL) == (edit->proof == ANA_PROOF_REVIEW));
		assert_non_null(edit->why);
	}
	return proof;
}

static void edits(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(cases); ++i) {
		struct looking l;
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		struct ctx_error err;
		assert_int_equal(open_case(&l, cases[i].dockerfile), 0);
		assert_int_equal(ana_steps_text(l.steps, l.taken, &text, &err), 0);
		const char *want = cases[i].want != NULL ? cases[i].want : cases[i].dockerfile;
		if (strcmp(ctx_buf_str(&text), want) != 0) {
			fail_msg("%s: %s", cases[i].name, ctx_buf_str(&text));
		}
		if (weakest(l.steps) != cases[i].proof) {
			fail_msg("%s: %s", cases[i].name, ana_proof_name(weakest(l.steps)));
		}
		struct ana_variant *now = lab_variant(want, &(struct lab_how){ 0 });
		assert_true(ana_steps_check(l.steps, l.taken, now));
		ana_variant_free(now);
		close_case(&l);
	}
}

/* Files that are not that with its edits, of which the last line must know. */
static const char *const others[] = {
	STAGE "FROM scratch\nCOPY a /x/\nCOPY --from=s /p /y/\n",
	STAGE "FROM scratch\nCOPY --link a /x/\nCOPY --link --from=s /p /y/\n",
	STAGE "FROM scratch\nCOPY a /x/\nCOPY --from=s --link /p /y/\n",
	STAGE "FROM scratch\nCOPY a /x/\nCOPY --link --from=s /q /y/\n",
	STAGE "FROM scratch\nCOPY --link --from=s /p /y/\nCOPY a /x/\n",
	STAGE "FROM scratch\nCOPY --link --from=s /p /y/\n",
	STAGE "FROM scratch\nCOPY a /x/\nCOPY --link --from=s /p /y/\nCOPY a /z/\n",
	STAGE "FROM b\nCOPY a /x/\nCOPY --link --from=s /p /y/\n",
	"FROM b AS s\nRUN y\nFROM scratch\nCOPY a /x/\nCOPY --link --from=s /p /y/\n",
	"# escape=`\n" STAGE "FROM scratch\nCOPY a /x/\nCOPY --link --from=s /p /y/\n",
	"ARG X\n" STAGE "FROM scratch\nCOPY a /x/\nCOPY --link --from=s /p /y/\n",
};

static void the_check_knows_other_files(void **state) {
	(void)state;
	struct looking l;
	assert_int_equal(open_case(&l, STAGE "FROM scratch\nCOPY a /x/\nCOPY --from=s /p /y/\n"), 0);
	for (size_t i = 0; i < CTX_COUNTOF(others); ++i) {
		struct ana_variant *now = lab_variant(others[i], &(struct lab_how){ 0 });
		if (ana_steps_check(l.steps, l.taken, now)) {
			fail_msg("%s", others[i]);
		}
		ana_variant_free(now);
	}
	close_case(&l);
}

static void every_allocation_may_fail(void **state) {
	(void)state;
	struct looking l;
	assert_int_equal(open_case(&l, "FROM b\nRUN x\nCOPY a /srv/\nCOPY c /y/\n"), 0);
	ana_steps_free(l.steps);
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc != 0; ++n) {
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		struct ctx_error err;
		l.steps = NULL;
		ctx_alloc_fail_after(n);
		rc = ana_steps_new(&l.steps, l.order, &err);
		l.taken[0] = l.taken[1] = true;
		rc = rc == 0 ? ana_steps_text(l.steps, l.taken, &text, &err) : rc;
		ctx_alloc_fail_after(-1);
		assert_true(rc == 0 || rc == CTX_E_NOMEM);
		if (rc != 0) {
			ana_steps_free(l.steps);
		}
	}
	close_case(&l);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edits),
		cmocka_unit_test(the_check_knows_other_files),
		cmocka_unit_test(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("suggest_steps", tests, NULL, NULL);
}
