#include "analyzer/advice/order_internal.h"

#include "ctxopt/base/path.h"

/** Most files, and most lines, that are copied apart. */
#define APART_MAX 200

void ana_order_pass_release(struct ana_order_pass *pass) {
	CTX_VEC_RELEASE(&pass->apart);
}

int ana_order_refuse(struct ana_order_pass *pass, const char *why) {
	pass->refusal = why;
	return 0;
}

const char *ana_order_listed(struct ana_order *o, const char *list, const char *between, const char *text) {
	return list == NULL                  ? text
		: strstr(list, text) != NULL ? list
					     : ana_order_say(o, "%s%s%s", list, between, text);
}

void ana_order_doubt(struct ana_order *o, struct ana_order_pass *pass, const char *why) {
	pass->proof = ANA_PROOF_REVIEW;
	pass->review = pass->brief ? NULL : ana_order_listed(o, pass->review, "; ", why);
}

/** Is a path a directory or below it? */
static bool is_within(struct ctx_str path, struct ctx_str dir) {
	return ctx_path_within(path.ptr, path.len, dir.ptr, dir.len == 1 ? 0 : dir.len);
}

/** Does the instruction's text use a variable of that name? */
static bool uses(const struct ana_instruction *ins, struct ctx_str name) {
	struct ctx_str text = ins->node->line_text;
	for (size_t at = 0; at + name.len <= text.len; ++at) {
		bool there = name.len > 0 && memcmp(text.ptr + at, name.ptr, name.len) == 0;
		bool dollar = at > 0 &&
			(text.ptr[at - 1] == '$' || (text.ptr[at - 1] == '{' && at > 1 && text.ptr[at - 2] == '$'));
		if (there && dollar) {
			return true;
		}
	}
	return false;
}

/** Does ARG or ENV set a variable that a copy uses? */
static bool sets_used(const struct ana_instruction *setter, const struct ana_instruction *copy) {
	bool used = false;
	for (uint32_t i = 0; !used && i < ana_order_name_count(setter); ++i) {
		struct ctx_str name = ana_order_name(setter, i);
		used = uses(copy, name) || ctx_str_find(name, '$') < name.len;
	}
	return used;
}

/**
 * Does a program look there without being told: its own directories, configuration of the system, or of the user?  Scripts that
 * only the container starts are none of that.
 */
static bool is_system_place(struct ctx_str path) {
	static const char *const dirs[] = { "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc", "/usr/bin",
		"/usr/sbin", "/usr/lib", "/usr/lib64", "/usr/libexec", "/usr/share", "/usr/include", "/usr/local/bin",
		"/usr/local/sbin", "/usr/local/lib", "/usr/local/share", "/usr/local/include", "/usr/local/etc",
		"/var/lib", "/var/cache", "/proc", "/sys", "/dev" };
	struct ctx_str name = ctx_str_from(path, ctx_path_base(path.ptr, path.len));
	bool script = ctx_str_ends(name, ".sh") || ctx_str_is(name, "entrypoint") ||
		ctx_str_is(name, "docker-entrypoint");
	for (size_t i = 0; !script && i < CTX_COUNTOF(dirs); ++i) {
		if (is_within(path, CTX_STR(dirs[i]))) {
			return true;
		}
	}
	bool root = ctx_str_starts(path, "/root/"), home = ctx_str_starts(path, "/home/");
	size_t from = root ? 6 : home ? 6 + ctx_str_find(ctx_str_from(path, 6), '/') + 1 : path.len;
	return from < path.len && path.ptr[from] == '.';
}

/** Does a copy put anything where programs look without being told? */
static int puts_into_system(struct ana_order *o, const struct ana_order_unit *copy, bool *out) {
	static const char *const tops[] = { "/", "/usr", "/usr/local", "/var", "/root", "/home" };
	*out = false;
	for (uint32_t i = 0; !*out && i < copy->top_count; ++i) {
		const struct ana_order_top *top = &copy->tops[i];
		*out = is_system_place(top->at);
		for (size_t k = 0; !*out && top->dir != NULL && k < CTX_COUNTOF(tops); ++k) {
			bool at = ctx_str_is(top->at, tops[k]) ||
				(k == 5 && ctx_str_starts(top->at, "/home/") &&
					ctx_str_find(ctx_str_from(top->at, 6), '/') == top->at.len - 6);
			int rc = at ? ana_dir_load(o->in.store, top->dir, o->err) : 0;
			if (rc < 0) {
				return rc;
			}
			for (uint32_t f = 0; at && !*out && f < top->dir->count; ++f) {
				const struct ana_file *file = &top->dir->files[f];
				const char *full = ana_order_say(o, "%.*s/%s",
					top->at.len == 1 ? 0 : CTX_STR_ARGS(top->at), file->name);
				*out = is_system_place(CTX_STR(full)) || ctx_str_is(CTX_STR(full), "/usr") ||
					ctx_str_is(CTX_STR(full), "/usr/local") || ctx_str_is(CTX_STR(full), "/var") ||
					ctx_str_is(CTX_STR(full), "/root") || ctx_str_is(CTX_STR(full), "/home");
			}
		}
	}
	return 0;
}

