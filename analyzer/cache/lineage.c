/*
 * From the newest commit to the oldest, each commit starts from the name that its heir has: a child along the first parent, the newest
 * of several, or where none is listed the next commit, which is what is built next.  Then from the oldest to the newest those that
 * are left: tips of branches that forked before the Dockerfile was moved start from the name that their parent has.
 */
#include "analyzer/cache/lineage.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/path.h"
#include "ctxopt/base/strmap.h"
#include "ctxopt/context/ignore_file.h"

#include <stdlib.h>
#include <string.h>

/* ---- Likeness ---- */

/** Longest piece, in bytes. */
#define PIECE_MAX 64

/** Pieces with one content: its hash, and their bytes. */
struct piece {
	uint64_t hash;
	size_t bytes;
};

/** Pieces of a text. */
struct pieces {
	CTX_VEC(struct piece) list;
};

/** Order by content. */
static int compare_pieces(const void *a_, const void *b_) {
	const struct piece *a = a_, *b = b_;
	return (a->hash > b->hash) - (a->hash < b->hash);
}

/** Cut a text; false when out of memory. */
static bool cut(struct pieces *out, const char *text, size_t len) {
	while (len > 0) {
		size_t most = len < PIECE_MAX ? len : PIECE_MAX;
		const char *end = memchr(text, '\n', most);
		size_t bytes = end != NULL ? (size_t)(end - text) + 1 : most;
		struct piece piece = { ctx_hash64(text, bytes, 0), bytes };
		if (!CTX_VEC_PUSH(&out->list, piece)) {
			return false;
		}
		text += bytes;
		len -= bytes;
	}
	if (out->list.count > 0) {
		qsort(out->list.items, out->list.count, sizeof(*out->list.items), compare_pieces);
	}
	return true;
}

/** Bytes of the pieces of one content, from `*at` on. */
static size_t take_run(const struct pieces *p, size_t *at) {
	uint64_t hash = p->list.items[*at].hash;
	size_t bytes = 0;
	for (; *at < p->list.count && p->list.items[*at].hash == hash; ++*at) {
		bytes += p->list.items[*at].bytes;
	}
	return bytes;
}

/** Bytes of what both have. */
static size_t count_common(const struct pieces *a, const struct pieces *b) {
	size_t i = 0, k = 0, common = 0;
	while (i < a->list.count && k < b->list.count) {
		uint64_t left = a->list.items[i].hash, right = b->list.items[k].hash;
		size_t of_a = left <= right ? take_run(a, &i) : 0, of_b = right <= left ? take_run(b, &k) : 0;
		common += of_a < of_b ? of_a : of_b;
	}
	return common;
}

int ana_likeness(const char *a, size_t a_len, const char *b, size_t b_len, struct ctx_error *err) {
	size_t longest = a_len > b_len ? a_len : b_len;
	if (a_len == b_len && (longest == 0 || memcmp(a, b, longest) == 0)) {
		return 100;
	}
	struct pieces of_a = { 0 }, of_b = { 0 };
	bool ok = longest > 0 && cut(&of_a, a, a_len) && cut(&of_b, b, b_len);
	size_t percent = ok ? count_common(&of_a, &of_b) * 100 / longest : 0;
	CTX_VEC_RELEASE(&of_a.list);
	CTX_VEC_RELEASE(&of_b.list);
	return ok ? (percent > 99 ? 99 : (int)percent) : ctx_fail_nomem(err);
}

/* ---- What went away between two trees ---- */

/** A file that is in one tree and not in the other, or a pair of directories that differ. */
struct gone {
	/** In the arena. */
	const char *path;
	struct ctx_oid oid;
	/** Directories: the one in the other tree; none if there is none. */
	struct ctx_oid other;
};

/** One search. */
struct search {
	const struct ana_lineage_opts *opts;
	struct ctx_arena *arena;
	/** Directories to compare, a stack; files that went away. */
	CTX_VEC(struct gone) dirs, files;
	struct ctx_gittree tree, other;
	struct ctx_error *err;
};

/** Free what a search owns. */
static void search_release(struct search *s) {
	CTX_VEC_RELEASE(&s->dirs);
	CTX_VEC_RELEASE(&s->files);
	ctx_gittree_release(&s->tree);
	ctx_gittree_release(&s->other);
}

/** Path of an entry; NULL when out of memory. */
static const char *join(struct search *s, const char *dir, const struct ctx_gittree_entry *e) {
	size_t len = strlen(dir);
	char *path = ctx_arena_alloc(s->arena, len + e->name_len + 2);
	if (path != NULL) {
		memcpy(path, dir, len);
		path[len] = '/';
		memcpy(path + len + (len > 0), e->name, e->name_len + (size_t)1);
	}
	return path;
}

