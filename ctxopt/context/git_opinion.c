/*
 * What git thinks of a path: the index through libgit2, the ignore files through gitignore.h.
 *
 * As git does, the path's parents are asked first, from the top: what lies below an ignored directory is ignored.  At
 * each level the nearest .gitignore that has a matching rule decides, then .git/info/exclude, then the user's file.
 *
 *     a/b/c  ->  "a": ./.gitignore                      exclude, excludesFile
 *                "a/b": a/.gitignore, ./.gitignore      exclude, excludesFile
 *                "a/b/c": a/b/.gitignore, a/.gitignore, ...
 */
#include "ctxopt/context/gitrepo_internal.h"

#include "ctxopt/base/file.h"
#include "ctxopt/base/path.h"
#include "ctxopt/base/strmap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/** Index and ignore files of one repository. */
struct ctx_git_rules {
	/** Working directory. */
	int workdir_fd;
	/** Owned. */
	git_index *index;
	/** .git/info/exclude and core.excludesFile; NULL if missing.  Owned. */
	struct ctx_gitignore *exclude, *user;
	/** Directory to the index of its rules in `files`.  The keys are in `arena`. */
	struct ctx_strmap by_dir;
	/** Rules of directories; NULL for one without .gitignore.  Owned. */
	CTX_VEC(struct ctx_gitignore *) files;
	struct ctx_arena arena;
	/** Paths of the files behind `exclude` and `user`; "" for none.  In the arena. */
	const char *exclude_path, *user_path;
	bool fold_case;
	/** Do not ask them. */
	bool shared_only;
};

void ctx_git_rules_free(struct ctx_git_rules *rules) {
	if (rules == NULL) {
		return;
	}
	ctx_close_fd(&rules->workdir_fd);
	git_index_free(rules->index);
	ctx_gitignore_free(rules->exclude);
	ctx_gitignore_free(rules->user);
	ctx_strmap_release(&rules->by_dir);
	for (size_t i = 0; i < rules->files.count; ++i) {
		ctx_gitignore_free(rules->files.items[i]);
	}
	CTX_VEC_RELEASE(&rules->files);
	ctx_arena_release(&rules->arena);
	free(rules);
}

/* ---- Ignore files ---- */

/** Parse what an open descriptor holds; anything but a regular file holds nothing. */
static int parse_fd(const struct ctx_git_rules *rules, int fd, const char *name, struct ctx_gitignore **out,
	struct ctx_error *err) {
	struct stat st;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		return 0;
	}
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	int rc = ctx_read_fd(&text, fd, name, CTX_IGNORE_FILE_MAX, err);
	return rc < 0 ? rc : ctx_gitignore_parse(out, ctx_buf_str(&text), text.len, rules->fold_case, err);
}

/** Is the failure of an open one that means "there is no such file"? */
static bool is_absent(int sysno) {
	return sysno == ENOENT || sysno == ENOTDIR || sysno == ELOOP; // git does not follow a linked .gitignore
}

/** Read the .gitignore of a directory, "" being the root, unless that was done. */
static int dir_rules(struct ctx_git_rules *rules, const char *dir, size_t len, struct ctx_gitignore **out,
	struct ctx_error *err) {
	uint32_t index = ctx_strmap_get(&rules->by_dir, dir, len);
	if (index != CTX_STRMAP_NONE) {
		*out = rules->files.items[index];
		return 0;
	}
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	ctx_buf_add(&path, dir, len);
	ctx_buf_adds(&path, len > 0 ? "/.gitignore" : ".gitignore");
	const char *key = ctx_arena_memdup0(&rules->arena, dir, len);
	if (!ctx_buf_ok(&path) || key == NULL || !CTX_VEC_RESERVE(&rules->files, 1)) {
		return ctx_fail_nomem(err);
	}

	*out = NULL;
	ctx_auto_fd int fd = ctx_open_beneath(rules->workdir_fd, path.data, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	int rc = 0;
	if (fd >= 0) {
		rc = parse_fd(rules, fd, path.data, out, err);
	} else if (!is_absent(-fd)) {
		rc = ctx_fail_sys(err, -fd, "cannot open '%s'", path.data);
	}
	if (rc < 0) {
		return rc;
	}
	rules->files.items[rules->files.count++] = *out;
	index = ctx_strmap_put(&rules->by_dir, key, len, (uint32_t)rules->files.count - 1);
	return index != CTX_STRMAP_NONE ? 0 : ctx_fail_nomem(err);
}

/** Read an ignore file outside the working directory; a missing one is fine. */
static int read_other(const struct ctx_git_rules *rules, const char *path, struct ctx_gitignore **out,
	struct ctx_error *err) {
	ctx_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		return is_absent(errno) ? 0 : ctx_fail_sys(err, errno, "cannot open '%s'", path);
	}
	return parse_fd(rules, fd, path, out, err);
}

