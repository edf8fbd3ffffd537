#include "analyzer/report/text.h"
#include "analyzer/report/words.h"

/** Widest column for patterns; longer ones push the rest of their line to the right. */
#define PATTERN_COLUMNS_MAX 24

/** "context: 12.3 MB (12,345,678 bytes) in 1,234 files, 210 directories"; brief where a terminal would wrap it. */
static void print_answer(struct ctx_out *out, const struct ana_context *r) {
	const struct ctx_totals *t = &r->measure->included;
	struct ctx_out line;
	ctx_out_init_mem(&line);
	ana_bytes(&line, t->bytes);
	ctx_out_puts(&line, " in ");
	ana_totals(&line, t, false);
	ana_styled(out, CTX_STYLE_BOLD, "context");
	ctx_out_puts(out, ": ");
	if (line.buf.len <= ana_room(out, strlen("context: "))) {
		ctx_out_puts(out, ctx_buf_str(&line.buf));
	} else {
		ana_bytes(out, t->bytes);
		ctx_out_puts(out, " in ");
		ana_totals(out, t, true);
	}
	ctx_out_puts(out, "\n");
	ctx_out_abort(&line);
}

/** Start a line of the block below the answer. */
static void field(struct ctx_out *out, const char *name) {
	ctx_out_printf(out, "  %-13s ", name);
}

/** Which files were in use. */
static void print_source(struct ctx_out *out, const struct ana_head *head) {
	const struct ana_source *s = &head->source;
	bool rules = strcmp(s->kind, "directory") == 0 || strcmp(s->kind, "commit") == 0;
	if (strcmp(s->root, ".") != 0) {
		const char *root = strcmp(s->root, "-") == 0 ? "(standard input)" : s->root;
		field(out, s->commit != NULL ? "directory" : s->kind);
		ctx_out_name(out, root, strlen(root));
		ctx_out_puts(out, "\n");
	}
	if (s->commit != NULL) {
		field(out, "revision");
		ctx_out_name(out, s->revision, strlen(s->revision));
		ctx_out_printf(out, " (%s)\n", s->commit);
	}
	if (s->dockerfile != NULL || rules) {
		field(out, "Dockerfile");
		const char *name = s->dockerfile == NULL  ? "none"
			: strcmp(s->dockerfile, "-") == 0 ? "(standard input)"
							  : s->dockerfile;
		ctx_out_name(out, name, strlen(name));
		ctx_out_puts(out, "\n");
	}
	field(out, "ignore file");
	if (s->ignore_file != NULL) {
		ctx_out_name(out, s->ignore_file, strlen(s->ignore_file));
		ctx_out_puts(out, ", ");
		ana_count(out, s->rule_count, "rule", "rules");
	} else {
		bool saved = strcmp(s->kind, "snapshot file") == 0;
		ctx_out_puts(out,
			rules           ? "none: nothing is excluded"
				: saved ? "applied when the snapshot was saved"
					: "no rules apply to an archive, as in a real build");
	}
	ctx_out_puts(out, "\n");
	if (s->unused_ignore_file != NULL) {
		field(out, "");
		ctx_out_name(out, s->unused_ignore_file, strlen(s->unused_ignore_file));
		ctx_out_puts(out, " exists and is not used: the file above wins\n");
	}
}

/** What is left out, and whether that is all. */
static void print_excluded(struct ctx_out *out, const struct ana_context *r) {
	const struct ctx_totals *t = &r->measure->excluded;
	uint64_t unopened = r->measure->unopened_dirs;
	if (t->files + t->dirs + t->symlinks == 0) {
		return;
	}
	field(out, "excluded");
	struct ctx_totals known = *t;
	known.dirs -= unopened < known.dirs ? unopened : known.dirs;
	if (known.files + known.dirs + known.symlinks > 0) {
		ana_bytes(out, known.bytes);
		ctx_out_puts(out, " in ");
		ana_totals(out, &known, true);
	}
	if (unopened > 0) {
		ctx_out_puts(out, known.files + known.dirs + known.symlinks > 0 ? ";\n                " : "");
		ana_count(out, unopened, "directory was", "directories were");
		ctx_out_printf(out, " not opened: --excluded counts what %s",
			ana_plural(unopened, "it holds", "they hold"));
	} else if (!r->snap->complete) {
		ctx_out_puts(out, "; some could not be read, so there is more");
	}
	ctx_out_puts(out, "\n");
}

