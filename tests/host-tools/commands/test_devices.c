/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/commands.h"

#include "host-tools/system/fault.h"
#include "host-tools/system/json.h"
#include "tests/host-tools/line.h"
#include "tests/host-tools/sound.h"

#include <string.h>

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
    *result = ut_command_devices.run(NULL, argc - 1, argv + 1);
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
    struct ut_line serial;
    int result;
    ut_line_open(&serial);
    const char *port = serial.port;
    (void)output(4, (const char *const[]){"devices", port, "--seconds", "0"}, &result);
    assert_int_equal(result, UT_EXIT_OK);
    ut_line_begin(&serial);
    ut_line_say_hello(&serial, UT_FEATURES_VERSION + 1);
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
    ut_line_begin(&serial);
    ut_line_say_hello(&serial, UT_FEATURES_VERSION);
    text = output(4, (const char *const[]){"devices", port, "--seconds", "5"}, &result);
    assert_non_null(strstr(text, "headset: board test, firmware 1.2.3, model m7 (abcdef01), features"));
    assert_non_null(strstr(text, "\n    model: A model that this program does not know"));
    assert_null(strstr(text, "update"));
    ut_line_close(&serial);
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
        cmocka_unit_test(the_subcommand_names_the_headset),
        cmocka_unit_test(without_a_port_and_with_bad_words),
        cmocka_unit_test(audio_inputs_are_listed_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
