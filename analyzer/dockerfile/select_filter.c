#include "analyzer/dockerfile/select_filter.h"

#include "analyzer/dockerfile/glob.h"
#include "analyzer/dockerfile/quote.h"

/** Where patterns begin: nothing was matched. */
static const struct ana_filter_state no_state = { &ctx_scope_root, &ctx_scope_root, false };

/** Say which patterns are malformed. */
static int fail_malformed(const char *kind, const struct ctx_str *patterns, size_t count, unsigned bad,
	struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf words = CTX_BUF_INIT;
	ana_quote_malformed(&words, kind, patterns, count, bad > 0 && bad <= count ? patterns[bad - 1] : CTX_STR(""));
	return ctx_fail(err, CTX_E_SYNTAX, "%s", ctx_buf_str(&words));
}

/** Compile a list of patterns. */
static int open_filter(struct ana_filters *f, struct ana_filter *filter, const char *kind,
	const struct ctx_str *patterns, size_t count, struct ctx_error *err) {
	if (count == 0) {
		return 0;
	}
	const char **texts = ctx_arena_calloc(f->arena, count, sizeof(*texts));
	if (texts == NULL) {
		return ctx_fail_nomem(err);
	}
	for (size_t i = 0; i < count; ++i) {
		texts[i] = ctx_arena_memdup0(f->arena, patterns[i].len > 0 ? patterns[i].ptr : "", patterns[i].len);
		if (texts[i] == NULL) {
			return ctx_fail_nomem(err);
		}
	}
	struct ctx_error why = { 0 };
	int rc = ctx_ignore_compile(&filter->ig, texts, count, &why);
	if (rc == CTX_E_SYNTAX) {
		return fail_malformed(kind, patterns, count, why.line, err);
	}
	if (rc < 0) {
		return ctx_fail(err, rc, "%s: %s", kind, why.msg);
	}
	rc = ctx_matcher_new(&filter->matcher, filter->ig, err);
	if (rc == 0) {
		ctx_matcher_count_use(filter->matcher, false);
	}
	return rc;
}

int ana_filters_init(struct ana_filters *f, const struct ana_action *action, struct ctx_arena *arena,
	struct ctx_error *err) {
	*f = (struct ana_filters){ .arena = arena };
	int rc = open_filter(f, &f->include, "includepatterns", action->includes, action->include_count, err);
	return rc < 0 ? rc
		      : open_filter(f, &f->exclude, "excludepatterns", action->excludes, action->exclude_count, err);
}

void ana_filters_release(struct ana_filters *f) {
	ctx_matcher_free(f->include.matcher);
	ctx_ignore_free(f->include.ig);
	ctx_matcher_free(f->exclude.matcher);
	ctx_ignore_free(f->exclude.ig);
}

/**
 * The scope of an entry whose directory was never asked about: then the matcher also compares the directories above it, and only
 * rules that took effect so are handed down (moby/patternmatcher v0.6.1, MatchesUsingParentResults without results).
 */
static bool take_effect(struct ana_filters *f, struct ctx_scope *scope) {
	uint32_t *hits = ctx_arena_calloc(f->arena, scope->seen_count, sizeof(*hits));
	if (hits == NULL) {
		return false;
	}
	scope->hits = hits;
	scope->hit_count = 0;
	scope->excluded = false;
	scope->rule = 0;
	for (uint32_t i = 0; i < scope->seen_count; ++i) {
		bool negated = ctx_ignore_rule(f->exclude.ig, scope->seen[i])->negated;
		if (negated == scope->excluded) {
			hits[scope->hit_count++] = scope->seen[i];
			scope->excluded = !negated;
			scope->rule = scope->seen[i] + 1;
		}
	}
	return true;
}

/** What a list hands down after a test; NULL when out of memory. */
static struct ctx_scope *hand_down(struct ana_filters *f, const struct ana_filter *filter,
	const struct ctx_decision *tested) {
	const struct ctx_scope *scope = ctx_matcher_descend(filter->matcher, tested, f->arena);
	struct ctx_scope *copy = scope != NULL ? ctx_arena_alloc(f->arena, sizeof(*copy)) : NULL;
	if (copy != NULL) {
		*copy = *scope;
		copy->closed = false; // a digest looks into every directory
	}
	return copy;
}

int ana_filters_enter(struct ana_filters *f, const struct ana_filter_state *state, const char *dir, size_t len,
	struct ctx_error *err) {
	state = state != NULL ? state : &no_state;
	int rc = 0;
	if (f->include.matcher != NULL) {
		rc = ctx_matcher_enter(f->include.matcher, state->include, dir, len, err);
	}
	if (rc == 0 && f->exclude.matcher != NULL) {
		rc = ctx_matcher_enter(f->exclude.matcher, state->exclude, dir, len, err);
	}
	return rc;
}

