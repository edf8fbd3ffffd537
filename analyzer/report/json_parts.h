/** Parts of the machine-readable face: json.c, json_graph.c for what comes out of the Dockerfile, json_history.c, json_compare.c, json_key.c, json_ignore.c, json_check.c, json_verify.c, json_reorder.c. */
#ifndef ANALYZER_REPORT_JSON_PARTS_H
#define ANALYZER_REPORT_JSON_PARTS_H

#include "analyzer/report/report.h"
#include "ctxopt/base/json.h"

/** Start a document; end it. */
void ana_json_put_head(struct ctx_json *j, const struct ana_head *head, const char *schema);
void ana_json_put_warnings(struct ctx_json *j, const struct ana_head *head);
/** `"key": "..."` of a path given as a C string, or null. */
void ana_json_put_path(struct ctx_json *j, const char *key, const char *path);

/** `graph`. */
void ana_json_graph(struct ctx_out *out, const struct ana_graph_view *r);
/** "read_by_steps" of the totals. */
void ana_json_put_read(struct ctx_json *j, const struct ana_build *build);
/** "transfer". */
void ana_json_put_transfer(struct ctx_json *j, const struct ana_build *build);
/** "steps", "unread" and "errors" of `context`. */
void ana_json_put_build(struct ctx_json *j, const struct ana_build *build);
/** "build" of the overview: stages, steps, errors. */
void ana_json_put_counts(struct ctx_json *j, const struct ana_build *build);
/** `simulate` and `predict`. */
void ana_json_simulate(struct ctx_out *out, const struct ana_history *r);
void ana_json_predict(struct ctx_out *out, const struct ana_history *r);
/** "moves": where the Dockerfile was before. */
void ana_json_put_moves(struct ctx_json *j, const struct ana_sim *sim);
/** "cache" of the overview. */
void ana_json_put_cache(struct ctx_json *j, const struct ana_overview_cache *cache);
/** "hit_rate": of hits and misses; null if there are none. */
void ana_json_put_rate(struct ctx_json *j, uint64_t hits, uint64_t misses);
/** "changed": what differs in what a step reads. */
void ana_json_put_changes(struct ctx_json *j, const struct ana_sim_changes *changes);
/** `compare`. */
void ana_json_compare(struct ctx_out *out, const struct ana_comparison *r);
/** `key`. */
void ana_json_key(struct ctx_out *out, const struct ana_key_view *r);
/** `ignore`. */
void ana_json_ignore(struct ctx_out *out, const struct ana_ignore_report *r);
/** `check`. */
void ana_json_check(struct ctx_out *out, const struct ana_check *r);
/** "verify": null for NULL. */
void ana_json_put_verify(struct ctx_json *j, const struct ana_verify *v);
/** `audit`. */
void ana_json_audit(struct ctx_out *out, const struct ana_audit_report *r);
/** "audit" of the overview. */
void ana_json_put_audit(struct ctx_json *j, const struct ana_audit *audit);
/** `reorder`. */
void ana_json_reorder(struct ctx_out *out, const struct ana_order_report *r);
/** "wanted" and "read_by" of a path of `why`. */
void ana_json_put_use(struct ctx_json *j, const struct ana_why *r, size_t index);

#endif
