/*
 * Recursive descent over the grammar of POSIX sh (2.10 of the standard): list, and-or, pipeline, command, word.
 * Words are made while they are read, so that the reader may follow assignments from one command to the next.
 */
#include "analyzer/dockerfile/script.h"

#include "analyzer/dockerfile/script_internal.h"

/* ---- Redirections ---- */

/** Skip blanks and escaped line feeds. */
static void skip_blanks(struct script *s) {
	for (;;) {
		if (script_peek(s, 0) == ' ' || script_peek(s, 0) == '\t' || script_peek(s, 0) == '\r') {
			++s->at;
		} else if (script_starts(s, "\\\n")) {
			s->at += 2;
		} else {
			return;
		}
	}
}

/** The word of a redirection: no cutting. */
static int read_target(struct script *s, struct ana_script_word *out) {
	struct parts none = { 0 };
	struct pending p = script_new_word();
	p.whole = true;
	skip_blanks(s);
	int rc = script_word(s, &p, &none);
	if (rc == 0 && !p.exists) {
		rc = script_unknown(s, "a redirection to nowhere");
	}
	rc = rc != 0 ? rc : script_finish_word(s, &p, out);
	ctx_buf_release(&p.text);
	return rc;
}

/** After "<<": the word that ends the document. */
static int read_heredoc_start(struct script *s, struct parts *parts) {
	struct heredoc doc = { .tabs = script_peek(s, 0) == '-' };
	s->at += doc.tabs;
	skip_blanks(s);
	const char *from = s->at;
	struct ana_script_word word;
	int rc = read_target(s, &word);
	if (rc != 0) {
		return rc;
	}
	if (memchr(from, '$', (size_t)(s->at - from)) != NULL || memchr(from, '`', (size_t)(s->at - from)) != NULL) {
		return script_unknown(s, "a here-document with a strange end");
	}
	doc.end = word.text;
	doc.literal = word.quoted || memchr(from, '\\', (size_t)(s->at - from)) != NULL;
	parts->fed = true;
	return CTX_VEC_PUSH(&s->heredocs, doc) ? 0 : ctx_fail_nomem(s->err);
}

/** At '<', '>' or "&>". */
static int read_redirect(struct script *s, struct parts *parts) {
	bool both = *s->at == '&';
	s->at += both;
	char c = *s->at++;
	struct ana_script_redirect redirect = { .kind = c };
	if (script_peek(s, 0) == '(') {
		return script_unknown(s, "a process substitution");
	}
	if (c == '<' && script_starts(s, "<<")) {
		s->at += 2;
		parts->fed = true;
		return read_target(s, &redirect.target);
	}
	if (c == '<' && script_peek(s, 0) == '<') {
		++s->at;
		return read_heredoc_start(s, parts);
	}
	if (c == '<' && script_peek(s, 0) == '>') {
		return script_unknown(s, "a redirection in both directions");
	}
	if (script_peek(s, 0) == '>') {
		redirect.kind = 'a';
		++s->at;
	} else if (script_peek(s, 0) == '|' && c == '>') {
		++s->at;
	}
	bool copy = script_peek(s, 0) == '&' && !both;
	s->at += copy;
	int rc = read_target(s, &redirect.target);
	bool digits = rc == 0 && redirect.target.text.len > 0 &&
		strspn(redirect.target.text.ptr, "0123456789-") == redirect.target.text.len;
	if (rc != 0 || (copy && digits)) {
		return rc;
	}
	return CTX_VEC_PUSH(&parts->redirects, redirect) ? 0 : ctx_fail_nomem(s->err);
}

/** The line ended: here-documents that it began. */
static int read_heredocs(struct script *s) {
	for (size_t i = 0; i < s->heredocs.count; ++i) {
		const struct heredoc *doc = &s->heredocs.items[i];
		const char *from = s->at;
		for (bool done = false; !done;) {
			if (s->at >= s->end) {
				return script_unknown(s, "a here-document without its end");
			}
			struct ctx_str rest = { s->at, (size_t)(s->end - s->at) };
			struct ctx_str line = { rest.ptr, ctx_str_find(rest, '\n') };
			s->at += line.len + (line.len < rest.len);
			while (doc->tabs && line.len > 0 && *line.ptr == '\t') {
				line = ctx_str_from(line, 1);
			}
			done = ctx_str_eq(line, doc->end);
		}
		int rc = doc->literal ? 0 : script_mention(s, (struct ctx_str){ from, (size_t)(s->at - from) });
		if (rc != 0) {
			return rc;
		}
	}
	s->heredocs.count = 0;
	return 0;
}

/* ---- Commands ---- */

