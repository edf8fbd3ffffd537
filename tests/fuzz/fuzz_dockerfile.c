/**
 * Fuzz target: Dockerfiles.  Text to nodes, model, graph, outline, what steps read, and every face of the result.
 *
 * Lines after a line "#image" are ONBUILD triggers of every base image.  Whatever the bytes are: positions lie inside the
 * text, nodes are in order, vertices depend on earlier ones, a file without errors becomes a graph or an error that tells
 * what is wrong, and the same text read twice prints the same bytes.
 */
#include "analyzer/report/report.h"
#include "analyzer/report/text.h"
#include "ctxopt/base/alloc.h"

#include <stdlib.h>
#include <sys/stat.h>

/** The target, as libFuzzer calls it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Most triggers that are taken from the input. */
#define TRIGGERS_MAX 8

/** One reading of an input. */
struct reading {
	struct ctx_str text;
	struct ana_image_config image;
	struct ctx_str triggers[TRIGGERS_MAX];
	struct ana_graph_opts opts;
	struct ana_build build;
	struct ana_dockerfile df;
	struct ana_graph graph;
	struct ana_reads reads;
	struct ana_outline outline;
	/** Everything that a person could see. */
	struct ctx_buf *shown;
};

/** An invariant: our own bug if it does not hold. */
static void must(bool ok) {
	if (!ok) {
		abort();
	}
}

/* ---- What must hold ---- */

/** Errors have a message in one line, and a place inside the text. */
static void check_diags(const struct ana_dockerfile *df, const struct ana_diags *diags) {
	for (size_t i = 0; i < diags->items.count; ++i) {
		const struct ana_diag *d = &diags->items.items[i];
		must(d->message[0] != '\0' && strchr(d->message, '\n') == NULL && d->length > 0);
		must(i == 0 || d->phase >= diags->items.items[i - 1].phase);
		if (d->line == 0) {
			must(d->column == 0 && i == 0);
			continue;
		}
		struct ctx_str line = ana_syntax_line(&df->syntax, d->line);
		must(line.ptr != NULL && d->column > 0 && d->column <= line.len + 1);
		must(d->column - 1 + d->length <= line.len || d->length == 1);
	}
}

/** A piece of the logical line is what the text has there. */
static void check_pieces(struct ctx_str text, const struct ana_node *node) {
	must(node->piece_count > 0 && node->pieces[0].at == 0);
	for (uint32_t i = 0; i < node->piece_count; ++i) {
		const struct ana_piece *piece = &node->pieces[i];
		bool last = i + 1 == node->piece_count;
		size_t end = last ? node->logical.len : node->pieces[i + 1].at;
		must(piece->at <= end && end <= node->logical.len && piece->source + (end - piece->at) <= text.len);
		must(last || piece->source + (end - piece->at) <= node->pieces[i + 1].source);
		must(end == piece->at ||
			memcmp(node->logical.ptr + piece->at, text.ptr + piece->source, end - piece->at) == 0);
	}
}

/** Any part of a node has a place inside its lines. */
static void check_place(const struct ana_syntax *syntax, const struct ana_node *node, struct ctx_str part) {
	struct ana_position at = ana_node_position(syntax, node, part);
	struct ctx_str line = ana_syntax_line(syntax, at.line);
	must(at.line >= node->first_line && at.line <= node->end_line && line.ptr != NULL);
	must(at.column > 0 && at.column <= line.len + 1 && (at.column - 1 + at.length <= line.len || at.length == 1));
}

/** Nodes follow each other, each within its lines. */
static void check_nodes(const struct ana_syntax *syntax) {
	uint32_t before = 0;
	for (size_t i = 0; i < syntax->nodes.count; ++i) {
		const struct ana_node *node = &syntax->nodes.items[i];
		must(node->first_line > before && node->end_line >= node->first_line &&
			node->end_line <= syntax->line_starts.count);
		before = node->end_line;
		check_pieces(syntax->text, node);
		check_place(syntax, node, CTX_STR_NONE);
		for (uint32_t k = 0; k < node->arg_count; ++k) {
			check_place(syntax, node, node->args[k]);
		}
		uint32_t line = node->first_line;
		for (uint32_t k = 0; k < node->heredoc_count; ++k) {
			const struct ana_heredoc *doc = &node->heredocs[k];
			must(doc->line > line && doc->end_line >= doc->line && doc->end_line <= node->end_line);
			line = doc->end_line;
		}
	}
}

/** Inputs come first; what stages and results name exists. */
static void check_graph(const struct ana_graph *graph) {
	size_t count = graph->vertices.count;
	must(graph->target < graph->stages.count && (graph->result == ANA_NONE || graph->result < count));
	for (size_t i = 0; i < count; ++i) {
		const struct ana_vertex *v = &graph->vertices.items[i];
		must(v->first_line <= v->end_line && v->end_line <= graph->df->syntax.line_starts.count);
		must(v->stage == ANA_NONE || v->stage < graph->stages.count);
		for (uint32_t k = 0; k < v->input_count; ++k) {
			must(v->inputs[k] < i);
		}
	}
}

