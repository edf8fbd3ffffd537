/*
 * One task is one directory.  Its worker lists the names, sorts them, decides for each by the ignore rules, asks the
 * kernel for attributes, and pushes a task for each subdirectory that is to be opened:
 *
 *	task -> listing (sorted names) -> [ entry | entry | entry ]   one array, as long as the listing
 *	                                      |
 *	                                      +-> task of the subdirectory, which sets the entry's `dir`
 *
 * The names of a huge directory are cut into slices, which are tasks too, so that it keeps all workers busy.  They are
 * cut in the order of inodes: asking in that order touches the kernel's memory (or the disk) from start to end.
 *
 * Workers share nothing while they walk but the parents' finished entries (read for names only), the table of devices
 * (locked, looked into when a device differs from the one before), and the pool.  Names and entries lie in the
 * worker's own arena; scopes of the ignore rules too.
 *
 * What depends on the order in which threads came by is put right when all are done: names that vanished are taken out,
 * devices are numbered in the snapshot's order, problems are sorted.  So any number of threads gives the same snapshot.
 */
#include "ctxopt/context/walk_name.h"

#include "ctxopt/context/attributes.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** A directory with more names than this is cut into slices; measured: below, one worker is done before another one
 *  has begun. */
#define HUGE_NAMES 8192
/** Names of a slice. */
#define SLICE_NAMES 2048

/** A huge directory. */
struct ctx_walk_slices {
	/** The next one of the worker that listed it. */
	struct ctx_walk_slices *older;
	struct ctx_walk_dir *dir;
	/** Its names, sorted, with the order of inodes beside (ctx_listing_order_by_inode()).  Owned; freed by the last
	 *  slice. */
	struct ctx_listed *names;
	/** Slices that are not done. */
	atomic_uint left;
	/** A problem with the directory was noted: once is enough. */
	atomic_bool noted;
};

/** A slice: a task. */
struct slice {
	struct ctx_walk_task task;
	/** Run of the order. */
	uint32_t begin, end;
};

/** A walk. */
struct walk {
	struct ctx_walk_shared shared;
	/** The rules, NULL when there are none. */
	const struct ctx_ignore *ig;
	/** One per job.  Owned. */
	struct ctx_walker **workers;
};

/* ---- Names into entries ---- */

/** Tell the progress display about entries. */
static void count_progress(const struct ctx_walker *w, uint64_t entries, uint64_t bytes) {
	struct ctx_progress *progress = w->shared->opts->progress;
	if (progress != NULL) {
		// Relaxed: the reader wants numbers that grow, not an order among them
		atomic_fetch_add_explicit(&progress->entries, entries, memory_order_relaxed);
		atomic_fetch_add_explicit(&progress->bytes, bytes, memory_order_relaxed);
	}
}

/** Bytes that a directory's name takes at the end of a path of `len` bytes, with the slash before it. */
static size_t last_part(const struct ctx_dir *dir, size_t len) {
	size_t name_len = dir->parent->entries[dir->parent_index].name_len;
	return name_len + (len > name_len ? 1u : 0u);
}

/** Change `w->place` from the path of `w->placed` to that of `dir`: up to where they meet, and down from there. */
static bool move_place(struct ctx_walker *w, const struct ctx_dir *dir) {
	const struct ctx_dir *from = w->placed, *to = dir;
	size_t len = w->place.len;
	while (from != to) {
		bool up = from->depth >= to->depth;
		if (to->depth >= from->depth) {
			to = to->parent;
		}
		if (up) {
			len -= last_part(from, len);
			from = from->parent;
		}
	}
	if (len < w->place.len) {
		ctx_buf_truncate(&w->place, len);
	}
	if (len > 0 && to != dir) {
		ctx_buf_addc(&w->place, '/');
	}
	ctx_dir_path_below(&w->place, to, dir);
	w->placed = dir;
	return ctx_buf_ok(&w->place);
}

