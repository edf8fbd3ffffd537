/* The grammar through the library: no error where BuildKit accepts, errors that stay in their line, one rule per row. */
#include "grammar/dockerfile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <tree_sitter/api.h>

/* Parse; free the tree with ts_tree_delete(). */
static TSTree *parse(const char *text, size_t len) {
	TSParser *parser = ts_parser_new();
	assert_true(ts_parser_set_language(parser, tree_sitter_dockerfile()));
	TSTree *tree = ts_parser_parse_string(parser, NULL, text, (uint32_t)len);
	assert_non_null(tree);
	ts_parser_delete(parser);
	return tree;
}

/* Accepted by the parser of BuildKit v0.32.2. */
static const struct accepted_case {
	const char *name, *text;
} accepted_cases[] = {
	{ "no final newline", "FROM scratch" },
	{ "byte order mark",
		"\xEF\xBB\xBF"
		"FROM scratch\n" },
	{ "CRLF", "FROM a\r\nRUN b\r\n" },
	{ "lower case", "from a as b\nrun c\n" },
	{ "escape directive", "# escape=`\nFROM a\nRUN b `\n c\n" },
	{ "comment in a continuation", "FROM a\nRUN b \\\n# note\n\n  c\n" },
	{ "heredoc", "FROM a\nRUN <<EOF\necho \\\nEOF\nCOPY <<\"A\" <<-B /d/\n1\nA\n\t2\n\tB\n" },
	{ "JSON form", "FROM a\nCMD [\"x\", \"y\\\"z\"]\n" },
	{ "almost JSON is shell", "FROM a\nRUN [\"x\"] && y\nRUN ['x']\n" },
	{ "flags",
		"FROM --platform=$P a\nCOPY --link --chmod=755 --from=b x y\nRUN --mount=type=cache,target='/a b' z\n" },
	{ "legacy ENV", "FROM a\nENV a b=c d\nLABEL x \"y z\"\n" },
	{ "expansions", "ARG V=1\nFROM a:${V:-2}\nENV X=${V#*a} Y=$V\n" },
	{ "ONBUILD", "FROM a\nONBUILD RUN b\n" },
	{ "HEALTHCHECK", "FROM a\nHEALTHCHECK --interval=5s CMD x\nHEALTHCHECK NONE\n" },
};

static void accepts_what_buildkit_accepts(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(accepted_cases); ++i) {
		TSTree *tree = parse(accepted_cases[i].text, strlen(accepted_cases[i].text));
		char *shown = ts_node_string(ts_tree_root_node(tree));
		if (ts_node_has_error(ts_tree_root_node(tree))) {
			fail_msg("%s: %s", accepted_cases[i].name, shown);
		}
		free(shown);
		ts_tree_delete(tree);
	}
}

static void a_broken_line_does_not_swallow_the_next(void **state) {
	(void)state;
	const char *text = "FROM a\nCOPY\nFOO bar\nRUN c\n";
	TSTree *tree = parse(text, strlen(text));
	TSNode root = ts_tree_root_node(tree);
	assert_true(ts_node_has_error(root));
	TSNode last = ts_node_named_child(root, ts_node_named_child_count(root) - 1);
	assert_string_equal(ts_node_type(last), "run_instruction");
	assert_int_equal(ts_node_start_point(last).row, 3);
	assert_false(ts_node_has_error(last));
	ts_tree_delete(tree);
}

static void any_bytes_are_survived(void **state) {
	(void)state;
	static const char bytes[] = "FROM a\0b\nRUN <<E\n\xFF\xFE\n\\\n${${${\n\"'`[{";
	for (size_t len = 0; len <= sizeof(bytes); ++len) {
		ts_tree_delete(parse(bytes, len));
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_what_buildkit_accepts),
		cmocka_unit_test(a_broken_line_does_not_swallow_the_next),
		cmocka_unit_test(any_bytes_are_survived),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
