/**
 * `simulate`: the rate, and what cost most; then a row for each step with a strip of cells, one for each build, the oldest left, and what
 * is to blame.  Steps that only ever miss with the one above need no more than a line.
 *
 *	hit rate 75.0%: 1,125 hits, 375 misses; about 32 min of work done again
 *	most of it begins with
 *	       32 min  [build 4/5] COPY . .  35 times: src/, go.mod
 *
 *	   98.3%    20 s  [build 2/5] RUN apt-get update
 *	          █····························█·······
 *	   41.7%   0.2 s  [build 4/5] COPY . .
 *	          █··███·█·██·█████·····██··█·████·██·█
 *	          34 of 35  inputs  src/ (22 alone)
 *
 * Where there are more builds than columns, a cell stands for several, and is the darker the more of them missed.
 */
#include "analyzer/report/cells.h"
#include "analyzer/report/history.h"
#include "analyzer/report/text.h"
#include "analyzer/report/words.h"

/** Columns where there is no terminal, and at least. */
#define COLUMNS 100
#define COLUMNS_MIN 40
/** Columns left of names and cells. */
#define MARGIN 18
#define STRIP_MARGIN 10
/** Causes of a step, with and without -v; builds that could not be built. */
#define CAUSES_SHOWN 3
#define CAUSES_MORE 10
#define FAILED_SHOWN 3
/** Steps that misses begin with, and paths of each. */
#define COSTLY_SHOWN 3

/** The page. */
struct page {
	struct ctx_out *out;
	const struct ana_history *r;
	size_t columns;
	/** By row and build: 'h', 'm', 'u', or ' ' where the build does not have the step. */
	char *cells;
	/** The newest build that could be built. */
	uint32_t newest;
	/** The row above; ANA_NONE. */
	uint32_t above;
};

/** Which builds are told about. */
static void print_head(const struct page *p) {
	struct ctx_out *out = p->out;
	const struct ana_sim *sim = p->r->sim;
	char first[32], last[32];
	ana_cells_put(out, CTX_STR(p->r->dockerfile), SIZE_MAX, p->r->head.utf8);
	ctx_out_puts(out, ": ");
	ana_count(out, sim->builds.count, "build", "builds");
	if (p->r->commit_count > 0) {
		int64_t from, to;
		ana_time_range(p->r->commits, p->r->commit_count, &from, &to);
		ctx_out_printf(out, ", %s to %s", ana_day_text(first, from), ana_day_text(last, to));
	}
	for (size_t i = 0; i < p->r->branch_count; ++i) {
		ctx_out_puts(out, i == 0 ? " of " : ", ");
		ana_cells_put(out, CTX_STR(p->r->branches[i]), 60, p->r->head.utf8);
	}
	ctx_out_printf(out, "; cache: %s%s\n", p->r->cache, p->r->shallow ? " (the clone is shallow)" : "");
}

void ana_text_moves(struct ctx_out *out, const struct ana_sim *sim, bool utf8) {
	char id[CTX_OID_HEX_MAX];
	for (size_t i = 0; i < sim->moves.count; ++i) {
		const struct ana_move *move = &sim->moves.items[i];
		ana_cells_put(out, CTX_STR(move->to), SIZE_MAX, utf8);
		ctx_out_puts(out, " was ");
		ana_cells_put(out, CTX_STR(move->from), SIZE_MAX, utf8);
		ctx_out_puts(out, " before");
		if (move->commit.len > 0) {
			ctx_out_printf(out, " %.12s", ctx_oid_hex(id, &move->commit));
		}
		ctx_out_printf(out, ", %u%% the same\n", move->percent);
	}
}

