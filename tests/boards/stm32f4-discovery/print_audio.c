/* SPDX-License-Identifier: Apache-2.0 */
/* The audio of audio.c beside this file, on stdout: what the emulated board hears, for the desk to hear the same. */
#include "boards/board.h"
#include "boards/cortexm/idle.h"
#include "boards/stm32f4-discovery/audio.h"

#include <stdio.h>

volatile int ut_cortexm_event;

static void print(void *ctx, const int16_t *pairs, size_t frames)
{
    int *going = ctx;
    *going = frames > 0 && fwrite(pairs, 2 * sizeof *pairs, frames, stdout) == frames;
}

int main(void)
{
    int going = board_audio_start(print, &going) == 0;
    while (going)
        ut_stm32_tick();
    return ferror(stdout) != 0;
}
