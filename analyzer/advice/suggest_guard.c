/*
 * What speaks against leaving something out.
 *
 * Whoever looks at a place without naming it must run after a step that took it: from such a step the place is carried
 * along the edges of the graph (an input has a smaller index than its user), and every command on the way is looked up in
 * the table of tools.h.  Four kinds of commands look at manifests only, which are read.
 */
#include "analyzer/advice/suggest_internal.h"

#include "analyzer/dockerfile/glob.h"
#include "ctxopt/base/alloc.h"
#include "ctxopt/base/file.h"
#include "ctxopt/base/path.h"

#include <fcntl.h>
#include <stdlib.h>

/** Largest manifest that is read, and most bytes of a command that are quoted. */
#define MANIFEST_MAX (8u << 20)
#define QUOTED_MAX 40

/* ---- Marks ---- */

bool ana_ignore_is_wide(const struct ana_read *read) {
	const struct ana_action *a = read->action;
	bool plain = a == NULL || (a->include_count == 0 && a->required_count == 0);
	return plain && (read->path.len == 0 || ctx_str_is(read->path, "/"));
}

/** May all that a read takes be named by it?  Include patterns name single files anywhere. */
static bool names_all(const struct ana_read *read) {
	return read->action != NULL && (read->action->include_count > 0 || read->action->required_count > 0);
}

/** Mark what one read names: the tops of what it takes. */
static void mark_read(struct suggest *s, const struct ana_ignore_read *r) {
	bool wide = ana_ignore_is_wide(r->read), all = names_all(r->read);
	struct ctx_cursor c = ctx_cursor_at(s->in->snap->root.dir);
	for (const struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		size_t n = ana_ignore_entry(c.dir, e);
		if (!ana_ignore_bit(r->bits, n)) {
			continue;
		}
		s->marks[n] |= SUGGEST_READ;
		const struct ctx_dir *up = c.dir->parent;
		bool inner = up != NULL && ana_ignore_bit(r->bits, up->order + c.dir->parent_index);
		if (!wide && (all || !inner)) {
			s->marks[n] |= SUGGEST_NAMED;
		}
	}
}

/** Mark what lies above a named entry. */
static void mark_above(struct suggest *s, const struct ctx_dir *dir) {
	for (; dir->parent != NULL; dir = dir->parent) {
		uint8_t *mark = &s->marks[dir->parent->order + dir->parent_index];
		if ((*mark & SUGGEST_ABOVE) != 0) {
			return; // and so has all above it
		}
		*mark |= SUGGEST_ABOVE;
	}
}

int suggest_mark_all(struct suggest *s, struct ctx_error *err) {
	const struct ana_ignore_evidence *in = s->in;
	s->marks = ctx_calloc(in->entry_count + 1, 1);
	s->p->before = ctx_calloc(in->entry_count + 1, sizeof(*s->p->before));
	s->p->owner = ctx_calloc(in->entry_count + 1, sizeof(*s->p->owner));
	if (s->marks == NULL || s->p->before == NULL || s->p->owner == NULL) {
		return ctx_fail_nomem(err);
	}
	for (size_t v = 0; v < in->view_count; ++v) {
		for (size_t r = 0; r < in->views[v].read_count; ++r) {
			mark_read(s, &in->views[v].reads[r]);
		}
	}
	struct ctx_cursor c = ctx_cursor_at(in->snap->root.dir);
	for (const struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		size_t n = ana_ignore_entry(c.dir, e);
		s->p->before[n] = e->flags;
		if (ctx_entry_kept(e) && e->rule > 0 && ctx_ignore_rule(in->ignore, e->rule - 1)->negated) {
			s->marks[n] |= SUGGEST_NEGATED;
		}
		if ((s->marks[n] & SUGGEST_NAMED) != 0) {
			mark_above(s, c.dir);
		}
	}
	return 0;
}

const char *suggest_claim(const struct suggest *s, const struct ana_ignore_place *place) {
	unsigned marks = s->marks[place->self];
	for (size_t n = place->from; n < place->to; ++n) {
		marks |= s->marks[n];
	}
	if ((marks & (SUGGEST_NAMED | SUGGEST_ABOVE)) != 0) {
		return "an instruction names it";
	}
	return (marks & SUGGEST_NEGATED) != 0 ? "a '!' rule of the ignore file keeps it" : NULL;
}

/* ---- Manifests ---- */

/** Does a text hold one of these words?  The list ends with NULL. */
static bool holds(const struct ctx_buf *text, const char *const *words) {
	for (; *words != NULL; ++words) {
		if (memmem(ctx_buf_str(text), text->len, *words, strlen(*words)) != NULL) {
			return true;
		}
	}
	return false;
}

/** Does a text hold another? */
static bool has(struct ctx_str text, const char *word) {
	return text.len > 0 && memmem(text.ptr, text.len, word, strlen(word)) != NULL;
}

