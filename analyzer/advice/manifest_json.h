/**
 * JSON manifests: what package.json and its like say, with the limits of the library that reads them.
 *
 * The one file here that sees jansson; others hold its values as pointers.
 */
#ifndef ANALYZER_ADVICE_MANIFEST_JSON_H
#define ANALYZER_ADVICE_MANIFEST_JSON_H

#include "ctxopt/base/error.h"
#include "ctxopt/base/str.h"

/** A value; part of a document. */
struct json_t;

/**
 * Read a document.
 * @out    Free with ana_json_free().  NULL if the text is no JSON, is nested deeper than 2,048 brackets, or has a name twice.
 * @return 0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_json_read(struct json_t **out, struct ctx_str text, struct ctx_error *err);
/** Free a document, or nothing. */
void ana_json_free(struct json_t *doc);
/** For CTX_CLEANUP. */
void ana_json_free_ptr(struct json_t **doc);
#define ana_auto_json CTX_CLEANUP(ana_json_free_ptr)

/** Member of an object; NULL if there is none, or `value` is something else or NULL. */
const struct json_t *ana_json_member(const struct json_t *value, const char *name);
/** The text of a string; absent for anything else.  NUL-terminated, belongs to the document. */
struct ctx_str ana_json_text(const struct json_t *value);
/** Is it an object? */
bool ana_json_is_object(const struct json_t *value);
/** Is it an array? */
bool ana_json_is_array(const struct json_t *value);
/** Is it true? */
bool ana_json_is_true(const struct json_t *value);

/** Receives a member, or an element, whose name is absent.  Anything but 0 ends the walk and is returned. */
typedef int ana_json_fn(void *arg, struct ctx_str name, const struct json_t *value);
/** All members of an object or elements of an array, in order; none of anything else. */
int ana_json_each(const struct json_t *value, ana_json_fn *fn, void *arg);

#endif
