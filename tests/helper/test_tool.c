/*
 * ctxopt-test-tool: calls internals for tests that are written in scripts.
 *
 *	walk-cases [--engine docker-20.10]
 *	    Reads one JSON object per line, {"id": N, "tree": [["path", "kind"], ...], "ignore": "text"}, applies the ignore
 *	    text to the tree, and prints {"id": N, "error": null, "kept": [["path", "kind", "sent" or "empty"], ...]}.
 *	    Strings stand for bytes: code point U+00XX is byte XX (tests/conform/README.md).
 */
#include "ctxopt/context/matcher.h"
#include "tests/helper/case_json.h"

#include <stdio.h>
#include <string.h>

/* Kept entries in order. */
static json_t *list_kept(struct ctx_snapshot *snap) {
	json_t *kept = json_array();
	ctx_auto_iter struct ctx_iter it = { 0 };
	ctx_iter_init(&it, snap);
	while (ctx_iter_next(&it)) {
		if (ctx_entry_kept(it.entry)) {
			bool empty = (it.entry->flags & CTX_ENTRY_REFUSED) != 0;
			json_array_append_new(kept,
				json_pack("[o,s,s]", case_encode(ctx_buf_str(&it.path), it.path.len),
					ctx_kind_name(it.entry->kind), empty ? "empty" : "sent"));
		}
	}
	return kept;
}

/* One case, answered. */
static json_t *answer(void *arg, const json_t *question) {
	const enum ctx_ignore_syntax *syntax = arg;
	struct ctx_error err = { 0 };
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	case_decode(&text, json_object_get(question, "ignore"));
	struct ctx_ignore *ig = NULL;
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	int rc = snap ? 0 : ctx_fail_nomem(&err);
	if (rc == 0) {
		rc = case_build_tree(snap, json_object_get(question, "tree"), &err);
	}
	if (rc == 0) {
		rc = ctx_ignore_parse(&ig, *syntax, ctx_buf_str(&text), text.len, &err);
	}
	if (rc == 0) {
		rc = ctx_snapshot_apply(snap, ig, &err);
	}
	json_t *kept = rc == 0 ? list_kept(snap) : json_null();
	json_t *error = json_null();
	if (rc == CTX_E_UNSUPPORTED) {
		error = json_sprintf("unsupported: line %u", err.line);
	} else if (rc < 0) {
		error = case_encode(err.msg, strlen(err.msg));
	}
	ctx_snapshot_free(snap);
	ctx_ignore_free(ig);
	return json_pack("{s:O,s:o,s:o}", "id", json_object_get(question, "id"), "error", error, "kept", kept);
}

int main(int argc, char **argv) {
	enum ctx_ignore_syntax syntax = CTX_IGNORE_DOCKER;
	bool named = argc == 4 && strcmp(argv[2], "--engine") == 0 && strcmp(argv[3], "docker-20.10") == 0;
	if (argc < 2 || strcmp(argv[1], "walk-cases") != 0 || (argc > 2 && !named)) {
		fprintf(stderr, "usage: ctxopt-test-tool walk-cases [--engine docker-20.10]\n");
		return 2;
	}
	if (named) {
		syntax = CTX_IGNORE_DOCKER_20_10;
	}
	return case_loop("ctxopt-test-tool", answer, &syntax);
}
