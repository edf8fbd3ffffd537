/**
 * What the files of suggest_order.h share.
 *
 *	suggest_order.c  the steps, and orders of them
 *	order_copy.c     what a copy puts where
 *	order_files.c    what a RUN finds: needs.h looks through it
 *	order_pass.c     may a copy pass a step?
 *	order_variable.c may a variable?
 *	order_text.c     the new file, and the check of it
 */
#ifndef ANALYZER_ADVICE_ORDER_INTERNAL_H
#define ANALYZER_ADVICE_ORDER_INTERNAL_H

#include "analyzer/advice/suggest_order.h"
#include "ctxopt/base/strmap.h"

/** Something that a copy takes, and where it puts it. */
struct ana_order_top {
	/** In the image: absolute and clean. */
	struct ctx_str at;
	/** In the context, "" for all of it; NUL-terminated. */
	const char *path;
	/** The directory whose contents are copied; NULL for a file. */
	struct ana_dir *dir;
	/** Which source of the instruction it comes from, and whether that names just this file. */
	uint32_t source;
	bool exact;
};

/** Kinds of instructions. */
enum ana_order_kind {
	/** Configuration, and what changes nothing for a copy. */
	ANA_ORDER_FREE,
	/** ARG, ENV. */
	ANA_ORDER_VARIABLE,
	ANA_ORDER_WORKDIR,
	ANA_ORDER_RUN,
	/** A copy from the context that may move. */
	ANA_ORDER_COPY,
	/** A copy of what nobody can look into: it is known where it goes.  It may move, but nothing of it is copied apart. */
	ANA_ORDER_FOREIGN,
	/** Nothing passes. */
	ANA_ORDER_WALL,
};

/** One instruction of a stage. */
struct ana_order_unit {
	enum ana_order_kind kind;
	const struct ana_instruction *ins;
	/** ANA_NONE if there is none. */
	uint32_t vertex, stage;
	/** RUN. */
	struct ana_needs needs;
	enum ana_cost_class class;
	/** COPY and FOREIGN: what it puts where; of FOREIGN only where. */
	struct ana_order_top *tops;
	uint32_t top_count;
	/** COPY: it has owner or mode; a pattern. */
	bool manner, patterns;
	/** WORKDIR, and COPY: the directory. */
	struct ctx_str dir;
	/** VARIABLE: it has another value in each build; may move; has such a name, and nobody said so. */
	bool varies, loose, suspect;
	/** Why it does not move, or lets nothing pass; NULL. */
	const char *why;
};

/** May it move at all? */
static inline bool ana_order_moves(const struct ana_order_unit *unit) {
	return ((unit->kind == ANA_ORDER_COPY || unit->kind == ANA_ORDER_FOREIGN) && unit->why == NULL) || unit->loose;
}

/** Most instructions: every two of them may be asked about, and lines are looked up one by one. */
#define ANA_ORDER_UNITS_MAX 1000

/** Most variables that may move: every two of them may be asked about, too.  Others stay. */
#define ANA_ORDER_LOOSE_MAX 32

/** All of it. */
struct ana_order {
	struct ana_order_evidence in;
	/** Stage by stage. */
	struct ana_order_unit *units;
	uint32_t count;
	/** There are more than ANA_ORDER_UNITS_MAX; then there are none. */
	bool large;
	/** Variables that may move. */
	uint32_t loose[ANA_ORDER_LOOSE_MAX], loose_count;
	/** Names that they set, and names that any ENV sets. */
	struct ctx_strmap loose_names, env_names;
	/** What was answered about each of them, each step, and either `along`: a refusal, "" for none, NULL if it was not asked. */
	const char **answers;
	/** First unit of each stage of the graph, and one more. */
	uint32_t *first;
	struct ctx_arena arena;
	struct ctx_error *err;
};

/** What is copied apart for RUNs that a copy passes. */
struct ana_order_apart {
	/** Path in the context, and whether it is a directory. */
	const char *path;
	bool dir;
	/** Top that it comes from. */
	uint32_t top;
};

