#include "ctxopt/cli/propose.h"

#include "ctxopt/base/path.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

/** Levels of directories below the context where other Dockerfiles are looked for. */
#define OTHERS_DEPTH 6
/** How often the rules are checked again after some were given up. */
#define ROUNDS_MAX 8

/** One build: a Dockerfile and a target. */
struct propose_build {
	/** The place, perhaps with another Dockerfile.  Borrowed. */
	struct place place;
	struct build_args args;
	/** Its plan under the old file. */
	struct plan plan;
	/** Path and text of the Dockerfile in `place` are its own; builds of other targets borrow them. */
	bool owns;
};

/* ---- One build ---- */

/** plan_select_fn: note the bit of an entry. */
static int collect(void *arg, struct ctx_dir *dir, struct ctx_entry *entry) {
	uint64_t *bits = arg;
	size_t n = ana_ignore_entry(dir, entry);
	bits[n / 64] |= (uint64_t)1 << (n % 64);
	return 0;
}

/** Free the bits of a view. */
static void view_release(struct ana_ignore_view *view) {
	for (size_t i = 0; i < view->read_count; ++i) {
		free(view->reads[i].bits);
	}
	free(view->reads);
	view->reads = NULL;
	view->read_count = 0;
}

/** Words of a bit for each entry. */
static size_t bit_words(const struct propose *p) {
	return p->evidence.entry_count / 64 + 1;
}

/** What each read of a plan takes from the main context. */
static int collect_reads(const struct propose *p, const struct plan *plan, struct ana_ignore_view *view,
	struct ctx_error *err) {
	size_t count = plan->reads.items.count;
	view->graph = &plan->graph;
	view->dockerfile = plan->build.dockerfile;
	view->reads = ctx_calloc(count + 1, sizeof(*view->reads));
	int rc = view->reads == NULL ? ctx_fail_nomem(err) : 0;
	for (size_t i = 0; rc == 0 && i < count; ++i) {
		const struct ana_read *read = &plan->reads.items.items[i];
		const struct plan_context *context = &plan->contexts.items[read->local];
		if (read->local != 0 || context->snap == NULL || context->failure != NULL) {
			view->missing = view->missing || context->failure != NULL;
			continue;
		}
		uint64_t *bits = ctx_calloc(bit_words(p), sizeof(*bits));
		if (bits == NULL) {
			return ctx_fail_nomem(err);
		}
		view->reads[view->read_count++] = (struct ana_ignore_read){ read, bits };
		struct ana_selection found;
		rc = plan_select(plan, read, &found, collect, bits, err);
		view->missing = view->missing || (rc == 0 && found.missing);
	}
	return rc;
}

/** Forget what other builds ask for. */
static void clear_marks(struct ctx_snapshot *snap) {
	struct ctx_cursor c = ctx_cursor_at(snap->root.dir);
	for (struct ctx_entry *e; (e = ctx_cursor_next(&c)) != NULL;) {
		e->flags &= (uint16_t) ~(CTX_ENTRY_WANTED | CTX_ENTRY_READ);
	}
}

/** Plan a build, and collect what it reads.  `*valid`: it could be understood. */
static int look(const struct propose *p, struct propose_build *b, struct plan *plan, struct ana_ignore_view *view,
	bool *valid) {
	struct ctx_error err;
	*valid = false;
	clear_marks(p->place->snap);
	int status = plan_make(plan, p->env, &b->place, &b->args);
	if (status != CMD_OK || !plan_ready(plan)) {
		return status;
	}
	int rc = plan_read(plan, p->env, p->common, &b->place, 0, &err);
	rc = rc < 0 ? rc : collect_reads(p, plan, view, &err);
	*valid = rc == 0;
	return rc < 0 ? cmd_fail(p->env, &err) : CMD_OK;
}

/** What the first build sends. */
static int measure(const struct propose *p, struct plan *plan, struct ana_ignore_sizes *sizes) {
	struct ctx_error err;
	if (p->brief) {
		return CMD_OK;
	}
	int rc = plan_send(plan, cmd_jobs(p->common), p->place, NULL, &err);
	(void)ana_ignore_number(p->place->snap); // directories were numbered in another way
	if (rc < 0) {
		return cmd_fail(p->env, &err);
	}
	if (plan->build.sending_count > 0) {
		sizes->first_bytes = plan->build.sendings[0].transfer.first_bytes;
		sizes->next_bytes = plan->build.sendings[0].transfer.next_bytes;
	}
	sizes->classic_bytes = plan->build.classic_tar_bytes;
	return CMD_OK;
}

