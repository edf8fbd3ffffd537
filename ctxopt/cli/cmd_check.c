/**
 * `ctxopt check`: limits for CI.
 *
 * What is not known does not pass: a limit that lies within the bounds of what is known has no verdict, and the exit status says so.
 */
#include "analyzer/report/history.h"
#include "ctxopt/cli/history.h"

/** Builds from which on a history tells something about the next one. */
#define BUILDS_MIN 2
/** Most gates. */
#define GATES_MAX 3

/** The command line. */
struct check_args {
	struct load_args load;
	struct cmd_common common;
	struct build_args build;
	struct history_args history;
	struct opt_list operands;
	struct opt_size max_context;
	struct opt_number min_hit_rate, max_rebuild_cost;
	unsigned commits;
	bool first_parent;
	int format;
};

static const char *const format_names[] = { "text", "json", "markdown", "github", NULL };
static const struct ana_renderer *const renderers[] = { &ana_text, &ana_json, &ana_markdown, &ana_github };

// clang-format off
static const struct opt check_opts[] = {
	{ .kind = OPT_GROUP, .help = "Gates" },
	{ .kind = OPT_SIZE, .name = "max-context", .arg = "SIZE", .at = offsetof(struct check_args, max_context),
	  .help = "fail if the context holds more than SIZE, such as 50MB" },
	{ .kind = OPT_PERCENT, .name = "min-hit-rate", .arg = "PERCENT", .at = offsetof(struct check_args, min_hit_rate),
	  .help = "fail if fewer steps of the history's builds come from the cache" },
	{ .kind = OPT_SECONDS, .name = "max-rebuild-cost", .arg = "DURATION", .at = offsetof(struct check_args, max_rebuild_cost),
	  .help = "fail if a build of the history makes more work again on average, such as 90s or 2m" },
	{ .kind = OPT_GROUP, .help = "Which commits" },
	{ .kind = OPT_UINT, .name = "commits", .letter = 'n', .arg = "N", .preset = "100", .max = 10000000,
	  .at = offsetof(struct check_args, commits),
	  .help = "at most the newest N commits; 0 for all" },
	{ .kind = OPT_FLAG, .name = "first-parent", .at = offsetof(struct check_args, first_parent),
	  .help = "follow merges along their first parent only" },
	{ .kind = OPT_FILE, .name = "ignore-file", .arg = "FILE",
	  .at = offsetof(struct check_args, history) + offsetof(struct history_args, ignore_file),
	  .help = "rules in place of those of each commit's own ignore file" },
	{ .kind = OPT_CHOICE, .name = "format", .arg = "FORMAT", .choices = format_names, .preset = "text", .flags = OPT_MANNER,
	  .at = offsetof(struct check_args, format), .help = "how to print the result" },
	{ .kind = OPT_END },
};
// clang-format on

/** One run. */
struct run {
	struct cmd_env *env;
	const struct check_args *args;
	struct place place;
	struct present present;
	struct history history;
	struct ana_gate gates[GATES_MAX];
	struct ana_check report;
	/** Commands that tell more, and the files that gates are about. */
	struct ctx_buf more_context, more_history, context_file, history_file;
};

/* ---- Words ---- */

/** A word as a shell takes it. */
static void add_word(struct ctx_buf *out, const char *word) {
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=,@%+-";
	ctx_buf_addc(out, ' ');
	if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
		ctx_buf_adds(out, word);
		return;
	}
	ctx_buf_addc(out, '\'');
	for (; *word != '\0'; ++word) {
		if (*word == '\'') {
			ctx_buf_adds(out, "'\\'");
		}
		ctx_buf_addc(out, *word);
	}
	ctx_buf_addc(out, '\'');
}

