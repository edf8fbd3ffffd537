/*
 * Three passes over a graph of commits that grows while it is walked:
 *
 *	what ranges leave out       every ancestor, by a stack
 *	whose commit it is          first-parent chains of all branches, in order; then everything else that they reach
 *	order                       children before parents, the newest first of those that are ready (a heap); turned round at
 *	                            the end
 *
 * Commits are read once and parsed by hand: the library's commit objects cost more than the rest of the work.  Nothing
 * is guessed from times, which are wrong in real histories, so a list of the newest commits of a history with merges walks
 * all of it (git without a commit-graph file does the same); of one first-parent chain it walks just these.
 *
 * Order: git 2.39 commit.c (sort_in_topological_order) with REV_SORT_BY_COMMIT_DATE.
 */
#include "ctxopt/context/gitlog.h"

#include "ctxopt/base/file.h"
#include "ctxopt/base/strmap.h"
#include "ctxopt/context/gitrepo_internal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/** No branch reaches the commit. */
#define NOBODY UINT32_MAX

enum {
	/** Most bytes of a subject. */
	SUBJECT_MAX = 200,
	/** Largest list of the edges of a shallow clone, in bytes. */
	SHALLOW_FILE_MAX = 64 << 20,
	/** Commits that are read between two looks at the stop flag. */
	STOP_EVERY = 256,
};

/** A commit that was named, and maybe read. */
struct node {
	git_oid id, tree;
	int64_t time;
	/** NULL until it was read. */
	const char *subject;
	struct node **parents;
	uint32_t parent_count;
	/** Branch, or NOBODY. */
	uint32_t branch;
	/** Listed children that have not been put out yet. */
	uint32_t children;
	/** Order of arrival in the heap, between commits of one time. */
	uint32_t arrival;
	/** Left out by a range; reached in the last pass over branches; at the edge of a shallow clone. */
	bool left_out, reached, edge;
};

/** A list of nodes. */
struct nodes {
	struct node **items;
	size_t count, cap;
};

/** What one listing needs. */
struct run {
	struct ctx_gitrepo *repo;
	const struct ctx_gitlog_opts *opts;
	/** Nodes and subjects; goes to the result. */
	struct ctx_arena arena;
	/** Id to index in `nodes`. */
	struct ctx_strmap index;
	struct nodes nodes;
	/** Ends of the branches, in order. */
	struct nodes tips;
	/** Work to do: a stack, then the heap. */
	struct nodes work;
	/** Ids in the file of shallow edges, and its text, which holds them. */
	struct ctx_strmap edges;
	struct ctx_buf edge_ids;
	/** A commit. */
	struct ctx_buf text;
	size_t reads;
	uint32_t arrivals;
};

/** Release all of it. */
static void run_release(struct run *run) {
	ctx_strmap_release(&run->index);
	ctx_strmap_release(&run->edges);
	ctx_buf_release(&run->edge_ids);
	ctx_buf_release(&run->text);
	CTX_VEC_RELEASE(&run->nodes);
	CTX_VEC_RELEASE(&run->tips);
	CTX_VEC_RELEASE(&run->work);
	ctx_arena_release(&run->arena);
}

/* ---- Commits ---- */

/** The node of an id; NULL when out of memory. */
static struct node *node_of(struct run *run, const git_oid *id) {
	uint32_t found = ctx_strmap_get(&run->index, id->id, sizeof(id->id));
	if (found != CTX_STRMAP_NONE) {
		return run->nodes.items[found];
	}
	struct node *node = ctx_arena_calloc(&run->arena, 1, sizeof(*node));
	if (node == NULL) {
		return NULL;
	}
	node->id = *id;
	node->branch = NOBODY;
	uint32_t fresh = (uint32_t)run->nodes.count;
	if (!CTX_VEC_PUSH(&run->nodes, node)) {
		return NULL;
	}
	return ctx_strmap_put(&run->index, node->id.id, sizeof(node->id.id), fresh) == CTX_STRMAP_NONE ? NULL : node;
}

/** Take a line "KEY ID" from the front of a text. */
static bool take_id(const char **at, const char *end, const char *key, git_oid *out) {
	size_t len = strlen(key);
	const char *p = *at;
	if ((size_t)(end - p) < len + GIT_OID_HEXSZ + 1 || memcmp(p, key, len) != 0 || p[len + GIT_OID_HEXSZ] != '\n' ||
		git_oid_fromstrn(out, p + len, GIT_OID_HEXSZ) < 0) {
		return false;
	}
	*at = p + len + GIT_OID_HEXSZ + 1;
	return true;
}

