/*
 * no-health-check: running is not healthy.
 */
#include "analyzer/advice/commands.h"
#include "analyzer/advice/rule.h"
#include "analyzer/advice/ship.h"

/** What is known of what ships. */
struct facts {
	const struct ana_instruction *check, *expose, *command;
	/** A step installs or copies that. */
	bool curl, wget, shell;
	/** The command is one that serves, or one that ends. */
	bool serves, ends;
};

/** Programs that serve. */
static const char servers[] =
	" nginx httpd apache2 apache2ctl apache2-foreground caddy traefik haproxy gunicorn uvicorn hypercorn daphne waitress-serve "
	"uwsgi puma unicorn thin rackup passenger php-fpm redis-server mysqld postgres mongod memcached rabbitmq-server "
	"catalina.sh http-server serve pm2 pm2-runtime supervisord dockerd sshd minio vault consul etcd envoy ";
/** Programs that do one thing and end. */
static const char enders[] =
	" bash sh zsh ash true echo cat ls sleep tail pytest make terraform ansible ansible-playbook aws "
	"kubectl helm curl jq git rake ";
/** Words that mean a server, and words that mean something that ends, anywhere in a command. */
static const char serving[] = " runserver start serve server web ";

/** ana_command_fn: what CMD and ENTRYPOINT do. */
static int see_command(void *arg, const struct ana_command *c) {
	struct facts *f = arg;
	struct ctx_str name = ana_command_name(c);
	f->serves = f->serves || ctx_str_is_listed(name, servers) || ctx_str_ends(name, "-server") ||
		ctx_str_ends(name, "-api");
	for (size_t i = 1; i < c->count && i < 8; ++i) {
		struct ctx_str word = c->words[i].text;
		f->serves = f->serves || ctx_str_is_listed(word, serving) || ctx_str_is_listed(word, servers) ||
			ctx_str_ends(word, "server.js") || ctx_str_ends(word, "server.py");
	}
	f->ends = f->ends || (c->count > 0 && ctx_str_is_listed(name, enders) && !f->serves);
	return 0;
}

/** ana_command_fn: what a RUN brings. */
static int see_run(void *arg, const struct ana_command *c) {
	struct facts *f = arg;
	bool installs = ana_command_begins(c, "apt-get install") || ana_command_begins(c, "apt install") ||
		ana_command_begins(c, "apk add") || ana_command_begins(c, "yum install") ||
		ana_command_begins(c, "dnf install") || ana_command_begins(c, "microdnf install") ||
		ana_command_begins(c, "tdnf install") || ana_command_begins(c, "zypper install") ||
		ana_command_begins(c, "pacman");
	for (size_t i = 1; i < c->count; ++i) {
		struct ctx_str word = c->words[i].text;
		bool curl = ctx_str_starts(word, "curl"), wget = ctx_str_starts(word, "wget");
		// What comes out of a variable or a file may be anything
		f->curl = f->curl || (installs && (curl || c->words[i].open));
		f->wget = f->wget || (installs && (wget || c->words[i].open));
	}
	// Used where it must be there already
	f->curl = f->curl || ctx_str_is(ana_command_name(c), "curl");
	f->wget = f->wget || ctx_str_is(ana_command_name(c), "wget") || ctx_str_is(ana_command_name(c), "busybox");
	if (ana_command_begins(c, "xargs apt-get") || ana_command_begins(c, "xargs apk")) {
		f->curl = f->wget = true;
	}
	return 0;
}

/** Something copied that may bring a program: from another image, or scripts that are run. */
static void see_copy(struct facts *f, const struct ana_instruction *ins) {
	const struct ana_copy *copy = &ins->copy;
	for (uint32_t i = 0; i < copy->source_count; ++i) {
		struct ctx_str source = copy->sources[i];
		bool broad = copy->from.len > 0 &&
			(source.len <= 1 || ctx_str_is(source, "/usr") || ctx_str_is(source, "/usr/bin") ||
				ctx_str_is(source, "/bin") || ctx_str_is(source, "/usr/local") ||
				ctx_str_is(source, "/usr/local/bin") || ctx_str_ends(source, "rootfs") ||
				ctx_str_ends(source, "rootfs/"));
		f->curl = f->curl || broad || memmem(source.ptr, source.len, "curl", 4) != NULL;
		f->wget = f->wget || broad || memmem(source.ptr, source.len, "wget", 4) != NULL ||
			memmem(source.ptr, source.len, "busybox", 7) != NULL;
		f->shell = f->shell || broad || memmem(source.ptr, source.len, "busybox", 7) != NULL ||
			ctx_str_ends(source, "/sh");
	}
}

