/*
 * secret-in-image: what layers, history and configuration of an image give away.
 *
 * Every value that is taken for a secret is hidden, whatever becomes of the finding.
 */
#include "analyzer/advice/commands.h"
#include "analyzer/advice/rule.h"
#include "analyzer/advice/secrets.h"
#include "analyzer/advice/ship.h"
#include "ctxopt/base/path.h"

#define FIX \
	"give it with RUN --mount=type=secret, or when the container starts; then replace the secret, since it is known now"

/** Largest file that is looked into. */
#define FILE_MAX (64u << 10)

/** The rule at work. */
struct hunt {
	struct ana_rule_run *run;
	struct ana_ship ship;
	struct ctx_error *err;
	/** The instruction, and whether it ships. */
	const struct ana_instruction *ins;
	uint32_t stage;
	bool ships;
	/** What the last command printed into the next one. */
	struct ctx_str echoed;
	/** ARGs that are in scope, by name, of the stage. */
	CTX_VEC(struct ctx_str) args;
};

/** Report a secret at `value`, which is hidden. */
static int report(struct hunt *h, enum ana_severity severity, const char *message, struct ctx_str value,
	const char *fix) {
	const struct ana_node *node = h->ins->node;
	struct ana_finding f = ana_rule_at(h->run, node, value);
	char label[96];
	int rc = ana_rule_hide(h->run, node, value, h->err);
	f.severity = severity;
	f.message = message;
	f.fix = fix;
	f.subject_kind = h->stage == ANA_NONE ? ANA_SUBJECT_NONE : ANA_SUBJECT_STAGE;
	f.subject = h->stage == ANA_NONE
		? NULL
		: ana_rule_format(h->run, "%s", ana_stage_label(h->run->in->graph, h->stage, label));
	f.alias = h->ins->keyword == ANA_KW_ENV || h->ins->keyword == ANA_KW_ARG ? "SecretsUsedInArgOrEnv" : NULL;
	return rc < 0 ? rc : ana_rule_report(h->run, &f, h->err);
}

/** A value without the quotes around it. */
static struct ctx_str unquoted(struct ctx_str value) {
	if (value.len >= 2 && (value.ptr[0] == '"' || value.ptr[0] == '\'') &&
		value.ptr[value.len - 1] == value.ptr[0]) {
		return (struct ctx_str){ value.ptr + 1, value.len - 2 };
	}
	return value;
}

/** Has the value itself a shape that is reported anyhow? */
static bool has_shape(struct ctx_str value) {
	size_t from = 0;
	struct ctx_str found;
	return ana_secret_find(value, &from, &found) != NULL;
}

/** NAME=VALUE with a literal value: in ENV, ARG, LABEL, or before a command. */
static int see_pair(struct hunt *h, struct ctx_str name, struct ctx_str value, const char *where) {
	enum ana_secret_name kind = ana_secret_name_of(name);
	if (kind == ANA_SECRET_NAME_NONE) {
		return 0; // most are
	}
	value = unquoted(value);
	enum ana_secret_value what = ana_secret_value_of(value);
	bool random = kind == ANA_SECRET_NAME_WEAK && what == ANA_SECRET_VALUE_LITERAL && ana_secret_is_random(value);
	if (has_shape(value) || what < ANA_SECRET_VALUE_WEAK || (kind != ANA_SECRET_NAME_STRONG && !random)) {
		return 0;
	}
	bool literal = what == ANA_SECRET_VALUE_LITERAL;
	const char *message = ana_rule_format(h->run, "%s '%.*s' holds a secret that everybody can read in the image",
		where, CTX_STR_ARGS(name));
	if (!h->ships) {
		message = ana_rule_format(h->run, "%s '%.*s' holds a secret that everybody can read in the Dockerfile",
			where, CTX_STR_ARGS(name));
	}
	return report(h, literal && h->ships ? ANA_SEVERITY_ERROR : ANA_SEVERITY_WARNING, message, value, FIX);
}

