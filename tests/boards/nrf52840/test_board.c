/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up, reset cause, watchdog, button and random numbers against a model of CLOCK, POWER, WDT, RNG, TIMER1, GPIO.
 */
#include "boards/board.h"
#include "boards/cortexm/crash.h"
#include "boards/nrf52840/board.h"
#include "boards/nrf52840/pins.h"
#include "boards/nrf52840/registers.h"
#include "boards/selftest.h"
#include "tests/boards/registers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { BUTTON = 43 };

static struct {
    int no_crystal;
    uint32_t now_us, left; /* ticks of 32,768 Hz until the watchdog bites */
    int watchdog_runs;
    int no_random, step, value;
    int random_runs, looked; /* reads since the last number */
    uint32_t out[2];         /* levels of the pins' outputs */
} chip;

static uint32_t model_read(uint32_t address, uint32_t held)
{
    if (address == CLOCK_EVENTS_HFCLKSTARTED)
        return ut_model_held(CLOCK_TASKS_HFCLKSTART) && !chip.no_crystal;
    if (address == RNG_EVENTS_VALRDY && !held && chip.random_runs && !chip.no_random && ++chip.looked % 8 == 0) {
        chip.value = (chip.value + chip.step) & 0xFF;
        ut_model_hold(RNG_EVENTS_VALRDY, 1);
        return 1;
    }
    if (address == RNG_VALUE)
        return (uint32_t)chip.value;
    return held;
}

static uint32_t model_write(uint32_t address, uint32_t held, uint32_t value)
{
    for (unsigned k = 0; k < 4; k++)
        if (address == TIMER1_TASKS_CAPTURE(k))
            ut_model_hold(TIMER1_CC(k), chip.now_us);
    switch (address) {
    case 0x50000508U:
        chip.out[0] |= value;
        return value;
    case 0x5000050CU:
        chip.out[0] &= ~value;
        return value;
    case 0x50000808U:
        chip.out[1] |= value;
        return value;
    case 0x5000080CU:
        chip.out[1] &= ~value;
        return value;
    case POWER_RESETREAS:
        return held & ~value;
    case RNG_TASKS_START:
        chip.random_runs = 1;
        return value;
    case RNG_TASKS_STOP:
        chip.random_runs = 0;
        return value;
    case WDT_TASKS_START:
        if (!chip.watchdog_runs)
            chip.left = ut_model_held(WDT_CRV) + 1;
        chip.watchdog_runs = 1;
        return value;
    case WDT_CRV:
    case WDT_CONFIG:
        return chip.watchdog_runs ? held : value; /* locked while it runs */
    case WDT_RR0:
        if (value == 0x6E524635U && chip.watchdog_runs)
            chip.left = ut_model_held(WDT_CRV) + 1;
        return value;
    default:
        return value;
    }
}

static int setup(void **state)
{
    (void)state;
    ut_model_clear();
    memset(&chip, 0, sizeof chip);
    chip.step = 37;
    ut_model.read = model_read;
    ut_model.write = model_write;
    ut_model_hold(GPIO_IN(BUTTON), 1U << BUTTON % 32); /* up */
    return 0;
}

static void pass(uint32_t ms)
{
    uint32_t ticks = (uint32_t)((uint64_t)ms * 32768 / 1000);
    if (!chip.watchdog_runs)
        return;
    if (ticks < chip.left) {
        chip.left -= ticks;
        return;
    }
    chip.watchdog_runs = 0;
    ut_model_hold(POWER_RESETREAS, POWER_RESETREAS_DOG);
}

static void test_start(void **state)
{
    (void)state;
    assert_int_equal(board_init(), 0);
    assert_int_equal(ut_model_held(CLOCK_TASKS_HFCLKSTART), 1);
    assert_int_equal(ut_model_held(NVMC_ICACHECNF), 1);
    assert_int_equal(ut_model_held(POWER_DCDCEN), 1);
    assert_int_equal(ut_model_held(TIMER1_BITMODE), 3);
    assert_int_equal(ut_model_held(TIMER1_PRESCALER), 4);
    assert_int_equal(ut_model_held(TIMER1_TASKS_START), 1);
    assert_int_equal(chip.out[0] >> 13 & 7, 7); /* all lights off */
    assert_int_equal(chip.out[1] >> 15 & 1, 1);
    for (uint32_t pin = 13; pin <= 15; pin++)
        assert_int_equal(ut_model_held(0x50000700U + 4 * pin), 3);
    assert_int_equal(ut_model_held(0x50000A00U + 4 * 15), 3);
    assert_int_equal(ut_model_held(0x50000A00U + 4 * 11), 0xC);
    assert_int_equal(ut_model_held(0xE000E400U + IRQ_WDT) & 0xFF, 0); /* before everything else */
    assert_false(ut_model.masked);
}

static void test_stuck_crystal(void **state)
{
    (void)state;
    chip.no_crystal = 1;
    assert_int_equal(board_init(), 0);
    assert_true(ut_model.reads < 300000);
}

