#include "ctxopt/cli/verify.h"

#include "ctxopt/base/path.h"
#include "ctxopt/cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <time.h>
#include <unistd.h>

/** Lines of the log of a failed build that are shown, and bytes of it that are looked at. */
#define LOG_LINES 20
#define LOG_BYTES 65536

// clang-format off
const struct opt verify_opts[] = {
	{ .kind = OPT_FLAG, .name = "verify", .flags = OPT_ONCE, .at = offsetof(struct verify_args, verify),
	  .help = "build the original twice and the proposal once with docker, and compare the images" },
	{ .kind = OPT_LIST, .name = "build-option", .arg = "OPTION", .at = offsetof(struct verify_args, build_options),
	  .help = "with --verify: a further option for docker, such as --network=host" },
	{ .kind = OPT_END },
};
// clang-format on

int verify_check(const struct verify_args *args, const struct load_args *load, struct ctx_error *err) {
	if (!args->verify && args->build_options.values.count > 0) {
		return ctx_fail(err, CTX_E_USAGE, "--build-option goes with --verify");
	}
	return args->verify && load->engine == CTX_ENGINE_PODMAN
		? ctx_fail(err, CTX_E_USAGE, "--verify builds with docker, not with podman")
		: 0;
}

/** One run. */
struct run {
	const struct cmd_env *env;
	const struct cmd_common *common;
	struct place *place;
	const struct build_args *build;
	const struct verify_args *args;
	/** docker has buildx. */
	bool buildx;
	/** Temporary directory, and in it the Dockerfile, its ignore file and the log of the build. */
	struct ctx_buf dir, dockerfile, ignore, log;
	/** Name of the image that is built, and whether there may be one. */
	char tag[64];
	bool tagged;
};

