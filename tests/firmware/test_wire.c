/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/two_channels.h"
#include "firmware/engine.h"
#include "firmware/turns.h"
#include "firmware/wire.h"
#include "models/infer.h"
#include "tests/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct ut_wire_hello HELLO = {1, 2, 3, 0x0405, 0x06070809, {'u', 't', 'a', '1'}, {'m', 'p', 's', '2'}};
static const struct ut_wire_score SCORE = {
    0x01020304, 0xB5, 200, 100, 150, 131, 47, 72, 88, 60, 21, {{UT_GROUP_LEVEL, 100}, {UT_GROUP_PACE, -128}}};
static const struct ut_wire_turn TURN = {123460, UT_TURN_INTERRUPTION, UT_AGENT, 120000, 122000};
static const struct ut_wire_status STATUS = {5000, 0x1234, 0x5678, 31, 255, UT_CHANNELS_LEAK, 3, {6, 41}, {-20, 3}, 64};
static const struct ut_wire_reset RESET = {UT_WIRE_FAULT, 5, 0x08001234, 0x08005679, 0x00008200, 0x0102};
static const struct ut_wire_request REQUEST = {2, 77, 3, 4, {1, 2, 3, 4}};
static const struct ut_wire_reply REPLY = {2,  77, 3,
                                           12, 4,  {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'}};

/* Bytes as SPEC.md "Wire" lays them out. */
static void test_layout(void **state)
{
    (void)state;
    uint8_t r[UT_WIRE_RECORD_BYTES];

    static const uint8_t hello[] = {0x11, 7, 1, 2, 3, 5, 4, 9, 8, 7, 6, 'u', 't', 'a', '1', 'm', 'p', 's', '2', 0};
    ut_wire_pack_hello(r, 7, &HELLO);
    assert_memory_equal(r, hello, sizeof r);

    static const uint8_t score[] = {0x12, 255, 4,  3,  2,  1,  0xB5,           200, 100,           150,
                                    131,  47,  72, 88, 60, 21, UT_GROUP_LEVEL, 100, UT_GROUP_PACE, 0x80};
    ut_wire_pack_score(r, 255, &SCORE);
    assert_memory_equal(r, score, sizeof r);

    static const uint8_t turn[] = {
        0x13, 0, 0x44, 0xE2, 1, 0, UT_TURN_INTERRUPTION, UT_AGENT, 0xC0, 0xD4, 1, 0, 0x90, 0xDC, 1, 0, 0, 0, 0, 0};
    ut_wire_pack_turn(r, 0, &TURN);
    assert_memory_equal(r, turn, sizeof r);

    static const uint8_t status[] = {0x14, 1,   0x88, 0x13, 0, 0,  0x34, 0x12, 0x78, 0x56,
                                     31,   255, 2,    3,    6, 41, 0xEC, 3,    64,   0};
    ut_wire_pack_status(r, 1, &STATUS);
    assert_memory_equal(r, status, sizeof r);

    static const uint8_t reset[] = {0x15, 9, 5, 5, 0x34, 0x12, 0, 8, 0x79, 0x56, 0, 8, 0, 0x82, 0, 0, 2, 1, 0, 0};
    ut_wire_pack_reset(r, 9, &RESET);
    assert_memory_equal(r, reset, sizeof r);

    static const uint8_t request[] = {0x16, 3, 2, 77, 3, 4, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0};
    ut_wire_pack_request(r, 3, &REQUEST);
    assert_memory_equal(r, request, sizeof r);

    static const uint8_t reply[] = {0x17, 4,   2,   77,  3,   12,  4,   0,   'a', 'b',
                                    'c',  'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'};
    ut_wire_pack_reply(r, 4, &REPLY);
    assert_memory_equal(r, reply, sizeof r);
}

static void test_unpack_is_inverse(void **state)
{
    (void)state;
    uint8_t r[UT_WIRE_RECORD_BYTES];
    struct ut_wire_hello hello;
    struct ut_wire_score score;
    struct ut_wire_turn turn;
    struct ut_wire_status status;

    ut_wire_pack_hello(r, 1, &HELLO);
    assert_int_equal(ut_wire_type(r), UT_WIRE_HELLO);
    assert_int_equal(ut_wire_unpack_hello(r, &hello), 0);
    assert_int_equal(hello.fw_patch, HELLO.fw_patch);
    assert_int_equal(hello.features_version, HELLO.features_version);
    assert_true(hello.model_crc32 == HELLO.model_crc32);
    assert_memory_equal(hello.model_id, HELLO.model_id, 4);
    assert_memory_equal(hello.board, HELLO.board, 4);

    ut_wire_pack_score(r, 1, &SCORE);
    assert_int_equal(ut_wire_type(r), UT_WIRE_SCORE);
    assert_int_equal(ut_wire_unpack_score(r, &score), 0);
    assert_true(score.t_ms == SCORE.t_ms);
    assert_int_equal(score.flags, SCORE.flags);
    assert_int_equal(score.frustration, SCORE.frustration);
    assert_int_equal(score.delight, SCORE.delight);
    assert_int_equal(score.confidence, SCORE.confidence);
    assert_int_equal(score.customer_loudness, SCORE.customer_loudness);
    assert_int_equal(score.agent_level, SCORE.agent_level);
    assert_int_equal(score.customer_pace, SCORE.customer_pace);
    assert_int_equal(score.agent_pace, SCORE.agent_pace);
    assert_int_equal(score.customer_f0, SCORE.customer_f0);
    assert_int_equal(score.customer_f0_range, SCORE.customer_f0_range);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(score.top[i].feature, SCORE.top[i].feature);
        assert_int_equal(score.top[i].contribution, SCORE.top[i].contribution);
    }

    ut_wire_pack_turn(r, 1, &TURN);
    assert_int_equal(ut_wire_type(r), UT_WIRE_TURN);
    assert_int_equal(ut_wire_unpack_turn(r, &turn), 0);
    assert_true(turn.t_ms == TURN.t_ms && turn.begin_ms == TURN.begin_ms && turn.end_ms == TURN.end_ms);
    assert_int_equal(turn.kind, TURN.kind);
    assert_int_equal(turn.party, TURN.party);

    ut_wire_pack_status(r, 1, &STATUS);
    assert_int_equal(ut_wire_type(r), UT_WIRE_STATUS);
    assert_int_equal(ut_wire_unpack_status(r, &status), 0);
    assert_true(status.t_ms == STATUS.t_ms);
    assert_int_equal(status.overruns, STATUS.overruns);
    assert_int_equal(status.drops, STATUS.drops);
    assert_int_equal(status.customer_snr, STATUS.customer_snr);
    assert_int_equal(status.agent_snr, STATUS.agent_snr);
    assert_int_equal(status.channels, STATUS.channels);
    assert_int_equal(status.about, STATUS.about);
    assert_int_equal(status.known, STATUS.known);
    assert_memory_equal(status.delay, STATUS.delay, sizeof status.delay);
    assert_memory_equal(status.gain, STATUS.gain, sizeof status.gain);

    struct ut_wire_reset reset;
    ut_wire_pack_reset(r, 1, &RESET);
    assert_int_equal(ut_wire_unpack_reset(r, &reset), 0);
    assert_int_equal(reset.cause, RESET.cause);
    assert_int_equal(reset.exception, RESET.exception);
    assert_true(reset.pc == RESET.pc && reset.lr == RESET.lr && reset.status == RESET.status);
    assert_int_equal(reset.boots, RESET.boots);

    struct ut_wire_request request;
    ut_wire_pack_request(r, 1, &REQUEST);
    assert_int_equal(ut_wire_unpack_request(r, &request), 0);
    assert_memory_equal(&request, &REQUEST, sizeof request);

    struct ut_wire_reply reply;
    ut_wire_pack_reply(r, 1, &REPLY);
    assert_int_equal(ut_wire_unpack_reply(r, &reply), 0);
    assert_memory_equal(&reply, &REPLY, sizeof reply);
}

/* 0 when the record unpacks and packs back to the same bytes; 1 when it is refused; 2 when it changes. */
static int round_trip(const uint8_t *r)
{
    uint8_t again[UT_WIRE_RECORD_BYTES];
    struct ut_wire_hello hello;
    struct ut_wire_score score;
    struct ut_wire_turn turn;
    struct ut_wire_status status;
    struct ut_wire_reset reset;
    struct ut_wire_request request;
    struct ut_wire_reply reply;
    memset(again, 0xEE, sizeof again);
    switch (ut_wire_type(r)) {
    case UT_WIRE_HELLO:
        if (ut_wire_unpack_hello(r, &hello) != 0)
            return 1;
        ut_wire_pack_hello(again, r[1], &hello);
        break;
    case UT_WIRE_SCORE:
        if (ut_wire_unpack_score(r, &score) != 0)
            return 1;
        ut_wire_pack_score(again, r[1], &score);
        break;
    case UT_WIRE_TURN:
        if (ut_wire_unpack_turn(r, &turn) != 0)
            return 1;
        ut_wire_pack_turn(again, r[1], &turn);
        break;
    case UT_WIRE_STATUS:
        if (ut_wire_unpack_status(r, &status) != 0)
            return 1;
        ut_wire_pack_status(again, r[1], &status);
        break;
    case UT_WIRE_RESET:
        if (ut_wire_unpack_reset(r, &reset) != 0)
            return 1;
        ut_wire_pack_reset(again, r[1], &reset);
        break;
    case UT_WIRE_REQUEST:
        if (ut_wire_unpack_request(r, &request) != 0)
            return 1;
        ut_wire_pack_request(again, r[1], &request);
        break;
    case UT_WIRE_REPLY:
        if (ut_wire_unpack_reply(r, &reply) != 0)
            return 1;
        ut_wire_pack_reply(again, r[1], &reply);
        break;
    default:
        return 1;
    }
    return memcmp(again, r, sizeof again) == 0 ? 0 : 2;
}

/* Whatever bytes arrive: refused, or the fields hold all there is. */
static void test_any_bytes(void **state)
{
    (void)state;
    uint32_t seed = 11;
    int accepted[UT_WIRE_REPLY + 1] = {0};
    int refused = 0;
    for (int n = 0; n < 40000; n++) {
        uint8_t r[UT_WIRE_RECORD_BYTES];
        uint32_t zero_from = ut_signal_random(&seed) % (UT_WIRE_RECORD_BYTES + 1);
        for (uint32_t i = 0; i < UT_WIRE_RECORD_BYTES; i++)
            r[i] = i < zero_from ? (uint8_t)(ut_signal_random(&seed) >> 16) : 0;
        r[0] = (uint8_t)(0x10 | (ut_signal_random(&seed) >> 16) % 8);
        if (n % 2 == 0)
            r[6] = (uint8_t)(r[6] % 12);
        if (n % 2 == 0 || n % 3 == 0)
            r[7] = (uint8_t)(r[7] % 4);
        if (n % 5 == 0) {
            r[2] = (uint8_t)(r[2] % 8);
            r[5] = (uint8_t)(r[5] % 16);
            r[6] = r[7] = 0;
        }
        int result = round_trip(r);
        assert_int_not_equal(result, 2);
        if (result == 0)
            accepted[r[0] & 15]++;
        else
            refused++;
    }
    for (int type = UT_WIRE_HELLO; type <= UT_WIRE_REPLY; type++)
        assert_true(accepted[type] > 20);
    assert_true(refused > 1000);
}

static void test_ranges(void **state)
{
    (void)state;
    uint8_t r[UT_WIRE_RECORD_BYTES];
    struct ut_wire_score score = SCORE;
    struct ut_wire_turn turn = TURN;
    struct ut_wire_hello hello;
    struct ut_wire_status status;

    score.customer_loudness = 201; /* a quantity: saturates */
    ut_wire_pack_score(r, 0, &score);
    assert_int_equal(ut_wire_unpack_score(r, &score), 0);
    assert_int_equal(score.customer_loudness, 200);
    r[10] = 201;
    assert_int_equal(ut_wire_unpack_score(r, &score), UT_ERR_MALFORMED);

    for (int abstain = 0; abstain < 8; abstain++) {
        score = SCORE;
        score.flags = (uint8_t)(abstain << UT_WIRE_ABSTAIN_SHIFT);
        ut_wire_pack_score(r, 0, &score);
        assert_int_equal(ut_wire_unpack_score(r, &score), abstain <= UT_ABSTAIN_MIXED ? 0 : UT_ERR_MALFORMED);
    }
    score = SCORE;
    score.top[1].feature = UT_GROUPS;
    ut_wire_pack_score(r, 0, &score);
    assert_int_equal(ut_wire_unpack_score(r, &score), UT_ERR_MALFORMED);

    for (int kind = 0; kind < 256; kind++) {
        for (int party = 0; party < 5; party++) {
            int both = kind == UT_TURN_OVERLAP_START || kind == UT_TURN_OVERLAP_END || kind == UT_TURN_NONTALK_START ||
                       kind == UT_TURN_NONTALK_END;
            int valid = kind >= 1 && kind < UT_TURN_KINDS && (both ? party == UT_BOTH : party < UT_BOTH);
            turn = TURN;
            turn.kind = (uint8_t)kind;
            turn.party = (uint8_t)party;
            ut_wire_pack_turn(r, 0, &turn);
            assert_int_equal(ut_wire_unpack_turn(r, &turn), valid ? 0 : UT_ERR_MALFORMED);
        }
    }
    turn = TURN;
    turn.begin_ms = turn.end_ms + 1; /* packed as an empty span */
    ut_wire_pack_turn(r, 0, &turn);
    assert_int_equal(ut_wire_unpack_turn(r, &turn), 0);
    assert_true(turn.end_ms == turn.begin_ms);
    r[12]--;
    assert_int_equal(ut_wire_unpack_turn(r, &turn), UT_ERR_MALFORMED);

    ut_wire_pack_hello(r, 0, &HELLO);
    r[19] = 1;
    assert_int_equal(ut_wire_unpack_hello(r, &hello), UT_ERR_MALFORMED);
    static const struct {
        int at, good, bad;
    } field[] = {{12, UT_CHANNELS_STATES - 1, UT_CHANNELS_STATES}, /* the state */
                 {13, 3, 4},                                       /* a party each */
                 {14, UT_TWO_CHANNELS_LAGS - 1, UT_TWO_CHANNELS_LAGS},
                 {15, UT_TWO_CHANNELS_LAGS - 1, UT_TWO_CHANNELS_LAGS},
                 {18, 100, 101},
                 {19, 0, 1}};
    for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
        ut_wire_pack_status(r, 0, &STATUS);
        r[field[i].at] = (uint8_t)field[i].good;
        assert_int_equal(ut_wire_unpack_status(r, &status), 0);
        r[field[i].at] = (uint8_t)field[i].bad;
        assert_int_equal(ut_wire_unpack_status(r, &status), UT_ERR_MALFORMED);
    }
}

