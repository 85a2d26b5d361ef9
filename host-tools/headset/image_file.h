/* SPDX-License-Identifier: Apache-2.0 */
/* An image for a headset: what its header says, and whether it is whole. SPEC.md "Image".
 *
 * in    a raw image (.bin), or the ELF it was made from
 * out   struct ut_image
 * errors UT_EXIT_MISSING cannot be read; UT_EXIT_IMAGE no image of Undertone, damaged, cut short, or not stamped
 */
#ifndef UT_HOST_IMAGE_FILE_H
#define UT_HOST_IMAGE_FILE_H

#include "host-tools/system/fault.h"

#include <stddef.h>
#include <stdint.h>

struct ut_image {
    char board[5]; /* printable text, as all the text here */
    int fw_major, fw_minor, fw_patch;
    int features_version;
    char model_id[5];
    uint32_t model_crc32; /* 0 = no classifier */
    uint32_t address;     /* of the first byte in the chip's memory */
    size_t length;
    char revision[21];
    uint8_t sha256[32];
};

/* Reads the file once. bytes: what was read of it and judged, of a raw image image->length bytes; the caller frees it;
 * NULL = not wanted. 0, or -1 and *fault. */
int ut_image_read(const char *path, struct ut_image *image, uint8_t **bytes, struct ut_fault *fault);

/* The same of a file's bytes; name is for the fault. bytes are changed and put back. */
int ut_image_parse(const char *name, uint8_t *bytes, size_t len, struct ut_image *image, struct ut_fault *fault);

/* A header alone, UT_IMAGE_HEADER_BYTES long, as a headset sends it. 0, or -1 when it is none. */
int ut_image_header(const uint8_t *header, struct ut_image *image);

#endif
