#include "analyzer/dockerfile/url.h"

#include "analyzer/dockerfile/ip.h"
#include "ctxopt/base/buf.h"

#include <stdlib.h>

/** Parts of a URL: each has its own set of bytes that stand for themselves. */
enum part { PART_PATH, PART_HOST, PART_ZONE, PART_USER, PART_QUERY, PART_FRAGMENT };

/** More parameters than this are none (defaultMaxParams). */
#define PARAMS_MAX 10000

/** Must the byte be escaped there (encoding_table.go)? */
static bool must_escape(unsigned char c, enum part part) {
	static const char *const plain[] = {
		[PART_PATH] = "$&+,-./:;=@_~",
		[PART_HOST] = "!\"$&'()*+,-.:;<=>[]_~",
		[PART_ZONE] = "!\"$&'()*+,-.:;<=>[]_~",
		[PART_USER] = "$&+,-.;=_~",
		[PART_QUERY] = "-._~",
		[PART_FRAGMENT] = "!$&()*+,-./:;=?@_~",
	};
	if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
		return false;
	}
	return c == '\0' || strchr(plain[part], c) == NULL;
}

/** The byte that the escape at `at` means; -1 if it is malformed or not allowed in that part. */
static int escaped_byte(struct ctx_str text, size_t at, enum part part) {
	if (at + 2 >= text.len || ctx_hex_value(text.ptr[at + 1]) < 0 || ctx_hex_value(text.ptr[at + 2]) < 0) {
		return -1;
	}
	int value = ctx_hex_value(text.ptr[at + 1]) << 4 | ctx_hex_value(text.ptr[at + 2]);
	if (part == PART_HOST && value < 0x80 && value != '%') {
		return -1;
	}
	if (part == PART_ZONE && value != '%' && value != ' ' && must_escape((unsigned char)value, PART_HOST)) {
		return -1;
	}
	return value;
}

/** Decode.  CTX_E_SYNTAX for a malformed escape or a byte that a host cannot have. */
static int unescape(struct ctx_str *out, struct ctx_str text, enum part part, struct ctx_arena *arena,
	struct ctx_error *err) {
	char *copy = ctx_arena_memdup0(arena, text.len == 0 ? "" : text.ptr, text.len);
	if (copy == NULL) {
		return ctx_fail_nomem(err);
	}
	size_t len = 0;
	for (size_t i = 0; i < text.len; ++i) {
		int c = (unsigned char)text.ptr[i];
		bool host = part == PART_HOST || part == PART_ZONE;
		if (c == '%') {
			c = escaped_byte(text, i, part);
			if (c < 0) {
				size_t shown = text.len - i < 3 ? text.len - i : 3;
				return ctx_fail(err, CTX_E_SYNTAX, "invalid URL escape \"%.*s\"", (int)shown,
					text.ptr + i);
			}
			i += 2;
		} else if (c == '+' && part == PART_QUERY) {
			c = ' ';
		} else if (host && c < 0x80 && must_escape((unsigned char)c, part)) {
			return ctx_fail(err, CTX_E_SYNTAX, "invalid character \"%c\" in host name", c);
		}
		copy[len++] = (char)c;
	}
	*out = (struct ctx_str){ copy, len };
	return 0;
}

/** Append with escapes. */
static void escape(struct ctx_buf *out, struct ctx_str text, enum part part) {
	for (size_t i = 0; i < text.len; ++i) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (must_escape(c, part)) {
			ctx_buf_addf(out, "%%%02X", (unsigned)c);
		} else {
			ctx_buf_addc(out, (char)c);
		}
	}
}

/** Cut at the first such byte; `*after` is empty if there is none. */
static struct ctx_str cut(struct ctx_str text, char c, struct ctx_str *after) {
	size_t at = ctx_str_find(text, c);
	*after = at < text.len ? ctx_str_from(text, at + 1) : CTX_STR("");
	return (struct ctx_str){ text.ptr, at };
}

