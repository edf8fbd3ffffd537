/*
 * cache-hostile-order: sources copied before dependencies are installed.
 */
#include "analyzer/advice/commands.h"
#include "analyzer/advice/rule.h"
#include "analyzer/advice/ship.h"

#include <stdio.h>

/** A share of builds, in percent, and seconds for each, from which on it is a warning. */
#define SHARE_MIN 10
#define SECONDS_MIN 3.0

/** What installs dependencies, and what it needs of the project. */
static const struct installer {
	const char *words, *needs;
} installers[] = {
	{ "npm ci", "package.json and package-lock.json" },
	{ "npm install", "package.json and package-lock.json" },
	{ "npm i", "package.json and package-lock.json" },
	{ "yarn install", "package.json and yarn.lock" },
	{ "pnpm install", "package.json and pnpm-lock.yaml" },
	{ "bun install", "package.json and the lock file" },
	{ "pip install|pip3 install|python -m pip install|python3 -m pip install", "the requirements file" },
	{ "bundle install", "Gemfile and Gemfile.lock" },
	{ "go mod download", "go.mod and go.sum" },
	{ "go mod vendor", "go.mod and go.sum" },
	{ "go get", "go.mod and go.sum" },
	{ "cargo fetch", "Cargo.toml and Cargo.lock" },
	{ "composer install", "composer.json and composer.lock" },
	{ "dotnet restore", "the project files" },
	{ "mix deps.get", "mix.exs and mix.lock" },
	{ "pipenv install", "Pipfile and Pipfile.lock" },
	{ "pipenv sync", "Pipfile and Pipfile.lock" },
	{ "poetry install", "pyproject.toml and poetry.lock" },
	{ "uv sync", "pyproject.toml and uv.lock" },
	{ "apt-get install", "nothing of the project" },
	{ "apt install", "nothing of the project" },
	{ "apk add", "nothing of the project" },
	{ "yum install", "nothing of the project" },
	{ "dnf install", "nothing of the project" },
};

/** What one RUN does. */
struct facts {
	/** The copy of everything before it; NULL. */
	const struct ana_instruction *wide;
	const struct installer *installer;
	/** It installs something of the project, so that it belongs where it is. */
	bool reads;
};

/** Does a word name something of the project? */
static bool is_local(struct ctx_str word) {
	return ctx_str_is(word, ".") || ctx_str_starts(word, "./") || ctx_str_starts(word, "../") ||
		ctx_str_is(word, "-e") || ctx_str_is(word, "--editable") || ctx_str_starts(word, ".[");
}

/** What a command installs by manifests or by names of packages; NULL. */
static const struct installer *installer_of(const struct ana_command *c) {
	bool global = ana_command_has(c, "-g") || ana_command_has(c, "--global");
	bool bare = c->count == 1 && ctx_str_is(ana_command_name(c), "yarn");
	for (size_t i = 0; !global && i < CTX_COUNTOF(installers); ++i) {
		const struct installer *in = &installers[i];
		bool manifest = strncmp(in->words, "pip ", 4) != 0 || ana_command_has(c, "-r") ||
			ana_command_has(c, "--requirement");
		if (manifest &&
			(ana_command_begins(c, in->words) || (bare && strcmp(in->words, "yarn install") == 0))) {
			return in;
		}
	}
	return NULL;
}

/** "go get" of what was copied: of this directory, or by the path below GOPATH to which the sources went.  It follows their imports. */
static bool gets_sources(const struct facts *f, const struct ana_command *c) {
	bool named = false, copied = false;
	for (size_t i = 2; i < c->count; ++i) {
		struct ctx_str word = c->words[i].text;
		bool option = word.len == 0 || word.ptr[0] == '-';
		named = named || !option;
		struct ctx_str to = f->wide != NULL && !option ? f->wide->copy.dest : CTX_STR("");
		copied = copied || (to.len > word.len && memmem(to.ptr, to.len, word.ptr, word.len) != NULL);
	}
	return ana_command_begins(c, "go get") && (!named || copied);
}

/** ana_command_fn: the first command of a RUN that installs, and whether it names something of the project. */
static int see_command(void *arg, const struct ana_command *c) {
	struct facts *f = arg;
	const struct installer *found = installer_of(c);
	for (size_t i = 1; found != NULL && i < c->count; ++i) {
		f->reads = f->reads || is_local(c->words[i].text);
	}
	f->reads = f->reads || gets_sources(f, c);
	f->installer = f->installer == NULL ? found : f->installer;
	return 0;
}

/** Does the instruction copy the whole context? */
static bool is_wide(const struct ana_rule_run *run, const struct ana_instruction *ins) {
	for (size_t i = 0; i < run->in->reads->items.count; ++i) {
		const struct ana_read *read = &run->in->reads->items.items[i];
		const struct ana_vertex *v = &run->in->graph->vertices.items[read->vertex];
		bool narrow = read->action == NULL || read->action->include_count > 0;
		if (v->instruction == ins && read->local == 0 && read->path.len <= 1 && !narrow) {
			return true;
		}
	}
	return false;
}

