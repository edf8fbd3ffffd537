#include "ctxopt/cli/contents.h"

#include "ctxopt/base/file.h"
#include "ctxopt/cli/progress.h"
#include "ctxopt/context/digest_cache.h"
#include "ctxopt/context/merkle.h"

#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>

/** One compressor by its name on the command line. */
struct compressor {
	const char *name;
	enum ctx_filter filter;
	/** Highest level, and the one that is used when none is given. */
	int max_level, default_level;
};

static const struct compressor compressors[] = {
	{ "none", CTX_FILTER_NONE, 0, 0 },
	{ "gzip", CTX_FILTER_GZIP, 9, 6 },
	{ "zstd", CTX_FILTER_ZSTD, 19, 3 },
};

/** Parse "zstd:19". */
static int parse_compressor(const char *text, const struct compressor **out, int *level, struct ctx_error *err) {
	size_t len = strcspn(text, ":");
	for (size_t i = 0; i < CTX_COUNTOF(compressors); ++i) {
		const struct compressor *c = &compressors[i];
		if (strlen(c->name) != len || memcmp(c->name, text, len) != 0) {
			continue;
		}
		*out = c;
		*level = c->default_level;
		if (text[len] == '\0') {
			return 0;
		}
		char *end = NULL;
		long value = strtol(text + len + 1, &end, 10);
		if (end == text + len + 1 || *end != '\0' || value < 1 || value > c->max_level) {
			return ctx_fail(err, CTX_E_USAGE,
				c->max_level == 0 ? "'%s': %s has no levels" : "'%s': levels of %s are 1 to %d", text,
				c->name, c->max_level);
		}
		*level = (int)value;
		return 0;
	}
	return ctx_fail(err, CTX_E_USAGE, "'%s' is none of zstd[:1-19], gzip[:1-9], none", text);
}

/** Check of --compress. */
static int check_compressor(const char *text, struct ctx_error *err) {
	const struct compressor *compressor;
	int level;
	return parse_compressor(text, &compressor, &level, err);
}

/** Compressor that a file name stands for; NULL if it is no archive's name. */
static const struct compressor *compressor_of_name(const char *name) {
	static const struct {
		const char *suffix;
		size_t index;
	} suffixes[] = { { ".tar", 0 }, { ".tar.gz", 1 }, { ".tgz", 1 }, { ".tar.zst", 2 }, { ".tzst", 2 } };
	size_t len = strlen(name);
	for (size_t i = 0; i < CTX_COUNTOF(suffixes); ++i) {
		size_t n = strlen(suffixes[i].suffix);
		if (len > n && strcmp(name + len - n, suffixes[i].suffix) == 0) {
			return &compressors[suffixes[i].index];
		}
	}
	return strcmp(name, "-") == 0 ? &compressors[0] : NULL;
}

/** Check of --pack. */
static int check_pack(const char *text, struct ctx_error *err) {
	return compressor_of_name(text) != NULL
		? 0
		: ctx_fail(err, CTX_E_USAGE, "'%s' must end in .tar, .tar.gz or .tar.zst, or be -", text);
}

// clang-format off
const struct opt contents_opts[] = {
	{ .kind = OPT_GROUP, .help = "Archives" },
	{ .kind = OPT_LIST, .name = "compress", .arg = "HOW", .at = offsetof(struct contents_args, compress),
	  .check = check_compressor,
	  .help = "size as a tar archive, as the classic builder sends it: zstd[:1-19], gzip[:1-9] or none" },
	{ .kind = OPT_FILE, .name = "pack", .arg = "FILE", .flags = OPT_ONCE, .at = offsetof(struct contents_args, pack),
	  .check = check_pack,
	  .help = "write the context as FILE.tar, FILE.tar.gz or FILE.tar.zst for 'docker build - < FILE'; - for standard "
		  "output; the same context gives the same bytes" },
	{ .kind = OPT_END },
};
// clang-format on

int contents_check(const struct contents_args *args, struct ctx_error *err) {
	if (args->compress.values.count > CONTENTS_TARS_MAX) {
		return ctx_fail(err, CTX_E_USAGE, "--compress more than %d times", CONTENTS_TARS_MAX);
	}
	if (args->pack != NULL && strcmp(args->pack, "-") == 0 && isatty(STDOUT_FILENO)) {
		return ctx_fail(err, CTX_E_USAGE, "--pack -: an archive does not belong on a terminal");
	}
	return 0;
}

