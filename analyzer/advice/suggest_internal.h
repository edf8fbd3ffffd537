/** What suggest_ignore.c, suggest_guard.c and suggest_text.c share. */
#ifndef ANALYZER_ADVICE_SUGGEST_INTERNAL_H
#define ANALYZER_ADVICE_SUGGEST_INTERNAL_H

#include "analyzer/advice/suggest_ignore.h"
#include "analyzer/advice/tools.h"

/** Facts about one entry. */
enum suggest_mark {
	/** An instruction names it, or what a wildcard or link of an instruction leads to. */
	SUGGEST_NAMED = 1 << 0,
	/** Something below it has SUGGEST_NAMED. */
	SUGGEST_ABOVE = 1 << 1,
	/** A '!' rule keeps it. */
	SUGGEST_NEGATED = 1 << 2,
	/** A build reads it. */
	SUGGEST_READ = 1 << 3,
};

/** Are the manifests clean that a command reads by itself?  Found out when it is first asked. */
enum suggest_answer { SUGGEST_UNASKED, SUGGEST_CLEAN, SUGGEST_DIRTY };

/** One run. */
struct suggest {
	struct ana_ignore_proposal *p;
	const struct ana_ignore_evidence *in;
	/** enum suggest_mark of each entry.  Owned. */
	uint8_t *marks;
	struct ctx_waste_filter filter;
	/** Answers for ANA_LOOKS_NPM, ANA_LOOKS_PIP, ANA_LOOKS_CARGO. */
	enum suggest_answer manifests[ANA_LOOKS_CARGO + 1];
};

/** Is a kind one of suggest_tracked.c? */
static inline bool suggest_is_tracked(const struct ctx_waste_kind *kind) {
	return kind != NULL && kind->class >= CTX_WASTE_SERVICE;
}

/** Describe the place of an entry.  CTX_E_NOMEM. */
CTX_NODISCARD
int suggest_describe(struct suggest *s, struct ana_ignore_place *place, struct ctx_dir *dir, const struct ctx_entry *e,
	struct ctx_error *err);
/** Keep a place for a rule; `why` is NULL if there was no memory for it.  CTX_E_NOMEM. */
CTX_NODISCARD
int suggest_keep(struct suggest *s, struct ana_ignore_place *place, struct ctx_error *err);
/** Does a step read an entry of the place? */
bool suggest_any_read(const struct suggest *s, const struct ana_ignore_place *place);
/** What git thinks of an entry.  Without a repository: neither tracked nor ignored.  As ctx_gitrepo_opinion(). */
CTX_NODISCARD
int suggest_ask_git(const struct suggest *s, const char *path, bool dir, struct ctx_git_opinion *out,
	struct ctx_error *err);

/** Look for what git tracks and only people and services look at (suggest_tracked.c).  As ana_ignore_suggest(). */
CTX_NODISCARD
int suggest_tracked(struct suggest *s, struct ctx_error *err);

/** Text in the arena of the proposal; NULL when out of memory. */
CTX_PRINTF(2, 3)
const char *suggest_text(struct suggest *s, const char *fmt, ...);

/** Fill the marks.  CTX_E_NOMEM. */
CTX_NODISCARD
int suggest_mark_all(struct suggest *s, struct ctx_error *err);

/** Who claims a place or something in it, NULL if nobody does: an instruction that names it, a '!' rule that keeps it. */
const char *suggest_claim(const struct suggest *s, const struct ana_ignore_place *place);

/**
 * Which command may look at a place that nobody named for it?
 * @why     Text that says so, or NULL if there is none.
 * @checked Commands that work on what holds the place, and were all found to look elsewhere.
 */
CTX_NODISCARD
int suggest_looker(struct suggest *s, const struct ana_ignore_place *place, const char **why, size_t *checked,
	struct ctx_error *err);

/**
 * Does every build that reads a place make it again?
 * @installs, @builds  Bits of enum ana_ecosystem; one command of either will do.
 * @maker              Text that names the command of the last build; NULL if some build has none.
 */
CTX_NODISCARD
int suggest_maker(struct suggest *s, const struct ana_ignore_place *place, unsigned installs, unsigned builds,
	const char **maker, struct ctx_error *err);

/** Is the bit of an entry of the place set? */
bool suggest_any_bit(const uint64_t *bits, const struct ana_ignore_place *place);
/** Does a Dockerfile hold the word, wherever it stands? */
bool suggest_has_word(const struct suggest *s, const char *word);
/** Does an instruction read a path with a part of the kind's name; or, if nothing makes it again, a Dockerfile hold that name at all? */
bool suggest_is_spoken_of(const struct suggest *s, const struct ctx_waste_kind *kind);

/** Hold a place back: one row for all of a kind with the same reason.  CTX_E_NOMEM. */
CTX_NODISCARD
int suggest_hold(struct ana_ignore_proposal *p, const struct ana_ignore_place *place, const char *why,
	struct ctx_error *err);

/** Turn places into rules, all anew.  CTX_E_NOMEM. */
CTX_NODISCARD
int suggest_make_rules(struct ana_ignore_proposal *p, struct ctx_error *err);

#endif
