#include "ctxopt/context/image_json.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/str.h"

#include <jansson.h>

/** Indices within indices. */
#define INDEX_DEPTH_MAX 4

/** Frees a json_t * of a scope. */
static void drop_json(json_t **json) {
	json_decref(*json);
}

/** Read one document. */
static json_t *parse(const struct ctx_buf *text, const char *name, struct ctx_error *err) {
	json_error_t why;
	json_t *json = json_loadb(text->data, text->len, JSON_REJECT_DUPLICATES, &why);
	if (json == NULL) {
		(void)(json_error_code(&why) == json_error_out_of_memory
				? ctx_fail_nomem(err)
				: ctx_fail(err, CTX_E_CORRUPT, "damaged image: '%s' is no JSON: %s", name, why.text));
	}
	return json;
}

/** A document of the archive; NULL with `err` filled if it is not there or no JSON. */
static json_t *get_document(ctx_image_document_fn *get, void *arg, const char *name, struct ctx_error *err) {
	const struct ctx_buf *text = get(arg, name);
	if (text == NULL) {
		(void)ctx_fail(err, CTX_E_CORRUPT, "damaged image: '%s' is missing", name);
		return NULL;
	}
	return parse(text, name, err);
}

/** Append a layer. */
static int add_layer(struct ctx_image_parts *parts, const char *name, struct ctx_error *err) {
	if (parts->layers.count >= CTX_IMAGE_LAYERS_MAX) {
		return ctx_fail(err, CTX_E_LIMIT, "the image has more than %d layers", CTX_IMAGE_LAYERS_MAX);
	}
	if (name == NULL) {
		return ctx_fail(err, CTX_E_CORRUPT, "damaged image: a layer has no name");
	}
	const char *copy = ctx_arena_memdup0(&parts->arena, name, strlen(name));
	return copy != NULL && CTX_VEC_PUSH(&parts->layers, copy) ? 0 : ctx_fail_nomem(err);
}

/** Docker's list: [{"Config": "...", "Layers": [...]}]. */
static int read_docker(struct ctx_image_parts *parts, const json_t *list, struct ctx_error *err) {
	const json_t *image = json_array_get(list, 0);
	const char *config = json_string_value(json_object_get(image, "Config"));
	const json_t *layers = json_object_get(image, "Layers");
	if (config == NULL) {
		return ctx_fail(err, CTX_E_CORRUPT, "damaged image: 'manifest.json' names no configuration");
	}
	parts->config = ctx_arena_memdup0(&parts->arena, config, strlen(config));
	int rc = parts->config == NULL ? ctx_fail_nomem(err) : 0;
	for (size_t i = 0; rc == 0 && i < json_array_size(layers); ++i) {
		rc = add_layer(parts, json_string_value(json_array_get(layers, i)), err);
	}
	return rc;
}

/** "blobs/sha256/HEX" of a descriptor, in the arena; NULL if it has no digest, or out of memory. */
static const char *blob_of(struct ctx_image_parts *parts, const json_t *descriptor) {
	const char *digest = json_string_value(json_object_get(descriptor, "digest"));
	const char *colon = digest == NULL ? NULL : strchr(digest, ':');
	if (colon == NULL) {
		return NULL;
	}
	ctx_auto_buf struct ctx_buf name = CTX_BUF_INIT;
	ctx_buf_adds(&name, "blobs/");
	ctx_buf_add(&name, digest, (size_t)(colon - digest));
	ctx_buf_addc(&name, '/');
	ctx_buf_adds(&name, colon + 1);
	return ctx_buf_ok(&name) ? ctx_arena_memdup0(&parts->arena, name.data, name.len) : NULL;
}

/** The first image of an index that is none of attestations, whose platform is "unknown". */
static const json_t *choose_image(const json_t *manifests) {
	for (size_t i = 0; i < json_array_size(manifests); ++i) {
		const json_t *at = json_array_get(manifests, i);
		const char *os = json_string_value(json_object_get(json_object_get(at, "platform"), "os"));
		if (os == NULL || strcmp(os, "unknown") != 0) {
			return at;
		}
	}
	return NULL;
}

/** An OCI index or manifest. */
static int read_oci(struct ctx_image_parts *parts, const char *name, ctx_image_document_fn *get, void *arg,
	unsigned depth, struct ctx_error *err) {
	struct ctx_error why = { .code = CTX_E_CORRUPT };
	CTX_CLEANUP(drop_json) json_t *json = get_document(get, arg, name, &why);
	if (json == NULL) {
		return ctx_fail(err, why.code, "%s", why.msg);
	}
	const json_t *manifests = json_object_get(json, "manifests");
	if (manifests != NULL) {
		const char *blob = blob_of(parts, choose_image(manifests));
		return blob != NULL && depth < INDEX_DEPTH_MAX
			? read_oci(parts, blob, get, arg, depth + 1, err)
			: ctx_fail(err, CTX_E_CORRUPT, "damaged image: '%s' names no image", name);
	}
	const json_t *layers = json_object_get(json, "layers");
	parts->config = blob_of(parts, json_object_get(json, "config"));
	int rc = parts->config == NULL
		? ctx_fail(err, CTX_E_CORRUPT, "damaged image: '%s' names no configuration", name)
		: 0;
	for (size_t i = 0; rc == 0 && i < json_array_size(layers); ++i) {
		rc = add_layer(parts, blob_of(parts, json_array_get(layers, i)), err);
	}
	return rc;
}

