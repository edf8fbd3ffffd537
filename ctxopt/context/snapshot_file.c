#include "ctxopt/context/snapshot_file.h"

#include <string.h>
#include <sys/stat.h>

/** First bytes of a file; the newline catches transfers that "fix" line ends. */
static const char magic[8] = { 'C', 'T', 'X', 'S', 'N', 'A', 'P', '\n' };

/** Bytes of the final hash. */
#define HASH_BYTES 8
/** Least bytes of an entry: name length, one byte of name, flags, two of mode (a FIFO), mtime. */
#define ENTRY_BYTES_MIN 6

/** Flags that are stored.  Every kept entry is CTX_ENTRY_KEPT, the others are about how an entry was read. */
#define STORED_FLAGS \
	(CTX_ENTRY_PARENT | CTX_ENTRY_REFUSED | CTX_ENTRY_UNREADABLE | CTX_ENTRY_DIGEST | CTX_ENTRY_SUBMODULE | \
		CTX_ENTRY_HARDLINK | CTX_ENTRY_IMPLIED)

bool ctx_snapshot_is_encoded(const void *data, size_t len) {
	return len >= sizeof(magic) && memcmp(data, magic, sizeof(magic)) == 0;
}

/** The final hash. */
static void hash_of(unsigned char out[HASH_BYTES], const void *data, size_t len) {
	uint64_t hash = ctx_hash64(data, len, 0);
	for (size_t i = 0; i < HASH_BYTES; ++i) {
		out[i] = (unsigned char)(hash >> (8 * (HASH_BYTES - 1 - i)));
	}
}

/* ---- Encoding ---- */

/** Append a number. */
static void put_number(struct ctx_buf *out, uint64_t n) {
	while (n >= 0x80) {
		ctx_buf_addc(out, (char)(n | 0x80));
		n >>= 7;
	}
	ctx_buf_addc(out, (char)n);
}

/** Append a number that may be negative. */
static void put_signed(struct ctx_buf *out, int64_t n) {
	put_number(out, ((uint64_t)n << 1) ^ (n < 0 ? UINT64_MAX : 0));
}

/** Append a text. */
static void put_text(struct ctx_buf *out, const char *text, size_t len) {
	put_number(out, len);
	ctx_buf_add(out, text, len);
}

/** Number of kept entries of a directory; NULL has none. */
static uint64_t count_kept(const struct ctx_dir *dir) {
	uint64_t count = 0;
	for (uint32_t i = 0; dir != NULL && i < dir->count; ++i) {
		count += ctx_entry_kept(&dir->entries[i]) ? 1 : 0;
	}
	return count;
}

/** Append the attributes of one entry. */
static void put_attributes(struct ctx_buf *out, const struct ctx_entry *e) {
	uint32_t mode = (e->mode & S_IFMT) != 0 ? e->mode & (S_IFMT | 07777) : (e->mode & 07777) | S_IFREG;
	put_number(out, e->flags & STORED_FLAGS);
	put_number(out, mode);
	put_signed(out, e->mtime_ns);
	if (e->kind == CTX_KIND_FILE) {
		put_number(out, e->size_bytes);
	} else if (e->kind == CTX_KIND_SYMLINK) {
		put_text(out, e->target, strlen(e->target));
	} else if (e->kind == CTX_KIND_DIR) {
		put_number(out, count_kept(e->dir));
	}
	if ((e->flags & CTX_ENTRY_DIGEST) != 0) {
		ctx_buf_add(out, e->digest.bytes, sizeof(e->digest.bytes));
	}
}

/** Append the block of a directory. */
static void put_block(struct ctx_buf *out, const struct ctx_dir *dir) {
	for (uint32_t i = 0; dir != NULL && i < dir->count; ++i) {
		const struct ctx_entry *e = &dir->entries[i];
		if (ctx_entry_kept(e)) {
			put_text(out, e->name, e->name_len);
			put_attributes(out, e);
		}
	}
}

