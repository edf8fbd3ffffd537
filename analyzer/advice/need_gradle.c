/*
 * gradle and gradlew: the wrapper, settings, build files of all projects, plugins that the project makes, properties, catalogs, locks.
 *
 * Of tasks only those are known that resolve, or tell something: Gradle then evaluates all build files, whose words need_gradle_script.c
 * looks at.
 *
 * Source: Gradle 8 and 9: initialization/BuildLayoutFactory (where the settings are), wrapper/GradleWrapperMain, the user manual on
 * dependency locking and verification, version catalogs, and the directory layout; and what strace shows of Gradle 4.4.
 */
#include "analyzer/advice/need_gradle.h"

#include "ctxopt/base/path.h"
#include "ctxopt/base/toml.h"

/** Tasks that need no more than the build files. */
static const char known_tasks[] = " dependencies buildEnvironment help projects properties tasks ";

/** Most tasks of the project that are looked for in a build file. */
#define TASKS_MAX 16

/** Files beside a build file that a project may have, and its directory of locks and catalogs. */
static const char *const beside[] = { "gradle.properties", "gradle.lockfile", "buildscript-gradle.lockfile",
	"settings-gradle.lockfile", "local.properties" };

/** Note a name once; true if it is new.  Negative when out of memory. */
static int is_new(struct gradle *g, const char *what, struct ctx_str path) {
	const char *key = path.ptr == NULL ? NULL : need_text(g->r, "%s%s", what, path.ptr);
	size_t len = key == NULL ? 0 : strlen(key);
	if (key != NULL && ctx_strmap_get(&g->seen, key, len) != CTX_STRMAP_NONE) {
		return 0;
	}
	bool put = key != NULL && ctx_strmap_put(&g->seen, key, len, 0) != CTX_STRMAP_NONE;
	return put ? 1 : ctx_fail_nomem(g->r->err);
}

int gradle_add_file(struct gradle *g, struct ctx_str path, struct ctx_str dir, enum gradle_kind kind) {
	struct gradle_file file = { path, dir, kind };
	int fresh = dir.ptr == NULL ? ctx_fail_nomem(g->r->err) : is_new(g, "f", path);
	return fresh <= 0 ? fresh : CTX_VEC_PUSH(&g->files, file) ? 0 : ctx_fail_nomem(g->r->err);
}

/** Add a file of a directory. */
static int add_in(struct gradle *g, struct ctx_str dir, const char *name, enum gradle_kind kind) {
	return gradle_add_file(g, dir.ptr == NULL ? dir : need_join(g->r, dir, CTX_STR(name)), dir, kind);
}

int gradle_add_project(struct gradle *g, struct ctx_str dir) {
	int fresh = is_new(g, "p", dir);
	if (g->projects.count > ANA_NEED_MANIFESTS_MAX) {
		return need_unknown(g->r, "more than %d projects", ANA_NEED_MANIFESTS_MAX);
	}
	return fresh <= 0 || CTX_VEC_PUSH(&g->projects, dir) ? (fresh < 0 ? fresh : 0) : ctx_fail_nomem(g->r->err);
}

/** What Gradle leaves in the directory of a build or project. */
static int note_made(struct gradle *g, struct ctx_str dir, const char *name) {
	return need_write(g->r, need_join(g->r, dir, CTX_STR(name)), true);
}

/** The files of a project. */
static int see_dir(struct gradle *g, struct ctx_str dir) {
	bool here = ctx_str_eq(dir, g->root) || ctx_str_eq(dir, g->c->dir);
	int rc = here ? 0 : need_read(g->r, dir, false, true);
	rc = rc != 0 ? rc : add_in(g, dir, "build.gradle", GRADLE_BUILD);
	rc = rc != 0 ? rc : add_in(g, dir, "build.gradle.kts", GRADLE_BUILD);
	rc = rc != 0 ? rc : need_read(g->r, need_join(g->r, dir, CTX_STR("gradle")), true, true);
	rc = rc != 0 ? rc : note_made(g, dir, "build");
	for (size_t i = 0; rc == 0 && i < CTX_COUNTOF(beside); ++i) {
		struct ctx_str text;
		rc = need_file(g->r, need_join(g->r, dir, CTX_STR(beside[i])), true, &text);
		if (rc == 0 && text.len > 0 && memmem(text.ptr, text.len, "javaagent", 9) != NULL) {
			rc = need_unknown(g->r, "'%.*s/%s' may name files", CTX_STR_ARGS(dir), beside[i]);
		}
	}
	return rc;
}

