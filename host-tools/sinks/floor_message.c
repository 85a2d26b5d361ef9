/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/floor_message.h"

#include "host-tools/system/json.h"
#include "host-tools/system/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char ROOT[] = "undertone/v1/";
static const char *const kinds[UT_FLOOR_KINDS] = {"status", "score", "call",   "cue",     "flag",    "ack",
                                                  "audit",  "ask",   "answer", "outcome", "receipt", "rollout"};
static const char *const states[] = {"connected", "closed", "lost"};
static const char *const rollout_states[UT_FLOOR_ROLLOUT_STATES] = {"fetching", "trying", "confirmed", "refused",
                                                                    "reverted"};
enum { STATES = sizeof states / sizeof states[0], MESSAGE_MAX = 1024, NOTED_MAX = 2048 };

void ut_floor_topic_text(const char *site, const char *device, enum ut_floor_kind kind, char text[UT_FLOOR_TOPIC])
{
    (void)snprintf(text, UT_FLOOR_TOPIC, "%s%.64s/%.64s/%s", ROOT, site, device, kinds[kind]);
}

/* The name up to the next slash. */
static int take_name(const char **at, char name[UT_FLOOR_NAME])
{
    size_t n = strcspn(*at, "/");
    if (n >= UT_FLOOR_NAME || (*at)[n] != '/')
        return -1;
    (void)snprintf(name, UT_FLOOR_NAME, "%.*s", (int)n, *at);
    *at += n + 1;
    return ut_identity_fits(name) ? 0 : -1;
}

int ut_floor_topic_parse(const char *text, struct ut_floor_topic *topic)
{
    const char *at = text + sizeof ROOT - 1;
    if (strncmp(text, ROOT, sizeof ROOT - 1) != 0 || take_name(&at, topic->site) != 0 ||
        take_name(&at, topic->device) != 0)
        return -1;
    for (int i = 0; i < UT_FLOOR_KINDS; i++)
        if (strcmp(at, kinds[i]) == 0) {
            topic->kind = (enum ut_floor_kind)i;
            return 0;
        }
    return -1;
}

enum ut_floor_kind ut_floor_kind_of(const char *type)
{
    static const struct {
        const char *begin;
        enum ut_floor_kind kind;
    } of[] = {
        {"undertone.cue.", UT_FLOOR_CUE}, {"undertone.flag.", UT_FLOOR_FLAG}, {"undertone.score.", UT_FLOOR_SCORE}};
    for (size_t i = 0; i < sizeof of / sizeof of[0]; i++)
        if (strncmp(type, of[i].begin, strlen(of[i].begin)) == 0)
            return of[i].kind;
    return UT_FLOOR_CALL;
}

static char *text_of(json_t *value)
{
    char *text = value != NULL ? json_dumps(value, JSON_COMPACT) : NULL;
    json_decref(value);
    return text;
}

/* An object of so many bytes at most, without a zero byte, which is passed over between two members and would end the
 * text where it is kept or sent on; NULL for anything else. */
