/**
 * What a snapshot does not hold but a client announces: extended attributes and device numbers.
 *
 * Source: tonistiigi/fsutil 6d9dc2eb stat_unix.go (loadXattr, setUnixOpt).
 */
#ifndef ANALYZER_DOCKERFILE_TRANSFER_DISK_H
#define ANALYZER_DOCKERFILE_TRANSFER_DISK_H

#include "ctxopt/context/opener.h"
#include "ctxopt/context/snapshot.h"

/** Reads them beneath one directory.  Initialise with ana_disk_init(). */
struct ana_disk {
	struct ctx_opener opener;
	/** Directory that is looked into, its descriptor (negative: cannot be opened). */
	const struct ctx_dir *dir;
	int dir_fd;
	/** Scratch for a path and for names of attributes. */
	struct ctx_buf path, names;
	/** The file system of the entry has no attributes: that device (plus 1) is not asked again. */
	uint32_t without;
	/** What ana_disk_read_ahead() found; NULL if it was not asked. */
	struct ana_disk_ahead *ahead;
};

/** Start; `root_fd` is borrowed, -1 means that nothing is read. */
void ana_disk_init(struct ana_disk *disk, int root_fd);
/** Close what is open. */
void ana_disk_release(struct ana_disk *disk);
/** Was there memory for everything so far?  If not, what ana_disk_bytes() said is too low. */
bool ana_disk_ok(const struct ana_disk *disk);

/**
 * Read for all kept entries with several threads, and hold 8 bytes for each that has something: a million files take a
 * million system calls.  Uses ctx_dir.order; the snapshot must stay as it is.
 * @return 0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_disk_read_ahead(struct ana_disk *disk, struct ctx_snapshot *snap, unsigned jobs, struct ctx_error *err);

/** Bytes that attributes and device numbers of an entry add to its announcement; 0 if they cannot be read. */
uint64_t ana_disk_bytes(struct ana_disk *disk, const struct ctx_dir *dir, const struct ctx_entry *e);

#endif
