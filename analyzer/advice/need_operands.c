/*
 * What the words of a command name: files that are read, written, copied, unpacked.
 */
#include "analyzer/advice/need_internal.h"

#include "ctxopt/base/path.h"

/* ---- Paths ---- */

/** Has a text a component ".."? */
static bool has_up(struct ctx_str text) {
	while (text.len > 0) {
		size_t end = ctx_str_find(text, '/');
		if (ctx_str_is((struct ctx_str){ text.ptr, end }, "..")) {
			return true;
		}
		text = ctx_str_from(text, end < text.len ? end + 1 : end);
	}
	return false;
}

int need_target(struct need_run *r, const struct ana_script_word *word, struct ctx_str dir, struct need_target *out) {
	size_t sure = word->unknown_at < word->open_at ? word->unknown_at : word->open_at;
	struct ctx_str text = word->text;
	out->tree = sure != SIZE_MAX;
	if (out->tree) {
		if (word->unknown_at == 0 || has_up(ctx_str_from(text, sure))) {
			return need_unknown(r, "a path is not known: '%.*s'", CTX_STR_ARGS(text));
		}
		while (sure > 0 && text.ptr[sure - 1] != '/') {
			--sure;
		}
		text.len = sure;
	} else if (text.len == 0) {
		return need_unknown(r, "an empty path");
	}
	if ((text.len == 0 || text.ptr[0] != '/') && dir.ptr == NULL) {
		return need_unknown(r, "the directory of the path '%.*s' is not known", CTX_STR_ARGS(word->text));
	}
	out->path = need_join(r, dir, text);
	return out->path.ptr == NULL ? ctx_fail_nomem(r->err) : 0;
}

bool need_is_local(struct ctx_str word) {
	static const char *const suffixes[] = { ".deb", ".rpm", ".apk", ".tgz", ".tar.gz", ".tar", ".zip", ".whl",
		".gem", ".tar.bz2", ".tar.xz" };
	for (size_t i = 0; i < CTX_COUNTOF(suffixes); ++i) {
		if (ctx_str_ends(word, suffixes[i])) {
			return true;
		}
	}
	return word.len > 0 &&
		(word.ptr[0] == '.' || word.ptr[0] == '/' || word.ptr[0] == '~' ||
			memmem(word.ptr, word.len, "file:", 5) != NULL);
}

static bool is_url(struct ctx_str word) {
	static const char *const schemes[] = { "http://", "https://", "ftp://", "git://", "git+https://", "git+ssh://",
		"git@", "ssh://" };
	for (size_t i = 0; i < CTX_COUNTOF(schemes); ++i) {
		if (ctx_str_starts(word, schemes[i])) {
			return true;
		}
	}
	return false;
}

int need_read_word(struct need_run *r, const struct need_command *c, const struct ana_script_word *word) {
	struct need_target target;
	int rc = need_target(r, word, c->dir, &target);
	return rc != 0 ? rc : need_read(r, target.path, true, target.tree);
}

int need_write_word(struct need_run *r, const struct need_command *c, const struct ana_script_word *word, bool tree) {
	struct need_target target;
	int rc = need_target(r, word, c->dir, &target);
	return rc != 0 ? rc : need_write(r, target.path, tree || target.tree);
}

/** Write a file, or change what is there. */
static int change_word(struct need_run *r, const struct need_command *c, const struct ana_script_word *word) {
	int rc = need_read_word(r, c, word);
	return rc != 0 ? rc : need_write_word(r, c, word, need_has_option(c, " -R -r --recursive "));
}

/* ---- Names of packages ---- */

int need_packages(struct need_run *r, const struct need_command *c, bool files) {
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < c->operand_count; ++i) {
		const struct ana_script_word *word = c->operands[i];
		size_t sure = word->unknown_at < word->open_at ? word->unknown_at : word->open_at;
		if (is_url(word->text)) {
			continue;
		}
		if (sure == 0 && word->unknown_at == 0) {
			rc = need_unknown(r, "a name in '%.*s' is not known", CTX_STR_ARGS(c->text));
		} else if (need_is_local(word->text)) {
			rc = files ? need_read_word(r, c, word)
				   : need_unknown(r, "'%.*s' may be a local project", CTX_STR_ARGS(word->text));
		}
	}
	return rc;
}

