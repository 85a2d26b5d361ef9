/* SPDX-License-Identifier: Apache-2.0 */
/* The two converters against a model of their DMA streams: 640 words each per half, that the test makes up. */
#include "boards/board.h"
#include "boards/cortexm/idle.h"
#include "boards/pdm/pdm.h"
#include "boards/stm32f4-discovery/audio.h"
#include "boards/stm32f4-discovery/board.h"
#include "boards/stm32f4-discovery/clock.h"
#include "boards/stm32f4-discovery/registers.h"
#include "tests/boards/registers.h"
#include "tests/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { FRAMES = 160, HALF = 640, MIC = 3, LINE = 0, MIC_FLAGS = 22, BLOCK_US = 10000 };

static struct {
    int no_pll;
    unsigned order, timer_at, i2s_at, adc_at; /* when each was switched on */
    uint32_t random;
    unsigned phase; /* halves gone by since the streams started */
    struct ut_pdm microphone;
    struct ut_pdm_fir line;
    int16_t expected[2 * FRAMES];
} chip;

static struct {
    int blocks, lost, wrong;
    int16_t pairs[2 * FRAMES];
} got;

static uint32_t model_read(uint32_t address, uint32_t held)
{
    if (address == RCC_CR && (held & RCC_CR_PLLI2SON) && !chip.no_pll)
        return held | RCC_CR_PLLI2SRDY;
    if (address == SPI2_DR)
        ut_model_hold(SPI2_SR, 0);
    return held;
}

static uint32_t model_write(uint32_t address, uint32_t held, uint32_t value)
{
    if (address == TIM_CR1(TIM8) && (value & TIM_CR1_CEN))
        chip.timer_at = ++chip.order;
    if (address == SPI2_I2SCFGR && (value & SPI_I2SCFGR_I2SE))
        chip.i2s_at = ++chip.order;
    if (address == ADC1_CR2 && (value & ADC_CR2_ADON))
        chip.adc_at = ++chip.order;
    if (address == DMA_LIFCR(DMA1) || address == DMA_LIFCR(DMA2))
        ut_model_hold(address - 8, ut_model_held(address - 8) & ~value);
    if ((address == DMA_SNDTR(DMA1, MIC) || address == DMA_SNDTR(DMA2, LINE))) {
        uint32_t cr = address - 4;
        assert_false(ut_model_held(cr) & DMA_SCR_EN); /* RM0090: written only while the stream is off */
        chip.phase = 0;
    }
    (void)held;
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
    memcpy(got.pairs, pairs, sizeof got.pairs);
    got.wrong += memcmp(pairs, chip.expected, sizeof got.pairs) != 0;
}

static void pass_us(uint32_t us)
{
    ut_model_hold(TIM_CNT(TIM5), ut_model_held(TIM_CNT(TIM5)) + us);
}

static int setup(void **state)
{
    (void)state;
    ut_model_clear();
    memset(&chip, 0, sizeof chip);
    memset(&got, 0, sizeof got);
    chip.random = 5;
    ut_model.read = model_read;
    ut_model.write = model_write;
    ut_stm32_apb1_hz = UT_STM32_APB1_HZ;
    ut_pdm_init(&chip.microphone);
    ut_pdm_fir_init(&chip.line);
    while (ut_stm32_muted()) /* a test before may have left it so */
        for (int i = 0; i < 8; i++) {
            ut_model_hold(GPIO_IDR(GPIOA), i < 4);
            ut_stm32_muted();
        }
    ut_model_hold(TIM_CNT(TIM5), 0xFFFFFF00U); /* time wraps under way */
    return board_audio_start(take, &got);
}

/* The streams fill the next half; both have gone on to the one after. */
static void fill_half(void)
{
    unsigned half = chip.phase++ % 2;
    volatile uint16_t *mic = ut_model_pointer(ut_model_held(DMA_SM0AR(DMA1, MIC)));
    volatile uint16_t *adc = ut_model_pointer(ut_model_held(DMA_SM0AR(DMA2, LINE)));
    for (int i = 0; i < HALF; i++) {
        mic[half * HALF + (unsigned)i] = (uint16_t)ut_signal_random(&chip.random);
        adc[half * HALF + (unsigned)i] = (uint16_t)ut_signal_random(&chip.random) & 0xFFF0;
    }
    ut_model_hold(DMA_SNDTR(DMA1, MIC), half == 0 ? HALF : 2 * HALF);
    ut_model_hold(DMA_SNDTR(DMA2, LINE), half == 0 ? HALF - 1 : 2 * HALF - 1); /* it runs ahead */
    ut_model_hold(DMA_LISR(DMA1), ut_model_held(DMA_LISR(DMA1)) | (uint32_t)(half == 0 ? DMA_HTIF : DMA_TCIF)
                                                                      << MIC_FLAGS);
    pass_us(BLOCK_US);
}

