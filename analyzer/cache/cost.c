#include "analyzer/cache/cost.h"

#include "analyzer/dockerfile/size_text.h"
#include "ctxopt/base/path.h"
#include "ctxopt/base/vec.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/**
 * Defaults, rounded: medians of steps of public CI logs are within a factor of three of these, steps of one class among each
 * other are not.  A ranking that depends on them says so.  Bytes are orders of magnitude.
 */
static const struct class_row {
	const char *name;
	double seconds;
	uint64_t bytes;
} classes[] = {
	[ANA_COST_FILES] = { "files", 0.2, 10000000 },
	[ANA_COST_LIGHT] = { "light", 0.5, 100000 },
	[ANA_COST_DOWNLOAD] = { "download", 5, 50000000 },
	[ANA_COST_SYSTEM_PACKAGES] = { "system packages", 20, 100000000 },
	[ANA_COST_DEPENDENCIES] = { "dependencies", 40, 250000000 },
	[ANA_COST_BUILD] = { "build", 60, 100000000 },
};

/** Words that a command begins with, and its class.  The longest match counts. */
static const struct command_row {
	const char *words;
	enum ana_cost_class class;
} commands[] = {
	{ "curl", ANA_COST_DOWNLOAD },
	{ "wget", ANA_COST_DOWNLOAD },
	{ "git clone", ANA_COST_DOWNLOAD },
	{ "git fetch", ANA_COST_DOWNLOAD },
	{ "aria2c", ANA_COST_DOWNLOAD },
	{ "playwright install", ANA_COST_DOWNLOAD },
	{ "apt-get install", ANA_COST_SYSTEM_PACKAGES },
	{ "apt-get update", ANA_COST_DOWNLOAD },
	{ "apt-get upgrade", ANA_COST_SYSTEM_PACKAGES },
	{ "apt-get dist-upgrade", ANA_COST_SYSTEM_PACKAGES },
	{ "apt-get build-dep", ANA_COST_SYSTEM_PACKAGES },
	{ "apt install", ANA_COST_SYSTEM_PACKAGES },
	{ "apk add", ANA_COST_SYSTEM_PACKAGES },
	{ "apk upgrade", ANA_COST_SYSTEM_PACKAGES },
	{ "yum install", ANA_COST_SYSTEM_PACKAGES },
	{ "dnf install", ANA_COST_SYSTEM_PACKAGES },
	{ "microdnf install", ANA_COST_SYSTEM_PACKAGES },
	{ "zypper install", ANA_COST_SYSTEM_PACKAGES },
	{ "tdnf install", ANA_COST_SYSTEM_PACKAGES },
	{ "npm ci", ANA_COST_DEPENDENCIES },
	{ "npm install", ANA_COST_DEPENDENCIES },
	{ "npm i", ANA_COST_DEPENDENCIES },
	{ "yarn install", ANA_COST_DEPENDENCIES },
	{ "yarn", ANA_COST_DEPENDENCIES },
	{ "pnpm install", ANA_COST_DEPENDENCIES },
	{ "pnpm i", ANA_COST_DEPENDENCIES },
	{ "pnpm fetch", ANA_COST_DEPENDENCIES },
	{ "bun install", ANA_COST_DEPENDENCIES },
	{ "pip install", ANA_COST_DEPENDENCIES },
	{ "pip3 install", ANA_COST_DEPENDENCIES },
	{ "pip wheel", ANA_COST_DEPENDENCIES },
	{ "pip3 wheel", ANA_COST_DEPENDENCIES },
	{ "python -m pip install", ANA_COST_DEPENDENCIES },
	{ "python3 -m pip install", ANA_COST_DEPENDENCIES },
	{ "uv sync", ANA_COST_DEPENDENCIES },
	{ "uv pip install", ANA_COST_DEPENDENCIES },
	{ "poetry install", ANA_COST_DEPENDENCIES },
	{ "pipenv install", ANA_COST_DEPENDENCIES },
	{ "pipenv sync", ANA_COST_DEPENDENCIES },
	{ "conda install", ANA_COST_DEPENDENCIES },
	{ "bundle install", ANA_COST_DEPENDENCIES },
	{ "gem install", ANA_COST_DEPENDENCIES },
	{ "composer install", ANA_COST_DEPENDENCIES },
	{ "composer update", ANA_COST_DEPENDENCIES },
	{ "go mod download", ANA_COST_DEPENDENCIES },
	{ "go get", ANA_COST_DEPENDENCIES },
	{ "cargo fetch", ANA_COST_DEPENDENCIES },
	{ "cargo chef cook", ANA_COST_BUILD },
	{ "mvn dependency:go-offline", ANA_COST_DEPENDENCIES },
	{ "gradle dependencies", ANA_COST_DEPENDENCIES },
	{ "./gradlew dependencies", ANA_COST_DEPENDENCIES },
	{ "dotnet restore", ANA_COST_DEPENDENCIES },
	{ "mix deps.get", ANA_COST_DEPENDENCIES },
	{ "go build", ANA_COST_BUILD },
	{ "go install", ANA_COST_BUILD },
	{ "go test", ANA_COST_BUILD },
	{ "cargo build", ANA_COST_BUILD },
	{ "cargo install", ANA_COST_BUILD },
	{ "cargo test", ANA_COST_BUILD },
	{ "make", ANA_COST_BUILD },
	{ "cmake", ANA_COST_BUILD },
	{ "ninja", ANA_COST_BUILD },
	{ "bazel build", ANA_COST_BUILD },
	{ "gradle", ANA_COST_BUILD },
	{ "./gradlew", ANA_COST_BUILD },
	{ "mvn", ANA_COST_BUILD },
	{ "./mvnw", ANA_COST_BUILD },
	{ "sbt", ANA_COST_BUILD },
	{ "dotnet build", ANA_COST_BUILD },
	{ "dotnet publish", ANA_COST_BUILD },
	{ "npm run", ANA_COST_BUILD },
	{ "npm test", ANA_COST_BUILD },
	{ "yarn run", ANA_COST_BUILD },
	{ "yarn build", ANA_COST_BUILD },
	{ "pnpm run", ANA_COST_BUILD },
	{ "pnpm build", ANA_COST_BUILD },
	{ "bun run", ANA_COST_BUILD },
	{ "bun build", ANA_COST_BUILD },
	{ "bundle exec", ANA_COST_BUILD },
	{ "rake assets:precompile", ANA_COST_BUILD },
	{ "rails assets:precompile", ANA_COST_BUILD },
	{ "webpack", ANA_COST_BUILD },
	{ "tsc", ANA_COST_BUILD },
	{ "ng build", ANA_COST_BUILD },
	{ "vite build", ANA_COST_BUILD },
	{ "next build", ANA_COST_BUILD },
	{ "nuxt build", ANA_COST_BUILD },
	{ "nx build", ANA_COST_BUILD },
	{ "turbo run", ANA_COST_BUILD },
	{ "turbo build", ANA_COST_BUILD },
	{ "gulp", ANA_COST_BUILD },
	{ "grunt", ANA_COST_BUILD },
	{ "swift build", ANA_COST_BUILD },
	{ "zig build", ANA_COST_BUILD },
	{ "stack build", ANA_COST_BUILD },
	{ "cabal build", ANA_COST_BUILD },
	{ "meson compile", ANA_COST_BUILD },
	{ "lein uberjar", ANA_COST_BUILD },
	{ "mix compile", ANA_COST_BUILD },
	{ "mix release", ANA_COST_BUILD },
	{ "gcc", ANA_COST_BUILD },
	{ "g++", ANA_COST_BUILD },
	{ "clang", ANA_COST_BUILD },
	{ "python setup.py", ANA_COST_BUILD },
	{ "python3 setup.py", ANA_COST_BUILD },
	{ "python -m build", ANA_COST_BUILD },
	{ "python3 -m build", ANA_COST_BUILD },
	{ "python -m compileall", ANA_COST_LIGHT },
};

