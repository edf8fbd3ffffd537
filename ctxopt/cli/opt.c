#include "ctxopt/cli/opt.h"

#include "ctxopt/cli/opt_file.h"
#include "ctxopt/cli/opt_value.h"

#include <ctype.h>

/** Most option rows of one command: `struct parse` keeps one bit for each. */
#define OPT_ROWS_MAX 64

/** One run of the parser. */
struct parse {
	const struct cmd *cmd;
	/** The struct being filled. */
	char *args;
	struct opt_parsed *out;
	/** Rows with a value that is no preset, and those from the command line. */
	uint64_t set, given;
	/** Text of the value of each row, as written. */
	const char *text[OPT_ROWS_MAX];
};

/** A row of the command with its place: number in the iteration, and offset of the field in the struct. */
struct slot {
	const struct opt *opt;
	unsigned number;
	size_t at;
};

const struct opt *opt_next(struct opt_iter *it) {
	while (it->set < OPT_SETS_MAX && it->cmd->sets[it->set].rows != NULL) {
		const struct opt *row = &it->cmd->sets[it->set].rows[it->row];
		if (row->kind != OPT_END) {
			++it->row;
			return row;
		}
		++it->set;
		it->row = 0;
	}
	return NULL;
}

/** Step through the rows that are options. */
static bool next_slot(struct opt_iter *it, struct slot *slot) {
	const struct opt *row = opt_next(it);
	while (row != NULL && row->kind == OPT_GROUP) {
		row = opt_next(it);
	}
	if (row == NULL) {
		return false;
	}
	slot->number = slot->opt == NULL ? 0 : slot->number + 1;
	slot->opt = row;
	slot->at = it->cmd->sets[it->set].at + row->at;
	return slot->number < OPT_ROWS_MAX;
}

/** Does the option go without a value? */
static bool is_bare(const struct opt *opt) {
	return opt->kind == OPT_FLAG || opt->kind == OPT_HELP || opt->kind == OPT_VERSION;
}

/** Find a row by its long name of `len` bytes; `no-NAME` finds the flag NAME and sets `*negated`. */
static bool find_long(const struct parse *p, const char *name, size_t len, struct slot *slot, bool *negated) {
	struct opt_iter it = { .cmd = p->cmd };
	*slot = (struct slot){ 0 };
	while (next_slot(&it, slot)) {
		const char *own = slot->opt->name;
		if (strlen(own) == len && memcmp(own, name, len) == 0) {
			*negated = false;
			return true;
		}
		if (slot->opt->kind == OPT_FLAG && len > 3 && memcmp(name, "no-", 3) == 0 && strlen(own) == len - 3 &&
			memcmp(own, name + 3, len - 3) == 0) {
			*negated = true;
			return true;
		}
	}
	return false;
}

/** Find a row by its letter. */
static bool find_letter(const struct parse *p, char letter, struct slot *slot) {
	struct opt_iter it = { .cmd = p->cmd };
	*slot = (struct slot){ 0 };
	while (next_slot(&it, slot)) {
		if (slot->opt->letter == letter) {
			return true;
		}
	}
	return false;
}

/** No long option of that name. */
static int fail_long(const struct parse *p, const char *name, size_t len, struct ctx_error *err) {
	const char *names[OPT_ROWS_MAX];
	struct opt_iter it = { .cmd = p->cmd };
	struct slot slot = { 0 };
	while (next_slot(&it, &slot)) {
		names[slot.number] = slot.opt->name;
	}
	size_t count = slot.opt == NULL ? 0 : slot.number + 1;
	char shown[80];
	snprintf(shown, sizeof(shown), "%.*s", len < sizeof(shown) ? (int)len : (int)sizeof(shown) - 1, name);
	const char *near = opt_nearest(shown, names, count);
	if (near == NULL) {
		return ctx_fail(err, CTX_E_USAGE, "unknown option '--%s'", shown);
	}
	return ctx_fail(err, CTX_E_USAGE, "unknown option '--%s'; did you mean '--%s'?", shown, near);
}

/** Give every option its preset. */
static int store_presets(struct parse *p, struct ctx_error *err) {
	struct opt_iter it = { .cmd = p->cmd };
	struct slot slot = { 0 };
	while (next_slot(&it, &slot)) {
		if (slot.opt->kind == OPT_CHOICE) {
			*(int *)(void *)(p->args + slot.at) = -1;
		}
		if (slot.opt->preset == NULL) {
			continue;
		}
		int rc = opt_store(slot.opt, p->args + slot.at, slot.opt->preset, err);
		if (rc < 0) {
			return ctx_wrap(err, rc, "preset of '--%s'", slot.opt->name);
		}
	}
	return 0;
}

