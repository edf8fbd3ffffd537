/**
 * What one RUN needs: the files that it reads and writes, and the variables that it may look at.
 *
 * The text of a RUN is cut into commands, each is looked up in a table (command_table.c), and the manifests of package
 * managers are read for what they name: workspaces, local dependencies, scripts.  What is not understood makes the whole RUN
 * unknown: it depends on everything before it, and everything after depends on it.  A wrong "known" breaks somebody's
 * build, a wrong "unknown" only hides a proposal.
 *
 * Taken for granted, and nowhere listed:
 *   - what the base image and earlier RUNs installed (/usr/bin, /lib ...) stays where it is;
 *   - programs that the project did not put into PATH are what their names say, whoever installed them;
 *   - a variable has the value that the Dockerfile gives it, also where the base image could set one that ARG names;
 *   - packages that are fetched are the same whenever they are fetched.
 */
#ifndef ANALYZER_ADVICE_NEEDS_H
#define ANALYZER_ADVICE_NEEDS_H

#include "analyzer/advice/proof.h"
#include "analyzer/dockerfile/graph.h"
#include "ctxopt/base/buf.h"
#include "ctxopt/context/entry.h"

/** A path of the image that a RUN reads or writes. */
struct ana_need_path {
	/** Absolute in the image and clean. */
	struct ctx_str path;
	/** And all below it.  Without it a directory counts as being there, and what it holds does not. */
	bool tree;
	/**
	 * Reads: it need not exist; but whether it does, counts.  A read that is not optional and missing makes the command fail.
	 * Always false for writes.
	 */
	bool optional;
};

/** What a RUN needs of files and variables.  Zero-initialise; release with ana_needs_release(). */
struct ana_needs {
	/** false: depends on everything before it, and everything after depends on it; then all lists are empty. */
	bool known;
	/**
	 * Unknown: which command and why ("'make' runs code that nobody here knows").  Known: the rule in words ("npm ci reads
	 * package.json, its lock file and .npmrc").  Holds words of the Dockerfile: escape it.
	 */
	const char *why;
	/**
	 * Of files that copies could have put there; sorted, each path once.  System directories of the base image and what earlier RUNs
	 * installed are not listed, nor is anything below a mount of the RUN; files that the RUN itself wrote before may be.
	 */
	CTX_VEC(struct ana_need_path) reads;
	/**
	 * Where it may write, caches and temporary files included; sorted, each once.  Nothing below a mount, which the image does not
	 * get; but /var/lib, /usr and their like, which package managers fill, are listed as trees.
	 */
	CTX_VEC(struct ana_need_path) writes;
	/**
	 * Which files are read depends on names in directories: members of workspaces found by a wildcard, --find-links and their like.  A
	 * file that comes later may be one more.
	 */
	bool grows;
	/** Any variable may matter, beside `variables`: scripts of packages run. */
	bool all_variables;
	/**
	 * Environment variables that it may look at, sorted; a trailing '*' is a prefix.  Those that nearly every program looks at are
	 * among them: PATH, HOME, LANG, LC_*, TZ, TMPDIR, LD_*, proxies.
	 */
	CTX_VEC(struct ctx_str) variables;
	/** EQUIVALENT: run with only `reads` there, it leaves the same.  REVIEW: very likely, a person must agree.  Never IDENTICAL. */
	enum ana_proof proof;
};

/** Receives a name in a directory.  Anything but 0 ends the listing and is returned. */
typedef int ana_need_name_fn(void *arg, struct ctx_str name, enum ctx_kind kind);

/**
 * Looks into the file system that the RUN gets, bind mounts included: what copies from the context put where.
 *
 * Paths are absolute and clean.  All functions return 1, found; 0, not there; 2, something may be there that nobody can read (a copy
 * from another stage, a file of the base image, a link out of sight); or a negative enum ctx_errc, which ends everything.
 */
struct ana_need_files {
	/**
	 * Append the content of a regular file.  Files above ANA_NEED_FILE_MAX are to be answered with 2.  May return 3, too: there is
	 * something that nobody can read, and no project has put it there (a copy from an image that somebody else made).
	 */
	int (*read)(void *arg, const char *path, struct ctx_buf *content, struct ctx_error *err);
	/** Names and kinds in a directory, in any order. */
	int (*list)(void *arg, const char *dir, ana_need_name_fn *fn, void *fn_arg, struct ctx_error *err);
	void *arg;
};

/** Largest manifest or lock file that is looked at, in bytes. */
#define ANA_NEED_FILE_MAX ((size_t)8 << 20)
/** Most manifests that one RUN may have (members of workspaces, projects); more make it unknown. */
#define ANA_NEED_MANIFESTS_MAX 4096

/**
 * Find what a RUN needs.
 *
 * @exec   A vertex of ANA_OP_EXEC.
 * @files  How to look into its file system.
 * @arena  Holds the strings of the result.
 * @return 0, whether it is known or not; CTX_E_NOMEM; or what `files` returned.
 */
CTX_NODISCARD
int ana_needs_find(struct ana_needs *out, const struct ana_vertex *exec, const struct ana_need_files *files,
	struct ctx_arena *arena, struct ctx_error *err);
void ana_needs_release(struct ana_needs *needs);
#define ana_auto_needs CTX_CLEANUP(ana_needs_release)

#endif
