/**
 * `ignore`: the rules, what was left alone, what is sent before and after.
 *
 *	2 rules leave out 1.2 MB (1,234,567 bytes) of what BuildKit is sent
 *
 *	.git  (version control, review)
 *	    40 files, 1.2 MB: .git
 *	    no command that runs where it is copied looks at it (3 checked)
 *
 *	Left alone
 *	    4 files, 1.1 MB, in 2 places: api/node_modules
 *	    dependencies: no command that is known makes it again: the build may need that of this machine
 */
#include "analyzer/report/cells.h"
#include "analyzer/report/text.h"
#include "analyzer/report/words.h"

#include <inttypes.h>

/** What a rule or a held place amounts to: "4 files, 1.1 MB, in 2 places: api/node_modules". */
static void print_extent(struct ctx_out *out, const struct ana_ignore_report *r, const struct ctx_totals *totals,
	uint64_t places, const char *example) {
	char bytes[CTX_HUMAN_MAX];
	ctx_out_puts(out, "    ");
	ana_totals(out, totals, true);
	ctx_out_printf(out, ", %s", ctx_human_bytes(bytes, totals->bytes));
	if (places > 1) {
		ctx_out_printf(out, ", in %" PRIu64 " places", places);
	}
	ctx_out_puts(out, ": ");
	ana_cells_put(out, CTX_STR(example), ana_room(out, 40), r->head.utf8);
	ctx_out_puts(out, "\n");
}

/** One rule. */
static void print_rule(struct ctx_out *out, const struct ana_ignore_report *r, const struct ana_ignore_rule *rule) {
	ctx_out_style(out, CTX_STYLE_BOLD);
	ana_cells_put(out, CTX_STR(rule->pattern), ana_room(out, 30), r->head.utf8);
	ctx_out_style(out, CTX_STYLE_RESET);
	ctx_out_printf(out, "  (%s, %s)\n", ana_ignore_subject(rule->kind), ana_proof_name(rule->proof));
	print_extent(out, r, &rule->totals, rule->places, rule->example);
	ctx_out_printf(out, "    %s\n", rule->why);
}

/** One line of the table of sizes. */
static void print_sizes(struct ctx_out *out, const char *name, uint64_t before, uint64_t after) {
	ctx_out_printf(out, "  %-22s", name);
	ana_size(out, before);
	ctx_out_puts(out, "  ");
	ana_size(out, after);
	ctx_out_puts(out, "\n");
}

/** What was left alone. */
static void print_held(struct ctx_out *out, const struct ana_ignore_report *r) {
	if (r->proposal->held.count > 0) {
		ana_heading(out, "Left alone", NULL);
	}
	for (size_t i = 0; i < r->proposal->held.count; ++i) {
		const struct ana_ignore_held *held = &r->proposal->held.items[i];
		print_extent(out, r, &held->totals, held->places, held->path);
		ctx_out_printf(out, "    %s: %s\n", ana_ignore_subject(held->kind), held->why);
	}
}

/** What is sent, before and after. */
static void print_sent(struct ctx_out *out, const struct ana_ignore_report *r) {
	ana_heading(out, "Sent", NULL);
	ctx_out_printf(out, "  %-22s%8s  %8s\n", "", "now", "then");
	print_sizes(out, "BuildKit, first time", r->before.first_bytes, r->after.first_bytes);
	print_sizes(out, "BuildKit, next time", r->before.next_bytes, r->after.next_bytes);
	print_sizes(out, "classic builder", r->before.classic_bytes, r->after.classic_bytes);
	ctx_out_puts(out, "\nchecked: ");
	ana_count(out, r->reads, "read", "reads");
	ctx_out_puts(out, " of ");
	ana_count(out, r->builds, "build", "builds");
	ctx_out_printf(out,
		": each takes what it took, but for that\nto take it: %s ignore --write --allow review, or --diff\n",
		r->prog);
}

void ana_text_ignore(struct ctx_out *out, const struct ana_ignore_report *r) {
	const struct ana_ignore_proposal *p = r->proposal;
	for (size_t i = 0; r->head.quiet && i < p->rules.count; ++i) {
		ctx_out_printf(out, "%s\n", p->rules.items[i].pattern);
	}
	if (r->head.quiet) {
		if (r->verify != NULL) {
			ana_text_verify(out, &r->head, r->verify);
		}
		return;
	}
	uint64_t saved = 0;
	for (size_t i = 0; i < p->rules.count; ++i) {
		saved += p->rules.items[i].sent_bytes;
	}
	if (p->rules.count == 0) {
		ctx_out_puts(out, "nothing to propose\n");
	} else {
		ana_count(out, p->rules.count, "rule leaves out ", "rules leave out ");
		ana_bytes(out, saved);
		ctx_out_puts(out, " of what BuildKit is sent\n\n");
	}
	for (size_t i = 0; i < p->rules.count; ++i) {
		print_rule(out, r, &p->rules.items[i]);
	}
	print_held(out, r);
	if (p->rules.count > 0) {
		print_sent(out, r);
	}
	if (r->verify != NULL) {
		ana_text_verify(out, &r->head, r->verify);
	}
}
