#include "ctxopt/cli/load.h"

#include "ctxopt/base/file.h"
#include "ctxopt/base/path.h"
#include "ctxopt/cli/find_dockerfile.h"
#include "ctxopt/context/snapshot_file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

/** Largest saved snapshot that is read. */
#define SNAPSHOT_FILE_MAX ((size_t)4 << 30)

/** How far below PATH a forgotten Dockerfile is searched for, and how many are shown. */
#define CANDIDATE_DEPTH 3
#define CANDIDATES_SHOWN 5

static const char *const engine_names[] = { "buildkit", "docker-20.10", "podman", NULL };

// clang-format off
const struct opt load_opts[] = {
	{ .kind = OPT_GROUP, .help = "What to read" },
	{ .kind = OPT_FILE, .name = "file", .letter = 'f', .arg = "PATH",
	  .at = offsetof(struct load_args, dockerfile),
	  .help = "the Dockerfile, relative to the working directory; - for standard input, but not of commits (default: Dockerfile in the context)" },
	{ .kind = OPT_CHOICE, .name = "engine", .arg = "ENGINE", .choices = engine_names, .preset = "buildkit",
	  .at = offsetof(struct load_args, engine),
	  .help = "whose rules to follow where engines differ" },
	{ .kind = OPT_DIR, .name = "context", .arg = "PATH",
	  .at = offsetof(struct load_args, context),
	  .help = "the context directory (default: .); the same as PATH where that is an operand" },
	{ .kind = OPT_END },
};

const struct opt load_commit_opts[] = {
	{ .kind = OPT_STR, .name = "commit", .arg = "REV", .flags = OPT_ONCE,
	  .at = offsetof(struct load_args, commit),
	  .help = "analyse PATH as it is in a git commit" },
	{ .kind = OPT_OCTAL, .name = "umask", .arg = "MASK", .preset = "022", .max = 0777,
	  .at = offsetof(struct load_args, umask_bits),
	  .help = "with --commit: umask of the checkout that is assumed" },
	{ .kind = OPT_END },
};

const struct opt load_umask_opts[] = {
	{ .kind = OPT_OCTAL, .name = "umask", .arg = "MASK", .preset = "022", .max = 0777,
	  .at = offsetof(struct load_args, umask_bits),
	  .help = "umask of the checkouts that are built" },
	{ .kind = OPT_END },
};
// clang-format on

const char *load_engine_name(int engine) {
	return engine_names[engine];
}

/** A name for messages: control bytes visible.  Owned by the place's arena. */
static const char *shown_name(struct place *place, const char *name) {
	if (strcmp(name, "-") == 0) {
		return "standard input";
	}
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_escape_name(&text, name, strlen(name));
	const char *copy = ctx_arena_memdup0(&place->arena, ctx_buf_str(&text), text.len);
	return copy != NULL ? copy : "?";
}

/** Take apart "line 3: what" of an error in the ignore file and say "FILE:3: what". */
static int fail_ignore(struct cmd_env *env, struct place *place, const struct ctx_error *err) {
	if (err->line == 0) {
		return cmd_fail(env, err);
	}
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	ctx_path_clean(&path, place->ignore_source.path, strlen(place->ignore_source.path));
	const char *what = strncmp(err->msg, "line ", 5) == 0 ? strchr(err->msg, ':') : NULL;
	what = what == NULL ? err->msg : what + 2;
	cmd_note("%s:%u: %s", shown_name(place, ctx_buf_str(&path)), err->line, what);
	return CMD_ERROR;
}

/** find_exists_fn on the file system. */
static int exists_in_files(CTX_UNUSED void *arg, const char *path, struct ctx_error *err) {
	struct stat st;
	path += strncmp(path, "./", 2) == 0 ? 2 : 0; // nobody wrote that
	if (stat(path, &st) != 0) {
		bool absent = errno == ENOENT || errno == ENOTDIR;
		return absent ? 0 : ctx_fail_sys(err, errno, "cannot read Dockerfile '%s'", path);
	}
	return S_ISDIR(st.st_mode) ? ctx_fail(err, CTX_E_IO, "cannot read Dockerfile '%s': it is a directory", path)
				   : 1;
}

