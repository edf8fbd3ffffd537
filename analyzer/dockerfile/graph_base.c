#include "analyzer/dockerfile/graph_internal.h"

#include "analyzer/dockerfile/buildpath.h"

// Source: moby/buildkit v0.32.2 frontend/dockerfile/dockerfile2llb/convert.go (resolveBaseImage), image.go (emptyImage),
// frontend/dockerui/namedcontext.go, config.go (NamedContext), context.go (DetectGitContext).

/** Search path of Unix, which an image without one gets (util/system path.go DefaultPathEnvUnix). */
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

int ana_context_index(struct ana_builder *b) {
	for (size_t i = 0; i < b->opts->context_count; ++i) {
		struct ctx_str name = b->opts->contexts[i].name;
		struct ana_reference ref;
		int rc = ana_reference_parse(&ref, name, b->arena, b->err);
		if (rc < 0) {
			ctx_wrap(b->err, rc, "invalid context name %.*s", CTX_STR_ARGS(name));
			b->err->code = rc == CTX_E_SYNTAX ? CTX_E_USAGE : b->err->code;
			return rc == CTX_E_SYNTAX ? CTX_E_USAGE : rc;
		}
		struct ctx_str key = ana_reference_context_key(&ref, b->arena);
		uint32_t fresh = (uint32_t)b->context_indices.count;
		uint32_t slot = key.ptr == NULL ? CTX_STRMAP_NONE
						: ctx_strmap_put(&b->by_context, key.ptr, key.len, fresh);
		if (slot == CTX_STRMAP_NONE || (slot == fresh && !CTX_VEC_PUSH(&b->context_indices, (uint32_t)i))) {
			return ctx_fail_nomem(b->err);
		}
		b->context_indices.items[slot] = (uint32_t)i; // the last of a name counts
	}
	return 0;
}

/** Equal but for the case of ASCII letters? */
static bool same_word(struct ctx_str text, const char *word) {
	if (text.len != strlen(word)) {
		return false;
	}
	for (size_t i = 0; i < text.len; ++i) {
		char c = text.ptr[i];
		if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != word[i]) {
			return false;
		}
	}
	return true;
}

int ana_context_find(struct ana_builder *b, struct ctx_str name, uint32_t *index) {
	*index = ANA_NONE;
	if (same_word(name, "scratch") || same_word(name, "context")) {
		return 0;
	}
	struct ana_reference ref;
	int rc = ana_reference_parse(&ref, name, b->arena, b->err);
	if (rc < 0) {
		return rc;
	}
	struct ctx_str key = ana_reference_context_key(&ref, b->arena);
	if (key.ptr == NULL) {
		return ctx_fail_nomem(b->err);
	}
	uint32_t slot = ctx_strmap_get(&b->by_context, key.ptr, key.len);
	*index = slot == CTX_STRMAP_NONE ? ANA_NONE : b->context_indices.items[slot];
	return 0;
}

/** The base of a state is an image or a context, by its name. */
static bool needs_image(const struct ana_builder *b, uint32_t index) {
	const struct ana_state *s = &b->states.items[index];
	bool scratch = ctx_str_is(s->base_name, "scratch") && s->context == ANA_NONE;
	return b->graph->stages.items[index].base_stage == ANA_NONE && !s->broken && !scratch;
}

int ana_base_check(struct ana_builder *b, uint32_t index) {
	struct ana_state *s = &b->states.items[index];
	if (!needs_image(b, index)) {
		return 0;
	}
	struct ana_reference ref;
	int rc = ana_reference_parse(&ref, s->base_name, b->arena, b->err);
	if (rc == CTX_E_SYNTAX) {
		s->broken = true;
		return ana_builder_report(b, s->node, s->base_text, "failed to parse stage name \"%.*s\": %s",
			CTX_STR_ARGS(s->base_name), b->err->msg);
	}
	if (rc == 0) {
		s->base_name = ana_reference_tagged(&ref, b->arena);
		b->graph->stages.items[index].base = s->base_name;
		rc = s->base_name.ptr == NULL ? ctx_fail_nomem(b->err) : 0;
	}
	return rc;
}

/** Take over what is known of an image's configuration. */
static int apply_config(struct ana_builder *b, struct ana_state *s, const struct ana_image_config *config) {
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < config->env_count; ++i) {
		rc = ana_config_set(b, s, config->env[i].name, config->env[i].value);
	}
	s->config_dir = config->workdir;
	s->user = config->user;
	s->shell = config->shell;
	s->shell_count = config->shell_count;
	s->image_triggers = config->triggers;
	s->image_trigger_count = config->trigger_count;
	return rc;
}

