#include "analyzer/dockerfile/reference.h"

#include "analyzer/dockerfile/quote.h"
#include "analyzer/dockerfile/url.h"
#include "ctxopt/base/path.h"

// Source: moby/buildkit v0.32.2 frontend/dockerfile/dfgitutil/git_ref.go (ParseGitRef, loadQuery), util/gitutil/git_url.go
// (ParseURL, FromURL), util/sshutil/scpurl.go (ParseSCPStyleURL), dockerfile2llb/convert_copy.go (isHTTPSource, isGitSource).

/** `path` joined to "/" and cleaned. */
static struct ctx_str rooted(struct ctx_str path, struct ctx_arena *arena) {
	ctx_auto_buf struct ctx_buf joined = CTX_BUF_INIT, clean = CTX_BUF_INIT;
	ctx_buf_addc(&joined, '/');
	ctx_buf_add(&joined, path.ptr, path.len);
	ctx_path_clean(&clean, ctx_buf_str(&joined), joined.len);
	char *copy = ctx_buf_ok(&joined) && ctx_buf_ok(&clean)
		? ctx_arena_memdup0(arena, ctx_buf_str(&clean), clean.len)
		: NULL;
	return (struct ctx_str){ copy, copy == NULL ? 0 : clean.len };
}

/** "#ref:subdir" (parseOpts). */
static int set_fragment(struct ana_git_ref *out, struct ctx_str fragment, struct ctx_arena *arena,
	struct ctx_error *err) {
	if (fragment.len == 0) {
		return 0;
	}
	size_t colon = ctx_str_find(fragment, ':');
	out->ref = (struct ctx_str){ fragment.ptr, colon };
	struct ctx_str subdir = rooted(colon < fragment.len ? ctx_str_from(fragment, colon + 1) : CTX_STR(""), arena);
	if (subdir.ptr == NULL) {
		return ctx_fail_nomem(err);
	}
	out->subdir = ctx_str_from(subdir, 1);
	return 0;
}

/** Letters, digits and the bytes in `more`, at least one. */
static bool word_of(struct ctx_str text, const char *more) {
	for (size_t i = 0; i < text.len; ++i) {
		char c = text.ptr[i];
		bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!alnum && (c == '\0' || strchr(more, c) == NULL)) {
			return false;
		}
	}
	return text.len > 0;
}

/** "user@host:path?query#fragment".  1, 0 if it is none. */
static int parse_scp(struct ana_git_ref *out, struct ana_url_query *query, struct ctx_str text, struct ctx_arena *arena,
	struct ctx_error *err) {
	size_t at = ctx_str_find(text, '@');
	struct ctx_str rest = at < text.len ? ctx_str_from(text, at + 1) : CTX_STR("");
	size_t colon = ctx_str_find(rest, ':');
	if (!word_of((struct ctx_str){ text.ptr, at }, "-_") || colon == rest.len ||
		!word_of((struct ctx_str){ rest.ptr, colon }, "-.") || ctx_str_find(rest, '\n') < rest.len) {
		return 0;
	}
	out->host = (struct ctx_str){ rest.ptr, colon };
	struct ctx_str path = ctx_str_from(rest, colon + 1);
	size_t hash = ctx_str_find(path, '#');
	struct ctx_str fragment = hash < path.len ? ctx_str_from(path, hash + 1) : CTX_STR("");
	path.len = hash;
	size_t mark = ctx_str_find(path, '?');
	struct ctx_str query_text = mark < path.len ? ctx_str_from(path, mark + 1) : CTX_STR("");
	path.len = mark;
	int rc = ana_url_query_parse(query, query_text, arena, err);
	if (rc < 0 || query->malformed) {
		return rc;
	}
	out->remote = (struct ctx_str){ text.ptr, (size_t)(path.ptr + path.len - text.ptr) };
	out->path = rooted(path, arena);
	rc = set_fragment(out, fragment, arena, err);
	return rc < 0 ? rc : out->path.ptr == NULL ? ctx_fail_nomem(err) : 1;
}

/** A URL with a scheme that git knows; `url` is parsed already. */
static int from_url(struct ana_git_ref *out, struct ana_url_query *query, const struct ana_url *url,
	struct ctx_arena *arena, struct ctx_error *err) {
	int rc = ana_url_query_parse(query, url->query, arena, err);
	if (rc == 0) {
		rc = set_fragment(out, url->fragment, arena, err);
	}
	if (rc < 0) {
		return rc;
	}
	out->host = url->host;
	out->path = rooted(url->path, arena);
	// A final '?' is no query, but stays in the remote
	out->remote = ana_url_bare(url, arena);
	return out->path.ptr == NULL || out->remote.ptr == NULL ? ctx_fail_nomem(err) : 1;
}

