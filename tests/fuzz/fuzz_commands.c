/**
 * Fuzz target: shell text as simple commands.
 *
 * Words are parts of the text, in its order; without quotes they are no longer; the same text gives the same commands; and questions
 * about a command have an answer, whatever it holds.
 */
#include "analyzer/advice/commands.h"
#include "ctxopt/base/alloc.h"

#include <stdlib.h>

/** The target, as libFuzzer calls it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** What one reading saw. */
struct seen {
	struct ctx_str text;
	/** Where the last word began. */
	const char *last;
	size_t commands, words;
	uint64_t digest;
};

/** An invariant: our own bug if it does not hold. */
static void must(bool ok) {
	if (!ok) {
		abort();
	}
}

/** One word. */
static void see_word(struct seen *seen, const struct ana_shell_word *word) {
	must(word->raw.ptr >= seen->text.ptr && word->raw.ptr + word->raw.len <= seen->text.ptr + seen->text.len);
	must(word->text.len <= word->raw.len);
	for (size_t i = 0; i < word->text.len; ++i) {
		seen->digest = (seen->digest ^ (unsigned char)word->text.ptr[i]) * 1099511628211u;
	}
	++seen->words;
}

/** ana_command_fn. */
static int see_command(void *arg, const struct ana_command *c) {
	struct seen *seen = arg;
	must(c->count + c->assign_count + c->redirect_count > 0);
	for (size_t i = 0; i < c->count; ++i) {
		must(c->words[i].raw.ptr >= seen->last);
		seen->last = c->words[i].raw.ptr;
		see_word(seen, &c->words[i]);
	}
	for (size_t i = 0; i < c->assign_count; ++i) {
		must(ctx_str_find(c->assigns[i].raw, '=') < c->assigns[i].raw.len);
		see_word(seen, &c->assigns[i]);
	}
	for (size_t i = 0; i < c->redirect_count; ++i) {
		must(c->redirects[i].from >= 0 && c->redirects[i].from <= 9);
		see_word(seen, &c->redirects[i].to);
	}
	struct ctx_str name = ana_command_name(c);
	must(ctx_str_find(name, '/') == name.len);
	must(!ana_command_begins(c, NULL) && !ana_command_begins(c, ""));
	must(!ana_command_begins(c, "apt-get install|apt-get") || ctx_str_is(name, "apt-get"));
	must(!ana_command_begins(c, "pip install") || ana_command_has(c, "install"));
	++seen->commands;
	return 0;
}

/** Read once. */
static void read_once(struct seen *seen, struct ctx_str text) {
	struct ctx_arena arena = CTX_ARENA_INIT;
	*seen = (struct seen){ .text = text, .last = text.ptr };
	int rc = ana_commands_of_text(text, NULL, &arena, see_command, seen);
	must(rc == 0 || rc == CTX_E_NOMEM);
	ctx_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct seen first, second;
	char *copy = ctx_memdup0(data, size);
	must(copy != NULL);
	// A block of its own without the NUL, so that a sanitizer sees its end
	char *exact = malloc(size + (size == 0));
	must(exact != NULL);
	memcpy(exact, copy, size);
	read_once(&first, (struct ctx_str){ exact, size });
	read_once(&second, (struct ctx_str){ copy, size });
	must(first.commands == second.commands && first.words == second.words && first.digest == second.digest);
	free(exact);
	free(copy);
	return 0;
}
