/**
 * What the benchmark programs share: a clock, a seeded generator, command line numbers, a way out.
 *
 * Programs of one run each: they end on the first error, and the system takes their memory back.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

/** Monotonic clock, nanoseconds. */
uint64_t bench_now_ns(void);

/** Print "bench: message" and end with status 2. */
CTX_PRINTF(1, 2)
_Noreturn void bench_die(const char *fmt, ...);

/** `count` times `size` zeroed bytes; ends the program when out of memory. */
CTX_NODISCARD
void *bench_alloc(size_t count, size_t size);

/** A whole file with a NUL after it; ends the program when it cannot be read.  The caller frees it. */
CTX_NODISCARD
char *bench_read(const char *path, size_t *len);

/** A decimal number; ends the program for anything else. */
uint64_t bench_number(const char *text);

/** Generator state: the same seed gives the same numbers on every machine (splitmix64). */
struct bench_rng {
	/** Anything. */
	uint64_t state;
};

/** The next 64 bits. */
uint64_t bench_random(struct bench_rng *rng);
/** A number below `bound`, which is not 0 (and small, so that the bias of a remainder does not matter). */
uint32_t bench_below(struct bench_rng *rng, uint32_t bound);

#endif