/** Is it a build argument of this scope? */
static bool is_arg(const struct hunt *h, struct ctx_str name) {
	for (size_t i = 0; i < h->args.count; ++i) {
		if (ctx_str_eq(h->args.items[i], name)) {
			return true;
		}
	}
	return false;
}

/** Name of the variable that a value consists of: "$X", "${X}", "${X:-}"; empty if it is something else. */
static struct ctx_str variable_of(struct ctx_str value) {
	value = unquoted(value);
	if (value.len < 2 || value.ptr[0] != '$') {
		return CTX_STR("");
	}
	value = ctx_str_from(value, value.ptr[1] == '{' ? 2 : 1);
	size_t len = 0;
	while (len < value.len &&
		(value.ptr[len] == '_' || (value.ptr[len] >= '0' && value.ptr[len] <= '9') ||
			((value.ptr[len] | 32) >= 'a' && (value.ptr[len] | 32) <= 'z'))) {
		++len;
	}
	return (struct ctx_str){ value.ptr, len };
}

/** ENV. */
static int see_env(struct hunt *h, const struct ana_pair *pair) {
	struct ctx_str variable = variable_of(pair->value);
	bool strong = ana_secret_name_of(pair->key) == ANA_SECRET_NAME_STRONG;
	if (strong && variable.len > 0 && is_arg(h, variable)) {
		struct ana_finding f = ana_rule_at(h->run, h->ins->node, pair->key);
		f.severity = h->ships ? ANA_SEVERITY_WARNING : ANA_SEVERITY_INFO;
		f.message = ana_rule_format(h->run, "ENV '%.*s' keeps the build argument '%.*s' in the image",
			CTX_STR_ARGS(pair->key), CTX_STR_ARGS(variable));
		f.fix = "use RUN --mount=type=secret for what the build needs, and set the rest when the container starts";
		f.alias = "SecretsUsedInArgOrEnv";
		return ana_rule_report(h->run, &f, h->err);
	}
	return see_pair(h, pair->key, pair->value, "ENV");
}

/** ARG. */
static int see_arg(struct hunt *h, const struct ana_arg *arg) {
	if (h->stage != ANA_NONE && !CTX_VEC_PUSH(&h->args, arg->name)) {
		return ctx_fail_nomem(h->err);
	}
	if (arg->value.len > 0) {
		return see_pair(h, arg->name, arg->value, "the default of ARG");
	}
	if (ana_secret_name_of(arg->name) != ANA_SECRET_NAME_STRONG || h->stage == ANA_NONE) {
		return 0;
	}
	struct ana_finding f = ana_rule_at(h->run, h->ins->node, arg->name);
	f.severity = h->ships ? ANA_SEVERITY_WARNING : ANA_SEVERITY_INFO;
	f.message = ana_rule_format(h->run, "ARG '%.*s': a secret given as a build argument stays in the %s",
		CTX_STR_ARGS(arg->name), h->ships ? "history of the image" : "build cache and in provenance records");
	f.fix = "RUN --mount=type=secret,id=NAME, and docker build --secret id=NAME";
	f.alias = "SecretsUsedInArgOrEnv";
	return ana_rule_report(h->run, &f, h->err);
}

/* ---- Commands ---- */

/** A value in a command. */
static int see_value(struct hunt *h, struct ctx_str value, const char *what) {
	enum ana_secret_value kind = ana_secret_value_of(value);
	if (has_shape(value) || kind < ANA_SECRET_VALUE_WEAK) {
		return 0;
	}
	bool sure = h->ships && kind == ANA_SECRET_VALUE_LITERAL;
	return report(h, sure ? ANA_SEVERITY_ERROR : ANA_SEVERITY_WARNING,
		ana_rule_format(h->run, "a command holds %s, which stays in the history", what), value, FIX);
}

