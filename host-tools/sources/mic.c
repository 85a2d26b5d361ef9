/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/mic.h"
#include "host-tools/system/utf8.h"

#include <fcntl.h>
#include <poll.h>
#include <portaudio.h>
#include <pthread.h>
#include <samplerate.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { CHANNELS_MAX = 8, RATE_MAX = 192000, BLOCK_MAX = RATE_MAX / 100, WAIT_MS = 2 };

struct ut_mic {
    PaStream *stream;
    SRC_STATE *resampler; /* NULL at 16 kHz */
    double ratio;
    int block; /* frames read at a time: 10 ms at the input's rate */
    int channels, customer, agent;
    ut_mic_sink *sink;
    void *ctx;
    pthread_t thread;
    atomic_int stop;
    int16_t frames[BLOCK_MAX * CHANNELS_MAX];
    int16_t pairs[2 * BLOCK_MAX];
    float in[2 * BLOCK_MAX], out[2 * 2 * UT_MIC_BLOCK];
};

/* The audio libraries below PortAudio report every device they miss on stderr; only our own line is wanted there. */
static PaError start_quietly(void)
{
    (void)fflush(stderr);
    int saved = dup(STDERR_FILENO);
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (saved >= 0 && null >= 0)
        (void)dup2(null, STDERR_FILENO);
    PaError e = Pa_Initialize();
    if (saved >= 0) {
        (void)dup2(saved, STDERR_FILENO);
        (void)close(saved);
    }
    if (null >= 0)
        (void)close(null);
    return e;
}

static int contains(const char *text, const char *part)
{
    size_t n = strlen(part);
    for (; *text != '\0'; text++)
        if (strncasecmp(text, part, n) == 0)
            return 1;
    return n == 0;
}

int ut_mic_list(struct ut_mic_input inputs[UT_MIC_INPUTS_MAX])
{
    if (start_quietly() != paNoError)
        return 0;
    int n = 0;
    for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount() && n < UT_MIC_INPUTS_MAX; i++) {
        const PaDeviceInfo *d = Pa_GetDeviceInfo(i);
        if (d == NULL || d->maxInputChannels < 1)
            continue;
        (void)snprintf(inputs[n].name, sizeof inputs[n].name, "%s", d->name);
        ut_utf8_clean(inputs[n].name);
        inputs[n].channels = d->maxInputChannels;
        inputs[n].rate_hz = (int)d->defaultSampleRate;
        inputs[n].is_default = i == Pa_GetDefaultInputDevice();
        n++;
    }
    (void)Pa_Terminate();
    return n;
}

static PaDeviceIndex find(const char *input)
{
    if (input == NULL)
        return Pa_GetDefaultInputDevice();
    for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++) {
        const PaDeviceInfo *d = Pa_GetDeviceInfo(i);
        if (d != NULL && d->maxInputChannels > 0 && contains(d->name, input))
            return i;
    }
    return paNoDevice;
}

void ut_mic_pick(const int16_t *frames, size_t n, int channels, int customer, int agent, int16_t *pairs)
{
    for (size_t i = 0; i < n; i++) {
        const int16_t *f = frames + i * (size_t)channels;
        pairs[2 * i] = customer > 0 ? f[customer - 1] : 0;
        pairs[2 * i + 1] = agent > 0 ? f[agent - 1] : 0;
    }
}

/* Waits for a block without being stuck in the driver: 1, or 0 when stopped or failed. */
static int wait_for_block(struct ut_mic *m)
{
    while (!atomic_load(&m->stop)) {
        signed long waiting = Pa_GetStreamReadAvailable(m->stream);
        if (waiting < 0)
            return waiting == paInputOverflowed;
        if (waiting >= m->block)
            return 1;
        (void)poll(NULL, 0, WAIT_MS);
    }
    return 0;
}

static void *run(void *arg)
{
    struct ut_mic *m = arg;
    while (wait_for_block(m)) {
        PaError e = Pa_ReadStream(m->stream, m->frames, (unsigned long)m->block);
        if (e != paNoError && e != paInputOverflowed)
            break;
        size_t n = (size_t)m->block;
        ut_mic_pick(m->frames, n, m->channels, m->customer, m->agent, m->pairs);
        if (m->resampler != NULL) {
            src_short_to_float_array(m->pairs, m->in, (int)(2 * n));
            SRC_DATA d = {.data_in = m->in,
                          .data_out = m->out,
                          .input_frames = (long)n,
                          .output_frames = 2 * UT_MIC_BLOCK,
                          .src_ratio = m->ratio};
            if (src_process(m->resampler, &d) != 0)
                break;
            n = (size_t)d.output_frames_gen;
            src_float_to_short_array(m->out, m->pairs, (int)(2 * n));
        }
        if (n > 0 && m->sink(m->ctx, m->pairs, n, e == paInputOverflowed) != 0)
            return NULL;
    }
    if (!atomic_load(&m->stop))
        (void)m->sink(m->ctx, NULL, 0, 0);
    return NULL;
}

