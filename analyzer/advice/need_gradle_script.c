/*
 * A build file of Gradle: its words.
 *
 * What a build file may do with the files of the project it does by few words of Gradle, Groovy, Kotlin and Java; they are listed.  So
 * are the plugins that read nothing before a task runs.  All else that is written in such a file sets values, or says what tasks do that
 * are not run here.
 *
 * Source: Gradle 8 and 9, the reference of its DSL (Project, Settings, Script); Groovy 3 and Kotlin for their texts and comments.
 */
#include "analyzer/advice/need_gradle.h"

#include "ctxopt/base/path.h"

#include <ctype.h>

/** Words that reach files, programs or code in ways that nobody can follow. */
static const char wild_words[] =
	" File FileReader FileInputStream RandomAccessFile Paths Path Files FileSystems Scanner Properties ProcessBuilder Runtime GroovyShell Eval "
	"Class ClassLoader XmlSlurper XmlParser JsonSlurper ConfigSlurper YamlSlurper URL URI exec javaexec execute ProviderFactory ValueSource zipTree "
	"tarTree fileContents rootDir projectDir settingsDir projectDirectory settingsDirectory rootDirectory parentFile absoluteFile readText readLines "
	"readBytes eachLine bufferedReader newReader inputStream withReader getText getResource getResourceAsStream evaluate ant metaClass flatDir "
	"includeFlat buildFileName buildFile listFiles eachFileRecurse walkTopDown grgit gitVersion versionDetails ratchetFrom forName getFile "
	"asFile getAsFile resolveSibling toFile getRootDir getProjectDir setProjectDir setBuildFileName invokeMethod loadClass newInstance ";

/** Words that name files in plain texts. */
static const char file_words[] = " file files uri fileTree ";

/** Plugins that read nothing of the project before a task runs, but for what is read anyway; Kotlin's read local.properties. */
static const char known_plugins[] =
	" base java java-library java-platform java-gradle-plugin java-test-fixtures application groovy groovy-base groovy-gradle-plugin kotlin-dsl scala antlr "
	"war ear jacoco jacoco-report-aggregation checkstyle pmd codenarc idea eclipse maven-publish ivy-publish signing distribution jvm-test-suite "
	"version-catalog org.springframework.boot io.spring.dependency-management com.google.protobuf com.github.johnrengelman.shadow com.gradleup.shadow "
	"io.freefair.lombok com.github.ben-manes.versions org.gradle.toolchains.foojay-resolver-convention org.gradle.toolchains.foojay-resolver "
	"com.google.cloud.tools.jib org.flywaydb.flyway net.ltgt.errorprone org.sonarqube org.owasp.dependencycheck com.github.spotbugs "
	"org.graalvm.buildtools.native io.ktor.plugin com.github.sherter.google-java-format org.asciidoctor.jvm.convert org.openapi.generator "
	"com.diffplug.spotless kotlin kotlin-kapt kotlin-spring kotlin-jpa kotlin-allopen kotlin-noarg ";

/** What follows "org.jetbrains.kotlin.", and libraries of kotlin("..."). */
static const char kotlin_parts[] =
	" jvm kapt plugin.spring plugin.jpa plugin.serialization plugin.allopen plugin.noarg plugin.lombok stdlib stdlib-jdk7 stdlib-jdk8 reflect test "
	"test-junit test-junit5 gradle-plugin bom ";

/** Packages whose classes read nothing by themselves. */
static const char *const known_packages[] = { "org.gradle.", "org.jetbrains.kotlin.", "org.springframework.boot.",
	"com.github.jengelman.", "com.google.protobuf.", "java.util.", "java.time.", "java.text.", "java.math." };

/** What the body of a task that does nothing but resolve may be made of. */
static const char resolve_words[] =
	" doLast doFirst configurations findAll filter it canBeResolved isCanBeResolved each forEach resolve files group description println logger "
	"lifecycle info buildscript project allprojects matching all def val resolvedConfiguration incoming name size ";

