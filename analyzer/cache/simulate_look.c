#include "analyzer/cache/simulate_internal.h"

#include "analyzer/cache/classic_look.h"
#include "ctxopt/base/path.h"
#include "ctxopt/base/strmap.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Neighbouring commits have nearly all trees in common, so that one who looks keeps what it learned.  Versions of the Dockerfile and of the
// ignore file are shared, behind locks that are taken once a commit.

/** A variant that a worker works with, and its maker of contents. */
struct made {
	/** Of the text, and of arguments that vary. */
	struct ctx_digest id;
	struct ana_variant *variant;
	/** NULL until it is asked for. */
	struct ana_content_maker *maker;
	/** For the classic builder. */
	struct ana_classic_looker *looker;
	/** When it was used last. */
	uint64_t used;
};

/** Variants that a worker works with: those of several branches, and the one before. */
enum { VARIANTS_MAX = 8 };

/** Files of commits that are kept for the next, which mostly has the same; the largest of them. */
enum { READ_FILES = 4, READ_FILE_MAX = 1 << 20 };

/** A file that was read. */
struct read_file {
	/** Zeroed: none. */
	struct ctx_oid oid;
	struct ctx_buf text;
};

struct ana_looker {
	struct ana_sim_shared *shared;
	/** What it is at. */
	const struct ana_sim_input *input;
	struct ana_look *looks;
	struct ctx_gitrepo *repo;
	struct ana_filetree *store;
	struct ana_selections *selections;
	/** Dockerfile and ignore file, the oldest replaced. */
	struct read_file files[READ_FILES];
	unsigned oldest;
	CTX_VEC(struct made) makers;
	uint64_t uses;
	struct ana_sim_differ differ;
	struct ctx_arena *arena;
	/** Of the call. */
	struct ctx_error *err;
	/** The build behind those that were looked at, and what the last of these that could be built was made from. */
	size_t next;
	struct ana_sim_scene before;
};

/* ---- Versions of files ---- */

/** A message that outlives the run. */
static const char *keep_message(struct ctx_arena *arena, const char *file, const char *text) {
	size_t len = strlen(file) + strlen(text) + 3;
	char *copy = ctx_arena_alloc(arena, len);
	if (copy != NULL) {
		const char *between = *file == '\0' ? "" : *text >= '0' && *text <= '9' ? ":" : ": "; // a place follows
		snprintf(copy, len, "%s%s%s", file, between, text);
	}
	return copy;
}

/** Free what a worker has for a variant. */
static void made_release(struct made *made) {
	ana_content_maker_free(made->maker);
	ana_classic_looker_free(made->looker);
}

/** Make room for a variant: leave the one that was used longest ago. */
static int leave_oldest(struct ana_looker *w) {
	size_t oldest = 0;
	for (size_t i = 1; i < w->makers.count; ++i) {
		oldest = w->makers.items[i].used < w->makers.items[oldest].used ? i : oldest;
	}
	struct made made = w->makers.items[oldest];
	w->makers.items[oldest] = w->makers.items[--w->makers.count];
	made_release(&made);
	ana_selections_forget(w->selections);
	return ana_sim_pool_leave(&w->shared->pool, made.variant, w->err);
}

/** Does a Dockerfile name arguments that vary? */
static bool has_varying(const struct ana_sim_opts *opts, const struct ctx_buf *text) {
	bool has = false;
	for (size_t i = 0; !has && i < opts->varying_count; ++i) {
		has = memmem(ctx_buf_str(text), text->len, opts->varying[i].ptr, opts->varying[i].len) != NULL;
	}
	return has;
}

