/**
 * Fuzz target: git's ignore rules.  The input is a path, a newline, and the text of an ignore file.
 *
 * What is ignored must stay ignored with a name appended: git never re-includes anything below an ignored directory.
 */
#include "ctxopt/context/gitignore.h"
#include "ctxopt/context/gitignore_docker.h"
#include "ctxopt/context/ignore.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/buf.h"

#include <stdlib.h>
#include <string.h>

/** The target, as libFuzzer calls it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Is the path ignored? */
static bool ask(const char *text, size_t len, const char *path, bool is_dir) {
	bool ignored = false;
	return ctx_git_reads_rules(text, len, path, is_dir, &ignored, NULL) == 0 && ignored;
}

/** In Docker's language: every line must be one that Docker reads. */
static void translate(const char *text, size_t len) {
	struct ctx_git_source source = { "x", "a[b", "", { text, len } };
	struct ctx_git_translation t = { 0 };
	if (ctx_git_translate(&t, &source, 1, false, NULL) == 0) {
		for (size_t i = 0; i < t.lines.count; ++i) {
			struct ctx_ignore *rules = NULL;
			const char *line = t.lines.items[i].text;
			int rc = ctx_ignore_parse(&rules, CTX_IGNORE_DOCKER, line, strlen(line), NULL);
			ctx_ignore_free(rules);
			if (rc == CTX_E_SYNTAX) {
				abort();
			}
		}
	}
	ctx_git_translation_release(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	const uint8_t *newline = size > 0 ? memchr(data, '\n', size) : NULL;
	if (newline == NULL) {
		return 0;
	}
	size_t path_len = (size_t)(newline - data);
	size_t text_len = size - path_len - 1;
	CTX_AUTO_FREE char *text = ctx_memdup0(newline + 1,
		text_len); // its own block, so that a sanitizer sees its ends
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT;
	ctx_buf_add(&path, data, path_len);
	if (text == NULL || !ctx_buf_ok(&path)) {
		return 0;
	}
	bool ignored = ask(text, text_len, ctx_buf_str(&path), true);
	ctx_buf_truncate(&path, strlen(ctx_buf_str(&path)));
	ctx_buf_adds(&path, "/name");
	if (ctx_buf_ok(&path) && ignored && !ask(text, text_len, path.data, false)) {
		abort();
	}
	struct ctx_gitignore *folded = NULL;
	if (ctx_gitignore_parse(&folded, text, text_len, true, NULL) == 0) {
		(void)ctx_gitignore_match(folded, ctx_buf_str(&path), path.len, false);
	}
	ctx_gitignore_free(folded);
	translate(text, text_len);
	return 0;
}
