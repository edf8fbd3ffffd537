/*
 * Tokens of a Dockerfile, as BuildKit v0.32.2 reads it.  All of them come from here; grammar.js only
 * says which ones make which node.
 *
 * How the parts fit:
 *   struct scan      one call of the scanner: the lexer, and how far it went
 *   struct reader    the characters of a logical line, with continuations, comment lines and blank
 *                    lines inside it already gone; used wherever a decision needs the line ahead
 *   json_feed        is the rest of the line a JSON array, and of strings only?
 *   heredoc_feed     which words of the line are heredocs (the shell lexer of BuildKit, as a machine)
 *   scan_*           one function per kind of text
 *
 * Two passes over a line at most, so time is linear.  Nothing is allocated after the state itself,
 * nothing recurses, and every table has a fixed size: what does not fit is plain text.
 *
 * Rules come from frontend/dockerfile/{parser,shell,instructions} of BuildKit v0.32.2; the function
 * they were taken from is named beside them.
 */
#include <tree_sitter/parser.h>

#include <stddef.h>
#include <string.h>

#ifdef __GNUC__
#define FALLTHROUGH __attribute__((fallthrough))
#else
#define FALLTHROUGH ((void)0)
#endif

/** Order of `externals` in grammar.js. */
enum token {
	EOL,
	LINE_CONTINUATION,
	COMMENT,
	LINE_COMMENT,
	HASH,
	DIRECTIVE_NAME,
	DIRECTIVE_EQUALS,
	DIRECTIVE_VALUE,
	KW_FROM,
	KW_RUN,
	KW_CMD,
	KW_LABEL,
	KW_EXPOSE,
	KW_ENV,
	KW_ADD,
	KW_COPY,
	KW_ENTRYPOINT,
	KW_VOLUME,
	KW_USER,
	KW_WORKDIR,
	KW_ARG,
	KW_ONBUILD,
	KW_STOPSIGNAL,
	KW_HEALTHCHECK,
	KW_SHELL,
	KW_MAINTAINER,
	KW_UNKNOWN,
	KW_AS,
	KW_NONE,
	KW_HEALTH_CMD,
	FLAG_OPEN,
	MOUNT_OPEN,
	FLAGS_END,
	FLAG_NAME,
	FLAG_EQUALS,
	FLAG_TEXT,
	MOUNT_COMMA,
	MOUNT_KEY,
	MOUNT_TEXT,
	WORD_START,
	WORD_TEXT,
	IMAGE_TEXT,
	IMAGE_COLON,
	IMAGE_AT,
	TAG_TEXT,
	RAW_TEXT,
	USER_COLON,
	SHELL_START,
	SHELL_FRAGMENT,
	PAIR_START,
	LEGACY_START,
	KEY_TEXT,
	EQUALS,
	VALUE_TEXT,
	DOUBLE_OPEN,
	DOUBLE_TEXT,
	DOUBLE_CLOSE,
	SINGLE_OPEN,
	SINGLE_TEXT,
	SINGLE_CLOSE,
	ESCAPE_SEQUENCE,
	JSON_START,
	JSON_OPEN,
	JSON_CLOSE,
	JSON_COMMA,
	JSON_STRING_OPEN,
	JSON_TEXT,
	JSON_ESCAPE,
	JSON_STRING_CLOSE,
	DOLLAR,
	BRACE_OPEN,
	VARIABLE,
	EXPANSION_MODIFIER,
	BRACE_CLOSE,
	HEREDOC_MARKER,
	HEREDOC_NL,
	HEREDOC_LINE,
	HEREDOC_END,
	ARG_START,
	INVALID,
	ERROR_SENTINEL,
};

enum {
	/** Where the parser stands; bits of state.at. */
	AT_LINE_START = 1 << 0, /* no keyword of this logical line seen yet */
	AT_DIRECTIVES = 1 << 1, /* parser directives may still follow */
	AT_CONTINUED = 1 << 2, /* first thing on a line after a continuation mark */
	AT_BLANK = 1 << 3, /* a blank was passed since the last text */
	AT_FLAGS = 1 << 4, /* leading words of an instruction: "--x" is a flag */
	AT_BODY = 1 << 5, /* inside heredoc bodies */
	AT_END_OF_FILE = 1 << 6, /* the line end that the end of file stands for was reported */
	AT_ONBUILD = 1 << 7, /* right behind ONBUILD */
	/** What was seen; bits of state.seen. */
	SEEN_SYNTAX = 1 << 0,
	SEEN_ESCAPE = 1 << 1,
	SEEN_CHECK = 1 << 2,
	SEEN_OPEN_BRACE = 1 << 3, /* "${" without "}" in this word: do not look again */
	SEEN_COLON = 1 << 4, /* the first colon of this image was judged */
	SEEN_TEXT_FORM = 1 << 5, /* this line starts with '[' and is no JSON form */
};

/** One heredoc of the current line.  Positions count characters from the end of the keyword. */
struct heredoc {
	uint32_t start;
	uint32_t length;
	/** Of the name, quotes removed: the name itself may be longer than any state we can keep. */
	uint64_t name_hash;
	/** HEREDOC_CHOMP, HEREDOC_BLANK. */
	uint32_t flags;
};

enum {
	HEREDOC_CHOMP = 1, /* "<<-": leading tabs before the end do not count */
	HEREDOC_BLANK = 2, /* blanks inside, so it is several words to COPY and ADD */
	HEREDOC_BYTES = 20, /* serialized */
	HEADER_BYTES = 12,
	/** More on one line are left as text, and their bodies are errors. */
	HEREDOCS_MAX = (TREE_SITTER_SERIALIZATION_BUFFER_SIZE - HEADER_BYTES) / HEREDOC_BYTES,
	/**
	 * How far to look for the end of a heredoc: further away it is taken to be there, so that many of them without an end
	 * do not look at the same lines again and again.  No state remembers that there was one: an edit that opens or closes
	 * a heredoc would change it for all that follows, and nothing of the old tree could be used.
	 */
	LOOK_AHEAD_MAX = 32768,
	LOOK_AHEAD_LINES = 1024,
	/** More comments and continuations in a row are one; see source_file in grammar.js. */
	EXTRAS_MAX = 16384,
	/** Nesting of "${a:-${b}}" and quotes behind which heredocs are still found. */
	NESTING_MAX = 256,
	/** encoding/json's own limit, maxNestingDepth. */
	JSON_NESTING_MAX = 10000,
};

/** All that is kept between tokens. */
struct state {
	uint8_t escape;
	uint8_t at;
	uint8_t seen;
	/** The quote that the text goes on in, when it is not a string node; 0 when none. */
	uint8_t quote;
	/** Comments and continuations in a row, without text between them. */
	uint16_t extras;
	/** Heredocs of this line; those before `body` already have their body. */
	uint8_t count, body;
	/** Characters since the keyword; only counted when count > 0. */
	uint32_t position;
	struct heredoc heredocs[HEREDOCS_MAX];
};

/** One call. */
struct scan {
	TSLexer *lexer;
	struct state *state;
	const bool *valid;
	/** Characters passed, those of them before the token, and those before its end. */
	uint32_t count, skipped, marked;
	/** Where the next heredoc marker begins, UINT32_MAX for nowhere. */
	uint32_t stop;
};

static const int32_t END = -2; /* of the logical line; tree-sitter gives -1 for an invalid byte */

/* Characters */

/** unicode.IsSpace, with the line feed. */
static bool is_space(int32_t c) {
	if (c < 128) {
		return c == ' ' || (c >= '\t' && c <= '\r');
	}
	return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
		c == 0x202F || c == 0x205F || c == 0x3000;
}

