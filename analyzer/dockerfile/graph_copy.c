#include "analyzer/dockerfile/graph_internal.h"

#include "analyzer/dockerfile/buildpath.h"
#include "analyzer/dockerfile/values.h"

#include <stdlib.h>

// Source: moby/buildkit v0.32.2 frontend/dockerfile/dockerfile2llb/convert_copy.go (dispatchCopy), convert.go (dispatch,
// pathRelativeToWorkingDir); client/llb/fileop.go (Marshal, toProtoAction).

/** What a COPY or ADD is made of, while it is looked at. */
struct copy {
	struct ana_builder *b;
	uint32_t state;
	const struct ana_step *step;
	const struct ana_copy *c;
	bool add;
	struct ctx_str os, dest, name;
	/** State that is copied from, ANA_NONE for the main context. */
	uint32_t from;
	int64_t mode;
	/** Settings that a git URL may change for those after it. */
	enum ana_tristate keep_git_dir;
	struct ctx_str checksum;
	struct ana_action *actions;
	uint32_t action_count;
};

struct ctx_str ana_git_identifier(struct ana_builder *b, const struct ana_git_ref *ref) {
	ctx_auto_buf struct ctx_buf id = CTX_BUF_INIT;
	ctx_buf_adds(&id, "git://");
	ctx_buf_add(&id, ref->host.ptr, ref->host.len);
	ctx_buf_add(&id, ref->path.ptr, ref->path.len);
	if (ref->ref.len > 0 || ref->subdir.len > 0) {
		ctx_buf_addc(&id, '#');
		ctx_buf_add(&id, ref->ref.ptr, ref->ref.len);
		if (ref->subdir.len > 0) {
			ctx_buf_addc(&id, ':');
			ctx_buf_add(&id, ref->subdir.ptr, ref->subdir.len);
		}
	}
	return ana_builder_keep(b, &id);
}

/** CTX_E_SYNTAX with a message. */
static int refuse(struct copy *c, const char *message) {
	return ctx_fail(c->b->err, CTX_E_SYNTAX, "%s", message);
}

/** Next action with what all of them share. */
static struct ana_action *next_action(struct copy *c, uint32_t source, struct ctx_str src) {
	struct ana_action *a = &c->actions[c->action_count++];
	*a = (struct ana_action){ .kind = ANA_ACTION_COPY,
		.source = source,
		.src = src,
		.dest = c->dest,
		.chown = c->c->chown,
		.chmod = c->c->chmod,
		.mode = c->mode,
		.data = CTX_STR(""),
		.create_dest = true,
		.excludes = c->c->excludes,
		.exclude_count = c->c->exclude_count,
		.timestamp_ns = -1 };
	return a;
}

/** --checksum: only ADD, one source, remote. */
static int check_checksum(struct copy *c) {
	if (c->checksum.len == 0) {
		return 0;
	}
	if (!c->add) {
		return refuse(c, "checksum can't be specified for COPY");
	}
	if (c->c->source_count != 1) {
		return refuse(c, "checksum can't be specified for multiple sources");
	}
	struct ctx_str source = c->c->sources[0];
	struct ana_git_ref ref;
	struct ctx_error ignored;
	int rc = ana_git_ref_parse(&ref, source, c->b->arena, &ignored);
	if (rc == CTX_E_NOMEM) {
		return ctx_fail_nomem(c->b->err);
	}
	bool remote = rc == 1 || ctx_str_starts(source, "http://") || ctx_str_starts(source, "https://");
	return remote ? 0 : refuse(c, "checksum requires HTTP(S) or Git sources");
}

/** Make the vertex of a remote source. */
static int remote_vertex(struct copy *c, enum ana_op op, struct ctx_str identifier, const struct ana_remote *remote,
	uint32_t *out) {
	struct ana_vertex vertex = { .op = op,
		.flags = ANA_VERTEX_HELPER,
		.name = c->name,
		.identifier = identifier,
		.remote = *remote };
	*out = identifier.ptr == NULL ? ANA_NONE : ana_vertex_new(c->b, c->state, c->step, &vertex);
	return *out == ANA_NONE ? ctx_fail_nomem(c->b->err) : 0;
}

