/**
 * The configuration of a container of the classic builder, while a stage is read: what its cache compares, as one digest.
 *
 * Every change costs O(log n), so that a stage may begin with another one's and have as many instructions as it likes.
 * Source: moby/moby v20.10.24 image/cache/compare.go, builder/dockerfile/buildargs.go.
 */
#ifndef ANALYZER_CACHE_CLASSIC_CONFIG_H
#define ANALYZER_CACHE_CLASSIC_CONFIG_H

#include "analyzer/dockerfile/expand.h"
#include "ctxopt/context/hash.h"

/** The configuration.  Zero-initialised is that of nothing. */
struct ana_classic_config {
	/** Variables by ENV; and what words are expanded with, where ARG counts as well, but never against ENV. */
	const struct ana_env *env, *words;
	/** Declared arguments with a value. */
	const struct ana_env *args;
	/** Labels, ports and volumes, each with a letter in front; and the number of each variable. */
	const struct ana_env *entries, *places;
	/** Sums of hashes: of all that is compared, of the arguments that a RUN gets. */
	uint64_t sum, more, arg_sum;
	uint32_t arg_count;
	struct ctx_str user, workdir;
	struct ctx_digest entrypoint;
	/** SHELL. */
	const struct ctx_str *shell;
	uint32_t shell_count;
};

/** Set a variable.  CTX_E_NOMEM, as the others. */
CTX_NODISCARD
int ana_classic_env(struct ana_classic_config *c, struct ctx_str name, struct ctx_str value, struct ctx_arena *arena,
	struct ctx_error *err);
/** Declare an argument; absent: it has no value. */
CTX_NODISCARD
int ana_classic_arg(struct ana_classic_config *c, struct ctx_str name, struct ctx_str value, struct ctx_arena *arena,
	struct ctx_error *err);
/** Set a label ('l'), port ('p') or volume ('v'). */
CTX_NODISCARD
int ana_classic_entry(struct ana_classic_config *c, char kind, struct ctx_str name, struct ctx_str value,
	struct ctx_arena *arena, struct ctx_error *err);
/** A stage begins: arguments are declared anew; proxies that are given always are. */
CTX_NODISCARD
int ana_classic_begin(struct ana_classic_config *c, const struct ana_build_args *args, struct ctx_arena *arena,
	struct ctx_error *err);
/** Is some proxy given that was neither declared nor set by ENV? */
bool ana_classic_has_proxy(const struct ana_classic_config *c, const struct ana_build_args *args);

#endif
