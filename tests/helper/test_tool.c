/*
 * ctxopt-test-tool: calls internals for tests that are written in scripts.
 *
 *	walk-cases [--engine docker-20.10]
 *	    Reads one JSON object per line, {"id": N, "tree": [["path", "kind"], ...], "ignore": "text"}, applies the ignore
 *	    text to the tree, and prints {"id": N, "error": null, "kept": [["path", "kind", "sent" or "empty"], ...]}.
 *	    Strings stand for bytes: code point U+00XX is byte XX (tests/conform/README.md).
 */
#include "ctxopt/base/rune.h"
#include "ctxopt/context/matcher.h"
#include "ctxopt/context/snapshot.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Bytes of a JSON string. */
static void decode(struct ctx_buf *out, const json_t *text) {
	const char *at = json_string_value(text);
	size_t left = json_string_length(text);
	size_t width;
	for (; left > 0; at += width, left -= width) {
		ctx_buf_addc(out, (char)ctx_rune_decode(at, left, &width));
	}
}

/* The JSON string that stands for some bytes. */
static json_t *encode(const char *bytes, size_t len) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	for (size_t i = 0; i < len; ++i) {
		char rune[CTX_RUNE_BYTES];
		ctx_buf_add(&text, rune, ctx_rune_encode(rune, (unsigned char)bytes[i]));
	}
	return json_stringn(ctx_buf_str(&text), text.len);
}

/* The tree of a case as a snapshot; symlinks point nowhere, files are empty. */
static int build_tree(struct ctx_snapshot *snap, const json_t *tree, struct ctx_error *err) {
	size_t i;
	const json_t *row;
	json_array_foreach(tree, i, row) {
		ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
		decode(&path, json_array_get(row, 0));
		const char *kind = json_string_value(json_array_get(row, 1));
		struct ctx_entry proto = { .kind = CTX_KIND_FILE, .mode = S_IFREG | 0644 };
		if (strcmp(kind, "dir") == 0) {
			proto = (struct ctx_entry){ .kind = CTX_KIND_DIR, .mode = S_IFDIR | 0755 };
		} else if (strcmp(kind, "symlink") == 0) {
			proto = (struct ctx_entry){ .kind = CTX_KIND_SYMLINK,
				.mode = S_IFLNK | 0777,
				.target = "nowhere" };
		}
		int rc = ctx_snapshot_add(snap, ctx_buf_str(&path), path.len, &proto, 0, err);
		if (rc < 0) {
			return rc;
		}
	}
	return ctx_snapshot_seal(snap, err);
}

/* Kept entries in order. */
static json_t *list_kept(struct ctx_snapshot *snap) {
	json_t *kept = json_array();
	ctx_auto_iter struct ctx_iter it = { 0 };
	ctx_iter_init(&it, snap);
	while (ctx_iter_next(&it)) {
		if (ctx_entry_kept(it.entry)) {
			bool empty = (it.entry->flags & CTX_ENTRY_REFUSED) != 0;
			json_array_append_new(kept,
				json_pack("[o,s,s]", encode(ctx_buf_str(&it.path), it.path.len),
					ctx_kind_name(it.entry->kind), empty ? "empty" : "sent"));
		}
	}
	return kept;
}

/* One case, answered. */
static json_t *answer(const json_t *question, enum ctx_ignore_syntax syntax) {
	struct ctx_error err = { 0 };
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	decode(&text, json_object_get(question, "ignore"));
	struct ctx_ignore *ig = NULL;
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	int rc = snap ? 0 : ctx_fail_nomem(&err);
	if (rc == 0) {
		rc = build_tree(snap, json_object_get(question, "tree"), &err);
	}
	if (rc == 0) {
		rc = ctx_ignore_parse(&ig, syntax, ctx_buf_str(&text), text.len, &err);
	}
	if (rc == 0) {
		rc = ctx_snapshot_apply(snap, ig, &err);
	}
	json_t *kept = rc == 0 ? list_kept(snap) : json_null();
	json_t *error = json_null();
	if (rc == CTX_E_UNSUPPORTED) {
		error = json_sprintf("unsupported: line %u", err.line);
	} else if (rc < 0) {
		error = encode(err.msg, strlen(err.msg));
	}
	ctx_snapshot_free(snap);
	ctx_ignore_free(ig);
	return json_pack("{s:O,s:o,s:o}", "id", json_object_get(question, "id"), "error", error, "kept", kept);
}

/* Answer every line of standard input. */
static int walk_cases(enum ctx_ignore_syntax syntax) {
	char *line = NULL;
	size_t cap = 0;
	int status = 0;
	while (status == 0 && getline(&line, &cap, stdin) > 0) {
		json_error_t why;
		json_t *question = json_loads(line, JSON_ALLOW_NUL, &why);
		if (!question) {
			fprintf(stderr, "ctxopt-test-tool: %s\n", why.text);
			status = 2;
			break;
		}
		json_t *reply = answer(question, syntax);
		json_dumpf(reply, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
		putchar('\n');
		json_decref(reply);
		json_decref(question);
	}
	free(line);
	return fflush(stdout) == 0 ? status : 2;
}

int main(int argc, char **argv) {
	if (argc == 2 && strcmp(argv[1], "walk-cases") == 0) {
		return walk_cases(CTX_IGNORE_DOCKER);
	}
	if (argc == 4 && strcmp(argv[1], "walk-cases") == 0 && strcmp(argv[2], "--engine") == 0 &&
		strcmp(argv[3], "docker-20.10") == 0) {
		return walk_cases(CTX_IGNORE_DOCKER_20_10);
	}
	fprintf(stderr, "usage: ctxopt-test-tool walk-cases [--engine docker-20.10]\n");
	return 2;
}
