#include "ctxopt/context/gitwork.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/file.h"
#include "ctxopt/base/path.h"
#include "ctxopt/context/gitindex.h"
#include "ctxopt/context/gitrepo_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/** Largest file of attributes: git's limit (attr.h). */
#define ATTRIBUTES_MAX (100u << 20)

static const char attributes_name[] = ".gitattributes";

struct ctx_gitwork {
	/** Borrowed. */
	struct ctx_gitrepo *repo;
	struct ctx_gitindex index;
	/** The library's, if it was left to it to read the index; else NULL.  Owned. */
	git_index *full;
	/** What the library takes for the index, unless it has read that; NULL until it asks for attributes.  Owned. */
	git_index *few;
	/** When the index was written: a file changed since then, or at that moment, may differ without its state telling. */
	int64_t written_ns;
	/** A file may be something else than its blob: there are attributes, or settings about line ends. */
	bool converts;
};

/** Does a file of attributes say something about contents? */
static bool mentions_conversion(const char *text, size_t len) {
	static const char *const words[] = { "text", "crlf", "eol", "ident", "filter", "encoding" };
	for (size_t i = 0; i < CTX_COUNTOF(words); ++i) {
		if (memmem(text, len, words[i], strlen(words[i])) != NULL) {
			return true;
		}
	}
	return false;
}

/** Does a file of attributes say something about contents?  One that cannot be read may; `absent` if it is not there. */
static bool file_mentions_conversion(const char *directory, const char *path, bool absent) {
	ctx_auto_buf struct ctx_buf full = CTX_BUF_INIT, text = CTX_BUF_INIT;
	struct ctx_error ignored;
	ctx_buf_addf(&full, "%s%s", directory, path);
	int rc = ctx_buf_ok(&full) ? ctx_read_at(&text, AT_FDCWD, full.data, ATTRIBUTES_MAX, &ignored) : CTX_E_NOMEM;
	return rc == CTX_E_MISSING ? absent : rc < 0 || mentions_conversion(ctx_buf_str(&text), text.len);
}

/** Path of an entry of the index, which is a file of attributes; NULL if it is another one, or there are no more. */
static const char *attributes_at(const struct ctx_gitwork *work, size_t i) {
	struct ctx_str path = work->full == NULL ? work->index.entries.items[i].path
						 : CTX_STR(git_index_get_byindex(work->full, i)->path);
	return strcmp(path.ptr + ctx_path_base(path.ptr, path.len), attributes_name) == 0 ? path.ptr : NULL;
}

/** Is anything known that makes files differ from their blobs?  Files of attributes are looked at that git tracks: those
 * that are not there are still in the index. */
static bool may_convert(struct ctx_gitwork *work) {
	git_repository *git = work->repo->git;
	git_config *config = NULL;
	git_buf text = GIT_BUF_INIT;
	bool found = git_repository_config_snapshot(&config, git) < 0;
	static const char *const settings[] = { "core.autocrlf", "core.eol", "core.attributesfile" };
	for (size_t i = 0; !found && i < CTX_COUNTOF(settings); ++i) {
		found = git_config_get_string_buf(&text, config, settings[i]) == 0 && strcmp(text.ptr, "false") != 0;
	}
	git_buf_dispose(&text);
	git_config_free(config);
	found = found || file_mentions_conversion(git_repository_commondir(git), "info/attributes", false);
	size_t count = work->full == NULL ? work->index.entries.count : git_index_entrycount(work->full);
	for (size_t i = 0; !found && i < count; ++i) {
		const char *path = attributes_at(work, i);
		found = path != NULL && file_mentions_conversion(git_repository_workdir(git), path, true);
	}
	return found || file_mentions_conversion(git_repository_workdir(git), attributes_name, false);
}

/** Read the index through the library. */
static int open_full(struct ctx_gitwork *work, struct ctx_error *err) {
	ctx_gitindex_release(&work->index);
	int rc = git_repository_index(&work->full, work->repo->git);
	return rc < 0 ? ctx_fail_git(err, rc, CTX_E_CORRUPT, "cannot read the index") : 0;
}

/** Read the index. */
static int open_index(struct ctx_gitwork *work, const char *path, struct ctx_error *err) {
	struct stat st;
	if (stat(path, &st) < 0) {
		return errno == ENOENT ? 0 : open_full(work, err);
	}
	// Before it is read: what replaces it meanwhile is newer
	work->written_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	if (ctx_buf_reserve(&work->index.text, (size_t)st.st_size + 1)) {
		int rc = ctx_read_at(&work->index.text, AT_FDCWD, path, CTX_GITINDEX_MAX, err);
		rc = rc < 0 ? 0 : ctx_gitindex_parse(&work->index, err);
		return rc == 0 ? open_full(work, err) : rc < 0 ? rc : 0;
	}
	return ctx_fail_nomem(err);
}

