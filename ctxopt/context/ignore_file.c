#include "ctxopt/context/ignore_file.h"

#include "ctxopt/base/alloc.h"
#include "ctxopt/base/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/** One place to look: suffix of the Dockerfile's path, or name at the context's root. */
struct place {
	bool beside_dockerfile;
	const char *name;
};

/** In order of precedence; the first that exists applies. */
static const struct place docker_places[] = {
	{ true, ".dockerignore" },
	{ false, ".dockerignore" },
};
static const struct place podman_places[] = {
	{ true, ".dockerignore" }, // looked up after the next one, and wins because of that
	{ true, ".containerignore" },
	{ false, ".containerignore" },
	{ false, ".dockerignore" },
};

/** One search. */
struct search {
	const char *context, *dockerfile;
	ctx_read_fn *read;
	void *arg;
};

void ctx_ignore_source_release(struct ctx_ignore_source *src) {
	free(src->path);
	free(src->unused_path);
	ctx_buf_release(&src->text);
	*src = (struct ctx_ignore_source){ 0 };
}

/** Compose the path of a place; "./" in front of the context's own file is left out. */
static void place_path(const struct search *s, const struct place *place, struct ctx_buf *out) {
	if (place->beside_dockerfile) {
		ctx_buf_adds(out, s->dockerfile);
		ctx_buf_adds(out, place->name);
		return;
	}
	const char *dir = s->context;
	while (dir[0] == '.' && (dir[1] == '/' || dir[1] == '\0')) {
		dir += 1 + strspn(dir + 1, "/");
	}
	ctx_path_join(out, dir, place->name);
}

/** Read the file at a place; CTX_E_MISSING also for a directory of that name. */
static int read_place(const struct search *s, const char *path, struct ctx_buf *text, struct ctx_error *err) {
	struct ctx_error local = { 0 };
	int rc = s->read(s->arg, path, text, &local);
	if (rc == CTX_E_IO && local.sysno == EISDIR) {
		return CTX_E_MISSING; // BuildKit goes on after any failure; this is the one that cannot be a mistake of ours
	}
	if (rc == 0 && text->len > CTX_IGNORE_FILE_MAX) {
		return ctx_fail(err, CTX_E_LIMIT, "'%s' is larger than %u bytes", path, CTX_IGNORE_FILE_MAX);
	}
	if (rc < 0 && err != NULL) {
		*err = local;
	}
	return rc;
}

/** Look at one place; sets the path that applies, or once that is known the first one that is passed over. */
static int try_place(const struct search *s, const struct place *place, struct ctx_ignore_source *found,
	struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf path = CTX_BUF_INIT, text = CTX_BUF_INIT;
	place_path(s, place, &path);
	if (!ctx_buf_ok(&path)) {
		return ctx_fail_nomem(err);
	}
	bool first = found->path == NULL;
	int rc = read_place(s, path.data, &text, first ? err : NULL);
	if (rc == CTX_E_MISSING) {
		return 0;
	}
	if (rc == CTX_E_NOMEM) {
		return ctx_fail_nomem(err);
	}
	if (rc < 0 && first) {
		return rc;
	}

	char **slot = first ? &found->path : &found->unused_path; // one that cannot be read exists, too
	*slot = ctx_buf_detach(&path, NULL);
	if (*slot == NULL) {
		return ctx_fail_nomem(err);
	}
	if (first) {
		found->text = text;
		text = (struct ctx_buf)CTX_BUF_INIT;
	}
	return 0;
}

int ctx_ignore_source_find(struct ctx_ignore_source *out, enum ctx_engine engine, const char *context,
	const char *dockerfile, ctx_read_fn *read, void *arg, struct ctx_error *err) {
	bool podman = engine == CTX_ENGINE_PODMAN;
	const struct place *places = podman ? podman_places : docker_places;
	size_t count = podman ? CTX_COUNTOF(podman_places) : CTX_COUNTOF(docker_places);
	struct search s = { .context = context, .dockerfile = dockerfile, .read = read, .arg = arg };

	static const enum ctx_ignore_syntax syntaxes[] = {
		[CTX_ENGINE_BUILDKIT] = CTX_IGNORE_DOCKER,
		[CTX_ENGINE_DOCKER_20_10] = CTX_IGNORE_DOCKER_20_10,
		[CTX_ENGINE_PODMAN] = CTX_IGNORE_PODMAN,
	};
	ctx_auto_ignore_source struct ctx_ignore_source found = { .syntax = syntaxes[engine] };
	for (size_t i = 0; i < count && found.unused_path == NULL; ++i) {
		if (places[i].beside_dockerfile && dockerfile == NULL) {
			continue;
		}
		int rc = try_place(&s, &places[i], &found, err);
		if (rc < 0) {
			return rc;
		}
	}
	*out = found;
	found = (struct ctx_ignore_source){ 0 }; // handed over
	return 0;
}
