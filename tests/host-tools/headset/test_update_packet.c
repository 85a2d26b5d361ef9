/* SPDX-License-Identifier: Apache-2.0 */
/* Requests byte for byte, and answers as MCUmgr's servers give them. */
#include "host-tools/headset/update_packet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct ut_update_answer a;

#define UNPACK(request, ...)                                                                                           \
    ut_update_unpack((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), &(request), &a)

static void requests(void **state)
{
    (void)state;
    uint8_t packet[UT_UPDATE_PACKET_BYTES], sha[32], data[UT_UPDATE_PACKET_BYTES + 16];
    memset(sha, 0xEE, sizeof sha);
    memset(data, 0x77, sizeof data);
    struct ut_update_request r = {.ask = UT_UPDATE_KEEP, .seq = 5};
    static const uint8_t keep[] = {10, 0, 0, 11, 0, 1, 5, 0, 0xBF, 0x67, 'c', 'o', 'n', 'f', 'i', 'r', 'm', 0xF5, 0xFF};
    assert_int_equal(ut_update_pack(&r, packet, sizeof packet), sizeof keep);
    assert_memory_equal(packet, keep, sizeof keep);
    r = (struct ut_update_request){.ask = UT_UPDATE_STATE, .seq = 6};
    static const uint8_t read[] = {8, 0, 0, 2, 0, 1, 6, 0, 0xBF, 0xFF};
    assert_int_equal(ut_update_pack(&r, packet, sizeof packet), sizeof read);
    assert_memory_equal(packet, read, sizeof read);
    /* A piece fills a packet as far as multiples of 4 go, the first one too, wherever it stands. */
    for (size_t room = 100; room <= sizeof packet; room++)
        for (int first = 0; first < 2; first++) {
            size_t n = ut_update_piece_room(room, first);
            r = (struct ut_update_request){.ask = UT_UPDATE_PIECE,
                                           .offset = first ? 0 : 0x12345678,
                                           .data = data,
                                           .data_len = n,
                                           .length = 0x12345678,
                                           .sha256 = sha};
            size_t len = ut_update_pack(&r, packet, room);
            assert_true(n % 4 == 0 && len > 0 && len <= room && len + 12 > room);
            r.data_len = n + 16;
            assert_int_equal(ut_update_pack(&r, packet, room), 0);
        }
    assert_int_equal(ut_update_piece_room(30, 0), 0);
    assert_int_equal(ut_update_piece_room(30, 1), 0);
}

