/**
 * What libgit2.a needs from halves that nobody here uses, as functions that refuse.
 *
 * libgit2 reads repositories for us: objects, references, configuration, the index, attributes.  It never talks to a server,
 * clones, checks out or compares, but one member of the archive names another, and so git_libgit2_init() and
 * git_repository_open() bring all transports, and with them libssh2, OpenSSL, Kerberos and mbedTLS: 20 shared objects
 * to load and 2 ms at each start.  The linker takes a member of an archive only while a symbol is missing, so defining here
 * the few symbols through which the half in use names remote.c, submodule.c, checkout.c, diff.c, merge_driver.c and mailmap.c
 * leaves these out, with all that only they need; a third of a megabyte.
 *
 * The symbols and their types are those of libgit2 1.5 (src/libgit2/remote.h, submodule.h, diff_driver.h, merge_driver.h, transports/ssh.h,
 * transports/smart.h, streams/mbedtls.h).  meson.build links a program with this file first; another version needs other
 * symbols, does not link, and the build then uses the shared library without this file.
 *
 * Those that no public header declares have their prototypes here.
 */
#include <stdbool.h>

#include <git2.h>

/** Start up transports, streams, drivers that merge: nothing to do. */
int git_transport_ssh_global_init(void);
int git_merge_driver_global_init(void);
int git_mbedtls_stream_global_init(void);
/** Settings of transports that are not there. */
int git_mbedtls__set_cert_location(const char *file, const char *path);
extern bool git_http__expect_continue, git_smart__ofs_delta_enabled;

/** Refspec of a remote that matches a reference: NULL, none. */
void *git_remote__matching_dst_refspec(git_remote *remote, const char *refname);
void *git_remote__matching_refspec(git_remote *remote, const char *refname);

/** Submodules by path, cached with their repository. */
int git_submodule_cache_init(void **out, git_repository *repo);
int git_submodule_cache_free(void *cache);

/** Drivers that attributes name for text; a repository frees those that it has. */
void git_diff_driver_registry_free(void *registry);

/* ---- What is called ---- */

bool git_http__expect_continue = false, git_smart__ofs_delta_enabled = true;

int git_transport_ssh_global_init(void) {
	return 0;
}

int git_merge_driver_global_init(void) {
	return 0;
}

int git_mbedtls_stream_global_init(void) {
	return 0;
}

int git_submodule_cache_free(void *cache) {
	(void)cache; // none was made
	return 0;
}

void git_diff_driver_registry_free(void *registry) {
	(void)registry;
}

void git_diff_free(git_diff *diff) {
	(void)diff;
}

void git_remote_free(git_remote *remote) {
	(void)remote;
}

void git_submodule_free(git_submodule *submodule) {
	(void)submodule;
}

/* ---- What is named, and must not be called ---- */

/** Every other call ends here. */
static int refuse(void) {
	git_error_set_str(GIT_ERROR_INVALID, "this program is built to read repositories, without network access");
	return GIT_ERROR;
}

int git_mbedtls__set_cert_location(const char *file, const char *path) {
	(void)file, (void)path;
	return refuse();
}

void *git_remote__matching_dst_refspec(git_remote *remote, const char *refname) {
	(void)remote, (void)refname;
	return NULL;
}

void *git_remote__matching_refspec(git_remote *remote, const char *refname) {
	(void)remote, (void)refname;
	return NULL;
}

int git_remote_create(git_remote **out, git_repository *repo, const char *name, const char *url) {
	(void)out, (void)repo, (void)name, (void)url;
	return refuse();
}

int git_remote_list(git_strarray *out, git_repository *repo) {
	(void)out, (void)repo;
	return refuse();
}

int git_remote_lookup(git_remote **out, git_repository *repo, const char *name) {
	(void)out, (void)repo, (void)name;
	return refuse();
}

int git_submodule_cache_init(void **out, git_repository *repo) {
	(void)out, (void)repo;
	return refuse();
}

int git_submodule_add_to_index(git_submodule *submodule, int write_index) {
	(void)submodule, (void)write_index;
	return refuse();
}

int git_submodule_foreach(git_repository *repo, git_submodule_cb callback, void *payload) {
	(void)repo, (void)callback, (void)payload;
	return refuse();
}

int git_submodule_lookup(git_submodule **out, git_repository *repo, const char *name) {
	(void)out, (void)repo, (void)name;
	return refuse();
}

int git_submodule_open(git_repository **out, git_submodule *submodule) {
	(void)out, (void)submodule;
	return refuse();
}

int git_checkout_head(git_repository *repo, const git_checkout_options *opts) {
	(void)repo, (void)opts;
	return refuse();
}

int git_diff_is_sorted_icase(const git_diff *diff) {
	(void)diff;
	return 0;
}

int git_diff_foreach(git_diff *diff, git_diff_file_cb file, git_diff_binary_cb binary, git_diff_hunk_cb hunk,
	git_diff_line_cb line, void *payload) {
	(void)diff, (void)file, (void)binary, (void)hunk, (void)line, (void)payload;
	return refuse();
}

int git_diff_index_to_workdir(git_diff **out, git_repository *repo, git_index *index, const git_diff_options *opts) {
	(void)out, (void)repo, (void)index, (void)opts;
	return refuse();
}

int git_mailmap_resolve_signature(git_signature **out, const git_mailmap *mailmap, const git_signature *signature) {
	(void)out, (void)mailmap, (void)signature;
	return refuse();
}