/** Texts within texts that are read. */
#define DEPTH_MAX 16
/** Longest path of a project, each part of which is one, too. */
#define PROJECT_PATH_MAX 1000
/** Kinds of tokens around what is put into a text. */
#define PUT_IN '\1'
#define PUT_IN_END '\2'

/* ---- Words ---- */

/** Reading a text. */
struct reading {
	struct need_run *r;
	struct ctx_str text;
	size_t at;
	CTX_VEC(struct gradle_token) tokens;
	/** Texts that are open within each other. */
	unsigned depth;
	/** It is not understood. */
	bool odd;
};

/** The byte so many further on; 0 at the end. */
static char peek(const struct reading *in, size_t further) {
	return in->at + further < in->text.len ? in->text.ptr[in->at + further] : '\0';
}

/** Does the text go on like this? */
static bool begins(const struct reading *in, const char *word) {
	return ctx_str_starts(ctx_str_from(in->text, in->at), word);
}

static bool is_word(char c) {
	return isalnum((unsigned char)c) || c == '_' || ((unsigned char)c & 0x80) != 0;
}

static int push(struct reading *in, char kind, size_t from, size_t to) {
	struct gradle_token token = { kind, { in->text.ptr + from, to - from } };
	return CTX_VEC_PUSH(&in->tokens, token) ? 0 : ctx_fail_nomem(in->r->err);
}

/** A word, or the byte that is there. */
static int read_word(struct reading *in) {
	size_t from = in->at++;
	bool word = is_word(in->text.ptr[from]);
	while (word && is_word(peek(in, 0))) {
		++in->at;
	}
	return push(in, word ? 'i' : in->text.ptr[from], from, in->at);
}

static int read_text(struct reading *in);

/** The words of what a text has put in, behind its '$': "$name.name" or "${...}". */
static int read_put_in(struct reading *in) {
	bool braces = peek(in, 0) == '{';
	unsigned depth = 1;
	int rc = push(in, PUT_IN, in->at, in->at);
	for (in->at += braces; rc == 0 && !in->odd && depth > 0;) {
		char c = peek(in, 0);
		depth += braces && c == '{';
		depth -= braces ? c == '}' : !is_word(c) && !(c == '.' && is_word(peek(in, 1)));
		in->odd = c == '\0' || begins(in, "//") || begins(in, "/*");
		if (depth > 0 && !in->odd) {
			rc = c == '"' || c == '\'' ? read_text(in) : read_word(in);
		}
	}
	in->at += braces;
	return rc < 0 ? rc : push(in, PUT_IN_END, in->at, in->at);
}

/** A text. */
static int read_text(struct reading *in) {
	char quote = peek(in, 0), mark[4] = { quote, quote, quote, '\0' };
	bool three = begins(in, mark), open = true;
	size_t width = three ? 3 : 1, token = in->tokens.count, from = in->at + width;
	int rc = push(in, 's', from, from);
	in->odd = in->odd || ++in->depth > DEPTH_MAX;
	for (in->at = from; rc == 0 && open && !in->odd;) {
		char c = peek(in, 0), next = peek(in, 1);
		bool put_in = c == '$' && quote == '"' && (next == '{' || is_word(next));
		in->odd = in->at >= in->text.len || (c == '\n' && !three);
		open = c != quote || (three && !begins(in, mark));
		if (c == '\\' || put_in) {
			in->tokens.items[token].kind = 'x';
		}
		in->at += !open ? 0 : c == '\\' ? 2 : 1;
		rc = put_in ? read_put_in(in) : 0;
	}
	--in->depth;
	in->tokens.items[token].text.len = in->odd ? 0 : in->at - from;
	in->at += width;
	return rc;
}

/** A comment; true if there was one. */
static bool skip_comment(struct reading *in) {
	bool line = begins(in, "//") || (in->at == 0 && begins(in, "#!"));
	if (!line && !begins(in, "/*")) {
		return false;
	}
	in->at += 2;
	while (in->at < in->text.len && (line ? peek(in, 0) != '\n' : !begins(in, "*/"))) {
		in->odd = in->odd ||
			(!line && begins(in, "/*")); // Kotlin's comments have comments in them, Groovy's have not
		++in->at;
	}
	in->at += line ? 0 : 2;
	return true;
}