/** find_exists_fn in a commit; an absolute path is one outside of the repository. */
static int exists_in_commit(void *arg, const char *path, struct ctx_error *err) {
	if (path[0] == '/') {
		return exists_in_files(NULL, path, err);
	}
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	int rc = ctx_commit_read(arg, path, DOCKERFILE_MAX, &text, err);
	return rc == CTX_E_MISSING ? 0 : rc < 0 ? rc : 1;
}

/** find_exists_fn in the working tree of a commit's repository. */
static int exists_in_work(void *arg, const char *path, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf full = CTX_BUF_INIT;
	const char *workdir = ctx_gitrepo_workdir(arg);
	if (path[0] != '/' && workdir != NULL) {
		ctx_buf_adds(&full, workdir);
	}
	ctx_buf_adds(&full, path);
	return ctx_buf_ok(&full) ? exists_in_files(NULL, ctx_buf_str(&full), err) : ctx_fail_nomem(err);
}

/** find_exists_fn in an archive. */
static int exists_in_archive(void *arg, const char *path, CTX_UNUSED struct ctx_error *err) {
	const struct ctx_entry *e = ctx_snapshot_find(arg, path, strlen(path));
	return e != NULL && e->kind != CTX_KIND_DIR ? 1 : 0;
}

/** ctx_read_fn on the file system. */
static int read_in_files(CTX_UNUSED void *arg, const char *path, struct ctx_buf *out, struct ctx_error *err) {
	return ctx_read_at(out, AT_FDCWD, path, CTX_IGNORE_FILE_MAX, err);
}

/** ctx_read_fn in a commit. */
static int read_in_commit(void *arg, const char *path, struct ctx_buf *out, struct ctx_error *err) {
	return path[0] == '/' ? read_in_files(NULL, path, out, err)
			      : ctx_commit_read(arg, path, CTX_IGNORE_FILE_MAX, out, err);
}

/** Append the absolute path without symlinks of a file that need not exist, in a directory that need not either. */
static int real_path(struct ctx_buf *out, const char *path, struct ctx_error *err) {
	char real[PATH_MAX];
	size_t len = strlen(path), base = ctx_path_base(path, len);
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	if (base == 0) {
		ctx_buf_adds(&text, ".");
	} else {
		ctx_buf_add(&text, path, base);
	}
	if (!ctx_buf_ok(&text)) {
		return ctx_fail_nomem(err);
	}
	if (realpath(ctx_buf_str(&text), real) == NULL) {
		return ctx_fail_sys(err, errno, "cannot resolve '%s'", path);
	}
	ctx_path_join(out, strcmp(real, "/") == 0 ? "" : real, path + base);
	if (out->len > 0 && out->data[0] != '/') {
		ctx_buf_reset(out);
		ctx_buf_addf(out, "/%s", path + base);
	}
	return ctx_buf_ok(out) ? 0 : ctx_fail_nomem(err);
}

/** How a path is shown: relative to the context if it lies in it.  NULL when out of memory. */
static const char *show_path(struct place *place, const char *path) {
	ctx_auto_buf struct ctx_buf clean = CTX_BUF_INIT, real = CTX_BUF_INIT;
	ctx_path_clean(&clean, path, strlen(path));
	const char *shown = ctx_buf_str(&clean);
	char root[PATH_MAX];
	if (place->kind == PLACE_COMMIT) {
		const char *inside = ctx_path_below(shown, ctx_buf_str(&place->prefix));
		shown = inside != NULL ? inside : shown;
	} else if (place->kind == PLACE_DIRECTORY && realpath(place->root, root) != NULL &&
		real_path(&real, path, NULL) == 0) {
		const char *inside = ctx_path_below(ctx_buf_str(&real), root);
		shown = inside != NULL ? inside : shown;
	}
	return ctx_buf_ok(&clean) ? ctx_arena_memdup0(&place->arena, shown, strlen(shown)) : NULL;
}

