/**
 * `ctxopt context`: how big is the context, where are the bytes, and which rule is responsible.
 *
 * The run is a row of steps that fill one report: entries, contents (digests), measures, archives, comparison.  Only
 * then something is printed.
 */
#include "analyzer/report/words.h"
#include "ctxopt/base/file.h"
#include "ctxopt/cli/contents.h"
#include "ctxopt/cli/plan.h"
#include "ctxopt/cli/present.h"
#include "ctxopt/context/snapshot_file.h"

#include <fcntl.h>

/** Rows of the standard report: levels and directories per level of the picture, largest files, files that arrive empty. */
#define PICTURE_DEPTH 2
#define PICTURE_TOP 6
#define BIGGEST_ROWS 5
#define EMPTIED_ROWS 10
/** Directories of the part that is sent and read by no step. */
#define UNREAD_ROWS 5
/** Directories with less than this share of all bytes are not in the standard picture. */
#define PICTURE_MIN_PERCENT 2

/** The command line. */
struct context_args {
	struct load_args load;
	struct cmd_common common;
	struct contents_args contents;
	struct build_args build;
	struct opt_list operands;
	int format;
	/** enum ana_by less one, -1 if not given. */
	int by;
	unsigned depth, top;
	bool tree, list, nul, excluded, duplicates, digest;
	struct opt_size max_size;
	const char *save, *since;
};

static const char *const by_names[] = { "dir", "ext", "rule", "file", NULL };

// clang-format off
static const struct opt context_opts[] = {
	{ .kind = OPT_GROUP, .help = "What to show" },
	{ .kind = OPT_FLAG, .name = "tree", .at = offsetof(struct context_args, tree),
	  .help = "draw the directories, with bars and what is excluded" },
	{ .kind = OPT_CHOICE, .name = "by", .arg = "WHAT", .choices = by_names, .at = offsetof(struct context_args, by),
	  .help = "break the bytes down" },
	{ .kind = OPT_FLAG, .name = "list", .at = offsetof(struct context_args, list),
	  .help = "print the path of every entry, one per line" },
	{ .kind = OPT_FLAG, .name = "null", .letter = '0', .flags = OPT_MANNER, .at = offsetof(struct context_args, nul),
	  .help = "with --list: end paths with a NUL byte, for xargs -0" },
	{ .kind = OPT_FLAG, .name = "excluded", .at = offsetof(struct context_args, excluded),
	  .help = "look into excluded directories too; --list and --by then show what is excluded" },
	{ .kind = OPT_FLAG, .name = "duplicates", .at = offsetof(struct context_args, duplicates),
	  .help = "find files with the same content" },
	{ .kind = OPT_UINT, .name = "depth", .arg = "N", .preset = "2", .at = offsetof(struct context_args, depth),
	  .help = "levels of directories, 0 for all" },
	{ .kind = OPT_UINT, .name = "top", .arg = "N", .preset = "10", .at = offsetof(struct context_args, top),
	  .help = "rows per table and directories per directory, 0 for all" },
	PRESENT_FORMAT_OPT(struct context_args, format),
	{ .kind = OPT_GROUP, .help = "Digests and changes" },
	{ .kind = OPT_FLAG, .name = "digest", .at = offsetof(struct context_args, digest),
	  .help = "print one digest of names, permission bits and contents" },
	{ .kind = OPT_FILE, .name = "save", .arg = "FILE", .flags = OPT_ONCE, .at = offsetof(struct context_args, save),
	  .help = "save the entries with their digests, for a later --since" },
	{ .kind = OPT_FILE, .name = "since", .arg = "FILE", .flags = OPT_ONCE, .at = offsetof(struct context_args, since),
	  .help = "show what changed since FILE was saved" },
	{ .kind = OPT_GROUP, .help = "Gate" },
	{ .kind = OPT_SIZE, .name = "max-size", .arg = "SIZE", .at = offsetof(struct context_args, max_size),
	  .help = "exit with status 1 if the context is larger, such as 50MB or 1.5GiB" },
	{ .kind = OPT_END },
};
// clang-format on

/** One run. */
struct run {
	struct cmd_env *env;
	const struct context_args *args;
	struct place *place;
	struct ana_context report;
	struct present present;
	/** What the report borrows. */
	struct ctx_measure measure;
	struct ctx_rule_facts rules;
	struct ctx_tree tree;
	struct ctx_groups biggest, groups;
	struct ctx_emptied emptied;
	struct ctx_duplicates duplicates;
	struct contents contents;
	struct ctx_diff diff;
	struct ctx_snapshot *before;
	struct plan plan;
};

