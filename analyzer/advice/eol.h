/**
 * When the makers of well-known base images stop to update them: a table that goes with the program, made on the day that it names.
 */
#ifndef ANALYZER_ADVICE_EOL_H
#define ANALYZER_ADVICE_EOL_H

#include "analyzer/advice/ship.h"

/** The day of the data of endoflife.date with which the table was compared (tests/conform/eol.py). */
#define ANA_EOL_DATE "2026-08-22"

/** What the table says of an image. */
struct ana_eol {
	/** Product and version: "Python 3.7", "Debian 10 (buster)". */
	char what[64];
	/** Day of the last update, in days since 1970-01-01, and as YYYYMMDD. */
	int64_t day;
	uint32_t date;
	/** Where the makers say so.  Static string. */
	const char *source;
};

/**
 * Look an image up, by its version and by the distribution that its tag names ("node:18-buster"): whichever ends first.
 * true if the table has it.
 */
bool ana_eol_find(struct ana_eol *out, const struct ana_image *image);

/** Does the tag name one build for good: "3.12.4-slim", a digest?  Then it gets no update without a change of the Dockerfile. */
bool ana_eol_is_frozen(const struct ana_image *image);

/** Days since 1970-01-01 of a date as YYYYMMDD. */
int64_t ana_eol_day(uint32_t date);

#endif
