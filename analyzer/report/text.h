/**
 * Parts of the text face, one file each: text_context.c, text_build.c, text_tree.c, text_why.c, text_overview.c,
 * text_graph.c, text_diag.c, text_simulate.c, text_predict.c, text_compare.c, text_key.c, text_ignore.c, text_check.c,
 * text_verify.c, text_reorder.c, text_audit.c.
 */
#ifndef ANALYZER_REPORT_TEXT_H
#define ANALYZER_REPORT_TEXT_H

#include "analyzer/report/report.h"

/** Print one document. */
void ana_text_context(struct ctx_out *out, const struct ana_context *r);
void ana_text_why(struct ctx_out *out, const struct ana_why *r);
void ana_text_overview(struct ctx_out *out, const struct ana_overview *r);
void ana_text_graph(struct ctx_out *out, const struct ana_graph_view *r);
void ana_text_simulate(struct ctx_out *out, const struct ana_history *r);
void ana_text_predict(struct ctx_out *out, const struct ana_history *r);
void ana_text_compare(struct ctx_out *out, const struct ana_comparison *r);
void ana_text_key(struct ctx_out *out, const struct ana_key_view *r);
void ana_text_ignore(struct ctx_out *out, const struct ana_ignore_report *r);
void ana_text_check(struct ctx_out *out, const struct ana_check *r);
/** Print what --verify found. */
void ana_text_verify(struct ctx_out *out, const struct ana_head *head, const struct ana_verify *v);
void ana_text_audit(struct ctx_out *out, const struct ana_audit_report *r);
void ana_text_reorder(struct ctx_out *out, const struct ana_order_report *r);

/** Print what the build does with the context, as parts of `context`: fields below the answer, and a table. */
void ana_text_build_fields(struct ctx_out *out, const struct ana_build *build);
void ana_text_build_table(struct ctx_out *out, const struct ana_context *r);

/** Print where the Dockerfile was before it was moved: a line for each name. */
void ana_text_moves(struct ctx_out *out, const struct ana_sim *sim, bool utf8);

/** Print every error of a Dockerfile: place, what is wrong, the line, a caret. */
void ana_text_diags(struct ctx_out *out, const struct ana_build *build, bool utf8);

/** Print a line of a file with its number, and a caret below `length` bytes from `column` (1-based) on. */
void ana_text_excerpt(struct ctx_out *out, struct ctx_str line, uint32_t number, uint32_t column, uint32_t length,
	bool utf8);

/**
 * Draw directories with bars.
 *
 * @whole      Bytes that are 100 %.
 * @with_root  Draw the root's own row, and lines from it to the others.
 */
void ana_text_tree(struct ctx_out *out, const struct ana_head *head, const struct ctx_tree *tree,
	const struct ctx_rule_facts *rules, uint64_t whole, bool with_root);

#endif