/** Give the arguments that vary their values in a build. */
static int vary(struct ana_looker *w, size_t build, struct ana_variant_opts *how, struct ctx_digest *id) {
	const struct ana_sim_opts *opts = w->shared->opts;
	const struct ana_sim_input *input = w->input;
	const struct ana_build_args *given = &how->graph.build_args;
	char hex[CTX_OID_HEX_MAX] = "working tree", seconds[24];
	int64_t time = input->count > 0 ? input->commits[input->count - 1].time + 1 : 0;
	if (build < input->count) {
		ctx_oid_hex(hex, &input->commits[build].id);
		time = input->commits[build].time;
	}
	*id = ctx_hash_seeded(hex, strlen(hex), ctx_hash64(id, sizeof(*id), 0));
	const char *value = ctx_arena_memdup0(w->arena, hex, strlen(hex));
	snprintf(seconds, sizeof(seconds), "%" PRId64, time);
	const char *epoch = ctx_arena_memdup0(w->arena, seconds, strlen(seconds));
	struct ana_var *all = ctx_arena_calloc(w->arena, given->count + opts->varying_count, sizeof(*all));
	if (value == NULL || epoch == NULL || all == NULL) {
		return ctx_fail_nomem(w->err);
	}
	for (size_t i = 0; i < given->count + opts->varying_count; ++i) {
		struct ctx_str name = i < given->count ? CTX_STR_NONE : opts->varying[i - given->count];
		const char *mine = ctx_str_is(name, "SOURCE_DATE_EPOCH") ? epoch : value; // must be a number
		all[i] = i < given->count ? given->items[i] : (struct ana_var){ name, CTX_STR(mine) };
	}
	how->graph.build_args = (struct ana_build_args){ all, given->count + opts->varying_count };
	return 0;
}

/** The variant of a Dockerfile in a build.  `text` is taken over. */
static int get_variant(struct ana_looker *w, size_t build, struct ctx_buf *text, struct ana_variant **out) {
	struct ctx_digest id = ctx_hash_bytes(ctx_buf_str(text), text->len);
	struct ana_variant_opts how = w->shared->opts->variant;
	int rc = has_varying(w->shared->opts, text) ? vary(w, build, &how, &id) : 0;
	if (rc < 0) {
		ctx_buf_release(text);
		return rc;
	}
	for (size_t i = 0; i < w->makers.count; ++i) {
		struct made *made = &w->makers.items[i];
		if (ctx_digest_equal(&made->id, &id)) {
			ctx_buf_release(text);
			made->used = ++w->uses;
			*out = made->variant;
			return 0;
		}
	}
	rc = w->makers.count < VARIANTS_MAX ? 0 : leave_oldest(w);
	if (rc < 0 || !CTX_VEC_RESERVE(&w->makers, 1)) {
		ctx_buf_release(text);
		return rc < 0 ? rc : ctx_fail_nomem(w->err);
	}
	rc = ana_sim_pool_take(&w->shared->pool, &id, text, &how, out, w->err);
	if (rc == 0) {
		w->makers.items[w->makers.count++] = (struct made){ .id = id, .variant = *out, .used = ++w->uses };
	}
	return rc;
}

/** Compile an ignore file. */
static int add_rules(struct ana_sim_shared *sh, const struct ctx_digest *id, enum ctx_ignore_syntax syntax,
	const struct ctx_buf *text, struct ana_sim_rules **out, struct ctx_error *err) {
	struct ana_sim_rules *fresh = ctx_arena_calloc(&sh->arena, 1, sizeof(*fresh));
	if (fresh == NULL || !CTX_VEC_PUSH(&sh->rules, fresh)) {
		return ctx_fail_nomem(err);
	}
	fresh->id = *id;
	fresh->syntax = syntax;
	struct ctx_error why;
	int rc = ctx_ignore_parse(&fresh->ig, syntax, ctx_buf_str(text), text->len, &why);
	if (rc == CTX_E_NOMEM) {
		return ctx_fail_nomem(err);
	}
	if (rc < 0) {
		fresh->error = keep_message(&sh->arena, "", why.msg);
		if (fresh->error == NULL) {
			return ctx_fail_nomem(err);
		}
	}
	*out = fresh;
	return 0;
}

/** The rules of an ignore file. */
static int get_rules(struct ana_looker *w, enum ctx_ignore_syntax syntax, const struct ctx_buf *text,
	struct ana_sim_rules **out) {
	struct ana_sim_shared *sh = w->shared;
	struct ctx_digest id = ctx_hash_bytes(ctx_buf_str(text), text->len);
	int rc = 0;
	*out = NULL;
	pthread_mutex_lock(&sh->lock);
	for (size_t i = 0; *out == NULL && i < sh->rules.count; ++i) {
		struct ana_sim_rules *known = sh->rules.items[i];
		*out = known->syntax == syntax && ctx_digest_equal(&known->id, &id) ? known : NULL;
	}
	rc = *out != NULL ? 0 : add_rules(sh, &id, syntax, text, out, w->err);
	pthread_mutex_unlock(&sh->lock);
	return rc;
}

/** A tree to read files of. */
struct reading {
	struct ana_looker *w;
	const struct ctx_oid *tree;
};

