/*
 * dotnet restore: solutions, projects and what MSBuild takes in from the directories above them.
 *
 * Nothing is parsed: a project is searched for the attributes that name files, and for words that could make more of them.  Those
 * within comments count, too.  Source: MSBuild 17 src/Tasks/Microsoft.Common.props (Directory.Build.props), NuGet.targets.
 */
#include "analyzer/advice/need_internal.h"

#include "ctxopt/base/path.h"
#include "ctxopt/base/strmap.h"

/** One restore. */
struct dotnet {
	struct need_run *r;
	const struct need_command *c;
	/** Projects, and files that they import, each once. */
	CTX_VEC(struct ctx_str) files;
	struct ctx_strmap seen;
	/** The directory of the file at hand; the only project or solution of a directory, and how many there are. */
	struct ctx_str dir, only;
	unsigned count;
};

static int add_file(struct dotnet *d, struct ctx_str path) {
	uint32_t fresh = (uint32_t)d->files.count;
	if (path.ptr == NULL) {
		return ctx_fail_nomem(d->r->err);
	}
	uint32_t at = ctx_strmap_put(&d->seen, path.ptr, path.len, fresh);
	if (at != fresh) {
		return at == CTX_STRMAP_NONE ? ctx_fail_nomem(d->r->err) : 0;
	}
	return CTX_VEC_PUSH(&d->files, path) ? 0 : ctx_fail_nomem(d->r->err);
}

static bool is_project(struct ctx_str name) {
	return ctx_str_ends(name, ".csproj") || ctx_str_ends(name, ".fsproj") || ctx_str_ends(name, ".vbproj") ||
		ctx_str_ends(name, ".dcproj");
}

static bool is_solution(struct ctx_str name) {
	return ctx_str_ends(name, ".sln") || ctx_str_ends(name, ".slnx");
}

/** A path of Windows, relative to the file at hand; more than one, or one with a property in it, is not understood. */
static int add_path(struct dotnet *d, struct ctx_str path) {
	char *copy = ctx_arena_memdup0(d->r->arena, path.ptr, path.len);
	if (copy == NULL) {
		return ctx_fail_nomem(d->r->err);
	}
	for (size_t i = 0; i < path.len; ++i) {
		copy[i] = copy[i] == '\\' ? '/' : copy[i];
	}
	if (path.len == 0 || strpbrk(copy, ";$*?@%&:") != NULL) {
		return need_unknown(d->r, "a path in '%.*s' is not understood: '%s'", CTX_STR_ARGS(d->dir), copy);
	}
	return add_file(d, need_join(d->r, d->dir, (struct ctx_str){ copy, path.len }));
}

/** Cut a text behind the next `word`; false if there is none. */
static bool skip_to(struct ctx_str *text, const char *word) {
	const char *at = memmem(text->ptr, text->len, word, strlen(word));
	*text = at == NULL ? CTX_STR("") : ctx_str_from(*text, (size_t)(at - text->ptr) + strlen(word));
	return at != NULL;
}

/** The rest of an element whose name was cut off; nobody writes longer ones. */
static struct ctx_str head_of(struct ctx_str text) {
	text.len = text.len < 4096 ? text.len : 4096;
	text.len = ctx_str_find(text, '>');
	return text;
}

/** The value of an attribute of the element whose name was cut off; empty. */
static struct ctx_str attribute(struct ctx_str element, const char *name) {
	element = head_of(element);
	while (skip_to(&element, name)) {
		while (element.len > 0 && strchr(" \t\r\n=", *element.ptr) != NULL) {
			element = ctx_str_from(element, 1);
		}
		if (element.len > 0 && (*element.ptr == '"' || *element.ptr == '\'')) {
			struct ctx_str value = ctx_str_from(element, 1);
			value.len = ctx_str_find(value, *element.ptr);
			return value;
		}
	}
	return CTX_STR("");
}

