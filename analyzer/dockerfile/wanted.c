/*
 * One loop over a stack of directories; the path of the current entry is kept in one buffer that grows and shrinks with
 * it.  Directories that are only entered wait on the stack until something below them is wanted:
 *
 *	pattern a/b/x     stack: root | a | b        announced at x: a, a/b, a/b/x
 *	                         ^ announced           the first `announced` of the stack are done
 *
 * Where the patterns match a directory and none of them is an exception, everything below is wanted without asking.
 * Where they match no directory and have no wildcards, only the directories above some pattern are entered.
 */
#include "analyzer/dockerfile/wanted.h"

#include "analyzer/dockerfile/quote.h"
#include "ctxopt/base/path.h"

#include <stdlib.h>
#include <string.h>

/** A directory that is being walked. */
struct level {
	struct ctx_dir *dir;
	/** Next entry, and next one of the other snapshot's directory (NULL: it has none). */
	uint32_t next, other_next;
	struct ctx_dir *other;
	/** Bytes of the path of its entries before their names. */
	size_t prefix_len;
	/** What the patterns said about the directory. */
	const struct ctx_scope *scope;
	/** Everything below is wanted. */
	bool all;
};

/** What the patterns say about an entry. */
struct verdict {
	bool wanted, openable;
	/** Of a directory: everything below is wanted; something below may be. */
	bool all, enter;
	const struct ctx_scope *scope;
};

/** A walk. */
struct walk {
	struct ctx_matcher *matcher;
	/** The directory that the matcher is in. */
	const struct ctx_dir *at;
	bool exceptions;
	/** No pattern but exceptions has a wildcard: their texts without a final glob, in the order of paths. */
	bool by_text;
	CTX_VEC(struct ctx_str) texts;
	CTX_VEC(struct level) levels;
	/** Levels from the bottom whose directory was announced. */
	size_t announced;
	struct ctx_buf path;
	struct ctx_arena arena;
	ana_wanted_fn *fn;
	void *arg;
	struct ctx_error *err;
};

/** Say what a build says. */
static int fail_malformed(const struct ctx_str *patterns, size_t count, unsigned bad, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf words = CTX_BUF_INIT;
	ctx_buf_adds(&words, "rpc error: code = Unknown desc = ");
	ana_quote_malformed(&words, "includepatterns", patterns, count,
		bad > 0 && bad <= count ? patterns[bad - 1] : CTX_STR(""));
	return ctx_fail(err, CTX_E_SYNTAX, "%s", ctx_buf_str(&words));
}

int ana_wanted_compile(struct ctx_ignore **out, const struct ctx_str *patterns, size_t count, struct ctx_error *err) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	*out = NULL;
	if (count == 0) {
		return 0;
	}
	const char **texts = ctx_arena_calloc(&arena, count, sizeof(*texts));
	for (size_t i = 0; texts != NULL && i < count; ++i) {
		if (patterns[i].len > 0 && memchr(patterns[i].ptr, '\0', patterns[i].len) != NULL) {
			return ctx_fail(err, CTX_E_UNSUPPORTED, "include pattern %zu holds a NUL byte", i + 1);
		}
		texts[i] = ctx_arena_memdup0(&arena, patterns[i].len > 0 ? patterns[i].ptr : "", patterns[i].len);
		if (texts[i] == NULL) {
			return ctx_fail_nomem(err);
		}
	}
	if (texts == NULL) {
		return ctx_fail_nomem(err);
	}
	struct ctx_error why = { 0 };
	int rc = ctx_ignore_compile(out, texts, count, &why);
	if (rc == CTX_E_SYNTAX) {
		return fail_malformed(patterns, count, why.line, err);
	}
	return rc < 0 ? ctx_fail(err, rc, "include patterns: %s", why.msg) : 0;
}

/* ---- Which directories lead to a pattern ---- */

/** By the order of paths: what lies below a directory follows it. */
static int text_cmp(const void *a, const void *b) {
	const struct ctx_str *x = a, *y = b;
	return ctx_path_cmp(x->ptr, x->len, y->ptr, y->len);
}

/** A pattern without a final glob (filter.go, patternWithoutTrailingGlob). */
static struct ctx_str without_glob(const struct ctx_rule *rule) {
	struct ctx_str text = { rule->pattern, rule->pattern_len };
	if (text.len >= 3 && memcmp(text.ptr + text.len - 3, "/**", 3) == 0) {
		text.len -= 3;
	}
	if (text.len >= 2 && memcmp(text.ptr + text.len - 2, "/*", 2) == 0) {
		text.len -= 2;
	}
	return text;
}

