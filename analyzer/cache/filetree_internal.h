/**
 * What the files behind filetree.h share: the store.
 *
 *	rules A   node ""  -- node "src" -- node "src/gen"      one node for each path at which a rule of A can still match
 *	              \
 *	               `----- "vendor": no rule matches below, so it is the one node for "everything kept"
 *
 *	(tree id, node) -> directory                            as there are nodes, not paths, what is kept whole is shared
 *	                                                        between paths, and between rules
 */
#ifndef ANALYZER_CACHE_FILETREE_INTERNAL_H
#define ANALYZER_CACHE_FILETREE_INTERNAL_H

#include "analyzer/cache/filetree.h"
#include "ctxopt/base/strmap.h"
#include "ctxopt/base/vec.h"

/** A place below which rules decide alike. */
struct ana_node {
	/** NULL where everything is kept. */
	struct ana_rules *rules;
	/** NULL where everything is kept, as the next three. */
	const struct ctx_scope *scope;
	/** The directory above; NULL for a root. */
	const struct ana_node *parent;
	const char *name;
	uint32_t name_len;
	/** Index in the store. */
	uint32_t number;
	/** The root of a context, whose mode does not count. */
	bool root;
};

/** Numbers of the nodes at which everything is kept. */
enum { ANA_NODE_WHOLE, ANA_NODE_WHOLE_ROOT };

/** One set of rules. */
struct ana_rules {
	/** Borrowed; never NULL. */
	const struct ctx_ignore *ig;
	/** Owned. */
	struct ctx_matcher *matcher;
	/** Node of the root. */
	const struct ana_node *root;
};

/** Is something kept in a directory? */
enum ana_presence { ANA_PRESENCE_UNKNOWN, ANA_PRESENCE_YES, ANA_PRESENCE_NO };

/** A directory of a commit. */
struct ana_stored {
	/** First, so that a pointer to it is one to this. */
	struct ana_dir dir;
	const struct ana_node *node;
	struct ctx_oid oid;
	enum ana_presence presence;
};

/** Slot of the table of directories. */
struct ana_dir_slot {
	/** Made of tree id and node. */
	uint64_t key;
	/** NULL: free. */
	struct ana_stored *dir;
};

/** A symlink's blob. */
struct ana_link {
	const char *target;
	struct ctx_digest id;
	/** Not too long to be checked out. */
	bool fits;
};

/** Outcome for one entry of a tree. */
enum ana_keep {
	ANA_KEEP_NO,
	ANA_KEEP_YES,
	/** An excluded directory: if something in it is kept. */
	ANA_KEEP_IF_PRESENT,
};

/** One entry of a tree that is being looked at; stands beside that of the tree. */
struct ana_item {
	union {
		/** Directories that are not left out. */
		struct ana_dir *dir;
		/** Symlinks that are not left out: index of a link. */
		uint32_t link;
	};
	enum ana_keep keep;
	/** Arrives empty. */
	bool refused;
};

/** A directory on the way down. */
struct ana_level {
	struct ana_dir *dir;
	/** Unless the directory is loaded: its tree, and what the rules say. */
	struct ctx_gittree tree;
	CTX_VEC(struct ana_item) items;
	/** Next entry to look at. */
	uint32_t next;
	/** It has the tree. */
	bool filled;
};

/** Trees that are kept for who asks again; the largest of them, in bytes as git stores it. */
enum { ANA_RECENT = 256, ANA_RECENT_BYTES_MAX = 16384 };

/** A tree that was read. */
struct ana_recent {
	/** Zeroed: none.  Its memory is used again. */
	struct ctx_oid oid;
	struct ctx_gittree tree;
};

