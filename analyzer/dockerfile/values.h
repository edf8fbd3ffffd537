/**
 * Values that a build checks when it comes to the instruction: ports, signals, modes.
 */
#ifndef ANALYZER_DOCKERFILE_VALUES_H
#define ANALYZER_DOCKERFILE_VALUES_H

#include "ctxopt/base/error.h"
#include "ctxopt/base/str.h"

/**
 * One word of EXPOSE: "[ip:][host:]port[-port][/proto]".
 * Source: moby/buildkit v0.32.2 frontend/dockerfile/dockerfile2llb/convert_expose.go.
 * @return 0; CTX_E_SYNTAX in BuildKit's words.
 */
int ana_port_check(struct ctx_str port, struct ctx_error *err);

/** Parts of such a word; empty if they are not given. */
struct ana_port {
	struct ctx_str ip, host, container, proto;
};

/** Take one word of EXPOSE apart.  0; CTX_E_SYNTAX, there is no port, or the protocol is none. */
int ana_port_split(struct ana_port *out, struct ctx_str port, struct ctx_error *err);

/**
 * STOPSIGNAL: a number but 0, or a name of Linux with or without "SIG".
 * Source: moby/sys signal v0.7.x ParseSignal, signal_linux.go.
 * @return 0; CTX_E_SYNTAX.
 */
int ana_signal_check(struct ctx_str name, struct ctx_error *err);

/**
 * --chmod: octal, or the symbolic form of chmod(1).
 *
 * Source: convert_copy.go dispatchCopy; tonistiigi/dchapes-mode mode.go ParseWithUmask.
 * @mode    The octal value; -1 for the symbolic form.
 * @return  0; CTX_E_SYNTAX.
 */
int ana_chmod_parse(int64_t *mode, struct ctx_str text, struct ctx_error *err);

/** Go's strconv.ParseInt(text, 10, 64): sign and digits.  False if it is none or does not fit. */
bool ana_int_parse(int64_t *out, struct ctx_str text);
/** Go's strconv.ParseBool: 1, t, T, true, True, TRUE and the like.  False if it is neither. */
bool ana_bool_parse(bool *out, struct ctx_str text);

#endif
