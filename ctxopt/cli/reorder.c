#include "ctxopt/cli/reorder_internal.h"

#include "ctxopt/base/path.h"
#include "ctxopt/context/matcher.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

/** Orders that are tried. */
#define TRIES_MAX 120
/** What an order must save per build to be worth the reading of a change: by model, and as a share. */
static const double worth[] = { [ANA_COST_TIME] = 0.5, [ANA_COST_STEPS] = 0.05, [ANA_COST_BYTES] = 5e6 };
#define WORTH_SHARE 0.01

double reorder_worth(enum ana_cost_model model) {
	return worth[model];
}

/* ---- What the context holds ---- */

/** Path in the repository of a path in the context. */
static bool in_repo(const struct reorder *r, struct ctx_buf *out, const char *path) {
	ctx_path_join(out, ctx_buf_str(&r->history->place.prefix), path);
	return ctx_buf_ok(out);
}

/** ana_order_evidence.read. */
static int read_file(void *arg, const char *path, size_t max, struct ctx_buf *out, struct ctx_error *err) {
	struct reorder *r = arg;
	const struct ctx_gitlog *log = &r->history->log;
	ctx_auto_buf struct ctx_buf full = CTX_BUF_INIT;
	struct ctx_oid oid;
	if (!in_repo(r, &full, path)) {
		return ctx_fail_nomem(err);
	}
	const struct ctx_oid *tree = &log->commits.items[log->commits.count - 1].tree;
	int rc = ana_filetree_blob(r->store, tree, ctx_buf_str(&full), &oid, err);
	if (rc <= 0) {
		return rc < 0 ? rc : 2;
	}
	rc = ctx_gitblob_read(r->history->place.repo, &oid, max, out, err);
	return rc == CTX_E_LIMIT ? 2 : rc < 0 ? rc : 1;
}

/** Would the ignore rules leave a path out, if it were there? */
static bool is_ignored(struct reorder *r, const char *path) {
	struct ctx_matcher *m = NULL;
	const struct ctx_scope *scope = &ctx_scope_root;
	struct ctx_decision decision = { 0 };
	struct ctx_error err;
	int rc = r->place->ignore == NULL ? -1 : ctx_matcher_new(&m, r->place->ignore, &err);
	size_t len = rc < 0 ? 0 : strlen(path);
	for (size_t at = 0; rc == 0 && at < len && scope != NULL;) {
		size_t end = at + strcspn(path + at, "/");
		rc = ctx_matcher_enter(m, scope, path, at > 0 ? at - 1 : 0, &err);
		rc = rc < 0 ? rc : ctx_matcher_test(m, path + at, end - at, &decision, &err);
		scope = rc < 0 ? NULL : ctx_matcher_descend(m, &decision, &r->arena);
		at = end + 1;
	}
	ctx_matcher_free(m);
	return rc == 0 && decision.excluded && !decision.may_keep_below;
}

