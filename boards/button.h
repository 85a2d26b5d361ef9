/* SPDX-License-Identifier: Apache-2.0 */
/* One button of a headset: a press mutes the agent and lets him speak again; held for three seconds it opens pairing
 * mode, or while a pairing asks says yes to that; held for ten it has all bonds forgotten.
 *
 * in    whether it is down, every 10 ms, from the audio interrupt; whether a pairing asks, and whether pairing mode is
 *       open, from the main loop
 * out   muted; confirmed: -1 no answer yet, 0 no, 1 yes; a wish (boards/board.h)
 * Three equal looks make a change: a contact bounces for 5 to 20 ms. A stranger may ask at any time, and the agent does
 * not look at a light before he mutes: so a press mutes whoever asks, and its release refuses; a hold takes the muting
 * back. Who is muted speaks again only at the release, so that a hold never opens his microphone.
 */
#ifndef UT_BOARDS_BUTTON_H
#define UT_BOARDS_BUTTON_H

#include "boards/board.h"

enum {
    UT_BUTTON_LOOKS = 3,
    UT_BUTTON_BLINK_LOOKS = 25, /* a pairing asks */
    UT_BUTTON_FAST_LOOKS = 6,   /* pairing mode is open */
    UT_BUTTON_HOLD_LOOKS = 300,
    UT_BUTTON_FORGET_LOOKS = 1000
};

struct ut_button {
    volatile int muted, asked, open, confirmed;
    volatile int wish;    /* enum board_wish */
    volatile int answers; /* it went down for the pairing that asks */
    int answered;         /* it went down for one that asked, and may have left since */
    int was_muted;        /* when it went down */
    int down, looks;
    int held;   /* looks since it went down */
    int blinks; /* looks of the light's period that have gone by */
};

static inline void ut_button_init(struct ut_button *b)
{
    *b = (struct ut_button){.confirmed = -1};
}

/* Nonzero when `muted` has changed. */
static inline int ut_button_mute(struct ut_button *b, int muted)
{
    int changed = b->muted != muted;
    b->muted = muted;
    return changed;
}

/* The same. */
static inline int ut_button_hold(struct ut_button *b)
{
    if (++b->held == UT_BUTTON_FORGET_LOOKS)
        b->wish = BOARD_WISH_FORGET;
    if (b->held != UT_BUTTON_HOLD_LOOKS)
        return 0;
    if (b->answers)
        b->confirmed = 1;
    else if (!b->answered)
        b->wish = BOARD_WISH_PAIR;
    b->answers = 0;
    return ut_button_mute(b, b->was_muted);
}

/* The same. */
static inline int ut_button_look(struct ut_button *b, int down)
{
    if (b->down && ut_button_hold(b))
        return 1;
    b->looks = down == b->down ? 0 : b->looks + 1;
    if (b->looks < UT_BUTTON_LOOKS)
        return 0;
    int held = b->held;
    b->down = down;
    b->looks = b->held = 0;
    if (down) {
        b->answers = b->answered = b->asked;
        b->was_muted = b->muted;
        return ut_button_mute(b, 1);
    }
    if (b->answers)
        b->confirmed = 0;
    b->answers = 0;
    return held < UT_BUTTON_HOLD_LOOKS && ut_button_mute(b, !b->was_muted);
}

/* At each look while `asked` or `open`: whether its light is lit. Twice a second for the one, eight times for the
 * other, so that neither is taken for a cue. */
static inline int ut_button_blink(struct ut_button *b)
{
    int half = b->asked ? UT_BUTTON_BLINK_LOOKS : UT_BUTTON_FAST_LOOKS;
    b->blinks = (b->blinks + 1) % (2 * half);
    return b->blinks < half;
}

static inline void ut_button_ask(struct ut_button *b, int asked)
{
    b->confirmed = -1;
    b->answers = 0; /* a hold that began for another is no answer to this one */
    b->asked = asked;
}

/* The wish since the last call. */
static inline int ut_button_wish(struct ut_button *b)
{
    int wish = b->wish;
    if (wish != BOARD_WISH_NONE)
        b->wish = BOARD_WISH_NONE;
    return wish;
}

#endif
