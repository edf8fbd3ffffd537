/**
 * What a Dockerfile says about the containers that run its image: for compose files and manifests beside it.
 */
#ifndef ANALYZER_ADVICE_BUILT_H
#define ANALYZER_ADVICE_BUILT_H

#include "analyzer/advice/ship.h"

/** Whom something runs as. */
enum ana_who { ANA_WHO_UNKNOWN, ANA_WHO_ROOT, ANA_WHO_NUMBER, ANA_WHO_NAME };

/** What is known of an image.  Plain data: it outlives the Dockerfile's model. */
struct ana_built {
	/** Its Dockerfile, for people; set by whoever knows it. */
	const char *path;
	/** Line of the last USER, 0 for none; and whom the image runs as. */
	uint32_t user_line;
	enum ana_who who;
	/** Line of its HEALTHCHECK, 0 for none; `health_off` if that says NONE. */
	uint32_t health_line;
	bool health_off;
	/** enum ana_image_facts of what it starts from. */
	unsigned base;
	/** What it starts from, "python:3.12-slim", cut where it is long. */
	char base_name[64];
	/** It has the program, or may have it. */
	bool curl, wget, shell;
	/** Something gives up root: an entrypoint that does so, a program for it. */
	bool drops;
};

/** Judge a user: "root", "1000:1000", "app".  What depends on a variable is unknown. */
enum ana_who ana_who_is(struct ctx_str user);

/** Set `base_name`. */
void ana_built_name(struct ana_built *out, const struct ana_image *base);

/** Find out.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_built_make(struct ana_built *out, const struct ana_graph *graph, struct ctx_error *err);

/** Parts of ana_built_make(): what rules know of the user, and of programs and checks.  Return as that. */
CTX_NODISCARD
int ana_built_user(struct ana_built *out, const struct ana_graph *graph, const struct ana_ship *ship,
	struct ctx_error *err);
CTX_NODISCARD
int ana_built_health(struct ana_built *out, const struct ana_graph *graph, const struct ana_ship *ship,
	struct ctx_error *err);

#endif
