/**
 * What the repository around a Dockerfile tells the audit: how often its steps run again, how old its FROM lines are, and who keeps it
 * fresh.  What cannot be seen is left out, without a word.
 */
#ifndef CTXOPT_CLI_AUDIT_HISTORY_H
#define CTXOPT_CLI_AUDIT_HISTORY_H

#include "analyzer/advice/audit.h"
#include "ctxopt/cli/history_peek.h"

/** Dockerfiles of one run whose history is simulated, and whose FROM lines are dated: more would take longer than all the rest. */
#define AUDIT_SIMULATIONS_MAX 8
#define AUDIT_DATED_MAX 40

/** One repository, and what was found for the current file.  Zero-initialise; release with audit_history_release(). */
struct audit_history {
	struct ctx_gitrepo *repo;
	/** Its working directory; what is known about it. */
	struct ctx_buf workdir;
	struct ana_rule_repository facts;
	struct ctx_gitlog log;
	bool listed;
	unsigned simulated, dated;
	/** Of the current file. */
	struct place place;
	struct load_args load;
	struct history_peek peek;
	bool peeked;
	struct ana_rule_history view;
	int64_t *times;
};
#define AUDIT_HISTORY_INIT \
	{ .place = PLACE_INIT }

/** Turn to the repository that holds a file; `*in` gets what is known of it. */
void audit_history_open(struct audit_history *h, const char *path, struct ana_rule_input *in);

/** Date the FROM lines that name one image for good; `in->history` gets the times. */
void audit_history_date(struct audit_history *h, const struct cmd_env *env, const char *path,
	struct ana_rule_input *in);

/** Simulate the last builds; `in->history` gets them. */
void audit_history_simulate(struct audit_history *h, struct cmd_env *env, const char *path,
	const struct build_args *build, struct ana_rule_input *in);

/** Forget the current file. */
void audit_history_reset(struct audit_history *h);
void audit_history_release(struct audit_history *h);

#endif
