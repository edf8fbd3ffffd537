/*
 * The file is a header and records of fixed size, sorted by device and inode.  It is read whole: mapping it would be a
 * little faster, but a file that another program truncates would then kill the process instead of being ignored.
 *
 *	header | record | record | record ...            old records, as on disk
 *	           ^ each worker's cursor
 *
 * A file's neighbours in a directory tend to have neighbouring inodes.  So a worker looks at the record after the one
 * found last, then in steps that double away from it, and ends with a binary search between two steps.
 *
 * New records gather in a list per worker.  Saving sorts them and merges them with the old ones; a new record
 * replaces an old one of the same inode.
 *
 * Integers are in the byte order of the machine: a file from another one has a wrong magic number and is ignored.
 */
#include "ctxopt/context/digest_cache.h"

#include "ctxopt/base/file.h"
#include "ctxopt/base/path.h"
#include "ctxopt/base/vec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** "CTXDIGC" and a byte that is no text, as a little-endian number. */
#define MAGIC UINT64_C(0x8043474944585443)
/** Version of the file, and of what its digests mean: XXH3-128 of the whole content. */
#define VERSION 1
/** Files above this size are not ours. */
#define FILE_MAX (UINT64_C(16) << 30)
/** Bytes gathered before they are written. */
#define WRITE_BYTES ((size_t)1 << 20)
/** How much older than the clock a time must be to be trusted, in nanoseconds: where a file system keeps fractions of
 *  a second, its clock ticks at least every 10 ms; else it keeps seconds, FAT every second one. */
#define SAFE_FINE_NS INT64_C(50000000)
#define SAFE_COARSE_NS INT64_C(2000000000)
#define SECOND_NS INT64_C(1000000000)

/** What the file begins with. */
struct header {
	uint64_t magic;
	uint32_t version;
	uint32_t record_bytes;
	uint64_t count;
	/** Digest of the records. */
	struct ctx_digest check;
};

/** One file. */
struct record {
	struct ctx_stat_id id;
	struct ctx_digest digest;
};

/** What one worker adds and remembers. */
struct worker {
	/** Index of the old record to look at first. */
	size_t cursor;
	/** One bit per old record: asked for, and still true. */
	uint64_t *used;
	/** New records. */
	CTX_VEC(struct record) added;
	/** Keeps the next worker's state on another cache line. */
	char gap[64];
};

struct ctx_digest_cache {
	/** Where it is saved.  Owned. */
	char *path;
	/** Old records.  Owned. */
	struct record *records;
	size_t count;
	/** Owned. */
	struct worker *workers;
	unsigned jobs;
};

/* ---- Reading ---- */

/** Order of the file: by device, then inode. */
static int id_cmp(const struct ctx_stat_id *a, const struct ctx_stat_id *b) {
	if (a->device != b->device) {
		return a->device < b->device ? -1 : 1;
	}
	return (a->inode > b->inode) - (a->inode < b->inode);
}

/** Read exactly `len` bytes: 1, 0 when the file is shorter, or a negative errno. */
static int read_exactly(int fd, void *to, size_t len) {
	char *at = to;
	while (len > 0) {
		ssize_t n = read(fd, at, len);
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			return n < 0 ? -errno : 0;
		}
		at += n;
		len -= (size_t)n;
	}
	return 1;
}

/** Are the records what was written? */
static bool records_are_whole(const struct header *h, const struct record *records) {
	struct ctx_digest check = ctx_hash_bytes(records, h->count * sizeof(*records));
	if (!ctx_digest_equal(&check, &h->check)) {
		return false;
	}
	for (uint64_t i = 1; i < h->count; ++i) {
		if (id_cmp(&records[i - 1].id, &records[i].id) >= 0) {
			return false; // a checksum can be forged; a search must end all the same
		}
	}
	return true;
}

/** Fill the cache from an open file; what is not ours leaves it empty. */
static int load_fd(struct ctx_digest_cache *cache, int fd, struct ctx_error *err) {
	struct stat st;
	struct header h;
	if (fstat(fd, &st) < 0) {
		return ctx_fail_sys(err, errno, "cannot read '%s'", cache->path);
	}
	int rc = read_exactly(fd, &h, sizeof(h));
	if (rc < 0) {
		return ctx_fail_sys(err, -rc, "cannot read '%s'", cache->path);
	}
	uint64_t size = (uint64_t)st.st_size;
	if (rc == 0 || h.magic != MAGIC || h.version != VERSION || h.record_bytes != sizeof(struct record) ||
		size > FILE_MAX || h.count != (size - sizeof(h)) / sizeof(struct record) ||
		size != sizeof(h) + h.count * sizeof(struct record)) {
		return 0;
	}

	CTX_AUTO_FREE struct record *records = ctx_reallocarray(NULL, h.count, sizeof(*records));
	if (records == NULL) {
		return ctx_fail_nomem(err);
	}
	rc = read_exactly(fd, records, h.count * sizeof(*records));
	if (rc < 0) {
		return ctx_fail_sys(err, -rc, "cannot read '%s'", cache->path);
	}
	if (rc > 0 && records_are_whole(&h, records)) {
		cache->records = CTX_STEAL(records);
		cache->count = h.count;
	}
	return 0;
}