/** Let the matcher take position in a directory. */
static int enter(struct ctx_walker *w, const struct ctx_walk_dir *d, struct ctx_error *err) {
	if (w->matcher == NULL) {
		return 0;
	}
	if (!move_place(w, &d->dir)) {
		return ctx_fail_nomem(err);
	}
	return ctx_matcher_enter(w->matcher, d->scope, ctx_buf_str(&w->place), w->place.len, err);
}

/** Fill the entries of an ordinary directory, open at `fd`, from the listing. */
static int add_names(struct ctx_walker *w, struct ctx_walk_dir *d, int fd, struct ctx_error *err) {
	int rc = enter(w, d, err);
	uint64_t bytes = 0;
	for (uint32_t i = 0; rc == 0 && i < d->dir.count; ++i) {
		struct ctx_entry *e = &d->dir.entries[i];
		rc = ctx_walk_name(w, d, fd, &w->list.names.items[i], e, err);
		bytes += e->size_bytes;
	}
	count_progress(w, d->dir.count, bytes);
	return rc;
}

/* ---- Huge directories ---- */

/** Free what the slices needed. */
static void slices_release(struct ctx_walk_slices *s) {
	free(s->names);
	s->names = NULL;
}

/** Take the names out of the listing; NULL when out of memory. */
static struct ctx_walk_slices *slices_new(struct ctx_walker *w, struct ctx_walk_dir *d) {
	struct ctx_walk_slices *s = ctx_arena_calloc(&w->arena, 1, sizeof(*s));
	if (s == NULL || !ctx_listing_order_by_inode(&w->list)) {
		return NULL;
	}
	s->older = w->huge; // from here on the worker frees it, if the slices do not
	w->huge = s;
	s->dir = d;
	s->names = w->list.names.items;
	w->list.names.items = NULL;
	w->list.names.count = w->list.names.cap = 0;
	atomic_init(&s->left, (d->dir.count - 1) / SLICE_NAMES + 1);
	return s;
}

/** Push the slices of a huge directory. */
static int push_slices(struct ctx_walker *w, struct ctx_walk_dir *d, struct ctx_error *err) {
	struct ctx_walk_slices *s = slices_new(w, d);
	if (s == NULL) {
		return ctx_fail_nomem(err);
	}
	uint32_t count = d->dir.count; // `s` may be gone once the last one is pushed
	for (uint32_t begin = 0; begin < count; begin += SLICE_NAMES) {
		struct slice *slice = ctx_arena_alloc(&w->arena, sizeof(*slice));
		if (slice == NULL) {
			return ctx_fail_nomem(err);
		}
		uint32_t end = count - begin > SLICE_NAMES ? begin + SLICE_NAMES : count;
		*slice = (struct slice){ .task = { .slices = s }, .begin = begin, .end = end };
		int rc = ctx_pool_push(w->pool, w->index, slice, err);
		if (rc < 0) {
			return rc;
		}
	}
	return 0;
}

/** Fill the entries of one slice, the directory being open at `fd`. */
static int add_slice(struct ctx_walker *w, const struct slice *slice, int fd, struct ctx_error *err) {
	struct ctx_walk_slices *s = slice->task.slices;
	struct ctx_walk_dir *d = s->dir;
	int rc = enter(w, d, err);
	uint64_t bytes = 0;
	for (uint32_t i = slice->begin; rc == 0 && i < slice->end; ++i) {
		uint32_t index = (uint32_t)s->names[i].key;
		struct ctx_entry *e = &d->dir.entries[index];
		rc = ctx_walk_name(w, d, fd, &s->names[index], e, err);
		bytes += e->size_bytes;
	}
	count_progress(w, slice->end - slice->begin, bytes);
	return rc;
}

