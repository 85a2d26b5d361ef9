/* SPDX-License-Identifier: Apache-2.0 */
/* A site's desks in one file that everybody may read: what they all set, and of each the hash of its token; signed by
 * the key of the fleet. SPEC.md "Enrolment".
 *
 * in    a list of names, settings that are the same for all, certificates, a key; or a file that anybody may have made
 * out   the file; or the desks and settings of one that the key has signed, to the last byte
 * errors UT_EXIT_MISSING, UT_EXIT_EMPTY of the file; UT_EXIT_SIGNER another key has signed it, or its head was changed;
 *       UT_EXIT_TRUNCATED what stands below the signature is not what was signed; UT_EXIT_CONFIG_KEY it is no
 *       enrolment, or a setting is not for all desks; UT_EXIT_USAGE too many desks
 */
#ifndef UT_HOST_ENROLMENT_H
#define UT_HOST_ENROLMENT_H

#include "host-tools/serve/users.h"
#include "host-tools/system/signed_note.h"

#include <stdint.h>
#include <stdio.h>

enum { UT_ENROLMENT_DESKS = 20000 };

struct ut_enrolment {
    char site[UT_IDENTITY_MAX + 1];
    int64_t made_s;       /* Unix time */
    struct ut_users desk; /* agents, in the order of their names' bytes */
    char *settings;       /* a config file's text */
    char *authority;      /* certificates, PEM; "" = none */
};

/* 0, or -1 and *fault. */
int ut_enrolment_read(struct ut_enrolment *e, const char *file, const struct ut_note_verifier *v,
                      struct ut_fault *fault);

/* The same of a file's bytes, closed by a zero. file: its name, for faults. */
int ut_enrolment_parse(struct ut_enrolment *e, const char *file, const char *text, const struct ut_note_verifier *v,
                       struct ut_fault *fault);
void ut_enrolment_free(struct ut_enrolment *e);

/* The desk of that name, or with that token; NULL = there is none. */
const struct ut_user *ut_enrolment_named(const struct ut_enrolment *e, const char *name);
const struct ut_user *ut_enrolment_with(const struct ut_enrolment *e, const char *token);

/* Settings of a file for all desks of a site, with that site and verifier, to *settings; the certificates of its [mqtt]
 * ca_file to *authority. The caller frees both. 0, or -1 and *fault. */
int ut_enrolment_settings(const char *file, const char *site, const char *verifier, char **settings, char **authority,
                          struct ut_fault *fault);

/* Of what fits. 0, or -1 and *fault. */
int ut_enrolment_write(const struct ut_enrolment *e, const struct ut_note_signer *s, FILE *out, struct ut_fault *fault);

#endif
