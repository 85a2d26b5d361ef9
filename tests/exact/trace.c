/* SPDX-License-Identifier: Apache-2.0 */
/* Every stage's bits as text: one line "SOURCE STAGE SECOND CRC32" per stage and second of audio.
 *
 * usage: trace [AUDIO.raw]     (int16 {customer, agent} pairs, 16 kHz)
 * The output of every compiler, level of optimisation and machine must be the same text. Nothing here may depend on the
 * machine: fields are hashed one by one as 32-bit values, padding never.
 */
#include "firmware/call.h"
#include "tests/signal.h"

#include <stdio.h>
#include <string.h>

enum { RATE = 16000, HOP = 160, SECONDS = 3 };

enum stage { LEVEL, SPECTRUM, SPEECH, PITCH, PACE, VECTOR, POSTERIOR, SCORE, CHANNELS, RECORD, STAGES };
static const char *const stage_names[STAGES] = {"level",  "spectrum",  "speech", "pitch",    "pace",
                                                "vector", "posterior", "score",  "channels", "record"};

static struct ut_engine engine;
static struct ut_features agent;
static struct ut_call call;
static uint32_t crc[STAGES];

static void hash_byte(enum stage stage, uint32_t byte)
{
    uint32_t c = crc[stage] ^ byte;
    for (int i = 0; i < 8; i++)
        c = (c >> 1) ^ ((c & 1) != 0 ? 0xEDB88320U : 0);
    crc[stage] = c;
}

static void hash(enum stage stage, int32_t value)
{
    for (int i = 0; i < 4; i++)
        hash_byte(stage, ((uint32_t)value >> (8 * i)) & 0xFF);
}

static void hash_row(const struct ut_row *row)
{
    hash(LEVEL, row->t_ms);
    hash(LEVEL, row->level_q8);
    hash(LEVEL, row->high_q8);
    hash(LEVEL, row->clipped);
    for (int i = 0; i < UT_SPECTRUM_BANDS; i++)
        hash(SPECTRUM, row->spectrum.mel_q8[i]);
    hash(SPECTRUM, row->spectrum.middle_q8);
    hash(SPEECH, row->speech);
    hash(SPEECH, row->tonal);
    hash(SPEECH, row->snr_q8);
    hash(PITCH, row->f0_q4);
    hash(PITCH, row->voicing_q15);
    hash(PACE, row->syllable);
    hash(PACE, row->pace_q8);
    for (int i = 0; i < UT_FEATURES_N; i++)
        hash(VECTOR, row->x[i]);
}

static void hash_score(void)
{
    struct ut_score score;
    ut_engine_take(&engine, &score);
    hash(SCORE, score.frustration_q15);
    hash(SCORE, score.delight_q15);
    hash(SCORE, score.confidence_q15);
    hash(SCORE, score.abstain);
    for (int i = 0; i < 2; i++) {
        hash(SCORE, score.top[i].group);
        hash(SCORE, score.top[i].value_q6);
    }
}

static void hash_record(void *ctx, const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    (void)ctx;
    for (int i = 0; i < UT_WIRE_RECORD_BYTES; i++)
        hash_byte(RECORD, record[i]);
}

static void begin(void)
{
    static const char board[4] = {'t', 'e', 's', 't'};
    for (int i = 0; i < STAGES; i++)
        crc[i] = 0xFFFFFFFFU;
    ut_features_init(&agent);
    if (ut_engine_init(&engine, &ut_model_default) != 0 ||
        ut_call_init(&call, &ut_model_default, board, hash_record, NULL) != 0)
        printf("model refused\n");
}

static void hash_channels(void)
{
    const struct ut_two_channels *t = &call.channels;
    for (int i = 0; i < 2; i++) {
        hash(CHANNELS, t->foreign[i]);
        hash(CHANNELS, t->path[i].found);
        hash(CHANNELS, t->path[i].lag);
        hash(CHANNELS, t->path[i].excess_q8);
        for (int g = 0; g < UT_TWO_CHANNELS_GROUPS; g++)
            hash(CHANNELS, t->path[i].gain_q8[g]);
    }
    hash(CHANNELS, t->state);
    for (int i = 0; i < call.voices.n; i++)
        hash(CHANNELS, call.voices.pitch_q4[i]);
    hash(CHANNELS, call.voices.found);
}

static void push_hop(const int16_t pairs[2 * HOP])
{
    struct ut_row row;
    int ready, step, step_speech;
    ut_engine_push(&engine, pairs, 2, HOP, &row, &ready, &step, &step_speech);
    if (ready)
        hash_row(&row);
    if (step)
        for (int i = 0; i < UT_MODEL_CLASSES; i++)
            hash(POSTERIOR, engine.last.posterior_q15[i]);
    ut_features_push(&agent, pairs + 1, 2, HOP, &row, &ready);
    if (ready)
        hash_row(&row);
    ut_call_push(&call, pairs, HOP);
    hash_channels();
}

static void print_second(const char *source, int second)
{
    hash_score();
    for (int i = 0; i < STAGES; i++)
        printf("%s %s %d %08lx\n", source, stage_names[i], second, (unsigned long)~crc[i]);
}

enum synthetic { NOISE, CLIPPED, SILENCE, LOWEST, LEAK, SYNTHETICS };
static const char *const synthetic_names[SYNTHETICS] = {"noise", "clipped", "silence", "lowest", "leak"};

static int16_t sample(enum synthetic source, uint32_t *random)
{
    if (source == SILENCE)
        return 0;
    if (source == LOWEST)
        return INT16_MIN;
    int16_t noise = ut_signal_noise(random, 32767);
    if (source == NOISE)
        return (int16_t)(noise >> (ut_signal_random(random) % 12));
    return noise > 4096 ? INT16_MAX : noise < -4096 ? INT16_MIN : noise;
}

/* Bursts of noise in the agent's channel, a quarter of them in the customer's. */
static void leak(int16_t pairs[2 * HOP], int hop, uint32_t *random)
{
    for (int i = 0; i < HOP; i++) {
        pairs[2 * i + 1] = (int16_t)(ut_signal_noise(random, 20000) >> (7 * (hop / 5) % 11));
        pairs[2 * i] = (int16_t)(pairs[2 * i + 1] / 4);
    }
}

static void trace_synthetic(enum synthetic source)
{
    int16_t pairs[2 * HOP];
    uint32_t random = 12345;
    begin();
    for (int hop = 0; hop < SECONDS * RATE / HOP; hop++) {
        for (int i = 0; i < 2 * HOP; i++)
            pairs[i] = sample(source, &random);
        if (source == LEAK)
            leak(pairs, hop, &random);
        push_hop(pairs);
        if ((hop + 1) % (RATE / HOP) == 0)
            print_second(synthetic_names[source], hop / (RATE / HOP));
    }
    ut_call_finish(&call);
    print_second(synthetic_names[source], SECONDS);
}

static int trace_file(const char *path)
{
    int16_t pairs[2 * HOP];
    int hop = 0;
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        printf("cannot read %s\n", path);
        return 1;
    }
    begin();
    while (fread(pairs, sizeof pairs, 1, f) == 1) {
        push_hop(pairs);
        if (++hop % (RATE / HOP) == 0)
            print_second("speech", hop / (RATE / HOP) - 1);
    }
    fclose(f);
    ut_call_finish(&call);
    print_second("speech", hop / (RATE / HOP));
    return 0;
}

int main(int argc, char **argv)
{
    for (int source = 0; source < SYNTHETICS; source++)
        trace_synthetic((enum synthetic)source);
    int failed = argc > 1 ? trace_file(argv[1]) : 0;
    printf("end\n");
    return failed;
}