/* ---- Builds that make plugins ---- */

/** A directory of one, while it is listed. */
struct listing {
	struct gradle *g;
	struct ctx_str dir;
	CTX_VEC(struct ctx_str) dirs;
};

/** A file of code; "x.gradle.kts" below src/main makes the plugin "x". */
static int see_code(struct gradle *g, struct ctx_str path, struct ctx_str dir) {
	static const char *const ends[] = { ".gradle", ".gradle.kts", ".kts", ".kt", ".groovy", ".java" };
	for (size_t i = 0; i < CTX_COUNTOF(ends); ++i) {
		if (!ctx_str_ends(path, ends[i])) {
			continue;
		}
		struct ctx_str name = ctx_str_from(path, ctx_path_base(path.ptr, path.len));
		name.len -= strlen(ends[i]);
		bool makes = i < 2 && memmem(path.ptr, path.len, "/src/main/", 10) != NULL;
		if (makes && ctx_strmap_put(&g->plugins, name.ptr, name.len, 0) == CTX_STRMAP_NONE) {
			return ctx_fail_nomem(g->r->err);
		}
		return gradle_add_file(g, path, dir, GRADLE_SHARED);
	}
	return 0;
}

/** ana_need_name_fn. */
static int see_name(void *arg, struct ctx_str name, enum ctx_kind kind) {
	struct listing *l = arg;
	struct ctx_str path = need_join(l->g->r, l->dir, name);
	if (path.ptr == NULL) {
		return ctx_fail_nomem(l->g->r->err);
	}
	if (kind == CTX_KIND_DIR) {
		bool output = ctx_str_is_listed(name, " build .gradle .git ");
		return output || CTX_VEC_PUSH(&l->dirs, path) ? 0 : ctx_fail_nomem(l->g->r->err);
	}
	return kind == CTX_KIND_FILE ? see_code(l->g, path, l->dir) : need_unknown(l->g->r, "'%s' is a link", path.ptr);
}

int gradle_add_build(struct gradle *g, struct ctx_str dir) {
	struct listing l = { .g = g };
	bool there = false;
	int fresh = is_new(g, "b", dir);
	int rc = fresh <= 0                  ? fresh
		: CTX_VEC_PUSH(&l.dirs, dir) ? need_read(g->r, dir, true, true)
					     : ctx_fail_nomem(g->r->err);
	for (size_t i = 0; rc == 0 && i < l.dirs.count; ++i) {
		l.dir = l.dirs.items[i];
		rc = l.dirs.count > ANA_NEED_MANIFESTS_MAX
			? need_unknown(g->r, "more than %d directories in '%s'", ANA_NEED_MANIFESTS_MAX, dir.ptr)
			: g->r->files->list(g->r->files->arg, l.dir.ptr, see_name, &l, g->r->err);
		there = there || rc == 1;
		bool said = rc == NEED_UNKNOWN && g->r->out->why != NULL;
		rc = rc < 0 || said ? rc
			: rc == 2   ? need_unknown(g->r, "nobody can tell what '%s' holds", l.dir.ptr)
				    : 0;
	}
	CTX_VEC_RELEASE(&l.dirs);
	rc = rc != 0 || !there ? rc : note_made(g, dir, "build");
	return rc != 0 || !there ? rc : note_made(g, dir, ".gradle");
}

/* ---- The catalog ---- */

