#include "analyzer/report/json_parts.h"

/** Containers from this depth on are written on one line: a rule. */
#define INLINE_DEPTH 2

/** Members that rules and held places share. */
static void put_extent(struct ctx_json *j, const struct ctx_waste_kind *kind, const char *path, uint64_t places,
	const struct ctx_totals *totals, const char *why) {
	ctx_json_str(j, "subject", ana_ignore_subject(kind));
	ana_json_put_path(j, "example", path);
	ctx_json_uint(j, "places", places);
	ctx_json_uint(j, "files", totals->files);
	ctx_json_uint(j, "dirs", totals->dirs);
	ctx_json_uint(j, "symlinks", totals->symlinks);
	ctx_json_uint(j, "bytes", totals->bytes);
	ctx_json_str(j, "why", why);
}

/** "rules". */
static void put_rules(struct ctx_json *j, const struct ana_ignore_proposal *p) {
	ctx_json_array(j, "rules");
	for (size_t i = 0; i < p->rules.count; ++i) {
		const struct ana_ignore_rule *rule = &p->rules.items[i];
		ctx_json_object(j, NULL);
		ana_json_put_path(j, "pattern", rule->pattern);
		ctx_json_str(j, "proof", ana_proof_name(rule->proof));
		ctx_json_uint(j, "sent_bytes", rule->sent_bytes);
		ctx_json_uint(j, "misses_saved", rule->misses_saved);
		ctx_json_double(j, "seconds_saved", rule->seconds_saved);
		put_extent(j, rule->kind, rule->example, rule->places, &rule->totals, rule->why);
		ctx_json_end(j);
	}
	ctx_json_end(j);
}

/** "left_alone". */
static void put_held(struct ctx_json *j, const struct ana_ignore_proposal *p) {
	ctx_json_array(j, "left_alone");
	for (size_t i = 0; i < p->held.count; ++i) {
		const struct ana_ignore_held *held = &p->held.items[i];
		ctx_json_object(j, NULL);
		put_extent(j, held->kind, held->path, held->places, &held->totals, held->why);
		ctx_json_end(j);
	}
	ctx_json_end(j);
}

/** What is sent, as in "transfer" of `context`. */
static void put_sizes(struct ctx_json *j, const char *key, const struct ana_ignore_sizes *sizes) {
	ctx_json_object(j, key);
	ctx_json_uint(j, "buildkit_first_bytes", sizes->first_bytes);
	ctx_json_uint(j, "buildkit_next_bytes", sizes->next_bytes);
	ctx_json_uint(j, "classic_tar_bytes", sizes->classic_bytes);
	ctx_json_end(j);
}

/** What the scored builds cost. */
static void put_score(struct ctx_json *j, const char *key, const struct ana_ignore_score *score) {
	ctx_json_object(j, key);
	ctx_json_uint(j, "hits", score->hits);
	ctx_json_uint(j, "misses", score->misses);
	ctx_json_uint(j, "unknown", score->unknown);
	ctx_json_double(j, "seconds", score->seconds);
	ctx_json_end(j);
}

/** "history": null if there is none. */
static void put_replay(struct ctx_json *j, const struct ana_ignore_replay *replay) {
	if (replay->none != NULL) {
		ctx_json_null(j, "history");
		return;
	}
	ctx_json_object(j, "history");
	ctx_json_uint(j, "builds", replay->builds);
	ctx_json_uint(j, "scored", replay->scored);
	ctx_json_uint(j, "failed", replay->failed);
	ctx_json_bool(j, "shallow", replay->shallow);
	put_score(j, "before", &replay->before);
	put_score(j, "after", &replay->after);
	ctx_json_end(j);
}

/** "whole": null for single rules. */
static void put_whole(struct ctx_json *j, const struct ana_ignore_whole *whole) {
	if (whole == NULL) {
		ctx_json_null(j, "whole");
		return;
	}
	ctx_json_object(j, "whole");
	ctx_json_str(j, "mode", whole->mode);
	ctx_json_str(j, "none", whole->none != NULL ? whole->none : whole->same ? "the ignore file has it all" : NULL);
	ctx_json_str(j, "proof", ana_proof_name(whole->proof));
	ctx_json_uint(j, "rules", whole->rules);
	ctx_json_uint(j, "exceptions", whole->exceptions);
	ctx_json_array(j, "changes");
	for (size_t i = 0; i < whole->changes.count; ++i) {
		const struct ana_ignore_change *change = &whole->changes.items[i];
		ctx_json_object(j, NULL);
		ana_json_put_path(j, "dockerfile", change->dockerfile);
		ctx_json_uint(j, "line", change->line);
		ctx_json_uint(j, "lost", change->lost);
		ctx_json_uint(j, "gained", change->gained);
		ana_json_put_path(j, "example", change->example);
		ctx_json_end(j);
	}
	ctx_json_end(j);
	ctx_json_array(j, "notes");
	for (size_t i = 0; i < whole->notes.count; ++i) {
		const struct ana_ignore_note *note = &whole->notes.items[i];
		ctx_json_object(j, NULL);
		if (note->file != NULL) {
			ana_json_put_path(j, "file", note->file);
			ctx_json_uint(j, "line", note->line);
		}
		ana_json_put_path(j, "pattern", note->pattern);
		ctx_json_str(j, "why", note->why);
		ctx_json_end(j);
	}
	ctx_json_end(j);
	ctx_json_end(j);
}

void ana_json_ignore(struct ctx_out *out, const struct ana_ignore_report *r) {
	struct ctx_json j;
	ctx_json_init(&j, out, INLINE_DEPTH);
	ana_json_put_head(&j, &r->head, "ctxopt.ignore/1");
	ana_json_put_path(&j, "file", r->file);
	ctx_json_bool(&j, "exists", r->exists);
	put_whole(&j, r->whole);
	put_rules(&j, r->proposal);
	put_held(&j, r->proposal);
	put_sizes(&j, "before", &r->before);
	put_sizes(&j, "after", &r->after);
	put_replay(&j, &r->replay);
	ctx_json_object(&j, "checked");
	ctx_json_uint(&j, "builds", r->builds);
	ctx_json_uint(&j, "reads", r->reads);
	ctx_json_end(&j);
	ctx_json_string(&j, "diff", r->diff, r->diff_len);
	ana_json_put_verify(&j, r->verify);
	ana_json_put_warnings(&j, &r->head);
}
