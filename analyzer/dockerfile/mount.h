/**
 * `RUN --mount=...`: one flag value to typed fields.
 *
 * Source: moby/buildkit v0.32.2 frontend/dockerfile/instructions/commands_runmount.go parseMount; tonistiigi/go-csvvalue.
 */
#ifndef ANALYZER_DOCKERFILE_MOUNT_H
#define ANALYZER_DOCKERFILE_MOUNT_H

#include "analyzer/dockerfile/shell.h"

/** What is mounted: `type=`. */
enum ana_mount_type {
	/** Files of the context, of a stage or of an image; the default. */
	ANA_MOUNT_BIND,
	/** A directory that builds share. */
	ANA_MOUNT_CACHE,
	/** Memory. */
	ANA_MOUNT_TMPFS,
	/** A secret of the client, as a file or as a variable. */
	ANA_MOUNT_SECRET,
	/** The client's SSH agent. */
	ANA_MOUNT_SSH,
};

/** Who may use a cache mount at the same time: `sharing=`. */
enum ana_sharing {
	/** Not given: shared. */
	ANA_SHARING_UNSET,
	/** Everyone at once. */
	ANA_SHARING_SHARED,
	/** A directory of its own for each. */
	ANA_SHARING_PRIVATE,
	/** One after the other. */
	ANA_SHARING_LOCKED,
};

/** One mount; absent strings are CTX_STR_NONE. */
struct ana_mount {
	enum ana_mount_type type;
	struct ctx_str from, source, target, id;
	/** Secrets: name of the variable.  Present and empty: the default name. */
	struct ctx_str env;
	bool read_only, required;
	/** tmpfs: bytes, 0 for no limit. */
	int64_t size_bytes;
	enum ana_sharing sharing;
	/** -1 if not given. */
	int64_t mode, uid, gid;
};

/** How to expand a value; NULL in ana_mount_parse() means the typed pass, which defers everything but `from`. */
struct ana_mount_expander {
	const struct ana_shell *shell;
	const struct ana_env *env;
	/** Names that were not set are appended; NULL if not wanted. */
	struct ana_words *unmatched;
};

/**
 * Parse the value of one --mount.
 * @return 0; CTX_E_SYNTAX with a message in BuildKit's words; CTX_E_LIMIT; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_mount_parse(struct ana_mount *mount, struct ctx_str value, const struct ana_mount_expander *expander,
	struct ctx_arena *arena, struct ctx_error *err);

/** "bind", "cache", ...  Static string. */
const char *ana_mount_type_name(enum ana_mount_type type);

#endif
