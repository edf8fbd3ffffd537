#include "analyzer/report/cells.h"

#include "ctxopt/base/utf8.h"

#include <stdio.h>

struct ana_cell ana_cell_of(struct ctx_str text) {
	struct ana_cell cell = { .columns = 4 };
	uint32_t code;
	cell.source = (unsigned)ctx_utf8_decode(text.ptr, text.len, &code);
	if (code == '\t') {
		cell.len = (unsigned)snprintf(cell.text, sizeof(cell.text), "    ");
	} else if (code == CTX_UTF8_BAD || ctx_utf8_unsafe(code)) {
		cell.columns = 4 * cell.source;
		for (unsigned i = 0; i < cell.source; ++i) {
			unsigned byte = (unsigned char)text.ptr[i];
			snprintf(cell.text + 4 * i, sizeof(cell.text) - 4 * i, "\\x%02x", byte);
		}
		cell.len = cell.columns;
	} else {
		memcpy(cell.text, text.ptr, cell.source);
		cell.len = cell.source;
		cell.columns = ctx_utf8_width(code);
	}
	return cell;
}

/** As ana_cell_of(), with one blank for any number of blanks, tabs and line ends. */
static struct ana_cell line_cell(struct ctx_str text) {
	unsigned blanks = 0;
	while (blanks < text.len && strchr(" \t\n\r", text.ptr[blanks]) != NULL && text.ptr[blanks] != '\0') {
		++blanks;
	}
	if (blanks > 0) {
		return (struct ana_cell){ .text = " ", .len = 1, .columns = 1, .source = blanks };
	}
	return ana_cell_of(text);
}

size_t ana_cells_width(struct ctx_str text) {
	size_t columns = 0;
	while (text.len > 0) {
		struct ana_cell cell = line_cell(text);
		columns += cell.columns;
		text = ctx_str_from(text, cell.source);
	}
	return columns;
}

size_t ana_cells_put(struct ctx_out *out, struct ctx_str text, size_t room, bool utf8) {
	size_t columns = 0;
	bool cut = ana_cells_width(text) > room;
	size_t limit = cut && room > 0 ? room - 1 : room;
	while (text.len > 0) {
		struct ana_cell cell = line_cell(text);
		if (columns + cell.columns > limit) {
			break;
		}
		ctx_out_write(out, cell.text, cell.len);
		columns += cell.columns;
		text = ctx_str_from(text, cell.source);
	}
	if (cut && room > 0) {
		ctx_out_puts(out, utf8 ? "…" : "~");
		++columns;
	}
	return columns;
}
