/*
 * Builds that compose files ask for, and whose image a name means.
 */
#include "ctxopt/cli/audit_manifest_internal.h"

#include "ctxopt/base/path.h"

#include <fcntl.h>
#include <sys/stat.h>

/** Largest kustomization that is read. */
#define RETAG_MAX (1u << 20)

/* ---- Builds ---- */

/** Is it something that the builder fetches, or that no file system has? */
static bool is_remote(struct ctx_str text) {
	return memmem(text.ptr, text.len, "://", 3) != NULL || ctx_str_starts(text, "git@") ||
		ctx_str_starts(text, "github.com/") || ctx_str_starts(text, "service:") ||
		ctx_str_starts(text, "target:");
}

/** A path beside the compose file, which lies in what is looked at.  NULL if it does not, or when out of memory. */
static const char *local_path(struct audit_manifests *m, const struct audit_manifest *item, struct ctx_str dir,
	struct ctx_str path) {
	ctx_auto_buf struct ctx_buf joined = CTX_BUF_INIT, clean = CTX_BUF_INIT, root = CTX_BUF_INIT;
	if (path.len > 0 && (path.ptr[0] == '/' || path.ptr[0] == '~')) {
		return NULL;
	}
	ctx_buf_addf(&joined, "%.*s%s%.*s", CTX_STR_ARGS(dir), dir.len > 0 ? "/" : "", CTX_STR_ARGS(path));
	ctx_path_clean(&clean, ctx_buf_str(&joined), joined.len);
	ctx_path_clean(&root, item->root, strlen(item->root));
	bool anywhere = item->root[0] == '\0', here = strcmp(ctx_buf_str(&root), ".") == 0;
	bool above = strcmp(ctx_buf_str(&clean), "..") == 0 || strncmp(ctx_buf_str(&clean), "../", 3) == 0;
	bool inside = anywhere ||
		(here ? !above && clean.data[0] != '/'
		      : ctx_path_within(ctx_buf_str(&clean), clean.len, ctx_buf_str(&root), root.len));
	bool ok = ctx_buf_ok(&joined) && ctx_buf_ok(&clean) && ctx_buf_ok(&root) && inside;
	return ok ? ctx_arena_memdup0(&m->arena, ctx_buf_str(&clean), clean.len) : NULL;
}

/** Arguments of a build, behind those of the command line. */
static int make_args(struct audit_manifests *m, const struct ana_workload_build *b, struct ana_graph_opts *opts,
	struct ctx_error *err) {
	const struct ana_build_args *given = &m->opts->build_args;
	struct ana_var *vars = ctx_arena_calloc(&m->arena, given->count + b->arg_count + 1, sizeof(*vars));
	size_t count = 0;
	if (vars == NULL) {
		return ctx_fail_nomem(err);
	}
	for (uint32_t i = 0; i < b->arg_count; ++i) {
		const struct ana_workload_env *a = &b->args[i];
		struct ctx_str value = a->value.open ? CTX_STR(ANA_RULE_OPEN) : a->value.text;
		if (!a->by_reference && value.ptr != NULL) {
			vars[count++] = (struct ana_var){ a->name.text, value };
		}
	}
	for (size_t i = 0; i < given->count; ++i) {
		vars[count++] = given->items[i];
	}
	opts->build_args = (struct ana_build_args){ vars, count };
	return 0;
}