/** Contents of an archive or a saved snapshot: their digests came with the entries. */
static int known_digest(CTX_UNUSED void *arg, CTX_UNUSED unsigned worker, const struct ctx_entry *e, const char *path,
	struct ctx_digest *out, struct ctx_error *err) {
	if ((e->flags & CTX_ENTRY_DIGEST) == 0) {
		return ctx_fail(err, CTX_E_MISSING, "'%s' was saved without digest", path);
	}
	*out = e->digest;
	return 0;
}

/** Open the digest cache of a directory; none is no failure: it only costs time. */
static struct ctx_digest_cache *open_cache(const struct place *place, unsigned jobs) {
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	struct ctx_digest_cache *cache = NULL;
	struct ctx_error err;
	if (ctx_digest_cache_path(&path, place->root, &err) < 0 ||
		ctx_digest_cache_open(&cache, ctx_buf_str(&path), jobs, &err) < 0) {
		return NULL;
	}
	return cache;
}

/** Digest the files of a directory. */
static int digest_files(struct contents *c, const struct cmd_common *common, struct place *place,
	const struct ctx_walk_opts *walk, struct ctx_error *err) {
	struct ctx_digest_cache *cache = open_cache(place, walk->jobs);
	int rc = ctx_merkle_files(place->snap, place->fd, cache, walk, &c->stats, err);
	struct ctx_error cache_err;
	if (rc == 0 && cache != NULL && ctx_digest_cache_save(cache, &cache_err) < 0 && common->verbose) {
		cmd_note("digests are not kept for the next run: %s", cache_err.msg);
	}
	ctx_digest_cache_free(cache);
	return rc;
}

int contents_digest(struct contents *c, const struct cmd_env *env, const struct cmd_common *common, struct place *place,
	struct ctx_error *err) {
	struct progress progress;
	progress_start(&progress, common, "hashing");
	struct ctx_walk_opts walk = { .jobs = cmd_jobs(common), .stop = env->stop, .progress = &progress.counters };
	int rc;
	if (place->kind == PLACE_DIRECTORY) {
		rc = digest_files(c, common, place, &walk, err);
	} else {
		struct ctx_content_source source = { .digest = known_digest };
		if (place->kind == PLACE_COMMIT) {
			source = ctx_commit_contents(place->commit);
		}
		rc = ctx_merkle_source(place->snap, &source, &walk, &c->stats, err);
	}
	progress_stop(&progress);
	c->read = true;
	if (rc == 0 && common->verbose) {
		char bytes[CTX_HUMAN_MAX], hashed[32], cached[32];
		cmd_note("hashed %s files (%s), %s known from earlier runs", ctx_grouped(hashed, c->stats.hashed_files),
			ctx_human_bytes(bytes, c->stats.hashed_bytes), ctx_grouped(cached, c->stats.cached_files));
	}
	return rc;
}

/** Bytes of a file in a commit. */
static int read_from_commit(void *arg, const struct ctx_entry *e, CTX_UNUSED const char *path, struct ctx_buf *out,
	struct ctx_error *err) {
	return ctx_commit_read_entry(arg, e, out, err);
}

/** SOURCE_DATE_EPOCH, or each entry's own time. */
static int64_t archive_time(void) {
	const char *text = getenv("SOURCE_DATE_EPOCH");
	char *end = NULL;
	errno = 0;
	long long seconds = text == NULL ? 0 : strtoll(text, &end, 10);
	bool valid = text != NULL && *text != '\0' && *end == '\0' && errno == 0;
	return valid ? (int64_t)seconds : INT64_MIN;
}

/** Bytes that a stream will carry, for its progress. */
static uint64_t kept_bytes(const struct ctx_snapshot *snap) {
	uint64_t bytes = 0;
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (const struct ctx_entry *e = ctx_cursor_next(&c); e != NULL; e = ctx_cursor_next(&c)) {
		bytes += ctx_entry_kept(e) ? ctx_entry_content_bytes(e) : 0;
	}
	return bytes;
}

