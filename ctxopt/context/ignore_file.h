/**
 * Which ignore file applies to a build, and its text.
 *
 * Rules: moby/buildkit v0.32 frontend/dockerui/config.go (ReadEntrypoint, dockerIgnorePatterns) and docker/buildx
 * build/opt.go for the lower-case Dockerfile; containers/buildah pkg/parse/parse.go ContainerIgnoreFile.
 */
#ifndef CTXOPT_CONTEXT_IGNORE_FILE_H
#define CTXOPT_CONTEXT_IGNORE_FILE_H

#include "ctxopt/base/buf.h"
#include "ctxopt/context/ignore.h"

/** Whose rules are followed. */
enum ctx_engine {
	CTX_ENGINE_BUILDKIT,
	/** Docker 20.10 with BuildKit: Debian 12's docker.io. */
	CTX_ENGINE_DOCKER_20_10,
	CTX_ENGINE_PODMAN,
};

/**
 * Reads one file of the place that is analysed: the file system or a commit.
 *
 * @path   Relative to the place's root (for the file system: absolute, or relative to the working directory).
 * @return 0; CTX_E_MISSING when there is no such file; CTX_E_IO with sysno EISDIR for a directory, which counts as no
 *         file; other errors stop the search.
 */
typedef int ctx_read_fn(void *arg, const char *path, struct ctx_buf *out, struct ctx_error *err);

/** The outcome of a search.  Release with ctx_ignore_source_release(). */
struct ctx_ignore_source {
	/** Path of the file that applies, as given to the reader; NULL when there is none.  Owned. */
	char *path;
	/** Path of another ignore file that exists but is not used because of `path`; NULL.  Owned. */
	char *unused_path;
	/** Its text. */
	struct ctx_buf text;
	/** How to parse it. */
	enum ctx_ignore_syntax syntax;
};

/** Free what a search found; harmless on a zeroed struct, and twice. */
void ctx_ignore_source_release(struct ctx_ignore_source *src);
#define ctx_auto_ignore_source CTX_CLEANUP(ctx_ignore_source_release)

/**
 * Find and read the ignore file of a build.
 *
 *	docker    <Dockerfile>.dockerignore, else <context>/.dockerignore
 *	podman    <Dockerfile>.dockerignore, else <Dockerfile>.containerignore, else <context>/.containerignore,
 *	          else <context>/.dockerignore
 *
 * The first that exists applies, even if it is empty; they are never merged.  `.dockerignore` beside a Dockerfile that is
 * not at the context's root is not looked at by anyone.
 *
 * @out         Set on success; release it.
 * @context     Path of the context directory ("." or "": `path` comes out without a directory).
 * @dockerfile  Path of the Dockerfile; NULL when it comes from standard input, an archive or a URL: then only the
 *              context's own ignore file can apply.  Where nobody named one and only `dockerfile` exists, today's
 *              client switches to that name, so pass it; Docker 20.10 reads the file but goes on asking for
 *              `Dockerfile.dockerignore`, so pass `Dockerfile`.
 * @return      0, also when there is none (`out->path` NULL); CTX_E_LIMIT, larger than CTX_IGNORE_FILE_MAX; CTX_E_NOMEM;
 *              or what `read` returned.
 */
CTX_NODISCARD
int ctx_ignore_source_find(struct ctx_ignore_source *out, enum ctx_engine engine, const char *context,
	const char *dockerfile, ctx_read_fn *read, void *arg, struct ctx_error *err);

#endif
