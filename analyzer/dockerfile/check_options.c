#include "analyzer/dockerfile/check_options.h"

#include "analyzer/dockerfile/quote.h"
#include "analyzer/dockerfile/values.h"
#include "ctxopt/base/rune.h"

/** Options are separated by semicolons, but there are no more: the last one takes the rest. */
#define OPTIONS_MAX 3
/** The build argument. */
#define CHECK_ARG "BUILDKIT_DOCKERFILE_CHECK"
/** "all" was in a list. */
#define ALL_BIT (1u << ANA_CHECK_COUNT)

/** Text without white space at both ends. */
static struct ctx_str trim(struct ctx_str text) {
	ctx_rune_trim(&text.ptr, &text.len);
	return text;
}

/** What stands before the separator; `*rest` becomes what is behind it, absent if there is none. */
static struct ctx_str cut(struct ctx_str text, char separator, struct ctx_str *rest) {
	const char *at = text.len > 0 ? memchr(text.ptr, separator, text.len) : NULL;
	*rest = at != NULL ? ctx_str_from(text, (size_t)(at - text.ptr) + 1) : CTX_STR_NONE;
	return at != NULL ? (struct ctx_str){ text.ptr, (size_t)(at - text.ptr) } : text;
}

/** The checks of `all` that a list names: "all", or names separated by commas; only the last list counts, but "all" stays. */
static void read_list(uint32_t *set, uint32_t all, struct ctx_str list) {
	list = trim(list);
	if (ctx_str_is(list, "all")) {
		*set |= ALL_BIT;
		return;
	}
	*set &= ALL_BIT;
	while (list.ptr != NULL) {
		enum ana_check_id check = ana_check_of(trim(cut(list, ',', &list)));
		*set |= check < ANA_CHECK_COUNT ? 1u << check & all : 0;
	}
}

/** One option; what is wrong with it goes to `why`. */
static void read_option(struct ana_check_options *out, struct ctx_str option, struct ctx_buf *why) {
	struct ctx_str value, key = cut(option, '=', &value);
	struct ctx_str name = trim(key);
	if (value.ptr == NULL) {
		ctx_buf_adds(why, "invalid check option ");
		ana_quote(why, option);
	} else if (ctx_str_is(name, "error")) {
		value = trim(value);
		if (!ana_bool_parse(&out->error, value)) {
			ctx_buf_adds(why, "failed to parse check option ");
			ana_quote(why, option);
			ctx_buf_adds(why, ": strconv.ParseBool: parsing ");
			ana_quote(why, value);
			ctx_buf_adds(why, ": invalid syntax");
		}
	} else if (ctx_str_is(name, "skip")) {
		read_list(&out->skip, ANA_CHECKS_STABLE, value);
	} else if (ctx_str_is(name, "experimental")) {
		read_list(&out->add, ANA_CHECKS_EXPERIMENTAL, value);
	} else {
		ctx_buf_adds(why, "invalid check option ");
		ana_quote(why, name);
	}
}

void ana_check_options_parse(struct ana_check_options *out, struct ctx_str text, struct ctx_buf *why) {
	*out = (struct ana_check_options){ 0 };
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
		read_option(out, option, why);
	}
	out->skip = out->skip & ALL_BIT ? ANA_CHECKS_STABLE : out->skip;
	out->add = out->add & ALL_BIT ? ANA_CHECKS_EXPERIMENTAL : out->add;
}

bool ana_check_options_given(struct ctx_str *text, const struct ana_dockerfile *df, const struct ana_build_args *args) {
	*text = df->syntax.directives.check;
	return ana_build_arg_get(args, CTX_STR(CHECK_ARG), text);
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
	struct ana_check_options options;
	struct ctx_str text;
	bool replaced = ana_check_options_given(&text, df, args);
	ana_check_options_parse(&options, text, &why);
	int rc = why.len > 0 ? report_first(df, replaced ? CTX_STR_NONE : text,
				       replaced ? "build-arg:" CHECK_ARG : "check options", &why)
			     : 0;
	return rc < 0 || !ctx_buf_ok(&why) ? ctx_fail_nomem(err) : 0;
}
