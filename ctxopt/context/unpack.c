/*
 *     descriptor -> read_block() -> untar.h -> add_entry() -> snapshot
 *                                                  `-> hash_content()
 *
 * Hard links are resolved by a table of the files seen so far, because a link names what its target was at that place
 * of the archive.
 */
#include "ctxopt/context/pack.h"

#include "ctxopt/base/path.h"
#include "ctxopt/base/strmap.h"
#include "ctxopt/context/untar.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** Bytes read from the descriptor at a time. */
#define BLOCK ((size_t)256 * 1024)

/** What a hard link needs to know about a file. */
struct seen {
	uint64_t size_bytes;
	int64_t mtime_ns;
	struct ctx_digest digest;
	uint32_t mode;
};

/** One hard link, for later: offsets into `paths`. */
struct link {
	size_t path, target;
};

/** One archive being read. */
struct unpacker {
	/** Descriptor of the archive.  Borrowed. */
	int fd;
	const struct ctx_walk_opts *opts;
	/** Owned, like everything below. */
	struct ctx_snapshot *snap;
	struct ctx_untar *archive;
	struct ctx_hasher *hasher;
	unsigned char *block;
	/** Path of each file to its index in `files`; the paths are in `arena`. */
	struct ctx_strmap by_path;
	CTX_VEC(struct seen) files;
	struct ctx_arena arena;
	CTX_VEC(struct link) links;
	/** NUL-terminated paths of `links`. */
	struct ctx_buf paths;
	/** Clean path of the entry, and of the file it links to. */
	struct ctx_buf path, target;
	/** Contents that are kept; NULL for none.  Borrowed. */
	struct ctx_pack_texts *texts;
	/** Where the content of the entry at hand goes; NULL if it is not kept. */
	struct ctx_buf *text;
};

/* ---- Input ---- */

/** Has the user asked to stop? */
static bool is_stopped(const struct unpacker *u) {
	return u->opts->stop != NULL && *u->opts->stop;
}

/** Has the user asked to stop?  Then say so. */
static int check_stop(const struct unpacker *u, struct ctx_error *err) {
	return is_stopped(u) ? ctx_fail(err, CTX_E_INTERRUPTED, "interrupted") : 0;
}

/** ctx_untar_feed_fn. */
static ptrdiff_t read_block(void *arg, const void **data, struct ctx_error *err) {
	struct unpacker *u = arg;
	ssize_t n = 0;
	do {
		int rc = check_stop(u, err);
		if (rc < 0) {
			return rc;
		}
		n = read(u->fd, u->block, BLOCK);
	} while (n < 0 && errno == EINTR);
	*data = u->block;
	return n < 0 ? ctx_fail_sys(err, errno, "cannot read archive") : n;
}

/** Allocate, and open the archive. */
static int open_archive(struct unpacker *u, struct ctx_error *err) {
	u->block = ctx_calloc(BLOCK, 1);
	u->hasher = ctx_hasher_new();
	if (u->block == NULL || u->hasher == NULL) {
		return ctx_fail_nomem(err);
	}
	return ctx_untar_open(&u->archive, read_block, u, err);
}

/* ---- Contents ---- */

/** Is the content of the entry at hand to be kept?  A later entry of a name replaces an earlier one. */
static void choose_text(struct unpacker *u) {
	u->text = NULL;
	for (size_t i = 0; i < u->texts->path_count; ++i) {
		const char *path = u->texts->paths[i];
		if (strlen(path) == u->path.len && memcmp(path, u->path.data, u->path.len) == 0) {
			u->text = &u->texts->texts[i];
			ctx_buf_reset(u->text);
			u->texts->found[i] = true;
		}
	}
}

/** Keep a block of it, or give up on one that is too large. */
static void keep_block(struct unpacker *u, const void *data, size_t len) {
	if (u->text == NULL) {
		return;
	}
	if (len > u->texts->max_bytes - u->text->len) {
		ctx_buf_reset(u->text);
		u->text = NULL;
	} else {
		ctx_buf_add(u->text, data, len);
	}
}

/** Hash the content of the current entry; sets its size and digest. */
static int hash_content(struct unpacker *u, struct ctx_entry *e, struct ctx_error *err) {
	ctx_hasher_reset(u->hasher);
	choose_text(u);
	e->size_bytes = 0;
	const void *data = NULL;
	size_t len = 0;
	int rc = 0;
	while ((rc = ctx_untar_data(u->archive, &data, &len, err)) > 0) {
		rc = check_stop(u, err);
		if (rc < 0) {
			return rc;
		}
		ctx_hasher_add(u->hasher, data, len);
		keep_block(u, data, len);
		e->size_bytes += len;
		if (u->opts->progress != NULL) { // relaxed: it is only looked at
			atomic_fetch_add_explicit(&u->opts->progress->bytes, len, memory_order_relaxed);
		}
	}
	e->digest = ctx_hasher_digest(u->hasher);
	e->flags |= CTX_ENTRY_DIGEST;
	return rc;
}

/* ---- Entries ---- */

