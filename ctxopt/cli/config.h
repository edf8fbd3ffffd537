/**
 * The configuration file: `.ctxopt.toml`, from the working directory up to the root of its repository, or the one that --config names.
 *
 * The nearest one holds, alone.  Outside of a repository only the working directory is looked into: what lies above it may be anybody's.
 */
#ifndef CTXOPT_CLI_CONFIG_H
#define CTXOPT_CLI_CONFIG_H

#include "ctxopt/cli/opt_file.h"

/** Name of the file. */
#define CONFIG_NAME ".ctxopt.toml"

/** A configuration.  Zero-initialise; release with config_release(). */
struct config {
	/** `root` is NULL if there is none. */
	struct opt_file file;
	struct ctx_arena arena;
};

/**
 * Find, read and check the file.
 * @path   From --config; NULL to search.
 * @return 0, also if there is none; CTX_E_SYNTAX, "FILE:LINE:COLUMN: what"; CTX_E_MISSING, the named one; CTX_E_IO; CTX_E_LIMIT;
 *         CTX_E_NOMEM.
 */
CTX_NODISCARD
int config_load(struct config *config, const char *path, const struct cmd *const *cmds, struct ctx_error *err);
void config_release(struct config *config);
#define auto_config CTX_CLEANUP(config_release)

#endif
