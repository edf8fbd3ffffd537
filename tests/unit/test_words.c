#include "analyzer/dockerfile/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/buf.h"

#define NBSP "\xC2\xA0"
#define FFFD "\xEF\xBF\xBD"

/** Words in parentheses: "(a)(b c)". */
static void show(struct ctx_buf *out, const struct ana_words *words) {
	for (size_t i = 0; i < words->items.count; ++i) {
		ctx_buf_addc(out, '(');
		ctx_buf_add(out, words->items.items[i].ptr, words->items.items[i].len);
		ctx_buf_addc(out, ')');
	}
}

/** Flag words in parentheses, then what is left. */
static const struct flags_case {
	const char *name, *text, *want;
	char escape;
} flags_cases[] = {
	{ "none", "echo --x", "echo --x", '\\' },
	{ "nothing", "", "", '\\' },
	{ "leading words", "--a --b=c d --e", "(--a)(--b=c)d --e", '\\' },
	{ "nothing but flags", "--a --b", "(--a)(--b)", '\\' },
	{ "two dashes end them and vanish", "--a -- --b", "(--a) --b", '\\' },
	{ "two dashes at the end", "--a --", "(--a)", '\\' },
	{ "two dashes with empty quotes", "--'' b", " b", '\\' },
	{ "one dash", "-a", "-a", '\\' },
	{ "quotes protect blanks and vanish", "--mount=type=cache,target='/a b' x", "(--mount=type=cache,target=/a b)x",
		'\\' },
	{ "the other quote stays", "--a=\"b'c\" d", "(--a=b'c)d", '\\' },
	{ "escape in both quotes", "--a='b\\'c'\"\\\"\" d", "(--a=b'c\")d", '\\' },
	{ "escaped blank", "--a=b\\ c d", "(--a=b c)d", '\\' },
	{ "escape at the end", "--a=b\\", "(--a=b)", '\\' },
	{ "escape at the end of quotes", "--a='b\\", "(--a=b)", '\\' },
	{ "open quotes", "--a='b c", "(--a=b c)", '\\' },
	{ "other escape", "--a=b`'\\c d", "(--a=b'\\c)d", '`' },
	{ "bytes are code points", "--a=\xC3\xA4 b", "(--a=\xC3\x83\xC2\xA4)b", '\\' },
	{ "byte A0 is a space", "--a\xA0--b c", "(--a)(--b)c", '\\' },
	{ "byte 85 before a word vanishes", "\x85 x", "x", '\\' },
	{ "line feed is a space", "--a\n--b\nc", "(--a)(--b)c", '\\' },
};

static void flags_are_taken(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(flags_cases); ++i) {
		const struct flags_case *c = &flags_cases[i];
		ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
		ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT;
		ana_auto_words struct ana_words flags = { 0 };
		struct ctx_str rest = CTX_STR(c->text);
		assert_int_equal(ana_words_flags(&flags, &rest, c->escape, &arena), 0);
		show(&got, &flags);
		ctx_buf_add(&got, rest.ptr, rest.len);
		if (strcmp(ctx_buf_str(&got), c->want) != 0) {
			fail_msg("%s: '%s', expected '%s'", c->name, ctx_buf_str(&got), c->want);
		}
	}
}

static const struct words_case {
	const char *name, *text, *want;
} blank_cases[] = {
	{ "nothing", "", "" },
	{ "runs", "a  b\tc \v\f\r d", "(a)(b)(c)(d)" },
	{ "quotes are text", "\"a b\" c", "(\"a)(b\")(c)" },
	{ "a no-break space is text", "a" NBSP "b", "(a" NBSP "b)" },
	{ "a line feed is text", "a\nb", "(a\nb)" },
	{ "empty words at the ends", " a ", "()(a)()" },
};

static void words_at_blanks(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(blank_cases); ++i) {
		ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT;
		ana_auto_words struct ana_words words = { 0 };
		assert_int_equal(ana_words_blank(&words, CTX_STR(blank_cases[i].text)), 0);
		show(&got, &words);
		if (strcmp(ctx_buf_str(&got), blank_cases[i].want) != 0) {
			fail_msg("%s: '%s', expected '%s'", blank_cases[i].name, ctx_buf_str(&got),
				blank_cases[i].want);
		}
	}
}

