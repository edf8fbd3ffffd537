#include "analyzer/dockerfile/pragma.h"

#include "analyzer/dockerfile/duration.h"
#include "analyzer/dockerfile/nearest.h"
#include "analyzer/dockerfile/syntax_internal.h"

/** Options of BuildKit are separated by semicolons, but there are no more: the last one takes the rest. */
#define CHECK_OPTIONS_MAX 3
/** One pass over a file. */
struct reader {
	struct ana_pragmas *out;
	const struct ana_syntax *syntax;
	/** Number of the node that the comments stand above; the count of nodes behind the last. */
	size_t node;
	/** The comment, and what is being made of it. */
	uint32_t line;
	struct ana_pragma pragma;
	/** It is wrong; there were too many. */
	bool bad, full;
	/** A YAML file, which has no nodes: the line below the comment that is none, 0 for none, and nothing stands above the comment. */
	bool yaml, top;
	uint32_t below;
};

/** Cut `text` at the separator; what is behind it becomes `*rest`, absent if there is none. */
static struct ctx_str cut(struct ctx_str text, char separator, struct ctx_str *rest) {
	size_t at = ctx_str_find(text, separator);
	*rest = at < text.len ? ctx_str_from(text, at + 1) : CTX_STR_NONE;
	return (struct ctx_str){ text.ptr, at };
}

/** Column of a part of the line, and 1 where it is none. */
static uint32_t column_of(const struct reader *r, struct ctx_str part) {
	size_t start = r->syntax->line_starts.items[r->line - 1];
	return (uint32_t)(part.ptr - (r->syntax->text.ptr + start)) + 1;
}

/** The pragma is wrong: add a problem at `part`.  0, or CTX_E_NOMEM. */
#define COMPLAIN(r, part, fmt, ...) \
	((r)->bad = true, \
		ana_diags_add(&(r)->out->problems, ANA_PHASE_SYNTAX, (r)->line, column_of((r), (part)), \
			(uint32_t)(part).len, fmt, __VA_ARGS__))

/** A byte of an id: hadolint's are letters and digits, ours have '-'. */
static bool is_id_char(char c) {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/** Is all of it such characters? */
static bool is_id(struct ctx_str text) {
	for (size_t i = 0; i < text.len; ++i) {
		if (!is_id_char(text.ptr[i])) {
			return false;
		}
	}
	return text.len > 0;
}

/** Split at commas into trimmed items, in the arena.  CTX_E_NOMEM. */
static int split_ids(struct reader *r, struct ctx_str text, struct ctx_str **ids, uint32_t *count) {
	size_t room = 1;
	for (size_t i = 0; i < text.len; ++i) {
		room += text.ptr[i] == ',';
	}
	struct ctx_str *items = ctx_arena_calloc(&r->out->arena, room, sizeof(*items)), rest = text;
	if (items == NULL) {
		return CTX_E_NOMEM;
	}
	*count = 0;
	while (rest.ptr != NULL) {
		items[(*count)++] = ana_trim(cut(rest, ',', &rest));
	}
	*ids = items;
	return 0;
}

/* ---- ctxopt ---- */

/** ignore=ID,ID */
static int read_ignore(struct reader *r, struct ctx_str value) {
	int rc = split_ids(r, value, &r->pragma.ids, &r->pragma.id_count);
	for (uint32_t i = 0; rc == 0 && i < r->pragma.id_count && !r->bad; ++i) {
		struct ctx_str id = r->pragma.ids[i];
		if (!is_id(id)) {
			rc = COMPLAIN(r, id.len > 0 ? id : value,
				"'%.*s%s' is not the id of a rule, such as runs-as-root", ANA_SHOWN(id));
		}
	}
	return rc;
}

/** The number of two or four digits at `at`, negative if it is none. */
static int digits(struct ctx_str text, size_t at, size_t count) {
	int value = 0;
	for (size_t i = at; i < at + count; ++i) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9') {
			return -1;
		}
		value = value * 10 + (text.ptr[i] - '0');
	}
	return value;
}

