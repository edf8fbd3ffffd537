/*
 * Git's ignore files as one of Docker's: the rules are translated (gitignore_docker.h), then every path that is there is compared
 * with what git says, and what differs is named.
 */
#include "ctxopt/base/file.h"
#include "ctxopt/base/path.h"
#include "ctxopt/cli/ignore_whole.h"
#include "ctxopt/context/gitignore_docker.h"

#include <fcntl.h>
#include <unistd.h>

/** Most lines that name what git tracks although it ignores it, and the like. */
#define EXCEPTIONS_MAX 5000
/** From so many files of a directory on that are all tracked, the directory is named. */
#define WHOLE_DIR_MIN 4

/** An ignore file of git. */
struct file {
	/** Name for people; directory and way to the context, as in struct ctx_git_source. */
	const char *name, *dir, *inside;
	struct ctx_buf text;
};

/** What git wants of an entry. */
enum want { WANT_NOTHING, WANT_KEPT, WANT_GONE };

/** One run. */
struct run {
	struct ignore_whole *w;
	struct ctx_arena arena;
	CTX_VEC(struct file) files;
	struct ctx_git_translation translation;
	bool fold_case;
	/** enum want of each entry, by number. */
	unsigned char *wants;
	size_t exceptions;
};

/* ---- Finding the files ---- */

