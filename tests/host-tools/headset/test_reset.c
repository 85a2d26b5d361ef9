/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/headset/reset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { SECTIONS = 52, SYMBOLS = SECTIONS + 3 * 40, STRINGS = SYMBOLS + 4 * 16, ALL = STRINGS + 64 };
static uint8_t elf[ALL];
static char path[64];

static void put32(size_t at, uint32_t x)
{
    for (int i = 0; i < 4; i++)
        elf[at + (size_t)i] = (uint8_t)(x >> 8 * i);
}

static void section(int n, uint32_t type, uint32_t offset, uint32_t size, uint32_t link)
{
    size_t at = SECTIONS + 40 * (size_t)n;
    put32(at + 4, type);
    put32(at + 16, offset);
    put32(at + 20, size);
    put32(at + 24, link);
}

static void symbol(int n, uint32_t name, uint32_t value, uint32_t size, uint8_t info)
{
    size_t at = SYMBOLS + 16 * (size_t)n;
    put32(at, name);
    put32(at + 4, value);
    put32(at + 8, size);
    elf[at + 12] = info;
}

static void save(size_t len)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(elf, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

/* Two functions with an object between them, as the linker of a Cortex-M writes them: bit 0 of a function is set. */
static int setup(void **state)
{
    (void)state;
    memset(elf, 0, sizeof elf);
    memcpy(elf, "\177ELF\1\1\1", 7);
    put32(32, SECTIONS);
    elf[48] = 3;
    section(1, 2, SYMBOLS, 4 * 16, 2);
    section(2, 3, STRINGS, 64, 0);
    symbol(1, 1, 0x1001, 0x20, 2);
    symbol(2, 10, 0x1020, 0x10, 1);
    symbol(3, 20, 0x1031, 0x10, 2);
    memcpy(elf + STRINGS + 1, "ut_first", 9);
    memcpy(elf + STRINGS + 10, "table", 6);
    memcpy(elf + STRINGS + 20, "ut_second", 10);
    snprintf(path, sizeof path, "/tmp/reset-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    save(ALL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return unlink(path);
}

static void test_places(void **state)
{
    (void)state;
    char place[UT_RESET_PLACE];
    struct ut_fault fault = {0};
    assert_int_equal(ut_reset_place(path, 0x1000, place, &fault), 0);
    assert_string_equal(place, "ut_first+0x0");
    assert_int_equal(ut_reset_place(path, 0x101F, place, &fault), 0);
    assert_string_equal(place, "ut_first+0x1e");
    assert_int_equal(ut_reset_place(path, 0x1035, place, &fault), 0);
    assert_string_equal(place, "ut_second+0x4");
    const uint32_t nowhere[] = {0, 0xFFE, 0x1020, 0x1024, 0x1040, 0xFFFFFFFE};
    for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++)
        assert_int_equal(ut_reset_place(path, nowhere[i], place, &fault), 1);
}

/* A file cut anywhere, or with any byte changed: an answer or a refusal, nothing else. */
static void test_damaged_files(void **state)
{
    (void)state;
    char place[UT_RESET_PLACE];
    struct ut_fault fault = {0};
    int refused = 0;
    for (size_t len = 0; len < ALL; len++) {
        save(len);
        refused += ut_reset_place(path, 0x1000, place, &fault) < 0;
    }
    assert_int_equal(refused, 52); /* shorter than its head */
    assert_int_equal(fault.code, UT_EXIT_IMAGE);
    for (size_t at = 0; at < ALL; at++) {
        elf[at] ^= 0xFF;
        save(ALL);
        (void)ut_reset_place(path, 0x1031, place, &fault);
        elf[at] ^= 0xFF;
    }
    unlink(path);
    assert_int_equal(ut_reset_place(path, 0x1000, place, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_MISSING);
    save(ALL);
}

/* 64 MiB are the most, to the byte. */
static void test_large_files(void **state)
{
    (void)state;
    char place[UT_RESET_PLACE];
    struct ut_fault fault = {0};
    assert_int_equal(truncate(path, 64 << 20), 0);
    assert_int_equal(ut_reset_place(path, 0x1000, place, &fault), 0);
    assert_string_equal(place, "ut_first+0x0");
    assert_int_equal(truncate(path, (64 << 20) + 1), 0);
    assert_int_equal(ut_reset_place(path, 0x1000, place, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_IMAGE);
}

/* A stand-in for addr2line says the address as a line, in a file of an odd name: of the pc itself, of a call's
 * return the call before it. */
static void test_lines_of_the_source(void **state)
{
    (void)state;
    char folder[] = "/tmp/undertest-tool-XXXXXX", tool[100], search[4000], text[UT_RESET_TEXT];
    const char *before = getenv("PATH");
    char *kept = strdup(before != NULL ? before : "/bin:/usr/bin");
    assert_true(kept != NULL && mkdtemp(folder) != NULL);
    snprintf(tool, sizeof tool, "%s/arm-none-eabi-addr2line", folder);
    FILE *f = fopen(tool, "w");
    assert_non_null(f);
    fputs("#!/bin/sh\n[ \"$1\" = -e ] && printf './fi\\033le.c:%s\\n' \"$3\"\n", f);
    fclose(f);
    assert_int_equal(chmod(tool, 0700), 0);
    snprintf(search, sizeof search, "%s:%s", folder, kept);
    assert_int_equal(setenv("PATH", search, 1), 0);
    ut_reset_text(&(struct ut_wire_reset){UT_WIRE_FAULT, 3, 0x1008, 0x1037, 1, 0}, path, text);
    setenv("PATH", kept, 1);
    free(kept);
    unlink(tool);
    rmdir(folder);
    assert_string_equal(text, "the headset started again: fault (HardFault, CFSR 0x00000001), pc 0x00001008 "
                              "(ut_first+0x8 fi?le.c:0x1008), called from 0x00001037 (ut_second+0x6 fi?le.c:0x1034)");
}

static void test_words(void **state)
{
    (void)state;
    char text[UT_RESET_TEXT];
    ut_reset_text(&(struct ut_wire_reset){UT_WIRE_FAULT, 5, 0x1008, 0x1037, 0x8200, 2}, path, text);
    assert_string_equal(text, "the headset started again: fault (BusFault, CFSR 0x00008200), pc 0x00001008 "
                              "(ut_first+0x8), called from 0x00001037 (ut_second+0x6); start 2 since the power came");
    ut_reset_text(&(struct ut_wire_reset){UT_WIRE_FAULT, 4, 0, 0x1009, 0x10, 3}, NULL, text);
    assert_string_equal(text, "the headset started again: fault (MemManage, CFSR 0x00000010), stack overflow, called "
                              "from 0x00001009; start 3 since the power came");
    ut_reset_text(&(struct ut_wire_reset){.cause = UT_WIRE_WATCHDOG, .pc = 0x2000, .boots = 7}, path, text);
    assert_string_equal(text, "the headset started again: watchdog, pc 0x00002000; start 7 since the power came");
    ut_reset_text(&(struct ut_wire_reset){.cause = UT_WIRE_BROWNOUT}, NULL, text);
    assert_string_equal(text, "the headset started again: brown-out");
    assert_string_equal(ut_reset_cause(UT_WIRE_PIN), "pin");
    assert_string_equal(ut_reset_cause(6), "unknown");
    assert_string_equal(ut_reset_cause(-1), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_places, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_large_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lines_of_the_source, setup, teardown),
        cmocka_unit_test_setup_teardown(test_words, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
