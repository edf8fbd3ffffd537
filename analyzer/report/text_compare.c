/**
 * `compare`: the two sides, then a row for each step.
 *
 *	  A   90.0%   12 min  branch main: 60 builds
 *	  B   41.2%   30 min  branch next: 12 builds
 *	  on one builder B: 12 of 12 misses are hits, as A had built it (20 s)
 *
 *	        A                B
 *	  100.0%    0.0 s   91.7%     20 s  [build 2/5] RUN apt-get update
 */
#include "analyzer/report/cells.h"
#include "analyzer/report/history.h"
#include "analyzer/report/text.h"
#include "analyzer/report/words.h"

/** Columns where there is no terminal, and at least. */
#define COLUMNS 100
#define COLUMNS_MIN 60
/** Columns left of names. */
#define MARGIN 36

/** Are two machines compared that share a cache?  Then what each does alone is of no interest. */
static bool is_machines(const struct ana_comparison *r) {
	return strcmp(r->what, "umask") == 0;
}

/** "  98.3%" in 8 columns. */
static void put_rate(struct ctx_out *out, const struct ana_compare_count *sum) {
	uint32_t decided = sum->hits + sum->misses;
	if (decided == 0) {
		ctx_out_puts(out, "       -");
	} else {
		ctx_out_printf(out, "  %5.1f%%", 100.0 * sum->hits / decided);
	}
}

/** Rate and cost of one side in 17 columns. */
static void put_side(struct ctx_out *out, const struct ana_compare_count *sum) {
	char seconds[24];
	put_rate(out, sum);
	if (sum->hits + sum->misses == 0) {
		ctx_out_puts(out, "        -");
	} else {
		ctx_out_printf(out, " %8s", ana_seconds_text(seconds, sum->seconds));
	}
}

/** The two sides. */
static void print_sides(struct ctx_out *out, const struct ana_comparison *r) {
	const struct ana_compare *c = r->compare;
	for (unsigned side = 0; side < 2; ++side) {
		ctx_out_printf(out, "  %c", 'A' + (int)side);
		ctx_out_style(out, CTX_STYLE_BOLD);
		put_side(out, &c->total.alone[side]);
		ctx_out_style(out, CTX_STYLE_RESET);
		ctx_out_printf(out, "  %s ", r->what);
		ana_cells_put(out, CTX_STR(r->names[side]), 40, r->head.utf8);
		ctx_out_puts(out, ": ");
		ana_count(out, c->builds[side], "build", "builds");
		if (c->failed[side] > 0) {
			ctx_out_printf(out, ", %u of them not possible", c->failed[side]);
		}
		if (c->total.alone[side].unknown > 0) {
			ctx_out_printf(out, "; %u unknown", c->total.alone[side].unknown);
		}
		ctx_out_puts(out, "\n");
	}
}

/** What a shared builder does, as a sentence for each side. */
static void print_shared(struct ctx_out *out, const struct ana_comparison *r) {
	const struct ana_compare *c = r->compare;
	char seconds[24];
	for (unsigned side = 0; c->is_shared && side < 2; ++side) {
		const struct ana_compare_reuse *reuse = &c->total.reuse[side];
		ctx_out_printf(out, "  on one builder %c: ", 'A' + (int)side);
		ctx_out_printf(out, "%u of ", reuse->helped);
		ana_count(out, c->total.alone[side].misses, "miss is a hit", "misses are hits");
		ctx_out_printf(out, ", as %c had built it (%s)", 'B' - (int)side,
			ana_seconds_text(seconds, reuse->helped_seconds));
		if (reuse->hurt > 0) {
			ctx_out_puts(out, "; ");
			ana_count(out, reuse->hurt, "hit is a miss", "hits are misses");
			ctx_out_printf(out, " (%s)", ana_seconds_text(seconds, reuse->hurt_seconds));
		}
		ctx_out_puts(out, "\n");
	}
}

/** Of two machines: what the second builds again that the first has just built. */
static void print_machines(struct ctx_out *out, const struct ana_comparison *r) {
	const struct ana_compare_count *b = &r->compare->total.shared[1];
	char seconds[24];
	ctx_out_puts(out, "\nwith one cache, B right after A at each commit: B misses ");
	ctx_out_printf(out, "%u of ", b->misses);
	ana_count(out, b->hits + b->misses + b->unknown, "step", "steps");
	ctx_out_printf(out, " (%s)\n", ana_seconds_text(seconds, b->seconds));
}