/** parser.go: reWhitespace, what separates words everywhere but in ENV, LABEL and ARG. */
static bool is_blank(int32_t c) {
	return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

/**
 * split_command.go: extractBuilderFlags takes bytes for characters, so a letter whose UTF-8 form
 * holds 0x85 or 0xA0 ends a flag ("--chown=\u00e0/b" is a flag and the path "/b").
 */
static bool ends_flag(int32_t c) {
	if (c < 128) {
		return is_space(c);
	}
	for (; c > 63; c >>= 6) {
		int32_t byte = (c & 63) | 128;
		if (byte == 0x85 || byte == 0xA0) {
			return true;
		}
	}
	return false;
}

/** strings.ToLower, for the letters of keywords. */
static int32_t lower(int32_t c) {
	if (c >= 'A' && c <= 'Z') {
		return c + 32;
	}
	return c == 0x212A ? 'k' : c == 0x130 ? 'i' : c;
}

static bool is_name_start(int32_t c) {
	return (lower(c) >= 'a' && lower(c) <= 'z' && c < 128) || c == '_';
}

static bool is_digit(int32_t c) {
	return c >= '0' && c <= '9';
}

static bool is_name(int32_t c) {
	return is_name_start(c) || is_digit(c);
}

static bool is_special_parameter(int32_t c) {
	return c == '@' || c == '*' || c == '#' || c == '?' || c == '-' || c == '$' || c == '!';
}

/* One call of the scanner */

static int32_t peek(struct scan *s) {
	return s->lexer->lookahead;
}

/** Asked for nearly every character; at the end the character is 0. */
static bool at_eof(struct scan *s) {
	return peek(s) == 0 && s->lexer->eof(s->lexer);
}

static bool at_eol(struct scan *s) {
	return peek(s) == '\n' || at_eof(s);
}

static void advance(struct scan *s) {
	s->count++;
	s->lexer->advance(s->lexer, false);
}

static void skip(struct scan *s) {
	s->skipped = ++s->count;
	s->lexer->advance(s->lexer, true);
}

static void mark(struct scan *s) {
	s->marked = s->count;
	s->lexer->mark_end(s->lexer);
}

static bool emit(struct scan *s, enum token token) {
	s->lexer->result_symbol = (TSSymbol)token;
	return true;
}

/** The token is everything up to here. */
static bool emit_here(struct scan *s, enum token token) {
	mark(s);
	return emit(s, token);
}

static void set_at(struct scan *s, int on, int off) {
	s->state->at = (uint8_t)((s->state->at & ~off) | on);
}

static bool is_at(struct scan *s, int bit) {
	return (s->state->at & bit) != 0;
}

/** Pass over spaces and tabs, then carriage returns. */
static uint32_t pass_mark_blanks(struct scan *s) {
	uint32_t before = s->count;
	while ((peek(s) == ' ' || peek(s) == '\t') && !at_eof(s)) {
		advance(s);
	}
	while (peek(s) == '\r' && !at_eof(s)) {
		advance(s);
	}
	return s->count - before;
}

/* The logical line */

/** Reads a logical line ahead of the token.  Each character is passed when it becomes `c`. */
struct reader {
	struct scan *s;
	/** Current character, END after the last. */
	int32_t c;
	/** Its position, as struct scan counts. */
	uint32_t at;
	/** Blanks already passed that are still to be given out. */
	uint32_t blanks;
	bool after_escape;
};

/** Behind a continuation mark and its line feed: find the next line of text.  True if it is indented. */
static bool pass_dropped_lines(struct scan *s) {
	for (;;) {
		bool blank = false;
		while (!at_eof(s) && peek(s) != '\n' && is_space(peek(s))) {
			blank = true;
			advance(s);
		}
		if (peek(s) == '#') {
			while (!at_eol(s)) {
				advance(s);
			}
		} else if (peek(s) != '\n') {
			return blank;
		}
		if (at_eof(s)) {
			return blank;
		}
		advance(s);
	}
}

static void reader_next(struct reader *r) {
	struct scan *s = r->s;
	for (;;) {
		r->at = s->count;
		if (r->blanks > 0) {
			r->blanks--;
			r->c = ' ';
			return;
		}
		if (at_eol(s)) {
			r->c = END;
			return;
		}
		r->c = peek(s);
		bool mark_possible = r->c == s->state->escape && !r->after_escape;
		r->after_escape = r->c == s->state->escape;
		if (r->c == '\r') {
			uint32_t blanks = pass_mark_blanks(s);
			r->blanks = blanks - 1;
			r->c = at_eol(s) ? END : ' ';
			return;
		}
		advance(s);
		if (!mark_possible) {
			return;
		}
		r->blanks = pass_mark_blanks(s);
		r->after_escape = r->blanks == 0;
		if (!at_eol(s)) {
			return;
		}
		r->blanks = 0;
		r->after_escape = false;
		if (!at_eof(s)) {
			advance(s);
			if (pass_dropped_lines(s)) {
				r->c = at_eol(s) ? END : ' ';
				return;
			}
		}
	}
}

static void reader_start(struct reader *r, struct scan *s) {
	*r = (struct reader){ .s = s };
	reader_next(r);
}

/* JSON: a strict validator without recursion (encoding/json: checkValid) */

enum json_result { JSON_NONE, JSON_STRINGS, JSON_OTHER };

struct json {
	/** What may come next; JSON_BROKEN once it cannot be JSON any more. */
	enum {
		JSON_VALUE_OR_CLOSE,
		JSON_VALUE,
		JSON_KEY_OR_CLOSE,
		JSON_KEY,
		JSON_COLON,
		JSON_AFTER,
		JSON_IN_STRING,
		JSON_IN_ESCAPE,
		JSON_IN_HEX,
		JSON_IN_NUMBER,
		JSON_IN_WORD,
		JSON_DONE,
		JSON_BROKEN,
	} want;
	/** Rest of "true", "false" or "null". */
	const char *word;
	/** Part of a number: see json_number. */
	uint8_t number;
	uint8_t hex_left;
	bool is_key, other;
	uint32_t depth;
	/** One bit per open bracket: 1 for an object. */
	uint8_t nesting[JSON_NESTING_MAX / 8 + 1];
};

static bool json_in_object(const struct json *j) {
	uint32_t top = j->depth - 1;
	return (j->nesting[top / 8] >> (top % 8)) & 1;
}

static void json_open(struct json *j, bool object) {
	if (j->depth >= JSON_NESTING_MAX) {
		j->want = JSON_BROKEN;
		return;
	}
	uint8_t bit = (uint8_t)(1u << (j->depth % 8));
	uint8_t *byte = &j->nesting[j->depth / 8];
	*byte = j->depth % 8 == 0 ? 0 : *byte; // the stack starts uninitialized
	*byte = (uint8_t)(object ? *byte | bit : *byte & ~bit);
	j->depth++;
	j->want = object ? JSON_KEY_OR_CLOSE : JSON_VALUE_OR_CLOSE;
}

static void json_close(struct json *j) {
	j->depth--;
	j->want = j->depth == 0 ? JSON_DONE : JSON_AFTER;
}

/** States of a number, named by what was read. */
enum { NUMBER_MINUS, NUMBER_ZERO, NUMBER_INT, NUMBER_DOT, NUMBER_FRACTION, NUMBER_E, NUMBER_SIGN, NUMBER_EXPONENT };

/** Take one more character of a number; false if the number ended before it. */
static bool json_number(struct json *j, int32_t c) {
	static const char digit_to[] = { NUMBER_INT, 0, NUMBER_INT, NUMBER_FRACTION, NUMBER_FRACTION, NUMBER_EXPONENT,
		NUMBER_EXPONENT, NUMBER_EXPONENT };
	if (is_digit(c)) {
		if (j->number == NUMBER_ZERO) {
			return false;
		}
		j->number = j->number == NUMBER_MINUS && c == '0' ? NUMBER_ZERO : (uint8_t)digit_to[j->number];
		return true;
	}
	bool whole = j->number == NUMBER_ZERO || j->number == NUMBER_INT;
	if (c == '.' && whole) {
		j->number = NUMBER_DOT;
	} else if ((c == 'e' || c == 'E') && (whole || j->number == NUMBER_FRACTION)) {
		j->number = NUMBER_E;
	} else if ((c == '+' || c == '-') && j->number == NUMBER_E) {
		j->number = NUMBER_SIGN;
	} else {
		return false;
	}
	return true;
}

static bool json_number_complete(const struct json *j) {
	return j->number == NUMBER_ZERO || j->number == NUMBER_INT || j->number == NUMBER_FRACTION ||
		j->number == NUMBER_EXPONENT;
}

static void json_value(struct json *j, int32_t c) {
	j->other = j->other || c != '"' || j->depth != 1;
	j->is_key = false;
	switch (c) {
	case '"':
		j->want = JSON_IN_STRING;
		break;
	case '[':
	case '{':
		json_open(j, c == '{');
		break;
	case 't':
	case 'f':
	case 'n':
		j->word = c == 't' ? "rue" : c == 'f' ? "alse" : "ull";
		j->want = JSON_IN_WORD;
		break;
	default:
		j->number = c == '-' ? NUMBER_MINUS : c == '0' ? NUMBER_ZERO : NUMBER_INT;
		j->want = c == '-' || is_digit(c) ? JSON_IN_NUMBER : JSON_BROKEN;
	}
}

static void json_string(struct json *j, int32_t c) {
	if (c == '"') {
		j->want = j->is_key ? JSON_COLON : JSON_AFTER;
	} else if (c == '\\') {
		j->want = JSON_IN_ESCAPE;
	} else if (c >= 0 && c < 0x20) {
		j->want = JSON_BROKEN;
	}
}

static void json_escape(struct json *j, int32_t c) {
	if (c == 'u') {
		j->hex_left = 4;
		j->want = JSON_IN_HEX;
	} else {
		bool known = c > 0 && c < 128 && strchr("\"\\/bfnrt", (char)c) != NULL;
		j->want = known ? JSON_IN_STRING : JSON_BROKEN;
	}
}

/** Between values. */
static void json_structure(struct json *j, int32_t c) {
	if (c == ' ' || c == '\t' || c == '\r') {
		return;
	}
	bool object = json_in_object(j);
	switch (j->want) {
	case JSON_KEY_OR_CLOSE:
		if (c == '}') {
			json_close(j);
			return;
		}
		FALLTHROUGH;
	case JSON_KEY:
		j->is_key = true;
		j->want = c == '"' ? JSON_IN_STRING : JSON_BROKEN;
		return;
	case JSON_COLON:
		j->want = c == ':' ? JSON_VALUE : JSON_BROKEN;
		return;
	case JSON_AFTER:
		if (c == ',') {
			j->want = object ? JSON_KEY : JSON_VALUE;
		} else if (c == (object ? '}' : ']')) {
			json_close(j);
		} else {
			j->want = JSON_BROKEN;
		}
		return;
	case JSON_VALUE_OR_CLOSE:
		if (c == ']') {
			json_close(j);
			return;
		}
		FALLTHROUGH;
	default:
		json_value(j, c);
	}
}

static void json_feed(struct json *j, int32_t c) {
	switch (j->want) {
	case JSON_BROKEN:
		return;
	case JSON_DONE:
		j->want = is_space(c) ? JSON_DONE : JSON_BROKEN;
		return;
	case JSON_IN_STRING:
		json_string(j, c);
		return;
	case JSON_IN_ESCAPE:
		json_escape(j, c);
		return;
	case JSON_IN_HEX: {
		bool hex = is_digit(c) || (c < 128 && lower(c) >= 'a' && lower(c) <= 'f');
		j->want = !hex ? JSON_BROKEN : --j->hex_left == 0 ? JSON_IN_STRING : JSON_IN_HEX;
		return;
	}
	case JSON_IN_WORD:
		if (c != *j->word) {
			j->want = JSON_BROKEN;
		} else if (*++j->word == '\0') {
			j->want = JSON_AFTER;
		}
		return;
	case JSON_IN_NUMBER:
		if (json_number(j, c)) {
			return;
		}
		if (!json_number_complete(j)) {
			j->want = JSON_BROKEN;
			return;
		}
		j->want = JSON_AFTER;
		FALLTHROUGH;
	default:
		json_structure(j, c);
	}
}

/** At a '[': what is the rest of the logical line? */
static enum json_result judge_json(struct scan *s) {
	struct json j;
	memset(&j, 0, offsetof(struct json, nesting));
	struct reader r;
	reader_start(&r, s);
	json_open(&j, false);
	for (reader_next(&r); r.c != END && j.want != JSON_BROKEN; reader_next(&r)) {
		json_feed(&j, r.c);
	}
	if (j.want != JSON_DONE) {
		return JSON_NONE;
	}
	return j.other ? JSON_OTHER : JSON_STRINGS;
}

/* Heredocs: shell/lex.go with RawQuotes, RawEscapes and SkipUnsetEnv, then parser.go: reHeredoc */

/** The word being read, matched against ^(\d*)<<(-?)\s*([^<]*)$ as it comes. */
struct heredoc_word {
	enum { WORD_EMPTY, WORD_DIGITS, WORD_LESS, WORD_LESS_LESS, WORD_BLANKS, WORD_NAME, WORD_OTHER } match;
	enum { NAME_PLAIN, NAME_ESCAPED, NAME_SINGLE, NAME_DOUBLE, NAME_DOUBLE_ESCAPED } name;
	uint32_t start, end, name_length, flags;
	uint64_t hash;
};

struct heredoc_lexer {
	struct state *state;
	enum {
		LEX_TEXT,
		LEX_LESS,
		LEX_LESS_LESS,
		LEX_SINGLE,
		LEX_ESCAPED,
		LEX_DOUBLE_ESCAPED,
		LEX_DOLLAR,
		LEX_BRACE,
		LEX_DIGITS,
		LEX_NAME,
		LEX_NAMED,
		LEX_COLON,
		LEX_SLASH,
		LEX_FAILED,
	} mode;
	uint32_t depth;
	/** What closes each level: '"', '}' or '/'; and whether escapes stay in the text there. */
	uint8_t closer[NESTING_MAX], raw_escapes[NESTING_MAX];
	struct heredoc_word word;
};

static const uint64_t HASH_START = 14695981039346656037u; /* FNV-1a */

static uint64_t hash_add(uint64_t hash, int32_t c) {
	return (hash ^ (uint32_t)c) * 1099511628211u;
}

static void word_reset(struct heredoc_word *w) {
	*w = (struct heredoc_word){ .hash = HASH_START };
}

static void name_add(struct heredoc_word *w, int32_t c) {
	// text/scanner turns an invalid byte into U+FFFD, and so must the line that ends the body
	w->hash = hash_add(w->hash, c < 0 ? 0xFFFD : c);
	w->name_length++;
}

/** parser.go: heredocFromMatch, one character of the name, which loses its quotes. */
static void name_feed(struct heredoc_word *w, int32_t c) {
	switch (w->name) {
	case NAME_PLAIN:
		if (c == '\\') {
			w->name = NAME_ESCAPED;
		} else if (c == '\'') {
			w->name = NAME_SINGLE;
		} else if (c == '"') {
			w->name = NAME_DOUBLE;
		} else if (is_space(c)) {
			w->match = WORD_OTHER;
		} else {
			name_add(w, c);
		}
		return;
	case NAME_ESCAPED:
		w->name = NAME_PLAIN;
		name_add(w, c);
		return;
	case NAME_SINGLE:
		if (c == '\'') {
			w->name = NAME_PLAIN;
		} else {
			name_add(w, c);
		}
		return;
	case NAME_DOUBLE:
		if (c == '"') {
			w->name = NAME_PLAIN;
		} else if (c == '\\') {
			w->name = NAME_DOUBLE_ESCAPED;
		} else {
			name_add(w, c);
		}
		return;
	case NAME_DOUBLE_ESCAPED:
		w->name = NAME_DOUBLE;
		if (c != '"' && c != '$' && c != '\\') {
			name_add(w, '\\');
		}
		name_add(w, c);
	}
}

static void word_add(struct heredoc_word *w, int32_t c, uint32_t at) {
	if (w->match == WORD_EMPTY) {
		w->start = at;
	}
	w->end = at + 1;
	if (is_blank(c)) {
		w->flags |= HEREDOC_BLANK;
	}
	switch (w->match) {
	case WORD_EMPTY:
	case WORD_DIGITS:
		w->match = is_digit(c) ? WORD_DIGITS : c == '<' ? WORD_LESS : WORD_OTHER;
		return;
	case WORD_LESS:
		w->match = c == '<' ? WORD_LESS_LESS : WORD_OTHER;
		return;
	case WORD_LESS_LESS:
		w->match = WORD_BLANKS;
		if (c == '-') {
			w->flags |= HEREDOC_CHOMP;
			return;
		}
		FALLTHROUGH;
	case WORD_BLANKS:
		if (c == ' ' || c == '\t' || c == '\f' || c == '\r') {
			return;
		}
		w->match = WORD_NAME;
		FALLTHROUGH;
	case WORD_NAME:
		if (c == '<') {
			w->match = WORD_OTHER;
		} else {
			name_feed(w, c);
		}
		return;
	case WORD_OTHER:
		return;
	}
}

static void word_finish(struct heredoc_lexer *l) {
	struct heredoc_word *w = &l->word;
	bool closed = w->name == NAME_PLAIN || w->name == NAME_ESCAPED;
	if (w->match == WORD_NAME && closed && w->name_length > 0 && l->state->count < HEREDOCS_MAX) {
		l->state->heredocs[l->state->count++] = (struct heredoc){
			.start = w->start,
			.length = w->end - w->start,
			.name_hash = w->hash,
			.flags = w->flags,
		};
	}
	word_reset(w);
}

/** Text that blanks split, unless it stands in quotes at the outermost level. */
static void lex_add(struct heredoc_lexer *l, int32_t c, uint32_t at) {
	bool quoted = l->depth > 0 && l->closer[0] == '"';
	if (!quoted && is_space(c)) {
		if (l->word.match != WORD_EMPTY) {
			word_finish(l);
		}
	} else {
		word_add(&l->word, c, at);
	}
}

/** Text in quotes or behind an escape: never split at the outermost level. */
static void lex_add_raw(struct heredoc_lexer *l, int32_t c, uint32_t at) {
	if (l->depth == 0) {
		word_add(&l->word, c, at);
	} else {
		lex_add(l, c, at);
	}
}

static bool lex_raw_escapes(const struct heredoc_lexer *l) {
	return l->depth == 0 || l->raw_escapes[l->depth - 1];
}

static void lex_push(struct heredoc_lexer *l, uint8_t closer, bool raw_escapes) {
	if (l->depth >= NESTING_MAX) {
		l->mode = LEX_FAILED;
		return;
	}
	l->closer[l->depth] = closer;
	l->raw_escapes[l->depth] = raw_escapes;
	l->depth++;
	l->mode = LEX_TEXT;
	// processStopOn clears the buffer it shares with its caller, and the start of the word with it
	if (closer != '"' && (l->depth == 1 || (l->depth == 2 && l->closer[0] == '"'))) {
		l->word.match = WORD_OTHER;
	}
}

static void lex_double(struct heredoc_lexer *l, int32_t c, uint32_t at) {
	if (c == '$') {
		lex_add(l, c, at);
		l->mode = LEX_DOLLAR;
	} else if (c == '\\') {
		if (lex_raw_escapes(l)) {
			lex_add(l, c, at);
		}
		l->mode = LEX_DOUBLE_ESCAPED;
	} else {
		lex_add(l, c, at);
		if (c == '"') {
			l->depth--;
		}
	}
}

static void lex_text(struct heredoc_lexer *l, int32_t c, uint32_t at) {
	uint8_t closer = l->depth > 0 ? l->closer[l->depth - 1] : 0;
	if (closer == '"') {
		lex_double(l, c, at);
	} else if (closer != 0 && c == closer) {
		lex_add(l, c, at);
		if (closer == '/') {
			l->closer[l->depth - 1] = '}';
		} else {
			l->depth--;
		}
	} else if (c == '\\') {
		if (lex_raw_escapes(l)) {
			lex_add_raw(l, c, at);
		}
		l->mode = LEX_ESCAPED;
	} else if (c == '"') {
		lex_add_raw(l, c, at);
		lex_push(l, '"', lex_raw_escapes(l));
	} else if (c == '\'') {
		lex_add_raw(l, c, at);
		l->mode = LEX_SINGLE;
	} else {
		lex_add(l, c, at);
		l->mode = c == '$' ? LEX_DOLLAR : c == '<' ? LEX_LESS : LEX_TEXT;
	}
}

/** Behind the name in "${name": how it goes on. */
static void lex_named(struct heredoc_lexer *l, int32_t c, uint32_t at) {
	lex_add(l, c, at);
	switch (c) {
	case '}':
		l->mode = LEX_TEXT;
		return;
	case ':':
		l->mode = LEX_COLON;
		return;
	case '/':
		l->mode = LEX_SLASH;
		return;
	case '+':
	case '-':
	case '?':
	case '#':
	case '%':
		lex_push(l, '}', c == '#' || c == '%');
		return;
	default:
		l->mode = LEX_FAILED;
	}
}

/** processName.  Letters beyond ASCII are all taken for letters. */
static void lex_brace_name(struct heredoc_lexer *l, int32_t c, uint32_t at) {
	bool first = l->mode == LEX_BRACE;
	if (is_digit(c) && (first || l->mode == LEX_DIGITS)) {
		l->mode = LEX_DIGITS;
	} else if (first && is_special_parameter(c)) {
		l->mode = LEX_NAMED;
	} else if (l->mode != LEX_DIGITS && (is_name(c) || c > 127)) {
		l->mode = LEX_NAME;
	} else {
		lex_named(l, c, at);
		return;
	}
	lex_add(l, c, at);
}

/**
 * One character of the line.  The cases follow shellWord.processStopOn and processDollar.
 * Long: one case per state of that machine, each a few lines.
 */
static void heredoc_feed(struct heredoc_lexer *l, int32_t c, uint32_t at) {
	switch (l->mode) {
	case LEX_FAILED:
		return;
	case LEX_LESS:
		l->mode = LEX_TEXT;
		if (c == '<') {
			lex_add_raw(l, c, at);
			l->mode = LEX_LESS_LESS;
			return;
		}
		break;
	case LEX_LESS_LESS:
		if (c == ' ' || c == '\t' || c == '\r') {
			lex_add_raw(l, c, at);
			return;
		}
		l->mode = LEX_TEXT;
		break;
	case LEX_SINGLE:
		lex_add_raw(l, c, at);
		l->mode = c == '\'' ? LEX_TEXT : LEX_SINGLE;
		return;
	case LEX_ESCAPED:
		lex_add_raw(l, c, at);
		l->mode = LEX_TEXT;
		return;
	case LEX_DOUBLE_ESCAPED:
		l->mode = LEX_TEXT;
		if (c == '"' || c == '$' || c == '\\') {
			lex_add(l, c, at);
			return;
		}
		lex_add(l, '\\', at);
		break;
	case LEX_DOLLAR:
		l->mode = LEX_TEXT;
		if (c == '{') {
			lex_add(l, c, at);
			l->mode = LEX_BRACE;
			return;
		}
		if (is_special_parameter(c)) {
			lex_add(l, c, at);
			return;
		}
		break;
	case LEX_BRACE:
		if (c == '{' || c == '}' || c == ':') {
			l->mode = LEX_FAILED;
			return;
		}
		FALLTHROUGH;
	case LEX_DIGITS:
	case LEX_NAME:
		lex_brace_name(l, c, at);
		return;
	case LEX_NAMED:
		lex_named(l, c, at);
		return;
	case LEX_COLON:
		if (c == '#' || c == '%') {
			l->mode = LEX_FAILED;
			return;
		}
		lex_add(l, c, at);
		lex_push(l, '}', false);
		return;
	case LEX_SLASH:
		lex_push(l, '/', true);
		if (c == '/') {
			return;
		}
		break;
	case LEX_TEXT:
		break;
	}
	if (l->mode != LEX_FAILED) {
		lex_text(l, c, at);
	}
}

static void forget_heredocs(struct state *state) {
	state->count = 0;
	state->body = 0;
	state->position = 0;
}

/** Behind RUN, COPY or ADD: find the heredocs of the line.  None when its quotes do not add up. */
static void find_heredocs(struct scan *s, struct reader *r) {
	struct heredoc_lexer l;
	l.state = s->state;
	l.mode = LEX_TEXT;
	l.depth = 0;
	word_reset(&l.word);
	uint32_t base = s->marked;
	for (; r->c != END && l.mode != LEX_FAILED; reader_next(r)) {
		heredoc_feed(&l, r->c, r->at - base);
	}
	bool ended = l.mode == LEX_TEXT || l.mode == LEX_LESS || l.mode == LEX_LESS_LESS || l.mode == LEX_ESCAPED ||
		l.mode == LEX_DOLLAR;
	if (ended && l.depth == 0) {
		word_finish(&l);
	} else {
		forget_heredocs(s->state);
	}
	s->state->position = 0u - s->marked; // it counts from the end of the keyword, which is still to be added
}

/** Read one line of a body; true if it ends the heredoc.  Stops at the line feed, or when so many characters were passed. */
static bool read_body_line(struct scan *s, const struct heredoc *h, uint32_t most) {
	uint64_t hash = HASH_START;
	uint32_t returns = 0;
	bool tabs = (h->flags & HEREDOC_CHOMP) != 0;
	for (; !at_eol(s) && s->count < most; advance(s)) {
		int32_t c = peek(s);
		tabs = tabs && c == '\t';
		if (tabs) {
			continue;
		}
		if (c == '\r') {
			returns++;
			continue;
		}
		for (; returns > 0; returns--) {
			hash = hash_add(hash, '\r');
		}
		hash = hash_add(hash, c);
	}
	return hash == h->name_hash;
}

/** At the end of a line with heredocs: does the file hold the end of each, as far as we look? */
static bool heredocs_are_closed(struct scan *s) {
	uint32_t most = s->count + LOOK_AHEAD_MAX, lines = 0;
	for (uint8_t i = 0; i < s->state->count; ++i) {
		bool found = false;
		while (!found) {
			if (at_eof(s)) {
				return false;
			}
			advance(s);
			// an empty last line is no line
			if (at_eof(s)) {
				return false;
			}
			found = read_body_line(s, &s->state->heredocs[i], most);
			if (s->count >= most || ++lines >= LOOK_AHEAD_LINES) {
				return true;
			}
		}
	}
	return true;
}

static bool scan_body(struct scan *s) {
	struct state *state = s->state;
	// The line feed of the instruction or of the previous end; a body line holds its own
	if (is_at(s, AT_BLANK)) {
		while (peek(s) == '\r') {
			skip(s);
		}
		if (peek(s) == '\n') {
			skip(s);
		}
		set_at(s, 0, AT_BLANK);
	}
	if (at_eof(s)) {
		forget_heredocs(state);
		set_at(s, AT_LINE_START | AT_END_OF_FILE, AT_BODY);
		return emit_here(s, EOL);
	}
	const struct heredoc *h = &state->heredocs[state->body];
	if (read_body_line(s, h, UINT32_MAX)) {
		state->body++;
		set_at(s, AT_BLANK, 0);
		if (state->body >= state->count) {
			forget_heredocs(state);
			set_at(s, 0, AT_BODY | AT_BLANK);
		}
		return emit_here(s, HEREDOC_END);
	}
	if (!at_eof(s)) {
		advance(s);
	}
	return emit_here(s, HEREDOC_LINE);
}

/* Line ends, comments, continuations */

/** At a line feed or the end of file. */
static bool scan_eol(struct scan *s) {
	struct state *state = s->state;
	state->quote = 0;
	state->seen &= (uint8_t) ~(SEEN_OPEN_BRACE | SEEN_COLON | SEEN_TEXT_FORM);
	set_at(s, 0, AT_CONTINUED | AT_BLANK | AT_FLAGS | AT_ONBUILD);
	if (state->count > 0) {
		mark(s);
		if (!heredocs_are_closed(s)) {
			// Report it here, and read on below it as if it was not there
			forget_heredocs(state);
			return emit(s, INVALID);
		}
		set_at(s, AT_BODY | AT_BLANK, 0);
		return emit(s, HEREDOC_NL);
	}
	if (at_eof(s)) {
		if (is_at(s, AT_END_OF_FILE)) {
			return false;
		}
		set_at(s, AT_END_OF_FILE, 0);
	} else {
		advance(s);
	}
	set_at(s, AT_LINE_START, 0);
	return emit_here(s, EOL);
}

/** At '#'. */
static bool scan_comment(struct scan *s, enum token token) {
	while (!at_eol(s)) {
		if (peek(s) != '\r') {
			advance(s);
			mark(s);
		} else {
			advance(s);
		}
	}
	return emit(s, token);
}

/**
 * At an escape character: pass it, and the whole run if there are several, because only one on its own
 * is a continuation mark.  True if it was one; then its line feed is passed, too.
 */
static bool pass_mark(struct scan *s, uint32_t *run) {
	int32_t escape = peek(s);
	for (*run = 0; peek(s) == escape && !at_eof(s); ++*run) {
		advance(s);
	}
	if (*run > 1) {
		return false;
	}
	pass_mark_blanks(s);
	if (!at_eol(s)) {
		return false;
	}
	if (!at_eof(s)) {
		advance(s);
	}
	set_at(s, AT_CONTINUED, 0);
	return true;
}

/** A key ends at its first '=', even at an escaped one (line_parsers.go: parseNameVal). */
static bool ends_key(struct scan *s) {
	return s->valid[KEY_TEXT] && peek(s) == '=';
}

/**
 * At an escape character with nothing read yet: a continuation, or a piece of text made of the escape
 * and, with `pair`, of the character it protects.
 */
static bool scan_escape(struct scan *s, enum token text, bool pair) {
	int32_t escape = peek(s);
	uint32_t run = 0;
	for (; peek(s) == escape && !at_eof(s); ++run) {
		advance(s);
	}
	mark(s);
	int32_t next = peek(s);
	bool mark_possible = run == 1 && (at_eol(s) || next == ' ' || next == '\t' || next == '\r');
	set_at(s, 0, AT_BLANK);
	if (pair && run % 2 == 1 && !at_eol(s) && !ends_key(s)) {
		advance(s);
		mark(s);
	}
	if (!mark_possible) {
		return emit(s, text);
	}
	while (peek(s) == '\r' && !at_eof(s)) {
		advance(s);
	}
	if (next != '\r') {
		pass_mark_blanks(s);
	}
	if (!at_eol(s)) {
		return emit(s, text);
	}
	if (!at_eof(s)) {
		advance(s);
	}
	set_at(s, AT_CONTINUED, 0);
	return emit_here(s, LINE_CONTINUATION);
}

/* Parser directives */

/** directives.go: ParseLine.  At '#' in the directive zone; true if it is one, with its key. */
static bool judge_directive(struct scan *s, uint8_t *key, int32_t *only_char) {
	static const char *const names[] = { "syntax", "escape", "check" };
	char name[8];
	uint32_t length = 0;
	while (!at_eol(s) && is_space(peek(s))) {
		advance(s);
	}
	for (; is_name(peek(s)) && peek(s) != '_'; advance(s)) {
		if (length < sizeof(name) - 1) {
			name[length] = (char)lower(peek(s));
		}
		length++;
	}
	if (length >= sizeof(name)) {
		return false;
	}
	name[length] = '\0';
	while (is_blank(peek(s)) && peek(s) != '\v') {
		advance(s);
	}
	if (peek(s) != '=') {
		return false;
	}
	for (uint8_t i = 0; i < 3; ++i) {
		if (strcmp(name, names[i]) == 0) {
			*key = (uint8_t)(1 << i);
		}
	}
	if (*key == 0) {
		return false;
	}
	advance(s);
	uint32_t value = 0, returns = 0;
	bool blank = true;
	for (; !at_eol(s); advance(s)) {
		int32_t c = peek(s);
		returns = c == '\r' ? returns + 1 : 0;
		value++;
		if (!is_blank(c) || c == '\v') {
			*only_char = blank ? c : END;
			blank = false;
		}
	}
	return value > returns;
}

/** At '#', first on its line. */
static bool scan_hash(struct scan *s) {
	if (!is_at(s, AT_DIRECTIVES)) {
		return scan_comment(s, LINE_COMMENT);
	}
	uint8_t key = 0;
	int32_t value = END;
	advance(s);
	mark(s);
	if (!judge_directive(s, &key, &value)) {
		set_at(s, 0, AT_DIRECTIVES);
		mark(s);
		return scan_comment(s, LINE_COMMENT);
	}
	bool repeated = (s->state->seen & key) != 0;
	bool bad_escape = key == SEEN_ESCAPE && value != '\\' && value != '`';
	if (repeated || bad_escape) {
		mark(s);
		set_at(s, 0, AT_LINE_START);
		return emit(s, INVALID);
	}
	s->state->seen |= key;
	if (key == SEEN_ESCAPE) {
		s->state->escape = (uint8_t)value;
	}
	set_at(s, 0, AT_LINE_START);
	return emit(s, HASH);
}

static bool scan_directive(struct scan *s) {
	while (!at_eol(s) && is_space(peek(s))) {
		skip(s);
	}
	if (s->valid[DIRECTIVE_NAME]) {
		while (is_name(peek(s))) {
			advance(s);
		}
		return emit_here(s, DIRECTIVE_NAME);
	}
	if (s->valid[DIRECTIVE_EQUALS]) {
		advance(s);
		return emit_here(s, DIRECTIVE_EQUALS);
	}
	mark(s);
	while (!at_eol(s)) {
		bool blank = is_blank(peek(s));
		advance(s);
		if (!blank) {
			mark(s);
		}
	}
	return emit(s, DIRECTIVE_VALUE);
}

/* Keywords */

static const struct {
	const char *name;
	enum token token;
} keywords[] = {
	{ "from", KW_FROM },
	{ "run", KW_RUN },
	{ "cmd", KW_CMD },
	{ "label", KW_LABEL },
	{ "expose", KW_EXPOSE },
	{ "env", KW_ENV },
	{ "add", KW_ADD },
	{ "copy", KW_COPY },
	{ "entrypoint", KW_ENTRYPOINT },
	{ "volume", KW_VOLUME },
	{ "user", KW_USER },
	{ "workdir", KW_WORKDIR },
	{ "arg", KW_ARG },
	{ "onbuild", KW_ONBUILD },
	{ "stopsignal", KW_STOPSIGNAL },
	{ "healthcheck", KW_HEALTHCHECK },
	{ "shell", KW_SHELL },
	{ "maintainer", KW_MAINTAINER },
};

enum { KEYWORD_MAX = 16 };

/**
 * Read a word of the logical line, marked at its end.  Lower case in `word`, "" if it is too long.
 * `begun`: escape characters that begin it were passed.
 */
static void read_word(struct scan *s, struct reader *r, char word[KEYWORD_MAX], bool begun) {
	uint32_t length = begun ? KEYWORD_MAX : 0;
	if (begun) {
		mark(s);
	}
	reader_start(r, s);
	while (!begun && r->c != END && is_space(r->c)) {
		reader_next(r); // the indentation of a line after a continuation mark
	}
	for (; r->c != END && !is_blank(r->c); reader_next(r)) {
		if (is_space(r->c)) {
			// Not a separator, but nothing either when only white space follows
			struct reader rest = *r;
			while (rest.c != END && is_space(rest.c)) {
				reader_next(&rest);
			}
			*r = rest;
			if (r->c == END) {
				break;
			}
			length = KEYWORD_MAX;
		}
		int32_t c = lower(r->c);
		if (length < KEYWORD_MAX) {
			word[length] = c > 0 && c < 128 ? (char)c : '?';
		}
		length++;
		mark(s);
	}
	word[length < KEYWORD_MAX ? length : 0] = '\0';
}

static bool scan_keyword(struct scan *s, bool begun) {
	char word[KEYWORD_MAX];
	struct reader r;
	read_word(s, &r, word, begun);
	enum token token = KW_UNKNOWN;
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); ++i) {
		if (word[0] == keywords[i].name[0] && strcmp(word, keywords[i].name) == 0) {
			token = keywords[i].token;
		}
	}
	bool forbidden = is_at(s, AT_ONBUILD) && (token == KW_FROM || token == KW_ONBUILD || token == KW_MAINTAINER);
	if (forbidden || (token == KW_UNKNOWN && is_at(s, AT_LINE_START))) {
		// The whole logical line is one error
		for (; r.c != END; reader_next(&r)) {
		}
		set_at(s, 0, AT_LINE_START | AT_DIRECTIVES | AT_ONBUILD | AT_BLANK);
		return emit_here(s, INVALID);
	}
	set_at(s, AT_FLAGS | AT_BLANK, AT_LINE_START | AT_DIRECTIVES | AT_ONBUILD);
	if (token == KW_ONBUILD) {
		set_at(s, AT_ONBUILD, 0);
	} else if (token == KW_UNKNOWN) {
		set_at(s, 0, AT_FLAGS);
	} else if (token == KW_RUN || token == KW_COPY || token == KW_ADD) {
		find_heredocs(s, &r);
	}
	return emit(s, token);
}

