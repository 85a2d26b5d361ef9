/* SPDX-License-Identifier: Apache-2.0 */
/* An image as it was judged, in a folder and under a name of our own: the tools that write flash open a file again, and
 * write whatever it then holds.
 *
 * in    the bytes
 * out   a path, until it is removed
 * errors UT_EXIT_FAILURE no room in /tmp
 */
#ifndef UT_HOST_FLASH_COPY_H
#define UT_HOST_FLASH_COPY_H

#include "host-tools/system/fault.h"

#include <stddef.h>
#include <stdint.h>

struct ut_flash_copy {
    char folder[24], path[40]; /* "" = there is none */
};

/* 0, or -1 and *fault; to be removed either way. */
int ut_flash_copy_make(struct ut_flash_copy *c, const uint8_t *bytes, size_t len, struct ut_fault *fault);
void ut_flash_copy_remove(struct ut_flash_copy *c);

#endif
