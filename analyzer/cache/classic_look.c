#include "analyzer/cache/classic_look.h"

#include "analyzer/cache/classic_sum.h"
#include "analyzer/cache/overlay.h"
#include "analyzer/cache/selector_internal.h"

#include <stdlib.h>
#include <string.h>

struct ana_classic_looker {
	const struct ana_classic_plan *plan;
	struct ana_selections *selections;
	struct ana_assumptions assumptions;
	struct ana_classic_sums *sums;
	/** By stage: what it ends with; and is that copied from, or a base of one that is? */
	struct ana_overlay *results;
	bool *needed;
	struct ana_overlay_env env;
	/** Lists of files: directories made of them live as long as the store. */
	struct ctx_arena arena;
	struct ana_dir *root;
};

int ana_classic_looker_new(struct ana_classic_looker **out, const struct ana_classic_plan *plan,
	struct ana_selections *selections, const struct ana_assumptions *assumptions, struct ctx_error *err) {
	struct ana_classic_looker *l = ctx_calloc(1, sizeof(*l));
	if (l == NULL) {
		return ctx_fail_nomem(err);
	}
	l->plan = plan;
	l->selections = selections;
	l->assumptions = *assumptions;
	l->sums = ana_classic_sums_new(ana_selections_store(selections));
	l->results = ctx_calloc(plan->stages.count + 1, sizeof(*l->results));
	l->needed = ctx_calloc(plan->stages.count + 1, sizeof(*l->needed));
	if (l->sums == NULL || l->results == NULL || l->needed == NULL) {
		ana_classic_looker_free(l);
		return ctx_fail_nomem(err);
	}
	for (size_t i = plan->steps.count; i-- > 0;) {
		uint32_t from = plan->steps.items[i].from_stage;
		l->needed[from == ANA_NONE ? plan->stages.count : from] = true;
	}
	for (size_t i = plan->stages.count; i-- > 0;) { // what a stage begins with, and copies from, stands before it
		uint32_t base = plan->stages.items[i].base;
		l->needed[base == ANA_NONE || !l->needed[i] ? plan->stages.count : base] = true;
	}
	*out = l;
	return 0;
}

void ana_classic_looker_free(struct ana_classic_looker *looker) {
	if (looker != NULL) {
		ana_classic_sums_free(looker->sums);
		free(looker->results);
		free(looker->needed);
		ctx_arena_release(&looker->arena);
		free(looker);
	}
}

/* ---- File systems ---- */

/** An image that nobody can look into. */
static int make_image(struct ana_classic_looker *l, struct ctx_str image, struct ana_overlay *fs) {
	struct ana_unknown unknown = { .path = CTX_STR("/"), .run = ANA_NONE, .under = true };
	unknown.whole = ctx_hash_bytes(image.ptr, image.len);
	unknown.id = l->assumptions.same_images ? ctx_hash_bytes("image", 5) : unknown.whole;
	unknown.origin = unknown.id;
	unknown.assumed = l->assumptions.same_images;
	int rc = ana_overlay_empty(&l->env, fs);
	return rc < 0 || image.len == 0 ? rc : ana_overlay_add_unknown(&l->env, fs, &unknown);
}

/** What COPY --from copies from, or the context. */
static int find_source(struct ana_classic_looker *l, const struct ana_classic_step *step, struct ana_overlay *fs) {
	if (step->from_stage != ANA_NONE) {
		*fs = l->results[step->from_stage];
		return 0;
	}
	if (step->from_image.len > 0) {
		return make_image(l, step->from_image, fs);
	}
	*fs = (struct ana_overlay){ .root = l->root };
	return 0;
}

/** A file of the web: nobody knows what it holds, but it is taken to stay the same. */
static int add_remote(struct ana_classic_looker *l, const struct ana_classic_step *step, uint32_t i,
	struct ana_overlay *fs) {
	const struct ana_instruction *ins = step->ins;
	struct ana_unknown unknown = { .path = step->actions[i].dest, .run = ANA_NONE, .assumed = true };
	unknown.id = unknown.whole = unknown.origin = ctx_hash_seeded(ins->node->line_text.ptr,
		ins->node->line_text.len, i);
	return ana_overlay_add_unknown(&l->env, fs, &unknown);
}

