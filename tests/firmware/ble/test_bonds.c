/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/ble/bonds.h"
#include "firmware/ble/crypto.h"
#include "firmware/control.h"
#include "tests/firmware/ble/seam.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { FILLINGS = 40 }; /* more entries than a page of the store holds */

static struct ut_store store;
static struct ut_random source;
static struct ut_bonds bonds;

static int restart(void)
{
    assert_int_equal(ut_store_mount(&store), 0);
    ut_random_init(&source);
    return ut_bonds_init(&bonds, &store, &source);
}

static void save_all(void)
{
    while (bonds.pending != 0)
        ut_bonds_save(&bonds);
}

/* As the owner does while the memory's life allows it. */
static void work(uint32_t now_ms)
{
    ut_bonds_work(&bonds, now_ms);
    while (ut_bonds_pending(&bonds, 0))
        ut_bonds_save(&bonds);
}

static int setup(void **state)
{
    (void)state;
    seam_reset();
    assert_int_equal(restart(), 0);
    return 0;
}

static struct ut_bond central(uint8_t n)
{
    struct ut_bond bond;
    memset(&bond, 0, sizeof bond);
    bond.identity.type = n & 1;
    memset(bond.identity.octets, 0xC0 + n, 6);
    memset(bond.ltk, 0x10 + n, sizeof bond.ltk);
    memset(bond.irk, 0x20 + n, sizeof bond.irk);
    bond.authenticated = n & 1;
    return bond;
}

static struct ut_address private_address(const uint8_t irk[16], uint8_t n)
{
    struct ut_address a = {UT_ADDRESS_RANDOM, {0, 0, 0, n, 0x55, 0x7F}};
    ut_crypto_ah(irk, a.octets + 3, a.octets);
    return a;
}

static void expect_central(int place, uint8_t n, uint32_t gatt)
{
    struct ut_bond want = central(n);
    const struct ut_bond *got = &bonds.bond[place];
    assert_int_equal(got->used, 1);
    assert_int_equal(got->identity.type, want.identity.type);
    assert_memory_equal(got->identity.octets, want.identity.octets, 6);
    assert_memory_equal(got->ltk, want.ltk, 16);
    assert_memory_equal(got->irk, want.irk, 16);
    assert_int_equal(got->authenticated, want.authenticated);
    assert_int_equal(got->gatt, gatt);
}

static int put(uint8_t n)
{
    struct ut_bond bond = central(n);
    bond.gatt = 99;
    return ut_bonds_put(&bonds, &bond);
}

static int find(uint8_t n)
{
    struct ut_bond bond = central(n);
    return ut_bonds_find(&bonds, &bond.identity);
}

static void test_identity(void **state)
{
    (void)state;
    struct ut_bonds first = bonds;
    assert_int_equal(bonds.identity.type, UT_ADDRESS_RANDOM);
    assert_int_equal(bonds.identity.octets[5] & 0xC0, 0xC0);
    assert_int_equal(restart(), 0);
    assert_memory_equal(bonds.irk, first.irk, 16);
    assert_memory_equal(bonds.identity.octets, first.identity.octets, 6);
    for (int i = 0; i < UT_BONDS; i++)
        assert_int_equal(bonds.bond[i].used, 0);
    assert_int_equal(find(0), -1);
}

/* Without random bytes there is no identity and nothing is stored; later there is one. */
static void test_identity_waits_for_random_bytes(void **state)
{
    (void)state;
    uint8_t value[UT_STORE_VALUE_BYTES];
    struct ut_address address;
    seam_reset();
    seam.noise = 0;
    assert_int_equal(restart(), -1);
    assert_int_equal(ut_store_get(&store, UT_STORE_IDENTITY, value, sizeof value), UT_ERR_ABSENT);
    assert_int_equal(ut_bonds_rpa(&bonds, &address), -1);
    memset(value, 7, sizeof value);
    ut_random_add(&source, value, UT_RANDOM_SEED);
    assert_int_equal(ut_bonds_init(&bonds, &store, &source), 0);
    assert_int_equal(ut_bonds_rpa(&bonds, &address), 0);
}

static void test_own_private_addresses(void **state)
{
    (void)state;
    struct ut_address a, before;
    uint8_t hash[3];
    memset(&before, 0, sizeof before);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(ut_bonds_rpa(&bonds, &a), 0);
        assert_int_equal(a.type, UT_ADDRESS_RANDOM);
        assert_int_equal(a.octets[5] & 0xC0, 0x40);
        ut_crypto_ah(bonds.irk, a.octets + 3, hash);
        assert_memory_equal(a.octets, hash, 3);
        assert_memory_not_equal(a.octets, before.octets, 6);
        before = a;
    }
}

