#include "analyzer/cache/solver.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/cache_lab.h"

/* Two builds, one after the other with one builder; the verdicts of the second, step by step, as a real BuildKit v0.32.2 gave them. */
struct edit {
	const char *name;
	/* `after` NULL: as before. */
	const char *before, *after, *tree, *tree_after, *want;
	struct lab_how how, how_after;
};

/** Build both. */
static void check(const struct edit *rows, size_t count) {
	int wrong = 0;
	for (size_t i = 0; i < count; ++i) {
		const struct edit *r = &rows[i];
		struct lab lab = { 0 };
		lab_open(&lab, NULL);
		const char *tree = r->tree != NULL ? r->tree : "a b=2 d/x d/y=2 e/";
		const char *after = r->after != NULL ? r->after : r->before;
		const char *tree_after = r->tree_after != NULL ? r->tree_after : tree;
		(void)lab_build(&lab, r->before, tree, &r->how);
		const char *got = lab_build(&lab, after, tree_after, &r->how_after);
		if (strcmp(got, r->want) != 0) {
			print_error("%s: %s, not %s (%s)\n", r->name, got, r->want, lab.reasons);
			++wrong;
		}
		struct lab_how again = r->how_after;
		again.no_cache = false;
		again.no_cache_stage = NULL;
		got = lab_build(&lab, after, tree_after, &again);
		if (strspn(got, "H") != strlen(got)) {
			print_error("%s: once more: %s\n", r->name, got);
			++wrong;
		}
		lab_close(&lab);
	}
	assert_int_equal(wrong, 0);
}

#define PLAIN(env, one, label, two) "FROM b\n" env "\nCOPY a /a\n" one "\n" label "\n" two "\n"
#define USUAL PLAIN("ENV A=1", "RUN one", "LABEL x=1", "RUN two")
static const struct edit plain_edits[] = {
	{ "nothing", USUAL, .want = "HHH" },
	{ "ENV value", USUAL, PLAIN("ENV A=2", "RUN one", "LABEL x=1", "RUN two"), .want = "HMM" },
	{ "LABEL value", USUAL, PLAIN("ENV A=1", "RUN one", "LABEL x=2", "RUN two"), .want = "HHH" },
	{ "LABEL moved", USUAL, "FROM b\nLABEL x=1\nENV A=1\nCOPY a /a\nRUN one\nRUN two\n", .want = "HHH" },
	{ "content", USUAL, .tree_after = "a=9", .want = "MMM" },
	{ "blanks after the keyword", USUAL, PLAIN("ENV A=1", "RUN   one", "LABEL x=1", "RUN two"), .want = "HHH" },
	{ "a blank in the command", PLAIN("ENV A=1", "RUN one 1", "LABEL x=1", "RUN two"),
		PLAIN("ENV A=1", "RUN one  1", "LABEL x=1", "RUN two"), .want = "HMM" },
	{ "case, tabs, indentation, blanks at the end", USUAL, PLAIN("ENV A=1", "  run\tone  ", "LABEL x=1", "RUN two"),
		.want = "HHH" },
	{ "CRLF", USUAL, "FROM b\r\nENV A=1\r\nCOPY a /a\r\nRUN one\r\nLABEL x=1\r\nRUN two\r\n", .want = "HHH" },
	{ "comment", USUAL, PLAIN("ENV A=1\n# c", "RUN one", "LABEL x=1", "RUN two"), .want = "HHH" },
	{ "escape directive", USUAL, "# escape=`\n" USUAL, .want = "HHH" },
	{ "comment in a continuation", PLAIN("", "RUN echo \\\none", "", "RUN two"),
		PLAIN("", "RUN echo \\\n# c\none", "", "RUN two"), .want = "HHH" },
	{ "continuation", PLAIN("", "RUN echo one", "", "RUN two"), PLAIN("", "RUN echo \\\none", "", "RUN two"),
		.want = "HHH" },
	{ "continuation with a blank more", PLAIN("", "RUN echo one", "", "RUN two"),
		PLAIN("", "RUN echo \\\n one", "", "RUN two"), .want = "HMM" },
	{ "the same as JSON", USUAL, PLAIN("ENV A=1", "RUN [\"/bin/sh\",\"-c\",\"one\"]", "LABEL x=1", "RUN two"),
		.want = "HHH" },
};

