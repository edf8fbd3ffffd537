/*
 * context-not-ignored: what travels with a build and is not needed.
 */
#include "analyzer/advice/commands.h"
#include "analyzer/advice/rule.h"
#include "analyzer/advice/secrets.h"
#include "ctxopt/base/out.h"

#include <inttypes.h>

/** Less than this is not worth a word. */
#define WORTH_BYTES 100000
/** Largest '.env' that is read. */
#define ENV_MAX (64u << 10)

/** Well-known things that steps take or the client sends. */
struct found {
	struct ctx_totals totals;
	/** Names of kinds, for people. */
	struct ctx_buf names;
	unsigned kinds;
	/** A build can do without some of it for sure; a command may ask git. */
	bool sure, maybe;
};

/** Files that show that well-known things will be there as soon as somebody works in the directory. */
static const struct {
	const char *file, *what;
} signs[] = {
	{ "package.json", "node_modules" },
	{ "requirements.txt", "virtual environments and __pycache__" },
	{ "pyproject.toml", "virtual environments and __pycache__" },
	{ "Pipfile", "virtual environments and __pycache__" },
	{ "setup.py", "__pycache__ and build output" },
	{ "Cargo.toml", "target" },
	{ "pom.xml", "target" },
	{ "build.gradle", "build and .gradle" },
	{ "build.gradle.kts", "build and .gradle" },
	{ "composer.json", "vendor" },
	{ "Gemfile", "vendor/bundle and logs" },
	{ "mix.exs", "_build and deps" },
	{ ".git", "the history" },
	{ ".env.example", "'.env'" },
};

/** Does a step copy the whole context?  That is the instruction; NULL.  What is mounted leaves nothing behind. */
static const struct ana_instruction *whole_of(const struct ana_rule_run *run) {
	for (size_t i = 0; i < run->in->reads->items.count; ++i) {
		const struct ana_read *read = &run->in->reads->items.items[i];
		const struct ana_vertex *v = &run->in->graph->vertices.items[read->vertex];
		bool copies = read->action != NULL && read->action->include_count + read->action->exclude_count == 0;
		if (read->local == 0 && read->path.len <= 1 && copies && v->instruction != NULL) {
			return v->instruction;
		}
	}
	return NULL;
}

/** What commands want of version control. */
enum git_use { GIT_UNUSED, GIT_MAYBE, GIT_USED };

/** ana_command_fn: a command that asks git, or a build system that may. */
static int see_git(void *arg, const struct ana_command *c) {
	static const char maybe[] = " make gmake bazel rake task just mage cmake ninja sh bash build.sh ";
	enum git_use *use = arg;
	struct ctx_str name = ana_command_name(c);
	bool local = c->count > 0 && (ctx_str_starts(c->words[0].text, "./") || ctx_str_ends(name, ".sh"));
	bool asks = ctx_str_is(name, "git");
	for (size_t i = 0; i < c->count + c->assign_count; ++i) {
		struct ctx_str text = i < c->count ? c->words[i].raw : c->assigns[i - c->count].raw;
		asks = asks ||
			(text.len > 0 &&
				(memmem(text.ptr, text.len, "git describe", 12) != NULL ||
					memmem(text.ptr, text.len, "git rev-parse", 13) != NULL ||
					memmem(text.ptr, text.len, "git log", 7) != NULL ||
					ctx_str_ends(text, "/.git") || ctx_str_is(text, ".git")));
	}
	*use = asks ? GIT_USED : *use == GIT_UNUSED && (local || ctx_str_is_listed(name, maybe)) ? GIT_MAYBE : *use;
	return 0;
}

/** What the commands of the file want of version control. */
static enum git_use git_use_of(const struct ana_rule_run *run) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	enum git_use use = GIT_UNUSED;
	const struct ana_dockerfile *df = run->in->model;
	for (size_t i = 0; i < df->stages.count; ++i) {
		for (uint32_t k = 0; k < df->stages.items[i].instruction_count; ++k) {
			const struct ana_instruction *ins = &df->stages.items[i].instructions[k];
			if (ins->keyword == ANA_KW_RUN && ana_commands_of(ins, &arena, see_git, &use) < 0) {
				return GIT_USED; // out of memory: claim nothing
			}
		}
	}
	return use;
}

