/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/payload.h"

#include "host-tools/system/json.h"
#include "host-tools/system/timestamp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEQUENCE_DIGITS = 10 };

const char *ut_payload_fault_name(enum ut_payload_fault fault)
{
    static const char *const names[] = {"fine", "size", "json", "envelope", "type", "data"};
    return names[fault];
}

/* The text of a member, "" when it is none. */
static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static bool take_type(const json_t *event, enum ut_floor_kind kind, struct ut_payload *p)
{
    const char *name = text_of(event, "type");
    for (int i = 0; i < UT_EVENT_TYPES; i++)
        if (strcmp(name, ut_event_type_name((enum ut_event_type)i)) == 0) {
            p->type = (enum ut_event_type)i;
            return ut_floor_kind_of(name) == kind && (p->type == UT_EVENT_SCORE || ut_event_type_counted(p->type));
        }
    return false;
}

/* Ten digits from 1 of what is counted; none of a score. */
static bool take_sequence(const json_t *event, struct ut_payload *p)
{
    const json_t *member = json_object_get(event, "sequence");
    const char *text = json_string_value(member);
    if (p->type == UT_EVENT_SCORE)
        return member == NULL;
    if (text == NULL || strlen(text) != SEQUENCE_DIGITS || strspn(text, "0123456789") != SEQUENCE_DIGITS)
        return false;
    p->sequence = strtoll(text, NULL, 10);
    return p->sequence >= 1 && p->sequence <= UINT32_MAX;
}

static bool take_envelope(const json_t *event, struct ut_payload *p)
{
    if (strcmp(text_of(event, "specversion"), "1.0") != 0 || p->session[0] == '\0' || text_of(event, "id")[0] == '\0' ||
        text_of(event, "source")[0] == '\0')
        return false;
    return take_sequence(event, p) && ut_timestamp_parse(text_of(event, "time"), &p->at_ms) == 0;
}

static bool take_data(const json_t *event, struct ut_payload *p)
{
    const json_t *data = json_object_get(event, "data"), *end = json_object_get(data, "EndOffsetMillis");
    const char *contact = text_of(data, "ContactId");
    if (!json_is_object(data) || contact[0] == '\0' || strlen(contact) >= sizeof p->contact)
        return false;
    (void)snprintf(p->contact, sizeof p->contact, "%s", contact);
    if (p->type != UT_EVENT_SCORE)
        return true;
    p->t_ms = json_integer_value(end);
    return json_is_integer(end) && p->t_ms >= 0;
}

/* Whether it is text on one line, as desks send it: it is kept and sent on as it is, and a zero byte or a line's end
 * between two members, which a reader of JSON passes over, would end it there. */
static bool is_line(const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)bytes[i] < ' ')
            return false;
    return true;
}

enum ut_payload_fault ut_payload_parse(const char *bytes, size_t n, enum ut_floor_kind kind, struct ut_payload *p)
{
    *p = (struct ut_payload){.type = UT_EVENT_SCORE};
    if (n == 0 || n > UT_FLOOR_PAYLOAD_MAX)
        return UT_PAYLOAD_SIZE;
    json_t *event = json_loadb(bytes, n, JSON_REJECT_DUPLICATES, NULL);
    enum ut_payload_fault fault = UT_PAYLOAD_FINE;
    const char *session = text_of(event, "session");
    if (ut_identity_fits(session)) /* also of what is refused, so that its sender hears of it */
        (void)snprintf(p->session, sizeof p->session, "%s", session);
    if (!json_is_object(event) || !is_line(bytes, n))
        fault = UT_PAYLOAD_JSON;
    else if (!take_type(event, kind, p))
        fault = UT_PAYLOAD_TYPE;
    else if (!take_envelope(event, p))
        fault = UT_PAYLOAD_ENVELOPE;
    else if (!take_data(event, p))
        fault = UT_PAYLOAD_DATA;
    json_decref(event);
    return fault;
}
