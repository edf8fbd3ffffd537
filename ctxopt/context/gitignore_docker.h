/**
 * Git's ignore files as one ignore file of Docker.
 *
 * Of both languages the last rule that matches decides, but git asks about a path's directories first, from the top, and what lies
 * below an ignored one stays ignored; to Docker a rule for a directory is one for all below it, and a later one overrides it.
 * Without '!' rules that is the same.  With them rules are put into an order in which Docker decides as git does, and where there is
 * none, what a '!' rule brings back too much is left out again by rules for just that.
 *
 * What is tracked, git's rules do not decide; that is for the caller, as are ignore files that git does not read as they lie in an
 * ignored directory.
 */
#ifndef CTXOPT_CONTEXT_GITIGNORE_DOCKER_H
#define CTXOPT_CONTEXT_GITIGNORE_DOCKER_H

#include "ctxopt/base/arena.h"
#include "ctxopt/base/error.h"
#include "ctxopt/base/str.h"
#include "ctxopt/base/vec.h"

/** Most rules, and most pairs of a '!' rule and another one. */
#define CTX_GITIGNORE_DOCKER_MAX 20000
#define CTX_GITIGNORE_DOCKER_PAIRS_MAX 300000

/** An ignore file of git. */
struct ctx_git_source {
	/** For people. */
	const char *name;
	/** Where it lies, relative to the context, "" or "a/b"; its rules hold there and below. */
	const char *dir;
	/** Where the context lies within that directory, "" or "a/b"; one of both is "". */
	const char *inside;
	/** Borrowed for the call. */
	struct ctx_str text;
};

/** A line of the ignore file. */
struct ctx_git_line {
	/** In the arena. */
	const char *text;
	/** Index of the file that it comes from. */
	size_t source;
	/** 1-based. */
	unsigned line;
};

/** What Docker cannot express. */
struct ctx_git_note {
	size_t source;
	unsigned line;
	/** The rule as it stands in git's file, and what is wrong.  In the arena, or static. */
	const char *pattern, *why;
};

/** A translation.  Zero-initialise, release with ctx_git_translation_release(). */
struct ctx_git_translation {
	CTX_VEC(struct ctx_git_line) lines;
	CTX_VEC(struct ctx_git_note) notes;
	struct ctx_arena arena;
};
void ctx_git_translation_release(struct ctx_git_translation *t);

/**
 * Translate.
 *
 * @sources    From the weakest to the strongest: the user's file, that of the repository, then those of directories, each before those
 *             below it.
 * @fold_case  As core.ignoreCase.
 * @return     0; CTX_E_LIMIT, above the limits here; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_git_translate(struct ctx_git_translation *out, const struct ctx_git_source *sources, size_t count,
	bool fold_case, struct ctx_error *err);

#endif
