#include "analyzer/dockerfile/values.h"

#include "analyzer/dockerfile/ip.h"

#include <stdlib.h>
#include <strings.h>

/** Largest port. */
#define PORT_MAX 65535

bool ana_int_parse(int64_t *out, struct ctx_str text) {
	bool negative = text.len > 0 && text.ptr[0] == '-';
	size_t at = negative || (text.len > 0 && text.ptr[0] == '+');
	if (at == text.len) {
		return false;
	}
	int64_t value = 0;
	for (; at < text.len; ++at) {
		int digit = text.ptr[at] - '0';
		if (digit < 0 || digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
			__builtin_sub_overflow(value, digit, &value)) {
			return false;
		}
	}
	// Negative all along, because there is one more negative value than positive ones
	return negative ? (*out = value, true) : !__builtin_sub_overflow(0, value, out);
}

bool ana_bool_parse(bool *out, struct ctx_str text) {
	static const char *const words[2][6] = { { "0", "f", "F", "FALSE", "false", "False" },
		{ "1", "t", "T", "TRUE", "true", "True" } };
	for (int value = 0; value < 2; ++value) {
		for (size_t i = 0; i < CTX_COUNTOF(words[value]); ++i) {
			if (ctx_str_is(text, words[value][i])) {
				*out = value == 1;
				return true;
			}
		}
	}
	return false;
}

/** Equal but for the case of ASCII letters? */
static bool same_word(struct ctx_str text, const char *word) {
	return ctx_str_same(text, CTX_STR(word));
}

/** "80" or "8000-9000" (parsePortRange). */
static bool parse_range(struct ctx_str text, int64_t *start, int64_t *end) {
	size_t dash = ctx_str_find(text, '-');
	struct ctx_str first = { text.ptr, dash };
	struct ctx_str last = dash < text.len ? ctx_str_from(text, dash + 1) : first;
	if (text.len == 0 || !ana_int_parse(start, first) || *start < 0 || *start > PORT_MAX) {
		return false;
	}
	*end = *start;
	if (ctx_str_eq(first, last)) {
		return true;
	}
	return ana_int_parse(end, last) && *end >= 0 && *end <= PORT_MAX && *end >= *start;
}

/** The address in front of the ports. */
static int check_ip(struct ctx_str ip, struct ctx_error *err) {
	if (ip.len > 0 && ip.ptr[0] == '[') {
		struct ctx_str inner = ctx_str_from(ip, 1);
		size_t close = ctx_str_find(inner, ']');
		if (close + 1 != inner.len || ctx_str_find(inner, '[') < inner.len) {
			return ctx_fail(err, CTX_E_SYNTAX, "invalid IP address %.*s", CTX_STR_ARGS(ip));
		}
		ip = (struct ctx_str){ inner.ptr, close };
	}
	if (ip.len > 0 && !ana_ip_v4_valid(ip) && !ana_ip_v6_valid(ip, false)) {
		return ctx_fail(err, CTX_E_SYNTAX, "invalid IP address: %.*s", CTX_STR_ARGS(ip));
	}
	return 0;
}

/** The ports of the host must be as many as those of the container, unless that has one. */
static int check_ranges(struct ctx_str host, struct ctx_str container, struct ctx_error *err) {
	int64_t start, end, host_start, host_end;
	if (!parse_range(container, &start, &end)) {
		return ctx_fail(err, CTX_E_SYNTAX, "invalid containerPort: %.*s", CTX_STR_ARGS(container));
	}
	if (host.len == 0) {
		return 0;
	}
	if (!parse_range(host, &host_start, &host_end)) {
		return ctx_fail(err, CTX_E_SYNTAX, "invalid hostPort: %.*s", CTX_STR_ARGS(host));
	}
	if (end - start != host_end - host_start && end != start) {
		return ctx_fail(err, CTX_E_SYNTAX,
			"invalid ranges specified for container and host Ports: %.*s and %.*s", CTX_STR_ARGS(container),
			CTX_STR_ARGS(host));
	}
	return 0;
}