/** Let the file system itself have variables and directory of its image (llb State.WithImageConfig). */
static int apply_to_fs(struct ana_builder *b, struct ana_state *s, const struct ana_image_config *config) {
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < config->env_count; ++i) {
		if (config->env[i].name.len > 0) {
			rc = ana_genv_set(b, &s->env, config->env[i].name, config->env[i].value);
		}
	}
	bool absolute = config->workdir.len > 0 && config->workdir.ptr[0] == '/';
	s->dir = absolute ? config->workdir : ana_buildpath_join(s->dir, config->workdir, b->arena);
	return rc == 0 && s->dir.ptr == NULL ? ctx_fail_nomem(b->err) : rc;
}

/** Execs on the file system run on that platform. */
static void set_fs_platform(struct ana_builder *b, struct ana_state *s, const struct ana_platform *platform) {
	struct ana_platform host = ana_platform_host();
	s->has_fs_platform = true;
	s->fs_platform = ana_platform_normalize(platform, &host, b->arena);
}

/** The configuration of nothing: root directory and a search path (image.go emptyImage). */
static int apply_empty(struct ana_builder *b, struct ana_state *s, const struct ana_platform *platform) {
	s->image_os = platform->os;
	s->config_dir = CTX_STR("/");
	bool windows = ctx_str_is(platform->os, "windows");
	return windows ? 0 : ana_config_set(b, s, CTX_STR("PATH"), CTX_STR(DEFAULT_PATH));
}

/** Ask about an image.  1 known, 0 unknown. */
static int ask_config(struct ana_builder *b, struct ctx_str ref, const struct ana_platform *platform,
	struct ana_image_config *config) {
	*config = (struct ana_image_config){ 0 };
	if (b->opts->image_config == NULL) {
		return 0;
	}
	int rc = b->opts->image_config(b->opts->image_config_arg, ref, platform, config, b->err);
	if (rc < 0 && b->err->code != (enum ctx_errc)rc) {
		return ctx_fail(b->err, (enum ctx_errc)rc, "'%.*s': the configuration cannot be read",
			CTX_STR_ARGS(ref));
	}
	return rc;
}

/** The file system of a state is a vertex of its own. */
static int set_source(struct ana_builder *b, uint32_t index, const struct ana_vertex *vertex,
	const struct ana_platform *fs_platform) {
	if (vertex->name.ptr == NULL || vertex->identifier.ptr == NULL) {
		return ctx_fail_nomem(b->err);
	}
	uint32_t made = ana_vertex_new(b, index, NULL, vertex);
	struct ana_state *s = &b->states.items[index];
	s->vertex = made;
	if (fs_platform != NULL) {
		set_fs_platform(b, s, fs_platform);
	}
	return made == ANA_NONE ? ctx_fail_nomem(b->err) : 0;
}

/** Make the vertex of an image that is the base of a state. */
static int set_image(struct ana_builder *b, uint32_t index, const struct ana_platform *platform) {
	struct ana_state *s = &b->states.items[index];
	struct ctx_str text = ana_builder_concat(b, CTX_STR("FROM "), s->base_name);
	struct ana_vertex vertex = { .op = ANA_OP_IMAGE, .flags = ANA_VERTEX_STEP, .platform = *platform };
	vertex.name = ana_step_prefix(b, index, text, true, platform, NULL);
	vertex.identifier = ana_builder_concat(b, CTX_STR("docker-image://"), s->base_name);
	return set_source(b, index, &vertex, platform);
}

/** A context that is an image. */
static int load_image_context(struct ana_builder *b, uint32_t index, const struct ana_named_context *context,
	struct ctx_str label, const struct ana_platform *platform, struct ana_image_config *config, bool *known) {
	struct ana_state *s = &b->states.items[index];
	struct ana_reference ref;
	int rc = ana_reference_parse(&ref, context->value, b->arena, b->err);
	if (rc < 0) {
		s->broken = true;
		return ana_builder_catch(b, rc, s->node, s->base_text);
	}
	struct ctx_str tagged = ana_reference_tagged(&ref, b->arena);
	if (tagged.ptr == NULL) {
		return ctx_fail_nomem(b->err);
	}
	rc = ask_config(b, tagged, platform, config);
	if (rc < 0) {
		return rc;
	}
	*known = rc == 1;
	b->states.items[index].unknown = rc == 0;
	struct ana_vertex vertex = { .op = ANA_OP_IMAGE, .platform = *platform };
	vertex.name = ana_builder_concat(b, label, context->value);
	vertex.identifier = ana_builder_concat(b, CTX_STR("docker-image://"), tagged);
	return set_source(b, index, &vertex, platform);
}

