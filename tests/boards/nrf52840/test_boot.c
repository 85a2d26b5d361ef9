/* SPDX-License-Identifier: Apache-2.0 */
/* From reset into a slot against a model of the registers: the watchdog first, a try spent, the jump; what the
 * firmware is to find as it was. */
#include "firmware/boot/boot.h"
#include "firmware/boot/factory.h"
#include "firmware/boot/trailer.h"
#include "tests/boards/nrf52840/flash_model.h"
#include "tests/firmware/boot/factory_page.h"
#include "tests/firmware/boot/images.h"

#include "boards/board.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static unsigned long sleeps;

static void install(enum board_area slot, uint8_t version)
{
    uint8_t image[ROOM_BYTES];
    size_t len = make_image(image, slot, version, 1);
    memcpy(image + 32, board_name, 4); /* not what the digest covers: the digest is made again below */
    br_sha256_context sha;
    br_sha256_init(&sha);
    br_sha256_update(&sha, image, UT_MANIFEST_HEADER_BYTES + IMAGE_BYTES + 12);
    br_sha256_out(&sha, image + UT_MANIFEST_HEADER_BYTES + IMAGE_BYTES + 12 + 8);
    memcpy(image + len - FAKE_SIGNATURE_BYTES, image + UT_MANIFEST_HEADER_BYTES + IMAGE_BYTES + 12 + 8,
           FAKE_SIGNATURE_BYTES);
    assert_int_equal(board_flash_write(slot, 0, image, len), 0);
    assert_int_equal(ut_trailer_ask(slot), 0);
}

/* What firmware/boot/main.c does, with the check that small images pass. */
static void start(void)
{
    ut_model.jumped = 0;
    if (setjmp(ut_model.away) == 0) {
        struct ut_factory factory;
        board_boot_begin();
        ut_factory_read(&factory, board_name);
        if (factory.locked)
            board_boot_lock();
        int slot = ut_boot_choose(board_name, check_fake);
        if (slot >= 0)
            board_boot_run((enum board_area)slot, UT_MANIFEST_HEADER_BYTES);
        board_boot_stay();
    }
}

static void end_sleep(void)
{
    if (++sleeps == 3)
        longjmp(ut_model.away, 3);
}

static int setup(void **state)
{
    (void)state;
    flash_clear();
    sleeps = 0;
    return 0;
}

static void test_runs_what_is_asked_for(void **state)
{
    (void)state;
    install(BOARD_SLOT_A, 1);
    assert_int_equal(ut_trailer_keep(BOARD_SLOT_A), 0);
    ut_model_hold(POWER_RESETREAS, 0x12345);
    start();
    assert_int_equal(ut_model.jumped, 0x10000 + 0x200);
    assert_int_equal(ut_model_held(WDT_CRV), 4 * 32768 - 1);
    assert_int_equal(ut_model_held(WDT_TASKS_START), 1);
    assert_int_equal(ut_model_held(WDT_RR0), WDT_RR_RELOAD);
    assert_int_equal(ut_model_held(WDT_INTENSET), 0);
    assert_int_equal(ut_model_held(TIMER1_TASKS_STOP), 1);
    install(BOARD_SLOT_B, 2);
    for (unsigned i = 0; i < UT_TRAILER_TRIES; i++) {
        start();
        assert_int_equal(ut_model.jumped, 0x50000 + 0x200);
        assert_int_equal(flash.words[(0x50000 + 0x40000 - UT_TRAILER_BYTES) / 4 + i], 0);
    }
    start();
    assert_int_equal(ut_model.jumped, 0x10000 + 0x200);
    assert_int_equal(ut_model_held(POWER_RESETREAS), 0x12345);
    assert_int_equal(flash.foreign, 0);
}

static void test_keeps_the_counter(void **state)
{
    (void)state;
    install(BOARD_SLOT_B, 1);
    assert_int_equal(ut_trailer_keep(BOARD_SLOT_B), 0);
    start();
    assert_int_equal(flash.words[0x4000 / 4], 1);
    assert_int_equal(flash.words[0x4000 / 4 + 1], 0xFFFFFFFEU);
}

static void test_without_an_image_it_stays(void **state)
{
    (void)state;
    ut_model.sleep = end_sleep;
    start();
    assert_int_equal(ut_model.jumped, 0);
    assert_int_equal(sleeps, 3);
    assert_int_equal(flash.erased + flash.foreign, 0);
}

/* A controller that never says ready ends a wait by the bootloader's own clock. */
static void test_flash_that_does_not_answer(void **state)
{
    (void)state;
    install(BOARD_SLOT_A, 1);
    assert_int_equal(ut_trailer_keep(BOARD_SLOT_A), 0);
    install(BOARD_SLOT_B, 2);
    flash.stuck = 1;
    start();
    flash.stuck = 0;
    assert_int_equal(ut_model.jumped, 0x10000 + 0x200); /* no try could be spent */
}

