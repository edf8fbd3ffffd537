/**
 * `ctxopt ignore`: rules for the ignore file, what they save, and why they break nothing.
 */
#include "ctxopt/base/path.h"
#include "ctxopt/cli/edit.h"
#include "ctxopt/cli/ignore_replay.h"
#include "ctxopt/cli/ignore_whole.h"
#include "ctxopt/cli/present.h"
#include "ctxopt/cli/propose.h"
#include "ctxopt/cli/verify.h"

/** The command line. */
struct ignore_args {
	struct load_args load;
	struct cmd_common common;
	struct build_args build;
	struct verify_args verify;
	struct opt_list operands;
	int format, allow;
	unsigned commits;
	bool diff, write, check, force, classic, no_history, from_git, personal, allowlist, own;
};

/** The order is that of enum ana_proof. */
static const char *const proof_names[] = { "identical", "equivalent", "review", NULL };

// clang-format off
static const struct opt ignore_opts[] = {
	{ .kind = OPT_GROUP, .help = "A whole file in place of single rules" },
	{ .kind = OPT_FLAG, .name = "from-gitignore", .at = offsetof(struct ignore_args, from_git),
	  .help = "what git ignores, in Docker's language" },
	{ .kind = OPT_FLAG, .name = "personal", .flags = OPT_MANNER, .at = offsetof(struct ignore_args, personal),
	  .help = "with --from-gitignore: also core.excludesFile and .git/info/exclude, which other people do not have" },
	{ .kind = OPT_FLAG, .name = "allowlist", .at = offsetof(struct ignore_args, allowlist),
	  .help = "nothing but what steps read" },
	{ .kind = OPT_GROUP, .help = "What to do with the proposal" },
	{ .kind = OPT_FLAG, .name = "own", .at = offsetof(struct ignore_args, own),
	  .help = "for this Dockerfile alone, whatever others need: a <Dockerfile>.dockerignore that begins with the rules in force" },
	{ .kind = OPT_FLAG, .name = "diff", .at = offsetof(struct ignore_args, diff),
	  .help = "print the change of the ignore file as a unified diff" },
	{ .kind = OPT_FLAG, .name = "write", .flags = OPT_ONCE, .at = offsetof(struct ignore_args, write),
	  .help = "change the ignore file" },
	{ .kind = OPT_CHOICE, .name = "allow", .arg = "CLASS", .choices = proof_names, .preset = "equivalent",
	  .at = offsetof(struct ignore_args, allow),
	  .help = "with --write and --verify: the weakest proof of a rule that is taken" },
	{ .kind = OPT_FLAG, .name = "force", .flags = OPT_MANNER | OPT_ONCE, .at = offsetof(struct ignore_args, force),
	  .help = "with --write: change a file with uncommitted changes, too" },
	{ .kind = OPT_FLAG, .name = "check", .at = offsetof(struct ignore_args, check),
	  .help = "exit with status 1 if there is anything to propose" },
	{ .kind = OPT_FLAG, .name = "classic", .at = offsetof(struct ignore_args, classic),
	  .help = "also propose what only the classic builder (DOCKER_BUILDKIT=0) would send" },
	{ .kind = OPT_UINT, .name = "commits", .letter = 'n', .arg = "N", .preset = "300", .max = 10000000,
	  .at = offsetof(struct ignore_args, commits),
	  .help = "replay at most the newest N commits, merges as one; 0 for all" },
	{ .kind = OPT_FLAG, .name = "no-history", .at = offsetof(struct ignore_args, no_history),
	  .help = "replay none, and propose nothing about what git tracks and some step takes" },
	PRESENT_FORMAT_OPT(struct ignore_args, format),
	{ .kind = OPT_END },
};
// clang-format on

/** One run. */
struct run {
	struct cmd_env *env;
	const struct ignore_args *args;
	struct place *place;
	struct propose propose;
	struct ignore_whole whole;
	struct present present;
	struct edit edit;
	struct verify verify;
	/** Path of the ignore file, its text as it will be written, the diff of all rules. */
	struct ctx_buf path, text, diff;
	struct ana_ignore_report report;
};

