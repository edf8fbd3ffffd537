/*
 * runs-as-root: whom the image runs as.
 */
#include "analyzer/advice/commands.h"
#include "analyzer/advice/rule.h"
#include "analyzer/advice/ship.h"

/** What was found out. */
struct facts {
	/** The last USER that ships; NULL. */
	const struct ana_instruction *user;
	/** A program that gives up root is installed or called. */
	const char *dropper;
};

/** Programs that give up root and then run another one. */
static const char *dropper_of(struct ctx_str word) {
	static const char *const names[] = { "gosu", "su-exec", "setpriv", "s6-setuidgid", "runuser", "chpst",
		"dropprivs", "fixuid", "setuidgid" };
	for (size_t i = 0; i < CTX_COUNTOF(names); ++i) {
		size_t len = strlen(names[i]);
		bool whole = word.len == len && memcmp(word.ptr, names[i], len) == 0;
		bool path = word.len > len && word.ptr[word.len - len - 1] == '/' &&
			memcmp(word.ptr + word.len - len, names[i], len) == 0;
		if (whole || path) {
			return names[i];
		}
	}
	return NULL;
}

/** ana_command_fn: does a command install or call such a program? */
static int see_command(void *arg, const struct ana_command *c) {
	struct facts *facts = arg;
	for (size_t i = 0; i < c->count && facts->dropper == NULL; ++i) {
		facts->dropper = dropper_of(c->words[i].text);
	}
	return 0;
}

/** The script that CMD or ENTRYPOINT starts, if it lies in the context: its commands. */
static int see_scripts(struct ana_rule_run *run, struct facts *facts, const struct ana_ship *ship,
	struct ctx_arena *arena, struct ctx_error *err) {
	struct ctx_buf text = CTX_BUF_INIT;
	int rc = ana_rule_script(run, ship, &text, err);
	if (rc > 0) {
		rc = ana_commands_of_text((struct ctx_str){ ctx_buf_str(&text), text.len }, NULL, arena, see_command,
			facts);
	}
	ctx_buf_release(&text);
	return rc < 0 ? ctx_fail_nomem(err) : 0;
}

/** Look at all that ships. */
static int collect(struct facts *facts, const struct ana_graph *graph, const struct ana_ship *ship,
	struct ctx_arena *arena) {
	const struct ana_instruction *ins;
	struct ana_ship_at at = { 0 };
	int rc = 0;
	while (rc == 0 && (ins = ana_ship_next(ship, graph, &at)) != NULL) {
		if (ins->keyword == ANA_KW_USER) {
			facts->user = ins;
		} else if (ins->keyword == ANA_KW_RUN || ins->keyword == ANA_KW_CMD ||
			ins->keyword == ANA_KW_ENTRYPOINT) {
			rc = ana_commands_of(ins, arena, see_command, facts);
		} else if (ins->keyword == ANA_KW_COPY) {
			for (uint32_t i = 0; i < ins->copy.source_count && facts->dropper == NULL; ++i) {
				facts->dropper = dropper_of(ins->copy.sources[i]);
			}
		}
	}
	return rc;
}

enum ana_who ana_who_is(struct ctx_str user) {
	struct ctx_str name = { user.ptr, ctx_str_find(user, ':') };
	if (name.len == 0 || ana_rule_is_open(name) || ctx_str_find(name, '$') < name.len) {
		return ANA_WHO_UNKNOWN;
	}
	if (ctx_str_is(name, "root") || ctx_str_is(name, "0")) {
		return ANA_WHO_ROOT;
	}
	for (size_t i = 0; i < name.len; ++i) {
		if (name.ptr[i] < '0' || name.ptr[i] > '9') {
			return ANA_WHO_NAME;
		}
	}
	return ANA_WHO_NUMBER;
}

/** Does a process run at all?  An image of files, to be exported or copied from, starts none. */
static bool starts_nothing(const struct ana_rule_run *run, const struct ana_ship *ship) {
	return (ship->base.facts & ANA_IMAGE_SCRATCH) != 0 && ana_ship_last(ship, run->in->graph, ANA_KW_CMD) == NULL &&
		ana_ship_last(ship, run->in->graph, ANA_KW_ENTRYPOINT) == NULL;
}

/** Place a finding at the last USER, or at the FROM of the target. */
static struct ana_finding place(struct ana_rule_run *run, const struct facts *facts) {
	const struct ana_graph *graph = run->in->graph;
	const struct ana_stage *stage = graph->stages.items[graph->target].stage;
	char label[96];
	struct ana_finding f = facts->user != NULL ? ana_rule_at(run, facts->user->node, facts->user->text)
						   : ana_rule_at(run, stage->from, CTX_STR_NONE);
	f.subject_kind = ANA_SUBJECT_STAGE;
	f.subject = ana_rule_format(run, "%s", ana_stage_label(graph, graph->target, label));
	f.fix = "create a user, hand its files over with COPY --chown, and end with a numeric USER: USER 10001";
	return f;
}