static json_t *read_object_within(const char *bytes, size_t n, size_t most)
{
    bool text = n <= most && memchr(bytes, '\0', n) == NULL;
    json_t *value = text ? json_loadb(bytes, n, JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (json_is_object(value))
        return value;
    json_decref(value);
    return NULL;
}

static json_t *read_object(const char *bytes, size_t n)
{
    return read_object_within(bytes, n, MESSAGE_MAX);
}

/* A text of an object that is a name; room for one of UT_FLOOR_SESSION. */
static int read_name(const json_t *object, const char *key, char name[UT_FLOOR_SESSION])
{
    const char *text = json_string_value(json_object_get(object, key));
    if (text == NULL || !ut_identity_fits(text))
        return -1;
    (void)snprintf(name, UT_FLOOR_SESSION, "%s", text);
    return 0;
}

/* A text of an object, of 1 to room - 1 bytes, without control characters. */
static int read_text(const json_t *object, const char *key, char *text, size_t room)
{
    const json_t *value = json_object_get(object, key);
    const char *said = json_string_value(value);
    size_t n = said != NULL ? json_string_length(value) : 0;
    if (n == 0 || strlen(said) != n || !ut_utf8_is_line(said, room - 1))
        return -1;
    memcpy(text, said, n + 1);
    return 0;
}

/* Whether a member says yes or no, and which. */
static int read_yes(const json_t *object, const char *key, bool *yes)
{
    const char *said = json_string_value(json_object_get(object, key));
    *yes = said != NULL && strcmp(said, "yes") == 0;
    return *yes || (said != NULL && strcmp(said, "no") == 0) ? 0 : -1;
}

static const char *yes_or_no(bool yes)
{
    return yes ? "yes" : "no";
}

/* Why something is refused; "" = it is not. */
static void read_refused(const json_t *object, char refused[UT_FLOOR_REASON])
{
    const char *said = json_string_value(json_object_get(object, "Refused"));
    refused[0] = '\0';
    if (said != NULL)
        (void)snprintf(refused, UT_FLOOR_REASON, "%s", said[0] != '\0' ? said : "no reason given");
    ut_utf8_clean(refused);
}

char *ut_floor_ack_text(const struct ut_floor_ack *ack)
{
    json_t *value = json_pack("{s:s, s:I}", "Session", ack->session, "Sequence", (json_int_t)ack->sequence);
    if (value != NULL && ack->refused[0] != '\0')
        (void)json_object_set_new(value, "Refused", json_string(ack->refused));
    return text_of(value);
}

int ut_floor_ack_parse(const char *bytes, size_t n, struct ut_floor_ack *ack)
{
    json_t *value = read_object(bytes, n), *sequence = json_object_get(value, "Sequence");
    *ack = (struct ut_floor_ack){.sequence = json_integer_value(sequence)};
    int r = read_name(value, "Session", ack->session);
    if (!json_is_integer(sequence) || ack->sequence < 0 || ack->sequence > UINT32_MAX)
        r = -1;
    read_refused(value, ack->refused);
    json_decref(value);
    return r;
}

void ut_floor_served_topic(const char *site, char text[UT_FLOOR_TOPIC])
{
    (void)snprintf(text, UT_FLOOR_TOPIC, "%s%.64s/floor", ROOT, site);
}

char *ut_floor_served_text(const char *boot, int64_t epoch)
{
    json_t *value = json_pack("{s:s}", "Boot", boot);
    if (value != NULL && epoch > 0)
        (void)json_object_set_new(value, "Epoch", json_integer((json_int_t)epoch));
    return text_of(value);
}

int ut_floor_served_parse(const char *bytes, size_t n, char boot[UT_IDENTITY_UUID])
{
    char name[UT_FLOOR_SESSION];
    json_t *value = read_object(bytes, n);
    int r = read_name(value, "Boot", name) == 0 && strlen(name) == UT_IDENTITY_UUID - 1 ? 0 : -1;
    if (r == 0)
        memcpy(boot, name, UT_IDENTITY_UUID);
    json_decref(value);
    return r;
}

bool ut_floor_served_news(const char *bytes, size_t n, char heard[UT_IDENTITY_UUID])
{
    char boot[UT_IDENTITY_UUID];
    if (ut_floor_served_parse(bytes, n, boot) != 0 || strcmp(boot, heard) == 0)
        return false;
    memcpy(heard, boot, sizeof boot);
    return true;
}

char *ut_floor_checkpoint_text(const struct ut_floor_checkpoint *c)
{
    return text_of(json_pack("{s:s, s:s}", "Verifier", c->verifier, "Note", c->note));
}

int ut_floor_checkpoint_parse(const char *bytes, size_t n, struct ut_floor_checkpoint *c)
{
    json_t *value = read_object_within(bytes, n, NOTED_MAX);
    const char *verifier = json_string_value(json_object_get(value, "Verifier"));
    const char *note = json_string_value(json_object_get(value, "Note"));
    int r = verifier != NULL && note != NULL && strlen(verifier) < sizeof c->verifier && strlen(note) < sizeof c->note
                ? 0
                : -1;
    *c = (struct ut_floor_checkpoint){0};
    if (r == 0) {
        (void)snprintf(c->verifier, sizeof c->verifier, "%s", verifier);
        (void)snprintf(c->note, sizeof c->note, "%s", note);
    }
    json_decref(value);
    return r;
}

char *ut_floor_question_text(const struct ut_floor_question *q)
{
    return text_of(json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "Id", q->id, "Session", q->session, "Action", q->action,
                             "Text", q->text, "Default", yes_or_no(q->otherwise), "RemainingMillis",
                             (json_int_t)q->remaining_ms));
}

