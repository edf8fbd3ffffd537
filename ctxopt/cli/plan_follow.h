/** Part of plan.c: from what steps ask of a context to the patterns that a client applies. */
#ifndef CTXOPT_CLI_PLAN_FOLLOW_H
#define CTXOPT_CLI_PLAN_FOLLOW_H

#include "analyzer/dockerfile/follow.h"
#include "analyzer/dockerfile/graph.h"
#include "ctxopt/context/snapshot.h"

/**
 * Resolve the paths of a local context.
 * @fd    The directory, or -1: then names are looked up in `snap`, which must be complete.
 * @return as ana_follow_links().
 */
CTX_NODISCARD
int plan_follow(struct ana_words *patterns, const struct ana_local *local, int fd, struct ctx_snapshot *snap,
	struct ctx_arena *arena, struct ctx_error *err);

#endif
