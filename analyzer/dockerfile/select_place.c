#include "analyzer/dockerfile/select_place.h"

/** One component of the way so far. */
struct step {
	struct ctx_str name;
	/** `entry` is NULL if there is nothing. */
	struct ana_place place;
};

/** State of one search. */
struct search {
	struct ctx_snapshot *snap;
	unsigned flags;
	struct ana_trail *trail;
	/** The way from the root to where we are; no symlinks in it. */
	CTX_VEC(struct step) steps;
	/** Texts still to be gone along, the next one last: the path, and links that were found on the way. */
	CTX_VEC(struct ctx_str) texts;
};

void ana_trail_release(struct ana_trail *trail) {
	CTX_VEC_RELEASE(&trail->links);
	ctx_buf_release(&trail->path);
}

/** Where the search is. */
static struct ana_place here(const struct search *s) {
	if (s->steps.count == 0) {
		return (struct ana_place){ NULL, &s->snap->root };
	}
	return s->steps.items[s->steps.count - 1].place;
}

/** The entry of that name where the search is, if it counts. */
static struct ana_place find_child(struct search *s, struct ctx_str name) {
	const struct ctx_entry *above = here(s).entry;
	struct ana_place child = { NULL, NULL };
	if (above == NULL) {
		return child;
	}
	s->trail->unopened |= (above->flags & CTX_ENTRY_UNOPENED) != 0;
	child.dir = ctx_entry_dir(above);
	child.entry = ctx_dir_find(child.dir, name.ptr, name.len);
	if (child.entry != NULL && !ctx_entry_kept(child.entry)) {
		if (s->trail->ignored == NULL) {
			s->trail->ignored = child.entry;
		}
		if (!(s->flags & ANA_PLACE_IGNORED)) {
			child.entry = NULL;
		}
	}
	if (child.entry != NULL && (s->flags & ANA_PLACE_WANTED) && !(child.entry->flags & CTX_ENTRY_WANTED)) {
		child.entry = NULL;
	}
	return child;
}

/** Take the next component off the texts; false if there is none. */
static bool next_name(struct search *s, struct ctx_str *name) {
	while (s->texts.count > 0) {
		struct ctx_str *text = &s->texts.items[s->texts.count - 1];
		if (text->len == 0) {
			--s->texts.count;
			continue;
		}
		const char *slash = memchr(text->ptr, '/', text->len);
		*name = (struct ctx_str){ text->ptr, slash != NULL ? (size_t)(slash - text->ptr) : text->len };
		*text = ctx_str_from(*text, name->len + (slash != NULL));
		return true;
	}
	return false;
}

/** Is this the last component of the path itself? */
static bool is_last(const struct search *s) {
	return s->texts.count == 1 && s->texts.items[0].len == 0;
}

/** Go along a link. */
static int follow(struct search *s, struct ana_place link, struct ctx_error *err) {
	if (s->trail->links.count == ANA_PLACE_LINKS_MAX) {
		return ctx_fail(err, CTX_E_LIMIT, "too many links");
	}
	struct ctx_str target = CTX_STR(link.entry->target);
	if (target.ptr[0] == '/') {
		s->steps.count = 0;
	}
	bool ok = CTX_VEC_PUSH(&s->trail->links, link) && CTX_VEC_PUSH(&s->texts, target);
	return ok ? 0 : ctx_fail_nomem(err);
}

/** Go one component further. */
static int go(struct search *s, struct ctx_str name, struct ctx_error *err) {
	if (name.len == 0 || ctx_str_is(name, ".")) {
		return 0;
	}
	if (ctx_str_is(name, "..")) {
		s->steps.count -= s->steps.count > 0;
		return 0;
	}
	struct step step = { .name = name, .place = find_child(s, name) };
	const struct ctx_entry *e = step.place.entry;
	if (e != NULL && e->kind == CTX_KIND_SYMLINK && (s->flags & ANA_PLACE_FOLLOW || !is_last(s))) {
		return follow(s, step.place, err);
	}
	return CTX_VEC_PUSH(&s->steps, step) ? 0 : ctx_fail_nomem(err);
}

/** Note where the search ended: the kernel stops at the first component below something that is no directory. */
static void compose_path(const struct search *s) {
	struct ctx_buf *path = &s->trail->path;
	for (size_t i = 0; i < s->steps.count && !s->trail->not_dir; ++i) {
		ctx_buf_addc(path, '/');
		ctx_buf_add(path, s->steps.items[i].name.ptr, s->steps.items[i].name.len);
		const struct ctx_entry *above = i > 0 ? s->steps.items[i - 1].place.entry : NULL;
		s->trail->not_dir = above != NULL && above->kind != CTX_KIND_DIR;
	}
	if (path->len == 0) {
		ctx_buf_addc(path, '/');
	}
}

/** Go along a path to its end. */
static int search(struct search *s, struct ctx_str path, struct ctx_error *err) {
	if (!CTX_VEC_PUSH(&s->texts, path)) {
		return ctx_fail_nomem(err);
	}
	struct ctx_str name;
	while (next_name(s, &name)) {
		int rc = go(s, name, err);
		if (rc < 0) {
			return rc;
		}
	}
	compose_path(s);
	return ctx_buf_ok(&s->trail->path) ? 0 : ctx_fail_nomem(err);
}

int ana_place_find(struct ana_place *out, struct ctx_snapshot *snap, struct ctx_str path, unsigned flags,
	struct ana_trail *trail, struct ctx_error *err) {
	trail->links.count = 0;
	trail->ignored = NULL;
	trail->unopened = trail->not_dir = false;
	ctx_buf_reset(&trail->path);
	struct search s = { .snap = snap, .flags = flags, .trail = trail };
	int rc = search(&s, path, err);
	if (rc == 0) {
		*out = here(&s);
		rc = out->entry != NULL;
	}
	CTX_VEC_RELEASE(&s.steps);
	CTX_VEC_RELEASE(&s.texts);
	return rc;
}