/** A context that is a directory of the client. */
static int load_local_context(struct ana_builder *b, uint32_t index, uint32_t named, struct ctx_str key,
	struct ctx_str label, const struct ana_platform *fs_platform) {
	struct ana_local local = { .name = key, .named = named };
	struct ana_wanted_paths wanted = { 0 };
	struct ana_vertex vertex = { .op = ANA_OP_LOCAL, .local = (uint32_t)b->graph->locals.count };
	if (!CTX_VEC_PUSH(&b->graph->locals, local) || !CTX_VEC_PUSH(&b->wanted, wanted)) {
		return ctx_fail_nomem(b->err);
	}
	vertex.name = ana_builder_concat(b, label, CTX_STR("load from client"));
	vertex.identifier = ana_builder_concat(b, CTX_STR("local://"), key);
	b->states.items[index].local = vertex.local;
	return set_source(b, index, &vertex, fs_platform);
}

/** Report a context whose value no builder takes; 1 if it is one. */
static int refuse_context(struct ana_builder *b, uint32_t index, struct ctx_str value, struct ctx_str key) {
	static const char *const schemes[] = { "git", "http", "https", "oci-layout", "input", "target" };
	const struct ana_state *s = &b->states.items[index];
	const char *colon = value.len > 0 ? memchr(value.ptr, ':', value.len) : NULL;
	struct ctx_str scheme = { value.ptr, colon == NULL ? 0 : (size_t)(colon - value.ptr) };
	bool known = ctx_str_starts(value, "git@") && colon != NULL;
	for (size_t i = 0; i < CTX_COUNTOF(schemes); ++i) {
		known = known || ctx_str_is(scheme, schemes[i]);
	}
	if (known) {
		return 0;
	}
	int rc = colon == NULL
		? ana_builder_report(b, s->node, s->base_text, "invalid context specifier %.*s for %.*s",
			  CTX_STR_ARGS(value), CTX_STR_ARGS(key))
		: ana_builder_report(b, s->node, s->base_text, "unsupported context source %.*s for %.*s",
			  CTX_STR_ARGS(scheme), CTX_STR_ARGS(key));
	return rc < 0 ? rc : 1;
}

/** A context that a builder fetches itself: a git repository, a file of the web, or what only it knows. */
static int load_remote_context(struct ana_builder *b, uint32_t index, const struct ana_named_context *context,
	struct ctx_str label, const struct ana_platform *fs_platform) {
	struct ctx_str value = context->value;
	bool web = ctx_str_starts(value, "http:") || ctx_str_starts(value, "https:");
	bool git = ctx_str_starts(value, "git:") || ctx_str_starts(value, "git@");
	struct ana_git_ref ref;
	int rc = web || git ? ana_git_ref_parse(&ref, value, b->arena, b->err) : 0;
	if (rc == CTX_E_SYNTAX || (rc == 0 && git)) {
		const struct ana_state *s = &b->states.items[index];
		return ana_builder_report(b, s->node, s->base_text, "%s%.*s",
			rc == 0 ? "invalid git context " : b->err->msg, CTX_STR_ARGS(rc == 0 ? value : CTX_STR("")));
	}
	if (rc < 0) {
		return rc;
	}
	struct ana_vertex vertex = { .op = web ? ANA_OP_HTTP : ANA_OP_OTHER, .identifier = value };
	vertex.name = ana_builder_concat(b, label, value);
	vertex.remote = (struct ana_remote){ .url = CTX_STR(""),
		.checksum = CTX_STR(""),
		.filename = CTX_STR("context") };
	if (rc == 1) {
		vertex.op = ANA_OP_GIT;
		vertex.name = ana_builder_concat(b, CTX_STR("[internal] load git source "), value);
		vertex.identifier = ana_git_identifier(b, &ref);
		vertex.remote = (struct ana_remote){ .url = ref.remote,
			.checksum = ref.checksum,
			.filename = CTX_STR(""),
			.keep_git_dir = ref.keep_git_dir,
			.skip_submodules = ref.skip_submodules,
			.fetch_by_commit = ref.fetch_by_commit };
	}
	return set_source(b, index, &vertex, fs_platform);
}

