/**
 * `reorder`: the changes, what was left alone, what builds cost before and after, the diff.
 *
 *	1 change saves 38.1 s of 45.0 s a build (85 %), on 33 builds that it was not chosen by
 *
 *	4: COPY . .  (equivalent)
 *	    goes below 5: RUN npm ci
 *	    above stays: COPY package.json package-lock.json ./
 *	    saves 38.1 s a build
 *	    5: npm ci reads package.json and its lock file
 *
 *	Left alone
 *	    9: RUN make
 *	    'make' runs code that nobody here knows
 */
#include "analyzer/report/cells.h"
#include "analyzer/report/text.h"
#include "analyzer/report/words.h"

const char *const ana_cost_model_names[] = { "time", "steps", "bytes", NULL };

double ana_order_saving(const struct ana_order_part *part, enum ana_cost_model model) {
	double before = part->before.of[model];
	return before > 0 ? (before - part->after.of[model]) / before : 0;
}

/** A cost in the units of a model. */
static void print_cost(struct ctx_out *out, double cost, enum ana_cost_model model) {
	char bytes[CTX_HUMAN_MAX];
	if (model == ANA_COST_TIME) {
		ctx_out_printf(out, "%.1f s", cost);
	} else if (model == ANA_COST_STEPS) {
		ctx_out_printf(out, "%.2f steps", cost);
	} else {
		ctx_out_printf(out, "%s%s", cost < 0 ? "-" : "",
			ctx_human_bytes(bytes, (uint64_t)(cost < 0 ? -cost : cost)));
	}
}

/** "5: RUN npm ci" */
static void print_step(struct ctx_out *out, const struct ana_order_report *r, uint32_t line, const char *text) {
	ctx_out_printf(out, "%u: ", line);
	ana_cells_put(out, CTX_STR(text), ana_room(out, 30), r->head.utf8);
}

/** Words that hold those of strangers. */
static void print_words(struct ctx_out *out, const struct ana_order_report *r, const char *words) {
	ana_cells_put(out, CTX_STR(words), SIZE_MAX, r->head.utf8);
	ctx_out_puts(out, "\n");
}

/** What one change or edit saves. */
static void print_gain(struct ctx_out *out, const struct ana_order_report *r, const struct ana_order_cost *gain) {
	if (gain->of[r->model_number] > 0) {
		ctx_out_puts(out, "    without it a build costs ");
		print_cost(out, gain->of[r->model_number], r->model_number);
		ctx_out_puts(out, " more\n");
	}
}

/** What a person must agree to; NULL for nothing. */
static void print_review(struct ctx_out *out, const struct ana_order_report *r, const char *review) {
	if (review != NULL) {
		ctx_out_puts(out, "    to agree to: ");
		print_words(out, r, review);
	}
}

/** One change. */
static void print_change(struct ctx_out *out, const struct ana_order_report *r, size_t index) {
	const struct ana_order_change *change = &r->changes[index];
	ctx_out_style(out, CTX_STYLE_BOLD);
	print_step(out, r, change->line, change->text);
	ctx_out_style(out, CTX_STYLE_RESET);
	ctx_out_printf(out, "  (%s)\n    goes below ", ana_proof_name(change->proof));
	print_step(out, r, change->below_line, change->below);
	ctx_out_puts(out, "\n");
	if (change->apart[0] != '\0') {
		ctx_out_puts(out, "    above stays: ");
		print_words(out, r, change->apart);
	}
	print_gain(out, r, &r->gains[index]);
	print_review(out, r, change->review);
	for (uint32_t i = 0; i < change->edge_count; ++i) {
		ctx_out_printf(out, "    line %u: ", change->edges[i].line);
		print_words(out, r, change->edges[i].why);
	}
	ctx_out_puts(out, "\n");
}

/** One edit of single steps. */
static void print_edit(struct ctx_out *out, const struct ana_order_report *r, size_t index) {
	const struct ana_step_edit *edit = &r->edits[index];
	ctx_out_style(out, CTX_STYLE_BOLD);
	if (edit->line > 0) {
		print_step(out, r, edit->line, edit->changes[0].text);
	} else {
		ctx_out_puts(out, "new: ");
		ana_cells_put(out, CTX_STR(edit->changes[0].text), ana_room(out, 30), r->head.utf8);
	}
	ctx_out_style(out, CTX_STYLE_RESET);
	ctx_out_printf(out, "  (%s)\n    ", ana_proof_name(edit->proof));
	for (uint32_t i = 0; i < edit->change_count; ++i) {
		const struct ana_step_change *change = &edit->changes[i];
		if (i > 0) {
			ctx_out_puts(out, "    and ");
			ana_cells_put(out, CTX_STR(change->text), ana_room(out, 8), r->head.utf8);
			ctx_out_puts(out, "\n    ");
		}
		ctx_out_puts(out, change->now[0] != '\0' ? "becomes: " : "is left out\n");
		if (change->now[0] != '\0') {
			print_words(out, r, change->now);
		}
	}
	print_gain(out, r, &r->edit_gains[index]);
	print_review(out, r, edit->review);
	ctx_out_puts(out, "    why: ");
	print_words(out, r, edit->why);
	ctx_out_puts(out, "\n");
}

