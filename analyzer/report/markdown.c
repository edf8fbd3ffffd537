/**
 * For pull requests and wikis: GitHub's tables.  Names from the tree are code spans whose bars and backticks mean
 * nothing.
 */
#include "analyzer/report/markdown_parts.h"
#include "analyzer/report/words.h"

#include <inttypes.h>

void ana_markdown_code(struct ctx_out *out, const char *name, size_t len) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_escape_name(&text, name, len);
	ctx_out_puts(out, "`");
	for (size_t i = 0; i < text.len; ++i) {
		if (text.data[i] == '`') {
			ctx_out_puts(out, "'");
		} else if (text.data[i] == '|') {
			ctx_out_puts(out, "\\|"); // the only escape that a table cell honours inside a code span
		} else {
			ctx_out_write(out, text.data + i, 1);
		}
	}
	ctx_out_puts(out, "`");
}

/** As ana_markdown_code(), for C strings. */
static void code_str(struct ctx_out *out, const char *text) {
	ana_markdown_code(out, text, strlen(text));
}

/** A level-3 heading. */
static void heading(struct ctx_out *out, const char *text) {
	ctx_out_printf(out, "\n### %s\n\n", text);
}

/** A cell "1.2 MB". */
static void cell_size(struct ctx_out *out, uint64_t bytes) {
	char human[CTX_HUMAN_MAX];
	ctx_out_printf(out, "| %s ", ctx_human_bytes(human, bytes));
}

/** A cell "82.0%". */
static void cell_share(struct ctx_out *out, uint64_t part, uint64_t whole) {
	if (whole == 0) {
		ctx_out_puts(out, "| - ");
	} else {
		ctx_out_printf(out, "| %.1f%% ", (double)part * 100.0 / (double)whole);
	}
}

/** A cell "1,234". */
static void cell_number(struct ctx_out *out, uint64_t n) {
	char digits[32];
	ctx_out_printf(out, "| %s ", ctx_grouped(digits, n));
}

/** Title and what was read. */
static void put_summary(struct ctx_out *out, const struct ana_head *head, const struct ctx_measure *m) {
	const struct ana_source *s = &head->source;
	ctx_out_puts(out, "## Build context: ");
	ana_bytes(out, m->included.bytes);
	ctx_out_puts(out, "\n\n");
	ana_totals(out, &m->included, false);
	ctx_out_puts(out, ".");
	if (s->dockerfile != NULL) {
		ctx_out_puts(out, " Dockerfile ");
		code_str(out, s->dockerfile);
		ctx_out_puts(out, ".");
	}
	if (s->ignore_file != NULL) {
		ctx_out_puts(out, " Ignore file ");
		code_str(out, s->ignore_file);
		ctx_out_puts(out, ", ");
		ana_count(out, s->rule_count, "rule", "rules");
		ctx_out_puts(out, ".");
	} else {
		ctx_out_puts(out, " No ignore file.");
	}
	if (s->commit != NULL) {
		ctx_out_puts(out, " Commit ");
		code_str(out, s->commit);
		ctx_out_puts(out, ".");
	}
	struct ctx_totals known = m->excluded;
	known.dirs -= m->unopened_dirs < known.dirs ? m->unopened_dirs : known.dirs;
	bool any = known.files + known.dirs + known.symlinks > 0;
	if (any) {
		ctx_out_puts(out, " Excluded: ");
		ana_bytes(out, known.bytes);
		ctx_out_puts(out, " in ");
		ana_totals(out, &known, false);
	}
	if (m->unopened_dirs > 0) {
		ctx_out_puts(out, any ? ", and " : " Excluded: ");
		ana_count(out, m->unopened_dirs, "directory", "directories");
		ctx_out_puts(out, " that nobody opened");
	}
	ctx_out_puts(out, any || m->unopened_dirs > 0 ? "." : "");
	ctx_out_puts(out, "\n");
}

