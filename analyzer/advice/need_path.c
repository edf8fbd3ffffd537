/*
 * Which program a name means: none that the project itself put into a directory of PATH, or nothing is known of what it does.
 */
#include "analyzer/advice/need_internal.h"

#include "ctxopt/base/path.h"

/** Most directories that PATH may have, and most places that one RUN may make us look at. */
#define DIRS_MAX 256
#define PLACES_MAX ((size_t)65536)

/** What is often copied from the image of another project: "COPY --from=composer /usr/bin/composer /usr/bin/". */
static const char from_images[] =
	" uv uvx composer node npm npx yarn pnpm corepack bun deno python python3 pip pip3 poetry go dotnet mvn ruby gem bundle git ";

/** What most install scripts start: whoever puts another program of such a name there changes what they do. */
static const char helpers[] =
	"sh bash env node node-gyp npm npx python python3 git make cmake gcc g++ cc c++ tar gzip unzip curl wget uname which ruby perl sed pkg-config";

/** Look at one place where a program could be. */
static int look_at(struct need_run *r, struct ctx_str path, struct ctx_str name) {
	ctx_auto_buf struct ctx_buf content = CTX_BUF_INIT;
	if (path.ptr == NULL) {
		return ctx_fail_nomem(r->err);
	}
	if (++r->places > PLACES_MAX) {
		return need_unknown(r, "too many programs and directories in PATH");
	}
	struct ctx_str all = need_join(r, need_parent(path), CTX_STR("*"));
	if (all.ptr == NULL) {
		return ctx_fail_nomem(r->err);
	}
	if (ctx_strmap_get(&r->made, path.ptr, path.len) != CTX_STRMAP_NONE ||
		ctx_strmap_get(&r->made, all.ptr, all.len) != CTX_STRMAP_NONE) {
		return need_unknown(r, "'%s' is made by the step itself: nobody knows what it does", path.ptr);
	}
	int found = r->files->read(r->files->arg, path.ptr, &content, r->err);
	if (found == 1) {
		return need_unknown(r, "'%s' comes from the project: nobody knows what it does", path.ptr);
	}
	if (found < 2) {
		return found;
	}
	int rc = need_read(r, path, false, true); // what puts it there stays above
	if (rc < 0 || found == 3) {
		return rc;
	}
	if (!ctx_str_is_listed(name, from_images)) {
		return need_unknown(r, "'%s' may come from the project: nobody knows what it does", path.ptr);
	}
	need_review(r);
	const char *rule = need_text(r, "'%.*s' may be a program of the project, not the one of that name",
		CTX_STR_ARGS(name));
	return rule == NULL ? ctx_fail_nomem(r->err) : need_rule(r, rule);
}

/** Look into a directory of PATH; an empty one is that where the shell is. */
static int look_in(struct need_run *r, struct ctx_str dir, struct ctx_str name) {
	struct ctx_str base = r->cwd;
	if (dir.len > 0 && dir.ptr[0] == '~') {
		base = r->home;
		dir = ctx_str_from(dir, dir.len > 1 && dir.ptr[1] == '/' ? 2 : 1);
	} else if (dir.len > 0 && dir.ptr[0] == '/') {
		base = CTX_STR("/");
	}
	if (base.ptr == NULL) {
		return need_unknown(r, "PATH has a directory that is not known");
	}
	struct ctx_str path = need_join(r, base, dir);
	return path.ptr == NULL ? ctx_fail_nomem(r->err) : look_at(r, need_join(r, path, name), name);
}

/** Forget what was seen if names may mean something else by now. */
static void begin(struct need_run *r, struct ctx_str path) {
	if (path.ptr != r->path.ptr || path.len != r->path.len || r->cwd.ptr != r->path_cwd.ptr) {
		ctx_strmap_release(&r->programs);
		r->programs = (struct ctx_strmap){ 0 };
		r->path = path;
		r->path_cwd = r->cwd;
	}
}

int need_find_program(struct need_run *r, struct ctx_str name) {
	struct ctx_str path;
	if (!need_value(r, CTX_STR("PATH"), &path)) {
		return need_unknown(r, "PATH is not known");
	}
	begin(r, path);
	uint32_t fresh = (uint32_t)r->programs.count, at = ctx_strmap_put(&r->programs, name.ptr, name.len, fresh);
	if (at != fresh) {
		return at == CTX_STRMAP_NONE ? ctx_fail_nomem(r->err) : 0;
	}
	int rc = 0;
	for (int i = 0; rc == 0 && path.ptr != NULL; ++i) {
		struct ctx_str dir = { path.ptr, ctx_str_find(path, ':') };
		path = dir.len < path.len ? ctx_str_from(path, dir.len + 1) : CTX_STR_NONE;
		rc = i < DIRS_MAX ? look_in(r, dir, name)
				  : need_unknown(r, "more than %d directories in PATH", DIRS_MAX);
	}
	return rc;
}

int need_find_helpers(struct need_run *r) {
	int rc = 0;
	for (const char *at = helpers; rc == 0 && *at != '\0'; at += strspn(at, " ")) {
		struct ctx_str name = { at, strcspn(at, " ") };
		at += name.len;
		rc = need_find_program(r, name);
	}
	return rc;
}

int need_made_program(struct need_run *r, struct ctx_str path) {
	if (path.ptr == NULL) {
		return ctx_fail_nomem(r->err);
	}
	struct ctx_str dir = need_parent(path);
	if (r->fetched || r->linking || !(ctx_str_ends(dir, "/bin") || ctx_str_ends(dir, "/sbin"))) {
		return 0;
	}
	r->path = CTX_STR_NONE; // look again
	return ctx_strmap_put(&r->made, path.ptr, path.len, 0) == CTX_STRMAP_NONE ? ctx_fail_nomem(r->err) : 0;
}

int need_see_program(struct need_run *r, struct ctx_str path) {
	return look_at(r, path, ctx_str_from(path, ctx_path_base(path.ptr, path.len)));
}
