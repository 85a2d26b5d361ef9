/* SPDX-License-Identifier: Apache-2.0 */
/* What whoever takes a call over has to know: how it went, what is open and why, what was tried. SPEC.md "Handover".
 *
 * in    a call's scores, holds, cues and what became of those
 * out   the data of one event, small enough for a request to the next desk (system/web.h: UT_WEB_BODY), and its line
 * Of the agent there is nothing in it.
 */
#ifndef UT_HOST_HANDOVER_H
#define UT_HOST_HANDOVER_H

#include "host-tools/call/event_data.h"
#include "host-tools/call/events.h"
#include "host-tools/cues/catalogue.h"
#include "host-tools/cues/change.h"
#include "host-tools/cues/hold.h"
#include "host-tools/system/json.h"

#include <stddef.h>
#include <stdint.h>

enum {
    UT_HANDOVER_CUES = 64,   /* of a call that are remembered, the newest */
    UT_HANDOVER_POINTS = 24, /* of the trajectory */
    UT_HANDOVER_TRIED = 10,  /* cues that were seen, the newest */
    UT_HANDOVER_TO = 80      /* bytes of a name */
};

enum ut_handover_kind { UT_HANDOVER_TRANSFER, UT_HANDOVER_CONFERENCE, UT_HANDOVER_ESCALATION };

/* "transfer", "conference", "escalation" */
const char *ut_handover_kind_name(enum ut_handover_kind kind);

/* A cue that opened in the call. */
struct ut_handover_cue {
    enum ut_cue cue;
    uint32_t event; /* number of the event that opened it */
    int64_t begin_ms;
    int64_t end_ms, shown_ms; /* end -1 = it is open */
    int dismissed;
    char outcome[16]; /* "" = nobody said */
    char title[80], reason[240];
};

/* Keeps an opening, whose event has that number, with its reason in that language; and a closing. */
void ut_handover_opened(struct ut_handover_cue cue[UT_HANDOVER_CUES], int *count, const struct ut_cue_change *c,
                        uint32_t event, enum ut_language language);
void ut_handover_closed(struct ut_handover_cue *cue, int count, const struct ut_cue_change *c);

/* Forgets the cues that come from scores. */
void ut_handover_unscore(struct ut_handover_cue *cue, int *count);

struct ut_handover {
    enum ut_handover_kind kind;
    int64_t t_ms;
    const char *to;                     /* "" = not said */
    const char *contact, *customer;     /* "" = not known */
    const struct ut_wire_score *scores; /* of the call; NULL = nobody is scored */
    size_t score_count;
    const struct ut_hold *hold;
    const struct ut_handover_cue *cue;
    int cues;
    const struct ut_events *session;
};

json_t *ut_handover_data(const struct ut_event_origin *o, const struct ut_handover *h, char line[UT_EVENT_LINE]);

#endif
