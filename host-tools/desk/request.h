/* SPDX-License-Identifier: Apache-2.0 */
/* What a desk is asked to do by a page, a softphone or a shell. SPEC.md "Desk".
 *
 * in    method, path and body of a request, in any bytes
 * out   what is asked, and of which call or cue; or the status and a line that say what is wrong: 400 the body, 404 the
 *       path, 405 the method, 415 no JSON
 * A body is one JSON object of the members that the request has, or nothing where none is needed; a member that it does
 * not have is a mistake.
 */
#ifndef UT_HOST_DESK_REQUEST_H
#define UT_HOST_DESK_REQUEST_H

#include "host-tools/system/json.h"
#include "host-tools/system/site_key.h"

#include <stdbool.h>
#include <stddef.h>

enum ut_desk_ask {
    UT_DESK_START,
    UT_DESK_END,
    UT_DESK_DISCLOSURE,
    UT_DESK_REFUSAL,
    UT_DESK_HOLD,
    UT_DESK_CONFERENCE,
    UT_DESK_HANDOVER,
    UT_DESK_OUTCOME,
    UT_DESK_CALL_OUTCOME,
    UT_DESK_DISMISS,
    UT_DESK_MUTE,
    UT_DESK_ANSWER,
    UT_DESK_ASKS
};

enum { UT_DESK_ID = 128, UT_DESK_TEXT = 81, UT_DESK_ERROR = 160 };

struct ut_desk_request {
    enum ut_desk_ask ask;
    char id[UT_DESK_ID]; /* start: the contact; of a call its session (outcome: or its contact); of a cue its
                                                   opening */
    char customer_key[UT_CUSTOMER_KEY_MAX + 1]; /* start; "" = not said */
    char to[UT_DESK_TEXT];                      /* handover; "" = not said */
    char kind[16];                              /* refusal: refused, withdrawn; handover: transfer, escalation */
    char answer[4];                             /* of an action: yes, no */
    char outcome[16];                           /* helped, did_not_help, wrong; of a call sinks/outcome_table.h */
    bool on;                                    /* hold, conference, mute */
    json_t *handover;                           /* start: of whom the call comes from; NULL = nobody. The caller's */
};

/* type: of the body, NULL = not said. 0, or a status and the line. */
int ut_desk_request_parse(struct ut_desk_request *r, const char *method, const char *path, const char *type,
                          const char *body, size_t length, char error[UT_DESK_ERROR]);

/* The method that goes with a path; NULL = there is no such path. */
const char *ut_desk_request_method(const char *path);

void ut_desk_request_free(struct ut_desk_request *r);

#endif
