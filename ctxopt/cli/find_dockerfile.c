#include "ctxopt/cli/find_dockerfile.h"

#include "ctxopt/base/path.h"
#include "ctxopt/base/str.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/** Append `directory`/`name`. */
static int join(struct ctx_buf *out, const char *directory, const char *name, struct ctx_error *err) {
	ctx_buf_reset(out);
	ctx_path_join(out, directory, name);
	return ctx_buf_ok(out) ? 0 : ctx_fail_nomem(err);
}

int find_dockerfile(struct ctx_buf *out, enum ctx_engine engine, const char *context, find_exists_fn *exists, void *arg,
	struct ctx_error *err) {
	static const char *const docker[] = { "Dockerfile", "dockerfile" };
	static const char *const podman[] = { "Containerfile", "Dockerfile" };
	const char *const *names = engine == CTX_ENGINE_PODMAN ? podman : docker;
	for (size_t i = 0; i < CTX_COUNTOF(docker); ++i) {
		int rc = join(out, context, names[i], err);
		rc = rc < 0 ? rc : exists(arg, ctx_buf_str(out), err);
		if (rc != 0) {
			return rc < 0 ? rc : 0;
		}
	}
	return ctx_fail(err, CTX_E_MISSING, "no Dockerfile in '%s'", context);
}

int find_named_dockerfile(struct ctx_buf *out, const char *path, find_exists_fn *exists, void *arg,
	struct ctx_error *err) {
	static const char upper[] = "Dockerfile";
	size_t len = strlen(path), base = ctx_path_base(path, len);
	ctx_buf_reset(out);
	ctx_buf_adds(out, path);
	int rc = ctx_buf_ok(out) ? exists(arg, path, err) : ctx_fail_nomem(err);
	if (rc == 0 && strcmp(path + base, upper) == 0) {
		out->data[base] = 'd';
		rc = exists(arg, ctx_buf_str(out), err);
	}
	return rc == 0   ? ctx_fail(err, CTX_E_MISSING, "cannot read Dockerfile '%s': no such file", path)
		: rc < 0 ? rc
			 : 0;
}

/** Is it something about Dockerfiles, by its ending: a template, a text, or the source of a tool?  Those are written in small letters. */
static bool is_about(const char *name, size_t len) {
	static const char templates[] =
		" j2 jinja jinja2 tmpl tpl erb template mustache in md txt html orig bak swp dockerignore "
		"containerignore ";
	static const char sources[] =
		" js ts tsx jsx json css go py rb rs java lua vim el snap kt cpp hpp c h scm yaml yml toml ";
	struct ctx_str text = { name, len };
	struct ctx_str ending = ctx_str_from(text, ctx_path_ext(name, len));
	ending = ending.len > 0 ? ctx_str_from(ending, 1) : ending;
	return ctx_str_is_listed(ending, templates) || (name[0] == 'd' && ctx_str_is_listed(ending, sources));
}

/** Does the name look like a Dockerfile's? */
static bool is_candidate(const char *name) {
	static const char file[] = "Dockerfile", container[] = "Containerfile", suffix[] = ".Dockerfile";
	size_t len = strlen(name);
	if (is_about(name, len)) {
		return false;
	}
	return strcasecmp(name, file) == 0 || strncasecmp(name, "Dockerfile.", strlen("Dockerfile.")) == 0 ||
		strcmp(name, container) == 0 ||
		(len > strlen(suffix) && strcasecmp(name + len - strlen(suffix), suffix) == 0);
}

bool find_is_yaml(const char *name) {
	struct ctx_str text = CTX_STR(name);
	return ctx_str_ends(text, ".yaml") || ctx_str_ends(text, ".yml");
}

/** Directories where a Dockerfile belongs to somebody else. */
static bool is_foreign(const char *name) {
	static const char *const names[] = { ".", "..", ".git", ".hg", ".svn", "node_modules", "vendor", ".venv",
		"venv" };
	for (size_t i = 0; i < CTX_COUNTOF(names); ++i) {
		if (strcmp(name, names[i]) == 0) {
			return true;
		}
	}
	return false;
}

