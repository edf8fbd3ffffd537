/**
 * `predict`: what one build would do.
 *
 *	HEAD, then the working tree: 3 of 5 steps are made again, about 61 s
 *
 *	  hit      [build 2/5] COPY package.json ./
 *	  miss     [build 4/5] COPY . .
 *	           inputs
 *	            M src/a.c
 *	            + src/new.c
 *	  miss     [build 5/5] RUN make
 *	           parent, since [build 4/5] COPY . .
 */
#include "analyzer/cache/keypart.h"
#include "analyzer/report/cells.h"
#include "analyzer/report/history.h"
#include "analyzer/report/text.h"
#include "analyzer/report/words.h"

/** Columns where there is no terminal. */
#define COLUMNS 100
/** Changed paths of a step that are named, with and without -v. */
#define PATHS_SHOWN 8
#define PATHS_MORE ANA_SIM_PATHS_MAX

/** Steps of a build by verdict. */
static void count_verdicts(const struct ana_sim_build *build, uint32_t counts[3]) {
	for (uint32_t i = 0; i < build->variant->step_count; ++i) {
		++counts[build->verdicts[i].hit];
	}
}

/** The answer. */
static void print_answer(struct ctx_out *out, const struct ana_history *r, const struct ana_sim_build *build) {
	uint32_t counts[3] = { 0 };
	char seconds[24];
	count_verdicts(build, counts);
	ana_cells_put(out, CTX_STR(r->old_name), 60, r->head.utf8);
	ctx_out_puts(out, ", then ");
	ana_cells_put(out, CTX_STR(r->new_name == NULL ? "the working tree" : r->new_name), 60, r->head.utf8);
	ctx_out_puts(out, ": ");
	ctx_out_style(out, CTX_STYLE_BOLD);
	if (counts[ANA_MISS] + counts[ANA_HIT_UNKNOWN] == 0) {
		ctx_out_printf(out, "all %u steps are hits", build->variant->step_count);
	} else {
		ctx_out_printf(out, "%u of %u steps are made again, about %s", counts[ANA_MISS],
			build->variant->step_count, ana_seconds_text(seconds, build->seconds));
	}
	ctx_out_style(out, CTX_STYLE_RESET);
	if (counts[ANA_HIT_UNKNOWN] > 0) {
		ctx_out_printf(out, "; %u unknown", counts[ANA_HIT_UNKNOWN]);
	}
	ctx_out_puts(out, "\n");
}

/** What changed in what a step reads. */
static void print_changes(struct ctx_out *out, const struct ana_history *r, const struct ana_sim_changes *changes) {
	uint32_t total = ana_sim_changes_total(changes), shown = r->head.verbose ? PATHS_MORE : PATHS_SHOWN;
	shown = changes->item_count < shown ? changes->item_count : shown;
	for (uint32_t i = 0; i < shown; ++i) {
		const char *path = changes->items[i].path;
		ctx_out_printf(out, "            %s ", ana_change_kind_name(changes->items[i].kind));
		ana_cells_put(out, CTX_STR(*path == '\0' ? "." : path), SIZE_MAX, r->head.utf8);
		ctx_out_puts(out, "\n");
	}
	if (shown < total) {
		ctx_out_printf(out, "            and %u more\n", total - shown);
	}
}

/** Does a step miss for the reason that was told of the step before: what is above both of them? */
static bool is_told(const struct ana_history *r, const struct ana_sim_build *build, uint32_t index) {
	const struct ana_sim_verdict *v = &build->verdicts[index];
	if (index == 0 || v->blame == index || r->head.verbose || r->explain != ANA_NONE) {
		return false;
	}
	const struct ana_sim_verdict *before = &build->verdicts[index - 1];
	return before->hit == v->hit && before->blame == v->blame && before->assumed == v->assumed &&
		before->blame != index - 1;
}

/** One step. */
static void print_step(struct ctx_out *out, const struct ana_history *r, const struct ana_sim_build *build,
	uint32_t index) {
	const struct ana_sim_verdict *v = &build->verdicts[index];
	enum ctx_style style = v->hit == ANA_HIT                            ? CTX_STYLE_GREEN
		: v->cause == ANA_CAUSE_PARENT || v->hit == ANA_HIT_UNKNOWN ? CTX_STYLE_DIM
									    : CTX_STYLE_RED;
	size_t columns = out->tty ? out->width : COLUMNS;
	ctx_out_puts(out, "  ");
	ana_styled(out, style, ana_hit_name(v->hit));
	ctx_out_printf(out, "%*s", (int)(9 - strlen(ana_hit_name(v->hit))), "");
	ana_cells_put(out, build->variant->steps[index].name, columns > 60 ? columns - 11 : 50, r->head.utf8);
	ctx_out_puts(out, "\n");
	if (v->cause == ANA_CAUSE_NONE || is_told(r, build, index)) {
		return;
	}
	ctx_out_puts(out, "           ");
	ctx_out_style(out, CTX_STYLE_DIM);
	ctx_out_puts(out, v->hit == ANA_HIT_UNKNOWN ? "unless it makes the same again: " : "");
	ctx_out_puts(out, ana_cause_name(v->cause));
	if (v->blame != index) {
		ctx_out_puts(out, ", since ");
		ana_cells_put(out, build->variant->steps[v->blame].name, columns > 60 ? columns - 40 : 30,
			r->head.utf8);
	}
	ctx_out_puts(out, v->assumed ? " (assumed)\n" : "\n");
	ctx_out_style(out, CTX_STYLE_RESET);
	if (v->changes != NULL) {
		print_changes(out, r, v->changes);
	}
}

/** ana_key_part_fn. */
static int print_part(void *arg, const char *name, struct ctx_str value) {
	struct ctx_out *out = arg;
	ctx_out_printf(out, "  %-15s ", name);
	ana_cells_put(out, value, SIZE_MAX, true);
	ctx_out_puts(out, "\n");
	return 0;
}

/** Everything that enters the key of one step. */
static void print_key(struct ctx_out *out, const struct ana_history *r, const struct ana_sim_build *build) {
	const struct ana_variant *v = build->variant;
	ctx_out_puts(out, "\n");
	ana_styled(out, CTX_STYLE_BOLD, "What enters the key of ");
	ana_cells_put(out, v->steps[r->explain].name, SIZE_MAX, r->head.utf8);
	ctx_out_puts(out, "\n");
	uint32_t step = v->steps[r->explain].vertex;
	int rc = v->classic ? ana_classic_explain(&v->plan, step, print_part, out, NULL)
			    : ana_cachekey_explain(&v->graph, &v->keys, step, print_part, out, NULL);
	(void)rc; // only memory can fail, and then what was printed is true
}

void ana_text_predict(struct ctx_out *out, const struct ana_history *r) {
	const struct ana_sim_build *build = &r->sim->builds.items[r->sim->builds.count - 1];
	if (build->verdicts == NULL) {
		return; // its error went to standard error
	}
	print_answer(out, r, build);
	if (r->head.quiet) {
		return;
	}
	ana_text_moves(out, r->sim, r->head.utf8);
	ctx_out_puts(out, "\n");
	if (r->explain != ANA_NONE) {
		print_step(out, r, build, r->explain);
		print_key(out, r, build);
		return;
	}
	for (uint32_t i = 0; i < build->variant->step_count; ++i) {
		print_step(out, r, build, i);
	}
}
