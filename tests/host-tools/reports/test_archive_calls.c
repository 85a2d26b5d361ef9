/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/archive_calls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/undertest-archive-XXXXXX";
static struct stat results;
static struct ut_archive_calls calls;
static struct ut_fault fault;

static void path_of(const char *name, char path[200])
{
    snprintf(path, 200, "%s/%s", folder, name);
}

static int make(const char *name, const char *contents)
{
    char path[200];
    path_of(name, path);
    if (contents == NULL)
        return mkdir(path, 0777);
    FILE *f = fopen(path, "w");
    return f == NULL || fputs(contents, f) < 0 || fclose(f) != 0 ? -1 : 0;
}

static int group_setup(void **state)
{
    (void)state;
    char link[200], path[200];
    if (mkdtemp(folder) == NULL || make("b", NULL) != 0 || make("out", NULL) != 0 || make("b.wav", "12345") != 0 ||
        make("b/a.FLAC", "x") != 0 || make("b/c.opus", "") != 0 || make("notes.txt", "x") != 0 ||
        make("wav", "x") != 0 || make(".wav", "x") != 0 || make("._b.wav", "x") != 0 || make("b/NOTES.TXT", "x") != 0 ||
        make(".hidden", NULL) != 0 || make(".hidden/d.wav", "x") != 0 || make("out/z.wav", "x") != 0)
        return -1;
    path_of("loop", link);
    path_of("gone.wav", path);
    if (symlink("..", link) != 0 || symlink("nowhere", path) != 0)
        return -1;
    path_of("line.wav", path);
    if (mkfifo(path, 0600) != 0)
        return -1;
    path_of("out", path);
    return stat(path, &results);
}

static int group_teardown(void **state)
{
    (void)state;
    char command[200];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static int teardown(void **state)
{
    (void)state;
    ut_archive_calls_free(&calls);
    return 0;
}

static void audio_is_found_in_order(void **state)
{
    (void)state;
    static const char *const names[] = {"b.wav", "b/a.FLAC", "b/c.opus", "gone.wav"};
    assert_int_equal(ut_archive_calls_find(&calls, folder, &results, 1, 1, &fault), 0);
    assert_int_equal(calls.n, 4);
    for (size_t i = 0; i < calls.n; i++) {
        assert_string_equal(calls.call[i].name, names[i]);
        assert_int_equal(calls.call[i].state, UT_ARCHIVE_WAITING);
    }
    assert_int_equal(calls.call[0].size, 5);
    assert_true(calls.call[0].changed.tv_sec > 0);
    assert_int_equal(calls.others, 5); /* not what is hidden */
    static const char *const left_out[][2] = {{"b/NOTES.TXT", "not an audio file by its name"},
                                              {"line.wav", "a pipe or a device, not an ordinary file"},
                                              {"loop", "a link to a folder, which is not followed"},
                                              {"notes.txt", "not an audio file by its name"},
                                              {"wav", "not an audio file by its name"}};
    for (size_t i = 0; i < calls.others; i++) {
        assert_string_equal(calls.left_out[i].name, left_out[i][0]);
        assert_string_equal(calls.left_out[i].reason, left_out[i][1]);
    }
    static const struct {
        const char *ending;
        size_t files;
    } endings[] = {{"", 2}, {".txt", 2}, {".wav", 1}};
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++)
            if (strcmp(calls.other[k].ending, endings[i].ending) == 0)
                assert_int_equal(calls.other[k].files, endings[i].files);
    assert_int_equal(calls.other[0].files + calls.other[1].files + calls.other[2].files, 5);
    assert_int_equal(calls.other[3].files, 0);
}

static void endings_without_end_are_counted_together(void **state)
{
    (void)state;
    char name[40], path[200];
    struct ut_archive_calls many;
    assert_int_equal(make("many", NULL), 0);
    for (int i = 0; i < 3 * UT_ARCHIVE_ENDINGS; i++) {
        snprintf(name, sizeof name, "many/x.e%d", i);
        assert_int_equal(make(name, "x"), 0);
    }
    path_of("many", path);
    assert_int_equal(ut_archive_calls_find(&many, path, &results, 1, 1, &fault), 0);
    assert_int_equal(many.others, 3 * UT_ARCHIVE_ENDINGS);
    for (int k = 0; k < UT_ARCHIVE_ENDINGS - 1; k++)
        assert_int_equal(many.other[k].files, 1);
    assert_int_equal(many.other[UT_ARCHIVE_ENDINGS - 1].files, 2 * UT_ARCHIVE_ENDINGS + 1);
    assert_string_equal(many.other[UT_ARCHIVE_ENDINGS - 1].ending, "");
    ut_archive_calls_free(&many);
}

