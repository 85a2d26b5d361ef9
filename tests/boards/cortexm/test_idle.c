/* SPDX-License-Identifier: Apache-2.0 */
/* Sleep: an interrupt that came since the last call is not slept over, nor is one that comes on the way to sleep. */
#include "boards/board.h"
#include "boards/cortexm/idle.h"
#include "tests/boards/registers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int sleeps, masked;

static void fall_asleep(void)
{
    sleeps++;
    masked = ut_model.masked;
}

static int setup(void **state)
{
    (void)state;
    ut_model_clear();
    ut_model.sleep = fall_asleep;
    sleeps = masked = ut_cortexm_event = 0;
    return 0;
}

static void test_nothing_came(void **state)
{
    (void)state;
    board_idle();
    assert_int_equal(sleeps, 1);
    assert_true(masked); /* from the look to the sleep */
    assert_false(ut_model.masked);
}

static void test_an_interrupt_came(void **state)
{
    (void)state;
    ut_cortexm_event = 1;
    board_idle();
    assert_int_equal(sleeps, 0);
    assert_int_equal(ut_cortexm_event, 0);
    assert_false(ut_model.masked);
    board_idle();
    assert_int_equal(sleeps, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_nothing_came, setup),
        cmocka_unit_test_setup(test_an_interrupt_came, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