/** Behind HEALTHCHECK and its flags. */
static bool scan_health_type(struct scan *s, bool begun) {
	char word[KEYWORD_MAX];
	struct reader r;
	read_word(s, &r, word, begun);
	set_at(s, AT_BLANK, AT_FLAGS);
	return emit(s, strcmp(word, "cmd") == 0 ? KW_HEALTH_CMD : strcmp(word, "none") == 0 ? KW_NONE : KW_UNKNOWN);
}

/** Everything up to the end of the logical line is one error. */
static bool scan_invalid(struct scan *s) {
	struct reader r;
	for (reader_start(&r, s); r.c != END; reader_next(&r)) {
	}
	s->state->quote = 0;
	set_at(s, 0, AT_FLAGS | AT_ONBUILD | AT_BLANK);
	return emit_here(s, INVALID);
}

/** Behind an image: only "AS" can follow (strings.EqualFold, so a long s will do). */
static bool scan_as(struct scan *s) {
	char word[KEYWORD_MAX];
	struct reader r;
	bool long_s = false;
	read_word(s, &r, word, false);
	if (word[0] == 'a' && word[1] == '?' && word[2] == '\0') {
		long_s = true; // NEEDSWORK: any other letter beyond ASCII passes, too
	}
	set_at(s, AT_BLANK, 0);
	return emit(s, long_s || strcmp(word, "as") == 0 ? KW_AS : INVALID);
}

