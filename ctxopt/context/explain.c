#include "ctxopt/context/explain.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/file.h"
#include "ctxopt/context/emptied.h"
#include "ctxopt/context/snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/** One explanation in the making. */
struct work {
	const struct ctx_explain_opts *opts;
	struct ctx_explanation *out;
	struct ctx_matcher *matcher;
	/** Room for the trace of one entry. */
	struct ctx_trace_step *steps;
	/** Scope of the directory at the end of the path. */
	const struct ctx_scope *scope;
};

/** Type and mode of a path beneath the root; 0 or a negative errno. */
static int stat_beneath(int root_fd, const char *path, struct stat *st) {
	ctx_auto_fd int fd = ctx_open_beneath(root_fd, path, O_PATH);
	if (fd < 0) {
		return fd;
	}
	return fstat(fd, st) == 0 ? 0 : -errno;
}

/** Find out whether the path exists, and whether a parent is a symlink. */
static int look_at_files(struct work *w, bool dir, struct ctx_error *err) {
	struct ctx_explanation *e = w->out;
	struct stat st;
	int rc = stat_beneath(w->opts->root_fd, e->path, &st);
	e->exists = rc == 0;
	e->kind = e->exists ? (int)ctx_kind_of_mode((uint32_t)st.st_mode) : dir ? CTX_KIND_DIR : CTX_KIND_FILE;
	if (rc != -ELOOP && rc != -ENOTDIR) {
		bool absent = rc == 0 || rc == -ENOENT || rc == -EACCES || rc == -ENAMETOOLONG;
		return absent ? 0 : ctx_fail_sys(err, -rc, "cannot look at '%s'", e->path);
	}
	ctx_auto_buf struct ctx_buf prefix = CTX_BUF_INIT;
	for (size_t end = 1; end < e->path_len; ++end) {
		if (e->path[end] != '/') {
			continue;
		}
		ctx_buf_reset(&prefix);
		ctx_buf_add(&prefix, e->path, end);
		if (!ctx_buf_ok(&prefix)) {
			return ctx_fail_nomem(err);
		}
		if (stat_beneath(w->opts->root_fd, ctx_buf_str(&prefix), &st) == 0 && S_ISLNK(st.st_mode)) {
			e->symlink_parent_len = end;
			return 0;
		}
	}
	return 0;
}

/** Note every rule that touched the part of the path up to `len`. */
static int note_touches(struct work *w, size_t len, struct ctx_error *err) {
	size_t count = w->opts->ig == NULL ? 0 : ctx_matcher_trace(w->matcher, w->steps);
	for (size_t i = 0; i < count; ++i) {
		struct ctx_touch touch = { .path_len = len,
			.rule = w->steps[i].rule,
			.how = w->steps[i].how,
			.excluded = w->steps[i].excluded };
		if (!CTX_VEC_PUSH(&w->out->touches, touch)) {
			return ctx_fail_nomem(err);
		}
	}
	return 0;
}

/** Take one step down the path: decide about the component between `start` and `end`. */
static int step(struct work *w, size_t start, size_t end, struct ctx_decision *d, struct ctx_error *err) {
	struct ctx_explanation *e = w->out;
	int rc = ctx_matcher_enter(w->matcher, w->scope, e->path, start == 0 ? 0 : start - 1, err);
	rc = rc < 0 ? rc : ctx_matcher_test(w->matcher, e->path + start, end - start, d, err);
	rc = rc < 0 ? rc : note_touches(w, end, err);
	if (rc < 0) {
		return rc;
	}
	if (end < e->path_len && d->excluded && e->excluded_parent_len == 0) {
		e->excluded_parent_len = end;
	}
	if (end < e->path_len || e->kind == CTX_KIND_DIR) {
		w->scope = ctx_matcher_descend(w->matcher, d, &e->arena);
		return w->scope != NULL ? 0 : ctx_fail_nomem(err);
	}
	return 0;
}

/** The part of the path where the deciding rule matched by itself. */
static size_t matched_part(const struct ctx_explanation *e) {
	size_t len = e->path_len;
	for (size_t i = e->touches.count; i > 0; --i) {
		const struct ctx_touch *t = &e->touches.items[i - 1];
		if (t->rule == e->rule && t->how == CTX_TRACE_MATCHED) {
			len = t->path_len;
			break;
		}
	}
	return len;
}

