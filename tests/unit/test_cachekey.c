#include "analyzer/cache/keypart.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/cache_lab.h"

static const struct lab_how plain;

/** Key of the last step of a variant. */
static const struct ana_vertex_key *last_key(const struct ana_variant *v) {
	return &v->keys.vertices[v->steps[v->step_count - 1].vertex];
}

/** "FROM b", and these lines. */
static struct ana_variant *make(const char *lines) {
	char text[1024];
	snprintf(text, sizeof(text), "FROM b AS s\n%s\n", lines);
	return lab_variant(text, &plain);
}

/* Does the operation of the last step stay the same?  Does its link from the last input? */
static const struct {
	const char *before, *after;
	bool op, link;
} key_rows[] = {
	{ "RUN x", "RUN x", true, true },
	{ "RUN x", "RUN y", false, true },
	{ "RUN x", "USER u\nRUN x", false, true },
	{ "RUN x", "WORKDIR /w\nRUN x", false, true },
	{ "RUN x", "ENV A=1\nRUN x", false, true },
	{ "RUN x", "LABEL a=1\nRUN x", true, true },
	{ "RUN x", "RUN --network=none x", false, true },
	{ "RUN x", "RUN --security=insecure x", false, true },
	{ "RUN x", "RUN --mount=type=tmpfs,target=/t x", false, true },
	{ "RUN x", "RUN --mount=type=ssh x", false, true },
	{ "RUN --mount=type=ssh x", "RUN --mount=type=ssh,id=k x", false, true },
	{ "RUN --mount=type=ssh x", "RUN --mount=type=ssh,required x", false, true },
	{ "RUN --mount=type=secret,id=a x", "RUN --mount=type=secret,id=b x", false, true },
	{ "RUN --mount=type=secret,id=a x", "RUN --mount=type=secret,id=a,uid=1 x", false, true },
	{ "RUN --mount=type=secret,id=a x", "RUN --mount=type=secret,id=a,mode=0444 x", false, true },
	{ "RUN --mount=type=secret,id=a,env=A x", "RUN --mount=type=secret,id=a,env=B x", false, true },
	{ "RUN --mount=source=a,target=/m x", "RUN --mount=source=b,target=/m x", true, false },
	{ "RUN --mount=source=a,target=/m x", "RUN --mount=source=./a/,target=/m x", true, true },
	{ "RUN --mount=source=a,target=/m x", "RUN --mount=source=a,target=/n x", false, true },
	{ "RUN --mount=source=a,target=/m x", "RUN --mount=source=a,target=/m,rw x", false, true },
	{ "COPY a /x", "COPY d/a /x", true, false },
	{ "COPY a /x", "COPY ./a /x", true, true },
	{ "COPY a /x", "COPY b /x", false, false },
	{ "COPY a /x", "COPY a /y", false, true },
	{ "COPY a /x", "COPY a /x/", false, true },
	{ "COPY a /x", "ADD a /x", false, true },
	{ "COPY a /x", "ENV A=1\nUSER u\nCOPY a /x", true, true },
	{ "COPY a b /x/", "COPY b a /x/", false, true },
	{ "COPY a /x", "COPY --chmod=644 a /x", false, true },
	{ "COPY --chmod=644 a /x", "COPY --chmod=0644 a /x", true, true },
	{ "COPY --chmod=u+x a /x", "COPY --chmod=u+w a /x", false, true },
	{ "COPY a /x", "COPY --chown=0 a /x", false, true },
	{ "COPY --chown=0 a /x", "COPY --chown=root a /x", true, true },
	{ "COPY --chown=+0 a /x", "COPY --chown=root a /x", true, true },
	{ "COPY --chown=07 a /x", "COPY --chown=7 a /x", true, true },
	{ "COPY --chown=7: a /x", "COPY --chown=7 a /x", false, true },
	{ "COPY --chown=7:0 a /x", "COPY --chown=7 a /x", false, true },
	{ "COPY --chown=7:0 a /x", "COPY --chown=7:root a /x", true, true },
	{ "COPY --chown=u:0 a /x", "COPY --chown=v:0 a /x", false, true },
	{ "COPY --chown=u:v a /x", "COPY --chown=u:w a /x", false, true },
	{ "COPY --chown=99999999999 a /x", "COPY --chown=099999999999 a /x", false, true },
	{ "COPY a /x", "COPY --exclude=z a /x", false, true },
	{ "COPY --exclude=y a /x", "COPY --exclude=z a /x", false, true },
	{ "COPY --parents a /x", "COPY a /x", false, false },
	{ "COPY <<E /f\nx\nE", "COPY <<E /f\ny\nE", true, true },
	{ "WORKDIR /w", "WORKDIR /w/", true, true },
	{ "WORKDIR /w", "WORKDIR /v", false, true },
	{ "WORKDIR /w", "USER u\nWORKDIR /w", false, true },
	// Id and sharing of a cache count where both are as by default
	{ "RUN --mount=type=cache,target=/c x", "RUN --mount=type=cache,target=/c,id=/c x", true, true },
	{ "RUN --mount=type=cache,target=/c x", "RUN --mount=type=cache,target=/c,id=c x", false, true },
	{ "RUN --mount=type=cache,target=/c,id=a x", "RUN --mount=type=cache,target=/c,id=b x", true, true },
	{ "RUN --mount=type=cache,target=/c,id=a x", "RUN --mount=type=cache,target=/c,sharing=locked x", true, true },
	{ "RUN --mount=type=cache,target=/c x", "RUN --mount=type=cache,target=/c,sharing=shared x", true, true },
	{ "RUN --mount=type=cache,target=/c x", "RUN --mount=type=cache,target=/c,sharing=private x", false, true },
	{ "RUN --mount=type=cache,target=/c x", "RUN --mount=type=cache,target=/d x", false, true },
};

