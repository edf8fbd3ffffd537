/*
 * bloated-image: what ships and does not run.
 */
#include "analyzer/advice/commands.h"
#include "analyzer/advice/rule.h"
#include "analyzer/advice/ship.h"

/** Packages that compile; editors; tools that only fetch. */
static const char compilers[] =
	" build-essential gcc g++ clang make cmake automake autoconf libtool build-base alpine-sdk musl-dev libc-dev libc6-dev "
	"linux-headers python3-dev python-dev python3-devel gcc-c++ golang golang-go rustc cargo maven gradle bison flex ninja "
	"ninja-build meson pkg-config pkgconf gfortran nasm yasm default-jdk openjdk-8-jdk openjdk-11-jdk openjdk-17-jdk "
	"openjdk-21-jdk node-gyp llvm clang-dev dpkg-dev @development-tools @development ";
static const char editors[] = " vim vim-tiny nano emacs emacs-nox neovim joe ";
static const char fetchers[] = " curl wget git subversion mercurial git-core svn aria2 ";

/** Package managers, by their number. */
enum manager { APT, APK, DNF, PIP, NPM, YARN, COMPOSER, BUNDLE, POETRY, MANAGERS };

/** What is known about one manager that installs. */
static const struct {
	/** Words that begin an installation, separated by '|'. */
	const char *installs;
	/** Directories of its caches, and words that empty them. */
	const char *cache, *cleans, *alias, *what, *fix;
	enum ana_severity severity;
} managers[MANAGERS] = {
	[APT] = { "apt-get install|apt install|aptitude install", "/var/lib/apt",
		"/var/lib/apt|/var/lib/{apt|/var/lib/*|/var/lib/cache", "DL3009",
		"package lists of apt stay in the layer",
		"remove /var/lib/apt/lists/* in the same RUN, or keep it in a cache mount", ANA_SEVERITY_WARNING },
	[APK] = { "apk add", "/var/cache/apk", "/var/cache/apk|/var/cache/*|/etc/apk/cache", "DL3019",
		"the index of apk stays in the layer", "apk add --no-cache", ANA_SEVERITY_INFO },
	[DNF] = { "yum install|dnf install|microdnf install|yum update|dnf update|yum groupinstall|tdnf install",
		"/var/cache/", "clean|/var/cache/yum|/var/cache/dnf|/var/cache", "DL3032",
		"caches of the package manager stay in the layer",
		"end the same RUN with 'dnf clean all' (yum, microdnf)", ANA_SEVERITY_WARNING },
	[PIP] = { "pip install|pip3 install|python -m pip install|python3 -m pip install", "/.cache", "/.cache|purge",
		"DL3042", "what pip downloaded stays in the layer",
		"pip install --no-cache-dir, or RUN --mount=type=cache,target=/root/.cache/pip", ANA_SEVERITY_WARNING },
	[NPM] = { "npm ci|npm install|npm i", "npm", "clean|.npm", NULL, "what npm downloaded stays in the layer",
		"end the same RUN with 'npm cache clean --force', or RUN --mount=type=cache,target=/root/.npm",
		ANA_SEVERITY_INFO },
	[YARN] = { "yarn install", "yarn", "clean", "DL3060", "what yarn downloaded stays in the layer",
		"end the same RUN with 'yarn cache clean'", ANA_SEVERITY_INFO },
	[COMPOSER] = { "composer install", "composer", "clear-cache|clearcache", NULL, NULL, NULL, ANA_SEVERITY_INFO },
	[BUNDLE] = { "bundle install", "bundle", NULL, NULL, NULL, NULL, ANA_SEVERITY_INFO },
	[POETRY] = { "poetry install", "pypoetry", NULL, NULL, NULL, NULL, ANA_SEVERITY_INFO },
};

/** What one RUN does. */
struct facts {
	/** Managers that install, and whose caches are emptied or never filled; packages are removed again. */
	bool installs[MANAGERS], cleans[MANAGERS], removes, no_recommends, updates;
	/** Names of packages, each behind a blank; lists of what is removed. */
	struct ctx_buf compilers, editors, fetchers, removed;
	/** A whole group that was removed: apk del .build-deps. */
	bool virtual_group, automatic, dev;
	const char *dev_fix;
	/** A program is compiled. */
	bool builds;
};

