/**
 * The machine-readable face.  The shape of each document is described by schemas/NAME.schema.json, and every output of
 * the command line tests is checked against it.  What comes out of the Dockerfile is in json_graph.c.
 */
#include "analyzer/report/json_parts.h"

#include <inttypes.h>

/** Containers from this depth on are written on one line. */
#define INLINE_DEPTH 2

void ana_json_put_path(struct ctx_json *j, const char *key, const char *path) {
	if (path == NULL) {
		ctx_json_null(j, key);
	} else {
		ctx_json_path(j, key, path, strlen(path));
	}
}

void ana_json_put_head(struct ctx_json *j, const struct ana_head *head, const char *schema) {
	ctx_json_object(j, NULL);
	ctx_json_str(j, "schema", schema);
	ctx_json_str(j, "version", CTXOPT_VERSION);
	ctx_json_object(j, "command");
	ctx_json_str(j, "name", head->command);
	ctx_json_array(j, "args");
	for (size_t i = 0; i < head->arg_count; ++i) {
		ctx_json_string(j, NULL, head->args[i], strlen(head->args[i]));
	}
	ctx_json_end(j);
	ctx_json_end(j);

	const struct ana_source *s = &head->source;
	ctx_json_object(j, "context");
	ana_json_put_path(j, "root", s->root);
	ana_json_put_path(j, "dockerfile", s->dockerfile);
	ana_json_put_path(j, "ignore_file", s->ignore_file);
	ana_json_put_path(j, "unused_ignore_file", s->unused_ignore_file);
	ctx_json_str(j, "kind", s->kind);
	ctx_json_str(j, "engine", s->engine);
	ctx_json_str(j, "commit", s->commit);
	ctx_json_end(j);
}

void ana_json_put_warnings(struct ctx_json *j, const struct ana_head *head) {
	ctx_json_array(j, "warnings");
	for (size_t i = 0; i < head->warning_count; ++i) {
		const struct ana_warning *w = &head->warnings[i];
		ctx_json_object(j, NULL);
		if (w->path != NULL) {
			ctx_json_path(j, "path", w->path, w->path_len);
		}
		ctx_json_str(j, "message", w->what);
		if (w->sysno != 0) {
			ctx_json_str(j, "cause", strerror(w->sysno));
		}
		ctx_json_end(j);
	}
	ctx_json_end(j);
	ctx_json_end(j);
	ctx_json_finish(j);
}

/** The members of a set of counts. */
static void put_counts(struct ctx_json *j, const struct ctx_totals *t) {
	ctx_json_uint(j, "files", t->files);
	ctx_json_uint(j, "dirs", t->dirs);
	ctx_json_uint(j, "symlinks", t->symlinks);
	ctx_json_uint(j, "bytes", t->bytes);
}

/** Totals, as in all documents. */
static void put_totals(struct ctx_json *j, const struct ctx_measure *m, const struct ctx_snapshot *snap,
	const struct ana_build *build) {
	ctx_json_object(j, "totals");
	ctx_json_object(j, "included");
	put_counts(j, &m->included);
	ctx_json_end(j);
	ctx_json_object(j, "excluded");
	put_counts(j, &m->excluded);
	ctx_json_bool(j, "complete", snap->complete);
	ctx_json_uint(j, "unopened_dirs", m->unopened_dirs);
	ctx_json_end(j);
	ana_json_put_read(j, build);
	ctx_json_object(j, "emptied");
	ctx_json_uint(j, "files", m->emptied_files);
	ctx_json_uint(j, "bytes", m->emptied_bytes);
	ctx_json_end(j);
	ctx_json_end(j);
}