static const struct flags_case quoted_cases[] = {
	{ "nothing", "", "", '\\' },
	{ "blanks", " \t" NBSP, "", '\\' },
	{ "words", " a b=c  d ", "(a)(b=c)(d)", '\\' },
	{ "quotes stay", "a='b c' \"d e\"f", "(a='b c')(\"d e\"f)", '\\' },
	{ "empty quotes", "'' \"\"", "('')(\"\")", '\\' },
	{ "escaped blank", "a\\ b c", "(a\\ b)(c)", '\\' },
	{ "escaped quote", "a\\\"b c", "(a\\\"b)(c)", '\\' },
	{ "escape in double quotes", "\"a\\\" b\" c", "(\"a\\\" b\")(c)", '\\' },
	{ "no escape in single quotes", "'a\\' b", "('a\\')(b)", '\\' },
	{ "lone escape", "a \\", "(a)", '\\' },
	{ "escape at the end", "a=\\", "(a=)", '\\' },
	{ "escape at the end of double quotes", "a=\"b\\", "(a=\"b)", '\\' },
	{ "escape at the end of single quotes", "a='b\\", "(a='b\\)", '\\' },
	{ "open quotes", "a='b c", "(a='b c)", '\\' },
	{ "other escape", "a` b\\ c", "(a` b\\)(c)", '`' },
	{ "unicode spaces",
		"a" NBSP "b\xE2\x80\xA8"
		"c\xC2\x85"
		"d",
		"(a)(b)(c)(d)", '\\' },
	{ "escaped unicode space", "a\\" NBSP "b", "(a\\" NBSP "b)", '\\' },
	{ "bytes that are no UTF-8", "a=\xFF\xC3 b", "(a=" FFFD FFFD ")(b)", '\\' },
	{ "escaped byte that is no UTF-8", "a\\\xFF", "(a\\" FFFD ")", '\\' },
	{ "U+FFFD itself", "a" FFFD, "(a" FFFD ")", '\\' },
};

static void words_outside_quotes(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(quoted_cases); ++i) {
		const struct flags_case *c = &quoted_cases[i];
		ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
		ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT;
		ana_auto_words struct ana_words words = { 0 };
		assert_int_equal(ana_words_quoted(&words, CTX_STR(c->text), c->escape, &arena), 0);
		show(&got, &words);
		if (strcmp(ctx_buf_str(&got), c->want) != 0) {
			fail_msg("%s: '%s', expected '%s'", c->name, ctx_buf_str(&got), c->want);
		}
	}
}

