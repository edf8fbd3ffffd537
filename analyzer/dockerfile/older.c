#include "analyzer/dockerfile/older.h"

#include "analyzer/dockerfile/csv.h"
#include "analyzer/dockerfile/typing.h"

#include <string.h>

/** Flags of each instruction, and keys of --mount. */
static const char *const copy_flags[] = { "from", "chown", "chmod", NULL };
static const char *const add_flags[] = { "chown", "chmod", NULL };
static const char *const from_flags[] = { "platform", NULL };
static const char *const run_flags[] = { "mount", NULL };
static const char *const health_flags[] = { "interval", "timeout", "start-period", "retries", NULL };
static const char *const no_flags[] = { NULL };
static const char *const mount_keys[] = { "type", "from", "source", "src", "target", "dst", "destination", "readonly",
	"ro", "readwrite", "rw", "required", "id", "sharing", "mode", "uid", "gid", NULL };

/** The flags that an instruction knows. */
static const char *const *flags_of(enum ana_keyword keyword) {
	switch (keyword) {
	case ANA_KW_ADD:
		return add_flags;
	case ANA_KW_COPY:
		return copy_flags;
	case ANA_KW_FROM:
		return from_flags;
	case ANA_KW_RUN:
		return run_flags;
	case ANA_KW_HEALTHCHECK:
		return health_flags;
	default:
		return no_flags;
	}
}

/** The text up to '='. */
static struct ctx_str name_of(struct ctx_str text) {
	return (struct ctx_str){ text.ptr, ctx_str_find(text, '=') };
}

/** Is a name in the list, in any case if `fold`? */
static bool is_listed(const char *const *names, struct ctx_str name, bool fold) {
	for (; *names != NULL; ++names) {
		if (fold ? ctx_str_same(name, CTX_STR(*names)) : ctx_str_is(name, *names)) {
			return true;
		}
	}
	return false;
}

/** Check the keys of a --mount. */
static int check_mount(const struct ana_typing *t, struct ctx_str flag, const char *who) {
	struct ctx_str name = name_of(flag);
	ana_auto_words struct ana_words fields = { 0 };
	if (!ctx_str_is(name, "--mount") || name.len == flag.len) {
		return 0;
	}
	int rc = ana_csv_fields(&fields, ctx_str_from(flag, name.len + 1), t->arena, t->err);
	for (size_t i = 0; rc == 0 && i < fields.items.count; ++i) {
		struct ctx_str key = name_of(fields.items.items[i]);
		if (!is_listed(mount_keys, key, true)) {
			rc = ana_refuse(t, flag, "%s does not know %s of --mount", who, ana_quoted(t, key));
		}
	}
	return rc;
}

/** Check one instruction: 0, ANA_REFUSED or negative. */
static int check_node(const struct ana_typing *t, const char *who) {
	const struct ana_node *node = t->node;
	const char *const *flags = flags_of(node->keyword);
	if (node->heredoc_count > 0) {
		return ana_refuse(t, node->heredocs[0].word, "%s does not know here-documents", who);
	}
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < node->flag_count; ++i) {
		struct ctx_str name = name_of(node->flags[i]);
		if (name.len > 2 && !is_listed(flags, ctx_str_from(name, 2), false)) {
			rc = ana_refuse(t, node->flags[i], "%s does not know %s %s", who,
				ana_keyword_name(node->keyword), ana_spoken(t, name));
		}
		rc = rc != 0 || node->keyword != ANA_KW_RUN ? rc : check_mount(t, node->flags[i], who);
	}
	return rc;
}

int ana_older_check(struct ana_dockerfile *df, const char *who, struct ctx_error *err) {
	int rc = 0;
	for (size_t i = 0; rc >= 0 && i < df->syntax.nodes.count; ++i) {
		struct ana_typing t = { &df->syntax.nodes.items[i], &df->syntax, &df->arena, &df->diags, err };
		rc = check_node(&t, who);
	}
	return rc < 0 ? rc : 0;
}