/** Note a file that must stay above. */
static int stay_above(struct ana_order *o, struct ana_order_pass *pass, const struct ana_order_hit *hit, bool dir) {
	size_t at = pass->apart.count;
	for (size_t i = 0; i < pass->apart.count; ++i) {
		int order = strcmp(pass->apart.items[i].path, hit->path);
		if (order == 0) {
			pass->apart.items[i].dir = pass->apart.items[i].dir || dir;
			return 0;
		}
		at = order > 0 && i < at ? i : at;
	}
	struct ana_order_apart apart = { hit->path, dir, hit->top };
	if (pass->apart.count >= APART_MAX) {
		return ana_order_refuse(pass, "too many files would have to stay above");
	}
	if (!CTX_VEC_PUSH(&pass->apart, apart)) {
		return ctx_fail_nomem(o->err);
	}
	memmove(pass->apart.items + at + 1, pass->apart.items + at, (pass->apart.count - 1 - at) * sizeof(apart));
	pass->apart.items[at] = apart;
	return 0;
}

/** Leave out what lies in a directory that stays above as a whole. */
static void simplify(struct ana_order_pass *pass) {
	size_t kept = 0;
	for (size_t i = 0; i < pass->apart.count; ++i) {
		const char *path = pass->apart.items[i].path;
		bool covered = false;
		for (size_t k = 0; !covered && k < pass->apart.count; ++k) {
			const struct ana_order_apart *other = &pass->apart.items[k];
			size_t len = strlen(other->path);
			covered = k != i && other->dir && strlen(path) > len &&
				ctx_path_within(path, strlen(path), other->path, len);
		}
		if (!covered) {
			pass->apart.items[kept++] = pass->apart.items[i];
		}
	}
	pass->apart.count = kept;
}

/** A path that a RUN reads, against what a copy puts somewhere. */
static int ask_read(struct ana_order *o, const struct ana_order_unit *copy, const struct ana_need_path *r,
	struct ana_order_pass *pass, bool *any) {
	struct ana_order_hit hit;
	int rc = ana_order_find(o, copy, r->path, &hit);
	if (rc > 0) {
		*any = true;
		bool dir = copy->tops[hit.top].dir != NULL && (hit.file == NULL || hit.file->kind == CTX_KIND_DIR);
		if (hit.odd || copy->patterns) {
			return ana_order_refuse(pass,
				ana_order_say(o, "what is at %.*s is not plain to see", CTX_STR_ARGS(r->path)));
		}
		if (dir && !r->tree) {
			return 0; // see ask_dirs()
		}
		if (dir && hit.path[0] == '\0') {
			return ana_order_refuse(pass, "it reads all of it");
		}
		if (dir && hit.file == NULL) {
			return ana_order_refuse(pass, ana_order_say(o, "it reads all of %s", hit.path));
		}
		return stay_above(o, pass, &hit, dir);
	}
	for (uint32_t i = 0; rc == 0 && r->tree && i < copy->top_count; ++i) {
		if (is_within(copy->tops[i].at, r->path)) {
			return ana_order_refuse(pass, ana_order_say(o, "it reads all of %.*s", CTX_STR_ARGS(r->path)));
		}
	}
	return rc < 0 ? rc : 0;
}

/** Directories that package managers fill, and places below them where a project lies all the same, and no package. */
static bool is_project_place(struct ctx_str at, struct ctx_str filled) {
	bool usr = ctx_str_is(filled, "/usr") || ctx_str_is(filled, "/usr/src");
	bool top = ctx_str_is(filled, "/srv") || ctx_str_is(filled, "/opt");
	return usr ? ctx_str_starts(at, "/usr/src/") || ctx_str_starts(at, "/usr/app") : top;
}

