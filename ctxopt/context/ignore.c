/*
 * Text to rules in three steps, as upstream does it: lines to pattern texts (ignorefile.ReadAll), pattern texts to cleaned
 * patterns (patternmatcher.New), and all patterns to one automaton (nfa.h).  What the automaton cannot hold is kept in a
 * short list of odd rules beside it.
 */
#include "ctxopt/context/ignore.h"

#include "ctxopt/base/arena.h"
#include "ctxopt/base/path.h"
#include "ctxopt/base/rune.h"

#include <string.h>

/* A pattern text on its way to a rule. */
struct source {
	unsigned line;
	/* The line as it stands in the file, trimmed; and what the line syntax made of it.  Borrowed from the arena. */
	const char *text, *pattern;
	size_t text_len, pattern_len;
};

struct ctx_ignore {
	struct ctx_arena arena;
	CTX_VEC(struct ctx_rule) rules;
	CTX_VEC(struct ctx_odd_rule) odd;
	struct ctx_nfa nfa;
	bool has_negation, has_broken, by_text, docker_20_10;
};

/* State of one compilation. */
struct compiler {
	struct ctx_ignore *ig;
	CTX_VEC(struct source) sources;
	CTX_VEC(struct ctx_nfa_rule) nfa_rules;
	struct ctx_rune_sets sets;
	struct ctx_error *err;
};

void ctx_ignore_free(struct ctx_ignore *ig) {
	if (!ig) {
		return;
	}
	CTX_VEC_RELEASE(&ig->rules);
	CTX_VEC_RELEASE(&ig->odd);
	ctx_nfa_release(&ig->nfa);
	ctx_arena_release(&ig->arena);
	free(ig);
}

/* Release what only the compilation needed. */
static void release_compiler(struct compiler *c) {
	for (size_t i = 0; i < c->nfa_rules.count; ++i) {
		ctx_regexp_release(&c->nfa_rules.items[i].regexp);
	}
	CTX_VEC_RELEASE(&c->nfa_rules);
	CTX_VEC_RELEASE(&c->sources);
	ctx_rune_sets_release(&c->sets);
}

/* Keep a pattern text; `text` and `pattern` are copied. */
static int add_source(struct compiler *c, unsigned line, const char *text, size_t text_len, const char *pattern,
	size_t pattern_len) {
	struct source source = { .line = line, .text_len = text_len, .pattern_len = pattern_len };
	source.text = ctx_arena_memdup0(&c->ig->arena, text, text_len);
	source.pattern = ctx_arena_memdup0(&c->ig->arena, pattern, pattern_len);
	if (!source.text || !source.pattern || !CTX_VEC_PUSH(&c->sources, source)) {
		return ctx_fail_nomem(c->err);
	}
	return 0;
}

/*
 * Replace invalid bytes by U+FFFD.  The frontend hands the patterns to the client as JSON, which does this (moby/buildkit
 * v0.32 client/llb/source.go, ExcludePatterns); so a pattern with such a byte never equals the name it was written for.
 */
static void add_as_json(struct ctx_buf *out, const char *text, size_t len) {
	size_t width;
	for (size_t i = 0; i < len; i += width) {
		char bytes[CTX_RUNE_BYTES];
		ctx_buf_add(out, bytes, ctx_rune_encode(bytes, ctx_rune_decode(text + i, len - i, &width)));
	}
}