/** "scheme://..." of a protocol that git speaks?  Length of the scheme, 0 if there is none. */
static size_t scheme_len(struct ctx_str text) {
	size_t len = ctx_str_find(text, ':');
	bool found = word_of((struct ctx_str){ text.ptr, len }, "") && ctx_str_starts(ctx_str_from(text, len), "://");
	return found ? len : 0;
}

/** Where the source is, apart from the query.  1; 0 it is no git source. */
static int parse_place(struct ana_git_ref *out, struct ana_url_query *query, struct ctx_str text,
	struct ctx_arena *arena, struct ctx_error *err) {
	struct ana_url url;
	out->like_local = ctx_str_starts(text, "github.com/");
	size_t scheme = out->like_local ? 0 : scheme_len(text);
	if (scheme == 0 && !out->like_local) {
		return parse_scp(out, query, text, arena, err);
	}
	struct ctx_error ignored;
	int rc = ana_url_parse(&url, text, arena, &ignored);
	if (rc == CTX_E_SYNTAX) {
		return 0;
	}
	if (rc < 0) {
		return ctx_fail_nomem(err);
	}
	bool web = ctx_str_is(url.scheme, "http") || ctx_str_is(url.scheme, "https");
	bool known = web || ctx_str_is(url.scheme, "ssh") || ctx_str_is(url.scheme, "git");
	if (!out->like_local && (!known || (web && !ctx_str_ends(url.path, ".git")))) {
		return 0;
	}
	return from_url(out, query, &url, arena, err);
}

/** Go's strconv.ParseBool.  -1 for anything else. */
static int parse_bool(struct ctx_str text) {
	static const char *const words[2][6] = { { "0", "f", "F", "FALSE", "false", "False" },
		{ "1", "t", "T", "TRUE", "true", "True" } };
	for (int value = 0; value < 2; ++value) {
		for (size_t i = 0; i < CTX_COUNTOF(words[value]); ++i) {
			if (ctx_str_is(text, words[value][i])) {
				return value;
			}
		}
	}
	return -1;
}

/** CTX_E_SYNTAX with a message that quotes one or two words. */
static int refuse(struct ctx_error *err, const char *before, struct ctx_str a, const char *between, struct ctx_str b) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_buf_adds(&text, before);
	ana_quote(&text, a);
	ctx_buf_adds(&text, between);
	if (b.ptr != NULL) {
		ana_quote(&text, b);
	}
	return ctx_fail(err, CTX_E_SYNTAX, "%s", ctx_buf_str(&text));
}

/** Set a text that the URL may have set before to something else. */
static int set_text(struct ctx_str *field, struct ctx_str value, const char *conflict, struct ctx_error *err) {
	if (field->len > 0 && !ctx_str_eq(*field, value)) {
		return refuse(err, conflict, *field, " vs ", value);
	}
	*field = value;
	return 0;
}

/** A boolean key; no value means true. */
static int set_bool(struct ana_git_ref *out, const struct ana_url_pair *pair, struct ctx_error *err) {
	int value = pair->value.len == 0 ? 1 : parse_bool(pair->value);
	if (value < 0) {
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		ctx_buf_addf(&text, "invalid %.*s value: ", CTX_STR_ARGS(pair->key));
		return refuse(err, ctx_buf_str(&text), pair->value, "", CTX_STR_NONE);
	}
	if (ctx_str_is(pair->key, "keep-git-dir")) {
		out->keep_git_dir = value == 1;
		out->keep_git_dir_given = true;
	} else if (ctx_str_is(pair->key, "submodules")) {
		out->skip_submodules = value == 0;
	} else {
		out->fetch_by_commit = value == 1;
	}
	return 0;
}

/** Apply one key of the query; tag and branch are kept for later. */
static int apply_pair(struct ana_git_ref *out, const struct ana_url_pair *pair, struct ctx_str *tag,
	struct ctx_str *branch, struct ctx_error *err) {
	struct ctx_str key = pair->key;
	if (ctx_str_is(key, "submodules") || ctx_str_is(key, "keep-git-dir") || ctx_str_is(key, "fetch-by-commit")) {
		return set_bool(out, pair, err);
	}
	if (pair->value.len == 0) {
		return refuse(err, "query ", key, " has no value", CTX_STR_NONE);
	}
	if (ctx_str_is(key, "ref")) {
		return set_text(&out->ref, pair->value, "ref conflicts: ", err);
	}
	if (ctx_str_is(key, "subdir")) {
		return set_text(&out->subdir, pair->value, "subdir conflicts: ", err);
	}
	if (ctx_str_is(key, "tag")) {
		*tag = pair->value;
	} else if (ctx_str_is(key, "branch")) {
		*branch = pair->value;
	} else if (ctx_str_is(key, "checksum") || ctx_str_is(key, "commit")) {
		out->checksum = pair->value;
	} else if (!ctx_str_is(key, "mtime")) {
		return refuse(err, "unexpected query ", key, "", CTX_STR_NONE);
	} else if (!ctx_str_is(pair->value, "checkout") && !ctx_str_is(pair->value, "commit")) {
		return refuse(err, "invalid mtime value: ", pair->value, " (must be \"checkout\" or \"commit\")",
			CTX_STR_NONE);
	}
	return 0;
}

