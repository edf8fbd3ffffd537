/*
 *     feed() -> read_block() -> libarchive: filter, tar -> next(), data()
 *
 * libarchive is asked for the one format and the few filters that a build takes, by name: asking for "all" would link
 * (and feed hostile bytes to) every parser it has.
 */
#include "ctxopt/context/untar.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/path.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/** One archive being read. */
struct ctx_untar {
	struct archive *archive;
	/** The entry at hand; owned by `archive`. */
	struct archive_entry *entry;
	ctx_untar_feed_fn *feed;
	void *arg;
	/** What feed() said when it failed. */
	struct ctx_error failure;
	int failed;
	/** Under a UTF-8 locale libarchive composes decomposed characters, and a build does not: it takes the bytes.  In
	 * this locale every conversion fails, with a warning, and the bytes are what it then falls back to. */
	locale_t bytes;
	/** Bytes of holes so far; where the content stands; what of the block at hand was not handed out yet. */
	uint64_t hole_bytes, at, block_at;
	const void *block;
	size_t block_len;
	bool ended;
};

/** Feeds libarchive. */
static la_ssize_t read_block(struct archive *a, void *arg, const void **data) {
	struct ctx_untar *u = arg;
	ptrdiff_t n = u->feed(u->arg, data, &u->failure);
	if (n < 0) {
		u->failed = (int)n;
		archive_set_error(a, EIO, "read error");
		return ARCHIVE_FATAL;
	}
	return n;
}

/** Report what libarchive, or the feed below it, complained about. */
static int fail_archive(const struct ctx_untar *u, struct ctx_error *err) {
	if (u->failed != 0) {
		if (err != NULL) {
			*err = u->failure;
		}
		return u->failed;
	}
	if (archive_errno(u->archive) == ENOMEM) {
		return ctx_fail_nomem(err);
	}
	const char *text = archive_error_string(u->archive);
	return ctx_fail(err, CTX_E_CORRUPT, "damaged archive: %s", text != NULL ? text : "unknown format");
}

/** Set libarchive up. */
static int open_archive(struct ctx_untar *u, struct ctx_error *err) {
	struct archive *a = u->archive = archive_read_new();
	u->bytes = newlocale(LC_CTYPE_MASK, "C", (locale_t)0);
	if (a == NULL || u->bytes == (locale_t)0) {
		return ctx_fail_nomem(err);
	}
	// Without its library a filter would run a program, which libarchive announces by ARCHIVE_WARN: not for us
	bool ok = archive_read_support_format_tar(a) == ARCHIVE_OK;
	ok = ok && archive_read_support_filter_gzip(a) == ARCHIVE_OK;
	ok = ok && archive_read_support_filter_zstd(a) == ARCHIVE_OK;
	ok = ok && archive_read_support_filter_bzip2(a) == ARCHIVE_OK;
	ok = ok && archive_read_support_filter_xz(a) == ARCHIVE_OK;
	if (!ok) {
		return ctx_fail(err, CTX_E_LIBRARY, "libarchive lacks tar or one of gzip, zstd, bzip2, xz");
	}
	return archive_read_open(a, u, NULL, read_block, NULL) == ARCHIVE_OK ? 0 : fail_archive(u, err);
}

int ctx_untar_open(struct ctx_untar **out, ctx_untar_feed_fn *feed, void *arg, struct ctx_error *err) {
	struct ctx_untar *u = ctx_calloc(1, sizeof(*u));
	if (u == NULL) {
		return ctx_fail_nomem(err);
	}
	u->feed = feed;
	u->arg = arg;
	int rc = open_archive(u, err);
	if (rc < 0) {
		ctx_untar_free(u);
		return rc;
	}
	*out = u;
	return 0;
}

void ctx_untar_free(struct ctx_untar *u) {
	if (u == NULL) {
		return;
	}
	if (u->archive != NULL) {
		(void)archive_read_free(u->archive);
	}
	if (u->bytes != (locale_t)0) {
		freelocale(u->bytes);
	}
	free(u);
}

/** Modification time; one that nanoseconds cannot hold becomes the nearest that they can. */
static int64_t mtime_of(struct archive_entry *ae) {
	const int64_t second = 1000000000;
	int64_t seconds = (int64_t)archive_entry_mtime(ae);
	if (seconds >= INT64_MAX / second) {
		return INT64_MAX;
	}
	if (seconds <= INT64_MIN / second) {
		return INT64_MIN;
	}
	return seconds * second + archive_entry_mtime_nsec(ae) % second;
}

/** A number that cannot be negative. */
static uint64_t unsigned_of(la_int64_t n) {
	return n > 0 ? (uint64_t)n : 0;
}