/** Number of kept entries of a snapshot. */
static uint64_t count_all(struct ctx_snapshot *snap) {
	uint64_t count = 0;
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (const struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		count += ctx_entry_kept(e) ? 1 : 0;
	}
	return count;
}

int ctx_snapshot_encode(struct ctx_buf *out, struct ctx_snapshot *snap, struct ctx_error *err) {
	size_t start = out->len;
	ctx_buf_add(out, magic, sizeof(magic));
	put_number(out, CTX_SNAPSHOT_FILE_VERSION);
	put_number(out, 0);
	put_number(out, count_all(snap));
	put_attributes(out, &snap->root);
	put_block(out, snap->root.dir);
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (const struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		if (ctx_entry_kept(e)) { // an excluded directory has nothing kept below it
			put_block(out, ctx_entry_dir(e));
		}
	}
	if (!ctx_buf_ok(out)) {
		return ctx_fail_nomem(err);
	}
	unsigned char hash[HASH_BYTES];
	hash_of(hash, out->data + start, out->len - start);
	ctx_buf_add(out, hash, sizeof(hash));
	return ctx_buf_ok(out) ? 0 : ctx_fail_nomem(err);
}

/* ---- Decoding ---- */

/** A position in the input; the first failure is kept, and everything read after it is zero. */
struct reader {
	const unsigned char *start, *at, *end;
	struct ctx_snapshot *snap;
	/** Entries announced by the head and not yet by a directory. */
	uint64_t left;
	/** 0, or the first failure, which `err` describes. */
	int rc;
	struct ctx_error *err;
};

/** Report damage at the current position. */
static int fail_damaged(struct reader *r, const char *what) {
	if (r->rc == 0) {
		r->rc = ctx_fail(r->err, CTX_E_CORRUPT, "damaged snapshot file: %s at byte %zu", what,
			(size_t)(r->at - r->start));
	}
	return r->rc;
}

/** Take bytes; NULL, and a failure, when there are fewer. */
static const unsigned char *get_bytes(struct reader *r, uint64_t len) {
	if (r->rc < 0 || len > (uint64_t)(r->end - r->at)) {
		(void)fail_damaged(r, "unexpected end");
		return NULL;
	}
	const unsigned char *bytes = r->at;
	r->at += len;
	return bytes;
}

/** Take a number of at most `max`, in its one form. */
static uint64_t get_number(struct reader *r, uint64_t max) {
	uint64_t n = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		const unsigned char *byte = get_bytes(r, 1);
		if (byte == NULL) {
			return 0;
		}
		uint64_t bits = *byte & 0x7f;
		if ((bits << shift) >> shift != bits || (*byte == 0 && shift > 0)) {
			break;
		}
		n |= bits << shift;
		if (*byte < 0x80) {
			if (n <= max) {
				return n;
			}
			break;
		}
	}
	(void)fail_damaged(r, "number out of range");
	return 0;
}

/** Take a number that may be negative. */
static int64_t get_signed(struct reader *r) {
	uint64_t n = get_number(r, UINT64_MAX);
	uint64_t bits = (n >> 1) ^ ((n & 1) != 0 ? UINT64_MAX : 0);
	int64_t value;
	memcpy(&value, &bits, sizeof(value));
	return value;
}

/** Take a text of at most `max` bytes without NUL and copy it; NULL after a failure. */
static const char *get_text(struct reader *r, uint64_t max, size_t *len) {
	uint64_t n = get_number(r, max);
	const unsigned char *bytes = get_bytes(r, n);
	if (bytes == NULL) {
		return NULL;
	}
	if (memchr(bytes, '\0', (size_t)n) != NULL) {
		(void)fail_damaged(r, "NUL in a text");
		return NULL;
	}
	char *copy = ctx_arena_memdup0(&r->snap->arenas[0], bytes, (size_t)n);
	if (copy == NULL && r->rc == 0) {
		r->rc = ctx_fail_nomem(r->err);
	}
	*len = (size_t)n;
	return copy;
}

