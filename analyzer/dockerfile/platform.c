#include "analyzer/dockerfile/platform.h"

#include "ctxopt/base/path.h"

#include <stdlib.h>

/** Copy in lower case (ASCII: the grammar lets nothing else through). */
static struct ctx_str lower(struct ctx_str text, struct ctx_arena *arena) {
	char *copy = ctx_arena_memdup0(arena, text.len == 0 ? "" : text.ptr, text.len);
	for (size_t i = 0; copy != NULL && i < text.len; ++i) {
		if (copy[i] >= 'A' && copy[i] <= 'Z') {
			copy[i] = (char)(copy[i] - 'A' + 'a');
		}
	}
	return (struct ctx_str){ copy, copy == NULL ? 0 : text.len };
}

/** Is the text one of the words? */
static bool one_of(struct ctx_str text, const char *const *words, size_t count) {
	for (size_t i = 0; i < count; ++i) {
		if (ctx_str_is(text, words[i])) {
			return true;
		}
	}
	return false;
}

/** Operating systems that Go knows (database.go isKnownOS). */
static bool known_os(struct ctx_str os) {
	static const char *const words[] = { "aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos",
		"ios", "js", "linux", "nacl", "netbsd", "openbsd", "plan9", "solaris", "windows", "zos" };
	return one_of(os, words, CTX_COUNTOF(words));
}

/** Architectures that Go knows (database.go isKnownArch). */
static bool known_arch(struct ctx_str arch) {
	static const char *const words[] = { "386", "amd64", "amd64p32", "arm", "armbe", "arm64", "arm64be", "ppc64",
		"ppc64le", "loong64", "mips", "mipsle", "mips64", "mips64le", "mips64p32", "mips64p32le", "ppc",
		"riscv", "riscv64", "s390", "s390x", "sparc", "sparc64", "wasm" };
	return one_of(arch, words, CTX_COUNTOF(words));
}

/** Variant of 32-bit ARM (database.go normalizeArch). */
static struct ctx_str normal_arm_variant(struct ctx_str variant) {
	static const struct {
		const char *from, *to;
	} rows[] = { { "", "v7" }, { "7", "v7" }, { "5", "v5" }, { "6", "v6" }, { "8", "v8" } };
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		if (ctx_str_is(variant, rows[i].from)) {
			return CTX_STR(rows[i].to);
		}
	}
	return variant;
}

/** Variant of 64-bit ARM. */
static struct ctx_str normal_arm64_variant(struct ctx_str variant) {
	static const char *const eight[] = { "8", "v8", "v8.0" };
	static const char *const nine[] = { "9", "9.0", "v9.0" };
	if (one_of(variant, eight, CTX_COUNTOF(eight))) {
		return CTX_STR("");
	}
	return one_of(variant, nine, CTX_COUNTOF(nine)) ? CTX_STR("v9") : variant;
}

/** One spelling per architecture (normalizeArch); both are in lower case already. */
static void normal_arch(struct ctx_str *arch, struct ctx_str *variant) {
	static const char *const amd64[] = { "x86_64", "x86-64", "amd64" };
	static const char *const arm64[] = { "aarch64", "arm64" };
	if (ctx_str_is(*arch, "i386")) {
		*arch = CTX_STR("386");
		*variant = CTX_STR("");
	} else if (one_of(*arch, amd64, CTX_COUNTOF(amd64))) {
		*arch = CTX_STR("amd64");
		*variant = ctx_str_is(*variant, "v1") ? CTX_STR("") : *variant;
	} else if (one_of(*arch, arm64, CTX_COUNTOF(arm64))) {
		*arch = CTX_STR("arm64");
		*variant = normal_arm64_variant(*variant);
	} else if (ctx_str_is(*arch, "armhf")) {
		*arch = CTX_STR("arm");
		*variant = CTX_STR("v7");
	} else if (ctx_str_is(*arch, "armel")) {
		*arch = CTX_STR("arm");
		*variant = CTX_STR("v6");
	} else if (ctx_str_is(*arch, "arm")) {
		*variant = normal_arm_variant(*variant);
	}
}

/** Letters, digits and the further bytes in `more`. */
static bool word_of(struct ctx_str text, const char *more) {
	for (size_t i = 0; i < text.len; ++i) {
		unsigned char c = (unsigned char)text.ptr[i];
		bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!alnum && (c == '\0' || strchr(more, c) == NULL)) {
			return false;
		}
	}
	return true;
}

/** Undo "%28" in a version; a percent sign without two digits is an error. */
static int decode_version(struct ctx_str *out, struct ctx_str text, struct ctx_arena *arena) {
	char *copy = ctx_arena_memdup0(arena, text.len == 0 ? "" : text.ptr, text.len);
	if (copy == NULL) {
		return CTX_E_NOMEM;
	}
	size_t len = 0;
	for (size_t i = 0; i < text.len; ++i) {
		char c = text.ptr[i];
		if (c == '%') {
			if (i + 2 >= text.len || ctx_hex_value(text.ptr[i + 1]) < 0 ||
				ctx_hex_value(text.ptr[i + 2]) < 0) {
				return CTX_E_SYNTAX;
			}
			c = (char)(ctx_hex_value(text.ptr[i + 1]) << 4 | ctx_hex_value(text.ptr[i + 2]));
			i += 2;
		}
		copy[len++] = c;
	}
	*out = (struct ctx_str){ copy, len };
	return 0;
}

