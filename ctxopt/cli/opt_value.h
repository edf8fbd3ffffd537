/**
 * One value of an option: text to what the row says, and the nearest name to a mistyped one.
 */
#ifndef CTXOPT_CLI_OPT_VALUE_H
#define CTXOPT_CLI_OPT_VALUE_H

#include "ctxopt/cli/opt.h"

/**
 * Check a text and store it in the field that the row describes; lists grow by one item, which is borrowed.
 * CTX_E_USAGE with a message about the text alone: the caller says which option it was for; CTX_E_NOMEM.
 */
CTX_NODISCARD
int opt_store(const struct opt *opt, void *field, const char *text, struct ctx_error *err);

/** "10", "10k", "10kB", "1.5MB", "2GiB" ... to bytes; CTX_E_USAGE. */
CTX_NODISCARD
int opt_parse_size(const char *text, uint64_t *bytes, struct ctx_error *err);

/** The nearest of `count` names to a mistyped one, or NULL when none is near.  NULL names are passed over. */
const char *opt_nearest(const char *name, const char *const *names, size_t count);

#endif
