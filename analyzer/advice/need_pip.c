/*
 * pip: requirement files and what they include.
 *
 * Source: pip 24.0 src/pip/_internal/req/req_file.py: comments begin with a '#' at the start or behind a blank, lines go on behind a
 * backslash, nested files are relative to the one that names them.
 */
#include "analyzer/advice/need_internal.h"

#include "ctxopt/base/strmap.h"

#include <ctype.h>

/** One installation. */
struct pip {
	struct need_run *r;
	const struct need_command *c;
	/** Requirement files, each once. */
	CTX_VEC(struct ctx_str) files;
	struct ctx_strmap seen;
};

static int add_file(struct pip *p, struct ctx_str path) {
	uint32_t fresh = (uint32_t)p->files.count;
	if (path.ptr == NULL) {
		return ctx_fail_nomem(p->r->err);
	}
	uint32_t at = ctx_strmap_put(&p->seen, path.ptr, path.len, fresh);
	if (at != fresh) {
		return at == CTX_STRMAP_NONE ? ctx_fail_nomem(p->r->err) : 0;
	}
	return CTX_VEC_PUSH(&p->files, path) ? 0 : ctx_fail_nomem(p->r->err);
}

/** Take a logical line: comments gone, continued lines joined.  Empty lines come, too; false at the end. */
static bool take_line(struct ctx_str *text, struct ctx_buf *line) {
	ctx_buf_reset(line);
	while (text->len > 0) {
		size_t end = ctx_str_find(*text, '\n');
		struct ctx_str part = { text->ptr, end };
		*text = ctx_str_from(*text, end < text->len ? end + 1 : end);
		while (part.len > 0 && strchr(" \t\r", part.ptr[part.len - 1]) != NULL) {
			--part.len;
		}
		bool on = part.len > 0 && part.ptr[part.len - 1] == '\\';
		ctx_buf_add(line, part.ptr, part.len - on);
		if (!on) {
			break;
		}
	}
	return ctx_buf_ok(line);
}

/** Cut a comment off, and blanks around what is left. */
static struct ctx_str trim(struct ctx_str line) {
	for (size_t i = 0; i < line.len; ++i) {
		if (line.ptr[i] == '#' && (i == 0 || line.ptr[i - 1] == ' ' || line.ptr[i - 1] == '\t')) {
			line.len = i;
		}
	}
	while (line.len > 0 && strchr(" \t", *line.ptr) != NULL) {
		line = ctx_str_from(line, 1);
	}
	while (line.len > 0 && strchr(" \t", line.ptr[line.len - 1]) != NULL) {
		--line.len;
	}
	return line;
}

/** The value of an option at the beginning of a line, behind blanks or '='; absent if it is another. */
static struct ctx_str option_value(struct ctx_str line, const char *name) {
	if (!ctx_str_starts(line, name)) {
		return CTX_STR_NONE;
	}
	struct ctx_str value = ctx_str_from(line, strlen(name));
	bool letter = name[1] != '-';
	if (value.len > 0 && !letter && strchr(" \t=", *value.ptr) == NULL) {
		return CTX_STR_NONE;
	}
	while (value.len > 0 && strchr(" \t=", *value.ptr) != NULL) {
		value = ctx_str_from(value, 1);
	}
	return value;
}

static bool is_remote(struct ctx_str text) {
	return memmem(text.ptr, text.len, "://", 3) != NULL && memmem(text.ptr, text.len, "file:", 5) == NULL;
}

/** A place where archives are looked for. */
static int see_links(struct pip *p, struct ctx_str dir, struct ctx_str value) {
	if (is_remote(value)) {
		return 0;
	}
	p->r->out->grows = true;
	return need_read(p->r, need_join(p->r, dir, value), true, false);
}

/** An option on a line of its own. */
static int see_option(struct pip *p, struct ctx_str dir, struct ctx_str line) {
	static const char *const nested[] = { "--requirement", "--constraint", "-r", "-c" };
	static const char *const plain[] = { "--index-url", "--extra-index-url", "--trusted-host", "--no-binary",
		"--only-binary", "--pre", "--prefer-binary", "--require-hashes", "--no-index", "--use-feature",
		"--process-dependency-links", "--allow-external", "--allow-unverified", "--allow-all-external", "-i" };
	for (size_t i = 0; i < CTX_COUNTOF(nested); ++i) {
		struct ctx_str value = option_value(line, nested[i]);
		if (value.len > 0) {
			return is_remote(value) ? 0 : add_file(p, need_join(p->r, dir, value));
		}
	}
	for (size_t i = 0; i < CTX_COUNTOF(plain); ++i) {
		if (option_value(line, plain[i]).ptr != NULL) {
			return 0;
		}
	}
	struct ctx_str links = option_value(line, "--find-links");
	links = links.len == 0 ? option_value(line, "-f") : links;
	if (links.len > 0) {
		return see_links(p, dir, links);
	}
	struct ctx_str project = option_value(line, "--editable");
	project = project.len == 0 ? option_value(line, "-e") : project;
	bool remote = project.len > 0 && is_remote(project);
	return remote
		? need_write(p->r, need_join(p->r, p->r->cwd.ptr == NULL ? CTX_STR("/") : p->r->cwd, CTX_STR("src")),
			  true)
		: need_unknown(p->r,
			  "a requirement file has a line that is not understood, or names a local project: '%.*s'",
			  CTX_STR_ARGS(line));
}

