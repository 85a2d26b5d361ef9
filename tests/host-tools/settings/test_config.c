/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/settings/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], file[128];
static struct ut_config config;
static struct ut_fault fault;

static int setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/undertone-test-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(file, sizeof file, "%s/a.ini", folder);
    memset(&fault, 0, sizeof fault);
    setenv("XDG_CONFIG_HOME", folder, 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    char path[200];
    static const char *const made[] = {
        "a.ini",  "undertone/undertone.ini", "undertone", ".config/undertone/undertone.ini", ".config/undertone",
        ".config"};
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, made[i]);
        remove(path);
    }
    return rmdir(folder);
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int load(const char *text)
{
    write_file(file, text);
    return ut_config_load(&config, file, &fault);
}

static void defaults_come_from_the_table(void **state)
{
    (void)state;
    assert_int_equal(load("; nothing\n"), 0);
    for (int i = 0; i < UT_PARAMS; i++) {
        assert_true(config.value[i] == ut_param_info[i].value);
        assert_string_equal(config.value_origin[i], "default");
    }
    assert_string_equal(ut_config_text(&config, "session", "policy"), "eu");
    assert_null(ut_config_text(&config, "session", "no_such_key"));
}

static void values_are_read_with_their_origin(void **state)
{
    (void)state;
    char origin[160];
    assert_int_equal(load("# site\n[extended_silence]\non = 8.5\nshow = off\n\n[live]\nport=/dev/ttyACM0\n"), 0);
    assert_true(config.value[UT_P_SILENCE_ON] == 8.5);
    assert_true(config.value[UT_P_SILENCE_SHOW] == 0);
    snprintf(origin, sizeof origin, "%s:3", file);
    assert_string_equal(config.value_origin[UT_P_SILENCE_ON], origin);
    assert_string_equal(config.value_origin[UT_P_SILENCE_OFF], "default");
    assert_string_equal(ut_config_text(&config, "live", "port"), "/dev/ttyACM0");
}

static void mistakes_are_refused_with_file_and_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
        int line, code;
    } cases[] = {
        {"[empathy_cue]\non = 0.7\nonn = 0.7\n", "unknown key 'onn'", 3, UT_EXIT_CONFIG_KEY},
        {"\n[empathy]\non = 0.7\n", "unknown section [empathy]", 3, UT_EXIT_CONFIG_KEY},
        {"[empathy_cue]\non = 1.2\n", "out of range", 2, UT_EXIT_CONFIG_KEY},
        {"[empathy_cue]\non = high\n", "not a number", 2, UT_EXIT_CONFIG_KEY},
        {"[empathy_cue]\non = nan\n", "not a number", 2, UT_EXIT_CONFIG_KEY},
        {"[empathy_cue]\non = 0.5x\n", "not a number", 2, UT_EXIT_CONFIG_KEY},
        {"[empathy_cue]\nshow = window\n", "one of: off popup gauge arrow", 2, UT_EXIT_CONFIG_KEY},
        {"[empathy_cue]\nshow = 1.5\n", "one of: off popup gauge arrow", 2, UT_EXIT_CONFIG_KEY},
        {"[display]\nlanguage = it\n", "one of: auto en de fr es", 2, UT_EXIT_CONFIG_KEY},
        {"[session]\npolicy = none\n", "one of: eu research", 2, UT_EXIT_CONFIG_KEY},
        {"[session]\npolicy = eu research\n", "one of: eu research", 2, UT_EXIT_CONFIG_KEY},
        {"[empathy_cue]\nrubbish\n", "neither", 2, UT_EXIT_CONFIG},
        {"\n[empathy_cue\non = 0.7\n", "neither", 2, UT_EXIT_CONFIG},
        {"on = 0.7\n", "below one", 1, UT_EXIT_CONFIG},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char where[160];
        assert_int_equal(load(cases[i].text), -1);
        assert_int_equal(fault.code, cases[i].code);
        snprintf(where, sizeof where, "%s:%d: ", file, cases[i].line);
        assert_int_equal(strncmp(fault.text, where, strlen(where)), 0);
        assert_non_null(strstr(fault.text, cases[i].says));
    }
}

