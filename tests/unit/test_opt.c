#include "ctxopt/cli/opt.h"
#include "ctxopt/cli/opt_complete.h"
#include "ctxopt/cli/opt_file.h"
#include "ctxopt/cli/opt_help.h"
#include "ctxopt/cli/opt_value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/** What the sample command fills. */
struct sample {
	bool tree, quiet;
	const char *file;
	unsigned jobs, mask;
	struct opt_size size;
	int by;
	int format;
	struct opt_list list, operands;
	/** Filled by a table of its own. */
	struct more {
		const char *name;
	} more;
};

static const char *const by_names[] = { "dir", "ext", NULL };
static const char *const format_names[] = { "text", "json", NULL };

/** A check that refuses one word. */
static int not_bad(const char *value, struct ctx_error *err) {
	return strcmp(value, "bad") == 0 ? ctx_fail(err, CTX_E_USAGE, "'%s' is bad", value) : 0;
}

// clang-format off
static const struct opt sample_opts[] = {
	{ .kind = OPT_GROUP, .help = "First group" },
	{ .kind = OPT_FLAG, .name = "tree", .letter = 't', .at = offsetof(struct sample, tree), .help = "a flag" },
	{ .kind = OPT_FLAG, .name = "quiet", .letter = 'q', .flags = OPT_MANNER, .at = offsetof(struct sample, quiet),
	  .help = "a manner" },
	{ .kind = OPT_FILE, .name = "file", .letter = 'f', .arg = "PATH", .at = offsetof(struct sample, file),
	  .help = "a file" },
	{ .kind = OPT_UINT, .name = "jobs", .letter = 'j', .arg = "N", .min = 1, .max = 9, .preset = "2",
	  .at = offsetof(struct sample, jobs), .help = "a number" },
	{ .kind = OPT_OCTAL, .name = "mask", .arg = "MASK", .max = 0777, .preset = "022",
	  .at = offsetof(struct sample, mask), .help = "an octal number" },
	{ .kind = OPT_SIZE, .name = "max-size", .arg = "SIZE", .at = offsetof(struct sample, size), .help = "a size" },
	{ .kind = OPT_CHOICE, .name = "by", .arg = "WHAT", .choices = by_names, .at = offsetof(struct sample, by),
	  .help = "a choice" },
	{ .kind = OPT_CHOICE, .name = "format", .arg = "F", .choices = format_names, .preset = "json",
	  .at = offsetof(struct sample, format), .help = "a choice" },
	{ .kind = OPT_LIST, .name = "list", .letter = 'l', .arg = "X", .check = not_bad,
	  .at = offsetof(struct sample, list), .help = "a list" },
	{ .kind = OPT_HELP, .name = "help", .letter = 'h', .help = "help" },
	{ .kind = OPT_VERSION, .name = "version", .help = "version" },
	{ .kind = OPT_END },
};
static const struct opt more_opts[] = {
	{ .kind = OPT_STR, .name = "name", .arg = "NAME", .at = offsetof(struct more, name), .help = "don't stop" },
	{ .kind = OPT_END },
};
// clang-format on

static const struct cmd sample = {
	.name = "sample",
	.usage = "[OPTIONS] [PATH]...",
	.summary = "a sample",
	.about = "First paragraph.\n\nSecond paragraph.",
	.examples = "sample  # shows nothing\n",
	.sets = { { sample_opts, 0 }, { more_opts, offsetof(struct sample, more) } },
	.args_size = sizeof(struct sample),
	.operands_at = offsetof(struct sample, operands),
	.max_operands = 2,
	.operand = "PATH",
	.operand_kind = OPT_DIR,
};

/** Everything of one parse. */
struct parsed {
	struct sample args;
	struct opt_parsed out;
	struct ctx_error err;
	int rc;
};

/** Parse words separated by blanks. */
static void parse(struct parsed *p, const char *line) {
	static char words[512];
	char *argv[32];
	int argc = 0;
	*p = (struct parsed){ 0 };
	snprintf(words, sizeof(words), "%s", line);
	for (char *c = words; *c != '\0';) {
		argv[argc++] = c;
		c += strcspn(c, " ");
		if (*c == ' ') {
			*c++ = '\0';
		}
	}
	p->rc = opt_parse(&sample, argc, argv, NULL, &p->args, &p->out, &p->err);
}

/** Release what a parse holds. */
static void parsed_release(struct parsed *p) {
	opt_args_release(&sample, &p->args);
	opt_parsed_release(&p->out);
}

