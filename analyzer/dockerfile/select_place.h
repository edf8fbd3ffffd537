/**
 * Paths within a snapshot, with the symlinks on the way followed as BuildKit does it for digests.
 *
 * Internal to select.[ch].  Source: moby/buildkit v0.32.2 cache/contenthash/checksum.go (getFollowLinksCallback).
 */
#ifndef ANALYZER_DOCKERFILE_SELECT_PLACE_H
#define ANALYZER_DOCKERFILE_SELECT_PLACE_H

#include "ctxopt/base/str.h"
#include "ctxopt/context/snapshot.h"

/** Links on the way of one path; more is an error (cache/contenthash/path.go, maxSymlinkLimit). */
#define ANA_PLACE_LINKS_MAX 255

/** An entry and the directory that holds it: NULL for the root. */
struct ana_place {
	struct ctx_dir *dir;
	struct ctx_entry *entry;
};

/** What was met on the way.  Zero-initialised is valid; release after use. */
struct ana_trail {
	/** Symlinks that were followed. */
	CTX_VEC(struct ana_place) links;
	/** Where the way ended: absolute, links resolved as far as there are entries; cut behind what is no directory. */
	struct ctx_buf path;
	/** The first entry on the way that ignore rules leave out; NULL. */
	const struct ctx_entry *ignored;
	/** A directory on the way was not opened, so what is missing below may exist. */
	bool unopened;
	/** Something on the way is no directory. */
	bool not_dir;
};

/** How to look. */
enum ana_place_flags {
	/** The last component is followed, too. */
	ANA_PLACE_FOLLOW = 1 << 0,
	/** Entries that ignore rules leave out are there as well, and those that nobody asks for. */
	ANA_PLACE_IGNORED = 1 << 1,
	/** Only entries with CTX_ENTRY_WANTED are there. */
	ANA_PLACE_WANTED = 1 << 2,
};

/**
 * Find what is at an absolute path.  Links never lead out of the root, and ".." takes the last component away, whether
 * it exists or not.
 *
 * @trail   What it held before is forgotten.
 * @return  1; 0, there is nothing; CTX_E_LIMIT, more than ANA_PLACE_LINKS_MAX links; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_place_find(struct ana_place *out, struct ctx_snapshot *snap, struct ctx_str path, unsigned flags,
	struct ana_trail *trail, struct ctx_error *err);
void ana_trail_release(struct ana_trail *trail);
#define ana_auto_trail CTX_CLEANUP(ana_trail_release)

#endif
