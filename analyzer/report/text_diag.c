/**
 * Errors of a Dockerfile as compilers print them: place and message, the line, a caret below the first offending byte.
 *
 *	Dockerfile:3:1: unknown instruction "RNU", did you mean "RUN"?
 *	  3 | RNU apt-get update
 *	    | ^~~
 *
 * Of a line that is too long for the terminal the part around the caret is shown.
 */
#include "analyzer/report/cells.h"
#include "analyzer/report/text.h"
#include "analyzer/report/words.h"

/** Narrowest part of a line that is worth showing, and widest one where there is no terminal. */
#define ROOM_MIN 20
#define ROOM_MAX 160

/** A line in columns. */
struct window {
	/** Columns of the text: what is underlined, and all of it. */
	size_t from, to, total;
	/** Columns that are shown. */
	size_t start, end;
};

/** Find the columns of bytes `at` to `at + len` of a line. */
static struct window measure(struct ctx_str line, size_t at, size_t len) {
	struct window w = { 0 };
	size_t byte = 0, column = 0;
	bool inside = false;
	while (byte < line.len) {
		struct ana_cell cell = ana_cell_of(ctx_str_from(line, byte));
		if (!inside && byte + cell.source > at) {
			w.from = column;
			inside = true;
		}
		if (byte < at + len) {
			w.to = column + cell.columns;
		}
		byte += cell.source;
		column += cell.columns;
	}
	w.total = column;
	if (!inside) {
		w.from = column; // behind the end: something is missing there
	}
	w.to = w.to > w.from ? w.to : w.from + 1;
	return w;
}

/** Choose what is shown: all, or `room` columns with the beginning of the underlined part in the first third. */
static void choose(struct window *w, size_t room) {
	size_t total = w->total > w->from + 1 ? w->total : w->from + 1;
	w->start = 0;
	w->end = total;
	if (total <= room) {
		return;
	}
	w->start = w->from > room / 3 ? w->from - room / 3 : 0;
	if (w->start + room > total) {
		w->start = total - room;
	}
	w->end = w->start + room;
}

/** Print the chosen part; a mark at each cut takes one column. */
static void print_window(struct ctx_out *out, struct ctx_str line, const struct window *w, bool utf8) {
	bool cut_left = w->start > 0, cut_right = w->end < w->total;
	size_t from = w->start + cut_left, to = w->end - cut_right, column = 0;
	const char *mark = utf8 ? "…" : "~";
	ctx_out_puts(out, cut_left ? mark : "");
	size_t printed = from;
	while (line.len > 0 && column < to) {
		struct ana_cell cell = ana_cell_of(line);
		if (column >= from && column + cell.columns <= to) {
			ctx_out_printf(out, "%*s", (int)(column - printed),
				""); // half of a wide character was cut away
			ctx_out_write(out, cell.text, cell.len);
			printed = column + cell.columns;
		}
		column += cell.columns;
		line = ctx_str_from(line, cell.source);
	}
	ctx_out_puts(out, cut_right ? mark : "");
	ctx_out_puts(out, "\n");
}

/** "^~~~" below the chosen part. */
static void print_caret(struct ctx_out *out, const struct window *w) {
	size_t to = w->to < w->end ? w->to : w->end;
	ctx_out_printf(out, "%*s", (int)(w->from - w->start), "");
	ctx_out_style(out, CTX_STYLE_GREEN);
	ctx_out_puts(out, "^");
	for (size_t i = w->from + 1; i < to; ++i) {
		ctx_out_puts(out, "~");
	}
	ctx_out_style(out, CTX_STYLE_RESET);
	ctx_out_puts(out, "\n");
}

void ana_text_excerpt(struct ctx_out *out, struct ctx_str line, uint32_t number, uint32_t column, uint32_t length,
	bool utf8) {
	char text[16];
	int digits = snprintf(text, sizeof(text), "%u", number);
	size_t gutter = (size_t)digits + 5, width = out->tty ? out->width : ROOM_MAX;
	size_t room = width > gutter + ROOM_MIN ? width - gutter : ROOM_MIN;
	struct window w = measure(line, column > 0 ? column - 1 : 0, length);
	choose(&w, room);
	ctx_out_style(out, CTX_STYLE_DIM);
	ctx_out_printf(out, "  %s | ", text);
	ctx_out_style(out, CTX_STYLE_RESET);
	print_window(out, line, &w, utf8);
	ctx_out_style(out, CTX_STYLE_DIM);
	ctx_out_printf(out, "  %*s | ", digits, "");
	ctx_out_style(out, CTX_STYLE_RESET);
	print_caret(out, &w);
}

/** Source line and caret of one error. */
static void print_line(struct ctx_out *out, const struct ana_build *build, const struct ana_diag *diag, bool utf8) {
	struct ctx_str line = ana_syntax_line(&build->model->syntax, diag->line);
	if (diag->line > 0 && line.ptr != NULL) {
		ana_text_excerpt(out, line, diag->line, diag->column, diag->length, utf8);
	}
}

/** One error. */
static void print_diag(struct ctx_out *out, const struct ana_build *build, const struct ana_diag *diag, bool utf8) {
	ctx_out_style(out, CTX_STYLE_BOLD);
	ana_cells_put(out, CTX_STR(build->dockerfile), SIZE_MAX, utf8);
	if (diag->line > 0) {
		ctx_out_printf(out, ":%u:%u", diag->line, diag->column > 0 ? diag->column : 1);
	}
	ctx_out_puts(out, ":");
	ctx_out_style(out, CTX_STYLE_RESET);
	ctx_out_puts(out, " ");
	ana_cells_put(out, CTX_STR(diag->message), SIZE_MAX, utf8);
	ctx_out_puts(out, "\n");
	print_line(out, build, diag, utf8);
}

void ana_text_diags(struct ctx_out *out, const struct ana_build *build, bool utf8) {
	for (size_t i = 0; i < build->error_count; ++i) {
		print_diag(out, build, &build->errors[i], utf8);
	}
	if (build->errors_omitted > 0) {
		ana_count(out, build->errors_omitted, "more error", "more errors");
		ctx_out_puts(out, "\n");
	}
}
