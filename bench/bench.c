#include "bench/bench.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/buf.h"
#include "ctxopt/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

uint64_t bench_now_ns(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

_Noreturn void bench_die(const char *fmt, ...) {
	va_list args;
	va_start(args, fmt);
	fputs("bench: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	exit(2);
}

void *bench_alloc(size_t count, size_t size) {
	void *memory = ctx_calloc(count > 0 ? count : 1, size);
	if (memory == NULL) {
		bench_die("out of memory");
	}
	return memory;
}

char *bench_read(const char *path, size_t *len) {
	struct ctx_buf text = CTX_BUF_INIT;
	struct ctx_error err;
	ctx_buf_adds(&text, ""); // so that an empty file is a string too
	if (ctx_read_at(&text, AT_FDCWD, path, SIZE_MAX / 2, &err) < 0) {
		bench_die("%s", err.msg);
	}
	char *data = ctx_buf_detach(&text, len);
	if (data == NULL) {
		bench_die("out of memory");
	}
	return data;
}

uint64_t bench_number(const char *text) {
	char *end;
	errno = 0;
	uint64_t value = strtoumax(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || *text == '-') {
		bench_die("'%s' is not a number", text);
	}
	return value;
}

uint64_t bench_random(struct bench_rng *rng) {
	uint64_t z = rng->state += 0x9E3779B97F4A7C15u;
	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

uint32_t bench_below(struct bench_rng *rng, uint32_t bound) {
	return (uint32_t)((bench_random(rng) >> 32) % bound);
}
