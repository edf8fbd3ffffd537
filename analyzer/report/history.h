/**
 * Small questions about builds of a history that all faces ask.
 */
#ifndef ANALYZER_REPORT_HISTORY_H
#define ANALYZER_REPORT_HISTORY_H

#include "analyzer/report/report.h"

/** "hit", "miss" or "unknown". */
const char *ana_hit_name(enum ana_hit hit);
/** "2026-01-02T03:04:05Z" in the buffer; of a time after the year 9999 the seconds, "@253402300800": see ana_time_is_valid(). */
const char *ana_time_text(char out[32], int64_t seconds);
/** The day of it, "2026-01-02". */
const char *ana_day_text(char out[32], int64_t seconds);
/** Is there a date for it, before the year 10000?  Commits may have any time. */
bool ana_time_is_valid(int64_t seconds);
/** "0.2 s", "45 s", "12 min", "3.5 h" in the buffer. */
const char *ana_seconds_text(char out[24], double seconds);
/** Sums over all steps of all builds. */
struct ana_history_sums {
	uint64_t hits, misses, unknown;
};
struct ana_history_sums ana_history_sum(const struct ana_sim *sim);
/** The first and the last moment of a history, whatever the order of its commits. */
void ana_time_range(const struct ctx_gitlog_commit *commits, size_t count, int64_t *first, int64_t *last);
/** Branch of a build; "" for the working tree. */
const char *ana_build_branch(const struct ana_history *r, const struct ana_sim_build *build);
/** A letter for a kind of change: "+", "-", "M", "m". */
const char *ana_change_kind_name(enum ana_change_kind kind);

#endif
