/*
 * mvn: pom.xml with its modules and parents, and .mvn.
 *
 * Nothing is parsed: a pom.xml is searched for the elements that name files, comments included, and has nothing else that could.
 * Source: Maven 3.9 maven-model-builder (DefaultModelBuilder, relativePath), maven-embedder (MavenCli, .mvn).
 */
#include "analyzer/advice/need_internal.h"

#include "ctxopt/base/path.h"
#include "ctxopt/base/strmap.h"

/** One run of Maven. */
struct maven {
	struct need_run *r;
	const struct need_command *c;
	/** Files, each once. */
	CTX_VEC(struct ctx_str) poms;
	struct ctx_strmap seen;
	/** The directory of the one at hand. */
	struct ctx_str dir;
};

static int add_pom(struct maven *m, struct ctx_str path) {
	uint32_t fresh = (uint32_t)m->poms.count;
	if (path.ptr == NULL) {
		return ctx_fail_nomem(m->r->err);
	}
	uint32_t at = ctx_strmap_put(&m->seen, path.ptr, path.len, fresh);
	if (at != fresh) {
		return at == CTX_STRMAP_NONE ? ctx_fail_nomem(m->r->err) : 0;
	}
	return CTX_VEC_PUSH(&m->poms, path) ? 0 : ctx_fail_nomem(m->r->err);
}

/** Cut a text behind the next `word`; false if there is none. */
static bool skip_to(struct ctx_str *text, const char *word) {
	const char *at = memmem(text->ptr, text->len, word, strlen(word));
	*text = at == NULL ? CTX_STR("") : ctx_str_from(*text, (size_t)(at - text->ptr) + strlen(word));
	return at != NULL;
}

/** The text up to the next '<', without blanks around it. */
static struct ctx_str take_text(struct ctx_str text) {
	text.len = ctx_str_find(text, '<');
	while (text.len > 0 && strchr(" \t\r\n", *text.ptr) != NULL) {
		text = ctx_str_from(text, 1);
	}
	while (text.len > 0 && strchr(" \t\r\n", text.ptr[text.len - 1]) != NULL) {
		--text.len;
	}
	return text;
}

/** The pom.xml that a path means: a directory, or the file. */
static struct ctx_str pom_of(struct maven *m, struct ctx_str path) {
	struct ctx_str full = need_join(m->r, m->dir, path);
	return full.ptr == NULL || ctx_str_ends(path, ".xml") ? full : need_join(m->r, full, CTX_STR("pom.xml"));
}

/** Modules: all must be there. */
static int see_modules(struct maven *m, struct ctx_str text) {
	static const char *const names[] = { "<module>", "<subproject>" };
	int rc = 0;
	for (size_t i = 0; i < CTX_COUNTOF(names); ++i) {
		struct ctx_str rest = text;
		while (rc == 0 && skip_to(&rest, names[i])) {
			struct ctx_str path = take_text(rest);
			bool plain = path.len > 0 && memchr(path.ptr, '$', path.len) == NULL &&
				memchr(path.ptr, '&', path.len) == NULL && memchr(path.ptr, '\\', path.len) == NULL;
			rc = plain ? add_pom(m, pom_of(m, path))
				   : need_unknown(m->r, "a module in '%.*s' is not understood", CTX_STR_ARGS(m->dir));
		}
	}
	return rc;
}

/** The parent: "../pom.xml" unless it says something else. */
static int see_parent(struct maven *m, struct ctx_str text) {
	struct ctx_str path = CTX_STR("../pom.xml"), rest, known;
	if (!skip_to(&text, "<parent>")) {
		return 0;
	}
	const char *end = memmem(text.ptr, text.len, "</parent>", 9);
	text.len = end == NULL ? text.len : (size_t)(end - text.ptr);
	rest = text;
	if (skip_to(&rest, "<relativePath>")) {
		path = take_text(rest);
	} else if (memmem(text.ptr, text.len, "<relativePath", 13) != NULL) {
		path = CTX_STR(""); // <relativePath/>
	}
	if (path.len == 0) {
		return 0;
	}
	if (strpbrk(path.ptr, "$&\\") != NULL && (size_t)(strpbrk(path.ptr, "$&\\") - path.ptr) < path.len) {
		return need_unknown(m->r, "the parent in '%.*s' is not understood", CTX_STR_ARGS(m->dir));
	}
	// It need not be there: then the parent comes from a repository
	struct ctx_str pom = pom_of(m, path);
	int rc = pom.ptr == NULL ? ctx_fail_nomem(m->r->err) : need_file(m->r, pom, true, &known);
	return rc == 0 && known.ptr != NULL ? add_pom(m, pom) : rc;
}

