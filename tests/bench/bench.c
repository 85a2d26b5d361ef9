/* SPDX-License-Identifier: Apache-2.0 */
/* What an audio hop costs on a board: a program on the seam, in the firmware's place.
 *
 * in    the board's audio source, its first SECONDS
 * out   lines "NAME MICROSECONDS" on stdout, times by board_time_us:
 *       hop_mean, hop_max  one hop of both channels through ut_call_push
 *       call               all hops, the best of as many runs as fit into a second
 *       stage NAME MEAN    one hop of one channel (classifier: one step) through one stage
 *       pairing NAME       tests/bench/pairing.h
 * Under -icount microseconds are instructions: tests/bench/report.py.
 */
#include "boards/board.h"
#include "firmware/call.h"
#include "tests/bench/pairing.h"

#include <stdio.h>
#include <string.h>

enum { RATE = 16000, HOP = 160, SECONDS = 12, HOPS = SECONDS * RATE / HOP };

static int16_t audio[2 * SECONDS * RATE];
static volatile size_t filled;
static volatile int ended;
static struct ut_call call;

static void collect(void *ctx, const int16_t *pairs, size_t frames)
{
    (void)ctx;
    size_t n = frames < RATE * SECONDS - filled ? frames : RATE * SECONDS - filled;
    if (n > 0)
        memcpy(audio + 2 * filled, pairs, n * 2 * sizeof *audio);
    filled = filled + n;
    if (frames == 0 || filled == RATE * SECONDS)
        ended = 1;
}

static void discard(void *ctx, const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    (void)ctx;
    (void)record;
}

static uint32_t since(uint32_t start)
{
    board_watchdog_feed();
    return board_time_us() - start;
}

static void measure_call(void)
{
    uint32_t best = UINT32_MAX, max = 0;
    uint32_t begin = board_time_us();
    do {
        uint32_t sum = 0;
        ut_call_init(&call, &ut_model_default, board_name, discard, NULL);
        for (int i = 0; i < HOPS; i++) {
            uint32_t start = board_time_us();
            ut_call_push(&call, audio + 2 * HOP * i, HOP);
            uint32_t took = since(start);
            sum += took;
            max = took > max ? took : max;
        }
        best = sum < best ? sum : best;
    } while (board_time_us() - begin < 1000000);
    printf("hop_mean %lu.%03lu\n", (unsigned long)(best / HOPS), (unsigned long)(best % HOPS * 1000 / HOPS));
    printf("hop_max %lu\n", (unsigned long)max);
    printf("call %lu\n", (unsigned long)best);
}

enum stage { FRAME, LEVEL, SPECTRUM, PITCH, SPEECH, PACE, CLASSIFIER, TURNS, STAGES };
static const char *const stage_names[STAGES] = {"frame",  "level", "spectrum",   "pitch",
                                                "speech", "pace",  "classifier", "turns"};
static struct ut_frame frame;
static struct ut_level level;
static struct ut_spectrum spectrum;
static struct ut_pitch pitch;
static struct ut_speech speech;
static struct ut_pace pace;
static struct ut_infer infer;
static struct ut_turns turns;
static struct ut_features features;

/* One hop of the customer through every stage in turn; the classifier sees a fresh vector in each hop. */
static void measure_hop(const int16_t *pairs, uint32_t took[STAGES])
{
    struct ut_row row = {0};
    struct ut_turn_event events[UT_TURNS_EVENTS_MAX];
    uint16_t posterior_q15[UT_MODEL_CLASSES];
    int complete, ready;
    uint32_t start;

    ut_features_push(&features, pairs, 2, HOP, &row, &ready);

    start = board_time_us();
    ut_frame_push(&frame, pairs, 2, HOP, &complete);
    took[FRAME] += since(start);
    start = board_time_us();
    ut_level_hop(&level, frame.even + UT_FRAME_EVEN, frame.odd + UT_FRAME_ODD, frame.x8 + UT_FRAME_X8 - HOP / 2);
    took[LEVEL] += since(start);
    start = board_time_us();
    ut_spectrum_bands(frame.x8, &spectrum);
    took[SPECTRUM] += since(start);
    start = board_time_us();
    ut_pitch_hop(&pitch, frame.x4);
    ut_pitch_decide(&pitch, &spectrum);
    took[PITCH] += since(start);
    start = board_time_us();
    ut_speech_hop(&speech, &spectrum, level.level_q8, pitch.strength_q15, pitch.f0_q4);
    took[SPEECH] += since(start);
    start = board_time_us();
    ut_pace_hop(&pace, &spectrum, pitch.f0_q4 != 0 ? pitch.voiced_q15 : 0, speech.speech, speech.snr_q8);
    took[PACE] += since(start);
    start = board_time_us();
    ut_infer_step(&infer, row.x, 1, posterior_q15);
    took[CLASSIFIER] += since(start);
    start = board_time_us();
    ut_turns_step(&turns, (const uint8_t[2]){speech.speech, 0}, events);
    took[TURNS] += since(start);
}

static void measure_stages(void)
{
    uint32_t took[STAGES] = {0};
    uint32_t nothing = 0;
    ut_features_init(&features);
    ut_frame_init(&frame);
    ut_level_init(&level);
    ut_pitch_init(&pitch);
    ut_speech_init(&speech);
    ut_pace_init(&pace);
    ut_infer_init(&infer, &ut_model_default);
    ut_turns_init(&turns);
    for (int i = 0; i < HOPS; i++) {
        uint32_t start = board_time_us();
        nothing += since(start); /* what measuring itself costs */
        measure_hop(audio + 2 * HOP * i, took);
    }
    for (int s = 0; s < STAGES; s++) {
        uint32_t net = took[s] > nothing ? took[s] - nothing : 0;
        printf("stage %s %lu.%03lu\n", stage_names[s], (unsigned long)(net / HOPS),
               (unsigned long)(net % HOPS * 1000 / HOPS));
    }
}

int ut_main(void)
{
    if (board_init() != 0 || board_audio_start(collect, NULL) != 0)
        board_panic(66, "no audio source");
    while (!ended) {
        board_watchdog_feed();
        board_idle();
    }
    board_audio_stop();
    if (filled < RATE * SECONDS)
        board_panic(65, "the audio is too short");
    measure_call();
    measure_stages();
    if (ut_bench_pairing() != 0)
        board_panic(70, "the pairing failed");
    fflush(stdout);
    board_panic(0, "measured");
}
