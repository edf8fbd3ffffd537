#include "ctxopt/cli/audit_files.h"

#include "ctxopt/base/path.h"
#include "ctxopt/cli/find_dockerfile.h"
#include "ctxopt/context/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/** How far and how much is searched. */
#define DEPTH_MAX 64
#define FILES_MAX 100000
#define DIRS_MAX 1000000

/** Fill in a file. */
static int make(struct audit_files *files, const char *path, const char *root, struct audit_file *out,
	struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf clean = CTX_BUF_INIT;
	ctx_path_clean(&clean, path, strlen(path));
	*out = (struct audit_file){ .path = ctx_arena_memdup0(&files->arena, ctx_buf_str(&clean), clean.len),
		.root = ctx_arena_memdup0(&files->arena, root, strlen(root)) };
	return ctx_buf_ok(&clean) && out->path != NULL && out->root != NULL ? 0 : ctx_fail_nomem(err);
}

int audit_files_add_dockerfile(struct audit_files *files, const char *path, const char *root, struct ctx_error *err) {
	struct audit_file file;
	int rc = make(files, path, root, &file, err);
	return rc < 0 || CTX_VEC_PUSH(&files->items, file) ? rc : ctx_fail_nomem(err);
}

/** Add a YAML file. */
static int add_yaml(struct audit_files *files, const char *path, const char *root, struct ctx_error *err) {
	struct audit_file file;
	int rc = make(files, path, root, &file, err);
	return rc < 0 || CTX_VEC_PUSH(&files->yaml, file) ? rc : ctx_fail_nomem(err);
}

/** All Dockerfiles and YAML files of a directory. */
static int add_directory(struct audit_files *files, const char *operand, struct ctx_error *err) {
	auto_find_candidates struct find_candidates found = { .want_yaml = true };
	bool complete;
	find_dockerfiles(&found, operand, DEPTH_MAX, FILES_MAX, DIRS_MAX, &complete);
	files->incomplete = files->incomplete || !complete;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < found.paths.count + found.yaml.count; ++i) {
		ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
		bool yaml = i >= found.paths.count;
		ctx_path_join(&path, operand, yaml ? found.yaml.items[i - found.paths.count] : found.paths.items[i]);
		rc = !ctx_buf_ok(&path) ? ctx_fail_nomem(err)
			: yaml          ? add_yaml(files, ctx_buf_str(&path), operand, err)
					: audit_files_add_dockerfile(files, ctx_buf_str(&path), operand, err);
	}
	return rc;
}

int audit_files_add(struct audit_files *files, const char *operand, struct ctx_error *err) {
	struct stat st;
	if (stat(operand, &st) != 0) {
		return ctx_fail_sys(err, errno, "cannot read '%s'", operand);
	}
	if (S_ISDIR(st.st_mode)) {
		return add_directory(files, operand, err);
	}
	// Below the working directory that may be the context, else the file's own
	const char *root = operand[0] == '/' || strncmp(operand, "../", 3) == 0 ? "" : ".";
	return find_is_yaml(operand) ? add_yaml(files, operand, root, err)
				     : audit_files_add_dockerfile(files, operand, root, err);
}

/* ---- Which context ---- */

/** Is the path of a read there, below a directory?  Paths with wildcards say nothing. */
static bool has(const char *directory, struct ctx_str path) {
	for (size_t i = 0; i < path.len; ++i) {
		if (path.ptr[i] == '\0' || strchr("*?[\\", path.ptr[i]) != NULL) {
			return true;
		}
	}
	ctx_auto_buf struct ctx_buf full = CTX_BUF_INIT;
	ctx_buf_addf(&full, "%s/%.*s", directory, CTX_STR_ARGS(path));
	struct stat st;
	return ctx_buf_ok(&full) && lstat(ctx_buf_str(&full), &st) == 0;
}

/** Does a directory have what the steps read?  `*named`: they read something by name. */
static bool fits(const struct ana_build_view *view, const char *directory, bool *named) {
	for (size_t i = 0; i < view->reads.items.count; ++i) {
		const struct ana_read *read = &view->reads.items.items[i];
		if (read->local != 0 || read->path.len <= 1) {
			continue;
		}
		*named = true;
		if (!has(directory, read->path)) {
			return false;
		}
	}
	return true;
}

/** Names of directories that hold Dockerfiles of what lies above them. */
static const char aside[] = " docker .docker dockerfiles Docker build ci .ci deploy deployment .devcontainer "
			    "container containers images packaging hack scripts infra .github ops devops test tests ";

/** Does it lie among data of tests?  Then nobody builds it with what lies above. */
static bool is_sample(const char *path) {
	return strstr(path, "/fixtures/") != NULL || strstr(path, "/testdata/") != NULL ||
		strstr(path, "/testfiles/") != NULL;
}