/** The search goes level by level: directories of this one and of the next. */
struct search {
	struct find_candidates *out;
	CTX_VEC(const char *) now, next;
	size_t opened, max_paths, max_dirs;
	bool complete;
};

/** File or directory?  Symlinks count as what they lead to, and are not descended. */
static bool is_regular(int dirfd, const struct dirent *de) {
	struct stat st;
	return de->d_type == DT_REG ||
		(de->d_type != DT_DIR && fstatat(dirfd, de->d_name, &st, 0) == 0 && S_ISREG(st.st_mode));
}

/** Look at the names in one directory. */
static void search_directory(struct search *s, const char *root, const char *path) {
	ctx_auto_buf struct ctx_buf full = CTX_BUF_INIT;
	ctx_path_join(&full, root, path);
	DIR *dir = ctx_buf_ok(&full) ? opendir(ctx_buf_str(&full)) : NULL;
	if (dir == NULL) {
		return;
	}
	for (const struct dirent *de = readdir(dir); de != NULL; de = readdir(dir)) {
		bool file = is_candidate(de->d_name) && is_regular(dirfd(dir), de);
		bool yaml = !file && s->out->want_yaml && find_is_yaml(de->d_name) && is_regular(dirfd(dir), de);
		if (!file && !yaml && (de->d_type != DT_DIR || is_foreign(de->d_name))) {
			continue;
		}
		ctx_buf_reset(&full);
		ctx_path_join(&full, path, de->d_name);
		const char *copy = ctx_buf_ok(&full) ? ctx_arena_memdup0(&s->out->arena, ctx_buf_str(&full), full.len)
						     : NULL;
		bool room = (yaml ? s->out->yaml.count : s->out->paths.count) < s->max_paths;
		bool pushed = copy != NULL &&
			(file                  ? room && CTX_VEC_PUSH(&s->out->paths, copy)
					: yaml ? room && CTX_VEC_PUSH(&s->out->yaml, copy)
					       : CTX_VEC_PUSH(&s->next, copy));
		if (!pushed) {
			s->complete = false;
			break;
		}
	}
	closedir(dir);
}

/** Order of paths. */
static int compare_paths(const void *a, const void *b) {
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void find_candidates(struct find_candidates *out, const char *directory, unsigned depth) {
	bool complete;
	*out = (struct find_candidates){ 0 };
	find_dockerfiles(out, directory, depth, FIND_CANDIDATES_MAX, FIND_DIRS_MAX, &complete);
}

void find_dockerfiles(struct find_candidates *out, const char *directory, unsigned depth, size_t max_paths,
	size_t max_dirs, bool *complete) {
	struct search s = { .out = out, .max_paths = max_paths, .max_dirs = max_dirs, .complete = true };
	bool ok = CTX_VEC_PUSH(&s.now, "");
	for (unsigned level = 0; ok && level <= depth && s.now.count > 0; ++level) {
		size_t before = out->paths.count, yaml = out->yaml.count;
		for (size_t i = 0; i < s.now.count && s.opened < max_dirs; ++i, ++s.opened) {
			search_directory(&s, directory, s.now.items[i]);
		}
		s.complete = s.complete && s.opened < max_dirs;
		if (out->paths.count > before) {
			qsort(out->paths.items + before, out->paths.count - before, sizeof(*out->paths.items),
				compare_paths);
		}
		if (out->yaml.count > yaml) {
			qsort(out->yaml.items + yaml, out->yaml.count - yaml, sizeof(*out->yaml.items), compare_paths);
		}
		if (s.next.count > 0) {
			qsort(s.next.items, s.next.count, sizeof(*s.next.items),
				compare_paths); // the same answer on every file system
		}
		s.now.count = 0;
		for (size_t i = 0; i < s.next.count && ok; ++i) {
			ok = CTX_VEC_PUSH(&s.now, s.next.items[i]);
		}
		s.next.count = 0;
	}
	*complete = s.complete && s.next.count == 0 && s.now.count == 0;
	CTX_VEC_RELEASE(&s.now);
	CTX_VEC_RELEASE(&s.next);
}

void find_candidates_release(struct find_candidates *c) {
	CTX_VEC_RELEASE(&c->paths);
	CTX_VEC_RELEASE(&c->yaml);
	ctx_arena_release(&c->arena);
}