/** Note one entry of a directory, if it differs in the other one. */
static bool note_entry(struct search *s, const char *dir, const struct ctx_gittree_entry *e) {
	const struct ctx_gittree_entry *other = ctx_gittree_find(&s->other, e->name, e->name_len);
	bool is_dir = e->kind == CTX_KIND_DIR && !e->submodule;
	bool same_kind = other != NULL && other->kind == e->kind;
	if ((!is_dir && e->kind != CTX_KIND_FILE) || (same_kind && (!is_dir || ctx_oid_equal(&e->oid, &other->oid)))) {
		return true;
	}
	struct gone gone = { .path = join(s, dir, e), .oid = e->oid };
	if (is_dir && same_kind && !other->submodule) {
		gone.other = other->oid;
	}
	return gone.path != NULL && (is_dir ? CTX_VEC_PUSH(&s->dirs, gone) : CTX_VEC_PUSH(&s->files, gone));
}

/** Read a tree; one that cannot be read is empty. */
static int read_tree(struct search *s, struct ctx_gittree *tree, const struct ctx_oid *oid) {
	struct ctx_error ignored;
	tree->count = 0;
	int rc = oid->len == 0 ? 0 : ctx_gittree_read(tree, s->opts->repo, oid, &ignored);
	return rc == CTX_E_NOMEM ? ctx_fail_nomem(s->err) : 0;
}

/** Collect the files of `tree` that are not in `other`. */
static int find_gone(struct search *s, const struct ctx_oid *tree, const struct ctx_oid *other) {
	struct gone root = { .path = "", .oid = *tree, .other = *other };
	bool ok = CTX_VEC_PUSH(&s->dirs, root);
	while (ok && s->dirs.count > 0) {
		struct gone dir = s->dirs.items[--s->dirs.count];
		int rc = read_tree(s, &s->tree, &dir.oid);
		rc = rc < 0 ? rc : read_tree(s, &s->other, &dir.other);
		if (rc < 0) {
			return rc;
		}
		for (uint32_t i = 0; ok && i < s->tree.count; ++i) {
			ok = note_entry(s, dir.path, &s->tree.entries[i]);
		}
		if (s->opts->stop != NULL && *s->opts->stop != 0) {
			return ctx_fail(s->err, CTX_E_INTERRUPTED, "interrupted");
		}
	}
	return ok ? 0 : ctx_fail_nomem(s->err);
}

/** Name without directories. */
static const char *base_of(const char *path) {
	return path + ctx_path_base(path, strlen(path));
}

/** Is `a` a better guess than `b`, of the same likeness: the same name, then the first in order. */
static bool is_better(const char *a, const char *b, const char *wanted) {
	bool left = strcmp(base_of(a), base_of(wanted)) == 0, right = strcmp(base_of(b), base_of(wanted)) == 0;
	return left != right ? left : strcmp(a, b) < 0;
}

/** How like a text a file is: 0 also if it cannot be read, or is too large or too small. */
static int compare_file(struct search *s, const struct gone *file, const char *text, size_t len) {
	ctx_auto_buf struct ctx_buf there = CTX_BUF_INIT;
	struct ctx_error ignored;
	int rc = ctx_gitblob_read(s->opts->repo, &file->oid, len * 100 / ANA_LINEAGE_PERCENT, &there, &ignored);
	if (rc == CTX_E_NOMEM) {
		return ctx_fail_nomem(s->err);
	}
	return rc < 0 ? 0 : ana_likeness(ctx_buf_str(&there), there.len, text, len, s->err);
}

/** Choose the file that is most like a text that is now at `wanted`; NULL if none is. */
static int choose(struct search *s, const char *wanted, const char *text, size_t len, const char **out,
	unsigned *percent) {
	bool many = s->files.count > ANA_LINEAGE_FILES_MAX;
	*out = NULL;
	*percent = ANA_LINEAGE_PERCENT;
	for (size_t i = 0; i < s->files.count; ++i) {
		const struct gone *file = &s->files.items[i];
		if (many && strcmp(base_of(file->path), base_of(wanted)) != 0) {
			continue;
		}
		int got = compare_file(s, file, text, len);
		if (got < 0) {
			return got;
		}
		if ((unsigned)got > *percent ||
			((unsigned)got == *percent && (*out == NULL || is_better(file->path, *out, wanted)))) {
			*out = file->path;
			*percent = (unsigned)got;
		}
	}
	return 0;
}

/* ---- The history ---- */