/** Take "scheme:" off (getScheme). */
static int take_scheme(struct ana_url *url, struct ctx_str *rest, struct ctx_arena *arena, struct ctx_error *err) {
	for (size_t i = 0; i < rest->len; ++i) {
		char c = rest->ptr[i];
		bool alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		bool later = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
		if (alpha || (later && i > 0)) {
			continue;
		}
		if (c != ':') {
			return 0;
		}
		if (i == 0) {
			return ctx_fail(err, CTX_E_SYNTAX, "missing protocol scheme");
		}
		char *scheme = ctx_arena_memdup0(arena, rest->ptr, i);
		if (scheme == NULL) {
			return ctx_fail_nomem(err);
		}
		for (size_t k = 0; k < i; ++k) {
			scheme[k] = (char)(scheme[k] >= 'A' && scheme[k] <= 'Z' ? scheme[k] - 'A' + 'a' : scheme[k]);
		}
		url->scheme = (struct ctx_str){ scheme, i };
		*rest = ctx_str_from(*rest, i + 1);
		return 0;
	}
	return 0;
}

/** "" or ":" and digits. */
static bool valid_port(struct ctx_str port) {
	for (size_t i = 0; i < port.len; ++i) {
		if (i == 0 ? port.ptr[i] != ':' : port.ptr[i] < '0' || port.ptr[i] > '9') {
			return false;
		}
	}
	return true;
}

/** "[address%25zone]:port" (parseHost). */
static int parse_literal(struct ana_url *url, struct ctx_str host, struct ctx_arena *arena, struct ctx_error *err) {
	size_t close = ctx_str_find_last(host, ']');
	if (close == host.len) {
		return ctx_fail(err, CTX_E_SYNTAX, "missing ']' in host");
	}
	if (!valid_port(ctx_str_from(host, close + 1))) {
		return ctx_fail(err, CTX_E_SYNTAX, "invalid port \"%.*s\" after host",
			CTX_STR_ARGS(ctx_str_from(host, close + 1)));
	}
	struct ctx_str name = { host.ptr + 1, close - 1 };
	const char *zone = name.len == 0 ? NULL : memmem(name.ptr, name.len, "%25", 3);
	size_t addr_len = zone == NULL ? name.len : (size_t)(zone - name.ptr);
	struct ctx_str addr, zone_part;
	int rc = unescape(&addr, (struct ctx_str){ name.ptr, addr_len }, PART_HOST, arena, err);
	if (rc == 0) {
		rc = unescape(&zone_part, ctx_str_from(name, addr_len), PART_ZONE, arena, err);
	}
	if (rc < 0) {
		return rc;
	}
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	ctx_buf_add(&out, addr.ptr, addr.len);
	ctx_buf_add(&out, zone_part.ptr, zone_part.len);
	if (!ana_ip_v6_valid((struct ctx_str){ ctx_buf_str(&out), out.len }, true)) {
		return ctx_fail(err, CTX_E_SYNTAX, "invalid host: \"%s\" is no IPv6 address", ctx_buf_str(&out));
	}
	ctx_buf_reset(&out);
	ctx_buf_addf(&out, "[%.*s%.*s]%.*s", CTX_STR_ARGS(addr), CTX_STR_ARGS(zone_part),
		CTX_STR_ARGS(ctx_str_from(host, close + 1)));
	char *copy = ctx_buf_ok(&out) ? ctx_arena_memdup0(arena, ctx_buf_str(&out), out.len) : NULL;
	url->host = (struct ctx_str){ copy, out.len };
	return copy == NULL ? ctx_fail_nomem(err) : 0;
}

/** "host" or "host:port" (parseHost). */
static int parse_host(struct ana_url *url, struct ctx_str host, struct ctx_arena *arena, struct ctx_error *err) {
	size_t bracket = ctx_str_find_last(host, '[');
	if (bracket == 0 && host.len > 0) {
		return parse_literal(url, host, arena, err);
	}
	if (bracket < host.len) {
		return ctx_fail(err, CTX_E_SYNTAX, "invalid IP-literal");
	}
	// Only the web's own schemes take several colons for an error
	bool strict = ctx_str_is(url->scheme, "http") || ctx_str_is(url->scheme, "https");
	size_t colon = strict ? ctx_str_find(host, ':') : ctx_str_find_last(host, ':');
	if (!valid_port(ctx_str_from(host, colon))) {
		return ctx_fail(err, CTX_E_SYNTAX, "invalid port \"%.*s\" after host",
			CTX_STR_ARGS(ctx_str_from(host, colon)));
	}
	return unescape(&url->host, host, PART_HOST, arena, err);
}

