/*
 * A service is read through its chain: itself, what it extends, what that extends.  A value comes from the first of them that has it,
 * lists from all, as docker compose merges them.
 */
#include "analyzer/advice/workload_internal.h"

#include <ctype.h>

/** Longest chain of "extends" that is followed. */
#define CHAIN_MAX 16

/** A compose file. */
struct compose {
	struct ana_yaml_reader r;
	const struct ana_compose_opts *opts;
	/** Services of a document, by name. */
	struct ctx_strmap names;
	const struct ctx_yaml **keys, **services;
	uint32_t count;
	/** Whose success others wait for, by number. */
	bool *awaited;
	struct ana_container *containers;
	/** The chain of the service that is read. */
	const struct ctx_yaml *chain[CHAIN_MAX];
	uint32_t links;
};

/* ---- Chains ---- */

/** The value of a path in the first link that has it. */
static const struct ctx_yaml *find(struct compose *c, const char *path) {
	const struct ctx_yaml *found = NULL;
	for (uint32_t i = 0; found == NULL && i < c->links; ++i) {
		found = ana_yaml_get(&c->r, c->chain[i], path);
	}
	return found;
}

/** The same as a value. */
static struct ana_value value(struct compose *c, const char *path) {
	return ana_yaml_value(&c->r, find(c, path));
}

/** The first of two that is there. */
static struct ana_value either(struct ana_value first, struct ana_value second) {
	return first.text.ptr != NULL || second.text.ptr == NULL ? first : second;
}

/** Fill the chain of service `at`; true if something of it is in another file. */
static bool follow_chain(struct compose *c, uint32_t at) {
	bool elsewhere = c->opts->overrides;
	c->links = 0;
	while (c->links < CHAIN_MAX) {
		const struct ctx_yaml *service = c->services[at];
		const struct ctx_yaml *extends = ana_yaml_get(&c->r, service, "extends");
		c->chain[c->links++] = service;
		if (ctx_yaml_is_null(extends)) {
			return elsewhere;
		}
		const struct ctx_yaml *name = extends->kind == CTX_YAML_MAP ? ana_yaml_get(&c->r, extends, "service")
									    : extends;
		struct ctx_str text = ctx_yaml_text(name);
		at = text.ptr == NULL ? CTX_STRMAP_NONE : ctx_strmap_get(&c->names, text.ptr, text.len);
		if (at == CTX_STRMAP_NONE || ana_yaml_get(&c->r, extends, "file") != NULL) {
			return true;
		}
	}
	return true; // a circle, or something like it
}

/* ---- Words ---- */

/** Cut a text into words as a shell does, up to the first sign that would tell a shell something else: what compose-go does with
 * mattn/go-shellwords, so that "a && b" is no more than "a". */
static struct ana_values split_words(struct compose *c, const struct ana_value *whole) {
	struct ctx_str text = whole->text;
	struct ana_values words = { NULL, 0 };
	size_t room = 1;
	for (size_t i = 1; i < text.len; ++i) {
		room += isspace((unsigned char)text.ptr[i - 1]) && !isspace((unsigned char)text.ptr[i]);
	}
	words.items = ana_yaml_room(&c->r, room + 1, sizeof(words.items[0]));
	char *out = words.items == NULL ? NULL : ctx_arena_alloc(c->r.arena, 2 * text.len + 1);
	if (out == NULL) {
		ana_yaml_stop(&c->r, words.items == NULL ? 0 : ctx_fail_nomem(c->r.err));
		return (struct ana_values){ NULL, 0 };
	}
	size_t i = 0;
	int verbatim = ana_yaml_verbatim(&c->r, whole);
	while (i < text.len && strchr(";&|<>", text.ptr[i]) == NULL) {
		if (isspace((unsigned char)text.ptr[i])) {
			++i;
			continue;
		}
		char *word = out, quote = '\0';
		size_t from = i;
		for (; i < text.len && (quote != '\0' || strchr(" \t\r\n;&|<>", text.ptr[i]) == NULL); ++i) {
			char byte = text.ptr[i];
			if (quote == '\0' ? byte == '"' || byte == '\'' : byte == quote) {
				quote = quote == '\0' ? byte : '\0';
			} else if (byte == '\\' && quote != '\'' && i + 1 < text.len) {
				*out++ = text.ptr[++i];
			} else {
				*out++ = byte;
			}
		}
		struct ana_value *item = &words.items[words.count++];
		*item = ana_yaml_part(whole, verbatim, from, i);
		item->text = (struct ctx_str){ word, (size_t)(out - word) };
		*out++ = '\0';
	}
	return words;
}