const char *ana_cost_class_name(enum ana_cost_class class) {
	return classes[class].name;
}

double ana_cost_class_seconds(enum ana_cost_class class) {
	return classes[class].seconds;
}

uint64_t ana_cost_class_bytes(enum ana_cost_class class) {
	return classes[class].bytes;
}

const char *ana_cost_class_command(enum ana_cost_class class, size_t index) {
	for (size_t i = 0; i < CTX_COUNTOF(commands); ++i) {
		if (commands[i].class == class && index-- == 0) {
			return commands[i].words;
		}
	}
	return NULL;
}

/** Bytes of blanks that a text begins with. */
static size_t blanks_at(struct ctx_str text) {
	size_t at = 0;
	while (at < text.len && (text.ptr[at] == ' ' || text.ptr[at] == '\t' || text.ptr[at] == '\\')) {
		++at;
	}
	return at;
}

/** Does a byte stand behind a command? */
static bool ends_command(char c) {
	return c == ';' || c == '&' || c == '|' || c == '\n' || c == '\0';
}

/** Bytes of the word that a text begins with; blanks and more in quotes and in ${...} belong to it. */
static size_t word_at(struct ctx_str text) {
	size_t at = 0;
	for (unsigned braces = 0; at < text.len &&
		(braces > 0 || !(ends_command(text.ptr[at]) || text.ptr[at] == ' ' || text.ptr[at] == '\t'));) {
		char c = text.ptr[at++];
		const char *end = NULL;
		if (c == '"' || c == '\'') { // within the line: an apostrophe in a comment ends nowhere
			end = memchr(text.ptr + at, c, ctx_str_find(ctx_str_from(text, at), '\n'));
		}
		bool open = c == '$' && at < text.len && text.ptr[at] == '{';
		braces += open;
		braces -= c == '}' && braces > 0;
		at = end != NULL && braces == 0 ? (size_t)(end - text.ptr) + 1 : at;
	}
	return at;
}

