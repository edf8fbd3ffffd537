#include "analyzer/dockerfile/ip.h"

// Source: Go 1.26 src/net/netip/netip.go (parseIPv4Fields, parseIPv6).

bool ana_ip_v4_valid(struct ctx_str text) {
	unsigned value = 0, digits = 0, dots = 0;
	for (size_t i = 0; i < text.len; ++i) {
		char c = text.ptr[i];
		if (c == '.') {
			if (digits == 0 || ++dots > 3) {
				return false;
			}
			value = digits = 0;
			continue;
		}
		if (c < '0' || c > '9' || (digits == 1 && value == 0)) {
			return false;
		}
		value = value * 10 + (unsigned)(c - '0');
		++digits;
		if (value > 255) {
			return false;
		}
	}
	return dots == 3 && digits > 0;
}

/** Hexadecimal digit. */
static bool is_hex(char c) {
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/** Groups between single colons; the last may be an IPv4 address, which counts for two.  -1 if one is malformed. */
static int count_groups(struct ctx_str text, bool last) {
	int count = 0;
	size_t at = 0;
	while (at < text.len) {
		size_t end = at;
		while (end < text.len && is_hex(text.ptr[end])) {
			++end;
		}
		if (end < text.len && text.ptr[end] == '.') {
			return last && end - at <= 4 && ana_ip_v4_valid(ctx_str_from(text, at)) ? count + 2 : -1;
		}
		bool more = end < text.len;
		if (end == at || end - at > 4 || (more && (text.ptr[end] != ':' || end + 1 == text.len))) {
			return -1;
		}
		++count;
		at = end + more;
	}
	return count;
}

bool ana_ip_v6_valid(struct ctx_str text, bool zone) {
	const char *percent = text.len == 0 ? NULL : memchr(text.ptr, '%', text.len);
	if (percent != NULL) {
		size_t len = (size_t)(percent - text.ptr);
		if (!zone || len + 1 == text.len) {
			return false;
		}
		text.len = len;
	}
	const char *gap = text.len < 2 ? NULL : memmem(text.ptr, text.len, "::", 2);
	if (gap == NULL) {
		return count_groups(text, true) == 8;
	}
	struct ctx_str before = { text.ptr, (size_t)(gap - text.ptr) };
	int a = count_groups(before, false);
	int b = count_groups(ctx_str_from(text, before.len + 2), true);
	return a >= 0 && b >= 0 && a + b < 8;
}
