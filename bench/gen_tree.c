/**
 * Make a tree of files to measure with: gen_tree [OPTIONS] DIR
 *
 *	--seed N     the same options give the same bytes (default 1)
 *	--files N    number of files (default 1000000), and a Dockerfile
 *	--dirs N     number of directories, the root included (default 50000)
 *	--depth N    deepest directory (default 12)
 *	--sizes small|mixed
 *	             small: a quarter is empty, the rest has up to 1 KiB; mixed: from 128 bytes to 64 MiB, the
 *	             few large files hold most of the bytes, as in a repository with some binaries
 *	--bytes N    stretch the sizes so that they add up to N
 *
 * DIR must not exist.  Prints what was made as one JSON object.
 */
#include "bench/shape.h"
#include "ctxopt/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** Random bytes that all contents are cut from. */
#define POOL_BYTES (1u << 20)
/** What a build of the tree would be. */
#define DOCKERFILE "FROM scratch\nCOPY . /\n"

/** A part of a size distribution: sizes from 2^low up to 2^high, log-uniform. */
struct size_class {
	/** Weight among the classes of the distribution. */
	uint32_t weight;
	/** Exponents; equal ones mean empty files. */
	uint32_t low, high;
};

static const struct size_class small_sizes[] = { { 25, 0, 0 }, { 75, 0, 10 } };
static const struct size_class mixed_sizes[] = { { 800, 7, 14 }, { 170, 14, 18 }, { 27, 18, 22 }, { 3, 22, 26 } };

/** The command line, and what was made so far. */
struct gen {
	struct shape_opts shape;
	const struct size_class *classes;
	size_t class_count;
	/** Bytes that sizes must add up to, 0 for as they fall. */
	uint64_t bytes;
	const char *dir;
	/** Sizes as drawn: their sum, and how many were met; then bytes written. */
	uint64_t drawn, written;
	/** Bytes of all paths relative to the root, and of their last components. */
	uint64_t path_bytes, name_bytes;
	char *pool;
};

/** Draw a size. */
static uint64_t draw_size(const struct gen *gen, struct bench_rng *rng) {
	uint32_t total = 0;
	for (size_t i = 0; i < gen->class_count; ++i) {
		total += gen->classes[i].weight;
	}
	uint32_t at = bench_below(rng, total);
	const struct size_class *class = gen->classes;
	while (at >= class->weight) {
		at -= class->weight;
		++class;
	}
	if (class->low == class->high) {
		return 0;
	}
	uint64_t base = (uint64_t)1 << (class->low + bench_below(rng, class->high - class->low));
	return base + bench_random(rng) % base;
}

/** `size` times `bytes` / `sum`, without overflow for the sizes that there are. */
static uint64_t stretch(uint64_t size, uint64_t bytes, uint64_t sum) {
	__extension__ typedef unsigned __int128 wide;
	return (uint64_t)((wide)size * bytes / sum);
}

/** Size of the next file: drawn, and stretched so that all files together have the bytes that were asked for. */
static uint64_t next_size(struct gen *gen, struct bench_rng *rng, uint64_t sum) {
	uint64_t size = draw_size(gen, rng);
	gen->drawn += size;
	if (gen->bytes > 0 && sum > 0) {
		size = stretch(gen->drawn, gen->bytes, sum) - gen->written;
	}
	gen->written += size;
	return size;
}

/** Write one file. */
static void make_file(const struct gen *gen, int dirfd, const char *name, uint64_t size, struct bench_rng *rng) {
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0) {
		bench_die("cannot create '%s': %s", name, strerror(errno));
	}
	while (size > 0) {
		size_t offset = bench_below(rng, POOL_BYTES / 2);
		size_t n = size < POOL_BYTES - offset ? (size_t)size : POOL_BYTES - offset;
		int rc = ctx_write_all(fd, gen->pool + offset, n);
		if (rc < 0) {
			bench_die("cannot write '%s': %s", name, strerror(-rc));
		}
		size -= n;
	}
	if (close(fd) < 0) {
		bench_die("cannot close '%s': %s", name, strerror(errno));
	}
}

/** Make one directory with its files. */
static void make_dir(struct gen *gen, const struct shape *shape, int root, uint32_t number, struct bench_rng *sizes,
	struct bench_rng *contents, uint64_t sum) {
	char path[SHAPE_PATH_MAX], name[SHAPE_NAME_MAX];
	size_t len = shape_dir_path(shape, number, path);
	if (number > 0 && mkdirat(root, path, 0755) < 0) {
		bench_die("cannot create '%s': %s", path, strerror(errno));
	}
	gen->path_bytes += len;
	gen->name_bytes += strlen(shape->dirs[number].name);
	ctx_auto_fd int fd = openat(root, number > 0 ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		bench_die("cannot open '%s': %s", path, strerror(errno));
	}
	for (uint32_t i = 0; i < shape->dirs[number].files; ++i) {
		shape_file_name(shape, number, i, name);
		make_file(gen, fd, name, next_size(gen, sizes, sum), contents);
		gen->path_bytes += len + (len > 0) + strlen(name);
		gen->name_bytes += strlen(name);
	}
}

