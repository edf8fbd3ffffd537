#include "ctxopt/cli/ignore_replay.h"

#include "analyzer/cache/simulate.h"
#include "ctxopt/cli/history_peek.h"

/** Fewest commits that tell something. */
#define COMMITS_MIN 3

/** Fewest seconds that leaving out what git tracks must save in all builds of the older part. */
#define WORTH_SECONDS 10

/** What the builds of the older part cost, by which is chosen, and those of the newer, by which is scored. */
struct parts {
	struct ana_ignore_score older, newer;
};

/** The builds that go through with the rules of now and with others: what they cost with either. */
struct pair {
	struct parts before, after;
	/** Builds of the newer part that do not. */
	size_t failed;
};

/** A rule's pattern and what it saves alone: in the newer builds, and in the older ones. */
struct saving {
	const char *pattern;
	uint64_t misses;
	double seconds, older_seconds;
};

/** One run. */
struct run {
	struct propose *p;
	struct ana_ignore_replay *out;
	struct ctx_gitlog log;
	struct build_setup setup;
	struct history_paths paths;
	struct ana_sim_opts opts;
	/** The history with the rules of now. */
	struct ana_sim base;
	/** Rules in the order in which they are halved: those about what git tracks last, from `tracked` on. */
	CTX_VEC(const struct ana_ignore_rule *) rules;
	size_t tracked;
	/** The ignore file of a replay. */
	struct ctx_buf text;
	CTX_VEC(struct saving) known;
};

/** Find the commits; `out->none` if there is nothing to replay. */
static int find_commits(struct run *r, unsigned commits, struct ctx_error *err) {
	struct propose *p = r->p;
	const struct place *place = p->place;
	static const char *const head[] = { "HEAD" };
	struct ctx_gitlog_opts log = { .branches = head,
		.branch_count = 1,
		.max = commits,
		.first_parent = true,
		.stop = p->env->stop };
	r->out->none = p->repo == NULL         ? "there is no git repository"
		: place->dockerfile_from_stdin ? "the Dockerfile is no file"
		: !history_paths_find(&r->paths, place, p->repo)
		? "the Dockerfile or the context is not in the repository"
		: NULL;
	if (r->out->none != NULL) {
		return 0;
	}
	int rc = ctx_gitlog_list(&r->log, p->repo, &log, err);
	if (rc < 0 && rc != CTX_E_NOMEM && rc != CTX_E_INTERRUPTED) {
		r->out->none = rc == CTX_E_MISSING ? "there is no commit yet" : "its commits cannot be read";
		return 0;
	}
	r->out->none = rc == 0 && r->log.commits.count < COMMITS_MIN ? "there are too few commits" : NULL;
	r->out->shallow = r->log.shallow;
	return rc;
}

/** Add what a build costs. */
static void add_build(struct ana_ignore_score *score, const struct ana_sim_build *build) {
	for (uint32_t k = 0; k < build->variant->step_count; ++k) {
		enum ana_hit hit = build->verdicts[k].hit;
		score->hits += hit == ANA_HIT;
		score->misses += hit == ANA_MISS;
		score->unknown += hit == ANA_HIT_UNKNOWN;
	}
	score->seconds += build->seconds;
}

/** Compare with the base.  As `reorder` does: builds that fail with either count in neither, nor does the first, which finds no cache. */
static void weigh(const struct run *r, const struct ana_sim *sim, struct pair *out) {
	size_t total = sim->builds.count, newer = total - r->out->scored;
	bool any = false;
	*out = (struct pair){ 0 };
	for (size_t i = 0; i < total; ++i) {
		const struct ana_sim_build *before = &r->base.builds.items[i], *after = &sim->builds.items[i];
		if (before->verdicts == NULL || after->verdicts == NULL) {
			out->failed += i >= newer;
		} else if (any) {
			add_build(i < newer ? &out->before.older : &out->before.newer, before);
			add_build(i < newer ? &out->after.older : &out->after.newer, after);
		}
		any = any || (before->verdicts != NULL && after->verdicts != NULL);
	}
}

/** Simulate with the text. */
static int simulate(struct run *r, struct ana_sim *sim, struct ctx_error *err) {
	return ctx_buf_ok(&r->text) ? ana_simulate(sim, &r->opts, r->log.commits.items, r->log.commits.count, NULL, err)
				    : ctx_fail_nomem(err);
}

/** Replay with the text. */
static int replay(struct run *r, struct pair *out, struct ctx_error *err) {
	ana_auto_sim struct ana_sim sim = { 0 };
	int rc = simulate(r, &sim, err);
	if (rc == 0) {
		weigh(r, &sim, out);
	}
	return rc;
}

