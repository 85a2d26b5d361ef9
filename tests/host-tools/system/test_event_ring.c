/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/event_ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ut_event_ring *ring;
static struct ut_event_ring_reader reader;
static char text[1 << 20];

static int setup(void **state)
{
    (void)state;
    ring = ut_event_ring_new();
    return ring == NULL;
}

static int teardown(void **state)
{
    (void)state;
    ut_event_ring_leave(&reader);
    ut_event_ring_free(ring);
    return 0;
}

/* All that there is for the reader, read in pieces. */
static const char *news(size_t room)
{
    size_t n = 0, got;
    while (n + room < sizeof text && (got = ut_event_ring_read(ring, &reader, text + n, room)) > 0)
        n += got;
    text[n] = '\0';
    return text;
}

static const char *id(uint64_t n)
{
    static char made[40];
    (void)snprintf(made, sizeof made, "%s-%llu", ut_event_ring_epoch(ring), (unsigned long long)n);
    return made;
}

static void a_reader_gets_what_is_new(void **state)
{
    (void)state;
    char want[200];
    ut_event_ring_put(ring, "cue", "{\"a\":1}");
    ut_event_ring_join(ring, &reader, NULL, NULL);
    assert_string_equal(news(100), "retry: 1000\n\n");
    assert_string_equal(news(100), "");
    ut_event_ring_put(ring, "cue", "{\"a\":2}");
    (void)snprintf(want, sizeof want, "id: %s\nevent: cue\ndata: {\"a\":2}\n\n", id(2));
    assert_string_equal(news(100), want);
    assert_string_equal(news(100), "");
}

static void one_byte_at_a_time_is_the_same(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        ut_event_ring_put(ring, "cue", "{}");
    ut_event_ring_state(ring, "k", "state", "{}");
    ut_event_ring_join(ring, &reader, id(2), NULL);
    char *whole = strdup(news(1000));
    assert_non_null(whole);
    ut_event_ring_leave(&reader);
    ut_event_ring_join(ring, &reader, id(2), NULL);
    assert_string_equal(news(1), whole);
    assert_non_null(strstr(whole, id(3)));
    assert_null(strstr(whole, id(2)));
    assert_non_null(strstr(whole, "event: state\ndata: {}\n\n"));
    free(whole);
}

static void of_a_state_the_newest_counts(void **state)
{
    (void)state;
    ut_event_ring_join(ring, &reader, NULL, NULL);
    ut_event_ring_state(ring, "one", "score", "1");
    ut_event_ring_state(ring, "two", "score", "2");
    ut_event_ring_state(ring, "one", "score", "3");
    assert_string_equal(news(1000), "retry: 1000\n\nevent: score\ndata: 2\n\nevent: score\ndata: 3\n\n");
    ut_event_ring_state(ring, "two", "score", NULL);
    ut_event_ring_state(ring, "none", "score", NULL);
    ut_event_ring_leave(&reader);
    ut_event_ring_join(ring, &reader, NULL, NULL);
    assert_string_equal(news(1000), "retry: 1000\n\nevent: score\ndata: 3\n\n");
}

static void a_state_may_be_kept_from_a_reader(void **state)
{
    (void)state;
    ut_event_ring_state(ring, "all", "score", "1");
    ut_event_ring_state(ring, "some", "score", "2");
    ut_event_ring_join(ring, &reader, NULL, "some");
    assert_string_equal(news(1000), "retry: 1000\n\nevent: score\ndata: 1\n\n");
    ut_event_ring_state(ring, "some", "score", "3");
    assert_string_equal(news(1000), "");
    ut_event_ring_state(ring, "all", "score", "4");
    assert_string_equal(news(1000), "event: score\ndata: 4\n\n");
}

static void an_id_that_is_not_there_resets(void **state)
{
    (void)state;
    char strange[60];
    static const char *const bad[] = {"x", "-1", "0000000000000000-1", "99999999999999999999-99999999999999999999"};
    ut_event_ring_put(ring, "cue", "{}");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ut_event_ring_leave(&reader);
        ut_event_ring_join(ring, &reader, bad[i], NULL);
        assert_non_null(strstr(news(100), "event: reset\n"));
        assert_null(strstr(text, "event: cue"));
        assert_string_equal(news(100), "");
    }
    (void)snprintf(strange, sizeof strange, "%s ", id(1));
    ut_event_ring_leave(&reader);
    ut_event_ring_join(ring, &reader, strange, NULL);
    assert_non_null(strstr(news(100), "event: reset\n"));
    ut_event_ring_leave(&reader);
    ut_event_ring_join(ring, &reader, id(2), NULL); /* of the future */
    assert_non_null(strstr(news(100), "event: reset\n"));
}

