#include "analyzer/advice/order_internal.h"

#include "ctxopt/base/path.h"

#include <ctype.h>

// The file is put together from its own lines, byte for byte.  A copy that moves takes the comments directly above it along.

/** Most lines that are written for one copy, and longest of them before it is broken. */
#define LINES_MAX 12
#define WIDTH 100

/* ---- Copies apart ---- */

/** May a word stand in an instruction as it is?  `variables`: what is written in the file already may have some. */
static bool is_plain(struct ctx_str word, bool variables) {
	for (size_t i = 0; i < word.len; ++i) {
		unsigned char c = (unsigned char)word.ptr[i];
		if (!isalnum(c) && c < 0x80 && strchr("._-/@+,=:~%", c) == NULL &&
			!(variables && strchr("${}", c) != NULL)) {
			return false;
		}
	}
	return word.len > 0;
}

/** "./" for ".", "/app/" for "/app": what other paths are appended to. */
static void add_base(struct ctx_buf *out, struct ctx_str dest) {
	while (dest.len > 1 && (ctx_str_ends(dest, "/") || ctx_str_ends(dest, "/."))) {
		--dest.len;
	}
	ctx_buf_add(out, dest.ptr, dest.len);
	if (!ctx_str_ends(dest, "/")) {
		ctx_buf_addc(out, '/');
	}
}

/** Does a destination say that it is a directory? */
static bool is_marked(struct ctx_str dest) {
	return ctx_str_ends(dest, "/") || ctx_str_is(dest, ".") || ctx_str_ends(dest, "/.");
}

/** The destination of a copy: as it is written, or absolute. */
static struct ctx_str dest_of(struct ana_order *o, const struct ana_order_unit *copy,
	const struct ana_order_pass *pass) {
	struct ctx_str dest = copy->ins->copy.dest;
	const char *mark = is_marked(dest) && copy->dir.len > 1 ? "/" : "";
	return pass->absolute ? CTX_STR(ana_order_say(o, "%.*s%s", CTX_STR_ARGS(copy->dir), mark)) : dest;
}

bool ana_order_is_rewritable(const struct ana_order_unit *copy) {
	const struct ana_node *node = copy->ins->node;
	bool ok = node->first_line == node->end_line && !node->json && is_plain(copy->ins->copy.dest, false) &&
		is_plain(copy->dir, false);
	for (uint32_t i = 0; ok && i < copy->ins->copy.source_count; ++i) {
		struct ctx_str source = copy->ins->copy.sources[i];
		ok = is_plain(source, true) || ctx_str_find(source, '*') < source.len;
	}
	return ok;
}

/** Where something goes that is copied apart. */
static void add_dest(struct ctx_buf *out, struct ana_order *o, const struct ana_order_unit *copy,
	const struct ana_order_pass *pass, const struct ana_order_apart *apart) {
	const struct ana_order_top *top = &copy->tops[apart->top];
	struct ctx_str dest = dest_of(o, copy, pass), path = CTX_STR(apart->path);
	if (top->dir == NULL) {
		ctx_buf_add(out, dest.ptr, dest.len);
		return;
	}
	size_t skip = strlen(top->path);
	struct ctx_str below = ctx_str_from(path, skip + (skip > 0 && skip < path.len));
	add_base(out, dest);
	below.len = apart->dir ? below.len : ctx_path_base(below.ptr, below.len);
	ctx_buf_add(out, below.ptr, below.len);
	if (below.len > 0 && below.ptr[below.len - 1] != '/') {
		ctx_buf_addc(out, '/');
	}
}

/** What to write as its source. */
static struct ctx_str source_of(const struct ana_order_unit *copy, const struct ana_order_apart *apart) {
	const struct ana_order_top *top = &copy->tops[apart->top];
	return top->exact ? copy->ins->copy.sources[top->source] : CTX_STR(apart->path);
}

/** Bytes of the word that a text begins with, as the splitter of flags sees it: quotes hold blanks together. */
static size_t word_len(struct ctx_str text, char escape) {
	char quote = '\0';
	size_t i = 0;
	while (i < text.len && (quote != '\0' || !isspace((unsigned char)text.ptr[i]))) {
		char c = text.ptr[i];
		bool mark = c == '\'' || c == '"';
		quote = quote == '\0' && mark ? c : quote == c ? '\0' : quote;
		i += c == escape && i + 1 < text.len ? 2 : 1;
	}
	return i;
}

