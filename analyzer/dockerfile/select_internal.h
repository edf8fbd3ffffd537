/**
 * What the files of select.[ch] share: the state of one selection, and how entries are reported.
 */
#ifndef ANALYZER_DOCKERFILE_SELECT_INTERNAL_H
#define ANALYZER_DOCKERFILE_SELECT_INTERNAL_H

#include "analyzer/dockerfile/select.h"
#include "analyzer/dockerfile/select_place.h"
#include "ctxopt/base/strmap.h"

/** An entry that is read because a link led to it or through it. */
struct ana_special {
	struct ana_place place;
	/** With all that it holds; else it is a link on the way. */
	bool tree;
	/** Was reported already. */
	bool reported;
};

/** One selection. */
struct ana_pick {
	struct ana_selection *out;
	const struct ana_read *read;
	struct ctx_snapshot *snap;
	/** Marks that an entry must have to be there, and how to look for places. */
	uint32_t marks;
	unsigned place_flags;
	ana_select_fn *fn;
	void *arg;
	struct ctx_error *err;
	struct ana_trail trail;
	/** Each once; `special_of` maps an entry's address (of the copy in the arena) to its index. */
	CTX_VEC(struct ana_special) specials;
	struct ctx_strmap special_of;
	/** The root is a special with all that it holds. */
	bool whole;
	/** Path of the entry that is reported, and how much of it is that of `path_dir`. */
	struct ctx_buf path;
	const struct ctx_dir *path_dir;
	size_t path_dir_len;
	/** If set, entries are not reported but handed to it. */
	int (*probe)(void *probe_arg, const char *path, size_t len);
	void *probe_arg;
	struct ctx_arena arena;
};

/** Is the entry there for the build? */
static inline bool ana_pick_has(const struct ana_pick *pick, const struct ctx_entry *entry) {
	return (entry->flags & pick->marks) == pick->marks;
}

/** Report an entry, or hand it to the probe. */
CTX_NODISCARD
int ana_pick_entry(struct ana_pick *pick, struct ctx_dir *dir, struct ctx_entry *entry);
/** Report everything kept below a directory but specials with all that they hold (NULL: there is nothing). */
CTX_NODISCARD
int ana_pick_below(struct ana_pick *pick, struct ctx_dir *dir);
/** Is the entry a special with all that it holds? */
bool ana_pick_is_tree(const struct ana_pick *pick, const struct ctx_entry *entry);
/** Is the entry, or a directory above it, such a special? */
bool ana_pick_is_within(const struct ana_pick *pick, struct ana_place place);
/**
 * Follow a path to its end and note what was met as special, the end with all that it holds.
 * @return  1; 0, it leads nowhere; negative as ana_place_find().
 */
CTX_NODISCARD
int ana_pick_follow(struct ana_pick *pick, struct ctx_str path, bool trailing);
/** Note the links of the last search as special. */
CTX_NODISCARD
int ana_pick_links(struct ana_pick *pick);

/** The digest fails: "failed to calculate checksum of ref ...: " and `path` quoted, or the words for circular links if `rc` is CTX_E_LIMIT. */
CTX_NODISCARD
int ana_pick_not_found(struct ana_pick *pick, struct ctx_str path, int rc);
/** The copy fails to look at the place where the last search for `path` ended. */
CTX_NODISCARD
int ana_pick_cannot_copy(struct ana_pick *pick, struct ctx_str path, int rc);

/** A read with a wildcard, --exclude or --parents: BuildKit digests a list of entries. */
CTX_NODISCARD
int ana_pick_list(struct ana_pick *pick, bool wildcard);

#endif