/** Another command with those of our options that it has; `path` stands before the operand. */
static void add_command(struct ctx_buf *out, const struct run *r, const struct cmd *cmd, const char *path) {
	const struct opt_parsed *parsed = r->env->parsed;
	size_t operands = r->args->operands.values.count, options = parsed->record.count - operands;
	ctx_buf_addf(out, "%s %s", r->env->prog, cmd->name);
	for (size_t i = 0; i < options; ++i) {
		const char *name = parsed->record.items[i] + 2;
		struct ctx_str own = { name, strcspn(name, "=") };
		struct ctx_str flag = ctx_str_starts(own, "no-") ? ctx_str_from(own, 3) : own;
		if (opt_find(cmd, own) != NULL || opt_find(cmd, flag) != NULL) {
			add_word(out, parsed->record.items[i]);
		}
	}
	if (operands > 0) {
		ctx_auto_buf struct ctx_buf word = CTX_BUF_INIT;
		ctx_buf_addf(&word, "%s%s", path, r->args->operands.values.items[0]);
		add_word(out, ctx_buf_str(&word));
	}
}

/** A file of the context as it is from the working directory. */
static void add_file(struct ctx_buf *out, const struct place *place, const char *file) {
	bool below = file[0] != '/' && strncmp(file, "../", 3) != 0 && strcmp(place->root, ".") != 0;
	ctx_buf_addf(out, "%s%s%s", below ? place->root : "", below ? "/" : "", file);
}

/* ---- Gates ---- */

/** Decide by what is known. */
static void decide(struct ana_gate *gate) {
	bool below = gate->known && !gate->open && gate->high <= gate->limit;
	bool not_above = gate->known && !gate->open && gate->high < gate->limit;
	bool above = gate->known && gate->low > gate->limit, not_below = gate->known && gate->low >= gate->limit;
	bool passed = gate->at_most ? below : not_below, failed = gate->at_most ? above : not_above;
	gate->verdict = passed ? ANA_GATE_PASSED : failed ? ANA_GATE_FAILED : ANA_GATE_UNKNOWN;
	gate->why = gate->verdict == ANA_GATE_UNKNOWN ? gate->why : NULL;
}

/** Add a gate. */
static struct ana_gate *add_gate(struct run *r, struct ana_gate gate) {
	r->gates[r->report.count] = gate;
	return &r->gates[r->report.count++];
}

/** --max-context. */
static int check_context(struct run *r) {
	const struct check_args *args = r->args;
	struct ctx_error err;
	struct load_opts load = { .common = &args->common };
	struct ctx_measure measure = { 0 };
	int status = load_entries(r->env, &r->place, &args->load, &load);
	if (status != CMD_OK) {
		return status;
	}
	size_t rules = r->place.ignore == NULL ? 0 : ctx_ignore_count(r->place.ignore);
	int rc = ctx_measure(&measure, r->place.snap, rules, &err);
	rc = rc < 0 ? rc : present_problems(&r->present, r->place.snap, false, &err);
	double bytes = (double)measure.included.bytes;
	ctx_measure_release(&measure);
	if (rc < 0) {
		return cmd_fail(r->env, &err);
	}
	const struct ana_source *shown = &r->place.shown;
	const char *file = shown->ignore_file != NULL ? shown->ignore_file : shown->dockerfile;
	add_command(&r->more_context, r, &cmd_context, "");
	if (file != NULL) {
		add_file(&r->context_file, &r->place, file);
	}
	decide(add_gate(r,
		(struct ana_gate){ .name = "max-context",
			.what = "context",
			.unit = ANA_GATE_BYTES,
			.known = true,
			.low = bytes,
			.high = bytes,
			.open = r->present.partial,
			.at_most = true,
			.limit = (double)args->max_context.bytes,
			.why = "something could not be read" }));
	return CMD_OK;
}

