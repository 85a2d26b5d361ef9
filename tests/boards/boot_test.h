/* SPDX-License-Identifier: Apache-2.0 */
/* From reset into a slot, what every board's bootloader does. Included once, behind the board's model of its flash and
 * SLOT_A_RUNS, where an image of slot A begins to run, and COUNTER_AT, where the counter lies in flash. */
#ifndef UT_TESTS_BOARDS_BOOT_TEST_H
#define UT_TESTS_BOARDS_BOOT_TEST_H

#include "boards/board.h"
#include "firmware/boot/boot.h"
#include "firmware/boot/factory.h"
#include "firmware/boot/trailer.h"
#include "tests/firmware/boot/factory_page.h"
#include "tests/firmware/boot/images.h"

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

static void test_keeps_the_counter(void **state)
{
    (void)state;
    install(BOARD_SLOT_B, 1);
    assert_int_equal(ut_trailer_keep(BOARD_SLOT_B), 0);
    start();
    assert_int_equal(flash.words[COUNTER_AT / 4], 1);
    assert_int_equal(flash.words[COUNTER_AT / 4 + 1], 0xFFFFFFFEU);
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
    assert_int_equal(ut_model.jumped, SLOT_A_RUNS); /* no try could be spent */
}

/* The page as a station leaves it, the lock as a cut may have left it; all ones: none is asked for. */
static void provision(uint32_t lock)
{
    uint8_t page[112];
    memset(page, 0xFF, sizeof page);
    page_identity(page, board_name, "UT-7");
    page_put(page + 96, lock);
    assert_int_equal(board_flash_write(BOARD_FACTORY, 0, page, sizeof page), 0);
}

#define BOOT_TESTS                                                                                                     \
    cmocka_unit_test_setup(test_keeps_the_counter, setup),                                                             \
        cmocka_unit_test_setup(test_without_an_image_it_stays, setup),                                                 \
        cmocka_unit_test_setup(test_flash_that_does_not_answer, setup)

#endif