/** The store. */
struct ana_filetree {
	/** Borrowed. */
	struct ctx_gitrepo *repo;
	unsigned umask_bits;
	/** Sizes are wanted. */
	bool measures;
	/** Directories, nodes, names, targets, scopes. */
	struct ctx_arena arena;
	/** Names of entries, each once. */
	CTX_VEC(const char *) names;
	struct ctx_strmap name_index;
	/** Every node, owned by the arena; the number of the parent and a name to a number. */
	CTX_VEC(struct ana_node *) nodes;
	struct ctx_strmap node_index;
	/** Rules, each owned. */
	CTX_VEC(struct ana_rules *) rules;
	/** Table of directories, its size a power of two. */
	struct ana_dir_slot *slots;
	size_t slot_count, dir_count;
	/** Symlinks by id of the blob. */
	CTX_VEC(struct ana_link) links;
	struct ctx_strmap link_index;
	/** An empty directory: what a submodule is on checkout. */
	struct ana_dir *empty;
	/** Levels, each owned, and how many are in use. */
	CTX_VEC(struct ana_level *) levels;
	size_t depth;
	/**
	 * Trees that were read, each in the one place that its id gives it.  Over a history each version of a tree is asked for about four
	 * times: for its digest, for paths that lead through it, and to be compared with the version before and the one after.
	 */
	struct ana_recent recent[ANA_RECENT];
	/** Scratch: two versions of a directory. */
	struct ctx_gittree sides[2];
	struct ctx_buf path, record;
};

/** The directory of a tree at a node; NULL when out of memory. */
CTX_NODISCARD
struct ana_dir *ana_store_dir(struct ana_filetree *store, const struct ctx_oid *oid, const struct ana_node *node);
/** The root node of rules. */
CTX_NODISCARD
int ana_store_root(struct ana_filetree *store, const struct ctx_ignore *ig, const struct ana_node **out,
	struct ctx_error *err);
/** The one copy of a name; NULL when out of memory. */
CTX_NODISCARD
const char *ana_store_name(struct ana_filetree *store, const char *name, size_t len);
/** The link that is a blob: its index. */
CTX_NODISCARD
int ana_store_link(struct ana_filetree *store, const struct ctx_oid *oid, uint32_t *out, struct ctx_error *err);
/** Permission bits of a checked out file, 0777 or 0666 without the umask. */
uint32_t ana_store_mode(const struct ana_filetree *store, uint32_t bits);

/** Identity of a file that arrives empty. */
struct ctx_digest ana_store_empty(void);

/** Read a tree into memory that the caller owns, or take it from those that were read.  ana_store_give() it back. */
CTX_NODISCARD
int ana_store_take(struct ana_filetree *store, const struct ctx_oid *oid, struct ctx_gittree *tree,
	struct ctx_error *err);
/** The caller is done with a tree: it is kept for the next.  `tree` is memory to use again, without a meaning. */
void ana_store_give(struct ana_filetree *store, const struct ctx_oid *oid, struct ctx_gittree *tree);

/** Bring the rules of a node, which has some, to it: ana_store_decide() asks them. */
CTX_NODISCARD
int ana_store_enter(struct ana_filetree *store, const struct ana_node *node, struct ctx_error *err);
/** Decide for one entry of a tree at a node. */
CTX_NODISCARD
int ana_store_decide(struct ana_filetree *store, const struct ana_node *node, const struct ctx_gittree_entry *e,
	struct ana_item *item, struct ctx_error *err);
/** Make the file of an entry that is kept. */
CTX_NODISCARD
int ana_store_file(struct ana_filetree *store, const struct ctx_gittree_entry *e, const struct ana_item *item,
	struct ana_file *out, struct ctx_error *err);

/** Step down into a directory: unless it is loaded, read its tree and decide for its entries. */
CTX_NODISCARD
int ana_store_push(struct ana_filetree *store, struct ana_dir *dir, struct ana_level **out, struct ctx_error *err);
/** Step up again, until so many levels are left. */
void ana_store_pop(struct ana_filetree *store, size_t depth);
/** Find out whether a directory of a commit holds something; stops at the first thing that is kept. */
CTX_NODISCARD
int ana_store_probe(struct ana_filetree *store, struct ana_dir *dir, bool *out, struct ctx_error *err);

#endif
