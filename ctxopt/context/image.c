/*
 *     fd -> untar.h -> a file that is an archive -> untar.h -> records of one layer
 *                   -> another file, kept as a document         |
 *                                                               v  once the manifest says in which order
 *                                                           layers.h: the file system
 */
#include "ctxopt/context/image.h"

#include "ctxopt/base/path.h"
#include "ctxopt/base/str.h"
#include "ctxopt/base/strmap.h"
#include "ctxopt/context/image_json.h"
#include "ctxopt/context/layers.h"
#include "ctxopt/context/pack.h"
#include "ctxopt/context/untar.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/** Bytes read from the descriptor at a time. */
#define BLOCK ((size_t)256 * 1024)
/** Links from one name of the archive to another. */
#define ALIASES_MAX 8

/** One file of the archive: a layer, a document, or another name of either. */
struct file {
	const char *name;
	/** NULL if it is no layer, none. */
	struct ctx_layer *layer;
	const char *alias;
	struct ctx_buf text;
};

/** One archive being read. */
struct reader {
	struct ctx_image *image;
	/** Descriptor of the archive.  Borrowed. */
	int fd;
	const volatile int *stop;
	/** The archive; and the layer within it, while one is read. */
	struct ctx_untar *outer, *inner;
	/** First bytes of the layer, that were looked at. */
	const void *head;
	size_t head_len;
	unsigned char *block;
	struct ctx_hasher *hasher;
	CTX_VEC(struct file) files;
	/** Name to index in `files`. */
	struct ctx_strmap by_name;
	/** Clean path of the entry, and what a link names. */
	struct ctx_buf path, target;
	size_t text_bytes, records;
};

/* ---- Input ---- */

/** Has the user asked to stop?  Then say so. */
static int check_stop(const struct reader *r, struct ctx_error *err) {
	return r->stop != NULL && *r->stop ? ctx_fail(err, CTX_E_INTERRUPTED, "interrupted") : 0;
}

/** ctx_untar_feed_fn: from the descriptor. */
static ptrdiff_t feed_outer(void *arg, const void **data, struct ctx_error *err) {
	struct reader *r = arg;
	ssize_t n = 0;
	do {
		int rc = check_stop(r, err);
		if (rc < 0) {
			return rc;
		}
		n = read(r->fd, r->block, BLOCK);
	} while (n < 0 && errno == EINTR);
	*data = r->block;
	return n < 0 ? ctx_fail_sys(err, errno, "cannot read image") : n;
}

/** ctx_untar_feed_fn: from the file of the archive. */
static ptrdiff_t feed_inner(void *arg, const void **data, struct ctx_error *err) {
	struct reader *r = arg;
	size_t len = r->head_len;
	*data = r->head;
	r->head_len = 0;
	int rc = len > 0 ? 1 : ctx_untar_data(r->outer, data, &len, err);
	return rc > 0 ? (ptrdiff_t)len : rc;
}

/* ---- Layers ---- */

/** A copy of `text` that lives as long as the image; NULL when out of memory or above the limit. */
static const char *keep(struct reader *r, const char *text, size_t len) {
	struct ctx_arena *arena = &r->image->arena;
	return arena->reserved_bytes > CTX_IMAGE_MEMORY_MAX ? NULL : ctx_arena_memdup0(arena, text, len);
}

/** Why keep() gave nothing. */
static int fail_keep(const struct reader *r, struct ctx_error *err) {
	return r->image->arena.reserved_bytes > CTX_IMAGE_MEMORY_MAX
		? ctx_fail(err, CTX_E_LIMIT, "the image has too many paths")
		: ctx_fail_nomem(err);
}

/** Clean a path of a layer or a link of it; absolute ones are taken as below the root. */
static int clean(struct ctx_buf *out, const char *path, struct ctx_error *err) {
	int rc = ctx_untar_path(out, path == NULL ? NULL : path + strspn(path, "/"), err);
	return rc == 0 && out->len > CTX_IMAGE_PATH_MAX
		? ctx_fail(err, CTX_E_LIMIT, "a path of the image is longer than %d bytes", CTX_IMAGE_PATH_MAX)
		: rc;
}