/** Is a '/' the begin of a text?  It divides only behind a value and before a blank. */
static bool is_slashy(const struct reading *in) {
	char before = in->tokens.count == 0 ? '(' : in->tokens.items[in->tokens.count - 1].kind;
	return strchr("is)]x", before) == NULL || (peek(in, 1) != ' ' && !isalnum((unsigned char)peek(in, 1)));
}

/** All words of a file. */
static int read_all(struct reading *in) {
	int rc = 0;
	in->odd = memchr(in->text.ptr, '\0', in->text.len) != NULL;
	while (rc == 0 && in->at < in->text.len && !in->odd) {
		char c = peek(in, 0);
		if (isspace((unsigned char)c)) {
			++in->at;
		} else if (!skip_comment(in)) {
			in->odd = in->odd || (c == '$' && peek(in, 1) == '/') || (c == '/' && is_slashy(in));
			rc = in->odd ? 0 : c == '"' || c == '\'' ? read_text(in) : read_word(in);
		}
	}
	return rc;
}

/* ---- What they do ---- */

/** A file while its words are looked at. */
struct script {
	struct gradle *g;
	const struct gradle_file *file;
	const struct gradle_token *tokens;
	size_t count;
	/** It speaks for other projects, too. */
	bool many;
};

/** The token at a place; one of kind 0 behind the end. */
static struct gradle_token at(const struct script *s, size_t i) {
	return i < s->count ? s->tokens[i] : (struct gradle_token){ 0, CTX_STR_NONE };
}

/** A place is this byte, or this word. */
static bool is(const struct script *s, size_t i, const char *text) {
	struct gradle_token token = at(s, i);
	return token.kind == 'i' ? ctx_str_is(token.text, text) : token.kind == text[0] && text[1] == '\0';
}

/** It does something that nobody can follow. */
static int refuse(const struct script *s, struct ctx_str what) {
	return need_unknown(s->g->r, "'%s' does what is not plain to see: '%.*s'", s->file->path.ptr,
		CTX_STR_ARGS(what));
}

/** The path that a text in a file names; absent if it may be any. */
static struct ctx_str path_of(const struct script *s, struct gradle_token text) {
	bool plain = text.kind == 's' && text.text.len > 0 && memchr(text.text.ptr, '$', text.text.len) == NULL &&
		memchr(text.text.ptr, ':', text.text.len) == NULL;
	return plain ? need_join(s->g->r, s->file->dir, text.text) : CTX_STR_NONE;
}

int gradle_see_plugin(struct gradle *g, struct ctx_str id, struct ctx_str path) {
	static const char kotlin[] = "org.jetbrains.kotlin.", gradle[] = "org.gradle.";
	bool known = ctx_str_is_listed(id, known_plugins) ||
		(ctx_str_starts(id, kotlin) && ctx_str_is_listed(ctx_str_from(id, strlen(kotlin)), kotlin_parts)) ||
		(ctx_str_starts(id, gradle) && ctx_str_is_listed(ctx_str_from(id, strlen(gradle)), known_plugins)) ||
		ctx_strmap_get(&g->plugins, id.ptr, id.len) != CTX_STRMAP_NONE;
	return known ? 0
		     : need_unknown(g->r, "nobody here knows what the plugin '%.*s' of '%s' reads", CTX_STR_ARGS(id),
			       path.ptr);
}

/** id "x", plugin: "x", apply("x"): the plugin that is named behind a word; `id = "x"` makes one. */
static int see_plugin(struct script *s, size_t i) {
	size_t to = i + 1 + (is(s, i + 1, "(") || is(s, i + 1, ":") || is(s, i + 1, "="));
	struct gradle_token name = at(s, to);
	bool made = is(s, i, "id") && is(s, i + 1, "=");
	if (name.kind == 's' && made) {
		uint32_t put = ctx_strmap_put(&s->g->plugins, name.text.ptr, name.text.len, 0);
		return put == CTX_STRMAP_NONE ? ctx_fail_nomem(s->g->r->err) : 0;
	}
	if (name.kind == 's') {
		return gradle_see_plugin(s->g, name.text, s->file->path);
	}
	bool named = name.kind == 'x' || (to > i + 1 && !made && !(is(s, i, "id") && is(s, i + 1, ":")));
	bool other = is(s, i, "apply") && name.kind == 'i' && ctx_str_is_listed(name.text, " plugin from true false ");
	return (named && !other) || is(s, i + 1, "<") ? refuse(s, at(s, i).text) : 0;
}

