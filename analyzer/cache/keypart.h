/**
 * Everything that enters the key of a step, part by part, for people.
 */
#ifndef ANALYZER_CACHE_KEYPART_H
#define ANALYZER_CACHE_KEYPART_H

#include "analyzer/cache/cachekey.h"
#include "analyzer/cache/classic_plan.h"

/**
 * Receives one part.
 * @name   "command", "environment", "directory", "user", "mount", "copies", "to", "input", ...  Static string.
 * @value  Borrowed for the call.
 * @return 0 to go on; negative to stop.
 */
typedef int ana_key_part_fn(void *arg, const char *name, struct ctx_str value);

/**
 * Tell everything that enters the key of a step: the fields of its operation, then for each input how it is matched and what of it
 * counts.
 * @return 0; what `fn` returned; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_cachekey_explain(const struct ana_graph *graph, const struct ana_cachekeys *keys, uint32_t vertex,
	ana_key_part_fn *fn, void *arg, struct ctx_error *err);

/** The same of a step of the classic builder: what its container is made with, what is copied, and the image that it follows. */
CTX_NODISCARD
int ana_classic_explain(const struct ana_classic_plan *plan, uint32_t step, ana_key_part_fn *fn, void *arg,
	struct ctx_error *err);

#endif
