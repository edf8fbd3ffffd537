#include "ctxopt/cli/changes.h"

#include <stdarg.h>

/** Largest context that is searched for who names what git tracks. */
#define SEARCHED_BYTES (16u << 20)
/** Commits that are replayed, and orders that are tried. */
#define COMMITS 60
#define TRIES 16

/** Bytes that take a second to send and to unpack, to weigh them against steps; for the order only. */
#define BYTES_PER_SECOND 50e6
/** What is worth a line, in seconds: 10 kB. */
#define WORTH_MIN 0.0002

/** What a change is worth. */
static double worth(const struct ana_change *change) {
	return (change->seconds > 0 ? change->seconds : 0) + (double)change->bytes / BYTES_PER_SECOND;
}

void changes_add(struct changes *changes, const struct ana_change *change) {
	size_t at = changes->count;
	if (!(worth(change) >= WORTH_MIN)) {
		return;
	}
	while (at > 0 && worth(change) > worth(&changes->items[at - 1])) {
		--at;
	}
	if (at == CHANGES_MAX) {
		return;
	}
	changes->count += changes->count < CHANGES_MAX;
	memmove(&changes->items[at + 1], &changes->items[at], (changes->count - 1 - at) * sizeof(*change));
	changes->items[at] = *change;
}

/** Words for a change.  NULL when out of memory. */
CTX_PRINTF(2, 3)
static const char *say(struct changes *changes, const char *fmt, ...) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	va_list args;
	va_start(args, fmt);
	ctx_buf_addv(&text, fmt, args);
	va_end(args);
	return ctx_buf_ok(&text) ? ctx_arena_memdup0(&changes->arena, ctx_buf_str(&text), text.len) : NULL;
}

/** Rules of the ignore file. */
static bool add_rules(struct changes *changes) {
	const struct ana_ignore_proposal *p = &changes->propose.proposal;
	const struct ana_ignore_replay *replay = &changes->replay;
	bool known = replay->none == NULL && replay->scored > replay->failed;
	for (size_t i = 0; i < p->rules.count; ++i) {
		const struct ana_ignore_rule *rule = &p->rules.items[i];
		const char *what = say(changes, "leave out %s", rule->pattern);
		double seconds = known ? rule->seconds_saved / (double)(replay->scored - replay->failed) : -1;
		if (what == NULL) {
			return false;
		}
		changes_add(changes, &(struct ana_change){ what, rule->sent_bytes, seconds, rule->proof, "ignore" });
	}
	return true;
}

/** The weakest proof of all changes. */
static enum ana_proof weakest(const struct reorder *r) {
	enum ana_proof proof = ANA_PROOF_EQUIVALENT;
	for (size_t i = 0; i < r->story.changes.count; ++i) {
		proof = r->story.changes.items[i].proof > proof ? r->story.changes.items[i].proof : proof;
	}
	for (size_t i = 0; i < r->edits.count; ++i) {
		proof = r->edits.items[i].proof > proof ? r->edits.items[i].proof : proof;
	}
	return proof;
}

/** The first of the changes of an order, and how many there are more. */
static bool add_order(struct changes *changes) {
	const struct reorder *r = &changes->reorder;
	size_t count = reorder_count(r);
	if (count == 0) {
		return true;
	}
	bool moves = r->story.changes.count > 0;
	const char *text = moves ? r->story.changes.items[0].text : r->edits.items[0].changes[0].text;
	const char *to = moves ? r->story.changes.items[0].below : r->edits.items[0].changes[0].now;
	struct ana_change change = { .command = "reorder",
		.proof = weakest(r),
		.seconds = r->scored.before.of[ANA_COST_TIME] - r->scored.after.of[ANA_COST_TIME] };
	const char *first = moves ? say(changes, "move %s below %s", text, to)
		: *to != '\0'     ? say(changes, "write %s for %s", to, text)
				  : say(changes, "leave out %s", text);
	change.what = count == 1 || first == NULL ? first : say(changes, "%s, and %zu more", first, count - 1);
	if (change.what != NULL) {
		changes_add(changes, &change);
	}
	return change.what != NULL;
}

/** Look for rules.  A CMD_ status. */
static int find_rules(struct changes *changes, struct cmd_env *env, const struct cmd_common *common,
	const struct changes_of *of) {
	static const unsigned commits = COMMITS;
	struct ctx_error err;
	// No commit has what git does not track, so that only rules about what it does can save steps of the history
	bool tracked = of->history && of->bytes <= SEARCHED_BYTES;
	changes->propose.brief = true;
	int status = propose_look(&changes->propose, env, common, of->place, of->build);
	changes->propose.evidence.tracked = tracked;
	status = status != CMD_OK ? status : propose_run(&changes->propose);
	status = status != CMD_OK
		? status
		: ignore_replay(&changes->replay, &changes->propose, of->load->engine, tracked ? &commits : NULL);
	if (ctx_snapshot_apply(of->place->snap, of->place->ignore, &err) < 0) {
		return cmd_fail(env, &err);
	}
	return status;
}

/** Look for an order.  A CMD_ status. */
static int find_order(struct changes *changes, struct cmd_env *env, const struct cmd_common *common,
	const struct changes_of *of) {
	static const struct history_args cache = { .cache = ANA_CACHE_LOCAL };
	static const char *const head[] = { "HEAD" };
	struct load_args load = *of->load;
	struct ctx_gitlog_opts log = { .branches = head,
		.branch_count = 1,
		.max = COMMITS,
		.first_parent = true,
		.stop = env->stop };
	load.context = load.context != NULL ? load.context : of->place->root;
	load.work = true;
	load.umask_bits = 022;
	int status = history_open(&changes->history, env, &load, &cache, of->build, common, "HEAD");
	status = status != CMD_OK ? status : history_list(&changes->history.log, &changes->history, env, &log);
	changes->reorder = (struct reorder){ .env = env,
		.common = common,
		.history = &changes->history,
		.place = of->place,
		.model = ANA_COST_TIME,
		.tries = TRIES };
	return status != CMD_OK ? status : reorder_run(&changes->reorder);
}

void changes_find(struct changes *changes, struct cmd_env *env, const struct cmd_common *common,
	const struct changes_of *of) {
	int status = find_rules(changes, env, common, of);
	bool order = of->history && of->load->engine == CTX_ENGINE_BUILDKIT;
	status = status != CMD_OK || !order ? status : find_order(changes, env, common, of);
	changes->known = status == CMD_OK && add_rules(changes) && add_order(changes);
}

void changes_release(struct changes *changes) {
	propose_release(&changes->propose);
	reorder_release(&changes->reorder);
	history_release(&changes->history);
	ctx_arena_release(&changes->arena);
}
