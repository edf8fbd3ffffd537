/**
 * What a step costs when it is made again, in seconds, and how large its result is.
 *
 * Nobody knows before it was measured: the defaults are one number for each class of commands, and stand in one table with
 * where they come from.  A pragma in the Dockerfile overrides them (`# ctxopt cost=12s`, analyzer/dockerfile/pragma.h), and a file of
 * costs overrides both by stage and text.
 *
 * Where a step has a cache mount for what its costliest commands keep, and a builder that lives on made it before, it takes a share of these
 * seconds (kept.h).  A line of the file without mounts fits steps that have some, too, and says what such a step takes the first time.  One
 * that names a mount is the measurement of the step as it is, cache and all: then no share is taken, and it is the same each time.  So it is
 * for pragmas, by the step that they stand above.
 */
#ifndef ANALYZER_CACHE_COST_H
#define ANALYZER_CACHE_COST_H

#include "analyzer/cache/kept.h"

/** Classes of steps. */
enum ana_cost_class {
	/** Files are copied, a directory is made. */
	ANA_COST_FILES,
	/** A RUN that does little: links, users, configuration. */
	ANA_COST_LIGHT,
	/** Something is fetched: curl, wget, git clone, a remote ADD. */
	ANA_COST_DOWNLOAD,
	/** Packages of the distribution. */
	ANA_COST_SYSTEM_PACKAGES,
	/** Dependencies of a language: npm ci, pip install, go mod download. */
	ANA_COST_DEPENDENCIES,
	/** Code is compiled, bundled or tested. */
	ANA_COST_BUILD,
	ANA_COST_CLASS_COUNT,
};

/** Name of a class: "build". */
const char *ana_cost_class_name(enum ana_cost_class class);
/** Seconds of a class where nothing was measured. */
double ana_cost_class_seconds(enum ana_cost_class class);
/** Bytes that a RUN of a class leaves where nothing was measured; of COPY and ADD, where the source cannot be looked into. */
uint64_t ana_cost_class_bytes(enum ana_cost_class class);
/** The commands of a class, from 0 on; NULL behind the last.  Static strings: "npm ci". */
const char *ana_cost_class_command(enum ana_cost_class class, size_t index);
/** Class of a step: the costliest command in it. */
enum ana_cost_class ana_cost_classify(const struct ana_vertex *vertex);
/** Caches (bits of enum ana_kept) that its costliest commands keep; 0 if one of them keeps none. */
unsigned ana_cost_caches(const struct ana_vertex *vertex);

/** What is counted when a step is made again. */
enum ana_cost_model {
	/** Its seconds. */
	ANA_COST_TIME,
	/** One; nothing for the merge of a COPY --link, which copies nothing. */
	ANA_COST_STEPS,
	/** The bytes of its result, which are written, and pushed and pulled elsewhere. */
	ANA_COST_BYTES,
	ANA_COST_MODEL_COUNT,
};

/** Measured costs. */
struct ana_costs;
/**
 * Read a file of costs: one step a line, `SECONDS[,SIZE] STAGE INSTRUCTION`, where the instruction is the beginning of the step's text as
 * BuildKit prints it ("RUN npm ci"), its --mount flags left out or not, SIZE is that of its result ("120MB"), STAGE may be "*", and '#' begins a comment.
 * @return 0; CTX_E_SYNTAX with the line; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_costs_parse(struct ana_costs **out, const char *text, size_t len, struct ctx_error *err);
void ana_costs_free(struct ana_costs *costs);
/**
 * Add what a pragma says about a step, which holds where the file says nothing about it.  All of `instruction` must match, its --mount flags left out or not.  `*costs` may be
 * NULL, and is made then.  CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_costs_say(struct ana_costs **costs, double seconds, struct ctx_str stage, struct ctx_str instruction,
	struct ctx_error *err);
/** Do they say it of the step with its mounts, so that it takes no share of that? */
bool ana_costs_as_is(const struct ana_costs *costs, struct ctx_str stage, struct ctx_str instruction);
/** Do file or pragmas say how long a step takes?  Parameters as below. */
bool ana_costs_has(const struct ana_costs *costs, struct ctx_str stage, struct ctx_str instruction);

/**
 * Seconds of a step.
 * @vertex       NULL: it does nothing, and takes no time unless it was measured.
 * @costs        NULL: defaults only.
 * @stage        Name as BuildKit prints it.
 * @instruction  Text of the step without its bracket.
 */
double ana_cost_seconds(const struct ana_costs *costs, const struct ana_vertex *vertex, struct ctx_str stage,
	struct ctx_str instruction);
/** The same of a step whose class is known. */
double ana_cost_of_class(const struct ana_costs *costs, enum ana_cost_class class, struct ctx_str stage,
	struct ctx_str instruction);
/** Measured bytes of a step's result; -1 if there are none.  Parameters as above. */
int64_t ana_cost_bytes(const struct ana_costs *costs, struct ctx_str stage, struct ctx_str instruction);

#endif
