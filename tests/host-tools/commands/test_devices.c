/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/devices.h"

#include "dsp/features.h"

#include "tests/host-tools/sound.h"

#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* A pseudo-terminal and its name. */
static int terminal(char *name, size_t size)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(master >= 0);
    assert_int_equal(grantpt(master), 0);
    assert_int_equal(unlockpt(master), 0);
    (void)snprintf(name, size, "%s", ptsname(master));
    return master;
}

static void say(int master, const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    uint8_t frame[UT_WIRE_FRAME_BYTES];
    size_t n = ut_wire_frame(record, frame);
    assert_int_equal(write(master, frame, n), n);
}

static const struct ut_wire_hello hello = {1, 2, 3, UT_FEATURES_VERSION, 0xABCDEF01, "m7", "test"};

static void say_hello(int master, uint16_t features)
{
    struct ut_wire_hello h = hello;
    uint8_t record[UT_WIRE_RECORD_BYTES];
    h.features_version = features;
    ut_wire_pack_hello(record, 1, &h);
    say(master, record);
}

static int64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void each_port_is_heard_for_itself(void **state)
{
    (void)state;
    static struct ut_device d[4];
    int master[3], line[3];
    memset(d, 0, sizeof d);
    for (int i = 0; i < 3; i++) {
        master[i] = terminal(d[i].port, sizeof d[i].port);
        line[i] = open(d[i].port, O_RDWR | O_NOCTTY); /* keeps the set-up of the line between the two listenings */
    }
    ut_devices_listen(d, 3, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(write(master[i], "x\0", 2), 2); /* a receiver starts after the first delimiter */
    (void)snprintf(d[3].port, sizeof d[3].port, "/nonexistent/port");
    say_hello(master[0], UT_FEATURES_VERSION);
    uint8_t record[UT_WIRE_RECORD_BYTES];
    ut_wire_pack_status(record, 1, &(struct ut_wire_status){.t_ms = 5000});
    say(master[1], record);
    ut_devices_listen(d, 4, 200);
    assert_true(d[0].opened && d[1].opened && d[2].opened);
    assert_true(d[0].have_hello);
    assert_memory_equal(&d[0].hello, &hello, sizeof hello);
    assert_false(d[1].have_hello);
    assert_int_equal(d[1].records, 1);
    assert_int_equal(d[2].records, 0);
    assert_false(d[3].opened);
    assert_int_equal(d[3].fault.code, UT_EXIT_NO_DEVICE);
    for (int i = 0; i < 3; i++) {
        (void)close(line[i]);
        (void)close(master[i]);
    }
}

static void listening_ends_with_the_last_hello(void **state)
{
    (void)state;
    static struct ut_device d;
    memset(&d, 0, sizeof d);
    int master = terminal(d.port, sizeof d.port);
    int keep = open(d.port, O_RDWR | O_NOCTTY);
    ut_devices_listen(&d, 1, 0);
    assert_int_equal(write(master, "x\0", 2), 2);
    say_hello(master, UT_FEATURES_VERSION);
    int64_t start = now_ms();
    ut_devices_listen(&d, 1, 60000);
    assert_true(d.have_hello);
    assert_true(now_ms() - start < 30000);
    (void)close(keep);
    (void)close(master);
}

/* It comes behind the hello, in the same bytes or soon after. */
static void why_it_started_is_heard(void **state)
{
    (void)state;
    static struct ut_device d;
    const struct ut_wire_reset reset = {UT_WIRE_WATCHDOG, 2, 0x1234, 0x5679, 0, 4};
    uint8_t record[UT_WIRE_RECORD_BYTES];
    memset(&d, 0, sizeof d);
    int master = terminal(d.port, sizeof d.port);
    int keep = open(d.port, O_RDWR | O_NOCTTY);
    ut_devices_listen(&d, 1, 0);
    assert_int_equal(write(master, "x\0", 2), 2);
    say_hello(master, UT_FEATURES_VERSION);
    ut_wire_pack_reset(record, 2, &reset);
    say(master, record);
    ut_devices_listen(&d, 1, 60000);
    assert_true(d.have_hello && d.have_reset);
    assert_int_equal(d.reset.cause, UT_WIRE_WATCHDOG);
    assert_int_equal(d.reset.boots, 4);
    (void)close(keep);
    (void)close(master);
}

static void the_list_is_well_formed(void **state)
{
    (void)state;
    static struct ut_device d[UT_DEVICES_MAX];
    int n = ut_devices_list(d);
    assert_in_range(n, 0, UT_DEVICES_MAX);
    for (int i = 0; i < n; i++) {
        assert_true(d[i].port[0] != '\0');
        assert_false(d[i].opened);
        assert_true((d[i].vid >= 0) == (d[i].pid >= 0));
    }
}

/* What the subcommand writes on stdout, and its result. */
static const char *output(int argc, const char *const *words, int *result)
{
    static char text[8192];
    char *argv[8] = {0};
    char copy[8][128];
    for (int i = 0; i < argc; i++) {
        (void)snprintf(copy[i], sizeof copy[i], "%s", words[i]);
        argv[i] = copy[i];
    }
    FILE *file = tmpfile();
    assert_non_null(file);
    (void)fflush(stdout);
    int kept = dup(STDOUT_FILENO), kept_errors = dup(STDERR_FILENO);
    (void)dup2(fileno(file), STDOUT_FILENO);
    (void)dup2(fileno(file), STDERR_FILENO);
    *result = ut_devices_main(argc, argv);
    (void)fflush(stdout);
    (void)dup2(kept, STDOUT_FILENO);
    (void)dup2(kept_errors, STDERR_FILENO);
    (void)close(kept);
    (void)close(kept_errors);
    rewind(file);
    size_t n = fread(text, 1, sizeof text - 1, file);
    text[n] = '\0';
    (void)fclose(file);
    return text;
}

static void the_subcommand_names_the_headset(void **state)
{
    (void)state;
    char port[64];
    int result;
    int master = terminal(port, sizeof port);
    int keep = open(port, O_RDWR | O_NOCTTY);
    (void)output(4, (const char *const[]){"devices", port, "--seconds", "0"}, &result);
    assert_int_equal(result, UT_EXIT_OK);
    assert_int_equal(write(master, "x\0", 2), 2);
    say_hello(master, UT_FEATURES_VERSION + 1);
    const char *text = output(5, (const char *const[]){"devices", port, "--seconds", "5", "--json"}, &result);
    assert_int_equal(result, UT_EXIT_OK);
    json_t *line = json_loads(text, 0, NULL);
    json_t *headset = json_object_get(line, "Headset");
    assert_string_equal(json_string_value(json_object_get(line, "Port")), port);
    assert_string_equal(json_string_value(json_object_get(headset, "Firmware")), "1.2.3");
    assert_string_equal(json_string_value(json_object_get(headset, "Board")), "test");
    assert_string_equal(json_string_value(json_object_get(json_object_get(headset, "Model"), "Id")), "m7");
    assert_true(json_is_false(json_object_get(headset, "Compatible")));
    json_decref(line);
    assert_int_equal(write(master, "x\0", 2), 2);
    say_hello(master, UT_FEATURES_VERSION);
    text = output(4, (const char *const[]){"devices", port, "--seconds", "5"}, &result);
    assert_non_null(strstr(text, "headset: board test, firmware 1.2.3, model m7 (abcdef01), features"));
    assert_null(strstr(text, "update"));
    (void)close(keep);
    (void)close(master);
}

static void without_a_port_and_with_bad_words(void **state)
{
    (void)state;
    int result;
    const char *text = output(4, (const char *const[]){"devices", "/nonexistent/p", "--seconds", "0"}, &result);
    assert_int_equal(result, UT_EXIT_NO_DEVICE);
    assert_non_null(strstr(text, "/nonexistent/p: no such serial port"));
    static const char *const bad[] = {"--bogus", "--seconds=x", "--seconds=-1", "--seconds=nan", "--seconds=1e9"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        text = output(2, (const char *const[]){"devices", bad[i]}, &result);
        assert_int_equal(result, UT_EXIT_USAGE);
        assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    }
    text = output(2, (const char *const[]){"devices", "--help"}, &result);
    assert_int_equal(result, UT_EXIT_OK);
    assert_ptr_equal(strstr(text, "usage:"), text);
}

static void audio_inputs_are_listed_too(void **state)
{
    (void)state;
    static const int16_t frames[2] = {0};
    struct ut_sound sound;
    int result;
    assert_int_equal(ut_sound_open(&sound, frames, 1), 0);
    const char *text = output(3, (const char *const[]){"devices", "--seconds=0", "--json"}, &result);
    assert_int_equal(result, UT_EXIT_OK);
    assert_non_null(strstr(text, "{\"AudioInput\":\"undertest\",\"Channels\":"));
    ut_sound_close(&sound);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_port_is_heard_for_itself),    cmocka_unit_test(listening_ends_with_the_last_hello),
        cmocka_unit_test(why_it_started_is_heard),          cmocka_unit_test(the_list_is_well_formed),
        cmocka_unit_test(the_subcommand_names_the_headset), cmocka_unit_test(without_a_port_and_with_bad_words),
        cmocka_unit_test(audio_inputs_are_listed_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
