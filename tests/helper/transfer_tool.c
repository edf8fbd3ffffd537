/*
 * ctxopt-transfer-tool: what a client would send of a directory, for tests that are written in scripts.
 *
 *	transfer [--ignore FILE] [--follow PATH]... [--include PATTERN]... [--since SNAPSHOT] [--save SNAPSHOT]
 *	         [--anew 1] [--repeat N] DIR
 *	    Walks DIR by the rules of FILE and prints {"first": ..., "next": ..., ...}: bytes as a build shows them.
 *	small DIR PATH...
 *	    Prints {"first": ...} for a load that asks for these paths.
 */
#include "analyzer/dockerfile/transfer.h"

#include "analyzer/dockerfile/follow.h"
#include "ctxopt/base/file.h"
#include "ctxopt/context/snapshot_file.h"
#include "ctxopt/context/walk.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_BYTES_MAX (1u << 30)
#define PATTERNS_MAX 1000
#define SMALL_MAX 16

/** The command line of `transfer`. */
struct args {
	const char *ignore, *since, *save, *directory;
	struct ctx_str follow[PATTERNS_MAX];
	size_t follow_count;
	struct ana_words patterns;
	int repeat;
	bool anew;
};

/** What one run holds. */
struct run {
	int fd;
	struct ctx_ignore *ig;
	struct ctx_snapshot *now, *before;
};

/** Read the command line; false if it is wrong. */
static bool read_args(struct args *args, int argc, char **argv) {
	args->repeat = 1;
	int i = 0;
	for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2) {
		if (strcmp(argv[i], "--ignore") == 0) {
			args->ignore = argv[i + 1];
		} else if (strcmp(argv[i], "--since") == 0) {
			args->since = argv[i + 1];
		} else if (strcmp(argv[i], "--save") == 0) {
			args->save = argv[i + 1];
		} else if (strcmp(argv[i], "--repeat") == 0) {
			args->repeat = (int)strtol(argv[i + 1], NULL, 10);
		} else if (strcmp(argv[i], "--anew") == 0) {
			args->anew = true;
		} else if (strcmp(argv[i], "--follow") == 0 && args->follow_count < PATTERNS_MAX) {
			args->follow[args->follow_count++] = CTX_STR(argv[i + 1]);
		} else if (strcmp(argv[i], "--include") != 0 ||
			!CTX_VEC_PUSH(&args->patterns.items, CTX_STR(argv[i + 1]))) {
			return false;
		}
	}
	args->directory = i < argc ? argv[i] : NULL;
	return i + 1 == argc;
}

