#include "analyzer/dockerfile/shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/buf.h"

/** "A=1\nB=2" as an environment. */
static const struct ana_env *env_of(struct ctx_arena *arena, const char *text) {
	const struct ana_env *env = NULL;
	while (*text != '\0') {
		size_t name = strcspn(text, "="), len = strcspn(text, "\n");
		env = ana_env_set(arena, env, (struct ctx_str){ text, name },
			(struct ctx_str){ text + name + 1, len - name - 1 });
		assert_non_null(env);
		text += len + (text[len] == '\n');
	}
	return env;
}

/** Append names in parentheses, if there are any. */
static void add_names(struct ctx_buf *out, const char *what, const struct ana_words *words) {
	for (size_t i = 0; i < words->items.count; ++i) {
		ctx_buf_addf(out, "%s%.*s", i == 0 ? what : ",", CTX_STR_ARGS(words->items.items[i]));
	}
}

/** The environment of most rows. */
#define ENV "V=value\nE=\nA=abcabc\nP=/x/f.tar.gz\nW=one two  three\nN=a\nL=a*b?c\\d"

static const struct ana_shell plain = { .escape = '\\' };
static const struct ana_shell tick = { .escape = '`' };
static const struct ana_shell raw = { .escape = '\\', .raw_quotes = true, .raw_escapes = true };
static const struct ana_shell names = { .escape = '\\', .raw_quotes = true, .skip_unset = true };
static const struct ana_shell older = { .escape = '\\', .older = true };
static const struct ana_shell body = { .escape = '\\', .skip_quotes = true };

