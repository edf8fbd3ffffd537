#include "analyzer/advice/steps_internal.h"

// The two files side by side, instruction by instruction.  Nothing here knows how the new text came about.

/** Has a new instruction the flags of the old one, and before them those of the edits? */
static bool same_flags(const struct ana_steps *s, const bool *taken, uint32_t unit, const struct ana_node *now) {
	const struct ana_node *old = s->o->units[unit].ins->node;
	uint32_t added = ana_steps_sum(s, taken, unit).flags;
	bool same = now->flag_count == old->flag_count + added;
	for (uint32_t i = 0; same && i < added; ++i) {
		same = ctx_str_is(now->flags[i], ana_steps_flag(s, taken, unit, i));
	}
	for (uint32_t i = 0; same && i < old->flag_count; ++i) {
		same = ctx_str_eq(now->flags[added + i], old->flags[i]);
	}
	return same;
}

/** Are two instructions the same but for flags? */
static bool same_words(const struct ana_node *old, const struct ana_node *now) {
	bool same = old->keyword == now->keyword && ctx_str_eq(old->args_text, now->args_text) &&
		old->json == now->json && old->heredoc_count == now->heredoc_count;
	for (uint32_t i = 0; same && i < old->heredoc_count; ++i) {
		same = ctx_str_eq(old->heredocs[i].body, now->heredocs[i].body) &&
			ctx_str_eq(old->heredocs[i].word, now->heredocs[i].word);
	}
	return same;
}

/** The first unit of an instruction's stage that is this instruction; ANA_NONE for stages that are not built. */
static uint32_t unit_of(const struct ana_order *o, const struct ana_instruction *ins, uint32_t from) {
	return from < o->count && o->units[from].ins == ins ? from : ANA_NONE;
}

/** Is a stage the same but for the edits?  `*unit` goes on behind it. */
static bool same_stage(const struct ana_steps *s, const bool *taken, uint32_t number, const struct ana_dockerfile *now,
	uint32_t *unit) {
	const struct ana_stage *a = &s->o->in.variant->model.stages.items[number], *b = &now->stages.items[number];
	bool same = ctx_str_eq(a->from->line_text, b->from->line_text);
	uint32_t at = 0;
	for (uint32_t i = 0; same && i < a->instruction_count; ++i) {
		const struct ana_instruction *ins = &a->instructions[i];
		uint32_t known = unit_of(s->o, ins, *unit);
		*unit += known != ANA_NONE;
		if (known != ANA_NONE && ana_steps_sum(s, taken, known).gone) {
			continue;
		}
		const struct ana_node *node = at < b->instruction_count ? b->instructions[at++].node : NULL;
		same = node != NULL && same_words(ins->node, node) &&
			(known == ANA_NONE ? ctx_str_eq(ins->node->line_text, node->line_text)
					   : same_flags(s, taken, known, node));
	}
	return same && at == b->instruction_count;
}

bool ana_steps_check(const struct ana_steps *steps, const bool *taken, const struct ana_variant *now) {
	const struct ana_dockerfile *a = &steps->o->in.variant->model, *b = &now->model;
	const struct ana_directives *x = &a->syntax.directives, *y = &b->syntax.directives;
	bool same = now->error == NULL && a->stages.count == b->stages.count && a->globals.count == b->globals.count &&
		x->escape == y->escape && ctx_str_eq(x->syntax, y->syntax) && ctx_str_eq(x->check, y->check) &&
		steps->o->in.variant->graph.target == now->graph.target;
	for (size_t i = 0; same && i < a->globals.count; ++i) {
		same = ctx_str_eq(a->globals.items[i].node->line_text, b->globals.items[i].node->line_text);
	}
	uint32_t unit = 0;
	for (uint32_t i = 0; same && i < a->stages.count; ++i) {
		same = same_stage(steps, taken, i, b, &unit);
	}
	return same && unit == steps->o->count;
}
