/*
 * Text to nodes.  Rows marked "run" in the description of BuildKit's rules, and what lies beside them; the answers are those of
 * moby/buildkit v0.32.2.
 */
#include "analyzer/dockerfile/syntax.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/buf.h"

#define BOM "\xEF\xBB\xBF"
#define NBSP "\xC2\xA0"

/** Append a text in parentheses. */
static void show_text(struct ctx_buf *out, struct ctx_str text) {
	ctx_buf_addc(out, '(');
	ctx_buf_add(out, text.ptr, text.len);
	ctx_buf_addc(out, ')');
}

/** "FIRST[-LAST] #comment KEYWORD --flag json (arg)(arg) <<name:expand,chomp(body)", inner nodes behind " > ". */
static void show_node(struct ctx_buf *out, const struct ana_node *node) {
	ctx_buf_addf(out, "%u", node->first_line);
	if (node->end_line != node->first_line) {
		ctx_buf_addf(out, "-%u", node->end_line);
	}
	for (uint32_t i = 0; i < node->comment_count; ++i) {
		ctx_buf_addf(out, " #%.*s", CTX_STR_ARGS(node->comments[i]));
	}
	for (const struct ana_node *at = node; at; at = at->inner) {
		const char *name = ana_keyword_name(at->keyword);
		ctx_buf_addf(out, "%s %s", at == node ? "" : " >", *name ? name : "?");
		for (uint32_t i = 0; i < at->flag_count; ++i) {
			ctx_buf_addf(out, " %.*s", CTX_STR_ARGS(at->flags[i]));
		}
		ctx_buf_adds(out, at->json ? " json" : "");
		ctx_buf_adds(out, at->arg_count > 0 ? " " : "");
		for (uint32_t i = 0; i < at->arg_count; ++i) {
			show_text(out, at->args[i]);
		}
	}
	for (uint32_t i = 0; i < node->heredoc_count; ++i) {
		const struct ana_heredoc *doc = &node->heredocs[i];
		ctx_buf_addf(out, " <<%.*s", CTX_STR_ARGS(doc->name));
		ctx_buf_adds(out, doc->expand ? "" : ",plain");
		ctx_buf_adds(out, doc->chomp ? ",chomp" : "");
		if (doc->fd > 0) {
			ctx_buf_addf(out, ",%u", doc->fd);
		}
		show_text(out, doc->body);
	}
}

/** Everything of a file: nodes, warnings, errors, one per line. */
static void show(struct ctx_buf *out, const struct ana_syntax *syntax, const struct ana_diags *diags) {
	for (size_t i = 0; i < syntax->nodes.count; ++i) {
		show_node(out, &syntax->nodes.items[i]);
		ctx_buf_addc(out, '\n');
	}
	for (size_t i = 0; i < syntax->empty_continuations.count; ++i) {
		const struct ana_empty_continuation *found = &syntax->empty_continuations.items[i];
		ctx_buf_addf(out, "empty %u-%u\n", found->first_line, found->end_line);
	}
	for (size_t i = 0; i < diags->items.count; ++i) {
		const struct ana_diag *d = &diags->items.items[i];
		assert_int_equal(d->phase, ANA_PHASE_SYNTAX);
		ctx_buf_addf(out, "%u:%u+%u %s\n", d->line, d->column, d->length, d->message);
	}
}

/** A parsed text and all that belongs to it. */
struct parsed {
	struct ctx_arena arena;
	struct ana_diags diags;
	struct ana_syntax syntax;
};

static int parse(struct parsed *p, const char *text, size_t len) {
	*p = (struct parsed){ 0 };
	p->diags.arena = &p->arena;
	return ana_syntax_parse(&p->syntax, (struct ctx_str){ text, len }, &p->arena, &p->diags, NULL);
}

static void release(struct parsed *p) {
	ana_syntax_release(&p->syntax);
	ana_diags_release(&p->diags);
	ctx_arena_release(&p->arena);
}

/** What a text is, and what it becomes. */
struct syntax_case {
	const char *name, *text, *want;
};

static void check_cases(const struct syntax_case *cases, size_t count) {
	for (size_t i = 0; i < count; ++i) {
		struct parsed p;
		ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT;
		// A copy without a byte behind it, for the sanitizers
		size_t len = strlen(cases[i].text);
		CTX_AUTO_FREE char *copy = ctx_reallocarray(NULL, 1, len > 0 ? len : 1);
		assert_non_null(copy);
		memcpy(copy, cases[i].text, len);
		assert_int_equal(parse(&p, copy, len), 0);
		show(&got, &p.syntax, &p.diags);
		if (strcmp(ctx_buf_str(&got), cases[i].want) != 0) {
			fail_msg("%s:\n%s-- expected:\n%s", cases[i].name, ctx_buf_str(&got), cases[i].want);
		}
		release(&p);
	}
}

