#include "analyzer/dockerfile/flags.h"

#include "analyzer/dockerfile/nearest.h"

/** One flag word, taken apart. */
struct flag_word {
	/** "--NAME=VALUE", "--NAME", "NAME". */
	struct ctx_str whole, dashed, name;
	/** Absent if there is no "=". */
	struct ctx_str value;
};

/** Take a word apart at its first "=". */
static struct flag_word cut(struct ctx_str whole) {
	const char *equals = memchr(whole.ptr, '=', whole.len);
	struct flag_word word = { .whole = whole, .dashed = whole };
	if (equals != NULL) {
		word.dashed.len = (size_t)(equals - whole.ptr);
		word.value = ctx_str_from(whole, word.dashed.len + 1);
	}
	word.name = ctx_str_from(word.dashed, 2);
	return word;
}

/** Complain about a flag that the instruction does not know. */
static int refuse_unknown(const struct ana_typing *t, const struct flag_word *word, const struct ana_flag *flags,
	size_t count) {
	const char *names[ANA_FLAGS_MAX];
	for (size_t i = 0; i < count; ++i) {
		names[i] = flags[i].name;
	}
	const char *nearest = ana_nearest(word->name, names, count);
	return ana_refuse(t, word->dashed, "unknown flag: %s%s", ana_spoken(t, word->dashed), ana_hint(t, nearest));
}

/** The same text in any ASCII case?  No other letter becomes one of "true" or "false". */
static bool is_any_case(struct ctx_str text, const char *lower) {
	size_t len = strlen(lower);
	for (size_t i = 0; i < text.len && i < len; ++i) {
		if ((text.ptr[i] | 0x20) != lower[i]) {
			return false;
		}
	}
	return text.len == len;
}

/** Set a boolean flag. */
static int set_bool(const struct ana_typing *t, struct ana_flag *flag, const struct flag_word *word) {
	if (word->value.ptr == NULL || is_any_case(word->value, "true")) {
		flag->on = true;
		return 0;
	}
	if (word->value.len == 0) {
		return ana_refuse(t, word->whole, "missing a value on flag: %s", ana_spoken(t, word->dashed));
	}
	if (!is_any_case(word->value, "false")) {
		return ana_refuse(t, word->value, "expecting boolean value for flag %s, not: %s",
			ana_spoken(t, word->dashed), ana_spoken(t, word->value));
	}
	flag->on = false;
	return 0;
}

/** Set a flag that takes a text, or add to one that takes several. */
static int set_text(const struct ana_typing *t, struct ana_flag *flag, const struct flag_word *word) {
	if (word->value.ptr == NULL) {
		return ana_refuse(t, word->whole, "missing a value on flag: %s", ana_spoken(t, word->dashed));
	}
	if (flag->kind == ANA_FLAG_TEXT) {
		flag->value = word->value;
		return 0;
	}
	if (flag->values == NULL) {
		flag->values = ana_strings_new(t->arena, t->node->flag_count);
		if (flag->values == NULL) {
			return ctx_fail_nomem(t->err);
		}
	}
	flag->values[flag->value_count++] = word->value;
	return 0;
}

/** Find the flag of a word and set it. */
static int set_flag(const struct ana_typing *t, struct ana_flag *flags, size_t count, struct ctx_str whole) {
	struct flag_word word = cut(whole);
	for (size_t i = 0; i < count; ++i) {
		struct ana_flag *flag = &flags[i];
		if (!ctx_str_is(word.name, flag->name)) {
			continue;
		}
		if (flag->used && flag->kind != ANA_FLAG_LIST) {
			return ana_refuse(t, word.whole, "duplicate flag specified: %s", ana_spoken(t, word.dashed));
		}
		flag->used = true;
		return flag->kind == ANA_FLAG_BOOL ? set_bool(t, flag, &word) : set_text(t, flag, &word);
	}
	return refuse_unknown(t, &word, flags, count);
}

int ana_flags_parse(const struct ana_typing *t, struct ana_flag *flags, size_t count) {
	for (size_t i = 0; i < count; ++i) {
		flags[i].value = (struct ctx_str){ "", 0 };
	}
	for (uint32_t i = 0; i < t->node->flag_count; ++i) {
		struct ctx_str whole = t->node->flags[i];
		if (ctx_str_is(whole, "--")) {
			break; // the first pass ends flags there, too
		}
		if (!ctx_str_starts(whole, "--")) {
			return ana_refuse(t, whole, "arg should start with -- : %s", ana_spoken(t, whole));
		}
		int rc = set_flag(t, flags, count, whole);
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}
