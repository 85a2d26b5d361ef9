/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/archive_results.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/undertest-results-XXXXXX";
static char name[] = "2026/a.wav";
static struct ut_archive_results results;
static struct ut_archive_call call;
static struct ut_fault fault;

static void write_file(const char *ext, const char *contents)
{
    char path[UT_ARCHIVE_PATH];
    ut_archive_results_path(&results, &call, ext, path);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(contents, f);
    fclose(f);
}

static int there(const char *ext)
{
    char path[UT_ARCHIVE_PATH];
    ut_archive_results_path(&results, &call, ext, path);
    return access(path, F_OK) == 0;
}

static int group_setup(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int group_teardown(void **state)
{
    (void)state;
    char command[200];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

/* A call that is done. */
static int setup(void **state)
{
    (void)state;
    char path[UT_ARCHIVE_PATH];
    results = (struct ut_archive_results){.out = folder, .ext = "csv", .settings = "s1"};
    call = (struct ut_archive_call){.name = name, .size = 5, .changed = {.tv_sec = 7, .tv_nsec = 8}};
    ut_archive_results_path(&results, &call, "json", path);
    if (ut_archive_results_folders(path) != 0)
        return -1;
    write_file("json", "{\"ConversationCharacteristics\": {\"TotalConversationDurationMillis\": 1500}}");
    return ut_archive_results_mark(&results, &call, &fault);
}

static int teardown(void **state)
{
    (void)state;
    free(call.row);
    ut_archive_results_remove(&results, &call);
    return 0;
}

static void a_mark_is_believed_as_long_as_nothing_changed(void **state)
{
    (void)state;
    char path[UT_ARCHIVE_PATH], wanted[UT_ARCHIVE_PATH];
    snprintf(wanted, sizeof wanted, "%s/2026/a.wav.done", folder);
    ut_archive_results_path(&results, &call, "done", path);
    assert_string_equal(path, wanted);
    assert_true(ut_archive_results_done(&results, &call));
    assert_true(call.seconds == 1.5);
    assert_int_equal(strncmp(call.row, "1.5,", 4), 0);
    call.size++;
    assert_false(ut_archive_results_done(&results, &call));
    call.size--;
    call.changed.tv_nsec++;
    assert_false(ut_archive_results_done(&results, &call));
    call.changed.tv_nsec--;
    results.settings = "s2";
    assert_false(ut_archive_results_done(&results, &call));
    results.settings = "s1";
    assert_true(ut_archive_results_done(&results, &call));
}

static void a_damaged_mark_is_not(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "garbage", "5 7.000000008 s1\n", "5 7.000000008 s1\n1.5\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        write_file("done", bad[i]);
        assert_false(ut_archive_results_done(&results, &call));
    }
    write_file("done", "5 7.000000008 s1\n1.5\nrow\n");
    assert_true(ut_archive_results_done(&results, &call));
    assert_string_equal(call.row, "row");
}

static void what_is_left_of_a_call_is_removed(void **state)
{
    (void)state;
    static const char *const all[] = {"json", "done", "csv"};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        write_file(all[i], "x");
    write_file("other", "x");
    ut_archive_results_remove(&results, &call);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        assert_false(there(all[i]));
    assert_true(there("other"));
}

/* A run may be killed while it removes what is left: what remains is known as its own by the one that goes last. */
static void what_says_whose_results_are_is_removed_last(void **state)
{
    (void)state;
    char path[UT_ARCHIVE_PATH], removed[200] = "";
    _Alignas(struct inotify_event) char events[2000];
    write_file("csv", "rows");
    snprintf(path, sizeof path, "%.1000s/2026", folder);
    int watch = inotify_init();
    assert_true(watch >= 0 && inotify_add_watch(watch, path, IN_DELETE) >= 0);
    ut_archive_results_remove(&results, &call);
    ssize_t n = read(watch, events, sizeof events);
    close(watch);
    for (ssize_t at = 0; at < n;) {
        const struct inotify_event *e = (const struct inotify_event *)(const void *)(events + at);
        snprintf(removed + strlen(removed), sizeof removed - strlen(removed), "%s ", e->name);
        at += (ssize_t)(sizeof *e + e->len);
    }
    assert_string_equal(removed, "a.wav.done a.wav.csv a.wav.json ");
}

static void what_a_killed_run_left_is_swept_away(void **state)
{
    (void)state;
    static const char *const ours[] = {"json.Ab3xYz.part", "done.000000.part", "csv.AAAAAA.part"};
    static const char *const foreign[] = {"json.part", "json.Ab3xYz", "txt.AAAAAA.part", "json.Ab3xY.part"};
    const struct ut_archive_calls calls = {.call = &call, .n = 1};
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        write_file(ours[i], "x");
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        write_file(foreign[i], "x");
    call.name = "2026/other.wav";
    ut_archive_results_sweep(&results, &calls);
    call.name = name;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        assert_true(there(ours[i]));
    ut_archive_results_sweep(&results, &calls);
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        assert_false(there(ours[i]));
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        assert_true(there(foreign[i]));
    assert_true(there("json") && there("done"));
}

/* 0 or -1 with the file named; json, done, csv: what is there, NULL = nothing. */
static int check_of(const char *json, const char *done, const char *csv)
{
    const char *const ext[] = {"json", "done", "csv"}, *const text[] = {json, done, csv};
    ut_archive_results_remove(&results, &call);
    for (int i = 0; i < 3; i++)
        if (text[i] != NULL)
            write_file(ext[i], text[i]);
    memset(&fault, 0, sizeof fault);
    return ut_archive_results_check(&results, &call, &fault);
}

static void what_no_run_made_is_not_replaced(void **state)
{
    (void)state;
    static const char ours[] = "{\"ConversationCharacteristics\": {}, \"AcousticEmotion\": {}}";
    static const char *const foreign[] = {"",
                                          "{}",
                                          "[]",
                                          "mine",
                                          "{\"ConversationCharacteristics\": {}}",
                                          "{\"AcousticEmotion\": 1, \"ConversationCharacteristics\": {}}"};
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        assert_int_equal(check_of(foreign[i], NULL, NULL), -1);
        assert_int_equal(fault.code, UT_EXIT_FAILURE);
        assert_non_null(strstr(fault.text, "/2026/a.wav.json: was not made by undertone; "));
        assert_true(there("json"));
        assert_int_equal(check_of(NULL, foreign[i], NULL), -1);
        assert_non_null(strstr(fault.text, "/2026/a.wav.done: was not made"));
    }
    assert_int_equal(check_of(NULL, NULL, "my notes"), -1);
    assert_non_null(strstr(fault.text, "/2026/a.wav.csv: was not made"));
    assert_int_equal(check_of(NULL, NULL, NULL), 0);
    assert_int_equal(check_of(ours, NULL, NULL), 0);
    assert_int_equal(check_of(ours, "damaged", "rows"), 0);
    assert_int_equal(check_of(NULL, "5 7.000000008 s1\n1.5\n1\n", "rows"), 0);
    results.ext = NULL;
    assert_int_equal(check_of(NULL, NULL, "my notes"), 0); /* nothing is written there */
    results.ext = "csv";
    char path[UT_ARCHIVE_PATH];
    ut_archive_results_remove(&results, &call);
    ut_archive_results_path(&results, &call, "json", path);
    assert_int_equal(mkfifo(path, 0600), 0); /* is not waited for */
    assert_int_equal(ut_archive_results_check(&results, &call, &fault), -1);
}

static void a_call_without_its_file_is_not_marked(void **state)
{
    (void)state;
    ut_archive_results_remove(&results, &call);
    assert_int_equal(ut_archive_results_mark(&results, &call, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_FAILURE);
    assert_non_null(strstr(fault.text, "a.wav.json: cannot be read back"));
    assert_false(there("done"));
    assert_int_equal(ut_archive_results_folders("/dev/null/a/b"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_mark_is_believed_as_long_as_nothing_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_damaged_mark_is_not, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_left_of_a_call_is_removed, setup, teardown),
        cmocka_unit_test_setup_teardown(what_says_whose_results_are_is_removed_last, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_killed_run_left_is_swept_away, setup, teardown),
        cmocka_unit_test_setup_teardown(what_no_run_made_is_not_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(a_call_without_its_file_is_not_marked, setup, teardown),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
