#include "analyzer/report/images.h"
#include "analyzer/report/json_parts.h"

/** One list. */
static void put_changes(struct ctx_json *j, const char *key, const struct ctx_image_change *changes, size_t count) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_json_array(j, key);
	for (size_t i = 0; i < count; ++i) {
		ctx_json_object(j, NULL);
		ctx_buf_reset(&text);
		ctx_buf_addf(&text, "/%s", changes[i].path);
		ctx_json_path(j, "path", ctx_buf_str(&text), text.len);
		ctx_json_array(j, "differs");
		for (const struct ana_image_field *f = ana_image_fields; f->name != NULL; ++f) {
			if ((changes[i].fields & f->field) != 0) {
				ctx_json_str(j, NULL, f->name);
			}
		}
		ctx_json_end(j);
		ctx_json_uint(j, "paths", changes[i].count);
		ctx_buf_reset(&text);
		ana_image_words(&text, &changes[i]);
		ctx_json_string(j, "what", ctx_buf_str(&text), text.len);
		ctx_json_end(j);
	}
	ctx_json_end(j);
}

/** The settings that differ. */
static void put_settings(struct ctx_json *j, const char *key, const struct ctx_image_diff *diff, bool itself) {
	ctx_json_array(j, key);
	for (size_t i = 0; i < diff->config.count; ++i) {
		const struct ctx_image_config_change *c = &diff->config.items[i];
		if (c->itself == itself) {
			ctx_json_object(j, NULL);
			ctx_json_str(j, "name", c->name);
			ctx_json_str(j, "before", c->before);
			ctx_json_str(j, "after", c->after);
			ctx_json_end(j);
		}
	}
	ctx_json_end(j);
}

void ana_json_put_verify(struct ctx_json *j, const struct ana_verify *v) {
	if (v == NULL) {
		ctx_json_null(j, "verify");
		return;
	}
	ctx_json_object(j, "verify");
	ctx_json_bool(j, "equal", v->equal);
	ctx_json_str(j, "builder", v->builder);
	ctx_json_array(j, "seconds");
	for (size_t i = 0; i < CTX_COUNTOF(v->seconds); ++i) {
		ctx_json_double(j, NULL, v->seconds[i]);
	}
	ctx_json_end(j);
	ctx_json_uint(j, "compared", v->diff->compared);
	put_changes(j, "changes", v->diff->changes.items, v->diff->changes.count);
	put_settings(j, "config_changes", v->diff, false);
	put_changes(j, "by_itself", v->diff->itself.items, v->diff->itself.count);
	put_settings(j, "config_by_itself", v->diff, true);
	ctx_json_end(j);
}