/** Evaluate the rules along the path. */
static int follow_path(struct work *w, struct ctx_error *err) {
	struct ctx_explanation *e = w->out;
	struct ctx_decision d = { .may_keep_below = true };
	size_t start = 0;
	while (start < e->path_len) {
		const char *slash = memchr(e->path + start, '/', e->path_len - start);
		size_t end = slash == NULL ? e->path_len : (size_t)(slash - e->path);
		int rc = step(w, start, end, &d, err);
		if (rc < 0) {
			return rc;
		}
		start = end + 1;
	}
	e->excluded = d.excluded;
	e->kept = !d.excluded;
	e->rule = d.rule;
	e->rule_path_len = matched_part(e);
	if (!e->kept) {
		e->excluded_parent_len = 0;
	}
	if (!e->kept || !d.refused || e->kind != CTX_KIND_FILE) {
		return 0;
	}
	return ctx_ignore_look_up(w->opts->ig, e->path, &e->refused_rule, &e->refused, err);
}

/** A directory on the way of the search for a kept entry. */
struct frame {
	const struct ctx_scope *scope;
	/** Sorted names; owned by the explanation's arena. */
	CTX_VEC(const char *) names;
	size_t next;
	/** Bytes of its path. */
	size_t path_len;
};

/** The search. */
struct search {
	struct work *work;
	struct ctx_buf path;
	CTX_VEC(struct frame) frames;
};

/** Order of names. */
static int compare_names(const void *a, const void *b) {
	const char *left = *(const char *const *)a, *right = *(const char *const *)b;
	return ctx_name_cmp(left, strlen(left), right, strlen(right));
}