static void off_above_on_is_refused(void **state)
{
    (void)state;
    assert_int_equal(load("[empathy_cue]\non = 0.2\n"), -1);
    assert_int_equal(fault.code, UT_EXIT_CONFIG_KEY);
    assert_int_equal(load("[empathy_cue]\non = 0.4\noff = 0.3\n"), 0);
    assert_int_equal(load("[speaking_quickly]\nwpm = 150\n"), -1);
    assert_int_equal(load("[speaking_slowly]\nwpm = 120\n"), -1); /* here the lower one opens */
    assert_int_equal(load("[talk_ratio_high]\non = 0.5\n"), -1);
    assert_non_null(strstr(fault.text, "[talk_ratio_high] off = 0.55 (default) is above on = 0.5"));
    assert_null(strchr(fault.text, '\n'));
}

static void named_values_are_read(void **state)
{
    (void)state;
    assert_int_equal(load("[empathy_cue]\nshow = arrow\n[ask_for_help]\nflag = yes\n[good_moment]\nshow = on\n"), 0);
    assert_true(config.value[UT_P_EMPATHY_SHOW] == UT_SHOW_ARROW);
    assert_true(config.value[UT_P_HELP_FLAG] == 1);
    assert_true(config.value[UT_P_GOOD_MOMENT_SHOW] == UT_SHOW_POPUP);
}

static void overlong_lines_are_refused(void **state)
{
    (void)state;
    char text[1000];
    int at = snprintf(text, sizeof text, "[live]\nport = ");
    memset(text + at, 'x', 900);
    text[at + 900] = '\0';
    assert_int_equal(load(text), -1);
    assert_int_equal(fault.code, UT_EXIT_CONFIG);
    assert_non_null(strstr(fault.text, ":2: line longer"));
}

