#include "ctxopt/cli/config.h"

#include "ctxopt/base/file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

/** Levels above the working directory that are looked into. */
#define LEVELS_MAX 64

/** Is there a file of that name in the directory that `up` leads to? */
static bool has(const char *up, const char *name) {
	char path[LEVELS_MAX * 3 + sizeof(CONFIG_NAME)];
	snprintf(path, sizeof(path), "%s%s", up, name);
	return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/** Levels from the working directory up to the root of its repository; negative if it is in none. */
static int levels_to_root(void) {
	char up[LEVELS_MAX * 3 + 1] = "", here[PATH_MAX];
	if (getcwd(here, sizeof(here)) == NULL) {
		return -1;
	}
	for (int level = 0; level <= LEVELS_MAX; ++level) {
		if (has(up, ".git")) {
			return level;
		}
		char *slash = strrchr(here, '/');
		if (slash == NULL || here[1] == '\0' || level == LEVELS_MAX) {
			return -1;
		}
		slash[slash == here] = '\0';
		memcpy(up + (size_t)level * 3, "../", sizeof("../"));
	}
	return -1;
}

/** Find the file: what leads to its directory goes to `up`. */
static bool search(char up[LEVELS_MAX * 3 + 1]) {
	up[0] = '\0';
	if (has(up, CONFIG_NAME)) {
		return true;
	}
	int levels = levels_to_root();
	for (int level = 0; level < levels; ++level) {
		memcpy(up + (size_t)level * 3, "../", sizeof("../"));
		if (has(up, CONFIG_NAME)) {
			return true;
		}
	}
	return false;
}

/** Read and check the file. */
static int load(struct config *config, const struct cmd *const *cmds, struct ctx_error *err) {
	ctx_auto_buf struct ctx_buf text = CTX_BUF_INIT;
	struct ctx_toml *root = NULL;
	struct ctx_error why = { 0 };
	int rc = ctx_read_at(&text, AT_FDCWD, config->file.shown, CTX_TOML_BYTES_MAX, err);
	if (rc < 0) {
		return rc;
	}
	rc = ctx_toml_parse(&root, &config->arena, ctx_buf_str(&text), text.len, &why);
	if (rc == CTX_E_NOMEM) {
		return ctx_fail_nomem(err);
	}
	if (rc < 0) {
		return ctx_fail(err, rc, "%s:%u:%u: %s", config->file.shown, why.line, why.column, why.msg);
	}
	config->file.root = root;
	return opt_file_check(&config->file, cmds, err);
}

int config_load(struct config *config, const char *path, const struct cmd *const *cmds, struct ctx_error *err) {
	char up[LEVELS_MAX * 3 + 1] = "", found[sizeof(up) + sizeof(CONFIG_NAME)];
	if (path == NULL && !search(up)) {
		return 0;
	}
	snprintf(found, sizeof(found), "%s" CONFIG_NAME, up);
	path = path == NULL ? found : path;
	const char *slash = strrchr(path, '/');
	config->file.shown = ctx_arena_memdup0(&config->arena, path, strlen(path));
	config->file.dir = ctx_arena_memdup0(&config->arena, path, slash == NULL ? 0 : (size_t)(slash - path) + 1);
	return config->file.shown != NULL && config->file.dir != NULL ? load(config, cmds, err) : ctx_fail_nomem(err);
}

void config_release(struct config *config) {
	ctx_arena_release(&config->arena);
	*config = (struct config){ 0 };
}
