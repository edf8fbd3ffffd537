#include "ctxopt/cli/audit_manifest_internal.h"

#include "ctxopt/base/path.h"
#include "ctxopt/base/pool.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/** Largest .env file that is read. */
#define ENV_MAX (64u << 10)

/* ---- Names ---- */

bool audit_map_put(struct ctx_strmap *map, struct ctx_arena *arena, struct ctx_str key, uint32_t fresh, uint32_t *at) {
	const char *copy = ctx_arena_memdup0(arena, key.ptr, key.len);
	*at = copy == NULL ? CTX_STRMAP_NONE : ctx_strmap_put(map, copy, key.len, fresh);
	return *at != CTX_STRMAP_NONE;
}

struct ctx_str audit_directory_of(const char *path) {
	size_t base = ctx_path_base(path, strlen(path));
	return (struct ctx_str){ path, base > 1 ? base - 1 : base };
}

/* ---- Reading ---- */

/** A thread that reads. */
struct reader {
	/** What its files say. */
	struct ctx_arena arena;
	/** The first bytes of a file, which tell the kind: most YAML files are none of ours. */
	char *head;
};

/** What was read of a file. */
struct seen {
	/** In the arena of a reader; NULL for none of ours. */
	struct audit_manifest *item;
	/** Images that it changes. */
	struct audit_retags retags;
	bool template;
};

/** All files are read. */
struct reading {
	struct audit_manifests *m;
	struct reader *readers;
	/** One per YAML file. */
	struct seen *seen;
};

/** Read what tells the kind, and all of it if it is one of ours.  1 if it is. */
static int read_text(struct reader *reader, struct audit_file *file, enum ana_manifest_kind *kind,
	struct ctx_error *err) {
	ctx_auto_fd int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		return 0; // gone since, or a link to nothing
	}
	ssize_t len = pread(fd, reader->head, ANA_MANIFEST_TELL_BYTES, 0);
	struct ctx_str head = { reader->head, len < 0 ? 0 : (size_t)len };
	*kind = len <= 0 ? ANA_MANIFEST_OTHER : ana_manifest_tell(file->path, head);
	if (*kind != ANA_MANIFEST_COMPOSE && *kind != ANA_MANIFEST_KUBERNETES) {
		return 0;
	}
	int rc = ctx_read_fd(&file->text, fd, file->path, CTX_YAML_BYTES_MAX, err);
	return rc < 0 ? rc : 1;
}

/** Is there a compose file that this one overrides?  By the name alone that is so for "override"; others share a service with it. */
static const struct audit_manifest *base_of(const struct audit_manifests *m, const struct audit_manifest *item) {
	static const char *const names[] = { "compose.yaml", "compose.yml", "docker-compose.yaml",
		"docker-compose.yml" };
	struct ctx_str dir = audit_directory_of(item->path), base = CTX_STR(item->path);
	base = ctx_str_from(base, ctx_path_base(base.ptr, base.len));
	for (size_t i = 0; i < CTX_COUNTOF(names); ++i) {
		ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
		ctx_buf_addf(&path, "%.*s%s%s", CTX_STR_ARGS(dir), dir.len > 0 ? "/" : "", names[i]);
		uint32_t at = ctx_strmap_get(&m->paths, ctx_buf_str(&path), path.len);
		if (at != CTX_STRMAP_NONE && !ctx_str_is(base, names[i])) {
			return m->items.items[at];
		}
	}
	return NULL;
}

/** Do two compose files have a service of the same name? */
static bool shares(const struct audit_manifest *a, const struct audit_manifest *b) {
	uint64_t steps = 0;
	for (size_t i = 0; i < a->model.count * b->model.count; ++i) {
		const struct ana_workload *x = &a->model.workloads[i / b->model.count];
		const struct ana_workload *y = &b->model.workloads[i % b->model.count];
		for (uint32_t k = 0; k < x->count; ++k) {
			for (uint32_t n = 0; n < y->count; ++n) {
				if (++steps > 1000000 ||
					ctx_str_eq(x->containers[k].name.text, y->containers[n].name.text)) {
					return true;
				}
			}
		}
	}
	return false;
}