static void edits_without_effect_on_files(void **state) {
	(void)state;
	check(plain_edits, CTX_COUNTOF(plain_edits));
}

#define VARS(global, local, moved, before_copy) \
	"ARG G" global "\nFROM b\n" local "\nRUN one\n" moved "\nRUN echo $L\n" before_copy "\nCOPY a /\nRUN two\n"
#define WITH_VARS VARS("=1", "ARG L=1", "", "")
#define TAIL(lines) "FROM b\nRUN zero\n" lines "\nRUN one\nRUN two\n"
static const struct edit variable_edits[] = {
	{ "global default", WITH_VARS, VARS("=2", "ARG L=1", "", ""), .want = "HHHH" },
	{ "default of the stage", WITH_VARS, VARS("=1", "ARG L=2", "", ""), .want = "MMMM" },
	{ "--build-arg", WITH_VARS, .how_after.build_arg = "L=2", .want = "MMMM" },
	{ "--build-arg as the default", WITH_VARS, .how_after.build_arg = "L=1", .want = "HHHH" },
	{ "--build-arg for a global", WITH_VARS, .how_after.build_arg = "G=2", .want = "HHHH" },
	{ "--build-arg nobody declares", WITH_VARS, .how_after.build_arg = "X=2", .want = "HHHH" },
	{ "proxy", WITH_VARS, .how_after.build_arg = "HTTP_PROXY=h", .want = "HHHH" },
	{ "ARG moved below", WITH_VARS, VARS("=1", "", "ARG L=1", ""), .want = "MMMM" },
	{ "ARG without value", WITH_VARS, VARS("=1", "ARG L=1", "", "ARG NEW"), .want = "HHHH" },
	{ "ARG with a value", WITH_VARS, VARS("=1", "ARG L=1", "", "ARG NEW=3"), .want = "HHHM" },
	{ "global declared again", "ARG G=1\n" TAIL("ARG G"), "ARG G=2\n" TAIL("ARG G"), .want = "HMM" },
	{ "ARG to ENV", "ARG G=1\n" TAIL("ARG G"), "ARG G=1\n" TAIL("ENV G=1"), .want = "HHH" },
	{ "two ENV swapped", TAIL("ENV A=1\nENV B=1"), TAIL("ENV B=1\nENV A=1"), .want = "HMM" },
	{ "two ENV joined", TAIL("ENV A=1\nENV B=1"), TAIL("ENV A=1 B=1"), .want = "HHH" },
	{ "ENV without =", TAIL("ENV A 1"), TAIL("ENV A=1"), .want = "HHH" },
	{ "quotes", TAIL("ENV A=\"1\""), TAIL("ENV A='1'"), .want = "HHH" },
	{ "overwritten value", TAIL("ENV A=1\nENV A=2"), TAIL("ENV A=3\nENV A=2"), .want = "HHH" },
	{ "TARGETARCH", TAIL(""), TAIL("ARG TARGETARCH"), .want = "HMM" },
	{ "default shell", TAIL("SHELL [\"/bin/sh\",\"-c\"]"), TAIL(""), .want = "HHH" },
	{ "shell", "FROM b\nRUN [\"a\"]\nRUN b\n", "FROM b\nSHELL [\"/bin/ash\",\"-c\"]\nRUN [\"a\"]\nRUN b\n",
		.want = "HM" },
};

static void variables(void **state) {
	(void)state;
	check(variable_edits, CTX_COUNTOF(variable_edits));
}

#define META(value) \
	"FROM b\nEXPOSE 8" value "\nCMD x" value "\nENTRYPOINT y" value "\nHEALTHCHECK CMD z" value \
	"\nSTOPSIGNAL " value "\nVOLUME /v" value "\nMAINTAINER m" value "\nONBUILD RUN q" value \
	"\nRUN one\nCOPY a /\n"