/** The rule at work. */
struct look {
	struct ana_rule_run *run;
	struct ana_ship ship;
	struct facts facts;
	/** NODE_ENV=production, PIP_NO_CACHE_DIR, BUNDLE_WITHOUT, COMPOSER_NO_DEV are set. */
	bool production, pip_off, bundle_off, composer_off;
	/** package.json of the context names no dependencies for development. */
	bool no_dev;
	/** docker-clean or a like is known to be away: nothing is known of caches. */
	bool builds;
	/** Something runs by default. */
	bool runs;
	/** What says that people or CI work in the image: then tools are there on purpose; NULL. */
	const char *workbench;
	struct ctx_error *err;
};

/** Does a word of the command hold one of these, separated by '|'? */
static bool mentions(const struct ana_command *c, const char *list) {
	while (list != NULL && *list != '\0') {
		size_t len = strcspn(list, "|");
		for (size_t i = 1; i < c->count; ++i) {
			if (c->words[i].text.len > 0 &&
				memmem(c->words[i].text.ptr, c->words[i].text.len, list, len) != NULL) {
				return true;
			}
		}
		list += len + (list[len] == '|');
	}
	return false;
}

/** Name of a package without version and architecture: "curl=7.88-10", "gcc:amd64". */
static struct ctx_str package_of(struct ctx_str word) {
	size_t len = 0;
	while (len < word.len && strchr("=<>~:@", word.ptr[len]) == NULL) {
		++len;
	}
	return (struct ctx_str){ word.ptr, len > 0 ? len : word.len };
}

/** Is a package there to be compiled with? */
static bool is_compiler(struct ctx_str name) {
	bool header = (ctx_str_ends(name, "-dev") || ctx_str_ends(name, "-devel")) && !ctx_str_ends(name, "bin-dev");
	return ctx_str_is_listed(name, compilers) || header;
}

/** Is the name in a list of names with a blank before each? */
static bool is_noted(const struct ctx_buf *names, struct ctx_str name) {
	struct ctx_str rest = { ctx_buf_str(names), names->len };
	while (rest.len > 0) {
		rest = ctx_str_from(rest, 1);
		size_t len = ctx_str_find(rest, ' ');
		if (ctx_str_eq((struct ctx_str){ rest.ptr, len }, name)) {
			return true;
		}
		rest = ctx_str_from(rest, len);
	}
	return false;
}

/** Note the packages of an installation. */
static void see_packages(struct facts *f, const struct ana_command *c) {
	bool virtual = false;
	for (size_t i = 1; i < c->count; ++i) {
		struct ctx_str word = c->words[i].text, name = package_of(word);
		virtual = virtual || ctx_str_is(word, "--virtual") || ctx_str_is(word, "-t") ||
			ctx_str_starts(word, "--virtual=") || ctx_str_starts(word, "-t=");
		f->no_recommends = f->no_recommends || ctx_str_is(word, "--no-install-recommends") ||
			memmem(word.ptr, word.len, "Install-Recommends=", 19) != NULL;
		if (c->words[i].open || name.len == 0 || name.ptr[0] == '-' || name.len > 60) {
			continue;
		}
		struct ctx_buf *to = is_compiler(name)      ? &f->compilers
			: ctx_str_is_listed(name, editors)  ? &f->editors
			: ctx_str_is_listed(name, fetchers) ? &f->fetchers
							    : NULL;
		if (to != NULL && !is_noted(to, name)) {
			ctx_buf_addf(to, " %.*s", CTX_STR_ARGS(name));
		}
	}
	f->virtual_group = f->virtual_group || virtual;
}

/** Note what is removed. */
static void see_removal(struct facts *f, const struct ana_command *c) {
	bool removes = ana_command_begins(c,
		"apt-get purge|apt-get remove|apt-get autoremove|apt purge|apt remove|apt-get clean-deps|apk del|"
		"yum remove|dnf remove|yum erase|dnf erase|apt autoremove|dpkg -r|rpm -e");
	f->removes = f->removes || removes;
	for (size_t i = 1; removes && i < c->count; ++i) {
		ctx_buf_addf(&f->removed, " %.*s", CTX_STR_ARGS(package_of(c->words[i].text)));
	}
	ctx_buf_adds(&f->removed, removes ? " " : "");
}

