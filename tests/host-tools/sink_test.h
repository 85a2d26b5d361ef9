/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of sinks share: a small call through a session into a sink, and what the sink wrote of it; the same as
 * a recording, with silent audio of its length. */
#ifndef UT_TESTS_HOST_TOOLS_SINK_TEST_H
#define UT_TESTS_HOST_TOOLS_SINK_TEST_H

#include "firmware/turns.h"
#include "host-tools/call/sink.h"

#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ut_config ut_sink_test_config;

/* From now on the list has a session, "c", of a recording. NULL when out of memory. */
static inline struct ut_session *ut_sink_test_session(struct ut_sinks *l)
{
    ut_config_defaults(&ut_sink_test_config);
    const struct ut_session_options o = {.config = &ut_sink_test_config, .contact_id = "c", .session = "s"};
    return ut_sinks_session(l, &o);
}

static inline void ut_sink_test_score(struct ut_session *s, uint32_t t_ms, int flags)
{
    uint8_t record[UT_WIRE_RECORD_BYTES];
    struct ut_wire_score score = {.t_ms = t_ms,
                                  .flags = (uint8_t)(UT_WIRE_CUSTOMER_SPEECH | flags),
                                  .frustration = 51,
                                  .delight = 102,
                                  .confidence = 204,
                                  .customer_loudness = 121,
                                  .agent_level = 61,
                                  .customer_pace = 68,
                                  .agent_pace = 48,
                                  .customer_f0 = (uint8_t)(t_ms == 250 ? 0 : 42),
                                  .customer_f0_range = 7};
    score.top[0].feature = 1;
    score.top[0].contribution = -32;
    ut_wire_pack_score(record, 0, &score);
    ut_session_record(s, record);
}

/* Two seconds of a customer who speaks, from the hello to the last status. */
static inline void ut_sink_test_call(struct ut_session *s)
{
    uint8_t record[UT_WIRE_RECORD_BYTES];
    const struct ut_wire_hello hello = {.fw_minor = 1, .features_version = 1, .board = "test"};
    const struct ut_wire_turn turn = {
        .t_ms = 1900, .kind = UT_TURN_IPU_END, .party = UT_CUSTOMER, .begin_ms = 100, .end_ms = 1700};
    const struct ut_wire_status status = {.t_ms = 2000};
    ut_wire_pack_hello(record, 0, &hello);
    ut_session_record(s, record);
    for (uint32_t t = 250; t <= 1750; t += 250)
        ut_sink_test_score(s, t, 0);
    ut_wire_pack_turn(record, 0, &turn);
    ut_session_record(s, record);
    ut_sink_test_score(s, 2000, UT_WIRE_END);
    ut_wire_pack_status(record, 0, &status);
    ut_session_record(s, record);
}

/* What the sink that `make` makes for a stream has written of that call once it is closed; the caller frees it. */
static inline char *ut_sink_test_text(struct ut_sink *(*make)(FILE *stream, const char *path))
{
    struct ut_sinks l = {0};
    struct ut_fault fault = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL || ut_sinks_add(&l, make(out, NULL), &fault) != 0)
        return NULL;
    const struct ut_sink_recording recording = {.path = "a,b.wav", .contact_id = "c"};
    ut_sinks_recording(&l, &recording);
    struct ut_session *s = ut_sink_test_session(&l);
    ut_sink_test_call(s);
    int r = ut_sinks_close(&l, true);
    ut_session_free(s);
    if (fclose(out) != 0 || r != 0) {
        free(text);
        return NULL;
    }
    return text;
}

enum { UT_SINK_TEST_SAMPLES = 2 * UT_AUDIO_RATE };

/* A stereo file of that call's length. 0, or -1. */
static inline int ut_sink_test_wav(const char *path)
{
    static const int16_t frames[2 * UT_SINK_TEST_SAMPLES];
    SF_INFO info = {.samplerate = UT_AUDIO_RATE, .channels = 2, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (file == NULL)
        return -1;
    int short_of = sf_writef_short(file, frames, UT_SINK_TEST_SAMPLES) != UT_SINK_TEST_SAMPLES;
    return sf_close(file) != 0 || short_of ? -1 : 0;
}

static inline void ut_sink_test_drop(void *ctx, const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    (void)ctx;
    (void)record;
}

/* Plays the file, and the call with it; the list's fault says how it went. */
static inline void ut_sink_test_play(struct ut_sinks *l, const char *path, struct ut_audio_choice choice)
{
    static struct ut_call call;
    int16_t pairs[2 * UT_FRAME_HOP];
    struct ut_fault fault = {0};
    struct ut_audio *audio = ut_audio_open(path, choice, &fault);
    if (audio == NULL || ut_call_init(&call, NULL, "test", ut_sink_test_drop, NULL) != 0) {
        l->fault = fault;
        return;
    }
    struct ut_session *s = ut_sink_test_session(l);
    const struct ut_sink_recording recording = {.path = path,
                                                .contact_id = "c",
                                                .config = &ut_sink_test_config,
                                                .audio = audio,
                                                .choice = choice,
                                                .call = &call};
    ut_sinks_recording(l, &recording);
    for (long n = 1; n > 0;) { /* the last part is empty */
        n = ut_audio_read(audio, pairs, (size_t)(UT_FRAME_HOP - call.agent.frame.fill), &fault);
        ut_call_push(&call, pairs, n > 0 ? (size_t)n : 0);
        if (ut_sinks_audio(l, pairs, n > 0 ? (size_t)n : 0, &fault) != 0)
            l->fault = fault;
    }
    ut_audio_close(audio);
    ut_sink_test_call(s);
    ut_session_free(s);
    l->session = NULL;
}

#endif