int ctx_gitwork_open(struct ctx_gitwork **out, struct ctx_gitrepo *repo, struct ctx_error *err) {
	if (ctx_gitrepo_workdir(repo) == NULL) {
		return ctx_fail(err, CTX_E_MISSING, "a bare repository has no working tree");
	}
	struct ctx_gitwork *work = ctx_calloc(1, sizeof(*work));
	if (work == NULL) {
		return ctx_fail_nomem(err);
	}
	work->repo = repo;
	git_buf path = GIT_BUF_INIT;
	int rc = git_repository_item_path(&path, repo->git, GIT_REPOSITORY_ITEM_INDEX);
	rc = rc < 0 ? ctx_fail_git(err, rc, CTX_E_CORRUPT, "cannot find the index") : open_index(work, path.ptr, err);
	git_buf_dispose(&path);
	if (rc < 0) {
		ctx_gitwork_free(work);
		return rc;
	}
	work->converts = may_convert(work);
	*out = work;
	return 0;
}

void ctx_gitwork_free(struct ctx_gitwork *work) {
	if (work != NULL) {
		if (work->few != NULL) {
			(void)git_repository_set_index(work->repo->git,
				NULL); // it reads its own when it is asked for it
		}
		git_index_free(work->few);
		git_index_free(work->full);
		ctx_gitindex_release(&work->index);
		free(work);
	}
}

/** Find a path in the index. */
static bool find(struct ctx_gitwork *work, struct ctx_str path, struct ctx_gitindex_file *out) {
	if (work->full == NULL) {
		return ctx_gitindex_find(&work->index, path, out);
	}
	const git_index_entry *known = git_index_get_bypath(work->full, path.ptr, 0);
	if (known == NULL) {
		return false;
	}
	*out = (struct ctx_gitindex_file){ .mtime_seconds = (uint32_t)known->mtime.seconds,
		.mtime_nanoseconds = known->mtime.nanoseconds,
		.inode = known->ino,
		.size_bytes = known->file_size,
		.mode = known->mode,
		.oid = known->id.id };
	return true;
}

/** Is the file in the state in which the index knows it? */
static bool is_unchanged(const struct ctx_gitwork *work, const struct ctx_gitindex_file *known,
	const struct ctx_entry *entry) {
	int64_t seconds = entry->mtime_ns / 1000000000, rest = entry->mtime_ns % 1000000000;
	bool time = known->mtime_seconds == (uint32_t)seconds &&
		(known->mtime_nanoseconds == 0 || known->mtime_nanoseconds == (uint32_t)rest);
	bool size = known->size_bytes == (uint32_t)entry->size_bytes;
	bool inode = known->inode == 0 || known->inode == (uint32_t)entry->inode;
	bool settled = entry->mtime_ns < work->written_ns;
	return time && size && inode && settled && S_ISREG(known->mode);
}

/* ---- What a checkout writes ---- */

/** Attributes that decide what a checkout makes of a blob. */
enum { ATTR_FILTER, ATTR_ENCODING, ATTR_COUNT };

/** Write a text in another encoding: 1; 0, that is not possible; CTX_E_NOMEM. */
static int encode(const char *name, const char *text, size_t len, struct ctx_buf *out, struct ctx_error *err) {
	iconv_t to = iconv_open(name, "UTF-8");
	if (to == (iconv_t)-1) {
		return 0;
	}
	char piece[1024], *in = (char *)(uintptr_t)text; // iconv() only reads it
	bool ok = true;
	while (ok && len > 0) {
		char *at = piece;
		size_t room = sizeof(piece);
		ok = iconv(to, &in, &len, &at, &room) != (size_t)-1 || (errno == E2BIG && at > piece);
		ctx_buf_add(out, piece, (size_t)(at - piece));
	}
	iconv_close(to);
	return ctx_buf_ok(out) ? ok : ctx_fail_nomem(err);
}

/** Unless it has read the index, let the library have one of the files that it asks for: those of attributes. */
static int open_few(struct ctx_gitwork *work) {
	if (work->full != NULL || work->few != NULL) {
		return 0;
	}
	int rc = git_index_new(&work->few);
	for (size_t i = 0; rc == 0 && i < work->index.entries.count; ++i) {
		struct ctx_gitindex_file file;
		const char *path = attributes_at(work, i);
		if (path != NULL && ctx_gitindex_find(&work->index, CTX_STR(path), &file)) {
			git_index_entry entry = { .mode = file.mode, .path = path };
			memcpy(entry.id.id, file.oid, GIT_OID_RAWSZ);
			rc = git_index_add(work->few, &entry);
		}
	}
	return rc < 0 ? rc : git_repository_set_index(work->repo->git, work->few);
}

