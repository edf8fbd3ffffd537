/**
 * A byte stream through a compressor into a descriptor, counted on both sides.
 *
 * The only pair that sees zlib and zstd.  Same bytes in, same bytes out, whatever the number of threads and however the
 * bytes were cut into calls: the gzip header carries no time, and zstd always runs in its threaded mode, whose
 * output does not depend on the number of threads.
 */
#ifndef CTXOPT_CONTEXT_SINK_H
#define CTXOPT_CONTEXT_SINK_H

#include "ctxopt/base/error.h"

/** Compression of a stream. */
enum ctx_filter { CTX_FILTER_NONE, CTX_FILTER_GZIP, CTX_FILTER_ZSTD };

struct ctx_sink;

/**
 * Start a stream.
 *
 * @fd     Where packed bytes go; -1: they are only counted.  Borrowed: not closed.
 * @level  0 for the compressor's default; else 1..9 for gzip, 1..19 for zstd (as the zstd program without --ultra).
 * @jobs   Compressor threads where there are any (zstd), at least 1.
 * @return 0; CTX_E_USAGE, no such level; CTX_E_LIBRARY; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_sink_new(struct ctx_sink **out, int fd, enum ctx_filter filter, int level, unsigned jobs,
	struct ctx_error *err);
void ctx_sink_free(struct ctx_sink *sink);

/** Does anyone look at the bytes?  False for a stream that is neither stored nor compressed: ctx_sink_skip() will do. */
bool ctx_sink_needs_bytes(const struct ctx_sink *sink);

/** Append bytes.  CTX_E_IO (writing); CTX_E_LIBRARY. */
CTX_NODISCARD
int ctx_sink_put(struct ctx_sink *sink, const void *data, size_t len, struct ctx_error *err);

/** Append zero bytes; errors as ctx_sink_put(). */
CTX_NODISCARD
int ctx_sink_zeros(struct ctx_sink *sink, uint64_t len, struct ctx_error *err);

/** Count bytes whose values do not matter: only when ctx_sink_needs_bytes() is false. */
void ctx_sink_skip(struct ctx_sink *sink, uint64_t len);

/** End of stream: flush everything.  Errors as ctx_sink_put(). */
CTX_NODISCARD
int ctx_sink_finish(struct ctx_sink *sink, struct ctx_error *err);

/** Bytes put in, and bytes that came out (complete after ctx_sink_finish()). */
uint64_t ctx_sink_bytes_in(const struct ctx_sink *sink);
uint64_t ctx_sink_bytes_out(const struct ctx_sink *sink);

#endif
