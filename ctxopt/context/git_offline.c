/**
 * What libgit2.a needs from its network half, as functions that refuse.
 *
 * libgit2 reads repositories for us and never talks to a server, but git_libgit2_init() names every transport, and
 * the transports need libssh2, OpenSSL, Kerberos, mbedTLS: 20 shared objects to load and 2 ms at each start.  The linker
 * takes a member of an archive only while a symbol is missing, so defining here the few symbols through which
 * libgit2 reaches its network members (http.c, ssh.c, git.c, the mbedTLS and socket streams) leaves them out.
 *
 * The symbols and their types are those of libgit2 1.5 (src/libgit2/transports/http.h, transports/smart.h,
 * streams/mbedtls.h, streams/socket.h).  meson.build links a program with this file first; another version needs other
 * symbols, does not link, and the build then uses the shared library without this file.
 *
 * No header of libgit2 declares them, hence the prototypes here.
 */
#include <stdbool.h>

#include <git2.h>
#include <git2/sys/stream.h>
#include <git2/sys/transport.h>

/** Start up a transport or a stream: nothing to do. */
int git_transport_ssh_global_init(void);
int git_mbedtls_stream_global_init(void);
/** Settings of transports that are not there. */
int git_mbedtls__set_cert_location(const char *file, const char *path);
extern bool git_http__expect_continue;
/** Open a stream. */
int git_mbedtls_stream_new(git_stream **out, const char *host, const char *port);
int git_mbedtls_stream_wrap(git_stream **out, git_stream *in, const char *host);
int git_socket_stream_new(git_stream **out, const char *host, const char *port);
/** Open a connection: git_transport_new() finds these in its table by scheme. */
int git_transport_ssh_with_paths(git_transport **out, git_remote *owner, void *param);

/** Every call ends here. */
static int refuse(void) {
	git_error_set_str(GIT_ERROR_NET, "this program is built without network access");
	return GIT_ERROR;
}

bool git_http__expect_continue = false;

int git_transport_ssh_global_init(void) {
	return 0;
}

int git_mbedtls_stream_global_init(void) {
	return 0;
}

int git_mbedtls__set_cert_location(const char *file, const char *path) {
	(void)file;
	(void)path;
	return refuse();
}

int git_mbedtls_stream_new(git_stream **out, const char *host, const char *port) {
	(void)out;
	(void)host;
	(void)port;
	return refuse();
}

int git_mbedtls_stream_wrap(git_stream **out, git_stream *in, const char *host) {
	(void)out;
	(void)in;
	(void)host;
	return refuse();
}

int git_socket_stream_new(git_stream **out, const char *host, const char *port) {
	(void)out;
	(void)host;
	(void)port;
	return refuse();
}

int git_transport_ssh_with_paths(git_transport **out, git_remote *owner, void *param) {
	(void)out;
	(void)owner;
	(void)param;
	return refuse();
}

int git_smart_subtransport_http(git_smart_subtransport **out, git_transport *owner, void *param) {
	(void)out;
	(void)owner;
	(void)param;
	return refuse();
}

int git_smart_subtransport_git(git_smart_subtransport **out, git_transport *owner, void *param) {
	(void)out;
	(void)owner;
	(void)param;
	return refuse();
}

int git_smart_subtransport_ssh(git_smart_subtransport **out, git_transport *owner, void *param) {
	(void)out;
	(void)owner;
	(void)param;
	return refuse();
}
