#include "ctxopt/context/waste.h"

// clang-format off
/** Each row says who makes it, and why a build can do without. */
static const struct ctx_waste_kind kinds[] = {
	{ ".git", CTX_WASTE_EXACT, CTX_WASTE_VCS, true, { 0 } }, // git: all history; changes with every commit
	{ ".hg", CTX_WASTE_EXACT, CTX_WASTE_VCS, true, { 0 } }, // Mercurial: the same
	{ ".svn", CTX_WASTE_EXACT, CTX_WASTE_VCS, true, { 0 } }, // Subversion: a second copy of every file
	{ "node_modules", CTX_WASTE_EXACT, CTX_WASTE_DEPENDENCIES, true, { 0 } }, // npm, yarn, pnpm, bun: installed for this machine, not for the image
	{ "bower_components", CTX_WASTE_EXACT, CTX_WASTE_DEPENDENCIES, true, { 0 } }, // bower: the same
	{ ".venv", CTX_WASTE_EXACT, CTX_WASTE_DEPENDENCIES, true, { 0 } }, // python -m venv, uv, poetry: holds absolute paths of this machine
	{ "venv", CTX_WASTE_EXACT, CTX_WASTE_DEPENDENCIES, true, { 0 } }, // the same by its other usual name
	{ "Pods", CTX_WASTE_EXACT, CTX_WASTE_DEPENDENCIES, true, { "Podfile" } }, // CocoaPods: for Apple machines
	{ "target", CTX_WASTE_EXACT, CTX_WASTE_OUTPUT, true, { "Cargo.toml", "pom.xml", "build.sbt" } }, // cargo, maven, sbt: made again by a build
	{ "build", CTX_WASTE_EXACT, CTX_WASTE_OUTPUT, true, { "build.gradle", "build.gradle.kts", "setup.py" } }, // gradle, setuptools: made again by a build
	{ "dist", CTX_WASTE_EXACT, CTX_WASTE_OUTPUT, true, { "package.json", "setup.py", "pyproject.toml" } }, // bundlers, python -m build: made again by a build
	{ ".next", CTX_WASTE_EXACT, CTX_WASTE_OUTPUT, true, { 0 } }, // next build
	{ ".nuxt", CTX_WASTE_EXACT, CTX_WASTE_OUTPUT, true, { 0 } }, // nuxt build
	{ ".output", CTX_WASTE_EXACT, CTX_WASTE_OUTPUT, true, { "nuxt.config.ts", "package.json" } }, // nuxt and nitro
	{ "_build", CTX_WASTE_EXACT, CTX_WASTE_OUTPUT, true, { "mix.exs", "rebar.config", "dune-project" } }, // mix, rebar3, dune
	{ ".egg-info", CTX_WASTE_SUFFIX, CTX_WASTE_OUTPUT, true, { 0 } }, // pip install -e, setup.py: metadata of a local installation
	{ "htmlcov", CTX_WASTE_EXACT, CTX_WASTE_OUTPUT, true, { 0 } }, // coverage: a report of a test run
	{ ".nyc_output", CTX_WASTE_EXACT, CTX_WASTE_OUTPUT, true, { 0 } }, // nyc: raw data of the same
	{ "__pycache__", CTX_WASTE_EXACT, CTX_WASTE_CACHE, true, { 0 } }, // python: compiled modules, made again when they are imported
	{ ".pytest_cache", CTX_WASTE_EXACT, CTX_WASTE_CACHE, true, { 0 } }, // pytest: what failed last
	{ ".mypy_cache", CTX_WASTE_EXACT, CTX_WASTE_CACHE, true, { 0 } }, // mypy
	{ ".ruff_cache", CTX_WASTE_EXACT, CTX_WASTE_CACHE, true, { 0 } }, // ruff
	{ ".tox", CTX_WASTE_EXACT, CTX_WASTE_CACHE, true, { 0 } }, // tox: environments of test runs
	{ ".nox", CTX_WASTE_EXACT, CTX_WASTE_CACHE, true, { 0 } }, // nox: the same
	{ ".gradle", CTX_WASTE_EXACT, CTX_WASTE_CACHE, true, { 0 } }, // gradle: task history, locks
	{ ".turbo", CTX_WASTE_EXACT, CTX_WASTE_CACHE, true, { 0 } }, // turborepo
	{ ".parcel-cache", CTX_WASTE_EXACT, CTX_WASTE_CACHE, true, { 0 } }, // parcel
	{ ".terraform", CTX_WASTE_EXACT, CTX_WASTE_CACHE, true, { 0 } }, // terraform: downloaded providers
	{ ".direnv", CTX_WASTE_EXACT, CTX_WASTE_CACHE, true, { 0 } }, // direnv: environments of one person
	{ ".eslintcache", CTX_WASTE_EXACT, CTX_WASTE_CACHE, false, { 0 } }, // eslint --cache
	{ ".pyc", CTX_WASTE_SUFFIX, CTX_WASTE_CACHE, false, { 0 } }, // python: compiled modules beside their sources
	{ ".idea", CTX_WASTE_EXACT, CTX_WASTE_EDITOR, true, { 0 } }, // JetBrains editors
	{ ".vscode", CTX_WASTE_EXACT, CTX_WASTE_EDITOR, true, { 0 } }, // Visual Studio Code
	{ ".DS_Store", CTX_WASTE_EXACT, CTX_WASTE_EDITOR, false, { 0 } }, // macOS: how a folder was looked at
	{ "Thumbs.db", CTX_WASTE_EXACT, CTX_WASTE_EDITOR, false, { 0 } }, // Windows: the same
	{ ".swp", CTX_WASTE_SUFFIX, CTX_WASTE_EDITOR, false, { 0 } }, // vim: a file that is open
	{ ".log", CTX_WASTE_SUFFIX, CTX_WASTE_LOG, false, { 0 } }, // what some program said; grows while it runs
	{ ".env", CTX_WASTE_EXACT, CTX_WASTE_SECRET, false, { 0 } }, // dotenv: passwords for development
	{ ".env.", CTX_WASTE_PREFIX, CTX_WASTE_SECRET, false, { 0 } }, // dotenv: those of an environment; samples do not count
	{ ".netrc", CTX_WASTE_EXACT, CTX_WASTE_SECRET, false, { 0 } }, // curl, git: passwords
	{ ".pypirc", CTX_WASTE_EXACT, CTX_WASTE_SECRET, false, { 0 } }, // twine: passwords
	{ ".htpasswd", CTX_WASTE_EXACT, CTX_WASTE_SECRET, false, { 0 } }, // web servers: hashed passwords
	{ "id_rsa", CTX_WASTE_EXACT, CTX_WASTE_SECRET, false, { 0 } }, // ssh: private keys
	{ "id_ecdsa", CTX_WASTE_EXACT, CTX_WASTE_SECRET, false, { 0 } }, // the same
	{ "id_ed25519", CTX_WASTE_EXACT, CTX_WASTE_SECRET, false, { 0 } }, // the same
	{ ".tfstate", CTX_WASTE_SUFFIX, CTX_WASTE_SECRET, false, { 0 } }, // terraform: state, with passwords in clear
	{ ".envrc", CTX_WASTE_EXACT, CTX_WASTE_LOCAL, false, { 0 } }, // direnv: the environment of one person
	{ "docker-compose.override.yml", CTX_WASTE_EXACT, CTX_WASTE_LOCAL, false, { 0 } }, // docker compose: how one person runs it
	{ "compose.override.yaml", CTX_WASTE_EXACT, CTX_WASTE_LOCAL, false, { 0 } }, // the same by its newer name
};
// clang-format on

