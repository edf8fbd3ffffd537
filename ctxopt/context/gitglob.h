/**
 * Patterns of git's ignore files as sequences of components: read, written as Docker's, and compared with each other.
 */
#ifndef CTXOPT_CONTEXT_GITGLOB_H
#define CTXOPT_CONTEXT_GITGLOB_H

#include "ctxopt/base/arena.h"
#include "ctxopt/base/buf.h"
#include "ctxopt/base/str.h"
#include "ctxopt/base/vec.h"
#include "ctxopt/context/gitignore_internal.h"

/** One byte of a name: of a set, which never holds the slash; or any number of any bytes. */
struct git_token {
	bool star;
	struct git_byte_set set;
};

/** What stands between two slashes. */
struct git_part {
	enum git_part_kind {
		GIT_PART_NAME,
		/** Any number of components. */
		GIT_PART_ANY,
		/** At least one: a double star at the end. */
		GIT_PART_SOME,
	} kind;
	/** Of a name.  In the arena. */
	const struct git_token *tokens;
	size_t token_count;
};

/** A rule. */
struct git_glob {
	/** '!' in front; '/' behind. */
	bool negated, dir_only;
	/** From the root of whatever.  In the arena. */
	const struct git_part *parts;
	size_t part_count;
};

/** What is lost when a rule is written in Docker's language, in bits. */
enum git_glob_loss {
	/** A letter that is not ASCII is one for Docker, and several bytes for git. */
	GIT_LOSS_LETTERS = 1 << 0,
	/** A byte that cannot stand in Docker's file became '?'. */
	GIT_LOSS_BYTES = 1 << 1,
	/** For directories only in git. */
	GIT_LOSS_DIR_ONLY = 1 << 2,
	/** The rule cannot be written. */
	GIT_LOSS_ALL = 1 << 3,
};

/**
 * Read one line.
 *
 * @line       Without its newline.
 * @fold_case  As core.ignoreCase.
 * @dir        Where its file lies, "" or "a/b".
 * @glob       Patterns begin where `dir` does.
 * @return     1; 0, a comment, or it can never match; GIT_GLOB_ODD, a double star behind a name, which has a meaning of its own;
 *             CTX_E_NOMEM.
 */
int git_glob_read(struct git_glob *glob, struct ctx_arena *arena, struct ctx_str line, const char *dir, bool fold_case,
	struct ctx_error *err);
#define GIT_GLOB_ODD 2

/** Append the rule as Docker has it, without '!'.  `files`: of a rule for directories, what lies in them.  Bits of enum git_glob_loss. */
unsigned git_glob_write(struct ctx_buf *out, const struct git_part *parts, size_t count, bool files);

/** Could both match the same name? */
bool git_part_meets(const struct git_part *a, const struct git_part *b);
/** Does every name that `b` matches, which `a` may match, surely match `a`? */
bool git_part_holds(const struct git_part *a, const struct git_part *b);
/** Does it match every name? */
bool git_part_is_all(const struct git_part *part);

/** How two sequences of components may lie to each other. */
struct git_meeting {
	/** The same path; a path of the first above one of the second; below one. */
	bool same, above, below;
};
/** CTX_E_NOMEM. */
CTX_NODISCARD
int git_glob_meet(struct git_meeting *out, const struct git_glob *a, const struct git_glob *b, struct ctx_error *err);

#endif
