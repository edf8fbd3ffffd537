/*
 *     entry -> header_of() -> ctx_tar_header() -> sink
 *           -> open_content() -> put_content() -> sink -> compressor -> descriptor
 *
 * The header states the size before the content comes, and the snapshot was taken before either.  So the size in the
 * snapshot rules: exactly that many bytes follow, and if the file disagrees the snapshot gets a problem.
 */
#include "ctxopt/context/pack.h"

#include "ctxopt/base/file.h"
#include "ctxopt/context/tar.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/** Bytes of a file that are read at a time. */
#define CHUNK ((size_t)256 * 1024)

/** A file with several names: identity and the first name that was written. */
struct link {
	uint64_t inode;
	uint16_t device;
	/** Offset of the name in `names`, and its length; 0 while none was written. */
	size_t at, len;
};

/** One archive being written. */
struct packer {
	struct ctx_snapshot *snap;
	const struct ctx_pack_source *src;
	const struct ctx_pack_opts *opts;
	/** Owned, like everything below. */
	struct ctx_sink *sink;
	/** Sorted by device and inode. */
	CTX_VEC(struct link) links;
	/** First names of all links, one after the other. */
	struct ctx_buf names;
	/** Scratch: header blocks, entry name, content of callbacks, bytes of files. */
	struct ctx_buf header, name, content;
	unsigned char *chunk;
	uint64_t entries;
};

/* ---- Hard links ---- */

/** By device and inode. */
static int link_cmp(const void *a, const void *b) {
	const struct link *x = a, *y = b;
	if (x->device != y->device) {
		return x->device < y->device ? -1 : 1;
	}
	return (x->inode > y->inode) - (x->inode < y->inode);
}

/** Collect the files that have more than one kept name. */
static int collect_links(struct packer *p, struct ctx_error *err) {
	struct ctx_cursor c = ctx_cursor_at(p->snap->root.dir);
	for (const struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		if (!ctx_entry_kept(e) || (e->flags & CTX_ENTRY_HARDLINK) == 0) {
			continue;
		}
		struct link link = { .inode = e->inode, .device = e->device };
		if (!CTX_VEC_PUSH(&p->links, link)) {
			return ctx_fail_nomem(err);
		}
	}
	if (p->links.count > 1) {
		qsort(p->links.items, p->links.count, sizeof(struct link), link_cmp);
	}
	return 0;
}

/** The link that an entry is a name of, or NULL.  (A file with n names is there n-1 times: any one, but the same.) */
static struct link *find_link(struct packer *p, const struct ctx_entry *e) {
	if (p->links.count == 0 || e->inode == 0) {
		return NULL;
	}
	struct link key = { .inode = e->inode, .device = e->device };
	return bsearch(&key, p->links.items, p->links.count, sizeof(key), link_cmp);
}

/* ---- Headers ---- */

/** Whole seconds, rounded down as Go's time.Truncate() does. */
static int64_t whole_seconds(int64_t ns) {
	const int64_t second = 1000000000;
	return ns / second - (ns % second < 0);
}

/** The header of an entry; `p->name` holds its name. */
static struct ctx_tar_entry header_of(const struct packer *p, const struct ctx_entry *e) {
	struct ctx_tar_entry tar = {
		.type = CTX_TAR_FILE,
		.name = p->name.data,
		.name_len = p->name.len,
		.mode = e->mode & 07777,
		.mtime = p->opts->mtime == INT64_MIN ? whole_seconds(e->mtime_ns) : p->opts->mtime,
	};
	switch ((enum ctx_kind)e->kind) {
	case CTX_KIND_DIR:
		tar.type = CTX_TAR_DIR;
		break;
	case CTX_KIND_SYMLINK:
		tar.type = CTX_TAR_SYMLINK;
		tar.link = e->target;
		tar.link_len = strlen(e->target);
		break;
	case CTX_KIND_FIFO:
		tar.type = CTX_TAR_FIFO;
		break;
	case CTX_KIND_DEVICE:
		tar.type = (e->mode & S_IFMT) == S_IFBLK ? CTX_TAR_BLOCK_DEVICE : CTX_TAR_CHAR_DEVICE;
		break;
	case CTX_KIND_FILE:
	case CTX_KIND_SOCKET:
		break;
	}
	return tar;
}

/** Fill in the numbers of a device: a snapshot does not keep them. */
static void add_device(const struct packer *p, const char *path, struct ctx_tar_entry *tar) {
	if (p->src == NULL || p->src->root_fd < 0) {
		return;
	}
	ctx_auto_fd int fd = ctx_open_beneath(p->src->root_fd, path, O_PATH);
	struct stat st;
	if (fd >= 0 && fstat(fd, &st) == 0) {
		tar->dev_major = major(st.st_rdev);
		tar->dev_minor = minor(st.st_rdev);
	}
}

/** Turn a header into one of a link to the earlier name. */
static void make_link(const struct packer *p, const struct link *link, struct ctx_tar_entry *tar) {
	tar->type = CTX_TAR_HARDLINK;
	tar->link = p->names.data + link->at;
	tar->link_len = link->len;
}

