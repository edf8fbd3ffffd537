/*
 * npm, yarn, pnpm and bun: package.json of the project, of the members of its workspaces and of local dependencies; what scripts an
 * installation runs.
 */
#include "analyzer/advice/need_npm.h"

#include "analyzer/advice/manifest_json.h"
#include "analyzer/dockerfile/glob.h"
#include "ctxopt/base/path.h"

/** Scripts of a project that an installation runs. */
static const char lifecycle[] =
	" preinstall install postinstall prepublish preprepare prepare postprepare pnpm:devPreinstall ";

/* ---- Scripts ---- */

/** One script of package.json. */
static int see_script(void *arg, struct ctx_str name, const struct json_t *value) {
	struct npm *n = arg;
	struct ctx_str text = ana_json_text(value);
	if (!ctx_str_is_listed(name, lifecycle)) {
		return 0;
	}
	if (ctx_str_is(text, "patch-package")) {
		return need_list(n->r, "patches/?", n->dir, false);
	}
	bool plain = text.len > 0 && strpbrk(text.ptr, "&|;$`<>\n(") == NULL;
	bool known = plain &&
		(ctx_str_starts(text, "npx only-allow ") || ctx_str_starts(text, "npx -y only-allow ") ||
			ctx_str_starts(text, "only-allow ") || ctx_str_starts(text, "echo ") ||
			ctx_str_is(text, "exit 0") || ctx_str_is(text, "true"));
	return known ? 0
		     : need_unknown(n->r, "'%.*s' runs the script '%.*s' of '%.*s/package.json'",
			       CTX_STR_ARGS(n->c->text), CTX_STR_ARGS(name), CTX_STR_ARGS(n->dir));
}

/** Scripts, and code that npm builds unasked. */
static int check_scripts(struct npm *n, const struct json_t *doc) {
	int rc = ana_json_each(ana_json_member(doc, "scripts"), see_script, n);
	struct ctx_str gyp = need_join(n->r, n->dir, CTX_STR("binding.gyp"));
	if (rc != 0 || gyp.ptr == NULL) {
		return rc != 0 ? rc : ctx_fail_nomem(n->r->err);
	}
	rc = need_exists(n->r, gyp);
	if (rc == 1) {
		return need_unknown(n->r, "'%.*s' builds '%s'", CTX_STR_ARGS(n->c->text), gyp.ptr);
	}
	return rc < 0 ? rc : need_read(n->r, gyp, false, true);
}

/* ---- Directories ---- */

/** One more directory with a package.json. */
static int add_dir(struct npm *n, struct ctx_str dir) {
	uint32_t fresh = (uint32_t)n->dirs.count;
	if (dir.ptr == NULL) {
		return ctx_fail_nomem(n->r->err);
	}
	uint32_t at = ctx_strmap_put(&n->seen, dir.ptr, dir.len, fresh);
	if (at != fresh) {
		return at == CTX_STRMAP_NONE ? ctx_fail_nomem(n->r->err) : 0;
	}
	return CTX_VEC_PUSH(&n->dirs, dir) ? 0 : ctx_fail_nomem(n->r->err);
}

/** Where a pattern is while its wildcards are replaced. */
struct expansion {
	struct npm *n;
	struct ctx_str dir, part, rest;
};

/** ana_need_name_fn: a directory that fits. */
static int see_dir(void *arg, struct ctx_str name, enum ctx_kind kind) {
	struct expansion *e = arg;
	bool hidden = name.len > 0 && name.ptr[0] == '.';
	if (hidden || ctx_str_is(name, "node_modules") || ana_glob_match(e->part, name) != 1 || kind == CTX_KIND_FILE) {
		return 0;
	}
	if (kind != CTX_KIND_DIR) {
		return need_unknown(e->n->r, "'%.*s/%.*s' is no directory", CTX_STR_ARGS(e->dir), CTX_STR_ARGS(name));
	}
	return npm_expand(e->n, need_join(e->n->r, e->dir, name), e->rest);
}

/** A member of a workspace, if it has a package.json. */
static int see_member(struct npm *n, struct ctx_str dir) {
	struct ctx_str path = need_join(n->r, dir, CTX_STR("package.json"));
	if (path.ptr == NULL) {
		return ctx_fail_nomem(n->r->err);
	}
	if (++n->looks > 4 * ANA_NEED_MANIFESTS_MAX) {
		return need_unknown(n->r, "more than %d manifests", ANA_NEED_MANIFESTS_MAX);
	}
	int found = need_exists(n->r, path);
	if (found == 2) {
		return need_unknown(n->r, "nobody can tell whether there is a '%s'", path.ptr);
	}
	return found < 0 ? found : found == 1 ? add_dir(n, dir) : need_read(n->r, path, false, true);
}

