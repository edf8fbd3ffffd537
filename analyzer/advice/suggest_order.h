/**
 * Another order of a Dockerfile's steps: copies go below the RUNs that do not need them, what these do need stays above.
 *
 *	COPY . .              COPY package.json package-lock.json ./
 *	RUN npm ci       ->   RUN npm ci
 *	                      COPY . .
 *
 * Only copies from the context and from other stages move, and only down, within their stage: RUNs keep their order among each other, so no RUN ever meets
 * another base.  A copy passes a step if both orders leave the same: a RUN whose needs are known (needs.h) must not write where the copy
 * does, and what it reads of the copy is copied apart, above it, with the same flags.  Everything that is not understood is a reason
 * to leave things as they are.
 *
 * ARG and ENV of variables that have another value in each build move down, too, past steps that neither name them nor may look at them.
 * They keep their order among each other, which is that of the image's configuration.
 *
 * Which orders pay, the caller finds out, because only it can replay builds:
 *
 *	ana_order_new()        look at all steps
 *	ana_order_candidate()  the order in which as many copies as possible are below one RUN
 *	ana_order_text()       the Dockerfile in that order
 *	ana_order_check()      does the new file build the same from the same?
 *	ana_order_explain()    what changed, what was examined, how sure it is
 */
#ifndef ANALYZER_ADVICE_SUGGEST_ORDER_H
#define ANALYZER_ADVICE_SUGGEST_ORDER_H

#include "analyzer/advice/needs.h"
#include "analyzer/cache/selector.h"
#include "analyzer/cache/variant.h"

/** May a path of the context, which no commit has, be there on somebody's machine? */
enum ana_order_local {
	/** The ignore file leaves it out. */
	ANA_ORDER_NEVER,
	/** It is not there, and nothing keeps it out. */
	ANA_ORDER_PERHAPS,
	/** It is there. */
	ANA_ORDER_PRESENT,
};

/** What is known.  Everything is borrowed. */
struct ana_order_evidence {
	/** The Dockerfile as it is; without error, not thinned, not of the classic builder. */
	const struct ana_variant *variant;
	/** The context that is built, ignore rules applied. */
	struct ana_filetree *store;
	struct ana_dir *root;
	/** Build arguments that have another value in each build. */
	const struct ctx_str *varying;
	size_t varying_count;
	/** Append a file of it, by its path in the context: 1; 2, it is above `max`; or negative. */
	int (*read)(void *arg, const char *path, size_t max, struct ctx_buf *out, struct ctx_error *err);
	/** Ask for a path. */
	enum ana_order_local (*local)(void *arg, const char *path);
	void *arg;
};

struct ana_order;

/**
 * Look at all stages that the build needs.
 * @return 0; what evidence->read returned; errors as ana_selection_digest(); CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_order_new(struct ana_order **out, const struct ana_order_evidence *evidence, struct ctx_error *err);
void ana_order_free(struct ana_order *order);

/** Number of steps and other instructions of all stages: an order has one number for each, the step below which it stands; its own if it was not moved. */
uint32_t ana_order_count(const struct ana_order *order);
/** Are there too many of them to look for another order?  Then nothing moves. */
bool ana_order_is_large(const struct ana_order *order);
/** Is it a RUN that costs enough to look at? */
bool ana_order_is_costly(const struct ana_order *order, uint32_t unit);

/**
 * Move all copies, and all variables that vary, that may go there below a RUN.
 * @to     An order; changed.
 * @return Whether anything moved.
 */
bool ana_order_candidate(struct ana_order *order, uint32_t run, uint32_t *to);
/** May the steps stand so? */
bool ana_order_is_legal(struct ana_order *order, const uint32_t *to);

/** Append the Dockerfile in another order, which must be legal.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_order_text(struct ana_order *order, const uint32_t *to, struct ctx_buf *out, struct ctx_error *err);

/**
 * Compare with the new file, worked out: same stages and configuration, same RUNs in the same order with the same environment but for variables that
 * may move, all copies of the old file still there.  The last line against a mistake of ours.
 * @return Whether it is so.
 */
bool ana_order_check(const struct ana_order *order, const struct ana_variant *now);

/** A step that something went below. */
struct ana_order_edge {
	uint32_t line;
	/** The step as it stands in the file, and what was found out. */
	const char *text, *why;
};

/** One change: a copy, an ARG or an ENV that moved. */
struct ana_order_change {
	/** Number of the instruction, its line and text. */
	uint32_t unit, line;
	const char *text;
	/** The step that it stands below now. */
	uint32_t below_line;
	const char *below;
	/** What is copied apart, above: lines of the new file joined by "; "; "" for nothing. */
	const char *apart;
	enum ana_proof proof;
	/** What a person must agree to; NULL. */
	const char *review;
	const struct ana_order_edge *edges;
	uint32_t edge_count;
};

/** A costly RUN that stays behind what could have gone below it; or an ARG that looks as if it varied. */
struct ana_order_held {
	uint32_t line;
	const char *text, *why;
};

/** The explanation, in the order of the file. */
struct ana_order_story {
	CTX_VEC(struct ana_order_change) changes;
	CTX_VEC(struct ana_order_held) held;
};

/** Explain an order.  Strings live as long as `order`.  Release the vectors.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_order_explain(struct ana_order *order, const uint32_t *to, struct ana_order_story *out, struct ctx_error *err);
void ana_order_story_release(struct ana_order_story *story);

#endif
