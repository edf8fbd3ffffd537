/**
 * Ignore rules from strangers: parse, compile, and decide about paths, all taken from the input.
 *
 * The first byte picks the syntax.  Up to the first NUL comes the ignore file, after it NUL-separated paths.  Whatever the
 * bytes are, every decision must agree with one that was made with an automaton of its own, and with the trace.
 */
#include "ctxopt/context/matcher.h"

#include <stdlib.h>
#include <string.h>

/** The target, as libFuzzer calls it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Decide about one path, component by component; false when a pattern cannot be evaluated. */
static bool decide(const struct ctx_ignore *ig, struct ctx_matcher *m, const char *path, size_t len,
	struct ctx_decision *out) {
	struct ctx_arena arena = CTX_ARENA_INIT;
	const struct ctx_scope *scope = &ctx_scope_root;
	struct ctx_trace_step *steps = calloc(ctx_ignore_count(ig) + 1, sizeof(*steps));
	bool ok = steps != NULL;
	for (size_t dir = 0; ok;) {
		const char *slash = memchr(path + dir, '/', len - dir);
		size_t end = slash ? (size_t)(slash - path) : len;
		ok = ctx_matcher_enter(m, scope, path, dir ? dir - 1 : 0, NULL) == 0 &&
			ctx_matcher_test(m, path + dir, end - dir, out, NULL) == 0;
		if (!ok || !slash) {
			break;
		}
		size_t count = ctx_matcher_trace(m, steps);
		if (count > 0 && !scope->closed && steps[count - 1].excluded != out->excluded) {
			abort();
		}
		scope = ctx_matcher_descend(m, out, &arena);
		ctx_matcher_skipped(m);
		dir = end + 1;
		ok = scope != NULL;
	}
	free(steps);
	ctx_arena_release(&arena);
	return ok;
}

/** The same path with a fresh matcher must give the same answer. */
static void decide_twice(const struct ctx_ignore *ig, struct ctx_matcher *m, const char *path, size_t len) {
	struct ctx_matcher *fresh = NULL;
	if (ctx_matcher_new(&fresh, ig, NULL) < 0) {
		return;
	}
	struct ctx_decision a, b;
	bool ok_a = decide(ig, m, path, len, &a);
	bool ok_b = decide(ig, fresh, path, len, &b);
	if (ok_a != ok_b || (ok_a && (a.excluded != b.excluded || a.refused != b.refused || a.rule != b.rule))) {
		abort();
	}
	ctx_matcher_free(fresh);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static const enum ctx_ignore_syntax syntaxes[] = { CTX_IGNORE_DOCKER, CTX_IGNORE_PODMAN,
		CTX_IGNORE_DOCKER_20_10 };
	if (size == 0) {
		return 0;
	}
	enum ctx_ignore_syntax syntax = syntaxes[data[0] % CTX_COUNTOF(syntaxes)];
	const char *text = (const char *)data + 1;
	const char *end = (const char *)data + size;
	const char *stop = memchr(text, '\0', size - 1);
	struct ctx_ignore *ig;
	if (ctx_ignore_parse(&ig, syntax, text, (size_t)((stop ? stop : end) - text), NULL) < 0) {
		return 0;
	}
	struct ctx_matcher *m = NULL;
	if (stop && ctx_matcher_new(&m, ig, NULL) == 0) {
		for (const char *path = stop + 1; path < end;) {
			const char *path_end = memchr(path, '\0', (size_t)(end - path));
			path_end = path_end ? path_end : end;
			decide_twice(ig, m, path, (size_t)(path_end - path));
			path = path_end + 1;
		}
	}
	ctx_matcher_free(m);
	ctx_ignore_free(ig);
	return 0;
}