/** Seconds at the end of a "committer" line; 0, as in git, where there are none. */
static int64_t parse_time(const char *line, const char *end) {
	const char *p = memrchr(line, '>', (size_t)(end - line));
	int64_t seconds = 0;
	if (p == NULL) {
		return 0;
	}
	for (++p; p < end && *p == ' '; ++p) {
	}
	for (; p < end && *p >= '0' && *p <= '9' && seconds < INT64_MAX / 10 - 9; ++p) {
		seconds = seconds * 10 + (*p - '0');
	}
	return seconds;
}

/** Read the rest of the header for the committer's time; the place where the message starts. */
static const char *parse_header(const char *at, const char *end, int64_t *time) {
	static const char key[] = "committer ";
	while (at < end && *at != '\n') {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		stop = stop != NULL ? stop : end;
		if (*time == 0 && (size_t)(stop - at) > sizeof(key) && memcmp(at, key, sizeof(key) - 1) == 0) {
			*time = parse_time(at, stop);
		}
		at = stop < end ? stop + 1 : end;
	}
	return at;
}

/** The first line of a message, not cut within a character; NULL when out of memory. */
static const char *copy_subject(struct run *run, const char *at, const char *end) {
	while (at < end && (*at == '\n' || *at == ' ')) {
		++at;
	}
	const char *stop = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
	size_t len = (size_t)((stop != NULL ? stop : end) - at);
	if (len > SUBJECT_MAX) {
		len = SUBJECT_MAX;
		while (len > 0 && ((unsigned char)at[len] & 0xc0) == 0x80) {
			--len;
		}
	}
	const char *nul = len > 0 ? memchr(at, '\0', len) : NULL;
	return ctx_arena_memdup0(&run->arena, at, nul != NULL ? (size_t)(nul - at) : len);
}

/** Report a commit that is not as it has to be. */
static int fail_commit(const struct node *node, const char *why, struct ctx_error *err) {
	return ctx_fail(err, CTX_E_CORRUPT, "commit %.12s %s", git_oid_tostr_s(&node->id), why);
}

/** Collect the parents, which are nobody's where the history was cut. */
static int parse_parents(struct run *run, struct node *node, const char **at, const char *end, struct ctx_error *err) {
	static const char key[] = "parent ";
	uint32_t count = 0;
	git_oid id;
	for (const char *p = *at; take_id(&p, end, key, &id); ++count) {
	}
	node->edge = count > 0 && ctx_strmap_get(&run->edges, node->id.id, sizeof(node->id.id)) != CTX_STRMAP_NONE;
	node->parents = ctx_arena_calloc(&run->arena, count, sizeof(struct node *));
	if (node->parents == NULL) {
		return ctx_fail_nomem(err);
	}
	while (take_id(at, end, key, &id)) {
		if (node->edge) {
			continue;
		}
		struct node *parent = node_of(run, &id);
		if (parent == NULL) {
			return ctx_fail_nomem(err);
		}
		node->parents[node->parent_count++] = parent;
	}
	return 0;
}

/** Parse the bytes of a commit. */
static int parse_commit(struct run *run, struct node *node, const char *at, size_t len, struct ctx_error *err) {
	const char *end = at + len;
	if (!take_id(&at, end, "tree ", &node->tree)) {
		return fail_commit(node, "is damaged", err);
	}
	int rc = parse_parents(run, node, &at, end, err);
	if (rc < 0) {
		return rc;
	}
	at = parse_header(at, end, &node->time);
	node->subject = copy_subject(run, at, end);
	return node->subject != NULL ? 0 : ctx_fail_nomem(err);
}

/** Read a commit that is not in a pack. */
static int read_loose(struct run *run, struct node *node, struct ctx_error *err) {
	git_odb_object *object = NULL;
	int rc = git_odb_read(&object, run->repo->odb, &node->id);
	if (rc == GIT_ENOTFOUND) {
		return fail_commit(node, "is not in the repository", err);
	}
	if (rc < 0) {
		return ctx_fail_git(err, rc, CTX_E_CORRUPT, "cannot read commit %.12s", git_oid_tostr_s(&node->id));
	}
	if (git_odb_object_type(object) != GIT_OBJECT_COMMIT) {
		rc = fail_commit(node, "is an object of another type", err);
	} else {
		rc = parse_commit(run, node, git_odb_object_data(object), git_odb_object_size(object), err);
	}
	git_odb_object_free(object);
	return rc;
}

