#include "analyzer/cache/classic.h"

#include <stdlib.h>
#include <string.h>

/** "No image": what FROM scratch begins with. */
#define NO_IMAGE UINT32_MAX

/** An image. */
struct image {
	/** The next older child of the same parent, and the newest one of its own. */
	uint32_t next, children;
	/** Its command and what is certain of what was copied; the same without what a RUN may have made differently; its command. */
	struct ctx_digest firm, loose, command;
	/** What was copied may be anything, as far as one can know. */
	bool open;
	/** Not all is known of what some child of it was made of. */
	bool vague_children;
};

/** What tells an image. */
struct image_key {
	uint32_t parent;
	struct ctx_digest key;
};

struct ana_classic_images {
	CTX_VEC(struct image) items;
	/** Number in `newest` of a parent and key; image of a base; instructions, and what they copied, that were ever seen. */
	struct ctx_strmap by_key, bases, seen;
	CTX_VEC(uint32_t) newest;
	/** The newest that was made from nothing, and as an image's. */
	uint32_t scratch;
	bool vague_scratch;
	struct ctx_arena arena;
};

struct ana_classic_images *ana_classic_images_new(void) {
	struct ana_classic_images *images = ctx_calloc(1, sizeof(*images));
	if (images != NULL) {
		images->scratch = NO_IMAGE;
	}
	return images;
}

void ana_classic_images_free(struct ana_classic_images *images) {
	if (images == NULL) {
		return;
	}
	CTX_VEC_RELEASE(&images->items);
	CTX_VEC_RELEASE(&images->newest);
	ctx_strmap_release(&images->by_key);
	ctx_strmap_release(&images->bases);
	ctx_strmap_release(&images->seen);
	ctx_arena_release(&images->arena);
	free(images);
}

bool ana_classic_images_empty(const struct ana_classic_images *images) {
	return images->items.count == 0;
}

/* ---- Images ---- */

/** One build. */
struct building {
	struct ana_classic_images *images;
	const struct ana_classic_build *build;
	struct ana_vertex_result *out;
	/** By stage: the image that it ends with, and the step that the misses of it begin with; ANA_NONE. */
	uint32_t *ends, *blames;
	/** Images that the one at hand may be, where that is not known. */
	CTX_VEC(uint32_t) perhaps;
	/** Of the stage at hand: its image, its first miss, and whether anything is looked up. */
	uint32_t image, blame;
	bool busted, doubt;
	/** The base was never built on. */
	bool new_base;
	struct ctx_error *err;
};

/** The keys of a step. */
struct step_keys {
	/** Of the command and what is copied; the others as those of an image. */
	struct ctx_digest key, firm, loose, command;
	bool open;
	/** Not all is known of what is copied. */
	bool vague;
	/** The instruction itself with what it copies. */
	struct ctx_digest own;
	/** It copies what a RUN of this build made, about which nothing is assumed. */
	bool uncertain;
	/** Step that made it. */
	uint32_t maker;
};

/** The newest image made from the one at hand by a key. */
static uint32_t look_up(const struct building *b, const struct ctx_digest *key) {
	struct image_key k;
	memset(&k, 0, sizeof(k));
	k.parent = b->image;
	k.key = *key;
	uint32_t slot = ctx_strmap_get(&b->images->by_key, &k, sizeof(k));
	return slot == CTX_STRMAP_NONE ? NO_IMAGE : b->images->newest.items[slot];
}

/** Make a child of the image at hand the newest of its kind. */
static int note_newest(struct building *b, uint32_t image, const struct ctx_digest *key) {
	struct ana_classic_images *images = b->images;
	struct image_key *k = ctx_arena_calloc(&images->arena, 1, sizeof(*k));
	if (k == NULL) {
		return ctx_fail_nomem(b->err);
	}
	k->parent = b->image;
	k->key = *key;
	uint32_t fresh = (uint32_t)images->newest.count;
	uint32_t slot = ctx_strmap_put(&images->by_key, k, sizeof(*k), fresh);
	if (slot == fresh && !CTX_VEC_PUSH(&images->newest, image)) {
		return ctx_fail_nomem(b->err);
	}
	if (slot == CTX_STRMAP_NONE) {
		return ctx_fail_nomem(b->err);
	}
	images->newest.items[slot] = image;
	return 0;
}

/** Remember a digest; was it known? */
static int note_seen(struct building *b, const struct ctx_digest *digest, bool *known) {
	struct ana_classic_images *images = b->images;
	*known = ctx_strmap_get(&images->seen, digest, sizeof(*digest)) != CTX_STRMAP_NONE;
	if (*known) {
		return 0;
	}
	const void *copy = ctx_arena_memdup0(&images->arena, digest, sizeof(*digest));
	bool ok = copy != NULL && ctx_strmap_put(&images->seen, copy, sizeof(*digest), 0) != CTX_STRMAP_NONE;
	return ok ? 0 : ctx_fail_nomem(b->err);
}

/** The newest child of an image. */
static uint32_t *children_of(struct ana_classic_images *images, uint32_t image) {
	return image == NO_IMAGE ? &images->scratch : &images->items.items[image].children;
}

