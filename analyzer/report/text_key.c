/**
 * `key`: the key alone on a line, fit for a tag; with --explain what differs from another one; with -v the parts.
 *
 *	30c3ed4e4a1d4c6f0a3b8f4b0f6a2b11
 *
 *	differs from v1.0 (5d0e...)
 *	  M step      [build 4/5] COPY . .
 *	              M src/a.c
 *	  + config    LABEL version
 */
#include "analyzer/report/cells.h"
#include "analyzer/report/history.h"
#include "analyzer/report/text.h"
#include "analyzer/report/words.h"

/** Changed paths of a step that are named. */
#define PATHS_SHOWN 8

/** The digits of a digest, which a tag may hold. */
static const char *digits(char text[CTX_DIGEST_TEXT_MAX], const struct ctx_digest *digest) {
	return strchr(ctx_digest_text(text, digest), ':') + 1;
}

/** One part. */
static void print_part(struct ctx_out *out, const struct ana_key_view *r, const struct ana_imagekey_part *part) {
	ctx_out_printf(out, "%-9s ", ana_imagekey_kind_name(part->kind));
	ana_cells_put(out, part->name, ana_room(out, 16), r->head.utf8);
}

/** What changed in what a step reads. */
static void print_changes(struct ctx_out *out, const struct ana_key_view *r, const struct ana_sim_changes *changes) {
	uint32_t total = ana_sim_changes_total(changes),
		 shown = changes->item_count < PATHS_SHOWN ? changes->item_count : PATHS_SHOWN;
	for (uint32_t i = 0; i < shown; ++i) {
		ctx_out_printf(out, "              %s ", ana_change_kind_name(changes->items[i].kind));
		ana_cells_put(out, CTX_STR(changes->items[i].path), SIZE_MAX, r->head.utf8);
		ctx_out_puts(out, "\n");
	}
	if (shown < total) {
		ctx_out_printf(out, "              and %u more\n", total - shown);
	}
}

/** What differs from another key. */
static void print_explain(struct ctx_out *out, const struct ana_key_view *r) {
	char text[CTX_DIGEST_TEXT_MAX];
	bool same = ctx_digest_equal(&r->other->digest, &r->key->digest);
	ctx_out_puts(out, same ? "\nthe same as of " : "\ndiffers from ");
	ana_cells_put(out, CTX_STR(r->other_name), 60, r->head.utf8);
	ctx_out_printf(out, " (%s)\n", digits(text, &r->other->digest));
	ana_text_moves(out, r->sim, r->head.utf8);
	for (size_t i = 0; i < r->difference_count; ++i) {
		const struct ana_key_difference *d = &r->differences[i];
		ctx_out_printf(out, "  %c ", d->old == NULL ? '+' : d->now == NULL ? '-' : 'M');
		print_part(out, r, d->now != NULL ? d->now : d->old);
		ctx_out_puts(out, "\n");
		if (d->changes != NULL) {
			print_changes(out, r, d->changes);
		}
	}
}

/** All parts. */
static void print_parts(struct ctx_out *out, const struct ana_key_view *r) {
	char text[CTX_DIGEST_TEXT_MAX];
	ctx_out_puts(out, "\n");
	for (size_t i = 0; i < r->key->parts.count; ++i) {
		const struct ana_imagekey_part *part = &r->key->parts.items[i];
		ctx_out_printf(out, "  %.12s  ", digits(text, &part->digest));
		print_part(out, r, part);
		ctx_out_puts(out, "\n");
	}
}

void ana_text_key(struct ctx_out *out, const struct ana_key_view *r) {
	char text[CTX_DIGEST_TEXT_MAX];
	ctx_out_printf(out, "%s\n", digits(text, &r->key->digest));
	if (r->head.verbose) {
		print_parts(out, r);
	}
	if (r->other != NULL && !r->head.quiet) {
		print_explain(out, r);
	}
}
