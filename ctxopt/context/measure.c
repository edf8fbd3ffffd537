/*
 * Totals are one pass over the entries.  The breakdowns by directory, extension and file are in groups.c, duplicates
 * in duplicates.c.
 */
#include "ctxopt/context/measure.h"

#include <stdlib.h>

/** a + b, or the largest number. */
static uint64_t add_capped(uint64_t a, uint64_t b) {
	uint64_t sum;
	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

void ctx_totals_add(struct ctx_totals *into, const struct ctx_totals *more) {
	into->files += more->files; // counts of entries in memory cannot overflow
	into->dirs += more->dirs;
	into->symlinks += more->symlinks;
	into->bytes = add_capped(into->bytes, more->bytes);
}

void ctx_totals_add_entry(struct ctx_totals *into, const struct ctx_entry *e) {
	switch ((enum ctx_kind)e->kind) {
	case CTX_KIND_DIR:
		++into->dirs;
		return;
	case CTX_KIND_SYMLINK:
		++into->symlinks;
		return;
	case CTX_KIND_FILE:
	case CTX_KIND_FIFO:
	case CTX_KIND_SOCKET:
	case CTX_KIND_DEVICE:
		++into->files;
		into->bytes = add_capped(into->bytes, ctx_entry_content_bytes(e));
		return;
	}
}

/** Count a kept entry. */
static void measure_kept(struct ctx_measure *m, const struct ctx_entry *e) {
	ctx_totals_add_entry(&m->included, e);
	bool unread = (e->flags & (CTX_ENTRY_REFUSED | CTX_ENTRY_UNREADABLE)) != 0;
	if (e->kind == CTX_KIND_SOCKET) {
		++m->emptied_files;
	} else if (e->kind == CTX_KIND_FILE && unread && e->size_bytes > 0) {
		++m->emptied_files;
		m->emptied_bytes = add_capped(m->emptied_bytes, e->size_bytes);
	}
}

/** Count an excluded entry. */
static void measure_excluded(struct ctx_measure *m, const struct ctx_entry *e) {
	ctx_totals_add_entry(&m->excluded, e);
	if ((e->flags & CTX_ENTRY_UNOPENED) != 0) {
		++m->unopened_dirs;
	}
	if (e->rule > 0 && e->rule <= m->rule_count) {
		ctx_totals_add_entry(&m->by_rule[e->rule - 1], e);
	}
}

int ctx_measure(struct ctx_measure *out, struct ctx_snapshot *snap, size_t rule_count, struct ctx_error *err) {
	*out = (struct ctx_measure){ .rule_count = rule_count };
	if (rule_count > 0) {
		out->by_rule = ctx_calloc(rule_count, sizeof(*out->by_rule));
		if (out->by_rule == NULL) {
			return ctx_fail_nomem(err);
		}
	}
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (const struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		if (ctx_entry_kept(e)) {
			measure_kept(out, e);
		} else {
			measure_excluded(out, e);
		}
	}
	return 0;
}

void ctx_measure_release(struct ctx_measure *m) {
	free(m->by_rule);
	m->by_rule = NULL;
	m->rule_count = 0;
}