int ana_day_parse(int64_t *day, struct ctx_str text, struct ctx_error *err) {
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool shape = text.len == 10 && text.ptr[4] == '-' && text.ptr[7] == '-';
	int y = shape ? digits(text, 0, 4) : -1, m = shape ? digits(text, 5, 2) : -1,
	    d = shape ? digits(text, 8, 2) : -1;
	bool leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
	if (y < 1970 || m < 1 || m > 12 || d < 1 || d > lengths[m - 1] + (m == 2 && leap)) {
		return ctx_fail(err, CTX_E_SYNTAX, "'%.*s%s' is not a day such as 2026-12-31", ANA_SHOWN(text));
	}
	// Days before the year and the month, as if February were last
	int64_t year = m > 2 ? y : y - 1, month = m > 2 ? m - 3 : m + 9;
	*day = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + d - 1 - 719468;
	return 0;
}

/** until=YYYY-MM-DD */
static int read_until(struct reader *r, struct ctx_str value) {
	struct ctx_error why;
	return ana_day_parse(&r->pragma.until, value, &why) < 0 ? COMPLAIN(r, value, "%s", why.msg) : 0;
}

/** Does the instruction take time, so that it may have a cost? */
static bool takes_time(enum ana_keyword keyword) {
	return keyword == ANA_KW_RUN || keyword == ANA_KW_COPY || keyword == ANA_KW_ADD || keyword == ANA_KW_WORKDIR;
}

/** cost=12s, cost=1m30s, cost=12 */
static int read_cost(struct reader *r, struct ctx_str value) {
	char unit[32];
	int64_t ns;
	bool bare = value.len > 0 && value.ptr[value.len - 1] >= '0' && value.ptr[value.len - 1] <= '9';
	int len = snprintf(unit, sizeof(unit), "%.*s%s", (int)(value.len < 40 ? value.len : 40), value.ptr,
		bare ? "s" : "");
	if (len >= (int)sizeof(unit) || ana_duration_parse(&ns, CTX_STR(unit), NULL) < 0 || ns < 0) {
		return COMPLAIN(r, value, "'%.*s%s' is not a duration such as 12s or 1m30s", ANA_SHOWN(value));
	}
	r->pragma.cost_seconds = (double)ns / 1e9;
	return 0;
}

/** One field. */
static int read_field(struct reader *r, struct ctx_str field) {
	static const char *const names[] = { "ignore", "cost", "reason", "until" };
	struct ctx_str value, name = ana_trim(cut(field, '=', &value));
	bool given = value.ptr != NULL;
	value = ana_trim(value);
	if (name.len == 0 && !given) {
		return 0; // a ';' at the end
	}
	size_t key = 0;
	while (key < CTX_COUNTOF(names) && !ctx_str_is(name, names[key])) {
		++key;
	}
	if (key == CTX_COUNTOF(names)) {
		const char *near = ana_nearest(name, names, CTX_COUNTOF(names));
		return near == NULL
			? COMPLAIN(r, name, "unknown field '%.*s%s'; known are ignore, cost, reason, until",
				  ANA_SHOWN(name))
			: COMPLAIN(r, name, "unknown field '%.*s%s'; did you mean '%s'?", ANA_SHOWN(name), near);
	}
	if (value.len == 0) {
		return COMPLAIN(r, name, "'%s' needs a value: %s=...", names[key], names[key]);
	}
	if (key == 2) {
		r->pragma.reason = value;
		return 0;
	}
	return key == 0 ? read_ignore(r, value) : key == 1 ? read_cost(r, value) : read_until(r, value);
}

/** Cut off the first word if it is `word`; what is behind it, without blanks, becomes `*text`. */
static bool take_word(struct ctx_str *text, const char *word) {
	size_t len = strlen(word);
	bool here = ctx_str_starts(*text, word) && (text->len == len || !is_id_char(text->ptr[len]));
	if (here) {
		*text = ana_trim(ctx_str_from(*text, len));
	}
	return here;
}

/** Is a comment behind "ctxopt" meant as a pragma, well or not?  "ctxopt is great" is not. */
static bool is_meant(struct ctx_str text) {
	size_t len = 0;
	while (len < text.len && is_id_char(text.ptr[len])) {
		++len;
	}
	struct ctx_str word = { text.ptr, len }, rest = ana_trim(ctx_str_from(text, len));
	return ctx_str_is_listed(word, " ignore cost ") || (len > 0 && rest.len > 0 && *rest.ptr == '=');
}

static uint32_t block_end(const struct reader *r, uint32_t first);

