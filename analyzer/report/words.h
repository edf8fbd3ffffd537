/**
 * Words and small drawings that the faces for people share.
 */
#ifndef ANALYZER_REPORT_WORDS_H
#define ANALYZER_REPORT_WORDS_H

#include "analyzer/report/report.h"

/** Write "1 file", "1,234 files". */
void ana_count(struct ctx_out *out, uint64_t n, const char *one, const char *many);
/** Write "12.3 MB (12,345,678 bytes)"; "1 byte" and other small ones only once. */
void ana_bytes(struct ctx_out *out, uint64_t bytes);
/** Write "1,234 files, 210 directories, 3 symlinks"; only files if there is nothing else; "dirs" if `brief`. */
void ana_totals(struct ctx_out *out, const struct ctx_totals *t, bool brief);
/** Write "82.0%", right-aligned in 6 columns; "-" when the whole is nothing. */
void ana_share(struct ctx_out *out, uint64_t part, uint64_t whole);
/** Write human bytes, right-aligned in 8 columns. */
void ana_size(struct ctx_out *out, uint64_t bytes);
/** Write a bar of exactly `columns` columns. */
void ana_bar(struct ctx_out *out, uint64_t part, uint64_t whole, unsigned columns, bool utf8);
/** Write a bold heading after an empty line; `name`, untrusted, follows the text unless NULL. */
void ana_heading(struct ctx_out *out, const char *text, const char *name);
/** Write text in a style. */
void ana_styled(struct ctx_out *out, enum ctx_style style, const char *text);

/** Write a name; on a terminal its beginning is cut if it takes more than `room` columns. */
void ana_name(struct ctx_out *out, const char *name, size_t len, size_t room, bool utf8);
/** Columns left on a terminal's line after `used`; plenty elsewhere. */
size_t ana_room(const struct ctx_out *out, size_t used);

/** "file" or "files" and the like. */
static inline const char *ana_plural(uint64_t n, const char *one, const char *many) {
	return n == 1 ? one : many;
}

/** Name of the ignore file without its directory, for tight places; "?" if there is none. */
const char *ana_ignore_name(const struct ana_source *source);

/** What a rule does, in words: "excludes 12 files, 1.2 MB". */
void ana_rule_effect(struct ctx_out *out, const struct ctx_rule_fact *fact);
/** Write the rule as its line says: '!' and pattern. */
void ana_rule_text(struct ctx_out *out, const struct ctx_rule *rule);
/** Columns that ana_rule_text() takes. */
size_t ana_rule_width(const struct ctx_out *out, const struct ctx_rule *rule);

/** Why a file arrives empty: "refused by .dockerignore:3 when its bytes are asked for". */
void ana_emptied_reason(struct ctx_out *out, const struct ctx_emptied_file *file, const struct ana_source *source,
	const struct ctx_rule_facts *rules);

/**
 * Write how a proposal is taken: the command as it was called, with --write, and --allow review where `review` is set: "to take it:
 * ctxopt ignore --file=web/Dockerfile --write, or --diff".
 */
void ana_take_line(struct ctx_out *out, const struct ana_head *head, const char *prog, bool review);

/** What happened to a path, in a word; `changes` as in diff.h.  Static string. */
const char *ana_change_word(unsigned changes);

#endif
