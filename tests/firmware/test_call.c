/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/log2.h"
#include "firmware/call.h"
#include "firmware/version.h"
#include "tests/golden/call.h"
#include "tests/talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The rule that the agent's channel meets no classifier, as types. */
#define TYPE_IS(value, type) _Generic((value), type : 1, default : 0)
_Static_assert(TYPE_IS(((struct ut_call *)0)->customer, struct ut_engine), "the customer has a classifier");
_Static_assert(TYPE_IS(((struct ut_call *)0)->agent, struct ut_features), "the agent has features and no more");
_Static_assert(sizeof(struct ut_call) <
                   2 * sizeof(struct ut_features) + sizeof(struct ut_infer) + sizeof(struct ut_caller) + 2048,
               "room for one classifier and one caller's baseline at most");

enum { SECOND = UT_SIGNAL_RATE, RECORDS_MAX = 300 };

struct recording {
    uint8_t record[RECORDS_MAX][UT_WIRE_RECORD_BYTES];
    int n;
};

static void record(void *ctx, const uint8_t bytes[UT_WIRE_RECORD_BYTES])
{
    struct recording *r = ctx;
    assert_in_range(r->n, 0, RECORDS_MAX - 1);
    memcpy(r->record[r->n++], bytes, UT_WIRE_RECORD_BYTES);
}

static struct ut_call call;
static struct recording first, second;

static void start(struct recording *r)
{
    r->n = 0;
    assert_int_equal(ut_call_init(&call, &ut_model_default, "test", record, r), 0);
}

/* The scripted call, `samples` long, in chunks of 1..chunk_max pairs. */
static void play(struct recording *r, int samples, uint32_t chunk_max)
{
    static int16_t pairs[2 * 1000];
    struct ut_talk talk;
    uint32_t random = 99;
    ut_talk_init(&talk);
    start(r);
    while (samples > 0) {
        int n = 1 + (int)(ut_signal_random(&random) % chunk_max);
        n = n < samples ? n : samples;
        for (int i = 0; i < n; i++)
            ut_talk_next(&talk, pairs + 2 * i);
        ut_call_push(&call, pairs, (size_t)n);
        samples -= n;
    }
    ut_call_finish(&call);
}

static int find(const struct recording *r, int type, int nth)
{
    for (int i = 0; i < r->n; i++)
        if (ut_wire_type(r->record[i]) == type && nth-- == 0)
            return i;
    return -1;
}

static int count(const struct recording *r, int type)
{
    int n = 0;
    while (find(r, type, n) >= 0)
        n++;
    return n;
}

static struct ut_wire_score score_at(const struct recording *r, int nth)
{
    struct ut_wire_score s;
    memset(&s, 0, sizeof s);
    int at = find(r, UT_WIRE_SCORE, nth);
    assert_true(at >= 0);
    assert_int_equal(ut_wire_unpack_score(r->record[at], &s), 0);
    return s;
}

static void test_chunk_size_does_not_matter(void **state)
{
    (void)state;
    play(&first, 6 * SECOND + 77, 1);
    assert_true(first.n > 25);
    play(&second, 6 * SECOND + 77, 1000);
    assert_int_equal(second.n, first.n);
    assert_memory_equal(second.record, first.record, (size_t)first.n * UT_WIRE_RECORD_BYTES);
}

