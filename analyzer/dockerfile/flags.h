/**
 * Flags of an instruction: which it knows, and what they were set to.
 *
 * Source: moby/buildkit v0.32.2 frontend/dockerfile/instructions/bflag.go.
 */
#ifndef ANALYZER_DOCKERFILE_FLAGS_H
#define ANALYZER_DOCKERFILE_FLAGS_H

#include "analyzer/dockerfile/typing.h"

/** What a flag takes. */
enum ana_flag_kind {
	/** Nothing, "=true" or "=false". */
	ANA_FLAG_BOOL,
	/** "=VALUE", which may be empty. */
	ANA_FLAG_TEXT,
	/** "=VALUE", as often as wanted. */
	ANA_FLAG_LIST,
};

/** One flag: the first two members are given, the rest is found out. */
struct ana_flag {
	/** Without "--". */
	const char *name;
	enum ana_flag_kind kind;
	/** It was given. */
	bool used;
	/** ANA_FLAG_BOOL: it is true. */
	bool on;
	/** ANA_FLAG_TEXT: the value; empty if it was not given. */
	struct ctx_str value;
	/** ANA_FLAG_LIST: the values in order.  In the arena. */
	struct ctx_str *values;
	uint32_t value_count;
};

/** Most flags that one instruction knows. */
#define ANA_FLAGS_MAX 8

/**
 * Read the flag words of the node.
 *
 * @flags   All that this instruction knows, at most ANA_FLAGS_MAX; NULL if it knows none.
 * @return  0; ANA_REFUSED; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_flags_parse(const struct ana_typing *t, struct ana_flag *flags, size_t count);

#endif