/** "COPY --chown="$USER"": the flags as they are written. */
static void add_head(struct ctx_buf *out, const struct ana_order *o, const struct ana_order_unit *copy) {
	const struct ana_node *node = copy->ins->node;
	bool lower = node->keyword_text.len > 0 && islower((unsigned char)node->keyword_text.ptr[0]);
	struct ctx_str left = ctx_str_from(node->line_text, node->keyword_text.len);
	ctx_buf_adds(out, lower ? "copy" : "COPY");
	for (uint32_t i = 0; i < node->flag_count; ++i) {
		while (left.len > 0 && isspace((unsigned char)left.ptr[0])) {
			left = ctx_str_from(left, 1);
		}
		size_t len = word_len(left, o->in.variant->model.syntax.directives.escape);
		ctx_buf_addc(out, ' ');
		ctx_buf_add(out, left.ptr, len);
		left = ctx_str_from(left, len);
	}
}

/** Append a word, on a new line if it would be long. */
static void add_word(struct ctx_buf *out, size_t *begin, struct ctx_str word, char escape, const char *eol) {
	bool breaks = eol[0] != ';' && out->len - *begin > 0 && out->len - *begin + word.len > WIDTH;
	if (breaks) {
		ctx_buf_addf(out, " %c%s   ", escape, eol);
		*begin = out->len;
	}
	ctx_buf_addc(out, ' ');
	ctx_buf_add(out, word.ptr, word.len);
}

/** Can all of it be written? */
static bool is_writable(const struct ana_order_unit *copy, const struct ana_order_pass *pass) {
	const struct ana_node *node = copy->ins->node;
	bool ok = is_plain(copy->ins->copy.dest, true) && node->heredoc_count == 0;
	for (uint32_t i = 0; ok && i < node->flag_count; ++i) {
		bool known = ctx_str_starts(node->flags[i], "--chown=") || ctx_str_starts(node->flags[i], "--chmod=") ||
			ctx_str_starts(node->flags[i], "--link");
		ok = known && is_plain(node->flags[i], true);
	}
	for (size_t i = 0; ok && i < pass->apart.count; ++i) {
		ok = is_plain(source_of(copy, &pass->apart.items[i]), false) && pass->apart.items[i].path[0] != '-';
	}
	return ok;
}

/** Lock files go behind the manifests that they belong to, as people write it. */
static bool is_lock(const struct ana_order_apart *apart) {
	return strstr(apart->path, "lock") != NULL || strstr(apart->path, ".sum") != NULL;
}

/** Where things go, and which are written. */
struct grouping {
	struct ana_order *o;
	const struct ana_order_unit *copy;
	const struct ana_order_pass *pass;
	const char *eol;
	struct ctx_buf *out;
	bool done[256];
};

/** Does it go somewhere below the copy's directory, and not right into it? */
static bool is_deep(const struct grouping *g, const struct ana_order_apart *apart) {
	const struct ana_order_top *top = &g->copy->tops[apart->top];
	size_t skip = strlen(top->path);
	const char *below = apart->path + skip + (skip > 0 && apart->path[skip] != '\0');
	return top->dir != NULL && (apart->dir || strchr(below, '/') != NULL);
}

/** One line: everything that goes where one thing does.  A directory goes alone. */
static void add_group(struct grouping *g, size_t first) {
	const struct ana_order_apart *items = g->pass->apart.items;
	char escape = g->o->in.variant->model.syntax.directives.escape;
	ctx_auto_buf struct ctx_buf dest = CTX_BUF_INIT, other = CTX_BUF_INIT;
	size_t begin = g->out->len;
	add_dest(&dest, g->o, g->copy, g->pass, &items[first]);
	add_head(g->out, g->o, g->copy);
	for (unsigned locks = 0; locks < 2; ++locks) {
		for (size_t k = first; k < g->pass->apart.count; ++k) {
			ctx_buf_reset(&other);
			add_dest(&other, g->o, g->copy, g->pass, &items[k]);
			bool same = strcmp(ctx_buf_str(&dest), ctx_buf_str(&other)) == 0 && !items[k].dir &&
				!items[first].dir;
			if (!g->done[k] && (same || k == first) && is_lock(&items[k]) == (locks == 1)) {
				add_word(g->out, &begin, source_of(g->copy, &items[k]), escape, g->eol);
				g->done[k] = true;
			}
		}
	}
	add_word(g->out, &begin, CTX_STR(ctx_buf_str(&dest)), escape, g->eol);
	ctx_buf_adds(g->out, g->eol);
}