static void test_order_and_times(void **state)
{
    (void)state;
    struct ut_wire_hello hello;
    struct ut_wire_status status;
    int scores = 0, statuses = 0, hellos = 0, turns = 0;
    play(&first, 20 * SECOND + SECOND / 10, 1000);
    assert_int_equal(ut_wire_type(first.record[0]), UT_WIRE_HELLO);
    for (int i = 0; i < first.n; i++) {
        struct ut_wire_score s;
        struct ut_wire_turn t;
        const uint8_t *r = first.record[i];
        assert_int_equal(r[1], i & 255);
        switch (ut_wire_type(r)) {
        case UT_WIRE_HELLO:
            assert_int_equal(ut_wire_unpack_hello(r, &hello), 0);
            assert_int_equal(scores, 40 * hellos++); /* after the score of 10 s, 20 s */
            break;
        case UT_WIRE_SCORE:
            assert_int_equal(ut_wire_unpack_score(r, &s), 0);
            scores++;
            assert_int_equal(s.t_ms, scores <= 80 ? 250 * scores : 20100);
            assert_int_equal((s.flags & UT_WIRE_END) != 0, scores == 81);
            break;
        case UT_WIRE_TURN:
            assert_int_equal(ut_wire_unpack_turn(r, &t), 0);
            assert_in_range(t.t_ms, 250 * scores + 10, 250 * scores + 250); /* before the score of the same row */
            turns++;
            break;
        default:
            assert_int_equal(ut_wire_type(r), UT_WIRE_STATUS);
            assert_int_equal(ut_wire_unpack_status(r, &status), 0);
            statuses++;
            assert_int_equal(status.t_ms, statuses <= 4 ? 5000 * statuses : 20100);
            assert_int_equal(scores, statuses <= 4 ? 20 * statuses : 81);
        }
    }
    assert_int_equal(scores, 81);
    assert_int_equal(statuses, 5);
    assert_int_equal(hellos, 3);
    assert_true(turns > 10);
    assert_int_equal(ut_wire_type(first.record[first.n - 1]), UT_WIRE_STATUS);
    assert_int_equal(ut_wire_type(first.record[first.n - 2]), UT_WIRE_SCORE);

    assert_int_equal(ut_wire_unpack_hello(first.record[0], &hello), 0);
    assert_int_equal(hello.features_version, UT_FEATURES_VERSION);
    assert_true(hello.model_crc32 == ut_model_default.crc32);
    assert_int_equal(strncmp(hello.model_id, ut_model_default.id, sizeof hello.model_id), 0);
    assert_memory_equal(hello.board, "test", 4);
}

/* The script's turns come out where they were put; the speech decision may be off by 150 ms. */
static void expect_turn(int kind, int nth, int party, int begin_ms, int end_ms)
{
    struct ut_wire_turn t;
    for (int i = 0;; i++) {
        int at = find(&first, UT_WIRE_TURN, i);
        if (at < 0)
            fail_msg("turn event %d of kind %d is missing", nth, kind);
        assert_int_equal(ut_wire_unpack_turn(first.record[at], &t), 0);
        if (t.kind == kind && nth-- == 0)
            break;
    }
    assert_int_equal(t.party, party);
    assert_in_range(t.begin_ms, begin_ms - 150, begin_ms + 150);
    assert_in_range(t.end_ms, end_ms - 150, end_ms + 150);
}

static void test_turns_of_the_script(void **state)
{
    (void)state;
    play(&first, 20 * SECOND, 1000);
    expect_turn(UT_TURN_END, 0, UT_CUSTOMER, 530, 3090);
    expect_turn(UT_TURN_END, 1, UT_AGENT, 3540, 6010);
    expect_turn(UT_TURN_OVERLAP_END, 0, UT_BOTH, 8060, 9480);
    expect_turn(UT_TURN_INTERRUPTION, 0, UT_AGENT, 8060, 9480);
    expect_turn(UT_TURN_NONTALK_END, 0, UT_BOTH, 11020, 15020);
    expect_turn(UT_TURN_IPU_END, 4, UT_CUSTOMER, 15020, 18110);
}

/* Whatever its length, every sample has its row, and what is open is closed. */
static void test_finish(void **state)
{
    (void)state;
    static const int length[] = {0, 1, 159, 160, 161, 4000, 4001, 5 * 16000, 2 * SECOND + 80};
    for (size_t i = 0; i < sizeof length / sizeof length[0]; i++) {
        struct ut_wire_score s;
        struct ut_wire_status status;
        uint32_t rows = (uint32_t)(length[i] + 159) / 160;
        int starts = 0, ends = 0;
        play(&first, length[i], 1000);
        int last = count(&first, UT_WIRE_SCORE) - 1;
        s = score_at(&first, last);
        assert_int_equal(s.t_ms, rows * 10);
        assert_true((s.flags & UT_WIRE_END) != 0);
        assert_int_equal(last, rows / 25);
        assert_int_equal(ut_wire_unpack_status(first.record[first.n - 1], &status), 0);
        assert_int_equal(status.t_ms, rows * 10);
        for (int k = 0; k < first.n; k++) {
            struct ut_wire_turn t;
            if (ut_wire_unpack_turn(first.record[k], &t) != 0)
                continue;
            starts += t.kind == UT_TURN_IPU_START || t.kind == UT_TURN_START;
            ends += t.kind == UT_TURN_IPU_END || t.kind == UT_TURN_END;
        }
        assert_int_equal(starts, ends);
        assert_true(length[i] < 16000 || starts >= 2);
        if (last > 0 && rows % 25 == 0) { /* nothing new to say: the same score, marked as the end */
            struct ut_wire_score before = score_at(&first, last - 1);
            assert_int_equal(before.t_ms, s.t_ms);
            assert_int_equal(before.customer_loudness, s.customer_loudness);
            assert_int_equal(before.frustration, s.frustration);
        }
    }
}