/** Is this one of the types that stat(2) knows? */
static bool is_type(uint32_t mode) {
	switch (mode & S_IFMT) {
	case S_IFREG:
	case S_IFDIR:
	case S_IFLNK:
	case S_IFIFO:
	case S_IFSOCK:
	case S_IFCHR:
	case S_IFBLK:
		return true;
	default:
		return false;
	}
}

/** Make the contents of a directory whose `count` entries follow in a later block; NULL after a failure. */
static struct ctx_dir *new_dir(struct reader *r, uint64_t count) {
	if (count > r->left) {
		(void)fail_damaged(r, "more entries than announced");
		return NULL;
	}
	r->left -= count;
	struct ctx_dir *dir = ctx_arena_calloc(&r->snap->arenas[0], 1, sizeof(*dir));
	if (dir == NULL) {
		r->rc = ctx_fail_nomem(r->err);
		return NULL;
	}
	dir->count = (uint32_t)count;
	return dir;
}

/** Take the attributes of an entry whose name is set. */
static int get_attributes(struct reader *r, struct ctx_entry *e) {
	uint64_t flags = get_number(r, UINT16_MAX);
	e->mode = (uint32_t)get_number(r, S_IFMT | 07777);
	e->mtime_ns = get_signed(r);
	if (r->rc == 0 && ((flags & ~(uint64_t)STORED_FLAGS) != 0 || !is_type(e->mode))) {
		return fail_damaged(r, "unknown flag or type");
	}
	e->flags = (uint16_t)(flags | CTX_ENTRY_KEPT);
	e->kind = (uint8_t)ctx_kind_of_mode(e->mode);
	if (e->kind == CTX_KIND_FILE) {
		e->size_bytes = get_number(r, INT64_MAX);
	} else if (e->kind == CTX_KIND_SYMLINK) {
		size_t len = 0;
		e->target = get_text(r, SIZE_MAX, &len);
		e->size_bytes = len;
	} else if (e->kind == CTX_KIND_DIR) {
		uint64_t count = get_number(r, UINT32_MAX);
		e->dir = count > 0 ? new_dir(r, count) : NULL;
	}
	const unsigned char *digest = (flags & CTX_ENTRY_DIGEST) != 0 ? get_bytes(r, sizeof(e->digest.bytes)) : NULL;
	if (digest != NULL) {
		memcpy(e->digest.bytes, digest, sizeof(e->digest.bytes));
	}
	return r->rc;
}

/** Is this a name that an entry can have? */
static bool is_name(const char *name, size_t len) {
	bool dots = len > 0 && name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.'));
	return len > 0 && !dots && memchr(name, '/', len) == NULL;
}

/** Tie the contents of a directory to the place of its entry; `order` carries the bytes of its path meanwhile. */
static int place_dir(struct reader *r, struct ctx_dir *parent, uint32_t index) {
	const struct ctx_entry *e = &parent->entries[index];
	struct ctx_dir *dir = e->dir;
	uint64_t path_len = (uint64_t)parent->order + e->name_len + 1;
	dir->parent = parent;
	dir->parent_index = index;
	dir->depth = parent->depth + 1;
	if (dir->depth >= CTX_DEPTH_MAX || path_len > CTX_PATH_BYTES_MAX) {
		r->rc = ctx_fail(r->err, CTX_E_LIMIT, "snapshot file has paths that are too long or too deep");
		return r->rc;
	}
	dir->order = (uint32_t)path_len;
	return 0;
}