/** Find the directory.  1 found; 0 not known. */
static int find_directory(struct ctx_buf *out, const struct audit_file *file, const struct ana_build_view *view,
	bool *assumed, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf dir = CTX_BUF_INIT;
	size_t base = ctx_path_base(file->path, strlen(file->path));
	ctx_buf_add(&dir, file->path, base > 1 ? base - 1 : base);
	ctx_auto_buf struct ctx_buf root = CTX_BUF_INIT;
	ctx_path_clean(&root, file->root, strlen(file->root));
	const char *top = strcmp(ctx_buf_str(&root), ".") == 0 ? "" : ctx_buf_str(&root);
	bool first = true, more = true;
	while (more && ctx_buf_ok(&dir)) {
		const char *path = dir.len == 0 ? "." : ctx_buf_str(&dir);
		bool named = false, at_top = strcmp(ctx_buf_str(&dir), top) == 0;
		if (fits(view, path, &named)) {
			struct ctx_str last = CTX_STR(path);
			last = ctx_str_from(last, ctx_path_base(path, last.len));
			*assumed = !at_top || !first;
			bool other = ctx_str_ends(CTX_STR(file->path), ".Dockerfile") ||
				ctx_str_ends(CTX_STR(file->path), ".dockerfile");
			if (!named && !at_top && (other || ctx_str_is_listed(last, aside))) {
				return 0; // "COPY . ." fits everywhere
			}
			ctx_buf_adds(out, path);
			return ctx_buf_ok(out) ? 1 : ctx_fail_nomem(err);
		}
		more = !at_top && !is_sample(file->path) && file->root[0] != '\0' && ctx_path_up(&dir);
		first = false;
	}
	return ctx_buf_ok(&dir) ? 0 : ctx_fail_nomem(err);
}

/* ---- What it holds ---- */

/** ctx_read_fn on the file system. */
static int read_file(CTX_UNUSED void *arg, const char *path, struct ctx_buf *out, struct ctx_error *err) {
	return ctx_read_at(out, AT_FDCWD, path, CTX_IGNORE_FILE_MAX, err);
}

/** Free a context. */
static void context_free(struct audit_context *c) {
	if (c != NULL) {
		ctx_waste_release(&c->waste);
		ctx_snapshot_free(c->snap);
		ctx_ignore_free(c->ignore);
		ctx_ignore_source_release(&c->source);
		ctx_close_fd(&c->fd);
		ctx_buf_release(&c->directory);
		ctx_buf_release(&c->ignore_path);
		free(c);
	}
}