/** Further contexts, behind those of the command line. */
static int make_contexts(struct audit_manifests *m, const struct audit_manifest *item,
	const struct ana_workload_build *b, struct ana_graph_opts *opts, struct ctx_error *err) {
	static const char image[] = "docker-image://";
	struct ana_named_context *list = ctx_arena_calloc(&m->arena, m->opts->context_count + b->context_count + 1,
		sizeof(*list));
	size_t count = 0;
	if (list == NULL) {
		return ctx_fail_nomem(err);
	}
	for (uint32_t i = 0; i < b->context_count; ++i) {
		struct ctx_str value = b->contexts[i].value.text;
		struct ana_named_context *c = &list[count++];
		*c = (struct ana_named_context){ .name = b->contexts[i].name.text,
			.kind = ANA_CONTEXT_OTHER,
			.value = value };
		if (value.len > 0 && ctx_str_starts(value, image)) {
			c->kind = ANA_CONTEXT_IMAGE;
			c->value = ctx_str_from(value, strlen(image));
		} else if (value.len > 0 && !b->contexts[i].value.open && !is_remote(value)) {
			const char *path = local_path(m, item, audit_directory_of(item->path), value);
			c->kind = path != NULL ? ANA_CONTEXT_LOCAL : ANA_CONTEXT_OTHER;
			c->value = path != NULL ? CTX_STR(path) : value;
		}
	}
	for (size_t i = 0; i < m->opts->context_count; ++i) {
		list[count++] = m->opts->contexts[i];
	}
	opts->contexts = list;
	opts->context_count = count;
	return 0;
}

/** The number of a Dockerfile, which may be new; negative if there is no such file, or CTX_E_NOMEM. */
static int64_t find_dockerfile_at(struct audit_manifests *m, const char *path, const char *root,
	struct ctx_error *err) {
	uint32_t at = ctx_strmap_get(&m->dockerfiles, path, strlen(path));
	struct stat st;
	if (at != CTX_STRMAP_NONE) {
		return at;
	}
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
		return CTX_E_MISSING;
	}
	uint32_t fresh = (uint32_t)m->files->items.count;
	int rc = audit_files_add_dockerfile(m->files, path, root, err);
	if (rc == 0 && !audit_map_put(&m->dockerfiles, &m->arena, CTX_STR(path), fresh, &at)) {
		rc = ctx_fail_nomem(err);
	}
	return rc < 0 ? (int64_t)rc : (int64_t)fresh;
}

/** The number of a Dockerfile that stands in the compose file, which may be there already: an alias, or what several services extend. */
static int64_t find_inline(struct audit_manifests *m, const struct audit_manifest *item, const struct ana_value *value,
	struct ctx_error *err) {
	size_t count = m->files->items.count;
	for (size_t i = count; i > 0 && m->files->items.items[i - 1].inside != NULL &&
		strcmp(m->files->items.items[i - 1].path, item->path) == 0;
		--i) {
		if (m->files->items.items[i - 1].inside->from == value->from) {
			return (int64_t)i - 1;
		}
	}
	int rc = audit_files_add_dockerfile(m->files, item->path, item->root, err);
	if (rc < 0) {
		return rc;
	}
	struct audit_file *file = &m->files->items.items[count];
	ctx_buf_add(&file->text, value->text.ptr, value->text.len);
	file->inside = value;
	file->inside_line = ana_audit_is_literal(item->text, value) ? value->line : 0;
	return ctx_buf_ok(&file->text) ? (int64_t)count : ctx_fail_nomem(err);
}

/** Most builds of one Dockerfile: each is the work of a file. */
#define BUILDS_OF_ONE_MAX 32

/** Has a Dockerfile such a build already?  Services that differ in their command share it.  `*count` of others. */
static struct audit_build *same_build(struct audit_file *file, const char *context, const struct ana_graph_opts *opts,
	size_t *count) {
	*count = 0;
	for (struct audit_build *b = file->builds; b != NULL; b = b->next) {
		if (opts == NULL && b->opts == NULL && strcmp(b->context, context) == 0) {
			return b;
		}
		++*count;
	}
	return NULL;
}