/** What was recorded, as one line. */
static void assert_record(const char *line, const char *want) {
	struct parsed p;
	parse(&p, line);
	if (p.rc < 0) {
		fail_msg("'%s': %s", line, p.err.msg);
	}
	char got[512] = "";
	size_t len = 0;
	for (size_t i = 0; i < p.out.record.count; ++i) {
		len += (size_t)snprintf(got + len, sizeof(got) - len, "%s%s", i == 0 ? "" : " ", p.out.record.items[i]);
	}
	assert_string_equal(got, want);
	parsed_release(&p);
}

/** Without words the presets hold. */
static void presets_hold(void **state) {
	(void)state;
	struct parsed p;
	parse(&p, "");
	assert_int_equal(p.rc, 0);
	assert_false(p.args.tree);
	assert_null(p.args.file);
	assert_int_equal(p.args.jobs, 2);
	assert_int_equal(p.args.mask, 022);
	assert_false(p.args.size.set);
	assert_int_equal(p.args.by, -1);
	assert_int_equal(p.args.format, 1);
	assert_int_equal(p.args.operands.values.count, 0);
	assert_int_equal(p.out.wish, OPT_WISH_RUN);
	parsed_release(&p);
}

/** Every kind of value arrives in its field. */
static void values_arrive(void **state) {
	(void)state;
	struct parsed p;
	parse(&p, "-tf x --jobs=9 --mask 077 --max-size 1.5kB --by ext -l a --list=b a b --name n");
	assert_int_equal(p.rc, 0);
	assert_true(p.args.tree);
	assert_string_equal(p.args.file, "x");
	assert_int_equal(p.args.jobs, 9);
	assert_int_equal(p.args.mask, 077);
	assert_true(p.args.size.set);
	assert_int_equal(p.args.size.bytes, 1500);
	assert_int_equal(p.args.by, 1);
	assert_int_equal(p.args.list.values.count, 2);
	assert_string_equal(p.args.list.values.items[1], "b");
	assert_int_equal(p.args.operands.values.count, 2);
	assert_string_equal(p.args.more.name, "n");
	parsed_release(&p);
}

/** Two spellings of one wish leave the same record, and manners leave none. */
static void spellings_are_equal(void **state) {
	(void)state;
	static const struct {
		const char *line, *record;
	} rows[] = {
		{ "", "" },
		{ "-t", "--tree" },
		{ "--tree --no-tree", "--no-tree" },
		{ "-tq", "--tree" },
		{ "-qt a", "--tree a" },
		{ "a -t b", "--tree a b" },
		{ "-fx", "--file=x" },
		{ "-f=x", "--file=x" },
		{ "-f x", "--file=x" },
		{ "-f -", "--file=-" },
		{ "--file x", "--file=x" },
		{ "--file=", "--file=" },
		{ "--file=a=b", "--file=a=b" },
		{ "-tfx -j4", "--tree --file=x --jobs=4" },
		{ "-j4 -fx -t", "--tree --file=x --jobs=4" },
		{ "-j4 -j5", "--jobs=5" },
		{ "-l a -l b --list c", "--list=a --list=b --list=c" },
		{ "-- -t", "-t" },
		{ "- --", "-" },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		assert_record(rows[i].line, rows[i].record);
	}
}

/** Every mistake has its message. */
static void mistakes_are_named(void **state) {
	(void)state;
	static const struct {
		const char *line, *msg;
	} rows[] = {
		{ "--tre", "unknown option '--tre'; did you mean '--tree'?" },
		{ "--ttree", "unknown option '--ttree'; did you mean '--tree'?" },
		{ "--xyzzy", "unknown option '--xyzzy'" },
		{ "--no-file", "unknown option '--no-file'" },
		{ "-x", "unknown option '-x'" },
		{ "-tx", "unknown option '-x' in '-tx'" },
		{ "--tree=1", "option '--tree' takes no value" },
		{ "--file", "option '--file' needs a value: --file PATH" },
		{ "-tf", "option '-f' needs a value: -f PATH" },
		{ "-j x", "--jobs: 'x' is not a number" },
		{ "-j -1", "--jobs: '-1' is not a number" },
		{ "-j 1x", "--jobs: '1x' is not a number" },
		{ "-j 0", "--jobs: '0' is not between 1 and 9" },
		{ "-j 99999999999999999999", "--jobs: '99999999999999999999' is not between 1 and 9" },
		{ "--mask 8", "--mask: '8' is not an octal number" },
		{ "--mask 1000", "--mask: '1000' is not between 0 and 777" },
		{ "--max-size x", "--max-size: 'x' is not a size such as 500kB, 10MB or 1.5GiB" },
		{ "--by dri", "--by: unknown choice 'dri'; did you mean 'dir'? (one of dir, ext)" },
		{ "--by something", "--by: 'something' is not one of dir, ext" },
		{ "-l bad", "--list: 'bad' is bad" },
		{ "a b c", "unexpected argument 'c': one PATH is enough" },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		struct parsed p;
		parse(&p, rows[i].line);
		assert_int_equal(p.rc, CTX_E_USAGE);
		assert_string_equal(p.err.msg, rows[i].msg);
		parsed_release(&p);
	}
}

