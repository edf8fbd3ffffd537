/**
 * A pack and its index, mapped once for all threads that read them.
 *
 *	index   header | 256 counts by first byte | ids | checksums | offsets | offsets of eight bytes | checksum of the pack, own
 *	pack    header | object | object | ...                                                          | checksum
 *
 * A second map of the same files would have to be filled and emptied page by page, which takes longer than to read a short history.
 * Formats: git 2.39 Documentation/gitformat-pack.txt, versions 2 and 3 of packs, 2 of indexes.  Any threads.
 */
#ifndef CTXOPT_CONTEXT_PACKMAP_H
#define CTXOPT_CONTEXT_PACKMAP_H

#include <sys/types.h>

/** The format. */
enum {
	/** Bytes of an id. */
	CTX_PACK_ID = 20,
	/** Parts of an index. */
	CTX_PACK_INDEX_HEADER = 8,
	CTX_PACK_INDEX_COUNTS = 256 * 4,
	/** Of a pack. */
	CTX_PACK_HEADER = 12,
};

/** Which file it is, and which content of it: replaced and changed files are others. */
struct ctx_pack_file {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec changed;
};

/** A pack whose header, size and checksums fit its index; whether the rest is damaged is not known. */
struct ctx_pack {
	const unsigned char *index, *data;
	size_t index_len, data_len;
	/** Objects, of each of which the index has an entry. */
	uint32_t count;
	/** Borrowed otherwise. */
	bool mapped;
	/** Of packmap.c: by how many it is mapped, and from what. */
	unsigned users;
	struct ctx_pack_file index_file, data_file;
};

/** Four bytes, the highest first. */
static inline uint32_t ctx_pack_get32(const unsigned char *at) {
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/**
 * Map an index of a directory, NAME.idx, and its pack.
 * @stem   Length of NAME.
 * @return 1; 0, they cannot be read; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_pack_map(struct ctx_pack **out, int dir, const char *name, size_t stem);
/** A pack that is in memory.  As above. */
CTX_NODISCARD
int ctx_pack_borrow(struct ctx_pack **out, const unsigned char *index, size_t index_len, const unsigned char *data,
	size_t data_len);
/** Unmap it, if nobody else has it. */
void ctx_pack_free(struct ctx_pack *pack);

#endif