int ut_floor_question_parse(const char *bytes, size_t n, struct ut_floor_question *q)
{
    json_t *value = read_object(bytes, n);
    *q = (struct ut_floor_question){.remaining_ms = json_integer_value(json_object_get(value, "RemainingMillis"))};
    int r = read_name(value, "Id", q->id) == 0 && read_name(value, "Session", q->session) == 0 &&
                    read_text(value, "Action", q->action, sizeof q->action) == 0 &&
                    read_text(value, "Text", q->text, sizeof q->text) == 0 &&
                    read_yes(value, "Default", &q->otherwise) == 0 && q->remaining_ms >= 1 &&
                    q->remaining_ms <= UT_ACTION_ASK_MS
                ? 0
                : -1;
    json_decref(value);
    return r;
}

char *ut_floor_answer_text(const struct ut_floor_answer *answer)
{
    return text_of(json_pack("{s:s, s:s, s:s}", "Id", answer->id, "Answer", yes_or_no(answer->yes), "By", answer->by));
}

int ut_floor_answer_parse(const char *bytes, size_t n, struct ut_floor_answer *answer)
{
    json_t *value = read_object(bytes, n);
    *answer = (struct ut_floor_answer){.yes = false};
    int r = read_name(value, "Id", answer->id) == 0 && read_text(value, "By", answer->by, sizeof answer->by) == 0 &&
                    read_yes(value, "Answer", &answer->yes) == 0
                ? 0
                : -1;
    json_decref(value);
    return r;
}

int ut_floor_answer_make(const char *id, const char *said, const char *by, struct ut_floor_answer *answer)
{
    char *text = text_of(json_pack("{s:s*, s:s*, s:s*}", "Id", id, "Answer", said, "By", by));
    int r = text != NULL ? ut_floor_answer_parse(text, strlen(text), answer) : -1;
    free(text);
    return r;
}

/* What has an id is answered, whatever else is wrong with it: then the id is there. */
int ut_floor_outcome_parse(const char *bytes, size_t n, struct ut_floor_outcome *outcome)
{
    json_t *value = read_object(bytes, n);
    *outcome = (struct ut_floor_outcome){.id = ""};
    int r = read_name(value, "Id", outcome->id) == 0 &&
                    read_text(value, "Call", outcome->call, sizeof outcome->call) == 0 &&
                    read_text(value, "Outcome", outcome->outcome, sizeof outcome->outcome) == 0
                ? 0
                : -1;
    json_decref(value);
    return r;
}

char *ut_floor_receipt_text(const struct ut_floor_receipt *receipt)
{
    json_t *value = json_pack("{s:s}", "Id", receipt->id);
    if (value != NULL && receipt->refused[0] != '\0')
        (void)json_object_set_new(value, "Refused", json_string(receipt->refused));
    return text_of(value);
}

int ut_floor_status_order(const struct ut_floor_status *a, const struct ut_floor_status *b)
{
    int order = strcmp(a->boot, b->boot);
    return order != 0 ? order : (a->connection > b->connection) - (a->connection < b->connection);
}

char *ut_floor_status_text(const struct ut_floor_status *status)
{
    json_t *value = json_pack("{s:s, s:s, s:I}", "State", states[status->state], "Boot", status->boot, "Connection",
                              (json_int_t)status->connection);
    if (value != NULL && status->session[0] != '\0')
        (void)json_object_set_new(value, "Session", json_string(status->session));
    return text_of(value);
}

