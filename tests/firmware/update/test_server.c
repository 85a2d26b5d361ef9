/* SPDX-License-Identifier: Apache-2.0 */
/* Uploads in pieces of any size, each refusal by its number, what may be kept and when. */
#include "firmware/boot/counter.h"
#include "firmware/boot/keys.h"
#include "firmware/boot/trailer.h"
#include "tests/firmware/boot/slots_memory.h"
#include "tests/firmware/update/smp.h"

#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static uint8_t image[ROOM_BYTES], key[32];
static uint32_t length;

/* A release for slot B, by a key that is known, as a client has it. */
static void make(uint8_t version, uint32_t counter)
{
    length = (uint32_t)make_image(image, BOARD_SLOT_B, version, counter);
    memcpy(image + UT_MANIFEST_HEADER_BYTES + IMAGE_BYTES + 12 + 4 + 36 + 4, key, sizeof key);
}

/* Slot A runs, kept or not. */
static void run_a(int kept)
{
    memory_clear(1);
    memcpy(key, ut_boot_keys[0].sha256, sizeof key);
    place_image(BOARD_SLOT_A, 1, 0);
    assert_int_equal(ut_trailer_ask(BOARD_SLOT_A), 0);
    if (kept)
        assert_int_equal(ut_trailer_keep(BOARD_SLOT_A), 0);
    ut_server_init(&server, "test", 1, 0);
    server.running = BOARD_SLOT_A; /* the header of this program says no address */
    server.kept = 0;
    smp_blocks = 0;
}

static int setup(void **state)
{
    (void)state;
    run_a(1);
    make(2, 0);
    return 0;
}

static unsigned state_of(enum board_area slot)
{
    struct ut_trailer t;
    ut_trailer_read(&t, slot);
    return t.state;
}

static long upload(uint32_t piece)
{
    long at = 0;
    while (at >= 0 && at < (long)length) {
        uint32_t left = length - (uint32_t)at;
        long next = smp_piece(image, length, (uint32_t)at, left < piece ? left : piece, NULL);
        assert_true(next != at);
        at = next;
    }
    return at;
}

/* rc of a state request; 0 = the list came. */
static unsigned mark(const uint8_t *hash, int confirm)
{
    uint8_t map[128];
    struct ut_cbor_out o = {map, sizeof map, 0, 0};
    ut_cbor_put_map(&o);
    if (hash != NULL) {
        ut_cbor_put_text(&o, "hash");
        ut_cbor_put_bytes(&o, hash, 32);
    }
    ut_cbor_put_text(&o, "confirm");
    ut_cbor_put_bool(&o, confirm);
    ut_cbor_put_end(&o);
    size_t len = 0;
    const uint8_t *answer = smp_ask(SMP_WRITE, SMP_IMAGE, 0, &o, &len);
    assert_non_null(answer);
    if (answer[1] == 0x66) /* "images" */
        return 0;
    for (size_t i = 0; i + 3 < len; i++)
        if (memcmp(answer + i, "rc", 2) == 0)
            return answer[i + 2] == 24 ? answer[i + 3] : answer[i + 2];
    fail();
    return 0;
}

static const uint8_t *digest(void)
{
    return image + UT_MANIFEST_HEADER_BYTES + IMAGE_BYTES + 12 + 4 + 4;
}

static void pieces_of_any_size(void **state)
{
    static const uint32_t size[] = {36, 37, 39, 100, 255, 384, 400};
    for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
        setup(state);
        memset(memory.area[BOARD_SLOT_B], 0x5A, SLOT_BYTES); /* an old one, trailer and all */
        assert_int_equal(upload(size[i]), length);
        assert_memory_equal(memory.area[BOARD_SLOT_B], image, length);
        assert_int_equal(state_of(BOARD_SLOT_B), UT_SLOT_EMPTY);
        assert_int_equal(mark(digest(), 0), 0);
        assert_int_equal(state_of(BOARD_SLOT_B), UT_SLOT_PENDING);
        assert_int_equal(mark(digest(), 0), 0); /* twice is as once */
    }
    setup(state);
    length += 3; /* a length that is no multiple of 4: filled up */
    memset(image + length - 3, 0xEE, 3);
    assert_int_equal(upload(400), length);
    assert_int_equal(memory.area[BOARD_SLOT_B][length - 1], 0xEE);
    assert_int_equal(memory.area[BOARD_SLOT_B][length], 0xFF);
}