/** The directory could be listed, but not opened again: its names are gone, or so it must look. */
static int slice_failed(struct ctx_walker *w, const struct slice *slice, int sysno, struct ctx_error *err) {
	if (sysno == ENOMEM) {
		return ctx_fail_nomem(err);
	}
	struct ctx_walk_slices *s = slice->task.slices;
	struct ctx_walk_dir *d = s->dir;
	for (uint32_t i = slice->begin; i < slice->end; ++i) {
		d->dir.entries[(uint32_t)s->names[i].key] = (struct ctx_entry){ .flags = CTX_ENTRY_GONE };
	}
	w->gone = true;
	// Relaxed: all that matters is who was first
	if (sysno == ENOENT || atomic_exchange_explicit(&s->noted, true, memory_order_relaxed)) {
		return 0;
	}
	return ctx_walk_note(w, &d->dir, NULL, 0, "changed while it was read", !d->excluded, err);
}

/* ---- Tasks ---- */

/** A directory could not be opened or listed. */
static int dir_failed(struct ctx_walker *w, struct ctx_walk_dir *d, int sysno, struct ctx_error *err) {
	if (sysno == ENOMEM) {
		return ctx_fail_nomem(err);
	}
	if (d->dir.parent == NULL) {
		return ctx_fail_sys(err, sysno, "cannot read directory");
	}

	struct ctx_entry *e = &d->dir.parent->entries[d->dir.parent_index];
	if (sysno == ENOENT) {
		e->flags |= CTX_ENTRY_GONE;
		w->gone = true;
		return 0;
	}
	if (sysno == ENOTDIR || sysno == ELOOP) {
		e->flags |= CTX_ENTRY_GONE; // something else took its place
		w->gone = true;
		return ctx_walk_note(w, &d->dir, NULL, 0, "changed while it was read", false, err);
	}
	e->flags |= CTX_ENTRY_UNREADABLE;
	w->incomplete |= d->excluded;
	return ctx_walk_note(w, &d->dir, NULL, sysno, "cannot read directory", !d->excluded, err);
}

/** List a directory and fill its entries, or push slices that will. */
static int walk_dir(struct ctx_walker *w, struct ctx_walk_dir *d, struct ctx_error *err) {
	int fd = ctx_opener_dir(&w->opener, &d->dir);
	int rc = fd < 0 ? fd : ctx_listing_read(&w->list, fd, &w->arena);
	if (rc < 0) {
		return dir_failed(w, d, -rc, err);
	}
	size_t count = w->list.names.count;
	if (count > UINT32_MAX) {
		return ctx_fail(err, CTX_E_LIMIT, "more than %u entries in one directory", UINT32_MAX);
	}
	d->dir.entries = ctx_arena_alloc(&w->arena, count * sizeof(*d->dir.entries));
	if (d->dir.entries == NULL) {
		return ctx_fail_nomem(err);
	}
	d->dir.count = (uint32_t)count;
	if (d->dir.parent != NULL) {
		d->dir.parent->entries[d->dir.parent_index].dir = &d->dir;
	}
	return count > HUGE_NAMES ? push_slices(w, d, err) : add_names(w, d, fd, err);
}

/** Fill the entries of a slice. */
static int walk_slice(struct ctx_walker *w, const struct slice *slice, struct ctx_error *err) {
	struct ctx_walk_slices *s = slice->task.slices;
	struct ctx_walk_dir *d = s->dir;
	int fd = ctx_opener_dir(&w->opener, &d->dir);
	int rc = fd < 0 ? slice_failed(w, slice, -fd, err) : add_slice(w, slice, fd, err);
	// Acquire and release: whoever frees the names does so after all others have read them
	if (atomic_fetch_sub_explicit(&s->left, 1, memory_order_acq_rel) == 1) {
		slices_release(s);
	}
	return rc;
}

/** What the pool runs. */
static int walk_task(struct ctx_pool *pool, unsigned worker, void *task, void *arg, struct ctx_error *err) {
	struct walk *walk = arg;
	struct ctx_walker *w = walk->workers[worker];
	const struct ctx_walk_task *t = task;
	w->pool = pool;
	return t->slices == NULL ? walk_dir(w, task, err) : walk_slice(w, task, err);
}

/* ---- When all are done ---- */

