/* SPDX-License-Identifier: Apache-2.0 */
/* Two updates, with the power gone at every single write and erasure of them, words left old, erased, written or as
 * anything, independently; rot at random. Never a slot that does not run (a brick), never an image that is foreign or
 * damaged, never one older than what was kept. The counts go to docs/measured/boot.md. */
#include "firmware/boot/boot.h"
#include "firmware/boot/counter.h"
#include "firmware/boot/trailer.h"
#include "tests/firmware/boot/slots_memory.h"

#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { FIRST = 1, LAST = 3, SEEDS = 12, ROTS = 4000, TORN = 4000, STARTS_MAX = 40 };

static uint32_t counter_of(unsigned version)
{
    return version == FIRST ? 1 : version; /* each release closes the way back */
}

/* What the world knows: the image kept last, the one asked for last. Outlives the power. */
static struct {
    unsigned kept, asked;
    long starts, points;
} world;

/* The running image's version; fails for one that may not run. */
static unsigned start(enum board_area *slot)
{
    int chosen = ut_boot_choose("test", check_fake);
    assert_in_range(chosen, BOARD_SLOT_A, BOARD_SLOT_B);
    *slot = (enum board_area)chosen;
    uint8_t image[ROOM_BYTES];
    unsigned version = memory.area[*slot][20];
    size_t len = make_image(image, *slot, (uint8_t)version, counter_of(version));
    assert_memory_equal(memory.area[*slot], image, len);
    assert_in_range(version, world.kept, world.asked);
    world.starts++;
    return version;
}

/* As the update code writes: the trailer's unit goes first, the digest is checked before anybody asks. */
static void upload(enum board_area slot, unsigned version)
{
    uint8_t image[ROOM_BYTES];
    struct ut_manifest m;
    size_t len = make_image(image, slot, (uint8_t)version, counter_of(version));
    for (size_t at = SLOT_BYTES; at > 0; at -= UNIT_BYTES)
        assert_int_equal(board_flash_erase(slot, at - UNIT_BYTES), 0);
    assert_int_equal(board_flash_write(slot, 0, image, len), 0);
    assert_int_equal(ut_manifest_read(&m, slot, "test"), UT_MANIFEST_OK);
    assert_int_equal(ut_manifest_check_digest(&m, slot), UT_MANIFEST_OK);
    world.asked = version;
    assert_int_equal(ut_trailer_ask(slot), 0);
}

/* Starts, keeps, updates until the last version is kept and has started once more. */
static void live(void)
{
    for (int i = 0; i < STARTS_MAX; i++) {
        enum board_area slot;
        unsigned version = start(&slot);
        struct ut_trailer t;
        ut_trailer_read(&t, slot);
        if (t.state == UT_SLOT_PENDING || t.state == UT_SLOT_TRYING || t.state == UT_SLOT_SPENT) {
            if (ut_trailer_keep(slot) == 0)
                world.kept = version;
            continue;
        }
        if (version == LAST)
            return;
        upload(slot == BOARD_SLOT_A ? BOARD_SLOT_B : BOARD_SLOT_A, version + 1);
    }
    fail_msg("an update that never ends");
}

/* Slot A as it leaves the factory. In B what another maker signed, with a higher number. */
static void factory(uint32_t seed)
{
    memory_clear(seed);
    place_image(BOARD_SLOT_A, FIRST, counter_of(FIRST));
    assert_int_equal(ut_trailer_ask(BOARD_SLOT_A), 0);
    assert_int_equal(ut_trailer_keep(BOARD_SLOT_A), 0);
    place_image(BOARD_SLOT_B, 77, 77);
    memory.area[BOARD_SLOT_B][UT_MANIFEST_HEADER_BYTES + IMAGE_BYTES + 12 + 4 + 72 + 4] ^= 1;
    assert_int_equal(ut_trailer_ask(BOARD_SLOT_B), 0);
    assert_int_equal(ut_trailer_keep(BOARD_SLOT_B), 0);
    memory.ops = 0;
    world.kept = world.asked = FIRST;
}

static void every_cut(void **state)
{
    (void)state;
    factory(0);
    live();
    long ops = memory.ops;
    for (uint32_t seed = 1; seed <= SEEDS; seed++)
        for (long cut = 1; cut <= ops; cut++) {
            factory(seed);
            memory.cut = cut;
            if (setjmp(memory.off) == 0) {
                live();
                fail_msg("no cut");
            }
            world.points++;
            memory.cut = memory.ops + 1 + (long)(draw() % 12); /* a second one soon after; the third life is whole */
            if (setjmp(memory.off) == 0)
                live();
            memory.cut = 0;
            live();
        }
    print_message("power cuts: %ld points, %ld starts\n", world.points, world.starts);
    assert_true(world.points >= 4000);
}

/* A trailer half written, each of its words on its own old, erased, as wanted or anything: B runs only where it is
 * whole. */
static void torn_trailers(void **state)
{
    (void)state;
    unsigned whole = 0;
    for (uint32_t seed = 1; seed <= TORN; seed++) {
        factory(seed);
        uint8_t wanted[UT_TRAILER_BYTES];
        uint8_t *trailer = memory.area[BOARD_SLOT_B] + SLOT_BYTES - UT_TRAILER_BYTES;
        place_image(BOARD_SLOT_B, 2, counter_of(FIRST));
        assert_int_equal(ut_trailer_ask(BOARD_SLOT_B), 0);
        memcpy(wanted, trailer, sizeof wanted);
        memset(trailer, 0xFF, sizeof wanted);
        for (unsigned i = 0; i < sizeof wanted; i += 4)
            if (memcmp(wanted + i, "\xFF\xFF\xFF\xFF", 4) != 0) {
                if (draw() % 3 == 0)
                    tear(trailer + i, wanted + i);
                else
                    memcpy(trailer + i, wanted + i, 4);
            }
        int is_whole = memcmp(trailer, wanted, sizeof wanted) == 0;
        whole += (unsigned)is_whole;
        assert_int_equal(ut_boot_choose("test", check_fake), is_whole ? BOARD_SLOT_B : BOARD_SLOT_A);
    }
    assert_in_range(whole, TORN / 20, TORN / 2);
}

/* One to three bits of one slot: the headset starts, and no damaged image does. */
static void rot(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= ROTS; seed++) {
        memory_clear(seed);
        enum board_area rotten = (enum board_area)(seed % 2), slot;
        for (int i = 0; i < BOARD_SLOTS; i++) {
            place_image((enum board_area)i, (uint8_t)(FIRST + i), 1);
            assert_int_equal(ut_trailer_ask((enum board_area)i), 0);
            if (i == 0 || draw() % 2)
                assert_int_equal(ut_trailer_keep((enum board_area)i), 0);
        }
        for (unsigned bits = 1 + draw() % 3; bits > 0; bits--) {
            unsigned bit = draw() % (8 * SLOT_BYTES);
            memory.area[rotten][bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        for (int i = 0; i < 2 * UT_TRAILER_TRIES; i++) {
            int chosen = ut_boot_choose("test", check_fake);
            assert_in_range(chosen, BOARD_SLOT_A, BOARD_SLOT_B);
            slot = (enum board_area)chosen;
            uint8_t image[ROOM_BYTES];
            make_image(image, slot, (uint8_t)(FIRST + chosen), 1);
            assert_memory_equal(memory.area[slot], image, UT_MANIFEST_HEADER_BYTES + IMAGE_BYTES + 12);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut),
        cmocka_unit_test(torn_trailers),
        cmocka_unit_test(rot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
