/*
 * What git tracks and only people and services look at: files at the root of the context that a step takes because it takes
 * everything, and that make all steps behind it miss when they change.
 *
 * None of that is proposed for its name alone.  A replayed history must show that it costs something, and no other file that is
 * sent may hold its name: who reads a file must name it, or take all of its kind.
 */
#include "analyzer/advice/suggest_internal.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/file.h"
#include "ctxopt/base/path.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>

/** Bytes that are searched for a name, all files together; and at the start of a file, where a zero byte shows that it is no text. */
#define SEARCH_MAX (64u << 20)
#define SNIFF_BYTES 8000

// clang-format off
/** Each row says who looks at it. */
static const struct ctx_waste_kind kinds[] = {
	{ ".github", CTX_WASTE_EXACT, CTX_WASTE_SERVICE, true, { 0 } }, // GitHub
	{ ".gitlab", CTX_WASTE_EXACT, CTX_WASTE_SERVICE, true, { 0 } }, // GitLab
	{ ".gitlab-ci.yml", CTX_WASTE_EXACT, CTX_WASTE_SERVICE, false, { 0 } }, // the same
	{ ".circleci", CTX_WASTE_EXACT, CTX_WASTE_SERVICE, true, { 0 } }, // CircleCI
	{ ".buildkite", CTX_WASTE_EXACT, CTX_WASTE_SERVICE, true, { 0 } }, // Buildkite
	{ ".travis.yml", CTX_WASTE_EXACT, CTX_WASTE_SERVICE, false, { 0 } }, // Travis CI
	{ ".drone.yml", CTX_WASTE_EXACT, CTX_WASTE_SERVICE, false, { 0 } }, // Drone
	{ ".cirrus.yml", CTX_WASTE_EXACT, CTX_WASTE_SERVICE, false, { 0 } }, // Cirrus CI
	{ "azure-pipelines", CTX_WASTE_PREFIX, CTX_WASTE_SERVICE, false, { 0 } }, // Azure
	{ "appveyor.yml", CTX_WASTE_EXACT, CTX_WASTE_SERVICE, false, { 0 } }, // AppVeyor
	{ "Jenkinsfile", CTX_WASTE_PREFIX, CTX_WASTE_SERVICE, false, { 0 } }, // Jenkins
	{ "codecov.yml", CTX_WASTE_SUFFIX, CTX_WASTE_SERVICE, false, { 0 } }, // Codecov
	{ "renovate.json", CTX_WASTE_PREFIX, CTX_WASTE_SERVICE, false, { 0 } }, // Renovate
	{ ".mergify.yml", CTX_WASTE_EXACT, CTX_WASTE_SERVICE, false, { 0 } }, // Mergify
	{ ".pre-commit-config.yaml", CTX_WASTE_EXACT, CTX_WASTE_SERVICE, false, { 0 } }, // pre-commit: what runs before a commit
	{ ".devcontainer", CTX_WASTE_EXACT, CTX_WASTE_SERVICE, true, { 0 } }, // editors in containers
	{ "Dockerfile", CTX_WASTE_PREFIX, CTX_WASTE_RECIPE, false, { 0 } }, // builders, which get it in another way
	{ ".Dockerfile", CTX_WASTE_SUFFIX, CTX_WASTE_RECIPE, false, { 0 } }, // the same
	{ ".dockerignore", CTX_WASTE_SUFFIX, CTX_WASTE_RECIPE, false, { 0 } }, // the same
	{ "docker-compose", CTX_WASTE_PREFIX, CTX_WASTE_RECIPE, false, { 0 } }, // docker compose
	{ "compose.y", CTX_WASTE_PREFIX, CTX_WASTE_RECIPE, false, { 0 } }, // the same by its newer name
	{ "docker-bake.hcl", CTX_WASTE_EXACT, CTX_WASTE_RECIPE, false, { 0 } }, // docker buildx bake
	{ "docs", CTX_WASTE_EXACT, CTX_WASTE_TEXT, true, { 0 } }, // people
	{ "doc", CTX_WASTE_EXACT, CTX_WASTE_TEXT, true, { 0 } }, // people
	{ ".md", CTX_WASTE_SUFFIX, CTX_WASTE_TEXT, false, { 0 } }, // people
	{ ".rst", CTX_WASTE_SUFFIX, CTX_WASTE_TEXT, false, { 0 } }, // people
};
// clang-format on

/** Files that show that the documentation is what is built. */
static const char site_files[] =
	" mkdocs.yml mkdocs.yaml _config.yml book.toml conf.py hugo.toml hugo.yaml config.toml antora.yml antora-playbook.yml "
	"docusaurus.config.js docusaurus.config.ts .vitepress .vuepress mint.json docs.json ";

/* ---- Candidates ---- */