/** The build of a service; `*out` is left without one if something of it is not known. */
static int make_build(struct audit_manifests *m, const struct audit_manifest *item, const struct ana_container *c,
	struct audit_service_build *out, struct ctx_error *err) {
	const struct ana_workload_build *b = c->build;
	struct ctx_str dir = audit_directory_of(item->path),
		       context = b->context.text.len > 0 ? b->context.text : CTX_STR(".");
	struct ctx_str name = b->dockerfile.text.len > 0 ? b->dockerfile.text : CTX_STR("Dockerfile");
	*out = (struct audit_service_build){ .container = c };
	const struct ana_value *text = &b->inline_text;
	bool inside = text->line > 0, nowhere = inside ? text->open || text->text.len == 0 : b->dockerfile.open;
	if (b->context.open || nowhere || b->target.open || is_remote(context)) {
		return 0;
	}
	const char *root = local_path(m, item, dir, context);
	const char *path = root == NULL || inside
		? NULL
		: local_path(m, item, strcmp(root, ".") == 0 ? CTX_STR("") : CTX_STR(root), name);
	int64_t at = path != NULL        ? find_dockerfile_at(m, path, item->root, err)
		: root != NULL && inside ? find_inline(m, item, text, err)
					 : CTX_E_MISSING;
	if (at < 0) {
		return at == CTX_E_NOMEM ? CTX_E_NOMEM : 0;
	}
	struct ana_graph_opts *opts = NULL;
	int rc = 0;
	if (b->target.text.len > 0 || b->arg_count + b->context_count > 0) {
		opts = ctx_arena_calloc(&m->arena, 1, sizeof(*opts));
		if (opts == NULL) {
			return ctx_fail_nomem(err);
		}
		*opts = *m->opts;
		opts->target = b->target.text.len > 0 ? b->target.text : opts->target;
		rc = make_args(m, b, opts, err);
		rc = rc < 0 ? rc : make_contexts(m, item, b, opts, err);
	}
	struct audit_file *file = &m->files->items.items[at];
	size_t others = 0;
	struct audit_build *build = rc < 0 ? NULL : same_build(file, root, opts, &others);
	if (rc == 0 && build == NULL && others < BUILDS_OF_ONE_MAX) {
		build = ctx_arena_calloc(&m->arena, 1, sizeof(*build));
		if (build == NULL) {
			return ctx_fail_nomem(err);
		}
		*build = (struct audit_build){ .context = root, .opts = opts, .next = file->builds };
		file->builds = build;
	}
	out->dockerfile = (uint32_t)at;
	out->build = build;
	return rc;
}

/** Most builds of one run. */
#define BUILDS_MAX 10000

int audit_builds_make(struct audit_manifests *m, struct ctx_error *err) {
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < m->files->items.count; ++i) {
		uint32_t at;
		bool ok = audit_map_put(&m->dockerfiles, &m->arena, CTX_STR(m->files->items.items[i].path), (uint32_t)i,
			&at);
		rc = ok ? 0 : ctx_fail_nomem(err);
	}
	for (size_t i = 0; rc == 0 && i < m->items.count; ++i) {
		struct audit_manifest *item = m->items.items[i];
		item->first_build = m->builds.count;
		for (size_t w = 0; rc == 0 && w < item->model.count; ++w) {
			for (uint32_t k = 0; rc == 0 && k < item->model.workloads[w].count; ++k) {
				const struct ana_container *c = &item->model.workloads[w].containers[k];
				struct audit_service_build build = { .container = c };
				if (c->build == NULL) {
					continue;
				}
				rc = m->builds.count < BUILDS_MAX ? make_build(m, item, c, &build, err) : 0;
				rc = rc < 0 || CTX_VEC_PUSH(&m->builds, build) ? rc : ctx_fail_nomem(err);
			}
		}
	}
	return rc;
}

/* ---- Names ---- */

/** The name of an image without its tag, in `arena`; nothing is known of it by its name.  Empty for any other. */
static struct ctx_str own_name(struct ctx_str text, struct ana_image *image, struct ctx_arena *arena) {
	struct ctx_error ignored;
	bool ok = text.len > 0 && ana_image_parse(image, text, arena, &ignored) == 0 && image->facts == 0;
	return ok ? image->repository : CTX_STR("");
}

