#include "ctxopt/context/image_diff.h"

#include "tests/unit/image_lab.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/** Letters of the bits of enum ctx_image_field. */
static const char letters[] = "ekmocxl";

/** "PATH BITS COUNT" for each change. */
static void describe(struct ctx_buf *out, const struct ctx_image_change *changes, size_t count) {
	for (size_t i = 0; i < count; ++i) {
		ctx_buf_addf(out, "%s%s ", i > 0 ? ", " : "", changes[i].path);
		for (size_t bit = 0; letters[bit] != '\0'; ++bit) {
			if ((changes[i].fields & 1U << bit) != 0) {
				ctx_buf_addc(out, letters[bit]);
			}
		}
		ctx_buf_addf(out, " %zu", changes[i].count);
	}
}

/** One layer as an image. */
static void make(struct ctx_image *image, const char *layer, const char *config) {
	ctx_auto_buf struct ctx_buf archive = CTX_BUF_INIT;
	struct ctx_error err = { 0 };
	lab_image(&archive, config, &layer, 1);
	if (lab_read(image, &archive, &err) < 0) {
		fail_msg("%s", err.msg);
	}
}

static const struct diff_case {
	const char *name, *first, *second, *proposal, *changes, *itself;
} diff_cases[] = {
	{ "nothing", "f a x", "f a x", "f a x", "", "" },
	{ "content", "f a x", "f a x", "f a y", "a c 1", "" },
	{ "of another size", "f a x", "f a x", "f a yy", "a c 1", "" },
	{ "mode and owner", "f a", "f a", "fu1m600 a", "a mo 1", "" },
	{ "extended attributes", "f a", "f a", "fxv a", "a x 1", "" },
	{ "target", "s a b", "s a b", "s a c", "a c 1", "" },
	{ "kind, and nothing else", "f a x", "f a x", "du1m700 a", "a k 1", "" },
	{ "kind of a device", "c a", "c a", "b a", "a k 1", "" },
	{ "a directory that becomes a file", "f a/b\nf a/c", "f a/b\nf a/c", "f a", "a k 3", "" },
	{ "new and gone", "f a\nf b", "f a\nf b", "f a\nf c", "b e 1, c e 1", "" },
	{ "a directory that is gone", "f a/b/c\nf d", "f a/b/c\nf d", "f d", "a e 3", "" },
	{ "a directory that is new", "f d", "f d", "f a/b/c\nf a/d\nf d", "a e 4", "" },
	{ "hard links", "f a x\nh b a", "f a x\nh b a", "f a x\nf b x", "a l 1, b l 1", "" },
	{ "by itself", "f a 1", "f a 2", "f a 3", "", "a c 1" },
	{ "by itself, and as one of both", "f a 1", "f a 2", "f a 2", "", "a c 1" },
	{ "other bits of what differs by itself", "f a 1", "f a 2", "fm600 a 3", "a m 1", "a c 1" },
	{ "other content of what has bits by itself", "fm600 a 1", "fm644 a 1", "fm640 a 2", "a c 1", "a m 1" },
	{ "kind by itself", "f a", "d a", "s a x", "", "a k 1" },
	{ "comes and goes", "f a/b", "f c", "f c", "", "a e 2, c e 1" },
	{ "gone, though by itself different", "f a 1\nf b", "f a 2\nf b", "f b", "a e 1", "" },
	{ "names with times", "f log/2026-01\nf b", "f log/2026-02\nf b", "f log/2026-03\nf b", "",
		"log/2026-01 e 1, log/2026-02 e 1, log/2026-03 e 1" },
	{ "another shape", "f log/2026-01", "f log/2026-02", "f log/2026-3", "log/2026-3 e 1",
		"log/2026-01 e 1, log/2026-02 e 1" },
	{ "the same shape elsewhere", "f log/2026-01\nf a/x", "f log/2026-02\nf a/x",
		"f log/2026-01\nf a/x\nf a/2026-03", "a/2026-03 e 1", "log/2026-01 e 1, log/2026-02 e 1" },
	{ "the same shape of another kind", "f t/xa", "f t/xb", "d t/xc", "t/xc e 1", "t/xa e 1, t/xb e 1" },
	{ "directories of digests", "f c/0f/abc\nd c/11", "d c/0f\nd c/11", "d c/0f\nf c/11/def", "",
		"c/0f/abc e 1, c/11/def e 1" },
	{ "directories that are none of digests", "f c/xy/abc\nd c/zz", "d c/xy\nd c/zz", "d c/xy\nf c/zz/def",
		"c/zz/def e 1", "c/xy/abc e 1" },
};

