#include "ctxopt/base/json.h"

#include "ctxopt/base/alloc.h"

#include <float.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

/** A document in memory. */
struct doc {
	struct ctx_out out;
	struct ctx_json json;
};

/** Start a document. */
static void begin(struct doc *d, unsigned inline_depth) {
	ctx_out_init_mem(&d->out);
	ctx_json_init(&d->json, &d->out, inline_depth);
}

/** Finish a document, check its text and release it. */
static void assert_doc(struct doc *d, const char *expected) {
	ctx_json_finish(&d->json);
	assert_string_equal(ctx_buf_str(&d->out.buf), expected);
	json_t *tree = json_loadb(d->out.buf.data, d->out.buf.len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(tree);
	json_decref(tree);
	assert_int_equal(ctx_out_close(&d->out, NULL), 0);
}

/* ---- Structure ---- */

static void empty_containers(void **state) {
	(void)state;
	for (unsigned depth = 0; depth < 3; ++depth) {
		struct doc d;
		begin(&d, depth);
		ctx_json_object(&d.json, NULL);
		ctx_json_end(&d.json);
		assert_doc(&d, "{}\n");
		begin(&d, depth);
		ctx_json_array(&d.json, NULL);
		ctx_json_end(&d.json);
		assert_doc(&d, "[]\n");
	}
}

static void scalar_alone_is_a_document(void **state) {
	(void)state;
	struct doc d;
	begin(&d, 0);
	ctx_json_uint(&d.json, NULL, 7);
	assert_doc(&d, "7\n");
}

/** One document with everything in it. */
static void write_sample(struct ctx_json *json) {
	ctx_json_object(json, NULL);
	ctx_json_uint(json, "schema", 1);
	ctx_json_array(json, "entries");
	for (uint64_t i = 0; i < 2; ++i) {
		ctx_json_object(json, NULL);
		ctx_json_uint(json, "n", i);
		ctx_json_array(json, "tags");
		ctx_json_str(json, NULL, "a");
		ctx_json_null(json, NULL);
		ctx_json_end(json);
		ctx_json_end(json);
	}
	ctx_json_end(json);
	ctx_json_object(json, "none");
	ctx_json_end(json);
	ctx_json_bool(json, "last", true);
	ctx_json_end(json);
}

static const struct layout_case {
	unsigned inline_depth;
	const char *text;
} layout_cases[] = {
	{ 0,
		"{\"schema\": 1, \"entries\": [{\"n\": 0, \"tags\": [\"a\", null]}, {\"n\": 1, \"tags\": [\"a\", null]}], "
		"\"none\": {}, \"last\": true}\n" },
	{ 1,
		"{\n"
		"  \"schema\": 1,\n"
		"  \"entries\": [{\"n\": 0, \"tags\": [\"a\", null]}, {\"n\": 1, \"tags\": [\"a\", null]}],\n"
		"  \"none\": {},\n"
		"  \"last\": true\n"
		"}\n" },
	{ 2,
		"{\n"
		"  \"schema\": 1,\n"
		"  \"entries\": [\n"
		"    {\"n\": 0, \"tags\": [\"a\", null]},\n"
		"    {\"n\": 1, \"tags\": [\"a\", null]}\n"
		"  ],\n"
		"  \"none\": {},\n"
		"  \"last\": true\n"
		"}\n" },
	{ 99,
		"{\n"
		"  \"schema\": 1,\n"
		"  \"entries\": [\n"
		"    {\n"
		"      \"n\": 0,\n"
		"      \"tags\": [\n"
		"        \"a\",\n"
		"        null\n"
		"      ]\n"
		"    },\n"
		"    {\n"
		"      \"n\": 1,\n"
		"      \"tags\": [\n"
		"        \"a\",\n"
		"        null\n"
		"      ]\n"
		"    }\n"
		"  ],\n"
		"  \"none\": {},\n"
		"  \"last\": true\n"
		"}\n" },
};

static void layout_follows_the_depth(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(layout_cases); ++i) {
		struct doc d;
		begin(&d, layout_cases[i].inline_depth);
		write_sample(&d.json);
		assert_doc(&d, layout_cases[i].text);
	}
}

