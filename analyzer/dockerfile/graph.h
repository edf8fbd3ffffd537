/**
 * The build graph: what BuildKit would do with a Dockerfile, as vertices and edges.
 *
 * Stages are resolved, the reachable ones are lowered, and every vertex has the definition that BuildKit's LLB has: same
 * operations, same inputs, same printed names.  Indices instead of pointers throughout; vertices are in the order in which
 * they were made, so that an input always has a smaller index.
 * Source: moby/buildkit v0.32.2 frontend/dockerfile/dockerfile2llb (convert.go, convert_copy.go, convert_runmount.go,
 * convert_secrets.go, convert_ssh.go), client/llb (exec.go, fileop.go, source.go, merge.go), frontend/dockerui.
 *
 * What a base image contributes is unknown offline unless `image_config` says so: without it an image has no
 * environment but a default PATH, working directory "/", no user, no triggers.  Words that use a variable which the base image could have
 * set are marked (ANA_VERTEX_UNKNOWN_VARIABLE), so that nobody takes them for certain.
 */
#ifndef ANALYZER_DOCKERFILE_GRAPH_H
#define ANALYZER_DOCKERFILE_GRAPH_H

#include "analyzer/dockerfile/checks.h"
#include "analyzer/dockerfile/expand.h"
#include "analyzer/dockerfile/reference.h"

/** "No vertex", "no stage", ... */
#define ANA_NONE UINT32_MAX

/** What is known about a base image: the parts of its configuration that a build inherits. */
struct ana_image_config {
	/** "NAME=VALUE" split, in order. */
	const struct ana_var *env;
	size_t env_count;
	/** Empty if not set. */
	struct ctx_str workdir, user;
	/** SHELL; none if `shell_count` is 0. */
	const struct ctx_str *shell;
	size_t shell_count;
	/** ONBUILD triggers. */
	const struct ctx_str *triggers;
	size_t trigger_count;
	/** Pinned digest of the reference; empty if unknown. */
	struct ctx_str digest;
	/** The image has no layers: acts as scratch. */
	bool empty;
};

/**
 * Tell about a base image.
 * @ref     Normalised: "docker.io/library/alpine:latest".
 * @out     Zero-initialised; what it points to must outlive the graph.
 * @return  1 known; 0 unknown; negative enum ctx_errc.
 */
typedef int ana_image_config_fn(void *arg, struct ctx_str ref, const struct ana_platform *platform,
	struct ana_image_config *out, struct ctx_error *err);

/** What a --build-context names. */
enum ana_context_kind {
	/** A directory on this machine. */
	ANA_CONTEXT_LOCAL,
	/** docker-image://REF */
	ANA_CONTEXT_IMAGE,
	/** oci-layout://, git or http(s) URL, target: */
	ANA_CONTEXT_OTHER,
};

/** One --build-context. */
struct ana_named_context {
	/** As given; matched by its normalised key. */
	struct ctx_str name;
	enum ana_context_kind kind;
	/** Directory, reference or URL, without a "docker-image://" in front. */
	struct ctx_str value;
};

/** How to build.  Borrowed; strings must outlive the graph. */
struct ana_graph_opts {
	/** --target; empty for the last stage. */
	struct ctx_str target;
	struct ana_build_args build_args;
	/** --platform: empty `os` if not given, then that of `build_platform`. */
	struct ana_platform target_platform;
	/** Where the build runs; empty `os` means ana_platform_host(). */
	struct ana_platform build_platform;
	/** The frontend is that of Docker 20.10 (BuildKit 0.8); the builder is: it cannot merge, so that --link does nothing. */
	bool older_frontend, no_merge;
	/** More than one platform was asked for: names begin with it. */
	bool multi_platform;
	const struct ana_named_context *contexts;
	size_t context_count;
	/** NULL: nothing is known. */
	ana_image_config_fn *image_config;
	void *image_config_arg;
	/** Not NULL: warnings are added, and that is all, the graph stays without vertices.  For ana_graph_check(). */
	struct ana_checks *checks;
	/** Name of the Dockerfile for "[internal] load build definition from NAME"; empty means "Dockerfile". */
	struct ctx_str dockerfile_name;
};

/** Kinds of vertices. */
enum ana_op {
	/** docker-image:// */
	ANA_OP_IMAGE,
	/** local:// : the main context or a named one. */
	ANA_OP_LOCAL,
	ANA_OP_HTTP,
	ANA_OP_GIT,
	/** A named context that only a builder can load. */
	ANA_OP_OTHER,
	ANA_OP_EXEC,
	ANA_OP_FILE,
	ANA_OP_MERGE,
};

