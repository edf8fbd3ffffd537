#include "ctxopt/cli/reorder_internal.h"

#include <stdlib.h>

/* ---- Edits of a text ---- */

int reorder_steps_look(struct reorder_steps *steps, struct reorder *r, const struct ctx_buf *text,
	struct ctx_error *err) {
	struct ctx_buf copy = CTX_BUF_INIT;
	*steps = (struct reorder_steps){ 0 };
	ctx_buf_add(&copy, ctx_buf_str(text), text->len);
	int rc = ctx_buf_ok(&copy) ? ana_variant_new(&steps->variant, &copy, &r->history->opts.variant, err)
				   : ctx_fail_nomem(err);
	ctx_buf_release(&copy);
	if (rc < 0 || steps->variant->error != NULL || r->history->opts.variant.older) {
		return rc; // an older builder does not know the flags
	}
	struct ana_order_evidence evidence = reorder_evidence(r, steps->variant);
	rc = ana_order_new(&steps->order, &evidence, err);
	rc = rc < 0 ? rc : ana_steps_new(&steps->steps, steps->order, err);
	steps->count = rc < 0 ? 0 : ana_steps_count(steps->steps);
	steps->taken = rc < 0 ? NULL : ctx_calloc((size_t)steps->count + 1, sizeof(*steps->taken));
	return rc < 0 ? rc : steps->taken == NULL ? ctx_fail_nomem(err) : 0;
}

void reorder_steps_release(struct reorder_steps *steps) {
	ana_steps_free(steps->steps);
	ana_order_free(steps->order);
	ana_variant_free(steps->variant);
	free(steps->taken);
	*steps = (struct reorder_steps){ 0 };
}

/** Is anything taken? */
static bool any_taken(const struct reorder_steps *steps) {
	bool any = false;
	for (uint32_t i = 0; i < steps->count; ++i) {
		any = any || steps->taken[i];
	}
	return any;
}

int reorder_steps_text(const struct reorder *r, struct reorder_steps *steps, struct ctx_buf *out,
	struct ctx_error *err) {
	const struct ctx_buf *text = &steps->variant->text;
	struct ctx_buf copy = CTX_BUF_INIT;
	struct ana_variant *now = NULL;
	size_t begin = out->len;
	bool same = true;
	int rc = any_taken(steps) ? ana_steps_text(steps->steps, steps->taken, &copy, err) : 0;
	if (rc == 0 && copy.len > 0) {
		ctx_buf_add(out, ctx_buf_str(&copy), copy.len);
		rc = ana_variant_new(&now, &copy, &r->history->opts.variant, err);
		same = rc == 0 && ana_steps_check(steps->steps, steps->taken, now);
	} else {
		ctx_buf_add(out, ctx_buf_str(text), text->len);
	}
	if (!same) {
		memset(steps->taken, 0, steps->count * sizeof(*steps->taken));
		ctx_buf_truncate(out, begin);
		ctx_buf_add(out, ctx_buf_str(text), text->len);
	}
	ana_variant_free(now);
	ctx_buf_release(&copy);
	return rc < 0 ? rc : ctx_buf_ok(out) ? 0 : ctx_fail_nomem(err);
}

/* ---- The search ---- */

/** The search. */
struct search {
	struct reorder *r;
	struct reorder_steps *steps;
	size_t commits;
	/** What the text costs without edits, on the older part. */
	struct ana_sim base;
	struct ctx_error *err;
};

/** What the edits that are taken save per build; less than 0 if they cannot be. */
static int gain_of(struct search *s, double *gain) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	struct ana_sim after = { 0 };
	*gain = -1;
	int rc = reorder_steps_text(s->r, s->steps, &text, s->err);
	if (rc < 0 || !any_taken(s->steps)) {
		*gain = rc < 0 ? -1 : 0;
		return rc;
	}
	rc = reorder_replay(s->r, &text, s->commits, &after, s->err);
	if (rc == 0) {
		struct ana_order_part part = reorder_weigh(&s->base, &after, 0, s->commits);
		bool enough = part.builds >= REORDER_BUILDS_MIN;
		*gain = enough ? part.before.of[s->r->model] - part.after.of[s->r->model] : -1;
	}
	ana_sim_release(&after);
	return rc == CTX_E_UNSUPPORTED ? 0 : rc;
}

/** Take all edits of a kind, then leave out again what saves too little. */
static int try_kind(struct search *s, enum ana_step_kind kind, double *best) {
	double all = 0, least = reorder_worth(s->r->model);
	uint32_t count = 0;
	int rc = 0;
	for (uint32_t i = 0; i < s->steps->count; ++i) {
		bool is = ana_steps_at(s->steps->steps, i)->kind == kind;
		s->steps->taken[i] = s->steps->taken[i] || is;
		count += is;
	}
	rc = count == 0 ? 0 : gain_of(s, &all);
	bool worth = count > 0 && all >= *best + least;
	for (uint32_t i = 0; rc == 0 && i < s->steps->count; ++i) {
		double without = 0;
		if (ana_steps_at(s->steps->steps, i)->kind != kind) {
			continue;
		}
		s->steps->taken[i] = false;
		rc = worth && count > 1 ? gain_of(s, &without) : 0;
		bool pays = worth && (count == 1 || (without >= 0 && all - without >= least));
		s->steps->taken[i] = pays;
		all = pays || !worth || count == 1 ? all : without;
	}
	*best = worth && all > *best ? all : *best;
	return rc;
}