static void customer_only(struct ut_wire_score *s)
{
    s->flags &= (uint8_t) ~(UT_WIRE_AGENT_SPEECH | UT_WIRE_AGENT_CLIPPED);
    s->agent_level = 0;
    s->agent_pace = 0;
}

/* Whatever the agent says, not one bit of what is said of the customer changes. */
static void test_agent_never_reaches_the_scores(void **state)
{
    (void)state;
    int changed = 0;
    play(&first, 10 * SECOND, 1000);
    for (int kind = 0; kind < 3; kind++) {
        struct ut_talk talk;
        uint32_t random = 1234;
        ut_talk_init(&talk);
        start(&second);
        for (int i = 0; i < 10 * SECOND; i++) {
            int16_t pair[2];
            ut_talk_next(&talk, pair);
            pair[1] = kind == 0 ? 0 : i % 128 < 64 ? 20000 : -20000;
            if (kind == 1)
                pair[1] = (int16_t)(ut_signal_random(&random) >> 16);
            ut_call_push(&call, pair, 1);
        }
        ut_call_finish(&call);
        assert_int_equal(count(&second, UT_WIRE_SCORE), count(&first, UT_WIRE_SCORE));
        for (int i = 0; i < count(&first, UT_WIRE_SCORE); i++) {
            struct ut_wire_score a = score_at(&first, i);
            struct ut_wire_score b = score_at(&second, i);
            uint8_t bytes_a[UT_WIRE_RECORD_BYTES], bytes_b[UT_WIRE_RECORD_BYTES];
            changed += a.agent_level != b.agent_level;
            customer_only(&a);
            customer_only(&b);
            ut_wire_pack_score(bytes_a, 0, &a);
            ut_wire_pack_score(bytes_b, 0, &b);
            assert_memory_equal(bytes_a, bytes_b, UT_WIRE_RECORD_BYTES);
        }
    }
    assert_true(changed > 20); /* the agent's own numbers did follow */
}

static struct ut_wire_status last_status(const struct recording *r)
{
    struct ut_wire_status s = {0};
    assert_int_equal(ut_wire_unpack_status(r->record[r->n - 1], &s), 0);
    return s;
}

/* The call with the agent's channel made of both, `own` quarters of its own and `other` quarters of the customer's of
 * 60 ms before; and the customer's likewise. */
static void play_mixed(struct recording *to, int own, int other_in_agent, int other_in_customer)
{
    enum { LATE = 960 };
    static int16_t past[LATE][2];
    struct ut_talk talk;
    ut_talk_init(&talk);
    memset(past, 0, sizeof past);
    start(to);
    for (int i = 0; i < UT_TALK_SAMPLES; i++) {
        int16_t pair[2], mixed[2];
        ut_talk_next(&talk, pair);
        mixed[0] = (int16_t)((4 * pair[0] + other_in_customer * past[i % LATE][1]) / 4);
        mixed[1] = (int16_t)((own * pair[1] + other_in_agent * past[i % LATE][0]) / 4);
        memcpy(past[i % LATE], pair, sizeof pair);
        ut_call_push(&call, mixed, 1);
    }
    ut_call_finish(&call);
}

static int speech_intervals(const struct recording *r)
{
    int n = 0;
    for (int i = 0; i < count(r, UT_WIRE_SCORE); i++) {
        struct ut_wire_score s = score_at(r, i);
        n += ut_wire_speaks(&s, UT_CUSTOMER);
    }
    return n;
}