#define DIRS(dir) "FROM b\nWORKDIR " dir "\nRUN one\nCOPY a /a\nWORKDIR rel\nRUN two\n"
static const struct edit metadata_edits[] = {
	{ "configuration of the image", META("1"), META("2"), .want = "HH" },
	{ "WORKDIR", DIRS("/w1"), DIRS("/w2"), .want = "MMMMM" },
	{ "WORKDIR / removed", "FROM b\nWORKDIR /\nRUN one\n", "FROM b\nRUN one\n", .want = "H" },
	{ "WORKDIR with a slash", DIRS("/w1/"), DIRS("/w1"), .want = "HMMMM" },
	{ "WORKDIR of a variable", "FROM b\nWORKDIR /w1\nRUN one\n", "FROM b\nENV D=/w1\nWORKDIR $D\nRUN one\n",
		.want = "HM" },
	{ "two WORKDIR to one", "FROM b\nWORKDIR /a\nWORKDIR b\nRUN one\n", "FROM b\nWORKDIR /a/b\nRUN one\n",
		.want = "MM" },
	{ "USER", "FROM b\nUSER 0\nCOPY a /\nWORKDIR /w\nCOPY b /\nRUN one\n",
		"FROM b\nUSER 7\nCOPY a /\nWORKDIR /w\nCOPY b /\nRUN one\n", .want = "HMMM" },
	{ "USER by number", "FROM b\nUSER root\nRUN one\n", "FROM b\nUSER 0\nRUN one\n", .want = "M" },
	{ "USER added", "FROM b\nRUN one\n", "FROM b\nUSER 7\nRUN one\n", .want = "M" },
	{ "owner with group", "FROM b\nCOPY --chown=root a /\n", "FROM b\nCOPY --chown=root:root a /\n", .want = "M" },
	{ "owner by number", "FROM b\nCOPY --chown=root a /\n", "FROM b\nCOPY --chown=0 a /\n", .want = "H" },
	{ "owner added", "FROM b\nCOPY a /\n", "FROM b\nCOPY --chown=0:0 a /\n", .want = "M" },
};

static void metadata_directories_and_users(void **state) {
	(void)state;
	check(metadata_edits, CTX_COUNTOF(metadata_edits));
}

