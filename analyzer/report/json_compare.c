#include "analyzer/report/history.h"
#include "analyzer/report/json_parts.h"

#include <stdio.h>

/** Containers from this depth on are written on one line: a side of a step. */
#define INLINE_DEPTH 4

/** Counts of a side, inside an object. */
static void put_counts(struct ctx_json *j, const struct ana_compare_count *sum) {
	ctx_json_uint(j, "hits", sum->hits);
	ctx_json_uint(j, "misses", sum->misses);
	ctx_json_uint(j, "unknown", sum->unknown);
	ana_json_put_rate(j, sum->hits, sum->misses);
	ctx_json_double(j, "rebuild_seconds", sum->seconds);
}

/** "shared": the same on one builder, or null. */
static void put_shared(struct ctx_json *j, const struct ana_comparison *r, const struct ana_compare_row *row,
	unsigned side) {
	const struct ana_compare_reuse *reuse = &row->reuse[side];
	if (!r->compare->is_shared) {
		ctx_json_null(j, "shared");
		return;
	}
	ctx_json_object(j, "shared");
	put_counts(j, &row->shared[side]);
	ctx_json_uint(j, "helped", reuse->helped);
	ctx_json_double(j, "helped_seconds", reuse->helped_seconds);
	ctx_json_uint(j, "hurt", reuse->hurt);
	ctx_json_double(j, "hurt_seconds", reuse->hurt_seconds);
	ctx_json_end(j);
}

/** What a side is, and its sums. */
static void put_side(struct ctx_json *j, const struct ana_comparison *r, unsigned side) {
	char umask_text[8];
	const struct ana_compare *c = r->compare;
	snprintf(umask_text, sizeof(umask_text), "%03o", r->umask_bits[side] & 0777u);
	ctx_json_object(j, side == 0 ? "a" : "b");
	ctx_json_str(j, "name", r->names[side]);
	ana_json_put_path(j, "dockerfile", r->dockerfiles[side]);
	ctx_json_str(j, "cache", r->caches[side]);
	ctx_json_str(j, "umask", umask_text);
	ctx_json_uint(j, "builds", c->builds[side]);
	ctx_json_uint(j, "failed_builds", c->failed[side]);
	ana_json_put_moves(j, r->sims[side]);
	put_counts(j, &c->total.alone[side]);
	put_shared(j, r, &c->total, side);
	ctx_json_end(j);
}

/** One step. */
static void put_row(struct ctx_json *j, const struct ana_comparison *r, const struct ana_compare_row *row) {
	ctx_json_object(j, NULL);
	ctx_json_string(j, "name", row->name.ptr, row->name.len);
	ctx_json_string(j, "stage", row->stage.len == 0 ? "" : row->stage.ptr, row->stage.len);
	ctx_json_string(j, "instruction", row->instruction.ptr, row->instruction.len);
	ctx_json_uint(j, "line", row->line);
	ctx_json_bool(j, "current", row->current);
	ctx_json_double(j, "cost_seconds", row->seconds);
	for (unsigned side = 0; side < 2; ++side) {
		ctx_json_object(j, side == 0 ? "a" : "b");
		put_counts(j, &row->alone[side]);
		put_shared(j, r, row, side);
		ctx_json_end(j);
	}
	ctx_json_end(j);
}

void ana_json_compare(struct ctx_out *out, const struct ana_comparison *r) {
	struct ctx_json j;
	char time[32];
	ctx_json_init(&j, out, INLINE_DEPTH);
	ana_json_put_head(&j, &r->head, "ctxopt.compare/1");
	ctx_json_str(&j, "differs", r->what);
	ctx_json_str(&j, "run", r->run_assumption);
	ctx_json_uint(&j, "commits", r->commit_count);
	ctx_json_str(&j, "first_time", ana_time_is_valid(r->first_time) ? ana_time_text(time, r->first_time) : NULL);
	ctx_json_str(&j, "last_time", ana_time_is_valid(r->last_time) ? ana_time_text(time, r->last_time) : NULL);
	put_side(&j, r, 0);
	put_side(&j, r, 1);
	ctx_json_array(&j, "steps");
	for (size_t i = 0; i < r->compare->rows.count; ++i) {
		put_row(&j, r, &r->compare->rows.items[i]);
	}
	ctx_json_end(&j);
	ana_json_put_warnings(&j, &r->head);
}