/** Rows of directories. */
static void put_tree(struct ctx_out *out, const struct ctx_tree *tree, uint64_t whole) {
	heading(out, "Where the bytes are");
	ctx_out_puts(out, "| Bytes | Share | Files | Directory |\n| ---: | ---: | ---: | :--- |\n");
	for (size_t i = 0; i < tree->rows.count; ++i) {
		const struct ctx_tree_row *row = &tree->rows.items[i];
		bool excluded = row->kind == CTX_TREE_EXCLUDED || row->kind == CTX_TREE_EXCLUDED_REST;
		if (excluded && row->unopened) {
			ctx_out_puts(out, "| ? | | ? ");
		} else {
			cell_size(out, row->totals.bytes);
			if (excluded) {
				ctx_out_puts(out, "| ");
			} else {
				cell_share(out, row->totals.bytes, whole);
			}
			cell_number(out, row->totals.files);
		}
		ctx_out_puts(out, "| ");
		for (unsigned d = 0; d < row->depth; ++d) {
			ctx_out_puts(out, "&emsp;");
		}
		if (row->name != NULL) {
			ana_markdown_code(out, row->name, row->name_len);
		}
		switch (row->kind) {
		case CTX_TREE_DIR:
			break;
		case CTX_TREE_REST:
			ana_count(out, row->count, "smaller directory", "smaller directories");
			ctx_out_puts(out, row->own_count > 0 ? " and files here" : "");
			break;
		case CTX_TREE_OWN:
			ctx_out_puts(out, "files here");
			break;
		case CTX_TREE_EXCLUDED:
			ctx_out_puts(out, " (excluded)");
			break;
		case CTX_TREE_EXCLUDED_REST:
			ana_count(out, row->count + row->own_count, "excluded entry", "excluded entries");
			break;
		}
		ctx_out_puts(out, " |\n");
	}
}

/** Rows of a breakdown. */
static void put_groups(struct ctx_out *out, const char *title, const char *what, const struct ctx_groups *g,
	uint64_t whole) {
	heading(out, title);
	ctx_out_printf(out, "| Bytes | Share | Files | %s |\n| ---: | ---: | ---: | :--- |\n", what);
	for (size_t i = 0; i < g->rows.count; ++i) {
		const struct ctx_group *row = &g->rows.items[i];
		cell_size(out, row->totals.bytes);
		cell_share(out, row->totals.bytes, whole);
		cell_number(out, row->totals.files);
		ctx_out_puts(out, "| ");
		ana_markdown_code(out, row->name, row->name_len);
		ctx_out_puts(out, " |\n");
	}
	if (g->rest_rows > 0) {
		cell_size(out, g->rest.bytes);
		cell_share(out, g->rest.bytes, whole);
		cell_number(out, g->rest.files);
		ctx_out_printf(out, "| %" PRIu64 " more |\n", g->rest_rows);
	}
}

/** The rules. */
static void put_rules(struct ctx_out *out, const struct ctx_rule_facts *rules) {
	if (rules->count == 0) {
		return;
	}
	heading(out, "Rules");
	ctx_out_puts(out, "| Line | Rule | What it does |\n| ---: | :--- | :--- |\n");
	for (size_t i = 0; i < rules->count; ++i) {
		const struct ctx_rule_fact *fact = &rules->items[i];
		ctx_out_printf(out, "| %u | ", fact->rule->line);
		ana_markdown_code(out, fact->rule->text, fact->rule->text_len);
		ctx_out_puts(out, " | ");
		ana_rule_effect(out, fact);
		ctx_out_puts(out, " |\n");
	}
}

/** Files that arrive empty. */
static void put_emptied(struct ctx_out *out, const struct ctx_emptied *e, const struct ana_source *source,
	const struct ctx_rule_facts *rules) {
	if (e->count == 0) {
		return;
	}
	heading(out, "Files that arrive empty");
	for (size_t i = 0; i < e->files.count; ++i) {
		ctx_out_puts(out, "- ");
		ana_markdown_code(out, e->files.items[i].path, e->files.items[i].path_len);
		ctx_out_puts(out, ": ");
		ana_emptied_reason(out, &e->files.items[i], source, rules);
		ctx_out_puts(out, "\n");
	}
	if (e->count > e->files.count) {
		ctx_out_printf(out, "- %" PRIu64 " more\n", e->count - e->files.count);
	}
}