static void test_ranges_of_what_is_rare(void **state)
{
    (void)state;
    uint8_t r[UT_WIRE_RECORD_BYTES];
    struct ut_wire_reset reset = RESET;
    struct ut_wire_request request = REQUEST;
    struct ut_wire_reply reply = REPLY;

    reset.cause = UT_WIRE_FAULT + 1;
    ut_wire_pack_reset(r, 0, &reset);
    assert_int_equal(ut_wire_unpack_reset(r, &reset), UT_ERR_MALFORMED);
    ut_wire_pack_reset(r, 0, &RESET);
    r[18] = 1;
    assert_int_equal(ut_wire_unpack_reset(r, &reset), UT_ERR_MALFORMED);

    reply.len = 13; /* a length: saturates */
    ut_wire_pack_reply(r, 0, &reply);
    assert_int_equal(ut_wire_unpack_reply(r, &reply), 0);
    assert_int_equal(reply.len, 12);
    r[5] = 13;
    assert_int_equal(ut_wire_unpack_reply(r, &reply), UT_ERR_MALFORMED);
    r[5] = 11; /* the twelfth byte is then reserved */
    assert_int_equal(ut_wire_unpack_reply(r, &reply), UT_ERR_MALFORMED);
    for (int at = 6; at < UT_WIRE_RECORD_BYTES; at++) {
        ut_wire_pack_request(r, 0, &REQUEST);
        r[at] ^= 1;
        int is_value = at >= 8 && at < 12;
        assert_int_equal(ut_wire_unpack_request(r, &request), is_value ? 0 : UT_ERR_MALFORMED);
    }
    request = REQUEST;
    request.len = 2; /* what lies behind the length does not travel */
    ut_wire_pack_request(r, 0, &request);
    assert_int_equal(ut_wire_unpack_request(r, &request), 0);
    assert_memory_equal(request.value, "\1\2\0\0", 4);
}

