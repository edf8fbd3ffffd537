/*
 * A commit as a snapshot: its trees are walked depth first with a stack of open trees, which is as deep as the tree and
 * no deeper than CTX_COMMIT_DEPTH_MAX.  A blob's size is read from the object's header, so no content is unpacked.
 */
#include "ctxopt/context/gitrepo_internal.h"

#include "ctxopt/base/path.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct ctx_commit {
	/** Borrowed. */
	struct ctx_gitrepo *repo;
	/** The root tree.  Owned. */
	git_tree *tree;
	char id[GIT_OID_HEXSZ + 1];
};

/* ---- Life cycle ---- */

/**
 * Is this a plain name, and of nothing?  git_revparse_single() would say the same, but libgit2 1.5 leaks 20 kB whenever
 * it comes to ask whether a name is output of `git describe` (src/util/regexp.c, git_regexp_match).
 */
static bool is_unknown(struct ctx_gitrepo *repo, const char *revision) {
	size_t len = strlen(revision);
	if (len == 0 || strpbrk(revision, "^~:@{}") != NULL || strstr(revision, "-g") != NULL) {
		return false;
	}
	git_reference *ref = NULL;
	int rc = git_reference_dwim(&ref, repo->git, revision);
	git_reference_free(ref);
	if (rc != GIT_ENOTFOUND) {
		return false;
	}
	git_oid oid;
	bool hex = len >= GIT_OID_MINPREFIXLEN && len <= GIT_OID_HEXSZ && git_oid_fromstrn(&oid, revision, len) == 0;
	return !hex || git_odb_exists_prefix(NULL, repo->odb, &oid, len) == GIT_ENOTFOUND;
}

/** Say why a revision is none, in words that are not the library's. */
static int fail_revision(struct ctx_gitrepo *repo, const char *revision, int git_rc, struct ctx_error *err) {
	if (git_rc == GIT_EPEEL) {
		return ctx_fail(err, CTX_E_USAGE, "'%s' is not a commit", revision);
	}
	if (git_rc == GIT_EINVALIDSPEC) {
		return ctx_fail(err, CTX_E_USAGE,
			strstr(revision, "..") != NULL ? "'%s' is not one commit" : "'%s' is not a revision", revision);
	}
	const git_error *last = git_error_last();
	bool object = last != NULL && last->klass == GIT_ERROR_ODB; // it leads to one that is not there
	int rc = ctx_fail_git(err, git_rc, object ? CTX_E_CORRUPT : CTX_E_MISSING, "cannot read commit '%s'", revision);
	if (object && git_rc == GIT_ENOTFOUND && git_repository_is_shallow(repo->git) == 1) {
		return ctx_fail(err, CTX_E_MISSING, "commit '%s' is not in the repository: the clone is shallow",
			revision);
	}
	return rc;
}

int ctx_git_resolve(git_object **out, struct ctx_gitrepo *repo, const char *revision, struct ctx_error *err) {
	if (is_unknown(repo, revision)) {
		return ctx_fail(err, CTX_E_MISSING, "no commit '%s' in the repository", revision);
	}
	git_object *named = NULL;
	int rc = git_revparse_single(&named, repo->git, revision);
	if (rc == 0) {
		rc = git_object_peel(out, named, GIT_OBJECT_COMMIT);
		rc = rc == GIT_EINVALIDSPEC ? GIT_EPEEL : rc;
	}
	git_object_free(named);
	return rc < 0 ? fail_revision(repo, revision, rc, err) : 0;
}