static void test_reset_cause(void **state)
{
    (void)state;
    static const struct {
        uint32_t flags;
        int cause;
    } cases[] = {
        {0, BOARD_RESET_POWER},    {1, BOARD_RESET_PIN},   {1 | 2 | 4, BOARD_RESET_PIN},  {2, BOARD_RESET_WATCHDOG},
        {4, BOARD_RESET_SOFTWARE}, {8, BOARD_RESET_FAULT}, {2 | 4, BOARD_RESET_WATCHDOG}, {1U << 16, BOARD_RESET_POWER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        setup(NULL);
        ut_model_hold(POWER_RESETREAS, cases[i].flags);
        board_init();
        assert_int_equal(ut_model.cause, cases[i].cause);
        assert_int_equal(ut_model_held(POWER_RESETREAS), 0);
    }
}

static void test_watchdog(void **state)
{
    (void)state;
    board_init();
    assert_true(chip.watchdog_runs);
    assert_int_equal(chip.left, 4 * 32768);
    assert_int_equal(ut_model_held(WDT_INTENSET), 1);
    for (int i = 0; i < 20; i++) {
        pass(3900);
        board_watchdog_feed();
    }
    assert_true(chip.watchdog_runs);
    board_init(); /* after a reset that the watchdog survives: it is locked, and fed */
    pass(3900);
    assert_true(chip.watchdog_runs);
    pass(200);
    assert_false(chip.watchdog_runs);
    board_init();
    assert_int_equal(ut_model.cause, BOARD_RESET_WATCHDOG);
}

static void press(int down, int looks)
{
    ut_model_hold(GPIO_IN(BUTTON), (uint32_t)!down << BUTTON % 32);
    while (looks-- > 0)
        ut_nrf_muted();
}

static int lit(int led)
{
    return !(chip.out[led / 32] >> led % 32 & 1);
}

static int lit_now(void)
{
    ut_nrf_muted();
    return lit(15);
}

static void test_button(void **state)
{
    (void)state;
    board_init();
    for (int i = 0; i < 23; i++) /* bounces */
        press(i & 1, 1);
    press(1, 2);
    press(0, 5);
    assert_false(ut_nrf_muted());
    press(1, 10);
    assert_true(ut_nrf_muted());
    assert_true(lit(14));
    press(0, 10);
    press(1, 10);
    assert_true(ut_nrf_muted()); /* until it is let go */
    press(0, 10);
    assert_false(ut_nrf_muted());
    assert_false(lit(14));
    assert_int_equal(board_pairing(), BOARD_PAIRING_BUTTON);
    board_pairing_show(1);
    assert_int_equal(board_pairing_confirmed(), -1);
    press(1, 305);
    assert_int_equal(board_pairing_confirmed(), 1);
    assert_false(ut_nrf_muted());
    board_pairing_show(BOARD_CODE_HIDE);
    assert_false(lit_now());
    board_cue(128);
    assert_true(lit_now());
    board_pairing_show(1);
    board_cue(0);
    board_pairing_show(BOARD_CODE_HIDE);
    assert_false(lit_now());
    press(0, 10);
    board_cue(128);
    assert_true(lit_now());
    press(1, 10);
    assert_true(lit_now());
    press(0, 10); /* a short press puts it out, also while it is told again */
    board_cue(128);
    assert_false(lit_now());
    board_cue(132);
    assert_true(lit_now());
}

/* A pairing that asks blinks, also over a cue, and leaves the cue's light as it was. */
static void test_asking_blinks(void **state)
{
    (void)state;
    int bright = 0, changes = 0, last = 1;
    board_init();
    board_cue(128);
    assert_true(lit_now());
    board_pairing_show(0);
    for (int i = 0; i < 200; i++) {
        ut_nrf_muted();
        bright += lit(15);
        changes += lit(15) != last;
        last = lit(15);
    }
    assert_int_equal(bright, 100);
    assert_int_equal(changes, 8);
    board_pairing_show(BOARD_CODE_HIDE);
    ut_nrf_muted();
    assert_true(lit(15));
}

static void test_a_wish(void **state)
{
    (void)state;
    board_init();
    press(1, 305);
    press(0, 10);
    assert_int_equal(board_wish(), BOARD_WISH_PAIR);
    assert_int_equal(board_wish(), BOARD_WISH_NONE);
}

/* Pairing mode blinks eight times a second, a pairing that asks twice, and the cue's light is as it was behind both. */
static void test_pairing_mode_blinks(void **state)
{
    (void)state;
    board_init();
    board_cue(128);
    for (int asks = 0; asks < 2; asks++) {
        int changes = 0, last = 1;
        board_pairing_mode(1);
        if (asks)
            board_pairing_show(0);
        for (int i = 0; i < 600; i++) {
            ut_nrf_muted();
            changes += lit(15) != last;
            last = lit(15);
        }
        assert_in_range(changes, asks ? 23 : 99, asks ? 25 : 101);
        board_pairing_show(BOARD_CODE_HIDE);
        board_pairing_mode(0);
        ut_nrf_muted();
        assert_true(lit(15));
    }
    board_cue(0);
}

static void test_random(void **state)
{
    (void)state;
    uint8_t bytes[10], zeros[10] = {0};
    memset(bytes, 0, sizeof bytes);
    board_init();
    assert_int_equal(ut_model_held(RNG_CONFIG), 1);
    assert_int_equal(board_random(bytes, 7), 0);
    assert_memory_not_equal(bytes, zeros, 7);
    assert_memory_equal(bytes + 7, zeros, 3);
    assert_false(chip.random_runs);
    chip.step = 0; /* as the last one: with it five alike may be, six may not */
    assert_int_equal(board_random(bytes, 4), 0);
    assert_true(board_random(bytes, 1) < 0);
    assert_true(board_random(bytes, 10) < 0);
    chip.step = 1;
    assert_int_equal(board_random(bytes, 10), 0);
    chip.no_random = 1;
    assert_true(board_random(bytes, 1) < 0);
    assert_false(chip.random_runs);
}

static void test_time(void **state)
{
    (void)state;
    board_init();
    chip.now_us = 0xFFFFFFF0U;
    assert_int_equal(board_time_us(), 0xFFFFFFF0U);
    chip.now_us = 5;
    assert_int_equal(ut_nrf_time_us(1), 5);
    assert_int_equal(ut_model_held(TIMER1_CC(0)), 0xFFFFFFF0U); /* the interrupt leaves the main loop's alone */
    assert_int_equal(board_battery(), 255);
}

static int sleeps;

static void sleep_thrice(void)
{
    if (++sleeps == 3)
        longjmp(ut_model.away, 2);
}

static void test_panic(void **state)
{
    (void)state;
    board_init();
    sleeps = 0;
    ut_model.sleep = sleep_thrice;
    ut_model_hold(WDT_RR0, 0);
    int came = setjmp(ut_model.away);
    if (came == 0)
        board_panic(66, "no audio source");
    assert_int_equal(came, 2);
    assert_true(lit(47));
    assert_int_equal(ut_model_held(WDT_RR0), 0);
}

/* The record of a fault goes into a reset by hand, that of the watchdog's warning waits for its bite. */
static void test_the_bite_is_awaited(void **state)
{
    (void)state;
    const struct board_crash fault = {.cause = BOARD_RESET_FAULT}, warning = {.cause = BOARD_RESET_WATCHDOG};
    sleeps = 0;
    ut_model.sleep = sleep_thrice;
    ut_cortexm_crashed(&fault);
    assert_int_equal(sleeps, 0);
    int came = setjmp(ut_model.away);
    if (came == 0)
        ut_cortexm_crashed(&warning);
    assert_int_equal(came, 2);
}

/* What the test image asks: the button as it is, all lights, the crystal. */
static void test_of_a_unit(void **state)
{
    (void)state;
    assert_int_equal(board_init(), 0);
    ut_model_hold(GPIO_IN(ut_nrf_pins.button), UINT32_MAX);
    assert_int_equal(board_test_button(), 0);
    ut_model_hold(GPIO_IN(ut_nrf_pins.button), ~(1U << ut_nrf_pins.button % 32));
    assert_int_equal(board_test_button(), 1);
    for (int on = 1; on >= 0; on--) {
        board_test_lights(on);
        for (int light = 0; light < UT_NRF_LIGHTS; light++)
            assert_int_equal(chip.out[ut_nrf_pins.light[light] / 32] >> ut_nrf_pins.light[light] % 32 & 1, !on);
    }
    static const uint32_t not_the_crystal[] = {0, 1U << 16, 1};
    for (unsigned i = 0; i < 3; i++) {
        ut_model_hold(CLOCK_HFCLKSTAT, not_the_crystal[i]);
        assert_int_equal(board_test_crystal(), 0);
    }
    ut_model_hold(CLOCK_HFCLKSTAT, 1U << 16 | 1);
    assert_int_equal(board_test_crystal(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_start, setup),
        cmocka_unit_test_setup(test_stuck_crystal, setup),
        cmocka_unit_test_setup(test_reset_cause, setup),
        cmocka_unit_test_setup(test_watchdog, setup),
        cmocka_unit_test_setup(test_button, setup),
        cmocka_unit_test_setup(test_of_a_unit, setup),
        cmocka_unit_test_setup(test_asking_blinks, setup),
        cmocka_unit_test_setup(test_a_wish, setup),
        cmocka_unit_test_setup(test_pairing_mode_blinks, setup),
        cmocka_unit_test_setup(test_random, setup),
        cmocka_unit_test_setup(test_time, setup),
        cmocka_unit_test_setup(test_panic, setup),
        cmocka_unit_test_setup(test_the_bite_is_awaited, setup),

    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
