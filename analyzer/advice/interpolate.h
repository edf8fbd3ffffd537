/**
 * Variables of compose files: ".env" files, and "${NAME:-default}" in values.
 *
 * Sources: compose-spec/compose-spec, 12-interpolation.md; compose-go, template/template.go and dotenv/parser.go.
 */
#ifndef ANALYZER_ADVICE_INTERPOLATE_H
#define ANALYZER_ADVICE_INTERPOLATE_H

#include "ctxopt/base/arena.h"
#include "ctxopt/base/error.h"
#include "ctxopt/base/str.h"
#include "ctxopt/base/strmap.h"

/** Most bytes that variables may add to one value, and most bytes that are made in all: a few variables that name each other can stand for
 * gigabytes.  Beyond, a value counts as not known. */
#define ANA_INTERPOLATE_VALUE_MAX (64u << 10)
#define ANA_INTERPOLATE_BYTES_MAX (16u << 20)
/** Most levels of "${A:-${B:-...}}". */
#define ANA_INTERPOLATE_DEPTH_MAX 16

/** Variables.  Zero-initialised is valid and has none. */
struct ana_variables {
	struct ctx_strmap names;
	/** In the arena; a value that is not known is absent. */
	struct ctx_str *values;
	/** Bytes made so far. */
	size_t made;
};

/** Read a ".env" file, with values in `arena`; texts may point into `text`.  What is no assignment is passed over.  0; CTX_E_NOMEM. */
CTX_NODISCARD
int ana_variables_read(struct ana_variables *out, struct ctx_arena *arena, struct ctx_str text, struct ctx_error *err);
/** Free the table. */
void ana_variables_release(struct ana_variables *variables);

/**
 * Fill in a value.
 *
 * @out    `text` itself if there is nothing to fill in, or in `arena` with a NUL.  What is not known stands in it as it was written.
 * @open   Set to true if something is not known: a variable without value and default, "${NAME:?}", or what compose would refuse.
 * @return 0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_interpolate(struct ctx_str *out, bool *open, struct ctx_arena *arena, struct ctx_str text,
	struct ana_variables *variables, struct ctx_error *err);

/** Bytes of the "$NAME", "${...}" or "$$" that a text begins with; 1 if it is none of them. */
size_t ana_interpolation_length(struct ctx_str text);

#endif
