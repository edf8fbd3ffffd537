/**
 * Match paths against an ignore file as the walk does: bench_match RUNS IGNORE-FILE PATHS-FILE
 *
 * The paths (see gen_paths) are made a tree of names in memory first.  Then each run starts from the text of the ignore
 * file, enters every directory and decides for every name, excluded directories included; that is timed.  One JSON
 * object per run.  peer_match does the same with moby/patternmatcher.
 */
#include "bench/bench.h"
#include "ctxopt/context/matcher.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Not a directory. */
#define NO_DIR UINT32_MAX

/** One name of a directory. */
struct name {
	/** Borrowed from the text of the paths file. */
	const char *text;
	uint32_t len;
	/** The directory of that name, or NO_DIR. */
	uint32_t dir;
};

/** One directory. */
struct dir {
	/** Borrowed from the text; without '/' at its end. */
	const char *path;
	uint32_t path_len;
	/** Its names: `count` from `first` on. */
	uint32_t first, count;
	/** Directory that holds it. */
	uint32_t parent;
	/** Set when its parent is walked. */
	const struct ctx_scope *scope;
};

/** The paths as a tree.  Directory 0 is the root; parents stand before children. */
struct tree {
	struct dir *dirs;
	struct name *names;
	uint32_t dir_count, name_count;
};

/** What a run found. */
struct result {
	uint64_t ns;
	uint32_t excluded;
};

/** Number of lines, and of those that are directories. */
static void count_lines(const char *text, size_t len, uint32_t *lines, uint32_t *dirs) {
	for (size_t i = 0; i < len; ++i) {
		if (text[i] == '\n') {
			++*lines;
			*dirs += i > 0 && text[i - 1] == '/';
		}
	}
}

/** The directory that a line lies in, going up from the one that the line before was in or was. */
static uint32_t find_parent(const struct tree *tree, uint32_t dir, const char *line) {
	while (dir != 0) {
		const struct dir *d = &tree->dirs[dir];
		if (strncmp(line, d->path, d->path_len) == 0 && line[d->path_len] == '/') {
			break;
		}
		dir = d->parent;
	}
	return dir;
}

/** Where the names of each directory will stand. */
static void place_names(struct tree *tree) {
	uint32_t first = 0;
	for (uint32_t i = 0; i < tree->dir_count; ++i) {
		tree->dirs[i].first = first;
		first += tree->dirs[i].count;
		tree->dirs[i].count = 0;
	}
}

/** One pass over the lines: count the names of each directory, or (with `fill`) put them into place. */
static void read_lines(struct tree *tree, const char *text, size_t len, bool fill) {
	uint32_t dir = 0, made = 1;
	for (const char *line = text; line < text + len;) {
		const char *end = strchr(line, '\n');
		bool is_dir = end > line && end[-1] == '/';
		uint32_t path_len = (uint32_t)(end - line) - is_dir;
		dir = find_parent(tree, dir, line);
		struct dir *parent = &tree->dirs[dir];
		uint32_t base = dir == 0 ? 0 : parent->path_len + 1;
		if (fill) {
			tree->names[parent->first + parent->count] = (struct name){ .text = line + base,
				.len = path_len - base,
				.dir = is_dir ? made : NO_DIR };
		}
		++parent->count;
		if (is_dir) {
			if (!fill) {
				tree->dirs[made] = (struct dir){ .path = line, .path_len = path_len, .parent = dir };
			}
			dir = made++;
		}
		line = end + 1;
	}
}

/** Make a tree of the lines. */
static struct tree make_tree(const char *text, size_t len) {
	if (len > 0 && text[len - 1] != '\n') {
		bench_die("the last path has no line end");
	}
	struct tree tree = { .dir_count = 1 };
	count_lines(text, len, &tree.name_count, &tree.dir_count);
	tree.dirs = bench_alloc(tree.dir_count, sizeof(*tree.dirs));
	tree.names = bench_alloc(tree.name_count, sizeof(*tree.names));
	tree.dirs[0].path = "";
	read_lines(&tree, text, len, false);
	place_names(&tree);
	read_lines(&tree, text, len, true);
	return tree;
}

/** Decide for every name of one directory; the number that is excluded. */
static uint32_t match_dir(struct ctx_matcher *m, struct tree *tree, const struct dir *d, struct ctx_arena *arena) {
	struct ctx_error err;
	uint32_t excluded = 0;
	if (ctx_matcher_enter(m, d->scope, d->path, d->path_len, &err) < 0) {
		bench_die("%s", err.msg);
	}
	for (uint32_t i = d->first; i < d->first + d->count; ++i) {
		const struct name *name = &tree->names[i];
		struct ctx_decision decision;
		if (ctx_matcher_test(m, name->text, name->len, &decision, &err) < 0) {
			bench_die("%s", err.msg);
		}
		excluded += decision.excluded;
		if (name->dir != NO_DIR) {
			tree->dirs[name->dir].scope = ctx_matcher_descend(m, &decision, arena);
			if (tree->dirs[name->dir].scope == NULL) {
				bench_die("out of memory");
			}
		}
	}
	return excluded;
}

/** Parse, compile, decide for every path. */
static struct result run_once(const char *rules, size_t rules_len, struct tree *tree) {
	struct ctx_error err;
	struct ctx_ignore *ignore = NULL;
	struct ctx_matcher *matcher = NULL;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct result result = { .excluded = 0 };
	uint64_t start = bench_now_ns();
	if (ctx_ignore_parse(&ignore, CTX_IGNORE_DOCKER, rules, rules_len, &err) < 0 ||
		ctx_matcher_new(&matcher, ignore, &err) < 0) {
		bench_die("%s", err.msg);
	}
	tree->dirs[0].scope = &ctx_scope_root;
	for (uint32_t i = 0; i < tree->dir_count; ++i) {
		result.excluded += match_dir(matcher, tree, &tree->dirs[i], &arena);
	}
	result.ns = bench_now_ns() - start;
	ctx_matcher_free(matcher);
	ctx_ignore_free(ignore);
	return result;
}

int main(int argc, char **argv) {
	if (argc != 4) {
		bench_die("usage: bench_match RUNS IGNORE-FILE PATHS-FILE");
	}
	size_t rules_len, paths_len;
	CTX_AUTO_FREE char *rules = bench_read(argv[2], &rules_len);
	CTX_AUTO_FREE char *paths = bench_read(argv[3], &paths_len);
	struct tree tree = make_tree(paths, paths_len);
	for (uint64_t runs = bench_number(argv[1]); runs > 0; --runs) {
		struct result result = run_once(rules, rules_len, &tree);
		printf("{\"ns\": %" PRIu64 ", \"paths\": %" PRIu32 ", \"excluded\": %" PRIu32 "}\n", result.ns,
			tree.name_count, result.excluded);
	}
	free(tree.dirs);
	free(tree.names);
	return fflush(stdout) == 0 ? 0 : 2;
}
