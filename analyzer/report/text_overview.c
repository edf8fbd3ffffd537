/**
 * One screen: 24 lines of 80 columns.
 *
 *	1 answer, 1 empty, 6 Dockerfile, build, what fails, ignore file, excluded, arrive empty
 *	1 empty, 1 heading, 1 column heads, 6 rows (cmd_overview.c asks for five directories)
 *	1 empty, 1 heading, WASTE_ROWS rows, one less if there is a line about the cache: changes, and what they leave room for of waste
 */
#include "analyzer/report/cells.h"
#include "analyzer/report/history.h"
#include "analyzer/report/steps.h"
#include "analyzer/report/text.h"
#include "analyzer/report/words.h"

#include <stdio.h>

/** Most rows of well-known things. */
#define WASTE_ROWS 5
/** Of these, kinds of secrets. */
#define WASTE_SECRETS 2
/** Share of all bytes, in thousandths, below which a kind is not worth a line. */
#define WASTE_MIN_PERMILLE 1
/** Widest line. */
#define LINE_COLUMNS 80
/** Columns that the worst step's instruction gets at least. */
#define WORST_MIN 12
/** Column where the hints start, if what stands before leaves room. */
#define HINT_COLUMN 54

/** End a line that holds `used` columns with a dim hint which command tells more. */
static void hint(struct ctx_out *out, const struct ana_overview *r, size_t used, const char *command) {
	if (used + 2 + strlen(r->prog) + 1 + strlen(command) > LINE_COLUMNS) {
		ctx_out_puts(out, "\n"); // a long name has taken its place
		return;
	}
	ctx_out_printf(out, "%*s", used + 2 < HINT_COLUMN ? (int)(HINT_COLUMN - used) : 2, "");
	ctx_out_style(out, CTX_STYLE_DIM);
	ctx_out_printf(out, "%s %s", r->prog, command);
	ctx_out_style(out, CTX_STYLE_RESET);
	ctx_out_puts(out, "\n");
}

/** A heading with a hint. */
static void heading(struct ctx_out *out, const struct ana_overview *r, const char *text, const char *command) {
	ctx_out_puts(out, "\n");
	ana_styled(out, CTX_STYLE_BOLD, text);
	hint(out, r, strlen(text), command);
}

/** Write a line that was collected in memory, then a hint. */
static void flush_line(struct ctx_out *out, const struct ana_overview *r, struct ctx_out *line, const char *command) {
	const char *text = ctx_buf_str(&line->buf);
	ctx_out_puts(out, text);
	hint(out, r, ctx_out_name_width(out, text, line->buf.len), command);
	ctx_out_abort(line);
}

/** "context: 12.3 MB (12,345,678 bytes) in 1,234 files". */
static void print_answer(struct ctx_out *out, const struct ana_overview *r) {
	struct ctx_out line;
	ctx_out_init_mem(&line);
	ctx_out_puts(&line, ": ");
	ana_bytes(&line, r->measure->included.bytes);
	ctx_out_puts(&line, " in ");
	ana_count(&line, r->measure->included.files, "file", "files");
	ana_styled(out, CTX_STYLE_BOLD, "context");
	if (r->head.quiet) {
		ctx_out_printf(out, "%s\n", ctx_buf_str(&line.buf));
		ctx_out_abort(&line);
	} else {
		flush_line(out, r, &line, "context");
	}
}

/** The ignore file and how it does. */
static void print_ignore(struct ctx_out *out, const struct ana_overview *r) {
	const struct ana_source *s = &r->head.source;
	bool rules = strcmp(s->kind, "directory") == 0 || strcmp(s->kind, "commit") == 0;
	ctx_out_puts(out, "  ignore file  ");
	if (s->ignore_file == NULL) {
		ctx_out_puts(out, rules ? "none: nothing is excluded\n" : "no rules apply to an archive\n");
		return;
	}
	struct ctx_out line;
	ctx_out_init_mem(&line);
	line.tty = out->tty; // the name is a stranger's
	ctx_out_name(&line, s->ignore_file, strlen(s->ignore_file));
	ctx_out_puts(&line, ", ");
	ana_count(&line, r->rules->count, "rule", "rules");
	if (r->rules->dead > r->rules->shadowed) {
		ctx_out_printf(&line, ", %zu idle", r->rules->dead - r->rules->shadowed);
	}
	if (r->rules->shadowed > 0) {
		ctx_out_printf(&line, ", %zu dead", r->rules->shadowed);
	}
	ctx_out_puts(out, ctx_buf_str(&line.buf));
	hint(out, r, 15 + line.buf.len, "context --by rule");
	ctx_out_abort(&line);
}

