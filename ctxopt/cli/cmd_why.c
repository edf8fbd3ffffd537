/**
 * `ctxopt why`: is this path in the context, who says so, and which steps read it.
 *
 * Rules are evaluated along the paths.  Only to know about steps the context is walked, so not with -q.
 */
#include "ctxopt/base/alloc.h"
#include "ctxopt/base/path.h"
#include "ctxopt/cli/plan.h"
#include "ctxopt/cli/present.h"
#include "ctxopt/cli/why_steps.h"
#include "ctxopt/context/explain.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

/** The command line. */
struct why_args {
	struct load_args load;
	struct cmd_common common;
	struct build_args build;
	struct opt_list operands;
	int format;
};

// clang-format off
static const struct opt why_opts[] = {
	{ .kind = OPT_GROUP, .help = "How to show it" },
	PRESENT_FORMAT_OPT(struct why_args, format),
	{ .kind = OPT_END },
};
// clang-format on

/** One run. */
struct run {
	struct cmd_env *env;
	const struct why_args *args;
	struct place *place;
	/** Real path of the context, of the working directory, and of the repository's top; "" if there is none. */
	char root[PATH_MAX], cwd[PATH_MAX], top[PATH_MAX];
	struct ctx_gitrepo *repo;
	struct ctx_buf repo_prefix;
	/** The paths inside the context: as they were given, and what holds for them. */
	const char **given;
	struct ctx_explanation *items;
	size_t count;
	/** A path was outside of the context, and reported. */
	bool partial;
	const struct ctx_rule **rules;
	struct present present;
	struct plan plan;
	struct why_steps steps;
};

/** Find the repository around the context, if there is one that can be read. */
static int open_repo(struct run *r, struct ctx_error *err) {
	struct ctx_error ignored;
	if (ctx_gitrepo_open(&r->repo, r->place->root, &ignored) < 0) {
		r->repo = NULL;
		return 0;
	}
	const char *workdir = ctx_gitrepo_workdir(r->repo);
	const char *inside = NULL;
	if (workdir != NULL && realpath(workdir, r->top) != NULL) {
		inside = ctx_path_below(r->root, r->top);
	}
	if (inside == NULL) {
		ctx_gitrepo_free(r->repo);
		r->repo = NULL;
		return 0;
	}
	if (*inside != '\0') {
		ctx_buf_addf(&r->repo_prefix, "%s/", inside);
	}
	return ctx_buf_ok(&r->repo_prefix) ? 0 : ctx_fail_nomem(err);
}

/** Where the context and the working directory are. */
static int find_roots(struct run *r, struct ctx_error *err) {
	if (realpath(r->place->root, r->root) == NULL) {
		return ctx_fail_sys(err, errno, "cannot resolve '%s'", r->place->root);
	}
	if (getcwd(r->cwd, sizeof(r->cwd)) == NULL) {
		r->cwd[0] = '\0'; // paths are then relative to the context
	}
	return open_repo(r, err);
}

/**
 * A path as it was given to a clean path relative to the context: absolute, relative to the working directory if that
 * lies in the context, else relative to the context (or to the working directory, if that leads into the context).
 */
static int context_path(const struct run *r, const char *given, struct ctx_buf *out, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf joined = CTX_BUF_INIT, clean = CTX_BUF_INIT;
	bool absolute = given[0] == '/';
	if (!absolute && r->cwd[0] != '\0') {
		ctx_path_join(&joined, r->cwd, given);
	} else {
		ctx_buf_adds(&joined, given);
	}
	ctx_path_clean(&clean, ctx_buf_str(&joined), joined.len);
	const char *inside = ctx_path_below(ctx_buf_str(&clean), r->root);
	if (inside == NULL && !absolute && ctx_path_below(r->cwd, r->root) == NULL) {
		ctx_buf_reset(&clean);
		ctx_path_clean(&clean, given, strlen(given));
		inside = ctx_buf_str(&clean);
		bool outside = strcmp(inside, "..") == 0 || strncmp(inside, "../", 3) == 0;
		inside = outside ? NULL : strcmp(inside, ".") == 0 ? "" : inside;
	}
	if (!ctx_buf_ok(&clean) || !ctx_buf_ok(&joined)) {
		return ctx_fail_nomem(err);
	}
	if (inside == NULL) {
		return ctx_fail(err, CTX_E_MISSING, "'%s' is outside of the context '%s'", given, r->place->root);
	}
	ctx_buf_adds(out, inside);
	return ctx_buf_ok(out) ? 0 : ctx_fail_nomem(err);
}

/** Explain one path; one outside of the context is reported and left out. */
static int explain_one(struct run *r, const struct ctx_explain_opts *opts, const char *given, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	int rc = context_path(r, given, &path, err);
	if (rc == CTX_E_MISSING) {
		(void)cmd_fail(r->env, err);
		r->partial = true;
		return 0;
	}
	bool dir = given[0] != '\0' && given[strlen(given) - 1] == '/';
	rc = rc < 0 ? rc : ctx_explain(&r->items[r->count], opts, ctx_buf_str(&path), dir, err);
	if (rc == 0) {
		r->given[r->count++] = given;
	}
	return rc;
}

/** Explain all paths. */
static int explain_all(struct run *r, struct ctx_error *err) {
	const struct opt_list *given = &r->args->operands;
	struct ctx_explain_opts opts = {
		.root_fd = r->place->fd,
		.ig = r->place->ignore,
		.ignore_text = r->place->ignore == NULL ? NULL : ctx_buf_str(&r->place->ignore_source.text),
		.ignore_text_len = r->place->ignore_source.text.len,
		.repo = r->repo,
		.repo_prefix = ctx_buf_str(&r->repo_prefix),
	};
	r->items = ctx_calloc(given->values.count, sizeof(*r->items));
	r->given = ctx_calloc(given->values.count, sizeof(*r->given));
	if (r->items == NULL || r->given == NULL) {
		return ctx_fail_nomem(err);
	}
	for (size_t i = 0; i < given->values.count; ++i) {
		int rc = explain_one(r, &opts, given->values.items[i], err);
		if (rc < 0) {
			return rc;
		}
	}
	return 0;
}