/** Plugins that gradle/libs.versions.toml names: `x = "ID:VERSION"` or `x = { id = "ID" }`. */
static int see_catalog(struct gradle *g) {
	struct ctx_str path = need_join(g->r, g->root, CTX_STR("gradle/libs.versions.toml")), text;
	struct ctx_toml *toml = NULL;
	struct ctx_error why;
	int rc = need_file(g->r, path, false, &text);
	rc = rc != 0 ? rc : ctx_toml_parse(&toml, g->r->arena, text.ptr, text.len, &why);
	if (rc == CTX_E_NOMEM) {
		return ctx_fail_nomem(g->r->err);
	}
	if (rc < 0) {
		return rc == CTX_E_SYNTAX ? need_unknown(g->r, "'%s' is not understood: %s", path.ptr, why.msg) : rc;
	}
	struct ctx_toml *plugins = rc == 0 ? ctx_toml_get(toml, CTX_STR("plugins")) : NULL;
	bool table = plugins != NULL && plugins->kind == CTX_TOML_TABLE;
	for (const struct ctx_toml *one = table ? plugins->members : NULL; rc == 0 && one != NULL; one = one->next) {
		const struct ctx_toml *id = one->kind == CTX_TOML_TABLE ? ctx_toml_get(one, CTX_STR("id")) : one;
		bool known = id != NULL && id->kind == CTX_TOML_STRING;
		struct ctx_str name = known ? id->text : CTX_STR("");
		name.len = id == one ? ctx_str_find(name, ':') : name.len;
		rc = known ? gradle_see_plugin(g, name, path) : need_unknown(g->r, "'%s' is not understood", path.ptr);
	}
	return rc;
}

/* ---- The command ---- */

/** gradlew, and what it fetches Gradle by. */
static int see_wrapper(struct gradle *g) {
	struct ctx_str script = g->c->program, dir, text;
	if (!ctx_str_ends(script, "/gradlew")) {
		return 0;
	}
	dir = need_join(g->r, CTX_STR("/"), need_parent(script));
	int rc = need_file(g->r, script, false, &text);
	if (rc == 0 && memmem(text.ptr, text.len, "gradle-wrapper.jar", 18) == NULL) {
		return need_unknown(g->r, "'%s' is not what Gradle makes", script.ptr);
	}
	rc = rc != 0 ? rc : need_read(g->r, need_join(g->r, dir, CTX_STR("gradle/wrapper")), true, false);
	rc = rc != 0 ? rc : need_read(g->r, need_join(g->r, dir, CTX_STR("gradle.properties")), false, true);
	rc = rc != 0 ? rc
		     : need_file(g->r, need_join(g->r, dir, CTX_STR("gradle/wrapper/gradle-wrapper.properties")), false,
			       &text);
	bool away = rc == 0 && memmem(text.ptr, text.len, "distributionUrl=http", 20) != NULL;
	return rc != 0 || away
		? rc
		: need_unknown(g->r, "'%.*s/gradle/wrapper' may name a file for Gradle", CTX_STR_ARGS(dir));
}

/** Tasks and properties. */
static int see_words(struct gradle *g) {
	const struct need_command *c = g->c;
	int rc = c->operand_count > 0 ? 0 : need_unknown(g->r, "'%.*s' names no task", CTX_STR_ARGS(c->text));
	for (size_t i = 0; rc == 0 && i < c->operand_count; ++i) {
		struct ctx_str name = c->operands[i]->text;
		size_t colon = ctx_str_find_last(name, ':');
		struct ctx_str last = colon < name.len ? ctx_str_from(name, colon + 1) : name;
		struct gradle_task task = { name, false };
		bool known = ctx_str_is_listed(last, known_tasks);
		if (!need_is_plain(c->operands[i])) {
			rc = need_unknown(g->r, "the tasks of '%.*s' are not known", CTX_STR_ARGS(c->text));
		} else if (ctx_str_is(name, "wrapper")) {
			rc = need_write(g->r, need_join(g->r, c->dir, CTX_STR("gradle/wrapper")), true);
			rc = rc != 0 ? rc : need_write(g->r, need_join(g->r, c->dir, CTX_STR("gradlew")), false);
			rc = rc != 0 ? rc : need_write(g->r, need_join(g->r, c->dir, CTX_STR("gradlew.bat")), false);
		} else if (!known && g->tasks.count == TASKS_MAX) {
			rc = need_unknown(g->r, "'%.*s' names too many tasks", CTX_STR_ARGS(c->text));
		} else if (!known && !CTX_VEC_PUSH(&g->tasks, task)) {
			rc = ctx_fail_nomem(g->r->err);
		}
	}
	for (size_t i = 0; rc == 0 && i < c->option_count; ++i) {
		const struct ana_script_word *value = c->options[i].value;
		if (ctx_str_is_listed(c->options[i].name, " -D --system-prop ") &&
			(!need_is_plain(value) || memchr(value->text.ptr, '/', value->text.len) != NULL ||
				memmem(value->text.ptr, value->text.len, "dir", 3) != NULL ||
				memmem(value->text.ptr, value->text.len, "home", 4) != NULL ||
				memmem(value->text.ptr, value->text.len, "agent", 5) != NULL)) {
			rc = need_unknown(g->r, "'%.*s' sets what may name files", CTX_STR_ARGS(c->text));
		}
	}
	return rc;
}

