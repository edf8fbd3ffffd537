#include "analyzer/advice/manifest_json.h"

#include <jansson.h>

int ana_json_read(struct json_t **out, struct ctx_str text, struct ctx_error *err) {
	json_error_t error;
	static const char mark[] = "\xef\xbb\xbf";
	if (ctx_str_starts(text, mark)) {
		text = ctx_str_from(text, strlen(mark));
	}
	*out = json_loadb(text.ptr == NULL ? "" : text.ptr, text.len, JSON_REJECT_DUPLICATES, &error);
	return *out == NULL && json_error_code(&error) == json_error_out_of_memory ? ctx_fail_nomem(err) : 0;
}

void ana_json_free(struct json_t *doc) {
	json_decref(doc);
}

void ana_json_free_ptr(struct json_t **doc) {
	json_decref(*doc);
}

const struct json_t *ana_json_member(const struct json_t *value, const char *name) {
	return json_object_get(value, name);
}

struct ctx_str ana_json_text(const struct json_t *value) {
	return json_is_string(value) ? (struct ctx_str){ json_string_value(value), json_string_length(value) }
				     : CTX_STR_NONE;
}

bool ana_json_is_object(const struct json_t *value) {
	return json_is_object(value);
}

bool ana_json_is_array(const struct json_t *value) {
	return json_is_array(value);
}

bool ana_json_is_true(const struct json_t *value) {
	return json_is_true(value);
}

/** A library that does not promise to change nothing. */
static json_t *loose(const struct json_t *value) {
	union {
		const json_t *in;
		json_t *out;
	} same = { .in = value };
	return same.out;
}

int ana_json_each(const struct json_t *value, ana_json_fn *fn, void *arg) {
	int rc = 0;
	if (json_is_array(value)) {
		for (size_t i = 0; rc == 0 && i < json_array_size(value); ++i) {
			rc = fn(arg, CTX_STR_NONE, json_array_get(value, i));
		}
	} else if (json_is_object(value)) {
		json_t *object = loose(value);
		for (void *at = json_object_iter(object); rc == 0 && at != NULL;
			at = json_object_iter_next(object, at)) {
			struct ctx_str name = { json_object_iter_key(at), json_object_iter_key_len(at) };
			rc = fn(arg, name, json_object_iter_value(at));
		}
	}
	return rc;
}