int npm_expand(struct npm *n, struct ctx_str dir, struct ctx_str pattern) {
	while (pattern.len > 0 && (pattern.ptr[0] == '/' || ctx_str_starts(pattern, "./"))) {
		pattern = ctx_str_from(pattern, pattern.ptr[0] == '/' ? 1 : 2);
	}
	if (dir.ptr == NULL) {
		return ctx_fail_nomem(n->r->err);
	}
	if (pattern.len == 0 || ctx_str_is(pattern, ".")) {
		return see_member(n, dir);
	}
	size_t end = ctx_str_find(pattern, '/');
	struct expansion e = { n, dir, { pattern.ptr, end }, ctx_str_from(pattern, end) };
	if (!ana_glob_has_wildcard(e.part)) {
		return npm_expand(n, need_join(n->r, dir, e.part), e.rest);
	}
	if (n->dirs.count > ANA_NEED_MANIFESTS_MAX || ++n->looks > 4 * ANA_NEED_MANIFESTS_MAX) {
		return need_unknown(n->r, "more than %d manifests", ANA_NEED_MANIFESTS_MAX);
	}
	n->r->out->grows = true;
	int rc = n->r->files->list(n->r->files->arg, dir.ptr, see_dir, &e, n->r->err);
	if (rc == 2) {
		return need_unknown(n->r, "nobody can tell what '%s' holds", dir.ptr);
	}
	return n->r->out->why != NULL ? NEED_UNKNOWN : rc < 0 ? rc : 0;
}

/** A pattern of a workspace. */
static int see_pattern(void *arg, struct ctx_str name, const struct json_t *value) {
	struct npm *n = arg;
	struct ctx_str pattern = ana_json_text(value);
	(void)name;
	if (pattern.ptr == NULL || memmem(pattern.ptr, pattern.len, "**", 2) != NULL ||
		strpbrk(pattern.ptr, "{}()\\") != NULL) {
		return need_unknown(n->r, "the workspaces of '%.*s' are not understood", CTX_STR_ARGS(n->dir));
	}
	return pattern.len > 0 && pattern.ptr[0] == '!'
		? 0
		: npm_expand(n, n->dir, pattern); // more than there are does no harm
}

/* ---- Dependencies ---- */

/** A path of a dependency: an archive, or a directory that is linked or copied. */
static int see_local(struct npm *n, struct ctx_str path, bool linked) {
	static const char *const archives[] = { ".tgz", ".tar.gz", ".tar" };
	struct ctx_str target = need_join(n->r, n->dir, path);
	if (path.len > 0 && path.ptr[0] == '~') {
		return need_unknown(n->r, "a dependency is in the home directory");
	}
	for (size_t i = 0; i < CTX_COUNTOF(archives); ++i) {
		if (ctx_str_ends(path, archives[i])) {
			return need_read(n->r, target, false, false);
		}
	}
	int rc = linked ? 0 : need_read(n->r, target, true, false);
	return rc != 0 ? rc : add_dir(n, target);
}