/** A step depends on others only. */
static void check_outline(const struct ana_outline *outline) {
	for (size_t i = 0; i < outline->steps.count; ++i) {
		const struct ana_outline_step *step = &outline->steps.items[i];
		for (uint32_t k = 0; k < step->depends_count; ++k) {
			must(step->depends_on[k] < outline->steps.count && step->depends_on[k] != i);
		}
	}
}

/* ---- Reading ---- */

/** ana_image_config_fn: every image is the same. */
static int image_config(void *arg, CTX_UNUSED struct ctx_str ref, CTX_UNUSED const struct ana_platform *platform,
	struct ana_image_config *out, CTX_UNUSED struct ctx_error *err) {
	*out = *(const struct ana_image_config *)arg;
	return 1;
}

/** Split the input: what stands after "#image" are triggers. */
static void split(struct reading *r, struct ctx_str input) {
	static const char mark[] = "\n#image\n";
	r->text = input;
	const char *found = input.len > 0 ? memmem(input.ptr, input.len, mark, strlen(mark)) : NULL;
	if (found == NULL) {
		return;
	}
	r->text.len = (size_t)(found - input.ptr);
	struct ctx_str rest = ctx_str_from(input, r->text.len + strlen(mark));
	r->image.triggers = r->triggers;
	while (rest.len > 0 && r->image.trigger_count < TRIGGERS_MAX) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		size_t len = end != NULL ? (size_t)(end - rest.ptr) : rest.len;
		r->triggers[r->image.trigger_count++] = (struct ctx_str){ rest.ptr, len };
		rest = ctx_str_from(rest, end != NULL ? len + 1 : len);
	}
}

/** Add one error of a pass to what is shown; a failure has a reason. */
static bool failed(struct reading *r, int rc, const struct ctx_error *err, const struct ana_diags *diags) {
	if (rc < 0) {
		must(err->msg[0] != '\0' && (rc == CTX_E_LIMIT || rc == CTX_E_USAGE || rc == CTX_E_NOMEM));
		ctx_buf_adds(r->shown, err->msg);
		return true;
	}
	check_diags(&r->df, diags);
	r->build.errors = diags->items.items;
	r->build.error_count = diags->items.count;
	r->build.errors_omitted = diags->omitted;
	return diags->items.count > 0;
}

/** From text to outline, as far as it goes. */
static void analyse(struct reading *r) {
	struct ctx_error err = { 0 };
	r->build.dockerfile = "Dockerfile";
	r->build.model = &r->df;
	int rc = ana_dockerfile_parse(&r->df, r->text, &err);
	check_nodes(&r->df.syntax);
	if (failed(r, rc, &err, &r->df.diags)) {
		return;
	}
	rc = ana_graph_build(&r->graph, &r->df, &r->opts, &err);
	if (failed(r, rc, &err, &r->graph.diags)) {
		return;
	}
	check_graph(&r->graph);
	if (ana_reads_collect(&r->reads, &r->graph, &err) == 0 &&
		ana_outline_make(&r->outline, &r->graph, &r->reads, &err) == 0) {
		check_outline(&r->outline);
		r->build.outline = &r->outline;
	}
}

/** A context with a file, a directory and links. */
static struct ctx_snapshot *context(void) {
	static const struct {
		const char *path, *target;
		enum ctx_kind kind;
	} rows[] = {
		{ "a", NULL, CTX_KIND_FILE },
		{ "circle", "circle", CTX_KIND_SYMLINK },
		{ "dir", NULL, CTX_KIND_DIR },
		{ "dir/a.txt", NULL, CTX_KIND_FILE },
		{ "dir/sub", NULL, CTX_KIND_DIR },
		{ "dir/sub/b.txt", NULL, CTX_KIND_FILE },
		{ "link", "dir/sub", CTX_KIND_SYMLINK },
	};
	struct ctx_snapshot *snap = ctx_snapshot_new(1);
	for (size_t i = 0; snap != NULL && i < CTX_COUNTOF(rows); ++i) {
		enum ctx_kind kind = rows[i].kind;
		struct ctx_entry proto = { .kind = (uint8_t)kind, .mode = S_IFREG | 0644, .target = rows[i].target };
		proto.mode = kind == CTX_KIND_DIR ? S_IFDIR | 0755 : proto.mode;
		proto.mode = kind == CTX_KIND_SYMLINK ? S_IFLNK | 0777 : proto.mode;
		must(ctx_snapshot_add(snap, rows[i].path, strlen(rows[i].path), &proto, 0, NULL) == 0);
	}
	must(snap == NULL || ctx_snapshot_seal(snap, NULL) == 0);
	return snap;
}

/** What the steps read of a small context. */
static void select_all(struct reading *r) {
	struct ctx_snapshot *snap = r->build.outline != NULL ? context() : NULL;
	for (size_t i = 0; snap != NULL && i < r->reads.items.count; ++i) {
		struct ana_selection found = { 0 };
		struct ctx_error err = { 0 };
		int rc = ana_select(&found, &r->reads.items.items[i], snap, 0, NULL, NULL, &err);
		must(rc == 0 || err.msg[0] != '\0');
		must(rc != 0 || !found.missing || found.message[0] != '\0');
		ctx_buf_addf(r->shown, "%d %lu %s%s\n", rc, (unsigned long)(found.files + found.dirs), found.message,
			rc < 0 ? err.msg : "");
	}
	ctx_snapshot_free(snap);
}

