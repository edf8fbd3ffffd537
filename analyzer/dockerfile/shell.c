#include "analyzer/dockerfile/shell.h"

#include "analyzer/dockerfile/shell_internal.h"
#include "analyzer/dockerfile/unicode_tables.h"
#include "ctxopt/base/rune.h"

// BuildKit's lexer (moby/buildkit v0.32.2 frontend/dockerfile/shell/lex.go, shellWord) calls itself for what stands
// inside `${...}` and quotes.  Here those calls are frames on a stack of our own.  All frames write into one buffer: what
// an inner frame made lies at its end, and is replaced by the value of the form when the frame is done.
//
// Words (ProcessWords) are collected by the outermost frame only; see begin_text() for the one thing that inner ones do.

/** Byte order mark: Go's text/scanner drops one at the beginning. */
#define BOM 0xFEFFu
/** Once an arena holds so much, results may not grow by more than ARENA_FULL_GROWTH. */
#define ARENA_FULL_BYTES ((size_t)1 << 30)
/** See ARENA_FULL_BYTES. */
#define ARENA_FULL_GROWTH ((size_t)1 << 16)

void ana_expansion_release(struct ana_expansion *expansion) {
	CTX_VEC_RELEASE(&expansion->unmatched.items);
	CTX_VEC_RELEASE(&expansion->matched.items);
}

/**
 * How many bytes from `at` on have no meaning to anybody: ASCII other than dollars, quotes, "<" and the escape character.
 * Most texts have no other bytes, and most others are long stretches of them.
 */
static size_t ordinary(const struct ana_shell *shell, struct ctx_str text, size_t at) {
	size_t end = at;
	for (; end < text.len; ++end) {
		unsigned char c = (unsigned char)text.ptr[end];
		if (c >= 0x80 || c == '$' || c == '\'' || c == '"' || c == '<' || c == (unsigned char)shell->escape) {
			break;
		}
	}
	return end - at;
}

/** The next code point, not consumed. */
static uint32_t peek(const struct ana_lexer *lx, size_t *width) {
	if (lx->at >= lx->text.len) {
		*width = 0;
		return ANA_SHELL_END;
	}
	unsigned char c = (unsigned char)lx->text.ptr[lx->at];
	if (c < 0x80) {
		*width = 1;
		return c;
	}
	return ctx_rune_decode(lx->text.ptr + lx->at, lx->text.len - lx->at, width);
}

/** The next code point, consumed. */
static uint32_t next(struct ana_lexer *lx) {
	size_t width;
	uint32_t rune = peek(lx, &width);
	lx->at += width;
	return rune;
}

/** Is this the next code point? */
static bool at_rune(const struct ana_lexer *lx, uint32_t rune) {
	size_t width;
	return peek(lx, &width) == rune;
}

/** End the open word, if it has any bytes. */
static int end_word(struct ana_lexer *lx) {
	if (lx->word.len == 0) {
		return 0;
	}
	struct ctx_str word = { ctx_arena_memdup0(lx->arena, lx->word.data, lx->word.len), lx->word.len };
	if (word.ptr == NULL || !CTX_VEC_PUSH(&lx->words->items, word)) {
		return ctx_fail_nomem(lx->err);
	}
	ctx_buf_reset(&lx->word);
	lx->in_word = false;
	return 0;
}

/** One code point for the words (wordsStruct.addChar). */
static int word_add(struct ana_lexer *lx, uint32_t rune) {
	if (!ctx_rune_is_space(rune)) {
		ana_shell_add_rune(&lx->word, rune);
		lx->in_word = true;
		return 0;
	}
	return lx->in_word ? end_word(lx) : 0;
}

/** A code point or text that does not split (addRawChar, addRawString). */
static void word_add_raw(struct ana_lexer *lx, const char *text, size_t len) {
	ctx_buf_add(&lx->word, text, len);
	lx->in_word = true;
}

