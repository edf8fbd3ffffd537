#include "ctxopt/base/yaml.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

/* Which texts are YAML, and where each node stands, is compared with PyYAML in conform/yaml_tree.py; here stands what that cannot see. */

/** Read a text. */
static int parse(struct ctx_yaml_documents *out, struct ctx_arena *arena, struct ctx_str text, struct ctx_error *err) {
	*err = (struct ctx_error){ 0 };
	return ctx_yaml_parse(out, arena, text, err);
}

/** The only document of a text that is right. */
static struct ctx_yaml *parse_one(struct ctx_arena *arena, const char *text) {
	struct ctx_yaml_documents out;
	struct ctx_error err;
	if (parse(&out, arena, CTX_STR(text), &err) < 0 || out.count != 1) {
		fail_msg("%s: %zu documents: %s", text, out.count, err.msg);
	}
	return out.items[0];
}

static void places_are_kept(void **state) {
	(void)state;
	static const char text[] =
		"\xef\xbb\xbf"
		"é: &x \"ü\\n\" # c\r\nlist:\n- a\n- [b,\n   c] # d\n\ntext: |\n  1\n  2\n\n\nend: {u: v}\n";
	static const struct {
		const char *path[2];
		int item;
		uint32_t line, column, end_line;
		const char *written;
	} rows[] = {
		{ { "é" }, -1, 1, 8, 1, "\"ü\\n\"" },
		{ { "list" }, -1, 3, 1, 5, "- a\n- [b,\n   c]" },
		{ { "list" }, 0, 3, 3, 3, "a" },
		{ { "list" }, 1, 4, 3, 5, "[b,\n   c]" },
		{ { "text" }, -1, 7, 7, 9, "|\n  1\n  2" },
		{ { "end" }, -1, 12, 6, 12, "{u: v}" },
		{ { "end", "u" }, -1, 12, 10, 12, "v" },
	};
	struct ctx_arena arena = CTX_ARENA_INIT;
	const struct ctx_yaml *root = parse_one(&arena, text);
	assert_int_equal(root->from, 3);
	assert_int_equal(root->end_line, 12);
	assert_int_equal(root->len, sizeof(text) - 1 - 3 - 1);
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		const struct ctx_yaml *v = ctx_yaml_at(root, rows[i].path[0], rows[i].path[1], NULL);
		v = rows[i].item >= 0 ? v->items[rows[i].item] : v;
		if (v->line != rows[i].line || v->column != rows[i].column || v->end_line != rows[i].end_line ||
			!ctx_str_is((struct ctx_str){ text + v->from, v->len }, rows[i].written)) {
			fail_msg("row %zu: %u:%u..%u '%.*s'", i, v->line, v->column, v->end_line, (int)v->len,
				text + v->from);
		}
	}
	assert_string_equal(ctx_yaml_get(root, "text")->text.ptr, "1\n2\n");
	assert_string_equal(ctx_yaml_get(root, "é")->text.ptr, "ü\n");
	ctx_arena_release(&arena);
}

static void lines_end_at_line_feeds_alone(void **state) {
	(void)state;
	struct ctx_arena arena = CTX_ARENA_INIT;
	const struct ctx_yaml *root = parse_one(&arena, "a: \"x\xe2\x80\xa8y\xc2\x85z\"\nb: 1\n");
	assert_int_equal(ctx_yaml_get(root, "b")->line, 2);
	assert_int_equal(ctx_yaml_get(root, "b")->column, 4);
	ctx_arena_release(&arena);
}

static void scalars_have_kinds(void **state) {
	(void)state;
	struct ctx_arena arena = CTX_ARENA_INIT;
	const struct ctx_yaml *root = parse_one(&arena,
		"a: yes\nb: \"yes\"\nc: !!str yes\nd:\ne: ~\nf: ''\ng: 'null'\nh: off\ni: No\nj: [x]\nk: !reset null\nl: truely");
	static const struct {
		const char *key;
		bool is_null, is_true, is_false;
		const char *text;
	} rows[] = {
		{ "a", false, true, false, "yes" },
		{ "b", false, false, false, "yes" },
		{ "c", false, false, false, "yes" },
		{ "d", true, false, false, NULL },
		{ "e", true, false, false, NULL },
		{ "f", false, false, false, "" },
		{ "g", false, false, false, "null" },
		{ "h", false, false, true, "off" },
		{ "i", false, false, true, "No" },
		{ "j", false, false, false, NULL },
		{ "k", true, false, false, NULL },
		{ "l", false, false, false, "truely" },
		{ "missing", true, false, false, NULL },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		const struct ctx_yaml *v = ctx_yaml_get(root, rows[i].key);
		struct ctx_str text = ctx_yaml_text(v);
		if (ctx_yaml_is_null(v) != rows[i].is_null || ctx_yaml_is_true(v) != rows[i].is_true ||
			ctx_yaml_is_false(v) != rows[i].is_false || (text.ptr == NULL) != (rows[i].text == NULL) ||
			(text.ptr != NULL && strcmp(text.ptr, rows[i].text) != 0)) {
			fail_msg("%s", rows[i].key);
		}
	}
	assert_null(ctx_yaml_get(ctx_yaml_get(root, "a"), "b"));
	assert_null(ctx_yaml_get(NULL, "b"));
	assert_null(ctx_yaml_at(root, "j", "k", NULL));
	ctx_arena_release(&arena);
}

