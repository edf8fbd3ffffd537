#include "analyzer/dockerfile/shell_internal.h"

#include "analyzer/dockerfile/shell_pattern.h"
#include "ctxopt/base/rune.h"

/** So many names are compared one by one; beyond, a map remembers them. */
#define FEW_NAMES 8

/** Report a name, once. */
static int note_name(struct ana_lexer *lx, struct ana_shell_names *names, struct ctx_str name) {
	if (names->list == NULL) {
		return 0;
	}
	size_t count = names->list->items.count;
	const struct ctx_str *items = names->list->items.items;
	if (count < FEW_NAMES) {
		for (size_t i = 0; i < count; ++i) {
			if (ctx_str_eq(items[i], name)) {
				return 0;
			}
		}
	} else {
		for (size_t i = names->map.count; i < count; ++i) {
			if (ctx_strmap_put(&names->map, items[i].ptr, items[i].len, 0) == CTX_STRMAP_NONE) {
				return ctx_fail_nomem(lx->err);
			}
		}
		if (ctx_strmap_get(&names->map, name.ptr, name.len) != CTX_STRMAP_NONE) {
			return 0;
		}
	}
	return CTX_VEC_PUSH(&names->list->items, name) ? 0 : ctx_fail_nomem(lx->err);
}

int ana_lexer_get(struct ana_lexer *lx, struct ctx_str name, struct ctx_str *value) {
	bool set = ana_env_get(lx->env, name, value);
	if (!set || value->ptr == NULL) {
		*value = CTX_STR("");
	}
	int rc = note_name(lx, set ? &lx->matched : &lx->unmatched, name);
	return rc < 0 ? rc : set;
}

int ana_lexer_add(struct ana_lexer *lx, struct ctx_str value) {
	lx->value_bytes += value.len;
	if (lx->value_bytes > lx->value_bytes_max) {
		return ctx_fail(lx->err, CTX_E_LIMIT, "word grows by more than %zu bytes", lx->value_bytes_max);
	}
	if (lx->out.len == 0) {
		lx->leading = value;
	}
	ctx_buf_add(&lx->out, value.ptr, value.len);
	return 0;
}

/** Text for a message, which ends at a NUL: that becomes '?', as all control bytes do. */
static void show(struct ctx_buf *out, struct ctx_str text) {
	for (size_t i = 0; i < text.len; ++i) {
		ctx_buf_addc(out, text.ptr[i] == '\0' ? '?' : text.ptr[i]);
	}
}

int ana_lexer_fail_modifier(struct ana_lexer *lx, bool colon, uint32_t op) {
	ctx_auto_buf struct ctx_buf shown = CTX_BUF_INIT;
	ana_shell_add_rune(&shown, op == 0 ? '?' : op);
	return ctx_fail(lx->err, CTX_E_SYNTAX, "unsupported modifier (%s%s) in substitution", colon ? ":" : "",
		ctx_buf_str(&shown));
}

/** Replace the result of a frame by what was made in `scratch`. */
static int put_scratch(struct ana_lexer *lx, size_t start) {
	ctx_buf_truncate(&lx->out, start);
	if (!ctx_buf_ok(&lx->scratch)) {
		return ctx_fail_nomem(lx->err);
	}
	int rc = ana_lexer_add(lx, (struct ctx_str){ ctx_buf_str(&lx->scratch), lx->scratch.len });
	lx->leading = CTX_STR_NONE; // `scratch` does not last
	return rc;
}

/** An unset variable is left alone: the form again, with what its operands became. */
static int put_form(struct ana_lexer *lx, const struct ana_shell_frame *frame) {
	struct ctx_buf *form = &lx->scratch;
	ctx_buf_reset(form);
	ctx_buf_adds(form, "${");
	ctx_buf_add(form, frame->name.ptr, frame->name.len);
	if (frame->colon) {
		ctx_buf_addc(form, ':');
	}
	ana_shell_add_rune(form, frame->op);
	if (frame->role == ANA_ROLE_REPLACEMENT) {
		ctx_buf_add(form, ctx_buf_str(&lx->out) + frame->start, frame->middle - frame->start);
		ctx_buf_addc(form, '/');
		ctx_buf_add(form, ctx_buf_str(&lx->out) + frame->middle, lx->out.len - frame->middle);
	} else {
		ctx_buf_add(form, ctx_buf_str(&lx->out) + frame->start, lx->out.len - frame->start);
	}
	ctx_buf_addc(form, '}');
	return put_scratch(lx, frame->start);
}

