/* SPDX-License-Identifier: Apache-2.0 */
/* A desk as it stands, for a page: the call, the one visible cue with its reason, the customer's scores with their age,
 * the link. SPEC.md "Desk".
 *
 * in    a snapshot of the call (NULL = the headset was never there) and what the link says
 * out   one JSON object; texts in the language of the screen. Of the agent there is pace and share of the talk, and
 *       nothing else
 */
#ifndef UT_HOST_DESK_STATE_H
#define UT_HOST_DESK_STATE_H

#include "host-tools/call/events.h"
#include "host-tools/call/snapshot.h"
#include "host-tools/system/json.h"

#include <stdbool.h>

struct ut_desk_link {
    char text[400]; /* "live", "silent for 7 s" */
    bool trouble;
    double records_per_s;
};

/* active: a call is under way. handover: of whom it comes from, borrowed; NULL = of nobody. */
json_t *ut_desk_state(const struct ut_snapshot *v, bool active, const struct ut_desk_link *link, json_t *handover,
                      enum ut_language language);

/* The words of the page, {English: translated}. */
json_t *ut_desk_words(enum ut_language language);

#endif