/** Adds "key=value " to a text. */
static int add_pair(void *arg, const struct ctx_yaml *key, const struct ctx_yaml *value) {
	ctx_buf_addf(arg, "%s=%s ", key->text.ptr, value->text.ptr);
	return ctx_str_is(key->text, "stop") ? 7 : 0;
}

static void maps_are_merged(void **state) {
	(void)state;
	struct ctx_arena arena = CTX_ARENA_INIT;
	ctx_auto_buf struct ctx_buf seen = CTX_BUF_INIT;
	const struct ctx_yaml *root = parse_one(&arena,
		"x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4, <<: *x}\nz: {c: 5, <<: [*y, *x, {d: 6}], e: 7}\nw: {'<<': *x}\ns: {stop: 1, t: 2}");
	const struct ctx_yaml *z = ctx_yaml_get(root, "z");
	assert_string_equal(ctx_yaml_get(z, "a")->text.ptr, "1");
	assert_string_equal(ctx_yaml_get(z, "b")->text.ptr, "3");
	assert_string_equal(ctx_yaml_get(z, "c")->text.ptr, "5");
	assert_string_equal(ctx_yaml_get(z, "d")->text.ptr, "6");
	assert_null(ctx_yaml_get(z, "f"));
	assert_int_equal(ctx_yaml_each(z, add_pair, &seen), 0);
	assert_string_equal(ctx_buf_str(&seen), "c=5 e=7 b=3 a=1 d=6 ");
	assert_null(ctx_yaml_get(ctx_yaml_get(root, "w"), "a"));
	assert_int_equal(ctx_yaml_get(root, "w")->merged, 0);
	ctx_buf_reset(&seen);
	assert_int_equal(ctx_yaml_each(ctx_yaml_get(root, "s"), add_pair, &seen), 7);
	assert_string_equal(ctx_buf_str(&seen), "stop=1 ");
	assert_int_equal(ctx_yaml_each(ctx_yaml_get(root, "missing"), add_pair, &seen), 0);
	ctx_arena_release(&arena);
}

/* A text, and what is wrong with it where, behind so many documents. */
static const struct {
	const char *text;
	unsigned line, column;
	size_t documents;
	const char *message;
} rows[] = {
	{ "a: 1\nb: 2\na: 3", 3, 1, 0, "the key 'a' is there already, in line 1" },
	{ "a: {b: 1, \"b\": 2}", 1, 11, 0, "the key 'b' is there already, in line 1" },
	{ "a: 1\n---\nb: 2\n---\nc: 3\n c: 4\n", 6, 3, 2, "mapping values are not allowed in this context" },
	{ "a:\n\tb: 1", 2, 1, 0, "a tab where YAML wants blanks" },
	{ "a: *b", 1, 4, 0, "'*b' has no anchor before it" },
	{ "a: &b [1, *b]", 1, 11, 0, "'*b' stands in what it stands for" },
	{ "a: &b x\n---\nc: *b", 3, 4, 1, "'*b' has no anchor before it" },
	{ "a: 1\n<<: x", 2, 1, 0, "'<<' takes a map or a list of maps" },
	{ "a: 1\n<<: [{b: c}, x]", 2, 1, 0, "'<<' takes a map or a list of maps" },
	{ "a: {b: 1", 1, 9, 0, "did not find expected ',' or '}' while parsing a flow mapping that begins in line 1" },
	{ "a: \"b", 1, 6, 0, "found unexpected end of stream while scanning a quoted scalar that begins in line 1" },
	{ "a: 1\n---\nb: \xff\n", 3, 4, 1, "byte 0xFF is not UTF-8" },
	{ "a: b\x01", 1, 5, 0, "U+0001 is not allowed in YAML" },
	{ "a: b\n\xef\xbb\xbf"
	  "c: d",
		2, 1, 0, "U+FEFF is not allowed in YAML" },
	{ "\xff\xfe"
	  "a",
		1, 1, 0, "UTF-16, not UTF-8" },
	{ "<html>\n<body class=\"x: y\">: [", 2, 15, 0, "mapping values are not allowed in this context" },
	{ "%!PS-Adobe", 1, 2, 0,
		"could not find expected directive name while scanning a directive that begins in line 1" },
};

