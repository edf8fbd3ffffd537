/**
 * Print the paths of a generated tree as a sorted walk meets them: gen_paths [--seed N] [--paths N]
 *
 * One path per line, depth first, names in byte order within a directory, a directory before what it holds and with
 * a '/' at its end.  Input of bench_match and of its peer.
 */
#include "bench/shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Entries per directory, on average. */
#define ENTRIES_PER_DIR 20
/** Deepest directory. */
#define DEPTH_MAX 12

/** One name in a directory. */
struct name {
	char text[SHAPE_NAME_MAX];
	/** The directory of that name, 0 for a file. */
	uint32_t dir;
};

/** Subdirectories of each directory: `first[d]` is the smallest one, `next[c]` the one after c; 0 ends. */
struct children {
	uint32_t *first, *next;
	/** Number per directory. */
	uint32_t *count;
};

/** Link every directory to its parent. */
static struct children link_children(const struct shape *shape) {
	uint32_t count = shape->opts.dirs;
	struct children children = {
		.first = bench_alloc(count, sizeof(uint32_t)),
		.next = bench_alloc(count, sizeof(uint32_t)),
		.count = bench_alloc(count, sizeof(uint32_t)),
	};
	for (uint32_t i = count; i-- > 1;) {
		uint32_t parent = shape->dirs[i].parent;
		children.next[i] = children.first[parent];
		children.first[parent] = i;
		++children.count[parent];
	}
	return children;
}

/** Order by name. */
static int compare_names(const void *a, const void *b) {
	const struct name *name_a = a, *name_b = b;
	return strcmp(name_a->text, name_b->text);
}

/** Print what is in a directory, and below; as deep as DEPTH_MAX. */
static void print_dir(const struct shape *shape, const struct children *children, uint32_t dir) {
	char path[SHAPE_PATH_MAX];
	size_t len = shape_dir_path(shape, dir, path);
	uint32_t files = shape->dirs[dir].files, count = 0;
	struct name *names = bench_alloc(files + children->count[dir], sizeof(*names));
	for (; count < files; ++count) {
		shape_file_name(shape, dir, count, names[count].text);
	}
	for (uint32_t child = children->first[dir]; child != 0; child = children->next[child]) {
		memcpy(names[count].text, shape->dirs[child].name, SHAPE_NAME_MAX);
		names[count++].dir = child;
	}
	qsort(names, count, sizeof(*names), compare_names);

	for (uint32_t i = 0; i < count; ++i) {
		printf("%s%s%s%s\n", path, len > 0 ? "/" : "", names[i].text, names[i].dir != 0 ? "/" : "");
		if (names[i].dir != 0) {
			print_dir(shape, children, names[i].dir);
		}
	}
	free(names);
}

int main(int argc, char **argv) {
	uint64_t seed = 1, paths = 1000000;
	for (int i = 1; i < argc; i += 2) {
		if (i + 1 < argc && strcmp(argv[i], "--seed") == 0) {
			seed = bench_number(argv[i + 1]);
		} else if (i + 1 < argc && strcmp(argv[i], "--paths") == 0) {
			paths = bench_number(argv[i + 1]);
		} else {
			bench_die("usage: gen_paths [--seed N] [--paths N]");
		}
	}
	// The root is no path
	uint32_t dirs = (uint32_t)(paths / ENTRIES_PER_DIR) + 1;
	struct shape_opts opts = { .seed = seed,
		.dirs = dirs,
		.files = (uint32_t)paths - (dirs - 1),
		.depth_max = DEPTH_MAX };
	struct shape shape = shape_make(&opts);
	struct children children = link_children(&shape);
	print_dir(&shape, &children, 0);
	free(children.first);
	free(children.next);
	free(children.count);
	free(shape.dirs);
	return fflush(stdout) == 0 ? 0 : 2;
}