/** The run. */
struct trace {
	const struct ana_lineage_opts *opts;
	struct ana_lineage *out;
	/** By commit: 1 + index of the heir, 0 for none; is there a file of the name? */
	uint32_t *heirs;
	bool *found;
	/** Commits by id. */
	struct ctx_strmap index;
	struct ctx_error *err;
};

/** Is there a file of this name?  1, and its id; 0, also if it cannot be told; CTX_E_NOMEM. */
static int exists(const struct trace *t, uint32_t commit, const char *path, struct ctx_oid *oid) {
	struct ctx_error ignored;
	int rc = ana_filetree_blob(t->opts->store, &t->opts->commits[commit].tree, path, oid, &ignored);
	return rc == CTX_E_NOMEM ? ctx_fail_nomem(t->err) : rc == 1;
}

/** The file that a text was moved from, or to: one that `tree` has and `other` has not.  NULL if there is none. */
static int find_moved(struct trace *t, const struct ctx_oid *tree, const struct ctx_oid *other, const char *wanted,
	const struct ctx_buf *text, const char **out, unsigned *percent) {
	CTX_CLEANUP(search_release)
	struct search s = { .opts = t->opts, .arena = &t->out->arena, .err = t->err };
	int rc = find_gone(&s, tree, other);
	return rc < 0 ? rc : choose(&s, wanted, ctx_buf_str(text), text->len, out, percent);
}

/** The same for what is built after the last commit. */
static int find_before_work(struct trace *t, const char **out, unsigned *percent) {
	const struct ana_lineage_work *work = t->opts->work;
	const struct ctx_oid none = { .len = 0 };
	CTX_CLEANUP(search_release)
	struct search s = { .opts = t->opts, .arena = &t->out->arena, .err = t->err };
	int rc = find_gone(&s, &t->opts->commits[t->opts->count - 1].tree, &none);
	size_t kept = 0;
	for (size_t i = 0; rc == 0 && i < s.files.count; ++i) {
		if (work->is_gone(work->arg, s.files.items[i].path)) {
			s.files.items[kept++] = s.files.items[i];
		}
	}
	s.files.count = kept;
	return rc < 0 ? rc : choose(&s, t->opts->path, work->text, work->len, out, percent);
}

/** The name that a commit has if another has `name`, which this one has not: NULL if it cannot be told. */
static int find_other_name(struct trace *t, uint32_t commit, uint32_t other, const char *name, const char **out,
	unsigned *percent) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	struct ctx_oid oid;
	struct ctx_error ignored;
	*out = NULL;
	int rc = t->found[other] ? exists(t, other, name, &oid) : 0;
	if (rc <= 0) {
		return rc;
	}
	rc = ctx_gitblob_read(t->opts->repo, &oid, CTX_IGNORE_FILE_MAX, &text, &ignored);
	if (rc < 0) {
		return rc == CTX_E_NOMEM ? ctx_fail_nomem(t->err) : 0;
	}
	return find_moved(t, &t->opts->commits[commit].tree, &t->opts->commits[other].tree, name, &text, out, percent);
}

/** Where a client looks, too, when there is no file of a name: "dockerfile" for "Dockerfile".  NULL if nowhere. */
static int other_case(struct trace *t, const char *name, const char **out) {
	size_t len = strlen(name), base = ctx_path_base(name, len);
	*out = NULL;
	if (strcmp(name + base, "Dockerfile") != 0 && strcmp(name + base, "dockerfile") != 0) {
		return 0;
	}
	char *copy = ctx_arena_memdup0(&t->out->arena, name, len);
	if (copy == NULL) {
		return ctx_fail_nomem(t->err);
	}
	copy[base] = name[base] == 'D' ? 'd' : 'D';
	*out = copy;
	return 0;
}

/**
 * Note that the file is called `from` up to a commit (index `at`, or the number of commits for the working tree), and `to` from it on.
 * Where two names are known already, a commit that is `certain` to have moved it is better than one that only comes after.
 */
static bool note_move(struct trace *t, size_t at, bool certain, const char *from, const char *to, unsigned percent) {
	struct ana_move move = { .from = from, .to = to, .percent = percent };
	if (at < t->opts->count) {
		move.commit = t->opts->commits[at].id;
	}
	for (size_t i = 0; i < t->out->moves.count; ++i) {
		struct ana_move *known = &t->out->moves.items[i];
		if (strcmp(known->from, from) == 0 && strcmp(known->to, to) == 0) {
			*known = certain ? move : *known;
			return true;
		}
	}
	return CTX_VEC_PUSH(&t->out->moves, move);
}