/** Is a list of packages installed for development? */
static void see_dev(const struct look *l, struct facts *f, const struct ana_command *c) {
	if (ana_command_begins(c, "npm ci|npm install|npm i")) {
		bool given = ana_command_has(c, "-g") || ana_command_has(c, "--global");
		for (size_t i = 2; i < c->count; ++i) {
			given = given || (c->words[i].text.len > 0 && c->words[i].text.ptr[0] != '-');
		}
		bool off = mentions(c, "--omit=dev|--production|--only=prod|--omit dev|--only=production") ||
			(ana_command_has(c, "--omit") && ana_command_has(c, "dev"));
		if (!given && !off && !l->production && !l->no_dev) {
			f->dev = true;
			f->dev_fix = "npm ci --omit=dev in the stage that ships, and build in another one";
		}
	} else if (ana_command_begins(c, "composer install") && !ana_command_has(c, "--no-dev") && !l->composer_off) {
		f->dev = true;
		f->dev_fix = "composer install --no-dev";
	} else if (ana_command_begins(c, "poetry install") && !mentions(c, "--no-dev|--without|--only|--only-root") &&
		!ana_command_has(c, "--without")) {
		f->dev = true;
		f->dev_fix = "poetry install --only main";
	} else if (ana_command_begins(c, managers[PIP].installs) &&
		mentions(c,
			"requirements-dev|dev-requirements|requirements/dev|requirements_dev|"
			"test-requirements|requirements-test")) {
		f->dev = true;
		f->dev_fix = "install what only development needs in a stage that does not ship";
	}
}

/** Does a command turn sources into a program? */
static bool compiles(const struct ana_command *c) {
	return ana_command_begins(c,
		"go build|go install|cargo build|cargo install|mvn|mvnw|gradle|gradlew|dotnet publish|dotnet build|make|cmake|gcc|g++|"
		"npm run build|yarn build|yarn run build|pnpm build|pnpm run build|stack build|cabal build|swift build|sbt");
}

/** ana_command_fn. */
static int see_command(void *arg, const struct ana_command *c) {
	struct look *l = arg;
	struct facts *f = &l->facts;
	struct ctx_str name = ana_command_name(c);
	bool cleaner = ctx_str_is(name, "rm") || ctx_str_is(name, "find") ||
		ana_command_begins(c,
			"npm cache|yarn cache|pip cache|pip3 cache|dnf clean|yum clean|microdnf clean|tdnf clean");
	for (unsigned m = 0; m < MANAGERS; ++m) {
		if (ana_command_begins(c, managers[m].installs)) {
			f->installs[m] = true;
			f->cleans[m] = f->cleans[m] || mentions(c, "--no-cache|--no-index|--download-only");
		}
		f->cleans[m] = f->cleans[m] || (cleaner && mentions(c, managers[m].cleans));
	}
	if (f->installs[YARN] || (ctx_str_is(name, "yarn") && c->count == 1)) {
		f->installs[YARN] = true;
	}
	if (c->count == 0) {
		return 0;
	}
	if (ana_command_begins(c, managers[APT].installs) || ana_command_begins(c, managers[APK].installs) ||
		ana_command_begins(c, managers[DNF].installs)) {
		see_packages(f, c);
	}
	f->cleans[APT] = f->cleans[APT] ||
		ana_command_begins(c, "apt-get dist-clean|apt-get distclean|apt distclean|apt dist-clean");
	// "apt-mark auto" and "purge --auto-remove": all that was installed goes again, but for what is marked by hand
	f->automatic = f->automatic || ana_command_begins(c, "apt-mark auto");
	f->updates = f->updates || ana_command_begins(c, "apt-get update|apt update");
	see_removal(f, c);
	see_dev(l, f, c);
	f->builds = f->builds || compiles(c);
	return 0;
}

/** Start a finding about a RUN. */
static struct ana_finding at(struct look *l, const struct ana_instruction *ins, uint32_t stage) {
	char label[96];
	struct ana_finding f = ana_rule_at(l->run, ins->node, CTX_STR_NONE);
	f.subject_kind = ANA_SUBJECT_STAGE;
	f.subject = ana_rule_format(l->run, "%s", ana_stage_label(l->run->in->graph, stage, label));
	return f;
}

/** What a stage starts from in the end, as it is named. */
static struct ctx_str image_of(const struct ana_graph *graph, uint32_t stage) {
	while (graph->stages.items[stage].base_stage != ANA_NONE) {
		stage = graph->stages.items[stage].base_stage;
	}
	return graph->stages.items[stage].base;
}

