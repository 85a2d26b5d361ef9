/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/spoken.h"

#include "firmware/turns.h"
#include "firmware/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 8, LONGEST = 10000 };

static struct ut_spoken s;

/* Speech of one party after another's, {party, begin, end}; cut into s. */
static void cut(const uint32_t (*speech)[3], size_t n)
{
    uint8_t record[MOST * UT_WIRE_RECORD_BYTES];
    for (size_t i = 0; i < n; i++) {
        struct ut_wire_turn t = {.t_ms = speech[i][2] + 200,
                                 .kind = UT_TURN_IPU_END,
                                 .party = (uint8_t)speech[i][0],
                                 .begin_ms = speech[i][1],
                                 .end_ms = speech[i][2]};
        ut_wire_pack_turn(record + i * UT_WIRE_RECORD_BYTES, 0, &t);
    }
    memset(&s, 0, sizeof s);
    assert_int_equal(ut_spoken_cut(&s, 7, &(struct ut_records){.record = record, .n = n}, LONGEST), 0);
}

static void is(size_t i, int64_t begin_ms, int64_t end_ms)
{
    assert_true(i < s.n);
    assert_int_equal(s.stretch[i].recording, 7);
    assert_int_equal(s.stretch[i].begin_ms, begin_ms);
    assert_int_equal(s.stretch[i].end_ms, end_ms);
}

static void near_speech_is_one_stretch(void **state)
{
    (void)state;
    static const uint32_t speech[][3] = {{UT_CUSTOMER, 1000, 2000},  {UT_AGENT, 2000, 4500},
                                         {UT_CUSTOMER, 5000, 6000},  {UT_CUSTOMER, 9010, 9900},
                                         {UT_CUSTOMER, 9950, 12000}, {UT_CUSTOMER, 15000, 19000}};
    cut(speech, 6);
    assert_int_equal(s.n, 2);
    is(0, 1000, 6000);
    is(1, 9010, 19000);
    ut_spoken_free(&s);
}

static void none_is_longer_than_was_asked_for(void **state)
{
    (void)state;
    static const uint32_t speech[][3] = {
        {UT_CUSTOMER, 0, 6000}, {UT_CUSTOMER, 6500, 10010}, {UT_CUSTOMER, 20000, 45000}};
    cut(speech, 3);
    assert_int_equal(s.n, 5);
    is(0, 0, 6000);
    is(1, 6500, 10010);
    is(2, 20000, 30000);
    is(3, 30000, 40000);
    is(4, 40000, 45000);
    ut_spoken_free(&s);
}

static void what_is_hardly_speech_is_left_out(void **state)
{
    (void)state;
    static const uint32_t speech[][3] = {
        {UT_CUSTOMER, 0, 990}, {UT_CUSTOMER, 5000, 5500}, {UT_CUSTOMER, 6000, 6500}, {UT_AGENT, 9000, 19000}};
    cut(speech, 4);
    assert_int_equal(s.n, 1);
    is(0, 5000, 6500);
    ut_spoken_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(near_speech_is_one_stretch),
        cmocka_unit_test(none_is_longer_than_was_asked_for),
        cmocka_unit_test(what_is_hardly_speech_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
