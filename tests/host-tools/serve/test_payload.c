/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/payload.h"

#include "tests/host-tools/serve/floor_event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct ut_payload p;

static enum ut_payload_fault parse(const char *text, enum ut_floor_kind kind)
{
    return ut_payload_parse(text, strlen(text), kind, &p);
}

static void an_event(void **state)
{
    (void)state;
    assert_int_equal(parse(ut_floor_event("s-1", 7, "cue.opened"), UT_FLOOR_CUE), UT_PAYLOAD_FINE);
    assert_int_equal(p.type, UT_EVENT_CUE_OPENED);
    assert_string_equal(p.session, "s-1");
    assert_string_equal(p.contact, "c");
    assert_int_equal(p.sequence, 7);
    assert_int_equal(p.at_ms, 1767323047000);
    assert_int_equal(p.t_ms, 0);
    assert_int_equal(parse(ut_floor_event("s-1", 1, "session.started"), UT_FLOOR_CALL), UT_PAYLOAD_FINE);
    assert_int_equal(parse(ut_floor_event("s-1", 1, "hold.started"), UT_FLOOR_CALL), UT_PAYLOAD_FINE);
    assert_int_equal(parse(ut_floor_event("s-1", 1, "flag.raised"), UT_FLOOR_FLAG), UT_PAYLOAD_FINE);
}

static void a_score_has_no_number(void **state)
{
    (void)state;
    assert_int_equal(parse(ut_floor_event("s-1", 0, "score"), UT_FLOOR_SCORE), UT_PAYLOAD_FINE);
    assert_int_equal(p.sequence, 0);
    assert_int_equal(parse(ut_floor_event("s-1", 3, "score"), UT_FLOOR_SCORE), UT_PAYLOAD_ENVELOPE);
}

/* The text with one piece changed. */
static enum ut_payload_fault changed(const char *old, const char *new)
{
    char text[2 * UT_FLOOR_EVENT_MAX];
    const char *event = ut_floor_event("s-1", 7, "cue.opened"), *at = strstr(event, old);
    assert_non_null(at);
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - event), event, new, at + strlen(old));
    return parse(text, UT_FLOOR_CUE);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *old, *new;
        enum ut_payload_fault fault;
    } of[] = {{"\"1.0\"", "\"2.0\"", UT_PAYLOAD_ENVELOPE},
              {"\"1.0\"", "1.0", UT_PAYLOAD_ENVELOPE},
              {"\"id\":", "\"no\":", UT_PAYLOAD_ENVELOPE},
              {"\"source\":", "\"no\":", UT_PAYLOAD_ENVELOPE},
              {"0000000007", "0000000000", UT_PAYLOAD_ENVELOPE},
              {"0000000007", "9999999999", UT_PAYLOAD_ENVELOPE},
              {"0000000007", "-000000007", UT_PAYLOAD_ENVELOPE},
              {"0000000007", "7", UT_PAYLOAD_ENVELOPE},
              {"\"0000000007\"", "7", UT_PAYLOAD_ENVELOPE},
              {"\"session\":\"s-1\"", "\"session\":\"s 1\"", UT_PAYLOAD_ENVELOPE},
              {"\"session\":\"s-1\"", "\"session\":null", UT_PAYLOAD_ENVELOPE},
              {"2026-01-02T", "yesterday ", UT_PAYLOAD_ENVELOPE},
              {"cue.opened", "cue.exploded", UT_PAYLOAD_TYPE},
              {"cue.opened", "flag.raised", UT_PAYLOAD_TYPE},
              {"undertone.", "other.", UT_PAYLOAD_TYPE},
              {"\"ContactId\":\"c\"", "\"ContactId\":\"\"", UT_PAYLOAD_DATA},
              {"\"ContactId\":\"c\"", "\"Contact\":\"c\"", UT_PAYLOAD_DATA},
              {"\"data\":{", "\"data\":[{", UT_PAYLOAD_JSON},
              {"\"id\"", "\"type\":1,\"id\"", UT_PAYLOAD_JSON},
              {"}}", "}", UT_PAYLOAD_JSON},
              {"s-1-", "\\u0000", UT_PAYLOAD_JSON},
              {"s-1-", "\xff", UT_PAYLOAD_JSON}};
    for (size_t i = 0; i < sizeof of / sizeof of[0]; i++)
        assert_int_equal(changed(of[i].old, of[i].new), of[i].fault);
    assert_int_equal(parse("[]", UT_FLOOR_CUE), UT_PAYLOAD_JSON);
    assert_string_equal(ut_payload_fault_name(UT_PAYLOAD_SIZE), "size");
    assert_string_equal(ut_payload_fault_name(UT_PAYLOAD_DATA), "data");
}

/* What is kept and sent on as it is would end there, or be two lines. */
static void bytes_between_members_are_refused(void **state)
{
    (void)state;
    char text[2 * UT_FLOOR_EVENT_MAX];
    int n = snprintf(text, sizeof text, "{\"x\":1 ,%s", ut_floor_event("s-1", 7, "cue.opened") + 1);
    assert_int_equal(ut_payload_parse(text, (size_t)n, UT_FLOOR_CUE, &p), UT_PAYLOAD_FINE);
    for (int c = 0; c < ' '; c++) {
        text[6] = (char)c;
        assert_int_equal(ut_payload_parse(text, (size_t)n, UT_FLOOR_CUE, &p), UT_PAYLOAD_JSON);
    }
}

/* So that its sender hears why. */
static void a_session_is_known_of_what_is_refused(void **state)
{
    (void)state;
    assert_int_equal(changed("cue.opened", "cue.exploded"), UT_PAYLOAD_TYPE);
    assert_string_equal(p.session, "s-1");
    assert_int_equal(changed("0000000007", "7"), UT_PAYLOAD_ENVELOPE);
    assert_string_equal(p.session, "s-1");
    assert_int_equal(changed("\"session\":\"s-1\"", "\"session\":\"s 1\""), UT_PAYLOAD_ENVELOPE);
    assert_string_equal(p.session, "");
}

static void a_limit_of_size(void **state)
{
    (void)state;
    char *text = malloc(UT_FLOOR_PAYLOAD_MAX + 2);
    const char *event = ut_floor_event("s-1", 7, "cue.opened");
    assert_non_null(text);
    memset(text, ' ', UT_FLOOR_PAYLOAD_MAX + 1);
    memcpy(text, event, strlen(event));
    assert_int_equal(ut_payload_parse(text, UT_FLOOR_PAYLOAD_MAX, UT_FLOOR_CUE, &p), UT_PAYLOAD_FINE);
    assert_int_equal(ut_payload_parse(text, UT_FLOOR_PAYLOAD_MAX + 1, UT_FLOOR_CUE, &p), UT_PAYLOAD_SIZE);
    assert_int_equal(ut_payload_parse(text, 0, UT_FLOOR_CUE, &p), UT_PAYLOAD_SIZE);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_event),
                                       cmocka_unit_test(a_score_has_no_number),
                                       cmocka_unit_test(what_is_wrong_is_named),
                                       cmocka_unit_test(bytes_between_members_are_refused),
                                       cmocka_unit_test(a_session_is_known_of_what_is_refused),
                                       cmocka_unit_test(a_limit_of_size)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
