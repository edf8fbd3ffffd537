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
	/** Propose for the Dockerfile alone: rules for an ignore file of its own.  Set before propose_look(). */
	bool own;
	/** Rules will do: do not measure what is sent, so that `before` and `after` stay empty.  Set before propose_look(). */
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

/** Views of all builds; their graphs are gone. */
struct propose_views {
	struct ana_ignore_view *items;
	size_t count, cap;
};
void propose_views_release(struct propose_views *views);

/**
 * Plan all builds under the ignore file of now, and fill the evidence, but for `classic` and `tracked`.
 *
 * @place   A directory, its entries loaded.  Its snapshot is spoilt for other uses.
 * @return  CMD_OK; CMD_ERROR; CMD_INVALID, the Dockerfile is not valid.  What is wrong was said.
 */
int propose_look(struct propose *p, struct cmd_env *env, const struct cmd_common *common, struct place *place,
	const struct build_args *args);
/** Plan them again under other rules, which stay in force in the snapshot; fills `p->after`.  As propose_look(). */
int propose_replan(struct propose *p, const struct ctx_ignore *rules, struct propose_views *after);
/** Propose rules.  As propose_look(). */
int propose_run(struct propose *p);
/** How many more rules are right for the Dockerfile alone; negative: an error that was said.  Spoils the snapshot. */
int propose_count_own(const struct propose *p);
/** Check the rules again until all pass, after some were dropped.  As propose_run(). */
int propose_settle(struct propose *p);
void propose_release(struct propose *p);

#endif