/** One rule. */
static void put_rule(struct ctx_json *j, const struct ctx_rule_fact *f) {
	ctx_json_object(j, NULL);
	ctx_json_uint(j, "line", f->rule->line);
	ctx_json_path(j, "pattern", f->rule->pattern, f->rule->pattern_len);
	ctx_json_bool(j, "negated", f->rule->negated);
	ctx_json_uint(j, "excluded_files", f->excluded.files);
	ctx_json_uint(j, "excluded_bytes", f->excluded.bytes);
	ctx_json_bool(j, "dead", f->dead);
	ctx_json_str(j, "state", ctx_rule_state_name(f->state));
	ctx_json_uint(j, "excluded_dirs", f->excluded.dirs);
	ctx_json_uint(j, "unopened_dirs", f->unopened_dirs);
	ctx_json_uint(j, "kept_files", f->kept.files);
	ctx_json_uint(j, "kept_bytes", f->kept.bytes);
	ctx_json_uint(j, "matched", f->use.matched);
	if (f->shadowed_by_line > 0) {
		ctx_json_uint(j, "shadowed_by", f->shadowed_by_line);
	} else {
		ctx_json_null(j, "shadowed_by");
	}
	ctx_json_bool(j, "unseen", f->use.unseen);
	ctx_json_end(j);
}

/** All rules. */
static void put_rules(struct ctx_json *j, const struct ctx_rule_facts *rules) {
	ctx_json_array(j, "rules");
	for (size_t i = 0; i < rules->count; ++i) {
		put_rule(j, &rules->items[i]);
	}
	ctx_json_end(j);
}

/** Why a kept file arrives empty although it is not, NULL if it does not. */
static const char *emptied_reason(const struct ctx_entry *e) {
	if (!ctx_entry_kept(e)) {
		return NULL;
	}
	if (e->kind == CTX_KIND_SOCKET) {
		return "socket";
	}
	if (e->kind != CTX_KIND_FILE || (e->flags & (CTX_ENTRY_REFUSED | CTX_ENTRY_UNREADABLE)) == 0) {
		return NULL;
	}
	return (e->flags & CTX_ENTRY_REFUSED) != 0 ? "refused" : "unreadable";
}

/** One entry of a listing. */
static void put_entry(struct ctx_json *j, const struct ctx_entry *e, const char *path, size_t len,
	const struct ctx_rule_facts *rules) {
	char mode[16], digest[CTX_DIGEST_TEXT_MAX];
	snprintf(mode, sizeof(mode), "%06" PRIo32, e->mode);
	bool kept = ctx_entry_kept(e);
	ctx_json_object(j, NULL);
	ctx_json_path(j, "path", path, len);
	ctx_json_str(j, "kind", ctx_kind_name((enum ctx_kind)e->kind));
	ctx_json_str(j, "mode", mode);
	ctx_json_uint(j, "bytes", kept ? ctx_entry_content_bytes(e) : e->kind == CTX_KIND_FILE ? e->size_bytes : 0);
	if ((e->flags & CTX_ENTRY_DIGEST) != 0) {
		ctx_json_str(j, "digest", ctx_digest_text(digest, &e->digest));
	}
	if (e->kind == CTX_KIND_SYMLINK && e->target != NULL) {
		ana_json_put_path(j, "target", e->target);
	}
	const char *reason = emptied_reason(e);
	if (reason != NULL) {
		ctx_json_str(j, "arrives_empty", reason);
	}
	if (!kept && e->rule > 0 && e->rule <= rules->count) {
		ctx_json_uint(j, "rule_line", rules->items[e->rule - 1].rule->line);
	}
	if (!kept && e->kind == CTX_KIND_DIR) {
		ctx_json_bool(j, "opened", (e->flags & CTX_ENTRY_UNOPENED) == 0);
	}
	ctx_json_end(j);
}

/** --list. */
static void put_list(struct ctx_json *j, const struct ana_context *r) {
	ctx_json_array(j, "entries");
	ctx_auto_iter struct ctx_iter it;
	ctx_iter_init(&it, r->snap);
	while (ctx_iter_next(&it)) {
		if (ctx_entry_kept(it.entry) != r->of_excluded) {
			put_entry(j, it.entry, it.path.data, it.path.len, r->rules);
		}
	}
	ctx_json_end(j);
}

