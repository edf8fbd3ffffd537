/*
 * secret-in-image, where images run: what environments, arguments, ConfigMaps and Secrets of compose files and manifests give away.
 *
 * As in rules_secret.c every value that is taken for a secret is hidden, whatever becomes of the finding.
 */
#include "analyzer/advice/commands.h"
#include "analyzer/advice/rule.h"
#include "analyzer/advice/secrets.h"

#define FIX_COMPOSE \
	"give it as a secret (secrets:, and NAME_FILE where the image takes that) or from outside (${NAME}); then replace it, since it " \
	"is known now"
#define FIX_POD \
	"valueFrom.secretKeyRef, of a Secret that is not in the repository; then replace it, since it is known now"
#define FIX_SECRET \
	"keep it out of the repository (sealed, encrypted, from a vault); then replace it, since it is known now"

/** The rule at work. */
struct hunt {
	struct ana_rule_run *run;
	struct ctx_error *err;
	/** The words that a command consists of. */
	const struct ana_values *words;
	const char *fix;
};

/** Report a secret in a value: at `part` if that can be found in the file, else at the value. */
static int report(struct hunt *h, const struct ana_value *value, struct ctx_str part, enum ana_severity severity,
	const char *message) {
	struct ctx_str raw = ana_rule_raw(h->run, value);
	const char *at = part.len > 0 && raw.len > 0 ? memmem(raw.ptr, raw.len, part.ptr, part.len) : NULL;
	struct ana_value place = *value;
	if (at != NULL) {
		for (const char *c = raw.ptr; c < at; ++c) {
			place.line += *c == '\n';
			place.column = *c == '\n' ? 1 : place.column + 1;
		}
		place.from += (uint32_t)(at - raw.ptr);
		place.len = (uint32_t)part.len;
	}
	struct ana_finding f = ana_rule_at_value(h->run, &place);
	f.severity = severity;
	f.message = message;
	f.fix = h->fix;
	int rc = ana_rule_hide_value(h->run, at != NULL ? &place : value, h->err);
	return rc < 0 ? rc : ana_rule_report(h->run, &f, h->err);
}

/** Values that give themselves away. */
static int see_shapes(struct hunt *h, const struct ana_value *value, const char *where) {
	struct ctx_str found;
	size_t from = 0;
	int rc = 0;
	for (const char *what; rc == 0 && (what = ana_secret_find(value->text, &from, &found)) != NULL;) {
		bool url = strcmp(what, "a password in a URL") == 0;
		// Made for tests, as a rule; a token of a provider never is
		bool soft = url || strcmp(what, "a private key") == 0 || strcmp(what, "a JSON web token") == 0;
		bool weak = url && ana_secret_value_of(found) < ANA_SECRET_VALUE_LITERAL;
		enum ana_severity severity = weak ? ANA_SEVERITY_WARNING : ANA_SEVERITY_ERROR;
		if (!url || !ana_rule_is_filled_in(h->run, value)) {
			rc = report(h, value, found, soft ? ana_rule_soften(h->run, severity) : severity,
				ana_rule_format(h->run, "%s holds %s", where, what));
		}
	}
	return rc;
}

/** Is it encrypted, or where another program finds it? */
static bool is_sealed(struct ctx_str value) {
	return ctx_str_starts(value, "ENC[") || ctx_str_starts(value, "vault:") || ctx_str_starts(value, "AQICA");
}

/** Does a value say nothing but its name: "API_KEY_VALUE" for API_KEY? */
static bool is_name_again(struct ctx_str name, struct ctx_str value) {
	return name.len >= 6 && value.len >= name.len && ctx_str_find(name, '_') < name.len &&
		ctx_str_same(name, (struct ctx_str){ value.ptr, name.len });
}

/** A value with a name. */
static int see_pair(struct hunt *h, const struct ana_value *name, const struct ana_value *value, const char *what,
	const char *readers) {
	if (value->text.len == 0) {
		return 0;
	}
	const char *where = ana_rule_format(h->run, "%s '%.*s'", what, ANA_RULE_NAME(name->text));
	size_t from = 0;
	struct ctx_str found;
	if (where == NULL) {
		return ctx_fail_nomem(h->err);
	}
	if (ana_secret_find(value->text, &from, &found) != NULL) {
		return see_shapes(h, value, where);
	}
	enum ana_secret_name kind = ana_secret_name_of(name->text);
	bool lines = ctx_str_find(value->text, '\n') < value->text.len; // a file: its name says nothing of each line
	if (kind == ANA_SECRET_NAME_NONE || lines) {
		return 0;
	}
	enum ana_secret_value how = ana_secret_value_of(value->text);
	bool random = kind == ANA_SECRET_NAME_WEAK && how == ANA_SECRET_VALUE_LITERAL &&
		ana_secret_is_random(value->text);
	if (how < ANA_SECRET_VALUE_WEAK || (kind != ANA_SECRET_NAME_STRONG && !random) || is_sealed(value->text) ||
		ana_rule_is_filled_in(h->run, value) || is_name_again(name->text, value->text)) {
		return 0;
	}
	bool literal = how == ANA_SECRET_VALUE_LITERAL;
	return report(h, value, CTX_STR(""),
		ana_rule_soften(h->run, literal ? ANA_SEVERITY_ERROR : ANA_SEVERITY_WARNING),
		ana_rule_format(h->run, "%s holds a secret that everybody can read %s", where, readers));
}