/** Append the path of the user's ignore file, nothing if there is none. */
static int user_file(const git_config *config, struct ctx_buf *out, struct ctx_error *err) {
	git_buf value = { 0 };
	int rc = git_config_get_path(&value, config, "core.excludesfile");
	if (rc == 0) {
		ctx_buf_adds(out, value.ptr);
		git_buf_dispose(&value);
	} else if (rc != GIT_ENOTFOUND) {
		return ctx_fail_git(err, rc, CTX_E_CORRUPT, "core.excludesFile");
	} else {
		const char *config_home = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
		if (config_home != NULL && config_home[0] != '\0') {
			ctx_path_join(out, config_home, "git/ignore");
		} else if (home != NULL && home[0] != '\0') {
			ctx_path_join(out, home, ".config/git/ignore");
		}
	}
	return ctx_buf_ok(out) ? 0 : ctx_fail_nomem(err);
}

/** Read settings and the ignore files that hold everywhere. */
static int load_common(struct ctx_git_rules *rules, git_repository *git, struct ctx_error *err) {
	git_config *config = NULL;
	int rc = git_repository_config_snapshot(&config, git);
	if (rc < 0) {
		return ctx_fail_git(err, rc, CTX_E_CORRUPT, "cannot read git's configuration");
	}
	int fold_case = 0;
	rules->fold_case = git_config_get_bool(&fold_case, config, "core.ignorecase") == 0 && fold_case != 0;

	ctx_auto_buf struct ctx_buf user = CTX_BUF_INIT, exclude = CTX_BUF_INIT;
	rc = user_file(config, &user, err);
	git_config_free(config);
	if (rc == 0 && user.len > 0) {
		rc = read_other(rules, user.data, &rules->user, err);
	}
	ctx_path_join(&exclude, git_repository_commondir(git), "info/exclude"); // shared by all work trees
	if (rc == 0 && !ctx_buf_ok(&exclude)) {
		rc = ctx_fail_nomem(err);
	}
	rules->user_path = ctx_arena_memdup0(&rules->arena, ctx_buf_str(&user), user.len);
	rules->exclude_path = ctx_arena_memdup0(&rules->arena, ctx_buf_str(&exclude), exclude.len);
	if (rules->user_path == NULL || rules->exclude_path == NULL) {
		return ctx_fail_nomem(err);
	}
	return rc < 0 ? rc : read_other(rules, exclude.data, &rules->exclude, err);
}

