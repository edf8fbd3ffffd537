#include "ctxopt/cli/history_work.h"

#include <sys/stat.h>

int history_add(struct history *h, struct cmd_env *env, const char *revision) {
	struct ctx_error err;
	const char *const names[] = { revision };
	struct ctx_gitlog one = { 0 };
	struct ctx_gitlog_opts opts = { .branches = names, .branch_count = 1, .max = 1, .stop = env->stop };
	struct ctx_commit *commit = NULL;
	int rc = ctx_commit_open(&commit, h->place.repo, revision, &err); // a range is none
	ctx_commit_free(commit);
	rc = rc < 0 ? rc : ctx_gitlog_list(&one, h->place.repo, &opts, &err);
	if (rc == 0 && one.commits.count == 0) {
		rc = ctx_fail(&err, CTX_E_MISSING, "no commit '%s'", revision);
	}
	if (rc == 0 && !CTX_VEC_PUSH(&h->log.commits, one.commits.items[0])) {
		rc = ctx_fail_nomem(&err);
	}
	ctx_arena_absorb(&h->log.arena, &one.arena);
	ctx_gitlog_release(&one);
	return rc < 0 ? cmd_fail(env, &err) : CMD_OK;
}

/** ana_identify_fn: the blob that a file of the working tree would be. */
static int identify(void *arg, struct ctx_dir *dir, struct ctx_entry *entry, struct ctx_digest *out,
	struct ctx_error *err) {
	struct history_work *w = arg;
	const struct ctx_buf *prefix = &w->history->place.prefix;
	struct ctx_oid oid;
	ctx_buf_reset(&w->path);
	ctx_buf_add(&w->path, ctx_buf_str(prefix), prefix->len);
	if (w->path.len > 0) {
		ctx_buf_addc(&w->path, '/');
	}
	ctx_entry_path(&w->path, dir, entry);
	if (!ctx_buf_ok(&w->path)) {
		return ctx_fail_nomem(err);
	}
	if ((entry->flags & (CTX_ENTRY_REFUSED | CTX_ENTRY_UNREADABLE)) != 0) {
		*out = ctx_hash_bytes("", 0); // arrives empty
		return 0;
	}
	int rc = ctx_gitwork_blob(w->index, ctx_buf_str(&w->path), entry, &oid, err);
	if (rc == 0) {
		*out = ana_filetree_oid(&oid);
	}
	return rc;
}

/**
 * Give the files the permissions that a checkout would give them: what git does not track is no difference between two builds on one
 * machine.  Returns how many had others.
 */
static size_t normalise_modes(struct ctx_snapshot *snap, unsigned umask_bits) {
	size_t others = 0;
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		bool dir = e->kind == CTX_KIND_DIR;
		if (!dir && e->kind != CTX_KIND_FILE) {
			continue;
		}
		unsigned all = dir || (e->mode & 0100) != 0 ? 0777 : 0666, want = all & ~umask_bits;
		others += ctx_entry_kept(e) && (e->mode & 07777) != want;
		e->mode = (e->mode & ~(uint32_t)07777) | want;
	}
	return others;
}

/** ana_lineage_work.is_gone: nothing of this path in the working tree. */
static bool is_gone(void *arg, const char *path) {
	struct history_work *w = arg;
	struct stat st;
	ctx_buf_reset(&w->path);
	ctx_buf_adds(&w->path, ctx_gitrepo_workdir(w->history->place.repo));
	ctx_buf_adds(&w->path, path);
	return ctx_buf_ok(&w->path) && lstat(ctx_buf_str(&w->path), &st) != 0;
}

int history_run_work(struct history_work *w, struct history *h, struct cmd_env *env, const struct load_args *load,
	const struct cmd_common *common) {
	struct ctx_error err;
	struct load_args now = *load;
	now.commit = NULL;
	now.common_ignore = h->opts.variant.classic;
	int status = load_place(env, &w->place, &now, NULL);
	struct load_opts entries = { .common = common };
	status = status != CMD_OK ? status : load_entries(env, &w->place, &now, &entries);
	if (status != CMD_OK) {
		return status;
	}
	w->history = h;
	int rc = load_dockerfile(&w->place, &err);
	rc = rc < 0 ? rc : ctx_gitwork_open(&w->index, h->place.repo, &err);
	rc = rc < 0 ? rc : present_problems(&h->present, w->place.snap, false, &err);
	if (rc < 0) {
		return cmd_fail(env, &err);
	}
	size_t others = normalise_modes(w->place.snap, load->umask_bits);
	if (others > 0 && common->verbose) {
		cmd_note("%zu files and directories have other permissions than a checkout with umask %03o gives them",
			others, load->umask_bits);
	}
	struct ana_sim_work work = { .snap = w->place.snap,
		.identify = identify,
		.identify_arg = w,
		.dockerfile = w->place.dockerfile_read ? &w->place.dockerfile_text : NULL,
		.is_gone = is_gone,
		.is_gone_arg = w };
	return history_run(h, env, common, &work);
}

void history_work_release(struct history_work *w) {
	ctx_gitwork_free(w->index);
	place_release(&w->place);
	ctx_buf_release(&w->path);
}
