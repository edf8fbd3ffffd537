/**
 * Rules of the audit: what a rule is, what it is given, and what it finds.
 *
 * A rule looks at one thing at a time: a build of a Dockerfile (ana_rule.dockerfile), a container of a compose file or manifest
 * (ana_rule.container), or all of such a file (ana_rule.manifest).  It gets everything that is known about it and reports findings;
 * audit.h runs the rules, collects, suppresses and sorts.  A rule that does not know says nothing.
 *
 * Texts of a finding are words of ours: no command of a RUN, no value of a variable.  Values that must not be shown are told with
 * ana_rule_hide(): whoever prints a line of the file, for whatever rule, leaves them out.
 */
#ifndef ANALYZER_ADVICE_RULE_H
#define ANALYZER_ADVICE_RULE_H

#include "analyzer/advice/built.h"
#include "analyzer/advice/workload.h"
#include "analyzer/cache/simulate.h"
#include "analyzer/dockerfile/select.h"
#include "ctxopt/base/vec.h"
#include "ctxopt/context/waste.h"

/** How bad it is; later ones are worse. */
enum ana_severity { ANA_SEVERITY_STYLE, ANA_SEVERITY_INFO, ANA_SEVERITY_WARNING, ANA_SEVERITY_ERROR };

/** Names in that order, ended by NULL: "style", "info", "warning", "error". */
extern const char *const ana_severity_names[];

/** A number that speaks for a finding: {"bytes", 123}. */
struct ana_fact {
	/** What it counts: "bytes", "files", "seconds", "misses", "builds", "commits", "days".  Static string. */
	const char *name;
	double value;
};
#define ANA_FACTS_MAX 4

/** One change of whole lines: lines `first` up to and including `last` (1-based) become `text`; `last` < `first` inserts before `first`. */
struct ana_edit {
	uint32_t first, last;
	/** With line ends; "" deletes. */
	const char *text;
};

/** What a finding is about. */
enum ana_subject_kind {
	ANA_SUBJECT_NONE,
	ANA_SUBJECT_IMAGE,
	ANA_SUBJECT_STAGE,
	ANA_SUBJECT_SERVICE,
	ANA_SUBJECT_CONTAINER
};

/** Names in that order, ended by NULL: the first one is "none". */
extern const char *const ana_subject_names[];

/** Why a finding does not count. */
enum ana_suppression {
	ANA_SUPPRESSED_NOT,
	/** A "# ctxopt ignore=" in the file. */
	ANA_SUPPRESSED_PRAGMA,
	/** A directive of hadolint or of BuildKit. */
	ANA_SUPPRESSED_DIRECTIVE,
	ANA_SUPPRESSED_CONFIG,
	ANA_SUPPRESSED_BASELINE,
	/** Another file has what is missing here: a probe for a HEALTHCHECK. */
	ANA_SUPPRESSED_ANSWERED,
};

/** One finding.  ana_rule_report() copies what it points to, but for static strings. */
struct ana_finding {
	/** Set by ana_rule_report(). */
	const struct ana_rule *rule;
	/** Index into the files of the audit; set by ana_rule_report(). */
	uint32_t file;
	enum ana_severity severity;
	/** 1-based; 0 if it is about the whole file.  `length` bytes of the line are meant. */
	uint32_t line, column, length;
	/** Last line of what is meant; 0 for the same line.  Directives above `line` and pragmas hold for it. */
	uint32_t end_line;
	/** What is wrong: lower case, one line, no full stop. */
	const char *message;
	/** Why it matters, if more can be said than the rule's page says; NULL. */
	const char *why;
	/** What it is known from, for people: "1.2 GB in 4,321 files; .git is read by COPY in line 7"; NULL. */
	const char *evidence;
	struct ana_fact facts[ANA_FACTS_MAX];
	uint32_t fact_count;
	/** What to do; NULL. */
	const char *fix;
	/** The same as changes of this file, where they cannot break a build; none if `edit_count` is 0. */
	const struct ana_edit *edits;
	uint32_t edit_count;
	enum ana_subject_kind subject_kind;
	/** Name of the subject; NULL for none. */
	const char *subject;
	/** BuildKit's or hadolint's own rule that says the same, where there are several to choose from: "DL3007"; NULL. */
	const char *alias;
	/** Filled by the audit: why it does not count, and the place or the reason, for people. */
	enum ana_suppression suppressed;
	const char *suppressed_by;
};