/** Options that do not go together. */
static int check_args(const struct context_args *args, struct ctx_error *err) {
	bool text = present_is_text(args->format);
	if (args->nul && !(args->list && text)) {
		return ctx_fail(err, CTX_E_USAGE, "-0 goes with --list as text");
	}
	bool other = args->tree || args->by >= 0 || args->duplicates || args->since != NULL;
	if (args->list && text && other) {
		return ctx_fail(err, CTX_E_USAGE, "--list prints nothing but paths: it does not go with %s",
			args->tree                 ? "--tree"
				: args->by >= 0    ? "--by"
				: args->duplicates ? "--duplicates"
						   : "--since");
	}
	return contents_check(&args->contents, err);
}

/** Does the output say what a build does with the context?  The one-line answer and bare lists do not. */
static bool wants_plan(const struct context_args *args) {
	bool text = present_is_text(args->format);
	return !text || !(args->list || args->common.quiet);
}

/** Does it need to know what steps read and what is sent?  The single views do not, but as JSON. */
static bool wants_reads(const struct context_args *args) {
	bool view = args->tree || args->by >= 0 || args->duplicates || args->list;
	return !view || strcmp(ana_format_names[args->format], "json") == 0;
}

/** Does it need to know how much is sent?  That takes a system call for each entry, too much for a list of them. */
static bool wants_transfer(const struct context_args *args) {
	return wants_reads(args) && !args->list;
}

/** Is a bare list of paths all that is asked for? */
static bool wants_names_only(const struct context_args *args) {
	bool text = present_is_text(args->format);
	bool contents = args->digest || args->contents.pack != NULL || args->contents.compress.values.count > 0;
	return args->list && text && !contents && !args->max_size.set && args->save == NULL;
}

/** Read the saved snapshot that is compared with. */
static int read_before(struct run *r, struct ctx_error *err) {
	if (r->args->since == NULL) {
		return 0;
	}
	ctx_auto_buf struct ctx_buf bytes = CTX_BUF_INIT;
	int rc = ctx_read_at(&bytes, AT_FDCWD, r->args->since, (size_t)4 << 30, err);
	if (rc == 0) {
		rc = ctx_wrap(err, ctx_snapshot_decode(&r->before, ctx_buf_str(&bytes), bytes.len, err), "'%s'",
			r->args->since);
	}
	return ctx_wrap(err, rc, "--since");
}

/** Were digests saved?  Then contents are compared, else sizes and times. */
static bool has_digests(struct ctx_snapshot *snap) {
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (const struct ctx_entry *e = ctx_cursor_next(&c); e != NULL; e = ctx_cursor_next(&c)) {
		if (e->kind == CTX_KIND_FILE) {
			return (e->flags & CTX_ENTRY_DIGEST) != 0;
		}
	}
	return false;
}

/** Digest contents if anything needs it. */
static int digest(struct run *r, struct ctx_error *err) {
	const struct context_args *a = r->args;
	bool needed = a->digest || a->duplicates || a->save != NULL || (r->before != NULL && has_digests(r->before));
	if (!needed) {
		return 0;
	}
	int rc = contents_digest(&r->contents, r->env, &a->common, r->place, err);
	r->report.digests = rc == 0;
	r->report.digest = rc == 0 && a->digest ? &r->place->snap->root.digest : NULL;
	return rc;
}

/** Count everything, and find out about rules. */
static int measure(struct run *r, struct ctx_error *err) {
	size_t rules = r->place->ignore == NULL ? 0 : ctx_ignore_count(r->place->ignore);
	int rc = ctx_measure(&r->measure, r->place->snap, rules, err);
	rc = rc < 0 ? rc : ctx_rule_facts_make(&r->rules, r->place->snap, r->place->ignore, err);
	r->report.measure = &r->measure;
	r->report.rules = &r->rules;
	return rc;
}

/** The breakdown of --by. */
static int break_down(struct run *r, struct ctx_error *err) {
	struct ctx_snapshot *snap = r->place->snap;
	enum ctx_which which = r->args->excluded ? CTX_WHICH_EXCLUDED : CTX_WHICH_KEPT;
	r->report.by = (enum ana_by)(r->args->by + 1);
	r->report.groups = &r->groups;
	switch (r->report.by) {
	case ANA_BY_DIR:
		return ctx_group_dirs(&r->groups, snap, which, r->args->depth, r->args->top, err);
	case ANA_BY_EXT:
		return ctx_group_exts(&r->groups, snap, which, r->args->top, err);
	case ANA_BY_FILE:
		return ctx_group_files(&r->groups, snap, which, r->args->top, err);
	case ANA_BY_NONE:
	case ANA_BY_RULE:
		r->report.groups = NULL;
		break;
	}
	return 0;
}