#define COPY(args) "FROM b\nCOPY " args "\n"
static const struct edit file_edits[] = {
	{ "bytes", COPY("d /d"), .tree_after = "d/x=7 d/y=2", .want = "M" },
	{ "mode of a file", COPY("d /d"), .tree_after = "d/x! d/y=2", .want = "M" },
	{ "renamed", COPY("d /d"), .tree_after = "d/z d/y=2", .want = "M" },
	{ "added", COPY("d /d"), .tree_after = "d/x d/y=2 d/z", .want = "M" },
	{ "removed", COPY("d /d"), .tree_after = "d/x", .want = "M" },
	{ "empty directory", COPY("d /d"), .tree_after = "d/x d/y=2 d/z/", .want = "M" },
	{ "link", COPY("d /d"), .tree_after = "d/x d/y=2 d/z>x", .want = "M" },
	{ "target of a link", COPY("d /d"), .tree = "d/z>x", .tree_after = "d/z>y", .want = "M" },
	{ "file to link", COPY("d /d"), .tree_after = "d/x d/y>x", .want = "M" },
	{ "outside", COPY("d /d"), .tree_after = "a=7 d/x d/y=2 q", .want = "H" },
	{ "./", COPY("d /d"), COPY("./d /d"), .want = "H" },
	{ "d/", COPY("d /d"), COPY("d/ /d"), .want = "H" },
	{ "/d", COPY("d /d"), COPY("/d /d"), .want = "H" },
	{ "JSON", COPY("d /d"), COPY("[\"d\",\"/d\"]"), .want = "H" },
	{ "moved, same base name", COPY("x/d /d"), COPY("y/d /d"), "x/d/f", "y/d/f", .want = "H" },
	{ "same content, other base name", COPY("x/a /a"), COPY("x/b /a"), "x/a x/b", .want = "M" },
	{ "ADD for COPY", COPY("a /x"), "FROM b\nADD a /x\n", .want = "M" },
	{ "destination spelled out", COPY("a /d/"), COPY("a /d/a"), .want = "M" },
	{ "relative destination", "FROM b\nWORKDIR /w\nCOPY a x\n", "FROM b\nWORKDIR /w\nCOPY a /w/x\n", .want = "HH" },
	{ "two sources swapped", COPY("a b /w/"), COPY("b a /w/"), .want = "M" },
	{ "--chmod", COPY("a /w/"), COPY("--chmod=644 a /w/"), .want = "M" },
	{ "source mode under --chmod", COPY("--chmod=644 a /w/"), .tree_after = "a!", .want = "M" },
	{ "--exclude of nothing", COPY("d /w/"), COPY("--exclude=zz d /w/"), .want = "M" },
	{ "excluded", COPY("--exclude=x d /w/"), .tree_after = "d/x=7 d/y=2", .want = "H" },
	{ "--parents, other files", COPY("--parents d/x /w/"), .tree_after = "d/x d/y=7 q", .want = "H" },
	{ "--parents, parent renamed", COPY("--parents */x /w/"), .tree_after = "c/x d/y=2", .want = "M" },
	{ "wildcard, renamed", COPY("*.txt /w/"), .tree = "a.txt", .tree_after = "aa.txt", .want = "M" },
	{ "wildcard, match added", COPY("*.txt /w/"), .tree = "a.txt", .tree_after = "a.txt b.txt", .want = "M" },
	{ "wildcard, other added", COPY("*.txt /w/"), .tree = "a.txt", .tree_after = "a.txt b.c", .want = "H" },
	{ "wildcard, one match", COPY("app-*.jar /w/"), .tree = "app-1.jar", .tree_after = "app-2.jar", .want = "M" },
	{ "link to a file", COPY("l /w"), .tree = "l>a a b", .tree_after = "l>b a b", .want = "H" },
	{ "whole context", COPY(". /w"), .tree_after = "a b=2 d/x d/y=2 e/ n", .want = "M" },
	{ "other files of a stage", "FROM b AS s\nCOPY . /s\nFROM b\nCOPY --from=s /s/d /d\n",
		.tree_after = "a=7 b=2 d/x d/y=2 e/", .want = "MH" },
	{ "mount, file below", "FROM b\nRUN --mount=source=d,target=/m x\n", .tree_after = "d/x=7 d/y=2", .want = "M" },
	{ "mount, file outside", "FROM b\nRUN --mount=source=d,target=/m,rw x\n", .tree_after = "d/x d/y=2",
		.want = "H" },
	{ "mount, source renamed", "FROM b\nRUN --mount=source=d,target=/m x\n",
		"FROM b\nRUN --mount=source=c,target=/m x\n", .tree_after = "c/x c/y=2", .want = "H" },
	{ "mount, target", "FROM b\nRUN --mount=source=d,target=/m x\n", "FROM b\nRUN --mount=source=d,target=/n x\n",
		.want = "M" },
	{ "mount, whole context", "FROM b\nRUN --mount=target=/m x\n", .tree_after = "a", .want = "M" },
};

static void files(void **state) {
	(void)state;
	check(file_edits, CTX_COUNTOF(file_edits));
}

#define STAGES(src, before, after) \
	"FROM b AS b1\nCOPY " src "\nFROM b\nRUN " before "\nCOPY --from=b1 /out /out\nRUN " after "\n"
