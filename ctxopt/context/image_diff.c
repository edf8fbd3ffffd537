#include "ctxopt/context/image_diff.h"

#include "ctxopt/base/path.h"
#include "ctxopt/base/str.h"
#include "ctxopt/base/strmap.h"

#include <ctype.h>

/** A walk over the sorted paths of three images at once. */
struct merge {
	struct ctx_image_diff *diff;
	const struct ctx_image *images[3];
	size_t at[3];
	/** The path at hand, and what is there in each image; NULL if nothing. */
	const char *path;
	const struct ctx_image_node *nodes[3];
};

/** The same text, or neither? */
static bool same_text(const char *a, const char *b) {
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/** Fields that differ between two nodes. */
static unsigned fields_of(const struct ctx_image_node *a, const struct ctx_image_node *b) {
	if (a->kind != b->kind || a->is_char != b->is_char) {
		return CTX_IMAGE_KIND;
	}
	unsigned fields = a->mode != b->mode ? CTX_IMAGE_MODE : 0;
	fields |= a->uid != b->uid || a->gid != b->gid ? CTX_IMAGE_OWNER : 0;
	bool same = a->size_bytes == b->size_bytes && ctx_digest_equal(&a->digest, &b->digest) &&
		same_text(a->target, b->target) && a->major == b->major && a->minor == b->minor;
	fields |= same ? 0 : CTX_IMAGE_CONTENT;
	fields |= ctx_digest_equal(&a->xattrs, &b->xattrs) ? 0 : CTX_IMAGE_XATTRS;
	return fields | (same_text(a->first, b->first) ? 0 : CTX_IMAGE_LINKS);
}

/** Go on to the next path of any image: false after the last. */
static bool merge_next(struct merge *m) {
	m->path = NULL;
	for (size_t i = 0; i < 3; ++i) {
		if (m->at[i] < m->images[i]->paths.count) {
			const char *path = m->images[i]->paths.items[m->at[i]].path;
			m->path = m->path == NULL || ctx_image_path_cmp(path, m->path) < 0 ? path : m->path;
		}
	}
	for (size_t i = 0; m->path != NULL && i < 3; ++i) {
		const struct ctx_image_path *here = m->at[i] < m->images[i]->paths.count
			? &m->images[i]->paths.items[m->at[i]]
			: NULL;
		bool found = here != NULL && strcmp(here->path, m->path) == 0;
		m->nodes[i] = found ? here->node : NULL;
		m->at[i] += found;
	}
	return m->path != NULL;
}

/** Skip everything below the path at hand: how many paths those are, at most, in one image. */
static size_t skip_below(struct merge *m) {
	size_t most = 0, len = strlen(m->path);
	for (size_t i = 0; i < 3; ++i) {
		size_t begin = m->at[i];
		while (m->at[i] < m->images[i]->paths.count) {
			const char *path = m->images[i]->paths.items[m->at[i]].path;
			if (strncmp(path, m->path, len) != 0 || path[len] != '/') {
				break;
			}
			++m->at[i];
		}
		most = m->at[i] - begin > most ? m->at[i] - begin : most;
	}
	return most;
}

/** Note what differs at the path at hand; false when out of memory. */
static bool note(struct merge *m, bool itself, unsigned fields) {
	const struct ctx_image_node *after = m->nodes[itself ? 1 : 2];
	struct ctx_image_change change = { m->path, m->nodes[0], after, fields, 1 };
	if (fields == 0) {
		return true;
	}
	if ((fields & (CTX_IMAGE_EXISTS | CTX_IMAGE_KIND)) != 0) {
		change.count += skip_below(m);
	}
	return itself ? CTX_VEC_PUSH(&m->diff->itself, change) : CTX_VEC_PUSH(&m->diff->changes, change);
}

/** Compare the path at hand. */
static bool compare_path(struct merge *m) {
	const struct ctx_image_node *a = m->nodes[0], *b = m->nodes[1], *p = m->nodes[2];
	if ((a == NULL) != (b == NULL)) {
		return note(m, true, CTX_IMAGE_EXISTS);
	}
	if (a == NULL || p == NULL) {
		return note(m, false, CTX_IMAGE_EXISTS);
	}
	unsigned itself = fields_of(a, b);
	unsigned changed = fields_of(a, p) & fields_of(b, p) & ~itself;
	if ((itself & CTX_IMAGE_KIND) != 0) {
		return note(m, true, itself);
	}
	return note(m, true, itself) && note(m, false, changed);
}

/* ---- Names that are new with every build ---- */

/** One byte of a shape: letters and digits are all the same. */
static char shape_of(char c) {
	return isalnum((unsigned char)c) || c == '_' ? 'x' : c;
}

/** A directory as caches have them for the first digits of digests: "/3f". */
static bool is_fan_out(const char *path, size_t len) {
	size_t base = ctx_path_base(path, len);
	return len - base == 2 && ctx_hex_value(path[base]) >= 0 && ctx_hex_value(path[base + 1]) >= 0;
}

/** "DIRECTORY/SHAPE KIND" of what came or went. */
static void add_shape(struct ctx_buf *key, const struct ctx_image_change *change) {
	size_t len = strlen(change->path), base = ctx_path_base(change->path, len);
	size_t dir = base > 0 && is_fan_out(change->path, base - 1) ? base - 3 : base;
	ctx_buf_reset(key);
	ctx_buf_add(key, change->path, dir);
	for (size_t i = dir; i < len; ++i) {
		ctx_buf_addc(key, shape_of(change->path[i]));
	}
	const struct ctx_image_node *node = change->before != NULL ? change->before : change->after;
	ctx_buf_addf(key, " %d", node == NULL ? -1 : (int)node->kind);
}

/** Shapes of what came or went between the originals.  False when out of memory. */
static bool collect_shapes(const struct ctx_image_diff *diff, struct ctx_strmap *shapes, struct ctx_arena *arena) {
	ctx_auto_buf struct ctx_buf key = CTX_BUF_INIT;
	for (size_t i = 0; i < diff->itself.count; ++i) {
		if ((diff->itself.items[i].fields & CTX_IMAGE_EXISTS) == 0) {
			continue;
		}
		add_shape(&key, &diff->itself.items[i]);
		const char *copy = ctx_buf_ok(&key) ? ctx_arena_memdup0(arena, key.data, key.len) : NULL;
		if (copy == NULL || ctx_strmap_put(shapes, copy, key.len, 0) == CTX_STRMAP_NONE) {
			return false;
		}
	}
	return true;
}

/** qsort(): changes by path. */
static int cmp_changes(const void *a_, const void *b_) {
	const struct ctx_image_change *a = a_, *b = b_;
	return ctx_image_path_cmp(a->path, b->path);
}

/** Move what is only in the proposal and has such a shape to what differs by itself. */
static bool move_shaped(struct ctx_image_diff *diff, const struct ctx_strmap *shapes) {
	ctx_auto_buf struct ctx_buf key = CTX_BUF_INIT;
	size_t kept = 0, moved = 0;
	bool ok = true;
	for (size_t i = 0; ok && i < diff->changes.count; ++i) {
		struct ctx_image_change change = diff->changes.items[i];
		bool is_new = change.before == NULL;
		if (is_new) {
			add_shape(&key, &change);
			ok = ctx_buf_ok(&key);
		}
		if (ok && is_new && ctx_strmap_get(shapes, key.data, key.len) != CTX_STRMAP_NONE) {
			ok = CTX_VEC_PUSH(&diff->itself, change);
			++moved;
		} else {
			diff->changes.items[kept++] = change;
		}
	}
	diff->changes.count = ok ? kept : diff->changes.count;
	if (moved > 0) {
		qsort(diff->itself.items, diff->itself.count, sizeof(*diff->itself.items), cmp_changes);
	}
	return ok;
}

/* ---- Configuration ---- */

/** Value of a setting, NULL if it is not set. */
static const char *setting(const struct ctx_image *image, const char *name) {
	for (size_t i = 0; i < image->settings.count; ++i) {
		if (strcmp(image->settings.items[i].name, name) == 0) {
			return image->settings.items[i].value;
		}
	}
	return NULL;
}

/** Compare one setting, unless that was done. */
static bool compare_setting(struct ctx_image_diff *diff, const struct merge *m, const char *name) {
	const char *a = setting(m->images[0], name), *b = setting(m->images[1], name), *p = setting(m->images[2], name);
	bool itself = !same_text(a, b);
	for (size_t i = 0; i < diff->config.count; ++i) {
		if (strcmp(diff->config.items[i].name, name) == 0) {
			return true;
		}
	}
	struct ctx_image_config_change change = { name, a, itself ? b : p, itself };
	return (!itself && same_text(a, p)) || CTX_VEC_PUSH(&diff->config, change);
}

/** qsort(): changes by name. */
static int cmp_config(const void *a_, const void *b_) {
	const struct ctx_image_config_change *a = a_, *b = b_;
	return strcmp(a->name, b->name);
}

/** Compare all settings. */
static bool compare_settings(struct ctx_image_diff *diff, const struct merge *m) {
	bool ok = true;
	for (size_t i = 0; i < 3; ++i) {
		for (size_t j = 0; ok && j < m->images[i]->settings.count; ++j) {
			ok = compare_setting(diff, m, m->images[i]->settings.items[j].name);
		}
	}
	if (diff->config.count > 0) {
		qsort(diff->config.items, diff->config.count, sizeof(*diff->config.items), cmp_config);
	}
	return ok;
}

int ctx_image_compare(struct ctx_image_diff *diff, const struct ctx_image *first, const struct ctx_image *second,
	const struct ctx_image *proposal, struct ctx_error *err) {
	struct merge m = { .diff = diff, .images = { first, second, proposal } };
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct ctx_strmap shapes = { 0 };
	bool ok = compare_settings(diff, &m);
	diff->compared = first->paths.count;
	while (ok && merge_next(&m)) {
		ok = compare_path(&m);
	}
	ok = ok && collect_shapes(diff, &shapes, &arena) && move_shaped(diff, &shapes);
	ctx_strmap_release(&shapes);
	return ok ? 0 : ctx_fail_nomem(err);
}

bool ctx_image_diff_equal(const struct ctx_image_diff *diff) {
	bool equal = diff->changes.count == 0;
	for (size_t i = 0; i < diff->config.count; ++i) {
		equal = equal && diff->config.items[i].itself;
	}
	return equal;
}

void ctx_image_diff_release(struct ctx_image_diff *diff) {
	CTX_VEC_RELEASE(&diff->changes);
	CTX_VEC_RELEASE(&diff->itself);
	CTX_VEC_RELEASE(&diff->config);
}
