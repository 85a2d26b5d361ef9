/* SPDX-License-Identifier: Apache-2.0 */
/* This machine as a headset: an audio input through the same call object, as framed records on a pipe. */
#include "firmware/call.h"
#include "host-tools/sources/mic.h"
#include "host-tools/sources/port.h"
#include "models/model.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct local {
    struct ut_mic *mic;
    struct ut_call call;
    int to; /* write end of the pipe */
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

static int feed(void *ctx, const int16_t *pairs, size_t n, int lost)
{
    struct local *l = ctx;
    if (n == 0) {
        (void)close(l->to);
        l->to = -1;
        return 1;
    }
    if (lost)
        l->call.overruns++;
    ut_call_push(&l->call, pairs, n);
    return 0;
}

static void local_close(struct ut_port *p)
{
    struct local *l = p->own;
    if (l != NULL) {
        ut_mic_close(l->mic); /* the capture thread ends here; the pipe may go only now */
        if (l->to >= 0)
            (void)close(l->to);
        free(l);
        p->own = NULL;
    }
    if (p->fd >= 0)
        (void)close(p->fd);
    p->fd = -1;
}

static int local_open(struct ut_port *p, struct ut_fault *fault)
{
    struct local *l = calloc(1, sizeof *l);
    int ends[2];
    if (l == NULL || pipe(ends) != 0) {
        (void)ut_fault_set(fault, UT_EXIT_FAILURE, "microphone: cannot set up (%s); close other programs",
                           strerror(errno));
        free(l);
        return UT_PORT_REFUSED;
    }
    p->own = l;
    p->fd = ends[0];
    l->to = ends[1];
    for (int i = 0; i < 2; i++) {
        (void)fcntl(ends[i], F_SETFL, O_NONBLOCK);
        (void)fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    }
    if (ut_call_init(&l->call, &ut_model_default, "host", send, l) != 0) {
        (void)ut_fault_set(fault, UT_EXIT_FEATURES,
                           "microphone: the built-in model needs other features; reinstall undertone");
        local_close(p);
        return UT_PORT_REFUSED;
    }
    l->mic = ut_mic_open(p->options->audio_input, p->options->choice, feed, l, fault);
    if (l->mic == NULL) {
        local_close(p);
        return fault->code == UT_EXIT_NO_DEVICE ? UT_PORT_ABSENT : UT_PORT_REFUSED;
    }
    p->unheard = ut_mic_unheard(l->mic);
    p->alone = (p->unheard & 2) != 0 ? "assumed" : NULL;
    return UT_PORT_OPEN;
}

static const struct ut_port_kind MIC = {.what = "audio input", .open = local_open, .close = local_close};

void ut_port_mic(struct ut_port *p, const struct ut_port_options *o)
{
    memset(p, 0, sizeof *p);
    p->kind = &MIC;
    p->fd = -1;
    p->options = o;
    (void)snprintf(p->name, sizeof p->name, "%s", o->audio_input != NULL ? o->audio_input : "microphone");
}
