/**
 * One name of a directory that is walked, from the listing to its entry.  Internal to walk.[ch].
 */
#ifndef CTXOPT_CONTEXT_WALK_NAME_H
#define CTXOPT_CONTEXT_WALK_NAME_H

#include "ctxopt/base/pool.h"
#include "ctxopt/context/listing.h"
#include "ctxopt/context/opener.h"
#include "ctxopt/context/walk.h"

#include <pthread.h>
#include <sys/types.h>

/** Flag of an entry whose name or directory vanished; none is left after the walk. */
#define CTX_ENTRY_GONE (1u << 15)

struct ctx_walk_slices;

/** A task of the pool: what all of them begin with. */
struct ctx_walk_task {
	/** The huge directory that the task is a slice of; NULL when the task is a directory. */
	struct ctx_walk_slices *slices;
};

/** A directory on its way into the snapshot. */
struct ctx_walk_dir {
	struct ctx_walk_task task;
	/** Bytes of its path. */
	uint32_t path_len;
	/** The rules exclude it. */
	bool excluded;
	/** What its rules start with; NULL without rules. */
	const struct ctx_scope *scope;
	/** Its part of the snapshot. */
	struct ctx_dir dir;
};

/** What all workers share. */
struct ctx_walk_shared {
	const struct ctx_walk_opts *opts;
	struct ctx_snapshot *snap;
	/** Guards `snap->devices`. */
	pthread_mutex_t devices_lock;
	/** Whether files can be read is asked only for users whom permissions bind. */
	uid_t euid;
};

/** Private state of a worker. */
struct ctx_walker {
	struct ctx_walk_shared *shared;
	/** The pool and this worker's number in it, while a task runs. */
	struct ctx_pool *pool;
	unsigned index;
	/** NULL without rules. */
	struct ctx_matcher *matcher;
	/** Names, entries, directories and scopes; goes to the snapshot at the end. */
	struct ctx_arena arena;
	struct ctx_opener opener;
	struct ctx_listing list;
	/** Huge directories that this worker listed. */
	struct ctx_walk_slices *huge;
	/** Directory in which the matcher took position last, and its path. */
	const struct ctx_dir *placed;
	struct ctx_buf place;
	/** Scratch for paths and targets. */
	struct ctx_buf path, target;
	CTX_VEC(struct ctx_problem) problems;
	/** The device seen last and its index in the snapshot's table. */
	uint64_t device;
	uint16_t device_index;
	/** An excluded directory was not read. */
	bool incomplete;
	/** An entry is marked with CTX_ENTRY_GONE. */
	bool gone;
	/** Keeps the next worker's state on other cache lines. */
	char gap[64];
};

/** Note a problem with entry `e` of `dir` (NULL: with `dir` itself). */
CTX_NODISCARD
int ctx_walk_note(struct ctx_walker *w, const struct ctx_dir *dir, const struct ctx_entry *e, int sysno,
	const char *what, bool fails_build, struct ctx_error *err);

/**
 * Fill one entry: decide for the name, ask for its attributes, push a directory that is to be opened.  A name that
 * vanished is marked with CTX_ENTRY_GONE.
 *
 * @d   The directory, which the worker's matcher has entered; `d->dir.entries` is set.
 * @fd  The same, open.
 * @e   Place of the entry in `d->dir.entries`.
 */
CTX_NODISCARD
int ctx_walk_name(struct ctx_walker *w, struct ctx_walk_dir *d, int fd, const struct ctx_listed *name,
	struct ctx_entry *e, struct ctx_error *err);

#endif
