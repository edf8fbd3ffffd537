/** Parts of the Markdown face: markdown.c, markdown_graph.c, markdown_history.c, markdown_compare.c. */
#ifndef ANALYZER_REPORT_MARKDOWN_PARTS_H
#define ANALYZER_REPORT_MARKDOWN_PARTS_H

#include "analyzer/report/report.h"

/** Write a name as a code span: backticks, bars and control bytes are replaced by what looks like them. */
void ana_markdown_code(struct ctx_out *out, const char *name, size_t len);

/** `graph`. */
void ana_markdown_graph(struct ctx_out *out, const struct ana_graph_view *r);
/** `simulate` and `predict`. */
void ana_markdown_simulate(struct ctx_out *out, const struct ana_history *r);
void ana_markdown_predict(struct ctx_out *out, const struct ana_history *r);
/** The history in one line of the overview; nothing for NULL. */
void ana_markdown_cache_line(struct ctx_out *out, const struct ana_overview_cache *cache);
/** `compare`. */
void ana_markdown_compare(struct ctx_out *out, const struct ana_comparison *r);
/** `key`. */
void ana_markdown_key(struct ctx_out *out, const struct ana_key_view *r);
/** `ignore`. */
void ana_markdown_ignore(struct ctx_out *out, const struct ana_ignore_report *r);
/** `check`. */
void ana_markdown_check(struct ctx_out *out, const struct ana_check *r);
/** What --verify found. */
void ana_markdown_verify(struct ctx_out *out, const struct ana_verify *v);
/** `audit`. */
void ana_markdown_audit(struct ctx_out *out, const struct ana_audit_report *r);
/** `reorder`. */
void ana_markdown_reorder(struct ctx_out *out, const struct ana_order_report *r);
/** What a build sends and reads: a list and a table of steps; one line. */
void ana_markdown_build(struct ctx_out *out, const struct ana_build *build);
void ana_markdown_build_line(struct ctx_out *out, const struct ana_build *build);
/** The cell of `why` about steps; nothing if nothing is known. */
void ana_markdown_use(struct ctx_out *out, const struct ana_why *r, size_t index);

#endif
