/* SPDX-License-Identifier: Apache-2.0 */
/* What an image says of itself: 96 bytes at UT_IMAGE_OFFSET of every board's image, little-endian.
 *
 * The compiler fills in what it knows; boards/image.py fills in the rest after linking (board, model, length, address,
 * revision, SHA-256), so a program that is not an image for a processor has zeros there. SPEC.md "Image".
 */
#ifndef UT_FIRMWARE_IMAGE_H
#define UT_FIRMWARE_IMAGE_H

#include <stdint.h>

enum { UT_IMAGE_OFFSET = 0x200, UT_IMAGE_HEADER_BYTES = 96, UT_IMAGE_HEADER_VERSION = 1 };
#define UT_IMAGE_MAGIC 0x4D495455U /* "UTIM" */

struct ut_image_header {
    uint32_t magic;
    uint16_t header_version, header_bytes;
    char board[4]; /* NUL-padded, as in hello */
    uint8_t fw[4]; /* major, minor, patch, 0 */
    uint16_t features_version, reserved0;
    char model_id[4];
    uint32_t model_crc32; /* 0 = no classifier */
    uint32_t length;      /* bytes of the image, a multiple of 4 */
    uint32_t address;     /* of its first byte */
    char revision[20];    /* of the source: text, NUL-padded */
    uint32_t reserved1[2];
    uint8_t sha256[32]; /* of the whole image, these bytes taken as 0 */
};

extern const struct ut_image_header ut_image;

#endif
