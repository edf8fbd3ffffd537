/**
 * `ignore` for pull requests: tables of rules and of what was left alone, and the diff.
 */
#include "analyzer/report/history.h"
#include "analyzer/report/markdown_parts.h"

#include <inttypes.h>

/** A name as code in a cell. */
static void put_name(struct ctx_out *out, const char *name) {
	ctx_out_puts(out, "| ");
	ana_markdown_code(out, name, strlen(name));
}

/** The other cells of a row.  Backticks in `why` are code spans. */
static void put_row(struct ctx_out *out, const struct ctx_waste_kind *kind, const struct ctx_totals *totals,
	const char *why) {
	char bytes[CTX_HUMAN_MAX];
	ctx_out_printf(out, " %s | %s | ", ana_ignore_subject(kind), ctx_human_bytes(bytes, totals->bytes));
	for (; *why != '\0'; ++why) {
		ctx_out_puts(out, *why == '|' ? "\\" : "");
		ctx_out_write(out, why, 1);
	}
	ctx_out_puts(out, " |\n");
}

/** What the history shows. */
static void put_replay(struct ctx_out *out, const struct ana_ignore_report *r) {
	const struct ana_ignore_replay *replay = &r->replay;
	char before[24], after[24];
	if (replay->none == NULL && r->proposal->rules.count > 0) {
		ctx_out_printf(out,
			"In the newest %zu of %zu builds of the history steps miss %" PRIu64
			" times instead of %" PRIu64 ", which costs %s instead of %s.\n\n",
			replay->scored, replay->builds, replay->after.misses, replay->before.misses,
			ana_seconds_text(after, replay->after.seconds),
			ana_seconds_text(before, replay->before.seconds));
	}
}

/** "| 3, 45 s |": misses and seconds that a rule saves alone. */
static void put_saved(struct ctx_out *out, const struct ana_ignore_rule *rule) {
	char seconds[24];
	if (rule->misses_saved > 0) {
		ctx_out_printf(out, " %" PRIu64 ", %s", rule->misses_saved,
			ana_seconds_text(seconds, rule->seconds_saved));
	}
	ctx_out_puts(out, " |");
}

/** The diff. */
static void put_diff(struct ctx_out *out, const struct ana_ignore_report *r) {
	if (r->diff_len > 0) {
		ctx_out_puts(out, "\n~~~diff\n");
		ctx_out_write(out, r->diff, r->diff_len);
		ctx_out_puts(out, "~~~\n");
	}
}

/** The images with and without the rules, if they were compared. */
static void put_verify(struct ctx_out *out, const struct ana_ignore_report *r) {
	if (r->verify != NULL) {
		ana_markdown_verify(out, r->verify);
	}
}

/** A whole file. */
static void put_whole(struct ctx_out *out, const struct ana_ignore_report *r) {
	const struct ana_ignore_whole *whole = r->whole;
	if (whole->none != NULL || whole->same) {
		ctx_out_printf(out, "Nothing to propose: %s.\n",
			whole->none != NULL ? whole->none : "the ignore file has it all");
		return;
	}
	ctx_out_printf(out, "%zu rules, %zu of them for paths that are there now; proof: %s.\n", whole->rules,
		whole->exceptions, ana_proof_name(whole->proof));
	if (whole->changes.count > 0) {
		ctx_out_puts(out, "\n| Step | Files less | Files more | Such as |\n| :--- | ---: | ---: | :--- |\n");
	}
	for (size_t i = 0; i < whole->changes.count; ++i) {
		const struct ana_ignore_change *change = &whole->changes.items[i];
		put_name(out, change->dockerfile);
		ctx_out_printf(out, ":%" PRIu32 " | %" PRIu64 " | %" PRIu64 " ", change->line, change->lost,
			change->gained);
		put_name(out, change->example);
		ctx_out_puts(out, " |\n");
	}
	if (whole->notes.count > 0) {
		ctx_out_puts(out, "\n| Not quite the same | Line | Why |\n| :--- | :--- | :--- |\n");
	}
	for (size_t i = 0; i < whole->notes.count; ++i) {
		const struct ana_ignore_note *note = &whole->notes.items[i];
		put_name(out, note->pattern);
		ctx_out_puts(out, " ");
		put_name(out, note->file == NULL ? "" : note->file);
		ctx_out_printf(out, ":%u | %s |\n", note->line, note->why);
	}
	put_diff(out, r);
}

void ana_markdown_ignore(struct ctx_out *out, const struct ana_ignore_report *r) {
	const struct ana_ignore_proposal *p = r->proposal;
	if (r->whole != NULL) {
		put_whole(out, r);
		put_verify(out, r);
		return;
	}
	char before[CTX_HUMAN_MAX], after[CTX_HUMAN_MAX];
	if (p->rules.count == 0) {
		ctx_out_puts(out, "Nothing to propose.\n");
	} else {
		ctx_out_printf(out, "BuildKit is sent %s instead of %s.\n\n",
			ctx_human_bytes(after, r->after.first_bytes), ctx_human_bytes(before, r->before.first_bytes));
		put_replay(out, r);
		ctx_out_puts(out,
			"| Rule | Proof | Saves | About | Bytes | Why |\n| :--- | :--- | ---: | :--- | ---: | :--- |\n");
	}
	for (size_t i = 0; i < p->rules.count; ++i) {
		put_name(out, p->rules.items[i].pattern);
		ctx_out_printf(out, " | %s |", ana_proof_name(p->rules.items[i].proof));
		put_saved(out, &p->rules.items[i]);
		put_row(out, p->rules.items[i].kind, &p->rules.items[i].totals, p->rules.items[i].why);
	}
	if (p->held.count > 0) {
		ctx_out_puts(out, "\n| Left alone | About | Bytes | Why |\n| :--- | :--- | ---: | :--- |\n");
	}
	for (size_t i = 0; i < p->held.count; ++i) {
		put_name(out, p->held.items[i].path);
		ctx_out_puts(out, " |");
		put_row(out, p->held.items[i].kind, &p->held.items[i].totals, p->held.items[i].why);
	}
	put_diff(out, r);
	put_verify(out, r);
}
