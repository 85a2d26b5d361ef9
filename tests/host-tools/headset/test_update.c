/* SPDX-License-Identifier: Apache-2.0 */
/* Whole updates of a headset that is here: its server, its slots and its bootloader's choice; over a link that
 * breaks. */
#include "firmware/boot/boot.h"
#include "firmware/boot/counter.h"
#include "firmware/boot/keys.h"
#include "firmware/boot/trailer.h"
#include "firmware/update/server.h"
#include "host-tools/headset/update.h"
#include "tests/firmware/boot/slots_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { KEY_AT = UT_MANIFEST_HEADER_BYTES + IMAGE_BYTES + 12 + 4 + 36 + 4, HANGS = 66 /* a version that does */ };

static struct ut_server server;
static uint32_t blocks;
static int restarts, lose_at, cut_at, packets, lost, steps[UT_UPDATE_DONE + 1], refuse;
static size_t room;
static uint8_t file[2 * ROOM_BYTES];
static struct ut_release release;
static struct ut_update u;
static struct ut_fault fault;

/* Starts as the bootloader would; one that hangs is tried again and again by the watchdog. */
static void boot(void)
{
    int slot;
    do
        slot = ut_boot_choose("test", check_fake);
    while (slot >= 0 && memory.area[slot][20] == HANGS);
    assert_true(slot >= 0);
    struct ut_trailer t;
    ut_trailer_read(&t, (enum board_area)slot);
    ut_server_init(&server, "test", 1, 0);
    server.running = (int8_t)slot; /* this program's own header says no address */
    server.kept = t.state == UT_SLOT_KEPT;
    blocks = 0;
}

static int open_it(void *ctx, int ms, struct ut_fault *f)
{
    (void)ctx;
    (void)ms;
    return refuse ? ut_fault_set(f, UT_EXIT_NO_DEVICE, "gone") : 0;
}

static int exchange(void *ctx, const uint8_t *packet, size_t len, uint8_t answer[UT_UPDATE_PACKET_BYTES], int ms,
                    struct ut_fault *f)
{
    int restart;
    (void)ctx;
    (void)ms;
    packets++;
    if (packets == lose_at) {
        lost++;
        return ut_fault_set(f, UT_EXIT_NO_DEVICE, "lost");
    }
    if (packets == cut_at)
        boot(); /* the power goes: what the headset knew of the upload is gone */
    if (packets % 7 == 3)
        return 0; /* a request that was not heard */
    size_t n = ut_server_handle(&server, packet, len, room, blocks, &restart);
    memcpy(answer, server.answer, n);
    restarts += restart;
    return packets % 7 == 5 ? 0 : (int)n; /* an answer that was not heard */
}

static int started(void *ctx, int ms)
{
    (void)ctx;
    (void)ms;
    if (restarts == 0)
        return 0;
    restarts = 0;
    boot();
    return 1;
}

static void pause_it(void *ctx, int ms)
{
    (void)ctx;
    blocks += (uint32_t)ms / 10;
    ut_server_work(&server, blocks, blocks * 10000);
}

static void tell(void *ctx, const struct ut_update *about, enum ut_update_step step, uint32_t done, uint32_t total)
{
    (void)ctx;
    assert_ptr_equal(about, &u);
    assert_true(done <= total);
    steps[step]++;
}

static size_t add(size_t at, enum board_area slot, uint8_t version, uint32_t counter)
{
    uint8_t image[ROOM_BYTES];
    size_t len = make_image(image, slot, version, counter);
    memcpy(image + KEY_AT, ut_boot_keys[0].sha256, 32);
    memcpy(file + at, image, len);
    return at + len;
}

static void place(enum board_area slot, uint8_t version)
{
    place_image(slot, version, 0);
    memcpy(memory.area[slot] + KEY_AT, ut_boot_keys[0].sha256, 32);
}

static int setup(void **state)
{
    (void)state;
    memory_clear(1);
    place(BOARD_SLOT_A, 1);
    assert_int_equal(ut_trailer_ask(BOARD_SLOT_A), 0);
    assert_int_equal(ut_trailer_keep(BOARD_SLOT_A), 0);
    restarts = lose_at = cut_at = packets = lost = refuse = 0;
    room = UT_UPDATE_PACKET_BYTES;
    memset(steps, 0, sizeof steps);
    memset(&fault, 0, sizeof fault);
    boot();
    return 0;
}

