#include "analyzer/report/json_parts.h"

/** Containers from this depth on are written on one line. */
#define INLINE_DEPTH 3

/** Costs per build. */
static void put_cost(struct ctx_json *j, const char *key, const struct ana_order_cost *cost) {
	ctx_json_object(j, key);
	ctx_json_double(j, "seconds", cost->of[ANA_COST_TIME]);
	ctx_json_double(j, "steps", cost->of[ANA_COST_STEPS]);
	ctx_json_double(j, "bytes", cost->of[ANA_COST_BYTES]);
	ctx_json_end(j);
}

/** A part of the history. */
static void put_part(struct ctx_json *j, const char *key, const struct ana_order_part *part) {
	ctx_json_object(j, key);
	ctx_json_uint(j, "builds", part->builds);
	put_cost(j, "before", &part->before);
	put_cost(j, "after", &part->after);
	ctx_json_end(j);
}

/** A step and what was found out about it. */
static void put_step(struct ctx_json *j, uint32_t line, const char *text, const char *why) {
	ctx_json_object(j, NULL);
	ctx_json_uint(j, "line", line);
	ctx_json_str(j, "instruction", text);
	ctx_json_str(j, "why", why);
	ctx_json_end(j);
}

/** One change. */
static void put_change(struct ctx_json *j, const struct ana_order_change *change, const struct ana_order_cost *gain) {
	ctx_json_object(j, NULL);
	ctx_json_uint(j, "line", change->line);
	ctx_json_str(j, "instruction", change->text);
	ctx_json_uint(j, "below_line", change->below_line);
	ctx_json_str(j, "below", change->below);
	ctx_json_str(j, "kept_above", change->apart);
	ctx_json_str(j, "proof", ana_proof_name(change->proof));
	ctx_json_str(j, "review", change->review);
	put_cost(j, "saved_alone", gain);
	ctx_json_array(j, "examined");
	for (uint32_t i = 0; i < change->edge_count; ++i) {
		put_step(j, change->edges[i].line, change->edges[i].text, change->edges[i].why);
	}
	ctx_json_end(j);
	ctx_json_end(j);
}

/** One edit of single steps. */
static void put_edit(struct ctx_json *j, const struct ana_step_edit *edit, const struct ana_order_cost *gain) {
	ctx_json_object(j, NULL);
	ctx_json_str(j, "kind", ana_step_kind_name(edit->kind));
	if (edit->line > 0) {
		ctx_json_uint(j, "line", edit->line);
	} else {
		ctx_json_null(j, "line");
	}
	ctx_json_array(j, "steps");
	for (uint32_t i = 0; i < edit->change_count; ++i) {
		ctx_json_object(j, NULL);
		ctx_json_str(j, "instruction", edit->changes[i].text);
		ctx_json_str(j, "becomes", edit->changes[i].now);
		ctx_json_end(j);
	}
	ctx_json_end(j);
	ctx_json_str(j, "proof", ana_proof_name(edit->proof));
	ctx_json_str(j, "review", edit->review);
	ctx_json_str(j, "why", edit->why);
	put_cost(j, "saved_alone", gain);
	ctx_json_end(j);
}

void ana_json_reorder(struct ctx_out *out, const struct ana_order_report *r) {
	struct ctx_json j;
	ctx_json_init(&j, out, INLINE_DEPTH);
	ana_json_put_head(&j, &r->head, "ctxopt.reorder/1");
	ana_json_put_path(&j, "file", r->file);
	ctx_json_str(&j, "cache", r->cache);
	ctx_json_str(&j, "cost_model", r->model);
	ctx_json_uint(&j, "commits", r->commits);
	ctx_json_uint(&j, "left_out", r->left_out);
	ctx_json_str(&j, "nothing", r->nothing);
	ctx_json_array(&j, "changes");
	for (size_t i = 0; i < r->change_count; ++i) {
		put_change(&j, &r->changes[i], &r->gains[i]);
	}
	ctx_json_end(&j);
	ctx_json_array(&j, "edits");
	for (size_t i = 0; i < r->edit_count; ++i) {
		put_edit(&j, &r->edits[i], &r->edit_gains[i]);
	}
	ctx_json_end(&j);
	ctx_json_array(&j, "left_alone");
	for (size_t i = 0; i < r->held_count; ++i) {
		put_step(&j, r->held[i].line, r->held[i].text, r->held[i].why);
	}
	ctx_json_end(&j);
	put_part(&j, "fitted", &r->fitted);
	put_part(&j, "scored", &r->scored);
	ctx_json_string(&j, "diff", r->diff, r->diff_len);
	ana_json_put_verify(&j, r->verify);
	ana_json_put_warnings(&j, &r->head);
}