/** Skip blanks, line feeds and comments; and semicolons, if `more`. */
static int skip_lines(struct script *s, bool more) {
	for (;;) {
		skip_blanks(s);
		char c = script_peek(s, 0);
		if (c == '#') {
			while (s->at < s->end && *s->at != '\n') {
				++s->at;
			}
		} else if (c == '\n' && s->at < s->end) {
			++s->at;
			int rc = read_heredocs(s);
			if (rc != 0) {
				return rc;
			}
		} else if (more && c == ';' && script_peek(s, 1) != ';') {
			++s->at;
		} else {
			return 0;
		}
	}
}

/** Is the next word this one? */
static bool is_next(const struct script *s, const char *word) {
	size_t len = strlen(word);
	return script_starts(s, word) && (script_peek(s, len) == '\0' || script_ends_word(script_peek(s, len)));
}

/** Take the next word if it is this one. */
static bool take_next(struct script *s, const char *word) {
	bool is = is_next(s, word);
	s->at += is ? strlen(word) : 0;
	return is;
}

/** Tell about a command. */
static int tell_command(struct script *s, struct parts *parts, const char *from, enum ana_script_event event) {
	const char *to = s->at;
	while (to > from && strchr(" \t\n\r", to[-1]) != NULL) {
		--to;
	}
	struct ana_script_command command = { .text = { from, (size_t)(to - from) },
		.words = parts->words.items,
		.word_count = parts->words.count,
		.assign_count = parts->assigns,
		.redirects = parts->redirects.items,
		.redirect_count = parts->redirects.count,
		.fed = parts->fed };
	return s->reader->event(s->reader->arg, event, &command);
}

static void release_parts(struct parts *parts) {
	CTX_VEC_RELEASE(&parts->words);
	CTX_VEC_RELEASE(&parts->redirects);
}

/** One word of a simple command. */
static int read_argument(struct script *s, struct parts *parts) {
	const char *from = s->at;
	size_t before = parts->words.count;
	struct pending p = script_new_word();
	int rc = script_word(s, &p, parts);
	size_t len = (size_t)(s->at - from);
	bool number = len == 1 && isdigit((unsigned char)*from);
	if (rc == 0 && number && (script_peek(s, 0) == '<' || script_peek(s, 0) == '>')) {
		ctx_buf_release(&p.text);
		return 0; // the descriptor of a redirection
	}
	if (rc == 0 && p.exists) {
		rc = script_push_word(s, &p, parts);
	}
	ctx_buf_release(&p.text);
	bool assigns = before == parts->assigns && parts->words.count == before + 1 &&
		ana_script_assigned((struct ctx_str){ from, len }).len > 0;
	parts->assigns += rc == 0 && assigns;
	return rc;
}

/** In "[[ ... ]]" operators are words. */
static int read_test(struct script *s, struct parts *parts) {
	int first = read_argument(s, parts);
	if (first != 0) {
		return first;
	}
	while (s->at < s->end && !is_next(s, "]]")) {
		if (script_ends_word(*s->at)) {
			++s->at;
			continue;
		}
		int rc = read_argument(s, parts);
		if (rc != 0) {
			return rc;
		}
	}
	return take_next(s, "]]") ? 0 : script_unknown(s, "a '[[' without its end");
}

static int read_simple(struct script *s) {
	struct parts parts = { 0 };
	const char *from = s->at;
	int rc = is_next(s, "[[") ? read_test(s, &parts) : 0;
	while (rc == 0) {
		skip_blanks(s);
		char c = script_peek(s, 0);
		if (c == '<' || c == '>' || (c == '&' && script_peek(s, 1) == '>')) {
			rc = read_redirect(s, &parts);
		} else if (s->at >= s->end || strchr("\n;&|)", c) != NULL || c == '#') {
			break;
		} else if (c == '(') {
			rc = script_unknown(s, "a function or an array");
		} else if (c == '\0') {
			rc = script_unknown(s, "a NUL byte");
		} else {
			rc = read_argument(s, &parts);
		}
	}
	rc = rc != 0 ? rc : tell_command(s, &parts, from, ANA_SCRIPT_COMMAND);
	release_parts(&parts);
	return rc;
}

/** A list between two events, up to a word. */
static int read_block(struct script *s, const char *until, enum ana_script_event begin, enum ana_script_event end) {
	int rc = script_tell(s, begin);
	rc = rc != 0 ? rc : script_list(s, until);
	return rc != 0 ? rc : script_tell(s, end);
}

/** After "if". */
static int read_if(struct script *s) {
	for (const char *until = " then ";;) {
		int rc = read_block(s, until, ANA_SCRIPT_BRANCH, ANA_SCRIPT_BRANCH_END);
		if (rc != 0) {
			return rc;
		}
		if (take_next(s, "then")) {
			until = " elif else fi ";
		} else if (take_next(s, "elif")) {
			until = " then ";
		} else if (take_next(s, "else")) {
			until = " fi ";
		} else {
			return take_next(s, "fi") ? 0 : script_unknown(s, "an 'if' without its end");
		}
	}
}