/* ---- Commands ---- */

/** The value that a text is part of; the last one if there is none. */
static const struct ana_value *value_of(const struct hunt *h, struct ctx_str text) {
	uintptr_t at = (uintptr_t)text.ptr;
	for (uint32_t i = 0; i < h->words->count; ++i) {
		const struct ana_value *value = &h->words->items[i];
		uintptr_t start = (uintptr_t)value->text.ptr;
		if (at >= start && at < start + value->text.len + 1) {
			return value;
		}
	}
	return &h->words->items[h->words->count - 1];
}

/** Report a value in a command. */
static int report_option(struct hunt *h, struct ctx_str text, const char *what) {
	const struct ana_value *value = value_of(h, text);
	struct ctx_str shape;
	size_t from = 0;
	if (ana_secret_find(text, &from, &shape) != NULL) {
		return 0; // said already
	}
	if (ana_secret_value_of(text) < ANA_SECRET_VALUE_WEAK || ana_rule_is_filled_in(h->run, value)) {
		return 0;
	}
	return report(h, value, text, ana_rule_soften(h->run, ANA_SEVERITY_ERROR), what);
}

/** ana_command_fn: options whose value is a secret, and accounts that curl is given. */
static int see_command(void *arg, const struct ana_command *c) {
	struct hunt *h = arg;
	int rc = 0;
	bool curl = ctx_str_is(ana_command_name(c), "curl");
	for (size_t i = 1; rc == 0 && curl && i + 1 < c->count; ++i) {
		struct ctx_str word = c->words[i].text, text = c->words[i + 1].text;
		size_t colon = ctx_str_find(text, ':');
		bool account = !c->words[i + 1].open && colon < text.len &&
			(ctx_str_is(word, "-u") || ctx_str_is(word, "--user"));
		rc = account ? report_option(h, ctx_str_from(text, colon + 1), "a command holds a password") : 0;
	}
	for (size_t i = 0; rc == 0 && i < c->count; ++i) {
		struct ctx_str word = c->words[i].text;
		size_t equals = ctx_str_find(word, '=');
		bool joined = equals < word.len, next = i + 1 < c->count;
		if (!ana_secret_is_option((struct ctx_str){ word.ptr, equals }) || (!joined && !next)) {
			continue;
		}
		const struct ana_shell_word *with = &c->words[joined ? i : i + 1];
		struct ctx_str text = joined ? ctx_str_from(word, equals + 1) : with->text;
		bool option = text.len > 0 && text.ptr[0] == '-';
		rc = with->open || option
			? 0
			: report_option(h, text,
				  "an option of a command holds a secret that everybody can read in this file");
	}
	return rc;
}

/** The words of a command. */
static int see_words(struct hunt *h, const struct ana_values *words, bool shell) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	int rc = 0;
	h->words = words;
	for (uint32_t i = 0; rc == 0 && i < words->count; ++i) {
		rc = see_shapes(h, &words->items[i], "a command");
	}
	if (rc == 0 && words->count > 0) {
		rc = ana_commands_of_values(words, NULL, shell, &arena, see_command, h);
	}
	return rc;
}

/* ---- All of it ---- */

int ana_rule_secret_container(struct ana_rule_run *run, struct ctx_error *err) {
	const struct ana_container *c = run->on->container;
	struct hunt h = { .run = run, .err = err, .fix = run->on->compose ? FIX_COMPOSE : FIX_POD };
	const struct {
		const struct ana_values *words;
		bool shell;
	} commands[] = { { &c->entrypoint, false }, { &c->command, false }, { &c->health.words, c->health.shell },
		{ &c->live.words, c->live.shell }, { &c->ready.words, c->ready.shell },
		{ &c->startup.words, c->startup.shell } };
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < c->env_count; ++i) {
		const struct ana_workload_env *e = &c->env[i];
		rc = e->by_reference ? 0 : see_pair(&h, &e->name, &e->value, "variable", "in this file");
	}
	for (size_t i = 0; rc == 0 && i < CTX_COUNTOF(commands); ++i) {
		rc = see_words(&h, commands[i].words, commands[i].shell);
	}
	h.fix = "build.secrets of the service, and RUN --mount=type=secret; then replace it, since it is known now";
	for (uint32_t i = 0; rc == 0 && c->build != NULL && i < c->build->arg_count; ++i) {
		const struct ana_workload_env *a = &c->build->args[i];
		rc = a->by_reference ? 0
				     : see_pair(&h, &a->name, &a->value, "build argument",
					       "in this file, and in the history of the image");
	}
	return rc == CTX_E_NOMEM ? ctx_fail_nomem(err) : rc;
}

int ana_rule_secret_manifest(struct ana_rule_run *run, struct ctx_error *err) {
	struct hunt h = { .run = run, .err = err };
	const struct ana_manifest *m = run->on->manifest;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < m->literal_count; ++i) {
		const struct ana_literal *l = &m->literals[i];
		bool secret = ctx_str_is(l->kind, "Secret");
		const char *what = ana_rule_format(run, "%.*s '%.*s', key", ANA_RULE_NAME(l->kind),
			ANA_RULE_NAME(l->object.text));
		h.fix = secret ? FIX_SECRET : FIX_POD;
		rc = what == NULL ? ctx_fail_nomem(err)
				  : see_pair(&h, &l->key, &l->value, what,
					    secret ? "in this file: base64 hides nothing" : "in this file");
	}
	return rc;
}
