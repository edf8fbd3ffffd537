#include "analyzer/dockerfile/instruction.h"

#include "ctxopt/base/strmap.h"

/** A flag that may be absent. */
static enum ana_tristate tristate(const struct ana_flag *flag) {
	if (!flag->used) {
		return ANA_UNSET;
	}
	return flag->on ? ANA_TRUE : ANA_FALSE;
}

/** A word that has "<<" in it: the others need no second look. */
static bool may_be_heredoc(struct ctx_str word) {
	return word.len > 2 && memmem(word.ptr, word.len, "<<", 2) != NULL;
}

struct ctx_str ana_type_chomp(struct ctx_str body, struct ctx_arena *arena) {
	char *out = ctx_arena_alloc(arena, body.len);
	if (out == NULL) {
		return CTX_STR_NONE;
	}
	size_t len = 0;
	bool line_start = true;
	for (size_t i = 0; i < body.len; ++i) {
		if (line_start && body.ptr[i] == '\t') {
			continue;
		}
		line_start = body.ptr[i] == '\n';
		out[len++] = body.ptr[i];
	}
	return (struct ctx_str){ out, len };
}

/** Body of the heredoc of this name, the last one if there are several; empty if there is none. */
static struct ctx_str body_of(const struct ana_node *node, const struct ctx_strmap *bodies, struct ctx_str name) {
	uint32_t found = ctx_strmap_get(bodies, name.ptr, name.len);
	return found == CTX_STRMAP_NONE ? CTX_STR("") : node->heredocs[found].body;
}

/** Map names to heredocs; of several with one name the last counts. */
static int index_bodies(const struct ana_typing *t, struct ctx_strmap *bodies) {
	for (uint32_t i = t->node->heredoc_count; i > 0; --i) {
		struct ctx_str name = t->node->heredocs[i - 1].name;
		if (ctx_strmap_put(bodies, name.ptr, name.len, i - 1) == CTX_STRMAP_NONE) {
			return ctx_fail_nomem(t->err);
		}
	}
	return 0;
}

/** Make an inline file of a heredoc word. */
static int inline_file(const struct ana_typing *t, const struct ctx_strmap *bodies, struct ana_inline_file *file,
	const struct ana_heredoc *word) {
	*file = (struct ana_inline_file){ .name = word->name,
		.data = body_of(t->node, bodies, word->name),
		.expand = word->expand };
	if (word->chomp) {
		file->data = ana_type_chomp(file->data, t->arena);
		if (file->data.ptr == NULL) {
			return ctx_fail_nomem(t->err);
		}
	}
	return 0;
}

/** Is this word a heredoc?  1 and `*word`, or 0.  A name that cannot be lexed makes it none (MustParseHeredoc). */
static int read_word(const struct ana_typing *t, struct ana_heredoc *word, struct ctx_str text) {
	struct ctx_error why;
	int rc = may_be_heredoc(text) ? ana_heredoc_read(word, text, t->arena, &why) : 0;
	if (rc == CTX_E_SYNTAX) {
		return 0;
	}
	return rc < 0 ? ctx_fail(t->err, rc, "%s", why.msg) : rc;
}

/** Tell heredocs from paths among the sources, of which at least one may be a heredoc. */
static int split_sources(const struct ana_typing *t, struct ana_copy *copy, const struct ctx_str *words,
	uint32_t count) {
	copy->sources = ana_strings_new(t->arena, count);
	copy->files = ctx_arena_calloc(t->arena, count, sizeof(*copy->files));
	if (copy->sources == NULL || copy->files == NULL) {
		return ctx_fail_nomem(t->err);
	}
	struct ctx_strmap bodies = { 0 };
	int rc = index_bodies(t, &bodies);
	for (uint32_t i = 0; rc >= 0 && i < count; ++i) {
		struct ana_heredoc word;
		rc = read_word(t, &word, words[i]);
		if (rc > 0) {
			rc = inline_file(t, &bodies, &copy->files[copy->file_count++], &word);
		} else if (rc == 0) {
			copy->sources[copy->source_count++] = words[i];
		}
	}
	ctx_strmap_release(&bodies);
	return rc < 0 ? rc : 0;
}

