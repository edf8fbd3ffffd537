/*
 * The work is cut into units, which the threads ("lanes") take one after the other:
 *
 *	big file | big file | ... | slice of a directory | slice of a directory | ...
 *	largest first                in the snapshot's order
 *
 * A slice is a run of a directory's entries; it digests files (asking the cache first), symlinks, and directories without
 * contents.  Big files come first, so that no thread is left alone with one at the end.
 *
 * A directory waits for its slices, its big files and its subdirectories: `waiting` counts them.  Who takes the count to
 * zero digests the directory, and then is one of those its parent waits for.  So digests rise to the root while the
 * entries are still in the processor's cache, and without recursion.
 *
 * Each entry is written by one lane only: by the one of its unit, or for directories by the one that counted to zero.
 */
#include "ctxopt/context/merkle.h"

#include "ctxopt/base/pool.h"
#include "ctxopt/context/dirdigest.h"
#include "ctxopt/context/opener.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/** Files of at least this size are units of their own. */
#define BIG_BYTES ((uint64_t)4 << 20)
/** Most entries of a slice: large enough that most directories are one slice, small enough to share a huge one. */
#define SLICE_MAX 2048
/** From this size on a file is looked at again after it was read; smaller ones are read by one call. */
#define LOOK_AGAIN_BYTES ((uint64_t)256 << 10)

/** A piece of work. */
struct unit {
	struct ctx_dir *dir;
	/** Run of entries; of one entry for a big file. */
	uint32_t begin, end;
};

/** The number of things that a directory waits for. */
struct counter {
	atomic_uint left;
};

/** What all lanes share. */
struct merkle {
	struct ctx_snapshot *snap;
	const struct ctx_walk_opts *opts;
	/** Where contents come from: a callback, or else files beneath `root_fd`. */
	const struct ctx_content_source *src;
	int root_fd;
	/** NULL for none. */
	struct ctx_digest_cache *cache;
	/** Big files, then slices.  Owned. */
	CTX_VEC(struct unit) big, slices;
	/** One per directory, by ctx_dir.order.  Owned. */
	CTX_VEC(struct counter) waiting;
	/** Content bytes of all kept files. */
	uint64_t total_bytes;
	/** Next unit that nobody has. */
	atomic_size_t next;
	/** A lane failed: the others stop too. */
	atomic_bool failed;
	/** One per job.  Owned. */
	struct lane *lanes;
};

/** Private state of a thread's work. */
struct lane {
	struct merkle *merkle;
	unsigned index;
	struct ctx_hasher *hasher;
	struct ctx_opener opener;
	/** Path of an entry, for problems and callbacks. */
	struct ctx_buf path;
	/** For ctx_dir_digest().  Owned. */
	unsigned char *scratch;
	/** Problems and their paths. */
	CTX_VEC(struct ctx_problem) problems;
	struct ctx_arena arena;
	struct ctx_merkle_stats stats;
	/** Keeps the next lane's state on other cache lines. */
	char gap[64];
};

/* ---- Digests of single entries ---- */

/** Set an entry's digest. */
static void set_digest(struct ctx_entry *e, const struct ctx_digest *d) {
	e->digest = *d;
	e->flags |= CTX_ENTRY_DIGEST;
}

/** The digest of what arrives empty. */
static void set_empty(struct ctx_entry *e) {
	struct ctx_digest d = ctx_hash_bytes("", 0);
	set_digest(e, &d);
}

/** Note a problem with an entry. */
static int note(struct lane *lane, const struct ctx_dir *dir, const struct ctx_entry *e, int sysno, const char *what,
	struct ctx_error *err) {
	ctx_buf_reset(&lane->path);
	ctx_entry_path(&lane->path, dir, e);
	struct ctx_problem problem = {
		.path = ctx_buf_ok(&lane->path) ? ctx_arena_memdup0(&lane->arena, lane->path.data, lane->path.len)
						: NULL,
		.path_len = lane->path.len,
		.sysno = sysno,
		.what = what,
	};
	if (problem.path == NULL || !CTX_VEC_PUSH(&lane->problems, problem)) {
		return ctx_fail_nomem(err);
	}
	return 0;
}

/** What a stat says about a file's identity. */
static struct ctx_stat_id stat_id(const struct stat *st) {
	return (struct ctx_stat_id){
		.device = st->st_dev,
		.inode = st->st_ino,
		.size_bytes = (uint64_t)st->st_size,
		.mtime_ns = ctx_timespec_ns(&st->st_mtim),
		.ctime_ns = ctx_timespec_ns(&st->st_ctim),
	};
}