/** Digest of all extended attributes: a sum, so that their order does not matter. */
static struct ctx_digest hash_xattrs(struct reader *r) {
	struct ctx_digest sum = { 0 };
	const char *name = NULL;
	const void *value = NULL;
	size_t len = 0;
	while (ctx_untar_xattr(r->inner, &name, &value, &len)) {
		ctx_hasher_reset(r->hasher);
		ctx_hasher_add(r->hasher, name, strlen(name) + 1);
		ctx_hasher_add(r->hasher, value, len);
		struct ctx_digest one = ctx_hasher_digest(r->hasher);
		unsigned carry = 0;
		for (size_t i = sizeof(sum.bytes); i-- > 0;) {
			carry += (unsigned)sum.bytes[i] + one.bytes[i];
			sum.bytes[i] = (unsigned char)carry;
			carry >>= 8;
		}
	}
	return sum;
}

/** Hash the content of a file of the layer. */
static int hash_content(struct reader *r, struct ctx_image_node *node, struct ctx_error *err) {
	const void *data = NULL;
	size_t len = 0;
	int rc = 0;
	ctx_hasher_reset(r->hasher);
	node->size_bytes = 0;
	while ((rc = ctx_untar_data(r->inner, &data, &len, err)) > 0) {
		rc = check_stop(r, err);
		if (rc < 0) {
			return rc;
		}
		ctx_hasher_add(r->hasher, data, len);
		node->size_bytes += len;
	}
	node->digest = ctx_hasher_digest(r->hasher);
	return rc;
}

/** What an entry that is no hard link is. */
static int read_node(struct reader *r, const struct ctx_untar_entry *e, struct ctx_image_node *node,
	struct ctx_error *err) {
	*node = (struct ctx_image_node){
		.kind = (uint8_t)((e->mode & S_IFMT) == 0 ? CTX_KIND_FILE : ctx_kind_of_mode(e->mode)),
		.is_char = S_ISCHR(e->mode),
		.mode = (uint16_t)(S_ISLNK(e->mode) ? 0777 : e->mode & 07777),
		.uid = e->uid,
		.gid = e->gid,
		.xattrs = hash_xattrs(r),
	};
	if (node->kind == CTX_KIND_DEVICE) {
		node->major = e->major;
		node->minor = e->minor;
	}
	if (node->kind == CTX_KIND_SYMLINK) {
		const char *target = e->symlink != NULL ? e->symlink : "";
		if (strlen(target) > CTX_PACK_TARGET_MAX) {
			return ctx_fail(err, CTX_E_LIMIT, "target of '%s' is longer than %d bytes",
				ctx_buf_str(&r->path), CTX_PACK_TARGET_MAX);
		}
		node->target = keep(r, target, strlen(target));
		return node->target != NULL ? 0 : fail_keep(r, err);
	}
	return node->kind == CTX_KIND_FILE ? hash_content(r, node, err) : 0;
}

/** Is the path that of a whiteout?  Then make `path` what it hides; names that begin with ".wh..wh." mean nothing else. */
static enum ctx_record_kind strip_whiteout(struct ctx_buf *path, bool *nothing) {
	size_t base = ctx_path_base(path->data, path->len);
	const char *name = path->data + base;
	*nothing = false;
	if (strncmp(name, ".wh.", 4) != 0) {
		return CTX_RECORD_ENTRY;
	}
	if (strcmp(name, ".wh..wh..opq") == 0) {
		ctx_buf_truncate(path, base > 0 ? base - 1 : 0);
		return CTX_RECORD_OPAQUE;
	}
	*nothing = strncmp(name, ".wh..wh.", 8) == 0 || name[4] == '\0';
	size_t rest = path->len - base - 4;
	memmove(path->data + base, path->data + base + 4, rest);
	ctx_buf_truncate(path, base + rest);
	return CTX_RECORD_WHITEOUT;
}

/** Add one entry of a layer. */
static int add_record(struct reader *r, struct ctx_layer *layer, const struct ctx_untar_entry *e,
	struct ctx_error *err) {
	struct ctx_record record = { 0 };
	bool nothing = false;
	int rc = clean(&r->path, e->path, err);
	if (rc < 0) {
		return rc;
	}
	if (r->path.len > 0) {
		record.kind = strip_whiteout(&r->path, &nothing);
	}
	if (nothing) {
		return 0;
	}
	if (++r->records > CTX_IMAGE_ENTRIES_MAX) {
		return ctx_fail(err, CTX_E_LIMIT, "the image has more than %d entries", CTX_IMAGE_ENTRIES_MAX);
	}
	record.path = keep(r, ctx_buf_str(&r->path), r->path.len);
	if (record.path == NULL) {
		return fail_keep(r, err);
	}
	if (record.kind == CTX_RECORD_ENTRY && e->hardlink != NULL) {
		rc = clean(&r->target, e->hardlink, err);
		record.link = rc < 0 ? NULL : keep(r, ctx_buf_str(&r->target), r->target.len);
		rc = rc == 0 && record.link == NULL ? fail_keep(r, err) : rc;
	} else if (record.kind == CTX_RECORD_ENTRY) {
		rc = read_node(r, e, &record.node, err);
	}
	return rc < 0 || ctx_layer_add(layer, &record) ? rc : ctx_fail_nomem(err);
}