/** What stays out. */
static void print_excluded(struct ctx_out *out, const struct ana_overview *r) {
	struct ctx_totals known = r->measure->excluded;
	uint64_t unopened = r->measure->unopened_dirs;
	bool any = known.files + known.symlinks > 0;
	if (!any && unopened == 0) {
		return;
	}
	struct ctx_out line;
	ctx_out_init_mem(&line);
	ctx_out_puts(&line, "  excluded     ");
	if (any) {
		char human[CTX_HUMAN_MAX];
		ana_count(&line, known.files + known.symlinks, "file", "files");
		ctx_out_printf(&line, ", %s", ctx_human_bytes(human, known.bytes));
	}
	if (unopened > 0) {
		ctx_out_puts(&line, any ? "; " : "");
		ana_count(&line, unopened, "dir", "dirs");
		ctx_out_puts(&line, " unopened");
	}
	flush_line(out, r, &line, "context --excluded");
}

/** The Dockerfile and its steps. */
static void print_dockerfile(struct ctx_out *out, const struct ana_overview *r) {
	const char *name = r->head.source.dockerfile;
	if (name == NULL) {
		return;
	}
	name = strcmp(name, "-") == 0 ? "(standard input)" : name;
	struct ctx_out line;
	ctx_out_init_mem(&line);
	line.tty = out->tty; // the name is a stranger's
	ctx_out_puts(&line, "  Dockerfile   ");
	ctx_out_name(&line, name, strlen(name));
	const struct ana_build *b = r->build;
	if (b == NULL || b->outline == NULL) {
		ctx_out_printf(out, "%s\n", ctx_buf_str(&line.buf));
		ctx_out_abort(&line);
		return;
	}
	ctx_out_puts(&line, ", ");
	ana_count(&line, ana_own_steps(b->outline), "step", "steps");
	if (b->outline->reachable_stages > 1) {
		ctx_out_printf(&line, " in %zu stages", b->outline->reachable_stages);
	}
	flush_line(out, r, &line, "graph");
}

/** What the steps of the build read, and the first thing that is wrong with it. */
static void print_build(struct ctx_out *out, const struct ana_overview *r) {
	const struct ana_build *b = r->build;
	if (b == NULL) {
		return;
	}
	struct ctx_out line;
	ctx_out_init_mem(&line);
	if (b->error_count > 0) {
		ctx_out_puts(out, "  not valid    ");
		ctx_out_printf(&line, "line %u: ", b->errors[0].line);
		ana_cells_put(&line, CTX_STR(b->errors[0].message), HINT_COLUMN - 15, r->head.utf8);
		ctx_out_puts(out, ctx_buf_str(&line.buf));
		hint(out, r, 15 + ana_cells_width((struct ctx_str){ ctx_buf_str(&line.buf), line.buf.len }), "graph");
	} else if (b->reads != NULL) {
		char human[CTX_HUMAN_MAX], read[CTX_HUMAN_MAX];
		if (b->wanted.bytes + b->wanted.files == 0) {
			ctx_out_puts(&line, "  build        needs nothing of it");
		} else {
			ctx_out_printf(&line, "  build        sends %s, reads %s",
				ctx_human_bytes(human, b->wanted.bytes), ctx_human_bytes(read, b->read.bytes));
		}
		flush_line(out, r, &line, "context");
		return;
	}
	ctx_out_abort(&line);
}

/** A source that does not exist: the first one. */
static void print_missing(struct ctx_out *out, const struct ana_overview *r) {
	const struct ana_build *b = r->build;
	for (uint32_t i = 0; b != NULL && b->reads != NULL && i < b->outline->steps.count; ++i) {
		if (b->reads[i].missing == NULL) {
			continue;
		}
		struct ctx_out line;
		ctx_out_init_mem(&line);
		ctx_out_printf(&line, "line %u reads what is not there", ana_step_vertex(b->outline, i)->first_line);
		ctx_out_puts(out, "  fails        ");
		ana_styled(out, CTX_STYLE_RED, ctx_buf_str(&line.buf));
		hint(out, r, 15 + line.buf.len, "graph");
		ctx_out_abort(&line);
		return;
	}
}

