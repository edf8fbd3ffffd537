/*
 * One command: its row in the table, its options, its variables.
 */
#include "analyzer/advice/need_internal.h"

#include "ctxopt/base/path.h"

/** Room for the words of a command, sorted out. */
struct sorted {
	struct need_command c;
	CTX_VEC(struct need_option) options;
	CTX_VEC(const struct ana_script_word *) operands;
	/** The first option that the row does not list. */
	const struct ana_script_word *strange;
	/** An option of the table has no value. */
	bool cut;
};

static void release_sorted(struct sorted *s) {
	CTX_VEC_RELEASE(&s->options);
	CTX_VEC_RELEASE(&s->operands);
}

bool need_is_plain(const struct ana_script_word *word) {
	return word->unknown_at == SIZE_MAX && word->open_at == SIZE_MAX;
}

/** "'npm ci'": the command's first words, for messages. */
static const char *short_text(struct need_run *r, struct ctx_str text) {
	size_t len = ctx_str_find(text, '\n');
	len = len > 60 ? 60 : len;
	while (len > 0 && (text.ptr[len - 1] == ' ' || ((unsigned char)text.ptr[len - 1] & 0x80) != 0)) {
		--len;
	}
	const char *made = need_text(r, "'%.*s%s'", (int)len, text.ptr, len < text.len ? "..." : "");
	return made == NULL ? "a command" : made;
}

/* ---- Options ---- */

/** Kind of an option in a list of the table: 0 takes no value, -1 is not listed. */
static int option_kind(const char *list, struct ctx_str name) {
	if (list == NULL) {
		return -1;
	}
	for (const char *at = list; *(at += strspn(at, " ")) != '\0'; at += strcspn(at, " ")) {
		size_t len = strcspn(at, " ");
		bool valued = len > 2 && at[len - 2] == ':';
		if (len - (valued ? 2 : 0) == name.len && memcmp(at, name.ptr, name.len) == 0) {
			return valued ? at[len - 1] : 0;
		}
	}
	return -1;
}

static int add_option(struct need_run *r, struct sorted *s, struct ctx_str name, const struct ana_script_word *value,
	int kind) {
	struct need_option option = { name, value, (char)kind };
	return CTX_VEC_PUSH(&s->options, option) ? 0 : ctx_fail_nomem(r->err);
}

/** A part of a word, from a byte on, as a word. */
static const struct ana_script_word *part_of(struct need_run *r, const struct ana_script_word *word, size_t from) {
	struct ana_script_word *part = ctx_arena_alloc(r->arena, sizeof(*part));
	if (part != NULL) {
		*part = *word;
		part->text = ctx_str_from(word->text, from);
		part->unknown_at -= word->unknown_at == SIZE_MAX ? 0 : from;
		part->open_at -= word->open_at == SIZE_MAX ? 0 : from;
	}
	return part;
}

/** Letters that stand together: "-xzf".  Returns how many words behind it are values, or negative. */
static int sort_letters(struct need_run *r, struct sorted *s, const char *list, const struct ana_script_word *word,
	const struct ana_script_word *next) {
	for (size_t i = 1; i < word->text.len; ++i) {
		char *name = ctx_arena_memdup0(r->arena, "-x", 2);
		if (name == NULL) {
			return ctx_fail_nomem(r->err);
		}
		name[1] = word->text.ptr[i];
		int kind = option_kind(list, (struct ctx_str){ name, 2 });
		if (kind < 0) {
			s->strange = s->strange != NULL ? s->strange : word;
			return 0;
		}
		bool here = i + 1 < word->text.len;
		const struct ana_script_word *value = kind == 0 ? NULL : here ? part_of(r, word, i + 1) : next;
		int rc = add_option(r, s, (struct ctx_str){ name, 2 }, value, kind);
		if (rc != 0 || kind != 0) {
			s->cut = s->cut || (kind != 0 && value == NULL);
			return rc != 0 ? rc : here ? 0 : 1;
		}
	}
	return 0;
}