/** A command: words, or a text. */
static struct ana_values read_command(struct compose *c, const char *path) {
	const struct ctx_yaml *node = find(c, path);
	if (ctx_yaml_is_null(node) || node->kind != CTX_YAML_SCALAR) {
		return ana_yaml_values(&c->r, node);
	}
	struct ana_value whole = ana_yaml_value(&c->r, node);
	return split_words(c, &whole);
}

/** The health check. */
static struct ana_probe read_health(struct compose *c) {
	struct ana_probe probe = { .at = ana_yaml_place(find(c, "healthcheck")) };
	struct ana_value off = value(c, "healthcheck disable");
	const struct ctx_yaml *test = find(c, "healthcheck test");
	if (ana_yaml_switch(&off) == ANA_SWITCH_ON) {
		probe.kind = ANA_PROBE_DISABLED;
		return probe;
	}
	probe.words = ana_yaml_values(&c->r, test);
	if (probe.words.count == 0) {
		probe.kind = test != NULL && test->kind == CTX_YAML_MAP ? ANA_PROBE_OPEN : ANA_PROBE_ABSENT;
		return probe;
	}
	struct ctx_str first = probe.words.items[0].text;
	bool list = test->kind == CTX_YAML_SEQUENCE;
	probe.shell = !list || ctx_str_is(first, "CMD-SHELL"); // so a text "NONE" is a command
	probe.kind = list && ctx_str_is(first, "NONE")    ? ANA_PROBE_DISABLED
		: probe.shell || ctx_str_is(first, "CMD") ? ANA_PROBE_COMMAND
							  : ANA_PROBE_OPEN;
	if (list && probe.kind != ANA_PROBE_OPEN) {
		++probe.words.items; // the first word only says how the others are meant
		--probe.words.count;
	}
	return probe;
}

/* ---- Variables ---- */

/** Variables, or anything else of names and values, that are gathered from a chain. */
struct gather {
	struct compose *c;
	struct ana_workload_env *items;
	uint32_t count;
	/** Names that are there already, if there is more than one link. */
	struct ctx_strmap seen;
};

/** Add one, unless a link before has its name. */
static int add_pair(struct gather *g, struct ana_value name, struct ana_value text) {
	uint32_t at = g->count;
	if (g->c->links > 1) {
		at = ctx_strmap_put(&g->seen, name.text.ptr, name.text.len, g->count);
	}
	if (at == CTX_STRMAP_NONE) {
		return ctx_fail_nomem(g->c->r.err);
	}
	if (at == g->count) {
		g->items[g->count++] = (struct ana_workload_env){ name, text, text.text.ptr == NULL && !text.open };
	}
	return 0;
}

/** A pair of a map. */
static int on_pair(void *arg, const struct ctx_yaml *key, const struct ctx_yaml *node) {
	struct gather *g = arg;
	struct ana_value name = ana_yaml_place(key);
	name.text = key->text;
	return add_pair(g, name, ana_yaml_value(&g->c->r, node));
}

/** "NAME=VALUE", or "NAME". */
static int on_item(struct gather *g, const struct ctx_yaml *node) {
	struct ana_value whole = ana_yaml_value(&g->c->r, node), none = { .line = node->line };
	size_t equals = whole.text.ptr == NULL ? 0 : ctx_str_find(whole.text, '=');
	if (equals == 0) {
		return 0;
	}
	int verbatim = ana_yaml_verbatim(&g->c->r, &whole);
	struct ana_value name = ana_yaml_part(&whole, verbatim, 0, equals);
	if (equals == whole.text.len) {
		return add_pair(g, name, none);
	}
	return add_pair(g, name, ana_yaml_part(&whole, verbatim, equals + 1, whole.text.len));
}