/** Options with values, apart or joined with '='. */
static int see_options(struct hunt *h, const struct ana_command *c) {
	int rc = 0;
	for (size_t i = 1; rc == 0 && i < c->count; ++i) {
		struct ctx_str word = c->words[i].text;
		size_t equals = ctx_str_find(word, '=');
		struct ctx_str name = { word.ptr, equals };
		if (!ana_secret_is_option(name)) {
			continue;
		}
		if (equals < word.len) {
			rc = c->words[i].open ? 0
					      : see_value(h, ctx_str_from(word, equals + 1), "a secret in an option");
		} else if (i + 1 < c->count && !c->words[i + 1].open && c->words[i + 1].text.len > 0 &&
			c->words[i + 1].text.ptr[0] != '-') {
			rc = see_value(h, c->words[i + 1].text, "a secret in an option");
		}
	}
	return rc;
}

/** "user:password" in a word. */
static int see_account(struct hunt *h, struct ctx_str word) {
	size_t colon = ctx_str_find(word, ':');
	return colon < word.len && colon > 0 ? see_value(h, ctx_str_from(word, colon + 1), "a password") : 0;
}

/** Programs that take passwords in their own ways. */
static int see_program(struct hunt *h, const struct ana_command *c) {
	struct ctx_str name = ana_command_name(c);
	int rc = 0;
	if (ctx_str_is(name, "chpasswd") && h->echoed.len > 0) {
		rc = see_account(h, h->echoed);
	}
	for (size_t i = 1; rc == 0 && i + 1 < c->count; ++i) {
		struct ctx_str word = c->words[i].text, value = c->words[i + 1].text;
		bool open = c->words[i + 1].open;
		if (!open && (ctx_str_is(name, "curl") || ctx_str_is(name, "wget")) &&
			(ctx_str_is(word, "-u") || ctx_str_is(word, "--user"))) {
			rc = see_account(h, value);
		} else if (!open && ctx_str_is(word, "-p") &&
			(ctx_str_is(name, "sshpass") || ana_command_begins(c, "docker login") ||
				ana_command_begins(c, "az login") || ctx_str_is(name, "useradd"))) {
			rc = see_value(h, value, "a password");
		}
	}
	return rc;
}

/** A variable of a command.  Words that anybody could guess are there because some tool wants a value while it builds. */
static int see_assignment(struct hunt *h, struct ctx_str word) {
	size_t equals = ctx_str_find(word, '=');
	if (equals == word.len) {
		return 0;
	}
	struct ctx_str name = { word.ptr, equals }, value = ctx_str_from(word, equals + 1);
	bool literal = ana_secret_name_of(name) != ANA_SECRET_NAME_NONE &&
		ana_secret_value_of(unquoted(value)) == ANA_SECRET_VALUE_LITERAL;
	return literal ? see_pair(h, name, value, "the variable") : 0;
}

/** ana_command_fn. */
static int see_command(void *arg, const struct ana_command *c) {
	struct hunt *h = arg;
	int rc = see_options(h, c);
	rc = rc < 0 ? rc : see_program(h, c);
	for (size_t i = 0; rc == 0 && i < c->assign_count; ++i) {
		rc = see_assignment(h, c->assigns[i].raw);
	}
	bool exports = ctx_str_is(ana_command_name(c), "export");
	for (size_t i = 1; rc == 0 && exports && i < c->count; ++i) {
		rc = see_assignment(h, c->words[i].raw);
	}
	bool echo = c->piped && c->count > 1 && !c->words[c->count - 1].open;
	h->echoed = echo ? c->words[c->count - 1].text : CTX_STR("");
	return rc;
}

/* ---- Shapes ---- */

/** Values that give themselves away, in a text of the instruction. */
static int see_shapes(struct hunt *h, struct ctx_str text) {
	struct ctx_str value;
	size_t from = 0;
	int rc = 0;
	for (const char *what; rc == 0 && (what = ana_secret_find(text, &from, &value)) != NULL;) {
		rc = report(h, ANA_SEVERITY_ERROR,
			ana_rule_format(h->run, "%s holds %s", ana_keyword_name(h->ins->keyword), what), value, FIX);
	}
	return rc;
}