static void nests_to_the_limit(void **state) {
	(void)state;
	for (unsigned spread = 0; spread <= CTX_JSON_DEPTH; spread += CTX_JSON_DEPTH) {
		struct doc d;
		begin(&d, spread);
		for (int i = 0; i < CTX_JSON_DEPTH; ++i) {
			// Arrays and objects in turn
			if (i % 2 == 0) {
				ctx_json_array(&d.json, i > 0 ? "inner" : NULL);
				ctx_json_uint(&d.json, NULL, (uint64_t)i);
			} else {
				ctx_json_object(&d.json, NULL);
				ctx_json_uint(&d.json, "n", (uint64_t)i);
			}
		}
		while (d.json.depth > 0) {
			ctx_json_end(&d.json);
		}
		ctx_json_finish(&d.json);
		json_t *tree = json_loadb(d.out.buf.data, d.out.buf.len, 0, NULL);
		assert_non_null(tree);
		json_decref(tree);
		assert_int_equal(ctx_out_close(&d.out, NULL), 0);
	}
}

/* ---- Values ---- */

static void numbers(void **state) {
	(void)state;
	struct doc d;
	begin(&d, 0);
	ctx_json_array(&d.json, NULL);
	ctx_json_uint(&d.json, NULL, 0);
	ctx_json_uint(&d.json, NULL, 10);
	ctx_json_uint(&d.json, NULL, INT64_MAX);
	ctx_json_int(&d.json, NULL, 0);
	ctx_json_int(&d.json, NULL, -1);
	ctx_json_int(&d.json, NULL, INT64_MAX);
	ctx_json_int(&d.json, NULL, INT64_MIN);
	ctx_json_end(&d.json);
	assert_doc(&d, "[0, 10, 9223372036854775807, 0, -1, 9223372036854775807, -9223372036854775808]\n");

	begin(&d, 0);
	ctx_json_uint(&d.json, NULL, UINT64_MAX); // more than jansson can hold
	assert_string_equal(ctx_buf_str(&d.out.buf), "18446744073709551615");
	ctx_out_abort(&d.out);
}

static const struct double_case {
	double value;
	const char *text;
} double_cases[] = {
	{ 0, "0" },
	{ -0.0, "0" },
	{ 1, "1" },
	{ 100, "100" },
	{ -2.5, "-2.5" },
	{ 0.1, "0.1" },
	{ 1.0 / 3, "0.333333" },
	{ 0.0000005, "0" }, /* below the half in binary */
	{ 0.0000006, "0.000001" },
	{ -0.0000001, "0" },
	{ 1e15, "1000000000000000" },
	{ 123456.789, "123456.789" },
};

static void doubles_have_six_decimals(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(double_cases); ++i) {
		struct doc d;
		begin(&d, 0);
		ctx_json_double(&d.json, NULL, double_cases[i].value);
		ctx_json_finish(&d.json);
		ctx_buf_truncate(&d.out.buf, d.out.buf.len - 1);
		assert_string_equal(ctx_buf_str(&d.out.buf), double_cases[i].text);
		ctx_out_abort(&d.out);
	}
	struct doc d;
	begin(&d, 0);
	ctx_json_double(&d.json, NULL, -DBL_MAX);
	assert_int_equal(d.out.buf.len, 310);
	ctx_out_abort(&d.out);
}

/** What printf() makes of a number, without its last zeros. */
static void print_double(char *text, size_t room, double value) {
	int len = snprintf(text, room, "%.6f", value);
	while (text[len - 1] == '0') {
		--len;
	}
	text[text[len - 1] == '.' ? len - 1 : len] = '\0';
}

static void doubles_are_rounded_as_by_printf(void **state) {
	(void)state;
	uint64_t random = 1;
	for (unsigned i = 0; i < 200000; ++i) {
		random = random * 6364136223846793005 + 1442695040888963407;
		// Numbers of all sizes; tenths to ten millionths, every other one of which ends in a five
		double scale = (double)(UINT64_C(1) << (random & 63));
		double tens[] = { 10, 1e3, 1e6, 2e7 };
		double value = (i & 1) != 0 ? (double)(random >> 11) / scale : (double)(random >> 44) / tens[i / 2 % 4];
		struct doc d;
		char text[352];
		begin(&d, 0);
		ctx_json_double(&d.json, NULL, value);
		print_double(text, sizeof(text), value);
		assert_string_equal(ctx_buf_str(&d.out.buf), text);
		assert_int_equal(ctx_out_close(&d.out, NULL), 0);
	}
}