/** Does the '.env' in the root hold nothing but settings of a web page, which its build needs? */
static bool is_public(const struct ana_rule_run *run) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	bool read = ana_rule_read(run, ".env", ENV_MAX, &text);
	struct ctx_str rest = { ctx_buf_str(&text), text.len };
	bool some = false;
	while (read && rest.len > 0) {
		struct ctx_str line = { rest.ptr, ctx_str_find(rest, '\n') };
		rest = ctx_str_from(rest, line.len < rest.len ? line.len + 1 : line.len);
		struct ctx_str name = { line.ptr, ctx_str_find(line, '=') };
		if (name.len < line.len && line.ptr[0] != '#') {
			some = true;
			read = ana_secret_is_public(name);
		}
	}
	return read && some;
}

/** Is it worth a word?  Secrets and dependencies always; what may be meant to be there only if it is large. */
static bool counts(const struct ana_rule_run *run, const struct ctx_waste_row *row, enum git_use git) {
	switch (row->class) {
	case CTX_WASTE_VCS:
		return git != GIT_USED;
	case CTX_WASTE_DEPENDENCIES:
		return true;
	case CTX_WASTE_CACHE:
		return row->totals.bytes > 0;
	case CTX_WASTE_LOG:
		return row->totals.bytes >= WORTH_BYTES;
	case CTX_WASTE_SECRET:
		// Others have a rule of their own, or are settings of a build
		return strcmp(row->name, ".env") == 0 && memchr(row->example, '/', row->example_len) == NULL &&
			!is_public(run);
	default:
		return false; // few bytes; or what a step may need
	}
}

/** Add up what is sent. */
static void collect(const struct ana_rule_run *run, struct found *found) {
	const struct ana_rule_context *context = run->in->context;
	enum git_use git = git_use_of(run);
	for (size_t i = 0; i < context->waste->rows.count; ++i) {
		const struct ctx_waste_row *row = &context->waste->rows.items[i];
		if (!counts(run, row, git)) {
			continue;
		}
		bool vcs = row->class == CTX_WASTE_VCS;
		found->sure = found->sure || (vcs && git == GIT_UNUSED) || row->class == CTX_WASTE_SECRET ||
			row->class == CTX_WASTE_DEPENDENCIES || (!vcs && row->totals.bytes >= WORTH_BYTES);
		found->maybe = found->maybe || (vcs && git == GIT_MAYBE);
		ctx_buf_addf(&found->names, "%s%s", found->kinds++ > 0 ? ", " : "", row->name);
		found->totals.files += row->totals.files;
		found->totals.bytes += row->totals.bytes;
	}
}

/** What will be there, by a file in the context's root; NULL. */
static const char *sign_of(const struct ana_rule_context *context, enum git_use git, const char **file) {
	for (size_t i = 0; i < CTX_COUNTOF(signs); ++i) {
		bool vcs = strcmp(signs[i].file, ".git") == 0;
		if ((!vcs || git == GIT_UNUSED) &&
			ctx_snapshot_find(context->snap, signs[i].file, strlen(signs[i].file)) != NULL) {
			*file = signs[i].file;
			return signs[i].what;
		}
	}
	return NULL;
}

/** What is wrong with the ignore file. */
static const char *lead(struct ana_rule_run *run) {
	const struct ana_rule_context *c = run->in->context;
	const char *where = c->assumed ? ana_rule_format(run, "the context '%s'", c->shown) : "the context";
	if (where == NULL) {
		return NULL;
	}
	if (c->ignore_file == NULL) {
		return ana_rule_format(run, "%s has no ignore file", where);
	}
	if (c->ignore_rules == 0) {
		return ana_rule_format(run, "the ignore file of %s is empty", where);
	}
	return c->excluded == 0 ? ana_rule_format(run, "the ignore file of %s leaves nothing out", where)
				: ana_rule_format(run, "%s is sent with what no image needs", where);
}

