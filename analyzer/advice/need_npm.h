/**
 * Between the two files about npm and its kin: need_npm.c reads package.json, need_npm_config.c configuration and lock files.
 */
#ifndef ANALYZER_ADVICE_NEED_NPM_H
#define ANALYZER_ADVICE_NEED_NPM_H

#include "analyzer/advice/need_internal.h"
#include "ctxopt/base/strmap.h"

/** One installation. */
struct npm {
	struct need_run *r;
	const struct need_command *c;
	/** Scripts run. */
	bool scripts;
	/** Directories with a package.json, each once; the first is the project. */
	CTX_VEC(struct ctx_str) dirs;
	struct ctx_strmap seen;
	/** The one that is being read. */
	struct ctx_str dir;
	/** How often a directory was looked into for members. */
	unsigned looks;
};

/** Add the directories that a pattern of a workspace means, from `dir` on. */
int npm_expand(struct npm *n, struct ctx_str dir, struct ctx_str pattern);
/** Configuration of the project in `dir`, and what lies above it. */
int npm_config(struct npm *n, struct ctx_str dir);
/** Lock files of the project, and what the packages that they name look at. */
int npm_locks(struct npm *n);

#endif
