/* SPDX-License-Identifier: Apache-2.0 */
/* One button of a headset: a press mutes the agent and lets him speak again; held for three seconds while a pairing
 * asks, it says yes to that.
 *
 * in    whether it is down, every 10 ms, from the audio interrupt; whether a pairing asks, from the main loop
 * out   muted; confirmed: -1 no answer yet, 0 no, 1 yes
 * Three equal looks make a change: a contact bounces for 5 to 20 ms. A stranger may ask at any time, and the agent does
 * not look at a light before he mutes: so a press mutes whoever asks, and its release refuses; a hold takes the muting
 * back.
 */
#ifndef UT_BOARDS_BUTTON_H
#define UT_BOARDS_BUTTON_H

enum { UT_BUTTON_LOOKS = 3, UT_BUTTON_BLINK_LOOKS = 25, UT_BUTTON_HOLD_LOOKS = 300 };

struct ut_button {
    volatile int muted, asked, confirmed;
    volatile int held; /* looks since it went down for the pairing that asks; -1 = it did not */
    int down, looks;
    int blinks; /* looks of the light's period that have gone by */
};

static inline void ut_button_init(struct ut_button *b)
{
    b->muted = b->asked = b->down = b->looks = b->blinks = 0;
    b->confirmed = b->held = -1;
}

/* Nonzero when `muted` has changed. */
static inline int ut_button_look(struct ut_button *b, int down)
{
    if (b->held >= 0 && ++b->held >= UT_BUTTON_HOLD_LOOKS) {
        b->held = -1;
        b->confirmed = 1;
        b->muted = !b->muted;
        return 1;
    }
    b->looks = down == b->down ? 0 : b->looks + 1;
    if (b->looks < UT_BUTTON_LOOKS)
        return 0;
    b->down = down;
    b->looks = 0;
    if (!down) {
        if (b->held >= 0)
            b->confirmed = 0;
        b->held = -1;
        return 0;
    }
    b->held = b->asked ? 0 : -1;
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
    b->confirmed = b->held = -1; /* a hold that began for another is no answer to this one */
    b->asked = asked;
}

#endif
