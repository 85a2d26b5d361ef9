/* SPDX-License-Identifier: Apache-2.0 */
/* Events as desks send them, for the tests of a floor. */
#ifndef UT_TESTS_HOST_TOOLS_FLOOR_EVENT_H
#define UT_TESTS_HOST_TOOLS_FLOOR_EVENT_H

#include <stdio.h>
#include <string.h>

enum { UT_FLOOR_EVENT_MAX = 600 };

/* type: "session.started"; sequence 0: none. */
static inline const char *ut_floor_event(const char *session, int sequence, const char *type)
{
    static char text[UT_FLOOR_EVENT_MAX];
    char number[40] = "";
    if (sequence > 0)
        (void)snprintf(number, sizeof number, "\"sequence\":\"%010d\",", sequence);
    (void)snprintf(text, sizeof text,
                   "{\"specversion\":\"1.0\",\"id\":\"%s-%06d\",\"source\":\"/undertone/calls/c\",\"type\":\"undertone."
                   "%s.v1\",\"time\":\"2026-01-02T03:04:%02d.000Z\",\"session\":\"%s\",%s\"datacontenttype\":"
                   "\"application/json\",\"data\":{\"ContactId\":\"c\",\"EndOffsetMillis\":%d}}",
                   session, sequence, type, sequence % 60, session, number, 1000 * sequence);
    return text;
}

#endif
