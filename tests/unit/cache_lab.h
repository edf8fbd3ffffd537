/**
 * Small builds against one cache: a Dockerfile and a tree as texts, the verdicts as a word.  For unit tests.
 *
 * A tree is written "a b=2 x=3! d/ e/f l>b": files of a content that has a number (1 if none is given), `!` for an executable one, `^` for
 * an unreadable mode, directories, symlinks.  Missing parents are made.
 *
 * Include after <cmocka.h>.
 */
#ifndef TESTS_UNIT_CACHE_LAB_H
#define TESTS_UNIT_CACHE_LAB_H

#include "analyzer/cache/simulate.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/** The content of a file is its number, which stands where the size does. */
static inline int lab_identify(void *arg, struct ctx_dir *dir, struct ctx_entry *e, struct ctx_digest *out,
	struct ctx_error *err) {
	(void)arg, (void)dir, (void)err;
	*out = ctx_hash_bytes(&e->size_bytes, sizeof(e->size_bytes));
	return 0;
}

/** Add one entry. */
static inline void lab_add(struct ctx_snapshot *snap, char *word) {
	struct ctx_entry e = { .kind = CTX_KIND_FILE,
		.mode = S_IFREG | 0644,
		.size_bytes = 1,
		.flags = CTX_ENTRY_KEPT };
	char *mark = strpbrk(word, ">=!^");
	size_t len = mark != NULL ? (size_t)(mark - word) : strlen(word);
	if (mark != NULL && *mark == '>') {
		e.kind = CTX_KIND_SYMLINK;
		e.mode = S_IFLNK | 0777;
		e.target = mark + 1;
	} else if (mark != NULL) {
		e.size_bytes = *mark == '=' ? strtoul(mark + 1, NULL, 10) : 1;
		e.mode = strchr(mark, '!') != NULL  ? S_IFREG | 0755
			: strchr(mark, '^') != NULL ? S_IFREG | 0600
						    : e.mode;
	} else if (word[len - 1] == '/') {
		e.kind = CTX_KIND_DIR;
		e.mode = S_IFDIR | 0755;
		e.size_bytes = 0;
		--len;
	}
	assert_int_equal(ctx_snapshot_add(snap, word, len, &e, 0, NULL), 0);
}