/* ---- All builds ---- */

/** Out of memory. */
static int no_memory(const struct propose *p) {
	struct ctx_error err;
	ctx_fail_nomem(&err);
	return cmd_fail(p->env, &err);
}

/** Add a build of a place; NULL when out of memory. */
static struct propose_build *add_build(struct propose *p, const struct place *place) {
	struct propose_build *b = ctx_calloc(1, sizeof(*b));
	struct ana_ignore_view view = { 0 };
	if (b == NULL || !CTX_VEC_PUSH(&p->builds, b)) {
		free(b);
		return NULL;
	}
	b->place = *place;
	b->args = *p->args;
	return CTX_VEC_PUSH(&p->views, view) ? b : NULL;
}

/** Free a build, and its view. */
static void build_free(struct propose_build *b, struct ana_ignore_view *view) {
	view_release(view);
	plan_release(&b->plan);
	if (b->owns) {
		ctx_buf_release(&b->place.dockerfile);
		ctx_buf_release(&b->place.dockerfile_text);
	}
	free(b);
}

/** Forget the newest build. */
static void drop_build(struct propose *p) {
	struct propose_build *b = p->builds.items[--p->builds.count];
	build_free(b, &p->views.items[--p->views.count]);
}

/** Look at the newest build for the first time. */
static int look_first(struct propose *p, bool *valid) {
	size_t i = p->builds.count - 1;
	return look(p, p->builds.items[i], &p->builds.items[i]->plan, &p->views.items[i], valid);
}

/** Add builds of the stages that no build of this Dockerfile so far needs; the last ones need most others. */
static int add_targets(struct propose *p, size_t first) {
	size_t count = p->builds.items[first]->plan.model.stages.count;
	int status = CMD_OK;
	for (size_t stage = count; status == CMD_OK && stage-- > 0;) {
		bool seen = false;
		for (size_t i = first; i < p->builds.count; ++i) {
			seen = seen || p->builds.items[i]->plan.graph.stages.items[stage].reachable;
		}
		struct ctx_str name = p->builds.items[first]->plan.model.stages.items[stage].name;
		if (seen || name.len == 0) {
			continue; // a stage without a name cannot be asked for
		}
		struct propose_build *b = add_build(p, &p->builds.items[first]->place);
		const char *target = ctx_arena_memdup0(&p->arena, name.ptr, name.len);
		if (b == NULL || target == NULL) {
			return no_memory(p);
		}
		bool valid;
		b->args.target = target;
		status = look_first(p, &valid);
		if (status == CMD_OK && !valid) {
			drop_build(p); // what only that stage gets wrong fails no other build
		}
	}
	return status;
}

