/**
 * An environment: an ordered list of variables as BuildKit keeps it for a stage.
 *
 * A version never changes; setting a variable makes a new version that shares the rest, in O(log n), so that every step can
 * keep the environment it saw and a stage can start from that of another for free.  Setting a name again moves it to
 * the end of the order (moby/buildkit v0.32.2 client/llb/meta.go EnvList).  Threads may read shared versions.
 */
#ifndef ANALYZER_DOCKERFILE_ENV_H
#define ANALYZER_DOCKERFILE_ENV_H

#include "ctxopt/base/arena.h"
#include "ctxopt/base/error.h"
#include "ctxopt/base/str.h"
#include "ctxopt/base/vec.h"

/** One version; NULL is the empty environment.  Lives in the arena it was made in. */
struct ana_env;

/** One variable. */
struct ana_var {
	struct ctx_str name, value;
};

/** A list of variables, as `--build-arg` gives them or ana_env_list() returns them. */
struct ana_vars {
	CTX_VEC(struct ana_var) items;
};
void ana_vars_release(struct ana_vars *vars);
#define ana_auto_vars CTX_CLEANUP(ana_vars_release)

/**
 * `env` with name = value as its last variable.  Strings are borrowed: they must live as long as the arena.
 * @return the new version; NULL when out of memory.
 */
CTX_NODISCARD
const struct ana_env *ana_env_set(struct ctx_arena *arena, const struct ana_env *env, struct ctx_str name,
	struct ctx_str value);

/** Value of a variable; false if it is not set. */
bool ana_env_get(const struct ana_env *env, struct ctx_str name, struct ctx_str *value);
/** Number of variables. */
size_t ana_env_count(const struct ana_env *env);
/** Append all variables in order.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_env_list(const struct ana_env *env, struct ana_vars *out, struct ctx_error *err);

#endif
