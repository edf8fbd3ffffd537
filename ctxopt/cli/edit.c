#include "ctxopt/cli/edit.h"

#include "ctxopt/base/path.h"
#include "ctxopt/base/vec.h"
#include "ctxopt/context/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

/** Lines of context in a diff. */
#define CONTEXT_LINES 3
/** Largest table of lines by lines that is made to compare two texts. */
#define TABLE_MAX ((size_t)16 << 20)

/* ---- Diff ---- */

/** Lines of a text, their ends included. */
struct lines {
	CTX_VEC(struct ctx_str) items;
};

/** Cut a text into lines. */
static bool cut(struct lines *lines, struct ctx_str text) {
	while (text.len > 0) {
		size_t end = ctx_str_find(text, '\n');
		struct ctx_str line = { text.ptr, end < text.len ? end + 1 : end };
		if (!CTX_VEC_PUSH(&lines->items, line)) {
			return false;
		}
		text = ctx_str_from(text, line.len);
	}
	return true;
}

/** Append a line with a sign in front. */
static void add_line(struct ctx_buf *out, char sign, struct ctx_str line) {
	ctx_buf_addc(out, sign);
	ctx_buf_add(out, line.ptr, line.len);
	if (!ctx_str_ends(line, "\n")) {
		ctx_buf_adds(out, "\n\\ No newline at end of file\n");
	}
}

/** "a/.dockerignore"; an absolute path stays as it is. */
static void add_name(struct ctx_buf *out, const char *mark, const char *side, const char *path) {
	ctx_buf_addf(out, "%s %s%s\n", mark, path[0] == '/' ? "" : side, strncmp(path, "./", 2) == 0 ? path + 2 : path);
}

/** Two texts, and by line of each: it is in both, in the same order. */
struct comparison {
	struct lines old, now;
	bool *kept[2];
};

/**
 * Mark the lines of a longest common subsequence between two positions and the ends.  By the table of lengths; texts so large that
 * the table would be too large have nothing in common but their beginning and end.
 */
static bool mark_common(struct comparison *c, size_t from, size_t old_end, size_t now_end) {
	size_t n = old_end - from, m = now_end - from;
	uint32_t *table = n > 0 && m > 0 && n <= TABLE_MAX / m ? ctx_calloc((n + 1) * (m + 1), sizeof(*table)) : NULL;
	if (table == NULL) {
		return n == 0 || m == 0 || n > TABLE_MAX / m;
	}
	const struct ctx_str *x = c->old.items.items + from, *y = c->now.items.items + from;
	for (size_t i = n; i-- > 0;) {
		for (size_t k = m; k-- > 0;) {
			uint32_t down = table[(i + 1) * (m + 1) + k], right = table[i * (m + 1) + k + 1];
			table[i * (m + 1) + k] = ctx_str_eq(x[i], y[k]) ? table[(i + 1) * (m + 1) + k + 1] + 1
				: down > right                          ? down
									: right;
		}
	}
	for (size_t i = 0, k = 0; i < n && k < m;) {
		if (ctx_str_eq(x[i], y[k])) {
			c->kept[0][from + i++] = c->kept[1][from + k++] = true;
		} else if (table[(i + 1) * (m + 1) + k] >= table[i * (m + 1) + k + 1]) {
			++i;
		} else {
			++k;
		}
	}
	free(table);
	return true;
}

/** Find out which lines stay. */
static bool compare(struct comparison *c) {
	size_t old_end = c->old.items.count, now_end = c->now.items.count, from = 0;
	c->kept[0] = ctx_calloc(old_end + 1, sizeof(bool));
	c->kept[1] = ctx_calloc(now_end + 1, sizeof(bool));
	if (c->kept[0] == NULL || c->kept[1] == NULL) {
		return false;
	}
	while (from < old_end && from < now_end && ctx_str_eq(c->old.items.items[from], c->now.items.items[from])) {
		c->kept[0][from] = c->kept[1][from] = true;
		++from;
	}
	while (old_end > from && now_end > from &&
		ctx_str_eq(c->old.items.items[old_end - 1], c->now.items.items[now_end - 1])) {
		c->kept[0][--old_end] = c->kept[1][--now_end] = true;
	}
	return mark_common(c, from, old_end, now_end);
}

/** Unchanged lines from a position of both on. */
static size_t count_kept(const struct comparison *c, size_t i, size_t k) {
	size_t n = 0;
	while (i + n < c->old.items.count && k + n < c->now.items.count && c->kept[0][i + n] && c->kept[1][k + n]) {
		++n;
	}
	return n;
}