/** A requirements file: does a line name a local project, or a file that is not looked at? */
static bool names_local(const char *path, const struct ctx_buf *text) {
	struct ctx_str rest = { ctx_buf_str(text), text->len };
	while (rest.len > 0) {
		size_t end = ctx_str_find(rest, '\n');
		struct ctx_str line = { rest.ptr, end };
		bool other = ctx_str_starts(line, "-r") || ctx_str_starts(line, "-c") ||
			ctx_str_starts(line, "--requirement") || ctx_str_starts(line, "--constraint");
		bool seen = has(line, "requirements") || strstr(path, "requirements/") != NULL;
		bool project = ctx_str_starts(line, "-e") || ctx_str_starts(line, "--editable") ||
			ctx_str_starts(line, ".") || ctx_str_starts(line, "/") || has(line, "file:");
		if (project || (other && !seen)) {
			return true;
		}
		rest = ctx_str_from(rest, end < rest.len ? end + 1 : end);
	}
	return false;
}

/** May the file of a project make a command of this kind look further? */
static bool is_dirty(enum ana_looks looks, const char *path, const struct ctx_buf *text) {
	const char *name = path + ctx_path_base(path, strlen(path));
	static const char *const scripts[] = { "\"preinstall\"", "\"install\"", "\"postinstall\"", "\"prepare\"",
		"\"preprepare\"", "\"postprepare\"", "\"prepublish\"", "\"pnpm:devPreinstall\"", NULL };
	static const char *const plugins[] = { "plugins:", NULL };
	static const char *const crates[] = { "vergen", "shadow-rs", "git-version", "git2", "gix", "build-info",
		"rustc_tools_util", "\nbuilt", "\nbuild =", "\nbuild=", NULL };
	static const char *const code[] = { "git", "Command", "vergen", "shadow", "built", NULL };
	switch (looks) {
	case ANA_LOOKS_NPM:
		return strcmp(name, "package.json") == 0 ? holds(text, scripts)
			: strcmp(name, ".yarnrc.yml") == 0
			? holds(text, plugins)
			: strcmp(name, ".pnpmfile.cjs") == 0 || strcmp(name, "binding.gyp") == 0;
	case ANA_LOOKS_PIP:
		return names_local(path, text);
	default:
		return holds(text, strcmp(name, "Cargo.toml") == 0 ? crates : code);
	}
}

/** Is the file one that such a command reads? */
static bool is_manifest(enum ana_looks looks, const char *path) {
	const char *name = path + ctx_path_base(path, strlen(path));
	static const char names[][64] = {
		[ANA_LOOKS_NPM] = " package.json .yarnrc.yml .pnpmfile.cjs binding.gyp ",
		[ANA_LOOKS_CARGO] = " Cargo.toml build.rs ",
	};
	if (looks == ANA_LOOKS_PIP) {
		size_t len = strlen(name);
		bool text = len > 4 && (strcmp(name + len - 4, ".txt") == 0 || strcmp(name + len - 3, ".in") == 0);
		return text && strstr(path, "requirements") != NULL;
	}
	return ctx_str_is_listed(CTX_STR(name), names[looks]);
}

/** Read all manifests of a kind that the context has, installed packages apart. */
static int ask_manifests(struct suggest *s, enum ana_looks looks, struct ctx_error *err) {
	s->manifests[looks] = SUGGEST_CLEAN;
	struct ctx_cursor c = ctx_cursor_at(s->in->snap->root.dir);
	for (const struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		if (e->kind == CTX_KIND_DIR && ctx_waste_kind_of(&s->filter, c.dir, e) != NULL) {
			ctx_cursor_skip(&c);
		}
		if (!ctx_entry_kept(e) || e->kind == CTX_KIND_DIR) {
			continue;
		}
		ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT, text = CTX_BUF_INIT;
		ctx_entry_path(&path, c.dir, e);
		if (ctx_buf_ok(&path) && !is_manifest(looks, ctx_buf_str(&path))) {
			continue;
		}
		ctx_auto_fd int fd = ctx_buf_ok(&path) ? ctx_open_beneath(s->in->root_fd, ctx_buf_str(&path), O_RDONLY)
						       : -1;
		int rc = fd < 0 ? CTX_E_IO : ctx_read_fd(&text, fd, ctx_buf_str(&path), MANIFEST_MAX, err);
		if (rc == CTX_E_NOMEM || !ctx_buf_ok(&path)) {
			return ctx_fail_nomem(err);
		}
		if (rc < 0 || is_dirty(looks, ctx_buf_str(&path), &text)) {
			s->manifests[looks] = SUGGEST_DIRTY;
			return 0;
		}
	}
	return 0;
}

