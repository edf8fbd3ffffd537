/*
 * Candidates, and what becomes of each: nothing (it is not sent, or git tracks it), a place of a rule, or held back.
 */
#include "analyzer/advice/suggest_internal.h"

#include "ctxopt/base/alloc.h"

#include <stdarg.h>
#include <stdlib.h>

/** Fewest content bytes of what no step reads that are worth a line. */
#define UNREAD_MIN 10000
/** Most lines for what no step reads. */
#define UNREAD_MAX 20

/** What has to make something again, so that a build can do without that of this machine. */
static const struct need {
	const char *name;
	/** Bits of enum ana_ecosystem; none: nothing needs to, since no build uses it. */
	unsigned installs, builds;
} needs[] = {
	{ "node_modules", ANA_ECO_JS, 0 },
	{ ".venv", ANA_ECO_VENV, 0 },
	{ "venv", ANA_ECO_VENV, 0 },
	{ "target", 0, ANA_ECO_RUST | ANA_ECO_JVM },
	{ "build", 0, ANA_ECO_JVM | ANA_ECO_PYTHON },
	{ "dist", 0, ANA_ECO_JS | ANA_ECO_PYTHON },
	{ ".next", 0, ANA_ECO_JS },
	{ ".nuxt", 0, ANA_ECO_JS },
	{ ".output", 0, ANA_ECO_JS },
	{ "_build", 0, ANA_ECO_BEAM },
	{ "htmlcov", 0, 0 },
	{ ".nyc_output", 0, 0 },
};

const char *ana_ignore_subject(const struct ctx_waste_kind *kind) {
	return kind == NULL ? "read by no step" : ctx_waste_class_name(kind->class);
}

size_t ana_ignore_number(struct ctx_snapshot *snap) {
	size_t next = 0;
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (const struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		if (e == c.dir->entries) {
			c.dir->order = (uint32_t)next;
			next += c.dir->count;
		}
	}
	return next;
}

const char *suggest_text(struct suggest *s, const char *fmt, ...) {
	va_list args;
	va_start(args, fmt);
	const char *text = ctx_arena_vprintf(&s->p->arena, fmt, args);
	va_end(args);
	return text;
}

/* ---- Places ---- */

int suggest_describe(struct suggest *s, struct ana_ignore_place *place, struct ctx_dir *dir, const struct ctx_entry *e,
	struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	ctx_entry_path(&path, dir, e);
	*place = (struct ana_ignore_place){ .self = ana_ignore_entry(dir, e) };
	place->path = ctx_buf_ok(&path) ? ctx_arena_memdup0(&s->p->arena, ctx_buf_str(&path), path.len) : NULL;
	if (place->path == NULL) {
		return ctx_fail_nomem(err);
	}
	struct ctx_dir *inner = ctx_entry_dir(e);
	if (inner != NULL && inner->count > 0) {
		place->from = place->to = inner->order;
	}
	struct ctx_cursor c = ctx_cursor_at(inner);
	for (const struct ctx_entry *x = e; x != NULL; x = ctx_cursor_next(&c)) {
		place->to += x != e;
		if (ctx_entry_kept(x)) {
			size_t n = x == e ? place->self : ana_ignore_entry(c.dir, x);
			ctx_totals_add_entry(&place->totals, x);
			place->sent_bytes += ana_ignore_bit(s->in->wanted, n) ? ctx_entry_content_bytes(x) : 0;
		}
	}
	return 0;
}

bool suggest_any_bit(const uint64_t *bits, const struct ana_ignore_place *place) {
	bool found = ana_ignore_bit(bits, place->self);
	for (size_t n = place->from; !found && n < place->to; ++n) {
		found = ana_ignore_bit(bits, n);
	}
	return found;
}

bool suggest_any_read(const struct suggest *s, const struct ana_ignore_place *place) {
	bool found = (s->marks[place->self] & SUGGEST_READ) != 0;
	for (size_t n = place->from; !found && n < place->to; ++n) {
		found = (s->marks[n] & SUGGEST_READ) != 0;
	}
	return found;
}

