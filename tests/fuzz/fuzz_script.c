/**
 * Fuzz target: the text of a RUN, cut into commands.
 *
 * What begins also ends, in the right order; words end where they say they do; the same text gives the same events; and
 * a variable that nobody knows leaves a word no more certain than one that is known.
 */
#include "analyzer/dockerfile/script.h"
#include "ctxopt/base/alloc.h"

#include <stdlib.h>

/** The target, as libFuzzer calls it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** What one reading saw. */
struct seen {
	struct ana_script_reader *reader;
	/** What is open, as the event that began it. */
	enum ana_script_event open[4 * ANA_SCRIPT_DEPTH_MAX];
	size_t depth, events, commands;
	uint64_t digest;
	bool known;
};

/** An invariant: our own bug if it does not hold. */
static void must(bool ok) {
	if (!ok) {
		abort();
	}
}

/** Take the bytes of a word into the digest. */
static void see_word(struct seen *seen, const struct ana_script_word *word) {
	must(word->text.ptr != NULL && word->text.ptr[word->text.len] == '\0');
	must(word->unknown_at == SIZE_MAX || word->unknown_at <= word->text.len);
	must(word->open_at == SIZE_MAX || word->open_at <= word->text.len);
	for (size_t i = 0; i < word->text.len; ++i) {
		seen->digest = (seen->digest ^ (unsigned char)word->text.ptr[i]) * 1099511628211u;
	}
}

static void see_command(struct seen *seen, const struct ana_script_command *command) {
	must(command->assign_count <= command->word_count);
	for (size_t i = 0; i < command->word_count; ++i) {
		see_word(seen, &command->words[i]);
		must(i >= command->assign_count || ana_script_assigned(command->words[i].text).len > 0);
	}
	for (size_t i = 0; i < command->redirect_count; ++i) {
		must(strchr("<>a", command->redirects[i].kind) != NULL);
		see_word(seen, &command->redirects[i].target);
	}
}

/** ana_script_reader. */
static int see_event(void *arg, enum ana_script_event event, const struct ana_script_command *command) {
	struct seen *seen = arg;
	++seen->events;
	switch (event) {
	case ANA_SCRIPT_COMMAND:
		++seen->commands;
		see_command(seen, command);
		seen->reader->changes += command->word_count > 0 && ctx_str_is(command->words[0].text, "cd");
		break;
	case ANA_SCRIPT_FOR:
		must(command != NULL && command->word_count == 1);
		see_command(seen, command);
		break;
	case ANA_SCRIPT_SUBSHELL:
	case ANA_SCRIPT_BRANCH:
	case ANA_SCRIPT_LOOP:
		must(seen->depth < sizeof(seen->open) / sizeof(seen->open[0]));
		seen->open[seen->depth++] = event;
		break;
	case ANA_SCRIPT_SUBSHELL_END:
	case ANA_SCRIPT_BRANCH_END:
	case ANA_SCRIPT_LOOP_END:
		must(seen->depth > 0 && seen->open[--seen->depth] == event - 1);
		break;
	}
	return 0;
}

/** ana_script_reader: names that begin with K are known. */
static bool see_variable(void *arg, struct ctx_str name, struct ctx_str *value) {
	const struct seen *seen = arg;
	*value = CTX_STR("some value/*");
	return seen->known && name.len > 0 && name.ptr[0] == 'K';
}

/** Read once. */
static int read_once(struct seen *seen, struct ctx_str text, bool known) {
	struct ctx_arena arena = CTX_ARENA_INIT;
	struct ana_script_reader reader = { .event = see_event, .variable = see_variable, .arg = seen };
	const char *why = NULL;
	*seen = (struct seen){ .reader = &reader, .known = known };
	int rc = ana_script_read(text, &reader, &arena, &why, NULL);
	must(rc == 0 || (rc == ANA_SCRIPT_UNKNOWN && why != NULL && why[0] != '\0') || rc == CTX_E_NOMEM);
	must(rc != 0 || seen->depth == 0);
	ctx_arena_release(&arena);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static struct seen first, second;
	// A block of its own, so that a sanitizer sees its end
	char *copy = ctx_memdup0(data, size);
	must(copy != NULL);
	struct ctx_str text = { copy, size };
	int rc = read_once(&first, text, true);
	must(read_once(&second, text, true) == rc);
	must(first.events == second.events && first.digest == second.digest);
	(void)read_once(&second, text, false);
	free(copy);
	return 0;
}
