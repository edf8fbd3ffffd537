/**
 * The graph as a person reads it: stages in file order, their steps, and where each step gets things from.
 *
 * A step is what a build prints as one line with a number; the vertices that only help it (inline files, directories of
 * cache mounts, remote sources, the second half of COPY --link) are folded into it.  Numbers of steps count in the order
 * of the document: stages first, then steps within them.
 */
#ifndef ANALYZER_DOCKERFILE_OUTLINE_H
#define ANALYZER_DOCKERFILE_OUTLINE_H

#include "analyzer/dockerfile/graph.h"
#include "analyzer/dockerfile/select.h"

/** One thing that a step asks of a local context. */
struct ana_outline_input {
	/** Index into ana_graph.locals: 0 is the main context. */
	uint32_t local;
	/** Index into the reads. */
	uint32_t read;
	/** Relative path or pattern, "." for everything.  In the arena. */
	struct ctx_str path;
};

/** Something that is copied or mounted from elsewhere than the main context. */
struct ana_outline_edge {
	/** Stage name, image, URL, or name of a context. */
	struct ctx_str name;
	/** Stage (index into ana_graph.stages) and step that it comes from; ANA_NONE for what no stage makes. */
	uint32_t stage, step;
	/** Mounted, else copied. */
	bool mounted;
};

/** One step. */
struct ana_outline_step {
	/** Vertex with the name; and the last one: that of LINK, else the same. */
	uint32_t vertex, last_vertex;
	/** Index into ana_graph.stages. */
	uint32_t stage;
	/** ANA_KW_FROM for base images. */
	enum ana_keyword keyword;
	/** Steps that it needs directly, ascending. */
	uint32_t *depends_on;
	uint32_t depends_count;
	struct ana_outline_input *inputs;
	uint32_t input_count;
	struct ana_outline_edge *edges;
	uint32_t edge_count;
};

/** One line of a stage: a step, or an instruction that makes none. */
struct ana_outline_row {
	/** Step, or ANA_NONE.  That of another stage if both do the same: a build makes it once, under one of the names. */
	uint32_t step;
	/** The stage's own; NULL for FROM. */
	const struct ana_instruction *instruction;
};

/** One stage. */
struct ana_outline_stage {
	/** Name, or "stage-3". */
	struct ctx_str name;
	/** The file gives the name. */
	bool named;
	/** Steps, and instructions without one, in the order of the file. */
	struct ana_outline_row *rows;
	uint32_t row_count;
	/** Its steps: numbers `first_step` up to but not including `first_step + step_count`. */
	uint32_t first_step, step_count;
};

/** The outline. */
struct ana_outline {
	/** Borrowed. */
	const struct ana_graph *graph;
	const struct ana_reads *reads;
	CTX_VEC(struct ana_outline_step) steps;
	/** As many as the graph has stages. */
	struct ana_outline_stage *stages;
	size_t stage_count;
	/** Stages that the build of the target needs, those that stand for an image in --from not counted. */
	size_t reachable_stages;
	/** Step of each vertex, ANA_NONE for one that is no step and belongs to none. */
	uint32_t *step_of;
	/** Memory of everything but `steps`. */
	struct ctx_arena arena;
};

/**
 * Make the outline of a graph without errors.  Linear.
 *
 * @graph, @reads  Borrowed; must outlive `out`.
 * @return         0; CTX_E_NOMEM.
 */
CTX_NODISCARD
int ana_outline_make(struct ana_outline *out, const struct ana_graph *graph, const struct ana_reads *reads,
	struct ctx_error *err);
void ana_outline_release(struct ana_outline *outline);

/** The keyword in upper case, "FROM" for base images.  Static string. */
const char *ana_outline_keyword(const struct ana_outline_step *step);

#endif