/** A git repository. */
static int add_git(struct copy *c, const struct ana_git_ref *ref) {
	if (!c->add) {
		return refuse(c, "source can't be a git ref for COPY");
	}
	enum ana_tristate wanted = ref->keep_git_dir ? ANA_TRUE : ANA_FALSE;
	if (ref->keep_git_dir_given && c->keep_git_dir != ANA_UNSET && c->keep_git_dir != wanted) {
		return refuse(c, "inconsistent keep-git-dir configuration");
	}
	if (ref->keep_git_dir_given) {
		c->keep_git_dir = wanted;
	}
	if (c->checksum.len > 0 && ref->checksum.len > 0 && !ctx_str_eq(c->checksum, ref->checksum)) {
		return ctx_fail(c->b->err, CTX_E_SYNTAX, "checksum mismatch \"%.*s\" != \"%.*s\"",
			CTX_STR_ARGS(c->checksum), CTX_STR_ARGS(ref->checksum));
	}
	if (ref->checksum.len > 0) {
		c->checksum = ref->checksum;
	}
	struct ana_remote remote = { .url = ref->remote,
		.checksum = c->checksum,
		.filename = CTX_STR(""),
		.keep_git_dir = c->keep_git_dir == ANA_TRUE,
		.skip_submodules = ref->skip_submodules,
		.fetch_by_commit = ref->fetch_by_commit };
	uint32_t vertex;
	int rc = remote_vertex(c, ANA_OP_GIT, ana_git_identifier(c->b, ref), &remote, &vertex);
	if (rc == 0) {
		next_action(c, vertex, CTX_STR("/"));
	}
	return rc;
}

/** A file of the web. */
static int add_http(struct copy *c, struct ctx_str source) {
	if (!c->add) {
		return refuse(c, "source can't be a URL for COPY");
	}
	struct ana_remote remote = { .url = CTX_STR(""),
		.checksum = c->checksum,
		.filename = ana_http_filename(source, c->b->arena) };
	if (remote.filename.ptr == NULL) {
		return ctx_fail_nomem(c->b->err);
	}
	int rc = c->checksum.len > 0 ? ana_digest_check(c->checksum, c->b->err) : 0;
	uint32_t vertex = ANA_NONE;
	if (rc == 0) {
		rc = remote_vertex(c, ANA_OP_HTTP, source, &remote, &vertex);
	}
	if (rc < 0) {
		return rc;
	}
	struct ctx_str src = ana_buildpath_join(CTX_STR("/"), remote.filename, c->b->arena);
	next_action(c, vertex, src)->unpack = c->c->unpack == ANA_TRUE;
	return src.ptr == NULL ? ctx_fail_nomem(c->b->err) : 0;
}

/** Is there an unescaped wildcard (containsWildcards)? */
static bool has_wildcards(struct ctx_str text) {
	for (size_t i = 0; i < text.len; ++i) {
		char c = text.ptr[i];
		if (c == '*' || c == '?' || c == '[') {
			return true;
		}
		i += c == '\\';
	}
	return false;
}

/** A list of one string. */
static struct ctx_str *one(struct copy *c, struct ctx_str text) {
	struct ctx_str *list = ctx_arena_alloc(c->b->arena, sizeof(*list));
	if (list != NULL) {
		*list = text;
	}
	return text.ptr == NULL ? NULL : list;
}

/** --parents: left of the first "/./" is the source, right of it a pattern below it. */
static int set_parents(struct copy *c, struct ctx_str *src, struct ana_action *a) {
	struct ana_builder *b = c->b;
	const char *pivot = src->len < 3 ? NULL : memmem(src->ptr, src->len, "/./", 3);
	struct ctx_str parent = CTX_STR("/"), pattern = *src;
	if (pivot != NULL) {
		parent = (struct ctx_str){ src->ptr, (size_t)(pivot - src->ptr) };
		pattern = ctx_str_from(*src, parent.len + 3);
	}
	int rc = ana_buildpath_normalize(&pattern, CTX_STR("/"), pattern, c->os, false, b->arena, b->err);
	if (rc < 0) {
		return ctx_wrap(b->err, rc, "removing drive letter");
	}
	a->includes = one(c, ctx_str_from(pattern, pattern.ptr[0] == '/'));
	a->include_count = 1;
	if (a->includes == NULL) {
		return ctx_fail_nomem(b->err);
	}
	*src = parent;
	if (has_wildcards(parent) || has_wildcards(pattern)) {
		return 0;
	}
	struct ctx_str required = ana_buildpath_join(parent, pattern, b->arena);
	rc = ana_buildpath_normalize(&required, CTX_STR("/"), required, c->os, false, b->arena, b->err);
	a->required = rc < 0 ? NULL : one(c, required);
	a->required_count = 1;
	return rc < 0                 ? ctx_wrap(b->err, rc, "removing drive letter")
		: a->required == NULL ? ctx_fail_nomem(b->err)
				      : 0;
}