/** Options of pip whose value says where to look or where to put, not what to install. */
static const char pip_places[] =
	" -t --target --cache-dir --prefix --root --src -i --index-url --extra-index-url -f --find-links "
	"--trusted-host --python --log --proxy --timeout ";

/** Could a word of pip install be a local project, or anything at all? */
static bool is_local(struct ctx_str word) {
	while (word.len > 0 && (word.ptr[0] == '"' || word.ptr[0] == '\'')) {
		word = ctx_str_from(word, 1);
	}
	return ctx_str_starts(word, "-e") || ctx_str_starts(word, "--editable") ||
		(word.len > 0 && (word.ptr[0] == '.' || word.ptr[0] == '$')) ||
		(word.len > 0 && word.ptr[0] != '-' && memchr(word.ptr, '/', word.len) != NULL);
}

/** pip install: are its words names, options, and requirement files that were looked at? */
static bool is_pip_plain(struct ctx_str text) {
	bool file = false, place = false;
	for (size_t at = ctx_str_find(text, ' ') + 1; at < text.len;) {
		size_t end = at + ctx_str_find(ctx_str_from(text, at), ' ');
		struct ctx_str word = { text.ptr + at, end - at };
		at = end + 1;
		bool looked_at = word.len > 0 && memmem(word.ptr, word.len, "requirements", 12) != NULL;
		if (file ? !looked_at : !place && is_local(word)) {
			return false; // a project, or a file that some step made
		}
		file = ctx_str_is_listed(word, " -r --requirement -c --constraint ");
		place = ctx_str_is_listed(word, pip_places);
	}
	return true;
}

/* ---- Commands ---- */

/** A search over the commands of one build. */
struct search {
	struct suggest *s;
	const struct ana_ignore_view *view;
	const struct ana_vertex *vertex;
	/** Of the place. */
	enum ctx_waste_class class;
	/** What is searched for, if `maker`: a command with one of these bits. */
	bool maker;
	unsigned installs, builds;
	/** What was found. */
	const char *text;
	size_t checked;
	struct ctx_error *err;
};

/** "`npm ci` (Dockerfile:7)". */
static const char *quote(const struct search *f, const struct ana_tool_use *use) {
	char text[QUOTED_MAX + 1];
	size_t len = 0;
	while (len < use->text.len && len < QUOTED_MAX) {
		unsigned char c = (unsigned char)use->text.ptr[len];
		text[len++] = c < ' ' || c == 0x7f || c == '`' ? ' ' : (char)c;
	}
	while (len > 0 && (text[len - 1] == ' ' || ((unsigned char)text[len - 1] & 0x80) != 0)) {
		--len; // no blanks, and no half character, at the end
	}
	return suggest_text(f->s, "`%.*s%s` (%s:%u)", (int)len, text, use->text.len > QUOTED_MAX ? "..." : "",
		f->view->dockerfile, f->vertex->first_line);
}

/** Is the command harmless, once its manifests were looked at?  Negative: an error. */
static int is_harmless(struct search *f, const struct ana_tool_use *use) {
	if (use->looks == ANA_LOOKS_NOWHERE || use->looks > ANA_LOOKS_CARGO) {
		return use->looks == ANA_LOOKS_NOWHERE;
	}
	if (use->looks == ANA_LOOKS_CARGO && f->class != CTX_WASTE_VCS) {
		return 0; // macros such as those of sqlx read .env
	}
	int rc = f->s->manifests[use->looks] == SUGGEST_UNASKED ? ask_manifests(f->s, use->looks, f->err) : 0;
	bool clean = f->s->manifests[use->looks] == SUGGEST_CLEAN;
	return rc < 0 ? rc : clean && (use->looks != ANA_LOOKS_PIP || is_pip_plain(use->text));
}

/** ana_tool_fn: 1 ends the search. */
static int see_command(void *arg, const struct ana_tool_use *use) {
	struct search *f = arg;
	if (f->maker) {
		bool makes = (use->installs & f->installs) != 0 || (use->builds & f->builds) != 0;
		f->text = makes ? quote(f, use) : NULL;
		return makes ? 1 : 0;
	}
	f->checked++;
	int harmless = is_harmless(f, use);
	if (harmless != 0) {
		return harmless < 0 ? harmless : 0;
	}
	static const char *const words[] = {
		[ANA_LOOKS_NPM] = "runs scripts of the project, which may look at it",
		[ANA_LOOKS_PIP] = "may build a project, and what builds it may look at it",
		[ANA_LOOKS_CARGO] = "runs build scripts or macros that may look at it",
		[ANA_LOOKS_EVERYWHERE] = "may look at it: nobody here knows what it runs",
		[ANA_LOOKS_GIT] = "asks git or names its directory",
	};
	const char *command = quote(f, use);
	f->text = command == NULL ? NULL : suggest_text(f->s, "%s %s", command, words[use->looks]);
	return 1;
}