/** Does the text begin with this word? */
static bool is_word(struct ctx_str text, const char *word, size_t len) {
	if (text.len < len || memcmp(text.ptr, word, len) != 0) {
		return false;
	}
	return text.len == len ||
		!(isalnum((unsigned char)text.ptr[len]) || text.ptr[len] == '-' || text.ptr[len] == '_');
}

/** Does the text begin with these words?  Options between them, and a value behind each, are skipped. */
static bool begins_with(struct ctx_str text, const char *words) {
	size_t len = strcspn(words, " ");
	if (!is_word(text, words, len)) {
		return false;
	}
	bool value = false;
	while (words[len] == ' ') {
		text = ctx_str_from(text, len);
		words += len + 1;
		len = strcspn(words, " ");
		for (;;) {
			size_t blanks = blanks_at(text), end = blanks + word_at(ctx_str_from(text, blanks));
			text = ctx_str_from(text, blanks);
			if (blanks == 0 || end == blanks) {
				return false;
			}
			if (is_word(text, words, len)) {
				break;
			}
			bool option = text.ptr[0] == '-';
			if (!option && !value) {
				return false;
			}
			value = option;
			text = ctx_str_from(text, end - blanks);
		}
	}
	return true;
}

/** The command without what does not change what it does: the directory of its program, and the "xx-" of github.com/tonistiigi/xx. */
static struct ctx_str plain_command(struct ctx_str text) {
	size_t end = word_at(text);
	if (memchr(text.ptr, '/', end) != NULL && !is_word(text, "./gradlew", 9) && !is_word(text, "./mvnw", 6)) {
		text = ctx_str_from(text, ctx_path_base(text.ptr, end));
	}
	return ctx_str_starts(text, "xx-") ? ctx_str_from(text, 3) : text;
}

/** What is known of a command; of several, of the costliest. */
struct known {
	enum ana_cost_class class;
	/** Bits of the caches that those of this class keep; some of them keeps none. */
	unsigned caches;
	bool plain;
};

