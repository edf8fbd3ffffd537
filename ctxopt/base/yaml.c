/*
 * libyaml makes events, a stack makes trees of them.
 *
 *	pending   [ items so far of the outermost node | items so far of its last one | ... ]
 *	            ^ frames[0].base                     ^ frames[1].base
 *
 * Two things of libyaml are not taken: its marks count characters, and its lines also end where other programs see no line end (NEL,
 * U+2028).  Places come from a cursor that goes through the text once, as the marks do.
 */
#include "ctxopt/base/yaml.h"

#include "ctxopt/base/strmap.h"
#include "ctxopt/base/utf8.h"
#include "ctxopt/base/vec.h"

#include <stdarg.h>
#include <stdio.h>
#include <yaml.h>

/** Up to so many keys are compared with each other, more are hashed: a table for each of the many small maps would cost more. */
#define PAIRWISE_MAX 12
/** Bytes of a mark at the beginning of UTF-8. */
#define BOM "\xef\xbb\xbf"

/** A place in the text, in characters and bytes. */
struct cursor {
	size_t chars, bytes, line_start;
	uint32_t line;
};

/** An anchor.  `open`: its value has not ended yet. */
struct anchor {
	struct ctx_yaml *node;
	bool open;
};

/** A sequence or map that has not ended yet. */
struct frame {
	struct ctx_yaml *node;
	size_t base;
	/** Index of its anchor; CTX_STRMAP_NONE. */
	uint32_t anchor;
	/** In brackets. */
	bool flow;
};

/** The reader. */
struct reader {
	yaml_parser_t parser;
	struct ctx_arena *arena;
	struct ctx_error *err;
	/** What libyaml reads: without a mark at the beginning, which has `skipped` bytes, and up to the first bad byte. */
	struct ctx_str text;
	size_t skipped;
	/** All characters are bytes. */
	bool ascii;
	struct cursor at;
	CTX_VEC(struct ctx_yaml *) pending, roots;
	CTX_VEC(struct anchor) anchors;
	struct ctx_strmap names;
	struct frame frames[CTX_YAML_DEPTH_MAX];
	uint32_t depth;
	/** Nodes and aliases so far, and pairs that are merged. */
	size_t nodes, merged;
	/** Where the last scalar, alias or bracket ended. */
	size_t end;
	uint32_t end_line;
};

/* ---- Places ---- */

/** Move the cursor to a character. */
static void go_to(struct reader *r, size_t chars) {
	struct cursor *at = &r->at;
	const char *text = r->text.ptr;
	while (at->chars > chars) { // never far: a key is found out to be one within 1,024 characters
		--at->chars;
		while (((unsigned char)text[--at->bytes] & 0xC0) == 0x80) {
		}
		if (text[at->bytes] == '\n') {
			const char *before = memrchr(text, '\n', at->bytes);
			at->line_start = before == NULL ? 0 : (size_t)(before - text) + 1;
			--at->line;
		}
	}
	if (r->ascii && at->chars < chars) {
		const char *to = text + (chars < r->text.len ? chars : r->text.len), *end;
		while ((end = memchr(text + at->bytes, '\n', (size_t)(to - text) - at->bytes)) != NULL) {
			at->bytes = at->line_start = (size_t)(end - text) + 1;
			++at->line;
		}
		at->chars = at->bytes = (size_t)(to - text);
	}
	for (; at->chars < chars && at->bytes < r->text.len; ++at->chars) {
		if (text[at->bytes++] == '\n') {
			at->line_start = at->bytes;
			++at->line;
		}
		while (at->bytes < r->text.len && ((unsigned char)text[at->bytes] & 0xC0) == 0x80) {
			++at->bytes;
		}
	}
}

/** Fail at a node; NULL: at the cursor. */
CTX_PRINTF(4, 5)
static int fail_at(struct reader *r, const struct ctx_yaml *node, enum ctx_errc code, const char *fmt, ...) {
	char message[256];
	va_list args;
	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	if (r->err != NULL) {
		ctx_fail(r->err, code, "%s", message);
		r->err->line = node != NULL ? node->line : r->at.line;
		r->err->column = node != NULL ? node->column : (unsigned)(r->at.bytes - r->at.line_start) + 1;
	}
	return code;
}