/** Tell which files could have been meant. */
static void note_candidates(struct place *place) {
	auto_find_candidates struct find_candidates found;
	find_candidates(&found, place->root, CANDIDATE_DEPTH);
	bool many = found.paths.count > CANDIDATES_SHOWN;
	for (size_t i = 0; i < found.paths.count && i < CANDIDATES_SHOWN; ++i) {
		ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT, clean = CTX_BUF_INIT;
		ctx_path_join(&path, place->root, found.paths.items[i]);
		ctx_path_clean(&clean, ctx_buf_str(&path), path.len);
		cmd_note("%s-f %s", i == 0 ? "name one with -f, such as " : "  or ",
			shown_name(place, ctx_buf_str(&clean)));
	}
	if (many) {
		cmd_note("  or one of %zu more", found.paths.count - CANDIDATES_SHOWN);
	}
}

/** Read a Dockerfile on standard input. */
static int read_stdin_dockerfile(struct place *place, struct ctx_error *err) {
	place->dockerfile_from_stdin = place->dockerfile_read = true;
	place->shown.dockerfile = "-";
	return ctx_read_fd(&place->dockerfile_text, STDIN_FILENO, "standard input", DOCKERFILE_MAX, err);
}

/** The working directory of the place's repository; NULL if it has none, or if PATH is the repository's own directory. */
static const char *work_tree_of(const struct place *place) {
	char dir[PATH_MAX], root[PATH_MAX];
	const char *workdir = ctx_gitrepo_workdir(place->repo);
	if (workdir == NULL || realpath(ctx_gitrepo_dir(place->repo), dir) == NULL ||
		realpath(place->root, root) == NULL) {
		return workdir;
	}
	return ctx_path_below(root, dir) != NULL ? NULL : workdir;
}

/** -f as a path within the commit's tree, or an absolute one if it lies outside of the repository. */
static int tree_path(struct place *place, struct ctx_buf *out, const char *path, struct ctx_error *err) {
	const char *workdir = work_tree_of(place);
	if (workdir == NULL) {
		ctx_path_clean(out, path, strlen(path)); // a bare repository: relative to the tree's root
		return ctx_buf_ok(out) ? 0 : ctx_fail_nomem(err);
	}
	char top[PATH_MAX];
	ctx_auto_buf struct ctx_buf real = CTX_BUF_INIT;
	if (realpath(workdir, top) == NULL) {
		return ctx_fail_sys(err, errno, "cannot resolve '%s'", workdir);
	}
	int rc = real_path(&real, path, err);
	if (rc < 0) {
		return rc;
	}
	const char *inside = ctx_path_below(ctx_buf_str(&real), top);
	ctx_buf_adds(out, inside != NULL ? inside : ctx_buf_str(&real));
	return ctx_buf_ok(out) ? 0 : ctx_fail_nomem(err);
}