/** Vertex that is copied from: of a stage, an image, or the main context. */
static int source_vertex(struct copy *c, uint32_t *out) {
	if (c->from != ANA_NONE) {
		*out = c->b->states.items[c->from].vertex;
		return 0;
	}
	*out = ana_vertex_main(c->b);
	return *out == ANA_NONE ? ctx_fail_nomem(c->b->err) : 0;
}

/** A path of the source. */
static int add_path(struct copy *c, struct ctx_str source) {
	struct ana_builder *b = c->b;
	uint32_t vertex;
	int rc = source_vertex(c, &vertex);
	if (rc < 0) {
		return rc;
	}
	struct ana_action *a = next_action(c, vertex, source);
	a->follow_symlinks = a->dir_contents = a->wildcard = a->allow_empty_wildcard = true;
	a->unpack = c->c->unpack == ANA_UNSET ? c->add : c->c->unpack == ANA_TRUE;
	struct ctx_str src = source;
	rc = c->c->parents ? set_parents(c, &src, a) : 0;
	if (rc < 0) {
		return rc;
	}
	rc = ana_buildpath_normalize(&src, CTX_STR("/"), src, c->os, false, b->arena, b->err);
	if (rc < 0) {
		return ctx_wrap(b->err, rc, "removing drive letter");
	}
	a->src = ana_buildpath_clean(src, b->arena);
	return a->src.ptr == NULL ? ctx_fail_nomem(b->err) : 0;
}

/** A source by what it looks like. */
static int add_source(struct copy *c, struct ctx_str source) {
	struct ana_git_ref ref;
	int rc = ana_git_ref_parse(&ref, source, c->b->arena, c->b->err);
	if (rc < 0) {
		return rc;
	}
	if (rc == 1 && !ref.like_local) {
		return add_git(c, &ref);
	}
	if (ctx_str_starts(source, "http://") || ctx_str_starts(source, "https://")) {
		return add_http(c, source);
	}
	rc = c->from == ANA_NONE ? ana_check_source(c->b, c->state, c->step, c->add, source) : 0;
	return rc < 0 ? rc : add_path(c, source);
}

/** A file that stands in the Dockerfile. */
static int add_inline(struct copy *c, const struct ana_inline_file *file) {
	struct ana_builder *b = c->b;
	struct ctx_str name;
	int rc = ana_buildpath_no_drive(&name, file->name, c->os, false, b->arena, b->err);
	if (rc < 0) {
		return ctx_wrap(b->err, rc, "removing drive letter");
	}
	struct ana_action action = { .kind = ANA_ACTION_MKFILE,
		.source = ANA_NONE,
		.mode = 0644,
		.data = file->data,
		.timestamp_ns = -1,
		.dest = CTX_STR(""),
		.chown = CTX_STR(""),
		.chmod = CTX_STR("") };
	action.src = ana_buildpath_join(CTX_STR("/"), name, b->arena);
	uint32_t vertex = ana_vertex_make(b, c->state, c->step, ANA_NONE, &action,
		CTX_STR("[internal] preparing inline document"), ANA_VERTEX_HELPER);
	if (vertex == ANA_NONE) {
		return ctx_fail_nomem(b->err);
	}
	next_action(c, vertex, action.src);
	return 0;
}

/** Where it goes: relative to the working directory; a trailing slash means a directory. */
static int set_dest(struct copy *c) {
	struct ana_builder *b = c->b;
	const struct ana_state *s = &b->states.items[c->state];
	struct ctx_str path;
	int rc = ana_buildpath_no_drive(&path, c->c->dest, c->os, true, b->arena, b->err);
	if (rc < 0) {
		return ctx_wrap(b->err, rc, "removing drive letter");
	}
	if (path.len == 0 || ctx_str_is(path, ".")) {
		path = CTX_STR("./");
	}
	rc = ana_buildpath_normalize(&path, s->dir, path, c->os, true, b->arena, b->err);
	if (rc < 0) {
		return rc;
	}
	c->dest = ana_buildpath_dest(path, b->arena);
	return c->dest.ptr == NULL ? ctx_fail_nomem(b->err) : 0;
}

/** Flags, then the name: what comes before the sources. */
static int begin(struct copy *c) {
	struct ana_builder *b = c->b;
	int rc = set_dest(c);
	c->mode = -1;
	if (rc == 0 && c->c->chmod.len > 0) {
		rc = ana_chmod_parse(&c->mode, c->c->chmod, b->err);
	}
	if (rc == 0) {
		rc = check_checksum(c);
	}
	const struct ana_state *s = &b->states.items[c->state];
	if (rc == 0) {
		rc = ana_step_text(b, &c->name, c->step->ins->node->line_text, CTX_STR(""), &b->shell, s->env.env);
	}
	size_t count = (size_t)c->c->source_count + c->c->file_count;
	c->actions = ctx_arena_calloc(b->arena, count, sizeof(*c->actions));
	return rc < 0 ? rc : c->actions == NULL ? ctx_fail_nomem(b->err) : 0;
}