// clang-format off
static const struct syntax_case line_cases[] = {
	{ "nothing", "", "0:0+1 the Dockerfile cannot be empty\n" },
	{ "blank lines and comments", "\n# x\n  \n", "0:0+1 file with no instructions\n" },
	{ "CRLF", "FROM a\r\nRUN b \\\r\n c\r\n", "1 FROM (a)\n2-3 RUN (b  c)\n" },
	{ "several CR", "FROM a\r\r\r\n", "1 FROM (a)\n" },
	{ "a lone CR ends no line", "RUN a\rRUN b", "1 RUN (a\rRUN b)\n" },
	{ "no line feed at the end", "FROM a\nRUN b", "1 FROM (a)\n2 RUN (b)\n" },
	{ "byte order mark", BOM "FROM a", "1 FROM (a)\n" },
	{ "byte order mark later", "FROM a\n" BOM "RUN b", "1 FROM (a)\n2 ?\n" },
	{ "byte order mark alone", BOM, "0:0+1 file with no instructions\n" },
	{ "invalid UTF-8 passes", "RUN \xFF", "1 RUN (\xFF)\n" },
	{ "keywords in any case", "from a\nRun b", "1 FROM (a)\n2 RUN (b)\n" },
	{ "keyword with a Kelvin sign", "WOR\xE2\x84\xAA" "DIR /a\nMA\xC4\xB0NTAINER b", "1 WORKDIR (/a)\n2 MAINTAINER (b)\n" },
	{ "unknown keyword", "FOO --x a b", "1 ? --x\n" },
	{ "keyword alone", "RUN\nENV\nCOPY\nHEALTHCHECK\nONBUILD", "1 RUN\n2 ENV\n3 COPY\n4 HEALTHCHECK\n5 ONBUILD\n" },
	{ "white space around", " \t\fRUN\va\v ", "1 RUN (a)\n" },
	{ "a no-break space does not split", "RUN" NBSP "a", "1 ?\n" },
	{ "a no-break space before", NBSP "RUN a" NBSP, "1 RUN (a)\n" },
	{ "mark joins", "RUN a\\\nb", "1-2 RUN (ab)\n" },
	{ "blanks stay", "RUN a \\ \t\n  b", "1-2 RUN (a   b)\n" },
	{ "comment and blank line inside", "RUN a \\\n# note\n\n   b", "1-4 RUN (a    b)\nempty 1-4\n" },
	{ "comment inside that ends with a mark", "RUN a \\\n# note \\\nb", "1-3 RUN (a b)\n" },
	{ "blank line with a no-break space", "RUN a \\\n" NBSP "\nb", "1-3 RUN (a b)\nempty 1-3\n" },
	{ "doubled mark", "RUN a \\\\\nb", "1 RUN (a \\\\)\n2 ?\n" },
	{ "tripled mark", "RUN a \\\\\\\nb", "1 RUN (a \\\\\\)\n2 ?\n" },
	{ "mark at the end of the file", "RUN a \\", "1 RUN (a)\n" },
	{ "mark before the first word", "\\\nRUN a", "1-2 RUN (a)\n" },
	{ "nothing but marks", "\\\n \\\n", "1-2 ?\n" },
	{ "nothing but a mark", "  \\", "1 ?\n" },
	{ "hash inside a line", "RUN a # b \\\n c", "1-2 RUN (a # b  c)\n" },
	{ "form feed after the mark", "RUN a \\\f\nb", "1 RUN (a \\)\n2 ?\n" },
	{ "vertical tab after the mark", "RUN a \\\v\nb", "1 RUN (a \\)\n2 ?\n" },
	{ "keyword over two lines", "RU\\\nN a", "1-2 RUN (a)\n" },
	{ "mark then comments to the end", "RUN a \\\n# b\n# c", "1-3 RUN (a)\n" },
	{ "instruction behind a comment that ends with a mark", "# a \\\nRUN b", "2 #a \\ RUN (b)\n" },
	{ "comments", "# a\n#b \n\nRUN c\n# d\nRUN e", "4 #a #b RUN (c)\n6 #d RUN (e)\n" },
	{ "bare hash clears", "# a\n#\n# b\nRUN c", "4 #b RUN (c)\n" },
	{ "indented comment keeps its hash", "  # a\nRUN b", "2 ## a RUN (b)\n" },
	{ "no comment of a directive", "# escape=`\n# a\nRUN b", "3 #a RUN (b)\n" },
	{ "comment inside belongs to nothing", "RUN a \\\n# b\nc\nRUN d", "1-3 RUN (a c)\n4 RUN (d)\n" },
};

