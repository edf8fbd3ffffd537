/**
 * Reader for YAML: the documents of a text as trees that know where everything stands.  Built on libyaml, which reads YAML 1.1.
 *
 * Aliases are followed: a node may be reached along several ways, never along a circle.  Nothing is expanded, so a text of a few lines
 * that stands for billions of nodes costs what its lines cost; who walks a tree with aliases bounds the steps (see CTX_YAML_NODES_MAX).
 * Merge keys ("<<") are honoured by ctx_yaml_get() and ctx_yaml_each().
 */
#ifndef CTXOPT_BASE_YAML_H
#define CTXOPT_BASE_YAML_H

#include "ctxopt/base/arena.h"
#include "ctxopt/base/error.h"
#include "ctxopt/base/str.h"

/** Largest text; nodes and aliases of all documents together, and the same again for pairs that are merged; levels.  More is
 * CTX_E_LIMIT. */
#define CTX_YAML_BYTES_MAX (8u << 20)
#define CTX_YAML_NODES_MAX (1u << 20)
#define CTX_YAML_DEPTH_MAX 100
/** Most pairs that are merged into one map, through maps that merge others too.  It bounds recursion. */
#define CTX_YAML_MERGED_MAX 4096

/** Kinds of nodes. */
enum ctx_yaml_kind { CTX_YAML_SCALAR, CTX_YAML_SEQUENCE, CTX_YAML_MAP };

/** A node.  Everything belongs to the arena. */
struct ctx_yaml {
	enum ctx_yaml_kind kind;
	/** 1-based, columns in bytes; and the bytes of the text that it was written as, quotes included, anchor and tag not.  Of an alias:
	 * where the anchor is.  A mark at the beginning of the text (BOM) counts as bytes, not as columns. */
	uint32_t line, column, from, len;
	/** Last line that belongs to it. */
	uint32_t end_line;
	/** Of items, or of pairs; and how many more pairs "<<" brings, repeated ones included. */
	uint32_t count, merged;
	/** Scalar: `plain` if it was written without quotes, so that "no" and "7" may be no strings. */
	bool plain;
	/** Scalar: decoded, NUL-terminated.  Anything else: absent. */
	struct ctx_str text;
	/** Sequence: items.  Map: keys and values in turn, in the order of the text; the keys that are scalars differ.  Scalar: NULL. */
	struct ctx_yaml **items;
};

/** The documents of a text. */
struct ctx_yaml_documents {
	/** Roots; an empty document is NULL. */
	struct ctx_yaml **items;
	size_t count;
};

/**
 * Read all documents.
 *
 * @out     In `arena`.  After an error: the documents before the one that is wrong.
 * @return  0; CTX_E_SYNTAX with line, column and a message without them (tabs, duplicate keys, unknown aliases and aliases of what they
 *          stand in, bytes that are not UTF-8, UTF-16); CTX_E_LIMIT, the same or a text that is too large; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_yaml_parse(struct ctx_yaml_documents *out, struct ctx_arena *arena, struct ctx_str text, struct ctx_error *err);

/** The value of a key, merged ones included; NULL if `map` is no map (or NULL) or has no such key.  Takes as long as the map has keys. */
struct ctx_yaml *ctx_yaml_get(const struct ctx_yaml *map, const char *key);
/** The same for several keys, one in the other: ctx_yaml_at(pod, "spec", "template", NULL). */
struct ctx_yaml *ctx_yaml_at(const struct ctx_yaml *map, ...);
/** The text of a scalar that is not null; absent for anything else. */
struct ctx_str ctx_yaml_text(const struct ctx_yaml *node);

/** Receives a pair.  0 to go on; anything else ends the walk and is returned. */
typedef int ctx_yaml_pair_fn(void *arg, const struct ctx_yaml *key, const struct ctx_yaml *value);
/** Let `fn` see each pair of a map whose key is a scalar once, its own before merged ones.  What `fn` returned; CTX_E_NOMEM. */
CTX_NODISCARD
int ctx_yaml_each(const struct ctx_yaml *map, ctx_yaml_pair_fn *fn, void *arg);

/** Is it the key that merges? */
bool ctx_yaml_is_merge(const struct ctx_yaml *key);
/** Is it a plain scalar that means null ("", "~", "null"), or NULL? */
bool ctx_yaml_is_null(const struct ctx_yaml *node);
/** Is it a plain scalar that means true, as Kubernetes and compose read it? */
bool ctx_yaml_is_true(const struct ctx_yaml *node);
/** The same for false. */
bool ctx_yaml_is_false(const struct ctx_yaml *node);

#endif
