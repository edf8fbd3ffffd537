#include "analyzer/cache/kept.h"

#include <stdio.h>

/**
 * What remains of a command's time: medians of three runs beside three with an empty cache, where next to nothing had changed (the cache has
 * everything; one file of the sources was changed), rounded up, and to 20 at least, as real changes are larger.  Where several projects were
 * measured, the one that saves least.  pip is not here: with wheels from a fast network it saved nothing that could be measured.
 * Of the bytes: what a command makes beside what it keeps, rounded up; uv makes hard links to what it keeps, which count once.
 * Source: bench/results/2026-11-28-amd-epyc-2-cpus-kept-caches.
 */
static const struct ana_kept_cache kept_caches[ANA_KEPT_COUNT] = {
	[ANA_KEPT_NONE] = { "none", "", "", 100, 100 },
	[ANA_KEPT_NPM] = { "npm", "npm ci,npm install,npm i", "$npm_config_cache $NPM_CONFIG_CACHE ~/.npm", 80, 80 },
	[ANA_KEPT_UV] = { "uv", "uv sync,uv pip install", "$UV_CACHE_DIR $XDG_CACHE_HOME/uv ~/.cache/uv", 50, 100 },
	[ANA_KEPT_GO_MODULES] = { "Go modules", "go mod download",
		"$GOMODCACHE $GOPATH/pkg/mod /go/pkg/mod ~/go/pkg/mod", 20, 10 },
	[ANA_KEPT_GO_BUILD] = { "Go build", "go build,go install",
		"$GOCACHE $XDG_CACHE_HOME/go-build ~/.cache/go-build", 50, 20 },
	[ANA_KEPT_CARGO_REGISTRY] = { "cargo registry", "cargo fetch",
		"$CARGO_HOME/registry /usr/local/cargo/registry ~/.cargo/registry", 20, 10 },
};

const struct ana_kept_cache *ana_kept_cache(enum ana_kept kept) {
	return &kept_caches[kept];
}

enum ana_kept ana_kept_by(const char *words) {
	size_t len = strlen(words);
	for (unsigned i = 0; i < ANA_KEPT_COUNT; ++i) {
		struct ctx_str rest = CTX_STR(kept_caches[i].commands);
		while (rest.len > 0) {
			size_t end = ctx_str_find(rest, ',');
			if (end == len && memcmp(rest.ptr, words, len) == 0) {
				return (enum ana_kept)i;
			}
			rest = ctx_str_from(rest, end < rest.len ? end + 1 : end);
		}
	}
	return ANA_KEPT_NONE;
}

/** The largest share of these caches, of the time or of the bytes. */
static double largest(unsigned caches, bool bytes) {
	unsigned percent = caches == 0 ? 100 : 0;
	for (unsigned i = 0; i < ANA_KEPT_COUNT; ++i) {
		unsigned mine = bytes ? kept_caches[i].bytes_percent : kept_caches[i].percent;
		percent = (caches & ANA_KEPT_BIT(i)) != 0 && mine > percent ? mine : percent;
	}
	return percent / 100.0;
}

double ana_kept_share(unsigned caches) {
	return largest(caches, false);
}

double ana_kept_bytes_share(unsigned caches) {
	return largest(caches, true);
}

/** A path in three parts: is it the directory, or within it? */
static bool is_within(struct ctx_str dir, struct ctx_str before, struct ctx_str value, struct ctx_str after) {
	char path[512];
	int len = snprintf(path, sizeof(path), "%.*s%.*s%.*s", CTX_STR_ARGS(before), CTX_STR_ARGS(value),
		CTX_STR_ARGS(after));
	size_t cut = ctx_str_ends(dir, "/") ? dir.len - 1 : dir.len;
	return len > 0 && (size_t)len < sizeof(path) && (size_t)len >= cut && memcmp(path, dir.ptr, cut) == 0 &&
		(path[cut] == '/' || path[cut] == '\0');
}