/** What a shared builder does to a step. */
static void print_reuse(struct ctx_out *out, const struct ana_compare_row *row, unsigned side) {
	const struct ana_compare_reuse *reuse = &row->reuse[side];
	if (reuse->helped + reuse->hurt == 0) {
		return;
	}
	ctx_out_style(out, CTX_STYLE_DIM);
	ctx_out_printf(out, "%*son one builder %c: ", MARGIN, "", 'A' + (int)side);
	if (reuse->helped > 0) {
		ctx_out_printf(out, "%u of ", reuse->helped);
		ana_count(out, row->alone[side].misses, "miss is a hit", "misses are hits");
	}
	if (reuse->hurt > 0) {
		ctx_out_puts(out, reuse->helped > 0 ? ", " : "");
		ctx_out_printf(out, "%u of ", reuse->hurt);
		ana_count(out, row->alone[side].hits, "hit is a miss", "hits are misses");
	}
	ctx_out_puts(out, "\n");
	ctx_out_style(out, CTX_STYLE_RESET);
}

/** One step. */
static void print_row(struct ctx_out *out, const struct ana_comparison *r, const struct ana_compare_row *row,
	size_t columns) {
	const struct ana_compare_count *counts = is_machines(r) ? row->shared : row->alone;
	put_side(out, &counts[0]);
	put_side(out, &counts[1]);
	ctx_out_puts(out, "  ");
	ctx_out_style(out, row->current ? CTX_STYLE_BOLD : CTX_STYLE_DIM);
	ana_cells_put(out, row->name, columns - MARGIN, r->head.utf8);
	ctx_out_style(out, CTX_STYLE_RESET);
	ctx_out_puts(out, "\n");
	if (!is_machines(r)) {
		print_reuse(out, row, 0);
		print_reuse(out, row, 1);
	}
}

/** The steps; those that are gone only with -v. */
static void print_rows(struct ctx_out *out, const struct ana_comparison *r) {
	const struct ana_compare *c = r->compare;
	size_t columns = out->tty ? out->width : COLUMNS, gone = 0;
	columns = columns < COLUMNS_MIN ? COLUMNS_MIN : columns;
	ctx_out_puts(out,
		is_machines(r) ? "\n        A   B right after A, with A's cache\n" : "\n        A                B\n");
	for (size_t i = 0; i < c->rows.count; ++i) {
		if (c->rows.items[i].current || r->head.verbose) {
			print_row(out, r, &c->rows.items[i], columns);
		} else {
			++gone;
		}
	}
	if (gone > 0) {
		ctx_out_puts(out, "  and ");
		ana_count(out, gone, "step", "steps");
		ctx_out_puts(out, " of older Dockerfiles, which -v shows\n");
	}
}

/** What was built. */
static void print_head(struct ctx_out *out, const struct ana_comparison *r) {
	char first[32], last[32];
	if (strcmp(r->what, "file") != 0) {
		ana_cells_put(out, CTX_STR(r->dockerfiles[0]), SIZE_MAX, r->head.utf8);
		ctx_out_puts(out, ": ");
	}
	ana_count(out, r->commit_count, "commit", "commits");
	ctx_out_printf(out, ", %s", ana_day_text(first, r->first_time));
	if (strcmp(first, ana_day_text(last, r->last_time)) != 0) {
		ctx_out_printf(out, " to %s", last);
	}
	if (strcmp(r->what, "cache") != 0) {
		ctx_out_printf(out, "; cache: %s", r->caches[0]);
	}
	ctx_out_puts(out, r->shallow ? " (the clone is shallow)\n" : "\n");
}

void ana_text_compare(struct ctx_out *out, const struct ana_comparison *r) {
	if (r->head.quiet) {
		print_sides(out, r);
		return;
	}
	print_head(out, r);
	ana_text_moves(out, r->sims[0], r->head.utf8);
	if (strcmp(r->what, "branch") == 0 ||
		strcmp(r->what, "file") == 0) { // of others both sides have the same history
		ana_text_moves(out, r->sims[1], r->head.utf8);
	}
	ctx_out_puts(out, "hit rate, and about how much is made again\n\n");
	print_sides(out, r);
	(is_machines(r) ? print_machines : print_shared)(out, r);
	print_rows(out, r);
}