static void paths_are_compared(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(diff_cases); ++i) {
		const struct diff_case *c = &diff_cases[i];
		ctx_auto_image struct ctx_image first = { 0 }, second = { 0 }, proposal = { 0 };
		ctx_auto_buf struct ctx_buf changes = CTX_BUF_INIT, itself = CTX_BUF_INIT;
		struct ctx_image_diff diff = { 0 };
		struct ctx_error err = { 0 };
		make(&first, c->first, LAB_CONFIG);
		make(&second, c->second, LAB_CONFIG);
		make(&proposal, c->proposal, LAB_CONFIG);
		assert_int_equal(ctx_image_compare(&diff, &first, &second, &proposal, &err), 0);
		describe(&changes, diff.changes.items, diff.changes.count);
		describe(&itself, diff.itself.items, diff.itself.count);
		if (strcmp(ctx_buf_str(&changes), c->changes) != 0 || strcmp(ctx_buf_str(&itself), c->itself) != 0) {
			fail_msg("%s: changes %s; by itself %s", c->name, ctx_buf_str(&changes), ctx_buf_str(&itself));
		}
		assert_int_equal(ctx_image_diff_equal(&diff), c->changes[0] == '\0');
		assert_int_equal(diff.compared, first.paths.count);
		ctx_image_diff_release(&diff);
	}
}

static const struct config_case {
	const char *name, *first, *second, *proposal, *changes;
	bool equal;
} config_cases[] = {
	{ "the same", "\"User\":\"a\"", "\"User\":\"a\"", "\"User\":\"a\"", "", true },
	{ "nothing said", "\"User\":\"\"", "\"User\":null", "\"Cmd\":[]", "", true },
	{ "order of variables", "\"Env\":[\"A=1\",\"B=2\"]", "\"Env\":[\"A=1\",\"B=2\"]", "\"Env\":[\"B=2\",\"A=1\"]",
		"", true },
	{ "order of words", "\"Cmd\":[\"a\",\"b\"]", "\"Cmd\":[\"a\",\"b\"]", "\"Cmd\":[\"b\",\"a\"]",
		"Cmd [\"a\",\"b\"] [\"b\",\"a\"]\n", false },
	{ "set and not set", "\"User\":\"a\"", "\"User\":\"a\"", "\"WorkingDir\":\"/\"",
		"User \"a\" not set\nWorkingDir not set \"/\"\n", false },
	{ "by itself", "\"Labels\":{\"d\":\"1\"}", "\"Labels\":{\"d\":\"2\"}", "\"Labels\":{\"d\":\"3\"}",
		"Labels {\"d\":\"1\"} {\"d\":\"2\"} itself\n", true },
};

static void configurations_are_compared(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(config_cases); ++i) {
		const struct config_case *c = &config_cases[i];
		const char *const texts[] = { c->first, c->second, c->proposal };
		struct ctx_image images[3] = { { .settings = { 0 } } };
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		struct ctx_image_diff diff = { 0 };
		struct ctx_error err = { 0 };
		for (size_t j = 0; j < 3; ++j) {
			ctx_auto_buf struct ctx_buf config = CTX_BUF_INIT;
			ctx_buf_addf(&config, "{\"config\":{%s}}", texts[j]);
			make(&images[j], "", ctx_buf_str(&config));
		}
		assert_int_equal(ctx_image_compare(&diff, &images[0], &images[1], &images[2], &err), 0);
		for (size_t j = 0; j < diff.config.count; ++j) {
			const struct ctx_image_config_change *change = &diff.config.items[j];
			ctx_buf_addf(&text, "%s %s %s%s\n", change->name,
				change->before != NULL ? change->before : "not set",
				change->after != NULL ? change->after : "not set", change->itself ? " itself" : "");
		}
		if (strcmp(ctx_buf_str(&text), c->changes) != 0) {
			fail_msg("%s: %s", c->name, ctx_buf_str(&text));
		}
		assert_int_equal(ctx_image_diff_equal(&diff), c->equal);
		ctx_image_diff_release(&diff);
		for (size_t j = 0; j < 3; ++j) {
			ctx_image_release(&images[j]);
		}
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_compared),
		cmocka_unit_test(configurations_are_compared),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
