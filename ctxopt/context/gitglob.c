#include "ctxopt/context/gitglob.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/utf8.h"

#include <stdlib.h>
#include <string.h>

/** A rule that is being read. */
struct reader {
	struct ctx_arena *arena;
	CTX_VEC(struct git_token) tokens;
	CTX_VEC(struct git_part) parts;
	bool fold_case;
};

/* ---- Reading ---- */

/** End a component with the tokens so far; false when out of memory. */
static bool end_name(struct reader *r) {
	struct git_part part = { .kind = GIT_PART_NAME, .token_count = r->tokens.count };
	struct git_token *tokens = ctx_arena_calloc(r->arena, r->tokens.count + 1, sizeof(*tokens));
	if (tokens == NULL) {
		return false;
	}
	for (size_t i = 0; i < r->tokens.count; ++i) {
		tokens[i] = r->tokens.items[i];
	}
	part.tokens = tokens;
	r->tokens.count = 0;
	return CTX_VEC_PUSH(&r->parts, part);
}

/** Add a token for one byte. */
static bool add_byte(struct reader *r, unsigned char c) {
	struct git_token token = { 0 };
	bool lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z';
	git_set_add(&token.set, c);
	if (r->fold_case && (lower || upper)) {
		git_set_add(&token.set, c ^ 0x20u);
	}
	return CTX_VEC_PUSH(&r->tokens, token);
}

/** Add a token for any byte but the slash. */
static bool add_any(struct reader *r) {
	struct git_token token = { 0 };
	for (unsigned c = 1; c < 256; ++c) {
		if (c != '/') {
			git_set_add(&token.set, c);
		}
	}
	return CTX_VEC_PUSH(&r->tokens, token);
}

/** Add a star, once. */
static bool add_star(struct reader *r) {
	struct git_token token = { .star = true };
	bool again = r->tokens.count > 0 && r->tokens.items[r->tokens.count - 1].star;
	return again || CTX_VEC_PUSH(&r->tokens, token);
}

/**
 * Read stars, with `*at` on the first: whether they are a component of their own, which they end together with its slash.
 * 1; GIT_GLOB_ODD; CTX_E_NOMEM.
 */
static int read_stars(struct reader *r, const char **at, const char *end, bool base_only, bool *whole,
	struct ctx_error *err) {
	const char *stars = *at;
	while (*at < end && **at == '*') {
		++*at;
	}
	bool last = *at == end, many = *at - stars > 1 && !base_only, slash = !last && **at == '/';
	*whole = many && r->tokens.count == 0 && (last || slash);
	if (many && slash && !*whole) {
		return GIT_GLOB_ODD;
	}
	if (!*whole) {
		return add_star(r) ? 1 : ctx_fail_nomem(err);
	}
	size_t count = r->parts.count;
	struct git_part part = { .kind = last && count > 0 ? GIT_PART_SOME : GIT_PART_ANY };
	bool again = !last && count > 0 && r->parts.items[count - 1].kind == GIT_PART_ANY;
	*at += slash;
	return again || CTX_VEC_PUSH(&r->parts, part) ? 1 : ctx_fail_nomem(err);
}

/** Read one byte of a name, with `*at` on it: 1, 0 if nothing matches, CTX_E_NOMEM. */
static int read_byte(struct reader *r, const char **at, const char *end, struct ctx_error *err) {
	bool ok = true;
	if (**at == '[') {
		struct git_token token = { 0 };
		*at = git_read_bracket(r->fold_case, *at + 1, end, &token.set);
		ok = *at == NULL || CTX_VEC_PUSH(&r->tokens, token);
	} else if (**at == '?') {
		ok = add_any(r);
		++*at;
	} else {
		ok = add_byte(r, (unsigned char)**at);
		++*at;
	}
	return !ok ? ctx_fail_nomem(err) : *at != NULL;
}

/** Read the pattern: 1, 0 if it never matches, GIT_GLOB_ODD, CTX_E_NOMEM. */
static int read_pattern(struct reader *r, const char *at, const char *end, bool base_only, struct ctx_error *err) {
	int rc = 1;
	bool open = true; // a component has begun
	while (rc == 1 && at < end) {
		bool whole = false, escaped = *at == '\\';
		at += escaped;
		if (at == end) {
			return 0; // nothing is escaped
		}
		if (*at == '/') {
			rc = end_name(r) ? 1 : ctx_fail_nomem(err);
			++at;
		} else if (escaped) {
			rc = add_byte(r, (unsigned char)*at++) ? 1 : ctx_fail_nomem(err);
		} else if (*at == '*') {
			rc = read_stars(r, &at, end, base_only, &whole, err);
			open = !(whole && at == end && end[-1] == '*');
		} else {
			rc = read_byte(r, &at, end, err);
		}
	}
	return rc == 1 && open && !end_name(r) ? ctx_fail_nomem(err) : rc;
}