/** Append the content of a blob, which is a Dockerfile or an ignore file. */
static int read_blob(struct ana_looker *w, const struct ctx_oid *oid, struct ctx_buf *out, struct ctx_error *err) {
	for (size_t i = 0; i < READ_FILES; ++i) {
		if (ctx_oid_equal(&w->files[i].oid, oid)) {
			ctx_buf_add(out, ctx_buf_str(&w->files[i].text), w->files[i].text.len);
			return ctx_buf_ok(out) ? 0 : ctx_fail_nomem(err);
		}
	}
	size_t before = out->len;
	int rc = ctx_gitblob_read(w->repo, oid, CTX_IGNORE_FILE_MAX, out, err);
	if (rc == 0 && out->len - before <= READ_FILE_MAX) {
		struct read_file *kept = &w->files[w->oldest++ % READ_FILES];
		ctx_buf_reset(&kept->text);
		ctx_buf_add(&kept->text, ctx_buf_str(out) + before, out->len - before);
		kept->oid = ctx_buf_ok(&kept->text) ? *oid : (struct ctx_oid){ .len = 0 };
	}
	return rc;
}

/** ctx_read_fn: a file of a commit. */
static int read_file(void *arg, const char *path, struct ctx_buf *out, struct ctx_error *err) {
	struct reading *r = arg;
	struct ctx_oid oid;
	while (path[0] == '.' && path[1] == '/') {
		path += 2;
	}
	int rc = ana_filetree_blob(r->w->store, r->tree, path, &oid, err);
	if (rc == 0) {
		return ctx_fail(err, CTX_E_MISSING, "no '%s'", path);
	}
	return rc < 0 ? rc : read_blob(r->w, &oid, out, err);
}

/* ---- One build ---- */

/** The worker's maker of contents for a variant that it works with. */
static int get_maker(struct ana_looker *w, const struct ana_variant *variant, struct made *out) {
	struct made *made = w->makers.items;
	while (made->variant != variant) {
		++made;
	}
	struct ana_assumptions assumptions = w->shared->opts->assumptions;
	assumptions.sizes = w->shared->opts->deployment.max_bytes > 0;
	int rc = 0;
	if (variant->classic && made->looker == NULL) {
		rc = ana_classic_looker_new(&made->looker, &variant->plan, w->selections, &assumptions, w->err);
	} else if (!variant->classic && made->maker == NULL) {
		rc = ana_content_maker_new(&made->maker, &variant->graph, &variant->keys, w->selections, &assumptions,
			w->err);
	}
	*out = *made;
	return rc;
}

/** Note the first step that reads what is not there. */
static void note_missing(struct ana_look *look) {
	const struct ana_variant *v = look->variant;
	look->missing = ANA_NONE;
	for (uint32_t i = 0; v->classic && look->missing == ANA_NONE && i < v->plan.steps.count; ++i) {
		look->missing = look->contents->items[i].missing ? i : ANA_NONE;
	}
	if (v->classic) {
		return;
	}
	for (uint32_t i = 0; look->missing == ANA_NONE && i < v->step_count; ++i) {
		uint32_t vertex = v->steps[i].vertex;
		const struct ana_vertex_key *key = &v->keys.vertices[vertex];
		for (uint32_t k = 0; k < key->input_count; ++k) {
			if (key->inputs[k].by_content && look->contents->items[v->keys.first[vertex] + k].missing) {
				look->missing = i;
			}
		}
	}
}

/** Compose what the inputs of a build hold. */
static int look_into(struct ana_looker *w, struct ana_look *look, const struct ana_sim_scene *before,
	struct ana_sim_scene *now) {
	const struct ana_variant *v = look->variant;
	if (before->variant == v && before->root == now->root) {
		look->contents = ana_sim_contents_join(before->contents);
		now->contents = ana_sim_contents_join(before->contents);
		look->missing = now->missing = before->missing;
		return 0;
	}
	struct ana_dir **roots = ctx_calloc(v->graph.locals.count + 1, sizeof(struct ana_dir *));
	struct ana_sim_contents *contents = ana_sim_contents_new(v->classic ? v->plan.steps.count
									    : v->keys.input_total);
	struct made made = { 0 };
	int rc = roots == NULL || contents == NULL ? ctx_fail_nomem(w->err) : get_maker(w, v, &made);
	if (rc == 0) {
		roots[0] = now->root; // named contexts lie elsewhere, and are assumed not to change
		rc = v->classic ? ana_classic_look(made.looker, now->root, contents->items, w->arena, w->err)
				: ana_contents_make(made.maker, w->store, roots, contents->items, w->arena, w->err);
	}
	free(roots);
	if (rc < 0) {
		ana_sim_contents_leave(contents);
		return rc;
	}
	look->contents = contents;
	now->contents = ana_sim_contents_join(contents);
	note_missing(look);
	now->missing = look->missing;
	return 0;
}