void opt_env_name(struct ctx_buf *out, const char *name) {
	ctx_buf_adds(out, "CTXOPT_");
	for (const char *c = name; *c != '\0'; ++c) {
		ctx_buf_addc(out, *c == '-' ? '_' : (char)toupper((unsigned char)*c));
	}
}

/** Take values from a configuration file. */
static int store_file(struct parse *p, const struct opt_file *file, struct ctx_error *err) {
	struct opt_iter it = { .cmd = p->cmd };
	struct slot slot = { 0 };
	while (file != NULL && next_slot(&it, &slot)) {
		const struct ctx_toml *value = opt_file_find(file, p->cmd, slot.opt);
		if (value == NULL) {
			continue;
		}
		int rc = opt_file_store(file, slot.opt, value, p->args + slot.at, &p->out->arena, &p->text[slot.number],
			err);
		if (rc < 0) {
			return rc;
		}
		p->set |= UINT64_C(1) << slot.number;
	}
	return 0;
}

/** Store a list that the environment gives: items are separated by line feeds. */
static int store_env_list(struct parse *p, const struct slot *slot, const char *text, struct ctx_error *err) {
	((struct opt_list *)(void *)(p->args + slot->at))->values.count = 0; // what a file gave is replaced
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		if (len > 0) {
			char *item = ctx_arena_memdup0(&p->out->arena, text, len);
			int rc = item == NULL ? ctx_fail_nomem(err)
					      : opt_store(slot->opt, p->args + slot->at, item, err);
			if (rc < 0) {
				return rc;
			}
		}
		text += len + (text[len] == '\n' ? 1 : 0);
	}
	return 0;
}

/** Take values from CTXOPT_* variables. */
static int store_environment(struct parse *p, struct ctx_error *err) {
	struct opt_iter it = { .cmd = p->cmd };
	struct slot slot = { 0 };
	ctx_auto_buf struct ctx_buf name = CTX_BUF_INIT;
	while (next_slot(&it, &slot)) {
		if (slot.opt->kind == OPT_HELP || slot.opt->kind == OPT_VERSION) {
			continue;
		}
		ctx_buf_reset(&name);
		opt_env_name(&name, slot.opt->name);
		const char *text = getenv(ctx_buf_str(&name));
		if (text == NULL || (*text == '\0' && slot.opt->kind != OPT_FLAG)) {
			continue;
		}
		int rc = slot.opt->kind == OPT_LIST ? store_env_list(p, &slot, text, err)
						    : opt_store(slot.opt, p->args + slot.at, text, err);
		if (rc < 0) {
			return ctx_wrap(err, rc, "%s", ctx_buf_str(&name));
		}
		p->set |= UINT64_C(1) << slot.number;
		p->text[slot.number] = text;
	}
	return 0;
}

/** Take one value from the command line. */
static int take_value(struct parse *p, const struct slot *slot, const char *text, struct ctx_error *err) {
	uint64_t bit = UINT64_C(1) << slot->number;
	void *field = p->args + slot->at;
	if (slot->opt->kind == OPT_LIST && (p->given & bit) == 0) {
		((struct opt_list *)field)->values.count = 0; // what the environment gave is replaced, not extended
	}
	p->given |= bit;
	p->set |= bit;
	p->text[slot->number] = text;
	return ctx_wrap(err, opt_store(slot->opt, field, text, err), "--%s", slot->opt->name);
}

/** Take an option without value. */
static void take_bare(struct parse *p, const struct slot *slot, bool negated) {
	switch (slot->opt->kind) {
	case OPT_HELP:
		p->out->wish = OPT_WISH_HELP;
		break;
	case OPT_VERSION:
		p->out->wish = OPT_WISH_VERSION;
		break;
	default:
		p->set |= UINT64_C(1) << slot->number;
		*(bool *)(void *)(p->args + slot->at) = !negated;
		break;
	}
}