/** Report what is sent. */
static int report(struct ana_rule_run *run, const struct ana_instruction *ins, const struct found *found,
	struct ctx_error *err) {
	char human[CTX_HUMAN_MAX];
	const struct ana_rule_context *c = run->in->context;
	struct ana_finding f = ana_rule_at(run, ins->node, CTX_STR_NONE);
	const char *start = lead(run);
	f.message = start == NULL ? NULL
				  : ana_rule_format(run, "%s: %s %s sent", start, ctx_buf_str(&found->names),
					    found->kinds == 1 ? "is" : "are");
	f.evidence = ana_rule_format(run, "%s in %" PRIu64 " %s, copied by this step",
		ctx_human_bytes(human, found->totals.bytes), found->totals.files,
		found->totals.files == 1 ? "file" : "files");
	f.facts[0] = (struct ana_fact){ "bytes", (double)found->totals.bytes };
	f.facts[1] = (struct ana_fact){ "files", (double)found->totals.files };
	f.fact_count = 2;
	f.fix = c->ignore_file == NULL ? "write a .dockerignore: 'ctxopt ignore' proposes one"
				       : "name them in the ignore file: 'ctxopt ignore' proposes rules";
	f.severity = found->sure ? ANA_SEVERITY_WARNING : ANA_SEVERITY_INFO;
	f.why = found->maybe ? "a command of this file may ask git for a version: look before you leave '.git' out"
			     : NULL;
	return ana_rule_report(run, &f, err);
}

/** Report that nothing keeps out what is not there yet. */
static int report_missing(struct ana_rule_run *run, const struct ana_instruction *ins, struct ctx_error *err) {
	const struct ana_rule_context *c = run->in->context;
	if (c->ignore_file != NULL && c->ignore_rules > 0) {
		return 0;
	}
	const char *file = NULL, *what = sign_of(c, git_use_of(run), &file), *start = lead(run);
	struct ana_finding f = ana_rule_at(run, ins->node, CTX_STR_NONE);
	f.severity = what != NULL ? ANA_SEVERITY_WARNING : ANA_SEVERITY_INFO;
	f.message = start == NULL ? NULL : ana_rule_format(run, "%s, and this step copies all of it", start);
	if (what != NULL) {
		f.evidence = ana_rule_format(run, "'%s' is there: %s will be copied as soon as somebody works here",
			file, what);
	} else {
		f.evidence = "nothing that is well known to be useless is there now";
	}
	f.fix = "write a .dockerignore with version control, environment files, dependencies and caches";
	return ana_rule_report(run, &f, err);
}

/** ana_rule_fn. */
static int look(struct ana_rule_run *run, struct ctx_error *err) {
	const struct ana_instruction *ins = run->in->context == NULL ? NULL : whole_of(run);
	if (ins == NULL) {
		return 0; // BuildKit is sent what steps name, and nothing else
	}
	struct found found = { 0 };
	collect(run, &found);
	int rc = !ctx_buf_ok(&found.names) ? ctx_fail_nomem(err)
		: found.kinds > 0          ? report(run, ins, &found, err)
					   : report_missing(run, ins, err);
	ctx_buf_release(&found.names);
	return rc;
}

const struct ana_rule ana_rule_context_not_ignored = {
	.id = "context-not-ignored",
	.severity = ANA_SEVERITY_WARNING,
	.summary = "version control, dependencies or settings are sent with every build",
	.wrong = "COPY . .                 # without a .dockerignore\n",
	.right = "# .dockerignore\n"
		 ".git\n"
		 ".gitignore\n"
		 ".env\n"
		 "node_modules\n"
		 "__pycache__\n"
		 ".pytest_cache\n",
	.why = "'.git', dependencies, '.env' and caches travel with every build, change its cache keys, and end up in the image.",
	.knows =
		"The real files and bytes, after the rules of the ignore file that this build uses. BuildKit is sent only what steps "
		"name, so a Dockerfile that copies single paths is right without an ignore file. Where nobody says which directory is "
		"the context, it is the nearest one that has what the steps copy, and the finding names it. '.git' is no waste where a "
		"command asks git, and an info where a build system may.",
	.dockerfile = look,
};
