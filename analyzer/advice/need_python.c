/*
 * poetry, uv, pipenv, pdm, and bundler: manifests that are TOML or a program, of which only the plain is understood.
 *
 * Nothing is parsed: a manifest is searched for what could name a file of the project, and has none of it, or the RUN is not known.
 */
#include "analyzer/advice/need_internal.h"

/** What a kind of manifest must not have, and which files it is. */
static const struct plain {
	enum ana_manifests manifests;
	/** The manifest; files that count if they are there. */
	const char *manifest, *others;
	/** Words that could name something local, each between bars. */
	const char *words;
	/** Options of which one must be there; NULL for none. */
	const char *wanted;
	/** The lock file. */
	const char *lock;
} plains[] = {
	{ ANA_MANIFESTS_POETRY, "pyproject.toml", "poetry.toml? .python-version?",
		"path =|path=|file:|file =|develop =|\"path\"|'path'|packages_from|[tool.poetry.build|requires-plugins|",
		" --no-root --no-directory ", "poetry.lock" },
	{ ANA_MANIFESTS_UV, "pyproject.toml", "uv.toml? .python-version? .python-versions?",
		"path =|path=|file:|workspace =|workspace=|editable|[tool.uv.workspace|find-links|index-url = \".|url = \".|url = \"/|constraint-dependencies-file|cache-keys|",
		" --no-install-project --no-install-workspace ", "uv.lock" },
	{ ANA_MANIFESTS_PDM, "pyproject.toml", "pdm.toml? .pdm.toml? .python-version? .pdm-python?",
		"path =|path=|file:|editable|[tool.pdm.scripts|plugins|", " --no-self ", "pdm.lock" },
	{ ANA_MANIFESTS_PIPENV, "Pipfile", ".python-version? .env?",
		"path =|path=|file =|file=|file:|editable|[scripts]|", NULL, "Pipfile.lock" },
};

/** Has a text the word?  uv's lock file names the project itself as editable = ".", which does not count. */
static bool has_word(struct ctx_str text, const char *word, size_t len) {
	static const char itself[] = "editable = \".\"";
	for (const char *at; (at = memmem(text.ptr, text.len, word, len)) != NULL;) {
		text = ctx_str_from(text, (size_t)(at - text.ptr));
		if (!ctx_str_starts(text, itself)) {
			return true;
		}
		text = ctx_str_from(text, strlen(itself));
	}
	return false;
}

/** The first of the words that a text has; NULL. */
static const char *find_word(struct need_run *r, struct ctx_str text, const char *words) {
	while (*words != '\0') {
		size_t len = strcspn(words, "|");
		if (has_word(text, words, len)) {
			return need_text(r, "%.*s", (int)len, words);
		}
		words += len + 1;
	}
	return NULL;
}

/** Is there a file, as far as copies tell? */
static int see_lock(struct need_run *r, struct ctx_str dir, const char *name, const char *words) {
	struct ctx_str text;
	int rc = need_file(r, need_join(r, dir, CTX_STR(name)), true, &text);
	if (rc != 0 || text.ptr != NULL) {
		const char *word = rc == 0 && words != NULL ? find_word(r, text, words) : NULL;
		return word != NULL ? need_unknown(r, "'%s' may name a local project: '%s'", name, word) : rc;
	}
	need_review(r);
	return need_rule(r, "there is no lock file");
}

/** Files above the project that would make it part of another: uv looks for workspaces. */
static int check_above(struct need_run *r, struct ctx_str dir, const char *name) {
	while (dir.len > 1) {
		struct ctx_str text;
		dir = need_join(r, CTX_STR("/"), need_parent(dir));
		int rc = need_file(r, need_join(r, dir, CTX_STR(name)), true, &text);
		if (rc != 0 || text.ptr != NULL) {
			return rc != 0 ? rc : need_unknown(r, "there is a '%s' above the project", name);
		}
	}
	return 0;
}

