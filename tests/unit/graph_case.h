/**
 * Rows of tests of the graph: a Dockerfile, how it is built, and what comes of it.
 */
#ifndef TESTS_UNIT_GRAPH_CASE_H
#define TESTS_UNIT_GRAPH_CASE_H

#include "tests/unit/graph_text.h"

/** One row; what is not given is the default. */
struct graph_case {
	const char *name, *text, *want;
	/** "NAME=VALUE", or NULL. */
	const char *arg;
	const char *target, *platform;
	/** "NAME=local:DIR", "NAME=docker-image://REF", "NAME=URL". */
	const char *context;
	bool multi;
};

/** "a=b" to its halves. */
static inline struct ana_var graph_case_split(const char *text) {
	const char *equals = strchr(text, '=');
	return (struct ana_var){ { text, (size_t)(equals - text) }, CTX_STR(equals + 1) };
}

/** Images that are known: by the first word of their repository. */
static inline int graph_case_image(void *arg CTX_UNUSED, struct ctx_str ref,
	const struct ana_platform *platform CTX_UNUSED, struct ana_image_config *out,
	struct ctx_error *err CTX_UNUSED) {
	static struct ana_var env[2];
	static struct ctx_str shell[2], triggers[2];
	env[0] = (struct ana_var){ CTX_STR("PATH"), CTX_STR("/k") };
	env[1] = (struct ana_var){ CTX_STR("BASE"), CTX_STR("b") };
	shell[0] = CTX_STR("/ash");
	shell[1] = CTX_STR("-x");
	if (ctx_str_starts(ref, "docker.io/library/known")) {
		*out = (struct ana_image_config){ .env = env,
			.env_count = 2,
			.workdir = CTX_STR("/w"),
			.user = CTX_STR("u"),
			.shell = shell,
			.shell_count = 2 };
	} else if (ctx_str_starts(ref, "docker.io/library/pinned")) {
		out->digest = CTX_STR("sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	} else if (ctx_str_starts(ref, "docker.io/library/empty")) {
		out->empty = true;
	} else if (ctx_str_starts(ref, "docker.io/library/trigger")) {
		triggers[0] = CTX_STR("COPY --from=tools /t /t");
		triggers[1] = CTX_STR("ENV T=1");
		out->triggers = triggers;
		out->trigger_count = 2;
	} else if (ctx_str_starts(ref, "docker.io/library/itself")) {
		triggers[0] = CTX_STR("COPY --from=itself /t /t");
		out->triggers = triggers;
		out->trigger_count = 1;
	} else if (ctx_str_starts(ref, "docker.io/library/bad")) {
		triggers[0] = CTX_STR("FOO x");
		out->triggers = triggers;
		out->trigger_count = 1;
	} else {
		return 0;
	}
	return 1;
}

/** Describe one row. */
static inline void graph_case_run(struct ctx_buf *out, const struct graph_case *c, enum graph_text show) {
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct ana_platform amd64 = { .os = CTX_STR("linux"), .arch = CTX_STR("amd64") };
	struct ana_var arg;
	struct ana_named_context context = { .kind = ANA_CONTEXT_OTHER };
	struct ana_graph_opts opts = { .build_platform = amd64,
		.multi_platform = c->multi,
		.image_config = graph_case_image };
	if (c->arg != NULL) {
		arg = graph_case_split(c->arg);
		opts.build_args = (struct ana_build_args){ &arg, 1 };
	}
	if (c->target != NULL) {
		opts.target = CTX_STR(c->target);
	}
	if (c->platform != NULL &&
		ana_platform_parse(&opts.target_platform, CTX_STR(c->platform), &amd64, &arena, NULL) < 0) {
		ctx_buf_adds(out, "bad platform\n");
	}
	if (c->context != NULL) {
		struct ana_var given = graph_case_split(c->context);
		context.name = given.name;
		context.value = given.value;
		if (ctx_str_starts(given.value, "local:")) {
			context.kind = ANA_CONTEXT_LOCAL;
			context.value = ctx_str_from(given.value, strlen("local:"));
		} else if (ctx_str_starts(given.value, "docker-image://")) {
			context.kind = ANA_CONTEXT_IMAGE;
			context.value = ctx_str_from(given.value, strlen("docker-image://"));
		}
		opts.contexts = &context;
		opts.context_count = 1;
	}
	graph_describe(out, c->text, &opts, show);
}

/** Run a table. */
#define GRAPH_CASES_RUN(cases, show) \
	do { \
		for (size_t i = 0; i < CTX_COUNTOF(cases); ++i) { \
			ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT; \
			graph_case_run(&got, &(cases)[i], show); \
			if (strcmp(ctx_buf_str(&got), (cases)[i].want) != 0) { \
				fail_msg("%s:\n%s\nbut expected\n%s", (cases)[i].name, ctx_buf_str(&got), \
					(cases)[i].want); \
			} \
		} \
	} while (0)

#endif