static void test_flags(void **state)
{
    (void)state;
    for (int flags = 0; flags < 256; flags++) {
        struct ut_wire_score s = {.flags = (uint8_t)flags};
        assert_int_equal(ut_wire_speaks(&s, UT_CUSTOMER), (flags & UT_WIRE_CUSTOMER_SPEECH) != 0);
        assert_int_equal(ut_wire_speaks(&s, UT_AGENT), (flags & UT_WIRE_AGENT_SPEECH) != 0);
        assert_int_equal(ut_wire_clipped(&s, UT_CUSTOMER), (flags & UT_WIRE_CUSTOMER_CLIPPED) != 0);
        assert_int_equal(ut_wire_clipped(&s, UT_AGENT), (flags & UT_WIRE_AGENT_CLIPPED) != 0);
        assert_int_equal(ut_wire_abstain(&s), flags % UT_WIRE_END / (1 << UT_WIRE_ABSTAIN_SHIFT));
        assert_int_equal(ut_wire_scored(&s), (flags & 0x71) == UT_WIRE_CUSTOMER_SPEECH);
    }
}

static void test_versions_and_types(void **state)
{
    (void)state;
    uint8_t r[UT_WIRE_RECORD_BYTES] = {0};
    struct ut_wire_hello hello;
    struct ut_wire_score score;
    struct ut_wire_turn turn;
    struct ut_wire_status status;
    struct ut_wire_reset reset;
    struct ut_wire_request request;
    struct ut_wire_reply reply;
    for (int first = 0; first < 256; first++) {
        r[0] = (uint8_t)first;
        int known = first >= 0x11 && first <= 0x17;
        assert_int_equal(ut_wire_type(r), known ? first & 15 : UT_ERR_VERSION);
        if (first != 0x11)
            assert_int_equal(ut_wire_unpack_hello(r, &hello), UT_ERR_VERSION);
        if (first != 0x12)
            assert_int_equal(ut_wire_unpack_score(r, &score), UT_ERR_VERSION);
        if (first != 0x13)
            assert_int_equal(ut_wire_unpack_turn(r, &turn), UT_ERR_VERSION);
        if (first != 0x14)
            assert_int_equal(ut_wire_unpack_status(r, &status), UT_ERR_VERSION);
        if (first != 0x15)
            assert_int_equal(ut_wire_unpack_reset(r, &reset), UT_ERR_VERSION);
        if (first != 0x16)
            assert_int_equal(ut_wire_unpack_request(r, &request), UT_ERR_VERSION);
        if (first != 0x17)
            assert_int_equal(ut_wire_unpack_reply(r, &reply), UT_ERR_VERSION);
    }
}

