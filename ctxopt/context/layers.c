/*
 * Every path that was ever there has a spot.  Living spots hang in the list of their parent's children, and the parent of a
 * living spot is a living directory.  What dies is taken out of these lists together with everything below it, so that hiding the
 * same things again and again costs nothing.
 */
#include "ctxopt/context/layers.h"

#include "ctxopt/base/path.h"
#include "ctxopt/base/str.h"
#include "ctxopt/base/strmap.h"

#include <stdlib.h>

#define NONE UINT32_MAX

struct ctx_layer {
	CTX_VEC(struct ctx_record) records;
};

/** One path. */
struct spot {
	/** NUL-terminated. */
	const char *path;
	/** Index of a spot, or NONE: the first child, the next child of the same parent. */
	uint32_t child, next;
	/** What is there: an index in `nodes`. */
	uint32_t node;
	bool alive, listed;
};

struct ctx_layers {
	/** The first one is the root. */
	CTX_VEC(struct spot) spots;
	/** Path to spot. */
	struct ctx_strmap by_path;
	CTX_VEC(struct ctx_image_node) nodes;
};

struct ctx_layer *ctx_layer_new(void) {
	return ctx_calloc(1, sizeof(struct ctx_layer));
}

void ctx_layer_free(struct ctx_layer *layer) {
	if (layer != NULL) {
		CTX_VEC_RELEASE(&layer->records);
		free(layer);
	}
}

bool ctx_layer_add(struct ctx_layer *layer, const struct ctx_record *record) {
	return CTX_VEC_PUSH(&layer->records, *record);
}

/** What an implied directory is. */
static const struct ctx_image_node implied = { .kind = CTX_KIND_DIR, .mode = 0755 };

/** Add a node: its index, or NONE when out of memory. */
static uint32_t add_node(struct ctx_layers *l, const struct ctx_image_node *node) {
	return l->nodes.count < NONE && CTX_VEC_PUSH(&l->nodes, *node) ? (uint32_t)l->nodes.count - 1 : NONE;
}

struct ctx_layers *ctx_layers_new(void) {
	struct ctx_layers *l = ctx_calloc(1, sizeof(*l));
	struct spot root = { .path = "", .child = NONE, .next = NONE, .alive = true, .listed = true };
	if (l == NULL || add_node(l, &implied) == NONE || !CTX_VEC_PUSH(&l->spots, root) ||
		ctx_strmap_put(&l->by_path, "", 0, 0) != 0) {
		ctx_layers_free(l);
		return NULL;
	}
	return l;
}

void ctx_layers_free(struct ctx_layers *layers) {
	if (layers != NULL) {
		CTX_VEC_RELEASE(&layers->spots);
		CTX_VEC_RELEASE(&layers->nodes);
		ctx_strmap_release(&layers->by_path);
		free(layers);
	}
}

/** The living spot of a path, or NONE. */
static uint32_t find_alive(const struct ctx_layers *l, const char *path, size_t len) {
	uint32_t at = ctx_strmap_get(&l->by_path, path, len);
	return at != NONE && l->spots.items[at].alive ? at : NONE;
}

/** All below a spot dies. */
static void kill_below(struct ctx_layers *l, uint32_t at) {
	struct spot *spots = l->spots.items;
	uint32_t work = spots[at].child;
	spots[at].child = NONE;
	while (work != NONE) {
		struct spot *dead = &spots[work];
		uint32_t child = dead->child;
		work = dead->next;
		dead->alive = dead->listed = false;
		dead->child = NONE;
		while (child != NONE) {
			uint32_t next = spots[child].next;
			spots[child].next = work;
			work = child;
			child = next;
		}
	}
}

/** What lower layers have is hidden. */
static void hide(struct ctx_layers *l, const struct ctx_record *record) {
	uint32_t at = find_alive(l, record->path, strlen(record->path));
	if (at == NONE) {
		return;
	}
	kill_below(l, at);
	if (record->kind == CTX_RECORD_WHITEOUT && at != 0) {
		l->spots.items[at].alive = false;
	}
}

/** A living spot at a path whose parent is the living spot `parent`: NONE when out of memory. */
static uint32_t take_spot(struct ctx_layers *l, const char *path, size_t len, uint32_t parent) {
	uint32_t at = ctx_strmap_get(&l->by_path, path, len);
	if (at == NONE) {
		struct spot fresh = { .path = path, .child = NONE, .next = NONE };
		at = (uint32_t)l->spots.count;
		if (at == NONE || !CTX_VEC_PUSH(&l->spots, fresh) ||
			ctx_strmap_put(&l->by_path, path, len, at) == CTX_STRMAP_NONE) {
			return NONE;
		}
	}
	struct spot *spot = &l->spots.items[at];
	if (!spot->listed) {
		spot->next = l->spots.items[parent].child;
		l->spots.items[parent].child = at;
		spot->listed = true;
	}
	return at;
}

/** Put something at a spot. */
static bool settle(struct ctx_layers *l, uint32_t at, uint32_t node) {
	if (node == NONE) {
		return false;
	}
	if (l->nodes.items[node].kind != CTX_KIND_DIR) {
		kill_below(l, at);
	}
	l->spots.items[at].node = node;
	l->spots.items[at].alive = true;
	return true;
}

