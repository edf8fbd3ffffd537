#include "analyzer/dockerfile/expand.h"

/** The argument that fixes times. */
#define EPOCH "SOURCE_DATE_EPOCH"

/** What the expansion of one instruction needs. */
struct work {
	const struct ana_shell *shell;
	const struct ana_env *env;
	struct ctx_arena *arena;
	struct ctx_error *err;
	/** Names that were not set. */
	struct ana_words unmatched;
};

/** Expand one word in place. */
static int expand_word(struct work *w, const struct ana_shell *shell, struct ctx_str *word) {
	ana_auto_expansion struct ana_expansion done = { 0 };
	int rc = ana_shell_word(shell, *word, w->env, w->arena, &done, w->err);
	for (size_t i = 0; (rc == 0 || rc == CTX_E_SYNTAX) && i < done.unmatched.items.count; ++i) {
		if (!CTX_VEC_PUSH(&w->unmatched.items, done.unmatched.items.items[i])) {
			return ctx_fail_nomem(w->err);
		}
	}
	if (rc == 0) {
		*word = done.text;
	}
	return rc;
}

/** Own copy of an array, made before its first change. */
static void *own(struct work *w, const void *items, size_t count, size_t size) {
	void *copy = ctx_arena_calloc(w->arena, count, size);
	if (copy != NULL) {
		memcpy(copy, items, count * size);
	}
	return copy;
}

/** Is it the very same text? */
static bool same(struct ctx_str a, struct ctx_str b) {
	return a.ptr == b.ptr && a.len == b.len;
}

/** Expand a list of words; the array is replaced if anything changed. */
static int expand_list(struct work *w, struct ctx_str **items, uint32_t count) {
	struct ctx_str *mine = NULL;
	for (uint32_t i = 0; i < count; ++i) {
		struct ctx_str word = (*items)[i];
		int rc = expand_word(w, w->shell, &word);
		if (rc < 0) {
			return rc;
		}
		if (same(word, (*items)[i])) {
			continue;
		}
		if (mine == NULL) {
			mine = own(w, *items, count, sizeof(*mine));
			if (mine == NULL) {
				return ctx_fail_nomem(w->err);
			}
			*items = mine;
		}
		mine[i] = word;
	}
	return 0;
}

/** ENV and LABEL: keys and values (expandKvpsInPlace). */
static int expand_pairs(struct work *w, struct ana_pair **items, uint32_t count) {
	struct ana_pair *mine = NULL;
	for (uint32_t i = 0; i < count; ++i) {
		struct ana_pair pair = (*items)[i];
		int rc = expand_word(w, w->shell, &pair.key);
		if (rc == 0) {
			rc = expand_word(w, w->shell, &pair.value);
		}
		if (rc < 0) {
			return rc;
		}
		if (same(pair.key, (*items)[i].key) && same(pair.value, (*items)[i].value)) {
			continue;
		}
		if (mine == NULL) {
			mine = own(w, *items, count, sizeof(*mine));
			if (mine == NULL) {
				return ctx_fail_nomem(w->err);
			}
			*items = mine;
		}
		mine[i] = pair;
	}
	return 0;
}

/** Bodies of here-documents (ExpandRaw): quotes are text, and the escape character is always a backslash. */
static int expand_bodies(struct work *w, struct ana_copy *copy) {
	static const struct ana_shell raw = { .escape = '\\', .skip_quotes = true };
	struct ana_inline_file *mine = NULL;
	for (uint32_t i = 0; i < copy->file_count; ++i) {
		struct ctx_str data = copy->files[i].data;
		int rc = copy->files[i].expand ? expand_word(w, &raw, &data) : 0;
		if (rc < 0) {
			return rc;
		}
		if (same(data, copy->files[i].data)) {
			continue;
		}
		if (mine == NULL) {
			mine = own(w, copy->files, copy->file_count, sizeof(*mine));
			if (mine == NULL) {
				return ctx_fail_nomem(w->err);
			}
			copy->files = mine;
		}
		mine[i].data = data;
	}
	return 0;
}