static void test_find(void **state)
{
    (void)state;
    for (uint8_t n = 0; n < UT_BONDS; n++)
        assert_int_equal(put(n), n);
    for (int round = 0; round < 2; round++) {
        for (uint8_t n = 0; n < UT_BONDS; n++) {
            struct ut_bond bond = central(n);
            struct ut_address a = private_address(bond.irk, n);
            expect_central(n, n, 0);
            assert_int_equal(find(n), n);
            assert_int_equal(ut_bonds_find(&bonds, &a), n);
            a.octets[0] ^= 1;
            assert_int_equal(ut_bonds_find(&bonds, &a), -1);
            a = private_address(bond.irk, n);
            a.type = UT_ADDRESS_PUBLIC;
            assert_int_equal(ut_bonds_find(&bonds, &a), -1);
            a = (struct ut_address){UT_ADDRESS_RANDOM, {0, 0, 0, n, 0x55, 0x3F}}; /* private, but not resolvable */
            ut_crypto_ah(bond.irk, a.octets + 3, a.octets);
            assert_int_equal(ut_bonds_find(&bonds, &a), -1);
            bond.identity.type ^= 1;
            assert_int_equal(ut_bonds_find(&bonds, &bond.identity), -1);
        }
        assert_int_equal(restart(), 0);
    }
}

/* An absent identity key is all zero and must not resolve what was made with zero. */
static void test_no_identity_key(void **state)
{
    (void)state;
    struct ut_bond bond = central(1);
    memset(bond.irk, 0, sizeof bond.irk);
    assert_int_equal(ut_bonds_put(&bonds, &bond), 0);
    struct ut_address a = private_address(bond.irk, 1);
    assert_int_equal(ut_bonds_find(&bonds, &a), -1);
    struct ut_bond other = central(2);
    memset(other.irk, 0, sizeof other.irk);
    assert_int_equal(ut_bonds_put(&bonds, &other), 1);
}

static void test_the_oldest_makes_room(void **state)
{
    (void)state;
    for (uint8_t n = 0; n < UT_BONDS; n++)
        put(n);
    ut_bonds_seen(&bonds, 0);
    save_all();
    assert_int_equal(restart(), 0);
    assert_int_equal(put(4), 1);
    assert_int_equal(find(1), -1);
    assert_int_equal(find(0), 0);
    assert_int_equal(put(5), 2);
    assert_int_equal(put(6), 3);
    assert_int_equal(put(7), 0);
    assert_int_equal(restart(), 0);
    expect_central(1, 4, 0);
    expect_central(0, 7, 0);
}

/* The same identity, or the same identity key under another address, is the same central. */
static void test_paired_again(void **state)
{
    (void)state;
    for (uint8_t n = 0; n < UT_BONDS; n++)
        put(n);
    struct ut_bond bond = central(2);
    memset(bond.ltk, 0xAB, 16);
    memset(bond.irk, 0xCD, 16);
    ut_bonds_set_gatt(&bonds, 2, 5);
    assert_int_equal(ut_bonds_same(&bonds, &bond), 2);
    assert_int_equal(ut_bonds_put(&bonds, &bond), 2);
    assert_memory_equal(bonds.bond[2].ltk, bond.ltk, 16);
    assert_int_equal(bonds.bond[2].gatt, 0);
    memset(bond.identity.octets, 0xE1, 6);
    assert_int_equal(ut_bonds_same(&bonds, &bond), 2);
    memset(bond.irk, 0xDC, 16);
    assert_int_equal(ut_bonds_same(&bonds, &bond), -1);
}

/* Changes reach the store when they have come to rest, and only what differs from what it holds. */
static void test_gatt_and_wear(void **state)
{
    (void)state;
    uint32_t now = 0xFFFFF000U;
    put(0);
    put(1);
    int words = seam.words;
    for (int i = 0; i < 1000; i++) { /* comes, subscribes, goes */
        work(now += UT_BONDS_REST_MS - 1);
        ut_bonds_set_gatt(&bonds, 0, (uint32_t)i);
        ut_bonds_seen(&bonds, i % 2);
    }
    ut_bonds_set_gatt(&bonds, 0, 0);
    ut_bonds_seen(&bonds, 1);
    work(now + UT_BONDS_REST_MS);
    assert_int_equal(seam.words, words); /* all is as it was */
    ut_bonds_set_gatt(&bonds, 0, 0x81020304);
    ut_bonds_seen(&bonds, 0);
    ut_bonds_work(&bonds, now + 2 * UT_BONDS_REST_MS - 1);
    assert_false(ut_bonds_pending(&bonds, 0));
    assert_true(ut_bonds_pending(&bonds, 1));
    ut_bonds_work(&bonds, now + 2 * UT_BONDS_REST_MS);
    assert_true(ut_bonds_pending(&bonds, 0));
    assert_int_equal(seam.words, words); /* that is the owner's to say */
    ut_bonds_save(&bonds);
    assert_true(ut_bonds_pending(&bonds, 0)); /* the other one waits for its turn */
    ut_bonds_save(&bonds);
    assert_true(seam.words > words);
    words = seam.words;
    work(now + 9 * UT_BONDS_REST_MS);
    assert_false(ut_bonds_pending(&bonds, 1));
    save_all();
    assert_int_equal(seam.words, words);
    assert_int_equal(restart(), 0);
    expect_central(0, 0, 0x81020304);
    expect_central(1, 1, 0);
    assert_int_equal(bonds.order[0], 0);
}

