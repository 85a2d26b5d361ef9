/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/selftest/radio.h"

#include <string.h>

enum { CREDITS = 3 }; /* how many commands it takes now is its own affair */

void ut_radio_answer_init(struct ut_radio_answer *a)
{
    memset(a, 0, sizeof *a);
}

int ut_radio_answer_take(struct ut_radio_answer *a, uint8_t byte)
{
    static const uint8_t done[UT_RADIO_ANSWER_BYTES] = {0x04, 0x0E, 0x04, 0x00, 0x03, 0x0C, 0x00};
    memmove(a->last, a->last + 1, sizeof a->last - 1);
    a->last[sizeof a->last - 1] = byte;
    return memcmp(a->last, done, CREDITS) == 0 &&
           memcmp(a->last + CREDITS + 1, done + CREDITS + 1, sizeof done - CREDITS - 1) == 0;
}
