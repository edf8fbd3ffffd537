/*
 * A rule is cut into a literal prefix, compared as bytes, and the rest, compiled into steps that are run as a set of
 * states over the text: time is the product of the two lengths, whatever the rule.
 *
 *	"src/t*.[ch]"  ->  prefix "src/t", steps STAR BYTE(.) SET(ch)
 *
 * State j means "steps before j are done".  A double star that is a whole component becomes OPTIONAL INNER: either
 * nothing, or anything that ends in a slash.
 */
#include "ctxopt/context/gitignore_internal.h"

#include "ctxopt/base/arena.h"
#include "ctxopt/base/vec.h"

#include <stdlib.h>
#include <string.h>

/** Kinds of steps. */
enum step_kind {
	/** One given byte. */
	STEP_BYTE,
	/** Any byte but a slash. */
	STEP_ONE,
	/** A byte of a set, which never holds the slash. */
	STEP_SET,
	/** Any bytes but slashes. */
	STEP_STAR,
	/** Any bytes. */
	STEP_ANY,
	/** Go to the next step, or beyond it. */
	STEP_OPTIONAL,
	/** Any bytes up to and with a slash. */
	STEP_INNER,
	/** Nothing: the rule never matches. */
	STEP_NEVER,
};

/** One step. */
struct step {
	enum step_kind kind;
	unsigned char byte;
	/** STEP_SET only.  In the arena. */
	const struct git_byte_set *set;
};

/** One rule. */
struct rule {
	/** '!' in front; '/' behind. */
	bool negated, dir_only;
	/** No slash inside: matched against the last component only. */
	bool base_only;
	/** The literal start, in the arena, folded if the rules are. */
	const char *prefix;
	size_t prefix_len;
	/** The rest: steps `first` .. `first + count - 1` of the list, and the fewest bytes that they match. */
	size_t first, count, min_len;
};

struct ctx_gitignore {
	bool fold_case;
	CTX_VEC(struct rule) rules;
	CTX_VEC(struct step) steps;
	/** One byte per state of the longest rule. */
	unsigned char *states;
	struct ctx_arena arena;
};

/** Lower case if letters are folded. */
static unsigned char fold(bool fold_case, unsigned char c) {
	return fold_case && c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : c;
}

/* ---- Bracket expressions ---- */

/** Names of POSIX classes. */
static const char *const class_names[] = { "alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print",
	"punct", "space", "upper", "xdigit" };

/** Is `c` of the POSIX class with this index in `class_names`?  As in the C locale. */
static bool in_class(size_t index, unsigned char c, bool fold_case) {
	bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z', digit = c >= '0' && c <= '9';
	bool graph = c > ' ' && c < 0x7f, alnum = upper || lower || digit;
	const bool in[CTX_COUNTOF(class_names)] = {
		alnum,
		upper || lower,
		c == ' ' || c == '\t',
		c < ' ' || c == 0x7f,
		digit,
		graph,
		lower,
		graph || c == ' ',
		graph && !alnum,
		c == ' ' || (c >= '\t' && c <= '\r'),
		upper || (fold_case && lower),
		digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'),
	};
	return in[index];
}

/** Put the bytes of a class into a set.  False: there is no class of that name. */
static bool add_class(struct git_byte_set *set, const char *name, size_t len, bool fold_case) {
	size_t index = 0;
	while (index < CTX_COUNTOF(class_names) &&
		(strlen(class_names[index]) != len || memcmp(class_names[index], name, len) != 0)) {
		++index;
	}
	if (index == CTX_COUNTOF(class_names)) {
		return false;
	}
	for (unsigned c = 1; c < 256; ++c) {
		if (in_class(index, (unsigned char)c, fold_case)) {
			git_set_add(set, c);
		}
	}
	return true;
}

/** A bracket expression being read. */
struct bracket {
	const char *at, *end;
	/** The next ']' at or behind the place where one was last looked for; NULL before. */
	const char *close;
	/** The byte that a following '-' starts a range from; 0 when none can. */
	unsigned char previous;
	bool fold_case;
	struct git_byte_set set;
};

/** Take a byte that may be escaped; false at the end. */
static bool take_byte(struct bracket *b, unsigned char *out) {
	if (b->at < b->end && *b->at == '\\') {
		++b->at;
	}
	if (b->at == b->end) {
		return false;
	}
	*out = (unsigned char)*b->at++;
	return true;
}

