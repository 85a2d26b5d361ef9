/* SPDX-License-Identifier: Apache-2.0 */
/* The log of resets: why the headset started again the last UT_STORE_RESETS times, kept over power cuts and updates.
 *
 * in    what the board says of the last run (boards/board.h)
 * out   entries, the newest first; SPEC.md "Resets" has their bytes
 * A start because power came is no entry. So that a headset that stumbles without end does not wear its memory out,
 * the first 16 starts since power came are kept, then each whose number is a power of two, and none that repeats the
 * newest entry to the byte.
 */
#ifndef UT_FIRMWARE_RESETS_H
#define UT_FIRMWARE_RESETS_H

#include "boards/board.h"
#include "firmware/store.h"

#include <stdint.h>

enum { UT_RESET_BYTES = 18, UT_RESET_RUNS = 0xA0, UT_RESET_NO_SLOT = 0x0F };

/* For board_mark: this image's version, and its slot (enum board_area, or negative: it lies in none). */
uint32_t ut_resets_mark(int slot);

void ut_resets_note(struct ut_store *store, const struct board_crash *last);

/* The nth entry, 0 = the newest. 0, or UT_ERR_ABSENT. */
int ut_resets_get(const struct ut_store *store, int n, uint8_t entry[UT_RESET_BYTES]);

#endif