/**
 * Let a named context be the file system of a state (namedcontext.go load).
 *
 * @platform  For which platform.
 * @from      The context stands where an image would, so that what it lacks is filled in; else it replaces a whole stage.
 */
static int load_context(struct ana_builder *b, uint32_t index, uint32_t named, const struct ana_platform *platform,
	bool from) {
	const struct ana_named_context *context = &b->opts->contexts[named];
	struct ana_reference ref;
	int rc = ana_reference_parse(&ref, context->name, b->arena, b->err);
	struct ctx_str key = rc < 0 ? CTX_STR_NONE : ana_reference_context_key(&ref, b->arena);
	struct ctx_str label = ana_builder_concat(b, CTX_STR("[context "), key);
	label = ana_builder_concat(b, label, CTX_STR("] "));
	struct ana_image_config config = { 0 };
	bool known = false;
	if (context->kind == ANA_CONTEXT_LOCAL) {
		rc = load_local_context(b, index, named, key, label, from ? platform : NULL);
	} else if (context->kind == ANA_CONTEXT_OTHER) {
		rc = refuse_context(b, index, context->value, key);
		if (rc == 0) {
			rc = load_remote_context(b, index, context, label, from ? platform : NULL);
		}
		rc = rc > 0 ? 0 : rc;
	} else if (!ctx_str_is(context->value, "scratch")) {
		rc = load_image_context(b, index, context, label, platform, &config, &known);
	}
	struct ana_state *s = &b->states.items[index];
	bool image = context->kind == ANA_CONTEXT_IMAGE && !ctx_str_is(context->value, "scratch");
	if (rc == 0 && from && s->vertex == ANA_NONE) {
		set_fs_platform(b, s, platform);
	}
	if (rc == 0 && known) {
		rc = apply_config(b, s, &config);
		rc = rc < 0 ? rc : apply_to_fs(b, s, &config);
	} else if (rc == 0 && from && !image) {
		rc = apply_empty(b, s, platform);
	}
	if (from || image) {
		s->platform = *platform;
		s->has_platform = true;
		s->image_os = platform->os;
	}
	return rc;
}

/** Resolve the image of a state that is needed. */
static int resolve_image(struct ana_builder *b, uint32_t index, const struct ana_platform *platform) {
	struct ana_image_config config;
	int rc = ask_config(b, b->states.items[index].base_name, platform, &config);
	if (rc < 0) {
		return rc;
	}
	struct ana_state *s = &b->states.items[index];
	s->unknown = rc == 0;
	s->image_os = platform->os;
	if (rc == 1 && config.digest.len > 0) {
		struct ana_reference ref;
		rc = ana_reference_parse(&ref, s->base_name, b->arena, b->err);
		ref.digest = config.digest;
		s->base_name = rc < 0 ? s->base_name : ana_reference_full(&ref, b->arena);
		b->graph->stages.items[index].base = s->base_name;
	}
	if (rc >= 0) {
		rc = apply_config(b, s, &config);
	}
	return rc < 0 || config.empty ? rc : set_image(b, index, platform);
}

int ana_base_resolve(struct ana_builder *b, uint32_t index, uint32_t round, bool reachable) {
	struct ana_state *s = &b->states.items[index];
	if (b->graph->stages.items[index].base_stage != ANA_NONE || s->resolved || s->dispatched) {
		return 0;
	}
	s->resolved = true;
	s->dispatched = s->unregistered;
	if (s->broken) {
		s->unknown = true;
		s->platform = s->has_platform ? s->platform : b->target;
		s->has_platform = true;
		return 0;
	}
	if (!needs_image(b, index)) {
		s->platform = b->target;
		s->has_platform = true;
		return apply_empty(b, s, &b->target);
	}
	struct ana_platform platform = s->has_platform ? s->platform : b->target;
	if (s->context != ANA_NONE && reachable) {
		s->dispatched = true;
		return load_context(b, index, s->context, &platform, false);
	}
	uint32_t named = ANA_NONE;
	int rc = reachable ? ana_context_find(b, s->base_name, &named) : 0;
	if (rc < 0) {
		return rc;
	}
	if (named != ANA_NONE) {
		return load_context(b, index, named, &platform, true);
	}
	// Every round before this one named the image for nothing, and counted
	s->number = b->graph->stages.items[index].total > 0 ? round - 1 : 0;
	rc = reachable ? resolve_image(b, index, &platform) : set_image(b, index, &platform);
	b->states.items[index].platform = platform;
	b->states.items[index].has_platform = true;
	return rc;
}