/** Compile a pattern, which must not take too long against so much text. */
static int compile(struct ana_lexer *lx, struct ana_shell_pattern *pattern, struct ctx_str text, bool reverse,
	size_t value_len) {
	uint32_t bad;
	int rc = ana_shell_pattern_compile(pattern, text, reverse, &bad);
	if (rc == CTX_E_SYNTAX) {
		ctx_auto_buf struct ctx_buf turned = CTX_BUF_INIT;
		ctx_auto_buf struct ctx_buf shown = CTX_BUF_INIT;
		if (reverse) { // BuildKit shows it as it has turned it round
			ana_shell_pattern_show_reversed(&turned, text);
			text = (struct ctx_str){ ctx_buf_str(&turned), turned.len };
		}
		ctx_buf_adds(&shown, "invalid pattern (");
		show(&shown, text);
		ctx_buf_adds(&shown, ") in substitution: invalid escape '\\");
		ana_shell_add_rune(&shown, bad == 0 ? '?' : bad);
		return ctx_fail(lx->err, rc, "%s'", ctx_buf_str(&shown));
	}
	if (rc < 0) {
		return ctx_fail_nomem(lx->err);
	}
	if (ana_shell_pattern_too_long(pattern, value_len)) {
		return ctx_fail(lx->err, CTX_E_LIMIT, "pattern of %zu bytes is too long for a value of %zu bytes",
			text.len, value_len);
	}
	return 0;
}

/** `${x#p}`, `${x##p}`, `${x%p}`, `${x%%p}` of a value. */
static int put_trimmed(struct ana_lexer *lx, const struct ana_shell_frame *frame, struct ctx_str value) {
	struct ctx_str text = { ctx_buf_str(&lx->out) + frame->start, lx->out.len - frame->start };
	bool longest = text.len > 0 && (uint32_t)text.ptr[0] == frame->op, suffix = frame->op == '%';
	if (longest) {
		text = ctx_str_from(text, 1);
	}
	ana_auto_shell_pattern struct ana_shell_pattern pattern = { 0 };
	int rc = compile(lx, &pattern, text, suffix, value.len);
	if (rc < 0) {
		return rc;
	}
	if (!suffix) {
		ctx_buf_truncate(&lx->out, frame->start);
		return ana_lexer_add(lx, ctx_str_from(value, ana_shell_pattern_prefix(&pattern, value, longest)));
	}
	// The end of a text is the beginning of its mirror image
	ctx_auto_buf struct ctx_buf mirror = CTX_BUF_INIT;
	ana_shell_reverse(&mirror, value);
	struct ctx_str mirrored = { ctx_buf_str(&mirror), mirror.len };
	mirrored = ctx_str_from(mirrored, ana_shell_pattern_prefix(&pattern, mirrored, longest));
	ctx_buf_reset(&lx->scratch);
	ana_shell_reverse(&lx->scratch, mirrored);
	if (!ctx_buf_ok(&mirror)) {
		return ctx_fail_nomem(lx->err);
	}
	return put_scratch(lx, frame->start);
}

/** `${x/p/r}` and `${x//p/r}` of a value. */
static int put_replaced(struct ana_lexer *lx, const struct ana_shell_frame *frame, struct ctx_str value) {
	const char *out = ctx_buf_str(&lx->out);
	struct ctx_str text = { out + frame->start, frame->middle - frame->start };
	struct ctx_str replacement = { out + frame->middle, lx->out.len - frame->middle };
	ana_auto_shell_pattern struct ana_shell_pattern pattern = { 0 };
	int rc = compile(lx, &pattern, text, false, value.len);
	if (rc < 0) {
		return rc;
	}
	ctx_buf_reset(&lx->scratch);
	ana_shell_pattern_replace(&pattern, value, replacement, frame->twice, lx->value_bytes_max, &lx->scratch);
	return put_scratch(lx, frame->start);
}

/** `${x?m}` and `${x:?m}` fail. */
static int fail_required(struct ana_lexer *lx, const struct ana_shell_frame *frame, bool set) {
	struct ctx_str message = { ctx_buf_str(&lx->out) + frame->start, lx->out.len - frame->start };
	if (message.len == 0) {
		message = set ? CTX_STR("is not allowed to be empty") : CTX_STR("is not allowed to be unset");
	}
	ctx_auto_buf struct ctx_buf shown = CTX_BUF_INIT;
	show(&shown, message);
	return ctx_fail(lx->err, CTX_E_SYNTAX, "%.*s: %s", CTX_STR_ARGS(frame->name), ctx_buf_str(&shown));
}

int ana_lexer_put(struct ana_lexer *lx, const struct ana_shell_frame *frame) {
	struct ctx_str value;
	int set = ana_lexer_get(lx, frame->name, &value);
	if (set < 0) {
		return set;
	}
	if (set == 0 && lx->shell->skip_unset) {
		return put_form(lx, frame);
	}
	if (frame->role == ANA_ROLE_REPLACEMENT) {
		return put_replaced(lx, frame, value);
	}
	bool there = set && !(frame->colon && value.len == 0);
	switch (frame->op) {
	case '-':
		if (!there) {
			return 0; // the operand is the value
		}
		break;
	case '+':
		if (!there) {
			ctx_buf_truncate(&lx->out, frame->start);
		}
		return 0;
	case '?':
		if (!there) {
			return fail_required(lx, frame, set);
		}
		break;
	case '#':
	case '%':
		return put_trimmed(lx, frame, value);
	default:
		return ana_lexer_fail_modifier(lx, frame->colon, frame->op);
	}
	ctx_buf_truncate(&lx->out, frame->start);
	return ana_lexer_add(lx, value);
}
