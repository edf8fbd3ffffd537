/*
 * Patches: changes of a Dockerfile that answer a finding, where they cannot break a build or change what runs.
 *
 * What a patch needs to know of commands it takes from instructions that are read without a doubt: shell form, no heredoc, no comment
 * within, the usual escape character.  In doubt there is none.
 */
#include "analyzer/advice/audit.h"
#include "analyzer/advice/commands.h"
#include "analyzer/advice/ship.h"

#include <ctype.h>

/** Lines of one RUN that a patch may change. */
#define EDITS_MAX 8

/** One finding being answered. */
struct patch {
	struct ana_audit *audit;
	const struct ana_rule_input *in;
	const struct ana_syntax *syntax;
	/** What it is about: an instruction, or only the node of a FROM; the stage. */
	const struct ana_node *node;
	const struct ana_instruction *ins;
	uint32_t stage;
	struct ana_finding *f;
	/** The changes, with texts in the arena of the audit. */
	struct ana_edit edits[EDITS_MAX];
	uint32_t count;
};

/* ---- Lines ---- */

/** Change lines; the text gets the line end that the last of them has.  Texts that could not be made are noticed in the end. */
static void change(struct patch *p, uint32_t first, uint32_t last, struct ctx_buf *text) {
	struct ctx_str line = ana_syntax_line(p->syntax, last), all = p->syntax->text;
	const char *end = line.ptr + line.len, *stop = all.ptr + all.len;
	ctx_buf_add(text, end, end < stop && *end == '\r' ? 1 : 0);
	ctx_buf_adds(text, end < stop ? "\n" : "");
	if (p->count < EDITS_MAX) {
		const char *copy = ctx_buf_ok(text) ? ctx_arena_memdup0(&p->audit->arena, ctx_buf_str(text), text->len)
						    : NULL;
		p->edits[p->count++] = (struct ana_edit){ first, last, copy };
	}
}

/** Change `len` bytes of a line, from a 0-based column on. */
static void change_part(struct patch *p, uint32_t number, size_t column, size_t len, const char *to) {
	struct ctx_str line = ana_syntax_line(p->syntax, number);
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	if (column + len <= line.len) {
		ctx_buf_add(&text, line.ptr, column);
		ctx_buf_adds(&text, to);
		ctx_buf_add(&text, line.ptr + column + len, line.len - column - len);
		change(p, number, number, &text);
	}
}

/** Write a part of a line in capitals, or without. */
static void change_case(struct patch *p, uint32_t number, size_t column, size_t len, bool upper) {
	struct ctx_str line = ana_syntax_line(p->syntax, number);
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	for (size_t i = column; i < column + len && i < line.len; ++i) {
		int c = (unsigned char)line.ptr[i];
		ctx_buf_addc(&text, (char)(upper ? toupper(c) : tolower(c)));
	}
	change_part(p, number, column, len, ctx_buf_str(&text));
}

/** The last blank-separated word of a line, or the one before it: where it begins, and its bytes. */
static struct ctx_str last_word(struct ctx_str line, unsigned before) {
	size_t end = line.len, at = end;
	for (unsigned i = 0; i <= before; ++i) {
		end = at;
		while (end > 0 && isblank((unsigned char)line.ptr[end - 1])) {
			--end;
		}
		for (at = end; at > 0 && !isblank((unsigned char)line.ptr[at - 1]);) {
			--at;
		}
	}
	return (struct ctx_str){ line.ptr + at, end - at };
}

/* ---- BuildKit's checks ---- */

/** The line of an instruction that has but one; absent otherwise. */
static struct ctx_str only_line(const struct patch *p) {
	return p->node->first_line == p->node->end_line ? ana_syntax_line(p->syntax, p->node->first_line)
							: CTX_STR_NONE;
}

/** FromAsCasing, StageNameCasing: the words at the end of a FROM line.  Names of stages are compared without regard to case. */
static void fix_from(struct patch *p, bool name) {
	struct ctx_str line = only_line(p), as = last_word(line, 1), word = name ? last_word(line, 0) : as;
	if (line.ptr != NULL && ctx_str_same(as, CTX_STR("as"))) {
		bool upper = !name && isupper((unsigned char)p->node->keyword_text.ptr[0]);
		change_case(p, p->node->first_line, (size_t)(word.ptr - line.ptr), word.len, upper);
	}
}

