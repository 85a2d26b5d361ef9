/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/ble/l2cap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct ut_l2cap l;
static unsigned channel;
static const uint8_t *pdu;
static size_t pdu_len;

static int setup(void **state)
{
    (void)state;
    ut_l2cap_init(&l);
    return 0;
}

static int take(int first, const void *data, size_t len)
{
    return ut_l2cap_receive(&l, first, data, len, &channel, &pdu, &pdu_len);
}

/* A frame of `announced` bytes whose payload counts up from 1. */
static size_t make(uint8_t *frame, unsigned cid, unsigned announced, size_t len)
{
    frame[0] = (uint8_t)announced;
    frame[1] = (uint8_t)(announced >> 8);
    frame[2] = (uint8_t)cid;
    frame[3] = (uint8_t)(cid >> 8);
    for (size_t i = 0; i < len; i++)
        frame[4 + i] = (uint8_t)(i + 1);
    return 4 + len;
}

static void expect(unsigned cid, size_t len)
{
    assert_int_equal(channel, cid);
    assert_int_equal(pdu_len, len);
    for (size_t i = 0; i < len; i++)
        assert_int_equal(pdu[i], (uint8_t)(i + 1));
}

/* Every length, cut everywhere and into pieces of every size. */
static void test_recombines(void **state)
{
    (void)state;
    uint8_t frame[4 + UT_L2CAP_PDU_BYTES];
    for (size_t n = 0; n <= UT_L2CAP_PDU_BYTES; n += n < 30 ? 1 : 31) {
        size_t len = make(frame, 4, (unsigned)n, n);
        for (size_t piece = 1; piece <= len; piece++) {
            size_t at = 0;
            while (at + piece < len) {
                assert_int_equal(take(at == 0, frame + at, piece), 0);
                at += piece;
            }
            assert_int_equal(take(at == 0, frame + at, len - at), 1);
            expect(4, n);
        }
    }
    assert_int_equal(l.dropped, 0);
}

static void works(void)
{
    uint8_t frame[32];
    size_t len = make(frame, 6, 9, 9);
    assert_int_equal(take(1, frame, len), 1);
    expect(6, 9);
}

static void test_length_lies(void **state)
{
    (void)state;
    uint8_t frame[400], zeros[64] = {0};
    /* More than announced, in the first piece and in a later one. */
    assert_int_equal(take(1, frame, make(frame, 4, 5, 6)), 0);
    assert_int_equal(l.dropped, 1);
    works();
    assert_int_equal(take(1, frame, make(frame, 4, 20, 10)), 0);
    assert_int_equal(take(0, zeros, 11), 0);
    assert_int_equal(l.dropped, 2);
    assert_int_equal(take(0, zeros, 5), 0);
    works();
    /* Longer than any channel takes: none of its pieces is kept. */
    for (unsigned announced = UT_L2CAP_PDU_BYTES + 1; announced <= UINT16_MAX; announced += 6553) {
        assert_int_equal(take(1, frame, make(frame, 4, announced, 20)), 0);
        for (int i = 0; i < 20; i++)
            assert_int_equal(take(0, zeros, sizeof zeros), 0);
        works();
    }
}

static void test_frames_that_do_not_end(void **state)
{
    (void)state;
    uint8_t frame[64] = {0};
    assert_int_equal(take(0, frame, 5), 0); /* continues nothing */
    assert_int_equal(take(1, frame, make(frame, 4, 20, 10)), 0);
    works(); /* another begins before its end */
    assert_int_equal(l.dropped, 1);
    assert_int_equal(take(0, frame, 10), 0); /* and the rest of the first belongs to nothing */
    works();
    assert_int_equal(take(1, frame, 2), 0); /* half a header, then another frame */
    works();
    assert_int_equal(take(1, frame, 0), 0);
    assert_int_equal(take(0, frame, 0), 0);
    works();
    assert_int_equal(l.dropped, 2);
}

static void test_cuts(void **state)
{
    (void)state;
    for (size_t max = 1; max < 60; max++) {
        uint8_t sent[64], frame[64];
        size_t at = 0, n;
        int first;
        const uint8_t *data;
        uint8_t *to = ut_l2cap_begin(&l, 40);
        assert_non_null(to);
        for (int i = 0; i < 40; i++)
            to[i] = (uint8_t)(i + 1);
        ut_l2cap_end(&l, 4, 40);
        while ((n = ut_l2cap_fragment(&l, max, &first, &data)) > 0) {
            assert_int_equal(first, at == 0);
            assert_true(n <= max);
            memcpy(sent + at, data, n);
            at += n;
            assert_int_equal(ut_l2cap_taken(&l, n), at == 44);
        }
        assert_int_equal(at, make(frame, 4, 40, 40));
        assert_memory_equal(sent, frame, at);
    }
}