/** A user with a name: fine, but not for everybody. */
static int report_name(struct ana_rule_run *run, const struct facts *facts, struct ctx_error *err) {
	struct ana_finding f = place(run, facts);
	f.severity = ANA_SEVERITY_INFO;
	f.message = "USER by name: Kubernetes cannot tell that it is not root";
	f.why = "runAsNonRoot looks at numbers only: a pod with it does not start unless runAsUser is set, too";
	f.fix = "use the number of the user: USER 10001";
	return ana_rule_report(run, &f, err);
}

/** Root, or who knows. */
static int report(struct ana_rule_run *run, const struct facts *facts, const struct ana_ship *ship,
	struct ctx_error *err) {
	struct ana_finding f = place(run, facts);
	char label[96];
	ana_stage_label(run->in->graph, run->in->graph->target, label);
	struct ctx_str base = ship->base.repository;
	if (facts->user != NULL) {
		f.message = ana_rule_format(run, "%s runs as root: the last USER says so", label);
		f.alias = "DL3002";
	} else if ((ship->base.facts & ANA_IMAGE_ROOT) != 0) {
		f.message = ana_rule_format(run, "%s runs as root: there is no USER, and '%.*s' has none", label,
			CTX_STR_ARGS(base));
	} else {
		f.severity = ANA_SEVERITY_INFO;
		f.message = ana_rule_format(run, "%s has no USER: whether '%.*s' sets one is not known here", label,
			CTX_STR_ARGS(base));
	}
	bool own = ana_ship_last(ship, run->in->graph, ANA_KW_ENTRYPOINT) != NULL;
	if (facts->dropper != NULL) {
		f.severity = ANA_SEVERITY_INFO;
		f.evidence = ana_rule_format(run, "'%s' is there, which gives up root before it starts the program",
			facts->dropper);
	} else if ((ship->base.facts & ANA_IMAGE_DROPS) != 0 && !own) {
		f.severity = ANA_SEVERITY_INFO;
		f.evidence = ana_rule_format(run, "the entrypoint of '%.*s' gives up root before it starts the program",
			CTX_STR_ARGS(base));
	}
	return ana_rule_report(run, &f, err);
}

/** Decide. */
static int decide(struct ana_rule_run *run, const struct facts *facts, const struct ana_ship *ship,
	struct ctx_error *err) {
	const struct ana_graph *graph = run->in->graph;
	unsigned base = ship->base.facts;
	if (facts->user != NULL) {
		enum ana_who who = ana_who_is(graph->stages.items[graph->target].user);
		return who == ANA_WHO_ROOT    ? report(run, facts, ship, err)
			: who == ANA_WHO_NAME ? report_name(run, facts, err)
					      : 0;
	}
	bool silent = (base & (ANA_IMAGE_USER | ANA_IMAGE_WINDOWS)) != 0 || starts_nothing(run, ship) ||
		ship->base.repository.len == 0 || ana_rule_is_open(ship->base.repository) ||
		graph->stages.items[graph->target].stage == NULL;
	return silent ? 0 : report(run, facts, ship, err);
}

/** ana_rule_fn. */
static int look(struct ana_rule_run *run, struct ctx_error *err) {
	ana_auto_ship struct ana_ship ship = { 0 };
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct facts facts = { 0 };
	int rc = ana_ship_make(&ship, run->in->graph, err);
	if (rc == 0 && collect(&facts, run->in->graph, &ship, &arena) < 0) {
		return ctx_fail_nomem(err);
	}
	rc = rc < 0 ? rc : see_scripts(run, &facts, &ship, &arena, err);
	return rc < 0 ? rc : decide(run, &facts, &ship, err);
}

int ana_built_user(struct ana_built *out, const struct ana_graph *graph, const struct ana_ship *ship,
	struct ctx_error *err) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct facts facts = { 0 };
	if (collect(&facts, graph, ship, &arena) < 0) {
		return ctx_fail_nomem(err);
	}
	unsigned base = ship->base.facts;
	bool own = ana_ship_last(ship, graph, ANA_KW_ENTRYPOINT) != NULL;
	out->drops = facts.dropper != NULL || ((base & ANA_IMAGE_DROPS) != 0 && !own);
	if (facts.user != NULL) {
		out->user_line = facts.user->node->first_line;
		out->who = ana_who_is(graph->stages.items[graph->target].user);
	} else if ((base & (ANA_IMAGE_ROOT | ANA_IMAGE_USER)) != 0) {
		out->who = (base & ANA_IMAGE_ROOT) != 0 ? ANA_WHO_ROOT : ANA_WHO_NAME;
	}
	return 0;
}