/** Find the Dockerfile of a directory or a commit. */
static int find_in_place(struct place *place, const struct load_args *args, struct ctx_error *err) {
	if (place->kind == PLACE_COMMIT && args->work && work_tree_of(place) == NULL) {
		return ctx_fail(err, CTX_E_USAGE, "'%s' is a bare repository, which has no working tree: name commits",
			shown_name(place, place->root));
	}
	if (args->dockerfile != NULL && strcmp(args->dockerfile, "-") == 0) {
		return read_stdin_dockerfile(place, err);
	}
	bool commit = place->kind == PLACE_COMMIT;
	bool work = commit && args->work;
	find_exists_fn *exists = work ? exists_in_work : commit ? exists_in_commit : exists_in_files;
	void *arg = work ? (void *)place->repo : commit ? (void *)place->commit : NULL;
	int rc;
	if (args->dockerfile == NULL) {
		rc = find_dockerfile(&place->dockerfile, (enum ctx_engine)args->engine,
			commit ? ctx_buf_str(&place->prefix) : place->root, exists, arg, err);
	} else if (commit) {
		ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
		rc = tree_path(place, &path, args->dockerfile, err);
		rc = rc < 0 ? rc : find_named_dockerfile(&place->dockerfile, ctx_buf_str(&path), exists, arg, err);
	} else {
		rc = find_named_dockerfile(&place->dockerfile, args->dockerfile, exists, arg, err);
	}
	if (rc == 0) {
		place->shown.dockerfile = show_path(place, ctx_buf_str(&place->dockerfile));
		rc = place->shown.dockerfile != NULL ? 0 : ctx_fail_nomem(err);
	}
	return rc;
}

/**
 * The Dockerfile's name as the search for its ignore file knows it.  Docker 20.10 falls back to a lower-case file without
 * changing the name.
 */
static int name_for_ignore(struct place *place, const struct load_args *args, struct ctx_buf *out,
	struct ctx_error *err) {
	const char *path = ctx_buf_str(&place->dockerfile);
	size_t base = ctx_path_base(path, place->dockerfile.len);
	const char *asked = args->dockerfile == NULL ? "Dockerfile" : args->dockerfile;
	ctx_buf_adds(out, path);
	if (!ctx_buf_ok(out)) {
		return ctx_fail_nomem(err);
	}
	bool switched = strcmp(path + base, "dockerfile") == 0 &&
		strcmp(asked + ctx_path_base(asked, strlen(asked)), "Dockerfile") == 0;
	if (args->engine == CTX_ENGINE_DOCKER_20_10 && switched) {
		out->data[base] = 'D';
	}
	return 0;
}

/** Find, read and parse the ignore file. */
static int load_ignore(struct cmd_env *env, struct place *place, const struct load_args *args) {
	struct ctx_error err;
	ctx_auto_buf struct ctx_buf name = CTX_BUF_INIT;
	bool commit = place->kind == PLACE_COMMIT;
	const char *root = commit ? ctx_buf_str(&place->prefix) : place->root;
	int rc = name_for_ignore(place, args, &name, &err);
	rc = rc < 0 ? rc
		    : ctx_ignore_source_find(&place->ignore_source, (enum ctx_engine)args->engine, root,
			      place->dockerfile_from_stdin || args->common_ignore ? NULL : ctx_buf_str(&name),
			      commit ? read_in_commit : read_in_files, commit ? place->commit : NULL, &err);
	if (rc < 0) {
		return cmd_fail(env, &err);
	}
	struct ctx_ignore_source *source = &place->ignore_source;
	if (source->path == NULL) {
		return CMD_OK;
	}
	if (ctx_ignore_parse(&place->ignore, source->syntax, ctx_buf_str(&source->text), source->text.len, &err) < 0) {
		return fail_ignore(env, place, &err);
	}
	place->shown.rule_count = ctx_ignore_count(place->ignore);
	place->shown.ignore_file = show_path(place, source->path);
	place->shown.unused_ignore_file = source->unused_path == NULL ? NULL : show_path(place, source->unused_path);
	return CMD_OK;
}

/** The rest of what a directory or a commit needs: Dockerfile and ignore file. */
static int finish_place(struct cmd_env *env, struct place *place, const struct load_args *args) {
	struct ctx_error err;
	int rc = find_in_place(place, args, &err);
	if (rc == CTX_E_MISSING && args->dockerfile == NULL) {
		bool commit = place->kind == PLACE_COMMIT && !args->work;
		cmd_note("no Dockerfile in '%s'%s%s", shown_name(place, place->root), commit ? " at " : "",
			commit ? args->commit : "");
		if (!commit) { // of another commit they may not be
			note_candidates(place);
		}
		return CMD_NOTHING;
	}
	return rc < 0 ? cmd_fail(env, &err) : load_ignore(env, place, args);
}

