/**
 * Encoded sizes of the packets by which a client sends a context: pure arithmetic.
 *
 *	STAT	one entry: path, mode, size, mtime, link name, device numbers, xattrs; what is 0 or empty is absent
 *	DATA	content of one file: packets of up to 32 KiB, then one without bytes
 *	FIN	the end
 *
 * Source: tonistiigi/fsutil 6d9dc2eb send.go (sendFile), stat.go (mkstat), types/stat_vtproto.pb.go and
 * types/wire_vtproto.pb.go (SizeVT).
 */
#ifndef ANALYZER_DOCKERFILE_WIRE_H
#define ANALYZER_DOCKERFILE_WIRE_H

/** What only has a type: FIN, and the last packet of the first entry's content. */
#define ANA_WIRE_TYPE_BYTES 2
/** Content bytes that one packet carries at most. */
#define ANA_WIRE_CHUNK_BYTES 32768

/** Bytes of a varint.  Negative numbers are 64 bits wide: 10 bytes. */
uint64_t ana_wire_varint(uint64_t n);
/** Bytes of a number field: none if it is 0. */
uint64_t ana_wire_number(uint64_t n);
/** Bytes of a text or message field of `len` bytes, which is there even if it is empty. */
uint64_t ana_wire_text(uint64_t len);

/** Mode as it is sent, in Go's bits, for a st_mode.  A socket is a regular file. */
uint32_t ana_wire_mode(uint32_t mode);

/** What the announcement of an entry says.  Owners are always 0, so absent. */
struct ana_wire_stat {
	/** Bytes of the path, and of a symlink's target or the first name of a hard link. */
	uint64_t path_len, link_len;
	uint64_t size_bytes;
	int64_t mtime_ns;
	/** As in stat(2). */
	uint32_t mode;
	/** Bytes of the fields of xattrs and device numbers. */
	uint64_t extra_bytes;
};

/** Bytes of the STAT packet of an entry. */
uint64_t ana_wire_stat_packet(const struct ana_wire_stat *stat);
/** Bytes of all DATA packets of the entry with that index, counted from 0. */
uint64_t ana_wire_data_packets(uint64_t index, uint64_t size_bytes);

#endif
