/**
 * What a snapshot needs while ctx_snapshot_add() fills it.  Internal to snapshot.[ch].
 */
#ifndef CTXOPT_CONTEXT_SNAPSHOT_BUILD_H
#define CTXOPT_CONTEXT_SNAPSHOT_BUILD_H

#include "ctxopt/context/snapshot.h"

/** Free what was not handed to the snapshot by ctx_snapshot_seal(); NULL is fine. */
void ctx_snapshot_build_free(struct ctx_snapshot_build *build);

#endif