/** Open the commit, and find PATH in its tree. */
static int open_commit(struct place *place, const struct load_args *args, struct ctx_error *err) {
	place->kind = PLACE_COMMIT;
	place->shown.kind = "commit";
	int rc = place->repo != NULL ? 0 : ctx_gitrepo_open(&place->repo, place->root, err);
	rc = rc < 0 ? rc : ctx_commit_open(&place->commit, place->repo, args->commit, err);
	if (rc < 0) {
		return args->implied ? rc : ctx_wrap(err, rc, "--commit");
	}
	place->shown.commit = ctx_commit_id(place->commit);
	place->shown.revision = args->commit;
	const char *workdir = work_tree_of(place);
	if (workdir == NULL) {
		return 0;
	}
	char top[PATH_MAX], root[PATH_MAX];
	if (realpath(workdir, top) == NULL || realpath(place->root, root) == NULL) {
		return ctx_fail_sys(err, errno, "cannot resolve '%s'", place->root);
	}
	const char *inside = ctx_path_below(root, top);
	ctx_buf_adds(&place->prefix, inside != NULL ? inside : "");
	return ctx_buf_ok(&place->prefix) ? 0 : ctx_fail_nomem(err);
}

/** A file: a saved snapshot, or an archive. */
static int recognise_file(struct place *place, const struct load_args *args, bool seekable, struct ctx_error *err) {
	char head[512];
	ssize_t got = seekable ? pread(place->fd, head, sizeof(head), 0) : 0;
	if (got < 0) {
		return ctx_fail_sys(err, errno, "cannot read '%s'", place->root);
	}
	if (args->commit != NULL) {
		return ctx_fail(err, CTX_E_USAGE, "--commit needs a directory, and '%s' is none", place->root);
	}
	place->kind = PLACE_ARCHIVE;
	place->shown.kind = "archive";
	if (seekable && ctx_snapshot_is_encoded(head, (size_t)got)) {
		place->kind = PLACE_SNAPSHOT_FILE;
		place->shown.kind = "snapshot file";
		return args->dockerfile == NULL ? 0
						: ctx_fail(err, CTX_E_USAGE, "-f has no meaning for a saved snapshot");
	}
	if (seekable && !ctx_pack_is_archive(head, (size_t)got)) {
		return ctx_fail(err, CTX_E_USAGE,
			"'%s' is a file, but neither a tar archive nor a saved snapshot (a Dockerfile is named with -f)",
			place->root);
	}
	return 0;
}

/** Open PATH and find out what it is. */
static int open_root(struct place *place, const struct load_args *args, struct ctx_error *err) {
	place->shown = (struct ana_source){ .kind = "directory",
		.root = place->root,
		.engine = engine_names[args->engine] };
	if (strcmp(place->root, "-") == 0) {
		place->fd = dup(STDIN_FILENO);
		return place->fd < 0 ? ctx_fail_sys(err, errno, "cannot read standard input")
				     : recognise_file(place, args, false, err);
	}
	struct stat st;
	if (stat(place->root, &st) != 0) {
		return errno == ENOENT
			? ctx_fail(err, CTX_E_IO, "no such directory '%s'", shown_name(place, place->root))
			: ctx_fail_sys(err, errno, "cannot open '%s'", shown_name(place, place->root));
	}
	place->fd = open(place->root, O_RDONLY | O_CLOEXEC | (S_ISDIR(st.st_mode) ? O_DIRECTORY : 0));
	if (place->fd < 0) {
		return ctx_fail_sys(err, errno, "cannot open '%s'", shown_name(place, place->root));
	}
	if (S_ISDIR(st.st_mode)) {
		return args->commit != NULL ? open_commit(place, args, err) : 0;
	}
	return recognise_file(place, args, S_ISREG(st.st_mode), err);
}

