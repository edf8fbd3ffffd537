#include "analyzer/report/cells.h"
#include "analyzer/report/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct cut_case {
	const char *text;
	size_t room;
	const char *want;
} cut_cases[] = {
	{ "", 0, "" },
	{ "abc", 3, "abc" },
	{ "abcd", 3, "ab…" },
	{ "abc", 0, "" },
	{ "a  b\t\n c", 99, "a b c" },
	{ "a\x1b[1m\xff", 99, "a\\x1b[1m\\xff" },
	{ "a\x1b", 3, "a…" },
	{ "漢字", 4, "漢字" },
	{ "漢字", 3, "漢…" },
	{ "back\\slash", 99, "back\\slash" },
};

static void test_cut(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(cut_cases); ++i) {
		struct ctx_out out;
		ctx_out_init_mem(&out);
		size_t columns = ana_cells_put(&out, CTX_STR(cut_cases[i].text), cut_cases[i].room, true);
		assert_string_equal(ctx_buf_str(&out.buf), cut_cases[i].want);
		assert_true(columns <= cut_cases[i].room);
		ctx_out_abort(&out);
	}
}

/** Print the errors of a text on a terminal of so many columns. */
static void print_errors(struct ctx_out *out, const char *text, unsigned width) {
	struct ana_dockerfile model = { 0 };
	struct ctx_error err;
	assert_int_equal(ana_dockerfile_parse(&model, CTX_STR(text), &err), 0);
	struct ana_build build = { .dockerfile = "Dockerfile",
		.model = &model,
		.errors = model.diags.items.items,
		.error_count = model.diags.items.count };
	ctx_out_init_mem(out);
	out->tty = width > 0;
	out->width = width;
	ana_text_diags(out, &build, true);
	ana_dockerfile_release(&model);
}

static const struct caret_case {
	const char *text;
	unsigned width;
	/** What the last two lines end with. */
	const char *line, *caret;
} caret_cases[] = {
	{ "FROM a\nRNU x\n", 0, "  2 | RNU x\n", "    | ^~~\n" },
	{ "FROM a\n\t\tRNU x", 0, "  2 |         RNU x\n", "    |         ^~~\n" },
	{ "FROM a\n \x01RNU x\n", 0, "  2 |  \\x01RNU x\n", "    |  ^~~~~~~\n" },
	{ "FROM a\nRUN x\nLABEL aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=b ccc\n", 36,
		"  3 | …aaaaaaaaaaaaaaaaaaaaaaa=b ccc\n", "    |                            ^~~\n" },
	{ "FROM a\nLABEL a=b cccccccccccccccccccccccccccccccccccc\n", 30, "  2 | …EL a=b ccccccccccccccc…\n",
		"    |         ^~~~~~~~~~~~~~~~\n" },
};

static void test_carets(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(caret_cases); ++i) {
		const struct caret_case *c = &caret_cases[i];
		struct ctx_out out;
		print_errors(&out, c->text, c->width);
		ctx_auto_buf struct ctx_buf want = CTX_BUF_INIT;
		ctx_buf_addf(&want, "%s%s", c->line, c->caret);
		const char *got = ctx_buf_str(&out.buf);
		size_t len = strlen(got);
		if (len < want.len || strcmp(got + len - want.len, ctx_buf_str(&want)) != 0) {
			print_error("case %zu:\n%s", i, got);
		}
		assert_true(len >= want.len);
		assert_string_equal(got + len - want.len, ctx_buf_str(&want));
		ctx_out_abort(&out);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_carets),
	};
	return cmocka_run_group_tests_name("cells", tests, NULL, NULL);
}
