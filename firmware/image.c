/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/image.h"

#include "dsp/features.h"
#include "firmware/version.h"

_Static_assert(sizeof(struct ut_image_header) == UT_IMAGE_HEADER_BYTES, "the header's layout is fixed");

const struct ut_image_header ut_image __attribute__((section(".image_header"))) = {
    .magic = UT_IMAGE_MAGIC,
    .header_version = UT_IMAGE_HEADER_VERSION,
    .header_bytes = UT_IMAGE_HEADER_BYTES,
    .fw = {UT_VERSION_MAJOR, UT_VERSION_MINOR, UT_VERSION_PATCH, 0},
    .features_version = UT_FEATURES_VERSION,
};