/** One row per rule; an error begins with '!'. */
static const struct word_case {
	const char *name;
	const struct ana_shell *shell;
	const char *word, *want;
} word_cases[] = {
	// BuildKit 0.8
	{ "default", &older, "${X:-a}${E:-b}${V:+c}${V:?d}${V?e}", "abcvaluevalue" },
	{ "default without a colon", &older, "${X-a}", "!unsupported modifier (-) in substitution" },
	{ "prefix", &older, "${V#v}", "!unsupported modifier (#) in substitution" },
	{ "suffix", &older, "a${V%%e}", "!unsupported modifier (%) in substitution" },
	{ "replacement", &older, "${V/a/b}", "!unsupported modifier (/) in substitution" },
	{ "unset", &older, "${X:?why}", "!X: why" },
	// Quotes and escapes
	{ "plain", &plain, "abc/d:e.f", "abc/d:e.f" },
	{ "empty", &plain, "", "" },
	{ "escape", &plain, "a\\nb", "anb" },
	{ "escape at the end vanishes", &plain, "a\\", "a" },
	{ "escaped escape", &plain, "a\\\\b", "a\\b" },
	{ "single quotes", &plain, "'a\\b$V\"'", "a\\b$V\"" },
	{ "double quotes", &plain, "\"a'b $V\"", "a'b value" },
	{ "escapes in double quotes", &plain, "\"a\\nb\\\"\\$V\\\\\"", "a\\nb\"$V\\" },
	{ "escape before the end of double quotes", &plain, "\"a\\",
		"!unexpected end of statement while looking for matching double-quote" },
	{ "quotes in the middle", &plain, "a'b'\"c\"d", "abcd" },
	{ "empty quotes", &plain, "''\"\"", "" },
	{ "apostrophe", &plain, "it's", "!unexpected end of statement while looking for matching single-quote" },
	{ "open double quote", &plain, "a\"b", "!unexpected end of statement while looking for matching double-quote" },
	{ "no command substitution", &plain, "$(x) `y`", "$(x) `y`" },
	{ "white space is kept", &plain, " a  b\t", " a  b\t" },
	{ "heredoc mark", &plain, "<< \tEOF <a", "<< \tEOF <a" },
	// Names
	{ "variable", &plain, "$V", "value" },
	{ "unset", &plain, "a${U}b$U", "ab" },
	{ "letters, digits, underscore", &plain, "$V_1|$V-$V.", "|value-value." },
	{ "number", &plain, "$12A", "A" },
	{ "special", &plain, "$@$*$#$?$-$$$!$0x", "x" },
	{ "dollar at the end", &plain, "a$", "a$" },
	{ "dollar before anything else", &plain, "$.$/$ $=", "$.$/$ $=" },
	{ "letters of any script", &plain, "$\xc3\xa9t\xc3\xa9.", "." },
	{ "digits of any script", &plain, "$\xd9\xa3.", "." },
	{ "no letter", &plain, "$\xe2\x82\xac", "$\xe2\x82\xac" },
	{ "values are not read again", &plain, "$L", "a*b?c\\d" },
	// Backtick
	{ "backtick escapes", &tick, "`$V", "$V" },
	{ "backslash does not", &tick, "\\$V", "\\value" },
	{ "backtick in double quotes", &tick, "\"`$V`a``\"", "$V`a`" },
	// Go's text/scanner
	{ "byte order mark in front goes", &plain,
		"\xef\xbb\xbf"
		"a",
		"a" },
	{ "only the first", &plain, "\xef\xbb\xbf\xef\xbb\xbf$N",
		"\xef\xbb\xbf"
		"a" },
	{ "invalid bytes", &plain,
		"a\xff\xe2\x82"
		"b",
		"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
		"b" },
	// Forms, set
	{ "braces", &plain, "${V}s", "values" },
	{ ":-, set", &plain, "${V:-w}", "value" },
	{ "-, set", &plain, "${V-w}", "value" },
	{ ":+, set", &plain, "${V:+w}", "w" },
	{ "+, set", &plain, "${V+w}", "w" },
	{ ":?, set", &plain, "${V:?m}", "value" },
	{ "?, set", &plain, "${V?m}", "value" },
	// Empty
	{ "empty value", &plain, "[${E}]", "[]" },
	{ ":-, empty", &plain, "${E:-w}", "w" },
	{ "-, empty", &plain, "[${E-w}]", "[]" },
	{ ":+, empty", &plain, "[${E:+w}]", "[]" },
	{ "+, empty", &plain, "${E+w}", "w" },
	{ ":?, empty", &plain, "${E:?m}", "!E: m" },
	{ "?, empty", &plain, "[${E?m}]", "[]" },
	{ ":?, empty, no message", &plain, "${E:?}", "!E: is not allowed to be empty" },
	// Unset
	{ ":-, unset", &plain, "${U:-w}", "w" },
	{ "-, unset", &plain, "${U-w}", "w" },
	{ ":+, unset", &plain, "[${U:+w}]", "[]" },
	{ "+, unset", &plain, "[${U+w}]", "[]" },
	{ ":?, unset", &plain, "${U:?m}", "!U: m" },
	{ "?, unset", &plain, "${U?}", "!U: is not allowed to be unset" },
	// Operands are lexed
	{ "nested", &plain, "${U:-${V:+${N}}x}", "ax" },
	{ "quotes in an operand", &plain, "${U:-'a}b'\"$V}\"}", "a}bvalue}" },
	{ "escaped brace", &plain, "${U:-a\\}b}", "a}b" },
	{ "unused operand", &plain, "${V:-${U}}", "value" },
	// Prefixes and suffixes
	{ "shortest prefix", &plain, "${A#a*b}", "cabc" },
	{ "longest prefix", &plain, "${A##a*b}", "c" },
	{ "shortest suffix", &plain, "${A%b*}", "abca" },
	{ "longest suffix", &plain, "${A%%b*}", "a" },
	{ "file name", &plain, "${P##*/}", "f.tar.gz" },
	{ "no such prefix", &plain, "${A#x}", "abcabc" },
	{ "any one", &plain, "${A#??}|${A%?}", "cabc|abcab" },
	{ "of an unset one", &plain, "[${U#a}${U%a}]", "[]" },
	{ "pattern out of a variable", &plain, "${A#$N}", "bcabc" },
	{ "escaped star", &plain, "${L#a\\*}", "b?c\\d" },
	{ "escaped question mark and backslash", &plain, "${L##*\\?c\\\\}", "d" },
	{ "brackets are text", &plain, "${A#[a]}", "abcabc" },
	{ "escaped brace in a pattern", &plain, "${A#\\}}", "abcabc" },
	{ "bad escape", &plain, "${A#\\a}", "!invalid pattern (\\a) in substitution: invalid escape '\\a'" },
	{ "bad escape, suffix", &plain, "${A%b\\a}", "!invalid pattern (\\ab) in substitution: invalid escape '\\a'" },
	{ "backslash at the end of a pattern", &plain, "${A#'\\'}",
		"!invalid pattern (\\) in substitution: invalid escape '\\\xef\xbf\xbd'" },
	// Replacement
	{ "first", &plain, "${A/b/X}", "aXcabc" },
	{ "all", &plain, "${A//b/X}", "aXcaXc" },
	{ "with nothing", &plain, "${A//b/}", "acac" },
	{ "slash", &plain, "${P//\\//_}", "_x_f.tar.gz" },
	{ "longest match", &plain, "${A/b*/X}", "aX" },
	{ "no anchor", &plain, "${A/#a/X}", "abcabc" },
	{ "empty pattern", &plain, "${N///-}", "-a-" },
	{ "everything", &plain, "${A//*/X}", "X" },
	{ "escapes of a replacement stay", &plain, "${N/a/\\}}", "\\}" },
	{ "template of all", &plain, "${A//b/'<$0$$1${0}$x${x>'}", "a<b$1b${x>ca<b$1b${x>c" },
	{ "no template of the first", &plain, "${A/b/'$0'}", "a$0cabc" },
	{ "bad escape in a replaced pattern", &plain, "${A/\\b/}",
		"!invalid pattern (\\b) in substitution: invalid escape '\\b'" },
	// Errors
	{ "nothing in braces", &plain, "${}", "!syntax error: bad substitution" },
	{ "colon first", &plain, "${:x}", "!syntax error: bad substitution" },
	{ "two braces", &plain, "${{A}}", "!syntax error: bad substitution" },
	{ "end after brace", &plain, "${", "!syntax error: missing '}'" },
	{ "unclosed", &plain, "${A", "!unsupported modifier (\xef\xbf\xbd) in substitution" },
	{ "unclosed operand", &plain, "${A:-x", "!syntax error: missing '}'" },
	{ "unclosed after colon", &plain, "${A:", "!syntax error: missing '}'" },
	{ "unclosed quote in an operand", &plain, "${A:-'x}", "!syntax error: missing '}'" },
	{ "offset", &plain, "${A:2}", "!unsupported modifier (:2) in substitution" },
	{ "assignment", &plain, "${A:=x}", "!unsupported modifier (:=) in substitution" },
	{ "upper case", &plain, "${A^^}", "!unsupported modifier (^) in substitution" },
	{ "lower case", &plain, "${A,,}", "!unsupported modifier (,) in substitution" },
	{ "length", &plain, "${#A}", "!unsupported modifier (A) in substitution" },
	{ "indirect", &plain, "${!A}", "!unsupported modifier (A) in substitution" },
	{ "colon and prefix", &plain, "${A:#a}", "!unsupported modifier (:#) in substitution" },
	{ "colon and slash", &plain, "${A:/b/X}", "!unsupported modifier (:/) in substitution" },
	{ "one slash", &plain, "${A/b}", "!syntax error: missing '/' in ${}" },
	{ "replacement without end", &plain, "${A/b/c", "!syntax error: missing '}'" },
	{ "the outermost misses most", &plain, "${A/${U:-x/b}", "!syntax error: missing '/' in ${}" },
	{ "inner error with text left", &plain, "${A:-${}}", "!syntax error: bad substitution" },
	{ "inner error at the end", &plain, "${A:-${U:?m}", "!syntax error: missing '}'" },
	// Flags
	{ "raw", &raw, "'a'\\b\"c\\\"$V\"", "'a'\\b\"c\\\"value\"" },
	{ "raw twice", &raw, "\"\\a\"", "\"\\\\a\"" },
	{ "raw, but not in an operand", &raw, "${U:-a\\b}\\c", "ab\\c" },
	{ "names", &names, "$V $U ${U} '$V'", "value $U ${U} '$V'" },
	{ "names with operands", &names, "${U:-$V}${U#\\*}${U//$N/b}", "${U:-value}${U#\\*}${U/a/b}" },
	{ "names, unused operand", &names, "${U+x}${V+y}${U?no}", "${U+x}y${U?no}" },
	{ "quotes are text", &body, "it's \"$V\" \\$V\n", "it's \"value\" $V\n" },
};

