/**
 * What rules would have saved: the history replayed with the ignore file of now and with that of then.
 *
 * Each of both stands in the place of every commit's own, so that nothing differs but the rules.  All commits along first parents are
 * built, one after the other on one builder.  As for an order (reorder.h) the history since the first commit that can be built is cut
 * in two: by the older two thirds it is decided which rules about what git tracks are worth a line, and the newer third is scored.
 * Builds that fail with either file count in neither.
 */
#ifndef CTXOPT_CLI_IGNORE_REPLAY_H
#define CTXOPT_CLI_IGNORE_REPLAY_H

#include "ctxopt/cli/propose.h"

/**
 * Replay, and drop of the rules about what git tracks those that save next to nothing in the older part, or nothing in the newer.  Fills the savings of each rule.
 *
 * @p        After propose_run().  Rules are checked again if some were dropped.
 * @engine   enum ctx_engine.
 * @commits  At most so many, 0 for all; NULL: do not, and propose nothing about what git tracks.
 * @out      A reason if the history could not be replayed, "" if it was not to be.
 * @return   CMD_OK, also without a history; CMD_ERROR; CMD_INTERRUPTED.  What is wrong was said.
 */
int ignore_replay(struct ana_ignore_replay *out, struct propose *p, int engine, const unsigned *commits);

#endif
