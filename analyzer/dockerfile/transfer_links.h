/**
 * Which wanted names are further names of a file that was announced before: hard links.
 *
 * The first name that is announced is the file; later ones carry its path and no content.
 * Source: tonistiigi/fsutil 6d9dc2eb stat_unix.go (setUnixOpt), hardlinks.go (WithHardlinkReset).
 */
#ifndef ANALYZER_DOCKERFILE_TRANSFER_LINKS_H
#define ANALYZER_DOCKERFILE_TRANSFER_LINKS_H

#include "analyzer/dockerfile/wanted.h"
#include "ctxopt/base/strmap.h"

/** The first announced name of a file. */
struct ana_first_name {
	const struct ctx_entry *entry;
	uint64_t path_len;
};

/** First names of the files of one snapshot that may have several.  Zero-initialised is valid and empty. */
struct ana_links {
	/** File to index into `names`. */
	struct ctx_strmap map;
	CTX_VEC(struct ana_first_name) names;
	/** Snapshots without inodes: looks of the files that are known to have an earlier name. */
	struct ctx_strmap suspects;
	struct ctx_arena keys;
};

/** Free the memory; empty and usable again. */
void ana_links_release(struct ana_links *links);

/**
 * Prepare for a snapshot.  Snapshot files say which names are not the first of a file, but not of which: if the first names are not
 * wanted, names that agree in size, time, mode and digest are taken for those of one file.
 * @return 1, files of it may have several names; 0, none has; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_links_prepare(struct ana_links *links, struct ctx_snapshot *snap);

/**
 * Length of the link name with which the entry is announced: 0 for a first name, which is noted.  Call in order.
 * @return 0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_links_add(struct ana_links *links, const struct ana_wanted *w, uint64_t *link_len);

/** Was an entry that went through ana_links_add() announced as a link? */
bool ana_links_is_link(const struct ana_links *links, const struct ctx_entry *e);

#endif
