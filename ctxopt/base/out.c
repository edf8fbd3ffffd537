#include "ctxopt/base/out.h"

#include "ctxopt/base/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/** Bytes to collect before a write: larger ones gain nothing, as the kernel copies a page at a time. */
#define FLUSH_BYTES ((size_t)64 * 1024)
/** Columns when nobody says. */
#define WIDTH_DEFAULT 80
/** Wider than any terminal: a larger $COLUMNS is a mistake. */
#define WIDTH_MAX 10000

/* ---- Life cycle ---- */

/** The number in $COLUMNS, or 0 when unset or unusable. */
static unsigned width_from_env(void) {
	const char *text = getenv("COLUMNS");
	if (text == NULL || text[0] < '0' || text[0] > '9') {
		return 0;
	}
	char *end;
	unsigned long n = strtoul(text, &end, 10);
	return *end == '\0' && n <= WIDTH_MAX ? (unsigned)n : 0;
}

/** Columns of a terminal, or the default. */
static unsigned detect_width(int fd) {
	unsigned width = width_from_env();
	struct winsize size;
	if (width == 0 && ioctl(fd, TIOCGWINSZ, &size) == 0) {
		width = size.ws_col;
	}
	return width > 0 ? width : WIDTH_DEFAULT;
}

/** Does the user want colour on this terminal?  As of no-color.org. */
static bool detect_color(void) {
	const char *no_color = getenv("NO_COLOR");
	if (no_color != NULL && no_color[0] != '\0') {
		return false;
	}
	const char *term = getenv("TERM");
	return term != NULL && strcmp(term, "dumb") != 0;
}

void ctx_out_init_fd(struct ctx_out *out, int fd) {
	bool tty = isatty(fd) == 1;
	*out = (struct ctx_out){
		.fd = fd,
		.tty = tty,
		.color = tty && detect_color(),
		.width = detect_width(fd),
		.file = { .fd = -1 },
	};
}

void ctx_out_init_mem(struct ctx_out *out) {
	*out = (struct ctx_out){ .fd = -1, .width = WIDTH_DEFAULT, .file = { .fd = -1 } };
}

int ctx_out_init_file(struct ctx_out *out, const char *path, struct ctx_error *err) {
	ctx_out_init_mem(out);
	int rc = ctx_replace_begin(&out->file, path, 0666, err);
	out->fd = out->file.fd;
	return rc;
}

void ctx_out_flush(struct ctx_out *out) {
	if (out->fd < 0) {
		return;
	}
	if (out->sysno == 0 && out->buf.len > 0) {
		out->sysno = -ctx_write_all(out->fd, out->buf.data, out->buf.len);
	}
	ctx_buf_reset(&out->buf);
}

int ctx_out_close(struct ctx_out *out, struct ctx_error *err) {
	const char *path = out->file.path;
	int rc = 0;
	ctx_out_flush(out);
	if (out->sysno != 0 && path != NULL) {
		rc = ctx_fail_sys(err, out->sysno, "cannot write '%s'", path);
	} else if (out->sysno != 0) {
		rc = ctx_fail_sys(err, out->sysno, "cannot write output");
	} else if (!ctx_buf_ok(&out->buf)) {
		rc = ctx_fail_nomem(err);
	} else if (path != NULL) {
		rc = ctx_replace_commit(&out->file, err);
	}
	ctx_out_abort(out);
	return rc;
}

void ctx_out_abort(struct ctx_out *out) {
	ctx_replace_abort(&out->file);
	ctx_buf_release(&out->buf);
	out->fd = -1;
}

/* ---- Writing ---- */

char *ctx_out_room(struct ctx_out *out, size_t len) {
	if (out->fd >= 0 && out->buf.len > 0 && (len > FLUSH_BYTES || out->buf.len > FLUSH_BYTES - len)) {
		ctx_out_flush(out);
	}
	if (CTX_UNLIKELY(out->sysno != 0 || !ctx_buf_reserve(&out->buf, len))) {
		return NULL;
	}
	return out->buf.data + out->buf.len;
}

void ctx_out_took(struct ctx_out *out, size_t len) {
	out->buf.len += len;
	out->buf.data[out->buf.len] = '\0';
}

void ctx_out_write(struct ctx_out *out, const void *data, size_t len) {
	if (CTX_UNLIKELY(out->fd >= 0 && len >= FLUSH_BYTES)) {
		ctx_out_flush(out);
		if (out->sysno == 0) {
			out->sysno = -ctx_write_all(out->fd, data, len); // not worth a copy
		}
		return;
	}
	char *to = ctx_out_room(out, len);
	if (to != NULL && len > 0) {
		memcpy(to, data, len);
		ctx_out_took(out, len);
	}
}

void ctx_out_puts(struct ctx_out *out, const char *text) {
	ctx_out_write(out, text, strlen(text));
}

/** What functions that append to `out->buf` directly do afterwards. */
static void flush_if_full(struct ctx_out *out) {
	if (out->buf.len >= FLUSH_BYTES) {
		ctx_out_flush(out);
	}
}

void ctx_out_printf(struct ctx_out *out, const char *fmt, ...) {
	if (out->sysno != 0) {
		return;
	}
	va_list args;
	va_start(args, fmt);
	ctx_buf_addv(&out->buf, fmt, args);
	va_end(args);
	flush_if_full(out);
}