/** Names and values at a path, of all links. */
static struct ana_workload_env *read_pairs(struct compose *c, const char *path, uint32_t *count) {
	struct gather g = { .c = c };
	const struct ctx_yaml *nodes[CHAIN_MAX];
	size_t room = 0;
	for (uint32_t i = 0; i < c->links; ++i) {
		nodes[i] = ana_yaml_get(&c->r, c->chain[i], path);
		room += ana_yaml_count(nodes[i]);
	}
	g.items = ana_yaml_room(&c->r, room, sizeof(g.items[0]));
	for (uint32_t i = 0; g.items != NULL && i < c->links; ++i) {
		const struct ctx_yaml *node = nodes[i];
		ana_yaml_each(&c->r, node, on_pair, &g);
		for (uint32_t k = 0; node != NULL && node->kind == CTX_YAML_SEQUENCE && k < node->count; ++k) {
			ana_yaml_stop(&c->r, on_item(&g, node->items[k]));
		}
	}
	ctx_strmap_release(&g.seen);
	*count = g.count;
	return g.items;
}

/* ---- Lists of all links ---- */

/** Receives an item. */
typedef void item_fn(struct compose *c, struct ana_container *to, const struct ctx_yaml *item);

/** How many items a key has in all links. */
static size_t count_items(struct compose *c, const char *key) {
	size_t count = 0;
	for (uint32_t i = 0; i < c->links; ++i) {
		const struct ctx_yaml *node = ana_yaml_get(&c->r, c->chain[i], key);
		count += ctx_yaml_is_null(node) ? 0 : node->kind == CTX_YAML_SEQUENCE ? node->count : 1;
	}
	return count;
}

/** Show them to `fn`. */
static void each_item(struct compose *c, const char *key, item_fn *fn, struct ana_container *to) {
	for (uint32_t i = 0; i < c->links; ++i) {
		const struct ctx_yaml *node = ana_yaml_get(&c->r, c->chain[i], key);
		if (ctx_yaml_is_null(node) || c->r.rc < 0 || node->kind == CTX_YAML_MAP) {
			continue;
		}
		if (node->kind == CTX_YAML_SCALAR) {
			fn(c, to, node);
		}
		for (uint32_t k = 0; k < node->count && ana_yaml_spend(&c->r, 1); ++k) {
			fn(c, to, node->items[k]);
		}
	}
}

/** An item of env_file: a path, or a map with one. */
static void add_env_file(struct compose *c, struct ana_container *to, const struct ctx_yaml *item) {
	struct ana_value path = ana_yaml_value(&c->r,
		item->kind == CTX_YAML_MAP ? ana_yaml_get(&c->r, item, "path") : item);
	if (path.text.ptr != NULL) {
		to->env_files.items[to->env_files.count++] = path;
	}
}

/** Is it a path of the host, and not the name of a volume? */
static bool is_host_path(struct ctx_str source) {
	return (source.len > 0 && strchr("./~\\", source.ptr[0]) != NULL) ||
		(source.len > 2 && isalpha((unsigned char)source.ptr[0]) && source.ptr[1] == ':' &&
			strchr("/\\", source.ptr[2]) != NULL);
}

/** What a source is. */
static enum ana_mount_source source_kind(const struct ana_value *source) {
	if (is_host_path(source->text)) {
		return ANA_SOURCE_HOST;
	}
	return source->open && ctx_str_starts(source->text, "$") ? ANA_SOURCE_OTHER : ANA_SOURCE_VOLUME;
}

/** End of the part of "source:target:mode" that begins at `from`: variables and drive letters have colons of their own. */
static size_t part_end(struct ctx_str text, size_t from) {
	size_t at = from;
	bool whole = true;
	while (at < text.len && text.ptr[at] != ':') {
		size_t len = whole && text.ptr[at] == '$' ? ana_interpolation_length(ctx_str_from(text, at)) : 1;
		whole = whole &&
			(len > 1 ||
				!ctx_str_starts(ctx_str_from(text, at),
					"${")); // braces without an end: nor has any other
		at += len;
	}
	if (at == from + 1 && isalpha((unsigned char)text.ptr[from]) && at + 1 < text.len &&
		strchr("/\\", text.ptr[at + 1]) != NULL) {
		at = part_end(text, at + 1); // from + 1 is no letter's place again: it has the slash
	}
	return at;
}

