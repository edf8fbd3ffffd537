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
static int collect(struct ana_rule_run *run, struct facts *facts, const struct ana_ship *ship, struct ctx_error *err) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	const struct ana_instruction *ins;
	struct ana_ship_at at = { 0 };
	int rc = 0;
	while (rc == 0 && (ins = ana_ship_next(ship, run->in->graph, &at)) != NULL) {
		if (ins->keyword == ANA_KW_USER) {
			facts->user = ins;
		} else if (ins->keyword == ANA_KW_RUN || ins->keyword == ANA_KW_CMD ||
			ins->keyword == ANA_KW_ENTRYPOINT) {
			rc = ana_commands_of(ins, &arena, see_command, facts);
		} else if (ins->keyword == ANA_KW_COPY) {
			for (uint32_t i = 0; i < ins->copy.source_count && facts->dropper == NULL; ++i) {
				facts->dropper = dropper_of(ins->copy.sources[i]);
			}
		}
	}
	return rc < 0 ? ctx_fail_nomem(err) : see_scripts(run, facts, ship, &arena, err);
}

/** What USER says after expansion. */
enum who { WHO_UNKNOWN, WHO_ROOT, WHO_NUMBER, WHO_NAME };
static enum who who_is(struct ctx_str user) {
	struct ctx_str name = { user.ptr, ctx_str_find(user, ':') };
	if (name.len == 0 || ana_rule_is_open(name) || ctx_str_find(name, '$') < name.len) {
		return WHO_UNKNOWN;
	}
	if (ctx_str_is(name, "root") || ctx_str_is(name, "0")) {
		return WHO_ROOT;
	}
	for (size_t i = 0; i < name.len; ++i) {
		if (name.ptr[i] < '0' || name.ptr[i] > '9') {
			return WHO_NAME;
		}
	}
	return WHO_NUMBER;
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
		enum who who = who_is(graph->stages.items[graph->target].user);
		return who == WHO_ROOT    ? report(run, facts, ship, err)
			: who == WHO_NAME ? report_name(run, facts, err)
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
	struct facts facts = { 0 };
	int rc = ana_ship_make(&ship, run->in->graph, err);
	rc = rc < 0 ? rc : collect(run, &facts, &ship, err);
	return rc < 0 ? rc : decide(run, &facts, &ship, err);
}

const struct ana_rule ana_rule_runs_as_root = {
	.id = "runs-as-root",
	.severity = ANA_SEVERITY_WARNING,
	.summary = "the image that ships runs as root",
	.wrong = "FROM node:20-slim\n"
		 "CMD [\"node\", \"server.js\"]\n",
	.right = "FROM node:20-slim\n"
		 "RUN useradd --uid 10001 --create-home svc\n"
		 "COPY --chown=10001:10001 . /srv\n"
		 "USER 10001\n"
		 "CMD [\"node\", \"server.js\"]\n",
	.why = "A process that is taken over owns the container, everything mounted into it, and a good part of the way to the "
	       "host.",
	.knows =
		"Only the target stage and what it builds on. Well-known base images that set a user, or whose entrypoint "
		"gives up root (postgres, redis), and programs that do so (gosu, su-exec, setpriv) make it an info, as do base "
		"images of which nothing is known. A USER by name cannot satisfy Kubernetes' runAsNonRoot (info).",
	.aliases = " DL3002 ",
	.dockerfile = look,
};
