#include "analyzer/cache/imagekey.h"

#include "analyzer/dockerfile/encode.h"

#include <stdlib.h>

/** Keeps digests of different kinds and versions apart. */
#define SEED_PART (0x696d6b7000u + ANA_IMAGEKEY_VERSION)
#define SEED_VERTEX (0x696d6b7600u + ANA_IMAGEKEY_VERSION)
#define SEED_ALL (0x696d6b6100u + ANA_IMAGEKEY_VERSION)

/** While it is made. */
struct maker {
	struct ana_imagekey *out;
	const struct ana_variant *v;
	const struct ana_content *contents;
	/** By vertex: the key of its result, and whether it was made. */
	struct ctx_digest *ids;
	bool *made;
	/** Vertices that are being made. */
	CTX_VEC(uint32_t) stack;
	struct ctx_buf text;
	struct ctx_error *err;
};

const char *ana_imagekey_kind_name(enum ana_imagekey_kind kind) {
	static const char *const names[] = { "step", "source", "config", "platform" };
	return names[kind];
}

/** Add a part whose digest is that of the text.  A later part of a name that counts once takes the place of the one before. */
static int add_part(struct maker *m, enum ana_imagekey_kind kind, struct ctx_str name, uint32_t step) {
	if (!ctx_buf_ok(&m->text)) {
		return ctx_fail_nomem(m->err);
	}
	struct ana_imagekey_part part = { .kind = kind, .name = name, .step = step };
	part.digest = ctx_hash_seeded(ctx_buf_str(&m->text), m->text.len, SEED_PART);
	for (size_t i = 0; kind == ANA_IMAGEKEY_CONFIG && i < m->out->parts.count; ++i) {
		struct ana_imagekey_part *old = &m->out->parts.items[i];
		if (old->kind == kind && ctx_str_eq(old->name, name)) {
			*old = part;
			return 0;
		}
	}
	return CTX_VEC_PUSH(&m->out->parts, part) ? 0 : ctx_fail_nomem(m->err);
}

/* ---- Steps ---- */

/** Is an input what its content is, however that came about?  Else it is what its own key says. */
static bool is_content(const struct ana_key_input *input) {
	return input->by_content;
}

/** The next input that has to be made first; ANA_NONE. */
static uint32_t next_unmade(const struct maker *m, uint32_t vertex) {
	const struct ana_vertex_key *key = &m->v->keys.vertices[vertex];
	for (uint32_t i = 0; i < key->input_count; ++i) {
		const struct ana_key_input *input = &key->inputs[i];
		const struct ana_content *content = &m->contents[m->v->keys.first[vertex] + i];
		if (!is_content(input) && !m->made[input->vertex]) {
			return input->vertex;
		}
		for (uint32_t k = 0; is_content(input) && k < content->run_count; ++k) {
			if (!m->made[content->runs[k]]) {
				return content->runs[k];
			}
		}
	}
	return ANA_NONE;
}

/** Describe what a step does and what it copies; with `all`, also what it builds on. */
static void describe(struct maker *m, uint32_t vertex, bool all) {
	const struct ana_vertex_key *key = &m->v->keys.vertices[vertex];
	ctx_buf_reset(&m->text);
	ctx_buf_add(&m->text, &key->op, sizeof(key->op));
	for (uint32_t i = 0; i < key->input_count; ++i) {
		const struct ana_key_input *input = &key->inputs[i];
		const struct ana_content *content = &m->contents[m->v->keys.first[vertex] + i];
		ctx_buf_add(&m->text, &input->link, sizeof(input->link));
		ctx_buf_addc(&m->text, is_content(input) ? 'c' : 'k');
		if (!is_content(input)) {
			ctx_buf_add(&m->text, &m->ids[input->vertex], all ? sizeof(struct ctx_digest) : 0);
			continue;
		}
		ctx_buf_add(&m->text, &content->digest, sizeof(content->digest));
		ctx_buf_add(&m->text, &content->run_count, sizeof(content->run_count));
		for (uint32_t k = 0; all && k < content->run_count; ++k) {
			ctx_buf_add(&m->text, &m->ids[content->runs[k]], sizeof(struct ctx_digest));
		}
	}
}

/** Refuse a step that may write to a context: its content is not looked into, as no cache can know it. */
static int check_inputs(struct maker *m, uint32_t vertex) {
	const struct ana_vertex_key *key = &m->v->keys.vertices[vertex];
	for (uint32_t i = 0; i < key->input_count; ++i) {
		const struct ana_vertex *source = &m->v->graph.vertices.items[key->inputs[i].vertex];
		if (source->op == ANA_OP_LOCAL && !key->inputs[i].by_content) {
			struct ctx_str name = m->v->graph.vertices.items[vertex].name;
			return ctx_fail(m->err, CTX_E_UNSUPPORTED,
				"no key: '%.*s' works on a context itself, so that every build makes it anew",
				(int)(name.len > 200 ? 200 : name.len), name.ptr);
		}
	}
	return 0;
}