/** The sum of all sizes as they will be drawn. */
static uint64_t sum_sizes(const struct gen *gen) {
	struct bench_rng rng = { gen->shape.seed + 1 };
	uint64_t sum = 0;
	for (uint32_t i = 0; i < gen->shape.files; ++i) {
		sum += draw_size(gen, &rng);
	}
	return sum;
}

/** The Dockerfile in the root. */
static void make_dockerfile(struct gen *gen, int root) {
	ctx_auto_fd int fd = openat(root, "Dockerfile", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0 || ctx_write_all(fd, DOCKERFILE, strlen(DOCKERFILE)) < 0) {
		bench_die("cannot write the Dockerfile: %s", strerror(errno));
	}
	gen->path_bytes += strlen("Dockerfile");
	gen->name_bytes += strlen("Dockerfile");
}

/** Make everything. */
static void make_tree(struct gen *gen) {
	if (mkdir(gen->dir, 0755) < 0) {
		bench_die("cannot create '%s': %s", gen->dir, strerror(errno));
	}
	ctx_auto_fd int root = open(gen->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0) {
		bench_die("cannot open '%s': %s", gen->dir, strerror(errno));
	}

	struct bench_rng contents = { gen->shape.seed + 2 };
	gen->pool = bench_alloc(POOL_BYTES, 1);
	for (size_t i = 0; i < POOL_BYTES; i += sizeof(uint64_t)) {
		uint64_t random = bench_random(&contents);
		memcpy(gen->pool + i, &random, sizeof(random));
	}

	struct shape shape = shape_make(&gen->shape);
	struct bench_rng sizes = { gen->shape.seed + 1 };
	uint64_t sum = sum_sizes(gen);
	make_dockerfile(gen, root);
	for (uint32_t i = 0; i < gen->shape.dirs; ++i) {
		make_dir(gen, &shape, root, i, &sizes, &contents, sum);
	}
	free(shape.dirs);
	free(gen->pool);
}

/** Take one option and its value. */
static void take_option(struct gen *gen, const char *name, const char *value) {
	if (strcmp(name, "--seed") == 0) {
		gen->shape.seed = bench_number(value);
	} else if (strcmp(name, "--files") == 0) {
		gen->shape.files = (uint32_t)bench_number(value);
	} else if (strcmp(name, "--dirs") == 0) {
		gen->shape.dirs = (uint32_t)bench_number(value);
	} else if (strcmp(name, "--depth") == 0) {
		gen->shape.depth_max = (uint32_t)bench_number(value);
	} else if (strcmp(name, "--bytes") == 0) {
		gen->bytes = bench_number(value);
	} else if (strcmp(name, "--sizes") == 0 && strcmp(value, "small") == 0) {
		gen->classes = small_sizes;
		gen->class_count = CTX_COUNTOF(small_sizes);
	} else if (strcmp(name, "--sizes") == 0 && strcmp(value, "mixed") == 0) {
		gen->classes = mixed_sizes;
		gen->class_count = CTX_COUNTOF(mixed_sizes);
	} else {
		bench_die("unknown option: %s %s", name, value);
	}
}

int main(int argc, char **argv) {
	struct gen gen = { .shape = { .seed = 1, .dirs = 50000, .files = 1000000, .depth_max = 12 },
		.classes = small_sizes,
		.class_count = CTX_COUNTOF(small_sizes) };
	int at = 1;
	for (; at + 1 < argc && argv[at][0] == '-'; at += 2) {
		take_option(&gen, argv[at], argv[at + 1]);
	}
	if (at + 1 != argc || gen.shape.dirs < 1) {
		bench_die("usage: gen_tree [OPTIONS] DIR");
	}
	gen.dir = argv[at];
	make_tree(&gen);
	printf("{\"files\": %" PRIu32 ", \"dirs\": %" PRIu32 ", \"bytes\": %" PRIu64 ", \"path_bytes\": %" PRIu64
	       ", \"name_bytes\": %" PRIu64 "}\n",
		gen.shape.files + 1, gen.shape.dirs - 1, gen.written + strlen(DOCKERFILE), gen.path_bytes,
		gen.name_bytes);
	return fflush(stdout) == 0 ? 0 : 2;
}
