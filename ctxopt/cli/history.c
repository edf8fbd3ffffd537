#include "ctxopt/cli/history.h"

#include "analyzer/dockerfile/pragma.h"
#include "ctxopt/base/file.h"

#include <fcntl.h>
#include <stdatomic.h>

/** Largest file of costs. */
#define COSTS_MAX (4u << 20)
/** What GitHub keeps of a repository's caches. */
#define GHA_BYTES 10000000000

static const char *const cache_names[] = { "local", "registry-max", "registry-min", "inline", "gha", "none", "classic",
	NULL };
static const char *const scope_names[] = { "shared", "branch", "base", NULL };
static const char *const run_names[] = { "unknown", "changed", "unchanged" };
static const char *const image_names[] = { "changed", "unchanged" };

/** Find a word in a table; -1. */
static int find_word(const char *const *words, size_t count, const char *word) {
	for (size_t i = 0; i < count; ++i) {
		if (strcmp(words[i], word) == 0) {
			return (int)i;
		}
	}
	return -1;
}

/** Name of the argument that is assumed to vary: "arg:NAME=changed"; absent if the text is no such thing. */
static struct ctx_str varying_arg(const char *text) {
	const char *end = strchr(text, '=');
	bool arg = strncmp(text, "arg:", 4) == 0 && end != NULL && end > text + 4 && strcmp(end, "=changed") == 0;
	return arg ? (struct ctx_str){ text + 4, (size_t)(end - text - 4) } : CTX_STR_NONE;
}

/** Take an assumption over; false if it is none. */
static bool take_assumption(struct ana_assumptions *to, const char *text) {
	int how = varying_arg(text).ptr != NULL ? 0 : -1;
	if (strncmp(text, "run=", 4) == 0) {
		how = find_word(run_names, CTX_COUNTOF(run_names), text + 4);
		to->run = how >= 0 ? (enum ana_run_assumption)how : to->run;
	} else if (strncmp(text, "image=", 6) == 0) {
		how = find_word(image_names, CTX_COUNTOF(image_names), text + 6);
		to->same_images = how == 1;
	}
	return how >= 0;
}

/** Check of --assume. */
static int check_assumption(const char *text, struct ctx_error *err) {
	struct ana_assumptions ignored = { 0 };
	return take_assumption(&ignored, text)
		? 0
		: ctx_fail(err, CTX_E_USAGE,
			  "'%s' is none of run=unknown, run=changed, run=unchanged, image=changed, image=unchanged, arg:NAME=changed",
			  text);
}

// clang-format off
const struct opt history_cache_opts[] = {
	{ .kind = OPT_GROUP, .help = "Which cache, and what is assumed" },
	{ .kind = OPT_CHOICE, .name = "cache", .arg = "DEPLOYMENT", .choices = cache_names, .preset = "local",
	  .at = offsetof(struct history_args, cache),
	  .help = "one long-lived builder, a new one for each build that imports the last export, or the builder before BuildKit" },
	{ .kind = OPT_END },
};

const struct opt history_opts[] = {
	{ .kind = OPT_CHOICE, .name = "cache-scope", .arg = "SCOPE", .choices = scope_names, .preset = "shared",
	  .at = offsetof(struct history_args, scope),
	  .help = "who writes the exported cache: all branches one, each its own, or its own and reads that of the first branch" },
	{ .kind = OPT_SIZE, .name = "cache-size", .arg = "SIZE",
	  .at = offsetof(struct history_args, size),
	  .help = "how much the cache holds, such as 20GB: above it a local builder drops what was used long ago and seldom, gha what was "
		  "not used for longest; what RUN steps write is estimated unless --costs has it; 0 for any (default: 10GB for gha)" },
	{ .kind = OPT_UINT, .name = "cache-ttl", .arg = "HOURS", .max = 1000000,
	  .at = offsetof(struct history_args, ttl_hours),
	  .help = "drop results that were not used for so long, by the time of the commits; 0 for never" },
	{ .kind = OPT_LIST, .name = "assume", .arg = "WHAT=HOW", .check = check_assumption,
	  .at = offsetof(struct history_args, assume),
	  .help = "what steps that copy from elsewhere find there: run=unknown, run=changed or run=unchanged for what a RUN leaves that is "
		  "made again (default: unknown); image=changed or image=unchanged for what an image of another name holds (default: changed); "
		  "arg:NAME=changed for a build argument that has another value in each build, such as a commit" },
	{ .kind = OPT_FILE, .name = "costs", .arg = "FILE",
	  .at = offsetof(struct history_args, costs),
	  .help = "what was measured: one step a line, SECONDS[,SIZE] STAGE INSTRUCTION; SIZE as in 1.5GiB" },
	{ .kind = OPT_FLAG, .name = "no-cache",
	  .at = offsetof(struct history_args, no_cache),
	  .help = "build as docker build --no-cache does" },
	{ .kind = OPT_LIST, .name = "no-cache-filter", .arg = "STAGE",
	  .at = offsetof(struct history_args, no_cache_filter),
	  .help = "build this stage without asking the cache" },
	{ .kind = OPT_END },
};