/* ---- Files ---- */

int need_each(struct need_run *r, const struct need_command *c, size_t first, bool reads, bool writes, bool tree) {
	int rc = 0;
	for (size_t i = first; rc == 0 && i < c->operand_count; ++i) {
		if (ctx_str_is(c->operands[i]->text, "-")) {
			continue;
		}
		rc = reads ? need_read_word(r, c, c->operands[i]) : 0;
		rc = rc == 0 && writes ? need_write_word(r, c, c->operands[i], tree) : rc;
	}
	return rc;
}

/** mkdir: with -p it makes what is missing above, too. */
static int do_mkdir(struct need_run *r, const struct need_command *c) {
	bool parents = need_has_option(c, " -p --parents ");
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < c->operand_count; ++i) {
		struct need_target target;
		rc = need_target(r, c->operands[i], c->dir, &target);
		if (rc != 0) {
			return rc;
		}
		rc = need_read(r, target.path, false, true);
		rc = rc != 0 ? rc : need_write(r, target.path, target.tree);
		for (struct ctx_str up = need_parent(target.path); rc == 0 && parents && up.len > 1;
			up = need_parent(up)) {
			struct ctx_str copy = need_join(r, CTX_STR("/"), up);
			rc = need_write(r, copy, false);
		}
	}
	return rc;
}

/** Where a file goes that is put to `dest`: to it, or into it if it is a directory. */
static int put_into(struct need_run *r, struct need_target dest, const struct ana_script_word *source, bool tree) {
	int rc = need_write(r, dest.path, tree || dest.tree);
	rc = rc != 0 ? rc : need_read(r, dest.path, false, true);
	if (rc == 0 && (tree || dest.tree)) {
		return need_made_program(r, need_join(r, dest.path, CTX_STR("*")));
	}
	if (rc != 0) {
		return rc;
	}
	if (!need_is_plain(source)) {
		return need_write(r, dest.path, true);
	}
	struct ctx_str name = source->text;
	while (name.len > 1 && name.ptr[name.len - 1] == '/') {
		--name.len;
	}
	name = ctx_str_from(name, ctx_path_base(name.ptr, name.len));
	return need_write(r, need_join(r, dest.path, name), true);
}

/** cp, mv, ln, install. */
static int do_copy(struct need_run *r, const struct need_command *c, enum ana_operands how) {
	const struct ana_script_word *into = need_option_value(c, " -t --target-directory ");
	size_t count = c->operand_count;
	struct need_target dest = { r->cwd, false };
	bool links = how == ANA_OPERANDS_LINK;
	if (count == 0 || (count == 1 && into == NULL && (!links || c->dir.ptr == NULL))) {
		return need_unknown(r, "'%.*s' names too few files", CTX_STR_ARGS(c->text));
	}
	int rc = 0;
	if (into != NULL) {
		rc = need_target(r, into, c->dir, &dest);
	} else if (count > 1) {
		rc = need_target(r, c->operands[--count], c->dir, &dest);
	}
	bool tree = how == ANA_OPERANDS_MOVE || need_has_option(c, " -r -R -a --archive --recursive --parents -d ");
	for (size_t i = 0; rc == 0 && i < count; ++i) {
		bool named = links && need_has_option(c, " -s --symbolic ");
		rc = named ? 0 : need_read_word(r, c, c->operands[i]);
		rc = rc == 0 && how == ANA_OPERANDS_MOVE ? need_write_word(r, c, c->operands[i], true) : rc;
		r->linking = named && c->operands[i]->text.len > 0 && c->operands[i]->text.ptr[0] == '/';
		rc = rc != 0 ? rc : put_into(r, dest, c->operands[i], tree && !links);
		r->linking = false;
	}
	return rc;
}

