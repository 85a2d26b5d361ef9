/* SPDX-License-Identifier: Apache-2.0 */
/* One button of a headset and the light beside it: a press mutes the agent and lets him speak again, and puts the light
 * of a cue out; held for three seconds it opens pairing mode, or while a pairing asks says yes to that; held for ten it
 * has all bonds forgotten.
 *
 * in    whether it is down, every 10 ms, from the audio interrupt; the cue, whether a pairing asks, and whether pairing
 *       mode is open, from the main loop
 * out   muted; light; confirmed: -1 no answer yet, 0 no, 1 yes; a wish (boards/board.h)
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
    UT_BUTTON_CUE_LOOKS = 256,  /* of a cue: lit for all of them, a quarter, 1/16 or 1/64, from high severity to info */
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
    int held;                 /* looks since it went down */
    volatile int blinks;      /* looks of the light's period that have gone by */
    volatile int cue, unseen; /* board_cue; the same until a press, then 0 */
    int light;
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
    if (held >= UT_BUTTON_HOLD_LOOKS)
        return 0;
    b->unseen = 0;
    return ut_button_mute(b, !b->was_muted);
}

/* One that is told again stays out after a press; another lights it, with the next look. */
static inline void ut_button_cue(struct ut_button *b, int cue)
{
    if (b->cue != cue) {
        b->unseen = cue;
        b->blinks = UT_BUTTON_CUE_LOOKS; /* its period begins: info is not dark for most of one first */
    }
    b->cue = cue;
}

/* At each look. Nonzero when `light` has changed. A pairing that asks blinks twice a second, pairing mode eight times,
 * each for half the time, so that neither is taken for a cue. */
static inline int ut_button_light(struct ut_button *b)
{
    int period = b->asked ? 2 * UT_BUTTON_BLINK_LOOKS : b->open ? 2 * UT_BUTTON_FAST_LOOKS : UT_BUTTON_CUE_LOOKS;
    int lit = period / 2, was = b->light;
    if (period == UT_BUTTON_CUE_LOOKS)
        lit = b->unseen != 0 ? UT_BUTTON_CUE_LOOKS >> (2 * (b->unseen & 3)) : 0;
    b->blinks = b->blinks + 1 < period ? b->blinks + 1 : 0;
    b->light = b->blinks < lit;
    return b->light != was;
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
