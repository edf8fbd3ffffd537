#include "analyzer/cache/compare.h"

#include "ctxopt/base/strmap.h"

#include <stdlib.h>

/** While it is made. */
struct comparing {
	struct ana_compare *out;
	const struct ana_sim *const *alone;
	/** Row of the outcome for each row of a simulation; ANA_NONE. */
	uint32_t *map[2];
	struct ctx_strmap by_text;
	struct ctx_buf key;
	struct ctx_arena arena;
	struct ctx_error *err;
};

/** Add a step of a simulation. */
static int add_row(struct comparing *c, const struct ana_sim_row *from, uint32_t *out) {
	struct ana_compare_row row = { .name = from->name,
		.stage = from->stage,
		.instruction = from->instruction,
		.line = from->line,
		.seconds = from->seconds };
	*out = (uint32_t)c->out->rows.count;
	return CTX_VEC_PUSH(&c->out->rows, row) ? 0 : ctx_fail_nomem(c->err);
}

/** Text that tells steps of two simulations apart: stage, instruction, and which of several such of the side. */
static bool make_key(struct comparing *c, const struct ana_sim_row *row, uint32_t occurrence) {
	ctx_buf_reset(&c->key);
	ctx_buf_add(&c->key, row->stage.len > 0 ? row->stage.ptr : "", row->stage.len);
	ctx_buf_addc(&c->key, '\0');
	ctx_buf_add(&c->key, row->instruction.ptr, row->instruction.len);
	ctx_buf_add(&c->key, &occurrence, sizeof(occurrence));
	return ctx_buf_ok(&c->key);
}

/** The row of a step: that of the same text, or a new one. */
static int find_row(struct comparing *c, const struct ana_sim_row *from, unsigned side, uint32_t *out) {
	for (uint32_t occurrence = 0;; ++occurrence) {
		if (!make_key(c, from, occurrence)) {
			return ctx_fail_nomem(c->err);
		}
		uint32_t row = ctx_strmap_get(&c->by_text, c->key.data, c->key.len);
		if (row == CTX_STRMAP_NONE) {
			const char *copy = ctx_arena_memdup0(&c->arena, c->key.data, c->key.len);
			int rc = add_row(c, from, out);
			bool ok = rc == 0 && copy != NULL &&
				ctx_strmap_put(&c->by_text, copy, c->key.len, *out) != CTX_STRMAP_NONE;
			return ok ? 0 : ctx_fail_nomem(c->err);
		}
		bool taken = false;
		for (size_t i = 0; i < c->alone[side]->rows.count && !taken; ++i) {
			taken = c->map[side][i] == row;
		}
		if (!taken) {
			*out = row;
			return 0;
		}
	}
}

/** Match the steps of two simulations by their text. */
static int match_rows(struct comparing *c) {
	for (unsigned side = 0; side < 2; ++side) {
		const struct ana_sim *sim = c->alone[side];
		c->map[side] = ctx_calloc(sim->rows.count + 1, sizeof(uint32_t));
		if (c->map[side] == NULL) {
			return ctx_fail_nomem(c->err);
		}
		memset(c->map[side], 0xff, (sim->rows.count + 1) * sizeof(uint32_t));
		for (size_t i = 0; i < sim->rows.count; ++i) {
			const struct ana_sim_row *row = &sim->rows.items[i];
			int rc = row->last_build == ANA_NONE ? 0 : find_row(c, row, side, &c->map[side][i]);
			if (rc < 0) {
				return rc;
			}
		}
	}
	return 0;
}

/** Count one verdict. */
static void count(struct ana_compare_count *sum, enum ana_hit hit, double seconds) {
	sum->hits += hit == ANA_HIT;
	sum->misses += hit == ANA_MISS;
	sum->unknown += hit == ANA_HIT_UNKNOWN;
	sum->seconds += hit == ANA_MISS ? seconds : 0;
}

/** Count what became of a verdict on a shared builder. */
static void count_reuse(struct ana_compare_reuse *sum, enum ana_hit alone, enum ana_hit shared, double seconds) {
	if (alone == ANA_MISS && shared == ANA_HIT) {
		++sum->helped;
		sum->helped_seconds += seconds;
	} else if (alone == ANA_HIT && shared == ANA_MISS) {
		++sum->hurt;
		sum->hurt_seconds += seconds;
	}
}

/** Count the builds of a side that is alone. */
static void count_alone(struct comparing *c, unsigned side) {
	const struct ana_sim *sim = c->alone[side];
	const struct ana_sim_build *newest = NULL;
	for (size_t i = 0; i < sim->builds.count; ++i) {
		const struct ana_sim_build *build = &sim->builds.items[i];
		newest = build->verdicts != NULL ? build : newest;
		for (uint32_t k = 0; build->verdicts != NULL && k < build->variant->step_count; ++k) {
			const struct ana_sim_verdict *v = &build->verdicts[k];
			double seconds = ana_sim_step_seconds(build, k);
			count(&c->out->rows.items[c->map[side][v->row]].alone[side], v->hit, seconds);
			count(&c->out->total.alone[side], v->hit, seconds);
		}
	}
	for (uint32_t k = 0; newest != NULL && k < newest->variant->step_count; ++k) {
		c->out->rows.items[c->map[side][newest->verdicts[k].row]].current = true;
	}
}

/** Count one build on the shared builder beside the same one alone. */
static void count_pair(struct comparing *c, unsigned side, const struct ana_sim_build *alone,
	const struct ana_sim_build *shared) {
	if (alone->verdicts == NULL || shared->verdicts == NULL) {
		return;
	}
	for (uint32_t k = 0; k < shared->variant->step_count; ++k) {
		struct ana_compare_row *row = &c->out->rows.items[c->map[side][alone->verdicts[k].row]];
		enum ana_hit one = alone->verdicts[k].hit, both = shared->verdicts[k].hit;
		double seconds = ana_sim_step_seconds(shared, k);
		count(&row->shared[side], both, seconds);
		count(&c->out->total.shared[side], both, seconds);
		seconds = one == ANA_MISS ? ana_sim_step_seconds(alone, k) : seconds; // what was made, or would be
		count_reuse(&row->reuse[side], one, both, seconds);
		count_reuse(&c->out->total.reuse[side], one, both, seconds);
	}
}

/** Count the builds on the shared builder. */
static void count_shared(struct comparing *c, const struct ana_sim *shared, const unsigned char *sides) {
	size_t next[2] = { 0, 0 };
	c->out->is_shared = true;
	for (size_t i = 0; i < shared->builds.count; ++i) {
		unsigned side = sides[i];
		count_pair(c, side, &c->alone[side]->builds.items[next[side]++], &shared->builds.items[i]);
	}
}

int ana_compare_make(struct ana_compare *out, const struct ana_sim *const alone[2], const struct ana_sim *shared,
	const unsigned char *sides, struct ctx_error *err) {
	struct comparing c = { .out = out, .alone = alone, .err = err };
	int rc = match_rows(&c);
	for (unsigned side = 0; rc == 0 && side < 2; ++side) {
		out->builds[side] = (uint32_t)alone[side]->builds.count;
		out->failed[side] = alone[side]->failed;
		count_alone(&c, side);
	}
	if (rc == 0 && shared != NULL) {
		count_shared(&c, shared, sides);
	}
	free(c.map[0]);
	free(c.map[1]);
	ctx_strmap_release(&c.by_text);
	ctx_buf_release(&c.key);
	ctx_arena_release(&c.arena);
	return rc;
}

void ana_compare_release(struct ana_compare *compare) {
	CTX_VEC_RELEASE(&compare->rows);
}