/** ConsistentInstructionCasing. */
static void fix_keyword(struct patch *p) {
	struct ana_position at = ana_node_position(p->syntax, p->node, CTX_STR_NONE);
	struct ctx_str line = ana_syntax_line(p->syntax, at.line), keyword = p->node->keyword_text;
	bool upper = strstr(p->f->message, "uppercase") != NULL;
	if (at.column + keyword.len - 1 <= line.len &&
		memcmp(line.ptr + at.column - 1, keyword.ptr, keyword.len) == 0) {
		change_case(p, at.line, at.column - 1, keyword.len, upper);
	}
}

/** Is there none of these bytes in a text? */
static bool lacks(struct ctx_str text, const char *bytes) {
	for (size_t i = 0; i < text.len; ++i) {
		if (text.ptr[i] == '\0' || (unsigned char)text.ptr[i] < ' ' || strchr(bytes, text.ptr[i]) != NULL) {
			return false;
		}
	}
	return true;
}

/** MaintainerDeprecated: the label that took its place. */
static void fix_maintainer(struct patch *p) {
	struct ctx_str line = only_line(p), value = p->node->args_text, all = p->syntax->text;
	static const char label[] = "org.opencontainers.image.authors";
	if (value.len > 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"') {
		value = (struct ctx_str){ value.ptr + 1, value.len - 2 };
	}
	if (line.ptr == NULL || value.len == 0 || !lacks(value, "\"\\$`'") ||
		memmem(all.ptr, all.len, label, sizeof(label) - 1) != NULL) {
		return;
	}
	bool upper = isupper((unsigned char)p->node->keyword_text.ptr[0]);
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_buf_addf(&text, "%s %s=\"%.*s\"", upper ? "LABEL" : "label", label, CTX_STR_ARGS(value));
	change(p, p->node->first_line, p->node->first_line, &text);
}

/** LegacyKeyValueFormat: "ENV a b" as "ENV a=b", in quotes if it must be. */
static void fix_pair(struct patch *p) {
	struct ctx_str line = only_line(p), rest = p->node->args_text;
	size_t len = 0;
	while (len < rest.len && !isblank((unsigned char)rest.ptr[len])) {
		++len;
	}
	struct ctx_str name = { rest.ptr, len }, value = ctx_str_from(rest, len);
	while (value.len > 0 && isblank((unsigned char)value.ptr[0])) {
		value = ctx_str_from(value, 1);
	}
	struct ctx_str inner = value;
	bool quoted = value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"';
	if (quoted) {
		inner = (struct ctx_str){ value.ptr + 1, value.len - 2 };
	}
	bool pair = p->ins->keyword == ANA_KW_ENV || p->ins->keyword == ANA_KW_LABEL;
	if (line.ptr == NULL || value.len == 0 || !pair || p->ins->pairs.count != 1 || !lacks(name, "=\"\\$`'") ||
		!lacks(inner, "\"\\`'")) {
		return;
	}
	quoted = quoted || !lacks(value, " \t!#&()*;<>?[]|~");
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_buf_addf(&text, "%.*s %.*s=%s%.*s%s", CTX_STR_ARGS(p->node->keyword_text), CTX_STR_ARGS(name),
		quoted ? "\"" : "", CTX_STR_ARGS(inner), quoted ? "\"" : "");
	change(p, p->node->first_line, p->node->first_line, &text);
}

/** Nothing but blanks? */
static bool is_blank(struct ctx_str line) {
	while (line.len > 0 && isspace((unsigned char)line.ptr[0])) {
		line = ctx_str_from(line, 1);
	}
	return line.len == 0;
}

