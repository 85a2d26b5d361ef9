/* SPDX-License-Identifier: Apache-2.0 */
/* The call of tests/talk.h as a WAV: agent left, customer right. */
#ifndef UT_TESTS_TALK_FILE_H
#define UT_TESTS_TALK_FILE_H

#include "tests/talk.h"

#include <sndfile.h>
#include <stdint.h>

/* change: is added to one sample. 0 or -1. */
static inline int ut_talk_write(const char *path, int change)
{
    static int16_t frames[2 * UT_TALK_SAMPLES];
    struct ut_talk talk;
    SF_INFO info = {.samplerate = 16000, .channels = 2, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    ut_talk_init(&talk);
    for (int i = 0; i < UT_TALK_SAMPLES; i++) {
        int16_t pair[2];
        ut_talk_next(&talk, pair);
        frames[2 * i] = pair[1];
        frames[2 * i + 1] = pair[0];
    }
    frames[20001] = (int16_t)(frames[20001] + change);
    SNDFILE *f = sf_open(path, SFM_WRITE, &info);
    if (f == NULL)
        return -1;
    sf_count_t written = sf_writef_short(f, frames, UT_TALK_SAMPLES);
    return sf_close(f) == 0 && written == UT_TALK_SAMPLES ? 0 : -1;
}

#endif