/** The same from the walk. */
static struct ctx_stat_id entry_id(const struct ctx_snapshot *snap, const struct ctx_entry *e) {
	return (struct ctx_stat_id){
		.device = e->device < snap->devices.count ? snap->devices.items[e->device] : 0,
		.inode = e->inode,
		.size_bytes = e->size_bytes,
		.mtime_ns = e->mtime_ns,
		.ctime_ns = e->ctime_ns,
	};
}

/** Is it the same file, unchanged? */
static bool same_id(const struct ctx_stat_id *a, const struct ctx_stat_id *b) {
	return a->device == b->device && a->inode == b->inode && a->size_bytes == b->size_bytes &&
		a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns;
}

/** A file could not be opened. */
static int open_failed(struct lane *lane, const struct ctx_dir *dir, struct ctx_entry *e, int sysno,
	struct ctx_error *err) {
	switch (sysno) {
	case ENOMEM:
		return ctx_fail_nomem(err);
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case ENXIO: // a socket now, or a FIFO's other end
		return note(lane, dir, e, 0, "changed while it was read", err);
	case EACCES:
	case EPERM:
		e->flags |= CTX_ENTRY_UNREADABLE; // its mode promised more; it arrives empty
		set_empty(e);
		return note(lane, dir, e, sysno, "cannot read file", err);
	default:
		return note(lane, dir, e, sysno, "cannot read file", err);
	}
}

/** Digest an open file that the walk saw as `id`. */
static int digest_open_file(struct lane *lane, const struct ctx_dir *dir, struct ctx_entry *e, int fd,
	const struct ctx_stat_id *id, int64_t now_ns, struct ctx_error *err) {
	struct stat st;
	if (fstat(fd, &st) < 0) {
		return note(lane, dir, e, errno, "cannot read file", err);
	}
	if (!S_ISREG(st.st_mode)) {
		return note(lane, dir, e, 0, "changed while it was read", err);
	}

	struct ctx_stat_id found = stat_id(&st);
	struct ctx_digest digest;
	uint64_t bytes;
	int rc = ctx_hash_fd(lane->hasher, fd, found.size_bytes, &digest, &bytes);
	if (rc == -ECANCELED) {
		return ctx_fail(err, CTX_E_INTERRUPTED, "interrupted");
	}
	if (rc < 0) {
		return note(lane, dir, e, -rc, "cannot read file", err);
	}
	++lane->stats.hashed_files;
	lane->stats.hashed_bytes += bytes;
	set_digest(e, &digest);

	bool changed = !same_id(&found, id) || bytes != found.size_bytes;
	if (!changed && bytes >= LOOK_AGAIN_BYTES && fstat(fd, &st) == 0) {
		found = stat_id(&st);
		changed = !same_id(&found, id);
	}
	if (changed) {
		return note(lane, dir, e, 0, "changed while it was read", err);
	}
	struct ctx_digest_cache *cache = lane->merkle->cache;
	return cache != NULL ? ctx_digest_cache_put(cache, lane->index, id, now_ns, &digest, err) : 0;
}

/** Ask the callback for a file's digest. */
static int digest_from_source(struct lane *lane, const struct ctx_dir *dir, struct ctx_entry *e,
	struct ctx_error *err) {
	ctx_buf_reset(&lane->path);
	ctx_entry_path(&lane->path, dir, e);
	if (!ctx_buf_ok(&lane->path)) {
		return ctx_fail_nomem(err);
	}
	const struct ctx_content_source *src = lane->merkle->src;
	struct ctx_digest digest;
	struct ctx_error why = { .sysno = 0 };
	int rc = src->digest(src->arg, lane->index, e, ctx_buf_str(&lane->path), &digest, &why);
	if (rc == CTX_E_NOMEM || rc == CTX_E_INTERRUPTED) {
		if (err != NULL) {
			*err = why;
		}
		return rc;
	}
	if (rc < 0) {
		return note(lane, dir, e, why.sysno, "cannot read file", err);
	}
	++lane->stats.hashed_files;
	lane->stats.hashed_bytes += e->size_bytes;
	set_digest(e, &digest);
	return 0;
}

