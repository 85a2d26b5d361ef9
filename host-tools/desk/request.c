/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/desk/request.h"

#include "host-tools/system/utf8.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MEMBERS = 2 };

enum kind { NOTHING, TEXT, CHOICE, SWITCH, OBJECT };

struct member {
    const char *name;
    enum kind kind;
    bool needed;
    size_t at, size;     /* of a text: where it goes, and its room */
    const char *choices; /* "a b" */
};

#define PLACE(field) offsetof(struct ut_desk_request, field), sizeof(((struct ut_desk_request *)0)->field)

static const struct {
    const char *method, *before, *behind; /* of the id in the path */
    struct member member[MEMBERS];
} TABLE[UT_DESK_ASKS] = {
    [UT_DESK_START] = {"PUT",
                       "/v1/calls/",
                       "",
                       {{"CustomerKey", TEXT, false, PLACE(customer_key), NULL},
                        {"Handover", OBJECT, false, offsetof(struct ut_desk_request, handover), 0, NULL}}},
    [UT_DESK_END] = {"POST", "/v1/calls/", "/end", {{0}}},
    [UT_DESK_DISCLOSURE] = {"POST", "/v1/calls/", "/disclosure", {{0}}},
    [UT_DESK_REFUSAL] = {"POST", "/v1/calls/", "/refusal", {{"Kind", CHOICE, true, PLACE(kind), "refused withdrawn"}}},
    [UT_DESK_HOLD] = {"POST", "/v1/calls/", "/hold", {{"On", SWITCH, true, PLACE(on), NULL}}},
    [UT_DESK_CONFERENCE] = {"POST", "/v1/calls/", "/conference", {{"On", SWITCH, true, PLACE(on), NULL}}},
    [UT_DESK_HANDOVER] = {"POST",
                          "/v1/calls/",
                          "/handover",
                          {{"Kind", CHOICE, true, PLACE(kind), "transfer escalation"},
                           {"To", TEXT, false, PLACE(to), NULL}}},
    [UT_DESK_OUTCOME] = {"POST",
                         "/v1/cues/",
                         "/outcome",
                         {{"Outcome", CHOICE, true, PLACE(outcome), "helped did_not_help wrong"}}},
    [UT_DESK_CALL_OUTCOME] = {"POST",
                              "/v1/calls/",
                              "/outcome",
                              {{"Outcome", CHOICE, true, PLACE(outcome),
                                "resolved unresolved escalated churned stayed csat1 csat2 csat3 csat4 csat5"}}},
    [UT_DESK_DISMISS] = {"POST", "/v1/cues/", "/dismiss", {{0}}},
    [UT_DESK_ANSWER] = {"POST", "/v1/actions/", "/answer", {{"Answer", CHOICE, true, PLACE(answer), "yes no"}}},
    [UT_DESK_MUTE] = {"POST", "/v1/display/mute", "", {{"On", SWITCH, true, PLACE(on), NULL}}},
};

static int refuse(char error[UT_DESK_ERROR], int status, const char *what, const char *name)
{
    (void)snprintf(error, UT_DESK_ERROR, "%s%s", name, what);
    return status;
}

/* Whether the path is one of such a request; its id, if so. */
static bool takes_path(enum ut_desk_ask ask, const char *path, char id[UT_DESK_ID])
{
    const char *before = TABLE[ask].before, *behind = TABLE[ask].behind;
    size_t n = strlen(path), head = strlen(before), tail = strlen(behind);
    if (strncmp(path, before, head) != 0)
        return false;
    if (before[head - 1] != '/') /* it is about no call */
        return path[head] == '\0';
    if (n < head + tail + 1 || strcmp(path + n - tail, behind) != 0 || n - head - tail >= UT_DESK_ID ||
        memchr(path + head, '/', n - head - tail) != NULL)
        return false;
    memcpy(id, path + head, n - head - tail);
    id[n - head - tail] = '\0';
    return true;
}

static bool among(const char *text, const char *choices)
{
    size_t n = strlen(text);
    for (const char *at = choices; *at != '\0'; at += strspn(at, " ")) {
        size_t word = strcspn(at, " ");
        if (word == n && memcmp(at, text, n) == 0)
            return true;
        at += word;
    }
    return false;
}

