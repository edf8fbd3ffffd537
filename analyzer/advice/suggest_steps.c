#include "analyzer/advice/steps_internal.h"

#include <ctype.h>
#include <stdlib.h>

/** Longest line that gets a flag and is not broken behind it. */
#define WIDTH 100

/** The kinds. */
static const struct {
	const char *name;
	int (*look)(struct ana_steps *s);
} kinds[] = {
	[ANA_STEP_BIND] = { "bind", ana_steps_bind_look },
	[ANA_STEP_LINK] = { "link", ana_steps_link_look },
	[ANA_STEP_CACHE] = { "cache", ana_steps_cache_look },
};

const char *ana_step_kind_name(enum ana_step_kind kind) {
	return kinds[kind].name;
}

/* ---- The list ---- */

/** Does the frontend that a file asks for know the flags?  They are of docker/dockerfile:1.4. */
static bool knows_flags(const struct ana_directives *directives) {
	struct ctx_str name = directives->syntax;
	if (name.ptr == NULL || name.len == 0) {
		return true;
	}
	size_t at = ctx_str_find(name, '@');
	name.len = at;
	if (ctx_str_starts(name, "docker.io/")) {
		name = ctx_str_from(name, strlen("docker.io/"));
	}
	struct ctx_str tag = ctx_str_from(name, ctx_str_find(name, ':') + (ctx_str_find(name, ':') < name.len));
	name.len = ctx_str_find(name, ':');
	if (!ctx_str_is(name, "docker/dockerfile")) {
		return false;
	}
	bool minor = ctx_str_starts(tag, "1.") && tag.len > 2 && isdigit((unsigned char)tag.ptr[2]);
	bool recent = minor && (tag.ptr[2] >= '4' || (tag.len > 3 && isdigit((unsigned char)tag.ptr[3])));
	return tag.len == 0 || ctx_str_is(tag, "1") || ctx_str_is(tag, "latest") || ctx_str_is(tag, "1-labs") ||
		ctx_str_is(tag, "labs") || recent;
}

/** Where in the text the keyword of an instruction ends; 0 if it is not in one piece, or an instruction within another. */
static uint32_t keyword_end(const struct ana_syntax *syntax, const struct ana_node *node) {
	size_t skip = 0;
	while (skip < node->logical.len && isspace((unsigned char)node->logical.ptr[skip])) {
		++skip;
	}
	uint32_t end = node->piece_count == 0 ? 0 : node->pieces[0].source + (uint32_t)(skip + node->keyword_text.len);
	bool whole = end > 0 && end < syntax->text.len &&
		(node->piece_count == 1 || node->pieces[1].at >= skip + node->keyword_text.len) &&
		memcmp(syntax->text.ptr + end - node->keyword_text.len, node->keyword_text.ptr,
			node->keyword_text.len) == 0 &&
		isspace((unsigned char)syntax->text.ptr[end]);
	return whole ? end : 0;
}

/** "COPY --link a b": the keyword, flags, the rest of the logical line. */
static const char *text_with(struct ana_order *o, const struct ana_step_change *change) {
	const struct ana_node *node = o->units[change->unit].ins->node;
	const char *flags = "";
	for (uint32_t i = 0; i < change->flag_count; ++i) {
		flags = ana_order_say(o, "%s %s", flags, change->flags[i]);
	}
	struct ctx_str rest = ctx_str_from(node->line_text, node->keyword_text.len);
	return ana_order_say(o, "%.*s%s%.*s", CTX_STR_ARGS(node->keyword_text), flags, CTX_STR_ARGS(rest));
}

int ana_steps_add(struct ana_steps *s, struct ana_step_edit edit) {
	const struct ana_syntax *syntax = &s->o->in.variant->model.syntax;
	bool fits = s->edits.count < ANA_STEPS_MAX;
	for (uint32_t i = 0; fits && i < edit.change_count; ++i) {
		struct ana_step_change *change = &edit.changes[i];
		const struct ana_node *node = s->o->units[change->unit].ins->node;
		fits = keyword_end(syntax, node) > 0;
		change->text = ana_order_say(s->o, "%.*s", CTX_STR_ARGS(node->line_text));
		change->now = fits && change->flag_count > 0 ? text_with(s->o, change) : "";
	}
	edit.line = s->o->units[edit.changes[0].unit].ins->node->first_line;
	return !fits || CTX_VEC_PUSH(&s->edits, edit) ? 0 : ctx_fail_nomem(s->o->err);
}

int ana_steps_new(struct ana_steps **out, struct ana_order *order, struct ctx_error *err) {
	struct ana_steps *s = ctx_calloc(1, sizeof(*s));
	if (s == NULL) {
		return ctx_fail_nomem(err);
	}
	s->o = order;
	order->err = err;
	int rc = 0;
	bool known = knows_flags(&order->in.variant->model.syntax.directives);
	for (unsigned kind = 0; known && rc == 0 && kind < ANA_STEP_KIND_COUNT; ++kind) {
		rc = kinds[kind].look(s);
	}
	if (rc < 0) {
		ana_steps_free(s);
		return rc;
	}
	*out = s;
	return 0;
}

