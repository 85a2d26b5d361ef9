/* SPDX-License-Identifier: Apache-2.0 */
/* The image of a new unit: each part in its place, to the byte; what does not fit together; serial numbers. The
 * headset's own code reads the page. */
#include "boards/flash.h"
#include "firmware/boot/factory.h"
#include "host-tools/headset/factory_image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SLOT = 0x40000 };

static uint8_t *image;
static size_t len;
static const uint8_t boot[] = "bootKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKK", firmware_bytes[] = "firmware",
                     test_bytes[] = "the test";
static struct ut_release_image firmware, test;
static struct ut_factory_parts parts;
static const struct ut_unit unit = {"UT-0042", 0x102, 1780000000};

static int setup(void **state)
{
    (void)state;
    firmware = (struct ut_release_image){.board = "mps2", .offset = 0x10000, .bytes = firmware_bytes, .length = 8};
    test = (struct ut_release_image){.board = "mps2", .offset = 0x50000, .bytes = test_bytes, .length = 8};
    memset(firmware.key, 'K', sizeof firmware.key);
    memset(test.key, 'K', sizeof test.key);
    parts = (struct ut_factory_parts){ut_factory_board("mps2"), boot, 36, &firmware, &test};
    return parts.board == NULL;
}

static int teardown(void **state)
{
    (void)state;
    free(image);
    image = NULL;
    return 0;
}

static int make(const struct ut_unit *u, struct ut_fault *fault)
{
    *fault = (struct ut_fault){0};
    return ut_factory_image(&parts, u, &image, &len, fault);
}

static void all_ff(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        assert_int_equal(image[i], 0xFF);
}

static void test_each_part_in_its_place(void **state)
{
    (void)state;
    struct ut_fault fault;
    static const uint8_t mark[] = "\x77\xC2\x95\xF3\x60\xD2\xEF\x7F\x35\x52\x50\x0F\x2C\xB6\x79\x80";
    assert_int_equal(make(&unit, &fault), 0);
    assert_int_equal(len, 0x90000);
    assert_memory_equal(image, "bootKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKK", 36);
    all_ff(36, 0x5000);
    assert_memory_equal(image + 0x5000, "UTFP\1\0\2\1mps2\0\xA5\x18\x6AUT-0042\0\0\0\0\0\0\0\0\0", 32);
    all_ff(0x5024, 0x10000);
    size_t a = 0x10000, b = a + SLOT;
    assert_memory_equal(image + a, "firmware", 8);
    all_ff(a + 8, b - 48);
    assert_memory_equal(image + b - 48, "\1\0\0\0\xFE\xFF\xFF\xFF", 8);
    all_ff(b - 40, b - 24);
    assert_int_equal(image[b - 24], 1);
    all_ff(b - 23, b - 16);
    assert_memory_equal(image + b - 16, mark, 16);
    assert_memory_equal(image + b, "the test", 8); /* nobody has asked for it */
    all_ff(b + 8, b + SLOT);
}

/* boards/flash.h of the headset, on the image. */
const struct board_area_place board_area_place[BOARD_AREAS] = {[BOARD_FACTORY] = {0x5000, 0x1000, 0x1000}};

void board_flash_read(enum board_area area, size_t at, void *to, size_t n)
{
    memcpy(to, image + board_area_place[area].offset + at, n);
}

int board_flash_write(enum board_area area, size_t at, const void *from, size_t n)
{
    memcpy(image + board_area_place[area].offset + at, from, n);
    return 0;
}

static void test_the_headset_reads_it(void **state)
{
    (void)state;
    struct ut_fault fault;
    struct ut_factory f;
    assert_int_equal(make(&unit, &fault), 0);
    ut_factory_read(&f, "mps2");
    assert_int_equal(f.there, 1);
    assert_memory_equal(f.serial, "UT-0042\0\0\0\0\0\0\0\0\0", 16);
    assert_memory_equal(f.hardware, "\2\1", 2);
    assert_int_equal(f.locked, 0);
}

static void test_every_board_has_its_place(void **state)
{
    (void)state;
    assert_int_equal(ut_factory_board("mps2")->page, 0x5000);
    assert_int_equal(ut_factory_board("n840")->page, 0x5000);
    assert_int_equal(ut_factory_board("f407")->page, 0x10000);
    assert_null(ut_factory_board("desk"));
}

static void test_what_does_not_fit(void **state)
{
    struct ut_fault fault;
    for (int i = 0; i < 11; i++) {
        (void)setup(state);
        if (i == 0)
            parts.boot_bytes = 0x4001;
        else if (i == 1)
            parts.boot_bytes = 0;
        else if (i == 2)
            memcpy(firmware.board, "n840", 5);
        else if (i == 3)
            memcpy(test.board, "n840", 5);
        else if (i == 4)
            test.offset = 0x10000;
        else if (i == 5)
            firmware.offset = 0x5000;
        else if (i == 6)
            firmware.length = SLOT - 60;
        else if (i == 7)
            test.length = SLOT - 60;
        else if (i == 8)
            test.key[31] ^= 1; /* by another key than the firmware */
        else if (i == 9)
            parts.boot_bytes = 35; /* a bootloader that has only part of the key */
        else
            memset(firmware.key, 'X', sizeof firmware.key), memset(test.key, 'X', sizeof test.key);
        assert_int_equal(make(&unit, &fault), -1);
        assert_int_equal(fault.code, UT_EXIT_IMAGE);
        assert_null(image);
    }
    (void)setup(state);
    static const struct ut_unit nameless = {"", 0, 0};
    assert_int_equal(make(&nameless, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_USAGE);
}

static void test_serial_numbers(void **state)
{
    (void)state;
    assert_true(ut_unit_is_serial("A-z09") && ut_unit_is_serial("1234567890123456"));
    assert_false(ut_unit_is_serial("") || ut_unit_is_serial("12345678901234567") || ut_unit_is_serial("a b") ||
                 ut_unit_is_serial("a_b") || ut_unit_is_serial("\xC3\xA4"));
    char serial[UT_UNIT_SERIAL] = "UT-0998";
    assert_int_equal(ut_unit_next(serial, 0), 0);
    assert_string_equal(serial, "UT-0998");
    assert_int_equal(ut_unit_next(serial, 2), 0);
    assert_string_equal(serial, "UT-1000");
    strcpy(serial, "UT-99");
    assert_int_equal(ut_unit_next(serial, 1), -1);
    strcpy(serial, "UT");
    assert_int_equal(ut_unit_next(serial, 1), -1);
    strcpy(serial, "9");
    assert_int_equal(ut_unit_next(serial, 1), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_part_in_its_place, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_headset_reads_it, setup, teardown),
        cmocka_unit_test_setup(test_every_board_has_its_place, setup),
        cmocka_unit_test_setup(test_what_does_not_fit, setup),
        cmocka_unit_test(test_serial_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