static void edits_change_keys(void **state) {
	(void)state;
	int wrong = 0;
	for (size_t i = 0; i < CTX_COUNTOF(key_rows); ++i) {
		struct ana_variant *a = make(key_rows[i].before), *b = make(key_rows[i].after);
		const struct ana_vertex_key *x = last_key(a), *y = last_key(b);
		bool op = ctx_digest_equal(&x->op, &y->op);
		const struct ana_key_input *p = &x->inputs[x->input_count - 1], *q = &y->inputs[y->input_count - 1];
		bool link = ctx_digest_equal(&p->link, &q->link);
		if (op != key_rows[i].op || link != key_rows[i].link) {
			print_error("%s -> %s: op %d, link %d\n", key_rows[i].before, key_rows[i].after, op, link);
			++wrong;
		}
		ana_variant_free(a);
		ana_variant_free(b);
	}
	assert_int_equal(wrong, 0);
}

/* Inputs of the last step: k by key, c by content, and the selections, "*" a wildcard, "@" followed, "-" with patterns. */
static const struct {
	const char *lines, *want;
} input_rows[] = {
	{ "RUN x", "k" },
	{ "COPY a /", "k c@/a" },
	{ "COPY . /", "k c@/" },
	{ "COPY b a a /w/", "k c@/a@/b" },
	{ "COPY a/b a a/c ab /w/", "k c@/a@/ab" },
	{ "COPY . a /w/", "k c@/" },
	{ "COPY *.c a.c /w/", "k c*@/*.c@/a.c" },
	{ "COPY --exclude=x a a/b /w/", "k c@-/a@-/a/b" },
	{ "RUN --mount=target=/m x", "k c/" },
	{ "RUN --mount=source=a,target=/m --mount=source=a/b,target=/n --mount=source=c,target=/o x", "k c@/a@/c" },
	{ "RUN --mount=from=i,target=/m x", "k kc/" },
	{ "RUN --mount=type=cache,target=/m,from=i,source=/d x", "k kc@/d" },
	{ "FROM s\nRUN --mount=from=s,target=/m x", "kc/" },
	{ "WORKDIR /w", "k" },
};