/** The picture of the directories: as --tree asks, or a small one for the standard report. */
static int draw_tree(struct run *r, struct ctx_error *err) {
	struct ctx_tree_opts wide = { .depth = r->args->depth, .top = r->args->top, .excluded = true };
	struct ctx_tree_opts small = { .depth = PICTURE_DEPTH,
		.top = PICTURE_TOP,
		.min_bytes = r->measure.included.bytes / 100 * PICTURE_MIN_PERCENT };
	r->report.tree = &r->tree;
	r->report.tree_asked = r->args->tree;
	return ctx_tree_make(&r->tree, r->place->snap, r->args->tree ? &wide : &small, err);
}

/** What only the standard report shows. */
static int fill_standard(struct run *r, struct ctx_error *err) {
	r->report.everything = true;
	r->report.biggest = &r->biggest;
	r->report.emptied = &r->emptied;
	int rc = draw_tree(r, err);
	rc = rc < 0 ? rc : ctx_group_files(&r->biggest, r->place->snap, CTX_WHICH_KEPT, BIGGEST_ROWS, err);
	return rc < 0 ? rc : ctx_emptied_find(&r->emptied, r->place->snap, r->place->ignore, EMPTIED_ROWS, err);
}

/** Fill what was asked for. */
static int fill_views(struct run *r, struct ctx_error *err) {
	const struct context_args *a = r->args;
	r->report.list = a->list;
	r->report.list_nul = a->nul;
	r->report.of_excluded = a->excluded;
	int rc = 0;
	if (a->by >= 0) {
		rc = break_down(r, err);
	}
	if (rc == 0 && a->tree) {
		rc = draw_tree(r, err);
	}
	if (rc == 0 && a->duplicates) {
		r->report.duplicates = &r->duplicates;
		rc = ctx_find_duplicates(&r->duplicates, r->place->snap, a->top, err);
	}
	if (rc == 0 && r->before != NULL) {
		r->report.since = &r->diff;
		r->report.since_file = a->since;
		rc = ctx_diff_snapshots(&r->diff, r->before, r->place->snap, err);
	}
	bool view = a->by >= 0 || a->tree || a->duplicates || a->list || r->before != NULL;
	return rc < 0 || view ? rc : fill_standard(r, err);
}

/** What the Dockerfile makes of the context. */
static int plan(struct run *r, struct ctx_error *err) {
	r->report.build = &r->plan.build;
	plan_note_invalid(&r->plan, r->env);
	if (!wants_reads(r->args)) {
		return 0;
	}
	int rc = plan_read(&r->plan, r->env, &r->args->common, r->place, UNREAD_ROWS, err);
	if (rc == 0 && wants_transfer(r->args)) {
		rc = plan_send(&r->plan, cmd_jobs(&r->args->common), r->place, r->before, err);
	}
	plan_note_missing(&r->plan);
	return rc;
}

/** Archive sizes and --pack. */
static int pack(struct run *r, struct ctx_error *err) {
	int rc = contents_pack(&r->contents, &r->args->contents, r->env, &r->args->common, r->place, err);
	r->report.tars = r->contents.tars;
	r->report.tar_count = r->contents.tar_count;
	r->report.tar_raw_bytes = r->contents.tar_raw_bytes;
	r->report.packed_to = r->contents.packed_to;
	r->report.packed_bytes = r->contents.packed_bytes;
	return rc;
}

/** --save. */
static int save(struct run *r, struct ctx_error *err) {
	if (r->args->save == NULL) {
		return 0;
	}
	ctx_auto_buf struct ctx_buf bytes = CTX_BUF_INIT;
	struct ctx_out out;
	int rc = ctx_snapshot_encode(&bytes, r->place->snap, err);
	rc = rc < 0 ? rc : ctx_out_init_file(&out, r->args->save, err);
	if (rc == 0) {
		ctx_out_write(&out, ctx_buf_str(&bytes), bytes.len);
		rc = ctx_out_close(&out, err);
	}
	return ctx_wrap(err, rc, "--save");
}

/** Is the context as small as it has to be? */
static void check_gate(struct run *r) {
	r->report.gated = r->args->max_size.set;
	r->report.gate_bytes = r->args->max_size.bytes;
	r->report.gate_passed = r->measure.included.bytes <= r->args->max_size.bytes;
}

/** Say that the gate failed. */
static void note_gate(const struct run *r) {
	struct ctx_out size, limit;
	ctx_out_init_mem(&size);
	ctx_out_init_mem(&limit);
	ana_bytes(&size, r->measure.included.bytes);
	ana_bytes(&limit, r->report.gate_bytes);
	cmd_note("the context has %s, more than --max-size allows: %s", ctx_buf_str(&size.buf),
		ctx_buf_str(&limit.buf));
	ctx_out_abort(&size);
	ctx_out_abort(&limit);
}

