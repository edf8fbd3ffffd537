/**
 * Within audit_manifest.[ch]: audit_builds.c makes builds, and knows names of images.
 */
#ifndef CTXOPT_CLI_AUDIT_MANIFEST_INTERNAL_H
#define CTXOPT_CLI_AUDIT_MANIFEST_INTERNAL_H

#include "ctxopt/cli/audit_manifest.h"

/** Directory of a path, "" for none. */
struct ctx_str audit_directory_of(const char *path);
/** ctx_strmap_put() with a copy of the key.  false when out of memory. */
bool audit_map_put(struct ctx_strmap *map, struct ctx_arena *arena, struct ctx_str key, uint32_t fresh, uint32_t *at);
/** Append what stands for a namespace; one that is not named is that of the file's directory. */
void audit_space_key(struct ctx_buf *out, const char *path, struct ctx_str space);

/** Make the builds that services ask for, all of them in order.  CTX_E_NOMEM. */
CTX_NODISCARD
int audit_builds_make(struct audit_manifests *m, struct ctx_error *err);
/** Learn names of images and of directories.  CTX_E_NOMEM. */
CTX_NODISCARD
int audit_names_make(struct audit_manifests *m, struct ctx_error *err);

/** The build whose image has that name, for sure; NULL. */
const struct audit_service_build *audit_image_build(const struct audit_manifests *m, const struct ana_value *image);
/** The Dockerfile in a directory of that name: true and `*out` if it is sure; if not, `on->unsure` may be set. */
bool audit_directory_build(const struct audit_manifests *m, struct ana_rule_manifest *on,
	struct audit_service_build *out);

/** Names of images, without tags, which a file changes, and how. */
struct audit_retags {
	struct ctx_str *names;
	enum ana_retag *how;
	uint32_t count;
};
/** Read a kustomization or a configuration of skaffold, into `arena`.  1; 0, it is something else; CTX_E_NOMEM. */
CTX_NODISCARD
int audit_retags_read(struct audit_retags *out, struct ctx_arena *arena, const char *path, struct ctx_error *err);
/** Learn what the file at `path` sets.  CTX_E_NOMEM. */
CTX_NODISCARD
int audit_retags_note(struct audit_manifests *m, const struct audit_retags *retags, const char *path,
	struct ctx_error *err);
/**
 * Which of them changes an image of the manifest at `path`, and how; NULL.  Of several the one that says most.
 *
 * What a kustomization takes in is not followed: it counts for manifests in its directory, in those beside it and beside the one above, and
 * below all of them ("overlays/production" has "base"); skaffold counts for what lies beside it or below.
 */
const char *audit_retagged_by(const struct audit_manifests *m, const char *path, struct ctx_str image,
	enum ana_retag *how);

#endif