/** The last commits as builds. */
static void print_cache(struct ctx_out *out, const struct ana_overview *r) {
	const struct ana_overview_cache *c = r->cache;
	if (c == NULL) {
		return;
	}
	struct ctx_out line;
	ctx_out_init_mem(&line);
	ctx_out_printf(&line, "%.1f%% hits in ", 100.0 * (double)c->hits / (double)(c->hits + c->misses));
	ana_count(&line, c->builds, "build", "builds");
	if (c->worst != NULL) {
		ctx_out_puts(&line, "; worst: ");
		size_t used = 15 + line.buf.len + 2 + strlen(r->prog) + strlen(" simulate");
		size_t room = used + WORST_MIN < LINE_COLUMNS ? LINE_COLUMNS - used : WORST_MIN;
		size_t columns = ana_cells_put(&line, c->worst->instruction, room, r->head.utf8);
		char count[32];
		snprintf(count, sizeof(count), " (%u %s)", c->worst->begun,
			ana_plural(c->worst->begun, "miss", "misses"));
		ctx_out_puts(&line, columns + strlen(count) <= room ? count : "");
	}
	struct ctx_str text = { ctx_buf_str(&line.buf), line.buf.len };
	ctx_out_puts(out, "  cache        ");
	ctx_out_puts(out, text.ptr);
	hint(out, r, 15 + ana_cells_width(text), "simulate");
	ctx_out_abort(&line);
}

/** What the audit found in the Dockerfile, and nowhere else: errors and warnings, and the worst. */
static void print_audit(struct ctx_out *out, const struct ana_overview *r) {
	size_t counts[ANA_SEVERITY_ERROR + 1] = { 0 };
	if (r->audit != NULL) {
		ana_audit_count(r->audit, counts);
	}
	size_t errors = counts[ANA_SEVERITY_ERROR], warnings = counts[ANA_SEVERITY_WARNING];
	if (errors + warnings == 0) {
		return;
	}
	const struct ana_finding *worst = ana_audit_worst(r->audit);
	struct ctx_out line;
	ctx_out_init_mem(&line);
	ctx_out_puts(&line, "  audit        Dockerfile: ");
	if (errors > 0) {
		ana_count(&line, errors, "error", "errors");
		ctx_out_puts(&line, warnings > 0 ? ", " : "");
	}
	if (warnings > 0) {
		ana_count(&line, warnings, "warning", "warnings");
	}
	ctx_out_printf(&line, "; worst: %s", worst->rule->id);
	flush_line(out, r, &line, "audit");
}

/** Dockerfile, ignore file and what follows from it. */
static void print_source(struct ctx_out *out, const struct ana_overview *r) {
	ctx_out_puts(out, "\n");
	print_dockerfile(out, r);
	print_build(out, r);
	print_missing(out, r);
	print_cache(out, r);
	print_audit(out, r);
	print_ignore(out, r);
	print_excluded(out, r);
	if (r->emptied->count > 0) {
		struct ctx_out line;
		ctx_out_init_mem(&line);
		ctx_out_puts(&line, "  warning      ");
		ana_count(&line, r->emptied->count, "file arrives empty", "files arrive empty");
		flush_line(out, r, &line, "context");
	}
}

/** One kind of well-known thing. */
static void print_waste_row(struct ctx_out *out, const struct ana_overview *r, const struct ctx_waste_row *row) {
	ctx_out_puts(out, "  ");
	ana_size(out, row->totals.bytes);
	ctx_out_puts(out, "  ");
	ana_share(out, row->totals.bytes, r->measure->included.bytes);
	ctx_out_puts(out, "  ");
	if (row->places > 1) {
		ctx_out_printf(out, "%s in ", row->name);
		ana_count(out, row->places, "place", "places");
	} else {
		ana_name(out, row->example, row->example_len, ana_room(out, 38), r->head.utf8);
	}
	ctx_out_printf(out, " (%s)\n", ctx_waste_class_name(row->class));
}

/** Is a kind worth a line?  Secrets always, the others if their bytes matter. */
static bool is_worth(const struct ana_overview *r, const struct ctx_waste_row *row) {
	return row->class == CTX_WASTE_SECRET ||
		row->totals.bytes >= r->measure->included.bytes / 1000 * WASTE_MIN_PERMILLE;
}

