#include "analyzer/report/text.h"

const struct ana_renderer ana_text = {
	.name = "text",
	.context = ana_text_context,
	.why = ana_text_why,
	.overview = ana_text_overview,
	.graph = ana_text_graph,
	.simulate = ana_text_simulate,
	.predict = ana_text_predict,
	.compare = ana_text_compare,
	.key = ana_text_key,
	.ignore = ana_text_ignore,
	.check = ana_text_check,
	.audit = ana_text_audit,
	.reorder = ana_text_reorder,
};

const char *const ana_format_names[] = { "text", "json", "markdown", NULL };
const char *const ana_graph_format_names[] = { "text", "json", "markdown", "dot", NULL };
const char *const ana_audit_format_names[] = { "text", "json", "markdown", "sarif", "github", NULL };
const struct ana_renderer *const ana_renderers[] = { &ana_text, &ana_json, &ana_markdown, &ana_dot };
const struct ana_renderer *const ana_audit_renderers[] = { &ana_text, &ana_json, &ana_markdown, &ana_sarif,
	&ana_github };
