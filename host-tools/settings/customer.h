/* SPDX-License-Identifier: Apache-2.0 */
/* A customer's key as somebody gives it to a command, and the hash that takes its place. SPEC.md "Customers".
 *
 * in    a word of the command line, a line of standard input, or a member of a request; [customer] site_key
 * out   the hash (host-tools/system/site_key.h); the key itself is overwritten where it stood
 * errors UT_EXIT_USAGE no key can look like that; UT_EXIT_CONFIG_KEY there is no site key to hash it; those of
 *       host-tools/system/site_key.h. No fault holds a byte of the key.
 */
#ifndef UT_HOST_CUSTOMER_H
#define UT_HOST_CUSTOMER_H

#include "host-tools/settings/config.h"
#include "host-tools/system/command.h"
#include "host-tools/system/site_key.h"

#include <stdbool.h>

struct ut_customer_key {
    bool given;
    char text[UT_CUSTOMER_KEY_MAX + 1]; /* until it is hashed */
};

/* The reader of an option's value, which it takes off the command line: other users of the machine see that one. */
int ut_customer_take(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault);

/* A word of the command line likewise, "-" being a line of standard input. what: what the word is, for the fault. */
int ut_customer_word(struct ut_customer_key *key, char *word, const char *what, struct ut_fault *fault);

/* Forgets the key; an empty text where none was given. 0, or -1 and *fault. */
int ut_customer_hash(struct ut_customer_key *key, const struct ut_config *config, char text[UT_CUSTOMER_TEXT],
                     struct ut_fault *fault);

#endif