/* With a release of a version for both slots; the exit code. */
static int update(size_t len)
{
    assert_int_equal(ut_release_parse("file", file, len, &release, &fault), 0);
    u = (struct ut_update){.name = "here",
                           .board = "test",
                           .release = &release,
                           .link = {open_it, exchange, started, pause_it, NULL},
                           .tell = tell};
    int result = ut_update_run(&u, &fault);
    assert_int_equal(result == 0, fault.code == 0);
    return fault.code;
}

static size_t both(uint8_t version, uint32_t counter)
{
    return add(add(0, BOARD_SLOT_A, version, counter), BOARD_SLOT_B, version, counter);
}

static int kept(enum board_area slot)
{
    struct ut_trailer t;
    ut_trailer_read(&t, slot);
    return t.state == UT_SLOT_KEPT;
}

static void from_slot_to_slot(void **state)
{
    (void)state;
    for (uint8_t version = 2; version < 6; version++) {
        assert_int_equal(update(both(version, 0)), 0);
        assert_int_equal(server.running, version % 2 == 0 ? BOARD_SLOT_B : BOARD_SLOT_A);
        assert_int_equal(memory.area[server.running][20], version);
        assert_true(kept(BOARD_SLOT_A) && kept(BOARD_SLOT_B));
        assert_int_equal(steps[UT_UPDATE_DONE], version - 1);
    }
    int before = packets;
    assert_int_equal(update(both(5, 0)), 0); /* it runs already */
    assert_true(u.unchanged && packets - before < 8);
    room = 96; /* as over Bluetooth, only shorter */
    assert_int_equal(update(both(6, 0)), UT_EXIT_PROTOCOL);
    room = 182;
    fault.code = 0;
    assert_int_equal(update(both(6, 0)), 0);
    assert_int_equal(memory.area[server.running][20], 6);
}

/* Whatever packet is the one that does not come through, or in front of which the power goes. */
static void a_link_that_is_lost(void **state)
{
    for (int i = 1; i < 24; i++) {
        setup(state);
        lose_at = i;
        assert_int_equal(update(both(2, 0)), 0);
        assert_int_equal(server.running, BOARD_SLOT_B);
        assert_int_equal(steps[UT_UPDATE_LOST], lost);
        setup(state);
        cut_at = i;
        assert_int_equal(update(both(2, 0)), 0);
        assert_int_equal(server.running, BOARD_SLOT_B);
        assert_true(kept(BOARD_SLOT_B));
    }
    setup(state);
    lose_at = 5;
    refuse = 1; /* and it does not come back */
    assert_int_equal(update(both(2, 0)), UT_EXIT_NO_DEVICE);
    refuse = 0;
    fault.code = 0;
    assert_int_equal(update(both(2, 0)), 0); /* the same command again */
}

static void what_is_there_is_not_sent_again(void **state)
{
    (void)state;
    place(BOARD_SLOT_B, 2); /* whole, of an update that was stopped before its mark */
    assert_int_equal(update(both(2, 0)), 0);
    assert_int_equal(steps[UT_UPDATE_UPLOADING], 0);
    assert_int_equal(server.running, BOARD_SLOT_B);
}