/* Expansions */

/** Which text an expansion stands in: it says where "${" has to be closed at the latest. */
enum place { IN_WORD, IN_RAW, IN_VALUE, IN_DOUBLE, IN_FLAG, IN_MOUNT };

static bool ends_place(int32_t c, enum place place) {
	switch (place) {
	case IN_WORD:
		return is_blank(c);
	case IN_RAW:
		return false;
	case IN_VALUE:
		return is_space(c) || c == '"' || c == '\'';
	case IN_DOUBLE:
		return c == '"';
	case IN_FLAG:
		return ends_flag(c) || c == '"' || c == '\'';
	case IN_MOUNT:
		return ends_flag(c) || c == '"' || c == '\'' || c == ',';
	}
	return true;
}

/** Behind "${": is there a name, and a closing brace in the same piece of text? */
static bool is_closed_expansion(struct scan *s, enum place place) {
	if (!is_name(peek(s))) {
		return false;
	}
	while (is_name(peek(s))) {
		advance(s);
	}
	if (peek(s) != '}' && (peek(s) <= 0 || peek(s) > 127 || strchr(":+-?#%/", (char)peek(s)) == NULL)) {
		return false;
	}
	for (uint32_t depth = 1; !at_eol(s); advance(s)) {
		int32_t c = peek(s);
		if (ends_place(c, place) || c == s->state->escape) {
			return false;
		}
		depth += c == '{';
		if (c == '}' && --depth == 0) {
			return true;
		}
	}
	return false;
}

