#include "analyzer/advice/order_internal.h"

// ARG and ENV whose value is another one in each build: every RUN below is made again then, also one that does not look at it.  They may go
// below what neither names the variable nor may look at it.  What the builder would expand, or a shell, is not taken apart: a name that
// stands in a text at all is in use.  ENV keep their order among each other, which is that of the image's configuration; the order in
// which a step finds its variables is not counted.

/** Names that mean something to the builder or to the engine, and need not stand in a text for that. */
static const char *const reserved[] = { "BUILDKIT_", "SOURCE_DATE_EPOCH", "PATH", "HOME", "LD_", "DOCKER_", "TARGET",
	"BUILDPLATFORM", "BUILDOS", "BUILDARCH", "BUILDVARIANT" };

/** What a commit, a date or the number of a build is called. */
static const char *const suspects[] = { "COMMIT", "REVISION", "VCS_REF", "GIT_REF", "GIT_SHA", "BUILD_DATE",
	"BUILD_TIME", "BUILD_NUMBER", "BUILD_ID", "BUILDDATE", "BUILDTIME", "BUILDNUMBER" };

uint32_t ana_order_name_count(const struct ana_instruction *ins) {
	return ins->keyword == ANA_KW_ENV ? ins->pairs.count : ins->keyword == ANA_KW_ARG ? ins->args.count : 0;
}

struct ctx_str ana_order_name(const struct ana_instruction *ins, uint32_t number) {
	return ins->keyword == ANA_KW_ENV ? ins->pairs.items[number].key : ins->args.items[number].name;
}

/** Does a text hold a name? */
static bool holds(struct ctx_str text, struct ctx_str name) {
	return name.len > 0 && memmem(text.ptr, text.len, name.ptr, name.len) != NULL;
}

/** Does an instruction hold it, heredocs included? */
static bool mentions(const struct ana_instruction *ins, struct ctx_str name) {
	bool there = holds(ins->node->line_text, name);
	for (uint32_t i = 0; !there && i < ins->node->heredoc_count; ++i) {
		there = holds(ins->node->heredocs[i].body, name);
	}
	return there;
}

/** Does an instruction mention what another one sets? */
static bool mentions_any(const struct ana_instruction *ins, const struct ana_instruction *setter) {
	bool any = false;
	for (uint32_t i = 0; !any && i < ana_order_name_count(setter); ++i) {
		any = mentions(ins, ana_order_name(setter, i));
	}
	return any;
}

/* ---- Which ones ---- */

/** Does an ARG or ENV set nothing but names that mean something to those who use them only? */
static bool is_free(const struct ana_instruction *ins) {
	bool free = true;
	for (uint32_t i = 0; i < ana_order_name_count(ins); ++i) {
		struct ctx_str name = ana_order_name(ins, i);
		free = free && name.len > 1 && ctx_str_find(name, '$') == name.len && !ctx_str_ends(name, "_proxy") &&
			!ctx_str_ends(name, "_PROXY");
		for (size_t k = 0; free && k < CTX_COUNTOF(reserved); ++k) {
			free = !ctx_str_starts(name, reserved[k]);
		}
	}
	return free;
}

/** Is it an ARG without a value of its own that is called like what varies? */
static bool is_suspect(const struct ana_instruction *ins) {
	bool suspect = false;
	for (uint32_t i = 0; ins->keyword == ANA_KW_ARG && i < ins->args.count; ++i) {
		for (size_t k = 0; !suspect && k < CTX_COUNTOF(suspects); ++k) {
			suspect = ins->args.items[i].value.ptr == NULL &&
				holds(ins->args.items[i].name, CTX_STR(suspects[k]));
		}
	}
	return suspect;
}

/** Does it set one of the arguments that vary? */
static bool sets_varying(const struct ana_order *o, const struct ana_instruction *ins) {
	for (size_t i = 0; ins->keyword == ANA_KW_ARG && i < o->in.varying_count; ++i) {
		for (uint32_t k = 0; k < ins->args.count; ++k) {
			if (ctx_str_eq(ins->args.items[k].name, o->in.varying[i])) {
				return true;
			}
		}
	}
	return false;
}

/** Does its value follow that of a variable before it in its stage? */
static bool follows_varying(const struct ana_order *o, uint32_t number) {
	const struct ana_order_unit *u = &o->units[number];
	for (uint32_t i = o->first[u->stage]; i < number; ++i) {
		if (o->units[i].varies && mentions_any(u->ins, o->units[i].ins)) {
			return true;
		}
	}
	return false;
}

/** Note the names that an instruction sets. */
static int note_names(struct ana_order *o, struct ctx_strmap *map, const struct ana_instruction *ins) {
	for (uint32_t i = 0; i < ana_order_name_count(ins); ++i) {
		struct ctx_str name = ana_order_name(ins, i);
		if (ctx_strmap_put(map, name.ptr, name.len, 0) == CTX_STRMAP_NONE) {
			return ctx_fail_nomem(o->err);
		}
	}
	return 0;
}

