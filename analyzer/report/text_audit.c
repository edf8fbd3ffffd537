/*
 * `audit`: findings as compilers print them, and what they add up to.
 *
 *	Dockerfile:1:6: warning: 'ruby' has no tag: that is 'latest', another image tomorrow [image-not-pinned]
 *	  1 | FROM ruby
 *	    |      ^~~~
 *	    fix: name a version, or best a version and its digest: NAME:VERSION@sha256:...
 */
#include "analyzer/report/cells.h"
#include "analyzer/report/text.h"
#include "analyzer/report/words.h"

/** Colour of a severity. */
static enum ctx_style style_of(enum ana_severity severity) {
	return severity == ANA_SEVERITY_ERROR      ? CTX_STYLE_RED
		: severity == ANA_SEVERITY_WARNING ? CTX_STYLE_YELLOW
						   : CTX_STYLE_CYAN;
}

/** A line of words below a finding. */
static void print_note(struct ctx_out *out, const struct ana_audit_report *r, const char *label, const char *text) {
	if (text != NULL) {
		ctx_out_printf(out, "    %s%s", label, *label != '\0' ? ": " : "");
		ana_cells_put(out, CTX_STR(text), SIZE_MAX, r->head.utf8);
		ctx_out_puts(out, "\n");
	}
}

/** "path:line:column:". */
static void print_place(struct ctx_out *out, const struct ana_audit_report *r, const char *path, uint32_t line,
	uint32_t column) {
	ctx_out_style(out, CTX_STYLE_BOLD);
	ana_cells_put(out, CTX_STR(path), SIZE_MAX, r->head.utf8);
	if (line > 0) {
		ctx_out_printf(out, ":%u:%u", line, column > 0 ? column : 1);
	}
	ctx_out_puts(out, ": ");
	ctx_out_style(out, CTX_STYLE_RESET);
}

/** The lines of a text, each behind a sign. */
static void print_lines(struct ctx_out *out, const struct ana_audit_report *r, const char *sign, enum ctx_style style,
	struct ctx_str text) {
	while (text.len > 0) {
		struct ctx_str line = { text.ptr, ctx_str_find(text, '\n') };
		text = ctx_str_from(text, line.len < text.len ? line.len + 1 : line.len);
		line.len -= line.len > 0 && line.ptr[line.len - 1] == '\r';
		ctx_out_style(out, style);
		ctx_out_printf(out, "    %s", sign);
		ana_cells_put(out, line, SIZE_MAX, r->head.utf8);
		ctx_out_style(out, CTX_STYLE_RESET);
		ctx_out_puts(out, "\n");
	}
}

/** The patch of a finding. */
static void print_diff(struct ctx_out *out, const struct ana_audit_report *r, const struct ana_finding *f) {
	const struct ana_audit_file *file = &r->audit->files.items[f->file];
	for (uint32_t i = 0; i < f->edit_count; ++i) {
		const struct ana_edit *edit = &f->edits[i];
		for (uint32_t line = edit->first; line <= edit->last; ++line) {
			ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
			ana_audit_line(&text, file, line, NULL, NULL);
			ctx_buf_adds(&text, "\n");
			print_lines(out, r, "- ", CTX_STYLE_RED, (struct ctx_str){ ctx_buf_str(&text), text.len });
		}
		print_lines(out, r, "+ ", CTX_STYLE_GREEN, CTX_STR(edit->text));
	}
}

/** One finding. */
static void print_finding(struct ctx_out *out, const struct ana_audit_report *r, const struct ana_finding *f) {
	const struct ana_audit_file *file = &r->audit->files.items[f->file];
	print_place(out, r, file->path, f->line, f->column);
	ctx_out_style(out, style_of(f->severity));
	ctx_out_puts(out, ana_severity_names[f->severity]);
	ctx_out_style(out, CTX_STYLE_RESET);
	ctx_out_puts(out, ": ");
	ana_cells_put(out, CTX_STR(f->message), SIZE_MAX, r->head.utf8);
	ctx_out_printf(out, " [%s]\n", f->rule->id);
	if (r->head.quiet) {
		return;
	}
	if (f->line > 0) {
		ctx_auto_buf struct ctx_buf line = CTX_BUF_INIT;
		uint32_t column = f->column, length = f->length;
		ana_audit_line(&line, file, f->line, &column, &length);
		ana_text_excerpt(out, (struct ctx_str){ ctx_buf_str(&line), line.len }, f->line, column, length,
			r->head.utf8);
	}
	print_note(out, r, "", f->evidence);
	print_note(out, r, "why", f->why != NULL ? f->why : r->head.verbose ? f->rule->why : NULL);
	print_note(out, r, "fix", f->fix);
	if (r->diff) {
		print_diff(out, r, f);
	}
	if (f->suppressed != ANA_SUPPRESSED_NOT) {
		print_note(out, r, "does not count", f->suppressed_by);
	}
}

/** The last line. */
static void print_sums(struct ctx_out *out, const struct ana_audit_report *r) {
	size_t counts[ANA_SEVERITY_ERROR + 1], shown = 0, below = 0, suppressed = 0;
	ana_audit_count(r->audit, counts);
	for (int i = ANA_SEVERITY_STYLE; i <= ANA_SEVERITY_ERROR; ++i) {
		shown += i >= (int)r->least ? counts[i] : 0;
		below += i >= (int)r->least ? 0 : counts[i];
	}
	for (size_t i = 0; i < r->audit->findings.count; ++i) {
		suppressed += r->audit->findings.items[i].suppressed != ANA_SUPPRESSED_NOT;
	}
	ana_count(out, shown, "finding", "findings");
	const char *between = ": ";
	for (int i = ANA_SEVERITY_ERROR; i >= (int)r->least; --i) {
		if (counts[i] > 0) {
			bool many = counts[i] > 1 && i >= ANA_SEVERITY_WARNING;
			ctx_out_printf(out, "%s%zu %s%s", between, counts[i], ana_severity_names[i], many ? "s" : "");
			between = ", ";
		}
	}
	ctx_out_puts(out, " in ");
	ana_count(out, r->audit->files.count, "file", "files");
	if (r->audit->templates > 0) {
		ctx_out_puts(out, ", ");
		ana_count(out, r->audit->templates, "template", "templates");
		ctx_out_puts(out, " left out");
	}
	if (below > 0) {
		ctx_out_printf(out, "; %zu less severe: --severity style", below);
	}
	if (suppressed > 0) {
		ctx_out_printf(out, "; %zu suppressed", suppressed);
	}
	ctx_out_puts(out, "\n");
}

void ana_text_audit(struct ctx_out *out, const struct ana_audit_report *r) {
	const struct ana_audit *audit = r->audit;
	size_t shown = 0;
	for (size_t i = 0; i < audit->findings.count; ++i) {
		if (ana_audit_shows(r, &audit->findings.items[i], true)) {
			print_finding(out, r, &audit->findings.items[i]);
			++shown;
		}
	}
	if (!r->head.quiet) {
		ctx_out_puts(out, shown > 0 ? "\n" : "");
		print_sums(out, r);
	}
}
