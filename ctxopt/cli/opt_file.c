#include "ctxopt/cli/opt_file.h"

#include "ctxopt/cli/opt_value.h"

#include <stdio.h>

/** Most names that are looked through for a near one. */
#define NAMES_MAX 400

/** Fail at a place of the file. */
CTX_PRINTF(5, 6)
static int fail_at(const struct opt_file *file, uint32_t line, uint32_t column, struct ctx_error *err, const char *fmt,
	...) {
	char message[400];
	va_list args;
	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	return ctx_fail(err, CTX_E_SYNTAX, "%s:%u:%u: %s", file->shown, line, column, message);
}
/** Fail because of a key. */
#define FAIL_KEY(file, member, err, ...) fail_at((file), (member)->key_line, (member)->key_column, (err), __VA_ARGS__)
/** Fail because of a value. */
#define FAIL_VALUE(file, value, err, ...) fail_at((file), (value)->line, (value)->column, (err), __VA_ARGS__)

/** The option of that name of the first command that has it, or NULL. */
static const struct opt *find_any(const struct cmd *const *cmds, struct ctx_str name) {
	const struct opt *opt = NULL;
	for (size_t i = 0; cmds[i] != NULL && opt == NULL; ++i) {
		opt = opt_find(cmds[i], name);
	}
	return opt;
}

/** Names of the options of a command that a file may set, from `count` on; returns the new count. */
static size_t list_names(const struct cmd *cmd, const char **names, size_t count) {
	struct opt_iter it = { .cmd = cmd };
	for (const struct opt *opt = opt_next(&it); opt != NULL && count < NAMES_MAX; opt = opt_next(&it)) {
		if (opt->kind != OPT_GROUP && opt->kind != OPT_HELP && opt->kind != OPT_VERSION &&
			(opt->flags & OPT_ONCE) == 0) {
			names[count++] = opt->name;
		}
	}
	return count;
}

/** No option of that name: `cmd` is NULL for a top-level key. */
static int fail_unknown(const struct opt_file *file, const struct ctx_toml *member, const struct cmd *cmd,
	const struct cmd *const *cmds, struct ctx_error *err) {
	const char *names[NAMES_MAX];
	size_t count = cmd != NULL ? list_names(cmd, names, 0) : 0;
	for (size_t i = 0; cmd == NULL && cmds[i] != NULL; ++i) {
		count = list_names(cmds[i], names, count);
	}
	char name[80];
	snprintf(name, sizeof(name), "%.*s", CTX_STR_ARGS(member->key));
	const char *near = opt_nearest(name, names, count);
	const char *whose = cmd != NULL ? cmd->name : "", *has = cmd != NULL ? " has no option" : "unknown option";
	return near != NULL ? FAIL_KEY(file, member, err, "%s%s '%s'; did you mean '%s'?", whose, has, name, near)
			    : FAIL_KEY(file, member, err, "%s%s '%s'", whose, has, name);
}

/** A path as it is from the working directory; NULL when out of memory. */
static const char *from_here(const struct opt_file *file, const char *path, struct ctx_arena *arena) {
	if (path[0] == '/' || path[0] == '\0' || strcmp(path, "-") == 0 || file->dir[0] == '\0') {
		return path;
	}
	size_t room = strlen(file->dir) + strlen(path) + 1;
	char *text = ctx_arena_alloc(arena, room);
	if (text != NULL) {
		snprintf(text, room, "%s%s", file->dir, path);
	}
	return text;
}

/** The same for the path in NAME=PATH, unless it is a URL. */
static const char *named_from_here(const struct opt_file *file, const char *named, struct ctx_arena *arena) {
	const char *equals = strchr(named, '=');
	if (equals == NULL || strchr(equals, ':') != NULL) {
		return named;
	}
	const char *path = from_here(file, equals + 1, arena);
	size_t name = (size_t)(equals - named) + 1, room = path == NULL ? 0 : name + strlen(path) + 1;
	char *text = path == NULL ? NULL : ctx_arena_alloc(arena, room);
	if (text != NULL) {
		snprintf(text, room, "%.*s%s", (int)name, named, path);
	}
	return text;
}

/** May a number be written without quotes? */
static bool takes_number(const struct opt *opt, const struct ctx_toml *value) {
	bool real = opt->kind == OPT_PERCENT || opt->kind == OPT_SECONDS;
	bool octal = (opt->kind == OPT_OCTAL || opt->kind == OPT_LIST) && ctx_str_starts(value->text, "0o");
	return octal || real || (value->kind == CTX_TOML_INTEGER && (opt->kind == OPT_UINT || opt->kind == OPT_SIZE));
}