/** Do all sources of a build that are not in the context exist beside its Dockerfile?  Then that is its context, not ours. */
static bool is_elsewhere(const struct propose *p, const struct ana_ignore_view *view, const char *dockerfile) {
	size_t base = ctx_path_base(dockerfile, strlen(dockerfile)), there = 0, here = 0, named = 0;
	if (base == 0) {
		return false;
	}
	for (size_t i = 0; i < view->read_count; ++i) {
		struct ctx_str path = view->reads[i].read->path;
		if (path.len <= 1 || memchr(path.ptr, '*', path.len) != NULL) {
			continue;
		}
		char text[PATH_MAX];
		snprintf(text, sizeof(text), "%.*s%.*s", (int)base, dockerfile, CTX_STR_ARGS(ctx_str_from(path, 1)));
		named++;
		there += faccessat(p->place->fd, text, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
		here += faccessat(p->place->fd, text + base, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	}
	return named > 0 && there == named && here < named;
}

/** Is the newest build's Dockerfile one among the data of tests that no builder takes, whatever its arguments are?  It is there to be refused. */
static bool is_bad_sample(const struct propose *p, const char *path) {
	const struct propose_build *b = p->builds.items[p->builds.count - 1];
	const struct ctx_buf *text = &b->place.dockerfile_text;
	bool other_frontend = memmem(ctx_buf_str(text), text->len, "syntax", 6) != NULL;
	struct ctx_str rest = CTX_STR(path);
	for (size_t end; (end = ctx_str_find(rest, '/')) < rest.len; rest = ctx_str_from(rest, end + 1)) {
		if (ctx_str_is_listed((struct ctx_str){ rest.ptr, end },
			    " testdata test-data fixtures __fixtures__ test-fixtures ")) {
			return b->plan.model.diags.items.count > 0 && !other_frontend;
		}
	}
	return false;
}

/** Another Dockerfile. */
static int add_other(struct propose *p, const char *path) {
	ctx_auto_buf struct ctx_buf own = CTX_BUF_INIT;
	ctx_buf_addf(&own, "%s.dockerignore", path);
	if (!ctx_buf_ok(&own)) {
		return no_memory(p);
	}
	if (faccessat(p->place->fd, ctx_buf_str(&own), F_OK, 0) == 0) {
		return CMD_OK; // has its own
	}
	struct propose_build *b = add_build(p, p->place);
	if (b == NULL) {
		return no_memory(p);
	}
	size_t first = p->builds.count - 1;
	b->args.target = NULL;
	b->owns = true;
	b->place.dockerfile = (struct ctx_buf)CTX_BUF_INIT;
	b->place.dockerfile_text = (struct ctx_buf)CTX_BUF_INIT;
	b->place.dockerfile_read = b->place.dockerfile_from_stdin = false;
	ctx_path_join(&b->place.dockerfile, p->place->root, path);
	b->place.shown.dockerfile = path;
	bool valid;
	int status = look_first(p, &valid);
	if (status == CMD_OK && !valid && !is_bad_sample(p, path)) {
		p->evidence.unknown_build = path;
	}
	bool elsewhere = valid && p->views.items[first].missing && is_elsewhere(p, &p->views.items[first], path);
	if (status != CMD_OK || (valid && !elsewhere)) {
		return status != CMD_OK ? status : add_targets(p, first);
	}
	drop_build(p);
	return CMD_OK;
}

/** Is the ignore file in force for one Dockerfile only? */
static bool is_specific(const struct place *place) {
	const char *path = place->ignore_source.path;
	return path != NULL && path[ctx_path_base(path, strlen(path))] != '.';
}

/** Is the name that of something else, such as an editor's mode for Dockerfiles? */
static bool is_source(const char *path) {
	static const char others[] =
		" .js .mjs .ts .css .scss .html .md .rst .json .py .rb .go .rs .java .lua .vim .el .svg .png .snap ";
	return ctx_str_is_listed(CTX_STR(path + ctx_path_ext(path, strlen(path))), others);
}

/** All Dockerfiles below the context that could use the ignore file. */
static int add_others(struct propose *p) {
	find_candidates(&p->others, p->place->root, OTHERS_DEPTH);
	if (p->own || is_specific(p->place)) {
		return CMD_OK;
	}
	if (p->others.paths.count >= FIND_CANDIDATES_MAX) {
		p->evidence.unknown_build = "one of very many Dockerfiles";
	}
	int status = CMD_OK;
	for (size_t i = 0; status == CMD_OK && i < p->others.paths.count; ++i) {
		const char *path = p->others.paths.items[i], *own = p->place->shown.dockerfile;
		bool same = own != NULL && strcmp(path, own) == 0;
		status = same || is_source(path) ? CMD_OK : add_other(p, path);
	}
	return status;
}

/* ---- Evidence ---- */

/** Find the repository around the context; without one nothing is known about tracked files. */
static int open_repo(struct propose *p) {
	char root[PATH_MAX], top[PATH_MAX];
	struct ctx_error err;
	p->evidence.repo_prefix = "";
	if (ctx_gitrepo_open(&p->repo, p->place->root, &err) < 0) {
		p->repo = NULL;
		return CMD_OK;
	}
	const char *workdir = ctx_gitrepo_workdir(p->repo);
	if (workdir == NULL || realpath(workdir, top) == NULL || realpath(p->place->root, root) == NULL) {
		return CMD_OK;
	}
	const char *inside = ctx_path_below(root, top);
	if (inside == NULL) {
		return CMD_OK;
	}
	ctx_auto_buf struct ctx_buf prefix = CTX_BUF_INIT;
	if (*inside != '\0') {
		ctx_buf_addf(&prefix, "%s/", inside);
	}
	p->evidence.repo = p->repo;
	p->evidence.repo_prefix = ctx_arena_memdup0(&p->arena, ctx_buf_str(&prefix), prefix.len);
	return p->evidence.repo_prefix != NULL ? CMD_OK : no_memory(p);
}

/** What the first build asks its client for. */
static int note_wanted(struct propose *p) {
	p->wanted = ctx_calloc(bit_words(p), sizeof(*p->wanted));
	if (p->wanted == NULL) {
		return no_memory(p);
	}
	struct ctx_cursor at = ctx_cursor_at(p->place->snap->root.dir);
	for (struct ctx_entry *e; (e = ctx_cursor_next(&at)) != NULL;) {
		if ((e->flags & CTX_ENTRY_WANTED) != 0) {
			(void)collect(p->wanted, at.dir, e);
		}
	}
	return CMD_OK;
}

/** Plan all builds. */
static int gather(struct propose *p) {
	struct ctx_error err;
	if (load_dockerfile(p->place, &err) < 0) {
		return cmd_fail(p->env, &err);
	}
	struct propose_build *b = add_build(p, p->place);
	bool valid = false;
	p->evidence.entry_count = ana_ignore_number(p->place->snap);
	int status = b == NULL ? no_memory(p) : look_first(p, &valid);
	if (status != CMD_OK || !valid) {
		if (status == CMD_OK) {
			plan_note_invalid(&b->plan, p->env);
		}
		return status == CMD_OK ? CMD_INVALID : status;
	}
	plan_note_missing(&b->plan);
	status = note_wanted(p);
	status = status != CMD_OK ? status : measure(p, &b->plan, &p->before);
	status = status != CMD_OK ? status : add_targets(p, 0);
	status = status != CMD_OK ? status : add_others(p);
	return status != CMD_OK ? status : open_repo(p);
}

/* ---- The check ---- */

void propose_views_release(struct propose_views *views) {
	for (size_t i = 0; i < views->count; ++i) {
		view_release(&views->items[i]);
	}
	CTX_VEC_RELEASE(views);
}

int propose_replan(struct propose *p, const struct ctx_ignore *rules, struct propose_views *after) {
	struct ctx_error err;
	int status = ctx_snapshot_apply(p->place->snap, rules, &err) < 0 ? cmd_fail(p->env, &err) : CMD_OK;
	for (size_t i = 0; status == CMD_OK && i < p->builds.count; ++i) {
		struct plan *plan = ctx_calloc(1, sizeof(*plan));
		struct ana_ignore_view view = { 0 };
		bool valid;
		if (plan == NULL) {
			return no_memory(p);
		}
		status = look(p, p->builds.items[i], plan, &view, &valid);
		if (status == CMD_OK && i == 0) {
			status = measure(p, plan, &p->after);
		}
		if (!CTX_VEC_PUSH(after, view)) {
			view_release(&view);
			status = no_memory(p);
		}
		plan_release(plan);
		free(plan);
	}
	return status;
}

/** Plan every build again under the rules, and let the proposal be checked. */
static int check(struct propose *p, const struct ctx_ignore *rules, size_t *failed) {
	struct propose_views after = { 0 };
	struct ctx_error err;
	size_t old_rules = p->place->ignore == NULL ? 0 : ctx_ignore_count(p->place->ignore);
	int status = propose_replan(p, rules, &after);
	if (status == CMD_OK &&
		ana_ignore_check(&p->proposal, &p->evidence, after.items, old_rules, failed, &err) < 0) {
		status = cmd_fail(p->env, &err);
	}
	propose_views_release(&after);
	return status;
}

/** Put the proposed file into force, and check what it does. */
static int try_rules(struct propose *p, size_t *failed) {
	struct place *place = p->place;
	struct ctx_error err;
	struct ctx_ignore *fresh = NULL;
	struct ctx_str old = { ctx_buf_str(&place->ignore_source.text), place->ignore_source.text.len };
	ctx_buf_reset(&p->text);
	int rc = ana_ignore_text(&p->text, &p->proposal, old, ANA_PROOF_REVIEW, &err);
	rc = rc < 0 ? rc
		    : ctx_ignore_parse(&fresh, place->ignore_source.syntax, ctx_buf_str(&p->text), p->text.len, &err);
	int status = rc < 0 ? cmd_fail(p->env, &err) : check(p, fresh, failed);
	ctx_ignore_free(fresh);
	return status;
}

int propose_settle(struct propose *p) {
	size_t failed = 1;
	int status = CMD_OK;
	p->after = p->before;
	for (unsigned round = 0; status == CMD_OK && failed > 0 && p->proposal.rules.count > 0; ++round) {
		status = try_rules(p, &failed);
		if (failed > 0 && round == ROUNDS_MAX) {
			p->proposal.rules.count = 0;
		}
	}
	if (p->proposal.rules.count == 0) {
		p->after = p->before;
	}
	return status;
}

int propose_look(struct propose *p, struct cmd_env *env, const struct cmd_common *common, struct place *place,
	const struct build_args *args) {
	p->env = env;
	p->common = common;
	p->place = place;
	p->args = args;
	int status = gather(p);
	struct ana_ignore_evidence *in = &p->evidence;
	in->snap = place->snap;
	in->views = p->views.items;
	in->view_count = p->views.count;
	in->wanted = p->wanted;
	in->ignore = place->ignore;
	in->ignore_path = place->shown.ignore_file != NULL ? place->shown.ignore_file : ".dockerignore";
	if (p->own && place->shown.dockerfile != NULL && !is_specific(place)) {
		ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
		ctx_buf_addf(&path, "%s.dockerignore", place->shown.dockerfile);
		in->ignore_path = ctx_buf_ok(&path) ? ctx_arena_memdup0(&p->arena, ctx_buf_str(&path), path.len) : NULL;
		status = in->ignore_path == NULL ? no_memory(p) : status;
	}
	in->dockerfiles = p->others.paths.items;
	in->dockerfile_count = p->others.paths.count;
	in->root_fd = place->fd;
	return status;
}

int propose_run(struct propose *p) {
	struct ctx_error err;
	return ana_ignore_suggest(&p->proposal, &p->evidence, &err) < 0 ? cmd_fail(p->env, &err) : propose_settle(p);
}

int propose_count_own(const struct propose *p) {
	struct ctx_error err;
	size_t mine = 0;
	for (size_t i = 0; i < p->builds.count; ++i) {
		mine += !p->builds.items[i]->owns && p->views.items[i].graph == &p->builds.items[i]->plan.graph &&
			strcmp(p->views.items[i].dockerfile, p->views.items[0].dockerfile) == 0;
	}
	bool alone = mine == p->builds.count && p->evidence.unknown_build == NULL;
	if (p->own || alone || is_specific(p->place) || p->place->shown.dockerfile == NULL) {
		return 0;
	}
	struct propose own = { .own = true };
	int status = ctx_snapshot_apply(p->place->snap, p->place->ignore, &err) < 0 ? cmd_fail(p->env, &err) : CMD_OK;
	status = status != CMD_OK ? status : propose_look(&own, p->env, p->common, p->place, p->args);
	own.evidence.classic = p->evidence.classic;
	status = status != CMD_OK ? status : propose_run(&own);
	size_t count = 0;
	for (size_t i = 0; i < own.proposal.rules.count; ++i) {
		const char *pattern = own.proposal.rules.items[i].pattern;
		bool shared = false;
		for (size_t k = 0; k < p->proposal.rules.count; ++k) {
			shared = shared || strcmp(pattern, p->proposal.rules.items[k].pattern) == 0;
		}
		count += !shared;
	}
	propose_release(&own);
	return status != CMD_OK ? -1 : (int)count;
}

void propose_release(struct propose *p) {
	for (size_t i = p->builds.count; i-- > 0;) {
		struct ana_ignore_view none = { 0 };
		build_free(p->builds.items[i], i < p->views.count ? &p->views.items[i] : &none);
	}
	CTX_VEC_RELEASE(&p->builds);
	CTX_VEC_RELEASE(&p->views);
	find_candidates_release(&p->others);
	ana_ignore_release(&p->proposal);
	ctx_buf_release(&p->text);
	ctx_gitrepo_free(p->repo);
	free(p->wanted);
	ctx_arena_release(&p->arena);
}
