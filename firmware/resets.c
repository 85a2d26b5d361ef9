/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/resets.h"

#include "firmware/version.h"

#include <string.h>

enum { NUMBER_BYTES = 2, STARTS_KEPT = 16 };

_Static_assert((int)UT_RESET_BYTES <= (int)UT_STORE_RESET_BYTES, "an entry is one value of the store");

static void put(uint8_t *to, uint32_t x, int bytes)
{
    for (int i = 0; i < bytes; i++)
        to[i] = (uint8_t)(x >> 8 * i);
}

/* -1 = nothing there. */
static int number_at(const struct ut_store *store, int place, uint8_t entry[UT_RESET_BYTES])
{
    if (ut_store_get(store, UT_STORE_RESET_0 + place, entry, UT_RESET_BYTES) != UT_RESET_BYTES)
        return -1;
    return entry[0] | entry[1] << 8;
}

/* The newest entry's number, -1 = none. The numbers in the log lie within 16 of each other and wrap at 2^16. */
static int newest(const struct ut_store *store, uint8_t entry[UT_RESET_BYTES])
{
    int best = -1;
    for (int place = 0; place < UT_STORE_RESETS; place++) {
        int number = number_at(store, place, entry);
        if (number >= 0 && (best < 0 || (int16_t)(number - best) > 0))
            best = number;
    }
    return best;
}

int ut_resets_get(const struct ut_store *store, int n, uint8_t entry[UT_RESET_BYTES])
{
    int wanted = newest(store, entry);
    if (wanted < 0 || n >= UT_STORE_RESETS)
        return UT_ERR_ABSENT;
    wanted = (wanted - n) & UINT16_MAX;
    return number_at(store, wanted % UT_STORE_RESETS, entry) == wanted ? 0 : UT_ERR_ABSENT;
}

uint32_t ut_resets_mark(int slot)
{
    return UT_RESET_RUNS | (uint32_t)(slot < 0 ? UT_RESET_NO_SLOT : slot) | (uint32_t)UT_VERSION_MAJOR << 8 |
           (uint32_t)UT_VERSION_MINOR << 16 | (uint32_t)UT_VERSION_PATCH << 24;
}

void ut_resets_note(struct ut_store *store, const struct board_crash *last)
{
    uint8_t entry[UT_RESET_BYTES], before[UT_RESET_BYTES];
    unsigned boots = last->boots;
    if (last->cause == BOARD_RESET_POWER || (boots > STARTS_KEPT && (boots & (boots - 1)) != 0))
        return;
    int number = newest(store, before);
    entry[2] = last->cause;
    entry[3] = last->exception;
    put(entry + 4, last->mark, 4);
    put(entry + 8, last->pc, 4);
    put(entry + 12, last->lr, 4);
    put(entry + 16, boots, 2);
    if (number >= 0 && number_at(store, number % UT_STORE_RESETS, before) == number &&
        memcmp(before + NUMBER_BYTES, entry + NUMBER_BYTES, sizeof entry - NUMBER_BYTES) == 0)
        return;
    number = (number + 1) & UINT16_MAX;
    put(entry, (uint32_t)number, NUMBER_BYTES);
    (void)ut_store_set(store, UT_STORE_RESET_0 + number % UT_STORE_RESETS, entry, sizeof entry);
}
