/**
 * What --verify found, for pull requests.
 */
#include "analyzer/report/images.h"
#include "analyzer/report/markdown_parts.h"
#include "analyzer/report/words.h"

/** Rows that are shown of a list. */
#define ROWS_SHOWN 50

/** One list. */
static void put_changes(struct ctx_out *out, const struct ctx_image_change *changes, size_t count) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	for (size_t i = 0; i < count && i < ROWS_SHOWN; ++i) {
		ctx_buf_reset(&text);
		ctx_buf_addf(&text, "/%s", changes[i].path);
		ctx_out_puts(out, "- ");
		ana_markdown_code(out, ctx_buf_str(&text), text.len);
		ctx_buf_reset(&text);
		ana_image_words(&text, &changes[i]);
		ctx_out_puts(out, " ");
		ana_markdown_code(out, ctx_buf_str(&text), text.len);
		ctx_out_puts(out, "\n");
	}
	if (count > ROWS_SHOWN) {
		ctx_out_printf(out, "- and %zu more\n", count - ROWS_SHOWN);
	}
}

void ana_markdown_verify(struct ctx_out *out, const struct ana_verify *v) {
	const struct ctx_image_diff *diff = v->diff;
	ctx_out_puts(out, v->equal ? "\n**The images are equal**: " : "\n**The images differ**: ");
	ana_count(out, diff->compared, "path", "paths");
	ctx_out_printf(out, " and the configuration, built with %s in %.1f s, %.1f s and %.1f s.\n\n", v->builder,
		v->seconds[0], v->seconds[1], v->seconds[2]);
	for (size_t i = 0; i < diff->config.count; ++i) {
		if (!diff->config.items[i].itself) {
			ctx_out_puts(out, "- configuration ");
			ana_markdown_code(out, diff->config.items[i].name, strlen(diff->config.items[i].name));
			ctx_out_puts(out, "\n");
		}
	}
	put_changes(out, diff->changes.items, diff->changes.count);
	if (diff->itself.count > 0) {
		ctx_out_puts(out, "\nDifferent between two builds of the original, too:\n\n");
		put_changes(out, diff->itself.items, diff->itself.count);
	}
}