/** Stream the context once through a compressor. */
static int stream(struct contents *c, int fd, const struct compressor *compressor, int level, const struct cmd_env *env,
	const struct cmd_common *common, struct place *place, struct ctx_pack_sizes *sizes, struct ctx_error *err) {
	struct ctx_pack_source source = { .root_fd = place->fd };
	if (place->kind == PLACE_COMMIT) {
		source = (struct ctx_pack_source){ .root_fd = -1, .read = read_from_commit, .arg = place->commit };
	}
	bool count_only = fd < 0 && compressor->filter == CTX_FILTER_NONE;
	if (!count_only && (place->kind == PLACE_ARCHIVE || place->kind == PLACE_SNAPSHOT_FILE)) {
		return ctx_fail(err, CTX_E_USAGE,
			"an archive is already packed, and its contents are not kept: only --compress none works on '%s'",
			place->root);
	}
	struct progress progress;
	progress_start(&progress, common, fd < 0 ? "compressing" : "packing");
	// Relaxed: only the display reads it
	atomic_store_explicit(&progress.counters.expected_bytes, kept_bytes(place->snap), memory_order_relaxed);
	struct ctx_pack_opts opts = { .filter = compressor->filter,
		.level = level,
		.mtime = archive_time(),
		.walk = { .jobs = cmd_jobs(common), .stop = env->stop, .progress = &progress.counters } };
	int rc = ctx_pack_write(fd, place->snap, count_only ? NULL : &source, &opts, sizes, err);
	progress_stop(&progress);
	c->read = c->read || !count_only;
	c->tar_raw_bytes = sizes->tar_bytes;
	return rc;
}

/** Every --compress. */
static int measure_all(struct contents *c, const struct contents_args *args, const struct cmd_env *env,
	const struct cmd_common *common, struct place *place, struct ctx_error *err) {
	for (size_t i = 0; i < args->compress.values.count; ++i) {
		const struct compressor *compressor = NULL;
		int level = 0;
		struct ctx_pack_sizes sizes = { 0 };
		int rc = parse_compressor(args->compress.values.items[i], &compressor, &level, err);
		rc = rc < 0 ? rc : stream(c, -1, compressor, level, env, common, place, &sizes, err);
		if (rc < 0) {
			return rc;
		}
		c->tars[c->tar_count++] = (struct ana_tar){ .filter = compressor->name,
			.level = level,
			.bytes = sizes.packed_bytes };
	}
	return 0;
}

/** "docker build - < ARCHIVE" takes the Dockerfile out of the archive: say so if it will not be there. */
static void note_missing_dockerfile(const struct place *place) {
	const char *path = place->shown.dockerfile;
	if (path == NULL || place->dockerfile_from_stdin || place->kind == PLACE_ARCHIVE) {
		return;
	}
	const struct ctx_entry *e = ctx_snapshot_find(place->snap, path, strlen(path));
	if (e == NULL || !ctx_entry_kept(e)) {
		cmd_note("the archive does not hold the Dockerfile '%s', which is %s", path,
			e == NULL ? "outside of the context" : "excluded");
	}
}

int contents_pack(struct contents *c, const struct contents_args *args, const struct cmd_env *env,
	const struct cmd_common *common, struct place *place, struct ctx_error *err) {
	int rc = measure_all(c, args, env, common, place, err);
	if (rc < 0 || args->pack == NULL) {
		return rc;
	}
	note_missing_dockerfile(place);
	const struct compressor *compressor = compressor_of_name(args->pack);
	struct ctx_pack_sizes sizes = { 0 };
	if (strcmp(args->pack, "-") == 0) {
		return stream(c, STDOUT_FILENO, compressor, 0, env, common, place, &sizes, err);
	}
	struct ctx_replace file;
	rc = ctx_replace_begin(&file, args->pack, 0666, err);
	if (rc == 0) {
		rc = stream(c, file.fd, compressor, 0, env, common, place, &sizes, err);
		if (rc == 0) {
			rc = ctx_replace_commit(&file, err);
		} else {
			ctx_replace_abort(&file);
		}
	}
	c->packed_to = args->pack;
	c->packed_bytes = sizes.packed_bytes;
	return ctx_wrap(err, rc, "--pack");
}