/** Does an entry of the root have the kind's name? */
static bool is_of(const struct ctx_waste_kind *kind, const struct ctx_entry *e) {
	struct ctx_str name = { e->name, e->name_len };
	if (kind->directory != (e->kind == CTX_KIND_DIR) || e->kind == CTX_KIND_SYMLINK) {
		return false;
	}
	return kind->match == CTX_WASTE_EXACT     ? ctx_str_is(name, kind->name)
		: kind->match == CTX_WASTE_PREFIX ? ctx_str_starts(name, kind->name)
						  : ctx_str_ends(name, kind->name);
}

/** The kind of an entry of the root; NULL. */
static const struct ctx_waste_kind *kind_of(const struct ctx_entry *e) {
	for (size_t i = 0; i < CTX_COUNTOF(kinds); ++i) {
		if (is_of(&kinds[i], e)) {
			return &kinds[i];
		}
	}
	return NULL;
}

/** Is the documentation what is built here? */
static bool is_site(const struct ctx_snapshot *snap) {
	const struct ctx_dir *root = snap->root.dir;
	for (size_t i = 0; i < root->count; ++i) {
		struct ctx_str name = { root->entries[i].name, root->entries[i].name_len };
		if (ctx_str_is_listed(name, site_files)) {
			return true;
		}
	}
	return false;
}

int suggest_tracked(struct suggest *s, struct ctx_error *err) {
	struct ctx_dir *root = s->in->snap->root.dir;
	bool site = is_site(s->in->snap);
	int rc = 0;
	if (s->in->repo == NULL || s->in->unknown_build != NULL) {
		return 0;
	}
	for (size_t i = 0; rc == 0 && i < root->count; ++i) {
		const struct ctx_entry *e = &root->entries[i];
		const struct ctx_waste_kind *kind = ctx_entry_kept(e) ? kind_of(e) : NULL;
		if (kind == NULL || (kind->class == CTX_WASTE_TEXT && site) ||
			s->p->owner[ana_ignore_entry(root, e)] != 0) {
			continue;
		}
		struct ana_ignore_place place;
		struct ctx_git_opinion git = { 0 };
		rc = suggest_describe(s, &place, root, e, err);
		rc = rc < 0 ? rc : suggest_ask_git(s, place.path, e->kind == CTX_KIND_DIR, &git, err);
		if (rc < 0 || !git.tracked || !suggest_any_read(s, &place) || suggest_claim(s, &place) != NULL) {
			continue;
		}
		place.kind = kind;
		place.proof = ANA_PROOF_REVIEW;
		place.why =
			"git tracks it; a step takes it only because it takes everything, and no other file that is "
			"sent names it";
		rc = suggest_keep(s, &place, err);
	}
	return rc;
}

/* ---- Who names it ---- */

/** Could the byte be part of the same word? */
static bool is_word(char c) {
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

/** Does a text hold the name as a word? */
static bool names(struct ctx_str text, struct ctx_str name) {
	const char *end = text.ptr + text.len;
	for (const char *at = text.ptr; (at = memmem(at, (size_t)(end - at), name.ptr, name.len)) != NULL; ++at) {
		bool inside = at > text.ptr && is_word(at[-1]) && is_word(*at);
		bool dotted = at > text.ptr && *at == '.' && is_word(at[-1]); // "api.github.com"
		const char *behind = at + name.len;
		if (!inside && !dotted && (behind == end || !is_word(*behind))) {
			return true;
		}
	}
	return false;
}

/** Does a text hold the name, or a pattern for all files with its ending? */
static bool speaks_of(struct ctx_str text, struct ctx_str name) {
	char pattern[16] = "*";
	size_t dot = name.len;
	while (dot > 0 && name.ptr[dot - 1] != '.') {
		--dot;
	}
	if (dot > 1 && name.len - dot < sizeof(pattern) - 3) {
		memcpy(pattern + 1, name.ptr + dot - 1, name.len - dot + 1);
		if (memmem(text.ptr, text.len, pattern, name.len - dot + 2) != NULL) {
			return true;
		}
	}
	return names(text, name);
}

/** A search through all that is sent. */
struct mentions {
	struct ana_ignore_proposal *p;
	const struct ana_ignore_evidence *in;
	struct ctx_waste_filter filter;
	/** Bytes that were read. */
	uint64_t bytes;
	/** For each rule who names one of its places; NULL.  In the arena. */
	const char **by;
};

/** The reason in the arena. */
static const char *note(struct mentions *m, const char *path, const char *words) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_buf_addf(&text, "%s%s", path, words);
	return ctx_buf_ok(&text) ? ctx_arena_memdup0(&m->p->arena, ctx_buf_str(&text), text.len) : NULL;
}