static void test_a_leak_is_not_the_customers_speech(void **state)
{
    (void)state;
    play(&first, UT_TALK_SAMPLES, 1000);
    assert_int_equal(last_status(&first).channels, UT_CHANNELS_SEPARATE);
    assert_int_equal(last_status(&first).about, 0);
    play_mixed(&second, 4, 0, 1); /* the agent in the customer's channel, 12 dB below */
    struct ut_wire_status s = last_status(&second);
    assert_int_equal(s.channels, UT_CHANNELS_LEAK);
    assert_int_equal(s.about, 1);
    assert_in_range(s.delay[UT_CUSTOMER], 5, 7);
    assert_in_range(-s.gain[UT_CUSTOMER], 10, 15);
    assert_int_equal(s.delay[UT_AGENT] | s.gain[UT_AGENT], 0);
    assert_true(abs(speech_intervals(&second) - speech_intervals(&first)) <= 4); /* before it was found */
}

static void test_one_channel_in_both_is_not_scored(void **state)
{
    (void)state;
    play_mixed(&second, 0, 4, 0); /* the customer in both */
    struct ut_wire_status s = last_status(&second);
    assert_int_equal(s.channels, UT_CHANNELS_SAME);
    assert_true((s.about & 2) != 0); /* such even syllables may be heard in the other direction too */
    assert_in_range(s.delay[UT_AGENT], 5, 7);
    assert_int_equal(s.gain[UT_AGENT], 0);
    int mixed = 0, scores = count(&second, UT_WIRE_SCORE);
    for (int i = 0; i < scores; i++) {
        struct ut_wire_score score = score_at(&second, i);
        mixed += ut_wire_abstain(&score) == UT_ABSTAIN_MIXED;
        assert_true(i < 12 || ut_wire_abstain(&score) == UT_ABSTAIN_MIXED); /* from 3 s on */
    }
    assert_true(mixed > 60);
}

static int near(int a, int b, int by)
{
    return abs(a - b) <= by;
}

/* A score's plain numbers, against rows of the same audio put through the features alone. */
static void test_measured_fields(void **state)
{
    (void)state;
    static struct ut_features features[2];
    struct ut_talk talk;
    int rows = 0, scores = 0, voiced_scores = 0;
    double level[2] = {0}, speech_level[2] = {0}, f0 = 0, f0_min = 1e9, f0_max = -1e9;
    int speech_rows[2] = {0}, f0_rows = 0;
    play(&first, 8 * SECOND, 1000);
    ut_talk_init(&talk);
    for (int who = 0; who < 2; who++)
        ut_features_init(&features[who]);
    for (int i = 0; i < 8 * SECOND; i++) {
        int16_t pair[2];
        struct ut_row row[2];
        int ready;
        ut_talk_next(&talk, pair);
        for (int who = 0; who < 2; who++)
            (void)ut_features_push(&features[who], pair + who, 1, 1, &row[who], &ready);
        if (!ready)
            continue;
        for (int who = 0; who < 2; who++) {
            level[who] += row[who].level_q8 / 256.0;
            speech_level[who] += row[who].speech ? row[who].level_q8 / 256.0 : 0.0;
            speech_rows[who] += row[who].speech;
        }
        if (row[0].speech && row[0].f0_q4 != 0) {
            double semitones = ut_log2_semitones_q8(row[0].f0_q4) / 256.0;
            f0 += semitones;
            f0_rows++;
            f0_min = semitones < f0_min ? semitones : f0_min;
            f0_max = semitones > f0_max ? semitones : f0_max;
        }
        if (++rows % 25 != 0)
            continue;
        struct ut_wire_score s = score_at(&first, scores++);
        for (int who = 0; who < 2; who++)
            level[who] = speech_rows[who] > 0 ? speech_level[who] / speech_rows[who] : level[who] / 25;
        assert_true(near(s.customer_loudness, (int)((level[0] + 80) * 2.5 + 0.5), 1));
        assert_true(near(s.agent_level, (int)(-2 * level[1] + 0.5), 1));
        assert_true(near(s.customer_pace, (row[0].pace_q8 + 8) / 16, 0));
        assert_true(near(s.agent_pace, (row[1].pace_q8 + 8) / 16, 0));
        assert_int_equal((s.flags & UT_WIRE_CUSTOMER_SPEECH) != 0, speech_rows[0] >= 13);
        assert_int_equal((s.flags & UT_WIRE_AGENT_SPEECH) != 0, speech_rows[1] >= 13);
        assert_int_equal(s.flags & (UT_WIRE_CUSTOMER_CLIPPED | UT_WIRE_AGENT_CLIPPED), 0);
        assert_int_equal(s.customer_f0 != 0, f0_rows > 0);
        if (f0_rows > 0) {
            assert_true(near(s.customer_f0, (int)(4 * f0 / f0_rows + 1.5), 1));
            assert_true(near(s.customer_f0_range, (int)(4 * (f0_max - f0_min) + 0.5), 1));
            voiced_scores++;
        }
        for (int who = 0; who < 2; who++) {
            level[who] = 0;
            speech_level[who] = 0;
            speech_rows[who] = 0;
        }
        f0 = 0;
        f0_rows = 0;
        f0_min = 1e9;
        f0_max = -1e9;
    }
    assert_int_equal(scores, 31);
    assert_true(voiced_scores > 8);
}