/** Make the key of a vertex whose inputs are made. */
static int make_vertex(struct maker *m, uint32_t vertex) {
	const struct ana_vertex *it = &m->v->graph.vertices.items[vertex];
	bool source = it->op == ANA_OP_IMAGE || it->op == ANA_OP_HTTP || it->op == ANA_OP_GIT || it->op == ANA_OP_OTHER;
	uint32_t step = m->v->step_of[vertex];
	int rc = check_inputs(m, vertex);
	if (rc == 0 && (source || step != ANA_NONE)) {
		describe(m, vertex, false);
		rc = add_part(m, source ? ANA_IMAGEKEY_SOURCE : ANA_IMAGEKEY_STEP, source ? it->identifier : it->name,
			step);
	}
	describe(m, vertex, true);
	m->ids[vertex] = ctx_hash_seeded(ctx_buf_str(&m->text), m->text.len, SEED_VERTEX);
	m->made[vertex] = true;
	return rc < 0 || ctx_buf_ok(&m->text) ? rc : ctx_fail_nomem(m->err);
}

/** Make the key of the result and of all that it needs, without recursion: chains of steps are long. */
static int make_result(struct maker *m) {
	uint32_t result = m->v->graph.result;
	if (result == ANA_NONE) {
		return 0;
	}
	bool ok = CTX_VEC_PUSH(&m->stack, result);
	while (ok && m->stack.count > 0) {
		uint32_t vertex = m->stack.items[m->stack.count - 1];
		uint32_t first = m->made[vertex] ? ANA_NONE : next_unmade(m, vertex);
		if (first != ANA_NONE) {
			ok = CTX_VEC_PUSH(&m->stack, first);
			continue;
		}
		--m->stack.count;
		int rc = m->made[vertex] ? 0 : make_vertex(m, vertex);
		if (rc < 0) {
			return rc;
		}
	}
	return ok ? 0 : ctx_fail_nomem(m->err);
}

/* ---- Configuration ---- */

/** Name of a part of the configuration: "CMD", "LABEL version". */
static struct ctx_str name_setting(struct maker *m, enum ana_keyword keyword, struct ctx_str what) {
	ctx_auto_buf struct ctx_buf name = CTX_BUF_INIT;
	ctx_buf_adds(&name, ana_keyword_name(keyword));
	if (what.len > 0) {
		ctx_buf_addc(&name, ' ');
		ctx_buf_add(&name, what.ptr, what.len);
	}
	char *copy = ctx_buf_ok(&name) ? ctx_arena_memdup0(&m->out->arena, ctx_buf_str(&name), name.len) : NULL;
	return copy != NULL ? (struct ctx_str){ copy, name.len } : CTX_STR_NONE;
}

/** One part of the configuration, its value in the text. */
static int add_setting(struct maker *m, enum ana_keyword keyword, struct ctx_str what) {
	struct ctx_str name = name_setting(m, keyword, what);
	return name.ptr == NULL ? ctx_fail_nomem(m->err) : add_part(m, ANA_IMAGEKEY_CONFIG, name, ANA_NONE);
}

/** A command line as text. */
static void add_line(struct ctx_buf *out, const struct ana_command_line *line) {
	ctx_buf_addc(out, line->shell ? 's' : 'x');
	for (uint32_t i = 0; i < line->arg_count; ++i) {
		ana_put_str(out, line->args[i]);
	}
}

/** HEALTHCHECK as text. */
static void add_health(struct ctx_buf *out, const struct ana_healthcheck *h) {
	int64_t numbers[] = { h->none, h->interval_ns, h->timeout_ns, h->start_period_ns, h->start_interval_ns,
		h->retries };
	ctx_buf_add(out, numbers, sizeof(numbers));
	add_line(out, &h->line);
}

/** An instruction of which each word is a part. */
static int add_words(struct maker *m, const struct ana_instruction *ins) {
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < ins->list.count; ++i) {
		ctx_buf_reset(&m->text);
		rc = add_setting(m, ins->keyword, ins->list.items[i]);
	}
	return rc;
}

/** An instruction of which each pair is a part. */
static int add_pairs(struct maker *m, const struct ana_instruction *ins) {
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < ins->pairs.count; ++i) {
		ctx_buf_reset(&m->text);
		ana_put_str(&m->text, ins->pairs.items[i].value);
		rc = add_setting(m, ins->keyword, ins->pairs.items[i].key);
	}
	return rc;
}