/** What a build says about a pattern that cannot be matched. */
static int fail_match(const char *kind, int rc, struct ctx_error *err) {
	return rc == CTX_E_SYNTAX ? ctx_fail(err, rc, "failed to match %s: syntax error in pattern", kind) : rc;
}

/** Ask --exclude about an entry that --parents lets through or not, as `out->matched` says. */
static int test_exclude(struct ana_filters *f, const struct ana_filter_state *above, struct ctx_str name, bool is_dir,
	struct ana_verdict *out, struct ctx_error *err) {
	struct ctx_decision decision;
	int rc = ctx_matcher_test(f->exclude.matcher, name.ptr, name.len, &decision, err);
	if (rc < 0) {
		return fail_match("excludepatterns", rc, err);
	}
	bool excluded = above->exclude_unset ? decision.refused : decision.excluded;
	out->included = out->matched && !excluded;
	out->state.exclude_unset = !out->matched;
	if (!is_dir) {
		return 0;
	}
	struct ctx_scope *scope = hand_down(f, &f->exclude, &decision);
	bool first = above->exclude_unset && out->matched;
	if (scope == NULL || (first && !take_effect(f, scope))) {
		return ctx_fail_nomem(err);
	}
	out->state.exclude = scope;
	return 0;
}

int ana_filters_test(struct ana_filters *f, const struct ana_filter_state *state, struct ctx_str name, bool is_dir,
	struct ana_verdict *out, struct ctx_error *err) {
	*out = (struct ana_verdict){ .matched = true, .included = true };
	if (f->include.matcher != NULL) {
		struct ctx_decision decision;
		int rc = ctx_matcher_test(f->include.matcher, name.ptr, name.len, &decision, err);
		if (rc < 0) {
			return fail_match("includepatterns", rc, err);
		}
		out->matched = out->included = decision.excluded; // "excluded" is what the list matches
		if (is_dir) {
			out->state.include = hand_down(f, &f->include, &decision);
			if (out->state.include == NULL) {
				return ctx_fail_nomem(err);
			}
		}
	}
	if (f->exclude.matcher == NULL) {
		return 0;
	}
	return test_exclude(f, state != NULL ? state : &no_state, name, is_dir, out, err);
}

int ana_filters_test_source(struct ana_filters *f, bool is_dir, struct ana_verdict *out, struct ctx_error *err) {
	int rc = ana_filters_enter(f, &no_state, "", 0, err);
	rc = rc < 0 ? rc : ana_filters_test(f, &no_state, CTX_STR(""), is_dir, out, err);
	if (rc < 0 || out->state.exclude == NULL) {
		return rc;
	}
	// The empty path is no directory above anything, so what matched it is not seen again when those are compared
	struct ctx_scope *scope = ctx_arena_alloc(f->arena, sizeof(*scope));
	if (scope == NULL) {
		return ctx_fail_nomem(err);
	}
	*scope = *out->state.exclude;
	scope->seen_count = 0;
	scope->refused = false;
	out->state.exclude = scope;
	return 0;
}

bool ana_pattern_is_simple(struct ctx_str pattern) {
	for (size_t i = 0; i < pattern.len; ++i) {
		bool doubled = i > 0 && pattern.ptr[i] == '*' && pattern.ptr[i - 1] == '*';
		if (doubled || pattern.ptr[i] == '[' || pattern.ptr[i] == '\\') {
			return false;
		}
	}
	return true;
}

bool ana_pattern_matches_so_far(struct ctx_str pattern, struct ctx_str path) {
	size_t end = 0;
	for (size_t i = 0; i <= path.len; ++i) {
		if (i < path.len && path.ptr[i] != '/') {
			continue;
		}
		if (end > pattern.len) {
			return false;
		}
		const char *slash = memchr(pattern.ptr + end, '/', pattern.len - end);
		end = (slash != NULL ? (size_t)(slash - pattern.ptr) : pattern.len) + 1;
	}
	return ana_glob_match((struct ctx_str){ pattern.ptr, end - 1 }, path) == 1;
}

bool ana_filters_may_pass_below(const struct ana_filters *f, const struct ana_verdict *verdict, struct ctx_str path) {
	if (f->exclude.ig != NULL && verdict->matched && !verdict->included &&
		!ctx_ignore_has_negation(f->exclude.ig)) {
		return false;
	}
	if (f->include.ig == NULL || verdict->matched) {
		return true;
	}
	if (ctx_ignore_count(f->include.ig) != 1) {
		return ctx_ignore_count(f->include.ig) > 0;
	}
	const struct ctx_rule *rule = ctx_ignore_rule(f->include.ig, 0);
	struct ctx_str pattern = { rule->pattern, rule->pattern_len };
	return !ana_pattern_is_simple(pattern) || path.len == 0 || ana_pattern_matches_so_far(pattern, path);
}

bool ana_filters_pass_all_below(const struct ana_filters *f) {
	return f->exclude.ig == NULL && (f->include.ig == NULL || !ctx_ignore_has_negation(f->include.ig));
}