int suggest_keep(struct suggest *s, struct ana_ignore_place *place, struct ctx_error *err) {
	uint32_t owner = (uint32_t)s->p->places.count + 1;
	if (place->why == NULL || !CTX_VEC_PUSH(&s->p->places, *place)) {
		return ctx_fail_nomem(err);
	}
	s->p->owner[place->self] = owner;
	for (size_t n = place->from; n < place->to; ++n) {
		s->p->owner[n] = owner;
	}
	return 0;
}

/* ---- Families ---- */

int suggest_ask_git(const struct suggest *s, const char *path, bool dir, struct ctx_git_opinion *out,
	struct ctx_error *err) {
	*out = (struct ctx_git_opinion){ 0 };
	if (s->in->repo == NULL) {
		return 0;
	}
	ctx_auto_buf struct ctx_buf full = CTX_BUF_INIT;
	ctx_buf_addf(&full, "%s%s", s->in->repo_prefix, path);
	return ctx_buf_ok(&full) ? ctx_gitrepo_opinion(s->in->repo, ctx_buf_str(&full), dir, out, err)
				 : ctx_fail_nomem(err);
}

/** Is the place within a directory that an instruction names and git does not track?  That may be an artefact, whole. */
static int is_artefact(const struct suggest *s, const struct ctx_dir *dir, bool *artefact, struct ctx_error *err) {
	int rc = 0;
	*artefact = false;
	for (; rc == 0 && !*artefact && dir->parent != NULL; dir = dir->parent) {
		if ((s->marks[dir->parent->order + dir->parent_index] & SUGGEST_NAMED) == 0) {
			continue;
		}
		ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
		struct ctx_git_opinion git;
		ctx_dir_path(&path, dir);
		rc = ctx_buf_ok(&path) ? suggest_ask_git(s, ctx_buf_str(&path), true, &git, err) : ctx_fail_nomem(err);
		*artefact = rc == 0 && !git.tracked;
	}
	return rc;
}

/** Things that must be made again: dependencies and build output. */
static int judge_made(struct suggest *s, struct ana_ignore_place *place, const char **against, struct ctx_error *err) {
	const struct need *need = NULL;
	for (size_t i = 0; i < CTX_COUNTOF(needs); ++i) {
		need = strcmp(needs[i].name, place->kind->name) == 0 ? &needs[i] : need;
	}
	if (need != NULL && need->installs == 0 && need->builds == 0) {
		place->why = "no clean checkout has it; no build uses it";
		return 0;
	}
	const char *maker = NULL;
	int rc = need == NULL ? 0 : suggest_maker(s, place, need->installs, need->builds, &maker, err);
	if (rc == 0 && maker == NULL && need != NULL && need->installs == ANA_ECO_VENV &&
		!suggest_has_word(s, "venv")) {
		rc = suggest_maker(s, place, ANA_ECO_PYTHON, 0, &maker,
			err); // installed elsewhere than in an environment
	}
	if (rc == 0 && maker == NULL) {
		*against = "no command that is known makes it again: the build may need that of this machine";
	} else if (rc == 0) {
		place->why = suggest_text(s, "no clean checkout has it; what the image needs of it comes from %s",
			maker);
	}
	return rc;
}

/** Things that a command could look at: version control, secrets, settings. */
static int judge_looked_at(struct suggest *s, struct ana_ignore_place *place, const char **against,
	struct ctx_error *err) {
	size_t checked;
	int rc = suggest_looker(s, place, against, &checked, err);
	if (rc == 0 && *against == NULL) {
		place->why = suggest_text(s, "%sno command that runs where it is copied looks at it (%zu checked)",
			place->kind->class == CTX_WASTE_VCS ? "" : "no clean checkout has it; ", checked);
	}
	return rc;
}

/** Decide by the class of a kind. */
static int judge_class(struct suggest *s, struct ana_ignore_place *place, const char **against, struct ctx_error *err) {
	switch (place->kind->class) {
	case CTX_WASTE_DEPENDENCIES:
	case CTX_WASTE_OUTPUT:
		return judge_made(s, place, against, err);
	case CTX_WASTE_VCS:
	case CTX_WASTE_SECRET:
	case CTX_WASTE_LOCAL:
		return judge_looked_at(s, place, against, err);
	default:
		place->why = "no clean checkout has it; no command speaks of it";
		return 0;
	}
}

