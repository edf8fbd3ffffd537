/**
 * Streaming JSON writer for large listings, onto a ctx_out.  (Reading JSON is a library: jansson.)
 *
 * Keys come out in call order, indented by two spaces down to `inline_depth`, deeper containers on one line.
 * Strings are UTF-8; each invalid byte becomes U+FFFD, see ctx_json_path() for paths.  Control characters,
 * bidi controls included, are written as \uXXXX.
 */
#ifndef CTXOPT_BASE_JSON_H
#define CTXOPT_BASE_JSON_H

#include "ctxopt/base/out.h"

/** Deepest nesting that a document may have. */
#define CTX_JSON_DEPTH 32

/** The writer.  Initialise with ctx_json_init(). */
struct ctx_json {
	/** Borrowed. */
	struct ctx_out *out;
	/** Open containers; bit set = array. */
	uint32_t is_array;
	unsigned depth;
	/** A container with this many open around it, or more, is written on one line; 0: the whole document. */
	unsigned inline_depth;
	/** Has the open container an element already?  One bit per depth. */
	uint32_t has_items;
};

/** Start a document on `out`, which is borrowed until ctx_json_finish(). */
void ctx_json_init(struct ctx_json *json, struct ctx_out *out, unsigned inline_depth);

/** Open and close containers.  `key` is NULL inside arrays and at the top, required inside objects. */
void ctx_json_object(struct ctx_json *json, const char *key);
void ctx_json_array(struct ctx_json *json, const char *key);
void ctx_json_end(struct ctx_json *json);
/** Scalars, `key` as above. */
void ctx_json_string(struct ctx_json *json, const char *key, const char *text, size_t len);
void ctx_json_str(struct ctx_json *json, const char *key, const char *text_or_null);
void ctx_json_uint(struct ctx_json *json, const char *key, uint64_t value);
void ctx_json_int(struct ctx_json *json, const char *key, int64_t value);
/** Finite values only; printed with at most six decimals. */
void ctx_json_double(struct ctx_json *json, const char *key, double value);
void ctx_json_bool(struct ctx_json *json, const char *key, bool value);
void ctx_json_null(struct ctx_json *json, const char *key);
/**
 * `"path": "..."`, and when the bytes are not valid UTF-8 also `"path_base64": "..."` (key + "_base64", keys up
 * to 56 bytes).  In an array only the string, so use an object where the exact bytes matter.
 */
void ctx_json_path(struct ctx_json *json, const char *key, const char *path, size_t len);
/**
 * Elements of an open array may be written by several threads, each on a ctx_out of its own, and then be put after each other.  Not
 * while another thread is at `json` itself, as ctx_json_put_part() is.
 * @behind  There are elements before those of this part.
 * @return  A writer for the elements; all containers that are opened with it must be closed.
 */
struct ctx_json ctx_json_part(const struct ctx_json *json, struct ctx_out *out, bool behind);
/** Write what was collected in memory for a part of the array that is open, which has elements. */
void ctx_json_put_part(struct ctx_json *json, const struct ctx_out *part);
/** End of document: newline.  All containers must be closed. */
void ctx_json_finish(struct ctx_json *json);

#endif
