#include "ctxopt/cli/audit_history.h"

#include "analyzer/advice/eol.h"
#include "ctxopt/base/path.h"
#include "ctxopt/context/gittree.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

/** Commits that are looked through for the age of a line, and the largest Dockerfile and CI file. */
#define COMMITS 2000
#define BLOB_MAX (1u << 20)
#define CI_FILES_MAX 100

/* ---- Who keeps it fresh ---- */

/** One repository. */
struct audit_repository {
	/** Its directory, without links. */
	const char *top;
	struct ana_rule_repository facts;
};

/** Read a file below a directory. */
static bool read_below(const char *top, const char *name, struct ctx_buf *out) {
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	struct ctx_error ignored;
	ctx_buf_addf(&path, "%s/%s", top, name);
	ctx_buf_reset(out);
	return ctx_buf_ok(&path) && ctx_read_at(out, AT_FDCWD, ctx_buf_str(&path), BLOB_MAX, &ignored) == 0;
}

/** The configuration of a bot that raises versions in Dockerfiles; NULL. */
static const char *find_bot(const char *top) {
	static const char *const renovate[] = { "renovate.json", "renovate.json5", ".renovaterc", ".renovaterc.json",
		".github/renovate.json", ".github/renovate.json5", ".gitlab/renovate.json" };
	static const char *const dependabot[] = { ".github/dependabot.yml", ".github/dependabot.yaml" };
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	for (size_t i = 0; i < CTX_COUNTOF(renovate); ++i) {
		if (read_below(top, renovate[i], &text)) {
			return renovate[i];
		}
	}
	for (size_t i = 0; i < CTX_COUNTOF(dependabot); ++i) {
		if (read_below(top, dependabot[i], &text) && strstr(ctx_buf_str(&text), "docker") != NULL) {
			return dependabot[i];
		}
	}
	return NULL;
}

/** Does a CI file call a scanner of images? */
static bool scans(const struct ctx_buf *text) {
	static const char *const names[] = { "trivy", "grype", "anchore/scan", "snyk", "docker scout", "docker/scout" };
	for (size_t i = 0; i < CTX_COUNTOF(names); ++i) {
		if (strstr(ctx_buf_str(text), names[i]) != NULL) {
			return true;
		}
	}
	return false;
}

/** Is there a scanner in CI?  A name for it, NULL. */
static const char *find_scanner(const char *top) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT, path = CTX_BUF_INIT;
	if (read_below(top, ".gitlab-ci.yml", &text) && scans(&text)) {
		return ".gitlab-ci.yml";
	}
	ctx_buf_addf(&path, "%s/.github/workflows", top);
	DIR *dir = ctx_buf_ok(&path) ? opendir(ctx_buf_str(&path)) : NULL;
	bool found = false;
	const struct dirent *de = NULL;
	for (unsigned i = 0; dir != NULL && !found && i < CI_FILES_MAX && (de = readdir(dir)) != NULL; ++i) {
		ctx_buf_reset(&path);
		ctx_buf_addf(&path, ".github/workflows/%s", de->d_name);
		found = ctx_buf_ok(&path) && read_below(top, ctx_buf_str(&path), &text) && scans(&text);
	}
	if (dir != NULL) {
		closedir(dir);
	}
	return found ? ".github/workflows" : NULL;
}

