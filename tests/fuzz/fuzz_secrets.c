/**
 * Fuzz target: what looks like a secret.
 *
 * What is found lies in the text, in its order, and the search ends; the same text gives the same; judging a name or a value keeps to
 * what the header says.
 */
#include "analyzer/advice/secrets.h"
#include "ctxopt/base/alloc.h"

#include <stdlib.h>

/** The target, as libFuzzer calls it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** An invariant: our own bug if it does not hold. */
static void must(bool ok) {
	if (!ok) {
		abort();
	}
}

/** Look through a text; how many secrets there are. */
static size_t look(struct ctx_str text) {
	size_t count = 0, from = 0, end = 0;
	struct ctx_str value;
	for (const char *what; (what = ana_secret_find(text, &from, &value)) != NULL; ++count) {
		must(what[0] != '\0' && value.len > 0);
		must(value.ptr >= text.ptr + end && value.ptr + value.len <= text.ptr + text.len);
		must(from > end && from <= text.len);
		end = (size_t)(value.ptr - text.ptr) + value.len;
		must(from >= end);
	}
	must(from == text.len);
	return count;
}

/** Judge one text as a name and as a value. */
static void judge(struct ctx_str text) {
	double bits = ana_secret_entropy(text);
	must(bits >= 0 && bits <= 8.01);
	must(!ana_secret_is_random(text) || text.len >= ANA_SECRET_ENTROPY_BYTES);
	must(!ana_secret_is_public(text) || ana_secret_name_of(text) == ANA_SECRET_NAME_NONE);
	if (text.len > 0) {
		enum ana_secret_value kind = ana_secret_value_of(text);
		must(kind != ANA_SECRET_VALUE_LITERAL || text.len >= 8);
	}
	must(ana_secret_name_of(text) <= ANA_SECRET_NAME_STRONG);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	// A block of its own without a NUL, so that a sanitizer sees its end
	char *copy = malloc(size + (size == 0));
	must(copy != NULL);
	memcpy(copy, data, size);
	struct ctx_str text = { copy, size };
	size_t count = look(text);
	must(look(text) == count);
	judge(text);
	for (struct ctx_str rest = text; rest.len > 0;) {
		struct ctx_str line = { rest.ptr, ctx_str_find(rest, '\n') };
		judge(line);
		rest = ctx_str_from(rest, line.len < rest.len ? line.len + 1 : line.len);
	}
	free(copy);
	return 0;
}