/** The answer. */
static void print_answer(const struct page *p) {
	struct ctx_out *out = p->out;
	struct ana_history_sums sums = ana_history_sum(p->r->sim);
	char seconds[24];
	ctx_out_style(out, CTX_STYLE_BOLD);
	if (sums.hits + sums.misses == 0) {
		ctx_out_puts(out, "no verdicts");
	} else {
		ctx_out_printf(out, "hit rate %.1f%%", 100.0 * (double)sums.hits / (double)(sums.hits + sums.misses));
	}
	ctx_out_style(out, CTX_STYLE_RESET);
	ctx_out_puts(out, ": ");
	ana_count(out, sums.hits, "hit", "hits");
	ctx_out_puts(out, ", ");
	ana_count(out, sums.misses, "miss", "misses");
	if (sums.unknown > 0) {
		ctx_out_puts(out, ", ");
		ana_count(out, sums.unknown, "unknown", "unknown");
	}
	ctx_out_printf(out, "; about %s of work done again\n", ana_seconds_text(seconds, p->r->sim->seconds));
	if (p->r->cache_bytes > 0 && !p->r->head.quiet) {
		char human[CTX_HUMAN_MAX];
		ctx_out_printf(out, "cache of %s: no room for ", ctx_human_bytes(human, p->r->cache_bytes));
		ana_count(out, p->r->sim->dropped, "result", "results");
		ctx_out_puts(out, "; sizes of what RUN steps write are estimates unless --costs has them\n");
	}
	if (sums.unknown > 0 && !p->r->head.quiet) {
		ctx_out_puts(out,
			"unknown: what a RUN that was made again left to be copied (--assume run=changed or run=unchanged\n"
			"decides), or what a base image may hold\n");
	}
}

/** The step with the most seconds below `most`, or as many and after row `after`; ANA_NONE. */
static uint32_t next_costly(const struct ana_sim *sim, double most, uint32_t after) {
	uint32_t best = ANA_NONE;
	for (uint32_t i = 0; i < sim->rows.count; ++i) {
		double seconds = sim->rows.items[i].begun_seconds;
		bool left = seconds < most || (seconds <= most && i > after);
		if (left && seconds > 0 && (best == ANA_NONE || seconds > sim->rows.items[best].begun_seconds)) {
			best = i;
		}
	}
	return best;
}

/** The paths whose changes were to blame, or else the cause. */
static void print_blame(const struct page *p, const struct ana_sim_row *row) {
	unsigned shown = 0;
	for (uint32_t i = 0; i < row->cause_count && shown < CAUSES_SHOWN; ++i) {
		const struct ana_sim_cause *cause = &row->causes[i];
		bool own = cause->cause == ANA_CAUSE_INPUTS ? *cause->what != '\0'
							    : cause->cause != ANA_CAUSE_FIRST_BUILD &&
				cause->cause != ANA_CAUSE_PARENT && cause->cause != ANA_CAUSE_STAGE;
		if (own) {
			ctx_out_puts(p->out, shown++ == 0 ? ": " : ", ");
			ana_cells_put(p->out,
				CTX_STR(*cause->what != '\0' ? cause->what : ana_cause_name(cause->cause)), COLUMNS_MIN,
				p->r->head.utf8);
		}
	}
}

/** The steps that most of the work begins with. */
static void print_costly(const struct page *p) {
	const struct ana_sim *sim = p->r->sim;
	double most = sim->seconds + 1;
	uint32_t index = ANA_NONE;
	for (unsigned shown = 0; shown < COSTLY_SHOWN; ++shown) {
		char seconds[24];
		index = next_costly(sim, most, index);
		if (index == ANA_NONE) {
			return;
		}
		const struct ana_sim_row *row = &sim->rows.items[index];
		most = row->begun_seconds;
		ctx_out_puts(p->out, shown == 0 ? "most of it begins with\n" : "");
		ctx_out_printf(p->out, "%15s  ", ana_seconds_text(seconds, row->begun_seconds));
		ana_cells_put(p->out, row->name, p->columns > 100 ? p->columns - 60 : COLUMNS_MIN, p->r->head.utf8);
		ctx_out_style(p->out, CTX_STYLE_DIM);
		ctx_out_printf(p->out, "  %u %s", row->begun, row->begun == 1 ? "time" : "times");
		print_blame(p, row);
		ctx_out_style(p->out, CTX_STYLE_RESET);
		ctx_out_puts(p->out, "\n");
	}
}

