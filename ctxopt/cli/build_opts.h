/**
 * The options of a build line that decide what a Dockerfile means: docker's own spelling, so that they can be pasted.
 */
#ifndef CTXOPT_CLI_BUILD_OPTS_H
#define CTXOPT_CLI_BUILD_OPTS_H

#include "analyzer/dockerfile/graph.h"
#include "ctxopt/cli/opt.h"

/** As on the command line. */
struct build_args {
	/** --target, --platform; NULL if not given. */
	const char *target, *platform;
	/** --build-arg, --build-context. */
	struct opt_list build_args, contexts;
};

/** Rows for struct build_args. */
extern const struct opt build_opts[];

/** The same as the graph wants it.  Release with build_setup_release(). */
struct build_setup {
	struct ana_graph_opts opts;
	struct ana_vars vars;
	CTX_VEC(struct ana_named_context) contexts;
	struct ctx_arena arena;
};
void build_setup_release(struct build_setup *setup);

/**
 * Convert.  A --build-arg without a value takes that of the environment, and is dropped if there is none, as docker does.
 *
 * @setup  Zero-initialised.
 * @args   Borrowed: must outlive `setup`.
 * @return 0; CTX_E_USAGE, no such platform, or a --build-context that is no directory; CTX_E_NOMEM.
 */
CTX_NODISCARD
int build_setup_make(struct build_setup *setup, const struct build_args *args, struct ctx_error *err);

#endif