/** Facts about a vertex. */
enum ana_vertex_flags {
	/** BuildKit prints it as `[stage n/m] ...`, `FROM ...` or `COPY ...`: a step of the report. */
	ANA_VERTEX_STEP = 1 << 0,
	/** Made by an ONBUILD trigger. */
	ANA_VERTEX_ONBUILD = 1 << 1,
	/** The second vertex of COPY --link or ADD --link. */
	ANA_VERTEX_LINK = 1 << 2,
	/** Depends on a variable that the unknown base image may set. */
	ANA_VERTEX_UNKNOWN_VARIABLE = 1 << 3,
	/** A helper of a step: inline file, directory of a cache mount, source of a remote ADD. */
	ANA_VERTEX_HELPER = 1 << 4,
};

/** A mount of an exec. */
struct ana_exec_mount {
	/** Vertex that is mounted, ANA_NONE for an empty file system. */
	uint32_t input;
	struct ctx_str dest;
	/** Cleaned path within the input; empty for its root ("/" only for the script of a RUN, as in LLB). */
	struct ctx_str selector;
	enum ana_mount_type type;
	bool read_only;
	/** The root mount "/": its contents afterwards are the result of the step. */
	bool root;
	/** Cache mounts: NAMESPACE + "/" + id, and how it is shared (never unset). */
	struct ctx_str cache_id;
	enum ana_sharing sharing;
	/** tmpfs: bytes, 0 without limit. */
	int64_t size_bytes;
	/** Secret and ssh: id; uid, gid, mode; optional. */
	struct ctx_str secret_id;
	uint32_t uid, gid, mode;
	bool optional;
};

/** A secret as an environment variable. */
struct ana_secret_env {
	struct ctx_str id, name;
	bool optional;
};

/** RUN. */
struct ana_exec {
	struct ctx_str *args;
	uint32_t arg_count;
	/** The environment that the command gets, in order (ana_env_list()). */
	const struct ana_env *env;
	struct ctx_str cwd, user, hostname, network, security;
	/** As in LLB: sorted by destination, the first is the root mount; then secrets, then ssh, in order. */
	struct ana_exec_mount *mounts;
	uint32_t mount_count;
	struct ana_secret_env *secret_envs;
	uint32_t secret_env_count;
	/** Proxy variables given by --build-arg: not part of any cache key. */
	struct ana_var *proxy;
	uint32_t proxy_count;
};

/** One action of a file operation.  Actions are chained: each works on the result of the one before. */
enum ana_action_kind { ANA_ACTION_COPY, ANA_ACTION_MKFILE, ANA_ACTION_MKDIR };
struct ana_action {
	enum ana_action_kind kind;
	/** COPY: vertex that is copied from, ANA_NONE for an empty file system. */
	uint32_t source;
	/** COPY: cleaned absolute source; others: the path. */
	struct ctx_str src;
	/** Absolute, trailing "/" or "/." kept. */
	struct ctx_str dest;
	/** As given after expansion: --chown ("" none), --chmod ("" none). */
	struct ctx_str chown, chmod;
	/** Mode of MKFILE and MKDIR, octal --chmod of COPY; -1 if there is none. */
	int64_t mode;
	/** MKFILE: content. */
	struct ctx_str data;
	/** COPY: --parents and --exclude. */
	struct ctx_str *includes, *excludes, *required;
	uint32_t include_count, exclude_count, required_count;
	/** COPY: booleans of the action. */
	bool follow_symlinks, dir_contents, unpack, wildcard, allow_empty_wildcard, create_dest;
	/** MKDIR: make parents. */
	bool make_parents;
	/** MKDIR: SOURCE_DATE_EPOCH in nanoseconds, -1 if there is none. */
	int64_t timestamp_ns;
};

/** A file operation: COPY, ADD, WORKDIR, inline files. */
struct ana_file_op {
	/** Vertex whose file system is changed; ANA_NONE for an empty one. */
	uint32_t base;
	struct ana_action *actions;
	uint32_t action_count;
};

/** What else is known about an HTTP or git source. */
struct ana_remote {
	/** Git: what is fetched; the identifier is the same for all protocols. */
	struct ctx_str url;
	/** --checksum, or that of the URL; empty if there is none. */
	struct ctx_str checksum;
	/** HTTP: name of the file. */
	struct ctx_str filename;
	bool keep_git_dir, skip_submodules, fetch_by_commit;
};

/** One vertex. */
struct ana_vertex {
	enum ana_op op;
	/** enum ana_vertex_flags. */
	uint32_t flags;
	/** Name as BuildKit prints it. */
	struct ctx_str name;
	/** Stage it belongs to (index into ana_graph.stages), ANA_NONE for sources that no stage owns. */
	uint32_t stage;
	/** Number of the step within its stage: the i of `[stage i/n]`; 0 if it has none. */
	uint32_t number;
	/** Instruction; NULL for FROM lines and sources. */
	const struct ana_instruction *instruction;
	/**
	 * Lines in the Dockerfile, 0 if none: helpers and contexts have none.  If several steps do the same to the same, they are one
	 * vertex, which has the lines of the first of them and everything else of the last (in the order of marshalling).
	 */
	uint32_t first_line, end_line;
	/** Vertices it depends on, each once, in order of first use; the two of a merge, which may be the same. */
	uint32_t *inputs;
	uint32_t input_count;
	/** Sources: "docker-image://docker.io/library/alpine:latest", "local://context", "https://...", "git://...". */
	struct ctx_str identifier;
	/** ANA_OP_LOCAL: index into ana_graph.locals. */
	uint32_t local;
	/** Platform of images and execs; empty for file operations. */
	struct ana_platform platform;
	union {
		struct ana_exec exec;
		struct ana_file_op file;
		struct ana_remote remote;
	};
};