/** A piece of the outermost frame is complete in the buffer from `start` on: hand it to the words. */
static int word_add_piece(struct ana_lexer *lx, size_t start, bool splits) {
	if (lx->words == NULL || lx->frames.count > 1 || !ctx_buf_ok(&lx->out)) {
		return 0;
	}
	const char *text = ctx_buf_str(&lx->out) + start;
	size_t len = lx->out.len - start;
	if (!splits) {
		word_add_raw(lx, text, len);
		return 0;
	}
	size_t width;
	for (size_t at = 0; at < len; at += width) {
		int rc = word_add(lx, ctx_rune_decode(text + at, len - at, &width));
		if (rc < 0) {
			return rc;
		}
	}
	return 0;
}

/** As a name may begin with it alone: `$@`, `$?` ... (isSpecialParam). */
static bool is_special(uint32_t rune) {
	return rune < 0x80 && rune != 0 && strchr("@*#?-$!", (int)rune) != NULL;
}

/** Read a name (processName); it may be empty. */
static struct ctx_str take_name(struct ana_lexer *lx) {
	size_t start = lx->at, width;
	uint32_t rune = peek(lx, &width);
	bool number = rune != ANA_SHELL_END && ana_rune_is_digit(rune);
	if (!number && rune != ANA_SHELL_END && is_special(rune)) {
		lx->at += width;
		return (struct ctx_str){ lx->text.ptr + start, width };
	}
	while (rune != ANA_SHELL_END &&
		(ana_rune_is_digit(rune) || (!number && (rune == '_' || ana_rune_is_letter(rune))))) {
		lx->at += width;
		rune = peek(lx, &width);
	}
	return (struct ctx_str){ lx->text.ptr + start, lx->at - start };
}

/** Open a frame. */
static int push(struct ana_lexer *lx, struct ana_shell_frame frame) {
	frame.start = lx->out.len;
	frame.outer_raw = lx->raw_escapes;
	return CTX_VEC_PUSH(&lx->frames, frame) ? 0 : ctx_fail_nomem(lx->err);
}

/** Open a frame for text inside `${...}` (processStopOn). */
static int begin_text(struct ana_lexer *lx, struct ana_shell_frame frame) {
	if (lx->depth >= ANA_SHELL_DEPTH_MAX) {
		return ctx_fail(lx->err, CTX_E_LIMIT, "more than %d nested ${...}", ANA_SHELL_DEPTH_MAX);
	}
	++lx->depth;
	int rc = push(lx, frame);
	lx->raw_escapes = frame.op == '#' || frame.op == '%' || frame.role == ANA_ROLE_PATTERN;
	// All calls of BuildKit's lexer share one buffer for the open word: an inner one empties it, so that in words
	// `a${x:-b}` is `b`
	ctx_buf_reset(&lx->word);
	return rc;
}

/** A form without operand is complete: `$name` or `${name}`, of which `as_written` is the text. */
static int put_variable(struct ana_lexer *lx, struct ctx_str name, struct ctx_str as_written) {
	size_t start = lx->out.len;
	struct ctx_str value;
	int rc = ana_lexer_get(lx, name, &value);
	if (rc == 0 && lx->shell->skip_unset) {
		ctx_buf_add(&lx->out, as_written.ptr, as_written.len);
	} else if (rc >= 0) {
		rc = ana_lexer_add(lx, value);
	}
	return rc < 0 ? rc : word_add_piece(lx, start, true);
}

/** Is it a modifier that only newer lexers know? */
static bool is_new_modifier(const struct ana_shell_frame *frame) {
	return frame->colon ? frame->op != '-' && frame->op != '+' && frame->op != '?' : frame->op != '?';
}

/** After the name in `${name`: the end, or an operator and the frame of what follows it. */
static int braced(struct ana_lexer *lx, struct ctx_str name, size_t written) {
	struct ana_shell_frame frame = { .role = ANA_ROLE_OPERAND, .name = name, .op = next(lx) };
	switch (frame.op) {
	case '}':
		return put_variable(lx, name, (struct ctx_str){ lx->text.ptr + written, lx->at - written });
	case ':':
		frame.colon = true;
		frame.op = next(lx);
		if (frame.op == '#' || frame.op == '%') {
			return ana_lexer_fail_modifier(lx, true, frame.op);
		}
		break;
	case '/':
		frame.role = ANA_ROLE_PATTERN;
		frame.twice = at_rune(lx, '/');
		lx->at += frame.twice;
		break;
	case '+':
	case '-':
	case '?':
	case '#':
	case '%':
		break;
	default:
		return ana_lexer_fail_modifier(lx, false, frame.op);
	}
	if (lx->shell->older && is_new_modifier(&frame)) {
		return ana_lexer_fail_modifier(lx, frame.colon, frame.op);
	}
	return begin_text(lx, frame);
}

