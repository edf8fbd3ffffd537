/*
 * Programs that have a language of their own, and what the shell does itself.
 */
#include "analyzer/advice/need_internal.h"

#include "ctxopt/base/path.h"

/* ---- Programs with a language ---- */

/** find: changes what it finds only by -delete and by simple commands. */
static int do_find(struct need_run *r, const struct need_command *c) {
	size_t paths = 0;
	bool writes = false;
	while (paths < c->operand_count &&
		!(c->operands[paths]->text.len > 0 && strchr("-!(", c->operands[paths]->text.ptr[0]) != NULL)) {
		++paths;
	}
	for (size_t i = paths; i < c->operand_count; ++i) {
		struct ctx_str text = c->operands[i]->text;
		bool runs = ctx_str_is_listed(text, " -exec -execdir -ok -okdir ");
		bool known = i + 1 < c->operand_count && need_is_plain(c->operands[i + 1]) &&
			ctx_str_is_listed(c->operands[i + 1]->text, " rm chmod chown chgrp ls strip touch rmdir ");
		if ((runs && !known) ||
			ctx_str_is_listed(text, " -fprint -fprintf -fls -fprint0 -newer -samefile -files0-from ")) {
			return need_unknown(r, "'%.*s' does more than look for files", CTX_STR_ARGS(c->text));
		}
		writes = writes || runs || ctx_str_is(text, "-delete");
	}
	struct need_command part = *c;
	struct ana_script_word here = { CTX_STR("."), SIZE_MAX, SIZE_MAX, false };
	const struct ana_script_word *only = &here;
	part.operands = paths > 0 ? c->operands : &only;
	part.operand_count = paths > 0 ? paths : 1;
	return need_each(r, &part, 0, true, writes, true);
}

/** Could a script of sed read or write files that it names, or run commands? */
static bool is_wild(struct ctx_str script) {
	for (size_t i = 0; i < script.len; ++i) {
		char c = script.ptr[i], before = i > 0 ? script.ptr[i - 1] : ';';
		bool letter = strchr("rRwWeF", c) != NULL,
		     begins = strchr(";{}\n/|#,@!$0123456789 igpI", before) != NULL;
		bool ends = i + 1 == script.len || strchr(" \t\n;}/", script.ptr[i + 1]) != NULL;
		bool blank = before == ' ' && i > 1 && strchr(";{}\n/|#,@!$0123456789", script.ptr[i - 2]) == NULL;
		if (letter && begins && ends && !blank) {
			return true;
		}
	}
	return false;
}

static int do_sed(struct need_run *r, const struct need_command *c) {
	const struct ana_script_word *script = need_option_value(c, " -e --expression ");
	size_t first = script == NULL;
	if (script == NULL && c->operand_count == 0) {
		return need_unknown(r, "'%.*s' is not understood", CTX_STR_ARGS(c->text));
	}
	for (size_t i = 0; i <= c->option_count; ++i) {
		const struct ana_script_word *part = i < c->option_count ? c->options[i].value
			: script == NULL                                 ? c->operands[0]
									 : NULL;
		if (part != NULL && is_wild(part->text)) {
			return need_unknown(r, "'%.*s' may name files in its script", CTX_STR_ARGS(c->text));
		}
	}
	return need_each(r, c, first, true, need_has_option(c, " -i --in-place "), false);
}

static int do_awk(struct need_run *r, const struct need_command *c) {
	if (c->operand_count == 0) {
		return need_unknown(r, "'%.*s' is not understood", CTX_STR_ARGS(c->text));
	}
	struct ctx_str script = c->operands[0]->text;
	static const char *const words[] = { "system", "getline", "|", ">", "@", "ARGV", "include" };
	for (size_t i = 0; i < CTX_COUNTOF(words); ++i) {
		if (memmem(script.ptr, script.len, words[i], strlen(words[i])) != NULL) {
			return need_unknown(r, "'%.*s' may do anything in its script", CTX_STR_ARGS(c->text));
		}
	}
	return need_each(r, c, 1, true, false, false);
}

