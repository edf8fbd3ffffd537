/*
 * A shell text is cut at everything that can begin a command: separators, parentheses, braces, backticks.  Quotes are
 * not understood, which errs on the safe side: a separator within them only makes words that are no known command.
 */
#include "analyzer/advice/tools.h"

#include "ctxopt/base/path.h"

#include <stdio.h>

/** Commands that work on what their words name and on nothing else.  Between blanks. */
static const char plain[] =
	" : [ [[ test true false cd pwd echo printf set unset export shift exit return wait umask local readonly "
	"mkdir rmdir cp mv rm ln chmod chown chgrp touch cat ls stat du df head tail sort uniq wc cut tr tee sed grep "
	"egrep fgrep awk gawk date uname arch nproc sleep which type hash id whoami groups getent basename dirname "
	"readlink realpath mktemp install cmp diff file tar unzip zip gzip gunzip bzip2 xz zstd sha256sum sha512sum "
	"sha1sum md5sum base64 openssl gpg curl wget apt-get apt apt-cache apt-key add-apt-repository apt-mark dpkg "
	"dpkg-reconfigure apk yum dnf microdnf rpm zypper tdnf pacman useradd groupadd adduser addgroup usermod userdel "
	"deluser passwd chpasswd su-exec setcap ldconfig update-ca-certificates update-alternatives locale-gen localedef "
	"update-locale ln strip upx fi done esac docker-php-ext-install docker-php-ext-configure docker-php-ext-enable "
	"pecl a2enmod a2dismod a2ensite a2dissite corepack fc-cache mkfifo nslookup rustup ";

/** Words that stand before a command, or open a list of commands. */
static const char before[] = " sudo exec time env nice command then do else if elif while until ! nohup ";