/** All steps from entries to a filled report. */
static int fill(struct run *r, struct ctx_error *err) {
	r->report.snap = r->place->snap;
	int rc = digest(r, err);
	rc = rc < 0 ? rc : pack(r, err);
	rc = rc < 0 ? rc : measure(r, err);
	rc = rc < 0 ? rc : plan(r, err);
	rc = rc < 0 ? rc : fill_views(r, err);
	if (rc < 0) {
		return rc;
	}
	check_gate(r);
	bool contents = r->report.digests || r->contents.read;
	rc = present_problems(&r->present, r->place->snap, contents, err);
	rc = rc < 0 ? rc : save(r, err);
	present_head(&r->report.head, r->env, &r->args->common, r->place, &r->present);
	return rc;
}

/** present_fn. */
static void print_context(struct ctx_out *out, const struct ana_renderer *renderer, const void *report) {
	renderer->context(out, report);
}

/** Fill, print, and tell how it went. */
static int finish(struct run *r) {
	struct ctx_error err;
	if (fill(r, &err) < 0) {
		return cmd_fail(r->env, &err);
	}
	int status = CMD_OK;
	bool archive_on_stdout = r->args->contents.pack != NULL && strcmp(r->args->contents.pack, "-") == 0;
	if (!archive_on_stdout || r->args->common.output != NULL) {
		status = present_print(r->env, &r->args->common, r->args->format, print_context, &r->report);
	}
	if (r->report.gated && !r->report.gate_passed) {
		note_gate(r);
		status = status == CMD_OK ? CMD_GATE : status;
	}
	bool done = status == CMD_OK || status == CMD_GATE;
	bool invalid = r->plan.build.error_count > 0;
	return done && r->present.partial ? CMD_ERROR : status == CMD_OK && invalid ? CMD_INVALID : status;
}

/** Release what the report borrowed. */
static void run_release(struct run *r) {
	ctx_measure_release(&r->measure);
	ctx_rule_facts_release(&r->rules);
	ctx_tree_release(&r->tree);
	ctx_groups_release(&r->biggest);
	ctx_groups_release(&r->groups);
	ctx_emptied_release(&r->emptied);
	ctx_duplicates_release(&r->duplicates);
	ctx_diff_release(&r->diff);
	plan_release(&r->plan);
	ctx_snapshot_free(r->before);
	present_release(&r->present);
}

/** struct cmd's run. */
static int run_context(struct cmd_env *env, const void *args_) {
	const struct context_args *args = args_;
	struct ctx_error err;
	if (check_args(args, &err) < 0) {
		return cmd_fail(env, &err);
	}
	auto_place struct place place = PLACE_INIT;
	const char *operand = args->operands.values.count > 0 ? args->operands.values.items[0] : NULL;
	struct load_opts load = { .common = &args->common,
		.excluded = args->excluded,
		.names_only = wants_names_only(args) };
	struct run r = { .env = env, .args = args, .place = &place };
	int status = load_place(env, &place, &args->load, operand);
	if (status == CMD_OK && read_before(&r, &err) < 0) {
		status = cmd_fail(env, &err);
	}
	status = status != CMD_OK ? status : load_entries(env, &place, &args->load, &load);
	status = status != CMD_OK || !wants_plan(args) ? status : plan_make(&r.plan, env, &place, &args->build);
	status = status != CMD_OK ? status : finish(&r);
	run_release(&r);
	return status;
}

const struct cmd cmd_context = {
	.name = "context",
	.usage = "[OPTIONS] [PATH]",
	.summary = "how big is the context, where are the bytes, which rule is responsible",
	.about =
		"Show what a build is sent: bytes and counts, the largest directories and files, what each line of the ignore "
		"file excludes, which lines do nothing, which step of the Dockerfile reads what, and how many bytes BuildKit sends.\n\n"
		"PATH is the context directory (default: .), a tar archive, a file written by --save, or - for an archive on "
		"standard input.  As in a real build, no ignore rules apply to an archive.\n\n"
		"Directories that the rules exclude are not opened, so what they hold is not counted unless --excluded is "
		"given.  No image is built and nothing is sent anywhere.",
	.examples = "context                            # the whole report\n"
		    "context --tree --depth 3           # where the bytes are\n"
		    "context --by ext src               # bytes per file extension\n"
		    "context --excluded --by rule       # what each rule keeps out\n"
		    "context --list -0 | xargs -0 ls -d # every path that is sent\n"
		    "context --max-size 50MB            # fail when it grows\n"
		    "context --pack - | docker build -  # send exactly this\n",
	.sets = { { context_opts, 0 }, { contents_opts, offsetof(struct context_args, contents) },
		{ build_opts, offsetof(struct context_args, build) },
		{ load_opts, offsetof(struct context_args, load) },
		{ load_commit_opts, offsetof(struct context_args, load) },
		{ cmd_common_opts, offsetof(struct context_args, common) } },
	.args_size = sizeof(struct context_args),
	.operands_at = offsetof(struct context_args, operands),
	.max_operands = 1,
	.operand = "PATH",
	.operand_kind = OPT_DIR,
	.run = run_context,
};