/** Read a commit unless that was done. */
static int read_node(struct run *run, struct node *node, struct ctx_error *err) {
	if (node->subject != NULL) {
		return 0;
	}
	if (run->reads++ % STOP_EVERY == 0 && run->opts->stop != NULL && *run->opts->stop != 0) {
		return ctx_fail(err, CTX_E_INTERRUPTED, "interrupted");
	}
	ctx_buf_reset(&run->text);
	int rc = ctx_git_read_packed(run->repo, &node->id, GIT_OBJECT_COMMIT, SIZE_MAX, &run->text, err);
	if (rc != 0) {
		return rc < 0 ? rc : parse_commit(run, node, ctx_buf_str(&run->text), run->text.len, err);
	}
	return read_loose(run, node, err);
}

/** Read the list of commits at which a shallow clone was cut: one id in hex a line. */
static int read_edges(struct run *run, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_buf_addf(&path, "%sshallow", git_repository_commondir(run->repo->git));
	if (!ctx_buf_ok(&path)) {
		return ctx_fail_nomem(err);
	}
	int rc = ctx_read_at(&text, AT_FDCWD, ctx_buf_str(&path), SHALLOW_FILE_MAX, err);
	if (rc < 0) {
		return rc == CTX_E_MISSING ? 0 : rc;
	}
	const char *at = ctx_buf_str(&text), *end = at + text.len;
	git_oid id;
	while (take_id(&at, end, "", &id)) {
		ctx_buf_add(&run->edge_ids, id.id, sizeof(id.id));
	}
	if (!ctx_buf_ok(&run->edge_ids)) {
		return ctx_fail_nomem(err);
	}
	for (size_t i = 0; i < run->edge_ids.len; i += sizeof(id.id)) {
		if (ctx_strmap_put(&run->edges, run->edge_ids.data + i, sizeof(id.id), 0) == CTX_STRMAP_NONE) {
			return ctx_fail_nomem(err);
		}
	}
	return at == end ? 0 : ctx_fail(err, CTX_E_CORRUPT, "'%s' is damaged", ctx_buf_str(&path));
}

/* ---- Branches ---- */

/** Resolve the revision of `len` bytes at `text` and add it to a list. */
static int add_revision(struct run *run, struct nodes *to, const char *text, size_t len, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf revision = CTX_BUF_INIT;
	if (len == 0) {
		ctx_buf_adds(&revision, "HEAD");
	}
	ctx_buf_add(&revision, text, len);
	if (!ctx_buf_ok(&revision)) {
		return ctx_fail_nomem(err);
	}
	git_object *commit = NULL;
	int rc = ctx_git_resolve(&commit, run->repo, ctx_buf_str(&revision), err);
	if (rc < 0) {
		return rc;
	}
	struct node *node = node_of(run, git_object_id(commit));
	git_object_free(commit);
	return node != NULL && CTX_VEC_PUSH(to, node) ? 0 : ctx_fail_nomem(err);
}

const char *ctx_gitlog_dots(const char *spec) {
	int depth = 0;
	if (strncmp(spec, ":/", 2) == 0) {
		return NULL;
	}
	for (const char *p = spec; *p != '\0'; ++p) {
		depth += (*p == '{') - (*p == '}');
		if (depth == 0 && p[0] == '.' && p[1] == '.') {
			return p;
		}
	}
	return NULL;
}

/** Add a branch to the tips, and what it leaves out to the work. */
static int add_branch(struct run *run, const char *spec, struct ctx_error *err) {
	const char *dots = ctx_gitlog_dots(spec);
	if (*spec == '\0') {
		return ctx_fail(err, CTX_E_USAGE, "'' is not a revision");
	}
	if (dots == NULL) {
		return add_revision(run, &run->tips, spec, strlen(spec), err);
	}
	if (dots[2] == '.') {
		return ctx_fail(err, CTX_E_USAGE, "'%s': ranges of the form A...B are not supported", spec);
	}
	if (dots == spec && dots[2] == '\0') {
		return ctx_fail(err, CTX_E_USAGE, "'%s' is not a range of the form A..B", spec);
	}
	int rc = add_revision(run, &run->work, spec, (size_t)(dots - spec), err);
	return rc < 0 ? rc : add_revision(run, &run->tips, dots + 2, strlen(dots + 2), err);
}