/** Options that do not go together. */
static int check_args(const struct ignore_args *args, struct ctx_error *err) {
	bool text = present_is_text(args->format);
	if ((args->diff && args->write) || (args->check && args->write)) {
		return ctx_fail(err, CTX_E_USAGE, "--write does not go with %s", args->diff ? "--diff" : "--check");
	}
	if (args->own && (args->from_git || args->allowlist)) {
		return ctx_fail(err, CTX_E_USAGE, "--own is about single rules");
	}
	if (args->from_git && args->allowlist) {
		return ctx_fail(err, CTX_E_USAGE, "--from-gitignore does not go with --allowlist");
	}
	if ((args->personal && !args->from_git) || (args->classic && (args->from_git || args->allowlist))) {
		return args->classic ? ctx_fail(err, CTX_E_USAGE, "--classic is about single rules")
				     : ctx_fail(err, CTX_E_USAGE, "--personal goes with --from-gitignore");
	}
	if (args->diff && !text) {
		return ctx_fail(err, CTX_E_USAGE,
			"--diff is a format of its own; the other formats hold the diff, too");
	}
	if (args->diff && args->verify.verify) {
		return ctx_fail(err, CTX_E_USAGE, "--diff does not go with --verify");
	}
	return args->force && !args->write ? ctx_fail(err, CTX_E_USAGE, "--force goes with --write")
					   : verify_check(&args->verify, &args->load, err);
}

/** Is a whole file asked for? */
static bool is_whole(const struct run *r) {
	return r->args->from_git || r->args->allowlist;
}

/** How many rules there are to propose, and how many of them are above the class that is allowed. */
static size_t count_rules(const struct run *r, size_t *left) {
	const struct ana_ignore_proposal *p = &r->propose.proposal;
	const struct ana_ignore_whole *whole = &r->whole.result;
	*left = 0;
	if (is_whole(r)) {
		size_t count = whole->none != NULL || whole->same ? 0 : whole->rules;
		*left = (int)whole->proof > r->args->allow ? count : 0;
		return count;
	}
	for (size_t i = 0; i < p->rules.count; ++i) {
		*left += (int)p->rules.items[i].proof > r->args->allow;
	}
	return p->rules.count;
}

/** Make the file with the rules of a class, and tell the change. */
static int make_edit(struct run *r, enum ana_proof most, struct ctx_error *err) {
	const struct ctx_ignore_source *source = &r->place->ignore_source;
	ctx_buf_reset(&r->path);
	ctx_buf_reset(&r->text);
	const char *name = source->path == NULL ? NULL
						: source->path + ctx_path_base(source->path, strlen(source->path));
	bool fresh = r->args->own && (name == NULL || *name == '.');
	if (fresh) {
		const char *dockerfile = ctx_buf_str(&r->place->dockerfile);
		ctx_buf_addf(&r->path, "%s.dockerignore", dockerfile + (strncmp(dockerfile, "./", 2) == 0 ? 2 : 0));
	} else if (source->path != NULL) {
		ctx_buf_adds(&r->path, source->path);
	} else {
		ctx_path_join(&r->path, strcmp(r->place->root, ".") == 0 ? "" : r->place->root, ".dockerignore");
	}
	struct ctx_str old = { ctx_buf_str(&source->text), source->text.len };
	const struct ctx_buf *whole = &r->whole.text;
	bool keep = r->whole.result.none != NULL || r->whole.result.same;
	int rc = 0;
	if (is_whole(r)) {
		ctx_buf_add(&r->text, keep ? old.ptr : ctx_buf_str(whole), keep ? old.len : whole->len);
	} else {
		rc = ana_ignore_text(&r->text, &r->propose.proposal, old, most, err);
	}
	r->edit = (struct edit){ .path = ctx_buf_str(&r->path),
		.exists = source->path != NULL && !fresh,
		.old = fresh ? CTX_STR_NONE : old,
		.now = { ctx_buf_str(&r->text), r->text.len } };
	if (fresh && r->text.len == old.len) {
		r->edit.now = CTX_STR_NONE; // nothing is new in it
	}
	return rc < 0 || (ctx_buf_ok(&r->path) && ctx_buf_ok(&r->text)) ? rc : ctx_fail_nomem(err);
}

/** present_fn. */
static void print_ignore(struct ctx_out *out, const struct ana_renderer *renderer, const void *report) {
	const struct ana_ignore_report *r = report;
	if (r->diff_only) {
		ctx_out_write(out, r->diff, r->diff_len);
	} else {
		renderer->ignore(out, r);
	}
}

/** Fill the report, all rules in it. */
static int fill(struct run *r, struct ctx_error *err) {
	struct propose *p = &r->propose;
	int rc = make_edit(r, ANA_PROOF_REVIEW, err);
	rc = rc < 0 ? rc : present_problems(&r->present, r->place->snap, false, err);
	edit_diff(&r->diff, &r->edit);
	if (rc < 0 || !ctx_buf_ok(&r->diff)) {
		return rc < 0 ? rc : ctx_fail_nomem(err);
	}
	r->report = (struct ana_ignore_report){ .replay = r->report.replay,
		.proposal = &p->proposal,
		.whole = is_whole(r) ? &r->whole.result : NULL,
		.file = r->edit.path,
		.exists = r->edit.exists,
		.diff = ctx_buf_str(&r->diff),
		.diff_len = r->diff.len,
		.diff_only = r->args->diff,
		.before = p->before,
		.after = p->after,
		.builds = p->views.count,
		.prog = r->env->prog };
	for (size_t i = 0; i < p->views.count; ++i) {
		r->report.reads += p->views.items[i].read_count;
	}
	present_head(&r->report.head, r->env, &r->args->common, r->place, &r->present);
	return 0;
}