/** What was left alone. */
static void print_held(struct ctx_out *out, const struct ana_order_report *r) {
	for (size_t i = 0; i < r->held_count; ++i) {
		if (i == 0) {
			ana_styled(out, CTX_STYLE_BOLD, "Left alone");
			ctx_out_puts(out, "\n");
		}
		ctx_out_puts(out, "    ");
		print_step(out, r, r->held[i].line, r->held[i].text);
		ctx_out_puts(out, "\n        ");
		print_words(out, r, r->held[i].why);
	}
	ctx_out_puts(out, r->held_count > 0 ? "\n" : "");
}

/** One line of the table of costs. */
static void print_part(struct ctx_out *out, const char *name, const struct ana_order_part *part,
	enum ana_cost_model model) {
	ctx_out_printf(out, "    %-6s %s, %u builds: ", ana_cost_model_names[model], name, part->builds);
	print_cost(out, part->before.of[model], model);
	ctx_out_puts(out, " -> ");
	print_cost(out, part->after.of[model], model);
	double saving = ana_order_saving(part, model);
	ctx_out_printf(out, " (%d %% %s)\n", (int)(100 * (saving < 0 ? -saving : saving)),
		saving < 0 ? "more" : "less");
}

/** What a build costs, before and after. */
static void print_costs(struct ctx_out *out, const struct ana_order_report *r) {
	ana_styled(out, CTX_STYLE_BOLD, "Costs a build");
	ctx_out_puts(out, "\n");
	print_part(out, "older", &r->fitted, r->model_number);
	for (unsigned m = 0; m < ANA_COST_MODEL_COUNT; ++m) {
		print_part(out, "newer", &r->scored, (enum ana_cost_model)m);
	}
	for (unsigned m = 0; m < ANA_COST_MODEL_COUNT; ++m) {
		if (ana_order_saving(&r->scored, (enum ana_cost_model)m) <= 0) {
			ctx_out_printf(out, "    worth it by %s, not by %s\n", r->model, ana_cost_model_names[m]);
		}
	}
	if (r->left_out > 0) {
		ctx_out_printf(out, "    %u of %zu commits are left out: they do not build with both files\n",
			r->left_out, r->commits);
	}
	ctx_out_puts(out, "\n");
}

/** The diff; names of strangers are in it. */
static void print_diff(struct ctx_out *out, const struct ana_order_report *r) {
	struct ctx_str left = { r->diff, r->diff_len };
	while (left.len > 0) {
		size_t end = ctx_str_find(left, '\n');
		ctx_out_name(out, left.ptr, end);
		ctx_out_puts(out, "\n");
		left = ctx_str_from(left, end < left.len ? end + 1 : end);
	}
}

/** All but what --verify found. */
static void print_order(struct ctx_out *out, const struct ana_order_report *r) {
	enum ana_cost_model model = r->model_number;
	if (r->head.quiet) {
		ctx_out_write(out, r->diff, r->diff_len);
		return;
	}
	if (r->change_count + r->edit_count == 0) {
		ctx_out_printf(out, "nothing to propose%s%s\n\n", r->nothing != NULL ? ": " : "",
			r->nothing != NULL ? r->nothing : "");
		print_held(out, r);
		return;
	}
	ana_count(out, r->change_count + r->edit_count, "change saves ", "changes save ");
	print_cost(out, r->scored.before.of[model] - r->scored.after.of[model], model);
	ctx_out_puts(out, " of ");
	print_cost(out, r->scored.before.of[model], model);
	ctx_out_printf(out, " a build (%d %%), on %u builds that the choice was not made by\n\n",
		(int)(100 * ana_order_saving(&r->scored, model)), r->scored.builds);
	for (size_t i = 0; i < r->change_count; ++i) {
		print_change(out, r, i);
	}
	for (size_t i = 0; i < r->edit_count; ++i) {
		print_edit(out, r, i);
	}
	print_held(out, r);
	print_costs(out, r);
	print_diff(out, r);
	bool review = false;
	for (size_t i = 0; i < r->change_count; ++i) {
		review = review || r->changes[i].proof == ANA_PROOF_REVIEW;
	}
	for (size_t i = 0; i < r->edit_count; ++i) {
		review = review || r->edits[i].proof == ANA_PROOF_REVIEW;
	}
	ctx_out_puts(out, "\n");
	ana_take_line(out, &r->head, r->prog, review);
}

void ana_text_reorder(struct ctx_out *out, const struct ana_order_report *r) {
	print_order(out, r);
	if (r->verify != NULL) {
		ana_text_verify(out, &r->head, r->verify);
	}
}