bool ana_order_apart_text(struct ana_order *o, const struct ana_order_unit *copy, const struct ana_order_pass *pass,
	const char *eol, struct ctx_buf *out) {
	struct grouping g = { .o = o, .copy = copy, .pass = pass, .eol = eol, .out = out };
	unsigned lines = 0;
	size_t count = pass->apart.count;
	if (count == 0) {
		return true;
	}
	if (count > CTX_COUNTOF(g.done) || !is_writable(copy, pass)) {
		return false;
	}
	for (unsigned deep = 0; deep < 2; ++deep) { // first what goes right into the directory
		for (size_t i = 0; i < count; ++i) {
			if (!g.done[i] && is_deep(&g, &pass->apart.items[i]) == (deep == 1)) {
				add_group(&g, i);
				++lines;
			}
		}
	}
	return lines <= LINES_MAX;
}

/* ---- The file ---- */

/** Putting it together. */
struct writing {
	struct ana_order *o;
	const uint32_t *to;
	struct ctx_buf *out;
	const struct ana_syntax *syntax;
	/** By unit: the first step that needs something of it that is copied apart. */
	uint32_t *readers;
	/** By line: 1 + the unit whose lines, comments included, begin in it, or that ends in it; 0. */
	uint32_t *begins, *ends;
};

/** Line N, with its end. */
static struct ctx_str line_at(const struct ana_syntax *syntax, uint32_t line) {
	uint32_t begin = syntax->line_starts.items[line - 1];
	size_t end = line < syntax->line_starts.count ? syntax->line_starts.items[line] : syntax->text.len;
	return (struct ctx_str){ syntax->text.ptr + begin, end - begin };
}

/** The first thing in a line that is no blank; 0 for none. */
static char first_char(const struct ana_syntax *syntax, uint32_t line) {
	struct ctx_str text = line_at(syntax, line);
	for (size_t i = 0; i < text.len; ++i) {
		if (!isspace((unsigned char)text.ptr[i])) {
			return text.ptr[i];
		}
	}
	return '\0';
}

/** First line of an instruction, or of the comments directly above it. */
static uint32_t begin_of(const struct ana_syntax *syntax, const struct ana_node *node) {
	uint32_t line = node->first_line;
	while (line > 1 && first_char(syntax, line - 1) == '#') {
		--line;
	}
	return line;
}

/** Do the comments above a copy speak of what stays above? */
static bool speaks_of_apart(const struct ana_node *node) {
	static const char *const words[] = { "depend", "install", "package", "requirement", "manifest", "lock" };
	for (uint32_t i = 0; i < node->comment_count; ++i) {
		for (size_t k = 0; k < CTX_COUNTOF(words); ++k) {
			if (node->comments[i].len > 0 &&
				memmem(node->comments[i].ptr, node->comments[i].len, words[k], strlen(words[k])) !=
					NULL) {
				return true;
			}
		}
	}
	return false;
}

/** Append a line; the one before gets an end if it was the file's last. */
static void put_line(struct writing *w, struct ctx_str line) {
	if (w->out->len > 0 && w->out->data[w->out->len - 1] != '\n') {
		ctx_buf_addc(w->out, '\n');
	}
	ctx_buf_add(w->out, line.ptr, line.len);
}

/** How the lines of an instruction end. */
static const char *eol_of(const struct ana_syntax *syntax, const struct ana_node *node) {
	return ctx_str_ends(line_at(syntax, node->first_line), "\r\n") ? "\r\n" : "\n";
}

