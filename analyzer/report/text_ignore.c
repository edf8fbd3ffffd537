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
#include "analyzer/report/history.h"
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
	if (rule->misses_saved > 0) {
		char seconds[24];
		ctx_out_printf(out, "    alone it saves ");
		ana_count(out, rule->misses_saved, "miss", "misses");
		ctx_out_printf(out, ", %s, in the newest ", ana_seconds_text(seconds, rule->seconds_saved));
		ana_count(out, r->replay.scored, "build", "builds");
		ctx_out_puts(out, "\n");
	}
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

/** What the history shows.  It holds commits alone: of what git does not track it knows nothing. */
static void print_replay(struct ctx_out *out, const struct ana_ignore_report *r) {
	const struct ana_ignore_replay *replay = &r->replay;
	char seconds[24];
	if (replay->none != NULL) {
		if (replay->none[0] != '\0') {
			ctx_out_printf(out, "history: not replayed, %s\n", replay->none);
		}
		return;
	}
	ctx_out_printf(out, "history: the newest %zu of ", replay->scored);
	ana_count(out, replay->builds, "commit", "commits");
	const struct ana_ignore_score *before = &replay->before, *after = &replay->after;
	ctx_out_printf(out, ", built on one builder: ");
	ana_count(out, before->misses, "miss", "misses");
	ctx_out_printf(out, ", %s", ana_seconds_text(seconds, before->seconds));
	if (before->misses == after->misses) {
		ctx_out_puts(out,
			";\n    no fewer then: of what the rules leave out, commits hold nothing that a step takes\n");
	} else {
		ctx_out_printf(out, "; then %" PRIu64 ", %s\n", after->misses,
			ana_seconds_text(seconds, after->seconds));
	}
}

/** What is sent, before and after. */
static void print_sent(struct ctx_out *out, const struct ana_ignore_report *r) {
	ana_heading(out, "Sent", NULL);
	ctx_out_printf(out, "  %-22s%8s  %8s\n", "", "now", "then");
	print_sizes(out, "BuildKit, first time", r->before.first_bytes, r->after.first_bytes);
	print_sizes(out, "BuildKit, next time", r->before.next_bytes, r->after.next_bytes);
	print_sizes(out, "classic builder", r->before.classic_bytes, r->after.classic_bytes);
	ctx_out_puts(out, "\n");
	print_replay(out, r);
	ctx_out_puts(out, "checked: ");
	ana_count(out, r->reads, "read", "reads");
	ctx_out_puts(out, " of ");
	ana_count(out, r->builds, "build", "builds");
	bool review = r->whole != NULL && r->whole->proof == ANA_PROOF_REVIEW;
	for (size_t i = 0; r->whole == NULL && i < r->proposal->rules.count; ++i) {
		review = review || r->proposal->rules.items[i].proof == ANA_PROOF_REVIEW;
	}
	ctx_out_printf(out, ": each takes what it took%s\n",
		r->whole == NULL || r->whole->changes.count > 0 ? ", but for that" : "");
	ana_take_line(out, &r->head, r->prog, review);
}

/** What the steps take then. */
static void print_changes(struct ctx_out *out, const struct ana_ignore_report *r) {
	const struct ana_ignore_whole *whole = r->whole;
	for (size_t i = 0; i < whole->changes.count; ++i) {
		const struct ana_ignore_change *change = &whole->changes.items[i];
		ctx_out_printf(out, "  %s:%" PRIu32 " takes ", change->dockerfile, change->line);
		if (change->lost > 0 || change->gained == 0) {
			ana_count(out, change->lost, "file less", "files less");
		}
		ctx_out_puts(out, change->lost > 0 && change->gained > 0 ? " and " : "");
		if (change->gained > 0) {
			ana_count(out, change->gained, "file more", "files more");
		}
		ctx_out_puts(out, ", such as ");
		ana_cells_put(out, CTX_STR(change->example), ana_room(out, 40), r->head.utf8);
		ctx_out_puts(out, "\n");
	}
}

/** What Docker cannot say, once for each reason. */
static void print_notes(struct ctx_out *out, const struct ana_ignore_report *r) {
	const struct ana_ignore_whole *whole = r->whole;
	if (whole->notes.count > 0) {
		ana_heading(out, "Not quite the same", NULL);
	}
	for (size_t i = 0; i < whole->notes.count; ++i) {
		const struct ana_ignore_note *note = &whole->notes.items[i];
		bool again = i > 0 && strcmp(whole->notes.items[i - 1].why, note->why) == 0;
		if (!again) {
			ctx_out_printf(out, "  %s:\n", note->why);
		}
		ctx_out_puts(out, "    ");
		if (note->file != NULL) {
			ana_cells_put(out, CTX_STR(note->file), ana_room(out, 40), r->head.utf8);
			ctx_out_printf(out, ":%u: ", note->line);
		}
		ana_cells_put(out, CTX_STR(note->pattern), ana_room(out, 40), r->head.utf8);
		ctx_out_puts(out, "\n");
	}
}

/** A whole file. */
static void print_whole(struct ctx_out *out, const struct ana_ignore_report *r) {
	const struct ana_ignore_whole *whole = r->whole;
	if (whole->none != NULL || whole->same) {
		ctx_out_puts(out, r->head.quiet ? "" : "nothing to propose");
		ctx_out_puts(out, r->head.quiet ? "" : whole->none != NULL ? ": " : ": the ignore file has it all\n");
		if (!r->head.quiet && whole->none != NULL) {
			ctx_out_printf(out, "%s\n", whole->none);
		}
		return;
	}
	if (r->head.quiet) {
		ctx_out_write(out, r->diff, r->diff_len);
		return;
	}
	ana_count(out, whole->rules, "rule", "rules");
	if (whole->exceptions > 0) {
		ctx_out_printf(out, ", %zu of them for paths that are there now", whole->exceptions);
	}
	ctx_out_printf(out, "  (%s)\n", ana_proof_name(whole->proof));
	print_changes(out, r);
	print_notes(out, r);
	print_sent(out, r);
}

/** Single rules. */
static void print_rules(struct ctx_out *out, const struct ana_ignore_report *r) {
	const struct ana_ignore_proposal *p = r->proposal;
	for (size_t i = 0; r->head.quiet && i < p->rules.count; ++i) {
		ctx_out_printf(out, "%s\n", p->rules.items[i].pattern);
	}
	if (r->head.quiet) {
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
}

void ana_text_ignore(struct ctx_out *out, const struct ana_ignore_report *r) {
	if (r->whole != NULL) {
		print_whole(out, r);
	} else {
		print_rules(out, r);
	}
	if (r->verify != NULL) {
		ana_text_verify(out, &r->head, r->verify);
	}
}