int ut_floor_status_parse(const char *bytes, size_t n, struct ut_floor_status *status)
{
    char boot[UT_FLOOR_SESSION];
    json_t *value = read_object(bytes, n), *session = json_object_get(value, "Session");
    const char *state = json_string_value(json_object_get(value, "State"));
    int r = read_name(value, "Boot", boot), at = 0;
    *status = (struct ut_floor_status){.connection = json_integer_value(json_object_get(value, "Connection"))};
    while (state != NULL && at < STATES && strcmp(state, states[at]) != 0)
        at++;
    if (r == 0 && status->connection >= 1 && status->connection <= UINT32_MAX && state != NULL && at < STATES &&
        strlen(boot) == UT_IDENTITY_UUID - 1) {
        status->state = (enum ut_floor_state)at;
        memcpy(status->boot, boot, sizeof status->boot);
    } else {
        r = -1;
    }
    if (session != NULL && !json_is_null(session) && read_name(value, "Session", status->session) != 0)
        r = -1;
    json_decref(value);
    return r;
}

void ut_floor_rollout_topic(const char *site, const char *ring, char text[UT_FLOOR_TOPIC])
{
    (void)snprintf(text, UT_FLOOR_TOPIC, "%s%.64s/rollout-%s", ROOT, site, ring);
}

/* A roll-out's number. 0 or -1. */
static int read_number(const json_t *object, uint32_t *number)
{
    const json_t *value = json_object_get(object, "Number");
    int64_t n = json_integer_value(value);
    *number = n >= 1 && n <= INT32_MAX ? (uint32_t)n : 0;
    return *number != 0 ? 0 : -1;
}

char *ut_floor_rollout_text(const struct ut_floor_rollout *r)
{
    return text_of(json_pack("{s:I, s:s, s:s, s:s}", "Number", (json_int_t)r->number, "State",
                             r->stopped ? UT_FLOOR_STOPPED : "open", "From", r->from, "Note", r->note));
}

int ut_floor_rollout_parse(const char *bytes, size_t n, struct ut_floor_rollout *r)
{
    json_t *value = read_object_within(bytes, n, NOTED_MAX);
    const char *state = json_string_value(json_object_get(value, "State"));
    const char *note = json_string_value(json_object_get(value, "Note"));
    *r = (struct ut_floor_rollout){.stopped = state != NULL && strcmp(state, UT_FLOOR_STOPPED) == 0};
    int ok = read_number(value, &r->number);
    if (!r->stopped && (state == NULL || strcmp(state, "open") != 0 || note == NULL || strlen(note) >= sizeof r->note ||
                        read_text(value, "From", r->from, sizeof r->from) != 0))
        ok = -1;
    if (ok == 0 && !r->stopped)
        memcpy(r->note, note, strlen(note) + 1);
    json_decref(value);
    return ok;
}

const char *ut_floor_rollout_state_name(enum ut_floor_rollout_state state)
{
    return rollout_states[state];
}

char *ut_floor_rollout_report_text(const struct ut_floor_rollout_report *r)
{
    return text_of(json_pack("{s:I, s:s, s:s, s:s}", "Number", (json_int_t)r->number, "State", rollout_states[r->state],
                             "Why", r->why, "Boot", r->boot));
}

int ut_floor_rollout_report_parse(const char *bytes, size_t n, struct ut_floor_rollout_report *r)
{
    char boot[UT_FLOOR_SESSION];
    json_t *value = read_object(bytes, n);
    const char *state = json_string_value(json_object_get(value, "State"));
    const char *why = json_string_value(json_object_get(value, "Why"));
    int at = 0;
    while (state != NULL && at < UT_FLOOR_ROLLOUT_STATES && strcmp(state, rollout_states[at]) != 0)
        at++;
    *r = (struct ut_floor_rollout_report){.state = (enum ut_floor_rollout_state)at};
    int ok = read_number(value, &r->number);
    if (state == NULL || at == UT_FLOOR_ROLLOUT_STATES || read_name(value, "Boot", boot) != 0 ||
        strlen(boot) != UT_IDENTITY_UUID - 1)
        ok = -1;
    if (ok == 0)
        memcpy(r->boot, boot, sizeof r->boot);
    (void)snprintf(r->why, sizeof r->why, "%s", why != NULL ? why : "");
    ut_utf8_clean(r->why);
    json_decref(value);
    return ok;
}