/** The copy itself, without the sources that are copied apart if they can be left out. */
static void put_copy(struct writing *w, const struct ana_order_unit *copy, const struct ana_order_pass *pass) {
	const struct ana_node *node = copy->ins->node;
	const struct ana_copy *c = &copy->ins->copy;
	uint32_t left = 0, total = c->source_count;
	bool one_line = node->first_line == node->end_line && !node->json && total < 64;
	uint64_t gone = 0;
	for (size_t i = 0; one_line && i < pass->apart.count; ++i) {
		const struct ana_order_top *top = &copy->tops[pass->apart.items[i].top];
		gone |= top->exact ? (uint64_t)1 << top->source : 0;
	}
	for (uint32_t i = 0; i < total && one_line; ++i) {
		left += (gone >> i & 1) == 0;
		one_line = is_plain(c->sources[i], true) || ctx_str_find(c->sources[i], '*') < c->sources[i].len;
	}
	if (!pass->absolute && (!one_line || gone == 0 || left == 0)) {
		for (uint32_t i = node->first_line; i <= node->end_line; ++i) {
			put_line(w, line_at(w->syntax, i));
		}
		return;
	}
	ctx_auto_buf struct ctx_buf line = CTX_BUF_INIT;
	size_t begin = 0;
	add_head(&line, w->o, copy);
	for (uint32_t i = 0; i < total; ++i) {
		if (i >= 64 || (gone >> i & 1) == 0) {
			add_word(&line, &begin, c->sources[i], w->syntax->directives.escape, eol_of(w->syntax, node));
		}
	}
	add_word(&line, &begin, dest_of(w->o, copy, pass), w->syntax->directives.escape, eol_of(w->syntax, node));
	ctx_buf_adds(&line, eol_of(w->syntax, node));
	put_line(w, (struct ctx_str){ ctx_buf_str(&line), line.len });
}

/** What a copy passes; released by the caller. */
static int pass_of(struct writing *w, uint32_t copy, struct ana_order_pass *pass) {
	*pass = (struct ana_order_pass)ANA_ORDER_PASS_INIT;
	pass->brief = true;
	return ana_order_ask_all(w->o, copy, w->to, pass);
}

/** Is the last line that was written blank? */
static bool ends_blank(const struct ctx_buf *out) {
	size_t len = out->len;
	return len == 0 || (len > 1 && out->data[len - 1] == '\n' && strchr("\n\r", out->data[len - 2]) != NULL);
}

/** Go on behind a copy that goes elsewhere; `*line` becomes the next line. */
static void leave_out(struct writing *w, uint32_t copy, uint32_t *line) {
	*line = w->o->units[copy].ins->node->end_line + 1;
	bool more = *line <= w->syntax->line_starts.count;
	if (ends_blank(w->out) && more && first_char(w->syntax, *line) == '\0') {
		++*line; // one blank line is enough
	}
}

/** Comments of a copy that stay with what is copied apart. */
static void put_comments(struct writing *w, const struct ana_node *node) {
	for (uint32_t line = begin_of(w->syntax, node); line < node->first_line; ++line) {
		put_line(w, line_at(w->syntax, line));
	}
}

/** What is copied apart of a copy, above the first step that needs it. */
static int put_apart(struct writing *w, uint32_t copy) {
	struct ana_order_pass pass;
	const struct ana_node *node = w->o->units[copy].ins->node;
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	int rc = pass_of(w, copy, &pass);
	if (rc == 0 && pass.apart.count > 0) {
		if (speaks_of_apart(node)) {
			put_comments(w, node);
		}
		rc = ana_order_apart_text(w->o, &w->o->units[copy], &pass, eol_of(w->syntax, node), &text)
			? 0
			: ctx_fail(w->o->err, CTX_E_UNSUPPORTED, "this order cannot be written");
		put_line(w, (struct ctx_str){ ctx_buf_str(&text), text.len });
	}
	ana_order_pass_release(&pass);
	return rc;
}

