/**
 * What differs between images, in words.
 */
#ifndef ANALYZER_REPORT_IMAGES_H
#define ANALYZER_REPORT_IMAGES_H

#include "analyzer/report/report.h"
#include "ctxopt/base/buf.h"

/** Name and bit of what can differ at a path, ended by NULL. */
struct ana_image_field {
	unsigned field;
	const char *name;
};
extern const struct ana_image_field ana_image_fields[];

/** Append "mode 0755, was 0644; owner 0:0, was 1000:1000".  Targets of links are escaped. */
void ana_image_words(struct ctx_buf *out, const struct ctx_image_change *change);

/** Paths that a list of changes stands for. */
size_t ana_image_count(const struct ctx_image_change *changes, size_t count);

/** Of the settings, those that differ by the proposal, or by themselves. */
size_t ana_image_settings(const struct ctx_image_diff *diff, bool itself);

#endif
