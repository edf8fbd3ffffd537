/**
 * `ignore` for pull requests: tables of rules and of what was left alone, and the diff.
 */
#include "analyzer/report/markdown_parts.h"

/** A name as code in a cell. */
static void put_name(struct ctx_out *out, const char *name) {
	ctx_out_puts(out, "| ");
	ana_markdown_code(out, name, strlen(name));
}

/** The other cells of a row.  Backticks in `why` are code spans. */
static void put_row(struct ctx_out *out, const struct ctx_waste_kind *kind, const struct ctx_totals *totals,
	const char *why) {
	char bytes[CTX_HUMAN_MAX];
	ctx_out_printf(out, " | %s | %s | ", ana_ignore_subject(kind), ctx_human_bytes(bytes, totals->bytes));
	for (; *why != '\0'; ++why) {
		ctx_out_puts(out, *why == '|' ? "\\" : "");
		ctx_out_write(out, why, 1);
	}
	ctx_out_puts(out, " |\n");
}

void ana_markdown_ignore(struct ctx_out *out, const struct ana_ignore_report *r) {
	const struct ana_ignore_proposal *p = r->proposal;
	char before[CTX_HUMAN_MAX], after[CTX_HUMAN_MAX];
	if (p->rules.count == 0) {
		ctx_out_puts(out, "Nothing to propose.\n");
	} else {
		ctx_out_printf(out, "BuildKit is sent %s instead of %s.\n\n| Rule | Proof | About | Bytes | Why |\n",
			ctx_human_bytes(after, r->after.first_bytes), ctx_human_bytes(before, r->before.first_bytes));
		ctx_out_puts(out, "| :--- | :--- | :--- | ---: | :--- |\n");
	}
	for (size_t i = 0; i < p->rules.count; ++i) {
		put_name(out, p->rules.items[i].pattern);
		ctx_out_printf(out, " | %s", ana_proof_name(p->rules.items[i].proof));
		put_row(out, p->rules.items[i].kind, &p->rules.items[i].totals, p->rules.items[i].why);
	}
	if (p->held.count > 0) {
		ctx_out_puts(out, "\n| Left alone | About | Bytes | Why |\n| :--- | :--- | ---: | :--- |\n");
	}
	for (size_t i = 0; i < p->held.count; ++i) {
		put_name(out, p->held.items[i].path);
		put_row(out, p->held.items[i].kind, &p->held.items[i].totals, p->held.items[i].why);
	}
	if (r->diff_len > 0) {
		ctx_out_puts(out, "\n~~~diff\n");
		ctx_out_write(out, r->diff, r->diff_len);
		ctx_out_puts(out, "~~~\n");
	}
	if (r->verify != NULL) {
		ana_markdown_verify(out, r->verify);
	}
}