/** An error that belongs to this build alone: the run goes on. */
static int build_error(struct ana_looker *w, struct ana_look *look, const char *file, const char *text) {
	look->error = keep_message(w->arena, file, text);
	return look->error != NULL ? 0 : ctx_fail_nomem(w->err);
}

/** The same if `why` is an object that is missing or damaged; else `why` is the error of the run. */
static int object_error(struct ana_looker *w, struct ana_look *look, const char *file, const struct ctx_error *why) {
	if (why->code != CTX_E_CORRUPT) {
		*w->err = *why;
		return why->code;
	}
	look->damaged = true;
	return build_error(w, look, file, why->msg);
}

/** The same for a file that cannot be read. */
static int file_error(struct ana_looker *w, struct ana_look *look, const char *file, const struct ctx_error *why) {
	bool fatal = why->code == CTX_E_CORRUPT || why->code == CTX_E_NOMEM;
	return fatal ? object_error(w, look, file, why) : build_error(w, look, file, why->msg);
}

/** Take the variant of a text, which is taken over: 1, 0 if the build cannot go on, or negative. */
static int use_text(struct ana_looker *w, size_t build, struct ana_look *look, struct ctx_buf *text) {
	int rc = get_variant(w, build, text, &look->variant);
	if (rc == 0 && look->variant->error != NULL) {
		return build_error(w, look, look->dockerfile, look->variant->error);
	}
	return rc < 0 ? rc : 1;
}

/** Read the Dockerfile of a commit: 1, 0 if the build cannot go on, or negative. */
static int load_variant(struct ana_looker *w, size_t build, struct ana_look *look) {
	const struct ctx_oid *tree = &w->input->commits[build].tree;
	const char *path = look->dockerfile;
	const struct ctx_buf *instead = w->shared->opts->dockerfile_text;
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	struct ctx_error why;
	if (instead != NULL) {
		ctx_buf_add(&text, ctx_buf_str(instead), instead->len);
		return ctx_buf_ok(&text) ? use_text(w, build, look, &text) : ctx_fail_nomem(w->err);
	}
	int rc = read_file(&(struct reading){ w, tree }, path, &text, &why);
	if (rc == CTX_E_MISSING) {
		look->dockerfile = NULL;
		return build_error(w, look, "", "there is no Dockerfile");
	}
	if (rc < 0) {
		return file_error(w, look, path, &why);
	}
	return use_text(w, build, look, &text);
}

/**
 * Where the context was: "old/app" for "app" if the Dockerfile was at "old/app/Dockerfile" and is at "app/Dockerfile" now, and there is no
 * directory "app".
 */
static int find_prefix(struct ana_looker *w, const struct ana_look *look, const struct ctx_oid *tree,
	struct ctx_buf *out, struct ctx_error *err) {
	const struct ana_sim_opts *opts = w->shared->opts;
	const char *now = opts->dockerfile, *then = look->dockerfile;
	size_t prefix = strlen(opts->prefix), now_len = strlen(now), then_len = strlen(then);
	ctx_buf_adds(out, opts->prefix);
	if (prefix == 0 || then == now || !ctx_path_within(now, now_len, opts->prefix, prefix)) {
		return 0;
	}
	size_t rest = now_len - prefix; // "/Dockerfile"
	struct ana_dir *there;
	int rc = then_len <= rest || strcmp(then + then_len - rest, now + prefix) != 0
		? 0
		: ana_filetree_commit(w->store, tree, opts->prefix, NULL, &there, err);
	if (rc == CTX_E_MISSING) {
		ctx_buf_reset(out);
		ctx_buf_add(out, then, then_len - rest);
	}
	return rc == CTX_E_MISSING ? 0 : rc;
}

/** The syntax of ignore files that an engine reads. */
static enum ctx_ignore_syntax syntax_of(enum ctx_engine engine) {
	return engine == CTX_ENGINE_PODMAN          ? CTX_IGNORE_PODMAN
		: engine == CTX_ENGINE_DOCKER_20_10 ? CTX_IGNORE_DOCKER_20_10
						    : CTX_IGNORE_DOCKER;
}

