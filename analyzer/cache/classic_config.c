#include "analyzer/cache/classic_config.h"

#include <string.h>

/** Arguments that need not be declared (builtinAllowedBuildArgs). */
static const char *const proxies[] = { "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY",
	"ftp_proxy", "NO_PROXY", "no_proxy" };

/** Hash of a setting; its place counts for variables, whose order does. */
static uint64_t hash_setting(char kind, struct ctx_str name, struct ctx_str value, uint64_t place) {
	uint64_t seed = (uint64_t)(unsigned char)kind << 32 ^ place;
	uint64_t inner = ctx_hash64(name.len > 0 ? name.ptr : "", name.len, seed);
	return ctx_hash64(value.len > 0 ? value.ptr : "", value.len, inner);
}

/** Add to both sums, or take away. */
static void add_setting(struct ana_classic_config *c, char kind, struct ctx_str name, struct ctx_str value,
	uint64_t place, bool remove) {
	uint64_t one = hash_setting(kind, name, value, place), two = hash_setting(kind, name, value, place ^ 1u << 31);
	c->sum += remove ? 0 - one : one;
	c->more += remove ? 0 - two : two;
}

/** Set a name in a list. */
static int set(const struct ana_env **env, struct ctx_str name, struct ctx_str value, struct ctx_arena *arena,
	struct ctx_error *err) {
	const struct ana_env *fresh = ana_env_set(arena, *env, name, value);
	if (fresh == NULL) {
		return ctx_fail_nomem(err);
	}
	*env = fresh;
	return 0;
}

/** Number of a variable: the next one if it is new. */
static int find_place(struct ana_classic_config *c, struct ctx_str name, uint64_t *place, struct ctx_arena *arena,
	struct ctx_error *err) {
	struct ctx_str known;
	if (ana_env_get(c->places, name, &known)) {
		memcpy(place, known.ptr, sizeof(*place));
		return 0;
	}
	*place = ana_env_count(c->places);
	const char *copy = ctx_arena_memdup0(arena, place, sizeof(*place));
	return copy == NULL ? ctx_fail_nomem(err)
			    : set(&c->places, name, (struct ctx_str){ copy, sizeof(*place) }, arena, err);
}

/** What a RUN gets of an argument: nothing if ENV sets the name. */
static void count_arg(struct ana_classic_config *c, struct ctx_str name, bool remove) {
	struct ctx_str value, own;
	if (!ana_env_get(c->args, name, &value) || value.ptr == NULL || ana_env_get(c->env, name, &own)) {
		return;
	}
	uint64_t hash = hash_setting('a', name, value, 0);
	c->arg_sum += remove ? 0 - hash : hash;
	c->arg_count += remove ? UINT32_MAX : 1;
}

int ana_classic_env(struct ana_classic_config *c, struct ctx_str name, struct ctx_str value, struct ctx_arena *arena,
	struct ctx_error *err) {
	uint64_t place;
	struct ctx_str old;
	int rc = find_place(c, name, &place, arena, err);
	count_arg(c, name, true);
	if (ana_env_get(c->env, name, &old)) {
		add_setting(c, 'e', name, old, place, true);
	}
	rc = rc < 0 ? rc : set(&c->env, name, value, arena, err);
	rc = rc < 0 ? rc : set(&c->words, name, value, arena, err);
	if (rc == 0) {
		add_setting(c, 'e', name, value, place, false);
	}
	return rc;
}

int ana_classic_arg(struct ana_classic_config *c, struct ctx_str name, struct ctx_str value, struct ctx_arena *arena,
	struct ctx_error *err) {
	struct ctx_str own;
	count_arg(c, name, true);
	if (value.ptr == NULL && !ana_env_get(c->args, name, &own)) {
		return 0;
	}
	int rc = set(&c->args, name, value, arena, err);
	if (rc == 0 && !ana_env_get(c->env, name, &own)) { // one that loses its value is empty to words
		rc = set(&c->words, name, value.ptr == NULL ? CTX_STR("") : value, arena, err);
	}
	count_arg(c, name, false);
	return rc;
}

int ana_classic_entry(struct ana_classic_config *c, char kind, struct ctx_str name, struct ctx_str value,
	struct ctx_arena *arena, struct ctx_error *err) {
	char *key = ctx_arena_alloc(arena, name.len + 1);
	if (key == NULL) {
		return ctx_fail_nomem(err);
	}
	key[0] = kind;
	memcpy(key + 1, name.len > 0 ? name.ptr : "", name.len);
	struct ctx_str whole = { key, name.len + 1 }, old;
	if (ana_env_get(c->entries, whole, &old)) {
		add_setting(c, kind, name, old, 0, true);
	}
	add_setting(c, kind, name, value, 0, false);
	return set(&c->entries, whole, value, arena, err);
}

int ana_classic_begin(struct ana_classic_config *c, const struct ana_build_args *args, struct ctx_arena *arena,
	struct ctx_error *err) {
	int rc = 0;
	c->args = NULL;
	c->arg_sum = 0;
	c->arg_count = 0;
	c->words = c->env;
	for (size_t i = 0; rc == 0 && i < CTX_COUNTOF(proxies); ++i) {
		struct ctx_str name = CTX_STR(proxies[i]), value, own;
		if (ana_build_arg_get(args, name, &value) && !ana_env_get(c->env, name, &own)) {
			rc = set(&c->words, name, value, arena, err);
		}
	}
	return rc;
}

bool ana_classic_has_proxy(const struct ana_classic_config *c, const struct ana_build_args *args) {
	for (size_t i = 0; i < CTX_COUNTOF(proxies); ++i) {
		struct ctx_str name = CTX_STR(proxies[i]), value, own;
		if (ana_build_arg_get(args, name, &value) && !ana_env_get(c->env, name, &own)) {
			return true;
		}
	}
	return false;
}