static void who_falls_behind_is_told(void **state)
{
    (void)state;
    ut_event_ring_join(ring, &reader, NULL, NULL);
    (void)news(100);
    for (int i = 0; i < UT_EVENT_RING; i++)
        ut_event_ring_put(ring, "cue", "{}");
    assert_null(strstr(news(1000), "event: reset"));
    assert_non_null(strstr(text, id(1)));
    for (int i = 0; i < UT_EVENT_RING + 1; i++)
        ut_event_ring_put(ring, "cue", "{}");
    assert_non_null(strstr(news(1000), "event: reset"));
    assert_null(strstr(text, "event: cue"));
    ut_event_ring_put(ring, "cue", "{}");
    assert_non_null(strstr(news(1000), "event: cue"));
    ut_event_ring_leave(&reader);
    ut_event_ring_join(ring, &reader, id(ut_event_ring_newest(ring) - UT_EVENT_RING), NULL);
    assert_null(strstr(news(1000), "event: reset"));
    ut_event_ring_leave(&reader);
    ut_event_ring_join(ring, &reader, id(ut_event_ring_newest(ring) - UT_EVENT_RING - 1), NULL);
    assert_non_null(strstr(news(1000), "event: reset"));
}

static void fewer_may_be_kept(void **state)
{
    (void)state;
    bool reset;
    for (int i = 0; i < 10; i++)
        ut_event_ring_put(ring, "cue", "0");
    ut_event_ring_keep(ring, 3);
    char *list = ut_event_ring_after(ring, 7, 100, &reset);
    assert_false(reset);
    assert_non_null(strstr(list, id(8)));
    free(list);
    ut_event_ring_put(ring, "cue", "1");
    list = ut_event_ring_after(ring, 7, 100, &reset);
    assert_true(reset);
    assert_null(strstr(list, id(8)));
    assert_non_null(strstr(list, id(9)));
    assert_non_null(strstr(list, id(11)));
    free(list);
    for (int i = 0; i < 2 * UT_EVENT_RING; i++)
        ut_event_ring_put(ring, "cue", "2");
    list = ut_event_ring_after(ring, 0, 100, &reset);
    assert_null(strstr(list, id(ut_event_ring_newest(ring) - 3)));
    assert_non_null(strstr(list, id(ut_event_ring_newest(ring) - 2)));
    free(list);
}

static void what_came_after(void **state)
{
    (void)state;
    bool reset;
    char want[300];
    for (int i = 0; i < 3; i++)
        ut_event_ring_put(ring, "cue", i == 0 ? "0" : "1");
    char *list = ut_event_ring_after(ring, 1, 1, &reset);
    (void)snprintf(want, sizeof want, "[{\"Id\":\"%s\",\"Name\":\"cue\",\"Event\":1}]", id(2));
    assert_string_equal(list, want);
    assert_false(reset);
    free(list);
    list = ut_event_ring_after(ring, 3, 10, &reset);
    assert_string_equal(list, "[]");
    assert_false(reset);
    free(list);
    list = ut_event_ring_after(ring, 4, 10, &reset);
    assert_true(reset);
    free(list);
}

static void what_is_forgotten_is_nowhere(void **state)
{
    (void)state;
    bool reset;
    char want[300];
    ut_event_ring_put(ring, "cue", "{\"session\":\"a\",\"x\":1}");
    ut_event_ring_put(ring, "cue", "{\"session\":\"ab\",\"x\":2}");
    ut_event_ring_put(ring, "cue", "{\"Session\":\"a\",\"x\":3}");
    ut_event_ring_join(ring, &reader, id(0), NULL);
    ut_event_ring_forget(ring, "a");
    char *list = ut_event_ring_after(ring, 0, 10, &reset);
    (void)snprintf(want, sizeof want, "[{\"Id\":\"%s\",\"Name\":\"cue\",\"Event\":{\"session\":\"ab\",\"x\":2}}]",
                   id(2));
    assert_string_equal(list, want);
    free(list);
    assert_non_null(strstr(news(1000), "event: reset\n"));
    assert_null(strstr(text, "\"a\""));
    ut_event_ring_put(ring, "cue", "{\"session\":\"a\",\"x\":4}");
    assert_non_null(strstr(news(1000), "\"x\":4"));
}

static void states_can_be_forgotten(void **state)
{
    (void)state;
    ut_event_ring_state(ring, "a", "call", "{\"x\":1}");
    ut_event_ring_state(ring, "b", "call", "{\"x\":2}");
    ut_event_ring_forget_states(ring);
    ut_event_ring_join(ring, &reader, NULL, NULL);
    assert_string_equal(news(1000), "retry: 1000\n\n");
    ut_event_ring_state(ring, "b", "call", "{\"x\":3}");
    assert_string_equal(news(1000), "event: call\ndata: {\"x\":3}\n\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_reader_gets_what_is_new, setup, teardown),
        cmocka_unit_test_setup_teardown(one_byte_at_a_time_is_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(of_a_state_the_newest_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(a_state_may_be_kept_from_a_reader, setup, teardown),
        cmocka_unit_test_setup_teardown(an_id_that_is_not_there_resets, setup, teardown),
        cmocka_unit_test_setup_teardown(who_falls_behind_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(fewer_may_be_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(what_came_after, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_forgotten_is_nowhere, setup, teardown),
        cmocka_unit_test_setup_teardown(states_can_be_forgotten, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