int ctx_commit_open(struct ctx_commit **out, struct ctx_gitrepo *repo, const char *revision, struct ctx_error *err) {
	git_object *object = NULL;
	int rc = ctx_git_resolve(&object, repo, revision, err);
	if (rc < 0) {
		return rc;
	}
	struct ctx_commit *commit = ctx_calloc(1, sizeof(*commit));
	if (commit == NULL) {
		git_object_free(object);
		return ctx_fail_nomem(err);
	}
	commit->repo = repo;
	git_oid_tostr(commit->id, sizeof(commit->id), git_object_id(object));
	rc = git_commit_tree(&commit->tree, (git_commit *)object);
	git_object_free(object);
	if (rc < 0) {
		ctx_commit_free(commit);
		if (rc == GIT_ENOTFOUND) {
			return ctx_fail(err, CTX_E_CORRUPT,
				"the tree of commit '%s' is not in the repository (a partial clone?)", revision);
		}
		return ctx_fail_git(err, rc, CTX_E_CORRUPT, "cannot read commit '%s'", revision);
	}
	*out = commit;
	return 0;
}

void ctx_commit_free(struct ctx_commit *commit) {
	if (commit == NULL) {
		return;
	}
	git_tree_free(commit->tree);
	free(commit);
}

const char *ctx_commit_id(const struct ctx_commit *commit) {
	return commit->id;
}

/* ---- Blobs ---- */

/** Report that a blob cannot be read. */
static int fail_blob(const struct ctx_commit *commit, int git_rc, const char *path, struct ctx_error *err) {
	if (git_rc == GIT_ENOTFOUND) {
		return ctx_fail(err, CTX_E_CORRUPT, "'%s' of commit %.12s is not in the repository (a partial clone?)",
			path, commit->id);
	}
	return ctx_fail_git(err, git_rc, CTX_E_CORRUPT, "cannot read '%s' of commit %.12s", path, commit->id);
}

/** Ask for the size of a blob, whose content is not unpacked.  Returns a code of libgit2. */
static int ask_size(const struct ctx_commit *commit, const git_oid *oid, uint64_t *size) {
	size_t len = 0;
	git_object_t type = GIT_OBJECT_INVALID;
	int rc = git_odb_read_header(&len, &type, commit->repo->odb, oid);
	if (rc == 0 && type != GIT_OBJECT_BLOB) {
		git_error_set_str(GIT_ERROR_ODB, "the object is no blob");
		rc = GIT_ERROR;
	}
	*size = len;
	return rc;
}

/** Size of a blob. */
static int blob_size(const struct ctx_commit *commit, const git_oid *oid, const char *path, uint64_t *size,
	struct ctx_error *err) {
	int rc = ask_size(commit, oid, size);
	return rc < 0 ? fail_blob(commit, rc, path, err) : 0;
}

/** Read a whole object; git_odb_object_free() it. */
static int read_object(const struct ctx_commit *commit, const git_oid *oid, const char *path, git_odb_object **out,
	struct ctx_error *err) {
	int rc = git_odb_read(out, commit->repo->odb, oid);
	return rc < 0 ? fail_blob(commit, rc, path, err) : 0;
}

/** Append the content of a blob. */
static int read_blob(const struct ctx_commit *commit, const git_oid *oid, const char *path, struct ctx_buf *out,
	struct ctx_error *err) {
	git_odb_object *object = NULL;
	int rc = read_object(commit, oid, path, &object, err);
	if (rc < 0) {
		return rc;
	}
	ctx_buf_add(out, git_odb_object_data(object), git_odb_object_size(object));
	git_odb_object_free(object);
	return ctx_buf_ok(out) ? 0 : ctx_fail_nomem(err);
}

/* ---- Snapshots ---- */

/** An open tree. */
struct frame {
	/** Owned. */
	git_tree *tree;
	/** Next entry of it. */
	size_t next;
	/** Bytes of its path, without a final slash. */
	size_t path_len;
};

/** A walk over the trees of a commit. */
struct walk {
	const struct ctx_commit *commit;
	unsigned umask_bits;
	struct ctx_snapshot *snap;
	/** Open trees, the root first.  Owned. */
	CTX_VEC(struct frame) frames;
	/** Path of the current entry, and scratch for targets.  Owned. */
	struct ctx_buf path, target;
	uint32_t entries;
};

