/**
 * The model of a Dockerfile: stages and typed instructions, as BuildKit's second pass makes them.
 *
 * Accepts and rejects what moby/buildkit v0.32.2 frontend/dockerfile/instructions (parse.go, bflag.go, commands*.go)
 * does; values are those of its structs, before any expansion.  Nothing here knows about variables, other stages or
 * the context: see expand.h and graph.h.
 */
#ifndef ANALYZER_DOCKERFILE_DOCKERFILE_H
#define ANALYZER_DOCKERFILE_DOCKERFILE_H

#include "analyzer/dockerfile/syntax.h"

/** A boolean flag that may be absent: --keep-git-dir, --unpack. */
enum ana_tristate { ANA_UNSET, ANA_FALSE, ANA_TRUE };

/** KEY=VALUE of ENV and LABEL. */
struct ana_pair {
	struct ctx_str key, value;
	/** Written `KEY VALUE`. */
	bool legacy;
};

/** NAME or NAME=DEFAULT of ARG. */
struct ana_arg {
	struct ctx_str name;
	/** Absent if there is no default. */
	struct ctx_str value;
};

/** Shell or JSON form of RUN, CMD, ENTRYPOINT and HEALTHCHECK CMD (ShellDependantCmdLine). */
struct ana_command_line {
	/** JSON: the members.  Shell: one string, for RUN with heredocs the text including bodies; a script heredoc: its body. */
	struct ctx_str *args;
	uint32_t arg_count;
	/** Run by the shell. */
	bool shell;
	/** The argument is nothing but one heredoc: its body is the script (`args[0]`), NULL otherwise. */
	const struct ana_heredoc *script;
};

/** RUN. */
struct ana_run {
	struct ana_command_line line;
	/** Values of --mount and --device in order, unparsed; see mount.h. */
	struct ctx_str *mounts, *devices;
	uint32_t mount_count, device_count;
	/** --network: "default", "none", "host"; --security: "sandbox", "insecure". */
	struct ctx_str network, security;
};

/** A source of COPY or ADD that stands in the Dockerfile. */
struct ana_inline_file {
	/** Name and content; leading tabs of "<<-" are gone. */
	struct ctx_str name, data;
	/** `data` is to be expanded. */
	bool expand;
};

/** COPY and ADD. */
struct ana_copy {
	struct ctx_str *sources;
	uint32_t source_count;
	struct ana_inline_file *files;
	uint32_t file_count;
	struct ctx_str dest;
	/** Empty if not given.  `from` only for COPY, `checksum` only for ADD. */
	struct ctx_str from, chown, chmod, checksum;
	bool link, parents;
	/** ADD only. */
	enum ana_tristate keep_git_dir, unpack;
	struct ctx_str *excludes;
	uint32_t exclude_count;
};

/** HEALTHCHECK. */
struct ana_healthcheck {
	/** HEALTHCHECK NONE. */
	bool none;
	struct ana_command_line line;
	/** Nanoseconds, 0 if not given. */
	int64_t interval_ns, timeout_ns, start_period_ns, start_interval_ns;
	int32_t retries;
};

/** One typed instruction. */
struct ana_instruction {
	enum ana_keyword keyword;
	/** What it was made from.  For triggers of base images: a node of no file. */
	const struct ana_node *node;
	union {
		/** ADD, COPY. */
		struct ana_copy copy;
		struct ana_run run;
		/** CMD, ENTRYPOINT. */
		struct ana_command_line line;
		struct ana_healthcheck healthcheck;
		/** ENV, LABEL. */
		struct {
			struct ana_pair *items;
			uint32_t count;
		} pairs;
		/** ARG. */
		struct {
			struct ana_arg *items;
			uint32_t count;
		} args;
		/** EXPOSE (sorted), VOLUME, SHELL. */
		struct {
			struct ctx_str *items;
			uint32_t count;
		} list;
		/** WORKDIR, USER, STOPSIGNAL, MAINTAINER: the text.  ONBUILD: text of the trigger, heredocs included. */
		struct ctx_str text;
	};
	/** Its commands, if somebody has read them: see analyzer/advice/commands.h; NULL. */
	const struct ana_command_list *commands;
};

/** A stage: FROM and what follows. */
struct ana_stage {
	/** Lower-cased; empty if it has none. */
	struct ctx_str name;
	/** As written; empty if it has none. */
	struct ctx_str name_text;
	/** Image or stage, and --platform (empty if not given), unexpanded. */
	struct ctx_str base, platform;
	const struct ana_node *from;
	/** In order; an array in the model's arena. */
	struct ana_instruction *instructions;
	uint32_t instruction_count;
};

/** The model.  Nothing in it changes after parsing; any number of threads may read. */
struct ana_dockerfile {
	struct ana_syntax syntax;
	/** ARG instructions before the first FROM. */
	CTX_VEC(struct ana_instruction) globals;
	CTX_VEC(struct ana_stage) stages;
	/** Errors, in the order in which a build meets them.  The file is valid if there are none. */
	struct ana_diags diags;
	/** All memory but the vectors. */
	struct ctx_arena arena;
};

/**
 * Parse a Dockerfile: both passes.
 *
 * @df      Zero-initialised, must not move afterwards.  Release also after a failure.
 * @text    Borrowed; must outlive `df`.
 * @return  0, also for an invalid file (see df->diags); CTX_E_LIMIT; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_dockerfile_parse(struct ana_dockerfile *df, struct ctx_str text, struct ctx_error *err);
void ana_dockerfile_release(struct ana_dockerfile *df);
#define ana_auto_dockerfile CTX_CLEANUP(ana_dockerfile_release)

/**
 * Type one node: used for the file's own nodes and for triggers.
 *
 * @ins     Filled in; keyword ANA_KW_UNKNOWN if `diags` grew.
 * @return  0, also if `diags` grew; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_instruction_parse(struct ana_instruction *ins, const struct ana_node *node, const struct ana_syntax *syntax,
	struct ctx_arena *arena, struct ana_diags *diags, struct ctx_error *err);

#endif
