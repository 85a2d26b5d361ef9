/* SPDX-License-Identifier: Apache-2.0 */
#include "boards/board.h"
#include "firmware/store.h"
#include "tests/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* The memory of this test. Power holds for `steps` steps, a step being a word written or an eighth of an erasure; the
 * call in which it goes leaves its words in `order`: 0 first to last, 1 last to first, 2 any. */
enum { FOREVER = 1 << 30, ERASE_STEPS = 8, WORDS = BOARD_STORE_PAGE_BYTES / 4 };
static uint8_t memory[BOARD_STORE_PAGES][BOARD_STORE_PAGE_BYTES];
static int steps, order, broken, erasures, words_written;
static int
    worn[BOARD_STORE_PAGES]; /* the byte of each page whose lowest bit stays 1, which no write reports; 0 = none */
static uint32_t noise;
static jmp_buf power_cut;

void board_store_read(unsigned page, size_t at, void *to, size_t len)
{
    assert_true(page < BOARD_STORE_PAGES && at % 4 == 0 && len % 4 == 0 && at + len <= BOARD_STORE_PAGE_BYTES);
    memcpy(to, memory[page] + at, len);
}

static void step(void)
{
    if (steps-- <= 0) {
        longjmp(power_cut, 1);
    }
}

int board_store_erase(unsigned page)
{
    assert_true(page < BOARD_STORE_PAGES);
    erasures++;
    if (broken)
        return -1;
    for (int i = 0; i < ERASE_STEPS; i++) {
        step();
        for (int at = 0; at < BOARD_STORE_PAGE_BYTES; at++)
            memory[page][at] |= (uint8_t)ut_signal_random(&noise);
    }
    memset(memory[page], 0xFF, BOARD_STORE_PAGE_BYTES);
    return 0;
}

int board_store_write(unsigned page, size_t at, const void *from, size_t len)
{
    assert_true(page < BOARD_STORE_PAGES && at % 4 == 0 && len % 4 == 0 && at + len <= BOARD_STORE_PAGE_BYTES);
    size_t n = len / 4;
    if (broken)
        return -1;
    for (size_t i = 0; i < len; i++)
        assert_int_equal(memory[page][at + i], 0xFF); /* each word once between erasures */
    uint8_t done[WORDS] = {0};
    for (size_t i = 0; i < n; i++) {
        size_t word = order == 1 ? n - 1 - i : i;
        step();
        if (order == 2)
            for (word = ut_signal_random(&noise) % n; done[word]; word = (word + 1) % n)
                continue;
        done[word] = 1;
        memcpy(memory[page] + at + 4 * word, (const uint8_t *)from + 4 * word, 4);
        words_written++;
    }
    if (worn[page] != 0)
        memory[page][worn[page]] |= 1;
    return 0;
}

static struct ut_store store;

static int setup(void **state)
{
    (void)state;
    memset(memory, 0x5A, sizeof memory); /* as bad as a page under erasure */
    noise = 1;
    steps = FOREVER;
    order = broken = erasures = words_written = 0;
    memset(worn, 0, sizeof worn);
    return 0;
}

static void fill(uint8_t *value, int seed, size_t len)
{
    for (size_t i = 0; i < len; i++)
        value[i] = (uint8_t)(seed * 37 + (int)i * 11);
}

static void expect(const struct ut_store *s, int key, int seed, size_t len)
{
    uint8_t want[UT_STORE_VALUE_BYTES], got[UT_STORE_VALUE_BYTES];
    fill(want, seed, len);
    assert_int_equal(ut_store_get(s, key, got, sizeof got), len);
    assert_memory_equal(got, want, len);
}

static int set(struct ut_store *s, int key, int seed, size_t len)
{
    uint8_t value[UT_STORE_VALUE_BYTES];
    fill(value, seed, len);
    return ut_store_set(s, key, value, len);
}

static void test_new_memory_is_empty(void **state)
{
    (void)state;
    uint8_t value[4];
    assert_int_equal(ut_store_mount(&store), 0);
    for (int key = 1; key < UT_STORE_KEYS; key++)
        assert_int_equal(ut_store_get(&store, key, value, sizeof value), UT_ERR_ABSENT);
    assert_int_equal(store.generation, 1);
    assert_int_equal(ut_store_mount(&store), 0);
    assert_int_equal(store.generation, 1); /* nothing is written at a second start */
    assert_int_equal(erasures, 2);         /* both pages held rubbish */
}

