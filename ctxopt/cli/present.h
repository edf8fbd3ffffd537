/**
 * The last part of every command: the head of the document, warnings, and printing.
 */
#ifndef CTXOPT_CLI_PRESENT_H
#define CTXOPT_CLI_PRESENT_H

#include "analyzer/report/report.h"
#include "ctxopt/cli/cmd.h"
#include "ctxopt/cli/load.h"

#include <string.h>

/** Warnings of a run.  Zero-initialised is empty; release with present_release(). */
struct present {
	CTX_VEC(struct ana_warning) warnings;
	/** The result is not what it should be: exit status CMD_ERROR. */
	bool partial;
};

/**
 * Print the problems of a snapshot on standard error and keep them for the document.
 *
 * A directory that cannot be read makes the result partial.  A file that cannot be read arrives empty in a build, so
 * sizes are right all the same; but a digest or an archive is then not what the user thinks.
 *
 * @contents  The command looked into files: every problem makes the result partial.
 */
CTX_NODISCARD
int present_problems(struct present *p, struct ctx_snapshot *snap, bool contents, struct ctx_error *err);

/** Fill the head of a document. */
void present_head(struct ana_head *head, const struct cmd_env *env, const struct cmd_common *common,
	const struct place *place, const struct present *p);

/** Prints a document with a renderer; `report` is what the command filled. */
typedef void present_fn(struct ctx_out *out, const struct ana_renderer *renderer, const void *report);

/** Open the output, print, close.  Returns an exit status. */
int present_print(const struct cmd_env *env, const struct cmd_common *common, int format, present_fn *print,
	const void *report);

/** The same with a renderer of the caller's choice. */
int present_print_as(const struct cmd_env *env, const struct cmd_common *common, const struct ana_renderer *renderer,
	present_fn *print, const void *report);

/** Free the warnings. */
void present_release(struct present *p);
#define auto_present CTX_CLEANUP(present_release)

/** Is a value of --format that for people? */
static inline bool present_is_text(int format) {
	return strcmp(ana_format_names[format], "text") == 0;
}

/** Row for --format, filling an `int` at offset `field` of a command's struct. */
#define PRESENT_FORMAT_OPT(type, field) \
	{ \
		.kind = OPT_CHOICE, .name = "format", .arg = "FORMAT", .choices = ana_format_names, .preset = "text", \
		.flags = OPT_MANNER, .at = offsetof(type, field), .help = "how to print the result" \
	}

#endif