/** Resolve all branches, and leave out what their ranges leave out: every ancestor, also in a list of first parents. */
static int find_tips(struct run *run, struct ctx_error *err) {
	static const char *const head[] = { "HEAD" };
	bool given = run->opts->branches != NULL;
	const char *const *specs = given ? run->opts->branches : head;
	size_t count = given ? run->opts->branch_count : 1;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < count; ++i) {
		rc = add_branch(run, specs[i], err);
	}
	while (rc == 0 && run->work.count > 0) {
		struct node *node = run->work.items[--run->work.count];
		if (node->left_out) {
			continue;
		}
		node->left_out = true;
		rc = read_node(run, node, err);
		for (uint32_t i = 0; rc == 0 && i < node->parent_count; ++i) {
			if (!node->parents[i]->left_out && !CTX_VEC_PUSH(&run->work, node->parents[i])) {
				rc = ctx_fail_nomem(err);
			}
		}
	}
	return rc;
}

/** What callers see of a commit that was read. */
static struct ctx_gitlog_commit commit_of(const struct node *node) {
	struct ctx_gitlog_commit commit = {
		.id.len = GIT_OID_RAWSZ,
		.tree.len = GIT_OID_RAWSZ,
		.time = node->time,
		.branch = node->branch,
		.subject = node->subject,
	};
	memcpy(commit.id.bytes, node->id.id, GIT_OID_RAWSZ);
	memcpy(commit.tree.bytes, node->tree.id, GIT_OID_RAWSZ);
	if (node->parent_count > 0) {
		memcpy(commit.parent.bytes, node->parents[0]->id.id, GIT_OID_RAWSZ);
		commit.parent.len = GIT_OID_RAWSZ;
	}
	return commit;
}

/** Give a branch the commits of its first-parent chain that are nobody's yet. */
static int claim_chain(struct run *run, uint32_t branch, struct ctx_error *err) {
	// Of a lone chain the newest are its first ones; with several, a chain must be known to where it meets another
	bool lone = run->tips.count == 1 && run->opts->first_parent;
	size_t most = lone && run->opts->max > 0 ? run->opts->max : SIZE_MAX;
	struct node *node = run->tips.items[branch];
	int rc = 0;
	for (; rc == 0 && node != NULL && !node->left_out && node->branch == NOBODY && most > 0; --most) {
		node->branch = branch;
		rc = read_node(run, node, err);
		if (rc == 0 && lone && run->opts->told != NULL) {
			struct ctx_gitlog_commit commit = commit_of(node);
			run->opts->told(run->opts->told_arg, &commit);
		}
		node = node->parent_count > 0 ? node->parents[0] : NULL;
	}
	return rc;
}

/** Give a branch everything it reaches that is nobody's yet. */
static int claim_rest(struct run *run, uint32_t branch, struct ctx_error *err) {
	int rc = CTX_VEC_PUSH(&run->work, run->tips.items[branch]) ? 0 : ctx_fail_nomem(err);
	while (rc == 0 && run->work.count > 0) {
		struct node *node = run->work.items[--run->work.count];
		if (node->reached || node->left_out) {
			continue;
		}
		node->reached = true;
		node->branch = node->branch == NOBODY ? branch : node->branch;
		rc = read_node(run, node, err);
		for (uint32_t i = 0; rc == 0 && i < node->parent_count; ++i) {
			if (!node->parents[i]->reached && !CTX_VEC_PUSH(&run->work, node->parents[i])) {
				rc = ctx_fail_nomem(err);
			}
		}
	}
	return rc;
}

/** Find out whose each commit is. */
static int claim_all(struct run *run, struct ctx_error *err) {
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < run->tips.count; ++i) {
		rc = claim_chain(run, (uint32_t)i, err);
	}
	for (size_t i = 0; rc == 0 && i < run->tips.count && !run->opts->first_parent; ++i) {
		rc = claim_rest(run, (uint32_t)i, err);
	}
	return rc;
}

/* ---- Order ---- */

/** Comes `a` before `b` in the heap: the newest first, then who arrived first. */
static bool is_before(const struct node *a, const struct node *b) {
	return a->time != b->time ? a->time > b->time : a->arrival < b->arrival;
}

