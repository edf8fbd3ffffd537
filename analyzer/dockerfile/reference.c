#include "analyzer/dockerfile/reference.h"

#include "ctxopt/base/buf.h"

#include <stdlib.h>

/** Longest repository path, without the domain. */
#define PATH_LEN_MAX 255
/** Longest tag. */
#define TAG_LEN_MAX 128

/** Lower-case letter or digit. */
static bool is_alnum_lower(char c) {
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/** Letter. */
static bool is_alpha(char c) {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/** Letter or digit. */
static bool is_alnum(char c) {
	return is_alpha(c) || (c >= '0' && c <= '9');
}

/** Hexadecimal digit; upper case only if `upper`. */
static bool is_hex(char c, bool upper) {
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (upper && c >= 'A' && c <= 'F');
}

/** Does a separator within a path component stand at `at`?  Its length: '.', '_', "__" or dashes; 0 if not. */
static size_t separator_len(struct ctx_str text, size_t at) {
	if (text.ptr[at] == '.') {
		return 1;
	}
	size_t len = 0;
	char c = text.ptr[at];
	while (at + len < text.len && text.ptr[at + len] == c) {
		++len;
	}
	return c == '-' || (c == '_' && len <= 2) ? len : 0;
}

/** Path components between slashes (remoteName). */
static bool valid_path(struct ctx_str text) {
	size_t i = 0;
	while (i < text.len && is_alnum_lower(text.ptr[i])) {
		while (i < text.len && is_alnum_lower(text.ptr[i])) {
			++i;
		}
		if (i == text.len) {
			return true;
		}
		size_t len = text.ptr[i] == '/' ? 1 : separator_len(text, i);
		if (len == 0) {
			return false;
		}
		i += len;
	}
	return false; // nothing between two separators, or nothing at all
}

/** "host" of a domain: components of letters, digits and inner dashes between dots. */
static bool valid_host(struct ctx_str text) {
	for (size_t i = 0; i <= text.len; ++i) {
		bool start = i == 0 || text.ptr[i - 1] == '.';
		bool end = i == text.len || text.ptr[i] == '.';
		if (end) {
			if (start || text.ptr[i - 1] == '-') {
				return false;
			}
		} else if (!is_alnum(text.ptr[i]) && (start || text.ptr[i] != '-')) {
			return false;
		}
	}
	return true;
}

/** "host" or "[ipv6]" with an optional port (domainAndPort). */
static bool valid_domain(struct ctx_str text) {
	bool literal = text.len > 0 && text.ptr[0] == '[';
	size_t host_len = literal ? ctx_str_find(text, ']') + 1 : ctx_str_find(text, ':');
	if (host_len > text.len) {
		return false;
	}
	for (size_t i = host_len; i < text.len; ++i) {
		bool digit = text.ptr[i] >= '0' && text.ptr[i] <= '9';
		if (i == host_len ? text.ptr[i] != ':' || i + 1 == text.len : !digit) {
			return false;
		}
	}
	if (!literal) {
		return valid_host((struct ctx_str){ text.ptr, host_len });
	}
	for (size_t i = 1; i + 1 < host_len; ++i) {
		if (!is_hex(text.ptr[i], true) && text.ptr[i] != ':') {
			return false;
		}
	}
	return host_len > 2;
}

/** Tag. */
static bool valid_tag(struct ctx_str text) {
	for (size_t i = 0; i < text.len; ++i) {
		char c = text.ptr[i];
		if (!is_alnum(c) && c != '_' && (i == 0 || (c != '.' && c != '-'))) {
			return false;
		}
	}
	return text.len > 0 && text.len <= TAG_LEN_MAX;
}

/** "algorithm:hex" by the grammar of references (digestPat). */
static bool valid_digest_form(struct ctx_str text) {
	size_t colon = ctx_str_find(text, ':');
	for (size_t i = 0; i < colon; ++i) {
		bool first = i == 0 || strchr("-_+.", text.ptr[i - 1]) != NULL;
		bool separator = strchr("-_+.", text.ptr[i]) != NULL && text.ptr[i] != '\0';
		if (first ? !is_alpha(text.ptr[i]) : !is_alnum(text.ptr[i]) && (!separator || i + 1 == colon)) {
			return false;
		}
	}
	for (size_t i = colon + 1; i < text.len; ++i) {
		if (!is_hex(text.ptr[i], true)) {
			return false;
		}
	}
	return colon > 0 && colon < text.len && text.len - colon - 1 >= 32;
}

/** "algorithm:encoded" by the grammar of digests (DigestRegexp of go-digest). */
static bool valid_digest_shape(struct ctx_str text) {
	size_t colon = ctx_str_find(text, ':');
	for (size_t i = 0; i < colon; ++i) {
		bool separator = text.ptr[i] != '\0' && strchr(".+_-", text.ptr[i]) != NULL;
		bool edge = i == 0 || i + 1 == colon || strchr(".+_-", text.ptr[i - 1]) != NULL;
		if (!is_alnum_lower(text.ptr[i]) && (!separator || edge)) {
			return false;
		}
	}
	for (size_t i = colon + 1; i < text.len; ++i) {
		if (!is_alnum(text.ptr[i]) && (text.ptr[i] == '\0' || strchr("=_-", text.ptr[i]) == NULL)) {
			return false;
		}
	}
	return true;
}

int ana_digest_check(struct ctx_str digest, struct ctx_error *err) {
	static const struct {
		const char *name;
		size_t digits;
	} known[] = { { "sha256", 64 }, { "sha384", 96 }, { "sha512", 128 } };
	size_t colon = ctx_str_find(digest, ':');
	if (colon == 0 || colon + 1 >= digest.len) {
		return ctx_fail(err, CTX_E_SYNTAX, "invalid checksum digest format");
	}
	struct ctx_str name = { digest.ptr, colon };
	struct ctx_str encoded = ctx_str_from(digest, colon + 1);
	for (size_t i = 0; i < CTX_COUNTOF(known); ++i) {
		if (!ctx_str_is(name, known[i].name)) {
			continue;
		}
		if (encoded.len != known[i].digits) {
			return ctx_fail(err, CTX_E_SYNTAX, "invalid checksum digest length");
		}
		for (size_t k = 0; k < encoded.len; ++k) {
			if (!is_hex(encoded.ptr[k], false)) {
				return ctx_fail(err, CTX_E_SYNTAX, "invalid checksum digest format");
			}
		}
		return 0;
	}
	return ctx_fail(err, CTX_E_SYNTAX, "%s",
		valid_digest_shape(digest) ? "unsupported digest algorithm" : "invalid checksum digest format");
}

/** Has the text an upper-case letter? */
static bool has_upper(struct ctx_str text) {
	for (size_t i = 0; i < text.len; ++i) {
		if (text.ptr[i] >= 'A' && text.ptr[i] <= 'Z') {
			return true;
		}
	}
	return false;
}

/** Is it 64 hexadecimal digits, an image id? */
static bool is_identifier(struct ctx_str text) {
	for (size_t i = 0; i < text.len; ++i) {
		if (!is_hex(text.ptr[i], false)) {
			return false;
		}
	}
	return text.len == 64;
}

/** Domain and rest as Docker reads a short name (splitDockerDomain); "library/" is added by the caller if `*official`. */
static struct ctx_str split_domain(struct ctx_str text, struct ctx_str *rest, bool *official) {
	struct ctx_str hub = CTX_STR("docker.io");
	size_t slash = ctx_str_find(text, '/');
	struct ctx_str first = { text.ptr, slash };
	*rest = text;
	*official = slash == text.len;
	if (*official) {
		return hub;
	}
	bool is_hub = ctx_str_is(first, "index.docker.io") || ctx_str_is(first, "docker.io");
	bool domain = is_hub || ctx_str_is(first, "localhost") || ctx_str_find(first, '.') < first.len ||
		ctx_str_find(first, ':') < first.len || has_upper(first);
	if (!domain) {
		return hub;
	}
	*rest = ctx_str_from(text, slash + 1);
	*official = is_hub && ctx_str_find(*rest, '/') == rest->len;
	return is_hub ? hub : first;
}

/** Check "name[:tag][@digest]" and cut it into its parts; `path_at` is where the path begins within the name. */
static int parse_full(struct ana_reference *out, struct ctx_str text, struct ctx_error *err) {
	size_t at = ctx_str_find(text, '@');
	bool digest = at < text.len;
	out->digest = digest ? ctx_str_from(text, at + 1) : CTX_STR("");
	struct ctx_str name = { text.ptr, at };
	size_t slash = ctx_str_find_last(name, '/');
	struct ctx_str last = ctx_str_from(name, slash == name.len ? 0 : slash + 1);
	size_t colon = ctx_str_find(last, ':');
	bool tag = colon < last.len;
	out->tag = tag ? ctx_str_from(last, colon + 1) : CTX_STR("");
	name.len -= tag ? last.len - colon : 0;
	out->name = name;

	// The domain is optional in the grammar: what cannot be one may still be a path component
	size_t first = ctx_str_find(name, '/');
	struct ctx_str path = first < name.len ? ctx_str_from(name, first + 1) : name;
	bool with_domain = first < name.len && valid_domain((struct ctx_str){ name.ptr, first }) && valid_path(path);
	if (!with_domain) {
		path = name;
	}
	if ((!with_domain && !valid_path(name)) || (tag && !valid_tag(out->tag)) ||
		(digest && !valid_digest_form(out->digest))) {
		return ctx_fail(err, CTX_E_SYNTAX, "invalid reference format");
	}
	if (path.len > PATH_LEN_MAX) {
		return ctx_fail(err, CTX_E_SYNTAX, "repository name must not be more than %d characters", PATH_LEN_MAX);
	}
	return digest ? ana_digest_check(out->digest, err) : 0;
}

int ana_reference_parse(struct ana_reference *out, struct ctx_str text, struct ctx_arena *arena,
	struct ctx_error *err) {
	if (is_identifier(text)) {
		return ctx_fail(err, CTX_E_SYNTAX,
			"invalid repository name (%.*s), cannot specify 64-byte hexadecimal strings",
			CTX_STR_ARGS(text));
	}
	struct ctx_str rest;
	bool official;
	struct ctx_str domain = split_domain(text, &rest, &official);
	struct ctx_str remote = { rest.ptr, ctx_str_find(rest, ':') };
	if (has_upper(remote)) {
		return ctx_fail(err, CTX_E_SYNTAX,
			"invalid reference format: repository name (%s%.*s) must be lowercase",
			official ? "library/" : "", CTX_STR_ARGS(remote));
	}
	ctx_auto_buf struct ctx_buf full = CTX_BUF_INIT;
	ctx_buf_add(&full, domain.ptr, domain.len);
	ctx_buf_adds(&full, official ? "/library/" : "/");
	ctx_buf_add(&full, rest.ptr, rest.len);
	char *copy = ctx_buf_ok(&full) ? ctx_arena_memdup0(arena, ctx_buf_str(&full), full.len) : NULL;
	if (copy == NULL) {
		return ctx_fail_nomem(err);
	}
	return parse_full(out, (struct ctx_str){ copy, full.len }, err);
}

/** name[:tag][@digest] in the arena. */
static struct ctx_str compose(struct ctx_str name, struct ctx_str tag, struct ctx_str digest, struct ctx_arena *arena) {
	size_t len = name.len + (tag.len > 0 ? tag.len + 1 : 0) + (digest.len > 0 ? digest.len + 1 : 0);
	char *text = ctx_arena_alloc(arena, len + 1);
	if (text == NULL) {
		return CTX_STR_NONE;
	}
	memcpy(text, name.ptr, name.len);
	size_t at = name.len;
	const struct {
		char mark;
		struct ctx_str part;
	} parts[] = { { ':', tag }, { '@', digest } };
	for (size_t i = 0; i < CTX_COUNTOF(parts); ++i) {
		if (parts[i].part.len > 0) {
			text[at++] = parts[i].mark;
			memcpy(text + at, parts[i].part.ptr, parts[i].part.len);
			at += parts[i].part.len;
		}
	}
	text[at] = '\0';
	return (struct ctx_str){ text, len };
}

struct ctx_str ana_reference_full(const struct ana_reference *ref, struct ctx_arena *arena) {
	return compose(ref->name, ref->tag, ref->digest, arena);
}

struct ctx_str ana_reference_tagged(const struct ana_reference *ref, struct ctx_arena *arena) {
	bool bare = ref->tag.len == 0 && ref->digest.len == 0;
	return compose(ref->name, bare ? CTX_STR("latest") : ref->tag, ref->digest, arena);
}

struct ctx_str ana_reference_context_key(const struct ana_reference *ref, struct ctx_arena *arena) {
	struct ctx_str name = ref->name;
	if (ctx_str_starts(name, "docker.io/")) {
		name = ctx_str_from(name, strlen("docker.io/"));
		struct ctx_str short_name = ctx_str_from(name,
			ctx_str_starts(name, "library/") ? strlen("library/") : 0);
		name = ctx_str_find(short_name, '/') == short_name.len ? short_name : name;
	}
	struct ctx_str key = compose(name, ref->tag, ref->digest, arena);
	if (ref->digest.len == 0 && ctx_str_is(ref->tag, "latest") && key.ptr != NULL) {
		key.len -= strlen(":latest");
	}
	return key;
}