/** Look at all that ships. */
static int collect(struct facts *f, const struct ana_graph *graph, const struct ana_ship *ship, struct ctx_error *err) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	const struct ana_instruction *ins, *entrypoint = NULL, *cmd = NULL;
	struct ana_ship_at at = { 0 };
	int rc = 0;
	while (rc == 0 && (ins = ana_ship_next(ship, graph, &at)) != NULL) {
		f->check = ins->keyword == ANA_KW_HEALTHCHECK ? ins : f->check;
		f->expose = ins->keyword == ANA_KW_EXPOSE ? ins : f->expose;
		if (ins->keyword == ANA_KW_ENTRYPOINT) {
			entrypoint = ins;
			cmd = NULL; // an ENTRYPOINT empties the CMD of the base
		}
		cmd = ins->keyword == ANA_KW_CMD ? ins : cmd;
		if (ins->keyword == ANA_KW_RUN) {
			rc = ana_commands_of(ins, &arena, see_run, f);
		} else if (ins->keyword == ANA_KW_COPY || ins->keyword == ANA_KW_ADD) {
			see_copy(f, ins);
		}
	}
	f->command = cmd != NULL ? cmd : entrypoint;
	rc = rc < 0 || entrypoint == NULL ? rc : ana_commands_of(entrypoint, &arena, see_command, f);
	rc = rc < 0 || cmd == NULL ? rc : ana_commands_of(cmd, &arena, see_command, f);
	return rc < 0 ? ctx_fail_nomem(err) : 0;
}

/** Name the stage of a finding. */
static void name_stage(struct ana_rule_run *run, struct ana_finding *f) {
	char label[96];
	f->subject_kind = ANA_SUBJECT_STAGE;
	f->subject = ana_rule_format(run, "%s", ana_stage_label(run->in->graph, run->in->graph->target, label));
}

/** There is none. */
static int report_none(struct ana_rule_run *run, const struct facts *facts, const struct ana_ship *ship,
	struct ctx_error *err) {
	const struct ana_graph *graph = run->in->graph;
	bool own = facts->command != NULL;
	bool server = !own && (ship->base.facts & ANA_IMAGE_SERVER) != 0;
	bool sure = facts->expose != NULL || facts->serves || server;
	const struct ana_stage *stage = graph->stages.items[graph->target].stage;
	if (stage == NULL || (facts->ends && !facts->serves) ||
		(!own && !server && (facts->expose == NULL || ship->base.facts != 0)) ||
		(ship->base.facts & ANA_IMAGE_HEALTH) != 0) {
		return 0; // a tool, a base for others, something that ends
	}
	struct ana_finding f = facts->command != NULL ? ana_rule_at(run, facts->command->node, CTX_STR_NONE)
						      : ana_rule_at(run, stage->from, CTX_STR_NONE);
	char label[96];
	f.severity = sure ? ANA_SEVERITY_WARNING : ANA_SEVERITY_INFO;
	f.alias = "DL3057";
	f.message = ana_rule_format(run, "%s has no HEALTHCHECK", ana_stage_label(graph, graph->target, label));
	f.evidence = facts->expose != NULL
		? ana_rule_format(run, "it serves: EXPOSE in line %u", facts->expose->node->first_line)
		: facts->serves ? "its command is one that serves"
		: server        ? ana_rule_format(run, "'%.*s' serves by default", CTX_STR_ARGS(ship->base.repository))
				: "whether it serves or ends is not known";
	f.why = "Kubernetes does not look at HEALTHCHECK and wants probes in the manifest; docker, compose and swarm look at nothing else";
	f.fix = "HEALTHCHECK --interval=30s --timeout=3s --start-period=10s --retries=3 CMD ...";
	name_stage(run, &f);
	return ana_rule_report(run, &f, err);
}