/** Take the entries marked with CTX_ENTRY_GONE out of one directory. */
static void drop_gone_from(struct ctx_dir *dir) {
	uint32_t left = 0;
	for (uint32_t i = 0; i < dir->count; ++i) {
		if ((dir->entries[i].flags & CTX_ENTRY_GONE) != 0) {
			continue;
		}
		dir->entries[left] = dir->entries[i];
		struct ctx_dir *child = ctx_entry_dir(&dir->entries[left]);
		if (child != NULL) {
			child->parent_index = left;
		}
		++left;
	}
	dir->count = left;
}

/** Take them out of all directories, each before the cursor steps into it. */
static void drop_gone(struct ctx_snapshot *snap) {
	drop_gone_from(snap->root.dir);
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		if (ctx_entry_dir(e) != NULL) {
			drop_gone_from(e->dir);
		}
	}
}

/** Number the devices in the order in which the snapshot names them. */
static int renumber_devices(struct ctx_snapshot *snap, struct ctx_error *err) {
	size_t count = snap->devices.count;
	if (count < 2) {
		return 0;
	}
	CTX_AUTO_FREE uint32_t *fresh = ctx_calloc(count, sizeof(*fresh)); // 1-based, 0: not seen yet
	CTX_AUTO_FREE uint64_t *devices = ctx_calloc(count, sizeof(*devices));
	if (fresh == NULL || devices == NULL) {
		return ctx_fail_nomem(err);
	}

	uint32_t seen = 0;
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (struct ctx_entry *e = &snap->root; e != NULL; e = ctx_cursor_next(&c)) {
		if (e->inode == 0) {
			continue; // was not asked for its attributes
		}
		if (fresh[e->device] == 0) {
			devices[seen] = snap->devices.items[e->device];
			fresh[e->device] = ++seen;
		}
		e->device = (uint16_t)(fresh[e->device] - 1);
	}
	memcpy(snap->devices.items, devices, seen * sizeof(*devices));
	snap->devices.count = seen;
	return 0;
}

/** Hand a worker's results to the snapshot. */
static int collect_worker(struct walk *walk, unsigned index, struct ctx_error *err) {
	struct ctx_walker *w = walk->workers[index];
	struct ctx_snapshot *snap = walk->shared.snap;
	snap->complete = snap->complete && !w->incomplete;
	if (w->matcher != NULL) {
		ctx_matcher_use(w->matcher, snap->use);
	}
	for (size_t i = 0; i < w->problems.count; ++i) {
		if (!CTX_VEC_PUSH(&snap->problems, w->problems.items[i])) {
			return ctx_fail_nomem(err);
		}
	}
	return 0;
}

/** Make the snapshot whole once no thread works on it. */
static int finish(struct walk *walk, struct ctx_error *err) {
	struct ctx_snapshot *snap = walk->shared.snap;
	bool gone = false;
	for (unsigned i = 0; i < walk->shared.opts->jobs; ++i) {
		int rc = collect_worker(walk, i, err);
		if (rc < 0) {
			return rc;
		}
		gone |= walk->workers[i]->gone;
	}
	if (gone) {
		drop_gone(snap);
	}
	int rc = renumber_devices(snap, err);
	if (rc < 0) {
		return rc;
	}
	ctx_snapshot_sort_problems(snap);
	return ctx_snapshot_settle(snap, err);
}

/* ---- Life cycle ---- */

/** Make a worker's state. */
static int worker_new(struct walk *walk, unsigned index, int root_fd, struct ctx_error *err) {
	struct ctx_walker *w = ctx_calloc(1, sizeof(*w));
	if (w == NULL) {
		return ctx_fail_nomem(err);
	}
	walk->workers[index] = w;
	w->shared = &walk->shared;
	w->index = index;
	w->device = walk->shared.snap->devices.items[0];
	ctx_opener_init(&w->opener, root_fd);
	return walk->ig != NULL ? ctx_matcher_new(&w->matcher, walk->ig, err) : 0;
}