/** Digest and archives. */
static void print_extras(struct ctx_out *out, const struct ana_context *r) {
	if (r->digest != NULL) {
		char text[CTX_DIGEST_TEXT_MAX];
		field(out, "digest");
		ctx_out_printf(out, "%s\n", ctx_digest_text(text, r->digest));
	}
	for (size_t i = 0; i < r->tar_count; ++i) {
		const struct ana_tar *tar = &r->tars[i];
		field(out, i == 0 ? "as archive" : "");
		ctx_auto_buf struct ctx_buf name = CTX_BUF_INIT;
		if (tar->level == 0) {
			ctx_buf_adds(&name, "tar");
		} else {
			ctx_buf_addf(&name, "tar, %s -%d", tar->filter, tar->level);
		}
		ctx_out_printf(out, "%-13s  ", ctx_buf_str(&name));
		ana_bytes(out, tar->bytes);
		if (tar->level != 0 && r->tar_raw_bytes > 0) {
			ctx_out_printf(out, ", %.1f%% of the tar stream",
				(double)tar->bytes * 100.0 / (double)r->tar_raw_bytes);
		}
		ctx_out_puts(out, "\n");
	}
	if (r->packed_to != NULL) {
		field(out, "packed to");
		ctx_out_name(out, r->packed_to, strlen(r->packed_to));
		ctx_out_puts(out, ", ");
		ana_bytes(out, r->packed_bytes);
		ctx_out_puts(out, "\n");
	}
	if (r->gated) {
		field(out, "gate");
		ctx_out_puts(out, r->gate_passed ? "passed: at most " : "failed: more than ");
		ana_bytes(out, r->gate_bytes);
		ctx_out_puts(out, "\n");
	}
}

/** One row of a table: size, share, files, name. */
static void print_group(struct ctx_out *out, const struct ctx_totals *t, uint64_t whole, bool count) {
	char digits[32];
	ctx_out_puts(out, "  ");
	ana_size(out, t->bytes);
	ctx_out_puts(out, "  ");
	ana_share(out, t->bytes, whole);
	if (count) {
		ctx_out_printf(out, "  %9s", ctx_grouped(digits, t->files));
	}
	ctx_out_puts(out, "  ");
}

/** A breakdown, and what its rows do not show. */
static void print_groups(struct ctx_out *out, const struct ana_context *r, const struct ctx_groups *g, bool count,
	uint64_t whole) {
	size_t used = count ? 31 : 20;
	for (size_t i = 0; i < g->rows.count; ++i) {
		const struct ctx_group *row = &g->rows.items[i];
		print_group(out, &row->totals, whole, count);
		ana_name(out, row->name, row->name_len, ana_room(out, used), r->head.utf8);
		ctx_out_puts(out, "\n");
	}
	if (g->rest_rows > 0) {
		ctx_out_style(out, CTX_STYLE_DIM);
		print_group(out, &g->rest, whole, count);
		ctx_out_puts(out, "(");
		ana_count(out, g->rest_rows, "more", "more");
		ctx_out_puts(out, ")");
		ctx_out_style(out, CTX_STYLE_RESET);
		ctx_out_puts(out, "\n");
	}
}

/** Column of the patterns. */
static int pattern_columns(const struct ctx_out *out, const struct ctx_rule_facts *rules) {
	size_t widest = 7;
	for (size_t i = 0; i < rules->count; ++i) {
		size_t width = ana_rule_width(out, rules->items[i].rule);
		widest = width > widest ? width : widest;
	}
	return (int)(widest > PATTERN_COLUMNS_MAX ? PATTERN_COLUMNS_MAX : widest);
}

/** One rule of the table. */
static void print_rule(struct ctx_out *out, const struct ctx_rule_fact *fact, int columns) {
	ctx_out_printf(out, "  %4u  ", fact->rule->line);
	ana_rule_text(out, fact->rule);
	int width = (int)ana_rule_width(out, fact->rule);
	ctx_out_printf(out, "%*s", width < columns ? columns - width + 2 : 2, "");
	if (fact->dead) {
		ctx_out_style(out, CTX_STYLE_YELLOW);
	}
	ana_rule_effect(out, fact);
	ctx_out_style(out, CTX_STYLE_RESET);
	ctx_out_puts(out, "\n");
}

