/**
 * Git's ignore rules, as text and as git reads them: no repository, no file system.
 *
 * libgit2 has them too, but decides differently from git where a rule re-includes something: it drops a "!rule" that it
 * thinks has no effect (a rule of another file counts as none), and asks about a path before its parents.  Since
 * this is about telling users what git does, the rules here are git's own.
 * Source: git 2.39 dir.c (add_patterns_from_buffer, parse_path_pattern, match_pathname, prep_exclude) and wildmatch.c.
 */
#ifndef CTXOPT_CONTEXT_GITIGNORE_H
#define CTXOPT_CONTEXT_GITIGNORE_H

#include "ctxopt/base/error.h"

/** The rules of one file, compiled.  Not for several threads at once: matching uses scratch memory inside. */
struct ctx_gitignore;

/**
 * Parse the text of one ignore file.  Every text is valid; a rule that can never match is kept and never matches.
 *
 * @text       `len` bytes, borrowed for the call.
 * @fold_case  As core.ignoreCase: ASCII letters match both cases.
 * @return     0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_gitignore_parse(struct ctx_gitignore **out, const char *text, size_t len, bool fold_case,
	struct ctx_error *err);
void ctx_gitignore_free(struct ctx_gitignore *rules);

/** What the rules of one file say about one path. */
enum ctx_git_verdict {
	/** No rule matches: other files, and parent directories, decide. */
	CTX_GIT_SILENT,
	CTX_GIT_IGNORED,
	/** A rule with '!' matches. */
	CTX_GIT_KEPT,
};

/**
 * The last rule that matches this very path decides; parent directories are not looked at.
 *
 * @path  Relative to the directory of the file, clean, without final slash.
 */
enum ctx_git_verdict ctx_gitignore_match(struct ctx_gitignore *rules, const char *path, size_t len, bool is_dir);

/**
 * Would git ignore `path` if the given ignore text were the only .gitignore, at the root?  Tells users of an ignore file
 * where the two languages differ.  As in git, what lies below an ignored directory is ignored whatever other rules say.
 *
 * @path  Relative to the root, clean, NUL-terminated.
 * @return 0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_git_reads_rules(const char *text, size_t len, const char *path, bool is_dir, bool *ignored,
	struct ctx_error *err);

#endif