int ana_order_variables_look(struct ana_order *o) {
	bool any = false;
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < o->count; ++i) {
		struct ana_order_unit *u = &o->units[i];
		any = any && i > o->first[u->stage]; // of this stage, so far
		if (u->kind != ANA_ORDER_VARIABLE) {
			continue;
		}
		rc = u->ins->keyword == ANA_KW_ENV ? note_names(o, &o->env_names, u->ins) : 0;
		u->varies = sets_varying(o, u->ins) || follows_varying(o, i);
		u->suspect = !u->varies && is_suspect(u->ins) && is_free(u->ins);
		any = any || u->varies || u->suspect;
		u->loose = any && is_free(u->ins) && o->loose_count < ANA_ORDER_LOOSE_MAX;
		u->suspect = u->suspect && u->loose;
		if (u->loose) {
			o->loose[o->loose_count++] = i;
			rc = rc < 0 ? rc : note_names(o, &o->loose_names, u->ins);
		}
	}
	// Without memory for it all questions are asked again
	o->answers = ctx_arena_calloc(&o->arena, 2 * (size_t)o->loose_count * o->count + 1, sizeof(*o->answers));
	return rc;
}

/* ---- Past which steps ---- */

/** May a program of a RUN look at a name? */
static bool looks_at(const struct ana_needs *needs, struct ctx_str name) {
	for (size_t i = 0; i < needs->variables.count; ++i) {
		struct ctx_str word = needs->variables.items[i];
		bool prefix = ctx_str_ends(word, "*");
		word.len -= prefix;
		if (prefix ? name.len >= word.len && memcmp(name.ptr, word.ptr, word.len) == 0
			   : ctx_str_eq(name, word)) {
			return true;
		}
	}
	return false;
}

/** May a variable of this name pass a RUN? */
static int ask_name(struct ana_order *o, uint32_t step, struct ctx_str name, struct ana_order_pass *pass) {
	const struct ana_needs *needs = &o->units[step].needs;
	if (looks_at(needs, name)) {
		return ana_order_refuse(pass, ana_order_say(o, "it may look at %.*s", CTX_STR_ARGS(name)));
	}
	if (!needs->all_variables) {
		return 0;
	}
	int rc = ana_order_reads_name(o, step, name);
	if (rc > 0) {
		return ana_order_refuse(pass,
			ana_order_say(o,
				rc == 1 ? "a file that it reads names %.*s"
					: "whether files that it reads name %.*s is not known",
				CTX_STR_ARGS(name)));
	}
	ana_order_doubt(o, pass,
		ana_order_say(o, "scripts of packages that line %u installs run without %.*s",
			o->units[step].ins->node->first_line, CTX_STR_ARGS(name)));
	return rc;
}

/** May a variable pass a RUN that does not mention it? */
static int ask_run(struct ana_order *o, const struct ana_instruction *variable, uint32_t step,
	struct ana_order_pass *pass) {
	const struct ana_needs *needs = &o->units[step].needs;
	if (!needs->known) {
		return ana_order_refuse(pass, needs->why != NULL ? needs->why : "what it looks at is not known");
	}
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && pass->refusal == NULL && i < ana_order_name_count(variable); ++i) {
		rc = ask_name(o, step, ana_order_name(variable, i), pass);
	}
	pass->why = needs->all_variables ? "neither it nor what it reads of the context names it"
					 : "its commands do not look at it";
	return rc;
}

/** May a variable go below a step? */
static int ask(struct ana_order *o, uint32_t variable, uint32_t step, bool along, struct ana_order_pass *pass) {
	const struct ana_instruction *ins = o->units[variable].ins;
	const struct ana_order_unit *unit = &o->units[step];
	bool other = unit->kind == ANA_ORDER_VARIABLE;
	pass->why = "does not name it";
	if (other && along) {
		return 0;
	}
	if (mentions_any(unit->ins, ins)) { // with a copy that goes along, something may stay above
		return ana_order_refuse(pass, ana_order_say(o, "line %u uses it", unit->ins->node->first_line));
	}
	if (other && mentions_any(ins, unit->ins)) {
		return ana_order_refuse(pass, ana_order_say(o, "it uses line %u", unit->ins->node->first_line));
	}
	if (other && ins->keyword == ANA_KW_ENV && unit->ins->keyword == ANA_KW_ENV) {
		return ana_order_refuse(pass, "ENV would come in another order, which the image shows");
	}
	bool harmless = unit->ins->keyword == ANA_KW_VOLUME || unit->ins->keyword == ANA_KW_ONBUILD;
	if (unit->kind == ANA_ORDER_WALL && !harmless) {
		return ana_order_refuse(pass, unit->why != NULL ? unit->why : "nothing passes it");
	}
	return unit->kind == ANA_ORDER_RUN && !along ? ask_run(o, ins, step, pass) : 0;
}

/** Where the answer to a question is kept; NULL if it is not, or was asked in full. */
static const char **find_answer(struct ana_order *o, uint32_t variable, uint32_t step, bool along,
	const struct ana_order_pass *pass) {
	for (uint32_t i = 0; pass->brief && o->answers != NULL && i < o->loose_count; ++i) {
		if (o->loose[i] == variable) {
			return &o->answers[2 * ((size_t)i * o->count + step) + along];
		}
	}
	return NULL;
}

int ana_order_ask_variable(struct ana_order *o, uint32_t variable, uint32_t step, bool along,
	struct ana_order_pass *pass) {
	const char **answer = find_answer(o, variable, step, along, pass);
	if (answer != NULL && *answer != NULL) {
		return **answer == '\0' ? 0 : ana_order_refuse(pass, *answer);
	}
	int rc = ask(o, variable, step, along, pass);
	if (answer != NULL && rc == 0 && (pass->refusal == NULL || pass->refusal[0] != '\0')) {
		*answer = pass->refusal == NULL ? "" : pass->refusal;
	}
	return rc;
}
