/**
 * TOML documents to what the reader makes of them, for conform/toml.py.
 *
 * Standard input holds documents, each ended by a NUL.  For each, standard output gets its values, one a line in the order of the
 * text: depth, key in hexadecimal ("-" in an array), kind, value in hexadecimal; or "error LINE COLUMN MESSAGE"; then a NUL.
 */
#include "ctxopt/base/buf.h"
#include "ctxopt/base/file.h"
#include "ctxopt/base/toml.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/** Most bytes of standard input. */
#define INPUT_MAX (256u << 20)

/** Bytes as two digits each. */
static void add_hex(struct ctx_buf *out, struct ctx_str text) {
	for (size_t i = 0; i < text.len; ++i) {
		ctx_buf_addf(out, "%02x", (unsigned char)text.ptr[i]);
	}
}

/** One value, and those in it; they are no deeper than the reader allows. */
static void add_value(struct ctx_buf *out, const struct ctx_toml *value, int depth) { // NOLINT(misc-no-recursion)
	ctx_buf_addf(out, "%d ", depth);
	if (value->key.ptr == NULL) {
		ctx_buf_addc(out, '-');
	}
	add_hex(out, value->key);
	ctx_buf_addf(out, " %s ", ctx_toml_kind_name(value->kind));
	if (value->kind == CTX_TOML_INTEGER) {
		ctx_buf_addf(out, "%lld", (long long)value->integer);
	} else if (value->kind == CTX_TOML_FLOAT) {
		ctx_buf_addf(out, "%.17g", isnan(value->real) ? (double)NAN : value->real);
	} else {
		add_hex(out, value->text);
	}
	ctx_buf_addc(out, '\n');
	for (const struct ctx_toml *m = value->members; m != NULL; m = m->next) {
		add_value(out, m, depth + 1);
	}
}

/** One document. */
static void add_document(struct ctx_buf *out, const char *text, size_t len) {
	struct ctx_arena arena = CTX_ARENA_INIT;
	struct ctx_toml *root = NULL;
	struct ctx_error err = { 0 };
	if (ctx_toml_parse(&root, &arena, text, len, &err) < 0) {
		ctx_buf_addf(out, "error %u %u %s\n", err.line, err.column, err.msg);
	} else {
		add_value(out, root, 0);
	}
	ctx_buf_addc(out, '\0');
	ctx_arena_release(&arena);
}

int main(void) {
	ctx_auto_buf struct ctx_buf in = CTX_BUF_INIT, out = CTX_BUF_INIT;
	struct ctx_error err;
	if (ctx_read_fd(&in, STDIN_FILENO, "standard input", INPUT_MAX, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.msg);
		return 2;
	}
	const char *text = ctx_buf_str(&in), *end = text + in.len;
	while (text < end) {
		const char *stop = memchr(text, '\0', (size_t)(end - text));
		stop = stop != NULL ? stop : end;
		add_document(&out, text, (size_t)(stop - text));
		text = stop + 1;
	}
	return ctx_buf_ok(&out) && ctx_write_all(STDOUT_FILENO, ctx_buf_str(&out), out.len) == 0 ? 0 : 2;
}
