#include "analyzer/report/steps.h"

const struct ana_vertex *ana_step_vertex(const struct ana_outline *outline, uint32_t step) {
	return &outline->graph->vertices.items[outline->steps.items[step].vertex];
}

size_t ana_own_steps(const struct ana_outline *outline) {
	size_t count = 0;
	for (size_t i = 0; i < outline->stage_count; ++i) {
		count += outline->graph->stages.items[i].stage != NULL ? outline->stages[i].step_count : 0;
	}
	return count;
}

bool ana_stage_is_shown(const struct ana_outline *outline, size_t stage) {
	return outline->graph->stages.items[stage].stage != NULL || outline->stages[stage].step_count > 0;
}

uint32_t ana_step_mounts(const struct ana_vertex *vertex) {
	uint32_t count = 0;
	for (uint32_t i = 0; vertex->op == ANA_OP_EXEC && i < vertex->exec.mount_count; ++i) {
		count += !vertex->exec.mounts[i].root && vertex->exec.mounts[i].type != ANA_MOUNT_BIND;
	}
	return vertex->op == ANA_OP_EXEC ? count + vertex->exec.secret_env_count : 0;
}

bool ana_mount_is_shown(const struct ana_graph *graph, const struct ana_exec_mount *mount) {
	if (mount->root) {
		return false;
	}
	bool inlined = mount->type == ANA_MOUNT_BIND && mount->input != ANA_NONE &&
		(graph->vertices.items[mount->input].flags & ANA_VERTEX_HELPER) != 0;
	return !inlined;
}

bool ana_step_first_of_local(const struct ana_outline_step *step, uint32_t input) {
	for (uint32_t i = 0; i < input; ++i) {
		if (step->inputs[i].local == step->inputs[input].local) {
			return false;
		}
	}
	return true;
}
