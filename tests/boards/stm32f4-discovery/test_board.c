/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up, reset cause, watchdog, button and random numbers against a model of RCC, IWDG, RNG, TIM5 and the ports. */
#include "boards/board.h"
#include "boards/selftest.h"
#include "boards/stm32f4-discovery/board.h"
#include "boards/stm32f4-discovery/clock.h"
#include "boards/stm32f4-discovery/registers.h"
#include "tests/boards/registers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { LSI_HZ = 32000 };

static struct {
    int no_pll, no_settling;
    /* the watchdog, in periods of its own oscillator */
    int running, unlocked;
    uint32_t divider, reload, left;
    /* random numbers: the next word, what is added each time, and the status */
    uint32_t word, step, status;
} chip;

static uint32_t model_read(uint32_t address, uint32_t held)
{
    switch (address) {
    case RCC_CR:
        if (held & RCC_CR_HSEON)
            held |= RCC_CR_HSERDY;
        if ((held & RCC_CR_PLLON) && !chip.no_pll)
            held |= RCC_CR_PLLRDY;
        return held;
    case RCC_CFGR:
        return (held & ~RCC_CFGR_SWS) | (held & RCC_CFGR_SW) << 2;
    case IWDG_SR:
        return chip.no_settling ? 3 : 0;
    case RNG_SR: /* nothing without its clock, or before it is switched on */
        return (ut_model_held(RCC_AHB2ENR) & RCC_AHB2ENR_RNG) && (ut_model_held(RNG_CR) & RNG_CR_RNGEN)
                   ? held | chip.status
                   : 0;
    case RNG_DR:
        chip.word += chip.step;
        return chip.word;
    default:
        return held;
    }
}

static uint32_t model_write(uint32_t address, uint32_t held, uint32_t value)
{
    (void)held;
    switch (address) {
    case RCC_CSR:
        return value & RCC_CSR_RMVF ? 0 : value;
    case IWDG_KR:
        chip.unlocked = value == IWDG_KR_UNLOCK;
        chip.running |= value == IWDG_KR_START;
        if (value == IWDG_KR_RELOAD || value == IWDG_KR_START)
            chip.left = chip.divider * (chip.reload + 1);
        return value;
    case IWDG_PR:
        if (chip.unlocked)
            chip.divider = 4U << value;
        return value;
    case IWDG_RLR:
        if (chip.unlocked)
            chip.reload = value;
        return value;
    default:
        return value;
    }
}

/* Time goes by; when the watchdog's runs out, the chip starts again and knows why. */
static void pass(uint32_t ms)
{
    uint32_t ticks = ms * (LSI_HZ / 1000);
    if (!chip.running)
        return;
    if (ticks < chip.left) {
        chip.left -= ticks;
        return;
    }
    chip.running = 0;
    ut_model_hold(RCC_CSR, RCC_CSR_IWDGRSTF | RCC_CSR_PINRSTF);
}

static int setup(void **state)
{
    (void)state;
    ut_model_clear();
    memset(&chip, 0, sizeof chip);
    chip.divider = 4;
    chip.reload = 0xFFF;
    chip.status = RNG_SR_DRDY;
    chip.word = 99;
    chip.step = 12345;
    ut_model.read = model_read;
    ut_model.write = model_write;
    ut_model_hold(RCC_CR, RCC_CR_HSION);
    ut_model_hold(GPIO_MODER(GPIOA), 0xA8000000U); /* the debugger's pins */
    ut_model_hold(FLASH_CR, FLASH_CR_LOCK);
    return 0;
}

static uint32_t baud(uint32_t uart)
{
    return ut_stm32_apb1_hz / ut_model_held(USART_BRR(uart));
}

