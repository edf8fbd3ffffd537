/*
 * Bytes are gathered into blocks of IN_SIZE; each full block goes through the filter's step function, which hands what
 * comes out to emit().  The last block goes with `last` set.
 *
 *     put, zeros -> [in block] -> step: plain | gzip | zstd -> [out block] -> emit -> fd
 */
#include "ctxopt/context/sink.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/file.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/** Block sizes: large enough that system calls do not show, small enough for the second-level cache. */
#define IN_SIZE ((size_t)256 * 1024)
#define OUT_SIZE ((size_t)256 * 1024)
/** zlib: 32 KiB window, gzip wrapping, memory level as in zlib's own default. */
#define GZIP_WINDOW_BITS (15 + 16)
#define GZIP_MEM_LEVEL 8

/** Highest levels, see the header. */
#define GZIP_LEVEL_MAX 9
#define ZSTD_LEVEL_MAX 19

struct ctx_sink;

/** Compress the gathered block. */
typedef int step_fn(struct ctx_sink *sink, bool last, struct ctx_error *err);

/** The stream. */
struct ctx_sink {
	/** Where packed bytes go; -1 to count only.  Borrowed. */
	int fd;
	/** Bytes put in and come out so far. */
	uint64_t bytes_in, bytes_out;
	step_fn *step;
	/** Gathered bytes, and room for a compressor's output.  Owned, with IN_SIZE and OUT_SIZE bytes. */
	unsigned char *in, *out;
	size_t in_len;
	/** At most one of them is in use.  Owned. */
	ZSTD_CCtx *zstd;
	bool gzip_open;
	z_stream gzip;
};

/** Count packed bytes, and write them if they are wanted. */
static int emit(struct ctx_sink *sink, const void *data, size_t len, struct ctx_error *err) {
	sink->bytes_out += len;
	if (sink->fd < 0 || len == 0) {
		return 0;
	}
	int rc = ctx_write_all(sink->fd, data, len);
	return rc < 0 ? ctx_fail_sys(err, -rc, "cannot write archive") : 0;
}

/* ---- Filters ---- */

/** No compression. */
static int step_plain(struct ctx_sink *sink, bool last, struct ctx_error *err) {
	(void)last;
	return emit(sink, sink->in, sink->in_len, err);
}

/** gzip. */
static int step_gzip(struct ctx_sink *sink, bool last, struct ctx_error *err) {
	z_stream *z = &sink->gzip;
	z->next_in = sink->in;
	z->avail_in = (uInt)sink->in_len;
	do {
		z->next_out = sink->out;
		z->avail_out = (uInt)OUT_SIZE;
		int got = deflate(z, last ? Z_FINISH : Z_NO_FLUSH);
		if (got == Z_STREAM_ERROR) {
			return ctx_fail(err, CTX_E_LIBRARY, "zlib: %s", z->msg != NULL ? z->msg : "stream error");
		}
		int rc = emit(sink, sink->out, OUT_SIZE - z->avail_out, err);
		if (rc < 0) {
			return rc;
		}
	} while (z->avail_out == 0); // room left means that nothing is pending
	return 0;
}

/** Report a failure of zstd. */
static int fail_zstd(size_t code, struct ctx_error *err) {
	if (ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation) {
		return ctx_fail_nomem(err);
	}
	return ctx_fail(err, CTX_E_LIBRARY, "zstd: %s", ZSTD_getErrorName(code));
}

/** zstd. */
static int step_zstd(struct ctx_sink *sink, bool last, struct ctx_error *err) {
	ZSTD_inBuffer in = { .src = sink->in, .size = sink->in_len };
	bool done = false;
	while (!done) {
		ZSTD_outBuffer out = { .dst = sink->out, .size = OUT_SIZE };
		size_t left = ZSTD_compressStream2(sink->zstd, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left)) {
			return fail_zstd(left, err);
		}
		int rc = emit(sink, sink->out, out.pos, err);
		if (rc < 0) {
			return rc;
		}
		done = last ? left == 0 : in.pos == in.size;
	}
	return 0;
}

/** Set up gzip. */
static int open_gzip(struct ctx_sink *sink, int level, struct ctx_error *err) {
	int real = level == 0 ? Z_DEFAULT_COMPRESSION : level;
	int rc = deflateInit2(&sink->gzip, real, Z_DEFLATED, GZIP_WINDOW_BITS, GZIP_MEM_LEVEL, Z_DEFAULT_STRATEGY);
	if (rc == Z_MEM_ERROR) {
		return ctx_fail_nomem(err);
	}
	if (rc != Z_OK) {
		return ctx_fail(err, CTX_E_LIBRARY, "zlib: cannot start");
	}
	sink->gzip_open = true;
	sink->step = step_gzip;
	return 0;
}

