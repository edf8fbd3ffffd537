/*
 * Sizes of packets (wire.h), added up in the order in which a client announces entries (wanted.h).  What is held from
 * entry to entry are the first paths of files with several names (transfer_links.h).
 */
#include "analyzer/dockerfile/transfer.h"

#include "analyzer/dockerfile/transfer_disk.h"
#include "analyzer/dockerfile/transfer_links.h"
#include "analyzer/dockerfile/wanted.h"
#include "analyzer/dockerfile/wire.h"

/** Fewer entries are read while they are counted: threads would not pay. */
#define READ_AHEAD_MIN 2000

/** A computation. */
struct tally {
	struct ana_transfer *out;
	const struct ana_transfer_opts *opts;
	struct ana_links links;
	/** Of the previous snapshot. */
	struct ana_links previous_links;
	struct ana_disk disk;
	struct ctx_error *err;
};

/** Bytes of content that arrive for an entry. */
static uint64_t arriving_bytes(const struct ctx_entry *e, bool openable) {
	return openable ? ctx_entry_content_bytes(e) : 0;
}

/**
 * Does the builder hold a file as it is now (diff_containerd.go, sameFile)?  What it compares is what arrived: a file that
 * arrived empty has another size than the one announced, so it is asked for every time.
 */
static bool is_same(const struct tally *t, const struct ana_wanted *w) {
	const struct ctx_entry *now = w->entry, *before = t->opts->previous != NULL ? w->before : now;
	if (before == NULL || arriving_bytes(before, w->openable) != now->size_bytes) {
		return false;
	}
	return before == now ||
		(before->mtime_ns == now->mtime_ns && ana_wire_mode(before->mode) == ana_wire_mode(now->mode) &&
			!ana_links_is_link(&t->previous_links, before));
}

/** Count what carries the content of a file; @return whether it is asked for the next time. */
static bool add_content(struct tally *t, const struct ana_wanted *w) {
	uint64_t content = arriving_bytes(w->entry, w->openable);
	uint64_t packets = ana_wire_data_packets(t->out->entries, content);
	bool again = t->opts->anew || !is_same(t, w);
	t->out->first_bytes += packets;
	t->out->content_bytes += content;
	t->out->files += content > 0;
	if (again) {
		t->out->next_bytes += packets;
		t->out->next_content_bytes += content;
		t->out->next_files += content > 0;
	}
	return again;
}

/** Count one entry. */
static int add_entry(void *arg, const struct ana_wanted *w) {
	struct tally *t = arg;
	const struct ctx_entry *e = w->entry;
	struct ana_wire_stat fields = {
		.path_len = w->path_len,
		.size_bytes = e->kind == CTX_KIND_DIR ? 0 : e->size_bytes,
		.link_len = e->kind == CTX_KIND_SYMLINK ? e->size_bytes : 0,
		.mtime_ns = e->mtime_ns,
		.mode = e->mode,
		.extra_bytes = ana_disk_bytes(&t->disk, w->dir, e),
	};
	uint64_t hard_len = 0;
	if (ana_links_add(&t->links, w, &hard_len) < 0) {
		return ctx_fail_nomem(t->err);
	}
	fields.link_len += hard_len;
	uint64_t packet = ana_wire_stat_packet(&fields);
	t->out->first_bytes += packet;
	t->out->next_bytes += packet;
	bool sent = false;
	if ((e->kind == CTX_KIND_FILE || e->kind == CTX_KIND_SOCKET) && hard_len == 0) {
		sent = add_content(t, w);
	}
	++t->out->entries;
	return t->opts->fn != NULL ? t->opts->fn(t->opts->fn_arg, w->dir, w->entry, w->path, w->path_len, sent) : 0;
}

/** Note the first names of the previous snapshot. */
static int note_previous(void *arg, const struct ana_wanted *w) {
	struct tally *t = arg;
	uint64_t len;
	return ana_links_add(&t->previous_links, w, &len) < 0 ? ctx_fail_nomem(t->err) : 0;
}

/** Prepare for the hard links of both snapshots. */
static int prepare_links(struct tally *t, struct ctx_snapshot *snap, const struct ctx_ignore *includes) {
	struct ctx_snapshot *previous = t->opts->previous;
	int rc = ana_links_prepare(&t->links, snap);
	if (rc >= 0 && previous != NULL) {
		rc = ana_links_prepare(&t->previous_links, previous);
		if (rc > 0) {
			return ana_wanted_each(previous, includes, NULL, note_previous, t, t->err);
		}
	}
	return rc < 0 ? ctx_fail_nomem(t->err) : 0;
}

int ana_transfer_compute(struct ana_transfer *out, struct ctx_snapshot *snap, const struct ana_transfer_opts *opts,
	struct ctx_error *err) {
	struct ctx_ignore *includes;
	*out = (struct ana_transfer){ .first_bytes = ANA_WIRE_TYPE_BYTES, .next_bytes = ANA_WIRE_TYPE_BYTES };
	int rc = ana_wanted_compile(&includes, opts->patterns, opts->pattern_count, err);
	if (rc < 0) {
		return rc;
	}
	struct tally t = { .out = out, .opts = opts, .err = err };
	ana_disk_init(&t.disk, opts->root_fd);
	if (opts->jobs > 1 && includes == NULL && snap->entry_count > READ_AHEAD_MIN) {
		rc = ana_disk_read_ahead(&t.disk, snap, opts->jobs, err);
	}
	if (rc == 0) {
		rc = prepare_links(&t, snap, includes);
	}
	if (rc == 0) {
		rc = ana_wanted_each(snap, includes, opts->previous, add_entry, &t, err);
	}
	if (rc == 0 && !ana_disk_ok(&t.disk)) {
		rc = ctx_fail_nomem(err);
	}
	ana_disk_release(&t.disk);
	ana_links_release(&t.links);
	ana_links_release(&t.previous_links);
	ctx_ignore_free(includes);
	return rc;
}
