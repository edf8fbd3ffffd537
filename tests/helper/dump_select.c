/*
 * Modes follow and select of ctxopt-dump-dockerfile: questions about the directory that the setting `tree` names.
 *
 * The text is a list of questions, one per line, fields separated by tabs (tests/conform/reads.py).
 */
#include "tests/helper/dump.h"

#include "analyzer/dockerfile/follow.h"
#include "analyzer/dockerfile/select.h"
#include "ctxopt/context/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/** Fields of one question. */
#define FIELDS_MAX 64

/** One question. */
struct question {
	struct ctx_str fields[FIELDS_MAX];
	size_t count;
};

/** Take the next question off the text; false at the end. */
static bool next_question(struct ctx_str *text, struct question *q) {
	q->count = 0;
	if (text->len == 0) {
		return false;
	}
	const char *stop = memchr(text->ptr, '\n', text->len);
	size_t len = stop != NULL ? (size_t)(stop - text->ptr) : text->len;
	for (size_t at = 0; at <= len && q->count < FIELDS_MAX;) {
		const char *tab = memchr(text->ptr + at, '\t', len - at);
		size_t end = tab != NULL ? (size_t)(tab - text->ptr) : len;
		q->fields[q->count++] = (struct ctx_str){ text->ptr + at, end - at };
		at = end + 1;
	}
	*text = ctx_str_from(*text, stop != NULL ? len + 1 : len);
	return true;
}

