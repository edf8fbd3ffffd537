#include "analyzer/report/words.h"

#include "ctxopt/base/path.h"

#include <inttypes.h>

void ana_count(struct ctx_out *out, uint64_t n, const char *one, const char *many) {
	char digits[32];
	ctx_out_printf(out, "%s %s", ctx_grouped(digits, n), ana_plural(n, one, many));
}

void ana_bytes(struct ctx_out *out, uint64_t bytes) {
	char human[CTX_HUMAN_MAX], digits[32];
	if (bytes < 1000) {
		ctx_out_printf(out, "%" PRIu64 " %s", bytes, ana_plural(bytes, "byte", "bytes"));
	} else {
		ctx_out_printf(out, "%s (%s bytes)", ctx_human_bytes(human, bytes), ctx_grouped(digits, bytes));
	}
}

void ana_totals(struct ctx_out *out, const struct ctx_totals *t, bool brief) {
	bool started = t->files > 0 || t->dirs + t->symlinks == 0;
	if (started) {
		ana_count(out, t->files, "file", "files");
	}
	if (t->dirs > 0) {
		ctx_out_puts(out, started ? ", " : "");
		ana_count(out, t->dirs, brief ? "dir" : "directory", brief ? "dirs" : "directories");
		started = true;
	}
	if (t->symlinks > 0) {
		ctx_out_puts(out, started ? ", " : "");
		ana_count(out, t->symlinks, "symlink", "symlinks");
	}
}

void ana_share(struct ctx_out *out, uint64_t part, uint64_t whole) {
	if (whole == 0) {
		ctx_out_printf(out, "%6s", "-");
		return;
	}
	ctx_out_printf(out, "%5.1f%%", (double)part * 100.0 / (double)whole);
}

void ana_size(struct ctx_out *out, uint64_t bytes) {
	char human[CTX_HUMAN_MAX];
	ctx_out_printf(out, "%8s", ctx_human_bytes(human, bytes));
}

