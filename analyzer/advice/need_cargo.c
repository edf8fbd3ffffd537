/*
 * cargo: Cargo.toml of the workspace, of its members and of local dependencies, Cargo.lock, configuration, and the toolchain file of rustup.
 *
 * Source: cargo 1.95 src/cargo/util/toml (mod.rs, targets.rs), core/workspace.rs, util/context; and what strace shows of `cargo fetch`: of
 * sources it wants to know only that there is one, so that a package has a target.
 */
#include "analyzer/advice/need_internal.h"

#include "ctxopt/base/path.h"
#include "ctxopt/base/toml.h"

/** One command. */
struct cargo {
	struct need_run *r;
	/** Directories of packages, each once; and that of the workspace. */
	CTX_VEC(struct ctx_str) dirs;
	struct ctx_strmap seen;
	struct ctx_str root;
	/** The directory of the manifest at hand. */
	struct ctx_str dir;
};

/** Member of a table; NULL. */
static const struct ctx_toml *get(const struct ctx_toml *table, const char *key) {
	const struct ctx_toml *m = table != NULL && table->kind == CTX_TOML_TABLE ? table->members : NULL;
	while (m != NULL && !ctx_str_is(m->key, key)) {
		m = m->next;
	}
	return m;
}

/** A string of a table; absent. */
static struct ctx_str text_of(const struct ctx_toml *table, const char *key) {
	const struct ctx_toml *m = get(table, key);
	return m != NULL && m->kind == CTX_TOML_STRING ? m->text : CTX_STR_NONE;
}

/** Read a text as TOML. */
static int parse(struct cargo *g, struct ctx_str name, struct ctx_str text, struct ctx_toml **out) {
	struct ctx_error why;
	int rc = ctx_toml_parse(out, g->r->arena, text.ptr, text.len, &why);
	return rc == CTX_E_NOMEM ? ctx_fail_nomem(g->r->err)
		: rc < 0         ? need_unknown(g->r, "'%.*s' is not understood: %s", CTX_STR_ARGS(name), why.msg)
				 : 0;
}

static int add_dir(struct cargo *g, struct ctx_str dir) {
	uint32_t fresh = (uint32_t)g->dirs.count;
	if (dir.ptr == NULL) {
		return ctx_fail_nomem(g->r->err);
	}
	if (!ctx_path_within(dir.ptr, dir.len, g->root.ptr, g->root.len == 1 ? 0 : g->root.len)) {
		return need_unknown(g->r, "'%.*s' lies outside of the workspace", CTX_STR_ARGS(dir));
	}
	uint32_t at = ctx_strmap_put(&g->seen, dir.ptr, dir.len, fresh);
	if (at != fresh) {
		return at == CTX_STRMAP_NONE ? ctx_fail_nomem(g->r->err) : 0;
	}
	return CTX_VEC_PUSH(&g->dirs, dir) ? 0 : ctx_fail_nomem(g->r->err);
}

/* ---- Targets ---- */

/** A source that makes a target is there, or may be. */
static int see_source(struct cargo *g, const char *name, bool *any) {
	struct ctx_str path = need_join(g->r, g->dir, CTX_STR(name));
	int there = path.ptr == NULL ? ctx_fail_nomem(g->r->err) : need_exists(g->r, path);
	if (there < 0 || there > 1) {
		return there < 0 ? there : need_unknown(g->r, "nobody can tell whether '%s' is there", path.ptr);
	}
	*any = *any || there == 1;
	return need_read(g->r, path, there == 1 && ctx_str_ends(path, "/bin"), there == 0);
}

/** Note a file of the package that may be there; out of memory if there is no name. */
static int note(struct cargo *g, const char *name) {
	return name == NULL ? ctx_fail_nomem(g->r->err)
			    : need_read(g->r, need_join(g->r, g->dir, CTX_STR(name)), false, true);
}

