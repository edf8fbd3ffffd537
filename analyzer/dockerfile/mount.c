#include "analyzer/dockerfile/mount.h"

#include "analyzer/dockerfile/csv.h"
#include "analyzer/dockerfile/nearest.h"
#include "analyzer/dockerfile/quote.h"
#include "analyzer/dockerfile/size_text.h"
#include "analyzer/dockerfile/unicode_tables.h"
#include "ctxopt/base/buf.h"
#include "ctxopt/base/rune.h"

/** Names of mount types, in the order of enum ana_mount_type. */
static const char *const type_names[] = { "bind", "cache", "tmpfs", "secret", "ssh" };
/** Names of sharing modes, in the order of enum ana_sharing without the first. */
static const char *const sharing_names[] = { "shared", "private", "locked" };

/** Keys, in the order in which BuildKit looks for one that was meant. */
enum key {
	KEY_TYPE,
	KEY_FROM,
	KEY_SOURCE,
	KEY_TARGET,
	KEY_READONLY,
	KEY_ID,
	KEY_SHARING,
	KEY_REQUIRED,
	KEY_SIZE,
	KEY_MODE,
	KEY_UID,
	KEY_GID,
	KEY_SRC,
	KEY_DST,
	KEY_DESTINATION,
	KEY_RO,
	KEY_RW,
	KEY_READWRITE,
	KEY_ENV,
	KEY_UNKNOWN,
};

/** Their names. */
static const char *const key_names[] = { "type", "from", "source", "target", "readonly", "id", "sharing", "required",
	"size", "mode", "uid", "gid", "src", "dst", "destination", "ro", "rw", "readwrite", "env" };

/** The field at hand, and what came of those before. */
struct parser {
	struct ana_mount *mount;
	const struct ana_mount_expander *expander;
	struct ctx_arena *arena;
	struct ctx_error *err;
	/** The whole field; its key in lower case; what follows '='. */
	struct ctx_str field, key_text, value;
	enum key key;
	/** No field said whether the mount can be written. */
	bool ro_auto;
};

const char *ana_mount_type_name(enum ana_mount_type type) {
	return type_names[type];
}

/** Index of a word in a list; `count` if it is not there. */
static size_t index_of(struct ctx_str word, const char *const *words, size_t count) {
	size_t i = 0;
	while (i < count && !ctx_str_is(word, words[i])) {
		++i;
	}
	return i;
}

/** Lower case (strings.ToLower); absent when out of memory. */
static struct ctx_str lower(struct parser *p, struct ctx_str text) {
	ctx_auto_buf struct ctx_buf out = CTX_BUF_INIT;
	size_t width;
	bool same = true;
	for (size_t at = 0; at < text.len; at += width) {
		uint32_t rune = ctx_rune_decode(text.ptr + at, text.len - at, &width);
		char utf8[CTX_RUNE_BYTES];
		size_t len = ctx_rune_encode(utf8, ana_rune_lower(rune));
		same = same && len == width && memcmp(utf8, text.ptr + at, len) == 0;
		if (!same) {
			if (out.len == 0) {
				ctx_buf_add(&out, text.ptr, at);
			}
			ctx_buf_add(&out, utf8, len);
		}
	}
	if (same) {
		return text;
	}
	char *copy = ctx_buf_ok(&out) ? ctx_arena_memdup0(p->arena, out.data, out.len) : NULL;
	return (struct ctx_str){ copy, copy == NULL ? 0 : out.len };
}

/** Fail with the text before, a word, the text between, a word, the text after; and with what was meant, if not NULL. */
static int fail(struct parser *p, const char *before, struct ctx_str a, const char *between, struct ctx_str b,
	const char *after, const char *meant) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_buf_adds(&text, before);
	ctx_buf_add(&text, a.ptr, a.len);
	ctx_buf_adds(&text, between);
	ctx_buf_add(&text, b.ptr, b.len);
	ctx_buf_adds(&text, after);
	if (meant != NULL) {
		ctx_buf_addf(&text, " (did you mean %s?)", meant);
	}
	for (size_t i = 0; i < text.len; ++i) {
		if (text.data[i] == '\0') {
			text.data[i] = '?'; // as all control bytes in messages
		}
	}
	return ctx_fail(p->err, CTX_E_SYNTAX, "%s", ctx_buf_str(&text));
}

/** "invalid value for KEY: VALUE". */
static int fail_value(struct parser *p) {
	return fail(p, "invalid value for ", p->key_text, ": ", p->value, "", NULL);
}

/** "unexpected key 'KEY' for mount type 'TYPE'". */
static int fail_key(struct parser *p) {
	return fail(p, "unexpected key '", p->key_text, "' for mount type '", CTX_STR(type_names[p->mount->type]), "'",
		NULL);
}