/** What the header says. */
static void read_header(struct archive_entry *ae, struct ctx_untar_entry *e) {
	*e = (struct ctx_untar_entry){
		.path = archive_entry_pathname(ae),
		.hardlink = archive_entry_hardlink(ae),
		.symlink = archive_entry_symlink(ae),
		.mode = archive_entry_mode(ae),
		.uid = unsigned_of(archive_entry_uid(ae)),
		.gid = unsigned_of(archive_entry_gid(ae)),
		.size_bytes = unsigned_of(archive_entry_size(ae)),
		.mtime_ns = mtime_of(ae),
		.major = (uint32_t)archive_entry_rdevmajor(ae),
		.minor = (uint32_t)archive_entry_rdevminor(ae),
	};
}

int ctx_untar_next(struct ctx_untar *u, struct ctx_untar_entry *e, struct ctx_error *err) {
	locale_t old = uselocale(u->bytes);
	int got = archive_read_next_header(u->archive, &u->entry);
	// Names that are not ASCII are a warning, see `bytes`
	if (got == ARCHIVE_OK || got == ARCHIVE_WARN) {
		read_header(u->entry, e);
		(void)archive_entry_xattr_reset(u->entry);
	}
	(void)uselocale(old);
	u->at = u->block_at = u->block_len = 0;
	u->ended = false;
	if (got == ARCHIVE_EOF) {
		return 0;
	}
	return got < ARCHIVE_WARN ? fail_archive(u, err) : 1;
}

/** Get the next block: what lies before it is a hole. */
static int fetch_block(struct ctx_untar *u, struct ctx_error *err) {
	la_int64_t offset = 0;
	int got = archive_read_data_block(u->archive, &u->block, &u->block_len, &offset);
	if (got == ARCHIVE_EOF) {
		u->ended = true;
		u->block_len = 0;
		uint64_t size = unsigned_of(archive_entry_size(u->entry));
		u->block_at = size > u->at ? size : u->at; // a final hole
	} else if ((got != ARCHIVE_OK && got != ARCHIVE_WARN) || offset < 0 || (uint64_t)offset < u->at) {
		return fail_archive(u, err);
	} else {
		u->block_at = (uint64_t)offset;
	}
	uint64_t hole = u->block_at - u->at;
	if (hole > CTX_UNTAR_HOLES_MAX - u->hole_bytes) {
		return ctx_fail(err, CTX_E_LIMIT, "sparse files in the archive have more than %llu bytes of holes",
			(unsigned long long)CTX_UNTAR_HOLES_MAX);
	}
	u->hole_bytes += hole;
	return 0;
}

int ctx_untar_data(struct ctx_untar *u, const void **data, size_t *len, struct ctx_error *err) {
	static char zeros[65536]; // never written to; constant, it would be 64 KiB of the program
	while (u->at == u->block_at && u->block_len == 0) {
		int rc = u->ended ? 0 : fetch_block(u, err);
		if (rc < 0 || (u->ended && u->at == u->block_at)) {
			return rc;
		}
	}
	if (u->at < u->block_at) {
		uint64_t hole = u->block_at - u->at;
		*data = zeros;
		*len = hole < sizeof(zeros) ? (size_t)hole : sizeof(zeros);
	} else {
		*data = u->block;
		*len = u->block_len;
		u->block_at += u->block_len;
		u->block_len = 0;
	}
	u->at += *len;
	return 1;
}

bool ctx_untar_xattr(struct ctx_untar *u, const char **name, const void **value, size_t *len) {
	return archive_entry_xattr_next(u->entry, name, value, len) == ARCHIVE_OK;
}

int ctx_untar_path(struct ctx_buf *out, const char *path, struct ctx_error *err) {
	ctx_buf_reset(out);
	if (path == NULL || path[0] == '/') {
		return ctx_fail(err, CTX_E_CORRUPT, "archive entry '%s' is not below the root",
			path != NULL ? path : "");
	}
	for (const char *at = path; *at != '\0';) {
		size_t n = strcspn(at, "/");
		if (n == 2 && at[0] == '.' && at[1] == '.') {
			if (!ctx_path_up(out)) {
				return ctx_fail(err, CTX_E_CORRUPT, "archive entry '%s' is not below the root", path);
			}
		} else if (n > 0 && !(n == 1 && at[0] == '.')) {
			if (out->len > 0) {
				ctx_buf_addc(out, '/');
			}
			ctx_buf_add(out, at, n);
		}
		at += n + (at[n] == '/');
	}
	return ctx_buf_ok(out) ? 0 : ctx_fail_nomem(err);
}