static void test_clipping_flags(void **state)
{
    (void)state;
    for (int who = 0; who < 2; who++) {
        for (int clipped = 0; clipped < 2; clipped++) {
            start(&first);
            for (int i = 0; i < SECOND; i++) {
                int16_t pair[2] = {(int16_t)(i % 7), (int16_t)(i % 5)};
                if (i % 4000 >= 100 && i % 4000 < 140 + clipped) /* 1 % of 4000 is not more than 1 % */
                    pair[who] = INT16_MIN;
                ut_call_push(&call, pair, 1);
            }
            ut_call_finish(&call);
            uint8_t flag = who == UT_CUSTOMER ? UT_WIRE_CUSTOMER_CLIPPED : UT_WIRE_AGENT_CLIPPED;
            for (int i = 0; i < 4; i++)
                assert_int_equal(score_at(&first, i).flags & (UT_WIRE_CUSTOMER_CLIPPED | UT_WIRE_AGENT_CLIPPED),
                                 clipped ? flag : 0);
        }
    }
}

static void test_counters_travel(void **state)
{
    (void)state;
    static const int16_t silence[2 * 160] = {0};
    struct ut_wire_status s;
    start(&first);
    call.overruns = 0x1234;
    call.drops = 0xFFFF;
    ut_call_push(&call, silence, 160);
    ut_call_finish(&call);
    assert_int_equal(ut_wire_unpack_status(first.record[first.n - 1], &s), 0);
    assert_int_equal(s.overruns, 0x1234);
    assert_int_equal(s.drops, 0xFFFF);
}

/* Two calls in one session are two calls of their own, whatever came between: loud, clipped, cut in mid-hop. */
static void test_a_call_leaves_nothing_behind(void **state)
{
    (void)state;
    static int16_t pairs[2 * 1000];
    struct ut_talk talk;
    uint32_t random = 4;
    const int samples = 8 * UT_SIGNAL_RATE;
    start(&first);
    for (int turn = 0; turn < 3; turn++) {
        int from = first.n;
        ut_talk_init(&talk);
        for (int done = 0; done < samples; done += 1000) {
            for (int i = 0; i < 1000; i++)
                ut_talk_next(&talk, pairs + 2 * i);
            ut_call_push(&call, pairs, 1000);
        }
        ut_call_again(&call);
        int n = first.n - from, ends = 0; /* from behind the hello to the next call's */
        for (int i = from; i < first.n; i++) {
            struct ut_wire_score score;
            ends += ut_wire_unpack_score(first.record[i], &score) == 0 && (score.flags & UT_WIRE_END) != 0;
        }
        assert_int_equal(ends, 1);
        if (turn == 0) {
            second.n = n;
            memcpy(second.record, first.record + from, (size_t)n * UT_WIRE_RECORD_BYTES);
        }
        assert_int_equal(n, second.n);
        for (int i = 0; i < n; i++) {
            assert_int_equal(first.record[from + i][1], (from + i) % 256);
            first.record[from + i][1] = second.record[i][1] = 0;
        }
        assert_memory_equal(first.record[from], second.record, (size_t)n * UT_WIRE_RECORD_BYTES);
        for (int i = 0; i < 1000; i++)
            pairs[2 * i] = pairs[2 * i + 1] = (int16_t)(i % 2 == 0 ? INT16_MAX : (int16_t)ut_signal_random(&random));
        for (int i = 0; turn == 0 && i < 50; i++)
            ut_call_push(&call, pairs, 999);
        if (turn == 0)
            ut_call_again(&call);
    }
}

