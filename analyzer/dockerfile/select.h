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
	/**
	 * Another read of the same step takes a directory above it, so BuildKit digests only that one (ops/file.go, dedupeSelectors): if this
	 * one is missing, it is the work of the step that fails, with other words.
	 */
	bool covered;
};

/** All reads of a graph, in order of vertices and of actions or mounts within each. */
struct ana_reads {
	CTX_VEC(struct ana_read) items;
	/** Paths that had to be composed. */
	struct ctx_arena arena;
};

/**
 * Collect the reads of all lowered steps from local contexts: sources of copies, and mounts (also the root mount of a step that runs
 * on a named local context, and cache mounts with `from=`).  CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_reads_collect(struct ana_reads *reads, const struct ana_graph *graph, struct ctx_error *err);
void ana_reads_release(struct ana_reads *reads);

/**
 * Receives each entry that is read: files, symlinks (also those on the way to a source), directories; each once per read,
 * in no particular order.  `path` is NUL-terminated and relative to the context root.
 * @return 0 to go on, negative to stop.
 */
typedef int ana_select_fn(void *arg, struct ctx_dir *dir, struct ctx_entry *entry, const char *path, size_t path_len);

/** How to select. */
enum ana_select_flags {
	/** Only entries with CTX_ENTRY_WANTED are there: those that the client sends (wanted.h), which may be less than a step asks for. */
	ANA_SELECT_WANTED = 1 << 0,
	/** All entries are there, as if there was no ignore file; without what directories hold that were not opened. */
	ANA_SELECT_IGNORED = 1 << 1,
};

/** What a read found. */
struct ana_selection {
	/** Kept entries that are read, directories and the rest; content bytes of the files. */
	uint64_t files, dirs, bytes;
	/**
	 * The source does not exist, links to it go in circles, or a pattern is malformed: the build would fail, with the words in
	 * `message`.  Then nothing is read.
	 */
	bool missing;
	/** `missing`: "failed to calculate checksum of ref ...: \"/x\": not found", as a build prints it, without ids. */
	char message[512];
	/** The source exists in the directory, but an ignore rule leaves it out: 1-based index of that rule; 0 if not. */
	uint32_t ignored_by;
};

/**
 * Find what one read takes from a snapshot: what the content digest of the step covers, so that a change of exactly these entries is
 * a cache miss (name, kind, mode, content, link text; of a directory its mode and what it holds).  The root itself is never among them.
 *
 * The digest and the copy differ in corners, and here it is the digest that counts:
 * - With --exclude, the source itself is tested as the empty path, which `*` and `**` match: `--exclude=*` on a file digests
 *   nothing and copies the file.
 * - A link that is a source, a match of a wildcard, or (with --exclude or --parents on the whole context) a link in the context
 *   root, is digested as all it leads to, whatever --exclude and --parents say; and if it dangles, the build fails.
 * - With --exclude or wildcards, a missing directory is digested as nothing and fails the copy.
 *
 * @snap    Sealed or walked; only kept entries count, unless `flags` says otherwise.
 * @flags   Of enum ana_select_flags.
 * @fn      May be NULL.  Must not return CTX_E_SYNTAX.  Not called if the source is missing, but it may have been before a pattern
 *          turns out to be malformed.
 * @return  0, also for a missing source; what `fn` returned; CTX_E_LIMIT; CTX_E_UNSUPPORTED; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_select(struct ana_selection *out, const struct ana_read *read, struct ctx_snapshot *snap, unsigned flags,
	ana_select_fn *fn, void *arg, struct ctx_error *err);

#endif