/** The outcome of a question about passing. */
struct ana_order_pass {
	/** Files that must stay above, each once, sorted. */
	CTX_VEC(struct ana_order_apart) apart;
	/** The first step that needs any of them; ANA_NONE. */
	uint32_t reader;
	/** Only whether it is refused: `review` and `why` are not asked for. */
	bool brief;
	/** It cannot, since all that the copy takes is needed: it stands where it must. */
	bool all;
	/** Its destination, which is relative to a directory that it leaves, must be written absolute. */
	bool absolute;
	/** How sure it is. */
	enum ana_proof proof;
	/** Why not, why a person must agree; what was found out of the last step.  In the arena of the order; NULL. */
	const char *refusal, *review, *why;
	/** Names of what may be in the way, and of what the copy may put back: they become part of `review`. */
	const char *local, *updated;
};
/** No answer yet: nothing speaks against it. */
#define ANA_ORDER_PASS_INIT \
	{ .reader = ANA_NONE, .proof = ANA_PROOF_EQUIVALENT }
/** Free the list. */
void ana_order_pass_release(struct ana_order_pass *pass);

/** Where a path is in what a copy puts somewhere. */
struct ana_order_hit {
	/** Top that it belongs to. */
	uint32_t top;
	/** What is there: NULL for the top's own directory. */
	const struct ana_file *file;
	/** Path in the context; in the arena. */
	const char *path;
	/** Something on the way is no directory, or a link is there. */
	bool odd;
};

/** Do not let it pass. */
int ana_order_refuse(struct ana_order_pass *pass, const char *why);
/** Note that a person must agree. */
void ana_order_doubt(struct ana_order *o, struct ana_order_pass *pass, const char *why);

/** Formatted text in the arena; "" when out of memory, which a later allocation will tell. */
CTX_PRINTF(2, 3)
const char *ana_order_say(struct ana_order *o, const char *fmt, ...);

/** Append a text to a list, which may be NULL, if it is not in it: in the arena. */
const char *ana_order_listed(struct ana_order *o, const char *list, const char *between, const char *text);

/** Find out what a COPY or ADD puts where.  Errors as ana_selection_digest(). */
CTX_NODISCARD
int ana_order_copy_look(struct ana_order *o, struct ana_order_unit *unit);
/** Look for a path of the image: 1; 0, the copy puts nothing there; errors as ana_selection_digest(). */
CTX_NODISCARD
int ana_order_find(struct ana_order *o, const struct ana_order_unit *copy, struct ctx_str path,
	struct ana_order_hit *out);

/** Find out what a RUN needs. */
CTX_NODISCARD
int ana_order_run_look(struct ana_order *o, uint32_t unit);

/** Find out which variables vary, and may move.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_order_variables_look(struct ana_order *o);
/** Names that an ARG or ENV sets. */
uint32_t ana_order_name_count(const struct ana_instruction *ins);
struct ctx_str ana_order_name(const struct ana_instruction *ins, uint32_t number);
/** May a variable go below a step, or (`along`) with a copy that goes as far?  As below. */
CTX_NODISCARD
int ana_order_ask_variable(struct ana_order *o, uint32_t variable, uint32_t step, bool along,
	struct ana_order_pass *pass);
/** Do files that a RUN reads hold a name?  1; 0; 2, some cannot be looked into; errors as ana_selection_digest(). */
CTX_NODISCARD
int ana_order_reads_name(struct ana_order *o, uint32_t run, struct ctx_str name);

/** May a copy or a variable go below a step?  Adds to `pass`.  Errors as ana_selection_digest(). */
CTX_NODISCARD
int ana_order_ask(struct ana_order *o, uint32_t copy, uint32_t step, struct ana_order_pass *pass);
/** Is a directory there before a copy, since a WORKDIR made it? */
bool ana_order_is_made_before(const struct ana_order *o, uint32_t copy, struct ctx_str dir);
/** May it go below all steps in between that do not move with it?  As above. */
CTX_NODISCARD
int ana_order_ask_all(struct ana_order *o, uint32_t copy, const uint32_t *to, struct ana_order_pass *pass);

/** Can the copy be written with another destination than it has? */
bool ana_order_is_rewritable(const struct ana_order_unit *copy);
/** Lines that copy some files apart, each ended by `eol`.  False: they cannot be written so, or there are too many. */
bool ana_order_apart_text(struct ana_order *o, const struct ana_order_unit *copy, const struct ana_order_pass *pass,
	const char *eol, struct ctx_buf *out);

#endif