/** The environment is weaker than the command line, and stronger than presets. */
static void environment_is_between(void **state) {
	(void)state;
	struct parsed p;
	assert_int_equal(setenv("CTXOPT_JOBS", "7", 1), 0);
	assert_int_equal(setenv("CTXOPT_TREE", "yes", 1), 0);
	assert_int_equal(setenv("CTXOPT_MAX_SIZE", "", 1), 0);
	assert_int_equal(setenv("CTXOPT_LIST", "a\n\nb c\n", 1), 0);
	parse(&p, "");
	assert_int_equal(p.rc, 0);
	assert_int_equal(p.args.jobs, 7);
	assert_true(p.args.tree);
	assert_false(p.args.size.set);
	assert_int_equal(p.args.list.values.count, 2);
	assert_string_equal(p.args.list.values.items[1], "b c");
	parsed_release(&p);

	assert_record("-j3 --no-tree -l x", "--no-tree --jobs=3 --list=x");
	assert_int_equal(setenv("CTXOPT_JOBS", "many", 1), 0);
	parse(&p, "");
	assert_int_equal(p.rc, CTX_E_USAGE);
	assert_string_equal(p.err.msg, "CTXOPT_JOBS: 'many' is not a number");
	parsed_release(&p);
	parse(&p, "--help"); // must work all the same
	assert_int_equal(p.rc, 0);
	assert_int_equal(p.out.wish, OPT_WISH_HELP);
	parsed_release(&p);
	unsetenv("CTXOPT_JOBS");
	unsetenv("CTXOPT_TREE");
	unsetenv("CTXOPT_MAX_SIZE");
	unsetenv("CTXOPT_LIST");
}

/** --help and --version end the parse; what follows does not matter. */
static void wishes_end_the_parse(void **state) {
	(void)state;
	struct parsed p;
	parse(&p, "-h --nonsense");
	assert_int_equal(p.rc, 0);
	assert_int_equal(p.out.wish, OPT_WISH_HELP);
	parsed_release(&p);
	parse(&p, "a --version");
	assert_int_equal(p.out.wish, OPT_WISH_VERSION);
	parsed_release(&p);
}

/** Sizes as people write them. */
static void sizes_are_read(void **state) {
	(void)state;
	static const struct {
		const char *text;
		uint64_t bytes;
	} rows[] = {
		{ "0", 0 },
		{ "1500", 1500 },
		{ "10b", 10 },
		{ "1k", 1000 },
		{ "1kB", 1000 },
		{ "1KB", 1000 },
		{ "1KiB", 1024 },
		{ "1ki", 1024 },
		{ "1.5MB", 1500000 },
		{ "0.001MB", 1000 },
		{ "1.5GiB", UINT64_C(1610612736) },
		{ "2T", UINT64_C(2000000000000) },
		{ "1.", 1 },
		{ "18446744073709551615", UINT64_MAX },
	};
	for (size_t i = 0; i < CTX_COUNTOF(rows); ++i) {
		uint64_t bytes = 1;
		assert_int_equal(opt_parse_size(rows[i].text, &bytes, NULL), 0);
		assert_int_equal(bytes, rows[i].bytes);
	}
	static const char *const bad[] = { "", "x", ".5", "-1", "1x", "1kBB", "1 kB", "18446744073709551616",
		"99999999P" };
	for (size_t i = 0; i < CTX_COUNTOF(bad); ++i) {
		uint64_t bytes;
		assert_int_equal(opt_parse_size(bad[i], &bytes, NULL), CTX_E_USAGE);
	}
}

/** A suggestion is near, or there is none. */
static void suggestions_are_near(void **state) {
	(void)state;
	static const char *const names[] = { "context", NULL, "why", "completion" };
	assert_string_equal(opt_nearest("contxt", names, 4), "context");
	assert_string_equal(opt_nearest("ocntext", names, 4), "context");
	assert_string_equal(opt_nearest("comp", names, 4), "completion");
	assert_string_equal(opt_nearest("wyh", names, 4), "why");
	assert_null(opt_nearest("", names, 4));
	assert_null(opt_nearest("graph", names, 4));
	assert_null(opt_nearest("a-name-that-is-longer-than-any-option-could-be-by-far", names, 4));
}

