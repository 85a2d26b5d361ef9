/* SPDX-License-Identifier: Apache-2.0 */
/* The microphones against a model of the PDM peripheral: it latches the address at each start of a block. */
#include "boards/board.h"
#include "boards/cortexm/idle.h"
#include "boards/nrf52840/audio.h"
#include "boards/nrf52840/board.h"
#include "boards/nrf52840/registers.h"
#include "tests/boards/registers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { FRAMES = 160, BLOCK_US = 10000, BUTTON = 43 };

static struct {
    int dead;
    uint32_t now_us;
    volatile int16_t *filling; /* where the block under way goes */
    int16_t number;            /* of that block: left samples are it, right ones its negative */
} chip;

static struct {
    int blocks, lost;
    int16_t last, right;
    int torn; /* samples of two blocks in one */
} got;

static void begin_block(void)
{
    chip.filling = ut_model_pointer(ut_model_held(PDM_SAMPLE_PTR));
    chip.number++;
    assert_int_equal(ut_model_held(PDM_SAMPLE_MAXCNT), 2 * FRAMES);
    for (int i = 0; i < FRAMES / 2; i++) { /* the first half comes at once, so that a block under way is seen as torn */
        chip.filling[2 * i] = chip.number;
        chip.filling[2 * i + 1] = (int16_t)-chip.number;
    }
    ut_model_hold(PDM_EVENTS_STARTED, 1);
}

static void end_block(void)
{
    for (int i = FRAMES / 2; i < FRAMES; i++) {
        chip.filling[2 * i] = chip.number;
        chip.filling[2 * i + 1] = (int16_t)-chip.number;
    }
    chip.now_us += BLOCK_US;
    ut_model_hold(PDM_EVENTS_END, 1);
}

static uint32_t model_write(uint32_t address, uint32_t held, uint32_t value)
{
    (void)held;
    for (unsigned k = 0; k < 4; k++)
        if (address == TIMER1_TASKS_CAPTURE(k))
            ut_model_hold(TIMER1_CC(k), chip.now_us);
    if (address == PDM_TASKS_START && !chip.dead) {
        assert_int_equal(ut_model_held(PDM_ENABLE), 1);
        assert_int_equal(ut_model_held(GPIO_PIN_CNF(ut_nrf_pins.microphone_clock)), GPIO_OUTPUT);
        assert_int_equal(ut_model_held(GPIO_PIN_CNF(ut_nrf_pins.microphone_data)), GPIO_INPUT);
        begin_block();
    }
    return value;
}

static void take(void *ctx, const int16_t *pairs, size_t frames)
{
    assert_ptr_equal(ctx, &got);
    assert_int_equal(frames, FRAMES);
    if (pairs == NULL) {
        got.lost++;
        return;
    }
    got.blocks++;
    got.last = pairs[0];
    got.right = pairs[1];
    for (int i = 1; i < FRAMES; i++)
        got.torn += pairs[2 * i] != pairs[0] || pairs[2 * i + 1] != pairs[1];
}

static int setup(void **state)
{
    (void)state;
    ut_model_clear();
    memset(&chip, 0, sizeof chip);
    memset(&got, 0, sizeof got);
    chip.now_us = 0xFFFFFF00U; /* time wraps under way */
    ut_model.write = model_write;
    ut_model_hold(GPIO_PIN_CNF(ut_nrf_pins.microphone_data), 2); /* after a reset: not connected */
    ut_model_hold(GPIO_IN(BUTTON), 1U << BUTTON % 32);
    for (int i = 0; ut_nrf_muted(); i++) /* a test before may have left it so */
        ut_model_hold(GPIO_IN(BUTTON), (uint32_t)(i / 4 % 2) << BUTTON % 32);
    ut_model_hold(GPIO_IN(BUTTON), 1U << BUTTON % 32);
    return board_audio_start(take, &got);
}

