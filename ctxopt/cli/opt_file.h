/**
 * Options from a configuration file: top-level keys hold for all commands, keys of the table [COMMAND] for one.
 *
 * Names are those of the long options without dashes; a flag takes true or false, a repeatable option an array.  Values are read by the
 * parser of the command line.  Files and directories are relative to the file that names them.
 */
#ifndef CTXOPT_CLI_OPT_FILE_H
#define CTXOPT_CLI_OPT_FILE_H

#include "ctxopt/base/toml.h"
#include "ctxopt/cli/opt.h"

/** A configuration file. */
struct opt_file {
	/** Its path for messages, and what leads from the working directory to its directory: "", "../", "/etc/". */
	const char *shown, *dir;
	const struct ctx_toml *root;
};

/**
 * Check all keys and values, also those for commands that do not run now.
 * @return 0; CTX_E_SYNTAX, "FILE:LINE:COLUMN: what"; CTX_E_NOMEM.
 */
CTX_NODISCARD
int opt_file_check(const struct opt_file *file, const struct cmd *const *cmds, struct ctx_error *err);

/** The value that the file has for an option of a command; NULL. */
const struct ctx_toml *opt_file_find(const struct opt_file *file, const struct cmd *cmd, const struct opt *opt);

/**
 * Store a value in the field that the row describes.
 *
 * @arena  For texts that have to be made.  Others are borrowed from the file.
 * @text   The value as it would be written on the command line; of a list the last.
 * @return As opt_file_check().
 */
CTX_NODISCARD
int opt_file_store(const struct opt_file *file, const struct opt *opt, const struct ctx_toml *value, void *field,
	struct ctx_arena *arena, const char **text, struct ctx_error *err);

#endif