/** Lines of the rules in one state, as "3, 7-9". */
static void collect_lines(const struct ctx_rule_facts *rules, enum ctx_rule_state state, struct ctx_buf *text,
	size_t *count) {
	*count = 0;
	for (size_t i = 0; i < rules->count; ++i) {
		if (rules->items[i].state != state) {
			continue;
		}
		size_t end = i;
		while (end + 1 < rules->count && rules->items[end + 1].state == state) {
			++end;
		}
		unsigned first = rules->items[i].rule->line, last = rules->items[end].rule->line;
		ctx_buf_addf(text, *count == 0 ? "%u" : ", %u", first);
		if (end > i) {
			ctx_buf_addf(text, end == i + 1 ? ", %u" : "-%u", last);
		}
		*count += end - i + 1;
		i = end;
	}
}

/** One sentence about the rules in one state that do nothing. */
static void print_idle(struct ctx_out *out, const struct ctx_rule_facts *rules, enum ctx_rule_state state,
	const char *before) {
	ctx_auto_buf struct ctx_buf lines = CTX_BUF_INIT;
	size_t count;
	collect_lines(rules, state, &lines, &count);
	if (count > 0) {
		ctx_out_printf(out, "  %s: %s %s\n", before, ana_plural(count, "line", "lines"), ctx_buf_str(&lines));
	}
}

/** The rules: those that work one by one, the others in a sentence; all one by one with -v and --by rule. */
static void print_rules(struct ctx_out *out, const struct ana_context *r, bool all) {
	const struct ctx_rule_facts *rules = r->rules;
	if (rules->count == 0) {
		return;
	}
	ana_heading(out, "Rules of ", r->head.source.ignore_file);
	int columns = pattern_columns(out, rules);
	ctx_out_style(out, CTX_STYLE_DIM);
	ctx_out_printf(out, "  line  %-*s  what it does\n", columns, "pattern");
	ctx_out_style(out, CTX_STYLE_RESET);
	for (size_t i = 0; i < rules->count; ++i) {
		enum ctx_rule_state state = rules->items[i].state;
		bool idle = state == CTX_RULE_UNMATCHED || state == CTX_RULE_UNSEEN || state == CTX_RULE_OVERRULED;
		if (all || !idle) {
			print_rule(out, &rules->items[i], columns);
		}
	}
	if (!all) {
		print_idle(out, rules, CTX_RULE_UNMATCHED, "idle, as no path matches");
		print_idle(out, rules, CTX_RULE_UNSEEN, "idle, could match only in excluded directories");
		print_idle(out, rules, CTX_RULE_OVERRULED, "overruled by later lines");
	}
}

/** Files that a build receives empty. */
static void print_emptied(struct ctx_out *out, const struct ana_context *r) {
	const struct ctx_emptied *e = r->emptied;
	if (e == NULL || e->count == 0) {
		return;
	}
	ana_heading(out, "Files that arrive empty", NULL);
	for (size_t i = 0; i < e->files.count; ++i) {
		const struct ctx_emptied_file *file = &e->files.items[i];
		ctx_out_puts(out, "  ");
		ana_size(out, file->entry->size_bytes);
		ctx_out_puts(out, "  ");
		ctx_out_name(out, file->path, file->path_len);
		ctx_out_puts(out, ": ");
		ana_emptied_reason(out, file, &r->head.source, r->rules);
		ctx_out_puts(out, "\n");
	}
	if (e->count > e->files.count) {
		ctx_out_puts(out, "  ");
		ana_count(out, e->count - e->files.count, "more file", "more files");
		ctx_out_puts(out, "\n");
	}
}

/** Sets of equal files. */
static void print_duplicates(struct ctx_out *out, const struct ana_context *r) {
	const struct ctx_duplicates *d = r->duplicates;
	ana_heading(out, "Duplicates", NULL);
	if (d->set_count == 0) {
		ctx_out_puts(out, "  no two files have the same content\n");
		return;
	}
	ctx_out_puts(out, "  ");
	ana_bytes(out, d->wasted_bytes);
	ctx_out_puts(out, " are further copies, in ");
	ana_count(out, d->set_count, "set", "sets");
	ctx_out_puts(out, "\n");
	for (size_t i = 0; i < d->sets.count; ++i) {
		const struct ctx_duplicate_set *set = &d->sets.items[i];
		char human[CTX_HUMAN_MAX];
		ctx_out_printf(out, "\n  %s, %u times\n", ctx_human_bytes(human, set->size_bytes), set->count);
		for (uint32_t k = 0; k < set->count; ++k) {
			ctx_out_puts(out, "    ");
			ctx_out_name(out, set->paths[k], strlen(set->paths[k]));
			ctx_out_puts(out, "\n");
		}
	}
	if (d->set_count > d->sets.count) {
		ctx_out_puts(out, "\n  (");
		ana_count(out, d->set_count - d->sets.count, "more set", "more sets");
		ctx_out_puts(out, "; --top 0 shows all)\n");
	}
}

