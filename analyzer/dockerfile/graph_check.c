/*
 * The checks that know what is set where: called from the passes that make the graph, at the places where BuildKit warns.
 *
 * They say nothing once an error was found, since a build would not have come there.
 */
#include "analyzer/dockerfile/graph_internal.h"

#include "analyzer/dockerfile/buildpath.h"
#include "analyzer/dockerfile/nearest.h"
#include "analyzer/dockerfile/values.h"

#include <stdlib.h>

/** Names that are compared with names that are not set, in all: beyond, nothing is proposed any more. */
#define COMPARISONS_MAX 20000000
/** Shorter names are near to many. */
#define NEAR_NAME_MIN 5

/** Is a name so nearly that of a variable which is set that it must be meant?  PATH is set everywhere: GOPATH and the like are not. */
static bool is_misspelt(struct ctx_str name, struct ctx_str near) {
	size_t start = 0, end = 0, least = name.len < near.len ? name.len : near.len;
	while (start < least && name.ptr[start] == near.ptr[start]) {
		++start;
	}
	while (end < least - start && name.ptr[name.len - 1 - end] == near.ptr[near.len - 1 - end]) {
		++end;
	}
	size_t most = name.len > near.len ? name.len : near.len;
	return name.len >= NEAR_NAME_MIN && !ctx_str_is(near, "PATH") && start + end + 1 >= most;
}

/** Paths that are compared with patterns, in all, apart from those that the automaton takes: beyond, nothing is said. */
#define MATCHES_MAX 2000000

/** Warn at a part of a FROM line; a comment above it counts if `own`. */
static int warn_from(struct ana_builder *b, enum ana_check_id check, const struct ana_stage *stage, bool own,
	struct ctx_str part, struct ctx_str a, struct ctx_str c) {
	struct ana_check_place place = { .node = stage->from, .part = part, .options = own ? stage->from : NULL };
	return ana_checks_add(b->opts->checks, check, &place, a, c, b->err);
}

/** A part of an instruction; words of a trigger stand elsewhere. */
static struct ana_check_place place_of(const struct ana_builder *b, uint32_t index, const struct ana_step *step,
	struct ctx_str part) {
	return (struct ana_check_place){ .node = ana_builder_node(&b->states.items[index], step),
		.part = step->onbuild ? CTX_STR_NONE : part,
		.options = step->ins->node };
}

/** Warn at a part of an instruction. */
static int warn(struct ana_builder *b, enum ana_check_id check, uint32_t index, const struct ana_step *step,
	struct ctx_str part, struct ctx_str a, struct ctx_str c) {
	struct ana_check_place place = place_of(b, index, step, part);
	return ana_checks_add(b->opts->checks, check, &place, a, c, b->err);
}

/** The name among those of `env`, then `more`, that is nearest to one that is not set; empty if there is none. */
static int nearest(struct ana_builder *b, struct ctx_str name, const struct ana_env *env, const struct ana_words *more,
	struct ctx_str *out) {
	*out = CTX_STR("");
	size_t count = ana_env_count(env);
	// A comparison takes time for what two names have in common
	size_t cost = 1 + name.len / 16;
	b->comparisons += cost * (count + more->items.count + 1);
	if (b->comparisons > COMPARISONS_MAX) {
		return 0;
	}
	ana_auto_vars struct ana_vars vars = { 0 };
	int rc = ana_env_list(env, &vars, b->err);
	struct ctx_str *names CTX_AUTO_FREE = ctx_calloc(count + more->items.count + 1, sizeof(*names));
	if (rc < 0 || names == NULL) {
		return ctx_fail_nomem(b->err);
	}
	for (size_t i = 0; i < vars.items.count; ++i) {
		names[i] = vars.items.items[i].name;
	}
	for (size_t i = 0; i < more->items.count; ++i) {
		names[vars.items.count + i] = more->items.items[i];
	}
	ana_nearest_of(out, name, names, vars.items.count + more->items.count);
	return 0;
}