/** file('x') and its kin: plain names. */
static int see_names(struct script *s, size_t i) {
	static const char words[] = " dir include includes exclude excludes mapOf listOf to ";
	bool property = i > 0 && is(s, i - 1, ".") && !is(s, i + 1, "(") && strchr("sxi", at(s, i + 1).kind) == NULL;
	if ((property && is(s, i, "files")) || (i > 0 && is(s, i - 1, "@"))) {
		return 0; // those of a configuration; "@file:" of Kotlin
	}
	if (!is(s, i + 1, "(") || s->many || s->file->kind == GRADLE_SHARED) {
		return refuse(s, at(s, i).text);
	}
	int rc = 0;
	for (size_t k = i + 2; rc == 0 && !is(s, k, ")"); ++k) {
		struct gradle_token token = at(s, k);
		bool glue = (token.kind == 'i' && ctx_str_is_listed(token.text, words)) ||
			(token.kind != 'i' && token.kind != '\0' && strchr(",:=[](", token.kind) != NULL);
		bool away = token.kind == 's' &&
			(ctx_str_starts(token.text, "https://") || ctx_str_starts(token.text, "http://") ||
				memchr(token.text.ptr, '*', token.text.len) != NULL);
		struct ctx_str path = away || glue ? CTX_STR_NONE : path_of(s, token);
		rc = away || glue          ? 0
			: path.ptr != NULL ? need_read(s->g->r, path, true, true)
					   : refuse(s, at(s, i).text);
	}
	return rc;
}

/** url 'x' of a repository: that of another machine. */
static int see_url(struct script *s, size_t i) {
	size_t to = i + 1;
	while (is(s, to, "(") || is(s, to, "=")) {
		++to;
	}
	struct gradle_token value = at(s, to);
	bool text = value.kind == 's' || value.kind == 'x';
	bool away = ctx_str_starts(value.text, "https://") || ctx_str_starts(value.text, "http://");
	return (text && away) || (!text && (to == i + 1 || is(s, to, "uri"))) ? 0 : refuse(s, at(s, i).text);
}

/** apply from: 'x'. */
static int see_from(struct script *s, size_t i) {
	if (!is(s, i + 1, ":") && !is(s, i + 1, "=")) {
		return 0; // of a task that copies, which is not run
	}
	struct ctx_str path = path_of(s, at(s, i + 2));
	return path.ptr == NULL || strchr("+.[", at(s, i + 3).kind == 0 ? ' ' : at(s, i + 3).kind) != NULL
		? refuse(s, CTX_STR("apply from"))
		: gradle_add_file(s->g, path, need_join(s->g->r, CTX_STR("/"), need_parent(path)), GRADLE_SHARED);
}

/** import a.b.C. */
static int see_import(struct script *s, size_t i) {
	struct ctx_str first = at(s, i + 1).text, last = first;
	for (size_t k = i + 1; at(s, k).kind == 'i' && is(s, k + 1, "."); k += 2) {
		last = at(s, k + 1).text;
	}
	struct ctx_str name = { first.ptr, first.ptr == NULL ? 0 : (size_t)(last.ptr - first.ptr) + last.len };
	for (size_t k = 0; k < CTX_COUNTOF(known_packages); ++k) {
		if (name.len > 0 && ctx_str_starts(name, known_packages[k])) {
			return 0;
		}
	}
	return refuse(s, name.len > 0 ? name : CTX_STR("import"));
}

