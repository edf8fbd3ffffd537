/*
 * mix: mix.exs, which is a program, of which only the plain is understood; the apps of an umbrella.
 */
#include "analyzer/advice/need_internal.h"

/** What could read a file or run a command in a mix.exs. */
static const char *const wild[] = { "File.", "Path.", "System.cmd", "System.shell", "Code.", "__DIR__", "os.cmd",
	":file.", ":os", "Port.", "IO.", "import_", "apply(", "Kernel.", "Module.", "Mix.Config", "Config.", "require_",
	"eval", "use Mix.Releases", "~r", "Mix.Task", "Mix.Shell" };

/** Is what stands before a word no part of a name? */
static bool begins(struct ctx_str text, const char *at) {
	unsigned char c = at > text.ptr ? (unsigned char)at[-1] : ' ';
	return !(c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'));
}

/** Does "path:" name a dependency of the project? */
static bool has_path(struct ctx_str text) {
	struct ctx_str rest = text;
	for (const char *at; (at = memmem(rest.ptr, rest.len, "path:", 5)) != NULL;) {
		if (begins(text, at)) {
			return true;
		}
		rest = ctx_str_from(rest, (size_t)(at - rest.ptr) + 5);
	}
	return memmem(text.ptr, text.len, ":path", 5) != NULL;
}

/** One mix.exs. */
static int see_mix(struct need_run *r, struct ctx_str dir, struct ctx_str text) {
	for (size_t i = 0; i < CTX_COUNTOF(wild); ++i) {
		if (memmem(text.ptr, text.len, wild[i], strlen(wild[i])) != NULL) {
			return need_unknown(r, "'%.*s/mix.exs' may read files: '%s'", CTX_STR_ARGS(dir), wild[i]);
		}
	}
	return has_path(text) ? need_unknown(r, "'%.*s/mix.exs' names a local project", CTX_STR_ARGS(dir)) : 0;
}

/** An umbrella whose apps are looked at. */
struct umbrella {
	struct need_run *r;
	struct ctx_str dir;
};

/** ana_need_name_fn: an app. */
static int see_app(void *arg, struct ctx_str name, enum ctx_kind kind) {
	struct umbrella *u = arg;
	struct ctx_str text, dir = need_join(u->r, u->dir, name);
	if (kind == CTX_KIND_FILE) {
		return 0;
	}
	int rc = dir.ptr == NULL ? ctx_fail_nomem(u->r->err)
				 : need_file(u->r, need_join(u->r, dir, CTX_STR("mix.exs")), true, &text);
	return rc != 0 ? rc : text.ptr != NULL ? see_mix(u->r, dir, text) : 0;
}

/** apps_path: "apps". */
static int see_umbrella(struct need_run *r, struct ctx_str dir, struct ctx_str text) {
	static const char key[] = "apps_path:";
	const char *at = memmem(text.ptr, text.len, key, strlen(key));
	if (at == NULL) {
		return memmem(text.ptr, text.len, "apps_path", 9) == NULL
			? 0
			: need_unknown(r, "the apps of '%.*s/mix.exs' are not understood", CTX_STR_ARGS(dir));
	}
	text = ctx_str_from(text, (size_t)(at - text.ptr) + strlen(key));
	while (text.len > 0 && *text.ptr == ' ') {
		text = ctx_str_from(text, 1);
	}
	struct ctx_str name = ctx_str_from(text, text.len > 0 && *text.ptr == '"');
	name.len = ctx_str_find(name, '"');
	bool plain = name.ptr > text.ptr && name.len > 0 && name.len < text.len &&
		memchr(name.ptr, '#', name.len) == NULL;
	struct umbrella u = { r, plain ? need_join(r, dir, name) : CTX_STR_NONE };
	if (u.dir.ptr == NULL) {
		return plain ? ctx_fail_nomem(r->err)
			     : need_unknown(r, "the apps of '%.*s/mix.exs' are not understood", CTX_STR_ARGS(dir));
	}
	r->out->grows = true;
	int rc = r->files->list(r->files->arg, u.dir.ptr, see_app, &u, r->err);
	if (rc == 1 && r->out->why == NULL) {
		return 0;
	}
	return rc < 0 ? rc : rc == 1 ? NEED_UNKNOWN : need_unknown(r, "nobody can tell what '%s' holds", u.dir.ptr);
}

int need_mix(struct need_run *r, const struct need_command *c) {
	bool local = c->row->manifests == ANA_MANIFESTS_MIX_LOCAL;
	struct ctx_str text, lock;
	if (c->dir.ptr == NULL) {
		return need_unknown(r, "the directory of '%.*s' is not known", CTX_STR_ARGS(c->text));
	}
	int rc = need_file(r, need_join(r, c->dir, CTX_STR("mix.exs")), local, &text);
	if (rc != 0 || text.ptr == NULL) {
		return rc;
	}
	rc = see_mix(r, c->dir, text);
	if (rc != 0 || local) {
		return rc;
	}
	rc = see_umbrella(r, c->dir, text);
	rc = rc != 0 ? rc : need_file(r, need_join(r, c->dir, CTX_STR("mix.lock")), true, &lock);
	if (rc == 0 && lock.ptr == NULL) {
		need_review(r);
		rc = need_rule(r, "there is no lock file");
	}
	return rc;
}