static void test_crc(void **state)
{
    (void)state;
    assert_int_equal(ut_wire_crc16((const uint8_t *)"123456789", 9), 0x29B1);
    assert_int_equal(ut_wire_crc16((const uint8_t *)"", 0), 0xFFFF);
}

static void random_record(uint8_t *r, uint32_t *seed, uint8_t seq)
{
    uint32_t density = ut_signal_random(seed) % 4; /* many zeros, few, none */
    for (int i = 0; i < UT_WIRE_RECORD_BYTES; i++) {
        uint32_t x = ut_signal_random(seed) >> 8;
        r[i] = density == 0 || x % 4 < density ? (uint8_t)(x >> 8) : 0;
    }
    r[0] = 0x12;
    r[1] = seq;
}

static void test_frames(void **state)
{
    (void)state;
    struct ut_wire_receiver rx;
    uint32_t seed = 3;
    ut_wire_receiver_init(&rx);
    for (int n = 0; n < 2000; n++) {
        uint8_t r[UT_WIRE_RECORD_BYTES], out[UT_WIRE_RECORD_BYTES], frame[UT_WIRE_FRAME_BYTES];
        random_record(r, &seed, (uint8_t)n);
        assert_int_equal(ut_wire_frame(r, frame), UT_WIRE_FRAME_BYTES);
        for (int i = 0; i < UT_WIRE_FRAME_BYTES; i++) {
            assert_int_equal(frame[i] == 0, i == UT_WIRE_FRAME_BYTES - 1);
            assert_int_equal(ut_wire_receive(&rx, frame[i], out), i == UT_WIRE_FRAME_BYTES - 1);
        }
        assert_memory_equal(out, r, sizeof r);
    }
    assert_int_equal(rx.records, 2000);
    assert_int_equal(rx.lost + rx.malformed + rx.unknown, 0);
}