/** Search one text for the places of all rules that nobody named so far.  Build definitions name each other. */
static int search_text(struct mentions *m, const char *path, const struct ctx_buf *file, bool recipe,
	struct ctx_error *err) {
	struct ctx_str text = { ctx_buf_str(file), file->len };
	for (size_t i = 0; i < m->p->places.count; ++i) {
		const struct ana_ignore_place *place = &m->p->places.items[i];
		if (place->dropped || place->rule == SIZE_MAX || !suggest_is_tracked(place->kind) ||
			(recipe && place->kind->class == CTX_WASTE_RECIPE) || m->by[place->rule] != NULL ||
			!speaks_of(text, CTX_STR(place->path))) {
			continue;
		}
		m->by[place->rule] = note(m, path, " names it");
		if (m->by[place->rule] == NULL) {
			return ctx_fail_nomem(err);
		}
	}
	return 0;
}

/** Search one file, unless it is no text. */
static int search_file(struct mentions *m, const char *path, bool recipe, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_auto_fd int fd = ctx_open_beneath(m->in->root_fd, path, O_RDONLY | O_NONBLOCK);
	int rc = fd < 0 ? CTX_E_IO : ctx_read_fd(&text, fd, path, SEARCH_MAX, err);
	m->bytes += text.len;
	if (rc == CTX_E_NOMEM) {
		return rc;
	}
	if (rc < 0 || m->bytes > SEARCH_MAX) {
		m->bytes = SEARCH_MAX + 1; // what was not read may name anything
		return 0;
	}
	size_t sniff = text.len < SNIFF_BYTES ? text.len : SNIFF_BYTES;
	return memchr(ctx_buf_str(&text), '\0', sniff) != NULL ? 0 : search_text(m, path, &text, recipe, err);
}

/** Search all files that are sent, but for those that only people and services look at, and for what tools make. */
static int search_all(struct mentions *m, struct ctx_error *err) {
	int rc = 0;
	struct ctx_cursor c = ctx_cursor_at(m->in->snap->root.dir);
	for (const struct ctx_entry *e; rc == 0 && m->bytes <= SEARCH_MAX && (e = ctx_cursor_next(&c)) != NULL;) {
		const struct ctx_waste_kind *kind = c.dir->parent == NULL ? kind_of(e) : NULL;
		bool recipe = kind != NULL && kind->class == CTX_WASTE_RECIPE;
		if ((kind != NULL && !recipe) || ctx_waste_kind_of(&m->filter, c.dir, e) != NULL) {
			if (e->kind == CTX_KIND_DIR) {
				ctx_cursor_skip(&c);
			}
			continue;
		}
		if ((m->p->before[ana_ignore_entry(c.dir, e)] & CTX_ENTRY_KEPT) == 0 || e->kind != CTX_KIND_FILE) {
			continue;
		}
		ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
		ctx_entry_path(&path, c.dir, e);
		rc = ctx_buf_ok(&path) ? search_file(m, ctx_buf_str(&path), recipe, err) : ctx_fail_nomem(err);
	}
	return rc;
}

/* ---- Pruning ---- */

bool ana_ignore_is_tracked(const struct ana_ignore_rule *rule) {
	return suggest_is_tracked(rule->kind);
}

/** Drop or hold the places of what is not worth it, or is named. */
static int prune(struct mentions *m, const enum ana_ignore_worth *worth, size_t *dropped, struct ctx_error *err) {
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < m->p->places.count; ++i) {
		struct ana_ignore_place *place = &m->p->places.items[i];
		if (place->dropped || place->rule == SIZE_MAX || !suggest_is_tracked(place->kind)) {
			continue;
		}
		const char *by = m->bytes > SEARCH_MAX ? "there is too much to search for its name"
						       : m->by[place->rule];
		enum ana_ignore_worth value = worth[place->rule];
		by = by != NULL || value == ANA_IGNORE_WORTH
			? by
			: "in the older builds of the history it would have saved time, in the newer ones nothing";
		place->dropped = by != NULL;
		*dropped += place->dropped;
		if (value != ANA_IGNORE_IDLE && by != NULL) {
			rc = suggest_hold(m->p, place, by, err);
		}
	}
	return rc;
}

int ana_ignore_prune(struct ana_ignore_proposal *p, const struct ana_ignore_evidence *in,
	const enum ana_ignore_worth *worth, size_t *dropped, struct ctx_error *err) {
	bool any = false;
	*dropped = 0;
	for (size_t i = 0; i < p->rules.count; ++i) {
		any = any || (worth[i] != ANA_IGNORE_IDLE && ana_ignore_is_tracked(&p->rules.items[i]));
	}
	struct mentions m = { .p = p, .in = in };
	m.by = ctx_arena_calloc(&p->arena, p->rules.count + 1, sizeof(*m.by));
	ctx_waste_filter_make(&m.filter);
	int rc = m.by == NULL ? ctx_fail_nomem(err) : any ? search_all(&m, err) : 0;
	rc = rc < 0 ? rc : prune(&m, worth, dropped, err);
	return rc < 0 || *dropped == 0 ? rc : suggest_make_rules(p, err);
}