/* What the filters make of the half filled last. */
static void expect_it(void)
{
    unsigned half = (chip.phase - 1) % 2;
    volatile uint16_t *mic = ut_model_pointer(ut_model_held(DMA_SM0AR(DMA1, MIC)));
    volatile uint16_t *adc = ut_model_pointer(ut_model_held(DMA_SM0AR(DMA2, LINE)));
    ut_pdm_fir_take(&chip.line, adc + half * HALF, FRAMES, chip.expected, 2);
    ut_pdm_take(&chip.microphone, mic + half * HALF, FRAMES, chip.expected + 1, 2);
}

static void one_block(void)
{
    fill_half();
    expect_it();
    ut_stm32_audio_irq();
}

static void test_start(void **state)
{
    (void)state;
    uint32_t pll = ut_model_held(RCC_PLLI2SCFGR), i2s = ut_model_held(SPI2_I2SPR);
    double clock = 1e6 * (pll >> 6 & 511) / (pll >> 28 & 7) / (2 * (i2s & 0xFF) + (i2s >> 8 & 1));
    assert_true(clock == 1024000.0);
    assert_in_range(pll >> 6 & 511, 192, 432);
    assert_true(168e6 / (ut_model_held(TIM_ARR(TIM8)) + 1) / (ut_model_held(TIM_PSC(TIM8)) + 1) == 64000.0);
    /* The converter is on first, the timer starts before the microphone's clock, and its first conversion is over (3.2
     * us) before the microphone's first word (15.6 us). */
    assert_true(chip.adc_at < chip.timer_at && chip.timer_at < chip.i2s_at);
    double first_us = (ut_model_held(TIM_ARR(TIM8)) + 1 - ut_model_held(TIM_CNT(TIM8))) / 168.0;
    assert_true(first_us > 3.0 && first_us + 3.3 < 15.0);
    assert_int_equal(ut_model_held(ADC1_CR2) >> 24 & 15, 14); /* TIM8_TRGO */
    uint32_t mic = ut_model_held(DMA_SCR(DMA1, MIC)), line = ut_model_held(DMA_SCR(DMA2, LINE));
    assert_int_equal(mic >> 25, 0); /* RM0090, tables 42 and 43: channel 0 is SPI2_RX, and ADC1 */
    assert_int_equal(line >> 25, 0);
    assert_int_equal(mic & (DMA_SCR_EN | DMA_SCR_CIRC | DMA_SCR_MINC | DMA_SCR_HTIE | DMA_SCR_TCIE | 0x6800),
                     DMA_SCR_EN | DMA_SCR_CIRC | DMA_SCR_MINC | DMA_SCR_HTIE | DMA_SCR_TCIE | 0x2800);
    assert_int_equal(ut_model_held(DMA_SPAR(DMA1, MIC)), 0x4000380C);
    assert_int_equal(ut_model_held(DMA_SPAR(DMA2, LINE)), 0x4001204C);
    assert_int_equal(ut_model_held(DMA_SNDTR(DMA1, MIC)), 2 * HALF);
    assert_int_equal(ut_model_held(GPIO_MODER(GPIOA)) >> 2 & 3, 3);     /* PA1: analog */
    assert_int_equal(ut_model_held(GPIO_AFR(GPIOB, 10U)) >> 8 & 15, 5); /* PB10: I2S2_CK */
    assert_int_equal(ut_model_held(GPIO_AFR(GPIOC, 3U)) >> 12 & 15, 5); /* PC3: I2S2_SD */
    assert_false(ut_model.masked);
}

static void test_stuck_pll(void **state)
{
    (void)state;
    ut_model_hold(RCC_CR, 0);
    chip.no_pll = 1;
    chip.i2s_at = 0;
    assert_true(board_audio_start(take, &got) < 0);
    assert_int_equal(chip.i2s_at, 0);
}

static void test_in_order(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++)
        one_block();
    assert_int_equal(got.blocks, 50);
    assert_int_equal(got.wrong, 0);
    assert_int_equal(got.lost, 0);
    assert_true(ut_cortexm_event);
}

static void test_customer_is_the_line(void **state)
{
    (void)state;
    volatile uint16_t *adc = ut_model_pointer(ut_model_held(DMA_SM0AR(DMA2, LINE)));
    volatile uint16_t *mic = ut_model_pointer(ut_model_held(DMA_SM0AR(DMA1, MIC)));
    for (int k = 0; k < 3; k++) {
        fill_half();
        for (int i = 0; i < 2 * HALF; i++) {
            adc[i] = 0xC000; /* half of full scale up */
            mic[i] = 0x1111; /* a quarter of the bits */
        }
        ut_stm32_audio_irq();
    }
    assert_in_range(got.pairs[2 * FRAMES - 2], 16383, 16385);
    assert_in_range(got.pairs[2 * FRAMES - 1] + 16384, -1 + 1, 2);
}