/** Parse "--name", "--name=value", "--name value"; `*used` counts the words that were taken. */
static int parse_long(struct parse *p, char *const *argv, int argc, int *used, struct ctx_error *err) {
	const char *name = argv[0] + 2;
	size_t len = strcspn(name, "=");
	const char *value = name[len] == '=' ? name + len + 1 : NULL;
	struct slot slot;
	bool negated = false;
	if (!find_long(p, name, len, &slot, &negated)) {
		return fail_long(p, name, len, err);
	}
	*used = 1;
	if (is_bare(slot.opt)) {
		if (value != NULL) {
			return ctx_fail(err, CTX_E_USAGE, "option '--%.*s' takes no value", (int)len, name);
		}
		take_bare(p, &slot, negated);
		return 0;
	}
	if (value == NULL) {
		if (argc < 2) {
			return ctx_fail(err, CTX_E_USAGE, "option '--%s' needs a value: --%s %s", slot.opt->name,
				slot.opt->name, slot.opt->arg);
		}
		value = argv[1];
		*used = 2;
	}
	return take_value(p, &slot, value, err);
}

/** Parse clustered letters: "-qv", "-j4", "-f PATH". */
static int parse_letters(struct parse *p, char *const *argv, int argc, int *used, struct ctx_error *err) {
	*used = 1;
	for (const char *c = argv[0] + 1; *c != '\0'; ++c) {
		struct slot slot;
		if (!find_letter(p, *c, &slot)) {
			return argv[0][2] == '\0'
				? ctx_fail(err, CTX_E_USAGE, "unknown option '-%c'", *c)
				: ctx_fail(err, CTX_E_USAGE, "unknown option '-%c' in '%s'", *c, argv[0]);
		}
		if (is_bare(slot.opt)) {
			take_bare(p, &slot, false);
			continue;
		}
		if (c[1] != '\0') {
			return take_value(p, &slot, c[1] == '=' ? c + 2 : c + 1, err);
		}
		if (argc < 2) {
			return ctx_fail(err, CTX_E_USAGE, "option '-%c' needs a value: -%c %s", *c, *c, slot.opt->arg);
		}
		*used = 2;
		return take_value(p, &slot, argv[1], err);
	}
	return 0;
}

/** Take an operand. */
static int take_operand(struct parse *p, const char *word, struct ctx_error *err) {
	if (p->cmd->max_operands == 0) {
		return ctx_fail(err, CTX_E_USAGE, "unexpected argument '%s'", word);
	}
	struct opt_list *operands = (void *)(p->args + p->cmd->operands_at);
	if (operands->values.count == p->cmd->max_operands) {
		return ctx_fail(err, CTX_E_USAGE, "unexpected argument '%s': one %s is enough", word, p->cmd->operand);
	}
	return CTX_VEC_PUSH(&operands->values, word) ? 0 : ctx_fail_nomem(err);
}

/** Are there enough operands, and are they known where they are choices? */
static int check_operands(struct parse *p, struct ctx_error *err) {
	if (p->cmd->max_operands == 0) {
		return 0;
	}
	struct opt_list *operands = (void *)(p->args + p->cmd->operands_at);
	if (operands->values.count < p->cmd->min_operands) {
		return ctx_fail(err, CTX_E_USAGE, "%s is missing", p->cmd->operand);
	}
	if (p->cmd->operand_kind != OPT_CHOICE) {
		return 0;
	}
	struct opt choice = { .kind = OPT_CHOICE, .choices = p->cmd->operand_choices };
	for (size_t i = 0; i < operands->values.count; ++i) {
		int index;
		int rc = opt_store(&choice, &index, operands->values.items[i], err);
		if (rc < 0) {
			return ctx_wrap(err, rc, "%s", p->cmd->operand);
		}
	}
	return 0;
}

/** Parse all words. */
static int parse_words(struct parse *p, int argc, char *const *argv, struct ctx_error *err) {
	bool operands_only = false;
	for (int i = 0; i < argc && p->out->wish == OPT_WISH_RUN;) {
		const char *word = argv[i];
		int used = 1;
		int rc = 0;
		if (operands_only || word[0] != '-' || word[1] == '\0') {
			rc = take_operand(p, word, err);
		} else if (strcmp(word, "--") == 0) {
			operands_only = true;
		} else if (word[1] == '-') {
			rc = parse_long(p, argv + i, argc - i, &used, err);
		} else {
			rc = parse_letters(p, argv + i, argc - i, &used, err);
		}
		if (rc < 0) {
			return rc;
		}
		i += used;
	}
	return 0;
}