/* ---- Files ---- */

/** Is the text `suffix` the end of a name? */
static bool ends(const char *name, size_t len, const char *suffix) {
	size_t n = strlen(suffix);
	return len > n && memcmp(name + len - n, suffix, n) == 0;
}

/** Names of files that hold secrets by their nature; the value tells how sure: 2 whatever they hold, 1 after a look. */
static int name_kind(const char *name, size_t len) {
	static const char sure[] =
		" .netrc _netrc .pypirc .git-credentials id_rsa id_dsa id_ecdsa id_ed25519 .htpasswd "
		".pgpass .dockercfg ";
	static const char look[] = " .env .npmrc .yarnrc.yml config.json credentials .my.cnf auth.json ";
	static const char *const templates[] = { ".example", ".sample", ".template", ".dist", ".defaults", ".test",
		".tpl" };
	struct ctx_str text = { name, len };
	int kind = 0;
	if (ctx_str_is_listed(text, sure) || ends(name, len, ".ppk") || ends(name, len, ".tfstate")) {
		kind = 2;
	} else if (ctx_str_is_listed(text, look) || ctx_str_starts(text, ".env.") || ends(name, len, ".pem") ||
		ends(name, len, ".key")) {
		kind = 1;
	}
	for (size_t i = 0; kind > 0 && i < CTX_COUNTOF(templates); ++i) {
		kind = ends(name, len, templates[i]) ? 0 : kind;
	}
	return kind;
}
bool ana_rule_secret_wants(const char *name, size_t len) {
	return name_kind(name, len) > 0;
}

/** Does the path lie among tests, samples or dependencies? */
static bool is_sample(const char *path) {
	static const char dirs[] =
		" test tests testdata test-data fixtures fixture spec specs example examples sample samples "
		"docs doc node_modules vendor mock mocks e2e __tests__ third_party certs-test demo ";
	struct ctx_str rest = CTX_STR(path);
	for (size_t slash; (slash = ctx_str_find(rest, '/')) < rest.len; rest = ctx_str_from(rest, slash + 1)) {
		if (ctx_str_is_listed((struct ctx_str){ rest.ptr, slash }, dirs)) {
			return true;
		}
	}
	return false;
}

/** Does a file of settings hold a secret?  Lines NAME=VALUE. */
static bool env_has_secret(struct ctx_str text) {
	while (text.len > 0) {
		struct ctx_str line = { text.ptr, ctx_str_find(text, '\n') };
		text = ctx_str_from(text, line.len < text.len ? line.len + 1 : line.len);
		line.len -= line.len > 0 && line.ptr[line.len - 1] == '\r';
		size_t equals = ctx_str_find(line, '=');
		if (equals == line.len || line.ptr[0] == '#') {
			continue;
		}
		struct ctx_str value = unquoted(ctx_str_from(line, equals + 1));
		if (has_shape(value) ||
			(ana_secret_name_of((struct ctx_str){ line.ptr, equals }) == ANA_SECRET_NAME_STRONG &&
				ana_secret_value_of(value) >= ANA_SECRET_VALUE_WEAK)) {
			return true;
		}
	}
	return false;
}