const struct opt history_follow_opts[] = {
	{ .kind = OPT_FLAG, .name = "no-follow",
	  .at = offsetof(struct history_args, no_follow),
	  .help = "do not follow a Dockerfile that was moved: where it is missing, there is none" },
	{ .kind = OPT_END },
};
// clang-format on

bool history_has_size(int cache) {
	return cache == ANA_CACHE_LOCAL || cache == ANA_CACHE_GHA;
}

int history_cache_kind(const char *name) {
	return find_word(cache_names, CTX_COUNTOF(cache_names) - 1, name);
}

const char *history_tip(const char *revision) {
	const char *dots = ctx_gitlog_dots(revision);
	bool head = dots != NULL && (dots[2] == '\0' || dots[2] == '.'); // three dots: who lists it will refuse
	return dots == NULL ? revision : head ? "HEAD" : dots + 2;
}

/** Read the file of costs. */
static int read_costs(struct history *h, const char *path, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	int rc = ctx_read_at(&text, AT_FDCWD, path, COSTS_MAX, err);
	if (rc < 0) {
		return rc;
	}
	rc = ana_costs_parse(&h->costs, ctx_buf_str(&text), text.len, err);
	if (rc == CTX_E_SYNTAX && err != NULL) {
		err->code = CTX_E_USAGE;
	}
	return rc < 0 ? ctx_wrap(err, rc, "'%s'", path) : 0;
}

/** Read the ignore file that stands for those of all commits. */
static int read_ignore_file(struct history *h, const char *path, enum ctx_engine engine, struct ctx_error *err) {
	struct ctx_ignore *ig = NULL;
	enum ctx_ignore_syntax syntax = engine == CTX_ENGINE_DOCKER_20_10 ? CTX_IGNORE_DOCKER_20_10 : CTX_IGNORE_DOCKER;
	int rc = ctx_read_at(&h->ignore, AT_FDCWD, path, CTX_IGNORE_FILE_MAX, err);
	if (rc < 0) {
		return rc;
	}
	struct ctx_error why;
	rc = ctx_ignore_parse(&ig, syntax, ctx_buf_str(&h->ignore), h->ignore.len, &why);
	ctx_ignore_free(ig);
	if (rc < 0) {
		const char *colon = strncmp(why.msg, "line ", 5) == 0 ? strchr(why.msg, ':') : NULL;
		return colon == NULL ? ctx_fail(err, rc, "%s: %s", path, why.msg)
				     : ctx_fail(err, CTX_E_IO, "%s:%u%s", path, why.line, colon);
	}
	h->opts.ignore_text = &h->ignore;
	h->opts.ignore_name = path;
	return 0;
}

/** Read the Dockerfile that stands for those of all commits.  What is wrong in it every build will say. */
static int read_instead(struct history *h, const char *path, struct ctx_error *err) {
	h->opts.dockerfile_text = &h->instead;
	return ctx_read_at(&h->instead, AT_FDCWD, path, DOCKERFILE_MAX, err);
}

/** Refuse what the classic builder does not have. */
static int check_classic(const struct history_args *args, const struct build_args *build, struct ctx_error *err) {
	const char *name = args->ttl_hours > 0           ? "--cache-ttl"
		: args->no_cache_filter.values.count > 0 ? "--no-cache-filter"
		: build->contexts.values.count > 0       ? "--build-context"
							 : NULL;
	return args->cache != ANA_CACHE_CLASSIC || name == NULL
		? 0
		: ctx_fail(err, CTX_E_USAGE, "--cache classic: the classic builder has no %s", name);
}