static const struct syntax_case directive_cases[] = {
	{ "case", "#ESCAPE=`\nRUN a `\nb", "2-3 RUN (a b)\n" },
	{ "backslash is text then", "# escape=`\nRUN a \\\nRUN b", "2 RUN (a \\)\n3 RUN (b)\n" },
	{ "blanks", "#  escape\t=\f`  \r\nRUN a `\nb", "2-3 RUN (a b)\n" },
	{ "unknown key ends the zone", "# x=1\n# escape=`\nRUN a `\nRUN b", "3 #x=1 #escape=` RUN (a `)\n4 RUN (b)\n" },
	{ "blank line ends the zone", "\n# escape=`\nRUN a `\nRUN b", "3 #escape=` RUN (a `)\n4 RUN (b)\n" },
	{ "instruction ends the zone", "RUN a\n# escape=`\nRUN b `", "1 RUN (a)\n3 #escape=` RUN (b `)\n" },
	{ "no value", "# escape=\nRUN a `", "2 #escape= RUN (a `)\n" },
	{ "value of one blank", "# escape= \nRUN a", "2 RUN (a)\n1:10+1 invalid escape token ' ' does not match ` or \\\n" },
	{ "indented", "  # escape=`\nRUN a `\nb", "2-3 RUN (a b)\n" },
	{ "behind a byte order mark", BOM "# escape=`\nRUN a `\nb", "2-3 RUN (a b)\n" },
	{ "behind a shebang", "#!/bin/x\n# escape=`\nRUN a `", "3 #!/bin/x #escape=` RUN (a `)\n" },
	{ "repeated", "# syntax=a\n# Syntax=b\nRUN a", "3 RUN (a)\n2:3+6 only one syntax parser directive can be used\n" },
	{ "all repeated", "# check=a\n# escape=\\\n# check=b\n# ESCAPE=\\\nRUN a",
		"5 RUN (a)\n3:3+5 only one check parser directive can be used\n4:3+6 only one escape parser directive can be used\n" },
	{ "bad escape", "# escape=xy\nRUN a", "2 RUN (a)\n1:10+2 invalid escape token 'xy' does not match ` or \\\n" },
	{ "two escapes", "# escape=``\nRUN a", "2 RUN (a)\n1:10+2 invalid escape token '``' does not match ` or \\\n" },
	{ "key with a digit first", "# 1escape=`\nRUN a `", "2 #1escape=` RUN (a `)\n" },
	{ "vertical tab is no blank here", "# escape\v=`\nRUN a `", "2 #escape\v=` RUN (a `)\n" },
};

static const struct syntax_case argument_cases[] = {
	{ "flags", "RUN --mount=type=cache,target='/a b' x", "1 RUN --mount=type=cache,target=/a b (x)\n" },
	{ "two dashes", "CMD -- --version", "1 CMD (--version)\n" },
	{ "flags of all", "CMD --version", "1 CMD --version\n" },
	{ "flags of ARG", "ARG --q=1 X", "1 ARG --q=1 (X)\n" },
	{ "flags over lines", "COPY --from=a \\\n --link b c", "1-2 COPY --from=a --link (b)(c)\n" },
	{ "FROM", "FROM --platform=$P a  AS\tb", "1 FROM --platform=$P (a)(AS)(b)\n" },
	{ "quotes in word lists", "COPY \"a b\" c", "1 COPY (\"a)(b\")(c)\n" },
	{ "raw strings", "USER a  b\nWORKDIR /a b \nSTOPSIGNAL 9\nMAINTAINER a <b@c>",
		"1 USER (a  b)\n2 WORKDIR (/a b)\n3 STOPSIGNAL (9)\n4 MAINTAINER (a <b@c>)\n" },
	{ "EXPOSE, VOLUME", "EXPOSE 80 443/tcp\nVOLUME /a /b\nVOLUME [\"/a b\"]",
		"1 EXPOSE (80)(443/tcp)\n2 VOLUME (/a)(/b)\n3 VOLUME json (/a b)\n" },
	{ "ARG", "ARG a b='c d' e=\"f\\\" g\"", "1 ARG (a)(b='c d')(e=\"f\\\" g\")\n" },
	{ "ENV", "ENV a=b c=\"d e\" f=g\\ h i=", "1 ENV (a)(b)(=)(c)(\"d e\")(=)(f)(g\\ h)(=)(i)()(=)\n" },
	{ "old ENV", "ENV a b=c d", "1 ENV (a)(b=c d)()\n" },
	{ "old ENV with quotes", "ENV a  \"x y\"", "1 ENV (a)(\"x y\")()\n" },
	{ "ENV without a value", "ENV a\nLABEL b", "1:5+1 ENV must have two arguments\n2:7+1 LABEL must have two arguments\n" },
	{ "ENV with a no-break space", "ENV a" NBSP "b", "1:5+1 ENV must have two arguments\n" },
	{ "ENV with a word that has no =", "ENV a=b c", "1:9+1 can't find = in 'c', must be of the form: name=value\n" },
	{ "ENV with an empty name", "ENV =b", "1 ENV ()(b)(=)\n" },
	{ "ENV with invalid UTF-8", "ENV a=\xFF\nENV a \xFF", "1 ENV (a)(\xEF\xBF\xBD)(=)\n2 ENV (a)(\xFF)()\n" },
	{ "JSON", "CMD [\"a\", \"b c\"]\nSHELL [\"x\"]\nCOPY [\"a b\", \"c\"]\nENTRYPOINT []",
		"1 CMD json (a)(b c)\n2 SHELL json (x)\n3 COPY json (a b)(c)\n4 ENTRYPOINT json\n" },
	{ "JSON over lines", "CMD [ \\\n \"a\", \\\n# b\n \"c\" ]", "1-4 CMD json (a)(c)\n" },
	{ "JSON after flags", "COPY --link [\"a\",\"b\"]", "1 COPY --link json (a)(b)\n" },
	{ "no JSON", "RUN ['a']\nRUN [\"a\"] && b\nCOPY [a b", "1 RUN (['a'])\n2 RUN ([\"a\"] && b)\n3 COPY ([a)(b)\n" },
	{ "JSON that is not strings", "RUN [\"a\", 1]", "1:11+1 when using JSON array syntax, arrays must be comprised of strings only\n" },
	{ "JSON for others is text", "USER [\"a\"]\nENV [\"a\"] b\nEXPOSE [\"1\"]", "1 USER ([\"a\"])\n2 ENV ([\"a\"])(b)()\n3 EXPOSE ([\"1\"])\n" },
	{ "HEALTHCHECK", "HEALTHCHECK none\nHEALTHCHECK --interval=1s CMD a  b\nHEALTHCHECK CMD [\"a\",\"b\"]",
		"1 HEALTHCHECK (none)\n2 HEALTHCHECK --interval=1s (CMD)(a  b)\n3 HEALTHCHECK json (CMD)(a)(b)\n" },
	{ "HEALTHCHECK with JSON only", "HEALTHCHECK [\"a\"]", "1 HEALTHCHECK ([\"a\"])\n" },
	{ "HEALTHCHECK that is not strings", "HEALTHCHECK CMD [1]",
		"1:18+1 when using JSON array syntax, arrays must be comprised of strings only\n" },
	{ "ONBUILD", "ONBUILD --a COPY --from=b c d", "1 ONBUILD --a > COPY --from=b (c)(d)\n" },
	{ "ONBUILD of ONBUILD", "ONBUILD onbuild RUN a", "1 ONBUILD > ONBUILD > RUN (a)\n" },
	{ "ONBUILD of nothing known", "ONBUILD FOO a", "1 ONBUILD > ?\n" },
	{ "ONBUILD of a bad one", "ONBUILD ENV a", "1:13+1 ENV must have two arguments\n" },
	{ "the pass goes on", "FROM a\nENV b\nRUN c\nRUN [1]\nENV d=e f \\\n g\nRUN h",
		"1 FROM (a)\n3 RUN (c)\n7 RUN (h)\n2:5+1 ENV must have two arguments\n"
		"4:6+1 when using JSON array syntax, arrays must be comprised of strings only\n"
		"5:9+1 can't find = in 'f', must be of the form: name=value\n" },
};