/** Seconds on a clock that nobody sets. */
static double now_seconds(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- docker ---- */

/** Add words up to NULL; false when out of memory. */
static bool add_words(struct child_args *args, const char *const *words) {
	bool ok = true;
	for (; ok && *words != NULL; ++words) {
		ok = CTX_VEC_PUSH(&args->words, *words);
	}
	return ok;
}

/** Add `name` and a value for each item of a list. */
static bool add_list(struct child_args *args, const char *name, const struct opt_list *list) {
	bool ok = true;
	for (size_t i = 0; ok && i < list->values.count; ++i) {
		ok = (name == NULL || CTX_VEC_PUSH(&args->words, name)) &&
			CTX_VEC_PUSH(&args->words, list->values.items[i]);
	}
	return ok;
}

/** Frees the words. */
static void release_args(struct child_args *args) {
	CTX_VEC_RELEASE(&args->words);
}

/** Run docker without looking at what it prints. */
static int run_quietly(const char *const *words, const volatile int *stop, int *status, struct ctx_error *err) {
	CTX_CLEANUP(release_args) struct child_args args = { 0 };
	pid_t pid = 0;
	int rc = add_words(&args, words) ? child_start(&pid, &args, -1, -1, err) : ctx_fail_nomem(err);
	return rc < 0 ? rc : child_wait(pid, stop, status, err);
}

/** Is there a docker, and has it buildx? */
static int find_docker(struct run *r, struct ctx_error *err) {
	int status = 0;
	const char *const buildx[] = { "docker", "buildx", "version", NULL };
	const char *const server[] = { "docker", "version", "--format", "{{.Server.Version}}", NULL };
	int rc = run_quietly(server, r->env->stop, &status, err);
	if (rc == CTX_E_MISSING) {
		return ctx_fail(err, CTX_E_MISSING, "--verify needs docker, and there is no program of that name");
	}
	if (rc == 0 && status != 0) {
		return ctx_fail(err, CTX_E_IO,
			"--verify needs docker, and its daemon does not answer: 'docker version' says why");
	}
	rc = rc < 0 ? rc : run_quietly(buildx, r->env->stop, &status, err);
	r->buildx = rc == 0 && status == 0;
	return rc;
}

/** The command line of a build. */
static bool make_build(const struct run *r, struct child_args *args) {
	const struct build_args *b = r->build;
	const char *const with_buildx[] = { "docker", "buildx", "build", "--load", NULL };
	const char *const plain[] = { "docker", "build", NULL };
	const char *const common[] = { "--no-cache", "--progress=plain", "-t", r->tag, "-f",
		ctx_buf_str(&r->dockerfile), NULL };
	const char *const target[] = { "--target", b->target, NULL };
	const char *const platform[] = { "--platform", b->platform, NULL };
	return add_words(args, r->buildx ? with_buildx : plain) && add_words(args, common) &&
		(b->target == NULL || add_words(args, target)) && (b->platform == NULL || add_words(args, platform)) &&
		add_list(args, "--build-arg", &b->build_args) && add_list(args, "--build-context", &b->contexts) &&
		add_list(args, NULL, &r->args->build_options) && CTX_VEC_PUSH(&args->words, "--") &&
		CTX_VEC_PUSH(&args->words, r->place->root);
}

/** Show the end of the log. */
static void show_log(const struct run *r) {
	ctx_auto_fd int fd = open(ctx_buf_str(&r->log), O_RDONLY | O_CLOEXEC);
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	if (size <= 0 || lseek(fd, size > LOG_BYTES ? size - LOG_BYTES : 0, SEEK_SET) < 0 ||
		ctx_read_fd(&text, fd, "log", 2 * LOG_BYTES, NULL) < 0) {
		return;
	}
	size_t at = text.len, lines = 0;
	while (at > 0 && (text.data[at - 1] != '\n' || at == text.len || ++lines < LOG_LINES)) {
		--at;
	}
	for (struct ctx_str rest = { text.data + at, text.len - at }; rest.len > 0;) {
		size_t end = ctx_str_find(rest, '\n');
		if (end > 0) {
			cmd_note("| %.*s", CTX_STR_ARGS(((struct ctx_str){ rest.ptr, end })));
		}
		rest = ctx_str_from(rest, end < rest.len ? end + 1 : end);
	}
}

/** Build the image. */
static int build_image(struct run *r, const char *what, double *seconds, struct ctx_error *err) {
	CTX_CLEANUP(release_args) struct child_args args = { 0 };
	ctx_auto_fd int log = open(ctx_buf_str(&r->log), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	pid_t pid = 0;
	int status = 0;
	double begin = now_seconds();
	if (log < 0) {
		return ctx_fail_sys(err, errno, "cannot write '%s'", ctx_buf_str(&r->log));
	}
	r->tagged = true;
	int rc = make_build(r, &args) ? child_start(&pid, &args, log, log, err) : ctx_fail_nomem(err);
	rc = rc < 0 ? rc : child_wait(pid, r->env->stop, &status, err);
	*seconds = now_seconds() - begin;
	if (rc == 0 && status != 0) {
		show_log(r);
		rc = ctx_fail(err, CTX_E_IO, "%s does not build: docker ended with status %d", what, status);
	}
	return rc;
}

/** Read the image that was built, as docker saves it. */
static int save_image(struct run *r, struct ctx_image *image, struct ctx_error *err) {
	CTX_CLEANUP(release_args) struct child_args args = { 0 };
	const char *const words[] = { "docker", "image", "save", r->tag, NULL };
	int ends[2], status = 0;
	pid_t pid = 0;
	if (pipe2(ends, O_CLOEXEC) != 0) {
		return ctx_fail_sys(err, errno, "cannot make a pipe");
	}
	int rc = add_words(&args, words) ? child_start(&pid, &args, ends[1], -1, err) : ctx_fail_nomem(err);
	close(ends[1]);
	struct ctx_error why;
	int read = rc < 0 ? rc : ctx_image_read(image, ends[0], r->env->stop, &why);
	close(ends[0]); // whoever still writes ends
	if (rc == 0) {
		rc = child_wait(pid, r->env->stop, &status, err);
	}
	if (rc == 0 && read < 0) {
		rc = ctx_fail(err, why.code, "%s", why.msg);
	}
	return rc == 0 && status != 0 ? ctx_fail(err, CTX_E_IO, "'docker image save' ended with status %d", status)
				      : rc;
}

/** Remove the image, if there is one: also after an interrupt. */
static void remove_image(struct run *r) {
	const char *const words[] = { "docker", "image", "rm", "-f", r->tag, NULL };
	int status = 0;
	struct ctx_error err;
	if (r->tagged && run_quietly(words, NULL, &status, &err) < 0) {
		cmd_note("could not remove image '%s': %s", r->tag, err.msg);
	}
	r->tagged = false;
}

/* ---- The three builds ---- */

/** Write one file of the temporary directory. */
static int write_file(const struct ctx_buf *path, struct ctx_str text, struct ctx_error *err) {
	ctx_auto_fd int fd = open(ctx_buf_str(path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int rc = fd < 0 ? -errno : ctx_write_all(fd, text.ptr, text.len);
	return rc < 0 ? ctx_fail_sys(err, -rc, "cannot write '%s'", ctx_buf_str(path)) : 0;
}

/** Make the temporary directory. */
static int make_dir(struct run *r, struct ctx_error *err) {
	const char *tmp = getenv("TMPDIR");
	ctx_path_join(&r->dir, tmp != NULL && tmp[0] == '/' ? tmp : "/tmp", "ctxopt-verify-XXXXXX");
	if (!ctx_buf_ok(&r->dir)) {
		return ctx_fail_nomem(err);
	}
	if (mkdtemp(r->dir.data) == NULL) {
		int sysno = errno;
		ctx_buf_reset(&r->dir); // nothing to remove
		return ctx_fail_sys(err, sysno, "cannot make a temporary directory");
	}
	ctx_path_join(&r->dockerfile, r->dir.data, "Dockerfile");
	ctx_path_join(&r->ignore, r->dir.data, "Dockerfile.dockerignore");
	ctx_path_join(&r->log, r->dir.data, "log");
	return ctx_buf_ok(&r->dockerfile) && ctx_buf_ok(&r->ignore) && ctx_buf_ok(&r->log) ? 0 : ctx_fail_nomem(err);
}

/** Remove what was made. */
static void clean_up(struct run *r) {
	remove_image(r);
	struct ctx_buf *files[] = { &r->dockerfile, &r->ignore, &r->log };
	for (size_t i = 0; i < CTX_COUNTOF(files); ++i) {
		if (files[i]->len > 0) {
			(void)unlink(files[i]->data);
		}
		ctx_buf_release(files[i]);
	}
	if (r->dir.len > 0 && rmdir(r->dir.data) != 0) {
		cmd_note("could not remove '%s': %s", r->dir.data, strerror(errno));
	}
	ctx_buf_release(&r->dir);
}

/** Build one of them, and read it. */
static int build_one(struct run *r, unsigned number, const char *what, const struct verify_proposal *texts,
	struct ctx_image *image, double *seconds, struct ctx_error *err) {
	bool plain = r->common->progress == CMD_PROGRESS_PLAIN;
	if (plain || (r->common->progress == CMD_PROGRESS_AUTO && !r->common->quiet && isatty(STDERR_FILENO))) {
		cmd_note("build %u of 3: %s", number, what);
	}
	(void)snprintf(r->tag, sizeof(r->tag), "ctxopt-verify:%ld-%" PRIx64 "-%u", (long)getpid(),
		ctx_hash64(r->dir.data, r->dir.len, 0), number);
	int rc = write_file(&r->dockerfile, texts->dockerfile, err);
	rc = rc < 0 ? rc : write_file(&r->ignore, texts->ignore, err);
	rc = rc < 0 ? rc : build_image(r, what, seconds, err);
	rc = rc < 0 ? rc : ctx_wrap(err, save_image(r, image, err), "image of %s", what);
	remove_image(r);
	return rc;
}

/** All three, and the comparison. */
static int build_all(struct run *r, struct verify *v, const struct verify_proposal *proposal, struct ctx_error *err) {
	const struct ctx_buf *dockerfile = &r->place->dockerfile_text, *ignore = &r->place->ignore_source.text;
	const struct verify_proposal original = { .dockerfile = { ctx_buf_str(dockerfile), dockerfile->len },
		.ignore = { ctx_buf_str(ignore), ignore->len } };
	double *seconds = v->result.seconds;
	int rc = build_one(r, 1, "the original", &original, &v->first, &seconds[0], err);
	rc = rc < 0 ? rc : build_one(r, 2, "the proposal", proposal, &v->proposal, &seconds[1], err);
	rc = rc < 0 ? rc : build_one(r, 3, "the original again", &original, &v->second, &seconds[2], err);
	rc = rc < 0 ? rc : ctx_image_compare(&v->diff, &v->first, &v->second, &v->proposal, err);
	v->result.diff = &v->diff;
	v->result.equal = rc == 0 && ctx_image_diff_equal(&v->diff);
	v->result.builder = r->buildx ? "docker buildx" : "docker";
	return rc;
}

int verify_run(struct verify *v, const struct cmd_env *env, const struct cmd_common *common, struct place *place,
	const struct build_args *build, const struct verify_args *args, const struct verify_proposal *proposal) {
	struct run r = { .env = env, .common = common, .place = place, .build = build, .args = args };
	struct ctx_error err;
	int rc = load_dockerfile(place, &err);
	rc = rc == 0 ? ctx_fail(&err, CTX_E_USAGE, "--verify needs a Dockerfile") : rc;
	rc = rc < 0 ? rc : find_docker(&r, &err);
	if (rc == 0 && !r.buildx) {
		rc = setenv("DOCKER_BUILDKIT", "1", 1) == 0 ? 0 : ctx_fail_nomem(&err);
	}
	rc = rc < 0 ? rc : make_dir(&r, &err);
	rc = rc < 0 ? rc : build_all(&r, v, proposal, &err);
	clean_up(&r);
	return rc < 0 ? cmd_fail(env, &err) : CMD_OK;
}

void verify_release(struct verify *v) {
	ctx_image_diff_release(&v->diff);
	ctx_image_release(&v->first);
	ctx_image_release(&v->second);
	ctx_image_release(&v->proposal);
}