/** Help, manual and completions name every option. */
static void every_option_is_shown(void **state) {
	(void)state;
	static const struct cmd *const all[] = { &sample, NULL };
	struct ctx_out out[5];
	for (size_t i = 0; i < CTX_COUNTOF(out); ++i) {
		ctx_out_init_mem(&out[i]);
	}
	opt_help_print(&out[0], "ctxopt", &sample, all);
	opt_help_man(&out[1], all, "1");
	opt_complete(&out[2], OPT_SHELL_BASH, all);
	opt_complete(&out[3], OPT_SHELL_ZSH, all);
	opt_complete(&out[4], OPT_SHELL_FISH, all);
	struct opt_iter it = { .cmd = &sample };
	for (const struct opt *opt = opt_next(&it); opt != NULL; opt = opt_next(&it)) {
		const char *name = opt->kind == OPT_GROUP    ? NULL
			: strcmp(opt->name, "max-size") == 0 ? "size"
							     : opt->name;
		for (size_t i = 0; name != NULL && i < CTX_COUNTOF(out); ++i) {
			assert_non_null(strstr(ctx_buf_str(&out[i].buf), name));
		}
	}
	assert_non_null(strstr(ctx_buf_str(&out[0].buf), "--format F           a choice: text, json (default: json)"));
	for (size_t i = 0; i < CTX_COUNTOF(out); ++i) {
		ctx_out_abort(&out[i]);
	}
}

/** Out of memory is a failure like any other, at every place. */
static void out_of_memory_is_reported(void **state) {
	(void)state;
	for (long n = 0; n < 100; ++n) {
		struct parsed p;
		ctx_alloc_fail_after(n);
		parse(&p, "-t -l a -l b --file x one two");
		ctx_alloc_fail_after(-1);
		int rc = p.rc;
		parsed_release(&p);
		if (rc == 0) {
			assert_true(n > 3);
			return;
		}
		assert_int_equal(rc, CTX_E_NOMEM);
	}
	fail_msg("still failing");
}

/** What the command with a configuration file fills. */
struct filed {
	struct opt_number share, time;
	struct opt_size size;
	unsigned jobs;
	const char *path, *once;
	struct opt_list list;
};

// clang-format off
static const struct opt filed_opts[] = {
	{ .kind = OPT_PERCENT, .name = "share", .arg = "P", .at = offsetof(struct filed, share), .help = "a share" },
	{ .kind = OPT_SECONDS, .name = "time", .arg = "D", .at = offsetof(struct filed, time), .help = "a duration" },
	{ .kind = OPT_SIZE, .name = "size", .arg = "S", .at = offsetof(struct filed, size), .help = "a size" },
	{ .kind = OPT_UINT, .name = "jobs", .arg = "N", .max = 9, .at = offsetof(struct filed, jobs), .help = "a number" },
	{ .kind = OPT_FILE, .name = "path", .arg = "F", .at = offsetof(struct filed, path), .help = "a file" },
	{ .kind = OPT_FILE, .name = "once", .arg = "F", .flags = OPT_ONCE, .at = offsetof(struct filed, once), .help = "a file" },
	{ .kind = OPT_LIST, .name = "list", .arg = "N=F", .flags = OPT_NAMED_PATH, .at = offsetof(struct filed, list), .help = "a list" },
	{ .kind = OPT_END },
};
// clang-format on

static const struct cmd filed = { .name = "filed", .sets = { { filed_opts, 0 } }, .args_size = sizeof(struct filed) };
static const struct cmd *const filed_cmds[] = { &filed, NULL };

/** Check a file and parse with it; `share` on the command line unless NULL. */
static int parse_filed(const char *text, const char *share, struct filed *args, struct opt_parsed *out,
	struct ctx_arena *arena, struct ctx_error *err) {
	char *argv[] = { (char[]){ "--share" }, share == NULL ? NULL : strdup(share) };
	struct ctx_toml *root = NULL;
	*args = (struct filed){ 0 };
	*out = (struct opt_parsed){ 0 };
	int rc = ctx_toml_parse(&root, arena, text, strlen(text), err);
	const struct opt_file file = { "dir/f.toml", "dir/", root };
	rc = rc < 0 ? rc : opt_file_check(&file, filed_cmds, err);
	rc = rc < 0 ? rc : opt_parse(&filed, share == NULL ? 0 : 2, argv, &file, args, out, err);
	free(argv[1]);
	return rc;
}