/** The context of a build, as its client would send it. */
struct ana_rule_context {
	/** Its directory, for people. */
	const char *shown;
	/** Entries, rules applied.  Never changed by rules. */
	struct ctx_snapshot *snap;
	/** Well-known things that are sent. */
	const struct ctx_waste *waste;
	/** The ignore file, for people, and how many rules it has; NULL if there is none. */
	const char *ignore_file;
	size_t ignore_rules;
	/** Entries that it leaves out; names that a rule looks for are among the others.  See ana_rule_context_count(). */
	uint64_t excluded;
	bool has_secrets, has_logs;
	/** The context directory, for contents; -1 if there are none to read. */
	int root_fd;
	/** Nobody said that this is the context: it is the nearest directory that has what the steps copy. */
	bool assumed;
};

/** The history of a build. */
struct ana_rule_history {
	/** Builds of the last commits; NULL if they were not simulated. */
	const struct ana_sim *sim;
	/** Builds of it that could be built. */
	uint32_t builds;
	/** When the FROM line of each stage of the file got the text that it has, seconds since the epoch; 0 for unknown.  NULL if nobody looked. */
	const int64_t *from_times;
};

/** What the repository around a Dockerfile has. */
struct ana_rule_repository {
	/** Configuration of an update bot that looks at Dockerfiles ("renovate.json"), and CI file with a scanner; NULL for none. */
	const char *update_bot, *scanner;
};

/** Asks what the repository around a file has; NULL if it is in none.  The answer lives as long as `arg`. */
typedef const struct ana_rule_repository *ana_rule_repository_fn(void *arg, const char *path);

/** What a rule is given: one build of a Dockerfile.  Borrowed; nothing in it changes while rules run. */
struct ana_rule_input {
	/** The Dockerfile, for people. */
	const char *path;
	/** Without errors, but for rules with `invalid`. */
	const struct ana_dockerfile *model;
	/** The same; of `made_up` build arguments ana_rule_is_open() tells. */
	const struct ana_graph *graph;
	bool made_up;
	const struct ana_reads *reads;
	/** NULL: not known. */
	const struct ana_rule_context *context;
	const struct ana_rule_history *history;
	/** Costs a look at some files: for a finding that needs it. */
	ana_rule_repository_fn *repository;
	void *repository_arg;
	/** How the build was asked for; NULL: BuildKit's checks are not made. */
	const struct ana_graph_opts *opts;
	/** Days since 1970-01-01. */
	int64_t today;
};

/** How another file changes an image; later ones say more. */
enum ana_retag {
	/** It gets another name: the tag stays. */
	ANA_RETAG_NAME,
	/** It gets the tag "latest". */
	ANA_RETAG_LATEST,
	/** It gets a tag or a digest. */
	ANA_RETAG_PIN
};

/** What a rule is given of a compose file or of manifests.  Borrowed; nothing in it changes while rules run. */
struct ana_rule_manifest {
	/** The file, for people. */
	const char *path;
	const struct ana_manifest *manifest;
	/** The container and what it is part of; NULL for rules about the file. */
	const struct ana_workload *workload;
	const struct ana_container *container;
	/** What is known of its image, because it is built here; NULL.  `unsure`: a Dockerfile that may be its image. */
	const struct ana_built *built;
	const char *unsure;
	/** The file that changes its image when it is deployed (kustomization.yaml), and how; NULL. */
	const char *retagged;
	enum ana_retag retag;
	/** By its name or place, its first lines or its services a file for development or tests. */
	bool development;
	/** Its kind: ANA_AUDIT_COMPOSE is true. */
	bool compose;
	/** Where a LimitRange for its namespace stands; NULL. */
	const char *limit_range;
	/** Of the workload: services of which nothing is known to limit them, if no service of it has limits, and the first of them; a main
	 * container says nothing of its user. */
	uint32_t unlimited;
	const struct ana_container *first_unlimited;
	bool main_lacks_user;
	/** Number of the file's first finding: see ANA_RULE_FINDINGS_MAX. */
	size_t before;
	/** Days since 1970-01-01. */
	int64_t today;
};

