/**
 * `ctxopt ignore`: rules for the ignore file, what they save, and why they break nothing.
 */
#include "ctxopt/base/path.h"
#include "ctxopt/cli/ignore_edit.h"
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
	bool diff, write, check, force, classic;
};

/** The order is that of enum ana_proof. */
static const char *const proof_names[] = { "identical", "equivalent", "review", NULL };

// clang-format off
static const struct opt ignore_opts[] = {
	{ .kind = OPT_GROUP, .help = "What to do with the proposal" },
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
	struct present present;
	struct ignore_edit edit;
	struct verify verify;
	/** Path of the ignore file, its text as it will be written, the diff of all rules. */
	struct ctx_buf path, text, diff;
	struct ana_ignore_report report;
};

/** Options that do not go together. */
static int check_args(const struct ignore_args *args, struct ctx_error *err) {
	bool text = strcmp(ana_format_names[args->format], "text") == 0;
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
	return args->force && !args->write ? ctx_fail(err, CTX_E_USAGE, "--force goes with --write")
					   : verify_check(&args->verify, &args->load, err);
}

/** Make the file with the rules of a class, and tell the change. */
static int make_edit(struct run *r, enum ana_proof most, struct ctx_error *err) {
	const struct ctx_ignore_source *source = &r->place->ignore_source;
	ctx_buf_reset(&r->path);
	ctx_buf_reset(&r->text);
	if (source->path != NULL) {
		ctx_buf_adds(&r->path, source->path);
	} else {
		ctx_path_join(&r->path, strcmp(r->place->root, ".") == 0 ? "" : r->place->root, ".dockerignore");
	}
	struct ctx_str old = { ctx_buf_str(&source->text), source->text.len };
	int rc = ana_ignore_text(&r->text, &r->propose.proposal, old, most, err);
	r->edit = (struct ignore_edit){ .path = ctx_buf_str(&r->path),
		.exists = source->path != NULL,
		.old = old,
		.now = { ctx_buf_str(&r->text), r->text.len } };
	return rc < 0 || ctx_buf_ok(&r->path) ? rc : ctx_fail_nomem(err);
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
	ignore_edit_diff(&r->diff, &r->edit);
	if (rc < 0 || !ctx_buf_ok(&r->diff)) {
		return rc < 0 ? rc : ctx_fail_nomem(err);
	}
	r->report = (struct ana_ignore_report){ .proposal = &p->proposal,
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

/** Rules whose proof is too weak for --allow. */
static size_t count_left(const struct run *r) {
	size_t left = 0;
	for (size_t i = 0; i < r->propose.proposal.rules.count; ++i) {
		left += (int)r->propose.proposal.rules.items[i].proof > r->args->allow;
	}
	return left;
}

/** --write: the file, and what was done to it. */
static int write_file(struct run *r) {
	struct ctx_error err;
	size_t left = count_left(r), rules = r->propose.proposal.rules.count;
	int rc = make_edit(r, (enum ana_proof)r->args->allow, &err);
	if (rc == 0 && left < rules) {
		rc = r->args->force ? 0 : ignore_edit_guard(&r->edit, r->place->root, &err);
		rc = rc < 0 ? rc : ignore_edit_write(&r->edit, &err);
	}
	if (rc < 0) {
		return cmd_fail(r->env, &err);
	}
	if (left < rules) {
		ctx_auto_buf struct ctx_buf undo = CTX_BUF_INIT;
		ignore_edit_undo(&undo, &r->edit);
		cmd_note("%s '%s'; undo: %s", r->edit.exists ? "changed" : "made", r->edit.path, ctx_buf_str(&undo));
	}
	if (left > 0) {
		cmd_note("%zu of %zu rules were left out: a person must agree (--allow review)", left, rules);
	}
	return left > 0 ? CMD_ERROR : CMD_OK;
}

/** --verify: the images with the rules of the class that was asked for. */
static int verify_rules(struct run *r) {
	struct ctx_error err;
	if (count_left(r) == r->propose.proposal.rules.count) {
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
	int status = propose_run(&r->propose, r->env, &args->common, r->place, &args->build, args->classic);
	struct ctx_error err;
	if (status == CMD_OK && fill(r, &err) < 0) {
		status = cmd_fail(r->env, &err);
	}
	bool found = r->propose.proposal.rules.count > 0;
	if (status == CMD_OK && args->verify.verify && found) {
		status = verify_rules(r);
	}
	bool differs = r->report.verify != NULL && !r->report.verify->equal;
	status = status != CMD_OK ? status
				  : present_print(r->env, &args->common, args->format, print_ignore, &r->report);
	if (status == CMD_OK && args->write && !differs) {
		status = write_file(r);
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
	struct load_opts load = { .common = &args->common };
	status = status != CMD_OK ? status : load_entries(env, &place, &args->load, &load);
	if (status == CMD_OK) {
		struct run r = { .env = env, .args = args, .place = &place };
		status = finish(&r);
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
		"--verify builds with the rules of --allow, and twice without them, and compares paths, kinds, modes, owners, "
		"contents, extended attributes and configuration of the images, apart from what differs between the two "
		"builds without; status 1 says that they differ, and then nothing is written. Both are built from the context as it "
		"is, so a step that copies the ignore file takes the old one.\n\n"
		"Rules are added at the end of the file in force, the <Dockerfile>.dockerignore if there is one; nothing else in "
		"it changes. Misses and seconds that rules would save over the history, and separate ignore files for several "
		"Dockerfiles, are not computed.",
	.examples = "ignore                         # what to leave out, and why\n"
		    "ignore --verify                # and the proof, by docker\n"
		    "ignore --diff | git apply      # take it\n"
		    "ignore --write --allow review  # the same\n"
		    "ignore --check -q              # fail when there is something to propose\n",
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
