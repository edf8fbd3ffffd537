#include "ctxopt/context/gitrepo_internal.h"

#include "ctxopt/base/alloc.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/**
 * Extensions of the repository format that do not change how objects, trees and the index are read, and which the
 * library would refuse: missing objects are noticed when they are needed, the others are about writing and settings.
 */
static const char *const harmless_extensions[] = { "partialclone", "preciousobjects", "worktreeconfig" };

/** Does the text of libgit2 say that the repository is fine, but not for it?  It has no code for that. */
static bool is_unsupported(const char *text) {
	return strstr(text, "unsupported") != NULL || strstr(text, "unknown object format") != NULL;
}

/** The code for a failure of libgit2. */
static enum ctx_errc code_of(int git_rc, int klass, const char *text, enum ctx_errc missing) {
	if (klass == GIT_ERROR_NOMEMORY) {
		return CTX_E_NOMEM;
	}
	if (git_rc == GIT_ENOTFOUND || git_rc == GIT_EUNBORNBRANCH) {
		return missing;
	}
	if (git_rc == GIT_EAMBIGUOUS || git_rc == GIT_EINVALIDSPEC || git_rc == GIT_EPEEL) {
		return CTX_E_USAGE;
	}
	if (is_unsupported(text)) {
		return CTX_E_UNSUPPORTED;
	}
	return klass == GIT_ERROR_OS ? CTX_E_IO : CTX_E_CORRUPT;
}

int ctx_fail_git(struct ctx_error *err, int git_rc, enum ctx_errc missing, const char *fmt, ...) {
	const git_error *last = git_error_last();
	const char *text = last != NULL && last->message != NULL ? last->message : "unknown error";
	enum ctx_errc code = code_of(git_rc, last != NULL ? last->klass : 0, text, missing);
	int rc = code == CTX_E_NOMEM ? ctx_fail_nomem(err) : ctx_fail(err, code, "%s", text);

	char what[256];
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	return ctx_wrap(err, rc, "%s", what);
}

bool ctx_git_is_bad_name(const char *name, size_t len) {
	if (len == 0 || memchr(name, '/', len) != NULL) {
		return true;
	}
	return name[0] == '.' &&
		(len == 1 || (len == 2 && name[1] == '.') || (len == 4 && strncasecmp(name, ".git", 4) == 0));
}

/** Open repositories of this process: the library's options are of the process, and not safe to set while it is used. */
static struct {
	pthread_mutex_t lock;
	size_t count;
} users = { .lock = PTHREAD_MUTEX_INITIALIZER };

/** Set what the library does in this process. */
static void set_options(void) {
	// Git refuses repositories of other owners because their configuration can name programs to run.  Nothing here
	// runs programs, and a build runs on checkouts of other users all the time (containers, CI).
	(void)git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
	// Git itself trusts zlib's checksum when it reads.  Hashing every object again takes five times as long: 2.3 s
	// instead of 0.4 s for 13,000 files, 106 MB.
	(void)git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
	// Each object is asked for once.  Over 5,000 commits the library would keep 120 MB of trees, and take 15 % longer.
	(void)git_libgit2_opts(GIT_OPT_ENABLE_CACHING, 0);
	// Packs are mapped as the library maps them, a gigabyte at a time: they are the page cache's memory, not ours.  Small
	// windows that come and go (4 MB, 48 in all) cost 5,000 commits of kubernetes/kops half as much again on one thread, and on two
	// more than the second one brought: each munmap() interrupts the other thread's CPU.
	(void)git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, harmless_extensions, CTX_COUNTOF(harmless_extensions));
}

/** Start the library, once per open repository. */
static int start_library(struct ctx_error *err) {
	(void)pthread_mutex_lock(&users.lock);
	bool started = git_libgit2_init() >= 0;
	if (started && users.count++ == 0) {
		set_options();
	}
	(void)pthread_mutex_unlock(&users.lock);
	return started ? 0 : ctx_fail(err, CTX_E_LIBRARY, "libgit2 cannot be started");
}

/** The opposite of start_library(). */
static void stop_library(void) {
	(void)pthread_mutex_lock(&users.lock);
	users.count--;
	(void)git_libgit2_shutdown();
	(void)pthread_mutex_unlock(&users.lock);
}

/** Open repository and object database. */
static int open_repo(struct ctx_gitrepo *repo, const char *path, struct ctx_error *err) {
	int rc = git_repository_open_ext(&repo->git, path, 0, NULL);
	if (rc == GIT_ENOTFOUND) {
		return ctx_fail(err, CTX_E_MISSING, "no git repository at or above '%s'%s", path,
			getenv("GIT_DIR") != NULL ? " (GIT_DIR does not count)" : "");
	}
	const git_error *last = rc < 0 ? git_error_last() : NULL;
	if (last != NULL && last->message != NULL && strcasestr(last->message, "objectformat") != NULL) {
		return ctx_fail(err, CTX_E_UNSUPPORTED,
			"git repository '%s' has SHA-256 objects, which are not supported", path);
	}
	if (rc < 0) {
		return ctx_fail_git(err, rc, CTX_E_CORRUPT, "cannot open git repository '%s'", path);
	}
	rc = git_repository_odb(&repo->odb, repo->git);
	return rc < 0 ? ctx_fail_git(err, rc, CTX_E_CORRUPT, "cannot read git repository '%s'", path) : 0;
}

int ctx_gitrepo_open(struct ctx_gitrepo **out, const char *path, struct ctx_error *err) {
	struct ctx_gitrepo *repo = ctx_calloc(1, sizeof(*repo));
	if (repo == NULL) {
		return ctx_fail_nomem(err);
	}
	int rc = start_library(err);
	if (rc < 0) {
		free(repo);
		return rc;
	}
	rc = open_repo(repo, path, err);
	if (rc < 0) {
		ctx_gitrepo_free(repo);
		return rc;
	}
	*out = repo;
	return 0;
}

void ctx_gitrepo_free(struct ctx_gitrepo *repo) {
	if (repo == NULL) {
		return;
	}
	ctx_gitpacks_free(repo->packs);
	ctx_git_rules_free(repo->rules);
	git_odb_free(repo->odb);
	git_repository_free(repo->git);
	stop_library();
	free(repo);
}

void ctx_gitrepo_rest(struct ctx_gitrepo *repo) {
	ctx_gitpacks_free(repo->packs);
	repo->packs = NULL;
}

/** Map the packs. */
static int open_packs(struct ctx_gitrepo *repo, struct ctx_error *err) {
	git_buf path = { 0 };
	int rc = git_repository_item_path(&path, repo->git, GIT_REPOSITORY_ITEM_OBJECTS);
	repo->packs = ctx_gitpacks_open(rc == 0 ? path.ptr : NULL);
	git_buf_dispose(&path);
	return repo->packs != NULL ? 0 : ctx_fail_nomem(err);
}

int ctx_git_read_packed(struct ctx_gitrepo *repo, const git_oid *id, git_object_t type, size_t max, struct ctx_buf *out,
	struct ctx_error *err) {
	int rc = repo->packs != NULL ? 0 : open_packs(repo, err);
	if (rc < 0) {
		return rc;
	}
	rc = ctx_gitpacks_read(repo->packs, id->id, (enum ctx_gitpack_type)type, max, out);
	return rc < 0 ? ctx_fail_nomem(err) : rc;
}

const char *ctx_gitrepo_dir(const struct ctx_gitrepo *repo) {
	return git_repository_path(repo->git);
}

const char *ctx_gitrepo_workdir(const struct ctx_gitrepo *repo) {
	return git_repository_workdir(repo->git);
}
