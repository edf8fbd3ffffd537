#include "analyzer/report/history.h"

#include <stdio.h>
#include <time.h>

const char *ana_hit_name(enum ana_hit hit) {
	return hit == ANA_HIT ? "hit" : hit == ANA_MISS ? "miss" : "unknown";
}

bool ana_time_is_valid(int64_t seconds) {
	return seconds >= 0 && seconds < 253402300800;
}

void ana_time_range(const struct ctx_gitlog_commit *commits, size_t count, int64_t *first, int64_t *last) {
	*first = *last = commits[0].time;
	for (size_t i = 1; i < count; ++i) {
		*first = commits[i].time < *first ? commits[i].time : *first;
		*last = commits[i].time > *last ? commits[i].time : *last;
	}
}

const char *ana_time_text(char out[32], int64_t seconds) {
	time_t time = (time_t)seconds;
	struct tm parts;
	if (!ana_time_is_valid(seconds) || gmtime_r(&time, &parts) == NULL ||
		strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
		snprintf(out, 32, "@%lld", (long long)seconds);
	}
	return out;
}

const char *ana_day_text(char out[32], int64_t seconds) {
	ana_time_text(out, seconds);
	if (ana_time_is_valid(seconds)) {
		out[strlen("2026-01-02")] = '\0';
	}
	return out;
}

const char *ana_seconds_text(char out[24], double seconds) {
	if (seconds < 9.95) {
		snprintf(out, 24, "%.1f s", seconds);
	} else if (seconds < 119.5) {
		snprintf(out, 24, "%.0f s", seconds);
	} else if (seconds < 119.5 * 60) {
		snprintf(out, 24, "%.0f min", seconds / 60);
	} else {
		snprintf(out, 24, "%.1f h", seconds / 3600);
	}
	return out;
}

struct ana_history_sums ana_history_sum(const struct ana_sim *sim) {
	struct ana_history_sums sums = { 0 };
	for (size_t i = 0; i < sim->rows.count; ++i) {
		sums.hits += sim->rows.items[i].hits;
		sums.misses += sim->rows.items[i].misses;
		sums.unknown += sim->rows.items[i].unknown;
	}
	return sums;
}

const char *ana_build_branch(const struct ana_history *r, const struct ana_sim_build *build) {
	if (build->commit == ANA_NONE) {
		return "";
	}
	uint32_t branch = r->commits[build->commit].branch;
	return branch < r->branch_count ? r->branches[branch] : "";
}

const char *ana_change_kind_name(enum ana_change_kind kind) {
	static const char *const names[] = {
		[ANA_CHANGE_ADDED] = "+",
		[ANA_CHANGE_REMOVED] = "-",
		[ANA_CHANGE_MODIFIED] = "M",
		[ANA_CHANGE_MODE] = "m",
	};
	return names[kind];
}
