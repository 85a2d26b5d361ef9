/* SPDX-License-Identifier: Apache-2.0 */
/* Long calls: an hour of silence, of noise and of speech on a desktop machine, minutes where instructions are dear. */
#include "firmware/call.h"
#include "tests/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#if defined(__arm__)
enum { MINUTES = 3, DRIFT = 32 };
#elif defined(__SANITIZE_ADDRESS__)
enum { MINUTES = 8, DRIFT = 32 };
#else
enum { MINUTES = 60, DRIFT = 8 }; /* of 255, between thirds; two minutes of words differ by up to 22 */
#endif

enum { SECOND = UT_SIGNAL_RATE, NEUTRAL_MS = 10000, SCORES_PER_MINUTE = 240 };

/* What the records of a call say, minute by minute. */
static struct heard {
    struct {
        int32_t frustration, delight, confidence, scores, above, full;
    } minute[MINUTES + 1];
    uint32_t hash, records, last_ms;
    int32_t scores, not_abstaining;
    uint32_t last_above_ms; /* the newest score that is not neutral */
} heard;

static struct ut_call call;

static void hear(void *ctx, const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    struct heard *h = ctx;
    struct ut_wire_score s;
    h->records++;
    for (int i = 0; i < UT_WIRE_RECORD_BYTES; i++)
        h->hash = (h->hash ^ record[i]) * 16777619U;
    if (ut_wire_type(record) != UT_WIRE_SCORE || ut_wire_unpack_score(record, &s) != 0)
        return;
    uint32_t m = s.t_ms > 0 ? (s.t_ms - 1) / 60000 : 0;
    if (m > MINUTES)
        m = MINUTES;
    h->scores++;
    h->last_ms = s.t_ms;
    h->not_abstaining += ((s.flags >> UT_WIRE_ABSTAIN_SHIFT) & 7) == UT_ABSTAIN_NONE;
    h->minute[m].scores++;
    h->minute[m].frustration += s.frustration;
    h->minute[m].delight += s.delight;
    h->minute[m].confidence += s.confidence;
    h->minute[m].full += s.frustration == 255 || s.delight == 255;
    if (s.frustration > 0 || s.delight > 0) {
        h->minute[m].above++;
        h->last_above_ms = s.t_ms;
    }
}

static void begin(void)
{
    static const char board[4] = {'t', 'e', 's', 't'};
    memset(&heard, 0, sizeof heard);
    heard.hash = 2166136261U;
    assert_int_equal(ut_call_init(&call, &ut_model_default, board, hear, &heard), 0);
}

/* A voice with short and long pauses, a melody and loud passages, repeated for ever, over faint noise. */
struct speaker {
    struct ut_signal_voice voice;
    uint32_t noise, n;
};

static void speaker_init(struct speaker *s)
{
    ut_signal_voice_init(&s->voice, 17);
    s->noise = 23;
    s->n = 0;
}

static int16_t speaker_next(struct speaker *s)
{
    uint32_t t_ms = s->n / 16;
    int32_t melody_q4 = ut_signal_sin_q15(s->n * 200003u) * 45 * 16 >> 15;
    int32_t strength = t_ms % 7000 < 6000 && t_ms % 1370 < 1040 ? (t_ms % 9000 < 5000 ? 4000 : 10000) : 0;
    int32_t x = ut_signal_voice(&s->voice, (uint32_t)(190 * 16 + melody_q4), 4 * 16, strength);
    s->n++;
    return (int16_t)(x + ut_signal_noise(&s->noise, 20));
}

enum source { SILENCE, NOISE, SPEECH };

static void play(enum source source, int32_t strength, int32_t seconds, struct speaker *speaker)
{
    static int16_t pairs[2 * 160];
    uint32_t random = 77;
    for (int32_t hop = 0; hop < seconds * 100; hop++) {
        for (int i = 0; i < 160; i++) {
            int16_t x = source == SPEECH  ? speaker_next(speaker)
                        : source == NOISE ? ut_signal_noise(&random, strength)
                                          : 0;
            pairs[2 * i] = x;
            pairs[2 * i + 1] = 0;
        }
        ut_call_push(&call, pairs, 160);
    }
}

