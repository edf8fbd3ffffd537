/**
 * One path of a context: is it sent, which rule decided, which rules touched it or a parent, and what git would say.
 *
 * Evaluates the rules along the path only; nothing is walked, with one exception: an excluded directory is present if
 * something below it is kept, and the first such entry is searched for.
 */
#ifndef CTXOPT_CONTEXT_EXPLAIN_H
#define CTXOPT_CONTEXT_EXPLAIN_H

#include "ctxopt/base/buf.h"
#include "ctxopt/base/vec.h"
#include "ctxopt/context/entry.h"
#include "ctxopt/context/gitrepo.h"
#include "ctxopt/context/matcher.h"

/** What is asked about. */
struct ctx_explain_opts {
	/** The context directory.  Borrowed. */
	int root_fd;
	/** Its rules, and their text for git's reading of it; NULL when there are none.  Borrowed. */
	const struct ctx_ignore *ig;
	const char *ignore_text;
	size_t ignore_text_len;
	/** The repository that holds the context, and the context's path in it ("" or ending in '/'); NULL for none. */
	struct ctx_gitrepo *repo;
	const char *repo_prefix;
};

/** One rule that touched the path or a parent. */
struct ctx_touch {
	/** Bytes of the path that were asked about: all of it, or up to the parent's end. */
	size_t path_len;
	/** 1-based index. */
	uint32_t rule;
	enum ctx_trace_how how;
	/** Outcome for that part of the path after this rule. */
	bool excluded;
};

/** The answer.  Release with ctx_explanation_release(). */
struct ctx_explanation {
	/** Clean path relative to the root, "" for the root itself.  Owned by the arena. */
	const char *path;
	size_t path_len;
	/** Does it exist, and as what (enum ctx_kind)? */
	bool exists;
	int kind;
	/** It is part of the context (or would be, if it existed). */
	bool kept;
	/** The rules exclude it: with `kept` true, a directory that is there because of `kept_below`. */
	bool excluded;
	/** Rule that decided, 1-based, 0 when none did; and bytes of the path that it matched (a parent's, or all). */
	uint32_t rule;
	size_t rule_path_len;
	/** A kept file that arrives empty, because of this rule (1-based). */
	bool refused;
	uint32_t refused_rule;
	/** Every rule that touched it or a parent, parents first, then in file order. */
	CTX_VEC(struct ctx_touch) touches;
	/** An excluded directory: the first entry below it that is kept; NULL for none.  Owned by the arena. */
	const char *kept_below;
	size_t kept_below_len;
	/** A kept path: bytes of its outermost parent that is excluded, and there only because of what is kept below;
	 *  0 for none. */
	size_t excluded_parent_len;
	/** Bytes of a parent that is a symlink: a build sees the link, nothing below it; 0 for none. */
	size_t symlink_parent_len;
	/** The same rules, read by git as a .gitignore, would ignore it; meaningful if `git_reads`. */
	bool git_reads, git_reads_ignored;
	/** Git's own opinion; meaningful if `git_knows`. */
	bool git_knows;
	struct ctx_git_opinion git;
	struct ctx_arena arena;
};

/**
 * Explain one path.
 *
 * @path  Clean, relative to the root, '/'-separated, "" for the root.
 * @dir   It is meant as a directory even if it does not exist (it was written with a final slash).
 * @return 0; CTX_E_SYNTAX from the rules; CTX_E_IO; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ctx_explain(struct ctx_explanation *out, const struct ctx_explain_opts *opts, const char *path, bool dir,
	struct ctx_error *err);
void ctx_explanation_release(struct ctx_explanation *e);

#endif