/** "unsupported WHAT "VALUE"", and which of the words was meant. */
static int fail_word(struct parser *p, const char *what, const char *const *words, size_t count) {
	ctx_auto_buf struct ctx_buf quoted = CTX_BUF_INIT;
	ana_quote(&quoted, p->value);
	struct ctx_str word = { ctx_buf_str(&quoted), quoted.len };
	return fail(p, what, word, "", CTX_STR(""), "", ana_nearest(p->value, words, count));
}

/** `required` is for secrets and SSH agents. */
static bool can_be_required(const struct parser *p) {
	return p->mount->type == ANA_MOUNT_SECRET || p->mount->type == ANA_MOUNT_SSH;
}

/** A field without '='. */
static int bare_field(struct parser *p) {
	switch (p->key) {
	case KEY_READONLY:
	case KEY_RO:
	case KEY_READWRITE:
	case KEY_RW:
		p->mount->read_only = p->key == KEY_READONLY || p->key == KEY_RO;
		p->ro_auto = false;
		return 0;
	case KEY_REQUIRED:
		if (!can_be_required(p)) {
			return fail_key(p);
		}
		p->mount->required = true;
		return 0;
	default:
		return fail(p, "invalid field '", p->field, "' must be a key=value pair", CTX_STR(""), "", NULL);
	}
}

/** A boolean (strconv.ParseBool). */
static int take_bool(struct parser *p, bool *out) {
	static const char *const words[] = { "1", "t", "T", "true", "TRUE", "True", "0", "f", "F", "false", "FALSE",
		"False" };
	size_t i = index_of(p->value, words, CTX_COUNTOF(words));
	*out = i < 6;
	return i < CTX_COUNTOF(words) ? 0 : fail_value(p);
}

/** A number that must fit 32 bits; BuildKit words this one differently. */
static int take_number(struct parser *p, unsigned base, int64_t *out) {
	if (ana_uint_parse(out, p->value, base)) {
		return 0;
	}
	return fail(p, "invalid value ", p->value, " for ", p->key_text, "", NULL);
}

/** A size. */
static int take_size(struct parser *p) {
	if (p->mount->type != ANA_MOUNT_TMPFS) {
		return fail_key(p);
	}
	int rc = ana_size_parse(&p->mount->size_bytes, p->value);
	return rc == CTX_E_SYNTAX ? fail_value(p) : rc < 0 ? ctx_fail_nomem(p->err) : 0;
}

/** One word of a list, in any case. */
static int take_word(struct parser *p, const char *what, const char *const *words, size_t count, size_t *out) {
	struct ctx_str word = lower(p, p->value);
	if (word.ptr == NULL) {
		return ctx_fail_nomem(p->err);
	}
	*out = index_of(word, words, count);
	return *out < count ? 0 : fail_word(p, what, words, count);
}

/** Fields about writing and being there. */
static int take_flag(struct parser *p) {
	if (p->key == KEY_REQUIRED && !can_be_required(p)) {
		return fail_key(p);
	}
	bool value;
	int rc = take_bool(p, &value);
	if (rc < 0) {
		return rc;
	}
	if (p->key == KEY_REQUIRED) {
		p->mount->required = value;
		return 0;
	}
	p->mount->read_only = value == (p->key == KEY_READONLY || p->key == KEY_RO);
	p->ro_auto = false;
	return 0;
}

/** A field with a value, which is expanded. */
static int take_field(struct parser *p) {
	struct ana_mount *m = p->mount;
	size_t word;
	int rc;
	switch (p->key) {
	case KEY_TYPE:
		rc = take_word(p, "unsupported mount type ", type_names, CTX_COUNTOF(type_names), &word);
		m->type = rc == 0 ? (enum ana_mount_type)word : m->type;
		return rc;
	case KEY_SHARING:
		rc = take_word(p, "unsupported sharing value ", sharing_names, CTX_COUNTOF(sharing_names), &word);
		m->sharing = rc == 0 ? (enum ana_sharing)(word + 1) : m->sharing;
		return rc;
	case KEY_FROM:
		m->from = p->value;
		return 0;
	case KEY_SOURCE:
	case KEY_SRC:
		m->source = p->value;
		return 0;
	case KEY_TARGET:
	case KEY_DST:
	case KEY_DESTINATION:
		m->target = p->value;
		return 0;
	case KEY_ID:
		m->id = p->value;
		return 0;
	case KEY_ENV:
		m->env = p->value;
		return 0;
	case KEY_READONLY:
	case KEY_RO:
	case KEY_READWRITE:
	case KEY_RW:
	case KEY_REQUIRED:
		return take_flag(p);
	case KEY_SIZE:
		return take_size(p);
	case KEY_MODE:
		return take_number(p, 8, &m->mode);
	case KEY_UID:
		return take_number(p, 10, &m->uid);
	case KEY_GID:
		return take_number(p, 10, &m->gid);
	default:
		return fail(p, "unexpected key '", p->key_text, "' in '", p->field, "'",
			ana_nearest(p->key_text, key_names, CTX_COUNTOF(key_names)));
	}
}