static void test_start(void **state)
{
    (void)state;
    assert_int_equal(board_init(), 0);
    assert_int_equal(ut_stm32_apb1_hz, 42000000);
    assert_int_equal(ut_model_held(TIM_PSC(TIM5)), 83);
    assert_in_range(baud(USART2), 115200 * 99 / 100, 115200 * 101 / 100);
    assert_int_equal(ut_model_held(GPIO_MODER(GPIOA)) & 0xFC000000U, 0xA8000000U);
    assert_int_equal(ut_model_held(GPIO_MODER(GPIOA)) >> 4 & 15, 10);       /* PA2, PA3: alternate function */
    assert_int_equal(ut_model_held(GPIO_AFR(GPIOA, 2U)) >> 8 & 0xFF, 0x77); /* 7: USART2 */
    assert_int_equal(ut_model_held(GPIO_MODER(GPIOD)) >> 24, 0x55);         /* PD12 to PD15: lights */
    assert_int_equal(ut_model_held(RNG_CR), RNG_CR_RNGEN);                  /* no interrupt that nobody serves */
    assert_int_equal(ut_model.masked, 0);
}

/* The link works at 16 MHz, so that the headset can be asked; audio does not start. */
static void test_stuck_pll(void **state)
{
    (void)state;
    chip.no_pll = 1;
    assert_int_equal(board_init(), 0);
    assert_int_equal(ut_stm32_apb1_hz, 16000000);
    assert_int_equal(ut_model_held(TIM_PSC(TIM5)), 15);
    assert_in_range(baud(USART2), 115200 * 99 / 100, 115200 * 101 / 100);
    assert_true(board_audio_start(NULL, NULL) < 0);
    assert_true(ut_model.reads < 2000000); /* bounded: below the watchdog's period at 16 MHz */
}

static void test_nothing_is_there(void **state)
{
    (void)state;
    ut_model_clear(); /* every register reads what was written, no ready bit ever comes */
    chip.no_settling = 1;
    assert_int_equal(board_init(), 0);
    assert_int_equal(ut_stm32_apb1_hz, 16000000);
    uint8_t byte;
    assert_true(board_random(&byte, 1) < 0);
}