/** Why a place must stay if some build is not known; NULL when out of memory. */
static const char *unknown_need(struct suggest *s) {
	return suggest_text(s, "%s may need it, and cannot be understood", s->in->unknown_build);
}

/** Are there builds that need things of the kind?  Nobody needs caches, settings of editors, and logs. */
static bool is_needed_at_times(const struct ctx_waste_kind *kind) {
	return kind->class != CTX_WASTE_CACHE && kind->class != CTX_WASTE_EDITOR && kind->class != CTX_WASTE_LOG;
}

/** Decide about a place of a kind.  `*known`: it is kept or held; else look into it as into any other. */
static int judge(struct suggest *s, struct ana_ignore_place *place, struct ctx_dir *dir, const struct ctx_entry *e,
	bool *known, struct ctx_error *err) {
	bool vcs = place->kind->class == CTX_WASTE_VCS, artefact = false;
	struct ctx_git_opinion git;
	int rc = vcs ? 0 : suggest_ask_git(s, place->path, e->kind == CTX_KIND_DIR, &git, err);
	rc = rc < 0 ? rc : is_artefact(s, dir, &artefact, err);
	if (rc < 0) {
		return rc;
	}
	bool sure = vcs || git.ignored || place->kind->class != CTX_WASTE_OUTPUT;
	*known = vcs ? dir->parent == NULL : !git.tracked && !git.internal && sure;
	if (!*known) {
		return 0;
	}
	const char *against = suggest_claim(s, place);
	place->proof = ANA_PROOF_REVIEW;
	if (against == NULL && artefact) {
		against = "it is part of what an instruction names and git does not track";
	} else if (against == NULL && !vcs && s->in->repo == NULL) {
		against = "no git repository tells whether it belongs to the sources";
	} else if (against == NULL && s->in->unknown_build != NULL && is_needed_at_times(place->kind)) {
		against = unknown_need(s);
		rc = against == NULL ? ctx_fail_nomem(err) : 0;
	} else if (against == NULL && suggest_is_spoken_of(s, place->kind)) {
		against = "the Dockerfile speaks of that name";
	} else if (against == NULL) {
		rc = judge_class(s, place, &against, err);
	}
	return rc < 0 ? rc : against != NULL ? suggest_hold(s->p, place, against, err) : suggest_keep(s, place, err);
}

/** Does another repository begin here?  What it tracks, this one's index does not tell. */
static bool is_other_repo(const struct ctx_dir *dir) {
	return dir->parent != NULL && ctx_dir_find(dir, ".git", 4) != NULL;
}

/** Look for families. */
static int find_families(struct suggest *s, struct ctx_error *err) {
	int rc = 0;
	struct ctx_cursor c = ctx_cursor_at(s->in->snap->root.dir);
	for (struct ctx_entry *e; rc == 0 && (e = ctx_cursor_next(&c)) != NULL;) {
		const struct ctx_dir *inner = ctx_entry_dir(e);
		if (inner != NULL && is_other_repo(inner)) {
			ctx_cursor_skip(&c);
			continue;
		}
		const struct ctx_waste_kind *kind = ctx_entry_kept(e) ? ctx_waste_kind_of(&s->filter, c.dir, e) : NULL;
		if (kind == NULL) {
			continue;
		}
		struct ana_ignore_place place;
		bool known = false;
		rc = suggest_describe(s, &place, c.dir, e, err);
		place.kind = kind;
		bool empty = rc == 0 && place.totals.files + place.totals.symlinks == 0;
		bool sent = rc == 0 && !empty && (suggest_any_bit(s->in->wanted, &place) || s->in->classic);
		if (sent && suggest_any_read(s, &place)) {
			rc = judge(s, &place, c.dir, e, &known, err);
		}
		if (known) {
			ctx_cursor_skip(&c);
		}
	}
	return rc;
}

/* ---- What no step reads ---- */