static const struct syntax_case heredoc_cases[] = {
	{ "one", "RUN cat <<EOF\na\nb\nEOF\nRUN c", "1-4 RUN (cat <<EOF) <<EOF(a\nb\n)\n5 RUN (c)\n" },
	{ "empty", "RUN <<EOF\nEOF", "1-2 RUN (<<EOF) <<EOF()\n" },
	{ "CR stays in bodies", "RUN <<EOF\r\na\r\nEOF\r\n", "1-3 RUN (<<EOF) <<EOF(a\r\n)\n" },
	{ "comments and marks are text", "RUN <<EOF\n# a\nb \\\nEOF\n", "1-4 RUN (<<EOF) <<EOF(# a\nb \\\n)\n" },
	{ "after continued lines", "RUN <<EOF \\\n a\nb\nEOF\n", "1-4 RUN (<<EOF  a) <<EOF(b\n)\n" },
	{ "two", "COPY <<A <<-\"B\" /d/\na\nA\n\tb\n\tB\n", "1-5 COPY (<<A)(<<-\"B\")(/d/) <<A(a\n) <<B,plain,chomp(\tb\n)\n" },
	{ "the same twice", "COPY <<A <<A /d/\n1\nA\n2\nA\n", "1-5 COPY (<<A)(<<A)(/d/) <<A(1\n) <<A(2\n)\n" },
	{ "blanks around the terminator", "RUN <<EOF\nEOF \n EOF\nEOF\n", "1-4 RUN (<<EOF) <<EOF(EOF \n EOF\n)\n" },
	{ "tabs before the terminator", "RUN <<-EOF\n\t\tEOF\n", "1-2 RUN (<<-EOF) <<EOF,chomp()\n" },
	{ "quoted with a blank", "RUN <<'E F'\nx\nE F\n", "1-3 RUN (<<'E F') <<E F,plain(x\n)\n" },
	{ "backslash is no quote", "RUN <<\\EOF\nx\nEOF\n", "1-3 RUN (<<\\EOF) <<EOF(x\n)\n" },
	{ "number", "RUN 3<<EOF\nEOF\n", "1-2 RUN (3<<EOF) <<EOF,3()\n" },
	{ "number beyond all", "RUN 99999999999<<EOF\nEOF\n", "1-2 RUN (99999999999<<EOF) <<EOF,4294967295()\n" },
	{ "here-string", "RUN cat <<<x\nRUN y", "1 RUN (cat <<<x)\n2 RUN (y)\n" },
	{ "shift in arithmetic", "RUN echo $((1<<2))\nRUN y", "1 RUN (echo $((1<<2)))\n2 RUN (y)\n" },
	{ "shift as a word", "RUN echo 1<<2\nx\n2\n", "1-3 RUN (echo 1<<2) <<2,1(x\n)\n" },
	{ "odd quote", "RUN echo it's <<EOF\nRUN y", "1 RUN (echo it's <<EOF)\n2 RUN (y)\n" },
	{ "odd quote after a heredoc before", "RUN <<A\nA\nRUN it's <<EOF\nRUN y", "1-2 RUN (<<A) <<A()\n3 RUN (it's <<EOF)\n4 RUN (y)\n" },
	{ "variable", "RUN <<$N\nx\n$N\n", "1-3 RUN (<<$N) <<$N(x\n)\n" },
	{ "blank before the name", "COPY << EOF /d\nx\nEOF\n", "1-3 COPY (<<)(EOF)(/d) <<EOF(x\n)\n" },
	{ "empty name", "COPY <<\"\" /d\nRUN x", "1 COPY (<<\"\")(/d)\n2 RUN (x)\n" },
	{ "not in CMD", "CMD <<EOF\nRUN x", "1 CMD (<<EOF)\n2 RUN (x)\n" },
	{ "not in JSON", "RUN [\"<<EOF\"]\nRUN x", "1 RUN json (<<EOF)\n2 RUN (x)\n" },
	{ "ADD", "ADD <<a /b\nx\na\n", "1-3 ADD (<<a)(/b) <<a(x\n)\n" },
	{ "ONBUILD", "ONBUILD RUN <<EOF\nx\nEOF\nONBUILD CMD <<EOF\n", "1-3 ONBUILD > RUN (<<EOF) <<EOF(x\n)\n4 ONBUILD > CMD (<<EOF)\n" },
	{ "ONBUILD twice", "ONBUILD ONBUILD RUN <<EOF", "1 ONBUILD > ONBUILD > RUN (<<EOF)\n" },
	{ "the escape is always a backslash", "# escape=`\nRUN <<\\EOF `\n a\nx\nEOF\n", "2-5 RUN (<<\\EOF  a) <<EOF(x\n)\n" },
	{ "open", "FROM a\nRUN b \\\n <<-EOF\nRUN c\n", "1 FROM (a)\n3:2+6 unterminated heredoc, expected a line that is 'EOF'\n" },
	{ "second one open", "RUN <<A <<B\nA\nA\n", "1:9+3 unterminated heredoc, expected a line that is 'B'\n" },
};
// clang-format on

