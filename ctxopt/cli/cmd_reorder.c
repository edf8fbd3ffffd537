/**
 * `ctxopt reorder`: another order of the Dockerfile's steps, what it saves, and why it builds the same.
 */
#include "ctxopt/base/path.h"
#include "ctxopt/cli/edit.h"
#include "ctxopt/cli/reorder.h"
#include "ctxopt/cli/verify.h"

/** The command line. */
struct reorder_args {
	struct load_args load;
	struct cmd_common common;
	struct build_args build;
	struct history_args history;
	struct verify_args verify;
	struct opt_list operands;
	unsigned commits;
	int format, allow, model;
	bool diff, write, check, force;
};

/** The order is that of enum ana_proof; a change of order is never of the first class. */
static const char *const allow_names[] = { "equivalent", "review", NULL };

// clang-format off
static const struct opt reorder_opts[] = {
	{ .kind = OPT_GROUP, .help = "What to do with the proposal" },
	{ .kind = OPT_FLAG, .name = "diff", .at = offsetof(struct reorder_args, diff),
	  .help = "print the change of the Dockerfile as a unified diff" },
	{ .kind = OPT_FLAG, .name = "write", .at = offsetof(struct reorder_args, write),
	  .help = "change the Dockerfile" },
	{ .kind = OPT_CHOICE, .name = "allow", .arg = "CLASS", .choices = allow_names, .preset = "equivalent",
	  .at = offsetof(struct reorder_args, allow),
	  .help = "with --write and --verify: the weakest proof of a change that is taken" },
	{ .kind = OPT_FLAG, .name = "force", .flags = OPT_MANNER, .at = offsetof(struct reorder_args, force),
	  .help = "with --write: change a file with uncommitted changes, too" },
	{ .kind = OPT_FLAG, .name = "check", .at = offsetof(struct reorder_args, check),
	  .help = "exit with status 1 if there is anything to propose" },
	PRESENT_FORMAT_OPT(struct reorder_args, format),
	{ .kind = OPT_GROUP, .help = "What it is judged by" },
	{ .kind = OPT_UINT, .name = "commits", .letter = 'n', .arg = "N", .preset = "300", .max = 10000000,
	  .at = offsetof(struct reorder_args, commits),
	  .help = "replay at most the newest N commits, merges as one; 0 for all" },
	HISTORY_IGNORE_FILE_OPT(struct reorder_args, history),
	{ .kind = OPT_CHOICE, .name = "cost-model", .arg = "MODEL", .choices = ana_cost_model_names, .preset = "time",
	  .at = offsetof(struct reorder_args, model),
	  .help = "what a step costs that is made again: its seconds, one, or the bytes of its result" },
	{ .kind = OPT_END },
};
// clang-format on

/** One run. */
struct run {
	struct cmd_env *env;
	const struct reorder_args *args;
	struct history *history;
	struct place *place;
	struct reorder reorder;
	struct edit edit;
	struct ctx_buf diff;
	struct verify verify;
	struct ana_order_report report;
};

/** Options that do not go together. */
static int check_args(const struct reorder_args *args, struct ctx_error *err) {
	bool text = present_is_text(args->format);
	if ((args->diff && args->write) || (args->check && args->write)) {
		return ctx_fail(err, CTX_E_USAGE, "--write does not go with %s", args->diff ? "--diff" : "--check");
	}
	if (args->diff && !text) {
		return ctx_fail(err, CTX_E_USAGE,
			"--diff is a format of its own; the other formats hold the diff, too");
	}
	if (args->diff && args->verify.verify) {
		return ctx_fail(err, CTX_E_USAGE, "--diff does not go with --verify");
	}
	if (args->history.cache == ANA_CACHE_CLASSIC) {
		return ctx_fail(err, CTX_E_USAGE, "--cache classic: only builds with BuildKit are compared");
	}
	if (args->history.ignore_file != NULL && args->verify.verify) {
		return ctx_fail(err, CTX_E_USAGE,
			"--ignore-file does not go with --verify: images are built with the file on disk");
	}
	return args->force && !args->write ? ctx_fail(err, CTX_E_USAGE, "--force goes with --write")
					   : verify_check(&args->verify, &args->load, err);
}

