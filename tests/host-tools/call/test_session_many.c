/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions beside each other in one process. */
#include "tests/host-tools/call/said.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Everything that one of several sessions says, line by line. */
struct heard {
    struct ut_config config;
    struct ut_session *session;
    char *text;
    size_t size;
    FILE *out;
};

static void hear_event(void *ctx, const struct ut_event *event)
{
    (void)fprintf(((struct heard *)ctx)->out, "%s\n%s\n", event->json, event->text);
}

static void hear_note(void *ctx, const char *text)
{
    (void)fprintf(((struct heard *)ctx)->out, "%s\n", text);
}

static void hear_score(void *ctx, const struct ut_wire_score *score)
{
    (void)fprintf(((struct heard *)ctx)->out, "%u %u\n", (unsigned)score->t_ms, (unsigned)score->frustration);
}

static void hear_from(struct heard *h, const char *id, enum ut_policy policy, const char *language)
{
    struct ut_fault fault = {0};
    ut_config_defaults(&h->config);
    assert_int_equal(ut_config_set(&h->config, "display", "language", language, "test", &fault), 0);
    h->out = open_memstream(&h->text, &h->size);
    assert_non_null(h->out);
    struct ut_session_options options = {.config = &h->config,
                                         .contact_id = id,
                                         .session = id,
                                         .policy = policy,
                                         .sink = hear_event,
                                         .ctx = h,
                                         .on_score = hear_score,
                                         .on_note = hear_note};
    h->session = ut_session_new(&options);
    assert_non_null(h->session);
}

static void hear_bytes(struct heard *h, const uint8_t *data, size_t from, size_t to, size_t len)
{
    to = to < len ? to : len;
    if (from < to)
        ut_session_bytes(h->session, data + from, to - from);
}

/* The end: what a view shows last, and the summary. */
static void hear_out(struct heard *h)
{
    const struct ut_snapshot *v = ut_session_snapshot(h->session);
    (void)fprintf(h->out, "%s %lld %f %f %s\n", v->contact_id, (long long)v->t_ms, v->frustration_fast, v->agent_share,
                  v->cue_title);
    json_t *summary = ut_session_summary(h->session);
    assert_int_equal(json_dumpf(summary, h->out, JSON_INDENT(1)), 0);
    json_decref(summary);
    ut_session_free(h->session);
    assert_int_equal(fclose(h->out), 0);
}

/* Two headsets in one process, of other policies, languages and calls, their bytes in pieces that cut frames: each says
 * what it says alone. */
static void sessions_share_nothing(void **state)
{
    (void)state;
    static const char *const id[2] = {"left", "right"}, *const language[2] = {"en", "de"};
    static const enum ut_policy policy[2] = {UT_POLICY_RESEARCH, UT_POLICY_EU};
    static uint8_t data[2][200 * UT_WIRE_FRAME_BYTES];
    static struct heard alone[2], beside[2];
    enum { PIECE = 7 };
    size_t len[2];
    put_call();
    put_call();
    for (int k = 0; k < 2; k++) {
        len[k] = link_bytes.len;
        assert_true(len[k] <= sizeof data[k]);
        memcpy(data[k], link_bytes.data, len[k]);
        memset(&link_bytes, 0, sizeof link_bytes);
        put_angry_call();
    }
    for (int k = 0; k < 2; k++) {
        hear_from(&alone[k], id[k], policy[k], language[k]);
        hear_bytes(&alone[k], data[k], 0, len[k], len[k]);
        hear_out(&alone[k]);
    }
    for (int k = 0; k < 2; k++)
        hear_from(&beside[k], id[k], policy[k], language[k]);
    for (size_t at = 0; at < len[0] || at < len[1]; at += PIECE)
        for (int k = 0; k < 2; k++)
            hear_bytes(&beside[k], data[k], at, at + PIECE, len[k]);
    for (int k = 0; k < 2; k++)
        hear_out(&beside[k]);
    for (int k = 0; k < 2; k++) {
        assert_non_null(strstr(alone[k].text, k == 0 ? "Long silence" : "Lange Stille"));
        assert_non_null(strstr(alone[k].text, k == 0 ? "not_required" : "not_disclosed"));
        assert_string_equal(beside[k].text, alone[k].text);
        free(beside[k].text);
        free(alone[k].text);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(sessions_share_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
