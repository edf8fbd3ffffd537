/**
 * What the Dockerfile frontend of Docker 20.10 does not know yet.
 *
 * A file that names a frontend of its own (`# syntax=`) is read by that one, unless the builder is the classic one.
 * Source: moby/buildkit eeb7b65a (v0.8.4, Docker 20.10.24) frontend/dockerfile/instructions (parse.go, commands_runmount.go),
 * frontend/dockerfile/parser.
 */
#ifndef ANALYZER_DOCKERFILE_OLDER_H
#define ANALYZER_DOCKERFILE_OLDER_H

#include "analyzer/dockerfile/dockerfile.h"

/**
 * Report here-documents, flags and mount options that it rejects.
 * @who     Who it is, for messages: "Docker 20.10".
 * @df      Without errors; its `diags` get what was found.
 * @return  0, also then; CTX_E_LIMIT, CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_older_check(struct ana_dockerfile *df, const char *who, struct ctx_error *err);

#endif
