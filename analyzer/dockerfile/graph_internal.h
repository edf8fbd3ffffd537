/**
 * The graph while it is being built; private to the graph's own files.
 *
 *	graph.c             the passes in order
 *	graph_states.c      stages, their names and bases; what refers to what; cycles
 *	graph_reach.c       what the target needs; triggers
 *	graph_base.c        base images and named contexts
 *	graph_epoch.c       SOURCE_DATE_EPOCH
 *	graph_lower.c       one stage after the other: instructions that change metadata
 *	graph_run.c         RUN
 *	graph_copy.c        COPY and ADD
 *	graph_name.c        names of steps
 *	graph_check.c       warnings on the way
 *	graph_finish.c      equal vertices become one, unused ones go
 */
#ifndef ANALYZER_DOCKERFILE_GRAPH_INTERNAL_H
#define ANALYZER_DOCKERFILE_GRAPH_INTERNAL_H

#include "analyzer/dockerfile/graph.h"

#include "ctxopt/base/buf.h"
#include "ctxopt/base/strmap.h"
#include "ctxopt/context/matcher.h"

/** Most variables that stages may set again because they inherit them: bounds memory, not any real file. */
#define ANA_GRAPH_INHERITED_MAX 500000

/** Most triggers that stages may inherit in all, and most images that only triggers name: one can name itself. */
#define ANA_GRAPH_TRIGGERS_MAX 500000
#define ANA_GRAPH_TRIGGER_IMAGES_MAX 10000
/** Most memory for what steps are made of, to which a multiple of the file is added: every step may repeat a long text. */
#define ANA_GRAPH_BYTES_MAX ((size_t)1 << 30)
#define ANA_GRAPH_BYTES_PER_BYTE 256

/** An environment and what is kept up to date about it, so that no step has to list it. */
struct ana_genv {
	const struct ana_env *env;
	/** Sum of its variables' hashes, with which unequal ones are told apart. */
	uint64_t sum;
	/** Variables that are no valid UTF-8. */
	uint32_t invalid;
};

/** A name in the environment of an image's configuration: each name once, in order of first setting, newest first. */
struct ana_config_name {
	const struct ana_config_name *before;
	struct ctx_str name;
};

/** One instruction of a stage, with what it refers to. */
struct ana_step {
	const struct ana_instruction *ins;
	/** States it reads from: one for COPY --from, one for each mount of RUN; ANA_NONE if it could not be resolved. */
	uint32_t *sources;
	uint32_t source_count;
	/** It came from a trigger. */
	bool onbuild;
	/** An error was reported already. */
	bool broken;
};

/** An edge to a state that must be built before. */
struct ana_dep {
	uint32_t state;
	const struct ana_step *step;
};

/** A stage of the file, or one that stands for an image; dispatchState of convert.go.  Same index as in graph->stages. */
struct ana_state {
	/** FROM line, or the instruction that names the image: where errors are reported. */
	const struct ana_node *node;
	/** After expansion. */
	struct ctx_str base_name;
	/** The part of the file that says so. */
	struct ctx_str base_text;
	struct ana_step *steps;
	uint32_t step_count;
	struct ana_step *triggers;
	uint32_t trigger_count;
	CTX_VEC(struct ana_dep) deps;
	/** Triggers that the base image brought. */
	const struct ctx_str *image_triggers;
	size_t image_trigger_count;
	/** Context that replaces the stage (index into opts->contexts), ANA_NONE if none does. */
	uint32_t context;
	/** It stands for an image and has no name; named by a mount, it has no place either. */
	bool unregistered, nowhere;
	/** Its base could not be found out; an error was reported. */
	bool broken;
	bool dispatched, resolved, triggers_done;
	/** Steps so far (the i of `[stage i/n]`). */
	uint32_t number;
	/** The step being lowered came from a trigger. */
	bool in_onbuild;
	/** None before its base is resolved, and none for a context that replaces a stage. */
	bool has_platform;
	/** Platform that the file system brought with it: that of execs.  None for scratch. */
	bool has_fs_platform;
	struct ana_platform platform, fs_platform;
	/** Operating system of the image's configuration. */
	struct ctx_str image_os;

	/** File system: index into the builder's vertices, ANA_NONE for an empty one. */
	uint32_t vertex;
	struct ana_genv env;
	/** Working directory of the file system and of the configuration, which may be unset; user. */
	struct ctx_str dir, config_dir, user;
	const struct ctx_str *shell;
	size_t shell_count;
	/** Environment of the configuration: ARG is not in it. */
	const struct ana_config_name *config_names;
	const struct ana_env *config_env;
	uint32_t config_count;
	/** Setting the configuration's variables again would change nothing. */
	bool env_settled;
	/** Base is an image about which nothing is known. */
	bool unknown;
	/** For the checks: names that ARG declared so far; a WORKDIR was there; the last CMD, ENTRYPOINT and HEALTHCHECK. */
	const struct ana_env *declared;
	bool workdir_set;
	const struct ana_node *once[3];
	/** State at the end of the chain of bases: collects the paths that are wanted of a local context. */
	uint32_t root;
	/** Local context that this state's file system is, ANA_NONE if it is none. */
	uint32_t local;
};

