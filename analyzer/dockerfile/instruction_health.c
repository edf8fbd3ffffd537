#include "analyzer/dockerfile/duration.h"
#include "analyzer/dockerfile/instruction.h"
#include "ctxopt/base/rune_case.h"

/** Shortest duration but 0. */
#define DURATION_MIN_NS 1000000

/** Flags of HEALTHCHECK. */
enum { INTERVAL, TIMEOUT, START_PERIOD, START_INTERVAL, RETRIES, FLAG_COUNT };

/** A duration flag (parseOptInterval). */
static int type_duration(const struct ana_typing *t, const struct ana_flag *flag, int64_t *ns) {
	struct ctx_error why;
	*ns = 0;
	if (flag->value.len == 0) {
		return 0;
	}
	int rc = ana_duration_parse(ns, flag->value, &why);
	if (rc == CTX_E_SYNTAX) {
		return ana_refuse(t, flag->value, "%s", why.msg);
	}
	if (rc < 0) {
		return ctx_fail_nomem(t->err);
	}
	if (*ns != 0 && *ns < DURATION_MIN_NS) {
		return ana_refuse(t, flag->value, "Interval \"%s\" cannot be less than 1ms", flag->name);
	}
	return 0;
}

/** --retries. */
static int type_retries(const struct ana_typing *t, const struct ana_flag *flag, int32_t *retries) {
	struct ctx_error why;
	*retries = 0;
	if (flag->value.len == 0) {
		return 0;
	}
	int rc = ana_int32_parse(retries, flag->value, &why);
	if (rc == CTX_E_SYNTAX) {
		return ana_refuse(t, flag->value, "%s", why.msg);
	}
	if (rc < 0) {
		return ctx_fail_nomem(t->err);
	}
	if (*retries < 0) {
		return ana_refuse(t, flag->value, "--retries cannot be negative (%d)", (int)*retries);
	}
	return 0;
}

/** All numbers, in the order in which BuildKit reads them. */
static int type_numbers(const struct ana_typing *t, const struct ana_flag *flags, struct ana_healthcheck *check) {
	int64_t *const durations[] = {
		[INTERVAL] = &check->interval_ns,
		[TIMEOUT] = &check->timeout_ns,
		[START_PERIOD] = &check->start_period_ns,
		[START_INTERVAL] = &check->start_interval_ns,
	};
	for (size_t i = 0; i < CTX_COUNTOF(durations); ++i) {
		int rc = type_duration(t, &flags[i], durations[i]);
		if (rc != 0) {
			return rc;
		}
	}
	return type_retries(t, &flags[RETRIES], &check->retries);
}

/** HEALTHCHECK NONE, which looks at no flag. */
static int type_none(const struct ana_typing *t, struct ana_healthcheck *check) {
	if (t->node->arg_count > 1) {
		return ana_refuse(t, t->node->args[1], "HEALTHCHECK NONE takes no arguments");
	}
	check->none = true;
	return 0;
}

int ana_type_healthcheck(const struct ana_typing *t, struct ana_instruction *ins) {
	struct ana_flag flags[FLAG_COUNT] = {
		[INTERVAL] = { .name = "interval", .kind = ANA_FLAG_TEXT },
		[TIMEOUT] = { .name = "timeout", .kind = ANA_FLAG_TEXT },
		[START_PERIOD] = { .name = "start-period", .kind = ANA_FLAG_TEXT },
		[START_INTERVAL] = { .name = "start-interval", .kind = ANA_FLAG_TEXT },
		[RETRIES] = { .name = "retries", .kind = ANA_FLAG_TEXT },
	};
	const struct ana_node *node = t->node;
	if (node->arg_count == 0) {
		return ana_refuse(t, CTX_STR_NONE, "HEALTHCHECK requires at least one argument");
	}
	struct ctx_str type = ctx_str_upper(node->args[0], t->arena);
	if (type.ptr == NULL) {
		return ctx_fail_nomem(t->err);
	}
	if (ctx_str_is(type, "NONE")) {
		return type_none(t, &ins->healthcheck);
	}
	int rc = ana_flags_parse(t, flags, FLAG_COUNT);
	if (rc != 0) {
		return rc;
	}
	if (!ctx_str_is(type, "CMD")) {
		return ana_refuse(t, node->args[0], "Unknown type %s in HEALTHCHECK (try CMD)", ana_quoted(t, type));
	}
	ins->healthcheck.line = ana_type_command_line(node, 1);
	if (ins->healthcheck.line.arg_count == 0) {
		return ana_refuse(t, node->args[0], "Missing command after HEALTHCHECK CMD");
	}
	return type_numbers(t, flags, &ins->healthcheck);
}
