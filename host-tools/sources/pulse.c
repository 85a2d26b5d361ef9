/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/pulse.h"
#include "host-tools/sources/two_clocks.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/utf8.h"

#include <pulse/pulseaudio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    CUSTOMER,
    AGENT,
    PARTIES,
    OPEN_US = 5000000,                    /* a server that is there answers within milliseconds */
    FRAGMENT = 2 * UT_MIC_RATE / 50,      /* bytes that come at a time: 20 ms */
    WAITING = 2 * UT_TWO_CLOCKS_STALL * 2 /* bytes kept for a program that is late: 2 s */
};

struct ut_pulse {
    pa_threaded_mainloop *loop;
    pa_context *context;
    pa_stream *stream[PARTIES];
    struct ut_pulse_source source[UT_PULSE_SOURCES_MAX];
    int sources;
    const struct ut_pulse_source *taken[PARTIES];
    char default_output[UT_PULSE_NAME], default_input[UT_PULSE_NAME], output_of[UT_PULSE_SOURCES_MAX][UT_PULSE_NAME];
    struct ut_two_clocks *clocks;
    ut_mic_sink *sink;
    void *ctx;
    bool running; /* both streams; from here on the sink hears of what goes */
    bool over;    /* the sink wants no more, or was told that there is none */
    bool late;    /* the server's answer */
    char gone[UT_PULSE_NAME];
};

static const char SERVER[] = "the sound server";

static void copy(char to[UT_PULSE_NAME], const char *from)
{
    (void)snprintf(to, UT_PULSE_NAME, "%s", from != NULL ? from : "");
    ut_utf8_clean(to);
}

/* The callbacks below run in the loop's thread. */

static void end(struct ut_pulse *p, const char *what)
{
    if (!p->running || p->over)
        return;
    copy(p->gone, what);
    p->over = true;
    (void)p->sink(p->ctx, NULL, 0, 0);
}

static void on_context(pa_context *c, void *ctx)
{
    struct ut_pulse *p = ctx;
    if (!PA_CONTEXT_IS_GOOD(pa_context_get_state(c)))
        end(p, SERVER);
    pa_threaded_mainloop_signal(p->loop, 0);
}

static void on_late(pa_mainloop_api *api, pa_time_event *e, const struct timeval *at, void *ctx)
{
    struct ut_pulse *p = ctx;
    (void)api;
    (void)e;
    (void)at;
    p->late = true;
    pa_threaded_mainloop_signal(p->loop, 0);
}

static void on_server(pa_context *c, const pa_server_info *info, void *ctx)
{
    struct ut_pulse *p = ctx;
    (void)c;
    if (info != NULL) {
        copy(p->default_output, info->default_sink_name);
        copy(p->default_input, info->default_source_name);
    }
    pa_threaded_mainloop_signal(p->loop, 0);
}

static void on_source(pa_context *c, const pa_source_info *info, int last, void *ctx)
{
    struct ut_pulse *p = ctx;
    (void)c;
    if (last == 0 && info != NULL && p->sources < UT_PULSE_SOURCES_MAX) {
        struct ut_pulse_source *s = &p->source[p->sources];
        copy(s->name, info->name);
        copy(s->description, info->description);
        copy(p->output_of[p->sources], info->monitor_of_sink_name);
        s->monitor = info->monitor_of_sink != PA_INVALID_INDEX;
        p->sources++;
    }
    pa_threaded_mainloop_signal(p->loop, 0);
}

static int party_of(const struct ut_pulse *p, const pa_stream *s)
{
    return s == p->stream[CUSTOMER] ? CUSTOMER : AGENT;
}

static int give(struct ut_pulse *p, int party, const int16_t *samples, size_t n)
{
    int64_t now_us = ut_clock_ms() * 1000;
    return party == CUSTOMER ? ut_two_clocks_customer(p->clocks, now_us, samples, n)
                             : ut_two_clocks_agent(p->clocks, now_us, samples, n);
}

static void on_sound(pa_stream *s, size_t bytes, void *ctx)
{
    struct ut_pulse *p = ctx;
    int party = party_of(p, s);
    (void)bytes;
    while (pa_stream_readable_size(s) > 0) {
        const void *data;
        size_t n;
        if (pa_stream_peek(s, &data, &n) != 0 || n == 0)
            return;
        int r = p->running && !p->over ? give(p, party, data, n / sizeof(int16_t)) : 0;
        (void)pa_stream_drop(s);
        if (r < 0)
            end(p, "the resampler");
        else if (r > 0)
            p->over = true;
    }
}

/* Sound was thrown away, because this program was late. */
static void on_overflow(pa_stream *s, void *ctx)
{
    struct ut_pulse *p = ctx;
    if (p->running && !p->over)
        (void)give(p, party_of(p, s), NULL, 0);
}

