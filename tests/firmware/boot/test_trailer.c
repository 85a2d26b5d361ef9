/* SPDX-License-Identifier: Apache-2.0 */
/* Each state and each way from one to the next. */
#include "firmware/boot/trailer.h"
#include "tests/firmware/boot/slots_memory.h"

#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static uint8_t *const trailer = memory.area[BOARD_SLOT_A] + SLOT_BYTES - UT_TRAILER_BYTES;

static int setup(void **state)
{
    (void)state;
    memory_clear(1);
    return 0;
}

static struct ut_trailer read_a(void)
{
    struct ut_trailer t;
    ut_trailer_read(&t, BOARD_SLOT_A);
    return t;
}

static void a_life(void **state)
{
    (void)state;
    assert_int_equal(read_a().state, UT_SLOT_EMPTY);
    assert_int_equal(ut_trailer_keep(BOARD_SLOT_A), -1);
    assert_int_equal(ut_trailer_ask(BOARD_SLOT_A), 0);
    assert_int_equal(read_a().state, UT_SLOT_PENDING);
    assert_int_equal(read_a().seq, 1);
    assert_int_equal(ut_trailer_ask(BOARD_SLOT_A), -1);
    for (int i = 1; i <= UT_TRAILER_TRIES; i++) {
        assert_int_equal(ut_trailer_spend(BOARD_SLOT_A), 0);
        assert_int_equal(read_a().tries, i);
        assert_int_equal(read_a().state, i < UT_TRAILER_TRIES ? UT_SLOT_TRYING : UT_SLOT_SPENT);
    }
    assert_int_equal(ut_trailer_spend(BOARD_SLOT_A), -1);
    assert_int_equal(ut_trailer_keep(BOARD_SLOT_A), 0); /* the third try may be the one that holds */
    assert_int_equal(read_a().state, UT_SLOT_KEPT);
    assert_int_equal(ut_trailer_keep(BOARD_SLOT_A), 0);
    assert_int_equal(ut_trailer_ask(BOARD_SLOT_B), 0);
    struct ut_trailer b;
    ut_trailer_read(&b, BOARD_SLOT_B);
    assert_int_equal(b.seq, 2);
    assert_int_equal(b.state, UT_SLOT_PENDING);
}

/* The bytes that MCUboot reads: its mark at the end, image_ok before it; SPEC.md "Slots". */
static void bytes(void **state)
{
    (void)state;
    static const uint8_t mark[16] = {0x77, 0xC2, 0x95, 0xF3, 0x60, 0xD2, 0xEF, 0x7F,
                                     0x35, 0x52, 0x50, 0x0F, 0x2C, 0xB6, 0x79, 0x80};
    assert_int_equal(ut_trailer_ask(BOARD_SLOT_A), 0);
    assert_memory_equal(trailer + 48, mark, sizeof mark);
    assert_memory_equal(trailer + 16, "\1\0\0\0\xFE\xFF\xFF\xFF", 8);
    assert_int_equal(trailer[40], 0xFF);
    assert_int_equal(ut_trailer_keep(BOARD_SLOT_A), 0);
    assert_memory_equal(trailer + 40, "\1\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8);
    assert_int_equal(ut_trailer_spend(BOARD_SLOT_A), 0);
    assert_memory_equal(trailer, "\0\0\0\0\xFF\xFF\xFF\xFF", 8);
}

static void what_is_torn(void **state)
{
    (void)state;
    for (unsigned at = 0; at < UT_TRAILER_BYTES; at += 4) { /* anything written alone is no trailer */
        setup(NULL);
        trailer[at] = 0x12;
        assert_int_equal(read_a().state, UT_SLOT_SPOILT);
        assert_int_equal(ut_trailer_ask(BOARD_SLOT_A), -1);
        assert_int_equal(ut_trailer_keep(BOARD_SLOT_A), -1);
    }
    setup(NULL);
    assert_int_equal(ut_trailer_ask(BOARD_SLOT_A), 0);
    trailer[1] = 0x12; /* a try that was torn is spent */
    assert_int_equal(read_a().tries, 1);
    memset(trailer, 0xFF, 4);
    trailer[40] = 0x0E; /* image_ok torn: its other half is there */
    assert_int_equal(read_a().state, UT_SLOT_PENDING);
    assert_int_equal(ut_trailer_keep(BOARD_SLOT_A), 0);
    assert_int_equal(trailer[44], 1);
    assert_int_equal(read_a().state, UT_SLOT_KEPT);
    for (unsigned at = 16; at < 24; at++) {
        trailer[at] ^= 4;
        assert_int_equal(read_a().state, UT_SLOT_SPOILT);
        assert_int_equal(read_a().seq, 0);
        trailer[at] ^= 4;
    }
    memset(trailer + 16, 0, 4); /* 0 is no number, though its complement is right */
    memset(trailer + 20, 0xFF, 4);
    assert_int_equal(read_a().state, UT_SLOT_SPOILT);
}

static void numbers_end(void **state)
{
    (void)state;
    assert_int_equal(ut_trailer_ask(BOARD_SLOT_A), 0);
    memset(trailer + 16, 0xFF, 4);
    memset(trailer + 20, 0, 4);
    assert_true(read_a().seq == UINT32_MAX);
    long ops = memory.ops;
    assert_int_equal(ut_trailer_ask(BOARD_SLOT_B), -1);
    assert_int_equal(memory.ops, ops);
}

static void a_memory_that_takes_nothing(void **state)
{
    (void)state;
    memory.broken = 1;
    assert_int_equal(ut_trailer_ask(BOARD_SLOT_A), -1);
    memory.broken = 0;
    assert_int_equal(ut_trailer_ask(BOARD_SLOT_A), 0);
    memory.broken = 1;
    assert_int_equal(ut_trailer_spend(BOARD_SLOT_A), -1);
    assert_int_equal(ut_trailer_keep(BOARD_SLOT_A), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_life, setup),
        cmocka_unit_test_setup(bytes, setup),
        cmocka_unit_test_setup(what_is_torn, setup),
        cmocka_unit_test_setup(numbers_end, setup),
        cmocka_unit_test_setup(a_memory_that_takes_nothing, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