/** COPY and ADD, in the order of AddCommand.Expand; --from and --exclude are left alone. */
static int expand_copy(struct work *w, struct ana_copy *copy) {
	struct ctx_str *flags[] = { &copy->chown, &copy->chmod, &copy->checksum };
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < CTX_COUNTOF(flags); ++i) {
		rc = expand_word(w, w->shell, flags[i]);
	}
	if (rc == 0) {
		rc = expand_list(w, &copy->sources, copy->source_count);
	}
	if (rc == 0) {
		rc = expand_word(w, w->shell, &copy->dest);
	}
	return rc < 0 ? rc : expand_bodies(w, copy);
}

/** EXPOSE: one port may become several (dispatchExpose). */
static int expand_ports(struct work *w, struct ana_instruction *ins) {
	ana_auto_words struct ana_words words = { 0 };
	for (uint32_t i = 0; i < ins->list.count; ++i) {
		int rc = ana_shell_words(w->shell, ins->list.items[i], w->env, w->arena, &words, w->err);
		if (rc < 0) {
			return rc;
		}
	}
	if (words.items.count > UINT32_MAX) {
		return ctx_fail(w->err, CTX_E_LIMIT, "too many ports");
	}
	bool changed = words.items.count != ins->list.count;
	for (size_t i = 0; !changed && i < words.items.count; ++i) {
		changed = !same(words.items.items[i], ins->list.items[i]);
	}
	if (!changed) {
		return 0;
	}
	ins->list.count = (uint32_t)words.items.count;
	ins->list.items = words.items.count == 0
		? NULL
		: own(w, words.items.items, words.items.count, sizeof(*words.items.items));
	return ins->list.items == NULL && ins->list.count > 0 ? ctx_fail_nomem(w->err) : 0;
}

/** RUN: its mounts (setMountState).  The command itself is the shell's to expand. */
static int expand_run(struct work *w, const struct ana_run *run, struct ana_expanded *out) {
	if (run->mount_count == 0) {
		return 0;
	}
	out->mounts = ctx_arena_calloc(w->arena, run->mount_count, sizeof(*out->mounts));
	if (out->mounts == NULL) {
		return ctx_fail_nomem(w->err);
	}
	const struct ana_mount_expander expander = { w->shell, w->env, &w->unmatched };
	for (uint32_t i = 0; i < run->mount_count; ++i) {
		int rc = ana_mount_parse(&out->mounts[i], run->mounts[i], &expander, w->arena, w->err);
		if (rc < 0) {
			return rc;
		}
	}
	out->mount_count = run->mount_count;
	return 0;
}

/** Expand what this kind of instruction wants expanded. */
static int expand(struct work *w, struct ana_expanded *out) {
	struct ana_instruction *ins = &out->ins;
	switch (ins->keyword) {
	case ANA_KW_ADD:
	case ANA_KW_COPY:
		return expand_copy(w, &ins->copy);
	case ANA_KW_ENV:
	case ANA_KW_LABEL:
		return expand_pairs(w, &ins->pairs.items, ins->pairs.count);
	case ANA_KW_EXPOSE:
		return expand_ports(w, ins);
	case ANA_KW_RUN:
		return expand_run(w, &ins->run, out);
	case ANA_KW_STOPSIGNAL:
	case ANA_KW_USER:
	case ANA_KW_WORKDIR:
		return expand_word(w, w->shell, &ins->text);
	case ANA_KW_VOLUME:
		return expand_list(w, &ins->list.items, ins->list.count);
	default:
		return 0;
	}
}

int ana_expand(struct ana_expanded *out, const struct ana_instruction *ins, const struct ana_shell *shell,
	const struct ana_env *env, struct ctx_arena *arena, struct ctx_error *err) {
	*out = (struct ana_expanded){ .ins = *ins };
	struct work w = { .shell = shell, .env = env, .arena = arena, .err = err };
	int rc = expand(&w, out);
	if (rc == 0 && w.unmatched.items.count > UINT32_MAX) {
		rc = ctx_fail(err, CTX_E_LIMIT, "too many variables");
	}
	if ((rc == 0 || rc == CTX_E_SYNTAX) && w.unmatched.items.count > 0) {
		out->unmatched_count = (uint32_t)w.unmatched.items.count;
		out->unmatched = own(&w, w.unmatched.items.items, out->unmatched_count, sizeof(*out->unmatched));
		rc = out->unmatched == NULL ? ctx_fail_nomem(err) : rc;
	}
	ana_words_release(&w.unmatched);
	return rc;
}

