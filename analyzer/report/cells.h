/**
 * Text of strangers in columns: what a terminal shows for each character, and where to cut.
 */
#ifndef ANALYZER_REPORT_CELLS_H
#define ANALYZER_REPORT_CELLS_H

#include "ctxopt/base/out.h"
#include "ctxopt/base/str.h"

/** What stands for one character. */
struct ana_cell {
	/** Bytes to print; a tab is four blanks, what may not reach a terminal is \xHH. */
	char text[20];
	unsigned len;
	/** Columns, and bytes of the source that it stands for. */
	unsigned columns, source;
};

/** The cell of the first character of `text`, which is not empty. */
struct ana_cell ana_cell_of(struct ctx_str text);

/** Columns that ana_cells_put() takes for all of it. */
size_t ana_cells_width(struct ctx_str text);

/**
 * Print text on one line: runs of blanks, tabs and line ends become one blank, and the end is cut if it takes more than
 * `room` columns.  Returns the columns.
 */
size_t ana_cells_put(struct ctx_out *out, struct ctx_str text, size_t room, bool utf8);

#endif