/** What is in a file that has to be looked into; NULL for nothing. */
static const char *look_into(const struct ana_rule_run *run, const struct ana_rule_file *file) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	const char *name = file->entry->name;
	size_t len = file->entry->name_len;
	if (!ana_rule_read(run, file->path, FILE_MAX, &text)) {
		return NULL;
	}
	struct ctx_str all = { ctx_buf_str(&text), text.len };
	if (ends(name, len, ".pem") || ends(name, len, ".key")) {
		return memmem(all.ptr, all.len, "PRIVATE KEY-----", 16) != NULL ? "a private key" : NULL;
	}
	if (strncmp(name, ".env", 4) == 0) {
		return env_has_secret(all) ? "settings with a secret" : NULL;
	}
	if (strcmp(name, "config.json") == 0) {
		bool docker = ends(file->path, strlen(file->path), ".docker/config.json");
		return docker && memmem(all.ptr, all.len, "\"auth\"", 6) != NULL ? "a registry password" : NULL;
	}
	if (strcmp(name, "credentials") == 0) {
		return memmem(all.ptr, all.len, "aws_secret_access_key", 21) != NULL ? "an AWS key" : NULL;
	}
	return has_shape(all) ? "a token" : NULL;
}

/** ana_rule_file_fn. */
static int see_file(void *arg, const struct ana_rule_file *file) {
	struct hunt *h = arg;
	if (is_sample(file->path)) {
		return 0;
	}
	int kind = name_kind(file->entry->name, file->entry->name_len);
	const char *what = kind == 2 ? "a file of secrets" : look_into(h->run, file);
	if (what == NULL) {
		return 0;
	}
	bool ships = ana_ship_has(&h->ship, file->stage);
	struct ana_finding f = ana_rule_at(h->run, file->ins->node, CTX_STR_NONE);
	f.severity = ships ? ANA_SEVERITY_ERROR : ANA_SEVERITY_INFO;
	f.message = ana_rule_format(h->run, "%s takes '%s' from the context: %s%s",
		ana_keyword_name(file->ins->keyword), file->path, what,
		ships ? "" : ", which stays in the build cache");
	f.evidence = "removing it in a later step does not help: the layer keeps it";
	f.facts[0] = (struct ana_fact){ "bytes", (double)file->entry->size_bytes };
	f.fact_count = 1;
	f.fix = "name it in the ignore file, and mount it where a step needs it: RUN --mount=type=secret";
	return ana_rule_report(h->run, &f, h->err);
}

/** Sources of COPY and ADD whose very name says it, where the context is not known. */
static int see_sources(struct hunt *h) {
	const struct ana_copy *copy = &h->ins->copy;
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && h->run->in->context == NULL && copy->from.len == 0 && i < copy->source_count;
		++i) {
		struct ctx_str source = copy->sources[i];
		size_t base = ctx_path_base(source.ptr, source.len);
		struct ctx_str name = ctx_str_from(source, base);
		if (name_kind(name.ptr, name.len) == 2 || ctx_str_is(name, ".env")) {
			struct ana_finding f = ana_rule_at(h->run, h->ins->node, source);
			f.severity = h->ships ? ANA_SEVERITY_WARNING : ANA_SEVERITY_INFO;
			f.message = ana_rule_format(h->run, "%s takes '%.*s', by its name a file of secrets",
				ana_keyword_name(h->ins->keyword), CTX_STR_ARGS(name));
			f.fix = "mount it where a step needs it: RUN --mount=type=secret";
			rc = ana_rule_report(h->run, &f, h->err);
		}
	}
	return rc;
}

/* ---- All of it ---- */

/** One instruction. */
static int see_instruction(struct hunt *h, struct ctx_arena *arena) {
	const struct ana_instruction *ins = h->ins;
	int rc = 0;
	switch (ins->keyword) {
	case ANA_KW_ENV:
	case ANA_KW_LABEL:
		for (uint32_t i = 0; rc == 0 && i < ins->pairs.count; ++i) {
			const struct ana_pair *pair = &ins->pairs.items[i];
			rc = ins->keyword == ANA_KW_ENV ? see_env(h, pair)
							: see_pair(h, pair->key, pair->value, "LABEL");
		}
		break;
	case ANA_KW_ARG:
		for (uint32_t i = 0; rc == 0 && i < ins->args.count; ++i) {
			rc = see_arg(h, &ins->args.items[i]);
		}
		break;
	case ANA_KW_RUN:
	case ANA_KW_CMD:
	case ANA_KW_ENTRYPOINT:
		h->echoed = CTX_STR("");
		rc = ana_commands_of(ins, arena, see_command, h);
		rc = rc == CTX_E_NOMEM ? ctx_fail_nomem(h->err) : rc;
		break;
	case ANA_KW_COPY:
	case ANA_KW_ADD:
		rc = see_sources(h);
		break;
	default:
		break;
	}
	rc = rc < 0 ? rc : see_shapes(h, ins->node->logical);
	for (uint32_t i = 0; rc == 0 && i < ins->node->heredoc_count; ++i) {
		rc = see_shapes(h, ins->node->heredocs[i].body);
	}
	return rc;
}