/* 21 s: three hellos, each with the reset behind it, and a record of the owner's among them. */
static void test_why_it_started_follows_every_hello(void **state)
{
    (void)state;
    static const int16_t silence[2 * 160] = {0};
    const struct ut_wire_reset why = {UT_WIRE_WATCHDOG, 2, 0x1234, 0x5679, 0, 3};
    uint8_t own[UT_WIRE_RECORD_BYTES];
    struct ut_wire_reset told;
    int resets = 0;
    start(&first);
    ut_call_reset(&call, &why);
    const struct ut_wire_reply reply = {.op = 1};
    ut_wire_pack_reply(own, 99, &reply);
    for (int row = 0; row < 2100; row++) {
        if (row == 1500)
            ut_call_send(&call, own);
        ut_call_push(&call, silence, 160);
    }
    for (int i = 0; i < first.n; i++) {
        assert_int_equal(first.record[i][1], i % 256);
        if (ut_wire_type(first.record[i]) == UT_WIRE_HELLO) {
            assert_int_equal(ut_wire_unpack_reset(first.record[i + 1], &told), 0);
            assert_true(told.cause == why.cause && told.exception == why.exception && told.pc == why.pc &&
                        told.lr == why.lr && told.status == why.status && told.boots == why.boots);
            resets++;
        }
    }
    assert_int_equal(resets, 3);
    assert_int_equal(count(&first, UT_WIRE_RESET), 3);
    assert_int_equal(count(&first, UT_WIRE_REPLY), 1);
}

static void test_wrong_model_is_refused(void **state)
{
    (void)state;
    struct ut_model other = ut_model_default;
    other.features_version++;
    first.n = 0;
    assert_int_equal(ut_call_init(&call, &other, "test", record, &first), UT_ERR_FEATURES_VERSION);
    assert_int_equal(first.n, 0);
}

static void test_without_classifier(void **state)
{
    (void)state;
    struct ut_talk talk;
    struct ut_wire_hello hello;
    int loud = 0;
    ut_talk_init(&talk);
    first.n = 0;
    assert_int_equal(ut_call_init(&call, NULL, "test", record, &first), 0);
    for (int i = 0; i < 4 * SECOND; i++) {
        int16_t pair[2];
        ut_talk_next(&talk, pair);
        ut_call_push(&call, pair, 1);
    }
    ut_call_finish(&call);
    assert_int_equal(ut_wire_unpack_hello(first.record[0], &hello), 0);
    assert_true(hello.model_crc32 == 0);
    assert_memory_equal(hello.model_id, "\0\0\0", 4);
    for (int i = 0; i < count(&first, UT_WIRE_SCORE); i++) {
        struct ut_wire_score s = score_at(&first, i);
        assert_int_equal(s.frustration | s.delight | s.confidence, 0);
        assert_int_equal(s.flags >> UT_WIRE_ABSTAIN_SHIFT & 7, UT_ABSTAIN_LITTLE);
        loud += s.customer_loudness > 60;
    }
    assert_true(loud > 4);
    assert_true(count(&first, UT_WIRE_TURN) >= 4);
}

static void test_extreme_audio(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        uint32_t random = 77;
        start(&first);
        for (int i = 0; i < 3 * SECOND; i++) {
            int16_t low = INT16_MIN;
            int16_t square = i / 40 % 2 == 0 ? INT16_MAX : INT16_MIN;
            int16_t noise = (int16_t)(ut_signal_random(&random) >> 16);
            const int16_t pair[4][2] = {{low, low}, {square, low}, {noise, noise}, {0, square}};
            ut_call_push(&call, pair[kind], 1);
        }
        ut_call_finish(&call);
        assert_int_equal(count(&first, UT_WIRE_SCORE), 13);
        for (int i = 0; i < 13; i++)
            (void)score_at(&first, i); /* every field in its range */
    }
}

/* The script and its first part again, with `lost` samples missing from `at` on; negative: so many samples are blank
 * instead. */
static void play_with_gap(struct recording *r, int at, int lost)
{
    struct ut_talk talk;
    ut_talk_init(&talk);
    start(r);
    for (int i = 0; i < 32 * SECOND; i++) {
        int16_t pair[2];
        talk.n = (uint32_t)i % (uint32_t)(20 * SECOND);
        ut_talk_next(&talk, pair);
        if (lost > 0 && i >= at && i < at + lost)
            continue;
        if (lost < 0 && i >= at && i < at - lost)
            memset(pair, 0, sizeof pair);
        ut_call_push(&call, pair, 1);
    }
    ut_call_finish(&call);
}

