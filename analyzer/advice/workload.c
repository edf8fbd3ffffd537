#include "analyzer/advice/workload_internal.h"

/** What a look into an empty map costs, in keys that are compared. */
#define LOOK_STEPS 8

/* ---- Looking into YAML ---- */

void ana_yaml_stop(struct ana_yaml_reader *r, int rc) {
	r->rc = r->rc == 0 ? rc : r->rc;
}

bool ana_yaml_spend(struct ana_yaml_reader *r, size_t n) {
	r->steps += n;
	if (r->rc == 0 && r->steps > ANA_YAML_STEPS_MAX) {
		r->rc = ctx_fail(r->err, CTX_E_LIMIT, "too much to look at, with what aliases repeat");
	}
	return r->rc == 0;
}

void *ana_yaml_room(struct ana_yaml_reader *r, size_t count, size_t size) {
	if (r->rc < 0 || count == 0) {
		return NULL;
	}
	r->kept += count;
	if (r->kept > ANA_YAML_ITEMS_MAX) {
		r->rc = ctx_fail(r->err, CTX_E_LIMIT, "more than %u items of lists, with what aliases repeat",
			ANA_YAML_ITEMS_MAX);
		return NULL;
	}
	void *room = ctx_arena_calloc(r->arena, count, size);
	if (room == NULL) {
		r->rc = ctx_fail_nomem(r->err);
	}
	return room;
}

size_t ana_yaml_count(const struct ctx_yaml *node) {
	return node == NULL ? 0 : (size_t)node->count + node->merged;
}

const struct ctx_yaml *ana_yaml_get(struct ana_yaml_reader *r, const struct ctx_yaml *map, const char *path) {
	char key[32];
	for (; map != NULL && *path != '\0'; path += *path == ' ') {
		size_t len = 0;
		while (path[len] != ' ' && path[len] != '\0') {
			key[len] = path[len];
			++len;
		}
		key[len] = '\0';
		map = ana_yaml_spend(r, LOOK_STEPS + ana_yaml_count(map)) ? ctx_yaml_get(map, key) : NULL;
		path += len;
	}
	return map;
}

void ana_yaml_each(struct ana_yaml_reader *r, const struct ctx_yaml *map, ctx_yaml_pair_fn *fn, void *arg) {
	if (ana_yaml_spend(r, ana_yaml_count(map))) {
		int rc = ctx_yaml_each(map, fn, arg);
		ana_yaml_stop(r, rc == CTX_E_NOMEM && r->rc == 0 ? ctx_fail_nomem(r->err) : rc);
	}
}

struct ana_value ana_yaml_place(const struct ctx_yaml *node) {
	struct ana_value value = { .line = 0 };
	if (node != NULL) {
		value.line = node->line;
		value.column = node->column;
		value.from = node->from;
		value.len = node->len;
		value.plain = node->plain;
	}
	return value;
}

/** Does a value of a manifest look as if something fills it in before it is applied: "{{ tag }}", "${TAG}", "$(TAG)"? */
static bool is_template(struct ctx_str text) {
	size_t at = ctx_str_find(text, '$');
	return (at + 1 < text.len && strchr("{(", text.ptr[at + 1]) != NULL) ||
		memmem(text.ptr, text.len, "{{", strlen("{{")) != NULL;
}

struct ana_value ana_yaml_value(struct ana_yaml_reader *r, const struct ctx_yaml *node) {
	struct ana_value value = ana_yaml_place(node);
	value.text = r->rc < 0 ? CTX_STR_NONE : ctx_yaml_text(node);
	if (node != NULL && node->kind != CTX_YAML_SCALAR) {
		value.open = true; // "image: {{ image }}" is a map
	} else if (value.text.ptr == NULL) {
		return value;
	} else if (r->variables == NULL) {
		value.open = is_template(value.text);
	} else {
		ana_yaml_stop(r, ana_interpolate(&value.text, &value.open, r->arena, value.text, r->variables, r->err));
	}
	return value;
}