/** All elements of a name: what an attribute of theirs names. */
static int see_elements(struct dotnet *d, struct ctx_str text, const char *element, const char *name) {
	int rc = 0;
	while (rc == 0 && skip_to(&text, element)) {
		bool whole = text.len > 0 && strchr(" \t\r\n/>", *text.ptr) != NULL;
		struct ctx_str value = whole ? attribute(text, name) : CTX_STR("");
		struct ctx_str head = head_of(text);
		bool none = !whole || memmem(head.ptr, head.len, "Sdk=", 4) != NULL ||
			memmem(head.ptr, head.len, " Update=", 8) != NULL ||
			memmem(head.ptr, head.len, " Remove=", 8) != NULL;
		bool ends = !whole || head.len < text.len;
		rc = !ends || head.len == 4096
			? need_unknown(d->r, "an element in '%.*s' has no end", CTX_STR_ARGS(d->dir))
			: none ? 0
			       : add_path(d, value);
	}
	return rc;
}

/** Functions of properties, but for those that ask what machine it is. */
static bool has_function(struct ctx_str text) {
	static const char *const plain[] = { "MSBuild]::IsOSPlatform(", "MSBuild]::IsOSUnixLike(",
		"MSBuild]::GetTargetFramework", "MSBuild]::IsTargetFrameworkCompatible(", "MSBuild]::Version",
		"System.DateTime]::" };
	while (skip_to(&text, "$([")) {
		bool known = false;
		for (size_t i = 0; i < CTX_COUNTOF(plain); ++i) {
			known = known || ctx_str_starts(text, plain[i]);
		}
		if (!known) {
			return true;
		}
	}
	return false;
}

/** A project, or a file with properties or targets. */
static int see_project(struct dotnet *d, struct ctx_str path, struct ctx_str text) {
	static const char *const wild[] = { "<projectreference", "<projectReference", "<Projectreference", "Exists(",
		"exists(", "InitialTargets", "=\"Restore", "Restore;", "Restore\"", "CollectPackage",
		"_GenerateRestore", "RestoreSources", "RestoreAdditionalProject", "RestorePackagesPath",
		"RestoreConfigFile", "RestoreRootConfig", "RestoreFallbackFolders", "NuGetLockFilePath",
		"BaseIntermediateOutputPath", "MSBuildProjectExtensionsPath", "ArtifactsPath", "UseArtifactsOutput",
		"DirectoryBuild", "DirectoryPackagesPropsPath", "CustomBefore", "CustomAfter", "RestoreOutputPath",
		"<!ENTITY", "MSBuildUserExtensionsPath", "RestoreGraph" };
	for (size_t i = 0; i < CTX_COUNTOF(wild); ++i) {
		if (memmem(text.ptr, text.len, wild[i], strlen(wild[i])) != NULL) {
			return need_unknown(d->r, "'%s' may name more files: '%s'", path.ptr, wild[i]);
		}
	}
	if (has_function(text)) {
		return need_unknown(d->r, "'%s' may name more files by a function", path.ptr);
	}
	int rc = see_elements(d, text, "<ProjectReference", "Include");
	return rc != 0 ? rc : see_elements(d, text, "<Import", "Project");
}

/** The projects of a solution: Project("{...}") = "Name", "path\x.csproj", "{...}". */
static int see_solution(struct dotnet *d, struct ctx_str text) {
	int rc = 0;
	while (rc == 0 && skip_to(&text, "\nProject(")) {
		struct ctx_str line = { text.ptr, ctx_str_find(text, '\n') };
		for (int i = 0; i < 5; ++i) {
			line = ctx_str_from(line, ctx_str_find(line, '"'));
			line = ctx_str_from(line, line.len > 0);
		}
		line.len = ctx_str_find(line, '"');
		rc = ctx_str_ends(line, "proj") ? add_path(d, line) : 0;
	}
	return rc;
}