/** A stage that could build for the one that ships: it does not ship, and starts from the same image; empty if there is none. */
static struct ctx_str builder_of(const struct look *l) {
	const struct ana_graph *graph = l->run->in->graph;
	for (uint32_t i = 0; i < graph->df->stages.count; ++i) {
		const struct ana_stage *stage = &graph->df->stages.items[i];
		bool builds = !ana_ship_has(&l->ship, i) && stage->name.len > 0 && graph->stages.items[i].reachable;
		if (builds && ctx_str_eq(image_of(graph, i), image_of(graph, graph->target))) {
			return stage->name;
		}
	}
	return CTX_STR("");
}

/** Packages of a RUN that are not removed in it again; false if there are none. */
static bool remaining(const struct facts *f, const struct ctx_buf *packages, struct ctx_buf *out) {
	struct ctx_str rest = { ctx_buf_str(packages), packages->len };
	unsigned count = 0;
	while (rest.len > 0) {
		rest = ctx_str_from(rest, 1);
		struct ctx_str name = { rest.ptr, ctx_str_find(rest, ' ') };
		rest = ctx_str_from(rest, name.len);
		bool removed = f->removed.len > 0 && ctx_str_is_listed(name, ctx_buf_str(&f->removed));
		if (!removed && ++count <= 6) {
			ctx_buf_addf(out, "%s%.*s", out->len > 0 ? ", " : "", CTX_STR_ARGS(name));
		}
	}
	if (count > 6) {
		ctx_buf_addf(out, " and %u more", count - 6);
	}
	return out->len > 0;
}

/** What says that an image is there to work in: the name of a stage, of a directory, Docker inside; NULL. */
static const char *workbench_of(const struct look *l) {
	static const char stages[] = " dev develop development devcontainer test tests testing lint validate ci ";
	static const char dirs[] = " test tests testing e2e ci .ci .circleci .devcontainer devcontainer ";
	const struct ana_graph *graph = l->run->in->graph;
	for (size_t i = 0; i < l->ship.stages.count; ++i) {
		if (ctx_str_is_listed(graph->df->stages.items[l->ship.stages.items[i]].name, stages)) {
			return "an image to work in, by the name of its stage";
		}
	}
	struct ctx_str rest = CTX_STR(l->run->in->path);
	for (size_t slash; (slash = ctx_str_find(rest, '/')) < rest.len; rest = ctx_str_from(rest, slash + 1)) {
		if (ctx_str_is_listed((struct ctx_str){ rest.ptr, slash }, dirs)) {
			return "an image to work in, by its path";
		}
	}
	struct ana_ship_at at = { 0 };
	for (const struct ana_instruction *ins; (ins = ana_ship_next(&l->ship, graph, &at)) != NULL;) {
		struct ctx_str text = ins->keyword == ANA_KW_RUN ? ins->node->logical : CTX_STR("");
		if (memmem(text.ptr, text.len, " docker-ce", 10) != NULL ||
			memmem(text.ptr, text.len, " docker.io", 10) != NULL) {
			return "an image to work in: Docker is in it";
		}
	}
	return NULL;
}

/** Packages of one kind. */
static int report_packages(struct look *l, const struct ana_instruction *ins, uint32_t stage,
	const struct ctx_buf *packages, const char *what, enum ana_severity severity) {
	ctx_auto_buf struct ctx_buf names = CTX_BUF_INIT;
	bool group = l->facts.removes && l->facts.virtual_group;
	bool automatic = l->facts.removes &&
		(l->facts.automatic || strstr(ctx_buf_str(&l->facts.removed), "$") != NULL);
	if (group || automatic || !remaining(&l->facts, packages, &names)) {
		return 0;
	}
	struct ana_finding f = at(l, ins, stage);
	struct ctx_str builder = builder_of(l);
	f.severity = severity;
	f.evidence = l->workbench;
	f.message = ana_rule_format(l->run, "%s ship: %s", what, ctx_buf_str(&names));
	f.fix = builder.len > 0
		? ana_rule_format(l->run, "install them in stage '%.*s' and copy the result", CTX_STR_ARGS(builder))
		: "install them in a stage of their own and copy the result, or remove them in the same RUN";
	return ana_rule_report(l->run, &f, l->err);
}