/** What is known of one command of a shell text. */
static struct known know_command(struct ctx_str text) {
	const struct command_row *best = NULL;
	text = plain_command(text);
	for (size_t i = 0; i < CTX_COUNTOF(commands); ++i) {
		const char *words = commands[i].words;
		bool longer = text.len > 0 && text.ptr[0] == words[0] &&
			(best == NULL || strlen(words) > strlen(best->words));
		if (longer && begins_with(text, words)) {
			best = &commands[i];
		}
	}
	if (best == NULL) {
		return (struct known){ ANA_COST_LIGHT, 0, true };
	}
	enum ana_kept kept = ana_kept_by(best->words);
	bool plain = kept == ANA_KEPT_NONE;
	return (struct known){ best->class, plain ? 0 : ANA_KEPT_BIT(kept), plain };
}

/** Bytes before the command: blanks, variables set for it, and words such as sudo. */
static size_t skip_prefix(struct ctx_str text) {
	size_t at = 0;
	for (bool options = false;;) {
		while (at < text.len && strchr(" \t\n(){", text.ptr[at]) != NULL) {
			++at;
		}
		size_t end = at + word_at(ctx_str_from(text, at));
		struct ctx_str word = { text.ptr + at, end - at };
		bool assigns = word.len > 0 && memchr(word.ptr, '=', word.len) != NULL && word.ptr[0] != '-' &&
			word.ptr[0] != '/';
		bool maybe = ctx_str_starts(word, "${") &&
			memmem(word.ptr, word.len, ":+", 2) != NULL; // one of these, or nothing
		bool prefix = maybe || ctx_str_is_listed(word, " sudo exec time if then do else env npx bunx ");
		bool option = options && word.len > 0 && word.ptr[0] == '-';
		if ((!assigns && !prefix && !option) || end >= text.len) {
			return at;
		}
		options = prefix || option;
		at = end;
	}
}

/** What is known of the costliest commands of a shell text. */
static struct known know_shell(struct ctx_str text) {
	struct known costliest = { ANA_COST_LIGHT, 0, true };
	while (text.len > 0) {
		text = ctx_str_from(text, skip_prefix(text));
		struct known known = know_command(text);
		if (known.class > costliest.class) {
			costliest = known;
		} else if (known.class == costliest.class) {
			costliest.caches |= known.caches;
			costliest.plain = costliest.plain || known.plain;
		}
		size_t end = 0;
		while (end < text.len && !ends_command(text.ptr[end])) {
			size_t word = word_at(ctx_str_from(text, end));
			end += word > 0 ? word : 1;
		}
		while (end < text.len && ends_command(text.ptr[end])) {
			++end;
		}
		text = ctx_str_from(text, end);
	}
	return costliest;
}

/** What is known of the words of a command that no shell reads. */
static struct known know_words(const struct ctx_str *args, uint32_t count) {
	char text[256]; // the longest words of the table are far shorter
	size_t len = 0;
	for (uint32_t i = 0; i < count && len < sizeof(text); ++i) {
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%.*s", i > 0 ? " " : "",
			args[i].len < sizeof(text) ? (int)args[i].len : (int)sizeof(text), args[i].ptr);
	}
	return know_command((struct ctx_str){ text, len < sizeof(text) ? len : sizeof(text) - 1 });
}

/** What is known of an exec. */
static struct known know_exec(const struct ana_exec *exec) {
	uint32_t count = exec->arg_count;
	struct ctx_str flag = count > 2 ? exec->args[count - 2] : CTX_STR("");
	bool shell = flag.len > 1 && flag.ptr[0] == '-' && flag.ptr[flag.len - 1] == 'c';
	return shell ? know_shell(exec->args[count - 1]) : know_words(exec->args, count);
}

enum ana_cost_class ana_cost_classify(const struct ana_vertex *vertex) {
	if (vertex->op == ANA_OP_HTTP || vertex->op == ANA_OP_GIT) {
		return ANA_COST_DOWNLOAD;
	}
	return vertex->op != ANA_OP_EXEC ? ANA_COST_FILES : know_exec(&vertex->exec).class;
}

unsigned ana_cost_caches(const struct ana_vertex *vertex) {
	struct known known = { .plain = true };
	if (vertex->op == ANA_OP_EXEC) {
		known = know_exec(&vertex->exec);
	}
	return known.plain ? 0 : known.caches;
}

/* ---- Measured costs ---- */