static void test_every_length_comes_back(void **state)
{
    (void)state;
    ut_store_mount(&store);
    for (size_t len = 1; len <= UT_STORE_VALUE_BYTES; len++) {
        int key = 1 + (int)len % (UT_STORE_RESET_0 - 1);
        assert_int_equal(set(&store, key, (int)len, len), 0);
        expect(&store, key, (int)len, len);
        struct ut_store again;
        assert_int_equal(ut_store_mount(&again), 0);
        expect(&again, key, (int)len, len);
    }
}

static void test_short_room(void **state)
{
    (void)state;
    uint8_t got[4] = {9, 9, 9, 9};
    ut_store_mount(&store);
    ut_store_set(&store, UT_STORE_SETTINGS, "abcdef", 6);
    assert_int_equal(ut_store_get(&store, UT_STORE_SETTINGS, got, 2), 6);
    assert_memory_equal(got, "ab\t\t", 4);
}

static void test_removed(void **state)
{
    (void)state;
    uint8_t value[UT_STORE_VALUE_BYTES];
    ut_store_mount(&store);
    assert_int_equal(ut_store_remove(&store, UT_STORE_BOND_0), 0);
    set(&store, UT_STORE_BOND_0, 1, 20);
    set(&store, UT_STORE_SETTINGS, 2, 9);
    assert_int_equal(ut_store_remove(&store, UT_STORE_BOND_0), 0);
    assert_int_equal(ut_store_get(&store, UT_STORE_BOND_0, value, sizeof value), UT_ERR_ABSENT);
    ut_store_mount(&store);
    assert_int_equal(ut_store_get(&store, UT_STORE_BOND_0, value, sizeof value), UT_ERR_ABSENT);
    expect(&store, UT_STORE_SETTINGS, 2, 9);
}

static void test_what_is_no_key_or_length(void **state)
{
    (void)state;
    uint8_t value[UT_STORE_VALUE_BYTES + 1] = {0};
    ut_store_mount(&store);
    const int bad[] = {-1, 0, UT_STORE_KEYS, 255, 256 + 1};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(ut_store_set(&store, bad[i], value, 4), UT_ERR_RANGE);
        assert_int_equal(ut_store_get(&store, bad[i], value, 4), UT_ERR_RANGE);
        assert_int_equal(ut_store_remove(&store, bad[i]), UT_ERR_RANGE);
    }
    assert_int_equal(ut_store_set(&store, 1, value, 0), UT_ERR_RANGE);
    assert_int_equal(ut_store_set(&store, 1, value, UT_STORE_VALUE_BYTES + 1), UT_ERR_RANGE);
}

/* All keys at their largest, changed a thousand times: nothing is lost, a page is begun once per page of entries. */
static void test_wear(void **state)
{
    (void)state;
    int seed[UT_STORE_KEYS] = {0};
    ut_store_mount(&store);
    for (int i = 1; i <= 1000; i++) {
        int key = 1 + i % (UT_STORE_RESET_0 - 1);
        seed[key] = i;
        assert_int_equal(set(&store, key, i, UT_STORE_VALUE_BYTES), 0);
        if (i % 50 == 0 || store.end < 1200)
            assert_int_equal(ut_store_mount(&store), 0);
        for (key = 1; key < UT_STORE_RESET_0; key++)
            if (seed[key] != 0)
                expect(&store, key, seed[key], UT_STORE_VALUE_BYTES);
    }
    assert_int_equal(store.generation + 1, erasures); /* the other page held rubbish at first */
    assert_true(erasures < 1000 / 7 + 5);
}

static void test_the_same_value_costs_nothing(void **state)
{
    (void)state;
    ut_store_mount(&store);
    set(&store, UT_STORE_SETTINGS, 3, 40);
    int before = words_written;
    for (int i = 0; i < 100; i++)
        assert_int_equal(set(&store, UT_STORE_SETTINGS, 3, 40), 0);
    assert_int_equal(words_written, before);
}

static const char secret[] = "a long term key"; /* no run of fill() */

static int remains(void)
{
    for (int page = 0; page < BOARD_STORE_PAGES; page++)
        for (size_t at = 0; at + sizeof secret <= BOARD_STORE_PAGE_BYTES; at++)
            if (memcmp(memory[page] + at, secret, sizeof secret) == 0)
                return 1;
    return 0;
}

/* Writes until the secret stands in both pages, removes it, purges; the power goes at step `cut` of that and at step
 * `again` of the start that follows. 1 when it held through both. After a start that is not cut nothing remains. */
