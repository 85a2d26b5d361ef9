/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/headset/usb_probes.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/undertone-usb-XXXXXX";

static void put(const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    for (char *slash = path + strlen(folder) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
        *slash = '/';
    }
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* As the kernel lays it out: a hub, a keyboard, an ST-Link with a serial line, a J-Link, a boot loader, an interface.
 */
static int plug(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    put("usb1/idVendor", "1d6b\n");
    put("usb1/idProduct", "0002\n");
    put("1-1/idVendor", "046d\n");
    put("1-1/idProduct", "c31c\n");
    put("1-2/idVendor", "1366\n");
    put("1-2/idProduct", "1051\n");
    put("1-2/serial", "001050012345\n");
    put("1-2/1-2:1.0/tty/ttyACM3/dev", "166:3\n");
    put("1-3/idVendor", "0483\n");
    put("1-3/idProduct", "374b\n");
    put("1-3/serial", "0670FF3\n");
    put("1-3/1-3:1.1/bInterfaceClass", "08\n");
    put("1-3/1-3:1.2/tty/ttyACM0/dev", "166:0\n");
    put("1-4/idVendor", "0483\n");
    put("1-4/idProduct", "df11\n");
    put("1-4:1.0/idVendor", "0483\n");
    put("1-5/idVendor", "0483 374b\n"); /* not a number: no probe */
    put("1-5/idProduct", "374b\n");
    return 0;
}

static int unplug(void **state)
{
    (void)state;
    char command[64];
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static void probes_are_found_with_serial_number_and_port(void **state)
{
    (void)state;
    static struct ut_probe p[UT_PROBES_MAX];
    assert_int_equal(ut_probes_list(folder, ~0U, p), 3);
    assert_int_equal(p[0].kind, UT_PROBE_DFU); /* sorted: the one without a serial number first */
    assert_string_equal(p[0].serial, "");
    assert_string_equal(p[0].port, "");
    assert_int_equal(p[1].kind, UT_PROBE_JLINK);
    assert_string_equal(p[1].serial, "001050012345");
    assert_string_equal(p[1].port, "/dev/ttyACM3");
    assert_int_equal(p[2].kind, UT_PROBE_STLINK);
    assert_string_equal(p[2].serial, "0670FF3");
    assert_string_equal(p[2].port, "/dev/ttyACM0");
}

static void only_the_kinds_asked_for(void **state)
{
    (void)state;
    static struct ut_probe p[UT_PROBES_MAX];
    assert_int_equal(ut_probes_list(folder, UT_PROBE_STLINK, p), 1);
    assert_string_equal(p[0].serial, "0670FF3");
    assert_int_equal(ut_probes_list(folder, UT_PROBE_STLINK | UT_PROBE_DFU, p), 2);
    assert_int_equal(ut_probes_list(folder, UT_PROBE_CMSIS_DAP, p), 0);
}

static void names_are_letters_digits_and_four_signs(void **state)
{
    (void)state;
    for (int c = 1; c < 256; c++) {
        const char text[] = {'a', (char)c, 'b', '\0'};
        int good = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '_' ||
                   c == ':' || c == '-';
        assert_int_equal(ut_probe_is_name(text), good);
    }
    assert_false(ut_probe_is_name(""));
    assert_false(ut_probe_is_name("-v")); /* an option */
}

static void a_serial_number_that_is_no_name_is_none(void **state)
{
    (void)state;
    static struct ut_probe p[UT_PROBES_MAX];
    put("1-3/serial", "x}; exec id; #\n");
    assert_int_equal(ut_probes_list(folder, UT_PROBE_STLINK, p), 1);
    assert_string_equal(p[0].serial, "");
    put("1-3/serial", "0670FF3\n");
}

static void the_longest_port_is_cut_to_its_room(void **state)
{
    (void)state;
    static struct ut_probe p[UT_PROBES_MAX];
    char name[200], wanted[UT_PROBE_TEXT];
    put("1-6/idVendor", "0d28\n");
    put("1-6/idProduct", "0204\n");
    (void)snprintf(name, sizeof name, "1-6/1-6:1.0/tty/%0*d/dev", UT_PROBE_TEXT - 3, 7);
    put(name, "166:9\n");
    assert_int_equal(ut_probes_list(folder, UT_PROBE_CMSIS_DAP, p), 1);
    (void)snprintf(wanted, sizeof wanted, "/dev/%0*d", UT_PROBE_TEXT - 6, 0);
    assert_string_equal(p[0].port, wanted);
    put("1-6/idProduct", "0000\n");
}

static void no_folder_no_probes(void **state)
{
    (void)state;
    static struct ut_probe p[UT_PROBES_MAX];
    assert_int_equal(ut_probes_list("/nonexistent", ~0U, p), 0);
}

static void the_environment_names_the_folder(void **state)
{
    (void)state;
    assert_int_equal(unsetenv("UNDERTONE_USB"), 0);
    assert_string_equal(ut_probes_folder(), "/sys/bus/usb/devices");
    assert_int_equal(setenv("UNDERTONE_USB", folder, 1), 0);
    assert_string_equal(ut_probes_folder(), folder);
}

static void kinds_have_names(void **state)
{
    (void)state;
    assert_string_equal(ut_probe_kind_name(UT_PROBE_STLINK), "ST-Link");
    assert_string_equal(ut_probe_kind_name(UT_PROBE_JLINK), "J-Link");
    assert_string_equal(ut_probe_kind_name(UT_PROBE_CMSIS_DAP), "CMSIS-DAP probe");
    assert_string_equal(ut_probe_kind_name(UT_PROBE_DFU), "USB boot loader");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probes_are_found_with_serial_number_and_port),
        cmocka_unit_test(only_the_kinds_asked_for),
        cmocka_unit_test(names_are_letters_digits_and_four_signs),
        cmocka_unit_test(a_serial_number_that_is_no_name_is_none),
        cmocka_unit_test(the_longest_port_is_cut_to_its_room),
        cmocka_unit_test(no_folder_no_probes),
        cmocka_unit_test(the_environment_names_the_folder),
        cmocka_unit_test(kinds_have_names),
    };
    return cmocka_run_group_tests(tests, plug, unplug);
}
