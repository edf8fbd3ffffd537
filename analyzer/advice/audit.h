/**
 * The audit: files, what rules find in them, and what of it counts.
 *
 *	ana_audit_start()
 *	ana_build_view_make()  a Dockerfile to what rules are given
 *	ana_audit_build()      all rules over it; once for each build
 *	ana_audit_manifest()   all rules over a compose file or a file of manifests
 *	ana_audit_merge()      what other files answer
 *	ana_audit_finish()     equal findings become one, what must not be shown is left out, order
 */
#ifndef ANALYZER_ADVICE_AUDIT_H
#define ANALYZER_ADVICE_AUDIT_H

#include "analyzer/advice/rule.h"

/** All rules: the families, then BuildKit's own checks.  `*count` of them. */
const struct ana_rule *const *ana_rules(size_t *count);
/** The rule of that id, or of that alias (hadolint's, BuildKit's); NULL. */
const struct ana_rule *ana_rule_find(struct ctx_str id);
/** Is `id` the rule's own id, in any case, or one of its aliases? */
bool ana_rule_is(const struct ana_rule *rule, struct ctx_str id);

/** Begin: `audit` becomes empty. */
void ana_audit_start(struct ana_audit *audit, int64_t today);
/** Free everything. */
void ana_audit_release(struct ana_audit *audit);

/** Add a file.  Returns its index, or CTX_E_NOMEM. */
CTX_NODISCARD
int64_t ana_audit_add_file(struct ana_audit *audit, const char *path, enum ana_audit_kind kind, struct ctx_str text,
	struct ctx_error *err);

/** A Dockerfile as rules are given it.  Zero-initialise, must not move, release with ana_build_view_release(). */
struct ana_build_view {
	struct ana_dockerfile model;
	struct ana_graph graph;
	struct ana_reads reads;
	/** All is there, and without errors; and with build arguments that nobody gave. */
	bool valid, made_up;
	/** First error, if it is not valid.  Borrowed from model and graph. */
	const struct ana_diag *error;
	struct ctx_arena arena;
};

/**
 * Parse a Dockerfile and make its graph.  Build arguments that a FROM line needs and that have no default are made up: see
 * ana_rule_is_open().
 *
 * @text  Borrowed; must outlive `view`.
 * @opts  Borrowed for the life of `view`.
 * @return  0, also if it is not valid; CTX_E_USAGE, the target does not exist; CTX_E_LIMIT; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_build_view_make(struct ana_build_view *view, struct ctx_str text, const struct ana_graph_opts *opts,
	struct ctx_error *err);
void ana_build_view_release(struct ana_build_view *view);

/**
 * Run all rules over one build of the Dockerfile `file`; what its directives say is applied.
 * @valid  ana_build_view.valid: if not, only rules run that can do with that.
 * @return 0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_audit_build(struct ana_audit *audit, uint32_t file, const struct ana_rule_input *in, bool valid,
	struct ctx_error *err);

/** Fill in what is known of a container that lies in another file: `built`, `unsure`, `retagged`, `limit_range`. */
typedef void ana_audit_know_fn(void *arg, struct ana_rule_manifest *on);

/**
 * Run all rules over a compose file or a file of manifests; what its pragmas say is applied.
 *
 * @given  `path`, `manifest`, `today` and, by ana_audit_is_development(), `development` are set; what the file says may set that, too.
 * @know   NULL: nothing is known of other files.
 * @return 0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_audit_manifest(struct ana_audit *audit, uint32_t file, const struct ana_rule_manifest *given,
	ana_audit_know_fn *know, void *arg, struct ctx_error *err);

/** Does its path say that a file is for development or tests: "compose.dev.yml", "tests/..."? */
bool ana_audit_is_development(struct ctx_str path);

/** Suppress the findings from number `first` on that pragmas of the YAML file speak of, and note which of those are wrong.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_audit_pragmas_yaml(struct ana_audit *audit, uint32_t file, size_t first, struct ctx_error *err);

/**
 * Suppress the findings from number `first` on that directives of the file speak of: hadolint's "# hadolint ignore=" above an
 * instruction and "# hadolint global ignore=", BuildKit's "# check=skip="; note which pragmas of our own are wrong.  CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_audit_directives(struct ana_audit *audit, uint32_t file, const struct ana_rule_input *in, size_t first,
	struct ctx_error *err);

/**
 * Give the findings from number `first` on their patches, where one is safe.  The Dockerfile is valid.
 * ana_audit_finish() takes those away that would show what is hidden.  CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_audit_edits(struct ana_audit *audit, const struct ana_rule_input *in, size_t first, struct ctx_error *err);

/** That a container runs the image of a build, for sure. */
struct ana_audit_link {
	/** Indices of the Dockerfile and of the container's file; the stage that is built, as ana_stage_label() calls it. */
	uint32_t dockerfile, file;
	const char *stage;
	const struct ana_container *container;
};