static void a_named_file_must_exist(void **state)
{
    (void)state;
    char missing[200];
    snprintf(missing, sizeof missing, "%s/none.ini", folder);
    assert_int_equal(ut_config_load(&config, missing, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_CONFIG);
    assert_int_equal(ut_config_load(&config, folder, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_CONFIG);
}

static void the_users_file_is_found(void **state)
{
    (void)state;
    char path[200];
    assert_int_equal(ut_config_load(&config, NULL, &fault), 0); /* absent: fine */
    snprintf(path, sizeof path, "%s/undertone", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/undertone/undertone.ini", folder);
    write_file(path, "[display]\nbudget = 3\n");
    assert_int_equal(ut_config_load(&config, NULL, &fault), 0);
    assert_true(config.value[UT_P_DISPLAY_BUDGET] == 3);
    write_file(file, "[display]\nminimum = 5\n");
    assert_int_equal(ut_config_load(&config, file, &fault), 0); /* a named file replaces it */
    assert_true(config.value[UT_P_DISPLAY_BUDGET] == ut_param_info[UT_P_DISPLAY_BUDGET].value);
    assert_true(config.value[UT_P_DISPLAY_MINIMUM] == 5);
}

/* $XDG_CONFIG_HOME is ~/.config where it is not set, or empty. */
static void the_file_at_home_is_read(void **state)
{
    (void)state;
    static const char *const inner[] = {".config", ".config/undertone"};
    char path[200];
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, inner[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    snprintf(path, sizeof path, "%s/.config/undertone/undertone.ini", folder);
    write_file(path, "[display]\nbudget = 3\n");
    setenv("HOME", folder, 1);
    unsetenv("XDG_CONFIG_HOME");
    assert_int_equal(ut_config_load(&config, NULL, &fault), 0);
    assert_true(config.value[UT_P_DISPLAY_BUDGET] == 3);
    setenv("XDG_CONFIG_HOME", "", 1);
    assert_int_equal(ut_config_load(&config, NULL, &fault), 0);
    assert_true(config.value[UT_P_DISPLAY_BUDGET] == 3);
}

static void the_first_of_each_kind_can_be_set(void **state)
{
    (void)state;
    ut_config_defaults(&config);
    assert_int_equal(ut_config_set(&config, ut_param_info[0].section, ut_param_info[0].key, "gauge", "here", &fault),
                     0);
    assert_true(config.value[0] == UT_SHOW_GAUGE);
    assert_string_equal(config.value_origin[0], "here");
    const struct ut_text_info *t = &ut_text_info[0];
    assert_int_equal(ut_config_set(&config, t->section, t->key, "research", "there", &fault), 0);
    assert_string_equal(ut_config_text(&config, t->section, t->key), "research");
    assert_string_equal(config.text_origin[0], "there");
}

static void no_output_replaces_a_file_in_force(void **state)
{
    (void)state;
    struct ut_run_files run = {0};
    assert_int_equal(load("[display]\nbudget = 3\n"), 0);
    assert_string_equal(config.read[0], file);
    ut_config_files(&config, &run);
    ut_run_files_write(&run, file, "--out");
    assert_int_equal(ut_run_files_check(&run, "replay", &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_USAGE);
    assert_non_null(strstr(fault.text, "config file"));
}

static void the_environment_wins(void **state)
{
    (void)state;
    setenv("UNDERTONE_EXTENDED_SILENCE_ON", "9", 1);
    setenv("UNDERTONE_LIVE_PORT", "/dev/x", 1);
    int result = load("[extended_silence]\non = 8\n");
    unsetenv("UNDERTONE_LIVE_PORT");
    assert_int_equal(result, 0);
    assert_true(config.value[UT_P_SILENCE_ON] == 9);
    assert_string_equal(config.value_origin[UT_P_SILENCE_ON], "environment UNDERTONE_EXTENDED_SILENCE_ON");
    assert_string_equal(ut_config_text(&config, "live", "port"), "/dev/x");
    setenv("UNDERTONE_EXTENDED_SILENCE_ON", "long", 1);
    result = load("");
    unsetenv("UNDERTONE_EXTENDED_SILENCE_ON");
    assert_int_equal(result, -1);
    setenv("UNDERTONE_EXTENDED_SILENCES_ON", "9", 1);
    result = load("");
    unsetenv("UNDERTONE_EXTENDED_SILENCES_ON");
    assert_int_equal(result, -1);
    assert_int_equal(fault.code, UT_EXIT_CONFIG_KEY);
}

static void seconds_become_milliseconds(void **state)
{
    (void)state;
    ut_config_defaults(&config);
    assert_int_equal(ut_config_ms(&config, UT_P_SILENCE_OFF), 300);
    config.value[UT_P_SILENCE_OFF] = 1.001; /* a little less than 1001 ms in binary: rounded, not cut off */
    assert_int_equal(ut_config_ms(&config, UT_P_SILENCE_OFF), 1001);
}

static void the_crc_names_the_cue_numbers(void **state)
{
    (void)state;
    assert_int_equal(load(""), 0);
    uint32_t before = ut_config_crc32(&config);
    assert_int_equal(load("[live]\nport = /dev/ttyUSB9\n"), 0);
    assert_int_equal(ut_config_crc32(&config), before);
    assert_int_equal(load("[extended_silence]\non = 6.5\n"), 0);
    assert_int_not_equal(ut_config_crc32(&config), before);
    assert_int_equal(load("[session]\npolicy = research\n"), 0);
    assert_int_not_equal(ut_config_crc32(&config), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(defaults_come_from_the_table, setup, teardown),
        cmocka_unit_test_setup_teardown(values_are_read_with_their_origin, setup, teardown),
        cmocka_unit_test_setup_teardown(mistakes_are_refused_with_file_and_line, setup, teardown),
        cmocka_unit_test_setup_teardown(off_above_on_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(named_values_are_read, setup, teardown),
        cmocka_unit_test_setup_teardown(overlong_lines_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_named_file_must_exist, setup, teardown),
        cmocka_unit_test_setup_teardown(the_users_file_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(the_file_at_home_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(the_first_of_each_kind_can_be_set, setup, teardown),
        cmocka_unit_test_setup_teardown(no_output_replaces_a_file_in_force, setup, teardown),
        cmocka_unit_test_setup_teardown(the_environment_wins, setup, teardown),
        cmocka_unit_test_setup_teardown(seconds_become_milliseconds, setup, teardown),
        cmocka_unit_test_setup_teardown(the_crc_names_the_cue_numbers, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
