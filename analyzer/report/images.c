#include "analyzer/report/images.h"

#include "ctxopt/base/out.h"

#include <inttypes.h>

const struct ana_image_field ana_image_fields[] = {
	{ CTX_IMAGE_EXISTS, "exists" },
	{ CTX_IMAGE_KIND, "kind" },
	{ CTX_IMAGE_MODE, "mode" },
	{ CTX_IMAGE_OWNER, "owner" },
	{ CTX_IMAGE_CONTENT, "content" },
	{ CTX_IMAGE_XATTRS, "xattrs" },
	{ CTX_IMAGE_LINKS, "links" },
	{ 0, NULL },
};

/** What is at a path: "directory". */
static const char *kind_word(const struct ctx_image_node *node) {
	static const char *const words[] = { "file", "directory", "symlink", "FIFO", "socket", "block device" };
	return node->is_char ? "character device" : words[node->kind];
}

/** A path that is there in one of two. */
static void add_presence(struct ctx_buf *out, const struct ctx_image_change *c) {
	const struct ctx_image_node *there = c->before != NULL ? c->before : c->after;
	ctx_buf_addf(out, "%s, %s", c->before != NULL ? "gone" : "new", kind_word(there));
	if (c->count > 1) {
		ctx_buf_addf(out, " with %zu %s below it", c->count - 1, c->count == 2 ? "path" : "paths");
	}
}

/** Content of two nodes of the same kind. */
static void add_content(struct ctx_buf *out, const struct ctx_image_node *before, const struct ctx_image_node *after) {
	if (after->kind == CTX_KIND_SYMLINK) {
		ctx_buf_adds(out, "leads to ");
		ctx_escape_name(out, after->target, strlen(after->target));
		ctx_buf_adds(out, ", was ");
		ctx_escape_name(out, before->target, strlen(before->target));
	} else if (after->kind == CTX_KIND_DEVICE) {
		ctx_buf_addf(out, "device %u:%u, was %u:%u", after->major, after->minor, before->major, before->minor);
	} else if (after->size_bytes != before->size_bytes) {
		ctx_buf_addf(out, "content, %" PRIu64 " bytes, was %" PRIu64, after->size_bytes, before->size_bytes);
	} else {
		ctx_buf_adds(out, "content, of the same size");
	}
}

/** One field. */
static void add_field(struct ctx_buf *out, const struct ctx_image_change *c, unsigned field) {
	const struct ctx_image_node *before = c->before, *after = c->after;
	switch (field) {
	case CTX_IMAGE_KIND:
		ctx_buf_addf(out, "%s, was %s", kind_word(after), kind_word(before));
		break;
	case CTX_IMAGE_MODE:
		ctx_buf_addf(out, "mode %04o, was %04o", (unsigned)after->mode, (unsigned)before->mode);
		break;
	case CTX_IMAGE_OWNER:
		ctx_buf_addf(out, "owner %" PRIu64 ":%" PRIu64 ", was %" PRIu64 ":%" PRIu64, after->uid, after->gid,
			before->uid, before->gid);
		break;
	case CTX_IMAGE_CONTENT:
		add_content(out, before, after);
		break;
	default:
		ctx_buf_adds(out, field == CTX_IMAGE_XATTRS ? "extended attributes" : "hard links");
		break;
	}
}

void ana_image_words(struct ctx_buf *out, const struct ctx_image_change *change) {
	if ((change->fields & CTX_IMAGE_EXISTS) != 0) {
		add_presence(out, change);
		return;
	}
	const char *between = "";
	for (const struct ana_image_field *f = ana_image_fields; f->name != NULL; ++f) {
		if ((change->fields & f->field) != 0) {
			ctx_buf_adds(out, between);
			add_field(out, change, f->field);
			between = "; ";
		}
	}
}

size_t ana_image_count(const struct ctx_image_change *changes, size_t count) {
	size_t paths = 0;
	for (size_t i = 0; i < count; ++i) {
		paths += changes[i].count;
	}
	return paths;
}

size_t ana_image_settings(const struct ctx_image_diff *diff, bool itself) {
	size_t count = 0;
	for (size_t i = 0; i < diff->config.count; ++i) {
		count += diff->config.items[i].itself == itself;
	}
	return count;
}
