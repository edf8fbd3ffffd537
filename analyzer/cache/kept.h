/**
 * Caches that tools keep on a builder: what `RUN --mount=type=cache` is for.
 *
 * The directory is there again when the step is made again, on the same builder, and with what the step left in it the last time.  It is in
 * no image, and in no cache that is exported.  What it saves was measured tool by tool: bench/kept_caches.py, bench/results.
 */
#ifndef ANALYZER_CACHE_KEPT_H
#define ANALYZER_CACHE_KEPT_H

#include "analyzer/dockerfile/graph.h"

/** Caches, by who keeps them. */
enum ana_kept {
	ANA_KEPT_NONE,
	ANA_KEPT_NPM,
	ANA_KEPT_UV,
	/** GOMODCACHE: sources that compile steps need. */
	ANA_KEPT_GO_MODULES,
	/** GOCACHE. */
	ANA_KEPT_GO_BUILD,
	/** Sources that compile steps need. */
	ANA_KEPT_CARGO_REGISTRY,
	ANA_KEPT_COUNT,
};

/** One of them. */
struct ana_kept_cache {
	/** For people: "npm". */
	const char *name;
	/** Commands that keep it, as the table of costs names them, with a comma between: "npm ci,npm install". */
	const char *commands;
	/**
	 * Where it is, words with a blank between: "$npm_config_cache ~/.npm".  The first word that begins with a variable that is set holds;
	 * if there is none, each of the others may be the place.  "~" is the home of the user.
	 */
	const char *places;
	/** Percent of the time of a command that remain when the cache is there; of the bytes of its result, when they go into a mount. */
	unsigned percent, bytes_percent;
};
/** Static. */
const struct ana_kept_cache *ana_kept_cache(enum ana_kept kept);

/** The cache that a command keeps: "npm ci", as the table of costs names it; ANA_KEPT_NONE. */
enum ana_kept ana_kept_by(const char *words);

/** Bit of a cache in a set of them. */
#define ANA_KEPT_BIT(kept) (1U << (kept))

/** What an exec has for which caches. */
struct ana_kept_mounts {
	/** Id of the cache mount that holds each cache; absent where none does. */
	struct ctx_str ids[ANA_KEPT_COUNT];
};
/** Find the cache mounts of an exec that hold these caches (bits).  False if one of them has none: then nothing is kept for sure. */
bool ana_kept_find(struct ana_kept_mounts *out, const struct ana_exec *exec, unsigned caches);

/**
 * Where a cache is for an exec of root whose base image says nothing about it, but that `go_image` sets GOPATH: absolute, and without a
 * character that would need quotes.  False if that is not known.
 */
bool ana_kept_place(char out[128], enum ana_kept kept, const struct ana_exec *exec, bool go_image);

/** Share of the time that remains when all these caches (bits) are there: that of the one that saves least. */
double ana_kept_share(unsigned caches);
/** Share of the bytes of the result that remains when all these caches are in mounts, which are no part of it: likewise. */
double ana_kept_bytes_share(unsigned caches);

#endif
