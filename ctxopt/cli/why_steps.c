#include "ctxopt/cli/why_steps.h"

/** One path that was asked about. */
struct target {
	/** NULL if it does not exist, or is not in the context. */
	const struct ctx_entry *entry;
	/** Number of the path. */
	size_t index;
	/** 1 + the last step that was found to read it. */
	uint32_t step;
};

/** The search. */
struct search {
	/** Sorted by entry, so that one is found quickly; several may be of one entry. */
	struct target *targets;
	size_t count;
	/** Entries among them that are directories: their contents count, too. */
	bool dirs;
	/** The root, if it is among them. */
	const struct ctx_entry *root;
	/** The step at hand. */
	uint32_t step;
};

/** qsort(): by address. */
static int compare_targets(const void *a_, const void *b_) {
	const struct target *a = a_, *b = b_;
	uintptr_t x = (uintptr_t)a->entry, y = (uintptr_t)b->entry;
	return x < y ? -1 : x > y ? 1 : a->index < b->index ? -1 : a->index > b->index;
}

/** Mark the targets that are this entry. */
static void mark(struct search *s, const struct ctx_entry *entry) {
	size_t low = 0, high = s->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if ((uintptr_t)s->targets[middle].entry < (uintptr_t)entry) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	for (; low < s->count && s->targets[low].entry == entry; ++low) {
		s->targets[low].step = s->step + 1;
	}
}

/** plan_select_fn. */
static int see(void *arg, struct ctx_dir *dir, struct ctx_entry *entry) {
	struct search *s = arg;
	mark(s, entry);
	for (; s->dirs && dir->parent != NULL; dir = dir->parent) {
		mark(s, &dir->parent->entries[dir->parent_index]);
	}
	if (s->root != NULL) {
		mark(s, s->root); // which holds everything, and is in no directory
	}
	return 0;
}

/** Append the step at hand to those of the targets that it reads. */
static int take(struct search *s, struct why_steps *out, uint32_t **room) {
	for (size_t i = 0; i < s->count; ++i) {
		const struct target *t = &s->targets[i];
		if (t->step == s->step + 1) {
			room[t->index][out->uses[t->index].step_count++] = s->step;
		}
	}
	return 0;
}

/** Find the entries. */
static void find_targets(struct search *s, struct ctx_snapshot *snap, const struct ctx_explanation *items, size_t count,
	struct ana_why_build *uses) {
	for (size_t i = 0; i < count; ++i) {
		const struct ctx_entry *e = ctx_snapshot_find(snap, items[i].path, items[i].path_len);
		bool kept = e != NULL && ctx_entry_kept(e);
		s->targets[i] = (struct target){ .entry = kept ? e : NULL, .index = i };
		uses[i].wanted = kept && (e->flags & CTX_ENTRY_WANTED) != 0;
		s->dirs = s->dirs || (kept && e->kind == CTX_KIND_DIR);
		if (e == &snap->root) {
			s->root = e;
			uses[i].wanted = true;
		}
	}
	qsort(s->targets, count, sizeof(*s->targets), compare_targets);
}

/** All reads of one step. */
static int search_step(struct search *s, const struct plan *plan, uint32_t index, struct ctx_error *err) {
	const struct ana_outline_step *step = &plan->outline.steps.items[index];
	s->step = index;
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < step->input_count; ++i) {
		struct ana_selection found;
		if (step->inputs[i].local == 0) {
			rc = plan_select(plan, &plan->reads.items.items[step->inputs[i].read], &found, see, s, err);
		}
	}
	return rc;
}

/** Steps that read anything. */
static size_t count_readers(const struct ana_outline *outline) {
	size_t count = 0;
	for (size_t i = 0; i < outline->steps.count; ++i) {
		count += outline->steps.items[i].input_count > 0;
	}
	return count;
}

int why_steps_find(struct why_steps *out, const struct plan *plan, struct ctx_snapshot *snap,
	const struct ctx_explanation *items, size_t count, struct ctx_error *err) {
	size_t readers = count_readers(&plan->outline);
	out->uses = ctx_calloc(count + 1, sizeof(*out->uses));
	struct search s = { .targets = ctx_arena_calloc(&out->arena, count + 1, sizeof(*s.targets)), .count = count };
	uint32_t **room = ctx_arena_calloc(&out->arena, count + 1, sizeof(*room));
	bool ok = out->uses != NULL && s.targets != NULL && room != NULL;
	for (size_t i = 0; ok && i < count; ++i) {
		room[i] = ctx_arena_calloc(&out->arena, readers + 1, sizeof(**room));
		out->uses[i].steps = room[i];
		ok = room[i] != NULL;
	}
	if (!ok) {
		return ctx_fail_nomem(err);
	}
	find_targets(&s, snap, items, count, out->uses);
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < plan->outline.steps.count; ++i) {
		if (plan->outline.steps.items[i].input_count > 0) {
			rc = search_step(&s, plan, i, err);
			rc = rc < 0 ? rc : take(&s, out, room);
		}
	}
	return rc;
}

void why_steps_release(struct why_steps *steps) {
	free(steps->uses);
	ctx_arena_release(&steps->arena);
}