static void lines_join(void **state) {
	(void)state;
	check_cases(line_cases, CTX_COUNTOF(line_cases));
}

static void directives_act(void **state) {
	(void)state;
	check_cases(directive_cases, CTX_COUNTOF(directive_cases));
}

static void arguments_split(void **state) {
	(void)state;
	check_cases(argument_cases, CTX_COUNTOF(argument_cases));
}

static void heredocs_are_taken(void **state) {
	(void)state;
	check_cases(heredoc_cases, CTX_COUNTOF(heredoc_cases));
}

static const struct detect_case {
	const char *name, *text, *syntax, *check;
	uint32_t syntax_line, check_line;
} detect_cases[] = {
	{ "none", "FROM a", NULL, NULL, 0, 0 },
	{ "both", "# check=skip=all\n# syntax=a/b:1\nFROM a", "a/b:1", "skip=all", 2, 1 },
	{ "up to the first space", "# syntax = a b c\n# check=skip=A, B;error=true\n", "a", "skip=A,", 1, 2 },
	{ "indented is not seen", "  # syntax=a\nFROM a", NULL, NULL, 0, 0 },
	{ "behind a shebang", "#!/bin/x\n# syntax=a\nFROM a", "a", NULL, 2, 0 },
	{ "behind a byte order mark", BOM "# syntax=a\nFROM a", "a", NULL, 1, 0 },
	{ "the first of two", "# syntax=a\n# syntax=b\n# check=x\nFROM a", "a", NULL, 1, 0 },
	{ "behind escape", "# escape=x\n# syntax=a\nFROM a", "a", NULL, 2, 0 },
	{ "behind a comment", "# x\n# syntax=a\nFROM a", NULL, NULL, 0, 0 },
	{ "CRLF", "# syntax=a\r\n# check=\r\n", "a", NULL, 1, 0 },
	{ "slashes", "// syntax=a b\n// check=b\n", "a", NULL, 1, 0 },
	{ "hash wins over slashes", "// syntax=a\n# syntax=b\n", "a", NULL, 1, 0 },
	{ "JSON", "{\"syntax\": \"a b\", \"check\": \"c\"}\n", "a b", NULL, 0, 0 },
	{ "JSON behind a shebang", "#!x\n{\"syntax\": \"a\"}", "a", NULL, 1, 0 },
};