/** Read the file; a missing one leaves the cache empty. */
static int load(struct ctx_digest_cache *cache, struct ctx_error *err) {
	ctx_auto_fd int fd = open(cache->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		bool missing = errno == ENOENT || errno == ENOTDIR;
		return missing ? 0 : ctx_fail_sys(err, errno, "cannot open '%s'", cache->path);
	}
	return load_fd(cache, fd, err);
}

/** Make the workers' state. */
static int make_workers(struct ctx_digest_cache *cache, struct ctx_error *err) {
	cache->workers = ctx_calloc(cache->jobs, sizeof(*cache->workers));
	if (cache->workers == NULL) {
		return ctx_fail_nomem(err);
	}
	for (unsigned i = 0; i < cache->jobs; ++i) {
		cache->workers[i].used = ctx_calloc(cache->count / 64 + 1, sizeof(uint64_t));
		if (cache->workers[i].used == NULL) {
			return ctx_fail_nomem(err);
		}
	}
	return 0;
}

int ctx_digest_cache_open(struct ctx_digest_cache **out, const char *path, unsigned jobs, struct ctx_error *err) {
	struct ctx_digest_cache *cache = ctx_calloc(1, sizeof(*cache));
	if (cache == NULL) {
		return ctx_fail_nomem(err);
	}
	cache->jobs = jobs;
	cache->path = ctx_memdup0(path, strlen(path));
	int rc = cache->path != NULL ? load(cache, err) : ctx_fail_nomem(err);
	if (rc == 0) {
		rc = make_workers(cache, err);
	}
	if (rc < 0) {
		ctx_digest_cache_free(cache);
		return rc;
	}
	*out = cache;
	return 0;
}

void ctx_digest_cache_free(struct ctx_digest_cache *cache) {
	if (cache == NULL) {
		return;
	}
	for (unsigned i = 0; cache->workers != NULL && i < cache->jobs; ++i) {
		free(cache->workers[i].used);
		CTX_VEC_RELEASE(&cache->workers[i].added);
	}
	free(cache->workers);
	free(cache->records);
	free(cache->path);
	free(cache);
}

int ctx_digest_cache_path(struct ctx_buf *out, const char *context, struct ctx_error *err) {
	char *real = realpath(context, NULL);
	struct stat st;
	if (real == NULL || stat(real, &st) < 0) {
		int sysno = errno;
		free(real);
		return ctx_fail_sys(err, sysno, "cannot find '%s'", context);
	}
	// A directory that takes another one's place gets a cache of its own
	uint64_t seed = (uint64_t)st.st_ino * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)st.st_dev;
	struct ctx_digest name = ctx_hash_seeded(real, strlen(real), seed);
	free(real);

	char text[CTX_DIGEST_TEXT_MAX];
	const char *digits = strchr(ctx_digest_text(text, &name), ':') + 1;
	int rc = ctx_cache_home(out, err);
	if (rc < 0) {
		return rc;
	}
	ctx_buf_addf(out, "/digests/%s", digits);
	return ctx_buf_ok(out) ? 0 : ctx_fail_nomem(err);
}

/* ---- Asking ---- */

/** Index of the first record in [low, high) that is not before `id`; `high` if all are. */
static size_t lower_bound(const struct record *records, size_t low, size_t high, const struct ctx_stat_id *id) {
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (id_cmp(&records[mid].id, id) < 0) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return low;
}

/** The same over all records, quick when the answer is near `from`, which must be an index. */
static size_t search_from(const struct record *records, size_t count, size_t from, const struct ctx_stat_id *id) {
	size_t step = 1;
	if (id_cmp(&records[from].id, id) < 0) {
		size_t low = from + 1;
		while (count - low > step && id_cmp(&records[low + step].id, id) < 0) {
			low += step + 1;
			step *= 2;
		}
		size_t high = count - low > step ? low + step : count;
		return lower_bound(records, low, high, id);
	}
	size_t high = from;
	while (high > step && id_cmp(&records[high - step].id, id) >= 0) {
		high -= step;
		step *= 2;
	}
	size_t low = high > step ? high - step : 0;
	return lower_bound(records, low, high, id);
}

