/* SPDX-License-Identifier: Apache-2.0 */
/* From reset into a slot against a model of the registers: the watchdog first, a try spent, the jump; what the
 * firmware is to find as it was. */
#include "firmware/boot/boot.h"
#include "firmware/boot/trailer.h"
#include "tests/boards/nrf52840/flash_model.h"
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
        board_boot_begin();
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
    assert_int_equal(ut_model_held(TIMER0_TASKS_STOP), 1);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_runs_what_is_asked_for, setup),
        cmocka_unit_test_setup(test_keeps_the_counter, setup),
        cmocka_unit_test_setup(test_without_an_image_it_stays, setup),
        cmocka_unit_test_setup(test_flash_that_does_not_answer, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
