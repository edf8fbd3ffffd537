/**
 * Platforms: "linux/arm64/v8".
 *
 * Source: containerd/platforms v1.0.0-rc.x platforms.go (Parse, Format, FormatAll), database.go (normalizeOS, normalizeArch);
 * as vendored by moby/buildkit v0.32.2.
 */
#ifndef ANALYZER_DOCKERFILE_PLATFORM_H
#define ANALYZER_DOCKERFILE_PLATFORM_H

#include "ctxopt/base/arena.h"
#include "ctxopt/base/error.h"
#include "ctxopt/base/str.h"

/** A platform; empty strings for what is not given. */
struct ana_platform {
	struct ctx_str os, os_version, arch, variant;
};

/**
 * Parse and normalise "os[(version)][/arch[/variant]]"; a missing part is that of `host`.
 * @return 0; CTX_E_SYNTAX in containerd's words; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_platform_parse(struct ana_platform *out, struct ctx_str text, const struct ana_platform *host,
	struct ctx_arena *arena, struct ctx_error *err);

/**
 * One spelling for a platform that was not parsed: "Aarch64" is "arm64", "v8" of it is left out (Normalize).
 * Absent strings when out of memory.
 */
struct ana_platform ana_platform_normalize(const struct ana_platform *p, const struct ana_platform *host,
	struct ctx_arena *arena);

/** The platform of this machine: linux and the architecture this program was compiled for. */
struct ana_platform ana_platform_host(void);
/** "linux/arm64/v8" in the arena; absent when out of memory. */
struct ctx_str ana_platform_format(const struct ana_platform *p, struct ctx_arena *arena);
/** The same platform? */
bool ana_platform_eq(const struct ana_platform *a, const struct ana_platform *b);

#endif