/** Paths that are wanted of a local context. */
struct ana_wanted_paths {
	CTX_VEC(struct ctx_str) items;
	bool all;
};

/** A vertex and what only the builder needs to know. */
struct ana_raw {
	struct ana_vertex v;
	/** That of an exec. */
	uint64_t env_sum;
	bool env_invalid;
};

/** The builder. */
struct ana_builder {
	struct ana_graph *graph;
	struct ctx_arena *arena;
	const struct ana_dockerfile *df;
	const struct ana_graph_opts *opts;
	struct ana_build_args args;
	struct ana_platform build, target;
	struct ana_globals globals;
	struct ana_shell shell;
	/** SOURCE_DATE_EPOCH. */
	bool has_epoch;
	int64_t epoch_s;
	bool multi_platform;
	struct ctx_str hostname, cache_namespace;
	struct ana_var *proxy;
	uint32_t proxy_count;
	CTX_VEC(struct ana_state) states;
	/** States by the index that COPY --from counts: one that stands for an image counts again each time it is referred to. */
	CTX_VEC(uint32_t) numbered;
	CTX_VEC(struct ana_raw) raws;
	/** Paths of graph->locals, same index. */
	CTX_VEC(struct ana_wanted_paths) wanted;
	/** Lower-case name to the last stage of that name. */
	struct ctx_strmap by_name;
	CTX_VEC(uint32_t) name_states;
	/** Key of a named context to its index. */
	struct ctx_strmap by_context;
	CTX_VEC(uint32_t) context_indices;
	/** Vertex of the main context, ANA_NONE as long as nothing reads it. */
	uint32_t main_vertex;
	uint32_t target_state;
	/** Inherited variables that were set again so far. */
	size_t inherited;
	/** Triggers that were added so far, and images that they brought. */
	size_t triggers, trigger_images;
	/** For the checks: all stages are lowered; names of global ARGs; work done so far; asks checks->ignore, NULL as long as nobody does. */
	bool all_stages;
	struct ana_words global_names;
	struct ctx_strmap by_global;
	size_t comparisons, matches;
	struct ctx_matcher *matcher;
	/** Borrowed, never NULL. */
	struct ctx_error *err;
};

/** Report an error at a part of a node; absent means its keyword, no node the whole file.  0 or CTX_E_NOMEM. */
CTX_NODISCARD CTX_PRINTF(4, 5) int ana_builder_report(struct ana_builder *b, const struct ana_node *node,
	struct ctx_str part, const char *fmt, ...);
/** Report what b->err says if `rc` is CTX_E_SYNTAX; every other rc is returned, CTX_E_LIMIT with the line in b->err. */
CTX_NODISCARD
int ana_builder_catch(struct ana_builder *b, int rc, const struct ana_node *node, struct ctx_str part);
/** Report that a word could not be expanded, in BuildKit's frame; b->err says why.  1, or CTX_E_NOMEM. */
CTX_NODISCARD
int ana_builder_report_word(struct ana_builder *b, const struct ana_node *node, const char *frame, struct ctx_str word);
/** Where errors of a step are reported: its own line, or the FROM line for a trigger. */
const struct ana_node *ana_builder_node(const struct ana_state *state, const struct ana_step *step);
/** Text of a buffer in the arena; absent when out of memory. */
struct ctx_str ana_builder_keep(struct ana_builder *b, const struct ctx_buf *buf);
/** Text of two parts in the arena. */
struct ctx_str ana_builder_concat(struct ana_builder *b, struct ctx_str a, struct ctx_str c);

/** graph_states.c: make the states of the file; resolve the target; resolve references; find cycles. */
CTX_NODISCARD
int ana_states_make(struct ana_builder *b);
CTX_NODISCARD
int ana_states_target(struct ana_builder *b);
CTX_NODISCARD
int ana_states_link(struct ana_builder *b);
/** Resolve what one step refers to; `owner` is its state. */
CTX_NODISCARD
int ana_states_link_step(struct ana_builder *b, uint32_t owner, struct ana_step *step);
/** State by name in any case, ANA_NONE if there is none. */
uint32_t ana_states_find(const struct ana_builder *b, struct ctx_str name);

/** graph_reach.c: mark what the target needs, resolve base images, add triggers. */
CTX_NODISCARD
int ana_reach(struct ana_builder *b);

/** graph_base.c: check the image name of a state, and normalise it. */
CTX_NODISCARD
int ana_base_check(struct ana_builder *b, uint32_t state);
/** Resolve the base of a state that has no base stage; in which round (from 1), and whether it is needed by now. */
CTX_NODISCARD
int ana_base_resolve(struct ana_builder *b, uint32_t state, uint32_t round, bool reachable);
/** Index of the context that stands for a name, ANA_NONE if none does. */
CTX_NODISCARD
int ana_context_find(struct ana_builder *b, struct ctx_str name, uint32_t *index);
/** Read the keys of all --build-context. */
CTX_NODISCARD
int ana_context_index(struct ana_builder *b);

