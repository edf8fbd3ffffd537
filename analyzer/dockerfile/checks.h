/**
 * BuildKit's built-in checks of one Dockerfile: the warnings of `docker build --check`, word for word and in its order.
 *
 * Some need nothing but the text (checks.c), the others know what is set where, and are made while the graph is being built
 * (graph_check.c).  Like a build, checks end at the first error: what stands behind it is not looked at.
 * Source: moby/buildkit v0.32.2 frontend/dockerfile/linter/linter.go, instructions/parse.go, dockerfile2llb/validations.go, convert.go,
 * convert_expose.go, util/suggest/error.go.
 *
 * Where BuildKit goes through a map, its order is another one each time: of several unset variables in one word, and of equally near
 * names that it proposes for one in FROM.  Here it is that of the text.
 */
#ifndef ANALYZER_DOCKERFILE_CHECKS_H
#define ANALYZER_DOCKERFILE_CHECKS_H

#include "analyzer/dockerfile/check_options.h"
#include "ctxopt/context/ignore.h"

/** Most warnings that are kept; more are only counted. */
#define ANA_WARNINGS_MAX 100000

/** One warning. */
struct ana_check_warning {
	enum ana_check_id check;
	/**
	 * About a variable that is not set, in a stage on an image about which nothing is known: that may set it, and BuildKit would know.
	 * Not so if the name is that of a global ARG, or is long and one letter away from that of a variable that is set.
	 */
	bool unsure;
	/** Lines that BuildKit names; 1-based. */
	uint32_t first_line, end_line;
	/** The word within them that it is about, or the keyword. */
	struct ana_position at;
	/** In BuildKit's words.  In the arena; may hold any bytes of the file. */
	struct ctx_str message;
};

/** The warnings of a file. */
struct ana_checks {
	CTX_VEC(struct ana_check_warning) items;
	/** Warnings that did not fit. */
	size_t omitted;
	/** `error=true`: a build fails if there is a warning. */
	bool error;
	/** An error of the file ended the checks. */
	bool stopped;
	/** Set of bits: checks that are on. */
	uint32_t on;
	/** The ignore file of the context: without it nothing is said about ignored files.  Borrowed; NULL if there is none. */
	const struct ctx_ignore *ignore;
	/** Borrowed. */
	const struct ana_dockerfile *df;
	/** Memory of the messages. */
	struct ctx_arena arena;
};

/** Free everything. */
void ana_checks_release(struct ana_checks *checks);
#define ana_auto_checks CTX_CLEANUP(ana_checks_release)

/**
 * Make the warnings that need only the text.  The rest comes from ana_graph_check() (graph.h), which begins with this.
 *
 * @checks  Zero-initialised but for `ignore`.  Release also after a failure.
 * @df      Parsed, with or without errors.  Borrowed: must outlive the warnings.
 * @return  0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_checks_text(struct ana_checks *checks, const struct ana_dockerfile *df, const struct ana_build_args *args,
	struct ctx_error *err);

/** Where a warning stands. */
struct ana_check_place {
	/** What BuildKit names, and the part of it that it is about (absent: the keyword). */
	const struct ana_node *node;
	struct ctx_str part;
	/** A comment `# check=` above this instruction counts; NULL for checks that know only the options of the file. */
	const struct ana_node *options;
	/** That of the warning. */
	bool unsure;
};

/** Add a warning, unless it is switched off; `a` and `b` are those of ana_check_say().  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_checks_add(struct ana_checks *checks, enum ana_check_id check, const struct ana_check_place *place,
	struct ctx_str a, struct ctx_str b, struct ctx_error *err);

/** Does the name of a variable sound like a secret (validateNoSecretKey)? */
bool ana_check_is_secret(struct ctx_str name);

#endif