/** "[:name:]", with `at` on it; what only begins like it is an ordinary '['.  False: malformed. */
static bool take_class(struct bracket *b) {
	const char *name = b->at + 2;
	if (b->close == NULL || b->close < name) { // looked for once, however many "[:" come before it
		b->close = memchr(name, ']', (size_t)(b->end - name));
	}
	if (b->close == NULL) {
		return false;
	}
	if (b->close == name || b->close[-1] != ':') {
		++b->at;
		b->previous = '[';
		git_set_add(&b->set, '[');
		return true;
	}
	if (!add_class(&b->set, name, (size_t)(b->close - 1 - name), b->fold_case)) {
		return false;
	}
	b->at = b->close + 1;
	b->previous = 0;
	return true;
}

/** "-x" behind a byte, with `at` on it.  False: malformed. */
static bool take_range(struct bracket *b) {
	unsigned char high;
	++b->at;
	if (!take_byte(b, &high)) {
		return false;
	}
	for (unsigned c = b->previous; c <= high; ++c) {
		git_set_add(&b->set, c);
		if (b->fold_case && c >= 'A' && c <= 'Z') {
			git_set_add(&b->set, c + ('a' - 'A'));
		}
	}
	b->previous = 0;
	return true;
}

/** The next member of a bracket expression.  False: malformed. */
static bool take_member(struct bracket *b) {
	bool two = b->end - b->at >= 2;
	if (two && b->at[0] == '[' && b->at[1] == ':') {
		return take_class(b);
	}
	if (two && b->at[0] == '-' && b->previous != 0 && b->at[1] != ']') {
		return take_range(b);
	}
	unsigned char byte;
	if (!take_byte(b, &byte)) {
		return false;
	}
	b->previous = byte;
	git_set_add(&b->set, byte);
	return true;
}

const char *git_read_bracket(bool fold_case, const char *at, const char *end, struct git_byte_set *out) {
	bool negated = at < end && (*at == '!' || *at == '^');
	struct bracket b = { .at = at + negated, .end = end, .fold_case = fold_case };
	bool first = true; // a ']' at the start is a member
	while (b.at < end && (first || *b.at != ']')) {
		first = false;
		if (!take_member(&b)) {
			return NULL;
		}
	}
	if (b.at == end) {
		return NULL;
	}
	for (unsigned c = 1; c < 256; ++c) {
		if (c != '/' && git_set_has(&b.set, fold(fold_case, (unsigned char)c)) != negated) {
			git_set_add(out, c);
		}
	}
	return b.at + 1;
}

/** Compile a bracket expression whose '[' is before `at`: what follows it, NULL when out of memory. */
static const char *compile_bracket(struct ctx_gitignore *g, const char *at, const char *end, struct step *step) {
	struct git_byte_set *set = ctx_arena_calloc(&g->arena, 1, sizeof(*set));
	if (set == NULL) {
		return NULL;
	}
	const char *next = git_read_bracket(g->fold_case, at, end, set);
	step->kind = next != NULL ? STEP_SET : STEP_NEVER;
	step->set = set;
	return next != NULL ? next : end;
}

/* ---- Compiling ---- */

/** A byte with a meaning other than itself. */
static bool is_special(char c) {
	return c == '*' || c == '?' || c == '[' || c == '\\';
}

/** Append a step; false when out of memory. */
static bool add_step(struct ctx_gitignore *g, struct step step) {
	return CTX_VEC_PUSH(&g->steps, step);
}

/**
 * Compile stars.  Two and more are a double star if they are a whole component: then they cross slashes.
 *
 * @start  Where the compiled part of the pattern starts: counts as the start of a component.
 * @first  First step of the rule.
 * @return What follows, NULL when out of memory.
 */
static const char *compile_stars(struct ctx_gitignore *g, const char *start, const char *at, const char *end,
	size_t first) {
	const char *stars = at;
	while (at < end && *at == '*') {
		++at;
	}
	bool before = stars == start || stars[-1] == '/';
	bool slash = at < end && *at == '/';
	bool escaped = end - at >= 2 && at[0] == '\\' && at[1] == '/';
	if (at - stars < 2 || !before || !(at == end || slash || escaped)) {
		return add_step(g, (struct step){ .kind = STEP_STAR }) ? at : NULL;
	}
	if (!slash) {
		return add_step(g, (struct step){ .kind = STEP_ANY }) ? at : NULL;
	}
	if (g->steps.count > first && g->steps.items[g->steps.count - 1].kind == STEP_INNER) {
		return at + 1; // one after the other match what one does
	}
	bool ok = add_step(g, (struct step){ .kind = STEP_OPTIONAL }) &&
		add_step(g, (struct step){ .kind = STEP_INNER });
	return ok ? at + 1 : NULL;
}