#define COPIES STAGES("d /out", "setup", "after")
#define RUNS "FROM b AS b1\nCOPY a /src\nRUN make\nFROM b\nRUN setup\nCOPY --from=b1 /out /out\nRUN after\n"
static const struct edit stage_edits[] = {
	{ "other output", COPIES, .tree_after = "d/x=7", .want = "MHMM" },
	{ "equal output", COPIES, STAGES("e /out", "setup", "after"), "d/x e/x", .want = "MHHH" },
	{ "a file that is not copied",
		"FROM b AS b1\nCOPY d /out\nCOPY a /other\nFROM b\nRUN s\nCOPY --from=b1 /out /\nRUN t\n",
		.tree_after = "a=7 d/x d/y=2", .want = "HMHHH" },
	{ "mode of the output", COPIES, .tree_after = "d/x! d/y=2", .want = "MHMM" },
	{ "step before it", COPIES, STAGES("d /out", "other", "after"), .want = "HMMM" },
	{ "stage renamed", COPIES, "FROM b AS s\nCOPY d /out\nFROM b\nRUN setup\nCOPY --from=s /out /out\nRUN after\n",
		.want = "HHHH" },
	{ "stage by number", COPIES, "FROM b\nCOPY d /out\nFROM b\nRUN setup\nCOPY --from=0 /out /out\nRUN after\n",
		.want = "HHHH" },
	{ "unused stage", COPIES, "FROM b AS u\nRUN u\n" COPIES, .want = "HHHH" },
	{ "--no-cache", RUNS, .how_after.no_cache = true, .how_after.run = ANA_RUN_UNCHANGED, .want = "MMMMM" },
	{ "--no-cache and WORKDIR", "FROM b\nWORKDIR /w\nRUN x\nWORKDIR /v\n", .how_after.no_cache = true,
		.want = "HMM" },
	{ "--no-cache-filter, copies only", COPIES, .how_after.no_cache_stage = "b1", .want = "MHHH" },
	{ "--no-cache-filter in other case", COPIES, .how_after.no_cache_stage = "B1", .want = "MHHH" },
	{ "--no-cache-filter, runs", RUNS, .how_after.no_cache_stage = "b1", .want = "MMH?H" },
	{ "--no-cache-filter, runs, same", RUNS, .how.run = ANA_RUN_UNCHANGED,
		.how_after = { .no_cache_stage = "b1", .run = ANA_RUN_UNCHANGED }, .want = "MMHHH" },
	{ "--no-cache-filter, runs, other", RUNS, .how_after = { .no_cache_stage = "b1", .run = ANA_RUN_CHANGED },
		.want = "MMHMH" },
	{ "--no-cache-filter, shared prefix",
		"FROM b AS gen\nCOPY a /n\nRUN g\nFROM b\nCOPY a /n\nRUN pre\nCOPY --from=gen /n /c\nRUN z\n",
		.how.run = ANA_RUN_UNCHANGED, .how_after = { .no_cache_stage = "gen", .run = ANA_RUN_UNCHANGED },
		.want = "MMMHH" },
	{ "output of a RUN, not known", RUNS, .tree_after = "a=7", .want = "MMH??" },
	{ "output of a RUN, other", RUNS, .tree_after = "a=7", .how_after.run = ANA_RUN_CHANGED, .want = "MMHMM" },
	{ "RUN edited", RUNS,
		"FROM b AS b1\nCOPY a /src\nRUN make all\nFROM b\nRUN setup\nCOPY --from=b1 /out /out\nRUN after\n",
		.how = { .run = ANA_RUN_UNCHANGED }, .how_after.run = ANA_RUN_UNCHANGED, .want = "HMHHH" },
	{ "two hops",
		"FROM b AS x\nCOPY a /s\nCOPY d /o\nFROM scratch AS m\nCOPY --from=x /o /o\nFROM b\nCOPY --from=m / /x\n",
		.tree_after = "a=7 d/x d/y=2", .want = "MMHH" },
	{ "two runs with equal results", "FROM b\nRUN true\nRUN next\n", "FROM b\nRUN : ; true\nRUN next\n",
		.want = "MM" },
	{ "--target", "FROM b AS p\nRUN x\nFROM p AS o\nRUN y\nFROM p\nRUN z\n", .how_after.target = "o",
		.want = "HM" },
	{ "other image, same directory", "FROM b\nCOPY --from=c /x /x\n", "FROM b\nCOPY --from=d /x /x\n",
		.want = "M" },
	{ "base", "FROM b\nRUN x\nCOPY a /\n", "FROM c\nRUN x\nCOPY a /\n", .want = "MM" },
};

static void stages(void **state) {
	(void)state;
	check(stage_edits, CTX_COUNTOF(stage_edits));
}

