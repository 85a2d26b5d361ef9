/* SPDX-License-Identifier: Apache-2.0 */
/* In the place of boards/stm32f4-discovery/audio.c, for an emulator that has no microphone, converter or DMA: two
 * voices made here, told every 10 ms by the core's tick, that end after SECONDS. */
#include "boards/stm32f4-discovery/audio.h"
#include "boards/board.h"
#include "boards/cortexm/idle.h"
#include "boards/stm32f4-discovery/registers.h"
#include "tests/signal.h"

enum { BLOCK_FRAMES = 160, SECONDS = 8, CORE_HZ = 168000000 };

#define SYST_CSR 0xE000E010U
#define SYST_RVR 0xE000E014U
#define SYST_CVR 0xE000E018U

static struct {
    board_audio_fn *fn;
    void *ctx;
    struct ut_signal_voice customer, agent;
    int blocks;
    int16_t pairs[2 * BLOCK_FRAMES];
} audio;

int board_audio_start(board_audio_fn *fn, void *ctx)
{
    audio.fn = fn;
    audio.ctx = ctx;
    ut_signal_voice_init(&audio.customer, 1);
    ut_signal_voice_init(&audio.agent, 2);
    ut_reg_write(SYST_RVR, CORE_HZ / 100 - 1);
    ut_reg_write(SYST_CVR, 0);
    ut_reg_write(SYST_CSR, 7); /* core clock, interrupt, on */
    return 0;
}

void board_audio_stop(void)
{
    ut_reg_write(SYST_CSR, 0);
}

void ut_stm32_tick(void)
{
    ut_cortexm_event = 1;
    if (++audio.blocks > 100 * SECONDS) {
        board_audio_stop();
        audio.fn(audio.ctx, NULL, 0);
        return;
    }
    int customer_speaks = audio.blocks / 150 % 2 == 0;
    for (int i = 0; i < BLOCK_FRAMES; i++) {
        audio.pairs[2 * i] = ut_signal_voice(&audio.customer, 150 << 4, 4 << 4, customer_speaks ? 8000 : 100);
        audio.pairs[2 * i + 1] = ut_signal_voice(&audio.agent, 210 << 4, 5 << 4, customer_speaks ? 100 : 8000);
    }
    audio.fn(audio.ctx, audio.pairs, BLOCK_FRAMES);
}
