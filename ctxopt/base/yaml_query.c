#include "ctxopt/base/strmap.h"
#include "ctxopt/base/yaml.h"

#include <stdarg.h>

bool ctx_yaml_is_merge(const struct ctx_yaml *key) {
	return key->kind == CTX_YAML_SCALAR && key->plain && ctx_str_is(key->text, "<<");
}

/** Map number `k` that a value of "<<" merges; NULL behind the last. */
static const struct ctx_yaml *merged_map(const struct ctx_yaml *value, size_t k) {
	if (value->kind == CTX_YAML_SEQUENCE) {
		return k < value->count ? value->items[k] : NULL;
	}
	return k == 0 ? value : NULL;
}

struct ctx_yaml *ctx_yaml_get(const struct ctx_yaml *map, const char *key) { // NOLINT(misc-no-recursion)
	if (map == NULL || map->kind != CTX_YAML_MAP) {
		return NULL;
	}
	struct ctx_str want = CTX_STR(key);
	for (size_t i = 0; i < map->count; ++i) {
		const struct ctx_yaml *at = map->items[2 * i];
		if (at->text.len == want.len && at->kind == CTX_YAML_SCALAR &&
			memcmp(at->text.ptr, key, want.len) == 0) {
			return map->items[2 * i + 1];
		}
	}
	struct ctx_yaml *found = NULL;
	for (size_t i = 0; map->merged > 0 && i < map->count; ++i) {
		const struct ctx_yaml *from;
		for (size_t k = 0; found == NULL && ctx_yaml_is_merge(map->items[2 * i]) &&
			(from = merged_map(map->items[2 * i + 1], k)) != NULL;
			++k) {
			found = ctx_yaml_get(from, key);
		}
	}
	return found;
}

struct ctx_yaml *ctx_yaml_at(const struct ctx_yaml *map, ...) {
	struct ctx_yaml *found = NULL;
	va_list keys;
	va_start(keys, map);
	for (const char *key; (key = va_arg(keys, const char *)) != NULL; map = found) {
		found = ctx_yaml_get(map, key);
	}
	va_end(keys);
	return found;
}

struct ctx_str ctx_yaml_text(const struct ctx_yaml *node) {
	return ctx_yaml_is_null(node) ? CTX_STR_NONE : node->text;
}

/** What a walk over pairs needs. */
struct walk {
	ctx_yaml_pair_fn *fn;
	void *arg;
	/** Keys that were seen, if maps are merged. */
	struct ctx_strmap seen;
	uint32_t count;
};

/** Show a pair that was not seen. */
static int show_pair(struct walk *walk, const struct ctx_yaml *key, const struct ctx_yaml *value, bool once) {
	if (key->kind != CTX_YAML_SCALAR || ctx_yaml_is_merge(key)) {
		return 0;
	}
	if (!once) {
		uint32_t at = ctx_strmap_put(&walk->seen, key->text.ptr, key->text.len, walk->count);
		if (at != walk->count) {
			return at == CTX_STRMAP_NONE ? CTX_E_NOMEM : 0;
		}
		++walk->count;
	}
	return walk->fn(walk->arg, key, value);
}

/** Show the pairs of a map, and of those it merges. */
static int show_pairs(struct walk *walk, const struct ctx_yaml *map, bool once) { // NOLINT(misc-no-recursion)
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < map->count; ++i) {
		rc = show_pair(walk, map->items[2 * i], map->items[2 * i + 1], once);
	}
	for (size_t i = 0; rc == 0 && map->merged > 0 && i < map->count; ++i) {
		const struct ctx_yaml *from;
		for (size_t k = 0; rc == 0 && ctx_yaml_is_merge(map->items[2 * i]) &&
			(from = merged_map(map->items[2 * i + 1], k)) != NULL;
			++k) {
			rc = show_pairs(walk, from, once);
		}
	}
	return rc;
}

int ctx_yaml_each(const struct ctx_yaml *map, ctx_yaml_pair_fn *fn, void *arg) {
	struct walk walk = { .fn = fn, .arg = arg };
	if (map == NULL || map->kind != CTX_YAML_MAP) {
		return 0;
	}
	int rc = show_pairs(&walk, map, map->merged == 0);
	ctx_strmap_release(&walk.seen);
	return rc;
}

/** Is it a plain scalar with one of these words? */
static bool is_word(const struct ctx_yaml *node, const char *words) {
	return node->plain && node->text.len <= strlen("false") && ctx_str_is_listed(node->text, words);
}

bool ctx_yaml_is_null(const struct ctx_yaml *node) {
	return node == NULL || (node->plain && (node->text.len == 0 || is_word(node, " ~ null Null NULL ")));
}

bool ctx_yaml_is_true(const struct ctx_yaml *node) {
	return node != NULL && is_word(node, " true True TRUE yes Yes YES on On ON y Y ");
}

bool ctx_yaml_is_false(const struct ctx_yaml *node) {
	return node != NULL && is_word(node, " false False FALSE no No NO off Off OFF n N ");
}