/** One line of the file. */
struct row {
	double seconds;
	/** -1: not measured. */
	int64_t bytes;
	struct ctx_str stage, instruction;
	/** From a pragma: the whole text of a step, and weaker than the file. */
	bool exact;
};

struct ana_costs {
	/** The text, and the rows that point into it. */
	char *text;
	CTX_VEC(struct row) rows;
	/** Texts of the rows that are not of the file. */
	struct ctx_arena arena;
};

void ana_costs_free(struct ana_costs *costs) {
	if (costs != NULL) {
		CTX_VEC_RELEASE(&costs->rows);
		ctx_arena_release(&costs->arena);
		free(costs->text);
		free(costs);
	}
}

/** Cut the first word off. */
static struct ctx_str take_word(struct ctx_str *line) {
	size_t at = 0;
	while (at < line->len && (line->ptr[at] == ' ' || line->ptr[at] == '\t')) {
		++at;
	}
	size_t end = at;
	while (end < line->len && line->ptr[end] != ' ' && line->ptr[end] != '\t') {
		++end;
	}
	struct ctx_str word = { line->ptr + at, end - at };
	while (end < line->len && (line->ptr[end] == ' ' || line->ptr[end] == '\t')) {
		++end;
	}
	*line = ctx_str_from(*line, end);
	return word;
}

/** Read one line. */
static int parse_line(struct ana_costs *costs, struct ctx_str line, unsigned number, struct ctx_error *err) {
	while (line.len > 0 && isspace((unsigned char)line.ptr[line.len - 1])) {
		--line.len;
	}
	struct ctx_str word = take_word(&line);
	if (word.len == 0 || word.ptr[0] == '#') {
		return 0;
	}
	const char *comma = memchr(word.ptr, ',', word.len);
	struct ctx_str size = comma != NULL ? ctx_str_from(word, (size_t)(comma - word.ptr) + 1) : CTX_STR_NONE;
	word.len = comma != NULL ? (size_t)(comma - word.ptr) : word.len;
	char digits[32] = "";
	bool fits = word.len < sizeof(digits);
	memcpy(digits, word.ptr, fits ? word.len : 0);
	char *end;
	struct row row = { .seconds = strtod(digits, &end), .bytes = -1 };
	fits = fits && (comma == NULL || (ana_size_parse(&row.bytes, size) == 0 && row.bytes >= 0));
	row.stage = take_word(&line);
	row.instruction = line;
	if (!fits || end == digits || *end != '\0' || !(row.seconds >= 0 && row.seconds < 1e9) ||
		row.instruction.len == 0) {
		return ctx_fail_line(err, number, "expected SECONDS[,SIZE] STAGE INSTRUCTION");
	}
	return CTX_VEC_PUSH(&costs->rows, row) ? 0 : ctx_fail_nomem(err);
}

int ana_costs_parse(struct ana_costs **out, const char *text, size_t len, struct ctx_error *err) {
	struct ana_costs *costs = ctx_calloc(1, sizeof(*costs));
	char *copy = ctx_calloc(len + 1, 1);
	if (costs == NULL || copy == NULL) {
		free(copy);
		free(costs);
		return ctx_fail_nomem(err);
	}
	costs->text = memcpy(copy, text, len);
	int rc = 0;
	unsigned number = 0;
	for (size_t at = 0; rc == 0 && at < len;) {
		const char *newline = memchr(copy + at, '\n', len - at);
		size_t end = newline != NULL ? (size_t)(newline - copy) : len;
		rc = parse_line(costs, (struct ctx_str){ copy + at, end - at }, ++number, err);
		at = end + 1;
	}
	if (rc < 0) {
		ana_costs_free(costs);
		return rc;
	}
	*out = costs;
	return 0;
}