struct ana_value ana_yaml_value_at(struct ana_yaml_reader *r, const struct ctx_yaml *map, const char *path) {
	return ana_yaml_value(r, ana_yaml_get(r, map, path));
}

int ana_yaml_verbatim(const struct ana_yaml_reader *r, const struct ana_value *value) {
	struct ctx_str raw = { r->source.ptr + value->from, value->len };
	int quote = raw.len > 0 && (raw.ptr[0] == '"' || raw.ptr[0] == '\'');
	bool same = raw.len == value->text.len + 2 * (size_t)quote &&
		memcmp(raw.ptr + quote, value->text.ptr, value->text.len) == 0;
	return same && ctx_str_find(raw, '\n') == raw.len ? quote : -1;
}

struct ana_value ana_yaml_part(const struct ana_value *value, int verbatim, size_t from, size_t to) {
	struct ana_value part = *value;
	part.text = (struct ctx_str){ value->text.ptr + from, to - from };
	if (verbatim >= 0) {
		part.from += (uint32_t)from + (uint32_t)verbatim;
		part.column += (uint32_t)from + (uint32_t)verbatim;
		part.len = (uint32_t)(to - from);
	}
	return part;
}

struct ana_values ana_yaml_values(struct ana_yaml_reader *r, const struct ctx_yaml *node) {
	struct ana_values values = { NULL, 0 };
	bool list = node != NULL && node->kind == CTX_YAML_SEQUENCE;
	if (ctx_yaml_is_null(node) || node->kind == CTX_YAML_MAP || !ana_yaml_spend(r, node->count)) {
		return values;
	}
	values.items = ana_yaml_room(r, list && node->count > 0 ? node->count : 1, sizeof(values.items[0]));
	for (size_t i = 0; values.items != NULL && i < (list ? node->count : 1); ++i) {
		const struct ctx_yaml *item = list ? node->items[i] : node;
		if (item->kind == CTX_YAML_SCALAR) {
			values.items[values.count++] = ana_yaml_value(r, item);
		}
	}
	return values;
}

enum ana_switch ana_yaml_switch(const struct ana_value *value) {
	if (value->text.ptr == NULL) {
		return value->open ? ANA_SWITCH_OPEN : ANA_SWITCH_ABSENT;
	}
	if (value->open) {
		return ANA_SWITCH_OPEN;
	}
	return ctx_str_is_listed(value->text, " true True TRUE yes Yes YES on On ON y Y ") ? ANA_SWITCH_ON
											   : ANA_SWITCH_OFF;
}

/* ---- What is it? ---- */

/** What the lines at the left edge tell. */
struct signs {
	/** In one document. */
	bool api, kind, definition;
	/** In any. */
	bool object, only_definitions;
	/** "services" with a map; one of its members has an image or the like; and what stands beside it says that it is a file of a CI. */
	bool services, image, steps;
	/** Some braces of templates, and some of Helm. */
	bool braces, helm;
	/** Within the block of "services"; its members stand at this column. */
	bool inside;
	size_t member;
};

/** Does a line, behind its blanks, have that key? */
static bool has_key(struct ctx_str line, const char *key) {
	size_t len = strlen(key);
	bool quoted = line.len > 0 && (line.ptr[0] == '"' || line.ptr[0] == '\'');
	line = ctx_str_from(line, quoted);
	return ctx_str_starts(line, key) && line.len > len + quoted && line.ptr[len + quoted] == ':';
}

/** A document ends. */
static void end_document(struct signs *s) {
	if (s->api && s->kind) {
		s->only_definitions = s->definition && (s->only_definitions || !s->object);
		s->object = true;
	}
	s->api = s->kind = s->definition = s->inside = false;
}

/** A line of a block of services. */
static void look_inside(struct signs *s, struct ctx_str line, size_t column) {
	if (s->member == 0) {
		s->inside = line.ptr[0] != '-';
		s->member = column;
	} else if (column > s->member) {
		s->image = s->image || has_key(line, "image") || has_key(line, "build") || has_key(line, "extends");
	}
}