/** present_fn. */
static void print_reorder(struct ctx_out *out, const struct ana_renderer *renderer, const void *report) {
	const struct ana_order_report *r = report;
	if (r->diff_only) {
		ctx_out_write(out, r->diff, r->diff_len);
	} else {
		renderer->reorder(out, r);
	}
}

/** The change of the file to a text. */
static struct edit make_edit(const struct run *r, const struct ctx_buf *now) {
	const struct ctx_buf *old = &r->reorder.old;
	return (struct edit){ .path = ctx_buf_str(&r->place->dockerfile),
		.exists = true,
		.old = { ctx_buf_str(old), old->len },
		.now = { ctx_buf_str(now), now->len } };
}

/** Fill the report. */
static int fill(struct run *r, struct ctx_error *err) {
	const struct reorder *o = &r->reorder;
	bool text = present_is_text(r->args->format);
	bool quiet = text && r->args->write && r->args->common.quiet; // what is taken need not be shown
	r->edit = make_edit(r, &o->now);
	edit_diff(&r->diff, &r->edit);
	r->report = (struct ana_order_report){ .file = r->edit.path,
		.model = ana_cost_model_names[o->model],
		.model_number = o->model,
		.cache = r->history->report.cache,
		.changes = o->story.changes.items,
		.gains = o->gains.items,
		.change_count = o->story.changes.count,
		.edits = o->edits.items,
		.edit_gains = o->edit_gains.items,
		.edit_count = o->edits.count,
		.held = o->story.held.items,
		.held_count = o->story.held.count,
		.commits = r->history->log.commits.count,
		.left_out = o->left_out,
		.fitted = o->fitted,
		.scored = o->scored,
		.nothing = o->nothing,
		.diff = ctx_buf_str(&r->diff),
		.diff_len = quiet ? 0 : r->diff.len,
		.diff_only = r->args->diff,
		.prog = r->env->prog };
	present_head(&r->report.head, r->env, &r->args->common, r->place, &r->history->present);
	return ctx_buf_ok(&r->diff) ? 0 : ctx_fail_nomem(err);
}

/** --write: the file, and what was done to it. */
static int write_file(struct run *r) {
	struct ctx_error err;
	size_t left = 0, changes = reorder_count(&r->reorder);
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT, undo = CTX_BUF_INIT;
	int rc = reorder_text(&r->reorder, (enum ana_proof)(r->args->allow + ANA_PROOF_EQUIVALENT), &text, &left, &err);
	if (rc == 0 && left < changes) {
		r->edit = make_edit(r, &text);
		rc = r->args->force ? 0 : edit_guard(&r->edit, r->place->root, &err);
		rc = rc < 0 ? rc : edit_undo(&undo, &r->edit, &err);
		rc = rc < 0 ? rc : edit_write(&r->edit, &err);
	}
	if (rc < 0) {
		return cmd_fail(r->env, &err);
	}
	if (left < changes) {
		cmd_note("changed '%s'; undo: %s", r->edit.path, ctx_buf_str(&undo));
	}
	if (left > 0) {
		cmd_note("%zu of %zu changes were left out: a person must agree (--allow review)", left, changes);
	}
	return left > 0 ? CMD_ERROR : CMD_OK;
}

/** --verify: the images with the changes of the class that was asked for. */
static int verify_order(struct run *r) {
	struct ctx_error err;
	size_t left = 0;
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	if (reorder_text(&r->reorder, (enum ana_proof)(r->args->allow + ANA_PROOF_EQUIVALENT), &text, &left, &err) <
		0) {
		return cmd_fail(r->env, &err);
	}
	if (left == reorder_count(&r->reorder)) {
		cmd_note("nothing is verified: no change is of class %s", allow_names[r->args->allow]);
		return CMD_OK;
	}
	const struct ctx_buf *ignore = &r->place->ignore_source.text;
	const struct verify_proposal proposal = { .dockerfile = { ctx_buf_str(&text), text.len },
		.ignore = { ctx_buf_str(ignore), ignore->len } };
	int status = verify_run(&r->verify, r->env, &r->args->common, r->place, &r->args->build, &r->args->verify,
		&proposal);
	r->report.verify = status == CMD_OK ? &r->verify.result : NULL;
	return status;
}