/** Digest, archives, gate. */
static void put_extras(struct ctx_out *out, const struct ana_context *r) {
	char text[CTX_DIGEST_TEXT_MAX];
	if (r->digest != NULL) {
		ctx_out_printf(out, "\nDigest `%s`.\n", ctx_digest_text(text, r->digest));
	}
	for (size_t i = 0; i < r->tar_count; ++i) {
		ctx_out_puts(out, i == 0 ? "\n- As tar, " : "- As tar, ");
		if (r->tars[i].level == 0) {
			ctx_out_puts(out, "not compressed: ");
		} else {
			ctx_out_printf(out, "%s -%d: ", r->tars[i].filter, r->tars[i].level);
		}
		ana_bytes(out, r->tars[i].bytes);
		ctx_out_puts(out, "\n");
	}
	if (r->packed_to != NULL) {
		ctx_out_puts(out, "\nPacked to ");
		code_str(out, r->packed_to);
		ctx_out_puts(out, ", ");
		ana_bytes(out, r->packed_bytes);
		ctx_out_puts(out, ".\n");
	}
	if (r->gated) {
		ctx_out_puts(out, r->gate_passed ? "\nGate passed: at most " : "\n**Gate failed**: more than ");
		ana_bytes(out, r->gate_bytes);
		ctx_out_puts(out, ".\n");
	}
}

/** --duplicates. */
static void put_duplicates(struct ctx_out *out, const struct ctx_duplicates *d) {
	heading(out, "Duplicates");
	ana_bytes(out, d->wasted_bytes);
	ctx_out_puts(out, " are further copies, in ");
	ana_count(out, d->set_count, "set", "sets");
	ctx_out_puts(out, ".\n\n");
	for (size_t i = 0; i < d->sets.count; ++i) {
		const struct ctx_duplicate_set *set = &d->sets.items[i];
		char human[CTX_HUMAN_MAX];
		ctx_out_printf(out, "- %s, %u times:", ctx_human_bytes(human, set->size_bytes), set->count);
		for (uint32_t k = 0; k < set->count; ++k) {
			ctx_out_puts(out, k == 0 ? " " : ", ");
			code_str(out, set->paths[k]);
		}
		ctx_out_puts(out, "\n");
	}
}

/** --since. */
static void put_since(struct ctx_out *out, const struct ana_context *r) {
	heading(out, "Changes");
	for (size_t i = 0; i < r->since->items.count; ++i) {
		const struct ctx_diff_item *item = &r->since->items.items[i];
		ctx_out_printf(out, "- %s ", ana_change_word(item->changes));
		ana_markdown_code(out, item->path, item->path_len);
		ctx_out_puts(out, "\n");
	}
	if (r->since->items.count == 0) {
		ctx_out_puts(out, "None.\n");
	}
}

/** --list. */
static void put_list(struct ctx_out *out, const struct ana_context *r) {
	heading(out, r->of_excluded ? "Excluded entries" : "Entries");
	ctx_auto_iter struct ctx_iter it;
	ctx_iter_init(&it, r->snap);
	while (ctx_iter_next(&it)) {
		if (ctx_entry_kept(it.entry) != r->of_excluded) {
			ctx_out_puts(out, "- ");
			ana_markdown_code(out, it.path.data, it.path.len);
			ctx_out_puts(out, "\n");
		}
	}
}

/** `context`. */
static void markdown_context(struct ctx_out *out, const struct ana_context *r) {
	static const char *const titles[] = { "", "By directory", "By extension", "", "By file" };
	static const char *const heads[] = { "", "Directory", "Extension", "", "File" };
	uint64_t whole = r->measure->included.bytes;
	put_summary(out, &r->head, r->measure);
	put_extras(out, r);
	if (r->build != NULL) {
		ana_markdown_build(out, r->build);
	}
	if (r->tree != NULL) {
		put_tree(out, r->tree, whole);
	}
	if (r->biggest != NULL && r->biggest->rows.count > 0) {
		put_groups(out, "Largest files", "File", r->biggest, whole);
	}
	if (r->groups != NULL) {
		put_groups(out, titles[r->by], heads[r->by], r->groups,
			r->of_excluded ? r->measure->excluded.bytes : whole);
	}
	if (r->everything || r->by == ANA_BY_RULE) {
		put_rules(out, r->rules);
	}
	if (r->emptied != NULL) {
		put_emptied(out, r->emptied, &r->head.source, r->rules);
	}
	if (r->duplicates != NULL) {
		put_duplicates(out, r->duplicates);
	}
	if (r->since != NULL) {
		put_since(out, r);
	}
	if (r->list) {
		put_list(out, r);
	}
}