/** A given argument as the caller gave it. */
static bool given(const struct ana_build_args *args, struct ctx_str name, struct ctx_str *value) {
	for (size_t i = args == NULL ? 0 : args->count; i-- > 0;) {
		if (ctx_str_eq(args->items[i].name, name)) {
			*value = args->items[i].value.ptr == NULL ? CTX_STR("") : args->items[i].value;
			return true;
		}
	}
	return false;
}

/**
 * Seconds as BuildKit writes them again after reading: no '+', no zeros in front (resolveSourceDateEpochValue).  What is no
 * number stays: "context", a stage or a named context, of which only a builder knows the time.
 */
static struct ctx_str normal_epoch(struct ctx_str value) {
	struct ctx_str text = value;
	bool negative = text.len > 0 && text.ptr[0] == '-';
	if (text.len > 0 && (text.ptr[0] == '+' || negative)) {
		text = ctx_str_from(text, 1);
	}
	size_t zeros = 0;
	while (zeros + 1 < text.len && text.ptr[zeros] == '0') {
		++zeros;
	}
	struct ctx_str digits = text.len == 0 ? text : ctx_str_from(text, zeros);
	uint64_t seconds = 0;
	for (size_t i = 0; i < digits.len; ++i) {
		if (digits.ptr[i] < '0' || digits.ptr[i] > '9' || i >= 19) {
			return value;
		}
		seconds = seconds * 10 + (uint64_t)(digits.ptr[i] - '0');
	}
	bool fits = digits.len > 0 && seconds <= (uint64_t)INT64_MAX + negative;
	// NEEDSWORK: "-007" would need memory for "-7"; nobody writes that
	return fits && (!negative || seconds == 0) ? digits : value;
}

bool ana_build_arg_get(const struct ana_build_args *args, struct ctx_str name, struct ctx_str *value) {
	if (!given(args, name, value)) {
		return false;
	}
	if (ctx_str_is(name, EPOCH)) {
		*value = normal_epoch(*value);
		return value->len > 0; // an empty one is taken away again (setBuildArgValue)
	}
	return true;
}

/** The predefined arguments (defaultArgs). */
static const struct ana_env *predefine(const struct ana_build_args *args, const struct ana_platform *build,
	const struct ana_platform *target_platform, struct ctx_str target, struct ctx_arena *arena) {
	struct ana_platform plain = *build;
	plain.os_version = CTX_STR_NONE; // BUILDPLATFORM does not name it, TARGETPLATFORM does
	const struct {
		const char *name;
		struct ctx_str value;
	} rows[] = {
		{ "BUILDPLATFORM", ana_platform_format(&plain, arena) },
		{ "BUILDOS", build->os },
		{ "BUILDOSVERSION", build->os_version },
		{ "BUILDARCH", build->arch },
		{ "BUILDVARIANT", build->variant },
		{ "TARGETPLATFORM", ana_platform_format(target_platform, arena) },
		{ "TARGETOS", target_platform->os },
		{ "TARGETOSVERSION", target_platform->os_version },
		{ "TARGETARCH", target_platform->arch },
		{ "TARGETVARIANT", target_platform->variant },
		{ "TARGETSTAGE", target.len == 0 ? CTX_STR("default") : target },
	};
	if (rows[0].value.ptr == NULL || rows[5].value.ptr == NULL) {
		return NULL;
	}
	const struct ana_env *env = NULL;
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		struct ctx_str name = CTX_STR(rows[i].name), value;
		if (!ana_build_arg_get(args, name, &value)) {
			value = rows[i].value.ptr == NULL ? CTX_STR("") : rows[i].value;
		}
		env = ana_env_set(arena, env, name, value);
		if (env == NULL) {
			return NULL;
		}
	}
	return env;
}