/** The lines of the node that the comment stands above, or of its stage. */
static void cover_node(struct reader *r) {
	if (r->yaml) {
		r->pragma.first_line = r->below;
		r->pragma.last_line = block_end(r, r->below);
		return;
	}
	const struct ana_node *nodes = r->syntax->nodes.items;
	size_t count = r->syntax->nodes.count, next = r->node + 1;
	r->pragma.first_line = nodes[r->node].first_line;
	r->pragma.last_line = nodes[r->node].end_line;
	if (nodes[r->node].keyword != ANA_KW_FROM || r->pragma.tool != ANA_PRAGMA_CTXOPT) {
		return;
	}
	while (next < count && nodes[next].keyword != ANA_KW_FROM) {
		++next;
	}
	r->pragma.scope = ANA_PRAGMA_STAGE;
	r->pragma.last_line = next < count ? nodes[next].first_line - 1 : UINT32_MAX;
}

/** Keep the pragma that was read. */
static int keep(struct reader *r) {
	if (r->pragma.scope == ANA_PRAGMA_FILE) {
		r->pragma.first_line = 1;
		r->pragma.last_line = UINT32_MAX;
	}
	if (r->out->items.count == ANA_PRAGMAS_MAX) {
		bool again = r->full;
		r->full = true;
		return again
			? 0
			: ana_diags_add(&r->out->problems, ANA_PHASE_SYNTAX, r->pragma.line, r->pragma.column, 1,
				  "more than %d pragmas: this one and those below have no effect", ANA_PRAGMAS_MAX);
	}
	return CTX_VEC_PUSH(&r->out->items, r->pragma) ? 0 : CTX_E_NOMEM;
}

/** Does the pragma stand where it can hold, and say something? */
static int check_place(struct reader *r, struct ctx_str text) {
	bool last = r->yaml ? r->below == 0 : r->node == r->syntax->nodes.count,
	     file = r->pragma.scope == ANA_PRAGMA_FILE;
	const char *what = r->yaml ? "line" : "instruction";
	if (file && (r->yaml ? !r->top : r->node > 0)) {
		return COMPLAIN(r, text, "a global pragma stands before the first %s", what);
	}
	if (!file && last) {
		return COMPLAIN(r, text, "there is no %s below this pragma", what);
	}
	if (r->yaml && r->pragma.cost_seconds >= 0) {
		return COMPLAIN(r, text, "%s", "only steps of a Dockerfile have a cost");
	}
	if (r->pragma.id_count == 0 && r->pragma.cost_seconds < 0) {
		return COMPLAIN(r, text, "%s", "neither ignore=ID nor cost=DURATION: the pragma has no effect");
	}
	if (r->pragma.cost_seconds >= 0 && (file || !takes_time(r->syntax->nodes.items[r->node].keyword))) {
		return COMPLAIN(r, text, "%s",
			"a cost stands above RUN, COPY, ADD or WORKDIR: nothing else takes time");
	}
	return 0;
}

/** Start a pragma of this line. */
static void start(struct reader *r, enum ana_pragma_tool tool, enum ana_pragma_scope scope, struct ctx_str at) {
	r->bad = false;
	r->pragma = (struct ana_pragma){ .tool = tool,
		.scope = scope,
		.line = r->line,
		.until = ANA_DAY_NEVER,
		.cost_seconds = -1 };
	r->pragma.column = at.ptr != NULL ? column_of(r, at) : 0;
}

/** What stands behind "# ctxopt"; `at` is the whole comment. */
static int read_own(struct reader *r, struct ctx_str text, struct ctx_str at, bool inside) {
	if (text.len > 0 && *text.ptr == ':') {
		text = ana_trim(ctx_str_from(text, 1));
	}
	bool file = take_word(&text, "global");
	if (!is_meant(text)) {
		return 0;
	}
	start(r, ANA_PRAGMA_CTXOPT, file ? ANA_PRAGMA_FILE : ANA_PRAGMA_INSTRUCTION, at);
	if (inside) {
		return COMPLAIN(r, at, "%s", "a pragma within an instruction has no effect: it stands above");
	}
	struct ctx_str rest = text;
	int rc = 0;
	while (rc == 0 && rest.ptr != NULL && !r->bad) {
		rc = read_field(r, cut(rest, ';', &rest));
	}
	rc = rc == 0 && !r->bad ? check_place(r, at) : rc;
	if (rc < 0 || r->bad) {
		return rc;
	}
	if (!file) {
		cover_node(r);
	}
	return keep(r);
}

/* ---- hadolint ---- */

