/*
 * Each worker has an audit of its own, into which it puts the files that it sees; `seen` says where those of each file are.  In the end
 * findings move over in the order of the files, each with the number that its file has there.
 *
 * Files are handed out in the order of their paths, so that those of one context come together.
 */
#include "ctxopt/cli/audit_work.h"

#include "ctxopt/base/pool.h"

#include <fcntl.h>

/** Largest Dockerfile that is read. */
#define DOCKERFILE_MAX (16u << 20)

/** Files for each worker from which on each walks for itself. */
#define MANY 16

/** What became of a file. */
struct seen {
	/** Which worker's audit has it, as which of its files, and which of its findings. */
	unsigned worker;
	uint32_t file;
	size_t first, count;
	bool invalid, partial;
	/** Its history matters: the age of its FROM lines, the cost of its order. */
	bool ages, costs;
};

/** A run. */
struct shop {
	struct audit_work *work;
	/** One per worker. */
	struct ana_audit *audits;
	struct audit_history *histories;
	unsigned workers;
	/** One per file. */
	struct seen *seen;
	/** Files to see, in this order. */
	size_t *order, count;
	/** This is the round that asks git. */
	bool asks;
};

/** Note what is wrong with a file, which does not end the work. */
static int note(struct ana_audit *audit, uint32_t file, const char *what, uint32_t line, uint32_t column,
	struct ctx_error *err) {
	struct ana_audit_file *f = &audit->files.items[file];
	f->error = ctx_arena_memdup0(&audit->arena, what, strlen(what));
	f->error_line = line;
	f->error_column = column;
	return f->error != NULL ? 0 : ctx_fail_nomem(err);
}

/** Is it an error of one file, so that the others can be looked at? */
static bool is_local(int rc) {
	return rc == CTX_E_SYNTAX || rc == CTX_E_LIMIT || rc == CTX_E_IO || rc == CTX_E_MISSING || rc == CTX_E_USAGE;
}

/** After the first round: would git have something to say? */
static void see_whether_to_ask(const struct shop *s, struct seen *seen, const struct ana_rule_input *in) {
	const struct ana_audit *audit = &s->audits[seen->worker];
	bool plain = in->opts == s->work->opts; // the history is that of a build as the command line says
	seen->ages = seen->ages || audit_history_ages(in);
	for (size_t i = seen->first; i < audit->findings.count && in->context != NULL && plain; ++i) {
		seen->costs = seen->costs || audit->findings.items[i].rule == &ana_rule_cache_hostile_order;
	}
}

/** Set where an image is made: lines of a Dockerfile in a compose file are those of that, if they stand there. */
static void set_place(struct ana_built *built, const struct audit_file *file) {
	built->path = file->path;
	built->user_line += built->user_line > 0 ? file->inside_line : 0;
	built->health_line += built->health_line > 0 ? file->inside_line : 0;
}

/** Run the rules over a Dockerfile that was parsed. */
static int judge(const struct shop *s, struct seen *seen, const struct audit_file *file, struct audit_build *build,
	struct ana_build_view *view, struct ctx_error *err) {
	const struct audit_work *w = s->work;
	struct ana_audit *audit = &s->audits[seen->worker];
	struct audit_history *history = &s->histories[seen->worker];
	struct ana_rule_input in = { .path = file->path,
		.model = &view->model,
		.graph = &view->graph,
		.made_up = view->made_up,
		.reads = &view->reads,
		.opts = build->opts != NULL ? build->opts : w->opts,
		.repository = w->history ? audit_repository_of : NULL,
		.repository_arg = w->repositories,
		.today = audit->today };
	struct audit_context_use use;
	struct ctx_error why = { 0 };
	// With many files it is faster to walk many contexts at once than one by many
	unsigned jobs = s->count < MANY * w->jobs ? w->jobs : 1;
	const char *given = w->context != NULL ? w->context : build->context;
	int rc = audit_context_find(w->files, file, view, given, w->env, jobs, &use, &why);
	in.context = rc > 0 ? &use.view : NULL;
	if (rc < 0 && is_local(rc)) {
		seen->partial = true;
		rc = note(audit, seen->file, why.msg, 0, 0, err);
	} else if (rc < 0) {
		*err = why;
	}
	if (rc >= 0 && s->asks) {
		audit_history_open(history, file->path);
		if (seen->ages) {
			audit_history_date(history, w->env, file->path, &in);
		}
		if (seen->costs && build->opts == NULL) {
			audit_history_simulate(history, w->env, file->path, w->build, &in);
		}
	}
	rc = rc < 0 ? rc : ana_audit_build(audit, seen->file, &in, view->valid, err);
	if (rc == 0 && view->valid) {
		rc = ana_built_make(&build->built, &view->graph, err);
		set_place(&build->built, file);
		build->known = rc == 0;
		ana_stage_label(&view->graph, view->graph.target, build->stage);
	}
	if (rc == 0 && view->valid && w->history && !s->asks && file->inside == NULL) {
		see_whether_to_ask(s, seen, &in);
	}
	audit_history_reset(history);
	audit_context_drop(w->files, &use);
	return rc;
}

