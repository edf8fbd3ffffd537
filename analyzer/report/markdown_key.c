/**
 * `key` for pull requests: the key, and what differs.
 */
#include "analyzer/report/history.h"
#include "analyzer/report/markdown_parts.h"

/** Changed paths of a step. */
#define PATHS_SHOWN 5

/** A digest as code. */
static void put_digest(struct ctx_out *out, const struct ctx_digest *digest) {
	char text[CTX_DIGEST_TEXT_MAX];
	ctx_out_printf(out, "`%s`", strchr(ctx_digest_text(text, digest), ':') + 1);
}

/** One difference. */
static void put_row(struct ctx_out *out, const struct ana_key_difference *d) {
	const struct ana_imagekey_part *part = d->now != NULL ? d->now : d->old;
	ctx_out_printf(out, "| %s | %s | ",
		d->old == NULL           ? "added"
			: d->now == NULL ? "removed"
					 : "changed",
		ana_imagekey_kind_name(part->kind));
	ana_markdown_code(out, part->name.ptr, part->name.len);
	ctx_out_puts(out, " | ");
	for (uint32_t i = 0; d->changes != NULL && i < d->changes->item_count && i < PATHS_SHOWN; ++i) {
		const struct ana_sim_path *path = &d->changes->items[i];
		ctx_out_printf(out, "%s%s ", i == 0 ? "" : ", ", ana_change_kind_name(path->kind));
		ana_markdown_code(out, path->path, strlen(path->path));
	}
	ctx_out_puts(out, d->changes != NULL && d->changes->item_count > PATHS_SHOWN ? ", ... |\n" : " |\n");
}

void ana_markdown_key(struct ctx_out *out, const struct ana_key_view *r) {
	ctx_out_puts(out, "Key: ");
	put_digest(out, &r->key->digest);
	ctx_out_puts(out, "\n");
	if (r->other == NULL) {
		return;
	}
	ctx_out_puts(out, "\nKey of ");
	ana_markdown_code(out, r->other_name, strlen(r->other_name));
	ctx_out_puts(out, ": ");
	put_digest(out, &r->other->digest);
	ctx_out_puts(out, "\n");
	if (r->difference_count > 0) {
		ctx_out_puts(out, "\n| | Part | Name | Paths |\n| :--- | :--- | :--- | :--- |\n");
	}
	for (size_t i = 0; i < r->difference_count; ++i) {
		put_row(out, &r->differences[i]);
	}
}