/** Was some child of the image made of something of which not all is known? */
static bool *vague_children_of(struct ana_classic_images *images, uint32_t image) {
	return image == NO_IMAGE ? &images->vague_scratch : &images->items.items[image].vague_children;
}

/** Add an image as a child of the one at hand, and go on with it. */
static int add_image(struct building *b, const struct step_keys *keys) {
	struct ana_classic_images *images = b->images;
	uint32_t number = (uint32_t)images->items.count;
	struct image fresh = { .next = *children_of(images, b->image),
		.children = NO_IMAGE,
		.firm = keys->firm,
		.loose = keys->loose,
		.command = keys->command,
		.open = keys->open };
	if (!CTX_VEC_PUSH(&images->items, fresh)) {
		return ctx_fail_nomem(b->err);
	}
	*children_of(images, b->image) = number;
	*vague_children_of(images, b->image) |= keys->vague;
	int rc = note_newest(b, number, &keys->key);
	b->image = number;
	return rc;
}

/** The image of a base. */
static int find_base(struct building *b, const struct ana_classic_stage *stage) {
	struct ana_classic_images *images = b->images;
	b->new_base = false;
	b->image = NO_IMAGE;
	if (stage->base != ANA_NONE) {
		b->image = b->ends[stage->base];
		return 0;
	}
	if (stage->image.len == 0) {
		return 0;
	}
	uint32_t known = ctx_strmap_get(&images->bases, stage->image.ptr, stage->image.len);
	if (known != CTX_STRMAP_NONE) {
		b->image = known;
		return 0;
	}
	struct image base = { .next = NO_IMAGE, .children = NO_IMAGE };
	const char *copy = ctx_arena_memdup0(&images->arena, stage->image.ptr, stage->image.len);
	b->image = (uint32_t)images->items.count;
	b->new_base = true;
	bool ok = copy != NULL && CTX_VEC_PUSH(&images->items, base) &&
		ctx_strmap_put(&images->bases, copy, stage->image.len, b->image) != CTX_STRMAP_NONE;
	return ok ? 0 : ctx_fail_nomem(b->err);
}

/* ---- Steps ---- */

/** Work them out: what a RUN made is told by its image. */
static struct step_keys keys_of(const struct building *b, uint32_t index) {
	const struct ana_classic_step *step = &b->build->plan->steps.items[index];
	struct step_keys keys = { .key = step->command,
		.firm = step->command,
		.loose = step->command,
		.command = step->command,
		.own = step->own,
		.maker = ANA_NONE };
	if (step->sources == NULL) {
		return keys;
	}
	const struct ana_content *content = &b->build->contents[index];
	struct ctx_digest both[2] = { step->command, content->digest };
	keys.key = ctx_hash_bytes(both, sizeof(both));
	both[0] = step->own;
	keys.own = ctx_hash_bytes(both, sizeof(both));
	both[0] = step->command;
	both[1] = content->gist;
	keys.firm = keys.loose = ctx_hash_bytes(both, sizeof(both));
	keys.open = content->open;
	keys.vague = !ctx_digest_equal(&content->digest, &content->gist);
	for (uint32_t i = 0; i < content->run_count; ++i) {
		const struct ana_vertex_result *run = &b->out[content->runs[i]];
		keys.key = ctx_hash_seeded(keys.key.bytes, sizeof(keys.key.bytes), run->node);
		keys.own = ctx_hash_seeded(keys.own.bytes, sizeof(keys.own.bytes), run->node);
		keys.firm = ctx_hash_seeded(keys.firm.bytes, sizeof(keys.firm.bytes), run->node);
		if (run->made && b->build->run == ANA_RUN_UNKNOWN) {
			keys.uncertain = true;
			keys.maker = content->runs[i];
		}
	}
	return keys;
}

/** May a step have made an image, as far as one can know? */
static bool may_be(const struct step_keys *keys, const struct image *image) {
	bool alike = keys->uncertain ? ctx_digest_equal(&image->loose, &keys->loose)
				     : ctx_digest_equal(&image->firm, &keys->firm);
	return alike || ((image->open || keys->open) && ctx_digest_equal(&image->command, &keys->command));
}

/** Narrow down what the image may be: children of what it may have been. */
static int guess(struct building *b, const struct step_keys *keys) {
	CTX_VEC(uint32_t) next = { 0 };
	bool ok = true;
	for (size_t i = 0; ok && i < b->perhaps.count; ++i) {
		uint32_t child = *children_of(b->images, b->perhaps.items[i]);
		for (; ok && child != NO_IMAGE; child = b->images->items.items[child].next) {
			ok = !may_be(keys, &b->images->items.items[child]) || CTX_VEC_PUSH(&next, child);
		}
	}
	b->perhaps.count = 0;
	for (size_t i = 0; ok && i < next.count; ++i) {
		ok = CTX_VEC_PUSH(&b->perhaps, next.items[i]);
	}
	CTX_VEC_RELEASE(&next);
	b->doubt = b->perhaps.count > 0;
	return ok ? 0 : ctx_fail_nomem(b->err);
}