/* ---- Compose files and manifests ---- */

#define FIX_POD "securityContext of the pod: runAsNonRoot: true, and runAsUser: 10001 if the image has no numeric USER"

/** Does USER of the image, which is built here, answer that a container says nothing?  It does not where something else is said. */
static bool is_answered(const struct ana_rule_run *run, const struct ana_value *value) {
	const struct ana_built *built = run->on->built;
	return built != NULL && value == &run->on->container->name && built->user_line > 0 &&
		(built->who == ANA_WHO_NUMBER || built->who == ANA_WHO_NAME);
}

/** Report at a value, which may be absent: then at the container's name. */
static int report_at(struct ana_rule_run *run, const struct ana_value *value, enum ana_severity severity,
	const char *message, const char *fix, struct ctx_error *err) {
	struct ana_finding f = ana_rule_at_value(run, value->line > 0 ? value : &run->on->container->name);
	// It is meant to rule the host, which another user seldom can
	bool rules = run->on->container->privileged == ANA_SWITCH_ON && severity < ANA_SEVERITY_ERROR;
	f.severity = rules ? ANA_SEVERITY_INFO : ana_rule_soften(run, severity);
	f.message = message;
	f.evidence = run->on->unsure != NULL
		? ana_rule_format(run, "'%s' may be its image, but that is not sure", run->on->unsure)
		: NULL;
	f.fix = rules ? "name the capabilities that it needs instead of 'privileged', then a user" : fix;
	if (is_answered(run, value)) {
		f.suppressed = ANA_SUPPRESSED_ANSWERED;
		f.suppressed_by = ana_rule_format(run, "USER in line %u of %s", run->on->built->user_line,
			run->on->built->path);
	}
	return ana_rule_report(run, &f, err);
}

/** The image of a container in parts; nothing in it if it is not known. */
static int image_of(const struct ana_container *c, struct ana_image *image, struct ctx_arena *arena,
	struct ctx_error *err) {
	struct ctx_error ignored;
	*image = (struct ana_image){ 0 };
	int rc = c->image.text.len == 0 || c->image.open ? 0 : ana_image_parse(image, c->image.text, arena, &ignored);
	return rc == CTX_E_NOMEM ? ctx_fail_nomem(err) : 0;
}

/** A service. */
static int look_service(struct ana_rule_run *run, const struct ana_image *image, struct ctx_error *err) {
	const struct ana_container *c = run->on->container;
	const char *label = ana_rule_container_label(run);
	if (c->user.line > 0 && ana_who_is(c->user.text) == ANA_WHO_ROOT && !c->user.open) {
		return report_at(run, &c->user, ANA_SEVERITY_WARNING,
			ana_rule_format(run, "%s runs as root: 'user' says so", label),
			"remove it, or name a numeric user: user: \"10001\"", err);
	}
	bool root = (image->facts & ANA_IMAGE_ROOT) != 0 && (image->facts & ANA_IMAGE_DROPS) == 0;
	if (c->user.line > 0 || c->partial || c->build != NULL || run->on->built != NULL || !root) {
		return 0; // the Dockerfile says it; or nothing is known
	}
	bool server = (image->facts & ANA_IMAGE_SERVER) !=
		0; // which wants a port below 1024, and cannot do without a word of ours
	return report_at(run, &c->image, server ? ANA_SEVERITY_INFO : ANA_SEVERITY_WARNING,
		ana_rule_format(run, "%s runs as root: there is no 'user', and '%.*s' has none", label,
			CTX_STR_ARGS(image->repository)),
		"user: \"10001\"", err);
}

/** Why a container with runAsNonRoot does not start; NULL. */
static const char *why_not_started(struct ana_rule_run *run, const struct ana_image *image) {
	const struct ana_built *built = run->on->built;
	const char *label = ana_rule_container_label(run);
	if (built != NULL && built->who == ANA_WHO_NAME && built->user_line > 0) {
		return ana_rule_format(run,
			"%s does not start: the USER of its image is a name, and runAsNonRoot wants a number", label);
	}
	if (built != NULL ? built->who == ANA_WHO_ROOT : (image->facts & ANA_IMAGE_ROOT) != 0) {
		return ana_rule_format(run, "%s does not start: runAsNonRoot is set, and its image runs as root",
			label);
	}
	return NULL;
}