/** "do ... done". */
static int read_body(struct script *s) {
	int rc = skip_lines(s, true);
	if (rc != 0 || !take_next(s, "do")) {
		return rc != 0 ? rc : script_unknown(s, "a loop");
	}
	rc = read_block(s, " done ", ANA_SCRIPT_LOOP, ANA_SCRIPT_LOOP_END);
	return rc != 0 ? rc : take_next(s, "done") ? 0 : script_unknown(s, "a loop without its end");
}

/** After "for". */
static int read_for(struct script *s) {
	struct parts parts = { 0 }, list = { 0 };
	skip_blanks(s);
	const char *from = s->at;
	int rc = read_argument(s, &parts);
	if (rc == 0 && parts.words.count != 1) {
		rc = script_unknown(s, "a loop");
	}
	rc = rc != 0 ? rc : tell_command(s, &parts, from, ANA_SCRIPT_FOR);
	rc = rc != 0 ? rc : skip_lines(s, false);
	if (rc == 0 && take_next(s, "in")) {
		for (skip_blanks(s); rc == 0 && s->at < s->end && !script_ends_word(*s->at); skip_blanks(s)) {
			rc = read_argument(s, &list);
		}
	}
	rc = rc != 0 ? rc : read_body(s);
	release_parts(&parts);
	release_parts(&list);
	return rc;
}

/** After "while" and "until". */
static int read_while(struct script *s) {
	int rc = read_block(s, " do ", ANA_SCRIPT_LOOP, ANA_SCRIPT_LOOP_END);
	return rc != 0 ? rc : read_body(s);
}

/** Up to the ')' of a pattern. */
static int read_pattern(struct script *s) {
	struct parts parts = { 0 };
	int rc = 0;
	for (skip_blanks(s); rc == 0 && s->at < s->end && *s->at != ')'; skip_blanks(s)) {
		if (*s->at == '|' || *s->at == '(') {
			++s->at;
		} else if (script_ends_word(*s->at)) {
			rc = script_unknown(s, "a pattern");
		} else {
			rc = read_argument(s, &parts);
		}
	}
	release_parts(&parts);
	s->at += s->at < s->end;
	return rc;
}

/** After "case". */
static int read_case(struct script *s) {
	struct parts parts = { 0 };
	skip_blanks(s);
	int rc = read_argument(s, &parts);
	release_parts(&parts);
	rc = rc != 0 ? rc : skip_lines(s, false);
	if (rc != 0 || !take_next(s, "in")) {
		return rc != 0 ? rc : script_unknown(s, "a 'case'");
	}
	for (;;) {
		rc = skip_lines(s, false);
		if (rc != 0 || take_next(s, "esac")) {
			return rc;
		}
		rc = s->at >= s->end ? script_unknown(s, "a 'case' without its end") : read_pattern(s);
		rc = rc != 0 ? rc : read_block(s, " esac ", ANA_SCRIPT_BRANCH, ANA_SCRIPT_BRANCH_END);
		if (rc != 0) {
			return rc;
		}
		if (script_starts(s, ";;") || script_starts(s, ";&")) {
			s->at += 2;
			s->at += script_peek(s, 0) == '&';
		} else if (!is_next(s, "esac")) {
			return script_unknown(s, "a 'case'");
		}
	}
}

/** "( ... )" and "{ ... }". */
static int read_group(struct script *s) {
	bool braces = *s->at == '{';
	++s->at;
	int rc = braces ? script_list(s, " } ") : read_block(s, ")", ANA_SCRIPT_SUBSHELL, ANA_SCRIPT_SUBSHELL_END);
	if (rc == 0 && script_peek(s, 0) != (braces ? '}' : ')')) {
		rc = script_unknown(s, "commands in brackets without their end");
	}
	s->at += rc == 0;
	return rc;
}

/** Redirections of a compound command, as a command without words. */
static int read_tail(struct script *s) {
	skip_blanks(s);
	char c = script_peek(s, 0);
	bool number = isdigit((unsigned char)c) && (script_peek(s, 1) == '>' || script_peek(s, 1) == '<');
	bool other = s->at < s->end && strchr("\n;&|)<>#", c) == NULL && !number;
	bool redirects = c == '<' || c == '>' || (c == '&' && script_peek(s, 1) == '>') || number;
	return other ? script_unknown(s, "words after a compound command") : redirects ? read_simple(s) : 0;
}