/* Steps: those of the builder, then COPY --from and RUN z. */
#define READS(stage, path) "FROM " stage "\nFROM b\nCOPY --from=w " path " /s\nRUN z\n"
/* What a base image holds where it counts nobody can see: neither hit nor miss, and the same for what follows. */
static const struct edit hidden_edits[] = {
	{ "a file where there may be a directory", READS("b AS w\nCOPY a /o/f\nCOPY a /p/f", "/o/f"),
		READS("b AS w\nCOPY a /o/f\nCOPY a /p/f", "/p/f"), .want = "HH??" },
	{ "overwritten, or beside it in a directory", READS("b AS w\nCOPY a /o\nCOPY b /o", "/o"),
		.tree_after = "a=7 b=2", .want = "MM??" },
	{ "no such file or directory on scratch", READS("scratch AS w\nCOPY a /o\nCOPY b /o", "/o"),
		.tree_after = "a=7 b=2", .want = "MMHH" },
	{ "the file that is read", READS("b AS w\nCOPY a /o", "/o"), .tree_after = "a=7", .want = "MMM" },
	{ "a base below a copied directory", READS("b AS w\nCOPY d /o", "/o"), READS("c AS w\nCOPY d /o", "/o"),
		.want = "M??" },
	{ "a base that alone may hold it", READS("b AS w\nCOPY d /o", "/q"), READS("c AS w\nCOPY d /o", "/q"),
		.want = "MMM" },
	{ "another path of one image", "FROM b\nCOPY --from=i /o/f /s\nRUN z\n",
		"FROM b\nCOPY --from=i /p/f /s\nRUN z\n", .want = "??" },
	{ "wildcard beside a file that does not match", READS("b AS w\nCOPY a /o/f", "/o/*.c"),
		READS("b AS w\nCOPY b /o/g", "/o/*.c"), .want = "MHH" },
	{ "wildcard beside what an image may have brought", READS("b AS w\nCOPY --from=i /o ./", "/o/*"),
		READS("b AS w\nCOPY a /q", "/o/*"), .want = "M??" },
	{ "an image over what is read", READS("b AS w\nCOPY a /o/f\nCOPY --from=i /o /o", "/o/f"), .tree_after = "a=7",
		.want = "MM??" },
	{ "what is read over an image", READS("b AS w\nCOPY --from=i /o /o\nCOPY d /o", "/o"),
		.tree_after = "a d/x=7 d/y", .want = "HMMM" },
	{ "an archive", READS("b AS w\nADD a.tar /", "/o"), .tree = "a.tar", .tree_after = "a.tar=2", .want = "M??" },
	{ "a RUN below what is read", READS("b AS w\nCOPY a /a\nRUN x\nCOPY d /o", "/o"), .tree_after = "a=7 d/x d/y=2",
		.want = "MMM??" },
	{ "a RUN below what is read, which is other", READS("b AS w\nCOPY a /a\nRUN x\nCOPY d /o", "/o"),
		.tree_after = "a=7 d/x d/y=3", .want = "MMMMM" },
};

static void nobody_looks_into_images(void **state) {
	(void)state;
	check(hidden_edits, CTX_COUNTOF(hidden_edits));
}

/* What may be the same stays so in later builds, for whatever follows. */
static void doubts_last(void **state) {
	(void)state;
	struct lab lab = { 0 };
	lab_open(&lab, NULL);
	const char *from = "FROM b AS w\nCOPY a /o\nCOPY b /o\nFROM b\nCOPY --from=w /o /s\nRUN z\n";
	const char *other = "FROM b AS w\nCOPY a /o\nCOPY b /o\nFROM b\nCOPY --from=w /o /s\nRUN y\n";
	assert_string_equal(lab_build(&lab, from, "a b=2", NULL), "MMMM");
	assert_string_equal(lab_build(&lab, from, "a=3 b=2", NULL), "MM??");
	assert_string_equal(lab.reasons, "inputs parent stage parent");
	assert_string_equal(lab_build(&lab, other, "a=3 b=2", NULL), "HHHM");
	assert_string_equal(lab_build(&lab, other, "a b=2", NULL), "HHH?"); // if both were the same, y is known
	assert_string_equal(lab_build(&lab, other, "a b=2", NULL), "HHHH");
	assert_string_equal(lab_build(&lab, other, "a b=5", NULL), "HMMM");
	lab_close(&lab);
}