/** Every face. */
static void render(struct reading *r, bool utf8) {
	struct ana_graph_view view = { .build = &r->build };
	view.head.command = "graph";
	view.head.source = (struct ana_source){ .kind = "directory", .root = ".", .engine = "buildkit" };
	view.head.verbose = utf8;
	view.head.utf8 = utf8;
	for (size_t i = 0; ana_graph_format_names[i] != NULL; ++i) {
		struct ctx_out out;
		ctx_out_init_mem(&out);
		out.tty = utf8;
		out.color = utf8;
		if (r->build.error_count > 0) {
			ana_text_diags(&out, &r->build, utf8);
		}
		bool document = ana_renderers[i] != &ana_text && ana_renderers[i] != &ana_dot;
		if (r->build.outline != NULL || (r->build.error_count > 0 && document)) {
			ana_renderers[i]->graph(&out, &view);
		}
		must(out.sysno == 0);
		ctx_buf_add(r->shown, ctx_buf_str(&out.buf), out.buf.len);
		ctx_out_abort(&out);
	}
}

/** Warnings say something about lines of the text; what is printed of them is the same each time. */
static void check_warnings(struct reading *r) {
	ana_auto_checks struct ana_checks checks = { 0 };
	struct ctx_ignore *ignore = NULL;
	struct ctx_error err;
	must(ctx_ignore_parse(&ignore, CTX_IGNORE_DOCKER, "*.c\n[a-b]\n**\n", 13, &err) == 0);
	checks.ignore = ignore;
	int rc = ana_graph_check(&checks, &r->df, &r->opts, &err);
	must(rc == 0 || rc == CTX_E_USAGE || rc == CTX_E_LIMIT || rc == CTX_E_NOMEM);
	for (size_t i = 0; i < checks.items.count; ++i) {
		const struct ana_check_warning *w = &checks.items.items[i];
		struct ctx_str line = ana_syntax_line(&r->df.syntax, w->at.line);
		must(w->first_line > 0 && w->first_line <= w->end_line &&
			w->end_line <= r->df.syntax.line_starts.count);
		must(w->at.line >= w->first_line && w->at.line <= w->end_line && line.ptr != NULL);
		must(w->at.column > 0 && w->at.column <= line.len + 1 && w->message.len > 0);
		ctx_buf_add(r->shown, w->message.ptr, w->message.len);
	}
	ctx_ignore_free(ignore);
}

/** Read a copy of the input that ends where its memory ends. */
static void read_input(const uint8_t *data, size_t size, bool rich, struct ctx_buf *shown) {
	static const struct ana_var args[] = { { { "A", 1 }, { "given", 5 } }, { { "HTTP_PROXY", 10 }, { "p", 1 } } };
	static const struct ana_var env[] = { { { "PATH", 4 }, { "/bin", 4 } }, { { "B", 1 }, { "$A*", 3 } } };
	static const struct ana_named_context contexts[] = {
		{ { "other", 5 }, ANA_CONTEXT_LOCAL, { "/other", 6 } },
		{ { "image", 5 }, ANA_CONTEXT_IMAGE, { "debian", 6 } },
	};
	char *copy = malloc(size > 0 ? size : 1);
	struct reading r = { .shown = shown };
	must(copy != NULL);
	memcpy(copy, data, size);
	split(&r, (struct ctx_str){ copy, size });
	r.opts.build_platform = (struct ana_platform){ .os = CTX_STR("linux"), .arch = CTX_STR("amd64") };
	if (rich) {
		r.opts.target_platform = (struct ana_platform){ .os = CTX_STR("linux"), .arch = CTX_STR("arm64") };
		r.opts.multi_platform = true;
		r.opts.build_args = (struct ana_build_args){ args, CTX_COUNTOF(args) };
		r.opts.contexts = contexts;
		r.opts.context_count = CTX_COUNTOF(contexts);
		r.opts.image_config = image_config;
		r.opts.image_config_arg = &r.image;
		r.image.env = env;
		r.image.env_count = CTX_COUNTOF(env);
		r.image.workdir = CTX_STR("/w");
	}
	analyse(&r);
	check_warnings(&r);
	select_all(&r);
	render(&r, rich);
	ana_outline_release(&r.outline);
	ana_reads_release(&r.reads);
	ana_graph_release(&r.graph);
	ana_dockerfile_release(&r.df);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	for (int rich = 0; rich < 2; ++rich) {
		ctx_auto_buf struct ctx_buf once = CTX_BUF_INIT, twice = CTX_BUF_INIT;
		read_input(data, size, rich, &once);
		read_input(data, size, rich, &twice);
		must(!ctx_buf_ok(&once) || !ctx_buf_ok(&twice) ||
			ctx_str_eq((struct ctx_str){ ctx_buf_str(&once), once.len },
				(struct ctx_str){ ctx_buf_str(&twice), twice.len }));
	}
	return 0;
}
