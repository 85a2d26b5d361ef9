/* SPDX-License-Identifier: Apache-2.0 */
/* Which slot runs: the image asked for last that is whole, signed, not older than allowed, and kept or not yet spent.
 *
 * in    both slots and the security counter, as a power cut or rot may have left them
 * out   the slot to run, with a try spent unless its image is kept; the counter raised to that of a kept one
 * Where no image may run by these rules, one that is whole, signed and not older is better than none, a spent one last.
 * SPEC.md "Slots".
 */
#ifndef UT_FIRMWARE_BOOT_BOOT_H
#define UT_FIRMWARE_BOOT_BOOT_H

#include "firmware/boot/manifest.h"

/* ut_signature_check, or what stands in for it in a test of everything else. */
typedef enum ut_manifest_fault ut_boot_check(const struct ut_manifest *m);

/* Whether the image of a slot may run: whole, signed, not older. Feeds the watchdog, and fits into its period. */
enum ut_manifest_fault ut_boot_judge(struct ut_manifest *m, enum board_area slot, const char board[4],
                                     ut_boot_check *check);

/* enum board_area of the slot to run, or -1: none may. board: four characters as board_name. */
int ut_boot_choose(const char board[4], ut_boot_check *check);

#endif