/** Read the file at hand as a layer. */
static int read_layer(struct reader *r, struct ctx_layer *layer, struct ctx_error *err) {
	struct ctx_untar_entry e;
	int rc = ctx_untar_open(&r->inner, feed_inner, r, err);
	while (rc == 0) {
		rc = ctx_untar_next(r->inner, &e, err);
		if (rc <= 0) {
			break;
		}
		rc = check_stop(r, err);
		rc = rc < 0 ? rc : add_record(r, layer, &e, err);
	}
	ctx_untar_free(r->inner);
	r->inner = NULL;
	return rc;
}

/* ---- The archive ---- */

/** Read the file at hand as a document. */
static int read_document(struct reader *r, struct file *file, int rc, struct ctx_error *err) {
	const void *data = r->head;
	size_t len = r->head_len;
	for (; rc > 0; rc = ctx_untar_data(r->outer, &data, &len, err)) {
		if (len > CTX_IMAGE_JSON_MAX - r->text_bytes) {
			return ctx_fail(err, CTX_E_LIMIT,
				"damaged image: what is no layer of it is larger than %zu bytes", CTX_IMAGE_JSON_MAX);
		}
		r->text_bytes += len;
		ctx_buf_add(&file->text, data, len);
	}
	return rc < 0 || ctx_buf_ok(&file->text) ? rc : ctx_fail_nomem(err);
}

/** Read the file at hand: what it is, its first bytes say. */
static int read_file(struct reader *r, struct file *file, struct ctx_error *err) {
	r->head_len = 0;
	int rc = ctx_untar_data(r->outer, &r->head, &r->head_len, err);
	if (rc <= 0 || !ctx_pack_is_archive(r->head, r->head_len)) {
		return read_document(r, file, rc, err);
	}
	file->layer = ctx_layer_new();
	return file->layer != NULL ? read_layer(r, file->layer, err) : ctx_fail_nomem(err);
}

/** What a link of the archive names, relative to the archive's root: docker 20.10 writes a layer that comes twice once. */
static int read_alias(struct reader *r, struct file *file, const struct ctx_untar_entry *e, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf joined = CTX_BUF_INIT;
	if (e->hardlink == NULL) {
		ctx_buf_add(&joined, file->name, ctx_path_base(file->name, strlen(file->name)));
	}
	ctx_buf_adds(&joined, e->hardlink != NULL ? e->hardlink : e->symlink);
	int rc = ctx_buf_ok(&joined) ? clean(&r->target, joined.data, err) : ctx_fail_nomem(err);
	file->alias = rc < 0 ? NULL : keep(r, ctx_buf_str(&r->target), r->target.len);
	return rc == 0 && file->alias == NULL ? fail_keep(r, err) : rc;
}

/** Read one entry of the archive. */
static int read_entry(struct reader *r, const struct ctx_untar_entry *e, struct ctx_error *err) {
	struct file file = { 0 };
	int rc = clean(&r->path, e->path, err);
	if (rc < 0 || (e->hardlink == NULL && e->symlink == NULL && !S_ISREG(e->mode))) {
		return rc;
	}
	size_t len = r->path.len;
	file.name = keep(r, ctx_buf_str(&r->path), len);
	if (file.name == NULL) {
		return fail_keep(r, err);
	}
	bool is_link = e->hardlink != NULL || e->symlink != NULL;
	rc = is_link ? read_alias(r, &file, e, err) : read_file(r, &file, err);
	if (!CTX_VEC_PUSH(&r->files, file)) {
		ctx_layer_free(file.layer);
		ctx_buf_release(&file.text);
		return ctx_fail_nomem(err);
	}
	uint32_t index = (uint32_t)r->files.count - 1;
	if (rc == 0 && ctx_strmap_put(&r->by_name, file.name, len, index) != index) {
		rc = ctx_fail(err, CTX_E_CORRUPT, "damaged image: '%s' is there twice", file.name);
	}
	return rc;
}

/** The file of a name, links followed; NULL if there is none. */
static const struct file *find_file(const struct reader *r, const char *name) {
	for (unsigned i = 0; i < ALIASES_MAX; ++i) {
		uint32_t index = ctx_strmap_get(&r->by_name, name, strlen(name));
		const struct file *file = index == CTX_STRMAP_NONE ? NULL : &r->files.items[index];
		if (file == NULL || file->alias == NULL) {
			return file;
		}
		name = file->alias;
	}
	return NULL;
}

