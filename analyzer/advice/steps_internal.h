/**
 * What the files of suggest_steps.h share.
 *
 *	suggest_steps.c  the list of kinds, and the new file
 *	steps_check.c    the check of it
 *	steps_bind.c     bind mounts in the place of a copy
 *	steps_link.c     COPY --link
 *	steps_cache.c    cache mounts of package managers
 */
#ifndef ANALYZER_ADVICE_STEPS_INTERNAL_H
#define ANALYZER_ADVICE_STEPS_INTERNAL_H

#include "analyzer/advice/order_internal.h"
#include "analyzer/advice/suggest_steps.h"
#include "ctxopt/base/path.h"

/** All of it. */
struct ana_steps {
	/** Memory for strings and lists is o->arena. */
	struct ana_order *o;
	CTX_VEC(struct ana_step_edit) edits;
};

/** Is one absolute path the other, or above or below it? */
static inline bool ana_steps_touch(struct ctx_str a, struct ctx_str b) {
	return ctx_path_within(a.ptr, a.len, b.ptr, b.len <= 1 ? 0 : b.len) ||
		ctx_path_within(b.ptr, b.len, a.ptr, a.len <= 1 ? 0 : a.len);
}

/** Has an exec a mount at a path, or above or below it? */
static inline bool ana_steps_is_mounted(const struct ana_exec *exec, struct ctx_str path) {
	bool is = false;
	for (uint32_t i = 0; i < exec->mount_count; ++i) {
		const struct ana_exec_mount *m = &exec->mounts[i];
		is = is || (!m->root && m->dest.len > 0 && ana_steps_touch(m->dest, path));
	}
	return is;
}

/** Has the source of a copy a wildcard? */
static inline bool ana_steps_is_pattern(struct ctx_str source) {
	bool is = false;
	for (size_t i = 0; !is && i < source.len; ++i) {
		is = strchr("*?[", source.ptr[i]) != NULL;
	}
	return is;
}

/** Most edits of a file: each may be replayed. */
#define ANA_STEPS_MAX 48

/** Look for the edits of one kind.  Errors as ana_selection_digest(). */
CTX_NODISCARD
int ana_steps_bind_look(struct ana_steps *s);
CTX_NODISCARD
int ana_steps_link_look(struct ana_steps *s);
CTX_NODISCARD
int ana_steps_cache_look(struct ana_steps *s);

/** Is it a COPY of what is in the context, a stage or an image, without owner, mode, patterns, heredocs and --link? */
bool ana_steps_is_plain(const struct ana_order *o, const struct ana_order_unit *u);

/**
 * Note an edit, unless there are too many, or one of its instructions is written so that nothing can be added to it; line and texts are
 * filled in.
 */
CTX_NODISCARD
int ana_steps_add(struct ana_steps *s, struct ana_step_edit edit);

/** What edits that are taken do to an instruction. */
struct ana_step_sum {
	/** It is left out. */
	bool gone;
	/** Number of flags that are added. */
	uint32_t flags;
};
struct ana_step_sum ana_steps_sum(const struct ana_steps *s, const bool *taken, uint32_t unit);
/** The flags that are added, by number. */
const char *ana_steps_flag(const struct ana_steps *s, const bool *taken, uint32_t unit, uint32_t number);

#endif