static void test_reset_cause(void **state)
{
    (void)state;
    static const struct {
        uint32_t flags;
        int cause;
    } cases[] = {
        {RCC_CSR_PINRSTF | RCC_CSR_PORRSTF | RCC_CSR_BORRSTF, BOARD_RESET_POWER},
        {RCC_CSR_PINRSTF, BOARD_RESET_PIN},
        {RCC_CSR_PINRSTF | RCC_CSR_BORRSTF, BOARD_RESET_BROWNOUT},
        {RCC_CSR_PINRSTF | RCC_CSR_SFTRSTF, BOARD_RESET_SOFTWARE},
        {RCC_CSR_PINRSTF | RCC_CSR_IWDGRSTF, BOARD_RESET_WATCHDOG},
        {RCC_CSR_PINRSTF | RCC_CSR_WWDGRSTF, BOARD_RESET_WATCHDOG},
        {0, -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        setup(NULL);
        ut_model_hold(RCC_CSR, cases[i].flags);
        board_init();
        assert_int_equal(ut_model.cause, cases[i].cause);
        assert_int_equal(ut_model_held(RCC_CSR), 0); /* the next reset is told apart */
    }
}

static void test_watchdog(void **state)
{
    (void)state;
    board_init();
    assert_true(chip.running);
    uint32_t period_ms = chip.left / (LSI_HZ / 1000);
    assert_in_range(period_ms, 3900, 4100);
    /* The oscillator is 17 to 47 kHz: the shortest period must outlast an erasure of 2 s. */
    assert_true(chip.left / 47 > 2500);
    for (int i = 0; i < 20; i++) {
        pass(period_ms - 100);
        board_watchdog_feed();
    }
    assert_true(chip.running);
    pass(period_ms + 100);
    assert_false(chip.running);
    board_init();
    assert_int_equal(ut_model.cause, BOARD_RESET_WATCHDOG);
    struct board_crash crash;
    board_crash(&crash);
    assert_int_equal(crash.cause, BOARD_RESET_WATCHDOG);
}

static void press(int down, int looks)
{
    ut_model_hold(GPIO_IDR(GPIOA), (uint32_t)down);
    while (looks-- > 0)
        ut_stm32_muted();
}

static void test_button(void **state)
{
    (void)state;
    board_init();
    for (int i = 0; i < 23; i++) /* bounces */
        press(i & 1, 1);
    assert_false(ut_stm32_muted());
    press(1, 2);
    press(0, 5);
    assert_false(ut_stm32_muted());
    press(1, 10);
    assert_true(ut_stm32_muted());
    assert_int_equal(ut_model_held(GPIO_BSRR(GPIOD)), 1U << 13); /* orange on */
    press(0, 10);
    assert_true(ut_stm32_muted());
    press(1, 10);
    assert_true(ut_stm32_muted()); /* until it is let go */
    press(0, 10);
    assert_false(ut_stm32_muted());
    assert_int_equal(ut_model_held(GPIO_BSRR(GPIOD)), 1U << (13 + 16));
}

static void test_button_answers_a_pairing(void **state)
{
    (void)state;
    board_init();
    assert_int_equal(board_pairing(), BOARD_PAIRING_BUTTON);
    board_pairing_show(123456);
    assert_int_equal(board_pairing_confirmed(), -1);
    press(1, 300);
    assert_int_equal(board_pairing_confirmed(), -1);
    press(1, 5);
    assert_int_equal(board_pairing_confirmed(), 1);
    press(0, 5);
    assert_false(ut_stm32_muted());
    board_pairing_show(BOARD_CODE_HIDE);
    assert_int_equal(board_pairing_confirmed(), -1);
    press(1, 5);
    assert_true(ut_stm32_muted());
}

static int blue_now(void)
{
    ut_stm32_muted();
    return ut_model_held(GPIO_BSRR(GPIOD)) == 1U << 15;
}

/* The blue light says cue or pairing; a short press puts a cue's out, also while it is told again. */
static void test_cue(void **state)
{
    (void)state;
    board_init();
    board_cue(128);
    assert_true(blue_now());
    board_pairing_show(1);
    board_cue(0);
    board_pairing_show(BOARD_CODE_HIDE);
    assert_false(blue_now());
    board_cue(128);
    press(1, 10);
    press(0, 10);
    press(1, 10);
    press(0, 10); /* he speaks again */
    board_cue(128);
    board_cue(132);
    assert_true(blue_now());
    board_cue(0);
    assert_false(blue_now());
}

/* A pairing that asks blinks, also over a cue, and leaves the cue's light as it was. */
static void test_asking_blinks(void **state)
{
    (void)state;
    int lit = 0, changes = 0, last = 1;
    board_init();
    board_cue(128);
    assert_true(blue_now());
    board_pairing_show(0);
    for (int i = 0; i < 200; i++) {
        ut_stm32_muted();
        int now = ut_model_held(GPIO_BSRR(GPIOD)) == 1U << 15;
        lit += now;
        changes += now != last;
        last = now;
    }
    assert_int_equal(lit, 100);
    assert_int_equal(changes, 8);
    board_pairing_show(BOARD_CODE_HIDE);
    ut_stm32_muted();
    assert_int_equal(ut_model_held(GPIO_BSRR(GPIOD)), 1U << 15);
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
            ut_stm32_muted();
            changes += (ut_model_held(GPIO_BSRR(GPIOD)) == 1U << 15) != last;
            last = (ut_model_held(GPIO_BSRR(GPIOD)) == 1U << 15);
        }
        assert_in_range(changes, asks ? 23 : 99, asks ? 25 : 101);
        board_pairing_show(BOARD_CODE_HIDE);
        board_pairing_mode(0);
        ut_stm32_muted();
        assert_true((ut_model_held(GPIO_BSRR(GPIOD)) == 1U << 15));
    }
    board_cue(0);
}

static void test_random(void **state)
{
    (void)state;
    uint8_t bytes[10], zeros[10] = {0};
    memset(bytes, 0, sizeof bytes);
    board_init();
    assert_int_equal(board_random(bytes, 7), 0);
    assert_int_equal(bytes[0] | bytes[1] << 8, 99 + 2 * 12345); /* the first number of all is not used */
    assert_int_equal(bytes[4] | bytes[5] << 8, (99 + 3 * 12345) & 0xFFFF);
    assert_memory_equal(bytes + 7, zeros, 3);
    chip.step = 0;
    assert_true(board_random(bytes, 8) < 0);
    chip.step = 1;
    for (uint32_t error = 1; error <= 6; error++) {
        if (!(RNG_SR_ERRORS >> error & 1))
            continue;
        chip.status = RNG_SR_DRDY | 1U << error;
        assert_true(board_random(bytes, 1) < 0);
    }
    chip.status = 0;
    assert_true(board_random(bytes, 1) < 0);
}