static void on_stream(pa_stream *s, void *ctx)
{
    struct ut_pulse *p = ctx;
    if (!PA_STREAM_IS_GOOD(pa_stream_get_state(s))) {
        bool server = PA_CONTEXT_IS_GOOD(pa_context_get_state(p->context));
        end(p, server ? p->taken[party_of(p, s)]->description : SERVER);
    }
    pa_threaded_mainloop_signal(p->loop, 0);
}

/* And here those of the caller's thread, which holds the loop's lock. */

static int no_server(struct ut_pulse *p, struct ut_fault *fault)
{
    const char *why = p->late              ? "it does not answer"
                      : p->context != NULL ? pa_strerror(pa_context_errno(p->context))
                                           : "no memory";
    return ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                        "sound: no PulseAudio or PipeWire server for this user (%s); start it (systemctl --user start "
                        "pulseaudio, or pipewire-pulse), or use --mic",
                        why);
}

static int finish(struct ut_pulse *p, pa_operation *o)
{
    if (o == NULL)
        return -1;
    while (pa_operation_get_state(o) == PA_OPERATION_RUNNING && !p->late)
        pa_threaded_mainloop_wait(p->loop);
    int r = pa_operation_get_state(o) == PA_OPERATION_DONE ? 0 : -1;
    pa_operation_unref(o);
    return r;
}

static int look(struct ut_pulse *p)
{
    if (finish(p, pa_context_get_server_info(p->context, on_server, p)) != 0 ||
        finish(p, pa_context_get_source_info_list(p->context, on_source, p)) != 0)
        return -1;
    for (int i = 0; i < p->sources; i++) {
        struct ut_pulse_source *s = &p->source[i];
        s->customer = s->monitor && strcmp(p->output_of[i], p->default_output) == 0;
        s->agent = !s->monitor && strcmp(s->name, p->default_input) == 0;
    }
    return 0;
}

static int connect_server(struct ut_pulse *p, struct ut_fault *fault)
{
    p->loop = pa_threaded_mainloop_new();
    p->context = p->loop != NULL ? pa_context_new(pa_threaded_mainloop_get_api(p->loop), "Undertone") : NULL;
    if (p->context == NULL || pa_threaded_mainloop_start(p->loop) != 0)
        return no_server(p, fault);
    pa_threaded_mainloop_lock(p->loop);
    pa_context_set_state_callback(p->context, on_context, p);
    (void)pa_context_rttime_new(p->context, pa_rtclock_now() + OPEN_US, on_late, p);
    bool good = pa_context_connect(p->context, NULL, PA_CONTEXT_NOAUTOSPAWN, NULL) == 0;
    while (good && pa_context_get_state(p->context) != PA_CONTEXT_READY) {
        pa_threaded_mainloop_wait(p->loop);
        good = !p->late && PA_CONTEXT_IS_GOOD(pa_context_get_state(p->context));
    }
    int r = good && look(p) == 0 ? 0 : no_server(p, fault);
    pa_threaded_mainloop_unlock(p->loop);
    return r;
}

static bool contains(const char *text, const char *part)
{
    size_t n = strlen(part);
    for (; *text != '\0'; text++)
        if (strncasecmp(text, part, n) == 0)
            return true;
    return false;
}

/* How well a source is what was asked for; 0 = not at all. */
static int fits(const struct ut_pulse_source *s, int party, const char *wanted)
{
    if (wanted == NULL || wanted[0] == '\0')
        return party == CUSTOMER ? s->customer : s->agent;
    if (strcmp(s->name, wanted) == 0)
        return 3;
    if (!contains(s->name, wanted) && !contains(s->description, wanted))
        return 0;
    return s->monitor == (party == CUSTOMER) ? 2 : 1;
}

static const struct ut_pulse_source *find(const struct ut_pulse *p, int party, const char *wanted,
                                          struct ut_fault *fault)
{
    const struct ut_pulse_source *best = NULL;
    char all[600] = "";
    size_t used = 0;
    int how = 0;
    for (int i = 0; i < p->sources; i++) {
        const struct ut_pulse_source *s = &p->source[i];
        int well = fits(s, party, wanted);
        if (well > how) {
            best = s;
            how = well;
        }
        if (used < sizeof all)
            used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", i > 0 ? ", " : "", s->name);
    }
    if (best != NULL)
        return best;
    const char *there = p->sources > 0 ? all : "none";
    if (wanted != NULL && wanted[0] != '\0')
        (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE, "%s: no such sound source; there are: %s", wanted, there);
    else if (party == CUSTOMER)
        (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                           "customer: no output is the default, so none is listened to; name one with "
                           "--customer-input; there are: %s",
                           there);
    else
        (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                           "agent: no microphone is the default input; connect one, or name it with --agent-input; "
                           "there are: %s",
                           there);
    return NULL;
}

