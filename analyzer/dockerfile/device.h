/**
 * `RUN --device=...`: is the value well-formed?
 *
 * Source: moby/buildkit v0.32.2 frontend/dockerfile/instructions/commands_rundevice.go (ParseDevice).
 */
#ifndef ANALYZER_DOCKERFILE_DEVICE_H
#define ANALYZER_DOCKERFILE_DEVICE_H

#include "ctxopt/base/arena.h"
#include "ctxopt/base/error.h"
#include "ctxopt/base/str.h"

/** One device; the name is empty if the value has none, which BuildKit does not mind here. */
struct ana_device {
	struct ctx_str name;
	bool required;
};

/**
 * Parse the value of one --device.
 * @return 0; CTX_E_SYNTAX with a message in BuildKit's words; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_device_parse(struct ana_device *device, struct ctx_str value, struct ctx_arena *arena, struct ctx_error *err);

#endif