static void errors_have_a_place(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		struct ctx_arena arena = CTX_ARENA_INIT;
		struct ctx_yaml_documents out;
		struct ctx_error err;
		int rc = parse(&out, &arena, CTX_STR(rows[i].text), &err);
		if (rc != CTX_E_SYNTAX || err.line != rows[i].line || err.column != rows[i].column ||
			out.count != rows[i].documents || strcmp(err.msg, rows[i].message) != 0) {
			fail_msg("%s: %d, %zu documents, %u:%u: %s", rows[i].text, rc, out.count, err.line, err.column,
				err.msg);
		}
		ctx_arena_release(&arena);
	}
}

static void documents_are_separate(void **state) {
	(void)state;
	static const struct {
		const char *text;
		size_t count, empty;
	} counts[] = {
		{ "", 0, 0 },
		{ "# only a comment\n", 0, 0 },
		{ "\xef\xbb\xbf", 0, 0 },
		{ "---", 1, 1 },
		{ "---\n...\n", 1, 1 },
		{ "---\n# c\n---\na: b\n---\n", 3, 2 },
		{ "a\n---\n~\n", 2, 0 },
		{ "--- ''\n", 1, 0 },
		{ "a: &a x\n---\nb: &a y\nc: *a\n", 2, 0 },
	};
	for (size_t i = 0; i < CTX_COUNTOF(counts); ++i) {
		struct ctx_arena arena = CTX_ARENA_INIT;
		struct ctx_yaml_documents out;
		struct ctx_error err;
		size_t empty = 0;
		assert_int_equal(parse(&out, &arena, CTX_STR(counts[i].text), &err), 0);
		for (size_t k = 0; k < out.count; ++k) {
			empty += out.items[k] == NULL;
		}
		if (out.count != counts[i].count || empty != counts[i].empty) {
			fail_msg("'%s': %zu, %zu empty", counts[i].text, out.count, empty);
		}
		ctx_arena_release(&arena);
	}
}

/** What reading a text gives that is `head`, `middle` N times with its number for "%d", and `tail`. */
static int repeat(const char *head, const char *middle, int n, const char *tail, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	struct ctx_arena arena = CTX_ARENA_INIT;
	struct ctx_yaml_documents out;
	ctx_buf_adds(&text, head);
	for (int i = 0; i < n; ++i) {
		const char *at = strstr(middle, "%d");
		size_t len = at == NULL ? strlen(middle) : (size_t)(at - middle);
		ctx_buf_add(&text, middle, len);
		if (at != NULL) {
			ctx_buf_addf(&text, "%d%s", i, at + 2);
		}
	}
	ctx_buf_adds(&text, tail);
	int rc = parse(&out, &arena, (struct ctx_str){ ctx_buf_str(&text), text.len }, err);
	ctx_arena_release(&arena);
	return rc;
}

static void limits_are_kept(void **state) {
	(void)state;
	struct ctx_error err;
	assert_int_equal(repeat("", "[", CTX_YAML_DEPTH_MAX + 1, "", &err), CTX_E_LIMIT);
	assert_string_equal(err.msg, "more than 100 levels");
	assert_int_equal(repeat("", "- ", CTX_YAML_DEPTH_MAX, "a", &err), 0);
	assert_int_equal(repeat("", "- ", CTX_YAML_DEPTH_MAX + 1, "a", &err), CTX_E_LIMIT);
	assert_int_equal(repeat("", "{a: ", 100000, "", &err), CTX_E_LIMIT);
	assert_int_equal(repeat("[", "a,", (int)CTX_YAML_NODES_MAX - 1, "]", &err), 0);
	assert_int_equal(repeat("[", "a,", (int)CTX_YAML_NODES_MAX, "]", &err), CTX_E_LIMIT);
	assert_int_equal(repeat("- &a x\n", "- *a\n", (int)CTX_YAML_NODES_MAX, "", &err), CTX_E_LIMIT);
	assert_string_equal(err.msg, "more than 1048576 nodes");
	assert_int_equal(repeat("", "# 34567\n", (int)CTX_YAML_BYTES_MAX / 8, "", &err), 0);
	assert_int_equal(repeat("", "# 34567\n", (int)CTX_YAML_BYTES_MAX / 8, "#", &err), CTX_E_LIMIT);
	assert_string_equal(err.msg, "larger than 8388608 bytes");
}