/** Go past anchor and tag of a node, up to the byte where its event ends. */
static void skip_properties(struct reader *r, size_t end_chars) {
	while (r->at.chars < end_chars && r->at.bytes < r->text.len) {
		char c = r->text.ptr[r->at.bytes];
		if (c == '&' || c == '!') {
			do {
				go_to(r, r->at.chars + 1);
			} while (r->at.chars < end_chars && strchr(" \t\r\n", r->text.ptr[r->at.bytes]) == NULL);
		} else if (c == '#') {
			do {
				go_to(r, r->at.chars + 1);
			} while (r->at.chars < end_chars && r->text.ptr[r->at.bytes] != '\n');
		} else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			go_to(r, r->at.chars + 1);
		} else {
			break;
		}
	}
}

/** Note where a node ends that is not made of others: a block scalar without the blank lines behind it. */
static void set_end(struct reader *r, size_t from, size_t chars) {
	go_to(r, chars);
	r->end = r->at.bytes;
	r->end_line = r->at.line;
	while (r->end > from && strchr(" \t\r\n", r->text.ptr[r->end - 1]) != NULL) {
		--r->end;
		r->end_line -= r->text.ptr[r->end] == '\n';
	}
}

/* ---- Nodes ---- */

/** A new node where an event begins; NULL when out of memory or after too many, then `*rc` tells. */
static struct ctx_yaml *new_node(struct reader *r, enum ctx_yaml_kind kind, const yaml_event_t *event, bool decorated,
	int *rc) {
	struct ctx_yaml *node;
	go_to(r, event->start_mark.index);
	if (decorated) {
		skip_properties(r, event->end_mark.index);
	}
	if (r->nodes++ == CTX_YAML_NODES_MAX) {
		*rc = fail_at(r, NULL, CTX_E_LIMIT, "more than %u nodes", CTX_YAML_NODES_MAX);
		return NULL;
	}
	node = ctx_arena_calloc(r->arena, 1, sizeof(*node));
	if (node == NULL || !CTX_VEC_PUSH(&r->pending, node)) {
		*rc = ctx_fail_nomem(r->err);
		return NULL;
	}
	node->kind = kind;
	node->line = r->at.line;
	node->column = (uint32_t)(r->at.bytes - r->at.line_start) + 1;
	node->from = (uint32_t)(r->at.bytes + r->skipped);
	return node;
}

/** Remember an anchor, if there is one; a name can be given again. */
static int add_anchor(struct reader *r, const yaml_char_t *name, struct ctx_yaml *node, bool open, uint32_t *out) {
	*out = CTX_STRMAP_NONE;
	if (name == NULL) {
		return 0;
	}
	size_t len = strlen((const char *)name);
	char *copy = ctx_arena_memdup0(r->arena, name, len);
	*out = copy == NULL ? CTX_STRMAP_NONE : ctx_strmap_put(&r->names, copy, len, (uint32_t)r->anchors.count);
	struct anchor anchor = { node, open };
	if (*out == CTX_STRMAP_NONE || (*out == r->anchors.count && !CTX_VEC_PUSH(&r->anchors, anchor))) {
		return ctx_fail_nomem(r->err);
	}
	r->anchors.items[*out] = anchor;
	return 0;
}

/** "*name". */
static int on_alias(struct reader *r, const yaml_event_t *event) {
	const char *name = (const char *)event->data.alias.anchor;
	uint32_t at = ctx_strmap_get(&r->names, name, strlen(name));
	go_to(r, event->start_mark.index);
	if (at == CTX_STRMAP_NONE) {
		return fail_at(r, NULL, CTX_E_SYNTAX, "'*%.40s' has no anchor before it", name);
	}
	if (r->anchors.items[at].open) {
		return fail_at(r, NULL, CTX_E_SYNTAX, "'*%.40s' stands in what it stands for", name);
	}
	if (r->nodes++ == CTX_YAML_NODES_MAX) {
		return fail_at(r, NULL, CTX_E_LIMIT, "more than %u nodes", CTX_YAML_NODES_MAX);
	}
	if (!CTX_VEC_PUSH(&r->pending, r->anchors.items[at].node)) {
		return ctx_fail_nomem(r->err);
	}
	set_end(r, r->at.bytes, event->end_mark.index);
	return 0;
}

/** Was it written without quotes, and not said to be a string? */
static bool is_plain(const yaml_event_t *event) {
	const char *tag = (const char *)event->data.scalar.tag;
	return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
		(tag == NULL || (strcmp(tag, "!") != 0 && strcmp(tag, YAML_STR_TAG) != 0));
}

