/* SPDX-License-Identifier: Apache-2.0 */
/* What a signed image says of itself, and whether it is whole: SPEC.md "Signed image".
 *
 * in    a slot's bytes through boards/flash.h, from anywhere
 * out   the image's size, security counter, digest and signature, or the first fault found
 * Nothing read is believed before its bounds are checked. No state; 350 bytes of stack, most of it SHA-256's.
 */
#ifndef UT_FIRMWARE_BOOT_MANIFEST_H
#define UT_FIRMWARE_BOOT_MANIFEST_H

#include "boards/flash.h"

#include <stdint.h>

enum {
    UT_MANIFEST_HEADER_BYTES = 0x200,
    UT_MANIFEST_SHORT_BYTES = 36, /* of the header that say something */
    UT_MANIFEST_SIGNATURE_BYTES = 72
};

/* Codes travel to the host: new ones at the end. */
enum ut_manifest_fault {
    UT_MANIFEST_OK = 0,
    UT_MANIFEST_NO_IMAGE = 1,  /* no header, or entries that make no sense */
    UT_MANIFEST_BOARD = 2,     /* for another board */
    UT_MANIFEST_SLOT = 3,      /* linked for another place */
    UT_MANIFEST_LENGTH = 4,    /* longer than the slot has room for */
    UT_MANIFEST_DIGEST = 5,    /* damaged, or not all there */
    UT_MANIFEST_KEY = 6,       /* signed with a key that is not known here */
    UT_MANIFEST_SIGNATURE = 7, /* not signed by that key */
    UT_MANIFEST_COUNTER = 8    /* older than what this headset has run */
};

struct ut_manifest {
    uint32_t signed_bytes; /* header, image and protected entries */
    uint32_t whole_bytes;  /* and the entries behind them */
    uint32_t counter;
    uint8_t version[3]; /* major, minor, patch */
    uint8_t signature_bytes;
    uint8_t digest[32], key[32];
    uint8_t signature[UT_MANIFEST_SIGNATURE_BYTES]; /* DER */
};

/* The header's first bytes alone, as an upload's first piece brings them. board: four characters as board_name. */
enum ut_manifest_fault ut_manifest_begin(struct ut_manifest *m, enum board_area slot,
                                         const uint8_t header[UT_MANIFEST_SHORT_BYTES], const char board[4]);

/* Header and entries of what lies in a slot; then whether its bytes are those that the digest names. */
enum ut_manifest_fault ut_manifest_read(struct ut_manifest *m, enum board_area slot, const char board[4]);
enum ut_manifest_fault ut_manifest_check_digest(const struct ut_manifest *m, enum board_area slot);

#endif