/** Does one of some instructions declare an argument? */
static bool any_declares(const struct ana_instruction *items, size_t count, struct ctx_str name) {
	for (size_t i = 0; i < count; ++i) {
		for (uint32_t k = 0; items[i].keyword == ANA_KW_ARG && k < items[i].args.count; ++k) {
			if (ctx_str_eq(items[i].args.items[k].name, name)) {
				return true;
			}
		}
	}
	return false;
}

/** Does a Dockerfile? */
static bool declares(const struct ana_variant *variant, struct ctx_str name) {
	const struct ana_dockerfile *model = &variant->model;
	bool found = any_declares(model->globals.items, model->globals.count, name);
	for (size_t i = 0; !found && i < model->stages.count; ++i) {
		const struct ana_stage *stage = &model->stages.items[i];
		found = any_declares(stage->instructions, stage->instruction_count, name);
	}
	return found;
}

/** Does it mean something to the builder, declared or not? */
static bool is_predefined(struct ctx_str name) {
	return ctx_str_starts(name, "BUILDKIT_") || ctx_str_is(name, "SOURCE_DATE_EPOCH") ||
		ctx_str_ends(name, "_proxy") || ctx_str_ends(name, "_PROXY");
}

void history_tell_unused(const struct history *sides, size_t count, const struct ana_variant *variant) {
	for (size_t n = 0; n < sides->varying.count; ++n) {
		struct ctx_str name = sides->varying.items[n];
		bool used = is_predefined(name) || (variant != NULL && declares(variant, name)), any = variant != NULL;
		const struct ana_variant *last = NULL; // most builds have that of the one before
		for (size_t side = 0; !used && side < count; ++side) {
			const struct ana_sim *sim = &sides[side].sim;
			for (size_t i = 0; !used && i < sim->builds.count; ++i) {
				const struct ana_variant *now = sim->builds.items[i].variant;
				used = now != NULL && now != last && declares(now, name);
				any = any || now != NULL;
				last = now;
			}
		}
		ctx_auto_buf struct ctx_buf shown = CTX_BUF_INIT;
		ctx_escape_name(&shown, name.ptr, name.len);
		if (any && !used) {
			cmd_note("--assume arg:%s=changed changes nothing: no Dockerfile here has an ARG of that name",
				ctx_buf_str(&shown));
		}
	}
}

/** Turn options into those of the simulation. */
static int take_options(struct history *h, const struct load_args *load, const struct history_args *args,
	const struct build_args *build, const struct cmd_common *common, struct ctx_error *err) {
	if (load->engine == CTX_ENGINE_PODMAN) {
		return ctx_fail(err, CTX_E_USAGE,
			"--engine %s: only the caches of buildkit and docker-20.10 are simulated",
			load_engine_name(load->engine));
	}
	if (args->size.set && !history_has_size(args->cache)) {
		return ctx_fail(err, CTX_E_USAGE, "--cache-size: '%s' drops nothing by size, local and gha do",
			cache_names[args->cache]);
	}
	int rc = check_classic(args, build, err);
	rc = rc < 0 ? rc : build_setup_make(&h->setup, build, err);
	rc = rc < 0 || args->costs == NULL ? rc : read_costs(h, args->costs, err);
	rc = rc < 0 || args->ignore_file == NULL
		? rc
		: read_ignore_file(h, args->ignore_file, (enum ctx_engine)load->engine, err);
	rc = rc < 0 || args->instead == NULL ? rc : read_instead(h, args->instead, err);
	h->opts.no_follow = args->no_follow;
	for (size_t i = 0; rc == 0 && i < args->no_cache_filter.values.count; ++i) {
		struct ctx_str name = CTX_STR(args->no_cache_filter.values.items[i]);
		rc = CTX_VEC_PUSH(&h->no_cache, name) ? 0 : ctx_fail_nomem(err);
	}
	h->opts.variant = (struct ana_variant_opts){
		.graph = h->setup.opts,
		.keys.no_cache = args->no_cache,
		.keys.no_cache_stages = h->no_cache.items,
		.keys.no_cache_stage_count = h->no_cache.count,
		.costs = h->costs,
		.older = load->engine == CTX_ENGINE_DOCKER_20_10,
		.classic = args->cache == ANA_CACHE_CLASSIC,
	};
	h->opts.engine = (enum ctx_engine)load->engine;
	h->opts.deployment = (struct ana_deployment){ .kind = (enum ana_cache_kind)args->cache,
		.scope = (enum ana_cache_scope)args->scope,
		.ttl_seconds = (int64_t)args->ttl_hours * 3600,
		.max_bytes = args->size.set ? (uint64_t)args->size.bytes : 0 };
	if (args->cache == ANA_CACHE_GHA) {
		h->opts.deployment.scope = ANA_SCOPE_BASE;
		h->opts.deployment.max_bytes = args->size.set ? h->opts.deployment.max_bytes : GHA_BYTES;
		h->opts.deployment.ttl_seconds = args->ttl_hours > 0 ? (int64_t)args->ttl_hours * 3600 : 7 * 24 * 3600;
	}
	for (size_t i = 0; i < args->assume.values.count; ++i) {
		struct ctx_str name = varying_arg(args->assume.values.items[i]);
		take_assumption(&h->opts.assumptions, args->assume.values.items[i]);
		if (rc == 0 && name.ptr != NULL && !CTX_VEC_PUSH(&h->varying, name)) {
			rc = ctx_fail_nomem(err);
		}
	}
	h->opts.varying = h->varying.items;
	h->opts.varying_count = h->varying.count;
	h->opts.umask_bits = load->umask_bits;
	h->opts.jobs = cmd_jobs(common);
	h->report.cache = cache_names[args->cache];
	h->report.run_assumption = run_names[h->opts.assumptions.run];
	h->report.image_assumption = image_names[h->opts.assumptions.same_images];
	h->report.varying = h->varying.items;
	h->report.varying_count = h->varying.count;
	h->report.umask_bits = load->umask_bits;
	h->report.cache_bytes = h->opts.deployment.max_bytes;
	return rc;
}