/** Digest a kept regular file. */
static int digest_file(struct lane *lane, const struct ctx_dir *dir, struct ctx_entry *e, int64_t now_ns,
	struct ctx_error *err) {
	if ((e->flags & CTX_ENTRY_DIGEST) != 0) {
		return 0;
	}
	if ((e->flags & (CTX_ENTRY_REFUSED | CTX_ENTRY_UNREADABLE)) != 0) {
		set_empty(e);
		return 0;
	}
	struct merkle *merkle = lane->merkle;
	if (merkle->src != NULL) {
		return digest_from_source(lane, dir, e, err);
	}

	struct ctx_stat_id id = entry_id(merkle->snap, e);
	if (merkle->cache != NULL && ctx_digest_cache_get(merkle->cache, lane->index, &id, &e->digest)) {
		e->flags |= CTX_ENTRY_DIGEST;
		++lane->stats.cached_files;
		return 0;
	}
	int fd = ctx_opener_file(&lane->opener, dir, e);
	if (fd < 0) {
		return open_failed(lane, dir, e, -fd, err);
	}
	int rc = digest_open_file(lane, dir, e, fd, &id, now_ns, err);
	close(fd);
	return rc;
}

/* ---- Directories ---- */

/** One thing that `dir` waited for is done.  If it was the last, digest it, and go on with its parent. */
static void settle(struct lane *lane, struct ctx_dir *dir) {
	struct merkle *merkle = lane->merkle;
	for (; dir != NULL; dir = dir->parent) {
		// Release what this lane wrote; acquire what the others wrote before they counted down
		if (atomic_fetch_sub_explicit(&merkle->waiting.items[dir->order].left, 1, memory_order_acq_rel) != 1) {
			return;
		}
		struct ctx_entry *own = dir->parent != NULL ? &dir->parent->entries[dir->parent_index]
							    : &merkle->snap->root;
		struct ctx_digest digest;
		if (ctx_dir_digest(dir, lane->hasher, lane->scratch, &digest)) {
			set_digest(own, &digest);
		} else {
			own->flags &= (uint16_t)~CTX_ENTRY_DIGEST;
		}
	}
}

/* ---- Units ---- */

/** Is the entry left to another unit?  Looks at nothing that a unit changes. */
static bool is_elsewhere(const struct ctx_entry *e) {
	return e->kind == CTX_KIND_FILE ? e->size_bytes >= BIG_BYTES : ctx_entry_dir(e) != NULL;
}

/** Digest one kept entry of a slice, or a big file. */
static int digest_entry(struct lane *lane, struct ctx_dir *dir, struct ctx_entry *e, int64_t now_ns,
	struct ctx_error *err) {
	struct ctx_digest digest;
	switch ((enum ctx_kind)e->kind) {
	case CTX_KIND_FILE:
		return digest_file(lane, dir, e, now_ns, err);
	case CTX_KIND_SOCKET:
		set_empty(e);
		return 0;
	case CTX_KIND_SYMLINK:
		if ((e->flags & CTX_ENTRY_UNREADABLE) == 0) {
			digest = ctx_hash_bytes(e->target, e->size_bytes);
			set_digest(e, &digest);
		}
		return 0;
	case CTX_KIND_DIR:
		// Without contents: empty, or unreadable and so unknown
		if ((e->flags & CTX_ENTRY_UNREADABLE) == 0 &&
			ctx_dir_digest(NULL, lane->hasher, lane->scratch, &digest)) {
			set_digest(e, &digest);
		}
		return 0;
	case CTX_KIND_FIFO:
	case CTX_KIND_DEVICE:
		return 0;
	}
	return 0;
}

/** The clock that decides what may be cached; a few milliseconds late, which is the safe side. */
static int64_t clock_ns(void) {
	struct timespec now;
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return ctx_timespec_ns(&now);
}

/** Do one unit. */
static int do_unit(struct lane *lane, const struct unit *unit, bool big, struct ctx_error *err) {
	int64_t now_ns = clock_ns();
	uint64_t files = 0, bytes = 0;
	for (uint32_t i = unit->begin; i < unit->end; ++i) {
		struct ctx_entry *e = &unit->dir->entries[i];
		if ((!big && is_elsewhere(e)) || !ctx_entry_kept(e)) {
			continue;
		}
		int rc = digest_entry(lane, unit->dir, e, now_ns, err);
		if (rc < 0) {
			return rc;
		}
		++files;
		bytes += ctx_entry_content_bytes(e);
	}
	struct ctx_progress *progress = lane->merkle->opts->progress;
	if (progress != NULL) {
		// Relaxed: a display reads them
		atomic_fetch_add_explicit(&progress->entries, files, memory_order_relaxed);
		atomic_fetch_add_explicit(&progress->bytes, bytes, memory_order_relaxed);
	}
	settle(lane, unit->dir);
	return 0;
}