/** The row of an instruction in the simulated history; NULL. */
static const struct ana_sim_row *row_of(const struct ana_rule_run *run, const struct ana_instruction *ins) {
	const struct ana_sim *sim = run->in->history != NULL ? run->in->history->sim : NULL;
	for (size_t i = 0; sim != NULL && i < sim->rows.count; ++i) {
		const struct ana_sim_row *row = &sim->rows.items[i];
		if (row->line == ins->node->first_line && row->last_build + 1 == sim->builds.count) {
			return row;
		}
	}
	return NULL;
}

/** What it costs, by the history.  false if the history says that it costs nothing. */
static bool price(struct ana_rule_run *run, struct ana_finding *f, const struct ana_instruction *wide,
	const struct ana_instruction *install) {
	const struct ana_sim_row *from = row_of(run, wide), *what = row_of(run, install);
	if (from == NULL || what == NULL) {
		f->evidence = run->in->history != NULL && run->in->history->sim != NULL
			? "not priced: the last commit of the history builds other steps"
			: "not priced: no history was built";
		return true;
	}
	uint32_t builds = run->in->history->builds, hits = from->begun < what->misses ? from->begun : what->misses;
	f->evidence = ana_rule_format(run,
		"in %u of the last %u builds a changed source made it run again, %.0f s each time", hits, builds,
		what->seconds);
	f->facts[0] = (struct ana_fact){ "misses", hits };
	f->facts[1] = (struct ana_fact){ "builds", builds };
	f->facts[2] = (struct ana_fact){ "seconds", hits * what->seconds };
	f->fact_count = 3;
	bool much = builds > 0 && hits * 100 >= builds * SHARE_MIN && what->seconds >= SECONDS_MIN;
	f->severity = much ? ANA_SEVERITY_WARNING : ANA_SEVERITY_INFO;
	return hits > 0;
}

/** Report an installation behind a wide copy. */
static int report(struct ana_rule_run *run, uint32_t stage, const struct ana_instruction *wide,
	const struct ana_instruction *install, const struct installer *installer, struct ctx_error *err) {
	struct ana_finding f = ana_rule_at(run, wide->node, CTX_STR_NONE);
	char label[96];
	if (!price(run, &f, wide, install)) {
		return 0;
	}
	f.subject_kind = ANA_SUBJECT_STAGE;
	f.subject = ana_rule_format(run, "%s", ana_stage_label(run->in->graph, stage, label));
	f.message = ana_rule_format(run, "each change of any file runs '%.*s' in line %u again",
		(int)strcspn(installer->words, "|"), installer->words, install->node->first_line);
	bool nothing = strncmp(installer->needs, "nothing", 7) == 0;
	f.fix = nothing ? "move the installation before the copy: it needs nothing of the project ('ctxopt reorder')"
			: ana_rule_format(run, "copy %s first, install, then copy the rest ('ctxopt reorder')",
				  installer->needs);
	return ana_rule_report(run, &f, err);
}

/** One stage: its first installation behind a wide copy. */
static int see_stage(struct ana_rule_run *run, uint32_t index, struct ctx_error *err) {
	const struct ana_stage *stage = run->in->graph->stages.items[index].stage;
	const struct ana_instruction *wide = NULL;
	const struct installer *before = NULL;
	for (uint32_t i = 0; i < stage->instruction_count; ++i) {
		const struct ana_instruction *ins = &stage->instructions[i];
		if ((ins->keyword == ANA_KW_COPY || ins->keyword == ANA_KW_ADD) && wide == NULL && is_wide(run, ins)) {
			wide = ins;
		} else if (ins->keyword == ANA_KW_RUN) {
			ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
			struct facts facts = { .wide = wide };
			if (ana_commands_of(ins, &arena, see_command, &facts) < 0) {
				return ctx_fail_nomem(err);
			}
			bool system = facts.installer != NULL && strncmp(facts.installer->needs, "nothing", 7) == 0;
			if (facts.installer == NULL || (system && facts.reads)) {
				continue;
			}
			if (wide == NULL) {
				before = facts.installer;
			} else if ((before == NULL || system || strcmp(before->needs, facts.installer->needs) != 0) &&
				(system || !facts.reads)) {
				return report(run, index, wide, ins, facts.installer, err);
			}
		}
	}
	return 0;
}

/** ana_rule_fn. */
static int look(struct ana_rule_run *run, struct ctx_error *err) {
	const struct ana_graph *graph = run->in->graph;
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < graph->df->stages.count; ++i) {
		rc = graph->stages.items[i].reachable ? see_stage(run, i, err) : 0;
	}
	return rc;
}

const struct ana_rule ana_rule_cache_hostile_order = {
	.id = "cache-hostile-order",
	.severity = ANA_SEVERITY_WARNING,
	.summary = "dependencies are installed behind a copy of everything",
	.wrong = "COPY . .\n"
		 "RUN npm ci\n",
	.right = "COPY package.json package-lock.json ./\n"
		 "RUN npm ci\n"
		 "COPY . .\n",
	.why = "Every commit reinstalls the world. Better layer order cuts the build time in CI by 50 to 80 percent.",
	.knows =
		"Only installations that need no more of the project than manifests and lock files, or nothing at all: a compilation "
		"belongs behind the sources. An installation that came before the copy, too, is right. Where there is a git history, the "
		"last builds are simulated: what never ran again is not reported. 'ctxopt reorder' makes the change, 'ctxopt simulate' "
		"tells more.",
	.dockerfile = look,
};
