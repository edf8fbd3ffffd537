#include "bench/shape.h"

#include <stdio.h>
#include <string.h>

/** One directory in this many has a well-known name. */
#define KNOWN_DIR_ODDS 6
/** A directory's share of the files doubles with probability 1/2, this often at most. */
#define SHARE_DOUBLINGS 10
/** One directory in this many hangs off a recent one; recent are this many. */
#define NEAR_ODDS 5
#define RECENT 32
/** The others get the shallowest of so many: depths are then those of large repositories, about 6 on average. */
#define CANDIDATES 3

static const char *const words[] = { "a", "io", "api", "app", "auth", "base", "build", "cache", "client", "cluster",
	"cmd", "common", "config", "controller", "core", "data", "driver", "event", "export", "filter", "format",
	"graph", "handler", "helper", "http", "image", "import", "index", "inter", "internal", "item", "kernel",
	"layer", "list", "loader", "manager", "metric", "model", "module", "network", "node", "object", "option",
	"parser", "path", "plugin", "pool", "provider", "query", "queue", "reader", "registry", "render", "request",
	"resource", "route", "runtime", "schema", "server", "service", "session", "snapshot", "source", "state",
	"storage", "stream", "syntax", "table", "task", "template", "token", "transport", "tree", "types", "utils",
	"value", "version", "view", "volume", "watch", "worker", "writer", "representational_state_transfer",
	"authentication-provider" };

static const char *const known_dirs[] = { "node_modules", "__pycache__", "dist", "vendor", "test", "tests", "docs",
	"src", "lib", "pkg", "internal", "examples", "testdata", "fixtures", "coverage", ".git", ".venv", ".cache",
	".idea", "target", "out", "tmp", "scripts", "assets" };

static const char *const extensions[] = { "go", "js", "ts", "py", "c", "h", "rs", "java", "md", "json", "yaml", "txt",
	"css", "html", "svg", "png", "log", "pyc", "o", "map", "tmp", "lock", "test.js", "min.js", "d.ts", "proto",
	"sql", "sh" };

static const char *const known_files[] = { "README.md", "LICENSE", "Makefile", "package.json", "index.js",
	"__init__.py", "main.go", "doc.go", ".gitignore", ".env" };

/** One of the strings of a table. */
#define PICK(rng, table) ((table)[bench_below(rng, CTX_COUNTOF(table))])

/** One to three words, joined by '_' or '-' or nothing; long ones now and then. */
static void pick_stem(struct bench_rng *rng, char *stem, size_t room) {
	static const char *const joints[] = { "_", "-", "" };
	uint32_t parts = 1 + bench_below(rng, 3) / 2 + bench_below(rng, 10) / 9;
	const char *joint = PICK(rng, joints);
	size_t len = 0;
	for (uint32_t i = 0; i < parts && len < room; ++i) {
		const char *word = PICK(rng, words);
		int n = snprintf(stem + len, room - len, "%s%s", i > 0 ? joint : "", word);
		len += (size_t)n;
	}
}

/** Name a new directory: a well-known name that the parent has not yet, or a stem with its number. */
static void name_dir(struct bench_rng *rng, struct shape_dir *parent, uint32_t number, char name[SHAPE_NAME_MAX]) {
	if (bench_below(rng, KNOWN_DIR_ODDS) == 0) {
		uint32_t known = bench_below(rng, CTX_COUNTOF(known_dirs));
		if ((parent->taken >> known & 1) == 0) {
			parent->taken |= 1u << known;
			snprintf(name, SHAPE_NAME_MAX, "%s", known_dirs[known]);
			return;
		}
	}
	char stem[SHAPE_NAME_MAX - 16];
	pick_stem(rng, stem, sizeof(stem));
	snprintf(name, SHAPE_NAME_MAX, "%s%u", stem, number);
}