/** Are these "+feature+feature", none of them empty? */
static bool features_valid(struct ctx_str text) {
	for (size_t i = 0; i < text.len; ++i) {
		bool last = i + 1 == text.len || text.ptr[i + 1] == '+';
		if (text.ptr[i] == '+' && last) {
			return false;
		}
	}
	return true;
}

/** The first component: "os" or "os(version+feature)".  Features are checked and dropped: nothing offline depends on them. */
static int parse_os(struct ana_platform *out, struct ctx_str part, struct ctx_str whole, struct ctx_arena *arena,
	struct ctx_error *err) {
	const char *open = part.len == 0 ? NULL : memchr(part.ptr, '(', part.len);
	struct ctx_str os = { part.ptr, open == NULL ? part.len : (size_t)(open - part.ptr) };
	struct ctx_str options = CTX_STR("");
	bool valid = os.len > 0 && word_of(os, "_-");
	if (open != NULL) {
		options = ctx_str_from(part, os.len + 1);
		valid = valid && options.len > 0 && options.ptr[options.len - 1] == ')';
		options.len -= options.len > 0;
	}
	const char *plus = options.len == 0 ? NULL : memchr(options.ptr, '+', options.len);
	size_t version_len = plus == NULL ? options.len : (size_t)(plus - options.ptr);
	if (!valid || !word_of(options, "_.%+-") || !features_valid(ctx_str_from(options, version_len))) {
		return ctx_fail(err, CTX_E_SYNTAX,
			"\"%.*s\" is an invalid OS component of \"%.*s\": OSAndVersion specifier component must match "
			"\"^([A-Za-z0-9_-]+)(?:\\\\(([A-Za-z0-9_.%%-]*)((?:\\\\+[A-Za-z0-9_.%%-]+)*)\\\\))?$\": invalid argument",
			CTX_STR_ARGS(part), CTX_STR_ARGS(whole));
	}
	struct ctx_str version = { options.ptr, version_len };
	int rc = decode_version(&out->os_version, version, arena);
	if (rc == CTX_E_SYNTAX) {
		return ctx_fail(err, rc, "\"%.*s\" has an invalid OS version \"%.*s\": invalid URL escape",
			CTX_STR_ARGS(whole), CTX_STR_ARGS(version));
	}
	out->os = lower(os, arena);
	if (rc < 0 || out->os.ptr == NULL) {
		return ctx_fail_nomem(err);
	}
	if (ctx_str_is(out->os, "macos")) {
		out->os = CTX_STR("darwin");
	}
	return 0;
}

/** A single component: an operating system, or an architecture. */
static int parse_single(struct ana_platform *out, struct ctx_str text, const struct ana_platform *host,
	struct ctx_arena *arena, struct ctx_error *err) {
	if (known_os(out->os)) {
		out->arch = host->arch;
		out->variant = CTX_STR("");
		if (ctx_str_is(host->arch, "arm") && !ctx_str_is(host->variant, "v7")) {
			out->variant = host->variant;
		}
		return 0;
	}
	out->arch = lower(text, arena);
	out->variant = CTX_STR("");
	if (out->arch.ptr == NULL) {
		return ctx_fail_nomem(err);
	}
	normal_arch(&out->arch, &out->variant);
	if (ctx_str_is(out->arch, "arm") && ctx_str_is(out->variant, "v7")) {
		out->variant = CTX_STR("");
	}
	if (!known_arch(out->arch)) {
		return ctx_fail(err, CTX_E_SYNTAX,
			"\"%.*s\": unknown operating system or architecture: invalid argument", CTX_STR_ARGS(text));
	}
	out->os = host->os;
	return 0;
}

/** Split at slashes into at most four parts; the last holds the rest. */
static size_t split(struct ctx_str parts[4], struct ctx_str text) {
	size_t count = 0;
	while (count < 3) {
		const char *slash = text.len == 0 ? NULL : memchr(text.ptr, '/', text.len);
		if (slash == NULL) {
			break;
		}
		size_t len = (size_t)(slash - text.ptr);
		parts[count++] = (struct ctx_str){ text.ptr, len };
		text = ctx_str_from(text, len + 1);
	}
	parts[count++] = text;
	return count;
}

/** Check the components behind the first. */
static int check_parts(const struct ctx_str *parts, size_t count, struct ctx_str text, struct ctx_error *err) {
	for (size_t i = 1; i < count; ++i) {
		if (parts[i].len == 0 || !word_of(parts[i], "_.-")) {
			return ctx_fail(err, CTX_E_SYNTAX,
				"\"%.*s\" is an invalid component of \"%.*s\": platform specifier component must match "
				"\"^[A-Za-z0-9_.-]+$\": invalid argument",
				CTX_STR_ARGS(parts[i]), CTX_STR_ARGS(text));
		}
	}
	if (count > 3) {
		return ctx_fail(err, CTX_E_SYNTAX, "\"%.*s\": cannot parse platform specifier: invalid argument",
			CTX_STR_ARGS(text));
	}
	return 0;
}