/** Find the settings: here or in a directory above. */
static int find_root(struct gradle *g) {
	static const char *const names[] = { "settings.gradle", "settings.gradle.kts" };
	struct ctx_str dir = g->c->dir;
	for (bool last = false; !last && g->root.ptr == NULL;) {
		for (size_t i = 0; i < CTX_COUNTOF(names); ++i) {
			struct ctx_str text;
			int rc = need_file(g->r, need_join(g->r, dir, CTX_STR(names[i])), true, &text);
			g->root = rc == 0 && text.ptr != NULL ? dir : g->root;
			rc = rc != 0 || text.ptr == NULL ? rc : add_in(g, dir, names[i], GRADLE_SETTINGS);
			if (rc != 0) {
				return rc;
			}
		}
		last = dir.len <= 1;
		dir = need_join(g->r, CTX_STR("/"), need_parent(dir));
	}
	g->root = g->root.ptr != NULL ? g->root : g->c->dir;
	return 0;
}

/** Files from one on, and those that they add. */
static int see_files(struct gradle *g, size_t from) {
	int rc = 0;
	for (size_t i = from; rc == 0 && i < g->files.count; ++i) {
		const struct gradle_file file = g->files.items[i];
		rc = gradle_see_file(g, &file);
	}
	return rc;
}

/** All files: first those that say which projects and plugins there are. */
static int see_project(struct gradle *g) {
	int rc = see_words(g);
	rc = rc != 0 ? rc : find_root(g);
	rc = rc != 0 ? rc : gradle_add_build(g, need_join(g->r, g->root, CTX_STR("buildSrc")));
	rc = rc != 0 ? rc : gradle_add_project(g, g->root);
	rc = rc != 0 ? rc : gradle_add_project(g, g->c->dir);
	rc = rc != 0 ? rc : see_files(g, 0);
	size_t first = g->files.count;
	for (size_t i = 0; rc == 0 && i < g->projects.count; ++i) {
		rc = see_dir(g, g->projects.items[i]);
	}
	rc = rc != 0 ? rc : see_files(g, first);
	rc = rc != 0 || !g->catalog ? rc : see_catalog(g);
	rc = rc != 0 ? rc : note_made(g, g->root, ".gradle");
	rc = rc != 0 || !g->kotlin ? rc : note_made(g, g->root, ".kotlin");
	for (size_t i = 0; rc == 0 && i < g->tasks.count; ++i) {
		struct ctx_str name = g->tasks.items[i].name;
		rc = g->tasks.items[i].found
			? 0
			: need_unknown(g->r, "nobody here knows what the task '%.*s' does", CTX_STR_ARGS(name));
	}
	return rc;
}

int need_gradle(struct need_run *r, const struct need_command *c) {
	struct gradle g = { .r = r, .c = c };
	if (c->dir.ptr == NULL) {
		return need_unknown(r, "the directory of '%.*s' is not known", CTX_STR_ARGS(c->text));
	}
	need_review(r);
	int rc = need_rule(r, "build files are programs, of which only the words were looked at");
	rc = rc != 0 ? rc : see_wrapper(&g);
	rc = rc != 0 || need_has_option(c, " -v --version ") ? rc : see_project(&g);
	CTX_VEC_RELEASE(&g.projects);
	CTX_VEC_RELEASE(&g.files);
	CTX_VEC_RELEASE(&g.tasks);
	ctx_strmap_release(&g.seen);
	ctx_strmap_release(&g.plugins);
	return rc;
}