static void goes_on_where_it_stopped(void **state)
{
    (void)state;
    uint8_t sha[32] = {7};
    assert_int_equal(smp_piece(image, length, 0, 300, sha), 300);
    assert_int_equal(smp_piece(image, length, 300, 200, sha), 500);
    long ops = memory.ops;
    assert_int_equal(smp_piece(image, length, 0, 300, sha), 500);   /* the same once more */
    assert_int_equal(smp_piece(image, length, 300, 200, sha), 500); /* an answer was lost */
    assert_int_equal(smp_piece(image, length, 700, 100, sha), 500); /* a request was lost */
    assert_int_equal(memory.ops, ops);
    sha[0] = 8;
    assert_int_equal(smp_piece(image, length, 0, 300, sha), 300); /* another one: from the start */
    assert_int_equal(smp_piece(image, length, 300, 401, sha), 700);
}

static void each_refusal_by_its_number(void **state)
{
    static const struct {
        size_t at;
        uint32_t value;
        int bytes;
        long error;
    } rows[] = {
        {0, 0x12345678, 4, UT_SERVER_NO_IMAGE},
        {32, 0x78787878, 4, UT_SERVER_BOARD},
        {4, 0x10000, 4, UT_SERVER_SLOT},
        {12, 0x100000, 4, UT_SERVER_TOO_LONG},
        {UT_MANIFEST_HEADER_BYTES + 9, 0xAA, 1, UT_SERVER_DIGEST},
        {UT_MANIFEST_HEADER_BYTES + IMAGE_BYTES + 12 + 4 + 36 + 4, 0x11, 1, UT_SERVER_KEY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        setup(state);
        put(image, rows[i].at, rows[i].value, rows[i].bytes);
        assert_int_equal(upload(384), -rows[i].error);
        assert_int_equal(state_of(BOARD_SLOT_A), UT_SLOT_KEPT);
        assert_int_not_equal(mark(digest(), 0), 0); /* and nobody can ask for it */
    }
    setup(state);
    assert_int_equal(ut_counter_raise(5), 0);
    assert_int_equal(upload(384), -UT_SERVER_COUNTER);
    setup(state);
    assert_int_equal(smp_piece(image, length, 0, 35, NULL), -UT_SERVER_LENGTH);
    assert_int_equal(smp_piece(image, SLOT_BYTES - UT_TRAILER_BYTES + 1, 0, 100, NULL), -UT_SERVER_TOO_LONG);
    assert_int_equal(smp_piece(image, 0, 0, 100, NULL), -UT_SERVER_LENGTH);
    assert_int_equal(smp_piece(image, 200, 0, 201, NULL), -UT_SERVER_OVERRUN);
    assert_int_equal(smp_piece(image, length, 100, 100, NULL), 0); /* none is under way */
    length /= 2;                                                   /* half an image says so */
    assert_int_equal(upload(384), -UT_SERVER_NO_IMAGE);
    setup(state);
    memory.broken = 1;
    assert_int_equal(upload(384), -UT_SERVER_ERASE);
    run_a(0);
    assert_int_equal(upload(384), -UT_SERVER_BUSY); /* what runs is itself on trial */
    assert_int_equal(mark(NULL, 0), UT_SERVER_NO_HASH);
    assert_int_equal(mark(digest(), 0), UT_SERVER_NO_HASH);
    ut_server_init(&server, "test", 1, 0); /* no bootloader started it */
    assert_int_equal(server.running, -1);
    assert_int_equal(smp_piece(image, length, 0, 100, NULL), -8);
}

static void only_what_runs_is_kept(void **state)
{
    (void)state;
    assert_int_equal(upload(384), length);
    assert_int_equal(mark(digest(), 1), UT_SERVER_TOO_EARLY); /* it has not run */
    const uint8_t *running = memory.area[BOARD_SLOT_A] + (digest() - image);
    assert_int_equal(mark(running, 0), UT_SERVER_RUNNING);
    run_a(0);
    smp_blocks = UT_SERVER_BLOCKS - 1;
    assert_int_equal(mark(NULL, 1), UT_SERVER_TOO_EARLY);
    assert_int_equal(state_of(BOARD_SLOT_A), UT_SLOT_PENDING);
    smp_blocks = UT_SERVER_BLOCKS;
    assert_int_equal(mark(running, 1), 0);
    assert_int_equal(state_of(BOARD_SLOT_A), UT_SLOT_KEPT);
    run_a(0);
    server.usable = 0; /* without its store it works only in part */
    smp_blocks = UT_SERVER_BLOCKS;
    assert_int_equal(mark(NULL, 1), UT_SERVER_TOO_EARLY);
}

static void keeps_itself(void **state)
{
    (void)state;
    run_a(0);
    server.heard = 1;
    ut_server_work(&server, UT_SERVER_BLOCKS - 1, 1000);
    assert_int_equal(state_of(BOARD_SLOT_A), UT_SLOT_PENDING);
    ut_server_work(&server, UT_SERVER_BLOCKS, 2000);
    assert_int_equal(state_of(BOARD_SLOT_A), UT_SLOT_KEPT);
    run_a(0); /* nobody listens: a minute */
    ut_server_work(&server, UT_SERVER_BLOCKS, UT_SERVER_ALONE_US - 1);
    assert_int_equal(state_of(BOARD_SLOT_A), UT_SLOT_PENDING);
    ut_server_work(&server, UT_SERVER_BLOCKS, UT_SERVER_ALONE_US);
    assert_int_equal(state_of(BOARD_SLOT_A), UT_SLOT_KEPT);
    run_a(0);
    server.usable = 0;
    for (uint32_t t = 0; t < 4; t++)
        ut_server_work(&server, UT_SERVER_BLOCKS, t * UT_SERVER_ALONE_US);
    assert_int_equal(state_of(BOARD_SLOT_A), UT_SLOT_PENDING);
}

/* A bootloader that had nothing better ran it: it takes releases once it has shown that it works, or it never could. */
static void what_ran_for_want_of_another(void **state)
{
    static const uint8_t mark_of_trailer[2] = {0xFF, 0x00}; /* never asked for; rotten */
    for (int i = 0; i < 2; i++) {
        setup(state);
        memset(memory.area[BOARD_SLOT_A] + SLOT_BYTES - UT_TRAILER_BYTES, mark_of_trailer[i], UT_TRAILER_BYTES);
        server.heard = 1;
        ut_server_work(&server, UT_SERVER_BLOCKS - 1, 1000);
        assert_int_equal(upload(384), -UT_SERVER_BUSY);
        ut_server_work(&server, UT_SERVER_BLOCKS, 2000);
        assert_int_equal(upload(384), length);
        assert_int_equal(mark(digest(), 0), 0);
        assert_int_equal(state_of(BOARD_SLOT_B), UT_SLOT_PENDING);
    }
    run_a(0);
    memory.broken = 1; /* on trial, in a memory that does not hold that it is kept */
    server.heard = 1;
    ut_server_work(&server, UT_SERVER_BLOCKS, 2000);
    assert_int_equal(upload(384), -UT_SERVER_BUSY);
}

/* 30 s of quiet behind the last word; an upload that a call cuts short goes on behind it. */
static void not_in_a_call(void **state)
{
    (void)state;
    uint8_t map[8], sha[32] = {7};
    struct ut_cbor_out o = {map, sizeof map, 0, 0};
    struct ut_cbor_value v;
    size_t len = 0;
    ut_cbor_put_map(&o);
    ut_cbor_put_end(&o);
    smp_blocks = 1000;
    assert_int_equal(smp_piece(image, length, 0, 300, sha), 300); /* nobody has spoken yet */
    ut_server_speech(&server, 1000);
    long ops = memory.ops;
    assert_int_equal(smp_piece(image, length, 300, 200, sha), -10);
    assert_int_equal(smp_piece(image, length, 0, 300, NULL), -10);
    assert_int_equal(memory.ops, ops);
    const uint8_t *answer = smp_ask(SMP_WRITE, SMP_OS, 5, &o, &len);
    assert_int_equal(ut_cbor_find(answer, len, "rc", UT_CBOR_NUMBER, &v), 1);
    assert_int_equal(v.number, 10);
    assert_int_equal(smp_restart, 0);
    smp_blocks = 1000 + UT_SERVER_QUIET_BLOCKS - 1;
    assert_int_equal(smp_piece(image, length, 0, 300, sha), -10);
    smp_blocks++;
    assert_int_equal(smp_piece(image, length, 0, 300, sha), 300); /* where it stopped */
    ut_server_speech(&server, smp_blocks);
    server.at_once = 1;
    assert_int_equal(smp_piece(image, length, 300, 200, sha), 500);
    (void)smp_ask(SMP_WRITE, SMP_OS, 5, &o, &len);
    assert_int_equal(smp_restart, 1);

    /* nor is one that is there digested and marked; what runs may be kept */
    server.at_once = 0;
    run_a(1);
    assert_int_equal(upload(384), length);
    smp_blocks = 1000;
    ut_server_speech(&server, smp_blocks);
    ops = memory.ops;
    assert_int_equal(mark(digest(), 0), 10);
    assert_int_equal(memory.ops, ops);
    assert_int_equal(mark(NULL, 1), 0);
}

static void os_group(void **state)
{
    (void)state;
    uint8_t map[UT_CONSOLE_PACKET_BYTES];
    struct ut_cbor_out o = {map, sizeof map, 0, 0};
    struct ut_cbor_value v;
    size_t len = 0;
    ut_cbor_put_map(&o);
    ut_cbor_put_text(&o, "d");
    ut_cbor_put_text(&o, "hello");
    ut_cbor_put_end(&o);
    const uint8_t *answer = smp_ask(SMP_WRITE, SMP_OS, 0, &o, &len);
    assert_int_equal(ut_cbor_find(answer, len, "r", UT_CBOR_TEXT, &v), 1);
    assert_int_equal(v.number, 5);
    answer = smp_ask(SMP_READ, SMP_OS, 6, &o, &len);
    assert_int_equal(ut_cbor_find(answer, len, "buf_size", UT_CBOR_NUMBER, &v), 1);
    assert_int_equal(v.number, UT_CONSOLE_PACKET_BYTES);
    answer = smp_ask(SMP_READ, SMP_OS, 8, &o, &len);
    assert_int_equal(ut_cbor_find(answer, len, "bootloader", UT_CBOR_TEXT, &v), 1);
    assert_int_equal(smp_restart, 0);
    answer = smp_ask(SMP_WRITE, SMP_OS, 5, &o, &len);
    assert_non_null(answer);
    assert_int_equal(smp_restart, 1);
    answer = smp_ask(SMP_WRITE, 8, 0, &o, &len); /* files: not here */
    assert_int_equal(ut_cbor_find(answer, len, "rc", UT_CBOR_NUMBER, &v), 1);
    assert_int_equal(v.number, 8);
    assert_int_equal(smp_restart, 0);
    answer = smp_ask(SMP_READ, SMP_IMAGE, 1, &o, &len);
    assert_int_equal(ut_cbor_find(answer, len, "rc", UT_CBOR_NUMBER, &v), 1);
    assert_int_equal(v.number, 8);
    o.len = 0;
    ut_cbor_put_map(&o);
    ut_cbor_put_text(&o, "d");
    uint8_t text[400];
    memset(text, 'x', sizeof text);
    ut_cbor_put_texts(&o, text, sizeof text); /* more than an answer holds */
    ut_cbor_put_end(&o);
    answer = smp_ask(SMP_WRITE, SMP_OS, 0, &o, &len);
    assert_int_equal(ut_cbor_find(answer, len, "rc", UT_CBOR_NUMBER, &v), 1);
    assert_null(smp_ask(1, SMP_OS, 0, &o, &len)); /* an answer is no request */
    assert_int_equal(ut_server_handle(&server, map, 7, sizeof map, 0, &smp_restart), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(pieces_of_any_size, setup),
        cmocka_unit_test_setup(goes_on_where_it_stopped, setup),
        cmocka_unit_test_setup(each_refusal_by_its_number, setup),
        cmocka_unit_test_setup(only_what_runs_is_kept, setup),
        cmocka_unit_test_setup(keeps_itself, setup),
        cmocka_unit_test_setup(what_ran_for_want_of_another, setup),
        cmocka_unit_test_setup(not_in_a_call, setup),
        cmocka_unit_test_setup(os_group, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