/** At '$' with nothing read yet: the start of an expansion, or a piece of text. */
static bool scan_dollar(struct scan *s, enum place place, enum token text) {
	set_at(s, 0, AT_BLANK);
	advance(s);
	mark(s);
	if (is_name(peek(s))) {
		return emit(s, DOLLAR);
	}
	if (peek(s) != '{' || s->state->seen & SEEN_OPEN_BRACE) {
		return emit(s, text);
	}
	advance(s);
	if (is_closed_expansion(s, place)) {
		return emit(s, DOLLAR);
	}
	s->state->seen |= SEEN_OPEN_BRACE;
	return emit(s, text);
}

/** Behind the '$' of an expansion. */
static bool scan_expansion(struct scan *s) {
	if (s->valid[BRACE_OPEN] && peek(s) == '{') {
		advance(s);
		return emit_here(s, BRACE_OPEN);
	}
	if (s->valid[VARIABLE]) {
		bool number = is_digit(peek(s));
		while (number ? is_digit(peek(s)) : is_name(peek(s))) {
			advance(s);
		}
		return emit_here(s, VARIABLE);
	}
	if (peek(s) == '}') {
		advance(s);
		return emit_here(s, BRACE_CLOSE);
	}
	for (uint32_t depth = 1; !at_eol(s); advance(s)) {
		depth += peek(s) == '{';
		if (peek(s) == '}' && --depth == 0) {
			break;
		}
	}
	return emit_here(s, EXPANSION_MODIFIER);
}

/* Text */

/** At the start of a heredoc word. */
static bool scan_marker(struct scan *s) {
	const struct state *state = s->state;
	for (uint8_t i = 0; i < state->count; ++i) {
		const struct heredoc *h = &state->heredocs[i];
		if (h->start == state->position + s->count) {
			for (uint32_t n = h->length; n > 0 && !at_eof(s); --n) {
				advance(s);
			}
			break;
		}
	}
	set_at(s, 0, AT_BLANK);
	return emit_here(s, HEREDOC_MARKER);
}

