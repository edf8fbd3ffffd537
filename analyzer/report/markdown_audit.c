/**
 * `audit` for pull requests: a table of findings.
 */
#include "analyzer/report/markdown_parts.h"
#include "analyzer/report/words.h"

/** Text in a cell of a table: what has a meaning in Markdown is escaped. */
static void put_cell(struct ctx_out *out, const char *text) {
	for (; *text != '\0'; ++text) {
		unsigned char c = (unsigned char)*text;
		if (strchr("\\`*_{}[]<>#|&", c) != NULL) {
			ctx_out_puts(out, "\\");
		}
		ctx_out_printf(out, "%c", c < 32 || c == 127 ? ' ' : c);
	}
}

/** One row. */
static void put_row(struct ctx_out *out, const struct ana_audit_report *r, const struct ana_finding *f) {
	ctx_auto_buf struct ctx_buf place = CTX_BUF_INIT;
	ctx_buf_adds(&place, r->audit->files.items[f->file].path);
	if (f->line > 0) {
		ctx_buf_addf(&place, ":%u:%u", f->line, f->column > 0 ? f->column : 1);
	}
	ctx_out_puts(out, "| ");
	ana_markdown_code(out, ctx_buf_str(&place), place.len);
	ctx_out_printf(out, " | %s | %s | ", ana_severity_names[f->severity], f->rule->id);
	put_cell(out, f->message);
	if (f->evidence != NULL) {
		ctx_out_puts(out, "; ");
		put_cell(out, f->evidence);
	}
	ctx_out_puts(out, " | ");
	put_cell(out, f->fix != NULL ? f->fix : "");
	ctx_out_puts(out, " |\n");
}

void ana_markdown_audit(struct ctx_out *out, const struct ana_audit_report *r) {
	size_t shown = 0;
	for (size_t i = 0; i < r->audit->findings.count; ++i) {
		const struct ana_finding *f = &r->audit->findings.items[i];
		if (!ana_audit_shows(r, f, true)) {
			continue;
		}
		if (shown++ == 0) {
			ctx_out_puts(out,
				"| where | severity | rule | what | fix |\n| --- | --- | --- | --- | --- |\n");
		}
		put_row(out, r, f);
	}
	ctx_out_puts(out, shown > 0 ? "\n" : "");
	ana_count(out, shown, "finding", "findings");
	ctx_out_puts(out, " in ");
	ana_count(out, r->audit->files.count, "file", "files");
	ctx_out_puts(out, "\n");
}