/** The differences to a saved snapshot. */
static void print_since(struct ctx_out *out, const struct ana_context *r) {
	ana_heading(out, "Changed since ", r->since_file);
	if (r->since->items.count == 0) {
		ctx_out_puts(out, "  nothing\n");
	}
	for (size_t i = 0; i < r->since->items.count; ++i) {
		const struct ctx_diff_item *item = &r->since->items.items[i];
		ctx_out_printf(out, "  %-12s  ", ana_change_word(item->changes));
		ctx_out_name(out, item->path, item->path_len);
		const struct ctx_entry *e = item->after != NULL ? item->after : item->before;
		ctx_out_puts(out, e->kind == CTX_KIND_DIR ? "/\n" : "\n");
	}
}

/** --by. */
static void print_by(struct ctx_out *out, const struct ana_context *r) {
	static const char *const titles[] = { "", "By directory", "By extension", "", "By file" };
	if (r->by == ANA_BY_RULE) {
		print_rules(out, r, true);
		return;
	}
	ana_heading(out, titles[r->by], r->of_excluded ? ", what is excluded" : NULL);
	bool count = r->by != ANA_BY_FILE;
	ctx_out_style(out, CTX_STYLE_DIM);
	ctx_out_printf(out, count ? "  %8s  %6s  %9s\n" : "  %8s  %6s\n", "bytes", "share", "files");
	ctx_out_style(out, CTX_STYLE_RESET);
	print_groups(out, r, r->groups, count,
		r->of_excluded ? r->measure->excluded.bytes : r->measure->included.bytes);
}

/** --list: paths and nothing else. */
static void print_list(struct ctx_out *out, const struct ana_context *r) {
	ctx_auto_iter struct ctx_iter it;
	ctx_iter_init(&it, r->snap);
	while (ctx_iter_next(&it)) {
		if (ctx_entry_kept(it.entry) == r->of_excluded) {
			continue;
		}
		if (r->list_nul) {
			ctx_out_write(out, it.path.data, it.path.len + 1); // with its NUL
		} else {
			ctx_out_name(out, it.path.data, it.path.len);
			ctx_out_puts(out, "\n");
		}
	}
}

/** -q: one line. */
static void print_quiet(struct ctx_out *out, const struct ana_context *r) {
	char text[CTX_DIGEST_TEXT_MAX];
	if (r->digest != NULL) {
		ctx_out_printf(out, "%s\n", ctx_digest_text(text, r->digest));
	} else {
		print_answer(out, r);
	}
}

void ana_text_context(struct ctx_out *out, const struct ana_context *r) {
	if (r->list) {
		print_list(out, r);
		return;
	}
	if (r->head.quiet) {
		print_quiet(out, r);
		return;
	}
	print_answer(out, r);
	print_source(out, &r->head);
	print_excluded(out, r);
	ana_text_build_fields(out, r->build);
	print_extras(out, r);
	if (r->tree != NULL && (r->tree_asked || r->tree->rows.count > 1)) {
		ana_heading(out, "Where the bytes are", NULL);
		ana_text_tree(out, &r->head, r->tree, r->rules, r->measure->included.bytes, r->tree_asked);
	}
	if (r->biggest != NULL && r->biggest->rows.count > 0) {
		ana_heading(out, "Largest files", NULL);
		print_groups(out, r, r->biggest, false, r->measure->included.bytes);
	}
	if (r->by != ANA_BY_NONE) {
		print_by(out, r);
	}
	if (r->everything) {
		ana_text_build_table(out, r);
		print_rules(out, r, r->head.verbose);
		print_emptied(out, r);
	}
	if (r->duplicates != NULL) {
		print_duplicates(out, r);
	}
	if (r->since != NULL) {
		print_since(out, r);
	}
}
