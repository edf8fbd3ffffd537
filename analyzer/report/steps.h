/**
 * Small questions about steps that all faces ask.
 */
#ifndef ANALYZER_REPORT_STEPS_H
#define ANALYZER_REPORT_STEPS_H

#include "analyzer/report/report.h"

/** The vertex of a step that has its name. */
const struct ana_vertex *ana_step_vertex(const struct ana_outline *outline, uint32_t step);
/** Steps of the file's own stages: those of images that --from names are not counted. */
size_t ana_own_steps(const struct ana_outline *outline);
/** Is a stage worth showing: one of the file's, or an image with a step of its own? */
bool ana_stage_is_shown(const struct ana_outline *outline, size_t stage);
/** Mounts of a RUN that are no binds: caches, secrets, ... */
uint32_t ana_step_mounts(const struct ana_vertex *vertex);
/** Is a step's mount one that was written in the file: not the root, nor an inline script? */
bool ana_mount_is_shown(const struct ana_graph *graph, const struct ana_exec_mount *mount);

/** Is this input of a step the first one from its context? */
bool ana_step_first_of_local(const struct ana_outline_step *step, uint32_t input);

#endif
