#include "tests/helper/case_json.h"

#include "ctxopt/base/rune.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void case_decode(struct ctx_buf *out, const json_t *text) {
	const char *at = json_string_value(text);
	size_t left = json_string_length(text);
	size_t width;
	for (; left > 0; at += width, left -= width) {
		ctx_buf_addc(out, (char)ctx_rune_decode(at, left, &width));
	}
}

json_t *case_encode(const char *bytes, size_t len) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	for (size_t i = 0; i < len; ++i) {
		char rune[CTX_RUNE_BYTES];
		ctx_buf_add(&text, rune, ctx_rune_encode(rune, (unsigned char)bytes[i]));
	}
	return json_stringn(ctx_buf_str(&text), text.len);
}

int case_build_tree(struct ctx_snapshot *snap, const json_t *tree, struct ctx_error *err) {
	size_t i;
	const json_t *row;
	json_array_foreach(tree, i, row) {
		ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
		ctx_auto_buf struct ctx_buf target = CTX_BUF_INIT;
		case_decode(&path, json_array_get(row, 0));
		case_decode(&target, json_array_get(row, 2));
		const char *kind = json_string_value(json_array_get(row, 1));
		struct ctx_entry proto = { .kind = CTX_KIND_FILE, .mode = S_IFREG | 0644 };
		if (strcmp(kind, "dir") == 0) {
			proto = (struct ctx_entry){ .kind = CTX_KIND_DIR, .mode = S_IFDIR | 0755 };
		} else if (strcmp(kind, "symlink") == 0) {
			proto = (struct ctx_entry){ .kind = CTX_KIND_SYMLINK,
				.mode = S_IFLNK | 0777,
				.target = target.len > 0 ? ctx_buf_str(&target) : "nowhere" };
		}
		int rc = ctx_snapshot_add(snap, ctx_buf_str(&path), path.len, &proto, 0, err);
		if (rc < 0) {
			return rc;
		}
	}
	return ctx_snapshot_seal(snap, err);
}

int case_loop(const char *program, json_t *(*answer)(void *arg, const json_t *question), void *arg) {
	char *line = NULL;
	size_t cap = 0;
	int status = 0;
	while (status == 0 && getline(&line, &cap, stdin) > 0) {
		json_error_t why;
		json_t *question = json_loads(line, JSON_ALLOW_NUL, &why);
		if (!question) {
			fprintf(stderr, "%s: %s\n", program, why.text);
			status = 2;
			break;
		}
		json_t *reply = answer(arg, question);
		json_dumpf(reply, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
		putchar('\n');
		json_decref(reply);
		json_decref(question);
	}
	free(line);
	return fflush(stdout) == 0 ? status : 2;
}
