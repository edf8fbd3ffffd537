/* The modes "syntax" and "model". */
#include "tests/helper/dump.h"

/* What is common to a node and to the one inside ONBUILD. */
static void dump_node(struct dump *d, const struct ana_node *node) {
	dump_text(d, "keyword", node->keyword_text);
	dump_text(d, "original", node->line_text);
	dump_each(d, "comment", node->comments, node->comment_count);
	dump_each(d, "flag", node->flags, node->flag_count);
	dump_flag(d, "json", node->json);
	if (!node->inner) {
		dump_each(d, "arg", node->args, node->arg_count);
	}
}

static void dump_heredocs(struct dump *d, const struct ana_node *node) {
	for (uint32_t i = 0; i < node->heredoc_count; ++i) {
		const struct ana_heredoc *doc = &node->heredocs[i];
		ctx_buf_adds(&d->out, "heredoc ");
		dump_quote(d, doc->name);
		ctx_buf_addf(&d->out, " %u ", doc->fd);
		dump_text(d,
			doc->expand          ? doc->chomp ? "expand chomp" : "expand"
				: doc->chomp ? "chomp"
					     : "plain",
			doc->body);
	}
}

/* What the first lines ask for. */
static void dump_directive(struct dump *d, const char *key, uint32_t line, struct ctx_str value) {
	if (value.ptr) {
		ctx_buf_addf(&d->out, "directive %s %u ", key, line);
		dump_quote(d, value);
		ctx_buf_addc(&d->out, '\n');
	}
}

/* The nodes of a good file. */
static void dump_nodes(struct dump *d, const struct ana_syntax *syntax) {
	dump_text(d, "escape", (struct ctx_str){ &syntax->directives.escape, 1 });
	for (size_t i = 0; i < syntax->empty_continuations.count; ++i) {
		ctx_buf_addf(&d->out, "empty-continuation %u\n", syntax->empty_continuations.items[i].end_line);
	}
	for (size_t i = 0; i < syntax->nodes.count; ++i) {
		const struct ana_node *node = &syntax->nodes.items[i];
		ctx_buf_addf(&d->out, "node %u-%u\n", node->first_line, node->end_line);
		dump_node(d, node);
		for (const struct ana_node *inner = node->inner; inner; inner = inner->inner) {
			ctx_buf_adds(&d->out, "inner\n");
			dump_node(d, inner);
		}
		/* Those of ONBUILD belong to both. */
		dump_heredocs(d, node->heredoc_count == 0 && node->inner ? node->inner : node);
	}
}

int dump_syntax(struct dump *d, struct ctx_str text, struct ctx_error *err) {
	struct ana_syntax syntax = { 0 };
	struct ana_diags diags = { .arena = &d->arena };
	int rc = ana_syntax_parse(&syntax, text, &d->arena, &diags, err);
	if (rc == 0) {
		dump_directive(d, "syntax", syntax.directives.syntax_line, syntax.directives.syntax);
		dump_directive(d, "check", syntax.directives.check_line, syntax.directives.check);
		if (!dump_failure(d, &diags)) {
			dump_nodes(d, &syntax);
		}
	}
	ana_syntax_release(&syntax);
	ana_diags_release(&diags);
	return rc;
}

/* Sources, inline files, destination and flags of COPY and ADD. */
static void dump_copy(struct dump *d, const struct ana_copy *copy) {
	static const char *const tristate[] = { "unset", "false", "true" };
	dump_some(d, "from", copy->from);
	dump_some(d, "chown", copy->chown);
	dump_some(d, "chmod", copy->chmod);
	dump_some(d, "checksum", copy->checksum);
	dump_flag(d, "link", copy->link);
	dump_flag(d, "parents", copy->parents);
	if (copy->keep_git_dir != ANA_UNSET) {
		ctx_buf_addf(&d->out, "keep-git-dir %s\n", tristate[copy->keep_git_dir]);
	}
	if (copy->unpack != ANA_UNSET) {
		ctx_buf_addf(&d->out, "unpack %s\n", tristate[copy->unpack]);
	}
	dump_each(d, "exclude", copy->excludes, copy->exclude_count);
	dump_each(d, "source", copy->sources, copy->source_count);
	for (uint32_t i = 0; i < copy->file_count; ++i) {
		const struct ana_inline_file *file = &copy->files[i];
		ctx_buf_adds(&d->out, file->expand ? "inline-expand " : "inline ");
		dump_quote(d, file->name);
		ctx_buf_addc(&d->out, ' ');
		dump_quote(d, file->data);
		ctx_buf_addc(&d->out, '\n');
	}
	dump_text(d, "dest", copy->dest);
}

/* A command as it reaches a shell. */
static void dump_command_line(struct dump *d, const struct ana_command_line *line) {
	dump_flag(d, "shell", line->shell);
	if (line->script) {
		ctx_buf_adds(&d->out, "script ");
		dump_quote(d, line->script->name);
		dump_text(d, line->script->chomp ? " chomp" : "", line->script->body);
	} else if (!(line->shell && line->arg_count == 1 && line->args[0].len == 0)) {
		dump_each(d, "arg", line->args, line->arg_count);
	}
}

