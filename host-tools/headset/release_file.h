/* SPDX-License-Identifier: Apache-2.0 */
/* A release: signed images for one board's slots, or for several boards', one behind the other. SPEC.md "Signed image".
 *
 * in    a file that boards/release.py or imgtool wrote: one image or a bundle
 * out   what each image says of itself, and its bytes
 * errors UT_EXIT_MISSING cannot be read; UT_EXIT_IMAGE no signed image, or a damaged one; UT_EXIT_TRUNCATED cut short
 * The signature is the headset's to judge, which has the public keys; that the bytes are those it was made for is
 * judged here.
 */
#ifndef UT_HOST_RELEASE_FILE_H
#define UT_HOST_RELEASE_FILE_H

#include "host-tools/system/fault.h"

#include <stddef.h>
#include <stdint.h>

enum { UT_RELEASE_IMAGES = 16 };

struct ut_release_image {
    char board[5];      /* printable text */
    uint32_t offset;    /* of the slot it is linked for, in flash */
    uint8_t version[3]; /* major, minor, patch */
    uint32_t counter;   /* security counter: a headset takes none below that of what it has kept */
    uint8_t digest[32]; /* SHA-256 that is signed: by it a headset names the image */
    uint8_t key[32];    /* SHA-256 of the signer's public key */
    const uint8_t *bytes;
    size_t length; /* with its entries and what fills them up to a multiple of 4 */
};

struct ut_release {
    uint8_t *bytes;
    struct ut_release_image image[UT_RELEASE_IMAGES];
    int images;
};

/* 0, or -1 and *fault. */
int ut_release_read(const char *path, struct ut_release *r, struct ut_fault *fault);
void ut_release_free(struct ut_release *r);

/* The same of a file's bytes, which stay the caller's and outlive r; name is for the fault. */
int ut_release_parse(const char *name, const uint8_t *bytes, size_t len, struct ut_release *r, struct ut_fault *fault);

/* The image for a board's slot, 0 A or 1 B, by the order of their places; the only one for the board, whichever its
 * slot: the headset refuses it where it does not fit. NULL: none for the board, or none for that slot of several. */
const struct ut_release_image *ut_release_find(const struct ut_release *r, const char *board, int slot);

#endif
