/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/simulate/records.h"

#include "dsp/features.h"
#include "firmware/turns.h"
#include "tests/host-tools/simulate/script_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct ut_script s;
static struct ut_simulated_call call;

static void make(const char *text)
{
    assert_int_equal(records_of(text, &s, &call), 0);
}

static void forget(void)
{
    ut_simulated_free(&call);
    ut_script_free(&s);
}

/* The score of the interval that ends then. */
static struct ut_wire_score score_at(uint32_t t_ms)
{
    struct ut_wire_score w;
    for (size_t i = 0; i < call.n; i++)
        if (ut_wire_type(call.item[i].record) == UT_WIRE_SCORE && ut_wire_unpack_score(call.item[i].record, &w) == 0 &&
            w.t_ms == t_ms)
            return w;
    fail_msg("no score at %u", (unsigned)t_ms);
    return w;
}

static int count(int type)
{
    int n = 0;
    for (size_t i = 0; i < call.n; i++)
        n += call.item[i].kind == UT_SIMULATED_RECORD && ut_wire_type(call.item[i].record) == type;
    return n;
}

static void records_come_in_the_order_of_a_headset(void **state)
{
    (void)state;
    struct ut_wire_hello h;
    struct ut_wire_score w;
    make("call a\n1 customer 3\n5 agent 2\n20 end\n");
    assert_int_equal(ut_wire_unpack_hello(call.item[0].record, &h), 0);
    assert_memory_equal(h.model_id, "sim\0", 4);
    assert_memory_equal(h.board, "sim\0", 4);
    assert_int_equal(h.features_version, UT_FEATURES_VERSION);
    assert_int_equal(count(UT_WIRE_HELLO), 3);  /* at 0, 10 and 20 s */
    assert_int_equal(count(UT_WIRE_STATUS), 5); /* every 5 s, and one at the end */
    assert_int_equal(count(UT_WIRE_SCORE), 81); /* four a second, and the last */
    for (size_t i = 1; i < call.n; i++)
        assert_true(call.item[i].t_ms >= call.item[i - 1].t_ms);
    assert_int_equal(ut_wire_type(call.item[call.n - 1].record), UT_WIRE_STATUS);
    assert_int_equal(ut_wire_unpack_score(call.item[call.n - 2].record, &w), 0);
    assert_int_equal(w.flags & UT_WIRE_END, UT_WIRE_END);
    assert_int_equal(w.t_ms, 20000);
    forget();
}

static void turns_are_those_of_the_firmware(void **state)
{
    (void)state;
    struct ut_wire_turn t;
    int ends = 0;
    make("call a\n1 customer 3\n5 agent 2\n12 end\n");
    for (size_t i = 0; i < call.n; i++) {
        if (ut_wire_type(call.item[i].record) != UT_WIRE_TURN)
            continue;
        assert_int_equal(ut_wire_unpack_turn(call.item[i].record, &t), 0);
        if (t.kind != UT_TURN_END)
            continue;
        assert_int_equal(t.party, ends == 0 ? UT_CUSTOMER : UT_AGENT);
        assert_int_equal(t.begin_ms, ends == 0 ? 1000 : 5000);
        assert_int_equal(t.end_ms, ends == 0 ? 4000 : 7000);
        ends++;
    }
    assert_int_equal(ends, 2);
    forget();
}

static void scores_say_what_the_script_says(void **state)
{
    (void)state;
    make("call a\n1 customer 4 frustration=0..1 loudness=70 pitch=12\n5 abstain noise\n6 agent 1 level=-30\n8 end\n");
    struct ut_wire_score w = score_at(3000);
    assert_true(ut_wire_speaks(&w, UT_CUSTOMER) && !ut_wire_speaks(&w, UT_AGENT));
    assert_in_range(w.frustration, 126, 129); /* half of the way */
    assert_int_equal(w.customer_loudness, 140);
    assert_int_equal(w.customer_f0, 1 + 4 * 12);
    assert_true(score_at(5000).frustration == 255 && score_at(5000).top[0].contribution > 0);
    w = score_at(5500);
    assert_false(ut_wire_speaks(&w, UT_CUSTOMER));
    assert_int_equal(ut_wire_abstain(&w), 1);
    assert_int_equal(w.customer_f0, 0);
    assert_int_equal(w.frustration, 255); /* it stays */
    w = score_at(6500);
    assert_true(ut_wire_speaks(&w, UT_AGENT) && w.agent_level == 60);
    forget();
}

static void what_the_line_does_has_its_place(void **state)
{
    (void)state;
    size_t lose = 0, garbage = 0, vanish = 0;
    make("call a\n1 lose 2\n1 garbage 9\n2 vanish 0.5\n4 end\n");
    for (size_t i = 0; i < call.n; i++) {
        lose = call.item[i].kind == UT_SIMULATED_LOSE ? i : lose;
        garbage = call.item[i].kind == UT_SIMULATED_GARBAGE ? i : garbage;
        vanish = call.item[i].kind == UT_SIMULATED_VANISH ? i : vanish;
    }
    assert_true(lose > 0 && garbage == lose + 1 && vanish > garbage);
    assert_int_equal(call.item[lose].count, 2);
    assert_int_equal(call.item[lose].t_ms, 1000);
    assert_int_equal(call.item[garbage].count, 9);
    assert_int_equal(call.item[vanish].count, 500);
    forget();
    make("call a\n1 customer 1\n4 lose 3\n4 end\n"); /* in the last moment: the records of the end */
    for (size_t i = 0; i < call.n; i++)
        lose = call.item[i].kind == UT_SIMULATED_LOSE ? i : lose;
    assert_int_equal(call.item[lose].t_ms, 4000);
    assert_int_equal(call.n - lose, 4); /* it, the end of the turn, the last score and status */
    forget();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_in_the_order_of_a_headset), cmocka_unit_test(turns_are_those_of_the_firmware),
        cmocka_unit_test(scores_say_what_the_script_says), cmocka_unit_test(what_the_line_does_has_its_place)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