/** What an option wants, for messages. */
static const char *wanted(const struct opt *opt) {
	switch (opt->kind) {
	case OPT_FLAG:
		return "true or false";
	case OPT_UINT:
		return "a whole number";
	case OPT_PERCENT:
		return "a number";
	case OPT_SIZE:
		return "a number of bytes, or a size in quotes";
	case OPT_SECONDS:
		return "a number of seconds, or a duration in quotes";
	case OPT_OCTAL:
		return "an octal number in quotes, or behind 0o";
	default:
		return "a text in quotes";
	}
}

/** Append a text of a table, or an array of them with ',' between.  false if it is neither, or has a ';' or a NUL. */
static bool put_field(struct ctx_buf *out, const struct ctx_toml *value) {
	bool right = value->kind == CTX_TOML_ARRAY;
	if (value->kind == CTX_TOML_STRING || value->kind == CTX_TOML_TIME) {
		right = ctx_str_find(value->text, ';') == value->text.len && strlen(value->text.ptr) == value->text.len;
		ctx_buf_adds(out, value->text.ptr);
	}
	for (const struct ctx_toml *m = right ? value->members : NULL; right && m != NULL; m = m->next) {
		right = m->kind == CTX_TOML_STRING && put_field(out, m);
		ctx_buf_adds(out, m->next != NULL ? "," : "");
	}
	return right;
}

/** A table as "RULE;FIELD=VALUE..."; NULL when out of memory, which `err` says, or wrong. */
static const char *text_of_table(const struct opt_file *file, const struct opt *opt, const struct ctx_toml *table,
	struct ctx_arena *arena, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	const struct ctx_toml *rule = ctx_toml_get(table, CTX_STR("rule"));
	const struct ctx_toml *wrong = rule == NULL || !put_field(&text, rule) ? (rule == NULL ? table : rule) : NULL;
	for (const struct ctx_toml *m = table->members; wrong == NULL && m != NULL; m = m->next) {
		if (m != rule) {
			ctx_buf_addf(&text, ";%.*s=", CTX_STR_ARGS(m->key));
			wrong = put_field(&text, m) ? NULL : m;
		}
	}
	if (wrong != NULL) {
		FAIL_VALUE(file, wrong, err,
			rule == NULL ? "'%s': a table without 'rule'" : "'%s' takes texts in quotes, without ';'",
			opt->name);
		return NULL;
	}
	const char *copy = ctx_buf_ok(&text) ? ctx_arena_memdup0(arena, ctx_buf_str(&text), text.len) : NULL;
	if (copy == NULL) {
		ctx_fail_nomem(err);
	}
	return copy;
}

/** One value that is no list as it would stand on the command line; NULL when out of memory, which `err` says, or wrong. */
static const char *text_of(const struct opt_file *file, const struct opt *opt, const struct ctx_toml *value,
	struct ctx_arena *arena, struct ctx_error *err) {
	if (value->kind == CTX_TOML_TABLE && (opt->flags & OPT_FIELDS) != 0) {
		return text_of_table(file, opt, value, arena, err);
	}
	bool number = value->kind == CTX_TOML_INTEGER || value->kind == CTX_TOML_FLOAT;
	bool right = opt->kind == OPT_FLAG ? value->kind == CTX_TOML_BOOLEAN
					   : value->kind == CTX_TOML_STRING || (number && takes_number(opt, value));
	const char *text = value->text.ptr;
	if (!right || strlen(text) != value->text.len) {
		bool list = opt->kind == OPT_LIST && value->kind != CTX_TOML_STRING;
		FAIL_VALUE(file, value, err, right ? "'%s': a NUL in a text" : "'%s' takes %s", opt->name,
			list ? "an array of texts" : wanted(opt));
		return NULL;
	}
	char digits[32];
	if (value->kind == CTX_TOML_INTEGER) {
		bool octal = opt->kind == OPT_OCTAL || opt->kind == OPT_LIST;
		if (octal) {
			snprintf(digits, sizeof(digits), "%llo", (unsigned long long)value->integer);
		} else {
			snprintf(digits, sizeof(digits), "%lld", (long long)value->integer);
		}
		text = ctx_arena_memdup0(arena, digits, strlen(digits));
	} else if (opt->kind == OPT_FILE || opt->kind == OPT_DIR || (opt->flags & OPT_PATHS) != 0) {
		text = from_here(file, text, arena);
	} else if ((opt->flags & OPT_NAMED_PATH) != 0) {
		text = named_from_here(file, text, arena);
	}
	if (text == NULL) {
		ctx_fail_nomem(err);
	}
	return text;
}

