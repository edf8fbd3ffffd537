/**
 * Image archives in a few words, for tests: a layer is a text with a line for each entry,
 *
 *	TYPE[uUID][mMODE][xVALUE] PATH [CONTENT]
 *
 * TYPE being f (file), d (directory), s (symlink, CONTENT its target), h (hard link, likewise), c and b (devices), p (FIFO); xVALUE
 * is an extended attribute.  '^' in a path is a line feed.
 */
#ifndef CTXOPT_TESTS_UNIT_IMAGE_LAB_H
#define CTXOPT_TESTS_UNIT_IMAGE_LAB_H

#include "ctxopt/base/buf.h"
#include "ctxopt/context/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/** Append a block of zeros, or up to the next border of one. */
static inline void lab_pad(struct ctx_buf *out) {
	static const char zeros[512];
	ctx_buf_add(out, zeros, (512 - out->len % 512) % 512);
}

/** Append an entry. */
static inline void lab_entry(struct ctx_buf *out, char type, const char *path, const char *link, const void *content,
	size_t len, unsigned mode, unsigned uid) {
	char header[512] = { 0 };
	(void)snprintf(header, 100, "%s", path);
	(void)snprintf(header + 100, 8, "%07o", mode);
	(void)snprintf(header + 108, 8, "%07o", uid);
	(void)snprintf(header + 116, 8, "%07o", 2 * uid);
	(void)snprintf(header + 124, 12, "%011lo", (unsigned long)len & 077777777777);
	(void)snprintf(header + 136, 12, "%011o", 7U);
	memset(header + 148, ' ', 8);
	header[156] = type;
	(void)snprintf(header + 157, 100, "%s", link != NULL ? link : "");
	memcpy(header + 257, "ustar\00000", 8);
	(void)snprintf(header + 329, 8, "%07o", type == '3' || type == '4' ? 1U : 0U);
	(void)snprintf(header + 337, 8, "%07o", type == '3' || type == '4' ? 3U : 0U);
	unsigned sum = 0;
	for (size_t i = 0; i < sizeof(header); ++i) {
		sum += (unsigned char)header[i];
	}
	(void)snprintf(header + 148, 8, "%06o", sum);
	ctx_buf_add(out, header, sizeof(header));
	ctx_buf_add(out, content, len);
	lab_pad(out);
}

/** Append one line of a layer. */
static inline void lab_line(struct ctx_buf *out, char *line) {
	static const struct {
		char letter, type;
		unsigned mode;
	} kinds[] = { { 'f', '0', 0644 }, { 'd', '5', 0755 }, { 's', '2', 0777 }, { 'h', '1', 0644 },
		{ 'c', '3', 0666 }, { 'b', '4', 0660 }, { 'p', '6', 0600 } };
	char *path = strchr(line, ' '), *text = path == NULL ? NULL : strchr(path + 1, ' ');
	if (path == NULL) {
		return;
	}
	*path++ = '\0';
	for (char *at = path; *at != '\0'; ++at) {
		*at = *at == '^' ? '\n' : *at;
	}
	if (text != NULL) {
		*text++ = '\0';
	}
	const char *u = strchr(line, 'u'), *m = strchr(line, 'm'), *x = strchr(line, 'x');
	if (x != NULL) {
		char record[100];
		size_t len = strlen(x + 1) + strlen(" SCHILY.xattr.user.a=\n") + 2;
		(void)snprintf(record, sizeof(record), "%zu SCHILY.xattr.user.a=%s\n", len, x + 1);
		lab_entry(out, 'x', "pax", NULL, record, len, 0644, 0);
	}
	for (size_t i = 0; i < CTX_COUNTOF(kinds); ++i) {
		if (kinds[i].letter == line[0]) {
			unsigned mode = m != NULL ? (unsigned)strtoul(m + 1, NULL, 8) : kinds[i].mode;
			bool is_file = line[0] == 'f';
			lab_entry(out, kinds[i].type, path, is_file ? NULL : text, text,
				is_file && text != NULL ? strlen(text) : 0, mode,
				u != NULL ? (unsigned)strtoul(u + 1, NULL, 10) : 0);
		}
	}
}

/** Append the archive that is a layer. */
static inline void lab_layer(struct ctx_buf *out, const char *text) {
	static const char zeros[1024];
	char *copy = strdup(text), *rest = copy;
	for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
		lab_line(out, line);
	}
	ctx_buf_add(out, zeros, sizeof(zeros));
	free(copy);
}

/** The configuration of an image that does not care. */
#define LAB_CONFIG "{\"os\":\"linux\",\"config\":{\"Cmd\":[\"a\"]}}"

/** Append the archive of an image as docker 20.10 saves it: layers "0/layer.tar" and so on. */
static inline void lab_image(struct ctx_buf *out, const char *config, const char *const *layers, size_t count) {
	static const char zeros[1024];
	ctx_auto_buf struct ctx_buf manifest = CTX_BUF_INIT;
	ctx_buf_adds(&manifest, "[{\"Config\":\"c.json\",\"Layers\":[");
	for (size_t i = count; i-- > 0;) { // the highest one first: the order of the archive does not matter
		ctx_auto_buf struct ctx_buf layer = CTX_BUF_INIT;
		char name[32];
		lab_layer(&layer, layers[i]);
		(void)snprintf(name, sizeof(name), "%zu/layer.tar", i);
		lab_entry(out, '0', name, NULL, layer.data, layer.len, 0644, 0);
	}
	for (size_t i = 0; i < count; ++i) {
		ctx_buf_addf(&manifest, "%s\"%zu/layer.tar\"", i > 0 ? "," : "", i);
	}
	ctx_buf_adds(&manifest, "]}]");
	lab_entry(out, '0', "c.json", NULL, config, strlen(config), 0644, 0);
	lab_entry(out, '0', "manifest.json", NULL, manifest.data, manifest.len, 0644, 0);
	ctx_buf_add(out, zeros, sizeof(zeros));
}

/** Read an archive from memory. */
static inline int lab_read(struct ctx_image *image, const struct ctx_buf *archive, struct ctx_error *err) {
	int fd = memfd_create("image", MFD_CLOEXEC);
	if (fd < 0 || write(fd, archive->data, archive->len) != (ssize_t)archive->len || lseek(fd, 0, SEEK_SET) != 0) {
		abort();
	}
	int rc = ctx_image_read(image, fd, NULL, err);
	close(fd);
	return rc;
}

#endif