/** Home of the user of an exec: in front of it, and its name. */
static void find_home(const struct ana_exec *exec, struct ctx_str *before, struct ctx_str *name) {
	struct ctx_str user = { exec->user.ptr, ctx_str_find(exec->user, ':') };
	bool root = user.len == 0 || ctx_str_is(user, "root") || ctx_str_is(user, "0");
	*before = root ? CTX_STR("/root") : CTX_STR("/home/");
	*name = root ? CTX_STR("") : user;
	if (ana_env_get(exec->env, CTX_STR("HOME"), name)) {
		*before = CTX_STR("");
	}
}

/** One word of the places: does the directory hold it?  `*set`: it begins with a variable that is set. */
static bool holds_place(struct ctx_str dir, const struct ana_exec *exec, struct ctx_str place, bool *set) {
	struct ctx_str before = CTX_STR(""), value = CTX_STR(""), after = ctx_str_from(place, ctx_str_find(place, '/'));
	if (place.ptr[0] == '$') {
		struct ctx_str name = { place.ptr + 1, place.len - after.len - 1 };
		*set = ana_env_get(exec->env, name, &value) && value.len > 0;
		return *set && is_within(dir, before, value, after);
	}
	if (place.ptr[0] == '~') {
		find_home(exec, &before, &value);
	}
	return is_within(dir, before, value, after);
}

/** Does a directory hold a cache? */
static bool holds(struct ctx_str dir, const struct ana_exec *exec, enum ana_kept kept) {
	bool held = false, set = false;
	struct ctx_str rest = CTX_STR(kept_caches[kept].places);
	while (rest.len > 0 && !held && !set) {
		struct ctx_str place = { rest.ptr, ctx_str_find(rest, ' ') };
		held = holds_place(dir, exec, place, &set);
		rest = ctx_str_from(rest, place.len < rest.len ? place.len + 1 : rest.len);
	}
	return held;
}

bool ana_kept_find(struct ana_kept_mounts *out, const struct ana_exec *exec, unsigned caches) {
	*out = (struct ana_kept_mounts){ 0 };
	bool all = caches != 0;
	for (unsigned i = 0; all && i < ANA_KEPT_COUNT; ++i) {
		bool wanted = (caches & ANA_KEPT_BIT(i)) != 0, found = false;
		for (uint32_t k = 0; wanted && k < exec->mount_count; ++k) {
			const struct ana_exec_mount *m = &exec->mounts[k];
			bool shared = m->type == ANA_MOUNT_CACHE && !m->read_only && m->sharing != ANA_SHARING_PRIVATE;
			if (shared && holds(m->dest, exec, (enum ana_kept)i)) {
				out->ids[i] = m->cache_id;
				found = true;
			}
		}
		all = found || !wanted;
	}
	return all;
}

/** Is it an absolute path that needs no quotes in a flag? */
static bool is_plain_path(const char *path) {
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/";
	return path[0] == '/' && path[1] != '\0' && path[strspn(path, plain)] == '\0' && strstr(path, "..") == NULL;
}

bool ana_kept_place(char out[128], enum ana_kept kept, const struct ana_exec *exec, bool go_image) {
	struct ctx_str rest = CTX_STR(kept_caches[kept].places), home = CTX_STR("/root"), value;
	int len = -1;
	if (ana_env_get(exec->env, CTX_STR("HOME"), &value)) {
		home = value;
	}
	while (rest.len > 0 && len < 0) {
		struct ctx_str place = { rest.ptr, ctx_str_find(rest, ' ') };
		struct ctx_str after = ctx_str_from(place, ctx_str_find(place, '/'));
		struct ctx_str name = ctx_str_from(place, place.ptr[0] == '$');
		name.len -= place.ptr[0] == '$' ? after.len : 0;
		if (place.ptr[0] == '$' && ana_env_get(exec->env, name, &value)) {
			len = snprintf(out, 128, "%.*s%.*s", CTX_STR_ARGS(value), CTX_STR_ARGS(after));
		} else if (place.ptr[0] == '~' || (go_image && ctx_str_is(place, "/go/pkg/mod"))) {
			struct ctx_str before = place.ptr[0] == '~' ? home : CTX_STR("");
			len = snprintf(out, 128, "%.*s%.*s", CTX_STR_ARGS(before), CTX_STR_ARGS(after));
		}
		rest = ctx_str_from(rest, place.len < rest.len ? place.len + 1 : rest.len);
	}
	return len > 0 && len < 128 && is_plain_path(out);
}