/** The program that a check begins with. */
struct checker {
	struct ctx_str name;
	unsigned count;
};

/** ana_command_fn. */
static int first_name(void *arg, const struct ana_command *c) {
	struct checker *checker = arg;
	if (checker->count++ == 0) {
		checker->name = ana_command_name(c);
	}
	return 0;
}

/** What is known of the image that a check runs in. */
static struct ana_built image_of(const struct facts *f, const struct ana_ship *ship) {
	struct ana_built b = { .base = ship->base.facts, .curl = f->curl, .wget = f->wget, .shell = f->shell };
	ana_built_name(&b, &ship->base);
	return b;
}

/** Why the check cannot work; NULL. */
static const char *why_broken(struct ana_rule_run *run, const struct ana_built *image, bool by_shell,
	struct ctx_str name) {
	unsigned base = image->base;
	if ((base & ANA_IMAGE_BARE) != 0 && by_shell && !image->shell) {
		return ana_rule_format(run, "the check is run by a shell, and '%s' has none", image->base_name);
	}
	bool curl = ctx_str_is(name, "curl") && (base & ANA_IMAGE_CURL) == 0, wget = ctx_str_is(name, "wget");
	bool none = (base & (ANA_IMAGE_SLIM | ANA_IMAGE_BARE)) != 0 && (base & ANA_IMAGE_ALPINE) == 0;
	if ((curl && !image->curl && (none || (base & ANA_IMAGE_ALPINE) != 0)) || (wget && !image->wget && none)) {
		return ana_rule_format(run, "the check calls '%.*s', which '%s' does not have and no step installs",
			CTX_STR_ARGS(name), image->base_name);
	}
	return NULL;
}

/** There is one: can it work? */
static int see_check(struct ana_rule_run *run, const struct facts *facts, const struct ana_ship *ship,
	struct ctx_error *err) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct checker checker = { 0 };
	if (facts->check->healthcheck.none) {
		return 0; // somebody decided so
	}
	int rc = ana_commands_of(facts->check, &arena, first_name, &checker);
	struct ana_built image = image_of(facts, ship);
	const char *why = rc < 0 ? NULL : why_broken(run, &image, facts->check->healthcheck.line.shell, checker.name);
	if (rc < 0 || why == NULL) {
		return rc < 0 ? ctx_fail_nomem(err) : 0;
	}
	struct ana_finding f = ana_rule_at(run, facts->check->node, CTX_STR_NONE);
	f.severity = ANA_SEVERITY_ERROR;
	f.message = why;
	f.evidence = "it fails each time: the container is never healthy";
	f.fix = "install the program, or check with what the image has: its own language, or a subcommand of the server";
	name_stage(run, &f);
	return ana_rule_report(run, &f, err);
}

/** ana_rule_fn. */
static int look(struct ana_rule_run *run, struct ctx_error *err) {
	ana_auto_ship struct ana_ship ship = { 0 };
	struct facts facts = { 0 };
	int rc = ana_ship_make(&ship, run->in->graph, err);
	rc = rc < 0 ? rc : collect(&facts, run->in->graph, &ship, err);
	if (rc < 0) {
		return rc;
	}
	return facts.check != NULL ? see_check(run, &facts, &ship, err) : report_none(run, &facts, &ship, err);
}

int ana_built_health(struct ana_built *out, const struct ana_graph *graph, const struct ana_ship *ship,
	struct ctx_error *err) {
	struct facts f = { 0 };
	int rc = collect(&f, graph, ship, err);
	out->curl = f.curl;
	out->wget = f.wget;
	out->shell = f.shell;
	if (f.check != NULL) {
		out->health_line = f.check->node->first_line;
		out->health_off = f.check->healthcheck.none;
	}
	return rc;
}

/* ---- Compose files and manifests ---- */