/** A scalar. */
static int on_scalar(struct reader *r, const yaml_event_t *event) {
	const yaml_char_t *anchor = event->data.scalar.anchor;
	int rc = 0;
	uint32_t unused;
	struct ctx_yaml *node = new_node(r, CTX_YAML_SCALAR, event, anchor != NULL || event->data.scalar.tag != NULL,
		&rc);
	if (node == NULL) {
		return rc;
	}
	size_t from = r->at.bytes, len = event->data.scalar.length;
	char *text = ctx_arena_memdup0(r->arena, event->data.scalar.value, len);
	node->text = (struct ctx_str){ text, len };
	node->plain = is_plain(event);
	node->end_line = node->line;
	if (event->end_mark.index > r->at.chars) {
		set_end(r, from, event->end_mark.index);
		node->len = (uint32_t)(r->end - from);
		node->end_line = r->end_line;
	}
	return text == NULL ? ctx_fail_nomem(r->err) : add_anchor(r, anchor, node, false, &unused);
}

/** A sequence or map begins. */
static int on_start(struct reader *r, enum ctx_yaml_kind kind, const yaml_event_t *event) {
	bool map = kind == CTX_YAML_MAP;
	const yaml_char_t *anchor = map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
	const yaml_char_t *tag = map ? event->data.mapping_start.tag : event->data.sequence_start.tag;
	bool flow = map ? event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
			: event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
	int rc = 0;
	struct ctx_yaml *node = new_node(r, kind, event, anchor != NULL || tag != NULL, &rc);
	if (node == NULL) {
		return rc;
	}
	if (r->depth == CTX_YAML_DEPTH_MAX) {
		return fail_at(r, NULL, CTX_E_LIMIT, "more than %d levels", CTX_YAML_DEPTH_MAX);
	}
	struct frame *frame = &r->frames[r->depth++];
	*frame = (struct frame){ .node = node, .base = r->pending.count, .flow = flow };
	r->end = r->at.bytes;
	r->end_line = node->line;
	return add_anchor(r, anchor, node, true, &frame->anchor);
}

/* ---- Maps ---- */

/** Key `i` of a map if it is a scalar; NULL. */
static struct ctx_yaml *scalar_key(const struct ctx_yaml *map, size_t i) {
	struct ctx_yaml *key = map->items[2 * i];
	return key->kind == CTX_YAML_SCALAR ? key : NULL;
}

/** The key before number `i` with the same text, which `seen` helps to find if it is not NULL; itself if there is none, NULL when out of
 * memory. */
static struct ctx_yaml *same_key(const struct ctx_yaml *map, uint32_t i, struct ctx_strmap *seen) {
	struct ctx_yaml *key = scalar_key(map, i);
	if (seen != NULL) {
		uint32_t at = ctx_strmap_put(seen, key->text.ptr, key->text.len, i);
		return at == CTX_STRMAP_NONE ? NULL : map->items[2 * (size_t)at];
	}
	for (uint32_t k = 0; k < i; ++k) {
		struct ctx_yaml *before = scalar_key(map, k);
		if (before != NULL && ctx_str_eq(before->text, key->text)) {
			return before;
		}
	}
	return key;
}

/** No key is there twice. */
static int check_keys(struct reader *r, const struct ctx_yaml *map) {
	struct ctx_strmap seen = { 0 };
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < map->count; ++i) {
		struct ctx_yaml *key = scalar_key(map, i);
		struct ctx_yaml *before = key == NULL ? NULL
						      : same_key(map, i, map->count > PAIRWISE_MAX ? &seen : NULL);
		if (key != NULL && before == NULL) {
			rc = ctx_fail_nomem(r->err);
		} else if (before != key) {
			rc = fail_at(r, key, CTX_E_SYNTAX, "the key '%.*s' is there already, in line %u",
				key->text.len > 60 ? 60 : (int)key->text.len, key->text.ptr, before->line);
		}
	}
	ctx_strmap_release(&seen);
	return rc;
}

/** Pairs that one more map brings. */
static int count_merged(struct reader *r, struct ctx_yaml *map, const struct ctx_yaml *key,
	const struct ctx_yaml *from) {
	if (from->kind != CTX_YAML_MAP) {
		return fail_at(r, key, CTX_E_SYNTAX, "'<<' takes a map or a list of maps");
	}
	map->merged += from->count + from->merged;
	r->merged += from->count + from->merged;
	if (map->merged > CTX_YAML_MERGED_MAX || r->merged > CTX_YAML_NODES_MAX) {
		return fail_at(r, key, CTX_E_LIMIT, "'<<' merges too many keys");
	}
	return 0;
}