static void test_forget(void **state)
{
    (void)state;
    struct ut_bonds first = bonds;
    put(0);
    put(1);
    ut_bonds_set_gatt(&bonds, 0, 7);
    ut_bonds_forget(&bonds, UT_BONDS_ALL);
    ut_bonds_set_gatt(&bonds, 1, 9);
    work(UT_BONDS_REST_MS); /* what was pending does not bring it back */
    assert_int_equal(find(0), -1);
    for (size_t at = 0; at + 16 <= sizeof seam.memory; at++) {
        assert_memory_not_equal((const uint8_t *)seam.memory + at, central(0).ltk, 16);
        assert_memory_not_equal((const uint8_t *)seam.memory + at, central(1).irk, 16);
    }
    assert_int_equal(restart(), 0);
    assert_int_equal(find(0), -1);
    assert_int_equal(find(1), -1);
    assert_memory_equal(bonds.irk, first.irk, 16);
}

static void test_stored_rubbish(void **state)
{
    (void)state;
    static const uint8_t rubbish[60] = {3, 3, 3, 3};
    put(0);
    ut_store_set(&store, UT_STORE_BOND_0 + 1, rubbish, 60);
    ut_store_set(&store, UT_STORE_BOND_0 + 2, rubbish, 1);
    ut_store_set(&store, UT_STORE_BOND_ORDER, rubbish, UT_BONDS);
    assert_int_equal(restart(), 0);
    expect_central(0, 0, 0);
    assert_int_equal(bonds.bond[1].used, 0);
    assert_int_equal(bonds.bond[2].used, 0);
    for (int i = 0; i < UT_BONDS; i++)
        assert_int_equal(bonds.order[i], i);
    ut_store_set(&store, UT_STORE_IDENTITY, rubbish, 8);
    assert_int_equal(restart(), 0);
    assert_int_equal(bonds.identity.octets[5] & 0xC0, 0xC0);
    struct ut_bonds made = bonds;
    assert_int_equal(restart(), 0);
    assert_memory_equal(bonds.irk, made.irk, 16);
    assert_memory_equal(bonds.identity.octets, made.identity.octets, 6);
}

static void test_store_refuses(void **state)
{
    (void)state;
    put(0);
    seam.store_fails = 1;
    assert_int_equal(put(1), 1);
    assert_int_equal(find(1), 1);
    assert_true(bonds.unsaved > 0);
    ut_bonds_set_gatt(&bonds, 0, 3);
    uint16_t unsaved = bonds.unsaved;
    work(UT_BONDS_REST_MS);
    assert_int_equal(bonds.unsaved, unsaved + 1);
    work(3 * UT_BONDS_REST_MS);
    assert_int_equal(bonds.unsaved, unsaved + 1); /* each try is an erasure */
    seam.store_fails = 0;
    assert_int_equal(restart(), 0);
    expect_central(0, 0, 0);
    assert_int_equal(find(1), -1);
}

static struct ut_settings settings;
static struct ut_control control;

static void ask(int op, uint8_t gain)
{
    uint8_t request[UT_WIRE_RECORD_BYTES], reply[UT_WIRE_RECORD_BYTES];
    struct ut_wire_request r = {.op = (uint8_t)op, .key = UT_SETTING_AGENT_GAIN, .value = {gain}};
    r.len = op == UT_CONTROL_SET ? 4 : 0;
    ut_wire_pack_request(request, 0, &r);
    assert_int_equal(ut_control_handle(&control, request, reply), 1);
}

/* What centrals do in a day: bits of a pattern. */
enum { SETTINGS = 1, SUBSCRIPTIONS = 2, ALL_FOUR = 4, RESTARTS = 8, TAKING_TURNS = 16 };

/* The pages erased in the first day after the power came, with bonds of four centrals whose owners confirmed a pairing
 * each; at its end one of them forgets all. */
