/**
 * YAML files to what the reader makes of them, for conform/yaml_tree.py.
 *
 * Standard input names files, one a line.  For each, standard output gets its documents, one node a line in the order of the text: depth,
 * kind, line, column, byte, bytes, last line, text in hexadecimal; an alias is the node that it stands for, without what is in it.  An
 * empty document is "0 null".  Last comes "end", or "error LINE COLUMN MESSAGE".
 */
#include "ctxopt/base/buf.h"
#include "ctxopt/base/file.h"
#include "ctxopt/base/yaml.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/** Most bytes of a file. */
#define FILE_MAX (64u << 20)

/** A dump: nodes that were shown are known by their place in the text, for aliases. */
struct dump {
	struct ctx_buf out;
	uint32_t last;
};

/** One node, and those in it; they are no deeper than the reader allows. */
static void add_node(struct dump *d, const struct ctx_yaml *node, int depth, bool first) { // NOLINT(misc-no-recursion)
	static const char *const kinds[] = { "scalar", "sequence", "map" };
	bool alias = !first && node->from < d->last;
	ctx_buf_addf(&d->out, "%d %s%s %u %u %u %u %u ", depth, alias ? "alias-" : "", kinds[node->kind], node->line,
		node->column, node->from, node->len, node->end_line);
	for (size_t i = 0; i < node->text.len; ++i) {
		ctx_buf_addf(&d->out, "%02x", (unsigned char)node->text.ptr[i]);
	}
	ctx_buf_adds(&d->out, node->kind == CTX_YAML_SCALAR && node->plain ? "p\n" : "\n");
	if (alias) {
		return;
	}
	d->last = node->from;
	for (size_t i = 0; i < (size_t)node->count * (node->kind == CTX_YAML_MAP ? 2 : 1); ++i) {
		add_node(d, node->items[i], depth + 1, false);
	}
}

/** One file. */
static void add_file(struct dump *d, const char *path) {
	struct ctx_arena arena = CTX_ARENA_INIT;
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	struct ctx_yaml_documents documents = { NULL, 0 };
	struct ctx_error err = { 0 };
	int rc = ctx_read_at(&text, AT_FDCWD, path, FILE_MAX, &err);
	if (rc == 0) {
		rc = ctx_yaml_parse(&documents, &arena, (struct ctx_str){ ctx_buf_str(&text), text.len }, &err);
	}
	for (size_t i = 0; i < documents.count; ++i) {
		if (documents.items[i] == NULL) {
			ctx_buf_adds(&d->out, "0 null\n");
		} else {
			add_node(d, documents.items[i], 0, true);
		}
	}
	if (rc < 0) {
		ctx_buf_addf(&d->out, "error %u %u %s\n", err.line, err.column, err.msg);
	} else {
		ctx_buf_adds(&d->out, "end\n");
	}
	ctx_arena_release(&arena);
}

int main(void) {
	struct dump d = { .out = CTX_BUF_INIT };
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int rc = 0;
	while (rc == 0 && (len = getline(&line, &room, stdin)) > 0) {
		line[len - (line[len - 1] == '\n')] = '\0';
		add_file(&d, line);
		rc = ctx_buf_ok(&d.out) ? ctx_write_all(STDOUT_FILENO, ctx_buf_str(&d.out), d.out.len) : -1;
		ctx_buf_reset(&d.out);
	}
	free(line);
	ctx_buf_release(&d.out);
	return rc == 0 ? 0 : 2;
}