/* One line of an ignore file in Docker's syntax, already without its line end. */
static int read_docker_line(struct compiler *c, unsigned line, const char *at, size_t len) {
	if (line == 1 && len >= 3 && memcmp(at, "\xEF\xBB\xBF", 3) == 0) {
		at += 3;
		len -= 3;
	}
	if (len > 0 && at[0] == '#') {
		return 0;
	}
	ctx_rune_trim(&at, &len);
	if (len == 0) {
		return 0;
	}
	const char *text = at;
	size_t text_len = len;
	bool negated = at[0] == '!';
	if (negated) {
		++at;
		--len;
		ctx_rune_trim(&at, &len);
	}

	ctx_auto_buf struct ctx_buf clean = CTX_BUF_INIT;
	ctx_auto_buf struct ctx_buf pattern = CTX_BUF_INIT;
	if (len > 0) {
		ctx_path_clean(&clean, at, len);
	}
	size_t skip = clean.len > 1 && clean.data[0] == '/';
	ctx_buf_adds(&pattern, negated ? "!" : "");
	add_as_json(&pattern, ctx_buf_str(&clean) + skip, clean.len - skip);
	if (!ctx_buf_ok(&clean) || !ctx_buf_ok(&pattern)) {
		return ctx_fail_nomem(c->err);
	}
	return add_source(c, line, text, text_len, ctx_buf_str(&pattern), pattern.len);
}

/* One line in Podman's syntax: slashes cut at both ends, blanks left to the matcher. */
static int read_podman_line(struct compiler *c, unsigned line, const char *at, size_t len) {
	if (len == 0 || at[0] == '#') {
		return 0;
	}
	const char *text = at;
	size_t text_len = len;
	ctx_rune_trim(&text, &text_len);
	while (len > 0 && at[0] == '/') {
		++at;
		--len;
	}
	while (len > 0 && at[len - 1] == '/') {
		--len;
	}
	return add_source(c, line, text, text_len, at, len);
}

/* Cut the text into lines and read each. */
static int read_lines(struct compiler *c, enum ctx_ignore_syntax syntax, const char *text, size_t len) {
	const char *end = text + len;
	unsigned line = 0;
	for (const char *at = text; at != end;) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t line_len = (size_t)((stop ? stop : end) - at);
		++line;
		int rc;
		if (syntax == CTX_IGNORE_PODMAN) {
			rc = read_podman_line(c, line, at, line_len);
		} else if (line_len > CTX_IGNORE_LINE_MAX) {
			rc = ctx_fail_line(c->err, line, "longer than %d bytes", CTX_IGNORE_LINE_MAX);
		} else {
			bool cr = line_len > 0 && at[line_len - 1] == '\r';
			rc = read_docker_line(c, line, at, line_len - cr);
		}
		if (rc < 0) {
			return rc;
		}
		at = stop ? stop + 1 : end;
	}
	return 0;
}

/*
 * The patterns travel to the client in a gRPC header.  It is sent as it is while all patterns are ASCII, and then gRPC
 * refuses control characters; one other character anywhere switches to an encoding without that limit (moby/buildkit
 * v0.32 session/filesync/filesync.go, encodeStringForHeader; google.golang.org/grpc internal/metadata, hasNotPrintable).
 */
static int check_transport(const struct compiler *c) {
	const struct source *refused = NULL;
	for (size_t i = 0; i < c->sources.count; ++i) {
		const struct source *source = &c->sources.items[i];
		for (size_t b = 0; b < source->pattern_len; ++b) {
			unsigned char byte = (unsigned char)source->pattern[b];
			if (byte >= 0x80 && !c->ig->docker_20_10) {
				return 0;
			}
			bool control = byte < ' ' || byte == 0x7F;
			// The older client sends headers as they are, and only HTTP/2 itself has a say: it takes tabs
			if (control && !(c->ig->docker_20_10 && byte == '\t') && !refused) {
				refused = source;
			}
		}
	}
	if (!refused) {
		return 0;
	}
	return ctx_fail_line(c->err, refused->line,
		"control character in a pattern, which BuildKit cannot send to its client");
}

/* Can the automaton compare this text?  It decodes, so only plain UTF-8 means the same there as byte for byte. */
static bool is_plain(const char *text, size_t len) {
	size_t width;
	for (size_t i = 0; i < len; i += width) {
		if (ctx_rune_decode(text + i, len - i, &width) == CTX_RUNE_ERROR) {
			return false;
		}
	}
	return true;
}

/* Keep a rule outside the automaton. */
static int add_odd(struct compiler *c, uint32_t index, const struct ctx_pattern *pattern, bool broken) {
	struct ctx_odd_rule odd = {
		.index = index,
		.broken = broken,
		.type = pattern->type,
		.text = pattern->text,
		.text_len = pattern->text_len,
	};
	c->ig->has_broken |= broken;
	return CTX_VEC_PUSH(&c->ig->odd, odd) ? 0 : ctx_fail_nomem(c->err);
}