/** Collect the texts of patterns that are no exceptions, unless one has a wildcard. */
static int collect_texts(struct walk *w, const struct ctx_ignore *includes) {
	w->by_text = true;
	for (size_t i = 0; w->by_text && i < ctx_ignore_count(includes); ++i) {
		const struct ctx_rule *rule = ctx_ignore_rule(includes, i);
		if (rule->negated) {
			continue;
		}
		struct ctx_str text = without_glob(rule);
		for (size_t b = 0; b < text.len; ++b) {
			w->by_text = w->by_text && memchr("*[]?^\\", text.ptr[b], 6) == NULL;
		}
		if (!CTX_VEC_PUSH(&w->texts, text)) {
			return ctx_fail_nomem(w->err);
		}
	}
	if (w->by_text && w->texts.count > 1) {
		qsort(w->texts.items, w->texts.count, sizeof(w->texts.items[0]), text_cmp);
	}
	return 0;
}

/** Is some pattern's text the directory just reached, or below it? */
static bool leads_to_text(const struct walk *w) {
	size_t low = 0, high = w->texts.count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct ctx_str *text = &w->texts.items[mid];
		if (ctx_path_cmp(text->ptr, text->len, w->path.data, w->path.len) < 0) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	if (low == w->texts.count) {
		return false;
	}
	const struct ctx_str *text = &w->texts.items[low];
	return ctx_path_within(text->ptr, text->len, w->path.data, w->path.len);
}

/* ---- One entry ---- */

/** Ask the patterns about entry `e` of the top level, whose path is composed. */
static int ask(struct walk *w, const struct level *top, const struct ctx_entry *e, struct verdict *out) {
	if (top->all) {
		*out = (struct verdict){ .wanted = true, .openable = true, .all = true, .enter = true };
		return 0;
	}
	if (w->at != top->dir) {
		size_t dir_len = top->prefix_len > 0 ? top->prefix_len - 1 : 0;
		int rc = ctx_matcher_enter(w->matcher, top->scope, w->path.data, dir_len, w->err);
		if (rc < 0) {
			return rc;
		}
		w->at = top->dir;
	}
	struct ctx_decision decision;
	int rc = ctx_matcher_test(w->matcher, e->name, e->name_len, &decision, w->err);
	if (rc < 0) {
		return rc;
	}
	// The matcher's words are those of ignore rules: what it calls excluded is matched
	*out = (struct verdict){ .wanted = decision.excluded, .openable = decision.refused };
	if (ctx_entry_dir(e) == NULL) {
		return 0;
	}
	out->all = out->wanted && out->openable && !w->exceptions;
	out->enter = out->wanted || !w->by_text || leads_to_text(w);
	if (out->enter && !out->all) {
		decision.may_keep_below = true; // how directories are entered is decided here
		out->scope = ctx_matcher_descend(w->matcher, &decision, &w->arena);
		return out->scope != NULL ? 0 : ctx_fail_nomem(w->err);
	}
	return 0;
}

