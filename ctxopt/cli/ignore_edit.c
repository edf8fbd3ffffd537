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

/** How many lines a text has, and whether the last one lacks its end. */
static size_t count_lines(struct ctx_str text, bool *open_end) {
	size_t lines = 0;
	for (size_t i = 0; i < text.len; ++i) {
		lines += text.ptr[i] == '\n';
	}
	*open_end = text.len > 0 && text.ptr[text.len - 1] != '\n';
	return lines + *open_end;
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

/** "a/.dockerignore"; an absolute path stays as it is. */
static void add_name(struct ctx_buf *out, const char *mark, const char *side, const char *path) {
	ctx_buf_addf(out, "%s %s%s\n", mark, path[0] == '/' ? "" : side, strncmp(path, "./", 2) == 0 ? path + 2 : path);
}

void ignore_edit_diff(struct ctx_buf *out, const struct ignore_edit *edit) {
	if (edit->now.len == edit->old.len) {
		return;
	}
	bool open_end, ignored;
	size_t old_lines = count_lines(edit->old, &open_end), new_lines = count_lines(edit->now, &ignored);
	size_t shown = old_lines < CONTEXT_LINES ? old_lines : CONTEXT_LINES;
	size_t begin = tail_at(edit->old, shown), last = open_end ? tail_at(edit->old, 1) : edit->old.len;
	if (edit->exists) {
		add_name(out, "---", "a/", edit->path);
	} else {
		ctx_buf_adds(out, "--- /dev/null\n");
	}
	add_name(out, "+++", "b/", edit->path);
	ctx_buf_addf(out, "@@ -%zu,%zu +%zu,%zu @@\n", old_lines - shown + (old_lines > 0), shown,
		old_lines - shown + 1, new_lines - (old_lines - shown));
	add_lines(out, ' ', (struct ctx_str){ edit->old.ptr + begin, last - begin });
	add_lines(out, '-', ctx_str_from(edit->old, last));
	add_lines(out, '+', ctx_str_from(edit->now, last));
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

int ignore_edit_write(const struct ignore_edit *edit, struct ctx_error *err) {
	mode_t mode;
	struct ctx_replace file;
	int rc = check_unchanged(edit, &mode, err);
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

void ignore_edit_undo(struct ctx_buf *out, const struct ignore_edit *edit) {
	if (edit->exists) {
		ctx_buf_addf(out, "truncate -s %zu -- '", edit->old.len);
	} else {
		ctx_buf_adds(out, "rm -- '");
	}
	for (const char *at = edit->path; *at != '\0'; ++at) {
		if (*at == '\'') {
			ctx_buf_adds(out, "'\\''");
		} else {
			ctx_buf_addc(out, *at);
		}
	}
	ctx_buf_addc(out, '\'');
}
