#include "ctxopt/cli/ignore_edit.h"

#include "ctxopt/base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

/** Lines of context in a diff. */
#define CONTEXT_LINES 3

/* ---- Diff ---- */

/** Lines of a text; one without an end counts. */
static size_t count_lines(struct ctx_str text) {
	size_t lines = 0;
	for (size_t i = 0; i < text.len; ++i) {
		lines += text.ptr[i] == '\n';
	}
	return lines + (text.len > 0 && text.ptr[text.len - 1] != '\n');
}

/** Bytes of the lines at the beginning that both texts have. */
static size_t same_head(struct ctx_str a, struct ctx_str b) {
	size_t same = 0;
	for (size_t i = 0; i < a.len && i < b.len && a.ptr[i] == b.ptr[i]; ++i) {
		same = a.ptr[i] == '\n' || (i + 1 == a.len && i + 1 == b.len) ? i + 1 : same;
	}
	return same;
}

/** Bytes of the lines at the end that both texts have, below what is the same above. */
static size_t same_tail(struct ctx_str a, struct ctx_str b) {
	size_t same = 0;
	for (size_t i = 1; i <= a.len && i <= b.len && a.ptr[a.len - i] == b.ptr[b.len - i]; ++i) {
		bool a_begins = i == a.len || a.ptr[a.len - i - 1] == '\n',
		     b_begins = i == b.len || b.ptr[b.len - i - 1] == '\n';
		same = a_begins && b_begins ? i : same;
	}
	return same;
}

/** Append lines, each with a sign in front. */
static void add_lines(struct ctx_buf *out, char sign, struct ctx_str text) {
	while (text.len > 0) {
		size_t end = ctx_str_find(text, '\n');
		ctx_buf_addc(out, sign);
		ctx_buf_add(out, text.ptr, end);
		ctx_buf_adds(out, end < text.len ? "\n" : "\n\\ No newline at end of file\n");
		text = ctx_str_from(text, end < text.len ? end + 1 : end);
	}
}

/** Where the last `lines` lines of a text begin. */
static size_t tail_at(struct ctx_str text, size_t lines) {
	size_t at = text.len;
	while (at > 0 && lines > 0) {
		--at; // the end of a line, or its last byte
		while (at > 0 && text.ptr[at - 1] != '\n') {
			--at;
		}
		--lines;
	}
	return at;
}

/** Where the first `lines` lines of a text end. */
static size_t head_to(struct ctx_str text, size_t lines) {
	size_t at = 0;
	for (; at < text.len && lines > 0; ++at) {
		lines -= text.ptr[at] == '\n';
	}
	return at;
}

/** "a/.dockerignore"; an absolute path stays as it is. */
static void add_name(struct ctx_buf *out, const char *mark, const char *side, const char *path) {
	ctx_buf_addf(out, "%s %s%s\n", mark, path[0] == '/' ? "" : side, strncmp(path, "./", 2) == 0 ? path + 2 : path);
}

void ignore_edit_diff(struct ctx_buf *out, const struct ignore_edit *edit) {
	if (ctx_str_eq(edit->now, edit->old)) {
		return;
	}
	size_t head = same_head(edit->old, edit->now);
	struct ctx_str old = ctx_str_from(edit->old, head), now = ctx_str_from(edit->now, head);
	size_t tail = same_tail(old, now);
	struct ctx_str before = { edit->old.ptr, head }, after = ctx_str_from(old, old.len - tail);
	before = ctx_str_from(before, tail_at(before, CONTEXT_LINES));
	after.len = head_to(after, CONTEXT_LINES);
	old.len -= tail;
	now.len -= tail;
	size_t skipped = count_lines((struct ctx_str){ edit->old.ptr, head - before.len });
	size_t around = count_lines(before) + count_lines(after);
	size_t old_lines = around + count_lines(old), new_lines = around + count_lines(now);
	if (edit->exists) {
		add_name(out, "---", "a/", edit->path);
	} else {
		ctx_buf_adds(out, "--- /dev/null\n");
	}
	add_name(out, "+++", "b/", edit->path);
	ctx_buf_addf(out, "@@ -%zu,%zu +%zu,%zu @@\n", skipped + (old_lines > 0), old_lines, skipped + (new_lines > 0),
		new_lines);
	add_lines(out, ' ', before);
	add_lines(out, '-', old);
	add_lines(out, '+', now);
	add_lines(out, ' ', after);
}

/* ---- Writing ---- */

/** Is the file what the last commit holds? */
static int is_committed(const struct ignore_edit *edit, struct ctx_gitrepo *repo, bool *committed,
	struct ctx_error *err) {
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

int ignore_edit_guard(const struct ignore_edit *edit, const char *context, struct ctx_error *err) {
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
static int check_unchanged(const struct ignore_edit *edit, mode_t *mode, struct ctx_error *err) {
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

/** Is the file a link to one that git reads, too? */
static int check_link(const struct ignore_edit *edit, struct ctx_error *err) {
	char path[PATH_MAX];
	bool git = realpath(edit->path, path) != NULL &&
		strcmp(path + ctx_path_base(path, strlen(path)), ".gitignore") == 0;
	return !git ? 0
		    : ctx_fail(err, CTX_E_USAGE, "'%s' is a link to a file of git, which would read the rules, too",
			      edit->path);
}

int ignore_edit_write(const struct ignore_edit *edit, struct ctx_error *err) {
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

/** Append a path as a word of the shell. */
static void add_quoted(struct ctx_buf *out, const char *path) {
	ctx_buf_addc(out, '\'');
	for (const char *at = path; *at != '\0'; ++at) {
		if (*at == '\'') {
			ctx_buf_adds(out, "'\\''");
		} else {
			ctx_buf_addc(out, *at);
		}
	}
	ctx_buf_addc(out, '\'');
}

/** Does a text begin with another? */
static bool starts_with(struct ctx_str text, struct ctx_str head) {
	return text.len >= head.len && ctx_str_eq((struct ctx_str){ text.ptr, head.len }, head);
}

bool ignore_edit_is_addition(const struct ignore_edit *edit) {
	bool longer = edit->now.len >= edit->old.len;
	return longer &&
		(ctx_str_eq(ctx_str_from(edit->now, edit->now.len - edit->old.len), edit->old) ||
			starts_with(edit->now, edit->old));
}

void ignore_edit_undo(struct ctx_buf *out, const struct ignore_edit *edit) {
	if (!edit->exists) {
		ctx_buf_adds(out, "rm -- ");
	} else if (!ignore_edit_is_addition(edit)) {
		ctx_buf_adds(out, "git checkout HEAD -- ");
	} else if (starts_with(edit->now, edit->old)) {
		ctx_buf_addf(out, "truncate -s %zu -- ", edit->old.len);
	} else {
		ctx_buf_addf(out, "f=");
		add_quoted(out, edit->path);
		ctx_buf_addf(out,
			"; tail -c %zu -- \"$f\" >\"$f.undo\" && cat \"$f.undo\" >\"$f\" && rm -- \"$f.undo\"",
			edit->old.len);
		return;
	}
	add_quoted(out, edit->path);
}