/** Names of variables in a line: "${TOKEN}". */
static int see_variables(struct pip *p, struct ctx_str line) {
	for (const char *at; (at = memmem(line.ptr, line.len, "${", 2)) != NULL;) {
		line = ctx_str_from(line, (size_t)(at - line.ptr) + 2);
		struct ctx_str name = { line.ptr, 0 };
		while (name.len < line.len &&
			(isalnum((unsigned char)name.ptr[name.len]) || name.ptr[name.len] == '_')) {
			++name.len;
		}
		line = ctx_str_from(line, name.len);
		if (name.len == 0 || line.len == 0 || *line.ptr != '}') {
			continue; // pip leaves it as it is
		}
		int rc = need_name(p->r,
			(struct ctx_str){ ctx_arena_memdup0(p->r->arena, name.ptr, name.len), name.len });
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

/** One requirement: a name and a version, a URL, or something local. */
static int see_requirement(struct pip *p, struct ctx_str line) {
	size_t first = 0;
	while (first < line.len && strchr(" \t;[<>=!~@", line.ptr[first]) == NULL) {
		++first;
	}
	struct ctx_str word = { line.ptr, first };
	if (is_remote(line)) {
		return 0;
	}
	bool local = word.len == 0 || need_is_local(word) || memchr(word.ptr, '/', word.len) != NULL ||
		memmem(line.ptr, line.len, "file:", 5) != NULL;
	return local ? need_unknown(p->r, "a requirement file may name a local project: '%.*s'", CTX_STR_ARGS(line))
		     : 0;
}

/** Read a requirement file. */
static int read_file(struct pip *p, struct ctx_str path) {
	ctx_auto_buf struct ctx_buf buf = CTX_BUF_INIT;
	struct ctx_str text, dir = need_join(p->r, CTX_STR("/"), need_parent(path));
	int rc = need_file(p->r, path, false, &text);
	while (rc == 0 && text.len > 0) {
		if (!take_line(&text, &buf)) {
			return ctx_fail_nomem(p->r->err);
		}
		struct ctx_str line = trim((struct ctx_str){ ctx_buf_str(&buf), buf.len });
		const char *copy = ctx_arena_memdup0(p->r->arena, line.ptr, line.len);
		if (copy == NULL) {
			return ctx_fail_nomem(p->r->err);
		}
		line.ptr = copy;
		if (line.len == 0) {
			continue;
		}
		rc = see_variables(p, line);
		rc = rc != 0 ? rc : line.ptr[0] == '-' ? see_option(p, dir, line) : see_requirement(p, line);
	}
	return rc;
}

/** Files that the command names. */
static int add_options(struct pip *p) {
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < p->c->option_count; ++i) {
		const struct need_option *option = &p->c->options[i];
		struct need_target target;
		if (!ctx_str_is_listed(option->name, " -r --requirement -c --constraint ") ||
			is_remote(option->value->text)) {
			continue;
		}
		rc = need_target(p->r, option->value, p->c->dir, &target);
		if (rc == 0 && target.tree) {
			rc = need_unknown(p->r, "the requirement file of '%.*s' is not known",
				CTX_STR_ARGS(p->c->text));
		}
		rc = rc != 0 ? rc : add_file(p, target.path);
	}
	return rc;
}

/** The environment that the program belongs to: "/venv/bin/pip" fills /venv. */
static int add_prefix(struct need_run *r, struct ctx_str program) {
	struct ctx_str dir = need_parent(program);
	if (program.len == 0 || !ctx_str_ends(dir, "/bin") ||
		ctx_str_is_listed(dir, " /bin /usr/bin /usr/local/bin ")) {
		return 0;
	}
	return need_write(r, need_join(r, CTX_STR("/"), need_parent(dir)), true);
}

/** Environments that PATH has: the first "bin" of it that is none of the system. */
static int add_environments(struct need_run *r) {
	struct ctx_str path;
	if (!ana_env_get(r->exec->env, CTX_STR("PATH"), &path)) {
		return 0;
	}
	while (path.len > 0) {
		struct ctx_str dir = { path.ptr, ctx_str_find(path, ':') };
		path = ctx_str_from(path, dir.len < path.len ? dir.len + 1 : dir.len);
		bool absolute = dir.len > 5 && dir.ptr[0] == '/';
		int rc = absolute ? add_prefix(r, need_join(r, dir, CTX_STR("pip"))) : 0;
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

int need_environment(struct need_run *r, struct ctx_str program) {
	int rc = add_prefix(r, program);
	return rc != 0 ? rc : add_environments(r);
}

int need_pip(struct need_run *r, const struct need_command *c) {
	struct pip p = { .r = r, .c = c };
	int rc = need_environment(r, c->program);
	rc = rc != 0 ? rc : add_options(&p);
	for (size_t i = 0; rc == 0 && i < p.files.count; ++i) {
		rc = read_file(&p, p.files.items[i]);
	}
	CTX_VEC_RELEASE(&p.files);
	ctx_strmap_release(&p.seen);
	return rc;
}