#define FIX_COMPOSE "healthcheck with test, interval, timeout, retries and start_period"
#define FIX_POD "livenessProbe (is it alive) and readinessProbe (may it get requests), on paths of their own"

/** Report at a value. */
static int report_at(struct ana_rule_run *run, const struct ana_value *value, enum ana_severity severity,
	const char *message, const char *fix, struct ctx_error *err) {
	struct ana_finding f = ana_rule_at_value(run, value);
	f.severity = severity;
	f.message = message;
	f.fix = fix;
	const struct ana_container *c = run->on->container;
	const struct ana_built *built = run->on->built;
	if (severity == ANA_SEVERITY_ERROR) {
		f.evidence = "it fails each time: the container is never healthy";
	} else if (c->port.line > 0) {
		f.evidence = ana_rule_format(run, "it serves: a port in line %u", c->port.line);
	}
	if (severity != ANA_SEVERITY_ERROR && run->on->compose && built != NULL && built->health_line > 0) {
		f.suppressed = ANA_SUPPRESSED_ANSWERED;
		f.suppressed_by = ana_rule_format(run, "HEALTHCHECK in line %u of %s", built->health_line, built->path);
	}
	return ana_rule_report(run, &f, err);
}

/** What is known of the container's image: built here, or well known. */
static int known_image(const struct ana_rule_run *run, struct ana_built *out, struct ctx_arena *arena,
	struct ctx_error *err) {
	const struct ana_container *c = run->on->container;
	struct ana_image image = { 0 };
	struct ctx_error ignored;
	*out = (struct ana_built){ 0 };
	if (run->on->built != NULL) {
		*out = *run->on->built;
	} else if (c->build == NULL && c->image.text.len > 0 && !c->image.open) {
		if (ana_image_parse(&image, c->image.text, arena, &ignored) == CTX_E_NOMEM) {
			return ctx_fail_nomem(err);
		}
		out->base = image.facts;
		ana_built_name(out, &image);
	}
	return 0;
}

/** Look into a check: can it work?  Images of others may have more than their bases, but for those that are bases themselves. */
static int see_probe(struct ana_rule_run *run, const struct ana_probe *probe, const struct ana_built *image,
	struct ctx_arena *arena, struct ctx_error *err) {
	struct checker checker = { 0 };
	bool server = run->on->built == NULL && (image->base & ANA_IMAGE_SERVER) != 0;
	if (probe->kind != ANA_PROBE_COMMAND || server) {
		return 0;
	}
	int rc = ana_commands_of_values(&probe->words, NULL, probe->shell, arena, first_name, &checker);
	const char *why = rc < 0 ? NULL : why_broken(run, image, probe->shell, checker.name);
	if (rc < 0 || why == NULL) {
		return rc < 0 ? ctx_fail_nomem(err) : 0;
	}
	return report_at(run, &probe->words.items[0], ANA_SEVERITY_ERROR, why,
		"install the program, or check with what the image has: its own language, or a subcommand of the server",
		err);
}

/** Is there a check, or may there be one? */
static bool is_there(const struct ana_probe *probe) {
	return probe->kind != ANA_PROBE_ABSENT;
}

/** A service without a check. */
static int no_check(struct ana_rule_run *run, bool serves, bool known, struct ctx_error *err) {
	const struct ana_container *c = run->on->container;
	const struct ana_built *built = run->on->built;
	bool answered = built != NULL && built->health_line > 0, here = c->build != NULL || built != NULL;
	bool own = built != NULL && c->entrypoint.count + c->command.count > 0 && serves;
	if (c->partial || (answered && built->health_off) || (here && !answered && !own)) {
		return 0; // what the Dockerfile lacks is said there, unless what serves is only known here
	}
	enum ana_severity severity = serves && (here || known) ? ANA_SEVERITY_WARNING : ANA_SEVERITY_INFO;
	return report_at(run, &c->name, ana_rule_soften(run, severity),
		ana_rule_format(run,
			here || known ? "%s has no healthcheck"
				      : "%s has no healthcheck, and whether its image has one is not known here",
			ana_rule_container_label(run)),
		FIX_COMPOSE, err);
}