/** The rules as an array. */
static int list_rules(struct run *r, struct ctx_error *err) {
	size_t count = r->place->ignore == NULL ? 0 : ctx_ignore_count(r->place->ignore);
	r->rules = ctx_calloc(count + 1, sizeof(struct ctx_rule *));
	if (r->rules == NULL) {
		return ctx_fail_nomem(err);
	}
	for (size_t i = 0; i < count; ++i) {
		r->rules[i] = ctx_ignore_rule(r->place->ignore, i);
	}
	return 0;
}

/** Walk the context, and find which steps read each path. */
static int find_steps(struct run *r, struct ctx_error *err) {
	bool quiet = r->args->common.quiet && present_is_text(r->args->format);
	if (quiet || r->count == 0) {
		return CMD_OK;
	}
	int status = plan_make(&r->plan, r->env, r->place, &r->args->build);
	struct load_opts load = { .common = &r->args->common };
	if (status == CMD_OK && plan_ready(&r->plan)) {
		status = load_entries(r->env, r->place, &r->args->load, &load);
	}
	if (status != CMD_OK || !plan_ready(&r->plan)) {
		plan_note_invalid(&r->plan, r->env);
		return status;
	}
	int rc = plan_read(&r->plan, r->env, &r->args->common, r->place, 0, err);
	rc = rc < 0 ? rc : why_steps_find(&r->steps, &r->plan, r->place->snap, r->items, r->count, err);
	return rc < 0 ? cmd_fail(r->env, err) : CMD_OK;
}

/** present_fn. */
static void print_why(struct ctx_out *out, const struct ana_renderer *renderer, const void *report) {
	renderer->why(out, report);
}

/** Explain and print. */
static int finish(struct run *r) {
	struct ctx_error err;
	int rc = find_roots(r, &err);
	rc = rc < 0 ? rc : list_rules(r, &err);
	rc = rc < 0 ? rc : explain_all(r, &err);
	if (rc < 0) {
		return cmd_fail(r->env, &err);
	}
	int found = find_steps(r, &err);
	if (found != CMD_OK) {
		return found;
	}
	struct ana_why report = { .items = r->items,
		.count = r->count,
		.given = r->given,
		.build = &r->plan.build,
		.uses = r->steps.uses,
		.rules = r->rules,
		.rule_count = r->place->ignore == NULL ? 0 : ctx_ignore_count(r->place->ignore) };
	present_head(&report.head, r->env, &r->args->common, r->place, &r->present);
	int status = r->count > 0 ? present_print(r->env, &r->args->common, r->args->format, print_why, &report)
				  : CMD_OK;
	if (status == CMD_OK && r->plan.build.error_count > 0) {
		status = CMD_INVALID;
	}
	return (status == CMD_OK || status == CMD_INVALID) && r->partial ? CMD_ERROR : status;
}

/** Release what the run owns. */
static void run_release(struct run *r) {
	for (size_t i = 0; i < r->count; ++i) {
		ctx_explanation_release(&r->items[i]);
	}
	free(r->items);
	free(r->given);
	free(r->rules);
	ctx_gitrepo_free(r->repo);
	ctx_buf_release(&r->repo_prefix);
	why_steps_release(&r->steps);
	plan_release(&r->plan);
	present_release(&r->present);
}

/** struct cmd's run. */
static int run_why(struct cmd_env *env, const void *args_) {
	const struct why_args *args = args_;
	auto_place struct place place = PLACE_INIT;
	int status = load_place(env, &place, &args->load, NULL);
	if (status == CMD_OK && place.kind != PLACE_DIRECTORY) {
		struct ctx_error err;
		ctx_fail(&err, CTX_E_USAGE, "'%s' is no directory: rules apply to directories only", place.root);
		status = cmd_fail(env, &err);
	}
	if (status == CMD_OK) {
		struct run r = { .env = env, .args = args, .place = &place };
		status = finish(&r);
		run_release(&r);
	}
	return status;
}

const struct cmd cmd_why = {
	.name = "why",
	.usage = "[OPTIONS] PATH...",
	.summary = "is this path in the context, which line of the ignore file decided, which steps read it",
	.about =
		"For each path one line says whether a build sees it, and the line of the ignore file that decided, as "
		"FILE:LINE:PATTERN.  Indented lines below name every rule that touched the path or one of its parents, and "
		"tell which steps of the Dockerfile read it and where git would decide otherwise.  A path need not exist.\n\n"
		"Paths are relative to the working directory if that lies in the context, else to the context.",
	.examples = "why src/app.log                    # kept or excluded, and by which line\n"
		    "why -v docs/README.md              # rules that were skipped, too\n"
		    "why -q --context api $(git ls-files api)\n",
	.sets = { { why_opts, 0 }, { build_opts, offsetof(struct why_args, build) },
		{ load_opts, offsetof(struct why_args, load) },
		{ cmd_common_opts, offsetof(struct why_args, common) } },
	.args_size = sizeof(struct why_args),
	.operands_at = offsetof(struct why_args, operands),
	.min_operands = 1,
	.max_operands = UINT32_MAX,
	.operand = "PATH",
	.operand_kind = OPT_FILE,
	.run = run_why,
};