static void test_time(void **state)
{
    (void)state;
    board_init();
    ut_model_hold(TIM_CNT(TIM5), 0xFFFFFFF0U);
    assert_int_equal(board_time_us(), 0xFFFFFFF0U);
    assert_int_equal(ut_model_held(TIM_ARR(TIM5)), 0xFFFFFFFFU);
    assert_int_equal(ut_model_held(TIM_CR1(TIM5)) & TIM_CR1_CEN, TIM_CR1_CEN);
    assert_int_equal(board_battery(), 255);
}

static int sleeps;

static void sleep_thrice(void)
{
    if (++sleeps == 3)
        longjmp(ut_model.away, 2);
}

/* Red light, and no feeding: the watchdog ends it. */
static void test_panic(void **state)
{
    (void)state;
    board_init();
    sleeps = 0;
    ut_model.sleep = sleep_thrice;
    ut_model_hold(IWDG_KR, 0);
    int came = setjmp(ut_model.away);
    if (came == 0)
        board_panic(66, "no audio source");
    assert_int_equal(came, 2);
    assert_int_equal(ut_model_held(GPIO_BSRR(GPIOD)), 1U << 14);
    assert_int_equal(ut_model_held(IWDG_KR), 0);
}

static uint32_t lights;

static uint32_t watch_lights(uint32_t address, uint32_t held, uint32_t value)
{
    (void)held;
    if (address == GPIO_BSRR(GPIOD))
        lights = (lights | (value & 0xFFFF)) & ~(value >> 16);
    return value;
}

/* What the test image asks: the button as it is, all lights, the crystal. */
static void test_of_a_unit(void **state)
{
    (void)state;
    ut_model_hold(GPIO_IDR(GPIOA), 0);
    assert_int_equal(board_test_button(), 0);
    ut_model_hold(GPIO_IDR(GPIOA), 1);
    assert_int_equal(board_test_button(), 1);
    for (int on = 1; on >= 0; on--) {
        lights = on ? 0 : 0xF000;
        ut_model.write = watch_lights;
        board_test_lights(on);
        ut_model.write = NULL;
        assert_int_equal(lights, on ? 0xF000 : 0);
    }
    static const uint32_t not_the_crystal[][3] = {
        {0, 0, 0}, {8, 0, 1U << 22}, {8, 1U << 17, 0}, {0, 1U << 17, 1U << 22}};
    ut_model.read = NULL;
    for (unsigned i = 0; i <= 4; i++) {
        ut_model_hold(RCC_CFGR, i < 4 ? not_the_crystal[i][0] : 8);
        ut_model_hold(RCC_CR, i < 4 ? not_the_crystal[i][1] : 1U << 17);
        ut_model_hold(RCC_PLLCFGR, i < 4 ? not_the_crystal[i][2] : 1U << 22);
        assert_int_equal(board_test_crystal(), i == 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_start, setup),
        cmocka_unit_test_setup(test_stuck_pll, setup),
        cmocka_unit_test_setup(test_nothing_is_there, setup),
        cmocka_unit_test_setup(test_reset_cause, setup),
        cmocka_unit_test_setup(test_watchdog, setup),
        cmocka_unit_test_setup(test_button, setup),
        cmocka_unit_test_setup(test_of_a_unit, setup),
        cmocka_unit_test_setup(test_button_answers_a_pairing, setup),
        cmocka_unit_test_setup(test_cue, setup),
        cmocka_unit_test_setup(test_asking_blinks, setup),
        cmocka_unit_test_setup(test_a_wish, setup),
        cmocka_unit_test_setup(test_pairing_mode_blinks, setup),
        cmocka_unit_test_setup(test_random, setup),
        cmocka_unit_test_setup(test_time, setup),
        cmocka_unit_test_setup(test_panic, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