/* Every single flipped bit of a frame is noticed, and at most the frame before and after it is lost with it. */
static void test_flipped_bits(void **state)
{
    (void)state;
    uint8_t stream[6 * UT_WIRE_FRAME_BYTES], sent[6][UT_WIRE_RECORD_BYTES];
    uint32_t seed = 5;
    for (int n = 0; n < 6; n++) {
        random_record(sent[n], &seed, (uint8_t)(250 + n));
        (void)ut_wire_frame(sent[n], stream + n * UT_WIRE_FRAME_BYTES);
    }
    for (int bit = 8 * UT_WIRE_FRAME_BYTES; bit < 16 * UT_WIRE_FRAME_BYTES; bit++) {
        struct ut_wire_receiver rx;
        uint8_t out[UT_WIRE_RECORD_BYTES];
        int got = 0, errors = 0;
        ut_wire_receiver_init(&rx);
        for (int i = 0; i < (int)sizeof stream; i++) {
            uint8_t byte = stream[i];
            if (i == bit / 8)
                byte = (uint8_t)(byte ^ 1u << bit % 8);
            int result = ut_wire_receive(&rx, byte, out);
            errors += result == UT_ERR_MALFORMED;
            if (result != 1)
                continue;
            while (got < 6 && memcmp(sent[got], out, sizeof out) != 0)
                got++;
            assert_in_range(got, 0, 5); /* nothing but what was sent comes out, in order */
            got++;
        }
        assert_int_equal(got, 6);
        assert_in_range(rx.records, 4, 5);
        assert_in_range(errors, 1, 2);
        assert_int_equal(rx.malformed, errors);
        assert_int_equal(rx.lost, 6 - rx.records);
    }
}

