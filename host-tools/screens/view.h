/* SPDX-License-Identifier: Apache-2.0 */
/* What the full-screen view shows and where: a pure function from a call's state to a grid of characters.
 *
 * in    the call's state, the link's state, the size of the terminal
 * out   a grid of Unicode characters with a style each; host-tools/screens/screen.h paints it
 * Fits any size: the least important lines go first. Nothing in it speaks of the agent's feelings; the customer has a
 * gauge, the agent has measured facts. Every state is readable without colour.
 */
#ifndef UT_HOST_VIEW_H
#define UT_HOST_VIEW_H

#include "host-tools/call/snapshot.h"

#include <stdint.h>

enum { UT_VIEW_ROWS_MAX = 80, UT_VIEW_COLS_MAX = 240, UT_VIEW_HISTORY = 240 };

enum ut_view_style {
    UT_VIEW_PLAIN,
    UT_VIEW_FAINT,  /* labels */
    UT_VIEW_STRONG, /* values that matter */
    UT_VIEW_FRUSTRATION,
    UT_VIEW_DELIGHT,
    UT_VIEW_CUSTOMER,
    UT_VIEW_AGENT,
    UT_VIEW_CUE,     /* the cue's title */
    UT_VIEW_TROUBLE, /* the link needs attention */
    UT_VIEW_FRAME,   /* first and last line */
    UT_VIEW_STYLES
};

struct ut_view_screen {
    int rows, cols;
    uint32_t glyph[UT_VIEW_ROWS_MAX][UT_VIEW_COLS_MAX]; /* Unicode */
    uint8_t style[UT_VIEW_ROWS_MAX][UT_VIEW_COLS_MAX];  /* enum ut_view_style */
};

struct ut_view {
    const struct ut_snapshot *call;
    const struct ut_config *config; /* words of its pack; NULL = the catalogue's */
    const char *source;             /* file, device or address */
    const char *link;               /* "live", "waiting", ... one or a few words */
    int trouble;                    /* 1 = link is worth attention */
    double records_per_s;
    const char *ask;                                                /* a question for the agent; NULL = none */
    int ask_s, ask_yes;                                             /* left for it; 1 = without an answer it is yes */
    int muted;                                                      /* 1 = cues are not shown */
    int dismissed;                                                  /* 1 = the present cue was sent away */
    int history;                                                    /* seconds in the two below, newest last */
    uint8_t frustration[UT_VIEW_HISTORY], delight[UT_VIEW_HISTORY]; /* per second, 0..100; 255 = none */
};

/* Adds one second to the history. */
void ut_view_remember(struct ut_view *v);

/* Lays out rows x cols (cut to the maxima above; at least 1 x 1). utf8 = 0: ASCII only. */
void ut_view_lay_out(const struct ut_view *v, int rows, int cols, int utf8, struct ut_view_screen *s);

#endif
