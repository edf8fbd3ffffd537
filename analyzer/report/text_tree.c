#include "analyzer/report/text.h"
#include "analyzer/report/words.h"

/** Columns of a bar. */
#define BAR_COLUMNS 14

/** Columns before the names: size, share, files, bar and the blanks between them. */
#define NAME_COLUMN (2 + 8 + 2 + 6 + 2 + 8 + 2 + BAR_COLUMNS + 2)

/** Lines that lead from the row's ancestor at depth `from` to its name; returns the columns they take. */
static size_t draw_lines(struct ctx_out *out, const struct ctx_tree_row *row, unsigned from, bool utf8) {
	for (unsigned depth = from + 1; depth <= row->depth; ++depth) {
		bool more = (row->more >> (depth - 1) & 1) != 0, own = depth == row->depth;
		if (utf8) {
			ctx_out_puts(out, own ? (more ? "├─ " : "└─ ") : (more ? "│  " : "   "));
		} else {
			ctx_out_puts(out, own ? (more ? "|- " : "`- ") : (more ? "|  " : "   "));
		}
	}
	return row->depth > from ? (size_t)(row->depth - from) * 3 : 0;
}

/** In place of a bar: "excluded :3", the line of the rule. */
static void draw_exclusion(struct ctx_out *out, const struct ctx_tree_row *row, const struct ctx_rule_facts *rules) {
	char text[32] = "excluded";
	if (row->rule > 0 && row->rule <= rules->count) {
		snprintf(text, sizeof(text), "excluded :%u", rules->items[row->rule - 1].rule->line);
	}
	ctx_out_printf(out, "%-*s  ", BAR_COLUMNS, text);
}

/** Does the row stand for something that is not sent? */
static bool is_excluded(const struct ctx_tree_row *row) {
	return row->kind == CTX_TREE_EXCLUDED || row->kind == CTX_TREE_EXCLUDED_REST;
}

/** Size, share and number of files; unknown for what was not opened. */
static void draw_numbers(struct ctx_out *out, const struct ctx_tree_row *row, uint64_t whole) {
	char digits[32];
	bool unknown = is_excluded(row) && row->unopened;
	ctx_out_puts(out, "  ");
	if (unknown) {
		ctx_out_printf(out, "%8s", "?");
	} else {
		ana_size(out, row->totals.bytes);
	}
	ctx_out_puts(out, "  ");
	if (is_excluded(row)) {
		ctx_out_printf(out, "%6s", "");
	} else {
		ana_share(out, row->totals.bytes, whole);
	}
	ctx_out_printf(out, "  %8s  ", unknown ? "?" : ctx_grouped(digits, row->totals.files));
}

/** Name of a row that stands for several entries: "(3 more dirs, 1 file here)". */
static void draw_several(struct ctx_out *out, const struct ctx_tree_row *row) {
	ctx_out_puts(out, "(");
	if (row->kind == CTX_TREE_OWN) {
		ctx_out_printf(out, "%s here)", ana_plural(row->count, "file", "files"));
		return;
	}
	if (row->count > 0) {
		ana_count(out, row->count, "more dir", "more dirs");
		ctx_out_puts(out, row->own_count > 0 ? ", " : "");
	}
	if (row->own_count > 0) {
		ana_count(out, row->own_count, "file here", "files here");
	}
	ctx_out_puts(out, ")");
}

/** What a row stands for. */
static void draw_name(struct ctx_out *out, const struct ana_head *head, const struct ctx_tree_row *row, size_t used) {
	if (row->name == NULL) {
		draw_several(out, row);
	} else if (row->depth == 0) {
		ctx_out_puts(out, ".");
	} else {
		ana_name(out, row->name, row->name_len, ana_room(out, used + 1), head->utf8);
		ctx_out_puts(out, "/");
	}
}

/** The bar, in its colour; `dim` is taken up again behind it. */
static void draw_bar(struct ctx_out *out, const struct ctx_tree_row *row, uint64_t whole, bool dim, bool utf8) {
	ctx_out_style(out, CTX_STYLE_CYAN);
	ana_bar(out, row->totals.bytes, whole, BAR_COLUMNS, utf8);
	ctx_out_style(out, CTX_STYLE_RESET);
	if (dim) {
		ctx_out_style(out, CTX_STYLE_DIM);
	}
	ctx_out_puts(out, "  ");
}

void ana_text_tree(struct ctx_out *out, const struct ana_head *head, const struct ctx_tree *tree,
	const struct ctx_rule_facts *rules, uint64_t whole, bool with_root) {
	ctx_out_style(out, CTX_STYLE_DIM);
	ctx_out_printf(out, "  %8s  %6s  %8s\n", "bytes", "share", "files");
	ctx_out_style(out, CTX_STYLE_RESET);
	for (size_t i = with_root ? 0 : 1; i < tree->rows.count; ++i) {
		const struct ctx_tree_row *row = &tree->rows.items[i];
		bool dim = row->kind != CTX_TREE_DIR;
		if (dim) {
			ctx_out_style(out, CTX_STYLE_DIM);
		}
		draw_numbers(out, row, whole);
		if (is_excluded(row)) {
			draw_exclusion(out, row, rules);
		} else {
			draw_bar(out, row, whole, dim, head->utf8);
		}
		size_t used = NAME_COLUMN + draw_lines(out, row, with_root ? 0 : 1, head->utf8);
		draw_name(out, head, row, used);
		if (dim) {
			ctx_out_style(out, CTX_STYLE_RESET);
		}
		ctx_out_puts(out, "\n");
	}
}