/** Announce the directories of the stack that were not. */
static int announce_parents(struct walk *w) {
	for (; w->announced < w->levels.count; ++w->announced) {
		const struct level *level = &w->levels.items[w->announced];
		struct ana_wanted wanted = {
			.dir = level->dir->parent,
			.entry = &level->dir->parent->entries[level->dir->parent_index],
			.path = w->path.data,
			.path_len = level->prefix_len - 1,
			.openable = true,
		};
		w->path.data[wanted.path_len] = '\0';
		int rc = w->fn(w->arg, &wanted);
		w->path.data[wanted.path_len] = '/';
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

/** Kept entry of the other snapshot with the name of `e`; moves on in its directory. */
static struct ctx_entry *find_other(struct level *top, const struct ctx_entry *e) {
	while (top->other != NULL && top->other_next < top->other->count) {
		struct ctx_entry *o = &top->other->entries[top->other_next];
		int order = ctx_name_cmp(o->name, o->name_len, e->name, e->name_len);
		if (order > 0) {
			return NULL;
		}
		++top->other_next;
		if (order == 0) {
			return ctx_entry_kept(o) ? o : NULL;
		}
	}
	return NULL;
}

/** Put a directory onto the stack; the path is its own. */
static int push(struct walk *w, struct ctx_dir *dir, struct ctx_entry *other, const struct verdict *verdict) {
	ctx_buf_addc(&w->path, '/');
	struct level level = {
		.dir = dir,
		.other = other != NULL ? ctx_entry_dir(other) : NULL,
		.prefix_len = w->path.len,
		.scope = verdict->scope,
		.all = verdict->all,
	};
	bool is_last = w->announced == w->levels.count;
	if (!ctx_buf_ok(&w->path) || !CTX_VEC_PUSH(&w->levels, level)) {
		return ctx_fail_nomem(w->err);
	}
	if (is_last && verdict->wanted) {
		w->announced = w->levels.count;
	}
	return 0;
}

/** One kept entry. */
static int visit(struct walk *w, struct level *top, struct ctx_entry *e) {
	ctx_buf_truncate(&w->path, top->prefix_len);
	ctx_buf_add(&w->path, e->name, e->name_len);
	if (!ctx_buf_ok(&w->path)) {
		return ctx_fail_nomem(w->err);
	}
	struct verdict verdict;
	int rc = ask(w, top, e, &verdict);
	if (rc < 0) {
		return rc;
	}
	// A directory that ignore rules exclude is only there for what is below it
	verdict.wanted = verdict.wanted && ((e->flags & CTX_ENTRY_PARENT) == 0 || w->matcher == NULL);
	struct ctx_entry *other = find_other(top, e);
	if (verdict.wanted) {
		rc = announce_parents(w);
		struct ana_wanted wanted = {
			.dir = top->dir,
			.entry = e,
			.path = w->path.data,
			.path_len = w->path.len,
			.openable = verdict.openable,
			.before = e->kind != CTX_KIND_DIR ? other : NULL,
		};
		if (rc == 0) {
			rc = w->fn(w->arg, &wanted);
		}
	}
	if (rc == 0 && verdict.enter && ctx_entry_dir(e) != NULL) {
		rc = push(w, e->dir, other, &verdict);
	}
	return rc;
}

/** Walk from the root, which is on the stack. */
static int walk_all(struct walk *w) {
	int rc = 0;
	while (rc == 0 && w->levels.count > 0) {
		struct level *top = &w->levels.items[w->levels.count - 1];
		while (top->next < top->dir->count && !ctx_entry_kept(&top->dir->entries[top->next])) {
			++top->next;
		}
		if (top->next < top->dir->count) {
			rc = visit(w, top, &top->dir->entries[top->next++]);
			continue;
		}
		--w->levels.count;
		if (w->announced > w->levels.count) {
			w->announced = w->levels.count;
		}
	}
	return rc;
}

/** Make the matcher and put the root onto the stack. */
static int start(struct walk *w, struct ctx_snapshot *snap, const struct ctx_ignore *includes,
	struct ctx_snapshot *other) {
	struct level root = {
		.dir = snap->root.dir,
		.other = other != NULL ? other->root.dir : NULL,
		.scope = &ctx_scope_root,
		.all = includes == NULL, // a list of blanks is a filter too: nothing passes
	};
	int rc = 0;
	if (!root.all) {
		w->exceptions = ctx_ignore_has_negation(includes);
		rc = ctx_matcher_new(&w->matcher, includes, w->err);
	}
	if (rc == 0 && !root.all) {
		ctx_matcher_count_use(w->matcher, false);
		rc = collect_texts(w, includes);
	}
	if (rc == 0 && !CTX_VEC_PUSH(&w->levels, root)) {
		rc = ctx_fail_nomem(w->err);
	}
	w->announced = 1;
	return rc;
}

int ana_wanted_each(struct ctx_snapshot *snap, const struct ctx_ignore *includes, struct ctx_snapshot *other,
	ana_wanted_fn *fn, void *arg, struct ctx_error *err) {
	if (snap->root.dir == NULL) {
		return 0;
	}
	struct walk w = { .fn = fn, .arg = arg, .err = err };
	int rc = start(&w, snap, includes, other);
	if (rc == 0) {
		rc = walk_all(&w);
	}
	ctx_matcher_free(w.matcher);
	CTX_VEC_RELEASE(&w.texts);
	CTX_VEC_RELEASE(&w.levels);
	ctx_buf_release(&w.path);
	ctx_arena_release(&w.arena);
	if (rc == CTX_E_SYNTAX) {
		return ctx_fail(err, rc, "error from sender: failed to match includepatterns: syntax error in pattern");
	}
	return rc;
}
