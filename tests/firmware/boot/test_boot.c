/* SPDX-License-Identifier: Apache-2.0 */
/* Which slot runs, by what both hold. */
#include "firmware/boot/boot.h"
#include "firmware/boot/counter.h"
#include "firmware/boot/trailer.h"
#include "tests/firmware/boot/slots_memory.h"

#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int choose(void)
{
    return ut_boot_choose("test", check_fake);
}

static void install(enum board_area slot, uint8_t version, uint32_t counter, int kept)
{
    place_image(slot, version, counter);
    assert_int_equal(ut_trailer_ask(slot), 0);
    if (kept)
        assert_int_equal(ut_trailer_keep(slot), 0);
}

static unsigned state_of(enum board_area slot)
{
    struct ut_trailer t;
    ut_trailer_read(&t, slot);
    return t.state;
}

static int setup(void **state)
{
    (void)state;
    memory_clear(1);
    install(BOARD_SLOT_A, 1, 0, 1);
    return 0;
}

static void nothing(void **state)
{
    (void)state;
    memory_clear(1);
    assert_int_equal(choose(), -1);
    install(BOARD_SLOT_B, 1, 0, 1);
    assert_int_equal(ut_boot_choose("tesT", check_fake), -1);
    assert_int_equal(choose(), BOARD_SLOT_B);
}

static void the_kept_one(void **state)
{
    (void)state;
    long ops = memory.ops;
    for (int i = 0; i < 5; i++)
        assert_int_equal(choose(), BOARD_SLOT_A);
    assert_int_equal(memory.ops, ops); /* a start costs no flash */
    place_image(BOARD_SLOT_B, 9, 9);   /* nobody asked for it */
    assert_int_equal(choose(), BOARD_SLOT_A);
    assert_int_equal(ut_counter_read(), 0);
}

static void three_tries_then_back(void **state)
{
    (void)state;
    install(BOARD_SLOT_B, 2, 5, 0);
    for (int i = 0; i < UT_TRAILER_TRIES; i++)
        assert_int_equal(choose(), BOARD_SLOT_B);
    assert_int_equal(state_of(BOARD_SLOT_B), UT_SLOT_SPENT);
    assert_int_equal(ut_counter_read(), 0); /* what nobody kept sets no limit */
    assert_int_equal(choose(), BOARD_SLOT_A);
    assert_int_equal(choose(), BOARD_SLOT_A);
}

static void kept_raises_the_counter(void **state)
{
    (void)state;
    install(BOARD_SLOT_B, 2, 5, 0);
    assert_int_equal(choose(), BOARD_SLOT_B);
    assert_int_equal(ut_trailer_keep(BOARD_SLOT_B), 0);
    assert_int_equal(ut_counter_read(), 0);
    assert_int_equal(choose(), BOARD_SLOT_B);
    assert_int_equal(ut_counter_read(), 5);
    install(BOARD_SLOT_A, 1, 4, 0); /* older: whatever its trailer says */
    assert_int_equal(choose(), BOARD_SLOT_B);
    assert_int_equal(state_of(BOARD_SLOT_A), UT_SLOT_PENDING);
    memory.area[BOARD_SLOT_B][UT_MANIFEST_HEADER_BYTES] ^= 1;
    assert_int_equal(choose(), -1); /* not even for want of another */
    install(BOARD_SLOT_A, 3, 5, 0);
    assert_int_equal(choose(), BOARD_SLOT_A);
}