/** Simulate the history: `*why` becomes why it tells nothing, NULL if it does. */
static int simulate(struct run *r, const char **why) {
	const struct check_args *args = r->args;
	struct history *h = &r->history;
	struct load_args load = args->load;
	if (args->operands.values.count > 0) {
		load.context = args->operands.values.items[0];
	}
	static const char *const head[] = { "HEAD" };
	struct ctx_gitlog_opts opts = { .branches = head,
		.branch_count = 1,
		.max = args->commits,
		.first_parent = args->first_parent,
		.stop = r->env->stop };
	int status = history_open(h, r->env, &load, &args->history, &args->build, &args->common, head[0]);
	status = status != CMD_OK ? status : history_begin(h, r->env, &opts);
	status = status != CMD_OK ? status : history_run(h, r->env, &args->common, NULL);
	if (status != CMD_OK) {
		*why = "the history could not be simulated";
		return status;
	}
	history_tell_unused(h, 1, NULL);
	const struct ana_sim_build *newest = &h->sim.builds.items[h->sim.builds.count - 1];
	r->report.builds = h->sim.builds.count - h->sim.failed;
	bool cut = h->log.shallow && (args->commits == 0 || h->log.commits.count < args->commits);
	if (history_check(&h->sim) != CMD_OK) {
		*why = "commits could not be looked into";
	} else if (newest->error != NULL) {
		cmd_note("%s", newest->error);
		*why = "the newest commit cannot be built";
	} else if (cut) {
		*why = "a shallow clone does not have the older commits (git fetch --unshallow; fetch-depth: 0)";
	} else if (r->report.builds < BUILDS_MIN) {
		*why = "fewer than two commits can be built, and the first build of all has no cache";
	}
	return CMD_OK;
}

/** --min-hit-rate and --max-rebuild-cost. */
static int check_history(struct run *r) {
	const struct check_args *args = r->args;
	const struct ana_sim *sim = &r->history.sim;
	const char *why = NULL;
	int status = simulate(r, &why);
	if (status == CMD_INTERRUPTED) {
		return status;
	}
	add_command(&r->more_history, r, &cmd_simulate, "--context=");
	if (r->place.shown.dockerfile != NULL) {
		add_file(&r->history_file, &r->place, r->place.shown.dockerfile);
	}
	struct ana_history_sums sums = { 0 };
	if (why == NULL) {
		sums = ana_history_sum(sim);
	}
	double steps = (double)(sums.hits + sums.misses + sums.unknown), builds = (double)r->report.builds;
	bool known = why == NULL && steps > 0;
	why = why != NULL ? why
		: known   ? "some steps have no verdict; --assume run=unchanged or run=changed gives them one"
			  : "no step of these builds has a verdict";
	if (args->min_hit_rate.set) {
		decide(add_gate(r,
			(struct ana_gate){ .name = "min-hit-rate",
				.what = "hit rate",
				.unit = ANA_GATE_PERCENT,
				.known = known,
				.low = known ? 100 * (double)sums.hits / steps : 0,
				.high = known ? 100 * (double)(sums.hits + sums.unknown) / steps : 0,
				.limit = args->min_hit_rate.value,
				.why = why }));
	}
	if (args->max_rebuild_cost.set) {
		decide(add_gate(r,
			(struct ana_gate){ .name = "max-rebuild-cost",
				.what = "rebuild cost per build",
				.unit = ANA_GATE_SECONDS,
				.known = known,
				.low = known ? sim->seconds / builds : 0,
				.high = known ? (sim->seconds + sim->unknown_seconds) / builds : 0,
				.at_most = true,
				.limit = args->max_rebuild_cost.value,
				.why = why }));
	}
	return status;
}

/** present_fn. */
static void print_check(struct ctx_out *out, const struct ana_renderer *renderer, const void *report) {
	renderer->check(out, report);
}

