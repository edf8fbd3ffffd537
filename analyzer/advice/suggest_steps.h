/**
 * Edits of single steps: flags that let a step be made again less often, or for less.
 *
 *	COPY --from=web /dist /srv   ->   COPY --link --from=web /dist /srv
 *
 * An edit is what one person decides at once: it adds flags to some instructions and leaves out others, and nothing else of the file
 * changes.  Edits do not depend on each other, any set of them may be taken.  Which pay, the caller finds out, as with orders:
 *
 *	ana_steps_new()    look for edits of a file
 *	ana_steps_text()   the file with some of them
 *	ana_steps_check()  is it the old file with these edits, and nothing else?
 */
#ifndef ANALYZER_ADVICE_SUGGEST_STEPS_H
#define ANALYZER_ADVICE_SUGGEST_STEPS_H

#include "analyzer/advice/suggest_order.h"

/** Kinds of edits, in the order in which they are tried. */
enum ana_step_kind {
	/** RUN --mount=type=bind for the files of a copy, which is left out. */
	ANA_STEP_BIND,
	/** COPY --link. */
	ANA_STEP_LINK,
	/** RUN --mount=type=cache, where a package manager keeps what it fetches. */
	ANA_STEP_CACHE,
	ANA_STEP_KIND_COUNT,
};

/** What happens to one instruction. */
struct ana_step_change {
	/** Number of the instruction, as in the order. */
	uint32_t unit;
	/** Flags that are added behind the keyword; none: the instruction is left out. */
	const char *const *flags;
	uint32_t flag_count;
	/** Its text; and what becomes of it, "" if it is left out. */
	const char *text, *now;
};

/** One edit. */
struct ana_step_edit {
	enum ana_step_kind kind;
	/** All that changes, by unit: at least one. */
	struct ana_step_change *changes;
	uint32_t change_count;
	/** Line of the first. */
	uint32_t line;
	enum ana_proof proof;
	/** What a person must agree to, NULL for nothing; why it builds the same. */
	const char *review, *why;
};

struct ana_steps;

/** "bind", "link", "cache". */
const char *ana_step_kind_name(enum ana_step_kind kind);

/**
 * Look for edits.  A file whose frontend may not know the flags has none.
 * @order  Of the file as it is; borrowed, holds all strings.
 * @return 0; errors as ana_selection_digest(); CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_steps_new(struct ana_steps **out, struct ana_order *order, struct ctx_error *err);
void ana_steps_free(struct ana_steps *steps);
/** The edits, kind by kind, in the order of the file. */
uint32_t ana_steps_count(const struct ana_steps *steps);
const struct ana_step_edit *ana_steps_at(const struct ana_steps *steps, uint32_t number);

/** Append the file with those edits that are taken; every other byte stays as it is.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_steps_text(const struct ana_steps *steps, const bool *taken, struct ctx_buf *out, struct ctx_error *err);
/**
 * Compare with the new file, worked out: the same instructions with the same words, but for what the edits add and leave out.  The last
 * line against a mistake of ours.
 */
bool ana_steps_check(const struct ana_steps *steps, const bool *taken, const struct ana_variant *now);

#endif