/** nuget.config: sources on other machines only. */
static int see_sources(struct dotnet *d, struct ctx_str text) {
	// "repositoryPath" is for packages.config, which dotnet restore does not restore
	static const char *const wild[] = { "globalPackagesFolder", "fallbackPackageFolders",
		"packageSourceCredentials\" file", "<!ENTITY" };
	struct ctx_str sources = text;
	for (size_t i = 0; i < CTX_COUNTOF(wild); ++i) {
		if (memmem(text.ptr, text.len, wild[i], strlen(wild[i])) != NULL) {
			return need_unknown(d->r, "the NuGet.Config of '%.*s' is not understood", CTX_STR_ARGS(d->dir));
		}
	}
	while (skip_to(&sources, "<packageSources>")) {
		struct ctx_str part = sources;
		const char *end = memmem(part.ptr, part.len, "</packageSources>", 17);
		part.len = end == NULL ? part.len : (size_t)(end - part.ptr);
		while (skip_to(&part, "<add")) {
			struct ctx_str value = attribute(part, "value");
			if (!ctx_str_starts(value, "https://") && !ctx_str_starts(value, "http://")) {
				return need_unknown(d->r, "the NuGet.Config of '%.*s' may name a local source",
					CTX_STR_ARGS(d->dir));
			}
		}
	}
	return 0;
}

/** What stands in a directory, or above it, and counts for all projects below. */
static int see_above(struct dotnet *d, struct ctx_str dir) {
	static const char *const props[] = { "Directory.Build.props", "Directory.Build.targets",
		"Directory.Packages.props", "Directory.Solution.props", "Directory.Solution.targets",
		"Directory.Build.rsp" };
	static const char *const configs[] = { "nuget.config", "NuGet.config", "NuGet.Config" };
	struct ctx_str text;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < CTX_COUNTOF(props); ++i) {
		struct ctx_str path = need_join(d->r, dir, CTX_STR(props[i]));
		rc = need_file(d->r, path, true, &text);
		if (rc == 0 && text.ptr != NULL) {
			rc = i == 5 ? need_unknown(d->r, "'%s' may change everything", path.ptr) : add_file(d, path);
		}
	}
	d->dir = dir;
	for (size_t i = 0; rc == 0 && i < CTX_COUNTOF(configs); ++i) {
		rc = need_file(d->r, need_join(d->r, dir, CTX_STR(configs[i])), true, &text);
		rc = rc == 0 && text.ptr != NULL ? see_sources(d, text) : rc;
	}
	return rc != 0 ? rc : need_list(d->r, "global.json?", dir, false);
}

/** The directory of a project, and all above it. */
static int see_dirs(struct dotnet *d, struct ctx_str dir, bool project) {
	int rc = project ? need_list(d->r, "packages.lock.json? packages.config? obj/?", dir, false) : 0;
	rc = rc == 0 && project ? need_list(d->r, "obj/ packages.lock.json", dir, true) : rc;
	while (rc == 0) {
		// Marked with a '*', which no file has here
		struct ctx_str mark = need_join(d->r, dir, CTX_STR("*"));
		if (mark.ptr != NULL && ctx_strmap_get(&d->seen, mark.ptr, mark.len) != CTX_STRMAP_NONE) {
			break;
		}
		if (mark.ptr == NULL || ctx_strmap_put(&d->seen, mark.ptr, mark.len, 0) == CTX_STRMAP_NONE) {
			return ctx_fail_nomem(d->r->err);
		}
		rc = see_above(d, dir);
		if (dir.len <= 1) {
			break;
		}
		dir = need_join(d->r, CTX_STR("/"), need_parent(dir));
	}
	return rc;
}

