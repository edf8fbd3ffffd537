/**
 * Verdicts for pull requests: tables of steps.
 */
#include "analyzer/report/history.h"
#include "analyzer/report/markdown_parts.h"
#include "analyzer/report/words.h"

/** Changed paths of a step, and causes of one. */
#define PATHS_SHOWN 5
#define CAUSES_SHOWN 3

/** A name as code. */
static void code(struct ctx_out *out, struct ctx_str text) {
	ana_markdown_code(out, text.ptr == NULL ? "" : text.ptr, text.len);
}

/** What is to blame for the misses of a row. */
static void put_causes(struct ctx_out *out, const struct ana_sim_row *row) {
	uint32_t shown = 0;
	for (uint32_t i = 0; i < row->cause_count && shown < CAUSES_SHOWN; ++i) {
		const struct ana_sim_cause *cause = &row->causes[i];
		if (cause->cause == ANA_CAUSE_FIRST_BUILD && row->cause_count > 1) {
			continue;
		}
		ctx_out_puts(out, shown++ > 0 ? "<br>" : "");
		ctx_out_printf(out, "%u × %s ", cause->misses, ana_cause_name(cause->cause));
		if (*cause->what != '\0') {
			code(out, CTX_STR(cause->what));
		}
	}
}

/** Where the Dockerfile was before it was moved. */
static void put_moves(struct ctx_out *out, const struct ana_sim *sim) {
	for (size_t i = 0; i < sim->moves.count; ++i) {
		const struct ana_move *move = &sim->moves.items[i];
		code(out, CTX_STR(move->to));
		ctx_out_puts(out, " was ");
		code(out, CTX_STR(move->from));
		ctx_out_puts(out, " before.\n\n");
	}
}

void ana_markdown_simulate(struct ctx_out *out, const struct ana_history *r) {
	struct ana_history_sums sums = ana_history_sum(r->sim);
	char seconds[24];
	ctx_out_puts(out, "## ");
	ana_markdown_code(out, r->dockerfile, strlen(r->dockerfile));
	ctx_out_puts(out, ": ");
	ana_count(out, r->sim->builds.count, "build", "builds");
	if (sums.hits + sums.misses > 0) {
		ctx_out_printf(out, ", hit rate %.1f%%", 100.0 * (double)sums.hits / (double)(sums.hits + sums.misses));
	}
	ctx_out_printf(out, "\n\n%llu hits, %llu misses, %llu unknown; about %s of work done again (cache: %s).\n\n",
		(unsigned long long)sums.hits, (unsigned long long)sums.misses, (unsigned long long)sums.unknown,
		ana_seconds_text(seconds, r->sim->seconds), r->cache);
	if (r->cache_bytes > 0) {
		char human[CTX_HUMAN_MAX];
		ctx_out_printf(out, "Cache of %s, sizes estimated: no room for %llu results.\n\n",
			ctx_human_bytes(human, r->cache_bytes), (unsigned long long)r->sim->dropped);
	}
	put_moves(out, r->sim);
	ctx_out_puts(out,
		"| Step | Hits | Misses | Unknown | Made again | Because of |\n| :--- | ---: | ---: | ---: | ---: | :--- |\n");
	for (size_t i = 0; i < r->sim->rows.count; ++i) {
		const struct ana_sim_row *row = &r->sim->rows.items[i];
		if (row->last_build == ANA_NONE) {
			continue;
		}
		ctx_out_puts(out, "| ");
		code(out, row->name);
		ctx_out_printf(out, " | %u | %u | %u | %s | ", row->hits, row->misses, row->unknown,
			ana_seconds_text(seconds, row->miss_seconds));
		put_causes(out, row);
		ctx_out_puts(out, " |\n");
	}
}

/** Why a step is no hit. */
static void put_reason(struct ctx_out *out, const struct ana_sim_build *build, uint32_t index) {
	const struct ana_sim_verdict *v = &build->verdicts[index];
	ctx_out_puts(out, ana_cause_name(v->cause));
	if (v->blame != index) {
		ctx_out_puts(out, " since ");
		code(out, build->variant->steps[v->blame].name);
	}
	for (uint32_t i = 0; v->changes != NULL && i < v->changes->item_count && i < PATHS_SHOWN; ++i) {
		ctx_out_printf(out, "%s%s ", i == 0 ? ": " : ", ", ana_change_kind_name(v->changes->items[i].kind));
		code(out, CTX_STR(v->changes->items[i].path));
	}
	if (v->changes != NULL && v->changes->item_count > PATHS_SHOWN) {
		ctx_out_puts(out, ", ...");
	}
}

void ana_markdown_predict(struct ctx_out *out, const struct ana_history *r) {
	const struct ana_sim_build *build = &r->sim->builds.items[r->sim->builds.count - 1];
	char seconds[24];
	ctx_out_puts(out, "## ");
	ana_markdown_code(out, r->old_name, strlen(r->old_name));
	ctx_out_puts(out, ", then ");
	if (r->new_name == NULL) {
		ctx_out_puts(out, "the working tree");
	} else {
		ana_markdown_code(out, r->new_name, strlen(r->new_name));
	}
	if (build->verdicts == NULL) {
		ctx_out_puts(out, "\n\n");
		code(out, CTX_STR(build->error));
		ctx_out_puts(out, "\n");
		return;
	}
	ctx_out_printf(out, ": about %s of work done again\n\n| | Step | Why |\n| :--- | :--- | :--- |\n",
		ana_seconds_text(seconds, build->seconds));
	for (uint32_t i = 0; i < build->variant->step_count; ++i) {
		ctx_out_printf(out, "| %s | ", ana_hit_name(build->verdicts[i].hit));
		code(out, build->variant->steps[i].name);
		ctx_out_puts(out, " | ");
		put_reason(out, build, i);
		ctx_out_puts(out, " |\n");
	}
}

void ana_markdown_cache_line(struct ctx_out *out, const struct ana_overview_cache *cache) {
	char seconds[24];
	if (cache == NULL) {
		return;
	}
	ctx_out_printf(out, "\nCache: %.1f%% hits in the last %u builds",
		100.0 * (double)cache->hits / (double)(cache->hits + cache->misses), cache->builds);
	if (cache->worst != NULL) {
		ctx_out_puts(out, "; the most costly misses begin with ");
		code(out, cache->worst->name);
		ctx_out_printf(out, " (%u times, %s)", cache->worst->begun,
			ana_seconds_text(seconds, cache->worst->begun_seconds));
	}
	ctx_out_puts(out, ".\n");
}