/** Find the name at one commit, from that of its heir. */
static int look_back(struct trace *t, uint32_t commit) {
	const struct ana_lineage_opts *o = t->opts;
	struct ctx_oid oid;
	bool last = commit + 1 == o->count, work = last && o->work != NULL;
	uint32_t heir = t->heirs[commit] > 0 ? t->heirs[commit] - 1 : commit + 1;
	const char *name = last ? o->path : t->out->paths[heir], *other = NULL;
	unsigned percent = 0;
	t->out->paths[commit] = name;
	int rc = exists(t, commit, name, &oid);
	t->found[commit] = rc == 1;
	if (rc != 0) {
		return rc < 0 ? rc : 0;
	}
	rc = work      ? find_before_work(t, &other, &percent)
		: last ? 0
		       : find_other_name(t, commit, heir, name, &other, &percent);
	if (rc < 0) {
		return rc;
	}
	if (other != NULL && !note_move(t, heir, t->heirs[commit] > 0, other, name, percent)) {
		return ctx_fail_nomem(t->err);
	}
	rc = other != NULL ? 0 : other_case(t, name, &other);
	rc = rc < 0 || other == NULL ? rc : exists(t, commit, other, &oid);
	if (rc == 1) {
		t->out->paths[commit] = other;
		t->found[commit] = true;
	}
	return rc < 0 ? rc : 0;
}

/** Find the name at a commit that was left, from that of its parent. */
static int look_forward(struct trace *t, uint32_t commit) {
	const struct ctx_oid *parent = &t->opts->commits[commit].parent;
	uint32_t before = ctx_strmap_get(&t->index, parent->bytes, parent->len);
	before = before == CTX_STRMAP_NONE ? commit - 1 : before;
	struct ctx_oid oid;
	if (!t->found[before]) {
		return 0;
	}
	const char *name = t->out->paths[before], *other = NULL;
	unsigned percent = 0;
	int rc = exists(t, commit, name, &oid);
	if (rc == 0) {
		rc = find_other_name(t, commit, before, name, &other, &percent);
		if (rc < 0 || other == NULL) {
			return rc;
		}
		rc = note_move(t, commit, true, name, other, percent) ? 0 : ctx_fail_nomem(t->err);
	}
	if (rc < 0) {
		return rc;
	}
	t->out->paths[commit] = other != NULL ? other : name;
	t->found[commit] = true;
	return 0;
}

/** Note which child is the heir of each commit, the newest one. */
static bool find_heirs(struct trace *t) {
	for (uint32_t i = 0; i < t->opts->count; ++i) {
		const struct ctx_oid *id = &t->opts->commits[i].id, *parent = &t->opts->commits[i].parent;
		if (ctx_strmap_put(&t->index, id->bytes, id->len, i) == CTX_STRMAP_NONE) {
			return false;
		}
		uint32_t before = parent->len == 0 ? CTX_STRMAP_NONE
						   : ctx_strmap_get(&t->index, parent->bytes, parent->len);
		if (before != CTX_STRMAP_NONE) {
			t->heirs[before] = 1 + i;
		}
	}
	return true;
}

/** All commits, there and back. */
static int trace_all(struct trace *t) {
	const struct ana_lineage_opts *o = t->opts;
	int rc = 0;
	for (uint32_t i = (uint32_t)o->count; rc == 0 && i-- > 0;) {
		rc = look_back(t, i);
		if (rc == 0 && o->stop != NULL && *o->stop != 0) {
			rc = ctx_fail(t->err, CTX_E_INTERRUPTED, "interrupted");
		}
	}
	bool same = true;
	for (uint32_t i = 0; rc == 0 && i < o->count; ++i) {
		rc = t->found[i] || i == 0 ? 0 : look_forward(t, i);
		same = same && t->out->paths[i] == o->path;
	}
	t->out->paths = same ? NULL : t->out->paths;
	return rc;
}

int ana_lineage_trace(struct ana_lineage *out, const struct ana_lineage_opts *opts, struct ctx_error *err) {
	struct trace t = { .opts = opts, .out = out, .err = err };
	out->paths = ctx_arena_calloc(&out->arena, opts->count + 1, sizeof(*out->paths));
	t.heirs = ctx_calloc(opts->count + 1, sizeof(*t.heirs));
	t.found = ctx_calloc(opts->count + 1, sizeof(*t.found));
	int rc = out->paths != NULL && t.heirs != NULL && t.found != NULL && find_heirs(&t) ? 0 : ctx_fail_nomem(err);
	rc = rc < 0 ? rc : trace_all(&t);
	ctx_strmap_release(&t.index);
	free(t.heirs);
	free(t.found);
	return rc;
}

void ana_lineage_release(struct ana_lineage *lineage) {
	CTX_VEC_RELEASE(&lineage->moves);
	ctx_arena_release(&lineage->arena);
	lineage->paths = NULL;
}