/** Tell every gate where to look, and print them. */
static int finish(struct run *r) {
	bool failed = false, unknown = false;
	for (size_t i = 0; i < r->report.count; ++i) {
		struct ana_gate *gate = &r->gates[i];
		bool context = gate->unit == ANA_GATE_BYTES;
		const struct ctx_buf *file = context ? &r->context_file : &r->history_file;
		gate->more = ctx_buf_str(context ? &r->more_context : &r->more_history);
		gate->file = file->len > 0 ? ctx_buf_str(file) : NULL;
		failed = failed || gate->verdict == ANA_GATE_FAILED;
		unknown = unknown || gate->verdict == ANA_GATE_UNKNOWN;
	}
	if (!ctx_buf_ok(&r->more_context) || !ctx_buf_ok(&r->more_history) || !ctx_buf_ok(&r->context_file) ||
		!ctx_buf_ok(&r->history_file)) {
		struct ctx_error err;
		ctx_fail_nomem(&err);
		return cmd_fail(r->env, &err);
	}
	r->report.gates = r->gates;
	present_head(&r->report.head, r->env, &r->args->common, &r->place, &r->present);
	int status = present_print_as(r->env, &r->args->common, renderers[r->args->format], print_check, &r->report);
	return status != CMD_OK ? status : failed ? CMD_GATE : unknown ? CMD_ERROR : CMD_OK;
}

/** All gates. */
static int check_all(struct run *r) {
	const struct check_args *args = r->args;
	bool context = args->max_context.set, history = args->min_hit_rate.set || args->max_rebuild_cost.set;
	if (!context && !history) {
		struct ctx_error err;
		ctx_fail(&err, CTX_E_USAGE,
			"no gate: give --max-context, --min-hit-rate or --max-rebuild-cost, here or under [check] in .ctxopt.toml");
		return cmd_fail(r->env, &err);
	}
	const char *operand = args->operands.values.count > 0 ? args->operands.values.items[0] : NULL;
	int status = load_place(r->env, &r->place, &args->load, operand);
	status = status != CMD_OK || !context ? status : check_context(r);
	if (status != CMD_OK || !history) {
		return status != CMD_OK ? status : finish(r);
	}
	status = check_history(r);
	bool only = status == CMD_NOTHING && !context;
	return status == CMD_INTERRUPTED || only ? status : finish(r);
}

/** struct cmd's run. */
static int run_check(struct cmd_env *env, const void *args) {
	struct run r = { .env = env, .args = args, .place = PLACE_INIT, .history = HISTORY_INIT };
	int status = check_all(&r);
	history_release(&r.history);
	place_release(&r.place);
	present_release(&r.present);
	ctx_buf_release(&r.more_context);
	ctx_buf_release(&r.more_history);
	ctx_buf_release(&r.context_file);
	ctx_buf_release(&r.history_file);
	return status;
}

const struct cmd cmd_check = {
	.name = "check",
	.usage = "[OPTIONS] [PATH]",
	.summary = "gates for CI: limits for the context, the hit rate and the cost of builds",
	.about =
		"Hold limits, and fail if one is broken: exit status 1. Each gate prints a line with what it found, its limit, and the command "
		"that tells more.\n\n"
		"The context is that of the files as they are. Hit rate and rebuild cost are those of 'ctxopt simulate' over the "
		"last commits of HEAD; the cost is the mean of its builds. Steps that are neither hit nor miss leave both within bounds: a limit "
		"between these, a directory that cannot be read, or a history that is too short to tell is \"unknown\", with exit status 2.\n\n"
		"The limits usually stand in .ctxopt.toml, under [check].",
	.examples = "check --max-context 50MB\n"
		    "check --min-hit-rate 80 --max-rebuild-cost 2m -n 200\n"
		    "check --format github   # lines at the files of a pull request\n",
	.sets = { { check_opts, 0 }, { history_cache_opts, offsetof(struct check_args, history) },
		{ history_opts, offsetof(struct check_args, history) },
		{ history_follow_opts, offsetof(struct check_args, history) },
		{ build_opts, offsetof(struct check_args, build) }, { load_opts, offsetof(struct check_args, load) },
		{ load_umask_opts, offsetof(struct check_args, load) },
		{ cmd_common_opts, offsetof(struct check_args, common) } },
	.args_size = sizeof(struct check_args),
	.operands_at = offsetof(struct check_args, operands),
	.max_operands = 1,
	.operand = "PATH",
	.operand_kind = OPT_DIR,
	.run = run_check,
};