/** test, [ and [[: files behind an operator that asks for one. */
static int do_test(struct need_run *r, const struct need_command *c) {
	int rc = 0;
	for (size_t i = 0; rc == 0 && i + 1 < c->operand_count; ++i) {
		struct ctx_str text = c->operands[i]->text;
		bool asks = text.len == 2 && text.ptr[0] == '-' && strchr("abcdefghkprstuwxGLNOS", text.ptr[1]) != NULL;
		bool between = ctx_str_is_listed(text, " -nt -ot -ef ");
		struct need_target target;
		if (!asks && !between) {
			continue;
		}
		rc = need_target(r, c->operands[i + 1], c->dir, &target);
		rc = rc != 0 ? rc : need_read(r, target.path, target.tree || ctx_str_is(text, "-s"), true);
		if (rc == 0 && between && i > 0) {
			rc = need_read_word(r, c, c->operands[i - 1]);
		}
	}
	return rc;
}

/* ---- Archives and downloads ---- */

static bool is_stream(const struct ana_script_word *word) {
	return word == NULL || ctx_str_is_listed(word->text, " - /dev/stdin /dev/stdout ");
}

/** tar: the letters may stand without a '-', and their values behind them. */
static int do_tar(struct need_run *r, struct need_command *c) {
	size_t first = 0;
	bool old = c->operand_count > 0 && c->option_count == 0;
	const struct ana_script_word *file = need_option_value(c, " -f --file ");
	bool extracts = need_has_option(c, " -x --extract --get "), creates = need_has_option(c, " -c --create "),
	     lists = need_has_option(c, " -t --list ");
	if (old || (c->operand_count > 0 && !extracts && !creates && !lists)) {
		struct ctx_str letters = c->operands[0]->text;
		if (letters.len == 0 || strspn(letters.ptr, "xctzjJvfpkomhP") != letters.len ||
			!need_is_plain(c->operands[0])) {
			return need_unknown(r, "'%.*s' is not understood", CTX_STR_ARGS(c->text));
		}
		extracts = memchr(letters.ptr, 'x', letters.len) != NULL;
		creates = memchr(letters.ptr, 'c', letters.len) != NULL;
		lists = memchr(letters.ptr, 't', letters.len) != NULL;
		first = 1;
		if (memchr(letters.ptr, 'f', letters.len) != NULL) {
			if (c->operand_count < 2) {
				return need_unknown(r, "'%.*s' is not understood", CTX_STR_ARGS(c->text));
			}
			file = c->operands[1];
			first = 2;
		}
	}
	if (extracts + creates + lists != 1) {
		return need_unknown(r, "'%.*s' is not understood", CTX_STR_ARGS(c->text));
	}
	// The file is named relative to the shell's directory, not to that of -C
	struct need_command here = *c;
	here.dir = r->cwd;
	int rc = is_stream(file) ? 0
		: creates        ? need_write_word(r, &here, file, false)
				 : need_read_word(r, &here, file);
	if (rc != 0 || lists) {
		return rc;
	}
	if (creates) {
		return need_each(r, c, first, true, false, false);
	}
	return c->dir.ptr == NULL ? need_unknown(r, "the directory of '%.*s' is not known", CTX_STR_ARGS(c->text))
				  : need_write(r, c->dir, true);
}

/** unzip FILE [-d DIR] [NAMES]. */
static int do_unzip(struct need_run *r, const struct need_command *c) {
	const struct ana_script_word *into = need_option_value(c, " -d ");
	if (c->operand_count == 0) {
		return need_unknown(r, "'%.*s' names no file", CTX_STR_ARGS(c->text));
	}
	int rc = need_read_word(r, c, c->operands[0]);
	if (rc != 0 || into != NULL) {
		return rc != 0 ? rc : need_write_word(r, c, into, true);
	}
	return c->dir.ptr == NULL ? need_unknown(r, "the directory of '%.*s' is not known", CTX_STR_ARGS(c->text))
				  : need_write(r, c->dir, true);
}