int ana_platform_parse(struct ana_platform *out, struct ctx_str text, const struct ana_platform *host,
	struct ctx_arena *arena, struct ctx_error *err) {
	*out = (struct ana_platform){ CTX_STR(""), CTX_STR(""), CTX_STR(""), CTX_STR("") };
	if (text.len > 0 && memchr(text.ptr, '*', text.len) != NULL) {
		return ctx_fail(err, CTX_E_SYNTAX, "\"%.*s\": wildcards not yet supported: invalid argument",
			CTX_STR_ARGS(text));
	}
	struct ctx_str parts[4];
	size_t count = split(parts, text);
	int rc = parse_os(out, parts[0], text, arena, err);
	if (rc == 0) {
		rc = check_parts(parts, count, text, err);
	}
	if (rc < 0) {
		return rc;
	}
	if (count == 1) {
		return parse_single(out, text, host, arena, err);
	}
	out->arch = lower(parts[1], arena);
	out->variant = count == 3 ? lower(parts[2], arena) : CTX_STR("");
	if (out->arch.ptr == NULL || out->variant.ptr == NULL) {
		return ctx_fail_nomem(err);
	}
	normal_arch(&out->arch, &out->variant);
	if (count == 2 && ctx_str_is(out->arch, "arm") && ctx_str_is(out->variant, "v7")) {
		out->variant = CTX_STR("");
	}
	if (count == 3 && ctx_str_is(out->arch, "arm64") && out->variant.len == 0) {
		out->variant = CTX_STR("v8");
	}
	return 0;
}

struct ana_platform ana_platform_normalize(const struct ana_platform *p, const struct ana_platform *host,
	struct ctx_arena *arena) {
	struct ana_platform out = *p;
	out.os = p->os.len == 0 ? host->os : lower(p->os, arena);
	if (ctx_str_is(out.os, "macos")) {
		out.os = CTX_STR("darwin");
	}
	out.arch = lower(p->arch, arena);
	out.variant = lower(p->variant, arena);
	normal_arch(&out.arch, &out.variant);
	return out;
}

struct ana_platform ana_platform_host(void) {
	struct ana_platform host = { CTX_STR("linux"), CTX_STR(""), CTX_STR("amd64"), CTX_STR("") };
#if defined(__aarch64__)
	host.arch = CTX_STR("arm64");
#elif defined(__arm__)
	host.arch = CTX_STR("arm");
	host.variant = CTX_STR("v7");
#elif defined(__i386__)
	host.arch = CTX_STR("386");
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
	host.arch = CTX_STR("ppc64le");
#elif defined(__s390x__)
	host.arch = CTX_STR("s390x");
#elif defined(__riscv) && __riscv_xlen == 64
	host.arch = CTX_STR("riscv64");
#elif defined(__loongarch64)
	host.arch = CTX_STR("loong64");
#endif
	return host;
}

/** Append a version as it stands in a platform: what the grammar needs is escaped. */
static void add_version(struct ctx_buf *out, struct ctx_str version) {
	for (size_t i = 0; i < version.len; ++i) {
		char c = version.ptr[i];
		if (c == '%' || c == '+' || c == '(' || c == ')' || c == '/') {
			ctx_buf_addf(out, "%%%02X", (unsigned)c);
		} else {
			ctx_buf_addc(out, c);
		}
	}
}

struct ctx_str ana_platform_format(const struct ana_platform *p, struct ctx_arena *arena) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT, out = CTX_BUF_INIT;
	ctx_buf_add(&text, p->os.ptr, p->os.len);
	if (p->os_version.len > 0) {
		ctx_buf_addc(&text, '(');
		add_version(&text, p->os_version);
		ctx_buf_addc(&text, ')');
	}
	const struct ctx_str rest[] = { p->arch, p->variant };
	for (size_t i = 0; i < CTX_COUNTOF(rest); ++i) {
		if (rest[i].len > 0) {
			ctx_buf_addc(&text, '/');
			ctx_buf_add(&text, rest[i].ptr, rest[i].len);
		}
	}
	if (p->os.len == 0) {
		ctx_buf_adds(&out, "unknown");
	} else {
		ctx_path_clean(&out, ctx_buf_str(&text), text.len); // joined as a path: ".." works
	}
	bool ok = ctx_buf_ok(&text) && ctx_buf_ok(&out);
	char *copy = ok ? ctx_arena_memdup0(arena, ctx_buf_str(&out), out.len) : NULL;
	return (struct ctx_str){ copy, copy == NULL ? 0 : out.len };
}

bool ana_platform_eq(const struct ana_platform *a, const struct ana_platform *b) {
	return ctx_str_eq(a->os, b->os) && ctx_str_eq(a->os_version, b->os_version) && ctx_str_eq(a->arch, b->arch) &&
		ctx_str_eq(a->variant, b->variant);
}
