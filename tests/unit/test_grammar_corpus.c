/*
 * The corpus of the grammar (grammar/corpus/NAME.txt) through the library: what `tree-sitter test` checks, for machines
 * without that program.  The format is its own: a name between lines of '=', text, a line of '-', the expected tree.
 */
#include "ctxopt/base/buf.h"
#include "ctxopt/base/file.h"
#include "ctxopt/base/str.h"
#include "grammar/dockerfile.h"

#include <ctype.h>
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <tree_sitter/api.h>

/* Shortest line that separates. */
#define BAR_MIN 3

/* One case. */
struct example {
	struct ctx_str name, text, tree;
};

/* Take a line with its line feed off the front. */
static struct ctx_str take_line(struct ctx_str *rest) {
	const char *end = memchr(rest->ptr, '\n', rest->len);
	struct ctx_str line = { rest->ptr, end != NULL ? (size_t)(end - rest->ptr) + 1 : rest->len };
	*rest = ctx_str_from(*rest, line.len);
	return line;
}

/* Is the line nothing but `c`? */
static bool is_bar(struct ctx_str line, char c) {
	size_t n = 0;
	while (n < line.len && line.ptr[n] == c) {
		++n;
	}
	return n >= BAR_MIN && (n == line.len || line.ptr[n] == '\n');
}

/* Take the lines before a bar, which is dropped or, with `keep`, left; the last line feed of the lines is dropped. */
static struct ctx_str take_until(struct ctx_str *rest, char bar, bool keep) {
	struct ctx_str part = { rest->ptr, 0 };
	while (rest->len > 0) {
		struct ctx_str before = *rest, line = take_line(rest);
		if (is_bar(line, bar)) {
			*rest = keep ? before : *rest;
			break;
		}
		part.len += line.len;
	}
	part.len -= part.len > 0 && part.ptr[part.len - 1] == '\n';
	return part;
}

/* Take one case; false at the end. */
static bool take_example(struct ctx_str *rest, struct example *out) {
	(void)take_until(rest, '=', false);
	out->name = take_until(rest, '=', false);
	out->text = take_until(rest, '-', false);
	out->tree = take_until(rest, '=', true);
	return out->tree.len > 0;
}

/* The tree in one line: white space means nothing. */
static void flatten(struct ctx_buf *out, struct ctx_str tree) {
	bool blank = false;
	for (size_t i = 0; i < tree.len; ++i) {
		char c = tree.ptr[i];
		if (isspace((unsigned char)c)) {
			blank = true;
			continue;
		}
		if (blank && out->len > 0 && c != ')') {
			ctx_buf_addc(out, ' ');
		}
		blank = false;
		ctx_buf_addc(out, c);
	}
	assert_true(ctx_buf_ok(out));
}

/* Parse the text and compare. */
static void check(const char *file, const struct example *example) {
	TSParser *parser = ts_parser_new();
	assert_true(ts_parser_set_language(parser, tree_sitter_dockerfile()));
	TSTree *tree = ts_parser_parse_string(parser, NULL, example->text.ptr, (uint32_t)example->text.len);
	char *got = ts_node_string(ts_tree_root_node(tree));
	ctx_auto_buf struct ctx_buf want = CTX_BUF_INIT, have = CTX_BUF_INIT;
	flatten(&want, example->tree);
	flatten(&have, CTX_STR(got));
	if (strcmp(ctx_buf_str(&want), ctx_buf_str(&have)) != 0) {
		fail_msg("%s: %.*s\nwant %s\n got %s", file, CTX_STR_ARGS(example->name), ctx_buf_str(&want),
			ctx_buf_str(&have));
	}
	free(got);
	ts_tree_delete(tree);
	ts_parser_delete(parser);
}

/* All cases of a file; how many. */
static size_t check_file(int dir, const char *name) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	assert_int_equal(ctx_read_at(&text, dir, name, 1 << 20, NULL), 0);
	struct ctx_str rest = { ctx_buf_str(&text), text.len };
	struct example example;
	size_t count = 0;
	while (take_example(&rest, &example)) {
		check(name, &example);
		++count;
	}
	return count;
}

static void every_tree_is_the_expected_one(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	ctx_buf_addf(&path, "%s/../grammar/corpus", getenv("CTXOPT_TEST_DATA"));
	DIR *dir = opendir(ctx_buf_str(&path));
	assert_non_null(dir);
	size_t count = 0;
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
		if (entry->d_name[0] != '.') {
			size_t found = check_file(dirfd(dir), entry->d_name);
			assert_true(found > 0);
			count += found;
		}
	}
	closedir(dir);
	assert_true(count >= 70);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_tree_is_the_expected_one),
	};
	return cmocka_run_group_tests_name("grammar_corpus", tests, NULL, NULL);
}