/** One hunk, which begins with the lines `i` and `k`; both move behind it. */
static void add_hunk(struct ctx_buf *out, const struct comparison *c, size_t *i, size_t *k) {
	ctx_auto_buf struct ctx_buf body = CTX_BUF_INIT;
	size_t old_from = *i, now_from = *k;
	while (*i < c->old.items.count || *k < c->now.items.count) {
		size_t kept = count_kept(c, *i, *k);
		bool last = *i + kept >= c->old.items.count && *k + kept >= c->now.items.count;
		bool first = *i == old_from && *k == now_from;
		if (kept > 0 && !first && (kept > 2 * CONTEXT_LINES || last)) {
			kept = kept < CONTEXT_LINES ? kept : CONTEXT_LINES;
			last = true;
		} else {
			last = false;
		}
		for (size_t n = 0; n < kept; ++n, ++*i, ++*k) {
			add_line(&body, ' ', c->old.items.items[*i]);
		}
		if (last) {
			break;
		}
		for (; *i < c->old.items.count && !c->kept[0][*i]; ++*i) {
			add_line(&body, '-', c->old.items.items[*i]);
		}
		for (; *k < c->now.items.count && !c->kept[1][*k]; ++*k) {
			add_line(&body, '+', c->now.items.items[*k]);
		}
	}
	size_t olds = *i - old_from, nows = *k - now_from;
	ctx_buf_addf(out, "@@ -%zu,%zu +%zu,%zu @@\n", old_from + (olds > 0), olds, now_from + (nows > 0), nows);
	ctx_buf_add(out, ctx_buf_str(&body), body.len);
}

/** All hunks. */
static void add_hunks(struct ctx_buf *out, const struct comparison *c) {
	size_t i = 0, k = 0;
	while (i < c->old.items.count || k < c->now.items.count) {
		size_t kept = count_kept(c, i, k);
		if (i + kept >= c->old.items.count && k + kept >= c->now.items.count) {
			return;
		}
		size_t skip = kept > CONTEXT_LINES ? kept - CONTEXT_LINES : 0;
		i += skip;
		k += skip;
		add_hunk(out, c, &i, &k);
	}
}

void edit_diff(struct ctx_buf *out, const struct edit *edit) {
	if (ctx_str_eq(edit->now, edit->old)) {
		return;
	}
	struct comparison c = { 0 };
	if (edit->exists) {
		add_name(out, "---", "a/", edit->path);
	} else {
		ctx_buf_adds(out, "--- /dev/null\n");
	}
	add_name(out, "+++", "b/", edit->path);
	if (cut(&c.old, edit->old) && cut(&c.now, edit->now) && compare(&c)) {
		add_hunks(out, &c);
	} else {
		out->failed = true;
	}
	free(c.kept[0]);
	free(c.kept[1]);
	CTX_VEC_RELEASE(&c.old.items);
	CTX_VEC_RELEASE(&c.now.items);
}

/* ---- Writing ---- */

/** Is the file what the last commit holds? */
static int is_committed(const struct edit *edit, struct ctx_gitrepo *repo, bool *committed, struct ctx_error *err) {
	char path[PATH_MAX], top[PATH_MAX];
	const char *workdir = ctx_gitrepo_workdir(repo);
	*committed = false;
	if (workdir == NULL || realpath(workdir, top) == NULL || realpath(edit->path, path) == NULL) {
		return 0;
	}
	const char *inside = ctx_path_below(path, top);
	if (inside == NULL) {
		return 0;
	}
	struct ctx_commit *commit = NULL;
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	int rc = ctx_commit_open(&commit, repo, "HEAD", err);
	rc = rc < 0 ? rc : ctx_commit_read(commit, inside, CTX_IGNORE_FILE_MAX, &text, err);
	*committed = rc == 0 && ctx_str_eq((struct ctx_str){ ctx_buf_str(&text), text.len }, edit->old);
	ctx_commit_free(commit);
	return rc == CTX_E_NOMEM ? rc : 0;
}

int edit_guard(const struct edit *edit, const char *context, struct ctx_error *err) {
	if (!edit->exists) {
		return 0;
	}
	struct ctx_gitrepo *repo = NULL;
	bool committed = false;
	int rc = ctx_gitrepo_open(&repo, context, err) == 0 ? is_committed(edit, repo, &committed, err) : 0;
	ctx_gitrepo_free(repo);
	if (rc == 0 && !committed) {
		rc = ctx_fail(err, CTX_E_USAGE,
			"'%s' has changes that no commit holds: commit them first, or write with --force", edit->path);
	}
	return rc;
}