static void bombs_cost_what_their_lines_cost(void **state) {
	(void)state;
	struct ctx_error err;
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	struct ctx_arena arena = CTX_ARENA_INIT;
	struct ctx_yaml_documents out;
	ctx_buf_adds(&text, "a0: &a0 [x]\n");
	for (int i = 1; i < 1000; ++i) { // stands for 10 to the power of 999 nodes
		ctx_buf_addf(&text, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i - 1,
			i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	}
	assert_int_equal(parse(&out, &arena, (struct ctx_str){ ctx_buf_str(&text), text.len }, &err), 0);
	assert_true(arena.reserved_bytes < 4u << 20);
	ctx_arena_release(&arena);

	// Merged maps double with each line: refused as soon as one would have too many
	ctx_buf_reset(&text);
	ctx_buf_adds(&text, "m0: &m0 {x: y}\n");
	for (int i = 1; i < 40; ++i) {
		ctx_buf_addf(&text, "m%d: &m%d {<<: [*m%d, *m%d]}\n", i, i, i - 1, i - 1);
	}
	assert_int_equal(parse(&out, &arena, (struct ctx_str){ ctx_buf_str(&text), text.len }, &err), CTX_E_LIMIT);
	assert_string_equal(err.msg, "'<<' merges too many keys");
	assert_int_equal(err.line, 13);
	ctx_arena_release(&arena);
}

/** Seconds of this thread's time. */
static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void time_is_linear(void **state) {
	(void)state;
	static const struct {
		const char *head, *middle, *tail;
	} texts[] = {
		{ "", "key%d: v\n", "" }, // duplicates are looked for
		{ "{", "k%d: v,", "}" },
		{ "", "é%d: ü\n", "" },
		{ "a: \"", "é", "\"" },
		{ "[", "{a: b},", "]" },
		{ "", "- &a%d x\n- *a0\n", "" },
		{ "", "? [", "" },
		{ "[", "\"a\" ", "" },
		{ "a: |\n", "\n", "" },
		{ "", "? a\n", "" },
		{ "", "a: b\n---\n", "" },
	};
	for (size_t i = 0; i < CTX_COUNTOF(texts); ++i) {
		struct ctx_error err;
		double begin = now();
		(void)repeat(texts[i].head, texts[i].middle, 10000, texts[i].tail, &err);
		double small = now() - begin;
		begin = now();
		(void)repeat(texts[i].head, texts[i].middle, 160000, texts[i].tail, &err);
		double large = now() - begin;
		if (large > 6 * 16 * small + 0.2) { // 16 times as much; were it quadratic, 256 times
			fail_msg("%s: %f s, %f s", texts[i].middle, small, large);
		}
	}
}

static void memory_may_end_anywhere(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_buf_adds(&text, "x: &x {a: 1}\n");
	for (int i = 0; i < 40; ++i) {
		ctx_buf_addf(&text, "t%d: &t%d\n  - some text\n  - {<<: *x, b: \"value of some length\"}\n", i, i);
	}
	ctx_buf_adds(&text, "---\nmore\n");
	int rc = CTX_E_NOMEM;
	long n = 0;
	for (; rc == CTX_E_NOMEM; ++n) {
		struct ctx_arena arena = CTX_ARENA_INIT;
		struct ctx_yaml_documents out;
		ctx_alloc_fail_after(n);
		rc = ctx_yaml_parse(&out, &arena, (struct ctx_str){ ctx_buf_str(&text), text.len }, NULL);
		ctx_alloc_fail_after(-1);
		ctx_arena_release(&arena);
	}
	assert_int_equal(rc, 0);
	assert_true(n > 8);

	// A walk over merged maps needs memory too
	struct ctx_arena arena = CTX_ARENA_INIT;
	const struct ctx_yaml *root = parse_one(&arena, "x: &x {a: 1}\ny: {<<: *x}\n");
	ctx_auto_buf struct ctx_buf seen = CTX_BUF_INIT;
	ctx_alloc_fail_after(0);
	rc = ctx_yaml_each(ctx_yaml_get(root, "y"), add_pair, &seen);
	ctx_alloc_fail_after(-1);
	assert_int_equal(rc, CTX_E_NOMEM);
	ctx_arena_release(&arena);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_are_kept),
		cmocka_unit_test(lines_end_at_line_feeds_alone),
		cmocka_unit_test(scalars_have_kinds),
		cmocka_unit_test(maps_are_merged),
		cmocka_unit_test(errors_have_a_place),
		cmocka_unit_test(documents_are_separate),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(bombs_cost_what_their_lines_cost),
		cmocka_unit_test(time_is_linear),
		cmocka_unit_test(memory_may_end_anywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
