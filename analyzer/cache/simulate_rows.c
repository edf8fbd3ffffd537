#include "analyzer/cache/simulate_internal.h"

#include "ctxopt/base/strmap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Rows ---- */

/** What makes a step the same over several versions of the Dockerfile: stage, text as written, and which of several such. */
static bool row_key(struct ctx_buf *out, const struct ana_variant *v, uint32_t step, uint32_t occurrence) {
	const struct ana_variant_step *s = &v->steps[step];
	ctx_buf_reset(out);
	ctx_buf_add(out, s->stage.len > 0 ? s->stage.ptr : "", s->stage.len);
	ctx_buf_addc(out, '\0');
	ctx_buf_add(out, s->written.ptr, s->written.len);
	ctx_buf_addc(out, '\0');
	ctx_buf_addc(out, s->merge ? 'l' : 's');
	ctx_buf_add(out, &occurrence, sizeof(occurrence));
	return ctx_buf_ok(out);
}

struct ana_sim_row_maker {
	/** Borrowed. */
	struct ana_sim *sim;
	struct ctx_strmap by_key;
	/** The last variant that took a row, counted from 1. */
	CTX_VEC(uint32_t) taken;
	uint32_t variants;
	struct ctx_buf key;
};

struct ana_sim_row_maker *ana_sim_row_maker_new(struct ana_sim *sim) {
	struct ana_sim_row_maker *m = ctx_calloc(1, sizeof(*m));
	if (m != NULL) {
		m->sim = sim;
	}
	return m;
}

void ana_sim_row_maker_free(struct ana_sim_row_maker *m) {
	if (m != NULL) {
		ctx_strmap_release(&m->by_key);
		CTX_VEC_RELEASE(&m->taken);
		ctx_buf_release(&m->key);
		free(m);
	}
}

/** The row of one step. */
static int make_row(struct ana_sim_row_maker *m, struct ana_variant *v, uint32_t step, struct ctx_error *err) {
	for (uint32_t occurrence = 0;; ++occurrence) {
		if (!row_key(&m->key, v, step, occurrence)) {
			return ctx_fail_nomem(err);
		}
		uint32_t row = ctx_strmap_get(&m->by_key, m->key.data, m->key.len);
		if (row != CTX_STRMAP_NONE && m->taken.items[row] == m->variants) {
			continue; // the same text stands in the stage again
		}
		if (row == CTX_STRMAP_NONE) {
			struct ana_sim_row fresh = { .last_build = ANA_NONE };
			char *copy = ctx_arena_memdup0(&m->sim->arenas[0], m->key.data, m->key.len);
			row = (uint32_t)m->sim->rows.count;
			if (copy == NULL || !CTX_VEC_PUSH(&m->sim->rows, fresh) || !CTX_VEC_PUSH(&m->taken, 0) ||
				ctx_strmap_put(&m->by_key, copy, m->key.len, row) == CTX_STRMAP_NONE) {
				return ctx_fail_nomem(err);
			}
		}
		m->taken.items[row] = m->variants;
		v->rows[step] = row;
		return 0;
	}
}

int ana_sim_rows_make(struct ana_sim_row_maker *m, struct ana_variant *v, struct ctx_error *err) {
	if (v->rows != NULL) {
		return 0;
	}
	v->rows = ctx_arena_calloc(&m->sim->arenas[0], v->step_count + 1, sizeof(*v->rows));
	int rc = v->rows != NULL ? 0 : ctx_fail_nomem(err);
	++m->variants;
	for (uint32_t k = 0; rc == 0 && k < v->step_count; ++k) {
		rc = make_row(m, v, k, err);
	}
	return rc;
}