/** A target of a section: its path, or what its name stands for. */
static int see_target(struct cargo *g, const struct ctx_toml *target, const char *where) {
	struct ctx_str path = text_of(target, "path"), name = text_of(target, "name");
	if (path.ptr != NULL || name.ptr == NULL) {
		return path.ptr == NULL ? 0 : note(g, need_text(g->r, "%.*s", CTX_STR_ARGS(path)));
	}
	int rc = note(g, need_text(g->r, "%s/%.*s.rs", where, CTX_STR_ARGS(name)));
	return rc != 0 ? rc : note(g, need_text(g->r, "%s/%.*s/main.rs", where, CTX_STR_ARGS(name)));
}

/** Targets of a section.  `usual`: the source of one that names none; NULL. */
static int see_section(struct cargo *g, const struct ctx_toml *section, const char *where, const char *usual,
	bool *any) {
	int rc = 0;
	bool many = section != NULL && section->kind == CTX_TOML_ARRAY;
	for (const struct ctx_toml *one = many ? section->members : section; rc == 0 && one != NULL;
		one = many ? one->next : NULL) {
		*any = true;
		rc = see_target(g, one, where);
		rc = rc != 0 || usual == NULL || text_of(one, "path").ptr != NULL ? rc : note(g, usual);
	}
	return rc;
}

/** A package must have a target; those that a section names must be there. */
static int see_targets(struct cargo *g, const struct ctx_toml *manifest) {
	static const char *const sections[][3] = { { "lib", "src", "src/lib.rs" }, { "bin", "src/bin", "src/main.rs" },
		{ "example", "examples", NULL }, { "test", "tests", NULL }, { "bench", "benches", NULL } };
	static const char *const sources[] = { "src/lib.rs", "src/main.rs", "src/bin" };
	bool any = false, ignored = false, runs = get(get(manifest, "package"), "default-run") != NULL;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < CTX_COUNTOF(sections); ++i) {
		rc = see_section(g, get(manifest, sections[i][0]), sections[i][1], sections[i][2],
			i < 2 ? &any : &ignored);
	}
	for (size_t i = 0; rc == 0 && i < CTX_COUNTOF(sources) && (!any || runs); ++i) {
		rc = see_source(g, sources[i], &any);
	}
	return rc != 0 || any ? rc : need_unknown(g->r, "'%.*s' has no source of a package", CTX_STR_ARGS(g->dir));
}

/* ---- Packages ---- */

/** Local dependencies in a table and below it. */
static int see_paths(struct cargo *g, const struct ctx_toml *table) {
	struct ctx_str path = text_of(table, "path");
	int rc = path.ptr != NULL ? add_dir(g, need_join(g->r, g->dir, path)) : 0;
	const struct ctx_toml *m = table != NULL && table->kind == CTX_TOML_TABLE ? table->members : NULL;
	for (; rc == 0 && m != NULL; m = m->next) {
		rc = see_paths(g, m);
	}
	return rc;
}

/** One package. */
static int see_package(struct cargo *g, size_t index) {
	static const char *const tables[] = { "dependencies", "dev-dependencies", "dev_dependencies",
		"build-dependencies", "build_dependencies", "target", "patch", "replace" };
	struct ctx_toml *manifest = NULL;
	struct ctx_str text;
	g->dir = g->dirs.items[index];
	struct ctx_str name = need_join(g->r, g->dir, CTX_STR("Cargo.toml"));
	int rc = need_file(g->r, name, false, &text);
	rc = rc != 0 ? rc : parse(g, name, text, &manifest);
	rc = rc != 0 || get(manifest, "package") == NULL ? rc : see_targets(g, manifest);
	for (size_t i = 0; rc == 0 && i < CTX_COUNTOF(tables); ++i) {
		rc = see_paths(g, get(manifest, tables[i]));
	}
	return rc != 0 ? rc : see_paths(g, get(get(manifest, "workspace"), "dependencies"));
}

/** Members by a wildcard. */
struct globbing {
	struct cargo *g;
	struct ctx_str dir;
};

/** ana_need_name_fn: a directory that may be a package. */
static int see_member(void *arg, struct ctx_str name, enum ctx_kind kind) {
	struct globbing *b = arg;
	struct ctx_str dir = need_join(b->g->r, b->dir, name), text;
	if (kind != CTX_KIND_DIR) {
		return kind == CTX_KIND_FILE ? 0 : need_unknown(b->g->r, "'%.*s' is a link", CTX_STR_ARGS(dir));
	}
	int rc = dir.ptr == NULL ? ctx_fail_nomem(b->g->r->err)
				 : need_file(b->g->r, need_join(b->g->r, dir, CTX_STR("Cargo.toml")), true, &text);
	return rc != 0 || text.ptr == NULL ? rc : add_dir(b->g, dir);
}