/** ctx_image_document_fn. */
static const struct ctx_buf *find_document(void *arg, const char *name) {
	const struct file *file = find_file(arg, name);
	return file == NULL || file->layer != NULL ? NULL : &file->text;
}

/** Nothing but zeros: an archive without entries, which looks like none. */
static bool is_zero(const struct ctx_buf *text) {
	for (size_t i = 0; i < text->len; ++i) {
		if (text->data[i] != '\0') {
			return false;
		}
	}
	return true;
}

/** Put the layers on each other. */
static int apply_layers(struct reader *r, const struct ctx_image_parts *parts, struct ctx_error *err) {
	struct ctx_layers *stack = ctx_layers_new();
	int rc = stack == NULL ? ctx_fail_nomem(err) : 0;
	for (size_t i = 0; rc == 0 && i < parts->layers.count; ++i) {
		const char *name = parts->layers.items[i];
		const struct file *file = find_file(r, name);
		if (file != NULL && file->layer != NULL) {
			rc = ctx_layers_put(stack, file->layer, r->image, err);
		} else if (file == NULL || !is_zero(&file->text)) {
			rc = ctx_fail(err, CTX_E_CORRUPT, "damaged image: layer '%s' is %s", name,
				file == NULL ? "missing" : "no archive");
		}
		rc = rc < 0 ? rc : check_stop(r, err);
	}
	rc = rc < 0 ? rc : ctx_layers_finish(stack, r->image, err);
	ctx_layers_free(stack);
	return rc;
}

/** Make the image of what was read. */
static int assemble(struct reader *r, struct ctx_error *err) {
	struct ctx_image_parts parts = { 0 };
	int rc = ctx_image_find_parts(&parts, find_document, r, err);
	const struct ctx_buf *config = rc < 0 ? NULL : find_document(r, parts.config);
	if (rc == 0 && config == NULL) {
		rc = ctx_fail(err, CTX_E_CORRUPT, "damaged image: configuration '%s' is missing", parts.config);
	}
	rc = rc < 0 ? rc : ctx_image_read_config(r->image, config, err);
	rc = rc < 0 ? rc : apply_layers(r, &parts, err);
	ctx_image_parts_release(&parts);
	return rc;
}

/** Free what the reader owns. */
static void reader_release(struct reader *r) {
	ctx_untar_free(r->outer);
	for (size_t i = 0; i < r->files.count; ++i) {
		ctx_layer_free(r->files.items[i].layer);
		ctx_buf_release(&r->files.items[i].text);
	}
	CTX_VEC_RELEASE(&r->files);
	ctx_strmap_release(&r->by_name);
	ctx_buf_release(&r->path);
	ctx_buf_release(&r->target);
	ctx_hasher_free(r->hasher);
	free(r->block);
}

int ctx_image_read(struct ctx_image *image, int fd, const volatile int *stop, struct ctx_error *err) {
	CTX_CLEANUP(reader_release) struct reader r = { .image = image, .fd = fd, .stop = stop };
	r.block = ctx_calloc(BLOCK, 1);
	r.hasher = ctx_hasher_new();
	if (r.block == NULL || r.hasher == NULL) {
		return ctx_fail_nomem(err);
	}
	struct ctx_untar_entry e;
	int rc = ctx_untar_open(&r.outer, feed_outer, &r, err);
	while (rc == 0) {
		rc = ctx_untar_next(r.outer, &e, err);
		if (rc <= 0) {
			break;
		}
		rc = check_stop(&r, err);
		rc = rc < 0 ? rc : read_entry(&r, &e, err);
	}
	return rc < 0 ? rc : assemble(&r, err);
}

void ctx_image_release(struct ctx_image *image) {
	CTX_VEC_RELEASE(&image->paths);
	CTX_VEC_RELEASE(&image->settings);
	ctx_arena_release(&image->arena);
}

int ctx_image_path_cmp(const char *a, const char *b) {
	while (*a != '\0' && *a == *b) {
		++a;
		++b;
	}
	unsigned char x = (unsigned char)*a, y = (unsigned char)*b;
	if (x == y) {
		return 0;
	}
	if (x == '\0' || y == '\0') {
		return x == '\0' ? -1 : 1;
	}
	if (x == '/' || y == '/') {
		return x == '/' ? -1 : 1;
	}
	return x < y ? -1 : 1;
}