/** A file of the list. */
static int see_file(struct dotnet *d, struct ctx_str path) {
	struct ctx_str text, dir = need_join(d->r, CTX_STR("/"), need_parent(path));
	int rc = dir.ptr == NULL ? ctx_fail_nomem(d->r->err) : need_file(d->r, path, false, &text);
	if (rc == 0 && (is_project(path) || is_solution(path))) {
		rc = see_dirs(d, dir, is_project(path));
	}
	bool other = ctx_str_ends(path, "proj") && !is_project(path) && !ctx_str_ends(path, ".shproj");
	if (rc == 0 && (other || memchr(text.ptr, '\0', text.len) != NULL)) {
		return need_unknown(d->r, "'%s' is not understood", path.ptr);
	}
	d->dir = dir;
	if (rc != 0 || is_solution(path)) {
		return rc != 0                        ? rc
			: ctx_str_ends(path, ".slnx") ? see_elements(d, text, "<Project", "Path")
						      : see_solution(d, text);
	}
	const char *user = is_project(path) ? need_text(d->r, "%s.user", path.ptr) : NULL;
	rc = user != NULL ? need_read(d->r, CTX_STR(user), false, true) : 0;
	return rc != 0 ? rc : see_project(d, path, text);
}

/** ana_need_name_fn: a project or solution in the directory. */
static int see_name(void *arg, struct ctx_str name, enum ctx_kind kind) {
	struct dotnet *d = arg;
	(void)kind;
	if (is_project(name) || is_solution(name) || ctx_str_ends(name, "proj")) {
		d->only = need_join(d->r, d->c->dir, name);
		++d->count;
	}
	return 0;
}

/** Which project or solution is meant. */
static int find_first(struct dotnet *d) {
	struct need_target target;
	if (d->c->operand_count > 1) {
		return need_unknown(d->r, "'%.*s' is not understood", CTX_STR_ARGS(d->c->text));
	}
	if (d->c->operand_count == 1) {
		int rc = need_target(d->r, d->c->operands[0], d->c->dir, &target);
		bool known = rc == 0 && !target.tree && (is_project(target.path) || is_solution(target.path));
		return rc != 0  ? rc
			: known ? add_file(d, target.path)
				: need_unknown(d->r, "the project of '%.*s' is not known", CTX_STR_ARGS(d->c->text));
	}
	d->r->out->grows = true;
	int rc = d->r->files->list(d->r->files->arg, d->c->dir.ptr, see_name, d, d->r->err);
	if (rc < 0) {
		return rc;
	}
	return rc == 1 && d->count == 1
		? add_file(d, d->only)
		: need_unknown(d->r, "the project of '%.*s' is not known", CTX_STR_ARGS(d->c->text));
}

/** Values of options that name files in their own way. */
static int check_options(const struct need_command *c, struct need_run *r) {
	for (size_t i = 0; i < c->option_count; ++i) {
		struct ctx_str name = c->options[i].name;
		struct ctx_str value = c->options[i].value == NULL ? CTX_STR("") : c->options[i].value->text;
		bool source = ctx_str_is_listed(name, " -s --source ") && !ctx_str_starts(value, "https://");
		static const char *const words[] = { "/", ";", "Path", "File=", "Sources", "Directory",
			"Dir=", "Folder" };
		bool property = false;
		for (size_t k = 0; ctx_str_is_listed(name, " -p --property ") && k < CTX_COUNTOF(words); ++k) {
			property = property || memmem(value.ptr, value.len, words[k], strlen(words[k])) != NULL;
		}
		if (source || property) {
			return need_unknown(r, "an option of '%.*s' may name files", CTX_STR_ARGS(c->text));
		}
	}
	return 0;
}

int need_dotnet(struct need_run *r, const struct need_command *c) {
	struct dotnet d = { .r = r, .c = c };
	if (c->dir.ptr == NULL) {
		return need_unknown(r, "the directory of '%.*s' is not known", CTX_STR_ARGS(c->text));
	}
	int rc = check_options(c, r);
	rc = rc != 0 ? rc : find_first(&d);
	for (size_t i = 0; rc == 0 && i < d.files.count; ++i) {
		rc = see_file(&d, d.files.items[i]);
	}
	CTX_VEC_RELEASE(&d.files);
	ctx_strmap_release(&d.seen);
	return rc;
}