/** Push an open tree, which becomes the walk's also on failure. */
static int push_tree(struct walk *w, git_tree *tree, struct ctx_error *err) {
	struct frame frame = { .tree = tree, .path_len = w->path.len };
	if (w->frames.count >= CTX_COMMIT_DEPTH_MAX) {
		git_tree_free(tree);
		return ctx_fail(err, CTX_E_LIMIT, "trees of commit %.12s are nested deeper than %d", w->commit->id,
			CTX_COMMIT_DEPTH_MAX);
	}
	if (!CTX_VEC_PUSH(&w->frames, frame)) {
		git_tree_free(tree);
		return ctx_fail_nomem(err);
	}
	return 0;
}

/** Go down into the subtree that is the current entry. */
static int enter_tree(struct walk *w, const git_tree_entry *te, struct ctx_error *err) {
	git_tree *tree = NULL;
	int rc = git_tree_lookup(&tree, w->commit->repo->git, git_tree_entry_id(te));
	if (rc < 0) {
		return ctx_fail_git(err, rc, CTX_E_CORRUPT, "cannot read '%s' of commit %.12s", w->path.data,
			w->commit->id);
	}
	return push_tree(w, tree, err);
}

/** Note that the current entry is not as a checkout would have it. */
static int add_problem(struct walk *w, int sysno, const char *what, bool fails_build, struct ctx_error *err) {
	return ctx_snapshot_add_problem(w->snap, w->path.data, w->path.len, sysno, what, fails_build, err);
}

/**
 * Size of the current entry's blob.  A blob that is not there is no damage but the way of a partial clone, which fetches
 * it when it is checked out: the entry stays, unreadable.
 */
static int entry_size(struct walk *w, const git_oid *oid, struct ctx_entry *e, struct ctx_error *err) {
	int rc = ask_size(w->commit, oid, &e->size_bytes);
	if (rc == GIT_ENOTFOUND) {
		e->size_bytes = 0;
		e->flags |= CTX_ENTRY_UNREADABLE;
		return add_problem(w, 0, "not in the repository (a partial clone?)", false, err);
	}
	return rc < 0 ? fail_blob(w->commit, rc, w->path.data, err) : 0;
}

/** Read a symlink's target into the entry; `*fits` tells whether a file system could hold it. */
static int read_target(struct walk *w, const git_oid *oid, struct ctx_entry *e, bool *fits, struct ctx_error *err) {
	int rc = entry_size(w, oid, e, err);
	*fits = e->size_bytes <= CTX_COMMIT_TARGET_MAX;
	e->target = "";
	if (rc < 0 || !*fits || (e->flags & CTX_ENTRY_UNREADABLE) != 0) {
		return rc;
	}
	ctx_buf_reset(&w->target);
	rc = read_blob(w->commit, oid, w->path.data, &w->target, err);
	e->target = ctx_buf_str(&w->target); // a NUL byte ends it, as it does for symlink(2)
	return rc;
}

/** Add the current entry, whose path is set; directories are entered by the caller. */
static int add_entry(struct walk *w, const git_tree_entry *te, struct ctx_error *err) {
	const git_oid *oid = git_tree_entry_id(te);
	git_filemode_t mode = git_tree_entry_filemode(te);
	uint32_t bits = ~w->umask_bits & 0777;
	struct ctx_entry e = { .flags = CTX_ENTRY_KEPT };
	size_t oid_len = 0;
	bool fits = true;
	int rc = 0;
	if (mode == GIT_FILEMODE_TREE || mode == GIT_FILEMODE_COMMIT) {
		e.kind = CTX_KIND_DIR;
		e.mode = S_IFDIR | bits;
		e.flags |= mode == GIT_FILEMODE_COMMIT ? CTX_ENTRY_SUBMODULE : 0;
	} else if (mode == GIT_FILEMODE_LINK) {
		e.kind = CTX_KIND_SYMLINK;
		e.mode = S_IFLNK | 0777;
		rc = read_target(w, oid, &e, &fits, err);
	} else {
		e.kind = CTX_KIND_FILE;
		e.mode = S_IFREG | (bits & (mode == GIT_FILEMODE_BLOB_EXECUTABLE ? 0777u : 0666u));
		e.oid = oid->id;
		oid_len = sizeof(oid->id);
		rc = entry_size(w, oid, &e, err);
	}
	if (rc < 0) {
		return rc;
	}
	if (!fits) {
		return add_problem(w, ENAMETOOLONG, "symlink that cannot be checked out", true, err);
	}
	return ctx_snapshot_add(w->snap, w->path.data, w->path.len, &e, oid_len, err);
}

