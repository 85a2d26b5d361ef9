/* SPDX-License-Identifier: Apache-2.0 */
/* One button of a headset: mutes the agent and lets him speak again, or says yes while a pairing asks.
 *
 * in    whether it is down, every 10 ms, from the audio interrupt; whether a pairing asks, from the main loop
 * out   muted; confirmed: -1 no answer yet, 1 yes
 * Three equal looks make a change: a contact bounces for 5 to 20 ms.
 */
#ifndef UT_BOARDS_BUTTON_H
#define UT_BOARDS_BUTTON_H

enum { UT_BUTTON_LOOKS = 3, UT_BUTTON_BLINK_LOOKS = 25 };

struct ut_button {
    volatile int muted, asked, confirmed;
    int down, looks;
    int blinks; /* looks of the light's period that have gone by */
};

static inline void ut_button_init(struct ut_button *b)
{
    b->muted = b->asked = b->down = b->looks = b->blinks = 0;
    b->confirmed = -1;
}

/* Nonzero when `muted` has changed. */
static inline int ut_button_look(struct ut_button *b, int down)
{
    b->looks = down == b->down ? 0 : b->looks + 1;
    if (b->looks < UT_BUTTON_LOOKS)
        return 0;
    b->down = down;
    b->looks = 0;
    if (!down)
        return 0;
    if (b->asked) {
        b->confirmed = 1;
        return 0;
    }
    b->muted = !b->muted;
    return 1;
}

/* At each look while `asked`: whether its light is lit. Twice a second, so that it is not taken for a cue. */
static inline int ut_button_blink(struct ut_button *b)
{
    b->blinks = (b->blinks + 1) % (2 * UT_BUTTON_BLINK_LOOKS);
    return b->blinks < UT_BUTTON_BLINK_LOOKS;
}

static inline void ut_button_ask(struct ut_button *b, int asked)
{
    b->confirmed = -1;
    b->asked = asked;
}

#endif