/* After audio is lost the scores find back to those of the clean run: while the customer speaks, within 6/255 after 20
 * s. Losses are whole seconds, so that the intervals of both runs hold the same audio. */
static void test_scores_recover_from_lost_audio(void **state)
{
    (void)state;
    enum { RECOVERY_MS = 20000, TOLERANCE = 6 };
    static const struct {
        int at, lost;
    } fault[] = {
        {1 * SECOND, -320},
        {2 * SECOND + 123, -1600},
        {7 * SECOND, SECOND},
    };
    int hurt = 0;
    play_with_gap(&first, 0, 0);
    for (size_t i = 0; i < sizeof fault / sizeof fault[0]; i++) {
        int compared = 0;
        int shift = fault[i].lost > 0 ? fault[i].lost / SECOND * 4 : 0;
        play_with_gap(&second, fault[i].at, fault[i].lost);
        for (int k = fault[i].at / (SECOND / 4); k < count(&second, UT_WIRE_SCORE) - 1; k++) {
            struct ut_wire_score damaged = score_at(&second, k);
            struct ut_wire_score clean = score_at(&first, k + shift);
            if ((int)damaged.t_ms < fault[i].at / 16 + RECOVERY_MS) {
                hurt += damaged.frustration != clean.frustration || damaged.delight != clean.delight;
            } else if ((clean.flags & UT_WIRE_CUSTOMER_SPEECH) != 0) {
                assert_int_equal(damaged.flags, clean.flags);
                assert_true(near(clean.frustration, damaged.frustration, TOLERANCE));
                assert_true(near(clean.delight, damaged.delight, TOLERANCE));
                assert_true(near(clean.customer_loudness, damaged.customer_loudness, 0));
                assert_true(near(clean.customer_f0, damaged.customer_f0, 1));
                compared++;
            }
        }
        assert_true(compared > 4);
    }
    assert_true(hurt > 0);
}

/* The bits of a whole call, all stages and the model together, but for the version in a hello. They change only with
 * SPEC.md or the model; then tests/golden/regenerate.sh writes them again. */
static void test_golden_trace(void **state)
{
    (void)state;
    if (UT_GOLDEN_FEATURES_VERSION != UT_FEATURES_VERSION || UT_GOLDEN_MODEL_CRC32 != ut_model_default.crc32)
        fail_msg("the features or the model have changed: tests/golden/regenerate.sh");
    play(&first, UT_TALK_SAMPLES, 160);
    assert_int_equal(first.n, sizeof ut_golden_call / sizeof ut_golden_call[0]);
    for (int i = 0; i < first.n; i++) {
        uint8_t golden[UT_WIRE_RECORD_BYTES];
        memcpy(golden, ut_golden_call[i], sizeof golden);
        if (ut_wire_type(golden) == UT_WIRE_HELLO)
            memcpy(golden + 2, (uint8_t[]){UT_VERSION_MAJOR, UT_VERSION_MINOR, UT_VERSION_PATCH}, 3);
        assert_memory_equal(first.record[i], golden, sizeof golden);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chunk_size_does_not_matter),
        cmocka_unit_test(test_order_and_times),
        cmocka_unit_test(test_turns_of_the_script),
        cmocka_unit_test(test_finish),
        cmocka_unit_test(test_agent_never_reaches_the_scores),
        cmocka_unit_test(test_a_leak_is_not_the_customers_speech),
        cmocka_unit_test(test_one_channel_in_both_is_not_scored),
        cmocka_unit_test(test_measured_fields),
        cmocka_unit_test(test_clipping_flags),
        cmocka_unit_test(test_counters_travel),
        cmocka_unit_test(test_a_call_leaves_nothing_behind),
        cmocka_unit_test(test_why_it_started_follows_every_hello),
        cmocka_unit_test(test_wrong_model_is_refused),
        cmocka_unit_test(test_without_classifier),
        cmocka_unit_test(test_extreme_audio),
        cmocka_unit_test(test_scores_recover_from_lost_audio),
        cmocka_unit_test(test_golden_trace),
    };
    return cmocka_run_group_tests_name("call", tests, NULL, NULL);
}