/** Search the commands that run on what holds the place.  `reached` tells whether a step takes it at all. */
static int search_view(struct search *f, const struct ana_ignore_place *place, bool *reached) {
	const struct ana_graph *graph = f->view->graph;
	bool *holds_it = ctx_calloc(graph->vertices.count + 1, sizeof(*holds_it));
	if (holds_it == NULL) {
		return ctx_fail_nomem(f->err);
	}
	*reached = false;
	for (size_t r = 0; r < f->view->read_count; ++r) {
		if (suggest_any_bit(f->view->reads[r].bits, place)) {
			holds_it[f->view->reads[r].read->vertex] = *reached = true;
		}
	}
	int rc = 0;
	for (size_t v = 0; rc == 0 && *reached && v < graph->vertices.count; ++v) {
		f->vertex = &graph->vertices.items[v];
		for (uint32_t i = 0; i < f->vertex->input_count; ++i) {
			holds_it[v] = holds_it[v] || holds_it[f->vertex->inputs[i]];
		}
		if (f->vertex->op == ANA_OP_EXEC && (holds_it[v] || f->maker)) {
			rc = ana_tools_of(f->vertex, see_command, f);
		}
	}
	free(holds_it);
	return rc == 1 && f->text == NULL ? ctx_fail_nomem(f->err) : rc < 0 ? rc : 0;
}

int suggest_looker(struct suggest *s, const struct ana_ignore_place *place, const char **why, size_t *checked,
	struct ctx_error *err) {
	struct search f = { .s = s, .class = place->kind->class, .err = err };
	int rc = 0;
	for (size_t v = 0; rc == 0 && f.text == NULL && v < s->in->view_count; ++v) {
		bool reached;
		f.view = &s->in->views[v];
		rc = search_view(&f, place, &reached);
	}
	*why = f.text;
	*checked = f.checked;
	return rc;
}

int suggest_maker(struct suggest *s, const struct ana_ignore_place *place, unsigned installs, unsigned builds,
	const char **maker, struct ctx_error *err) {
	int rc = 0;
	*maker = NULL;
	for (size_t v = 0; rc == 0 && v < s->in->view_count; ++v) {
		struct search f = { .s = s, .maker = true, .installs = installs, .builds = builds, .err = err };
		bool reached;
		f.view = &s->in->views[v];
		rc = search_view(&f, place, &reached);
		if (reached) {
			*maker = f.text;
			if (f.text == NULL) {
				break;
			}
		}
	}
	return rc;
}

/* ---- Names ---- */

/** Could a part of a path, which may be a pattern, be the name of an entry of the kind?  A mere `*` speaks of nothing. */
static bool is_name(struct ctx_str part, const struct ctx_waste_kind *kind) {
	if (ctx_str_is(part, "*") || ctx_str_is(part, "**") || part.len == 0) {
		return false;
	}
	char text[64]; // longer than any name of a kind, with a byte for what stands before or behind it
	int len = snprintf(text, sizeof(text), "%s%s%s", kind->match == CTX_WASTE_SUFFIX ? "x" : "", kind->name,
		kind->match == CTX_WASTE_PREFIX ? "x" : "");
	return (kind->match == CTX_WASTE_SUFFIX && ctx_str_ends(part, kind->name)) ||
		(kind->match == CTX_WASTE_PREFIX && ctx_str_starts(part, kind->name)) ||
		ana_glob_match(part, (struct ctx_str){ text, (size_t)len }) != 0;
}

/** Does a part of a path have the kind's name? */
static bool has_part(struct ctx_str path, const struct ctx_waste_kind *kind) {
	while (path.len > 0) {
		size_t end = ctx_str_find(path, '/');
		if (is_name((struct ctx_str){ path.ptr, end }, kind)) {
			return true;
		}
		path = ctx_str_from(path, end < path.len ? end + 1 : end);
	}
	return false;
}

bool suggest_has_word(const struct suggest *s, const char *word) {
	for (size_t v = 0; v < s->in->view_count; ++v) {
		const struct ana_dockerfile *df = s->in->views[v].graph->df;
		if (df != NULL && memmem(df->syntax.text.ptr, df->syntax.text.len, word, strlen(word)) != NULL) {
			return true;
		}
	}
	return false;
}

bool suggest_is_spoken_of(const struct suggest *s, const struct ctx_waste_kind *kind) {
	for (size_t v = 0; v < s->in->view_count; ++v) {
		const struct ana_ignore_view *view = &s->in->views[v];
		for (size_t r = 0; r < view->read_count; ++r) {
			if (has_part(view->reads[r].read->path, kind)) {
				return true;
			}
		}
	}
	// What is made again may be spoken of
	return kind->class >= CTX_WASTE_EDITOR && suggest_has_word(s, kind->name);
}