/** useradd and its kin: the home directory. */
static int do_user(struct need_run *r, const struct need_command *c) {
	const struct ana_script_word *home = need_option_value(c, " -d --home-dir --home -h ");
	if (home != NULL) {
		int rc = need_write_word(r, c, home, true);
		struct need_target target;
		rc = rc != 0 ? rc : need_target(r, home, c->dir, &target);
		return rc != 0 ? rc : need_read(r, target.path, false, true);
	}
	for (size_t i = 0; i < c->operand_count; ++i) {
		const struct ana_script_word *word = c->operands[i];
		bool plain = need_is_plain(word) && memchr(word->text.ptr, '/', word->text.len) == NULL &&
			word->text.len > 0;
		struct ctx_str path = plain ? need_join(r, CTX_STR("/home"), word->text) : CTX_STR("/home");
		int rc = need_write(r, path, true);
		rc = rc != 0 ? rc : need_read(r, path, false, true);
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

/* ---- The shell itself ---- */

static int do_cd(struct need_run *r, const struct need_command *c) {
	struct need_target target = { r->home, false };
	if (c->operand_count > 1 || (c->operand_count == 1 && ctx_str_is(c->operands[0]->text, "-")) || r->loops > 0) {
		return need_unknown(r, "'%.*s' goes to a directory that is not known", CTX_STR_ARGS(c->text));
	}
	int rc = c->operand_count == 1 ? need_target(r, c->operands[0], r->cwd, &target) : 0;
	if (rc != 0) {
		return rc;
	}
	r->reader->changes++;
	if (target.tree) {
		r->cwd = CTX_STR_NONE;
		return need_read(r, target.path, true, true);
	}
	r->cwd = target.path;
	return need_read(r, target.path, false, false);
}

/** export, local, readonly: NAME or NAME=VALUE. */
static int do_assign(struct need_run *r, const struct need_command *c) {
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < c->operand_count; ++i) {
		const struct ana_script_word *word = c->operands[i];
		struct ctx_str name = ana_script_assigned(word->text);
		if (name.len == 0 && !need_is_plain(word)) {
			rc = need_unknown(r, "'%.*s' sets variables that are not known", CTX_STR_ARGS(c->text));
		} else if (name.len > 0) {
			if (ctx_str_is_listed(name, " HOME LD_PRELOAD LD_LIBRARY_PATH ")) {
				return need_unknown(r, "'%.*s' may change everything", CTX_STR_ARGS(c->text));
			}
			rc = need_set(r, name, ctx_str_from(word->text, name.len + 1), need_is_plain(word));
		}
	}
	return rc;
}

/** unset, read: names whose values are not known any more. */
static int do_forget(struct need_run *r, const struct need_command *c) {
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < c->operand_count; ++i) {
		rc = need_is_plain(c->operands[i])
			? need_set(r, c->operands[i]->text, CTX_STR(""), false)
			: need_unknown(r, "'%.*s' names variables that are not known", CTX_STR_ARGS(c->text));
	}
	return rc;
}

/** set: options of which none changes what the text means. */
static int do_set(struct need_run *r, const struct need_command *c) {
	for (size_t i = 0; i < c->option_count; ++i) {
		const struct ana_script_word *value = c->options[i].value;
		if (value != NULL && !ctx_str_is_listed(value->text, " pipefail errexit nounset xtrace verbose ")) {
			return need_unknown(r, "'%.*s' is not understood", CTX_STR_ARGS(c->text));
		}
	}
	for (size_t i = 0; i < c->operand_count; ++i) {
		if (!ctx_str_is_listed(c->operands[i]->text, " pipefail errexit nounset xtrace +x +e +u +ex +o ")) {
			return need_unknown(r, "'%.*s' is not understood", CTX_STR_ARGS(c->text));
		}
	}
	return 0;
}

/** ". FILE": only what describes the distribution. */
static int do_source(struct need_run *r, const struct need_command *c) {
	bool known = c->operand_count == 1 && need_is_plain(c->operands[0]) &&
		ctx_str_is_listed(c->operands[0]->text, " /etc/os-release /etc/lsb-release ");
	return known ? need_read_word(r, c, c->operands[0])
		     : need_unknown(r, "'%.*s' runs a script", CTX_STR_ARGS(c->text));
}

/** sha256sum: with -c the files stand in a list that is not looked into, and are those that were just fetched. */
static int do_sum(struct need_run *r, const struct need_command *c) {
	if (need_has_option(c, " -c --check ") && !r->fetched) {
		return need_unknown(r, "'%.*s' reads files that are not known", CTX_STR_ARGS(c->text));
	}
	return need_each(r, c, 0, true, false, false);
}

/** apt-key add FILE. */
static int do_keys(struct need_run *r, const struct need_command *c) {
	bool add = c->operand_count == 2 && ctx_str_is(c->operands[0]->text, "add");
	return add ? need_each(r, c, 1, true, false, false) : 0;
}

/** go install: a version of another module, or a package of this one? */
static int do_versions(struct need_run *r, const struct need_command *c) {
	for (size_t i = 0; i < c->operand_count; ++i) {
		struct ctx_str text = c->operands[i]->text;
		if (memchr(text.ptr, '@', text.len) == NULL) {
			return need_unknown(r, "'%.*s' builds code of the project", CTX_STR_ARGS(c->text));
		}
	}
	return c->operand_count > 0 ? need_packages(r, c, false)
				    : need_unknown(r, "'%.*s' builds code of the project", CTX_STR_ARGS(c->text));
}

int need_program(struct need_run *r, const struct need_command *c) {
	switch (c->row->operands) {
	case ANA_OPERANDS_FIND:
		return do_find(r, c);
	case ANA_OPERANDS_SED:
		return do_sed(r, c);
	case ANA_OPERANDS_AWK:
		return do_awk(r, c);
	case ANA_OPERANDS_USER:
		return do_user(r, c);
	case ANA_OPERANDS_SUM:
		return do_sum(r, c);
	case ANA_OPERANDS_KEYS:
		return do_keys(r, c);
	case ANA_OPERANDS_VERSIONS:
		return do_versions(r, c);
	case ANA_OPERANDS_CD:
		return do_cd(r, c);
	case ANA_OPERANDS_ASSIGN:
		return do_assign(r, c);
	case ANA_OPERANDS_FORGET:
		return do_forget(r, c);
	case ANA_OPERANDS_SET:
		return do_set(r, c);
	default:
		return do_source(r, c);
	}
}
