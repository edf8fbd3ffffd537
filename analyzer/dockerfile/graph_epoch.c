#include "analyzer/dockerfile/graph_internal.h"

#include "analyzer/dockerfile/values.h"

#include <inttypes.h>

// Source: moby/buildkit v0.32.2 frontend/dockerfile/dockerfile2llb/epoch.go, convert.go (getBuildArgValue,
// setBuildArgValue).  A number is all that can be known offline: of a context or of a stage that names one remote source only
// its errors are found, and the build goes on as if nothing were set.

#define EPOCH "SOURCE_DATE_EPOCH"

/** Reads the stage that SOURCE_DATE_EPOCH names. */
struct reader {
	struct ana_builder *b;
	const struct ana_stage *stage;
	const struct ana_env *env;
	/** A remote source was found. */
	bool found;
};

/** The environment without one variable. */
static int without(struct ana_builder *b, const struct ana_env **env, struct ctx_str name) {
	ana_auto_vars struct ana_vars vars = { 0 };
	int rc = ana_env_list(*env, &vars, b->err);
	*env = NULL;
	for (size_t i = 0; rc == 0 && i < vars.items.count; ++i) {
		if (!ctx_str_eq(vars.items.items[i].name, name)) {
			*env = ana_env_set(b->arena, *env, vars.items.items[i].name, vars.items.items[i].value);
			rc = *env == NULL ? ctx_fail_nomem(b->err) : 0;
		}
	}
	return rc;
}

/** Replace the value wherever it was given, or remove it if `value` is absent. */
static int replace(struct ana_builder *b, struct ctx_str value) {
	struct ctx_str name = CTX_STR(EPOCH), old;
	if (ana_build_arg_get(&b->args, name, &old)) {
		struct ana_var *items = ctx_arena_calloc(b->arena, b->args.count, sizeof(*items));
		if (items == NULL) {
			return ctx_fail_nomem(b->err);
		}
		size_t count = 0;
		for (size_t i = 0; i < b->args.count; ++i) {
			bool epoch = ctx_str_eq(b->args.items[i].name, name);
			if (!epoch || value.ptr != NULL) {
				items[count] = b->args.items[i];
				items[count].value = epoch ? value : items[count].value;
				++count;
			}
		}
		b->args = (struct ana_build_args){ items, count };
	}
	if (!ana_env_get(b->globals.env, name, &old)) {
		return 0;
	}
	if (value.ptr == NULL) {
		return without(b, &b->globals.env, name);
	}
	b->globals.env = ana_env_set(b->arena, b->globals.env, name, value);
	return b->globals.env == NULL ? ctx_fail_nomem(b->err) : 0;
}

/** Report an error of the stage, at its FROM line.  1, or CTX_E_NOMEM. */
static int refuse(struct reader *r, const char *message) {
	int rc = ana_builder_report(r->b, r->stage->from, CTX_STR_NONE, "%s", message);
	return rc < 0 ? rc : 1;
}

/** Expand one word.  1 if an error was reported. */
static int expand(struct reader *r, struct ctx_str word, struct ctx_str *out) {
	ana_auto_expansion struct ana_expansion expansion = { 0 };
	struct ana_builder *b = r->b;
	int rc = ana_shell_word(&b->shell, word, r->env, b->arena, &expansion, b->err);
	*out = expansion.text;
	return rc == CTX_E_SYNTAX ? ana_builder_report_word(b, r->stage->from, "", word) : rc;
}

/** ARG: global values are seen already, so only build arguments and defaults count. */
static int read_arg(struct reader *r, const struct ana_instruction *ins) {
	for (uint32_t i = 0; i < ins->args.count; ++i) {
		const struct ana_arg *arg = &ins->args.items[i];
		struct ctx_str value;
		if (!ana_build_arg_get(&r->b->args, arg->name, &value)) {
			if (arg->value.ptr == NULL) {
				continue;
			}
			int rc = expand(r, arg->value, &value);
			if (rc != 0) {
				return rc;
			}
		}
		r->env = ana_env_set(r->b->arena, r->env, arg->name, value);
		if (r->env == NULL) {
			return ctx_fail_nomem(r->b->err);
		}
	}
	return 0;
}