/** Carry a step out. */
static int carry_out(struct ana_classic_looker *l, uint32_t index, struct ana_overlay *fs) {
	const struct ana_classic_step *step = &l->plan->steps.items[index];
	int rc = 0;
	if (step->ins->keyword == ANA_KW_RUN && l->assumptions.run != ANA_RUN_UNCHANGED) {
		struct ana_unknown unknown = { .path = CTX_STR("/"), .run = index, .under = true };
		unknown.id = unknown.whole = unknown.origin = ctx_hash_bytes("run", 3);
		rc = ana_overlay_empty(&l->env, fs);
		return rc < 0 ? rc : ana_overlay_add_unknown(&l->env, fs, &unknown);
	}
	struct ana_overlay source = { 0 };
	rc = step->sources != NULL ? find_source(l, step, &source) : 0;
	for (uint32_t i = 0; rc == 0 && i < step->action_count; ++i) {
		bool remote = step->sources != NULL && step->sources[i].path.len == 0;
		rc = remote ? add_remote(l, step, i, fs) : ana_overlay_act(&l->env, fs, &step->actions[i], &source);
	}
	return rc;
}

/** What a stage begins with. */
static int begin(struct ana_classic_looker *l, const struct ana_classic_stage *stage, struct ana_overlay *fs) {
	if (stage->base != ANA_NONE) {
		*fs = l->results[stage->base];
		return 0;
	}
	return make_image(l, stage->image, fs);
}

/* ---- What is copied ---- */

/** The content of one step. */
struct content {
	struct ctx_buf text, gist;
	CTX_VEC(uint32_t) runs;
	bool assumed, missing, open;
	/** Things that are copied. */
	uint32_t count;
};

/** Add what is not known of a source: where it comes from, and which part of it is taken.  `known`: of something else it is. */
static int add_unknown(struct ana_classic_looker *l, const struct ana_overlay *fs, const struct ana_selector *sel,
	bool known, struct content *c) {
	bool any = false;
	struct ctx_digest ignored;
	bool *concerns = ctx_calloc(fs->unknown_count + 1, sizeof(*concerns));
	int rc = concerns == NULL ? ctx_fail_nomem(l->env.err)
				  : ana_overlay_select(&l->env, fs, sel, &ignored, concerns);
	for (uint32_t i = 0; rc >= 0 && i < fs->unknown_count; ++i) {
		const struct ana_unknown *u = &fs->unknown[i];
		if (!concerns[i]) {
			continue;
		}
		const struct ctx_digest *id = ctx_str_is(sel->path, "/") ? &u->whole : &u->id;
		const struct ctx_digest *certain = ana_unknown_certain(u, sel, known);
		any = true;
		c->open = c->open || (known && u->hides);
		if (certain != NULL) {
			ctx_buf_add(&c->gist, certain->bytes, sizeof(certain->bytes));
		}
		ctx_buf_add(&c->text, id->bytes, sizeof(id->bytes));
		ctx_buf_add(&c->text, u->path.ptr, u->path.len);
		ctx_buf_add(&c->text, "\0", 1);
		c->assumed = c->assumed || u->assumed;
		if (u->run != ANA_NONE && !CTX_VEC_PUSH(&c->runs, u->run)) {
			rc = ctx_fail_nomem(l->env.err);
		}
	}
	if (any) {
		ctx_buf_add(&c->text, sel->path.ptr, sel->path.len);
		ctx_buf_add(&c->text, "\0", 1);
	}
	free(concerns);
	return rc < 0 ? rc : 0;
}

/** Is it copied from the context? */
static bool is_context(const struct ana_classic_step *step) {
	return step->from_stage == ANA_NONE && step->from_image.len == 0;
}