static pa_stream *record(struct ut_pulse *p, int party, const struct ut_pulse_source *source)
{
    static const pa_sample_spec spec = {.format = PA_SAMPLE_S16NE, .rate = UT_MIC_RATE, .channels = 1};
    static const pa_buffer_attr buffers = {.maxlength = WAITING,
                                           .tlength = (uint32_t)-1,
                                           .prebuf = (uint32_t)-1,
                                           .minreq = (uint32_t)-1,
                                           .fragsize = FRAGMENT};
    pa_stream *s = p->stream[party] = pa_stream_new(p->context, party == CUSTOMER ? "Customer" : "Agent", &spec, NULL);
    if (s == NULL)
        return NULL;
    pa_stream_set_state_callback(s, on_stream, p);
    pa_stream_set_read_callback(s, on_sound, p);
    pa_stream_set_overflow_callback(s, on_overflow, p);
    /* a source that goes is not quietly replaced by another, which might hold another party */
    if (pa_stream_connect_record(s, source->name, &buffers, PA_STREAM_ADJUST_LATENCY | PA_STREAM_DONT_MOVE) != 0)
        return NULL;
    while (pa_stream_get_state(s) == PA_STREAM_CREATING && !p->late)
        pa_threaded_mainloop_wait(p->loop);
    return pa_stream_get_state(s) == PA_STREAM_READY ? s : NULL;
}

static int start(struct ut_pulse *p, const char *const wanted[PARTIES], struct ut_fault *fault)
{
    const struct ut_pulse_source **source = p->taken;
    for (int i = 0; i < PARTIES; i++)
        if ((source[i] = find(p, i, wanted[i], fault)) == NULL)
            return -1;
    if (source[CUSTOMER] == source[AGENT])
        return ut_fault_set(fault, UT_EXIT_CHANNELS,
                            "%s: the same sound source for the customer and the agent; give --customer-input the "
                            "output that the softphone plays to, and --agent-input the microphone",
                            source[CUSTOMER]->name);
    for (int i = 0; i < PARTIES; i++)
        if (record(p, i, source[i]) == NULL)
            return ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                                "%s: this sound source does not start (%s); look at it with "
                                "`pactl list sources`",
                                source[i]->name, p->late ? "no answer" : pa_strerror(pa_context_errno(p->context)));
    p->running = true;
    return 0;
}

int ut_pulse_list(struct ut_pulse_source sources[UT_PULSE_SOURCES_MAX])
{
    struct ut_fault none = {0};
    struct ut_pulse *p = calloc(1, sizeof *p);
    int n = p != NULL && connect_server(p, &none) == 0 ? p->sources : 0;
    if (n > 0)
        memcpy(sources, p->source, (size_t)n * sizeof *sources);
    ut_pulse_close(p);
    return n;
}

struct ut_pulse *ut_pulse_open(const char *customer, const char *agent, ut_mic_sink *sink, void *ctx,
                               struct ut_fault *fault)
{
    const char *const wanted[PARTIES] = {customer, agent};
    struct ut_pulse *p = calloc(1, sizeof *p);
    if (p != NULL)
        p->clocks = ut_two_clocks_new(sink, ctx);
    if (p == NULL || p->clocks == NULL) {
        (void)ut_fault_set(fault, UT_EXIT_FAILURE, "sound: out of memory; close other programs");
        ut_pulse_close(p);
        return NULL;
    }
    p->sink = sink;
    p->ctx = ctx;
    int r = connect_server(p, fault);
    if (r == 0) {
        pa_threaded_mainloop_lock(p->loop);
        r = start(p, wanted, fault);
        pa_threaded_mainloop_unlock(p->loop);
    }
    if (r == 0)
        return p;
    ut_pulse_close(p);
    return NULL;
}

const char *ut_pulse_gone(const struct ut_pulse *p)
{
    return p->gone;
}

void ut_pulse_close(struct ut_pulse *p)
{
    if (p == NULL)
        return;
    if (p->loop != NULL)
        pa_threaded_mainloop_stop(p->loop); /* no callback runs after this */
    p->running = false;
    for (int i = 0; i < PARTIES; i++)
        if (p->stream[i] != NULL) {
            (void)pa_stream_disconnect(p->stream[i]);
            pa_stream_unref(p->stream[i]);
        }
    if (p->context != NULL) {
        pa_context_disconnect(p->context);
        pa_context_unref(p->context);
    }
    if (p->loop != NULL)
        pa_threaded_mainloop_free(p->loop);
    ut_two_clocks_free(p->clocks);
    free(p);
}