/** The file that a URL would be saved as in a directory; the directory as a tree if that is not plain. */
static int save_url(struct need_run *r, struct ctx_str dir, const struct ana_script_word *url) {
	struct ctx_str text = url->text;
	text.len = ctx_str_find(text, '?');
	struct ctx_str name = ctx_str_from(text, ctx_path_base(text.ptr, text.len));
	if (dir.ptr == NULL) {
		return need_unknown(r, "the directory of '%.*s' is not known", CTX_STR_ARGS(url->text));
	}
	bool plain = need_is_plain(url) && name.len > 0 && text.len == url->text.len;
	return plain ? need_write(r, need_join(r, dir, name), false) : need_write(r, dir, true);
}

/** curl and wget: all operands are URLs of other machines. */
static int check_urls(struct need_run *r, const struct need_command *c) {
	for (size_t i = 0; i < c->operand_count; ++i) {
		const struct ana_script_word *word = c->operands[i];
		if (ctx_str_starts(word->text, "file:") || (word->text.len > 0 && word->text.ptr[0] == '/')) {
			return need_unknown(r, "'%.*s' names a file of the image as its source", CTX_STR_ARGS(c->text));
		}
	}
	return 0;
}

static int do_curl(struct need_run *r, const struct need_command *c) {
	int rc = check_urls(r, c);
	if (rc == 0 && need_has_option(c, " -O --remote-name --remote-name-all -J --remote-header-name ")) {
		bool header = need_has_option(c, " -J --remote-header-name ");
		for (size_t i = 0; rc == 0 && i < c->operand_count; ++i) {
			rc = header
				? need_write_word(r, c,
					  &(struct ana_script_word){ CTX_STR("."), SIZE_MAX, SIZE_MAX, false }, true)
				: save_url(r, c->dir, c->operands[i]);
		}
	}
	return rc;
}

static int do_wget(struct need_run *r, const struct need_command *c) {
	int rc = check_urls(r, c);
	const struct ana_script_word *prefix = need_option_value(c, " -P --directory-prefix "),
				     *file = need_option_value(c, " -O --output-document ");
	if (rc != 0 || file != NULL) {
		return rc != 0 ? rc : is_stream(file) ? 0 : need_write_word(r, c, file, false);
	}
	struct need_target dir = { c->dir, false };
	rc = prefix != NULL ? need_target(r, prefix, c->dir, &dir) : 0;
	rc = rc == 0 && dir.tree ? need_write(r, dir.path, true) : rc;
	for (size_t i = 0; rc == 0 && !dir.tree && i < c->operand_count; ++i) {
		rc = save_url(r, dir.path, c->operands[i]);
	}
	return rc;
}

/** git clone URL [DIR]. */
static int do_clone(struct need_run *r, const struct need_command *c) {
	if (c->operand_count == 0 || c->operand_count > 2 ||
		(!is_url(c->operands[0]->text) && c->operands[0]->unknown_at != 0)) {
		return need_unknown(r, "'%.*s' may read a repository of the image", CTX_STR_ARGS(c->text));
	}
	if (c->operand_count == 2) {
		struct need_target target;
		int rc = need_target(r, c->operands[1], c->dir, &target);
		rc = rc != 0 ? rc : need_read(r, target.path, false, true);
		return rc != 0 ? rc : need_write(r, target.path, true);
	}
	struct ana_script_word url = *c->operands[0];
	url.text.len -= ctx_str_ends(url.text, ".git") ? 4 : 0;
	struct ctx_str name = ctx_str_from(url.text, ctx_path_base(url.text.ptr, url.text.len));
	if (c->dir.ptr == NULL) {
		return need_unknown(r, "the directory of '%.*s' is not known", CTX_STR_ARGS(c->text));
	}
	return need_is_plain(&url) && name.len > 0 ? need_write(r, need_join(r, c->dir, name), true)
						   : need_write(r, c->dir, true);
}

/* ---- All ---- */