/** Read a compose file as YAML. */
static int read_compose(struct audit_manifest *item, struct ctx_arena *arena, bool overrides, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT, env = CTX_BUF_INIT;
	struct ctx_str dir = audit_directory_of(item->path);
	struct ctx_error ignored;
	ctx_buf_addf(&path, "%.*s%s.env", CTX_STR_ARGS(dir), dir.len > 0 ? "/" : "");
	bool has = ctx_buf_ok(&path) && ctx_read_at(&env, AT_FDCWD, ctx_buf_str(&path), ENV_MAX, &ignored) == 0;
	const char *kept = ctx_arena_memdup0(arena, ctx_buf_str(&env), env.len);
	struct ana_compose_opts opts = { .env_file = has && kept != NULL ? (struct ctx_str){ kept, env.len }
									 : CTX_STR_NONE,
		.overrides = overrides };
	return kept == NULL ? ctx_fail_nomem(err) : ana_compose_read(&item->model, arena, item->text, &opts, err);
}

/** Parse a file; what is wrong with it stays with it.  Of a file that runs nothing nothing is kept. */
static int parse(struct audit_manifest *item, struct ctx_arena *into, bool overrides, bool *template,
	struct ctx_error *err) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	item->rc = item->kind == ANA_MANIFEST_COMPOSE
		? read_compose(item, &arena, overrides, &item->error)
		: ana_kubernetes_read(&item->model, &arena, item->text, &item->error);
	if (item->rc == CTX_E_NOMEM) {
		return ctx_fail_nomem(err);
	}
	const struct ana_manifest *model = &item->model;
	bool empty = model->count + model->literal_count == 0 && model->limit_range.line == 0;
	*template = item->rc == 0 && model->skipped != NULL && empty;
	if (!empty) {
		ctx_arena_absorb(into, &arena);
	} else {
		item->model = (struct ana_manifest){ .count = 0 };
	}
	return 0;
}

/** ctx_index_fn: one YAML file. */
static int read_file(unsigned worker, size_t index, void *arg, struct ctx_error *err) {
	const struct reading *r = arg;
	struct reader *reader = &r->readers[worker];
	struct audit_file *file = &r->m->files->yaml.items[index];
	struct seen *seen = &r->seen[index];
	struct ctx_error why = { 0 };
	enum ana_manifest_kind kind = ANA_MANIFEST_OTHER;
	int rc = audit_retags_read(&seen->retags, &reader->arena, file->path, err);
	if (rc != 0) {
		return rc < 0 ? rc : 0;
	}
	rc = read_text(reader, file, &kind, &why);
	seen->template = kind == ANA_MANIFEST_HELM;
	if (rc == CTX_E_NOMEM) {
		return ctx_fail_nomem(err);
	}
	if (rc == 0) {
		return 0;
	}
	seen->item = ctx_arena_calloc(&reader->arena, 1, sizeof(*seen->item));
	if (seen->item == NULL) {
		return ctx_fail_nomem(err);
	}
	*seen->item = (struct audit_manifest){ .path = file->path,
		.root = file->root,
		.kind = kind,
		.rc = rc < 0 ? rc : 0,
		.error = why };
	seen->item->text = (struct ctx_str){ ctx_buf_str(&file->text), rc < 0 ? 0 : file->text.len };
	return rc < 0 ? 0 : parse(seen->item, &reader->arena, false, &seen->template, err);
}

/** Take in what was read of a file. */
static int take_file(struct audit_manifests *m, const struct audit_file *file, const struct seen *seen,
	struct ctx_error *err) {
	uint32_t at;
	m->templates += seen->template;
	int rc = audit_retags_note(m, &seen->retags, file->path, err);
	if (rc < 0 || seen->item == NULL) {
		return rc;
	}
	bool ok = CTX_VEC_PUSH(&m->items, seen->item) &&
		audit_map_put(&m->paths, &m->arena, CTX_STR(file->path), (uint32_t)m->items.count - 1, &at);
	return ok ? 0 : ctx_fail_nomem(err);
}

/** All YAML files: read by all threads, taken in in their order. */
static int read_files(struct audit_manifests *m, struct ctx_error *err) {
	size_t count = m->files->yaml.count;
	unsigned readers = m->jobs > count ? (unsigned)count : m->jobs;
	struct reading r = { m, ctx_calloc(readers + 1, sizeof(*r.readers)), ctx_calloc(count + 1, sizeof(*r.seen)) };
	bool ok = r.readers != NULL && r.seen != NULL;
	for (unsigned i = 0; ok && i < readers; ++i) {
		ok = (r.readers[i].head = ctx_calloc(1, ANA_MANIFEST_TELL_BYTES)) != NULL;
	}
	int rc = !ok         ? ctx_fail_nomem(err)
		: count == 0 ? 0
			     : ctx_pool_each(readers, m->stop, count, read_file, &r, err);
	for (size_t i = 0; rc == 0 && i < count; ++i) {
		rc = take_file(m, &m->files->yaml.items[i], &r.seen[i], err);
	}
	for (unsigned i = 0; r.readers != NULL && i < readers; ++i) {
		ctx_arena_absorb(&m->arena, &r.readers[i].arena);
		free(r.readers[i].head);
	}
	free(r.readers);
	free(r.seen);
	return rc;
}