/** Read an ignore file; a missing one, a link and what is no file are none. */
static int add_file(struct run *r, int at, const char *path, const char *name, const char *dir, const char *inside,
	struct ctx_error *err) {
	struct file file = { .name = ctx_arena_memdup0(&r->arena, name, strlen(name)),
		.dir = ctx_arena_memdup0(&r->arena, dir, strlen(dir)),
		.inside = ctx_arena_memdup0(&r->arena, inside, strlen(inside)),
		.text = CTX_BUF_INIT };
	ctx_auto_fd int fd = openat(at, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	if (fd < 0) {
		return 0;
	}
	int rc = ctx_read_fd(&file.text, fd, name, CTX_IGNORE_FILE_MAX, err);
	bool ok = file.name != NULL && file.dir != NULL && file.inside != NULL;
	if (rc == 0 && ok && CTX_VEC_PUSH(&r->files, file)) {
		return 0;
	}
	ctx_buf_release(&file.text);
	return rc < 0 ? rc : ctx_fail_nomem(err);
}

/** Opinion of git on a path of the context. */
static int ask(const struct run *r, const char *path, bool dir, struct ctx_git_opinion *out, struct ctx_error *err) {
	const struct propose *p = r->w->p;
	ctx_auto_buf struct ctx_buf full = CTX_BUF_INIT;
	ctx_buf_addf(&full, "%s%s", p->evidence.repo_prefix, path);
	return ctx_buf_ok(&full) ? ctx_gitrepo_opinion(p->repo, ctx_buf_str(&full), dir, out, err)
				 : ctx_fail_nomem(err);
}

/** Those above the context, from the top of the repository down. */
static int find_above(struct run *r, struct ctx_error *err) {
	const char *prefix = r->w->p->evidence.repo_prefix;
	ctx_auto_fd int top = open(ctx_gitrepo_workdir(r->w->p->repo), O_PATH | O_DIRECTORY | O_CLOEXEC);
	size_t len = strlen(prefix);
	int rc = 0;
	for (size_t at = 0; rc == 0 && at < len; at += strcspn(prefix + at, "/") + 1) {
		ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT, name = CTX_BUF_INIT, inside = CTX_BUF_INIT;
		ctx_buf_add(&path, prefix, at);
		ctx_buf_adds(&path, ".gitignore");
		for (size_t i = at; i < len; ++i) {
			ctx_buf_adds(&name, prefix[i] == '/' ? "../" : "");
		}
		ctx_buf_adds(&name, ".gitignore");
		ctx_buf_add(&inside, prefix + at, len - at - 1);
		rc = ctx_buf_ok(&path) && ctx_buf_ok(&name) && ctx_buf_ok(&inside)
			? add_file(r, top, ctx_buf_str(&path), ctx_buf_str(&name), "", ctx_buf_str(&inside), err)
			: ctx_fail_nomem(err);
	}
	return rc;
}

/** Files of this user alone: rules for the whole repository. */
static int find_personal(struct run *r, const char *const paths[2], struct ctx_error *err) {
	const char *prefix = r->w->p->evidence.repo_prefix;
	ctx_auto_buf struct ctx_buf inside = CTX_BUF_INIT;
	ctx_buf_add(&inside, prefix, strlen(prefix) - (*prefix != '\0'));
	int rc = ctx_buf_ok(&inside) ? 0 : ctx_fail_nomem(err);
	for (unsigned i = 0; rc == 0 && i < 2 && r->w->personal; ++i) {
		rc = paths[i][0] == '\0' ? 0 : add_file(r, AT_FDCWD, paths[i], paths[i], "", ctx_buf_str(&inside), err);
	}
	return rc;
}

/** Compares two files: those above come first. */
static int compare_depth(const void *a_, const void *b_) {
	const struct file *a = a_, *b = b_;
	size_t depth[2] = { 0 };
	for (const char *at = a->dir; *at != '\0'; ++at) {
		depth[0] += *at == '/';
	}
	for (const char *at = b->dir; *at != '\0'; ++at) {
		depth[1] += *at == '/';
	}
	depth[0] += a->dir[0] != '\0';
	depth[1] += b->dir[0] != '\0';
	return depth[0] != depth[1] ? (depth[0] < depth[1] ? -1 : 1) : strcmp(a->dir, b->dir);
}

/** Does another repository begin in the directory? */
static bool is_other_repo(const struct ctx_dir *dir) {
	return dir != NULL && dir->parent != NULL && ctx_dir_find(dir, ".git", 4) != NULL;
}

/**
 * Walk the context as git does: what git wants of each entry, and the ignore files on the way.  Git's own directory and other
 * repositories are not looked into.
 */
static int look(struct run *r, struct ctx_error *err) {
	size_t first = r->files.count;
	int rc = 0;
	struct ctx_cursor c = ctx_cursor_at(r->w->p->place->snap->root.dir);
	for (const struct ctx_entry *e; rc == 0 && (e = ctx_cursor_next(&c)) != NULL;) {
		struct ctx_dir *inner = ctx_entry_dir(e);
		ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
		struct ctx_git_opinion git;
		size_t n = ana_ignore_entry(c.dir, e);
		ctx_entry_path(&path, c.dir, e);
		rc = ctx_buf_ok(&path) ? ask(r, ctx_buf_str(&path), e->kind == CTX_KIND_DIR, &git, err)
				       : ctx_fail_nomem(err);
		if (rc < 0) {
			break;
		}
		bool gone = git.ignored && !git.tracked;
		if (git.internal || is_other_repo(inner)) {
			ctx_cursor_skip(&c);
			if (!git.internal) {
				rc = ignore_whole_note(r->w, NULL, 0, ctx_buf_str(&path),
					"another repository lies there: its ignore files are not looked at", err);
			}
		} else if (inner == NULL || gone) {
			r->wants[n] = gone ? WANT_GONE : WANT_KEPT;
		}
		if (inner != NULL && gone) {
			struct ctx_cursor below = ctx_cursor_at(inner);
			for (const struct ctx_entry *x; (x = ctx_cursor_next(&below)) != NULL;) {
				r->wants[ana_ignore_entry(below.dir, x)] = WANT_GONE;
			}
			ctx_cursor_skip(&c);
		}
		bool rules = e->kind == CTX_KIND_FILE && e->name_len == 10 && memcmp(e->name, ".gitignore", 10) == 0;
		if (rc == 0 && rules) {
			ctx_auto_buf struct ctx_buf dir = CTX_BUF_INIT;
			ctx_dir_path(&dir, c.dir);
			rc = ctx_buf_ok(&dir) ? add_file(r, r->w->p->place->fd, ctx_buf_str(&path), ctx_buf_str(&path),
							ctx_buf_str(&dir), "", err)
					      : ctx_fail_nomem(err);
		}
	}
	if (r->files.count > first) {
		qsort(r->files.items + first, r->files.count - first, sizeof(*r->files.items), compare_depth);
	}
	return rc;
}

/* ---- The rules ---- */

/** Translate all files, and write the lines, each file's below its name. */
static int translate(struct run *r, struct ctx_error *err) {
	CTX_VEC(struct ctx_git_source) sources = { 0 };
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < r->files.count; ++i) {
		const struct file *file = &r->files.items[i];
		struct ctx_git_source source = { .name = file->name,
			.dir = file->dir,
			.inside = file->inside,
			.text = { ctx_buf_str(&file->text), file->text.len } };
		rc = CTX_VEC_PUSH(&sources, source) ? 0 : ctx_fail_nomem(err);
	}
	struct ctx_git_translation *t = &r->translation;
	rc = rc < 0 ? rc : ctx_git_translate(t, sources.items, sources.count, r->fold_case, err);
	size_t last = SIZE_MAX;
	for (size_t i = 0; rc == 0 && i < t->lines.count; ++i) {
		if (t->lines.items[i].source != last) {
			last = t->lines.items[i].source;
			ctx_buf_addf(&r->w->block, "# from %s\n", sources.items[last].name);
		}
		ctx_buf_addf(&r->w->block, "%s\n", t->lines.items[i].text);
	}
	for (size_t i = 0; rc == 0 && i < t->notes.count; ++i) {
		const struct ctx_git_note *note = &t->notes.items[i];
		rc = ignore_whole_note(r->w, sources.items[note->source].name, note->line, note->pattern, note->why,
			err);
	}
	CTX_VEC_RELEASE(&sources);
	return rc;
}