/** The directory of a file that has a ".git", or the next one above.  `real` is filled. */
static bool find_top(const char *path, char real[PATH_MAX]) {
	bool found = false, more = realpath(path, real) != NULL;
	while (more && !found) {
		char *slash = strrchr(real, '/'), git[PATH_MAX + 8];
		more = slash != NULL && slash > real;
		if (more) {
			*slash = '\0';
			snprintf(git, sizeof(git), "%s/.git", real);
			found = faccessat(AT_FDCWD, git, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
		}
	}
	return found;
}

bool audit_history_has(const char *path) {
	char top[PATH_MAX];
	return find_top(path, top);
}

/** The repository of a directory, looked at now or before; NULL when out of memory.  Under the lock. */
static struct audit_repository *repository_at(struct audit_repositories *all, const char *top) {
	for (size_t i = 0; i < all->items.count; ++i) {
		if (strcmp(all->items.items[i]->top, top) == 0) {
			return all->items.items[i];
		}
	}
	struct audit_repository *made = ctx_arena_calloc(&all->arena, 1, sizeof(*made));
	if (made == NULL || !CTX_VEC_PUSH(&all->items, made)) {
		return NULL;
	}
	made->top = ctx_arena_memdup0(&all->arena, top, strlen(top));
	made->facts = (struct ana_rule_repository){ .update_bot = find_bot(top), .scanner = find_scanner(top) };
	all->items.count -= made->top == NULL;
	return made->top != NULL ? made : NULL;
}

const struct ana_rule_repository *audit_repository_of(void *arg, const char *path) {
	struct audit_repositories *all = arg;
	char top[PATH_MAX];
	struct audit_repository *found = NULL;
	if (find_top(path, top)) {
		pthread_mutex_lock(&all->lock);
		found = repository_at(all, top);
		pthread_mutex_unlock(&all->lock);
	}
	return found != NULL ? &found->facts : NULL;
}

void audit_repositories_release(struct audit_repositories *repositories) {
	CTX_VEC_RELEASE(&repositories->items);
	ctx_arena_release(&repositories->arena);
}

/* ---- The repository ---- */

/** Path of a file within the repository; NULL if it is elsewhere. */
static const char *below_workdir(const struct audit_history *h, const char *path, char real[PATH_MAX]) {
	size_t len = h->workdir.len;
	if (h->repo == NULL || realpath(path, real) == NULL || strncmp(real, ctx_buf_str(&h->workdir), len) != 0) {
		return NULL;
	}
	return real + len;
}

/** Forget a repository. */
static void close_repo(struct audit_history *h) {
	ctx_gitlog_release(&h->log);
	ctx_gitrepo_free(h->repo);
	h->repo = NULL;
	h->listed = false;
	ctx_buf_reset(&h->workdir);
}

void audit_history_open(struct audit_history *h, const char *path) {
	char real[PATH_MAX], top[PATH_MAX];
	if (below_workdir(h, path, real) == NULL) {
		ctx_auto_buf struct ctx_buf dir = CTX_BUF_INIT;
		struct ctx_error ignored;
		close_repo(h);
		size_t base = ctx_path_base(path, strlen(path));
		ctx_buf_add(&dir, base > 0 ? path : ".", base > 0 ? base : 1);
		bool open = ctx_buf_ok(&dir) && ctx_gitrepo_open(&h->repo, ctx_buf_str(&dir), &ignored) == 0;
		const char *workdir = open ? ctx_gitrepo_workdir(h->repo) : NULL;
		if (workdir == NULL || realpath(workdir, top) == NULL) {
			close_repo(h);
			return;
		}
		ctx_buf_addf(&h->workdir, "%s/", top);
	}
}

/* ---- How old FROM lines are ---- */

/** The id of the file at a commit; false if there is none. */
static bool find_blob(struct audit_history *h, const struct ctx_oid *tree, const char *path, struct ctx_oid *out) {
	struct ctx_gittree read = { 0 };
	struct ctx_oid at = *tree;
	bool found = false;
	while (*path != '\0') {
		size_t len = strcspn(path, "/");
		struct ctx_error ignored;
		const struct ctx_gittree_entry *e = ctx_gittree_read(&read, h->repo, &at, &ignored) == 0
			? ctx_gittree_find(&read, path, len)
			: NULL;
		if (e == NULL) {
			found = false;
			break;
		}
		at = e->oid;
		found = path[len] == '\0' && e->kind == CTX_KIND_FILE;
		path += len + (path[len] == '/');
	}
	ctx_gittree_release(&read);
	*out = at;
	return found;
}

/** Is a piece of text in a Dockerfile of an older commit? */
static bool is_in(const struct ctx_buf *text, struct ctx_str piece) {
	return memmem(ctx_buf_str(text), text->len, piece.ptr, piece.len) != NULL;
}

/** Are the FROM line of a stage and the defaults of the build arguments that it uses, through others too, the same in an older text? */
static bool is_same(const struct ana_dockerfile *df, size_t stage, const struct ctx_buf *text) {
	ctx_auto_buf struct ctx_buf used = CTX_BUF_INIT;
	struct ctx_str base = df->stages.items[stage].base;
	bool same = is_in(text, base);
	ctx_buf_add(&used, base.ptr, base.len);
	// Arguments use those above them
	for (size_t i = df->globals.count; same && i-- > 0;) {
		const struct ana_instruction *ins = &df->globals.items[i];
		for (uint32_t k = 0; same && k < ins->args.count; ++k) {
			const struct ana_arg *arg = &ins->args.items[k];
			if (is_in(&used, arg->name)) {
				ctx_buf_add(&used, arg->value.ptr, arg->value.len);
				same = is_in(text, ins->node->line_text);
			}
		}
	}
	return same && ctx_buf_ok(&used);
}

/** Note for each stage whose FROM is in the text that it is as old as this commit; stages that lack it are done. */
static bool note_stages(struct audit_history *h, const struct ana_dockerfile *df, const struct ctx_buf *text,
	bool *done, int64_t time) {
	bool more = false;
	for (size_t i = 0; i < df->stages.count; ++i) {
		done[i] = done[i] || text == NULL || !is_same(df, i, text);
		h->times[i] = done[i] ? h->times[i] : time;
		more = more || !done[i];
	}
	return more;
}

/** Walk from the newest commit to where the lines appear. */
static void date_lines(struct audit_history *h, const struct ana_dockerfile *df, const char *path, bool *done,
	const volatile int *stop) {
	struct ctx_oid before = { .len = 0 };
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	bool more = true;
	for (size_t i = h->log.commits.count; more && i-- > 0 && !*stop;) {
		const struct ctx_gitlog_commit *c = &h->log.commits.items[i];
		struct ctx_oid blob;
		struct ctx_error ignored;
		bool there = find_blob(h, &c->tree, path, &blob);
		if (there && before.len > 0 && ctx_oid_equal(&blob, &before)) {
			more = note_stages(h, df, &text, done, c->time);
			continue;
		}
		ctx_buf_reset(&text);
		there = there && ctx_gitblob_read(h->repo, &blob, BLOB_MAX, &text, &ignored) == 0;
		more = note_stages(h, df, there ? &text : NULL, done, c->time);
		before = blob;
	}
	if (more && h->log.shallow) {
		memset(h->times, 0, df->stages.count * sizeof(*h->times)); // older than what is there
	}
}

bool audit_history_ages(const struct ana_rule_input *in) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	for (size_t i = 0; i < in->model->stages.count; ++i) {
		struct ana_image image;
		struct ctx_error ignored;
		const struct ana_graph_stage *stage = &in->graph->stages.items[i];
		if (stage->reachable && stage->base_stage == ANA_NONE && !ctx_str_is(stage->base, "scratch") &&
			ana_image_parse(&image, stage->base, &arena, &ignored) == 0 && ana_eol_is_frozen(&image)) {
			return true;
		}
	}
	return false;
}

