/* SPDX-License-Identifier: Apache-2.0 */
/* What a customer is called on a site: the hash of a name that only the site can make. SPEC.md "Customers".
 *
 * in    a file with the site's key, 64 hexadecimal digits, which others may not read; a customer's key in the words of
 *       whoever keeps customers: a number, an address
 * out   HMAC-SHA256 of the latter under the former, as 64 hexadecimal digits in lower case: the same customer is the
 *       same, and nobody without the site's key can try names
 * errors UT_EXIT_MISSING no such file; UT_EXIT_CONFIG_KEY no key in it, or others may read it; UT_EXIT_USAGE it is
 *       there already; UT_EXIT_FAILURE it cannot be written. No fault holds a byte of either key.
 */
#ifndef UT_HOST_SITE_KEY_H
#define UT_HOST_SITE_KEY_H

#include "host-tools/system/digest.h"
#include "host-tools/system/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    UT_SITE_KEY_BYTES = 32,
    UT_CUSTOMER_TEXT = UT_DIGEST_TEXT,
    UT_CUSTOMER_KEY_MAX = 256 /* bytes of a customer's key */
};

struct ut_site_key {
    uint8_t bytes[UT_SITE_KEY_BYTES];
};

/* A new key in a new file (0600). 0, or -1 and *fault. */
int ut_site_key_make(const char *file, struct ut_fault *fault);

/* 0, or -1 and *fault. */
int ut_site_key_read(struct ut_site_key *key, const char *file, struct ut_fault *fault);

/* The text of such a file. 0, or -1: no key. */
int ut_site_key_parse(struct ut_site_key *key, const char *text);

/* Whether a customer's key can be one: 1 to UT_CUSTOMER_KEY_MAX bytes without control characters. */
bool ut_site_key_fits(const char *customer);

void ut_site_key_customer(const struct ut_site_key *key, const char *customer, char text[UT_CUSTOMER_TEXT]);

#endif
