#include "ctxopt/context/sink.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/file.h"
#include "tests/unit/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

/** Bytes of the test stream: several blocks, no multiple of any. */
#define STREAM_BYTES ((size_t)3 * 1000 * 1000 + 7)

/** Bytes that compress, but not to nothing. */
static unsigned char *make_stream(void) {
	unsigned char *bytes = ctx_calloc(STREAM_BYTES, 1);
	assert_non_null(bytes);
	uint32_t x = 1;
	for (size_t i = 0; i < STREAM_BYTES; ++i) {
		x = i % 11 == 0 ? x * 1664525 + 1013904223 : x; // words of 11 bytes, 256 different ones
		bytes[i] = (unsigned char)((x >> 24) * (i % 11 + 1));
	}
	return bytes;
}

/** Send the stream to the file `name`, `step` bytes at a time. */
static uint64_t stream_to(const char *name, enum ctx_filter filter, int level, unsigned jobs, size_t step) {
	CTX_AUTO_FREE unsigned char *bytes = make_stream();
	ctx_auto_fd int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	struct ctx_sink *sink;
	assert_int_equal(ctx_sink_new(&sink, fd, filter, level, jobs, NULL), 0);
	assert_true(ctx_sink_needs_bytes(sink));
	for (size_t at = 0; at < STREAM_BYTES; at += step) {
		size_t n = STREAM_BYTES - at < step ? STREAM_BYTES - at : step;
		assert_int_equal(ctx_sink_put(sink, bytes + at, n, NULL), 0);
	}
	assert_int_equal(ctx_sink_zeros(sink, 10000, NULL), 0);
	assert_int_equal(ctx_sink_finish(sink, NULL), 0);
	assert_int_equal(ctx_sink_bytes_in(sink), STREAM_BYTES + 10000);
	uint64_t packed = ctx_sink_bytes_out(sink);
	ctx_sink_free(sink);
	struct stat st;
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, packed);
	return packed;
}

/** Read a whole file. */
static struct ctx_buf slurp(const char *name) {
	struct ctx_buf out = CTX_BUF_INIT;
	assert_int_equal(ctx_read_at(&out, AT_FDCWD, name, SIZE_MAX / 2, NULL), 0);
	return out;
}

/** Compare with the stream and its zeros. */
static void assert_stream(const unsigned char *bytes, size_t len) {
	CTX_AUTO_FREE unsigned char *want = make_stream();
	assert_int_equal(len, STREAM_BYTES + 10000);
	assert_memory_equal(bytes, want, STREAM_BYTES);
	for (size_t i = STREAM_BYTES; i < len; ++i) {
		assert_int_equal(bytes[i], 0);
	}
}

static void plain(void **state) {
	(void)state;
	assert_int_equal(stream_to("plain", CTX_FILTER_NONE, 0, 1, 100000), STREAM_BYTES + 10000);
	ctx_auto_buf struct ctx_buf out = slurp("plain");
	assert_stream((const unsigned char *)out.data, out.len);
}

static void gzip_round_trip(void **state) {
	(void)state;
	uint64_t packed = stream_to("gz", CTX_FILTER_GZIP, 0, 1, 4096);
	assert_true(packed < STREAM_BYTES * 6 / 10);
	ctx_auto_buf struct ctx_buf out = slurp("gz");
	static const unsigned char head[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0 }; // no name, no time
	assert_memory_equal(out.data, head, sizeof(head));

	CTX_AUTO_FREE unsigned char *bytes = ctx_calloc(STREAM_BYTES + 10001, 1);
	z_stream z = { .next_in = (unsigned char *)out.data, .avail_in = (uInt)out.len };
	assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
	z.next_out = bytes;
	z.avail_out = (uInt)STREAM_BYTES + 10001;
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(z.avail_in, 0);
	assert_stream(bytes, z.total_out);
	(void)inflateEnd(&z);
}

static void zstd_round_trip(void **state) {
	(void)state;
	(void)stream_to("zst", CTX_FILTER_ZSTD, 0, 1, STREAM_BYTES);
	ctx_auto_buf struct ctx_buf out = slurp("zst");
	CTX_AUTO_FREE unsigned char *bytes = ctx_calloc(STREAM_BYTES + 10001, 1);
	size_t len = ZSTD_decompress(bytes, STREAM_BYTES + 10001, out.data, out.len);
	assert_false(ZSTD_isError(len));
	assert_stream(bytes, len);
}

/** Two runs give the same file. */
static void assert_same(enum ctx_filter filter, int level, unsigned jobs, size_t step) {
	(void)stream_to("one", filter, level, 1, 100000);
	(void)stream_to("two", filter, level, jobs, step);
	ctx_auto_buf struct ctx_buf one = slurp("one"), two = slurp("two");
	assert_int_equal(one.len, two.len);
	assert_memory_equal(one.data, two.data, one.len);
}

