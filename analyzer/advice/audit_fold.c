/*
 * A Dockerfile that stands in a compose file, as a value of "dockerfile_inline": what was found in it moves to where it stands.
 *
 * A text that begins with '|' has its lines in the compose file one by one, each behind blanks; so a place in one is a place in the other,
 * but for lines in which compose fills in variables.  Of a text in quotes or one that is folded only the beginning is known.
 */
#include "analyzer/advice/audit.h"

#include <stdio.h>

/** The two files. */
struct fold {
	struct ana_audit *audit;
	struct ana_audit_file *inner, *outer;
	const struct ana_value *at;
	/** Lines stand one by one. */
	bool literal;
};

/** Ends of lines in a text. */
static size_t count_ends(struct ctx_str text) {
	size_t count = 0;
	for (size_t i = 0; i < text.len; ++i) {
		count += text.ptr[i] == '\n';
	}
	return count;
}

bool ana_audit_is_literal(struct ctx_str text, const struct ana_value *value) {
	struct ctx_str raw = ctx_str_from(text, value->from), lines = value->text;
	raw.len = value->len;
	while (lines.len > 0 && lines.ptr[lines.len - 1] == '\n') {
		--lines.len;
	}
	// A variable may bring more lines
	return raw.len > 0 && raw.ptr[0] == '|' && count_ends(raw) == count_ends(lines) + 1;
}

/** Blanks before a line of the inner file in the outer one; false if it is not the same there. */
static bool indent_of(const struct fold *f, uint32_t line, uint32_t *indent) {
	struct ctx_str in = ana_audit_source_line(f->inner, line),
		       out = ana_audit_source_line(f->outer, f->at->line + line);
	bool same = f->literal && f->at->line + line <= f->outer->line_starts.count && out.len >= in.len &&
		(in.len == 0 || memcmp(out.ptr + out.len - in.len, in.ptr, in.len) == 0);
	*indent = same ? (uint32_t)(out.len - in.len) : 0;
	return same;
}

/** Move a place. */
static void move_place(const struct fold *f, uint32_t *line, uint32_t *column, uint32_t *length) {
	uint32_t indent;
	if (!f->literal) {
		*line = f->at->line;
		*column = f->at->column;
		*length = 1;
	} else if (*line == 0) {
		*line = f->at->line; // the file as a whole
		*column = 1;
	} else if (indent_of(f, *line, &indent)) {
		*line += f->at->line;
		*column += *column > 0 ? indent : 0;
	} else {
		struct ctx_str out = ana_audit_source_line(f->outer, *line += f->at->line);
		for (*column = 1; *column <= out.len && out.ptr[*column - 1] == ' ';) {
			++*column;
		}
		*length = (uint32_t)out.len + 1 - (*column < out.len ? *column : (uint32_t)out.len);
	}
}

/** "in line 3" becomes what it is in the outer file; "in line 3 of PATH" is another one. */
static bool renumber(const struct fold *f, const char **text) {
	static const char words[] = "in line ";
	const char *at = *text == NULL || !f->literal ? NULL : strstr(*text, words);
	const char *digits = at == NULL ? "" : at + strlen(words);
	size_t count = strspn(digits, "0123456789");
	if (count == 0 || count > 9 || strncmp(digits + count, " of ", 4) == 0) {
		return true;
	}
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	ctx_buf_addf(&out, "%.*s%lu%s", (int)(digits - *text), *text, strtoul(digits, NULL, 10) + f->at->line,
		digits + count);
	*text = ctx_buf_ok(&out) ? ctx_arena_memdup0(&f->audit->arena, ctx_buf_str(&out), out.len) : NULL;
	return *text != NULL;
}

/** Move a finding. */
static bool move_finding(const struct fold *f, struct ana_finding *found) {
	uint32_t line = found->line, unused = 1, none = 0;
	bool ok = renumber(f, &found->message) && renumber(f, &found->evidence) && renumber(f, &found->suppressed_by);
	found->edit_count = 0; // lines of a patch would need their blanks
	move_place(f, &found->line, &found->column, &found->length);
	if (found->end_line > 0) {
		move_place(f, &found->end_line, &unused, &none);
	}
	if (!f->literal && line > 0) {
		char text[80];
		snprintf(text, sizeof(text), "in line %u of the text of dockerfile_inline", line);
		ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
		ctx_buf_addf(&out, "%s%s%s", found->evidence == NULL ? "" : found->evidence,
			found->evidence == NULL ? "" : "; ", text);
		found->evidence = ctx_arena_memdup0(&f->audit->arena, ctx_buf_str(&out), out.len);
		ok = ok && ctx_buf_ok(&out) && found->evidence != NULL;
	}
	return ok;
}

