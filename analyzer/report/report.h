/**
 * Results as plain data, and the renderers that show them.
 *
 * Commands fill these structs; a renderer reads them and computes nothing, so that two faces of one result cannot
 * disagree.  Everything is borrowed from whoever fills it in.
 */
#ifndef ANALYZER_REPORT_REPORT_H
#define ANALYZER_REPORT_REPORT_H

#include "ctxopt/base/out.h"
#include "ctxopt/context/diff.h"
#include "ctxopt/context/emptied.h"
#include "ctxopt/context/explain.h"
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
	/** How the program was called, for the hints: "ctxopt", "docker ctxopt". */
	const char *prog;
};

/** One way to show results. */
struct ana_renderer {
	/** "text", "json", "markdown". */
	const char *name;
	void (*context)(struct ctx_out *out, const struct ana_context *r);
	void (*why)(struct ctx_out *out, const struct ana_why *r);
	void (*overview)(struct ctx_out *out, const struct ana_overview *r);
};

/** The faces. */
extern const struct ana_renderer ana_text, ana_json, ana_markdown;

/** Names for --format, and the renderers in the same order. */
extern const char *const ana_format_names[];
extern const struct ana_renderer *const ana_renderers[];

#endif