static void syntax_and_check_have_their_own_reader(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(detect_cases); ++i) {
		const struct detect_case *c = &detect_cases[i];
		struct parsed p;
		assert_int_equal(parse(&p, c->text, strlen(c->text)), 0);
		const struct ana_directives *d = &p.syntax.directives;
		bool good = d->syntax_line == c->syntax_line && d->check_line == c->check_line &&
			(c->syntax ? ctx_str_is(d->syntax, c->syntax) : d->syntax.ptr == NULL) &&
			(c->check ? ctx_str_is(d->check, c->check) : d->check.ptr == NULL);
		if (!good) {
			fail_msg("%s: syntax '%.*s' line %u, check '%.*s' line %u", c->name, CTX_STR_ARGS(d->syntax),
				d->syntax_line, CTX_STR_ARGS(d->check), d->check_line);
		}
		release(&p);
	}
}

/** `before`, a line of `len` bytes that begins with `start`, and `after`. */
static void check_long(const char *before, const char *start, size_t len, const char *after, const char *want) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT, got = CTX_BUF_INIT;
	ctx_buf_adds(&text, before);
	ctx_buf_adds(&text, start);
	for (size_t i = strlen(start); i < len; ++i) {
		ctx_buf_addc(&text, 'x');
	}
	ctx_buf_adds(&text, after);
	assert_true(ctx_buf_ok(&text));
	struct parsed p;
	assert_int_equal(parse(&p, text.data, text.len), 0);
	for (size_t i = 0; i < p.syntax.nodes.count; ++i) {
		ctx_buf_addf(&got, "%u %s\n", p.syntax.nodes.items[i].first_line,
			ana_keyword_name(p.syntax.nodes.items[i].keyword));
	}
	for (size_t i = 0; i < p.diags.items.count; ++i) {
		ctx_buf_addf(&got, "%u:%u %.22s\n", p.diags.items.items[i].line, p.diags.items.items[i].column,
			p.diags.items.items[i].message);
	}
	assert_string_equal(ctx_buf_str(&got), want);
	release(&p);
}

static void lines_have_a_limit(void **state) {
	(void)state;
	check_long("FROM a\n", "RUN ", ANA_LINE_BYTES_MAX, "\nRUN b\n", "1 FROM\n2 RUN\n3 RUN\n");
	check_long("FROM a\n", "RUN ", ANA_LINE_BYTES_MAX, "", "1 FROM\n2 RUN\n");
	check_long("FROM a\n", "RUN ", ANA_LINE_BYTES_MAX + 1, "\nRUN b\n",
		"1 FROM\n3 RUN\n2:65536 dockerfile line greate\n");
	check_long("FROM a\n", "RUN ", ANA_LINE_BYTES_MAX + 1, "", "1 FROM\n2:65536 dockerfile line greate\n");
	check_long("FROM a\n", "RUN ", ANA_LINE_BYTES_MAX, "\r\nRUN b\n",
		"1 FROM\n3 RUN\n2:65536 dockerfile line greate\n");
	check_long("FROM a\n", "# ", ANA_LINE_BYTES_MAX + 1, "\nRUN b\n",
		"1 FROM\n3 RUN\n2:65536 dockerfile line greate\n");
	// The mark of the byte order counts
	check_long(BOM, "RUN ", ANA_LINE_BYTES_MAX - 3, "\n", "1 RUN\n");
	check_long(BOM, "RUN ", ANA_LINE_BYTES_MAX - 2, "\nRUN b\n", "2 RUN\n1:65536 file with no instructi\n");
	// To BuildKit the file ends before that line
	check_long("", "RUN ", ANA_LINE_BYTES_MAX + 1, "\nRUN b\n", "2 RUN\n1:65536 file with no instructi\n");
	check_long("RUN a \\\n", "", ANA_LINE_BYTES_MAX + 1, "\nRUN b\n",
		"1 RUN\n3 RUN\n2:65536 dockerfile line greate\n");
	check_long("ENV a\\\n", "", ANA_LINE_BYTES_MAX + 1, "\nRUN b\n",
		"3 RUN\n1:5 ENV must have two argu\n2:65536 dockerfile line greate\n");
	check_long("RUN <<E\n", "", ANA_LINE_BYTES_MAX + 1, "\nE\nRUN b\n",
		"1:5 unterminated heredoc, \n2:65536 dockerfile line greate\n");
}