/* Sort a translated rule into the automaton's list or the odd ones. */
static int place_rule(struct compiler *c, uint32_t index, const struct ctx_pattern *pattern) {
	const struct ctx_rule *rule = &c->ig->rules.items[index];
	struct ctx_nfa_rule laid = {
		.index = index,
		.negated = rule->negated,
		.type = pattern->type,
		.text = pattern->text,
		.text_len = pattern->text_len,
	};
	if (pattern->type == CTX_PATTERN_REGEXP) {
		int rc = ctx_regexp_parse(&laid.regexp, &c->sets, ctx_buf_str(&pattern->regexp), pattern->regexp.len,
			c->err);
		if (rc == CTX_E_SYNTAX) {
			return add_odd(c, index, pattern, true);
		}
		if (rc < 0) {
			if (c->err) {
				c->err->line = rule->line;
			}
			return ctx_wrap(c->err, rc, "line %u: pattern '%s'", rule->line, rule->pattern);
		}
	} else if (!is_plain(pattern->text, pattern->text_len)) {
		return add_odd(c, index, pattern, false);
	}
	if (!CTX_VEC_PUSH(&c->nfa_rules, laid)) {
		ctx_regexp_release(&laid.regexp);
		return ctx_fail_nomem(c->err);
	}
	return 0;
}

/* One pattern text to a rule, as patternmatcher.New; blank ones vanish. */
static int add_rule(struct compiler *c, const struct source *source) {
	const char *at = source->pattern;
	size_t len = source->pattern_len;
	ctx_rune_trim(&at, &len);
	if (len == 0) {
		return 0;
	}
	ctx_auto_buf struct ctx_buf clean = CTX_BUF_INIT;
	ctx_path_clean(&clean, at, len);
	if (!ctx_buf_ok(&clean)) {
		return ctx_fail_nomem(c->err);
	}
	bool negated = clean.data[0] == '!';
	if (negated && clean.len == 1) {
		return ctx_fail_line(c->err, source->line, "'!' without a pattern");
	}

	struct ctx_rule rule = {
		.line = source->line,
		.negated = negated,
		.pattern = ctx_arena_memdup0(&c->ig->arena, clean.data + negated, clean.len - negated),
		.pattern_len = clean.len - negated,
		.text = source->text,
		.text_len = source->text_len,
		.components = 1,
	};
	for (size_t i = negated; i < clean.len; ++i) {
		rule.components += clean.data[i] == '/';
	}
	if (!rule.pattern || !CTX_VEC_PUSH(&c->ig->rules, rule)) {
		return ctx_fail_nomem(c->err);
	}
	c->ig->has_negation |= negated;
	if (!ctx_pattern_is_valid(rule.pattern, rule.pattern_len)) {
		return ctx_fail_line(c->err, source->line, "syntax error in pattern '%s'", rule.pattern);
	}

	struct ctx_pattern pattern;
	bool ok = c->ig->docker_20_10 ? ctx_pattern_translate_20_10(&pattern, rule.pattern, rule.pattern_len)
				      : ctx_pattern_translate(&pattern, rule.pattern, rule.pattern_len);
	if (!ok) {
		return ctx_fail_nomem(c->err);
	}
	int rc = place_rule(c, (uint32_t)(c->ig->rules.count - 1), &pattern);
	ctx_pattern_release(&pattern);
	return rc;
}

/* Bytes of a pattern without a final glob (fsutil filter.go, patternWithoutTrailingGlob). */
static size_t without_glob(const struct ctx_rule *rule) {
	size_t len = rule->pattern_len;
	if (len >= 3 && memcmp(rule->pattern + len - 3, "/**", 3) == 0) {
		len -= 3;
	}
	if (len >= 2 && memcmp(rule->pattern + len - 2, "/*", 2) == 0) {
		len -= 2;
	}
	return len;
}