/** Has a lane failed, or the user asked to stop? */
static bool should_stop(const struct merkle *merkle) {
	const volatile int *stop = merkle->opts->stop;
	return atomic_load_explicit(&merkle->failed, memory_order_relaxed) || // the pool carries the error itself
		(stop != NULL && __atomic_load_n(stop, __ATOMIC_RELAXED) != 0);
}

/** One lane: take units until there are none. */
static int run_lane(CTX_UNUSED unsigned worker, size_t index, void *arg, struct ctx_error *err) {
	struct merkle *merkle = arg;
	struct lane *lane = &merkle->lanes[index];
	size_t big_count = merkle->big.count, count = big_count + merkle->slices.count;
	while (!should_stop(merkle)) {
		// Relaxed: it guards nothing but itself
		size_t at = atomic_fetch_add_explicit(&merkle->next, 1, memory_order_relaxed);
		if (at >= count) {
			break;
		}
		bool big = at < big_count;
		const struct unit *unit = big ? &merkle->big.items[at] : &merkle->slices.items[at - big_count];
		int rc = do_unit(lane, unit, big, err);
		if (rc < 0) {
			atomic_store_explicit(&merkle->failed, true, memory_order_relaxed);
			return rc;
		}
	}
	return 0;
}

/* ---- Planning ---- */

/** Plan the slices of one directory; false when out of memory. */
static bool plan_dir(struct merkle *merkle, struct ctx_dir *dir) {
	uint32_t slices = 0;
	uint32_t begin = 0;
	do { // an empty directory has a slice too, which digests it
		uint32_t end = dir->count - begin > SLICE_MAX ? begin + SLICE_MAX : dir->count;
		struct unit unit = { .dir = dir, .begin = begin, .end = end };
		if (!CTX_VEC_PUSH(&merkle->slices, unit)) {
			return false;
		}
		++slices;
		begin = end;
	} while (begin < dir->count);
	dir->order = (uint32_t)merkle->waiting.count;
	return CTX_VEC_PUSH(&merkle->waiting, (struct counter){ slices });
}

/** One more thing for a planned directory to wait for. */
static void plan_wait(struct merkle *merkle, const struct ctx_dir *dir) {
	atomic_fetch_add_explicit(&merkle->waiting.items[dir->order].left, 1, memory_order_relaxed); // no threads yet
}

/** Larger files first, ties in the snapshot's order (directories are numbered in it). */
static int big_cmp(const void *a, const void *b) {
	const struct unit *x = a, *y = b;
	uint64_t x_size = x->dir->entries[x->begin].size_bytes, y_size = y->dir->entries[y->begin].size_bytes;
	if (x_size != y_size) {
		return x_size > y_size ? -1 : 1;
	}
	if (x->dir != y->dir) {
		return x->dir->order < y->dir->order ? -1 : 1;
	}
	return (x->begin > y->begin) - (x->begin < y->begin);
}

/** Cut the work into units; false when out of memory. */
static bool plan(struct merkle *merkle) {
	struct ctx_dir *root = merkle->snap->root.dir;
	if (!plan_dir(merkle, root)) {
		return false;
	}
	struct ctx_cursor c = ctx_cursor_at(root);
	for (struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		if (!ctx_entry_kept(e)) {
			ctx_cursor_skip(&c);
			continue;
		}
		merkle->total_bytes += ctx_entry_content_bytes(e);
		if (!is_elsewhere(e)) {
			continue;
		}
		plan_wait(merkle, c.dir);
		if (e->kind == CTX_KIND_DIR) {
			if (!plan_dir(merkle, e->dir)) {
				return false;
			}
		} else {
			uint32_t index = (uint32_t)(e - c.dir->entries);
			struct unit unit = { .dir = c.dir, .begin = index, .end = index + 1 };
			if (!CTX_VEC_PUSH(&merkle->big, unit)) {
				return false;
			}
		}
	}
	if (merkle->big.count > 1) {
		qsort(merkle->big.items, merkle->big.count, sizeof(merkle->big.items[0]), big_cmp);
	}
	return true;
}