/** A dollar (processDollar). */
static int dollar(struct ana_lexer *lx) {
	size_t written = lx->at, width;
	next(lx);
	if (!at_rune(lx, '{')) {
		struct ctx_str name = take_name(lx);
		if (name.len > 0) {
			return put_variable(lx, name, (struct ctx_str){ lx->text.ptr + written, lx->at - written });
		}
		ctx_buf_addc(&lx->out, '$');
		return word_add_piece(lx, lx->out.len - 1, true);
	}
	next(lx);
	switch (peek(lx, &width)) {
	case ANA_SHELL_END:
		return ctx_fail(lx->err, CTX_E_SYNTAX, "syntax error: missing '}'");
	case '{':
	case '}':
	case ':':
		return ctx_fail(lx->err, CTX_E_SYNTAX, "syntax error: bad substitution");
	default:
		return braced(lx, take_name(lx), written);
	}
}

/** The delimiter of a frame inside `${...}` was read. */
static int end_text(struct ana_lexer *lx) {
	struct ana_shell_frame *top = &lx->frames.items[lx->frames.count - 1];
	if (top->role == ANA_ROLE_PATTERN) {
		top->role = ANA_ROLE_REPLACEMENT;
		top->middle = lx->out.len;
		return 0;
	}
	struct ana_shell_frame frame = *top;
	--lx->frames.count;
	--lx->depth;
	lx->raw_escapes = frame.outer_raw;
	int rc = ctx_buf_ok(&lx->out) ? ana_lexer_put(lx, &frame) : ctx_fail_nomem(lx->err);
	return rc < 0 ? rc : word_add_piece(lx, frame.start, true);
}

/** Single quotes and what is between them (processSingleQuote). */
static int single_quotes(struct ana_lexer *lx) {
	size_t start = lx->out.len;
	if (lx->shell->raw_quotes) {
		ctx_buf_addc(&lx->out, '\'');
	}
	next(lx);
	for (uint32_t rune = next(lx); rune != '\''; rune = next(lx)) {
		if (rune == ANA_SHELL_END) {
			return ctx_fail(lx->err, CTX_E_SYNTAX,
				"unexpected end of statement while looking for matching single-quote");
		}
		ana_shell_add_rune(&lx->out, rune);
	}
	if (lx->shell->raw_quotes) {
		ctx_buf_addc(&lx->out, '\'');
	}
	return word_add_piece(lx, start, false);
}

/** "<", or "<<" and the white space that belongs to it (processPossibleHeredoc). */
static int heredoc_mark(struct ana_lexer *lx) {
	size_t start = lx->out.len;
	ctx_buf_addc(&lx->out, (char)next(lx));
	if (at_rune(lx, '<')) {
		ctx_buf_addc(&lx->out, (char)next(lx));
		while (at_rune(lx, ' ') || at_rune(lx, '\t') || at_rune(lx, '\r')) {
			ctx_buf_addc(&lx->out, (char)next(lx));
		}
	}
	return word_add_piece(lx, start, false);
}

/** A code point without a meaning of its own, or an escape and what it escapes. */
static int plain(struct ana_lexer *lx) {
	size_t start = lx->out.len;
	uint32_t rune = next(lx);
	bool escaped = rune == (unsigned char)lx->shell->escape;
	if (escaped) {
		if (lx->raw_escapes) {
			ana_shell_add_rune(&lx->out, rune);
		}
		rune = next(lx);
	}
	if (rune != ANA_SHELL_END) {
		ana_shell_add_rune(&lx->out, rune);
	}
	bool nothing = escaped && lx->out.len == start;
	return nothing ? 0 : word_add_piece(lx, start, !escaped);
}

