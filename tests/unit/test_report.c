#include "analyzer/report/report.h"
#include "analyzer/report/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "tests/unit/snap.h"

/** Everything that a report borrows, for one small context. */
struct fixture {
	struct ctx_ignore *ig;
	struct ctx_snapshot *snap;
	struct ctx_measure measure;
	struct ctx_rule_facts rules;
	struct ctx_tree tree;
	struct ctx_groups groups;
	struct ctx_waste waste;
	struct ctx_emptied emptied;
	struct ana_head head;
};

/** Make it: three files, one of them excluded. */
static int setup(void **state) {
	static const char rules[] = "*.o\nnothing\n";
	static struct fixture f;
	f = (struct fixture){ .snap = ctx_snapshot_new(1) };
	assert_int_equal(snap_file(f.snap, "src/main.c", 1500), 0);
	assert_int_equal(snap_file(f.snap, "a.o", 7), 0);
	assert_int_equal(snap_file(f.snap, "n\x1b[1m\xff", 1), 0);
	assert_int_equal(snap_file(f.snap, ".git/HEAD", 10), 0);
	assert_int_equal(ctx_snapshot_seal(f.snap, NULL), 0);
	assert_int_equal(ctx_ignore_parse(&f.ig, CTX_IGNORE_DOCKER, rules, sizeof(rules) - 1, NULL), 0);
	assert_int_equal(ctx_snapshot_apply(f.snap, f.ig, NULL), 0);
	struct ctx_tree_opts opts = { .excluded = true };
	assert_int_equal(ctx_measure(&f.measure, f.snap, 2, NULL), 0);
	assert_int_equal(ctx_rule_facts_make(&f.rules, f.snap, f.ig, NULL), 0);
	assert_int_equal(ctx_tree_make(&f.tree, f.snap, &opts, NULL), 0);
	assert_int_equal(ctx_group_files(&f.groups, f.snap, CTX_WHICH_KEPT, 3, NULL), 0);
	assert_int_equal(ctx_waste_find(&f.waste, f.snap, NULL), 0);
	assert_int_equal(ctx_emptied_find(&f.emptied, f.snap, f.ig, 0, NULL), 0);
	static const struct ana_warning warning = { .path = "src",
		.path_len = 3,
		.what = "cannot read directory",
		.sysno = 13 };
	f.head = (struct ana_head){ .command = "context",
		.source = { .kind = "directory",
			.root = ".",
			.dockerfile = "Dockerfile",
			.ignore_file = ".dockerignore",
			.rule_count = 2,
			.engine = "buildkit" },
		.warnings = &warning,
		.warning_count = 1,
		.utf8 = true };
	*state = &f;
	return 0;
}

/** Release it. */
static int teardown(void **state) {
	struct fixture *f = *state;
	ctx_measure_release(&f->measure);
	ctx_rule_facts_release(&f->rules);
	ctx_tree_release(&f->tree);
	ctx_groups_release(&f->groups);
	ctx_waste_release(&f->waste);
	ctx_emptied_release(&f->emptied);
	ctx_snapshot_free(f->snap);
	ctx_ignore_free(f->ig);
	return 0;
}

/** A report of the fixture. */
static struct ana_context report_of(struct fixture *f) {
	return (struct ana_context){ .head = f->head,
		.snap = f->snap,
		.measure = &f->measure,
		.rules = &f->rules,
		.tree = &f->tree,
		.biggest = &f->groups,
		.emptied = &f->emptied,
		.everything = true };
}

/** Render into memory. */
static void render(const struct ana_renderer *renderer, const struct ana_context *r, struct ctx_out *out) {
	ctx_out_init_mem(out);
	renderer->context(out, r);
	assert_int_equal(out->sysno, 0);
}