/** Remember a file, for hard links to it. */
static int remember_file(struct unpacker *u, const struct ctx_entry *e, struct ctx_error *err) {
	struct seen seen = {
		.size_bytes = e->size_bytes,
		.mtime_ns = e->mtime_ns,
		.digest = e->digest,
		.mode = e->mode,
	};
	uint32_t index = ctx_strmap_get(&u->by_path, u->path.data, u->path.len);
	if (index != CTX_STRMAP_NONE) {
		u->files.items[index] = seen;
		return 0;
	}
	const char *key = ctx_arena_memdup0(&u->arena, u->path.data, u->path.len);
	if (key == NULL || u->files.count >= CTX_STRMAP_NONE || !CTX_VEC_PUSH(&u->files, seen)) {
		return ctx_fail_nomem(err);
	}
	index = ctx_strmap_put(&u->by_path, key, u->path.len, (uint32_t)u->files.count - 1);
	return index != CTX_STRMAP_NONE ? 0 : ctx_fail_nomem(err);
}

/** Make `e` the file that the hard link names. */
static int resolve_link(struct unpacker *u, const char *target, struct ctx_entry *e, struct ctx_error *err) {
	// Some builders write link targets as absolute paths; docker takes them as below the root, too
	int rc = ctx_untar_path(&u->target, target + strspn(target, "/"), err);
	if (rc < 0) {
		return rc;
	}
	uint32_t index = ctx_strmap_get(&u->by_path, ctx_buf_str(&u->target), u->target.len);
	if (index == CTX_STRMAP_NONE) {
		return ctx_fail(err, CTX_E_CORRUPT,
			"hard link '%s' names '%s', which is no file before it in the archive", ctx_buf_str(&u->path),
			ctx_buf_str(&u->target));
	}
	const struct seen *seen = &u->files.items[index];
	e->kind = CTX_KIND_FILE;
	e->mode = seen->mode;
	e->mtime_ns = seen->mtime_ns;
	e->size_bytes = seen->size_bytes;
	e->digest = seen->digest;
	e->flags |= CTX_ENTRY_DIGEST;

	struct link link = { .path = u->paths.len };
	ctx_buf_add(&u->paths, u->path.data, u->path.len + 1);
	link.target = u->paths.len;
	ctx_buf_add(&u->paths, u->target.data, u->target.len + 1);
	return ctx_buf_ok(&u->paths) && CTX_VEC_PUSH(&u->links, link) ? 0 : ctx_fail_nomem(err);
}

/** What the header of the current entry says. */
static int read_header(struct unpacker *u, const struct ctx_untar_entry *ae, struct ctx_entry *e,
	struct ctx_error *err) {
	*e = (struct ctx_entry){
		.flags = CTX_ENTRY_KEPT,
		.kind = (uint8_t)ctx_kind_of_mode(ae->mode),
		.mode = ae->mode,
		.mtime_ns = ae->mtime_ns,
	};
	if (ae->hardlink != NULL) {
		return resolve_link(u, ae->hardlink, e, err);
	}
	if ((e->mode & S_IFMT) == 0) {
		e->mode |= S_IFREG;
	}
	if (e->kind == CTX_KIND_FILE) {
		return hash_content(u, e, err);
	}
	if (e->kind == CTX_KIND_SYMLINK) {
		e->target = ae->symlink != NULL ? ae->symlink : "";
		if (strlen(e->target) > CTX_PACK_TARGET_MAX) {
			return ctx_fail(err, CTX_E_LIMIT, "target of '%s' is longer than %d bytes",
				ctx_buf_str(&u->path), CTX_PACK_TARGET_MAX);
		}
	}
	return 0;
}

/** Add the current entry to the snapshot. */
static int add_entry(struct unpacker *u, const struct ctx_untar_entry *ae, struct ctx_error *err) {
	int rc = ctx_untar_path(&u->path, ae->path, err);
	if (rc < 0) {
		return rc;
	}
	struct ctx_entry e;
	rc = read_header(u, ae, &e, err);
	if (rc < 0) {
		return rc;
	}
	if (u->path.len == 0) { // the root itself
		if (e.kind != CTX_KIND_DIR) {
			return ctx_fail(err, CTX_E_CORRUPT, "the archive's root is no directory");
		}
		u->snap->root.mode = e.mode;
		u->snap->root.mtime_ns = e.mtime_ns;
		return 0;
	}
	rc = ctx_snapshot_add(u->snap, u->path.data, u->path.len, &e, 0, err);
	if (rc == 0 && e.kind == CTX_KIND_FILE) {
		rc = remember_file(u, &e, err);
	}
	if (u->opts->progress != NULL) {
		atomic_fetch_add_explicit(&u->opts->progress->entries, 1, memory_order_relaxed);
	}
	return rc;
}

/** Read all entries. */
static int read_entries(struct unpacker *u, struct ctx_error *err) {
	struct ctx_untar_entry ae;
	int rc = 0;
	while ((rc = ctx_untar_next(u->archive, &ae, err)) > 0) {
		rc = check_stop(u, err);
		rc = rc < 0 ? rc : add_entry(u, &ae, err);
		if (rc < 0) {
			return rc;
		}
	}
	return rc;
}