/** One word that begins with '-'.  As above. */
static int sort_option(struct need_run *r, struct sorted *s, const char *list, const struct ana_script_word *word,
	const struct ana_script_word *next) {
	struct ctx_str text = word->text;
	int kind = option_kind(list, text);
	if (kind >= 0 && kind != 'N' && word->unknown_at == SIZE_MAX) {
		s->cut = s->cut || (kind > 0 && next == NULL);
		int rc = add_option(r, s, text, kind > 0 ? next : NULL, kind);
		return rc != 0 ? rc : kind > 0;
	}
	size_t equals = ctx_str_find(text, '=');
	struct ctx_str name = { text.ptr, equals };
	kind = equals < text.len && word->unknown_at > equals && word->open_at > equals ? option_kind(list, name) : -1;
	if (kind == 0 && (!need_is_plain(word) || ctx_str_is_listed(ctx_str_from(text, equals + 1), " false 0 no "))) {
		s->strange = s->strange != NULL || need_is_plain(word) ? s->strange : word;
		return 0; // "--ignore-scripts=false" is as if it were not there
	}
	if (kind >= 0 && kind != 'N') {
		const struct ana_script_word *value = part_of(r, word, equals + 1);
		return value == NULL ? ctx_fail_nomem(r->err) : add_option(r, s, name, value, kind);
	}
	size_t colon = ctx_str_find(text, ':'); // "-nowarn:CODES", as Microsoft writes it
	name = (struct ctx_str){ text.ptr, colon };
	if (colon > 2 && colon < text.len && word->unknown_at > colon && word->open_at > colon &&
		option_kind(list, name) == 'N') {
		const struct ana_script_word *value = part_of(r, word, colon + 1);
		return value == NULL ? ctx_fail_nomem(r->err) : add_option(r, s, name, value, 'N');
	}
	if (text.len > 2 && text.ptr[1] != '-' && word->unknown_at > 2 && word->open_at > 2) {
		return sort_letters(r, s, list, word, next);
	}
	s->strange = s->strange != NULL ? s->strange : word;
	return 0;
}

/** Sort the words of a command by what a row says of options. */
static int sort_words(struct need_run *r, struct sorted *s, const struct ana_command_row *row,
	const struct ana_script_word *words, size_t count) {
	bool options = true;
	s->options.count = s->operands.count = 0;
	s->strange = NULL;
	s->cut = false;
	for (size_t i = 0; i < count; ++i) {
		const struct ana_script_word *word = &words[i];
		bool option = options && word->text.len > 1 && word->text.ptr[0] == '-' && word->unknown_at > 0;
		if (option && ctx_str_is(word->text, "--") && need_is_plain(word)) {
			options = false;
		} else if (option && row->operands != ANA_OPERANDS_ANY && row->operands != ANA_OPERANDS_TEST &&
			row->operands != ANA_OPERANDS_FIND) {
			int taken = sort_option(r, s, row->options, word, i + 1 < count ? &words[i + 1] : NULL);
			if (taken < 0) {
				return taken;
			}
			i += (size_t)taken;
		} else if (!CTX_VEC_PUSH(&s->operands, word)) {
			return ctx_fail_nomem(r->err);
		}
	}
	return 0;
}

bool need_has_option(const struct need_command *c, const char *names) {
	for (size_t i = 0; i < c->option_count; ++i) {
		if (ctx_str_is_listed(c->options[i].name, names)) {
			return true;
		}
	}
	return false;
}

const struct ana_script_word *need_option_value(const struct need_command *c, const char *names) {
	const struct ana_script_word *value = NULL;
	for (size_t i = 0; i < c->option_count; ++i) {
		value = ctx_str_is_listed(c->options[i].name, names) ? c->options[i].value : value;
	}
	return value;
}

/** Files that the value of an option names. */
static int do_option(struct need_run *r, struct need_command *c, const struct need_option *option) {
	struct need_target target;
	if (option->kind == 'V' || option->kind == 'N' || option->kind == 0) {
		return 0;
	}
	if (option->kind == 'A') {
		bool plain = option->value->text.len == 0 || option->value->text.ptr[0] != '@';
		bool named = memmem(option->value->text.ptr, option->value->text.len, "=@", 2) != NULL ||
			memmem(option->value->text.ptr, option->value->text.len, "=<", 2) != NULL;
		return plain && !named ? 0 : need_unknown(r, "%s sends a file", short_text(r, c->text));
	}
	int rc = need_target(r, option->value, c->dir, &target);
	if (rc != 0) {
		return rc;
	}
	switch (option->kind) {
	case 'C':
		if (target.tree) {
			return need_unknown(r, "the directory of %s is not known", short_text(r, c->text));
		}
		c->dir = target.path;
		return need_read(r, target.path, false, false);
	case 'R':
	case 'T':
		return need_read(r, target.path, target.tree || option->kind == 'T', false);
	default:
		return need_write(r, target.path, target.tree || option->kind == 'X');
	}
}

