/**
 * IP addresses as Go's net/netip reads them; without the C library's functions, so that nothing here can reach a network.
 */
#ifndef ANALYZER_DOCKERFILE_IP_H
#define ANALYZER_DOCKERFILE_IP_H

#include "ctxopt/base/str.h"

/** "127.0.0.1": four numbers up to 255 without leading zeros. */
bool ana_ip_v4_valid(struct ctx_str text);
/** "::1", "::ffff:1.2.3.4"; with a zone ("fe80::1%eth0") only if `zone`. */
bool ana_ip_v6_valid(struct ctx_str text, bool zone);

#endif