/** Is there a commit at all?  CMD_OK; CMD_NOTHING, said so; CMD_ERROR.  The repository stays open. */
static int check_born(struct cmd_env *env, struct place *place, const struct load_args *load) {
	struct ctx_error err;
	struct ctx_commit *head = NULL;
	int rc = ctx_gitrepo_open(&place->repo, load->context == NULL ? "." : load->context, &err);
	if (rc == 0 && ctx_commit_open(&head, place->repo, "HEAD", &err) == CTX_E_MISSING) {
		cmd_note("there is no commit yet");
		return CMD_NOTHING;
	}
	ctx_commit_free(head);
	return rc < 0 ? cmd_fail(env, &err) : CMD_OK;
}

/** Tell what is wrong with the pragmas of a Dockerfile. */
static void note_pragmas(const char *dockerfile, struct ctx_str text) {
	ana_auto_dockerfile struct ana_dockerfile df = { 0 };
	ana_auto_pragmas struct ana_pragmas pragmas = { 0 };
	if (ana_dockerfile_parse(&df, text, NULL) == 0 && df.diags.items.count == 0 &&
		ana_pragmas_read(&pragmas, &df.syntax, CTX_STR_NONE, NULL) == 0) {
		for (size_t i = 0; i < pragmas.problems.items.count; ++i) {
			const struct ana_diag *d = &pragmas.problems.items.items[i];
			cmd_note("%s:%u:%u: %s", dockerfile, d->line, d->column, d->message);
		}
	}
}

/** What pragmas of the newest Dockerfile say about steps holds for all builds. */
static int take_pragmas(struct history *h, struct cmd_env *env) {
	struct ctx_error err;
	int rc = load_dockerfile(&h->place, &err);
	struct ctx_str text = { ctx_buf_str(&h->place.dockerfile_text), h->place.dockerfile_text.len };
	if (rc > 0 && memmem(text.ptr, text.len, "ctxopt", strlen("ctxopt")) != NULL) {
		note_pragmas(h->opts.dockerfile, text);
		rc = ana_variant_costs(&h->costs, text, &h->opts.variant, &err);
	}
	h->opts.variant.costs = h->costs;
	return rc == CTX_E_NOMEM ? cmd_fail(env, &err) : CMD_OK; // what cannot be read is told by who builds it
}