/** Free a worker but for its arena, which goes to the snapshot. */
static void worker_free(struct walk *walk, unsigned index) {
	struct ctx_walker *w = walk->workers[index];
	if (w == NULL) {
		return;
	}
	for (struct ctx_walk_slices *s = w->huge; s != NULL; s = s->older) {
		slices_release(s); // an error may have left some behind
	}
	walk->shared.snap->arenas[index + 1] = w->arena;
	ctx_matcher_free(w->matcher);
	ctx_opener_release(&w->opener);
	ctx_listing_release(&w->list);
	ctx_buf_release(&w->place);
	ctx_buf_release(&w->path);
	ctx_buf_release(&w->target);
	CTX_VEC_RELEASE(&w->problems);
	free(w);
}

/** Fill the root's own entry, which also makes the table of devices. */
static int read_root(struct ctx_snapshot *snap, int root_fd, struct ctx_error *err) {
	struct stat st;
	if (fstat(root_fd, &st) < 0) {
		return ctx_fail_sys(err, errno, "cannot read directory");
	}
	if (!S_ISDIR(st.st_mode)) {
		return ctx_fail_sys(err, ENOTDIR, "cannot read directory");
	}
	if (!CTX_VEC_PUSH(&snap->devices, st.st_dev)) {
		return ctx_fail_nomem(err);
	}
	ctx_entry_set_stat(&snap->root, &st);
	return 0;
}

/** Make the workers and walk. */
static int run(struct walk *walk, int root_fd, struct ctx_error *err) {
	struct ctx_snapshot *snap = walk->shared.snap;
	int rc = read_root(snap, root_fd, err);
	for (unsigned i = 0; rc == 0 && i < walk->shared.opts->jobs; ++i) {
		rc = worker_new(walk, i, root_fd, err);
	}
	if (rc < 0) {
		return rc;
	}
	snap->use_count = walk->ig != NULL ? ctx_ignore_count(walk->ig) : 0;
	if (snap->use_count > 0) {
		snap->use = ctx_calloc(snap->use_count, sizeof(*snap->use));
	}
	struct ctx_walk_dir *root = ctx_arena_calloc(&snap->arenas[0], 1, sizeof(*root));
	if (root == NULL || (snap->use_count > 0 && snap->use == NULL)) {
		return ctx_fail_nomem(err);
	}
	root->scope = &ctx_scope_root;
	snap->root.dir = &root->dir;
	for (unsigned i = 0; i < walk->shared.opts->jobs; ++i) {
		walk->workers[i]->placed = &root->dir;
	}
	rc = ctx_pool_run(walk->shared.opts->jobs, walk->shared.opts->stop, walk_task, walk, root, err);
	return rc < 0 ? rc : finish(walk, err);
}

int ctx_walk(struct ctx_snapshot **out, int root_fd, const struct ctx_ignore *ig, const struct ctx_walk_opts *opts,
	struct ctx_error *err) {
	unsigned jobs = opts->jobs;
	struct walk walk = {
		.shared = {
			.opts = opts,
			.snap = ctx_snapshot_new((size_t)jobs + 1),
			.devices_lock = PTHREAD_MUTEX_INITIALIZER,
			.euid = geteuid(),
		},
		.ig = ig != NULL && ctx_ignore_count(ig) > 0 ? ig : NULL,
	};
	if (walk.shared.snap == NULL) {
		return ctx_fail_nomem(err);
	}
	walk.workers = ctx_calloc(jobs, sizeof(*walk.workers));
	int rc = walk.workers != NULL ? run(&walk, root_fd, err) : ctx_fail_nomem(err);
	for (unsigned i = 0; walk.workers != NULL && i < jobs; ++i) {
		worker_free(&walk, i);
	}
	free(walk.workers);
	pthread_mutex_destroy(&walk.shared.devices_lock);
	if (rc < 0) {
		ctx_snapshot_free(walk.shared.snap);
		return rc;
	}
	*out = walk.shared.snap;
	return 0;
}
