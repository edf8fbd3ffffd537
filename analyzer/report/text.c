#include "analyzer/report/text.h"

const struct ana_renderer ana_text = {
	.name = "text",
	.context = ana_text_context,
	.why = ana_text_why,
	.overview = ana_text_overview,
};

const char *const ana_format_names[] = { "text", "json", "markdown", NULL };
const struct ana_renderer *const ana_renderers[] = { &ana_text, &ana_json, &ana_markdown };