/** Walk. */
static int walk(struct audit_context *c, const struct cmd_env *env, unsigned jobs, struct ctx_error *err) {
	const char *directory = ctx_buf_str(&c->directory);
	int rc = 0;
	if (c->source.path != NULL) {
		rc = ctx_ignore_parse(&c->ignore, c->source.syntax, ctx_buf_str(&c->source.text), c->source.text.len,
			err);
		rc = ctx_wrap(err, rc, "'%s'", c->source.path);
	}
	c->fd = rc < 0 ? -1 : open(directory, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
	if (rc == 0 && c->fd < 0) {
		rc = ctx_fail_sys(err, errno, "cannot open '%s'", directory);
	}
	struct ctx_walk_opts opts = { .jobs = jobs, .stop = env->stop };
	rc = rc < 0 ? rc : ctx_walk(&c->snap, c->fd, c->ignore, &opts, err);
	return rc < 0 ? rc : ctx_waste_find(&c->waste, c->snap, err);
}

/** Fill what rules see. */
static void fill_view(struct audit_context *c) {
	c->view = (struct ana_rule_context){ .shown = ctx_buf_str(&c->directory),
		.snap = c->snap,
		.waste = &c->waste,
		.ignore_file = c->source.path,
		.ignore_rules = c->ignore == NULL ? 0 : ctx_ignore_count(c->ignore),
		.root_fd = c->fd };
	ana_rule_context_count(&c->view);
}

/** Walk a context that others may wait for. */
static void walk_shared(struct audit_files *files, struct audit_context *c, const struct cmd_env *env, unsigned jobs) {
	int rc = walk(c, env, jobs, &c->error);
	if (rc == 0) {
		fill_view(c);
	}
	pthread_mutex_lock(&files->lock);
	c->rc = rc;
	c->walked = true;
	pthread_cond_broadcast(&files->ready);
	pthread_mutex_unlock(&files->lock);
}

/** The same context as one that is there; NULL.  Under the lock. */
static struct audit_context *find_same(const struct audit_files *files, const struct audit_context *wanted) {
	for (size_t i = 0; i < files->contexts.count; ++i) {
		struct audit_context *c = files->contexts.items[i];
		if (strcmp(ctx_buf_str(&c->directory), ctx_buf_str(&wanted->directory)) == 0 &&
			strcmp(ctx_buf_str(&c->ignore_path), ctx_buf_str(&wanted->ignore_path)) == 0) {
			return c;
		}
	}
	return NULL;
}

/** Take out the context that was not asked for longest, if there are too many that nobody uses; NULL.  Under the lock. */
static struct audit_context *take_old(struct audit_files *files) {
	size_t idle = 0, oldest = 0;
	for (size_t i = 0; i < files->contexts.count; ++i) {
		const struct audit_context *c = files->contexts.items[i];
		if (c->users == 0) {
			oldest = idle == 0 || c->asked < files->contexts.items[oldest]->asked ? i : oldest;
			++idle;
		}
	}
	struct audit_context *old = NULL;
	if (idle > AUDIT_CONTEXTS_KEPT) {
		old = files->contexts.items[oldest];
		files->contexts.items[oldest] = files->contexts.items[--files->contexts.count];
	}
	return old;
}

void audit_context_drop(struct audit_files *files, struct audit_context_use *use) {
	if (use->context != NULL) {
		pthread_mutex_lock(&files->lock);
		--use->context->users;
		struct audit_context *old = take_old(files);
		pthread_mutex_unlock(&files->lock);
		context_free(old);
	}
	use->context = NULL;
}

/** Use the context that is like this one, which is taken in or freed. */
static int use_context(struct audit_files *files, struct audit_context *mine, struct audit_context **out,
	const struct cmd_env *env, unsigned jobs, struct ctx_error *err) {
	pthread_mutex_lock(&files->lock);
	struct audit_context *c = find_same(files, mine);
	bool made = c == NULL, ok = !made || CTX_VEC_PUSH(&files->contexts, mine);
	c = made ? mine : c;
	++c->users;
	c->asked = ++files->asked;
	while (!made && !c->walked) {
		pthread_cond_wait(&files->ready, &files->lock);
	}
	pthread_mutex_unlock(&files->lock);
	if (!made || !ok) {
		context_free(mine);
	}
	if (!ok) {
		return ctx_fail_nomem(err);
	}
	if (made) {
		walk_shared(files, c, env, jobs);
	}
	*out = c;
	return 0;
}

/** The context of a directory and an ignore file. */
static int open_context(struct audit_files *files, const char *directory, const char *dockerfile,
	const struct cmd_env *env, unsigned jobs, struct audit_context_use *use, struct ctx_error *err) {
	struct audit_context *c = ctx_calloc(1, sizeof(*c));
	if (c == NULL) {
		return ctx_fail_nomem(err);
	}
	c->fd = -1;
	ctx_buf_adds(&c->directory, directory);
	int rc = ctx_ignore_source_find(&c->source, CTX_ENGINE_BUILDKIT, directory, dockerfile, read_file, NULL, err);
	ctx_buf_adds(&c->ignore_path, c->source.path != NULL ? c->source.path : "");
	if (rc == 0 && (!ctx_buf_ok(&c->directory) || !ctx_buf_ok(&c->ignore_path))) {
		rc = ctx_fail_nomem(err);
	}
	if (rc < 0) {
		context_free(c);
		return rc;
	}
	rc = use_context(files, c, &use->context, env, jobs, err);
	if (rc == 0 && use->context->rc < 0) {
		rc = use->context->rc;
		*err = use->context->error;
		audit_context_drop(files, use);
	}
	return rc;
}

int audit_context_find(struct audit_files *files, const struct audit_file *file, const struct ana_build_view *view,
	const char *given, const struct cmd_env *env, unsigned jobs, struct audit_context_use *out,
	struct ctx_error *err) {
	*out = (struct audit_context_use){ 0 };
	if (!view->valid || !view->graph.locals.items[0].used) {
		return 0;
	}
	ctx_auto_buf struct ctx_buf directory = CTX_BUF_INIT;
	bool assumed = false;
	int rc = 1;
	if (given != NULL) {
		ctx_buf_adds(&directory, given);
		rc = ctx_buf_ok(&directory) ? 1 : ctx_fail_nomem(err);
	} else {
		rc = find_directory(&directory, file, view, &assumed, err);
	}
	if (rc > 0) {
		rc = open_context(files, ctx_buf_str(&directory), file->path, env, jobs, out, err);
		rc = rc < 0 ? rc : 1;
	}
	if (rc > 0) {
		out->view = out->context->view;
		out->view.assumed = assumed;
	}
	return rc;
}

void audit_files_release(struct audit_files *files) {
	for (size_t i = 0; i < files->items.count; ++i) {
		ctx_buf_release(&files->items.items[i].text);
	}
	for (size_t i = 0; i < files->contexts.count; ++i) {
		context_free(files->contexts.items[i]);
	}
	CTX_VEC_RELEASE(&files->contexts);
	for (size_t i = 0; i < files->yaml.count; ++i) {
		ctx_buf_release(&files->yaml.items[i].text);
	}
	CTX_VEC_RELEASE(&files->items);
	CTX_VEC_RELEASE(&files->yaml);
	ctx_arena_release(&files->arena);
}