/** --write: the file, and what was done to it. */
static int write_file(struct run *r) {
	struct ctx_error err;
	ctx_auto_buf struct ctx_buf undo = CTX_BUF_INIT;
	size_t left, rules = count_rules(r, &left);
	int rc = make_edit(r, (enum ana_proof)r->args->allow, &err);
	if (rc == 0 && left < rules) {
		rc = r->args->force ? 0 : edit_guard(&r->edit, r->place->root, &err);
		rc = rc < 0 ? rc : edit_undo(&undo, &r->edit, &err);
		rc = rc < 0 ? rc : edit_write(&r->edit, &err);
	}
	if (rc < 0) {
		return cmd_fail(r->env, &err);
	}
	if (left < rules) {
		cmd_note("%s '%s'; undo: %s", r->edit.exists ? "changed" : "made", r->edit.path, ctx_buf_str(&undo));
	}
	if (left > 0) {
		cmd_note("%zu of %zu rules were left out: a person must agree (--allow review)", left, rules);
	}
	return left > 0 ? CMD_ERROR : CMD_OK;
}

/** Single rules, and what they would have saved. */
static int propose_rules(struct run *r) {
	const struct ignore_args *args = r->args;
	r->propose.evidence.classic = args->classic;
	r->propose.evidence.tracked = !args->no_history;
	int status = propose_run(&r->propose);
	return status != CMD_OK ? status
				: ignore_replay(&r->report.replay, &r->propose, args->load.engine,
					  args->no_history ? NULL : &args->commits);
}

/** A whole file. */
static int propose_whole(struct run *r) {
	r->whole.p = &r->propose;
	r->whole.personal = r->args->personal;
	r->report.replay.none = "";
	return r->args->from_git ? ignore_from_git(&r->whole) : ignore_allow(&r->whole);
}

/** Tell that there is more for the Dockerfile alone. */
static int hint_own(struct run *r) {
	int more = propose_count_own(&r->propose);
	if (more > 0) {
		cmd_note("%d more %s right for this Dockerfile alone: --own", more,
			more == 1 ? "rule is" : "rules are");
	}
	return more < 0 ? CMD_ERROR : CMD_OK;
}

/** --verify: the images with the rules of the class that was asked for. */
static int verify_rules(struct run *r) {
	struct ctx_error err;
	size_t left, rules = count_rules(r, &left);
	if (left == rules) {
		cmd_note("nothing is verified: no rule is of class %s", proof_names[r->args->allow]);
		return CMD_OK;
	}
	if (make_edit(r, (enum ana_proof)r->args->allow, &err) < 0) {
		return cmd_fail(r->env, &err);
	}
	const struct ctx_buf *dockerfile = &r->place->dockerfile_text;
	struct verify_proposal proposal = { .ignore = r->edit.now };
	if (load_dockerfile(r->place, &err) >= 0) { // what is wrong, verify_run() says
		proposal.dockerfile = (struct ctx_str){ ctx_buf_str(dockerfile), dockerfile->len };
	}
	int status = verify_run(&r->verify, r->env, &r->args->common, r->place, &r->args->build, &r->args->verify,
		&proposal);
	r->report.verify = status == CMD_OK ? &r->verify.result : NULL;
	return status;
}

/** Propose, verify, print, write. */
static int finish(struct run *r) {
	const struct ignore_args *args = r->args;
	r->propose.own = args->own;
	int status = propose_look(&r->propose, r->env, &args->common, r->place, &args->build);
	status = status != CMD_OK ? status : is_whole(r) ? propose_whole(r) : propose_rules(r);
	struct ctx_error err;
	if (status == CMD_OK && fill(r, &err) < 0) {
		status = cmd_fail(r->env, &err);
	}
	size_t left;
	bool found = status == CMD_OK && count_rules(r, &left) > 0;
	if (status == CMD_OK && args->verify.verify && found) {
		status = verify_rules(r);
	}
	bool differs = r->report.verify != NULL && !r->report.verify->equal;
	status = status != CMD_OK ? status
				  : present_print(r->env, &args->common, args->format, print_ignore, &r->report);
	if (status == CMD_OK && args->write && !differs) {
		status = write_file(r);
	}
	bool text = present_is_text(args->format);
	if (status == CMD_OK && text && !args->common.quiet && !is_whole(r) && !args->diff) {
		status = hint_own(r);
	}
	status = status == CMD_OK && r->present.partial ? CMD_ERROR : status;
	return status == CMD_OK && (differs || (args->check && found)) ? CMD_GATE : status;
}