/** A cell for builds `from` to `to` of a row. */
static void put_cell(const struct page *p, const char *cells, size_t from, size_t to) {
	static const char *const shades[] = { "\u2591", "\u2592", "\u2593", "\u2588" };
	unsigned hits = 0, misses = 0, unknown = 0;
	for (size_t i = from; i < to; ++i) {
		hits += cells[i] == 'h';
		misses += cells[i] == 'm';
		unknown += cells[i] == 'u';
	}
	unsigned all = hits + misses + unknown;
	if (all == 0) {
		ctx_out_puts(p->out, " ");
	} else if (misses == 0) {
		ctx_out_puts(p->out, unknown > 0 ? "?" : p->r->head.utf8 ? "\u00b7" : ".");
	} else if (p->r->head.utf8) {
		unsigned shade = (misses * 4 - 1) / all;
		ctx_out_style(p->out, CTX_STYLE_RED);
		ctx_out_puts(p->out, shades[shade > 3 ? 3 : shade]);
		ctx_out_style(p->out, CTX_STYLE_RESET);
	} else {
		ctx_out_puts(p->out, misses == all ? "#" : misses * 2 >= all ? "+" : "-");
	}
}

/** The strip of a row. */
static void print_strip(const struct page *p, size_t row) {
	size_t builds = p->r->sim->builds.count, room = p->columns - STRIP_MARGIN;
	size_t width = builds < room ? builds : room;
	ctx_out_printf(p->out, "%*s", STRIP_MARGIN, "");
	for (size_t i = 0; i < width; ++i) {
		put_cell(p, p->cells + row * builds, i * builds / width, (i + 1) * builds / width);
	}
	ctx_out_puts(p->out, "\n");
}

/** What is to blame for the misses of a row. */
static void print_causes(const struct page *p, const struct ana_sim_row *row) {
	struct ctx_out *out = p->out;
	uint32_t shown = p->r->head.verbose ? CAUSES_MORE : CAUSES_SHOWN;
	uint32_t all = row->misses + row->unknown;
	for (uint32_t i = 0; i < row->cause_count && i < shown; ++i) {
		const struct ana_sim_cause *cause = &row->causes[i];
		if (cause->cause == ANA_CAUSE_FIRST_BUILD && row->cause_count > 1) {
			continue; // goes without saying
		}
		ctx_out_style(out, CTX_STYLE_DIM);
		ctx_out_printf(out, "%*s%u of %u  %s", STRIP_MARGIN, "", cause->misses, all,
			ana_cause_name(cause->cause));
		ctx_out_style(out, CTX_STYLE_RESET);
		if (*cause->what != '\0') {
			ctx_out_puts(out, "  ");
			ana_cells_put(out, CTX_STR(cause->what), p->columns > 60 ? p->columns - 45 : 20,
				p->r->head.utf8);
		}
		if (cause->cause == ANA_CAUSE_INPUTS && cause->alone > 0 && cause->alone < cause->misses) {
			ctx_out_printf(out, " (%u alone)", cause->alone);
		} else if (cause->cause == ANA_CAUSE_INPUTS && cause->alone > 0) {
			ctx_out_puts(out, " (alone)");
		}
		ctx_out_puts(out, "\n");
	}
}

/** Does a step only ever miss because the one before did, and always when the row above does? */
static bool follows(const struct page *p, size_t index) {
	const struct ana_sim_row *row = &p->r->sim->rows.items[index];
	size_t builds = p->r->sim->builds.count;
	if (p->above == ANA_NONE || memcmp(p->cells + index * builds, p->cells + p->above * builds, builds) != 0) {
		return false;
	}
	for (uint32_t i = 0; i < row->cause_count; ++i) {
		if (row->causes[i].cause != ANA_CAUSE_PARENT && row->causes[i].cause != ANA_CAUSE_FIRST_BUILD) {
			return false;
		}
	}
	return true;
}