/** NoEmptyContinuation: without the blank lines. */
static void fix_blank_lines(struct patch *p) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	uint32_t last = p->node->end_line;
	for (uint32_t i = p->node->first_line; i <= last; ++i) {
		struct ctx_str line = ana_syntax_line(p->syntax, i);
		if (!is_blank(line)) {
			ctx_buf_addf(&text, "%s%.*s", text.len > 0 ? "\n" : "", CTX_STR_ARGS(line));
		}
	}
	bool safe = p->node->heredoc_count == 0 && !is_blank(ana_syntax_line(p->syntax, last)) &&
		memchr(ctx_buf_str(&text), '\r', text.len) == NULL;
	if (safe) {
		change(p, p->node->first_line, last, &text);
	}
}

/* ---- Packages ---- */

/** Does what comes later rely on the lists of packages that a step leaves? */
struct later {
	/** The package manager's commands that get the lists, and its programs. */
	const char *refresh, *programs;
	bool fresh, relies;
};

/** Programs that ask no package manager. */
static const char harmless[] =
	" rm mkdir cp mv ln chmod chown echo printf cat touch sed grep awk cut tr head tail tar gzip gunzip unzip curl wget git pip pip3 "
	"npm npx yarn pnpm cd export unset useradd groupadd adduser addgroup usermod groupmod test [ true false gem bundle composer go "
	"cargo rustup find ldconfig update-ca-certificates locale-gen a2enmod a2ensite docker-php-ext-configure docker-php-ext-enable "
	"which node php ruby java mvn gradle sort uniq tee dirname basename install fi done ls pwd id ";

/** ana_command_fn. */
static int see_later(void *arg, const struct ana_command *c) {
	struct later *l = arg;
	struct ctx_str name = ana_command_name(c);
	bool path = c->count > 0 && (c->words[0].open || ctx_str_find(c->words[0].text, '/') < c->words[0].text.len);
	if (c->count == 0) {
		return 0;
	}
	if (!path && ctx_str_is_listed(name, l->programs)) {
		l->fresh = l->fresh || ana_command_begins(c, l->refresh) || ana_command_has(c, "--no-cache") ||
			ana_command_has(c, "--update") || ana_command_has(c, "--update-cache");
		l->relies = l->relies || !l->fresh;
	} else {
		l->relies = l->relies || path || !ctx_str_is_listed(name, harmless);
	}
	return 0;
}

/** Does a stage build on another one, or is it the same? */
static bool builds_on(const struct ana_graph *graph, uint32_t stage, uint32_t base) {
	while (stage != base && stage != ANA_NONE) {
		stage = graph->stages.items[stage].base_stage;
	}
	return stage == base;
}

/** Look at all that can run after the instruction.  true also when it cannot be told. */
static bool is_relied_on(const struct patch *p, struct later *l) {
	const struct ana_dockerfile *df = p->in->model;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	bool runs = false, relies = false;
	for (uint32_t s = 0; s < df->stages.count && !relies; ++s) {
		const struct ana_stage *stage = &df->stages.items[s];
		bool concerns = builds_on(p->in->graph, s, p->stage);
		for (uint32_t i = 0; i < stage->instruction_count && !relies; ++i) {
			const struct ana_instruction *ins = &stage->instructions[i];
			runs = runs || ins->keyword == ANA_KW_CMD || ins->keyword == ANA_KW_ENTRYPOINT;
			relies = ins->keyword == ANA_KW_ONBUILD || ins->keyword == ANA_KW_SHELL;
			if (concerns && ins->keyword == ANA_KW_RUN &&
				(s != p->stage || ins->node->first_line > p->node->first_line)) {
				l->fresh = l->relies = false;
				relies = ins->node->heredoc_count > 0 ||
					ana_commands_of(ins, &arena, see_later, l) < 0 || l->relies;
			}
		}
	}
	return relies || !runs; // what runs nothing is there to be built on
}

/** Is the RUN read without a doubt? */
static bool is_plain_run(const struct patch *p) {
	struct ctx_str text = p->node->logical, line = ana_syntax_line(p->syntax, p->node->end_line);
	bool plain = p->ins != NULL && p->ins->keyword == ANA_KW_RUN && p->ins->run.line.shell &&
		p->node->heredoc_count == 0 && p->syntax->directives.escape == '\\' && lacks(text, "#`") &&
		memmem(text.ptr, text.len, "sudo", 4) == NULL && memmem(text.ptr, text.len, "su ", 3) == NULL &&
		memmem(text.ptr, text.len, "exit", 4) == NULL && !is_blank(line);
	struct ctx_str last = plain ? last_word(line, 0) : CTX_STR("&");
	for (uint32_t i = p->node->first_line; plain && i <= p->node->end_line; ++i) {
		struct ctx_str each = ana_syntax_line(p->syntax, i);
		plain = ctx_str_find(each, '#') == each.len;
	}
	return plain && strchr("&|;\\", last.ptr[last.len - 1]) == NULL;
}