/** Learn a name; the second that has it makes it one of several. */
static bool learn(struct ctx_strmap *map, struct ctx_arena *arena, struct ctx_str name, uint32_t *slots, size_t count,
	uint32_t value, bool same) {
	uint32_t at;
	if (!audit_map_put(map, arena, name, (uint32_t)count, &at)) {
		return false;
	}
	if (at != count && !same) {
		slots[at] = AUDIT_SEVERAL;
	} else if (at == count) {
		slots[at] = value;
	}
	return true;
}

/** Append a name with its tag. */
static struct ctx_str tagged_name(struct ctx_buf *out, const struct ana_image *image) {
	ctx_buf_addf(out, "%.*s:%.*s", CTX_STR_ARGS(image->repository), CTX_STR_ARGS(image->tag));
	return ctx_buf_ok(out) ? (struct ctx_str){ ctx_buf_str(out), out->len } : CTX_STR("");
}

/** Learn the name of what build number `i` makes. */
static bool learn_image(struct audit_manifests *m, struct ctx_str name, size_t i) {
	uint32_t at = ctx_strmap_get(&m->images, name.ptr, name.len);
	uint32_t old = at == CTX_STRMAP_NONE ? AUDIT_SEVERAL : m->image_builds.items[at];
	bool same = old != AUDIT_SEVERAL && m->builds.items[old].build == m->builds.items[i].build;
	bool ok = CTX_VEC_RESERVE(&m->image_builds, 1) &&
		learn(&m->images, &m->arena, name, m->image_builds.items, m->image_builds.count, (uint32_t)i, same);
	m->image_builds.count += at == CTX_STRMAP_NONE;
	return ok;
}

/** Names that services give to what they build, with and without their tags. */
static bool learn_images(struct audit_manifests *m) {
	bool ok = true;
	for (size_t i = 0; ok && i < m->builds.count; ++i) {
		const struct audit_service_build *b = &m->builds.items[i];
		struct ana_image image;
		struct ctx_str name = b->build == NULL || b->container->image.open
			? CTX_STR("")
			: own_name(b->container->image.text, &image, &m->arena);
		ctx_auto_buf struct ctx_buf tagged = CTX_BUF_INIT;
		ok = name.len == 0 || (learn_image(m, name, i) && learn_image(m, tagged_name(&tagged, &image), i));
	}
	return ok;
}

/** Names of directories with a Dockerfile. */
static bool learn_directories(struct audit_manifests *m) {
	bool ok = true;
	for (size_t i = 0; ok && i < m->files->items.count; ++i) {
		const char *path = m->files->items.items[i].path;
		struct ctx_str dir = audit_directory_of(path);
		struct ctx_str name = dir.len == 0 ? dir : ctx_str_from(dir, ctx_path_base(dir.ptr, dir.len));
		if (name.len == 0 || strcmp(path + ctx_path_base(path, strlen(path)), "Dockerfile") != 0) {
			continue;
		}
		bool fresh = ctx_strmap_get(&m->directories, name.ptr, name.len) == CTX_STRMAP_NONE;
		ok = CTX_VEC_RESERVE(&m->directory_files, 1) &&
			learn(&m->directories, &m->arena, name, m->directory_files.items, m->directory_files.count,
				(uint32_t)i, false);
		m->directory_files.count += fresh;
	}
	return ok;
}

int audit_names_make(struct audit_manifests *m, struct ctx_error *err) {
	return learn_images(m) && learn_directories(m) ? 0 : ctx_fail_nomem(err);
}

