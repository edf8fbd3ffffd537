/**
 * Results as plain data, and the renderers that show them.
 *
 * Commands fill these structs; a renderer reads them and computes nothing, so that two faces of one result cannot
 * disagree.  Everything is borrowed from whoever fills it in.
 */
#ifndef ANALYZER_REPORT_REPORT_H
#define ANALYZER_REPORT_REPORT_H

#include "analyzer/advice/audit.h"
#include "analyzer/advice/suggest_ignore.h"
#include "analyzer/advice/suggest_steps.h"
#include "analyzer/cache/compare.h"
#include "analyzer/cache/imagekey.h"
#include "analyzer/dockerfile/outline.h"
#include "analyzer/dockerfile/transfer.h"
#include "ctxopt/base/out.h"
#include "ctxopt/context/diff.h"
#include "ctxopt/context/emptied.h"
#include "ctxopt/context/explain.h"
#include "ctxopt/context/image_diff.h"
#include "ctxopt/context/measure.h"
#include "ctxopt/context/merkle.h"
#include "ctxopt/context/rules.h"
#include "ctxopt/context/tree.h"
#include "ctxopt/context/waste.h"

/** Where the entries came from. */
struct ana_source {
	/** "directory", "commit", "archive", "snapshot file". */
	const char *kind;
	/** PATH as it was given. */
	const char *root;
	/** Relative to the root if they lie in it, else as named; NULL for none. */
	const char *dockerfile;
	const char *ignore_file;
	/** An ignore file that exists and is not used because of `ignore_file`; NULL for none. */
	const char *unused_ignore_file;
	/** Rules in the ignore file. */
	size_t rule_count;
	/** Whose rules: "buildkit", "docker-20.10", "podman". */
	const char *engine;
	/** Commits: full object id and the name it was asked for by; NULL otherwise. */
	const char *commit, *revision;
};

/** Something that went wrong without ending the work. */
struct ana_warning {
	/** Path relative to the root; NULL if it is not about one path. */
	const char *path;
	size_t path_len;
	/** What happened: "cannot read directory". */
	const char *what;
	/** errno, 0 if there was none. */
	int sysno;
};

/** What every document starts with. */
struct ana_head {
	/** Command, and what was asked of it in a normal form. */
	const char *command;
	const char *const *args;
	size_t arg_count;
	struct ana_source source;
	const struct ana_warning *warnings;
	size_t warning_count;
	/** Print the answer only; print more. */
	bool quiet, verbose;
	/** May block characters and box lines be used? */
	bool utf8;
};

/** What one step takes from local contexts. */
struct ana_step_reads {
	/** The contexts that it reads are directories that could be walked. */
	bool known;
	/** Entries that are no directories, and content bytes; what two of its sources name counts twice. */
	uint64_t files, bytes;
	/** A source does not exist: what the build says when it fails here; NULL if all exist. */
	const char *missing;
	/** Line of the ignore rule because of which it does not exist, 0 if it is no rule. */
	unsigned missing_rule_line;
};

/** What a client sends of one local context. */
struct ana_sending {
	/** "context" for the main one. */
	struct ctx_str name;
	/** Its directory. */
	const char *root;
	/** Paths that the build asks for; none if it asks for everything. */
	const struct ctx_str *paths;
	size_t path_count;
	struct ana_transfer transfer;
	/** A step works on it, so that it is sent anew each time (ana_local.built_on). */
	bool anew;
};

/** The Dockerfile, and what a build of it does with the context. */
struct ana_build {
	/** Its name for people; NULL: there is none, and nothing below is set. */
	const char *dockerfile;
	const struct ana_dockerfile *model;
	/** What is wrong with it, the first of them being what a build would say; none if it is valid. */
	const struct ana_diag *errors;
	size_t error_count, errors_omitted;
	/** NULL if the file is not valid. */
	const struct ana_outline *outline;
	/** One for each step; NULL if the contexts were not looked into: then nothing below is set. */
	const struct ana_step_reads *reads;
	/** Of the main context: what the build asks for, and what its steps read. */
	struct ctx_totals wanted, read;
	/** What is asked for and not read, by directory. */
	const struct ctx_groups *unread;
	/** Local contexts that are loaded, the main one first even if it is not; NULL if nothing is known about sending. */
	const struct ana_sending *sendings;
	size_t sending_count;
	/** The main context as the classic builder sends it. */
	uint64_t classic_tar_bytes;
	/** "Next time" is compared with what --since named, not with the same files. */
	bool since;
};

/** Result of `graph`. */
struct ana_graph_view {
	struct ana_head head;
	const struct ana_build *build;
};