static void inputs_and_selections(void **state) {
	(void)state;
	int wrong = 0;
	for (size_t i = 0; i < CTX_COUNTOF(input_rows); ++i) {
		ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT;
		struct ana_variant *v = make(input_rows[i].lines);
		const struct ana_vertex_key *key = last_key(v);
		for (uint32_t n = 0; n < key->input_count; ++n) {
			const struct ana_key_input *in = &key->inputs[n];
			ctx_buf_addf(&got, "%s%s%s", n > 0 ? " " : "", in->by_key ? "k" : "",
				in->by_content ? "c" : "");
			for (uint32_t k = 0; in->by_content && k < in->selector_count; ++k) {
				const struct ana_selector *s = &in->selectors[k];
				ctx_buf_addf(&got, "%s%s%s%.*s", s->wildcard ? "*" : "", s->follow ? "@" : "",
					s->patterns != NULL ? "-" : "", CTX_STR_ARGS(s->path));
			}
		}
		if (strcmp(ctx_buf_str(&got), input_rows[i].want) != 0) {
			print_error("%s: %s, not %s\n", input_rows[i].lines, ctx_buf_str(&got), input_rows[i].want);
			++wrong;
		}
		ana_variant_free(v);
	}
	assert_int_equal(wrong, 0);
}

static void a_changed_value_is_told_from_an_edit(void **state) {
	(void)state;
	struct ana_variant *a = make("ENV A=1\nRUN x"), *b = make("ENV A=2\nRUN x"), *c = make("ENV A=1\nRUN y");
	assert_true(ctx_digest_equal(&last_key(a)->written, &last_key(b)->written));
	assert_false(ctx_digest_equal(&last_key(a)->op, &last_key(b)->op));
	assert_false(ctx_digest_equal(&last_key(a)->written, &last_key(c)->written));
	ana_variant_free(a);
	ana_variant_free(b);
	ana_variant_free(c);
}

/** "f" for each step that is forced, "-" for others. */
static const char *forced(const struct lab_how *how) {
	static char marks[32];
	struct ana_variant *v = lab_variant(
		"FROM b AS One\nWORKDIR /w\nRUN x\nCOPY --link a /\nFROM c\nADD a /\nCOPY <<E /f\nx\nE\nCOPY --from=One / /\n",
		how);
	uint32_t i = 0;
	for (; i < v->step_count; ++i) {
		marks[i] = v->keys.vertices[v->steps[i].vertex].forced ? 'f' : '-';
	}
	marks[i] = '\0';
	ana_variant_free(v);
	return marks;
}

static void the_cache_is_not_asked(void **state) {
	(void)state;
	assert_string_equal(forced(&plain), "-------");
	assert_string_equal(forced(&(struct lab_how){ .no_cache = true }), "-ffffff");
	assert_string_equal(forced(&(struct lab_how){ .no_cache_stage = "one" }), "-fff---");
	assert_string_equal(forced(&(struct lab_how){ .no_cache_stage = "two" }), "-------");
}

/** ana_key_part_fn: "name=value;". */
static int add_part(void *arg, const char *name, struct ctx_str value) {
	if (strcmp(name, "platform") == 0) { // that of the machine
		ctx_buf_adds(arg, "PLATFORM;");
	} else if (strcmp(name, "environment") == 0 && strncmp(value.ptr, "PATH=", 5) == 0) {
		ctx_buf_adds(arg, "PATH;");
	} else {
		ctx_buf_addf(arg, "%s=%.*s;", name, CTX_STR_ARGS(value));
	}
	return 0;
}

