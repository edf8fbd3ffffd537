#include "analyzer/advice/eol.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void days_are_counted(void **state) {
	(void)state;
	assert_int_equal(ana_eol_day(19700101), 0);
	assert_int_equal(ana_eol_day(19700131), 30);
	assert_int_equal(ana_eol_day(20000229), 11016);
	assert_int_equal(ana_eol_day(20000301), 11017);
	assert_int_equal(ana_eol_day(20260131), 20484);
}

static void versions_are_found(void **state) {
	(void)state;
	static const struct {
		const char *image;
		uint32_t date;
		bool frozen;
	} rows[] = {
		{ "python:3.7", 20230627, false },
		{ "python:3.7.2-slim", 20230627, true },
		{ "python:3.70", 0, false },
		{ "python:3", 0, false },
		{ "python:2.7", 20200101, false },
		{ "node:18-buster", 20240630, false },
		{ "node:18.1.0", 20250430, true },
		{ "debian:buster-20200803", 20240630, false },
		{ "debian:10.3", 20240630, false },
		{ "php:8.2-alpine3.15", 20231101, false },
		{ "openjdk:17", 20220731, false },
		{ "centos:centos7.9.2009", 20240630, true },
		{ "public.ecr.aws/docker/library/python:3.7", 20230627, false },
		{ "example.com/python:3.7", 0, false },
		{ "mcr.microsoft.com/dotnet/aspnet:6.0", 20241112, false },
		{ "alpine", 0, false },
		{ "golang:v1.17", 20220802, false },
		{ "x@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", 0, true },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
		struct ana_image image;
		struct ana_eol eol;
		struct ctx_error err;
		assert_int_equal(ana_image_parse(&image, CTX_STR(rows[i].image), &arena, &err), 0);
		bool found = ana_eol_find(&eol, &image);
		if (found != (rows[i].date != 0) || (found && eol.date != rows[i].date) ||
			ana_eol_is_frozen(&image) != rows[i].frozen) {
			fail_msg("%s: %u", rows[i].image, eol.date);
		}
		assert_true(!found || (eol.what[0] != '\0' && strncmp(eol.source, "https://", 8) == 0));
	}
}

int main(void) {
	const struct CMUnitTest tests[] = { cmocka_unit_test(days_are_counted), cmocka_unit_test(versions_are_found) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