#define KIND_COUNT CTX_COUNTOF(kinds)

/** Endings of files that only show which variables there are: nothing secret in them. */
static bool is_template(const char *name) {
	static const char *const words[] = { "example", "sample", "template", "dist", "default", "defaults", "tpl",
		"test" };
	const char *dot = strrchr(name, '.');
	for (size_t i = 0; dot != NULL && i < CTX_COUNTOF(words); ++i) {
		if (strcmp(dot + 1, words[i]) == 0) {
			return true;
		}
	}
	return false;
}

/** Does the name of an entry belong to the kind? */
static bool name_matches(const struct ctx_waste_kind *k, const struct ctx_entry *e) {
	size_t len = strlen(k->name);
	switch (k->match) {
	case CTX_WASTE_EXACT:
		return e->name_len == len && memcmp(e->name, k->name, len) == 0;
	case CTX_WASTE_SUFFIX:
		return e->name_len > len && memcmp(e->name + e->name_len - len, k->name, len) == 0;
	case CTX_WASTE_PREFIX:
		return e->name_len > len && memcmp(e->name, k->name, len) == 0 && !is_template(e->name);
	}
	return false;
}

/** Is there a file beside the entry that shows what made it? */
static bool has_witness(const struct ctx_waste_kind *k, const struct ctx_dir *dir) {
	if (k->beside[0] == NULL) {
		return true;
	}
	for (size_t i = 0; i < CTX_COUNTOF(k->beside) && k->beside[i] != NULL; ++i) {
		if (ctx_dir_find(dir, k->beside[i], strlen(k->beside[i])) != NULL) {
			return true;
		}
	}
	return false;
}

void ctx_waste_filter_make(struct ctx_waste_filter *f) {
	*f = (struct ctx_waste_filter){ 0 };
	for (size_t i = 0; i < KIND_COUNT; ++i) {
		const char *name = kinds[i].name;
		if (kinds[i].match == CTX_WASTE_SUFFIX) {
			f->last[(unsigned char)name[strlen(name) - 1]] = true;
		} else {
			f->first[(unsigned char)name[0]] = true;
		}
	}
}

/** The kind of an entry, or KIND_COUNT. */
static size_t kind_of(const struct ctx_waste_filter *f, const struct ctx_dir *dir, const struct ctx_entry *e) {
	if (e->name_len == 0 ||
		(!f->first[(unsigned char)e->name[0]] && !f->last[(unsigned char)e->name[e->name_len - 1]])) {
		return KIND_COUNT;
	}
	size_t i = 0;
	while (i < KIND_COUNT &&
		!(kinds[i].directory == (e->kind == CTX_KIND_DIR) && name_matches(&kinds[i], e) &&
			has_witness(&kinds[i], dir))) {
		++i;
	}
	return i;
}