static int take_member(struct ut_desk_request *r, const struct member *m, json_t *value, char error[UT_DESK_ERROR])
{
    char *place = (char *)r + m->at;
    const char *text = json_string_value(value);
    size_t n = text != NULL ? json_string_length(value) : 0;
    switch (m->kind) {
    case SWITCH:
        if (!json_is_boolean(value))
            return refuse(error, 400, ": give true or false", m->name);
        r->on = json_is_true(value);
        return 0;
    case OBJECT:
        if (!json_is_object(value))
            return refuse(error, 400, ": give an object", m->name);
        r->handover = json_incref(value);
        return 0;
    case CHOICE:
        if (text == NULL || strlen(text) != n || n >= m->size || !among(text, m->choices)) {
            (void)snprintf(error, UT_DESK_ERROR, "%s: give one of %s", m->name, m->choices);
            return 400;
        }
        break;
    default:
        if (text == NULL || strlen(text) != n || !ut_utf8_is_line(text, m->size - 1)) {
            (void)snprintf(error, UT_DESK_ERROR, "%s: give 1 to %zu bytes of text without control characters", m->name,
                           m->size - 1);
            return 400;
        }
        break;
    }
    memcpy(place, text, n + 1);
    return 0;
}

static const struct member *find(enum ut_desk_ask ask, const char *name)
{
    for (int i = 0; i < MEMBERS; i++)
        if (TABLE[ask].member[i].kind != NOTHING && strcmp(TABLE[ask].member[i].name, name) == 0)
            return &TABLE[ask].member[i];
    return NULL;
}

static int take_members(struct ut_desk_request *r, json_t *body, char error[UT_DESK_ERROR])
{
    const char *name;
    json_t *value;
    int status = 0;
    json_object_foreach(body, name, value)
    {
        const struct member *m = find(r->ask, name);
        if (m == NULL)
            return refuse(error, 400, "the body has a member that this request does not have", "");
        if ((status = take_member(r, m, value, error)) != 0)
            return status;
    }
    for (int i = 0; i < MEMBERS; i++)
        if (TABLE[r->ask].member[i].needed && json_object_get(body, TABLE[r->ask].member[i].name) == NULL)
            return refuse(error, 400, ": is missing", TABLE[r->ask].member[i].name);
    return 0;
}

static int parse_body(struct ut_desk_request *r, const char *body, size_t length, char error[UT_DESK_ERROR])
{
    json_error_t why;
    json_t *object = length > 0 ? json_loadb(body, length, JSON_REJECT_DUPLICATES, &why) : json_object();
    int status = 0;
    if (!json_is_object(object)) {
        (void)snprintf(error, UT_DESK_ERROR, "the body is no JSON object");
        status = 400;
    } else {
        status = take_members(r, object, error);
    }
    char *secret = (char *)json_string_value(json_object_get(object, "CustomerKey"));
    if (secret != NULL)
        explicit_bzero(secret, strlen(secret));
    json_decref(object);
    return status;
}

int ut_desk_request_parse(struct ut_desk_request *r, const char *method, const char *path, const char *type,
                          const char *body, size_t length, char error[UT_DESK_ERROR])
{
    static const char JSON[] = "application/json";
    bool known = false;
    *r = (struct ut_desk_request){.ask = UT_DESK_ASKS};
    for (enum ut_desk_ask ask = 0; ask < UT_DESK_ASKS; ask++) {
        char id[UT_DESK_ID] = "";
        if (!takes_path(ask, path, id))
            continue;
        known = true;
        if (strcmp(method, TABLE[ask].method) != 0)
            continue;
        r->ask = ask;
        memcpy(r->id, id, sizeof id);
    }
    if (r->ask == UT_DESK_ASKS)
        return known ? refuse(error, 405, "another method goes with this path", "")
                     : refuse(error, 404, "there is no such path", "");
    if (!ut_utf8_is_line(r->id, sizeof r->id - 1) && r->ask != UT_DESK_MUTE)
        return refuse(error, 404, "there is no such path", "");
    if (length > 0 && (type == NULL || strncasecmp(type, JSON, strlen(JSON)) != 0))
        return refuse(error, 415, "the body's type is to be application/json", "");
    int status = parse_body(r, body, length, error);
    if (status != 0)
        ut_desk_request_free(r);
    return status;
}

const char *ut_desk_request_method(const char *path)
{
    char id[UT_DESK_ID];
    for (enum ut_desk_ask ask = 0; ask < UT_DESK_ASKS; ask++)
        if (takes_path(ask, path, id))
            return TABLE[ask].method;
    return NULL;
}

void ut_desk_request_free(struct ut_desk_request *r)
{
    json_decref(r->handover);
    explicit_bzero(r, sizeof *r);
    r->ask = UT_DESK_ASKS;
}