/** Has a list with commas that word? */
static bool has_option(struct ctx_str options, const char *word) {
	while (options.len > 0) {
		size_t len = ctx_str_find(options, ',');
		if (ctx_str_is((struct ctx_str){ options.ptr, len }, word)) {
			return true;
		}
		options = ctx_str_from(options, len < options.len ? len + 1 : len);
	}
	return false;
}

/** "source:target:mode", "source:target", "target". */
static void read_short_mount(struct compose *c, struct ana_workload_mount *mount, const struct ana_value *whole) {
	size_t first = part_end(whole->text, 0);
	if (first == whole->text.len) {
		mount->target = *whole;
		return;
	}
	size_t second = part_end(whole->text, first + 1);
	int verbatim = ana_yaml_verbatim(&c->r, whole);
	mount->source = ana_yaml_part(whole, verbatim, 0, first);
	mount->target = ana_yaml_part(whole, verbatim, first + 1, second);
	mount->kind = source_kind(&mount->source);
	mount->read_only = has_option(ctx_str_from(whole->text, second < whole->text.len ? second + 1 : second), "ro");
}

/** An item of volumes. */
static void add_volume(struct compose *c, struct ana_container *to, const struct ctx_yaml *item) {
	struct ana_workload_mount *mount = &to->mounts[to->mount_count++];
	struct ana_value whole = ana_yaml_value(&c->r, item);
	mount->kind = ANA_SOURCE_VOLUME;
	if (whole.text.ptr != NULL) {
		read_short_mount(c, mount, &whole);
		return;
	}
	struct ana_value type = ana_yaml_value_at(&c->r, item, "type");
	struct ana_value read_only = ana_yaml_value_at(&c->r, item, "read_only");
	mount->source = ana_yaml_value_at(&c->r, item, "source");
	mount->target = ana_yaml_value_at(&c->r, item, "target");
	mount->read_only = ana_yaml_switch(&read_only) == ANA_SWITCH_ON;
	mount->kind = ctx_str_is(type.text, "bind") ? ANA_SOURCE_HOST
		: ctx_str_is(type.text, "tmpfs")    ? ANA_SOURCE_SCRATCH
		: ctx_str_is(type.text, "volume")   ? ANA_SOURCE_VOLUME
						    : ANA_SOURCE_OTHER;
}

/** An item of tmpfs. */
static void add_tmpfs(struct compose *c, struct ana_container *to, const struct ctx_yaml *item) {
	struct ana_value whole = ana_yaml_value(&c->r, item);
	if (whole.text.ptr != NULL) {
		to->mounts[to->mount_count++] = (struct ana_workload_mount){ ANA_SOURCE_SCRATCH, { .line = whole.line },
			ana_yaml_part(&whole, ana_yaml_verbatim(&c->r, &whole), 0, part_end(whole.text, 0)), false };
	}
}

/** Volumes and tmpfs. */
static void read_mounts(struct compose *c, struct ana_container *to) {
	size_t room = count_items(c, "volumes") + count_items(c, "tmpfs");
	to->mounts = ana_yaml_room(&c->r, room, sizeof(to->mounts[0]));
	if (to->mounts != NULL) {
		each_item(c, "volumes", add_volume, to);
		each_item(c, "tmpfs", add_tmpfs, to);
	}
}

/** The first port, published or exposed. */
static void add_port(struct compose *c, struct ana_container *to, const struct ctx_yaml *item) {
	if (to->port.line == 0) {
		to->port = ana_yaml_value(&c->r,
			item->kind == CTX_YAML_MAP ? ana_yaml_get(&c->r, item, "target") : item);
	}
}

/* ---- Services ---- */

/** The section "build", or a text that is its context. */
static const struct ana_workload_build *read_build(struct compose *c) {
	const struct ctx_yaml *node = find(c, "build");
	struct ana_workload_build *build = ctx_yaml_is_null(node) ? NULL : ana_yaml_room(&c->r, 1, sizeof(*build));
	if (build == NULL) {
		return NULL;
	}
	build->at = ana_yaml_place(node);
	build->context = node->kind == CTX_YAML_SCALAR ? ana_yaml_value(&c->r, node) : value(c, "build context");
	build->dockerfile = either(value(c, "build dockerfile"), value(c, "dockerfile"));
	build->target = value(c, "build target");
	build->inline_text = value(c, "build dockerfile_inline");
	build->args = read_pairs(c, "build args", &build->arg_count);
	build->contexts = read_pairs(c, "build additional_contexts", &build->context_count);
	return build;
}

