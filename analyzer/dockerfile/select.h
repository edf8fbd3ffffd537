/**
 * Which entries of a context a step reads: sources of COPY and ADD, and bind mounts.
 *
 * Works on a snapshot after ignore rules.  A source is resolved as BuildKit's copy does: symlinks are followed within the
 * context, wildcards are Go's filepath.Match component by component, directories mean their contents, --exclude patterns
 * are relative to each source root, --parents takes include patterns below the pivot.
 * Source: moby/buildkit v0.32.2 solver/llbsolver/file/backend.go (docopy), cache/contenthash/checksum.go
 * (includedPaths, Checksum); tonistiigi/fsutil 6d9dc2eb copy/copy.go; Go path/filepath match.go.
 */
#ifndef ANALYZER_DOCKERFILE_SELECT_H
#define ANALYZER_DOCKERFILE_SELECT_H

#include "analyzer/dockerfile/graph.h"
#include "ctxopt/context/snapshot.h"

/** One read of a local context. */
struct ana_read {
	/** Vertex that reads, and index into ana_graph.locals of what is read. */
	uint32_t vertex, local;
	/** The copy action; NULL for a bind mount. */
	const struct ana_action *action;
	/** The mount; NULL for a copy. */
	const struct ana_exec_mount *mount;
	/** Absolute and cleaned, wildcards included: "/src/?.c". */
	struct ctx_str path;
};

/** All reads of a graph, in order of vertices and of actions or mounts within each. */
struct ana_reads {
	CTX_VEC(struct ana_read) items;
};

/** Collect the reads of all lowered steps from local contexts.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_reads_collect(struct ana_reads *reads, const struct ana_graph *graph, struct ctx_error *err);
void ana_reads_release(struct ana_reads *reads);

/**
 * Receives each entry that is read: files, symlinks (also those on the way to a source), directories; each once per read,
 * in no particular order.  `path` is NUL-terminated and relative to the context root.
 * @return 0 to go on, negative to stop.
 */
typedef int ana_select_fn(void *arg, struct ctx_dir *dir, struct ctx_entry *entry, const char *path, size_t path_len);

/** What a read found. */
struct ana_selection {
	/** Kept entries that are read, directories and the rest; content bytes of the files. */
	uint64_t files, dirs, bytes;
	/** The source does not exist and the build would fail; BuildKit's words are in `message`. */
	bool missing;
	/** `missing`: "failed to calculate checksum of ref ...: \"/x\": not found", as a build prints it, without ids. */
	char message[512];
	/** The source exists in the directory, but an ignore rule leaves it out: 1-based index of that rule; 0 if not. */
	uint32_t ignored_by;
};

/**
 * Find what one read takes from a snapshot.
 *
 * @snap    Sealed or walked; only kept entries count.
 * @fn      May be NULL.
 * @return  0, also for a missing source; what `fn` returned; CTX_E_SYNTAX, a pattern that BuildKit rejects; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_select(struct ana_selection *out, const struct ana_read *read, struct ctx_snapshot *snap, ana_select_fn *fn,
	void *arg, struct ctx_error *err);

#endif