/** One global ARG (buildMetaArgs). */
static int global_arg(const struct ana_env **env, const struct ana_arg *arg, const struct ana_build_args *args,
	const struct ana_shell *shell, struct ctx_arena *arena, struct ctx_error *err) {
	struct ctx_str value;
	if (!ana_build_arg_get(args, arg->name, &value)) {
		struct ctx_str raw;
		if (arg->value.ptr == NULL || given(args, arg->name, &raw)) {
			return 0;
		}
		ana_auto_expansion struct ana_expansion done = { 0 };
		int rc = ana_shell_word(shell, arg->value, *env, arena, &done, err);
		if (rc < 0) {
			return rc;
		}
		value = done.text;
	}
	const struct ana_env *fresh = ana_env_set(arena, *env, arg->name, value);
	if (fresh == NULL) {
		return ctx_fail_nomem(err);
	}
	*env = fresh;
	return 0;
}

/** A default time in the file is written again as BuildKit does. */
static int normalise_epoch(const struct ana_env **env, struct ctx_arena *arena, struct ctx_error *err) {
	struct ctx_str value;
	if (!ana_env_get(*env, CTX_STR(EPOCH), &value) || ctx_str_eq(normal_epoch(value), value)) {
		return 0;
	}
	*env = ana_env_set(arena, *env, CTX_STR(EPOCH), normal_epoch(value));
	return *env == NULL ? ctx_fail_nomem(err) : 0;
}

int ana_globals_eval(struct ana_globals *out, const struct ana_dockerfile *df, const struct ana_build_args *args,
	const struct ana_platform *build, const struct ana_platform *target_platform, struct ctx_str target,
	struct ctx_arena *arena, const struct ana_instruction **failed, struct ctx_error *err) {
	const struct ana_shell shell = { .escape = df->syntax.directives.escape };
	const struct ana_env *env = predefine(args, build, target_platform, target, arena);
	if (env == NULL) {
		return ctx_fail_nomem(err);
	}
	out->predefined = env;
	for (size_t i = 0; i < df->globals.count; ++i) {
		const struct ana_instruction *ins = &df->globals.items[i];
		for (uint32_t k = 0; k < ins->args.count; ++k) {
			int rc = global_arg(&env, &ins->args.items[k], args, &shell, arena, err);
			if (rc < 0) {
				*failed = ins;
				return rc;
			}
		}
	}
	int rc = normalise_epoch(&env, arena, err);
	out->env = env;
	return rc;
}

bool ana_is_scanner_arg(struct ctx_str name) {
	return ctx_str_is(name, "BUILDKIT_SBOM_SCAN_CONTEXT") || ctx_str_is(name, "BUILDKIT_SBOM_SCAN_STAGE");
}

/** Value of an ARG in a stage: given, else its default, else that of the global scope, else absent. */
static int stage_value(struct ctx_str *value, const struct ana_arg *arg, const struct ana_env *env,
	const struct ana_globals *globals, const struct ana_build_args *args, const struct ana_shell *shell,
	struct ctx_arena *arena, struct ctx_error *err) {
	if (ana_build_arg_get(args, arg->name, value)) {
		return 0;
	}
	if (arg->value.ptr == NULL) {
		if (!ana_env_get(globals->env, arg->name, value)) {
			*value = CTX_STR_NONE;
		} else if (value->ptr == NULL) {
			*value = CTX_STR("");
		}
		return 0;
	}
	ana_auto_expansion struct ana_expansion done = { 0 };
	int rc = ana_shell_word(shell, arg->value, env, arena, &done, err);
	*value = done.text;
	return rc;
}

int ana_scope_arg(const struct ana_env **env, const struct ana_instruction *ins, const struct ana_globals *globals,
	const struct ana_build_args *args, const struct ana_shell *shell, struct ctx_arena *arena,
	struct ana_vars *declared, struct ctx_error *err) {
	for (uint32_t i = 0; i < ins->args.count; ++i) {
		const struct ana_arg *arg = &ins->args.items[i];
		struct ana_var var = { .name = arg->name };
		int rc = stage_value(&var.value, arg, *env, globals, args, shell, arena, err);
		if (rc < 0) {
			return rc;
		}
		if (var.value.ptr != NULL && !ana_is_scanner_arg(arg->name)) {
			const struct ana_env *fresh = ana_env_set(arena, *env, arg->name, var.value);
			if (fresh == NULL) {
				return ctx_fail_nomem(err);
			}
			*env = fresh;
		}
		if (!CTX_VEC_PUSH(&declared->items, var)) {
			return ctx_fail_nomem(err);
		}
	}
	return 0;
}