/** Can a name match at all?  Not if it is empty, "." or "..", or a set of it is empty. */
static bool is_possible(const struct git_part *part) {
	static const struct git_byte_set none;
	bool dots = part->token_count <= 2, dot = false;
	for (size_t i = 0; i < part->token_count; ++i) {
		const struct git_token *token = &part->tokens[i];
		if (!token->star && memcmp(&token->set, &none, sizeof(none)) == 0) {
			return false;
		}
		struct git_byte_set only = { 0 };
		git_set_add(&only, '.');
		dot = !token->star && memcmp(&token->set, &only, sizeof(only)) == 0;
		dots = dots && dot;
	}
	return part->kind != GIT_PART_NAME || (part->token_count > 0 && !dots);
}

/** Put the directory of the file in front. */
static bool read_dir(struct reader *r, const char *dir) {
	bool fold_case = r->fold_case, ok = true;
	r->fold_case = false; // the file lies in this directory and no other
	for (; ok && *dir != '\0'; ++dir) {
		ok = *dir == '/' ? end_name(r) : add_byte(r, (unsigned char)*dir);
	}
	ok = ok && (r->tokens.count == 0 || end_name(r));
	r->fold_case = fold_case;
	return ok;
}

/** Read what stands in a line behind '!' and before a final '/'. */
static int read_rule(struct reader *r, struct git_glob *glob, struct ctx_str text, const char *dir,
	struct ctx_error *err) {
	bool base_only = memchr(text.ptr, '/', text.len) == NULL;
	struct git_part any = { .kind = GIT_PART_ANY };
	if (text.ptr[0] == '/') {
		text = ctx_str_from(text, 1);
	}
	if (text.len == 0) {
		return 0;
	}
	if (!read_dir(r, dir) || (base_only && !CTX_VEC_PUSH(&r->parts, any))) {
		return ctx_fail_nomem(err);
	}
	int rc = read_pattern(r, text.ptr, text.ptr + text.len, base_only, err);
	struct git_part *parts = rc == 1 ? ctx_arena_calloc(r->arena, r->parts.count + 1, sizeof(*parts)) : NULL;
	if (rc != 1 || parts == NULL) {
		return rc != 1 ? rc : ctx_fail_nomem(err);
	}
	for (size_t i = 0; i < r->parts.count; ++i) {
		parts[i] = r->parts.items[i];
		rc = is_possible(&parts[i]) ? rc : 0;
	}
	glob->parts = parts;
	glob->part_count = r->parts.count;
	return rc;
}

int git_glob_read(struct git_glob *glob, struct ctx_arena *arena, struct ctx_str line, const char *dir, bool fold_case,
	struct ctx_error *err) {
	*glob = (struct git_glob){ 0 };
	if (line.len == 0 || line.ptr[0] == '#') {
		return 0;
	}
	line.len -= line.ptr[line.len - 1] == '\r';
	size_t nul = ctx_str_find(line, '\0'); // git handles lines as C strings
	line.len = git_trim_spaces(line.ptr, nul);
	if (line.len > 0 && line.ptr[0] == '!') {
		glob->negated = true;
		line = ctx_str_from(line, 1);
	}
	if (line.len > 0 && line.ptr[line.len - 1] == '/') {
		glob->dir_only = true;
		--line.len;
	}
	if (line.len == 0) {
		return 0;
	}
	struct reader r = { .arena = arena, .fold_case = fold_case };
	int rc = read_rule(&r, glob, line, dir, err);
	CTX_VEC_RELEASE(&r.tokens);
	CTX_VEC_RELEASE(&r.parts);
	return rc;
}

/* ---- Writing ---- */

/** How many bytes are in a set, and one of them. */
static unsigned count_set(const struct git_byte_set *set, unsigned from, unsigned to, unsigned *one) {
	unsigned count = 0;
	for (unsigned c = from; c < to; ++c) {
		if (git_set_has(set, (unsigned char)c)) {
			*one = c;
			++count;
		}
	}
	return count;
}

/** Append a byte of a bracket expression. */
static void write_member(struct ctx_buf *out, unsigned c) {
	bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
	ctx_buf_adds(out, plain || c == ' ' ? "" : "\\");
	ctx_buf_addc(out, (char)c);
}

