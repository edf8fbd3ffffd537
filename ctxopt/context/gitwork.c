#include "ctxopt/context/gitwork.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/context/gitrepo_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct ctx_gitwork {
	/** Borrowed. */
	struct ctx_gitrepo *repo;
	/** Owned. */
	git_index *index;
	/** When the index was written: a file changed since then, or at that moment, may differ without its state telling. */
	int64_t written_ns;
	uint64_t hashed;
};

int ctx_gitwork_open(struct ctx_gitwork **out, struct ctx_gitrepo *repo, struct ctx_error *err) {
	if (ctx_gitrepo_workdir(repo) == NULL) {
		return ctx_fail(err, CTX_E_MISSING, "a bare repository has no working tree");
	}
	struct ctx_gitwork *work = ctx_calloc(1, sizeof(*work));
	if (work == NULL) {
		return ctx_fail_nomem(err);
	}
	work->repo = repo;
	int rc = git_repository_index(&work->index, repo->git);
	if (rc < 0) {
		ctx_gitwork_free(work);
		return ctx_fail_git(err, rc, CTX_E_CORRUPT, "cannot read the index");
	}
	struct stat st;
	if (stat(git_index_path(work->index), &st) == 0) {
		work->written_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	}
	*out = work;
	return 0;
}

void ctx_gitwork_free(struct ctx_gitwork *work) {
	if (work != NULL) {
		git_index_free(work->index);
		free(work);
	}
}

/** Is the file in the state in which the index knows it? */
static bool is_unchanged(const struct ctx_gitwork *work, const git_index_entry *known, const struct ctx_entry *entry) {
	int64_t seconds = entry->mtime_ns / 1000000000, rest = entry->mtime_ns % 1000000000;
	bool time = known->mtime.seconds == (int32_t)seconds &&
		(known->mtime.nanoseconds == 0 || known->mtime.nanoseconds == (uint32_t)rest);
	bool size = known->file_size == (uint32_t)entry->size_bytes;
	bool inode = known->ino == 0 || known->ino == (uint32_t)entry->inode;
	bool settled = entry->mtime_ns < work->written_ns;
	return time && size && inode && settled && S_ISREG(known->mode);
}

/** Read the file and hash it as git would. */
static int hash(struct ctx_gitwork *work, const char *path, git_oid *oid, struct ctx_error *err) {
	++work->hashed;
	int rc = git_repository_hashfile(oid, work->repo->git, path, GIT_OBJECT_BLOB, NULL);
	if (rc == GIT_ENOTFOUND) {
		return ctx_fail_sys(err, ENOENT, "cannot read '%s'", path);
	}
	return rc < 0 ? ctx_fail_git(err, rc, CTX_E_IO, "cannot read '%s'", path) : 0;
}

int ctx_gitwork_blob(struct ctx_gitwork *work, const char *path, const struct ctx_entry *entry, struct ctx_oid *out,
	struct ctx_error *err) {
	const git_index_entry *known = git_index_get_bypath(work->index, path, 0);
	git_oid oid;
	if (known != NULL && is_unchanged(work, known, entry)) {
		oid = known->id;
	} else {
		int rc = hash(work, path, &oid, err);
		if (rc < 0) {
			return rc;
		}
	}
	memset(out, 0, sizeof(*out));
	memcpy(out->bytes, oid.id, GIT_OID_RAWSZ);
	out->len = GIT_OID_RAWSZ;
	return 0;
}

uint64_t ctx_gitwork_hashed(const struct ctx_gitwork *work) {
	return work->hashed;
}
