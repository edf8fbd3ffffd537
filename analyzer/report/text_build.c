/**
 * What a build does with the context, as parts of `context`: what it sends, and which step reads which share of it.
 */
#include "analyzer/report/cells.h"
#include "analyzer/report/steps.h"
#include "analyzer/report/text.h"
#include "analyzer/report/words.h"

/** Columns before the names of the table: size, share, files, line and the blanks between them. */
#define NAME_COLUMN (2 + 8 + 2 + 6 + 2 + 9 + 2 + 5 + 2)

/** Start a line of the block below the answer. */
static void field(struct ctx_out *out, const char *name) {
	ctx_out_printf(out, "  %-13s ", name);
}

/** "3 symlinks" count as files here: they are read as well. */
static uint64_t things(const struct ctx_totals *t) {
	return t->files + t->symlinks;
}

/** Steps that read something. */
static size_t reading_steps(const struct ana_build *build) {
	size_t count = 0;
	for (size_t i = 0; i < build->outline->steps.count; ++i) {
		count += build->outline->steps.items[i].input_count > 0;
	}
	return count;
}

/** What is sent of one context. */
static void print_sending(struct ctx_out *out, const struct ana_build *build, size_t index) {
	const struct ana_sending *s = &build->sendings[index];
	field(out, index == 0 ? "sent" : "");
	if (s->transfer.unused) {
		ctx_out_puts(out, "nothing by BuildKit: no step reads the context\n");
		return;
	}
	ana_bytes(out, s->transfer.first_bytes);
	if (index == 0) {
		ctx_out_puts(out, " by BuildKit the first time\n");
	} else {
		ctx_out_puts(out, " of ");
		ana_cells_put(out, s->name, 30, true);
		ctx_out_puts(out, " the first time\n");
	}
	field(out, "");
	ana_bytes(out, s->transfer.next_bytes);
	if (s->anew) {
		ctx_out_puts(out, " each time after, since a step works on it and not on a copy\n");
		return;
	}
	ctx_out_puts(out,
		build->since && index == 0 ? " if the builder has what was saved\n" : " if nothing has changed\n");
}

void ana_text_build_fields(struct ctx_out *out, const struct ana_build *build) {
	if (build == NULL || build->reads == NULL) {
		return;
	}
	size_t reading = reading_steps(build);
	if (reading > 0) {
		field(out, "read");
		ana_bytes(out, build->read.bytes);
		ctx_out_puts(out, " in ");
		ana_totals(out, &build->read, true);
		ctx_out_puts(out, ", by ");
		ana_count(out, reading, "step", "steps");
		ctx_out_puts(out, "\n");
	}
	for (size_t i = 0; i < build->sending_count; ++i) {
		print_sending(out, build, i);
	}
	if (build->sending_count > 0) {
		field(out, "");
		ana_bytes(out, build->classic_tar_bytes);
		ctx_out_puts(out, " by the classic builder each time\n");
	}
}

/** Numbers of a row. */
static void print_numbers(struct ctx_out *out, uint64_t files, uint64_t bytes, uint64_t whole) {
	char digits[32];
	ctx_out_puts(out, "  ");
	ana_size(out, bytes);
	ctx_out_puts(out, "  ");
	ana_share(out, bytes, whole);
	ctx_out_printf(out, "  %9s  ", ctx_grouped(digits, files));
}

/** One step of the table. */
static void print_step(struct ctx_out *out, const struct ana_context *r, uint32_t index) {
	const struct ana_build *b = r->build;
	const struct ana_vertex *v = ana_step_vertex(b->outline, index);
	const struct ana_step_reads *reads = &b->reads[index];
	print_numbers(out, reads->files, reads->bytes, r->measure->included.bytes);
	ctx_out_printf(out, "%5u  ", v->first_line);
	size_t room = r->head.verbose ? SIZE_MAX : ana_room(out, NAME_COLUMN);
	ana_cells_put(out, v->name, room < 20 ? 20 : room == SIZE_MAX && !r->head.verbose ? 100 : room, r->head.utf8);
	ctx_out_puts(out, "\n");
	if (reads->missing != NULL) {
		ctx_out_printf(out, "%*s", NAME_COLUMN, "");
		ctx_out_style(out, CTX_STYLE_RED);
		ctx_out_puts(out, "the build fails here: ");
		ana_cells_put(out, CTX_STR(reads->missing), SIZE_MAX, r->head.utf8);
		ctx_out_style(out, CTX_STYLE_RESET);
		ctx_out_puts(out, "\n");
	}
}

/** A row of something that no step reads. */
static void print_rest(struct ctx_out *out, const struct ana_context *r, uint64_t files, uint64_t bytes,
	const char *what) {
	if (files == 0) {
		return;
	}
	ctx_out_style(out, CTX_STYLE_YELLOW);
	print_numbers(out, files, bytes, r->measure->included.bytes);
	ctx_out_printf(out, "%5s  %s", "", what);
	ctx_out_style(out, CTX_STYLE_RESET);
	ctx_out_puts(out, "\n");
}

/** Directories with what is sent and read by no step; the first row is the root, which has been told. */
static void print_unread(struct ctx_out *out, const struct ana_context *r) {
	const struct ctx_groups *g = r->build->unread;
	for (size_t i = 1; g != NULL && i < g->rows.count; ++i) {
		const struct ctx_group *row = &g->rows.items[i];
		if (things(&row->totals) == 0) {
			continue;
		}
		ctx_out_style(out, CTX_STYLE_DIM);
		print_numbers(out, things(&row->totals), row->totals.bytes, r->measure->included.bytes);
		ctx_out_printf(out, "%5s    ", "");
		ana_name(out, row->name, row->name_len, ana_room(out, NAME_COLUMN + 3), r->head.utf8);
		ctx_out_puts(out, "/");
		ctx_out_style(out, CTX_STYLE_RESET);
		ctx_out_puts(out, "\n");
	}
}

void ana_text_build_table(struct ctx_out *out, const struct ana_context *r) {
	const struct ana_build *b = r->build;
	if (b == NULL || b->reads == NULL) {
		return;
	}
	ana_heading(out, "Which step reads it", NULL);
	ctx_out_style(out, CTX_STYLE_DIM);
	ctx_out_printf(out, "  %8s  %6s  %9s  %5s\n", "bytes", "share", "files", "line");
	ctx_out_style(out, CTX_STYLE_RESET);
	for (uint32_t i = 0; i < b->outline->steps.count; ++i) {
		if (b->outline->steps.items[i].input_count > 0) {
			print_step(out, r, i);
		}
	}
	struct ctx_totals unread = { 0 };
	if (b->unread != NULL && b->unread->rows.count > 0) {
		unread = b->unread->rows.items[0].totals;
	}
	bool rows = b->unread != NULL && b->unread->rows.count > 1;
	print_rest(out, r, things(&unread), unread.bytes,
		rows ? "sent, but read by no step, of it in" : "sent, but read by no step");
	print_unread(out, r);
	const struct ctx_totals *all = &r->measure->included;
	print_rest(out, r, things(all) - things(&b->wanted), all->bytes - b->wanted.bytes,
		"not sent by BuildKit: no step asks for it");
}