/** Collect the names of the global ARGs, unless that is done. */
static int collect_globals(struct ana_builder *b) {
	bool done = b->global_names.items.count > 0;
	for (size_t i = 0; !done && i < b->df->globals.count; ++i) {
		const struct ana_instruction *ins = &b->df->globals.items[i];
		for (uint32_t k = 0; k < ins->args.count; ++k) {
			struct ctx_str name = ins->args.items[k].name;
			if (ctx_strmap_put(&b->by_global, name.ptr, name.len, 0) == CTX_STRMAP_NONE ||
				!CTX_VEC_PUSH(&b->global_names.items, name)) {
				return ctx_fail_nomem(b->err);
			}
		}
	}
	return 0;
}

int ana_check_from_args(struct ana_builder *b, const struct ana_stage *stage, struct ctx_str word,
	const struct ana_words *unmatched) {
	if (!ana_check_active(b) || unmatched->items.count == 0) {
		return 0;
	}
	int rc = collect_globals(b);
	for (size_t i = 0; rc == 0 && i < unmatched->items.count; ++i) {
		struct ctx_str name = unmatched->items.items[i], near;
		if (ctx_strmap_get(&b->by_global, name.ptr, name.len) != CTX_STRMAP_NONE) {
			continue;
		}
		rc = nearest(b, name, b->globals.env, &b->global_names, &near);
		rc = rc < 0 ? rc : warn_from(b, ANA_CHECK_UNDEFINED_ARG_IN_FROM, stage, true, word, name, near);
	}
	return rc;
}

int ana_check_platform(struct ana_builder *b, const struct ana_stage *stage, const struct ana_expansion *done,
	const struct ana_platform *platform) {
	if (!ana_check_active(b)) {
		return 0;
	}
	struct ctx_str text = stage->platform, value = CTX_STR("");
	if (done->matched.items.count == 1 && done->unmatched.items.count == 0) {
		struct ctx_str name = CTX_STR("TARGETPLATFORM");
		ana_env_get(b->globals.env, name, &value);
		bool redundant = ctx_str_eq(done->matched.items.items[0], name) && ctx_str_eq(done->text, value);
		return redundant ? warn_from(b, ANA_CHECK_REDUNDANT_TARGET_PLATFORM, stage, true, text, text, value)
				 : 0;
	}
	if (platform == NULL || done->matched.items.count > 0 || done->unmatched.items.count > 0) {
		return 0;
	}
	struct ctx_str name = stage->name;
	if (name.len > 0 &&
		(memmem(name.ptr, name.len, platform->os.ptr, platform->os.len) != NULL ||
			memmem(name.ptr, name.len, platform->arch.ptr, platform->arch.len) != NULL)) {
		return 0;
	}
	return warn_from(b, ANA_CHECK_FROM_PLATFORM_CONST, stage, true, text, done->text, CTX_STR(""));
}

/** Global ARGs as if nothing was given; 1 if one of them cannot be expanded. */
static int default_globals(struct ana_builder *b, const struct ana_env **env) {
	*env = b->globals.predefined;
	for (size_t i = 0; i < b->df->globals.count; ++i) {
		const struct ana_instruction *ins = &b->df->globals.items[i];
		for (uint32_t k = 0; k < ins->args.count; ++k) {
			const struct ana_arg *arg = &ins->args.items[k];
			if (arg->value.ptr == NULL) {
				continue;
			}
			ana_auto_expansion struct ana_expansion done = { 0 };
			struct ctx_error why;
			int rc = ana_shell_word(&b->shell, arg->value, *env, b->arena, &done, &why);
			if (rc < 0) {
				return rc == CTX_E_NOMEM ? ctx_fail_nomem(b->err) : 1;
			}
			*env = ana_env_set(b->arena, *env, arg->name, done.text);
			if (*env == NULL) {
				return ctx_fail_nomem(b->err);
			}
		}
	}
	return 0;
}

int ana_check_default_bases(struct ana_builder *b) {
	if (!ana_check_active(b)) {
		return 0;
	}
	const struct ana_env *env;
	int rc = default_globals(b, &env);
	for (size_t i = 0; rc == 0 && i < b->df->stages.count; ++i) {
		const struct ana_stage *stage = &b->df->stages.items[i];
		ana_auto_expansion struct ana_expansion done = { 0 };
		struct ana_reference ref;
		struct ctx_error why;
		rc = ana_shell_word(&b->shell, stage->base, env, b->arena, &done, &why);
		if (rc == 0) {
			rc = ana_reference_parse(&ref, done.text, b->arena, &why);
			if (rc == CTX_E_SYNTAX) {
				rc = warn_from(b, ANA_CHECK_INVALID_DEFAULT_ARG_IN_FROM, stage, false, stage->base,
					stage->base, CTX_STR(""));
			}
		} else if (rc != CTX_E_NOMEM) {
			return 0; // the build fails there as well
		}
	}
	return rc > 0 ? 0 : rc == CTX_E_NOMEM ? ctx_fail_nomem(b->err) : rc;
}

