/* SPDX-License-Identifier: Apache-2.0 */
/* This machine as a headset: an audio input, or two sound sources, through the same call object, as framed records on a
 * pipe. */
#include "firmware/call.h"
#include "host-tools/sources/mic.h"
#include "host-tools/sources/port.h"
#include "host-tools/sources/pulse.h"
#include "host-tools/system/clock.h"
#include "models/model.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ABSENT_MS = 300000, BLOCK_MS = UT_MIC_BLOCK * 1000 / UT_MIC_RATE }; /* a pipe holds seven minutes of records */

struct local {
    struct ut_mic *mic;     /* the one */
    struct ut_pulse *pulse; /* or the other */
    struct ut_call call;
    int to;          /* write end of the pipe */
    bool gone;       /* the source, and it has not been opened again */
    int64_t lost_ms; /* when it went, of ut_clock_ms, until it is heard again; -1 = it did not */
};

/* A full pipe holds minutes of records; what does not fit is dropped and counted, as on the device. */
static void send(void *ctx, const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    struct local *l = ctx;
    uint8_t frame[UT_WIRE_FRAME_BYTES];
    size_t n = ut_wire_frame(record, frame);
    if (write(l->to, frame, n) != (ssize_t)n)
        l->call.drops++;
}

/* The source is back: its absence was silence, so that the call's time is that of the clock on the wall; after a long
 * one it is another call. */
static void catch_up(struct local *l)
{
    static const int16_t silence[2 * UT_MIC_BLOCK];
    int64_t ms = ut_clock_ms() - l->lost_ms;
    l->lost_ms = -1;
    if (ms > ABSENT_MS) {
        (void)ut_call_init(&l->call, &ut_model_default, "host", send, l);
        return;
    }
    l->call.overruns++;
    for (int64_t at = 0; at + BLOCK_MS <= ms; at += BLOCK_MS)
        ut_call_push(&l->call, silence, UT_MIC_BLOCK);
}

static int feed(void *ctx, const int16_t *pairs, size_t n, int lost)
{
    struct local *l = ctx;
    if (n == 0) {
        l->gone = true;
        l->lost_ms = ut_clock_ms();
        (void)close(l->to);
        l->to = -1;
        return 1;
    }
    if (l->lost_ms >= 0)
        catch_up(l);
    if (lost)
        l->call.overruns++;
    ut_call_push(&l->call, pairs, n);
    return 0;
}

/* Of a source that has gone, the first close keeps the call for its return; the next one, without an open, ends it. */
static void local_close(struct ut_port *p)
{
    struct local *l = p->own;
    if (l != NULL) {
        ut_mic_close(l->mic); /* the capture thread ends here; the pipe may go only now */
        ut_pulse_close(l->pulse);
        l->mic = NULL;
        l->pulse = NULL;
        if (l->to >= 0)
            (void)close(l->to);
        l->to = -1;
        if (!l->gone || p->fd < 0) {
            free(l);
            p->own = NULL;
        }
    }
    if (p->fd >= 0)
        (void)close(p->fd);
    p->fd = -1;
}

/* The call, and a pipe for its records. 0, or UT_PORT_REFUSED and *fault. */
static int set_up(struct ut_port *p, struct ut_fault *fault)
{
    struct local *l = p->own != NULL ? p->own : calloc(1, sizeof *l);
    bool begins = p->own == NULL;
    int ends[2];
    if (l == NULL || pipe(ends) != 0) {
        (void)ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot set up (%s); close other programs", p->name,
                           strerror(errno));
        if (begins)
            free(l);
        return UT_PORT_REFUSED;
    }
    p->own = l;
    p->fd = ends[0];
    l->to = ends[1];
    l->gone = false;
    for (int i = 0; i < 2; i++) {
        (void)fcntl(ends[i], F_SETFL, O_NONBLOCK);
        (void)fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    }
    if (!begins)
        return 0;
    l->lost_ms = -1;
    if (ut_call_init(&l->call, &ut_model_default, "host", send, l) != 0) {
        (void)ut_fault_set(fault, UT_EXIT_FEATURES, "%s: the built-in model needs other features; reinstall undertone",
                           p->name);
        local_close(p);
        return UT_PORT_REFUSED;
    }
    return 0;
}

/* The source does not open, so far. */
static int absent(struct ut_port *p, const struct ut_fault *fault)
{
    struct local *l = p->own;
    l->gone = l->lost_ms >= 0;
    local_close(p);
    return fault->code == UT_EXIT_NO_DEVICE ? UT_PORT_ABSENT : UT_PORT_REFUSED;
}

static int mic_open(struct ut_port *p, struct ut_fault *fault)
{
    int r = set_up(p, fault);
    if (r != 0)
        return r;
    struct local *l = p->own;
    l->mic = ut_mic_open(p->options->audio_input, p->options->choice, feed, l, fault);
    if (l->mic == NULL)
        return absent(p, fault);
    p->unheard = ut_mic_unheard(l->mic);
    p->alone = ut_audio_alone(p->options->choice, p->unheard);
    return UT_PORT_OPEN;
}

static int inputs_open(struct ut_port *p, struct ut_fault *fault)
{
    int r = set_up(p, fault);
    if (r != 0)
        return r;
    struct local *l = p->own;
    l->pulse = ut_pulse_open(p->options->customer_input, p->options->agent_input, feed, l, fault);
    return l->pulse != NULL ? UT_PORT_OPEN : absent(p, fault);
}

static int inputs_ended(struct ut_port *p, struct ut_fault *fault)
{
    const struct local *l = p->own;
    (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE, "%s: has gone", ut_pulse_gone(l->pulse));
    return UT_PORT_VANISHED;
}

static const struct ut_port_kind MIC = {.what = "audio input", .open = mic_open, .close = local_close};
static const struct ut_port_kind INPUTS = {
    .what = "sound sources", .open = inputs_open, .close = local_close, .ended = inputs_ended};

void ut_port_mic(struct ut_port *p, const struct ut_port_options *o)
{
    memset(p, 0, sizeof *p);
    p->kind = &MIC;
    p->fd = -1;
    p->options = o;
    (void)snprintf(p->name, sizeof p->name, "%s", o->audio_input != NULL ? o->audio_input : "microphone");
}

void ut_port_inputs(struct ut_port *p, const struct ut_port_options *o)
{
    memset(p, 0, sizeof *p);
    p->kind = &INPUTS;
    p->fd = -1;
    p->options = o;
    (void)snprintf(p->name, sizeof p->name, "sound of this machine");
}
