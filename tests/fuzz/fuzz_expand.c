/**
 * Fuzz target: the shell lexer.  Up to the first NUL the input is an environment, NAME=VALUE lines; after it come words.
 *
 * Every word is expanded with both escape characters and all ways to lex, whole and split.  What a word becomes must
 * not depend on the order of the environment; names that were found are in it, the others are not; without anything
 * special in it a word stays itself.
 */
#include "analyzer/dockerfile/shell.h"
#include "ctxopt/base/alloc.h"

#include <stdlib.h>

/** The target, as libFuzzer calls it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Most variables that are taken from the input. */
#define VARS_MAX 64

/** The environment in both orders. */
struct envs {
	struct ana_var vars[VARS_MAX];
	size_t count;
	const struct ana_env *forward, *backward;
};

/** An invariant: our own bug if it does not hold. */
static void must(bool ok) {
	if (!ok) {
		abort();
	}
}

/** Is the name among the first `count` variables? */
static bool known(const struct envs *envs, struct ctx_str name) {
	bool found = false;
	for (size_t i = 0; i < envs->count; ++i) {
		found = found || ctx_str_eq(envs->vars[i].name, name);
	}
	return found;
}

/** Read the environment; of two lines with the same name the first counts, so that both orders mean the same. */
static void read_envs(struct envs *envs, struct ctx_str text, struct ctx_arena *arena) {
	while (text.len > 0 && envs->count < VARS_MAX) {
		const char *end = memchr(text.ptr, '\n', text.len);
		struct ctx_str line = { text.ptr, end != NULL ? (size_t)(end - text.ptr) : text.len };
		text = ctx_str_from(text, end != NULL ? line.len + 1 : line.len);
		const char *equals = memchr(line.ptr, '=', line.len);
		if (equals == NULL) {
			continue;
		}
		struct ana_var var = { { line.ptr, (size_t)(equals - line.ptr) },
			ctx_str_from(line, (size_t)(equals - line.ptr) + 1) };
		if (!known(envs, var.name)) {
			envs->vars[envs->count++] = var;
		}
	}
	for (size_t i = 0; i < envs->count; ++i) {
		const struct ana_var *first = &envs->vars[i], *last = &envs->vars[envs->count - 1 - i];
		envs->forward = ana_env_set(arena, envs->forward, first->name, first->value);
		envs->backward = ana_env_set(arena, envs->backward, last->name, last->value);
	}
}

/** Two lists of words are the same. */
static bool same_words(const struct ana_words *a, const struct ana_words *b) {
	bool same = a->items.count == b->items.count;
	for (size_t i = 0; same && i < a->items.count; ++i) {
		same = ctx_str_eq(a->items.items[i], b->items.items[i]);
	}
	return same;
}

/** Is there nothing in the word that the lexer knows? */
static bool is_plain(struct ctx_str word) {
	bool plain = true;
	for (size_t i = 0; i < word.len; ++i) {
		plain = plain && strchr("$'\"\\`", word.ptr[i]) == NULL && (unsigned char)word.ptr[i] < 0x80;
	}
	return plain;
}

/** Expand one word whole, with both environments. */
static void expand(const struct ana_shell *shell, struct ctx_str word, const struct envs *envs) {
	struct ctx_arena arena = CTX_ARENA_INIT;
	ana_auto_expansion struct ana_expansion a = { 0 }, b = { 0 };
	struct ctx_error err_a = { 0 }, err_b = { 0 };
	int rc = ana_shell_word(shell, word, envs->forward, &arena, &a, &err_a);
	must(ana_shell_word(shell, word, envs->backward, &arena, &b, &err_b) == rc);
	if (rc < 0) {
		must(rc == CTX_E_SYNTAX || rc == CTX_E_LIMIT || rc == CTX_E_NOMEM);
		must(err_a.msg[0] != '\0' && strcmp(err_a.msg, err_b.msg) == 0);
	} else {
		must(ctx_str_eq(a.text, b.text) && same_words(&a.matched, &b.matched) &&
			same_words(&a.unmatched, &b.unmatched));
		must(!is_plain(word) || ctx_str_eq(a.text, word));
	}
	for (size_t i = 0; rc == 0 && i < a.matched.items.count; ++i) {
		must(known(envs, a.matched.items.items[i]));
	}
	for (size_t i = 0; rc == 0 && i < a.unmatched.items.count; ++i) {
		must(!known(envs, a.unmatched.items.items[i]));
	}
	ctx_arena_release(&arena);
}

/** Expand and split one text. */
static void split(const struct ana_shell *shell, struct ctx_str text, const struct envs *envs) {
	struct ctx_arena arena = CTX_ARENA_INIT;
	ana_auto_words struct ana_words a = { 0 }, b = { 0 };
	struct ctx_error err = { 0 };
	int rc = ana_shell_words(shell, text, envs->forward, &arena, &a, &err);
	must(rc == 0 || err.msg[0] != '\0');
	must(ana_shell_words(shell, text, envs->backward, &arena, &b, NULL) == rc);
	must(rc < 0 || same_words(&a, &b));
	ctx_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct ctx_arena arena = CTX_ARENA_INIT;
	struct envs envs = { .count = 0 };
	char *copy = ctx_memdup0(data, size);
	must(copy != NULL);
	struct ctx_str rest = { copy, size };
	const char *end = memchr(copy, '\0', size + 1);
	read_envs(&envs, (struct ctx_str){ copy, (size_t)(end - copy) }, &arena);
	rest = ctx_str_from(rest, (size_t)(end - copy));
	while (rest.len > 0) {
		rest = ctx_str_from(rest, 1);
		const char *stop = memchr(rest.ptr, '\0', rest.len + 1);
		// A block of its own, so that a sanitizer sees its end
		struct ctx_str word = { ctx_memdup0(rest.ptr, (size_t)(stop - rest.ptr)), (size_t)(stop - rest.ptr) };
		must(word.ptr != NULL);
		for (unsigned bits = 0; bits < 32; ++bits) {
			struct ana_shell shell = { .escape = (bits & 1) != 0 ? '`' : '\\',
				.raw_quotes = (bits & 2) != 0,
				.raw_escapes = (bits & 4) != 0,
				.skip_unset = (bits & 8) != 0,
				.skip_quotes = (bits & 16) != 0 };
			expand(&shell, word, &envs);
			split(&shell, word, &envs);
		}
		rest = ctx_str_from(rest, word.len);
		free((void *)(uintptr_t)word.ptr);
	}
	free(copy);
	ctx_arena_release(&arena);
	return 0;
}
