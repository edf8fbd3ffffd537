/**
 * What the files behind gitrepo.h, gittree.h, gitlog.h and gitwork.h share: the repository and the errors of libgit2.
 *
 * One file would be four times the size at which a file is split; these see libgit2, and nothing else does.
 */
#ifndef CTXOPT_CONTEXT_GITREPO_INTERNAL_H
#define CTXOPT_CONTEXT_GITREPO_INTERNAL_H

#include "ctxopt/context/gitpack.h"
#include "ctxopt/context/gitrepo.h"

#include <git2.h>
#include <git2/sys/repository.h>

struct ctx_git_rules;

/** An open repository. */
struct ctx_gitrepo {
	/** Owned.  Each open repository also holds one start of the library. */
	git_repository *git;
	/** Objects.  Owned. */
	git_odb *odb;
	/** The quick way to them, NULL until first asked for.  Owned. */
	struct ctx_gitpacks *packs;
	/** Index and ignore files, NULL until first asked for.  Owned. */
	struct ctx_git_rules *rules;
};

/** Free the index and the ignore files; NULL is fine. */
void ctx_git_rules_free(struct ctx_git_rules *rules);

/**
 * Report a failure `git_rc` of libgit2: "what: libgit2's message".
 *
 * GIT_ENOTFOUND is `missing` (CTX_E_MISSING for names, CTX_E_CORRUPT for objects); what the library does not support is
 * CTX_E_UNSUPPORTED; memory and system errors are their own; anything else is CTX_E_CORRUPT.
 */
CTX_PRINTF(4, 5)
int ctx_fail_git(struct ctx_error *err, int git_rc, enum ctx_errc missing, const char *fmt, ...);

/**
 * Append an object's content if it is in a pack (gitpack.h) and not larger than `max`: 1; 0, ask the library; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_git_read_packed(struct ctx_gitrepo *repo, const git_oid *id, git_object_t type, size_t max, struct ctx_buf *out,
	struct ctx_error *err);

/** Is this a name of `len` bytes that git refuses to check out (git: verify_path)?  libgit2 takes trees as they are. */
bool ctx_git_is_bad_name(const char *name, size_t len);

/** Resolve a revision to a commit object, with the errors of ctx_commit_open() but those of its tree; git_object_free() it. */
CTX_NODISCARD
int ctx_git_resolve(git_object **out, struct ctx_gitrepo *repo, const char *revision, struct ctx_error *err);

#endif