/** Make the vertex, or the two of --link: the copy onto nothing, and the merge that lays it over the stage. */
static int end(struct copy *c, struct ctx_str text, uint32_t flags) {
	struct ana_builder *b = c->b;
	struct ana_state *s = &b->states.items[c->state];
	bool link = c->c->link && c->c->chmod.len == 0 && !b->opts->no_merge;
	struct ana_vertex vertex = { .op = ANA_OP_FILE, .flags = flags, .name = c->name };
	vertex.file = (struct ana_file_op){ .base = link ? ANA_NONE : s->vertex,
		.actions = c->actions,
		.action_count = c->action_count };
	uint32_t base = s->vertex;
	uint32_t made = ana_vertex_new(b, c->state, c->step, &vertex);
	if (made != ANA_NONE && link && base != ANA_NONE) {
		struct ana_vertex merge = { .op = ANA_OP_MERGE, .flags = flags | ANA_VERTEX_LINK };
		merge.name = ana_step_prefix(b, c->state, ana_builder_concat(b, CTX_STR("LINK "), text), false,
			&b->states.items[c->state].platform, b->states.items[c->state].env.env);
		merge.inputs = ctx_arena_calloc(b->arena, 2, sizeof(*merge.inputs));
		if (merge.inputs == NULL || merge.name.ptr == NULL) {
			return ctx_fail_nomem(b->err);
		}
		merge.inputs[0] = base;
		merge.inputs[1] = made;
		merge.input_count = 2;
		made = ana_vertex_new(b, c->state, c->step, &merge);
	}
	b->states.items[c->state].vertex = made;
	return made == ANA_NONE ? ctx_fail_nomem(b->err) : 0;
}

/** Note which paths are read (at the end, as nothing is read by an instruction with errors). */
static int want_sources(struct copy *c) {
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < c->c->source_count; ++i) {
		struct ctx_str source = c->c->sources[i];
		bool web = c->add && (ctx_str_starts(source, "http://") || ctx_str_starts(source, "https://"));
		rc = web ? 0 : ana_want(c->b, c->from, source);
	}
	return rc;
}

/** State of --from; it must have been lowered by now. */
static int set_from(struct copy *c) {
	c->from = c->step->source_count > 0 ? c->step->sources[0] : ANA_NONE;
	if (c->from == ANA_NONE || c->b->states.items[c->from].dispatched) {
		return 0;
	}
	return ctx_fail(c->b->err, CTX_E_SYNTAX,
		"cannot copy from stage \"%.*s\", it needs to be defined before current stage \"%.*s\"",
		CTX_STR_ARGS(c->c->from), CTX_STR_ARGS(c->b->graph->stages.items[c->state].shown_name));
}

int ana_lower_copy(struct ana_builder *b, uint32_t state, const struct ana_step *step, const struct ana_expanded *ex) {
	const struct ana_state *s = &b->states.items[state];
	struct copy c = { .b = b,
		.state = state,
		.step = step,
		.c = &ex->ins.copy,
		.add = ex->ins.keyword == ANA_KW_ADD,
		.os = s->platform.os,
		.keep_git_dir = ex->ins.copy.keep_git_dir,
		.checksum = ex->ins.copy.checksum };
	bool tainted = s->unknown && ex->unmatched_count > 0;
	int rc = set_from(&c);
	if (rc == 0) {
		rc = begin(&c);
	}
	if (rc < 0) {
		return rc;
	}
	struct ctx_str text = c.name;
	c.name = ana_step_prefix(b, state, text, true, &b->states.items[state].platform,
		b->states.items[state].env.env);
	if (c.name.ptr == NULL) {
		return ctx_fail_nomem(b->err);
	}
	for (uint32_t i = 0; rc == 0 && i < c.c->source_count; ++i) {
		rc = add_source(&c, c.c->sources[i]);
	}
	for (uint32_t i = 0; rc == 0 && i < c.c->file_count; ++i) {
		rc = add_inline(&c, &c.c->files[i]);
	}
	if (rc == 0) {
		rc = end(&c, text, ANA_VERTEX_STEP | (tainted ? ANA_VERTEX_UNKNOWN_VARIABLE : 0));
	}
	return rc < 0 ? rc : want_sources(&c);
}