/** Set up zstd. */
static int open_zstd(struct ctx_sink *sink, int level, unsigned jobs, struct ctx_error *err) {
	sink->zstd = ZSTD_createCCtx();
	if (sink->zstd == NULL) {
		return ctx_fail_nomem(err);
	}
	size_t rc = ZSTD_CCtx_setParameter(sink->zstd, ZSTD_c_compressionLevel, level); // 0 is its default, too
	if (!ZSTD_isError(rc)) {
		rc = ZSTD_CCtx_setParameter(sink->zstd, ZSTD_c_checksumFlag, 1);
	}
	if (ZSTD_isError(rc)) {
		return fail_zstd(rc, err);
	}
	// With workers, even one, the stream is cut into jobs of a fixed size: the output is the same for any number of
	// them, and differs from that without.  A library built without threads refuses, and is then always without.
	(void)ZSTD_CCtx_setParameter(sink->zstd, ZSTD_c_nbWorkers, (int)jobs);
	sink->step = step_zstd;
	return 0;
}

/** Set up the filter, checking its level. */
static int open_filter(struct ctx_sink *sink, enum ctx_filter filter, int level, unsigned jobs, struct ctx_error *err) {
	int max = filter == CTX_FILTER_GZIP ? GZIP_LEVEL_MAX : ZSTD_LEVEL_MAX;
	if (filter != CTX_FILTER_NONE && (level < 0 || level > max)) {
		return ctx_fail(err, CTX_E_USAGE, "compression level %d is not in 1..%d", level, max);
	}
	switch (filter) {
	case CTX_FILTER_NONE:
		sink->step = step_plain;
		return 0;
	case CTX_FILTER_GZIP:
		return open_gzip(sink, level, err);
	case CTX_FILTER_ZSTD:
		return open_zstd(sink, level, jobs, err);
	}
	return ctx_fail(err, CTX_E_USAGE, "unknown compression");
}

/* ---- The stream ---- */

int ctx_sink_new(struct ctx_sink **out, int fd, enum ctx_filter filter, int level, unsigned jobs,
	struct ctx_error *err) {
	struct ctx_sink *sink = ctx_calloc(1, sizeof(*sink));
	if (sink == NULL) {
		return ctx_fail_nomem(err);
	}
	sink->fd = fd;
	sink->in = ctx_calloc(IN_SIZE, 1);
	sink->out = ctx_calloc(OUT_SIZE, 1);
	int rc = sink->in == NULL || sink->out == NULL ? ctx_fail_nomem(err)
						       : open_filter(sink, filter, level, jobs, err);
	if (rc < 0) {
		ctx_sink_free(sink);
		return rc;
	}
	*out = sink;
	return 0;
}

void ctx_sink_free(struct ctx_sink *sink) {
	if (sink == NULL) {
		return;
	}
	if (sink->gzip_open) {
		(void)deflateEnd(&sink->gzip);
	}
	ZSTD_freeCCtx(sink->zstd);
	free(sink->in);
	free(sink->out);
	free(sink);
}

bool ctx_sink_needs_bytes(const struct ctx_sink *sink) {
	return sink->fd >= 0 || sink->step != step_plain;
}

int ctx_sink_put(struct ctx_sink *sink, const void *data, size_t len, struct ctx_error *err) {
	const unsigned char *from = data;
	sink->bytes_in += len;
	while (len > 0) {
		size_t room = IN_SIZE - sink->in_len;
		size_t n = len < room ? len : room;
		memcpy(sink->in + sink->in_len, from, n);
		sink->in_len += n;
		from += n;
		len -= n;
		if (sink->in_len == IN_SIZE) {
			int rc = sink->step(sink, false, err);
			if (rc < 0) {
				return rc;
			}
			sink->in_len = 0;
		}
	}
	return 0;
}

int ctx_sink_zeros(struct ctx_sink *sink, uint64_t len, struct ctx_error *err) {
	static const char zeros[4096];
	while (len > 0) {
		size_t n = len < sizeof(zeros) ? (size_t)len : sizeof(zeros);
		int rc = ctx_sink_put(sink, zeros, n, err);
		if (rc < 0) {
			return rc;
		}
		len -= n;
	}
	return 0;
}

void ctx_sink_skip(struct ctx_sink *sink, uint64_t len) {
	assert(!ctx_sink_needs_bytes(sink));
	sink->bytes_in += len;
	sink->bytes_out += len;
}

int ctx_sink_finish(struct ctx_sink *sink, struct ctx_error *err) {
	int rc = sink->step(sink, true, err);
	sink->in_len = 0;
	return rc;
}

uint64_t ctx_sink_bytes_in(const struct ctx_sink *sink) {
	return sink->bytes_in;
}

uint64_t ctx_sink_bytes_out(const struct ctx_sink *sink) {
	return sink->bytes_out;
}
