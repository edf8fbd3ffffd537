/**
 * --verify: builds the original twice and the proposal once with the docker of this machine, and compares the images.
 *
 * The proposal is built between the two originals: what changes meanwhile, such as a package mirror, then differs between
 * the originals, too.  All three are built without cache, with the same options and the same context.  Dockerfile and ignore
 * file are given from a temporary directory (`-f DIR/Dockerfile`, and `DIR/Dockerfile.dockerignore` beside it, which comes
 * first), so the context is not touched; a step that copies these files themselves copies the old ones each time.
 *
 * Each image is read, then removed.  What the builder keeps as its cache stays.
 */
#ifndef CTXOPT_CLI_VERIFY_H
#define CTXOPT_CLI_VERIFY_H

#include "analyzer/report/report.h"
#include "ctxopt/cli/build_opts.h"
#include "ctxopt/cli/load.h"

/** Options of commands that verify. */
struct verify_args {
	bool verify;
	/** Further options for docker. */
	struct opt_list build_options;
};

/** Rows for struct verify_args. */
extern const struct opt verify_opts[];

/** What is proposed; text that does not change is that of the place. */
struct verify_proposal {
	struct ctx_str dockerfile, ignore;
};

/** A verification.  Zero-initialise, release with verify_release(). */
struct verify {
	/** For the report, once it was run. */
	struct ana_verify result;
	struct ctx_image first, second, proposal;
	struct ctx_image_diff diff;
};
void verify_release(struct verify *v);
#define auto_verify CTX_CLEANUP(verify_release)

/** Do the options make sense together, and with the place?  CTX_E_USAGE. */
CTX_NODISCARD
int verify_check(const struct verify_args *args, const struct load_args *load, struct ctx_error *err);

/**
 * Build and compare.
 *
 * @place   A directory.
 * @return  CMD_OK, look at `v->result.equal`; CMD_ERROR, no docker, or a build failed; CMD_INTERRUPTED.  What is wrong was
 *          said.
 */
int verify_run(struct verify *v, const struct cmd_env *env, const struct cmd_common *common, struct place *place,
	const struct build_args *build, const struct verify_args *args, const struct verify_proposal *proposal);

#endif
