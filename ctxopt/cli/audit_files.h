/**
 * Files for the audit: which there are below the operands, what they hold, and the context that each is built with.
 *
 * Nobody says which directory is the context of a Dockerfile somewhere in a repository.  It is taken to be the nearest one, from the
 * Dockerfile's own directory up to the operand, that has everything that the steps copy by name.
 */
#ifndef CTXOPT_CLI_AUDIT_FILES_H
#define CTXOPT_CLI_AUDIT_FILES_H

#include "analyzer/advice/audit.h"
#include "ctxopt/cli/build_opts.h"
#include "ctxopt/cli/cmd.h"
#include "ctxopt/context/ignore_file.h"

/** One file. */
struct audit_file {
	/** As it is opened, and the highest directory that may be its context.  In the arena of the files. */
	const char *path, *root;
	struct ctx_buf text;
};

/** A context that was walked. */
struct audit_context {
	/** Directory, and path of the ignore file or "". */
	struct ctx_buf directory, ignore_path;
	struct ctx_ignore_source source;
	struct ctx_ignore *ignore;
	struct ctx_snapshot *snap;
	struct ctx_waste waste;
	int fd;
	struct ana_rule_context view;
};

/** Contexts that are kept: files of one directory come one after the other. */
#define AUDIT_CONTEXTS_KEPT 8

/** All of it.  Zero-initialise; release with audit_files_release(). */
struct audit_files {
	CTX_VEC(struct audit_file) items;
	/** A limit was met: there are more files. */
	bool incomplete;
	struct audit_context *kept[AUDIT_CONTEXTS_KEPT];
	unsigned next;
	struct ctx_arena arena;
};

/**
 * Find the files of one operand: a file, or all Dockerfiles of a directory.
 * @return 0, also if there are none; CTX_E_MISSING; CTX_E_IO; CTX_E_NOMEM.
 */
CTX_NODISCARD
int audit_files_add(struct audit_files *files, const char *operand, struct ctx_error *err);

/**
 * The context of a build.
 *
 * @given   --context; NULL to find it.
 * @return  1 and `*out`, which is valid until the next call; 0, it is not known, or nothing of it is read; CTX_E_SYNTAX, the
 *          ignore file; CTX_E_IO; CTX_E_LIMIT; CTX_E_INTERRUPTED; CTX_E_NOMEM.
 */
CTX_NODISCARD
int audit_context_find(struct audit_files *files, const struct audit_file *file, const struct ana_build_view *view,
	const char *given, const struct cmd_env *env, unsigned jobs, const struct ana_rule_context **out,
	struct ctx_error *err);

/** Free everything. */
void audit_files_release(struct audit_files *files);

#endif
