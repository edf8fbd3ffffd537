/**
 * Between the files about Gradle: need_gradle.c (projects and tasks) and need_gradle_script.c (what a build file does).
 *
 * Build files are programs, in Groovy or Kotlin.  None is run; its words are looked at, and one that could reach a file that nobody here
 * can name makes the command unknown.
 */
#ifndef ANALYZER_ADVICE_NEED_GRADLE_H
#define ANALYZER_ADVICE_NEED_GRADLE_H

#include "analyzer/advice/need_internal.h"

/** A piece of a build file. */
struct gradle_token {
	/** 'i' a word, 's' a text, 'x' a text with something put in, whose words follow between 1 and 2; else the byte itself. */
	char kind;
	/** The word; the text without its quotes. */
	struct ctx_str text;
};

/** What a file is. */
enum gradle_kind {
	/** settings.gradle: which projects there are. */
	GRADLE_SETTINGS,
	/** build.gradle of a project. */
	GRADLE_BUILD,
	/** One that others apply, or code of a build that makes plugins: relative to which directory its files are, nobody knows. */
	GRADLE_SHARED,
};

/** One file. */
struct gradle_file {
	struct ctx_str path;
	/** The project's directory; that of the file, for those that others apply. */
	struct ctx_str dir;
	enum gradle_kind kind;
};

/** A task that the project itself must define. */
struct gradle_task {
	struct ctx_str name;
	bool found;
};

/** One run of Gradle. */
struct gradle {
	struct need_run *r;
	const struct need_command *c;
	/** Directory of the settings. */
	struct ctx_str root;
	/** Directories of projects, and files to look at, each once. */
	CTX_VEC(struct ctx_str) projects;
	CTX_VEC(struct gradle_file) files;
	struct ctx_strmap seen;
	/** Plugins that are made here. */
	struct ctx_strmap plugins;
	CTX_VEC(struct gradle_task) tasks;
	/** Plugins are named by the catalog; there is Kotlin. */
	bool catalog, kotlin;
};

/** Look at a file; adds projects, files, plugins.  As need_internal.h has it. */
int gradle_see_file(struct gradle *g, const struct gradle_file *file);
/** Is it known of a plugin that it reads nothing of the project before a task runs? */
int gradle_see_plugin(struct gradle *g, struct ctx_str id, struct ctx_str path);

/** Add a file; nothing if it was. */
int gradle_add_file(struct gradle *g, struct ctx_str path, struct ctx_str dir, enum gradle_kind kind);
/** Add a project; the same. */
int gradle_add_project(struct gradle *g, struct ctx_str dir);
/** Read all of a build that makes plugins, and look at its code. */
int gradle_add_build(struct gradle *g, struct ctx_str dir);

#endif