int need_python(struct need_run *r, const struct need_command *c) {
	const struct plain *plain = plains;
	struct ctx_str text;
	while (plain->manifests != c->row->manifests) {
		++plain;
	}
	if (c->dir.ptr == NULL) {
		return need_unknown(r, "the directory of '%.*s' is not known", CTX_STR_ARGS(c->text));
	}
	if (plain->wanted != NULL && !need_has_option(c, plain->wanted)) {
		return need_unknown(r, "'%.*s' installs the project itself", CTX_STR_ARGS(c->text));
	}
	int rc = need_file(r, need_join(r, c->dir, CTX_STR(plain->manifest)), false, &text);
	const char *word = rc == 0 ? find_word(r, text, plain->words) : NULL;
	if (word != NULL) {
		return need_unknown(r, "'%s' may name a local project: '%s'", plain->manifest, word);
	}
	rc = rc != 0 ? rc : need_list(r, plain->others, c->dir, false);
	rc = rc != 0
		? rc
		: see_lock(r, c->dir, plain->lock,
			  "editable = \"|directory = \"|path = \"|type = \"directory\"|type = \"file\"|\"path\":|\"editable\":|\"file\": \"|");
	rc = rc != 0 ? rc : check_above(r, c->dir, plain->manifest);
	return rc != 0 ? rc : need_environment(r, c->program);
}

/* ---- Ruby ---- */

/** Does a line of a Gemfile only name gems of a server or of git? */
static bool is_plain_gem(struct ctx_str line) {
	static const char *const begins[] = { "#", "source ", "source(", "gem ", "gem(", "group ", "group(", "end",
		"ruby ", "ruby(", "platform ", "platforms ", "git_source(", "platforms(" };
	static const char *const bad[] = { "path:", ":path", "file:", "`", "eval", "File.", "IO.", "Dir.",
		"require_relative", "__dir__", "__FILE__", "%x", "system", "gemspec", "$(", "Pathname", "open(", "load",
		"instance_" };
	bool begun = line.len == 0;
	for (size_t i = 0; i < CTX_COUNTOF(begins); ++i) {
		begun = begun || ctx_str_starts(line, begins[i]);
	}
	for (size_t i = 0; i < CTX_COUNTOF(bad); ++i) {
		begun = begun && (line.ptr[0] == '#' || memmem(line.ptr, line.len, bad[i], strlen(bad[i])) == NULL);
	}
	return begun;
}

/** The name of a file behind "ruby file:". */
static int see_ruby_file(struct need_run *r, struct ctx_str dir, struct ctx_str line) {
	const char *quote = memchr(line.ptr, '"', line.len);
	struct ctx_str name = quote == NULL ? CTX_STR("") : ctx_str_from(line, (size_t)(quote - line.ptr) + 1);
	name.len = ctx_str_find(name, '"');
	return name.len == 0 ? need_unknown(r, "a line of the Gemfile is not understood: '%.*s'", CTX_STR_ARGS(line))
			     : need_read(r, need_join(r, dir, name), false, false);
}

int need_bundle(struct need_run *r, const struct need_command *c) {
	struct ctx_str text;
	if (c->dir.ptr == NULL) {
		return need_unknown(r, "the directory of '%.*s' is not known", CTX_STR_ARGS(c->text));
	}
	int rc = need_file(r, need_join(r, c->dir, CTX_STR("Gemfile")), false, &text);
	bool more = false;
	while (rc == 0 && text.len > 0) {
		size_t end = ctx_str_find(text, '\n');
		struct ctx_str line = { text.ptr, end };
		text = ctx_str_from(text, end < text.len ? end + 1 : end);
		while (line.len > 0 && strchr(" \t", *line.ptr) != NULL) {
			line = ctx_str_from(line, 1);
		}
		while (line.len > 0 && strchr(" \t\r", line.ptr[line.len - 1]) != NULL) {
			--line.len;
		}
		if (ctx_str_starts(line, "ruby file:")) {
			rc = see_ruby_file(r, c->dir, line);
			continue;
		}
		// A line that ends with a comma goes on: what follows begins anyhow, but must name no path either
		struct ctx_str shown = more && line.len > 0 ? CTX_STR(need_text(r, "gem %.*s", CTX_STR_ARGS(line)))
							    : line;
		if (!is_plain_gem(shown)) {
			rc = need_unknown(r, "a line of the Gemfile is not understood: '%.*s'", CTX_STR_ARGS(line));
		}
		more = line.len > 0 && line.ptr[line.len - 1] == ',';
	}
	return rc != 0 ? rc : see_lock(r, c->dir, "Gemfile.lock", "PATH\n|");
}
