/**
 * What of a Dockerfile ships: the target stage and the stages that it builds on.
 *
 * And what is known about the image that all of it starts from.
 */
#ifndef ANALYZER_ADVICE_SHIP_H
#define ANALYZER_ADVICE_SHIP_H

#include "analyzer/dockerfile/graph.h"
#include "ctxopt/base/vec.h"

/** Facts about a well-known image, as bits. */
enum ana_image_facts {
	/** Nothing is known about it. */
	ANA_IMAGE_UNKNOWN = 0,
	/** Runs as root; as somebody else; starts as root and its entrypoint drops privileges. */
	ANA_IMAGE_ROOT = 1 << 0,
	ANA_IMAGE_USER = 1 << 1,
	ANA_IMAGE_DROPS = 1 << 2,
	/** Listens by default, without a command of ours. */
	ANA_IMAGE_SERVER = 1 << 3,
	/** Has a health check. */
	ANA_IMAGE_HEALTH = 1 << 4,
	/** Its purpose is to compile. */
	ANA_IMAGE_COMPILES = 1 << 5,
	/** Debian or Ubuntu; Alpine or busybox. */
	ANA_IMAGE_DEBIAN = 1 << 6,
	ANA_IMAGE_ALPINE = 1 << 7,
	/** Nothing but its program: no shell. */
	ANA_IMAGE_BARE = 1 << 8,
	/** Has neither curl nor wget: the slim ones. */
	ANA_IMAGE_SLIM = 1 << 9,
	ANA_IMAGE_WINDOWS = 1 << 10,
	/** Holds the tools of buildpack-deps: curl, wget, git, compilers. */
	ANA_IMAGE_FAT = 1 << 11,
	ANA_IMAGE_SCRATCH = 1 << 12,
	/** Has curl, also where others of its kind have none: alpine, slim. */
	ANA_IMAGE_CURL = 1 << 13,
};

/** An image name in parts. */
struct ana_image {
	/** The short form without tag: "node", "grafana/grafana", "gcr.io/distroless/static". */
	struct ctx_str repository;
	/** Empty if not given. */
	struct ctx_str tag, digest;
	/** enum ana_image_facts. */
	unsigned facts;
};

/** What ships. */
struct ana_ship {
	/** Stages (indices into ana_graph.stages), the one that starts from an image first, the target last. */
	CTX_VEC(uint32_t) stages;
	/** Base of the first; nothing in it if it is not known. */
	struct ana_image base;
	/** Copies of parts. */
	struct ctx_arena arena;
};

/** Find out.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_ship_make(struct ana_ship *ship, const struct ana_graph *graph, struct ctx_error *err);
void ana_ship_release(struct ana_ship *ship);
#define ana_auto_ship CTX_CLEANUP(ana_ship_release)

/** Does the stage ship? */
bool ana_ship_has(const struct ana_ship *ship, uint32_t stage);

/** The next instruction that ships, in the order of a build: start with {0, 0}; NULL at the end. */
struct ana_ship_at {
	size_t stage;
	uint32_t next;
};
const struct ana_instruction *ana_ship_next(const struct ana_ship *ship, const struct ana_graph *graph,
	struct ana_ship_at *at);
/** The last instruction of that kind that ships; NULL. */
const struct ana_instruction *ana_ship_last(const struct ana_ship *ship, const struct ana_graph *graph,
	enum ana_keyword keyword);

/** An image name in parts, with what is known about it.  0; CTX_E_SYNTAX; CTX_E_NOMEM. */
CTX_NODISCARD
int ana_image_parse(struct ana_image *out, struct ctx_str name, struct ctx_arena *arena, struct ctx_error *err);

/** Name of a stage for people: "build", "stage 2 of 3", or "the stage" if there is but one.  `out` is filled. */
const char *ana_stage_label(const struct ana_graph *graph, uint32_t stage, char out[96]);

#endif