/** One build: parse, judge. */
static int see_build(const struct shop *s, struct seen *seen, const struct audit_file *file, struct audit_build *build,
	struct ctx_error *err) {
	struct ana_audit *audit = &s->audits[seen->worker];
	struct ana_build_view view = { 0 };
	struct ctx_error why = { 0 };
	const struct ana_graph_opts *opts = build->opts != NULL ? build->opts : s->work->opts;
	int rc = ana_build_view_make(&view, audit->files.items[seen->file].text, opts, &why);
	if (rc < 0 && is_local(rc)) {
		seen->partial = true;
		rc = note(audit, seen->file, why.msg, 0, 0, err);
	} else if (rc < 0) {
		*err = why;
	} else {
		const struct ana_diag *error = view.error;
		seen->invalid = seen->invalid || (!view.valid && file->inside == NULL);
		seen->partial = seen->partial || (!view.valid && file->inside != NULL);
		rc = view.valid ? 0 : note(audit, seen->file, error->message, error->line, error->column, err);
		rc = rc < 0 ? rc : judge(s, seen, file, build, &view, err);
	}
	ana_build_view_release(&view);
	return rc;
}

/** All builds of a file. */
static int see(const struct shop *s, struct seen *seen, struct audit_file *file, struct ctx_error *err) {
	struct audit_build *build = file->builds != NULL ? file->builds : &file->guessed;
	int rc = 0;
	for (; rc == 0 && build != NULL; build = build->next) {
		rc = see_build(s, seen, file, build, err);
	}
	return rc;
}

/** ctx_index_fn: read a file and see it. */
static int see_index(unsigned worker, size_t index, void *arg, struct ctx_error *err) {
	struct shop *s = arg;
	struct audit_file *file = &s->work->files->items.items[s->order[index]];
	struct seen *seen = &s->seen[s->order[index]];
	struct ana_audit *audit = &s->audits[worker];
	struct ctx_error why = { 0 };
	int rc = s->asks || file->inside != NULL ? 0
						 : ctx_read_at(&file->text, AT_FDCWD, file->path, DOCKERFILE_MAX, &why);
	struct ctx_str text = { ctx_buf_str(&file->text), rc < 0 ? 0 : file->text.len };
	int64_t number = ana_audit_add_file(audit, file->path, ANA_AUDIT_DOCKERFILE, text, err);
	if (number < 0) {
		return (int)number;
	}
	seen->worker = worker;
	seen->file = (uint32_t)number;
	seen->first = audit->findings.count;
	if (rc < 0 && is_local(rc)) {
		seen->partial = true;
		rc = note(audit, seen->file, why.msg, 0, 0, err);
	} else if (rc < 0) {
		*err = why;
	} else {
		rc = see(s, seen, file, err);
	}
	seen->count = audit->findings.count - seen->first;
	return rc;
}

/** Order of paths. */
static int compare_paths(const void *a, const void *b, void *arg) {
	const struct audit_files *files = arg;
	return strcmp(files->items.items[*(const size_t *)a].path, files->items.items[*(const size_t *)b].path);
}

