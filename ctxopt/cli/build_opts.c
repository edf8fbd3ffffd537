#include "ctxopt/cli/build_opts.h"

#include <sys/stat.h>

/** Check of --build-arg. */
static int check_build_arg(const char *text, struct ctx_error *err) {
	return text[0] != '\0' && text[0] != '='
		? 0
		: ctx_fail(err, CTX_E_USAGE, "'%s' has no name: NAME=VALUE, or NAME for the environment's value", text);
}

/** Check of --build-context. */
static int check_build_context(const char *text, struct ctx_error *err) {
	const char *equals = strchr(text, '=');
	return equals != NULL && equals > text && equals[1] != '\0'
		? 0
		: ctx_fail(err, CTX_E_USAGE, "'%s' is not NAME=PATH", text);
}

// clang-format off
const struct opt build_opts[] = {
	{ .kind = OPT_GROUP, .help = "How it is built" },
	{ .kind = OPT_STR, .name = "target", .arg = "STAGE", .at = offsetof(struct build_args, target),
	  .help = "build up to this stage (default: the last one)" },
	{ .kind = OPT_LIST, .name = "build-arg", .arg = "NAME=VALUE", .at = offsetof(struct build_args, build_args),
	  .check = check_build_arg,
	  .help = "set an ARG; NAME alone takes the environment's value" },
	{ .kind = OPT_LIST, .name = "build-context", .arg = "NAME=PATH", .flags = OPT_NAMED_PATH, .at = offsetof(struct build_args, contexts),
	  .check = check_build_context,
	  .help = "a further context: a directory, docker-image://IMAGE or a URL" },
	{ .kind = OPT_STR, .name = "platform", .arg = "PLATFORM", .at = offsetof(struct build_args, platform),
	  .help = "build for this platform, such as linux/arm64 (default: that of this machine)" },
	{ .kind = OPT_END },
};
// clang-format on

/** One --build-arg. */
static int add_build_arg(struct build_setup *setup, const char *text, struct ctx_error *err) {
	const char *equals = strchr(text, '=');
	struct ana_var var = { .name = { text, equals == NULL ? strlen(text) : (size_t)(equals - text) } };
	if (equals != NULL) {
		var.value = CTX_STR(equals + 1);
	} else {
		const char *value = getenv(text);
		if (value == NULL) {
			return 0;
		}
		var.value = CTX_STR(value);
	}
	return CTX_VEC_PUSH(&setup->vars.items, var) ? 0 : ctx_fail_nomem(err);
}

/** Is it something that the builder itself fetches?  (docker/buildx build/opt.go, moby/buildkit util/gitutil.) */
static bool is_remote(const char *value) {
	static const char *const starts[] = { "http://", "https://", "git://", "ssh://", "git@", "github.com/",
		"oci-layout://", "target:" };
	for (size_t i = 0; i < CTX_COUNTOF(starts); ++i) {
		if (strncmp(value, starts[i], strlen(starts[i])) == 0) {
			return true;
		}
	}
	return false;
}

/** One --build-context. */
static int add_context(struct build_setup *setup, const char *text, struct ctx_error *err) {
	static const char image[] = "docker-image://";
	const char *value = strchr(text, '=') + 1;
	struct ana_named_context context = { .name = { text, (size_t)(value - 1 - text) }, .value = CTX_STR(value) };
	struct stat st;
	if (strncmp(value, image, sizeof(image) - 1) == 0) {
		context.kind = ANA_CONTEXT_IMAGE;
		context.value = CTX_STR(value + sizeof(image) - 1);
	} else if (is_remote(value)) {
		context.kind = ANA_CONTEXT_OTHER;
	} else if (stat(value, &st) != 0 || !S_ISDIR(st.st_mode)) {
		return ctx_fail(err, CTX_E_USAGE, "--build-context: '%s' is no directory", value);
	}
	return CTX_VEC_PUSH(&setup->contexts, context) ? 0 : ctx_fail_nomem(err);
}

/** --platform: the first one of a list, whose names BuildKit then prints with the platform. */
static int set_platform(struct build_setup *setup, const char *text, struct ctx_error *err) {
	const struct ana_platform host = ana_platform_host();
	struct ctx_str first = { text, strcspn(text, ",") };
	setup->opts.multi_platform = text[first.len] == ',';
	int rc = ana_platform_parse(&setup->opts.target_platform, first, &host, &setup->arena, err);
	if (rc == CTX_E_SYNTAX && err != NULL) {
		err->code = CTX_E_USAGE;
	}
	return ctx_wrap(err, rc, "--platform");
}

int build_setup_make(struct build_setup *setup, const struct build_args *args, struct ctx_error *err) {
	int rc = args->platform == NULL ? 0 : set_platform(setup, args->platform, err);
	for (size_t i = 0; rc == 0 && i < args->build_args.values.count; ++i) {
		rc = add_build_arg(setup, args->build_args.values.items[i], err);
	}
	for (size_t i = 0; rc == 0 && i < args->contexts.values.count; ++i) {
		rc = add_context(setup, args->contexts.values.items[i], err);
	}
	setup->opts.target = args->target == NULL ? CTX_STR_NONE : CTX_STR(args->target);
	setup->opts.build_args = (struct ana_build_args){ setup->vars.items.items, setup->vars.items.count };
	setup->opts.contexts = setup->contexts.items;
	setup->opts.context_count = setup->contexts.count;
	return rc;
}

void build_setup_release(struct build_setup *setup) {
	ana_vars_release(&setup->vars);
	CTX_VEC_RELEASE(&setup->contexts);
	ctx_arena_release(&setup->arena);
}