const struct ctx_waste_kind *ctx_waste_kind_of(const struct ctx_waste_filter *filter, const struct ctx_dir *dir,
	const struct ctx_entry *e) {
	size_t kind = kind_of(filter, dir, e);
	return kind < KIND_COUNT ? &kinds[kind] : NULL;
}

/** A new place of a kind: count it, and keep the first one's path. */
static int start_place(struct ctx_waste *out, struct ctx_waste_row *row, const struct ctx_dir *dir,
	const struct ctx_entry *e, struct ctx_error *err) {
	if (row->places++ > 0) {
		return 0;
	}
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	ctx_entry_path(&path, dir, e);
	row->example_len = path.len;
	row->example = ctx_buf_ok(&path) ? ctx_arena_memdup0(&out->arena, ctx_buf_str(&path), path.len) : NULL;
	return row->example != NULL ? 0 : ctx_fail_nomem(err);
}

/** Fill one row per kind of the table. */
static int search(struct ctx_waste *out, struct ctx_waste_row *rows, struct ctx_snapshot *snap, struct ctx_error *err) {
	struct ctx_waste_filter filter;
	ctx_waste_filter_make(&filter);
	struct ctx_waste_row *inside = NULL; // the place that the current entry lies in, which began at depth `since`
	uint32_t since = 0;
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (const struct ctx_entry *e = ctx_cursor_next(&c); e != NULL; e = ctx_cursor_next(&c)) {
		if (inside != NULL && c.dir->depth <= since) {
			inside = NULL;
		}
		if (!ctx_entry_kept(e)) {
			continue;
		}
		struct ctx_waste_row *row = inside;
		if (row == NULL) {
			size_t kind = kind_of(&filter, c.dir, e);
			if (kind == KIND_COUNT) {
				continue;
			}
			row = &rows[kind];
			int rc = start_place(out, row, c.dir, e, err);
			if (rc < 0) {
				return rc;
			}
			if (e->kind == CTX_KIND_DIR) {
				inside = row;
				since = c.dir->depth;
			}
		}
		ctx_totals_add_entry(&row->totals, e);
		ctx_totals_add_entry(&out->totals, e);
	}
	return 0;
}

/** Secrets last, most bytes first. */
static int compare_rows(const void *left, const void *right) {
	const struct ctx_waste_row *a = left, *b = right;
	if ((a->class == CTX_WASTE_SECRET) != (b->class == CTX_WASTE_SECRET)) {
		return a->class == CTX_WASTE_SECRET ? 1 : -1;
	}
	if (a->totals.bytes != b->totals.bytes) {
		return a->totals.bytes > b->totals.bytes ? -1 : 1;
	}
	return strcmp(a->name, b->name);
}

void ctx_waste_pattern(struct ctx_buf *out, const struct ctx_waste_kind *kind) {
	ctx_buf_addf(out, "%s%s%s", kind->match == CTX_WASTE_SUFFIX ? "*" : "", kind->name,
		kind->match == CTX_WASTE_PREFIX ? "*" : "");
}

/** The same in the arena. */
static const char *pattern_of(struct ctx_waste *out, const struct ctx_waste_kind *k) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_waste_pattern(&text, k);
	return ctx_buf_ok(&text) ? ctx_arena_memdup0(&out->arena, ctx_buf_str(&text), text.len) : NULL;
}

int ctx_waste_find(struct ctx_waste *out, struct ctx_snapshot *snap, struct ctx_error *err) {
	*out = (struct ctx_waste){ 0 };
	struct ctx_waste_row rows[KIND_COUNT];
	for (size_t i = 0; i < KIND_COUNT; ++i) {
		rows[i] = (struct ctx_waste_row){ .class = kinds[i].class, .directory = kinds[i].directory };
	}
	int rc = search(out, rows, snap, err);
	if (rc < 0) {
		return rc;
	}
	for (size_t i = 0; i < KIND_COUNT; ++i) {
		if (rows[i].totals.files == 0 && rows[i].totals.symlinks == 0) {
			continue; // nothing, or nothing but empty directories
		}
		rows[i].name = pattern_of(out, &kinds[i]);
		if (rows[i].name == NULL || !CTX_VEC_PUSH(&out->rows, rows[i])) {
			return ctx_fail_nomem(err);
		}
	}
	if (out->rows.count > 0) {
		qsort(out->rows.items, out->rows.count, sizeof(*out->rows.items), compare_rows);
	}
	return 0;
}

void ctx_waste_release(struct ctx_waste *waste) {
	CTX_VEC_RELEASE(&waste->rows);
	ctx_arena_release(&waste->arena);
}

const char *ctx_waste_class_name(enum ctx_waste_class class) {
	static const char *const names[] = { "version control", "dependencies", "build output", "cache", "editor",
		"log", "secret", "local configuration", "settings of services", "build definition", "documentation" };
	return names[class];
}
