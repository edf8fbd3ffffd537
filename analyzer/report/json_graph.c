#include "analyzer/report/json_parts.h"
#include "analyzer/report/steps.h"

/** Containers from this depth on are written on one line: a step is one line. */
#define INLINE_DEPTH 4

/** A string that need not end in NUL. */
static void put_str(struct ctx_json *j, const char *key, struct ctx_str text) {
	if (text.ptr == NULL) {
		ctx_json_string(j, key, "", 0);
	} else {
		ctx_json_string(j, key, text.ptr, text.len);
	}
}

/** What is wrong with the Dockerfile. */
static void put_errors(struct ctx_json *j, const struct ana_build *build) {
	static const char *const phases[] = { "syntax", "instruction", "graph" };
	ctx_json_array(j, "errors");
	for (size_t i = 0; build != NULL && i < build->error_count; ++i) {
		const struct ana_diag *e = &build->errors[i];
		ctx_json_object(j, NULL);
		ctx_json_uint(j, "line", e->line);
		ctx_json_uint(j, "column", e->column);
		ctx_json_uint(j, "length", e->length);
		ctx_json_str(j, "phase", phases[e->phase]);
		ctx_json_str(j, "message", e->message);
		ctx_json_end(j);
	}
	ctx_json_end(j);
}

/** "files" and "bytes". */
static void put_amount(struct ctx_json *j, const char *key, uint64_t files, uint64_t bytes) {
	ctx_json_object(j, key);
	ctx_json_uint(j, "files", files);
	ctx_json_uint(j, "bytes", bytes);
	ctx_json_end(j);
}

void ana_json_put_read(struct ctx_json *j, const struct ana_build *build) {
	if (build == NULL || build->reads == NULL) {
		ctx_json_null(j, "read_by_steps");
	} else {
		put_amount(j, "read_by_steps", build->read.files + build->read.symlinks, build->read.bytes);
	}
}

/** "reads" of a step, null if it is not known. */
static void put_reads(struct ctx_json *j, const struct ana_build *build, uint32_t step) {
	const struct ana_step_reads *reads = build->reads == NULL ? NULL : &build->reads[step];
	if (reads == NULL || !reads->known) {
		ctx_json_null(j, "reads");
	} else {
		put_amount(j, "reads", reads->files, reads->bytes);
	}
	if (reads != NULL && reads->missing != NULL) {
		ctx_json_object(j, "missing");
		ctx_json_str(j, "message", reads->missing);
		if (reads->missing_rule_line > 0) {
			ctx_json_uint(j, "rule_line", reads->missing_rule_line);
		}
		ctx_json_end(j);
	}
}

/** Paths that a step asks for: of the main context, then of others. */
static void put_inputs(struct ctx_json *j, const struct ana_outline *outline, const struct ana_outline_step *step) {
	size_t others = 0;
	ctx_json_array(j, "inputs");
	for (uint32_t i = 0; i < step->input_count; ++i) {
		if (step->inputs[i].local == 0) {
			put_str(j, NULL, step->inputs[i].path);
		} else {
			++others;
		}
	}
	ctx_json_end(j);
	if (others == 0) {
		return;
	}
	ctx_json_array(j, "named_inputs");
	for (uint32_t i = 0; i < step->input_count; ++i) {
		const struct ana_outline_input *input = &step->inputs[i];
		if (input->local != 0) {
			ctx_json_object(j, NULL);
			put_str(j, "context", outline->graph->locals.items[input->local].name);
			put_str(j, "path", input->path);
			ctx_json_end(j);
		}
	}
	ctx_json_end(j);
}

/** The mounts of a RUN. */
static void put_mounts(struct ctx_json *j, const struct ana_outline *outline, const struct ana_vertex *v) {
	if (v->op != ANA_OP_EXEC) {
		return;
	}
	ctx_json_array(j, "mounts");
	for (uint32_t i = 0; i < v->exec.mount_count; ++i) {
		const struct ana_exec_mount *m = &v->exec.mounts[i];
		if (!ana_mount_is_shown(outline->graph, m)) {
			continue;
		}
		ctx_json_object(j, NULL);
		ctx_json_str(j, "type", ana_mount_type_name(m->type));
		put_str(j, "target", m->dest);
		if (m->type == ANA_MOUNT_CACHE) {
			put_str(j, "id", m->cache_id);
		} else if (m->type == ANA_MOUNT_SECRET || m->type == ANA_MOUNT_SSH) {
			put_str(j, "id", m->secret_id);
		}
		if (m->selector.len > 0) {
			put_str(j, "source", m->selector);
		}
		ctx_json_end(j);
	}
	for (uint32_t i = 0; i < v->exec.secret_env_count; ++i) {
		ctx_json_object(j, NULL);
		ctx_json_str(j, "type", "secret");
		put_str(j, "env", v->exec.secret_envs[i].name);
		put_str(j, "id", v->exec.secret_envs[i].id);
		ctx_json_end(j);
	}
	ctx_json_end(j);
}

