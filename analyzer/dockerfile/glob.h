/**
 * Go's wildcards: `*`, `?`, `[...]` and `\`, none of which but a class crosses a '/'.
 *
 * What COPY and ADD match their sources with.  Source: Go 1.26 src/path/match.go, which src/path/filepath/match.go equals on '/'-separated
 * text but for one thing: it does not always notice that a pattern is malformed.
 */
#ifndef ANALYZER_DOCKERFILE_GLOB_H
#define ANALYZER_DOCKERFILE_GLOB_H

#include "ctxopt/base/str.h"

/**
 * Does the pattern match all of the name (Go's path.Match)?  Time is that of their product at worst.
 * @return 1, 0, or CTX_E_SYNTAX for a malformed pattern, whatever the name.
 */
int ana_glob_match(struct ctx_str pattern, struct ctx_str name);

/** Is there a `*`, `?` or `[` without a backslash before it (moby/buildkit v0.32.2 checksum.go, containsWildcards)? */
bool ana_glob_has_wildcard(struct ctx_str text);

/** The part of a path before its first component with a wildcard, "" for the root (same file, splitWildcards). */
struct ctx_str ana_glob_base(struct ctx_str path);

#endif