/** Let the RUN end with one more command. */
static void append(struct patch *p, const char *command) {
	uint32_t last = p->node->end_line;
	struct ctx_str line = ana_syntax_line(p->syntax, last);
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	while (line.len > 0 && isspace((unsigned char)line.ptr[line.len - 1])) {
		--line.len;
	}
	size_t indent = 0;
	while (last > p->node->first_line && indent < line.len && isblank((unsigned char)line.ptr[indent])) {
		++indent;
	}
	ctx_buf_add(&text, line.ptr, line.len);
	if (last > p->node->first_line) {
		ctx_buf_addf(&text, " \\\n%.*s&& %s", (int)indent, line.ptr, command);
	} else {
		ctx_buf_addf(&text, " && %s", command);
	}
	change(p, last, last, &text);
}

/** Lists of apt: without them in the layer, if nobody later needs them. */
static void fix_apt(struct patch *p) {
	struct later later = { .refresh = "apt-get update|apt update|aptitude update",
		.programs = " apt-get apt aptitude apt-cache apt-file " };
	if (is_plain_run(p) && !is_relied_on(p, &later)) {
		append(p, "rm -rf /var/lib/apt/lists/*");
	}
}

/** An option behind a word of commands, for each command that lacks it. */
struct insertion {
	struct patch *p;
	/** What the command begins with, the word, the option. */
	const char *begins, *word, *option;
};

/** ana_command_fn. */
static int insert(void *arg, const struct ana_command *c) {
	const struct insertion *in = arg;
	struct patch *p = in->p;
	if (!ana_command_begins(c, in->begins) || ana_command_has(c, in->option)) {
		return 0;
	}
	for (size_t i = 1; i < c->count; ++i) {
		struct ctx_str raw = c->words[i].raw;
		struct ana_position at = ana_node_position(p->syntax, p->node, raw);
		struct ctx_str line = ana_syntax_line(p->syntax, at.line);
		bool found = ctx_str_is(raw, in->word) && at.column - 1 + raw.len <= line.len &&
			memcmp(line.ptr + at.column - 1, raw.ptr, raw.len) == 0;
		if (ctx_str_is(raw, in->word)) {
			ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
			ctx_buf_addf(&text, "%s %s", in->word, in->option);
			bool again = p->count > 0 && p->edits[p->count - 1].first == at.line;
			if (!found || again || p->count == EDITS_MAX) {
				p->count = 0;
				return 1; // two in a line: nothing at all
			}
			change_part(p, at.line, at.column - 1, raw.len, ctx_buf_str(&text));
			return 0;
		}
	}
	return 0;
}

/** Insert it everywhere in the RUN. */
static void insert_all(struct patch *p, const char *begins, const char *word, const char *option) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct insertion in = { p, begins, word, option };
	if (ana_commands_of(p->ins, &arena, insert, &in) < 0) {
		p->count = 0;
	}
}

/** The image that a stage starts from in the end; false if it is not known. */
static bool base_of(const struct patch *p, struct ana_image *image, struct ctx_arena *arena) {
	const struct ana_graph *graph = p->in->graph;
	struct ctx_error ignored;
	uint32_t stage = p->stage;
	while (graph->stages.items[stage].base_stage != ANA_NONE) {
		stage = graph->stages.items[stage].base_stage;
	}
	struct ctx_str base = graph->stages.items[stage].base;
	return !ana_rule_is_open(base) && ana_image_parse(image, base, arena, &ignored) == 0;
}