/** Number the rows anew, from the newest build back, so that they are in the order of the file as it is now. */
static int order_rows(struct ana_sim *sim, struct ctx_error *err) {
	CTX_AUTO_FREE uint32_t *fresh = ctx_calloc(sim->rows.count + 1, sizeof(*fresh)); // 1 + the new number
	uint32_t next = 0;
	if (fresh == NULL) {
		return ctx_fail_nomem(err);
	}
	const struct ana_variant *last = NULL;
	for (size_t i = sim->builds.count; i-- > 0;) {
		const struct ana_variant *v = sim->builds.items[i].variant;
		for (uint32_t k = 0; v != last && v != NULL && v->rows != NULL && k < v->step_count; ++k) {
			uint32_t *number = &fresh[v->rows[k]];
			*number = *number == 0 ? ++next : *number;
		}
		last = v;
	}
	for (size_t i = 0; i < sim->builds.count; ++i) {
		const struct ana_sim_build *build = &sim->builds.items[i];
		for (uint32_t k = 0; build->verdicts != NULL && k < build->variant->step_count; ++k) {
			build->verdicts[k].row = fresh[build->verdicts[k].row] - 1;
		}
	}
	for (size_t i = 0; i < sim->variants.count; ++i) {
		struct ana_variant *v = sim->variants.items[i];
		for (uint32_t k = 0; v->rows != NULL && k < v->step_count; ++k) {
			v->rows[k] = fresh[v->rows[k]] - 1;
		}
	}
	return 0;
}

/* ---- Causes ---- */

/** "No node". */
#define NONE UINT32_MAX

/** A path or directory that caused misses of one row, or another cause. */
struct node {
	uint32_t row;
	enum ana_cause cause;
	/** Path without a final slash; row number as text for PARENT and STAGE. */
	struct ctx_str what;
	uint32_t parent, first_child, next_sibling;
	uint32_t misses, alone;
	/** Changed paths at or below it in the miss at hand, and 1 + the build of that miss. */
	uint32_t under, build;
};

/** All causes. */
struct causes {
	struct ana_sim *sim;
	CTX_VEC(struct node) nodes;
	/** Nodes of the miss at hand. */
	CTX_VEC(uint32_t) touched;
	struct ctx_strmap by_key;
	struct ctx_buf key;
	struct ctx_error *err;
};

/** The node of a cause; NONE when out of memory. */
static uint32_t get_node(struct causes *c, uint32_t row, enum ana_cause cause, struct ctx_str what, uint32_t parent) {
	ctx_buf_reset(&c->key);
	ctx_buf_add(&c->key, &row, sizeof(row));
	ctx_buf_addc(&c->key, (char)cause);
	ctx_buf_add(&c->key, what.len > 0 ? what.ptr : "", what.len);
	if (!ctx_buf_ok(&c->key)) {
		return NONE;
	}
	uint32_t known = ctx_strmap_get(&c->by_key, c->key.data, c->key.len);
	if (known != CTX_STRMAP_NONE) {
		return known;
	}
	char *copy = ctx_arena_memdup0(&c->sim->arenas[0], c->key.data, c->key.len);
	if (copy == NULL) {
		return NONE;
	}
	struct node fresh = { .row = row, .cause = cause, .parent = parent, .first_child = NONE, .next_sibling = NONE };
	fresh.what = (struct ctx_str){ copy + sizeof(row) + 1, what.len };
	uint32_t index = (uint32_t)c->nodes.count;
	if (parent != NONE) {
		fresh.next_sibling = c->nodes.items[parent].first_child;
	}
	if (!CTX_VEC_PUSH(&c->nodes, fresh) || ctx_strmap_put(&c->by_key, copy, c->key.len, index) == CTX_STRMAP_NONE) {
		return NONE;
	}
	if (parent != NONE) {
		c->nodes.items[parent].first_child = index;
	}
	return index;
}

/** Count a path at a node in the miss at hand. */
static bool touch(struct causes *c, uint32_t index, uint32_t build) {
	struct node *node = &c->nodes.items[index];
	if (node->build != build + 1) {
		node->build = build + 1;
		node->under = 0;
		++node->misses;
		if (!CTX_VEC_PUSH(&c->touched, index)) {
			return false;
		}
	}
	++node->under;
	return true;
}