/** How much does a map merge? */
static int check_merges(struct reader *r, struct ctx_yaml *map) {
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < map->count; ++i) {
		const struct ctx_yaml *key = map->items[2 * i], *value = map->items[2 * i + 1];
		if (!ctx_yaml_is_merge(key)) {
			continue;
		}
		if (value->kind != CTX_YAML_SEQUENCE) {
			rc = count_merged(r, map, key, value);
		} else {
			for (size_t k = 0; rc == 0 && k < value->count; ++k) {
				rc = count_merged(r, map, key, value->items[k]);
			}
		}
	}
	return rc;
}

/** A sequence or map ends. */
static int on_end(struct reader *r, const yaml_event_t *event) {
	struct frame *frame = &r->frames[--r->depth];
	struct ctx_yaml *node = frame->node;
	size_t count = r->pending.count - frame->base;
	node->items = ctx_arena_alloc(r->arena, count * sizeof(node->items[0]));
	if (node->items == NULL) {
		return ctx_fail_nomem(r->err);
	}
	if (count > 0) {
		memcpy(node->items, r->pending.items + frame->base, count * sizeof(node->items[0]));
	}
	r->pending.count = frame->base;
	if (frame->anchor != CTX_STRMAP_NONE && r->anchors.items[frame->anchor].node == node) {
		r->anchors.items[frame->anchor].open = false;
	}
	if (frame->flow) {
		set_end(r, node->from - r->skipped, event->end_mark.index);
	}
	node->len = (uint32_t)(r->end + r->skipped - node->from);
	node->end_line = r->end_line;
	node->count = (uint32_t)(node->kind == CTX_YAML_MAP ? count / 2 : count);
	if (node->kind != CTX_YAML_MAP) {
		return 0;
	}
	int rc = check_keys(r, node);
	return rc < 0 ? rc : check_merges(r, node);
}

/* ---- Documents ---- */

/** Forget the anchors: each document has its own. */
static void forget_anchors(struct reader *r) {
	r->anchors.count = 0;
	if (r->names.count > 0) {
		ctx_strmap_release(&r->names);
	}
}

/** A document ends. */
static int on_document_end(struct reader *r) {
	struct ctx_yaml *root = r->pending.count > 0 ? r->pending.items[0] : NULL;
	if (root != NULL && root->kind == CTX_YAML_SCALAR && root->len == 0) {
		root = NULL;
	}
	r->pending.count = 0;
	forget_anchors(r);
	return CTX_VEC_PUSH(&r->roots, root) ? 0 : ctx_fail_nomem(r->err);
}

/** One event. */
static int on_event(struct reader *r, const yaml_event_t *event) {
	switch (event->type) {
	case YAML_ALIAS_EVENT:
		return on_alias(r, event);
	case YAML_SCALAR_EVENT:
		return on_scalar(r, event);
	case YAML_SEQUENCE_START_EVENT:
		return on_start(r, CTX_YAML_SEQUENCE, event);
	case YAML_MAPPING_START_EVENT:
		return on_start(r, CTX_YAML_MAP, event);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return on_end(r, event);
	case YAML_DOCUMENT_END_EVENT:
		return on_document_end(r);
	default:
		return 0;
	}
}

/** What libyaml complains about. */
static int fail_parser(struct reader *r) {
	const yaml_parser_t *p = &r->parser;
	if (p->error == YAML_MEMORY_ERROR) {
		return ctx_fail_nomem(r->err);
	}
	go_to(r, p->problem_mark.index);
	if (r->at.bytes < r->text.len && r->text.ptr[r->at.bytes] == '\t') {
		return fail_at(r, NULL, CTX_E_SYNTAX, "a tab where YAML wants blanks");
	}
	const char *problem = p->problem != NULL ? p->problem : "no YAML";
	if (p->context == NULL) {
		return fail_at(r, NULL, CTX_E_SYNTAX, "%s", problem);
	}
	struct cursor there = r->at;
	go_to(r, p->context_mark.index);
	uint32_t line = r->at.line;
	r->at = there;
	return fail_at(r, NULL, CTX_E_SYNTAX, "%s %s that begins in line %u", problem, p->context, line);
}

/** All events. */
static int read_events(struct reader *r) {
	yaml_event_t event;
	yaml_event_type_t type;
	int rc;
	do {
		if (!yaml_parser_parse(&r->parser, &event)) {
			return fail_parser(r);
		}
		type = event.type;
		rc = on_event(r, &event);
		yaml_event_delete(&event);
	} while (rc == 0 && type != YAML_STREAM_END_EVENT);
	return rc;
}

