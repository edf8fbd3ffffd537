#include "analyzer/report/cells.h"
#include "analyzer/report/steps.h"
#include "analyzer/report/text.h"
#include "analyzer/report/words.h"

/** Write a part of the path; directories end in '/'. */
static void print_part(struct ctx_out *out, const struct ctx_explanation *e, size_t len) {
	ctx_out_name(out, e->path, len);
	bool dir = len < e->path_len || e->kind == CTX_KIND_DIR;
	ctx_out_puts(out, dir ? "/" : "");
}

/** The verdict in a word or two. */
static void print_verdict(struct ctx_out *out, const struct ctx_explanation *e) {
	if (e->kept && e->excluded) {
		ana_styled(out, CTX_STYLE_YELLOW, "excluded, yet present");
	} else if (e->refused) {
		ana_styled(out, CTX_STYLE_YELLOW, "kept, arrives empty");
	} else if (e->kept && e->symlink_parent_len == 0) {
		ana_styled(out, CTX_STYLE_GREEN, "kept");
	} else if (e->kept) {
		ana_styled(out, CTX_STYLE_RED, "not part of the context");
	} else {
		ana_styled(out, CTX_STYLE_RED, "excluded");
	}
}

/** "PATH: excluded  .dockerignore:3:node_modules". */
static void print_answer(struct ctx_out *out, const struct ana_why *r, size_t index) {
	const struct ctx_explanation *e = &r->items[index];
	ctx_out_name(out, r->given[index], strlen(r->given[index]));
	ctx_out_puts(out, ": ");
	print_verdict(out, e);
	uint32_t rule = e->refused ? e->refused_rule : e->rule;
	if (rule > 0) {
		const struct ctx_rule *x = r->rules[rule - 1];
		ctx_out_puts(out, "  ");
		ctx_out_name(out, r->head.source.ignore_file, strlen(r->head.source.ignore_file));
		ctx_out_printf(out, ":%u:", x->line);
		ctx_out_name(out, x->text, x->text_len);
	} else if (r->rule_count > 0) {
		ctx_out_puts(out, "  (no rule matches)");
	} else {
		ctx_out_puts(out, "  (there are no rules)");
	}
	ctx_out_puts(out, "\n");
}

/**
 * Does the rule look as if it kept the path?  An exception for a directory that is not excluded itself is skipped
 * there, and has no effect on what lies in it.
 */
static bool is_trap(const struct ana_why *r, const struct ctx_explanation *e, const struct ctx_touch *t) {
	return t->how == CTX_TRACE_SKIPPED && e->excluded && t->path_len < e->path_len && t->rule > e->rule &&
		r->rules[t->rule - 1]->negated;
}

/** One rule that touched the path. */
static void print_touch(struct ctx_out *out, const struct ana_why *r, const struct ctx_explanation *e,
	const struct ctx_touch *t) {
	const struct ctx_rule *x = r->rules[t->rule - 1];
	ctx_out_printf(out, "    line %u: ", x->line);
	ctx_out_name(out, x->text, x->text_len);
	switch (t->how) {
	case CTX_TRACE_MATCHED:
		ctx_out_puts(out, t->excluded ? "  excludes " : "  keeps ");
		print_part(out, e, t->path_len);
		break;
	case CTX_TRACE_INHERITED:
		ctx_out_puts(out, "  matched a parent, stays in force for ");
		print_part(out, e, t->path_len);
		break;
	case CTX_TRACE_SKIPPED:
		ctx_out_puts(out, "  matches ");
		print_part(out, e, t->path_len);
		if (is_trap(r, e, t)) {
			ctx_out_puts(out, ", which is not excluded itself: no effect on what lies in it");
		} else {
			ctx_out_puts(out,
				t->excluded ? " but is skipped: excluded already" : " but is skipped: kept already");
		}
		break;
	}
	ctx_out_puts(out, "\n");
}