/** Expand the value. */
static int expand(struct parser *p) {
	ana_auto_expansion struct ana_expansion done = { 0 };
	int rc = ana_shell_word(p->expander->shell, p->value, p->expander->env, p->arena, &done, p->err);
	bool counts = p->expander->unmatched != NULL && (rc == 0 || rc == CTX_E_SYNTAX);
	for (size_t i = 0; counts && i < done.unmatched.items.count; ++i) {
		if (!CTX_VEC_PUSH(&p->expander->unmatched->items, done.unmatched.items.items[i])) {
			return ctx_fail_nomem(p->err);
		}
	}
	p->value = rc == 0 ? done.text : p->value;
	return rc;
}

/** A field without variables at hand: only `from` counts, and it may have none. */
static int take_early(struct parser *p) {
	if (p->key != KEY_FROM) {
		return 0;
	}
	const char *dollar = memchr(p->value.ptr, '$', p->value.len);
	if (dollar != NULL && dollar != p->value.ptr + p->value.len - 1) {
		return ctx_fail(p->err, CTX_E_SYNTAX,
			"'from' doesn't support variable expansion, define alias stage instead");
	}
	return take_field(p);
}

/** One field. */
static int parse_field(struct parser *p, struct ctx_str field) {
	const char *equals = field.len == 0 ? NULL : memchr(field.ptr, '=', field.len);
	struct ctx_str key = { field.ptr, equals == NULL ? field.len : (size_t)(equals - field.ptr) };
	p->field = field;
	p->key_text = lower(p, key);
	if (key.len > 0 && p->key_text.ptr == NULL) {
		return ctx_fail_nomem(p->err);
	}
	p->key = (enum key)index_of(p->key_text, key_names, CTX_COUNTOF(key_names));
	if (equals == NULL) {
		return p->expander == NULL ? 0 : bare_field(p);
	}
	p->value = ctx_str_from(field, key.len + 1);
	if (p->expander == NULL) {
		return take_early(p);
	}
	int rc = expand(p);
	return rc < 0 ? rc : take_field(p);
}

/** Secrets have rules of their own. */
static int check_secret(struct parser *p) {
	const struct ana_mount *m = p->mount;
	const char *why = NULL;
	if (m->from.len > 0) {
		why = "secret mount should not have a from";
	} else if (m->sharing != ANA_SHARING_UNSET) {
		why = "secret mount should not define sharing";
	} else if (m->source.len == 0 && m->target.len == 0 && m->id.len == 0) {
		why = "invalid secret mount. one of source, target required";
	} else if (m->source.len > 0 && m->id.len > 0) {
		why = "both source and id can't be set";
	}
	return why == NULL ? 0 : ctx_fail(p->err, CTX_E_SYNTAX, "%s", why);
}

/** What can only be told when all fields are known. */
static int check(struct parser *p) {
	struct ana_mount *m = p->mount;
	if (m->type == ANA_MOUNT_BIND || m->type == ANA_MOUNT_TMPFS) {
		const char *key = m->mode >= 0 ? "mode" : m->uid >= 0 ? "uid" : m->gid >= 0 ? "gid" : NULL;
		if (key != NULL) {
			return ctx_fail(p->err, CTX_E_SYNTAX, "%s not allowed for \"%s\" type mounts", key,
				type_names[m->type]);
		}
	}
	if (p->ro_auto) {
		m->read_only = m->type != ANA_MOUNT_CACHE && m->type != ANA_MOUNT_TMPFS;
	}
	int rc = m->type == ANA_MOUNT_SECRET ? check_secret(p) : 0;
	if (rc == 0 && m->sharing != ANA_SHARING_UNSET && m->type != ANA_MOUNT_CACHE) {
		rc = ctx_fail(p->err, CTX_E_SYNTAX, "invalid cache sharing set for %s mount", type_names[m->type]);
	}
	return rc;
}

int ana_mount_parse(struct ana_mount *mount, struct ctx_str value, const struct ana_mount_expander *expander,
	struct ctx_arena *arena, struct ctx_error *err) {
	*mount = (struct ana_mount){ .type = ANA_MOUNT_BIND, .mode = -1, .uid = -1, .gid = -1 };
	struct parser p = { .mount = mount, .expander = expander, .arena = arena, .err = err, .ro_auto = true };
	ana_auto_words struct ana_words fields = { 0 };
	int rc = ana_csv_fields(&fields, value, arena, err);
	if (rc < 0) {
		return ctx_wrap(err, rc, "failed to parse csv mounts");
	}
	for (size_t i = 0; rc == 0 && i < fields.items.count; ++i) {
		rc = parse_field(&p, fields.items.items[i]);
	}
	return rc < 0 ? rc : check(&p);
}