const struct audit_service_build *audit_image_build(const struct audit_manifests *m, const struct ana_value *image) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct ana_image parts;
	struct ctx_str name = image->open ? CTX_STR("") : own_name(image->text, &parts, &arena);
	if (name.len == 0) {
		return NULL;
	}
	ctx_auto_buf struct ctx_buf tagged = CTX_BUF_INIT;
	struct ctx_str whole = tagged_name(&tagged, &parts);
	uint32_t at = ctx_strmap_get(&m->images, whole.ptr, whole.len);
	at = at != CTX_STRMAP_NONE ? at : ctx_strmap_get(&m->images, name.ptr, name.len);
	uint32_t build = at == CTX_STRMAP_NONE ? AUDIT_SEVERAL : m->image_builds.items[at];
	return build == AUDIT_SEVERAL ? NULL : &m->builds.items[build];
}

bool audit_directory_build(const struct audit_manifests *m, struct ana_rule_manifest *on,
	struct audit_service_build *out) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct ana_image parts;
	const struct ana_value *image = &on->container->image;
	struct ctx_str name = on->compose || image->open ? CTX_STR("") : own_name(image->text, &parts, &arena);
	struct ctx_str last = ctx_str_from(name, name.len == 0 ? 0 : ctx_path_base(name.ptr, name.len));
	uint32_t at = last.len == 0 ? CTX_STRMAP_NONE : ctx_strmap_get(&m->directories, last.ptr, last.len);
	uint32_t index = at == CTX_STRMAP_NONE ? AUDIT_SEVERAL : m->directory_files.items[at];
	if (index == AUDIT_SEVERAL) {
		return false;
	}
	struct audit_file *file = &m->files->items.items[index];
	bool one = file->builds == NULL || file->builds->next == NULL;
	if (!one || last.len != name.len || (parts.tag.len > 0 && on->retagged == NULL)) {
		on->unsure = file->path;
		return false;
	}
	*out = (struct audit_service_build){ on->container, index,
		file->builds != NULL ? file->builds : &file->guessed };
	return true;
}

/* ---- Tags ---- */

/** The list of images that a document sets tags of; NULL. */
static const struct ctx_yaml *retag_list(const struct ctx_yaml *document, bool skaffold) {
	const struct ctx_yaml *list = skaffold ? ctx_yaml_at(document, "build", "artifacts", NULL)
					       : ctx_yaml_get(document, "images");
	return list != NULL && list->kind == CTX_YAML_SEQUENCE ? list : NULL;
}

/** What an entry of a kustomization's "images" does; skaffold always sets a tag. */
static enum ana_retag retag_of(const struct ctx_yaml *entry, bool skaffold) {
	struct ctx_str tag = ctx_yaml_text(ctx_yaml_get(entry, "newTag"));
	bool digest = ctx_yaml_text(ctx_yaml_get(entry, "digest")).len > 0;
	bool pin = skaffold || digest || (tag.len > 0 && !ctx_str_is(tag, "latest"));
	return pin ? ANA_RETAG_PIN : tag.len > 0 ? ANA_RETAG_LATEST : ANA_RETAG_NAME;
}

/** Keep the names. */
static bool keep_retags(struct audit_retags *out, struct ctx_arena *arena, const struct ctx_yaml_documents *documents,
	bool skaffold) {
	size_t room = 1;
	for (size_t i = 0; i < documents->count; ++i) {
		const struct ctx_yaml *list = retag_list(documents->items[i], skaffold);
		room += list == NULL ? 0 : list->count;
	}
	out->names = ctx_arena_calloc(arena, room, sizeof(*out->names));
	out->how = ctx_arena_calloc(arena, room, sizeof(*out->how));
	for (size_t i = 0; out->names != NULL && out->how != NULL && i < documents->count; ++i) {
		const struct ctx_yaml *list = retag_list(documents->items[i], skaffold);
		for (uint32_t k = 0; list != NULL && k < list->count; ++k) {
			struct ctx_str name = ctx_yaml_text(ctx_yaml_get(list->items[k], skaffold ? "image" : "name"));
			struct ana_image image;
			struct ctx_error ignored;
			if (name.len > 0 && ana_image_parse(&image, name, arena, &ignored) == 0) {
				out->how[out->count] = retag_of(list->items[k], skaffold);
				out->names[out->count++] = image.repository;
			}
		}
	}
	return out->names != NULL && out->how != NULL;
}