/** Put a commit into the heap, all of whose children are out. */
static bool heap_put(struct run *run, struct node *node) {
	node->arrival = run->arrivals++;
	if (!CTX_VEC_PUSH(&run->work, node)) {
		return false;
	}
	struct node **heap = run->work.items;
	size_t at = run->work.count - 1;
	for (; at > 0 && is_before(node, heap[(at - 1) / 2]); at = (at - 1) / 2) {
		heap[at] = heap[(at - 1) / 2];
	}
	heap[at] = node;
	return true;
}

/** Take the first commit from the heap, which is not empty. */
static struct node *heap_take(struct run *run) {
	struct node **heap = run->work.items;
	struct node *first = heap[0], *last = heap[--run->work.count];
	size_t count = run->work.count, at = 0;
	for (size_t child = 1; child < count; child = 2 * at + 1) {
		child += child + 1 < count && is_before(heap[child + 1], heap[child]);
		if (!is_before(heap[child], last)) {
			break;
		}
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = last;
	return first;
}

/** Count the listed children of each listed commit; those without any start the heap. */
static bool start_heap(struct run *run) {
	for (size_t i = 0; i < run->nodes.count; ++i) {
		const struct node *node = run->nodes.items[i];
		for (uint32_t k = 0; node->branch != NOBODY && k < node->parent_count; ++k) {
			++node->parents[k]->children;
		}
	}
	for (size_t i = 0; i < run->tips.count; ++i) {
		struct node *tip = run->tips.items[i];
		if (tip->children == 0 && tip->branch == i && !heap_put(run, tip)) {
			return false;
		}
	}
	return true;
}

/** Put out one commit; false when out of memory. */
static bool put_out(struct ctx_gitlog *out, const struct node *node) {
	out->shallow |= node->edge;
	return CTX_VEC_PUSH(&out->commits, commit_of(node));
}

/** Turn the list round: so far the newest are first. */
static void reverse(struct ctx_gitlog *log) {
	for (size_t i = 0, k = log->commits.count; i + 1 < k; ++i) {
		struct ctx_gitlog_commit swap = log->commits.items[i];
		log->commits.items[i] = log->commits.items[--k];
		log->commits.items[k] = swap;
	}
}

/** Put out what was claimed, in order, at most `max` of each branch. */
static int list_all(struct run *run, struct ctx_gitlog *out, struct ctx_error *err) {
	size_t max = run->opts->max > 0 ? run->opts->max : SIZE_MAX, full = 0;
	CTX_AUTO_FREE size_t *listed = ctx_calloc(run->tips.count + 1, sizeof(*listed));
	if (listed == NULL || !start_heap(run)) {
		return ctx_fail_nomem(err);
	}
	while (run->work.count > 0 && full < run->tips.count) {
		const struct node *node = heap_take(run);
		if (listed[node->branch] < max) {
			full += ++listed[node->branch] == max;
			if (!put_out(out, node)) {
				return ctx_fail_nomem(err);
			}
		}
		for (uint32_t i = 0; i < node->parent_count; ++i) {
			struct node *parent = node->parents[i];
			if (--parent->children == 0 && parent->branch != NOBODY && !heap_put(run, parent)) {
				return ctx_fail_nomem(err);
			}
		}
	}
	reverse(out);
	return 0;
}

int ctx_gitlog_list(struct ctx_gitlog *out, struct ctx_gitrepo *repo, const struct ctx_gitlog_opts *opts,
	struct ctx_error *err) {
	CTX_CLEANUP(run_release) struct run run = { .repo = repo, .opts = opts };
	ctx_auto_gitlog struct ctx_gitlog log = { 0 };
	int rc = read_edges(&run, err);
	if (rc == 0) {
		rc = find_tips(&run, err);
	}
	if (rc == 0) {
		rc = claim_all(&run, err);
	}
	if (rc == 0) {
		rc = list_all(&run, &log, err);
	}
	if (rc == 0) {
		ctx_gitlog_release(out);
		*out = log;
		ctx_arena_absorb(&out->arena, &run.arena);
		log = (struct ctx_gitlog){ 0 };
	}
	return rc;
}

void ctx_gitlog_release(struct ctx_gitlog *log) {
	CTX_VEC_RELEASE(&log->commits);
	ctx_arena_release(&log->arena);
	log->shallow = false;
}
