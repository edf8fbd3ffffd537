/**
 * Comma-separated fields of one flag value, with quotes.
 *
 * Source: tonistiigi/go-csvvalue v0.0.0-20240814133006 csvvalue.go (Fields).
 */
#ifndef ANALYZER_DOCKERFILE_CSV_H
#define ANALYZER_DOCKERFILE_CSV_H

#include "analyzer/dockerfile/words.h"

/**
 * Split a value; fields are appended and point into it unless quotes had to go.
 * @return 0; CTX_E_SYNTAX with Go's message ("EOF" for an empty value); CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_csv_fields(struct ana_words *fields, struct ctx_str value, struct ctx_arena *arena, struct ctx_error *err);

#endif
