/*
 * Findings that are there already and do not count: one line each, "FINGERPRINT RULE FILE".
 */
#include "analyzer/advice/audit.h"

#include "ctxopt/base/out.h"

#include <stdio.h>

#define HEADER \
	"# Findings of 'ctxopt audit' that were there when this file was written, and do not count.\n" \
	"# A line stays valid when lines of the file move, and is not needed any more once its finding is gone.\n"

struct ctx_str ana_audit_source_line(const struct ana_audit_file *file, uint32_t number) {
	if (number == 0 || number > file->line_starts.count) {
		return CTX_STR("");
	}
	struct ctx_str line = ctx_str_from(file->text, file->line_starts.items[number - 1]);
	line.len = ctx_str_find(line, '\n');
	line.len -= line.len > 0 && line.ptr[line.len - 1] == '\r';
	return line;
}

void ana_audit_line(struct ctx_buf *out, const struct ana_audit_file *file, uint32_t number, uint32_t *column,
	uint32_t *length) {
	if (number == 0 || number > file->line_starts.count) {
		return;
	}
	size_t at = file->line_starts.items[number - 1];
	size_t end = at + ana_audit_source_line(file, number).len;
	size_t start = at, mark = start + (column != NULL && *column > 0 ? *column - 1 : 0);
	size_t mark_end = mark + (length != NULL ? *length : 0), new_from = 0, new_to = 0;
	size_t base = out->len;
	for (size_t i = 0; at <= end; ++i) {
		bool more = i < file->hidden.count;
		size_t from = more ? file->hidden.items[i].from : end,
		       to = more ? from + file->hidden.items[i].len : end;
		if (more && to <= at) {
			continue;
		}
		from = from < at ? at : from < end ? from : end;
		to = to < end ? to : end;
		new_from = mark >= at && mark <= from ? out->len - base + (mark - at) : new_from;
		new_to = mark_end >= at && mark_end <= from ? out->len - base + (mark_end - at) : new_to;
		ctx_buf_add(out, file->text.ptr + at, from - at);
		if (!more || from >= end) {
			break;
		}
		new_from = mark > from && mark < to ? out->len - base : new_from;
		ctx_buf_adds(out, "***");
		new_to = mark_end > from && mark_end <= to ? out->len - base : new_to;
		at = to;
	}
	if (column != NULL && *column > 0) {
		*column = (uint32_t)new_from + 1;
	}
	if (length != NULL) {
		*length = new_to > new_from ? (uint32_t)(new_to - new_from) : 1;
	}
}

/** Of a longer line so many bytes from the finding on tell it from others: a file may be one line. */
#define LINE_MAX_BYTES 8192

struct ctx_digest ana_audit_fingerprint(const struct ana_audit *audit, const struct ana_finding *f) {
	const struct ana_audit_file *file = &audit->files.items[f->file];
	ctx_auto_buf struct ctx_buf line = CTX_BUF_INIT, text = CTX_BUF_INIT;
	uint32_t column = f->column;
	ana_audit_line(&line, file, f->line, &column, NULL);
	ctx_buf_addf(&text, "%s\n%s\n%s\n", f->rule->id, file->path, f->subject != NULL ? f->subject : "");
	size_t from = line.len > LINE_MAX_BYTES && column > 0 ? column - 1 : 0;
	for (size_t i = from; i < line.len && i - from < LINE_MAX_BYTES; ++i) {
		if (line.data[i] != ' ' && line.data[i] != '\t') {
			ctx_buf_addc(&text, line.data[i]); // another indentation is the same line
		}
	}
	return ctx_hash_bytes(ctx_buf_str(&text), text.len);
}

/** Append the line of a finding. */
static void put_line(struct ctx_buf *out, const struct ana_audit *audit, const struct ana_finding *f) {
	char text[CTX_DIGEST_TEXT_MAX];
	struct ctx_digest digest = ana_audit_fingerprint(audit, f);
	ctx_buf_addf(out, "%s %s ", strchr(ctx_digest_text(text, &digest), ':') + 1, f->rule->id);
	const char *path = audit->files.items[f->file].path;
	ctx_escape_name(out, path, strlen(path));
	ctx_buf_adds(out, "\n");
}

int ana_baseline_write(struct ctx_buf *out, const struct ana_audit *audit, struct ctx_error *err) {
	ctx_buf_adds(out, HEADER);
	for (size_t i = 0; i < audit->findings.count; ++i) {
		const struct ana_finding *f = &audit->findings.items[i];
		if (f->suppressed == ANA_SUPPRESSED_NOT || f->suppressed == ANA_SUPPRESSED_BASELINE) {
			put_line(out, audit, f);
		}
	}
	return ctx_buf_ok(out) ? 0 : ctx_fail_nomem(err);
}

/** Digits of a fingerprint. */
#define DIGITS 32

/** Read a fingerprint. */
static bool read_fingerprint(struct ctx_digest *out, struct ctx_str line) {
	bool ok = line.len > DIGITS && line.ptr[DIGITS] == ' ';
	for (size_t i = 0; ok && i < sizeof(out->bytes); ++i) {
		int high = ctx_hex_value(line.ptr[2 * i]), low = ctx_hex_value(line.ptr[2 * i + 1]);
		ok = high >= 0 && low >= 0;
		out->bytes[i] = (unsigned char)(ok ? high * 16 + low : 0);
	}
	return ok;
}

/** Suppress the first finding of that fingerprint which still counts. */
static void suppress(struct ana_audit *audit, const struct ctx_digest *digests, const struct ctx_digest *wanted,
	const char *name) {
	for (size_t i = 0; i < audit->findings.count; ++i) {
		struct ana_finding *f = &audit->findings.items[i];
		if (f->suppressed == ANA_SUPPRESSED_NOT && ctx_digest_equal(&digests[i], wanted)) {
			f->suppressed = ANA_SUPPRESSED_BASELINE;
			f->suppressed_by = name;
			return;
		}
	}
}

int ana_baseline_apply(struct ana_audit *audit, struct ctx_str text, const char *name, struct ctx_error *err) {
	struct ctx_digest *digests = ctx_arena_calloc(&audit->arena, audit->findings.count + 1, sizeof(*digests));
	name = ctx_arena_memdup0(&audit->arena, name, strlen(name));
	if (digests == NULL || name == NULL) {
		return ctx_fail_nomem(err);
	}
	for (size_t i = 0; i < audit->findings.count; ++i) {
		digests[i] = ana_audit_fingerprint(audit, &audit->findings.items[i]);
	}
	for (unsigned number = 1; text.len > 0; ++number) {
		struct ctx_str line = { text.ptr, ctx_str_find(text, '\n') };
		text = ctx_str_from(text, line.len < text.len ? line.len + 1 : line.len);
		line.len -= line.len > 0 && line.ptr[line.len - 1] == '\r';
		if (line.len == 0 || line.ptr[0] == '#') {
			continue;
		}
		struct ctx_digest wanted;
		if (!read_fingerprint(&wanted, line)) {
			return ctx_wrap(err,
				ctx_fail_line(err, number,
					"no line of a baseline: \"FINGERPRINT RULE FILE\" is expected"),
				"'%s'", name);
		}
		suppress(audit, digests, &wanted, name);
	}
	return 0;
}
