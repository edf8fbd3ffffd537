/*
 * The state of the shell while its text is read: directory, variables, what is certain; and the lists of paths and names that
 * commands add to.  What one command does is in need_commands.c.
 */
#include "analyzer/advice/needs.h"

#include "analyzer/advice/need_internal.h"
#include "ctxopt/base/path.h"

#include <stdio.h>

/* ---- Text ---- */

const char *need_text(struct need_run *r, const char *fmt, ...) {
	va_list args;
	va_start(args, fmt);
	const char *text = ctx_arena_vprintf(r->arena, fmt, args);
	va_end(args);
	return text;
}

int need_unknown(struct need_run *r, const char *fmt, ...) {
	va_list args;
	va_start(args, fmt);
	r->out->why = ctx_arena_vprintf(r->arena, fmt, args);
	va_end(args);
	return r->out->why == NULL ? ctx_fail_nomem(r->err) : NEED_UNKNOWN;
}

struct ctx_str need_join(struct need_run *r, struct ctx_str dir, struct ctx_str name) {
	ctx_auto_buf struct ctx_buf joined = CTX_BUF_INIT, clean = CTX_BUF_INIT;
	bool absolute = name.len > 0 && name.ptr[0] == '/';
	ctx_buf_add(&joined, dir.ptr, absolute ? 0 : dir.len);
	ctx_buf_addc(&joined, '/');
	ctx_buf_add(&joined, name.ptr, name.len);
	ctx_path_clean(&clean, ctx_buf_str(&joined), joined.len);
	const char *text = ctx_buf_ok(&joined) && ctx_buf_ok(&clean)
		? ctx_arena_memdup0(r->arena, ctx_buf_str(&clean), clean.len)
		: NULL;
	return (struct ctx_str){ text, text == NULL ? 0 : clean.len };
}

struct ctx_str need_parent(struct ctx_str path) {
	size_t base = ctx_path_base(path.ptr, path.len);
	return (struct ctx_str){ path.ptr, base > 1 ? base - 1 : base };
}

/* ---- Paths and names ---- */

/** Is it a place that no image has: devices, or below a mount of the RUN? */
static bool is_outside(const struct need_run *r, struct ctx_str path) {
	static const char *const places[] = { "/dev", "/proc", "/sys" };
	for (size_t i = 0; i < CTX_COUNTOF(places); ++i) {
		if (ctx_path_within(path.ptr, path.len, places[i], strlen(places[i]))) {
			return true;
		}
	}
	for (uint32_t i = 0; i < r->exec->mount_count; ++i) {
		const struct ana_exec_mount *mount = &r->exec->mounts[i];
		size_t len = mount->dest.len;
		while (len > 1 && mount->dest.ptr[len - 1] == '/') {
			--len;
		}
		if (!mount->root && len > 1 && ctx_path_within(path.ptr, path.len, mount->dest.ptr, len)) {
			return true;
		}
	}
	return false;
}

int need_read(struct need_run *r, struct ctx_str path, bool tree, bool optional) {
	struct ana_need_path item = { path, tree, optional };
	if (path.ptr == NULL) {
		return ctx_fail_nomem(r->err);
	}
	return is_outside(r, path) || CTX_VEC_PUSH(&r->out->reads, item) ? 0 : ctx_fail_nomem(r->err);
}

int need_write(struct need_run *r, struct ctx_str path, bool tree) {
	struct ana_need_path item = { path, tree, false };
	if (path.ptr == NULL || need_made_program(r, path) != 0) {
		return ctx_fail_nomem(r->err);
	}
	return is_outside(r, path) || CTX_VEC_PUSH(&r->out->writes, item) ? 0 : ctx_fail_nomem(r->err);
}

int need_name(struct need_run *r, struct ctx_str name) {
	return CTX_VEC_PUSH(&r->names, name) ? 0 : ctx_fail_nomem(r->err);
}

int need_rule(struct need_run *r, const char *rule) {
	if (rule == NULL) {
		return 0;
	}
	for (size_t i = 0; i < r->rules.count; ++i) {
		if (strcmp(r->rules.items[i], rule) == 0) {
			return 0;
		}
	}
	return CTX_VEC_PUSH(&r->rules, rule) ? 0 : ctx_fail_nomem(r->err);
}

void need_review(struct need_run *r) {
	r->out->proof = ANA_PROOF_REVIEW;
}

