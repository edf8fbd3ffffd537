/*
 * Files that steps copy from the context, for rules that look into them.
 */
#include "analyzer/advice/commands.h"
#include "analyzer/advice/rule.h"
#include "analyzer/advice/ship.h"
#include "ctxopt/base/file.h"
#include "ctxopt/base/path.h"

#include <fcntl.h>
#include <unistd.h>

/** Largest script that is read. */
#define SCRIPT_MAX (256u << 10)

/** A search. */
struct search {
	bool (*wanted)(const char *name, size_t len);
	ana_rule_file_fn *fn;
	void *arg;
	struct ana_rule_file file;
	int rc;
};

/** ana_select_fn. */
static int see(void *arg, CTX_UNUSED struct ctx_dir *dir, struct ctx_entry *entry, const char *path,
	CTX_UNUSED size_t path_len) {
	struct search *s = arg;
	if (entry->kind == CTX_KIND_FILE && s->wanted(entry->name, entry->name_len)) {
		s->file.path = path;
		s->file.entry = entry;
		s->rc = s->fn(s->arg, &s->file);
	}
	return s->rc == 0 ? 0 : CTX_E_INTERRUPTED; // ends this search; what it means is in `rc`
}

void ana_rule_context_count(struct ana_rule_context *context) {
	struct ctx_cursor at = ctx_cursor_at(context->snap->root.dir);
	for (const struct ctx_entry *e; (e = ctx_cursor_next(&at)) != NULL;) {
		bool kept = ctx_entry_kept(e);
		context->excluded += !kept;
		if (kept && e->kind == CTX_KIND_FILE) {
			context->has_secrets = context->has_secrets || ana_rule_secret_wants(e->name, e->name_len);
			context->has_logs = context->has_logs || ana_rule_logs_wants(e->name, e->name_len);
		}
	}
}

/** Can there be such a file?  Selecting takes far longer than this. */
static bool can_be(const struct ana_rule_context *context, bool (*wanted)(const char *name, size_t len)) {
	return context != NULL && (wanted != ana_rule_secret_wants || context->has_secrets) &&
		(wanted != ana_rule_logs_wants || context->has_logs);
}

int ana_rule_files(struct ana_rule_run *run, bool (*wanted)(const char *name, size_t len), ana_rule_file_fn *fn,
	void *arg, struct ctx_error *err) {
	const struct ana_rule_input *in = run->in;
	struct search s = { .wanted = wanted, .fn = fn, .arg = arg };
	bool some = can_be(in->context, wanted);
	for (size_t i = 0; some && s.rc == 0 && i < in->reads->items.count; ++i) {
		const struct ana_read *read = &in->reads->items.items[i];
		const struct ana_vertex *v = &in->graph->vertices.items[read->vertex];
		if (read->local != 0 || read->action == NULL || v->instruction == NULL) {
			continue; // a mount leaves nothing in the image
		}
		s.file = (struct ana_rule_file){ .ins = v->instruction, .stage = v->stage };
		struct ana_selection found;
		struct ctx_error ignored;
		int rc = ana_select(&found, read, in->context->snap, 0, see, &s, &ignored);
		if (rc == CTX_E_NOMEM) {
			return ctx_fail_nomem(err);
		}
	}
	return s.rc;
}

bool ana_rule_read(const struct ana_rule_run *run, const char *path, size_t max, struct ctx_buf *out) {
	int root = run->in->context != NULL ? run->in->context->root_fd : -1;
	ctx_auto_fd int fd = root < 0 ? -1 : ctx_open_beneath(root, path, O_RDONLY | O_NONBLOCK);
	struct ctx_error ignored;
	return fd >= 0 && ctx_read_fd(out, fd, path, max, &ignored) == 0;
}

/** ana_command_fn: the words of the last command. */
static int first_command(void *arg, const struct ana_command *c) {
	struct ctx_str *script = arg;
	for (size_t i = 0; i < c->count && script->len == 0; ++i) {
		struct ctx_str word = c->words[i].text;
		bool shell = ctx_str_ends(word, ".sh") || memmem(word.ptr, word.len, "entrypoint", 10) != NULL ||
			memmem(word.ptr, word.len, "start", 5) != NULL || memmem(word.ptr, word.len, "run", 3) != NULL;
		if (shell && word.len > 0 && word.ptr[0] != '-') {
			*script = ctx_str_from(word, ctx_path_base(word.ptr, word.len));
		}
	}
	return script->len > 0;
}

/** A script that is looked for. */
struct script {
	struct ana_rule_run *run;
	struct ctx_str name;
	struct ctx_buf *out;
};

/** Any name. */
static bool any(CTX_UNUSED const char *name, CTX_UNUSED size_t len) {
	return true;
}

/** ana_rule_file_fn. */
static int see_script(void *arg, const struct ana_rule_file *file) {
	struct script *s = arg;
	bool same = file->entry->name_len == s->name.len && memcmp(file->entry->name, s->name.ptr, s->name.len) == 0;
	return same && ana_rule_read(s->run, file->path, SCRIPT_MAX, s->out) ? 1 : 0;
}

int ana_rule_script(struct ana_rule_run *run, const struct ana_ship *ship, struct ctx_buf *out, struct ctx_error *err) {
	if (run->in->context == NULL) {
		return 0;
	}
	static const enum ana_keyword keywords[] = { ANA_KW_ENTRYPOINT, ANA_KW_CMD };
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < CTX_COUNTOF(keywords); ++i) {
		ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
		const struct ana_instruction *ins = ana_ship_last(ship, run->in->graph, keywords[i]);
		struct script script = { .run = run, .out = out };
		rc = ins == NULL ? 0 : ana_commands_of(ins, &arena, first_command, &script.name);
		rc = rc < 0                   ? ctx_fail_nomem(err)
			: script.name.len > 0 ? ana_rule_files(run, any, see_script, &script, err)
					      : 0;
	}
	return rc;
}
