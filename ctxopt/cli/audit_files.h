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

#include <pthread.h>

/** A build of a Dockerfile, and what became of it. */
struct audit_build {
	/** As a compose file asks for it: its context, NULL if that is not known, and options; NULL for those of the command line. */
	const char *context;
	const struct ana_graph_opts *opts;
	/** The Dockerfile could be read: what is known of the image, and the stage, as ana_stage_label() calls it. */
	bool known;
	struct ana_built built;
	char stage[96];
	/** The next one of the same Dockerfile; NULL. */
	struct audit_build *next;
};

/** One file. */
struct audit_file {
	/** As it is opened, and the highest directory that may be its context.  In the arena of the files. */
	const char *path, *root;
	struct ctx_buf text;
	/** A Dockerfile that is a value in the compose file at `path`: that value, `text` has its text; NULL.  `inside_line` is where it begins if
	 * its lines stand there one by one, or else 0. */
	const struct ana_value *inside;
	uint32_t inside_line;
	/** A Dockerfile: how it is built, as compose files say; or else as it can be guessed. */
	struct audit_build *builds, guessed;
};

/** A context that is walked, or was. */
struct audit_context {
	/** Directory, and path of the ignore file or "". */
	struct ctx_buf directory, ignore_path;
	struct ctx_ignore_source source;
	struct ctx_ignore *ignore;
	struct ctx_snapshot *snap;
	struct ctx_waste waste;
	int fd;
	struct ana_rule_context view;
	/** How many use it; when it was last asked for; it was walked, with this result. */
	unsigned users;
	uint64_t asked;
	bool walked;
	int rc;
	struct ctx_error error;
};

/** Contexts that are kept though nobody uses them. */
#define AUDIT_CONTEXTS_KEPT 8

/** All of it.  Initialise with AUDIT_FILES_INIT; release with audit_files_release(). */
struct audit_files {
	CTX_VEC(struct audit_file) items;
	/** YAML files, some of which may be compose files and manifests. */
	CTX_VEC(struct audit_file) yaml;
	/** A limit was met: there are more files. */
	bool incomplete;
	/** Guards the contexts; signalled when one was walked. */
	pthread_mutex_t lock;
	pthread_cond_t ready;
	CTX_VEC(struct audit_context *) contexts;
	uint64_t asked;
	struct ctx_arena arena;
};
#define AUDIT_FILES_INIT \
	{ .lock = PTHREAD_MUTEX_INITIALIZER, .ready = PTHREAD_COND_INITIALIZER }

/** Add a Dockerfile.  CTX_E_NOMEM. */
CTX_NODISCARD
int audit_files_add_dockerfile(struct audit_files *files, const char *path, const char *root, struct ctx_error *err);

/**
 * Find the files of one operand: a file, or all Dockerfiles and YAML files of a directory.
 * @return 0, also if there are none; CTX_E_MISSING; CTX_E_IO; CTX_E_NOMEM.
 */
CTX_NODISCARD
int audit_files_add(struct audit_files *files, const char *operand, struct ctx_error *err);

/** A context in use, and what rules see of it. */
struct audit_context_use {
	/** NULL for none. */
	struct audit_context *context;
	struct ana_rule_context view;
};

/**
 * The context of a build, walked now or before.  Any thread may ask; whoever wants one that another walks waits for it.
 *
 * @given   --context; NULL to find it.
 * @out     Give back with audit_context_drop().
 * @return  1; 0, it is not known, or nothing of it is read; CTX_E_SYNTAX, the ignore file; CTX_E_IO; CTX_E_LIMIT;
 *          CTX_E_INTERRUPTED; CTX_E_NOMEM.
 */
CTX_NODISCARD
int audit_context_find(struct audit_files *files, const struct audit_file *file, const struct ana_build_view *view,
	const char *given, const struct cmd_env *env, unsigned jobs, struct audit_context_use *out,
	struct ctx_error *err);
void audit_context_drop(struct audit_files *files, struct audit_context_use *use);

/** Free everything. */
void audit_files_release(struct audit_files *files);

#endif