/** A breakdown that was asked for by --by. */
enum ana_by { ANA_BY_NONE, ANA_BY_DIR, ANA_BY_EXT, ANA_BY_RULE, ANA_BY_FILE };

/** Size of the context as a tar archive. */
struct ana_tar {
	/** "none", "gzip", "zstd". */
	const char *filter;
	/** Level that was used, 0 without compression. */
	int level;
	uint64_t bytes;
};

/** Result of `context`. */
struct ana_context {
	struct ana_head head;
	/** Entries, for listings. */
	struct ctx_snapshot *snap;
	const struct ctx_measure *measure;
	const struct ctx_rule_facts *rules;
	/** What the build does with it; NULL if nobody looked. */
	const struct ana_build *build;
	/** Print one path per line and nothing else; ended by NUL instead of line feed. */
	bool list, list_nul;
	/** Lists and breakdowns are about what is excluded. */
	bool of_excluded;
	/** Directories with bars: the default picture, or --tree. NULL if not wanted. */
	const struct ctx_tree *tree;
	bool tree_asked;
	/** Largest files; NULL if not wanted. */
	const struct ctx_groups *biggest;
	/** Files that arrive empty; NULL if not wanted. */
	const struct ctx_emptied *emptied;
	/** --by. */
	enum ana_by by;
	const struct ctx_groups *groups;
	/** --duplicates; NULL if not wanted. */
	const struct ctx_duplicates *duplicates;
	/** --digest; NULL if not wanted. */
	const struct ctx_digest *digest;
	/** Entries carry digests. */
	bool digests;
	/** --compress, --pack: size of the tar stream and what compressors make of it. */
	const struct ana_tar *tars;
	size_t tar_count;
	uint64_t tar_raw_bytes;
	/** --pack: the archive that was written; NULL if none. */
	const char *packed_to;
	uint64_t packed_bytes;
	/** --since: what changed; NULL if not wanted. */
	const struct ctx_diff *since;
	const char *since_file;
	/** --max-size. */
	bool gated;
	uint64_t gate_bytes;
	bool gate_passed;
	/** The whole report, not one view of it. */
	bool everything;
};

/** What the build does with a path. */
struct ana_why_build {
	/** It is in the context, and the build asks for it. */
	bool wanted;
	/** Steps that read it or something below it, ascending. */
	const uint32_t *steps;
	size_t step_count;
};

/** Result of `why`: one explanation per path. */
struct ana_why {
	struct ana_head head;
	const struct ctx_explanation *items;
	/** Paths as they were given. */
	const char *const *given;
	size_t count;
	/** Rules of the ignore file, in its order. */
	const struct ctx_rule *const *rules;
	size_t rule_count;
	/** What the build does with each path; NULL if nothing is known. */
	const struct ana_build *build;
	const struct ana_why_build *uses;
};

/** The last commits as builds, for the overview. */
struct ana_overview_cache {
	/** Builds that could be built. */
	uint32_t builds;
	uint64_t hits, misses;
	/** Step that the misses begin with that cost most, first builds left out.  NULL: none. */
	const struct ana_sim_row *worst;
};

/** A proposal of any kind, for the overview. */
struct ana_change {
	/** "leave out node_modules".  Names in it are strangers'. */
	const char *what;
	/** Content bytes that BuildKit is sent less; 0. */
	uint64_t bytes;
	/** Seconds of each build of the history that it would have saved; below zero: not known. */
	double seconds;
	enum ana_proof proof;
	/** The command that tells more: "ignore". */
	const char *command;
};

/** Result of `ctxopt` without a command. */
struct ana_overview {
	struct ana_head head;
	struct ctx_snapshot *snap;
	const struct ctx_measure *measure;
	const struct ctx_rule_facts *rules;
	const struct ctx_tree *tree;
	const struct ctx_waste *waste;
	const struct ctx_emptied *emptied;
	/** What the build does with the context; NULL if nobody looked. */
	const struct ana_build *build;
	/** The history; NULL if there is none to speak of. */
	const struct ana_overview_cache *cache;
	/** What the audit says of the Dockerfile; NULL if it is not valid or there is none. */
	const struct ana_audit *audit;
	/** What saves most, the best first; NULL if nobody looked. */
	const struct ana_change *changes;
	size_t change_count;
	/** How the program was called, for the hints: "ctxopt", "docker ctxopt". */
	const char *prog;
};