/** "no", members, or "!" and where the first member that is no string begins. */
static const struct words_case json_cases[] = {
	{ "nothing", "", "no" },
	{ "no bracket", "a", "no" },
	{ "object", "{}", "no" },
	{ "empty array", "[]", "yes" },
	{ "empty array with blanks", "[ \t\r\n]", "yes" },
	{ "strings", "[\"a\", \"b c\"]", "yes(a)(b c)" },
	{ "unicode space before", NBSP "\v[\"a\"]", "yes(a)" },
	{ "unicode space inside", "[" NBSP "\"a\"]", "no" },
	{ "space after", "[\"a\"] \t\n", "yes(a)" },
	{ "form feed after", "[\"a\"]\f", "no" },
	{ "text after", "[\"a\"] && b", "no" },
	{ "single quotes", "['a']", "no" },
	{ "comma at the end", "[\"a\",]", "no" },
	{ "comma alone", "[,]", "no" },
	{ "no comma", "[\"a\" \"b\"]", "no" },
	{ "open", "[\"a\"", "no" },
	{ "open string", "[\"a]", "no" },
	{ "wrong bracket", "[\"a\"}", "no" },
	{ "escapes", "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", "yes(\"\\/\b\f\n\r\t)" },
	{ "unknown escape", "[\"\\x\"]", "no" },
	{ "escape at the end", "[\"\\", "no" },
	{ "code points", "[\"\\u0041\\u00E4\\u20ac\"]", "yes(A\xC3\xA4\xE2\x82\xAC)" },
	{ "bad code point", "[\"\\u12g4\"]", "no" },
	{ "cut code point", "[\"\\u12", "no" },
	{ "surrogates", "[\"\\ud83d\\ude00\"]", "yes(\xF0\x9F\x98\x80)" },
	{ "lone surrogate", "[\"\\ud800\"]", "yes(" FFFD ")" },
	{ "high surrogate, then a letter", "[\"\\ud800\\u0041\"]", "yes(" FFFD "A)" },
	{ "low surrogate, then a pair", "[\"\\udc00\\ud83d\\ude00\"]", "yes(" FFFD "\xF0\x9F\x98\x80)" },
	{ "two high surrogates, then a low one", "[\"\\ud83d\\ud83d\\ude00\"]", "yes(" FFFD "\xF0\x9F\x98\x80)" },
	{ "bytes that are no UTF-8", "[\"\xFF\xC3\"]", "yes(" FFFD FFFD ")" },
	{ "tab in a string", "[\"a\tb\"]", "no" },
	{ "DEL in a string", "[\"\x7F\"]", "yes(\x7F)" },
	{ "number", "[\"a\", 1]", "!6" },
	{ "null", "[null]", "!1" },
	{ "nested", "[\"a\",[\"b\"]]", "!5" },
	{ "nested empty", "[[]]", "!1" },
	{ "object inside", "[\"a\",{\"b\":[1,{\"c\":null}],\"d\":\"e\"}]", "!5" },
	{ "first of several", "[true,\"a\",false]", "!1" },
	{ "broken after a number", "[1,]", "no" },
	{ "numbers", "[0,-0.5e+1,1E2,10.25]", "!1" },
	{ "leading zero", "[01]", "no" },
	{ "minus alone", "[-]", "no" },
	{ "no digit after the point", "[1.]", "no" },
	{ "no digit before the point", "[.5]", "no" },
	{ "no exponent", "[1e]", "no" },
	{ "number at the end", "[1", "no" },
	{ "largest exponent", "[1e308]", "!1" },
	{ "beyond float64 is no JSON", "[\"a\",1e309]", "no" },
	{ "deep inside too", "[{\"a\":[-1e400]}]", "no" },
	{ "small is zero", "[1e-999]", "!1" },
	{ "word cut", "[nul]", "no" },
	{ "key without colon", "[{\"a\"}]", "no" },
	{ "key that is no string", "[{1:2}]", "no" },
	{ "comma at the end of an object", "[{\"a\":1,}]", "no" },
};

/** The verdict on one text. */
static void judge(struct ctx_buf *got, const char *text, size_t len) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	ana_auto_words struct ana_words members = { 0 };
	struct ctx_str other;
	// A copy without a byte behind it, for the sanitizers
	CTX_AUTO_FREE char *copy = ctx_reallocarray(NULL, 1, len > 0 ? len : 1);
	assert_non_null(copy);
	memcpy(copy, text, len);
	int rc = ana_words_json(&members, (struct ctx_str){ copy, len }, &arena, &other);
	if (rc == ANA_JSON_NOT_STRINGS) {
		ctx_buf_addf(got, "!%td", other.ptr - copy);
	} else {
		ctx_buf_adds(got, rc == ANA_JSON_YES ? "yes" : "no");
	}
	show(got, &members);
}

static void json_is_strict(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(json_cases); ++i) {
		ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT;
		judge(&got, json_cases[i].text, strlen(json_cases[i].text));
		if (strcmp(ctx_buf_str(&got), json_cases[i].want) != 0) {
			fail_msg("%s: '%s', expected '%s'", json_cases[i].name, ctx_buf_str(&got), json_cases[i].want);
		}
	}
}

/** `depth` brackets around nothing. */
static void judge_depth(size_t depth, const char *want) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT, got = CTX_BUF_INIT;
	for (size_t i = 0; i < depth; ++i) {
		ctx_buf_addc(&text, '[');
	}
	for (size_t i = 0; i < depth; ++i) {
		ctx_buf_addc(&text, ']');
	}
	assert_true(ctx_buf_ok(&text));
	judge(&got, text.data, text.len);
	assert_string_equal(ctx_buf_str(&got), want);
}

static void json_has_a_depth(void **state) {
	(void)state;
	judge_depth(2, "!1");
	judge_depth(10000, "!1");
	judge_depth(10001, "no"); // Go's "exceeded max depth"
	judge_depth(1000000, "no");
}