void audit_history_date(struct audit_history *h, const struct cmd_env *env, const char *path,
	struct ana_rule_input *in) {
	char real[PATH_MAX];
	const char *inside = below_workdir(h, path, real);
	if (inside == NULL) {
		return;
	}
	struct ctx_gitlog_opts opts = { .max = COMMITS, .first_parent = true, .stop = env->stop };
	struct ctx_error ignored;
	h->listed = h->listed || ctx_gitlog_list(&h->log, h->repo, &opts, &ignored) == 0;
	bool *done = ctx_calloc(in->model->stages.count + 1, sizeof(*done));
	h->times = ctx_calloc(in->model->stages.count + 1, sizeof(*h->times));
	if (h->listed && done != NULL && h->times != NULL) {
		date_lines(h, in->model, inside, done, env->stop);
		h->view.from_times = h->times;
		in->history = &h->view;
	}
	free(done);
}

/* ---- How often steps run again ---- */

void audit_history_simulate(struct audit_history *h, struct cmd_env *env, const char *path,
	const struct build_args *build, struct ana_rule_input *in) {
	if (h->repo == NULL || in->context == NULL) {
		return;
	}
	h->load = (struct load_args){ .context = in->context->shown, .dockerfile = path, .umask_bits = 022 };
	if (load_place(env, &h->place, &h->load, NULL) != CMD_OK) {
		return;
	}
	h->peeked = true;
	h->peek = (struct history_peek){ .env = env, .place = &h->place, .load = &h->load, .build = build };
	history_peek_start(&h->peek);
	if (history_peek_finish(&h->peek)) {
		h->view.sim = &h->peek.sim;
		h->view.builds = h->peek.cache.builds;
		in->history = &h->view;
	}
}

void audit_history_reset(struct audit_history *h) {
	if (h->peeked) {
		history_peek_release(&h->peek);
	}
	place_release(&h->place);
	h->place = (struct place)PLACE_INIT;
	h->peeked = false;
	h->view = (struct ana_rule_history){ 0 };
	free(h->times);
	h->times = NULL;
}

void audit_history_release(struct audit_history *h) {
	audit_history_reset(h);
	close_repo(h);
	ctx_buf_release(&h->workdir);
}