/** Rows of single files. */
static void put_files(struct ctx_json *j, const char *key, const struct ctx_groups *g,
	const struct ctx_rule_facts *rules) {
	ctx_json_array(j, key);
	for (size_t i = 0; i < g->rows.count; ++i) {
		const struct ctx_group *row = &g->rows.items[i];
		put_entry(j, row->entry, row->name, row->name_len, rules);
	}
	ctx_json_end(j);
}

/** --by dir and --by ext. */
static void put_groups(struct ctx_json *j, const struct ana_context *r) {
	ctx_json_object(j, "groups");
	ctx_json_str(j, "by", r->by == ANA_BY_DIR ? "dir" : "ext");
	ctx_json_bool(j, "of_excluded", r->of_excluded);
	ctx_json_array(j, "rows");
	for (size_t i = 0; i < r->groups->rows.count; ++i) {
		const struct ctx_group *row = &r->groups->rows.items[i];
		ctx_json_object(j, NULL);
		ctx_json_path(j, "name", row->name, row->name_len);
		if (r->by == ANA_BY_DIR) {
			ctx_json_uint(j, "depth", row->depth);
		}
		put_counts(j, &row->totals);
		ctx_json_end(j);
	}
	ctx_json_end(j);
	ctx_json_object(j, "rest");
	ctx_json_uint(j, "rows", r->groups->rest_rows);
	put_counts(j, &r->groups->rest);
	ctx_json_end(j);
	ctx_json_end(j);
}

/** Rows of a picture. */
static void put_tree(struct ctx_json *j, const char *key, const struct ctx_tree *tree,
	const struct ctx_rule_facts *rules) {
	static const char *const kinds[] = { "dir", "rest", "own", "excluded", "excluded-rest" };
	ctx_json_array(j, key);
	for (size_t i = 0; i < tree->rows.count; ++i) {
		const struct ctx_tree_row *row = &tree->rows.items[i];
		ctx_json_object(j, NULL);
		ctx_json_str(j, "kind", kinds[row->kind]);
		ctx_json_uint(j, "depth", row->depth);
		if (row->name != NULL) {
			ctx_json_path(j, "name", row->name, row->name_len);
		}
		ctx_json_uint(j, "count", row->count);
		if (row->own_count > 0) {
			ctx_json_uint(j, "own_count", row->own_count);
		}
		put_counts(j, &row->totals);
		if (row->rule > 0 && row->rule <= rules->count && row->kind >= CTX_TREE_EXCLUDED) {
			ctx_json_uint(j, "rule_line", rules->items[row->rule - 1].rule->line);
			ctx_json_bool(j, "opened", !row->unopened);
		}
		ctx_json_end(j);
	}
	ctx_json_end(j);
}

/** Files that arrive empty. */
static void put_emptied(struct ctx_json *j, const struct ctx_emptied *e, const struct ctx_rule_facts *rules) {
	ctx_json_array(j, "emptied");
	for (size_t i = 0; i < e->files.count; ++i) {
		const struct ctx_emptied_file *file = &e->files.items[i];
		ctx_json_object(j, NULL);
		ctx_json_path(j, "path", file->path, file->path_len);
		ctx_json_uint(j, "bytes", file->entry->size_bytes);
		ctx_json_str(j, "reason", emptied_reason(file->entry));
		if (file->rule > 0 && file->rule <= rules->count) {
			ctx_json_uint(j, "rule_line", rules->items[file->rule - 1].rule->line);
		}
		ctx_json_end(j);
	}
	ctx_json_end(j);
}

