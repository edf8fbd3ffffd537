/*
 * npm, yarn, pnpm and bun: configuration and lock files.
 */
#include "analyzer/advice/need_npm.h"

#include "analyzer/advice/manifest_json.h"

/** Packages that look at files of the project when they are installed; NULL: at anything. */
static const struct reader {
	const char *name, *files;
} readers[] = {
	{ "@prisma/client", "prisma/? schema.prisma? prisma.config.ts? .env?" },
	{ "prisma", "prisma/? schema.prisma? prisma.config.ts? .env?" },
	{ "puppeteer",
		".puppeteerrc? .puppeteerrc.json? .puppeteerrc.cjs? puppeteer.config.js? puppeteer.config.cjs? .config/?" },
	{ "nx", "nx.json? .nx/? project.json? workspace.json?" },
	{ "yorkie", ".git/?" },
	{ "lefthook", ".git/? lefthook.yml? lefthook.yaml? .lefthook.yml?" },
	{ "simple-git-hooks",
		".git/? .simple-git-hooks.js? .simple-git-hooks.cjs? simple-git-hooks.js? simple-git-hooks.cjs? .simple-git-hooks.json?" },
	{ "pre-commit", ".git/?" },
	{ "ghooks", ".git/?" },
	{ "@sentry/cli", ".sentryclirc?" },
	{ "msw", "public/?" },
};

/** Packages whose install script looks at nothing of the project. */
static const char harmless[] =
	" esbuild fsevents core-js core-js-pure core-js-bundle sharp bcrypt node-sass canvas sqlite3 better-sqlite3 bufferutil utf-8-validate protobufjs es5-ext "
	"electron cypress playwright playwright-chromium phantomjs-prebuilt chromedriver geckodriver @swc/core @parcel/watcher unrs-resolver vue-demi "
	"nodejieba argon2 cpu-features ssh2 deasync keytar leveldown iltorb farmhash grpc ursa-optional libpq pg-native msgpackr-extract lmdb "
	"@parcel/watcher @apollo/protobufjs dtrace-provider microtime re2 snappy zeromq serialport usb node-pty tree-sitter tree-sitter-json "
	"@tailwindcss/oxide workerd @napi-rs/canvas ttf2woff2 @biomejs/biome dugite puppeteer-core opencollective-postinstall styled-components ejs "
	"gifsicle mozjpeg optipng-bin pngquant-bin jpegtran-bin cwebp-bin @fortawesome/fontawesome-common-types @fortawesome/fontawesome-svg-core "
	"@fortawesome/free-solid-svg-icons @fortawesome/free-regular-svg-icons @fortawesome/free-brands-svg-icons "
	"@prisma/engines aws-crt nan node-gyp-build level-js uglifyjs-webpack-plugin spawn-sync tesseract.js web3 web3-bzz web3-shh nice-napi hiredis "
	"@datadog/native-metrics @datadog/pprof dd-trace newrelic @newrelic/native-metrics kerberos mongodb-client-encryption mongodb-memory-server isolated-vm "
	"@mongodb-js/zstd secp256k1 keccak blake-hash utf8-validate fse gc-stats heapdump memcpy v8-profiler-node8 wd ";

/* ---- Configuration ---- */

/** Does a line begin with one of these keys, before '=', ':' or a blank? */
static bool has_key(struct ctx_str line, const char *keys) {
	size_t len = 0;
	while (len < line.len && strchr("=: \t", line.ptr[len]) == NULL) {
		++len;
	}
	return ctx_str_is_listed((struct ctx_str){ line.ptr, len }, keys);
}

/** The next line of a text, without blanks around it. */
static struct ctx_str take_line(struct ctx_str *text) {
	size_t end = ctx_str_find(*text, '\n');
	struct ctx_str line = { text->ptr, end };
	*text = ctx_str_from(*text, end < text->len ? end + 1 : end);
	while (line.len > 0 && strchr(" \t\r", line.ptr[line.len - 1]) != NULL) {
		--line.len;
	}
	while (line.len > 0 && (*line.ptr == ' ' || *line.ptr == '\t')) {
		line = ctx_str_from(line, 1);
	}
	return line;
}

/** .npmrc: settings that name files make it unknown. */
static int read_npmrc(struct npm *n, struct ctx_str dir) {
	static const char paths[] =
		" cafile certfile keyfile node-options node_options script-shell shell pnpmfile global-pnpmfile userconfig globalconfig prefix onload-script cache store-dir "
		"virtual-store-dir modules-dir lockfile-dir lockfile-directory patches-dir git init-module tmp state-dir cache-dir workspace-concurrency-path extra-env ";
	struct ctx_str text;
	int rc = need_file(n->r, need_join(n->r, dir, CTX_STR(".npmrc")), true, &text);
	while (rc == 0 && text.len > 0) {
		struct ctx_str line = take_line(&text);
		if (has_key(line, paths)) {
			rc = need_unknown(n->r, "'.npmrc' of the project names files: '%.*s'", CTX_STR_ARGS(line));
		}
	}
	return rc;
}