/** Open the tree of the block. */
static int open_tree(struct dump *d, int *fd, struct ctx_error *err) {
	struct ctx_str path = dump_last_setting(d, "tree");
	const char *copy = ctx_arena_memdup0(&d->arena, path.len > 0 ? path.ptr : "", path.len);
	*fd = copy != NULL ? open(copy, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	return *fd < 0 ? ctx_fail_sys(err, errno, "%s", copy != NULL ? copy : "") : 0;
}

/** Order of lines. */
static int compare(const void *a, const void *b) {
	const struct ctx_str *x = a, *y = b;
	size_t len = x->len < y->len ? x->len : y->len;
	int order = len > 0 ? memcmp(x->ptr, y->ptr, len) : 0;
	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

/* ---- follow ---- */

/** Answer one question from one tree. */
static int answer_follow(struct dump *d, const struct question *q, const struct ana_follow_tree *tree,
	struct ctx_error *err) {
	ana_auto_words struct ana_words patterns = { 0 };
	int rc = ana_follow_links(&patterns, q->fields + 1, q->count - 1, tree, &d->arena, err);
	if (rc == CTX_E_IO) {
		dump_flag(d, "error", true);
		return 0;
	}
	dump_each(d, "pattern", patterns.items.items, patterns.items.count);
	return rc;
}

/** Answer the questions from the directory; and again from a snapshot of it, which must say the same. */
static int answer_all(struct dump *d, struct ctx_str text, int fd, struct ctx_snapshot *snap, struct ctx_error *err) {
	struct ana_follow_fd follow;
	struct ana_follow_snapshot second;
	ana_follow_fd_init(&follow, fd);
	ana_follow_snapshot_init(&second, snap);
	struct question q;
	int rc = 0;
	while (rc == 0 && next_question(&text, &q)) {
		if (!ctx_str_is(q.fields[0], "follow")) {
			continue;
		}
		dump_flag(d, "follow", true);
		size_t before = d->out.len;
		rc = answer_follow(d, &q, &follow.tree, err);
		size_t middle = d->out.len;
		rc = rc < 0 ? rc : answer_follow(d, &q, &second.tree, err);
		bool same = middle - before == d->out.len - middle &&
			memcmp(ctx_buf_str(&d->out) + before, ctx_buf_str(&d->out) + middle, middle - before) == 0;
		if (same) {
			ctx_buf_truncate(&d->out, middle);
		}
	}
	ana_follow_fd_release(&follow);
	return rc;
}

int dump_follow(struct dump *d, struct ctx_str text, struct ctx_error *err) {
	int fd;
	struct ctx_snapshot *snap = NULL;
	struct ctx_walk_opts opts = { .jobs = 1 };
	int rc = open_tree(d, &fd, err);
	rc = rc < 0 ? rc : ctx_walk(&snap, fd, NULL, &opts, err);
	rc = rc < 0 ? rc : answer_all(d, text, fd, snap, err);
	ctx_snapshot_free(snap);
	if (fd >= 0) {
		close(fd);
	}
	return rc;
}

/* ---- select ---- */

/** What a selection reported. */
struct reported {
	struct dump *d;
	struct ana_words paths;
	uint64_t files, dirs, bytes;
};

/** Note an entry. */
static int note(void *arg, struct ctx_dir *dir, struct ctx_entry *entry, const char *path, size_t len) {
	struct reported *r = arg;
	(void)dir;
	r->files += entry->kind != CTX_KIND_DIR;
	r->dirs += entry->kind == CTX_KIND_DIR;
	r->bytes += ctx_entry_content_bytes(entry);
	struct ctx_str copy = { ctx_arena_memdup0(&r->d->arena, path, len), len };
	return copy.ptr != NULL && CTX_VEC_PUSH(&r->paths.items, copy) ? 0 : CTX_E_NOMEM;
}

/** The values of a key among the settings of a question. */
static int values_of(struct dump *d, const struct question *q, const char *key, struct ctx_str **out, uint32_t *count) {
	size_t len = strlen(key);
	*out = ctx_arena_calloc(&d->arena, q->count, sizeof(**out));
	*count = 0;
	for (size_t i = 2; *out != NULL && i < q->count; ++i) {
		struct ctx_str field = q->fields[i];
		if (field.len > len && memcmp(field.ptr, key, len) == 0 && field.ptr[len] == '=') {
			(*out)[(*count)++] = ctx_str_from(field, len + 1);
		}
	}
	return *out != NULL ? 0 : CTX_E_NOMEM;
}

/** Print what was reported, in order, with what is wrong with the totals. */
static void print_reported(struct dump *d, struct reported *r, const struct ana_selection *sel) {
	struct ctx_str *paths = r->paths.items.items;
	size_t count = r->paths.items.count;
	if (count > 0) {
		qsort(paths, count, sizeof(*paths), compare);
	}
	for (size_t i = 1; i < count; ++i) {
		dump_flag(d, "twice", ctx_str_eq(paths[i - 1], paths[i]));
	}
	dump_flag(d, "totals", r->files != sel->files || r->dirs != sel->dirs || r->bytes != sel->bytes);
	dump_each(d, "entry", paths, count);
}

/** Answer one question. */
static int answer_read(struct dump *d, const struct question *q, struct ctx_snapshot *snap, struct ctx_error *err) {
	struct ana_action action = { .kind = ANA_ACTION_COPY,
		.src = q->fields[1],
		.follow_symlinks = true,
		.wildcard = true };
	struct ana_exec_mount mount = { .selector = q->fields[1] };
	struct ana_read read = { .path = q->fields[1] };
	bool is_mount = ctx_str_is(q->fields[0], "mount");
	read.action = is_mount ? NULL : &action;
	read.mount = is_mount ? &mount : NULL;
	int rc = values_of(d, q, "include", &action.includes, &action.include_count);
	rc = rc < 0 ? rc : values_of(d, q, "exclude", &action.excludes, &action.exclude_count);
	rc = rc < 0 ? rc : values_of(d, q, "required", &action.required, &action.required_count);
	struct reported reported = { .d = d };
	struct ana_selection sel, totals;
	dump_text(d, "read", q->fields[1]);
	rc = rc < 0 ? rc : ana_select(&sel, &read, snap, 0, note, &reported, err);
	bool malformed = rc == 0 && sel.missing &&
		(strstr(sel.message, "syntax error in pattern") != NULL ||
			strstr(sel.message, "illegal exclusion") != NULL);
	if (malformed) {
		dump_flag(d, "malformed", true);
	} else if (rc == 0 && sel.missing) {
		dump_text(d, "missing", CTX_STR(sel.message));
	} else if (rc == 0) {
		print_reported(d, &reported, &sel);
		rc = ana_select(&totals, &read, snap, 0, NULL, NULL, err);
		dump_flag(d, "totals",
			totals.files != sel.files || totals.dirs != sel.dirs || totals.bytes != sel.bytes);
	}
	ana_words_release(&reported.paths);
	return rc;
}

/** Leave out what the patterns of a question match. */
static int ignore(struct dump *d, const struct question *q, struct ctx_snapshot *snap, struct ctx_error *err) {
	const char *patterns[FIELDS_MAX];
	for (size_t i = 1; i < q->count; ++i) {
		patterns[i - 1] = ctx_arena_memdup0(&d->arena, q->fields[i].ptr, q->fields[i].len);
		if (patterns[i - 1] == NULL) {
			return ctx_fail_nomem(err);
		}
	}
	struct ctx_ignore *ig = NULL;
	int rc = ctx_ignore_compile(&ig, patterns, q->count - 1, err);
	rc = rc < 0 ? rc : ctx_snapshot_apply(snap, ig, err);
	ctx_ignore_free(ig);
	return rc;
}

int dump_select(struct dump *d, struct ctx_str text, struct ctx_error *err) {
	int fd;
	struct ctx_snapshot *snap = NULL;
	struct ctx_walk_opts opts = { .jobs = 1 };
	int rc = open_tree(d, &fd, err);
	rc = rc < 0 ? rc : ctx_walk(&snap, fd, NULL, &opts, err);
	struct question q;
	while (rc == 0 && next_question(&text, &q)) {
		if (ctx_str_is(q.fields[0], "ignore")) {
			rc = ignore(d, &q, snap, err);
		} else if (ctx_str_is(q.fields[0], "read") || ctx_str_is(q.fields[0], "mount")) {
			rc = answer_read(d, &q, snap, err);
		}
	}
	ctx_snapshot_free(snap);
	if (fd >= 0) {
		close(fd);
	}
	return rc;
}
