/* The grammar through the library: no error where BuildKit accepts, errors that stay in their line, one rule per row. */
#include "grammar/dockerfile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
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

/* Counts the tokens that are read, by what the library says about its work. */
static void count_tokens(void *count, TSLogType type, const char *message) {
	*(size_t *)count += type == TSLogTypeParse && strncmp(message, "lexed_lookahead", 15) == 0;
}

/* An editor types or deletes a whole line, and parses with the old tree: what is far from it must not be read again. */
static void an_edit_reads_little_again(void **state) {
	(void)state;
	enum { LINES = 1000 };
	static const char line[] = "RUN make && make install\n", open[] = "RUN <<END\n", close[] = "END\n";
	static const struct { /* in this order, each after the one before */
		const char *text;
		uint32_t row;
		bool insert;
	} edits[] = { { open, 3, true }, { close, 6, true }, { close, 6, false }, { open, 3, false } };

	char *text = calloc(LINES + 2, sizeof(line));
	assert_non_null(text);
	for (size_t i = 0; i < LINES; ++i) {
		memcpy(text + i * (sizeof(line) - 1), line, sizeof(line) - 1);
	}
	size_t tokens = 0;
	TSParser *parser = ts_parser_new();
	assert_true(ts_parser_set_language(parser, tree_sitter_dockerfile()));
	ts_parser_set_logger(parser, (TSLogger){ &tokens, count_tokens });
	TSTree *tree = ts_parser_parse_string(parser, NULL, text, (uint32_t)strlen(text));
	size_t all = tokens;
	assert_true(all > LINES);
	for (size_t i = 0; i < CTX_COUNTOF(edits); ++i) {
		char *at = text;
		for (uint32_t row = 0; row < edits[i].row; ++row) {
			at = strchr(at, '\n') + 1;
		}
		uint32_t start = (uint32_t)(at - text), end = start + (uint32_t)strlen(edits[i].text);
		TSPoint from = { edits[i].row, 0 }, to = { edits[i].row + 1, 0 };
		TSInputEdit edit = { start, end, start, from, to, from };
		if (edits[i].insert) {
			edit = (TSInputEdit){ start, start, end, from, from, to };
			memmove(text + end, text + start, strlen(text + start) + 1);
			memcpy(text + start, edits[i].text, end - start);
		} else {
			memmove(text + start, text + end, strlen(text + end) + 1);
		}
		ts_tree_edit(tree, &edit);
		tokens = 0;
		TSTree *next = ts_parser_parse_string(parser, tree, text, (uint32_t)strlen(text));
		ts_tree_delete(tree);
		tree = next;
		if (tokens > all / 10) {
			fail_msg("edit %zu: %zu tokens of %zu read again", i, tokens, all);
		}
	}
	assert_false(ts_node_has_error(ts_tree_root_node(tree)));
	ts_tree_delete(tree);
	ts_parser_delete(parser);
	free(text);
}

/* What the queries for editors find.  Conditions such as #match? are the editor's job: here every match counts. */
static const struct query_case {
	const char *file, *text;
	/* Captures that must be among those found: name, blank, text. */
	const char *found[9];
} query_cases[] = {
	{ "highlights.scm", "# syntax=a\nFROM docker.io/b:1@sha256:ab AS c\n# note\nENV D=${E:-f} G=h\n",
		{ "keyword FROM", "keyword AS", "keyword ENV", "comment # note", "keyword.directive syntax",
			"string.special a", "type docker.io/b", "label c" } },
	{ "highlights.scm", "FROM a\nRUN --mount=type=cache,target=/c x\nCOPY --from=b c d\n",
		{ "keyword RUN", "attribute mount", "property type", "attribute from", "string b" } },
	{ "injections.scm", "FROM a\nRUN b \\\n  c\nCMD [\"d\"]\nRUN <<E\n#!/usr/bin/python3\nf()\nE\n",
		{ "injection.content b ", "injection.content c", "injection.content [\"d\"]",
			"injection.content f()\n" } },
	{ "locals.scm", "ARG V=1\nFROM a AS b\nENV W=$V\nCOPY --from=b c d\n",
		{ "local.definition.var V", "local.definition.namespace b", "local.definition.var W",
			"local.reference V", "local.reference b" } },
	{ "folds.scm", "FROM a\nRUN b \\\n  c\n", { "fold RUN b \\\n  c" } },
};

/* A file of grammar/queries; free it. */
static char *read_query(const char *name, uint32_t *len) {
	char path[4096], *bytes = calloc(1, 1 << 16);
	snprintf(path, sizeof(path), "%s/../grammar/queries/%s", getenv("CTXOPT_TEST_DATA"), name);
	FILE *file = fopen(path, "r");
	if (file == NULL || bytes == NULL) {
		fail_msg("cannot read %s", path);
		return NULL;
	}
	*len = (uint32_t)fread(bytes, 1, (1 << 16) - 1, file);
	fclose(file);
	return bytes;
}

/* All captures, as "name text\n" in order; free it. */
static char *run_query(const TSQuery *query, TSTree *tree, const char *text) {
	size_t cap = 1 << 16, used = 0;
	char *found = calloc(1, cap);
	assert_non_null(found);
	TSQueryCursor *cursor = ts_query_cursor_new();
	ts_query_cursor_exec(cursor, query, ts_tree_root_node(tree));
	TSQueryMatch match;
	uint32_t index;
	while (ts_query_cursor_next_capture(cursor, &match, &index)) {
		const TSQueryCapture *capture = &match.captures[index];
		uint32_t len, start = ts_node_start_byte(capture->node), end = ts_node_end_byte(capture->node);
		const char *name = ts_query_capture_name_for_id(query, capture->index, &len);
		used += (size_t)snprintf(found + used, cap - used, "%.*s %.*s\n", (int)len, name, (int)(end - start),
			text + start);
		assert_true(used < cap);
	}
	ts_query_cursor_delete(cursor);
	return found;
}

static void queries_find_what_they_name(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(query_cases); ++i) {
		const struct query_case *c = &query_cases[i];
		uint32_t len = 0, at;
		TSQueryError problem;
		char *source = read_query(c->file, &len);
		TSQuery *query = ts_query_new(tree_sitter_dockerfile(), source, len, &at, &problem);
		if (query == NULL) {
			fail_msg("%s: error %d at byte %u", c->file, (int)problem, at);
		}
		TSTree *tree = parse(c->text, strlen(c->text));
		char *found = run_query(query, tree, c->text);
		for (const char *const *want = c->found; *want != NULL; ++want) {
			char line[256];
			snprintf(line, sizeof(line), "%s\n", *want);
			if (strstr(found, line) == NULL) {
				fail_msg("%s, row %zu: no '%s' in:\n%s", c->file, i, *want, found);
			}
		}
		free(found);
		free(source);
		ts_tree_delete(tree);
		ts_query_delete(query);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_what_buildkit_accepts),
		cmocka_unit_test(a_broken_line_does_not_swallow_the_next),
		cmocka_unit_test(any_bytes_are_survived),
		cmocka_unit_test(an_edit_reads_little_again),
		cmocka_unit_test(queries_find_what_they_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