/** A project of the settings: ":a:b" is in a/b, and a is one, too. */
static int add_path(struct script *s, struct ctx_str path) {
	if (path.len > PROJECT_PATH_MAX) {
		return refuse(s, CTX_STR("include"));
	}
	char *dir = ctx_arena_memdup0(s->g->r->arena, path.ptr, path.len);
	int rc = dir == NULL ? ctx_fail_nomem(s->g->r->err) : 0;
	for (size_t i = 0; rc == 0 && i <= path.len; ++i) {
		bool end = i == path.len || path.ptr[i] == ':';
		if (end && i > 0) {
			rc = gradle_add_project(s->g,
				need_join(s->g->r, s->file->dir,
					ctx_str_from((struct ctx_str){ dir, i }, *dir == '/')));
		}
		dir[i] = end && i < path.len ? '/' : dir[i];
	}
	return rc;
}

/** include 'a', ':b:c'. */
static int see_include(struct script *s, size_t i) {
	bool brackets = is(s, i + 1, "(") || is(s, i + 1, "[");
	size_t k = i + 1 + brackets;
	int rc = 0;
	for (bool more = true; rc == 0 && more; k += 2) {
		struct gradle_token name = at(s, k);
		more = is(s, k + 1, ",") && !(brackets && (is(s, k + 2, ")") || is(s, k + 2, "]")));
		bool whole = more || brackets ? true
					      : strchr("+.", at(s, k + 1).kind == 0 ? ' ' : at(s, k + 1).kind) == NULL;
		bool closed = more || !brackets || is(s, k + 1, ")") || is(s, k + 1, "]") || is(s, k + 1, ",");
		rc = name.kind == 's' && whole && closed ? add_path(s, name.text) : refuse(s, CTX_STR("include"));
	}
	return rc;
}

/** includeBuild 'x'. */
static int see_build(struct script *s, size_t i) {
	struct ctx_str path = path_of(s, at(s, i + 1 + is(s, i + 1, "(")));
	return path.ptr == NULL ? refuse(s, at(s, i).text) : gradle_add_build(s->g, path);
}

/** project(':a').projectDir = file('x'): how many tokens that are; 0 if it is something else. */
static size_t see_moved(struct script *s, size_t i, int *rc) {
	static const char *const tail[] = { ")", ".", "projectDir", "=", "file", "(" };
	bool fits = is(s, i + 1, "(") && at(s, i + 2).kind == 's';
	for (size_t k = 0; fits && k < CTX_COUNTOF(tail); ++k) {
		fits = is(s, i + 3 + k, tail[k]);
	}
	struct ctx_str path = fits && is(s, i + 10, ")") ? path_of(s, at(s, i + 9)) : CTX_STR_NONE;
	*rc = path.ptr != NULL ? gradle_add_project(s->g, path) : 0;
	return path.ptr != NULL ? 10 : 0;
}

/** Does a place define the task, and does its body nothing but resolve? */
static bool is_resolving(const struct script *s, size_t i, struct ctx_str name) {
	size_t body = i + 2;
	bool defined = is(s, i, "task") && ctx_str_eq(at(s, i + 1).text, name);
	if (ctx_str_eq(at(s, i).text, name) && is(s, i + 1, "by") && is(s, i + 2, "tasks") &&
		is(s, i + 4, "registering")) {
		defined = true;
		body = i + 5;
	}
	if ((is(s, i, "register") || is(s, i, "create")) && is(s, i + 1, "(") && at(s, i + 2).kind == 's') {
		defined = i > 1 && is(s, i - 1, ".") && is(s, i - 2, "tasks") && ctx_str_eq(at(s, i + 2).text, name) &&
			is(s, i + 3, ")");
		body = i + 4;
	}
	bool resolves = false;
	unsigned depth = is(s, body, "{");
	for (size_t k = body + 1; defined && depth > 0; ++k) {
		struct gradle_token token = at(s, k);
		depth += token.kind == '{';
		depth -= token.kind == '}';
		bool call = is(s, k, "files") && (is(s, k + 1, "(") || !is(s, k - 1, "."));
		defined = token.kind != '\0' && !call &&
			(token.kind != 'i' || ctx_str_is_listed(token.text, resolve_words));
		resolves = resolves || is(s, k, "resolve") || is(s, k, "files") || is(s, k, "resolvedConfiguration");
	}
	return defined && resolves;
}