/** A number in a JSON document. */
static json_int_t number(json_t *doc, const char *a, const char *b, const char *c) {
	json_t *value = json_object_get(json_object_get(json_object_get(doc, a), b), c);
	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

/** JSON can be read, and holds the numbers. */
static void json_holds_the_numbers(void **state) {
	struct ana_context r = report_of(*state);
	r.list = true;
	struct ctx_out out;
	render(&ana_json, &r, &out);
	json_t *doc = json_loadb(out.buf.data, out.buf.len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(doc);
	assert_string_equal(json_string_value(json_object_get(doc, "schema")), "ctxopt.context/1");
	assert_int_equal(number(doc, "totals", "included", "bytes"), 1511);
	assert_int_equal(number(doc, "totals", "excluded", "bytes"), 7);
	assert_true(json_is_null(json_object_get(doc, "transfer")));
	assert_int_equal(json_array_size(json_object_get(doc, "rules")), 2);
	assert_int_equal(json_array_size(json_object_get(doc, "warnings")), 1);
	json_t *entries = json_object_get(doc, "entries");
	assert_int_equal(json_array_size(entries), 5);
	json_t *odd = json_array_get(entries, 2);
	assert_string_equal(json_string_value(json_object_get(odd, "path_base64")), "bhtbMW3/");
	json_decref(doc);
	ctx_out_abort(&out);
}

/** Text and JSON speak of the same numbers; no control byte of a name gets through on a terminal. */
static void text_is_safe_on_a_terminal(void **state) {
	struct ana_context r = report_of(*state);
	struct ctx_out out;
	ctx_out_init_mem(&out);
	out.tty = true;
	out.width = 80;
	ana_text.context(&out, &r);
	const char *text = ctx_buf_str(&out.buf);
	assert_non_null(strstr(text, "context: 1.51 kB (1,511 bytes) in 3 files, 2 directories\n"));
	assert_non_null(strstr(text, "n\\x1b[1m\\xff"));
	assert_null(strchr(text, '\x1b'));
	ctx_out_abort(&out);
}

/** Colours come and go in pairs, and change nothing else. */
static void colours_change_nothing_else(void **state) {
	struct ana_context r = report_of(*state);
	struct ctx_out plain, coloured;
	render(&ana_text, &r, &plain);
	ctx_out_init_mem(&coloured);
	coloured.color = true;
	ana_text.context(&coloured, &r);
	ctx_auto_buf struct ctx_buf stripped = CTX_BUF_INIT;
	bool styled = false;
	const char *text = ctx_buf_str(&coloured.buf);
	for (const char *c = text; *c != '\0'; ++c) {
		if (c[0] == '\x1b' && c[1] == '[' && strncmp(c, "\x1b[1m\xff", 5) != 0) {
			const char *end = strchr(c, 'm');
			styled = end[-1] != '0' || end[-2] != '[';
			if (end - c == 2) {
				styled = false; // "ESC [ m"
			}
			c = end;
			continue;
		}
		ctx_buf_addc(&stripped, *c);
	}
	assert_false(styled);
	assert_string_equal(ctx_buf_str(&stripped), ctx_buf_str(&plain.buf));
	ctx_out_abort(&plain);
	ctx_out_abort(&coloured);
}

/** Lists end paths with what was asked for. */
static void lists_are_plain(void **state) {
	struct ana_context r = report_of(*state);
	struct ctx_out out;
	r.list = true;
	render(&ana_text, &r, &out);
	assert_string_equal(ctx_buf_str(&out.buf), ".git\n.git/HEAD\nn\x1b[1m\xff\nsrc\nsrc/main.c\n");
	ctx_out_abort(&out);
	r.list_nul = r.of_excluded = true;
	render(&ana_text, &r, &out);
	assert_int_equal(out.buf.len, 4);
	assert_memory_equal(out.buf.data, "a.o", 4);
	ctx_out_abort(&out);
}

/** Markdown cells cannot be broken by a name. */
static void markdown_is_escaped(void **state) {
	struct ana_context r = report_of(*state);
	struct ctx_out out;
	render(&ana_markdown, &r, &out);
	assert_non_null(strstr(ctx_buf_str(&out.buf), "`n\\x1b[1m\\xff`"));
	assert_non_null(strstr(ctx_buf_str(&out.buf), "| 1 | `*.o` | excludes 1 file, 7 B |"));
	assert_non_null(strstr(ctx_buf_str(&out.buf), "| 2 | `nothing` | idle: no path matches |"));
	ctx_out_abort(&out);
}

/** The overview in all faces. */
static void overview_has_all_faces(void **state) {
	struct fixture *f = *state;
	struct ana_overview r = { .head = f->head,
		.snap = f->snap,
		.measure = &f->measure,
		.rules = &f->rules,
		.tree = &f->tree,
		.waste = &f->waste,
		.emptied = &f->emptied,
		.prog = "ctxopt" };
	for (size_t i = 0; ana_format_names[i] != NULL; ++i) {
		assert_string_equal(ana_renderers[i]->name, ana_format_names[i]);
		struct ctx_out out;
		ctx_out_init_mem(&out);
		ana_renderers[i]->overview(&out, &r);
		assert_non_null(strstr(ctx_buf_str(&out.buf), ".git"));
		ctx_out_abort(&out);
	}
}

/** Singular and plural. */
static void counts_are_grammatical(void **state) {
	(void)state;
	static const struct {
		struct ctx_totals totals;
		const char *text;
	} rows[] = {
		{ { 0 }, "0 files" },
		{ { .files = 1 }, "1 file" },
		{ { .files = 1234, .dirs = 1, .symlinks = 2 }, "1,234 files, 1 directory, 2 symlinks" },
		{ { .dirs = 2 }, "2 directories" },
		{ { .symlinks = 1 }, "1 symlink" },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		struct ctx_out out;
		ctx_out_init_mem(&out);
		ana_totals(&out, &rows[i].totals, false);
		assert_string_equal(ctx_buf_str(&out.buf), rows[i].text);
		ctx_out_abort(&out);
	}
}

/** Bytes exact and human, small ones once. */
static void bytes_are_exact_and_human(void **state) {
	(void)state;
	static const struct {
		uint64_t bytes;
		const char *text;
	} rows[] = {
		{ 0, "0 bytes" },
		{ 1, "1 byte" },
		{ 999, "999 bytes" },
		{ 1000, "1 kB (1,000 bytes)" },
		{ 12345678, "12.3 MB (12,345,678 bytes)" },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		struct ctx_out out;
		ctx_out_init_mem(&out);
		ana_bytes(&out, rows[i].bytes);
		assert_string_equal(ctx_buf_str(&out.buf), rows[i].text);
		ctx_out_abort(&out);
	}
}

/** A bar has its width whatever the share, and both alphabets. */
static void bars_keep_their_width(void **state) {
	(void)state;
	static const struct {
		uint64_t part, whole;
		bool utf8;
		const char *text;
	} rows[] = {
		{ 0, 0, true, "    " },
		{ 0, 9, true, "    " },
		{ 9, 9, true, "████" },
		{ 1, 2, true, "██  " },
		{ 1, 32, true, "▏   " },
		{ 31, 32, true, "███▉" },
		{ 9, 9, false, "####" },
		{ 1, 2, false, "##  " },
		{ 1, 64, false, "    " },
		{ UINT64_MAX, UINT64_MAX, true, "████" },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		struct ctx_out out;
		ctx_out_init_mem(&out);
		ana_bar(&out, rows[i].part, rows[i].whole, 4, rows[i].utf8);
		assert_string_equal(ctx_buf_str(&out.buf), rows[i].text);
		ctx_out_abort(&out);
	}
}

/** On a terminal the beginning of a long name is cut, between characters; elsewhere nothing is. */
static void long_names_are_cut(void **state) {
	(void)state;
	static const struct {
		const char *name;
		size_t room;
		bool tty;
		const char *text;
	} rows[] = {
		{ "abcdefghijkl", 12, true, "abcdefghijkl" }, { "abcdefghijkl", 10, true, "…defghijkl" },
		{ "abcdefghijkl", 10, false, "abcdefghijkl" }, { "äöüäöüäöüäöü", 10, true, "…äöüäöüäöü" },
		{ "abcdefghijkl", 2, true, "abcdefghijkl" }, // no room at all: better whole than nothing
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		struct ctx_out out;
		ctx_out_init_mem(&out);
		out.tty = rows[i].tty;
		ana_name(&out, rows[i].name, strlen(rows[i].name), rows[i].room, true);
		assert_string_equal(ctx_buf_str(&out.buf), rows[i].text);
		ctx_out_abort(&out);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(json_holds_the_numbers, setup, teardown),
		cmocka_unit_test_setup_teardown(text_is_safe_on_a_terminal, setup, teardown),
		cmocka_unit_test_setup_teardown(colours_change_nothing_else, setup, teardown),
		cmocka_unit_test_setup_teardown(lists_are_plain, setup, teardown),
		cmocka_unit_test_setup_teardown(markdown_is_escaped, setup, teardown),
		cmocka_unit_test_setup_teardown(overview_has_all_faces, setup, teardown),
		cmocka_unit_test(counts_are_grammatical),
		cmocka_unit_test(bytes_are_exact_and_human),
		cmocka_unit_test(bars_keep_their_width),
		cmocka_unit_test(long_names_are_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