/** One thing inside "..." (processDoubleQuote). */
static int quoted_step(struct ana_lexer *lx) {
	size_t width;
	uint32_t rune = peek(lx, &width);
	switch (rune) {
	case ANA_SHELL_END:
		return ctx_fail(lx->err, CTX_E_SYNTAX,
			"unexpected end of statement while looking for matching double-quote");
	case '$':
		return dollar(lx);
	default:
		break;
	}
	lx->at += width;
	if (rune == '"') {
		if (lx->shell->raw_quotes) {
			ctx_buf_addc(&lx->out, '"');
		}
		size_t start = lx->frames.items[--lx->frames.count].start;
		return word_add_piece(lx, start, false);
	}
	uint32_t escape = (unsigned char)lx->shell->escape;
	if (rune == escape) {
		if (lx->raw_escapes) {
			ana_shell_add_rune(&lx->out, rune);
		}
		if (at_rune(lx, ANA_SHELL_END)) {
			return 0;
		}
		if (at_rune(lx, '"') || at_rune(lx, '$') || at_rune(lx, escape)) {
			rune = next(lx);
		}
	}
	ana_shell_add_rune(&lx->out, rune);
	return 0;
}

/** One thing outside quotes (processStopOn); at the end of the word, `*done` is set. */
static int text_step(struct ana_lexer *lx, enum ana_shell_role role, bool *done) {
	size_t width;
	uint32_t rune = peek(lx, &width);
	if (role != ANA_ROLE_WORD && rune == (role == ANA_ROLE_PATTERN ? '/' : '}')) {
		lx->at += width;
		return end_text(lx);
	}
	switch (rune) {
	case ANA_SHELL_END:
		*done = role == ANA_ROLE_WORD;
		// The caller says what is missing
		return *done ? 0 : CTX_E_SYNTAX;
	case '$':
		return dollar(lx);
	case '<':
		return heredoc_mark(lx);
	case '\'':
		return lx->shell->skip_quotes ? plain(lx) : single_quotes(lx);
	case '"':
		if (lx->shell->skip_quotes) {
			return plain(lx);
		}
		int rc = push(lx, (struct ana_shell_frame){ .role = ANA_ROLE_QUOTED });
		if (lx->shell->raw_quotes) {
			ctx_buf_addc(&lx->out, '"');
		}
		lx->at += width;
		return rc;
	default:
		return plain(lx);
	}
}

/**
 * An error inside `${...}` with nothing left to read: each call of BuildKit's lexer replaces the error of the one below by
 * what it misses itself, so that the outermost remains.
 */
static int missing(struct ana_lexer *lx, int rc) {
	if (rc != CTX_E_SYNTAX || lx->at < lx->text.len) {
		return rc;
	}
	for (size_t i = 1; i < lx->frames.count; ++i) {
		switch (lx->frames.items[i].role) {
		case ANA_ROLE_PATTERN:
			return ctx_fail(lx->err, rc, "syntax error: missing '/' in ${}");
		case ANA_ROLE_OPERAND:
		case ANA_ROLE_REPLACEMENT:
			return ctx_fail(lx->err, rc, "syntax error: missing '}'");
		default:
			break;
		}
	}
	return rc;
}

/** Copy what has no meaning in the outermost frame or between double quotes; elsewhere '/' or '}' may end the frame. */
static int stretch(struct ana_lexer *lx, enum ana_shell_role role) {
	if (role != ANA_ROLE_WORD && role != ANA_ROLE_QUOTED) {
		return 0;
	}
	size_t len = ordinary(lx->shell, lx->text, lx->at), start = lx->out.len;
	ctx_buf_add(&lx->out, lx->text.ptr + lx->at, len);
	lx->at += len;
	return word_add_piece(lx, start, true);
}

