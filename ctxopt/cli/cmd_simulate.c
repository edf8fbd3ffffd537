/**
 * `ctxopt simulate`: the verdict of every step at every commit of a history.
 */
#include "ctxopt/cli/history.h"

/** The command line. */
struct simulate_args {
	struct load_args load;
	struct cmd_common common;
	struct build_args build;
	struct history_args history;
	struct opt_list operands, branches;
	unsigned commits;
	bool first_parent;
	int format;
};

// clang-format off
static const struct opt simulate_opts[] = {
	{ .kind = OPT_GROUP, .help = "Which commits" },
	{ .kind = OPT_UINT, .name = "commits", .letter = 'n', .arg = "N", .preset = "100", .max = 10000000,
	  .at = offsetof(struct simulate_args, commits),
	  .help = "at most the newest N commits of each branch; 0 for all" },
	{ .kind = OPT_FLAG, .name = "first-parent",
	  .at = offsetof(struct simulate_args, first_parent),
	  .help = "follow merges along their first parent only" },
	{ .kind = OPT_LIST, .name = "branch", .arg = "BRANCH",
	  .at = offsetof(struct simulate_args, branches),
	  .help = "a branch, whose commits are built in turn with those of the others, by commit time" },
	HISTORY_IGNORE_FILE_OPT(struct simulate_args, history),
	{ .kind = OPT_FILE, .name = "instead", .arg = "FILE",
	  .at = offsetof(struct simulate_args, history) + offsetof(struct history_args, instead),
	  .help = "a Dockerfile in place of that of each commit, also where there is none" },
	PRESENT_FORMAT_OPT(struct simulate_args, format),
	{ .kind = OPT_END },
};
// clang-format on

/** present_fn. */
static void print_history(struct ctx_out *out, const struct ana_renderer *renderer, const void *report) {
	renderer->simulate(out, report);
}

/** struct cmd's run. */
static int run_simulate(struct cmd_env *env, const void *args_) {
	const struct simulate_args *args = args_;
	static const char *const head[] = { "HEAD" };
	const struct opt_list *named = args->operands.values.count > 0 ? &args->operands : &args->branches;
	bool any = named->values.count > 0;
	const char *const *branches = any ? (const char *const *)named->values.items : head;
	size_t count = any ? named->values.count : 1;
	struct ctx_error err;
	if (args->operands.values.count > 0 && args->branches.values.count > 0) {
		ctx_fail(&err, CTX_E_USAGE, "a range and --branch: one is enough");
		return cmd_fail(env, &err);
	}
	auto_history struct history h = HISTORY_INIT;
	int status = history_open(&h, env, &args->load, &args->history, &args->build, &args->common,
		history_tip(branches[0]));
	struct ctx_gitlog_opts opts = { .branches = branches,
		.branch_count = count,
		.max = args->commits,
		.first_parent = args->first_parent,
		.stop = env->stop };
	status = status != CMD_OK ? status : history_begin(&h, env, &opts);
	status = status != CMD_OK ? status : history_run(&h, env, &args->common, NULL);
	if (status != CMD_OK) {
		return status;
	}
	history_tell_unused(&h, 1, NULL);
	history_report(&h, env, &args->common);
	h.report.branches = branches;
	h.report.branch_count = count;
	status = present_print(env, &args->common, args->format, print_history, &h.report);
	return status != CMD_OK ? status : history_check(&h.sim);
}

const struct cmd cmd_simulate = {
	.name = "simulate",
	.usage = "[OPTIONS] [RANGE]",
	.summary = "which steps of each commit's build hit the cache, and what made the others miss",
	.about =
		"Build every commit of a history against a cache, without building: for each step of the Dockerfile tell in how "
		"many builds it was a hit, what it costs to make it again, and which files, arguments or lines were to blame.\n\n"
		"A strip shows the builds of a step, one cell each, the oldest left: a dot for a hit, a block for a miss, ? where it "
		"cannot be known. A step is unknown if it copies what a RUN made in a stage that was built again, which "
		"--assume decides, or something that a base image may hold, too.\n\n"
		"A Dockerfile that was moved or renamed is followed to where it was before, as git log --follow does, with the "
		"ignore file that it had there.\n\n"
		"Seconds are those of the class of a step's commands (COSTS in the manual) unless --costs has better ones. Base images and remote sources "
		"are taken to be the same as long as their names are.\n\n"
		"With --engine docker-20.10 the cache is that of the BuildKit in Docker 20.10, which does not know the newest "
		"instructions, and counts neither owners nor the directories in front of what a wildcard matches. --cache classic is the "
		"builder before BuildKit: every instruction is a step, and after a miss the rest of the stage is made again.",
	.examples = "simulate                              # the last 100 commits\n"
		    "simulate --first-parent -n 1000       # merges as one build\n"
		    "simulate v1.0..main\n"
		    "simulate --branch main --branch next  # two branches on one builder\n"
		    "simulate --instead proposed           # what if the Dockerfile had always been this one?\n"
		    "simulate --cache registry-min         # a fresh builder for each build\n"
		    "simulate --format json | jq .summary.hit_rate\n",
	.sets = { { simulate_opts, 0 }, { history_cache_opts, offsetof(struct simulate_args, history) },
		{ history_opts, offsetof(struct simulate_args, history) },
		{ history_follow_opts, offsetof(struct simulate_args, history) },
		{ build_opts, offsetof(struct simulate_args, build) },
		{ load_opts, offsetof(struct simulate_args, load) },
		{ load_umask_opts, offsetof(struct simulate_args, load) },
		{ cmd_common_opts, offsetof(struct simulate_args, common) } },
	.args_size = sizeof(struct simulate_args),
	.operands_at = offsetof(struct simulate_args, operands),
	.max_operands = 1,
	.operand = "RANGE",
	.run = run_simulate,
};