int load_place(struct cmd_env *env, struct place *place, const struct load_args *args, const char *operand) {
	struct ctx_error err;
	if (operand != NULL && args->context != NULL && strcmp(operand, args->context) != 0) {
		ctx_fail(&err, CTX_E_USAGE, "'%s' and --context '%s': one is enough", operand, args->context);
		return cmd_fail(env, &err);
	}
	place->root = operand != NULL ? operand : args->context != NULL ? args->context : ".";
	if (open_root(place, args, &err) < 0) {
		return cmd_fail(env, &err);
	}
	bool rules = place->kind == PLACE_DIRECTORY || place->kind == PLACE_COMMIT;
	return rules ? finish_place(env, place, args) : CMD_OK;
}

/** Take the text of the Dockerfile from what was kept of an archive. */
static int take_text(struct place *place, const struct ctx_pack_texts *texts, struct ctx_error *err) {
	for (size_t i = 0; i < texts->path_count; ++i) {
		if (texts->found[i] && strcmp(texts->paths[i], ctx_buf_str(&place->dockerfile)) == 0) {
			ctx_buf_add(&place->dockerfile_text, ctx_buf_str(&texts->texts[i]), texts->texts[i].len);
			place->dockerfile_read = true;
			return ctx_buf_ok(&place->dockerfile_text) ? 0 : ctx_fail_nomem(err);
		}
	}
	return 0;
}

/** Find the Dockerfile of an archive that was read. */
static int find_in_archive(struct place *place, const struct load_args *args, const struct ctx_pack_texts *texts,
	struct ctx_error *err) {
	int rc;
	if (args->dockerfile != NULL && strcmp(args->dockerfile, "-") == 0) {
		return read_stdin_dockerfile(place, err);
	}
	struct ctx_buf *path = &place->dockerfile;
	if (args->dockerfile != NULL) {
		rc = find_named_dockerfile(path, args->dockerfile, exists_in_archive, place->snap, err);
	} else {
		rc = find_dockerfile(path, (enum ctx_engine)args->engine, "", exists_in_archive, place->snap, err);
		if (rc == CTX_E_MISSING) {
			ctx_buf_reset(path); // nobody asked for one
			return 0;
		}
	}
	place->shown.dockerfile = rc < 0 ? NULL : show_path(place, ctx_buf_str(path));
	return rc < 0 ? rc : take_text(place, texts, err);
}

/** Read the entries of an archive and, as it may come through a pipe, all files that could be its Dockerfile. */
static int read_archive(struct place *place, const struct load_args *args, const struct ctx_walk_opts *walk,
	struct ctx_error *err) {
	const char *paths[] = { "Dockerfile", "dockerfile", "Containerfile", NULL, NULL };
	ctx_auto_buf struct ctx_buf lower = CTX_BUF_INIT;
	CTX_CLEANUP(ctx_pack_texts_release)
	struct ctx_pack_texts texts = { .paths = paths, .path_count = 3, .max_bytes = DOCKERFILE_MAX };
	if (args->dockerfile != NULL && strcmp(args->dockerfile, "-") != 0) {
		ctx_buf_adds(&lower, args->dockerfile);
		for (size_t i = ctx_path_base(ctx_buf_str(&lower), lower.len); i < lower.len; ++i) {
			lower.data[i] = (char)tolower((unsigned char)lower.data[i]);
		}
		paths[3] = args->dockerfile;
		paths[4] = ctx_buf_str(&lower);
		texts.path_count = 5;
	}
	int rc = ctx_pack_read_keeping(&place->snap, place->fd, walk, &texts, err);
	return rc < 0 ? ctx_wrap(err, rc, "'%s'", shown_name(place, place->root))
		      : find_in_archive(place, args, &texts, err);
}

