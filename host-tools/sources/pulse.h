/* SPDX-License-Identifier: Apache-2.0 */
/* Two sources of this machine's sound server, PulseAudio or PipeWire's stand-in for it, as {customer, agent} pairs: the
 * monitor of the output that a softphone plays to, and the agent's microphone.
 *
 * out    int16 Q15 pairs at 16 kHz, in blocks of up to 10 ms, from a thread of its own; the two devices' clocks are
 *        made one (host-tools/sources/two_clocks.h)
 * A source of several channels is mixed to one by the server, and brought to 16 kHz by it.
 */
#ifndef UT_HOST_PULSE_H
#define UT_HOST_PULSE_H

#include "host-tools/sources/mic.h"
#include "host-tools/system/fault.h"

#include <stdbool.h>

enum { UT_PULSE_NAME = 256, UT_PULSE_SOURCES_MAX = 32 };

struct ut_pulse;

struct ut_pulse_source {
    char name[UT_PULSE_NAME];        /* of the server */
    char description[UT_PULSE_NAME]; /* for people; UTF-8 */
    bool monitor;                    /* what an output plays, not a microphone */
    bool customer, agent;            /* taken when none is named for that party */
};

/* Fills sources, monitors and microphones; returns how many there are, at most UT_PULSE_SOURCES_MAX. 0: none, or no
 * server. */
int ut_pulse_list(struct ut_pulse_source sources[UT_PULSE_SOURCES_MAX]);

/* Starts both. customer, agent: a source's name, or part of its name or description, any case, where for the customer
 * monitors come first and for the agent microphones; NULL or "" = the default output's monitor, the default microphone.
 * sink as in mic.h: n = 0 when one of the two has gone. NULL and *fault on failure: UT_EXIT_NO_DEVICE when waiting may
 * help, another code when not. */
struct ut_pulse *ut_pulse_open(const char *customer, const char *agent, ut_mic_sink *sink, void *ctx,
                               struct ut_fault *fault);

/* Stops and frees; NULL is allowed. The sink must not block for ever. */
void ut_pulse_close(struct ut_pulse *p);

/* What has gone: a source's description, or the sound server. Once the sink had n = 0. */
const char *ut_pulse_gone(const struct ut_pulse *p);

#endif
