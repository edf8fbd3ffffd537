#include "ctxopt/cli/ignore_replay.h"

#include "analyzer/cache/simulate.h"
#include "ctxopt/cli/history_peek.h"

/** Fewest commits that tell something. */
#define COMMITS_MIN 3

/** Fewest seconds that leaving out what git tracks must save in all scored builds. */
#define WORTH_SECONDS 10

/** A rule's pattern and what it saves alone. */
struct saving {
	const char *pattern;
	uint64_t misses;
	double seconds;
};

/** One run. */
struct run {
	struct propose *p;
	struct ana_ignore_replay *out;
	struct ctx_gitlog log;
	struct build_setup setup;
	struct history_paths paths;
	struct ana_sim_opts opts;
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
	struct ctx_gitlog_opts log = { .branches = head, .branch_count = 1, .max = commits, .stop = p->env->stop };
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

/** Count what the scored builds cost. */
static void score(const struct ana_sim *sim, size_t scored, size_t *failed, struct ana_ignore_score *out) {
	*out = (struct ana_ignore_score){ 0 };
	*failed = 0;
	for (size_t i = sim->builds.count - scored; i < sim->builds.count; ++i) {
		const struct ana_sim_build *build = &sim->builds.items[i];
		*failed += build->verdicts == NULL;
		for (uint32_t k = 0; build->verdicts != NULL && k < build->variant->step_count; ++k) {
			enum ana_hit hit = build->verdicts[k].hit;
			out->hits += hit == ANA_HIT;
			out->misses += hit == ANA_MISS;
			out->unknown += hit == ANA_HIT_UNKNOWN;
		}
		out->seconds += build->verdicts == NULL ? 0 : build->seconds;
	}
}

/** Replay with the text. */
static int replay(struct run *r, struct ana_ignore_score *out, struct ctx_error *err) {
	ana_auto_sim struct ana_sim sim = { 0 };
	int rc = ctx_buf_ok(&r->text)
		? ana_simulate(&sim, &r->opts, r->log.commits.items, r->log.commits.count, NULL, err)
		: ctx_fail_nomem(err);
	if (rc == 0) {
		r->out->builds = sim.builds.count;
		r->out->scored = sim.builds.count / 3;
		score(&sim, r->out->scored, &r->out->failed, out);
	}
	return rc;
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
static int replay_rules(struct run *r, size_t from, size_t to, struct ana_ignore_score *out, struct ctx_error *err) {
	begin_text(r);
	for (size_t i = from; i < to; ++i) {
		ctx_buf_addf(&r->text, "%s\n", r->rules.items[i]->pattern);
	}
	return replay(r, out, err);
}

/** Are two replays the same? */
static bool is_same(const struct ana_ignore_score *a, const struct ana_ignore_score *b) {
	return a->misses == b->misses && a->unknown == b->unknown && a->hits == b->hits;
}

/**
 * Find out what each rule of a range saves alone, given what they save together, or more than that.  To leave out more can only make
 * more steps find what they want: rules that change nothing together change nothing alone, so halves are replayed, and halves of these.
 * Rules about what git tracks that are not worth it together are not worth it alone.  Where one half changes nothing, the other has
 * about all of it, and is halved at once.
 */
static int replay_each(struct run *r, size_t from, size_t to, const struct ana_ignore_score *together,
	struct ctx_error *err) {
	const struct ana_ignore_score *before = &r->out->before;
	bool drop = from >= r->tracked && before->seconds - together->seconds < WORTH_SECONDS;
	if (drop || is_same(before, together)) {
		return 0;
	}
	if (to - from == 1) {
		struct saving saving = { .pattern = r->rules.items[from]->pattern };
		saving.misses = before->misses > together->misses ? before->misses - together->misses : 0;
		saving.seconds = before->seconds > together->seconds ? before->seconds - together->seconds : 0;
		return CTX_VEC_PUSH(&r->known, saving) ? 0 : ctx_fail_nomem(err);
	}
	bool mixed = from < r->tracked && r->tracked < to, all = false;
	size_t middle = mixed ? r->tracked : from + (to - from) / 2;
	int rc = 0;
	for (unsigned half = 0; rc == 0 && half < 2; ++half) {
		size_t begin = half == 0 ? from : middle, end = half == 0 ? middle : to;
		struct ana_ignore_score part = *together;
		rc = all && end - begin > 1 ? 0 : replay_rules(r, begin, end, &part, err);
		all = rc == 0 && is_same(before, &part);
		rc = rc < 0 ? rc : replay_each(r, begin, end, &part, err);
	}
	return rc;
}

/** Tell the rules what they save. */
static void note_savings(struct run *r) {
	for (size_t i = 0; i < r->p->proposal.rules.count; ++i) {
		struct ana_ignore_rule *rule = &r->p->proposal.rules.items[i];
		for (size_t k = 0; k < r->known.count; ++k) {
			if (strcmp(r->known.items[k].pattern, rule->pattern) == 0) {
				rule->misses_saved = r->known.items[k].misses;
				rule->seconds_saved = r->known.items[k].seconds;
			}
		}
	}
}

/** Drop what git tracks and saves nothing.  A CMD_ status. */
static int prune(struct run *r) {
	struct ana_ignore_proposal *proposal = &r->p->proposal;
	struct ctx_error err;
	size_t dropped = 0;
	note_savings(r);
	bool *worth = ctx_arena_calloc(&r->p->arena, proposal->rules.count + 1, sizeof(*worth));
	for (size_t i = 0; worth != NULL && i < proposal->rules.count; ++i) {
		worth[i] = proposal->rules.items[i].seconds_saved >= WORTH_SECONDS;
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
	begin_text(r);
	rc = rc < 0 ? rc : replay(r, &r->out->before, err);
	if (rc == 0 && r->out->failed == r->out->scored) {
		r->out->none = "none of the scored commits can be built";
		return 0;
	}
	r->out->after = r->out->before;
	rc = rc < 0 ? rc : order_rules(r, err);
	if (rc == 0 && r->rules.count > 0) {
		size_t count = r->rules.count;
		rc = replay_rules(r, 0, count, &r->out->after, err);
		rc = rc < 0 ? rc : replay_each(r, 0, count, &r->out->after, err);
	}
	return rc;
}

int ignore_replay(struct ana_ignore_replay *out, struct propose *p, int engine, const unsigned *commits) {
	struct run r = { .p = p, .out = out, .opts.engine = (enum ctx_engine)engine };
	struct ctx_error err;
	out->none = commits == NULL ? "" : engine == CTX_ENGINE_PODMAN ? "the cache of podman is not simulated" : NULL;
	int rc = out->none == NULL ? find_commits(&r, *commits, &err) : 0;
	rc = rc < 0 || out->none != NULL ? rc : replay_all(&r, &err);
	size_t rules = p->proposal.rules.count;
	int status = rc < 0 ? cmd_fail(p->env, &err) : prune(&r);
	bool fewer = status == CMD_OK && out->none == NULL && p->proposal.rules.count != rules;
	out->after = fewer ? out->before : out->after;
	if (fewer && p->proposal.rules.count > 0) {
		rc = order_rules(&r, &err);
		rc = rc < 0 ? rc : replay_rules(&r, 0, r.rules.count, &out->after, &err);
		status = rc < 0 ? cmd_fail(p->env, &err) : status;
	}
	note_savings(&r);
	ctx_gitlog_release(&r.log);
	build_setup_release(&r.setup);
	ctx_buf_release(&r.text);
	CTX_VEC_RELEASE(&r.known);
	CTX_VEC_RELEASE(&r.rules);
	return status;
}
