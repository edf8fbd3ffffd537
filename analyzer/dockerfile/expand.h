/**
 * ARG and ENV: what each word of an instruction becomes.
 *
 * Source: moby/buildkit v0.32.2 frontend/dockerfile/instructions/commands.go (Expand methods),
 * dockerfile2llb/convert.go (buildMetaArgs, dispatchArg, dispatchEnv), platform.go (defaultArgs).
 */
#ifndef ANALYZER_DOCKERFILE_EXPAND_H
#define ANALYZER_DOCKERFILE_EXPAND_H

#include "analyzer/dockerfile/dockerfile.h"
#include "analyzer/dockerfile/mount.h"
#include "analyzer/dockerfile/platform.h"

/** What is given from outside the file. */
struct ana_build_args {
	/** --build-arg, in order; a later one of the same name wins. */
	const struct ana_var *items;
	size_t count;
};

/** Value of a build argument; false if it is not given. */
bool ana_build_arg_get(const struct ana_build_args *args, struct ctx_str name, struct ctx_str *value);

/** Is it an argument of the scanner of bills of materials?  Those never become variables (nonEnvArgs). */
bool ana_is_scanner_arg(struct ctx_str name);

/** An expanded instruction and what was looked up for it. */
struct ana_expanded {
	/** A copy of the instruction with every expandable field replaced; RUN: see `mounts`. */
	struct ana_instruction ins;
	/** RUN: its mounts, parsed and expanded. */
	struct ana_mount *mounts;
	uint32_t mount_count;
	/** Names that are not set in the environment, each once per word; also on CTX_E_SYNTAX, up to there.  In the arena. */
	struct ctx_str *unmatched;
	uint32_t unmatched_count;
};

/**
 * Expand one instruction.  ARG is left as it is (see ana_scope_arg()); EXPOSE is expanded and split into words.
 *
 * @shell   Escape character of the file; everything else off.
 * @return  0; CTX_E_SYNTAX, a word is malformed or a `?` form failed; CTX_E_LIMIT; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_expand(struct ana_expanded *out, const struct ana_instruction *ins, const struct ana_shell *shell,
	const struct ana_env *env, struct ctx_arena *arena, struct ctx_error *err);

/** Global scope: what is known before the first stage. */
struct ana_globals {
	/** Predefined variables, then global ARGs with a value. */
	const struct ana_env *env;
	/** The predefined part alone. */
	const struct ana_env *predefined;
};

/**
 * Evaluate the predefined arguments and the ARGs before the first FROM (defaultArgs, buildMetaArgs).
 *
 * @target  TARGETSTAGE: the requested target, else the last stage's name, else "default".
 * @failed  Set to the ARG that could not be expanded, on CTX_E_SYNTAX and CTX_E_LIMIT.
 * @return  0; CTX_E_SYNTAX; CTX_E_LIMIT; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_globals_eval(struct ana_globals *out, const struct ana_dockerfile *df, const struct ana_build_args *args,
	const struct ana_platform *build, const struct ana_platform *target_platform, struct ctx_str target,
	struct ctx_arena *arena, const struct ana_instruction **failed, struct ctx_error *err);

/**
 * Apply one ARG instruction within a stage (dispatchArg): `*env` gets the variables that have a value.
 *
 * @declared  Receives name and value (absent if none) of each, in order: the stage's build arguments.
 * @return    0; CTX_E_SYNTAX; CTX_E_LIMIT; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_scope_arg(const struct ana_env **env, const struct ana_instruction *ins, const struct ana_globals *globals,
	const struct ana_build_args *args, const struct ana_shell *shell, struct ctx_arena *arena,
	struct ana_vars *declared, struct ctx_error *err);

#endif