/** The line that has a byte of the inner file. */
static uint32_t line_at(const struct ana_audit_file *file, uint32_t byte) {
	size_t low = 0, high = file->line_starts.count;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		*(file->line_starts.items[middle] <= byte ? &low : &high) = middle;
	}
	return (uint32_t)low + 1;
}

/** Hide in the outer file what the inner one hides: all of the text where a part cannot be found. */
static bool move_hidden(const struct fold *f, struct ana_hidden hidden) {
	uint32_t line = line_at(f->inner, hidden.from), indent, last_indent;
	uint32_t last = line_at(f->inner, hidden.from + (hidden.len > 0 ? hidden.len - 1 : 0));
	struct ana_hidden out = { f->at->from, f->at->len };
	if (indent_of(f, line, &indent) && indent_of(f, last, &last_indent)) {
		const uint32_t *in = f->inner->line_starts.items, *to = f->outer->line_starts.items + f->at->line;
		out.from = hidden.from - in[line - 1] + to[line - 1] + indent;
		out.len = hidden.from + hidden.len - in[last - 1] + to[last - 1] + last_indent - out.from;
	}
	return CTX_VEC_PUSH(&f->outer->hidden, out);
}

/** Move what is wrong with the inner file, and with its pragmas. */
static bool move_errors(const struct fold *f) {
	uint32_t length = 0;
	bool ok = true;
	if (f->inner->error != NULL && f->outer->error == NULL) {
		f->outer->error = f->inner->error;
		f->outer->error_line = f->inner->error_line;
		f->outer->error_column = f->inner->error_column;
		move_place(f, &f->outer->error_line, &f->outer->error_column, &length);
	}
	for (size_t i = 0; ok && i < f->inner->problems.count; ++i) {
		struct ana_diag d = f->inner->problems.items[i];
		move_place(f, &d.line, &d.column, &d.length);
		ok = CTX_VEC_PUSH(&f->outer->problems, d);
	}
	return ok;
}

int ana_audit_fold(struct ana_audit *audit, uint32_t inner, uint32_t outer, const struct ana_value *at,
	struct ctx_error *err) {
	struct fold f = { audit, &audit->files.items[inner], &audit->files.items[outer], at, false };
	bool ok = true;
	f.literal = ana_audit_is_literal(f.outer->text, at);
	for (size_t i = 0; ok && i < audit->findings.count; ++i) {
		if (audit->findings.items[i].file == inner) {
			ok = move_finding(&f, &audit->findings.items[i]);
			audit->findings.items[i].file = outer;
		}
	}
	for (size_t i = 0; ok && i < f.inner->hidden.count; ++i) {
		ok = move_hidden(&f, f.inner->hidden.items[i]);
	}
	ok = ok && move_errors(&f);
	f.inner->path = NULL;
	return ok ? 0 : ctx_fail_nomem(err);
}

int ana_audit_drop_folded(struct ana_audit *audit, struct ctx_error *err) {
	uint32_t *now = ctx_arena_calloc(&audit->arena, audit->files.count + 1, sizeof(*now)), kept = 0;
	if (now == NULL) {
		return ctx_fail_nomem(err);
	}
	for (size_t i = 0; i < audit->files.count; ++i) {
		struct ana_audit_file *file = &audit->files.items[i];
		now[i] = kept;
		if (file->path != NULL) {
			audit->files.items[kept++] = *file;
			continue;
		}
		CTX_VEC_RELEASE(&file->hidden);
		CTX_VEC_RELEASE(&file->line_starts);
		CTX_VEC_RELEASE(&file->problems);
	}
	audit->files.count = kept;
	for (size_t i = 0; i < audit->findings.count; ++i) {
		audit->findings.items[i].file = now[audit->findings.items[i].file];
	}
	return 0;
}