/** The one ADD. */
static int read_add(struct reader *r, const struct ana_copy *copy) {
	if (r->found) {
		return refuse(r, EPOCH " stage must contain exactly one remote ADD");
	}
	if (copy->file_count != 0 || copy->source_count != 1) {
		return refuse(r, EPOCH " stage must contain exactly one remote ADD source");
	}
	struct ctx_str source, checksum = CTX_STR("");
	int rc = expand(r, copy->sources[0], &source);
	if (rc == 0 && copy->checksum.len > 0) {
		rc = expand(r, copy->checksum, &checksum);
	}
	if (rc != 0) {
		return rc;
	}
	int kind = ana_source_kind_of(source, NULL, r->b->arena, r->b->err);
	if (kind == ANA_SOURCE_HTTP && copy->checksum.len > 0) {
		rc = ana_digest_check(checksum, r->b->err);
	}
	if (kind < 0 || rc < 0) {
		rc = kind < 0 ? kind : rc;
		return rc == CTX_E_SYNTAX ? refuse(r, r->b->err->msg) : rc;
	}
	if (kind == ANA_SOURCE_LOCAL) {
		return refuse(r, EPOCH " stage source must be a single HTTP(S) or Git ADD");
	}
	r->found = true;
	return 0;
}

/** Look for errors in the stage: FROM scratch, ARGs and one remote ADD (sourceDateEpochStageSource).  1 if one was reported. */
static int read_stage(struct reader *r) {
	struct ctx_str base;
	int rc = without(r->b, &r->env, CTX_STR(EPOCH));
	if (rc == 0) {
		rc = expand(r, r->stage->base, &base);
	}
	if (rc == 0 && !ctx_str_is(base, "scratch")) {
		return refuse(r, EPOCH " stage must use FROM scratch");
	}
	for (uint32_t i = 0; rc == 0 && i < r->stage->instruction_count; ++i) {
		const struct ana_instruction *ins = &r->stage->instructions[i];
		if (ins->keyword == ANA_KW_ARG) {
			rc = read_arg(r, ins);
		} else if (ins->keyword == ANA_KW_ADD) {
			rc = read_add(r, &ins->copy);
		} else {
			rc = ana_builder_report(r->b, r->stage->from, CTX_STR_NONE,
				EPOCH " stage does not meet source-only requirements: unsupported %s instruction",
				ana_keyword_name(ins->keyword));
			return rc < 0 ? rc : 1;
		}
	}
	return rc == 0 && !r->found ? refuse(r, EPOCH " stage must contain exactly one remote ADD") : rc;
}

/** Equal but for the case of ASCII letters?  `name` is in lower case. */
static bool is_name(struct ctx_str text, struct ctx_str name) {
	for (size_t i = 0; i < text.len && i < name.len; ++i) {
		char c = text.ptr[i];
		if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != name.ptr[i]) {
			return false;
		}
	}
	return text.len == name.len;
}

/** A value that is no number: a context or a stage. */
static int resolve_name(struct ana_builder *b, struct ctx_str value) {
	if (ctx_str_is(value, "context")) {
		return replace(b, CTX_STR_NONE);
	}
	uint32_t context;
	int rc = ana_context_find(b, value, &context);
	if (rc < 0) {
		return rc != CTX_E_SYNTAX ? rc
					  : ana_builder_report(b, NULL, CTX_STR_NONE, "invalid context name %.*s: %s",
						    CTX_STR_ARGS(value), b->err->msg);
	}
	if (context != ANA_NONE) {
		return replace(b, CTX_STR_NONE);
	}
	for (size_t i = 0; i < b->df->stages.count; ++i) {
		const struct ana_stage *stage = &b->df->stages.items[i];
		if (stage->name.len > 0 && is_name(value, stage->name)) {
			struct reader r = { .b = b, .stage = stage, .env = b->globals.env };
			rc = read_stage(&r);
			return rc == 0 ? replace(b, CTX_STR_NONE) : rc < 0 ? rc : 0;
		}
	}
	return ana_builder_report(b, NULL, CTX_STR_NONE, "invalid " EPOCH ": %.*s", CTX_STR_ARGS(value));
}

int ana_epoch_resolve(struct ana_builder *b) {
	struct ctx_str value;
	if (!ana_build_arg_get(&b->args, CTX_STR(EPOCH), &value) &&
		(!ana_env_get(b->globals.env, CTX_STR(EPOCH), &value) || value.len == 0)) {
		return 0;
	}
	if (value.len == 0) {
		return replace(b, CTX_STR_NONE);
	}
	if (!ana_int_parse(&b->epoch_s, value)) {
		return resolve_name(b, value);
	}
	b->has_epoch = true;
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_buf_addf(&text, "%" PRId64, b->epoch_s);
	struct ctx_str canonical = ana_builder_keep(b, &text);
	return canonical.ptr == NULL ? ctx_fail_nomem(b->err) : replace(b, canonical);
}