/** Files of all options; first those that say where the command works. */
static int do_options(struct need_run *r, struct need_command *c) {
	int rc = 0;
	for (int pass = 0; pass < 2; ++pass) {
		for (size_t i = 0; rc == 0 && i < c->option_count; ++i) {
			rc = (c->options[i].kind == 'C') == (pass == 0) ? do_option(r, c, &c->options[i]) : 0;
		}
	}
	return rc;
}

/* ---- Rows ---- */

/** Has a command that is sorted an option? */
static bool has_option(const struct sorted *s, struct ctx_str name) {
	for (size_t i = 0; i < s->options.count; ++i) {
		if (ctx_str_eq(s->options.items[i].name, name)) {
			return true;
		}
	}
	return false;
}

/** Are the first operands the subcommands of a row, and its options there?  How many words of it; -1: no. */
static int match_row(const struct sorted *s, const struct ana_command_row *row, size_t *operands) {
	const char *at = row->words + strcspn(row->words, " ");
	int matched = 0;
	*operands = 0;
	for (; *(at += strspn(at, " ")) != '\0'; ++matched) {
		struct ctx_str want = { at, strcspn(at, " ") };
		bool option = *at == '-';
		at += want.len;
		if (option ? !has_option(s, want)
			   : *operands >= s->operands.count || !need_is_plain(s->operands.items[*operands]) ||
					!ctx_str_eq(s->operands.items[*operands]->text, want)) {
			return -1;
		}
		*operands += !option;
	}
	return matched;
}

/** The name of a program in the table. */
static struct ctx_str main_name(struct ctx_str name) {
	for (const char *at = ana_command_aliases; *(at += strspn(at, " ")) != '\0'; at += strcspn(at, " ")) {
		size_t len = strcspn(at, "=");
		if (len == name.len && memcmp(at, name.ptr, len) == 0) {
			return (struct ctx_str){ at + len + 1, strcspn(at + len + 1, " ") };
		}
	}
	return name;
}

/** The row with most words that the command has; NULL.  `s` is sorted for it. */
static int find_row(struct need_run *r, struct sorted *s, struct ctx_str name, const struct ana_script_word *words,
	size_t count, const struct ana_command_row **found) {
	int most = -1;
	size_t operands = 0, skip = 0;
	*found = NULL;
	name = main_name(name);
	for (const struct ana_command_row *row = ana_command_table; row->words != NULL; ++row) {
		if (!ctx_str_eq(name, (struct ctx_str){ row->words, strcspn(row->words, " ") })) {
			continue;
		}
		int rc = sort_words(r, s, row, words, count);
		int matched = rc == 0 ? match_row(s, row, &operands) : -1;
		if (rc != 0) {
			return rc;
		}
		if (matched > most) {
			most = matched;
			skip = operands;
			*found = row;
		}
	}
	if (*found != NULL) {
		int rc = sort_words(r, s, *found, words, count);
		if (rc != 0) {
			return rc;
		}
		s->c.operands = s->operands.items + skip;
		s->c.operand_count = s->operands.count - skip;
	}
	return 0;
}

/** Does a name fit a word of a list of variables? */
static bool fits(struct ctx_str name, struct ctx_str pattern) {
	bool prefix = pattern.len > 0 && pattern.ptr[pattern.len - 1] == '*';
	pattern.len -= prefix;
	return prefix ? name.len >= pattern.len && memcmp(name.ptr, pattern.ptr, pattern.len) == 0
		      : ctx_str_eq(name, pattern);
}

/** Does the variable, which is set, make a command of the row unknown?  An absent value is not known. */
static bool steers(const struct ana_command_row *row, struct ctx_str name, struct ctx_str value) {
	for (const char *at = row->variables; *(at += strspn(at, " ")) != '\0'; at += strcspn(at, " ")) {
		struct ctx_str word = { at, strcspn(at, " ") };
		bool refused = word.ptr[0] == '!';
		if (fits(name, ctx_str_from(word, refused))) {
			return value.ptr == NULL
				? refused
				: need_is_url_here(name, value) || (refused && !need_is_harmless(name, value));
		}
	}
	return false;
}