/** Append one word to the record. */
CTX_PRINTF(3, 4)
static int record_add(struct parse *p, struct ctx_error *err, const char *fmt, ...) {
	ctx_auto_buf struct ctx_buf word = CTX_BUF_INIT;
	va_list args;
	va_start(args, fmt);
	ctx_buf_addv(&word, fmt, args);
	va_end(args);
	char *copy = ctx_buf_ok(&word) ? ctx_arena_memdup0(&p->out->arena, ctx_buf_str(&word), word.len) : NULL;
	return copy != NULL && CTX_VEC_PUSH(&p->out->record, copy) ? 0 : ctx_fail_nomem(err);
}

/** Record the value of one option. */
static int record_option(struct parse *p, const struct slot *slot, struct ctx_error *err) {
	const void *field = p->args + slot->at;
	if (slot->opt->kind == OPT_FLAG) {
		return record_add(p, err, "--%s%s", *(const bool *)field ? "" : "no-", slot->opt->name);
	}
	if (slot->opt->kind != OPT_LIST) {
		return record_add(p, err, "--%s=%s", slot->opt->name, p->text[slot->number]);
	}
	const struct opt_list *list = field;
	for (size_t i = 0; i < list->values.count; ++i) {
		int rc = record_add(p, err, "--%s=%s", slot->opt->name, list->values.items[i]);
		if (rc < 0) {
			return rc;
		}
	}
	return 0;
}

/** Write down what was asked for, in the order of the tables, so that two spellings of one wish look the same. */
static int record(struct parse *p, struct ctx_error *err) {
	struct opt_iter it = { .cmd = p->cmd };
	struct slot slot = { 0 };
	while (next_slot(&it, &slot)) {
		bool set = (p->set >> slot.number & 1) != 0;
		if (set && (slot.opt->flags & OPT_MANNER) == 0) {
			int rc = record_option(p, &slot, err);
			if (rc < 0) {
				return rc;
			}
		}
	}
	if (p->cmd->max_operands == 0) {
		return 0;
	}
	const struct opt_list *operands = (void *)(p->args + p->cmd->operands_at);
	for (size_t i = 0; i < operands->values.count; ++i) {
		int rc = record_add(p, err, "%s", operands->values.items[i]);
		if (rc < 0) {
			return rc;
		}
	}
	return 0;
}

int opt_parse(const struct cmd *cmd, int argc, char *const *argv, const struct opt_file *file, void *args,
	struct opt_parsed *out, struct ctx_error *err) {
	struct parse p = { .cmd = cmd, .args = args, .out = out };
	*out = (struct opt_parsed){ .wish = OPT_WISH_RUN };
	int rc = store_presets(&p, err);
	rc = rc < 0 ? rc : store_file(&p, file, err);
	if (rc < 0) {
		return rc;
	}

	// The words come after the environment, but `--help` must work whatever the environment holds
	struct ctx_error env_err;
	int env_rc = store_environment(&p, &env_err);
	rc = parse_words(&p, argc, argv, err);
	if (rc < 0 || out->wish != OPT_WISH_RUN) {
		return rc;
	}
	if (env_rc < 0) {
		if (err != NULL) {
			*err = env_err;
		}
		return env_rc;
	}
	rc = check_operands(&p, err);
	return rc < 0 ? rc : record(&p, err);
}

const struct opt *opt_find(const struct cmd *cmd, struct ctx_str name) {
	struct opt_iter it = { .cmd = cmd };
	const struct opt *opt = opt_next(&it);
	while (opt != NULL && (opt->kind == OPT_GROUP || !ctx_str_is(name, opt->name))) {
		opt = opt_next(&it);
	}
	return opt;
}

const void *opt_field(const struct cmd *cmd, const void *args, const char *name) {
	struct opt_iter it = { .cmd = cmd };
	struct slot slot = { 0 };
	while (next_slot(&it, &slot)) {
		if (strcmp(slot.opt->name, name) == 0) {
			return (const char *)args + slot.at;
		}
	}
	return NULL;
}

void opt_args_release(const struct cmd *cmd, void *args) {
	char *base = args;
	struct opt_iter it = { .cmd = cmd };
	struct slot slot = { 0 };
	while (next_slot(&it, &slot)) {
		if (slot.opt->kind == OPT_LIST) {
			struct opt_list *list = (void *)(base + slot.at);
			CTX_VEC_RELEASE(&list->values);
		}
	}
	if (cmd->max_operands > 0) {
		struct opt_list *operands = (void *)(base + cmd->operands_at);
		CTX_VEC_RELEASE(&operands->values);
	}
}

void opt_parsed_release(struct opt_parsed *parsed) {
	CTX_VEC_RELEASE(&parsed->record);
	ctx_arena_release(&parsed->arena);
}