bool ctx_digest_cache_get(struct ctx_digest_cache *cache, unsigned worker, const struct ctx_stat_id *id,
	struct ctx_digest *out) {
	if (cache->count == 0) {
		return false;
	}
	struct worker *w = &cache->workers[worker];
	size_t at = search_from(cache->records, cache->count, w->cursor, id);
	if (at == cache->count) {
		return false;
	}
	w->cursor = at + 1 < cache->count ? at + 1 : at;
	const struct record *r = &cache->records[at];
	if (id_cmp(&r->id, id) != 0 || r->id.size_bytes != id->size_bytes || r->id.mtime_ns != id->mtime_ns ||
		r->id.ctime_ns != id->ctime_ns) {
		return false;
	}
	w->used[at / 64] |= UINT64_C(1) << (at % 64);
	*out = r->digest;
	return true;
}

/** Could the file change once more without a visible trace, because it changed just before `now_ns`? */
static bool is_racy(const struct ctx_stat_id *id, int64_t now_ns) {
	bool coarse = id->mtime_ns % SECOND_NS == 0 && id->ctime_ns % SECOND_NS == 0;
	int64_t safe = coarse ? SAFE_COARSE_NS : SAFE_FINE_NS;
	int64_t newest = id->mtime_ns > id->ctime_ns ? id->mtime_ns : id->ctime_ns;
	int64_t trusted; // up to here times are safe; cannot wrap with a clock after 1970
	return __builtin_sub_overflow(now_ns, safe, &trusted) || newest > trusted;
}

int ctx_digest_cache_put(struct ctx_digest_cache *cache, unsigned worker, const struct ctx_stat_id *id, int64_t now_ns,
	const struct ctx_digest *digest, struct ctx_error *err) {
	if (is_racy(id, now_ns)) {
		return 0;
	}
	struct record record = { .id = *id, .digest = *digest };
	return CTX_VEC_PUSH(&cache->workers[worker].added, record) ? 0 : ctx_fail_nomem(err);
}

/* ---- Saving ---- */

/** Was an old record asked for? */
static bool is_used(const struct ctx_digest_cache *cache, size_t index) {
	for (unsigned i = 0; i < cache->jobs; ++i) {
		if ((cache->workers[i].used[index / 64] >> (index % 64) & 1) != 0) {
			return true;
		}
	}
	return false;
}

/** Number of old records that were asked for. */
static size_t count_used(const struct ctx_digest_cache *cache) {
	size_t used = 0;
	for (size_t i = 0; i <= cache->count / 64; ++i) {
		uint64_t word = 0;
		for (unsigned w = 0; w < cache->jobs; ++w) {
			word |= cache->workers[w].used[i];
		}
		used += (size_t)__builtin_popcountll(word);
	}
	return used;
}

/** id_cmp() for records. */
static int record_cmp(const void *a, const void *b) {
	const struct record *x = a, *y = b;
	return id_cmp(&x->id, &y->id);
}

/** All new records, sorted, one per inode; NULL when out of memory. */
static struct record *gather_added(struct ctx_digest_cache *cache, size_t *count) {
	size_t total = 0;
	for (unsigned i = 0; i < cache->jobs; ++i) {
		total += cache->workers[i].added.count;
	}
	struct record *all = ctx_reallocarray(NULL, total, sizeof(*all));
	if (all == NULL) {
		return NULL;
	}
	size_t n = 0;
	for (unsigned i = 0; i < cache->jobs; ++i) {
		size_t more = cache->workers[i].added.count;
		if (more > 0) {
			memcpy(all + n, cache->workers[i].added.items, more * sizeof(*all));
		}
		n += more;
		CTX_VEC_RELEASE(&cache->workers[i].added); // so that the peak is not twice as high
	}
	qsort(all, total, sizeof(*all), record_cmp);

	n = 0;
	for (size_t i = 0; i < total; ++i) {
		if (n == 0 || record_cmp(&all[n - 1], &all[i]) != 0) {
			all[n++] = all[i]; // the names of a hard link agree, so any will do
		}
	}
	*count = n;
	return all;
}

/** A file being written. */
struct writer {
	int fd;
	/** Records not yet written. */
	struct ctx_buf buf;
	/** Checksum of all records. */
	struct ctx_hasher *hasher;
	uint64_t count;
};

