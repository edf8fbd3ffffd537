/**
 * What a cache holds: keys, how they follow from each other, and which have a result.
 *
 * A node stands for "the result of an operation on certain inputs"; a content digest of an input is a node, too.  A link leads from
 * a node, through the number of the input, the operation, and what is used of the input, to the nodes of results made that way.
 * Source: moby/buildkit v0.32.2 solver/cachemanager.go (Query, Save, getIDFromDeps), cachestorage.go.
 */
#ifndef ANALYZER_CACHE_KEYSTORE_H
#define ANALYZER_CACHE_KEYSTORE_H

#include "ctxopt/base/arena.h"
#include "ctxopt/base/strmap.h"
#include "ctxopt/base/vec.h"
#include "ctxopt/context/hash.h"

/** "No node". */
#define ANA_NODE_NONE UINT32_MAX
/** Added to the number of an input: a link that says what may have been made of it, where nobody can look; never part of a hit. */
#define ANA_LINK_MAYBE (1u << 31)

/** A set of nodes, most of one or two.  Zero-initialised is empty; it is not to be moved, as `items` may point into it. */
struct ana_nodes {
	/** To read. */
	CTX_VEC(uint32_t) items;
	/** Room for the first. */
	uint32_t near[2];
	/** Of a large set that was searched: its first `slotted` items by hash, ANA_NODE_NONE between them; a power of two of them. */
	uint32_t *slots;
	size_t slot_count, slotted;
};
void ana_nodes_release(struct ana_nodes *nodes);
/** Is the node in the set? */
bool ana_nodes_have(struct ana_nodes *nodes, uint32_t node);
/** Drop what the other set lacks. */
void ana_nodes_keep(struct ana_nodes *nodes, struct ana_nodes *other);
/** Add a node unless it is there; false when out of memory. */
CTX_NODISCARD
bool ana_nodes_add(struct ana_nodes *nodes, uint32_t node);
/** Add those of `from`, which is empty afterwards; false when out of memory. */
CTX_NODISCARD
bool ana_nodes_move(struct ana_nodes *to, struct ana_nodes *from);

/** One node. */
struct ana_node_record {
	/** The newest result: numbered from 1 in the order in which results were made; 0 for none. */
	uint64_t result;
	/** It was saved, or something follows from it: a source that was never used has a key that nobody knows. */
	bool exists;
	/** Time of the last use of the result, for eviction; seconds. */
	int64_t used;
	/** Uses, and the number of the last of all uses. */
	uint64_t use_count, used_number;
	/** Size of the result and nodes of the layers that it lies on, ANA_NODE_NONE for none; valid if `sized`. */
	uint64_t bytes;
	uint32_t below[2];
	bool sized;
	/** Newest link to this node; UINT32_MAX for none. */
	uint32_t last_in;
	/** The first of the nodes that may stand for the same; itself if there is none. */
	uint32_t alike;
	/** Its result lies in a registry: it was imported, or exported before. */
	bool has_blob;
	/**
	 * What it is called in every cache: the digest of a source or of content; for a result that of its operation and of the names that it
	 * was first made of.
	 */
	struct ctx_digest name;
};

/** One link. */
struct ana_link {
	uint32_t source, target, input;
	struct ctx_digest op, selector;
	/** The next link of the same source, input, op and selector; the next link to the same target.  UINT32_MAX for none. */
	uint32_t next_same, next_in;
};

/** The cache.  Zero-initialised is valid and empty. */
struct ana_keystore {
	CTX_VEC(struct ana_node_record) nodes;
	CTX_VEC(struct ana_link) links;
	/** First link of a source, input, op and selector; node of a name; operations that were ever saved. */
	struct ctx_strmap by_start, by_name, ops;
	/** Results made so far; results dropped; and uses. */
	uint64_t results, dropped, uses;
	/** Keys of the maps. */
	struct ctx_arena arena;
};

/** Free everything; the store is empty and usable again. */
void ana_keystore_release(struct ana_keystore *store);

/** The node of a name, which is made if there is none.  ANA_NODE_NONE when out of memory. */
CTX_NODISCARD
uint32_t ana_keystore_node(struct ana_keystore *store, const struct ctx_digest *name);

/** Note that the result of a node was used. */
void ana_keystore_use(struct ana_keystore *store, uint32_t node, int64_t time);

/** Where a query starts: a node, and what is used of it. */
struct ana_start {
	uint32_t node;
	struct ctx_digest selector;
};

/**
 * Add to `out` the nodes that an operation makes of any of the starts as its input number `input`.  All starts stand for the same
 * thing: what one of them leads to, all lead to from now on.
 * @return 0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_keystore_query(struct ana_keystore *store, const struct ana_start *starts, size_t count, uint32_t input,
	const struct ctx_digest *op, struct ana_nodes *out, struct ctx_error *err);

/** Add a link unless it is there.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_keystore_link(struct ana_keystore *store, const struct ana_start *start, uint32_t input,
	const struct ctx_digest *op, uint32_t target, struct ctx_error *err);

/**
 * Copy nodes and the links between them into another store, where nodes of the same name are one.
 *
 * @keep          By node of `from`: which ones; NULL for all.
 * @keep_results  Which of them with their results; NULL for all.
 * @return        0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_keystore_copy(struct ana_keystore *into, const struct ana_keystore *from, const bool *keep,
	const bool *keep_results, struct ctx_error *err);

/** Was a result of this operation ever saved? */
bool ana_keystore_knows_op(const struct ana_keystore *store, const struct ctx_digest *op);
/** Note that one was.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_keystore_note_op(struct ana_keystore *store, const struct ctx_digest *op, struct ctx_error *err);

#endif
