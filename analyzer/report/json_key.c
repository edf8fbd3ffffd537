#include "analyzer/report/json_parts.h"

/** Containers from this depth on are written on one line: a part. */
#define INLINE_DEPTH 2

/** A digest, or null. */
static void put_digest(struct ctx_json *j, const char *key, const struct ctx_digest *digest) {
	char text[CTX_DIGEST_TEXT_MAX];
	ctx_json_str(j, key, digest == NULL ? NULL : ctx_digest_text(text, digest));
}

/** Kind and name of a part, inside an object. */
static void put_name(struct ctx_json *j, const struct ana_imagekey_part *part) {
	ctx_json_str(j, "kind", ana_imagekey_kind_name(part->kind));
	ctx_json_string(j, "name", part->name.ptr, part->name.len);
}

/** "explain". */
static void put_explain(struct ctx_json *j, const struct ana_key_view *r) {
	if (r->other == NULL) {
		ctx_json_null(j, "explain");
		return;
	}
	ctx_json_object(j, "explain");
	ctx_json_str(j, "other", r->other_name);
	put_digest(j, "key", &r->other->digest);
	ctx_json_bool(j, "same", ctx_digest_equal(&r->other->digest, &r->key->digest));
	ana_json_put_moves(j, r->sim);
	ctx_json_array(j, "differences");
	for (size_t i = 0; i < r->difference_count; ++i) {
		const struct ana_key_difference *d = &r->differences[i];
		ctx_json_object(j, NULL);
		put_name(j, d->now != NULL ? d->now : d->old);
		put_digest(j, "old", d->old == NULL ? NULL : &d->old->digest);
		put_digest(j, "new", d->now == NULL ? NULL : &d->now->digest);
		if (d->changes != NULL) {
			ana_json_put_changes(j, d->changes);
		}
		ctx_json_end(j);
	}
	ctx_json_end(j);
	ctx_json_end(j);
}

void ana_json_key(struct ctx_out *out, const struct ana_key_view *r) {
	struct ctx_json j;
	ctx_json_init(&j, out, INLINE_DEPTH);
	ana_json_put_head(&j, &r->head, "ctxopt.key/1");
	put_digest(&j, "key", &r->key->digest);
	ctx_json_array(&j, "parts");
	for (size_t i = 0; i < r->key->parts.count; ++i) {
		ctx_json_object(&j, NULL);
		put_name(&j, &r->key->parts.items[i]);
		put_digest(&j, "digest", &r->key->parts.items[i].digest);
		ctx_json_end(&j);
	}
	ctx_json_end(&j);
	put_explain(&j, r);
	ana_json_put_warnings(&j, &r->head);
}