static void what_lies_there_is_tried(void **state)
{
    (void)state;
    static const uint8_t nobodys[32];
    struct ut_trailer t;
    assert_int_equal(ut_release_parse("file", file, both(2, 0), &release, &fault), 0);
    u = (struct ut_update){.name = "here", .link = {open_it, exchange, started, pause_it, NULL}};
    assert_int_equal(ut_update_try(&u, release.image[1].digest, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_IMAGE); /* nothing is there yet */
    place(BOARD_SLOT_B, 2);
    fault.code = 0;
    assert_int_equal(ut_update_try(&u, nobodys, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_IMAGE);
    assert_int_equal(restarts, 0);
    assert_int_equal(ut_update_try(&u, release.image[1].digest, &fault), 0);
    ut_trailer_read(&t, BOARD_SLOT_B);
    assert_int_equal(t.state, UT_SLOT_PENDING);
    assert_true(restarts > 0);
    refuse = 1;
    assert_int_equal(ut_update_try(&u, release.image[1].digest, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_NO_DEVICE);
}

static void each_refusal_by_its_code(void **state)
{
    setup(state);
    size_t len = both(2, 0);
    memset(file + KEY_AT, 0x11, 32);
    memset(file + len / 2 + KEY_AT, 0x11, 32);
    assert_int_equal(update(len), UT_EXIT_SIGNER);
    setup(state);
    assert_int_equal(update(add(0, BOARD_SLOT_A, 2, 0)), UT_EXIT_SLOT);
    setup(state);
    assert_int_equal(ut_counter_raise(3), 0);
    assert_int_equal(update(both(2, 2)), UT_EXIT_OLDER);
    setup(state);
    server.spoken = 1;
    assert_int_equal(update(both(2, 0)), UT_EXIT_IN_CALL);
    assert_non_null(strstr(fault.text, "--now"));
    server.at_once = 1;
    fault.code = 0;
    assert_int_equal(update(both(2, 0)), 0);
    setup(state);
    server.kept = 0;
    memset(memory.area[BOARD_SLOT_A] + SLOT_BYTES - UT_TRAILER_BYTES + 40, 0xFF, 8);
    assert_int_equal(update(both(2, 0)), UT_EXIT_TRIAL);
    setup(state);
    memory.broken = 1;
    assert_int_equal(update(both(2, 0)), UT_EXIT_FLASH);
    setup(state);
    server.running = -1; /* started without a bootloader */
    assert_int_equal(update(both(2, 0)), UT_EXIT_PROTOCOL);
    setup(state);
    len = both(2, 0);
    memset(file + 32, 'x', 4); /* a header is signed: release.py would have made another digest of it */
    memset(file + len / 2 + 32, 'x', 4);
    assert_int_equal(ut_release_parse("file", file, len, &release, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_IMAGE);
    len = both(2, 0);
    fault.code = 0;
    assert_int_equal(ut_release_parse("file", file, len, &release, &fault), 0);
    u.board = "mps2";
    u.running = 0;
    assert_int_equal(ut_update_run(&u, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_WRONG_CHIP);
}

/* The bootloader does not run what is signed by another key than it names; one that hangs is given up. */
static void goes_back(void **state)
{
    setup(state);
    size_t len = both(2, 0);
    file[len / 2 + KEY_AT + 36] ^= 1; /* the signature, of slot B's */
    assert_int_equal(update(len), UT_EXIT_SIGNER);
    assert_int_equal(server.running, BOARD_SLOT_A);
    setup(state);
    assert_int_equal(update(both(HANGS, 0)), UT_EXIT_REVERTED);
    assert_int_equal(server.running, BOARD_SLOT_A);
    fault.code = 0;
    assert_int_equal(update(both(3, 0)), 0); /* and the next one is taken */
    assert_int_equal(server.running, BOARD_SLOT_B);
}

/* It starts, and falls over before it has shown that it works. */
static void falls_over_on_trial(void **state)
{
    (void)state;
    server.usable = 1;
    assert_int_equal(ut_release_parse("file", file, both(2, 0), &release, &fault), 0);
    place(BOARD_SLOT_B, 2);
    assert_int_equal(ut_trailer_ask(BOARD_SLOT_B), 0);
    for (int i = 0; i < UT_TRAILER_TRIES; i++)
        boot(); /* three times the power went */
    boot();
    assert_int_equal(server.running, BOARD_SLOT_A);
    assert_int_equal(update(both(2, 0)), 0); /* sent again, since a spent one is never run */
    assert_true(steps[UT_UPDATE_UPLOADING] > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(from_slot_to_slot, setup),
        cmocka_unit_test_setup(a_link_that_is_lost, setup),
        cmocka_unit_test_setup(what_is_there_is_not_sent_again, setup),
        cmocka_unit_test_setup(what_lies_there_is_tried, setup),
        cmocka_unit_test_setup(each_refusal_by_its_code, setup),
        cmocka_unit_test_setup(goes_back, setup),
        cmocka_unit_test_setup(falls_over_on_trial, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