/** Commands by their first words, the longest match counts. */
static const struct row {
	const char *words;
	enum ana_looks looks;
	unsigned installs, builds;
} rows[] = {
	{ "git", ANA_LOOKS_GIT, 0, 0 },
	{ "npm ci", ANA_LOOKS_NPM, ANA_ECO_JS, 0 },
	{ "npm install", ANA_LOOKS_NPM, ANA_ECO_JS, 0 },
	{ "npm i", ANA_LOOKS_NPM, ANA_ECO_JS, 0 },
	{ "npm cache", ANA_LOOKS_NOWHERE, 0, 0 },
	{ "npm config", ANA_LOOKS_NOWHERE, 0, 0 },
	{ "npm set", ANA_LOOKS_NOWHERE, 0, 0 },
	{ "npm run", ANA_LOOKS_EVERYWHERE, 0, ANA_ECO_JS },
	{ "yarn", ANA_LOOKS_EVERYWHERE, 0, ANA_ECO_JS },
	{ "yarn install", ANA_LOOKS_NPM, ANA_ECO_JS, 0 },
	{ "yarn cache", ANA_LOOKS_NOWHERE, 0, 0 },
	{ "yarn config", ANA_LOOKS_NOWHERE, 0, 0 },
	{ "yarn workspaces", ANA_LOOKS_EVERYWHERE, ANA_ECO_JS, 0 },
	{ "pnpm", ANA_LOOKS_EVERYWHERE, 0, ANA_ECO_JS },
	{ "pnpm install", ANA_LOOKS_NPM, ANA_ECO_JS, 0 },
	{ "pnpm i", ANA_LOOKS_NPM, ANA_ECO_JS, 0 },
	{ "pnpm config", ANA_LOOKS_NOWHERE, 0, 0 },
	{ "bun install", ANA_LOOKS_NPM, ANA_ECO_JS, 0 },
	{ "bun run", ANA_LOOKS_EVERYWHERE, 0, ANA_ECO_JS },
	{ "pip install", ANA_LOOKS_PIP, ANA_ECO_PYTHON, 0 },
	{ "pip3 install", ANA_LOOKS_PIP, ANA_ECO_PYTHON, 0 },
	{ "python -m pip install", ANA_LOOKS_PIP, ANA_ECO_PYTHON, 0 },
	{ "python3 -m pip install", ANA_LOOKS_PIP, ANA_ECO_PYTHON, 0 },
	{ "uv pip install", ANA_LOOKS_PIP, ANA_ECO_PYTHON, 0 },
	{ "uv sync", ANA_LOOKS_EVERYWHERE, ANA_ECO_PYTHON | ANA_ECO_VENV, 0 },
	{ "poetry install", ANA_LOOKS_EVERYWHERE, ANA_ECO_PYTHON | ANA_ECO_VENV, 0 },
	{ "pipenv install", ANA_LOOKS_EVERYWHERE, ANA_ECO_PYTHON | ANA_ECO_VENV, 0 },
	{ "pipenv sync", ANA_LOOKS_EVERYWHERE, ANA_ECO_PYTHON | ANA_ECO_VENV, 0 },
	{ "uv venv", ANA_LOOKS_NOWHERE, ANA_ECO_VENV, 0 },
	{ "python -m venv", ANA_LOOKS_NOWHERE, ANA_ECO_VENV, 0 },
	{ "python3 -m venv", ANA_LOOKS_NOWHERE, ANA_ECO_VENV, 0 },
	{ "python -m build", ANA_LOOKS_EVERYWHERE, 0, ANA_ECO_PYTHON },
	{ "python setup.py", ANA_LOOKS_EVERYWHERE, ANA_ECO_PYTHON, ANA_ECO_PYTHON },
	{ "go mod download", ANA_LOOKS_NOWHERE, 0, 0 },
	{ "go mod verify", ANA_LOOKS_NOWHERE, 0, 0 },
	{ "go env", ANA_LOOKS_NOWHERE, 0, 0 },
	{ "go version", ANA_LOOKS_NOWHERE, 0, 0 },
	{ "cargo fetch", ANA_LOOKS_NOWHERE, 0, 0 },
	{ "cargo build", ANA_LOOKS_CARGO, 0, ANA_ECO_RUST },
	{ "cargo install", ANA_LOOKS_CARGO, 0, ANA_ECO_RUST },
	{ "cargo chef", ANA_LOOKS_CARGO, 0, ANA_ECO_RUST },
	{ "mvn", ANA_LOOKS_EVERYWHERE, 0, ANA_ECO_JVM },
	{ "./mvnw", ANA_LOOKS_EVERYWHERE, 0, ANA_ECO_JVM },
	{ "gradle", ANA_LOOKS_EVERYWHERE, 0, ANA_ECO_JVM },
	{ "./gradlew", ANA_LOOKS_EVERYWHERE, 0, ANA_ECO_JVM },
	{ "sbt", ANA_LOOKS_EVERYWHERE, 0, ANA_ECO_JVM },
	{ "mix compile", ANA_LOOKS_EVERYWHERE, 0, ANA_ECO_BEAM },
	{ "mix release", ANA_LOOKS_EVERYWHERE, 0, ANA_ECO_BEAM },
};

/* ---- Words ---- */

/** Is the byte a blank, or part of the end of a line that goes on? */
static bool is_blank(char c) {
	return c == ' ' || c == '\t' || c == '\n' || c == '\\' || c == '\r';
}

/** Cut the first word off a command; empty at its end. */
static struct ctx_str take(struct ctx_str *text) {
	size_t at = 0;
	while (at < text->len && is_blank(text->ptr[at])) {
		++at;
	}
	size_t end = at;
	while (end < text->len && !is_blank(text->ptr[end])) {
		++end;
	}
	struct ctx_str word = { text->ptr + at, end - at };
	*text = ctx_str_from(*text, end);
	return word;
}

/** Does one of the words of a command pass the test? */
static bool any_word(struct ctx_str text, bool (*test)(struct ctx_str word)) {
	for (struct ctx_str word = take(&text); word.len > 0; word = take(&text)) {
		if (test(word)) {
			return true;
		}
	}
	return false;
}

/** Names a directory of git: ".git", "/src/.git/HEAD". */
static bool names_git(struct ctx_str word) {
	for (size_t at = 0; at + 4 <= word.len; ++at) {
		bool begins = at == 0 || strchr("/\"'=", word.ptr[at - 1]) != NULL;
		bool ends = at + 4 == word.len || strchr("/\"'", word.ptr[at + 4]) != NULL;
		if (begins && ends && memcmp(word.ptr + at, ".git", 4) == 0) {
			return true;
		}
	}
	return false;
}