/** "patch:NAME#PATH&PATH": files with patches. */
static int see_patch(struct npm *n, struct ctx_str text) {
	text = ctx_str_from(text, ctx_str_find(text, '#'));
	while (text.len > 1) {
		text = ctx_str_from(text, 1);
		struct ctx_str path = { text.ptr, ctx_str_find(text, '&') };
		path.len = ctx_str_find(path, ':') < path.len ? ctx_str_find(path, ':') : path.len;
		text = ctx_str_from(text, ctx_str_find(text, '&'));
		path = ctx_str_from(path, ctx_str_starts(path, "optional!") ? 9 : 0);
		bool root = ctx_str_starts(path, "~/");
		int rc = ctx_str_starts(path, "~builtin")
			? 0
			: need_read(n->r,
				  need_join(n->r, root ? n->dirs.items[0] : n->dir, ctx_str_from(path, root ? 2 : 0)),
				  false, false);
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

/** One version of a dependency, or what stands deeper. */
static int see_dependency(void *arg, struct ctx_str name, const struct json_t *value) {
	struct npm *n = arg;
	struct ctx_str text = ana_json_text(value);
	(void)name;
	if (text.ptr == NULL) {
		return ana_json_each(value, see_dependency, n);
	}
	static const char *const schemes[] = { "file:", "portal:", "link:", "workspace:" };
	for (size_t i = 0; i < CTX_COUNTOF(schemes); ++i) {
		if (ctx_str_starts(text, schemes[i])) {
			struct ctx_str path = ctx_str_from(text, strlen(schemes[i]));
			bool names = i < 3 || (path.len > 1 && path.ptr[0] == '.');
			path = ctx_str_from(path, ctx_str_starts(path, "//") ? 2 : 0);
			return names ? see_local(n, path, i > 1) : 0;
		}
	}
	if (ctx_str_starts(text, "patch:")) {
		return see_patch(n, text);
	}
	bool local = text.len > 0 && (text.ptr[0] == '.' || text.ptr[0] == '/' || text.ptr[0] == '~') &&
		!ctx_str_starts(text, "~0") && !ctx_str_is(text, ".") && memchr(text.ptr, '/', text.len) != NULL;
	return local ? see_local(n, text, false) : 0;
}

/** The path of a patch. */
static int see_patch_file(void *arg, struct ctx_str name, const struct json_t *value) {
	struct npm *n = arg;
	struct ctx_str text = ana_json_text(value);
	(void)name;
	return text.ptr == NULL ? need_unknown(n->r, "a patch has no path")
				: need_read(n->r, need_join(n->r, n->dirs.items[0], text), false, false);
}

/** What package.json of the directory at hand says. */
static int see_package(struct npm *n, const struct json_t *doc, bool root) {
	static const char *const lists[] = { "dependencies", "devDependencies", "optionalDependencies",
		"peerDependencies", "overrides", "resolutions" };
	const struct json_t *workspaces = ana_json_member(doc, "workspaces"), *pnpm = ana_json_member(doc, "pnpm");
	int rc = n->scripts ? check_scripts(n, doc) : 0;
	for (size_t i = 0; rc == 0 && i < CTX_COUNTOF(lists); ++i) {
		rc = ana_json_each(ana_json_member(doc, lists[i]), see_dependency, n);
	}
	if (rc == 0 && n->scripts && ana_json_member(doc, "msw") != NULL) {
		rc = need_unknown(n->r, "an install script of 'msw' writes into the project");
	}
	if (rc != 0 || !root) {
		return rc;
	}
	const struct json_t *list = ana_json_is_object(workspaces) ? ana_json_member(workspaces, "packages")
								   : workspaces;
	if (n->c->row->manifests != ANA_MANIFESTS_PNPM) {
		rc = ana_json_each(list, see_pattern, n);
	}
	rc = rc != 0 ? rc : ana_json_each(ana_json_member(pnpm, "overrides"), see_dependency, n);
	rc = rc != 0 ? rc : ana_json_each(ana_json_member(pnpm, "patchedDependencies"), see_patch_file, n);
	return rc != 0 ? rc : ana_json_each(ana_json_member(doc, "patchedDependencies"), see_patch_file, n);
}

/** Read the package.json of a directory. */
static int read_package(struct npm *n, size_t index) {
	struct ctx_str text;
	n->dir = n->dirs.items[index];
	int rc = need_file(n->r, need_join(n->r, n->dir, CTX_STR("package.json")), false, &text);
	if (rc != 0) {
		return rc;
	}
	ana_auto_json struct json_t *doc = NULL;
	rc = ana_json_read(&doc, text, n->r->err);
	if (rc == 0 && !ana_json_is_object(doc)) {
		rc = need_unknown(n->r, "'%.*s/package.json' is not understood", CTX_STR_ARGS(n->dir));
	}
	return rc != 0 ? rc : see_package(n, doc, index == 0);
}

/** Everything, in the project's directory. */
static int read_project(struct npm *n, struct ctx_str dir) {
	int rc = add_dir(n, dir);
	rc = rc != 0 ? rc : npm_config(n, dir);
	for (size_t i = 0; rc == 0 && i < n->dirs.count; ++i) {
		rc = read_package(n, i);
		rc = rc == 0 && i > 0 ? need_list(n->r, "node_modules/", n->dirs.items[i], true) : rc;
	}
	return rc != 0 ? rc : npm_locks(n);
}

int need_npm(struct need_run *r, const struct need_command *c) {
	struct npm n = { .r = r, .c = c, .scripts = !need_has_option(c, " --ignore-scripts ") };
	if (c->dir.ptr == NULL) {
		return need_unknown(r, "the directory of '%.*s' is not known", CTX_STR_ARGS(c->text));
	}
	int rc = read_project(&n, c->dir);
	CTX_VEC_RELEASE(&n.dirs);
	ctx_strmap_release(&n.seen);
	return rc;
}