/* ---- Life cycle ---- */

/** Make the lanes. */
static bool make_lanes(struct merkle *merkle) {
	unsigned jobs = merkle->opts->jobs;
	merkle->lanes = ctx_calloc(jobs, sizeof(*merkle->lanes));
	for (unsigned i = 0; merkle->lanes != NULL && i < jobs; ++i) {
		struct lane *lane = &merkle->lanes[i];
		lane->merkle = merkle;
		lane->index = i;
		ctx_opener_init(&lane->opener, merkle->root_fd);
		lane->hasher = ctx_hasher_new();
		lane->scratch = ctx_calloc(1, CTX_DIR_DIGEST_SCRATCH);
		if (lane->hasher == NULL || lane->scratch == NULL) {
			return false;
		}
		ctx_hasher_watch(lane->hasher, merkle->opts->stop);
	}
	return merkle->lanes != NULL;
}

/** Hand a lane's results over; false when out of memory. */
static bool collect_lane(struct merkle *merkle, struct lane *lane, struct ctx_merkle_stats *stats) {
	struct ctx_snapshot *snap = merkle->snap;
	stats->hashed_files += lane->stats.hashed_files;
	stats->hashed_bytes += lane->stats.hashed_bytes;
	stats->cached_files += lane->stats.cached_files;
	ctx_arena_absorb(&snap->arenas[0], &lane->arena);
	for (size_t i = 0; i < lane->problems.count; ++i) {
		if (!CTX_VEC_PUSH(&snap->problems, lane->problems.items[i])) {
			return false;
		}
	}
	return true;
}

/** Free everything. */
static void merkle_release(struct merkle *merkle) {
	for (unsigned i = 0; merkle->lanes != NULL && i < merkle->opts->jobs; ++i) {
		struct lane *lane = &merkle->lanes[i];
		ctx_hasher_free(lane->hasher);
		ctx_opener_release(&lane->opener);
		ctx_buf_release(&lane->path);
		free(lane->scratch);
		CTX_VEC_RELEASE(&lane->problems);
		ctx_arena_release(&lane->arena);
	}
	free(merkle->lanes);
	CTX_VEC_RELEASE(&merkle->big);
	CTX_VEC_RELEASE(&merkle->slices);
	CTX_VEC_RELEASE(&merkle->waiting);
}

/** Plan, run, collect. */
static int run(struct merkle *merkle, struct ctx_merkle_stats *stats, struct ctx_error *err) {
	if (!plan(merkle) || !make_lanes(merkle)) {
		return ctx_fail_nomem(err);
	}
	unsigned jobs = merkle->opts->jobs;
	if (merkle->opts->progress != NULL) {
		atomic_store_explicit(&merkle->opts->progress->expected_bytes, merkle->total_bytes,
			memory_order_relaxed);
	}
	int rc = ctx_pool_each(jobs, merkle->opts->stop, jobs, run_lane, merkle, err);
	for (unsigned i = 0; rc == 0 && i < jobs; ++i) {
		if (!collect_lane(merkle, &merkle->lanes[i], stats)) {
			rc = ctx_fail_nomem(err);
		}
	}
	ctx_snapshot_sort_problems(merkle->snap);
	return rc;
}

/** Both of the functions below. */
static int digest_all(struct merkle *merkle, struct ctx_merkle_stats *stats, struct ctx_error *err) {
	struct ctx_merkle_stats unseen;
	stats = stats != NULL ? stats : &unseen;
	*stats = (struct ctx_merkle_stats){ 0 };
	int rc = run(merkle, stats, err);
	merkle_release(merkle);
	return rc;
}

int ctx_merkle_files(struct ctx_snapshot *snap, int root_fd, struct ctx_digest_cache *cache,
	const struct ctx_walk_opts *opts, struct ctx_merkle_stats *stats, struct ctx_error *err) {
	struct merkle merkle = { .snap = snap, .opts = opts, .root_fd = root_fd, .cache = cache };
	return digest_all(&merkle, stats, err);
}

int ctx_merkle_source(struct ctx_snapshot *snap, const struct ctx_content_source *src, const struct ctx_walk_opts *opts,
	struct ctx_merkle_stats *stats, struct ctx_error *err) {
	struct merkle merkle = { .snap = snap, .opts = opts, .src = src, .root_fd = -1 };
	return digest_all(&merkle, stats, err);
}