/** Cut the first word off a list. */
static struct ctx_str take(const char **list) {
	*list += strspn(*list, " ");
	struct ctx_str word = { *list, strcspn(*list, " ") };
	*list += word.len;
	return word;
}

int need_names(struct need_run *r, const char *list) {
	if (list == NULL) {
		return 0;
	}
	for (struct ctx_str word = take(&list); word.len > 0; word = take(&list)) {
		int rc = need_name(r, word);
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

/** Did the shell give a variable a value that nobody knows? */
static bool is_assigned(const struct need_run *r, struct ctx_str name) {
	for (size_t i = r->variables.count; i-- > 0;) {
		if (ctx_str_eq(r->variables.items[i].name, name)) {
			return !r->variables.items[i].known;
		}
	}
	return false;
}

/** The path of a word of a list; absent if it hangs on a variable that is not set.  NEED_UNKNOWN if it has no place. */
static int list_path(struct need_run *r, struct ctx_str word, struct ctx_str dir, struct ctx_str *path) {
	struct ctx_str base = dir;
	*path = CTX_STR_NONE;
	if (word.ptr[0] == '$') {
		size_t end = ctx_str_find(word, '/');
		struct ctx_str name = { word.ptr + 1, end - 1 };
		if (!need_value(r, name, &base) || base.len == 0) {
			return is_assigned(r, name)
				? need_unknown(r, "the variable '%.*s' names a directory that is not known",
					  CTX_STR_ARGS(name))
				: 0;
		}
		if (base.ptr[0] != '/' && dir.ptr == NULL) {
			return need_unknown(r, "the directory where it works is not known");
		}
		base = base.ptr[0] == '/' ? base : need_join(r, dir, base);
		if (base.ptr == NULL) {
			return ctx_fail_nomem(r->err);
		}
		word = ctx_str_from(word, end);
	} else if (word.ptr[0] == '~') {
		base = r->home;
		word = ctx_str_from(word, 1);
	} else if (word.ptr[0] != '/' && dir.ptr == NULL) {
		return need_unknown(r, "the directory where it works is not known");
	} else {
		*path = need_join(r, dir, word);
		return path->ptr == NULL ? ctx_fail_nomem(r->err) : 0;
	}
	const char *joined = need_text(r, "%.*s/%.*s", CTX_STR_ARGS(base), CTX_STR_ARGS(word));
	*path = joined == NULL ? CTX_STR_NONE : need_join(r, CTX_STR("/"), CTX_STR(joined));
	return path->ptr == NULL ? ctx_fail_nomem(r->err) : 0;
}

int need_list(struct need_run *r, const char *list, struct ctx_str dir, bool write) {
	if (list == NULL) {
		return 0;
	}
	for (struct ctx_str word = take(&list); word.len > 0; word = take(&list)) {
		bool optional = word.ptr[word.len - 1] == '?';
		word.len -= optional;
		bool tree = word.ptr[word.len - 1] == '/';
		struct ctx_str path;
		int rc = list_path(r, word, dir, &path);
		if (rc == 0 && path.ptr != NULL) {
			rc = write ? need_write(r, path, tree) : need_read(r, path, tree, optional);
		}
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

/* ---- Files ---- */

/** A project that has itself as a part is as deep as its paths may be long. */
#define MANIFEST_PATH_MAX 1024

int need_file(struct need_run *r, struct ctx_str path, bool optional, struct ctx_str *text) {
	ctx_auto_buf struct ctx_buf content = CTX_BUF_INIT;
	*text = CTX_STR_NONE;
	if (path.ptr == NULL) {
		return ctx_fail_nomem(r->err);
	}
	if (path.len > MANIFEST_PATH_MAX) {
		return need_unknown(r, "a manifest with a path of more than %d bytes", MANIFEST_PATH_MAX);
	}
	if (++r->manifests > ANA_NEED_MANIFESTS_MAX) {
		return need_unknown(r, "more than %d manifests", ANA_NEED_MANIFESTS_MAX);
	}
	int found = r->files->read(r->files->arg, path.ptr, &content, r->err);
	if (found < 0) {
		return found;
	}
	if ((found > 1 && !optional) || (found == 1 && content.len > ANA_NEED_FILE_MAX)) {
		return need_unknown(r, "nobody can tell what '%s' holds", path.ptr);
	}
	if (found == 0 && !optional) {
		return need_unknown(r, "'%s' is not there", path.ptr);
	}
	if (found == 1) {
		const char *copy = ctx_buf_ok(&content)
			? ctx_arena_memdup0(r->arena, ctx_buf_str(&content), content.len)
			: NULL;
		*text = (struct ctx_str){ copy, content.len };
		if (copy == NULL) {
			return ctx_fail_nomem(r->err);
		}
	}
	return need_read(r, path, false, optional && found != 1);
}

/** What is searched for in a directory. */
struct search {
	struct ctx_str name;
	bool found;
};

/** ana_need_name_fn. */
static int see_name(void *arg, struct ctx_str name, enum ctx_kind kind) {
	struct search *s = arg;
	(void)kind;
	s->found = s->found || ctx_str_eq(name, s->name);
	return 0;
}

int need_exists(struct need_run *r, struct ctx_str path) {
	struct ctx_str parent = need_parent(path);
	struct search s = { ctx_str_from(path, ctx_path_base(path.ptr, path.len)), false };
	const char *dir = ctx_arena_memdup0(r->arena, parent.ptr, parent.len);
	if (dir == NULL) {
		return ctx_fail_nomem(r->err);
	}
	int rc = r->files->list(r->files->arg, dir, see_name, &s, r->err);
	return rc < 0 ? rc : s.found ? 1 : rc == 2 ? 2 : 0;
}

/* ---- The shell ---- */

bool need_value(struct need_run *r, struct ctx_str name, struct ctx_str *value) {
	(void)!CTX_VEC_PUSH(&r->names, name); // a failure is seen when the list is made
	for (size_t i = r->variables.count; i-- > 0;) {
		const struct need_variable *v = &r->variables.items[i];
		if (ctx_str_eq(v->name, name)) {
			*value = v->value;
			return v->known;
		}
	}
	if (ana_env_get(r->exec->env, name, value)) {
		return true;
	}
	if (ctx_str_is(name, "PHPIZE_DEPS")) {
		*value = CTX_STR("autoconf"); // and more names of packages: of the images of PHP
		return true;
	}
	if (ctx_str_is(name, "PATH")) {
		*value = CTX_STR("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
		return true;
	}
	*value = r->home;
	return ctx_str_is(name, "HOME") && r->home.ptr != NULL;
}

/** ana_script_reader. */
static bool see_variable(void *arg, struct ctx_str name, struct ctx_str *value) {
	return need_value(arg, name, value);
}

static int enter_shell(struct need_run *r) {
	struct need_shell shell = { r->cwd, r->variables.count, r->reader->changes, r->loops };
	return CTX_VEC_PUSH(&r->shells, shell) ? 0 : ctx_fail_nomem(r->err);
}

/** A subshell ends. */
static void leave_shell(struct need_run *r) {
	const struct need_shell *shell = &r->shells.items[--r->shells.count];
	r->cwd = shell->cwd;
	r->variables.count = shell->variables;
	r->reader->changes = shell->changes;
	r->loops = shell->loops;
}

/** A branch ends: what it changed is not known any more. */
static void leave_branch(struct need_run *r) {
	const struct need_shell *shell = &r->shells.items[--r->shells.count];
	if (r->cwd.ptr == NULL || shell->cwd.ptr == NULL || !ctx_str_eq(r->cwd, shell->cwd)) {
		r->cwd = CTX_STR_NONE;
	}
	for (size_t i = shell->variables; i < r->variables.count; ++i) {
		r->variables.items[i].known = false;
	}
}

int need_set(struct need_run *r, struct ctx_str name, struct ctx_str value, bool known) {
	struct ctx_str old;
	if (r->loops > 0 && need_value(r, name, &old)) {
		return need_unknown(r, "a loop changes the variable '%.*s'", CTX_STR_ARGS(name));
	}
	if (ctx_str_is_listed(name, " IFS CDPATH ENV BASH_ENV ")) {
		return need_unknown(r, "'%.*s' changes what the shell does", CTX_STR_ARGS(name));
	}
	struct need_variable v = { name, value, known && r->loops == 0 };
	r->reader->changes += v.known;
	return CTX_VEC_PUSH(&r->variables, v) ? 0 : ctx_fail_nomem(r->err);
}

/** ana_script_reader. */
static int see_event(void *arg, enum ana_script_event event, const struct ana_script_command *command) {
	struct need_run *r = arg;
	switch (event) {
	case ANA_SCRIPT_COMMAND:
		return need_command(r, command);
	case ANA_SCRIPT_FOR:
		return need_set(r, command->words[0].text, CTX_STR(""), false);
	case ANA_SCRIPT_BRANCH:
		return enter_shell(r);
	case ANA_SCRIPT_SUBSHELL: {
		int rc = enter_shell(r);
		r->loops = 0;
		return rc;
	}
	case ANA_SCRIPT_SUBSHELL_END:
		leave_shell(r);
		return 0;
	case ANA_SCRIPT_BRANCH_END:
		leave_branch(r);
		return 0;
	case ANA_SCRIPT_LOOP:
		++r->loops;
		return 0;
	case ANA_SCRIPT_LOOP_END:
		--r->loops;
		return 0;
	}
	return 0;
}

/* ---- The RUN ---- */

/** Where the user of the RUN is at home. */
static struct ctx_str find_home(struct need_run *r) {
	struct ctx_str value, user = r->exec->user;
	if (ana_env_get(r->exec->env, CTX_STR("HOME"), &value) && value.len > 0 && value.ptr[0] == '/') {
		return value;
	}
	user.len = ctx_str_find(user, ':');
	if (user.len == 0 || ctx_str_is(user, "root") || ctx_str_is(user, "0")) {
		return CTX_STR("/root");
	}
	if (memchr(user.ptr, '/', user.len) != NULL || (user.ptr[0] >= '0' && user.ptr[0] <= '9')) {
		return CTX_STR("/nonexistent-home");
	}
	const char *home = need_text(r, "/home/%.*s", CTX_STR_ARGS(user));
	return home == NULL ? CTX_STR_NONE : CTX_STR(home);
}

/** Is it the option of a shell that does not change what a text means? */
static bool is_shell_option(struct ctx_str word) {
	return ctx_str_is_listed(word,
		" -c -e -u -x -ec -ce -ex -xe -exc -ux -eu -eux -euxc -xec -eo -euo -exo -euxo -xeuo -xeo -uo -xo -o pipefail errexit nounset xtrace ");
}

/** The text that a shell gets; absent if the words are a command, or something is strange. */
static struct ctx_str shell_text(const struct ana_exec *exec) {
	struct ctx_str none = CTX_STR_NONE;
	if (exec->arg_count < 3) {
		return none;
	}
	struct ctx_str shell = exec->args[0];
	shell = ctx_str_from(shell, ctx_path_base(shell.ptr, shell.len));
	if (!ctx_str_is_listed(shell, " sh bash ash dash ")) {
		return none;
	}
	for (uint32_t i = 1; i + 1 < exec->arg_count; ++i) {
		if (!is_shell_option(exec->args[i])) {
			return none;
		}
	}
	return ctx_str_ends(exec->args[exec->arg_count - 2], "c") ? exec->args[exec->arg_count - 1] : none;
}

/** Is the shell that of the image? */
static int see_shell(struct need_run *r) {
	struct ctx_str shell = r->exec->args[0];
	return shell.ptr[0] == '/' ? need_see_program(r, need_join(r, CTX_STR("/"), shell))
				   : need_find_program(r, shell);
}

/** The words of a RUN without a shell as a command. */
static int read_words(struct need_run *r) {
	const struct ana_exec *exec = r->exec;
	struct ana_script_word *words CTX_AUTO_FREE = ctx_calloc(exec->arg_count + 1, sizeof(*words));
	if (words == NULL) {
		return ctx_fail_nomem(r->err);
	}
	for (uint32_t i = 0; i < exec->arg_count; ++i) {
		const char *copy = ctx_arena_memdup0(r->arena, exec->args[i].ptr, exec->args[i].len);
		words[i] = (struct ana_script_word){ { copy, exec->args[i].len }, SIZE_MAX, SIZE_MAX, true };
		if (copy == NULL) {
			return ctx_fail_nomem(r->err);
		}
	}
	struct ana_script_command command = { .text = exec->args[0], .words = words, .word_count = exec->arg_count };
	return need_command(r, &command);
}

/** Read what the RUN runs. */
static int read_run(struct need_run *r) {
	struct ctx_str text = shell_text(r->exec);
	if (r->exec->arg_count == 0) {
		return need_unknown(r, "no command");
	}
	if (text.ptr == NULL) {
		return read_words(r);
	}
	const char *why = NULL;
	int rc = see_shell(r);
	if (rc != 0) {
		return rc;
	}
	rc = ana_script_read(text, r->reader, r->arena, &why, r->err);
	return rc == ANA_SCRIPT_UNKNOWN && why != NULL ? need_unknown(r, "%s in its shell text", why) : rc;
}

static int compare_paths(const void *a, const void *b) {
	const struct ana_need_path *x = a, *y = b;
	return ctx_str_cmp(x->path, y->path);
}

/** Sort paths and put equal ones together. */
static size_t merge_paths(struct ana_need_path *items, size_t count) {
	size_t kept = 0;
	if (count == 0) {
		return 0; // there may be no array
	}
	qsort(items, count, sizeof(*items), compare_paths);
	for (size_t i = 0; i < count; ++i) {
		if (kept > 0 && ctx_str_eq(items[kept - 1].path, items[i].path)) {
			items[kept - 1].tree = items[kept - 1].tree || items[i].tree;
			items[kept - 1].optional = items[kept - 1].optional && items[i].optional;
		} else {
			items[kept++] = items[i];
		}
	}
	return kept;
}

static int compare_names(const void *a, const void *b) {
	return ctx_str_cmp(*(const struct ctx_str *)a, *(const struct ctx_str *)b);
}

/** Put the names of variables into the result. */
static int finish_names(struct need_run *r) {
	struct ana_needs *out = r->out;
	int rc = need_names(r, ana_command_variables);
	qsort(r->names.items, r->names.count, sizeof(*r->names.items), compare_names);
	for (size_t i = 0; rc == 0 && i < r->names.count; ++i) {
		if (i > 0 && ctx_str_eq(r->names.items[i - 1], r->names.items[i])) {
			continue;
		}
		const char *copy = ctx_arena_memdup0(r->arena, r->names.items[i].ptr, r->names.items[i].len);
		struct ctx_str name = { copy, r->names.items[i].len };
		rc = copy == NULL || !CTX_VEC_PUSH(&out->variables, name) ? ctx_fail_nomem(r->err) : 0;
	}
	return rc;
}

/** The rules as one text. */
static int finish_why(struct need_run *r) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	for (size_t i = 0; i < r->rules.count; ++i) {
		ctx_buf_addf(&text, "%s%s", i > 0 ? "; " : "", r->rules.items[i]);
	}
	if (r->rules.count == 0) {
		ctx_buf_adds(&text, "its commands work on the files that they name");
	}
	r->out->why = ctx_buf_ok(&text) ? ctx_arena_memdup0(r->arena, ctx_buf_str(&text), text.len) : NULL;
	return r->out->why == NULL ? ctx_fail_nomem(r->err) : 0;
}

/** Known: put the result in order. */
static int finish(struct need_run *r) {
	struct ana_needs *out = r->out;
	int rc = finish_names(r);
	rc = rc != 0 ? rc : finish_why(r);
	out->reads.count = merge_paths(out->reads.items, out->reads.count);
	out->writes.count = merge_paths(out->writes.items, out->writes.count);
	out->known = rc == 0;
	return rc;
}

int ana_needs_find(struct ana_needs *out, const struct ana_vertex *exec, const struct ana_need_files *files,
	struct ctx_arena *arena, struct ctx_error *err) {
	struct need_run r = { .out = out,
		.exec = &exec->exec,
		.files = files,
		.arena = arena,
		.err = err,
		.cwd = exec->exec.cwd.len > 0 ? exec->exec.cwd : CTX_STR("/") };
	struct ana_script_reader reader = { .event = see_event, .variable = see_variable, .arg = &r };
	r.reader = &reader;
	out->proof = ANA_PROOF_EQUIVALENT;
	r.home = find_home(&r);
	r.cwd = need_join(&r, CTX_STR("/"), r.cwd);
	int rc = r.home.ptr == NULL || r.cwd.ptr == NULL ? ctx_fail_nomem(err) : read_run(&r);
	rc = rc == 0 ? finish(&r) : rc;
	if (!out->known) {
		out->reads.count = out->writes.count = out->variables.count = 0;
		out->all_variables = true;
		out->proof = ANA_PROOF_REVIEW;
	}
	CTX_VEC_RELEASE(&r.variables);
	CTX_VEC_RELEASE(&r.shells);
	CTX_VEC_RELEASE(&r.rules);
	CTX_VEC_RELEASE(&r.names);
	ctx_strmap_release(&r.programs);
	ctx_strmap_release(&r.made);
	return rc < 0 ? rc : 0;
}

void ana_needs_release(struct ana_needs *needs) {
	CTX_VEC_RELEASE(&needs->reads);
	CTX_VEC_RELEASE(&needs->writes);
	CTX_VEC_RELEASE(&needs->variables);
	*needs = (struct ana_needs){ 0 };
}