static int purged_with_cuts(int writes, int torn, int cut, int again)
{
    volatile int held = 1; /* changed between setjmp and longjmp */
    setup(NULL);
    noise = (uint32_t)cut * 31 + (uint32_t)again * 7 + (uint32_t)torn + 1;
    ut_store_mount(&store);
    ut_store_set(&store, UT_STORE_BOND_0, secret, sizeof secret);
    for (int i = 0; i < writes; i++)
        set(&store, UT_STORE_SETTINGS, i + 100, 61);
    assert_true(remains());
    order = torn;
    steps = cut;
    if (setjmp(power_cut) == 0) {
        assert_int_equal(ut_store_remove(&store, UT_STORE_BOND_0), 0);
        assert_int_equal(ut_store_purge(&store), 0);
        assert_false(remains());
        int before = erasures;
        assert_int_equal(ut_store_purge(&store), 0);
        assert_int_equal(erasures, before); /* nothing left to do */
    } else {
        held = 0;
    }
    steps = again;
    if (setjmp(power_cut) == 0)
        assert_int_equal(ut_store_mount(&store), 0);
    else
        held = 0;
    steps = FOREVER;
    assert_int_equal(ut_store_mount(&store), 0);
    uint8_t got[UT_STORE_VALUE_BYTES];
    if (ut_store_get(&store, UT_STORE_BOND_0, got, sizeof got) == UT_ERR_ABSENT)
        assert_false(remains());
    else
        assert_false(held); /* cut before the removal stood: the bond is still there, whole */
    expect(&store, UT_STORE_SETTINGS, writes + 99, 61);
    return held;
}

static void test_what_was_purged_is_gone(void **state)
{
    (void)state;
    const int writes[] = {1, 27, 28, 54}; /* 27 fill the page */
    for (size_t i = 0; i < sizeof writes / sizeof writes[0]; i++)
        for (int torn = 0; torn < 3; torn++) {
            int cut = 0;
            while (!purged_with_cuts(writes[i], torn, cut, FOREVER))
                cut++;
            for (; cut >= 0; cut -= 11)
                for (int again = 0; again < 40; again += 7)
                    (void)purged_with_cuts(writes[i], torn, cut, again);
        }
}

/* Settings and a bond stand; settings are changed, the power goes at step `cut` of that, and at step `again` of the
 * start that follows. 1 when the power held through both. */
static int changed_with_cuts(int writes_before, int torn, int cut, int again)
{
    volatile int held = 1; /* changed between setjmp and longjmp */
    uint8_t old[UT_STORE_VALUE_BYTES], new[UT_STORE_VALUE_BYTES], got[UT_STORE_VALUE_BYTES];
    setup(NULL);
    noise = (uint32_t)cut * 7919 + (uint32_t)again * 3 + (uint32_t)torn + 1;
    ut_store_mount(&store);
    set(&store, UT_STORE_BOND_0, 77, 90);
    for (int i = 0; i < writes_before; i++)
        set(&store, UT_STORE_SETTINGS, i, 61);
    fill(old, writes_before - 1, 61);
    fill(new, 200, 60);
    order = torn;
    steps = cut;
    if (setjmp(power_cut) == 0)
        assert_int_equal(ut_store_set(&store, UT_STORE_SETTINGS, new, 60), 0);
    else
        held = 0;
    steps = again;
    if (setjmp(power_cut) == 0)
        assert_int_equal(ut_store_mount(&store), 0);
    else
        held = 0;
    steps = FOREVER;
    assert_int_equal(ut_store_mount(&store), 0);
    int len = ut_store_get(&store, UT_STORE_SETTINGS, got, sizeof got);
    assert_true((len == 61 && memcmp(got, old, 61) == 0) || (len == 60 && memcmp(got, new, 60) == 0));
    if (held)
        assert_int_equal(len, 60);
    expect(&store, UT_STORE_BOND_0, 77, 90);
    /* and the memory goes on working */
    for (int i = 0; i < 40; i++) {
        assert_int_equal(set(&store, UT_STORE_BOND_0 + 1, i, 128), 0);
        expect(&store, UT_STORE_BOND_0 + 1, i, 128);
    }
    expect(&store, UT_STORE_BOND_0, 77, 90);
    return held;
}

/* Beside the bond a page holds 26 writes of 72 bytes: the next one begins the other page. */
static void test_power_cut_at_every_step(void **state)
{
    (void)state;
    const int before[] = {1, 10, 26, 27, 52};
    int begun = 0;
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
        for (int torn = 0; torn < 3; torn++) {
            int cut = 0;
            while (!changed_with_cuts(before[i], torn, cut, FOREVER))
                cut++;
            begun += cut > 17 + ERASE_STEPS;
            assert_true(cut >= 17); /* a head word, 60 bytes, a CRC */
        }
    }
    assert_int_equal(begun, 6);
}

