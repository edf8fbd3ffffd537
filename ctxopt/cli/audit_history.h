/**
 * What the repository around a Dockerfile tells the audit: how often its steps run again, how old its FROM lines are, and who keeps it
 * fresh.  What cannot be seen is left out, without a word.
 */
#ifndef CTXOPT_CLI_AUDIT_HISTORY_H
#define CTXOPT_CLI_AUDIT_HISTORY_H

#include "analyzer/advice/audit.h"
#include "ctxopt/cli/history_peek.h"

#include <pthread.h>

/** Dockerfiles of one run whose history is simulated, and whose FROM lines are dated: more would take longer than all the rest. */
#define AUDIT_SIMULATIONS_MAX 8
#define AUDIT_DATED_MAX 40

/** What is known about the repositories of a run.  Any thread may ask.  Initialise with AUDIT_REPOSITORIES_INIT. */
struct audit_repositories {
	pthread_mutex_t lock;
	CTX_VEC(struct audit_repository *) items;
	struct ctx_arena arena;
};
#define AUDIT_REPOSITORIES_INIT \
	{ .lock = PTHREAD_MUTEX_INITIALIZER }

/** ana_rule_repository_fn: `arg` is a struct audit_repositories. */
const struct ana_rule_repository *audit_repository_of(void *arg, const char *path);
void audit_repositories_release(struct audit_repositories *repositories);

/** Is a file in a repository? */
bool audit_history_has(const char *path);
/** Does it matter how old its FROM lines are: does one name an image for good? */
bool audit_history_ages(const struct ana_rule_input *in);

/** One repository, and what was found for the current file.  Release with audit_history_release(). */
struct audit_history {
	struct ctx_gitrepo *repo;
	/** Its working directory. */
	struct ctx_buf workdir;
	struct ctx_gitlog log;
	bool listed;
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

/** Turn to the repository that holds a file. */
void audit_history_open(struct audit_history *h, const char *path);

/** Date the FROM lines; `in->history` gets the times. */
void audit_history_date(struct audit_history *h, const struct cmd_env *env, const char *path,
	struct ana_rule_input *in);

/** Simulate the last builds; `in->history` gets them. */
void audit_history_simulate(struct audit_history *h, struct cmd_env *env, const char *path,
	const struct build_args *build, struct ana_rule_input *in);

/** Forget the current file. */
void audit_history_reset(struct audit_history *h);
void audit_history_release(struct audit_history *h);

#endif
