/**
 * From PATH to a context: which kind of place it is, its Dockerfile, its ignore file, and its entries.
 *
 * Two steps: load_place() finds and parses, load_entries() walks.  `why` needs only the first.
 */
#ifndef CTXOPT_CLI_LOAD_H
#define CTXOPT_CLI_LOAD_H

#include "analyzer/report/report.h"
#include "ctxopt/cli/cmd.h"
#include "ctxopt/cli/progress.h"
#include "ctxopt/context/gitrepo.h"
#include "ctxopt/context/ignore_file.h"
#include "ctxopt/context/pack.h"
#include "ctxopt/context/snapshot.h"

/** Largest Dockerfile that is read. */
#define DOCKERFILE_MAX (16u << 20)

/** What to analyse, from the command line. */
struct load_args {
	/** --context; NULL if not given. */
	const char *context;
	/** -f; NULL if not given. */
	const char *dockerfile;
	/** enum ctx_engine. */
	int engine;
	/** --commit; NULL for the files as they are. */
	const char *commit;
	/** `commit` is a revision that another option or an operand names: messages do not speak of --commit. */
	bool implied;
	/** The Dockerfile's own ignore file does not count: the classic builder. */
	bool common_ignore;
	/** With `commit`: which Dockerfile is found in the working tree, and the commit need not have it. */
	bool work;
	/** --umask: of the checkout that the commit stands for. */
	unsigned umask_bits;
};

/** Rows for struct load_args: --file, --engine, --context; and --commit, --umask. */
extern const struct opt load_opts[];
extern const struct opt load_commit_opts[];
/** --umask alone, for commands about commits. */
extern const struct opt load_umask_opts[];

/** What kind of place PATH is. */
enum place_kind { PLACE_DIRECTORY, PLACE_COMMIT, PLACE_ARCHIVE, PLACE_SNAPSHOT_FILE };

/** A place that can be analysed.  Initialise with PLACE_INIT, release with place_release(). */
struct place {
	enum place_kind kind;
	/** PATH as it was given, "." if it was not.  Borrowed. */
	const char *root;
	/** The directory, or the file; -1 if none is open. */
	int fd;
	/** Where the Dockerfile is, as opened; empty when there is none or it comes from standard input. */
	struct ctx_buf dockerfile;
	bool dockerfile_from_stdin;
	/** Its text, once it was read: see load_dockerfile(). */
	struct ctx_buf dockerfile_text;
	bool dockerfile_read;
	/** The ignore file, and its rules; NULL if nothing is ignored. */
	struct ctx_ignore_source ignore_source;
	struct ctx_ignore *ignore;
	/** Commits: the repository, the commit, and the directory within its tree. */
	struct ctx_gitrepo *repo;
	struct ctx_commit *commit;
	struct ctx_buf prefix;
	/** Entries; NULL until load_entries(). */
	struct ctx_snapshot *snap;
	/** The same for people: paths relative to the context where they lie in it. */
	struct ana_source shown;
	/** Memory of `shown`. */
	struct ctx_arena arena;
};

#define PLACE_INIT \
	{ .fd = -1 }

/** How to load entries. */
struct load_opts {
	const struct cmd_common *common;
	/** Open excluded directories too. */
	bool excluded;
	/** Nothing but paths will be printed. */
	bool names_only;
};

/**
 * Resolve PATH.  `operand` is the PATH operand, NULL if none was given.
 *
 * Prints what is wrong.
 * @return CMD_OK; CMD_ERROR; CMD_NOTHING, a directory without Dockerfile; CMD_INTERRUPTED.
 */
int load_place(struct cmd_env *env, struct place *place, const struct load_args *args, const char *operand);

/** Walk the directory, or read the commit, archive or snapshot file.  Status and messages as load_place(). */
int load_entries(struct cmd_env *env, struct place *place, const struct load_args *args, const struct load_opts *opts);

/**
 * Read the text of the Dockerfile into `place->dockerfile_text`, unless that was done.  Of an archive it is there only
 * after load_entries().
 * @return 1; 0, the place has no Dockerfile; CTX_E_IO; CTX_E_LIMIT; CTX_E_NOMEM.
 */
CTX_NODISCARD
int load_dockerfile(struct place *place, struct ctx_error *err);

/** Release everything. */
void place_release(struct place *place);
#define auto_place CTX_CLEANUP(place_release)

/** Name of an enum ctx_engine. */
const char *load_engine_name(int engine);

#endif
