#include "analyzer/dockerfile/check_options.h"

#include "analyzer/dockerfile/quote.h"
#include "ctxopt/base/rune.h"

/** Options are separated by semicolons, but there are no more: the last one takes the rest. */
#define OPTIONS_MAX 3
/** The build argument. */
#define CHECK_ARG "BUILDKIT_DOCKERFILE_CHECK"

/** Text without Unicode white space at both ends (strings.TrimSpace). */
static struct ctx_str trim(struct ctx_str text) {
	size_t width, end = 0;
	while (text.len > 0 && ctx_rune_is_space(ctx_rune_decode(text.ptr, text.len, &width))) {
		text = ctx_str_from(text, width);
	}
	for (size_t at = 0; at < text.len; at += width) {
		bool space = ctx_rune_is_space(ctx_rune_decode(text.ptr + at, text.len - at, &width));
		end = space ? end : at + width;
	}
	text.len = end;
	return text;
}

/** What stands before the separator; `*rest` becomes what is behind it, absent if there is none. */
static struct ctx_str cut(struct ctx_str text, char separator, struct ctx_str *rest) {
	const char *at = text.len > 0 ? memchr(text.ptr, separator, text.len) : NULL;
	*rest = at != NULL ? ctx_str_from(text, (size_t)(at - text.ptr) + 1) : CTX_STR_NONE;
	return at != NULL ? (struct ctx_str){ text.ptr, (size_t)(at - text.ptr) } : text;
}

/** Does Go's strconv.ParseBool take it? */
static bool is_bool(struct ctx_str text) {
	static const char *const words[] = { "1", "t", "T", "true", "TRUE", "True", "0", "f", "F", "false", "FALSE",
		"False" };
	for (size_t i = 0; i < CTX_COUNTOF(words); ++i) {
		if (ctx_str_is(text, words[i])) {
			return true;
		}
	}
	return false;
}

/** One option; what is wrong with it goes to `why`. */
static void read_option(struct ctx_str option, struct ctx_buf *why) {
	struct ctx_str value, key = cut(option, '=', &value);
	struct ctx_str name = trim(key);
	if (value.ptr == NULL) {
		ctx_buf_adds(why, "invalid check option ");
		ana_quote(why, option);
	} else if (ctx_str_is(name, "error")) {
		value = trim(value);
		if (!is_bool(value)) {
			ctx_buf_adds(why, "failed to parse check option ");
			ana_quote(why, option);
			ctx_buf_adds(why, ": strconv.ParseBool: parsing ");
			ana_quote(why, value);
			ctx_buf_adds(why, ": invalid syntax");
		}
	} else if (!ctx_str_is(name, "skip") && !ctx_str_is(name, "experimental")) {
		ctx_buf_adds(why, "invalid check option ");
		ana_quote(why, name);
	}
}

/** All options, up to the first that is wrong. */
static void read_options(struct ctx_str text, struct ctx_buf *why) {
	struct ctx_str rest = trim(text);
	if (rest.len == 0) {
		return;
	}
	for (size_t i = 1; rest.ptr != NULL && why->len == 0; ++i) {
		struct ctx_str option = rest;
		if (i < OPTIONS_MAX) {
			option = cut(rest, ';', &rest);
		} else {
			rest = CTX_STR_NONE;
		}
		read_option(option, why);
	}
}

/** Add an error about `part` of the text, or about no part, before all others. */
static int report_first(struct ana_dockerfile *df, struct ctx_str part, const char *what, const struct ctx_buf *why) {
	struct ana_diags *diags = &df->diags;
	struct ana_position at = { 0, 0, 1 };
	if (part.ptr != NULL) {
		struct ctx_str line = ana_syntax_line(&df->syntax, df->syntax.directives.check_line);
		at = (struct ana_position){ df->syntax.directives.check_line, (uint32_t)(part.ptr - line.ptr) + 1,
			(uint32_t)part.len };
	}
	if (diags->items.count >= ANA_DIAGS_MAX) {
		--diags->items.count;
		++diags->omitted;
	}
	if (ana_diags_add(diags, ANA_PHASE_GRAPH, at.line, at.column, at.length, "failed to parse %s: %s", what,
		    ctx_buf_str(why)) < 0) {
		return CTX_E_NOMEM;
	}
	struct ana_diag last = diags->items.items[diags->items.count - 1];
	memmove(diags->items.items + 1, diags->items.items, (diags->items.count - 1) * sizeof(last));
	diags->items.items[0] = last;
	return 0;
}

int ana_check_options_read(struct ana_dockerfile *df, const struct ana_build_args *args, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf why = CTX_BUF_INIT;
	struct ctx_str given, part = df->syntax.directives.check;
	bool replaced = ana_build_arg_get(args, CTX_STR(CHECK_ARG), &given);
	if (replaced) {
		part = CTX_STR_NONE;
	}
	read_options(replaced ? given : part, &why);
	int rc = why.len > 0 ? report_first(df, part, replaced ? "build-arg:" CHECK_ARG : "check options", &why) : 0;
	return rc < 0 || !ctx_buf_ok(&why) ? ctx_fail_nomem(err) : 0;
}
