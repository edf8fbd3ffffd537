/**
 * The work of the audit: files are read, parsed and judged by all workers, and what they find comes together in the order of the files.
 *
 * History is asked in a second round, of the first files for which the first round says that it matters; which those are does not depend
 * on the workers.
 */
#ifndef CTXOPT_CLI_AUDIT_WORK_H
#define CTXOPT_CLI_AUDIT_WORK_H

#include "ctxopt/cli/audit_files.h"
#include "ctxopt/cli/audit_history.h"

/** What to do, and what came out. */
struct audit_work {
	struct cmd_env *env;
	/** How Dockerfiles are built, as on the command line and as the graph wants it. */
	const struct build_args *build;
	const struct ana_graph_opts *opts;
	/** The context of all; NULL to find it. */
	const char *context;
	/** Ask git. */
	bool history;
	unsigned jobs;
	struct audit_files *files;
	/** Started; gets files and findings. */
	struct ana_audit *audit;
	/** What is known about the repositories. */
	struct audit_repositories *repositories;
	/** Files that are not valid; something could not be looked at. */
	size_t invalid;
	bool partial;
};

/** Do it.  What is wrong with a file is noted in ana_audit_file.error.  0; CTX_E_INTERRUPTED; CTX_E_NOMEM. */
CTX_NODISCARD
int audit_work_run(struct audit_work *work, struct ctx_error *err);

#endif