/** Options that change what a command does. */
static bool is_global(struct ctx_str word) {
	return ctx_str_is(word, "-g") || ctx_str_is(word, "--global");
}
static bool is_path(struct ctx_str word) {
	return word.ptr[0] == '.' || word.ptr[0] == '/' || word.ptr[0] == '$';
}
/** npm, yarn, pnpm: scripts are not run. */
static bool no_scripts(struct ctx_str word) {
	return ctx_str_is(word, "--ignore-scripts");
}
/** Go: does not ask version control. */
static bool no_vcs(struct ctx_str word) {
	return ctx_str_is(word, "-buildvcs=false");
}
/** find: runs other commands. */
static bool runs_others(struct ctx_str word) {
	return ctx_str_is(word, "-exec") || ctx_str_is(word, "-execdir") || ctx_str_is(word, "-ok");
}

/* ---- Commands ---- */

/** Does the command begin with these words?  Options between them are skipped. */
static bool begins_with(struct ctx_str text, const char *words) {
	for (const char *at = words; *at != '\0';) {
		size_t len = strcspn(at, " ");
		struct ctx_str word = take(&text);
		while (at != words && word.len > 0 && word.ptr[0] == '-' && at[0] != '-') {
			word = take(&text);
		}
		if (word.len != len || memcmp(word.ptr, at, len) != 0) {
			return false;
		}
		at += len + (at[len] == ' ');
	}
	return true;
}

/** Go's own subcommands that build: they ask git, unless told not to, here or by GOFLAGS. */
static enum ana_looks look_of_go(const struct ana_vertex *vertex, struct ctx_str text) {
	struct ctx_str flags = { 0 };
	bool off = any_word(text, no_vcs) ||
		(ana_env_get(vertex->exec.env, CTX_STR("GOFLAGS"), &flags) && any_word(flags, no_vcs));
	bool builds = begins_with(text, "go build") || begins_with(text, "go install");
	return off && builds ? ANA_LOOKS_NOWHERE : builds ? ANA_LOOKS_GIT : ANA_LOOKS_EVERYWHERE;
}

/** yarn without a subcommand installs. */
static bool is_bare(struct ctx_str text) {
	struct ctx_str first = take(&text), word;
	do {
		word = take(&text);
	} while (word.len > 0 && word.ptr[0] == '-');
	return word.len == 0 && ctx_str_is(first, "yarn");
}

/** What one command does; `text` begins with its name. */
static struct ana_tool_use classify(const struct ana_vertex *vertex, struct ctx_str text) {
	struct ana_tool_use use = { .looks = ANA_LOOKS_EVERYWHERE, .text = text };
	struct ctx_str rest = text, first = take(&rest);
	struct ctx_str name = ctx_str_from(first, first.ptr[0] == '/' ? ctx_path_base(first.ptr, first.len) : 0);
	struct ctx_str command = { name.ptr, (size_t)(text.ptr + text.len - name.ptr) };
	struct ctx_str known = is_bare(command) ? CTX_STR("yarn install") : command;
	size_t longest = 0;
	if (ctx_str_is_listed(name, plain) || (ctx_str_is(name, "find") && !any_word(text, runs_others))) {
		use.looks = ANA_LOOKS_NOWHERE;
	} else if (ctx_str_is(name, "go")) {
		use.looks = look_of_go(vertex, command);
	}
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		size_t len = strlen(rows[i].words);
		if (len > longest && begins_with(known, rows[i].words)) {
			use.looks = rows[i].looks;
			use.installs = rows[i].installs;
			use.builds = rows[i].builds;
			longest = len;
		}
	}
	if (use.builds == ANA_ECO_JS && memmem(text.ptr, text.len, "build", 5) == NULL) {
		use.builds = 0; // lints, tests, or something else
	}
	if (use.looks == ANA_LOOKS_NPM && any_word(text, is_global) && !any_word(text, is_path)) {
		use.looks = ANA_LOOKS_NOWHERE;
		use.installs = 0;
	} else if (use.looks == ANA_LOOKS_NPM && any_word(text, no_scripts)) {
		use.looks = ANA_LOOKS_NOWHERE;
	}
	use.looks = any_word(text, names_git) ? ANA_LOOKS_GIT : use.looks;
	return use;
}