static int read_command(struct script *s) {
	static const struct {
		const char *word;
		int (*read)(struct script *s);
	} compounds[] = { { "if", read_if }, { "for", read_for }, { "while", read_while }, { "until", read_while },
		{ "case", read_case } };
	static const char *const refused[] = { "function", "select", "coproc", "then", "else", "elif", "fi", "do",
		"done", "esac", "}", NULL };
	if (script_starts(s, "((")) {
		return script_unknown(s, "arithmetic");
	}
	for (const char *const *word = refused; *word != NULL; ++word) {
		if (is_next(s, *word)) {
			return script_unknown(s, "a word of the shell's grammar where none can stand");
		}
	}
	for (size_t i = 0; i < CTX_COUNTOF(compounds); ++i) {
		if (take_next(s, compounds[i].word)) {
			int rc = compounds[i].read(s);
			return rc != 0 ? rc : read_tail(s);
		}
	}
	if (*s->at == '(' || is_next(s, "{")) {
		int rc = read_group(s);
		return rc != 0 ? rc : read_tail(s);
	}
	return read_simple(s);
}

/** One command, which must be there. */
static int read_element(struct script *s) {
	const char *from = s->at;
	int rc = s->at < s->end ? read_command(s) : 0;
	if (rc == 0 && s->at == from) {
		return script_unknown(s, "an operator without a command");
	}
	skip_blanks(s);
	return rc;
}

static int read_pipeline(struct script *s) {
	size_t changes = s->reader->changes;
	while (take_next(s, "!")) {
		skip_blanks(s);
	}
	int rc = read_element(s);
	while (rc == 0 && script_peek(s, 0) == '|' && script_peek(s, 1) != '|') {
		s->at += script_peek(s, 1) == '&' ? 2 : 1;
		if (s->reader->changes != changes) {
			return script_unknown(s, "a change of the directory or of a variable before '|'");
		}
		rc = script_tell(s, ANA_SCRIPT_SUBSHELL);
		rc = rc != 0 ? rc : skip_lines(s, false);
		rc = rc != 0 ? rc : read_element(s);
		rc = rc != 0 ? rc : script_tell(s, ANA_SCRIPT_SUBSHELL_END);
		changes = s->reader->changes;
	}
	return rc;
}

/** What stands behind "||". */
static int read_otherwise(struct script *s, size_t changes) {
	int rc = skip_lines(s, false);
	bool exits = is_next(s, "exit") || is_next(s, "false") || is_next(s, "return");
	if (rc == 0 && s->reader->changes != changes && !exits) {
		return script_unknown(s, "a change of the directory or of a variable before '||'");
	}
	rc = rc != 0 ? rc : script_tell(s, ANA_SCRIPT_BRANCH);
	rc = rc != 0 ? rc : read_pipeline(s);
	return rc != 0 ? rc : script_tell(s, ANA_SCRIPT_BRANCH_END);
}

static int read_and_or(struct script *s) {
	size_t changes = s->reader->changes;
	int rc = read_pipeline(s);
	while (rc == 0 && (script_starts(s, "||") || script_starts(s, "&&"))) {
		bool or = *s->at == '|';
		s->at += 2;
		rc = or ? read_otherwise(s, changes) : skip_lines(s, false);
		rc = rc != 0 || or ? rc : read_pipeline(s);
	}
	return rc;
}

/** Is the next word one of those that end a list? */
static bool ends_list(const struct script *s, const char *until) {
	const char *to = s->at;
	while (to < s->end && !script_ends_word(*to)) {
		++to;
	}
	return script_peek(s, 0) == ')' || script_starts(s, ";;") || script_starts(s, ";&") ||
		ctx_str_is_listed((struct ctx_str){ s->at, (size_t)(to - s->at) }, until);
}

int script_list(struct script *s, const char *until) {
	if (++s->depth > ANA_SCRIPT_DEPTH_MAX) {
		return script_unknown(s, "commands that are nested too deep");
	}
	for (;;) {
		int rc = skip_lines(s, true);
		if (rc != 0 || s->at >= s->end || ends_list(s, until)) {
			--s->depth;
			return rc;
		}
		rc = read_and_or(s);
		if (rc != 0) {
			return rc;
		}
		skip_blanks(s);
		if (script_peek(s, 0) == '&') {
			return script_unknown(s, "a command in the background");
		}
	}
}

int ana_script_read(struct ctx_str text, struct ana_script_reader *reader, struct ctx_arena *arena, const char **why,
	struct ctx_error *err) {
	struct script s = { .reader = reader, .arena = arena, .at = text.ptr, .end = text.ptr + text.len, .err = err };
	*why = NULL;
	int rc = text.len == 0 ? 0 : script_list(&s, "");
	if (rc == 0 && (s.at < s.end || s.heredocs.count > 0)) {
		rc = script_unknown(&s,
			s.heredocs.count > 0 ? "a here-document without its end"
					     : "a bracket or ';;' that nothing opened");
	}
	CTX_VEC_RELEASE(&s.heredocs);
	*why = s.why;
	return rc;
}
