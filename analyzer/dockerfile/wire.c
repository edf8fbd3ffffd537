#include "analyzer/dockerfile/wire.h"

#include <sys/stat.h>

/* Mode bits of Go's io/fs. */
#define GO_DIR (1u << 31)
#define GO_SYMLINK (1u << 27)
#define GO_DEVICE (1u << 26)
#define GO_FIFO (1u << 25)
#define GO_SETUID (1u << 23)
#define GO_SETGID (1u << 22)
#define GO_CHAR_DEVICE (1u << 21)
#define GO_STICKY (1u << 20)

uint64_t ana_wire_varint(uint64_t n) {
	unsigned bits = 64u - (unsigned)__builtin_clzll(n | 1);
	return (bits + 6) / 7;
}

uint64_t ana_wire_number(uint64_t n) {
	return n != 0 ? 1 + ana_wire_varint(n) : 0;
}

uint64_t ana_wire_text(uint64_t len) {
	return 1 + ana_wire_varint(len) + len;
}

uint32_t ana_wire_mode(uint32_t mode) {
	uint32_t out = mode & 0777;
	out |= (mode & S_ISUID) != 0 ? GO_SETUID : 0;
	out |= (mode & S_ISGID) != 0 ? GO_SETGID : 0;
	out |= (mode & S_ISVTX) != 0 ? GO_STICKY : 0;
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return out | GO_DIR;
	case S_IFLNK:
		return out | GO_SYMLINK;
	case S_IFIFO:
		return out | GO_FIFO;
	case S_IFCHR:
		return out | GO_DEVICE | GO_CHAR_DEVICE;
	case S_IFBLK:
		return out | GO_DEVICE;
	default:
		return out;
	}
}

uint64_t ana_wire_stat_packet(const struct ana_wire_stat *stat) {
	uint64_t message = ana_wire_text(stat->path_len) + ana_wire_number(ana_wire_mode(stat->mode)) +
		ana_wire_number(stat->size_bytes) + ana_wire_number((uint64_t)stat->mtime_ns) +
		(stat->link_len > 0 ? ana_wire_text(stat->link_len) : 0) + stat->extra_bytes;
	return ana_wire_text(message);
}

uint64_t ana_wire_data_packets(uint64_t index, uint64_t size_bytes) {
	uint64_t head = ANA_WIRE_TYPE_BYTES + ana_wire_number(index);
	uint64_t full = size_bytes / ANA_WIRE_CHUNK_BYTES, rest = size_bytes % ANA_WIRE_CHUNK_BYTES;
	uint64_t bytes = full * (head + ana_wire_text(ANA_WIRE_CHUNK_BYTES)) + head;
	return rest > 0 ? bytes + head + ana_wire_text(rest) : bytes;
}
