/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/simulate/templates.h"

#include "host-tools/serve/payload.h"
#include "tests/host-tools/simulate/script_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void a_floor_takes_each_event(void **state)
{
    (void)state;
    static struct ut_config config;
    struct ut_script s;
    struct ut_simulated_call call;
    struct ut_templates t;
    uint32_t sequence = 0, scores = 0;
    bool cue = false;
    ut_config_defaults(&config);
    assert_int_equal(
        records_of(
            "call a\n0.5 agent 2\n3 customer 14 frustration=0.1\n18 agent 2\n20 customer 9 frustration=0.9\n30 end\n",
            &s, &call),
        0);
    assert_int_equal(ut_templates_make(&t, &call, &config), 0);
    assert_int_equal(t.end_ms, 30000);
    for (size_t i = 0; i < t.n; i++) {
        struct ut_payload p;
        char *line = ut_template_line(&t.event[i], "run.1.1", "contact.1", 1234567890123);
        assert_non_null(line);
        assert_int_equal(ut_payload_parse(line, strlen(line), t.event[i].kind, &p), UT_PAYLOAD_FINE);
        assert_int_equal(p.type, t.event[i].type);
        assert_string_equal(p.session, "run.1.1");
        assert_string_equal(p.contact, "contact.1");
        assert_int_equal(p.at_ms, 1234567890123);
        assert_int_equal(p.sequence, t.event[i].sequence);
        assert_null(strstr(line, "simulated"));
        assert_non_null(strstr(line, "\"Id\":\"sim\""));
        assert_true(i == 0 || t.event[i].t_ms >= t.event[i - 1].t_ms);
        if (t.event[i].sequence > 0) {
            assert_int_equal(t.event[i].sequence, ++sequence);
            assert_int_equal(t.durable[sequence - 1], i);
        }
        scores += t.event[i].type == UT_EVENT_SCORE;
        cue = cue || t.event[i].type == UT_EVENT_CUE_OPENED;
        free(line);
    }
    assert_int_equal(sequence, t.counted);
    assert_in_range(scores, 30, 31);
    assert_true(cue);
    assert_int_equal(t.event[t.durable[0]].type, UT_EVENT_SESSION_STARTED);
    assert_int_equal(t.event[t.durable[sequence - 1]].type, UT_EVENT_SESSION_COMPLETED);
    ut_templates_free(&t);
    ut_simulated_free(&call);
    ut_script_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_floor_takes_each_event)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
