#include "ctxopt/context/waste.h"

/** How a name is compared. */
enum match { EXACT, SUFFIX, PREFIX };

/** One well-known name.  `beside`: one of these files must lie in the same directory. */
struct kind {
	const char *name;
	enum match match;
	enum ctx_waste_class class;
	bool directory;
	const char *beside[5];
};

// clang-format off
static const struct kind kinds[] = {
	{ ".git",            EXACT,  CTX_WASTE_VCS,          true,  { 0 } },
	{ ".hg",             EXACT,  CTX_WASTE_VCS,          true,  { 0 } },
	{ ".svn",            EXACT,  CTX_WASTE_VCS,          true,  { 0 } },
	{ "node_modules",    EXACT,  CTX_WASTE_DEPENDENCIES, true,  { 0 } },
	{ "bower_components", EXACT, CTX_WASTE_DEPENDENCIES, true,  { 0 } },
	{ ".venv",           EXACT,  CTX_WASTE_DEPENDENCIES, true,  { 0 } },
	{ "venv",            EXACT,  CTX_WASTE_DEPENDENCIES, true,  { 0 } },
	{ "Pods",            EXACT,  CTX_WASTE_DEPENDENCIES, true,  { "Podfile" } },
	{ "target",          EXACT,  CTX_WASTE_OUTPUT,       true,  { "Cargo.toml", "pom.xml", "build.sbt" } },
	{ "build",           EXACT,  CTX_WASTE_OUTPUT,       true,  { "build.gradle", "build.gradle.kts", "setup.py" } },
	{ "dist",            EXACT,  CTX_WASTE_OUTPUT,       true,  { "package.json", "setup.py", "pyproject.toml" } },
	{ ".next",           EXACT,  CTX_WASTE_OUTPUT,       true,  { 0 } },
	{ ".nuxt",           EXACT,  CTX_WASTE_OUTPUT,       true,  { 0 } },
	{ ".output",         EXACT,  CTX_WASTE_OUTPUT,       true,  { "nuxt.config.ts", "package.json" } },
	{ "_build",          EXACT,  CTX_WASTE_OUTPUT,       true,  { "mix.exs", "rebar.config", "dune-project" } },
	{ ".egg-info",       SUFFIX, CTX_WASTE_OUTPUT,       true,  { 0 } },
	{ "htmlcov",         EXACT,  CTX_WASTE_OUTPUT,       true,  { 0 } },
	{ ".nyc_output",     EXACT,  CTX_WASTE_OUTPUT,       true,  { 0 } },
	{ "__pycache__",     EXACT,  CTX_WASTE_CACHE,        true,  { 0 } },
	{ ".pytest_cache",   EXACT,  CTX_WASTE_CACHE,        true,  { 0 } },
	{ ".mypy_cache",     EXACT,  CTX_WASTE_CACHE,        true,  { 0 } },
	{ ".ruff_cache",     EXACT,  CTX_WASTE_CACHE,        true,  { 0 } },
	{ ".tox",            EXACT,  CTX_WASTE_CACHE,        true,  { 0 } },
	{ ".nox",            EXACT,  CTX_WASTE_CACHE,        true,  { 0 } },
	{ ".gradle",         EXACT,  CTX_WASTE_CACHE,        true,  { 0 } },
	{ ".turbo",          EXACT,  CTX_WASTE_CACHE,        true,  { 0 } },
	{ ".parcel-cache",   EXACT,  CTX_WASTE_CACHE,        true,  { 0 } },
	{ ".terraform",      EXACT,  CTX_WASTE_CACHE,        true,  { 0 } },
	{ ".pyc",            SUFFIX, CTX_WASTE_CACHE,        false, { 0 } },
	{ ".idea",           EXACT,  CTX_WASTE_EDITOR,       true,  { 0 } },
	{ ".vscode",         EXACT,  CTX_WASTE_EDITOR,       true,  { 0 } },
	{ ".DS_Store",       EXACT,  CTX_WASTE_EDITOR,       false, { 0 } },
	{ ".swp",            SUFFIX, CTX_WASTE_EDITOR,       false, { 0 } },
	{ ".log",            SUFFIX, CTX_WASTE_LOG,          false, { 0 } },
	{ ".env",            EXACT,  CTX_WASTE_SECRET,       false, { 0 } },
	{ ".env.",           PREFIX, CTX_WASTE_SECRET,       false, { 0 } },
	{ ".netrc",          EXACT,  CTX_WASTE_SECRET,       false, { 0 } },
	{ ".pypirc",         EXACT,  CTX_WASTE_SECRET,       false, { 0 } },
	{ ".htpasswd",       EXACT,  CTX_WASTE_SECRET,       false, { 0 } },
	{ "id_rsa",          EXACT,  CTX_WASTE_SECRET,       false, { 0 } },
	{ "id_ecdsa",        EXACT,  CTX_WASTE_SECRET,       false, { 0 } },
	{ "id_ed25519",      EXACT,  CTX_WASTE_SECRET,       false, { 0 } },
	{ ".tfstate",        SUFFIX, CTX_WASTE_SECRET,       false, { 0 } },
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
static bool name_matches(const struct kind *k, const struct ctx_entry *e) {
	size_t len = strlen(k->name);
	switch (k->match) {
	case EXACT:
		return e->name_len == len && memcmp(e->name, k->name, len) == 0;
	case SUFFIX:
		return e->name_len > len && memcmp(e->name + e->name_len - len, k->name, len) == 0;
	case PREFIX:
		return e->name_len > len && memcmp(e->name, k->name, len) == 0 && !is_template(e->name);
	}
	return false;
}

/** Is there a file beside the entry that shows what made it? */
static bool has_witness(const struct kind *k, const struct ctx_dir *dir) {
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

/** First bytes of names that any kind could match exactly or by prefix, and last bytes for suffixes: most names fail. */
struct filter {
	bool first[256], last[256];
};

/** Fill the filter from the table. */
static void make_filter(struct filter *f) {
	*f = (struct filter){ 0 };
	for (size_t i = 0; i < KIND_COUNT; ++i) {
		const char *name = kinds[i].name;
		if (kinds[i].match == SUFFIX) {
			f->last[(unsigned char)name[strlen(name) - 1]] = true;
		} else {
			f->first[(unsigned char)name[0]] = true;
		}
	}
}

/** The kind of an entry, or KIND_COUNT. */
static size_t kind_of(const struct filter *f, const struct ctx_dir *dir, const struct ctx_entry *e) {
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
	struct filter filter;
	make_filter(&filter);
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

/** The kind's name as people write it: "*.log", ".env.*". */
static const char *pattern_of(struct ctx_waste *out, const struct kind *k) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_buf_addf(&text, "%s%s%s", k->match == SUFFIX ? "*" : "", k->name, k->match == PREFIX ? "*" : "");
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
		"log", "secret" };
	return names[class];
}