int ana_port_split(struct ana_port *out, struct ctx_str port, struct ctx_error *err) {
	// From the right: container port, host port, and whatever is left is the address
	struct ctx_str ip = CTX_STR(""), host = CTX_STR(""), container = port;
	size_t colon = ctx_str_find_last(port, ':');
	if (colon < port.len) {
		container = ctx_str_from(port, colon + 1);
		host = (struct ctx_str){ port.ptr, colon };
		size_t second = ctx_str_find_last(host, ':');
		if (second < host.len) {
			ip = (struct ctx_str){ host.ptr, second };
			host = ctx_str_from(host, second + 1);
		}
	}
	size_t slash = ctx_str_find(container, '/');
	struct ctx_str proto = slash < container.len ? ctx_str_from(container, slash + 1) : CTX_STR("");
	container.len = slash;
	if (container.len == 0) {
		return ctx_fail(err, CTX_E_SYNTAX, "invalid port: \"%.*s\": no port specified", CTX_STR_ARGS(port));
	}
	if (proto.len > 0 && !same_word(proto, "tcp") && !same_word(proto, "udp") && !same_word(proto, "sctp")) {
		return ctx_fail(err, CTX_E_SYNTAX, "invalid port: \"%.*s\": invalid proto: %.*s", CTX_STR_ARGS(port),
			CTX_STR_ARGS(proto));
	}
	*out = (struct ana_port){ ip, host, container, proto };
	return 0;
}

int ana_port_check(struct ctx_str port, struct ctx_error *err) {
	struct ana_port parts;
	int rc = ana_port_split(&parts, port, err);
	rc = rc < 0 ? rc : check_ip(parts.ip, err);
	return rc < 0 ? rc : check_ranges(parts.host, parts.container, err);
}

/** "RTMIN+3", "RTMAX-14": up to `most` away. */
static bool realtime(struct ctx_str name, const char *base, char sign, int64_t most) {
	size_t len = strlen(base);
	if (name.len < len || strncasecmp(name.ptr, base, len) != 0) {
		return false;
	}
	struct ctx_str rest = ctx_str_from(name, len);
	if (rest.len == 0) {
		return true;
	}
	int64_t away;
	return rest.len >= 2 && rest.len <= 3 && rest.ptr[0] == sign && rest.ptr[1] >= '1' && rest.ptr[1] <= '9' &&
		ana_int_parse(&away, ctx_str_from(rest, 1)) && away <= most;
}

int ana_signal_check(struct ctx_str name, struct ctx_error *err) {
	static const char *const names[] = { "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT",
		"IO", "IOT", "KILL", "PIPE", "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM",
		"TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ" };
	int64_t number;
	if (ana_int_parse(&number, name)) {
		return number == 0 ? ctx_fail(err, CTX_E_SYNTAX, "invalid signal: %.*s", CTX_STR_ARGS(name)) : 0;
	}
	struct ctx_str rest = name;
	if (rest.len >= 3 && strncasecmp(rest.ptr, "SIG", 3) == 0) {
		rest = ctx_str_from(rest, 3);
	}
	for (size_t i = 0; i < CTX_COUNTOF(names); ++i) {
		if (same_word(rest, names[i])) {
			return 0;
		}
	}
	if (realtime(rest, "RTMIN", '+', 15) || realtime(rest, "RTMAX", '-', 14)) {
		return 0;
	}
	return ctx_fail(err, CTX_E_SYNTAX, "invalid signal: %.*s", CTX_STR_ARGS(name));
}

/** "u+x,go=rX": clauses of who, then actions of an operator and permissions. */
static bool valid_symbolic(struct ctx_str text) {
	size_t i = 0;
	for (;;) {
		while (i < text.len && text.ptr[i] != '\0' && strchr("augo", text.ptr[i]) != NULL) {
			++i;
		}
		if (i == text.len || text.ptr[i] == ',') {
			return false; // a clause has at least one action
		}
		while (i < text.len && text.ptr[i] != ',') {
			if (text.ptr[i] == '\0' || strchr("+-=", text.ptr[i]) == NULL) {
				return false;
			}
			++i;
			while (i < text.len && text.ptr[i] != '\0' && strchr("rstwXxugo", text.ptr[i]) != NULL) {
				++i;
			}
		}
		if (i == text.len) {
			return true;
		}
		++i;
	}
}

int ana_chmod_parse(int64_t *mode, struct ctx_str text, struct ctx_error *err) {
	int64_t value = 0;
	bool octal = text.len > 0;
	for (size_t i = 0; i < text.len; ++i) {
		octal = octal && text.ptr[i] >= '0' && text.ptr[i] <= '7' && value <= 07777;
		value = octal ? value * 8 + (text.ptr[i] - '0') : value;
	}
	*mode = value;
	if (octal && value <= 07777) {
		return 0;
	}
	if (text.len > 0 && text.ptr[0] >= '0' && text.ptr[0] <= '9') {
		return ctx_fail(err, CTX_E_SYNTAX,
			"invalid chmod parameter: '%.*s'. it should be octal string and between 0 and 07777",
			CTX_STR_ARGS(text));
	}
	*mode = -1;
	return valid_symbolic(text) ? 0 : ctx_fail(err, CTX_E_SYNTAX, "invalid syntax");
}
