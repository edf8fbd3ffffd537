#include "analyzer/cache/classic_text.h"

#include "analyzer/dockerfile/encode.h"

#include <string.h>

/** Append words. */
static void put_words(struct ctx_buf *out, const struct ctx_str *words, uint32_t count) {
	for (uint32_t i = 0; i < count; ++i) {
		ana_put_str(out, words[i]);
	}
}

/** Append the shell (getShell). */
static void put_shell(struct ctx_buf *out, const struct ana_classic_config *c) {
	if (c->shell_count > 0) {
		put_words(out, c->shell, c->shell_count);
		return;
	}
	ana_put_str(out, CTX_STR("/bin/sh"));
	ana_put_str(out, CTX_STR("-c"));
}

/** Append a command line (resolveCmdLine). */
static void put_line(struct ctx_buf *out, const struct ana_classic_config *c, const struct ana_command_line *line) {
	if (line->shell && line->arg_count > 0) {
		put_shell(out, c);
	}
	put_words(out, line->args, line->arg_count);
}

/** Append words in plain text, a blank in front of each: what looks alike is alike. */
static void put_text(struct ctx_buf *out, struct ctx_str word) {
	ctx_buf_addc(out, ' ');
	ctx_buf_add(out, word.len > 0 ? word.ptr : "", word.len);
}

/** Append NAME=VALUE. */
static void put_pair(struct ctx_buf *out, struct ctx_str name, struct ctx_str value) {
	put_text(out, name);
	if (value.ptr != NULL) {
		ctx_buf_addc(out, '=');
		ctx_buf_add(out, value.ptr, value.len);
	}
}

/** Append HEALTHCHECK. */
static void put_health(struct ctx_buf *out, const struct ana_healthcheck *h) {
	ana_put_number(out, h->none);
	ana_put_number(out, h->line.shell);
	put_words(out, h->line.args, h->line.arg_count);
	const int64_t numbers[] = { h->interval_ns, h->timeout_ns, h->start_period_ns, h->retries };
	ctx_buf_add(out, numbers, sizeof(numbers));
}

/** Append the instruction in normal form. */
static void put_instruction(struct ctx_buf *out, const struct ana_instruction *ins,
	const struct ana_classic_config *c) {
	ctx_buf_adds(out, ana_keyword_name(ins->keyword));
	switch (ins->keyword) {
	case ANA_KW_ENV:
	case ANA_KW_LABEL:
		for (uint32_t i = 0; i < ins->pairs.count; ++i) {
			put_pair(out, ins->pairs.items[i].key, ins->pairs.items[i].value);
		}
		break;
	case ANA_KW_ARG:
		for (uint32_t i = 0; i < ins->args.count; ++i) {
			put_pair(out, ins->args.items[i].name, ins->args.items[i].value);
		}
		break;
	case ANA_KW_EXPOSE:
	case ANA_KW_VOLUME:
	case ANA_KW_SHELL:
		for (uint32_t i = 0; i < ins->list.count; ++i) {
			put_text(out, ins->list.items[i]);
		}
		break;
	case ANA_KW_CMD:
	case ANA_KW_ENTRYPOINT:
		put_line(out, c, &ins->line);
		break;
	case ANA_KW_HEALTHCHECK:
		put_health(out, &ins->healthcheck);
		break;
	case ANA_KW_ADD:
	case ANA_KW_COPY:
		ana_put_str(out, ins->copy.chown);
		ana_put_str(out, ins->copy.dest);
		break;
	default:
		put_text(out, ins->text);
		break;
	}
}

/** Append RUN: arguments with a value are in front (prependEnvOnCmd). */
static void put_run(struct ctx_buf *out, const struct ana_run *run, const struct ana_classic_config *c,
	const struct ana_build_args *args) {
	if (c->arg_count > 0 || ana_classic_has_proxy(c, args)) {
		ctx_buf_addc(out, '|');
		ana_put_number(out, c->arg_count);
		ana_put_number(out, c->arg_sum);
	}
	put_line(out, c, &run->line);
}

/** ENTRYPOINT. */
static int set_entrypoint(struct ana_classic_config *config, const struct ana_command_line *line,
	struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	put_line(&text, config, line);
	config->entrypoint = ctx_hash_bytes(ctx_buf_str(&text), text.len);
	return ctx_buf_ok(&text) ? 0 : ctx_fail_nomem(err);
}

int ana_classic_configure(struct ana_classic_config *c, const struct ana_instruction *ins, struct ctx_arena *arena,
	struct ctx_error *err) {
	int rc = 0;
	switch (ins->keyword) {
	case ANA_KW_ENV:
		for (uint32_t i = 0; rc == 0 && i < ins->pairs.count; ++i) {
			rc = ana_classic_env(c, ins->pairs.items[i].key, ins->pairs.items[i].value, arena, err);
		}
		return rc;
	case ANA_KW_LABEL:
		for (uint32_t i = 0; rc == 0 && i < ins->pairs.count; ++i) {
			struct ana_pair *pair = &ins->pairs.items[i];
			rc = ana_classic_entry(c, 'l', pair->key, pair->value, arena, err);
		}
		return rc;
	case ANA_KW_EXPOSE:
	case ANA_KW_VOLUME:
		for (uint32_t i = 0; rc == 0 && i < ins->list.count; ++i) {
			rc = ana_classic_entry(c, ins->keyword == ANA_KW_EXPOSE ? 'p' : 'v', ins->list.items[i],
				CTX_STR(""), arena, err);
		}
		return rc;
	case ANA_KW_SHELL:
		c->shell = ins->list.items;
		c->shell_count = ins->list.count;
		return 0;
	case ANA_KW_USER:
		c->user = ins->text;
		return 0;
	case ANA_KW_ENTRYPOINT:
		return set_entrypoint(c, &ins->line, err);
	default:
		return 0;
	}
}

int ana_classic_command(struct ana_classic_step *step, const struct ana_instruction *ins,
	const struct ana_classic_config *config, const struct ana_build_args *args, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	bool runs = ins->keyword == ANA_KW_RUN;
	if (runs) {
		put_run(&text, &ins->run, config, args);
	} else {
		put_instruction(&text, ins, config);
	}
	step->own = ctx_hash_bytes(ctx_buf_str(&text), text.len);
	if (!runs) {
		ctx_buf_adds(&text, "#(nop) ");
		put_shell(&text, config);
	}
	ana_put_number(&text, config->sum);
	ana_put_number(&text, config->more);
	ana_put_str(&text, config->user);
	if (!runs) { // a RUN has no entry point
		ctx_buf_add(&text, config->entrypoint.bytes, sizeof(config->entrypoint.bytes));
	}
	if (!ctx_buf_ok(&text)) {
		return ctx_fail_nomem(err);
	}
	step->command = ctx_hash_bytes(ctx_buf_str(&text), text.len);
	return 0;
}