/** "refs/tags/NAME" or "refs/heads/NAME" as the reference. */
static int set_qualified(struct ana_git_ref *out, const char *prefix, struct ctx_str name, struct ctx_arena *arena,
	struct ctx_error *err) {
	if (name.len == 0) {
		return 0;
	}
	if (!ctx_str_starts(name, prefix)) {
		size_t len = strlen(prefix);
		char *full = ctx_arena_alloc(arena, len + name.len + 1);
		if (full == NULL) {
			return ctx_fail_nomem(err);
		}
		memcpy(full, prefix, len + 1);
		memcpy(full + len, name.ptr, name.len);
		name = (struct ctx_str){ full, len + name.len };
	}
	return set_text(&out->ref, name, "ref conflicts: ", err);
}

/** Was the key given before? */
static bool repeated(const struct ana_url_query *query, size_t at) {
	for (size_t i = 0; i < at; ++i) {
		if (ctx_str_eq(query->items.items[i].key, query->items.items[at].key)) {
			return true;
		}
	}
	return false;
}

/** Apply the query (loadQuery).  An unknown or repeated key is an error, so the loops end after a few. */
static int load_query(struct ana_git_ref *out, const struct ana_url_query *query, struct ctx_arena *arena,
	struct ctx_error *err) {
	struct ctx_str tag = CTX_STR(""), branch = CTX_STR("");
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < query->items.count; ++i) {
		if (repeated(query, i)) {
			return refuse(err, "query ", query->items.items[i].key, " has multiple values", CTX_STR_NONE);
		}
		rc = apply_pair(out, &query->items.items[i], &tag, &branch, err);
	}
	if (rc == 0) {
		rc = set_qualified(out, "refs/tags/", tag, arena, err);
	}
	if (rc == 0 && tag.len > 0 && branch.len > 0) {
		return ctx_fail(err, CTX_E_SYNTAX, "branch conflicts with tag");
	}
	return rc < 0 ? rc : set_qualified(out, "refs/heads/", branch, arena, err);
}

int ana_git_ref_parse(struct ana_git_ref *out, struct ctx_str source, struct ctx_arena *arena, struct ctx_error *err) {
	*out = (struct ana_git_ref){ .remote = CTX_STR(""),
		.host = CTX_STR(""),
		.path = CTX_STR(""),
		.ref = CTX_STR(""),
		.subdir = CTX_STR(""),
		.checksum = CTX_STR("") };
	if (ctx_str_starts(source, "./") || ctx_str_starts(source, "../")) {
		return 0;
	}
	ana_auto_url_query struct ana_url_query query = { 0 };
	int rc = parse_place(out, &query, source, arena, err);
	if (rc <= 0) {
		return rc;
	}
	rc = load_query(out, &query, arena, err);
	return rc < 0 ? rc : 1;
}

struct ctx_str ana_http_filename(struct ctx_str source, struct ctx_arena *arena) {
	struct ana_url url;
	struct ctx_error ignored;
	int rc = ana_url_parse(&url, source, arena, &ignored);
	if (rc == CTX_E_NOMEM) {
		return CTX_STR_NONE;
	}
	struct ctx_str path = rc == 0 ? url.path : CTX_STR("");
	while (path.len > 0 && path.ptr[path.len - 1] == '/') {
		path.len--;
	}
	size_t base = path.len == 0 ? 0 : ctx_path_base(path.ptr, path.len);
	struct ctx_str name = ctx_str_from(path, base);
	return name.len == 0 || ctx_str_is(name, ".") ? CTX_STR("__unnamed__") : name;
}

int ana_source_kind_of(struct ctx_str source, struct ana_git_ref *git, struct ctx_arena *arena, struct ctx_error *err) {
	struct ana_git_ref own;
	struct ana_git_ref *ref = git == NULL ? &own : git;
	int rc = ana_git_ref_parse(ref, source, arena, err);
	if (rc < 0) {
		return rc;
	}
	if (rc == 1) {
		return ref->like_local ? ANA_SOURCE_LOCAL : ANA_SOURCE_GIT;
	}
	return ctx_str_starts(source, "http://") || ctx_str_starts(source, "https://") ? ANA_SOURCE_HTTP
										       : ANA_SOURCE_LOCAL;
}
