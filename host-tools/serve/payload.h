/* SPDX-License-Identifier: Apache-2.0 */
/* An event as anybody may have sent it: what a floor takes of it, or why it takes none. SPEC.md "Floor".
 *
 * in    bytes of any kind, and the topic's last word
 * out   the event's names, number and time, checked
 * errors a reason of one word, as metrics name it; nothing is taken then
 */
#ifndef UT_HOST_PAYLOAD_H
#define UT_HOST_PAYLOAD_H

#include "host-tools/call/events.h"
#include "host-tools/sinks/floor_message.h"

#include <stdbool.h>

enum ut_payload_fault {
    UT_PAYLOAD_FINE,
    UT_PAYLOAD_SIZE,     /* empty, or above UT_FLOOR_PAYLOAD_MAX */
    UT_PAYLOAD_JSON,     /* no JSON object, a member twice, or a byte below 0x20 */
    UT_PAYLOAD_ENVELOPE, /* not what CloudEvents and SPEC.md "Events" ask for */
    UT_PAYLOAD_TYPE,     /* no type that is known, or another topic's */
    UT_PAYLOAD_DATA      /* its data lack what every event's data have */
};

enum { UT_PAYLOAD_CONTACT = 128 };

struct ut_payload {
    enum ut_event_type type;
    char session[UT_FLOOR_SESSION], contact[UT_PAYLOAD_CONTACT];
    int64_t sequence; /* 0 of a score */
    int64_t at_ms;    /* Unix time */
    int64_t t_ms;     /* call time of a score's end; else 0 */
};

enum ut_payload_fault ut_payload_parse(const char *bytes, size_t n, enum ut_floor_kind kind, struct ut_payload *p);

/* "size", "json", ... */
const char *ut_payload_fault_name(enum ut_payload_fault fault);

#endif
