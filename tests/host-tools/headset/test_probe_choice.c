/* SPDX-License-Identifier: Apache-2.0 */
/* Tool and probe out of what is installed and plugged in: folders made here. */
#include "host-tools/headset/probe_choice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATH_BYTES = 200 };

static char folder[] = "/tmp/undertone-test-XXXXXX";
static struct ut_probe p[UT_PROBES_MAX];
static struct ut_fault fault;
static enum ut_flash_tool tool;

static const char *at(const char *name)
{
    static char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const char *text)
{
    FILE *f = fopen(at(name), "w");
    assert_non_null(f);
    (void)fputs(text, f);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(at(name), 0700), 0);
}

/* A J-Link. */
static void plug_in(const char *where, const char *serial)
{
    static const char *const files[][2] = {{"idVendor", "1366\n"}, {"idProduct", "1015\n"}, {"serial", NULL}};
    char name[40];
    (void)snprintf(name, sizeof name, "usb/%s", where);
    assert_int_equal(mkdir(at(name), 0700), 0);
    for (unsigned i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof name, "usb/%s/%s", where, files[i][0]);
        put(name, files[i][1] != NULL ? files[i][1] : serial);
    }
}

static int choose(int asked, const char *serial)
{
    fault = (struct ut_fault){0};
    return ut_probe_choose(ut_flash_board("nrf52840-dk"), asked, serial, &tool, p, &fault);
}

static void test_from_nothing_to_two(void **state)
{
    (void)state;
    char names[UT_PROBE_NAMES];
    assert_int_equal(choose(-1, NULL), -1); /* no tool */
    assert_int_equal(fault.code, UT_EXIT_NO_DEVICE);
    assert_non_null(strstr(fault.text, ut_flash_advice(UT_FLASH_NO_TOOL)));
    assert_int_equal(choose(UT_FLASH_OPENOCD, NULL), -1);
    assert_non_null(strstr(fault.text, "openocd: not installed"));
    assert_int_equal(choose(UT_FLASH_DFU_UTIL, NULL), -1);
    assert_non_null(strstr(fault.text, "dfu-util: cannot write this board"));
    put("bin/openocd", "#!/bin/sh\n");
    assert_int_equal(choose(-1, NULL), -1); /* no probe */
    assert_non_null(strstr(fault.text, ut_flash_advice(UT_FLASH_NO_PROBE)));
    plug_in("1-1", "A1\n");
    assert_int_equal(choose(-1, NULL), 1);
    assert_int_equal(tool, UT_FLASH_OPENOCD);
    assert_string_equal(p[0].serial, "A1");
    plug_in("1-2", "B2\n");
    assert_int_equal(choose(-1, NULL), 2);
    assert_int_equal(strlen(ut_probe_names(p, 2, names)), 6);
    assert_true(strcmp(names, "A1, B2") == 0 || strcmp(names, "B2, A1") == 0);
    assert_int_equal(choose(-1, "B2"), 1);
    assert_string_equal(p[0].serial, "B2");
    assert_int_equal(choose(-1, "C3"), -1);
    assert_int_equal(fault.code, UT_EXIT_NO_DEVICE);
    assert_true(strstr(fault.text, "C3") != NULL && strstr(fault.text, "A1") != NULL);
}

static void test_names(void **state)
{
    (void)state;
    struct ut_probe one = {.serial = "A1"}, many[100];
    char names[UT_PROBE_NAMES];
    assert_string_equal(ut_probe_to_name(&one, NULL).serial, "");
    assert_string_equal(ut_probe_to_name(&one, "A1").serial, "A1");
    assert_string_equal(ut_probe_serial(&one), "A1");
    one.serial[0] = '\0';
    assert_string_equal(ut_probe_serial(&one), "(no serial number)");
    for (int i = 0; i < 100; i++)
        many[i] = one;
    assert_int_equal(strlen(ut_probe_names(many, 100, names)), UT_PROBE_NAMES - 1);
}

static int setup(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL || mkdir(at("usb"), 0700) != 0 || setenv("UNDERTONE_USB", at("usb"), 1) != 0 ||
        mkdir(at("bin"), 0700) != 0)
        return -1;
    return setenv("PATH", at("bin"), 1);
}

static int teardown(void **state)
{
    (void)state;
    static const char *const made[] = {"usb/1-1/idVendor",
                                       "usb/1-1/idProduct",
                                       "usb/1-1/serial",
                                       "usb/1-1",
                                       "usb/1-2/idVendor",
                                       "usb/1-2/idProduct",
                                       "usb/1-2/serial",
                                       "usb/1-2",
                                       "usb",
                                       "bin/openocd",
                                       "bin",
                                       ""};
    for (unsigned i = 0; i < sizeof made / sizeof made[0]; i++)
        (void)remove(at(made[i]));
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_from_nothing_to_two), cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
