/* SPDX-License-Identifier: Apache-2.0 */
/* An audio input made of a file, through the sound library's own plug-ins: no hardware, and the same on every machine.
 *
 * Not paced: samples come as fast as they are read, then silence.
 */
#ifndef UT_TESTS_HOST_TOOLS_SOUND_H
#define UT_TESTS_HOST_TOOLS_SOUND_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct ut_sound {
    char samples[64], config[64];
};

static inline FILE *ut_sound_file(char *name)
{
    int fd = mkstemp(name);
    return fd >= 0 ? fdopen(fd, "wb") : NULL;
}

/* From now on this process has one audio input, "undertest", that plays n interleaved stereo frames; frames = NULL: it
 * has none. 0, or -1. */
static inline int ut_sound_open(struct ut_sound *s, const int16_t *frames, size_t n)
{
    *s = (struct ut_sound){"/tmp/undertest-samples-XXXXXX", "/tmp/undertest-config-XXXXXX"};
    FILE *samples = ut_sound_file(s->samples), *config = ut_sound_file(s->config);
    if (samples == NULL || config == NULL)
        return -1;
    int bad = frames != NULL && fwrite(frames, 2 * sizeof *frames, n, samples) != n;
    for (int i = 0; i < 2; i++) { /* PortAudio lists the named one and takes !default as the default */
        bad |= fprintf(config, "pcm.%s ", i == 0 ? "undertest" : "!default") < 0;
        if (frames == NULL) /* a card that cannot be there */
            bad |= fputs("{ type hw card 31 }\n", config) < 0;
        else
            bad |= fprintf(config, "{ type file slave.pcm \"null\" file \"/dev/null\" infile \"%s\" format \"raw\" }\n",
                           s->samples) < 0;
    }
    bad |= fputs("pcm.null { type null }\n", config) < 0;
    bad |= fclose(samples) != 0;
    bad |= fclose(config) != 0;
    return bad || setenv("ALSA_CONFIG_PATH", s->config, 1) != 0 ? -1 : 0;
}

static inline void ut_sound_close(struct ut_sound *s)
{
    (void)unlink(s->samples);
    (void)unlink(s->config);
    (void)unsetenv("ALSA_CONFIG_PATH");
}

#endif