int ctx_image_find_parts(struct ctx_image_parts *parts, ctx_image_document_fn *get, void *arg, struct ctx_error *err) {
	const struct ctx_buf *text = get(arg, "manifest.json");
	if (text == NULL) {
		return read_oci(parts, "index.json", get, arg, 0, err);
	}
	struct ctx_error why = { .code = CTX_E_CORRUPT };
	CTX_CLEANUP(drop_json) json_t *json = parse(text, "manifest.json", &why);
	return json != NULL ? read_docker(parts, json, err) : ctx_fail(err, why.code, "%s", why.msg);
}

void ctx_image_parts_release(struct ctx_image_parts *parts) {
	CTX_VEC_RELEASE(&parts->layers);
	ctx_arena_release(&parts->arena);
}

/** Does the value say no more than nothing?  Builders write "User": "", "OnBuild": null or neither. */
static bool is_empty(const json_t *value) {
	return json_is_null(value) || json_is_false(value) ||
		(json_is_string(value) && json_string_length(value) == 0) ||
		(json_is_array(value) && json_array_size(value) == 0) ||
		(json_is_object(value) && json_object_size(value) == 0) ||
		(json_is_integer(value) && json_integer_value(value) == 0);
}

/** qsort(): names of variables. */
static int cmp_texts(const void *a, const void *b) {
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/** The variables of "Env" in order of their names: which came first does not matter to a process. */
static json_t *sorted_list(json_t *list) {
	size_t count = json_array_size(list);
	const char **texts = ctx_calloc(count, sizeof(*texts));
	json_t *sorted = json_array();
	bool ok = texts != NULL && sorted != NULL;
	for (size_t i = 0; ok && i < count; ++i) {
		texts[i] = json_string_value(json_array_get(list, i));
		ok = texts[i] != NULL;
	}
	if (ok) {
		qsort(texts, count, sizeof(*texts), cmp_texts);
	}
	for (size_t i = 0; ok && i < count; ++i) {
		ok = json_array_append_new(sorted, json_string(texts[i])) == 0;
	}
	free(texts);
	if (!ok) {
		json_decref(sorted);
		return NULL;
	}
	return sorted;
}

/** Add one member. */
static int add_setting(struct ctx_image *image, const char *name, json_t *value, struct ctx_error *err) {
	if (is_empty(value)) {
		return 0;
	}
	CTX_CLEANUP(drop_json) json_t *sorted = strcmp(name, "Env") == 0 ? sorted_list(value) : NULL;
	char *text = json_dumps(sorted != NULL ? sorted : value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	struct ctx_image_setting setting = {
		.name = ctx_arena_memdup0(&image->arena, name, strlen(name)),
		.value = text == NULL ? NULL : ctx_arena_memdup0(&image->arena, text, strlen(text)),
	};
	free(text);
	return setting.name != NULL && setting.value != NULL && CTX_VEC_PUSH(&image->settings, setting)
		? 0
		: ctx_fail_nomem(err);
}

/** qsort(): settings by name. */
static int cmp_settings(const void *a_, const void *b_) {
	const struct ctx_image_setting *a = a_, *b = b_;
	return strcmp(a->name, b->name);
}

int ctx_image_read_config(struct ctx_image *image, const struct ctx_buf *text, struct ctx_error *err) {
	// The classic builder writes down the container that it built in
	static const char beside[] = " Image Hostname ";
	static const char *const outer[] = { "architecture", "author", "os", "os.version", "variant" };
	struct ctx_error why = { .code = CTX_E_CORRUPT };
	CTX_CLEANUP(drop_json) json_t *json = parse(text, "configuration", &why);
	if (json == NULL) {
		return ctx_fail(err, why.code, "%s", why.msg);
	}
	json_t *config = json_object_get(json, "config");
	const char *name = NULL;
	json_t *value = NULL;
	int rc = 0;
	json_object_foreach(config, name, value) {
		if (rc == 0 && !ctx_str_is_listed(CTX_STR(name), beside)) {
			rc = add_setting(image, name, value, err);
		}
	}
	for (size_t i = 0; rc == 0 && i < CTX_COUNTOF(outer); ++i) {
		value = json_object_get(json, outer[i]);
		rc = value == NULL ? 0 : add_setting(image, outer[i], value, err);
	}
	if (image->settings.count > 0) {
		qsort(image->settings.items, image->settings.count, sizeof(*image->settings.items), cmp_settings);
	}
	return rc;
}