/** Does the text of a step without its --mount flags begin with a row's, or is it that? */
static bool fits_unmounted(struct ctx_str row, struct ctx_str text, bool exact) {
	if (!ctx_str_starts(text, "RUN --") || !ctx_str_starts(row, "RUN ")) {
		return false;
	}
	row = ctx_str_from(row, 4);
	text = ctx_str_from(text, 4);
	while (ctx_str_starts(text, "--")) {
		size_t len = word_at(text);
		struct ctx_str flag = { text.ptr, len + (len < text.len) };
		text = ctx_str_from(text, flag.len);
		size_t same = row.len < flag.len ? row.len : flag.len;
		if (ctx_str_starts(flag, "--mount=")) {
			continue;
		}
		if (memcmp(row.ptr, flag.ptr, same) != 0) {
			return false;
		}
		row = ctx_str_from(row, same);
	}
	return row.len <= text.len && (!exact || row.len == text.len) && memcmp(row.ptr, text.ptr, row.len) == 0;
}

/** Does a row speak of a step with this text? */
static bool row_fits(const struct row *row, struct ctx_str text) {
	struct ctx_str want = row->instruction;
	bool whole = want.len <= text.len && memcmp(want.ptr, text.ptr, want.len) == 0 &&
		!(row->exact && want.len < text.len);
	return whole || fits_unmounted(want, text, row->exact);
}

/** The line that says most about a step; with `sized`, of those that have a size.  NULL if there is none. */
static const struct row *find_row(const struct ana_costs *costs, struct ctx_str stage, struct ctx_str instruction,
	bool sized) {
	const struct row *best = NULL;
	for (size_t i = 0; costs != NULL && i < costs->rows.count; ++i) {
		const struct row *row = &costs->rows.items[i];
		bool here = ctx_str_is(row->stage, "*") || ctx_str_eq(row->stage, stage);
		bool fits = here && (!sized || row->bytes >= 0) && !(row->exact && best != NULL) &&
			row_fits(row, instruction);
		if (fits && (best == NULL || row->instruction.len >= best->instruction.len)) {
			best = row;
		}
	}
	return best;
}

int ana_costs_say(struct ana_costs **costs, double seconds, struct ctx_str stage, struct ctx_str instruction,
	struct ctx_error *err) {
	int rc = *costs == NULL ? ana_costs_parse(costs, "", 0, err) : 0;
	if (rc < 0) {
		return rc;
	}
	struct row row = { .seconds = seconds, .bytes = -1, .stage = stage, .instruction = instruction, .exact = true };
	row.stage.ptr = ctx_arena_memdup0(&(*costs)->arena, stage.len > 0 ? stage.ptr : "", stage.len);
	row.instruction.ptr = ctx_arena_memdup0(&(*costs)->arena, instruction.ptr, instruction.len);
	bool ok = row.stage.ptr != NULL && row.instruction.ptr != NULL && CTX_VEC_PUSH(&(*costs)->rows, row);
	return ok ? 0 : ctx_fail_nomem(err);
}

bool ana_costs_has(const struct ana_costs *costs, struct ctx_str stage, struct ctx_str instruction) {
	return find_row(costs, stage, instruction, false) != NULL;
}

bool ana_costs_as_is(const struct ana_costs *costs, struct ctx_str stage, struct ctx_str instruction) {
	const struct row *row = find_row(costs, stage, instruction, false);
	return row != NULL && memmem(row->instruction.ptr, row->instruction.len, " --mount=", 9) != NULL;
}

/** Measured seconds of a step, or others. */
static double seconds_or(const struct ana_costs *costs, struct ctx_str stage, struct ctx_str instruction,
	double otherwise) {
	const struct row *row = find_row(costs, stage, instruction, false);
	return row != NULL ? row->seconds : otherwise;
}

double ana_cost_seconds(const struct ana_costs *costs, const struct ana_vertex *vertex, struct ctx_str stage,
	struct ctx_str instruction) {
	return seconds_or(costs, stage, instruction,
		vertex == NULL ? 0 : ana_cost_class_seconds(ana_cost_classify(vertex)));
}

double ana_cost_of_class(const struct ana_costs *costs, enum ana_cost_class class, struct ctx_str stage,
	struct ctx_str instruction) {
	return seconds_or(costs, stage, instruction, ana_cost_class_seconds(class));
}

int64_t ana_cost_bytes(const struct ana_costs *costs, struct ctx_str stage, struct ctx_str instruction) {
	const struct row *row = find_row(costs, stage, instruction, true);
	return row != NULL ? row->bytes : -1;
}