/** The ignore rules of a commit, NULL for none, and the name of their file: 1, 0 if the build cannot go on, or negative. */
static int load_rules(struct ana_looker *w, struct ana_look *look, const struct ctx_oid *tree, const char *prefix,
	struct ctx_ignore_source *source, struct ana_sim_rules **out) {
	const struct ana_sim_opts *opts = w->shared->opts;
	struct ctx_error why;
	*out = NULL;
	if (opts->ignore_text != NULL) {
		int rc = get_rules(w, syntax_of(opts->engine), opts->ignore_text, out);
		return rc < 0 ? rc : (*out)->error == NULL ? 1 : build_error(w, look, opts->ignore_name, (*out)->error);
	}
	const char *dockerfile = opts->variant.classic ? NULL : look->dockerfile; // its own ignore file is BuildKit's
	int rc = ctx_ignore_source_find(source, opts->engine, prefix, dockerfile, read_file,
		&(struct reading){ w, tree }, &why);
	if (rc < 0) {
		return file_error(w, look, "ignore file", &why);
	}
	if (source->path == NULL) {
		return 1;
	}
	rc = get_rules(w, source->syntax, &source->text, out);
	return rc < 0 ? rc : (*out)->error == NULL ? 1 : build_error(w, look, source->path, (*out)->error);
}

/** Find the context of a commit: 1, 0 if the build cannot go on, or negative. */
static int load_root(struct ana_looker *w, struct ana_look *look, const struct ctx_oid *tree, struct ana_dir **root) {
	const struct ana_sim_opts *opts = w->shared->opts;
	ctx_auto_ignore_source struct ctx_ignore_source source = { 0 };
	ctx_auto_buf struct ctx_buf prefix = CTX_BUF_INIT;
	struct ana_sim_rules *rules = NULL;
	struct ctx_error why;
	int rc = find_prefix(w, look, tree, &prefix, &why);
	if (rc < 0 || !ctx_buf_ok(&prefix)) {
		return rc < 0 ? object_error(w, look, "", &why) : ctx_fail_nomem(w->err);
	}
	rc = load_rules(w, look, tree, ctx_buf_str(&prefix), &source, &rules);
	if (rc <= 0) {
		return rc;
	}
	rc = ana_filetree_commit(w->store, tree, ctx_buf_str(&prefix), rules == NULL ? NULL : rules->ig, root, &why);
	if (rc == CTX_E_MISSING || rc == CTX_E_SYNTAX) {
		const char *name = source.path != NULL ? source.path : opts->ignore_name;
		return build_error(w, look, rc == CTX_E_SYNTAX ? name : "", why.msg);
	}
	return rc < 0 ? object_error(w, look, "", &why) : 1;
}

/** Load what a commit, or the working tree, is built from: 1, 0 if it cannot be built, or negative. */
static int load_scene(struct ana_looker *w, size_t index, struct ana_look *look, struct ana_sim_scene *now) {
	const struct ana_sim_input *input = w->input;
	const struct ana_sim_work *work = input->work;
	int rc;
	look->dockerfile = w->shared->opts->dockerfile;
	if (index < input->count) {
		const struct ctx_oid *tree = &input->commits[index].tree;
		look->dockerfile = input->paths == NULL ? look->dockerfile : input->paths[index];
		rc = load_variant(w, index, look);
		rc = rc <= 0 ? rc : load_root(w, look, tree, &now->root);
	} else if (work->dockerfile == NULL) {
		look->dockerfile = NULL;
		rc = build_error(w, look, "", "there is no Dockerfile");
	} else {
		struct ctx_buf text = CTX_BUF_INIT;
		ctx_buf_add(&text, ctx_buf_str(work->dockerfile), work->dockerfile->len);
		rc = ctx_buf_ok(&text) ? use_text(w, index, look, &text) : ctx_fail_nomem(w->err);
		if (rc > 0) {
			rc = ana_filetree_snapshot(w->store, work->snap, work->identify, work->identify_arg, &now->root,
				w->err);
			rc = rc < 0 ? rc : 1;
		}
	}
	now->variant = rc > 0 ? look->variant : NULL;
	return rc;
}