/** Does it end by itself? */
static bool read_ends(struct compose *c, uint32_t at) {
	struct ana_value restart = value(c, "restart"), mode = value(c, "deploy mode");
	bool once = ctx_str_is(restart.text, "no") || ctx_str_is(restart.text, "false");
	return c->awaited[at] || ctx_str_ends(mode.text, "-job") || (once && find(c, "profiles") != NULL);
}

/** One service. */
static void read_service(struct compose *c, uint32_t at) {
	const struct ctx_yaml *key = c->keys[at], *service = c->services[at];
	struct ana_container *to = &c->containers[at];
	bool elsewhere = follow_chain(c, at);
	to->kind = ANA_CONTAINER_SERVICE;
	to->name = ana_yaml_place(key);
	to->name.text = key->text;
	to->end_line = service->line >= key->line ? service->end_line
						  : key->end_line; // an alias stands for something far away
	to->image = value(c, "image");
	to->build = read_build(c);
	to->partial = elsewhere || (to->image.line == 0 && to->build == NULL);
	to->ends = read_ends(c, at);
	each_item(c, "ports", add_port, to);
	each_item(c, "expose", add_port, to);
	struct ana_value privileged = value(c, "privileged");
	to->user = value(c, "user");
	to->privileged = ana_yaml_switch(&privileged);
	to->limits.cpu = either(value(c, "deploy resources limits cpus"),
		either(value(c, "cpus"), value(c, "cpu_quota")));
	to->limits.memory = either(value(c, "deploy resources limits memory"), value(c, "mem_limit"));
	to->requests.cpu = value(c, "deploy resources reservations cpus");
	to->requests.memory = either(value(c, "deploy resources reservations memory"), value(c, "mem_reservation"));
	to->health = read_health(c);
	to->entrypoint = read_command(c, "entrypoint");
	to->command = read_command(c, "command");
	to->env = read_pairs(c, "environment", &to->env_count);
	to->env_files.items = ana_yaml_room(&c->r, count_items(c, "env_file"), sizeof(to->env_files.items[0]));
	if (to->env_files.items != NULL) {
		each_item(c, "env_file", add_env_file, to);
	}
	read_mounts(c, to);
	to->log_driver = either(value(c, "logging driver"), value(c, "log_driver"));
}

/** Collect a service. */
static int add_service(void *arg, const struct ctx_yaml *key, const struct ctx_yaml *node) {
	struct compose *c = arg;
	if (ctx_str_starts(key->text, "x-") && node->kind != CTX_YAML_MAP) {
		return 0;
	}
	if (node->kind != CTX_YAML_MAP && !ctx_yaml_is_null(node)) {
		int rc = ctx_fail(c->r.err, CTX_E_SYNTAX, "service '%.*s' is no map", CTX_STR_ARGS(key->text));
		if (c->r.err != NULL) {
			c->r.err->line = node->line;
			c->r.err->column = node->column;
		}
		return rc;
	}
	c->keys[c->count] = key;
	c->services[c->count] = node;
	return ctx_strmap_put(&c->names, key->text.ptr, key->text.len, c->count++) == CTX_STRMAP_NONE
		? ctx_fail_nomem(c->r.err)
		: 0;
}

/** Note a service that another one waits for. */
static int add_dependency(void *arg, const struct ctx_yaml *key, const struct ctx_yaml *node) {
	struct compose *c = arg;
	uint32_t at = ctx_strmap_get(&c->names, key->text.ptr, key->text.len);
	if (at != CTX_STRMAP_NONE &&
		ctx_str_is(ctx_yaml_text(ana_yaml_get(&c->r, node, "condition")), "service_completed_successfully")) {
		c->awaited[at] = true;
	}
	return 0;
}