/** Compile the part of a pattern behind its literal prefix; false when out of memory. */
static bool compile(struct ctx_gitignore *g, const char *start, const char *end) {
	size_t first = g->steps.count;
	for (const char *at = start; at < end;) {
		if (*at == '*') {
			at = compile_stars(g, start, at, end, first);
			if (at == NULL) {
				return false;
			}
			continue;
		}
		struct step step = { .kind = STEP_BYTE };
		if (*at == '?') {
			step.kind = STEP_ONE;
			++at;
		} else if (*at == '[') {
			at = compile_bracket(g, at + 1, end, &step);
			if (at == NULL) {
				return false;
			}
		} else {
			at += *at == '\\';
			step.kind = at < end ? STEP_BYTE : STEP_NEVER; // nothing is escaped by a final backslash
			step.byte = at < end ? fold(g->fold_case, (unsigned char)*at++) : 0;
		}
		if (!add_step(g, step)) {
			return false;
		}
	}
	return true;
}

/** Copy the literal start of a pattern, folded; false when out of memory. */
static bool set_prefix(struct ctx_gitignore *g, struct rule *rule, const char *text, size_t len) {
	char *copy = ctx_arena_memdup0(&g->arena, text, len);
	for (size_t i = 0; copy != NULL && i < len; ++i) {
		copy[i] = (char)fold(g->fold_case, (unsigned char)copy[i]);
	}
	rule->prefix = copy;
	rule->prefix_len = len;
	return copy != NULL;
}

/** Compile one line; false when out of memory. */
static bool add_rule(struct ctx_gitignore *g, const char *text, size_t len) {
	struct rule rule = { .first = g->steps.count };
	if (len > 0 && text[0] == '!') {
		rule.negated = true;
		++text;
		--len;
	}
	if (len > 0 && text[len - 1] == '/') {
		rule.dir_only = true;
		--len;
	}
	if (len == 0) {
		return true; // matches nothing
	}
	rule.base_only = memchr(text, '/', len) == NULL;
	if (text[0] == '/') {
		++text;
		--len;
	}
	size_t prefix = 0;
	while (prefix < len && !is_special(text[prefix])) {
		++prefix;
	}
	if (!set_prefix(g, &rule, text, prefix) || !compile(g, text + prefix, text + len)) {
		return false;
	}
	rule.count = g->steps.count - rule.first;
	for (size_t i = rule.first; i < g->steps.count; ++i) {
		enum step_kind kind = g->steps.items[i].kind;
		rule.min_len += kind == STEP_BYTE || kind == STEP_ONE || kind == STEP_SET ? 1 : 0;
	}
	return CTX_VEC_PUSH(&g->rules, rule);
}

size_t git_trim_spaces(const char *line, size_t len) {
	size_t end = 0;
	for (size_t i = 0; i < len; ++i) {
		if (line[i] == '\\') {
			++i;
			if (i == len) {
				return len;
			}
			end = i + 1;
		} else if (line[i] != ' ') {
			end = i + 1;
		}
	}
	return end;
}

/** Compile one line as it stands in the file, without its newline; false when out of memory. */
static bool add_line(struct ctx_gitignore *g, const char *line, size_t len) {
	if (len == 0 || line[0] == '#') {
		return true;
	}
	if (line[len - 1] == '\r') {
		--len;
	}
	const char *nul = memchr(line, '\0', len); // git handles lines as C strings
	len = nul != NULL ? (size_t)(nul - line) : len;
	return add_rule(g, line, git_trim_spaces(line, len));
}

/** Make room for the states of the longest rule. */
static bool make_states(struct ctx_gitignore *g) {
	size_t most = 0;
	for (size_t i = 0; i < g->rules.count; ++i) {
		most = g->rules.items[i].count > most ? g->rules.items[i].count : most;
	}
	g->states = ctx_calloc(most + 1, 1);
	return g->states != NULL;
}

int ctx_gitignore_parse(struct ctx_gitignore **out, const char *text, size_t len, bool fold_case,
	struct ctx_error *err) {
	struct ctx_gitignore *g = ctx_calloc(1, sizeof(*g));
	if (g == NULL) {
		return ctx_fail_nomem(err);
	}
	g->fold_case = fold_case;

	const char *at = text, *end = len > 0 ? text + len : text;
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		at += 3;
	}
	bool ok = true;
	while (ok && at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *stop = newline != NULL ? newline : end;
		ok = add_line(g, at, (size_t)(stop - at));
		at = newline != NULL ? newline + 1 : end;
	}
	if (!ok || !make_states(g)) {
		ctx_gitignore_free(g);
		return ctx_fail_nomem(err);
	}
	*out = g;
	return 0;
}