/** --duplicates. */
static void put_duplicates(struct ctx_json *j, const struct ctx_duplicates *d) {
	ctx_json_object(j, "duplicates");
	ctx_json_uint(j, "sets", d->set_count);
	ctx_json_uint(j, "wasted_bytes", d->wasted_bytes);
	ctx_json_array(j, "largest");
	for (size_t i = 0; i < d->sets.count; ++i) {
		const struct ctx_duplicate_set *set = &d->sets.items[i];
		ctx_json_object(j, NULL);
		ctx_json_uint(j, "bytes", set->size_bytes);
		ctx_json_array(j, "paths");
		for (uint32_t k = 0; k < set->count; ++k) {
			ctx_json_object(j, NULL);
			ana_json_put_path(j, "path", set->paths[k]);
			ctx_json_end(j);
		}
		ctx_json_end(j);
		ctx_json_end(j);
	}
	ctx_json_end(j);
	ctx_json_end(j);
}

/** --since. */
static void put_since(struct ctx_json *j, const struct ana_context *r) {
	static const struct {
		unsigned bit;
		const char *name;
	} words[] = { { CTX_CHANGE_ADDED, "added" }, { CTX_CHANGE_REMOVED, "removed" }, { CTX_CHANGE_KIND, "kind" },
		{ CTX_CHANGE_CONTENT, "content" }, { CTX_CHANGE_MODE, "mode" }, { CTX_CHANGE_MTIME, "mtime" } };
	ctx_json_object(j, "since");
	ana_json_put_path(j, "file", r->since_file);
	ctx_json_array(j, "changes");
	for (size_t i = 0; i < r->since->items.count; ++i) {
		const struct ctx_diff_item *item = &r->since->items.items[i];
		ctx_json_object(j, NULL);
		ctx_json_path(j, "path", item->path, item->path_len);
		ctx_json_array(j, "changes");
		for (size_t k = 0; k < CTX_COUNTOF(words); ++k) {
			if ((item->changes & words[k].bit) != 0) {
				ctx_json_str(j, NULL, words[k].name);
			}
		}
		ctx_json_end(j);
		ctx_json_end(j);
	}
	ctx_json_end(j);
	ctx_json_end(j);
}

/** --compress and --pack. */
static void put_tar(struct ctx_json *j, const struct ana_context *r) {
	ctx_json_object(j, "tar");
	ctx_json_uint(j, "raw_bytes", r->tar_raw_bytes);
	ctx_json_array(j, "compressed");
	for (size_t i = 0; i < r->tar_count; ++i) {
		ctx_json_object(j, NULL);
		ctx_json_str(j, "filter", r->tars[i].filter);
		ctx_json_int(j, "level", r->tars[i].level);
		ctx_json_uint(j, "bytes", r->tars[i].bytes);
		ctx_json_end(j);
	}
	ctx_json_end(j);
	if (r->packed_to != NULL) {
		ana_json_put_path(j, "packed_to", r->packed_to);
		ctx_json_uint(j, "packed_bytes", r->packed_bytes);
	}
	ctx_json_end(j);
}

/** Digest, archives, gate. */
static void put_extras(struct ctx_json *j, const struct ana_context *r) {
	char text[CTX_DIGEST_TEXT_MAX];
	if (r->digest != NULL) {
		ctx_json_str(j, "digest", ctx_digest_text(text, r->digest));
	}
	if (r->tar_count > 0 || r->packed_to != NULL) {
		put_tar(j, r);
	}
	if (r->gated) {
		ctx_json_object(j, "gate");
		ctx_json_uint(j, "max_bytes", r->gate_bytes);
		ctx_json_bool(j, "passed", r->gate_passed);
		ctx_json_end(j);
	}
}