struct ana_audit;

/** One rule at work on one build or one container: `in` or `on` is there. */
struct ana_rule_run {
	struct ana_audit *audit;
	const struct ana_rule *rule;
	const struct ana_rule_input *in;
	const struct ana_rule_manifest *on;
	/** Index of the file among those of the audit. */
	uint32_t file;
};

/** Look, and report.  0; CTX_E_NOMEM. */
typedef int ana_rule_fn(struct ana_rule_run *run, struct ctx_error *err);

/** One rule: a row of a static table. */
struct ana_rule {
	/** "runs-as-root", or BuildKit's own name. */
	const char *id;
	/** The worst that it reports. */
	enum ana_severity severity;
	/** One line: lower case, no full stop. */
	const char *summary;
	/** Its page: examples, why it matters, and what the rule takes into account.  Lines end in '\n'. */
	const char *wrong, *right;
	const char *why, *knows;
	/** Rules of others that say the same, with a blank before and behind each: " DL3006 DL3007 "; NULL for none. */
	const char *aliases;
	/** Look at a build of a Dockerfile; NULL for a rule about other files. */
	ana_rule_fn *dockerfile;
	/** Look at a container; at a file as a whole; NULL. */
	ana_rule_fn *container, *manifest;
	/** It also looks at Dockerfiles that are not valid, of which model and graph hold what could be made. */
	bool invalid;
};

/** Kinds of files. */
enum ana_audit_kind { ANA_AUDIT_DOCKERFILE, ANA_AUDIT_COMPOSE, ANA_AUDIT_MANIFEST };

/** Bytes of a file that must not be shown. */
struct ana_hidden {
	/** Offset and length in the text of the file. */
	uint32_t from, len;
};

/** One file. */
struct ana_audit_file {
	/** For people.  In the arena of the audit. */
	const char *path;
	enum ana_audit_kind kind;
	/** Its text, and where its lines begin.  Borrowed: lives as long as the audit. */
	struct ctx_str text;
	CTX_VEC(uint32_t) line_starts;
	/** Sorted after ana_audit_finish(). */
	CTX_VEC(struct ana_hidden) hidden;
	/** Why nothing was found: it could not be read or understood; NULL.  `error_line` is 0 if no line is meant. */
	const char *error;
	uint32_t error_line, error_column;
	/** Pragmas that are wrong, and so have no effect.  Messages are in the arena of the audit. */
	CTX_VEC(struct ana_diag) problems;
};

/** The audit.  Must not move; release with ana_audit_release(). */
struct ana_audit {
	CTX_VEC(struct ana_audit_file) files;
	CTX_VEC(struct ana_finding) findings;
	/** Days since 1970-01-01. */
	int64_t today;
	/** Rules that run, by their place in ana_rules(); NULL for all. */
	const bool *enabled;
	/** Templates of manifests, which are not looked at: they are no YAML yet. */
	size_t templates;
	/** Texts of findings. */
	struct ctx_arena arena;
};

/** Take a finding in; see struct ana_finding.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_rule_report(struct ana_rule_run *run, const struct ana_finding *finding, struct ctx_error *err);

/** Text in the memory of the audit; NULL when out of memory, which ana_rule_report() then reports. */
CTX_PRINTF(2, 3)
const char *ana_rule_format(struct ana_rule_run *run, const char *fmt, ...);

/** Most findings of a compose file or manifest, which may be one line that each of them shows; the rest is left out, and that is an error. */
#define ANA_RULE_FINDINGS_MAX 1000
/** Names of strangers in texts of findings are cut: a long one may be repeated very often. */
#define ANA_RULE_NAME_MAX 200
#define ANA_RULE_NAME(s) (int)((s).len < ANA_RULE_NAME_MAX ? (s).len : ANA_RULE_NAME_MAX), (s).ptr

/** Start a finding at a part of a node, which may be absent: then the keyword is meant. */
struct ana_finding ana_rule_at(const struct ana_rule_run *run, const struct ana_node *node, struct ctx_str part);

/**
 * Never show these bytes of the file.  `value` points into the file's text, or into a part of `node` whose place can be found; what
 * cannot be found hides all words of the instruction.  CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_rule_hide(struct ana_rule_run *run, const struct ana_node *node, struct ctx_str value, struct ctx_error *err);

/**
 * Start a finding at a value of a compose file or manifest, about the container if there is one.
 */