/** Read a saved snapshot. */
static int read_snapshot_file(struct place *place, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf bytes = CTX_BUF_INIT;
	int rc = ctx_read_fd(&bytes, place->fd, place->root, SNAPSHOT_FILE_MAX, err);
	rc = rc < 0 ? rc : ctx_snapshot_decode(&place->snap, ctx_buf_str(&bytes), bytes.len, err);
	return ctx_wrap(err, rc, "'%s'", shown_name(place, place->root));
}

/** Sizes that are missing among excluded entries make the excluded counts incomplete. */
static void check_complete(struct ctx_snapshot *snap) {
	for (size_t i = 0; i < snap->problems.count; ++i) {
		const struct ctx_problem *problem = &snap->problems.items[i];
		const struct ctx_entry *e = ctx_snapshot_find(snap, problem->path, problem->path_len);
		if (e != NULL && !ctx_entry_kept(e)) {
			snap->complete = false;
		}
	}
}

/** Read the entries of a commit. */
static int read_commit(struct place *place, const struct load_args *args, struct ctx_error *err) {
	int rc = ctx_commit_snapshot(&place->snap, place->commit, ctx_buf_str(&place->prefix), args->umask_bits, err);
	rc = rc < 0 ? rc : ctx_snapshot_apply(place->snap, place->ignore, err);
	if (rc == 0) {
		check_complete(place->snap);
	}
	return rc;
}

/** Read the entries, whatever the place is. */
static int read_entries(struct place *place, const struct load_args *args, const struct ctx_walk_opts *walk,
	struct ctx_error *err) {
	switch (place->kind) {
	case PLACE_DIRECTORY:
		return ctx_walk(&place->snap, place->fd, place->ignore, walk, err);
	case PLACE_COMMIT:
		return read_commit(place, args, err);
	case PLACE_ARCHIVE:
		return read_archive(place, args, walk, err);
	case PLACE_SNAPSHOT_FILE:
		return read_snapshot_file(place, err);
	}
	return 0;
}

int load_entries(struct cmd_env *env, struct place *place, const struct load_args *args, const struct load_opts *opts) {
	struct ctx_error err;
	struct progress progress;
	progress_start(&progress, opts->common, "reading");
	struct ctx_walk_opts walk = { .jobs = cmd_jobs(opts->common),
		.excluded = opts->excluded,
		.names_only = opts->names_only,
		.stop = env->stop,
		.progress = &progress.counters };
	int rc = read_entries(place, args, &walk, &err);
	progress_stop(&progress);
	if (rc == 0) {
		return CMD_OK;
	}
	return rc == CTX_E_SYNTAX && place->ignore_source.path != NULL ? fail_ignore(env, place, &err)
								       : cmd_fail(env, &err);
}

int load_dockerfile(struct place *place, struct ctx_error *err) {
	if (place->dockerfile_read) {
		return 1;
	}
	bool files = place->kind == PLACE_DIRECTORY || place->kind == PLACE_COMMIT;
	if (!files || place->shown.dockerfile == NULL) {
		return 0;
	}
	const char *path = ctx_buf_str(&place->dockerfile);
	bool commit = place->kind == PLACE_COMMIT && path[0] != '/';
	int rc = commit ? ctx_commit_read(place->commit, path, DOCKERFILE_MAX, &place->dockerfile_text, err)
			: ctx_read_at(&place->dockerfile_text, AT_FDCWD, path, DOCKERFILE_MAX, err);
	place->dockerfile_read = rc == 0;
	return rc == 0 ? 1 : ctx_wrap(err, rc, "Dockerfile");
}

void place_release(struct place *place) {
	ctx_buf_release(&place->dockerfile_text);
	ctx_snapshot_free(place->snap);
	ctx_ignore_free(place->ignore);
	ctx_ignore_source_release(&place->ignore_source);
	ctx_commit_free(place->commit);
	ctx_gitrepo_free(place->repo);
	ctx_buf_release(&place->dockerfile);
	ctx_buf_release(&place->prefix);
	ctx_close_fd(&place->fd);
	ctx_arena_release(&place->arena);
}
