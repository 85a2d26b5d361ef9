/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/archive_work.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/undertest-work-XXXXXX";
static struct ut_archive_calls calls;
static struct ut_fault fault;

/* What one file's process does, by its name. */
static int one(void *ctx, const char *path, const char *summary, struct ut_fault *why)
{
    const char *name = strrchr(path, '/') + 1;
    assert_ptr_equal(ctx, folder);
    printf("text of %s\n", name);
    fflush(stdout);
    if (strcmp(name, "crash.wav") == 0) {
        const struct rlimit none = {0};
        (void)setrlimit(RLIMIT_CORE, &none);
        (void)signal(SIGABRT, SIG_DFL);
        (void)raise(SIGABRT);
    }
    if (strcmp(name, "quiet.wav") == 0)
        _exit(3);
    if (strcmp(name, "bad.wav") == 0)
        return ut_fault_set(why, UT_EXIT_TRUNCATED, "%s: cut off", path);
    if (strcmp(name, "unwritten.wav") == 0)
        return 0;
    FILE *f = fopen(summary, "w");
    if (f == NULL)
        return -1;
    fprintf(f, "{\"ConversationCharacteristics\": {\"TotalConversationDurationMillis\": 2000}}");
    return fclose(f);
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

static int teardown(void **state)
{
    (void)state;
    ut_archive_calls_free(&calls);
    return 0;
}

static void add(const char *name, int64_t size, enum ut_archive_state state)
{
    calls.call = realloc(calls.call, (calls.n + 1) * sizeof *calls.call);
    assert_non_null(calls.call);
    calls.call[calls.n++] = (struct ut_archive_call){.name = strdup(name), .size = size, .state = state};
}

static struct ut_archive_work work_with(int jobs, const char *ext)
{
    return (struct ut_archive_work){.folder = "/archive",
                                    .results = {.out = folder, .ext = ext, .settings = "s"},
                                    .jobs = jobs,
                                    .one = one,
                                    .ctx = folder};
}

static int there(const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

static void each_waiting_call_is_done(void **state)
{
    (void)state;
    static const int jobs[] = {1, 3, UT_ARCHIVE_JOBS_MAX};
    for (size_t k = 0; k < sizeof jobs / sizeof jobs[0]; k++) {
        char name[40], text[100] = "";
        for (int i = 0; i < 8; i++) {
            snprintf(name, sizeof name, "run%zu/%d.wav", k, i);
            add(name, i, i == 5 ? UT_ARCHIVE_BEFORE : UT_ARCHIVE_WAITING);
        }
        const struct ut_archive_work w = work_with(jobs[k], "txt");
        assert_int_equal(ut_archive_work(&w, &calls, &fault), 0);
        for (int i = 0; i < 8; i++) {
            assert_int_equal(calls.call[i].state, i == 5 ? UT_ARCHIVE_BEFORE : UT_ARCHIVE_DONE);
            assert_true(i == 5 || (calls.call[i].seconds == 2 && strncmp(calls.call[i].row, "2,", 2) == 0));
        }
        snprintf(name, sizeof name, "run%zu/7.wav.txt", k);
        assert_true(there(name));
        char path[200];
        snprintf(path, sizeof path, "%s/%s", folder, name);
        FILE *f = fopen(path, "r");
        assert_non_null(f);
        assert_non_null(fgets(text, sizeof text, f));
        fclose(f);
        assert_string_equal(text, "text of 7.wav\n");
        snprintf(name, sizeof name, "run%zu/5.wav.txt", k);
        assert_false(there(name));
        ut_archive_calls_free(&calls);
    }
}

static void one_that_fails_harms_no_other(void **state)
{
    (void)state;
    static const struct {
        const char *name, *says;
        int code;
    } bad[] = {{"crash.wav", "crash.wav: the program crashed on it (signal 6)", UT_EXIT_FAILURE},
               {"quiet.wav", "quiet.wav: its process ended without a word", UT_EXIT_FAILURE},
               {"bad.wav", "/archive/bad.wav: cut off", UT_EXIT_TRUNCATED},
               {"unwritten.wav", "unwritten.wav.json: cannot be read back", UT_EXIT_FAILURE}};
    enum { N = sizeof bad / sizeof bad[0] };
    for (int i = 0; i < N; i++)
        add(bad[i].name, i, UT_ARCHIVE_WAITING);
    add("good.wav", 0, UT_ARCHIVE_WAITING);
    const struct ut_archive_work w = work_with(2, "txt");
    assert_int_equal(ut_archive_work(&w, &calls, &fault), 0);
    for (int i = 0; i < N; i++) {
        assert_int_equal(calls.call[i].state, UT_ARCHIVE_FAILED);
        assert_int_equal(calls.call[i].fault.code, bad[i].code);
        assert_non_null(strstr(calls.call[i].fault.text, bad[i].says));
    }
    assert_int_equal(calls.call[N].state, UT_ARCHIVE_DONE);
    assert_true(there("good.wav.txt") && there("good.wav.done"));
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        assert_true(e->d_name[0] == '.' || strstr(e->d_name, ".wav") == NULL ||
                    strncmp(e->d_name, "good.wav.", 9) == 0 || strncmp(e->d_name, "run", 3) == 0);
    closedir(d);
}

static void without_an_ending_nothing_is_kept_of_the_text(void **state)
{
    (void)state;
    add("plain.wav", 1, UT_ARCHIVE_WAITING);
    const struct ut_archive_work w = work_with(1, NULL);
    assert_int_equal(ut_archive_work(&w, &calls, &fault), 0);
    assert_int_equal(calls.call[0].state, UT_ARCHIVE_DONE);
    assert_true(there("plain.wav.json") && there("plain.wav.done") && !there("plain.wav.txt"));
    ut_archive_calls_free(&calls);
    assert_int_equal(ut_archive_work(&w, &calls, &fault), 0); /* no calls */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(each_waiting_call_is_done, teardown),
        cmocka_unit_test_teardown(one_that_fails_harms_no_other, teardown),
        cmocka_unit_test_teardown(without_an_ending_nothing_is_kept_of_the_text, teardown),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