/** What every document says about a step. */
static void put_step_head(struct ctx_json *j, const struct ana_outline *outline, uint32_t index) {
	const struct ana_outline_step *step = &outline->steps.items[index];
	const struct ana_vertex *v = ana_step_vertex(outline, index);
	ctx_json_uint(j, "id", index);
	put_str(j, "name", v->name);
	ctx_json_str(j, "instruction", ana_outline_keyword(step));
	ctx_json_uint(j, "line", v->first_line);
	ctx_json_uint(j, "end_line", v->end_line);
}

/** One step of `graph`. */
static void put_step(struct ctx_json *j, const struct ana_build *build, uint32_t index) {
	const struct ana_outline *outline = build->outline;
	const struct ana_outline_step *step = &outline->steps.items[index];
	ctx_json_object(j, NULL);
	put_step_head(j, outline, index);
	put_inputs(j, outline, step);
	put_reads(j, build, index);
	ctx_json_array(j, "from");
	for (uint32_t i = 0; i < step->edge_count; ++i) {
		put_str(j, NULL, step->edges[i].name);
	}
	ctx_json_end(j);
	ctx_json_array(j, "depends_on");
	for (uint32_t i = 0; i < step->depends_count; ++i) {
		ctx_json_uint(j, NULL, step->depends_on[i]);
	}
	ctx_json_end(j);
	put_mounts(j, outline, ana_step_vertex(outline, index));
	ctx_json_end(j);
}

/** The instructions of a stage, and which step each became. */
static void put_instructions(struct ctx_json *j, const struct ana_outline_stage *stage) {
	ctx_json_array(j, "instructions");
	for (uint32_t i = 0; i < stage->row_count; ++i) {
		const struct ana_outline_row *row = &stage->rows[i];
		if (row->instruction == NULL) {
			continue;
		}
		ctx_json_object(j, NULL);
		ctx_json_str(j, "instruction", ana_keyword_name(row->instruction->keyword));
		ctx_json_uint(j, "line", row->instruction->node->first_line);
		ctx_json_uint(j, "end_line", row->instruction->node->end_line);
		if (row->step != ANA_NONE) {
			ctx_json_uint(j, "step", row->step);
		} else {
			ctx_json_null(j, "step");
		}
		ctx_json_end(j);
	}
	ctx_json_end(j);
}

/** One stage. */
static void put_stage(struct ctx_json *j, const struct ana_build *build, size_t index) {
	const struct ana_graph_stage *stage = &build->outline->graph->stages.items[index];
	const struct ana_outline_stage *o = &build->outline->stages[index];
	ctx_json_object(j, NULL);
	ctx_json_uint(j, "index", index);
	put_str(j, "name", o->name);
	ctx_json_bool(j, "named", o->named);
	put_str(j, "base", stage->base.len > 0 || stage->stage == NULL ? stage->base : stage->stage->base);
	if (stage->base_stage != ANA_NONE) {
		ctx_json_uint(j, "base_stage", stage->base_stage);
	} else {
		ctx_json_null(j, "base_stage");
	}
	ctx_json_bool(j, "reachable", stage->reachable);
	ctx_json_bool(j, "target", index == build->outline->graph->target);
	ctx_json_bool(j, "implicit", stage->stage == NULL);
	ctx_json_array(j, "steps");
	for (uint32_t i = 0; i < o->step_count; ++i) {
		put_step(j, build, o->first_step + i);
	}
	ctx_json_end(j);
	put_instructions(j, o);
	ctx_json_end(j);
}

void ana_json_graph(struct ctx_out *out, const struct ana_graph_view *r) {
	struct ctx_json j;
	ctx_json_init(&j, out, INLINE_DEPTH);
	ana_json_put_head(&j, &r->head, "ctxopt.graph/1");
	put_errors(&j, r->build);
	ctx_json_array(&j, "stages");
	for (size_t i = 0; r->build->outline != NULL && i < r->build->outline->stage_count; ++i) {
		if (ana_stage_is_shown(r->build->outline, i)) {
			put_stage(&j, r->build, i);
		}
	}
	ctx_json_end(&j);
	ana_json_put_warnings(&j, &r->head);
}