/** What stands behind "# hadolint": "ignore=DL3006, SC2086", and whatever a person adds behind a blank. */
static int read_hadolint(struct reader *r, struct ctx_str text, struct ctx_str at) {
	bool file = take_word(&text, "global");
	bool above = r->node < r->syntax->nodes.count && r->syntax->nodes.items[r->node].first_line == r->line + 1;
	if (!take_word(&text, "ignore") || text.len == 0 || *text.ptr != '=' || !(file || above)) {
		return 0;
	}
	start(r, ANA_PRAGMA_HADOLINT, file ? ANA_PRAGMA_FILE : ANA_PRAGMA_INSTRUCTION, at);
	int rc = split_ids(r, ana_trim(ctx_str_from(text, 1)), &r->pragma.ids, &r->pragma.id_count);
	for (uint32_t i = 0; rc == 0 && i < r->pragma.id_count; ++i) {
		struct ctx_str *id = &r->pragma.ids[i];
		size_t len = 0;
		while (len < id->len && is_id_char(id->ptr[len])) {
			++len;
		}
		bool words = len < id->len;
		id->len = len;
		r->pragma.id_count = words ? i + 1 : r->pragma.id_count; // what follows is no list any more
	}
	if (!file) {
		cover_node(r);
	}
	return rc < 0 ? rc : keep(r);
}

/* ---- BuildKit ---- */

/** One of strconv.ParseBool's words for true. */
static bool is_true(struct ctx_str text) {
	return ctx_str_is_listed(text, " 1 t T true TRUE True ");
}

/** Value of "check": skip=A,B;error=true;experimental=C.  Wrong options were reported by check_options.h. */
static int read_check(struct reader *r, struct ctx_str value, enum ana_pragma_scope scope) {
	start(r, ANA_PRAGMA_BUILDKIT, scope, r->line > 0 ? value : CTX_STR_NONE);
	struct ctx_str rest = ana_trim(value);
	int rc = 0;
	for (size_t i = 1; rc == 0 && rest.ptr != NULL && rest.len > 0; ++i) {
		struct ctx_str option = i < CHECK_OPTIONS_MAX ? cut(rest, ';', &rest) : rest, text;
		rest = i < CHECK_OPTIONS_MAX ? rest : CTX_STR_NONE;
		struct ctx_str key = ana_trim(cut(option, '=', &text));
		text = ana_trim(text);
		if (ctx_str_is(key, "skip")) {
			rc = split_ids(r, text, &r->pragma.ids, &r->pragma.id_count);
		} else if (ctx_str_is(key, "experimental")) {
			rc = split_ids(r, text, &r->pragma.experimental, &r->pragma.experimental_count);
		} else if (ctx_str_is(key, "error")) {
			r->pragma.error = is_true(text);
		} else {
			return 0; // as if it were not there
		}
	}
	if (scope == ANA_PRAGMA_INSTRUCTION) {
		cover_node(r);
	}
	return rc < 0 ? rc : keep(r);
}

/** The first "check" in the comments that BuildKit counts to a node; there the rest of the line counts up to a space. */
static int read_node_check(struct reader *r, const struct ana_node *node) {
	for (uint32_t i = 0; i < node->comment_count; ++i) {
		struct ana_zone zone = { 0 };
		struct ana_directive directive = ana_zone_line(&zone, node->comments[i], "");
		if (directive.key == ANA_DIRECTIVE_CHECK) {
			struct ctx_str rest, value = cut(directive.value, ' ', &rest);
			r->line = ana_node_position(r->syntax, node, value).line;
			return read_check(r, value, ANA_PRAGMA_INSTRUCTION);
		}
	}
	return 0;
}

/* ---- All of a file ---- */

/** One line outside instructions, or within one. */
static int read_line(struct reader *r, uint32_t line, bool inside) {
	struct ctx_str text = ana_trim(ana_syntax_line(r->syntax, line));
	if (text.len == 0 || *text.ptr != '#') {
		return 0;
	}
	struct ctx_str at = text;
	r->line = line;
	text = ana_trim(ctx_str_from(text, 1));
	if (take_word(&text, "ctxopt")) {
		return read_own(r, text, at, inside);
	}
	return !inside && !r->yaml && take_word(&text, "hadolint") ? read_hadolint(r, text, at) : 0;
}

/** Comments between the lines of a node, where a pragma has no effect; here-documents have none. */
static int read_inside(struct reader *r, const struct ana_node *node) {
	uint32_t end = node->heredoc_count > 0 ? node->heredocs[0].line - 1 : node->end_line;
	int rc = 0;
	for (uint32_t line = node->first_line + 1; rc == 0 && line <= end; ++line) {
		rc = read_line(r, line, true);
	}
	return rc;
}