/** Walk the directory by its rules. */
static int load_now(struct run *run, const struct args *args, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	struct ctx_walk_opts opts = { .jobs = 2 };
	int rc = 0;
	if (args->ignore != NULL) {
		rc = ctx_read_at(&text, AT_FDCWD, args->ignore, FILE_BYTES_MAX, err);
		if (rc == 0) {
			rc = ctx_ignore_parse(&run->ig, CTX_IGNORE_DOCKER, ctx_buf_str(&text), text.len, err);
		}
	}
	run->fd = open(args->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (rc == 0 && run->fd < 0) {
		rc = ctx_fail(err, CTX_E_IO, "cannot open '%s'", args->directory);
	}
	return rc < 0 ? rc : ctx_walk(&run->now, run->fd, run->ig, &opts, err);
}

/** Read the snapshot of the last time, write the one of now. */
static int load_and_save(struct run *run, const struct args *args, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf bytes = CTX_BUF_INIT;
	int rc = 0;
	if (args->since != NULL) {
		rc = ctx_read_at(&bytes, AT_FDCWD, args->since, FILE_BYTES_MAX, err);
		if (rc == 0) {
			rc = ctx_snapshot_decode(&run->before, ctx_buf_str(&bytes), bytes.len, err);
		}
	}
	if (rc == 0 && args->save != NULL) {
		ctx_buf_reset(&bytes);
		rc = ctx_snapshot_encode(&bytes, run->now, err);
		FILE *file = rc == 0 ? fopen(args->save, "wb") : NULL;
		bool ok = file != NULL && fwrite(ctx_buf_str(&bytes), 1, bytes.len, file) == bytes.len;
		if (rc == 0 && (file == NULL || fclose(file) != 0 || !ok)) {
			rc = ctx_fail(err, CTX_E_IO, "cannot write '%s'", args->save);
		}
	}
	return rc;
}

/** Resolve the paths to follow to include patterns. */
static int resolve(struct args *args, int fd, struct ctx_arena *arena, struct ctx_error *err) {
	if (args->follow_count == 0) {
		return 0;
	}
	struct ana_follow_fd follow;
	ana_follow_fd_init(&follow, fd);
	int rc = ana_follow_links(&args->patterns, args->follow, args->follow_count, &follow.tree, arena, err);
	ana_follow_fd_release(&follow);
	return rc;
}

/** Report a failure. */
static int report(int rc, const struct ctx_error *err) {
	if (rc < 0) {
		fprintf(stderr, "ctxopt-transfer-tool: %s\n", err->msg);
		return 2;
	}
	return fflush(stdout) == 0 ? 0 : 2;
}

/** What is sent of a directory. */
static int transfer(struct args *args) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct ctx_error err = { 0 };
	struct run run = { .fd = -1 };
	struct ana_transfer sent = { 0 };
	int rc = load_now(&run, args, &err);
	if (rc == 0) {
		rc = load_and_save(&run, args, &err);
	}
	if (rc == 0) {
		rc = resolve(args, run.fd, &arena, &err);
	}
	struct ana_transfer_opts opts = {
		.patterns = args->patterns.items.items,
		.pattern_count = args->patterns.items.count,
		.previous = run.before,
		.anew = args->anew,
		.root_fd = run.fd,
		.jobs = 2,
	};
	for (int i = 0; rc == 0 && i < args->repeat; ++i) {
		rc = ana_transfer_compute(&sent, run.now, &opts, &err);
	}
	if (rc == 0) {
		printf("{\"first\": %llu, \"next\": %llu, \"entries\": %llu, \"files\": %llu, \"content\": %llu, "
		       "\"next_files\": %llu, \"next_content\": %llu}\n",
			(unsigned long long)sent.first_bytes, (unsigned long long)sent.next_bytes,
			(unsigned long long)sent.entries, (unsigned long long)sent.files,
			(unsigned long long)sent.content_bytes, (unsigned long long)sent.next_files,
			(unsigned long long)sent.next_content_bytes);
	}
	ctx_snapshot_free(run.now);
	ctx_snapshot_free(run.before);
	ctx_ignore_free(run.ig);
	if (run.fd >= 0) {
		close(run.fd);
	}
	return report(rc, &err);
}

/** One of the small loads. */
static int small(const char *directory, char **paths, int count) {
	struct ctx_error err = { 0 };
	struct ctx_str wanted[SMALL_MAX];
	size_t used = 0;
	uint64_t bytes = 0;
	for (; used < SMALL_MAX && used < (size_t)count; ++used) {
		wanted[used] = CTX_STR(paths[used]);
	}
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = ana_transfer_small_at(&bytes, fd, wanted, used, &err);
	printf("{\"first\": %llu}\n", (unsigned long long)bytes);
	close(fd);
	return report(rc, &err);
}

int main(int argc, char **argv) {
	struct args args = { 0 };
	if (argc >= 3 && strcmp(argv[1], "transfer") == 0 && read_args(&args, argc - 2, argv + 2)) {
		int status = transfer(&args);
		ana_words_release(&args.patterns);
		return status;
	}
	if (argc >= 4 && strcmp(argv[1], "small") == 0) {
		return small(argv[2], argv + 3, argc - 3);
	}
	fprintf(stderr, "usage: ctxopt-transfer-tool transfer [OPTIONS] DIR | small DIR PATH...\n");
	return 2;
}