/** One local context of "transfer". */
static void put_sending(struct ctx_json *j, const struct ana_sending *s) {
	const struct ana_transfer *t = &s->transfer;
	ctx_json_object(j, NULL);
	put_str(j, "name", s->name);
	ana_json_put_path(j, "root", s->root);
	ctx_json_bool(j, "loaded", !t->unused);
	ctx_json_uint(j, "entries", t->entries);
	ctx_json_uint(j, "files", t->files);
	ctx_json_uint(j, "content_bytes", t->content_bytes);
	ctx_json_uint(j, "first_bytes", t->first_bytes);
	ctx_json_uint(j, "next_bytes", t->next_bytes);
	ctx_json_uint(j, "next_files", t->next_files);
	ctx_json_uint(j, "next_content_bytes", t->next_content_bytes);
	ctx_json_end(j);
}

void ana_json_put_transfer(struct ctx_json *j, const struct ana_build *build) {
	if (build == NULL || build->sendings == NULL) {
		ctx_json_null(j, "transfer");
		return;
	}
	ctx_json_object(j, "transfer");
	ctx_json_uint(j, "buildkit_first_bytes", build->sendings[0].transfer.first_bytes);
	ctx_json_uint(j, "buildkit_next_bytes", build->sendings[0].transfer.next_bytes);
	ctx_json_uint(j, "classic_tar_bytes", build->classic_tar_bytes);
	ctx_json_array(j, "contexts");
	for (size_t i = 0; i < build->sending_count; ++i) {
		put_sending(j, &build->sendings[i]);
	}
	ctx_json_end(j);
	ctx_json_end(j);
}

void ana_json_put_build(struct ctx_json *j, const struct ana_build *build) {
	put_errors(j, build);
	if (build == NULL || build->reads == NULL) {
		ctx_json_null(j, "steps");
		return;
	}
	ctx_json_array(j, "steps");
	for (uint32_t i = 0; i < build->outline->steps.count; ++i) {
		const struct ana_outline_step *step = &build->outline->steps.items[i];
		if (step->input_count > 0) {
			ctx_json_object(j, NULL);
			put_step_head(j, build->outline, i);
			put_inputs(j, build->outline, step);
			put_reads(j, build, i);
			ctx_json_end(j);
		}
	}
	ctx_json_end(j);
	put_amount(j, "wanted", build->wanted.files + build->wanted.symlinks, build->wanted.bytes);
	if (build->unread == NULL) {
		return;
	}
	ctx_json_array(j, "unread");
	for (size_t i = 0; i < build->unread->rows.count; ++i) {
		const struct ctx_group *row = &build->unread->rows.items[i];
		ctx_json_object(j, NULL);
		ctx_json_path(j, "path", row->name, row->name_len);
		ctx_json_uint(j, "files", row->totals.files + row->totals.symlinks);
		ctx_json_uint(j, "bytes", row->totals.bytes);
		ctx_json_end(j);
	}
	ctx_json_end(j);
}

void ana_json_put_counts(struct ctx_json *j, const struct ana_build *build) {
	if (build == NULL || build->dockerfile == NULL) {
		ctx_json_null(j, "build");
		return;
	}
	ctx_json_object(j, "build");
	put_errors(j, build);
	if (build->outline != NULL) {
		ctx_json_uint(j, "stages", build->model->stages.count);
		ctx_json_uint(j, "reachable_stages", build->outline->reachable_stages);
		ctx_json_uint(j, "steps", ana_own_steps(build->outline));
		if (build->reads != NULL) {
			put_amount(j, "wanted", build->wanted.files + build->wanted.symlinks, build->wanted.bytes);
		}
	}
	ctx_json_end(j);
}

void ana_json_put_use(struct ctx_json *j, const struct ana_why *r, size_t index) {
	if (r->uses == NULL) {
		ctx_json_null(j, "wanted");
		ctx_json_null(j, "read_by");
		return;
	}
	const struct ana_why_build *use = &r->uses[index];
	ctx_json_bool(j, "wanted", use->wanted);
	ctx_json_array(j, "read_by");
	for (size_t i = 0; i < use->step_count; ++i) {
		ctx_json_object(j, NULL);
		put_step_head(j, r->build->outline, use->steps[i]);
		ctx_json_end(j);
	}
	ctx_json_end(j);
}