/** Look a step up: the image, or NO_IMAGE; `b->doubt` says whether it may be there after all. */
static int probe(struct building *b, const struct step_keys *keys, uint32_t *found) {
	*found = NO_IMAGE;
	if (b->build->no_cache || (b->busted && !b->doubt)) {
		return 0;
	}
	if (b->doubt) {
		return guess(b, keys);
	}
	*found = keys->uncertain ? NO_IMAGE : look_up(b, &keys->key);
	if (*found != NO_IMAGE || (!keys->vague && !*vague_children_of(b->images, b->image))) {
		return 0;
	}
	b->perhaps.count = 0;
	return CTX_VEC_PUSH(&b->perhaps, b->image) ? guess(b, keys) : ctx_fail_nomem(b->err);
}

/** Say why a step is no hit. */
static void explain(struct building *b, uint32_t index, const struct step_keys *keys, bool known, bool known_key) {
	const struct ana_classic_step *step = &b->build->plan->steps.items[index];
	struct ana_vertex_result *out = &b->out[index];
	bool first = index == b->build->plan->stages.items[step->stage].first;
	uint32_t base = b->build->plan->stages.items[step->stage].base;
	out->hit = b->doubt ? ANA_HIT_UNKNOWN : ANA_MISS;
	if (b->build->no_cache) {
		out->reason = ANA_REASON_FORCED;
	} else if (keys->uncertain && b->doubt && b->blame == ANA_NONE) {
		out->reason = ANA_REASON_STAGE;
		out->blame = b->out[keys->maker].blame;
	} else if (!known) {
		out->reason = ANA_REASON_OPERATION;
	} else if (!known_key && step->from_stage == ANA_NONE) {
		out->reason = ANA_REASON_INPUTS;
	} else if (!known_key) {
		out->reason = ANA_REASON_STAGE;
		uint32_t blame = b->blames[step->from_stage];
		out->blame = blame != ANA_NONE ? blame : index;
	} else if (b->blame != ANA_NONE) {
		out->reason = ANA_REASON_PARENT;
		out->blame = b->blame;
	} else if (first && base != ANA_NONE && b->blames[base] != ANA_NONE) {
		out->reason = ANA_REASON_PARENT;
		out->blame = b->blames[base];
	} else {
		out->reason = first && b->new_base ? ANA_REASON_SOURCE : ANA_REASON_ORDER;
	}
}

/** One step. */
static int build_step(struct building *b, uint32_t index) {
	const struct step_keys keys = keys_of(b, index);
	struct ana_vertex_result *out = &b->out[index];
	uint32_t found;
	bool known, known_key;
	int rc = probe(b, &keys, &found);
	if (rc == 0 && found != NO_IMAGE) {
		b->image = out->node = found;
		out->loaded = true;
		return 0;
	}
	rc = rc < 0 ? rc : note_seen(b, &b->build->plan->steps.items[index].own, &known);
	rc = rc < 0 ? rc : note_seen(b, &keys.own, &known_key);
	if (rc < 0) {
		return rc;
	}
	out->made = true;
	explain(b, index, &keys, known, known_key);
	b->blame = b->blame == ANA_NONE ? out->blame : b->blame;
	b->busted = true;
	rc = add_image(b, &keys);
	out->node = b->image;
	return rc;
}

/** One stage. */
static int build_stage(struct building *b, uint32_t index) {
	const struct ana_classic_stage *stage = &b->build->plan->stages.items[index];
	int rc = find_base(b, stage);
	b->busted = b->doubt = false;
	b->blame = ANA_NONE;
	for (uint32_t i = stage->first; rc == 0 && i < stage->first + stage->count && i < b->build->steps; ++i) {
		rc = build_step(b, i);
	}
	b->ends[index] = b->image;
	bool inherits = stage->base != ANA_NONE && b->blame == ANA_NONE;
	b->blames[index] = inherits ? b->blames[stage->base] : b->blame;
	return rc;
}

int ana_classic_build(struct ana_classic_images *images, const struct ana_classic_build *build,
	struct ana_vertex_result *out, struct ctx_error *err) {
	const struct ana_classic_plan *plan = build->plan;
	struct building b = { .images = images, .build = build, .out = out, .err = err };
	b.ends = ctx_calloc(plan->stages.count + 1, sizeof(*b.ends));
	b.blames = ctx_calloc(plan->stages.count + 1, sizeof(*b.blames));
	int rc = b.ends == NULL || b.blames == NULL ? ctx_fail_nomem(err) : 0;
	for (uint32_t i = 0; i < plan->steps.count; ++i) {
		out[i] = (struct ana_vertex_result){ .input = UINT32_MAX, .blame = i, .node = ANA_NODE_NONE };
	}
	for (uint32_t s = 0; rc == 0 && s < plan->stages.count; ++s) {
		bool begins = plan->stages.items[s].first <= build->steps;
		rc = begins ? build_stage(&b, s) : 0;
	}
	CTX_VEC_RELEASE(&b.perhaps);
	free(b.ends);
	free(b.blames);
	return rc;
}
