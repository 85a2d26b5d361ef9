/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/recording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/undertest-recording-XXXXXX";
static struct ut_fault fault;

static const char *const files[] = {
    "a.wav",   "b.FLAC",  "b.txt",   "c.wav.TextGrid", "c.wav",          "c.wav.mp3",   "d.labels.wav", "d.wav",
    "two.mp3", "two.wav", "two.ogg", ".e.wav",         "2026.01.05.wav", "my call.wav", "x.y.opus",     "only.json"};

static int group_setup(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL || chdir(folder) != 0)
        return -1;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        FILE *f = fopen(files[i], "w");
        if (f == NULL || fclose(f) != 0)
            return -1;
    }
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return chdir("/") != 0 || system(command) != 0;
}

static void found(char *path, const char *wanted)
{
    assert_non_null(path);
    assert_string_equal(path, wanted);
    free(path);
}

static void refused(const char *path, const char *says)
{
    assert_null(path);
    assert_int_equal(fault.code, UT_EXIT_MISSING);
    assert_non_null(strstr(fault.text, says));
    assert_non_null(strstr(fault.text, "--recording"));
}

static void it_lies_beside_its_labels(void **state)
{
    (void)state;
    char name[100], wanted[100];
    static const char *const pairs[][2] = {{"a.txt", "a.wav"},
                                           {"b.TextGrid", "b.FLAC"},
                                           {"c.wav.TextGrid", "c.wav"}, /* not c.wav.mp3 */
                                           {"d.labels.txt", "d.labels.wav"},
                                           {"d.other.txt", "d.wav"},
                                           {"2026.01.05.rttm", "2026.01.05.wav"},
                                           {"x.y.txt", "x.y.opus"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        found(ut_recording_of(pairs[i][0], &fault), pairs[i][1]);
        assert_true(snprintf(name, sizeof name, "%s/%s", folder, pairs[i][0]) > 0);
        assert_true(snprintf(wanted, sizeof wanted, "%s/%s", folder, pairs[i][1]) > 0);
        found(ut_recording_of(name, &fault), wanted);
    }
    refused(ut_recording_of("two.txt", &fault), "two.txt: is it of two.mp3 or of two.ogg?");
    static const char *const none[] = {"z.txt",      "a",    ".e.txt", "only.txt", "x.txt",
                                       "none/a.txt", ".txt", "",       "a.",       "/"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (strcmp(none[i], "a.") == 0)
            found(ut_recording_of(none[i], &fault), "a.wav");
        else
            refused(ut_recording_of(none[i], &fault), "no recording of this name");
}

static void it_has_the_name_that_rttm_gives_it(void **state)
{
    (void)state;
    found(ut_recording_named("l.rttm", "a", &fault), "a.wav");
    found(ut_recording_named("l.rttm", "a.wav", &fault), "a.wav");
    found(ut_recording_named("l.rttm", "my_call", &fault), "my call.wav");
    found(ut_recording_named("l.rttm", "c.wav", &fault), "c.wav");
    refused(ut_recording_named("l.rttm", "two", &fault), "is it of two.mp3 or of two.ogg?");
    refused(ut_recording_named("l.rttm", "z", &fault), "its recording z (.wav, .flac, ...) does not lie beside it");
    refused(ut_recording_named("l.rttm", "../a", &fault), "does not lie beside it");
    refused(ut_recording_named("l.rttm", "", &fault), "does not lie beside it");
    refused(ut_recording_named("none/l.rttm", "a", &fault), "does not lie beside it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_lies_beside_its_labels),
        cmocka_unit_test(it_has_the_name_that_rttm_gives_it),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