#define LINKS(x, y) "FROM b\nRUN " x "\nCOPY --link a /a\nCOPY --link b /b\nRUN " y "\n"
/* Steps: x, copy a, merge a, copy b, merge b, y. */
static const struct edit link_edits[] = {
	{ "nothing", LINKS("x", "y"), .want = "HHHHHH" },
	{ "x", LINKS("x", "y"), LINKS("z", "y"), .want = "MHMHMM" },
	{ "a", LINKS("x", "y"), .tree_after = "a=7 b=2", .want = "HMMHMM" },
	{ "b", LINKS("x", "y"), .tree_after = "a b=7", .want = "HHHMMM" },
};

static void links(void **state) {
	(void)state;
	check(link_edits, CTX_COUNTOF(link_edits));
}

#define MOUNT(args) "FROM b\nRUN --mount=" args " x\nRUN y\n"
static const struct edit run_edits[] = {
	{ "custom id to another", MOUNT("type=cache,target=/c,id=a"), MOUNT("type=cache,target=/c,id=b"),
		.want = "HH" },
	{ "private to locked", MOUNT("type=cache,target=/c,sharing=private"),
		MOUNT("type=cache,target=/c,sharing=locked"), .want = "HH" },
	{ "default id to custom", MOUNT("type=cache,target=/c"), MOUNT("type=cache,target=/c,id=b"), .want = "MM" },
	{ "default to locked", MOUNT("type=cache,target=/c"), MOUNT("type=cache,target=/c,sharing=locked"),
		.want = "MM" },
	{ "id of a secret", MOUNT("type=secret,id=a"), MOUNT("type=secret,id=b"), .want = "MM" },
	{ "tmpfs resized", MOUNT("type=tmpfs,target=/t,size=1m"), MOUNT("type=tmpfs,target=/t,size=2m"), .want = "MM" },
	{ "order of mounts", "FROM b\nRUN --mount=type=cache,target=/a --mount=type=cache,target=/b x\n",
		"FROM b\nRUN --mount=type=cache,target=/b --mount=type=cache,target=/a x\n", .want = "H" },
	{ "network none", "FROM b\nRUN x\n", "FROM b\nRUN --network=none x\n", .want = "M" },
	{ "network default", "FROM b\nRUN x\n", "FROM b\nRUN --network=default x\n", .want = "H" },
	{ "body", "FROM b\nRUN <<E\none\nE\n", "FROM b\nRUN <<E\ntwo\nE\n", .want = "M" },
	{ "comment in the body", "FROM b\nRUN <<E\none\nE\n", "FROM b\nRUN <<E\n# c\none\nE\n", .want = "M" },
	{ "delimiter of the only one", "FROM b\nRUN <<E\none\nE\n", "FROM b\nRUN <<F\none\nF\n", .want = "H" },
	{ "quoted delimiter", "FROM b\nRUN <<E\none\nE\n", "FROM b\nRUN <<'E'\none\nE\n", .want = "H" },
	{ "tabs stripped", "FROM b\nRUN <<E\none\nE\n", "FROM b\nRUN <<-E\n\tone\nE\n", .want = "H" },
	{ "delimiter in the text", "FROM b\nRUN sh <<E\none\nE\n", "FROM b\nRUN sh <<F\none\nF\n", .want = "M" },
	{ "delimiter of a script", "FROM b\nRUN <<E\n#!/x\nE\n", "FROM b\nRUN <<F\n#!/x\nF\n", .want = "M" },
	{ "delimiter of a file", "FROM b\nCOPY <<E /f\none\nE\n", "FROM b\nCOPY <<F /f\none\nF\n", .want = "M" },
	{ "file that is expanded", "FROM b\nARG A=1\nCOPY <<E /f\n$A\nE\n", "FROM b\nARG A=2\nCOPY <<E /f\n$A\nE\n",
		.want = "M" },
};