/** The value of a line "key: value" or `key "value"`, without quotes. */
static struct ctx_str value_of(struct ctx_str line) {
	size_t at = 0;
	while (at < line.len && strchr(": \t", line.ptr[at]) == NULL) {
		++at;
	}
	while (at < line.len && strchr(": \t\"'", line.ptr[at]) != NULL) {
		++at;
	}
	line = ctx_str_from(line, at);
	while (line.len > 0 && strchr("\"' ", line.ptr[line.len - 1]) != NULL) {
		--line.len;
	}
	return line;
}

/** .yarnrc and .yarnrc.yml: the program that does the work, plugins. */
static int read_yarnrc(struct npm *n, struct ctx_str dir, const char *name) {
	struct ctx_str text;
	bool plugins = false;
	int rc = need_file(n->r, need_join(n->r, dir, CTX_STR(name)), true, &text);
	while (rc == 0 && text.len > 0) {
		bool inner = strchr(" \t-\r\n#", *text.ptr) != NULL;
		struct ctx_str line = take_line(&text);
		plugins = inner ? plugins : ctx_str_starts(line, "plugins:");
		line = ctx_str_from(line, ctx_str_starts(line, "- ") ? 2 : 0);
		struct ctx_str value = value_of(line);
		bool strange = plugins && inner && line.len > 0 && line.ptr[0] != '#' &&
			!has_key(line, " path spec checksum ");
		bool official = memmem(line.ptr, line.len, "@yarnpkg/plugin-", 16) != NULL;
		if (has_key(line, " yarnPath yarn-path ")) {
			rc = need_read(n->r, need_join(n->r, dir, value), false, false);
		} else if (has_key(line, " path ") && official) {
			rc = need_read(n->r, need_join(n->r, dir, value), false, false);
		} else if (strange || ctx_str_starts(line, "--") ||
			has_key(line,
				" path rcFilename lockfileFilename caFilePath httpsCaFilePath httpsCertFilePath httpsKeyFilePath cafile ")) {
			rc = need_unknown(n->r, "'%s' of the project is not understood: '%.*s'", name,
				CTX_STR_ARGS(line));
		}
	}
	return rc;
}

/** pnpm-workspace.yaml, as far as one needs no YAML library for it: lists of words below "packages:". */
static int read_pnpm_workspace(struct npm *n, struct ctx_str dir) {
	struct ctx_str text;
	bool packages = false, patches = false;
	int rc = need_file(n->r, need_join(n->r, dir, CTX_STR("pnpm-workspace.yaml")), true, &text);
	while (rc == 0 && text.len > 0) {
		bool inner = strchr(" \t-", *text.ptr) != NULL;
		struct ctx_str line = take_line(&text);
		if (line.len == 0 || line.ptr[0] == '#') {
			continue;
		}
		if (!inner) {
			packages = ctx_str_starts(line, "packages:");
			patches = ctx_str_starts(line, "patchedDependencies:");
			bool flow = memchr(line.ptr, '[', line.len) != NULL ||
				memchr(line.ptr, '{', line.len) != NULL || memchr(line.ptr, '&', line.len) != NULL;
			if (flow ||
				has_key(line,
					" configDependencies pnpmfile lockfileDir storeDir modulesDir virtualStoreDir ")) {
				rc = need_unknown(n->r, "'pnpm-workspace.yaml' is not understood: '%.*s'",
					CTX_STR_ARGS(line));
			}
		} else if (packages) {
			struct ctx_str pattern = ctx_str_from(line, ctx_str_starts(line, "-") ? 1 : 0);
			pattern.len = ctx_str_find(pattern, '#');
			while (pattern.len > 0 && strchr(" '\"", *pattern.ptr) != NULL) {
				pattern = ctx_str_from(pattern, 1);
			}
			while (pattern.len > 0 && strchr(" '\"\t", pattern.ptr[pattern.len - 1]) != NULL) {
				--pattern.len;
			}
			const char *copy = ctx_arena_memdup0(n->r->arena, pattern.ptr, pattern.len);
			if (copy == NULL) {
				return ctx_fail_nomem(n->r->err);
			}
			if (pattern.len == 0 || strpbrk(copy, "{}()\\[]*") != NULL
					? memmem(copy, pattern.len, "**", 2) != NULL ||
						strpbrk(copy, "{}()\\[]") != NULL
					: false) {
				return need_unknown(n->r, "the workspaces of '%.*s' are not understood",
					CTX_STR_ARGS(dir));
			}
			rc = copy[0] == '!' ? 0 : npm_expand(n, dir, (struct ctx_str){ copy, pattern.len });
		} else if (patches || memmem(line.ptr, line.len, "file:", 5) != NULL ||
			memmem(line.ptr, line.len, "link:", 5) != NULL) {
			struct ctx_str value = value_of(line);
			rc = patches ? need_read(n->r, need_join(n->r, dir, value), false, false)
				     : need_unknown(n->r, "'pnpm-workspace.yaml' names local packages");
		}
	}
	return rc;
}

