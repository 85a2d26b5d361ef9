/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/policy.h"

#include "firmware/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void names(void **state)
{
    (void)state;
    assert_string_equal(ut_policy_name(UT_POLICY_RESEARCH), "research");
    assert_string_equal(ut_policy_name(UT_POLICY_EU), "eu");
    assert_string_equal(ut_policy_abstain_name(UT_UNDISCLOSED), "not_disclosed");
    assert_string_equal(ut_policy_abstain_name(UT_ABSTAIN_NOISE), "noise");
    assert_string_equal(ut_policy_abstain_name(UT_ABSTAIN_NONE), "none");
}

static void withheld_scores_leave_what_was_measured(void **state)
{
    (void)state;
    struct ut_wire_score r;
    memset(&r, 0xA5, sizeof r);
    for (int abstain = UT_ABSTAIN_NONE; abstain <= UT_ABSTAIN_HOLD; abstain++) {
        r.flags =
            (uint8_t)(UT_WIRE_CUSTOMER_SPEECH | UT_WIRE_AGENT_CLIPPED | UT_WIRE_END | abstain << UT_WIRE_ABSTAIN_SHIFT);
        struct ut_wire_score bare = ut_policy_withhold(&r);
        assert_int_equal(ut_wire_abstain(&bare), UT_UNDISCLOSED);
        assert_true(bare.frustration == 0 && bare.delight == 0 && bare.confidence == 0);
        assert_true(bare.top[0].feature == 0 && bare.top[0].contribution == 0 && bare.top[1].contribution == 0);
        assert_true(bare.t_ms == r.t_ms && bare.customer_loudness == r.customer_loudness);
        assert_true(bare.agent_level == r.agent_level && bare.customer_pace == r.customer_pace);
        assert_true(bare.agent_pace == r.agent_pace && bare.customer_f0 == r.customer_f0);
        assert_int_equal(bare.customer_f0_range, r.customer_f0_range);
        assert_int_equal(bare.flags & ~(7 << UT_WIRE_ABSTAIN_SHIFT),
                         UT_WIRE_CUSTOMER_SPEECH | UT_WIRE_AGENT_CLIPPED | UT_WIRE_END);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(withheld_scores_leave_what_was_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