/* Units of the recurrent layer that stand at an end of their range. */
static int units_at_the_rail(void)
{
    int n = 0;
    for (int i = 0; i < ut_model_default.hidden; i++)
        n += call.customer.infer.hidden_q15[i] == INT16_MAX || call.customer.infer.hidden_q15[i] == INT16_MIN;
    return n;
}

static void check_state_in_range(void)
{
    const struct ut_infer *s = &call.customer.infer;
    for (int i = 0; i < ut_model_default.inputs; i++)
        assert_true(abs(s->mean_x_q14[i]) <= 32768 << 6);
    for (int j = 0; j < UT_MODEL_HIDDEN_MAX; j++)
        assert_true(abs(s->mean_hidden_q21[j]) <= 1 << 21);
    assert_true(4 * units_at_the_rail() < ut_model_default.hidden);
}

static void silence_stays_neutral(void **state)
{
    (void)state;
    static struct ut_infer early;
    begin();
    play(SILENCE, 0, 60, NULL);
    memcpy(&early, &call.customer.infer, sizeof early);
    play(SILENCE, 0, (MINUTES - 1) * 60, NULL);
    assert_memory_equal(early.hidden_q15, call.customer.infer.hidden_q15, sizeof early.hidden_q15);
    assert_memory_equal(early.conv1, call.customer.infer.conv1, sizeof early.conv1);
    assert_memory_equal(early.mean_x_q14, call.customer.infer.mean_x_q14, sizeof early.mean_x_q14);
    check_state_in_range();
    ut_call_finish(&call);
    assert_true(heard.scores >= MINUTES * SCORES_PER_MINUTE);
    assert_int_equal(heard.last_ms, MINUTES * 60000);
    assert_int_equal(heard.last_above_ms, 0);
    assert_int_equal(heard.not_abstaining, 0);
}

/* The scores of twenty seconds of speech after a silence. */
static void scores_after(int32_t seconds, uint8_t score[80][2])
{
    static struct speaker speaker;
    speaker_init(&speaker);
    begin();
    play(SILENCE, 0, seconds, NULL);
    for (int i = 0; i < 80; i++) {
        static int16_t pairs[2 * SECOND / 4];
        for (int k = 0; k < SECOND / 4; k++)
            pairs[2 * k] = speaker_next(&speaker);
        ut_call_push(&call, pairs, SECOND / 4);
        score[i][0] = call.score.frustration;
        score[i][1] = call.score.delight;
    }
}

static void speech_after_an_hour_is_as_after_a_minute(void **state)
{
    (void)state;
    uint8_t early[80][2], late[80][2];
    scores_after(60, early);
    scores_after(MINUTES * 60, late);
    assert_memory_equal(early, late, sizeof early);
    int above = 0;
    for (int i = 0; i < 80; i++)
        above += early[i][0] + early[i][1] > 0;
    assert_true(above > 40);
}

static void noise_stays_neutral(void **state)
{
    (void)state;
    static const int32_t strength[] = {30, 3000};
    for (int k = 0; k < 2; k++) {
        begin();
        play(NOISE, strength[k], 60, NULL);
        int16_t early_q8 = call.party[UT_CUSTOMER].snr_q8;
        play(NOISE, strength[k], (MINUTES - 1) * 60, NULL);
        assert_in_range(call.party[UT_CUSTOMER].snr_q8 - early_q8 + 256, 0, 512); /* 1 dB */
        check_state_in_range();
        ut_call_finish(&call);
        assert_int_equal(heard.last_ms, MINUTES * 60000);
        assert_int_equal(heard.not_abstaining, 0);
        for (int m = 0; m < MINUTES; m++)
            assert_true(heard.minute[m].above <= SCORES_PER_MINUTE / 20);
    }
}

/* Mean of a sum over minutes [from, to), in 1/255. */
#define MEAN(field, from, to, out)                                                                                     \
    do {                                                                                                               \
        int32_t sum = 0, n = 0;                                                                                        \
        for (int m = (from); m < (to); m++) {                                                                          \
            sum += heard.minute[m].field;                                                                              \
            n += heard.minute[m].scores;                                                                               \
        }                                                                                                              \
        (out) = sum / n;                                                                                               \
    } while (0)