/**
 * Give the names of one file a common inode number, which is what makes them hard links of a snapshot.  A name that a
 * later entry took for something else is left alone.
 */
static int tie_links(struct unpacker *u, struct ctx_error *err) {
	uint64_t inode = 0;
	for (size_t i = 0; i < u->links.count; ++i) {
		const char *path = u->paths.data + u->links.items[i].path;
		const char *target = u->paths.data + u->links.items[i].target;
		struct ctx_entry *a = ctx_snapshot_find(u->snap, path, strlen(path));
		struct ctx_entry *b = ctx_snapshot_find(u->snap, target, strlen(target));
		if (a == NULL || b == NULL || a == b || a->kind != CTX_KIND_FILE || b->kind != CTX_KIND_FILE ||
			!ctx_digest_equal(&a->digest, &b->digest)) {
			continue;
		}
		if (b->inode == 0) {
			b->inode = ++inode;
		}
		a->inode = b->inode;
		a->flags |= CTX_ENTRY_LINKED;
		b->flags |= CTX_ENTRY_LINKED;
	}
	return inode > 0 ? ctx_snapshot_settle(u->snap, err) : 0;
}

/** Free what an unpacker owns. */
static void unpacker_release(struct unpacker *u) {
	ctx_untar_free(u->archive);
	ctx_snapshot_free(u->snap);
	ctx_hasher_free(u->hasher);
	free(u->block);
	ctx_strmap_release(&u->by_path);
	CTX_VEC_RELEASE(&u->files);
	ctx_arena_release(&u->arena);
	CTX_VEC_RELEASE(&u->links);
	ctx_buf_release(&u->paths);
	ctx_buf_release(&u->path);
	ctx_buf_release(&u->target);
}

/** The work of ctx_pack_read(). */
static int unpack(struct unpacker *u, struct ctx_error *err) {
	u->snap = ctx_snapshot_new(1);
	if (u->snap == NULL) {
		return ctx_fail_nomem(err);
	}
	u->snap->origin = CTX_ORIGIN_ARCHIVE;
	int rc = open_archive(u, err);
	if (rc == 0) {
		rc = read_entries(u, err);
	}
	if (rc == 0) {
		rc = ctx_snapshot_seal(u->snap, err);
	}
	return rc < 0 ? rc : tie_links(u, err);
}

void ctx_pack_texts_release(struct ctx_pack_texts *texts) {
	for (size_t i = 0; texts->texts != NULL && i < texts->path_count; ++i) {
		ctx_buf_release(&texts->texts[i]);
	}
	free(texts->texts);
	free(texts->found);
	texts->texts = NULL;
	texts->found = NULL;
}

int ctx_pack_read(struct ctx_snapshot **out, int fd, const struct ctx_walk_opts *opts, struct ctx_error *err) {
	struct ctx_pack_texts none = { 0 };
	int rc = ctx_pack_read_keeping(out, fd, opts, &none, err);
	ctx_pack_texts_release(&none);
	return rc;
}

int ctx_pack_read_keeping(struct ctx_snapshot **out, int fd, const struct ctx_walk_opts *opts,
	struct ctx_pack_texts *texts, struct ctx_error *err) {
	texts->texts = ctx_calloc(texts->path_count + 1, sizeof(*texts->texts));
	texts->found = ctx_calloc(texts->path_count + 1, sizeof(*texts->found));
	if (texts->texts == NULL || texts->found == NULL) {
		return ctx_fail_nomem(err);
	}
	CTX_CLEANUP(unpacker_release) struct unpacker u = { .fd = fd, .opts = opts, .texts = texts };
	int rc = unpack(&u, err);
	if (rc == 0) {
		*out = CTX_STEAL(u.snap);
	}
	return rc;
}

/* ---- Recognising ---- */

/** Does the block have the checksum of a tar header? */
static bool is_tar_header(const unsigned char *block) {
	uint32_t sum = 0;
	for (size_t i = 0; i < 512; ++i) {
		sum += i >= 148 && i < 156 ? ' ' : block[i];
	}
	size_t at = 148;
	while (at < 156 && block[at] == ' ') {
		++at;
	}
	uint32_t stated = 0;
	size_t digits = 0;
	for (; at < 156 && block[at] >= '0' && block[at] <= '7'; ++at, ++digits) {
		stated = stated * 8 + (uint32_t)(block[at] - '0');
	}
	return digits > 0 && stated == sum;
}

bool ctx_pack_is_archive(const void *head, size_t len) {
	static const struct {
		const char *bytes;
		size_t len;
	} magic[] = {
		{ "\x1f\x8b\x08", 3 }, // gzip
		{ "\x28\xb5\x2f\xfd", 4 }, // zstd
		{ "BZh", 3 }, // bzip2
		{ "\xfd"
		  "7zXZ\0",
			6 }, // xz
	};
	for (size_t i = 0; i < CTX_COUNTOF(magic); ++i) {
		if (len >= magic[i].len && memcmp(head, magic[i].bytes, magic[i].len) == 0) {
			return true;
		}
	}
	return len >= 512 && is_tar_header(head);
}