/** Variables that are set for the command. */
static int check_variables(struct need_run *r, const struct ana_command_row *row,
	const struct ana_script_command *command) {
	if (row->variables == NULL) {
		return 0;
	}
	ana_auto_vars struct ana_vars vars = { 0 };
	int rc = ana_env_list(r->exec->env, &vars, r->err);
	for (size_t i = 0; rc == 0 && i < r->variables.count; ++i) {
		const struct need_variable *v = &r->variables.items[i];
		struct ana_var var = { v->name, v->known ? v->value : CTX_STR_NONE };
		rc = CTX_VEC_PUSH(&vars.items, var) ? 0 : ctx_fail_nomem(r->err);
	}
	for (size_t i = 0; rc == 0 && i < command->assign_count; ++i) {
		const struct ana_script_word *word = &command->words[i];
		struct ana_var var = { ana_script_assigned(word->text), CTX_STR_NONE };
		var.value = need_is_plain(word) ? ctx_str_from(word->text, var.name.len + 1) : var.value;
		rc = CTX_VEC_PUSH(&vars.items, var) ? 0 : ctx_fail_nomem(r->err);
	}
	for (size_t i = 0; rc == 0 && i < vars.items.count; ++i) {
		struct ctx_str name = vars.items.items[i].name;
		rc = steers(row, name, vars.items.items[i].value)
			? need_unknown(r, "the variable '%.*s' changes what %s does", CTX_STR_ARGS(name),
				  short_text(r, command->text))
			: 0;
	}
	for (const char *at = row->variables; rc == 0 && *(at += strspn(at, " ")) != '\0'; at += strcspn(at, " ")) {
		struct ctx_str word = { at, strcspn(at, " ") };
		rc = need_name(r, ctx_str_from(word, word.ptr[0] == '!'));
	}
	return rc;
}

/** All that a command of a row needs. */
static int do_row(struct need_run *r, struct sorted *s, const struct ana_command_row *row,
	const struct ana_script_command *command) {
	struct need_command *c = &s->c;
	const char *text = short_text(r, command->text);
	if (s->strange != NULL) {
		return need_unknown(r, "an option of %s is not known: '%.*s'", text, CTX_STR_ARGS(s->strange->text));
	}
	if (s->cut) {
		return need_unknown(r, "an option of %s has no value", text);
	}
	c->row = row;
	c->text = command->text;
	c->dir = r->cwd;
	c->options = s->options.items;
	c->option_count = s->options.count;
	r->fetched = r->fetched || row->operands == ANA_OPERANDS_CURL || row->operands == ANA_OPERANDS_WGET;
	int rc = check_variables(r, row, command);
	rc = rc != 0 ? rc : do_options(r, c);
	rc = rc != 0 ? rc : need_list(r, row->reads, c->dir, false);
	rc = rc != 0 ? rc : need_list(r, row->writes, c->dir, true);
	rc = rc != 0 ? rc : need_rule(r, row->rule);
	rc = rc != 0 ? rc : need_operands(r, c);
	r->out->all_variables = r->out->all_variables || (row->flags & ANA_COMMAND_ANY_VARIABLE) != 0;
	if ((row->flags & ANA_COMMAND_REWRITES) != 0) {
		need_review(r);
	}
	return rc;
}

/** The program that a word names, without its directory.  A path elsewhere than in a "bin" is code that nobody knows. */
static int program_name(struct need_run *r, const struct ana_script_word *word, struct ctx_str text,
	struct ctx_str *name, struct ctx_str *path) {
	*path = CTX_STR("");
	*name = word->text;
	if (!need_is_plain(word) && word->text.len > 0 && !ctx_str_is_listed(word->text, " [ [[ ")) {
		return need_unknown(r, "the program of %s is not known", short_text(r, text));
	}
	if (word->text.len == 0) {
		return need_unknown(r, "the program of %s is not known", short_text(r, text));
	}
	if (memchr(word->text.ptr, '/', word->text.len) == NULL) {
		return 0;
	}
	struct ctx_str dir = need_parent(word->text);
	*name = ctx_str_from(word->text, ctx_path_base(word->text.ptr, word->text.len));
	if (ctx_str_is(*name, "gradlew") && r->cwd.ptr != NULL) {
		*path = need_join(r, r->cwd, word->text); // what it holds is looked at where it is known
		return path->ptr == NULL ? ctx_fail_nomem(r->err) : 0;
	}
	if (word->text.ptr[0] != '/' || !(ctx_str_ends(dir, "/bin") || ctx_str_ends(dir, "/sbin"))) {
		return need_unknown(r, "%s runs code that nobody here knows", short_text(r, text));
	}
	*path = need_join(r, CTX_STR("/"), word->text);
	int rc = need_see_program(r, *path);
	return rc != 0 ? rc : need_read(r, *path, false, true);
}