/** Note LimitRanges. */
static int note_space(struct audit_manifests *m, const struct audit_manifest *item, struct ctx_error *err) {
	const struct ana_value *range = &item->model.limit_range;
	if (range->line == 0) {
		return 0;
	}
	ctx_auto_buf struct ctx_buf place = CTX_BUF_INIT, key = CTX_BUF_INIT;
	audit_space_key(&key, item->path, range->text);
	ctx_buf_addf(&place, "line %u of %s", range->line, item->path);
	const char *kept = ctx_arena_memdup0(&m->arena, ctx_buf_str(&place), place.len);
	uint32_t at;
	bool ok = ctx_buf_ok(&place) && ctx_buf_ok(&key) && kept != NULL && CTX_VEC_PUSH(&m->space_places, kept) &&
		audit_map_put(&m->spaces, &m->arena, (struct ctx_str){ ctx_buf_str(&key), key.len },
			(uint32_t)m->space_places.count - 1, &at);
	return ok ? 0 : ctx_fail_nomem(err);
}

void audit_space_key(struct ctx_buf *out, const char *path, struct ctx_str space) {
	if (space.len > 0) {
		ctx_buf_addf(out, "%.*s", CTX_STR_ARGS(space));
	} else {
		ctx_buf_addf(out, "/%.*s",
			CTX_STR_ARGS(audit_directory_of(path))); // whatever it is applied to, together
	}
}

/** Compose files that override another one lack what that has. */
static int read_overrides(struct audit_manifests *m, struct ctx_error *err) {
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < m->items.count; ++i) {
		struct audit_manifest *item = m->items.items[i];
		const struct audit_manifest *base = item->kind == ANA_MANIFEST_COMPOSE && item->rc == 0
			? base_of(m, item)
			: NULL;
		bool template;
		const char *name = item->path + ctx_path_base(item->path, strlen(item->path));
		if (base != NULL && (strstr(name, "override") != NULL || shares(item, base))) {
			rc = parse(item, &m->arena, true, &template, err);
		}
	}
	return rc;
}

int audit_manifests_read(struct audit_manifests *m, struct ctx_error *err) {
	int rc = read_files(m, err);
	rc = rc < 0 ? rc : read_overrides(m, err);
	for (size_t i = 0; rc == 0 && i < m->items.count; ++i) {
		rc = note_space(m, m->items.items[i], err);
	}
	return rc < 0 ? rc : audit_builds_make(m, err);
}

/* ---- Judging ---- */

/** ana_audit_know_fn's argument. */
struct knowing {
	struct audit_manifests *m;
	struct ctx_error *err;
	int rc;
};

/** Whose image a container runs, for sure; NULL.  Services come in the order in which their builds were made. */
static const struct audit_service_build *build_of(struct audit_manifests *m, const struct ana_container *c) {
	if (c->build == NULL) {
		return audit_image_build(m, &c->image);
	}
	const struct audit_service_build *found = &m->builds.items[m->next_build++];
	return found->build != NULL ? found : NULL;
}

/** ana_audit_know_fn. */
static void know(void *arg, struct ana_rule_manifest *on) {
	struct knowing *k = arg;
	struct audit_manifests *m = k->m;
	const struct ana_container *c = on->container;
	on->built = NULL;
	on->unsure = NULL;
	on->retagged = c->image.text.len == 0 || on->compose
		? NULL
		: audit_retagged_by(m, on->path, c->image.text, &on->retag);
	on->limit_range = NULL;
	if (!on->compose) {
		ctx_auto_buf struct ctx_buf key = CTX_BUF_INIT;
		audit_space_key(&key, on->path, on->workload->space);
		uint32_t at = ctx_buf_ok(&key) ? ctx_strmap_get(&m->spaces, ctx_buf_str(&key), key.len)
					       : CTX_STRMAP_NONE;
		on->limit_range = at == CTX_STRMAP_NONE ? NULL : m->space_places.items[at];
	}
	const struct audit_service_build *found = build_of(m, c);
	struct audit_service_build named;
	if (found == NULL && c->build == NULL && audit_directory_build(m, on, &named)) {
		found = &named;
	}
	if (found == NULL || !found->build->known) {
		return;
	}
	on->built = &found->build->built;
	struct ana_audit_link link = { .dockerfile = found->dockerfile,
		.file = (uint32_t)m->audit->files.count - 1,
		.stage = found->build->stage,
		.container = c };
	k->rc = CTX_VEC_PUSH(&m->links, link) ? k->rc : ctx_fail_nomem(k->err);
}