static void results_beside_their_calls_are_passed_over(void **state)
{
    (void)state;
    static const char *const ours[] = {
        "c.wav.json",  "c.wav.done",         "c.wav.labels.txt", "c.wav.json.Ab3xYz.part",
        "summary.csv", "summary-1-of-2.csv", "undertone.lock"};
    char path[200];
    struct stat here;
    assert_int_equal(make("mixed", NULL), 0);
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        char name[60];
        snprintf(name, sizeof name, "mixed/%s", ours[i]);
        assert_int_equal(make(name, "x"), 0);
    }
    assert_true(make("mixed/c.wav", "x") == 0 && make("mixed/summary.txt", "x") == 0 && make("mixed/c.json", "x") == 0);
    path_of("mixed", path);
    assert_int_equal(stat(path, &here), 0);
    assert_int_equal(ut_archive_calls_find(&calls, path, &here, 1, 1, &fault), 0);
    assert_int_equal(calls.n, 1);
    assert_int_equal(calls.others, 2);
    assert_string_equal(calls.left_out[0].name, "c.json");
    assert_string_equal(calls.left_out[1].name, "summary.txt");
    ut_archive_calls_free(&calls);
    assert_int_equal(ut_archive_calls_find(&calls, path, &results, 1, 1, &fault), 0);
    assert_int_equal(calls.others, 2 + sizeof ours / sizeof ours[0]);
    snprintf(path, sizeof path, "rm -r %s/mixed", folder);
    assert_int_equal(system(path), 0);
}

static void parts_are_disjoint_and_complete(void **state)
{
    (void)state;
    enum { PARTS = 3 };
    char seen[4] = {0};
    size_t left_out = 0;
    static const char *const names[] = {"b.wav", "b/a.FLAC", "b/c.opus", "gone.wav"};
    for (int part = 1; part <= PARTS; part++) {
        assert_int_equal(ut_archive_calls_find(&calls, folder, &results, part, PARTS, &fault), 0);
        for (size_t i = 0; i < calls.n; i++)
            for (int k = 0; k < 4; k++)
                seen[k] = (char)(seen[k] + (strcmp(calls.call[i].name, names[k]) == 0));
        left_out += calls.others;
        ut_archive_calls_free(&calls);
    }
    assert_memory_equal(seen, "\1\1\1\1", 4);
    assert_int_equal(left_out, 5);
}

static void a_part_does_not_depend_on_the_others(void **state)
{
    (void)state;
    int part = 1;
    for (;; part++) {
        assert_true(part <= 5);
        assert_int_equal(ut_archive_calls_find(&calls, folder, &results, part, 5, &fault), 0);
        if (calls.n > 0 && strcmp(calls.call[0].name, "b.wav") == 0)
            break;
        ut_archive_calls_free(&calls);
    }
    ut_archive_calls_free(&calls);
    assert_int_equal(make("a.wav", "new"), 0);
    int found = 0;
    assert_int_equal(ut_archive_calls_find(&calls, folder, &results, part, 5, &fault), 0);
    for (size_t i = 0; i < calls.n; i++)
        found |= strcmp(calls.call[i].name, "b.wav") == 0;
    assert_true(found);
    char path[200];
    path_of("a.wav", path);
    assert_int_equal(remove(path), 0);
}

static void a_folder_that_cannot_be_opened_is_named(void **state)
{
    (void)state;
    char path[200];
    path_of("none", path);
    assert_int_equal(ut_archive_calls_find(&calls, path, &results, 1, 1, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_MISSING);
    assert_non_null(strstr(fault.text, path));
}

/* In a folder whose path leaves no room for it. */
static void a_name_that_is_too_long_belongs_to_one_part(void **state)
{
    (void)state;
    enum { LENGTH = 200, DEPTH = 19, PARTS = 3 };
    static char name[LENGTH + 1], longest[251];
    char path[200];
    size_t left_out = 0;
    memset(name, 'n', LENGTH);
    memset(longest, 'l', sizeof longest - 1);
    assert_int_equal(make("deep", NULL), 0);
    path_of("deep", path);
    assert_int_equal(chdir(path), 0);
    for (int i = 0; i < DEPTH; i++)
        assert_true(mkdir(name, 0777) == 0 && chdir(name) == 0);
    assert_int_equal(mkdir(longest, 0777), 0);
    assert_int_equal(chdir("/"), 0);
    for (int part = 1; part <= PARTS; part++) {
        assert_int_equal(ut_archive_calls_find(&calls, path, &results, part, PARTS, &fault), 0);
        left_out += calls.others;
        for (size_t i = 0; i < calls.others; i++)
            assert_string_equal(calls.left_out[i].reason, "its name is too long");
        ut_archive_calls_free(&calls);
    }
    assert_int_equal(left_out, 1);
    char command[210];
    snprintf(command, sizeof command, "rm -r %s", path);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(audio_is_found_in_order, teardown),
        cmocka_unit_test_teardown(results_beside_their_calls_are_passed_over, teardown),
        cmocka_unit_test_teardown(parts_are_disjoint_and_complete, teardown),
        cmocka_unit_test_teardown(a_part_does_not_depend_on_the_others, teardown),
        cmocka_unit_test_teardown(a_folder_that_cannot_be_opened_is_named, teardown),
        cmocka_unit_test_teardown(a_name_that_is_too_long_belongs_to_one_part, teardown),
        cmocka_unit_test(endings_without_end_are_counted_together),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