static void same_bytes_whatever_the_threads_and_cuts(void **state) {
	(void)state;
	assert_same(CTX_FILTER_GZIP, 6, 4, 999);
	assert_same(CTX_FILTER_ZSTD, 0, 8, 999);
	assert_same(CTX_FILTER_ZSTD, 1, 2, STREAM_BYTES);
	assert_same(CTX_FILTER_ZSTD, 9, 3, 65536);
}

static void levels(void **state) {
	(void)state;
	assert_true(stream_to("a", CTX_FILTER_GZIP, 9, 1, 65536) < stream_to("b", CTX_FILTER_GZIP, 1, 1, 65536));
	assert_true(stream_to("a", CTX_FILTER_ZSTD, 19, 1, 65536) < stream_to("b", CTX_FILTER_ZSTD, 1, 1, 65536));
	struct ctx_sink *sink;
	struct ctx_error err;
	assert_int_equal(ctx_sink_new(&sink, -1, CTX_FILTER_GZIP, 10, 1, &err), CTX_E_USAGE);
	assert_string_equal(err.msg, "compression level 10 is not in 1..9");
	assert_int_equal(ctx_sink_new(&sink, -1, CTX_FILTER_GZIP, -1, 1, NULL), CTX_E_USAGE);
	assert_int_equal(ctx_sink_new(&sink, -1, CTX_FILTER_ZSTD, 20, 1, NULL), CTX_E_USAGE);
	assert_int_equal(ctx_sink_new(&sink, -1, (enum ctx_filter)7, 0, 1, NULL), CTX_E_USAGE);
	assert_int_equal(ctx_sink_new(&sink, -1, CTX_FILTER_NONE, 99, 1, NULL), 0); // nothing to set it for
	ctx_sink_free(sink);
}

static void counting(void **state) {
	(void)state;
	struct ctx_sink *sink;
	assert_int_equal(ctx_sink_new(&sink, -1, CTX_FILTER_NONE, 0, 1, NULL), 0);
	assert_false(ctx_sink_needs_bytes(sink));
	ctx_sink_skip(sink, UINT64_C(1) << 50);
	assert_int_equal(ctx_sink_put(sink, "x", 1, NULL), 0);
	assert_int_equal(ctx_sink_finish(sink, NULL), 0);
	assert_int_equal(ctx_sink_bytes_in(sink), (UINT64_C(1) << 50) + 1);
	assert_int_equal(ctx_sink_bytes_out(sink), (UINT64_C(1) << 50) + 1);
	ctx_sink_free(sink);

	assert_int_equal(ctx_sink_new(&sink, -1, CTX_FILTER_ZSTD, 0, 2, NULL), 0);
	assert_true(ctx_sink_needs_bytes(sink)); // to know how far they shrink
	assert_int_equal(ctx_sink_finish(sink, NULL), 0);
	assert_int_equal(ctx_sink_bytes_in(sink), 0);
	assert_true(ctx_sink_bytes_out(sink) > 0);
	ctx_sink_free(sink);
	ctx_sink_free(NULL);
}

/** A full disk is noticed: at a full block, and at the latest at the end. */
static void full_disk(void **state) {
	(void)state;
	ctx_auto_fd int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	CTX_AUTO_FREE unsigned char *bytes = make_stream();
	for (int filter = CTX_FILTER_NONE; filter <= CTX_FILTER_ZSTD; ++filter) {
		struct ctx_sink *sink;
		struct ctx_error err = { 0 };
		assert_int_equal(ctx_sink_new(&sink, fd, (enum ctx_filter)filter, 1, 1, NULL), 0);
		int rc = ctx_sink_put(sink, bytes, STREAM_BYTES, &err);
		rc = rc < 0 ? rc : ctx_sink_finish(sink, &err);
		assert_int_equal(rc, CTX_E_IO);
		assert_int_equal(err.sysno, ENOSPC);
		ctx_sink_free(sink);
	}
}

static void out_of_memory(void **state) {
	(void)state;
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc == CTX_E_NOMEM; ++n) {
		struct ctx_sink *sink = NULL;
		ctx_alloc_fail_after(n);
		rc = ctx_sink_new(&sink, -1, CTX_FILTER_GZIP, 0, 1, NULL);
		ctx_alloc_fail_after(-1);
		ctx_sink_free(sink);
	}
	assert_int_equal(rc, 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain),
		cmocka_unit_test(gzip_round_trip),
		cmocka_unit_test(zstd_round_trip),
		cmocka_unit_test(same_bytes_whatever_the_threads_and_cuts),
		cmocka_unit_test(levels),
		cmocka_unit_test(counting),
		cmocka_unit_test(full_disk),
		cmocka_unit_test(out_of_memory),
	};
	return cmocka_run_group_tests_name("sink", tests, scratch_setup, scratch_teardown);
}