static void what_is_refused_runs_never(void **state)
{
    for (int kept = 0; kept < 2; kept++)
        for (int how = 0; how < 4; how++) {
            setup(state);
            install(BOARD_SLOT_B, 2, 0, kept);
            uint8_t *b = memory.area[BOARD_SLOT_B];
            if (how == 0)
                b[UT_MANIFEST_HEADER_BYTES + 5] ^= 0x10; /* damaged */
            else if (how == 1)
                b[UT_MANIFEST_HEADER_BYTES + IMAGE_BYTES + 12 + 4 + 72 + 4] ^= 1; /* signed by nobody */
            else if (how == 2)
                memcpy(b, memory.area[BOARD_SLOT_A], 1024); /* linked for the other slot */
            else
                put(b, 32, 0x31313131, 4); /* for another board */
            long ops = memory.ops;
            assert_int_equal(choose(), BOARD_SLOT_A);
            assert_int_equal(memory.ops, ops);
            memory.area[BOARD_SLOT_A][0] ^= 1;
            assert_int_equal(choose(), -1);
        }
}

/* One that is whole and signed is better than none: spent, never asked for, with a trailer that rotted. */
static void better_than_none(void **state)
{
    (void)state;
    install(BOARD_SLOT_B, 2, 0, 0);
    for (int i = 0; i < UT_TRAILER_TRIES; i++)
        assert_int_equal(choose(), BOARD_SLOT_B);
    memory.area[BOARD_SLOT_A][UT_MANIFEST_HEADER_BYTES] ^= 1;
    assert_int_equal(choose(), BOARD_SLOT_B);
    assert_int_equal(choose(), BOARD_SLOT_B);
    place_image(BOARD_SLOT_B, 2, 0);
    long ops = memory.ops;
    assert_int_equal(choose(), BOARD_SLOT_B);
    assert_int_equal(memory.ops, ops); /* its trailer stays for whoever asks */
    memory.area[BOARD_SLOT_B][SLOT_BYTES - 1] ^= 1;
    assert_int_equal(choose(), BOARD_SLOT_B);
}

/* Of two that no trailer lets run, the one that hung three times comes last, though it was asked for last. */
static void rather_untried_than_spent(void **state)
{
    (void)state;
    install(BOARD_SLOT_B, 2, 0, 0);
    for (int i = 0; i < UT_TRAILER_TRIES; i++)
        assert_int_equal(choose(), BOARD_SLOT_B);
    memory.area[BOARD_SLOT_A][SLOT_BYTES - 1] ^= 1;
    assert_int_equal(state_of(BOARD_SLOT_A), UT_SLOT_SPOILT);
    assert_int_equal(choose(), BOARD_SLOT_A);
    place_image(BOARD_SLOT_A, 1, 0);
    assert_int_equal(choose(), BOARD_SLOT_A);
}

static unsigned feeds_before;

static enum ut_manifest_fault check_fed(const struct ut_manifest *m)
{
    assert_true(memory.feeds > feeds_before);
    feeds_before = memory.feeds;
    (void)m;
    return UT_MANIFEST_SIGNATURE;
}

/* An image is judged four times at most, each up to a second on a board whose watchdog bites after 2.7 s. */
static void fed_for_each_judgement(void **state)
{
    (void)state;
    install(BOARD_SLOT_B, 2, 0, 0);
    feeds_before = memory.feeds;
    assert_int_equal(ut_boot_choose("test", check_fed), -1);
    assert_int_equal(memory.feeds, 4);
}

/* A try that the memory does not hold would let a bad image run for ever. */
static void no_try_no_run(void **state)
{
    (void)state;
    install(BOARD_SLOT_B, 2, 0, 0);
    memory.broken = 1;
    assert_int_equal(choose(), BOARD_SLOT_A);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing, setup),
        cmocka_unit_test_setup(the_kept_one, setup),
        cmocka_unit_test_setup(three_tries_then_back, setup),
        cmocka_unit_test_setup(kept_raises_the_counter, setup),
        cmocka_unit_test_setup(what_is_refused_runs_never, setup),
        cmocka_unit_test_setup(better_than_none, setup),
        cmocka_unit_test_setup(rather_untried_than_spent, setup),
        cmocka_unit_test_setup(fed_for_each_judgement, setup),
        cmocka_unit_test_setup(no_try_no_run, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
