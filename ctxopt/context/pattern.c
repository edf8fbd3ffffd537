/*
 * Two ports by hand.  ctx_pattern_is_valid() follows filepath.Match far enough to know whether it would report a
 * syntax error for the name "."; it stops looking where Match stops, so `a*[` passes (its first chunk fails before the
 * bracket is reached).  ctx_pattern_translate() follows Pattern.compile.
 */
#include "ctxopt/context/pattern.h"

#include "ctxopt/base/rune.h"

#include <string.h>

/* Unread part of a pattern. */
struct span {
	const char *at, *end;
};

/* filepath.getEsc: one possibly escaped character of a class; false on a syntax error. */
static bool get_esc(struct span *s, uint32_t *rune) {
	if (s->at == s->end || *s->at == '-' || *s->at == ']') {
		return false;
	}
	if (*s->at == '\\') {
		++s->at;
		if (s->at == s->end) {
			return false;
		}
	}
	size_t width;
	*rune = ctx_rune_decode(s->at, (size_t)(s->end - s->at), &width);
	if (*rune == CTX_RUNE_ERROR && width == 1) {
		return false;
	}
	s->at += width;
	return s->at != s->end; // a class can never end here
}

/* The class after '[': checks its syntax and tells whether `rune` is in it. */
static bool match_class(struct span *s, uint32_t rune, bool *in_class) {
	bool negated = s->at != s->end && *s->at == '^';
	if (negated) {
		++s->at;
	}
	bool match = false;
	for (unsigned ranges = 0;; ++ranges) {
		if (s->at != s->end && *s->at == ']' && ranges > 0) {
			++s->at;
			*in_class = match != negated;
			return true;
		}
		uint32_t lo;
		if (!get_esc(s, &lo)) {
			return false;
		}
		uint32_t hi = lo;
		if (*s->at == '-') {
			++s->at;
			if (!get_esc(s, &hi)) {
				return false;
			}
		}
		match = match || (lo <= rune && rune <= hi);
	}
}

/*
 * filepath.matchChunk against `name`, which is "." or "".  Returns false on a syntax error; otherwise *ok says whether
 * the chunk matched and *left how many characters of the name remain.
 */
static bool match_chunk(struct span chunk, const char *name, bool *ok, size_t *left) {
	size_t len = strlen(name);
	bool failed = false;
	while (chunk.at != chunk.end) {
		failed = failed || len == 0;
		char c = *chunk.at++;
		bool matches;
		if (c == '[') {
			if (!match_class(&chunk, failed ? 0 : '.', &matches)) {
				return false;
			}
		} else if (c == '?') {
			matches = true;
		} else {
			if (c == '\\') {
				if (chunk.at == chunk.end) {
					return false;
				}
				c = *chunk.at++;
			}
			matches = c == '.';
		}
		failed = failed || !matches;
		len -= len > 0;
	}
	*ok = !failed;
	*left = len;
	return true;
}

/* filepath.scanChunk: the next part without a star outside classes, and whether stars came before it. */
static struct span scan_chunk(struct span *s, bool *star) {
	*star = false;
	while (s->at != s->end && *s->at == '*') {
		++s->at;
		*star = true;
	}
	struct span chunk = { s->at, s->at };
	bool in_class = false;
	while (chunk.end != s->end && (*chunk.end != '*' || in_class)) {
		if (*chunk.end == '[') {
			in_class = true;
		} else if (*chunk.end == ']') {
			in_class = false;
		} else if (*chunk.end == '\\' && chunk.end + 1 != s->end) {
			++chunk.end;
		}
		++chunk.end;
	}
	s->at = chunk.end;
	return chunk;
}

bool ctx_pattern_is_valid(const char *pattern, size_t len) {
	struct span rest = { pattern, pattern + len };
	const char *name = ".";
	while (rest.at != rest.end) {
		bool star;
		struct span chunk = scan_chunk(&rest, &star);
		if (star && chunk.at == chunk.end) {
			return true; // a final star: nothing is left to check
		}
		bool last = rest.at == rest.end;
		bool ok;
		size_t left;
		if (!match_chunk(chunk, name, &ok, &left)) {
			return false;
		}
		if (ok && (left == 0 || !last)) {
			name = left > 0 ? "." : "";
			continue;
		}
		// With a star before it, the chunk may also match after skipping the only character
		if (!star || *name == '\0') {
			return true;
		}
		if (!match_chunk(chunk, "", &ok, &left)) {
			return false;
		}
		if (!ok) {
			return true;
		}
		name = "";
	}
	return true;
}

/* Reads a pattern the way Go's text/scanner does: by code points, skipping a byte order mark at the start. */
struct reader {
	const char *at;
	size_t left;
};

/* Value of peek() at the end. */
#define END_OF_PATTERN UINT32_MAX

/* The next code point, not consumed. */
static uint32_t peek(const struct reader *r) {
	size_t width;
	return r->left == 0 ? END_OF_PATTERN : ctx_rune_decode(r->at, r->left, &width);
}

/* The next code point, consumed; the pattern must not be at its end. */
static uint32_t next(struct reader *r) {
	size_t width;
	uint32_t rune = ctx_rune_decode(r->at, r->left, &width);
	r->at += width;
	r->left -= width;
	return rune;
}