static void mounts_and_heredocs(void **state) {
	(void)state;
	check(run_edits, CTX_COUNTOF(run_edits));
}

/* A history with one builder: the verdicts of each build. */
static void one_builder_remembers(void **state) {
	(void)state;
	struct lab lab = { 0 };
	lab_open(&lab, NULL);
	const char *a = "FROM b\nCOPY a /\nRUN x\n", *b = "FROM b\nCOPY b /\nRUN x\n";
	assert_string_equal(lab_build(&lab, a, "a b=2", NULL), "MM");
	assert_string_equal(lab_build(&lab, b, "a b=2", NULL), "MM");
	assert_string_equal(lab_build(&lab, a, "a b=2", NULL), "HH");
	assert_string_equal(lab_build(&lab, b, "a=4 b=2", NULL), "HH");
	assert_string_equal(lab_build(&lab, a, "a=4 b=2", NULL), "MM");
	assert_string_equal(lab.reasons, "inputs parent");
	assert_string_equal(lab_build(&lab, a, "a b=2", NULL), "HH");
	// Copying stages join: the definition that led to equal content is known from then on
	assert_string_equal(lab_build(&lab, COPIES, "d/x e/x", NULL), "MMMM");
	assert_string_equal(lab_build(&lab, STAGES("e /out", "setup", "after"), "d/x e/x", NULL), "MHHH");
	assert_string_equal(lab_build(&lab, STAGES("e /out", "setup", "after"), "d/x e/x", NULL), "HHHH");
	assert_string_equal(lab_build(&lab, STAGES("e /out", "other", "after"), "d/x e/x", NULL), "HMMM");
	assert_string_equal(lab_build(&lab, STAGES("d /out", "other", "after"), "d/x e/x", NULL), "HHHH");
	lab_close(&lab);
}

/** Two builds, the second with a stage made by force; the first failure. */
static int two_builds(struct ana_keystore *cache, struct ana_variant *const *variants,
	const struct ana_content *contents, struct ana_vertex_result *results) {
	int rc = 0;
	for (int i = 0; rc == 0 && i < 2; ++i) {
		const struct ana_variant *v = variants[i];
		const struct ana_solve_opts opts = { &v->graph, &v->keys, contents, ANA_RUN_CHANGED, i };
		rc = ana_solve(cache, &opts, results, NULL);
	}
	return rc;
}

static void every_allocation_may_fail(void **state) {
	(void)state;
	struct ana_variant *variants[] = { lab_variant(RUNS, &(struct lab_how){ 0 }),
		lab_variant(RUNS, &(struct lab_how){ .no_cache_stage = "b1" }) };
	struct ana_content *contents = calloc(variants[0]->keys.input_total + 1, sizeof(*contents));
	struct ana_vertex_result *results = calloc(variants[0]->keys.count + 1, sizeof(*results));
	assert_true(contents != NULL && results != NULL);
	int rc = CTX_E_NOMEM;
	long n = 0;
	for (; rc != 0; ++n) {
		struct ana_keystore cache = { 0 };
		ctx_alloc_fail_after(n);
		rc = two_builds(&cache, variants, contents, results);
		ctx_alloc_fail_after(-1);
		ana_keystore_release(&cache);
		assert_true(rc == 0 || rc == CTX_E_NOMEM);
	}
	assert_true(n > 20);
	free(contents);
	free(results);
	ana_variant_free(variants[0]);
	ana_variant_free(variants[1]);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edits_without_effect_on_files),
		cmocka_unit_test(variables),
		cmocka_unit_test(metadata_directories_and_users),
		cmocka_unit_test(files),
		cmocka_unit_test(stages),
		cmocka_unit_test(links),
		cmocka_unit_test(mounts_and_heredocs),
		cmocka_unit_test(nobody_looks_into_images),
		cmocka_unit_test(doubts_last),
		cmocka_unit_test(one_builder_remembers),
		cmocka_unit_test(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("solver", tests, NULL, NULL);
}
