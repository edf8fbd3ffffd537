/**
 * BuildKit's built-in checks: their names and their words.
 *
 * Source: moby/buildkit v0.32.2 frontend/dockerfile/linter/ruleset.go.  One of its rules is not here: InvalidBaseImagePlatform compares
 * with an image that was pulled.
 */
#ifndef ANALYZER_DOCKERFILE_CHECK_RULES_H
#define ANALYZER_DOCKERFILE_CHECK_RULES_H

#include "ctxopt/base/buf.h"
#include "ctxopt/base/str.h"

/** The checks, in BuildKit's order. */
enum ana_check_id {
	ANA_CHECK_STAGE_NAME_CASING,
	ANA_CHECK_FROM_AS_CASING,
	ANA_CHECK_NO_EMPTY_CONTINUATION,
	ANA_CHECK_CONSISTENT_INSTRUCTION_CASING,
	ANA_CHECK_DUPLICATE_STAGE_NAME,
	ANA_CHECK_RESERVED_STAGE_NAME,
	ANA_CHECK_JSON_ARGS_RECOMMENDED,
	ANA_CHECK_MAINTAINER_DEPRECATED,
	ANA_CHECK_UNDEFINED_ARG_IN_FROM,
	ANA_CHECK_WORKDIR_RELATIVE_PATH,
	ANA_CHECK_UNDEFINED_VAR,
	ANA_CHECK_MULTIPLE_INSTRUCTIONS,
	ANA_CHECK_LEGACY_KEY_VALUE_FORMAT,
	ANA_CHECK_REDUNDANT_TARGET_PLATFORM,
	ANA_CHECK_SECRETS_USED,
	ANA_CHECK_INVALID_DEFAULT_ARG_IN_FROM,
	ANA_CHECK_FROM_PLATFORM_CONST,
	ANA_CHECK_COPY_IGNORED_FILE,
	ANA_CHECK_INVALID_DEFINITION_DESCRIPTION,
	ANA_CHECK_EXPOSE_PROTO_CASING,
	ANA_CHECK_EXPOSE_INVALID_FORMAT,
	ANA_CHECK_COUNT,
};

/** Checks that are off unless somebody asks for them, as a set of bits. */
#define ANA_CHECKS_EXPERIMENTAL (1u << ANA_CHECK_INVALID_DEFINITION_DESCRIPTION)
/** All others. */
#define ANA_CHECKS_STABLE (((1u << ANA_CHECK_COUNT) - 1) & ~ANA_CHECKS_EXPERIMENTAL)

/** "StageNameCasing".  Static string. */
const char *ana_check_name(enum ana_check_id check);
/** One sentence about the check in general.  Static string. */
const char *ana_check_description(enum ana_check_id check);
/** Check of exactly this name; ANA_CHECK_COUNT if there is none. */
enum ana_check_id ana_check_of(struct ctx_str name);
/** Append the address of its page in Docker's manual. */
void ana_check_url(struct ctx_buf *out, enum ana_check_id check);
/** Append what a check says about `a` and `b`; what they are depends on the check, and `b` may be empty. */
void ana_check_say(struct ctx_buf *out, enum ana_check_id check, struct ctx_str a, struct ctx_str b);

#endif