static void positions_lead_back(void **state) {
	(void)state;
	const char *text = BOM "FROM a\n\nRUN --x='y' b \\\n# c\n  dd ee\\\nff <<\"E\"\ng\nE\nCMD [\"h\"]\nUSER";
	struct parsed p;
	assert_int_equal(parse(&p, text, strlen(text)), 0);
	assert_int_equal(p.diags.items.count, 0);
	const struct ana_node *from = &p.syntax.nodes.items[0], *run = from + 1, *cmd = from + 2, *user = from + 3;
	size_t dd = (size_t)((char *)memmem(run->logical.ptr, run->logical.len, "dd", 2) - run->logical.ptr);
	const struct {
		const char *name;
		const struct ana_node *node;
		struct ctx_str part;
		struct ana_position want;
	} cases[] = {
		{ "keyword", from, CTX_STR_NONE, { 1, 1, 4 } },
		{ "argument", from, from->args[0], { 1, 6, 1 } },
		{ "first line of a joined one", run, CTX_STR_NONE, { 3, 1, 3 } },
		{ "decoded flag", run, run->flags[0], { 3, 13, 2 } },
		{ "part of the second piece", run, { run->logical.ptr + dd, 2 }, { 5, 3, 2 } },
		{ "part that goes on in the next piece", run, { run->logical.ptr + dd + 3, 4 }, { 5, 6, 2 } },
		{ "heredoc", run, run->heredocs[0].word, { 6, 4, 5 } },
		{ "body", run, run->heredocs[0].body, { 7, 1, 1 } },
		{ "JSON member", cmd, cmd->args[0], { 9, 7, 1 } },
		{ "all of the arguments", cmd, cmd->args_text, { 9, 5, 5 } },
		{ "no arguments", user, user->args_text, { 10, 5, 1 } },
		{ "text of somebody else", user, CTX_STR("x"), { 10, 1, 4 } },
	};
	for (size_t i = 0; i < CTX_COUNTOF(cases); ++i) {
		struct ana_position at = ana_node_position(&p.syntax, cases[i].node, cases[i].part);
		if (at.line != cases[i].want.line || at.column != cases[i].want.column ||
			at.length != cases[i].want.length) {
			fail_msg("%s: %u:%u+%u", cases[i].name, at.line, at.column, at.length);
		}
	}
	assert_int_equal(run->heredocs[0].line, 7);
	assert_int_equal(run->heredocs[0].end_line, 8);
	release(&p);
}

static void physical_lines(void **state) {
	(void)state;
	struct parsed p;
	const char *text = BOM "RUN a\r\n\n# x\nRUN b \\";
	assert_int_equal(parse(&p, text, strlen(text)), 0);
	assert_true(ctx_str_is(ana_syntax_line(&p.syntax, 1), "RUN a"));
	assert_true(ctx_str_is(ana_syntax_line(&p.syntax, 2), ""));
	assert_true(ctx_str_is(ana_syntax_line(&p.syntax, 3), "# x"));
	assert_true(ctx_str_is(ana_syntax_line(&p.syntax, 4), "RUN b \\"));
	assert_null(ana_syntax_line(&p.syntax, 0).ptr);
	assert_null(ana_syntax_line(&p.syntax, 5).ptr);
	release(&p);
}

static void single_lines_are_not_copied(void **state) {
	(void)state;
	struct parsed p;
	const char *text = "COPY --from=a b c\nRUN x \\\n";
	assert_int_equal(parse(&p, text, strlen(text)), 0);
	const struct ana_node *copy = &p.syntax.nodes.items[0], *run = copy + 1;
	assert_ptr_equal(copy->keyword_text.ptr, text);
	assert_ptr_equal(copy->flags[0].ptr, text + 5);
	assert_ptr_equal(copy->args[1].ptr, text + 16);
	assert_ptr_equal(copy->logical.ptr, text);
	assert_ptr_equal(run->args[0].ptr, text + 22);
	assert_true(ctx_str_is(run->logical, "RUN x "));
	assert_true(ctx_str_is(run->line_text, "RUN x"));
	release(&p);
}

static const struct syntax_case trigger_cases[] = {
	{ "one", "RUN a", "1 RUN (a)" },
	{ "heredoc", "RUN <<EOF\na\nEOF", "1-3 RUN (<<EOF) <<EOF(a\n)" },
	{ "none", "# x", "1 ? 0:0 file with no instructions" },
	{ "nothing", "", "1 ? 0:0 file with no instructions" },
	{ "two", "RUN a\nRUN b", "1 ? 1:1 onbuild trigger should be a single expression" },
	{ "bad", "ENV a", "1 ? 1:5 ENV must have two arguments" },
};

static void triggers_are_single_instructions(void **state) {
	(void)state;
	for (size_t i = 0; i < CTX_COUNTOF(trigger_cases); ++i) {
		ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
		ctx_auto_buf struct ctx_buf got = CTX_BUF_INIT;
		struct ana_diags diags = { .arena = &arena };
		struct ana_node node;
		struct ctx_str text = CTX_STR(trigger_cases[i].text);
		assert_int_equal(ana_syntax_parse_line(&node, text, '\\', &arena, &diags, NULL), 0);
		show_node(&got, &node);
		if (diags.items.count > 0) {
			const struct ana_diag *d = &diags.items.items[0];
			ctx_buf_addf(&got, " %u:%u %s", d->line, d->column, d->message);
		}
		if (strcmp(ctx_buf_str(&got), trigger_cases[i].want) != 0) {
			fail_msg("%s: %s, expected %s", trigger_cases[i].name, ctx_buf_str(&got),
				trigger_cases[i].want);
		}
		ana_diags_release(&diags);
	}
}