/** One line. */
static void look_at(struct signs *s, struct ctx_str line) {
	size_t column = 0;
	while (column < line.len && line.ptr[column] == ' ') {
		++column;
	}
	struct ctx_str rest = ctx_str_from(line, column);
	if (rest.len == 0 || rest.ptr[0] == '#' || rest.ptr[0] == '\r') {
		return;
	}
	if (column > 0) {
		if (s->inside) {
			look_inside(s, rest, column);
		}
		return;
	}
	if (ctx_str_starts(line, "---")) {
		end_document(s);
		return;
	}
	s->api = s->api || has_key(line, "apiVersion");
	if (has_key(line, "kind")) {
		s->kind = true;
		s->definition = memmem(line.ptr, line.len, "CustomResourceDefinition",
					strlen("CustomResourceDefinition")) != NULL;
	}
	s->steps = s->steps || has_key(line, "steps") || has_key(line, "pipeline") || has_key(line, "jobs") ||
		has_key(line, "stages");
	s->inside = has_key(line, "services");
	s->services = s->services || s->inside;
	s->member = 0;
}

/** Does a text have one of these pieces? */
static bool has_piece(struct ctx_str text, const char *const *pieces) {
	for (; *pieces != NULL; ++pieces) {
		if (text.len > 0 && memmem(text.ptr, text.len, *pieces, strlen(*pieces)) != NULL) {
			return true;
		}
	}
	return false;
}

/** Is a name one that docker compose looks for, or a well-known variation of it? */
static bool is_compose_name(struct ctx_str name) {
	size_t end = ctx_str_find_last(name, '.');
	struct ctx_str stem = { name.ptr, end };
	static const char *const words[] = { "docker-compose", "docker_compose", NULL };
	return ctx_str_is(stem, "compose") || ctx_str_starts(stem, "compose.") || ctx_str_starts(stem, "compose-") ||
		ctx_str_ends(stem, ".compose") || ctx_str_ends(stem, "-compose") || has_piece(stem, words);
}

enum ana_manifest_kind ana_manifest_tell(const char *path, struct ctx_str text) {
	static const char *const braces[] = { "{{", NULL };
	static const char *const helm[] = { ".Values", ".Release.", ".Chart.", "{{ include ", "{{- include ",
		"{{ template ", "\n{{-", NULL };
	struct ctx_str whole = CTX_STR(path), name = ctx_str_from(whole, 0), left;
	size_t slash = ctx_str_find_last(whole, '/');
	struct signs s = { .api = false };
	if (slash < whole.len) {
		name = ctx_str_from(whole, slash + 1);
	}
	if (!ctx_str_ends(name, ".yml") && !ctx_str_ends(name, ".yaml")) {
		return ANA_MANIFEST_OTHER;
	}
	bool cut = text.len >= ANA_MANIFEST_TELL_BYTES;
	text.len = cut ? ANA_MANIFEST_TELL_BYTES : text.len;
	left = ctx_str_starts(text, "\xef\xbb\xbf") ? ctx_str_from(text, 3) : text;
	while (left.len > 0) {
		size_t len = ctx_str_find(left, '\n');
		look_at(&s, (struct ctx_str){ left.ptr, len });
		left = ctx_str_from(left, len < left.len ? len + 1 : len);
	}
	end_document(&s);
	bool in_templates = strstr(path, "/templates/") != NULL || ctx_str_starts(whole, "templates/");
	bool may = (s.object || in_templates) && has_piece(text, braces);
	if (may && ((s.object && in_templates) || has_piece(text, helm))) {
		return ANA_MANIFEST_HELM;
	}
	if (s.object) {
		return s.only_definitions && !cut ? ANA_MANIFEST_OTHER : ANA_MANIFEST_KUBERNETES;
	}
	if (is_compose_name(name)) {
		return ANA_MANIFEST_COMPOSE;
	}
	return s.services && s.image && !s.steps ? ANA_MANIFEST_COMPOSE : ANA_MANIFEST_OTHER;
}
