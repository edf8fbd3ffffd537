/**
 * Rules for the ignore file, proposed from evidence: what no step reads, and well-known things that git does not track and
 * that a step takes only because it takes everything.
 *
 * The steps of a proposal, which the caller drives because only it can plan a build:
 *
 *	ana_ignore_number()    give every entry a number
 *	fill the views         which entries each read of each build takes, as bits
 *	ana_ignore_suggest()   candidates become rules, or are held back with the reason
 *	ana_ignore_text()      the ignore file with the rules at its end
 *	...                    plan all builds again under that file
 *	ana_ignore_check()     is exactly that gone which was proposed?  Rules that fail are given up: again from the text on
 *	ana_ignore_prune()     of the rules about what git tracks, those that a replayed history pays for: again from the text on
 *
 * A proposal that could break a build is not made.  What git tracks, what an instruction names, what a '!' rule keeps, what
 * no step makes again, and what a command may look at that nobody here knows: all that is left alone.
 */
#ifndef ANALYZER_ADVICE_SUGGEST_IGNORE_H
#define ANALYZER_ADVICE_SUGGEST_IGNORE_H

#include "analyzer/advice/proof.h"
#include "analyzer/dockerfile/select.h"
#include "ctxopt/context/gitrepo.h"
#include "ctxopt/context/waste.h"

/** What one read of a build takes: a bit for each entry. */
struct ana_ignore_read {
	const struct ana_read *read;
	uint64_t *bits;
};

/** One build that uses the ignore file: a Dockerfile and a target. */
struct ana_ignore_view {
	/** The Dockerfile, for people. */
	const char *dockerfile;
	const struct ana_graph *graph;
	/** Reads of the main context. */
	struct ana_ignore_read *reads;
	size_t read_count;
	/** A source of some step does not exist. */
	bool missing;
};

/** All that is known. */
struct ana_ignore_evidence {
	struct ctx_snapshot *snap;
	size_t entry_count;
	/** The build that was asked for first; then other targets and other Dockerfiles. */
	const struct ana_ignore_view *views;
	size_t view_count;
	/** What the first one asks its client to send: a bit for each entry. */
	const uint64_t *wanted;
	/** The rules in force; NULL for none. */
	const struct ctx_ignore *ignore;
	/** Path of the ignore file, and of the Dockerfiles, relative to the root; NULL for what lies elsewhere. */
	const char *ignore_path;
	const char *const *dockerfiles;
	size_t dockerfile_count;
	/** The repository around the context, and the context's path in it ("" or ending in '/'); NULL for none. */
	struct ctx_gitrepo *repo;
	const char *repo_prefix;
	/** A Dockerfile that could use the same ignore file, and could not be understood; NULL. */
	const char *unknown_build;
	/** Count what only the classic builder would send, too. */
	bool classic;
	/** Propose what git tracks and only people and services look at, too; who asks for it must prune it. */
	bool tracked;
	/** The context directory: manifests are read there.  Borrowed. */
	int root_fd;
};

/** One rule. */
struct ana_ignore_rule {
	/** As it stands in the file.  In the arena, as all texts. */
	const char *pattern;
	/**
	 * IDENTICAL: no step reads what it leaves out.  EQUIVALENT: the same, but a step copies the ignore file itself, which has more
	 * lines now.  REVIEW: a step takes it and a clean checkout does not have it, or it is version control.
	 */
	enum ana_proof proof;
	/** The family; NULL for what no step reads. */
	const struct ctx_waste_kind *kind;
	/** Why it is safe. */
	const char *why;
	/** What it leaves out, in how many places, and the first of them. */
	struct ctx_totals totals;
	uint64_t places;
	const char *example;
	/** Content bytes of it that the first build's client would send to BuildKit. */
	uint64_t sent_bytes;
	/** Of the builds of the history that are scored, the newer third: misses and seconds less with this rule alone. */
	uint64_t misses_saved;
	double seconds_saved;
	/** `pattern` names no place but the kind. */
	bool general;
	/** It failed the check. */
	bool failed;
};

/** What was looked at and left alone. */
struct ana_ignore_held {
	/** The first place, how many there are, and their bytes. */
	const char *path;
	uint64_t places;
	struct ctx_totals totals;
	const struct ctx_waste_kind *kind;
	const char *why;
};

/** One place of a rule: an entry and all below it, which have consecutive numbers. */
struct ana_ignore_place {
	const char *path;
	/** The entry, and those below it: `from` up to but not including `to`. */
	size_t self, from, to;
	/** Rule that it belongs to; SIZE_MAX for none. */
	size_t rule;
	const struct ctx_waste_kind *kind;
	enum ana_proof proof;
	const char *why;
	struct ctx_totals totals;
	uint64_t sent_bytes;
	/** The check spoke against it. */
	bool dropped;
};

/** What builds of a history cost. */
struct ana_ignore_score {
	uint64_t hits, misses, unknown;
	double seconds;
};

/** A history replayed with the rules of now and with those of then, in place of each commit's own. */
struct ana_ignore_replay {
	/** Builds in all, and the newest third since the first that could be built, which are scored. */
	size_t builds, scored;
	/** Of these some that could not be built with either rules. */
	size_t failed;
	struct ana_ignore_score before, after;
	/** Why there is none; NULL. */
	const char *none;
	/** The history begins at the edge of a shallow clone. */
	bool shallow;
};

