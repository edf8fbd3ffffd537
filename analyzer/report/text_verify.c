/**
 * What --verify found.
 *
 *	The images are equal (12,345 paths and the configuration compared)
 *	  built with docker buildx in 61.2 s (original), 60.3 s (proposal), 60.9 s (original again)
 *	  2 paths differ by themselves, not compared; times are not compared either
 *	    /var/log/dpkg.log: content, 123 bytes, was 130
 */
#include "analyzer/report/images.h"
#include "analyzer/report/text.h"
#include "analyzer/report/words.h"

/** Rows that are shown of a list without -v. */
#define ROWS_SHOWN 20

/** One list. */
static void print_changes(struct ctx_out *out, const struct ctx_image_change *changes, size_t count, size_t shown) {
	ctx_auto_buf struct ctx_buf words = CTX_BUF_INIT;
	for (size_t i = 0; i < count && i < shown; ++i) {
		ctx_buf_reset(&words);
		ana_image_words(&words, &changes[i]);
		ctx_out_puts(out, "    /");
		ctx_out_name(out, changes[i].path, strlen(changes[i].path));
		ctx_out_printf(out, ": %s\n", ctx_buf_str(&words));
	}
	if (count > shown) {
		ctx_out_printf(out, "    and %zu more: -v shows them\n", count - shown);
	}
}

/** A value of a setting. */
static void print_value(struct ctx_out *out, const char *value) {
	ctx_out_name(out, value != NULL ? value : "not set", strlen(value != NULL ? value : "not set"));
}

/** Settings that differ. */
static void print_settings(struct ctx_out *out, const struct ctx_image_diff *diff, bool itself) {
	for (size_t i = 0; i < diff->config.count; ++i) {
		const struct ctx_image_config_change *c = &diff->config.items[i];
		if (c->itself != itself) {
			continue;
		}
		ctx_out_puts(out, "    configuration, ");
		print_value(out, c->name);
		ctx_out_puts(out, ": ");
		print_value(out, c->after);
		ctx_out_puts(out, ", was ");
		print_value(out, c->before);
		ctx_out_puts(out, "\n");
	}
}

/** What differs by itself. */
static void print_itself(struct ctx_out *out, const struct ctx_image_diff *diff, size_t shown) {
	size_t paths = ana_image_count(diff->itself.items, diff->itself.count);
	if (paths + ana_image_settings(diff, true) == 0) {
		ctx_out_puts(out, "  nothing differs by itself; times are not compared\n");
		return;
	}
	ctx_out_puts(out, "  ");
	ana_count(out, paths, "path differs", "paths differ");
	ctx_out_puts(out, " between two builds of the original, too, and times are not compared\n");
	print_settings(out, diff, true);
	print_changes(out, diff->itself.items, diff->itself.count, shown);
}

void ana_text_verify(struct ctx_out *out, const struct ana_head *head, const struct ana_verify *v) {
	const struct ctx_image_diff *diff = v->diff;
	size_t shown = head->verbose ? SIZE_MAX : ROWS_SHOWN;
	ctx_out_puts(out, head->quiet ? "" : "\n");
	ana_styled(out, v->equal ? CTX_STYLE_GREEN : CTX_STYLE_RED,
		v->equal ? "The images are equal" : "The images differ");
	ctx_out_puts(out, " (");
	ana_count(out, diff->compared, "path", "paths");
	ctx_out_puts(out, " and the configuration compared)\n");
	if (!v->equal) {
		print_settings(out, diff, false);
		print_changes(out, diff->changes.items, diff->changes.count, shown);
	}
	if (head->quiet) {
		return;
	}
	ctx_out_printf(out, "  built with %s in %.1f s (original), %.1f s (proposal), %.1f s (original again)\n",
		v->builder, v->seconds[0], v->seconds[1], v->seconds[2]);
	print_itself(out, diff, shown);
}