/** `why`. */
static void markdown_why(struct ctx_out *out, const struct ana_why *r) {
	ctx_out_puts(out, "| Path | In the context | Rule |");
	ctx_out_puts(out,
		r->uses != NULL ? " Read by |\n| :--- | :--- | :--- | :--- |\n" : "\n| :--- | :--- | :--- |\n");
	for (size_t i = 0; i < r->count; ++i) {
		const struct ctx_explanation *e = &r->items[i];
		uint32_t rule = e->refused ? e->refused_rule : e->rule;
		ctx_out_puts(out, "| ");
		code_str(out, r->given[i]);
		ctx_out_printf(out, " | %s | ", e->refused ? "yes, empty" : e->kept ? "yes" : "no");
		if (rule > 0) {
			ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
			ctx_buf_addf(&text, "%s:%u:", r->head.source.ignore_file, r->rules[rule - 1]->line);
			ctx_buf_add(&text, r->rules[rule - 1]->text, r->rules[rule - 1]->text_len);
			ana_markdown_code(out, ctx_buf_str(&text), text.len);
		}
		ctx_out_puts(out, " |");
		ana_markdown_use(out, r, i);
		ctx_out_puts(out, "\n");
	}
}

/** What to change first. */
static void put_changes(struct ctx_out *out, const struct ana_overview *r) {
	if (r->change_count == 0) {
		return;
	}
	heading(out, "What to change first");
	ctx_out_puts(out, "| Bytes | What | Proof | More |\n| ---: | :--- | :--- | :--- |\n");
	for (size_t i = 0; i < r->change_count; ++i) {
		cell_size(out, r->changes[i].bytes);
		ctx_out_puts(out, "| ");
		code_str(out, r->changes[i].what);
		ctx_out_printf(out, " | %s | `%s %s` |\n", ana_proof_name(r->changes[i].proof), r->prog,
			r->changes[i].command);
	}
}

/** `ctxopt` without a command. */
static void markdown_overview(struct ctx_out *out, const struct ana_overview *r) {
	put_summary(out, &r->head, r->measure);
	ana_markdown_build_line(out, r->build);
	ana_markdown_cache_line(out, r->cache);
	put_changes(out, r);
	put_tree(out, r->tree, r->measure->included.bytes);
	if (r->waste->rows.count > 0) {
		heading(out, "Sent, and seldom needed by a build");
		ctx_out_puts(out, "| Bytes | Files | What | Kind |\n| ---: | ---: | :--- | :--- |\n");
	}
	for (size_t i = 0; i < r->waste->rows.count; ++i) {
		const struct ctx_waste_row *row = &r->waste->rows.items[i];
		cell_size(out, row->totals.bytes);
		cell_number(out, row->totals.files);
		ctx_out_puts(out, "| ");
		code_str(out, row->name);
		ctx_out_printf(out, " | %s |\n", ctx_waste_class_name(row->class));
	}
	put_emptied(out, r->emptied, &r->head.source, r->rules);
}

const struct ana_renderer ana_markdown = {
	.name = "markdown",
	.context = markdown_context,
	.why = markdown_why,
	.overview = markdown_overview,
	.graph = ana_markdown_graph,
	.simulate = ana_markdown_simulate,
	.predict = ana_markdown_predict,
	.compare = ana_markdown_compare,
	.key = ana_markdown_key,
	.ignore = ana_markdown_ignore,
	.check = ana_markdown_check,
	.audit = ana_markdown_audit,
	.reorder = ana_markdown_reorder,
};