/**
 * What one file says answers what another one lacks: findings about a Dockerfile that everything that runs its image makes good are
 * suppressed.  A healthcheck or a probe answers a missing HEALTHCHECK, a user a missing USER.
 *
 * @links  Sorted by `dockerfile` in place.
 * @return 0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_audit_merge(struct ana_audit *audit, struct ana_audit_link *links, size_t count, struct ctx_error *err);

/** Does a value of a YAML file stand there line by line, behind '|'? */
bool ana_audit_is_literal(struct ctx_str text, const struct ana_value *value);
/**
 * Move all that was found in the Dockerfile `inner` to the compose file `outer`, where it is the text of `at`: to its lines and columns if
 * the text stands there line by line, or else to its beginning.  The file is gone with ana_audit_drop_folded().  CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_audit_fold(struct ana_audit *audit, uint32_t inner, uint32_t outer, const struct ana_value *at,
	struct ctx_error *err);
/** Take out the files that were folded: indices of files change.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_audit_drop_folded(struct ana_audit *audit, struct ctx_error *err);

/** Merge equal findings, hide what must not be shown, sort by file, line, column, rule.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_audit_finish(struct ana_audit *audit, struct ctx_error *err);

/** A line of a file as it stands there, which must not be shown, without its end; empty if there is none. */
struct ctx_str ana_audit_source_line(const struct ana_audit_file *file, uint32_t line);

/**
 * A line of a file as it may be shown: what is hidden is "***", and `*column` and `*length` (1-based, bytes) are moved with it; either
 * may be NULL.  Appended to `out`; nothing if there is no such line.
 */
void ana_audit_line(struct ctx_buf *out, const struct ana_audit_file *file, uint32_t line, uint32_t *column,
	uint32_t *length);

/** What tells a finding from others, and stays the same when lines move: of its rule, file, subject and the line as it may be shown. */
struct ctx_digest ana_audit_fingerprint(const struct ana_audit *audit, const struct ana_finding *f);

/** Findings that do not count: "RULE[,RULE];path=PATTERN;kind=KIND;name=NAME;reason=TEXT;until=YYYY-MM-DD", all but rules left out at will. */
struct ana_except {
	/** All of it, and its parts: borrowed. */
	struct ctx_str text, rules;
	/** See ana_except_matches(); wildcards for the name of a subject; why.  Absent if not given. */
	struct ctx_str path, name, reason;
	/** ANA_SUBJECT_NONE for any. */
	enum ana_subject_kind kind;
	/** Last day that it holds, in days since 1970-01-01; ANA_DAY_NEVER. */
	int64_t until;
};
/** Read one.  CTX_E_USAGE, no such rule or field. */
CTX_NODISCARD
int ana_except_parse(struct ana_except *e, struct ctx_str text, struct ctx_error *err);
/**
 * Does a pattern match a path?  '*' and '?' stay within a name, "**" is any number of directories; a pattern matches what lies below, too,
 * and anywhere in the path unless it begins with '/'.
 */
bool ana_except_matches(struct ctx_str pattern, struct ctx_str path);
/** Suppress what it speaks of, unless its time is over.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_audit_except(struct ana_audit *audit, const struct ana_except *e, struct ctx_error *err);

/** The text of a baseline: a line for each finding that counts, or that an older baseline suppresses.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_baseline_write(struct ctx_buf *out, const struct ana_audit *audit, struct ctx_error *err);
/** Suppress what a baseline has, each of its lines one finding.  CTX_E_SYNTAX, with the line; CTX_E_NOMEM. */
CTX_NODISCARD
int ana_baseline_apply(struct ana_audit *audit, struct ctx_str text, const char *name, struct ctx_error *err);

/** The worst finding that counts; NULL if there is none. */
const struct ana_finding *ana_audit_worst(const struct ana_audit *audit);
/** How many findings that count have each severity. */
void ana_audit_count(const struct ana_audit *audit, size_t counts[ANA_SEVERITY_ERROR + 1]);

#endif