/** Write the header blocks. */
static int put_header(struct packer *p, const struct ctx_tar_entry *tar, struct ctx_error *err) {
	if (!ctx_sink_needs_bytes(p->sink)) {
		ctx_sink_skip(p->sink, ctx_tar_header_bytes(tar));
		return 0;
	}
	ctx_buf_reset(&p->header);
	ctx_tar_header(&p->header, tar);
	if (!ctx_buf_ok(&p->header)) {
		return ctx_fail_nomem(err);
	}
	return ctx_sink_put(p->sink, p->header.data, p->header.len, err);
}

/* ---- Contents ---- */

/** An opened content: one of descriptor and buffer. */
struct content {
	int fd;
	/** Borrowed from the packer. */
	const struct ctx_buf *bytes;
	/** Why it is not what the snapshot says, NULL if it is; and the errno. */
	const char *problem;
	int sysno;
};

/** Open a file of the tree. */
static bool open_file(struct packer *p, const struct ctx_entry *e, const char *path, struct content *in) {
	// Not blocking: a FIFO may have taken the place of the file
	int fd = ctx_open_beneath(p->src->root_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		in->problem = "cannot be opened, packed as empty";
		in->sysno = fd < 0 ? -fd : 0;
		ctx_close_fd(&fd);
		return false;
	}
	int64_t mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	if ((uint64_t)st.st_size != e->size_bytes || (p->snap->origin == CTX_ORIGIN_FILES && mtime_ns != e->mtime_ns)) {
		in->problem = "changed while it was packed";
	}
	in->fd = fd;
	return true;
}

/**
 * Make the content of a file ready.
 *
 * @size   Set to the bytes that the archive will hold of it.
 * @return 0 (also when it cannot be opened: then size is 0); CTX_E_USAGE, CTX_E_NOMEM, CTX_E_INTERRUPTED.
 */
static int open_content(struct packer *p, const struct ctx_entry *e, const char *path, struct content *in,
	uint64_t *size, struct ctx_error *err) {
	*size = ctx_entry_content_bytes(e);
	if (*size == 0 || !ctx_sink_needs_bytes(p->sink)) {
		return 0;
	}
	if (p->src != NULL && p->src->root_fd >= 0) {
		*size = open_file(p, e, path, in) ? *size : 0;
		return 0;
	}
	if (p->src == NULL || p->src->read == NULL) {
		return ctx_fail(err, CTX_E_USAGE, "the contents of this context are not known, so it cannot be packed");
	}

	ctx_buf_reset(&p->content);
	int rc = p->src->read(p->src->arg, e, path, &p->content, err);
	if (rc == CTX_E_NOMEM || rc == CTX_E_INTERRUPTED) {
		return rc;
	}
	if (rc < 0) {
		in->problem = "cannot be read, packed as empty";
		*size = 0;
		return 0;
	}
	if (p->content.len != *size) {
		in->problem = "changed while it was packed";
	}
	in->bytes = &p->content;
	return 0;
}

/** Has the user asked to stop? */
static int check_stop(const struct packer *p, struct ctx_error *err) {
	const volatile int *stop = p->opts->walk.stop;
	return stop != NULL && *stop ? ctx_fail(err, CTX_E_INTERRUPTED, "interrupted") : 0;
}

/** Tell the progress display.  Relaxed: it is only looked at. */
static void note_progress(const struct packer *p, uint64_t entries, uint64_t bytes) {
	struct ctx_progress *progress = p->opts->walk.progress;
	if (progress != NULL) {
		atomic_fetch_add_explicit(&progress->entries, entries, memory_order_relaxed);
		atomic_fetch_add_explicit(&progress->bytes, bytes, memory_order_relaxed);
	}
}

/** Copy up to `size` bytes of a file; `*done` counts those that were there. */
static int copy_file(struct packer *p, struct content *in, uint64_t size, uint64_t *done, struct ctx_error *err) {
	while (*done < size) {
		uint64_t left = size - *done;
		ssize_t n = read(in->fd, p->chunk, left < CHUNK ? (size_t)left : CHUNK);
		if (n < 0 && errno == EINTR) {
			n = 0; // fall through to the stop flag, then try again
		} else if (n < 0) {
			in->problem = "cannot be read, padded with zeros";
			in->sysno = errno;
			return 0;
		} else if (n == 0) {
			in->problem = "changed while it was packed";
			return 0;
		}
		int rc = check_stop(p, err);
		if (rc == 0) {
			rc = ctx_sink_put(p->sink, p->chunk, (size_t)n, err);
		}
		if (rc < 0) {
			return rc;
		}
		*done += (uint64_t)n;
		note_progress(p, 0, (uint64_t)n);
	}
	return 0;
}

