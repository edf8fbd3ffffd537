/**
 * What RUNs need: a RUN, the files that are there, what comes of it, as texts.  For unit tests.
 *
 * Files are written "PATH=CONTENT|PATH=CONTENT", relative to /app, where the RUN works; directories are implied; a content of "?" is one
 * that nobody can read, one of "@" comes from another image, a path that ends in "/" a directory.
 *
 * Results are words: "known", "review", or "unknown" and the rest of the text, which `why` must hold.  Then what must be there: "r:PATH" is
 * read, "r/:PATH" with all below, "r?:PATH" and "r/?:PATH" if it is there; "w:PATH", "w/:PATH"; "v:NAME"; "all" for all variables; "grows".
 * With a '!' before it, a path must not be there in any form.  A "=" says that nothing else is read and written.  Relative paths are
 * below /app.
 *
 * Include after <cmocka.h>.
 */
#ifndef TESTS_UNIT_NEEDS_CASE_H
#define TESTS_UNIT_NEEDS_CASE_H

#include "analyzer/advice/needs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** One row. */
struct needs_case {
	const char *run, *files, *want;
	/** Lines of the Dockerfile before the RUN; NULL for none. */
	const char *before;
};

/** Path of a file of a row, absolute. */
static inline void needs_path(char *out, size_t size, const char *text, size_t len) {
	snprintf(out, size, "%s%.*s", len > 0 && text[0] == '/' ? "" : "/app/", (int)len, text);
}

/** ana_need_files. */
static inline int needs_read(void *arg, const char *path, struct ctx_buf *content, struct ctx_error *err) {
	(void)err;
	for (const char *at = arg; *at != '\0';) {
		size_t len = strcspn(at, "|"), name = strcspn(at, "=");
		char full[512];
		needs_path(full, sizeof(full), at, name < len ? name : len);
		if (strcmp(full, path) == 0 && name < len) {
			if (len - name == 2 && at[name + 1] == '?') {
				return 2;
			}
			if (len - name == 2 && at[name + 1] == '@') {
				return 3;
			}
			ctx_buf_add(content, at + name + 1, len - name - 1);
			return 1;
		}
		at += len + (at[len] == '|');
	}
	return 0;
}

static inline int needs_list(void *arg, const char *dir, ana_need_name_fn *fn, void *fn_arg, struct ctx_error *err) {
	(void)err;
	int found = 0;
	size_t dir_len = strcmp(dir, "/") == 0 ? 0 : strlen(dir);
	for (const char *at = arg; *at != '\0';) {
		size_t len = strcspn(at, "|"), name = strcspn(at, "=");
		char full[512];
		needs_path(full, sizeof(full), at, name < len ? name : len);
		if (strncmp(full, dir, dir_len) == 0 && full[dir_len] == '/') {
			const char *base = full + dir_len + 1;
			size_t end = strcspn(base, "/");
			struct ctx_str part = { base, end };
			int rc = end == 0 ? 0 : fn(fn_arg, part, base[end] == '/' ? CTX_KIND_DIR : CTX_KIND_FILE);
			if (rc != 0) {
				return rc;
			}
			found = 1;
		}
		at += len + (at[len] == '|');
	}
	return found;
}

/** The only RUN of a Dockerfile. */
static inline const struct ana_vertex *needs_vertex(struct ana_dockerfile *df, struct ana_graph *graph,
	const char *text) {
	struct ana_graph_opts opts = { .build_platform = { .os = CTX_STR("linux"), .arch = CTX_STR("amd64") } };
	struct ctx_error err;
	assert_int_equal(ana_dockerfile_parse(df, CTX_STR(text), &err), 0);
	assert_int_equal(df->diags.items.count, 0);
	assert_int_equal(ana_graph_build(graph, df, &opts, &err), 0);
	assert_int_equal(graph->diags.items.count, 0);
	for (size_t i = 0; i < graph->vertices.count; ++i) {
		if (graph->vertices.items[i].op == ANA_OP_EXEC) {
			return &graph->vertices.items[i];
		}
	}
	fail_msg("no RUN in %s", text);
	return NULL;
}

/** A path of a list, or NULL. */
static inline struct ana_need_path *needs_find_path(struct ana_need_path *items, size_t count, const char *path) {
	for (size_t i = 0; i < count; ++i) {
		if (ctx_str_is(items[i].path, path)) {
			return &items[i];
		}
	}
	return NULL;
}