/** Could a path that a RUN writes be there on somebody's machine, so that the copy would put that over it? */
static int ask_local(struct ana_order *o, const struct ana_order_unit *copy, const struct ana_need_path *w,
	struct ana_order_pass *pass) {
	for (uint32_t i = 0; i < copy->top_count; ++i) {
		const struct ana_order_top *top = &copy->tops[i];
		if (top->dir == NULL || !is_within(w->path, top->at) || w->path.len == top->at.len) {
			continue;
		}
		struct ctx_str below = ctx_str_from(w->path, top->at.len + (top->at.len > 1));
		const char *path = ana_order_say(o, "%s%s%.*s", top->path, top->path[0] != '\0' ? "/" : "",
			CTX_STR_ARGS(below));
		enum ana_order_local local = o->in.local(o->in.arg, path);
		if (local == ANA_ORDER_PRESENT) {
			return ana_order_refuse(pass,
				ana_order_say(o,
					"it writes %s, which lies in the context and is not ignored: the copy would put that over it",
					path));
		}
		if (local == ANA_ORDER_PERHAPS) {
			pass->local = ana_order_listed(o, pass->local, ", ", path);
		}
	}
	return 0;
}

/**
 * Is it a manifest or a lock file that a package manager reads, and writes only where they do not fit each other?  Not if the text of the
 * step names it: then it is changed on purpose.
 */
static bool is_updated(const struct ana_order *o, const struct ana_order_unit *copy, const struct ana_order_hit *hit,
	const struct ana_need_path *w, const struct ana_order_unit *run) {
	static const char manifests[] = " package.json go.mod go.sum npm-shrinkwrap.json ";
	bool reads = false;
	for (size_t i = 0; i < run->needs.reads.count; ++i) {
		reads = reads || ctx_str_eq(run->needs.reads.items[i].path, w->path);
	}
	struct ctx_str name = ctx_str_from(w->path, ctx_path_base(w->path.ptr, w->path.len));
	const struct ana_exec *exec = &o->in.variant->graph.vertices.items[run->vertex].exec;
	for (uint32_t i = 0; reads && i < exec->arg_count; ++i) {
		reads = memmem(exec->args[i].ptr, exec->args[i].len, name.ptr, name.len) == NULL;
	}
	bool lock = memmem(name.ptr, name.len, "lock", 4) != NULL || ctx_str_is_listed(name, manifests);
	bool file = copy->tops[hit->top].dir == NULL || (hit->file != NULL && hit->file->kind == CTX_KIND_FILE);
	return reads && lock && file && !hit->odd && !w->tree && copy->kind == ANA_ORDER_COPY;
}

/** A path that a RUN writes, against what a copy puts somewhere. */
static int ask_write(struct ana_order *o, const struct ana_order_unit *copy, const struct ana_order_unit *run,
	const struct ana_need_path *w, struct ana_order_pass *pass, bool *any) {
	struct ana_order_hit hit;
	int rc = ana_order_find(o, copy, w->path, &hit);
	const char *name = w->path.ptr + ctx_path_base(w->path.ptr, w->path.len);
	if (rc > 0 && is_updated(o, copy, &hit, w, run)) {
		pass->updated = ana_order_listed(o, pass->updated, ", ", ana_order_say(o, "%s", name));
		return 0;
	}
	if (rc != 0) {
		return rc < 0
			? rc
			: ana_order_refuse(pass,
				  ana_order_say(o, "it writes %.*s, which the copy puts there", CTX_STR_ARGS(w->path)));
	}
	for (uint32_t i = 0; i < copy->top_count; ++i) {
		struct ctx_str at = copy->tops[i].at;
		*any = *any || is_within(w->path, at);
		bool over = is_within(at, w->path) && (w->tree || at.len == w->path.len);
		if (over && !is_project_place(at, w->path)) {
			return ana_order_refuse(pass,
				ana_order_say(o, "it may write where the copy does: %.*s", CTX_STR_ARGS(w->path)));
		}
	}
	return ask_local(o, copy, w, pass);
}

bool ana_order_is_made_before(const struct ana_order *o, uint32_t copy, struct ctx_str dir) {
	uint32_t stage = o->units[copy].stage, end = copy;
	for (; stage != ANA_NONE; end = stage == ANA_NONE ? 0 : o->first[stage + 1]) {
		for (uint32_t i = o->first[stage]; i < end; ++i) {
			if (o->units[i].kind == ANA_ORDER_WORKDIR && is_within(o->units[i].dir, dir)) {
				return true;
			}
		}
		stage = o->in.variant->graph.stages.items[stage].base_stage;
	}
	return dir.len == 1;
}

/** Is everything that a copy takes copied apart?  Then nothing is left to move. */
static bool takes_all(const struct ana_order_unit *copy, const struct ana_order_pass *pass) {
	uint32_t whole = 0;
	for (uint32_t i = 0; i < copy->top_count; ++i) {
		bool taken = false;
		for (size_t k = 0; !taken && k < pass->apart.count; ++k) {
			taken = strcmp(pass->apart.items[k].path, copy->tops[i].path) == 0;
		}
		whole += taken;
	}
	return whole == copy->top_count;
}

