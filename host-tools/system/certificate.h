/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate and its key, of a server or a client of TLS, before anybody is shown them. SPEC.md "Access".
 *
 * in    two files in PEM: the certificate with those that lead to its authority, and its key, which others may not read
 * out   their texts
 * errors UT_EXIT_MISSING no such file; UT_EXIT_CONFIG_KEY others may read the key; UT_EXIT_CERTIFICATE no certificate
 *       or no key is in it, one has expired or is not valid yet, the key is another's. No fault holds a byte of the
 *       key.
 */
#ifndef UT_HOST_CERTIFICATE_H
#define UT_HOST_CERTIFICATE_H

#include "host-tools/system/fault.h"

#include <stdint.h>

enum { UT_CERTIFICATE_WARN_DAYS = 14 /* before the end of one a remark says so */ };

struct ut_certificate {
    char *chain, *key; /* PEM, closed by a zero */
};

/* unix_ms: now. 0, or -1 and *fault. */
int ut_certificate_read(struct ut_certificate *c, const char *chain_file, const char *key_file, int64_t unix_ms,
                        struct ut_fault *fault);

/* Overwrites the key. */
void ut_certificate_free(struct ut_certificate *c);

#endif