static void test_a_full_queue(void **state)
{
    (void)state;
    int first, n = 0;
    const uint8_t *data;
    while (ut_l2cap_begin(&l, 100) != NULL) {
        ut_l2cap_end(&l, 4, 100);
        n++;
    }
    assert_int_equal(n, UT_L2CAP_QUEUE_BYTES / 104);
    assert_int_equal(ut_l2cap_fragment(&l, 104, &first, &data), 104);
    ut_l2cap_taken(&l, 104);
    assert_non_null(ut_l2cap_begin(&l, 100));
    ut_l2cap_end(&l, 4, 0); /* nothing after all */
    assert_int_equal(l.queued, (n - 1) * 104);
    size_t rest = UT_L2CAP_QUEUE_BYTES - l.queued;
    assert_null(ut_l2cap_begin(&l, rest - 3));
    assert_non_null(ut_l2cap_begin(&l, rest - 4)); /* to the last byte */
}

/* Frames of several channels leave in the order in which they came, unharmed. */
static void test_in_order(void **state)
{
    (void)state;
    int first;
    const uint8_t *data;
    for (uint8_t i = 0; i < 5; i++) {
        uint8_t *to = ut_l2cap_begin(&l, 10U + i);
        memset(to, i, 10U + i);
        ut_l2cap_end(&l, 4U + i % 3, 10U + i);
    }
    for (uint8_t i = 0; i < 5; i++) {
        assert_int_equal(ut_l2cap_fragment(&l, 64, &first, &data), 14 + i);
        assert_int_equal(data[0], 10 + i);
        assert_int_equal(data[2], 4 + i % 3);
        for (int j = 0; j < 10 + i; j++)
            assert_int_equal(data[4 + j], i);
        assert_int_equal(ut_l2cap_taken(&l, 14U + i), 1);
    }
    assert_int_equal(l.queued, 0);
}

/* What the signalling channel answers to `len` bytes; the length of the answer. */
static size_t ask(const uint8_t *request, size_t len, uint8_t *answer)
{
    int first;
    const uint8_t *data;
    ut_l2cap_signal(&l, request, len);
    size_t n = ut_l2cap_fragment(&l, 64, &first, &data);
    if (n == 0)
        return 0;
    assert_int_equal(data[2], UT_L2CAP_SIGNALLING);
    memcpy(answer, data + 4, n - 4);
    ut_l2cap_taken(&l, n);
    assert_int_equal(l.queued, 0);
    return n - 4;
}

static void test_signalling(void **state)
{
    (void)state;
    uint8_t answer[64], request[64] = {0};
    static const uint8_t not_understood[] = {1, 7, 2, 0, 0, 0}, too_long[] = {1, 7, 4, 0, 1, 0, 23, 0};
    static const uint8_t disconnect[] = {6, 7, 4, 0, 0x41, 0, 0x42, 0},
                         no_channel[] = {1, 7, 6, 0, 2, 0, 0x41, 0, 0x42, 0};
    for (unsigned code = 0; code <= UINT8_MAX; code++) {
        int answers = code == 1 || code == 7 || code == 0x13 || code == 0x15 || code == 0x18 || code == 0x1A;
        request[0] = (uint8_t)code;
        request[1] = 7;
        assert_int_equal(ask(request, 4, answer), answers ? 0 : sizeof not_understood);
        if (!answers)
            assert_memory_equal(answer, not_understood, sizeof not_understood);
    }
    request[0] = 0x12;
    assert_int_equal(ask(request, 23, answer), sizeof not_understood);
    assert_int_equal(ask(request, 24, answer), sizeof too_long);
    assert_memory_equal(answer, too_long, sizeof too_long);
    assert_int_equal(ask(disconnect, sizeof disconnect, answer), sizeof no_channel);
    assert_memory_equal(answer, no_channel, sizeof no_channel);
    request[1] = 0; /* no identifier */
    assert_int_equal(ask(request, 12, answer), 0);
    for (size_t len = 0; len < 4; len++)
        assert_int_equal(ask(disconnect, len, answer), 0);
}

static void test_asks_for_parameters(void **state)
{
    (void)state;
    static const struct ut_l2cap_parameters wish = {24, 40, 4, 400};
    static const uint8_t asked[] = {12, 0, 5, 0, 0x12, 1, 8, 0, 24, 0, 40, 0, 4, 0, 0x90, 1};
    static const uint8_t refused[] = {0x13, 1, 2, 0, 1, 0};
    uint8_t answer[64];
    int first;
    const uint8_t *data;
    ut_l2cap_ask(&l, &wish);
    assert_int_equal(ut_l2cap_fragment(&l, 64, &first, &data), sizeof asked);
    assert_memory_equal(data, asked, sizeof asked);
    ut_l2cap_taken(&l, sizeof asked);
    ut_l2cap_ask(&l, &wish);
    assert_int_equal(l.queued, 0); /* not twice */
    assert_int_equal(ask(refused, sizeof refused, answer), 0);
    ut_l2cap_ask(&l, &wish);
    assert_int_equal(ut_l2cap_fragment(&l, 64, &first, &data), sizeof asked);
    assert_int_equal(data[5], 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_recombines, setup),
        cmocka_unit_test_setup(test_length_lies, setup),
        cmocka_unit_test_setup(test_frames_that_do_not_end, setup),
        cmocka_unit_test_setup(test_cuts, setup),
        cmocka_unit_test_setup(test_a_full_queue, setup),
        cmocka_unit_test_setup(test_in_order, setup),
        cmocka_unit_test_setup(test_signalling, setup),
        cmocka_unit_test_setup(test_asks_for_parameters, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