/** struct cmd's run. */
static int run_ignore(struct cmd_env *env, const void *args_) {
	const struct ignore_args *args = args_;
	struct ctx_error err;
	if (check_args(args, &err) < 0) {
		return cmd_fail(env, &err);
	}
	auto_place struct place place = PLACE_INIT;
	const char *operand = args->operands.values.count > 0 ? args->operands.values.items[0] : NULL;
	int status = load_place(env, &place, &args->load, operand);
	if (status == CMD_OK && place.kind != PLACE_DIRECTORY) {
		ctx_fail(&err, CTX_E_USAGE, "'%s' is no directory: rules are proposed for directories only",
			place.root);
		status = cmd_fail(env, &err);
	}
	struct load_opts load = { .common = &args->common, .excluded = args->from_git || args->allowlist };
	status = status != CMD_OK ? status : load_entries(env, &place, &args->load, &load);
	if (status == CMD_OK) {
		struct run r = { .env = env, .args = args, .place = &place };
		status = finish(&r);
		ignore_whole_release(&r.whole);
		propose_release(&r.propose);
		verify_release(&r.verify);
		present_release(&r.present);
		ctx_buf_release(&r.path);
		ctx_buf_release(&r.text);
		ctx_buf_release(&r.diff);
	}
	return status;
}

const struct cmd cmd_ignore = {
	.name = "ignore",
	.usage = "[OPTIONS] [PATH]",
	.summary = "rules for the ignore file, what they save, why they are safe",
	.about =
		"Propose rules from evidence: what is sent and no step reads, and version control, dependencies, build output, "
		"caches, editor files, logs, secrets and local settings that git does not track and that a step takes only "
		"because it takes everything. Each rule names what it leaves out and why that is safe; what was looked at and "
		"left alone is listed with the reason.\n\n"
		"Classes of proof: 'identical', no step of any build reads it; 'equivalent', the same, but a step copies the "
		"ignore file itself; 'review', a step takes it, and a person must agree that the image can do without. Every "
		"rule was checked by planning all builds again, all stages and all Dockerfiles that use the file: exactly what "
		"is proposed is gone. Commands that are not known are taken to need everything. That holds for the files as "
		"they are; ONBUILD triggers of base images are not seen.\n\n"
		"The history is replayed with the ignore file of now and with that of then, each in place of every commit's own, "
		"from the first commit that can be built, and the newer third of the builds is scored; those that fail with either file count in "
		"neither. It is that of a CI machine, which has nothing but commits: what git "
		"does not track saves bytes and misses on the machines of people alone. Documentation, settings of services and "
		"build definitions that git tracks are proposed where that saves at least 10 seconds in the older two thirds, by which is "
		"chosen, and anything in the newer, and no other file that is sent holds their name.\n\n"
		"--verify builds with the rules of --allow, and twice without them, and compares paths, kinds, modes, owners, "
		"contents, extended attributes and configuration of the images, apart from what differs between the two "
		"builds without; status 1 says that they differ, and then nothing is written. Both are built from the context as it "
		"is, so a step that copies the ignore file takes the old one.\n\n"
		"Rules are added at the end of the file in force, the <Dockerfile>.dockerignore if there is one; nothing else in "
		"it changes. With --from-gitignore or --allowlist a block of rules comes in front of the user's own lines, which so "
		"have the last word. --from-gitignore keeps what git tracks or does not ignore, and what an instruction names; what "
		"Docker's language cannot say is listed. --allowlist keeps sources as the Dockerfile names them, so that new files "
		"in a directory that is copied are there, too. --own proposes for one Dockerfile what others need: such a file replaces "
		"the common one, so it begins with a copy of it. Builders before BuildKit do not read it.",
	.examples = "ignore                         # what to leave out, and why\n"
		    "ignore --verify                # and the proof, by docker\n"
		    "ignore --diff | git apply      # take it\n"
		    "ignore --write --allow review  # the same\n"
		    "ignore --check -q              # fail when there is something to propose\n"
		    "ignore --from-gitignore --diff # what git ignores\n",
	.sets = { { ignore_opts, 0 }, { verify_opts, offsetof(struct ignore_args, verify) },
		{ build_opts, offsetof(struct ignore_args, build) }, { load_opts, offsetof(struct ignore_args, load) },
		{ cmd_common_opts, offsetof(struct ignore_args, common) } },
	.args_size = sizeof(struct ignore_args),
	.operands_at = offsetof(struct ignore_args, operands),
	.max_operands = 1,
	.operand = "PATH",
	.operand_kind = OPT_DIR,
	.run = run_ignore,
};