/** One word of the list of members: a directory, or all that a directory holds. */
static int see_members(struct cargo *g, struct ctx_str word) {
	bool all = ctx_str_ends(word, "/*") || ctx_str_is(word, "*");
	struct ctx_str plain = { word.ptr, word.len - (all ? word.len > 1 ? 2 : 1 : 0) };
	for (size_t i = 0; i < plain.len; ++i) {
		if (strchr("*?[]", plain.ptr[i]) != NULL) {
			return need_unknown(g->r, "the members of '%.*s/Cargo.toml' are not understood",
				CTX_STR_ARGS(g->root));
		}
	}
	struct globbing b = { g, need_join(g->r, g->root, plain) };
	if (!all || b.dir.ptr == NULL) {
		return add_dir(g, b.dir);
	}
	g->r->out->grows = true;
	int rc = g->r->files->list(g->r->files->arg, b.dir.ptr, see_member, &b, g->r->err);
	bool fine = rc == 1 && g->r->out->why == NULL;
	return rc < 0 || fine ? (rc < 0 ? rc : 0)
		: rc == 1     ? NEED_UNKNOWN
			      : need_unknown(g->r, "nobody can tell what '%s' holds", b.dir.ptr);
}

/** The workspace of a package: its own, or that of a directory above. */
static int see_workspace(struct cargo *g, struct ctx_str from) {
	const struct ctx_toml *workspace = NULL;
	struct ctx_toml *manifest = NULL;
	struct ctx_str dir = from;
	g->root = from;
	for (bool own = true; workspace == NULL; own = false) {
		struct ctx_str text, name = need_join(g->r, dir, CTX_STR("Cargo.toml"));
		int rc = need_file(g->r, name, !own, &text);
		rc = rc != 0 || text.ptr == NULL ? rc : parse(g, name, text, &manifest);
		if (rc != 0 || (own && get(get(manifest, "package"), "workspace") != NULL)) {
			return rc != 0 ? rc : need_unknown(g->r, "'%s' names its workspace", name.ptr);
		}
		workspace = text.ptr != NULL ? get(manifest, "workspace") : NULL;
		if (workspace == NULL && dir.len == 1) {
			return add_dir(g, from);
		}
		if (workspace != NULL && !own && get(workspace, "exclude") != NULL) {
			return need_unknown(g->r, "'%s' leaves packages out", name.ptr);
		}
		g->root = workspace != NULL ? dir : g->root;
		dir = need_join(g->r, CTX_STR("/"), need_parent(dir));
	}
	const struct ctx_toml *members = get(workspace, "members");
	int rc = add_dir(g, g->root);
	rc = rc != 0 ? rc : add_dir(g, from);
	for (const struct ctx_toml *m = members != NULL ? members->members : NULL; rc == 0 && m != NULL; m = m->next) {
		rc = see_members(g, m->text);
	}
	return rc;
}

/* ---- What stands beside the packages ---- */

/** A configuration must not name files. */
static int check_config(struct cargo *g, struct ctx_str name, struct ctx_str text) {
	static const char known[] =
		" alias build cargo-new doc env future-incompat-report http net profile registries registry target term ";
	static const char *const wild[] = { "rustc", "target-dir", "cainfo", ".json", "file:", "credential",
		"build-dir" };
	struct ctx_toml *config = NULL;
	int rc = parse(g, name, text, &config);
	for (const struct ctx_toml *m = rc == 0 ? config->members : NULL; m != NULL; m = m->next) {
		if (!ctx_str_is_listed(m->key, known)) {
			return need_unknown(g->r, "'%.*s' has a section '%.*s'", CTX_STR_ARGS(name),
				CTX_STR_ARGS(m->key));
		}
	}
	for (size_t i = 0; rc == 0 && i < CTX_COUNTOF(wild); ++i) {
		if (memmem(text.ptr, text.len, wild[i], strlen(wild[i])) != NULL) {
			return need_unknown(g->r, "'%.*s' may name a file: '%s'", CTX_STR_ARGS(name), wild[i]);
		}
	}
	return rc;
}