/** Handle the next entry of the innermost tree. */
static int step(struct walk *w, struct ctx_error *err) {
	struct frame *frame = &w->frames.items[w->frames.count - 1];
	if (frame->next == git_tree_entrycount(frame->tree)) {
		git_tree_free(frame->tree);
		--w->frames.count;
		return 0;
	}
	const git_tree_entry *te = git_tree_entry_byindex(frame->tree, frame->next++);
	const char *name = git_tree_entry_name(te);
	ctx_buf_truncate(&w->path, frame->path_len);
	if (ctx_git_is_bad_name(name, strlen(name))) {
		return ctx_fail(err, CTX_E_CORRUPT,
			"commit %.12s has an entry named '%s', which git does not check out", w->commit->id, name);
	}
	if (++w->entries > CTX_COMMIT_ENTRIES_MAX) {
		return ctx_fail(err, CTX_E_LIMIT, "commit %.12s has more than %u entries", w->commit->id,
			CTX_COMMIT_ENTRIES_MAX);
	}
	if (frame->path_len > 0) {
		ctx_buf_addc(&w->path, '/');
	}
	ctx_buf_adds(&w->path, name);
	if (!ctx_buf_ok(&w->path)) {
		return ctx_fail_nomem(err);
	}
	int rc = add_entry(w, te, err);
	if (rc == 0 && git_tree_entry_filemode(te) == GIT_FILEMODE_TREE) {
		rc = enter_tree(w, te, err);
	}
	return rc;
}

/** Look up the tree at a prefix. */
static int find_prefix(const struct ctx_commit *commit, const char *prefix, git_tree **out, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf clean = CTX_BUF_INIT;
	ctx_path_clean(&clean, prefix, strlen(prefix));
	if (!ctx_buf_ok(&clean)) {
		return ctx_fail_nomem(err);
	}
	int rc;
	if (strcmp(clean.data, ".") == 0) {
		rc = git_tree_dup(out, commit->tree);
		return rc < 0 ? ctx_fail_git(err, rc, CTX_E_CORRUPT, "commit %.12s", commit->id) : 0;
	}
	git_tree_entry *te = NULL;
	rc = git_tree_entry_bypath(&te, commit->tree, clean.data);
	bool is_tree = rc == 0 && git_tree_entry_type(te) == GIT_OBJECT_TREE;
	if (is_tree) {
		rc = git_tree_lookup(out, commit->repo->git, git_tree_entry_id(te));
	}
	git_tree_entry_free(te);
	if ((rc == 0 && !is_tree) || (rc == GIT_ENOTFOUND && !is_tree)) {
		return ctx_fail(err, CTX_E_MISSING, "commit %.12s has no directory '%s'", commit->id, prefix);
	}
	return rc < 0 ? ctx_fail_git(err, rc, CTX_E_CORRUPT, "cannot read '%s' of commit %.12s", prefix, commit->id)
		      : 0;
}

/** Free what a walk owns. */
static void walk_release(struct walk *w) {
	for (size_t i = 0; i < w->frames.count; ++i) {
		git_tree_free(w->frames.items[i].tree);
	}
	CTX_VEC_RELEASE(&w->frames);
	ctx_buf_release(&w->path);
	ctx_buf_release(&w->target);
	ctx_snapshot_free(w->snap);
}