/** A stage of the file, or one that BuildKit makes for an image named in --from or from=. */
struct ana_graph_stage {
	/** The stage of the model; NULL for one that stands for an image or a named context. */
	const struct ana_stage *stage;
	/** What BuildKit prints: the name, "stage-0", or "" if the file makes a single state. */
	struct ctx_str shown_name;
	/** What FROM or --from says after expansion, normalised if it is an image. */
	struct ctx_str base;
	/** Stage that it starts from, ANA_NONE for an image or scratch. */
	uint32_t base_stage;
	/** A build of the target lowers it. */
	bool reachable;
	/** Base is an image that `image_config` knew nothing about. */
	bool base_unknown;
	/** Total of `[stage i/n]`. */
	uint32_t total;
	/** Last vertex of the stage: its file system; ANA_NONE for an empty one or if it is not reachable. */
	uint32_t result;
	/** Environment, directory and user at the end. */
	const struct ana_env *env;
	struct ctx_str workdir, user;
	struct ana_platform platform;
};

/** A local context of the build and the paths that its users ask for. */
struct ana_local {
	/** "context" for the main one, else the key of the named context. */
	struct ctx_str name;
	/** Index into opts->contexts; ANA_NONE for the main context. */
	uint32_t named;
	/** Everything is wanted: no follow paths are sent. */
	bool all;
	/** Sorted paths without a leading '/', each once (dockerfile2llb convert.go filterPaths). */
	struct ctx_str *paths;
	uint32_t path_count;
	/** A lowered step reads it: it is loaded. */
	bool used;
	/**
	 * A step works on it: the base of a stage, a mount that may be written to, a cache mount that begins with it.  Once such a step has
	 * run, the builder keeps what was sent as a layer (cache/refs.go, Finalize) and cannot update it: the next time everything is sent.
	 */
	bool built_on;
};

/** An instruction that is no vertex but part of the image's configuration: CMD, LABEL, ... */
struct ana_graph_setting {
	/** Of ana_graph.stages. */
	uint32_t stage;
	/** Every expandable field replaced. */
	struct ana_instruction ins;
};

/** The graph. */
struct ana_graph {
	/** Borrowed. */
	const struct ana_dockerfile *df;
	CTX_VEC(struct ana_vertex) vertices;
	/** First those of the file, in its order; then the others. */
	CTX_VEC(struct ana_graph_stage) stages;
	/** First the main context. */
	CTX_VEC(struct ana_local) locals;
	/** Of stages that a build of the target needs, in order within each: all but ARG, ADD, COPY and RUN. */
	CTX_VEC(struct ana_graph_setting) settings;
	/** Index of the target stage. */
	uint32_t target;
	/** What a build of the target ends with; ANA_NONE for an empty image. */
	uint32_t result;
	/** Errors of this pass, in BuildKit's order; vertices and stages are complete only if there are none. */
	struct ana_diags diags;
	/** All memory but the vectors. */
	struct ctx_arena arena;
};

/**
 * Build the graph of a valid Dockerfile.
 *
 * @graph   Zero-initialised, must not move afterwards.  Release also after a failure.
 * @df      Without errors.  Borrowed: must outlive the graph.
 * @return  0, also if `graph->diags` got errors; CTX_E_USAGE, the target does not exist (then `graph->target` is ANA_NONE) or a --build-context or platform is malformed;
 *          CTX_E_LIMIT, stages inherit more than 500,000 variables or triggers in all, words are nested too deep, or steps take more than a
 *          gigabyte and 256 bytes for each byte of the file (the line is in `err`); CTX_E_NOMEM; or what
 *          opts->image_config returned.
 */
CTX_NODISCARD
int ana_graph_build(struct ana_graph *graph, const struct ana_dockerfile *df, const struct ana_graph_opts *opts,
	struct ctx_error *err);
/**
 * Make all warnings of a file: `docker build --check`, which looks at all stages unless a target is given.
 *
 * @checks  Zero-initialised but for `ignore`.  Release also after a failure.
 * @df      Parsed, with or without errors.  Borrowed: must outlive the warnings.
 * @opts    Its `checks` is not looked at.
 * @return  0, also if errors of the file ended the checks; as ana_graph_build().
 */
CTX_NODISCARD
int ana_graph_check(struct ana_checks *checks, const struct ana_dockerfile *df, const struct ana_graph_opts *opts,
	struct ctx_error *err);
void ana_graph_release(struct ana_graph *graph);
#define ana_auto_graph CTX_CLEANUP(ana_graph_release)

#endif
