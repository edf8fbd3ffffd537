#include "analyzer/dockerfile/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/** Longest message with its NUL; longer ones are cut with "...". */
#define MESSAGE_SIZE 512

void ana_diags_release(struct ana_diags *diags) {
	CTX_VEC_RELEASE(&diags->items);
	diags->omitted = 0;
}

/** Mark a message of `size` bytes that did not fit with "...", without leaving half a character before it. */
static size_t mark_cut(char *msg, size_t size) {
	size_t at = size - sizeof("...");
	while (at > 0 && ((unsigned char)msg[at] & 0xC0) == 0x80) {
		--at;
	}
	memcpy(msg + at, "...", sizeof("..."));
	return at + sizeof("...") - 1;
}

/** Format a message into `msg` as one line: its words come from strangers.  Returns its length. */
CTX_PRINTF(2, 0)
static size_t format(char msg[MESSAGE_SIZE], const char *fmt, va_list args) {
	int n = vsnprintf(msg, MESSAGE_SIZE, fmt, args);
	size_t len = n < 0 ? 0 : (size_t)n;
	msg[n < 0 ? 0 : MESSAGE_SIZE - 1] = '\0';
	if (len >= MESSAGE_SIZE) {
		len = mark_cut(msg, MESSAGE_SIZE);
	}
	for (size_t i = 0; i < len; ++i) {
		if ((unsigned char)msg[i] < 0x20 || msg[i] == 0x7F) {
			msg[i] = '?';
		}
	}
	return len;
}

int ana_diags_add(struct ana_diags *diags, enum ana_phase phase, uint32_t line, uint32_t column, uint32_t length,
	const char *fmt, ...) {
	if (diags->items.count >= ANA_DIAGS_MAX) {
		++diags->omitted;
		return 0;
	}
	char msg[MESSAGE_SIZE];
	va_list args;
	va_start(args, fmt);
	size_t len = format(msg, fmt, args);
	va_end(args);

	struct ana_diag diag = {
		.phase = phase,
		.line = line,
		.column = column,
		.length = length > 0 ? length : 1,
		.message = ctx_arena_memdup0(diags->arena, msg, len),
	};
	return diag.message != NULL && CTX_VEC_PUSH(&diags->items, diag) ? 0 : CTX_E_NOMEM;
}