/** Does a text hold another one? */
static bool holds(struct ctx_str text, const char *part) {
	return text.len > 0 && memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

/** Is there a mount in which the caches of a manager stay?  Its value is read as it is written. */
static bool has_mount(const struct ana_instruction *ins, unsigned manager) {
	for (uint32_t i = 0; i < ins->run.mount_count; ++i) {
		struct ctx_str value = ins->run.mounts[i];
		bool cache = holds(value, "type=cache") || holds(value, "type=tmpfs");
		if (cache &&
			(holds(value, managers[manager].cache) || holds(value, ".cache") ||
				holds(value, "/var/cache") || ctx_str_ends(value, "=/root"))) {
			return true;
		}
	}
	return false;
}

/** Caches that stay. */
static int report_caches(struct look *l, const struct ana_instruction *ins, uint32_t stage) {
	int rc = 0;
	for (unsigned m = 0; rc == 0 && m < MANAGERS; ++m) {
		bool off = m == PIP && l->pip_off;
		bool lists = m != APT || l->facts.updates;
		if (!l->facts.installs[m] || l->facts.cleans[m] || off || !lists || managers[m].what == NULL ||
			has_mount(ins, m)) {
			continue;
		}
		struct ana_finding f = at(l, ins, stage);
		f.severity = managers[m].severity;
		f.alias = managers[m].alias;
		f.message = managers[m].what;
		f.fix = managers[m].fix;
		rc = ana_rule_report(l->run, &f, l->err);
	}
	return rc;
}

/** One RUN that ships. */
static int see_run(struct look *l, const struct ana_instruction *ins, uint32_t stage) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct facts *f = &l->facts;
	*f = (struct facts){ 0 };
	ctx_buf_adds(&f->removed, "");
	int rc = ana_commands_of(ins, &arena, see_command, l);
	bool ok = ctx_buf_ok(&f->compilers) && ctx_buf_ok(&f->editors) && ctx_buf_ok(&f->fetchers) &&
		ctx_buf_ok(&f->removed);
	rc = rc < 0 || !ok ? ctx_fail_nomem(l->err) : 0;
	enum ana_severity severity = l->runs && l->workbench == NULL ? ANA_SEVERITY_WARNING : ANA_SEVERITY_INFO;
	rc = rc < 0 ? rc : report_packages(l, ins, stage, &f->compilers, "compilers and build tools", severity);
	rc = rc < 0 ? rc : report_packages(l, ins, stage, &f->editors, "editors", severity);
	rc = rc < 0 ? rc : report_packages(l, ins, stage, &f->fetchers, "tools that fetch", ANA_SEVERITY_INFO);
	rc = rc < 0 ? rc : report_caches(l, ins, stage);
	if (rc == 0 && f->installs[APT] && !f->no_recommends) {
		struct ana_finding found = at(l, ins, stage);
		found.severity = ANA_SEVERITY_INFO;
		found.alias = "DL3015";
		found.message = "apt installs what packages only recommend, too";
		found.fix = "apt-get install --no-install-recommends";
		rc = ana_rule_report(l->run, &found, l->err);
	}
	if (rc == 0 && f->dev) {
		struct ana_finding found = at(l, ins, stage);
		found.severity = severity;
		found.message = "what only development needs is installed in what ships";
		found.fix = f->dev_fix;
		rc = ana_rule_report(l->run, &found, l->err);
	}
	l->builds = l->builds || f->builds;
	ctx_buf_release(&f->compilers);
	ctx_buf_release(&f->editors);
	ctx_buf_release(&f->fetchers);
	ctx_buf_release(&f->removed);
	return rc;
}

/** ENV that changes what managers do. */
static void see_env(struct look *l, const struct ana_instruction *ins) {
	for (uint32_t i = 0; i < ins->pairs.count; ++i) {
		const struct ana_pair *p = &ins->pairs.items[i];
		bool on = p->value.len > 0 && !ctx_str_is(p->value, "0") && !ctx_str_is(p->value, "false");
		l->production = l->production ||
			(ctx_str_is(p->key, "NODE_ENV") && memmem(p->value.ptr, p->value.len, "prod", 4) != NULL);
		l->pip_off = l->pip_off || (ctx_str_is(p->key, "PIP_NO_CACHE_DIR") && p->value.len > 0) ||
			(ctx_str_is(p->key, "PIP_NO_CACHE") && on);
		l->bundle_off = l->bundle_off || (ctx_str_is(p->key, "BUNDLE_WITHOUT") && on);
		l->composer_off = l->composer_off || (ctx_str_is(p->key, "COMPOSER_NO_DEV") && on);
	}
}

/** ARG with a default that does the same. */
static void see_arg(struct look *l, const struct ana_instruction *ins) {
	for (uint32_t i = 0; i < ins->args.count; ++i) {
		const struct ana_arg *a = &ins->args.items[i];
		l->pip_off = l->pip_off || (ctx_str_is(a->name, "PIP_NO_CACHE_DIR") && a->value.len > 0);
		l->production = l->production ||
			(ctx_str_is(a->name, "NODE_ENV") && ctx_str_is(a->value, "production"));
	}
}