/** The toolchain file of rustup, and for cargo the configuration: in the directory, and in all above it. */
static int see_above(struct cargo *g, struct ctx_str dir, bool config) {
	static const char *const names[] = { "rust-toolchain.toml", "rust-toolchain", ".cargo/config.toml",
		".cargo/config" };
	for (int rc = 0;;) {
		for (size_t i = 0; rc == 0 && i < (config ? 4 : 2); ++i) {
			struct ctx_str text, name = need_join(g->r, dir, CTX_STR(names[i]));
			rc = need_file(g->r, name, true, &text);
			if (rc != 0 || text.ptr == NULL) {
				continue;
			}
			rc = i > 1 ? check_config(g, name, text)
				: memmem(text.ptr, text.len, "path", 4) != NULL
				? need_unknown(g->r, "'%.*s' may name a file", CTX_STR_ARGS(name))
				: 0;
		}
		if (rc != 0 || dir.len == 1) {
			return rc;
		}
		dir = need_join(g->r, CTX_STR("/"), need_parent(dir));
		rc = dir.ptr == NULL ? ctx_fail_nomem(g->r->err) : 0;
	}
}

/** The configuration in cargo's own directory. */
static int see_home(struct cargo *g) {
	struct ctx_str value, dirs[3] = { need_join(g->r, g->r->home, CTX_STR(".cargo")), CTX_STR("/usr/local/cargo") };
	size_t count = need_value(g->r, CTX_STR("CARGO_HOME"), &value) && value.len > 0 ? 3 : 2;
	int rc = 0;
	dirs[2] = count == 3 ? need_join(g->r, CTX_STR("/"), value) : CTX_STR_NONE;
	for (size_t i = 0; rc == 0 && i < 2 * count; ++i) {
		struct ctx_str text,
			name = need_join(g->r, dirs[i / 2], CTX_STR(i % 2 == 0 ? "config.toml" : "config"));
		rc = need_file(g->r, name, true, &text);
		rc = rc != 0 || text.ptr == NULL ? rc : check_config(g, name, text);
	}
	return rc;
}

/** Lock file and what lies beside it. */
static int see_lock(struct cargo *g, const struct need_command *c) {
	struct ctx_str text, lock = need_join(g->r, g->root, CTX_STR("Cargo.lock"));
	int rc = need_file(g->r, lock, true, &text);
	if (rc == 0 && text.ptr == NULL) {
		need_review(g->r);
		rc = need_rule(g->r, "there is no lock file");
	}
	rc = rc != 0 || need_has_option(c, " --locked --frozen ") ? rc : need_write(g->r, lock, false);
	return rc != 0 ? rc : need_write(g->r, need_join(g->r, g->root, CTX_STR("target")), true);
}

int need_cargo(struct need_run *r, const struct need_command *c) {
	struct cargo g = { .r = r };
	bool packages = c->row->manifests == ANA_MANIFESTS_CARGO;
	if (c->dir.ptr == NULL) {
		return need_unknown(r, "the directory of '%.*s' is not known", CTX_STR_ARGS(c->text));
	}
	const struct ana_script_word *target = need_option_value(c, " --target ");
	if (target != NULL && ctx_str_ends(target->text, ".json")) {
		return need_unknown(r, "'%.*s' reads a description of its target", CTX_STR_ARGS(c->text));
	}
	int rc = see_above(&g, c->dir, packages);
	rc = rc != 0 ? rc : see_home(&g);
	rc = rc != 0 || !packages ? rc : see_workspace(&g, c->dir);
	for (size_t i = 0; rc == 0 && i < g.dirs.count; ++i) {
		rc = see_package(&g, i);
	}
	rc = rc != 0 || !packages ? rc : see_lock(&g, c);
	CTX_VEC_RELEASE(&g.dirs);
	ctx_strmap_release(&g.seen);
	return rc;
}