static void test_join_at_any_byte(void **state)
{
    (void)state;
    uint8_t stream[4 * UT_WIRE_FRAME_BYTES];
    uint32_t seed = 7;
    for (int n = 0; n < 4; n++) {
        uint8_t r[UT_WIRE_RECORD_BYTES];
        random_record(r, &seed, (uint8_t)n);
        (void)ut_wire_frame(r, stream + n * UT_WIRE_FRAME_BYTES);
    }
    for (int from = 0; from < 2 * UT_WIRE_FRAME_BYTES; from++) {
        struct ut_wire_receiver rx;
        uint8_t out[UT_WIRE_RECORD_BYTES];
        ut_wire_receiver_init(&rx);
        for (int i = from; i < (int)sizeof stream; i++)
            assert_true(ut_wire_receive(&rx, stream[i], out) >= 0);
        int whole = 4 - (from + UT_WIRE_FRAME_BYTES - 1) / UT_WIRE_FRAME_BYTES;
        assert_int_equal(rx.records, whole);
        assert_int_equal(rx.malformed + rx.lost, 0);
        assert_int_equal(rx.seq, 3);
    }
}

static int feed(struct ut_wire_receiver *rx, const uint8_t *bytes, int n)
{
    uint8_t out[UT_WIRE_RECORD_BYTES];
    int records = 0;
    for (int i = 0; i < n; i++)
        records += ut_wire_receive(rx, bytes[i], out) == 1;
    return records;
}