static void parts_of_an_array_follow_each_other(void **state) {
	(void)state;
	static const char *const texts[] = { "{\n  \"a\": [\n    [\"x\"],\n    [\"y\"],\n    1,\n    2\n  ]\n}\n",
		"{\n  \"a\": [\n    0,\n    [\"x\"],\n    [\"y\"],\n    1,\n    2\n  ]\n}\n" };
	for (unsigned before = 0; before < 2; ++before) {
		struct doc d;
		begin(&d, 2);
		ctx_json_object(&d.json, NULL);
		ctx_json_array(&d.json, "a");
		if (before > 0) {
			ctx_json_uint(&d.json, NULL, 0);
		}
		struct ctx_out outs[2];
		struct ctx_json parts[2];
		for (unsigned i = 0; i < 2; ++i) {
			ctx_out_init_mem(&outs[i]);
			parts[i] = ctx_json_part(&d.json, &outs[i], before + i > 0);
		}
		ctx_json_uint(&parts[1], NULL, 1); // in any order
		ctx_json_array(&parts[0], NULL);
		ctx_json_str(&parts[0], NULL, "x");
		ctx_json_end(&parts[0]);
		ctx_json_uint(&parts[1], NULL, 2);
		ctx_json_array(&parts[0], NULL);
		ctx_json_str(&parts[0], NULL, "y");
		ctx_json_end(&parts[0]);
		for (unsigned i = 0; i < 2; ++i) {
			ctx_json_put_part(&d.json, &outs[i]);
			assert_int_equal(ctx_out_close(&outs[i], NULL), 0);
		}
		ctx_json_end(&d.json);
		ctx_json_end(&d.json);
		assert_doc(&d, texts[before]);
	}
}

static void optional_string(void **state) {
	(void)state;
	struct doc d;
	begin(&d, 0);
	ctx_json_object(&d.json, NULL);
	ctx_json_str(&d.json, "a", NULL);
	ctx_json_str(&d.json, "b", "");
	ctx_json_bool(&d.json, "c", false);
	ctx_json_end(&d.json);
	assert_doc(&d, "{\"a\": null, \"b\": \"\", \"c\": false}\n");
}

/* ---- Strings ---- */

