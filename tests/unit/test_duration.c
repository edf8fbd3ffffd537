#include "analyzer/dockerfile/duration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)

/* Durations and what Go makes of them; NULL means it is accepted. */
static const struct duration_case {
	const char *text;
	int64_t ns;
	const char *message;
} duration_cases[] = {
	{ "0", 0, NULL },
	{ "+0", 0, NULL },
	{ "-0", 0, NULL },
	{ "0s", 0, NULL },
	{ "5s", 5 * SECOND, NULL },
	{ "+5s", 5 * SECOND, NULL },
	{ "-5s", -5 * SECOND, NULL },
	{ "1h2m", 3720 * SECOND, NULL },
	{ "2m1h", 3720 * SECOND, NULL },
	{ "1m1m", 120 * SECOND, NULL },
	{ ".5s", SECOND / 2, NULL },
	{ "5.s", 5 * SECOND, NULL },
	{ "1.5h", 5400 * SECOND, NULL },
	{ "1.s.5m", 31 * SECOND, NULL },
	{ "0.3333333333333333333h", 1200 * SECOND, NULL },
	{ "0.100000000000000000000h", 360 * SECOND, NULL },
	{ "0.9223372036854775807h", INT64_C(3320413933267), NULL },
	{ "1\xC2\xB5s", 1000, NULL },
	{ "1\xCE\xBCs", 1000, NULL },
	{ "1us1ns", 1001, NULL },
	{ "9223372036854775807ns", INT64_MAX, NULL },
	{ "-9223372036854775808ns", INT64_MIN, NULL },
	{ "2562047h47m16.854775807s", INT64_MAX, NULL },
	/* Two halves of 2^64 wrap to nothing. */
	{ "9223372036854775808ns9223372036854775808ns", 0, NULL },
	{ "9223372036854775808ns9223372036854775808ns7ns", 7, NULL },
	{ "9223372036854775808ns", 0, "time: invalid duration \"9223372036854775808ns\"" },
	{ "9223372036854775808ns1ns", 0, "time: invalid duration \"9223372036854775808ns1ns\"" },
	{ "9223372036854775809ns", 0, "time: invalid duration \"9223372036854775809ns\"" },
	{ "9223372036854ms775us808ns", 0, "time: invalid duration \"9223372036854ms775us808ns\"" },
	{ "92233720368547758080s", 0, "time: invalid duration \"92233720368547758080s\"" },
	{ "3000000h", 0, "time: invalid duration \"3000000h\"" },
	{ "2562047.999h", 0, "time: invalid duration \"2562047.999h\"" },
	{ "", 0, "time: invalid duration \"\"" },
	{ "-", 0, "time: invalid duration \"-\"" },
	{ "s", 0, "time: invalid duration \"s\"" },
	{ ".", 0, "time: invalid duration \".\"" },
	{ ".s", 0, "time: invalid duration \".s\"" },
	{ "1m-1s", 0, "time: unknown unit \"m-\" in duration \"1m-1s\"" },
	{ "--1s", 0, "time: invalid duration \"--1s\"" },
	{ "3", 0, "time: missing unit in duration \"3\"" },
	{ "00", 0, "time: missing unit in duration \"00\"" },
	{ "1m30", 0, "time: missing unit in duration \"1m30\"" },
	{ "1.2.3s", 0, "time: missing unit in duration \"1.2.3s\"" },
	{ "1d", 0, "time: unknown unit \"d\" in duration \"1d\"" },
	{ "5S", 0, "time: unknown unit \"S\" in duration \"5S\"" },
	{ "5 s", 0, "time: unknown unit \" s\" in duration \"5 s\"" },
	{ "1\xC3\xA9\"\\\t", 0,
		"time: unknown unit \"\\xc3\\xa9\\\"\\\\\\x09\" in duration \"1\\xc3\\xa9\\\"\\\\\\x09\"" },
};

static void durations_are_those_of_go(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(duration_cases); ++i) {
		const struct duration_case *c = &duration_cases[i];
		struct ctx_error err = { 0 };
		int64_t ns = -1;
		int rc = ana_duration_parse(&ns, CTX_STR(c->text), &err);
		if (c->message) {
			assert_int_equal(rc, CTX_E_SYNTAX);
			assert_string_equal(err.msg, c->message);
		} else if (rc != 0 || ns != c->ns) {
			fail_msg("'%s' is %lld, %s", c->text, (long long)ns, err.msg);
		}
	}
}

/* Numbers of 32 bits. */
static const struct number_case {
	const char *text;
	int32_t value;
	const char *message;
} number_cases[] = {
	{ "0", 0, NULL },
	{ "3", 3, NULL },
	{ "+3", 3, NULL },
	{ "-3", -3, NULL },
	{ "-0", 0, NULL },
	{ "007", 7, NULL },
	{ "2147483647", INT32_MAX, NULL },
	{ "-2147483648", INT32_MIN, NULL },
	{ "00000000000000000000000000000000005", 5, NULL },
	{ "2147483648", 0, "strconv.ParseInt: parsing \"2147483648\": value out of range" },
	{ "-2147483649", 0, "strconv.ParseInt: parsing \"-2147483649\": value out of range" },
	{ "99999999999999999999999", 0, "strconv.ParseInt: parsing \"99999999999999999999999\": value out of range" },
	/* Too large before the letter is seen, and not. */
	{ "4294967296x", 0, "strconv.ParseInt: parsing \"4294967296x\": value out of range" },
	{ "4294967295x", 0, "strconv.ParseInt: parsing \"4294967295x\": invalid syntax" },
	{ "", 0, "strconv.ParseInt: parsing \"\": invalid syntax" },
	{ "-", 0, "strconv.ParseInt: parsing \"-\": invalid syntax" },
	{ "1_000", 0, "strconv.ParseInt: parsing \"1_000\": invalid syntax" },
	{ "0x1", 0, "strconv.ParseInt: parsing \"0x1\": invalid syntax" },
	{ " 1", 0, "strconv.ParseInt: parsing \" 1\": invalid syntax" },
	{ "\xC3\xA9\xFF\x01", 0, "strconv.ParseInt: parsing \"\xC3\xA9\\xff\\x01\": invalid syntax" },
};

static void numbers_are_those_of_go(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(number_cases); ++i) {
		const struct number_case *c = &number_cases[i];
		struct ctx_error err = { 0 };
		int32_t value = -1;
		int rc = ana_int32_parse(&value, CTX_STR(c->text), &err);
		if (c->message) {
			assert_int_equal(rc, CTX_E_SYNTAX);
			assert_string_equal(err.msg, c->message);
		} else if (rc != 0 || value != c->value) {
			fail_msg("'%s' is %d, %s", c->text, (int)value, err.msg);
		}
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_those_of_go),
		cmocka_unit_test(numbers_are_those_of_go),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