/** Sources and destination (parseSourcesAndDest). */
static int type_paths(const struct ana_typing *t, struct ana_copy *copy) {
	const struct ana_node *node = t->node;
	uint32_t count = node->arg_count - 1;
	copy->dest = node->args[count];
	struct ana_heredoc word;
	int rc = read_word(t, &word, copy->dest);
	if (rc > 0) {
		return ana_refuse(t, copy->dest, "%s cannot accept a heredoc as a destination",
			ana_keyword_name(node->keyword));
	}
	if (rc < 0) {
		return rc;
	}
	for (uint32_t i = 0; i < count; ++i) {
		if (may_be_heredoc(node->args[i])) {
			return split_sources(t, copy, node->args, count);
		}
	}
	copy->sources = node->args;
	copy->source_count = count;
	return 0;
}

/** Refuse a node without a destination. */
static int refuse_short(const struct ana_typing *t) {
	struct ctx_str part = t->node->arg_count > 0 ? t->node->args[0] : CTX_STR_NONE;
	return ana_refuse(t, part,
		"%s requires at least two arguments, but only one was provided. Destination could not be determined",
		ana_keyword_name(t->node->keyword));
}

int ana_type_add(const struct ana_typing *t, struct ana_instruction *ins) {
	enum { CHOWN, CHMOD, LINK, KEEP_GIT_DIR, CHECKSUM, UNPACK, EXCLUDE, COUNT };
	struct ana_flag flags[COUNT] = {
		[CHOWN] = { .name = "chown", .kind = ANA_FLAG_TEXT },
		[CHMOD] = { .name = "chmod", .kind = ANA_FLAG_TEXT },
		[LINK] = { .name = "link", .kind = ANA_FLAG_BOOL },
		[KEEP_GIT_DIR] = { .name = "keep-git-dir", .kind = ANA_FLAG_BOOL },
		[CHECKSUM] = { .name = "checksum", .kind = ANA_FLAG_TEXT },
		[UNPACK] = { .name = "unpack", .kind = ANA_FLAG_BOOL },
		[EXCLUDE] = { .name = "exclude", .kind = ANA_FLAG_LIST },
	};
	if (t->node->arg_count < 2) {
		return refuse_short(t);
	}
	int rc = ana_flags_parse(t, flags, COUNT);
	if (rc != 0) {
		return rc;
	}
	ins->copy = (struct ana_copy){
		.chown = flags[CHOWN].value,
		.chmod = flags[CHMOD].value,
		.checksum = flags[CHECKSUM].value,
		.link = flags[LINK].on,
		.keep_git_dir = tristate(&flags[KEEP_GIT_DIR]),
		.unpack = tristate(&flags[UNPACK]),
		.excludes = flags[EXCLUDE].values,
		.exclude_count = flags[EXCLUDE].value_count,
	};
	return type_paths(t, &ins->copy);
}

int ana_type_copy(const struct ana_typing *t, struct ana_instruction *ins) {
	enum { CHOWN, FROM, CHMOD, LINK, EXCLUDE, PARENTS, COUNT };
	struct ana_flag flags[COUNT] = {
		[CHOWN] = { .name = "chown", .kind = ANA_FLAG_TEXT },
		[FROM] = { .name = "from", .kind = ANA_FLAG_TEXT },
		[CHMOD] = { .name = "chmod", .kind = ANA_FLAG_TEXT },
		[LINK] = { .name = "link", .kind = ANA_FLAG_BOOL },
		[EXCLUDE] = { .name = "exclude", .kind = ANA_FLAG_LIST },
		[PARENTS] = { .name = "parents", .kind = ANA_FLAG_BOOL },
	};
	if (t->node->arg_count < 2) {
		return refuse_short(t);
	}
	int rc = ana_flags_parse(t, flags, COUNT);
	if (rc != 0) {
		return rc;
	}
	ins->copy = (struct ana_copy){
		.from = flags[FROM].value,
		.chown = flags[CHOWN].value,
		.chmod = flags[CHMOD].value,
		.link = flags[LINK].on,
		.parents = flags[PARENTS].on,
		.excludes = flags[EXCLUDE].values,
		.exclude_count = flags[EXCLUDE].value_count,
	};
	return type_paths(t, &ins->copy);
}