/** Result of `simulate` and `predict`: builds of a history. */
struct ana_history {
	struct ana_head head;
	const struct ana_sim *sim;
	/** Commits that were built, oldest first. */
	const struct ctx_gitlog_commit *commits;
	size_t commit_count;
	/** Branches as they were asked for. */
	const char *const *branches;
	size_t branch_count;
	/** Path of the Dockerfile in the repository. */
	const char *dockerfile;
	/** "local", "registry-max", ...; "unknown", "changed", "unchanged"; "changed", "unchanged"; umask of the checkouts. */
	const char *cache, *run_assumption, *image_assumption;
	/** Build arguments that are assumed to vary. */
	const struct ctx_str *varying;
	size_t varying_count;
	unsigned umask_bits;
	/** What the cache holds at most; 0 for any amount. */
	uint64_t cache_bytes;
	/** A shallow clone does not have the older commits. */
	bool shallow;
	/** `predict`: what the last build was made after, and what it is; NULL for the working tree. */
	const char *old_name, *new_name;
	/** `predict --explain`: step of the last build; ANA_NONE. */
	uint32_t explain;
	/** Threads that may write; 0: one. */
	unsigned jobs;
};

/** Result of `compare`. */
struct ana_comparison {
	struct ana_head head;
	const struct ana_compare *compare;
	/** Both sides. */
	const struct ana_sim *sims[2];
	/** What differs: "branch", "file", "cache", "umask"; and what each side has. */
	const char *what;
	const char *names[2];
	/** Of each side: path of the Dockerfile in the repository, deployment, umask. */
	const char *dockerfiles[2], *caches[2];
	unsigned umask_bits[2];
	const char *run_assumption;
	/** Commits in all, and the times of the oldest and the newest. */
	size_t commit_count;
	int64_t first_time, last_time;
	bool shallow;
};

/** A part of two keys that differs. */
struct ana_key_difference {
	/** NULL on the side that does not have it. */
	const struct ana_imagekey_part *old, *now;
	/** What changed in what a step reads; NULL if that is not it, or not known. */
	const struct ana_sim_changes *changes;
};

/** Result of `key`. */
struct ana_key_view {
	struct ana_head head;
	const struct ana_imagekey *key;
	/** --explain: the other revision and its key; NULL. */
	const char *other_name;
	const struct ana_imagekey *other;
	/** The builds that the keys are of. */
	const struct ana_sim *sim;
	const struct ana_key_difference *differences;
	size_t difference_count;
};

/** What --verify found. */
struct ana_verify {
	/** The images are the same, but for what differs by itself. */
	bool equal;
	const struct ctx_image_diff *diff;
	/** What built them. */
	const char *builder;
	/** Original, proposal, original again. */
	double seconds[3];
};

/** What a build sends. */
struct ana_ignore_sizes {
	/** BuildKit: when the builder holds nothing, and when it holds the same files.  Bytes over the wire. */
	uint64_t first_bytes, next_bytes;
	/** The classic builder, each time. */
	uint64_t classic_bytes;
};

/** Result of `ignore`. */
struct ana_ignore_report {
	struct ana_head head;
	const struct ana_ignore_proposal *proposal;
	/** A whole file in place of rules; NULL. */
	const struct ana_ignore_whole *whole;
	/** The file that the rules are for, and whether it exists. */
	const char *file;
	bool exists;
	/** The change with all rules. */
	const char *diff;
	size_t diff_len;
	/** --diff: print nothing else. */
	bool diff_only;
	struct ana_ignore_sizes before, after;
	struct ana_ignore_replay replay;
	/** Builds that were planned, and their reads of the context. */
	size_t builds, reads;
	/** NULL if it was not asked for. */
	const struct ana_verify *verify;
	/** How the program was called. */
	const char *prog;
};

/** Verdict of a gate. */
enum ana_gate_verdict { ANA_GATE_PASSED, ANA_GATE_FAILED, ANA_GATE_UNKNOWN };
/** What a gate counts. */
enum ana_gate_unit { ANA_GATE_BYTES, ANA_GATE_PERCENT, ANA_GATE_SECONDS };

/** A limit that CI holds. */
struct ana_gate {
	/** Its option: "max-context"; and what is limited: "context". */
	const char *name, *what;
	enum ana_gate_verdict verdict;
	enum ana_gate_unit unit;
	/** What is known: it lies between these two, above `low` if it is `open`. */
	bool known, open;
	double low, high;
	/** Must it be at most `limit`, or at least? */
	bool at_most;
	double limit;
	/** Why the verdict is unknown, and what helps; NULL. */
	const char *why;
	/** The command that tells more, as a shell takes it. */
	const char *more;
	/** File of the repository that it is about; NULL. */
	const char *file;
};