/** Rules of one word. */
static void words_become_what_they_should(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(word_cases); ++i) {
		const struct word_case *c = &word_cases[i];
		ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
		ana_auto_expansion struct ana_expansion done = { 0 };
		ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT;
		struct ctx_error err = { 0 };
		int rc = ana_shell_word(c->shell, CTX_STR(c->word), env_of(&arena, ENV), &arena, &done, &err);
		if (rc < 0) {
			assert_int_equal(rc, CTX_E_SYNTAX);
			ctx_buf_addf(&got, "!%s", err.msg);
		} else {
			ctx_buf_add(&got, done.text.ptr, done.text.len);
		}
		if (strcmp(ctx_buf_str(&got), c->want) != 0) {
			fail_msg("%s: '%s' instead of '%s'", c->name, ctx_buf_str(&got), c->want);
		}
	}
}

/** What was looked up: found names in (), others in [], each once and in order. */
static void names_are_reported(void **state) {
	(void)state;
	static const struct {
		const char *word, *want;
	} rows[] = {
		{ "abc", "" },
		{ "$V$U", "(V[U" },
		{ "$V$V$U$U${N}", "(V,N[U" },
		{ "${U:-${X}}", "[X,U" },
		{ "${V:-$X}", "(V[X" },
		{ "'$V'\\$U", "" },
		{ "$$", "[$" },
		{ "${+x}", "[" },
		{ "${E:?}", "(E" },
		{ "$a$b$c$d$e$f$g$h$i$j$k$a$j$V$k", "(V[a,b,c,d,e,f,g,h,i,j,k" },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
		ana_auto_expansion struct ana_expansion done = { 0 };
		ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT;
		int rc = ana_shell_word(&plain, CTX_STR(rows[i].word), env_of(&arena, ENV), &arena, &done, NULL);
		assert_true(rc == 0 || strchr(rows[i].word, '?') != NULL);
		add_names(&got, "(", &done.matched);
		add_names(&got, "[", &done.unmatched);
		assert_string_equal(ctx_buf_str(&got), rows[i].want);
	}
}