int ctx_commit_snapshot(struct ctx_snapshot **out, struct ctx_commit *commit, const char *prefix, unsigned umask_bits,
	struct ctx_error *err) {
	CTX_CLEANUP(walk_release) struct walk w = { .commit = commit, .umask_bits = umask_bits };
	w.snap = ctx_snapshot_new(1);
	if (w.snap == NULL) {
		return ctx_fail_nomem(err);
	}
	w.snap->origin = CTX_ORIGIN_COMMIT;
	w.snap->root.mode = S_IFDIR | (~umask_bits & 0777);

	git_tree *tree = NULL;
	int rc = find_prefix(commit, prefix, &tree, err);
	if (rc == 0) {
		rc = push_tree(&w, tree, err);
	}
	while (rc == 0 && w.frames.count > 0) {
		rc = step(&w, err);
	}
	if (rc == 0) {
		rc = ctx_snapshot_seal(w.snap, err);
	}
	if (rc == 0) {
		ctx_snapshot_sort_problems(w.snap);
		*out = CTX_STEAL(w.snap);
	}
	return rc;
}

/* ---- Reading by path ---- */

/** A path being resolved. */
struct lookup {
	const struct ctx_commit *commit;
	/** The path as it was asked for. */
	const char *asked;
	/** What was reached so far ("" = root).  Owned. */
	struct ctx_buf done;
	/** What is still to be resolved, from offset `at`.  Owned. */
	struct ctx_buf rest;
	size_t at;
	unsigned links;
};

/** Report that the path leads nowhere. */
static int fail_missing(const struct lookup *l, struct ctx_error *err) {
	return ctx_fail(err, CTX_E_MISSING, "commit %.12s has no file '%s'", l->commit->id, l->asked);
}

/** Go down to an entry of what was reached. */
static int go_down(struct lookup *l, const char *name, size_t len, git_filemode_t *mode, git_oid *oid,
	struct ctx_error *err) {
	if (l->done.len > 0) {
		ctx_buf_addc(&l->done, '/');
	}
	ctx_buf_add(&l->done, name, len);
	if (!ctx_buf_ok(&l->done)) {
		return ctx_fail_nomem(err);
	}
	git_tree_entry *te = NULL;
	int rc = git_tree_entry_bypath(&te, l->commit->tree, l->done.data);
	if (rc == GIT_ENOTFOUND) {
		return fail_missing(l, err);
	}
	if (rc < 0) {
		return ctx_fail_git(err, rc, CTX_E_CORRUPT, "cannot read '%s' of commit %.12s", l->asked,
			l->commit->id);
	}
	*mode = git_tree_entry_filemode(te);
	*oid = *git_tree_entry_id(te);
	git_tree_entry_free(te);
	return 0;
}

/** Put a link's target before the rest of the path; it is relative to the directory that holds the link. */
static int follow_link(struct lookup *l, const git_oid *oid, struct ctx_error *err) {
	if (++l->links > CTX_COMMIT_LINKS_MAX) {
		return ctx_fail(err, CTX_E_LIMIT, "'%s' leads through more than %d links", l->asked,
			CTX_COMMIT_LINKS_MAX);
	}
	uint64_t size;
	int rc = blob_size(l->commit, oid, l->asked, &size, err);
	if (rc < 0) {
		return rc;
	}
	if (size > CTX_COMMIT_TARGET_MAX) {
		return fail_missing(l, err);
	}
	ctx_auto_buf struct ctx_buf target = CTX_BUF_INIT;
	rc = read_blob(l->commit, oid, l->asked, &target, err);
	if (rc < 0) {
		return rc;
	}
	ctx_buf_truncate(&target, strlen(ctx_buf_str(&target))); // a NUL byte ends it, as it does for symlink(2)
	if (ctx_buf_str(&target)[0] == '/') {
		return fail_missing(l, err); // leads out of the repository
	}
	ctx_buf_adds(&target, ctx_buf_str(&l->rest) + l->at); // empty, or starts with a slash
	struct ctx_buf old = l->rest;
	l->rest = target;
	l->at = 0;
	target = old; // released on return
	return ctx_buf_ok(&l->rest) ? 0 : ctx_fail_nomem(err);
}