/** Result of `check`. */
struct ana_check {
	struct ana_head head;
	const struct ana_gate *gates;
	size_t count;
	/** Builds of the history that could be built; 0 if nobody looked. */
	size_t builds;
};

/** Result of `audit`. */
struct ana_audit_report {
	struct ana_head head;
	/** Finished. */
	const struct ana_audit *audit;
	/** Findings of a lower severity are not shown to people, or to nobody if `strict`. */
	enum ana_severity least;
	bool strict;
	/** Show what is suppressed, too; show patches. */
	bool suppressed, diff;
	/** The day that it is made for: "2026-01-31". */
	const char *today;
	/** How the program was called. */
	const char *prog;
};

/** Is a finding shown by the faces for people; by the others? */
static inline bool ana_audit_shows(const struct ana_audit_report *r, const struct ana_finding *f, bool people) {
	bool strict = people || r->strict;
	return (!strict || f->severity >= r->least) &&
		(f->suppressed == ANA_SUPPRESSED_NOT || r->suppressed || !people);
}

/** Costs per build, by enum ana_cost_model. */
struct ana_order_cost {
	double of[ANA_COST_MODEL_COUNT];
};

/** Builds of a part of the history, and what one of them costs before and after. */
struct ana_order_part {
	/** Builds that go through with both files, without the first of all, which finds an empty cache. */
	uint32_t builds;
	struct ana_order_cost before, after;
};

/** Result of `reorder`. */
struct ana_order_report {
	struct ana_head head;
	/** The Dockerfile, as it is opened. */
	const char *file;
	/** "time", "steps", "bytes"; "local", ... */
	const char *model, *cache;
	enum ana_cost_model model_number;
	const struct ana_order_change *changes;
	/** Of each: what is lost without it, per build of the newer part; all of them together may save more. */
	const struct ana_order_cost *gains;
	size_t change_count;
	/** Edits of single steps of the file in that order, their lines in the old file (0: it is a new one); and of each the same. */
	const struct ana_step_edit *edits;
	const struct ana_order_cost *edit_gains;
	size_t edit_count;
	const struct ana_order_held *held;
	size_t held_count;
	/** Commits in all; builds that fail with the one file or the other. */
	size_t commits;
	uint32_t left_out;
	/** The older part, on which the choice was made, and the newer one. */
	struct ana_order_part fitted, scored;
	/** Why nothing was looked for: the history is too short; NULL. */
	const char *nothing;
	/** The change with all of them. */
	const char *diff;
	size_t diff_len;
	/** --diff: print nothing else. */
	bool diff_only;
	/** NULL if it was not asked for. */
	const struct ana_verify *verify;
	/** How the program was called. */
	const char *prog;
};

/** Share of the cost that is saved, -1 to 1; 0 if there is none. */
double ana_order_saving(const struct ana_order_part *part, enum ana_cost_model model);
/** "time", "steps", "bytes". */
extern const char *const ana_cost_model_names[];

/** One way to show results. */
struct ana_renderer {
	/** "text", "json", "markdown". */
	const char *name;
	void (*context)(struct ctx_out *out, const struct ana_context *r);
	void (*why)(struct ctx_out *out, const struct ana_why *r);
	void (*overview)(struct ctx_out *out, const struct ana_overview *r);
	void (*graph)(struct ctx_out *out, const struct ana_graph_view *r);
	void (*simulate)(struct ctx_out *out, const struct ana_history *r);
	void (*predict)(struct ctx_out *out, const struct ana_history *r);
	void (*compare)(struct ctx_out *out, const struct ana_comparison *r);
	void (*key)(struct ctx_out *out, const struct ana_key_view *r);
	void (*ignore)(struct ctx_out *out, const struct ana_ignore_report *r);
	void (*check)(struct ctx_out *out, const struct ana_check *r);
	void (*audit)(struct ctx_out *out, const struct ana_audit_report *r);
	void (*reorder)(struct ctx_out *out, const struct ana_order_report *r);
};

/** The faces; `dot` is for graphs only, `github` for gates and audits, `sarif` for audits. */
extern const struct ana_renderer ana_text, ana_json, ana_markdown, ana_dot, ana_sarif, ana_github;

/** Names for --format, those for graphs, those for audits, and the renderers that have these names. */
extern const char *const ana_format_names[], *const ana_graph_format_names[], *const ana_audit_format_names[];
extern const struct ana_renderer *const ana_renderers[];
/** Of ana_audit_format_names, by their places in it. */
extern const struct ana_renderer *const ana_audit_renderers[];

#endif