static const struct string_case {
	const char *name, *text;
	size_t len;
	const char *json;
} string_cases[] = {
	{ "plain", "src/main.c", 10, "src/main.c" },
	{ "quote and backslash", "a\"b\\c", 5, "a\\\"b\\\\c" },
	{ "slash is not escaped", "/", 1, "/" },
	{ "named controls", "\b\f\n\r\t", 5, "\\b\\f\\n\\r\\t" },
	{ "other controls", "\0\x01\x1F", 3, "\\u0000\\u0001\\u001f" },
	{ "DEL and C1", "\x7F\xC2\x80\xC2\x9F", 5, "\\u007f\\u0080\\u009f" },
	{ "bidi", "\xE2\x80\xAE", 3, "\\u202e" },
	{ "no-break space", "\xC2\xA0", 2, "\xC2\xA0" },
	{ "umlaut", "\xC3\xA4", 2, "\xC3\xA4" },
	{ "emoji", "\xF0\x9F\x98\x80", 4, "\xF0\x9F\x98\x80" },
	{ "bad byte",
		"a\xFF"
		"b",
		3,
		"a\xEF\xBF\xBD"
		"b" },
	{ "each bad byte", "\xC0\xAF", 2, "\xEF\xBF\xBD\xEF\xBF\xBD" },
	{ "surrogate", "\xED\xA0\x80", 3, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" },
	{ "cut character", "\xF0\x9F\x98", 3, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" },
};

static void strings_are_escaped(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(string_cases); ++i) {
		const struct string_case *c = &string_cases[i];
		// At every offset around the eight-byte steps, with plain text on both sides
		for (size_t before = 0; before < 20; ++before) {
			for (size_t after = 0; after < 20; after += 3) {
				ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT, expected = CTX_BUF_INIT;
				ctx_buf_addf(&text, "%.*s", (int)before, "xxxxxxxxxxxxxxxxxxxx");
				ctx_buf_add(&text, c->text, c->len);
				ctx_buf_addf(&text, "%.*s", (int)after, "yyyyyyyyyyyyyyyyyyyy");
				ctx_buf_addf(&expected, "\"%.*s%s%.*s\"\n", (int)before, "xxxxxxxxxxxxxxxxxxxx",
					c->json, (int)after, "yyyyyyyyyyyyyyyyyyyy");
				struct doc d;
				begin(&d, 0);
				ctx_json_string(&d.json, NULL, text.data, text.len);
				ctx_json_finish(&d.json);
				if (strcmp(ctx_buf_str(&d.out.buf), ctx_buf_str(&expected)) != 0) {
					fail_msg("%s: %s", c->name, ctx_buf_str(&d.out.buf));
				}
				ctx_out_abort(&d.out);
			}
		}
	}
}

static void every_byte_reads_back(void **state) {
	(void)state;
	char text[128 * 8];
	for (size_t i = 0; i < sizeof(text); ++i) {
		text[i] = (char)(i / 8 + i % 8 * 16) & 0x7F;
	}
	struct doc d;
	begin(&d, 0);
	ctx_json_string(&d.json, NULL, text, sizeof(text));
	ctx_json_finish(&d.json);
	json_t *tree = json_loadb(d.out.buf.data, d.out.buf.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	assert_non_null(tree);
	assert_int_equal(json_string_length(tree), sizeof(text));
	assert_memory_equal(json_string_value(tree), text, sizeof(text));
	json_decref(tree);
	ctx_out_abort(&d.out);
}

static void long_strings_are_not_torn(void **state) {
	(void)state;
	// Four-byte characters behind 0 to 3 bytes: one of them lies across each boundary of the pieces
	for (size_t shift = 0; shift < 4; ++shift) {
		char text[20000];
		memset(text, 'x', sizeof(text));
		for (size_t at = shift; at + 4 <= sizeof(text); at += 4) {
			memcpy(text + at, "\xF0\x9F\x98\x80", 4);
		}
		struct doc d;
		begin(&d, 0);
		ctx_json_string(&d.json, NULL, text, sizeof(text));
		ctx_json_finish(&d.json);
		assert_int_equal(d.out.buf.len, sizeof(text) + 3);
		assert_memory_equal(d.out.buf.data + 1, text, sizeof(text));
		ctx_out_abort(&d.out);

		// And continuation bytes alone, which leave no good place to cut
		memset(text, '\x80', sizeof(text));
		begin(&d, 0);
		ctx_json_string(&d.json, NULL, text, sizeof(text));
		assert_int_equal(d.out.buf.len, 3 * sizeof(text) + 2);
		ctx_out_abort(&d.out);
	}
}

static void strings_around_the_piece_size(void **state) {
	(void)state;
	static char text[6200];
	memset(text, '\x01', sizeof(text)); // all of them six bytes: the worst case
	static const size_t lengths[] = { 0, 1, 3071, 3072, 3073, 6143, 6144, 6145 };
	for (size_t i = 0; i < CTX_COUNTOF(lengths); ++i) {
		struct doc d;
		begin(&d, 0);
		ctx_json_string(&d.json, NULL, text, lengths[i]);
		assert_int_equal(d.out.buf.len, 6 * lengths[i] + 2);
		ctx_out_abort(&d.out);
	}
}

static void keys_are_escaped(void **state) {
	(void)state;
	struct doc d;
	begin(&d, 1);
	ctx_json_object(&d.json, NULL);
	ctx_json_uint(&d.json, ".\"c\"\n", 1);
	ctx_json_uint(&d.json, "", 2);
	ctx_json_end(&d.json);
	assert_doc(&d, "{\n  \".\\\"c\\\"\\n\": 1,\n  \"\": 2\n}\n");
}

/* ---- Paths ---- */

static const struct path_case {
	const char *path;
	size_t len;
	const char *json;
} path_cases[] = {
	{ "", 0, "{\"path\": \"\"}\n" },
	{ "a\nb", 3, "{\"path\": \"a\\nb\"}\n" },
	{ "\xC3\xA4", 2, "{\"path\": \"\xC3\xA4\"}\n" },
	{ "\xE4", 1, "{\"path\": \"\xEF\xBF\xBD\", \"path_base64\": \"5A==\"}\n" },
	{ "\xE4"
	  "b",
		2,
		"{\"path\": \"\xEF\xBF\xBD"
		"b\", \"path_base64\": \"5GI=\"}\n" },
	{ "\xE4"
	  "bc",
		3,
		"{\"path\": \"\xEF\xBF\xBD"
		"bc\", \"path_base64\": \"5GJj\"}\n" },
	{ "\xFF\xFE\xFB\xEF", 4,
		"{\"path\": \"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\", \"path_base64\": \"//777w==\"}\n" },
};

static void path_that_is_no_text_has_its_bytes_beside(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(path_cases); ++i) {
		struct doc d;
		begin(&d, 0);
		ctx_json_object(&d.json, NULL);
		ctx_json_path(&d.json, "path", path_cases[i].path, path_cases[i].len);
		ctx_json_end(&d.json);
		assert_doc(&d, path_cases[i].json);
	}
	struct doc d;
	begin(&d, 0);
	ctx_json_array(&d.json, NULL);
	ctx_json_path(&d.json, NULL, "\xE4", 1);
	ctx_json_path(&d.json, NULL, "a", 1);
	ctx_json_end(&d.json);
	assert_doc(&d, "[\"\xEF\xBF\xBD\", \"a\"]\n");
}

/* ---- Streams ---- */

static void large_listing_reads_back(void **state) {
	(void)state;
	char path[] = "/tmp/ctxopt-test-json.XXXXXX";
	ctx_auto_fd int fd = mkstemp(path);
	assert_true(fd >= 0);
	struct ctx_out out;
	struct ctx_json json;
	ctx_out_init_fd(&out, fd);
	ctx_json_init(&json, &out, 1);
	ctx_json_array(&json, NULL);
	const size_t count = 50000;
	for (size_t i = 0; i < count; ++i) {
		char name[64];
		int len = snprintf(name, sizeof(name), "dir\t%zu/%.*s", i, (int)(i % 30),
			"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"");
		ctx_json_object(&json, NULL);
		ctx_json_path(&json, "path", name, (size_t)len);
		ctx_json_uint(&json, "size_bytes", i * i);
		ctx_json_end(&json);
	}
	ctx_json_end(&json);
	ctx_json_finish(&json);
	assert_int_equal(ctx_out_close(&out, NULL), 0);

	json_t *tree = json_load_file(path, 0, NULL);
	unlink(path);
	assert_int_equal(json_array_size(tree), count);
	for (size_t i = 0; i < count; ++i) {
		json_int_t size = json_integer_value(json_object_get(json_array_get(tree, i), "size_bytes"));
		assert_int_equal(size, i * i);
	}
	json_decref(tree);
}

static void errors_stick_in_the_stream(void **state) {
	(void)state;
	// Let each allocation fail once; the writer goes on and the stream tells in the end
	char large[5000];
	memset(large, '\n', sizeof(large));
	for (long n = 0; n < 20; ++n) {
		struct doc d;
		begin(&d, 9);
		ctx_alloc_fail_after(n);
		write_sample(&d.json);
		ctx_json_finish(&d.json);
		ctx_json_init(&d.json, &d.out, 0);
		ctx_json_object(&d.json, NULL);
		ctx_json_path(&d.json, "path", large, sizeof(large));
		ctx_json_path(&d.json, "bad", "\xFF", 1);
		ctx_json_double(&d.json, "double", 1.5);
		ctx_json_end(&d.json);
		ctx_json_finish(&d.json);
		int rc = ctx_out_close(&d.out, NULL);
		ctx_alloc_fail_after(-1);
		if (rc == 0) {
			assert_in_range(n, 1, 19);
			return;
		}
		assert_int_equal(rc, CTX_E_NOMEM);
	}
	fail();
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_containers),
		cmocka_unit_test(scalar_alone_is_a_document),
		cmocka_unit_test(layout_follows_the_depth),
		cmocka_unit_test(nests_to_the_limit),
		cmocka_unit_test(numbers),
		cmocka_unit_test(doubles_have_six_decimals),
		cmocka_unit_test(doubles_are_rounded_as_by_printf),
		cmocka_unit_test(parts_of_an_array_follow_each_other),
		cmocka_unit_test(optional_string),
		cmocka_unit_test(strings_are_escaped),
		cmocka_unit_test(every_byte_reads_back),
		cmocka_unit_test(long_strings_are_not_torn),
		cmocka_unit_test(strings_around_the_piece_size),
		cmocka_unit_test(keys_are_escaped),
		cmocka_unit_test(path_that_is_no_text_has_its_bytes_beside),
		cmocka_unit_test(large_listing_reads_back),
		cmocka_unit_test(errors_stick_in_the_stream),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