/* The repair at the start is cut too. */
static void test_power_cut_twice(void **state)
{
    (void)state;
    for (int cut = 0; cut < 80; cut += 3)
        for (int again = 0; again < 60; again += 2)
            changed_with_cuts(cut % 2 == 0 ? 26 : 5, (cut + again) % 3, cut, again);
}

static void test_a_flipped_bit_costs_one_value(void **state)
{
    (void)state;
    uint8_t got[UT_STORE_VALUE_BYTES];
    for (int bit = 0; bit < 8 * 3 * 48; bit++) {
        setup(NULL);
        ut_store_mount(&store);
        for (int key = 1; key <= 3; key++)
            set(&store, key, key, 40);
        memory[store.page][12 + bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(ut_store_mount(&store), 0);
        for (int key = 1; key <= 3; key++) {
            int len = ut_store_get(&store, key, got, sizeof got);
            assert_true(len == 40 || len == UT_ERR_ABSENT);
            if (len == 40)
                expect(&store, key, key, 40);
            int hit_head = bit / 8 % 48 < 4; /* then what stands behind cannot be found either */
            if (key - 1 < bit / 8 / 48 || (!hit_head && key - 1 != bit / 8 / 48))
                assert_int_equal(len, 40);
        }
        assert_int_equal(set(&store, 1, 9, 40), 0);
        expect(&store, 1, 9, 40);
    }
}

/* What is written is read back: behind a bit that has worn out the value goes to the other page, and where that one is
 * worn as well the old value stays, now and after a start, and nobody is told that the new one is kept. */
static void test_a_worn_out_bit_is_noticed(void **state)
{
    (void)state;
    enum { HEAD = 12, ENTRY = 4 + 20 + 4, GENERATION = 4 };
    for (int byte = HEAD; byte < HEAD + ENTRY; byte++) {
        setup(NULL);
        ut_store_mount(&store);
        worn[store.page] = byte;
        assert_int_equal(set(&store, 2, 4, 20), 0);
        expect(&store, 2, 4, 20);
        assert_int_equal(ut_store_mount(&store), 0);
        expect(&store, 2, 4, 20);
    }
    static const int bad[] = {GENERATION, HEAD + 4}; /* of the other page: its head, its first value */
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        setup(NULL);
        ut_store_mount(&store);
        assert_int_equal(set(&store, 1, 5, 20), 0);
        worn[store.page] = HEAD + ENTRY + 4;
        worn[store.page ^ 1U] = bad[i];
        assert_int_equal(set(&store, 1, 6, 20), UT_ERR_STORE);
        expect(&store, 1, 5, 20);
        (void)ut_store_mount(&store);
        expect(&store, 1, 5, 20);
    }
}

static void test_a_memory_that_fails(void **state)
{
    (void)state;
    uint8_t got[4];
    broken = 1;
    assert_int_equal(ut_store_mount(&store), UT_ERR_STORE);
    assert_int_equal(ut_store_get(&store, 1, got, sizeof got), UT_ERR_ABSENT);
    assert_int_equal(set(&store, 1, 5, 20), UT_ERR_STORE);
    broken = 0;
    assert_int_equal(set(&store, 1, 5, 20), 0);
    broken = 1;
    assert_int_equal(set(&store, 1, 6, 20), UT_ERR_STORE);
    expect(&store, 1, 5, 20);
    assert_int_equal(ut_store_mount(&store), 0);
    expect(&store, 1, 5, 20);
    broken = 0;
    assert_int_equal(set(&store, 1, 6, 20), 0);
    expect(&store, 1, 6, 20);
    assert_int_equal(ut_store_mount(&store), 0);
    expect(&store, 1, 6, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_new_memory_is_empty, setup),
        cmocka_unit_test_setup(test_every_length_comes_back, setup),
        cmocka_unit_test_setup(test_short_room, setup),
        cmocka_unit_test_setup(test_removed, setup),
        cmocka_unit_test_setup(test_what_is_no_key_or_length, setup),
        cmocka_unit_test_setup(test_wear, setup),
        cmocka_unit_test_setup(test_the_same_value_costs_nothing, setup),
        cmocka_unit_test_setup(test_what_was_purged_is_gone, setup),
        cmocka_unit_test_setup(test_power_cut_at_every_step, setup),
        cmocka_unit_test_setup(test_power_cut_twice, setup),
        cmocka_unit_test_setup(test_a_flipped_bit_costs_one_value, setup),
        cmocka_unit_test_setup(test_a_worn_out_bit_is_noticed, setup),
        cmocka_unit_test_setup(test_a_memory_that_fails, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
