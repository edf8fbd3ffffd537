/**
 * What a Dockerfile asks of the checks of a build: `# check=skip=A,B;error=true`.
 *
 * Source: moby/buildkit v0.32.2 frontend/dockerfile/linter/linter.go (ParseLintOptions), frontend/dockerui/config.go.
 */
#ifndef ANALYZER_DOCKERFILE_CHECK_OPTIONS_H
#define ANALYZER_DOCKERFILE_CHECK_OPTIONS_H

#include "analyzer/dockerfile/check_rules.h"
#include "analyzer/dockerfile/dockerfile.h"
#include "analyzer/dockerfile/expand.h"

/** What the options say. */
struct ana_check_options {
	/** Sets of bits: checks that are skipped, experimental ones that are wanted. */
	uint32_t skip, add;
	/** A warning fails the build. */
	bool error;
};

/** Read the text of options; nothing else is changed by one that is wrong, but `why` gets what is wrong with it. */
void ana_check_options_parse(struct ana_check_options *out, struct ctx_str text, struct ctx_buf *why);

/** The text of the options of a build, absent if there are none.  True if the build argument gives them. */
bool ana_check_options_given(struct ctx_str *text, const struct ana_dockerfile *df, const struct ana_build_args *args);

/**
 * Read the options of `df`, or those of the build argument BUILDKIT_DOCKERFILE_CHECK, which stand for them.
 *
 * A build does so before anything else: if they are wrong, that becomes the first of df->diags.
 * @return  0, also then; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_check_options_read(struct ana_dockerfile *df, const struct ana_build_args *args, struct ctx_error *err);

#endif