/** See the files that were chosen. */
static int run_round(struct shop *s, struct ctx_error *err) {
	struct audit_work *w = s->work;
	if (s->count > 0) {
		qsort_r(s->order, s->count, sizeof(*s->order), compare_paths, w->files);
	}
	return ctx_pool_each(s->workers, w->env->stop, s->count, see_index, s, err);
}

/** Choose the first files whose history matters. */
static void choose_to_ask(struct shop *s) {
	unsigned dated = 0, simulated = 0;
	s->count = 0;
	s->asks = true;
	for (size_t i = 0; i < s->work->files->items.count; ++i) {
		struct seen *seen = &s->seen[i];
		seen->ages = seen->ages && dated < AUDIT_DATED_MAX;
		seen->costs = seen->costs && simulated < AUDIT_SIMULATIONS_MAX;
		if ((seen->ages || seen->costs) && audit_history_has(s->work->files->items.items[i].path)) {
			dated += seen->ages;
			simulated += seen->costs;
			s->order[s->count++] = i;
		}
	}
}

/** Move over what was found in a file. */
static int move_file(const struct shop *s, size_t index, struct ctx_error *err) {
	const struct seen *seen = &s->seen[index];
	struct ana_audit *to = s->work->audit, *from = &s->audits[seen->worker];
	struct ana_audit_file *file = &from->files.items[seen->file];
	if (!CTX_VEC_PUSH(&to->files, *file) || !CTX_VEC_RESERVE(&to->findings, seen->count)) {
		return ctx_fail_nomem(err);
	}
	*file = (struct ana_audit_file){ 0 };
	for (size_t i = 0; i < seen->count; ++i) {
		struct ana_finding f = from->findings.items[seen->first + i];
		f.file = (uint32_t)to->files.count - 1;
		to->findings.items[to->findings.count++] = f;
	}
	s->work->invalid += seen->invalid;
	s->work->partial = s->work->partial || seen->partial;
	return 0;
}

/** Make what a run needs. */
static bool prepare(struct shop *s) {
	const struct audit_work *w = s->work;
	s->count = w->files->items.count;
	s->workers = w->jobs > s->count && s->count > 0 ? (unsigned)s->count : w->jobs;
	s->audits = ctx_calloc(s->workers, sizeof(*s->audits));
	s->histories = ctx_calloc(s->workers, sizeof(*s->histories));
	s->seen = ctx_calloc(s->count + 1, sizeof(*s->seen));
	s->order = ctx_calloc(s->count + 1, sizeof(*s->order));
	for (size_t i = 0; s->order != NULL && i < s->count; ++i) {
		s->order[i] = i;
	}
	for (unsigned i = 0; s->audits != NULL && s->histories != NULL && i < s->workers; ++i) {
		ana_audit_start(&s->audits[i], w->audit->today);
		s->audits[i].enabled = w->audit->enabled;
		s->histories[i] = (struct audit_history)AUDIT_HISTORY_INIT;
	}
	return s->audits != NULL && s->histories != NULL && s->seen != NULL && s->order != NULL;
}

/** Free it; texts of findings go to the audit. */
static void clear(struct shop *s) {
	for (unsigned i = 0; s->audits != NULL && s->histories != NULL && i < s->workers; ++i) {
		ctx_arena_absorb(&s->work->audit->arena, &s->audits[i].arena);
		ana_audit_release(&s->audits[i]);
		audit_history_release(&s->histories[i]);
	}
	free(s->audits);
	free(s->histories);
	free(s->seen);
	free(s->order);
}

int audit_work_run(struct audit_work *work, struct ctx_error *err) {
	struct shop s = { .work = work };
	int rc = prepare(&s) ? run_round(&s, err) : ctx_fail_nomem(err);
	if (rc == 0 && work->history) {
		choose_to_ask(&s);
		rc = run_round(&s, err);
	}
	for (size_t i = 0; rc == 0 && i < work->files->items.count; ++i) {
		rc = move_file(&s, i, err);
	}
	clear(&s);
	return rc;
}
