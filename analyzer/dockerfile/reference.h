/**
 * Image references: "alpine" means "docker.io/library/alpine:latest".
 *
 * Source: distribution/reference v0.6.0 normalize.go (ParseNormalizedNamed, TagNameOnly), regexp.go; as vendored by moby/buildkit
 * v0.32.2.  Also what BuildKit takes for a git or HTTP source: util/gitutil, frontend/dockerfile/dfgitutil git_ref.go.
 */
#ifndef ANALYZER_DOCKERFILE_REFERENCE_H
#define ANALYZER_DOCKERFILE_REFERENCE_H

#include "ctxopt/base/arena.h"
#include "ctxopt/base/error.h"
#include "ctxopt/base/str.h"

/** Parts of a reference, all in the arena. */
struct ana_reference {
	/** "docker.io/library/alpine"; never empty. */
	struct ctx_str name;
	/** Empty if not given. */
	struct ctx_str tag, digest;
};

/**
 * Parse and normalise.
 * @return 0; CTX_E_SYNTAX in the library's words ("invalid reference format"); CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_reference_parse(struct ana_reference *out, struct ctx_str text, struct ctx_arena *arena, struct ctx_error *err);

/** "docker.io/library/alpine:latest": with ":latest" if there is neither tag nor digest.  Absent when out of memory. */
struct ctx_str ana_reference_tagged(const struct ana_reference *ref, struct ctx_arena *arena);
/** The short form, "alpine" (FamiliarString), ":latest" cut: key of a named context.  Absent when out of memory. */
struct ctx_str ana_reference_context_key(const struct ana_reference *ref, struct ctx_arena *arena);

/** The reference with both tag and digest, as it stands in an LLB identifier.  Absent when out of memory. */
struct ctx_str ana_reference_full(const struct ana_reference *ref, struct ctx_arena *arena);

/**
 * Check "algorithm:encoded" (opencontainers/go-digest v1.0.0 Parse).
 * @return 0; CTX_E_SYNTAX.
 */
int ana_digest_check(struct ctx_str digest, struct ctx_error *err);

/** What a source of COPY or ADD is. */
enum ana_source_kind { ANA_SOURCE_LOCAL, ANA_SOURCE_HTTP, ANA_SOURCE_GIT };

/** A remote git source. */
struct ana_git_ref {
	/** What git is given: without fragment and query. */
	struct ctx_str remote;
	/** Host, and path with a '/' in front, cleaned: the same for all protocols. */
	struct ctx_str host, path;
	struct ctx_str ref, subdir, checksum;
	bool keep_git_dir;
	/** The URL itself said so. */
	bool keep_git_dir_given;
	bool skip_submodules, fetch_by_commit;
	/** "github.com/o/r": a git source for --checksum, but a local path otherwise. */
	bool like_local;
};

/**
 * Parse a git URL (dfgitutil.ParseGitRef).
 * @return 1 it is one; 0 it is none; CTX_E_SYNTAX, it is one with a malformed query; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_git_ref_parse(struct ana_git_ref *out, struct ctx_str source, struct ctx_arena *arena, struct ctx_error *err);

/** Name of the file that an HTTP source becomes: the last element of its path.  Absent when out of memory. */
struct ctx_str ana_http_filename(struct ctx_str source, struct ctx_arena *arena);

/**
 * Decide what an expanded source is (dockerfile2llb convert_copy.go, dispatchCopy).
 * @git     Filled in for ANA_SOURCE_GIT; may be NULL.
 * @return  enum ana_source_kind; CTX_E_SYNTAX, a malformed git URL; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_source_kind_of(struct ctx_str source, struct ana_git_ref *git, struct ctx_arena *arena, struct ctx_error *err);

#endif