int audit_retags_read(struct audit_retags *out, struct ctx_arena *arena, const char *path, struct ctx_error *err) {
	struct ctx_str base = ctx_str_from(CTX_STR(path), ctx_path_base(path, strlen(path)));
	bool skaffold = ctx_str_starts(base, "skaffold");
	if (!skaffold && !ctx_str_is(base, "kustomization.yaml") && !ctx_str_is(base, "kustomization.yml")) {
		return 0;
	}
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	struct ctx_yaml_documents documents = { 0 };
	struct ctx_error ignored;
	int rc = ctx_read_at(&text, AT_FDCWD, path, RETAG_MAX, &ignored);
	rc = rc < 0 ? rc
		    : ctx_yaml_parse(&documents, arena, (struct ctx_str){ ctx_buf_str(&text), text.len }, &ignored);
	rc = rc < 0 || keep_retags(out, arena, &documents, skaffold) ? rc : CTX_E_NOMEM;
	return rc == CTX_E_NOMEM ? ctx_fail_nomem(err) : 1; // one that is broken sets nothing
}

/** So many files that change one image are remembered. */
#define RETAGS_OF_ONE_MAX 100

int audit_retags_note(struct audit_manifests *m, const struct audit_retags *retags, const char *path,
	struct ctx_error *err) {
	bool ok = true;
	for (uint32_t i = 0, at; ok && i < retags->count; ++i) {
		struct audit_retag fresh = { path, retags->how[i], UINT32_MAX, 1 };
		uint32_t number = (uint32_t)m->retagged_by.count;
		ok = audit_map_put(&m->retagged, &m->arena, retags->names[i], (uint32_t)m->retagged_last.count, &at) &&
			(at != m->retagged_last.count || CTX_VEC_PUSH(&m->retagged_last, number));
		if (ok && m->retagged_last.items[at] != number) {
			fresh.before = m->retagged_last.items[at];
			fresh.count = m->retagged_by.items[fresh.before].count + 1;
		}
		if (ok && fresh.count <= RETAGS_OF_ONE_MAX) {
			ok = CTX_VEC_PUSH(&m->retagged_by, fresh);
			m->retagged_last.items[at] = number;
		}
	}
	return ok ? 0 : ctx_fail_nomem(err);
}

/** May the file that changes images be applied to a manifest? */
static bool is_near(const char *by, const char *manifest) {
	struct ctx_str dir = audit_directory_of(by);
	const char *name = by + ctx_path_base(by, strlen(by));
	for (int up = strncmp(name, "skaffold", 8) == 0 ? 2 : 0; up < 2; ++up) {
		size_t slash = ctx_str_find_last(dir, '/');
		dir.len = slash < dir.len ? slash : 0;
	}
	return dir.len == 0 || (strncmp(manifest, dir.ptr, dir.len) == 0 && manifest[dir.len] == '/');
}

const char *audit_retagged_by(const struct audit_manifests *m, const char *path, struct ctx_str image,
	enum ana_retag *how) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct ana_image parts;
	struct ctx_error ignored;
	if (m->retagged.count == 0 || ana_image_parse(&parts, image, &arena, &ignored) < 0) {
		return NULL;
	}
	uint32_t at = ctx_strmap_get(&m->retagged, parts.repository.ptr, parts.repository.len);
	const struct audit_retag *found = NULL;
	at = at == CTX_STRMAP_NONE ? UINT32_MAX : m->retagged_last.items[at];
	for (; at != UINT32_MAX; at = m->retagged_by.items[at].before) {
		const struct audit_retag *r = &m->retagged_by.items[at];
		if (is_near(r->path, path) && (found == NULL || r->how >= found->how)) {
			found = r; // the first of those that say the same
		}
	}
	*how = found != NULL ? found->how : ANA_RETAG_NAME;
	return found != NULL ? found->path : NULL;
}
