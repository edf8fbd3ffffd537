#include "analyzer/dockerfile/graph_internal.h"

#include "ctxopt/base/rune.h"

#include <inttypes.h>

/** Value of a variable; "" if it is not set. */
static struct ctx_str get(const struct ana_env *env, const char *name, bool *set) {
	struct ctx_str value;
	if (!ana_env_get(env, CTX_STR(name), &value)) {
		return CTX_STR("");
	}
	*set = true;
	return value;
}

/** The platform that the environment says is built for (platformFromEnv).  1; 0 it says nothing; CTX_E_NOMEM. */
static int target_of(struct ana_builder *b, const struct ana_env *env, struct ana_platform *out) {
	bool set = false;
	struct ana_platform host = ana_platform_host();
	struct ctx_error ignored;
	struct ctx_str whole = get(env, "TARGETPLATFORM", &set);
	if (set) {
		int rc = ana_platform_parse(out, whole, &host, b->arena, &ignored);
		if (rc != CTX_E_SYNTAX) {
			return rc < 0 ? rc : 1;
		}
	}
	set = false;
	*out = (struct ana_platform){ .os = get(env, "TARGETOS", &set),
		.os_version = CTX_STR(""),
		.arch = get(env, "TARGETARCH", &set),
		.variant = get(env, "TARGETVARIANT", &set) };
	return set;
}

/** Append "->arm64" when the step builds for another platform than it runs on (formatTargetPlatform). */
static void add_target(struct ana_builder *b, struct ctx_buf *out, const struct ana_platform *base,
	const struct ana_env *env) {
	struct ana_platform target;
	if (target_of(b, env, &target) != 1) {
		return;
	}
	target.os = target.os.len == 0 ? base->os : target.os;
	target.arch = target.arch.len == 0 ? base->arch : target.arch;
	struct ana_platform host = ana_platform_host();
	struct ana_platform p = ana_platform_normalize(&target, &host, b->arena);
	if (!ctx_str_eq(p.os, base->os)) {
		struct ctx_str text = ana_platform_format(&p, b->arena);
		ctx_buf_adds(out, "->");
		ctx_buf_add(out, text.ptr, text.len);
	} else if (!ctx_str_eq(p.arch, base->arch)) {
		ctx_buf_adds(out, "->");
		ctx_buf_add(out, p.arch.ptr, p.arch.len);
		if (p.variant.len > 0) {
			ctx_buf_addc(out, '/');
			ctx_buf_add(out, p.variant.ptr, p.variant.len);
		}
	}
}

/** Digits of a number, 1 for 0. */
static int digits(uint32_t number) {
	int count = 1;
	for (; number >= 10; number /= 10) {
		++count;
	}
	return count;
}

struct ctx_str ana_step_prefix(struct ana_builder *b, uint32_t state, struct ctx_str text, bool take,
	const struct ana_platform *platform, const struct ana_env *env) {
	struct ana_state *s = &b->states.items[state];
	const struct ana_graph_stage *stage = &b->graph->stages.items[state];
	if (stage->total == 0 || text.ptr == NULL) {
		return text;
	}
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	ctx_buf_addc(&out, '[');
	if (b->multi_platform && platform != NULL) {
		struct ctx_str shown = ana_platform_format(platform, b->arena);
		ctx_buf_add(&out, shown.ptr, shown.len);
		add_target(b, &out, platform, env);
		ctx_buf_addc(&out, ' ');
	}
	if (stage->shown_name.len > 0) {
		ctx_buf_add(&out, stage->shown_name.ptr, stage->shown_name.len);
		ctx_buf_addc(&out, ' ');
	}
	s->number += take;
	ctx_buf_addf(&out, "%*" PRIu32 "/%" PRIu32 "] ", digits(stage->total), s->number, stage->total);
	if (s->in_onbuild && !b->opts->older_frontend) {
		ctx_buf_adds(&out, "ONBUILD ");
	}
	ctx_buf_add(&out, text.ptr, text.len);
	return ana_builder_keep(b, &out);
}

int ana_step_text(struct ana_builder *b, struct ctx_str *out, struct ctx_str line, struct ctx_str suffix,
	const struct ana_shell *shell, const struct ana_env *env) {
	struct ctx_str text = ana_builder_concat(b, line, suffix);
	if (text.ptr == NULL) {
		return ctx_fail_nomem(b->err);
	}
	ana_auto_expansion struct ana_expansion expansion = { 0 };
	struct ctx_error ignored;
	int rc = ana_shell_word(shell, text, env, b->arena, &expansion, &ignored);
	if (rc < 0 && rc != CTX_E_SYNTAX) {
		return ctx_fail(b->err, (enum ctx_errc)rc, "%s", ignored.msg);
	}
	struct ctx_str word = rc == 0 ? expansion.text : text;
	char *copy = ctx_arena_memdup0(b->arena, word.len == 0 ? "" : word.ptr, word.len);
	if (copy == NULL) {
		return ctx_fail_nomem(b->err);
	}
	for (size_t i = 0; i < word.len && copy[i] != ' '; ++i) {
		if (copy[i] >= 'a' && copy[i] <= 'z') {
			copy[i] = (char)(copy[i] - 'a' + 'A');
		}
	}
	*out = (struct ctx_str){ copy, word.len };
	return 0;
}

struct ctx_str ana_step_summary(struct ana_builder *b, struct ctx_str script) {
	const char *text = script.len == 0 ? "" : script.ptr;
	size_t len = script.len;
	ctx_rune_trim(&text, &len);
	const char *end = len == 0 ? NULL : memchr(text, '\n', len);
	size_t first = end == NULL ? len : (size_t)(end - text);
	bool more = end != NULL;
	first -= more && first > 0 && text[first - 1] == '\r';
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	ctx_buf_adds(&out, " (");
	ctx_buf_add(&out, text, first);
	ctx_buf_adds(&out, more ? "...)" : ")");
	return ana_builder_keep(b, &out);
}
