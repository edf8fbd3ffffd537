#include "analyzer/dockerfile/words.h"

#include "ctxopt/base/rune.h"

#include <string.h>

void ana_words_release(struct ana_words *words) {
	CTX_VEC_RELEASE(&words->items);
}

// Flags

/** Where the flag word at `at` ends; `*plain`: its bytes are its value. */
static const char *flag_end(const char *at, const char *end, char escape, bool *plain) {
	char quote = '\0';
	*plain = true;
	for (; at < end && (quote != '\0' || !ana_is_latin1_space(*at)); ++at) {
		if (quote == '\0' && (*at == '\'' || *at == '"')) {
			quote = *at;
			*plain = false;
		} else if (quote != '\0' && *at == quote) {
			quote = '\0';
		} else if (*at == escape) {
			*plain = false;
			at += at + 1 < end; // an escape at the end vanishes
		} else if ((unsigned char)*at >= 0x80) {
			*plain = false;
		}
	}
	return at;
}

/**
 * Value of a flag word with quotes, escapes or bytes above 0x7F.  Each byte stands for a code point: BuildKit writes
 * "\xC3\xA4" as the two characters U+00C3 and U+00A4.
 */
static int flag_decode(struct ctx_str raw, char escape, struct ctx_arena *arena, struct ctx_str *word) {
	char *out = raw.len > SIZE_MAX / 2 ? NULL : ctx_arena_alloc(arena, raw.len * 2);
	if (out == NULL) {
		return CTX_E_NOMEM;
	}
	size_t len = 0;
	char quote = '\0';
	for (size_t i = 0; i < raw.len; ++i) {
		if (quote == '\0' && (raw.ptr[i] == '\'' || raw.ptr[i] == '"')) {
			quote = raw.ptr[i];
			continue;
		}
		if (quote != '\0' && raw.ptr[i] == quote) {
			quote = '\0';
			continue;
		}
		if (raw.ptr[i] == escape && ++i == raw.len) {
			break;
		}
		len += ctx_rune_encode(out + len, (unsigned char)raw.ptr[i]);
	}
	*word = (struct ctx_str){ out, len };
	return 0;
}

int ana_words_flags(struct ana_words *flags, struct ctx_str *rest, char escape, struct ctx_arena *arena) {
	const char *at = rest->ptr, *end = rest->ptr + rest->len;
	for (;;) {
		while (at < end && ana_is_latin1_space(*at)) {
			++at;
		}
		*rest = (struct ctx_str){ at, (size_t)(end - at) };
		if (!ctx_str_starts(*rest, "--")) {
			return 0;
		}
		bool plain;
		struct ctx_str word = { at, 0 };
		at = flag_end(at, end, escape, &plain);
		word.len = (size_t)(at - word.ptr);
		if (!plain && flag_decode(word, escape, arena, &word) < 0) {
			return CTX_E_NOMEM;
		}
		if (ctx_str_is(word, "--")) {
			*rest = (struct ctx_str){ at, (size_t)(end - at) };
			return 0;
		}
		if (!CTX_VEC_PUSH(&flags->items, word)) {
			return CTX_E_NOMEM;
		}
	}
}

// Words at blanks

int ana_words_blank(struct ana_words *words, struct ctx_str rest) {
	if (rest.len == 0) {
		return 0;
	}
	const char *at = rest.ptr, *end = rest.ptr + rest.len;
	for (;;) {
		struct ctx_str word = { at, 0 };
		while (at < end && !ana_is_blank(*at)) {
			++at;
		}
		word.len = (size_t)(at - word.ptr);
		if (!CTX_VEC_PUSH(&words->items, word)) {
			return CTX_E_NOMEM;
		}
		if (at == end) {
			return 0;
		}
		while (at < end && ana_is_blank(*at)) {
			++at;
		}
	}
}

// Words outside quotes

/** One character at `at` < `end`: its width; notes bytes that are no UTF-8. */
static size_t step(const char *at, const char *end, uint32_t *rune, bool *invalid) {
	size_t width = 1;
	*rune = (unsigned char)*at;
	if (*rune >= 0x80) {
		*rune = ctx_rune_decode(at, (size_t)(end - at), &width);
		*invalid = *invalid || width == 1;
	}
	return width;
}

/** Where the white space at `at` ends. */
static const char *skip_spaces(const char *at, const char *end) {
	bool invalid = false;
	while (at < end) {
		uint32_t rune;
		size_t width = step(at, end, &rune, &invalid);
		if (!ctx_rune_is_space(rune)) {
			break;
		}
		at += width;
	}
	return at;
}

/** Where a word ends; `*invalid`: it holds bytes that are no UTF-8; `*dropped`: its last byte is an escape of nothing. */
static const char *word_end(const char *at, const char *end, char escape, bool *invalid, bool *dropped) {
	uint32_t quote = 0;
	*invalid = *dropped = false;
	while (at < end) {
		uint32_t rune;
		size_t width = step(at, end, &rune, invalid);
		if (quote == 0 && ctx_rune_is_space(rune)) {
			break;
		}
		if (quote == 0 && (rune == '\'' || rune == '"')) {
			quote = rune;
		} else if (rune == quote) {
			quote = 0;
		} else if (rune == (unsigned char)escape && quote != '\'') {
			if (at + 1 == end) {
				*dropped = true;
				return end;
			}
			++at;
			width = step(at, end, &rune, invalid);
		}
		at += width;
	}
	return at;
}

/** The word with U+FFFD in the place of each byte that is no UTF-8. */
static int repair(struct ctx_str *word, struct ctx_arena *arena) {
	char *out = word->len > SIZE_MAX / 3 ? NULL : ctx_arena_alloc(arena, word->len * 3);
	if (out == NULL) {
		return CTX_E_NOMEM;
	}
	size_t len = 0, width;
	for (size_t i = 0; i < word->len; i += width) {
		len += ctx_rune_encode(out + len, ctx_rune_decode(word->ptr + i, word->len - i, &width));
	}
	*word = (struct ctx_str){ out, len };
	return 0;
}

int ana_words_quoted(struct ana_words *words, struct ctx_str rest, char escape, struct ctx_arena *arena) {
	const char *at = rest.ptr, *end = rest.ptr + rest.len;
	for (;;) {
		at = skip_spaces(at, end);
		if (at == end) {
			return 0;
		}
		bool invalid, dropped;
		struct ctx_str word = { at, 0 };
		at = word_end(at, end, escape, &invalid, &dropped);
		word.len = (size_t)(at - word.ptr) - dropped;
		if (word.len == 0) {
			return 0; // nothing but the dropped escape
		}
		if (invalid && repair(&word, arena) < 0) {
			return CTX_E_NOMEM;
		}
		if (!CTX_VEC_PUSH(&words->items, word)) {
			return CTX_E_NOMEM;
		}
	}
}
