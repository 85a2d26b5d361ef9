/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/queue.h"

#include "tests/firmware/records.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { RECORDS = 16 };

static uint8_t records[RECORDS][UT_WIRE_RECORD_BYTES];
static struct ut_queue waiting;

static int setup(void **state)
{
    (void)state;
    ut_queue_init(&waiting, records, RECORDS);
    return 0;
}

static void put(int type, uint8_t seq)
{
    uint8_t record[UT_WIRE_RECORD_BYTES];
    make_record(record, type, seq);
    ut_queue_put(&waiting, record);
}

static void test_in_order(void **state)
{
    (void)state;
    uint8_t record[UT_WIRE_RECORD_BYTES];
    for (int i = 0; i < RECORDS; i++)
        put(UT_WIRE_SCORE, (uint8_t)i);
    for (int i = 0; i < RECORDS; i++) {
        ut_queue_take(&waiting, record);
        assert_int_equal(record[1], i);
    }
    assert_int_equal(waiting.count, 0);
    assert_int_equal(waiting.drops, 0);
}

/* Scores go first, then status; hello and turns stay until nothing else is left. */
static void test_who_is_dropped(void **state)
{
    (void)state;
    put(UT_WIRE_HELLO, 0);
    put(UT_WIRE_STATUS, 1);
    put(UT_WIRE_SCORE, 2);
    put(UT_WIRE_TURN, 3);
    put(UT_WIRE_SCORE, 4);
    for (int i = 5; i < RECORDS + 3; i++)
        put(UT_WIRE_TURN, (uint8_t)i);
    assert_int_equal(waiting.drops, 3);
    assert_int_equal(waiting.records[0][1], 0);
    assert_int_equal(waiting.records[1][1], 3);
    assert_int_equal(waiting.records[2][1], 5);
    put(UT_WIRE_TURN, 99);
    assert_int_equal(waiting.drops, 4);
    assert_int_equal(waiting.records[0][1], 3);
    assert_int_equal(waiting.records[RECORDS - 1][1], 99);
}

/* The score that ends the call stays while older turns go. */
static void test_the_end_is_kept(void **state)
{
    (void)state;
    uint8_t record[UT_WIRE_RECORD_BYTES];
    const struct ut_wire_score end = {.flags = UT_WIRE_END};
    for (int i = 0; i < RECORDS; i++)
        put(UT_WIRE_TURN, (uint8_t)i);
    ut_wire_pack_score(record, RECORDS, &end);
    ut_queue_put(&waiting, record);
    put(UT_WIRE_STATUS, RECORDS + 1);
    assert_int_equal(waiting.drops, 2);
    assert_int_equal(waiting.records[0][1], 2);
    assert_int_equal(waiting.records[RECORDS - 2][1], RECORDS);
}

static void test_drops_saturate(void **state)
{
    (void)state;
    waiting.drops = UINT16_MAX;
    for (int i = 0; i < RECORDS + 1; i++)
        put(UT_WIRE_SCORE, (uint8_t)i);
    assert_int_equal(waiting.drops, UINT16_MAX);
}

/* What is on its way is not dropped, and goes when it has arrived; what has not arrived waits again. */
static void test_held(void **state)
{
    (void)state;
    for (int i = 0; i < RECORDS; i++)
        put(UT_WIRE_SCORE, (uint8_t)i);
    assert_int_equal(ut_queue_hold(&waiting)[1], 0);
    assert_int_equal(ut_queue_hold(&waiting)[1], 1);
    put(UT_WIRE_TURN, 99);
    assert_int_equal(waiting.drops, 1);
    assert_int_equal(waiting.records[1][1], 1);
    assert_int_equal(waiting.records[2][1], 3);
    ut_queue_release(&waiting, 1);
    assert_int_equal(waiting.held, 1);
    assert_int_equal(waiting.records[0][1], 1);
    ut_queue_unhold(&waiting);
    assert_int_equal(ut_queue_hold(&waiting)[1], 1);
    ut_queue_release(&waiting, 5); /* no more than are held */
    assert_int_equal(waiting.count, RECORDS - 2);
}

/* One place is always left for the next record. */
static void test_all_held_but_one(void **state)
{
    (void)state;
    for (int i = 0; i < RECORDS; i++)
        put(UT_WIRE_TURN, (uint8_t)i);
    for (int i = 0; i < RECORDS - 1; i++)
        assert_non_null(ut_queue_hold(&waiting));
    assert_null(ut_queue_hold(&waiting));
    put(UT_WIRE_TURN, 99);
    assert_int_equal(waiting.records[RECORDS - 1][1], 99);
    assert_int_equal(waiting.records[RECORDS - 2][1], RECORDS - 2);
    ut_queue_release(&waiting, RECORDS);
    assert_int_equal(waiting.count, 1);
    assert_int_equal(ut_queue_hold(&waiting)[1], 99);
    assert_null(ut_queue_hold(&waiting));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_in_order, setup),
        cmocka_unit_test_setup(test_who_is_dropped, setup),
        cmocka_unit_test_setup(test_the_end_is_kept, setup),
        cmocka_unit_test_setup(test_drops_saturate, setup),
        cmocka_unit_test_setup(test_held, setup),
        cmocka_unit_test_setup(test_all_held_but_one, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