/** One instruction. */
static int take_setting(struct maker *m, const struct ana_instruction *ins) {
	ctx_buf_reset(&m->text);
	switch (ins->keyword) {
	case ANA_KW_ENV:
	case ANA_KW_LABEL:
		return add_pairs(m, ins);
	case ANA_KW_EXPOSE:
	case ANA_KW_VOLUME:
		return add_words(m, ins);
	case ANA_KW_SHELL:
		for (uint32_t i = 0; i < ins->list.count; ++i) {
			ana_put_str(&m->text, ins->list.items[i]);
		}
		return add_setting(m, ins->keyword, CTX_STR_NONE);
	case ANA_KW_CMD:
	case ANA_KW_ENTRYPOINT:
		add_line(&m->text, &ins->line);
		return add_setting(m, ins->keyword, CTX_STR_NONE);
	case ANA_KW_HEALTHCHECK:
		add_health(&m->text, &ins->healthcheck);
		return add_setting(m, ins->keyword, CTX_STR_NONE);
	case ANA_KW_ONBUILD:
		return add_setting(m, ins->keyword, ins->text);
	case ANA_KW_MAINTAINER:
	case ANA_KW_STOPSIGNAL:
	case ANA_KW_USER:
		ana_put_str(&m->text, ins->text);
		return add_setting(m, ins->keyword, CTX_STR_NONE);
	default:
		return 0;
	}
}

/** Does the target build on a stage, or is it that stage? */
static bool is_of_target(const struct ana_graph *graph, uint32_t stage) {
	uint32_t at = graph->target;
	for (size_t i = 0; i <= graph->stages.count && at != ANA_NONE && at != stage; ++i) {
		at = graph->stages.items[at].base_stage;
	}
	return at == stage;
}

/** The configuration: that of base stages first, which are lowered before what builds on them. */
static int make_config(struct maker *m) {
	const struct ana_graph *graph = &m->v->graph;
	const struct ana_graph_stage *target = &graph->stages.items[graph->target];
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < graph->settings.count; ++i) {
		const struct ana_graph_setting *setting = &graph->settings.items[i];
		rc = is_of_target(graph, setting->stage) ? take_setting(m, &setting->ins) : 0;
	}
	ctx_buf_reset(&m->text);
	ana_put_str(&m->text, target->workdir);
	rc = rc < 0 ? rc : add_setting(m, ANA_KW_WORKDIR, CTX_STR_NONE);
	ctx_buf_reset(&m->text);
	ana_put_str(&m->text, target->platform.os);
	ana_put_str(&m->text, target->platform.arch);
	ana_put_str(&m->text, target->platform.variant);
	return rc < 0 ? rc : add_part(m, ANA_IMAGEKEY_PLATFORM, CTX_STR("platform"), ANA_NONE);
}

/** Put everything together. */
static int finish(struct maker *m) {
	uint32_t result = m->v->graph.result;
	ctx_buf_reset(&m->text);
	if (result != ANA_NONE) {
		ctx_buf_add(&m->text, &m->ids[result], sizeof(m->ids[result]));
	}
	for (size_t i = 0; i < m->out->parts.count; ++i) {
		const struct ana_imagekey_part *part = &m->out->parts.items[i];
		if (part->kind != ANA_IMAGEKEY_STEP && part->kind != ANA_IMAGEKEY_SOURCE) {
			ana_put_str(&m->text, part->name);
			ctx_buf_add(&m->text, &part->digest, sizeof(part->digest));
		}
	}
	m->out->digest = ctx_hash_seeded(ctx_buf_str(&m->text), m->text.len, SEED_ALL);
	return ctx_buf_ok(&m->text) ? 0 : ctx_fail_nomem(m->err);
}

int ana_imagekey_make(struct ana_imagekey *out, const struct ana_variant *variant, const struct ana_content *contents,
	struct ctx_error *err) {
	struct maker m = { .out = out, .v = variant, .contents = contents, .err = err };
	size_t count = variant->graph.vertices.count;
	m.ids = ctx_calloc(count + 1, sizeof(*m.ids));
	m.made = ctx_calloc(count + 1, sizeof(*m.made));
	int rc = m.ids != NULL && m.made != NULL ? 0 : ctx_fail_nomem(err);
	rc = rc < 0 ? rc : make_result(&m);
	rc = rc < 0 ? rc : make_config(&m);
	rc = rc < 0 ? rc : finish(&m);
	free(m.ids);
	free(m.made);
	CTX_VEC_RELEASE(&m.stack);
	ctx_buf_release(&m.text);
	return rc;
}

void ana_imagekey_release(struct ana_imagekey *key) {
	CTX_VEC_RELEASE(&key->parts);
	ctx_arena_release(&key->arena);
}