/** A sealed snapshot of a tree. */
static inline struct ctx_snapshot *lab_snapshot(const char *text) {
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	char *copy = strdup(text), *save = NULL;
	assert_non_null(snap);
	assert_non_null(copy);
	for (char *word = strtok_r(copy, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
		lab_add(snap, word);
	}
	free(copy);
	assert_int_equal(ctx_snapshot_seal(snap, NULL), 0);
	return snap;
}

/** A tree of a store. */
static inline struct ana_dir *lab_tree(struct ana_filetree *store, const char *text) {
	struct ctx_snapshot *snap = lab_snapshot(text);
	struct ana_dir *dir = NULL;
	assert_int_equal(ana_filetree_snapshot(store, snap, lab_identify, NULL, &dir, NULL), 0);
	ctx_snapshot_free(snap);
	return dir;
}

/** How to build. */
struct lab_how {
	/** One --build-arg NAME=VALUE, one --no-cache-filter, --target; NULL for none. */
	const char *build_arg, *no_cache_stage, *target;
	/** Name of a --build-context that is a directory; NULL. */
	const char *context;
	bool no_cache;
	/** As Docker 20.10; for the classic builder. */
	bool older, classic;
	enum ana_run_assumption run;
};

/** The options of a variant.  `room` holds what they point to. */
struct lab_room {
	struct ana_var arg;
	struct ctx_str stage;
	struct ana_named_context context;
};
static inline struct ana_variant_opts lab_opts(const struct lab_how *how, struct lab_room *room) {
	struct ana_variant_opts opts = { .keys.no_cache = how->no_cache, .older = how->older, .classic = how->classic };
	opts.graph.build_platform = (struct ana_platform){ .os = CTX_STR("linux"), .arch = CTX_STR("amd64") };
	if (how->target != NULL) {
		opts.graph.target = CTX_STR(how->target);
	}
	if (how->context != NULL) {
		room->context = (struct ana_named_context){ .name = CTX_STR(how->context),
			.value = CTX_STR("elsewhere"),
			.kind = ANA_CONTEXT_LOCAL };
		opts.graph.contexts = &room->context;
		opts.graph.context_count = 1;
	}
	if (how->build_arg != NULL) {
		const char *equals = strchr(how->build_arg, '=');
		assert_non_null(equals);
		room->arg.name = (struct ctx_str){ how->build_arg, (size_t)(equals - how->build_arg) };
		room->arg.value = CTX_STR(equals + 1);
		opts.graph.build_args = (struct ana_build_args){ &room->arg, 1 };
	}
	if (how->no_cache_stage != NULL) {
		room->stage = CTX_STR(how->no_cache_stage);
		opts.keys.no_cache_stages = &room->stage;
		opts.keys.no_cache_stage_count = 1;
	}
	return opts;
}

/** A variant of a Dockerfile that is valid. */
static inline struct ana_variant *lab_variant(const char *dockerfile, const struct lab_how *how) {
	struct ctx_buf text = CTX_BUF_INIT;
	struct lab_room room = { 0 };
	struct ana_variant_opts opts = lab_opts(how, &room);
	struct ana_variant *v = NULL;
	struct ctx_error err = { 0 };
	ctx_buf_adds(&text, dockerfile);
	if (ana_variant_new(&v, &text, &opts, &err) < 0 || v->error != NULL) {
		fail_msg("%s: %s", dockerfile, v != NULL ? v->error : err.msg);
	}
	return v;
}

/** What builds have in common.  Zero-initialise, lab_open(). */
struct lab {
	struct ana_filetree *store;
	struct ana_selections *selections;
	struct ana_keystore cache;
	struct ana_caches *caches;
	CTX_VEC(struct ana_variant *) variants;
	/** Of the last build: verdicts, then reasons. */
	char verdicts[64], reasons[256];
	int64_t time;
	uint32_t branch;
	/** Size of each result; 0 if sizes do not count. */
	uint64_t bytes;
};

/** Open a lab, with the caches of a deployment or, if that is NULL, one that keeps everything. */
static inline void lab_open(struct lab *lab, const struct ana_deployment *deployment) {
	assert_int_equal(ana_filetree_new(&lab->store, NULL, 022, NULL), 0);
	lab->selections = ana_selections_new(lab->store);
	assert_non_null(lab->selections);
	assert_true(deployment == NULL || ana_caches_new(&lab->caches, deployment, NULL) == 0);
}

/** Close it. */
static inline void lab_close(struct lab *lab) {
	for (size_t i = 0; i < lab->variants.count; ++i) {
		ana_variant_free(lab->variants.items[i]);
	}
	CTX_VEC_RELEASE(&lab->variants);
	ana_selections_free(lab->selections);
	ana_filetree_free(lab->store);
	ana_keystore_release(&lab->cache);
	ana_caches_free(lab->caches);
}

/** Note verdicts: H, M, ? for each step; and the reasons of those that are no hits. */
static inline void lab_note(struct lab *lab, const struct ana_variant *v, const struct ana_vertex_result *results) {
	static const char *const reasons[] = { "-", "forced", "operation", "order", "source", "inputs", "stage",
		"parent", "absent" };
	char *at = lab->verdicts;
	size_t used = 0;
	for (uint32_t i = 0; i < v->step_count; ++i) {
		const struct ana_vertex_result *r = &results[v->steps[i].vertex];
		*at++ = "HM?"[r->hit];
		int n = snprintf(lab->reasons + used, sizeof(lab->reasons) - used, "%s%s", i > 0 ? " " : "",
			r->hit == ANA_HIT ? "-" : reasons[r->reason]);
		used += (size_t)n;
	}
	*at = '\0';
}

/** Build; the verdicts. */
static inline const char *lab_build(struct lab *lab, const char *dockerfile, const char *tree,
	const struct lab_how *how) {
	static const struct lab_how usual;
	how = how != NULL ? how : &usual;
	struct ana_variant *v = lab_variant(dockerfile, how);
	assert_true(CTX_VEC_PUSH(&lab->variants, v));
	assert_true(v->step_count < sizeof(lab->verdicts));
	struct ana_content_maker *maker = NULL;
	struct ctx_arena arena = { 0 };
	struct ana_dir **roots = ctx_calloc(v->graph.locals.count + 1, sizeof(struct ana_dir *));
	struct ana_content *contents = ctx_calloc(v->keys.input_total + 1, sizeof(*contents));
	struct ana_vertex_result *results = ctx_calloc(v->keys.count + 1, sizeof(*results));
	assert_true(roots != NULL && contents != NULL && results != NULL);
	roots[0] = lab_tree(lab->store, tree);
	assert_int_equal(ana_content_maker_new(&maker, &v->graph, &v->keys, lab->selections,
				 &(struct ana_assumptions){ .run = how->run }, NULL),
		0);
	assert_int_equal(ana_contents_make(maker, lab->store, roots, contents, &arena, NULL), 0);
	struct ana_keystore *cache = &lab->cache;
	if (lab->caches != NULL) {
		assert_int_equal(ana_caches_start(lab->caches, lab->branch, lab->time, &cache, NULL), 0);
	}
	struct ana_solve_opts opts = { &v->graph, &v->keys, contents, how->run, lab->time };
	assert_int_equal(ana_solve(cache, &opts, results, NULL), 0);
	lab_note(lab, v, results);
	uint64_t *bytes = ctx_calloc(v->keys.count + 1, sizeof(*bytes));
	assert_non_null(bytes);
	for (uint32_t i = 0; i < v->keys.count; ++i) {
		bytes[i] = lab->bytes;
	}
	if (lab->caches != NULL) {
		assert_int_equal(ana_caches_finish(lab->caches, lab->branch, &v->graph, results,
					 lab->bytes > 0 ? bytes : NULL, NULL),
			0);
	}
	free(bytes);
	++lab->time;
	ana_content_maker_free(maker);
	ctx_arena_release(&arena);
	free(roots);
	free(contents);
	free(results);
	return lab->verdicts;
}

#endif