int ana_check_unset(struct ana_builder *b, uint32_t index, const struct ana_step *step, const struct ctx_str *names,
	size_t count) {
	static const struct ana_words none = { 0 };
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < count && ana_check_active(b); ++i) {
		struct ctx_str near, value;
		const struct ana_state *s = &b->states.items[index];
		if (ana_env_get(s->declared, names[i], &value) || ana_is_scanner_arg(names[i])) {
			continue;
		}
		rc = nearest(b, names[i], s->env.env, &none, &near);
		rc = rc < 0 ? rc : collect_globals(b);
		bool global = ctx_strmap_get(&b->by_global, names[i].ptr, names[i].len) != CTX_STRMAP_NONE;
		struct ana_check_place place = place_of(b, index, step, names[i]);
		place.unsure = s->unknown && !global && !is_misspelt(names[i], near);
		rc = rc < 0 ? rc
			    : ana_checks_add(b->opts->checks, ANA_CHECK_UNDEFINED_VAR, &place, names[i], near, b->err);
	}
	return rc;
}

int ana_check_arg(struct ana_builder *b, uint32_t index, const struct ana_step *step, const struct ana_arg *arg) {
	struct ctx_str given;
	if (!ana_check_active(b)) {
		return 0;
	}
	int rc = 0;
	if (ana_check_is_secret(arg->name)) {
		rc = warn(b, ANA_CHECK_SECRETS_USED, index, step, arg->name, CTX_STR("ARG"), arg->name);
	}
	if (rc == 0 && arg->value.ptr != NULL && !ana_build_arg_get(&b->args, arg->name, &given)) {
		ana_auto_expansion struct ana_expansion done = { 0 };
		struct ctx_error why;
		rc = ana_shell_word(&b->shell, arg->value, b->states.items[index].env.env, b->arena, &done, &why);
		rc = rc == CTX_E_NOMEM
			? ctx_fail_nomem(b->err)
			: ana_check_unset(b, index, step, done.unmatched.items.items, done.unmatched.items.count);
	}
	return rc;
}

int ana_check_declare(struct ana_builder *b, uint32_t index, struct ctx_str name) {
	struct ana_state *s = &b->states.items[index];
	if (!ana_check_active(b)) {
		return 0;
	}
	s->declared = ana_env_set(b->arena, s->declared, name, CTX_STR(""));
	return s->declared != NULL ? 0 : ctx_fail_nomem(b->err);
}

/** CMD, ENTRYPOINT and HEALTHCHECK count once in a stage: the one before is what is for nothing (validateUsedOnce). */
static int check_once(struct ana_builder *b, uint32_t index, const struct ana_step *step, size_t which) {
	struct ana_state *s = &b->states.items[index];
	const struct ana_node *before = s->once[which];
	struct ana_check_place place = { .node = before, .options = step->ins->node };
	s->once[which] = ana_builder_node(s, step);
	return before == NULL ? 0
			      : ana_checks_add(b->opts->checks, ANA_CHECK_MULTIPLE_INSTRUCTIONS, &place,
					step->ins->node->keyword_text, CTX_STR(""), b->err);
}

/** CMD and ENTRYPOINT. */
static int check_line(struct ana_builder *b, uint32_t index, const struct ana_step *step, size_t which) {
	int rc = check_once(b, index, step, which);
	bool shell = step->ins->line.shell && b->states.items[index].shell_count == 0;
	struct ctx_str keyword = step->ins->node->keyword_text;
	return rc < 0 || !shell
		? rc
		: warn(b, ANA_CHECK_JSON_ARGS_RECOMMENDED, index, step, CTX_STR_NONE, keyword, CTX_STR(""));
}