static PaError open_stream(struct ut_mic *m, PaDeviceIndex device, double rate)
{
    const PaDeviceInfo *d = Pa_GetDeviceInfo(device);
    PaStreamParameters in = {.device = device,
                             .channelCount = m->channels,
                             .sampleFormat = paInt16,
                             .suggestedLatency = d->defaultHighInputLatency};
    m->block = (int)(rate / 100);
    return Pa_OpenStream(&m->stream, &in, NULL, rate, (unsigned long)m->block, paClipOff, NULL, NULL);
}

static struct ut_mic *fail(struct ut_mic *m)
{
    if (m != NULL) {
        if (m->stream != NULL)
            (void)Pa_CloseStream(m->stream);
        if (m->resampler != NULL)
            (void)src_delete(m->resampler);
        free(m);
    }
    (void)Pa_Terminate();
    return NULL;
}

struct ut_mic *ut_mic_open(const char *input, struct ut_audio_choice choice, ut_mic_sink *sink, void *ctx,
                           struct ut_fault *fault)
{
    PaError e = start_quietly();
    if (e != paNoError) {
        (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE, "microphone: no sound system (%s); run `undertone doctor`",
                           Pa_GetErrorText(e));
        return NULL;
    }
    PaDeviceIndex device = find(input);
    if (device == paNoDevice) {
        if (input != NULL)
            (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                               "%s: no audio input of that name; run `undertone devices` to see what is there", input);
        else
            (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                               "microphone: no audio input on this machine; connect one, then run `undertone doctor`");
        return fail(NULL);
    }
    const PaDeviceInfo *d = Pa_GetDeviceInfo(device);
    struct ut_mic *m = calloc(1, sizeof *m);
    if (m == NULL) {
        (void)ut_fault_set(fault, UT_EXIT_FAILURE, "microphone: out of memory; close other programs");
        return fail(NULL);
    }
    m->sink = sink;
    m->ctx = ctx;
    m->channels = d->maxInputChannels < 2 ? 1 : 2;
    if (choice.customer == UT_AUDIO_UNSET && choice.agent == UT_AUDIO_UNSET) {
        m->customer = m->channels == 1 ? 1 : 2;
        m->agent = m->channels == 1 ? 0 : 1;
    } else {
        m->customer = choice.customer > 0 ? choice.customer : 0;
        m->agent = choice.agent > 0 ? choice.agent : 0;
    }
    if (m->customer > m->channels || m->agent > m->channels)
        m->channels = m->customer > m->agent ? m->customer : m->agent;
    if (m->channels > d->maxInputChannels || m->channels > CHANNELS_MAX) {
        (void)ut_fault_set(fault, UT_EXIT_CHANNELS,
                           "%s: this audio input has %d channel(s), not %d; choose with --customer and --agent",
                           d->name, d->maxInputChannels, m->channels);
        return fail(m);
    }
    e = open_stream(m, device, UT_MIC_RATE);
    if (e != paNoError && d->defaultSampleRate >= UT_MIC_RATE && d->defaultSampleRate <= RATE_MAX) {
        int error;
        m->ratio = UT_MIC_RATE / d->defaultSampleRate;
        m->resampler = src_new(SRC_SINC_FASTEST, 2, &error);
        e = m->resampler == NULL ? paInsufficientMemory : open_stream(m, device, d->defaultSampleRate);
    }
    if (e == paNoError)
        e = Pa_StartStream(m->stream);
    if (e != paNoError || pthread_create(&m->thread, NULL, run, m) != 0) {
        (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                           "%s: this audio input does not start (%s); close other programs that "
                           "use it",
                           d->name, e == paNoError ? "no thread" : Pa_GetErrorText(e));
        return fail(m);
    }
    return m;
}

unsigned ut_mic_unheard(const struct ut_mic *m)
{
    return (m->customer > 0 ? 0U : 1U) | (m->agent > 0 ? 0U : 2U);
}

void ut_mic_close(struct ut_mic *m)
{
    if (m == NULL)
        return;
    atomic_store(&m->stop, 1);
    (void)pthread_join(m->thread, NULL);
    (void)Pa_StopStream(m->stream);
    (void)fail(m);
}