/** One build.  `before` becomes what it was made from, if it could be built. */
static int look_at(struct ana_looker *w, size_t index, struct ana_look *look, struct ana_sim_scene *before,
	bool changes) {
	struct ana_sim_scene now = { 0 };
	look->missing = ANA_NONE;
	int rc = load_scene(w, index, look, &now);
	if (rc <= 0) {
		return rc;
	}
	rc = look_into(w, look, before, &now);
	if (rc < 0) {
		struct ctx_error why = *w->err;
		bool pattern = rc == CTX_E_SYNTAX || rc == CTX_E_LIMIT; // of a COPY
		return pattern ? build_error(w, look, look->dockerfile, why.msg) : object_error(w, look, "", &why);
	}
	if (changes) {
		rc = ana_sim_differ_find(&w->differ, before, &now, &look->changes);
	}
	ana_sim_contents_leave(before->contents);
	*before = now;
	return rc;
}

/* ---- Stretches ---- */

void ana_looker_free(struct ana_looker *w) {
	if (w == NULL) {
		return;
	}
	ana_sim_contents_leave(w->before.contents);
	for (size_t i = 0; i < w->makers.count; ++i) {
		made_release(&w->makers.items[i]);
	}
	CTX_VEC_RELEASE(&w->makers);
	for (size_t i = 0; i < READ_FILES; ++i) {
		ctx_buf_release(&w->files[i].text);
	}
	ana_selections_free(w->selections);
	ana_filetree_free(w->store);
	ctx_gitrepo_free(w->repo);
	ctx_strmap_release(&w->differ.path_of);
	CTX_VEC_RELEASE(&w->differ.paths);
	free(w);
}

/** Open what it needs. */
static int open_looker(struct ana_looker *w, struct ctx_error *err) {
	const struct ana_sim_opts *opts = w->shared->opts;
	int rc = ctx_gitrepo_open(&w->repo, opts->repo, err);
	rc = rc < 0 ? rc : ana_filetree_new(&w->store, w->repo, opts->umask_bits, err);
	if (rc == 0 && opts->deployment.max_bytes > 0) {
		ana_filetree_measure(w->store);
	}
	if (rc == 0) {
		w->selections = ana_selections_new(w->store);
		w->differ.selections = w->selections;
		w->differ.arena = w->arena;
		rc = w->selections != NULL ? 0 : ctx_fail_nomem(err);
	}
	return rc;
}

int ana_looker_new(struct ana_looker **out, struct ana_sim_shared *shared, struct ctx_arena *arena,
	struct ctx_error *err) {
	struct ana_looker *w = ctx_calloc(1, sizeof(*w));
	if (w == NULL) {
		return ctx_fail_nomem(err);
	}
	w->shared = shared;
	w->arena = arena;
	int rc = open_looker(w, err);
	if (rc < 0) {
		ana_looker_free(w);
		return rc;
	}
	*out = w;
	return 0;
}

/** Find the build before the first of a stretch that could be built: what changes are told against. */
static int find_before(struct ana_looker *w, size_t first) {
	struct ana_sim_scene found = { 0 };
	int rc = 0;
	for (size_t i = first; rc == 0 && found.variant == NULL && i-- > w->next;) {
		struct ana_look look = { 0 };
		rc = look_at(w, i, &look, &found, false);
		ana_sim_contents_leave(look.contents);
	}
	if (found.variant != NULL) {
		ana_sim_contents_leave(w->before.contents);
		w->before = found;
	}
	return rc;
}

void ana_looker_turn(struct ana_looker *w, const struct ana_sim_input *input, struct ana_look *looks) {
	ana_sim_contents_leave(w->before.contents);
	w->before = (struct ana_sim_scene){ 0 };
	w->next = 0;
	w->input = input;
	w->looks = looks;
}

int ana_looker_run(struct ana_looker *w, size_t first, size_t end, struct ctx_error *err) {
	struct ana_sim_shared *sh = w->shared;
	w->err = w->differ.err = err;
	int rc = find_before(w, first);
	bool told = w->before.variant != NULL;
	for (size_t i = first; rc == 0 && i < end; ++i) {
		rc = look_at(w, i, &w->looks[i], &w->before, !sh->opts->brief);
		if (rc == 0 && sh->opts->stop != NULL && *sh->opts->stop != 0) {
			rc = ctx_fail(err, CTX_E_INTERRUPTED, "interrupted");
		}
		if (sh->opts->progress != NULL) {
			pthread_mutex_lock(&sh->lock);
			sh->opts->progress(sh->opts->progress_arg, ++sh->done);
			pthread_mutex_unlock(&sh->lock);
		}
	}
	w->next = end;
	return rc < 0 ? rc : told;
}