/** WORKDIR: only the first of a chain of stages, as it decides where all others are. */
static int check_workdir(struct ana_builder *b, uint32_t index, const struct ana_step *step, struct ctx_str path) {
	struct ana_state *s = &b->states.items[index];
	if (s->workdir_set) {
		return 0;
	}
	s->workdir_set = true;
	struct ctx_str clean;
	struct ctx_error why;
	int rc = ana_buildpath_no_drive(&clean, path, s->platform.os, false, b->arena, &why);
	if (rc == 0) {
		clean = ana_buildpath_to_slash(clean, s->platform.os, b->arena);
	}
	if (rc == CTX_E_NOMEM || (rc == 0 && clean.ptr == NULL && path.len > 0)) {
		return ctx_fail_nomem(b->err);
	}
	bool absolute = rc == 0 && clean.len > 0 && clean.ptr[0] == '/';
	return absolute ? 0 : warn(b, ANA_CHECK_WORKDIR_RELATIVE_PATH, index, step, step->ins->text, path, CTX_STR(""));
}

/** ENV and LABEL. */
static int check_pairs(struct ana_builder *b, uint32_t index, const struct ana_step *step,
	const struct ana_instruction *ins) {
	struct ctx_str keyword = step->ins->node->keyword_text;
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < ins->pairs.count; ++i) {
		const struct ana_pair *pair = &ins->pairs.items[i];
		struct ctx_str part = step->ins->pairs.items[i].key;
		if (pair->legacy) {
			rc = warn(b, ANA_CHECK_LEGACY_KEY_VALUE_FORMAT, index, step, part, keyword, CTX_STR(""));
		}
		if (rc == 0 && ins->keyword == ANA_KW_ENV && ana_check_is_secret(pair->key)) {
			rc = warn(b, ANA_CHECK_SECRETS_USED, index, step, part, CTX_STR("ENV"), pair->key);
		}
	}
	return rc;
}

/** EXPOSE: each port up to the first that is malformed. */
static int check_ports(struct ana_builder *b, uint32_t index, const struct ana_step *step,
	const struct ana_instruction *ins) {
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < ins->list.count; ++i) {
		struct ana_port port;
		struct ctx_error why;
		struct ctx_str text = ins->list.items[i];
		if (ana_port_split(&port, text, &why) < 0) {
			break;
		}
		bool capital = false;
		for (size_t k = 0; k < port.proto.len; ++k) {
			capital = capital || (port.proto.ptr[k] >= 'A' && port.proto.ptr[k] <= 'Z');
		}
		if (capital) {
			rc = warn(b, ANA_CHECK_EXPOSE_PROTO_CASING, index, step, text, text, CTX_STR(""));
		}
		if (rc == 0 && (port.ip.len > 0 || port.host.len > 0)) {
			rc = warn(b, ANA_CHECK_EXPOSE_INVALID_FORMAT, index, step, text, text, CTX_STR(""));
		}
		if (ana_port_check(text, &why) < 0) {
			break;
		}
	}
	return rc;
}

int ana_check_step(struct ana_builder *b, uint32_t index, const struct ana_step *step,
	const struct ana_instruction *ins) {
	if (!ana_check_active(b)) {
		return 0;
	}
	switch (ins->keyword) {
	case ANA_KW_CMD:
		return check_line(b, index, step, 0);
	case ANA_KW_ENTRYPOINT:
		return check_line(b, index, step, 1);
	case ANA_KW_HEALTHCHECK:
		return check_once(b, index, step, 2);
	case ANA_KW_WORKDIR:
		return check_workdir(b, index, step, ins->text);
	case ANA_KW_ENV:
	case ANA_KW_LABEL:
		return check_pairs(b, index, step, ins);
	case ANA_KW_EXPOSE:
		return check_ports(b, index, step, ins);
	default:
		return 0;
	}
}

/** Does the automaton take the path: is it relative, and within the context? */
static bool is_plain(struct ctx_str path) {
	return path.len > 0 && path.ptr[0] != '/' && !ctx_str_is(path, ".") && !ctx_str_is(path, "..") &&
		!ctx_str_starts(path, "../");
}

