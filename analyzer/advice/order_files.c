#include "analyzer/advice/order_internal.h"

#include "ctxopt/base/path.h"

// What a RUN finds at a path: what its mounts show, else what the last copy before it put there, as long as no RUN in between may have
// written there.  Where no copy put anything, there is nothing of the project; what the base image has, needs.h takes for granted.

/** The RUN that looks. */
struct looking {
	struct ana_order *o;
	uint32_t unit;
};

/** Where something was found. */
struct found {
	/** Path in the context; NULL for something that nobody can read. */
	const char *path;
	/** NULL: the context itself. */
	const struct ana_file *file;
};

/** May a RUN have written at or below a path, or above it? */
static bool may_write(const struct ana_needs *needs, struct ctx_str path) {
	for (size_t i = 0; i < needs->writes.count; ++i) {
		const struct ana_need_path *w = &needs->writes.items[i];
		if (ctx_str_eq(w->path, path) ||
			(w->tree &&
				ctx_path_within(path.ptr, path.len, w->path.ptr, w->path.len == 1 ? 0 : w->path.len))) {
			return true;
		}
	}
	return false;
}

/** Look at the mounts: 1; 0, it is not below one; 2; negative. */
static int find_mounted(struct looking *l, const struct ana_exec *exec, struct ctx_str path, struct found *out) {
	struct ana_order *o = l->o;
	for (uint32_t i = exec->mount_count; i-- > 1;) {
		const struct ana_exec_mount *m = &exec->mounts[i];
		if (!ctx_path_within(path.ptr, path.len, m->dest.ptr, m->dest.len)) {
			continue;
		}
		const struct ana_vertex *input = m->input == ANA_NONE ? NULL
								      : &o->in.variant->graph.vertices.items[m->input];
		bool context = m->type == ANA_MOUNT_BIND && input != NULL && input->op == ANA_OP_LOCAL &&
			input->local == 0;
		if (!context) {
			return 2;
		}
		const char *full = ana_order_say(o, "%.*s%s%.*s", CTX_STR_ARGS(m->selector),
			m->selector.len == 0 ? "/" : "", CTX_STR_ARGS(ctx_str_from(path, m->dest.len)));
		struct ana_spot spot;
		struct ctx_buf end = CTX_BUF_INIT;
		int rc = ana_spot_resolve(&spot, o->in.store, o->in.root, CTX_STR(full), &end, o->err);
		out->file = spot.file;
		out->path = rc <= 0 ? NULL : ana_order_say(o, "%s", ctx_buf_str(&end) + (end.len > 0));
		ctx_buf_release(&end);
		return rc == 0 ? 2 : rc;
	}
	return 0;
}

/** Is what a copy puts there taken from an image that no stage of this build makes? */
static bool is_of_image(const struct ana_order *o, const struct ana_order_unit *unit, uint32_t top) {
	const struct ana_graph *graph = &o->in.variant->graph;
	if (unit->kind != ANA_ORDER_FOREIGN) {
		return false;
	}
	const struct ana_action *a = &graph->vertices.items[unit->vertex].file.actions[top]; // a place for each action
	return a->kind == ANA_ACTION_COPY && a->source != ANA_NONE &&
		graph->vertices.items[a->source].op == ANA_OP_IMAGE;
}

/** Find what is at a path: 1; 0; 2, nobody can know; 3, a file of the context; 4, nothing but copies from images; negative. */
static int find(struct looking *l, struct ctx_str path, struct found *out) {
	struct ana_order *o = l->o;
	const struct ana_order_unit *run = &o->units[l->unit];
	int rc = find_mounted(l, &o->in.variant->graph.vertices.items[run->vertex].exec, path, out);
	if (rc != 0) {
		return rc;
	}
	bool written = false, image = false;
	uint32_t stage = run->stage, end = l->unit;
	for (;;) {
		for (uint32_t i = end; i-- > o->first[stage];) {
			const struct ana_order_unit *unit = &o->units[i];
			if (unit->kind == ANA_ORDER_RUN) {
				written = written || !unit->needs.known || may_write(&unit->needs, path);
			}
			if (unit->kind != ANA_ORDER_COPY && unit->kind != ANA_ORDER_FOREIGN) {
				written = written || unit->kind == ANA_ORDER_WALL;
				continue;
			}
			struct ana_order_hit hit;
			rc = ana_order_find(o, unit, path, &hit);
			if (rc < 0) {
				return rc;
			}
			if (rc > 0 && !written && is_of_image(o, unit, hit.top)) {
				image = true; // of a directory it may fill a part: what is below?
			} else if (rc > 0) {
				*out = (struct found){ hit.path, hit.file };
				bool file = unit->tops[hit.top].dir == NULL;
				out->file = file ? NULL : hit.file;
				return written || image || hit.odd || unit->patterns ? 2 : file ? 3 : 1;
			}
		}
		stage = o->in.variant->graph.stages.items[stage].base_stage;
		if (stage == ANA_NONE) {
			return image ? 4 : 0;
		}
		end = o->first[stage + 1];
	}
}

/** ana_need_files.read. */
static int read_file(void *arg, const char *path, struct ctx_buf *content, struct ctx_error *err) {
	struct looking *l = arg;
	struct found found;
	l->o->err = err;
	int rc = find(l, CTX_STR(path), &found);
	if (rc == 3 || (rc == 1 && found.file != NULL && found.file->kind == CTX_KIND_FILE)) {
		return l->o->in.read(l->o->in.arg, found.path, ANA_NEED_FILE_MAX, content, err);
	}
	return rc == 1 ? 2 : rc == 4 ? 3 : rc; // a directory; somebody else's
}

