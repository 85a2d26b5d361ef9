/* SPDX-License-Identifier: Apache-2.0 */
/* A link's bytes under construction, and a session that keeps what it says. */
#ifndef UT_TESTS_HOST_TOOLS_CALL_SAID_H
#define UT_TESTS_HOST_TOOLS_CALL_SAID_H

#include "firmware/engine.h"
#include "firmware/turns.h"
#include "host-tools/call/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LINES_MAX = 800, BYTES_MAX = 16000 * 1024 };

/* What a session said. */
static struct said {
    struct ut_config config;
    struct ut_session *session;
    char *line[LINES_MAX];
    enum ut_event_type type[LINES_MAX];
    int lines, notes, scores;
    char note[300];
} s;

static uint8_t frustration = 51; /* of the score records to come */

/* A link's bytes under construction. */
static struct {
    uint8_t data[BYTES_MAX];
    size_t len;
    uint8_t seq;
} link_bytes;

static inline void keep_event(void *ctx, const struct ut_event *event)
{
    (void)ctx;
    assert_true(s.lines < LINES_MAX);
    s.type[s.lines] = event->type;
    size_t room = strlen(event->json) + 1;
    s.line[s.lines] = malloc(room);
    assert_non_null(s.line[s.lines]);
    memcpy(s.line[s.lines++], event->json, room);
    assert_null(strchr(event->json, '\n'));
    assert_null(strchr(event->text, '\n'));
}

static inline void keep_score(void *ctx, const struct ut_wire_score *score)
{
    (void)ctx;
    (void)score;
    s.scores++;
}

static inline void keep_note(void *ctx, const char *text)
{
    (void)ctx;
    s.notes++;
    snprintf(s.note, sizeof s.note, "%s", text);
}

static inline void forget(void)
{
    for (int i = 0; i < s.lines; i++)
        free(s.line[i]);
    ut_session_free(s.session);
    memset(&s, 0, sizeof s);
}

static inline void begin(void)
{
    forget();
    ut_config_defaults(&s.config);
    struct ut_session_options options = {.config = &s.config,
                                         .contact_id = "c1",
                                         .session = "s1",
                                         .sink = keep_event,
                                         .on_score = keep_score,
                                         .on_note = keep_note};
    s.session = ut_session_new(&options);
    assert_non_null(s.session);
}

static inline int setup(void **state)
{
    (void)state;
    memset(&link_bytes, 0, sizeof link_bytes);
    frustration = 51;
    begin();
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    forget();
    return 0;
}

static inline void put(const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    assert_true(link_bytes.len + UT_WIRE_FRAME_BYTES <= BYTES_MAX);
    link_bytes.len += ut_wire_frame(record, link_bytes.data + link_bytes.len);
}

static inline void put_hello(void)
{
    uint8_t record[UT_WIRE_RECORD_BYTES];
    struct ut_wire_hello h = {.fw_minor = 1, .features_version = 1, .model_crc32 = 0xABCD, .model_id = "m1"};
    memcpy(h.board, "test", 4);
    ut_wire_pack_hello(record, link_bytes.seq++, &h);
    put(record);
}

static inline void put_score(uint32_t t_ms, int flags)
{
    uint8_t record[UT_WIRE_RECORD_BYTES];
    struct ut_wire_score score = {.t_ms = t_ms,
                                  .flags = (uint8_t)flags,
                                  .frustration = frustration,
                                  .delight = 102,
                                  .confidence = 204,
                                  .customer_loudness = flags & UT_WIRE_CUSTOMER_SPEECH ? 120 : 20,
                                  .agent_level = flags & UT_WIRE_AGENT_SPEECH ? 60 : 255,
                                  .customer_pace = 64,
                                  .agent_pace = 48,
                                  .customer_f0 = 41};
    ut_wire_pack_score(record, link_bytes.seq++, &score);
    put(record);
}

static inline void put_turn(int kind, int party, uint32_t t_ms, uint32_t begin_ms, uint32_t end_ms)
{
    uint8_t record[UT_WIRE_RECORD_BYTES];
    struct ut_wire_turn turn = {
        .t_ms = t_ms, .kind = (uint8_t)kind, .party = (uint8_t)party, .begin_ms = begin_ms, .end_ms = end_ms};
    ut_wire_pack_turn(record, link_bytes.seq++, &turn);
    put(record);
}

static inline void put_status(uint32_t t_ms)
{
    uint8_t record[UT_WIRE_RECORD_BYTES];
    struct ut_wire_status status = {.t_ms = t_ms, .customer_snr = 30, .agent_snr = 31};
    ut_wire_pack_status(record, link_bytes.seq++, &status);
    put(record);
}

/* 12 s: the customer speaks for 4 s, then nobody. */
static inline void put_call(void)
{
    put_hello();
    for (uint32_t t = 250; t <= 12000; t += 250) {
        if (t == 250)
            put_turn(UT_TURN_IPU_START, UT_CUSTOMER, 110, 10, 10);
        if (t == 1250)
            put_turn(UT_TURN_START, UT_CUSTOMER, 1010, 10, 10);
        if (t == 4250)
            put_turn(UT_TURN_IPU_END, UT_CUSTOMER, 4210, 10, 4010);
        if (t == 12000) {
            put_turn(UT_TURN_END, UT_CUSTOMER, 12000, 10, 4010);
            put_turn(UT_TURN_NONTALK_END, UT_BOTH, 12000, 4010, 12000);
        }
        put_score(t, (t <= 4000 ? UT_WIRE_CUSTOMER_SPEECH : 0) | (t == 12000 ? UT_WIRE_END : 0));
        if (t % 5000 == 0)
            put_status(t);
    }
    put_status(12000);
}

static inline int count(enum ut_event_type type)
{
    int n = 0;
    for (int i = 0; i < s.lines; i++)
        n += s.type[i] == type;
    return n;
}

static inline json_t *data_of(enum ut_event_type type)
{
    for (int i = 0; i < s.lines; i++)
        if (s.type[i] == type)
            return json_loads(s.line[i], 0, NULL);
    return NULL;
}

static inline json_t *last_data_of(enum ut_event_type type)
{
    for (int i = s.lines; i-- > 0;)
        if (s.type[i] == type)
            return json_loads(s.line[i], 0, NULL);
    return NULL;
}

static inline void feed(size_t chunk)
{
    for (size_t at = 0; at < link_bytes.len; at += chunk)
        ut_session_bytes(s.session, link_bytes.data + at, link_bytes.len - at < chunk ? link_bytes.len - at : chunk);
}

/* 30 s: the customer speaks for 20 s, frustrated, then nobody. */
static inline void put_angry_call(void)
{
    frustration = 230;
    put_hello();
    for (uint32_t t = 250; t <= 30000; t += 250) {
        if (t == 250)
            put_turn(UT_TURN_IPU_START, UT_CUSTOMER, 110, 10, 10);
        if (t == 20250)
            put_turn(UT_TURN_IPU_END, UT_CUSTOMER, 20210, 10, 20010);
        put_score(t, (t <= 20000 ? UT_WIRE_CUSTOMER_SPEECH : 0) | (t == 30000 ? UT_WIRE_END : 0));
    }
    put_status(30000);
}

#endif