/** ana_order_evidence.local. */
static enum ana_order_local find_local(void *arg, const char *path) {
	struct reorder *r = arg;
	struct stat st;
	if (path[0] == '\0' || is_ignored(r, path)) {
		return ANA_ORDER_NEVER;
	}
	return fstatat(r->place->fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 ? ANA_ORDER_PRESENT : ANA_ORDER_PERHAPS;
}

struct ana_order_evidence reorder_evidence(struct reorder *r, const struct ana_variant *variant) {
	return (struct ana_order_evidence){ .variant = variant,
		.store = r->store,
		.root = r->root,
		.varying = r->history->opts.varying,
		.varying_count = r->history->opts.varying_count,
		.read = read_file,
		.local = find_local,
		.arg = r };
}

/* ---- Replay ---- */

int reorder_replay(struct reorder *r, const struct ctx_buf *text, size_t commits, struct ana_sim *out,
	struct ctx_error *err) {
	struct ana_sim_opts opts = r->history->opts;
	opts.dockerfile_text = text;
	opts.brief = true;
	return ana_simulate(out, &opts, r->history->log.commits.items, commits, NULL, err);
}

struct ana_order_part reorder_weigh(const struct ana_sim *before, const struct ana_sim *after, size_t from, size_t to) {
	struct ana_order_part part = { 0 };
	bool any = false;
	for (size_t i = 0; i < to; ++i) {
		const struct ana_sim_build *a = &before->builds.items[i], *b = &after->builds.items[i];
		if (a->error != NULL || b->error != NULL) {
			continue;
		}
		bool first = !any; // it finds an empty cache
		any = true;
		if (first || i < from) {
			continue;
		}
		++part.builds;
		for (unsigned m = 0; m < ANA_COST_MODEL_COUNT; ++m) {
			part.before.of[m] += ana_sim_build_cost(a, (enum ana_cost_model)m);
			part.after.of[m] += ana_sim_build_cost(b, (enum ana_cost_model)m);
		}
	}
	for (unsigned m = 0; part.builds > 0 && m < ANA_COST_MODEL_COUNT; ++m) {
		part.before.of[m] /= part.builds;
		part.after.of[m] /= part.builds;
	}
	return part;
}

/** Builds that fail with either file. */
static uint32_t count_failures(const struct ana_sim *before, const struct ana_sim *after) {
	uint32_t count = 0;
	for (size_t i = 0; i < before->builds.count; ++i) {
		count += before->builds.items[i].error != NULL || after->builds.items[i].error != NULL;
	}
	return count;
}

/** The first build that goes through; their number if none does. */
static size_t first_build(const struct ana_sim *all) {
	size_t i = 0;
	while (i < all->builds.count && all->builds.items[i].error != NULL) {
		++i;
	}
	return i;
}

/* ---- The search ---- */

/** The search. */
struct search {
	struct reorder *r;
	/** Commits of the older part, and what the old file costs there. */
	size_t commits;
	struct ana_sim base;
	/** Texts that were tried, by digest, with their gain. */
	CTX_VEC(struct ctx_digest) seen;
	CTX_VEC(double) gains;
	struct ctx_error *err;
};

/** Does a text build the same? */
static int check_text(const struct reorder *r, const struct ctx_buf *text, bool *same, struct ctx_error *err) {
	struct ctx_buf copy = CTX_BUF_INIT;
	struct ana_variant *now = NULL;
	ctx_buf_add(&copy, ctx_buf_str(text), text->len);
	int rc = ctx_buf_ok(&copy) ? ana_variant_new(&now, &copy, &r->history->opts.variant, err) : ctx_fail_nomem(err);
	*same = rc == 0 && ana_order_check(r->order, now);
	ana_variant_free(now);
	return rc;
}

/** Find the first commit that builds with a text with which nearly all older ones fail. */
static int find_birth(struct search *s, const struct ctx_buf *text) {
	struct reorder *r = s->r;
	struct ana_sim all = { 0 };
	size_t total = r->history->log.commits.count;
	int rc = reorder_replay(r, text, total, &all, s->err);
	size_t first = rc == 0 ? first_build(&all) : total;
	r->birth = first < total ? first : r->birth;
	ana_sim_release(&all);
	return rc;
}

/** What an order saves per build of the older part; less than 0 if it cannot be. */
static int try_order(struct search *s, const uint32_t *to, double *gain) {
	struct reorder *r = s->r;
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	struct ana_sim after = { 0 };
	bool same = false;
	*gain = -1;
	int rc = ana_order_text(r->order, to, &text, s->err);
	struct ctx_digest id = ctx_hash_bytes(ctx_buf_str(&text), text.len);
	for (size_t i = 0; rc == 0 && i < s->seen.count; ++i) {
		if (ctx_digest_equal(&s->seen.items[i], &id)) {
			*gain = s->gains.items[i];
			return 0;
		}
	}
	if (rc == 0 && s->seen.count >= (r->tries > 0 ? r->tries : TRIES_MAX)) {
		return 0;
	}
	rc = rc < 0 ? rc : check_text(r, &text, &same, s->err);
	rc = rc < 0 || !same ? rc : reorder_replay(r, &text, s->commits, &after, s->err);
	if (rc == 0 && same) {
		struct ana_order_part part = reorder_weigh(&s->base, &after, 0, s->commits);
		*gain = part.builds < REORDER_BUILDS_MIN ? -1 : part.before.of[r->model] - part.after.of[r->model];
		bool young = part.builds < REORDER_BUILDS_MIN &&
			reorder_weigh(&s->base, &s->base, 0, s->commits).builds >= REORDER_BUILDS_MIN;
		rc = young && !r->young ? find_birth(s, &text) : 0;
		r->young = r->young || young;
	}
	ana_sim_release(&after);
	rc = rc == CTX_E_UNSUPPORTED ? 0 : rc;
	if (rc == 0 && !(CTX_VEC_PUSH(&s->seen, id) && CTX_VEC_PUSH(&s->gains, *gain))) {
		rc = ctx_fail_nomem(s->err);
	}
	return rc;
}

/** Take the order that saves most, then look again from there. */
static int climb(struct search *s, double *best) {
	struct reorder *r = s->r;
	uint32_t count = ana_order_count(r->order);
	uint32_t *orders = ctx_calloc(2 * (size_t)count + 1, sizeof(*orders)), *next = orders + count;
	int rc = orders == NULL ? ctx_fail_nomem(s->err) : 0;
	for (bool better = true; rc == 0 && better;) {
		better = false;
		memcpy(next, r->to, count * sizeof(*next));
		for (uint32_t run = 0; rc == 0 && run < count; ++run) {
			double gain;
			memcpy(orders, r->to, count * sizeof(*orders));
			if (!ana_order_is_costly(r->order, run) || !ana_order_candidate(r->order, run, orders)) {
				continue;
			}
			rc = try_order(s, orders, &gain);
			if (rc == 0 && gain > *best + REORDER_SAME) {
				*best = gain;
				better = true;
				memcpy(next, orders, count * sizeof(*next));
			}
		}
		memcpy(r->to, next, rc == 0 ? count * sizeof(*next) : 0);
	}
	free(orders);
	return rc;
}

/** Does a copy right before or behind it go to the same place?  Then they stay together. */
static bool has_company(const struct reorder *r, uint32_t unit) {
	uint32_t count = ana_order_count(r->order);
	return (unit > 0 && r->to[unit - 1] == r->to[unit]) ||
		(unit + 1 < count && r->to[unit + 1] == r->to[unit] && r->to[unit] != unit + 1);
}

/** Move back what brings nothing, unless it would part copies that stand together. */
static int prune(struct search *s, double *best) {
	struct reorder *r = s->r;
	uint32_t count = ana_order_count(r->order);
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < count; ++i) {
		uint32_t before = r->to[i];
		double gain = -1;
		if (before == i || has_company(r, i)) {
			continue;
		}
		r->to[i] = i;
		rc = ana_order_is_legal(r->order, r->to) ? try_order(s, r->to, &gain) : 0;
		if (gain >= *best - REORDER_SAME && gain >= 0) {
			*best = gain > *best ? gain : *best;
		} else {
			r->to[i] = before;
		}
	}
	return rc;
}

