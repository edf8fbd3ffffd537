/**
 * The shape of a generated tree: which directories there are and which files each one holds.
 *
 * Depends on nothing but the options, so that the same options give the same tree everywhere.  Directories hang off
 * earlier ones, some of them off a recent one, which makes some paths deep and some directories wide.  Files are spread
 * unevenly: half of the directories have few, one in a thousand has hundreds of times as many.  Names are those
 * of source trees: words, well-known directories (node_modules, __pycache__), usual extensions.
 */
#ifndef BENCH_SHAPE_H
#define BENCH_SHAPE_H

#include "bench/bench.h"

/** Bytes of the longest name, with its NUL. */
#define SHAPE_NAME_MAX 96
/** Bytes of the longest path, with its NUL. */
#define SHAPE_PATH_MAX 2048

/** One directory. */
struct shape_dir {
	/** Index of the parent, which is smaller; the root is its own parent. */
	uint32_t parent;
	/** 0 for the root. */
	uint32_t depth;
	/** Number of files directly in it. */
	uint32_t files;
	/** Well-known names that its subdirectories took already, one bit each. */
	uint32_t taken;
	/** Name; "" for the root. */
	char name[SHAPE_NAME_MAX];
};

/** What to make. */
struct shape_opts {
	/** Any number. */
	uint64_t seed;
	/** Directories with the root, at least 1; files. */
	uint32_t dirs, files;
	/** Deepest directory. */
	uint32_t depth_max;
};

/** The tree.  The first directory is the root. */
struct shape {
	/** As given. */
	struct shape_opts opts;
	/** `opts.dirs` of them. */
	struct shape_dir *dirs;
};

/** Make a shape. */
struct shape shape_make(const struct shape_opts *opts);

/** Name of file `index` (below `files`) of directory `dir`; the same each time. */
void shape_file_name(const struct shape *shape, uint32_t dir, uint32_t index, char name[SHAPE_NAME_MAX]);

/** Path of a directory relative to the root, "" for the root; returns its length. */
size_t shape_dir_path(const struct shape *shape, uint32_t dir, char path[SHAPE_PATH_MAX]);

#endif