/** Replay with the rules of now, and cut the history since the first commit that can be built with them. */
static int replay_base(struct run *r, struct pair *out, struct ctx_error *err) {
	int rc = simulate(r, &r->base, err);
	size_t first = 0, count = r->base.builds.count;
	while (rc == 0 && first < count && r->base.builds.items[first].verdicts == NULL) {
		++first;
	}
	r->out->builds = count;
	r->out->scored = (count - first) / 3;
	if (rc == 0) {
		weigh(r, &r->base, out);
	}
	return rc;
}

/** Take the numbers of the newer part. */
static void tell(struct run *r, const struct pair *pair) {
	r->out->before = pair->before.newer;
	r->out->after = pair->after.newer;
	r->out->failed = pair->failed;
}

/** The ignore file of now, without an open end. */
static void begin_text(struct run *r) {
	const struct ctx_buf *old = &r->p->place->ignore_source.text;
	ctx_buf_reset(&r->text);
	ctx_buf_add(&r->text, ctx_buf_str(old), old->len);
	ctx_buf_adds(&r->text, "\n");
}

/** Put the rules in order. */
static int order_rules(struct run *r, struct ctx_error *err) {
	const struct ana_ignore_proposal *proposal = &r->p->proposal;
	r->rules.count = 0;
	for (unsigned tracked = 0; tracked < 2; ++tracked) {
		r->tracked = r->rules.count;
		for (size_t i = 0; i < proposal->rules.count; ++i) {
			const struct ana_ignore_rule *rule = &proposal->rules.items[i];
			if (ana_ignore_is_tracked(rule) == (tracked != 0) && !CTX_VEC_PUSH(&r->rules, rule)) {
				return ctx_fail_nomem(err);
			}
		}
	}
	return 0;
}

/** Replay with rules `from` up to but not including `to`. */
static int replay_rules(struct run *r, size_t from, size_t to, struct pair *out, struct ctx_error *err) {
	begin_text(r);
	for (size_t i = from; i < to; ++i) {
		ctx_buf_addf(&r->text, "%s\n", r->rules.items[i]->pattern);
	}
	return replay(r, out, err);
}

/** Does it change nothing? */
static bool is_same(const struct ana_ignore_score *a, const struct ana_ignore_score *b) {
	return a->misses == b->misses && a->unknown == b->unknown && a->hits == b->hits;
}

/** The same of both parts. */
static bool is_idle(const struct pair *pair) {
	return is_same(&pair->before.older, &pair->after.older) && is_same(&pair->before.newer, &pair->after.newer);
}

/** How much less it is, if it is. */
static double less(double before, double after) {
	return before > after ? before - after : 0;
}

/** Note what one rule saves. */
static int note_rule(struct run *r, size_t rule, const struct pair *pair, struct ctx_error *err) {
	const struct parts *before = &pair->before, *after = &pair->after;
	struct saving saving = { .pattern = r->rules.items[rule]->pattern,
		.misses = before->newer.misses > after->newer.misses ? before->newer.misses - after->newer.misses : 0,
		.seconds = less(before->newer.seconds, after->newer.seconds),
		.older_seconds = less(before->older.seconds, after->older.seconds) };
	return CTX_VEC_PUSH(&r->known, saving) ? 0 : ctx_fail_nomem(err);
}

/**
 * Find out what each rule of a range saves alone, given what they save together, or more than that.  To leave out more can only make
 * more steps find what they want: rules that change nothing together change nothing alone, so halves are replayed, and halves of these.
 * Rules about what git tracks that are not worth it together are not worth it alone.  Where one half changes nothing, the other has
 * about all of it, and is halved at once.
 */
static int replay_each(struct run *r, size_t from, size_t to, const struct pair *together, struct ctx_error *err) {
	bool drop = from >= r->tracked &&
		together->before.older.seconds - together->after.older.seconds < WORTH_SECONDS;
	if (drop || is_idle(together)) {
		return 0;
	}
	if (to - from == 1) {
		return note_rule(r, from, together, err);
	}
	bool mixed = from < r->tracked && r->tracked < to, all = false;
	size_t middle = mixed ? r->tracked : from + (to - from) / 2;
	int rc = 0;
	for (unsigned half = 0; rc == 0 && half < 2; ++half) {
		size_t begin = half == 0 ? from : middle, end = half == 0 ? middle : to;
		struct pair part = *together;
		rc = all && end - begin > 1 ? 0 : replay_rules(r, begin, end, &part, err);
		all = rc == 0 && is_idle(&part);
		rc = rc < 0 ? rc : replay_each(r, begin, end, &part, err);
	}
	return rc;
}

/** What a rule saves; NULL if nothing is known of it. */
static const struct saving *find_saving(const struct run *r, const struct ana_ignore_rule *rule) {
	for (size_t k = 0; k < r->known.count; ++k) {
		if (strcmp(r->known.items[k].pattern, rule->pattern) == 0) {
			return &r->known.items[k];
		}
	}
	return NULL;
}