static uint32_t erasures_of_a_day(int pattern)
{
    unsigned boots = 1;
    seam_reset();
    assert_int_equal(restart(), 0);
    for (uint8_t n = 0; n < UT_BONDS; n++)
        put(n);
    ut_control_init(&control, &settings, &store, boots, 0);
    uint32_t before = store.generation;
    for (uint32_t second = 1; second <= 24 * 3600; second++) {
        if (pattern & SETTINGS)
            ask(UT_CONTROL_SET, (uint8_t)(second % 2));
        if ((pattern & SUBSCRIPTIONS) && second % 31 == 0)
            for (int i = 0; i < (pattern & ALL_FOUR ? UT_BONDS : 1); i++) {
                ut_bonds_set_gatt(&bonds, i, second);
                if (pattern & TAKING_TURNS)
                    ut_bonds_seen(&bonds, i);
            }
        if ((pattern & RESTARTS) && second % 601 == 0)
            ask(UT_CONTROL_REBOOT, 0);
        ut_bonds_work(&bonds, 1000 * second);
        unsigned due = ut_control_work(&control, 1000000 * second);
        while (ut_bonds_pending(&bonds, 0) && ut_control_may_write(&control, UT_CONTROL_RESERVED))
            ut_bonds_save(&bonds);
        if (!(due & UT_CONTROL_DUE_REBOOT))
            continue;
        while (ut_bonds_pending(&bonds, 1) && ut_control_may_write(&control, 0))
            ut_bonds_save(&bonds);
        assert_int_equal(restart(), 0);
        ut_control_init(&control, &settings, &store, ++boots, 1000000 * second);
    }
    ask(UT_CONTROL_FORGET, 0);
    return store.generation - before + 1; /* a purge erases the page out of use as well */
}

static void test_a_day_of_changes_does_not_wear_the_memory(void **state)
{
    (void)state;
    static const int patterns[] = {
        SETTINGS,
        SUBSCRIPTIONS,
        SETTINGS | SUBSCRIPTIONS,
        SUBSCRIPTIONS | ALL_FOUR | TAKING_TURNS,
        SETTINGS | SUBSCRIPTIONS | ALL_FOUR | TAKING_TURNS,
        SUBSCRIPTIONS | ALL_FOUR | RESTARTS,
        SETTINGS | SUBSCRIPTIONS | ALL_FOUR | TAKING_TURNS | RESTARTS,
    };
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
        assert_in_range(erasures_of_a_day(patterns[i]), 3, 10);
}

/* The power goes at every word of a fifth central's bond: afterwards the oldest place holds the old one or the new one,
 * and everything else is as it was. The log is long enough that some of the cuts fall into an erasure. */
static void test_power_cut(void **state)
{
    (void)state;
    static uint8_t before[BOARD_STORE_PAGES][BOARD_STORE_PAGE_BYTES];
    volatile int kept = 0, replaced = 0, finished = 0, erased = 0;
    for (uint8_t n = 0; n < UT_BONDS; n++)
        put(n);
    for (volatile uint32_t filling = 0; filling < FILLINGS; filling++) {
        ut_bonds_set_gatt(&bonds, 3, filling + 1);
        save_all();
        memcpy(before, seam.memory, sizeof before);
        volatile int done = 0;
        for (volatile int words = 0; !done; words++) {
            memcpy(seam.memory, before, sizeof before);
            assert_int_equal(restart(), 0);
            uint32_t generation = store.generation;
            seam.words_left = words;
            if (setjmp(seam.power_cut) == 0) {
                put(4);
                done = 1;
                erased += store.generation != generation;
            }
            seam.words_left = -1;
            assert_int_equal(restart(), 0);
            expect_central(1, 1, 0);
            expect_central(2, 2, 0);
            expect_central(3, 3, filling + 1);
            int has_new = find(4) == 0;
            expect_central(0, has_new ? 4 : 0, 0);
            kept += !has_new;
            replaced += has_new;
            finished += done;
            assert_true(has_new || !done);
        }
        memcpy(seam.memory, before, sizeof before);
        assert_int_equal(restart(), 0);
    }
    assert_int_equal(finished, FILLINGS);
    assert_true(kept > FILLINGS && replaced > FILLINGS && erased > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_identity, setup),
        cmocka_unit_test_setup(test_identity_waits_for_random_bytes, setup),
        cmocka_unit_test_setup(test_own_private_addresses, setup),
        cmocka_unit_test_setup(test_find, setup),
        cmocka_unit_test_setup(test_no_identity_key, setup),
        cmocka_unit_test_setup(test_the_oldest_makes_room, setup),
        cmocka_unit_test_setup(test_paired_again, setup),
        cmocka_unit_test_setup(test_gatt_and_wear, setup),
        cmocka_unit_test_setup(test_forget, setup),
        cmocka_unit_test_setup(test_stored_rubbish, setup),
        cmocka_unit_test_setup(test_store_refuses, setup),
        cmocka_unit_test_setup(test_a_day_of_changes_does_not_wear_the_memory, setup),
        cmocka_unit_test_setup(test_power_cut, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