/** Is a path that of the Dockerfile or the ignore file, or above it?  The builder reads those. */
static bool is_own(const struct suggest *s, const char *path) {
	const struct ana_ignore_evidence *in = s->in;
	size_t len = strlen(path);
	for (size_t i = 0; i < in->dockerfile_count + 2; ++i) {
		const char *own = i < in->dockerfile_count ? in->dockerfiles[i]
			: i == in->dockerfile_count        ? in->ignore_path
							   : in->views[0].dockerfile;
		if (own != NULL && strncmp(own, path, len) == 0 && (own[len] == '/' || own[len] == '\0')) {
			return true;
		}
	}
	return false;
}

bool ana_ignore_is_copied(const struct ana_ignore_evidence *in) {
	const char *path = in->ignore_path;
	const struct ctx_entry *e = path == NULL ? NULL : ctx_snapshot_find(in->snap, path, strlen(path));
	for (size_t v = 0; path != NULL && v < in->view_count; ++v) {
		for (size_t r = 0; r < in->views[v].read_count; ++r) {
			struct ctx_str from = in->views[v].reads[r].read->path;
			bool wide = from.len <= 1 || strpbrk(from.ptr, "*?[") != NULL;
			if (wide && (e == NULL || ctx_entry_kept(e))) {
				return true; // the root, or a wildcard that could match it
			}
		}
	}
	return false;
}

/** Look for the largest places that are sent and that no build reads. */
static int find_unread(struct suggest *s, struct ctx_error *err) {
	int rc = 0;
	size_t found = 0;
	bool copied = ana_ignore_is_copied(s->in);
	struct ctx_cursor c = ctx_cursor_at(s->in->snap->root.dir);
	for (struct ctx_entry *e; rc == 0 && found < UNREAD_MAX && (e = ctx_cursor_next(&c)) != NULL;) {
		struct ana_ignore_place place;
		if (!ctx_entry_kept(e) || s->p->owner[ana_ignore_entry(c.dir, e)] != 0) {
			ctx_cursor_skip(&c);
			continue;
		}
		rc = suggest_describe(s, &place, c.dir, e, err);
		bool counts = rc == 0 && (s->in->classic ? place.totals.bytes : place.sent_bytes) >= UNREAD_MIN;
		if (rc == 0 && !counts) {
			ctx_cursor_skip(&c);
		}
		if (!counts || suggest_any_read(s, &place) || suggest_claim(s, &place) != NULL ||
			is_own(s, place.path)) {
			continue;
		}
		place.why = "no step of any build that uses this ignore file reads it";
		place.proof = copied ? ANA_PROOF_EQUIVALENT : ANA_PROOF_IDENTICAL;
		if (copied) {
			place.why = "no step reads it; of the image only the ignore file, which a step copies, changes";
		}
		ctx_cursor_skip(&c);
		if (s->in->unknown_build != NULL) {
			const char *why = unknown_need(s);
			rc = why == NULL ? ctx_fail_nomem(err) : suggest_hold(s->p, &place, why, err);
		} else {
			rc = suggest_keep(s, &place, err);
			found++;
		}
	}
	return rc;
}

int ana_ignore_suggest(struct ana_ignore_proposal *p, const struct ana_ignore_evidence *in, struct ctx_error *err) {
	struct suggest s = { .p = p, .in = in };
	ctx_waste_filter_make(&s.filter);
	int rc = suggest_mark_all(&s, err);
	rc = rc < 0 ? rc : find_families(&s, err);
	rc = rc < 0 || !in->tracked ? rc : suggest_tracked(&s, err);
	rc = rc < 0 ? rc : find_unread(&s, err);
	rc = rc < 0 ? rc : suggest_make_rules(p, err);
	free(s.marks);
	return rc;
}

void ana_ignore_release(struct ana_ignore_proposal *p) {
	CTX_VEC_RELEASE(&p->rules);
	CTX_VEC_RELEASE(&p->held);
	CTX_VEC_RELEASE(&p->places);
	CTX_VEC_RELEASE(&p->singles);
	free(p->before);
	free(p->owner);
	p->before = NULL;
	p->owner = NULL;
	ctx_arena_release(&p->arena);
}

void ana_ignore_whole_release(struct ana_ignore_whole *whole) {
	CTX_VEC_RELEASE(&whole->notes);
	CTX_VEC_RELEASE(&whole->changes);
	ctx_arena_release(&whole->arena);
}