static void test_start(void **state)
{
    (void)state;
    assert_int_equal(ut_model_held(PDM_PDMCLKCTRL), 0x0A000000); /* 32 MHz / 25 = 1.28 MHz; / 80 = 16 kHz */
    assert_int_equal(ut_model_held(PDM_RATIO), 1);
    assert_int_equal(ut_model_held(PDM_MODE), 0);
    assert_int_equal(ut_model_held(PDM_PSEL_CLK), 40);
    assert_int_equal(ut_model_held(0x50000A00U + 4 * 8), 3); /* P1.08 drives, low while the PDM is off */
    assert_int_equal(ut_model_held(0x5000080CU), 1U << 8);
    assert_int_equal(ut_model_held(PDM_PSEL_DIN), 27);
    assert_int_equal(ut_model_held(PDM_INTENSET), 5);
    assert_ptr_not_equal(ut_model_pointer(ut_model_held(PDM_SAMPLE_PTR)), chip.filling); /* the other one is promised */
}

static void test_stuck(void **state)
{
    (void)state;
    ut_model_hold(PDM_EVENTS_STARTED, 0);
    chip.dead = 1;
    assert_true(board_audio_start(take, &got) < 0);
    assert_int_equal(ut_model_held(PDM_ENABLE), 0);
}

static void test_in_order(void **state)
{
    (void)state;
    for (int i = 1; i <= 50; i++) {
        end_block();
        begin_block();
        ut_nrf_audio_irq();
        assert_int_equal(got.last, i);
        assert_int_equal(got.right, -i); /* the agent's is the right one */
    }
    assert_int_equal(got.blocks, 50);
    assert_int_equal(got.lost + got.torn, 0);
    assert_true(ut_cortexm_event);
}

/* The interrupt comes between the end of a block and the start of the next. */
static void test_end_and_start_apart(void **state)
{
    (void)state;
    for (int i = 1; i <= 20; i++) {
        end_block();
        ut_nrf_audio_irq();
        assert_int_equal(got.last, i);
        begin_block();
        ut_nrf_audio_irq();
        ut_nrf_audio_irq(); /* and one for nothing */
    }
    assert_int_equal(got.blocks, 20);
    assert_int_equal(got.lost + got.torn, 0);
}

static void test_late(void **state)
{
    (void)state;
    for (int late = 1; late < 200; late += 33) {
        int blocks = got.blocks, lost = got.lost;
        for (int i = 0; i <= late; i++) {
            end_block();
            begin_block();
        }
        ut_nrf_audio_irq();
        assert_int_equal(got.blocks, blocks + 1);
        assert_int_equal(got.lost, lost + late);
        end_block();
        begin_block();
        ut_nrf_audio_irq();
        assert_int_equal(got.blocks, blocks + 2);
        assert_int_equal(got.last, chip.number - 1); /* back in step */
        assert_int_equal(got.lost, lost + late);
    }
    assert_int_equal(got.torn, 0);
}

static void test_mute(void **state)
{
    (void)state;
    ut_model_hold(GPIO_IN(BUTTON), 0);
    for (int i = 0; i < 5; i++) {
        end_block();
        begin_block();
        ut_nrf_audio_irq();
    }
    assert_int_equal(got.last, 5);
    assert_int_equal(got.right, 0);
    assert_int_equal(got.torn, 0);
}

static void test_stop(void **state)
{
    (void)state;
    board_audio_stop();
    assert_int_equal(ut_model_held(PDM_TASKS_STOP), 1);
    assert_int_equal(ut_model_held(PDM_INTENCLR), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_start, setup),    cmocka_unit_test_setup(test_stuck, setup),
        cmocka_unit_test_setup(test_in_order, setup), cmocka_unit_test_setup(test_end_and_start_apart, setup),
        cmocka_unit_test_setup(test_late, setup),     cmocka_unit_test_setup(test_mute, setup),
        cmocka_unit_test_setup(test_stop, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
