/**
 * Parts of the text face, one file each: text_context.c, text_tree.c, text_why.c, text_overview.c.
 */
#ifndef ANALYZER_REPORT_TEXT_H
#define ANALYZER_REPORT_TEXT_H

#include "analyzer/report/report.h"

/** Print one document. */
void ana_text_context(struct ctx_out *out, const struct ana_context *r);
void ana_text_why(struct ctx_out *out, const struct ana_why *r);
void ana_text_overview(struct ctx_out *out, const struct ana_overview *r);

/**
 * Draw directories with bars.
 *
 * @whole      Bytes that are 100 %.
 * @with_root  Draw the root's own row, and lines from it to the others.
 */
void ana_text_tree(struct ctx_out *out, const struct ana_head *head, const struct ctx_tree *tree,
	const struct ctx_rule_facts *rules, uint64_t whole, bool with_root);

#endif