void ctx_gitignore_free(struct ctx_gitignore *g) {
	if (g == NULL) {
		return;
	}
	CTX_VEC_RELEASE(&g->rules);
	CTX_VEC_RELEASE(&g->steps);
	free(g->states);
	ctx_arena_release(&g->arena);
	free(g);
}

/* ---- Matching ---- */

/** Does a state that is left by consuming one byte accept this one? */
static bool accepts(const struct step *step, unsigned char c) {
	switch (step->kind) {
	case STEP_BYTE:
		return c == step->byte;
	case STEP_ONE:
		return c != '/';
	case STEP_SET:
		return git_set_has(step->set, c);
	case STEP_INNER:
		return c == '/';
	case STEP_STAR:
	case STEP_ANY:
	case STEP_OPTIONAL:
	case STEP_NEVER:
		break;
	}
	return false;
}

/** Does a state stay when it consumes this byte? */
static bool stays(const struct step *step, unsigned char c) {
	return step->kind == STEP_INNER || step->kind == STEP_ANY || (step->kind == STEP_STAR && c != '/');
}

/** Follow the steps that need no byte; true if any state is on. */
static bool close_states(const struct step *steps, size_t count, unsigned char *on) {
	bool any = on[count] != 0;
	for (size_t j = 0; j < count; ++j) {
		if (!on[j]) {
			continue;
		}
		any = true;
		enum step_kind kind = steps[j].kind;
		if (kind == STEP_STAR || kind == STEP_ANY || kind == STEP_OPTIONAL) {
			on[j + 1] = 1;
		}
		if (kind == STEP_OPTIONAL) {
			on[j + 2] = 1;
		}
	}
	return any || on[count] != 0;
}

/** Do the steps match the whole text? */
static bool run(const struct ctx_gitignore *g, const struct rule *rule, const char *text, size_t len) {
	if (rule->count == 0) {
		return len == 0;
	}
	const struct step *steps = g->steps.items + rule->first;
	size_t count = rule->count;
	unsigned char *on = g->states;
	memset(on, 0, count + 1);
	on[0] = 1;
	for (size_t i = 0; close_states(steps, count, on) && i < len; ++i) {
		unsigned char c = fold(g->fold_case, (unsigned char)text[i]);
		on[count] = 0;
		for (size_t j = count;
			j-- > 0;) { // from the end, so that a state is read before its left neighbour sets it
			bool was = on[j] != 0;
			on[j] = was && stays(&steps[j], c);
			on[j + 1] |= was && accepts(&steps[j], c);
		}
	}
	return on[count] != 0;
}

/** Does one rule match one path? */
static bool matches(const struct ctx_gitignore *g, const struct rule *rule, const char *path, size_t len) {
	if (rule->base_only) {
		const char *slash = memrchr(path, '/', len);
		size_t skip = slash != NULL ? (size_t)(slash - path) + 1 : 0;
		path += skip;
		len -= skip;
	}
	if (len < rule->prefix_len || len - rule->prefix_len < rule->min_len) {
		return false;
	}
	for (size_t i = 0; i < rule->prefix_len; ++i) {
		if (fold(g->fold_case, (unsigned char)path[i]) != (unsigned char)rule->prefix[i]) {
			return false;
		}
	}
	return run(g, rule, path + rule->prefix_len, len - rule->prefix_len);
}

enum ctx_git_verdict ctx_gitignore_match(struct ctx_gitignore *g, const char *path, size_t len, bool is_dir) {
	for (size_t i = g->rules.count; i-- > 0;) {
		const struct rule *rule = &g->rules.items[i];
		if ((is_dir || !rule->dir_only) && matches(g, rule, path, len)) {
			return rule->negated ? CTX_GIT_KEPT : CTX_GIT_IGNORED;
		}
	}
	return CTX_GIT_SILENT;
}

int ctx_git_reads_rules(const char *text, size_t len, const char *path, bool is_dir, bool *ignored,
	struct ctx_error *err) {
	struct ctx_gitignore *g;
	int rc = ctx_gitignore_parse(&g, text, len, false, err);
	if (rc < 0) {
		return rc;
	}
	size_t path_len = strlen(path);
	*ignored = false;
	for (size_t end = 0; end < path_len && !*ignored; ++end) {
		end += strcspn(path + end, "/");
		*ignored = ctx_gitignore_match(g, path, end, is_dir || end < path_len) == CTX_GIT_IGNORED;
	}
	ctx_gitignore_free(g);
	return 0;
}
