/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/boot/boot.h"

#include "boards/board.h"
#include "firmware/boot/counter.h"
#include "firmware/boot/trailer.h"

enum ut_manifest_fault ut_boot_judge(struct ut_manifest *m, enum board_area slot, const char board[4],
                                     ut_boot_check *check)
{
    board_watchdog_feed(); /* one judgement fits into its period, four may not */
    enum ut_manifest_fault fault = ut_manifest_read(m, slot, board);
    if (fault == UT_MANIFEST_OK)
        fault = ut_manifest_check_digest(m, slot);
    if (fault == UT_MANIFEST_OK)
        fault = check(m);
    if (fault == UT_MANIFEST_OK && m->counter < ut_counter_read())
        fault = UT_MANIFEST_COUNTER;
    return fault;
}

/* Whether its trailer lets a slot run, that of its image still to be judged. */
static int is_asked_for(const struct ut_trailer *t)
{
    return t->state == UT_SLOT_PENDING || t->state == UT_SLOT_TRYING || t->state == UT_SLOT_KEPT;
}

/* 1 = this one runs. A counter that cannot be raised is no reason to stand still. */
static int take(enum board_area slot, const struct ut_trailer *t, const char board[4], ut_boot_check *check)
{
    struct ut_manifest m;
    if (!is_asked_for(t) || ut_boot_judge(&m, slot, board, check) != UT_MANIFEST_OK)
        return 0;
    if (t->state != UT_SLOT_KEPT)
        return ut_trailer_spend(slot) == 0;
    (void)ut_counter_raise(m.counter);
    return 1;
}

int ut_boot_choose(const char board[4], ut_boot_check *check)
{
    struct ut_trailer t[BOARD_SLOTS];
    for (unsigned i = 0; i < BOARD_SLOTS; i++)
        ut_trailer_read(&t[i], (enum board_area)i);
    unsigned first = t[BOARD_SLOT_B].seq > t[BOARD_SLOT_A].seq;
    for (unsigned i = 0; i < BOARD_SLOTS; i++)
        if (take((enum board_area)(first ^ i), &t[first ^ i], board, check))
            return (int)(first ^ i);
    for (unsigned i = 0; i < 2 * BOARD_SLOTS; i++) { /* spent ones last: three times they did not come up */
        struct ut_manifest m;
        unsigned slot = first ^ i % BOARD_SLOTS, spent = t[slot].state == UT_SLOT_SPENT;
        if (spent == i / BOARD_SLOTS && ut_boot_judge(&m, (enum board_area)slot, board, check) == UT_MANIFEST_OK)
            return (int)slot;
    }
    return -1;
}