static void speech_neither_drifts_nor_saturates(void **state)
{
    (void)state;
    static struct speaker speaker;
    int32_t early, late, full = 0, above = 0;
    const int third = MINUTES / 3;
    speaker_init(&speaker);
    begin();
    for (int m = 0; m < MINUTES; m++) {
        play(SPEECH, 0, 60, &speaker);
        check_state_in_range();
    }
    ut_call_finish(&call);
    assert_int_equal(heard.last_ms, MINUTES * 60000);
    for (int m = 0; m < MINUTES; m++) {
        full += heard.minute[m].full;
        above += heard.minute[m].above;
    }
    assert_true(above > heard.scores / 2); /* it was scored */
    assert_true(heard.not_abstaining > heard.scores / 2);
    assert_true(full < heard.scores / 50);
    MEAN(frustration, third, 2 * third, early);
    MEAN(frustration, MINUTES - third, MINUTES, late);
    print_message("frustration %d then %d of 255", (int)early, (int)late);
    assert_in_range(late - early + DRIFT, 0, 2 * DRIFT);
    MEAN(delight, third, 2 * third, early);
    MEAN(delight, MINUTES - third, MINUTES, late);
    print_message(", delight %d then %d", (int)early, (int)late);
    assert_in_range(late - early + DRIFT, 0, 2 * DRIFT);
    MEAN(confidence, third, 2 * third, early);
    MEAN(confidence, MINUTES - third, MINUTES, late);
    print_message(", confidence %d then %d\n", (int)early, (int)late);
    assert_in_range(late - early + DRIFT, 0, 2 * DRIFT);
}

/* After speech, whatever steady sound follows. */
static void the_score_is_neutral_ten_seconds_after_speech(void **state)
{
    (void)state;
    static const int32_t after[] = {0, 5, 10, 20, 40, 300, 3000, 20000};
    for (int k = 0; k < 8; k++) {
        static struct speaker speaker;
        speaker_init(&speaker);
        begin();
        play(SPEECH, 0, 20, &speaker);
        /* until it is certain of something, so that there is a way to go */
        for (int s = 0; s < 30 && call.score.frustration + call.score.delight < 20; s++)
            play(SPEECH, 0, 1, &speaker);
        uint32_t end_ms = (uint32_t)call.rows * 10;
        assert_true(heard.last_above_ms + 1000 > end_ms);
        call.customer.last.frustration_q15 = 32768; /* from as far as it can be */
        play(after[k] > 0 ? NOISE : SILENCE, after[k], 40, NULL);
        assert_true(heard.last_above_ms > end_ms);
        assert_true(heard.last_above_ms < end_ms + NEUTRAL_MS);
        assert_int_equal(call.score.frustration, 0);
        assert_int_equal(call.score.confidence, 0);
        assert_int_equal((call.score.flags >> UT_WIRE_ABSTAIN_SHIFT) & 7, UT_ABSTAIN_LITTLE);
    }
}

static uint32_t hash_of_a_call(void)
{
    static struct speaker speaker;
    speaker_init(&speaker);
    begin();
    play(SPEECH, 0, 15, &speaker);
    play(NOISE, 900, 5, NULL);
    ut_call_finish(&call);
    assert_true(heard.records > 80);
    return heard.hash;
}

/* What was before a call leaves no trace in it. */
static void a_new_call_is_a_reset(void **state)
{
    (void)state;
    static struct speaker speaker;
    memset(&call, 0, sizeof call);
    uint32_t fresh = hash_of_a_call();
    speaker_init(&speaker);
    begin();
    play(SPEECH, 0, MINUTES * 20, &speaker);
    play(NOISE, 20000, 20, NULL);
    ut_call_finish(&call);
    assert_int_not_equal(heard.hash, fresh);
    assert_int_equal(hash_of_a_call(), fresh);
    memset(&call, 0xA5, sizeof call);
    assert_int_equal(hash_of_a_call(), fresh);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_stays_neutral),
        cmocka_unit_test(speech_after_an_hour_is_as_after_a_minute),
        cmocka_unit_test(noise_stays_neutral),
        cmocka_unit_test(speech_neither_drifts_nor_saturates),
        cmocka_unit_test(the_score_is_neutral_ten_seconds_after_speech),
        cmocka_unit_test(a_new_call_is_a_reset),
    };
    return cmocka_run_group_tests_name("long_stream", tests, NULL, NULL);
}