/* ---- The paths ---- */

/** How many entries below a directory are to be kept and are not; SIZE_MAX if some of them is to be gone. */
static size_t count_lost(const struct run *r, struct ctx_dir *dir) {
	size_t lost = 0;
	struct ctx_cursor c = ctx_cursor_at(dir);
	for (const struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		unsigned char want = r->wants[ana_ignore_entry(c.dir, e)];
		if (want == WANT_GONE || (e->kind != CTX_KIND_DIR && want == WANT_NOTHING)) {
			return SIZE_MAX;
		}
		lost += want == WANT_KEPT && !ctx_entry_kept(e);
	}
	return lost;
}

/** Name a path in the block. */
static int name_path(struct run *r, const char *sign, struct ctx_dir *dir, const struct ctx_entry *e,
	struct ctx_error *err) {
	static const char comment[] = "# paths that git decides about in another way than by these rules\n";
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	ctx_entry_path(&path, dir, e);
	if (!ctx_buf_ok(&path)) {
		return ctx_fail_nomem(err);
	}
	if (r->exceptions >= EXCEPTIONS_MAX) {
		return ctx_fail(err, CTX_E_LIMIT, "more than %d files are tracked although git's rules ignore them",
			EXCEPTIONS_MAX);
	}
	ctx_buf_adds(&r->w->block, r->exceptions++ == 0 ? comment : "");
	return ignore_whole_path(&r->w->block, sign, ctx_buf_str(&path))
		? 0
		: ignore_whole_note(r->w, NULL, 0, ctx_buf_str(&path), "no line of an ignore file can name it", err);
}

/** Name what the rules decide about in another way than git. */
static int name_paths(struct run *r, size_t *found, struct ctx_error *err) {
	int rc = 0;
	*found = 0;
	struct ctx_cursor c = ctx_cursor_at(r->w->p->place->snap->root.dir);
	for (const struct ctx_entry *e; rc == 0 && (e = ctx_cursor_next(&c)) != NULL;) {
		unsigned char want = r->wants[ana_ignore_entry(c.dir, e)];
		struct ctx_dir *inner = ctx_entry_dir(e);
		bool only_parent = (e->flags & CTX_ENTRY_PARENT) != 0;
		bool lost = inner == NULL && want == WANT_KEPT && !ctx_entry_kept(e);
		bool extra = want == WANT_GONE && ctx_entry_kept(e) && !only_parent;
		if (inner != NULL && want == WANT_NOTHING && (only_parent || !ctx_entry_kept(e))) {
			size_t below = count_lost(r, inner);
			lost = below != SIZE_MAX && below >= WHOLE_DIR_MIN;
			if (lost) {
				ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
				ctx_entry_path(&path, c.dir, e);
				rc = ctx_buf_ok(&path)
					? ignore_whole_note(r->w, NULL, 0, ctx_buf_str(&path),
						  "all that lies there is tracked although git's rules ignore it; a new file "
						  "there is kept, too",
						  err)
					: ctx_fail_nomem(err);
			}
		}
		if (rc == 0 && (lost || extra)) {
			rc = name_path(r, lost ? "!" : "", c.dir, e, err);
			++*found;
			if (inner != NULL) {
				ctx_cursor_skip(&c);
			}
		}
	}
	return rc;
}

/** Does a read take nothing? */
static bool is_empty(const struct ana_ignore_read *read, size_t entry_count) {
	for (size_t i = 0; i < entry_count / 64 + 1; ++i) {
		if (read->bits[i] != 0) {
			return false;
		}
	}
	return true;
}

