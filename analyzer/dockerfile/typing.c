#include "analyzer/dockerfile/typing.h"

#include "analyzer/dockerfile/quote.h"

#include <string.h>

/** Bytes of a word that are worth to be copied into a message: more do not fit into one. */
#define SPOKEN_MAX 1024u

int ana_refuse(const struct ana_typing *t, struct ctx_str part, const char *fmt, ...) {
	ctx_auto_buf struct ctx_buf message = CTX_BUF_INIT;
	va_list args;
	va_start(args, fmt);
	ctx_buf_addv(&message, fmt, args);
	va_end(args);
	if (!ctx_buf_ok(&message)) {
		return ctx_fail_nomem(t->err);
	}
	struct ana_position at = { t->node->first_line, 1, 1 };
	if (t->syntax != NULL) {
		at = ana_node_position(t->syntax, t->node, part);
	}
	int rc = ana_diags_add(t->diags, ANA_PHASE_INSTRUCTION, at.line, at.column, at.length, "%s",
		ctx_buf_str(&message));
	return rc < 0 ? ctx_fail_nomem(t->err) : ANA_REFUSED;
}

const char *ana_spoken(const struct ana_typing *t, struct ctx_str word) {
	if (word.len > SPOKEN_MAX) {
		word.len = SPOKEN_MAX;
	}
	char *text = ctx_arena_memdup0(t->arena, word.ptr == NULL ? "" : word.ptr, word.len);
	if (text == NULL) {
		return "";
	}
	for (char *nul = memchr(text, '\0', word.len); nul != NULL;
		nul = memchr(nul, '\0', word.len - (size_t)(nul - text))) {
		*nul = '?';
	}
	return text;
}

const char *ana_quoted(const struct ana_typing *t, struct ctx_str word) {
	ctx_auto_buf struct ctx_buf quoted = CTX_BUF_INIT;
	word.len = word.len > SPOKEN_MAX ? SPOKEN_MAX : word.len;
	ana_quote(&quoted, word);
	return ctx_buf_ok(&quoted) ? ana_spoken(t, (struct ctx_str){ quoted.data, quoted.len }) : "";
}

const char *ana_hint(const struct ana_typing *t, const char *name) {
	ctx_auto_buf struct ctx_buf hint = CTX_BUF_INIT;
	if (name == NULL) {
		return "";
	}
	ctx_buf_addf(&hint, " (did you mean %s?)", name);
	return ctx_buf_ok(&hint) ? ana_spoken(t, (struct ctx_str){ hint.data, hint.len }) : "";
}

struct ctx_str *ana_strings_new(struct ctx_arena *arena, size_t count) {
	if (count > SIZE_MAX / sizeof(struct ctx_str)) {
		return NULL;
	}
	return ctx_arena_alloc(arena, count * sizeof(struct ctx_str));
}