void ana_bar(struct ctx_out *out, uint64_t part, uint64_t whole, unsigned columns, bool utf8) {
	static const char *const eighths[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	double share = whole == 0 ? 0.0 : (double)part / (double)whole;
	unsigned steps = (unsigned)(share * columns * 8 + 0.5);
	unsigned full = utf8 ? steps / 8 : (steps + 4) / 8, used = full;
	for (unsigned i = 0; i < full; ++i) {
		ctx_out_puts(out, utf8 ? "█" : "#");
	}
	if (utf8 && steps % 8 != 0) {
		ctx_out_puts(out, eighths[steps % 8]);
		++used;
	}
	ctx_out_printf(out, "%*s", (int)(columns - used), "");
}

void ana_heading(struct ctx_out *out, const char *text, const char *name) {
	ctx_out_puts(out, "\n");
	ctx_out_style(out, CTX_STYLE_BOLD);
	ctx_out_puts(out, text);
	if (name != NULL) {
		ctx_out_name(out, name, strlen(name));
	}
	ctx_out_style(out, CTX_STYLE_RESET);
	ctx_out_puts(out, "\n");
}

void ana_styled(struct ctx_out *out, enum ctx_style style, const char *text) {
	ctx_out_style(out, style);
	ctx_out_puts(out, text);
	ctx_out_style(out, CTX_STYLE_RESET);
}

size_t ana_room(const struct ctx_out *out, size_t used) {
	if (!out->tty) {
		return SIZE_MAX;
	}
	return out->width > used ? out->width - used : 0;
}

void ana_name(struct ctx_out *out, const char *name, size_t len, size_t room, bool utf8) {
	if (!out->tty || ctx_out_name_width(out, name, len) <= room || room < 8) {
		ctx_out_name(out, name, len);
		return;
	}
	while (len > 0 && ctx_out_name_width(out, name, len) > room - 1) {
		do {
			++name;
			--len;
		} while (len > 0 && ((unsigned char)*name & 0xC0) == 0x80);
	}
	ctx_out_puts(out, utf8 ? "…" : "~");
	ctx_out_name(out, name, len);
}

const char *ana_ignore_name(const struct ana_source *source) {
	const char *file = source->ignore_file;
	return file == NULL ? "?" : file + ctx_path_base(file, strlen(file));
}

/** "3 files, 1.2 kB", and what is not known. */
static void rule_totals(struct ctx_out *out, const struct ctx_totals *t, uint64_t unopened) {
	char human[CTX_HUMAN_MAX];
	struct ctx_totals known = *t;
	known.dirs -= unopened < known.dirs ? unopened : known.dirs;
	bool any = known.files + known.dirs + known.symlinks > 0;
	if (any) {
		ana_totals(out, &known, true);
		ctx_out_printf(out, ", %s", ctx_human_bytes(human, known.bytes));
	}
	if (unopened > 0) {
		ctx_out_puts(out, any ? ", " : "");
		ana_count(out, unopened, "dir", "dirs");
		ctx_out_puts(out, " unopened");
	}
}

void ana_rule_effect(struct ctx_out *out, const struct ctx_rule_fact *fact) {
	switch (fact->state) {
	case CTX_RULE_WORKS: {
		const struct ctx_totals *t = fact->rule->negated ? &fact->kept : &fact->excluded;
		ctx_out_puts(out, fact->rule->negated ? "keeps " : "excludes ");
		if (t->files + t->dirs + t->symlinks == 0) {
			ctx_out_puts(out, "nothing by itself");
		} else {
			rule_totals(out, t, fact->rule->negated ? 0 : fact->unopened_dirs);
		}
		break;
	}
	case CTX_RULE_OVERRULED:
		ctx_out_puts(out, "overruled by later lines");
		break;
	case CTX_RULE_LOOK_UP:
		ctx_out_puts(out, "acts only when files are opened");
		break;
	case CTX_RULE_SHADOWED:
		if (fact->shadowed_by_line > 0) {
			ctx_out_printf(out, "dead: line %u has decided already", fact->shadowed_by_line);
		} else {
			ctx_out_puts(out, "dead: what it matches is not excluded itself");
		}
		break;
	case CTX_RULE_UNSEEN:
		ctx_out_puts(out, "idle: could match only in excluded directories");
		break;
	case CTX_RULE_UNMATCHED:
		ctx_out_puts(out, "idle: no path matches");
		break;
	}
}

void ana_rule_text(struct ctx_out *out, const struct ctx_rule *rule) {
	ctx_out_puts(out, rule->negated ? "!" : "");
	ctx_out_name(out, rule->pattern, rule->pattern_len);
}

size_t ana_rule_width(const struct ctx_out *out, const struct ctx_rule *rule) {
	return (rule->negated ? 1 : 0) + ctx_out_name_width(out, rule->pattern, rule->pattern_len);
}

void ana_emptied_reason(struct ctx_out *out, const struct ctx_emptied_file *file, const struct ana_source *source,
	const struct ctx_rule_facts *rules) {
	if (file->entry->kind == CTX_KIND_SOCKET) {
		ctx_out_puts(out, "a socket");
	} else if ((file->entry->flags & CTX_ENTRY_REFUSED) == 0) {
		ctx_out_puts(out, "you may not read it");
	} else if (file->rule > 0 && file->rule <= rules->count) {
		const char *name = ana_ignore_name(source);
		ctx_out_puts(out, "refused when it is opened, by ");
		ctx_out_name(out, name, strlen(name));
		ctx_out_printf(out, ":%u", rules->items[file->rule - 1].rule->line);
	} else {
		ctx_out_puts(out, "refused when it is opened");
	}
}

const char *ana_change_word(unsigned changes) {
	if ((changes & CTX_CHANGE_ADDED) != 0) {
		return "added";
	}
	if ((changes & CTX_CHANGE_REMOVED) != 0) {
		return "removed";
	}
	if ((changes & CTX_CHANGE_KIND) != 0) {
		return "other kind";
	}
	if ((changes & CTX_CHANGE_CONTENT) != 0) {
		return (changes & CTX_CHANGE_MODE) != 0 ? "changed+mode" : "changed";
	}
	return (changes & CTX_CHANGE_MODE) != 0 ? "mode" : "time only";
}

/** Write a word as a shell reads it. */
static void put_word(struct ctx_out *out, const char *word) {
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=./:,+@%";
	if (word[strspn(word, plain)] == '\0' && *word != '\0') {
		ctx_out_puts(out, word);
		return;
	}
	ctx_out_puts(out, "'");
	for (size_t len; *word != '\0'; word += len + (word[len] != '\0')) {
		len = strcspn(word, "'");
		ctx_out_name(out, word, len);
		ctx_out_puts(out, word[len] != '\0' ? "'\\''" : "");
	}
	ctx_out_puts(out, "'");
}

void ana_take_line(struct ctx_out *out, const struct ana_head *head, const char *prog, bool review) {
	ctx_out_printf(out, "to take it: %s %s", prog, head->command);
	for (size_t i = 0; i < head->arg_count; ++i) {
		struct ctx_str name = CTX_STR(head->args[i]);
		name.len = ctx_str_find(name, '=');
		if (!ctx_str_is_listed(name,
			    " . --check --verify --build-option --diff --format --allow --write --force ")) {
			ctx_out_puts(out, " ");
			put_word(out, head->args[i]);
		}
	}
	ctx_out_printf(out, " --write%s, or --diff\n", review ? " --allow review" : "");
}