/* Append one code point. */
static void add_rune(struct ctx_buf *out, uint32_t rune) {
	char bytes[CTX_RUNE_BYTES];
	ctx_buf_add(out, bytes, ctx_rune_encode(bytes, rune));
}

/* Two stars were read: what they mean depends on what surrounds them. */
static enum ctx_pattern_type translate_stars(struct ctx_buf *out, struct reader *r, enum ctx_pattern_type type,
	bool at_start) {
	if (peek(r) == '/') {
		next(r);
	}
	if (peek(r) == END_OF_PATTERN) {
		type = type == CTX_PATTERN_EXACT ? CTX_PATTERN_PREFIX : CTX_PATTERN_REGEXP;
		ctx_buf_adds(out, ".*"); // of no use to a prefix, which is compared as text
	} else {
		ctx_buf_adds(out, "(.*/)?");
		type = CTX_PATTERN_REGEXP;
	}
	return at_start ? CTX_PATTERN_SUFFIX : type;
}

/*
 * Any character but '*', escaped if it is one of `escaped`.  Today's upstream means to escape `.+()|{}$`, but its bit table is too narrow for the last three of
 * the alphabet, so only `.+()$` are escaped and `| { }` reach the regular expression (patternmatcher.go: escapeBytes).
 */
static enum ctx_pattern_type translate_char(struct ctx_buf *out, struct reader *r, enum ctx_pattern_type type,
	uint32_t rune, const char *escaped) {
	if (rune == '?') {
		ctx_buf_adds(out, "[^/]");
		return CTX_PATTERN_REGEXP;
	}
	if (rune < 0x80 && rune != 0 && strchr(escaped, (int)rune)) {
		ctx_buf_addc(out, '\\');
		add_rune(out, rune);
		return type;
	}
	if (rune == '\\') {
		ctx_buf_addc(out, '\\');
		if (peek(r) == END_OF_PATTERN) {
			return type;
		}
		add_rune(out, next(r));
		return CTX_PATTERN_REGEXP;
	}
	add_rune(out, rune);
	return rune == '[' || rune == ']' ? CTX_PATTERN_REGEXP : type;
}

/* Build the regular expression, and find the type that today's rules give the pattern. */
static void build_regexp(struct ctx_pattern *out, const char *pattern, size_t len, const char *escaped) {
	*out = (struct ctx_pattern){ .type = CTX_PATTERN_EXACT };
	struct reader r = { pattern, len };
	if (len >= 3 && memcmp(pattern, "\xEF\xBB\xBF", 3) == 0) {
		r = (struct reader){ pattern + 3, len - 3 };
	}

	struct ctx_buf *regexp = &out->regexp;
	ctx_buf_addc(regexp, '^');
	for (bool at_start = true; r.left > 0; at_start = false) {
		uint32_t rune = next(&r);
		if (rune != '*') {
			out->type = translate_char(regexp, &r, out->type, rune, escaped);
		} else if (peek(&r) == '*') {
			next(&r);
			out->type = translate_stars(regexp, &r, out->type, at_start);
		} else {
			ctx_buf_adds(regexp, "[^/]*");
			out->type = CTX_PATTERN_REGEXP;
		}
	}
	ctx_buf_addc(regexp, '$');
}

bool ctx_pattern_translate(struct ctx_pattern *out, const char *pattern, size_t len) {
	build_regexp(out, pattern, len, ".+()$");
	out->text = pattern;
	out->text_len = len;
	if (out->type == CTX_PATTERN_PREFIX) {
		out->text_len -= 2;
	} else if (out->type == CTX_PATTERN_SUFFIX) {
		out->text += 2;
		out->text_len -= 2;
	}
	bool ok = ctx_buf_ok(&out->regexp);
	if (!ok || out->type != CTX_PATTERN_REGEXP) {
		ctx_buf_release(&out->regexp);
	}
	return ok;
}

bool ctx_pattern_translate_20_10(struct ctx_pattern *out, const char *pattern, size_t len) {
	build_regexp(out, pattern, len, ".$");
	out->type = CTX_PATTERN_REGEXP;
	if (!ctx_buf_ok(&out->regexp)) {
		ctx_buf_release(&out->regexp);
		return false;
	}
	return true;
}

void ctx_pattern_release(struct ctx_pattern *pattern) {
	ctx_buf_release(&pattern->regexp);
}

bool ctx_pattern_matches_text(enum ctx_pattern_type type, const char *text, size_t text_len, const char *path,
	size_t path_len) {
	if (type == CTX_PATTERN_EXACT) {
		return path_len == text_len && memcmp(path, text, text_len) == 0;
	}
	if (type == CTX_PATTERN_PREFIX) {
		return path_len >= text_len && memcmp(path, text, text_len) == 0;
	}
	if (path_len >= text_len && memcmp(path + path_len - text_len, text, text_len) == 0) {
		return true;
	}
	return text_len > 0 && text[0] == '/' && path_len == text_len - 1 && memcmp(path, text + 1, path_len) == 0;
}