int reorder_steps_choose(struct reorder *r, size_t commits, struct ctx_error *err) {
	struct search s = { .r = r, .steps = &r->steps, .commits = commits, .err = err };
	double best = 0;
	int rc = r->steps.count == 0 ? 0 : reorder_replay(r, &r->steps.variant->text, commits, &s.base, err);
	for (unsigned kind = 0; rc == 0 && r->steps.count > 0 && kind < ANA_STEP_KIND_COUNT; ++kind) {
		rc = try_kind(&s, (enum ana_step_kind)kind, &best);
	}
	ana_sim_release(&s.base);
	return rc;
}

/* ---- What was chosen ---- */

/** The line in the old file of an instruction of the new one: of those that read the same, the one with the same number; 0. */
static uint32_t old_line(const struct reorder *r, uint32_t line, const char *text) {
	const struct ana_syntax *now = &r->steps.variant->model.syntax, *old = &r->variant->model.syntax;
	size_t number = 0;
	for (size_t i = 0; i < now->nodes.count && now->nodes.items[i].first_line <= line; ++i) {
		number += ctx_str_is(now->nodes.items[i].line_text, text);
	}
	for (size_t i = 0; i < old->nodes.count; ++i) {
		number -= number > 0 && ctx_str_is(old->nodes.items[i].line_text, text);
		if (number == 0 && ctx_str_is(old->nodes.items[i].line_text, text)) {
			return old->nodes.items[i].first_line;
		}
	}
	return 0;
}

/** What is lost without one edit. */
static int weigh_one(struct reorder *r, uint32_t number, const struct ana_sim *with, size_t from,
	struct ana_order_cost *gain, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	struct ana_sim without = { 0 };
	size_t total = r->history->log.commits.count;
	r->steps.taken[number] = false;
	int rc = reorder_steps_text(r, &r->steps, &text, err);
	rc = rc < 0 ? rc : reorder_replay(r, &text, total, &without, err);
	r->steps.taken[number] = true;
	if (rc == 0) {
		struct ana_order_part part = reorder_weigh(&without, with, from, total);
		for (unsigned m = 0; m < ANA_COST_MODEL_COUNT; ++m) {
			gain->of[m] = part.before.of[m] - part.after.of[m];
		}
	}
	ana_sim_release(&without);
	return rc;
}

int reorder_steps_weigh(struct reorder *r, const struct ana_sim *with, size_t from, struct ctx_error *err) {
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < r->steps.count; ++i) {
		struct ana_order_cost gain = { 0 };
		if (!r->steps.taken[i]) {
			continue;
		}
		struct ana_step_edit edit = *ana_steps_at(r->steps.steps, i);
		edit.line = old_line(r, edit.line, edit.changes[0].text);
		rc = weigh_one(r, i, with, from, &gain, err);
		bool kept = CTX_VEC_PUSH(&r->edits, edit) && CTX_VEC_PUSH(&r->edit_gains, gain);
		rc = rc < 0 ? rc : kept ? 0 : ctx_fail_nomem(err);
	}
	return rc;
}

/** Do two edits do the same to instructions that read the same? */
static bool is_same(const struct ana_step_edit *a, const struct ana_step_edit *b) {
	bool same = a->kind == b->kind && a->change_count == b->change_count;
	for (uint32_t i = 0; same && i < a->change_count; ++i) {
		same = strcmp(a->changes[i].text, b->changes[i].text) == 0 &&
			strcmp(a->changes[i].now, b->changes[i].now) == 0;
	}
	return same;
}

/** Was an edit of another text chosen? */
static bool is_chosen(const struct reorder *r, const struct ana_step_edit *edit) {
	for (size_t i = 0; i < r->edits.count; ++i) {
		if (is_same(&r->edits.items[i], edit)) {
			return true;
		}
	}
	return false;
}

int reorder_steps_apply(struct reorder *r, enum ana_proof most, struct ctx_buf *text, size_t *left,
	struct ctx_error *err) {
	struct reorder_steps mine = { 0 };
	ctx_auto_buf struct ctx_buf now = CTX_BUF_INIT;
	size_t taken = 0;
	int rc = r->edits.count == 0 ? 0 : reorder_steps_look(&mine, r, text, err);
	for (uint32_t i = 0; rc == 0 && i < mine.count; ++i) {
		const struct ana_step_edit *edit = ana_steps_at(mine.steps, i);
		mine.taken[i] = edit->proof <= most && is_chosen(r, edit);
	}
	if (rc == 0 && any_taken(&mine)) {
		rc = reorder_steps_text(r, &mine, &now, err);
		ctx_buf_reset(text);
		ctx_buf_add(text, ctx_buf_str(&now), now.len);
	}
	for (uint32_t i = 0; i < mine.count; ++i) {
		taken += mine.taken[i];
	}
	*left += r->edits.count > taken ? r->edits.count - taken : 0;
	reorder_steps_release(&mine);
	return rc < 0 ? rc : ctx_buf_ok(text) ? 0 : ctx_fail_nomem(err);
}