/** Is there a living directory? */
static bool is_dir(const struct ctx_layers *l, uint32_t at) {
	return at != NONE && l->nodes.items[l->spots.items[at].node].kind == CTX_KIND_DIR;
}

/** The living directory that holds a path, made if it is not there: NONE when out of memory or above the limit. */
static uint32_t take_parent(struct ctx_layers *l, const char *path, struct ctx_image *image) {
	size_t base = ctx_path_base(path, strlen(path));
	uint32_t parent = base == 0 ? 0 : find_alive(l, path, base - 1);
	if (is_dir(l, parent)) {
		return parent;
	}
	parent = 0;
	for (size_t end = 0; end < base; ++end) {
		if (path[end] != '/') {
			continue;
		}
		uint32_t at = find_alive(l, path, end);
		if (!is_dir(l, at)) {
			const char *copy = image->arena.reserved_bytes > CTX_IMAGE_MEMORY_MAX
				? NULL
				: ctx_arena_memdup0(&image->arena, path, end);
			at = copy == NULL ? NONE : take_spot(l, copy, end, parent);
			if (at == NONE || !settle(l, at, add_node(l, &implied))) {
				return NONE;
			}
		}
		parent = at;
	}
	return parent;
}

/** Put an entry of a layer. */
static int put_entry(struct ctx_layers *l, const struct ctx_record *record, struct ctx_image *image,
	struct ctx_error *err) {
	uint32_t node = NONE;
	if (record->link != NULL) {
		uint32_t target = find_alive(l, record->link, strlen(record->link));
		if (target == NONE || is_dir(l, target)) {
			return ctx_fail(err, CTX_E_CORRUPT,
				"damaged image: hard link '%s' names '%s', which is no file", record->path,
				record->link);
		}
		node = l->spots.items[target].node;
	} else {
		node = add_node(l, &record->node);
	}
	if (record->path[0] == '\0') {
		return node != NONE && l->nodes.items[node].kind == CTX_KIND_DIR && settle(l, 0, node)
			? 0
			: ctx_fail(err, CTX_E_CORRUPT, "damaged image: the root is no directory");
	}
	uint32_t parent = take_parent(l, record->path, image);
	uint32_t at = parent == NONE ? NONE : take_spot(l, record->path, strlen(record->path), parent);
	if (at != NONE && settle(l, at, node)) {
		return 0;
	}
	return image->arena.reserved_bytes > CTX_IMAGE_MEMORY_MAX
		? ctx_fail(err, CTX_E_LIMIT, "the image has too many paths")
		: ctx_fail_nomem(err);
}

int ctx_layers_put(struct ctx_layers *layers, const struct ctx_layer *layer, struct ctx_image *image,
	struct ctx_error *err) {
	int rc = 0;
	for (size_t i = 0; i < layer->records.count; ++i) {
		if (layer->records.items[i].kind != CTX_RECORD_ENTRY) {
			hide(layers, &layer->records.items[i]);
		}
	}
	for (size_t i = 0; rc == 0 && i < layer->records.count; ++i) {
		if (layer->records.items[i].kind == CTX_RECORD_ENTRY) {
			rc = put_entry(layers, &layer->records.items[i], image, err);
		}
	}
	return rc;
}

/** qsort(): struct ctx_image_path. */
static int cmp_paths(const void *a_, const void *b_) {
	const struct ctx_image_path *a = a_, *b = b_;
	return ctx_image_path_cmp(a->path, b->path);
}

/** Give each file with several names the least of them; `paths` is sorted. */
static void name_links(struct ctx_image *image, struct ctx_image_node *nodes, const char **least) {
	for (size_t i = 0; i < image->paths.count; ++i) {
		size_t node = (size_t)(image->paths.items[i].node - nodes);
		if (least[node] == NULL) {
			least[node] = image->paths.items[i].path;
		} else {
			nodes[node].first = least[node];
		}
	}
}

int ctx_layers_finish(struct ctx_layers *layers, struct ctx_image *image, struct ctx_error *err) {
	size_t count = layers->nodes.count;
	struct ctx_image_node *nodes = ctx_arena_calloc(&image->arena, count, sizeof(*nodes));
	const char **least = ctx_calloc(count, sizeof(*least));
	bool ok = nodes != NULL && least != NULL;
	if (ok) {
		memcpy(nodes, layers->nodes.items, count * sizeof(*nodes));
	}
	for (size_t i = 0; ok && i < layers->spots.count; ++i) {
		const struct spot *spot = &layers->spots.items[i];
		struct ctx_image_path path = { spot->path, nodes + spot->node };
		ok = !spot->alive || CTX_VEC_PUSH(&image->paths, path);
	}
	if (ok) {
		qsort(image->paths.items, image->paths.count, sizeof(*image->paths.items), cmp_paths);
		name_links(image, nodes, least);
	}
	free(least);
	return ok ? 0 : ctx_fail_nomem(err);
}