/** Check one word of the wanted result; NULL if it is right. */
static inline const char *needs_check_word(struct ana_needs *needs, const char *word, size_t *seen) {
	static char text[600];
	if (strcmp(word, "all") == 0) {
		return needs->all_variables ? NULL : "not all variables";
	}
	if (strcmp(word, "grows") == 0) {
		return needs->grows ? NULL : "does not grow";
	}
	const char *colon = strchr(word, ':');
	assert_non_null(colon);
	bool refused = word[0] == '!', reads = word[refused] == 'r';
	if (word[0] == 'v') {
		for (size_t i = 0; i < needs->variables.count; ++i) {
			if (ctx_str_is(needs->variables.items[i], colon + 1)) {
				return NULL;
			}
		}
		return "a variable is missing";
	}
	char path[512];
	needs_path(path, sizeof(path), colon + 1, strlen(colon + 1));
	if (strcmp(colon + 1, ".") == 0) {
		snprintf(path, sizeof(path), "/app");
	}
	struct ana_need_path *found = reads ? needs_find_path(needs->reads.items, needs->reads.count, path)
					    : needs_find_path(needs->writes.items, needs->writes.count, path);
	if (refused) {
		snprintf(text, sizeof(text), "%s is there", word + 1);
		return found == NULL ? NULL : text;
	}
	if (found == NULL) {
		snprintf(text, sizeof(text), "%s is missing", word);
		return text;
	}
	bool tree = memchr(word, '/', (size_t)(colon - word)) != NULL,
	     optional = memchr(word, '?', (size_t)(colon - word)) != NULL;
	snprintf(text, sizeof(text), "%s is %s%s", word, found->tree ? "a tree" : "no tree",
		found->optional ? ", optional" : "");
	++*seen;
	return found->tree == tree && found->optional == optional ? NULL : text;
}

/** Check a result against what a row wants; NULL if it is right. */
static inline const char *needs_check(struct ana_needs *needs, const char *want) {
	if (strncmp(want, "unknown", 7) == 0) {
		want += 7 + (want[7] == ' ');
		return needs->known ? "it is known" : strstr(needs->why, want) == NULL ? needs->why : NULL;
	}
	char *copy = strdup(want), *save = NULL;
	assert_non_null(copy);
	const char *wrong = needs->known ? NULL : needs->why;
	bool only = false;
	size_t seen = 0;
	for (char *word = strtok_r(copy, " ", &save); wrong == NULL && word != NULL;
		word = strtok_r(NULL, " ", &save)) {
		if (strcmp(word, "known") == 0 || strcmp(word, "review") == 0) {
			wrong = (needs->proof == ANA_PROOF_REVIEW) == (word[0] == 'r') ? NULL : "the class of proof";
		} else if (strcmp(word, "=") == 0) {
			only = true;
		} else {
			wrong = needs_check_word(needs, word, &seen);
		}
	}
	free(copy);
	return wrong != NULL                                               ? wrong
		: only && seen != needs->reads.count + needs->writes.count ? "there is more"
									   : NULL;
}

/** Check all rows; returns how many are wrong. */
static inline int needs_check_rows(const struct needs_case *rows, size_t count) {
	int wrong = 0;
	for (size_t i = 0; i < count; ++i) {
		ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
		ctx_auto_arena struct ctx_arena arena = CTX_ARENA_INIT;
		struct ana_dockerfile df = { 0 };
		struct ana_graph graph = { 0 };
		ana_auto_needs struct ana_needs needs = { 0 };
		ctx_buf_addf(&text, "FROM scratch\nWORKDIR /app\n%s%sRUN %s\n",
			rows[i].before != NULL ? rows[i].before : "", rows[i].before != NULL ? "\n" : "", rows[i].run);
		const struct ana_vertex *vertex = needs_vertex(&df, &graph, ctx_buf_str(&text));
		char *files_text = strdup(rows[i].files != NULL ? rows[i].files : "");
		struct ana_need_files files = { needs_read, needs_list, files_text };
		assert_int_equal(ana_needs_find(&needs, vertex, &files, &arena, NULL), 0);
		const char *what = needs_check(&needs, rows[i].want);
		if (what != NULL) {
			print_error("%.200s: %s [%.300s]\n", rows[i].run, what,
				rows[i].files == NULL ? "" : rows[i].files);
			++wrong;
		}
		free(files_text);
		ana_graph_release(&graph);
		ana_dockerfile_release(&df);
	}
	return wrong;
}

#endif