/* The page as a station leaves it, the lock as a cut may have left it; ERASED: none is asked for. */
static void provision(uint32_t lock)
{
    uint8_t page[112];
    memset(page, 0xFF, sizeof page);
    page_identity(page, board_name, "UT-7");
    page_put(page + 96, lock);
    assert_int_equal(board_flash_write(BOARD_FACTORY, 0, page, sizeof page), 0);
}

static void test_open_until_it_is_to_be_locked(void **state)
{
    (void)state;
    install(BOARD_SLOT_A, 1);
    assert_int_equal(ut_trailer_keep(BOARD_SLOT_A), 0);
    board_flash_write(BOARD_FACTORY, 96, "\0\0\0", 4); /* a lock, and nobody whose it could be */
    flash.uicr = 0xFFFFFF5A;                           /* as a tool leaves a chip that it opened */
    start();
    assert_int_equal(ut_model.jumped, 0x10000 + 0x200);
    assert_int_equal(flash.uicr, 0xFFFFFF5A);
    assert_int_equal(ut_model_held(APPROTECT_DISABLE), 0x5A);
    assert_int_equal(ut_model_held(ACL_PERM(0)) | ut_model_held(ACL_PERM(1)), 0);
    assert_int_equal(ut_model_held(POWER_POFCON), POWER_POFCON_2_0_V);
    assert_int_equal(board_flash_erase(BOARD_FACTORY, 0), 0);
    provision(UINT32_MAX);
    start();
    assert_int_equal(flash.uicr, 0xFFFFFF5A);
    assert_int_equal(ut_model_held(ACL_PERM(0)), 0);
}

/* From the first start on, whatever UICR holds, and again where a word was torn or the memory failed. */
static void test_locked(void **state)
{
    (void)state;
    static const uint32_t before[] = {UINT32_MAX, 0xFFFFFF5A, 0xFFFFFF7F, 0xFFFFFF01};
    for (unsigned i = 0; i < sizeof before / sizeof before[0]; i++) {
        flash_clear();
        install(BOARD_SLOT_A, 1);
        assert_int_equal(ut_trailer_keep(BOARD_SLOT_A), 0);
        provision(i % 2 ? 0x4C465455 : 0xFFFF5455); /* whole, or torn */
        flash.uicr = before[i];
        flash.stuck = 1; /* once it cannot be written: it runs all the same, and is tried again */
        start();
        assert_int_equal(ut_model.jumped, 0x10000 + 0x200);
        assert_int_equal(flash.uicr, before[i]);
        flash.stuck = 0;
        start();
        assert_int_equal(ut_model.jumped, 0x10000 + 0x200);
        assert_int_equal(flash.uicr, 0xFFFFFF00);
        assert_int_equal(ut_model_held(APPROTECT_FORCEPROTECT), 0);
        assert_int_equal(ut_model_held(ACL_ADDR(0)), 0);
        assert_int_equal(ut_model_held(ACL_SIZE(0)), 0x6000); /* bootloader, counter, factory page */
        assert_int_equal(ut_model_held(ACL_PERM(0)), 2);
        assert_int_equal(ut_model_held(ACL_ADDR(1)), 0x10000);
        assert_int_equal(ut_model_held(ACL_SIZE(1)), 0x3F000); /* not the trailer's page */
        assert_int_equal(ut_model_held(ACL_PERM(1)), 2);
        start();
        assert_int_equal(ut_model_held(APPROTECT_DISABLE), 0);
        assert_int_equal(flash.foreign, 0);
    }
    install(BOARD_SLOT_B, 2);
    start();
    assert_int_equal(ut_model.jumped, 0x50000 + 0x200);
    assert_int_equal(ut_model_held(ACL_ADDR(1)), 0x50000);
}

/* What the bootloader does before the locks: choosing writes the counter and a try, which they would refuse. */
static uint32_t wrote_after_lock;

static uint32_t write_in_order(uint32_t address, uint32_t held, uint32_t value)
{
    if (address < FLASH_BYTES)
        wrote_after_lock += ut_model_held(ACL_PERM(0)) != 0;
    return flash_write(address, held, value);
}

static void test_flash_is_written_before_it_is_closed(void **state)
{
    (void)state;
    provision(0);
    install(BOARD_SLOT_A, 1);
    install(BOARD_SLOT_B, 2);
    wrote_after_lock = 0;
    ut_model.write = write_in_order;
    start();
    assert_int_equal(ut_model.jumped, 0x50000 + 0x200);
    assert_int_equal(flash.words[(0x50000 + 0x40000 - UT_TRAILER_BYTES) / 4], 0); /* the try */
    assert_int_equal(ut_model_held(ACL_PERM(0)), 2);
    assert_int_equal(wrote_after_lock, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_runs_what_is_asked_for, setup),
        cmocka_unit_test_setup(test_keeps_the_counter, setup),
        cmocka_unit_test_setup(test_without_an_image_it_stays, setup),
        cmocka_unit_test_setup(test_flash_that_does_not_answer, setup),
        cmocka_unit_test_setup(test_open_until_it_is_to_be_locked, setup),
        cmocka_unit_test_setup(test_locked, setup),
        cmocka_unit_test_setup(test_flash_is_written_before_it_is_closed, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