/** List the directory that stands in `path`. What cannot be read is as good as empty here: the walk reports it. */
static int push_frame(struct search *s, const struct ctx_scope *scope, struct ctx_error *err) {
	struct frame frame = { .scope = scope, .path_len = s->path.len };
	int fd = ctx_open_beneath(s->work->opts->root_fd, ctx_buf_str(&s->path), O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (dir == NULL) {
		ctx_close_fd(&fd);
		return CTX_VEC_PUSH(&s->frames, frame) ? 0 : ctx_fail_nomem(err);
	}
	bool ok = true;
	for (const struct dirent *de = readdir(dir); ok && de != NULL; de = readdir(dir)) {
		if (strcmp(de->d_name, ".") == 0 || strcmp(de->d_name, "..") == 0) {
			continue;
		}
		const char *name = ctx_arena_memdup0(&s->work->out->arena, de->d_name, strlen(de->d_name));
		ok = name != NULL && CTX_VEC_PUSH(&frame.names, name);
	}
	closedir(dir);
	if (ok && frame.names.count > 0) {
		qsort(frame.names.items, frame.names.count, sizeof(*frame.names.items), compare_names);
	}
	if (!ok || !CTX_VEC_PUSH(&s->frames, frame)) {
		CTX_VEC_RELEASE(&frame.names);
		return ctx_fail_nomem(err);
	}
	return 0;
}

/** Is the entry that stands in `path` a directory? */
static bool is_directory(const struct search *s) {
	struct stat st;
	return stat_beneath(s->work->opts->root_fd, ctx_buf_str(&s->path), &st) == 0 && S_ISDIR(st.st_mode);
}

/** Look at the next name of the innermost directory; `*found` if it is kept. */
static int search_next(struct search *s, bool *found, struct ctx_error *err) {
	struct frame *f = &s->frames.items[s->frames.count - 1];
	ctx_buf_truncate(&s->path, f->path_len);
	if (f->next == f->names.count) {
		CTX_VEC_RELEASE(&f->names);
		--s->frames.count;
		return 0;
	}
	const char *name = f->names.items[f->next++];
	struct ctx_decision d;
	int rc = ctx_matcher_enter(s->work->matcher, f->scope, ctx_buf_str(&s->path), f->path_len, err);
	rc = rc < 0 ? rc : ctx_matcher_test(s->work->matcher, name, strlen(name), &d, err);
	if (rc < 0) {
		return rc;
	}
	ctx_buf_adds(&s->path, "/");
	ctx_buf_adds(&s->path, name);
	if (!ctx_buf_ok(&s->path)) {
		return ctx_fail_nomem(err);
	}
	*found = !d.excluded;
	if (*found || !d.may_keep_below || !is_directory(s)) {
		return 0;
	}
	const struct ctx_scope *scope = ctx_matcher_descend(s->work->matcher, &d, &s->work->out->arena);
	return scope == NULL ? ctx_fail_nomem(err) : push_frame(s, scope, err);
}

/** Find the first kept entry below an excluded directory. */
static int search_below(struct work *w, struct ctx_error *err) {
	struct ctx_explanation *e = w->out;
	struct search s = { .work = w };
	ctx_buf_add(&s.path, e->path, e->path_len);
	bool found = false;
	int rc = ctx_buf_ok(&s.path) ? push_frame(&s, w->scope, err) : ctx_fail_nomem(err);
	while (rc == 0 && !found && s.frames.count > 0) {
		rc = search_next(&s, &found, err);
	}
	if (rc == 0 && found) {
		e->kept = true;
		e->kept_below_len = s.path.len;
		e->kept_below = ctx_arena_memdup0(&e->arena, ctx_buf_str(&s.path), s.path.len);
		rc = e->kept_below != NULL ? 0 : ctx_fail_nomem(err);
	}
	for (size_t i = 0; i < s.frames.count; ++i) {
		CTX_VEC_RELEASE(&s.frames.items[i].names);
	}
	CTX_VEC_RELEASE(&s.frames);
	ctx_buf_release(&s.path);
	return rc;
}

/** Ask git: how it would read the same rules, and what it thinks by its own. */
static int ask_git(struct work *w, struct ctx_error *err) {
	struct ctx_explanation *e = w->out;
	const struct ctx_explain_opts *o = w->opts;
	bool dir = e->kind == CTX_KIND_DIR;
	if (o->ignore_text != NULL && e->path_len > 0) {
		int rc = ctx_git_reads_rules(o->ignore_text, o->ignore_text_len, e->path, dir, &e->git_reads_ignored,
			err);
		if (rc == CTX_E_NOMEM) {
			return rc;
		}
		e->git_reads = rc == 0; // a side remark: no reason to fail when git's library cannot say
	}
	if (o->repo != NULL && e->path_len > 0) {
		ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
		ctx_buf_adds(&path, o->repo_prefix);
		ctx_buf_add(&path, e->path, e->path_len);
		int rc = ctx_buf_ok(&path) ? ctx_gitrepo_opinion(o->repo, ctx_buf_str(&path), dir, &e->git, err)
					   : ctx_fail_nomem(err);
		if (rc == CTX_E_NOMEM) {
			return rc;
		}
		e->git_knows = rc == 0;
	}
	return 0;
}

/** Do all of it. */
static int explain(struct work *w, bool dir, struct ctx_error *err) {
	int rc = look_at_files(w, dir, err);
	rc = rc < 0 ? rc : follow_path(w, err);
	if (rc == 0 && w->out->excluded && w->out->exists && w->out->kind == CTX_KIND_DIR) {
		rc = search_below(w, err);
	}
	return rc < 0 ? rc : ask_git(w, err);
}

int ctx_explain(struct ctx_explanation *out, const struct ctx_explain_opts *opts, const char *path, bool dir,
	struct ctx_error *err) {
	*out = (struct ctx_explanation){ .path_len = strlen(path) };
	out->path = ctx_arena_memdup0(&out->arena, path, out->path_len);
	struct work w = { .opts = opts, .out = out, .scope = &ctx_scope_root };
	size_t count = opts->ig == NULL ? 0 : ctx_ignore_count(opts->ig);
	w.steps = ctx_calloc(count + 1, sizeof(*w.steps));
	int rc = out->path == NULL || w.steps == NULL ? ctx_fail_nomem(err)
						      : ctx_matcher_new(&w.matcher, opts->ig, err);
	rc = rc < 0 ? rc : explain(&w, dir, err);
	ctx_matcher_free(w.matcher);
	free(w.steps);
	return rc;
}

void ctx_explanation_release(struct ctx_explanation *e) {
	CTX_VEC_RELEASE(&e->touches);
	ctx_arena_release(&e->arena);
}