/** One step. */
static void print_row(const struct page *p, size_t index) {
	const struct ana_sim_row *row = &p->r->sim->rows.items[index];
	char seconds[24];
	uint32_t decided = row->hits + row->misses;
	if (decided == 0) {
		ctx_out_puts(p->out, "       -");
	} else {
		ctx_out_printf(p->out, "  %5.1f%%", 100.0 * row->hits / decided);
	}
	ctx_out_printf(p->out, "%8s  ", ana_seconds_text(seconds, row->seconds));
	ctx_out_style(p->out, row->last_build < p->newest ? CTX_STYLE_DIM : CTX_STYLE_BOLD); // it is gone
	ana_cells_put(p->out, row->name, p->columns > MARGIN + 10 ? p->columns - MARGIN : 10, p->r->head.utf8);
	ctx_out_style(p->out, CTX_STYLE_RESET);
	ctx_out_puts(p->out, "\n");
	if (!follows(p, index)) {
		print_strip(p, index);
		print_causes(p, row);
	}
}

/** Builds that could not be built. */
static void print_failed(const struct page *p) {
	const struct ana_sim *sim = p->r->sim;
	unsigned shown = 0;
	if (sim->failed == 0) {
		return;
	}
	ctx_out_puts(p->out, "\n");
	ana_count(p->out, sim->failed, "build", "builds");
	ctx_out_puts(p->out, " could not be built\n");
	for (size_t i = sim->builds.count; i-- > 0 && shown < FAILED_SHOWN;) {
		const struct ana_sim_build *build = &sim->builds.items[i];
		char id[CTX_OID_HEX_MAX];
		if (build->error == NULL) {
			continue;
		}
		++shown;
		bool commit = build->commit != ANA_NONE;
		ctx_out_printf(p->out, "  %.12s  ",
			commit ? ctx_oid_hex(id, &p->r->commits[build->commit].id) : "working tree");
		ana_cells_put(p->out, CTX_STR(build->error), SIZE_MAX, p->r->head.utf8);
		ctx_out_puts(p->out, "\n");
	}
	if (shown < sim->failed) {
		ctx_out_printf(p->out, "  and %u more\n", sim->failed - shown);
	}
}

/** Put the verdicts into cells. */
static bool fill_cells(struct page *p) {
	const struct ana_sim *sim = p->r->sim;
	size_t builds = sim->builds.count;
	p->cells = ctx_calloc(sim->rows.count + 1, builds + 1);
	for (size_t i = 0; p->cells != NULL && i < builds; ++i) {
		const struct ana_sim_build *build = &sim->builds.items[i];
		p->newest = build->verdicts != NULL ? (uint32_t)i : p->newest;
		for (uint32_t k = 0; build->verdicts != NULL && k < build->variant->step_count; ++k) {
			const struct ana_sim_verdict *v = &build->verdicts[k];
			p->cells[v->row * builds + i] = v->hit == ANA_HIT ? 'h' : v->hit == ANA_MISS ? 'm' : 'u';
		}
	}
	return p->cells != NULL;
}

void ana_text_simulate(struct ctx_out *out, const struct ana_history *r) {
	struct page p = { .out = out, .r = r, .columns = out->tty ? out->width : COLUMNS, .above = ANA_NONE };
	p.columns = p.columns < COLUMNS_MIN ? COLUMNS_MIN : p.columns;
	if (r->head.quiet) {
		print_answer(&p);
		return;
	}
	print_head(&p);
	ana_text_moves(out, r->sim, r->head.utf8);
	print_answer(&p);
	print_costly(&p);
	ctx_out_puts(out,
		"\nhit rate  each  step, and its builds, the oldest left; without them: as of the step above\n");
	if (fill_cells(&p)) {
		for (uint32_t i = 0; i < r->sim->rows.count; ++i) {
			if (r->sim->rows.items[i].last_build != ANA_NONE) {
				print_row(&p, i);
				p.above = i;
			}
		}
	}
	free(p.cells);
	print_failed(&p);
}
