/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded audio of any kind as {customer, agent} pairs at 16 kHz, checked to its end before the first pair leaves.
 *
 * in    a file libsndfile reads, 8 kHz and up, and which channel is whom
 * out   int16 pairs, any chunk size; 16-bit 16 kHz samples pass bit for bit, others by one rounding (half to even)
 *       with saturation, 16-bit 8 kHz samples doubled (host-tools/sources/double_rate.h), others by
 *       libsamplerate's best sinc converter
 * Faults (host-tools/system/fault.h): missing, not audio, empty, truncated, channel choice, NaN or infinite samples,
 * rate.
 */
#ifndef UT_HOST_AUDIO_FILE_H
#define UT_HOST_AUDIO_FILE_H

#include "host-tools/sources/raw_sound.h"
#include "host-tools/system/command.h"
#include "host-tools/system/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    UT_AUDIO_UNSET = -1, /* stereo: agent left (1), customer right (2); mono: customer 1, agent none */
    UT_AUDIO_NONE = 0,   /* this party is silent */
    UT_AUDIO_RATE = 16000,
    UT_AUDIO_RATE_MIN = 8000
};

struct ut_audio_choice {
    int customer, agent; /* channel numbers from 1, or the above */
};

/* The reader of --customer and --agent: "1", "2", ...; "none" for the agent. place: the channel. */
int ut_audio_take_channel(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault);

/* CODING:RATE:CHANNELS for an option's row; place: a struct ut_raw_sound. */
int ut_audio_take_raw(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault);

struct ut_audio;

/* NULL and *fault when the file cannot be used, whatever the place of the damage. What is odd about one that can be,
 * such as a length in its header that its bytes belie, is one note. */
struct ut_audio *ut_audio_open(const char *path, struct ut_audio_choice choice, struct ut_fault *fault);

/* How a file is read. All zero: as ut_audio_open does. */
struct ut_audio_reading {
    bool cut_too; /* of a cut or damaged file, what is before the damage */
    bool quiet;   /* no notes: it was opened before */
    bool doubts;  /* notes on sound that may be no call: silent throughout, clipped, with an offset */
    bool pipes;   /* "-" is standard input, and what can be read once only is taken: the file can be opened once */
    struct ut_raw_sound raw; /* what its samples are; all zero = its header or its name says so */
};
struct ut_audio *ut_audio_open_as(const char *path, struct ut_audio_choice choice, const struct ut_audio_reading *how,
                                  struct ut_fault *fault);

/* "-", or the path of a pipe or a device: what is there can be read once only. */
bool ut_audio_is_once(const char *path);

/* What ends a cut or damaged file where its samples end, in words; NULL = it is whole. */
const char *ut_audio_cut(const struct ut_audio *a);

/* The parties of whom it has no sound, for lack of a channel or because it is silent throughout: 1 the customer, 2 the
 * agent, or both. */
unsigned ut_audio_unheard(const struct ut_audio *a);

/* A name for what the parties' channels hold (host-tools/system/identity.h): the same for the same samples at the same
 * rate, in whatever file and whichever channels; no agent is a silent one. */
const char *ut_audio_sound(const struct ut_audio *a);

/* Up to max pairs {customer, agent}. The number filled; 0 at the end; -1 and *fault when reading failed after all. */
long ut_audio_read(struct ut_audio *a, int16_t *pairs, size_t max, struct ut_fault *fault);

/* Length at 16 kHz (a close estimate where the rate is converted), and 1 when an agent channel is present. */
int64_t ut_audio_pairs(const struct ut_audio *a);
int ut_audio_has_agent(const struct ut_audio *a);

/* Whose word it is that the one channel with sound holds the customer alone: "declared", the user's, who has named the
 * customer's channel and said that there is no agent's; "undeclared", nobody's. NULL = the agent has one, too.
 * unheard: as ut_audio_unheard says. */
const char *ut_audio_alone(struct ut_audio_choice choice, unsigned unheard);

/* Of one that is undeclared: a remark on what that means, and on what declares it. name: of the file or the input. */
void ut_audio_remark_alone(const char *name, const char *alone);
int ut_audio_rate(const struct ut_audio *a);
int ut_audio_channels(const struct ut_audio *a);

void ut_audio_close(struct ut_audio *a);

/* The file's name without folder and ending: where it begins in path, and its length. */
const char *ut_audio_stem(const char *path, int *len);

#endif
