#include "ctxopt/context/gittree.h"

#include "ctxopt/base/vec.h"
#include "ctxopt/context/gitrepo_internal.h"
#include "ctxopt/context/snapshot.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/** Bytes of the ids of the repositories that the library can read. */
#define OID_BYTES GIT_OID_RAWSZ

/* ---- Ids ---- */

const char *ctx_oid_hex(char out[CTX_OID_HEX_MAX], const struct ctx_oid *oid) {
	static const char digits[] = "0123456789abcdef";
	char *at = out;
	for (size_t i = 0; i < oid->len; ++i) {
		*at++ = digits[oid->bytes[i] >> 4];
		*at++ = digits[oid->bytes[i] & 15];
	}
	*at = '\0';
	return out;
}

bool ctx_oid_equal(const struct ctx_oid *a, const struct ctx_oid *b) {
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

/** The library's form of an id. */
static git_oid to_git(const struct ctx_oid *oid) {
	git_oid id;
	memcpy(id.id, oid->bytes, sizeof(id.id));
	return id;
}

/* ---- Objects ---- */

/** Report that an object cannot be read; "a partial clone?" as in commit.c. */
static int fail_object(const char *what, const struct ctx_oid *oid, int git_rc, struct ctx_error *err) {
	char hex[CTX_OID_HEX_MAX];
	if (git_rc == GIT_ENOTFOUND) {
		return ctx_fail(err, CTX_E_CORRUPT, "%s %.12s is not in the repository (a partial clone?)", what,
			ctx_oid_hex(hex, oid));
	}
	return ctx_fail_git(err, git_rc, CTX_E_CORRUPT, "cannot read %s %.12s", what, ctx_oid_hex(hex, oid));
}

/** Report that an object is not what it has to be. */
static int fail_content(const char *what, const struct ctx_oid *oid, const char *why, struct ctx_error *err) {
	char hex[CTX_OID_HEX_MAX];
	return ctx_fail(err, CTX_E_CORRUPT, "cannot read %s %.12s: %s", what, ctx_oid_hex(hex, oid), why);
}

/** Read an object of one type, whose name is `what`; git_odb_object_free() it. */
static int read_object(git_odb_object **out, struct ctx_gitrepo *repo, const struct ctx_oid *oid, git_object_t type,
	const char *what, struct ctx_error *err) {
	if (oid->len != OID_BYTES) {
		return fail_content(what, oid, "no id of this repository", err);
	}
	git_oid id = to_git(oid);
	int rc = git_odb_read(out, repo->odb, &id);
	if (rc < 0) {
		return fail_object(what, oid, rc, err);
	}
	if (git_odb_object_type(*out) != type) {
		git_odb_object_free(*out);
		return fail_content(what, oid, "it is of another type", err);
	}
	return 0;
}

int ctx_gitblob_size(struct ctx_gitrepo *repo, const struct ctx_oid *oid, uint64_t *bytes, struct ctx_error *err) {
	git_oid id = to_git(oid);
	size_t len = 0;
	git_object_t type = GIT_OBJECT_INVALID;
	int rc = oid->len == OID_BYTES ? git_odb_read_header(&len, &type, repo->odb, &id) : 0;
	*bytes = len;
	return rc < 0 ? fail_object("blob", oid, rc, err) : 0;
}

int ctx_gitblob_read(struct ctx_gitrepo *repo, const struct ctx_oid *oid, size_t max, struct ctx_buf *out,
	struct ctx_error *err) {
	git_oid id = to_git(oid);
	size_t len = 0;
	git_object_t type = GIT_OBJECT_INVALID;
	git_odb_object *object = NULL;
	int rc = oid->len == OID_BYTES ? ctx_git_read_packed(repo, &id, GIT_OBJECT_BLOB, max, out, err) : 0;
	if (rc != 0) {
		return rc < 0 ? rc : 0;
	}
	rc = oid->len == OID_BYTES ? git_odb_read_header(&len, &type, repo->odb, &id) : 0;
	if (rc < 0) {
		return fail_object("blob", oid, rc, err);
	}
	if (type == GIT_OBJECT_BLOB && len > max) {
		char hex[CTX_OID_HEX_MAX];
		return ctx_fail(err, CTX_E_LIMIT, "blob %.12s is larger than %zu bytes", ctx_oid_hex(hex, oid), max);
	}
	rc = read_object(&object, repo, oid, GIT_OBJECT_BLOB, "blob", err);
	if (rc < 0) {
		return rc;
	}
	ctx_buf_add(out, git_odb_object_data(object), git_odb_object_size(object));
	git_odb_object_free(object);
	return ctx_buf_ok(out) ? 0 : ctx_fail_nomem(err);
}

/* ---- Trees ---- */

void ctx_gittree_release(struct ctx_gittree *tree) {
	free(tree->entries);
	ctx_buf_release(&tree->raw);
	*tree = (struct ctx_gittree){ 0 };
}

/** Order of two entries by name. */
static int compare(const struct ctx_gittree_entry *a, const struct ctx_gittree_entry *b) {
	return ctx_name_cmp(a->name, a->name_len, b->name, b->name_len);
}

/** The same for qsort(). */
static int compare_voids(const void *a, const void *b) {
	return compare(a, b);
}

/** Set kind and bits as git understands a mode (git: canon_mode). */
static void set_mode(struct ctx_gittree_entry *e, uint32_t mode) {
	e->executable = e->submodule = false;
	if (S_ISREG(mode)) {
		e->kind = CTX_KIND_FILE;
		e->executable = (mode & 0100) != 0;
	} else if (S_ISLNK(mode)) {
		e->kind = CTX_KIND_SYMLINK;
	} else {
		e->kind = CTX_KIND_DIR;
		e->submodule = !S_ISDIR(mode);
	}
}

/** Read one entry, "MODE NAME\0ID", and step behind it; false if it is damaged. */
static bool parse_entry(const char **at, const char *end, struct ctx_gittree_entry *e) {
	const char *p = *at;
	uint32_t mode = 0;
	for (; p < end && *p >= '0' && *p <= '7' && mode <= UINT16_MAX; ++p) {
		mode = mode << 3 | (uint32_t)(*p - '0');
	}
	if (p == *at || p == end || *p != ' ' || mode > UINT16_MAX) {
		return false;
	}
	const char *name = p + 1;
	const char *stop = memchr(name, '\0', (size_t)(end - name));
	if (stop == NULL || end - stop <= OID_BYTES || stop - name > UINT16_MAX) {
		return false;
	}
	e->name = name;
	e->name_len = (uint32_t)(stop - name);
	set_mode(e, mode);
	memcpy(e->oid.bytes, stop + 1, OID_BYTES);
	e->oid.len = OID_BYTES;
	*at = stop + 1 + OID_BYTES;
	return true;
}

/**
 * Move the last entry to its place among those before it.  What is further off than usual is left to qsort(), or a tree in
 * the wrong order would take time by the square of its size; so are two entries of one name, which that finds.
 */
static void settle_last(struct ctx_gittree *tree, bool *sorted) {
	enum { NEAR = 32 };
	struct ctx_gittree_entry *last = &tree->entries[tree->count - 1];
	if (!*sorted || tree->count < 2 || compare(last - 1, last) < 0) {
		return;
	}
	uint32_t at = tree->count - 1;
	uint32_t lowest = at > NEAR ? at - NEAR : 0;
	while (at > lowest && compare(&tree->entries[at - 1], last) > 0) {
		--at;
	}
	if (at > 0 && (at == lowest || compare(&tree->entries[at - 1], last) == 0)) {
		*sorted = false;
		return;
	}
	struct ctx_gittree_entry moved = *last;
	memmove(&tree->entries[at + 1], &tree->entries[at], (tree->count - 1 - at) * sizeof(moved));
	tree->entries[at] = moved;
}

/** Sort what settle_last() left, and refuse two entries of one name. */
static int sort_rest(struct ctx_gittree *tree, const struct ctx_oid *oid, struct ctx_error *err) {
	qsort(tree->entries, tree->count, sizeof(*tree->entries), compare_voids);
	for (uint32_t i = 1; i < tree->count; ++i) {
		if (compare(&tree->entries[i - 1], &tree->entries[i]) == 0) {
			return fail_content("tree", oid, "it has two entries of one name", err);
		}
	}
	return 0;
}

/** Make entries of the bytes in `tree->raw`. */
static int parse(struct ctx_gittree *tree, const struct ctx_oid *oid, struct ctx_error *err) {
	const char *at = ctx_buf_str(&tree->raw), *end = at + tree->raw.len;
	bool sorted = true;
	while (at < end) {
		if (tree->count == tree->cap &&
			!ctx_vec_grow((void **)&tree->entries, &tree->cap, tree->cap + 1, sizeof(*tree->entries))) {
			return ctx_fail_nomem(err);
		}
		struct ctx_gittree_entry *e = &tree->entries[tree->count];
		if (!parse_entry(&at, end, e)) {
			return fail_content("tree", oid, "it is damaged", err);
		}
		if (ctx_git_is_bad_name(e->name, e->name_len)) {
			char hex[CTX_OID_HEX_MAX];
			return ctx_fail(err, CTX_E_CORRUPT,
				"tree %.12s has an entry named '%s', which git does not check out",
				ctx_oid_hex(hex, oid), e->name);
		}
		++tree->count;
		settle_last(tree, &sorted);
	}
	return sorted ? 0 : sort_rest(tree, oid, err);
}

/** Read the bytes of a tree that is not in a pack. */
static int read_loose(struct ctx_gittree *out, struct ctx_gitrepo *repo, const struct ctx_oid *oid,
	struct ctx_error *err) {
	git_odb_object *object = NULL;
	int rc = read_object(&object, repo, oid, GIT_OBJECT_TREE, "tree", err);
	if (rc < 0) {
		return rc;
	}
	ctx_buf_add(&out->raw, git_odb_object_data(object), git_odb_object_size(object));
	git_odb_object_free(object);
	return ctx_buf_ok(&out->raw) ? 0 : ctx_fail_nomem(err);
}

int ctx_gittree_read(struct ctx_gittree *out, struct ctx_gitrepo *repo, const struct ctx_oid *oid,
	struct ctx_error *err) {
	git_oid id = to_git(oid);
	out->count = 0;
	ctx_buf_reset(&out->raw);
	int rc = oid->len == OID_BYTES ? ctx_git_read_packed(repo, &id, GIT_OBJECT_TREE, SIZE_MAX, &out->raw, err) : 0;
	rc = rc == 0 ? read_loose(out, repo, oid, err) : rc;
	rc = rc < 0 ? rc : parse(out, oid, err);
	if (rc < 0) {
		ctx_gittree_release(out);
	}
	return rc;
}

const struct ctx_gittree_entry *ctx_gittree_find(const struct ctx_gittree *tree, const char *name, size_t len) {
	uint32_t low = 0, high = tree->count;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		const struct ctx_gittree_entry *e = &tree->entries[mid];
		int order = ctx_name_cmp(e->name, e->name_len, name, len);
		if (order == 0) {
			return e;
		}
		if (order < 0) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return NULL;
}
