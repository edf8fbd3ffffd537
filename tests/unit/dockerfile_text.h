/**
 * Instructions as short texts, for tables of tests.
 */
#ifndef TESTS_UNIT_DOCKERFILE_TEXT_H
#define TESTS_UNIT_DOCKERFILE_TEXT_H

#include "analyzer/dockerfile/dockerfile.h"
#include "ctxopt/base/buf.h"

/** " KEY=[value]" unless the value is empty. */
static inline void text_some(struct ctx_buf *out, const char *key, struct ctx_str value) {
	if (value.len > 0) {
		ctx_buf_addf(out, " %s=[%.*s]", key, CTX_STR_ARGS(value));
	}
}

/** " [value]" for each. */
static inline void text_each(struct ctx_buf *out, const char *mark, const struct ctx_str *values, uint32_t count) {
	for (uint32_t i = 0; i < count; ++i) {
		ctx_buf_addf(out, " %s[%.*s]", mark, CTX_STR_ARGS(values[i]));
	}
}

/** " sh" for the shell form, then the arguments. */
static inline void text_line(struct ctx_buf *out, const struct ana_command_line *line) {
	ctx_buf_adds(out, line->shell ? " sh" : "");
	ctx_buf_adds(out, line->script ? " script" : "");
	text_each(out, "", line->args, line->arg_count);
}

/** ADD and COPY. */
static inline void text_copy(struct ctx_buf *out, const struct ana_copy *copy) {
	static const char *const tristate[] = { "", "=no", "=yes" };
	text_some(out, "from", copy->from);
	text_some(out, "chown", copy->chown);
	text_some(out, "chmod", copy->chmod);
	text_some(out, "checksum", copy->checksum);
	ctx_buf_adds(out, copy->link ? " link" : "");
	ctx_buf_adds(out, copy->parents ? " parents" : "");
	if (copy->keep_git_dir != ANA_UNSET) {
		ctx_buf_addf(out, " git%s", tristate[copy->keep_git_dir]);
	}
	if (copy->unpack != ANA_UNSET) {
		ctx_buf_addf(out, " unpack%s", tristate[copy->unpack]);
	}
	text_each(out, "-", copy->excludes, copy->exclude_count);
	text_each(out, "", copy->sources, copy->source_count);
	for (uint32_t i = 0; i < copy->file_count; ++i) {
		const struct ana_inline_file *file = &copy->files[i];
		ctx_buf_addf(out, " %s[%.*s:%.*s]", file->expand ? "$" : "'", CTX_STR_ARGS(file->name),
			CTX_STR_ARGS(file->data));
	}
	ctx_buf_addf(out, " > [%.*s]", CTX_STR_ARGS(copy->dest));
}

/** RUN. */
static inline void text_run(struct ctx_buf *out, const struct ana_run *run) {
	text_each(out, "mount", run->mounts, run->mount_count);
	text_each(out, "device", run->devices, run->device_count);
	if (!ctx_str_is(run->network, "default")) {
		text_some(out, "network", run->network);
	}
	if (!ctx_str_is(run->security, "sandbox")) {
		text_some(out, "security", run->security);
	}
	text_line(out, &run->line);
}

/** HEALTHCHECK: numbers in the order of the struct. */
static inline void text_healthcheck(struct ctx_buf *out, const struct ana_healthcheck *h) {
	if (h->none) {
		ctx_buf_adds(out, " none");
		return;
	}
	ctx_buf_addf(out, " %lld %lld %lld %lld %d", (long long)h->interval_ns, (long long)h->timeout_ns,
		(long long)h->start_period_ns, (long long)h->start_interval_ns, (int)h->retries);
	text_line(out, &h->line);
}

/** ENV, LABEL and ARG. */
static inline void text_names(struct ctx_buf *out, const struct ana_instruction *ins) {
	if (ins->keyword == ANA_KW_ARG) {
		for (uint32_t i = 0; i < ins->args.count; ++i) {
			ctx_buf_addf(out, " [%.*s]", CTX_STR_ARGS(ins->args.items[i].name));
			if (ins->args.items[i].value.ptr != NULL) {
				ctx_buf_addf(out, "=[%.*s]", CTX_STR_ARGS(ins->args.items[i].value));
			}
		}
		return;
	}
	for (uint32_t i = 0; i < ins->pairs.count; ++i) {
		const struct ana_pair *pair = &ins->pairs.items[i];
		ctx_buf_addf(out, " [%.*s]%s[%.*s]", CTX_STR_ARGS(pair->key), pair->legacy ? " " : "=",
			CTX_STR_ARGS(pair->value));
	}
}

/** "KEYWORD values". */
static inline void text_instruction(struct ctx_buf *out, const struct ana_instruction *ins) {
	ctx_buf_adds(out, ana_keyword_name(ins->keyword));
	switch (ins->keyword) {
	case ANA_KW_ADD:
	case ANA_KW_COPY:
		text_copy(out, &ins->copy);
		break;
	case ANA_KW_ARG:
	case ANA_KW_ENV:
	case ANA_KW_LABEL:
		text_names(out, ins);
		break;
	case ANA_KW_CMD:
	case ANA_KW_ENTRYPOINT:
		text_line(out, &ins->line);
		break;
	case ANA_KW_RUN:
		text_run(out, &ins->run);
		break;
	case ANA_KW_HEALTHCHECK:
		text_healthcheck(out, &ins->healthcheck);
		break;
	case ANA_KW_EXPOSE:
	case ANA_KW_VOLUME:
	case ANA_KW_SHELL:
		text_each(out, "", ins->list.items, ins->list.count);
		break;
	case ANA_KW_UNKNOWN:
	case ANA_KW_FROM:
	case ANA_KW_COUNT:
		break;
	case ANA_KW_MAINTAINER:
	case ANA_KW_ONBUILD:
	case ANA_KW_STOPSIGNAL:
	case ANA_KW_USER:
	case ANA_KW_WORKDIR:
		ctx_buf_addf(out, " [%.*s]", CTX_STR_ARGS(ins->text));
		break;
	}
}

#endif