/** Choose on the older part. */
static int choose(struct reorder *r, size_t commits, struct ctx_error *err) {
	struct search s = { .r = r, .commits = commits, .err = err };
	double best = 0;
	int rc = reorder_replay(r, &r->old, commits, &s.base, err);
	rc = rc < 0 ? rc : climb(&s, &best);
	rc = rc < 0 ? rc : prune(&s, &best);
	ana_sim_release(&s.base);
	CTX_VEC_RELEASE(&s.seen);
	CTX_VEC_RELEASE(&s.gains);
	return rc;
}

/* ---- The score ---- */

/** Put everything back. */
static void reset(struct reorder *r) {
	for (uint32_t i = 0; i < ana_order_count(r->order); ++i) {
		r->to[i] = i;
	}
}

/** Is nothing moved? */
static bool is_still(const struct reorder *r) {
	bool still = true;
	for (uint32_t i = 0; i < ana_order_count(r->order); ++i) {
		still = still && r->to[i] == i;
	}
	return still;
}

/** What each change saves: what is lost without it. */
static int weigh_changes(struct reorder *r, const struct ana_sim *with, size_t from, size_t total,
	struct ctx_error *err) {
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < r->story.changes.count; ++i) {
		uint32_t unit = r->story.changes.items[i].unit, before = r->to[unit];
		struct ana_order_cost gain = { 0 };
		struct ana_sim without = { 0 };
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		r->to[unit] = unit;
		bool legal = ana_order_is_legal(r->order, r->to);
		rc = legal ? ana_order_text(r->order, r->to, &text, err) : 0;
		rc = rc < 0 || !legal ? rc : reorder_replay(r, &text, total, &without, err);
		r->to[unit] = before;
		if (rc == 0 && legal) {
			struct ana_order_part part = reorder_weigh(&without, with, from, total);
			for (unsigned m = 0; m < ANA_COST_MODEL_COUNT; ++m) {
				gain.of[m] = part.before.of[m] - part.after.of[m];
			}
		}
		ana_sim_release(&without);
		rc = rc < 0 ? rc : CTX_VEC_PUSH(&r->gains, gain) ? 0 : ctx_fail_nomem(err);
	}
	return rc;
}