/** What stands below a step now. */
static int put_moved(struct writing *w, uint32_t step) {
	int rc = 0;
	const struct ana_node *above = w->o->units[step].ins->node;
	for (uint32_t i = 0; rc == 0 && i < step; ++i) {
		if (w->to[i] != step) {
			continue;
		}
		struct ana_order_pass pass;
		const struct ana_node *node = w->o->units[i].ins->node;
		uint32_t begin = begin_of(w->syntax, node);
		bool next_blank = above->end_line >= w->syntax->line_starts.count ||
			first_char(w->syntax, above->end_line + 1) == '\0';
		if (begin > 1 && first_char(w->syntax, begin - 1) == '\0' && next_blank) {
			put_line(w, CTX_STR(eol_of(w->syntax, node)));
		}
		rc = pass_of(w, i, &pass);
		bool stays = pass.apart.count > 0 && speaks_of_apart(node);
		for (; rc == 0 && !stays && begin < node->first_line; ++begin) {
			put_line(w, line_at(w->syntax, begin));
		}
		if (rc == 0 && w->o->units[i].kind != ANA_ORDER_VARIABLE) {
			put_copy(w, &w->o->units[i], &pass);
		}
		for (; rc == 0 && w->o->units[i].kind == ANA_ORDER_VARIABLE && begin <= node->end_line; ++begin) {
			put_line(w, line_at(w->syntax, begin));
		}
		ana_order_pass_release(&pass);
	}
	return rc;
}

/** Find out in which lines units begin and end; of several the first counts. */
static int find_lines(struct writing *w) {
	size_t count = w->syntax->line_starts.count + 2;
	w->begins = ctx_arena_calloc(&w->o->arena, 2 * count, sizeof(*w->begins));
	if (w->begins == NULL) {
		return ctx_fail_nomem(w->o->err);
	}
	w->ends = w->begins + count;
	for (uint32_t i = w->o->count; i-- > 0;) {
		const struct ana_node *node = w->o->units[i].ins->node;
		w->begins[begin_of(w->syntax, node)] = i + 1;
		w->ends[node->end_line] = i + 1;
	}
	return 0;
}

/** Write what is copied apart for a step, of all copies that go below it or further. */
static int put_needed(struct writing *w, uint32_t step) {
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < step; ++i) {
		if (w->to[i] != i && w->to[i] >= step && w->o->units[i].stage == w->o->units[step].stage &&
			w->readers[i] == step) {
			rc = put_apart(w, i);
		}
	}
	return rc;
}

/** Find out which step needs what is copied apart. */
static int find_readers(struct writing *w) {
	int rc = 0;
	w->readers = ctx_arena_calloc(&w->o->arena, w->o->count + 1, sizeof(*w->readers));
	for (uint32_t i = 0; w->readers != NULL && rc == 0 && i < w->o->count; ++i) {
		struct ana_order_pass pass = ANA_ORDER_PASS_INIT;
		rc = w->to[i] == i ? 0 : pass_of(w, i, &pass);
		w->readers[i] = pass.reader;
		ana_order_pass_release(&pass);
	}
	return w->readers == NULL ? ctx_fail_nomem(w->o->err) : rc;
}

int ana_order_text(struct ana_order *order, const uint32_t *to, struct ctx_buf *out, struct ctx_error *err) {
	struct writing w = { order, to, out, &order->in.variant->model.syntax, NULL, NULL, NULL };
	struct ctx_str text = w.syntax->text;
	order->err = err;
	int rc = find_lines(&w);
	rc = rc < 0 ? rc : find_readers(&w);
	for (uint32_t line = 1; rc == 0 && line <= w.syntax->line_starts.count;) {
		uint32_t begins = w.begins[line] - 1; // ANA_NONE is all ones
		rc = begins == ANA_NONE ? 0 : put_needed(&w, begins);
		if (rc == 0 && begins != ANA_NONE && to[begins] != begins) {
			leave_out(&w, begins, &line);
			continue;
		}
		put_line(&w, line_at(w.syntax, line));
		uint32_t ends = w.ends[line] - 1;
		rc = rc < 0 || ends == ANA_NONE ? rc : put_moved(&w, ends);
		++line;
	}
	if (rc == 0 && !ctx_str_ends(text, "\n") && out->len > 0 && out->data[out->len - 1] == '\n') {
		ctx_buf_truncate(out, out->len - 1);
	}
	return rc < 0 ? rc : ctx_buf_ok(out) ? 0 : ctx_fail_nomem(err);
}
