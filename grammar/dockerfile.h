/**
 * The grammar's only symbol.  README.md lists the nodes.
 */
#ifndef GRAMMAR_DOCKERFILE_H
#define GRAMMAR_DOCKERFILE_H

#ifdef __cplusplus
extern "C" {
#endif

/** Opaque; tree_sitter/api.h has the same declaration. */
typedef struct TSLanguage TSLanguage;

/**
 * The Dockerfile language, for ts_parser_set_language().
 *
 * ABI 14: libtree-sitter 0.20.3 or later.  A tree of it has neither ERROR nor MISSING nodes where the
 * parser of BuildKit v0.32.2 accepts the file; the reverse does not hold, because what is checked only
 * when a stage is built, or over several instructions, is not syntax.
 *
 * @return  Static and constant: shared by any number of threads, never freed.
 */
const TSLanguage *tree_sitter_dockerfile(void);

#ifdef __cplusplus
}
#endif

#endif
