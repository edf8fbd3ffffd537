/**
 * The command that the classic builder writes down for a step, as a digest.
 *
 * RUN: its words, `|n NAME=VALUE...` in front of them; others: the shell, "#(nop)" and the instruction in normal form.
 * Source: moby/moby v20.10.24 builder/dockerfile/dispatchers.go, internals.go.
 */
#ifndef ANALYZER_CACHE_CLASSIC_TEXT_H
#define ANALYZER_CACHE_CLASSIC_TEXT_H

#include "analyzer/cache/classic_config.h"
#include "analyzer/cache/classic_plan.h"

/**
 * Set the digests of a step.
 * @ins     Expanded; of ARG with its defaults, of WORKDIR with the absolute path.
 * @config  After the step.
 * @return  0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_classic_command(struct ana_classic_step *step, const struct ana_instruction *ins,
	const struct ana_classic_config *config, const struct ana_build_args *args, struct ctx_error *err);

/**
 * Apply what an instruction says of the configuration: ENV, LABEL, EXPOSE, VOLUME, SHELL, USER, ENTRYPOINT; others say nothing.
 * @ins     Expanded.
 * @return  0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_classic_configure(struct ana_classic_config *config, const struct ana_instruction *ins, struct ctx_arena *arena,
	struct ctx_error *err);

#endif