/** Look for an order, verify it, print it, write it. */
static int finish(struct run *r) {
	const struct reorder_args *args = r->args;
	struct ctx_error err;
	int status = reorder_run(&r->reorder);
	if (status == CMD_OK && fill(r, &err) < 0) {
		status = cmd_fail(r->env, &err);
	}
	if (status == CMD_OK && args->verify.verify && reorder_count(&r->reorder) > 0) {
		status = verify_order(r);
	}
	bool differs = r->report.verify != NULL && !r->report.verify->equal;
	status = status != CMD_OK ? status
				  : present_print(r->env, &args->common, args->format, print_reorder, &r->report);
	if (status == CMD_OK && args->write && !differs) {
		status = write_file(r);
	}
	return status == CMD_OK && (differs || (args->check && reorder_count(&r->reorder) > 0)) ? CMD_GATE : status;
}

/** Take the rules of --ignore-file for the context on disk, too. */
static int take_rules(struct run *r, struct ctx_error *err) {
	const struct ctx_buf *text = r->history->opts.ignore_text;
	struct ctx_ignore *rules = NULL;
	enum ctx_ignore_syntax syntax = r->history->opts.engine == CTX_ENGINE_DOCKER_20_10 ? CTX_IGNORE_DOCKER_20_10
											   : CTX_IGNORE_DOCKER;
	int rc = text == NULL ? 0 : ctx_ignore_parse(&rules, syntax, ctx_buf_str(text), text->len, err);
	if (rc == 0 && text != NULL) {
		ctx_ignore_free(r->place->ignore);
		r->place->ignore = rules;
	}
	return rc;
}

/** Open the context on disk and its history. */
static int open_all(struct run *r, const struct reorder_args *args) {
	struct ctx_error err;
	struct load_args load = args->load;
	const char *operand = args->operands.values.count > 0 ? args->operands.values.items[0] : NULL;
	static const char *const head[] = { "HEAD" };
	int status = load_place(r->env, r->place, &load, operand);
	if (status == CMD_OK && (r->place->kind != PLACE_DIRECTORY || r->place->dockerfile_from_stdin)) {
		ctx_fail(&err, CTX_E_USAGE, "an order is proposed for a Dockerfile in a working tree only");
		status = cmd_fail(r->env, &err);
	}
	load.context = operand != NULL ? operand : load.context;
	load.work = true;
	struct ctx_gitlog_opts opts = { .branches = head,
		.branch_count = 1,
		.max = args->commits,
		.first_parent = true,
		.stop = r->env->stop };
	status = status != CMD_OK
		? status
		: history_open(r->history, r->env, &load, &args->history, &args->build, &args->common, "HEAD");
	if (status == CMD_OK && take_rules(r, &err) < 0) {
		status = cmd_fail(r->env, &err);
	}
	return status != CMD_OK ? status : history_list(&r->history->log, r->history, r->env, &opts);
}

/** struct cmd's run. */
static int run_reorder(struct cmd_env *env, const void *args_) {
	const struct reorder_args *args = args_;
	struct ctx_error err;
	if (check_args(args, &err) < 0) {
		return cmd_fail(env, &err);
	}
	auto_history struct history history = HISTORY_INIT;
	auto_place struct place place = PLACE_INIT;
	struct run r = { .env = env, .args = args, .history = &history, .place = &place };
	r.reorder = (struct reorder){ .env = env,
		.common = &args->common,
		.history = &history,
		.place = &place,
		.model = (enum ana_cost_model)args->model };
	int status = open_all(&r, args);
	status = status != CMD_OK ? status : finish(&r);
	reorder_release(&r.reorder);
	verify_release(&r.verify);
	ctx_buf_release(&r.diff);
	return status;
}