/** A parent for directory `number`: now and then a recent one, else the shallowest of some. */
static uint32_t pick_parent(const struct shape *shape, struct bench_rng *rng, uint32_t number) {
	if (bench_below(rng, NEAR_ODDS) == 0) {
		return number - 1 - bench_below(rng, number < RECENT ? number : RECENT);
	}
	uint32_t parent = bench_below(rng, number);
	for (uint32_t i = 1; i < CANDIDATES; ++i) {
		uint32_t other = bench_below(rng, number);
		parent = shape->dirs[other].depth < shape->dirs[parent].depth ? other : parent;
	}
	return parent;
}

/** Make directory `number` below one of the directories before it. */
static void make_dir(struct shape *shape, struct bench_rng *rng, uint32_t number) {
	uint32_t parent = pick_parent(shape, rng, number);
	if (shape->dirs[parent].depth >= shape->opts.depth_max) {
		parent = bench_below(rng, 2) == 0 ? shape->dirs[parent].parent : 0;
	}
	struct shape_dir *dir = &shape->dirs[number];
	dir->parent = parent;
	dir->depth = shape->dirs[parent].depth + 1;
	name_dir(rng, &shape->dirs[parent], number, dir->name);
}

/** Spread the files over the directories, in proportion to shares drawn at random. */
static void spread_files(struct shape *shape, struct bench_rng *rng) {
	uint32_t count = shape->opts.dirs;
	uint64_t total = 0;
	for (uint32_t i = 0; i < count; ++i) {
		uint32_t share = 1;
		while (share < 1u << SHARE_DOUBLINGS && bench_below(rng, 2) == 0) {
			share *= 2;
		}
		shape->dirs[i].files = share;
		total += share;
	}
	// By cumulated shares, so that rounding loses no file
	uint64_t shares = 0, given = 0;
	for (uint32_t i = 0; i < count; ++i) {
		shares += shape->dirs[i].files;
		uint64_t upto = shares * shape->opts.files / total;
		shape->dirs[i].files = (uint32_t)(upto - given);
		given = upto;
	}
}

struct shape shape_make(const struct shape_opts *opts) {
	struct shape shape = { .opts = *opts };
	struct bench_rng rng = { opts->seed };
	shape.dirs = bench_alloc(opts->dirs, sizeof(*shape.dirs));
	for (uint32_t i = 1; i < opts->dirs; ++i) {
		make_dir(&shape, &rng, i);
	}
	spread_files(&shape, &rng);
	return shape;
}

void shape_file_name(const struct shape *shape, uint32_t dir, uint32_t index, char name[SHAPE_NAME_MAX]) {
	struct bench_rng rng = { shape->opts.seed ^ ((uint64_t)dir << 32 | index) * 0x9E3779B97F4A7C15u };
	if (index == 0) {
		snprintf(name, SHAPE_NAME_MAX, "%s", PICK(&rng, known_files));
		return;
	}
	char stem[SHAPE_NAME_MAX - 24];
	pick_stem(&rng, stem, sizeof(stem));
	snprintf(name, SHAPE_NAME_MAX, "%s%u.%s", stem, index, PICK(&rng, extensions));
}

size_t shape_dir_path(const struct shape *shape, uint32_t dir, char path[SHAPE_PATH_MAX]) {
	size_t len = 0;
	for (uint32_t d = dir; d != 0; d = shape->dirs[d].parent) {
		len += strlen(shape->dirs[d].name) + 1;
	}
	if (len > SHAPE_PATH_MAX) {
		bench_die("a path of the tree is longer than %d bytes: use a smaller depth", SHAPE_PATH_MAX - 1);
	}
	len -= len > 0; // no '/' at the end
	path[len] = '\0';
	size_t at = len;
	for (uint32_t d = dir; d != 0; d = shape->dirs[d].parent) {
		size_t name_len = strlen(shape->dirs[d].name);
		at -= name_len;
		memcpy(path + at, shape->dirs[d].name, name_len);
		if (at > 0) {
			path[--at] = '/';
		}
	}
	return len;
}