static void test_garbage_is_counted_and_left_behind(void **state)
{
    (void)state;
    struct ut_wire_receiver rx;
    uint8_t r[UT_WIRE_RECORD_BYTES], frame[UT_WIRE_FRAME_BYTES];
    static const uint8_t empty[3] = {0, 0, 0};
    static const uint8_t brief[3] = {2, 1, 0};
    uint8_t endless[100];
    memset(endless, 0x55, sizeof endless);
    ut_wire_pack_score(r, 9, &SCORE);
    (void)ut_wire_frame(r, frame);

    ut_wire_receiver_init(&rx);
    (void)feed(&rx, endless, 100); /* before the first delimiter nothing counts */
    (void)feed(&rx, empty, 1);
    assert_int_equal(rx.malformed, 0);
    (void)feed(&rx, empty, 3); /* idle delimiters are no frames */
    assert_int_equal(rx.malformed, 0);
    (void)feed(&rx, brief, 3);
    assert_int_equal(rx.malformed, 1);
    (void)feed(&rx, endless, 100); /* an overlong frame counts once, even before it ends */
    assert_int_equal(rx.malformed, 2);
    (void)feed(&rx, empty, 1);
    assert_int_equal(rx.malformed, 2);
    assert_int_equal(feed(&rx, frame, UT_WIRE_FRAME_BYTES), 1);
    assert_int_equal(rx.records, 1);
}

static void test_sequence_gaps(void **state)
{
    (void)state;
    static const struct {
        uint8_t seq;
        uint32_t lost;
    } step[] = {
        {77, 0},                                   /* the first record seen starts the sequence */
        {78, 0},    {80, 1}, {255, 175}, {0, 175}, /* wraps */
        {255, 429},                                /* 254 missing */
        {255, 684},                                /* the same number again: 255 missing */
    };
    struct ut_wire_receiver rx;
    ut_wire_receiver_init(&rx);
    for (size_t i = 0; i < sizeof step / sizeof step[0]; i++) {
        uint8_t r[UT_WIRE_RECORD_BYTES], frame[UT_WIRE_FRAME_BYTES];
        if (i % 2 == 0)
            ut_wire_pack_hello(r, step[i].seq, &HELLO);
        else
            ut_wire_pack_status(r, step[i].seq, &STATUS);
        (void)ut_wire_frame(r, frame);
        assert_int_equal(feed(&rx, frame, UT_WIRE_FRAME_BYTES), 1);
        assert_int_equal(rx.lost, step[i].lost);
    }
}

static void test_unknown_versions_pass_counted(void **state)
{
    (void)state;
    struct ut_wire_receiver rx;
    uint8_t r[UT_WIRE_RECORD_BYTES], frame[UT_WIRE_FRAME_BYTES];
    ut_wire_receiver_init(&rx);
    ut_wire_pack_hello(r, 0, &HELLO);
    r[0] = 0x21;
    (void)ut_wire_frame(r, frame);
    assert_int_equal(feed(&rx, frame, UT_WIRE_FRAME_BYTES), 1);
    assert_int_equal(rx.records, 1);
    assert_int_equal(rx.unknown, 1);
    assert_int_equal(rx.malformed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_unpack_is_inverse),
        cmocka_unit_test(test_any_bytes),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_ranges_of_what_is_rare),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_versions_and_types),
        cmocka_unit_test(test_crc),
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_flipped_bits),
        cmocka_unit_test(test_join_at_any_byte),
        cmocka_unit_test(test_garbage_is_counted_and_left_behind),
        cmocka_unit_test(test_sequence_gaps),
        cmocka_unit_test(test_unknown_versions_pass_counted),
    };
    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