/** Count a changed path, and the directories that it lies in. */
static bool count_path(struct causes *c, uint32_t row, uint32_t build, struct ctx_str path) {
	uint32_t parent = NONE;
	for (size_t end = 0; end < path.len; ++end) {
		const char *slash = memchr(path.ptr + end, '/', path.len - end);
		end = slash != NULL ? (size_t)(slash - path.ptr) : path.len;
		uint32_t node = get_node(c, row, ANA_CAUSE_INPUTS, (struct ctx_str){ path.ptr, end }, parent);
		if (node == NONE || !touch(c, node, build)) {
			return false;
		}
		parent = node;
	}
	return true;
}

/** Count the changed paths of a miss. */
static bool count_changes(struct causes *c, uint32_t row, uint32_t build, const struct ana_sim_changes *changes) {
	uint32_t total = ana_sim_changes_total(changes);
	c->touched.count = 0;
	for (uint32_t i = 0; i < changes->item_count; ++i) {
		if (!count_path(c, row, build, CTX_STR(changes->items[i].path))) {
			return false;
		}
	}
	for (size_t i = 0; i < c->touched.count; ++i) {
		struct node *node = &c->nodes.items[c->touched.items[i]];
		node->alone += node->under == total;
	}
	return true;
}

/** Count the cause of one verdict. */
static int count_cause(struct causes *c, uint32_t build, const struct ana_sim_verdict *v,
	const struct ana_sim_verdict *all) {
	char number[16] = "";
	if (v->cause == ANA_CAUSE_INPUTS && v->changes != NULL) {
		return count_changes(c, v->row, build, v->changes) ? 0 : ctx_fail_nomem(c->err);
	}
	if (v->cause == ANA_CAUSE_PARENT || v->cause == ANA_CAUSE_STAGE) {
		snprintf(number, sizeof(number), "%u", all[v->blame].row);
	}
	uint32_t node = get_node(c, v->row, v->cause, CTX_STR(number), NONE);
	if (node == NONE) {
		return ctx_fail_nomem(c->err);
	}
	++c->nodes.items[node].misses;
	++c->nodes.items[node].alone;
	return 0;
}

/** The directory that tells most: as deep as nine in ten of the misses still go through one entry. */
static uint32_t descend(const struct causes *c, uint32_t index) {
	for (;;) {
		const struct node *node = &c->nodes.items[index];
		uint32_t best = NONE;
		for (uint32_t i = node->first_child; i != NONE; i = c->nodes.items[i].next_sibling) {
			if (best == NONE || c->nodes.items[i].misses > c->nodes.items[best].misses) {
				best = i;
			}
		}
		if (best == NONE || c->nodes.items[best].misses * 10 < node->misses * 9 ||
			c->nodes.items[best].alone * 10 < node->alone * 9) {
			return index;
		}
		index = best;
	}
}

/** A node as a cause of the report. */
static bool to_cause(struct causes *c, uint32_t index, struct ana_sim_cause *out) {
	const struct node *node = &c->nodes.items[index];
	*out = (struct ana_sim_cause){ .cause = node->cause, .misses = node->misses, .alone = node->alone };
	struct ctx_str what = node->what;
	if (node->cause == ANA_CAUSE_PARENT || node->cause == ANA_CAUSE_STAGE) {
		what = c->sim->rows.items[strtoul(node->what.ptr, NULL, 10)].name;
	}
	char *copy = ctx_arena_alloc(&c->sim->arenas[0], what.len + 2);
	if (copy == NULL) {
		return false;
	}
	memcpy(copy, what.len > 0 ? what.ptr : "", what.len);
	bool directory = node->cause == ANA_CAUSE_INPUTS && node->first_child != NONE;
	memcpy(copy + what.len, directory ? "/" : "", directory + 1);
	copy[what.len + directory] = '\0';
	out->what = copy;
	return true;
}

/** Order of causes: the most misses first. */
static int compare_causes(const void *a_, const void *b_) {
	const struct ana_sim_cause *a = a_, *b = b_;
	if (a->misses != b->misses) {
		return a->misses > b->misses ? -1 : 1;
	}
	if (a->alone != b->alone) {
		return a->alone > b->alone ? -1 : 1;
	}
	return a->cause != b->cause ? (a->cause > b->cause) - (a->cause < b->cause) : strcmp(a->what, b->what);
}