const struct cmd cmd_reorder = {
	.name = "reorder",
	.usage = "[OPTIONS] [PATH]",
	.summary = "another order of the steps, what it saves, why it builds the same",
	.about =
		"Propose an order of the Dockerfile's steps in which costly ones are made again less often: copies of sources go "
		"below the steps that do not need them, and what these do need, such as the manifests of a package manager, is copied "
		"apart, above. Only copies move, and only down within their stage; RUNs keep their order. Each change "
		"names the steps that were examined, what is known of them, and its class of proof.\n\n"
		"Every RUN below an ARG or ENV is made again when its value changes, whether it looks at it or not. "
		"--assume arg:NAME=changed says which build arguments have another value in each build, such as the commit that is "
		"built: these, and what follows them, go below the steps that do not name them and whose commands do not look at them; "
		"ENV keep their order, which the image shows. Where scripts of packages run, which may look at any variable, "
		"a person must agree.\n\n"
		"Then single steps are written in another way. A copy with --link is not made again when a step above it is: it replaces links on its "
		"way, and a directory that is there where it puts a file, and gives the directories on its way to root with mode 0755, so that a person must agree unless nothing lies below it that "
		"ctxopt does not know. Frontends before docker/dockerfile:1.4 do not know --link, and nothing is written in another way for them. "
		"A copy of manifests is left out where a later copy puts the same files there: the steps between, which only read them, get bind "
		"mounts, and each depends on just the files that it reads; a mount is read-only, so that a person must agree where a step might "
		"change one. Cache mounts keep what npm, uv and Go fetched or compiled for the next time, "
		"on one builder that lives on (--cache local); what they save was measured (COSTS in the manual). They are proposed for root on "
		"well-known base images where nothing else of the file reads or fills the directory, for Go in stages that are only copied from, "
		"and a person must agree always: the image no longer holds what is kept.\n\n"
		"Whether an order pays is found out by replaying the history with the old file and the new one in the place of each "
		"commit's own, from the first commit that can be built with the file: it is chosen on the older two thirds, and what it saves is "
		"told of the newer third. "
		"Builds that fail with either file count in neither; where nearly all older ones do, since what must stay above was not "
		"there yet, the commits since it is there are cut in three. Seconds are those of the class of a step's commands unless --costs "
		"has better ones; the other two cost models tell whether the proposal depends on that.\n\n"
		"Classes of proof: 'equivalent', by known rules the steps read and write different files; 'review', very likely, and "
		"a person must agree, to the reason that is given. A step that is not known depends on everything before it, and "
		"everything after it depends on it. What is known is known of the newest commit and the files beside it: a manifest "
		"that is added later must be added to the copy, too.\n\n"
		"--verify builds with the changes of --allow, and twice without them, and compares paths, kinds, modes, owners, "
		"contents, extended attributes and configuration of the images, apart from what differs between the two "
		"builds without; status 1 says that they differ, and then nothing is written. The builds are those of the working "
		"tree, without cache; a step that copies the Dockerfile itself takes the old one.",
	.examples = "reorder                         # what to change, and why\n"
		    "reorder --verify                # and the proof, by docker\n"
		    "reorder --diff | git apply      # take it\n"
		    "reorder --write --allow review  # the same\n"
		    "reorder --cache registry-max    # for builds on fresh machines that share a cache\n"
		    "reorder --assume arg:GIT_COMMIT=changed  # --build-arg GIT_COMMIT=... is another one each time\n"
		    "reorder --check -q              # fail when there is something to propose\n",
	.sets = { { reorder_opts, 0 }, { verify_opts, offsetof(struct reorder_args, verify) },
		{ history_cache_opts, offsetof(struct reorder_args, history) },
		{ history_opts, offsetof(struct reorder_args, history) },
		{ build_opts, offsetof(struct reorder_args, build) },
		{ load_opts, offsetof(struct reorder_args, load) },
		{ load_umask_opts, offsetof(struct reorder_args, load) },
		{ cmd_common_opts, offsetof(struct reorder_args, common) } },
	.args_size = sizeof(struct reorder_args),
	.operands_at = offsetof(struct reorder_args, operands),
	.max_operands = 1,
	.operand = "PATH",
	.operand_kind = OPT_DIR,
	.run = run_reorder,
};
