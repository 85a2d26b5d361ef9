/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/image.h"
#include "host-tools/headset/image_file.h"

#include <bearssl_hash.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { LENGTH = 4096, HEADER = UT_IMAGE_OFFSET, SHA = HEADER + 64, LENGTH_AT = HEADER + 28, PART = 1024, GAP = 100 };
static uint8_t image[LENGTH];
static char folder[64], path[128];

static void put32(uint8_t *p, uint32_t x)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(x >> 8 * i);
}

static void seal(void)
{
    br_sha256_context s;
    uint8_t digest[br_sha256_SIZE];
    memset(image + SHA, 0, sizeof digest);
    br_sha256_init(&s);
    br_sha256_update(&s, image, sizeof image);
    br_sha256_out(&s, digest);
    memcpy(image + SHA, digest, sizeof digest);
}

static int setup(void **state)
{
    (void)state;
    for (int i = 0; i < LENGTH; i++)
        image[i] = (uint8_t)(i * 31 ^ i >> 8);
    memset(image + PART, 0xFF, GAP); /* between the two loads of the ELF below */
    memset(image + HEADER, 0, UT_IMAGE_HEADER_BYTES);
    memcpy(image + HEADER, "UTIM\1\0\140\0f407\2\3\4\0\1\0\0\0u1\0\0", 24);
    put32(image + HEADER + 24, 0x12345678);
    put32(image + LENGTH_AT, LENGTH);
    put32(image + HEADER + 32, 0x08000000);
    memcpy(image + HEADER + 36, "0123456789ab-dirty", 18);
    seal();
    snprintf(folder, sizeof folder, "/tmp/image-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/image", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void write_file(const void *data, size_t len)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static void expect_all(const struct ut_image *i)
{
    assert_string_equal(i->board, "f407");
    assert_int_equal(i->fw_major * 100 + i->fw_minor * 10 + i->fw_patch, 234);
    assert_int_equal(i->features_version, 1);
    assert_string_equal(i->model_id, "u1");
    assert_int_equal(i->model_crc32, 0x12345678);
    assert_int_equal(i->address, 0x08000000);
    assert_int_equal(i->length, LENGTH);
    assert_string_equal(i->revision, "0123456789ab-dirty");
    assert_memory_equal(i->sha256, image + SHA, 32);
}

static void refused(int code)
{
    struct ut_image i;
    struct ut_fault fault = {0};
    assert_int_equal(ut_image_read(path, &i, NULL, &fault), -1);
    assert_int_equal(fault.code, code);
    assert_non_null(strstr(fault.text, path));
}

static void test_a_raw_image(void **state)
{
    (void)state;
    struct ut_image i;
    struct ut_fault fault = {0};
    write_file(image, sizeof image);
    assert_int_equal(ut_image_read(path, &i, NULL, &fault), 0);
    expect_all(&i);
}

/* Two loads with a gap between them, as a linker makes them. */
static size_t make_elf(uint8_t *elf)
{
    const uint32_t second = PART + GAP;
    memset(elf, 0, 200);
    memcpy(elf, "\177ELF\1\1\1", 7);
    elf[18] = 40;
    put32(elf + 28, 52);
    elf[44] = 2;
    const uint32_t headers[2][8] = {{1, 200, 0x08000000, 0x08000000, PART, PART, 5, 4},
                                    {1, 200 + PART, 0x20000000, 0x08000000 + second, LENGTH - second, LENGTH, 6, 4}};
    for (size_t i = 0; i < 16; i++)
        put32(elf + 52 + 4 * i, headers[i / 8][i % 8]);
    memcpy(elf + 200, image, PART);
    memcpy(elf + 200 + PART, image + second, LENGTH - second);
    return 200 + LENGTH - GAP;
}

static void test_the_elf_it_was_made_from(void **state)
{
    (void)state;
    static uint8_t elf[LENGTH + 300];
    struct ut_image i;
    struct ut_fault fault = {0};
    size_t len = make_elf(elf);
    write_file(elf, len);
    assert_int_equal(ut_image_read(path, &i, NULL, &fault), 0);
    expect_all(&i);
    for (size_t cut = 0; cut < len; cut += 61) {
        write_file(elf, cut);
        refused(UT_EXIT_IMAGE);
    }
    elf[18] = 62; /* a program for another processor */
    write_file(elf, len);
    refused(UT_EXIT_IMAGE);
    elf[18] = 40;
    put32(elf + 52 + 32 + 12, UINT32_MAX - 8); /* a load round the end of the address space */
    write_file(elf, len);
    refused(UT_EXIT_IMAGE);
}

static void test_every_damaged_byte_is_found(void **state)
{
    (void)state;
    struct ut_image i;
    struct ut_fault fault = {0};
    for (size_t at = 0; at < LENGTH; at++) {
        image[at] ^= 0x10;
        assert_int_equal(ut_image_parse("x", image, sizeof image, &i, &fault), -1);
        assert_int_equal(fault.code, UT_EXIT_IMAGE);
        image[at] ^= 0x10;
    }
    assert_int_equal(ut_image_parse("x", image, sizeof image, &i, &fault), 0);
}

static void test_what_is_no_image(void **state)
{
    (void)state;
    refused(UT_EXIT_MISSING); /* not there */
    for (size_t cut = 0; cut < LENGTH; cut += 64) {
        write_file(image, cut);
        refused(UT_EXIT_IMAGE);
    }
    put32(image + LENGTH_AT, 0);
    seal();
    write_file(image, sizeof image);
    refused(UT_EXIT_IMAGE); /* linked and never filled in */
}

static void test_text_cannot_steer_a_terminal(void **state)
{
    (void)state;
    struct ut_image i;
    memcpy(image + HEADER + 8, "\033[2J", 4);
    assert_int_equal(ut_image_header(image + HEADER, &i), 0);
    assert_string_equal(i.board, "?[2J");
    image[HEADER + 4] = 2; /* a header of another version */
    assert_int_equal(ut_image_header(image + HEADER, &i), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_raw_image, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_elf_it_was_made_from, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_damaged_byte_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_no_image, setup, teardown),
        cmocka_unit_test_setup_teardown(test_text_cannot_steer_a_terminal, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
