/*
 * "# escape=`" and its like.  Two readers with different rules look at the head of a file: the parser itself, which acts on
 * escape only, and the one behind syntax and check (moby/buildkit v0.32.2 frontend/dockerfile/parser/directives.go).
 */
#include "analyzer/dockerfile/syntax_internal.h"

#include <string.h>

/** What \s matches in a regular expression of Go: no vertical tab. */
static bool is_re_space(char c) {
	return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

/** An ASCII letter? */
static bool is_letter(char c) {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/** Which directive is called so, in any case. */
static enum ana_directive_key key_of(struct ctx_str name) {
	static const char *const names[] = { "escape", "syntax", "check" };
	for (size_t i = 0; i < CTX_COUNTOF(names); ++i) {
		size_t at = 0;
		while (at < name.len && names[i][at] != '\0' && (name.ptr[at] | 0x20) == names[i][at]) {
			++at;
		}
		if (at == name.len && names[i][at] == '\0') {
			return (enum ana_directive_key)i;
		}
	}
	return ANA_DIRECTIVE_NONE;
}

/** ^([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$ */
static bool match(struct ctx_str line, struct ana_directive *directive) {
	size_t at = 0;
	while (at < line.len && (is_letter(line.ptr[at]) || (at > 0 && line.ptr[at] >= '0' && line.ptr[at] <= '9'))) {
		++at;
	}
	directive->name = (struct ctx_str){ line.ptr, at };
	while (at > 0 && at < line.len && is_re_space(line.ptr[at])) {
		++at;
	}
	if (at == 0 || at == line.len || line.ptr[at] != '=') {
		return false;
	}
	struct ctx_str value = ctx_str_from(line, at + 1);
	if (value.len == 0) {
		return false;
	}
	// The value has one byte at least: of nothing but white space the last
	while (value.len > 1 && is_re_space(*value.ptr)) {
		value = ctx_str_from(value, 1);
	}
	while (value.len > 1 && is_re_space(value.ptr[value.len - 1])) {
		--value.len;
	}
	directive->value = value;
	return true;
}

struct ana_directive ana_zone_line(struct ana_zone *zone, struct ctx_str line, const char *mark) {
	struct ana_directive directive = { .key = ANA_DIRECTIVE_NONE };
	if (!zone->closed && ctx_str_starts(line, mark)) {
		line = ana_trim_left(ctx_str_from(line, strlen(mark)));
		if (match(line, &directive)) {
			directive.key = key_of(directive.name);
		}
	}
	if (directive.key == ANA_DIRECTIVE_NONE) {
		zone->closed = true;
		return directive;
	}
	unsigned bit = 1u << directive.key;
	directive.repeated = (zone->seen & bit) != 0;
	zone->seen |= bit;
	return directive;
}

/** A text up to its first space. */
static struct ctx_str first_word(struct ctx_str text) {
	return (struct ctx_str){ text.ptr, ctx_str_find(text, ' ') };
}

struct ctx_str ana_directive_check(struct ctx_str comment) {
	struct ana_zone zone = { 0 };
	struct ana_directive directive = ana_zone_line(&zone, comment, "");
	return directive.key == ANA_DIRECTIVE_CHECK ? first_word(directive.value) : CTX_STR_NONE;
}

/** The value of `key` behind `mark` in the head of a text, up to its first space; the zone of another reader. */
static struct ctx_str detect(struct ctx_str text, enum ana_directive_key key, const char *mark, uint32_t *line) {
	struct ana_zone zone = { 0 };
	while (text.len > 0) {
		const char *feed = memchr(text.ptr, '\n',
			text.len > ANA_LINE_BYTES_MAX ? ANA_LINE_BYTES_MAX + 1 : text.len);
		size_t len = feed != NULL ? (size_t)(feed - text.ptr) : text.len;
		if (len > ANA_LINE_BYTES_MAX) {
			break;
		}
		bool cr = len > 0 && text.ptr[len - 1] == '\r'; // one, as in bufio.ScanLines
		++*line;
		struct ana_directive directive = ana_zone_line(&zone, (struct ctx_str){ text.ptr, len - cr }, mark);
		if (directive.key == ANA_DIRECTIVE_NONE || directive.repeated) {
			break;
		}
		if (directive.key == key) {
			return first_word(directive.value);
		}
		text = ctx_str_from(text, len + (feed != NULL));
	}
	*line = 0;
	return CTX_STR_NONE;
}

int ana_directives_detect(struct ana_directives *directives, struct ctx_str text, struct ctx_arena *arena) {
	uint32_t first = 0;
	if (ctx_str_starts(text, "\xEF\xBB\xBF")) {
		text = ctx_str_from(text, 3);
	}
	if (ctx_str_starts(text, "#!")) {
		const char *feed = memchr(text.ptr, '\n', text.len);
		text = ctx_str_from(text, feed != NULL ? (size_t)(feed - text.ptr) + 1 : text.len);
		first = 1;
	}
	directives->check_line = directives->syntax_line = first;
	directives->check = detect(text, ANA_DIRECTIVE_CHECK, "#", &directives->check_line);
	directives->syntax = detect(text, ANA_DIRECTIVE_SYNTAX, "#", &directives->syntax_line);
	if (directives->syntax.ptr == NULL) {
		directives->syntax_line = first;
		directives->syntax = detect(text, ANA_DIRECTIVE_SYNTAX, "//", &directives->syntax_line);
	}
	if (directives->syntax.ptr == NULL) {
		int rc = ana_words_json_member(&directives->syntax, text, "syntax", arena);
		if (rc < 0) {
			return rc;
		}
		directives->syntax_line = directives->syntax.ptr != NULL ? first : 0;
	}
	return 0;
}
