/*
 * Paths of trees, without rules: the directory that is the context, the Dockerfile, the ignore file.  From one commit to the next
 * most trees on the way are the same again, and are not read again (ana_store_take()).
 */
#include "analyzer/cache/filetree_internal.h"

#include "ctxopt/base/path.h"

#include <string.h>

/** Find an entry of a tree: 1, 0 if there is none.  The name is not set. */
static int find_entry(struct ana_filetree *store, const struct ctx_oid *tree, const char *name, size_t len,
	struct ctx_gittree_entry *out, struct ctx_error *err) {
	struct ctx_gittree *side = &store->sides[0];
	int rc = ana_store_take(store, tree, side, err);
	if (rc < 0) {
		return rc;
	}
	const struct ctx_gittree_entry *e = ctx_gittree_find(side, name, len);
	if (e != NULL) {
		*out = *e;
		out->name = NULL; // goes with the tree
	}
	ana_store_give(store, tree, side);
	return e != NULL;
}

/** Go down from a tree to the entry of a clean path: 1, 0 if there is none. */
static int go_down(struct ana_filetree *store, const struct ctx_oid *root, const char *path,
	struct ctx_gittree_entry *out, struct ctx_error *err) {
	struct ctx_oid oid = *root;
	for (;;) {
		size_t len = strcspn(path, "/");
		int rc = find_entry(store, &oid, path, len, out, err);
		if (rc <= 0 || path[len] == '\0') {
			return rc;
		}
		if (out->kind != CTX_KIND_DIR || out->submodule) {
			return 0;
		}
		oid = out->oid;
		path += len + 1;
	}
}

int ana_filetree_commit(struct ana_filetree *store, const struct ctx_oid *root_tree, const char *prefix,
	const struct ctx_ignore *ig, struct ana_dir **out, struct ctx_error *err) {
	const struct ana_node *node;
	int rc = ana_store_root(store, ig, &node, err);
	if (rc < 0) {
		return rc;
	}
	ctx_auto_buf struct ctx_buf clean = CTX_BUF_INIT;
	ctx_path_clean(&clean, prefix, strlen(prefix));
	if (!ctx_buf_ok(&clean)) {
		return ctx_fail_nomem(err);
	}
	struct ctx_oid oid = *root_tree;
	if (strcmp(clean.data, ".") != 0) {
		struct ctx_gittree_entry e;
		rc = go_down(store, root_tree, clean.data, &e, err);
		if (rc < 0) {
			return rc;
		}
		if (rc == 0 || e.kind != CTX_KIND_DIR || e.submodule) {
			return ctx_fail(err, CTX_E_MISSING, "no directory '%s' in the commit", prefix);
		}
		oid = e.oid;
	}
	*out = ana_store_dir(store, &oid, node);
	return *out != NULL ? 0 : ctx_fail_nomem(err);
}

/** A path being resolved. */
struct lookup {
	/** What was reached so far ("" = root).  Owned. */
	struct ctx_buf done;
	/** What is still to be resolved, from offset `at`.  Owned. */
	struct ctx_buf rest;
	size_t at;
	unsigned links;
};

/** Free what a lookup owns. */
static void lookup_release(struct lookup *l) {
	ctx_buf_release(&l->done);
	ctx_buf_release(&l->rest);
}

/** Put a link's target before the rest of the path.  Returns 1; 0, the link leads nowhere. */
static int follow(struct ana_filetree *store, struct lookup *l, const struct ctx_oid *oid, struct ctx_error *err) {
	uint32_t index;
	int rc = ana_store_link(store, oid, &index, err);
	if (rc < 0) {
		return rc;
	}
	const struct ana_link *link = &store->links.items[index];
	if (++l->links > CTX_COMMIT_LINKS_MAX || !link->fits || link->target[0] == '/') {
		return 0; // an absolute target leads out of the tree
	}
	struct ctx_buf fresh = CTX_BUF_INIT;
	ctx_buf_adds(&fresh, link->target);
	ctx_buf_adds(&fresh, ctx_buf_str(&l->rest) + l->at); // empty, or starts with a slash
	ctx_buf_release(&l->rest);
	l->rest = fresh;
	l->at = 0;
	return ctx_buf_ok(&l->rest) ? 1 : ctx_fail_nomem(err);
}

/** Take one component of the path.  Returns 1, and the entry that was reached, at least its kind; 0, there is none. */
static int take_component(struct ana_filetree *store, struct lookup *l, const struct ctx_oid *root, const char *name,
	size_t len, struct ctx_gittree_entry *out, struct ctx_error *err) {
	out->kind = CTX_KIND_DIR; // one above
	if (len == 1 && name[0] == '.') {
		return 1;
	}
	if (len == 2 && name[0] == '.' && name[1] == '.') {
		return ctx_path_up(&l->done);
	}
	if (l->done.len > 0) {
		ctx_buf_addc(&l->done, '/');
	}
	ctx_buf_add(&l->done, name, len);
	if (!ctx_buf_ok(&l->done)) {
		return ctx_fail_nomem(err);
	}
	return go_down(store, root, ctx_buf_str(&l->done), out, err);
}

int ana_filetree_blob(struct ana_filetree *store, const struct ctx_oid *root_tree, const char *path,
	struct ctx_oid *out, struct ctx_error *err) {
	CTX_CLEANUP(lookup_release) struct lookup l = { 0 };
	ctx_buf_adds(&l.rest, path);
	int rc = ctx_buf_ok(&l.rest) ? 1 : ctx_fail_nomem(err);
	while (rc > 0) {
		const char *rest = ctx_buf_str(&l.rest) + l.at;
		const char *name = rest + strspn(rest, "/");
		size_t len = strcspn(name, "/");
		l.at += (size_t)(name - rest) + len;
		if (len == 0) {
			return 0; // a directory
		}
		struct ctx_gittree_entry e;
		rc = take_component(store, &l, root_tree, name, len, &e, err);
		if (rc > 0 && e.kind == CTX_KIND_SYMLINK) {
			(void)ctx_path_up(&l.done);
			rc = follow(store, &l, &e.oid, err);
		} else if (rc > 0 && e.kind == CTX_KIND_FILE) {
			*out = e.oid;
			return name[len] == '\0';
		}
	}
	return rc;
}