/** All nodes, and the lines above each. */
static int read_nodes(struct reader *r) {
	const struct ana_syntax *syntax = r->syntax;
	uint32_t line = 1;
	int rc = 0;
	for (r->node = 0; rc == 0 && r->node <= syntax->nodes.count; ++r->node) {
		const struct ana_node *node = r->node < syntax->nodes.count ? &syntax->nodes.items[r->node] : NULL;
		uint32_t end = node != NULL ? node->first_line : (uint32_t)syntax->line_starts.count + 1;
		for (; rc == 0 && line < end; ++line) {
			rc = read_line(r, line, false);
		}
		if (rc == 0 && node != NULL) {
			rc = read_node_check(r, node);
			rc = rc < 0 ? rc : read_inside(r, node);
			line = node->end_line + 1;
		}
	}
	return rc;
}

/* ---- YAML ---- */

/** A line of YAML: `indent` blanks, then its text. */
enum yaml_line { YAML_EMPTY, YAML_COMMENT, YAML_END, YAML_TEXT };
static enum yaml_line line_of(const struct reader *r, uint32_t line, size_t *indent, struct ctx_str *text) {
	struct ctx_str all = ana_syntax_line(r->syntax, line);
	for (*indent = 0; *indent < all.len && all.ptr[*indent] == ' ';) {
		++*indent;
	}
	*text = ana_trim(all);
	bool end = *indent == 0 &&
		(ctx_str_is(*text, "---") || ctx_str_is(*text, "...") || ctx_str_starts(*text, "--- "));
	return text->len == 0 ? YAML_EMPTY : *text->ptr == '#' ? YAML_COMMENT : end ? YAML_END : YAML_TEXT;
}

/** Is it an item of a list? */
static bool is_item(struct ctx_str text) {
	return ctx_str_starts(text, "- ") || ctx_str_is(text, "-");
}

/** Last line of what begins in line `first`: all that is deeper, and the items of a list that is the value of its key. */
static uint32_t block_end(const struct reader *r, uint32_t first) {
	size_t indent, deep;
	struct ctx_str text, other;
	line_of(r, first, &indent, &text);
	uint32_t last = first;
	for (uint32_t line = first + 1; line <= r->syntax->line_starts.count; ++line) {
		enum yaml_line kind = line_of(r, line, &deep, &other);
		bool belongs = deep > indent || (deep == indent && !is_item(text) && is_item(other));
		if (kind == YAML_END || (kind == YAML_TEXT && !belongs)) {
			break;
		}
		last = kind == YAML_TEXT ? line : last;
	}
	return last;
}

/** Does a text of lines follow ("|", ">-")?  Then what looks like a comment there is none. */
static bool begins_text(struct ctx_str text) {
	size_t len = text.len;
	while (len > 0 && strchr("+-0123456789", text.ptr[len - 1]) != NULL) {
		--len;
	}
	return len > 2 && (text.ptr[len - 1] == '|' || text.ptr[len - 1] == '>') && text.ptr[len - 2] == ' ';
}

/** All comments of a YAML file. */
static int read_yaml(struct reader *r) {
	uint32_t count = (uint32_t)r->syntax->line_starts.count, below = 0;
	size_t indent, scalar = SIZE_MAX;
	struct ctx_str text;
	int rc = 0;
	r->top = true;
	for (uint32_t line = 1; rc == 0 && line <= count && !r->full; ++line) {
		enum yaml_line kind = line_of(r, line, &indent, &text);
		if (kind == YAML_EMPTY || (scalar != SIZE_MAX && indent > scalar)) {
			continue;
		}
		scalar = SIZE_MAX;
		if (kind == YAML_COMMENT) {
			for (below = below > line ? below : line + 1; below <= count; ++below) {
				size_t deep;
				struct ctx_str other;
				enum yaml_line next = line_of(r, below, &deep, &other);
				if (next == YAML_TEXT || (next == YAML_END && !r->top)) {
					r->below = next == YAML_TEXT ? below : 0;
					break;
				}
			}
			r->below = below <= count ? r->below : 0;
			rc = read_line(r, line, false);
		} else if (kind == YAML_TEXT) {
			r->top = false;
			scalar = begins_text(text) ? indent : SIZE_MAX;
		}
	}
	return rc;
}