/** Can the text stand before '@' (validUserinfo)? */
static bool valid_user(struct ctx_str text) {
	for (size_t i = 0; i < text.len; ++i) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (c != '%' && c != '@' && strchr("-._:~!$&'()*+,;=", c) == NULL && must_escape(c, PART_USER)) {
			return false;
		}
	}
	return true;
}

/** "user:password@host:port" (parseAuthority). */
static int parse_authority(struct ana_url *url, struct ctx_str text, struct ctx_arena *arena, struct ctx_error *err) {
	size_t at = ctx_str_find_last(text, '@');
	int rc = parse_host(url, at < text.len ? ctx_str_from(text, at + 1) : text, arena, err);
	if (rc < 0 || at == text.len) {
		return rc;
	}
	struct ctx_str info = { text.ptr, at };
	if (!valid_user(info)) {
		return ctx_fail(err, CTX_E_SYNTAX, "net/url: invalid userinfo");
	}
	struct ctx_str password;
	size_t colon = ctx_str_find(info, ':');
	struct ctx_str user = cut(info, ':', &password);
	rc = unescape(&url->user, user, PART_USER, arena, err);
	if (rc == 0 && colon < info.len) {
		rc = unescape(&url->password, password, PART_USER, arena, err);
	}
	return rc;
}

/** Split the query off; a single '?' at the end is remembered. */
static void take_query(struct ana_url *url, struct ctx_str *rest) {
	size_t mark = ctx_str_find(*rest, '?');
	if (rest->len > 0 && mark == rest->len - 1) {
		url->force_query = true;
		rest->len--;
		return;
	}
	*rest = cut(*rest, '?', &url->query);
}

/** Everything but the fragment (parse). */
static int parse_main(struct ana_url *url, struct ctx_str rest, struct ctx_arena *arena, struct ctx_error *err) {
	for (size_t i = 0; i < rest.len; ++i) {
		if ((unsigned char)rest.ptr[i] < ' ' || rest.ptr[i] == 0x7f) {
			return ctx_fail(err, CTX_E_SYNTAX, "net/url: invalid control character in URL");
		}
	}
	int rc = take_scheme(url, &rest, arena, err);
	if (rc < 0) {
		return rc;
	}
	take_query(url, &rest);
	if (!ctx_str_starts(rest, "/")) {
		if (url->scheme.len > 0) {
			url->opaque = rest;
			return 0;
		}
		if (ctx_str_find(rest, ':') < ctx_str_find(rest, '/')) {
			return ctx_fail(err, CTX_E_SYNTAX, "first path segment in URL cannot contain colon");
		}
	}
	if (ctx_str_starts(rest, "//") && (url->scheme.len > 0 || !ctx_str_starts(rest, "///"))) {
		struct ctx_str authority = ctx_str_from(rest, 2);
		size_t slash = ctx_str_find(authority, '/');
		rest = ctx_str_from(authority, slash);
		authority.len = slash;
		rc = parse_authority(url, authority, arena, err);
		if (rc < 0) {
			return rc;
		}
	} else if (url->scheme.len > 0 && ctx_str_starts(rest, "/")) {
		url->omit_host = true;
	}
	url->raw_path = rest;
	return unescape(&url->path, rest, PART_PATH, arena, err);
}

int ana_url_parse(struct ana_url *out, struct ctx_str text, struct ctx_arena *arena, struct ctx_error *err) {
	*out = (struct ana_url){ .scheme = CTX_STR(""),
		.opaque = CTX_STR(""),
		.host = CTX_STR(""),
		.path = CTX_STR(""),
		.raw_path = CTX_STR(""),
		.query = CTX_STR(""),
		.fragment = CTX_STR("") };
	struct ctx_str fragment;
	struct ctx_str rest = cut(text, '#', &fragment);
	int rc = parse_main(out, rest, arena, err);
	return rc < 0 ? rc : unescape(&out->fragment, fragment, PART_FRAGMENT, arena, err);
}

