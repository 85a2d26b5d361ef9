/* SPDX-License-Identifier: Apache-2.0 */
/* Audio: two microphones on the PDM peripheral, which decimates them itself.
 *
 * 32 MHz / 25 / 80 = 16 kHz exactly. It stores {left, right} pairs, which are {customer, agent} when the customer's
 * microphone is the left one: no copying. Two blocks of 10 ms take turns; the address of the next is latched when a
 * block begins (STARTED), which the END of the one before comes with.
 */
#include "boards/nrf52840/audio.h"
#include "boards/board.h"
#include "boards/cortexm/idle.h"
#include "boards/nrf52840/board.h"
#include "boards/nrf52840/pins.h"
#include "boards/nrf52840/registers.h"

enum {
    BLOCK_FRAMES = 160,
    BLOCK_US = 10000,
    LOST_MAX = 6000, /* blocks told at once: a minute */
    START_TRIES = 20000,
    PRIORITY_AUDIO = 0xC0
};

static struct {
    board_audio_fn *fn;
    void *ctx;
    uint32_t last_us; /* when the last block was told */
    unsigned filling; /* the block being filled */
} audio;

static int16_t blocks[2][2 * BLOCK_FRAMES];

/* The block that begins next goes there. */
static void promise(unsigned block)
{
    ut_reg_write(PDM_SAMPLE_PTR, ut_bus_address(blocks[block]));
}

int board_audio_start(board_audio_fn *fn, void *ctx)
{
    audio.fn = fn;
    audio.ctx = ctx;
    uint32_t clock = ut_nrf_pins.microphone_clock, data = ut_nrf_pins.microphone_data;
    ut_reg_write(GPIO_OUTCLR(clock), 1U << clock % 32);
    ut_reg_write(GPIO_PIN_CNF(clock), GPIO_OUTPUT);
    ut_reg_write(GPIO_PIN_CNF(data), GPIO_INPUT);
    ut_reg_write(PDM_PSEL_CLK, clock);
    ut_reg_write(PDM_PSEL_DIN, data);
    ut_reg_write(PDM_PDMCLKCTRL, PDM_PDMCLKCTRL_1280K);
    ut_reg_write(PDM_RATIO, PDM_RATIO_80);
    ut_reg_write(PDM_MODE, PDM_MODE_STEREO_LEFT_FALLING);
    ut_reg_write(PDM_GAINL, PDM_GAIN_0DB);
    ut_reg_write(PDM_GAINR, PDM_GAIN_0DB);
    ut_reg_write(PDM_SAMPLE_MAXCNT, 2 * BLOCK_FRAMES);
    ut_reg_write(PDM_EVENTS_STARTED, 0);
    ut_reg_write(PDM_EVENTS_END, 0);
    ut_reg_write(PDM_ENABLE, 1);
    promise(0);
    ut_cpu_barrier();
    ut_reg_write(PDM_TASKS_START, 1);
    if (ut_reg_wait(PDM_EVENTS_STARTED, 1, 1, START_TRIES) != 0) {
        board_audio_stop();
        return -1;
    }
    ut_reg_write(PDM_EVENTS_STARTED, 0);
    audio.filling = 0;
    promise(1);
    audio.last_us = ut_nrf_time_us(1);
    ut_reg_write(PDM_INTENSET, PDM_INT_STARTED | PDM_INT_END);
    ut_irq_on(IRQ_PDM, PRIORITY_AUDIO);
    ut_nrf_light(UT_NRF_LIGHT_AUDIO, 1);
    return 0;
}

void board_audio_stop(void)
{
    ut_reg_write(PDM_INTENCLR, PDM_INT_STARTED | PDM_INT_END);
    ut_reg_write(PDM_TASKS_STOP, 1);
    ut_reg_write(PDM_ENABLE, 0);
    ut_nrf_light(UT_NRF_LIGHT_AUDIO, 0);
}

/* Tells the blocks that went by since the last one, but for that one. */
static void tell_lost(void)
{
    uint32_t now = ut_nrf_time_us(1);
    uint32_t gone = (now - audio.last_us + BLOCK_US / 2) / BLOCK_US;
    audio.last_us = now;
    gone = gone < LOST_MAX ? gone : LOST_MAX;
    for (; gone > 1; gone--)
        audio.fn(audio.ctx, NULL, BLOCK_FRAMES);
}

/* Served too late, the next block began where the last promise said and is filled over and over: the one before it is
 * whole, what was overwritten is reported as lost. */
void ut_nrf_audio_irq(void)
{
    unsigned full = audio.filling;
    int started = ut_reg_read(PDM_EVENTS_STARTED) != 0; /* in this order: an END is there before its STARTED */
    int ended = ut_reg_read(PDM_EVENTS_END) != 0;
    ut_cortexm_event = 1;
    if (started) {
        ut_reg_write(PDM_EVENTS_STARTED, 0);
        audio.filling = 1 - audio.filling;
        promise(1 - audio.filling);
    }
    if (!ended)
        return;
    ut_reg_write(PDM_EVENTS_END, 0);
    tell_lost();
    if (ut_nrf_muted())
        for (int i = 0; i < BLOCK_FRAMES; i++)
            blocks[full][2 * i + 1] = 0;
    audio.fn(audio.ctx, blocks[full], BLOCK_FRAMES);
}