/** Write exactly `size` bytes of content, and the padding. */
static int put_content(struct packer *p, struct content *in, uint64_t size, struct ctx_error *err) {
	uint64_t padding = ctx_tar_padding(size);
	if (!ctx_sink_needs_bytes(p->sink)) {
		ctx_sink_skip(p->sink, size + padding);
		return 0;
	}
	uint64_t done = 0;
	int rc = 0;
	if (in->fd >= 0) {
		rc = copy_file(p, in, size, &done, err);
	} else if (in->bytes != NULL) {
		done = in->bytes->len < size ? in->bytes->len : size;
		rc = ctx_sink_put(p->sink, ctx_buf_str(in->bytes), (size_t)done, err);
		note_progress(p, 0, done);
	}
	return rc < 0 ? rc : ctx_sink_zeros(p->sink, size - done + padding, err);
}

/* ---- Entries ---- */

/** Write a regular file, or the link entry of a later name. */
static int put_file(struct packer *p, const struct ctx_entry *e, struct ctx_tar_entry *tar, struct ctx_error *err) {
	struct link *link = find_link(p, e);
	if (link != NULL && link->len > 0) {
		make_link(p, link, tar);
		return put_header(p, tar, err);
	}
	if (link != NULL) {
		link->at = p->names.len;
		link->len = p->name.len;
		ctx_buf_add(&p->names, p->name.data, p->name.len);
		if (!ctx_buf_ok(&p->names)) {
			return ctx_fail_nomem(err);
		}
	}

	struct content in = { .fd = -1 };
	int rc = open_content(p, e, p->name.data, &in, &tar->size_bytes, err);
	if (rc == 0) {
		rc = put_header(p, tar, err);
	}
	if (rc == 0) {
		rc = put_content(p, &in, tar->size_bytes, err);
	}
	ctx_close_fd(&in.fd);
	if (rc == 0 && in.problem != NULL) {
		rc = ctx_snapshot_add_problem(p->snap, p->name.data, p->name.len, in.sysno, in.problem, false, err);
	}
	return rc;
}

/** Write one entry. */
static int put_entry(struct packer *p, const struct ctx_iter *it, struct ctx_error *err) {
	const struct ctx_entry *e = it->entry;
	if (e->kind == CTX_KIND_SOCKET) {
		return 0;
	}
	ctx_buf_reset(&p->name);
	ctx_buf_add(&p->name, it->path.data, it->path.len);
	if (e->kind == CTX_KIND_DIR) {
		ctx_buf_addc(&p->name, '/');
	}
	if (!ctx_buf_ok(&p->name)) {
		return ctx_fail_nomem(err);
	}
	++p->entries;
	note_progress(p, 1, 0);

	struct ctx_tar_entry tar = header_of(p, e);
	if (e->kind == CTX_KIND_FILE) {
		return put_file(p, e, &tar, err);
	}
	if (e->kind == CTX_KIND_DEVICE) {
		add_device(p, p->name.data, &tar);
	}
	return put_header(p, &tar, err);
}

/** Write all entries and the end of the archive. */
static int put_archive(struct packer *p, struct ctx_error *err) {
	ctx_auto_iter struct ctx_iter it = { 0 };
	ctx_iter_init(&it, p->snap);
	while (ctx_iter_next(&it)) {
		if (!ctx_entry_kept(it.entry)) {
			ctx_iter_skip(&it); // a kept entry below would have made it kept
			continue;
		}
		int rc = check_stop(p, err);
		if (rc == 0) {
			rc = put_entry(p, &it, err);
		}
		if (rc < 0) {
			return rc;
		}
	}
	if (!ctx_buf_ok(&it.path)) {
		return ctx_fail_nomem(err);
	}
	if (!ctx_sink_needs_bytes(p->sink)) {
		ctx_sink_skip(p->sink, CTX_TAR_END_BYTES);
		return 0;
	}
	int rc = ctx_sink_zeros(p->sink, CTX_TAR_END_BYTES, err);
	return rc < 0 ? rc : ctx_sink_finish(p->sink, err);
}

/** Free what a packer owns. */
static void packer_release(struct packer *p) {
	ctx_sink_free(p->sink);
	CTX_VEC_RELEASE(&p->links);
	ctx_buf_release(&p->names);
	ctx_buf_release(&p->header);
	ctx_buf_release(&p->name);
	ctx_buf_release(&p->content);
	free(p->chunk);
}

int ctx_pack_write(int fd, struct ctx_snapshot *snap, const struct ctx_pack_source *src,
	const struct ctx_pack_opts *opts, struct ctx_pack_sizes *sizes, struct ctx_error *err) {
	CTX_CLEANUP(packer_release) struct packer p = { .snap = snap, .src = src, .opts = opts };
	p.chunk = ctx_calloc(CHUNK, 1);
	if (p.chunk == NULL) {
		return ctx_fail_nomem(err);
	}
	int rc = ctx_sink_new(&p.sink, fd, opts->filter, opts->level, opts->walk.jobs, err);
	if (rc == 0) {
		rc = collect_links(&p, err);
	}
	if (rc == 0) {
		rc = put_archive(&p, err);
	}
	ctx_snapshot_sort_problems(snap);
	if (rc < 0) {
		return rc;
	}
	*sizes = (struct ctx_pack_sizes){
		.tar_bytes = ctx_sink_bytes_in(p.sink),
		.packed_bytes = ctx_sink_bytes_out(p.sink),
		.entries = p.entries,
	};
	return 0;
}