struct ana_finding ana_rule_at_value(struct ana_rule_run *run, const struct ana_value *value);
/** Never show the bytes of that value, quotes around it apart.  CTX_E_NOMEM. */
CTX_NODISCARD
int ana_rule_hide_value(struct ana_rule_run *run, const struct ana_value *value, struct ctx_error *err);
/** The bytes of the file that a value was written as; is a variable of compose filled in there? */
struct ctx_str ana_rule_raw(const struct ana_rule_run *run, const struct ana_value *value);
bool ana_rule_is_filled_in(const struct ana_rule_run *run, const struct ana_value *value);
/** A severity, or info if the file is for development or tests: what is wrong there does not hurt in production. */
enum ana_severity ana_rule_soften(const struct ana_rule_run *run, enum ana_severity severity);
/** The container for people: "service 'web'", "container 'app' of Deployment 'api'".  NULL when out of memory. */
const char *ana_rule_container_label(struct ana_rule_run *run);

/** A file that steps of what ships copy from the context. */
struct ana_rule_file {
	/** Relative to the context, NUL-terminated. */
	const char *path;
	const struct ctx_entry *entry;
	/** The instruction that copies it, and its stage. */
	const struct ana_instruction *ins;
	uint32_t stage;
};
/** Receives a file.  0 to go on; anything else ends the search and is returned. */
typedef int ana_rule_file_fn(void *arg, const struct ana_rule_file *file);

/** Fill what depends on all entries of `context->snap`. */
void ana_rule_context_count(struct ana_rule_context *context);
/** Is it the name of a file that rules about secrets, about logs look into? */
bool ana_rule_secret_wants(const char *name, size_t len);
bool ana_rule_logs_wants(const char *name, size_t len);

/**
 * Let `fn` see the regular files that COPY and ADD take from the main context, by file name: `wanted` tells which names are looked at.
 * Nothing is seen if the context is not known.  What `fn` returned; CTX_E_NOMEM.
 */
int ana_rule_files(struct ana_rule_run *run, bool (*wanted)(const char *name, size_t len), ana_rule_file_fn *fn,
	void *arg, struct ctx_error *err);

/** Append the content of a file of the context, if it is no longer than `max` bytes.  true if it could be read. */
bool ana_rule_read(const struct ana_rule_run *run, const char *path, size_t max, struct ctx_buf *out);

struct ana_ship;
/**
 * Append the script that the last ENTRYPOINT or CMD of what ships starts, if a step copies it from the context.
 * @return 1 if there is one; 0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_rule_script(struct ana_rule_run *run, const struct ana_ship *ship, struct ctx_buf *out, struct ctx_error *err);

/** What a made-up build argument holds. */
#define ANA_RULE_OPEN "ctxopt-open-argument"
/** Does the text depend on a build argument that has no default, so that its value is unknown? */
bool ana_rule_is_open(struct ctx_str text);

/** The rules, one file each. */
extern const struct ana_rule ana_rule_image_not_pinned, ana_rule_runs_as_root, ana_rule_bloated_image,
	ana_rule_secret_in_image, ana_rule_context_not_ignored, ana_rule_no_health_check, ana_rule_cache_hostile_order,
	ana_rule_stale_base, ana_rule_logs_to_file, ana_rule_no_resource_limits;

/** Fill what no-resource-limits and runs-as-root know of all containers of `on->workload`. */
void ana_rule_limits_prepare(struct ana_rule_manifest *on);
void ana_rule_root_prepare(struct ana_rule_manifest *on);

/** secret-in-image for containers, and for files with ConfigMaps and Secrets. */
ana_rule_fn ana_rule_secret_container, ana_rule_secret_manifest;

/** BuildKit's own checks, by enum ana_check_id. */
extern const struct ana_rule ana_rule_checks[ANA_CHECK_COUNT];

/**
 * Report what they find, all at once.
 * @valid    Graph and reads of the input are there, and without errors.
 * @enabled  By enum ana_check_id; NULL: all.
 * @return   0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_rule_checks_run(struct ana_rule_run *run, bool valid, const bool *enabled, struct ctx_error *err);

#endif