/** Code of the project that pnpm runs. */
static int check_pnpmfile(struct npm *n, struct ctx_str dir) {
	static const char *const names[] = { ".pnpmfile.cjs", ".pnpmfile.mjs" };
	for (size_t i = 0; i < CTX_COUNTOF(names); ++i) {
		struct ctx_str path = need_join(n->r, dir, CTX_STR(names[i]));
		if (path.ptr == NULL) {
			return ctx_fail_nomem(n->r->err);
		}
		int rc = need_exists(n->r, path);
		if (rc == 1) {
			return need_unknown(n->r, "'%.*s' runs '%s'", CTX_STR_ARGS(n->c->text), path.ptr);
		}
		rc = rc < 0 ? rc : need_read(n->r, path, false, true);
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

/** Files above the project that would make it part of another. */
static int check_above(struct npm *n) {
	static const char *const others[] = { "pnpm-workspace.yaml", ".yarnrc.yml", ".yarnrc", "yarn.lock" };
	size_t count = n->c->row->manifests == ANA_MANIFESTS_NPM ? 0
		: n->c->row->manifests == ANA_MANIFESTS_YARN     ? 4
								 : 1;
	struct ctx_str dir = n->dirs.items[0];
	while (dir.len > 1) {
		struct ctx_str text;
		dir = need_join(n->r, CTX_STR("/"), need_parent(dir));
		int rc = need_file(n->r, need_join(n->r, dir, CTX_STR("package.json")), true, &text);
		if (rc == 0 && text.len > 0 && memmem(text.ptr, text.len, "\"workspaces\"", 12) != NULL) {
			rc = need_unknown(n->r, "'%s' may be a member of the workspaces in '%s'", n->dirs.items[0].ptr,
				dir.ptr);
		}
		for (size_t i = 0; rc == 0 && i < count; ++i) {
			struct ctx_str path = need_join(n->r, dir, CTX_STR(others[i]));
			rc = path.ptr == NULL ? ctx_fail_nomem(n->r->err) : need_exists(n->r, path);
			rc = rc == 1     ? need_unknown(n->r, "'%s' above the project", path.ptr)
				: rc < 0 ? rc
					 : need_read(n->r, path, false, true);
		}
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

int npm_config(struct npm *n, struct ctx_str dir) {
	enum ana_manifests kind = n->c->row->manifests;
	int rc = read_npmrc(n, dir);
	if (kind == ANA_MANIFESTS_YARN) {
		rc = rc != 0 ? rc : read_yarnrc(n, dir, ".yarnrc");
		rc = rc != 0 ? rc : read_yarnrc(n, dir, ".yarnrc.yml");
	} else if (kind == ANA_MANIFESTS_PNPM) {
		rc = rc != 0 ? rc : read_pnpm_workspace(n, dir);
		rc = rc == 0 && !need_has_option(n->c, " --ignore-pnpmfile ") ? check_pnpmfile(n, dir) : rc;
	}
	return rc != 0 ? rc : check_above(n);
}

/* ---- Lock files ---- */

/** Does a lock file name a package? */
static bool has_package(struct ctx_str lock, const char *name) {
	size_t len = strlen(name);
	const char *at = lock.ptr, *end = lock.ptr + lock.len;
	while (at < end && (at = memmem(at, (size_t)(end - at), name, len)) != NULL) {
		bool begins = at == lock.ptr || strchr("/\"' \n", at[-1]) != NULL;
		bool ends = at + len < end && strchr("\"'@:/", at[len]) != NULL;
		bool scoped = at > lock.ptr && at[-1] == '/' && name[0] != '@' &&
			!(at - lock.ptr >= 13 && memcmp(at - 13, "node_modules/", 13) == 0);
		if (begins && ends && !scoped) {
			return true;
		}
		at += len;
	}
	return false;
}

/** One package of package-lock.json: has it a script that is not known? */
static int see_locked(void *arg, struct ctx_str name, const struct json_t *value) {
	struct npm *n = arg;
	static const char dir[] = "node_modules/";
	struct ctx_str rest = name;
	for (const char *at; (at = memmem(rest.ptr, rest.len, dir, strlen(dir))) != NULL;) {
		rest = ctx_str_from(rest, (size_t)(at - rest.ptr) + strlen(dir));
	}
	bool script = ana_json_is_true(ana_json_member(value, "hasInstallScript")) && rest.len < name.len;
	bool known = ctx_str_is_listed(rest, harmless);
	for (size_t i = 0; i < CTX_COUNTOF(readers); ++i) {
		known = known || ctx_str_is(rest, readers[i].name);
	}
	if (!script || known) {
		return 0;
	}
	need_review(n->r);
	const char *rule = need_text(n->r, "the install script of '%.*s' is not known", CTX_STR_ARGS(rest));
	return rule == NULL ? ctx_fail_nomem(n->r->err) : need_rule(n->r, rule);
}

/** What packages that are installed look at. */
static int see_lock(struct npm *n, struct ctx_str lock, bool npm) {
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < CTX_COUNTOF(readers); ++i) {
		rc = has_package(lock, readers[i].name) ? need_list(n->r, readers[i].files, n->dirs.items[0], false)
							: 0;
	}
	if (rc != 0 || !npm) {
		return rc;
	}
	ana_auto_json struct json_t *doc = NULL;
	rc = ana_json_read(&doc, lock, n->r->err);
	if (rc == 0 && doc == NULL) {
		return need_unknown(n->r, "the lock file in '%s' is not understood", n->dirs.items[0].ptr);
	}
	return rc != 0 ? rc : ana_json_each(ana_json_member(doc, "packages"), see_locked, n);
}

int npm_locks(struct npm *n) {
	static const char *const names[][2] = {
		[ANA_MANIFESTS_NPM] = { "npm-shrinkwrap.json", "package-lock.json" },
		[ANA_MANIFESTS_YARN] = { "yarn.lock", NULL },
		[ANA_MANIFESTS_PNPM] = { "pnpm-lock.yaml", NULL },
		[ANA_MANIFESTS_BUN] = { "bun.lock", "bun.lockb" },
	};
	bool found = false;
	for (size_t i = 0; i < 2 && names[n->c->row->manifests][i] != NULL; ++i) {
		struct ctx_str text, path = need_join(n->r, n->dirs.items[0], CTX_STR(names[n->c->row->manifests][i]));
		int rc = need_file(n->r, path, true, &text);
		rc = rc == 0 && text.ptr != NULL && n->scripts
			? see_lock(n, text, n->c->row->manifests == ANA_MANIFESTS_NPM)
			: rc;
		found = found || text.ptr != NULL;
		if (rc != 0) {
			return rc;
		}
	}
	if (!found) {
		need_review(n->r);
		return need_rule(n->r, "there is no lock file");
	}
	return 0;
}

/* ---- pnpm fetch ---- */

/** What pnpm-lock.yaml names that lies in the project: patches, and local packages, which are not understood. */
static int see_fetched(struct npm *n, struct ctx_str lock) {
	static const char *const local[] = { "type: directory", "file:" };
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < CTX_COUNTOF(local); ++i) {
		if (memmem(lock.ptr, lock.len, local[i], strlen(local[i])) != NULL) {
			rc = need_unknown(n->r, "'pnpm-lock.yaml' names local packages");
		}
	}
	while (rc == 0 && lock.len > 0) {
		bool deep = ctx_str_starts(lock, "    path: ");
		struct ctx_str line = take_line(&lock);
		rc = deep ? need_read(n->r, need_join(n->r, n->dirs.items[0], value_of(line)), false, false) : 0;
	}
	return rc;
}

int need_pnpm_fetch(struct need_run *r, const struct need_command *c) {
	struct npm n = { .r = r, .c = c };
	struct ctx_str text;
	if (c->dir.ptr == NULL) {
		return need_unknown(r, "the directory of '%.*s' is not known", CTX_STR_ARGS(c->text));
	}
	if (!CTX_VEC_PUSH(&n.dirs, c->dir)) {
		return ctx_fail_nomem(r->err);
	}
	int rc = read_npmrc(&n, c->dir);
	rc = rc == 0 && !need_has_option(c, " --ignore-pnpmfile ") ? check_pnpmfile(&n, c->dir) : rc;
	rc = rc != 0 ? rc : need_list(r, "pnpm-workspace.yaml?", c->dir, false);
	rc = rc != 0 ? rc : need_file(r, need_join(r, c->dir, CTX_STR("pnpm-lock.yaml")), false, &text);
	rc = rc != 0 ? rc : see_fetched(&n, text);
	rc = rc != 0 ? rc : check_above(&n);
	CTX_VEC_RELEASE(&n.dirs);
	return rc;
}