/** `context`. */
static void json_context(struct ctx_out *out, const struct ana_context *r) {
	struct ctx_json j;
	ctx_json_init(&j, out, INLINE_DEPTH);
	ana_json_put_head(&j, &r->head, "ctxopt.context/1");
	put_totals(&j, r->measure, r->snap, r->build);
	ana_json_put_transfer(&j, r->build);
	put_rules(&j, r->rules);
	ana_json_put_build(&j, r->build);
	put_extras(&j, r);
	if (r->tree != NULL) {
		put_tree(&j, "tree", r->tree, r->rules);
	}
	if (r->biggest != NULL) {
		put_files(&j, "largest", r->biggest, r->rules);
	}
	if (r->emptied != NULL) {
		put_emptied(&j, r->emptied, r->rules);
	}
	if (r->duplicates != NULL) {
		put_duplicates(&j, r->duplicates);
	}
	if (r->since != NULL) {
		put_since(&j, r);
	}
	if (r->by == ANA_BY_DIR || r->by == ANA_BY_EXT) {
		put_groups(&j, r);
	}
	if (r->list) {
		put_list(&j, r);
	} else if (r->by == ANA_BY_FILE) {
		put_files(&j, "entries", r->groups, r->rules);
	}
	ana_json_put_warnings(&j, &r->head);
}

/** The rule with index `rule`, as "rule" of a `why` item. */
static void put_why_rule(struct ctx_json *j, const struct ana_why *r, uint32_t rule) {
	const struct ctx_rule *x = r->rules[rule - 1];
	ctx_json_uint(j, "line", x->line);
	ctx_json_path(j, "pattern", x->pattern, x->pattern_len);
	ctx_json_bool(j, "negated", x->negated);
}

/** The rules that touched a path. */
static void put_touches(struct ctx_json *j, const struct ana_why *r, const struct ctx_explanation *e) {
	ctx_json_array(j, "touched_by");
	for (size_t i = 0; i < e->touches.count; ++i) {
		const struct ctx_touch *t = &e->touches.items[i];
		ctx_json_object(j, NULL);
		ctx_json_path(j, "path", e->path, t->path_len);
		put_why_rule(j, r, t->rule);
		ctx_json_str(j, "how",
			t->how == CTX_TRACE_MATCHED             ? "matched"
				: t->how == CTX_TRACE_INHERITED ? "inherited"
								: "skipped");
		ctx_json_bool(j, "excluded", t->excluded);
		ctx_json_end(j);
	}
	ctx_json_end(j);
}

/** What git thinks. */
static void put_git(struct ctx_json *j, const struct ctx_explanation *e) {
	if (!e->git_knows && !e->git_reads) {
		ctx_json_null(j, "git");
		return;
	}
	ctx_json_object(j, "git");
	if (e->git_reads) {
		ctx_json_bool(j, "same_rules_ignore", e->git_reads_ignored);
	}
	if (e->git_knows) {
		ctx_json_bool(j, "tracked", e->git.tracked);
		ctx_json_bool(j, "ignored", e->git.ignored);
		ctx_json_bool(j, "internal", e->git.internal);
	}
	ctx_json_end(j);
}

/** One path of `why`. */
static void put_explanation(struct ctx_json *j, const struct ana_why *r, size_t index) {
	const struct ctx_explanation *e = &r->items[index];
	ctx_json_object(j, NULL);
	ana_json_put_path(j, "given", r->given[index]);
	ctx_json_path(j, "path", e->path, e->path_len);
	ctx_json_bool(j, "exists", e->exists);
	ctx_json_str(j, "kind", e->exists ? ctx_kind_name((enum ctx_kind)e->kind) : NULL);
	ctx_json_bool(j, "kept", e->kept);
	ctx_json_bool(j, "excluded_by_rules", e->excluded);
	ctx_json_bool(j, "arrives_empty", e->refused);
	if (e->rule > 0) {
		ctx_json_object(j, "rule");
		put_why_rule(j, r, e->rule);
		ctx_json_path(j, "matched_path", e->path, e->rule_path_len);
		ctx_json_end(j);
	} else {
		ctx_json_null(j, "rule");
	}
	put_touches(j, r, e);
	if (e->kept_below != NULL) {
		ctx_json_path(j, "kept_below", e->kept_below, e->kept_below_len);
	} else {
		ctx_json_null(j, "kept_below");
	}
	if (e->excluded_parent_len > 0) {
		ctx_json_path(j, "excluded_parent", e->path, e->excluded_parent_len);
	} else {
		ctx_json_null(j, "excluded_parent");
	}
	ana_json_put_use(j, r, index);
	put_git(j, e);
	ctx_json_end(j);
}