static void json_goes_behind_what_is_there(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	ana_auto_words struct ana_words words = { 0 };
	struct ctx_str other;
	assert_int_equal(ana_words_blank(&words, CTX_STR("x")), 0);
	assert_int_equal(ana_words_json(&words, CTX_STR("[\"a\",1]"), &arena, &other), ANA_JSON_NOT_STRINGS);
	assert_int_equal(words.items.count, 1);
	assert_int_equal(ana_words_json(&words, CTX_STR("[\"a\",]"), &arena, &other), ANA_JSON_NO);
	assert_int_equal(words.items.count, 1);
	assert_int_equal(ana_words_json(&words, CTX_STR("[\"a\"]"), &arena, &other), ANA_JSON_YES);
	assert_int_equal(words.items.count, 2);
}

static const struct words_case member_cases[] = {
	{ "there", "{\"syntax\":\"a/b\"}", "a/b" },
	{ "blanks", " \n{ \"x\" : 1 , \"syntax\" : \"a\" } ", "a" },
	{ "escaped", "{\"syn\\u0074ax\":\"\\u0041\"}", "A" },
	{ "the last counts", "{\"syntax\":\"a\",\"syntax\":\"b\"}", "b" },
	{ "the last is no string", "{\"syntax\":\"a\",\"syntax\":1}", NULL },
	{ "only outside", "{\"a\":{\"syntax\":\"b\"}}", NULL },
	{ "case matters", "{\"Syntax\":\"a\"}", NULL },
	{ "array", "[\"syntax\"]", NULL },
	{ "text after", "{\"syntax\":\"a\"} x", NULL },
	{ "number beyond float64", "{\"syntax\":\"a\",\"x\":1e999}", NULL },
	{ "empty", "", NULL },
};

static void json_members(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(member_cases); ++i) {
		ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
		struct ctx_str value;
		assert_int_equal(ana_words_json_member(&value, CTX_STR(member_cases[i].text), "syntax", &arena), 0);
		const char *want = member_cases[i].want;
		if ((value.ptr == NULL) != (want == NULL) || (want && !ctx_str_is(value, want))) {
			fail_msg("%s: '%.*s'", member_cases[i].name, CTX_STR_ARGS(value));
		}
	}
}

static void words_point_into_the_text(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	ana_auto_words struct ana_words words = { 0 };
	struct ctx_str other, text = CTX_STR("--a=b x"), rest = text, json = CTX_STR("[\"ab\"]");
	assert_int_equal(ana_words_flags(&words, &rest, '\\', &arena), 0);
	assert_ptr_equal(words.items.items[0].ptr, text.ptr);
	assert_int_equal(ana_words_json(&words, json, &arena, &other), ANA_JSON_YES);
	assert_ptr_equal(words.items.items[1].ptr, json.ptr + 2);
	assert_int_equal(ana_words_quoted(&words, text, '\\', &arena), 0);
	assert_ptr_equal(words.items.items[3].ptr, text.ptr + 6);
	assert_null(arena.head); // nothing was copied
}

/** All splitters with texts that have to be decoded. */
static int split_all(struct ctx_arena *arena) {
	ana_auto_words struct ana_words words = { 0 };
	struct ctx_str other, rest = CTX_STR("--a='b c' x");
	int rc = ana_words_flags(&words, &rest, '\\', arena);
	rc = rc < 0 ? rc : ana_words_blank(&words, CTX_STR("a b c d e f g"));
	rc = rc < 0 ? rc : ana_words_quoted(&words, CTX_STR("a b\xFF"), '\\', arena);
	rc = rc < 0 ? rc : ana_words_json(&words, CTX_STR("[\"\\u0041\"]"), arena, &other);
	rc = rc < 0 ? rc : ana_words_json_member(&other, CTX_STR("{\"\\u0041\":\"\\u0042\"}"), "A", arena);
	return rc;
}

static void no_memory_is_an_error(void **state) {
	(void)state;
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc < 0; ++n) {
		ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
		ctx_alloc_fail_after(n);
		rc = split_all(&arena);
		ctx_alloc_fail_after(-1);
		assert_true(rc == 0 || rc == CTX_E_NOMEM);
		assert_true(n < 100);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_are_taken),
		cmocka_unit_test(words_at_blanks),
		cmocka_unit_test(words_outside_quotes),
		cmocka_unit_test(json_is_strict),
		cmocka_unit_test(json_has_a_depth),
		cmocka_unit_test(json_goes_behind_what_is_there),
		cmocka_unit_test(json_members),
		cmocka_unit_test(words_point_into_the_text),
		cmocka_unit_test(no_memory_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