int history_open(struct history *h, struct cmd_env *env, const struct load_args *load, const struct history_args *args,
	const struct build_args *build, const struct cmd_common *common, const char *revision) {
	struct ctx_error err;
	struct load_args at = *load;
	at.commit = revision;
	at.implied = true;
	at.common_ignore = args->cache == ANA_CACHE_CLASSIC;
	if (take_options(h, load, args, build, common, &err) < 0) {
		return cmd_fail(env, &err);
	}
	int status = strcmp(revision, "HEAD") == 0 ? check_born(env, &h->place, load) : CMD_OK;
	status = status != CMD_OK ? status : load_place(env, &h->place, &at, NULL);
	if (status != CMD_OK) {
		return status;
	}
	const char *dockerfile = ctx_buf_str(&h->place.dockerfile);
	if (h->place.dockerfile_from_stdin || dockerfile[0] == '/') {
		ctx_fail(&err, CTX_E_USAGE, "the Dockerfile must be a file of the repository");
		return cmd_fail(env, &err);
	}
	h->opts.repo = h->place.root;
	h->opts.prefix = ctx_buf_str(&h->place.prefix);
	h->opts.dockerfile = dockerfile;
	h->opts.stop = env->stop;
	return take_pragmas(h, env);
}

/** What a listing comes to. */
static int listed(const struct ctx_gitlog *log, struct cmd_env *env, const struct ctx_gitlog_opts *opts, int rc,
	const struct ctx_error *err) {
	if (rc < 0) {
		return cmd_fail(env, err);
	}
	if (log->commits.count == 0) {
		cmd_note("there are no commits in '%s'", opts->branches[0]);
		return CMD_NOTHING;
	}
	return CMD_OK;
}

int history_list(struct ctx_gitlog *log, struct history *h, struct cmd_env *env, const struct ctx_gitlog_opts *opts) {
	struct ctx_error err;
	return listed(log, env, opts, ctx_gitlog_list(log, h->place.repo, opts, &err), &err);
}

int history_begin(struct history *h, struct cmd_env *env, const struct ctx_gitlog_opts *opts) {
	struct ctx_error err;
	int rc = ana_sim_list(&h->log, &h->opts.ahead, h->place.repo, opts, &h->opts, &err);
	return listed(&h->log, env, opts, rc, &err);
}

/** Counts commits for the progress line. */
static void count(void *arg, size_t done) {
	struct progress *progress = arg;
	atomic_store_explicit(&progress->counters.entries, done, memory_order_relaxed); // only shown
}

int history_run(struct history *h, struct cmd_env *env, const struct cmd_common *common,
	const struct ana_sim_work *work) {
	struct ctx_error err;
	struct progress progress;
	progress_start(&progress, common, "simulating");
	h->opts.progress = count;
	h->opts.progress_arg = &progress;
	struct ana_sim_opts opts = h->opts;
	opts.rests = h->place.repo;
	int rc = ana_simulate(&h->sim, &opts, h->log.commits.items, h->log.commits.count, work, &err);
	progress_stop(&progress);
	return rc < 0 ? cmd_fail(env, &err) : CMD_OK;
}

int history_check(const struct ana_sim *sim) {
	for (size_t i = 0; i < sim->builds.count; ++i) {
		if (sim->builds.items[i].damaged) {
			cmd_note("%s", sim->builds.items[i].error);
			cmd_note(
				"%u of %zu builds could not be looked into; what they would have left in the cache is missing to later ones",
				sim->damaged, sim->builds.count);
			return CMD_ERROR;
		}
	}
	return CMD_OK;
}

void history_report(struct history *h, struct cmd_env *env, const struct cmd_common *common) {
	present_head(&h->report.head, env, common, &h->place, &h->present);
	h->report.sim = &h->sim;
	h->report.commits = h->log.commits.items;
	h->report.commit_count = h->log.commits.count;
	h->report.dockerfile = h->opts.dockerfile;
	h->report.shallow = h->log.shallow;
	h->report.jobs = h->opts.jobs;
}

void history_release(struct history *h) {
	ana_sim_release(&h->sim);
	ana_sim_ahead_free(h->opts.ahead);
	ctx_gitlog_release(&h->log);
	ana_costs_free(h->costs);
	ctx_buf_release(&h->ignore);
	ctx_buf_release(&h->instead);
	CTX_VEC_RELEASE(&h->no_cache);
	CTX_VEC_RELEASE(&h->varying);
	build_setup_release(&h->setup);
	present_release(&h->present);
	place_release(&h->place);
}
