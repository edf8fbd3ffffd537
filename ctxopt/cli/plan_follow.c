#include "ctxopt/cli/plan_follow.h"

/** What follow.h wants to know about an entry. */
static struct ana_follow_entry describe(const struct ctx_entry *e) {
	struct ana_follow_entry out = { .name = { e->name, e->name_len }, .dir = e->kind == CTX_KIND_DIR };
	if (e->kind == CTX_KIND_SYMLINK && e->target != NULL) {
		out.symlink = true;
		out.target = CTX_STR(e->target);
	}
	return out;
}

/** struct ana_follow_tree's lookup. */
static int look_up(void *arg, const char *path, struct ana_follow_entry *out, CTX_UNUSED struct ctx_error *err) {
	const struct ctx_entry *e = ctx_snapshot_find(arg, path, strlen(path));
	if (e == NULL) {
		return 0;
	}
	*out = describe(e);
	return 1;
}

/** struct ana_follow_tree's list. */
static int list(void *arg, const char *path, int (*fn)(void *fn_arg, const struct ana_follow_entry *entry),
	void *fn_arg, CTX_UNUSED struct ctx_error *err) {
	bool root = strcmp(path, ".") == 0 || strcmp(path, "/") == 0;
	const struct ctx_entry *e = ctx_snapshot_find(arg, path, root ? 0 : strlen(path));
	const struct ctx_dir *dir = e == NULL ? NULL : ctx_entry_dir(e);
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && dir != NULL && i < dir->count; ++i) {
		struct ana_follow_entry entry = describe(&dir->entries[i]);
		rc = fn(fn_arg, &entry);
	}
	return rc;
}

int plan_follow(struct ana_words *patterns, const struct ana_local *local, int fd, struct ctx_snapshot *snap,
	struct ctx_arena *arena, struct ctx_error *err) {
	if (fd < 0) {
		struct ana_follow_tree tree = { .arg = snap, .lookup = look_up, .list = list };
		return ana_follow_links(patterns, local->paths, local->path_count, &tree, arena, err);
	}
	struct ana_follow_fd files;
	ana_follow_fd_init(&files, fd);
	int rc = ana_follow_links(patterns, local->paths, local->path_count, &files.tree, arena, err);
	ana_follow_fd_release(&files);
	return rc;
}