/** A file of the first version has its services at the top: no map there is anything else, and one has an image or a build. */
static const struct ctx_yaml *old_services(struct compose *c, const struct ctx_yaml *root) {
	static const char *const newer[] = { "services", "version", "volumes", "networks", "include", "name",
		"apiVersion", NULL };
	bool found = false;
	for (size_t i = 0; newer[i] != NULL; ++i) {
		if (ana_yaml_get(&c->r, root, newer[i]) != NULL) {
			return NULL;
		}
	}
	for (uint32_t i = 0; i < root->count; ++i) {
		const struct ctx_yaml *node = root->items[2 * (size_t)i + 1];
		if (node->kind != CTX_YAML_MAP) {
			return NULL;
		}
		found = found || ana_yaml_get(&c->r, node, "image") != NULL ||
			ana_yaml_get(&c->r, node, "build") != NULL;
	}
	return found ? root : NULL;
}

/** The services of a document. */
static void read_services(struct compose *c, const struct ctx_yaml *services, struct ana_workload *to) {
	size_t room = ana_yaml_count(services);
	c->count = 0;
	c->keys = ana_yaml_room(&c->r, room, sizeof(const struct ctx_yaml *));
	c->services = ana_yaml_room(&c->r, room, sizeof(const struct ctx_yaml *));
	c->awaited = ana_yaml_room(&c->r, room, sizeof(bool));
	c->containers = ana_yaml_room(&c->r, room, sizeof(struct ana_container));
	if (c->containers != NULL) {
		ana_yaml_each(&c->r, services, add_service, c);
	}
	for (uint32_t i = 0; c->r.rc == 0 && i < c->count; ++i) {
		ana_yaml_each(&c->r, ana_yaml_get(&c->r, c->services[i], "depends_on"), add_dependency, c);
	}
	for (uint32_t i = 0; c->r.rc == 0 && i < c->count; ++i) {
		read_service(c, i);
	}
	ctx_strmap_release(&c->names);
	to->containers = c->containers;
	to->count = c->containers == NULL ? 0 : c->count;
}

/** One document. */
static void read_document(struct compose *c, const struct ctx_yaml *root, struct ana_manifest *out) {
	const struct ctx_yaml *services = ana_yaml_get(&c->r, root, "services");
	if (services == NULL && root != NULL && root->kind == CTX_YAML_MAP) {
		services = old_services(c, root);
	}
	if (ctx_yaml_is_null(services)) {
		return;
	}
	if (services->kind != CTX_YAML_MAP) {
		ana_yaml_stop(&c->r, ctx_fail(c->r.err, CTX_E_SYNTAX, "'services' is no map"));
		if (c->r.err != NULL) {
			c->r.err->line = services->line;
			c->r.err->column = services->column;
		}
		return;
	}
	struct ana_workload *to = &out->workloads[out->count];
	to->kind = CTX_STR("compose");
	to->name = ana_yaml_value(&c->r, ana_yaml_get(&c->r, root, "name"));
	read_services(c, services, to);
	out->count += c->r.rc == 0;
}

int ana_compose_read(struct ana_manifest *out, struct ctx_arena *arena, struct ctx_str text,
	const struct ana_compose_opts *opts, struct ctx_error *err) {
	static const struct ana_compose_opts none;
	struct ctx_yaml_documents documents;
	struct ana_variables variables = { .values = NULL };
	struct compose c = { .r = { .arena = arena, .source = text, .variables = &variables, .err = err },
		.opts = opts == NULL ? &none : opts };
	*out = (struct ana_manifest){ .count = 0 };
	int parsed = ctx_yaml_parse(&documents, arena, text, err);
	if (parsed == CTX_E_NOMEM) {
		return parsed;
	}
	struct ctx_error first = err == NULL ? (struct ctx_error){ .msg = "" } : *err;
	ana_yaml_stop(&c.r, ana_variables_read(&variables, arena, c.opts->env_file, err));
	out->workloads = ana_yaml_room(&c.r, documents.count, sizeof(out->workloads[0]));
	for (size_t i = 0; c.r.rc == 0 && i < documents.count; ++i) {
		read_document(&c, documents.items[i], out);
	}
	ana_variables_release(&variables);
	if (c.r.rc == 0 && parsed < 0 && err != NULL) {
		*err = first;
	}
	return c.r.rc < 0 ? c.r.rc : parsed;
}
