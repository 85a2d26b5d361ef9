/* SPDX-License-Identifier: Apache-2.0 */
/* The factory page: what is read of it, what spoils it, and that seal and lock are written once and in this order. */
#include "firmware/boot/factory.h"
#include "tests/firmware/boot/factory_page.h"
#include "tests/firmware/boot/slots_memory.h"

#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const int8_t trims[2] = {-2, 3};
static uint8_t *const page = memory.area[BOARD_FACTORY];

static struct ut_factory look(void)
{
    struct ut_factory f;
    memset(&f, 0xA5, sizeof f);
    ut_factory_read(&f, "test");
    return f;
}

static int setup(void **state)
{
    (void)state;
    memory_clear(1);
    page_identity(page, "test", "UT-0042x");
    return 0;
}

static void test_nobody_has_provisioned_it(void **state)
{
    (void)state;
    const struct ut_factory none = {.there = 0};
    struct ut_factory f;
    memset(page, 0xFF, FACTORY_BYTES);
    f = look();
    assert_memory_equal(&f, &none, sizeof f);
    assert_int_equal(ut_factory_seal("test", trims, 1), -1);
    assert_int_equal(ut_factory_lock("test"), -1);
    page_put(page + 96, 0); /* a lock without a page is none */
    assert_int_equal(look().locked, 0);
    assert_int_equal(memory.ops, 0);
}

static void test_who_it_is(void **state)
{
    (void)state;
    struct ut_factory f = look();
    assert_int_equal(f.there, 1);
    assert_memory_equal(f.serial, "UT-0042x\0\0\0\0\0\0\0\0", 16);
    assert_memory_equal(f.hardware, "\x02\x01", 2);
    assert_int_equal(f.locked, 0);
    assert_memory_equal(f.trim_db, "\0\0", 2);
    page_identity(page, "test", "ABCDEFGHIJKLMNOP"); /* all sixteen */
    assert_memory_equal(look().serial, "ABCDEFGHIJKLMNOP", 16);
    page_identity(page, "tesT", "UT-0042x");
    assert_int_equal(look().there, 0);
}

/* Whole by its CRC, and still none. */
static void test_what_a_page_may_not_say(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "UT 42", "UT_42", "UT.42", "UT\x7f", "\xC3\xA4"};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        page_identity(page, "test", bad[i]);
        assert_int_equal(look().there, 0);
    }
    page_identity(page, "test", "UT-1");
    page[16 + 9] = 'x'; /* behind the end of the text */
    page_put(page + 32, page_crc32(page, 32));
    assert_int_equal(look().there, 0);
    page_identity(page, "test", "UT-1");
    page[4] = 2;
    page_put(page + 32, page_crc32(page, 32));
    assert_int_equal(look().there, 0);
}

static void test_no_bit_may_rot(void **state)
{
    (void)state;
    assert_int_equal(ut_factory_seal("test", trims, 0x55), 0);
    for (unsigned bit = 0; bit < 8 * PAGE_IDENTITY_BYTES; bit++) {
        page[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_int_equal(look().there, 0);
        page[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (unsigned bit = 8 * 64; bit < 8 * (64 + 12); bit++) {
        page[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_int_equal(look().there, 1);
        assert_memory_equal(look().trim_db, "\0\0", 2);
        assert_memory_equal(look().passed, "\0\0", 2);
        page[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    assert_memory_equal(look().trim_db, "\xFE\3", 2);
}

static void test_the_seal(void **state)
{
    (void)state;
    assert_int_equal(ut_factory_lock("test"), -1); /* not before it */
    assert_int_equal(ut_factory_seal("test", (const int8_t[2]){7, 0}, 1), -1);
    assert_int_equal(ut_factory_seal("test", (const int8_t[2]){0, -7}, 1), -1);
    assert_int_equal(memory.ops, 0);
    assert_int_equal(ut_factory_seal("test", trims, 0x155), 0);
    assert_memory_equal(page + 64, "UTFS\xFE\3\x55\1", 8);
    assert_int_equal(page_crc32(page + 64, 8),
                     page[72] | (uint32_t)page[73] << 8 | (uint32_t)page[74] << 16 | (uint32_t)page[75] << 24);
    struct ut_factory f = look();
    assert_memory_equal(f.trim_db, trims, 2);
    assert_memory_equal(f.passed, "\x55\1", 2);
    long ops = memory.ops;
    assert_int_equal(ut_factory_seal("test", trims, 0), -1); /* once */
    assert_int_equal(memory.ops, ops);
    page[64 + 4] = 7; /* a trim that nobody writes, whole by its CRC */
    page_put(page + 72, page_crc32(page + 64, 8));
    assert_memory_equal(look().trim_db, "\0\0", 2);
}

static void test_the_lock(void **state)
{
    (void)state;
    assert_int_equal(ut_factory_seal("test", trims, 1), 0);
    assert_int_equal(ut_factory_lock("tesT"), -1);
    for (unsigned bit = 8 * 64; bit < 8 * (64 + 12); bit++) { /* nor behind a seal that is torn */
        page[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_int_equal(ut_factory_lock("test"), -1);
        page[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    assert_int_equal(ut_factory_lock("test"), 0);
    assert_int_equal(look().locked, 1);
    assert_memory_equal(page + 96, "UTFL", 4);
    assert_int_equal(ut_factory_lock("test"), -1);
    assert_int_equal(ut_factory_seal("test", trims, 1), -1);
    memory.broken = 1;
    page_put(page + 96, 0xFFFFFFFFU);
    assert_int_equal(ut_factory_lock("test"), -1);
}

/* The power goes in the middle: who it is stays; a lock that is torn is none, or one to be set. */
static void test_power_cuts(void **state)
{
    (void)state;
    volatile unsigned locked = 0;
    for (volatile uint32_t seed = 0; seed < 400; seed++) {
        memory_clear(seed);
        page_identity(page, "test", "UT-0042x");
        memory.cut = 1 + seed % 4; /* three words of the seal, one of the lock */
        if (setjmp(memory.off) == 0) {
            assert_int_equal(ut_factory_seal("test", trims, 3), 0);
            (void)ut_factory_lock("test");
            fail();
        }
        memory.cut = 0;
        struct ut_factory f = look();
        assert_int_equal(f.there, 1);
        assert_true(f.trim_db[0] == 0 || (f.trim_db[0] == -2 && f.trim_db[1] == 3));
        assert_true(!f.locked || seed % 4 == 3);
        locked += f.locked;
        if (!f.locked && f.trim_db[0] == -2)
            assert_int_equal(ut_factory_lock("test"), 0); /* and may be asked for again */
    }
    assert_in_range(locked, 20, 99);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_nobody_has_provisioned_it, setup),
        cmocka_unit_test_setup(test_who_it_is, setup),
        cmocka_unit_test_setup(test_what_a_page_may_not_say, setup),
        cmocka_unit_test_setup(test_no_bit_may_rot, setup),
        cmocka_unit_test_setup(test_the_seal, setup),
        cmocka_unit_test_setup(test_the_lock, setup),
        cmocka_unit_test_setup(test_power_cuts, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
