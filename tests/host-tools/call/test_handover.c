/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/handover.h"

#include "host-tools/system/web.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ut_handover_cue cue[UT_HANDOVER_CUES];
static int cues;
static struct ut_config config;
static struct ut_hold hold;
static struct ut_events session;
static char line[UT_EVENT_LINE];

static int setup(void **state)
{
    (void)state;
    cues = 0;
    ut_config_defaults(&config);
    ut_hold_init(&hold, &config);
    ut_events_init(&session, "c", "s", 0, NULL, NULL);
    return 0;
}

static void open_one(enum ut_cue which, int64_t t_ms, const char *title)
{
    struct ut_cue_change c = {
        .what = UT_CUE_OPENED, .cue = which, .t_ms = t_ms, .begin_ms = t_ms, .title = title, .evidence_count = 3};
    for (int i = 0; i < 3; i++)
        c.evidence[i] = (struct ut_cue_evidence){"both_silent", "s", .value = 6.5};
    ut_handover_opened(cue, &cues, &c, (uint32_t)(cues + 1), UT_ENGLISH);
}

static void close_one(enum ut_cue which, int64_t shown_ms)
{
    const struct ut_cue_change c = {.what = UT_CUE_CLOSED, .cue = which, .t_ms = 99, .shown_ms = shown_ms};
    ut_handover_closed(cue, cues, &c);
}

static json_t *data_of(struct ut_handover h)
{
    const struct ut_event_origin from = {.contact_id = "c", .config = &config, .config_crc32 = "0", .policy = "eu"};
    h.hold = &hold;
    h.cue = cue;
    h.cues = cues;
    h.session = &session;
    return ut_handover_data(&from, &h, line);
}

static void the_smallest_has_every_member(void **state)
{
    (void)state;
    json_t *h = data_of((struct ut_handover){.to = "", .contact = "", .customer = ""});
    static const char *const members[] = {"Kind",     "OffsetMillis", "Session", "Trajectory",
                                          "OpenCues", "Holds",        "Tried"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        assert_non_null(json_object_get(h, members[i]));
    assert_null(json_object_get(h, "To"));
    assert_string_equal(line, "     0.000 s  handover     transfer");
    json_decref(h);
}

static void open_ones_and_tried_ones_are_apart(void **state)
{
    (void)state;
    open_one(UT_CUE_SILENCE, 1000, "one");
    close_one(UT_CUE_SILENCE, 4000);
    open_one(UT_CUE_SILENCE, 9000, "two");
    open_one(UT_CUE_OVERLAPS, 9500, "three");
    close_one(UT_CUE_OVERLAPS, 0); /* nobody saw it */
    json_t *h = data_of((struct ut_handover){.to = "x", .contact = "", .customer = ""});
    json_t *open = json_object_get(h, "OpenCues"), *tried = json_object_get(h, "Tried");
    assert_int_equal(json_array_size(open), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(open, 0), "Title")), "two");
    assert_non_null(strstr(json_string_value(json_object_get(json_array_get(open, 0), "Reason")), "6.5 s"));
    assert_int_equal(json_array_size(tried), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(tried, 0), "Title")), "one");
    assert_string_equal(line, "     0.000 s  handover     transfer to x");
    json_decref(h);
}

static void scored_ones_can_be_forgotten(void **state)
{
    (void)state;
    open_one(UT_CUE_EMPATHY, 1000, "one");
    open_one(UT_CUE_SILENCE, 1000, "two");
    open_one(UT_CUE_HELP, 1000, "three");
    ut_handover_unscore(cue, &cues);
    assert_int_equal(cues, 1);
    assert_int_equal(cue[0].cue, UT_CUE_SILENCE);
}

/* However much happened, another desk can be handed it in one request. */
static void the_largest_fits_into_a_request(void **state)
{
    (void)state;
    static struct ut_wire_score score[4000];
    char to[300], contact[128], customer[65];
    memset(to, 'x', sizeof to - 1);
    memset(contact, 'x', sizeof contact - 1);
    memset(customer, 'a', sizeof customer - 1);
    to[sizeof to - 1] = contact[sizeof contact - 1] = customer[sizeof customer - 1] = '\0';
    for (int i = 0; i < 4000; i++)
        score[i] = (struct ut_wire_score){.t_ms = 250U * (uint32_t)(i + 1),
                                          .flags = UT_WIRE_CUSTOMER_SPEECH,
                                          .frustration = (uint8_t)i,
                                          .delight = 99};
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < UT_CUES; i++) {
            open_one((enum ut_cue)i, 1000000, "a title that is about as long as any of them, or longer");
            if (k < 2)
                close_one((enum ut_cue)i, 5000);
            (void)snprintf(cue[cues - 1].outcome, sizeof cue[0].outcome, "did_not_help");
        }
    json_t *h = data_of((struct ut_handover){
        .t_ms = 1000000, .to = to, .contact = contact, .customer = customer, .scores = score, .score_count = 4000});
    assert_int_equal(json_array_size(json_object_get(h, "Trajectory")), UT_HANDOVER_POINTS);
    assert_int_equal(strlen(json_string_value(json_object_get(h, "To"))), UT_HANDOVER_TO);
    assert_int_equal(json_array_size(json_object_get(h, "Tried")), UT_HANDOVER_TRIED);
    assert_int_equal(json_array_size(json_object_get(h, "OpenCues")), UT_CUES);
    char *text = json_dumps(h, JSON_COMPACT);
    assert_in_range(strlen(text), 1000, UT_WEB_BODY - 500);
    free(text);
    json_decref(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_smallest_has_every_member, setup),
        cmocka_unit_test_setup(open_ones_and_tried_ones_are_apart, setup),
        cmocka_unit_test_setup(scored_ones_can_be_forgotten, setup),
        cmocka_unit_test_setup(the_largest_fits_into_a_request, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
