/**
 * A stream for results: buffered, sticky error, colour, escaping of untrusted names.
 *
 * A full disk is an error: everything written is checked once, in ctx_out_close().
 */
#ifndef CTXOPT_BASE_OUT_H
#define CTXOPT_BASE_OUT_H

#include "ctxopt/base/error.h"
#include "ctxopt/base/file.h"

/** Styles for terminals; a no-op when colour is off. */
enum ctx_style {
	CTX_STYLE_RESET,
	CTX_STYLE_BOLD,
	CTX_STYLE_DIM,
	CTX_STYLE_RED,
	CTX_STYLE_GREEN,
	CTX_STYLE_YELLOW,
	CTX_STYLE_BLUE,
	CTX_STYLE_CYAN
};

/** The stream. */
struct ctx_out {
	/** Where bytes go; -1 for memory only. */
	int fd;
	/** Bytes not yet written (all of them when fd is -1).  Owned. */
	struct ctx_buf buf;
	/** errno of the first failed write, 0 if none; later writes do nothing. */
	int sysno;
	/** Is fd a terminal: then control bytes in names are escaped. */
	bool tty;
	/** Emit colour sequences. */
	bool color;
	/** Columns of the terminal, 80 when unknown. */
	unsigned width;
	/** The file being replaced when opened by name. */
	struct ctx_replace file;
};

/** Write to a descriptor that stays the caller's (stdout, stderr).  Detects terminal and width ($COLUMNS wins). */
void ctx_out_init_fd(struct ctx_out *out, int fd);
/** Collect in memory (`out->buf`). */
void ctx_out_init_mem(struct ctx_out *out);
/** Replace the file `path` on close; a failure before that leaves the old file. */
CTX_NODISCARD
int ctx_out_init_file(struct ctx_out *out, const char *path, struct ctx_error *err);
/** Write out what is buffered, for progress and prompts; nothing to do in memory.  Errors are sticky, as always. */
void ctx_out_flush(struct ctx_out *out);
/** Flush, commit the file, release.  0, or the first write error.  EPIPE is CTX_E_IO with sysno EPIPE. */
CTX_NODISCARD
int ctx_out_close(struct ctx_out *out, struct ctx_error *err);
/** Release without committing the file: for error paths. */
void ctx_out_abort(struct ctx_out *out);

/** Write bytes, text, formatted text. */
void ctx_out_write(struct ctx_out *out, const void *data, size_t len);
void ctx_out_puts(struct ctx_out *out, const char *text);
CTX_PRINTF(2, 3)
void ctx_out_printf(struct ctx_out *out, const char *fmt, ...);
/**
 * For writers that format in place: room for `len` bytes, NULL after an error.  Follow with ctx_out_took()
 * for the bytes really used, before anything else is written.
 */
CTX_NODISCARD
char *ctx_out_room(struct ctx_out *out, size_t len);
void ctx_out_took(struct ctx_out *out, size_t len);
/**
 * Write an untrusted name: on a terminal, control bytes, DEL, C1 controls, bidi overrides and invalid UTF-8 become
 * \xHH (backslash itself \\); otherwise the bytes as they are.
 */
void ctx_out_name(struct ctx_out *out, const char *name, size_t len);
/** Start a style; CTX_STYLE_RESET ends all. */
void ctx_out_style(struct ctx_out *out, enum ctx_style style);
/** Columns that a name takes as ctx_out_name() would print it (wide characters count 2, combining 0). */
size_t ctx_out_name_width(const struct ctx_out *out, const char *name, size_t len);
/** Append an escaped name to a buffer always (as for a terminal): for messages. */
void ctx_escape_name(struct ctx_buf *buf, const char *name, size_t len);

/** Longest text that ctx_human_bytes() makes, with NUL. */
#define CTX_HUMAN_MAX 16
/** "0 B", "999 B", "1.5 kB", "12 MB", "3.4 GB": SI units as docker prints them, three significant digits. */
const char *ctx_human_bytes(char out[CTX_HUMAN_MAX], uint64_t bytes);
/** Decimal digits of `n` grouped by commas: "1,234,567". */
const char *ctx_grouped(char out[32], uint64_t n);

#endif
