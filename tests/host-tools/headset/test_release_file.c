/* SPDX-License-Identifier: Apache-2.0 */
/* Releases of one image and of several boards', cut and changed at every place. */
#include "host-tools/headset/release_file.h"
#include "tests/firmware/boot/slots_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static uint8_t file[2 * ROOM_BYTES];
static size_t first, whole;
static struct ut_release r;
static struct ut_fault fault;

static int setup(void **state)
{
    (void)state;
    uint8_t image[ROOM_BYTES];
    first = make_image(image, BOARD_SLOT_B, 7, 300);
    memcpy(file, image, first); /* the order in the file is no matter */
    whole = first + make_image(image, BOARD_SLOT_A, 7, 300);
    memcpy(file + first, image, whole - first);
    memset(&fault, 0, sizeof fault);
    return 0;
}

static int code_of(size_t len)
{
    fault.code = 0;
    int result = ut_release_parse("FILE", file, len, &r, &fault);
    assert_int_equal(result == 0, fault.code == 0);
    assert_true(result == 0 || strncmp(fault.text, "FILE: ", 6) == 0);
    return fault.code;
}

static void what_it_says(void **state)
{
    (void)state;
    assert_int_equal(code_of(whole), 0);
    assert_int_equal(r.images, 2);
    assert_int_equal(r.image[0].offset, 0x50000);
    assert_int_equal(r.image[0].length, first);
    assert_ptr_equal(r.image[0].bytes, file);
    assert_int_equal(r.image[1].counter, 300);
    assert_int_equal(r.image[1].version[0], 7);
    assert_string_equal(r.image[1].board, "test");
    assert_int_equal(r.image[1].key[31], 0x4B);
    assert_ptr_equal(ut_release_find(&r, "test", 0), &r.image[1]);
    assert_ptr_equal(ut_release_find(&r, "test", 1), &r.image[0]);
    assert_null(ut_release_find(&r, "nrf5", 0));
    assert_int_equal(code_of(first), 0);
    assert_ptr_equal(ut_release_find(&r, "test", 0), &r.image[0]); /* the only one, whichever its slot */
}

static void cut_anywhere(void **state)
{
    (void)state;
    for (size_t len = 4; len < whole; len++)
        if (len != first)
            assert_int_equal(code_of(len), UT_EXIT_TRUNCATED);
    for (size_t len = 0; len < 4; len++)
        assert_int_equal(code_of(len), UT_EXIT_IMAGE);
}

/* A bit of what is hashed, or of the hash; the signature and the key's name are the headset's to judge. */
static void changed_anywhere(void **state)
{
    (void)state;
    const size_t hashed = UT_MANIFEST_HEADER_BYTES + IMAGE_BYTES + 12;
    for (size_t at = 0; at < hashed + 4 + 4 + 32; at++) {
        file[at] ^= 0x10;
        int code = code_of(whole);
        assert_true(code == UT_EXIT_IMAGE || code == UT_EXIT_TRUNCATED);
        file[at] ^= 0x10;
    }
    file[first] ^= 1; /* what stands behind an image is another one, or nothing */
    assert_int_equal(code_of(whole), UT_EXIT_IMAGE);
    setup(state);
    memset(file, 0, 4);
    memcpy(file + 0x200, "UTIM", 4);
    assert_int_equal(code_of(whole), UT_EXIT_IMAGE);
    assert_non_null(strstr(fault.text, "nobody signed"));
}

static void from_a_file(void **state)
{
    (void)state;
    char path[] = "/tmp/release-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, file, whole) == (ssize_t)whole);
    close(fd);
    assert_int_equal(ut_release_read(path, &r, &fault), 0);
    assert_int_equal(r.images, 2);
    ut_release_free(&r);
    assert_null(r.bytes);
    unlink(path);
    assert_int_equal(ut_release_read(path, &r, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_MISSING);
    assert_int_equal(ut_release_read("/", &r, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_MISSING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_it_says, setup),
        cmocka_unit_test_setup(cut_anywhere, setup),
        cmocka_unit_test_setup(changed_anywhere, setup),
        cmocka_unit_test_setup(from_a_file, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