/** Read the whole text; the result is in `out` and `words`. */
static int run(struct ana_lexer *lx) {
	size_t width;
	if (peek(lx, &width) == BOM) {
		lx->at += width;
	}
	lx->raw_escapes = lx->shell->raw_escapes;
	int rc = push(lx, (struct ana_shell_frame){ .role = ANA_ROLE_WORD });
	for (bool done = false; rc == 0 && !done;) {
		enum ana_shell_role role = lx->frames.items[lx->frames.count - 1].role;
		rc = stretch(lx, role);
		if (rc == 0) {
			rc = role == ANA_ROLE_QUOTED ? quoted_step(lx) : text_step(lx, role, &done);
		}
	}
	if (rc < 0) {
		return missing(lx, rc);
	}
	if (lx->words != NULL) {
		rc = end_word(lx);
	}
	return ctx_buf_ok(&lx->out) && ctx_buf_ok(&lx->word) ? rc : ctx_fail_nomem(lx->err);
}

/** Free what a run needed. */
static void release(struct ana_lexer *lx) {
	ctx_buf_release(&lx->out);
	ctx_buf_release(&lx->scratch);
	ctx_buf_release(&lx->word);
	CTX_VEC_RELEASE(&lx->frames);
	ctx_strmap_release(&lx->matched.map);
	ctx_strmap_release(&lx->unmatched.map);
}

/** A lexer at the beginning of a text. */
static struct ana_lexer prepare(const struct ana_shell *shell, struct ctx_str text, const struct ana_env *env,
	struct ctx_arena *arena, struct ctx_error *err) {
	bool full = arena->reserved_bytes > ARENA_FULL_BYTES;
	return (struct ana_lexer){ .shell = shell,
		.env = env,
		.arena = arena,
		.err = err,
		.text = text.ptr == NULL ? CTX_STR("") : text,
		.value_bytes_max = full ? ARENA_FULL_GROWTH : ANA_SHELL_GROWTH_MAX };
}

/** The result of a run, in memory that lasts: that of the input or of a variable if it is the same text. */
static int keep(struct ana_lexer *lx, struct ctx_str input, struct ctx_str *text) {
	struct ctx_str result = { ctx_buf_str(&lx->out), lx->out.len };
	if (ctx_str_eq(result, input)) {
		*text = input;
	} else if (lx->leading.ptr != NULL && ctx_str_eq(result, lx->leading)) {
		*text = lx->leading;
	} else {
		text->ptr = ctx_arena_memdup0(lx->arena, result.ptr, result.len);
		text->len = result.len;
	}
	return text->ptr != NULL || input.ptr == NULL ? 0 : ctx_fail_nomem(lx->err);
}

int ana_shell_word(const struct ana_shell *shell, struct ctx_str word, const struct ana_env *env,
	struct ctx_arena *arena, struct ana_expansion *out, struct ctx_error *err) {
	if (ordinary(shell, word, 0) == word.len) {
		out->text = word;
		return 0;
	}
	struct ana_lexer lx = prepare(shell, word, env, arena, err);
	lx.matched.list = &out->matched;
	lx.unmatched.list = &out->unmatched;
	int rc = run(&lx);
	if (rc == 0) {
		rc = keep(&lx, word, &out->text);
	}
	release(&lx);
	return rc;
}

/** Split text without anything special. */
static int split_plain(struct ctx_str text, struct ana_words *words, struct ctx_error *err) {
	for (size_t at = 0; at < text.len;) {
		size_t start = at;
		while (at < text.len && !ctx_rune_is_space((unsigned char)text.ptr[at])) {
			++at;
		}
		if (at > start && !CTX_VEC_PUSH(&words->items, ((struct ctx_str){ text.ptr + start, at - start }))) {
			return ctx_fail_nomem(err);
		}
		++at;
	}
	return 0;
}

int ana_shell_words(const struct ana_shell *shell, struct ctx_str text, const struct ana_env *env,
	struct ctx_arena *arena, struct ana_words *words, struct ctx_error *err) {
	if (ordinary(shell, text, 0) == text.len) {
		return split_plain(text, words, err);
	}
	struct ana_lexer lx = prepare(shell, text, env, arena, err);
	lx.words = words;
	int rc = run(&lx);
	release(&lx);
	return rc;
}