static void heredoc_words(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct ana_heredoc doc;
	assert_int_equal(ana_heredoc_read(&doc, CTX_STR("7<<-'a b'"), &arena, NULL), 1);
	assert_true(ctx_str_is(doc.name, "a b"));
	assert_int_equal(doc.fd, 7);
	assert_true(doc.chomp);
	assert_false(doc.expand);
	static const char *const none[] = { "", "<", "<<", "<<-", "<<<a", "a<<b", "<<a<", "<< \t", "<<a b" };
	for (size_t i = 0; i < CTX_COUNTOF(none); ++i) {
		assert_int_equal(ana_heredoc_read(&doc, CTX_STR(none[i]), &arena, NULL), 0);
	}
	assert_int_equal(ana_heredoc_read(&doc, CTX_STR("<<'a"), &arena, NULL), CTX_E_SYNTAX);
}

static void keywords_have_names(void **state) {
	(void)state;
	assert_string_equal(ana_keyword_name(ANA_KW_UNKNOWN), "");
	for (int i = ANA_KW_UNKNOWN + 1; i < ANA_KW_COUNT; ++i) {
		assert_int_equal(ana_keyword_of(CTX_STR(ana_keyword_name((enum ana_keyword)i))), i);
	}
	static const char *const none[] = { "", "RU", "RUNS", "HEALTHCHECKS", "R\xC3\x9CN", "\xFF", "RU\xE2\x84",
		"ONBUILD " };
	for (size_t i = 0; i < CTX_COUNTOF(none); ++i) {
		assert_int_equal(ana_keyword_of(CTX_STR(none[i])), ANA_KW_UNKNOWN);
	}
}

/** Many times one text: the time must not grow faster than the text. */
static void check_repeated(const char *head, const char *unit, const char *tail, size_t nodes) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	ctx_buf_adds(&text, head);
	while (text.len < 2000000) {
		ctx_buf_adds(&text, unit);
	}
	ctx_buf_adds(&text, tail);
	assert_true(ctx_buf_ok(&text));
	struct parsed p;
	assert_int_equal(parse(&p, text.data, text.len), 0);
	assert_int_equal(p.syntax.nodes.count, nodes);
	release(&p);
}

static void hostile_texts_are_linear(void **state) {
	(void)state;
	check_repeated("RUN ", "x", "", 0);
	check_repeated("RUN ", "\\\n", "", 1);
	check_repeated("RUN [", "[\\\n", "", 1);
	check_repeated("", "ONBUILD \\\n", "RUN a", 1);
	check_repeated("", "RUN <<A\n", "", 0);
	check_repeated("RUN <<A\n", "B\n", "A", 1);
	check_repeated("RUN ", "<<A \\\n", "", 0);
	check_repeated("RUN ", "${x:-\\\n", "", 1);
	check_repeated("RUN '<<' ", "< \\\n", "", 1);
	check_repeated("ENV ", "a=b \\\n", "c", 0);
}

static void no_memory_is_an_error(void **state) {
	(void)state;
	const char *text =
		"# check=a\nFROM a\n# b\nRUN --x='y' <<A \\\n\n 'x'\nA\nENV a=\xFF\nENV b\nONBUILD CMD [\"\\u0041\"]\n";
	int rc = CTX_E_NOMEM;
	for (long n = 0; rc < 0; ++n) {
		struct parsed p;
		ctx_alloc_fail_after(n);
		rc = parse(&p, text, strlen(text));
		ctx_alloc_fail_after(-1);
		assert_true(rc == 0 || rc == CTX_E_NOMEM);
		assert_true(n < 1000);
		release(&p);
	}
}

static void texts_have_a_limit(void **state) {
	(void)state;
	ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
	struct ana_diags diags = { .arena = &arena };
	struct ana_syntax syntax = { 0 };
	struct ctx_error err;
	// Never looked at
	struct ctx_str text = { "FROM a", (size_t)ANA_TEXT_BYTES_MAX + 1 };
	assert_int_equal(ana_syntax_parse(&syntax, text, &arena, &diags, &err), CTX_E_LIMIT);
	ana_syntax_release(&syntax);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_join),
		cmocka_unit_test(directives_act),
		cmocka_unit_test(arguments_split),
		cmocka_unit_test(heredocs_are_taken),
		cmocka_unit_test(syntax_and_check_have_their_own_reader),
		cmocka_unit_test(lines_have_a_limit),
		cmocka_unit_test(positions_lead_back),
		cmocka_unit_test(physical_lines),
		cmocka_unit_test(single_lines_are_not_copied),
		cmocka_unit_test(triggers_are_single_instructions),
		cmocka_unit_test(heredoc_words),
		cmocka_unit_test(keywords_have_names),
		cmocka_unit_test(hostile_texts_are_linear),
		cmocka_unit_test(no_memory_is_an_error),
		cmocka_unit_test(texts_have_a_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