/** One pom.xml. */
static int see_pom(struct maven *m, struct ctx_str path) {
	static const char *const wild[] = { "<systemPath", "<scope>system", "<exists", "<missing", "file:", "<!ENTITY",
		"<module combine", "<modules combine", "<relativePath ", "<![CDATA[", "xml:base" };
	struct ctx_str text;
	int rc = need_file(m->r, path, false, &text);
	if (rc != 0) {
		return rc;
	}
	m->dir = need_join(m->r, CTX_STR("/"), need_parent(path));
	for (size_t i = 0; i < CTX_COUNTOF(wild); ++i) {
		if (memmem(text.ptr, text.len, wild[i], strlen(wild[i])) != NULL) {
			return need_unknown(m->r, "'%s' may name more files: '%s'", path.ptr, wild[i]);
		}
	}
	if (m->dir.ptr == NULL || memchr(text.ptr, '\0', text.len) != NULL) {
		return m->dir.ptr == NULL ? ctx_fail_nomem(m->r->err)
					  : need_unknown(m->r, "'%s' is not understood", path.ptr);
	}
	rc = see_modules(m, text);
	return rc != 0 ? rc : see_parent(m, text);
}

/** .mvn of the project, or of a directory above it. */
static int see_settings(struct maven *m) {
	struct ctx_str dir = m->c->dir, text;
	for (;;) {
		struct ctx_str mvn = need_join(m->r, dir, CTX_STR(".mvn"));
		int rc = need_read(m->r, mvn, true, true);
		rc = rc != 0 ? rc : need_file(m->r, need_join(m->r, mvn, CTX_STR("maven.config")), true, &text);
		if (rc == 0 && text.len > 0 && memchr(text.ptr, '/', text.len) != NULL) {
			return need_unknown(m->r, "'%s/maven.config' may name files", mvn.ptr);
		}
		bool wild = rc == 0 && text.len > 0 &&
			(memmem(text.ptr, text.len, "-f", 2) != NULL || memmem(text.ptr, text.len, "-s", 2) != NULL ||
				memmem(text.ptr, text.len, "-gs", 3) != NULL);
		rc = wild ? need_unknown(m->r, "'%s/maven.config' may name files", mvn.ptr) : rc;
		rc = rc != 0 ? rc : need_file(m->r, need_join(m->r, mvn, CTX_STR("jvm.config")), true, &text);
		if (rc == 0 && text.len > 0 && memmem(text.ptr, text.len, "agent", 5) != NULL) {
			return need_unknown(m->r, "'%s/jvm.config' may name files", mvn.ptr);
		}
		rc = rc != 0 ? rc : need_file(m->r, need_join(m->r, mvn, CTX_STR("extensions.xml")), true, &text);
		if (rc == 0 && text.ptr != NULL) {
			need_review(m->r);
			rc = need_rule(m->r, "nobody knows what the extensions of Maven do");
		}
		if (rc != 0 || dir.len <= 1) {
			return rc;
		}
		dir = need_join(m->r, CTX_STR("/"), need_parent(dir));
	}
}

/** Goals and properties: nothing that builds, nothing that names files. */
static int check_words(struct maven *m) {
	for (size_t i = 0; i < m->c->operand_count; ++i) {
		if (!ctx_str_is_listed(m->c->operands[i]->text,
			    " dependency:go-offline dependency:resolve dependency:resolve-plugins dependency:tree ")) {
			return need_unknown(m->r, "'%.*s' does more than resolve", CTX_STR_ARGS(m->c->text));
		}
	}
	for (size_t i = 0; i < m->c->option_count; ++i) {
		const struct ana_script_word *value = m->c->options[i].value;
		if (ctx_str_is_listed(m->c->options[i].name, " -D --define ") &&
			(!need_is_plain(value) || memchr(value->text.ptr, '/', value->text.len) != NULL ||
				ctx_str_starts(value->text, "maven.repo") ||
				ctx_str_starts(value->text, "outputFile") ||
				ctx_str_starts(value->text, "maven.multiModule"))) {
			return need_unknown(m->r, "'%.*s' sets what may name files", CTX_STR_ARGS(m->c->text));
		}
	}
	return 0;
}

int need_maven(struct need_run *r, const struct need_command *c) {
	struct maven m = { .r = r, .c = c };
	if (c->dir.ptr == NULL) {
		return need_unknown(r, "the directory of '%.*s' is not known", CTX_STR_ARGS(c->text));
	}
	int rc = check_words(&m);
	rc = rc != 0 ? rc : add_pom(&m, need_join(r, c->dir, CTX_STR("pom.xml")));
	for (size_t i = 0; rc == 0 && i < m.poms.count; ++i) {
		rc = see_pom(&m, m.poms.items[i]);
	}
	rc = rc != 0 ? rc : see_settings(&m);
	CTX_VEC_RELEASE(&m.poms);
	ctx_strmap_release(&m.seen);
	return rc;
}