/** Store one value that is no list. */
static int store_one(const struct opt_file *file, const struct opt *opt, const struct ctx_toml *value, void *field,
	struct ctx_arena *arena, const char **text, struct ctx_error *err) {
	struct ctx_error why = { 0 };
	*text = text_of(file, opt, value, arena, &why);
	if (*text == NULL) {
		if (err != NULL) {
			*err = why;
		}
		return (int)why.code;
	}
	int rc = opt_store(opt, field, *text, &why);
	if (rc == CTX_E_NOMEM) {
		return ctx_fail_nomem(err);
	}
	return rc < 0 ? FAIL_VALUE(file, value, err, "%s: %s", opt->name, why.msg) : 0;
}

int opt_file_store(const struct opt_file *file, const struct opt *opt, const struct ctx_toml *value, void *field,
	struct ctx_arena *arena, const char **text, struct ctx_error *err) {
	if (opt->kind != OPT_LIST || value->kind != CTX_TOML_ARRAY) {
		return store_one(file, opt, value, field, arena, text, err);
	}
	int rc = 0;
	for (const struct ctx_toml *item = value->members; rc == 0 && item != NULL; item = item->next) {
		rc = store_one(file, opt, item, field, arena, text, err);
	}
	return rc;
}

/** A field of any kind, to check a value with. */
union field {
	bool flag;
	unsigned number;
	int choice;
	const char *text;
	struct opt_size size;
	struct opt_number real;
	struct opt_list list;
};

/** Check a value that nobody asks for now. */
static int check_value(const struct opt_file *file, const struct opt *opt, const struct ctx_toml *member,
	struct ctx_error *err) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	union field field = { 0 };
	const char *text;
	if (opt->kind == OPT_HELP || opt->kind == OPT_VERSION || (opt->flags & OPT_ONCE) != 0) {
		return FAIL_KEY(file, member, err, "'%s' is about one run: it is asked for on the command line",
			opt->name);
	}
	int rc = opt_file_store(file, opt, member, &field, &arena, &text, err);
	if (opt->kind == OPT_LIST) {
		CTX_VEC_RELEASE(&field.list.values);
	}
	return rc;
}

/** Check a table that is named after a command. */
static int check_table(const struct opt_file *file, const struct ctx_toml *table, const struct cmd *const *cmds,
	struct ctx_error *err) {
	const char *names[NAMES_MAX];
	const struct cmd *cmd = NULL;
	size_t count = 0;
	for (size_t i = 0; cmds[i] != NULL && count < NAMES_MAX; ++i) {
		bool takes = cmds[i]->name[0] != '\0' && !cmds[i]->no_file;
		names[count++] = takes ? cmds[i]->name : NULL;
		cmd = takes && ctx_str_is(table->key, cmds[i]->name) ? cmds[i] : cmd;
	}
	if (cmd == NULL) {
		char name[80];
		snprintf(name, sizeof(name), "%.*s", CTX_STR_ARGS(table->key));
		const char *near = opt_nearest(name, names, count);
		return near != NULL
			? FAIL_KEY(file, table, err, "unknown command '%s'; did you mean '%s'?", name, near)
			: FAIL_KEY(file, table, err, "unknown command '%s': a table is named after one", name);
	}
	int rc = 0;
	for (const struct ctx_toml *m = table->members; rc == 0 && m != NULL; m = m->next) {
		const struct opt *opt = opt_find(cmd, m->key);
		rc = opt == NULL ? fail_unknown(file, m, cmd, cmds, err) : check_value(file, opt, m, err);
	}
	return rc;
}

int opt_file_check(const struct opt_file *file, const struct cmd *const *cmds, struct ctx_error *err) {
	int rc = 0;
	for (const struct ctx_toml *m = file->root->members; rc == 0 && m != NULL; m = m->next) {
		const struct opt *opt = find_any(cmds, m->key);
		if (m->kind == CTX_TOML_TABLE) {
			rc = check_table(file, m, cmds, err);
		} else {
			rc = opt == NULL ? fail_unknown(file, m, NULL, cmds, err) : check_value(file, opt, m, err);
		}
	}
	return rc;
}

const struct ctx_toml *opt_file_find(const struct opt_file *file, const struct cmd *cmd, const struct opt *opt) {
	const struct ctx_toml *table = cmd->name[0] == '\0' ? NULL : ctx_toml_get(file->root, CTX_STR(cmd->name));
	const struct ctx_toml *value = table == NULL ? NULL : ctx_toml_get(table, CTX_STR(opt->name));
	value = value != NULL ? value : ctx_toml_get(file->root, CTX_STR(opt->name));
	return value != NULL && value->kind != CTX_TOML_TABLE ? value : NULL;
}
