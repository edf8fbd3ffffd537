/**
 * URLs as Go's net/url reads and writes them, as far as sources of ADD need it.
 *
 * Source: Go 1.26 src/net/url/url.go (Parse, ParseQuery, String).
 */
#ifndef ANALYZER_DOCKERFILE_URL_H
#define ANALYZER_DOCKERFILE_URL_H

#include "ctxopt/base/arena.h"
#include "ctxopt/base/error.h"
#include "ctxopt/base/str.h"
#include "ctxopt/base/vec.h"

/** A parsed URL.  Strings are in the arena or in the parsed text. */
struct ana_url {
	/** Lower case; empty if there is none. */
	struct ctx_str scheme;
	/** What follows "scheme:" without a slash, undecoded. */
	struct ctx_str opaque;
	/** Absent if there is no '@'.  Decoded. */
	struct ctx_str user, password;
	/** With its port. */
	struct ctx_str host;
	/** Decoded, and as written. */
	struct ctx_str path, raw_path;
	/** As written, without '?'. */
	struct ctx_str query;
	/** Decoded, without '#'. */
	struct ctx_str fragment;
	/** It ends in '?'. */
	bool force_query;
	/** "scheme:/path". */
	bool omit_host;
};

/**
 * Parse.
 * @return 0; CTX_E_SYNTAX, Go's parser rejects it; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_url_parse(struct ana_url *out, struct ctx_str text, struct ctx_arena *arena, struct ctx_error *err);

/** The URL without query and fragment, as String() writes it.  Absent when out of memory. */
struct ctx_str ana_url_bare(const struct ana_url *url, struct ctx_arena *arena);

/** One key=value of a query. */
struct ana_url_pair {
	struct ctx_str key, value;
};
/** A query, in order. */
struct ana_url_query {
	CTX_VEC(struct ana_url_pair) items;
	/** A pair was malformed and left out. */
	bool malformed;
};
void ana_url_query_release(struct ana_url_query *query);
#define ana_auto_url_query CTX_CLEANUP(ana_url_query_release)

/** Split and decode a query.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_url_query_parse(struct ana_url_query *query, struct ctx_str text, struct ctx_arena *arena,
	struct ctx_error *err);

#endif