/** Words, separated by '|'. */
static void text_splits_into_words(void **state) {
	(void)state;
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "" },
		{ "  ", "" },
		{ "a b\t\nc", "a|b|c" },
		{ " a", "a" },
		{ "$W", "one|two|three" },
		{ "\"$W\"", "one two  three" },
		{ "x${W}y", "xone|two|threey" },
		{ "'a b' c\\ d", "a b|c d" },
		{ "''", "" },
		{ "a\xc2\xa0"
		  "b\xe3\x80\x80"
		  "c",
			"a|b|c" },
		{ "<< a b", "<< a|b" },
		{ "$U $E", "" },
		{ "a\\", "a" },
		// What stands before an operand is lost, in BuildKit as well
		{ "a${U:-b} c", "b|c" },
		{ "a${U} c", "a|c" },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
		ana_auto_words struct ana_words words = { 0 };
		ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT;
		assert_int_equal(ana_shell_words(&plain, CTX_STR(rows[i].text), env_of(&arena, ENV), &arena, &words,
					 NULL),
			0);
		for (size_t k = 0; k < words.items.count; ++k) {
			ctx_buf_addf(&got, "%s%.*s", k > 0 ? "|" : "", CTX_STR_ARGS(words.items.items[k]));
		}
		assert_string_equal(ctx_buf_str(&got), rows[i].want);
	}
}

/** Text that does not change is the input; a variable alone is its value. */
static void nothing_is_copied_without_need(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	const struct ana_env *env = env_of(&arena, ENV);
	static const char *const same[] = { "abc", "a.b/c d", "a$", "\xc3\xa9", "<a>" };
	for (size_t i = 0; i < CTX_COUNTOF(same); ++i) {
		ana_auto_expansion struct ana_expansion done = { 0 };
		assert_int_equal(ana_shell_word(&plain, CTX_STR(same[i]), env, &arena, &done, NULL), 0);
		assert_ptr_equal(done.text.ptr, same[i]);
	}
	ana_auto_expansion struct ana_expansion done = { 0 };
	struct ctx_str value;
	assert_int_equal(ana_shell_word(&plain, CTX_STR("${V}"), env, &arena, &done, NULL), 0);
	assert_true(ana_env_get(env, CTX_STR("V"), &value));
	assert_ptr_equal(done.text.ptr, value.ptr);
	assert_int_equal(done.text.len, value.len);
}