/** Shell text up to the end of the line, a continuation, or a heredoc word; without blanks at the end. */
static bool scan_shell(struct scan *s, bool started) {
	if (!started && peek(s) == s->state->escape) {
		return scan_escape(s, SHELL_FRAGMENT, false);
	}
	bool blank = false;
	while (!at_eol(s) && s->count != s->stop) {
		int32_t c = peek(s);
		if (c == s->state->escape) {
			mark(s);
			uint32_t run;
			uint8_t at = s->state->at;
			if (pass_mark(s, &run)) {
				s->state->at = (uint8_t)(at & ~AT_BLANK);
				return emit(s, SHELL_FRAGMENT);
			}
			mark(s);
			blank = false;
			continue;
		}
		if (is_space(c) && !blank) {
			mark(s);
		}
		blank = is_space(c);
		advance(s);
	}
	if (!blank) {
		mark(s);
	}
	set_at(s, 0, AT_BLANK);
	return at_eol(s) && s->marked <= s->skipped ? scan_eol(s) : emit(s, SHELL_FRAGMENT);
}

/** One raw string: like shell text, with expansions; in USER also cut at the first colon. */
static bool scan_raw(struct scan *s, bool started) {
	bool cut_colon = s->valid[USER_COLON];
	if (!started) {
		if (peek(s) == s->state->escape) {
			return scan_escape(s, RAW_TEXT, false);
		}
		if (peek(s) == '$') {
			return scan_dollar(s, IN_RAW, RAW_TEXT);
		}
		if (cut_colon && peek(s) == ':') {
			advance(s);
			return emit_here(s, USER_COLON);
		}
	}
	bool blank = false;
	for (; !at_eol(s); advance(s)) {
		int32_t c = peek(s);
		if (c == '$' || (cut_colon && c == ':')) {
			blank = false;
			break;
		}
		if (c == s->state->escape) {
			mark(s);
			uint32_t run;
			uint8_t at = s->state->at;
			if (pass_mark(s, &run)) {
				s->state->at = (uint8_t)(at & ~AT_BLANK);
				return emit(s, RAW_TEXT);
			}
			// Blanks behind it may have been passed: let the next piece begin here
			return emit_here(s, RAW_TEXT);
		}
		if (is_space(c) && !blank) {
			mark(s);
		}
		blank = is_space(c);
	}
	if (!blank) {
		mark(s);
	}
	set_at(s, 0, AT_BLANK);
	return at_eol(s) && s->marked <= s->skipped ? scan_eol(s) : emit(s, RAW_TEXT);
}

/** Inside text and at an escape character: true if the text has to be cut before it. */
static bool cut_before_escape(struct scan *s, bool pair) {
	int32_t escape = peek(s);
	uint32_t run = 0;
	mark(s);
	for (; peek(s) == escape && !at_eof(s); ++run) {
		advance(s);
	}
	if (run == 1 && (at_eol(s) || is_space(peek(s)))) {
		return true;
	}
	if (pair && run % 2 == 1 && !at_eol(s) && !ends_key(s)) {
		advance(s);
	}
	return false;
}

/** Behind the first colon of an image: true if a '/' follows, so that it is a port. */
static bool is_port(struct scan *s, bool *expansion) {
	uint32_t depth = 0;
	for (; !at_eol(s) && !is_blank(peek(s)); advance(s)) {
		int32_t c = peek(s);
		*expansion = *expansion || c == '$';
		if (c == s->state->escape || (c == '@' && depth == 0)) {
			return false;
		}
		if (c == '/' && depth == 0) {
			return true;
		}
		if (c == '{') {
			depth++;
		} else if (c == '}' && depth > 0) {
			depth--;
		}
	}
	return false;
}

/** A word between blanks, or a part of an image. */
static bool scan_word(struct scan *s, enum token token, bool started) {
	bool image = token == IMAGE_TEXT, tag = token == TAG_TEXT;
	set_at(s, 0, AT_BLANK);
	if (!started) {
		int32_t c = peek(s);
		if (s->count == s->stop && s->valid[HEREDOC_MARKER]) {
			return scan_marker(s);
		}
		if (c == s->state->escape) {
			return scan_escape(s, token, false);
		}
		if (c == '$') {
			return scan_dollar(s, IN_WORD, token);
		}
		if (c == '@' && (image || tag)) {
			advance(s);
			return emit_here(s, IMAGE_AT);
		}
		if (c == ':' && image) {
			bool expansion = false;
			advance(s);
			mark(s);
			if (s->state->seen & SEEN_COLON || !is_port(s, &expansion)) {
				return emit(s, IMAGE_COLON);
			}
			s->state->seen |= SEEN_COLON;
			if (expansion) {
				return emit(s, IMAGE_TEXT);
			}
		}
	}
	while (!at_eol(s)) {
		int32_t c = peek(s);
		if (is_blank(c) || c == '$' || (c == '@' && (image || tag)) || (c == ':' && image)) {
			break;
		}
		if (c == s->state->escape) {
			if (cut_before_escape(s, false)) {
				return emit(s, token);
			}
			continue;
		}
		if (is_space(c)) {
			mark(s);
			while (!at_eol(s) && is_space(peek(s)) && !is_blank(peek(s))) {
				advance(s);
			}
			if (at_eol(s)) {
				// white space at the end of an instruction is nothing
				return s->marked <= s->skipped ? scan_eol(s) : emit(s, token);
			}
			continue;
		}
		advance(s);
	}
	return emit_here(s, token);
}

/** In a quote that is part of the text around it: on to the quote's end. */
static bool scan_carried(struct scan *s, enum token token) {
	int32_t quote = s->state->quote;
	bool pair = quote == '"';
	set_at(s, 0, AT_BLANK);
	if (peek(s) == s->state->escape) {
		return scan_escape(s, token, pair);
	}
	bool blank = false;
	while (!at_eol(s)) {
		int32_t c = peek(s);
		if (c == quote) {
			s->state->quote = 0;
			advance(s);
			return emit_here(s, token);
		}
		if (token == KEY_TEXT && c == '=') {
			return emit_here(s, token);
		}
		if (c == s->state->escape) {
			if (cut_before_escape(s, pair)) {
				return emit(s, token);
			}
			blank = false;
			continue;
		}
		if (is_space(c) && !blank) {
			mark(s);
		}
		blank = is_space(c);
		advance(s);
	}
	if (!blank) {
		mark(s);
	}
	return s->marked <= s->skipped ? scan_eol(s) : emit(s, token);
}

/** Behind an opening quote: is it closed, and in a key, before any '='? */
static bool is_closed_quote(struct scan *s, int32_t quote, bool key) {
	struct reader r;
	for (reader_start(&r, s); r.c != END; reader_next(&r)) {
		if (r.c == quote) {
			return true;
		}
		if (key && r.c == '=') {
			return false;
		}
		if (quote == '"' && r.c == s->state->escape) {
			reader_next(&r);
			if (r.c == END) {
				return false;
			}
		}
	}
	return false;
}

/** Keys and values of ENV, LABEL and ARG (line_parsers.go: parseWords). */
static bool scan_pair_text(struct scan *s, enum token token, bool started) {
	bool key = token == KEY_TEXT;
	set_at(s, 0, AT_BLANK);
	if (s->state->quote != 0 && !(key && peek(s) == '=')) {
		return scan_carried(s, token);
	}
	if (!started) {
		int32_t c = peek(s);
		if (key && c == '=' && !s->valid[EQUALS]) {
			return scan_invalid(s); // a blank key
		}
		if (key && c == '=') {
			advance(s);
			return emit_here(s, EQUALS);
		}
		if (c == s->state->escape) {
			return scan_escape(s, token, true);
		}
		if (c == '$' && !key) {
			return scan_dollar(s, IN_VALUE, token);
		}
		if (c == '"' || c == '\'') {
			advance(s);
			mark(s);
			if (s->valid[DOUBLE_OPEN] && is_closed_quote(s, c, key)) {
				return emit(s, c == '"' ? DOUBLE_OPEN : SINGLE_OPEN);
			}
			s->state->quote = (uint8_t)c;
			return emit(s, token);
		}
	}
	while (!at_eol(s)) {
		int32_t c = peek(s);
		if (is_space(c) || c == '"' || c == '\'' || c == (key ? '=' : '$')) {
			break;
		}
		if (c != s->state->escape) {
			advance(s);
		} else if (cut_before_escape(s, true)) {
			return emit(s, token);
		}
	}
	return emit_here(s, token);
}

static bool scan_double(struct scan *s) {
	int32_t escape = s->state->escape;
	set_at(s, 0, AT_BLANK);
	if (peek(s) == '"') {
		advance(s);
		return emit_here(s, DOUBLE_CLOSE);
	}
	if (peek(s) == '$') {
		return scan_dollar(s, IN_DOUBLE, DOUBLE_TEXT);
	}
	if (peek(s) == escape) {
		return scan_escape(s, ESCAPE_SEQUENCE, true);
	}
	while (!at_eol(s) && peek(s) != '"' && peek(s) != '$' && peek(s) != escape) {
		advance(s);
	}
	return emit_here(s, DOUBLE_TEXT);
}

static bool scan_single(struct scan *s) {
	set_at(s, 0, AT_BLANK);
	if (peek(s) == '\'') {
		advance(s);
		return emit_here(s, SINGLE_CLOSE);
	}
	if (peek(s) == s->state->escape) {
		return scan_escape(s, SINGLE_TEXT, false);
	}
	while (!at_eol(s) && peek(s) != '\'') {
		if (peek(s) != s->state->escape) {
			advance(s);
		} else if (cut_before_escape(s, false)) {
			return emit(s, SINGLE_TEXT);
		}
	}
	return emit_here(s, SINGLE_TEXT);
}

/* JSON forms that judge_json has accepted */

static bool scan_json(struct scan *s) {
	int32_t c = peek(s);
	advance(s);
	set_at(s, 0, AT_BLANK);
	if (c == '[' && s->valid[JSON_OPEN]) {
		return emit_here(s, JSON_OPEN);
	}
	if (c == '"' && s->valid[JSON_STRING_OPEN]) {
		return emit_here(s, JSON_STRING_OPEN);
	}
	if (c == ',' && s->valid[JSON_COMMA]) {
		return emit_here(s, JSON_COMMA);
	}
	if (c == ']' && s->valid[JSON_CLOSE]) {
		return emit_here(s, JSON_CLOSE);
	}
	return scan_invalid(s);
}

