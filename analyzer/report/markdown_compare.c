/**
 * `compare` for pull requests: a line for each side, a table of steps.
 */
#include "analyzer/report/history.h"
#include "analyzer/report/markdown_parts.h"
#include "analyzer/report/words.h"

/** Hit rate and cost as two cells. */
static void put_side(struct ctx_out *out, const struct ana_compare_count *sum) {
	uint32_t decided = sum->hits + sum->misses;
	char seconds[24];
	if (decided == 0) {
		ctx_out_puts(out, " | |");
	} else {
		ctx_out_printf(out, " %.1f%% | %s |", 100.0 * sum->hits / decided,
			ana_seconds_text(seconds, sum->seconds));
	}
}

/** Cells about one builder for both. */
static void put_shared(struct ctx_out *out, const struct ana_compare_row *row) {
	for (unsigned side = 0; side < 2; ++side) {
		const struct ana_compare_reuse *reuse = &row->reuse[side];
		ctx_out_printf(out, " %u of %u", reuse->helped, row->alone[side].misses);
		if (reuse->hurt > 0) {
			ctx_out_printf(out, "; %u hits lost", reuse->hurt);
		}
		ctx_out_puts(out, " |");
	}
}

/** One row of the table. */
static void put_row(struct ctx_out *out, const struct ana_comparison *r, const struct ana_compare_row *row) {
	put_side(out, &row->alone[0]);
	put_side(out, &row->alone[1]);
	if (r->compare->is_shared) {
		put_shared(out, row);
	}
	ctx_out_puts(out, "\n");
}

void ana_markdown_compare(struct ctx_out *out, const struct ana_comparison *r) {
	const struct ana_compare *c = r->compare;
	ctx_out_printf(out, "## A: %s ", r->what);
	ana_markdown_code(out, r->names[0], strlen(r->names[0]));
	ctx_out_puts(out, " (");
	ana_count(out, c->builds[0], "build", "builds");
	ctx_out_printf(out, "); B: %s ", r->what);
	ana_markdown_code(out, r->names[1], strlen(r->names[1]));
	ctx_out_puts(out, " (");
	ana_count(out, c->builds[1], "build", "builds");
	ctx_out_puts(out, ")\n\n");
	ctx_out_puts(out, "| Step | A hits | A made again | B hits | B made again |");
	ctx_out_puts(out, c->is_shared ? " A's misses that B saves on one builder | B's that A saves |" : "");
	ctx_out_puts(out, "\n| :--- | ---: | ---: | ---: | ---: |");
	ctx_out_puts(out, c->is_shared ? " ---: | ---: |\n" : "\n");
	ctx_out_puts(out, "| **all** |");
	put_row(out, r, &c->total);
	for (size_t i = 0; i < c->rows.count; ++i) {
		const struct ana_compare_row *row = &c->rows.items[i];
		if (row->current) {
			ctx_out_puts(out, "| ");
			ana_markdown_code(out, row->name.ptr, row->name.len);
			ctx_out_puts(out, " |");
			put_row(out, r, row);
		}
	}
}
