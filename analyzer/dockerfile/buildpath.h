/**
 * Paths within an image: joined to a directory, for Linux and for Windows.
 *
 * Source: moby/buildkit v0.32.2 util/system/path.go (NormalizePath, NormalizeWorkdir, CheckSystemDriveAndRemoveDriveLetter,
 * IsAbs), client/llb/fileop.go (normalizePath).
 */
#ifndef ANALYZER_DOCKERFILE_BUILDPATH_H
#define ANALYZER_DOCKERFILE_BUILDPATH_H

#include "ctxopt/base/arena.h"
#include "ctxopt/base/error.h"
#include "ctxopt/base/str.h"

/**
 * An absolute path with forward slashes: `path`, or `parent` joined with it and cleaned.  An absolute path is kept as it is.
 *
 * @os          "windows", or anything else.
 * @keep_slash  A trailing "/" or "/." stays.
 * @return      0; CTX_E_SYNTAX, a drive other than C: or a UNC path; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_buildpath_normalize(struct ctx_str *out, struct ctx_str parent, struct ctx_str path, struct ctx_str os,
	bool keep_slash, struct ctx_arena *arena, struct ctx_error *err);

/** Without its drive letter; the same path but on Windows.  Errors as above. */
CTX_NODISCARD
int ana_buildpath_no_drive(struct ctx_str *out, struct ctx_str path, struct ctx_str os, bool keep_slash,
	struct ctx_arena *arena, struct ctx_error *err);

/** With '\' for '/' on Windows (FromSlash), or the other way round (ToSlash).  Absent when out of memory. */
struct ctx_str ana_buildpath_from_slash(struct ctx_str path, struct ctx_str os, struct ctx_arena *arena);
struct ctx_str ana_buildpath_to_slash(struct ctx_str path, struct ctx_str os, struct ctx_arena *arena);

/** `a` + "/" + `b`, cleaned as Go's path.Join does: an empty side counts for nothing.  Absent when out of memory. */
struct ctx_str ana_buildpath_join(struct ctx_str a, struct ctx_str b, struct ctx_arena *arena);
/** Go's path.Clean.  Absent when out of memory. */
struct ctx_str ana_buildpath_clean(struct ctx_str path, struct ctx_arena *arena);
/** A destination as an operation has it: cleaned, but a trailing "/" or "/." stays.  Absent when out of memory. */
struct ctx_str ana_buildpath_dest(struct ctx_str path, struct ctx_arena *arena);
/** Go's path.Base: "." for an empty path, "/" for slashes only. */
struct ctx_str ana_buildpath_base(struct ctx_str path);

#endif