static bool scan_json_string(struct scan *s) {
	int32_t escape = s->state->escape;
	set_at(s, 0, AT_BLANK);
	if (peek(s) == '"') {
		advance(s);
		return emit_here(s, JSON_STRING_CLOSE);
	}
	if (peek(s) == escape && escape == '\\') {
		// A continuation mark stands alone, and an escape inside JSON never before a blank
		advance(s);
		if (peek(s) == ' ' || peek(s) == '\t' || peek(s) == '\r' || at_eol(s)) {
			pass_mark_blanks(s);
			if (!at_eof(s)) {
				advance(s);
			}
			set_at(s, AT_CONTINUED, 0);
			return emit_here(s, LINE_CONTINUATION);
		}
		for (uint32_t n = peek(s) == 'u' ? 5 : 1; n > 0 && !at_eol(s); --n) {
			advance(s);
		}
		return emit_here(s, JSON_ESCAPE);
	}
	if (peek(s) == escape) {
		return scan_escape(s, JSON_TEXT, false);
	}
	if (peek(s) == '\\') {
		advance(s);
		for (uint32_t n = peek(s) == 'u' ? 5 : 1; n > 0 && !at_eol(s); --n) {
			advance(s);
		}
		return emit_here(s, JSON_ESCAPE);
	}
	while (!at_eol(s) && peek(s) != '"' && peek(s) != '\\') {
		if (peek(s) != escape) {
			advance(s);
		} else if (cut_before_escape(s, false)) {
			return emit(s, JSON_TEXT);
		}
	}
	return emit_here(s, JSON_TEXT);
}

/* Flags */

/** At "--", the first '-' passed and the second not. */
static bool scan_flag_open(struct scan *s) {
	advance(s);
	mark(s);
	set_at(s, 0, AT_BLANK);
	if (at_eol(s) || is_space(peek(s))) {
		set_at(s, 0, AT_FLAGS);
		return emit(s, FLAGS_END);
	}
	if (!s->valid[MOUNT_OPEN]) {
		return emit(s, FLAG_OPEN);
	}
	for (const char *c = "mount="; *c != '\0'; ++c) {
		if (peek(s) != *c) {
			return emit(s, FLAG_OPEN);
		}
		advance(s);
	}
	return emit(s, MOUNT_OPEN);
}

/** Inside a flag (split_command.go: extractBuilderFlags).  Quotes protect blanks and stay in the text. */
static bool scan_flag(struct scan *s) {
	struct state *state = s->state;
	enum token token = s->valid[MOUNT_TEXT] ? MOUNT_TEXT
		: s->valid[FLAG_TEXT]           ? FLAG_TEXT
		: s->valid[MOUNT_KEY]           ? MOUNT_KEY
						: FLAG_NAME;
	bool cut_comma = s->valid[MOUNT_COMMA] || token == MOUNT_TEXT || token == MOUNT_KEY;
	bool cut_equals = s->valid[FLAG_EQUALS] || token == FLAG_NAME || token == MOUNT_KEY;
	bool value = token == MOUNT_TEXT || token == FLAG_TEXT;
	int32_t first = peek(s);
	if (first == ',' && cut_comma) {
		advance(s);
		return emit_here(s, MOUNT_COMMA);
	}
	if (first == '=' && cut_equals) {
		advance(s);
		return emit_here(s, FLAG_EQUALS);
	}
	if (first == state->escape) {
		return scan_escape(s, token, true);
	}
	if (first == '$' && value) {
		return scan_dollar(s, cut_comma ? IN_MOUNT : IN_FLAG, token);
	}
	bool blank = false;
	while (!at_eol(s)) {
		int32_t c = peek(s);
		if (state->quote == 0 && ends_flag(c)) {
			if (is_space(c)) {
				break;
			}
			advance(s);
			set_at(s, AT_BLANK, 0);
			return emit_here(s, token);
		}
		if ((c == ',' && cut_comma) || (c == '=' && cut_equals) || (c == '$' && value)) {
			break;
		}
		if (c == state->escape) {
			if (cut_before_escape(s, true)) {
				return emit(s, token);
			}
			blank = false;
			continue;
		}
		if (c == '"' || c == '\'') {
			state->quote = state->quote == c ? 0 : state->quote == 0 ? (uint8_t)c : state->quote;
		}
		if (is_space(c) && !blank) {
			mark(s);
		}
		blank = is_space(c);
		advance(s);
	}
	if (!blank || !at_eol(s)) {
		mark(s);
	}
	return s->marked <= s->skipped ? scan_eol(s) : emit(s, token);
}

/* Which text comes next */

static bool in_flag(const struct scan *s) {
	return s->valid[FLAG_NAME] || s->valid[FLAG_EQUALS] || s->valid[FLAG_TEXT] || s->valid[MOUNT_COMMA];
}

static bool in_pair(const struct scan *s) {
	return s->valid[PAIR_START] || s->valid[ARG_START] || s->valid[KEY_TEXT] || s->valid[VALUE_TEXT];
}

/** The first word of ENV or LABEL decides: with a '=' anywhere, they are pairs. */
static bool judge_pairs(struct scan *s) {
	struct reader r;
	int32_t quote = 0;
	for (reader_start(&r, s); r.c != END; reader_next(&r)) {
		if (r.c == '=') {
			return true;
		}
		if (r.c == s->state->escape && quote != '\'') {
			reader_next(&r);
			if (r.c == '=' || r.c == END) {
				return r.c == '=';
			}
		} else if (quote != 0) {
			quote = r.c == quote ? 0 : quote;
		} else if (is_space(r.c)) {
			return false;
		} else if (r.c == '"' || r.c == '\'') {
			quote = r.c;
		}
	}
	return false;
}

static bool only_space_follows(struct scan *s) {
	while (!at_eol(s) && is_space(peek(s))) {
		advance(s);
	}
	return at_eol(s);
}

/** A token of no width: a new word begins here.  Marked before anything is looked at. */
static bool scan_start(struct scan *s, enum token token, bool passed) {
	if (!passed) {
		mark(s);
		uint32_t run;
		bool escape = peek(s) == s->state->escape;
		if (escape && pass_mark(s, &run)) {
			return emit_here(s, LINE_CONTINUATION);
		}
		if (escape && run == 1 && token != WORD_START && only_space_follows(s)) {
			return scan_eol(s); // parseWords drops an escape at the end
		}
	}
	if (token == PAIR_START && s->valid[LEGACY_START]) {
		token = judge_pairs(s) ? PAIR_START : LEGACY_START;
	}
	set_at(s, 0, AT_BLANK);
	s->state->seen &= (uint8_t)~SEEN_OPEN_BRACE;
	return emit(s, token);
}

/** At '[' where a JSON form may stand. */
static bool scan_bracket(struct scan *s) {
	mark(s);
	switch (judge_json(s)) {
	case JSON_STRINGS:
		forget_heredocs(s->state);
		return emit(s, JSON_START);
	case JSON_OTHER:
		return emit_here(s, INVALID);
	case JSON_NONE:
		break;
	}
	s->state->seen |= SEEN_TEXT_FORM;
	set_at(s, 0, AT_BLANK);
	return emit(s, s->valid[SHELL_START] ? SHELL_START : s->valid[WORD_START] ? WORD_START : INVALID);
}

static bool scan_text(struct scan *s, bool started) {
	const bool *valid = s->valid;
	bool blank = is_at(s, AT_BLANK) && s->state->quote == 0;
	if (valid[SHELL_FRAGMENT]) {
		if (s->count == s->stop) {
			return scan_marker(s);
		}
		return scan_shell(s, started);
	}
	if (blank && valid[PAIR_START]) {
		return scan_start(s, PAIR_START, started);
	}
	if (blank && valid[ARG_START]) {
		return scan_start(s, ARG_START, started);
	}
	if (blank && valid[WORD_START]) {
		return scan_start(s, WORD_START, started);
	}
	if (blank && valid[KW_AS]) {
		return scan_as(s);
	}
	bool blanks_inside = valid[RAW_TEXT] || valid[USER_COLON];
	if (blank && !blanks_inside) {
		uint32_t run;
		if (!started && peek(s) == s->state->escape && pass_mark(s, &run)) {
			return emit_here(s, LINE_CONTINUATION);
		}
		return scan_invalid(s); // one word too many
	}
	if (valid[KEY_TEXT] || valid[EQUALS]) {
		return scan_pair_text(s, KEY_TEXT, started);
	}
	if (valid[VALUE_TEXT]) {
		return scan_pair_text(s, VALUE_TEXT, started);
	}
	if (valid[IMAGE_TEXT] || valid[IMAGE_COLON]) {
		return scan_word(s, IMAGE_TEXT, started);
	}
	if (valid[TAG_TEXT] || valid[IMAGE_AT]) {
		return scan_word(s, TAG_TEXT, started);
	}
	if (valid[WORD_TEXT] || valid[HEREDOC_MARKER]) {
		return scan_word(s, WORD_TEXT, started);
	}
	if (valid[RAW_TEXT] || valid[USER_COLON]) {
		return scan_raw(s, started);
	}
	return scan_invalid(s);
}

/** On a line after a continuation mark: drop blank lines, report comments.  False at text. */
static bool scan_continued(struct scan *s) {
	bool blank = false;
	while (!at_eof(s) && is_space(peek(s))) {
		// White space beyond ASCII is no blank in a word
		blank = peek(s) != '\n' && (blank || is_blank(peek(s)) || in_pair(s));
		skip(s);
	}
	if (peek(s) == '#') {
		return scan_comment(s, COMMENT);
	}
	set_at(s, blank ? AT_BLANK : 0, AT_CONTINUED);
	return false;
}