/** One change. */
static void print_change(struct ctx_out *out, const struct ana_overview *r, const struct ana_change *change) {
	char seconds[24] = "", proof[24];
	struct ctx_out line;
	ctx_out_init_mem(&line);
	line.tty = out->tty; // names are strangers'
	ctx_out_puts(&line, "  ");
	if (change->seconds > 0) {
		ana_seconds_text(seconds, change->seconds);
	}
	if (change->bytes > 0) {
		ana_size(&line, change->bytes);
		ctx_out_printf(&line, "%s%s  ", seconds[0] != '\0' ? ", " : "", seconds);
	} else {
		ctx_out_printf(&line, "%8s  ", seconds);
	}
	snprintf(proof, sizeof(proof), " (%s)", ana_proof_name(change->proof));
	size_t used = line.buf.len + strlen(proof) + 2 + strlen(r->prog) + 1 + strlen(change->command);
	ana_cells_put(&line, CTX_STR(change->what), used + WORST_MIN < LINE_COLUMNS ? LINE_COLUMNS - used : WORST_MIN,
		r->head.utf8);
	ctx_out_puts(&line, proof);
	flush_line(out, r, &line, change->command);
}

/** Changes that save most, at most `rows`.  Returns the lines that they take. */
static size_t print_changes(struct ctx_out *out, const struct ana_overview *r, size_t rows) {
	size_t count = r->change_count < rows ? r->change_count : rows;
	if (r->changes == NULL || count == 0) {
		return 0;
	}
	ctx_out_puts(out, "\n");
	ana_styled(out, CTX_STYLE_BOLD, "What to change first");
	ctx_out_puts(out, "\n");
	for (size_t i = 0; i < count; ++i) {
		print_change(out, r, &r->changes[i]);
	}
	return count + 2;
}

/** Lines below the answer that are not there: they leave room for changes. */
static size_t spare_lines(const struct ana_overview *r) {
	const struct ctx_totals *known = &r->measure->excluded;
	bool excluded = known->files + known->symlinks + r->measure->unopened_dirs > 0, missing = false;
	for (uint32_t i = 0; r->build != NULL && r->build->reads != NULL && i < r->build->outline->steps.count; ++i) {
		missing = missing || r->build->reads[i].missing != NULL;
	}
	return (size_t)!excluded + (r->emptied->count == 0) + !missing;
}

/** Changes, and well-known things that are sent: the largest, and the first secrets. */
static void print_waste(struct ctx_out *out, const struct ana_overview *r) {
	const struct ctx_waste *w = r->waste;
	size_t secrets = 0, others = 0;
	for (size_t i = 0; i < w->rows.count; ++i) {
		bool secret = w->rows.items[i].class == CTX_WASTE_SECRET;
		secrets += secret;
		others += !secret && is_worth(r, &w->rows.items[i]);
	}
	size_t rows = r->cache != NULL ? WASTE_ROWS - 1 : WASTE_ROWS;
	size_t least = secrets > 0 ? 3 : 0; // secrets are told in any case: a line between, a heading, a row
	size_t lines = r->changes != NULL && r->change_count > 0 ? rows + spare_lines(r) : rows;
	size_t taken = print_changes(out, r, lines - least);
	rows = lines <= taken ? 0 : lines - taken < rows ? lines - taken : rows;
	if (secrets + others == 0 || rows == 0) {
		return;
	}
	bool all = r->build == NULL || r->build->reads == NULL || r->build->wanted.bytes == r->measure->included.bytes;
	heading(out, r, all ? "Sent, and seldom needed by a build" : "In the context, and seldom needed by a build",
		"why PATH");
	size_t left_secrets = secrets > WASTE_SECRETS ? WASTE_SECRETS : secrets;
	left_secrets = left_secrets < rows ? left_secrets : rows;
	size_t left = rows - left_secrets;
	for (size_t i = 0; i < w->rows.count; ++i) {
		const struct ctx_waste_row *row = &w->rows.items[i];
		size_t *room = row->class == CTX_WASTE_SECRET ? &left_secrets : &left;
		if (*room > 0 && is_worth(r, row)) {
			print_waste_row(out, r, row);
			--*room;
		}
	}
}

void ana_text_overview(struct ctx_out *out, const struct ana_overview *r) {
	print_answer(out, r);
	if (r->head.quiet) {
		return;
	}
	print_source(out, r);
	if (r->tree->rows.count > 1) {
		heading(out, r, "Where the bytes are", "context --tree");
		ana_text_tree(out, &r->head, r->tree, r->rules, r->measure->included.bytes, false);
	}
	print_waste(out, r);
}