/** Is what was chosen worth it, on the newer part? */
static bool is_worth(const struct reorder *r) {
	double before = r->scored.before.of[r->model], saved = before - r->scored.after.of[r->model];
	return saved >= worth[r->model] && saved >= WORTH_SHARE * before;
}

/** Score on the newer part.  An order that does not save there, too, is no proposal. */
static int score(struct reorder *r, size_t fitted, struct ctx_error *err) {
	size_t total = r->history->log.commits.count;
	struct ana_sim after = { 0 };
	int rc = reorder_steps_text(r, &r->steps, &r->now, err);
	rc = rc < 0 ? rc : reorder_replay(r, &r->now, total, &after, err);
	if (rc == 0) {
		r->fitted = reorder_weigh(&r->before, &after, 0, fitted);
		r->scored = reorder_weigh(&r->before, &after, fitted, total);
		r->left_out = count_failures(&r->before, &after);
		bool same = ctx_str_eq((struct ctx_str){ ctx_buf_str(&r->old), r->old.len },
			(struct ctx_str){ ctx_buf_str(&r->now), r->now.len });
		if (r->scored.builds < REORDER_BUILDS_MIN) {
			r->nothing = "the history is too short: fewer than two builds of its newer third go through";
		} else if (!same && !is_worth(r)) {
			bool any = r->scored.before.of[r->model] > r->scored.after.of[r->model] + REORDER_SAME;
			r->nothing = any ? "another order would save next to nothing"
					 : "what would have saved in the older builds saves nothing in the newer ones";
		} else if (same && r->young) {
			r->nothing =
				"what would have to stay above was not there yet in the older builds, by which the choice is made";
		}
	}
	if (rc == 0 && ana_order_is_large(r->order)) {
		r->nothing = "the Dockerfile is too long to look for another order";
	}
	if (rc == 0 && r->nothing != NULL) {
		reset(r);
		reorder_steps_release(&r->steps);
		ctx_buf_reset(&r->now);
		ctx_buf_add(&r->now, ctx_buf_str(&r->old), r->old.len);
		r->fitted.after = r->fitted.before;
		r->scored.after = r->scored.before;
	}
	rc = rc < 0 ? rc : ana_order_explain(r->order, r->to, &r->story, err);
	rc = rc < 0 ? rc : reorder_steps_weigh(r, &after, fitted, err);
	rc = rc < 0 ? rc : weigh_changes(r, &after, fitted, total, err);
	ana_sim_release(&after);
	return rc < 0 ? rc : ctx_buf_ok(&r->now) ? 0 : ctx_fail_nomem(err);
}

/* ---- All of it ---- */

/** Look at the steps. */
static int look(struct reorder *r, struct ctx_error *err) {
	struct history *h = r->history;
	int rc = ana_filetree_new(&r->store, h->place.repo, h->opts.umask_bits, err);
	rc = rc < 0 ? rc
		    : ana_filetree_commit(r->store, &h->log.commits.items[h->log.commits.count - 1].tree,
			      h->opts.prefix, r->place->ignore, &r->root, err);
	struct ana_order_evidence evidence = reorder_evidence(r, r->variant);
	rc = rc < 0 ? rc : ana_order_new(&r->order, &evidence, err);
	r->to = rc < 0 ? NULL : ctx_calloc(ana_order_count(r->order) + 1, sizeof(*r->to));
	if (rc == 0 && r->to == NULL) {
		rc = ctx_fail_nomem(err);
	}
	if (rc == 0) {
		reset(r);
	}
	return rc;
}

/** Choose edits of single steps, on the file in the order that was chosen. */
static int edit_steps(struct reorder *r, size_t fitted, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	int rc = ana_order_text(r->order, r->to, &text, err);
	rc = rc < 0 ? rc : reorder_steps_look(&r->steps, r, &text, err);
	return rc < 0 ? rc : reorder_steps_choose(r, fitted, err);
}