/** The base is made for compiling, and the image runs what was compiled in it. */
static int report_base(struct look *l) {
	const struct ana_graph *graph = l->run->in->graph;
	const struct ana_image *base = &l->ship.base;
	if ((base->facts & ANA_IMAGE_COMPILES) == 0 || !l->runs || !l->builds) {
		return 0;
	}
	const struct ana_stage *stage = graph->stages.items[l->ship.stages.items[0]].stage;
	struct ana_finding f = ana_rule_at(l->run, stage->from, stage->base);
	f.severity = l->workbench == NULL ? ANA_SEVERITY_WARNING : ANA_SEVERITY_INFO;
	f.evidence = l->workbench;
	f.subject_kind = ANA_SUBJECT_IMAGE;
	f.subject = ana_rule_format(l->run, "%.*s", CTX_STR_ARGS(base->repository));
	f.message = ana_rule_format(l->run, "the whole tool chain of '%.*s' ships with the program",
		CTX_STR_ARGS(base->repository));
	f.fix = "build in this stage, and copy the result into a small one: a second FROM, COPY --from";
	return ana_rule_report(l->run, &f, l->err);
}

/** Does package.json in the context's root name dependencies for development?  true also if it cannot be told. */
static bool has_dev(struct ana_rule_run *run) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	return !ana_rule_read(run, "package.json", 1u << 20, &text) ||
		memmem(ctx_buf_str(&text), text.len, "\"devDependencies\"", 17) != NULL;
}

/** ana_rule_fn. */
static int look(struct ana_rule_run *run, struct ctx_error *err) {
	struct look l = { .run = run, .err = err };
	const struct ana_graph *graph = run->in->graph;
	const struct ana_instruction *ins;
	struct ana_ship_at where = { 0 };
	int rc = ana_ship_make(&l.ship, graph, err);
	l.no_dev = !has_dev(run);
	l.runs = rc == 0 &&
		(ana_ship_last(&l.ship, graph, ANA_KW_CMD) != NULL ||
			ana_ship_last(&l.ship, graph, ANA_KW_ENTRYPOINT) != NULL);
	l.workbench = rc == 0 ? workbench_of(&l) : NULL;
	while (rc == 0 && (ins = ana_ship_next(&l.ship, graph, &where)) != NULL) {
		if (ins->keyword == ANA_KW_ENV) {
			see_env(&l, ins);
		} else if (ins->keyword == ANA_KW_ARG) {
			see_arg(&l, ins);
		} else if (ins->keyword == ANA_KW_RUN) {
			rc = see_run(&l, ins, l.ship.stages.items[where.stage]);
		}
	}
	rc = rc < 0 ? rc : report_base(&l);
	ana_ship_release(&l.ship);
	return rc;
}

const struct ana_rule ana_rule_bloated_image = {
	.id = "bloated-image",
	.severity = ANA_SEVERITY_WARNING,
	.summary = "compilers, editors or package caches are in what ships",
	.wrong = "FROM debian:12\n"
		 "RUN apt-get update && apt-get install -y build-essential vim\n"
		 "RUN pip install -r requirements.txt\n",
	.right =
		"FROM debian:12 AS build\n"
		"RUN apt-get update && apt-get install -y build-essential\n"
		"FROM debian:12-slim\n"
		"RUN apt-get update && apt-get install -y --no-install-recommends libpq5 && rm -rf /var/lib/apt/lists/*\n"
		"COPY --from=build /out /usr/local\n",
	.why = "Every byte is stored, pulled and scanned again and again, and every tool is one more for an intruder. Multi-stage "
	       "builds cut images by 60 to 80 percent.",
	.knows =
		"Only what ships: a compiler in a stage that is copied from is right. Packages that the same RUN removes, caches that "
		"it empties, cache mounts, PIP_NO_CACHE_DIR and NODE_ENV count. Where nothing runs by default the image may be "
		"made for building, and where a directory, a stage or Docker in it says that people or CI work in it, tools are there on "
		"purpose: info. Tools that fetch, and caches of apk, npm and yarn, are an info.",
	.aliases = " DL3009 DL3015 DL3019 DL3032 DL3040 DL3042 DL3060 ",
	.dockerfile = look,
};