/** All instructions of the file. */
static int see_all(struct hunt *h) {
	const struct ana_dockerfile *df = h->run->in->model;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	int rc = 0;
	h->stage = ANA_NONE;
	for (size_t i = 0; rc == 0 && i < df->globals.count; ++i) {
		h->ins = &df->globals.items[i];
		rc = see_instruction(h, &arena);
	}
	for (size_t i = 0; rc == 0 && i < df->stages.count; ++i) {
		const struct ana_stage *stage = &df->stages.items[i];
		h->stage = (uint32_t)i;
		h->ships = ana_ship_has(&h->ship, h->stage);
		h->args.count = 0;
		for (uint32_t k = 0; rc == 0 && k < stage->instruction_count; ++k) {
			h->ins = &stage->instructions[k];
			rc = see_instruction(h, &arena);
		}
	}
	return rc;
}

/** ana_rule_fn. */
static int look(struct ana_rule_run *run, struct ctx_error *err) {
	struct hunt h = { .run = run, .err = err };
	int rc = ana_ship_make(&h.ship, run->in->graph, err);
	rc = rc < 0 ? rc : see_all(&h);
	rc = rc < 0 ? rc : ana_rule_files(run, ana_rule_secret_wants, see_file, &h, err);
	CTX_VEC_RELEASE(&h.args);
	ana_ship_release(&h.ship);
	return rc;
}

const struct ana_rule ana_rule_secret_in_image = {
	.id = "secret-in-image",
	.severity = ANA_SEVERITY_ERROR,
	.summary = "a secret is in the image, its history or its configuration",
	.wrong = "ENV DB_PASSWORD=...\n"
		 "ARG NPM_TOKEN\n"
		 "COPY .env id_rsa /app/\n"
		 "RUN curl -u admin:... https://example.org/x\n"
		 "environment: {DB_PASSWORD: ...}           # of a service\n"
		 "env: [{name: DB_PASSWORD, value: ...}]    # of a container\n",
	.right = "RUN --mount=type=secret,id=npm_token,env=NPM_TOKEN npm ci\n"
		 "env: [{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}]\n",
	.why = "Layers and history keep what ENV, ARG and COPY put there, whatever later steps remove; 'docker history' and "
	       "'docker inspect' show it to everybody who can pull the image. A compose file or manifest gives it to whoever can read the "
	       "repository, now and in its history.",
	.knows =
		"Names of variables ('PASSWORD', 'TOKEN', 'API_KEY'), shapes of values (tokens of well-known providers, private "
		"keys, passwords in URLs and headers), and for names that say less ('KEY', 'AUTH') values of 20 bytes or more "
		"with 3.7 bits or more for each byte. Placeholders, paths and addresses are no secrets. Files count if COPY really "
		"takes them: key files by what they hold, '.env' if there is a secret in it. In compose files and manifests: environment, "
		"commands, build arguments, ConfigMaps, and Secrets that are there in clear or in base64; what a variable fills in or "
		"comes by reference is right. Values are never printed.",
	.aliases = " SecretsUsedInArgOrEnv ",
	.dockerfile = look,
	.container = ana_rule_secret_container,
	.manifest = ana_rule_secret_manifest,
};