/** Append a set as a bracket expression.  `negated`: what is not in it, and no slash. */
static void write_set(struct ctx_buf *out, const struct git_byte_set *set, bool negated) {
	ctx_buf_adds(out, negated ? "[^\\/" : "[");
	for (unsigned c = ' '; c < 0x7f;) {
		unsigned end = c;
		while (end < 0x7f && end != '/' && git_set_has(set, (unsigned char)end) != negated) {
			++end;
		}
		if (end - c > 3) {
			write_member(out, c);
			ctx_buf_addc(out, '-');
			write_member(out, end - 1);
		} else {
			for (unsigned one = c; one < end; ++one) {
				write_member(out, one);
			}
		}
		c = end + 1;
	}
	ctx_buf_addc(out, ']');
}

/** Append a token that is no star.  Bytes above ASCII are checked when the whole name is there. */
static unsigned write_token(struct ctx_buf *out, const struct git_token *token) {
	unsigned one = 0, low = count_set(&token->set, 1, 0x80, &one), high = count_set(&token->set, 0x80, 0x100, &one);
	bool control = count_set(&token->set, 1, 0x20, &one) > 0 || git_set_has(&token->set, 0x7f);
	if (low + high == 1) {
		(void)count_set(&token->set, 1, 0x100, &one);
		if (one < 0x20 || one == 0x7f) {
			ctx_buf_addc(out, '?');
			return GIT_LOSS_BYTES;
		}
		ctx_buf_adds(out, strchr("*?[]\\", (int)one) != NULL ? "\\" : "");
		ctx_buf_addc(out, (char)one);
		return 0;
	}
	if (high == 0 && !control) {
		write_set(out, &token->set, false);
		return 0;
	}
	if (high < 0x80) {
		ctx_buf_addc(out, '?');
		return GIT_LOSS_BYTES;
	}
	if (low == 0x7f - 1) {
		ctx_buf_addc(out, '?');
	} else {
		write_set(out, &token->set, true);
	}
	return GIT_LOSS_LETTERS;
}

/** Replace bytes that are no UTF-8. */
static unsigned check_bytes(struct ctx_buf *out, size_t from) {
	unsigned loss = 0;
	for (size_t at = from; at < out->len;) {
		uint32_t rune;
		size_t len = ctx_utf8_decode(out->data + at, out->len - at, &rune);
		if (rune == CTX_UTF8_BAD) {
			out->data[at] = '?';
			loss = GIT_LOSS_BYTES;
		}
		at += len;
	}
	return loss;
}

unsigned git_glob_write(struct ctx_buf *out, const struct git_part *parts, size_t count, bool files) {
	size_t from = out->len;
	unsigned loss = 0;
	for (size_t i = 0; i < count; ++i) {
		const struct git_part *part = &parts[i];
		ctx_buf_adds(out, i > 0 ? "/" : "");
		if (part->kind != GIT_PART_NAME) {
			ctx_buf_adds(out, part->kind == GIT_PART_SOME && i + 1 < count ? "*/**" : "**");
			continue;
		}
		for (size_t k = 0; k < part->token_count; ++k) {
			bool edge = (out->len == from) || (i + 1 == count && k + 1 == part->token_count && !files);
			size_t at = out->len;
			if (part->tokens[k].star) {
				ctx_buf_addc(out, '*');
				continue;
			}
			loss |= write_token(out, &part->tokens[k]);
			char c = ctx_buf_ok(out) && out->len == at + 1 ? out->data[at] : '\0';
			if (edge && c == ' ') { // would be trimmed
				out->len = at;
				ctx_buf_adds(out, "[ ]");
			} else if (at == from && (c == '#' || c == '!')) {
				out->len = at;
				ctx_buf_addf(out, "\\%c", c);
			}
		}
	}
	ctx_buf_adds(out, files ? "/**" : "");
	return ctx_buf_ok(out) ? loss | check_bytes(out, from) : loss;
}

/* ---- Comparing ---- */

/** Do two tokens share a byte? */
static bool tokens_meet(const struct git_token *a, const struct git_token *b) {
	bool found = false;
	for (unsigned i = 0; i < 4; ++i) {
		found = found || (a->set.bits[i] & b->set.bits[i]) != 0;
	}
	return found;
}

bool git_part_is_all(const struct git_part *part) {
	return part->kind == GIT_PART_NAME && part->token_count == 1 && part->tokens[0].star;
}

/** Is it one name and no other? */
static bool is_literal(const struct git_part *part) {
	unsigned one;
	for (size_t i = 0; i < part->token_count; ++i) {
		if (part->tokens[i].star || count_set(&part->tokens[i].set, 1, 0x100, &one) != 1) {
			return false;
		}
	}
	return part->kind == GIT_PART_NAME;
}