static void options_come_from_a_file(void **state) {
	(void)state;
	static const char text[] =
		"share = 12.5\ntime = \"1m30s\"\njobs = 2\npath = \"p\"\nlist = [\"n=q\", \"i=docker-image://x\"]\n"
		"[filed]\njobs = 3\nsize = \"2kB\"\n";
	struct ctx_arena arena = CTX_ARENA_INIT;
	struct filed args;
	struct opt_parsed out;
	assert_int_equal(parse_filed(text, NULL, &args, &out, &arena, NULL), 0);
	assert_true(args.share.set && args.share.value == 12.5 && args.time.value == 90 && args.size.bytes == 2000);
	assert_int_equal(args.jobs, 3);
	assert_string_equal(args.path, "dir/p");
	assert_int_equal(args.list.values.count, 2);
	assert_string_equal(args.list.values.items[0], "n=dir/q");
	assert_string_equal(args.list.values.items[1], "i=docker-image://x");
	opt_args_release(&filed, &args);
	opt_parsed_release(&out);
	assert_int_equal(parse_filed(text, "80%", &args, &out, &arena, NULL), 0);
	assert_true(args.share.value == 80);
	opt_args_release(&filed, &args);
	opt_parsed_release(&out);
	ctx_arena_release(&arena);
}

/* Files that are wrong, and what is said. */
static const struct {
	const char *text, *message;
} wrong_files[] = {
	{ "share = 101", "dir/f.toml:1:9: share: '101' is not a share between 0 and 100, such as 80%" },
	{ "share = true", "dir/f.toml:1:9: 'share' takes a number" },
	{ "time = \"x\"", "dir/f.toml:1:8: time: 'x' is not a duration such as 90s, 1m30s or 2h" },
	{ "time = -1", "dir/f.toml:1:8: time: '-1' is not a duration such as 90s, 1m30s or 2h" },
	{ "size = 1.5", "dir/f.toml:1:8: 'size' takes a number of bytes, or a size in quotes" },
	{ "once = \"x\"", "dir/f.toml:1:1: 'once' is about one run: it is asked for on the command line" },
	{ "shaer = 1", "dir/f.toml:1:1: unknown option 'shaer'; did you mean 'share'?" },
	{ "[filde]", "dir/f.toml:1:2: unknown command 'filde'; did you mean 'filed'?" },
	{ "[filed]\n\nshaer = 1", "dir/f.toml:3:1: filed has no option 'shaer'; did you mean 'share'?" },
	{ "[filed.share]\n", "dir/f.toml:1:8: 'share' takes a number" },
};

static void wrong_files_are_told(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(wrong_files); ++i) {
		struct ctx_arena arena = CTX_ARENA_INIT;
		struct filed args;
		struct opt_parsed out;
		struct ctx_error err = { 0 };
		assert_int_equal(parse_filed(wrong_files[i].text, NULL, &args, &out, &arena, &err), CTX_E_SYNTAX);
		assert_string_equal(err.msg, wrong_files[i].message);
		opt_args_release(&filed, &args);
		opt_parsed_release(&out);
		ctx_arena_release(&arena);
	}
}

static void memory_may_end_while_a_file_is_read(void **state) {
	(void)state;
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc == CTX_E_NOMEM; ++n) {
		struct ctx_arena arena = CTX_ARENA_INIT;
		struct filed args;
		struct opt_parsed out;
		ctx_alloc_fail_after(n);
		rc = parse_filed("path = \"p\"\nlist = [\"n=q\"]\njobs = 3\n", NULL, &args, &out, &arena, NULL);
		ctx_alloc_fail_after(-1);
		opt_args_release(&filed, &args);
		opt_parsed_release(&out);
		ctx_arena_release(&arena);
		assert_true(rc == CTX_E_NOMEM || n > 2);
	}
	assert_int_equal(rc, 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(presets_hold),
		cmocka_unit_test(values_arrive),
		cmocka_unit_test(spellings_are_equal),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(environment_is_between),
		cmocka_unit_test(wishes_end_the_parse),
		cmocka_unit_test(sizes_are_read),
		cmocka_unit_test(suggestions_are_near),
		cmocka_unit_test(every_option_is_shown),
		cmocka_unit_test(out_of_memory_is_reported),
		cmocka_unit_test(options_come_from_a_file),
		cmocka_unit_test(wrong_files_are_told),
		cmocka_unit_test(memory_may_end_while_a_file_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