/** Will the directories be there that a RUN wants to be there, whatever they hold?  What is copied apart makes those above it. */
static int ask_dirs(struct ana_order *o, uint32_t number, const struct ana_needs *needs, struct ana_order_pass *pass) {
	const struct ana_order_unit *copy = &o->units[number];
	for (size_t i = 0; i < needs->reads.count; ++i) {
		const struct ana_need_path *r = &needs->reads.items[i];
		struct ana_order_hit hit;
		int rc = r->tree ? 0 : ana_order_find(o, copy, r->path, &hit);
		bool dir = rc > 0 && copy->tops[hit.top].dir != NULL &&
			(hit.file == NULL || hit.file->kind == CTX_KIND_DIR);
		bool made = !dir || ana_order_is_made_before(o, number, r->path);
		for (size_t k = 0; !made && k < pass->apart.count; ++k) {
			const char *path = pass->apart.items[k].path;
			made = ctx_path_within(path, strlen(path), hit.path, strlen(hit.path));
		}
		if (rc < 0 || !made) {
			return rc < 0 ? rc
				      : ana_order_refuse(pass,
						ana_order_say(o, "it wants the directory %s to be there", hit.path));
		}
	}
	return 0;
}

/** Does a RUN change users, so that the name of an owner may mean another one behind it? */
static bool changes_users(const struct ana_order *o, const struct ana_order_unit *run) {
	static const char *const words[] = { "usermod", "groupmod", "userdel", "groupdel", "deluser", "delgroup" };
	const struct ana_exec *exec = &o->in.variant->graph.vertices.items[run->vertex].exec;
	for (uint32_t i = 0; i < exec->arg_count; ++i) {
		for (size_t k = 0; k < CTX_COUNTOF(words); ++k) {
			if (memmem(exec->args[i].ptr, exec->args[i].len, words[k], strlen(words[k])) != NULL) {
				return true;
			}
		}
	}
	return false;
}

/** May a copy pass a RUN? */
static int ask_run(struct ana_order *o, uint32_t number, const struct ana_order_unit *run,
	struct ana_order_pass *pass) {
	const struct ana_order_unit *copy = &o->units[number];
	bool system, any = false;
	if (!run->needs.known) {
		return ana_order_refuse(pass, run->needs.why != NULL ? run->needs.why : "what it reads is not known");
	}
	if (copy->manner && changes_users(o, run)) {
		return ana_order_refuse(pass, "it changes users, one of which may own what is copied");
	}
	int rc = puts_into_system(o, copy, &system);
	if (rc < 0 || system) {
		return rc < 0 ? rc : ana_order_refuse(pass, "the copy goes where programs look by themselves");
	}
	for (size_t i = 0; rc == 0 && pass->refusal == NULL && i < run->needs.writes.count; ++i) {
		rc = ask_write(o, copy, run, &run->needs.writes.items[i], pass, &any);
	}
	size_t before = pass->apart.count;
	for (size_t i = 0; rc == 0 && pass->refusal == NULL && i < run->needs.reads.count; ++i) {
		rc = ask_read(o, copy, &run->needs.reads.items[i], pass, &any);
	}
	simplify(pass);
	if (rc == 0 && pass->refusal == NULL && takes_all(copy, pass)) {
		pass->all = true;
		return ana_order_refuse(pass, "it reads all of it");
	}
	if (rc == 0 && pass->refusal == NULL && run->needs.grows && pass->apart.count > before) {
		ana_order_doubt(o, pass, "a file of the kind that stays above, if it comes later, must be added there");
	}
	rc = rc < 0 || pass->refusal != NULL ? rc : ask_dirs(o, number, &run->needs, pass);
	if (rc < 0 || pass->refusal != NULL) {
		return rc;
	}
	if (any && pass->apart.count == 0 && !ana_order_is_made_before(o, number, copy->dir)) {
		return ana_order_refuse(pass,
			ana_order_say(o, "it works in %.*s, which the copy makes", CTX_STR_ARGS(copy->dir)));
	}
	if (run->needs.proof == ANA_PROOF_REVIEW) {
		ana_order_doubt(o, pass, run->needs.why);
	}
	pass->why = pass->apart.count > before ? run->needs.why
		: run->needs.why != NULL       ? run->needs.why
					       : "reads nothing of it";
	return 0;
}

