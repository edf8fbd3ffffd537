/**
 * What was read of a compose file or manifest, as text: only what is there, one line for each container.
 */
#ifndef TESTS_HELPER_DUMP_WORKLOAD_H
#define TESTS_HELPER_DUMP_WORKLOAD_H

#include "analyzer/advice/workload.h"
#include "ctxopt/base/buf.h"

/** Append it.  Values are followed by "@LINE:COLUMN" if `places`, and by "~" if they are open. */
void dump_workload(struct ctx_buf *out, const struct ana_manifest *manifest, bool places);

#endif