bool ctx_ignore_lies_below(const struct ctx_ignore *ig, const char *dir, size_t dir_len) {
	for (size_t i = 0; i < ig->rules.count; ++i) {
		const struct ctx_rule *rule = &ig->rules.items[i];
		size_t len = ig->docker_20_10 ? rule->pattern_len : without_glob(rule);
		if (rule->negated && ctx_path_within(rule->pattern, len, dir, dir_len)) {
			return true;
		}
	}
	return false;
}

/* Must excluded directories be entered by text?  See struct ctx_ignore_program. */
static bool needs_text(const struct ctx_ignore *ig) {
	bool odd = false;
	for (size_t i = 0; i < ig->rules.count; ++i) {
		const struct ctx_rule *rule = &ig->rules.items[i];
		if (rule->negated) {
			size_t len = without_glob(rule);
			odd = odd || !is_plain(rule->pattern, len);
			for (size_t b = 0; b < len; ++b) {
				if (memchr("*[]?^\\", rule->pattern[b], 6)) {
					return false;
				}
			}
		}
	}
	return odd;
}

/* All collected pattern texts to rules and automaton. */
static int compile(struct compiler *c) {
	for (size_t i = 0; i < c->sources.count; ++i) {
		int rc = add_rule(c, &c->sources.items[i]);
		if (rc < 0) {
			return rc;
		}
	}
	c->ig->by_text = c->ig->docker_20_10 || needs_text(c->ig);
	return ctx_nfa_build(&c->ig->nfa, c->nfa_rules.items, c->nfa_rules.count, &c->sets, c->err);
}

/* A list being compiled; NULL when out of memory. */
static struct ctx_ignore *begin(struct compiler *c, struct ctx_error *err) {
	*c = (struct compiler){ .ig = ctx_calloc(1, sizeof(struct ctx_ignore)), .err = err };
	return c->ig;
}

/* End of a compilation: hand the list over, or free it. */
static int finish(struct compiler *c, int rc, struct ctx_ignore **out) {
	release_compiler(c);
	if (rc < 0) {
		ctx_ignore_free(c->ig);
		return rc;
	}
	*out = c->ig;
	return 0;
}

int ctx_ignore_parse(struct ctx_ignore **out, enum ctx_ignore_syntax syntax, const char *text, size_t len,
	struct ctx_error *err) {
	struct compiler c;
	if (!begin(&c, err)) {
		return ctx_fail_nomem(err);
	}
	c.ig->docker_20_10 = syntax == CTX_IGNORE_DOCKER_20_10;
	int rc = read_lines(&c, syntax, text, len);
	if (rc == 0 && syntax != CTX_IGNORE_PODMAN) {
		rc = check_transport(&c);
	}
	return finish(&c, rc < 0 ? rc : compile(&c), out);
}

int ctx_ignore_compile(struct ctx_ignore **out, const char *const *patterns, size_t count, struct ctx_error *err) {
	struct compiler c;
	if (!begin(&c, err)) {
		return ctx_fail_nomem(err);
	}
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < count; ++i) {
		size_t len = strlen(patterns[i]);
		rc = add_source(&c, (unsigned)i + 1, patterns[i], len, patterns[i], len);
	}
	return finish(&c, rc < 0 ? rc : compile(&c), out);
}

size_t ctx_ignore_count(const struct ctx_ignore *ig) {
	return ig->rules.count;
}

const struct ctx_rule *ctx_ignore_rule(const struct ctx_ignore *ig, size_t index) {
	return &ig->rules.items[index];
}

bool ctx_ignore_has_negation(const struct ctx_ignore *ig) {
	return ig->has_negation;
}

struct ctx_ignore_program ctx_ignore_program(const struct ctx_ignore *ig) {
	return (struct ctx_ignore_program){
		.nfa = &ig->nfa,
		.odd = ig->odd.items,
		.odd_count = ig->odd.count,
		.has_broken = ig->has_broken,
		.by_text = ig->by_text,
		.docker_20_10 = ig->docker_20_10,
	};
}
