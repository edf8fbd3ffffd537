/**
 * ctxopt-dump-dockerfile: what our code makes of Dockerfiles, as the text of tests/conform/dockerfile/README.md.
 *
 * One function per mode; the oracle of the same directory prints the same from BuildKit.
 */
#ifndef TESTS_HELPER_DUMP_H
#define TESTS_HELPER_DUMP_H

#include "analyzer/dockerfile/dockerfile.h"
#include "analyzer/dockerfile/graph.h"
#include "ctxopt/base/buf.h"

/** The block of one file, and what stands behind its path in the input line: KEY=VALUE. */
struct dump {
	struct ctx_buf out;
	const char *const *settings;
	size_t setting_count;
	/** Memory that lives as long as the block. */
	struct ctx_arena arena;
};

/** Prints the block of one file.  @return 0, or an error that becomes the block's only line. */
typedef int dump_mode(struct dump *d, struct ctx_str text, struct ctx_error *err);

dump_mode dump_syntax;
dump_mode dump_model;
dump_mode dump_graph;
dump_mode dump_follow;
dump_mode dump_select;
dump_mode dump_shell;
dump_mode dump_checks;

/** A build as the settings of a line describe it. */
struct dump_build {
	struct ana_graph_opts opts;
	struct ana_var args[64];
	struct ana_named_context contexts[64];
	/** Memory of the platform; release it. */
	struct ctx_arena arena;
};

/** Read it into zeroed `build`, which must not move afterwards. */
int dump_build_read(struct dump_build *build, const struct dump *d, struct ctx_error *err);

/** Append a quoted text: printable ASCII as it is, but \" \\ \t \n \r, and \xNN for every other byte. */
void dump_quote(struct dump *d, struct ctx_str text);
/** A line "KEY VALUE"; one without a key; one for each value; one unless the value is empty. */
void dump_text(struct dump *d, const char *key, struct ctx_str value);
void dump_each(struct dump *d, const char *key, const struct ctx_str *values, size_t count);
void dump_some(struct dump *d, const char *key, struct ctx_str value);
/** A line that is one word, if a condition holds. */
void dump_flag(struct dump *d, const char *word, bool on);
/** The first error of a list; true if there is one. */
bool dump_failure(struct dump *d, const struct ana_diags *diags);
/** Next value of a setting from `*at` on, which is advanced; absent if there is none. */
struct ctx_str dump_setting(const struct dump *d, const char *key, size_t *at);
/** Last value of a setting; absent if there is none. */
struct ctx_str dump_last_setting(const struct dump *d, const char *key);

/** Read the table of images (images.txt); an error ends the program. */
void dump_images_load(const char *path);
void dump_images_release(void);
/** Answers from the table. */
ana_image_config_fn dump_images_config;

#endif