/** Take the block of a directory. */
static int get_block(struct reader *r, struct ctx_dir *dir) {
	dir->entries = ctx_arena_calloc(&r->snap->arenas[0], dir->count, sizeof(*dir->entries));
	if (dir->entries == NULL) {
		return ctx_fail_nomem(r->err);
	}
	for (uint32_t i = 0; i < dir->count; ++i) {
		struct ctx_entry *e = &dir->entries[i];
		size_t len = 0;
		e->name = get_text(r, UINT16_MAX, &len);
		e->name_len = (uint16_t)len;
		if (r->rc < 0) {
			return r->rc;
		}
		if (!is_name(e->name, len)) {
			return fail_damaged(r, "impossible name");
		}
		if (i > 0 && ctx_name_cmp(e[-1].name, e[-1].name_len, e->name, len) >= 0) {
			return fail_damaged(r, "names out of order");
		}
		if (get_attributes(r, e) < 0) {
			return r->rc;
		}
		if (ctx_entry_dir(e) != NULL && place_dir(r, dir, i) < 0) {
			return r->rc;
		}
	}
	return 0;
}

/** Take magic, version and entry count. */
static int get_head(struct reader *r) {
	const unsigned char *head = get_bytes(r, sizeof(magic));
	if (head == NULL || !ctx_snapshot_is_encoded(head, sizeof(magic))) {
		return ctx_fail(r->err, CTX_E_CORRUPT, "no snapshot file");
	}
	uint64_t version = get_number(r, UINT64_MAX);
	if (r->rc == 0 && version > CTX_SNAPSHOT_FILE_VERSION) {
		return ctx_fail(r->err, CTX_E_CORRUPT, "snapshot file of version %llu, this program knows up to %d",
			(unsigned long long)version, CTX_SNAPSHOT_FILE_VERSION);
	}
	if (r->rc == 0 && version == 0) {
		return fail_damaged(r, "version 0");
	}

	// From here on the hash tells accidents; what is left are files made to do harm
	unsigned char hash[HASH_BYTES];
	if (r->end - r->at < HASH_BYTES) {
		return fail_damaged(r, "unexpected end");
	}
	r->end -= HASH_BYTES;
	hash_of(hash, r->start, (size_t)(r->end - r->start));
	if (memcmp(hash, r->end, HASH_BYTES) != 0) {
		return fail_damaged(r, "wrong hash");
	}
	(void)get_number(r, 0);
	r->left = get_number(r, (uint64_t)(r->end - r->at) / ENTRY_BYTES_MIN);
	return r->rc;
}

/** Take the root and all blocks. */
static int get_tree(struct reader *r) {
	struct ctx_snapshot *snap = r->snap;
	snap->entry_count = r->left;
	if (get_attributes(r, &snap->root) < 0) {
		return r->rc;
	}
	if (snap->root.kind != CTX_KIND_DIR) {
		return fail_damaged(r, "root that is no directory");
	}
	if (snap->root.dir == NULL) {
		snap->root.dir = new_dir(r, 0); // the root always has its contents
	}
	if (r->rc < 0 || get_block(r, snap->root.dir) < 0) {
		return r->rc;
	}
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		// The cursor goes down into the directory with its next step, when its entries are there
		int rc = ctx_entry_dir(e) != NULL ? get_block(r, e->dir) : 0;
		if (rc < 0) {
			return rc;
		}
	}
	if (r->left > 0) {
		return fail_damaged(r, "fewer entries than announced");
	}
	return r->at == r->end ? 0 : fail_damaged(r, "something behind the last entry");
}

int ctx_snapshot_decode(struct ctx_snapshot **out, const void *data, size_t len, struct ctx_error *err) {
	const unsigned char *bytes = data;
	struct reader r = { .start = bytes, .at = bytes, .end = bytes + len, .err = err };
	int rc = get_head(&r);
	if (rc < 0) {
		return rc;
	}
	r.snap = ctx_snapshot_new(1);
	if (r.snap == NULL) {
		return ctx_fail_nomem(err);
	}
	r.snap->origin = CTX_ORIGIN_SNAPSHOT_FILE;
	rc = get_tree(&r);
	if (rc < 0) {
		ctx_snapshot_free(r.snap);
		return rc;
	}
	*out = r.snap;
	return 0;
}