/** Resolve the path to a file. */
static int resolve(struct lookup *l, git_oid *oid, struct ctx_error *err) {
	while (true) {
		const char *rest = ctx_buf_str(&l->rest) + l->at;
		const char *name = rest + strspn(rest, "/");
		size_t len = strcspn(name, "/");
		l->at += (size_t)(name - rest) + len;
		if (len == 0) {
			return ctx_fail_sys(err, EISDIR, "cannot read '%s' of commit %.12s", l->asked, l->commit->id);
		}
		if (len == 1 && name[0] == '.') {
			continue;
		}
		if (len == 2 && name[0] == '.' && name[1] == '.') {
			if (!ctx_path_up(&l->done)) {
				return fail_missing(l, err); // leads out of the repository
			}
			continue;
		}
		git_filemode_t mode = GIT_FILEMODE_UNREADABLE;
		int rc = go_down(l, name, len, &mode, oid, err);
		if (rc == 0 && mode == GIT_FILEMODE_LINK) {
			(void)ctx_path_up(&l->done);
			rc = follow_link(l, oid, err);
		} else if (rc == 0 && mode != GIT_FILEMODE_TREE && mode != GIT_FILEMODE_COMMIT) {
			return name[len] == '\0' ? 0 : fail_missing(l, err);
		}
		if (rc < 0) {
			return rc;
		}
	}
}

/** Free what a lookup owns. */
static void lookup_release(struct lookup *l) {
	ctx_buf_release(&l->done);
	ctx_buf_release(&l->rest);
}

int ctx_commit_read(struct ctx_commit *commit, const char *path, size_t max, struct ctx_buf *out,
	struct ctx_error *err) {
	CTX_CLEANUP(lookup_release) struct lookup l = { .commit = commit, .asked = path };
	ctx_buf_adds(&l.rest, path);
	if (!ctx_buf_ok(&l.rest)) {
		return ctx_fail_nomem(err);
	}
	git_oid oid;
	int rc = resolve(&l, &oid, err);
	if (rc < 0) {
		return rc;
	}
	uint64_t size;
	rc = blob_size(commit, &oid, path, &size, err);
	if (rc == 0 && size > max) {
		rc = ctx_fail(err, CTX_E_LIMIT, "'%s' is larger than %zu bytes", path, max);
	}
	return rc < 0 ? rc : read_blob(commit, &oid, path, out, err);
}

/* ---- Contents of a snapshot ---- */

/** Object id of a snapshot's file. */
static git_oid entry_oid(const struct ctx_entry *e) {
	git_oid oid;
	assert(e->kind == CTX_KIND_FILE && e->oid != NULL);
	(void)git_oid_fromraw(&oid, e->oid);
	return oid;
}

int ctx_commit_read_entry(struct ctx_commit *commit, const struct ctx_entry *e, struct ctx_buf *out,
	struct ctx_error *err) {
	git_oid oid = entry_oid(e);
	return read_blob(commit, &oid, e->name, out, err);
}

/** Digest for merkle.h.  libgit2 locks its object database, so workers need nothing of their own. */
static int digest_entry(void *arg, unsigned worker, const struct ctx_entry *e, const char *path, struct ctx_digest *out,
	struct ctx_error *err) {
	(void)worker;
	const struct ctx_commit *commit = arg;
	git_oid oid = entry_oid(e);
	git_odb_object *object = NULL;
	int rc = read_object(commit, &oid, path, &object, err);
	if (rc < 0) {
		return rc;
	}
	*out = ctx_hash_bytes(git_odb_object_data(object), git_odb_object_size(object));
	git_odb_object_free(object);
	return 0;
}

struct ctx_content_source ctx_commit_contents(struct ctx_commit *commit) {
	return (struct ctx_content_source){ .digest = digest_entry, .arg = commit };
}
