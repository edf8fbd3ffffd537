/**
 * Comments that speak to tools: what is to be ignored where, for how long and why, and what a step costs.
 *
 *	# ctxopt ignore=ID[,ID...];reason=TEXT;until=YYYY-MM-DD    above an instruction: that instruction; above FROM: its stage
 *	# ctxopt global ignore=ID...                               before the first instruction: the whole file
 *	# ctxopt cost=1m30s                                        above RUN, COPY, ADD, WORKDIR: what the step takes
 *	# hadolint ignore=DL3006,DL3008                            the line above an instruction
 *	# hadolint global ignore=DL3006                            the whole file
 *	# check=skip=A,B;error=true;experimental=C                 in the first lines: the whole file; above an instruction: that one
 *
 * Fields of ctxopt's own are separated by ';', which no value can have; blanks around names, '=' and ids do not matter; "ctxopt:" is
 * read as "ctxopt".  Blank lines and other comments may stand between a pragma and its instruction.  One that is wrong has no effect
 * and becomes a problem.  Those of hadolint and BuildKit are read as their owners do, who say nothing about wrong ones here.
 *
 * YAML files have those of ctxopt, but for costs: above a line, which covers what belongs to it (a key with its value, an item of a list),
 * and "global" before the first line that is no comment.
 *
 * Source: moby/buildkit v0.32.2 frontend/dockerfile/linter/linter.go (ParseLintOptions, WithMergedConfigFromComments);
 * hadolint 2.12 README ("Inline ignores", "Global ignores").
 */
#ifndef ANALYZER_DOCKERFILE_PRAGMA_H
#define ANALYZER_DOCKERFILE_PRAGMA_H

#include "analyzer/dockerfile/syntax.h"

/** Whose language a pragma is in. */
enum ana_pragma_tool { ANA_PRAGMA_CTXOPT, ANA_PRAGMA_HADOLINT, ANA_PRAGMA_BUILDKIT };

/** What it holds for. */
enum ana_pragma_scope { ANA_PRAGMA_INSTRUCTION, ANA_PRAGMA_STAGE, ANA_PRAGMA_FILE };

/** `until` of a pragma that has none. */
#define ANA_DAY_NEVER INT64_MAX

/** One comment. */
struct ana_pragma {
	enum ana_pragma_tool tool;
	enum ana_pragma_scope scope;
	/** Where it stands: 1-based, column in bytes; 0 if it is no part of the file (the build argument BUILDKIT_DOCKERFILE_CHECK). */
	uint32_t line, column;
	/** First and last line that it covers; 1 and UINT32_MAX for the file. */
	uint32_t first_line, last_line;
	/** What is ignored, as written and at its place in the text: "runs-as-root", "DL3006", "JSONArgsRecommended", BuildKit's "all". */
	struct ctx_str *ids;
	uint32_t id_count;
	/** Why; absent if nobody says. */
	struct ctx_str reason;
	/** Last day that it holds, in days since 1970-01-01; ANA_DAY_NEVER. */
	int64_t until;
	/** Seconds of the step; below zero if nobody says. */
	double cost_seconds;
	/** BuildKit: experimental checks that are asked for, which may be "all", and whether findings fail the build. */
	struct ctx_str *experimental;
	uint32_t experimental_count;
	bool error;
};

/** Most pragmas of a file that have an effect; more are a problem. */
#define ANA_PRAGMAS_MAX 1000

/** All of a file.  Zero-initialise; release with ana_pragmas_release(). */
struct ana_pragmas {
	/** In the order of the text; those of BuildKit for the file come first.  Texts are borrowed from the file's. */
	CTX_VEC(struct ana_pragma) items;
	/** What is wrong with those of ctxopt, each at its place.  The phase says nothing. */
	struct ana_diags problems;
	struct ctx_arena arena;
};

/**
 * Read the pragmas of a file without syntax errors.
 *
 * @syntax  Borrowed; must outlive `pragmas`.
 * @check   Value of the build argument BUILDKIT_DOCKERFILE_CHECK, which stands for the file's own "# check="; absent if not given.
 * @return  0, also if there are problems; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_pragmas_read(struct ana_pragmas *pragmas, const struct ana_syntax *syntax, struct ctx_str check,
	struct ctx_error *err);
/** The same for the text of a YAML file, which must outlive `pragmas`. */
CTX_NODISCARD
int ana_pragmas_read_yaml(struct ana_pragmas *pragmas, struct ctx_str text, struct ctx_error *err);
void ana_pragmas_release(struct ana_pragmas *pragmas);
#define ana_auto_pragmas CTX_CLEANUP(ana_pragmas_release)

/**
 * Does a pragma say that a finding is to be ignored?  Ask once for each name that a rule has: its own and its aliases.
 *
 * @id     A rule's name; pragmas of ctxopt may write it in any case.  BuildKit's "all" holds for names in CamelCase, which are BuildKit's.
 * @line   First line of what the finding is about; 0 for the file as a whole, which only pragmas for the file cover.
 * @today  Days since 1970-01-01: a pragma holds up to and including its last day.
 * @return The pragma, whose place and reason can be shown; NULL.
 */
const struct ana_pragma *ana_pragma_ignores(const struct ana_pragmas *pragmas, struct ctx_str id, uint32_t line,
	int64_t today);

/** Seconds that the instruction which begins in this line costs by a pragma; below zero if none says so. */
double ana_pragma_cost(const struct ana_pragmas *pragmas, uint32_t line);

/**
 * Days since 1970-01-01 of a day of the calendar, "2026-01-31"; years 1970 to 9999.
 * @return 0; CTX_E_SYNTAX.
 */
CTX_NODISCARD
int ana_day_parse(int64_t *day, struct ctx_str text, struct ctx_error *err);

#endif