/** The manifests that a row says it reads. */
static int do_manifests(struct need_run *r, const struct need_command *c) {
	switch (c->row->manifests) {
	case ANA_MANIFESTS_NONE:
		return 0;
	case ANA_MANIFESTS_NPM:
	case ANA_MANIFESTS_YARN:
	case ANA_MANIFESTS_PNPM:
	case ANA_MANIFESTS_BUN:
		return need_npm(r, c);
	case ANA_MANIFESTS_PNPM_FETCH:
		return need_pnpm_fetch(r, c);
	case ANA_MANIFESTS_PIP:
		return need_pip(r, c);
	case ANA_MANIFESTS_POETRY:
	case ANA_MANIFESTS_UV:
	case ANA_MANIFESTS_PDM:
	case ANA_MANIFESTS_PIPENV:
		return need_python(r, c);
	case ANA_MANIFESTS_GO:
		return need_go(r, c);
	case ANA_MANIFESTS_BUNDLE:
		return need_bundle(r, c);
	case ANA_MANIFESTS_COMPOSER:
		return need_composer(r, c);
	case ANA_MANIFESTS_DOTNET:
		return need_dotnet(r, c);
	case ANA_MANIFESTS_GRADLE:
		return need_gradle(r, c);
	case ANA_MANIFESTS_MAVEN:
		return need_maven(r, c);
	case ANA_MANIFESTS_MIX:
	case ANA_MANIFESTS_MIX_LOCAL:
		return need_mix(r, c);
	case ANA_MANIFESTS_CARGO:
	case ANA_MANIFESTS_CARGO_HOME:
		return need_cargo(r, c);
	}
	return 0;
}

int need_operands(struct need_run *r, const struct need_command *c) {
	struct need_command copy = *c;
	enum ana_operands how = c->row->operands;
	switch (how) {
	case ANA_OPERANDS_NONE:
		if (c->operand_count > 0) {
			return need_unknown(r, "a word of '%.*s' is not known: '%.*s'", CTX_STR_ARGS(c->text),
				CTX_STR_ARGS(c->operands[0]->text));
		}
		return do_manifests(r, c);
	case ANA_OPERANDS_ANY:
	case ANA_OPERANDS_ANY_BUT_OPTIONS:
		return do_manifests(r, c);
	case ANA_OPERANDS_SOME_NAMES:
	case ANA_OPERANDS_PACKAGES:
	case ANA_OPERANDS_NAMES: {
		if (how == ANA_OPERANDS_SOME_NAMES && c->operand_count == 0) {
			return need_unknown(r, "'%.*s' names nothing", CTX_STR_ARGS(c->text));
		}
		int rc = need_packages(r, c, how == ANA_OPERANDS_PACKAGES);
		return rc != 0 ? rc : do_manifests(r, c);
	}
	case ANA_OPERANDS_READ:
		return need_each(r, c, 0, true, false, false);
	case ANA_OPERANDS_TEXT_READ:
		return need_each(r, c, 1, true, false, false);
	case ANA_OPERANDS_TEXT_CHANGE:
		for (size_t i = 1; i < c->operand_count; ++i) {
			int rc = change_word(r, c, c->operands[i]);
			if (rc != 0) {
				return rc;
			}
		}
		return 0;
	case ANA_OPERANDS_WRITE:
		return need_each(r, c, 0, false, true, false);
	case ANA_OPERANDS_MKDIR:
		return do_mkdir(r, c);
	case ANA_OPERANDS_REMOVE:
		return need_each(r, c, 0, false, true, true);
	case ANA_OPERANDS_COPY:
	case ANA_OPERANDS_MOVE:
	case ANA_OPERANDS_LINK:
		return do_copy(r, c, how);
	case ANA_OPERANDS_TEST:
		return do_test(r, c);
	case ANA_OPERANDS_TAR:
		return do_tar(r, &copy);
	case ANA_OPERANDS_UNZIP:
		return do_unzip(r, c);
	case ANA_OPERANDS_CURL:
		return do_curl(r, c);
	case ANA_OPERANDS_WGET:
		return do_wget(r, c);
	case ANA_OPERANDS_CLONE:
		return do_clone(r, c);
	default:
		return need_program(r, c);
	}
}
