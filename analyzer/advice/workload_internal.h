/**
 * What the readers of compose files and of manifests share: looking into YAML without running away.
 *
 * Aliases let a small file stand for a large one, so every look is counted; after too many, or without memory, everything is absent and
 * `rc` tells.  So the readers ask on and look at `rc` once.
 */
#ifndef ANALYZER_ADVICE_WORKLOAD_INTERNAL_H
#define ANALYZER_ADVICE_WORKLOAD_INTERNAL_H

#include "analyzer/advice/interpolate.h"
#include "analyzer/advice/workload.h"

/** Most keys and items that are looked at in a file, and most items of lists that are kept. */
#define ANA_YAML_STEPS_MAX (1u << 26)
#define ANA_YAML_ITEMS_MAX (1u << 20)

/** A file that is read. */
struct ana_yaml_reader {
	struct ctx_arena *arena;
	/** The file. */
	struct ctx_str source;
	/** What fills in values; NULL in manifests, which have no variables. */
	struct ana_variables *variables;
	struct ctx_error *err;
	/** Keys and items looked at, items kept. */
	size_t steps, kept;
	/** 0, or why reading ended: CTX_E_LIMIT, CTX_E_NOMEM. */
	int rc;
};

/** Count `n` looks; false after too many. */
bool ana_yaml_spend(struct ana_yaml_reader *r, size_t n);
/** Room for `count` items of a list, zeroed; NULL if there is none, or none are wanted. */
void *ana_yaml_room(struct ana_yaml_reader *r, size_t count, size_t size);
/** Remember why reading ends. */
void ana_yaml_stop(struct ana_yaml_reader *r, int rc);

/** As ctx_yaml_get(), for keys one in the other: "spec template spec".  None is longer than 31 bytes. */
const struct ctx_yaml *ana_yaml_get(struct ana_yaml_reader *r, const struct ctx_yaml *map, const char *path);
/** As ctx_yaml_each(), and reading ends if `fn` returns something else than 0. */
void ana_yaml_each(struct ana_yaml_reader *r, const struct ctx_yaml *map, ctx_yaml_pair_fn *fn, void *arg);
/** Pairs of a map, merged ones included, or items of a sequence; 0 for anything else. */
size_t ana_yaml_count(const struct ctx_yaml *node);

/** A scalar with its variables filled in; a node that is none has a place alone; NULL has nothing. */
struct ana_value ana_yaml_value(struct ana_yaml_reader *r, const struct ctx_yaml *node);
/** The same for what stands at a path. */
struct ana_value ana_yaml_value_at(struct ana_yaml_reader *r, const struct ctx_yaml *map, const char *path);
/** Only the place. */
struct ana_value ana_yaml_place(const struct ctx_yaml *node);
/** Does the file have the value in one line and as it is?  Bytes before its text (quotes: 1, else 0); -1 if not. */
int ana_yaml_verbatim(const struct ana_yaml_reader *r, const struct ana_value *value);
/** Bytes `from` up to `to` of a value, at their own place if ana_yaml_verbatim() told where it begins. */
struct ana_value ana_yaml_part(const struct ana_value *value, int verbatim, size_t from, size_t to);
/** The scalars of a sequence; of a scalar itself alone. */
struct ana_values ana_yaml_values(struct ana_yaml_reader *r, const struct ctx_yaml *node);
/** What a truth value says. */
enum ana_switch ana_yaml_switch(const struct ana_value *value);

#endif
