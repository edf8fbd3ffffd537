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

void ana_json_ignore(struct ctx_out *out, const struct ana_ignore_report *r) {
	struct ctx_json j;
	ctx_json_init(&j, out, INLINE_DEPTH);
	ana_json_put_head(&j, &r->head, "ctxopt.ignore/1");
	ana_json_put_path(&j, "file", r->file);
	ctx_json_bool(&j, "exists", r->exists);
	put_rules(&j, r->proposal);
	put_held(&j, r->proposal);
	put_sizes(&j, "before", &r->before);
	put_sizes(&j, "after", &r->after);
	ctx_json_object(&j, "checked");
	ctx_json_uint(&j, "builds", r->builds);
	ctx_json_uint(&j, "reads", r->reads);
	ctx_json_end(&j);
	ctx_json_string(&j, "diff", r->diff, r->diff_len);
	ana_json_put_verify(&j, r->verify);
	ana_json_put_warnings(&j, &r->head);
}