/** Write what has gathered; 0 or a negative errno. */
static int flush_records(struct writer *w) {
	ctx_hasher_add(w->hasher, w->buf.data, w->buf.len);
	int rc = ctx_write_all(w->fd, w->buf.data, w->buf.len);
	ctx_buf_reset(&w->buf);
	return rc;
}

/** Append one record; 0 or a negative errno. */
static int write_record(struct writer *w, const struct record *r) {
	ctx_buf_add(&w->buf, r, sizeof(*r));
	if (!ctx_buf_ok(&w->buf)) {
		return -ENOMEM;
	}
	++w->count;
	return w->buf.len >= WRITE_BYTES ? flush_records(w) : 0;
}

/** Write the old records that stay and the new ones, in order; 0 or a negative errno. */
static int write_merged(struct writer *w, const struct ctx_digest_cache *cache, const struct record *added,
	size_t added_count, bool drop_unused) {
	size_t a = 0;
	for (size_t i = 0; i <= cache->count; ++i) {
		const struct record *old = i < cache->count ? &cache->records[i] : NULL;
		int rc = 0;
		while (rc == 0 && a < added_count && (old == NULL || record_cmp(&added[a], old) < 0)) {
			rc = write_record(w, &added[a++]);
		}
		bool replaced = old != NULL && a < added_count && record_cmp(&added[a], old) == 0;
		if (rc == 0 && old != NULL && !replaced && !(drop_unused && !is_used(cache, i))) {
			rc = write_record(w, old);
		}
		if (rc < 0) {
			return rc;
		}
	}
	return flush_records(w);
}

/** Write a whole file to `w->fd`; 0 or a negative errno. */
static int write_file(struct writer *w, const struct ctx_digest_cache *cache, const struct record *added,
	size_t added_count, bool drop_unused) {
	struct header h = { .magic = 0 }; // not valid until all is written
	int rc = ctx_write_all(w->fd, &h, sizeof(h));
	if (rc == 0) {
		rc = write_merged(w, cache, added, added_count, drop_unused);
	}
	if (rc < 0) {
		return rc;
	}
	h = (struct header){
		.magic = MAGIC,
		.version = VERSION,
		.record_bytes = sizeof(struct record),
		.count = w->count,
		.check = ctx_hasher_digest(w->hasher),
	};
	ssize_t n = pwrite(w->fd, &h, sizeof(h), 0);
	if (n == (ssize_t)sizeof(h)) {
		return 0;
	}
	return n < 0 ? -errno : -EIO;
}

/** Make the directory that will hold the file. */
static int make_parent(const char *path, struct ctx_error *err) {
	size_t len = ctx_path_base(path, strlen(path));
	if (len <= 1) {
		return 0; // the working directory, or "/"
	}
	CTX_AUTO_FREE char *dir = ctx_memdup0(path, len - 1);
	return dir != NULL ? ctx_mkdirs(dir, err) : ctx_fail_nomem(err);
}

/** Replace the file. */
static int save(const struct ctx_digest_cache *cache, const struct record *added, size_t added_count, bool drop_unused,
	struct ctx_error *err) {
	int rc = make_parent(cache->path, err);
	if (rc < 0) {
		return rc;
	}
	struct ctx_replace file;
	rc = ctx_replace_begin(&file, cache->path, 0600, err);
	if (rc < 0) {
		return rc;
	}
	struct writer w = { .fd = file.fd, .hasher = ctx_hasher_new() };
	int sysno = w.hasher != NULL ? -write_file(&w, cache, added, added_count, drop_unused) : ENOMEM;
	ctx_buf_release(&w.buf);
	ctx_hasher_free(w.hasher);
	if (sysno != 0) {
		ctx_replace_abort(&file);
		return ctx_fail_sys(err, sysno, "cannot write '%s'", cache->path);
	}
	return ctx_replace_commit(&file, err);
}

int ctx_digest_cache_save(struct ctx_digest_cache *cache, struct ctx_error *err) {
	bool any_added = false;
	for (unsigned i = 0; i < cache->jobs; ++i) {
		any_added |= cache->workers[i].added.count > 0;
	}
	bool drop_unused = count_used(cache) < cache->count - cache->count / 2;
	if (!any_added && !drop_unused) {
		return 0;
	}

	size_t added_count = 0;
	CTX_AUTO_FREE struct record *added = gather_added(cache, &added_count);
	if (added == NULL) {
		return ctx_fail_nomem(err);
	}
	return save(cache, added, added_count, drop_unused, err);
}
