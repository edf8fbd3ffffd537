/**
 * Which Dockerfile a build would take, and what could have been meant where there is none.
 */
#ifndef CTXOPT_CLI_FIND_DOCKERFILE_H
#define CTXOPT_CLI_FIND_DOCKERFILE_H

#include "ctxopt/base/arena.h"
#include "ctxopt/base/vec.h"
#include "ctxopt/context/ignore_file.h"

/**
 * Is there a file?  The place is the file system, a commit or an archive.
 * @return 1, 0, or negative: CTX_E_IO (also for a directory of that name).
 */
typedef int find_exists_fn(void *arg, const char *path, struct ctx_error *err);

/**
 * The Dockerfile that a build takes when none is named: `Dockerfile` or, where only that exists, `dockerfile`
 * (docker/buildx build/opt.go handleLowercaseDockerfile); podman looks for `Containerfile` first.
 *
 * @context  Directory, as `exists` understands it.
 * @out      The path is appended.
 * @return   0; CTX_E_MISSING, there is none; or what `exists` returned.
 */
CTX_NODISCARD
int find_dockerfile(struct ctx_buf *out, enum ctx_engine engine, const char *context, find_exists_fn *exists, void *arg,
	struct ctx_error *err);

/**
 * The Dockerfile that was named: the path itself, or with a lower-case name if only that exists.
 * @return 0; CTX_E_MISSING; or what `exists` returned.
 */
CTX_NODISCARD
int find_named_dockerfile(struct ctx_buf *out, const char *path, find_exists_fn *exists, void *arg,
	struct ctx_error *err);

/** Does the name look like that of a YAML file? */
bool find_is_yaml(const char *name);

/** Files that look like Dockerfiles. */
struct find_candidates {
	/** Paths relative to the directory, nearest first, then by name.  Owned by `arena`. */
	CTX_VEC(const char *) paths;
	/** With `want_yaml`: the same of YAML files, which may be compose files or manifests. */
	CTX_VEC(const char *) yaml;
	bool want_yaml;
	struct ctx_arena arena;
};

/** Most candidates that are collected, and directories that are looked into. */
#define FIND_CANDIDATES_MAX 100
#define FIND_DIRS_MAX 4000

/**
 * Look for names such as `Dockerfile.prod`, `api.Dockerfile` and `Containerfile` in a directory and up to `depth` levels
 * below it, a short search that gives up silently at the limits above.  Out of memory gives fewer.
 */
void find_candidates(struct find_candidates *out, const char *directory, unsigned depth);
/** The same with other limits: all Dockerfiles of a directory.  `out` is zero-initialised, but for `want_yaml`; `*complete` is false if a limit was met. */
void find_dockerfiles(struct find_candidates *out, const char *directory, unsigned depth, size_t max_paths,
	size_t max_dirs, bool *complete);
void find_candidates_release(struct find_candidates *c);
#define auto_find_candidates CTX_CLEANUP(find_candidates_release)

#endif