/** Where the newer third begins of the commits from one on; those before it cannot be built. */
static size_t older_part(const struct reorder *r, size_t first) {
	size_t total = r->history->log.commits.count;
	return total - (total - first) / 3;
}

int reorder_run(struct reorder *r) {
	struct ctx_error err;
	struct ctx_buf text = CTX_BUF_INIT;
	struct history *h = r->history;
	int rc = load_dockerfile(r->place, &err);
	ctx_buf_add(&r->old, ctx_buf_str(&r->place->dockerfile_text), r->place->dockerfile_text.len);
	ctx_buf_add(&text, ctx_buf_str(&r->old), r->old.len);
	if (rc < 0 || !ctx_buf_ok(&text) || !ctx_buf_ok(&r->old)) {
		ctx_buf_release(&text);
		return cmd_fail(r->env, rc < 0 ? &err : (ctx_fail_nomem(&err), &err));
	}
	if (ana_variant_new(&r->variant, &text, &h->opts.variant, &err) < 0) {
		return cmd_fail(r->env, &err);
	}
	if (r->variant->error != NULL) {
		ctx_auto_buf struct ctx_buf name = CTX_BUF_INIT;
		ctx_escape_name(&name, ctx_buf_str(&r->place->dockerfile), r->place->dockerfile.len);
		cmd_note("%s:%s", ctx_buf_str(&name), r->variant->error);
		return CMD_INVALID;
	}
	history_tell_unused(h, 1, r->variant);
	struct progress progress;
	progress_start(&progress, r->common, "replaying");
	rc = look(r, &err);
	rc = rc < 0 ? rc : reorder_replay(r, &r->old, h->log.commits.count, &r->before, &err);
	size_t fitted = rc < 0 ? 0 : older_part(r, first_build(&r->before));
	rc = rc < 0 ? rc : choose(r, fitted, &err);
	if (rc == 0 && r->birth > 0 && is_still(r)) { // what stays above came late: choose by what came after it
		r->young = false;
		fitted = older_part(r, r->birth);
		rc = choose(r, fitted, &err);
	}
	rc = rc < 0 ? rc : edit_steps(r, fitted, &err);
	rc = rc < 0 ? rc : score(r, fitted, &err);
	progress_stop(&progress);
	return rc < 0 ? cmd_fail(r->env, &err) : CMD_OK;
}

int reorder_text(struct reorder *r, enum ana_proof most, struct ctx_buf *out, size_t *left, struct ctx_error *err) {
	uint32_t count = ana_order_count(r->order);
	uint32_t *to = ctx_calloc((size_t)count + 1, sizeof(*to));
	if (to == NULL) {
		return ctx_fail_nomem(err);
	}
	memcpy(to, r->to, count * sizeof(*to));
	*left = 0;
	for (size_t i = 0; i < r->story.changes.count; ++i) {
		const struct ana_order_change *change = &r->story.changes.items[i];
		if (change->proof > most) {
			to[change->unit] = change->unit;
			++*left;
		}
	}
	bool same = false;
	int rc = ana_order_is_legal(r->order, to) ? ana_order_text(r->order, to, out, err) : 0;
	rc = rc < 0 || out->len == 0 ? rc : check_text(r, out, &same, err);
	if (rc == 0 && !same) { // without the others, it cannot be
		*left = r->story.changes.count;
		ctx_buf_reset(out);
		ctx_buf_add(out, ctx_buf_str(&r->old), r->old.len);
	}
	free(to);
	return rc < 0 ? rc : reorder_steps_apply(r, most, out, left, err);
}

size_t reorder_count(const struct reorder *r) {
	return r->story.changes.count + r->edits.count;
}

void reorder_release(struct reorder *r) {
	ana_sim_release(&r->before);
	CTX_VEC_RELEASE(&r->gains);
	CTX_VEC_RELEASE(&r->edits);
	CTX_VEC_RELEASE(&r->edit_gains);
	reorder_steps_release(&r->steps);
	ana_order_story_release(&r->story);
	ana_order_free(r->order);
	ana_filetree_free(r->store);
	ana_variant_free(r->variant);
	free(r->to);
	ctx_buf_release(&r->old);
	ctx_buf_release(&r->now);
	ctx_arena_release(&r->arena);
}
