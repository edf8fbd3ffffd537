/**
 * Compose files and manifests for the audit: what they ask to be built, what they run, and how that hangs together with Dockerfiles.
 *
 *	audit_manifests_read()    before Dockerfiles are looked at: how compose files build them
 *	audit_manifests_judge()   after that: rules over containers, knowing the images that are built here; what answers what
 *
 * An image is surely the one of a build if the service builds it, if the compose file that builds it names it so, or if a manifest names it
 * without registry and tag as the directory of the only such Dockerfile is called.  Everything else is a guess, and said as one.
 */
#ifndef CTXOPT_CLI_AUDIT_MANIFEST_H
#define CTXOPT_CLI_AUDIT_MANIFEST_H

#include "ctxopt/base/strmap.h"
#include "ctxopt/cli/audit_files.h"

/** One file. */
struct audit_manifest {
	/** Borrowed from the files of the audit. */
	const char *path, *root;
	struct ctx_str text;
	enum ana_manifest_kind kind;
	struct ana_manifest model;
	/** Builds of its services, in the order of the services, in `builds`: where they begin. */
	size_t first_build;
	/** What is wrong with it; rc is 0 if nothing is. */
	int rc;
	struct ctx_error error;
};

/** A file that changes an image when it is deployed. */
struct audit_retag {
	const char *path;
	enum ana_retag how;
	/** The one before with the same image; UINT32_MAX for none.  So many there are from here on. */
	uint32_t before, count;
};

/** The build that a service asks for. */
struct audit_service_build {
	const struct ana_container *container;
	/** Index of the Dockerfile among the files of the audit, and the build; NULL if it is not known. */
	uint32_t dockerfile;
	struct audit_build *build;
};

/** All of them.  Zero-initialise, set the first five, release with audit_manifests_release(). */
struct audit_manifests {
	struct audit_files *files;
	struct ana_audit *audit;
	/** How Dockerfiles are built, but for what compose files say. */
	const struct ana_graph_opts *opts;
	/** Threads that read, at least 1; see ctx_pool_run(). */
	unsigned jobs;
	const volatile int *stop;
	CTX_VEC(struct audit_manifest *) items;
	CTX_VEC(struct audit_service_build) builds;
	/** Paths of Dockerfiles, to their index; of YAML files, to that in `items`. */
	struct ctx_strmap dockerfiles, paths;
	/** Names of images that are built here, to `builds`; names of directories with a Dockerfile, to its index; AUDIT_SEVERAL if there are more. */
	struct ctx_strmap images, directories;
	CTX_VEC(uint32_t) image_builds, directory_files;
	/** Names of images that kustomizations or skaffold change, to the last of those in `retagged_by`. */
	struct ctx_strmap retagged;
	CTX_VEC(uint32_t) retagged_last;
	CTX_VEC(struct audit_retag) retagged_by;
	/** Namespaces that have a LimitRange, to where it stands. */
	struct ctx_strmap spaces;
	CTX_VEC(const char *) space_places;
	CTX_VEC(struct ana_audit_link) links;
	/** Where the search for the build of the next service goes on. */
	size_t next_build;
	/** Templates, which are not looked at. */
	size_t templates;
	/** A file could not be looked at. */
	bool partial;
	struct ctx_arena arena;
};
#define AUDIT_SEVERAL (UINT32_MAX - 1)

/** Read the YAML files; Dockerfiles that compose files build get their builds, and new ones are added.  CTX_E_NOMEM;
 * CTX_E_INTERRUPTED. */
CTX_NODISCARD
int audit_manifests_read(struct audit_manifests *m, struct ctx_error *err);
/** Run the rules, and merge.  Files are added to the audit behind the Dockerfiles.  CTX_E_NOMEM. */
CTX_NODISCARD
int audit_manifests_judge(struct audit_manifests *m, struct ctx_error *err);
/** Free everything. */
void audit_manifests_release(struct audit_manifests *m);

#endif