/** `why`. */
static void json_why(struct ctx_out *out, const struct ana_why *r) {
	struct ctx_json j;
	ctx_json_init(&j, out, INLINE_DEPTH + 1);
	ana_json_put_head(&j, &r->head, "ctxopt.why/1");
	ctx_json_array(&j, "paths");
	for (size_t i = 0; i < r->count; ++i) {
		put_explanation(&j, r, i);
	}
	ctx_json_end(&j);
	ana_json_put_warnings(&j, &r->head);
}

/** Well-known things that are sent. */
static void put_waste(struct ctx_json *j, const struct ctx_waste *w) {
	ctx_json_object(j, "well_known");
	ctx_json_object(j, "totals");
	put_counts(j, &w->totals);
	ctx_json_end(j);
	ctx_json_array(j, "rows");
	for (size_t i = 0; i < w->rows.count; ++i) {
		const struct ctx_waste_row *row = &w->rows.items[i];
		ctx_json_object(j, NULL);
		ctx_json_str(j, "name", row->name);
		ctx_json_str(j, "class", ctx_waste_class_name(row->class));
		ctx_json_uint(j, "places", row->places);
		ctx_json_path(j, "example", row->example, row->example_len);
		put_counts(j, &row->totals);
		ctx_json_end(j);
	}
	ctx_json_end(j);
	ctx_json_end(j);
}

/** What to change first. */
static void put_changes(struct ctx_json *j, const struct ana_overview *r) {
	if (r->changes == NULL) {
		ctx_json_null(j, "changes");
		return;
	}
	ctx_json_array(j, "changes");
	for (size_t i = 0; i < r->change_count; ++i) {
		const struct ana_change *change = &r->changes[i];
		ctx_json_object(j, NULL);
		ana_json_put_path(j, "what", change->what);
		ctx_json_uint(j, "bytes", change->bytes);
		if (change->seconds >= 0) {
			ctx_json_double(j, "seconds_per_build", change->seconds);
		} else {
			ctx_json_null(j, "seconds_per_build");
		}
		ctx_json_str(j, "proof", ana_proof_name(change->proof));
		ctx_json_str(j, "more", change->command);
		ctx_json_end(j);
	}
	ctx_json_end(j);
}

/** `ctxopt` without a command. */
static void json_overview(struct ctx_out *out, const struct ana_overview *r) {
	struct ctx_json j;
	ctx_json_init(&j, out, INLINE_DEPTH);
	ana_json_put_head(&j, &r->head, "ctxopt.overview/1");
	put_totals(&j, r->measure, r->snap, r->build);
	ctx_json_object(&j, "rules");
	ctx_json_uint(&j, "count", r->rules->count);
	ctx_json_uint(&j, "dead", r->rules->dead);
	ctx_json_uint(&j, "shadowed", r->rules->shadowed);
	ctx_json_end(&j);
	ana_json_put_counts(&j, r->build);
	ana_json_put_cache(&j, r->cache);
	ana_json_put_audit(&j, r->audit);
	put_changes(&j, r);
	put_tree(&j, "tree", r->tree, r->rules);
	put_waste(&j, r->waste);
	put_emptied(&j, r->emptied, r->rules);
	ana_json_put_warnings(&j, &r->head);
}

const struct ana_renderer ana_json = {
	.name = "json",
	.context = json_context,
	.why = json_why,
	.overview = json_overview,
	.graph = ana_json_graph,
	.simulate = ana_json_simulate,
	.predict = ana_json_predict,
	.compare = ana_json_compare,
	.key = ana_json_key,
	.ignore = ana_json_ignore,
	.check = ana_json_check,
	.audit = ana_json_audit,
	.reorder = ana_json_reorder,
};