/** One piece of a shell text between separators. */
static int see_piece(const struct ana_vertex *vertex, struct ctx_str piece, ana_tool_fn *fn, void *arg) {
	bool options = false;
	while (piece.len > 0) {
		struct ctx_str rest = piece, word = take(&rest);
		bool assigns = word.len > 0 && word.ptr[0] != '-' && word.ptr[0] != '/' &&
			ctx_str_find(word, '=') < word.len && ctx_str_find(word, '=') > 0;
		if (word.len == 0 || word.ptr[0] == '#' || ctx_str_is(word, "for") || ctx_str_is(word, "case")) {
			return 0; // no command: "for x in a b", "case x in", a comment
		}
		bool redirects = word.ptr[0] == '<' || word.ptr[0] == '>';
		if (redirects && word.len == 1) {
			take(&rest); // where to stands apart
		}
		bool prefix = redirects || ctx_str_is_listed(word, before);
		if (!assigns && !prefix && !(options && word.ptr[0] == '-')) {
			struct ctx_str text = { word.ptr, (size_t)(piece.ptr + piece.len - word.ptr) };
			struct ana_tool_use use = classify(vertex, text);
			return fn(arg, &use);
		}
		options = options || (prefix && !redirects);
		piece = rest;
	}
	return 0;
}

/** Where the piece that a text begins with ends.  The '&' of "2>&1" and "&>file" is no separator. */
static size_t piece_end(struct ctx_str text) {
	size_t at = 0;
	for (; at < text.len; ++at) {
		char c = text.ptr[at];
		bool redirects = c == '&' &&
			((at > 0 && text.ptr[at - 1] == '>') || (at + 1 < text.len && text.ptr[at + 1] == '>'));
		bool variable = c == '{' && at > 0 && text.ptr[at - 1] == '$';
		bool goes_on = c == '\n' && at > 0 && text.ptr[at - 1] == '\\';
		if (variable) {
			size_t close = ctx_str_find(ctx_str_from(text, at), '}');
			at = at + close < text.len ? at + close : at;
		} else if (!redirects && !goes_on && c != '\0' && strchr(";&|\n(){}`", c) != NULL) {
			break;
		}
	}
	return at;
}

/** All commands of a shell text. */
static int see_shell(const struct ana_vertex *vertex, struct ctx_str text, ana_tool_fn *fn, void *arg) {
	int rc = 0;
	while (rc == 0 && text.len > 0) {
		size_t end = piece_end(text);
		rc = see_piece(vertex, (struct ctx_str){ text.ptr, end }, fn, arg);
		text = ctx_str_from(text, end < text.len ? end + 1 : end);
	}
	return rc;
}

int ana_tools_of(const struct ana_vertex *vertex, ana_tool_fn *fn, void *arg) {
	const struct ctx_str *args = vertex->exec.args;
	uint32_t count = vertex->exec.arg_count;
	struct ctx_str flag = count > 2 ? args[count - 2] : CTX_STR("");
	if (flag.len > 1 && flag.ptr[0] == '-' && flag.ptr[flag.len - 1] == 'c') {
		return see_shell(vertex, args[count - 1], fn, arg);
	}
	ctx_auto_buf struct ctx_buf joined = CTX_BUF_INIT;
	for (uint32_t i = 0; i < count; ++i) {
		ctx_buf_add(&joined, args[i].ptr, args[i].len);
		ctx_buf_addc(&joined, ' ');
	}
	struct ana_tool_use use = { .looks = ANA_LOOKS_EVERYWHERE, .text = CTX_STR("a command") };
	if (ctx_buf_ok(&joined) && joined.len > 0) {
		use = classify(vertex, (struct ctx_str){ ctx_buf_str(&joined), joined.len });
	}
	return fn(arg, &use);
}