/** Names of a directory of the context. */
static int list_names(struct ana_order *o, struct ana_dir *dir, ana_need_name_fn *fn, void *arg) {
	int rc = ana_dir_load(o->in.store, dir, o->err);
	for (uint32_t i = 0; rc == 0 && i < dir->count; ++i) {
		rc = fn(arg, (struct ctx_str){ dir->files[i].name, dir->files[i].name_len }, dir->files[i].kind);
	}
	return rc;
}

/** Does anything else put files into a directory that a copy filled?  Then nobody knows all names. */
static bool is_shared(const struct looking *l, const struct ana_order_unit *copy, struct ctx_str dir) {
	const struct ana_order *o = l->o;
	for (uint32_t i = o->first[copy->stage]; i < l->unit && i < o->first[copy->stage + 1]; ++i) {
		const struct ana_order_unit *unit = &o->units[i];
		bool copies = unit->kind == ANA_ORDER_COPY || unit->kind == ANA_ORDER_FOREIGN;
		for (uint32_t k = 0; copies && unit != copy && k < unit->top_count; ++k) {
			struct ctx_str at = unit->tops[k].at;
			if (ctx_path_within(at.ptr, at.len, dir.ptr, dir.len) && at.len > dir.len) {
				return true;
			}
		}
		for (size_t k = 0; unit->kind == ANA_ORDER_RUN && k < unit->needs.writes.count; ++k) {
			struct ctx_str at = unit->needs.writes.items[k].path;
			if (ctx_path_within(at.ptr, at.len, dir.ptr, dir.len)) {
				return true;
			}
		}
	}
	return false;
}

/** ana_need_files.list. */
static int list_dir(void *arg, const char *path, ana_need_name_fn *fn, void *fn_arg, struct ctx_error *err) {
	struct looking *l = arg;
	struct ana_order *o = l->o;
	struct found found;
	o->err = err;
	int rc = find(l, CTX_STR(path), &found);
	if (rc != 1 || (found.file != NULL && found.file->kind != CTX_KIND_DIR)) {
		return rc > 0 ? 2 : rc;
	}
	struct ana_spot spot = { .dir = o->in.root };
	if (found.path[0] != '\0') {
		rc = ana_spot_find(&spot, o->in.store, o->in.root, CTX_STR(ana_order_say(o, "/%s", found.path)), false,
			err);
	}
	if (rc < 0 || spot.dir == NULL) {
		return rc < 0 ? rc : 2;
	}
	for (uint32_t i = o->first[o->units[l->unit].stage]; i < l->unit; ++i) {
		struct ana_order_hit hit;
		bool copies = o->units[i].kind == ANA_ORDER_COPY;
		if (copies && ana_order_find(o, &o->units[i], CTX_STR(path), &hit) > 0 &&
			is_shared(l, &o->units[i], CTX_STR(path))) {
			return 2;
		}
	}
	rc = list_names(o, spot.dir, fn, fn_arg);
	return rc == 0 ? 1 : rc;
}

/** Does a copy before a RUN put anything below a directory? */
static bool is_filled(const struct ana_order *o, uint32_t run, struct ctx_str dir) {
	uint32_t stage = o->units[run].stage, end = run;
	for (; stage != ANA_NONE; end = stage == ANA_NONE ? 0 : o->first[stage + 1]) {
		for (uint32_t i = o->first[stage]; i < end; ++i) {
			const struct ana_order_unit *unit = &o->units[i];
			bool copies = unit->kind == ANA_ORDER_COPY || unit->kind == ANA_ORDER_FOREIGN;
			for (uint32_t k = 0; copies && k < unit->top_count; ++k) {
				struct ctx_str at = unit->tops[k].at;
				if (ctx_path_within(at.ptr, at.len, dir.ptr, dir.len == 1 ? 0 : dir.len)) {
					return true;
				}
			}
		}
		stage = o->in.variant->graph.stages.items[stage].base_stage;
	}
	return false;
}

int ana_order_reads_name(struct ana_order *o, uint32_t run, struct ctx_str name) {
	const struct ana_needs *needs = &o->units[run].needs;
	struct looking looking = { o, run };
	ctx_auto_buf struct ctx_buf content = CTX_BUF_INIT;
	for (size_t i = 0; i < needs->reads.count; ++i) {
		const struct ana_need_path *r = &needs->reads.items[i];
		struct found found;
		int rc = find(&looking, r->path, &found);
		bool dir = rc == 1 && (found.file == NULL || found.file->kind != CTX_KIND_FILE);
		if (rc < 0 || rc == 2 || (r->tree && (dir || is_filled(o, run, r->path)))) {
			return rc < 0 ? rc : 2;
		}
		if (rc == 0 || rc == 4 || dir) {
			continue; // what the image has does not know this project
		}
		ctx_buf_reset(&content);
		rc = o->in.read(o->in.arg, found.path, ANA_NEED_FILE_MAX, &content, o->err);
		if (rc < 0 || rc == 2) {
			return rc;
		}
		if (memmem(ctx_buf_str(&content), content.len, name.ptr, name.len) != NULL) {
			return 1;
		}
	}
	return 0;
}

int ana_order_run_look(struct ana_order *o, uint32_t unit) {
	struct looking looking = { o, unit };
	const struct ana_need_files files = { read_file, list_dir, &looking };
	struct ctx_error *err = o->err;
	struct ana_order_unit *u = &o->units[unit];
	int rc = ana_needs_find(&u->needs, &o->in.variant->graph.vertices.items[u->vertex], &files, &o->arena, err);
	o->err = err;
	if (rc == 0 && !u->needs.known) {
		u->why = u->needs.why;
	}
	return rc;
}