/** Add one source. */
static int add_source(struct ana_classic_looker *l, const struct ana_classic_step *step, uint32_t i,
	const struct ana_overlay *fs, struct content *c) {
	const struct ana_selector *sel = &step->sources[i];
	if (sel->path.len == 0) {
		c->assumed = true;
		++c->count;
		ctx_buf_add(&c->text, step->instruction.ptr, step->instruction.len);
		ctx_buf_add(&c->gist, step->instruction.ptr, step->instruction.len);
		return 0;
	}
	size_t before = c->text.len;
	int rc = ana_classic_sum(l->sums, fs->root, sel, &c->text, &c->count, l->env.err);
	ctx_buf_add(&c->gist, ctx_buf_str(&c->text) + before, c->text.len - before);
	int failed = rc < 0 ? rc : add_unknown(l, fs, sel, rc > 0, c);
	// What a RUN made, or is in an image, cannot be known to be missing; nor does every wildcard have to match
	c->missing = c->missing || (rc == 0 && is_context(step) && !sel->wildcard);
	return failed;
}

/** The content of a step. */
static int make_content(struct ana_classic_looker *l, uint32_t index, struct ana_content *out,
	struct ctx_arena *arena) {
	const struct ana_classic_step *step = &l->plan->steps.items[index];
	struct content c = { 0 };
	struct ana_overlay fs = { 0 };
	// The same file has another sum in an image than in a context, whose client made a header of its own for it
	const char *origin = is_context(step) ? "context" : "image";
	ctx_buf_adds(&c.text, origin);
	ctx_buf_adds(&c.gist, origin);
	int rc = find_source(l, step, &fs);
	for (uint32_t i = 0; rc == 0 && i < step->action_count; ++i) {
		rc = add_source(l, step, i, &fs, &c);
	}
	struct ctx_str dest = step->action_count > 0 ? step->actions[0].dest : CTX_STR("/");
	c.missing = c.missing || (c.count > 1 && !ctx_str_ends(dest, "/")) || (c.count == 0 && is_context(step));
	uint32_t *runs = ctx_arena_calloc(arena, c.runs.count + 1, sizeof(*runs));
	if (rc == 0 && (runs == NULL || !ctx_buf_ok(&c.text) || !ctx_buf_ok(&c.gist))) {
		rc = ctx_fail_nomem(l->env.err);
	}
	if (rc == 0) {
		memcpy(runs, c.runs.count > 0 ? c.runs.items : &(uint32_t){ 0 }, c.runs.count * sizeof(*runs));
		*out = (struct ana_content){ .digest = ctx_hash_bytes(ctx_buf_str(&c.text), c.text.len),
			.gist = ctx_hash_bytes(ctx_buf_str(&c.gist), c.gist.len),
			.open = c.open,
			.runs = runs,
			.run_count = (uint32_t)c.runs.count,
			.assumed = c.assumed,
			.missing = c.missing };
	}
	ctx_buf_release(&c.text);
	ctx_buf_release(&c.gist);
	CTX_VEC_RELEASE(&c.runs);
	return rc;
}

int ana_classic_look(struct ana_classic_looker *looker, struct ana_dir *root, struct ana_content *out,
	struct ctx_arena *arena, struct ctx_error *err) {
	const struct ana_classic_plan *plan = looker->plan;
	looker->root = root;
	looker->env = (struct ana_overlay_env){ .store = ana_selections_store(looker->selections),
		.selections = looker->selections,
		.arena = &looker->arena,
		.err = err };
	int rc = 0;
	for (uint32_t s = 0; rc == 0 && s < plan->stages.count; ++s) {
		const struct ana_classic_stage *stage = &plan->stages.items[s];
		struct ana_overlay fs = { 0 };
		rc = looker->needed[s] ? begin(looker, stage, &fs) : 0;
		for (uint32_t i = stage->first; rc == 0 && i < stage->first + stage->count; ++i) {
			rc = plan->steps.items[i].sources != NULL ? make_content(looker, i, &out[i], arena) : 0;
			if (rc < 0 || out[i].missing) {
				return rc;
			}
			rc = looker->needed[s] ? carry_out(looker, i, &fs) : 0;
		}
		looker->results[s] = fs;
	}
	return rc;
}