/* All parts of the last step's key; the platform apart. */
#define BASE "key of=[1/2] FROM docker.io/library/b:latest;"
#define MOUNTED "key of=[s 1/2] FROM docker.io/library/b:latest;" // a mount counts as a stage more
#define SHELL "command=/bin/sh;command=-c;command=x;PATH;directory=/;network=default;security=sandbox;"
static const struct {
	const char *lines, *want;
} part_rows[] = {
	{ "ENV A=1\nUSER u\nWORKDIR /w\nRUN --network=none --security=insecure x y",
		"command=/bin/sh;command=-c;command=x y;PATH;environment=A=1;directory=/w;user=u;network=none;"
		"security=insecure;PLATFORM;key of=[2/3] WORKDIR /w;" },
	{ "RUN --mount=type=cache,target=/c --mount=type=cache,target=/d,id=e --mount=source=d,target=/m x",
		SHELL "mount=cache on /c, id //c;mount=cache on /d;mount=bind on /m, read-only;PLATFORM;" MOUNTED
		      "content of=d of the context;" },
	{ "RUN --mount=type=secret,id=a,target=/s --mount=type=secret,id=b,env=B --mount=type=ssh,required x",
		"command=/bin/sh;command=-c;command=x;PATH;environment=SSH_AUTH_SOCK=/run/buildkit/ssh_agent.0;directory=/;"
		"network=default;security=sandbox;mount=secret on /s, id a, owner 0:0, mode 0400;"
		"mount=ssh on /run/buildkit/ssh_agent.0, owner 0:0, mode 0600, required;secret=B, id b;PLATFORM;" MOUNTED },
	{ "RUN --mount=type=tmpfs,target=/t,size=4096 x", SHELL "mount=tmpfs on /t, size 4096;PLATFORM;" MOUNTED },
	{ "COPY --chown=1:2 --chmod=u+x --exclude=*.o d/a b* /w/",
		"copies=a;to=/w/;owner=1:2;mode=u+x;excludes=*.o;copies=b*;to=/w/;owner=1:2;mode=u+x;excludes=*.o;" BASE
		"content of=b* of the context;content of=d/a of the context;" },
	{ "ADD --chmod=644 . /w/", "copies=/;to=/w/;mode=644;unpacks=archives;" BASE "content of=/ of the context;" },
	{ "COPY --parents d/a /w/", "copies=/;to=/w/;includes=d/a;" BASE "content of=/ of the context;" },
	{ "WORKDIR /w", "makes directory=/w;" BASE },
	{ "FROM b\nCOPY --from=i /a /b",
		"copies=a;to=/b;key of=[stage-1 1/2] FROM docker.io/library/b:latest;key of=FROM docker.io/library/i:latest;"
		"or content of=/a of FROM docker.io/library/i:latest;" },
};

static void keys_are_explained(void **state) {
	(void)state;
	int wrong = 0;
	for (size_t i = 0; i < CTX_COUNTOF(part_rows); ++i) {
		ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT;
		struct ana_variant *v = make(part_rows[i].lines);
		uint32_t vertex = v->steps[v->step_count - 1].vertex;
		assert_int_equal(ana_cachekey_explain(&v->graph, &v->keys, vertex, add_part, &got, NULL), 0);
		if (strcmp(ctx_buf_str(&got), part_rows[i].want) != 0) {
			print_error("%s:\n  %s\n  %s\n", part_rows[i].lines, ctx_buf_str(&got), part_rows[i].want);
			++wrong;
		}
		ana_variant_free(v);
	}
	assert_int_equal(wrong, 0);
}

/** Stops at a part. */
static int stop_at(void *arg, const char *name, struct ctx_str value) {
	(void)name, (void)value;
	int *left = arg;
	return --*left < 0 ? CTX_E_IO : 0;
}

static void explaining_stops(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(part_rows); ++i) {
		struct ana_variant *v = make(part_rows[i].lines);
		uint32_t vertex = v->steps[v->step_count - 1].vertex;
		int rc = CTX_E_IO;
		for (int n = 0; rc != 0; ++n) {
			int left = n;
			rc = ana_cachekey_explain(&v->graph, &v->keys, vertex, stop_at, &left, NULL);
			assert_true(rc == 0 || rc == CTX_E_IO);
		}
		ana_variant_free(v);
	}
}

static void every_allocation_may_fail(void **state) {
	(void)state;
	struct ana_variant *v =
		make("ENV A=1\nCOPY b* a /w/\nRUN --mount=source=d,target=/m x\nCOPY --link --exclude=a . /");
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc != 0; ++n) {
		ana_auto_cachekeys struct ana_cachekeys keys = { 0 };
		ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT;
		ctx_alloc_fail_after(n);
		rc = ana_cachekeys_make(&keys, &v->graph, NULL, NULL);
		for (uint32_t i = 0; rc == 0 && i < keys.count; ++i) {
			rc = ana_cachekey_explain(&v->graph, &keys, i, add_part, &got, NULL);
		}
		ctx_alloc_fail_after(-1);
		assert_true(rc == 0 || rc == CTX_E_NOMEM);
		assert_true(n < 1000);
	}
	ana_variant_free(v);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edits_change_keys),
		cmocka_unit_test(inputs_and_selections),
		cmocka_unit_test(a_changed_value_is_told_from_an_edit),
		cmocka_unit_test(the_cache_is_not_asked),
		cmocka_unit_test(keys_are_explained),
		cmocka_unit_test(explaining_stops),
		cmocka_unit_test(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("cachekey", tests, NULL, NULL);
}