/** The path below what is looked at: where that lies says nothing. */
static struct ctx_str below_root(const struct audit_manifest *item) {
	ctx_auto_buf struct ctx_buf root = CTX_BUF_INIT;
	struct ctx_str path = CTX_STR(item->path);
	ctx_path_clean(&root, item->root, strlen(item->root));
	bool below = ctx_buf_ok(&root) && root.len < path.len && item->root[0] != '\0' &&
		strncmp(path.ptr, ctx_buf_str(&root), root.len) == 0;
	return below                    ? ctx_str_from(path, root.len)
		: item->root[0] == '\0' ? ctx_str_from(path, ctx_path_base(path.ptr, path.len))
					: path;
}

/** One file. */
static int judge(struct audit_manifests *m, const struct audit_manifest *item, struct ctx_error *err) {
	struct knowing knowing = { m, err, 0 };
	bool compose = item->kind == ANA_MANIFEST_COMPOSE;
	struct ana_rule_manifest on = { .path = item->path, .manifest = &item->model, .today = m->audit->today };
	on.development = ana_audit_is_development(below_root(item));
	int64_t file = ana_audit_add_file(m->audit, item->path, compose ? ANA_AUDIT_COMPOSE : ANA_AUDIT_MANIFEST,
		item->text, err);
	if (file < 0) {
		return (int)file;
	}
	if (item->rc < 0) {
		struct ana_audit_file *f = &m->audit->files.items[file];
		f->error = ctx_arena_memdup0(&m->audit->arena, item->error.msg, strlen(item->error.msg));
		f->error_line = item->error.line;
		f->error_column = item->error.column;
		m->partial = true;
		if (f->error == NULL) {
			return ctx_fail_nomem(err);
		}
	}
	m->next_build = item->first_build;
	int rc = ana_audit_manifest(m->audit, (uint32_t)file, &on, know, &knowing, err);
	m->partial = m->partial || m->audit->files.items[file].error != NULL;
	return rc < 0 ? rc : knowing.rc;
}

/** What was found in Dockerfiles within compose files belongs to those, whose pragmas speak of it, too. */
static int fold_inline(struct audit_manifests *m, struct ctx_error *err) {
	size_t dockerfiles = m->files->items.count;
	int rc = 0;
	bool any = false;
	for (size_t i = 0; rc == 0 && i < dockerfiles; ++i) {
		const struct audit_file *file = &m->files->items.items[i];
		if (file->inside == NULL) {
			continue;
		}
		uint32_t at = ctx_strmap_get(&m->paths, file->path, strlen(file->path));
		uint32_t outer = (uint32_t)dockerfiles + at;
		any = true;
		rc = ana_audit_fold(m->audit, (uint32_t)i, outer, file->inside, err);
		rc = rc < 0 ? rc : ana_audit_pragmas_yaml(m->audit, outer, 0, err);
	}
	return rc < 0 || !any ? rc : ana_audit_drop_folded(m->audit, err);
}

int audit_manifests_judge(struct audit_manifests *m, struct ctx_error *err) {
	int rc = audit_names_make(m, err);
	m->audit->templates = m->templates;
	for (size_t i = 0; rc == 0 && i < m->items.count; ++i) {
		rc = judge(m, m->items.items[i], err);
	}
	rc = rc < 0 ? rc : ana_audit_merge(m->audit, m->links.items, m->links.count, err);
	return rc < 0 ? rc : fold_inline(m, err);
}

void audit_manifests_release(struct audit_manifests *m) {
	ctx_strmap_release(&m->dockerfiles);
	ctx_strmap_release(&m->paths);
	ctx_strmap_release(&m->images);
	ctx_strmap_release(&m->directories);
	ctx_strmap_release(&m->retagged);
	ctx_strmap_release(&m->spaces);
	CTX_VEC_RELEASE(&m->items);
	CTX_VEC_RELEASE(&m->builds);
	CTX_VEC_RELEASE(&m->image_builds);
	CTX_VEC_RELEASE(&m->directory_files);
	CTX_VEC_RELEASE(&m->retagged_by);
	CTX_VEC_RELEASE(&m->retagged_last);
	CTX_VEC_RELEASE(&m->space_places);
	CTX_VEC_RELEASE(&m->links);
	ctx_arena_release(&m->arena);
}