/** Most pairs of components that are compared; longer rules are taken to meet. */
#define PAIRS_MAX 4096
/** Longest name whose patterns are compared; longer ones are taken to meet. */
#define NAME_MAX_TOKENS 256

bool git_part_meets(const struct git_part *a, const struct git_part *b) {
	if (a->token_count > NAME_MAX_TOKENS || b->token_count > NAME_MAX_TOKENS) {
		return true;
	}
	// Row i, column j: could the rest of `a` from i on and of `b` from j on match the same text?  From the end.
	bool next[NAME_MAX_TOKENS + 1] = { false }, row[NAME_MAX_TOKENS + 1];
	for (size_t i = a->token_count + 1; i-- > 0;) {
		for (size_t j = b->token_count + 1; j-- > 0;) {
			bool a_ends = i == a->token_count, b_ends = j == b->token_count;
			bool a_star = !a_ends && a->tokens[i].star, b_star = !b_ends && b->tokens[j].star;
			row[j] = (a_ends && b_ends) || (a_star && (next[j] || (!b_ends && row[j + 1]))) ||
				(b_star && (row[j + 1] || (!a_ends && next[j]))) ||
				(!a_ends && !b_ends && !a_star && !b_star && next[j + 1] &&
					tokens_meet(&a->tokens[i], &b->tokens[j]));
		}
		memcpy(next, row, (b->token_count + 1) * sizeof(*row));
	}
	return row[0];
}

/** Are the tokens the same? */
static bool is_same(const struct git_part *a, const struct git_part *b) {
	bool same = a->token_count == b->token_count;
	for (size_t i = 0; same && i < a->token_count; ++i) {
		same = a->tokens[i].star == b->tokens[i].star &&
			memcmp(&a->tokens[i].set, &b->tokens[i].set, sizeof(a->tokens[i].set)) == 0;
	}
	return same;
}

bool git_part_holds(const struct git_part *a, const struct git_part *b) {
	return git_part_is_all(a) || is_literal(b) || is_same(a, b);
}

/** Could sequences match the same path?  `a_more`, `b_more`: with any components behind, at least one. */
static int sequences_meet(bool *meet, const struct git_glob *a, bool a_more, const struct git_glob *b, bool b_more,
	struct ctx_error *err) {
	size_t width = b->part_count + 2, height = a->part_count + 2;
	*meet = true;
	if (width > PAIRS_MAX || height > PAIRS_MAX || width * height > PAIRS_MAX) {
		return 0;
	}
	bool *table = ctx_calloc(width * height + 1, sizeof(*table));
	if (table == NULL) {
		return ctx_fail_nomem(err);
	}
	static const struct git_token star = { .star = true };
	static const struct git_part one = { GIT_PART_NAME, &star, 1 }, some = { .kind = GIT_PART_SOME };
	size_t rows = a->part_count + a_more, columns = b->part_count + b_more;
	for (size_t i = rows + 1; i-- > 0;) {
		for (size_t j = columns + 1; j-- > 0;) {
			const struct git_part *x = i == rows ? NULL : i == a->part_count ? &some : &a->parts[i];
			const struct git_part *y = j == columns ? NULL : j == b->part_count ? &some : &b->parts[j];
			bool *here = &table[i * width + j];
			bool x_many = x != NULL && x->kind != GIT_PART_NAME,
			     y_many = y != NULL && y->kind != GIT_PART_NAME;
			*here = x == NULL && y == NULL;
			// One component of both, which may leave a sequence where it is
			const struct git_part *xn = x_many ? &one : x, *yn = y_many ? &one : y;
			if (x != NULL && y != NULL && git_part_meets(xn, yn)) {
				*here = table[(i + 1) * width + j + 1] || (x_many && table[i * width + j + 1]) ||
					(y_many && table[(i + 1) * width + j]);
			}
			// None of one that needs none
			*here = *here || (x_many && x->kind == GIT_PART_ANY && table[(i + 1) * width + j]) ||
				(y_many && y->kind == GIT_PART_ANY && table[i * width + j + 1]);
		}
	}
	*meet = table[0];
	free(table);
	return 0;
}

int git_glob_meet(struct git_meeting *out, const struct git_glob *a, const struct git_glob *b, struct ctx_error *err) {
	int rc = sequences_meet(&out->same, a, false, b, false, err);
	rc = rc < 0 ? rc : sequences_meet(&out->above, a, true, b, false, err);
	return rc < 0 ? rc : sequences_meet(&out->below, a, false, b, true, err);
}