/** The rules that touched the path, unless the first line has said all. */
static void print_touches(struct ctx_out *out, const struct ana_why *r, const struct ctx_explanation *e) {
	size_t shown = 0;
	bool elsewhere = false;
	for (size_t i = 0; i < e->touches.count; ++i) {
		const struct ctx_touch *t = &e->touches.items[i];
		shown += t->how == CTX_TRACE_MATCHED || is_trap(r, e, t);
		elsewhere = elsewhere || t->path_len != e->path_len;
	}
	if (shown < 2 && !elsewhere && !r->head.verbose) {
		return;
	}
	for (size_t i = 0; i < e->touches.count; ++i) {
		const struct ctx_touch *t = &e->touches.items[i];
		if (t->how == CTX_TRACE_MATCHED || is_trap(r, e, t) || r->head.verbose) {
			print_touch(out, r, e, t);
		}
	}
}

/** What else a person should know about the path. */
static void print_notes(struct ctx_out *out, const struct ctx_explanation *e) {
	if (!e->exists && e->symlink_parent_len == 0) {
		ctx_out_puts(out, "    does not exist: this is about the name\n");
	}
	if (e->symlink_parent_len > 0) {
		ctx_out_puts(out, "    ");
		ctx_out_name(out, e->path, e->symlink_parent_len);
		ctx_out_puts(out, " is a symlink: a build sees the link, and nothing below it\n");
	}
	if (e->kept_below != NULL) {
		ctx_out_puts(out, "    present because below it ");
		ctx_out_name(out, e->kept_below, e->kept_below_len);
		ctx_out_puts(out, " is kept\n");
	}
	if (e->kept && e->excluded_parent_len > 0) {
		ctx_out_puts(out, "    ");
		print_part(out, e, e->excluded_parent_len);
		ctx_out_puts(out, " is excluded, and present only because something below it is kept\n");
	}
	if (e->refused) {
		ctx_out_puts(out, "    the walk keeps it, but its bytes are refused when the build asks for them\n");
	}
}

/** Which steps read it. */
static void print_steps(struct ctx_out *out, const struct ana_why *r, size_t index) {
	const struct ctx_explanation *e = &r->items[index];
	if (r->uses == NULL || !e->kept || !e->exists || e->symlink_parent_len > 0) {
		return;
	}
	const struct ana_why_build *use = &r->uses[index];
	for (size_t i = 0; i < use->step_count; ++i) {
		const struct ana_vertex *v = ana_step_vertex(r->build->outline, use->steps[i]);
		ctx_out_printf(out, "    read by line %u: ", v->first_line);
		size_t room = ana_room(out, 20);
		ana_cells_put(out, v->name, r->head.verbose ? SIZE_MAX : room > 100 ? 100 : room, r->head.utf8);
		ctx_out_puts(out, "\n");
	}
	if (use->step_count == 0) {
		ctx_out_puts(out,
			use->wanted ? "    sent, but no step reads it\n" : "    not sent: no step asks for it\n");
	}
}

/** Where git would decide otherwise. */
static void print_git(struct ctx_out *out, const struct ctx_explanation *e) {
	if (e->git_reads && e->git_reads_ignored != e->excluded) {
		ctx_out_printf(out, "    git differs: in a .gitignore the same rules would %s it\n",
			e->git_reads_ignored ? "ignore" : "keep");
	}
	if (!e->git_knows || e->git.internal) {
		return;
	}
	if (!e->excluded && e->git.ignored && !e->git.tracked) {
		ctx_out_puts(out, "    git ignores it\n");
	} else if (e->excluded && e->git.tracked) {
		ctx_out_puts(out, "    git tracks it\n");
	}
}

void ana_text_why(struct ctx_out *out, const struct ana_why *r) {
	for (size_t i = 0; i < r->count; ++i) {
		print_answer(out, r, i);
		if (!r->head.quiet) {
			print_touches(out, r, &r->items[i]);
			print_notes(out, &r->items[i]);
			print_steps(out, r, i);
			print_git(out, &r->items[i]);
		}
	}
}