/** What an ignore file that was not made of rules does to one read of a build, compared with the file of now. */
struct ana_ignore_change {
	/** The Dockerfile and the line of the step. */
	const char *dockerfile;
	uint32_t line;
	/** Entries that it does not take any more, directories apart, and those that it takes only then; the first of them. */
	uint64_t lost, gained;
	const char *example;
};

/** What such a file cannot say. */
struct ana_ignore_note {
	/** Git's file and line; NULL and 0. */
	const char *file;
	unsigned line;
	/** The rule, or the path that it is about. */
	const char *pattern;
	const char *why;
};

/** A whole ignore file: what git ignores, or nothing but what steps read. */
struct ana_ignore_whole {
	/** "from-gitignore", "allowlist". */
	const char *mode;
	/** Rules in it, and those among them that only paths of now need. */
	size_t rules, exceptions;
	CTX_VEC(struct ana_ignore_note) notes;
	CTX_VEC(struct ana_ignore_change) changes;
	enum ana_proof proof;
	/** Why there is none; NULL. */
	const char *none;
	/** The file of now has it: nothing to propose. */
	bool same;
	struct ctx_arena arena;
};
void ana_ignore_whole_release(struct ana_ignore_whole *whole);

/** The proposal.  Zero-initialise, release with ana_ignore_release(). */
struct ana_ignore_proposal {
	CTX_VEC(struct ana_ignore_rule) rules;
	CTX_VEC(struct ana_ignore_held) held;
	CTX_VEC(struct ana_ignore_place) places;
	/** Kinds that have a rule for each place, since one for all would fail. */
	CTX_VEC(const struct ctx_waste_kind *) singles;
	/** Flags of each entry before (of enum ctx_entry_flags), and 1 + the place that it belongs to.  Owned. */
	uint16_t *before;
	uint32_t *owner;
	struct ctx_arena arena;
};
void ana_ignore_release(struct ana_ignore_proposal *p);

/** Number the entries of a snapshot: ana_ignore_entry() is valid until another computation numbers directories.  Returns how many. */
size_t ana_ignore_number(struct ctx_snapshot *snap);
/** Number of an entry of `dir`. */
static inline size_t ana_ignore_entry(const struct ctx_dir *dir, const struct ctx_entry *e) {
	return dir->order + (size_t)(e - dir->entries);
}
/** Is the bit of an entry set? */
static inline bool ana_ignore_bit(const uint64_t *bits, size_t n) {
	return (bits[n / 64] >> (n % 64) & 1) != 0;
}

/** Propose.  CTX_E_CORRUPT, CTX_E_UNSUPPORTED, CTX_E_LIMIT, CTX_E_IO from git's ignore files and index; CTX_E_NOMEM. */
CTX_NODISCARD
int ana_ignore_suggest(struct ana_ignore_proposal *p, const struct ana_ignore_evidence *in, struct ctx_error *err);

/**
 * The new text of the ignore file: the old one byte for byte, then the rules that are of at most class `most`, below comments.
 * Line ends are those of the old text.
 */
CTX_NODISCARD
int ana_ignore_text(struct ctx_buf *out, const struct ana_ignore_proposal *p, struct ctx_str old, enum ana_proof most,
	struct ctx_error *err);

/**
 * Compare the builds under the old file (`in`) with those under the new one with all rules, which have been applied to the snapshot.
 * A rule fails that leaves out more or less than its places, or one of class identical that leaves out what a step reads; all fail if a
 * difference cannot be blamed on one.  What failed is replaced or held back: make the text again, and check again.
 *
 * @after      As many views as before, with the bits of now.
 * @old_rules  Rules of the old file: those of the proposal come after them.
 * @failed     How many failed.
 */
CTX_NODISCARD
int ana_ignore_check(struct ana_ignore_proposal *p, const struct ana_ignore_evidence *in,
	const struct ana_ignore_view *after, size_t old_rules, size_t *failed, struct ctx_error *err);

/** Does a read take whatever is there, so that it names nothing? */
bool ana_ignore_is_wide(const struct ana_read *read);
/** Does a step copy the ignore file, or would it copy a new one? */
bool ana_ignore_is_copied(const struct ana_ignore_evidence *in);
/** Is the rule about what git tracks? */
bool ana_ignore_is_tracked(const struct ana_ignore_rule *rule);
/** What a replayed history says of a rule. */
enum ana_ignore_worth {
	/** It saves next to nothing in the older part, by which is chosen. */
	ANA_IGNORE_IDLE,
	/** It saves there, but nothing in the newer part. */
	ANA_IGNORE_WAS_WORTH,
	/** It saves in both. */
	ANA_IGNORE_WORTH,
};

/**
 * Drop those rules about what git tracks that are not worth it, and hold those back that were, or whose places another file that is
 * sent names.
 * @worth    One for each rule.
 * @dropped  How many there were: if any, make the text again, and check it.
 * @return   0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_ignore_prune(struct ana_ignore_proposal *p, const struct ana_ignore_evidence *in,
	const enum ana_ignore_worth *worth, size_t *dropped, struct ctx_error *err);

/** What the rule is about: "dependencies", "read by no step".  Static string. */
const char *ana_ignore_subject(const struct ctx_waste_kind *kind);

#endif