/** Tell the rules what they save. */
static void note_savings(struct run *r) {
	for (size_t i = 0; i < r->p->proposal.rules.count; ++i) {
		struct ana_ignore_rule *rule = &r->p->proposal.rules.items[i];
		const struct saving *saving = find_saving(r, rule);
		rule->misses_saved = saving == NULL ? rule->misses_saved : saving->misses;
		rule->seconds_saved = saving == NULL ? rule->seconds_saved : saving->seconds;
	}
}

/** Drop what git tracks and saves nothing: chosen on the older part, and given up if the newer one shows nothing.  A CMD_ status. */
static int prune(struct run *r) {
	struct ana_ignore_proposal *proposal = &r->p->proposal;
	struct ctx_error err;
	size_t dropped = 0;
	enum ana_ignore_worth *worth = ctx_arena_calloc(&r->p->arena, proposal->rules.count + 1, sizeof(*worth));
	for (size_t i = 0; worth != NULL && i < proposal->rules.count; ++i) {
		const struct saving *saving = find_saving(r, &proposal->rules.items[i]);
		bool chosen = saving != NULL && saving->older_seconds >= WORTH_SECONDS;
		worth[i] = !chosen ? ANA_IGNORE_IDLE : saving->seconds > 0 ? ANA_IGNORE_WORTH : ANA_IGNORE_WAS_WORTH;
	}
	int rc = worth == NULL ? ctx_fail_nomem(&err)
			       : ana_ignore_prune(proposal, &r->p->evidence, worth, &dropped, &err);
	return rc < 0 ? cmd_fail(r->p->env, &err) : dropped > 0 ? propose_settle(r->p) : CMD_OK;
}

/** Replay the ignore file of now, all rules, and if need be each. */
static int replay_all(struct run *r, struct ctx_error *err) {
	struct propose *p = r->p;
	int rc = build_setup_make(&r->setup, p->args, err);
	r->opts = (struct ana_sim_opts){ .repo = p->place->root,
		.prefix = r->paths.prefix,
		.dockerfile = r->paths.file,
		.engine = r->opts.engine,
		.variant = { .graph = r->setup.opts, .older = r->opts.engine == CTX_ENGINE_DOCKER_20_10 },
		.ignore_text = &r->text,
		.ignore_name = "the proposed ignore file",
		.umask_bits = 022,
		.brief = true,
		.jobs = cmd_jobs(p->common),
		.stop = p->env->stop };
	struct pair pair;
	begin_text(r);
	rc = rc < 0 ? rc : replay_base(r, &pair, err);
	if (rc < 0) {
		return rc;
	}
	tell(r, &pair);
	if (r->out->failed == r->out->scored) {
		r->out->none = "none of the scored commits can be built";
		return 0;
	}
	rc = order_rules(r, err);
	if (rc == 0 && r->rules.count > 0) {
		size_t count = r->rules.count;
		rc = replay_rules(r, 0, count, &pair, err);
		rc = rc < 0 ? rc : replay_each(r, 0, count, &pair, err);
		tell(r, &pair);
	}
	return rc;
}

/** Replay the rules that are left. */
static int replay_rest(struct run *r) {
	struct ctx_error err;
	struct pair pair;
	weigh(r, &r->base, &pair);
	int rc = order_rules(r, &err);
	rc = rc < 0 || r->rules.count == 0 ? rc : replay_rules(r, 0, r->rules.count, &pair, &err);
	tell(r, &pair);
	return rc < 0 ? cmd_fail(r->p->env, &err) : CMD_OK;
}

int ignore_replay(struct ana_ignore_replay *out, struct propose *p, int engine, const unsigned *commits) {
	struct run r = { .p = p, .out = out, .opts.engine = (enum ctx_engine)engine };
	struct ctx_error err;
	out->none = commits == NULL ? "" : engine == CTX_ENGINE_PODMAN ? "the cache of podman is not simulated" : NULL;
	int rc = out->none == NULL ? find_commits(&r, *commits, &err) : 0;
	rc = rc < 0 || out->none != NULL ? rc : replay_all(&r, &err);
	size_t rules = p->proposal.rules.count;
	int status = rc < 0 ? cmd_fail(p->env, &err) : prune(&r);
	if (status == CMD_OK && out->none == NULL && p->proposal.rules.count != rules) {
		status = replay_rest(&r);
	}
	note_savings(&r);
	ana_sim_release(&r.base);
	ctx_gitlog_release(&r.log);
	build_setup_release(&r.setup);
	ctx_buf_release(&r.text);
	CTX_VEC_RELEASE(&r.known);
	CTX_VEC_RELEASE(&r.rules);
	return status;
}