static bool scan_line_start(struct scan *s) {
	while (!at_eof(s) && is_space(peek(s))) {
		if (peek(s) == '\n') {
			set_at(s, 0, AT_DIRECTIVES);
		}
		skip(s);
	}
	if (at_eof(s)) {
		return false;
	}
	return peek(s) == '#' ? scan_hash(s) : scan_keyword(s, false);
}

/** Text in which blanks mean something. */
static bool scan_inside(struct scan *s) {
	if (s->valid[BRACE_OPEN] || s->valid[VARIABLE] || s->valid[BRACE_CLOSE]) {
		return scan_expansion(s);
	}
	if (s->valid[DOUBLE_CLOSE]) {
		return scan_double(s);
	}
	if (s->valid[SINGLE_CLOSE]) {
		return scan_single(s);
	}
	return scan_json_string(s);
}

static bool is_inside(const struct scan *s) {
	return s->valid[BRACE_OPEN] || s->valid[VARIABLE] || s->valid[BRACE_CLOSE] || s->valid[DOUBLE_CLOSE] ||
		s->valid[SINGLE_CLOSE] || s->valid[JSON_STRING_CLOSE];
}

static bool text_may_follow(const struct scan *s) {
	static const enum token texts[] = { WORD_START, WORD_TEXT, IMAGE_TEXT, IMAGE_COLON, IMAGE_AT, TAG_TEXT,
		RAW_TEXT, USER_COLON, SHELL_FRAGMENT, PAIR_START, ARG_START, KEY_TEXT, EQUALS, VALUE_TEXT };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); ++i) {
		if (s->valid[texts[i]]) {
			return true;
		}
	}
	return false;
}

/**
 * White space between tokens.  True if it was the last of the logical line.  White space beyond ASCII
 * is a letter between words, but nothing at the end of the line: `started` says it was passed.
 */
static bool skip_blanks(struct scan *s, bool *started) {
	bool any_space = in_pair(s) || is_at(s, AT_FLAGS) || s->valid[ERROR_SENTINEL];
	while (!at_eol(s) && (is_blank(peek(s)) || (any_space && is_space(peek(s))))) {
		skip(s);
		set_at(s, AT_BLANK, 0);
	}
	if (!at_eol(s) && is_space(peek(s)) && (is_at(s, AT_BLANK) || !text_may_follow(s))) {
		mark(s);
		*started = true;
		return only_space_follows(s);
	}
	return at_eol(s);
}

/** Behind an instruction's keyword, at the first character of a word. */
static bool scan_token(struct scan *s, bool started) {
	bool json = s->valid[JSON_OPEN] || s->valid[JSON_STRING_OPEN] || s->valid[JSON_COMMA];
	bool begun = false;
	if (!started && peek(s) == s->state->escape) {
		// Not for the text below: there it depends on the text what an escape means
		bool judged = s->valid[KW_NONE] || s->valid[KW_AS] || s->valid[JSON_START] || json ||
			is_at(s, AT_FLAGS | AT_ONBUILD) || !text_may_follow(s);
		uint32_t run;
		if (judged) {
			mark(s);
			if (pass_mark(s, &run)) {
				return emit_here(s, LINE_CONTINUATION);
			}
			begun = run > 1;
			started = true;
		}
	}
	if (is_at(s, AT_FLAGS)) {
		if (!started && peek(s) == '-') {
			mark(s);
			advance(s);
			if (peek(s) == '-') {
				return scan_flag_open(s);
			}
			started = true;
		}
		set_at(s, AT_BLANK, AT_FLAGS);
	}
	if (is_at(s, AT_ONBUILD)) {
		return scan_keyword(s, begun);
	}
	if (s->valid[KW_NONE]) {
		return scan_health_type(s, begun);
	}
	if (json) {
		return scan_json(s);
	}
	if (!started && peek(s) == '[' && s->valid[JSON_START] && !(s->state->seen & SEEN_TEXT_FORM)) {
		return scan_bracket(s);
	}
	return scan_text(s, started);
}

static bool scan(struct scan *s) {
	if (is_at(s, AT_BODY)) {
		return scan_body(s);
	}
	if (is_at(s, AT_CONTINUED) && scan_continued(s)) {
		return true;
	}
	if (is_at(s, AT_LINE_START)) {
		return scan_line_start(s);
	}
	bool error = s->valid[ERROR_SENTINEL];
	if (!error && (s->valid[DIRECTIVE_NAME] || s->valid[DIRECTIVE_EQUALS] || s->valid[DIRECTIVE_VALUE])) {
		return scan_directive(s);
	}
	if (!error && is_inside(s)) {
		return scan_inside(s);
	}
	if (!error && in_flag(s) && !at_eol(s) &&
		(s->state->quote != 0 || (!is_space(peek(s)) && !is_at(s, AT_BLANK)))) {
		return scan_flag(s);
	}
	if (!error && s->state->quote != 0 && !at_eol(s) &&
		(s->valid[KEY_TEXT] || s->valid[VALUE_TEXT] || s->valid[EQUALS])) {
		return scan_text(s, false);
	}
	bool started = false;
	if (skip_blanks(s, &started)) {
		return scan_eol(s);
	}
	return error ? scan_invalid(s) : scan_token(s, started);
}

/* What tree-sitter calls */

void *tree_sitter_dockerfile_external_scanner_create(void);
void tree_sitter_dockerfile_external_scanner_destroy(void *payload);
unsigned tree_sitter_dockerfile_external_scanner_serialize(void *payload, char *buffer);
void tree_sitter_dockerfile_external_scanner_deserialize(void *payload, const char *buffer, unsigned length);
bool tree_sitter_dockerfile_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid);

void *tree_sitter_dockerfile_external_scanner_create(void) {
	return calloc(1, sizeof(struct state));
}

void tree_sitter_dockerfile_external_scanner_destroy(void *payload) {
	free(payload);
}

static char *put32(char *p, uint32_t v) {
	memcpy(p, &v, sizeof(v));
	return p + sizeof(v);
}

static const char *get32(const char *p, uint32_t *v) {
	memcpy(v, p, sizeof(*v));
	return p + sizeof(*v);
}

unsigned tree_sitter_dockerfile_external_scanner_serialize(void *payload, char *buffer) {
	const struct state *state = payload;
	char *p = buffer;
	*p++ = (char)state->escape;
	*p++ = (char)state->at;
	*p++ = (char)state->seen;
	*p++ = (char)state->quote;
	*p++ = (char)(state->extras & 255);
	*p++ = (char)(state->extras >> 8);
	if (state->count == 0) {
		return (unsigned)(p - buffer);
	}
	*p++ = (char)state->count;
	*p++ = (char)state->body;
	p = put32(p, state->position);
	for (uint8_t i = 0; i < state->count; ++i) {
		const struct heredoc *h = &state->heredocs[i];
		p = put32(p, h->start);
		p = put32(p, h->length);
		p = put32(p, (uint32_t)h->name_hash);
		p = put32(p, (uint32_t)(h->name_hash >> 32));
		p = put32(p, h->flags);
	}
	return (unsigned)(p - buffer);
}

void tree_sitter_dockerfile_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
	struct state *state = payload;
	state->escape = '\\';
	state->at = AT_LINE_START | AT_DIRECTIVES;
	state->seen = 0;
	state->quote = 0;
	state->extras = 0;
	forget_heredocs(state);
	if (length < 6) {
		return;
	}
	const char *p = buffer;
	state->escape = (uint8_t)*p++;
	state->at = (uint8_t)*p++;
	state->seen = (uint8_t)*p++;
	state->quote = (uint8_t)*p++;
	state->extras = (uint8_t)*p++;
	state->extras = (uint16_t)(state->extras | (uint8_t)*p++ << 8);
	if (length < HEADER_BYTES) {
		return;
	}
	state->count = (uint8_t)*p++;
	state->body = (uint8_t)*p++;
	p = get32(p, &state->position);
	for (uint8_t i = 0; i < state->count; ++i) {
		struct heredoc *h = &state->heredocs[i];
		uint32_t low, high;
		p = get32(p, &h->start);
		p = get32(p, &h->length);
		p = get32(p, &low);
		p = get32(p, &high);
		p = get32(p, &h->flags);
		h->name_hash = (uint64_t)high << 32 | low;
	}
}

/** Where the next heredoc word begins, counted from here. */
static uint32_t next_marker(const struct state *state, const bool *valid) {
	for (uint8_t i = 0; i < state->count; ++i) {
		const struct heredoc *h = &state->heredocs[i];
		bool split = (h->flags & HEREDOC_BLANK) != 0 && !valid[SHELL_FRAGMENT];
		if (h->start >= state->position && !split) {
			return h->start - state->position;
		}
	}
	return UINT32_MAX;
}

/** The tokens that may have no width.  Any other without would be read again and again. */
static bool may_be_empty(TSSymbol token) {
	switch (token) {
	case EOL:
	case DIRECTIVE_VALUE:
	case WORD_START:
	case SHELL_START:
	case PAIR_START:
	case LEGACY_START:
	case JSON_START:
	case ARG_START:
	case HEREDOC_NL:
	case INVALID:
		return true;
	default:
		return false;
	}
}

/** Extend a comment or a continuation up to the next text of the logical line. */
static void swallow_extras(struct scan *s) {
	uint32_t run;
	s->state->extras = 0;
	do {
		bool blank = pass_dropped_lines(s);
		set_at(s, blank ? AT_BLANK : 0, AT_CONTINUED);
		mark(s);
	} while (peek(s) == s->state->escape && !at_eof(s) && pass_mark(s, &run));
}

bool tree_sitter_dockerfile_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
	struct state *state = payload;
	struct scan s = { .lexer = lexer, .state = state, .valid = valid, .stop = next_marker(state, valid) };
	if (!scan(&s) || (s.marked <= s.skipped && !may_be_empty(lexer->result_symbol))) {
		return false;
	}
	if (lexer->result_symbol != LINE_CONTINUATION && lexer->result_symbol != COMMENT) {
		state->extras = 0;
	} else if (++state->extras >= EXTRAS_MAX) {
		swallow_extras(&s);
	}
	if (state->count > 0) {
		state->position += s.marked;
	}
	return true;
}
