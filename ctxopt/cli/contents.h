/**
 * What needs the bytes of files: digests, archive sizes, the archive itself.
 */
#ifndef CTXOPT_CLI_CONTENTS_H
#define CTXOPT_CLI_CONTENTS_H

#include "analyzer/report/report.h"
#include "ctxopt/cli/cmd.h"
#include "ctxopt/cli/load.h"

/** Archives that are asked for. */
struct contents_args {
	/** --compress: "gzip:6", "zstd", "none". */
	struct opt_list compress;
	/** --pack; "-" is standard output; NULL for none. */
	const char *pack;
};

/** Rows for struct contents_args. */
extern const struct opt contents_opts[];

/** Most --compress options. */
#define CONTENTS_TARS_MAX 16

/** Results; owns nothing. */
struct contents {
	/** Contents of files were read. */
	bool read;
	struct ctx_merkle_stats stats;
	/** One per --compress. */
	struct ana_tar tars[CONTENTS_TARS_MAX];
	size_t tar_count;
	uint64_t tar_raw_bytes;
	const char *packed_to;
	uint64_t packed_bytes;
};

/** Is the wish possible?  CTX_E_USAGE. */
CTX_NODISCARD
int contents_check(const struct contents_args *args, struct ctx_error *err);

/** Digest every kept entry of the place, with the cache of earlier runs where there is one. */
CTX_NODISCARD
int contents_digest(struct contents *c, const struct cmd_env *env, const struct cmd_common *common, struct place *place,
	struct ctx_error *err);

/** Measure and write archives.  Errors as ctx_pack_write(); CTX_E_USAGE for a place without contents. */
CTX_NODISCARD
int contents_pack(struct contents *c, const struct contents_args *args, const struct cmd_env *env,
	const struct cmd_common *common, struct place *place, struct ctx_error *err);

#endif
