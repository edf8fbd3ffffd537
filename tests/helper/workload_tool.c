/**
 * What files run, as the readers of compose files and manifests see it: for people who look at many.
 *
 * Standard input names files, one a line.  For each that is one of them, standard output gets "KIND FILE", what was read (dump_workload.h),
 * and "error LINE:COLUMN MESSAGE".  With "-s" only errors are shown; with "-q" nothing, for measuring.  At the end: counts and seconds.
 */
#include "ctxopt/base/file.h"
#include "tests/helper/dump_workload.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/** Most bytes of a file. */
#define FILE_MAX (256u << 20)

/** Counts over all files. */
struct totals {
	size_t files, lines, bytes, containers, errors;
	double seconds;
};

/** Seconds of this thread's time. */
static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/** One file that was read. */
static void look(const char *path, struct ctx_str text, char mode, struct totals *totals) {
	static const char *const kinds[] = { "other", "compose", "kubernetes", "helm" };
	struct ctx_arena arena = CTX_ARENA_INIT;
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	struct ana_manifest manifest = { .count = 0 };
	struct ctx_error err = { .msg = "" };
	double begin = now();
	enum ana_manifest_kind kind = ana_manifest_tell(path, text);
	int rc = kind == ANA_MANIFEST_COMPOSE     ? ana_compose_read(&manifest, &arena, text, NULL, &err)
		: kind == ANA_MANIFEST_KUBERNETES ? ana_kubernetes_read(&manifest, &arena, text, &err)
						  : 0;
	totals->seconds += now() - begin;
	for (size_t i = 0; i < manifest.count; ++i) {
		totals->containers += manifest.workloads[i].count;
	}
	if (kind == ANA_MANIFEST_COMPOSE || kind == ANA_MANIFEST_KUBERNETES) {
		++totals->files;
		totals->bytes += text.len;
		for (size_t at = 0; at < text.len; ++at) {
			totals->lines += text.ptr[at] == '\n';
		}
	}
	totals->errors += rc < 0;
	if (mode == 'a' || (mode == 's' && (rc < 0 || manifest.skipped != NULL))) {
		ctx_buf_addf(&out, "%s %s\n", kinds[kind], path);
		if (mode == 'a') {
			dump_workload(&out, &manifest, true);
		}
		if (rc < 0) {
			ctx_buf_addf(&out, "error %u:%u %s\n", err.line, err.column, err.msg);
		} else if (mode == 's') {
			ctx_buf_addf(&out, "skipped %s\n", manifest.skipped);
		}
		(void)fwrite(ctx_buf_str(&out), 1, out.len, stdout);
	}
	ctx_arena_release(&arena);
}

int main(int argc, char **argv) {
	struct totals totals = { 0 };
	char *line = NULL, mode = argc == 2 && argv[1][0] == '-' ? argv[1][1] : 'a';
	size_t room = 0;
	ssize_t len;
	while ((len = getline(&line, &room, stdin)) > 0) {
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		struct ctx_error err;
		line[len - (line[len - 1] == '\n')] = '\0';
		if (ctx_read_at(&text, AT_FDCWD, line, FILE_MAX, &err) < 0) {
			(void)fprintf(stderr, "%s\n", err.msg);
		} else {
			look(line, (struct ctx_str){ ctx_buf_str(&text), text.len }, mode, &totals);
		}
	}
	free(line);
	(void)fprintf(stderr,
		"%zu files, %zu lines, %zu bytes, %zu containers, %zu errors: %.3f s, %.0f lines a second\n",
		totals.files, totals.lines, totals.bytes, totals.containers, totals.errors, totals.seconds,
		(double)totals.lines / (totals.seconds > 0 ? totals.seconds : 1));
	return 0;
}
