/**
 * `reorder` for pull requests: a table of changes, what was left alone, and the diff.
 */
#include "analyzer/report/markdown_parts.h"

/** Words in a cell. */
static void put_words(struct ctx_out *out, const char *words) {
	ctx_out_puts(out, " ");
	ana_markdown_code(out, words, strlen(words));
	ctx_out_puts(out, " |");
}

/** What builds cost by one model. */
static void put_part(struct ctx_out *out, const struct ana_order_report *r, enum ana_cost_model model) {
	const struct ana_order_part *part = &r->scored;
	ctx_out_printf(out, "| %s | %.2f | %.2f | %.0f %% |\n", ana_cost_model_names[model], part->before.of[model],
		part->after.of[model], 100 * ana_order_saving(part, model));
}

/** What moves. */
static void put_changes(struct ctx_out *out, const struct ana_order_report *r) {
	if (r->change_count > 0) {
		ctx_out_puts(out,
			"| Line | Instruction | Goes below | Above stays | Proof | To agree to |\n"
			"| ---: | :--- | :--- | :--- | :--- | :--- |\n");
	}
	for (size_t i = 0; i < r->change_count; ++i) {
		const struct ana_order_change *change = &r->changes[i];
		ctx_out_printf(out, "| %u |", change->line);
		put_words(out, change->text);
		put_words(out, change->below);
		put_words(out, change->apart[0] != '\0' ? change->apart : "-");
		ctx_out_printf(out, " %s |", ana_proof_name(change->proof));
		put_words(out, change->review != NULL ? change->review : "-");
		ctx_out_puts(out, "\n");
	}
}

/** One edit: a row for each of its steps. */
static void put_edit(struct ctx_out *out, const struct ana_step_edit *edit) {
	for (uint32_t i = 0; i < edit->change_count; ++i) {
		const struct ana_step_change *change = &edit->changes[i];
		if (i > 0 || edit->line == 0) {
			ctx_out_puts(out, i > 0 ? "| and |" : "| new |");
		} else {
			ctx_out_printf(out, "| %u |", edit->line);
		}
		put_words(out, change->text);
		if (change->now[0] != '\0') {
			put_words(out, change->now);
		} else {
			ctx_out_puts(out, " left out |");
		}
		ctx_out_printf(out, " %s |", ana_proof_name(edit->proof));
		put_words(out, edit->review != NULL ? edit->review : "-");
		ctx_out_puts(out, "\n");
	}
}

/** What is written in another way. */
static void put_edits(struct ctx_out *out, const struct ana_order_report *r) {
	if (r->edit_count > 0) {
		ctx_out_printf(out,
			"%s| Line | Instruction | Becomes | Proof | To agree to |\n"
			"| ---: | :--- | :--- | :--- | :--- |\n",
			r->change_count > 0 ? "\n" : "");
	}
	for (size_t i = 0; i < r->edit_count; ++i) {
		put_edit(out, &r->edits[i]);
	}
}

void ana_markdown_reorder(struct ctx_out *out, const struct ana_order_report *r) {
	bool any = r->change_count + r->edit_count > 0;
	if (!any) {
		ctx_out_printf(out, "Nothing to propose%s%s.\n", r->nothing != NULL ? ": " : "",
			r->nothing != NULL ? r->nothing : "");
	}
	put_changes(out, r);
	put_edits(out, r);
	if (r->held_count > 0) {
		ctx_out_puts(out, "\n| Line | Left alone | Why |\n| ---: | :--- | :--- |\n");
	}
	for (size_t i = 0; i < r->held_count; ++i) {
		ctx_out_printf(out, "| %u |", r->held[i].line);
		put_words(out, r->held[i].text);
		put_words(out, r->held[i].why);
		ctx_out_puts(out, "\n");
	}
	if (any) {
		ctx_out_printf(out, "\n| Cost model | A build now | Then | Saved |\n| :--- | ---: | ---: | ---: |\n");
		for (unsigned m = 0; m < ANA_COST_MODEL_COUNT; ++m) {
			put_part(out, r, (enum ana_cost_model)m);
		}
		ctx_out_printf(out, "\nReplayed on %u builds that the choice was not made by.\n\n~~~diff\n",
			r->scored.builds);
		ctx_out_write(out, r->diff, r->diff_len);
		ctx_out_puts(out, "~~~\n");
	}
	if (r->verify != NULL) {
		ana_markdown_verify(out, r->verify);
	}
}