/** Keep a path that is not there yet, if git will ignore it; once. */
static int await_path(struct run *r, struct ctx_strmap *said, const char *path, struct ctx_error *err) {
	struct ctx_git_opinion dir = { 0 }, file = { 0 };
	int rc = ask(r, path, true, &dir, err);
	rc = rc < 0 ? rc : ask(r, path, false, &file, err);
	if (rc < 0 || !(dir.ignored || file.ignored)) {
		return rc;
	}
	uint32_t count = (uint32_t)said->count, at = ctx_strmap_put(said, path, strlen(path), count);
	if (at == count) {
		ctx_buf_adds(&r->w->block, count == 0 ? "# an instruction names what is not there yet\n" : "");
		(void)ignore_whole_path(&r->w->block, "!", path);
	}
	return at == CTX_STRMAP_NONE ? ctx_fail_nomem(err) : 0;
}

/** What instructions name, git ignores and is not there yet: something makes it before the build. */
static int name_awaited(struct run *r, struct ctx_error *err) {
	const struct propose *p = r->w->p;
	struct ctx_strmap said = { 0 };
	int rc = 0;
	for (size_t v = 0; rc == 0 && v < p->views.count; ++v) {
		for (size_t i = 0; rc == 0 && i < p->views.items[v].read_count; ++i) {
			const struct ana_ignore_read *read = &p->views.items[v].reads[i];
			struct ctx_str path = ctx_str_from(read->read->path, read->read->path.len > 0);
			if (path.len == 0 || strpbrk(read->read->path.ptr, "*?[\\") != NULL ||
				!is_empty(read, p->evidence.entry_count)) {
				continue;
			}
			const char *copy = ctx_arena_memdup0(&r->arena, path.ptr, path.len);
			rc = copy == NULL ? ctx_fail_nomem(err) : await_path(r, &said, copy, err);
		}
	}
	ctx_strmap_release(&said);
	return rc;
}

/**
 * What the user's own lines exclude stays so, as they come last: no line is to keep it.  With one, the client would list the file all
 * the same, below a directory that is excluded, and a build would get it empty.
 */
static int leave_own(struct run *r, struct ctx_error *err) {
	int rc = ignore_whole_apply(r->w, true, err);
	struct ctx_cursor c = ctx_cursor_at(r->w->p->place->snap->root.dir);
	for (const struct ctx_entry *e; rc == 0 && (e = ctx_cursor_next(&c)) != NULL;) {
		unsigned char *want = &r->wants[ana_ignore_entry(c.dir, e)];
		*want = *want == WANT_KEPT && !ctx_entry_kept(e) ? WANT_NOTHING : *want;
	}
	return rc;
}

/** Everything. */
static int make_block(struct run *r, struct ctx_error *err) {
	const char *personal[2];
	r->wants = ctx_calloc(r->w->p->evidence.entry_count + 1, 1);
	int rc = r->wants == NULL ? ctx_fail_nomem(err)
				  : ctx_gitrepo_limit(r->w->p->repo, !r->w->personal, &r->fold_case, personal, err);
	rc = rc < 0 ? rc : find_personal(r, personal, err);
	rc = rc < 0 ? rc : find_above(r, err);
	rc = rc < 0 ? rc : look(r, err);
	rc = rc < 0 ? rc : leave_own(r, err);
	rc = rc < 0 ? rc : translate(r, err);
	size_t found = 1;
	for (unsigned round = 0; rc == 0 && found > 0 && round < 4; ++round) { // a line may need another one below it
		rc = ignore_whole_apply(r->w, false, err);
		rc = rc < 0 ? rc : name_paths(r, &found, err);
	}
	rc = rc < 0 ? rc : name_awaited(r, err);
	r->w->result.exceptions = r->exceptions;
	return rc;
}

int ignore_from_git(struct ignore_whole *w) {
	struct run r = { .w = w };
	struct ctx_error err;
	w->result.mode = "from-gitignore";
	if (w->p->repo == NULL) {
		ctx_fail(&err, CTX_E_USAGE, "'%s' is in no git repository", w->p->place->root);
		return cmd_fail(w->p->env, &err);
	}
	int status = make_block(&r, &err) < 0 ? cmd_fail(w->p->env, &err) : CMD_OK;
	for (size_t i = 0; i < r.files.count; ++i) {
		ctx_buf_release(&r.files.items[i].text);
	}
	CTX_VEC_RELEASE(&r.files);
	ctx_git_translation_release(&r.translation);
	free(r.wants);
	ctx_arena_release(&r.arena);
	return status != CMD_OK ? status : ignore_whole_check(w, "# named by an instruction\n", false);
}