/** May a copy pass another one? */
static int ask_copy(struct ana_order *o, const struct ana_order_unit *copy, const struct ana_order_unit *other,
	struct ana_order_pass *pass) {
	struct ana_order_hit hit;
	for (uint32_t side = 0; side < 2; ++side) {
		const struct ana_order_unit *a = side == 0 ? copy : other, *b = side == 0 ? other : copy;
		for (uint32_t i = 0; i < b->top_count; ++i) {
			int rc = ana_order_find(o, a, b->tops[i].at, &hit);
			if (rc < 0) {
				return rc;
			}
			bool same = rc > 0 && copy->kind == other->kind && !copy->manner && !other->manner &&
				!hit.odd && strcmp(hit.path, b->tops[i].path) == 0;
			if (rc > 0 && !same) {
				return ana_order_refuse(pass,
					ana_order_say(o, "both put something at %.*s", CTX_STR_ARGS(b->tops[i].at)));
			}
		}
	}
	pass->why = "puts other files there";
	return 0;
}

/** May a copy pass a WORKDIR, which makes the directory if it is not there? */
static int ask_workdir(struct ana_order *o, const struct ana_order_unit *copy, const struct ana_order_unit *workdir,
	struct ana_order_pass *pass) {
	struct ctx_str dest = copy->ins->copy.dest;
	bool absolute = dest.len > 0 && dest.ptr[0] == '/';
	struct ana_order_hit hit;
	if (!absolute && !ana_order_is_rewritable(copy)) {
		return ana_order_refuse(pass, "the copy's destination is relative to another directory");
	}
	if (copy->manner) {
		return ana_order_refuse(pass, "the directory would have another owner or mode");
	}
	int rc = ana_order_find(o, copy, workdir->dir, &hit);
	bool dir = rc > 0 && !hit.odd && copy->tops[hit.top].dir != NULL &&
		(hit.file == NULL || hit.file->kind == CTX_KIND_DIR);
	if (rc > 0 && !dir) {
		return ana_order_refuse(pass, "the copy puts something else in the place of the directory");
	}
	pass->absolute = pass->absolute || !absolute;
	pass->why = absolute ? NULL : "the destination is written absolute";
	return rc < 0 ? rc : 0;
}

int ana_order_ask(struct ana_order *o, uint32_t number, uint32_t step, struct ana_order_pass *pass) {
	const struct ana_order_unit *copy = &o->units[number], *unit = &o->units[step];
	pass->why = NULL;
	if (copy->kind == ANA_ORDER_VARIABLE) {
		return ana_order_ask_variable(o, number, step, false, pass);
	}
	switch (unit->kind) {
	case ANA_ORDER_FREE:
		return 0;
	case ANA_ORDER_VARIABLE:
		return sets_used(unit->ins, copy->ins) ? ana_order_refuse(pass, "the copy uses variables") : 0;
	case ANA_ORDER_WORKDIR:
		return ask_workdir(o, copy, unit, pass);
	case ANA_ORDER_RUN:
		return ask_run(o, number, unit, pass);
	case ANA_ORDER_COPY:
	case ANA_ORDER_FOREIGN:
		return ask_copy(o, copy, unit, pass);
	default:
		return ana_order_refuse(pass, unit->why != NULL ? unit->why : "nothing passes it");
	}
}

int ana_order_ask_all(struct ana_order *o, uint32_t number, const uint32_t *to, struct ana_order_pass *pass) {
	int rc = 0;
	bool variable = o->units[number].kind == ANA_ORDER_VARIABLE;
	uint32_t count = to[number] - number;
	for (uint32_t k = 0; rc == 0 && pass->refusal == NULL && k < (variable ? 2 : 1) * count; ++k) {
		uint32_t i = number + 1 + k % count;
		bool along = to[i] >= to[number] && to[i] != i; // stands behind it as before
		bool other = o->units[i].kind == ANA_ORDER_VARIABLE;
		if (variable && other == (k >= count)) {
			continue; // others of its kind first, since they are quickly asked
		}
		rc = variable   ? ana_order_ask_variable(o, number, i, along, pass)
			: along ? 0
				: ana_order_ask(o, number, i, pass);
		pass->reader = pass->reader == ANA_NONE && pass->apart.count > 0 ? i : pass->reader;
	}
	if (pass->local != NULL) {
		ana_order_doubt(o, pass,
			ana_order_say(o,
				"not ignored, so that the copy puts it over what the step makes where it lies in the context: %s",
				pass->local));
	}
	if (pass->updated != NULL) {
		ana_order_doubt(o, pass,
			ana_order_say(o, "where the step changes it, the copy puts the old one back: %s",
				pass->updated));
	}
	return rc;
}