/** Open index and ignore files, once per repository. */
static int load_rules(struct ctx_gitrepo *repo, struct ctx_error *err) {
	if (repo->rules != NULL) {
		return 0;
	}
	const char *workdir = git_repository_workdir(repo->git);
	if (workdir == NULL) {
		return ctx_fail(err, CTX_E_MISSING, "a bare git repository has no working directory");
	}
	struct ctx_git_rules *rules = ctx_calloc(1, sizeof(*rules));
	if (rules == NULL) {
		return ctx_fail_nomem(err);
	}
	rules->workdir_fd = open(workdir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int rc = 0;
	if (rules->workdir_fd < 0) {
		rc = ctx_fail_sys(err, errno, "cannot open '%s'", workdir);
	} else {
		int git_rc = git_repository_index(&rules->index, repo->git);
		rc = git_rc < 0 ? ctx_fail_git(err, git_rc, CTX_E_CORRUPT, "cannot read git's index") : 0;
	}
	if (rc == 0) {
		rc = load_common(rules, repo->git, err);
	}
	if (rc < 0) {
		ctx_git_rules_free(rules);
		return rc;
	}
	repo->rules = rules;
	return 0;
}

/* ---- Questions ---- */

/** Ask all ignore files about one path, parents not looked at. */
static int ask_rules(struct ctx_git_rules *rules, const char *path, size_t len, bool is_dir, enum ctx_git_verdict *out,
	struct ctx_error *err) {
	*out = CTX_GIT_SILENT;
	for (size_t end = len; end > 0 && *out == CTX_GIT_SILENT;) {
		const char *slash = memrchr(path, '/', end);
		end = slash != NULL ? (size_t)(slash - path) : 0; // length of the directory
		size_t skip = slash != NULL ? end + 1 : 0;
		struct ctx_gitignore *file;
		int rc = dir_rules(rules, path, end, &file, err);
		if (rc < 0) {
			return rc;
		}
		if (file != NULL) {
			*out = ctx_gitignore_match(file, path + skip, len - skip, is_dir);
		}
	}
	if (*out == CTX_GIT_SILENT && rules->exclude != NULL && !rules->shared_only) {
		*out = ctx_gitignore_match(rules->exclude, path, len, is_dir);
	}
	if (*out == CTX_GIT_SILENT && rules->user != NULL && !rules->shared_only) {
		*out = ctx_gitignore_match(rules->user, path, len, is_dir);
	}
	return 0;
}

/** Is the path, or a directory above it, ignored? */
static int is_ignored(struct ctx_git_rules *rules, const char *path, bool is_dir, bool *out, struct ctx_error *err) {
	size_t len = strlen(path);
	*out = false;
	for (size_t end = 0; end < len && !*out; ++end) {
		end += strcspn(path + end, "/");
		enum ctx_git_verdict verdict;
		int rc = ask_rules(rules, path, end, is_dir || end < len, &verdict, err);
		if (rc < 0) {
			return rc;
		}
		*out = verdict == CTX_GIT_IGNORED;
	}
	return 0;
}

/** Is the path, or something below it, in the index? */
static int is_tracked(git_index *index, const char *path, bool is_dir, bool *out, struct ctx_error *err) {
	*out = git_index_find(NULL, index, path) == 0;
	if (*out || !is_dir) {
		return 0;
	}
	ctx_auto_buf struct ctx_buf prefix = CTX_BUF_INIT;
	ctx_buf_adds(&prefix, path);
	if (prefix.len > 0) {
		ctx_buf_addc(&prefix, '/');
	}
	if (!ctx_buf_ok(&prefix)) {
		return ctx_fail_nomem(err);
	}
	*out = git_index_find_prefix(NULL, index, ctx_buf_str(&prefix)) == 0;
	return 0;
}

/** Is one of the components ".git", in any case? */
static bool is_internal(const char *path) {
	while (*path != '\0') {
		size_t len = strcspn(path, "/");
		if (len == 4 && strncasecmp(path, ".git", len) == 0) {
			return true;
		}
		path += len + (path[len] == '/');
	}
	return false;
}

int ctx_gitrepo_opinion(struct ctx_gitrepo *repo, const char *path, bool is_dir, struct ctx_git_opinion *out,
	struct ctx_error *err) {
	int rc = load_rules(repo, err);
	*out = (struct ctx_git_opinion){ .internal = is_internal(path) };
	if (rc == 0) {
		rc = is_tracked(repo->rules->index, path, is_dir, &out->tracked, err);
	}
	if (rc == 0) {
		rc = is_ignored(repo->rules, path, is_dir, &out->ignored, err);
	}
	return rc;
}

int ctx_gitrepo_limit(struct ctx_gitrepo *repo, bool shared_only, bool *fold_case, const char *personal[2],
	struct ctx_error *err) {
	int rc = load_rules(repo, err);
	if (rc == 0) {
		repo->rules->shared_only = shared_only;
		*fold_case = repo->rules->fold_case;
		personal[0] = repo->rules->user_path;
		personal[1] = repo->rules->exclude_path;
	}
	return rc;
}
