/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/features.h"
#include "firmware/image.h"
#include "firmware/version.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* SPEC.md "Image": boards/image.py and host-tools/headset/image_file.c know these places too. */
static void test_layout(void **state)
{
    (void)state;
    assert_int_equal(sizeof ut_image, 96);
    assert_int_equal(offsetof(struct ut_image_header, board), 8);
    assert_int_equal(offsetof(struct ut_image_header, fw), 12);
    assert_int_equal(offsetof(struct ut_image_header, features_version), 16);
    assert_int_equal(offsetof(struct ut_image_header, model_id), 20);
    assert_int_equal(offsetof(struct ut_image_header, model_crc32), 24);
    assert_int_equal(offsetof(struct ut_image_header, length), 28);
    assert_int_equal(offsetof(struct ut_image_header, address), 32);
    assert_int_equal(offsetof(struct ut_image_header, revision), 36);
    assert_int_equal(offsetof(struct ut_image_header, sha256), 64);
}

static void test_what_the_compiler_knows(void **state)
{
    (void)state;
    assert_memory_equal(&ut_image, "UTIM\1\0\140\0", 8);
    assert_int_equal(ut_image.fw[0], UT_VERSION_MAJOR);
    assert_int_equal(ut_image.fw[1], UT_VERSION_MINOR);
    assert_int_equal(ut_image.fw[2], UT_VERSION_PATCH);
    assert_int_equal(ut_image.features_version, UT_FEATURES_VERSION);
}

/* This program is none for a headset. */
static void test_the_rest_is_empty(void **state)
{
    (void)state;
    static const uint8_t zeros[32];
    assert_int_equal(ut_image.length, 0);
    assert_int_equal(ut_image.model_crc32, 0);
    assert_memory_equal(ut_image.revision, zeros, sizeof ut_image.revision);
    assert_memory_equal(ut_image.sha256, zeros, sizeof ut_image.sha256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_what_the_compiler_knows),
        cmocka_unit_test(test_the_rest_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
