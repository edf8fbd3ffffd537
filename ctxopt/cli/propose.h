/**
 * Proposals for the ignore file of a place: plans every build that uses the file, asks for rules, and checks them by planning
 * all builds again.
 *
 * The builds are those of every stage of the Dockerfile, and those of other Dockerfiles below the context that have no ignore
 * file of their own and could be built with this context.
 */
#ifndef CTXOPT_CLI_PROPOSE_H
#define CTXOPT_CLI_PROPOSE_H

#include "analyzer/advice/suggest_ignore.h"
#include "ctxopt/cli/find_dockerfile.h"
#include "ctxopt/cli/plan.h"

struct propose_build;

/** A run.  Zero-initialise, must not move after propose_run(), release with propose_release(). */
struct propose {
	struct cmd_env *env;
	const struct cmd_common *common;
	struct place *place;
	const struct build_args *args;
	/** Rules will do: do not measure what is sent, so that `before` and `after` stay empty.  Set before propose_run(). */
	bool brief;
	/** The builds. */
	CTX_VEC(struct propose_build *) builds;
	CTX_VEC(struct ana_ignore_view) views;
	struct find_candidates others;
	struct ana_ignore_evidence evidence;
	struct ana_ignore_proposal proposal;
	struct ana_ignore_sizes before, after;
	/** Text of the ignore file as proposed, all rules included. */
	struct ctx_buf text;
	uint64_t *wanted;
	struct ctx_gitrepo *repo;
	struct ctx_arena arena;
};

/**
 * Propose.
 *
 * @place    A directory, its entries loaded.  Its snapshot is spoilt for other uses.
 * @classic  As ana_ignore_evidence.classic.
 * @return   CMD_OK; CMD_ERROR; CMD_INVALID, the Dockerfile is not valid.  What is wrong was said.
 */
int propose_run(struct propose *p, struct cmd_env *env, const struct cmd_common *common, struct place *place,
	const struct build_args *args, bool classic);
void propose_release(struct propose *p);

#endif