void ana_rule_root_prepare(struct ana_rule_manifest *on) {
	const struct ana_workload *w = on->workload;
	on->main_lacks_user = false;
	for (uint32_t i = 0; i < w->count && !on->main_lacks_user; ++i) {
		const struct ana_container *c = &w->containers[i];
		on->main_lacks_user = c->kind == ANA_CONTAINER_MAIN && c->non_root == ANA_SWITCH_ABSENT &&
			c->user.line == 0;
	}
}

/** A container of a pod. */
static int look_pod(struct ana_rule_run *run, const struct ana_image *image, struct ctx_error *err) {
	const struct ana_container *c = run->on->container;
	const char *label = ana_rule_container_label(run);
	enum ana_who who = c->user.line == 0 ? ANA_WHO_NAME : c->user.open ? ANA_WHO_UNKNOWN : ana_who_is(c->user.text);
	if (who == ANA_WHO_ROOT) {
		bool never = c->non_root == ANA_SWITCH_ON;
		return report_at(run, &c->user, never ? ANA_SEVERITY_ERROR : ANA_SEVERITY_WARNING,
			ana_rule_format(run,
				never ? "%s does not start: runAsNonRoot is set, and runAsUser is 0"
				      : "%s runs as root: runAsUser is 0",
				label),
			"runAsUser: 10001", err);
	}
	if (who == ANA_WHO_NUMBER || who == ANA_WHO_UNKNOWN || c->non_root == ANA_SWITCH_OPEN) {
		return 0;
	}
	if (c->non_root == ANA_SWITCH_ON) {
		const char *why = why_not_started(run, image);
		return why == NULL ? 0
				   : report_at(run, &c->non_root_at, ANA_SEVERITY_ERROR, why,
					     "runAsUser: 10001, or a numeric USER in the Dockerfile", err);
	}
	if (c->non_root == ANA_SWITCH_OFF) {
		return report_at(run, &c->non_root_at, ANA_SEVERITY_WARNING,
			ana_rule_format(run, "%s may run as root: runAsNonRoot is false", label), FIX_POD, err);
	}
	if (c->partial || (c->kind != ANA_CONTAINER_MAIN && run->on->main_lacks_user)) {
		return 0; // one finding for the pod is enough
	}
	bool user = (image->facts & (ANA_IMAGE_USER | ANA_IMAGE_DROPS)) == ANA_IMAGE_USER;
	return report_at(run, &c->name, user ? ANA_SEVERITY_INFO : ANA_SEVERITY_WARNING,
		ana_rule_format(run, "%s may run as root: neither runAsNonRoot nor runAsUser is set", label), FIX_POD,
		err);
}

/** ana_rule_fn. */
static int look_container(struct ana_rule_run *run, struct ctx_error *err) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct ana_image image;
	int rc = image_of(run->on->container, &image, &arena, err);
	if (rc < 0 || run->on->workload->windows || (image.facts & ANA_IMAGE_WINDOWS) != 0) {
		return rc;
	}
	return run->on->compose ? look_service(run, &image, err) : look_pod(run, &image, err);
}

const struct ana_rule ana_rule_runs_as_root = {
	.id = "runs-as-root",
	.severity = ANA_SEVERITY_WARNING,
	.summary = "an image or a container runs as root",
	.wrong = "FROM node:20-slim\n"
		 "CMD [\"node\", \"server.js\"]\n"
		 "user: root                       # of a service\n"
		 "securityContext: {}              # of a pod\n",
	.right = "FROM node:20-slim\n"
		 "RUN useradd --uid 10001 --create-home svc\n"
		 "COPY --chown=10001:10001 . /srv\n"
		 "USER 10001\n"
		 "CMD [\"node\", \"server.js\"]\n"
		 "securityContext: {runAsNonRoot: true, runAsUser: 10001}\n",
	.why = "A process that is taken over owns the container, everything mounted into it, and a good part of the way to the "
	       "host.",
	.knows =
		"Only the target stage and what it builds on. Well-known base images that set a user, or whose entrypoint "
		"gives up root (postgres, redis), and programs that do so (gosu, su-exec, setpriv) make it an info, as do base "
		"images of which nothing is known. A USER by name cannot satisfy Kubernetes' runAsNonRoot (info). In manifests what is "
		"said for the container goes before what is said for the pod, and runAsNonRoot with an image that runs as root or as a "
		"user by name is an error: it does not start. USER of an image that is built here answers for its containers. Of a privileged "
		"container, which mostly has to be root, it is an info.",
	.aliases = " DL3002 ",
	.dockerfile = look,
	.container = look_container,
};