/** Is the program of a row that which the row means? */
static int see_program(struct need_run *r, const struct need_command *c, const struct ana_command_row *row,
	struct ctx_str name) {
	static const char shell[] =
		" : cd export readonly local unset read set . source test [ [[ shift break continue ";
	if (ctx_str_is_listed(name, shell)) {
		return 0;
	}
	int rc = c->program.len == 0 ? need_find_program(r, name) : 0;
	return rc == 0 && (row->flags & ANA_COMMAND_ANY_VARIABLE) != 0 ? need_find_helpers(r) : rc;
}

/** Words that stand before a command: "sudo -E", "env A=b".  How many of them there are. */
static size_t prefix_words(const struct ana_script_word *words, size_t count) {
	size_t at = 0;
	while (at < count && need_is_plain(&words[at]) &&
		ctx_str_is_listed(words[at].text, " sudo env exec time nice command nohup ")) {
		bool env = ctx_str_is(words[at].text, "env");
		++at;
		while (at < count &&
			(ctx_str_is(words[at].text, "-E") || (env && ana_script_assigned(words[at].text).len > 0))) {
			++at;
		}
	}
	return at;
}

/** Where output goes, and input comes from. */
static int do_redirects(struct need_run *r, const struct ana_script_command *command) {
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < command->redirect_count; ++i) {
		const struct ana_script_redirect *redirect = &command->redirects[i];
		struct need_target target;
		rc = need_target(r, &redirect->target, r->cwd, &target);
		if (rc == 0) {
			rc = redirect->kind == '<' ? need_read(r, target.path, target.tree, false)
						   : need_write(r, target.path, target.tree);
		}
	}
	return rc;
}

/** A command of assignments only. */
static int do_assignments(struct need_run *r, const struct ana_script_command *command) {
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < command->assign_count; ++i) {
		const struct ana_script_word *word = &command->words[i];
		struct ctx_str name = ana_script_assigned(word->text);
		struct ctx_str value = ctx_str_from(word->text, name.len + 1);
		rc = need_set(r, name, value, need_is_plain(word));
	}
	return rc;
}

int need_command(struct need_run *r, const struct ana_script_command *command) {
	const struct ana_script_word *words = command->words + command->assign_count;
	size_t count = command->word_count - command->assign_count;
	int rc = do_redirects(r, command);
	if (rc != 0 || count == 0) {
		return rc != 0 ? rc : do_assignments(r, command);
	}
	for (size_t i = 0; i < command->assign_count; ++i) {
		if (ctx_str_is_listed(ana_script_assigned(command->words[i].text),
			    " HOME LD_PRELOAD LD_LIBRARY_PATH PATH ")) {
			return need_unknown(r, "%s has a variable before it that may change everything",
				short_text(r, command->text));
		}
	}
	size_t skip = prefix_words(words, count);
	for (size_t i = 0; rc == 0 && i < skip; ++i) {
		rc = ctx_str_is_listed(words[i].text, " sudo env nice nohup ") ? need_find_program(r, words[i].text)
									       : 0;
	}
	words += skip;
	count -= skip;
	if (count == 0 || rc != 0) {
		return rc;
	}
	struct sorted s = { 0 };
	struct ctx_str name;
	const struct ana_command_row *row = NULL;
	rc = program_name(r, words, command->text, &name, &s.c.program);
	rc = rc != 0 ? rc : find_row(r, &s, name, words + 1, count - 1, &row);
	if (rc == 0) {
		rc = row == NULL ? need_unknown(r, "%s runs code that nobody here knows", short_text(r, command->text))
				 : see_program(r, &s.c, row, name);
		rc = rc != 0 ? rc : do_row(r, &s, row, command);
	}
	release_sorted(&s);
	return rc;
}