/** May YAML have that character?  libyaml's list (yaml_parser_update_buffer() in reader.c). */
static bool is_allowed(uint32_t code) {
	return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code <= 0x7E) || code == 0x85 ||
		(code >= 0xA0 && code != 0xFEFF && code != 0xFFFE && code != 0xFFFF && code != CTX_UTF8_BAD);
}

/** Position of the first byte that no YAML has; the length if all are right.  `*ascii` tells whether all before it are ASCII. */
static size_t find_bad(struct ctx_str text, bool *ascii) {
	size_t at = 0;
	*ascii = true;
	while (at < text.len) {
		unsigned char c = (unsigned char)text.ptr[at];
		uint32_t code = c;
		if ((c >= 0x20 && c < 0x7F) || c == '\n') {
			++at;
			continue;
		}
		*ascii = *ascii && c < 0x80;
		size_t len = c < 0x80 ? 1 : ctx_utf8_decode(text.ptr + at, text.len - at, &code);
		if (!is_allowed(code)) {
			break;
		}
		at += len;
	}
	return at;
}

/** Fail because of the byte behind what could be read. */
static int fail_bad(struct reader *r, struct ctx_str all) {
	go_to(r, SIZE_MAX);
	uint32_t code;
	size_t at = r->skipped + r->text.len;
	ctx_utf8_decode(all.ptr + at, all.len - at, &code);
	if (code == CTX_UTF8_BAD) {
		return fail_at(r, NULL, CTX_E_SYNTAX, "byte 0x%02X is not UTF-8", (unsigned char)all.ptr[at]);
	}
	return fail_at(r, NULL, CTX_E_SYNTAX, "U+%04X is not allowed in YAML", code);
}

/** Read what `r` was given, and its bad byte. */
static int read_all(struct reader *r, struct ctx_str all) {
	if (!yaml_parser_initialize(&r->parser)) {
		return ctx_fail_nomem(r->err);
	}
	yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r->parser, (const unsigned char *)r->text.ptr, r->text.len);
	int rc = read_events(r);
	bool cut = r->skipped + r->text.len < all.len;
	if (cut && rc == 0 && r->roots.count > 0) {
		--r->roots.count; // it is only the beginning of one
	}
	if (cut && rc != CTX_E_NOMEM && (rc == 0 || r->parser.mark.index >= r->text.len)) {
		rc = fail_bad(r, all);
	}
	yaml_parser_delete(&r->parser);
	return rc;
}

/** Hand the roots over. */
static int keep_roots(struct ctx_yaml_documents *out, struct reader *r) {
	out->count = r->roots.count;
	out->items = ctx_arena_alloc(r->arena, r->roots.count * sizeof(out->items[0]));
	if (out->items == NULL) {
		out->count = 0;
		return ctx_fail_nomem(r->err);
	}
	if (out->count > 0) {
		memcpy(out->items, r->roots.items, out->count * sizeof(out->items[0]));
	}
	return 0;
}

int ctx_yaml_parse(struct ctx_yaml_documents *out, struct ctx_arena *arena, struct ctx_str text,
	struct ctx_error *err) {
	struct reader r = { .arena = arena, .err = err, .at = { .line = 1 } };
	*out = (struct ctx_yaml_documents){ 0 };
	if (text.len > CTX_YAML_BYTES_MAX) {
		return ctx_fail(err, CTX_E_LIMIT, "larger than %u bytes", CTX_YAML_BYTES_MAX);
	}
	if (ctx_str_starts(text, "\xff\xfe") || ctx_str_starts(text, "\xfe\xff")) {
		return fail_at(&r, NULL, CTX_E_SYNTAX, "UTF-16, not UTF-8");
	}
	r.skipped = ctx_str_starts(text, BOM) ? strlen(BOM) : 0;
	r.text = text.len == 0 ? CTX_STR("") : ctx_str_from(text, r.skipped);
	r.text.len = find_bad(r.text, &r.ascii);
	int rc = read_all(&r, text);
	int kept = rc == CTX_E_NOMEM ? 0 : keep_roots(out, &r);
	forget_anchors(&r);
	CTX_VEC_RELEASE(&r.anchors);
	CTX_VEC_RELEASE(&r.pending);
	CTX_VEC_RELEASE(&r.roots);
	return rc < 0 ? rc : kept;
}