/* A mount as far as the typed pass knows it. */
static int dump_mount(struct dump *d, struct ctx_str value, struct ctx_error *err) {
	struct ana_mount mount = { 0 };
	int rc = ana_mount_parse(&mount, value, NULL, &d->arena, err);
	if (rc < 0) {
		return rc;
	}
	ctx_buf_addf(&d->out, "mount %s", ana_mount_type_name(mount.type));
	if (mount.from.len > 0) {
		ctx_buf_adds(&d->out, " from=");
		dump_quote(d, mount.from);
	}
	ctx_buf_adds(&d->out, mount.read_only ? " ro\n" : "\n");
	return 0;
}

/* RUN. */
static int dump_run(struct dump *d, const struct ana_run *run, struct ctx_error *err) {
	for (uint32_t i = 0; i < run->mount_count; ++i) {
		int rc = dump_mount(d, run->mounts[i], err);
		if (rc < 0) {
			return rc;
		}
	}
	ctx_buf_addf(&d->out, "devices %u\nnetwork %.*s\nsecurity %.*s\n", run->device_count,
		CTX_STR_ARGS(run->network), CTX_STR_ARGS(run->security));
	dump_command_line(d, &run->line);
	return 0;
}

static void dump_healthcheck(struct dump *d, const struct ana_healthcheck *h) {
	ctx_buf_addf(&d->out, "times %lld %lld %lld %lld %d\n", (long long)h->interval_ns, (long long)h->timeout_ns,
		(long long)h->start_period_ns, (long long)h->start_interval_ns, (int)h->retries);
	if (h->none) {
		ctx_buf_adds(&d->out, "none\n");
	} else {
		dump_command_line(d, &h->line);
	}
}

/* ENV and LABEL, and ARG. */
static void dump_pairs(struct dump *d, const struct ana_instruction *ins) {
	for (uint32_t i = 0; i < ins->pairs.count; ++i) {
		const struct ana_pair *pair = &ins->pairs.items[i];
		ctx_buf_adds(&d->out, pair->legacy ? "legacy-pair " : "pair ");
		dump_quote(d, pair->key);
		ctx_buf_addc(&d->out, ' ');
		dump_quote(d, pair->value);
		ctx_buf_addc(&d->out, '\n');
	}
}

static void dump_args(struct dump *d, const struct ana_instruction *ins) {
	for (uint32_t i = 0; i < ins->args.count; ++i) {
		const struct ana_arg *arg = &ins->args.items[i];
		ctx_buf_adds(&d->out, "name ");
		dump_quote(d, arg->name);
		if (arg->value.ptr) {
			ctx_buf_addc(&d->out, ' ');
			dump_quote(d, arg->value);
		}
		ctx_buf_addc(&d->out, '\n');
	}
}

/* The values of one instruction. */
static int dump_instruction(struct dump *d, const struct ana_instruction *ins, struct ctx_error *err) {
	ctx_buf_addf(&d->out, "instruction %u-%u %s\n", ins->node->first_line, ins->node->end_line,
		ana_keyword_name(ins->keyword));
	switch (ins->keyword) {
	case ANA_KW_ADD:
	case ANA_KW_COPY:
		dump_copy(d, &ins->copy);
		break;
	case ANA_KW_RUN:
		return dump_run(d, &ins->run, err);
	case ANA_KW_CMD:
	case ANA_KW_ENTRYPOINT:
		dump_command_line(d, &ins->line);
		break;
	case ANA_KW_HEALTHCHECK:
		dump_healthcheck(d, &ins->healthcheck);
		break;
	case ANA_KW_ENV:
	case ANA_KW_LABEL:
		dump_pairs(d, ins);
		break;
	case ANA_KW_ARG:
		dump_args(d, ins);
		break;
	case ANA_KW_EXPOSE:
	case ANA_KW_VOLUME:
	case ANA_KW_SHELL:
		dump_each(d, "item", ins->list.items, ins->list.count);
		break;
	default:
		dump_text(d, "text", ins->text);
		break;
	}
	return 0;
}

/* All instructions of a list. */
static int dump_instructions(struct dump *d, const struct ana_instruction *items, size_t count, struct ctx_error *err) {
	for (size_t i = 0; i < count; ++i) {
		int rc = dump_instruction(d, &items[i], err);
		if (rc < 0) {
			return rc;
		}
	}
	return 0;
}

int dump_model(struct dump *d, struct ctx_str text, struct ctx_error *err) {
	ana_auto_dockerfile struct ana_dockerfile df = { 0 };
	int rc = ana_dockerfile_parse(&df, text, err);
	if (rc < 0 || dump_failure(d, &df.diags)) {
		return rc;
	}
	rc = dump_instructions(d, df.globals.items, df.globals.count, err);
	for (size_t i = 0; rc == 0 && i < df.stages.count; ++i) {
		const struct ana_stage *stage = &df.stages.items[i];
		ctx_buf_addf(&d->out, "stage %u-%u\n", stage->from->first_line, stage->from->end_line);
		dump_text(d, "name", stage->name);
		dump_text(d, "base", stage->base);
		dump_text(d, "platform", stage->platform);
		rc = dump_instructions(d, stage->instructions, stage->instruction_count, err);
	}
	return rc;
}