/** `${a:-${a:-...}}`, so deep. */
static int nest(size_t depth, bool quoted) {
	ctx_auto_buf struct ctx_buf word = CTX_BUF_INIT;
	for (size_t i = 0; i < depth; ++i) {
		ctx_buf_adds(&word, quoted ? "${U:-\"" : "${U:-");
	}
	ctx_buf_adds(&word, "x");
	for (size_t i = 0; i < depth; ++i) {
		ctx_buf_adds(&word, quoted ? "\"}" : "}");
	}
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	ana_auto_expansion struct ana_expansion done = { 0 };
	int rc = ana_shell_word(&plain, (struct ctx_str){ word.data, word.len }, NULL, &arena, &done, NULL);
	assert_true(rc < 0 || ctx_str_is(done.text, "x"));
	return rc;
}

/** Depth and size have limits. */
static void limits_hold(void **state) {
	(void)state;
	assert_int_equal(nest(ANA_SHELL_DEPTH_MAX, false), 0);
	assert_int_equal(nest(ANA_SHELL_DEPTH_MAX, true), 0);
	assert_int_equal(nest(ANA_SHELL_DEPTH_MAX + 1, false), CTX_E_LIMIT);

	// Each value is twice the one before
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	const struct ana_env *env = ana_env_set(&arena, NULL, CTX_STR("A"), CTX_STR("0123456789abcdef"));
	int rc = 0;
	for (size_t i = 0; i < 64 && rc == 0; ++i) {
		ana_auto_expansion struct ana_expansion done = { 0 };
		rc = ana_shell_word(&plain, CTX_STR("$A$A"), env, &arena, &done, NULL);
		env = rc < 0 ? env : ana_env_set(&arena, env, CTX_STR("A"), done.text);
	}
	assert_int_equal(rc, CTX_E_LIMIT);
	assert_true(arena.reserved_bytes < 4 * ANA_SHELL_GROWTH_MAX);

	struct ana_expansion done = { 0 };
	rc = ana_shell_word(&plain, CTX_STR("${A//?/${A}$0}"), env, &arena, &done, NULL);
	assert_int_equal(rc, CTX_E_LIMIT);
	ana_expansion_release(&done);
}

/** Patterns that make a matcher with second thoughts slow. */
static void patterns_take_no_time(void **state) {
	(void)state;
	ctx_auto_buf struct ctx_buf value = CTX_BUF_INIT;
	for (size_t i = 0; i < 50000; ++i) {
		ctx_buf_addc(&value, 'a');
	}
	static const char *const words[] = { "${A#a*a*a*a*a*a*a*a*b}", "${A//a*a*a*b/x}", "${A%%b*a*a*a*a}",
		"${A//a*b*c/x}" };
	for (size_t i = 0; i < CTX_COUNTOF(words); ++i) {
		ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
		const struct ana_env *env = ana_env_set(&arena, NULL, CTX_STR("A"),
			(struct ctx_str){ value.data, value.len });
		ana_auto_expansion struct ana_expansion done = { 0 };
		assert_int_equal(ana_shell_word(&plain, CTX_STR(words[i]), env, &arena, &done, NULL), 0);
		assert_int_equal(done.text.len, value.len);
	}
}

/** Wherever memory runs out, the answer is that it did. */
static void out_of_memory_is_reported(void **state) {
	(void)state;
	static const char word[] = "a$V\"${A%%b*}\"${U:-'x'$W}${A//b/y}${L#\\*}$a$b$c$d$e$f$g$h$i$j";
	for (int split = 0; split < 2; ++split) {
		int rc = CTX_E_NOMEM;
		for (long n = 0; rc != 0; ++n) {
			ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
			ana_auto_expansion struct ana_expansion done = { 0 };
			ana_auto_words struct ana_words words = { 0 };
			const struct ana_env *env = env_of(&arena, ENV);
			ctx_alloc_fail_after(n);
			rc = split ? ana_shell_words(&plain, CTX_STR(word), env, &arena, &words, NULL)
				   : ana_shell_word(&plain, CTX_STR(word), env, &arena, &done, NULL);
			ctx_alloc_fail_after(-1);
			assert_true(rc == 0 || rc == CTX_E_NOMEM);
			assert_true(n < 1000);
		}
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_become_what_they_should),
		cmocka_unit_test(names_are_reported),
		cmocka_unit_test(text_splits_into_words),
		cmocka_unit_test(nothing_is_copied_without_need),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(patterns_take_no_time),
		cmocka_unit_test(out_of_memory_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
