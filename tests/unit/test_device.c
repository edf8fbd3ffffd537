#include "analyzer/dockerfile/csv.h"
#include "analyzer/dockerfile/device.h"

#include "ctxopt/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* A value and its fields, each in brackets; or the message. */
static const struct csv_case {
	const char *value, *fields, *message;
} csv_cases[] = {
	{ "a", "[a]", NULL },
	{ "a,b", "[a][b]", NULL },
	{ "a,", "[a][]", NULL },
	{ ",a", "[][a]", NULL },
	{ ",", "[][]", NULL },
	{ " a , b", "[ a ][ b]", NULL },
	{ "a\n", "[a]", NULL },
	{ "a\r\n", "[a]", NULL },
	{ "a\n\n", "[a\n]", NULL },
	{ "a\r", "[a\r]", NULL },
	{ "\"a,b\",c", "[a,b][c]", NULL },
	{ "\"\"", "[]", NULL },
	{ "\"\",\"\"", "[][]", NULL },
	{ "a,\"b\"", "[a][b]", NULL },
	{ "\"a\",", "[a][]", NULL },
	{ "\"a\"\"b\"", "[a\"b]", NULL },
	{ "\"\"\"\"", "[\"]", NULL },
	{ "\"\"\"a\"\"\",\"\"\"\"\"\"", "[\"a\"][\"\"]", NULL },
	{ "", NULL, "EOF" },
	{ "\n", NULL, "EOF" },
	{ "\r\n", NULL, "EOF" },
	{ "a\"b", NULL, "parse error on line 1, column 2: bare \" in non-quoted-field" },
	{ "ab,cd\"", NULL, "parse error on line 1, column 6: bare \" in non-quoted-field" },
	{ "\"a", NULL, "parse error on line 1, column 2: extraneous or missing \" in quoted-field" },
	{ "\"a\"b", NULL, "parse error on line 1, column 3: extraneous or missing \" in quoted-field" },
	{ "x,\"a\" ,b", NULL, "parse error on line 1, column 5: extraneous or missing \" in quoted-field" },
	{ "\"a\"\"", NULL, "parse error on line 1, column 5: extraneous or missing \" in quoted-field" },
};

static void fields_are_those_of_go(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	for (size_t i = 0; i < CTX_COUNTOF(csv_cases); ++i) {
		const struct csv_case *c = &csv_cases[i];
		ana_auto_words struct ana_words fields = { 0 };
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		struct ctx_error err = { 0 };
		int rc = ana_csv_fields(&fields, CTX_STR(c->value), &arena, &err);
		if (c->message) {
			assert_int_equal(rc, CTX_E_SYNTAX);
			assert_string_equal(err.msg, c->message);
			continue;
		}
		assert_int_equal(rc, 0);
		for (size_t j = 0; j < fields.items.count; ++j) {
			ctx_buf_addf(&text, "[%.*s]", CTX_STR_ARGS(fields.items.items[j]));
		}
		assert_string_equal(ctx_buf_str(&text), c->fields);
	}
}

/* A value of --device: name and whether it is required, or the message. */
static const struct device_case {
	const char *value, *name;
	bool required;
	const char *message;
} device_cases[] = {
	{ "vendor1.com/device", "vendor1.com/device", false, NULL },
	{ "vendor1.com/device=foo", "vendor1.com/device=foo", false, NULL },
	{ "vendor1.com/device=foo,required", "vendor1.com/device=foo", true, NULL },
	{ "vendor1.com/device=foo,REQUIRED", "vendor1.com/device=foo", true, NULL },
	{ "vendor1.com/device=foo,required=true", "vendor1.com/device=foo", true, NULL },
	{ "vendor1.com/device=foo,required=0", "vendor1.com/device=foo", false, NULL },
	{ "name=vendor1.com/device=foo,required", "vendor1.com/device=foo", true, NULL },
	{ "Name=a", "a", false, NULL },
	{ "requ\xC4\xB0red,a", "a", true, NULL },
	{ "required", "", true, NULL },
	{ "name=", "", false, NULL },
	{ ",a", "a", false, NULL },
	{ "a,name=b", NULL, false, "device name already set to a" },
	{ "a,b", NULL, false, "invalid field 'b' must be a key=value pair" },
	{ "a,", NULL, false, "invalid field '' must be a key=value pair" },
	{ "a,required=maybe", NULL, false, "invalid value for required: maybe" },
	{ "a,required=", NULL, false, "invalid value for required: " },
	{ "a,Nam=b", NULL, false, "unexpected key 'nam' in 'Nam=b' (did you mean name?)" },
	{ "a,something=b", NULL, false, "unexpected key 'something' in 'something=b'" },
	{ "", NULL, false, "failed to parse csv devices: EOF" },
	{ "a\"", NULL, false,
		"failed to parse csv devices: parse error on line 1, column 2: bare \" in non-quoted-field" },
};

static void devices_are_checked(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	for (size_t i = 0; i < CTX_COUNTOF(device_cases); ++i) {
		const struct device_case *c = &device_cases[i];
		struct ana_device device;
		struct ctx_error err = { 0 };
		int rc = ana_device_parse(&device, CTX_STR(c->value), &arena, &err);
		if (c->message) {
			assert_int_equal(rc, CTX_E_SYNTAX);
			assert_string_equal(err.msg, c->message);
		} else if (rc != 0 || !ctx_str_is(device.name, c->name) || device.required != c->required) {
			fail_msg("'%s' is '%.*s' %d, %s", c->value, CTX_STR_ARGS(device.name), device.required,
				err.msg);
		}
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_those_of_go),
		cmocka_unit_test(devices_are_checked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
