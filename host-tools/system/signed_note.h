/* SPDX-License-Identifier: Apache-2.0 */
/* Text signed by Ed25519, as C2SP's signed notes are: any program that knows the format can verify it. libsodium is
 * included in signed_note.c and nowhere else. SPEC.md "Checkpoints".
 *
 * in    a text whose last line ends; a key's file
 * out   the text, an empty line, and a line "- NAME SIGNATURE" with a long dash
 * errors UT_EXIT_MISSING no such file; UT_EXIT_CONFIG_KEY no key, or others may read it; UT_EXIT_USAGE a file that is
 *       there. No fault holds a byte of a key.
 */
#ifndef UT_HOST_SIGNED_NOTE_H
#define UT_HOST_SIGNED_NOTE_H

#include "host-tools/system/fault.h"
#include "host-tools/system/identity.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    UT_NOTE_NAME = UT_IDENTITY_MAX + 1,
    UT_NOTE_KEY = 32,
    UT_NOTE_HASH = 4,
    UT_NOTE_VERIFIER = UT_NOTE_NAME + 60, /* as text */
    UT_NOTE_MAX = 1024                    /* of a whole note with its zero */
};

/* Who signs: keep it secret. */
struct ut_note_signer {
    char name[UT_NOTE_NAME];
    uint8_t hash[UT_NOTE_HASH], secret[2 * UT_NOTE_KEY];
};

/* Who verifies: give it away. */
struct ut_note_verifier {
    char name[UT_NOTE_NAME];
    uint8_t hash[UT_NOTE_HASH], key[UT_NOTE_KEY];
};

/* A new key into a file (0600) that is not there; the name fits (identity.h). 0, or -1 and *fault. */
int ut_note_make_key(const char *file, const char *name, char verifier[UT_NOTE_VERIFIER], struct ut_fault *fault);

int ut_note_signer_read(struct ut_note_signer *s, const char *file, struct ut_fault *fault);

/* A line of such a file. 0, or -1: no key. */
int ut_note_signer_parse(struct ut_note_signer *s, const char *line);

/* NAME+HASH+KEY, of the signer, and as a verifier. */
void ut_note_verifier_text(const struct ut_note_signer *s, char text[UT_NOTE_VERIFIER]);
int ut_note_verifier_parse(struct ut_note_verifier *v, const char *text); /* 0 or -1 */

/* 0, or -1: the text has no end, or the note would be too long. */
int ut_note_sign(const struct ut_note_signer *s, const char *text, char note[UT_NOTE_MAX]);

/* The length of the text that was signed, or -1: no note, or none that this key has signed. Other signatures may stand
 * beside it. */
int ut_note_verify(const struct ut_note_verifier *v, const char *note, size_t n);

/* 32 bytes in base64, and from a line of it: 0 or -1. */
enum { UT_NOTE_ROOT = 45 };
void ut_note_base64(const uint8_t bytes[UT_NOTE_KEY], char text[UT_NOTE_ROOT]);
int ut_note_unbase64(const char *line, uint8_t bytes[UT_NOTE_KEY]);

#endif