void ctx_out_style(struct ctx_out *out, enum ctx_style style) {
	static const char *const sequences[] = {
		[CTX_STYLE_RESET] = "\033[0m",
		[CTX_STYLE_BOLD] = "\033[1m",
		[CTX_STYLE_DIM] = "\033[2m",
		[CTX_STYLE_RED] = "\033[31m",
		[CTX_STYLE_GREEN] = "\033[32m",
		[CTX_STYLE_YELLOW] = "\033[33m",
		[CTX_STYLE_BLUE] = "\033[34m",
		[CTX_STYLE_CYAN] = "\033[36m",
	};
	if (out->color) {
		ctx_out_puts(out, sequences[style]);
	}
}

/* ---- Untrusted names ---- */

/** How a character of a name is shown on a terminal. */
enum shown { SHOWN_AS_IS, SHOWN_BACKSLASH, SHOWN_HEX };

/** Decide about the character at `name`; `*len` gets its bytes and `*code` its code point. */
static enum shown classify(const char *name, size_t left, size_t *len, uint32_t *code) {
	*len = ctx_utf8_decode(name, left, code);
	if (*code == '\\') {
		return SHOWN_BACKSLASH;
	}
	return *code == CTX_UTF8_BAD || ctx_utf8_unsafe(*code) ? SHOWN_HEX : SHOWN_AS_IS;
}

/** Bytes at the front of a name that are printable ASCII: nearly always all of them. */
static size_t plain_prefix(const char *name, size_t len) {
	size_t n = 0;
	while (n < len && name[n] >= 0x20 && name[n] < 0x7F && name[n] != '\\') {
		++n;
	}
	return n;
}

void ctx_escape_name(struct ctx_buf *buf, const char *name, size_t len) {
	while (len > 0) {
		size_t n = plain_prefix(name, len);
		if (n > 0) {
			ctx_buf_add(buf, name, n);
		} else {
			uint32_t code;
			enum shown shown = classify(name, len, &n, &code);
			for (size_t i = 0; shown == SHOWN_HEX && i < n; ++i) {
				ctx_buf_addf(buf, "\\x%02x", (unsigned)(unsigned char)name[i]);
			}
			if (shown == SHOWN_BACKSLASH) {
				ctx_buf_adds(buf, "\\\\");
			} else if (shown == SHOWN_AS_IS) {
				ctx_buf_add(buf, name, n);
			}
		}
		name += n;
		len -= n;
	}
}

void ctx_out_name(struct ctx_out *out, const char *name, size_t len) {
	if (!out->tty) {
		ctx_out_write(out, name, len);
	} else if (out->sysno == 0) {
		ctx_escape_name(&out->buf, name, len);
		flush_if_full(out);
	}
}

size_t ctx_out_name_width(const struct ctx_out *out, const char *name, size_t len) {
	size_t width = 0;
	while (len > 0) {
		size_t n = plain_prefix(name, len);
		if (n > 0) {
			width += n;
		} else {
			uint32_t code;
			enum shown shown = classify(name, len, &n, &code);
			if (shown == SHOWN_AS_IS) {
				width += ctx_utf8_width(code);
			} else if (!out->tty) {
				width += 1; // whatever reads it will show something
			} else {
				width += shown == SHOWN_BACKSLASH ? strlen("\\\\") : n * strlen("\\xHH");
			}
		}
		name += n;
		len -= n;
	}
	return width;
}

/* ---- Numbers for people ---- */

const char *ctx_human_bytes(char out[CTX_HUMAN_MAX], uint64_t bytes) {
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
	size_t unit = 0;
	uint64_t scale = 1;
	while (bytes / scale >= 1000) {
		scale *= 1000;
		++unit;
	}
	if (unit == 0) {
		snprintf(out, CTX_HUMAN_MAX, "%u B", (unsigned)bytes);
		return out;
	}

	// Three digits: count in steps of a hundredth, tenth or whole unit, the half rounded up
	unsigned decimals = 2;
	uint64_t step = scale / 100;
	while (bytes / step >= 1000) {
		step *= 10;
		--decimals;
	}
	unsigned digits = (unsigned)(bytes / step + (bytes % step >= step - step / 2 ? 1 : 0));
	if (digits == 1000) { // 9.996 became 10.0, or 999.6 kB became 1.00 MB
		digits = 100;
		unit += decimals == 0 ? 1 : 0;
		decimals = decimals == 0 ? 2 : decimals - 1;
	}
	while (decimals > 0 && digits % 10 == 0) {
		digits /= 10;
		--decimals;
	}

	unsigned split = decimals == 2 ? 100 : decimals == 1 ? 10 : 1;
	if (decimals == 0) {
		snprintf(out, CTX_HUMAN_MAX, "%u %s", digits, units[unit]);
	} else {
		snprintf(out, CTX_HUMAN_MAX, "%u.%0*u %s", digits / split, (int)decimals, digits % split, units[unit]);
	}
	return out;
}

const char *ctx_grouped(char out[32], uint64_t n) {
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
	char *to = out;
	for (int i = 0; i < len; ++i) {
		if (i > 0 && (len - i) % 3 == 0) {
			*to++ = ',';
		}
		*to++ = digits[i];
	}
	*to = '\0';
	return out;
}