/** Give the rows their causes: what is at the top of each row's tree, or what tells more below it. */
static int hand_out(struct causes *c) {
	for (uint32_t i = 0; i < c->nodes.count; ++i) {
		c->sim->rows.items[c->nodes.items[i].row].cause_count += c->nodes.items[i].parent == NONE;
	}
	for (size_t r = 0; r < c->sim->rows.count; ++r) {
		struct ana_sim_row *row = &c->sim->rows.items[r];
		row->causes = ctx_arena_calloc(&c->sim->arenas[0], row->cause_count + 1, sizeof(*row->causes));
		row->cause_count = 0;
		if (row->causes == NULL) {
			return ctx_fail_nomem(c->err);
		}
	}
	for (uint32_t i = 0; i < c->nodes.count; ++i) {
		struct ana_sim_row *row = &c->sim->rows.items[c->nodes.items[i].row];
		if (c->nodes.items[i].parent != NONE) {
			continue;
		}
		uint32_t tells = c->nodes.items[i].cause == ANA_CAUSE_INPUTS ? descend(c, i) : i;
		if (!to_cause(c, tells, &row->causes[row->cause_count++])) {
			return ctx_fail_nomem(c->err);
		}
	}
	for (size_t r = 0; r < c->sim->rows.count; ++r) {
		struct ana_sim_row *row = &c->sim->rows.items[r];
		qsort(row->causes, row->cause_count, sizeof(*row->causes), compare_causes);
	}
	return 0;
}

/* ---- Counting ---- */

/** Count one verdict. */
static void count_verdict(struct ana_sim *sim, uint32_t build, uint32_t index) {
	const struct ana_sim_build *b = &sim->builds.items[build];
	const struct ana_variant_step *step = &b->variant->steps[index];
	const struct ana_sim_verdict *v = &b->verdicts[index];
	struct ana_sim_row *row = &sim->rows.items[v->row];
	row->hits += v->hit == ANA_HIT;
	row->misses += v->hit == ANA_MISS;
	row->unknown += v->hit == ANA_HIT_UNKNOWN;
	row->miss_seconds += v->hit == ANA_MISS ? ana_sim_step_seconds(b, index) : 0;
	row->name = step->name;
	row->stage = step->stage;
	row->instruction = step->instruction;
	row->line = step->line;
	row->seconds = step->seconds;
	row->last_build = build;
}

/** Count a miss at the step that it begins with. */
static void count_blame(struct ana_sim *sim, const struct ana_sim_build *build, uint32_t index) {
	const struct ana_sim_verdict *v = &build->verdicts[index];
	struct ana_sim_row *row = &sim->rows.items[build->verdicts[v->blame].row];
	if (v->hit == ANA_MISS && v->cause != ANA_CAUSE_FIRST_BUILD) {
		row->begun += v->blame == index;
		row->begun_seconds += ana_sim_step_seconds(build, index);
	}
}

int ana_sim_rows_count(struct ana_sim *sim, struct ctx_error *err) {
	struct causes c = { .sim = sim, .err = err };
	int rc = order_rows(sim, err);
	for (uint32_t i = 0; rc == 0 && i < sim->builds.count; ++i) {
		const struct ana_sim_build *build = &sim->builds.items[i];
		for (uint32_t k = 0; build->verdicts != NULL && k < build->variant->step_count; ++k) {
			count_verdict(sim, i, k);
			count_blame(sim, build, k);
		}
	}
	for (uint32_t i = 0; rc == 0 && i < sim->builds.count; ++i) {
		const struct ana_sim_build *build = &sim->builds.items[i];
		for (uint32_t k = 0; rc == 0 && build->verdicts != NULL && k < build->variant->step_count; ++k) {
			rc = build->verdicts[k].hit == ANA_HIT
				? 0
				: count_cause(&c, i, &build->verdicts[k], build->verdicts);
		}
	}
	rc = rc < 0 ? rc : hand_out(&c);
	CTX_VEC_RELEASE(&c.nodes);
	CTX_VEC_RELEASE(&c.touched);
	ctx_strmap_release(&c.by_key);
	ctx_buf_release(&c.key);
	return rc;
}