/** Is a plain path ignored, or one of its directories?  1, 0, or negative. */
static int plain_ignored(struct ana_builder *b, struct ctx_str path) {
	const struct ctx_scope *scope = &ctx_scope_root;
	int rc = b->matcher != NULL ? 0 : ctx_matcher_new(&b->matcher, b->opts->checks->ignore, b->err);
	for (size_t at = 0, end; rc == 0 && at < path.len; at = end + 1) {
		struct ctx_decision decision;
		end = at + ctx_str_find(ctx_str_from(path, at), '/');
		rc = ctx_matcher_enter(b->matcher, scope, path.ptr, at > 0 ? at - 1 : 0, b->err);
		rc = rc < 0 ? rc : ctx_matcher_test(b->matcher, path.ptr + at, end - at, &decision, b->err);
		if (rc < 0 || decision.refused) {
			return rc < 0 ? rc : 1;
		}
		scope = ctx_matcher_descend(b->matcher, &decision, b->arena);
		rc = scope == NULL ? ctx_fail_nomem(b->err) : 0;
	}
	return rc;
}

/** The same of a path that begins with "/" or leaves the context: text against text, each pattern on its own. */
static int odd_ignored(struct ana_builder *b, struct ctx_str text) {
	const struct ctx_ignore *ignore = b->opts->checks->ignore;
	int rc;
	const char *path = text.ptr;
	char *parent = ctx_arena_memdup0(b->arena, path, text.len);
	rc = parent == NULL ? ctx_fail_nomem(b->err) : 0;
	for (size_t i = 0; rc == 0 && i < ctx_ignore_count(ignore) && ++b->matches <= MATCHES_MAX; ++i) {
		const char *pattern = ctx_ignore_rule(ignore, i)->pattern;
		rc = ctx_pattern_matches(pattern, path, b->err);
		// "/a/b": "" and "/a"; but "/a": "" and "/"
		const char *slash = strchr(path, '/');
		if (rc == 0 && slash == path && strchr(path + 1, '/') == NULL) {
			rc = ctx_pattern_matches(pattern, "/", b->err);
		}
		for (; rc == 0 && slash != NULL && ++b->matches <= MATCHES_MAX; slash = strchr(slash + 1, '/')) {
			parent[slash - path] = '\0';
			rc = ctx_pattern_matches(pattern, parent, b->err);
			parent[slash - path] = '/';
		}
	}
	return rc;
}

/** Is the root of the context ignored: by a pattern for everything (copySourceRootIgnored)? */
static bool is_root_ignored(const struct ctx_ignore *ignore) {
	for (size_t i = 0; i < ctx_ignore_count(ignore); ++i) {
		const struct ctx_rule *rule = ctx_ignore_rule(ignore, i);
		if (ctx_str_is_listed((struct ctx_str){ rule->pattern, rule->pattern_len }, " * ** **/* ")) {
			return true;
		}
	}
	return false;
}

int ana_check_source(struct ana_builder *b, uint32_t index, const struct ana_step *step, bool add,
	struct ctx_str source) {
	const struct ctx_ignore *ignore = ana_check_active(b) ? b->opts->checks->ignore : NULL;
	if (ignore == NULL || ctx_ignore_has_negation(ignore)) {
		return 0;
	}
	struct ctx_str path = ana_buildpath_clean(source, b->arena);
	if (path.ptr == NULL) {
		return ctx_fail_nomem(b->err);
	}
	bool root = ctx_str_is(path, ".") || ctx_str_is(path, "/");
	int rc = root && !is_root_ignored(ignore) ? 0 : is_plain(path) ? plain_ignored(b, path) : odd_ignored(b, path);
	if (rc != 1) {
		return rc == CTX_E_NOMEM ? rc : 0; // a pattern that no build can evaluate says nothing here
	}
	return warn(b, ANA_CHECK_COPY_IGNORED_FILE, index, step, source, CTX_STR(add ? "Add" : "Copy"), path);
}

int ana_graph_check(struct ana_checks *checks, const struct ana_dockerfile *df, const struct ana_graph_opts *opts,
	struct ctx_error *err) {
	ana_auto_graph struct ana_graph graph = { 0 };
	struct ana_graph_opts all = *opts;
	all.checks = checks;
	int rc = ana_checks_text(checks, df, &opts->build_args, err);
	if (rc < 0 || checks->stopped) {
		return rc;
	}
	rc = ana_graph_build(&graph, df, &all, err);
	checks->stopped = graph.diags.items.count > 0;
	return rc;
}