/** The bytes that a checkout writes for a blob: 1; 0, only a program outside knows them, or nobody; CTX_E_NOMEM. */
static int check_out(struct ctx_gitwork *work, const char *path, const git_oid *id, struct ctx_buf *out,
	struct ctx_error *err) {
	static const char *const names[] = { [ATTR_FILTER] = "filter", [ATTR_ENCODING] = "working-tree-encoding" };
	const char *values[ATTR_COUNT] = { NULL };
	git_repository *git = work->repo->git;
	if (open_few(work) < 0 ||
		git_attr_get_many(values, git, GIT_ATTR_CHECK_FILE_THEN_INDEX, path, ATTR_COUNT,
			(const char **)(uintptr_t)names) < 0 ||
		git_attr_value(values[ATTR_FILTER]) == GIT_ATTR_VALUE_STRING) {
		return 0;
	}
	git_blob *blob = NULL;
	git_filter_list *filters = NULL;
	git_buf text = GIT_BUF_INIT;
	int rc = git_blob_lookup(&blob, git, id);
	rc = rc < 0 ? rc
		    : git_filter_list_load(&filters, git, blob, path, GIT_FILTER_TO_WORKTREE, GIT_FILTER_ALLOW_UNSAFE);
	rc = rc < 0 ? rc : git_filter_list_apply_to_blob(&text, filters, blob);
	if (rc < 0) {
		rc = 0;
	} else if (git_attr_value(values[ATTR_ENCODING]) == GIT_ATTR_VALUE_STRING) {
		rc = encode(values[ATTR_ENCODING], text.ptr, text.size, out, err);
	} else {
		ctx_buf_add(out, text.ptr, text.size);
		rc = ctx_buf_ok(out) ? 1 : ctx_fail_nomem(err);
	}
	git_buf_dispose(&text);
	git_filter_list_free(filters);
	git_blob_free(blob);
	return rc;
}

/** Read the file and hash it as it is. */
static int hash(struct ctx_gitwork *work, const char *path, git_oid *oid, struct ctx_error *err) {
	int rc = git_repository_hashfile(oid, work->repo->git, path, GIT_OBJECT_BLOB, ""); // "": no filters
	if (rc == GIT_ENOTFOUND) {
		return ctx_fail_sys(err, ENOENT, "cannot read '%s'", path);
	}
	return rc < 0 ? ctx_fail_git(err, rc, CTX_E_IO, "cannot read '%s'", path) : 0;
}

/** Is the file, of the state that the index knows, as large as its blob?  Then nothing was converted. */
static bool has_size_of_blob(struct ctx_gitwork *work, const struct ctx_gitindex_file *known, const git_oid *id) {
	size_t len = 0;
	git_object_t type;
	return git_odb_read_header(&len, &type, work->repo->odb, id) == 0 && (uint32_t)len == known->size_bytes;
}

/**
 * A file that may not be byte for byte its blob, or that should not be: it stands for the blob if it is what a checkout writes, else for itself.  `trusted`: the
 * index says that nothing happened to it, which is all there is to know if a program wrote it.
 */
static int hash_converted(struct ctx_gitwork *work, const char *path, const git_oid *known, bool trusted, git_oid *oid,
	struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	git_oid written;
	int rc = check_out(work, path, known, &text, err);
	if (rc < 0) {
		return rc;
	}
	if (rc == 0) {
		*oid = trusted ? *known : *oid;
		return 0;
	}
	if (git_odb_hash(&written, ctx_buf_str(&text), text.len, GIT_OBJECT_BLOB) < 0) {
		return ctx_fail_nomem(err);
	}
	if (git_oid_equal(&written, oid)) {
		*oid = *known;
	} else if (git_oid_equal(known, oid)) {
		*oid = written; // the blob's id stands for what is checked out, so any other will do
	}
	return 0;
}

int ctx_gitwork_blob(struct ctx_gitwork *work, const char *path, const struct ctx_entry *entry, struct ctx_oid *out,
	struct ctx_error *err) {
	struct ctx_gitindex_file known;
	git_oid blob = { { 0 } }, oid;
	bool tracked = find(work, CTX_STR(path), &known), unchanged = tracked && is_unchanged(work, &known, entry);
	if (tracked) {
		memcpy(blob.id, known.oid, GIT_OID_RAWSZ);
	}
	if (unchanged && (!work->converts || has_size_of_blob(work, &known, &blob))) {
		oid = blob;
	} else {
		int rc = hash(work, path, &oid, err);
		if (rc == 0 && tracked && S_ISREG(known.mode) && work->converts) {
			rc = hash_converted(work, path, &blob, unchanged, &oid, err);
		}
		if (rc < 0) {
			return rc;
		}
	}
	memset(out, 0, sizeof(*out));
	memcpy(out->bytes, oid.id, GIT_OID_RAWSZ);
	out->len = GIT_OID_RAWSZ;
	return 0;
}