/** graph_epoch.c: find out SOURCE_DATE_EPOCH; changes b->args and b->globals as BuildKit does. */
CTX_NODISCARD
int ana_epoch_resolve(struct ana_builder *b);

/** graph_lower.c: lower all reachable states in order. */
CTX_NODISCARD
int ana_lower(struct ana_builder *b);
/** Set a variable. */
CTX_NODISCARD
int ana_genv_set(struct ana_builder *b, struct ana_genv *env, struct ctx_str name, struct ctx_str value);
/** Set a variable of the configuration. */
CTX_NODISCARD
int ana_config_set(struct ana_builder *b, struct ana_state *state, struct ctx_str name, struct ctx_str value);
/** New vertex with the facts of a step; returns its index, ANA_NONE when out of memory. */
uint32_t ana_vertex_new(struct ana_builder *b, uint32_t state, const struct ana_step *step,
	const struct ana_vertex *vertex);
/** Vertex of the main context; ANA_NONE when out of memory. */
uint32_t ana_vertex_main(struct ana_builder *b);
/** New vertex that makes one file or directory on `base`. */
uint32_t ana_vertex_make(struct ana_builder *b, uint32_t state, const struct ana_step *step, uint32_t base,
	const struct ana_action *action, struct ctx_str name, uint32_t flags);
/** Note that a path of a state, or of the main context (ANA_NONE), is read. */
CTX_NODISCARD
int ana_want(struct ana_builder *b, uint32_t state, struct ctx_str path);

/** graph_run.c, graph_copy.c. */
CTX_NODISCARD
int ana_lower_run(struct ana_builder *b, uint32_t state, const struct ana_step *step, const struct ana_expanded *ex);
CTX_NODISCARD
int ana_lower_copy(struct ana_builder *b, uint32_t state, const struct ana_step *step, const struct ana_expanded *ex);
/** "git://host/path#ref:subdir", the same for all protocols (llb.Git).  Absent when out of memory. */
struct ctx_str ana_git_identifier(struct ana_builder *b, const struct ana_git_ref *ref);

/**
 * graph_name.c: "[stage i/n] TEXT"; takes the next number if `take`.
 * @platform  Shown if several platforms are built; NULL if there is none.
 * @env       Says what the target platform is.
 * @return    The name; absent when out of memory.
 */
struct ctx_str ana_step_prefix(struct ana_builder *b, uint32_t state, struct ctx_str text, bool take,
	const struct ana_platform *platform, const struct ana_env *env);
/** The line of a step with its keyword in upper case, expanded; `suffix` is appended before. */
CTX_NODISCARD
int ana_step_text(struct ana_builder *b, struct ctx_str *out, struct ctx_str line, struct ctx_str suffix,
	const struct ana_shell *shell, const struct ana_env *env);
/** The first line of a script, "..." behind it if there are more. */
struct ctx_str ana_step_summary(struct ana_builder *b, struct ctx_str script);

/** graph_check.c: are warnings wanted, and would a build have come here? */
static inline bool ana_check_active(const struct ana_builder *b) {
	return b->opts->checks != NULL && b->graph->diags.items.count == 0;
}
/** Warn about bases that are no image names if no argument is given; before the global ARGs get their values. */
CTX_NODISCARD
int ana_check_default_bases(struct ana_builder *b);
/** Warn about variables in a word of FROM that no global ARG declares. */
CTX_NODISCARD
int ana_check_from_args(struct ana_builder *b, const struct ana_stage *stage, struct ctx_str word,
	const struct ana_words *unmatched);
/** Warn about --platform, expanded and, if it is one, parsed. */
CTX_NODISCARD
int ana_check_platform(struct ana_builder *b, const struct ana_stage *stage, const struct ana_expansion *done,
	const struct ana_platform *platform);
/** Warn about variables that an instruction uses and nobody sets. */
CTX_NODISCARD
int ana_check_unset(struct ana_builder *b, uint32_t state, const struct ana_step *step, const struct ctx_str *names,
	size_t count);
/** Warn about one name of ARG before it is set; note that it is declared. */
CTX_NODISCARD
int ana_check_arg(struct ana_builder *b, uint32_t state, const struct ana_step *step, const struct ana_arg *arg);
CTX_NODISCARD
int ana_check_declare(struct ana_builder *b, uint32_t state, struct ctx_str name);
/** Warn about an expanded instruction. */
CTX_NODISCARD
int ana_check_step(struct ana_builder *b, uint32_t state, const struct ana_step *step,
	const struct ana_instruction *ins);
/** Warn about a source of COPY or ADD in the context. */
CTX_NODISCARD
int ana_check_source(struct ana_builder *b, uint32_t state, const struct ana_step *step, bool add,
	struct ctx_str source);

/** graph_finish.c: fill in graph->vertices, the results of stages, and the paths of local contexts. */
CTX_NODISCARD
int ana_finish(struct ana_builder *b);

#endif