static void answers(void **state)
{
    (void)state;
    const struct ut_update_request piece = {.ask = UT_UPDATE_PIECE, .seq = 9},
                                   parameters = {.ask = UT_UPDATE_PARAMETERS, .seq = 1},
                                   restart = {.ask = UT_UPDATE_RESTART, .seq = 2};
    assert_int_equal(UNPACK(piece, 11, 0, 0, 8, 0, 1, 9, 1, 0xBF, 0x63, 'o', 'f', 'f', 0x18, 200, 0xFF), 0);
    assert_int_equal(a.offset, 200);
    assert_int_equal(UNPACK(piece, 11, 0, 0, 8, 0, 1, 8, 1, 0xBF, 0x63, 'o', 'f', 'f', 0x18, 200, 0xFF), -1); /* seq */
    assert_int_equal(UNPACK(piece, 11, 0, 0, 9, 0, 1, 9, 1, 0xBF, 0x63, 'o', 'f', 'f', 0x18, 200, 0xFF), -1); /* len */
    assert_int_equal(UNPACK(piece, 9, 0, 0, 8, 0, 1, 9, 1, 0xBF, 0x63, 'o', 'f', 'f', 0x18, 200, 0xFF), -1);  /* op */
    assert_int_equal(UNPACK(piece, 11, 0, 0, 7, 0, 1, 9, 1, 0xBF, 0x63, 'o', 'f', 'f', 0x18, 200), -1); /* no end */
    assert_int_equal(UNPACK(piece, 11, 0, 0, 1, 0, 1, 9, 1, 0xA0), -1); /* not where the next piece is due */
    assert_int_equal(UNPACK(piece, 11, 0, 0, 1, 0, 1, 9, 1, 0x01), -1); /* no map */
    /* {"err": {"group": 1, "rc": 27}}, definite; {"rc": 27} of version 0; {"rc": 10} of any */
    assert_int_equal(UNPACK(piece, 11, 0, 0, 18, 0, 1, 9, 1, 0xA1, 0x63, 'e', 'r', 'r', 0xA2, 0x65, 'g', 'r', 'o', 'u',
                            'p', 1, 0x62, 'r', 'c', 0x18, 27),
                     0);
    assert_true(a.error == 27 && a.of_images);
    assert_int_equal(UNPACK(piece, 11, 0, 0, 6, 0, 1, 9, 1, 0xA1, 0x62, 'r', 'c', 0x18, 27), 0);
    assert_true(a.error == 27 && a.of_images);
    assert_int_equal(UNPACK(piece, 11, 0, 0, 5, 0, 1, 9, 1, 0xA1, 0x62, 'r', 'c', 10), 0);
    assert_true(a.error == UT_UPDATE_IN_CALL && !a.of_images);
    assert_int_equal(
        UNPACK(parameters, 9, 0, 0, 13, 0, 0, 1, 6, 0xA1, 0x68, 'b', 'u', 'f', '_', 's', 'i', 'z', 'e', 0x19, 2, 0), 0);
    assert_int_equal(a.room, 512);
    /* a list of 2^31 items, which are not there */
    assert_int_equal(UNPACK(piece, 11, 0, 0, 7, 0, 1, 9, 1, 0xA1, 0x61, 'x', 0x9A, 0x80, 0, 0), -1);
    assert_int_equal(UNPACK(restart, 11, 0, 0, 1, 0, 0, 2, 5, 0xA0), 0);
    assert_int_equal(a.error, 0);
}

/* The state of two slots, with what a later server may say besides; a slot without a hash is none. */
static void state_of_slots(void **state)
{
    (void)state;
    uint8_t packet[200] = {9, 0, 0, 0, 0, 1, 3, 0};
    static const uint8_t before[] = {0xBF, 0x66, 'i', 'm', 'a', 'g', 'e', 's', 0x9F};
    static const uint8_t slot[] = {0xBF, 0x64, 's', 'l', 'o',  't', 1,    0x67, 'v', 'e', 'r', 's', 'i',  'o',  'n',
                                   0x65, '1',  '.', 7,   '.',  '3', 0x66, 'a',  'c', 't', 'i', 'v', 'e',  0xF5, 0x64,
                                   'n',  'o',  't', 'e', 0xA1, 1,   0xF6, 0x64, 'h', 'a', 's', 'h', 0x58, 32};
    static const uint8_t none[] = {0xFF, 0xBF, 0x64, 's', 'l', 'o', 't', 0, 0xFF, 0x05, 0xFF, 0xFF};
    size_t at = 8;
    memcpy(packet + at, before, sizeof before);
    memcpy(packet + (at += sizeof before), slot, sizeof slot);
    memset(packet + (at += sizeof slot), 0xAB, 32);
    memcpy(packet + (at += 32), none, sizeof none);
    at += sizeof none;
    packet[3] = (uint8_t)(at - 8);
    const struct ut_update_request r = {.ask = UT_UPDATE_STATE, .seq = 3};
    assert_int_equal(ut_update_unpack(packet, at, &r, &a), 0);
    assert_false(a.slot[0].there);
    assert_true(a.slot[1].there && a.slot[1].active && !a.slot[1].confirmed && !a.slot[1].pending);
    assert_string_equal(a.slot[1].version, "1.?.3"); /* a terminal gets no control characters */
    assert_int_equal(a.slot[1].hash[31], 0xAB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),
        cmocka_unit_test(answers),
        cmocka_unit_test(state_of_slots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
