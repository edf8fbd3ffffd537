#include "analyzer/advice/secrets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void names_promise(void **state) {
	(void)state;
	static const struct {
		const char *name;
		enum ana_secret_name want;
	} rows[] = {
		{ "PASSWORD", ANA_SECRET_NAME_STRONG },
		{ "db_password", ANA_SECRET_NAME_STRONG },
		{ "dbPassword", ANA_SECRET_NAME_STRONG },
		{ "API_KEY", ANA_SECRET_NAME_STRONG },
		{ "GITHUB_TOKEN", ANA_SECRET_NAME_STRONG },
		{ "AWS_SECRET_ACCESS_KEY", ANA_SECRET_NAME_STRONG },
		{ "SECRET_KEY_BASE", ANA_SECRET_NAME_STRONG },
		{ "KEY", ANA_SECRET_NAME_WEAK },
		{ "BASIC_AUTH", ANA_SECRET_NAME_WEAK },
		{ "PATH", ANA_SECRET_NAME_NONE },
		{ "PASSWORD_FILE", ANA_SECRET_NAME_NONE },
		{ "TOKEN_URL", ANA_SECRET_NAME_NONE },
		{ "PUBLIC_KEY", ANA_SECRET_NAME_NONE },
		{ "GPG_KEY", ANA_SECRET_NAME_NONE },
		{ "ALLOW_EMPTY_PASSWORD", ANA_SECRET_NAME_NONE },
		{ "TOKENIZERS_PARALLELISM", ANA_SECRET_NAME_NONE },
		{ "AWS_ACCESS_KEY_ID", ANA_SECRET_NAME_NONE },
		{ "VITE_TOKEN", ANA_SECRET_NAME_NONE },
		{ "MONKEY", ANA_SECRET_NAME_NONE },
		{ "", ANA_SECRET_NAME_NONE },
		{ "___", ANA_SECRET_NAME_NONE },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		if (ana_secret_name_of(CTX_STR(rows[i].name)) != rows[i].want) {
			fail_msg("%s", rows[i].name);
		}
	}
}

static void values_are_judged(void **state) {
	(void)state;
	static const struct {
		const char *value;
		enum ana_secret_value want;
	} rows[] = {
		{ "", ANA_SECRET_VALUE_PLAIN },
		{ "ab", ANA_SECRET_VALUE_PLAIN },
		{ "changeme", ANA_SECRET_VALUE_PLAIN },
		{ "ChangeMe123", ANA_SECRET_VALUE_PLAIN },
		{ "<token>", ANA_SECRET_VALUE_PLAIN },
		{ "true", ANA_SECRET_VALUE_PLAIN },
		{ "/run/secrets/x", ANA_SECRET_VALUE_PLAIN },
		{ "https://x", ANA_SECRET_VALUE_PLAIN },
		{ "3600", ANA_SECRET_VALUE_PLAIN },
		{ "${X}", ANA_SECRET_VALUE_OPEN },
		{ "$X", ANA_SECRET_VALUE_OPEN },
		{ "$(cat x)", ANA_SECRET_VALUE_OPEN },
		{ "hunter", ANA_SECRET_VALUE_WEAK },
		{ "password", ANA_SECRET_VALUE_WEAK },
		{ "123456", ANA_SECRET_VALUE_WEAK },
		{ "hunter2XYZ", ANA_SECRET_VALUE_LITERAL },
		{ "pa$$w0rd1", ANA_SECRET_VALUE_LITERAL },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		if (ana_secret_value_of(CTX_STR(rows[i].value)) != rows[i].want) {
			fail_msg("%s", rows[i].value);
		}
	}
}

static void randomness_has_a_threshold(void **state) {
	(void)state;
	assert_true(ana_secret_entropy(CTX_STR("aaaa")) == 0);
	assert_true(ana_secret_entropy(CTX_STR("abcd")) > 1.99 && ana_secret_entropy(CTX_STR("abcd")) < 2.01);
	assert_true(ana_secret_is_random(CTX_STR("q8Zk2LmPx7Rt4VwYb1Nd")));
	assert_false(ana_secret_is_random(CTX_STR("q8Zk2LmPx7Rt4VwYb1N"))); // a byte too short
	assert_false(ana_secret_is_random(CTX_STR("aaaaaaaaaaaaaaaaaaa1")));
	assert_false(ana_secret_is_random(CTX_STR("modify this text with something")));
	assert_false(ana_secret_is_random(CTX_STR("A035C8C19219BA821ECEA86B64E628F8D684696D"))); // a fingerprint
}

static void shapes_give_tokens_away(void **state) {
	(void)state;
	static const struct {
		const char *text, *value;
	} rows[] = {
		{ "x AKIAQWERTYUIOPASDFGH y", "AKIAQWERTYUIOPASDFGH" },
		{ "AKIAIOSFODNN7EXAMPLE", NULL },
		{ "xAKIAQWERTYUIOPASDFGH", NULL },
		{ "AKIAQWERTYUIOPASDFGHX", NULL }, // longer than such keys are
		{ "https://u:s3cr3t9@h/", "s3cr3t9" },
		{ "https://u:$P@h/", NULL },
		{ "amqp://guest:guest@h/", NULL },
		{ "https://u@h/", NULL },
		{ "https://h/a:b@c", NULL },
		{ "\"Authorization: Bearer abcdef0123456789\"", "abcdef0123456789" },
		{ "Authorization: Bearer $T", NULL },
		{ "//r/:_authToken=abcdefgh12", "abcdefgh12" },
		{ "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abcdefghijkl",
			"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abcdefghijkl" },
		{ "-----BEGIN RSA PRIVATE KEY-----", NULL },
		{ "://", NULL },
		{ "", NULL },
		{ "-----BEGIN ", NULL },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		struct ctx_str value = CTX_STR_NONE;
		size_t from = 0;
		const char *what = ana_secret_find(CTX_STR(rows[i].text), &from, &value);
		bool ok = rows[i].value == NULL ? what == NULL : what != NULL && ctx_str_is(value, rows[i].value);
		if (!ok) {
			fail_msg("%s: %s %.*s", rows[i].text, what != NULL ? what : "nothing", CTX_STR_ARGS(value));
		}
	}
}

int main(void) {
	const struct CMUnitTest tests[] = { cmocka_unit_test(names_promise), cmocka_unit_test(values_are_judged),
		cmocka_unit_test(randomness_has_a_threshold), cmocka_unit_test(shapes_give_tokens_away) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