void ana_steps_free(struct ana_steps *steps) {
	if (steps != NULL) {
		CTX_VEC_RELEASE(&steps->edits);
		free(steps);
	}
}

uint32_t ana_steps_count(const struct ana_steps *steps) {
	return (uint32_t)steps->edits.count;
}

const struct ana_step_edit *ana_steps_at(const struct ana_steps *steps, uint32_t number) {
	return &steps->edits.items[number];
}

/* ---- The file ---- */

struct ana_step_sum ana_steps_sum(const struct ana_steps *s, const bool *taken, uint32_t unit) {
	struct ana_step_sum sum = { 0 };
	for (size_t i = 0; i < s->edits.count; ++i) {
		const struct ana_step_edit *edit = &s->edits.items[i];
		for (uint32_t k = 0; taken[i] && k < edit->change_count; ++k) {
			const struct ana_step_change *change = &edit->changes[k];
			sum.gone = sum.gone || (change->unit == unit && change->flag_count == 0);
			sum.flags += change->unit == unit ? change->flag_count : 0;
		}
	}
	return sum;
}

const char *ana_steps_flag(const struct ana_steps *s, const bool *taken, uint32_t unit, uint32_t number) {
	for (size_t i = 0; i < s->edits.count; ++i) {
		const struct ana_step_edit *edit = &s->edits.items[i];
		for (uint32_t k = 0; taken[i] && k < edit->change_count; ++k) {
			const struct ana_step_change *change = &edit->changes[k];
			if (change->unit == unit && number < change->flag_count) {
				return change->flags[number];
			}
			number -= change->unit == unit ? change->flag_count : 0;
		}
	}
	return "";
}

/** Bytes up to the end of the line, without it. */
static size_t rest_of_line(struct ctx_str text, uint32_t at) {
	struct ctx_str rest = ctx_str_from(text, at);
	size_t len = ctx_str_find(rest, '\n');
	return len > 0 && rest.ptr[len - 1] == '\r' ? len - 1 : len;
}

/** Append the flags of an instruction: one behind the keyword if the line stays short, else one a line. */
static void put_flags(const struct ana_steps *s, const bool *taken, uint32_t unit, uint32_t at, struct ctx_buf *out) {
	const struct ana_syntax *syntax = &s->o->in.variant->model.syntax;
	struct ctx_str text = syntax->text;
	uint32_t count = ana_steps_sum(s, taken, unit).flags;
	size_t rest = rest_of_line(text, at), blanks = 0, width = rest;
	while (blanks < rest && isspace((unsigned char)text.ptr[at + blanks])) {
		++blanks;
	}
	char escape = syntax->directives.escape;
	bool ends = rest > 0 && rest == blanks + 1 && text.ptr[at + blanks] == escape;
	const char *eol = at + rest < text.len && text.ptr[at + rest] == '\r' ? "\r\n" : "\n";
	for (uint32_t i = 0; i < count; ++i) {
		width += 1 + strlen(ana_steps_flag(s, taken, unit, i));
	}
	bool breaks = width > WIDTH && strncmp(ana_steps_flag(s, taken, unit, 0), "--link", 6) != 0;
	for (uint32_t i = 0; i < count; ++i) {
		ctx_buf_addf(out, " %s", ana_steps_flag(s, taken, unit, i));
		if (breaks && (i + 1 < count || !ends)) {
			ctx_buf_addf(out, " %c%s   ", escape, eol);
		}
	}
}

int ana_steps_text(const struct ana_steps *steps, const bool *taken, struct ctx_buf *out, struct ctx_error *err) {
	const struct ana_order *o = steps->o;
	const struct ana_syntax *syntax = &o->in.variant->model.syntax;
	struct ctx_str text = syntax->text;
	uint32_t done = 0;
	for (uint32_t i = 0; i < o->count; ++i) { // stages and their instructions are in the order of the file
		const struct ana_node *node = o->units[i].ins->node;
		struct ana_step_sum sum = ana_steps_sum(steps, taken, i);
		uint32_t at = sum.gone ? syntax->line_starts.items[node->first_line - 1] : keyword_end(syntax, node);
		if ((!sum.gone && sum.flags == 0) || at < done) {
			continue;
		}
		ctx_buf_add(out, text.ptr + done, at - done);
		done = at;
		if (sum.gone) {
			done = node->end_line < syntax->line_starts.count ? syntax->line_starts.items[node->end_line]
									  : (uint32_t)text.len;
		} else {
			put_flags(steps, taken, i, at, out);
		}
	}
	ctx_buf_add(out, text.ptr + done, text.len - done);
	return ctx_buf_ok(out) ? 0 : ctx_fail_nomem(err);
}