/** One word, by what it is. */
static int see_word(struct script *s, size_t i, struct ctx_str word) {
	bool below = is(s, i, "resolve") && is(s, i + 1, "(") && !is(s, i + 2, ")"); // of a file, in Kotlin
	if (ctx_str_is_listed(word, wild_words) || below ||
		(ctx_str_is(word, "layout") && !is(s, i + 2, "buildDirectory"))) {
		return refuse(s, word);
	}
	if (ctx_str_is_listed(word, file_words)) {
		return see_names(s, i);
	}
	if (ctx_str_is_listed(word, " id plugin apply ")) {
		return see_plugin(s, i);
	}
	s->g->kotlin = s->g->kotlin || ctx_str_is(word, "kotlin");
	if (ctx_str_is(word, "kotlin") && is(s, i + 1, "(")) {
		struct gradle_token part = at(s, i + 2);
		return part.kind == 's' && ctx_str_is_listed(part.text, kotlin_parts) ? 0 : refuse(s, word);
	}
	if (ctx_str_is(word, "alias")) {
		s->g->catalog = true;
		return is(s, i + 1, "(") && is(s, i + 2, "libs") ? 0 : refuse(s, word);
	}
	return ctx_str_is_listed(word, " url setUrl ") ? see_url(s, i)
		: ctx_str_is(word, "from")             ? see_from(s, i)
		: ctx_str_is(word, "import")           ? see_import(s, i)
		: ctx_str_is(word, "includeBuild")     ? see_build(s, i)
		: ctx_str_is(word, "include") && s->file->kind == GRADLE_SETTINGS && !is(s, i + 1, ":")
		? see_include(s, i)
		: 0;
}

/** All words. */
static int see_all(struct script *s) {
	int rc = 0;
	for (size_t i = 0; i < s->count; ++i) {
		s->many = s->many || is(s, i, "subprojects") || is(s, i, "allprojects");
	}
	for (size_t i = 0; rc == 0 && i < s->count; ++i) {
		struct gradle_token token = s->tokens[i];
		bool called = (token.kind == 's' || token.kind == 'x' || token.kind == PUT_IN_END) && is(s, i + 1, "(");
		if (is(s, i, "project") && s->file->kind == GRADLE_SETTINGS) {
			i += see_moved(s, i, &rc);
		} else if ((called && token.kind != 's') || (token.kind == 'x' && i > 0 && is(s, i - 1, "."))) {
			rc = refuse(s, CTX_STR("a name that is made"));
		} else if (token.kind == 'i' || called) {
			rc = see_word(s, i, token.text);
		} else if (token.kind == 's' && ctx_str_is_listed(token.text, wild_words)) {
			rc = refuse(s, token.text); // project.property('rootDir')
		} else if (token.kind == '&') {
			rc = i > 0 && is(s, i - 1, ".") ? refuse(s, CTX_STR(".&")) : 0;
		}
		for (size_t k = 0; rc == 0 && token.kind == 'i' && k < s->g->tasks.count; ++k) {
			struct gradle_task *task = &s->g->tasks.items[k];
			bool here = s->file->kind == GRADLE_BUILD && ctx_str_eq(s->file->dir, s->g->c->dir);
			task->found = task->found || (here && is_resolving(s, i, task->name));
		}
	}
	return rc;
}

int gradle_see_file(struct gradle *g, const struct gradle_file *file) {
	struct reading in = { .r = g->r };
	bool code = file->kind == GRADLE_SHARED;
	int rc = need_file(g->r, file->path, !code, &in.text);
	if (rc != 0 || in.text.ptr == NULL) {
		return rc;
	}
	g->kotlin = g->kotlin || ctx_str_ends(file->path, ".kts");
	rc = read_all(&in);
	struct script s = { .g = g, .file = file, .tokens = in.tokens.items, .count = in.tokens.count };
	rc = rc != 0 ? rc : in.odd ? need_unknown(g->r, "'%s' is not understood", file->path.ptr) : see_all(&s);
	CTX_VEC_RELEASE(&in.tokens);
	return rc;
}