int ana_pragmas_read_yaml(struct ana_pragmas *pragmas, struct ctx_str text, struct ctx_error *err) {
	struct ana_syntax syntax = { .text = text };
	struct reader r = { .out = pragmas, .syntax = &syntax, .yaml = true };
	pragmas->problems.arena = &pragmas->arena;
	bool any = text.len > 0 && memmem(text.ptr, text.len, "ctxopt", 6) != NULL, ok = true;
	for (size_t at = 0; any && ok && at < text.len; at += ctx_str_find(ctx_str_from(text, at), '\n') + 1) {
		ok = CTX_VEC_PUSH(&syntax.line_starts, (uint32_t)at);
	}
	int rc = !ok ? CTX_E_NOMEM : any ? read_yaml(&r) : 0;
	CTX_VEC_RELEASE(&syntax.line_starts);
	return rc < 0 ? ctx_fail_nomem(err) : 0;
}

/* ---- All of a Dockerfile ---- */

/** Can there be any?  Most files have none. */
static bool has_words(const struct ana_syntax *syntax) {
	static const char *const words[] = { "ctxopt", "hadolint", "check", "CHECK", "Check" };
	for (size_t i = 0; i < CTX_COUNTOF(words); ++i) {
		if (memmem(syntax->text.ptr, syntax->text.len, words[i], strlen(words[i])) != NULL) {
			return true;
		}
	}
	return false;
}

int ana_pragmas_read(struct ana_pragmas *pragmas, const struct ana_syntax *syntax, struct ctx_str check,
	struct ctx_error *err) {
	struct reader r = { .out = pragmas, .syntax = syntax };
	pragmas->problems.arena = &pragmas->arena;
	r.line = check.ptr == NULL ? syntax->directives.check_line : 0;
	struct ctx_str value = check.ptr != NULL ? check : syntax->directives.check;
	int rc = value.ptr != NULL ? read_check(&r, value, ANA_PRAGMA_FILE) : 0;
	rc = rc == 0 && has_words(syntax) ? read_nodes(&r) : rc;
	return rc < 0 ? ctx_fail_nomem(err) : 0;
}

void ana_pragmas_release(struct ana_pragmas *pragmas) {
	CTX_VEC_RELEASE(&pragmas->items);
	ana_diags_release(&pragmas->problems);
	ctx_arena_release(&pragmas->arena);
}

/** A name in CamelCase, as BuildKit's checks have? */
static bool is_camel(struct ctx_str id) {
	bool lower = false, upper = id.len > 0 && id.ptr[0] >= 'A' && id.ptr[0] <= 'Z';
	for (size_t i = 0; i < id.len; ++i) {
		lower = lower || (id.ptr[i] >= 'a' && id.ptr[i] <= 'z');
	}
	return upper && lower;
}

/** Is the id among those of a pragma? */
static bool has_id(const struct ana_pragma *pragma, struct ctx_str id) {
	for (uint32_t i = 0; i < pragma->id_count; ++i) {
		bool all = pragma->tool == ANA_PRAGMA_BUILDKIT && ctx_str_is(pragma->ids[i], "all") &&
			pragma->id_count == 1;
		bool same = pragma->tool == ANA_PRAGMA_CTXOPT ? ctx_str_same(pragma->ids[i], id)
							      : ctx_str_eq(pragma->ids[i], id);
		if (all ? is_camel(id) : same) {
			return true;
		}
	}
	return false;
}

const struct ana_pragma *ana_pragma_ignores(const struct ana_pragmas *pragmas, struct ctx_str id, uint32_t line,
	int64_t today) {
	for (size_t i = 0; i < pragmas->items.count; ++i) {
		const struct ana_pragma *pragma = &pragmas->items.items[i];
		bool here = line > 0 ? pragma->first_line <= line && line <= pragma->last_line
				     : pragma->scope == ANA_PRAGMA_FILE;
		if (here && today <= pragma->until && has_id(pragma, id)) {
			return pragma;
		}
	}
	return NULL;
}

double ana_pragma_cost(const struct ana_pragmas *pragmas, uint32_t line) {
	double seconds = -1;
	for (size_t i = 0; i < pragmas->items.count; ++i) {
		const struct ana_pragma *pragma = &pragmas->items.items[i];
		if (pragma->cost_seconds >= 0 && pragma->first_line == line) {
			seconds = pragma->cost_seconds;
		}
	}
	return seconds;
}