/* A second half went by before the interrupt was served: the newest is told, one is lost. */
static void test_late(void **state)
{
    (void)state;
    one_block();
    fill_half();
    fill_half();
    expect_it();
    ut_stm32_audio_irq();
    assert_int_equal(got.lost, 1);
    assert_int_equal(got.wrong, 0);
    one_block();
    assert_int_equal(got.blocks, 3);
    assert_int_equal(got.lost, 1);
}

/* Flags out of step with the stream, as after an interrupt that was lost: its position decides. */
static void test_out_of_order(void **state)
{
    (void)state;
    one_block();
    fill_half();
    expect_it();
    ut_model_hold(DMA_LISR(DMA1), (uint32_t)DMA_HTIF << MIC_FLAGS); /* the full flag's turn, the half flag came */
    ut_stm32_audio_irq();
    assert_int_equal(got.blocks, 2);
    assert_int_equal(got.wrong, 0);
    ut_stm32_audio_irq(); /* and one for nothing */
    assert_int_equal(got.blocks, 2);
    one_block();
    assert_int_equal(got.blocks, 3);
    assert_int_equal(got.wrong + got.lost, 0);
}

/* 2 s without an interrupt, as while a sector is erased. */
static void test_long_stall(void **state)
{
    (void)state;
    one_block();
    for (int i = 0; i < 200; i++)
        fill_half();
    expect_it();
    ut_stm32_audio_irq();
    assert_int_equal(got.lost, 199);
    assert_int_equal(got.blocks, 2);
    one_block();
    assert_int_equal(got.lost, 199);
}

static void test_errors_start_both_anew(void **state)
{
    (void)state;
    static const struct {
        uint32_t address, value;
    } errors[] = {
        {DMA_LISR(DMA1), (uint32_t)DMA_TEIF << MIC_FLAGS},
        {DMA_LISR(DMA1), (uint32_t)DMA_DMEIF << MIC_FLAGS},
        {DMA_LISR(DMA2), DMA_TEIF},
        {SPI2_SR, SPI_SR_OVR},
        {ADC1_SR, ADC_SR_OVR},
        {DMA_SNDTR(DMA2, LINE), 2 * HALF - 3}, /* the converter is half a round behind */
    };
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        setup(NULL);
        one_block();
        one_block();
        fill_half();
        unsigned before = chip.order;
        ut_model_hold(errors[i].address, errors[i].value);
        ut_stm32_audio_irq();
        assert_int_equal(chip.order, before + 3); /* converter, timer, microphone */
        assert_int_equal(got.blocks, 2);
        assert_int_equal(got.lost, 1);
        assert_int_equal(ut_model_held(SPI2_SR) | ut_model_held(ADC1_SR) | ut_model_held(DMA_LISR(DMA1)) |
                             ut_model_held(DMA_LISR(DMA2)),
                         0);
        one_block();
        one_block();
        assert_int_equal(got.blocks, 4);
        assert_int_equal(got.lost, 1);
        assert_int_equal(got.wrong, 0);
    }
}

static void test_mute(void **state)
{
    (void)state;
    one_block();
    ut_model_hold(GPIO_IDR(GPIOA), 1);
    for (int i = 0; i < 5; i++)
        one_block();
    int customer = 0;
    for (int i = 0; i < FRAMES; i++) {
        customer |= got.pairs[2 * i];
        assert_int_equal(got.pairs[2 * i + 1], 0);
    }
    assert_int_not_equal(customer, 0);
}

static void test_stop(void **state)
{
    (void)state;
    one_block();
    board_audio_stop();
    assert_int_equal(ut_model_held(SPI2_I2SCFGR) | ut_model_held(TIM_CR1(TIM8)) | ut_model_held(ADC1_CR2), 0);
    assert_false(ut_model_held(DMA_SCR(DMA1, MIC)) & DMA_SCR_EN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_start, setup),      cmocka_unit_test_setup(test_stuck_pll, setup),
        cmocka_unit_test_setup(test_in_order, setup),   cmocka_unit_test_setup(test_customer_is_the_line, setup),
        cmocka_unit_test_setup(test_late, setup),       cmocka_unit_test_setup(test_out_of_order, setup),
        cmocka_unit_test_setup(test_long_stall, setup), cmocka_unit_test_setup(test_errors_start_both_anew, setup),
        cmocka_unit_test_setup(test_mute, setup),       cmocka_unit_test_setup(test_stop, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