/** Append the path: as it was written if that is valid, else escaped anew (EscapedPath). */
static void add_path(struct ctx_buf *out, const struct ana_url *url) {
	bool as_written = true;
	for (size_t i = 0; i < url->raw_path.len; ++i) {
		unsigned char c = (unsigned char)url->raw_path.ptr[i];
		as_written = as_written && (!must_escape(c, PART_PATH) || (c != '\0' && strchr("!'()*[]%", c) != NULL));
	}
	if (as_written) {
		ctx_buf_add(out, url->raw_path.ptr, url->raw_path.len);
	} else {
		escape(out, url->path, PART_PATH);
	}
}

/** Append "//user:password@host" where String() does. */
static void add_authority(struct ctx_buf *out, const struct ana_url *url) {
	bool user = url->user.ptr != NULL;
	if (url->host.len == 0 && !user && (url->omit_host || url->scheme.len == 0)) {
		return;
	}
	if (url->host.len > 0 || url->path.len > 0 || user) {
		ctx_buf_adds(out, "//");
	}
	if (user) {
		escape(out, url->user, PART_USER);
		if (url->password.ptr != NULL) {
			ctx_buf_addc(out, ':');
			escape(out, url->password, PART_USER);
		}
		ctx_buf_addc(out, '@');
	}
	escape(out, url->host, PART_HOST);
}

struct ctx_str ana_url_bare(const struct ana_url *url, struct ctx_arena *arena) {
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	if (url->scheme.len > 0) {
		ctx_buf_add(&out, url->scheme.ptr, url->scheme.len);
		ctx_buf_addc(&out, ':');
	}
	if (url->opaque.len > 0) {
		ctx_buf_add(&out, url->opaque.ptr, url->opaque.len);
	} else {
		add_authority(&out, url);
		if (url->path.len > 0 && url->path.ptr[0] != '/' && url->host.len > 0) {
			ctx_buf_addc(&out, '/');
		}
		add_path(&out, url);
	}
	if (url->force_query) {
		ctx_buf_addc(&out, '?');
	}
	char *copy = ctx_buf_ok(&out) ? ctx_arena_memdup0(arena, ctx_buf_str(&out), out.len) : NULL;
	return (struct ctx_str){ copy, copy == NULL ? 0 : out.len };
}

void ana_url_query_release(struct ana_url_query *query) {
	CTX_VEC_RELEASE(&query->items);
}

/** Add one pair; a malformed one is left out. */
static int add_pair(struct ana_url_query *query, struct ctx_str text, struct ctx_arena *arena, struct ctx_error *err) {
	struct ana_url_pair pair;
	struct ctx_str value;
	struct ctx_str key = cut(text, '=', &value);
	int rc = ctx_str_find(text, ';') < text.len ? CTX_E_SYNTAX : unescape(&pair.key, key, PART_QUERY, arena, err);
	if (rc == 0) {
		rc = unescape(&pair.value, value, PART_QUERY, arena, err);
	}
	if (rc == CTX_E_SYNTAX) {
		query->malformed = true;
		return 0;
	}
	if (rc < 0) {
		return rc;
	}
	return CTX_VEC_PUSH(&query->items, pair) ? 0 : ctx_fail_nomem(err);
}

int ana_url_query_parse(struct ana_url_query *query, struct ctx_str text, struct ctx_arena *arena,
	struct ctx_error *err) {
	size_t params = 1;
	for (size_t i = 0; i < text.len; ++i) {
		params += text.ptr[i] == '&';
	}
	if (params > PARAMS_MAX) {
		query->malformed = true;
		return 0;
	}
	int rc = 0;
	while (rc == 0 && text.len > 0) {
		struct ctx_str rest;
		struct ctx_str pair = cut(text, '&', &rest);
		if (pair.len > 0) {
			rc = add_pair(query, pair, arena, err);
		}
		text = rest;
	}
	return rc;
}