/** Is the tag without a version, or one of major 3 from that minor version on? */
static bool is_from(struct ctx_str tag, unsigned minor) {
	if (tag.len == 0 || !isdigit((unsigned char)tag.ptr[0])) {
		return true;
	}
	unsigned number = 0;
	size_t i = 2;
	while (i < tag.len && isdigit((unsigned char)tag.ptr[i]) && number < 1000) {
		number = number * 10 + (unsigned)(tag.ptr[i++] - '0');
	}
	return tag.ptr[0] == '3' && (tag.len == 1 || tag.ptr[1] != '.' || number >= minor);
}

/** pip of Python's own images, which is new enough for the option. */
static void fix_pip(struct patch *p) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct ana_image image;
	if (is_plain_run(p) && base_of(p, &image, &arena) && ctx_str_is(image.repository, "python") &&
		is_from(image.tag, 5)) {
		insert_all(p, "pip install|pip3 install|python -m pip install|python3 -m pip install", "install",
			"--no-cache-dir");
	}
}

/** apk of Alpine, which is new enough for the option. */
static void fix_apk(struct patch *p) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct ana_image image;
	struct later later = { .refresh = "apk update", .programs = " apk " };
	if (is_plain_run(p) && base_of(p, &image, &arena) && ctx_str_is(image.repository, "alpine") &&
		is_from(image.tag, 3) && !is_relied_on(p, &later)) {
		insert_all(p, "apk add", "add", "--no-cache");
	}
}

/* ---- All of it ---- */

/** Choose the patch of a finding. */
static void fix(struct patch *p) {
	size_t check = 0;
	while (check < ANA_CHECK_COUNT && p->f->rule != &ana_rule_checks[check]) {
		++check;
	}
	const char *alias = p->f->alias != NULL ? p->f->alias : "";
	if (check == ANA_CHECK_FROM_AS_CASING || check == ANA_CHECK_STAGE_NAME_CASING) {
		fix_from(p, check == ANA_CHECK_STAGE_NAME_CASING);
	} else if (check == ANA_CHECK_CONSISTENT_INSTRUCTION_CASING) {
		fix_keyword(p);
	} else if (check == ANA_CHECK_NO_EMPTY_CONTINUATION) {
		fix_blank_lines(p);
	} else if (check == ANA_CHECK_MAINTAINER_DEPRECATED) {
		fix_maintainer(p);
	} else if (check == ANA_CHECK_LEGACY_KEY_VALUE_FORMAT && p->ins != NULL) {
		fix_pair(p);
	} else if (strcmp(alias, "DL3009") == 0) {
		fix_apt(p);
	} else if (strcmp(alias, "DL3042") == 0) {
		fix_pip(p);
	} else if (strcmp(alias, "DL3019") == 0) {
		fix_apk(p);
	}
}

/** The node that a finding is about. */
static bool find_node(struct patch *p, uint32_t line) {
	const struct ana_dockerfile *df = p->in->model;
	for (uint32_t s = 0; s < df->stages.count; ++s) {
		const struct ana_stage *stage = &df->stages.items[s];
		p->stage = s;
		p->ins = NULL;
		p->node = stage->from;
		for (uint32_t i = 0; i < stage->instruction_count && p->node->end_line < line; ++i) {
			p->ins = &stage->instructions[i];
			p->node = p->ins->node;
		}
		if (line >= p->node->first_line && line <= p->node->end_line) {
			return true;
		}
	}
	return false;
}

int ana_audit_edits(struct ana_audit *audit, const struct ana_rule_input *in, size_t first, struct ctx_error *err) {
	for (size_t i = first; i < audit->findings.count; ++i) {
		struct ana_finding *f = &audit->findings.items[i];
		struct patch p = { .audit = audit, .in = in, .syntax = &in->model->syntax, .f = f };
		if (f->line == 0 || f->edit_count > 0 || !find_node(&p, f->line)) {
			continue;
		}
		fix(&p);
		struct ana_edit *edits = p.count > 0 ? ctx_arena_calloc(&audit->arena, p.count, sizeof(*edits)) : NULL;
		for (uint32_t k = 0; k < p.count; ++k) {
			if (edits == NULL || p.edits[k].text == NULL) {
				return ctx_fail_nomem(err);
			}
			edits[k] = p.edits[k];
		}
		f->edits = edits;
		f->edit_count = p.count;
	}
	return 0;
}
