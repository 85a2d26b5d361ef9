/* SPDX-License-Identifier: Apache-2.0 */
/* All that a new unit's flash holds, as one image: bootloader, factory page, firmware in slot A, test image in slot B.
 * SPEC.md "Factory page", "Slots", "Test of a unit".
 *
 * in    the bytes of a bootloader; a firmware and a test image that are signed; who the unit is
 * out   the bytes from the beginning of flash to the end of slot B, 0xFF between the parts
 * errors UT_EXIT_USAGE no serial number; UT_EXIT_IMAGE parts that do not fit together, or are not one signer's;
 *        UT_EXIT_FAILURE no memory
 */
#ifndef UT_HOST_FACTORY_IMAGE_H
#define UT_HOST_FACTORY_IMAGE_H

#include "host-tools/headset/release_file.h"
#include "host-tools/system/fault.h"

#include <stddef.h>
#include <stdint.h>

enum { UT_UNIT_SERIAL = 17 };

/* A board that is provisioned. */
struct ut_factory_board {
    char board[5];      /* as in the image */
    const char *folder; /* of boards/ */
    uint32_t page;      /* offset of its factory page */
};

/* By the name in its image; NULL: none. The rows are made of what each board.mk says (flash_boards.py). */
const struct ut_factory_board *ut_factory_board(const char *name);

struct ut_unit {
    char serial[UT_UNIT_SERIAL];
    int hardware;   /* revision, 0..65535 */
    int64_t made_s; /* since 1970 */
};

/* 1 to 16 of A-Z a-z 0-9 -. */
int ut_unit_is_serial(const char *text);

/* The serial number `n` units later: its last digits count, and keep their number. 0, or -1 when they have no room. */
int ut_unit_next(char serial[UT_UNIT_SERIAL], int n);

struct ut_factory_parts {
    const struct ut_factory_board *board;
    const uint8_t *boot;
    size_t boot_bytes;
    const struct ut_release_image *firmware, *test;
};

/* The caller frees *bytes. 0, or -1 and *fault. */
int ut_factory_image(const struct ut_factory_parts *p, const struct ut_unit *unit, uint8_t **bytes, size_t *len,
                     struct ut_fault *fault);

#endif