/** A container of a pod without one of the probes. */
static int no_probe(struct ana_rule_run *run, bool serves, struct ctx_error *err) {
	const struct ana_container *c = run->on->container;
	const char *label = ana_rule_container_label(run);
	bool live = is_there(&c->live), ready = is_there(&c->ready);
	if (c->partial || (live && (ready || !serves)) || (ready && !serves)) {
		return 0;
	}
	if (!live && !ready) {
		enum ana_severity severity = serves ? ANA_SEVERITY_WARNING : ANA_SEVERITY_INFO;
		return report_at(run, &c->name, ana_rule_soften(run, severity),
			ana_rule_format(run, "%s has neither a livenessProbe nor a readinessProbe", label), FIX_POD,
			err);
	}
	return report_at(run, live ? &c->live.at : &c->ready.at, ANA_SEVERITY_INFO,
		ana_rule_format(run,
			live ? "%s has no readinessProbe: it gets requests before it can answer"
			     : "%s has no livenessProbe: it is not started again when it hangs",
			label),
		FIX_POD, err);
}

/** ana_rule_fn. */
static int look_container(struct ana_rule_run *run, struct ctx_error *err) {
	const struct ana_container *c = run->on->container;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct ana_built image;
	struct facts facts = { 0 };
	int rc = known_image(run, &image, &arena, err);
	const struct ana_probe *probes[] = { &c->health, &c->live, &c->ready, &c->startup };
	for (size_t i = 0; rc == 0 && i < CTX_COUNTOF(probes); ++i) {
		rc = see_probe(run, probes[i], &image, &arena, err);
	}
	if (rc < 0 || c->kind == ANA_CONTAINER_INIT || c->ends || is_there(&c->health)) {
		return rc;
	}
	const struct ana_values *words[] = { &c->entrypoint, &c->command };
	for (size_t i = 0; rc == 0 && i < CTX_COUNTOF(words); ++i) {
		rc = ana_commands_of_values(words[i], NULL, false, &arena, see_command, &facts);
	}
	bool own = c->entrypoint.count + c->command.count > 0;
	bool serves = c->port.line > 0 || facts.serves ||
		(!own && (image.base & ANA_IMAGE_SERVER) != 0 && run->on->built == NULL);
	bool silent = (facts.ends && !facts.serves && c->port.line == 0) || (image.base & ANA_IMAGE_HEALTH) != 0;
	return rc < 0              ? ctx_fail_nomem(err)
		: silent           ? 0
		: run->on->compose ? no_check(run, serves, image.base != 0, err)
				   : no_probe(run, serves, err);
}

const struct ana_rule ana_rule_no_health_check = {
	.id = "no-health-check",
	.severity = ANA_SEVERITY_ERROR,
	.summary = "nothing tells whether the service works, or the check cannot",
	.wrong = "EXPOSE 8080\n"
		 "CMD [\"./server\"]           # and no HEALTHCHECK\n"
		 "FROM python:3.12-slim\n"
		 "HEALTHCHECK CMD curl -f http://localhost/   # there is no curl\n"
		 "ports: [{containerPort: 8080}]               # of a container, and no probes\n",
	.right = "HEALTHCHECK --interval=20s --timeout=3s --start-period=10s --retries=3 \\\n"
		 "  CMD python -c \"import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/ready')\"\n",
	.why = "Running is not healthy: a process that hangs goes on getting requests, and the orchestrator cannot tell.",
	.knows =
		"Images that serve nothing (jobs, tools, a shell, a base for others) need none; what cannot be told is an info. "
		"HEALTHCHECK NONE is a decision. A check that calls curl or wget in an image without it, or a shell in an image "
		"without one, is an error, since it always fails. Services need a healthcheck, containers of pods a livenessProbe and a "
		"readinessProbe, if they serve: a port, a well-known server. Jobs, init containers and commands that end need none. "
		"HEALTHCHECK of an image that is built here answers for a service, and not for a pod, since Kubernetes does not look at "
		"it; a healthcheck or a probe wherever the image runs answers a missing HEALTHCHECK.",
	.aliases = " DL3057 ",
	.dockerfile = look,
	.container = look_container,
};