/** Is the file still what was read? */
static int check_unchanged(const struct edit *edit, mode_t *mode, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	struct stat st;
	int rc = ctx_read_at(&text, AT_FDCWD, edit->path, CTX_IGNORE_FILE_MAX, err);
	bool same = rc == CTX_E_MISSING
		? !edit->exists
		: edit->exists && ctx_str_eq((struct ctx_str){ ctx_buf_str(&text), text.len }, edit->old);
	if (rc < 0 && rc != CTX_E_MISSING) {
		return rc;
	}
	*mode = stat(edit->path, &st) == 0 ? st.st_mode & 07777 : 0;
	return same ? 0 : ctx_fail(err, CTX_E_USAGE, "'%s' has changed since it was read", edit->path);
}

/** Is an ignore file a link to one that git reads, too? */
static int check_link(const struct edit *edit, struct ctx_error *err) {
	char path[PATH_MAX];
	bool git = realpath(edit->path, path) != NULL &&
		strcmp(path + ctx_path_base(path, strlen(path)), ".gitignore") == 0;
	return !git ? 0
		    : ctx_fail(err, CTX_E_USAGE, "'%s' is a link to a file of git, which would read the rules, too",
			      edit->path);
}

int edit_write(const struct edit *edit, struct ctx_error *err) {
	mode_t mode;
	struct ctx_replace file;
	int rc = check_link(edit, err);
	rc = rc < 0 ? rc : check_unchanged(edit, &mode, err);
	rc = rc < 0 ? rc : ctx_replace_begin(&file, edit->path, edit->exists ? mode : 0666, err);
	if (rc < 0) {
		return rc;
	}
	int wrote = ctx_write_all(file.fd, edit->now.ptr, edit->now.len);
	if (wrote == 0 && edit->exists && fchmod(file.fd, mode) != 0) {
		wrote = -errno;
	}
	if (wrote < 0) {
		ctx_replace_abort(&file);
		return ctx_fail_sys(err, -wrote, "cannot write '%s'", edit->path);
	}
	return ctx_replace_commit(&file, err);
}

/** Append a word as a shell reads it. */
static void add_quoted(struct ctx_buf *out, const char *text) {
	ctx_buf_addc(out, '\'');
	for (; *text != '\0'; ++text) {
		if (*text == '\'') {
			ctx_buf_adds(out, "'\\''");
		} else {
			ctx_buf_addc(out, *text);
		}
	}
	ctx_buf_addc(out, '\'');
}

/** Keep the old bytes, under a name that is made of them. */
static int keep_old(struct ctx_buf *path, const struct edit *edit, struct ctx_error *err) {
	int rc = ctx_cache_home(path, err);
	ctx_buf_adds(path, "/undo");
	rc = rc < 0 ? rc : !ctx_buf_ok(path) ? ctx_fail_nomem(err) : ctx_mkdirs(ctx_buf_str(path), err);
	if (rc < 0) {
		return rc;
	}
	struct ctx_digest id = ctx_hash_bytes(edit->old.ptr, edit->old.len);
	ctx_buf_addc(path, '/');
	for (size_t i = 0; i < sizeof(id.bytes); ++i) {
		ctx_buf_addf(path, "%02x", id.bytes[i]);
	}
	struct ctx_replace file;
	rc = ctx_buf_ok(path) ? ctx_replace_begin(&file, ctx_buf_str(path), 0600, err) : ctx_fail_nomem(err);
	if (rc < 0) {
		return rc;
	}
	int wrote = ctx_write_all(file.fd, edit->old.ptr, edit->old.len);
	if (wrote < 0) {
		ctx_replace_abort(&file);
		return ctx_fail_sys(err, -wrote, "cannot write '%s'", ctx_buf_str(path));
	}
	return ctx_replace_commit(&file, err);
}

int edit_undo(struct ctx_buf *out, const struct edit *edit, struct ctx_error *err) {
	bool grows = edit->now.len >= edit->old.len &&
		ctx_str_eq(edit->old, (struct ctx_str){ edit->now.ptr, edit->old.len });
	int rc = 0;
	if (!edit->exists) {
		ctx_buf_adds(out, "rm -- ");
	} else if (grows) {
		ctx_buf_addf(out, "truncate -s %zu -- ", edit->old.len);
	} else {
		ctx_auto_buf struct ctx_buf kept = CTX_BUF_INIT;
		rc = keep_old(&kept, edit, err);
		ctx_buf_adds(out, "cp -- ");
		add_quoted(out, ctx_buf_str(&kept));
		ctx_buf_addc(out, ' ');
	}
	add_quoted(out, edit->path);
	return rc < 0 ? rc : ctx_buf_ok(out) ? 0 : ctx_fail_nomem(err);
}
