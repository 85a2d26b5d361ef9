/* SPDX-License-Identifier: Apache-2.0 */
/* An audio input of this machine as {customer, agent} pairs.
 *
 * out    int16 Q15 pairs at 16 kHz, in blocks of about 10 ms, from a thread of its own
 * An input with one channel is the customer; of a stereo input the left is the agent and the right the customer, as in
 * replay, unless chosen otherwise. An input that cannot do 16 kHz runs at its own rate and is resampled.
 */
#ifndef UT_HOST_MIC_H
#define UT_HOST_MIC_H

#include "host-tools/sources/audio_file.h"
#include "host-tools/system/fault.h"

#include <stddef.h>
#include <stdint.h>

enum { UT_MIC_RATE = 16000, UT_MIC_BLOCK = 160, UT_MIC_NAME = 128, UT_MIC_INPUTS_MAX = 32 };

struct ut_mic;

struct ut_mic_input {
    char name[UT_MIC_NAME];
    int channels;
    int rate_hz; /* its own */
    int is_default;
};

/* From the capture thread. lost = 1 when samples were lost before these pairs; n = 0: the input has failed and nothing
 * more comes. Nonzero stops the capture. */
typedef int ut_mic_sink(void *ctx, const int16_t *pairs, size_t n, int lost);

/* Fills inputs; returns how many there are (at most UT_MIC_INPUTS_MAX), 0 without any. */
int ut_mic_list(struct ut_mic_input inputs[UT_MIC_INPUTS_MAX]);

/* Starts the capture. input: part of its name, any case; NULL = the system's default. NULL and *fault on failure:
 * UT_EXIT_NO_DEVICE when waiting may help, another code when not. */
struct ut_mic *ut_mic_open(const char *input, struct ut_audio_choice choice, ut_mic_sink *sink, void *ctx,
                           struct ut_fault *fault);

/* Stops and frees; NULL is allowed. The sink must not block for ever. */
void ut_mic_close(struct ut_mic *m);

/* The parties of whom it has no channel: 1 the customer, 2 the agent, or both. */
unsigned ut_mic_unheard(const struct ut_mic *m);

/* One interleaved frame set to pairs: n frames of `channels` channels. customer and agent 1-based, 0 = silence. */
void ut_mic_pick(const int16_t *frames, size_t n, int channels, int customer, int agent, int16_t *pairs);

#endif
